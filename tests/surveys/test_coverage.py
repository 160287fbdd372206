"""Coverage and false alarms by exact enumeration, in code of its own: docs/coverage.md must stay true."""

from math import comb

import numpy as np
import pytest

from servicematters.core import Index, Verdict
from servicematters.kernels import binomial, net_score
from servicematters.surveys import NPS_BANDS, ScoreTally, nps_change

GRID = [(d / 20, p / 20) for d in range(21) for p in range(21 - d) if (d, p) not in {(0, 0), (0, 20), (20, 0)}]
TWENTY = [(d, p) for d in (0.05, 0.1, 0.2, 0.3) for p in (0.3, 0.4, 0.5, 0.6, 0.7)]


def every_table(n):
    return np.array([(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)], dtype=float)


def trinomial(n, d, p):
    """Chance of every table, as a product of whole binomial coefficients and powers."""
    rest = max(1 - d - p, 0.0)
    if rest < 1e-12:
        rest = 0.0  # 1 - .7 - .3 is not quite 0
    return np.array(
        [comb(n, i) * comb(n - i, j) * d**i * p**j * rest ** (n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]
    )


def coverage(interval, n):
    """Exact coverage under each truth on the grid, and the mean width."""
    low, high = interval(every_table(n))
    chances = [trinomial(n, d, p) for d, p in GRID]
    held = [chance[(low <= p - d + 1e-9) & (p - d - 1e-9 <= high)].sum() for chance, (d, p) in zip(chances, GRID, strict=True)]
    return np.array(held), float(np.mean([chance @ (high - low) for chance in chances]))


def pairs(n, m):
    return every_table(n)[:, None, :], every_table(m)[None, :, :]


def false_alarms(signal, n, m, truths):
    return np.array([trinomial(n, *truth) @ signal @ trinomial(m, *truth) for truth in truths])


def verdict_rule(before, after):
    _, low, high, p = net_score.pooled_difference(before, after)
    return (p < 0.05) & ((low > 0) | (high < 0))


def half_each(before, after):
    _, low, high, _ = net_score.pooled_difference(before, after)
    return (low > 0) | (high < 0)


def p_below(test):
    return lambda before, after: test(before, after)[3] < 0.05


RULES = {
    "wald": p_below(net_score.wald_difference),
    "adjusted_each": p_below(net_score.adjusted_wald_difference),
    "half_each": half_each,
    "pooled": p_below(net_score.pooled_difference),
}


# meaning: the rule tested below is the rule that users get


def test_verdicts_of_nps_change_are_the_rule_enumerated_here():
    before, after = np.broadcast_arrays(*pairs(6, 9))
    cells = Index("pair", range(before.shape[0] * before.shape[1]))
    sides = [ScoreTally.from_counts(side.reshape(-1, 3).astype(int), scale=NPS_BANDS, index=cells) for side in (before, after)]
    verdicts = nps_change(*sides).verdicts
    called = np.array([v in {Verdict.IMPROVED, Verdict.WORSENED} for v in verdicts])
    np.testing.assert_array_equal(called, verdict_rule(*pairs(6, 9)).ravel())
    assert 0 < called.sum() < called.size


def test_chances_of_all_tables_add_up_to_one():
    assert len(GRID) == 228
    for truth in (*GRID, *TWENTY):
        assert trinomial(10, *truth).sum() == pytest.approx(1, abs=1e-12)


# oracles: nps2-07, exact enumeration checked by a million draws; the methods' table for one sample


@pytest.mark.parametrize(
    ("name", "want"), [("wald", 0.083503), ("adjusted_each", 0.022661), ("half_each", 0.040220), ("pooled", 0.050973)]
)
def test_false_alarms_at_ten_and_ten_answers_are_those_of_the_oracle(name, want):
    rate = false_alarms(RULES[name](*pairs(10, 10)), 10, 10, [(0.1, 0.6)])
    np.testing.assert_allclose(rate, want, rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    ("interval", "n", "mean", "worst", "width"),
    [
        (net_score.wald, 10, 0.860, 0.400, 0.74),
        (net_score.wald, 20, 0.910, 0.639, 0.56),
        (net_score.adjusted_wald, 5, 0.951, 0.835, 0.95),
        (net_score.adjusted_wald, 10, 0.951, 0.879, 0.74),
        (net_score.adjusted_wald, 20, 0.951, 0.908, 0.555),  # the width is .56 there, .5546 here
        (net_score.score, 5, 0.970, 0.919, 1.05),
        (net_score.score, 10, 0.964, 0.914, 0.79),
        (net_score.score, 20, 0.958, 0.925, 0.57),
        (net_score.mover, 10, 0.951, 0.860, 0.75),
        (net_score.mover, 20, 0.954, 0.918, 0.56),
    ],
)
def test_intervals_of_a_score_cover_as_published(interval, n, mean, worst, width):
    held, mean_width = coverage(interval, n)
    assert held.mean() == pytest.approx(mean, abs=5.1e-4)
    assert held.min() == pytest.approx(worst, abs=5.1e-4)
    assert mean_width == pytest.approx(width, abs=5.1e-3)


@pytest.mark.parametrize(
    ("sizes", "published"),
    [
        ((10, 10), [0.083, 0.030, 0.048, 0.0495]),
        ((20, 20), [0.066, 0.039, 0.050, 0.052]),
        ((10, 50), [0.091, 0.043, 0.055, 0.050]),
        ((20, 60), [0.066, 0.045, 0.052, 0.051]),
    ],
    ids=str,
)
def test_mean_false_alarms_of_a_change_are_as_published(sizes, published):
    signals = [rule(*pairs(*sizes)) for rule in RULES.values()]
    rates = [false_alarms(signal, *sizes, TWENTY).mean() for signal in signals]
    np.testing.assert_allclose(rates, published, rtol=0, atol=6e-4)


# what the library promises


@pytest.mark.parametrize("n", [5, 10, 20, 50])
def test_score_interval_covers_at_least_ninety_one_percent_on_the_grid(n):
    held, _ = coverage(net_score.score, n)
    assert held.min() > 0.913
    assert 0.95 < held.mean() < 0.971


@pytest.mark.parametrize(("n", "m"), [(10, 10), (20, 20), (30, 30), (10, 50), (50, 10), (20, 60)])
def test_verdict_calls_chance_a_change_in_five_and_a_half_percent_at_most(n, m):
    rates = false_alarms(verdict_rule(*pairs(n, m)), n, m, TWENTY)
    assert rates.max() < 0.0554  # 5.53 % at 10 + 10 answers
    assert 0.04 < rates.mean() < 0.05


def test_verdict_withstands_a_small_wide_sample_beside_a_large_narrow_one():
    """Both scores are 0; the pooled variance is almost that of the narrow side."""
    n, m, wide, narrow = 20, 60, (0.45, 0.45), (0.05, 0.05)
    left, right = trinomial(n, *wide), trinomial(m, *narrow)
    before, after = pairs(n, m)
    assert left @ RULES["pooled"](before, after) @ right > 0.2
    assert left @ verdict_rule(before, after) @ right < 0.07


@pytest.mark.parametrize(
    ("interval", "worst"),
    [(binomial.newcombe, 0.92), (binomial.agresti_caffo, 0.93), (binomial.miettinen_nurminen, 0.93)],
)
def test_intervals_of_a_difference_of_shares_hold_it_almost_as_often_as_they_say(interval, worst):
    n, hits = 20, np.arange(21)
    low, high = interval(hits[:, None], n, hits[None, :], n)
    shares = np.arange(1, 20) / 20
    chance = [np.array([comb(n, k) * s**k * (1 - s) ** (n - k) for k in range(n + 1)]) for s in shares]
    held = np.array(
        [
            a @ ((low <= t - s + 1e-9) & (t - s - 1e-9 <= high)) @ b
            for s, a in zip(shares, chance, strict=True)
            for t, b in zip(shares, chance, strict=True)
        ]
    )
    assert held.min() > worst
    assert 0.95 < held.mean() < 0.956
