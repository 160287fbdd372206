"""Every published answer in reach: rows of surveys.csv against the public doors and the kernels."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import servicematters as sv
from servicematters.core import InvalidValueError
from servicematters.kernels import binomial, multinomial, net_score, sample_size
from servicematters.surveys import (
    CES_SCALE,
    NPS_BANDS,
    ScoreTally,
    WeightedScoreTally,
    ces,
    csat_sample_size,
    mean_score,
    net_easy_score,
    nps,
    nps_change,
    nps_homogeneity,
    nps_sample_size,
)

ROWS = {row["id"]: row for row in csv.DictReader((Path(__file__).parent / "surveys.csv").open(encoding="utf-8"))}

NOT_YET = {
    "wgt-01": "stratified means with a finite population",
    "wgt-02": "stratified means with a finite population",
    "wgt-04": "raking",
    "wgt-07": "raking",
    "wgt-08": "accounts",
}
"""Rows whose doors do not exist yet."""

Reading = dict[str, Any]


def bands(counts: dict[str, int] | list[int]) -> ScoreTally:
    three = [counts[k] for k in ("detractors", "passives", "promoters")] if isinstance(counts, dict) else counts
    return ScoreTally.from_counts(three, scale=NPS_BANDS)


def one_score(given: Reading) -> Reading:
    """Score, variance and standard error, from counts or raw answers."""
    tally = bands(given) if "detractors" in given else ScoreTally.of(given["scores"])
    counts = tally.banded().counts
    score, variance = nps(tally), float(net_score.variance(counts))
    return {
        "nps": float(score) / 100,
        "var": variance,
        "se": (variance / int(tally.n)) ** 0.5,
        "promoters": float(score.promoters),
        "detractors": float(score.detractors),
    }


def interval(given: Reading) -> Reading:
    """The limits of every method, from the public door where it gives them and the kernel where it does not."""
    counts = given.get("as_nps", given)
    three = [counts[k] for k in ("detractors", "passives", "promoters")]
    confidence = given.get("conf", 0.95)
    found: Reading = {"nps": float(net_score.point(three))}
    for name, method in (("wald", "wald"), ("adjusted_wald", "adjusted-wald"), ("score", "score")):
        score = nps(bands(three), method=method, confidence=confidence)  # type: ignore[arg-type]
        found[name] = [float(score.low) / 100, float(score.high) / 100]
    return found


def difference(given: Reading) -> Reading:
    """Two-sample rules; the sources give after less before as a less b, or its absolute value."""
    found: Reading = {}
    for name, method in (("wald", "wald"), ("adjusted_wald", "adjusted-wald-each")):
        change = nps_change(bands(given["b"]), bands(given["a"]), method=method)  # type: ignore[arg-type]
        d, z = change.difference, 1.959963984540054
        value, low, high = (abs(float(v)) / 100 if i == 0 else float(v) / 100 for i, v in enumerate((d.value, d.low, d.high)))
        found[name] = [value, (high - low) / 2 / z, float(change.p_value)]
        found[f"{name} ci"] = [low, high]
    return found


def flat_difference(method: str) -> Callable[[Reading], Reading]:
    def read(given: Reading) -> Reading:
        found = difference(given)
        value, se, p = found[method]
        return {"diff": value, "se": se, "p": p, "ci": found[f"{method} ci"]}

    return read


def type_one_error(given: Reading) -> Reading:
    """Exact false-alarm rates by enumeration of both samples."""
    n = given["n_a"]
    chances = np.array([given["d"], 1 - given["d"] - given["p"], given["p"]])
    tables = np.array([(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)], dtype=float)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    weight = np.exp(log_factorial[n] + (tables * np.log(chances)).sum(1) - log_factorial[tables.astype(int)].sum(1))
    both = weight[:, None] * weight[None, :]
    first, second = tables[:, None, :], tables[None, :, :]
    p_half = net_score.wald_difference(first + net_score.TRIANGLE / 2, second + net_score.TRIANGLE / 2)[3]
    p_values = {
        "wald": net_score.wald_difference(first, second)[3],
        "adjusted_each": net_score.adjusted_wald_difference(first, second)[3],
        "half_each": p_half,
        "pooled": net_score.pooled_difference(first, second)[3],
    }
    return {name: float(both[p < 0.05].sum()) for name, p in p_values.items()}


def homogeneity(given: Reading) -> Reading:
    months = sv.Index("month", range(len(given["months"])))
    tally = ScoreTally.from_counts(given["months"], scale=NPS_BANDS, index=months)
    found = nps_homogeneity(tally)
    assert not found.differs
    return {
        "Q": found.statistic,
        "p": found.p_value,
        "p_first_two": float(nps_change(tally[0], tally[1], method="wald").p_value),
    }


def share_limits(given: Reading) -> Reading:
    if "cases" in given:
        return perfect_and_zero(given)
    methods = {
        "wald": "wald",
        "wilson": "wilson",
        "clopper_pearson": "clopper-pearson",
        "mid_p": "mid-p",
        "wilson_cc": "wilson-continuity",
        "jeffreys": "jeffreys",
        "agresti_coull": "agresti-coull",
    }
    found: Reading = {"p": float(sv.share(given["x"], given["n"]))}
    for name, method in methods.items():
        e = sv.share(given["x"], given["n"], method=method)  # type: ignore[arg-type]
        found[name] = [float(e.low), float(e.high)]
    found["ci"] = found["agresti_coull"]
    found["p_adj"] = sum(binomial.agresti_coull(given["x"], given["n"])) / 2
    return found


def perfect_and_zero(given: Reading) -> Reading:
    (x1, n1), (x2, n2), (x3, n3) = given["cases"]
    middle = sv.share(x3, n3)
    return {
        "hi": float(sv.share(x1, n1).high),
        "lo": float(sv.share(x2, n2).low),
        "mid": [float(middle.low), float(middle.high)],
    }


def share_difference(given: Reading) -> Reading:
    (x2, n2), (x1, n1) = given["a"], given["b"]
    functions = {
        "wald": binomial.wald_difference,
        "agresti_caffo": binomial.agresti_caffo,
        "newcombe": binomial.newcombe,
        "score": binomial.miettinen_nurminen,
    }
    return {name: [float(v) for v in function(x1, n1, x2, n2)] for name, function in functions.items()}


def equal_shares(given: Reading) -> Reading:
    statistic, _, p = binomial.equality(given["x"], given["n"])
    return {"chi2": float(statistic), "p": float(p)}


def rungs(given: Reading) -> Reading:
    found: Reading = {}
    for name, function in (("goodman", multinomial.goodman), ("sison_glaz", multinomial.sison_glaz)):
        found[name] = np.stack(function(given["counts"]), axis=-1).tolist()
    limits = np.array(found["sison_glaz"])
    found["rows"] = len(limits)
    found["inside_unit"] = bool(((limits >= 0) & (limits <= 1)).all())
    return found


def effort(given: Reading) -> Reading:
    low, high = given["scale"]
    assert (CES_SCALE.low, CES_SCALE.high) == (low, high)
    easy, net = ces(given["scores"]), net_easy_score(given["scores"])
    return {
        "easy": float(easy),
        "hard": float(easy) - float(net),
        "net": float(net),
        "mean": float(mean_score(given["scores"], scale=CES_SCALE)),
    }


def small_tables(given: Reading) -> Reading:
    found = [one_score(dict(zip(("detractors", "passives", "promoters"), c, strict=True))) for c in given["counts"]]
    return {"var": [f["var"] for f in found], "se": [f["se"] for f in found]}


def extremes(given: Reading) -> Reading:
    found = [one_score({"scores": scores}) for scores in given["cases"]]
    return {"nps": [f["nps"] for f in found], "var": [f["var"] for f in found]}


def claimed_total(given: Reading) -> Reading:
    parts = [given["detractors"], given["passives"], given["promoters"]]
    with pytest.raises(InvalidValueError, match="add up to 31, not to the 32"):
        ScoreTally.from_counts(parts, scale=NPS_BANDS, total=given["n_claimed"])
    return {"nps": float(nps(bands(parts))) / 100, "counts_sum": int(bands(parts).n)}


def kish(given: Reading) -> Reading:
    """Effective sample size from the weights of R's stratified sample of schools."""
    there = os.environ.get("SERVICEMATTERS_DATA")
    path = Path(there or "", "data", "drivers", Path(given["data"]).name)
    if not there or not path.is_file():
        pytest.skip("SERVICEMATTERS_DATA does not point to the real data")
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    tally = WeightedScoreTally.of([5] * len(rows), [float(row["pw"]) for row in rows])
    return {"n_eff": float(tally.n_effective)}


ELSEWHERE = {
    **dict.fromkeys(("drv-01", "drv-02", "drv-05", "drv-06"), "tests/kernels/test_importance.py"),
    **dict.fromkeys(("nr-01", "nr-03"), "tests/surveys/test_silence.py"),
}
"""Rows that are tested beside the formula they belong to."""


def benchmark_sizes(given: Reading) -> Reading:
    """Answers that find a difference from a benchmark, one-sided."""
    n = [nps_sample_size(difference=100 * d, groups=1, variance=given["s2"]).answers for d in given["d"]]
    return {"n": n}


def margin_sizes(given: Reading) -> Reading:
    margins = np.atleast_1d(given["moe"])
    n = [nps_sample_size(margin=100 * m, variance=given.get("s2", 0.67)).answers for m in margins]
    return {"n": n if np.ndim(given["moe"]) else n[0]}


def share_sizes(given: Reading) -> Reading:
    return {"n": [csat_sample_size(margin=given["moe"], population=size).answers for size in given["N"]]}


def effect_size(given: Reading) -> Reading:
    h = float(sample_size.cohens_h(given["p1"], given["p2"]))
    return {"h": abs(h), "n": float(sample_size.for_effect_size(h))}


def width(given: Reading) -> Reading:
    """Full 95 % Wald width in points times √n, and the n that gives widths of 10 and 1 points."""
    n = 10**6
    low, high = net_score.wald(np.array([given["d"], 1 - given["d"] - given["p"], given["p"]]) * n)
    product = float(high - low) * 100 * n**0.5
    return {"width_times_sqrt_n": product, "n_width10": (product / 10) ** 2, "n_width1": product**2}


READERS: dict[str, Callable[[Reading], Reading]] = {
    "nps-01": one_score,
    "nps-02": one_score,
    "nps-03": extremes,
    "nps-05": one_score,
    "nps-07": small_tables,
    "nps-08": claimed_total,
    **{name: interval for name in ROWS if name.startswith("npsci-")},
    "npsci-21": width,
    "nps2-01": flat_difference("adjusted_wald"),
    "nps2-02": flat_difference("wald"),
    "nps2-04": difference,
    "nps2-06": difference,
    "nps2-07": type_one_error,
    "nps2-10": homogeneity,
    **{name: share_limits for name in ROWS if name.startswith("csat-")},
    "csat-12": share_difference,
    "csat-15": equal_shares,
    **{name: rungs for name in ROWS if name.startswith("multi-")},
    "ces-01": effort,
    "wgt-06": kish,
    "size-01": benchmark_sizes,
    "size-02": margin_sizes,
    "size-03": margin_sizes,
    "size-06": share_sizes,
    "size-07": effect_size,
}
UNCLIPPED = {"adjusted_wald_unclipped"}  # not offered: a score beyond 100 does not exist


def test_every_row_is_tested_or_listed_as_not_yet_reached() -> None:
    assert set(READERS) | set(NOT_YET) | set(ELSEWHERE) == set(ROWS)
    for name, file in ELSEWHERE.items():
        assert name in (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
    assert not set(READERS) & set(NOT_YET)


@pytest.mark.parametrize("name", READERS)
def test_published_answer(name: str) -> None:
    row = ROWS[name]
    found, want = READERS[name](json.loads(row["inputs"])), json.loads(row["expected"])
    for key in want.keys() - UNCLIPPED:
        np.testing.assert_allclose(
            found[key], want[key], rtol=0, atol=max(float(row["tolerance"]), 1e-14), err_msg=f"{name}: {key}"
        )
