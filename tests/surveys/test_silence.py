"""Bounds under silence: what they promise, published cases, and what is refused."""

import csv
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicematters.core import (
    CellsDifferError,
    DefinitionsDifferError,
    Index,
    InvalidValueError,
    Target,
    Verdict,
    WrongKindError,
)
from servicematters.surveys import CES_SCALE, CSAT_SCALE, NPS_BANDS, RatingScale, ScoreTally, WeightedScoreTally, csat, nps
from servicematters.surveys.silence import nonresponse_bounds, response_rate
from servicematters.testing import assert_interval_contract, assert_read_only, score_tallies

ROWS = {
    row["id"]: {"given": json.loads(row["inputs"]), "want": json.loads(row["expected"]), "off": float(row["tolerance"])}
    for row in csv.DictReader((Path(__file__).parents[1] / "oracles" / "surveys.csv").open(encoding="utf-8"))
    if row["id"].startswith("nr-")
}
extra = st.integers(0, 500)


# laws


@given(score_tallies(), extra, st.integers(0, 10))
def test_whatever_the_silent_answer_the_score_of_all_lies_within_the_bounds(tally, silent, answer) -> None:
    everybody = ScoreTally(
        index=tally.index, scale=tally.scale, counts=tally.counts + silent * (np.arange(11) == answer).astype(np.int64)
    )
    bounds = nonresponse_bounds(tally, invited=tally.n + silent)
    score, known = nps(everybody, shifted_ok=True).value, everybody.n > 0
    assert ((bounds.low - 1e-9 <= score) & (score <= bounds.high + 1e-9))[known].all()
    if answer in (0, 10):  # and the bounds are reached
        np.testing.assert_allclose((bounds.low if answer == 0 else bounds.high)[known], score[known], atol=1e-9)


@given(score_tallies(), extra)
def test_the_silent_at_the_turning_point_bring_all_to_zero(tally, silent) -> None:
    bounds = nonresponse_bounds(tally, invited=tally.n + silent)
    flips = bounds.sign_flip
    for at in flips[~np.isnan(flips)]:
        landed = bounds.if_silent(float(at))
        assert np.nanmin(np.abs(landed)) < 1e-6
    turned = (bounds.low <= 0) & (bounds.high >= 0) & (bounds.invited > bounds.answered)
    np.testing.assert_array_equal(~np.isnan(flips), turned)


@given(score_tallies(scale=CSAT_SCALE), extra)
def test_response_rates_are_shares_with_the_contract_of_all_intervals(tally, silent) -> None:
    invited = tally.n + silent

    def measure(facts, *, confidence):
        return response_rate(facts, invited=invited, confidence=confidence)

    assert_interval_contract(measure, tally, low=0.0, high=1.0)


@given(score_tallies(scale=CSAT_SCALE))
def test_where_everybody_answers_there_is_nothing_to_bound(tally) -> None:
    bounds, known = nonresponse_bounds(tally, invited=tally.n), tally.n > 0
    np.testing.assert_array_equal(bounds.low[known], bounds.high[known])
    np.testing.assert_array_equal(bounds.value, csat(tally).value)


# meaning


def test_bounds_are_those_of_the_formula() -> None:
    d, p, r = 0.2, 0.5, 0.4
    bounds = nonresponse_bounds(ScoreTally.from_counts([200, 300, 500], scale=NPS_BANDS), invited=2500)
    assert float(bounds.low) == pytest.approx(100 * (r * p - (r * d + 1 - r)))
    assert float(bounds.high) == pytest.approx(100 * ((r * p + 1 - r) - r * d))
    assert float(bounds.sign_flip) == pytest.approx(-100 * r * (p - d) / (1 - r))


@pytest.mark.parametrize(("invited", "flip"), [(100, np.nan), (129, np.nan), (130, -100.0), (200, -30.0), (3100, -1.0)])
def test_the_sign_turns_only_where_the_silent_are_enough(invited, flip) -> None:
    bounds = nonresponse_bounds(ScoreTally.from_counts([20, 30, 50], scale=NPS_BANDS), invited=invited)
    np.testing.assert_allclose(float(bounds.sign_flip), flip)


def test_a_target_that_even_the_worst_case_meets_is_met() -> None:
    bounds = nonresponse_bounds(ScoreTally.from_counts([0, 10, 90], scale=NPS_BANDS), invited=110)
    assert float(bounds.low) == pytest.approx(80 / 1.1)
    assert Target(at_least=70).judge(bounds) is Verdict.MET  # type: ignore[arg-type]
    assert Target(at_least=75).judge(bounds) is Verdict.UNDECIDED  # type: ignore[arg-type]


def test_a_share_has_a_tipping_point_but_no_sign() -> None:
    bounds = nonresponse_bounds(ScoreTally.from_counts({5: 90, 1: 10}, scale=CSAT_SCALE), invited=200)
    assert np.isnan(float(bounds.sign_flip))
    assert float(bounds.tipping_point(0.8)) == pytest.approx(0.7)
    assert np.isnan(float(bounds.tipping_point(0.99)))
    assert float(nonresponse_bounds(ScoreTally.of([5, 4], scale=CSAT_SCALE), invited=4, satisfied_from=5).value) == 0.5


def test_invitations_go_by_label_or_by_order() -> None:
    tally = ScoreTally.from_counts([[1, 0, 3], [2, 2, 2]], scale=NPS_BANDS, index=Index("team", ["a", "b"]))
    by_label = nonresponse_bounds(tally, invited={"b": 60, "a": 8})
    assert by_label == nonresponse_bounds(tally, invited=[8, 60])
    assert by_label["a"] == nonresponse_bounds(tally["a"], invited=8)
    assert response_rate(tally, invited={"b": 60, "a": 8}).value.tolist() == [0.5, 0.1]


# oracles


def test_nine_hundred_satisfied_of_ten_thousand_may_be_nine_percent_or_ninety_nine() -> None:
    row = ROWS["nr-01"]
    given_, want = row["given"], row["want"]
    tally = ScoreTally.from_counts({5: given_["satisfied"], 1: given_["n"] - given_["satisfied"]}, scale=CSAT_SCALE)
    bounds = nonresponse_bounds(tally, invited=given_["N"])
    np.testing.assert_allclose(float(bounds.value), want["observed"], atol=row["off"])
    np.testing.assert_allclose([float(bounds.low), float(bounds.high)], want["bounds"], atol=row["off"])
    np.testing.assert_allclose(float(bounds.if_silent(1 / 3)), want["scenario"], atol=row["off"])


def test_a_published_response_rate() -> None:
    row = ROWS["nr-03"]
    tally = ScoreTally.from_counts({10: row["given"]["received"]})
    rate = response_rate(tally, invited=row["given"]["sent"])
    np.testing.assert_allclose(float(rate), row["want"]["rate"], atol=row["off"])


# edges


def test_cells_where_nobody_answered_may_be_anything() -> None:
    tally = ScoreTally.from_counts([[0, 0, 0], [0, 0, 0]], scale=NPS_BANDS, index=Index("team", ["a", "b"]))
    bounds = nonresponse_bounds(tally, invited=[5, 0])
    assert np.isnan(bounds.value).all()
    assert (bounds.low.tolist(), bounds.high.tolist()) == ([-100, -100], [100, 100])
    assert np.isnan(bounds.response_rate).tolist() == [False, True]
    assert "n/a" in str(bounds)


def test_results_are_sealed_stored_and_equal_to_their_copies() -> None:
    tally = ScoreTally.from_counts([[1, 0, 3], [0, 0, 0]], scale=NPS_BANDS, index=Index("team", ["a", "b"]))
    bounds = nonresponse_bounds(tally, invited=[8, 3])
    assert pickle.loads(pickle.dumps(bounds)) == bounds
    assert bounds != nonresponse_bounds(tally, invited=[8, 4])
    assert_read_only(bounds.low)
    stored = json.loads(json.dumps(bounds.to_dict(), allow_nan=False))
    assert (stored["schema"], stored["value"]) == ("servicematters.NonresponseBounds", [50.0, None])


@pytest.mark.parametrize(
    ("invited", "error", "words"),
    [
        (3, InvalidValueError, "invited must be at least the answers, got 3 for 4"),
        (4.0, WrongKindError, "invited must be whole numbers"),
        ([4, 4], CellsDifferError, "one number a cell, 1 of them, got 2"),
        ({"a": 4}, CellsDifferError, "no cell 'a'"),
    ],
)
def test_invitations_that_cannot_be_right_are_refused(invited, error, words) -> None:
    for question in (nonresponse_bounds, response_rate):
        with pytest.raises(error, match=words):
            question(ScoreTally.of([10, 9, 8, 0]), invited=invited)


def test_what_has_no_bounds_is_refused() -> None:
    with pytest.raises(WrongKindError, match="bounds need plain counts"):
        nonresponse_bounds(WeightedScoreTally.of([10], [1.0]), invited=4)  # type: ignore[arg-type]
    with pytest.raises(WrongKindError, match="answers must be a tally"):
        nonresponse_bounds([10, 9], invited=4)  # type: ignore[arg-type]
    with pytest.raises(DefinitionsDifferError, match="satisfied_from belongs"):
        nonresponse_bounds(ScoreTally.of([10]), invited=4, satisfied_from=9)
    with pytest.raises(DefinitionsDifferError, match="more is better"):
        nonresponse_bounds(
            ScoreTally.of([1], scale=RatingScale(1, 5, higher_is_better=False, bottom_box_to=2, top_box_from=4)), invited=4
        )
    with pytest.raises(InvalidValueError, match="between 0 and 1"):
        nonresponse_bounds(ScoreTally.of([7], scale=CES_SCALE), invited=4).if_silent(50)
    two = ScoreTally.from_counts([[1, 0, 3], [0, 0, 1]], scale=NPS_BANDS, index=Index("team", ["a", "b"]))
    with pytest.raises(CellsDifferError, match=r"invited lacks cell \('b',\)"):
        nonresponse_bounds(two, invited={"a": 9})
