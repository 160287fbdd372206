"""Intervals of shares against statsmodels, closed forms, and their own symmetries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats import proportion

from servicematters.kernels import binomial as b

ONE_SAMPLE = [b.wald, b.wilson, b.wilson_continuity, b.clopper_pearson, b.jeffreys, b.agresti_coull, b.mid_p]
TWO_SAMPLES = [b.wald_difference, b.newcombe, b.agresti_caffo, b.miettinen_nurminen]
trials = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.floats(0.5, 0.999)


# -- laws ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", ONE_SAMPLE)
@given(xn=trials, confidence=confidences)
def test_hits_and_misses_mirror_each_other(interval, xn, confidence) -> None:
    x, n = xn
    low, high = interval(x, n, confidence=confidence)
    other_low, other_high = interval(n - x, n, confidence=confidence)
    np.testing.assert_allclose([low, high], [1 - other_high, 1 - other_low], atol=1e-9)


@pytest.mark.parametrize("interval", ONE_SAMPLE)
@given(xn=trials, confidence=st.floats(0.5, 0.99))
def test_more_confidence_never_shortens(interval, xn, confidence) -> None:
    narrow, wide = interval(*xn, confidence=confidence), interval(*xn, confidence=confidence + 0.009)
    assert 0 <= wide[0] <= narrow[0] + 1e-12
    assert narrow[1] - 1e-12 <= wide[1] <= 1


@pytest.mark.parametrize("interval", ONE_SAMPLE)
@given(n=st.integers(1, 200), confidence=confidences)
def test_more_hits_never_lower_a_limit(interval, n, confidence) -> None:
    low, high = interval(np.arange(n + 1), n, confidence=confidence)
    slack = 1e-9 if interval is not b.wald else 1.0  # the textbook's limits do move the wrong way
    assert (np.diff(low) > -slack).all()
    assert (np.diff(high) > -slack).all()


@pytest.mark.parametrize("interval", TWO_SAMPLES)
@given(a=trials, c=trials, confidence=confidences)
def test_swapping_the_samples_turns_the_difference_round(interval, a, c, confidence) -> None:
    low, high = interval(*a, *c, confidence=confidence)
    back_low, back_high = interval(*c, *a, confidence=confidence)
    assert -1 <= low <= high <= 1
    np.testing.assert_allclose([low, high], [-back_high, -back_low], atol=1e-7)


@pytest.mark.parametrize("interval", ONE_SAMPLE)
def test_nothing_tried_gives_the_widest_interval(interval) -> None:
    assert [float(v) for v in interval(0, 0)] == [0.0, 1.0]


@pytest.mark.parametrize("interval", TWO_SAMPLES)
def test_a_side_without_trials_gives_the_widest_interval(interval) -> None:
    assert [float(v) for v in interval(0, 0, 3, 5)] == [-1.0, 1.0]
    assert np.isnan(b.pooled_test(0, 0, 3, 5))


# -- oracles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "name"),
    [
        (b.wilson, "wilson"),
        (b.clopper_pearson, "beta"),
        (b.agresti_coull, "agresti_coull"),
        (b.wald, "normal"),
    ],
)
@given(xn=trials, confidence=st.sampled_from([0.8, 0.95, 0.999]))
def test_limits_agree_with_statsmodels(interval, name, xn, confidence) -> None:
    want = np.clip(proportion.proportion_confint(*xn, alpha=1 - confidence, method=name), 0, 1)
    np.testing.assert_allclose(interval(*xn, confidence=confidence), want, atol=1e-9)


@given(n=st.integers(1, 10**6), tail=st.floats(1e-9, 0.4))
def test_exact_interval_keeps_its_digits_in_far_tails(n, tail) -> None:
    _, high = b.clopper_pearson(0, n, confidence=1 - 2 * tail)
    exact_tail = (1 - (1 - 2 * tail)) / 2  # what is left of the tail after going through a confidence
    np.testing.assert_allclose(high, -np.expm1(np.log(exact_tail) / n), rtol=1e-9)


@given(a=trials, c=trials)
def test_newcombe_and_agresti_caffo_agree_with_statsmodels(a, c) -> None:
    for interval, name in ((b.newcombe, "newcomb"), (b.agresti_caffo, "agresti-caffo")):
        want = np.clip(proportion.confint_proportions_2indep(*c, *a, method=name, compare="diff"), -1, 1)
        np.testing.assert_allclose(interval(*a, *c), want, atol=1e-8)


def test_miettinen_nurminen_agrees_with_r_where_statsmodels_does_not() -> None:
    # 56/70 against 48/80: R's PropCIs and DescTools give the upper limit .3382, statsmodels .3440
    np.testing.assert_allclose(b.miettinen_nurminen(48, 80, 56, 70)[1], 0.3382, atol=5e-5)
    assert np.isfinite(b.miettinen_nurminen(3, 10, 9, 10)).all()  # statsmodels raises


@given(st.lists(trials, min_size=2, max_size=6))
def test_equality_agrees_with_a_chi_square_on_the_table(groups) -> None:
    from scipy import stats

    x, n = np.array(groups).T
    statistic, freedom, p = b.equality(x, n)
    if x.sum() in (0, n.sum()):
        assert statistic == 0
        return
    want = stats.chi2_contingency([x, n - x], correction=False)
    np.testing.assert_allclose([statistic, freedom, p], [want.statistic, want.dof, want.pvalue], atol=1e-9)


@given(trials, trials)
def test_two_groups_are_as_equal_as_the_pooled_test_says(a, c) -> None:
    np.testing.assert_allclose(b.pooled_test(*a, *c), b.equality([a[0], c[0]], [a[1], c[1]])[2], atol=1e-9)
