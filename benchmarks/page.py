"""Results as tables: on the terminal, and between the markers of ``docs/performance.md``."""

import datetime as dt
import os
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from math import isnan
from pathlib import Path
from typing import Any

__all__ = ["about", "markdown", "printed", "written"]

_PACKAGES = (
    "servicematters",
    *("numpy", "scipy", "attrs", "narwhals", "pandas", "polars", "pyarrow", "duckdb", "dask", "pyspark", "statsmodels"),
)


def _number(key: str, digits: int = 0) -> Callable[[dict[str, Any]], str]:
    """Numbers of one column; memory is not known where the system keeps no high-water mark."""
    return lambda row: "n/a" if row[key] is None or isnan(row[key]) else f"{row[key]:,.{digits}f}"


def _text(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: str(row[key])


def _list(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: ", ".join(row[key]) or "none"


_COLUMNS: dict[str, dict[str, Callable[[dict[str, Any]], str]]] = {
    "scores": {
        "way": _text("what"),
        "ns per answer": _number("ns", 2),
        "ratio to ours": _number("ratio", 2),
        "extra MB": _number("mb"),
    },
    "groups": {
        "engine": _text("engine"),
        "by hand": _text("rival"),
        "ours, s": _number("ours", 3),
        "by hand, s": _number("theirs", 3),
        "ratio": _number("ratio", 2),
        "ours, extra MB": _number("ours_mb"),
        "by hand, extra MB": _number("theirs_mb"),
    },
    "start": {
        "fresh interpreter": _text("what"),
        "ms": _number("ms"),
        "ms above bare python": _number("above"),
        "ratio to ours": _number("ratio", 1),
        "peak MB": _number("mb"),
        "loaded": _list("loaded"),
    },
    "formula": {
        "way": _text("what"),
        "ms": _number("ms", 1),
        "ratio to ours": _number("ratio", 2),
        "extra MB": _number("mb"),
    },
}
_TITLES = {
    "scores": "{rows:,} scores of one byte in one cell",
    "groups": "{rows:,} rows in 15,840 groups",
    "start": "starting up",
    "formula": "NPS with intervals, {rows:,} rows in 50 segments",
}


def about() -> dict[str, Any]:
    """Where, when, and with which versions."""
    packages = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}",
        "load": round(os.getloadavg()[0], 1),
        "versions": {"python": platform.python_version(), **packages},
    }


def _cells(name: str, rows: list[dict[str, Any]]) -> list[list[str]]:
    columns = _COLUMNS[name]
    return [list(columns), *([show(row) for show in columns.values()] for row in rows)]


def printed(name: str, rows: list[dict[str, Any]]) -> str:
    """A table for the terminal, text to the left and numbers to the right."""
    table = _cells(name, rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    left = [not cell[:1].isdigit() for cell in table[-1]]
    lines = [
        "  ".join(
            cell.ljust(width) if to_left else cell.rjust(width) for cell, width, to_left in zip(row, widths, left, strict=True)
        )
        for row in table
    ]
    return "\n".join([_TITLES[name].format(**(rows[0] if rows else {"rows": 0})), *lines, ""])


def markdown(name: str, rows: list[dict[str, Any]]) -> str:
    """The same table for the page."""
    head, *body = _cells(name, rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body])


def written(page: Path, results: dict[str, Any]) -> None:
    """Put results between the markers of a page."""
    text = page.read_text(encoding="utf-8")
    facts = results["about"]
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    parts = {name: markdown(name, rows) for name, rows in results.items() if name in _COLUMNS}
    parts["about"] = (
        f"Measured on {facts['date']}, on {facts['machine']}.\n"
        f"Load average {facts['load']} before the run and {facts['load_after']} after it.\n"
        f"Versions: {versions}."
    )
    for name, part in parts.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        assert after, f"{page} has no place for {name}: {start} … {end}"
        text = f"{before}{start}\n\n{part}\n\n{end}{after}"
    page.write_text(text, encoding="utf-8")
