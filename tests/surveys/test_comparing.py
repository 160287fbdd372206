"""Changes and differences between cells."""

import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from servicematters.core import CellsDifferError, DefinitionsDifferError, Index, Verdict
from servicematters.surveys import (
    CSAT_SCALE,
    NPS_BANDS,
    NPS_SCALE,
    ScoreTally,
    WeightedScoreTally,
    csat,
    csat_change,
    nps,
    nps_change,
    nps_homogeneity,
)
from servicematters.testing import indexes, score_tallies

by_month = indexes(names=("month",)).filter(lambda index: index.kind("month") in (str, None))


@pytest.mark.parametrize("method", ["pooled", "adjusted-wald-each", "wald"])
@given(a=score_tallies(index=by_month), b=score_tallies(index=by_month))
def test_a_change_seen_from_the_other_side_has_the_other_sign(method, a, b) -> None:
    there, back = nps_change(a, b, method=method), nps_change(b, a, method=method)
    np.testing.assert_allclose(there.difference.value, -back.difference.value, atol=1e-9)
    np.testing.assert_allclose(there.difference.low, -back.difference.high, atol=1e-9)
    np.testing.assert_allclose(there.p_value, back.p_value, atol=1e-12)
    turned = {Verdict.IMPROVED: Verdict.WORSENED, Verdict.WORSENED: Verdict.IMPROVED}
    assert [turned.get(v, v) for v in there.verdicts] == list(back.verdicts)


@given(score_tallies())
def test_nothing_changes_against_itself(tally) -> None:
    change = nps_change(tally, tally)
    known = tally.n > 0
    assert (change.difference.value[known] == 0).all()
    assert (change.p_value[known] == 1).all()
    assert {Verdict.NO_EVIDENCE, Verdict.UNDECIDED} >= set(change.verdicts)


@given(score_tallies(index=by_month), score_tallies(index=by_month))
def test_the_difference_is_that_of_the_two_scores(a, b) -> None:
    change = nps_change(a, b)
    np.testing.assert_allclose(change.difference.value, change.after.value - change.before.value, atol=1e-9)
    for key, _ in a.cells():
        assert change.before[key] == nps(a[key], shifted_ok=True)


def test_a_cell_that_one_side_lacks_is_undecided() -> None:
    may = ScoreTally.from_frame({"s": [10, 9], "t": ["a", "b"]}, "s", by="t")
    june = ScoreTally.from_frame({"s": [10, 0], "t": ["a", "c"]}, "s", by="t")
    change = nps_change(may, june)
    assert change.index.keys == (("a",), ("b",), ("c",))
    assert change.verdicts == (Verdict.NO_EVIDENCE, Verdict.UNDECIDED, Verdict.UNDECIDED)
    assert "n/a" in str(change)
    assert "undecided" in change["c"].verdict.value


def test_a_clear_change_is_called_and_noise_is_not() -> None:
    before = ScoreTally.from_counts({10: 400, 8: 300, 0: 300})
    assert nps_change(before, ScoreTally.from_counts({10: 500, 8: 300, 0: 200})).verdict is Verdict.IMPROVED
    assert nps_change(before, ScoreTally.from_counts({10: 300, 8: 300, 0: 400})).verdict is Verdict.WORSENED
    assert nps_change(before, ScoreTally.from_counts({10: 420, 8: 300, 0: 280})).verdict is Verdict.NO_EVIDENCE


def test_a_change_of_spread_is_not_a_change_of_score() -> None:
    # one pooled variance for a torn few and a lukewarm many would cry wolf in a third of all samples
    torn, lukewarm = [6, 0, 14], [10, 180, 10]
    change = nps_change(
        ScoreTally.from_counts(lukewarm, scale=NPS_BANDS), ScoreTally.from_counts(torn, scale=NPS_BANDS), confidence=0.95
    )
    assert float(change.p_value) < 0.05
    assert change.verdict is Verdict.NO_EVIDENCE


def test_bands_compare_with_full_answers() -> None:
    full, bands = ScoreTally.of([10, 8, 0] * 20), ScoreTally.from_counts([20, 20, 20], scale=NPS_BANDS)
    assert float(nps_change(full, bands).difference) == 0
    with pytest.raises(DefinitionsDifferError, match="both sides need one scale"):
        nps_change(WeightedScoreTally.of([10], [1.0]), bands)


def test_raw_answers_and_weights_compare_too() -> None:
    assert float(nps_change([0] * 10, [10] * 10).difference) == 200
    weighted = nps_change(WeightedScoreTally.of([0, 10], [1.0, 3.0]), WeightedScoreTally.of([0, 10], [1.0, 1.0]))
    assert float(weighted.difference) == pytest.approx(-50)
    assert weighted.method.endswith("Kish weights")


def test_cells_by_other_labels_do_not_compare() -> None:
    with pytest.raises(CellsDifferError, match="cannot compare cells by"):
        nps_change(ScoreTally.of([1]), ScoreTally.from_frame({"s": [1], "t": ["a"]}, "s", by="t"))


@pytest.mark.parametrize("method", ["newcombe", "agresti-caffo", "miettinen-nurminen", "wald"])
@given(a=score_tallies(scale=CSAT_SCALE, index=by_month), b=score_tallies(scale=CSAT_SCALE, index=by_month))
def test_satisfaction_changes_by_the_difference_of_shares(method, a, b) -> None:
    change = csat_change(a, b, method=method)
    np.testing.assert_allclose(change.difference.value, change.after.value - change.before.value, atol=1e-12)
    empty = np.isnan(change.difference.value)
    assert (change.difference.low[empty] == -1).all()
    assert [v is Verdict.UNDECIDED for v in change.verdicts] == empty.tolist()
    for key, cell in b.cells():
        assert change.after[key] == csat(cell)


def test_satisfaction_can_be_cut_elsewhere() -> None:
    change = csat_change([5, 4] * 50, [5, 5] * 50, satisfied_from=5)
    assert float(change.difference) == 0.5
    assert change.verdict is Verdict.IMPROVED


def test_three_months_of_42_44_43_are_noise() -> None:
    months = Index("month", ["2026-04", "2026-05", "2026-06"])
    found = nps_homogeneity(ScoreTally.from_counts([[16, 26, 58], [16, 24, 60], [16, 25, 59]], scale=NPS_BANDS, index=months))
    assert not found.differs
    assert str(found).startswith("NPS over 3 cells: no evidence that cells differ (chi-square = 0.0354")


def test_months_that_differ_are_told_apart() -> None:
    months = Index("month", ["2026-04", "2026-05"])
    found = nps_homogeneity(ScoreTally.from_counts([[30, 40, 130], [60, 60, 80]], scale=NPS_BANDS, index=months))
    assert found.differs
    assert str(found).startswith("NPS over 2 cells: cells differ by more than chance")


def test_the_chi_square_is_that_of_scores_under_one_variance() -> None:
    cells = np.array([[16, 26, 58], [10, 30, 40], [25, 25, 25]])
    n = cells.sum(1)
    together = cells.sum(0) / cells.sum()
    v = together[2] + together[0] - (together[2] - together[0]) ** 2
    off = (cells[:, 2] - cells[:, 0]) / n - (together[2] - together[0])
    want = float((n * off**2 / v).sum())
    found = nps_homogeneity(ScoreTally.from_counts(cells, scale=NPS_BANDS, index=Index("m", [1, 2, 3])))
    assert found.statistic == pytest.approx(want)
    assert found.p_value == pytest.approx(stats.chi2.sf(want, 2))


def test_one_cell_has_nothing_to_compare_with() -> None:
    for tally in (ScoreTally.of([10, 3]), ScoreTally.of([]), ScoreTally.of([10]).zero):
        found = nps_homogeneity(tally)
        assert not found.differs
        assert np.isnan(found.p_value)
        assert str(found).endswith("nothing to compare")
    assert NPS_SCALE.question == "recommend"
