"""Hypothesis strategies for every public type, and the laws they keep, for your own tests. Needs the extra ``test``.

With Hypothesis installed, ``st.from_type(sv.ScoreTally)`` and the like find these strategies by themselves, for rooms that have
been opened; nothing of the library is loaded into test runs that do not use it.
"""

import datetime as dt
import json
import pickle
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal, TypeVar

try:
    from hypothesis import strategies as st
except ImportError as error:
    from servicematters.core.errors import MissingExtraError

    raise MissingExtraError("servicematters.testing", "test") from error

if TYPE_CHECKING:
    from servicematters.core import Change, Estimate, Excluded, Homogeneity, Index, Sample, Section, Tally, Target
    from servicematters.simulate import SimulatedSurvey
    from servicematters.surveys import (
        Decomposition,
        DetectableDifference,
        Drivers,
        LeagueTable,
        NetPromoterScore,
        NonresponseBounds,
        RatingScale,
        SampleSize,
        ScoreTally,
        ShrunkenScore,
        WeightedScoreTally,
    )

__all__ = [
    "answers",
    "assert_interval_contract",
    "assert_merges",
    "assert_read_only",
    "assert_round_trips",
    "assert_splits",
    "bounds_under_silence",
    "changes",
    "decompositions",
    "detectable_differences",
    "driver_analyses",
    "estimates",
    "excluded",
    "homogeneities",
    "indexes",
    "league_tables",
    "net_promoter_scores",
    "rating_scales",
    "sample_sizes",
    "samples",
    "score_tallies",
    "sections",
    "shrunken_scores",
    "simulated_surveys",
    "targets",
    "weighted_score_tallies",
]

T = TypeVar("T", bound="Tally")

_LARGEST_COUNT = 10_000

# -- strategies ----------------------------------------------------------------------------------------------------------


# a literal alphabet: the one of all characters takes Hypothesis seconds to build, which its own health check then reports
_WORDS = st.text("abzAZ09 -_.,;$\\'\"<>&äßé漢\n\x1f", max_size=5)
_KINDS_OF_LABEL: list["st.SearchStrategy[Any]"] = [
    _WORDS,
    st.integers(-1000, 1000),
    st.booleans(),
    st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2040, 1, 1)),
]


@st.composite
def indexes(draw: st.DrawFn, *, names: Sequence[str] | None = None, max_cells: int = 4) -> "Index":
    """Labels of cells: none, or up to ``max_cells`` by one or two names."""
    from servicematters.core import Index

    drawn = tuple(names) if names is not None else draw(st.sampled_from([(), ("month",), ("month", "segment")]))
    if not drawn:
        return Index()
    kinds = [draw(st.sampled_from(_KINDS_OF_LABEL)) for _ in drawn]
    rows = draw(st.lists(st.tuples(*(st.none() | kind for kind in kinds)), max_size=max_cells))
    index, _ = Index.of(drawn, list(zip(*rows, strict=True)) if rows else [[] for _ in drawn], len(rows))
    return index


@st.composite
def rating_scales(draw: st.DrawFn, *, boxes: bool | None = None) -> "RatingScale":
    """Scales of up to eleven rungs; with boxes, without, or either."""
    from servicematters.surveys import RatingScale

    low = draw(st.integers(0, 5))
    high = draw(st.integers(low + 1, low + 10))
    better = draw(st.booleans())
    if not (draw(st.booleans()) if boxes is None else boxes):
        return RatingScale(low, high, higher_is_better=better)
    bottom = draw(st.integers(low, high - 1))
    top = draw(st.integers(bottom + 1, high))
    return RatingScale(low, high, higher_is_better=better, bottom_box_to=bottom, top_box_from=top)


def answers(
    scale: "RatingScale | None" = None, *, min_size: int = 0, max_size: int = 50
) -> "st.SearchStrategy[list[int | None]]":
    """Raw answers on a scale, 0 to 10 by default, some of them empty."""
    from servicematters.surveys import NPS_SCALE

    rungs = scale or NPS_SCALE
    return st.lists(st.none() | st.integers(rungs.low, rungs.high), min_size=min_size, max_size=max_size)


def _counts(cells: int, width: int) -> "st.SearchStrategy[list[list[int]]]":
    # many zeros: empty cells and unused rungs are where things break
    count = st.one_of(st.just(0), st.integers(0, 5), st.integers(0, _LARGEST_COUNT))
    cell = st.just([0] * width) | st.lists(count, min_size=width, max_size=width)
    return st.lists(cell, min_size=cells, max_size=cells)


@st.composite
def excluded(draw: st.DrawFn, *, shape: tuple[int, ...] | None = None) -> "Excluded":
    """Rows left out, by reason, for cells of a shape."""
    from servicematters.core import Excluded

    cells = shape if shape is not None else draw(st.sampled_from([(), (2,)]))
    size = cells[0] if cells else 1
    reasons = draw(st.lists(st.sampled_from(["no answer", "out of range", "text"]), unique=True))
    return Excluded({r: draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)) for r in reasons}, shape=cells)


@st.composite
def score_tallies(
    draw: st.DrawFn, *, scale: "RatingScale | None" = None, index: "st.SearchStrategy[Index] | None" = None
) -> "ScoreTally":
    """Counted answers, on the 0-10 question unless told otherwise; empty cells and unused rungs are common."""
    from servicematters.surveys import NPS_SCALE, ScoreTally

    rungs, labels = scale or NPS_SCALE, draw(index if index is not None else indexes())
    counts = draw(_counts(len(labels), rungs.rungs))
    out = draw(excluded(shape=labels.shape))
    return ScoreTally(index=labels, scale=rungs, counts=_shaped(counts, labels, rungs.rungs), excluded=out)


@st.composite
def weighted_score_tallies(
    draw: st.DrawFn, *, scale: "RatingScale | None" = None, index: "st.SearchStrategy[Index] | None" = None
) -> "WeightedScoreTally":
    """Counted answers with their weights, consistent with each other."""
    import numpy as np

    from servicematters.surveys import NPS_SCALE, WeightedScoreTally

    rungs, labels = scale or NPS_SCALE, draw(index if index is not None else indexes())
    counts = np.array(_shaped(draw(_counts(len(labels), rungs.rungs)), labels, rungs.rungs))
    weight = draw(st.floats(0.1, 10.0))
    spread = draw(st.floats(1.0, 3.0))  # mean square over squared mean
    return WeightedScoreTally(
        index=labels, scale=rungs, counts=counts, weights=counts * weight, squares=counts * weight**2 * spread
    )


def _shaped(counts: list[list[int]], index: "Index", width: int) -> Any:
    import numpy as np

    return np.array(counts, dtype=np.int64).reshape((*index.shape, width))


@st.composite
def estimates(draw: st.DrawFn, *, index: "st.SearchStrategy[Index] | None" = None) -> "Estimate":
    """Estimates of shares, whose intervals hold their values; empty cells among them."""
    from servicematters.core import Estimate

    labels = draw(index if index is not None else indexes())
    rows = [_triple(draw) for _ in range(len(labels))]
    low, value, high, n = zip(*rows, strict=True) if rows else ((), (), (), ())
    confidence = draw(st.sampled_from([0.8, 0.9, 0.95, 0.99]))
    return Estimate(
        name=draw(st.sampled_from(["share", "CSAT"])),
        value=value,
        low=low,
        high=high,
        n=n,
        confidence=confidence,
        unit="share",
        method="drawn",
        index=labels,
    )


def _triple(draw: st.DrawFn) -> tuple[float, float, float, int]:
    n = draw(st.integers(0, 10**6))
    if n == 0:
        return 0.0, float("nan"), 1.0, 0
    low, value, high = sorted(draw(st.tuples(*[st.floats(0, 1)] * 3)))
    return low, value, high, n


def net_promoter_scores() -> "st.SearchStrategy[NetPromoterScore]":
    """Net promoter scores of drawn tallies."""
    from servicematters.surveys import nps

    return score_tallies().map(lambda tally: nps(tally, shifted_ok=True))


@st.composite
def changes(draw: st.DrawFn) -> "Change":
    """Changes between two drawn tallies of the same cells."""
    from servicematters.surveys import nps_change

    labels = st.just(draw(indexes()))
    return nps_change(draw(score_tallies(index=labels)), draw(score_tallies(index=labels)))


def homogeneities() -> "st.SearchStrategy[Homogeneity]":
    """Comparisons of the cells of drawn tallies."""
    from servicematters.surveys import nps_homogeneity

    return score_tallies().map(nps_homogeneity)


@st.composite
def targets(draw: st.DrawFn) -> "Target":
    """Targets for a share: at least, at most, or between."""
    from servicematters.core import Target

    low, high = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    return draw(st.sampled_from([Target(at_least=low), Target(at_most=high), Target(between=(low, high))]))


@st.composite
def samples(draw: st.DrawFn) -> "Sample":
    """Samples of one numeric and one text column."""
    from servicematters.core import Sample

    rows = draw(st.integers(0, 5))
    numbers = draw(st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=rows, max_size=rows))
    words = draw(st.lists(_WORDS, min_size=rows, max_size=rows))
    return Sample({"number": numbers, "word": words}, of=rows + draw(st.integers(0, 5)))


@st.composite
def decompositions(draw: st.DrawFn) -> "Decomposition":
    """Changes of drawn tallies of the same segments, taken apart."""
    from servicematters.surveys import why_it_moved

    labels = st.just(draw(indexes(names=("segment",))))
    return why_it_moved(draw(score_tallies(index=labels)), draw(score_tallies(index=labels)))


def league_tables() -> "st.SearchStrategy[LeagueTable]":
    """League tables of drawn tallies; many refuse to rank."""
    from servicematters.surveys import shrunken

    return score_tallies(index=indexes(names=("team",))).map(shrunken)


def shrunken_scores() -> "st.SearchStrategy[ShrunkenScore]":
    """Shrunken scores of drawn league tables."""
    return league_tables().map(lambda table: table.shrunken)


@st.composite
def bounds_under_silence(draw: st.DrawFn) -> "NonresponseBounds":
    """Bounds of drawn tallies, with up to ten thousand silent customers a cell."""
    from servicematters.surveys import nonresponse_bounds

    tally = draw(score_tallies())
    return nonresponse_bounds(tally, invited=tally.n + draw(st.integers(0, _LARGEST_COUNT)))


@st.composite
def driver_analyses(draw: st.DrawFn) -> "Drivers":
    """Key drivers of small drawn surveys; single columns, a group, and rows with an empty cell among them."""
    import numpy as np

    from servicematters.surveys import drivers

    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = draw(st.lists(st.sampled_from(["speed", "clarity", "kindness", "it's <ok>"]), min_size=1, unique=True))
    rows = {name: rng.normal(size=30) for name in names}
    rows["score"] = np.sum(list(rows.values()), axis=0) + rng.normal(size=30)
    rows[names[0]][: draw(st.integers(0, 3))] = np.nan
    groups = {"together": names[:2]} if draw(st.booleans()) else None
    method: Literal["lmg", "johnson"] = draw(st.sampled_from(["lmg", "johnson"]))
    return drivers(rows, outcome="score", predictors=names, groups=groups, method=method, resamples=40, rng=rng)


def sample_sizes() -> "st.SearchStrategy[SampleSize]":
    """Plans for a margin or a difference."""
    from servicematters.surveys import nps_sample_size

    variance = st.floats(0.05, 1)
    margins = st.builds(lambda m, v: nps_sample_size(margin=m, variance=v), st.floats(1, 100), variance)
    differences = st.builds(
        lambda d, g, v: nps_sample_size(difference=d, groups=g, variance=v),
        st.floats(1, 200),
        st.sampled_from([1, 2]),
        variance,
    )
    return margins | differences


def detectable_differences() -> "st.SearchStrategy[DetectableDifference]":
    """What one or two groups can find; nothing, for very few answers."""
    from servicematters.surveys import detectable_difference

    n = st.integers(1, 10**6)
    one = st.builds(lambda n, g: detectable_difference(n, groups=g), n, st.sampled_from([1, 2]))
    return one | st.tuples(n, n).map(detectable_difference)


def sections() -> "st.SearchStrategy[Section]":
    """Sections of the report on drawn tallies."""
    from servicematters.surveys import section

    return score_tallies(scale=_bands()).map(section)


def _bands() -> "RatingScale":
    from servicematters.surveys import NPS_BANDS

    return NPS_BANDS


def simulated_surveys() -> "st.SearchStrategy[SimulatedSurvey]":
    """Small simulated surveys with their truth."""
    from servicematters.simulate import survey

    return st.builds(lambda rows, rng: survey(rows=rows, rng=rng), st.integers(1, 40), st.integers(0, 2**32 - 1))


# -- laws ----------------------------------------------------------------------------------------------------------------


def assert_merges(a: T, b: T, c: T) -> None:
    """Adding is associative and commutative, and the zero of each adds nothing."""
    assert (a + b) + c == a + (b + c), "adding must not depend on grouping"
    assert a + b == b + a, "adding must not depend on order"
    assert a + a.zero == a == a.zero + a, "the zero must add nothing"
    assert (a + b).sum() == a.sum() + b.sum(), "cells must add up to the same whole"


def assert_splits(count: Callable[[Sequence[Any]], T], rows: Sequence[Any], at: int) -> None:
    """Counting the two parts of any split gives, added up, what counting the whole gives."""
    assert count(rows[:at]) + count(rows[at:]) == count(rows), f"a split at {at} changes the counts"


def assert_interval_contract(measure: Callable[..., "Estimate"], facts: Any, *, low: float, high: float) -> None:
    """Intervals hold their value, stay within [low, high], grow with confidence, and are widest where nothing was counted."""
    import numpy as np

    narrow, wide = measure(facts, confidence=0.8), measure(facts, confidence=0.99)
    for estimate in (narrow, wide):
        known = ~np.isnan(estimate.value)
        held = (estimate.low <= estimate.value) & (estimate.value <= estimate.high)
        assert held[known].all(), "value outside its interval"
        assert (estimate.low >= low - 1e-9).all() and (estimate.high <= high + 1e-9).all(), "interval leaves its range"
        assert (estimate.low[~known] == low).all() and (estimate.high[~known] == high).all(), "empty cell is not widest"
    assert (wide.low <= narrow.low + 1e-9).all() and (narrow.high <= wide.high + 1e-9).all(), (
        "more confidence, shorter interval"
    )


def assert_round_trips(thing: Any) -> None:
    """JSON, pickle and deepcopy give back an equal object."""
    from servicematters import wire

    assert wire.from_dict(json.loads(json.dumps(wire.to_dict(thing), allow_nan=False))) == thing, "JSON loses something"
    assert pickle.loads(pickle.dumps(thing)) == thing, "pickle loses something"
    assert deepcopy(thing) == thing, "deepcopy loses something"


def assert_read_only(array: Any) -> None:
    """An array can neither be written into nor made writable."""
    attempts: list[Callable[[], object]] = [lambda: array.__setitem__(..., 1), lambda: array.setflags(write=True)]
    for attempt in attempts:
        try:
            attempt()
        except ValueError:
            continue
        raise AssertionError("the array can be changed")


# -- found by st.from_type -----------------------------------------------------------------------------------------------

_STRATEGIES: dict[tuple[str, str], Callable[[], "st.SearchStrategy[Any]"]] = {
    ("servicematters.core.change", "Change"): changes,
    ("servicematters.core.change", "Homogeneity"): homogeneities,
    ("servicematters.core.estimate", "Estimate"): estimates,
    ("servicematters.core.index", "Index"): indexes,
    ("servicematters.core.sample", "Sample"): samples,
    ("servicematters.core.section", "Section"): sections,
    ("servicematters.core.tally", "Excluded"): excluded,
    ("servicematters.core.target", "Target"): targets,
    ("servicematters.simulate", "SimulatedSurvey"): simulated_surveys,
    ("servicematters.surveys.driving", "Drivers"): driver_analyses,
    ("servicematters.surveys.plans", "DetectableDifference"): detectable_differences,
    ("servicematters.surveys.plans", "SampleSize"): sample_sizes,
    ("servicematters.surveys.league", "LeagueTable"): league_tables,
    ("servicematters.surveys.league", "ShrunkenScore"): shrunken_scores,
    ("servicematters.surveys.segments", "Decomposition"): decompositions,
    ("servicematters.surveys.silence", "NonresponseBounds"): bounds_under_silence,
    ("servicematters.surveys.measures", "NetPromoterScore"): net_promoter_scores,
    ("servicematters.surveys.model", "RatingScale"): rating_scales,
    ("servicematters.surveys.tally", "ScoreTally"): score_tallies,
    ("servicematters.surveys.tally", "WeightedScoreTally"): weighted_score_tallies,
}
_registered: set[tuple[str, str]] = set()


def _ignoring_type(strategy: Callable[[], "st.SearchStrategy[Any]"]) -> Callable[[type], "st.SearchStrategy[Any]"]:
    return lambda _: strategy()


def register_opened() -> None:
    """Tell Hypothesis of the types of all modules that have been loaded; called whenever a public name is opened."""
    for (module, name), strategy in _STRATEGIES.items():
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and (module, name) not in _registered:
            _registered.add((module, name))
            st.register_type_strategy(kind, _ignoring_type(strategy))


register_opened()
