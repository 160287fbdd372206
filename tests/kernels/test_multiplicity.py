"""Adjusted p-values against statsmodels, and what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from servicematters.kernels import multiplicity as m

BOTH = [(m.holm, "holm"), (m.benjamini_hochberg, "fdr_bh")]
families = st.lists(st.floats(0, 1), min_size=1, max_size=12).map(np.array)


@pytest.mark.parametrize(("adjust", "name"), BOTH)
@settings(max_examples=12)  # the other library collects garbage at each call
@given(p=families)
def test_both_agree_with_statsmodels(adjust, name, p) -> None:
    np.testing.assert_allclose(adjust(p), multipletests(p, method=name)[1], atol=1e-12)


@pytest.mark.parametrize("adjust", [m.holm, m.benjamini_hochberg])
@given(p=families, holes=st.lists(st.integers(0, 12), max_size=4))
def test_comparisons_that_could_not_be_made_do_not_count(adjust, p, holes) -> None:
    holed = p
    for at in holes:
        holed = np.insert(holed, min(at, holed.size), np.nan)
    found = adjust(holed)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(holed))
    np.testing.assert_allclose(found[~np.isnan(holed)], adjust(p), atol=1e-12)


@pytest.mark.parametrize("adjust", [m.holm, m.benjamini_hochberg])
@given(p=families)
def test_adjusting_never_lowers_a_p_value_nor_changes_their_order(adjust, p) -> None:
    found = adjust(p)
    assert ((p <= found + 1e-15) & (found <= 1)).all()
    assert (np.diff(found[np.argsort(p)]) >= 0).all()
    assert (m.benjamini_hochberg(p) <= m.holm(p) + 1e-15).all()


@pytest.mark.parametrize("adjust", [m.holm, m.benjamini_hochberg])
def test_each_row_is_a_family(adjust) -> None:
    rows = np.array([[0.01, 0.2, np.nan], [0.5, 0.03, 0.04], [np.nan] * 3])
    np.testing.assert_array_equal(adjust(rows), np.stack([adjust(row) for row in rows]))


@pytest.mark.parametrize("adjust", [m.holm, m.benjamini_hochberg])
def test_an_empty_family_stays_empty(adjust) -> None:
    assert adjust([]).shape == (0,)


def test_without_any_news_holm_cries_wolf_in_one_family_of_twenty() -> None:
    p = np.random.default_rng(11).random((20_000, 15))
    assert (m.holm(p) < 0.05).any(axis=-1).mean() == pytest.approx(0.05, abs=0.005)
    assert (p < 0.05).any(axis=-1).mean() > 0.5
