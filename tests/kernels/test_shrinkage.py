"""Shrinkage against published batting averages and statsmodels, ranks against exact sums, funnels against enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.meta_analysis import combine_effects

from servicematters.kernels import shrinkage as k

numbers = st.floats(-100, 100).map(lambda x: round(x, 3))
groups = st.lists(st.tuples(numbers, st.floats(0.01, 50)), min_size=2, max_size=12)
BATTING = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]) / 45

# laws


@given(groups)
def test_paule_mandel_leaves_just_the_spread_that_chance_explains(pairs) -> None:
    y, v = np.array(pairs).T
    tau2 = k.paule_mandel(y, v)
    weight = 1 / (v + tau2)
    spread = np.sum(weight * (y - np.average(y, weights=weight)) ** 2)
    if tau2 > 0:
        assert spread == pytest.approx(len(y) - 1, rel=1e-7)
    else:
        assert spread <= len(y) - 1


@given(groups, st.floats(-50, 50), st.floats(0.1, 10))
def test_shifting_and_stretching_the_values_shifts_and_stretches_what_is_shrunken(pairs, shift, stretch) -> None:
    y, v = np.array(pairs).T
    tau2 = k.paule_mandel(y, v)
    assert k.paule_mandel(stretch * y + shift, stretch**2 * v) == pytest.approx(stretch**2 * tau2, rel=1e-5, abs=1e-7)
    moved, _, _ = k.shrink(stretch * y + shift, stretch**2 * v, stretch**2 * tau2)
    np.testing.assert_allclose(moved, stretch * k.shrink(y, v, tau2)[0] + shift, atol=1e-6)


@given(groups)
def test_shrunken_values_lie_between_the_value_and_the_mean(pairs) -> None:
    y, v = np.array(pairs).T
    shrunken, pull, mean = k.shrink(y, v, k.paule_mandel(y, v))
    assert ((np.minimum(y, mean) - 1e-9 <= shrunken) & (shrunken <= np.maximum(y, mean) + 1e-9)).all()
    assert (np.diff(pull[np.argsort(v)]) >= -1e-12).all()  # the less is known, the stronger the pull


@settings(max_examples=30)
@given(groups)
def test_ranks_fill_the_table_and_intervals_hold_the_median(pairs) -> None:
    y, s = np.array(pairs).T
    median, low, high = k.rank_intervals(y, s, draws=200)
    assert ((low >= 1) & (low <= median) & (median <= high) & (high <= len(y))).all()
    assert k.expected_ranks(y, s).sum() == pytest.approx(len(y) * (len(y) + 1) / 2)


# meaning


@pytest.mark.parametrize(("tau2", "want"), [(0.0, [2, 2, 2]), (1.0, [1, 2, 3]), (1e12, [0, 2, 4])])
def test_more_spread_between_groups_means_less_shrinkage(tau2, want) -> None:
    np.testing.assert_allclose(k.shrink([0, 2, 4], [1, 1, 1], tau2)[0], want, atol=1e-9)


def test_far_apart_groups_keep_their_ranks_and_alike_groups_may_have_any() -> None:
    assert [r.tolist() for r in k.rank_intervals([0, 100, 50], [1, 1, 1])] == [[3, 1, 2]] * 3
    _, low, high = k.rank_intervals([1, 1, 1], [1, 1, 1])
    assert (low.tolist(), high.tolist()) == ([1, 1, 1], [3, 3, 3])


def test_the_same_seed_draws_the_same_ranks() -> None:
    y, s = np.arange(20.0), np.full(20, 5.0)
    first, again = (k.rank_intervals(y, s, rng=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)


# oracles


def test_batting_averages_shrink_by_the_published_factor() -> None:
    """Efron and Morris 1977: c = .212; Clemente .400 comes to .294, Robinson .378 to .289, Munson .178 to .247."""
    shrunken, kept = k.james_stein(BATTING, BATTING.mean() * (1 - BATTING.mean()) / 45)
    assert kept == pytest.approx(0.212, abs=0.0005)
    np.testing.assert_allclose(shrunken[[0, 1, -2]], [0.294, 0.289, 0.247], atol=0.0005)


@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([0.1, 0.5, 0.3, 0.9], [0.02, 0.05, 0.01, 0.04]),
        ([28, 8, -3, 7, -1, 1, 18, 60], [225, 100, 256, 121, 81, 121, 100, 324]),
        ([1.0, -2.0, 3.0, 0.5, 0.0, 9.0], [0.1, 1.0, 0.5, 2.0, 0.3, 4.0]),
    ],
)
def test_the_variance_between_groups_is_that_of_statsmodels(y, v) -> None:
    theirs = combine_effects(np.array(y), np.array(v), method_re="iterated").tau2
    assert theirs > 0
    assert k.paule_mandel(y, v) == pytest.approx(theirs, rel=1e-5)


@given(st.lists(numbers, min_size=2, max_size=12), st.floats(0.01, 50))
def test_under_one_variance_the_spread_between_groups_is_what_the_sample_variance_leaves(y, v) -> None:
    want = max(np.var(y, ddof=1) - v, 0)
    assert k.paule_mandel(y, np.full(len(y), v)) == pytest.approx(want, rel=1e-9, abs=1e-9)


def test_standard_errors_are_those_of_adaptive_integration_over_the_spread() -> None:
    y, v = np.array([0.1, 0.5, 0.3, 0.9]), np.array([0.02, 0.05, 0.01, 0.04])
    centre, _, _ = k.shrink(y, v, k.paule_mandel(y, v))

    def chance(tau):
        # density of y with the mean integrated out: normal with one covariance, by its contrasts
        contrasts = np.diff(np.eye(4), axis=0)
        return stats.multivariate_normal(np.zeros(3), contrasts @ np.diag(v + tau**2) @ contrasts.T).pdf(contrasts @ y)

    def distance(tau, i):
        shrunken, pull, _ = k.shrink(y, v, tau**2)
        spread = (1 - pull[i]) * v[i] + pull[i] ** 2 / np.sum(1 / (v + tau**2))
        return (spread + (shrunken[i] - centre[i]) ** 2) * chance(tau)

    total = integrate.quad(chance, 0, 1)[0]
    want = [(integrate.quad(distance, 0, 1, args=(i,))[0] / total) ** 0.5 for i in range(4)]
    np.testing.assert_allclose(k.standard_errors(y, v, centre, largest=1.0), want, rtol=2e-3)


def test_drawn_ranks_agree_with_the_exact_chances_of_every_order() -> None:
    m, s = np.array([0.0, 0.5, 1.2, 0.7]), np.array([1.0, 0.3, 0.8, 0.5])
    rng = np.random.default_rng(5)
    drawn = m + s * rng.standard_normal((200_000, 4))
    np.testing.assert_allclose(k.expected_ranks(m, s), 1 + (drawn[:, None, :] > drawn[:, :, None]).sum(2).mean(0), atol=0.01)
    assert k.expected_ranks([0, 1], [1, 1])[1] == pytest.approx(1 + stats.norm.sf(1 / 2**0.5))


@pytest.mark.parametrize("confidence", [0.95, 0.998])
@pytest.mark.parametrize("shares", [(0.2, 0.3, 0.5), (0.02, 0.08, 0.9), (0.6, 0.4, 0.0)])
@pytest.mark.parametrize("n", [1, 4, 9])
def test_small_funnels_leave_out_no_more_than_they_may(n, shares, confidence) -> None:
    low, high = k.funnel_limits(n, shares, confidence=confidence)
    chances: dict[int, float] = {}
    for answers in itertools.product((-1, 0, 1), repeat=n):
        chance = np.prod([shares[a + 1] for a in answers])
        chances[sum(answers)] = chances.get(sum(answers), 0) + chance
    tail = (1 - confidence) / 2
    for beyond, next_one in ((lambda x: x < n * low - 1e-9, n * low), (lambda x: x > n * high + 1e-9, n * high)):
        out = sum(c for x, c in chances.items() if beyond(x))
        assert out <= tail + 1e-12
        assert out + chances[round(float(next_one))] > tail - 1e-12  # one score narrower would be too many


def test_funnels_of_many_answers_continue_those_of_few() -> None:
    shares = np.array([0.05, 0.2, 0.75])
    for confidence in (0.95, 0.998):
        exact = np.array(k.funnel_limits(200, shares, confidence=confidence))
        smooth = np.array(k._expansion(np.array([200.0]), shares, (1 - confidence) / 2)).ravel()
        np.testing.assert_allclose(exact, smooth, atol=1 / 200 + 1e-9)


# edges


def test_one_group_and_equal_groups_have_no_spread_between_them() -> None:
    assert k.paule_mandel([3.0], [1.0]) == 0
    assert k.paule_mandel([3.0, 3.0, 3.0], [1.0, 2.0, 3.0]) == 0
    assert float(k.standard_errors([0.3], [0.04], [0.3], largest=1.0)[0]) == pytest.approx(0.2)
    assert k.james_stein([1.0, 1.0, 1.0, 1.0], 1.0)[1] == 0


def test_nobody_may_score_anything_and_people_of_one_mind_only_one_thing() -> None:
    assert [float(v[0]) for v in k.funnel_limits([0], [0.2, 0.3, 0.5])] == [-1, 1]
    assert [v.tolist() for v in k.funnel_limits([5, 5000], [0, 0, 1])] == [[1, 1], [1, 1]]
