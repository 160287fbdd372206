"""What would be needed, and what can be found: plans against the measures they are made for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicematters.core import InvalidValueError, WrongKindError
from servicematters.surveys import NPS_BANDS, ScoreTally, csat, nps
from servicematters.surveys.planning import csat_sample_size, detectable_difference, nps_power, nps_sample_size
from servicematters.surveys.plans import DetectableDifference, SampleSize

points = st.floats(1, 150)
variances = st.floats(0.05, 1.0)
groups = st.sampled_from([1, 2])
confidences = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(points, groups, variances, confidences)
def test_the_answers_planned_detect_the_difference_that_they_are_for(d, number, s2, confidence) -> None:
    size = nps_sample_size(difference=d, groups=number, variance=s2, confidence=confidence)
    found = detectable_difference(size.per_group, groups=number, variance=s2, confidence=confidence)
    assert found.points <= d + 1e-9
    assert nps_power(size.per_group, difference=d, groups=number, variance=s2, confidence=confidence) >= 0.8 - 1e-9
    if size.per_group > 3:
        assert float(detectable_difference(size.per_group - 1, groups=number, variance=s2, confidence=confidence)) > d - 1e-9


@given(points, points, variances)
def test_finer_questions_need_more_answers(one, other, s2) -> None:
    fine, coarse = sorted((one, other))
    for options in ({"groups": 1}, {"groups": 2}):
        sizes = [nps_sample_size(difference=d, variance=s2, **options).answers for d in (fine, coarse)]
        assert sizes[0] >= sizes[1]


@given(st.floats(1, 100), st.integers(1, 10**6))
def test_few_customers_need_fewer_answers_and_never_more_than_all(margin, population) -> None:
    size = nps_sample_size(margin=margin, population=population)
    assert size.answers <= min(population, nps_sample_size(margin=margin).answers)


@pytest.mark.parametrize("margin", [5, 10, 15, 20])
@pytest.mark.parametrize("shares", [(0.2, 0.5), (0.3, 0.4), (0.5, 0.5)])
def test_the_answers_planned_give_the_margin_that_was_asked_for(margin, shares) -> None:
    n = nps_sample_size(margin=margin, shares=shares).answers
    detractors, promoters = (round(share * n) for share in shares)
    score = nps(ScoreTally.from_counts([detractors, n - detractors - promoters, promoters], scale=NPS_BANDS))
    assert (score.high - score.low) / 2 == pytest.approx(margin, rel=0.02)


@pytest.mark.parametrize(("margin", "n", "n_at_most"), [(5, 1027, 1534), (10, 255, 382), (15, 112, 168), (20, 62, 94)])
def test_margins_need_the_published_numbers(margin, n, n_at_most) -> None:
    assert nps_sample_size(margin=margin).answers == n
    assert nps_sample_size(margin=margin, variance=1).answers == n_at_most
    assert nps_sample_size(margin=margin, shares=(0.5, 0.5)).answers == n_at_most


@pytest.mark.parametrize(("difference", "n"), [(5, 1655), (10, 412)])
def test_benchmarks_need_the_published_numbers_but_for_rounded_quantiles(difference, n) -> None:
    assert nps_sample_size(difference=difference, groups=1).answers == pytest.approx(n, abs=1)


def test_shares_need_the_textbooks_numbers() -> None:
    assert csat_sample_size(margin=0.05).answers == 385
    assert csat_sample_size(margin=0.05, population=1000).answers == 278
    assert csat_sample_size(share=0.5, difference=-0.1).per_group == 388
    assert csat_sample_size(share=0.5, difference=0.1).per_group == 388


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_answers_planned_for_a_share_give_about_its_margin(share) -> None:
    n = csat_sample_size(margin=0.05, share=share).answers
    score = csat([5] * round(share * n) + [1] * (n - round(share * n)))
    assert float(score.high - score.low) / 2 == pytest.approx(0.05, rel=0.02)


def test_groups_of_unlike_size_are_worth_less_than_like_ones() -> None:
    like, unlike = nps_power(200, difference=15), nps_power((50, 350), difference=15)
    assert unlike < like
    assert nps_power((350, 50), difference=15) == pytest.approx(unlike)
    assert detectable_difference((50, 350)).points > detectable_difference(200).points


def test_one_side_needs_fewer_answers_than_two() -> None:
    assert nps_sample_size(difference=10, sides=1).answers < nps_sample_size(difference=10).answers
    assert nps_sample_size(difference=10, groups=1, sides=2).answers > nps_sample_size(difference=10, groups=1).answers
    assert nps_power(100, difference=10, sides=1) > nps_power(100, difference=10)


def test_plans_say_in_a_sentence_what_they_are_for() -> None:
    assert str(nps_sample_size(difference=10)) == (
        "1,055 answers in each of two groups, 2,110 in all, to find a difference of 10 NPS points "
        "(two-sided 95 %, power 80 %, variance 0.67, pooled test)"
    )
    assert str(nps_sample_size(difference=10, groups=1)) == (
        "412 answers to find a difference of 10 NPS points from a benchmark "
        "(one-sided 95 %, power 80 %, variance 0.67, adjusted Wald)"
    )
    assert str(csat_sample_size(share=0.8, difference=-0.05, groups=1, population=900)) == (
        "292 answers to find a difference of -5 points from a benchmark "
        "(one-sided 95 %, power 80 %, share 80 %, arcsine, population 900)"
    )
    assert repr(nps_sample_size(margin=100)).startswith("<SampleSize 1 answer for a margin of ±100 NPS points")
    assert str(detectable_difference(1)).startswith("no difference can be found with 1 and 1 answers (two-sided")
    assert str(detectable_difference(1, groups=1)).startswith("101.8 NPS points can be found with 1 answer against a")
    assert "50 and 350 answers" in repr(detectable_difference((50, 350)))
    assert detectable_difference(3).points == math.inf


def test_the_shares_of_the_last_survey_can_be_handed_on() -> None:
    last = nps([10] * 50 + [7] * 30 + [2] * 20)
    assert nps_sample_size(margin=10, shares=(last.detractors, last.promoters)) == nps_sample_size(margin=10, shares=(0.2, 0.5))
    assert nps_power(np.int64(100), difference=np.float64(10)) == nps_power(100, difference=10)


def test_plans_are_plain_values() -> None:
    size, found = nps_sample_size(margin=5), detectable_difference((50, 350))
    assert size == SampleSize(per_group=1027, groups=1, goal=size.goal, method=size.method)
    assert found == DetectableDifference(points=found.points, answers=[50, 350], method=found.method)
    assert size.to_dict()["per_group"] == 1027
    assert found.to_dict()["answers"] == [50, 350]
    assert len({size, nps_sample_size(margin=5)}) == 1


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (nps_sample_size, "say either margin= or difference=, got margin=None"),
        (lambda: nps_sample_size(margin=5, difference=5), "say either margin= or difference="),
        (lambda: nps_sample_size(margin=0), "margin must lie above 0 and up to 100 NPS points, got 0"),
        (lambda: nps_sample_size(margin=101), "margin must lie above 0 and up to 100"),
        (lambda: nps_sample_size(margin=float("nan")), "margin must be a number, got nan"),
        (lambda: nps_sample_size(difference=-5), "difference must lie above 0 and up to 200 NPS points, got -5"),
        (lambda: nps_sample_size(difference=5, groups=3), "groups must be 1 .* or 2, got 3; compare more by pairs"),
        (lambda: nps_sample_size(difference=5, sides=3), "sides must be 1 or 2, got 3"),
        (lambda: nps_sample_size(margin=5, variance=1.2), "variance must lie above 0 and up to 1, .* got 1.2"),
        (lambda: nps_sample_size(margin=5, variance=0.5, shares=(0.2, 0.5)), "say either variance= or shares="),
        (lambda: nps_sample_size(margin=5, shares=(20, 50)), r"at most 1 together, got \(20, 50\); 20 % is 0.20"),
        (lambda: nps_sample_size(margin=5, shares=(0, 1)), "all alike have no variance"),
        (lambda: nps_sample_size(margin=5, confidence=95), "95 % is 0.95"),
        (lambda: nps_sample_size(difference=5, power=80), "80 % is 0.8"),
        (lambda: nps_sample_size(difference=5, power=0.05), "power must exceed the chance of a false alarm, 0.05, got 0.05"),
        (lambda: nps_sample_size(margin=5, population=0), "population must be at least 1, got 0"),
        (lambda: nps_sample_size(difference=5, population=500), "got population=500; leave it out"),
        (lambda: detectable_difference(0), "n must be at least 1, got 0"),
        (lambda: detectable_difference((5, 6), groups=1), r"a pair for two groups, got \(5, 6\) for groups=1"),
        (lambda: nps_power((5, 6, 7), difference=10), "n must be one number, or a pair"),
        (lambda: csat_sample_size(margin=5), "margin must lie between 0 and 1, got 5; 5 % is 0.05"),
        (lambda: csat_sample_size(share=82, margin=0.05), "share must lie between 0 and 1, got 82; 82 % is 0.82"),
        (csat_sample_size, "say either margin= or difference="),
        (lambda: csat_sample_size(share=0.9, difference=0.2), "another share from 0 to 1, got 0.9 and 0.2"),
        (lambda: csat_sample_size(difference=0), "another share from 0 to 1"),
    ],
)
def test_what_cannot_be_planned_is_refused(ask, says) -> None:
    with pytest.raises(InvalidValueError, match=says):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: nps_sample_size(margin="5"),
        lambda: nps_sample_size(margin=True),
        lambda: nps_sample_size(margin=[5, 6]),
        lambda: nps_sample_size(margin=5, shares=0.2),
        lambda: detectable_difference(10.5),
        lambda: detectable_difference(True),
        lambda: nps_sample_size(margin=5, population=1e3),
    ],
)
def test_what_is_no_number_is_refused_as_such(ask) -> None:
    with pytest.raises(WrongKindError, match="must be"):
        ask()
