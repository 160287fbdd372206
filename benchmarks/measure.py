"""Time and extra memory of several ways to the same answer."""

import ctypes
import gc
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

__all__ = ["Contest", "Data", "Measured", "measure", "missing"]

_MB = 1e6
_RESET_HIGH_WATER = "5"  # what Linux wants written to clear_refs


@dataclass(frozen=True)
class Data:
    """A file, a hundredth of it to warm up on, and what is true of the file."""

    file: Path
    small: Path
    truth: Any


@dataclass(frozen=True)
class Contest:
    """Several ways to answer one question.

    ``open`` gives what a user holds before the clock starts, ``works`` are the ways by name with ours first, ``check``
    fails on a wrong answer. All are functions of a module, so that they can be sent to a fresh interpreter.
    """

    open: Callable[[Path], Any]
    works: Mapping[str, Callable[[Any], Any]]
    check: Callable[[Any, Any], None]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """Median seconds of a warm run, and megabytes of memory that a run needed beyond the data."""

    seconds: float
    megabytes: float


def missing(contest: Contest) -> str:
    """Why a contest cannot be held here; empty if it can."""
    absent = [name for name in contest.needs if not find_spec(name)]
    return f"{' and '.join(absent)} not installed" if absent else ""


def measure(contest: Contest, data: Data, rounds: int) -> dict[str, Measured]:
    """Seconds and megabytes of every way; every answer is checked."""
    seconds = _fresh(_seconds, contest, data, rounds)
    return {name: Measured(seconds[name], _fresh(_megabytes, contest, name, data)) for name in contest.works}


def _fresh(task: Callable[..., Any], *given: Any) -> Any:
    """Run a task in a new interpreter.

    A fork would be cheaper, but engines that have started their threads hang in it, and it inherits memory that was freed
    and is used again without showing.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, *given).result()


def _seconds(contest: Contest, data: Data, rounds: int) -> dict[str, float]:
    """Take turns, forth and back, so that a busy neighbour slows all of them alike."""
    _quiet()
    held = contest.open(data.file)
    for work in contest.works.values():
        contest.check(work(held), data.truth)  # also warms the caches
    taken: dict[str, list[float]] = {name: [] for name in contest.works}
    order = list(contest.works)
    for _ in range(rounds):
        for name in order:
            gc.collect()
            start = perf_counter()
            answer = contest.works[name](held)
            taken[name].append(perf_counter() - start)
            del answer
        order.reverse()
    return {name: median(times) for name, times in taken.items()}


def _megabytes(contest: Contest, name: str, data: Data) -> float:
    """Highest memory while one way runs for the first time, less what was there before.

    First, because a second run would use again what the first has freed but not given back. The small data goes before it,
    so that imports and start-up do not count. The kernel keeps the high-water mark, which no sampling can miss;
    ``ru_maxrss`` would not do, as it cannot be set back after the data has been read.
    """
    _quiet()
    work = contest.works[name]
    work(contest.open(data.small))
    held = contest.open(data.file)
    _give_back()
    if not Path("/proc/self/clear_refs").exists():
        return float("nan")
    processes = _family()
    before = _memory(processes, "VmRSS")
    for process in processes:
        with suppress(OSError):
            Path(f"/proc/{process}/clear_refs").write_text(_RESET_HIGH_WATER)
    answer = work(held)
    extra = _memory(processes, "VmHWM") - before
    contest.check(answer, data.truth)
    return max(extra, 0.0)


def _family() -> list[int]:
    """This process and all below it, such as the Java machine of Spark."""
    found = [os.getpid()]
    for process in found:  # grows while it is walked
        with suppress(OSError):  # it has ended since
            for thread in Path(f"/proc/{process}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def _memory(processes: list[int], line: str) -> float:
    """One line of what the kernel says of each, added up; nothing for a process that has ended."""
    total = 0
    for process in processes:
        with suppress(OSError, KeyError):
            status = dict(row.split(":", 1) for row in Path(f"/proc/{process}/status").read_text().splitlines())
            total += int(status[line].split()[0]) * 1024
    return total / _MB


def _give_back() -> None:
    """Return to the system what loading has freed, or the run that follows would use it without showing."""
    gc.collect()
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux" and hasattr(c := ctypes.CDLL(None), "malloc_trim"):
        c.malloc_trim(0)


def _quiet() -> None:
    warnings.simplefilter("ignore")  # engines' own affairs
