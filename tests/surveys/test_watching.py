"""Looking often, and at many."""

import numpy as np
import pytest
from hypothesis import given, settings

from servicematters.core import Change, DefinitionsDifferError, Index, InvalidValueError, Verdict, WrongKindError
from servicematters.kernels import sequential
from servicematters.surveys import (
    CSAT_SCALE,
    NPS_BANDS,
    RatingScale,
    ScoreTally,
    WeightedScoreTally,
    csat,
    csat_change,
    nps,
    nps_change,
)
from servicematters.surveys.watching import adjusted_change, adjusted_p_values, csat_anytime, nps_anytime
from servicematters.testing import assert_interval_contract, changes, score_tallies


@settings(max_examples=40)
@given(score_tallies())
def test_the_interval_keeps_the_contract_of_all_intervals(tally) -> None:
    assert_interval_contract(lambda t, **asked: nps_anytime(t, shifted_ok=True, **asked), tally, low=-100, high=100)


@settings(max_examples=40)
@given(score_tallies(scale=CSAT_SCALE))
def test_that_of_a_share_does_too(tally) -> None:
    assert_interval_contract(csat_anytime, tally, low=0, high=1)


@settings(max_examples=40)
@given(score_tallies())
def test_the_score_is_the_same_and_only_surer_of_itself_when_looked_at_once(tally) -> None:
    # the score interval rejects by the same likelihood, so it lies inside; adjusted Wald's shape differs at the ends
    once, often = nps(tally, method="score", shifted_ok=True), nps_anytime(tally, shifted_ok=True)
    np.testing.assert_array_equal(once.value, often.value)
    np.testing.assert_array_equal(once.promoters, often.promoters)
    assert once.index == often.index
    answered = np.asarray(tally.n) >= 2
    assert (often.low <= once.low + 1e-9)[answered].all()
    assert (once.high <= often.high + 1e-9)[answered].all()


@settings(max_examples=40)
@given(changes())
def test_adjusting_raises_p_values_and_calls_no_more_changes(change) -> None:
    for method in ("holm", "benjamini-hochberg"):
        adjusted = adjusted_change(change, method=method)
        known = ~np.isnan(change.p_value)
        assert (adjusted.p_value[known] >= change.p_value[known] - 1e-15).all()
        assert np.isnan(adjusted.p_value[~known]).all()
        for verdict, before in zip(adjusted.verdicts, change.verdicts, strict=True):
            assert verdict in (before, Verdict.NO_EVIDENCE)
        np.testing.assert_array_equal(adjusted.difference.low, change.difference.low)


@settings(max_examples=40)
@given(changes())
def test_one_comparison_alone_stays_as_it_is(change) -> None:
    if np.count_nonzero(~np.isnan(change.p_value)) == 1:
        np.testing.assert_array_equal(adjusted_change(change).p_value, change.p_value)


def test_a_dashboard_over_the_year_reads_one_score() -> None:
    low, high = sequential.net_score([20, 30, 50])
    score = nps_anytime([10] * 50 + [7] * 30 + [2] * 20)
    assert (float(score.low), float(score.high)) == (100 * low, 100 * high)
    assert str(score) == "NPS +30.0 [+1.8, +54.7] (95 %, n = 100, confidence sequence)"
    assert score.reading.value == "positive"


def test_bands_other_boxes_and_other_rungs_are_read_as_nps_and_csat_read_them() -> None:
    bands = ScoreTally.from_counts([20, 30, 50], scale=NPS_BANDS)
    assert nps_anytime(bands) == nps_anytime([10] * 50 + [7] * 30 + [2] * 20)
    stars = RatingScale(1, 10, bottom_box_to=4, top_box_from=8, question="stars")
    assert nps_anytime([1, 10], scale=stars).method == "confidence sequence, own boxes"
    assert csat_anytime([5, 4, 1], satisfied_from=5).name == "CSAT (5)"
    assert float(csat_anytime([5, 4, 1], satisfied_from=5)) == float(csat([5, 4, 1], satisfied_from=5))


def test_weights_have_no_such_guarantee() -> None:
    with pytest.raises(WrongKindError, match="nps_anytime needs counts of answers, got a WeightedScoreTally"):
        nps_anytime(WeightedScoreTally.of([10], [1.0]))
    with pytest.raises(WrongKindError, match="csat_anytime needs counts"):
        csat_anytime(WeightedScoreTally.of([5], [1.0], scale=CSAT_SCALE))
    with pytest.raises(DefinitionsDifferError, match="the measure wants answers on"):
        nps_anytime(ScoreTally.of([5], scale=CSAT_SCALE))


def test_of_twenty_teams_one_moves_by_chance_and_is_not_called() -> None:
    teams = Index("team", range(20))
    before = ScoreTally.from_counts([[30, 30, 40]] * 20, scale=NPS_BANDS, index=teams)
    after = ScoreTally.from_counts([[18, 30, 52]] + [[30, 30, 40]] * 19, scale=NPS_BANDS, index=teams)
    change = nps_change(before, after)
    adjusted = adjusted_change(change)
    assert change[0].verdict is Verdict.IMPROVED
    assert adjusted[0].verdict is Verdict.NO_EVIDENCE
    assert adjusted.method.endswith("Holm over 20 cells")
    assert "Holm over 20 cells" in str(adjusted)
    assert isinstance(adjusted_change(csat_change([5], [4])), Change)


def test_adjusted_p_values_come_back_in_order_and_read_only() -> None:
    found = adjusted_p_values([0.04, 0.01, np.nan, 0.03])
    np.testing.assert_allclose(found, [0.06, 0.03, np.nan, 0.06])
    assert not found.flags.writeable
    assert float(adjusted_p_values(0.03)) == 0.03
    np.testing.assert_allclose(adjusted_p_values([0.04, 0.01, 0.03], method="benjamini-hochberg"), [0.04, 0.03, 0.04])


def test_what_is_no_p_value_or_no_method_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="between 0 and 1, got 3.0 at position 1; 3 % is 0.03"):
        adjusted_p_values([0.5, 3])
    with pytest.raises(InvalidValueError, match="method must be one of holm, benjamini-hochberg, got 'bonferroni'"):
        adjusted_p_values([0.5], method="bonferroni")
