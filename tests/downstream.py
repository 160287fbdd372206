"""A downstream team's module that uses every public name; type-checked with strict settings, and run as a test."""

from typing import Any

import numpy as np

import servicematters as sv
from servicematters import core, files, frames, kernels, plot, report, simulate, surveys, testing, wire
from servicematters.cli import main


class OurError(sv.ServiceMattersError):
    """Errors of ours that theirs can be told from."""


def count(columns: dict[str, list[int | None]]) -> sv.ScoreTally:
    months = sv.ScoreTally.from_frame(columns, "score", by="month", missing=[11], invalid="drop")
    one: sv.ScoreTally = sv.ScoreTally.of(columns["score"], invalid="drop") + sv.ScoreTally.from_counts({10: 3})
    left_out: core.Excluded = one.excluded
    assert int(left_out["no answer"]) >= 0
    assert int(left_out.total) >= 0
    base: core.Tally = one
    assert base.zero.n is not None
    return months + months.zero


def ask(tally: sv.ScoreTally) -> surveys.NetPromoterScore:
    score: surveys.NetPromoterScore = sv.nps(tally, shifted_ok=True)
    readings: tuple[surveys.Reading, ...] = score.readings
    assert len(readings) == len(tally.index)
    estimates: list[sv.Estimate] = [
        score,
        sv.csat([5, 4, 1], satisfied_from=4),
        sv.ces([7, 5, 2]),
        surveys.net_easy_score([7, 5, 2]),
        surveys.mean_score([5, 4], scale=surveys.CSAT_SCALE),
        surveys.distribution([5, 4], scale=surveys.CSAT_SCALE),
        sv.share(3, 10),
    ]
    for estimate in estimates:
        assert wire.from_dict(estimate.to_dict()) == estimate
    return score


def judge(before: sv.ScoreTally, after: sv.ScoreTally) -> sv.Verdict:
    change: sv.Change = sv.nps_change(before.sum(), after.sum())
    sv.csat_change([5, 4], [5, 5])
    same: sv.Homogeneity = surveys.nps_homogeneity(before + after)
    assert isinstance(same.differs, bool)
    verdict: core.Verdict = sv.Target(at_least=20).judge(sv.nps(after.sum(), shifted_ok=True))
    assert verdict in {core.Verdict.MET, core.Verdict.MISSED, core.Verdict.UNDECIDED}
    return change.verdict


def plan() -> int:
    size: surveys.SampleSize = surveys.nps_sample_size(margin=5)
    seen: surveys.DetectableDifference = surveys.detectable_difference(size.answers)
    assert float(seen) > 0
    assert 0 < surveys.nps_power(100, difference=20) < 1
    surveys.csat_sample_size(margin=0.05)
    surveys.nps_anytime([10, 9, 3])
    surveys.csat_anytime([5, 4, 1])
    surveys.adjusted_p_values([0.01, 0.2])
    change = surveys.adjusted_change(sv.nps_change([10, 9], [3, 2]))
    assert change.index == sv.Index()
    return size.answers


def explain() -> str:
    rows = {"speed": [1, 2, 3, 4, 5, 1], "kindness": [2, 1, 4, 3, 5, 5], "score": [2, 3, 7, 7, 10, 5]}
    found: surveys.Drivers = surveys.drivers(rows, outcome="score", predictors=["speed", "kindness"], resamples=50, rng=1)
    return found.note


def compare_segments(tally: sv.ScoreTally) -> str:
    moved: surveys.Decomposition = surveys.why_it_moved(tally, tally + tally)
    table: surveys.LeagueTable = surveys.shrunken(tally)
    one: surveys.ShrunkenScore = table.shrunken
    bounds: surveys.NonresponseBounds = surveys.nonresponse_bounds(tally, invited=[50, 60])
    heard = surveys.response_rate(tally, invited={1: 50, 2: 60})
    assert len(one.index) == len(heard.index) == len(bounds.index)
    return moved.finding


def weigh() -> float:
    tally = surveys.WeightedScoreTally.of([10, 8], [1.0, 2.0], scale=surveys.NPS_SCALE)
    return float(sv.nps(tally)) + float(tally.n_effective)


def scales() -> list[core.Index | surveys.RatingScale]:
    effort = surveys.RatingScale(1, 5, higher_is_better=False)
    return [effort, surveys.NPS_BANDS, surveys.CES_SCALE, sv.Index(["month"], [(1,), (2,)])]


def draw() -> sv.Sample:
    truth: simulate.SimulatedSurvey = simulate.survey(rows=10, rng=1)
    frames.count(truth.columns, "score")
    return sv.Sample.of_columns({"score": [1, 2, 3]}, limit=2, rng=1)


def show(tally: sv.ScoreTally) -> str:
    part: core.Section = surveys.section(tally)
    axes = plot.intervals(sv.nps(tally, shifted_ok=True))
    assert axes.get_ylabel()
    return report.page([part])


STRATEGIES = [
    testing.answers(),
    testing.bounds_under_silence(),
    testing.changes(),
    testing.decompositions(),
    testing.detectable_differences(),
    testing.driver_analyses(),
    testing.estimates(),
    testing.excluded(),
    testing.homogeneities(),
    testing.indexes(),
    testing.league_tables(),
    testing.net_promoter_scores(),
    testing.rating_scales(),
    testing.sample_sizes(),
    testing.samples(),
    testing.score_tallies(),
    testing.sections(),
    testing.shrunken_scores(),
    testing.simulated_surveys(),
    testing.targets(),
    testing.weighted_score_tallies(),
]


def keep_the_laws(tally: sv.ScoreTally) -> None:
    testing.assert_merges(tally, tally, tally.zero)
    testing.assert_splits(sv.ScoreTally.of, [10, 9, None], 1)
    testing.assert_interval_contract(lambda facts, confidence: sv.nps(facts, confidence=confidence), tally, low=-100, high=100)
    testing.assert_round_trips(tally)
    testing.assert_read_only(tally.counts)


def refuse(thing: Any) -> str:
    try:
        sv.nps(thing)
    except core.WrongKindError as error:
        return str(error)
    except (
        core.CellsDifferError,
        core.DefinitionsDifferError,
        core.IllegalTransitionError,
        core.InvalidValueError,
        core.MissingColumnError,
        core.MissingExtraError,
        core.ReversedIntervalError,
        core.UnsupportedEngineError,
        sv.ServiceMattersError,
    ) as error:
        return type(error).__name__
    return ""


WARNINGS: tuple[type[sv.ServiceMattersWarning], ...] = (
    core.ApproximationWarning,
    core.DataQualityWarning,
    core.ServiceMattersWarning,
    core.ShiftedScaleWarning,
    core.SmallSampleWarning,
)


def test_all_of_it_runs() -> None:
    tally = count({"score": [10, 9, 3, None], "month": [1, 1, 2, 2]})
    assert float(ask(tally)[1]) == 100
    assert judge(tally, tally) is sv.Verdict.NO_EVIDENCE
    assert weigh() > 0
    assert plan() == 1027
    assert compare_segments(tally)
    assert explain() == "association, not cause"
    assert len(scales()) == 4
    assert draw().rows == 2
    assert show(tally).startswith("<!doctype html>")
    assert "must be a list" in refuse("10")
    assert refuse([11]) == "InvalidValueError"
    assert all(issubclass(w, UserWarning) for w in WARNINGS)
    assert issubclass(OurError, core.ServiceMattersError)
    keep_the_laws(tally)
    assert all(strategy is not None for strategy in STRATEGIES)
    assert frames.build({"a": [1]}, "polars") is not None
    assert frames.take({"a": [1]}, ["a"], np.arange)[1] == 1
    assert frames.count_weighted({"s": [1], "w": [1.0]}, "s", "w").rows.tolist() == [1]
    assert frames.values([1, 2]).tolist() == [1, 2]
    assert "servicematters.Index" in wire.SCHEMAS
    assert wire.to_dict(surveys.CSAT_SCALE)["version"] == 1
    assert report.write("/dev/null", []).name == "null"
    report.require_drawing()
    assert [float(v) for v in kernels.binomial.wilson(0, 0)] == [0.0, 1.0]
    assert kernels.multinomial.goodman([1, 2])[0].shape == (2,)
    assert float(kernels.net_score.point([0, 0, 1])) == 1
    assert callable(core.checked)
    assert callable(files.count_file)
    assert main(["demo"]) == 0
    assert sv.surveys is surveys
    assert sv.core is core
