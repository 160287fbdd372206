"""Simultaneous limits against statsmodels, and the exact sum behind Sison and Glaz."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import multinomial_proportions_confint

from servicematters.kernels import multinomial as m

ALL = [m.goodman, m.quesenberry_hurst, m.wilson, m.fitzpatrick_scott, m.sison_glaz]
histograms = st.lists(st.integers(0, 60), min_size=2, max_size=11)


@pytest.mark.parametrize("interval", ALL)
@given(counts=histograms)
def test_limits_hold_the_shares_and_stay_inside(interval, counts) -> None:
    low, high = interval(counts)
    assert ((low >= 0) & (low <= high) & (high <= 1)).all()
    if sum(counts):
        share = np.array(counts) / sum(counts)
        assert ((low <= share + 1e-12) & (share <= high + 1e-12)).all()
    else:
        assert low.tolist() == [0.0] * len(counts)
        assert high.tolist() == [1.0] * len(counts)


@given(counts=histograms)
def test_goodman_agrees_with_statsmodels(counts) -> None:
    if sum(counts):
        want = multinomial_proportions_confint(counts, method="goodman")
        np.testing.assert_allclose(np.stack(m.goodman(counts), -1), np.clip(want, 0, 1), atol=1e-9)


@pytest.mark.parametrize("counts", [[56, 72, 73, 59, 62, 87, 58], [30, 25, 23], [91, 49, 37, 43]])
def test_sison_glaz_agrees_with_statsmodels_on_full_histograms(counts) -> None:
    want = multinomial_proportions_confint(counts, method="sison-glaz")
    np.testing.assert_allclose(np.stack(m.sison_glaz(counts), -1), want, atol=0.005)


@pytest.mark.parametrize(("counts", "reach"), [([3, 2, 1], 1), ([4, 0, 2], 1), ([2, 2, 2], 1), ([5, 1], 2), ([1, 1, 1, 1], 0)])
def test_the_chance_behind_sison_glaz_is_the_exact_multinomial_one(counts, reach) -> None:
    n, shares = sum(counts), np.array(counts) / sum(counts)
    chance = 0.0
    for table in itertools.product(*(range(max(c - reach, 0), c + reach + 1) for c in counts)):
        if sum(table) == n:
            ways = math.factorial(n) / math.prod(map(math.factorial, table))
            chance += ways * math.prod(float(s) ** t for s, t in zip(shares, table, strict=True))
    assert m._sison_glaz_coverage(np.array(counts, float), reach) == pytest.approx(chance, abs=1e-12)


@pytest.mark.parametrize("interval", ALL)
def test_many_cells_give_what_each_cell_gives(interval) -> None:
    cells = np.array([[5, 3, 2], [0, 0, 0], [50, 0, 1]])
    together = np.stack(interval(cells), -1)
    np.testing.assert_array_equal(together, np.stack([np.stack(interval(cell), -1) for cell in cells]))


def test_a_million_answers_take_no_longer_than_a_blink() -> None:
    low, high = m.sison_glaz([1e5, 2e5, 3e4, 1e3, 5e5, 1e4, 1e5, 3e4, 1e3, 2e4, 3e4])
    assert (high - low).max() < 0.01
