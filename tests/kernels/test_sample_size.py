"""Sizes against published tables, statsmodels, and the tests that they are planned for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import power_proportions_2indep, proportion_effectsize

from servicematters.kernels import net_score
from servicematters.kernels import sample_size as s

variances = st.floats(0.05, 1.0)
differences = st.floats(0.01, 1.0)
confidences = st.sampled_from([0.8, 0.9, 0.95, 0.99])
powers = st.sampled_from([0.5, 0.8, 0.9])
sides = st.sampled_from([1, 2])


@given(differences, variances, confidences, powers, sides)
def test_size_and_difference_undo_each_other(d, s2, confidence, power, side) -> None:
    asked = {"variance": s2, "confidence": confidence, "power": power, "sides": side}
    n = s.for_two_groups(d, **asked)
    np.testing.assert_allclose(s.two_group_difference(n, n, **asked), d, rtol=1e-9)
    np.testing.assert_allclose(s.benchmark_difference(s.for_benchmark(d, **asked), **asked), d, rtol=1e-9)


@given(differences, variances, confidences, powers)
def test_the_planned_size_has_the_planned_power(d, s2, confidence, power) -> None:
    n = s.for_two_groups(d, variance=s2, confidence=confidence, power=power, sides=1)
    np.testing.assert_allclose(s.two_group_power(n, n, difference=d, variance=s2, confidence=confidence, sides=1), power)
    n = s.for_benchmark(d, variance=s2, confidence=confidence, power=power)
    np.testing.assert_allclose(s.benchmark_power(n, difference=d, variance=s2, confidence=confidence), power)


@given(st.integers(20, 5000), st.integers(20, 5000), variances, sides)
def test_two_groups_of_unlike_size_detect_their_difference_with_the_power_asked_for(n, n_2, s2, side) -> None:
    d = s.two_group_difference(n, n_2, variance=s2, sides=side)
    power = float(s.two_group_power(n, n_2, difference=d, variance=s2, sides=side))
    assert power == pytest.approx(0.8, abs=1e-3 if side == 2 else 1e-9)  # two sides add a sliver on the wrong side
    assert d == s.two_group_difference(n_2, n, variance=s2, sides=side)


@given(differences, variances)
def test_the_pooled_test_needs_a_few_answers_more_than_the_textbook_says(d, s2) -> None:
    textbook = 2 * s2 * (stats.norm.isf(0.025) + stats.norm.isf(0.2)) ** 2 / d**2
    assert textbook < s.for_two_groups(d, variance=s2) < textbook + 2.8


@given(st.floats(1, 1e6), st.integers(1, 10**6))
def test_a_finite_population_never_needs_more_than_everybody(n, population) -> None:
    least = float(s.finite_population(n, population))
    assert least <= min(n, population) + 1e-6


def test_too_few_answers_detect_nothing() -> None:
    assert s.two_group_difference(1, 1, variance=0.67) == np.inf
    assert s.two_group_difference(2, 2, variance=0.67) > 2


def test_sizes_are_rounded_up_but_not_by_noise() -> None:
    assert s.rounded_up([-3.0, 0.2, 254.0, 254.0 + 1e-11, 254.001]).tolist() == [1, 1, 254, 254, 255]


@pytest.mark.parametrize(("variance", "want"), [(0.67, [1027, 255, 112, 62]), (1.0, [1534, 382, 168, 94])])
def test_margins_of_5_10_15_20_points_need_the_published_sizes(variance, want) -> None:
    assert s.rounded_up(s.for_margin([0.05, 0.10, 0.15, 0.20], variance=variance)).tolist() == want


def test_another_calculators_example_for_a_small_population_comes_out_the_same() -> None:
    """The documented example of an R function: ±10 points, 80 % promoters, 15 % detractors, 250 customers."""
    n = s.for_margin(0.10, variance=net_score.variance([0.15, 0.05, 0.80]))
    assert s.rounded_up(s.finite_population(n, 250)) == 112


@given(st.integers(5, 5000), st.floats(0.01, 0.5), variances, confidences, sides)
def test_power_against_a_benchmark_agrees_with_statsmodels(n, d, s2, confidence, side) -> None:
    want = NormalIndPower().power(
        d / np.sqrt(s2), n + 3, 1 - confidence, ratio=0, alternative="two-sided" if side == 2 else "larger"
    )
    got = s.benchmark_power(n, difference=d, variance=s2, confidence=confidence, sides=side)
    np.testing.assert_allclose(got, want, atol=1e-12)


@given(st.integers(5, 5000), st.floats(0.005, 0.24), confidences)
def test_power_of_two_groups_without_passives_is_that_of_two_shares(n, half, confidence) -> None:
    """Shares ½ ± half: the net scores lie 4 half apart and spread alike; statsmodels pools under the null."""
    want = power_proportions_2indep(2 * half, 0.5 - half, n, alpha=1 - confidence, return_results=False)
    got = s.two_group_power(n, n, difference=4 * half, variance=1 - 4 * half**2, confidence=confidence)
    np.testing.assert_allclose(got, want, atol=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_effect_sizes_agree_with_statsmodels(p1, p2) -> None:
    h = s.cohens_h(p1, p2)
    np.testing.assert_allclose(h, proportion_effectsize(p2, p1), atol=1e-12)
    if abs(p1 - p2) > 0.01:
        want = NormalIndPower().power(abs(h), s.for_effect_size(h), 0.05)
        assert want == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize(("points", "n"), [(40, 69), (20, 266)])
def test_a_simulated_change_is_found_as_often_as_planned(points, n) -> None:
    d, s2 = points / 100, 0.67
    assert s.rounded_up(s.for_two_groups(d, variance=s2)) == n
    rng, runs, found = np.random.default_rng(7), 40_000, []
    shares = [[(q - t) / 2, 1 - q, (q + t) / 2] for t in (0.0, d) for q in (s2 + t**2,)]
    before, after = (rng.multinomial(n, p, runs) for p in shares)
    found = net_score.pooled_difference(before, after)[3] < 0.05
    assert found.mean() == pytest.approx(0.803, abs=0.008)
