"""What the headline measures mean, rung by rung, and what their intervals keep."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servicematters as sv
from servicematters.core import CellsDifferError, DefinitionsDifferError, InvalidValueError, WrongKindError
from servicematters.core.warnings import ShiftedScaleWarning
from servicematters.surveys import (
    CES_SCALE,
    CSAT_SCALE,
    NPS_BANDS,
    NPS_SCALE,
    RatingScale,
    Reading,
    ScoreTally,
    WeightedScoreTally,
    ces,
    csat,
    distribution,
    mean_score,
    net_easy_score,
    nps,
    nps_change,
)
from servicematters.testing import (
    answers,
    assert_interval_contract,
    assert_round_trips,
    rating_scales,
    score_tallies,
    weighted_score_tallies,
)

EFFORT = RatingScale(1, 5, higher_is_better=False, bottom_box_to=2, top_box_from=4, question="effort")

# -- laws ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["adjusted-wald", "score", "wald", "mover"])
@given(tally=st.one_of(score_tallies(), weighted_score_tallies()))
def test_nps_intervals_keep_the_contract(method, tally) -> None:
    assert_interval_contract(
        lambda facts, confidence: nps(facts, method=method, confidence=confidence, shifted_ok=True), tally, low=-100, high=100
    )


@given(tally=st.one_of(score_tallies(scale=CSAT_SCALE), weighted_score_tallies(scale=CSAT_SCALE)))
def test_csat_intervals_keep_the_contract(tally) -> None:
    assert_interval_contract(csat, tally, low=0, high=1)
    assert_interval_contract(mean_score, tally, low=1, high=5)


@pytest.mark.parametrize("method", ["goodman", "quesenberry-hurst", "sison-glaz", "fitzpatrick-scott", "wilson"])
@given(tally=score_tallies(scale=RatingScale(1, 4)))
def test_distribution_intervals_keep_the_contract(method, tally) -> None:
    assert_interval_contract(
        lambda facts, confidence: distribution(facts, method=method, confidence=confidence), tally, low=0, high=1
    )


@given(score_tallies(scale=CES_SCALE))
def test_ease_intervals_keep_the_contract(tally) -> None:
    assert_interval_contract(ces, tally, low=0, high=1)
    assert_interval_contract(net_easy_score, tally, low=-1, high=1)


@given(answers(max_size=30), st.randoms())
def test_order_does_not_matter(rows, random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert nps(rows) == nps(shuffled)


@given(score_tallies())
def test_shares_add_up_and_make_the_score(tally) -> None:
    score = nps(tally, shifted_ok=True)
    known = tally.n > 0
    np.testing.assert_allclose((score.promoters + score.passives + score.detractors)[known], 1)
    np.testing.assert_allclose(100 * (score.promoters - score.detractors)[known], score.value[known], atol=1e-9)
    assert np.isnan(score.promoters[~known]).all()
    assert nps(tally.banded()) == score


@given(score_tallies())
def test_each_cell_is_scored_as_if_alone(tally) -> None:
    together = nps(tally, shifted_ok=True)
    for key, cell in tally.cells():
        assert together[key] == nps(cell, shifted_ok=True)


@given(score_tallies(scale=CSAT_SCALE))
def test_weights_of_one_change_nothing(tally) -> None:
    ones = tally.counts.astype(float)
    weighted = WeightedScoreTally(index=tally.index, scale=CSAT_SCALE, counts=tally.counts, weights=ones, squares=ones)
    for measure in (csat, mean_score):
        plain, same = measure(tally), measure(weighted)
        np.testing.assert_allclose([same.value, same.low, same.high], [plain.value, plain.low, plain.high], atol=1e-9)


@given(score_tallies(scale=EFFORT))
def test_turning_the_scale_round_turns_effort_into_ease(tally) -> None:
    ease = RatingScale(1, 5, bottom_box_to=2, top_box_from=4, question="ease")
    turned = ScoreTally(index=tally.index, scale=ease, counts=tally.counts[..., ::-1])
    for measure in (ces, net_easy_score):
        there, back = measure(tally, scale=EFFORT), measure(turned, scale=ease)
        np.testing.assert_allclose([there.value, there.low, there.high], [back.value, back.low, back.high], atol=1e-12)


@given(rating_scales())
def test_stored_scales_come_back(scale) -> None:
    assert_round_trips(scale)


# -- meaning: laws cannot see an off-by-one ------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "want"), [*[(s, -100) for s in range(7)], (7, 0), (8, 0), (9, 100), (10, 100)])
def test_every_rung_counts_as_promoter_passive_or_detractor(score, want) -> None:
    assert nps([score]).value == want


@pytest.mark.parametrize(("score", "want"), [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1)])
def test_satisfied_begins_at_four_of_five(score, want) -> None:
    assert csat([score]).value == want
    assert csat([score], satisfied_from=5).value == (score == 5)


@pytest.mark.parametrize(("score", "easy", "net"), [(1, 0, -1), (3, 0, -1), (4, 0, 0), (5, 1, 1), (7, 1, 1)])
def test_easy_begins_at_five_of_seven(score, easy, net) -> None:
    assert ces([score]).value == easy
    assert net_easy_score([score]).value == net


@pytest.mark.parametrize(("score", "easy", "net"), [(1, 1, 1), (2, 1, 1), (3, 0, 0), (4, 0, -1), (5, 0, -1)])
def test_on_a_question_of_effort_the_low_answers_are_the_easy_ones(score, easy, net) -> None:
    assert ces([score], scale=EFFORT).value == easy
    assert net_easy_score([score], scale=EFFORT).value == net


def test_fifty_of_each_are_not_a_hundred_passives() -> None:
    torn, lukewarm = nps([0] * 50 + [10] * 50), nps([8] * 100, shifted_ok=True)
    assert torn.value == lukewarm.value == 0
    assert (torn.reading, lukewarm.reading) == (Reading.UNDECIDED, Reading.STAGNANT)
    assert float(torn.detractors) == 0.5
    assert float(lukewarm.passives) == 1.0
    assert lukewarm.high < torn.high


@pytest.mark.parametrize(
    ("counts", "reading"),
    [
        ({10: 60, 8: 30, 0: 10}, Reading.POSITIVE),
        ({10: 10, 8: 30, 0: 60}, Reading.NEGATIVE),
        ({10: 5, 8: 990, 0: 5}, Reading.STAGNANT),
        ({10: 40, 8: 20, 0: 40}, Reading.UNDECIDED),
        ({}, Reading.UNDECIDED),
    ],
)
def test_a_score_is_read_against_zero(counts, reading) -> None:
    assert nps(ScoreTally.from_counts(counts)).reading is reading


def test_how_narrow_is_stagnant_can_be_said() -> None:
    tally = ScoreTally.from_counts({10: 40, 8: 20, 0: 40})
    assert nps(tally, stagnant_within=20).reading is Reading.STAGNANT
    with pytest.raises(InvalidValueError, match="stagnant_within"):
        nps(tally, stagnant_within=-1)


def test_many_cells_have_many_readings() -> None:
    teams = nps(ScoreTally.from_frame({"s": [10, 0], "t": ["a", "b"]}, "s", by="t"))
    assert teams.readings == (Reading.UNDECIDED, Reading.UNDECIDED)
    with pytest.raises(WrongKindError, match="use .readings"):
        _ = teams.reading


def test_weights_make_the_score_that_they_say() -> None:
    tally = WeightedScoreTally.of([10, 8, 0], [3.0, 1.0, 1.0])
    score = nps(tally)
    assert float(score) == pytest.approx(40)
    assert score.n == 3
    assert float(tally.n_effective) == pytest.approx(25 / 11)
    assert score.method == "adjusted Wald, Kish weights"


def test_own_boxes_make_an_own_score_that_says_so() -> None:
    five = RatingScale(1, 5, bottom_box_to=3, top_box_from=5)
    assert nps([5, 4, 1, 5], scale=five).value == 25
    assert nps([5], scale=five).method == "adjusted Wald, own boxes"


# -- oracles: closed forms -----------------------------------------------------------------------------------------------


def test_a_mean_has_students_interval() -> None:
    from scipy import stats

    scores = [5, 4, 4, 2, 5, 3, 5, 4]
    want = stats.t.interval(0.9, len(scores) - 1, loc=np.mean(scores), scale=stats.sem(scores))
    e = mean_score(scores, scale=CSAT_SCALE, confidence=0.9)
    np.testing.assert_allclose([e.low, e.high], want, rtol=1e-12)


def test_answers_of_one_mind_do_not_make_a_mean_certain() -> None:
    e = mean_score([5] * 20, scale=CSAT_SCALE)
    others = 1 - 0.025 ** (1 / 20)
    assert float(e.low) == pytest.approx(5 - others * 4)
    assert e.high == 5
    assert float(mean_score([3], scale=CSAT_SCALE).low) == pytest.approx(1.05)


# -- edges ---------------------------------------------------------------------------------------------------------------


def test_nobody_answered() -> None:
    for e in (nps([]), csat([None]), ces([]), mean_score([], scale=CSAT_SCALE), net_easy_score([float("nan")])):
        assert np.isnan(e.value)
        assert e.n == 0
    assert (nps([]).low, nps([]).high) == (-100, 100)
    empty = distribution([], scale=CSAT_SCALE)
    assert len(empty.index) == 5
    assert np.isnan(empty.value).all()


def test_a_measure_refuses_the_scale_of_another() -> None:
    satisfaction, ease = ScoreTally.of([5], scale=CSAT_SCALE), ScoreTally.of([5], scale=CES_SCALE)
    for measure, tally in ((nps, satisfaction), (csat, ease), (ces, satisfaction), (csat, ScoreTally.of([5]))):
        with pytest.raises(DefinitionsDifferError, match="the measure wants answers on"):
            measure(tally)
    with pytest.raises(DefinitionsDifferError, match="the measure wants"):
        ces(ScoreTally.of([5], scale=EFFORT))  # an effort question is not an ease question
    with pytest.raises(DefinitionsDifferError, match="more is better"):
        csat([5], scale=EFFORT)
    with pytest.raises(DefinitionsDifferError, match="has no boxes"):
        nps([5], scale=RatingScale(0, 10))
    with pytest.raises(DefinitionsDifferError, match="has no top box"):
        csat([5], scale=RatingScale(1, 7))
    assert csat([7, 6, 1], scale=RatingScale(1, 7), satisfied_from=6).value == pytest.approx(2 / 3)


def test_a_scale_on_which_less_is_better_makes_no_net_promoter_score() -> None:
    for ask in (nps, lambda answers, scale: nps_change(answers, answers, scale=scale)):
        with pytest.raises(DefinitionsDifferError, match="more is better"):
            ask([1, 5], scale=EFFORT)
    with pytest.raises(WrongKindError, match="scale must be a RatingScale"):
        nps([1], scale="nps")


def test_sison_glaz_is_not_for_weights() -> None:
    with pytest.raises(InvalidValueError, match="has no meaning for weights"):
        distribution(WeightedScoreTally.of([5, 4], [1.5, 2.5], scale=CSAT_SCALE), method="sison-glaz")


def test_weights_that_no_answers_could_have_are_refused() -> None:
    rungs = np.eye(11)[10]
    with pytest.raises(InvalidValueError, match="cannot come from 0 answers, on rung 10"):
        WeightedScoreTally(scale=NPS_SCALE, counts=np.zeros(11, int), weights=5 * rungs, squares=rungs)
    with pytest.raises(InvalidValueError, match="cannot come from 2 answers"):
        WeightedScoreTally(scale=NPS_SCALE, counts=2 * rungs.astype(int), weights=5 * rungs, squares=rungs)
    with pytest.raises(WrongKindError, match="weights must be numbers"):
        WeightedScoreTally.of([1, 2], ["1", "2"])


@pytest.mark.parametrize("rung", [1, 6, 4.5, True, float("nan"), "4"])
def test_satisfied_from_must_be_a_rung(rung) -> None:
    with pytest.raises(InvalidValueError, match="satisfied_from must be a rung above 1 and up to 5"):
        csat([5], satisfied_from=rung)


def test_raw_answers_need_a_scale_where_no_question_gives_one() -> None:
    for measure in (mean_score, distribution):
        with pytest.raises(WrongKindError, match="raw answers need their scale"):
            measure([5, 4])
    with pytest.raises(CellsDifferError, match="labelled 'answer'"):
        distribution(ScoreTally.from_frame({"s": [1], "answer": ["a"]}, "s", by="answer"))
    with pytest.raises(InvalidValueError, match="method must be one of goodman"):
        distribution([5], scale=CSAT_SCALE, method="good")
    with pytest.raises(InvalidValueError, match="method must be one of adjusted-wald"):
        nps([5], method="bootstrap")


def test_an_unused_top_rung_is_worth_a_warning_from_a_hundred_answers_on() -> None:
    with pytest.warns(ShiftedScaleWarning, match="none of 100 answers is a 10"):
        nps([9] * 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nps([9] * 99)
        nps([9] * 100, shifted_ok=True)
        nps([9] * 100 + [10])
        nps(ScoreTally.from_counts([100, 0, 0], scale=NPS_BANDS))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ([10, 11, 11], r"got 11 at position 1 \(2 such\); name it in missing=\[11\]"),
        ([10, 99, 11, 11], r"got 99 at position 1 \(1 such\)"),
        ([-1], r"got -1 at position 0 \(1 such\)"),
        ([9.5], r"got 9.5 at position 0 \(1 such\); invalid=\"drop\""),
        (["9", 9], r"got '9' at position 0 \(1 such\); the column holds text: convert it to numbers first"),
        (["9,5"], "convert it to numbers first"),
        (["n/a", 9], r"got 'n/a' at position 0 \(1 such\); name it in missing=\['n/a'\]"),
        ([10, True, True], r"got True at position 1 \(2 such\); invalid=\"drop\""),
        ([float("inf")], "got inf at position 0"),
        ([10**30], f"got {10**30} at position 0"),
        ([10**400], "got 1000000000"),
        (np.array([1, 2, 99], dtype=np.uint8), "got 99 at position 2"),
        (np.array([True, False]), "got True at position 0"),
        (np.array(["2026-06-01"], dtype="datetime64[D]"), "got datetime.date"),
    ],
)
def test_what_is_no_answer_is_named_with_its_place(bad, says) -> None:
    with pytest.raises(InvalidValueError, match=says):
        nps(bad)


@pytest.mark.parametrize("bad", ["10", 10, None, {9: 1}, {9, 10}, [[1, 2]], np.array([[1]]), b"\x09"])
def test_what_is_no_column_is_refused(bad) -> None:
    with pytest.raises((WrongKindError, InvalidValueError)):
        nps(bad)


def test_dropping_keeps_count_by_reason() -> None:
    rows = [10, None, float("nan"), 11, -1, 9.5, "n/a", "refused", True, 7]
    tally = ScoreTally.of(rows, invalid="drop", missing=["refused"])
    assert tally.n == 2
    assert {reason: int(count) for reason, count in tally.excluded.items()} == {
        "bool": 1,
        "fractional": 1,
        "no answer": 3,
        "out of range": 2,
        "text": 1,
    }
    with pytest.raises(InvalidValueError, match="invalid must be 'raise' or 'drop'"):
        ScoreTally.of(rows, invalid="ignore")


@pytest.mark.parametrize("codes", [True, [True], None, 9.5j, [[1]], np.array([True])])
def test_codes_for_missing_are_numbers_or_text(codes) -> None:
    with pytest.raises(WrongKindError, match="missing must be codes, numbers or text"):
        nps([1], missing=codes)


def test_missing_codes_may_stand_on_the_scale() -> None:
    assert nps([99, 10], missing=99.0).n == nps([99, 10], missing=np.array([99])).n == 1
    assert csat([0, 5, 4, 0], missing=0).n == 2
    assert ScoreTally.of([0, 5, 6, 3], scale=CSAT_SCALE, missing=[0, 6]).excluded["no answer"] == 2
    assert ScoreTally.of([10, 1], missing=[1]).n == 1
    assert ScoreTally.of([True, 1], missing=[1], invalid="drop").excluded["bool"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 5, "high": 5},
        {"low": 5, "high": 3},
        {"low": -1, "high": 3},
        {"low": 0, "high": 101},
        {"low": 0, "high": 10, "bottom_box_to": 6},
        {"low": 0, "high": 10, "bottom_box_to": 9, "top_box_from": 9},
        {"low": 1, "high": 5, "bottom_box_to": 0, "top_box_from": 4},
        {"low": 1, "high": 5, "bottom_box_to": 2, "top_box_from": 6},
    ],
)
def test_scales_that_cannot_be_are_refused(wrong) -> None:
    with pytest.raises(InvalidValueError):
        RatingScale(**wrong)


def test_only_the_recommendation_question_has_nps_bands() -> None:
    assert ScoreTally.of([10, 8, 0]).banded().scale == NPS_BANDS
    assert NPS_SCALE.rungs == 11
    with pytest.raises(DefinitionsDifferError, match="detractors, passives and promoters"):
        ScoreTally.of([5], scale=CSAT_SCALE).banded()


def test_every_answer_needs_its_weight() -> None:
    with pytest.raises(CellsDifferError, match="3 answers and 2 weights"):
        WeightedScoreTally.of([10, 9, 8], [1.0, 2.0])
    with pytest.raises(InvalidValueError, match="1 answers have no such weight"):
        WeightedScoreTally.of([10, 9], [1.0, float("nan")])
    assert WeightedScoreTally.of([10, None], [1.0, float("nan")]).n == 1  # no answer needs no weight
    assert float(sv.nps(WeightedScoreTally.of([10, 9], [0.0, 0.0])).low) == -100
