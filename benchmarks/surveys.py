"""The surveys room: counting scores, counting in groups, starting up, and the formula that people write themselves."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.engines import BY, ENGINES, VALUE, why_not
from benchmarks.measure import Contest, Data, measure, missing
from servicematters.core import Index
from servicematters.surveys import ScoreTally, nps

__all__ = ["run"]

Rows = list[dict[str, Any]]

_RUNGS = 11
_CHANCES = (4, 3, 4, 6, 7, 14, 16, 34, 52, 60, 56)  # of 256, answers 0 to 10
_RUNG_OF_BYTE = np.repeat(np.arange(_RUNGS, dtype=np.uint8), _CHANCES)
_MONTHS = [dt.date(2023 + i // 12, i % 12 + 1, 1) for i in range(36)]
_SEED = 2026


def run(*, quick: bool) -> Iterator[tuple[str, Rows]]:
    """The tables of this room, one after the other."""
    part, rounds = (100, 3) if quick else (1, 7)
    with TemporaryDirectory() as folder:
        yield "scores", _scores(Path(folder), 10**8 // part, rounds)
        yield "groups", list(_groups(Path(folder), 10**7 // part, rounds))
        yield "start", _start(min(rounds, 5))
        yield "formula", _formulas(Path(folder), 10**6 // part, rounds)


def _draw(rng: np.random.Generator, rows: int) -> Any:
    return _RUNG_OF_BYTE[np.frombuffer(rng.bytes(rows), dtype=np.uint8)]


# -- 1. one column of bytes ------------------------------------------------------------------------------------------


def _read(scores: Any) -> Any:
    return np.bitwise_or.reduce(scores.view(np.uint64))


def _ours(scores: Any) -> Any:
    return ScoreTally.of(scores).counts


def _bincount(scores: Any) -> Any:
    return np.bincount(scores, minlength=_RUNGS)


def _value_counts(scores: Any) -> Any:
    import pandas as pd

    return pd.Series(scores, copy=False).value_counts().sort_index().to_numpy()


def _check_scores(answer: Any, truth: list[int]) -> None:
    if np.ndim(answer):
        assert answer.tolist() == truth
    else:
        assert answer == 0x0F0F0F0F0F0F0F0F  # bits of 0 to 10, in each of eight bytes


def _scores(folder: Path, rows: int, rounds: int) -> Rows:
    scores = _draw(np.random.default_rng(_SEED), rows)
    truth = [int(np.count_nonzero(scores == rung)) for rung in range(_RUNGS)]
    for name, part in (("scores.npy", scores), ("small.npy", scores[: rows // 100])):
        np.save(folder / name, part)
    works = {"ScoreTally.of(x)": _ours, "one read of the memory": _read, "numpy.bincount(x)": _bincount}
    if find_spec("pandas"):
        works["pandas Series(x).value_counts()"] = _value_counts
    else:
        print("pandas skipped: not installed")
    found = measure(Contest(np.load, works, _check_scores), Data(folder / "scores.npy", folder / "small.npy", truth), rounds)
    ours = found["ScoreTally.of(x)"].seconds
    return [
        {"what": name, "ns": 1e9 * m.seconds / rows, "ratio": m.seconds / ours, "mb": m.megabytes, "rows": rows}
        for name, m in found.items()
    ]


# -- 2. ten million rows in 15,840 groups ----------------------------------------------------------------------------


def _survey(folder: Path, rows: int, segments: int, months: list[dt.date]) -> Data:
    """A Parquet file of plain text, dates and bytes in no order, and the tally that numpy makes of its codes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(_SEED)
    month, segment = rng.integers(0, len(months), rows), rng.integers(0, segments, rows)
    score = _draw(rng, rows)
    names = [f"segment {i:02}" for i in range(segments)]
    table = pa.table(
        {BY[0]: pa.array(months).take(pa.array(month)), BY[1]: pa.array(names).take(pa.array(segment)), VALUE: score}
    )
    file, small = folder / f"survey-{rows}.parquet", folder / f"survey-{rows}-small.parquet"
    pq.write_table(table, file, row_group_size=1 << 20)
    pq.write_table(table.slice(0, rows // 100), small)
    counts = np.bincount((month * segments + segment) * _RUNGS + score, minlength=len(months) * segments * _RUNGS)
    index = Index(BY, [(m, s) for m in months for s in names])
    return Data(file, small, ScoreTally.from_counts(counts.reshape(-1, _RUNGS), index=index))


def _groups(folder: Path, rows: int, rounds: int) -> Iterator[dict[str, Any]]:
    data = _survey(folder, rows, 40, _MONTHS)
    for engine, contest in ENGINES.items():
        if why := missing(contest) or why_not(engine):
            print(f"{engine} skipped: {why}")
            continue
        found = measure(contest, data, rounds)
        ours = found.pop("ours")
        for rival, theirs in found.items():
            yield {
                "engine": engine,
                "rival": rival,
                "ours": ours.seconds,
                "theirs": theirs.seconds,
                "ratio": ours.seconds / theirs.seconds,
                "ours_mb": ours.megabytes,
                "theirs_mb": theirs.megabytes,
                "rows": rows,
            }


# -- 3. starting up --------------------------------------------------------------------------------------------------

_STARTS = {
    "python and nothing else": "",
    "import servicematters": "import servicematters",
    "first RatingScale": "import servicematters as sv; assert sv.surveys.RatingScale(0, 10).rungs == 11",
    "first nps([…]) with its interval": "import servicematters as sv; assert float(sv.nps([10, 9, 3, 7])) == 25",
    "import numpy": "import numpy",
    "import pandas": "import pandas",
    "import scipy.stats": "import scipy.stats",
    "import statsmodels.api": "import statsmodels.api",
}
_LOOK = """
import json, re, sys
from pathlib import Path
status = Path("/proc/self/status")
peak = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) * 1024 / 1e6 if status.exists() else None
loaded = [name for name in ("attrs", "numpy", "scipy", "narwhals", "hypothesis", "pandas") if name in sys.modules]
print(json.dumps([peak, loaded]))
"""


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ).stdout


def _start(rounds: int) -> Rows:
    looks: dict[str, Any] = {}
    for name, code in _STARTS.items():
        try:
            looks[name] = json.loads(_python(code + _LOOK))
        except subprocess.CalledProcessError as error:
            print(f"{name} skipped: {error.stderr.strip().splitlines()[-1]}")
    taken: dict[str, list[float]] = {name: [] for name in looks}
    for _ in range(rounds):
        for name, times in taken.items():
            start = perf_counter()
            _python(_STARTS[name])
            times.append(1000 * (perf_counter() - start))
    ms = {name: median(times) for name, times in taken.items()}
    bare = ms["python and nothing else"]
    ours = ms["import servicematters"]
    assert looks["import servicematters"][1] == []  # the promise: importing loads none of them
    return [
        {"what": name, "ms": ms[name], "above": ms[name] - bare, "ratio": ms[name] / ours, "mb": peak, "loaded": loaded}
        for name, (peak, loaded) in looks.items()
    ]


# -- 4. the formula that people write themselves ---------------------------------------------------------------------

_Z = 1.96


def _open_both(file: Path) -> Mapping[str, Any]:
    import pandas as pd
    import polars as pl

    return {"pandas": pd.read_parquet(file), "polars": pl.read_parquet(file)}


def _nps_pandas(frames: Mapping[str, Any]) -> Any:
    return nps(ScoreTally.from_frame(frames["pandas"], VALUE, by="segment"))


def _nps_polars(frames: Mapping[str, Any]) -> Any:
    return nps(ScoreTally.from_frame(frames["polars"], VALUE, by="segment"))


def _net_and_margin(cell: Any) -> Any:
    import pandas as pd

    scores = cell[VALUE]
    promoters, detractors = (scores >= 9).mean(), (scores <= 6).mean()
    net = promoters - detractors
    return pd.Series({"net": net, "margin": _Z * ((promoters + detractors - net**2) / len(scores)) ** 0.5})


def _by_apply(frames: Mapping[str, Any]) -> Any:
    return frames["pandas"].groupby("segment").apply(_net_and_margin)


def _by_agg(frames: Mapping[str, Any]) -> Any:
    frame = frames["pandas"]
    flags = frame.assign(promoter=frame[VALUE] >= 9, detractor=frame[VALUE] <= 6)
    cells = flags.groupby("segment").agg(p=("promoter", "mean"), d=("detractor", "mean"), n=("promoter", "size"))
    cells["net"] = cells.p - cells.d
    cells["margin"] = _Z * ((cells.p + cells.d - cells.net**2) / cells.n) ** 0.5
    return cells


def _by_expressions(frames: Mapping[str, Any]) -> Any:
    import polars as pl

    p, d, net = (pl.col(VALUE) >= 9).mean(), (pl.col(VALUE) <= 6).mean(), pl.col("p") - pl.col("d")
    cells = frames["polars"].lazy().group_by("segment").agg(p=p, d=d, n=pl.len()).with_columns(net=net)
    margin = _Z * ((pl.col("p") + pl.col("d") - pl.col("net") ** 2) / pl.col("n")).sqrt()
    return cells.with_columns(margin=margin).sort("segment").collect()


def _check_formula(answer: Any, truth: ScoreTally) -> None:
    by_segment = truth.sum(by="segment")
    if hasattr(answer, "confidence"):
        assert answer == nps(by_segment)
        return
    textbook = nps(by_segment, method="wald")
    np.testing.assert_allclose(100 * answer["net"].to_numpy(), textbook.value, atol=1e-9)
    np.testing.assert_allclose(100 * answer["margin"].to_numpy(), (textbook.high - textbook.low) / 2, rtol=1e-4)


def _formulas(folder: Path, rows: int, rounds: int) -> Rows:
    works = {
        "nps(tally), pandas frame": _nps_pandas,
        "nps(tally), polars frame": _nps_polars,
        "pandas groupby.apply(formula)": _by_apply,
        "pandas groupby.agg of flags": _by_agg,
        "polars expressions": _by_expressions,
    }
    contest = Contest(_open_both, works, _check_formula, ("pandas", "polars", "pyarrow"))
    if why := missing(contest):
        print(f"formula skipped: {why}")
        return []
    found = measure(contest, _survey(folder, rows, 50, _MONTHS[:1]), rounds)
    ours = found["nps(tally), pandas frame"].seconds
    return [
        {"what": name, "ms": 1000 * m.seconds, "ratio": m.seconds / ours, "mb": m.megabytes, "rows": rows}
        for name, m in found.items()
    ]
