"""Limits that may be looked at after every answer: the bet behind them, and that they keep their promise."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special

from servicematters.kernels import net_score
from servicematters.kernels import sequential as q

bands = st.tuples(*[st.integers(0, 300)] * 3)
means = st.floats(-0.95, 0.95)


@settings(max_examples=40)  # bisection takes its time
@given(bands, st.floats(0.5, 0.99))
def test_promoters_and_detractors_mirror_each_other(counts, confidence) -> None:
    low, high = q.net_score(counts, confidence=confidence)
    other_low, other_high = q.net_score(counts[::-1], confidence=confidence)
    np.testing.assert_allclose([low, high], [-other_high, -other_low], atol=1e-9)


@settings(max_examples=40)  # bisection takes its time
@given(bands, st.floats(0.5, 0.98))
def test_intervals_hold_the_score_nest_and_stay_inside(counts, confidence) -> None:
    narrow, wide = q.net_score(counts, confidence=confidence), q.net_score(counts, confidence=confidence + 0.01)
    assert -1 <= wide[0] <= narrow[0] <= narrow[1] <= wide[1] <= 1
    if sum(counts):
        assert narrow[0] <= net_score.point(counts) <= narrow[1]


@settings(max_examples=40)  # bisection takes its time
@given(bands.filter(any), st.integers(2, 50))
def test_the_same_shares_from_more_answers_are_surer(counts, times) -> None:
    few, many = q.net_score(counts), q.net_score(np.array(counts) * times)
    assert few[0] <= many[0] + 1e-9
    assert many[1] <= few[1] + 1e-9


@given(bands.filter(any), means)
def test_the_likelihood_ratio_is_what_the_best_fixed_bet_wins(counts, mean) -> None:
    answers = np.array([-1.0, 0.0, 1.0])

    def loss(bet: float) -> float:
        return -float(np.sum(special.xlogy(counts, 1 + bet * (answers - mean))))

    ends = (-1 / (1 - mean) * (1 - 1e-12), 1 / (1 + mean) * (1 - 1e-12))
    best = optimize.minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-11})
    want = -min(best.fun, *map(loss, ends))
    got = float(q._log_ratio(np.array(counts, dtype=float), np.array(mean)))
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


@given(st.tuples(*[st.integers(0, 25)] * 3).filter(any), means)
def test_the_portfolio_never_falls_further_behind_the_best_bet_than_the_threshold_allows(counts, mean) -> None:
    """The mixture over bets, integrated: a fair bet's wealth, which is what makes the limits hold at every look."""
    m = (1 + mean) / 2
    shares = np.array([0.0, 0.5, 1.0])

    def wealth(angle: float) -> float:
        b = np.sin(angle) ** 2  # Beta(½, ½) is the uniform angle
        return float(np.prod((b * shares / m + (1 - b) * (1 - shares) / (1 - m)) ** np.array(counts)))

    mixed, _ = integrate.quad(wealth, 0, np.pi / 2, limit=200)
    lost = q.threshold(sum(counts)) - np.log(20)
    ratio = float(q._log_ratio(np.array(counts, dtype=float), np.array(mean)))
    assert np.log(mixed * 2 / np.pi) >= ratio - lost - 1e-6


@settings(max_examples=40)  # bisection takes its time
@given(st.integers(0, 200), st.integers(0, 200))
def test_a_share_is_kept_while_its_divergence_is_small(hits, misses) -> None:
    n = hits + misses
    assume(n > 0)
    for limit in map(float, q.share(hits, n)):
        if 0 < limit < 1:
            divergence = special.rel_entr([hits / n, misses / n], [limit, 1 - limit]).sum()
            assert n * divergence == pytest.approx(float(q.threshold(n)), rel=1e-6)


def test_the_first_answer_says_a_little() -> None:
    low, high = q.net_score([0, 0, 1])
    assert low == pytest.approx(-0.95)  # a mean of m gives a promoter with (1 + m) / 2 at most: 2 · 20 · (1 + m) / 2 = 1
    assert high == 1


def test_nobody_gives_the_widest_interval() -> None:
    assert [float(v) for v in q.net_score((0, 0, 0))] == [-1.0, 1.0]
    assert [float(v) for v in q.share(0, 0)] == [0.0, 1.0]


def test_a_billion_answers_are_no_trouble() -> None:
    low, high = q.net_score([2e8, 3e8, 5e8])
    assert 0.2997 < low < 0.3 < high < 0.3003


def test_every_cell_has_its_own_limits() -> None:
    cells = np.array([[20, 30, 50], [0, 0, 0], [3, 0, 1]])
    together = np.array(q.net_score(cells))
    np.testing.assert_array_equal(together, np.array([q.net_score(cell) for cell in cells]).T)


@pytest.mark.parametrize("shares", [(0.2, 0.3, 0.5), (0.05, 0.1, 0.85), (0.02, 0.0, 0.98)])
def test_looking_after_each_of_2000_answers_the_truth_is_hardly_ever_left_out(shares) -> None:
    rng, runs, looks = np.random.default_rng(5), 500, 2000
    drawn = rng.choice(3, size=(runs, looks), p=shares)
    counts = np.stack([np.cumsum(drawn == band, axis=1) for band in range(3)], axis=-1).astype(float)
    truth = shares[2] - shares[0]
    ratio = q._log_ratio(counts, np.full(counts.shape[:2], truth))
    out = ratio > q.threshold(np.arange(1, looks + 1))
    assert out.any(axis=1).mean() <= 0.05
    low, high = net_score.adjusted_wald(counts)
    missed = (truth < low) | (high < truth)
    assert missed[:, -1].mean() < 0.09  # one look at the end, as planned
    assert missed.any(axis=1).mean() > 0.3  # any look
