"""Net-score intervals: mirror images, special cases with closed forms, and the two-sample rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicematters.kernels import binomial
from servicematters.kernels import net_score as n

ONE_SAMPLE = [n.wald, n.adjusted_wald, n.score, n.mover]
TWO_SAMPLES = [n.pooled_difference, n.adjusted_wald_difference, n.wald_difference]
bands = st.tuples(*[st.integers(0, 300)] * 3)


@pytest.mark.parametrize("interval", ONE_SAMPLE)
@given(counts=bands, confidence=st.floats(0.5, 0.99))
def test_promoters_and_detractors_mirror_each_other(interval, counts, confidence) -> None:
    low, high = interval(counts, confidence=confidence)
    other_low, other_high = interval(counts[::-1], confidence=confidence)
    np.testing.assert_allclose([low, high], [-other_high, -other_low], atol=1e-9)


@pytest.mark.parametrize("interval", ONE_SAMPLE)
@given(counts=bands, confidence=st.floats(0.5, 0.98))
def test_intervals_nest_and_stay_between_minus_one_and_one(interval, counts, confidence) -> None:
    narrow, wide = interval(counts, confidence=confidence), interval(counts, confidence=confidence + 0.01)
    assert -1 <= wide[0] <= narrow[0] + 1e-12 <= narrow[1] + 2e-12
    assert narrow[1] <= wide[1] + 1e-12
    assert wide[1] <= 1


@pytest.mark.parametrize("interval", ONE_SAMPLE)
def test_nobody_gives_the_widest_interval(interval) -> None:
    assert [float(v) for v in interval((0, 0, 0))] == [-1.0, 1.0]


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.5, 0.999))
def test_without_passives_the_score_interval_is_wilson_stretched(d, p, confidence) -> None:
    if d + p:
        low, high = binomial.wilson(p, d + p, confidence=confidence)
        np.testing.assert_allclose(n.score((d, 0, p), confidence=confidence), [2 * low - 1, 2 * high - 1], atol=1e-9)


@given(bands)
def test_score_limits_are_where_the_restricted_test_turns(counts) -> None:
    """At an inner limit the test statistic equals z², with the restricted shares found by maximising the likelihood."""
    from scipy import optimize

    d, a, p = counts
    total = d + a + p
    if total == 0 or min(counts) == 0:
        return
    for limit in n.score(counts):
        theta = float(limit)

        def loss(q: float, theta: float = theta) -> float:
            shares = np.array([q, 1 - 2 * q - theta, q + theta])
            return float(-np.dot(counts, np.log(np.maximum(shares, 1e-300))))

        q = optimize.minimize_scalar(
            loss, bounds=(max(0, -theta), (1 - theta) / 2), method="bounded", options={"xatol": 1e-12}
        ).x
        z2 = (p - d - total * theta) ** 2 / (total * (2 * q + theta - theta**2))
        assert z2 == pytest.approx(1.959963984540054**2, rel=1e-4)


@pytest.mark.parametrize("rule", TWO_SAMPLES)
@given(a=bands, c=bands)
def test_swapping_before_and_after_turns_the_sign(rule, a, c) -> None:
    value, low, high, p = rule(a, c)
    back, back_low, back_high, back_p = rule(c, a)
    np.testing.assert_allclose([value, low, high, p], [-back, -back_high, -back_low, back_p], atol=1e-12)
    assert np.isnan(value) or (-2 <= low <= high <= 2 and 0 <= p <= 1)


@pytest.mark.parametrize("rule", TWO_SAMPLES)
def test_a_side_without_answers_is_not_compared(rule) -> None:
    value, low, high, p = rule((0, 0, 0), (1, 2, 3))
    assert np.isnan(value)
    assert np.isnan(p)
    assert [float(low), float(high)] == [-2.0, 2.0]


def test_two_sides_of_one_mind_do_not_differ() -> None:
    assert float(n.pooled_difference((0, 0, 9), (0, 0, 20))[3]) == 1.0


@given(bands, bands)
def test_two_cells_are_as_alike_as_the_pooled_test_says(a, c) -> None:
    p = n.homogeneity([a, c])[2]
    np.testing.assert_allclose(p, n.pooled_difference(a, c)[3], atol=1e-12)


@given(st.lists(bands, min_size=1, max_size=5))
def test_cells_without_answers_take_no_part(cells) -> None:
    for test in (n.homogeneity, n.homogeneity_unequal):
        with_gap, without = test([*cells, (0, 0, 0)]), test(cells)
        np.testing.assert_allclose(with_gap, without, atol=1e-9)
