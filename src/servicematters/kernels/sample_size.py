"""How many answers a question needs, and what a number of answers can find.

Net scores and their differences are in [-1, 1] and [-2, 2], ``variance`` is that of one answer coded -1, 0, +1. Sizes are real
numbers, before rounding. ``sides`` is 2 where either direction would count as found, 1 where only one would. In the formulas z₁
is the normal quantile of the confidence, z₂ that of the power, Z their sum, and s² the variance.

Notes
-----
The formula for two groups is for the test that pools both sides. Its variance under "nothing changed" holds a quarter of the
squared difference, so the textbook's n = 2 s² Z² / d² comes out about z₁ Z / 2 answers a group too small (2.7 at 95 % and
80 %), and taking 3 pseudo-answers off, as for one group, goes the wrong way. Power at a nominal 80 %, variance 0.67, scores
0 and d, 400,000 draws:

=================  ===========  ============  ============
difference         textbook     textbook - 3  as here
=================  ===========  ============  ============
40 points          78.9 %       77.0 %        80.6 %
20 points          79.8 %       79.3 %        80.1 %
10 points          80.1 %       79.9 %        80.1 %
=================  ===========  ============  ============

The formula for one group takes 3 pseudo-answers off and is right for a benchmark near 0 (79.6 % at 10 points). The adjusted
Wald interval pulls towards 0, so a benchmark far above 0 needs more: from +30 to +60 the planned 32 answers have 66 %.

References
----------
.. [1] J. R. Lewis, J. Sauro, "Sample size estimation for NPS confidence intervals," MeasuringU, and its companions on
   benchmarks and on comparisons. *One group: n = z² s² / m² - 3. The formula for two groups is not taken from there.*
.. [2] J. L. Fleiss, B. Levin, M. C. Paik, *Statistical Methods for Rates and Proportions*, 3rd ed., Wiley 2003. *The two
   variances, pooled and not, in one formula; for shares, here for net scores.*
.. [3] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley 1977. *Size for a share, and the finite population.*
.. [4] J. Cohen, *Statistical Power Analysis for the Behavioral Sciences*, 2nd ed., Erlbaum 1988. *The effect size h.*
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = [
    "benchmark_difference",
    "benchmark_power",
    "cochran",
    "cohens_h",
    "finite_population",
    "for_benchmark",
    "for_effect_size",
    "for_margin",
    "for_two_groups",
    "rounded_up",
    "two_group_difference",
    "two_group_power",
]

Floats = NDArray[np.float64]

_PSEUDO_ANSWERS = 3.0  # what the adjusted Wald interval adds


def _z(tail: float) -> float:
    return float(-special.ndtri(tail))


def _z_pair(confidence: float, power: float, sides: int) -> tuple[float, float]:
    return _z((1 - confidence) / sides), _z(1 - power)


def _floats(*values: ArrayLike) -> list[Floats]:
    return [np.asarray(value, dtype=np.float64) for value in values]


def for_margin(margin: ArrayLike, *, variance: ArrayLike, confidence: float = 0.95) -> Floats:
    """Answers for an adjusted Wald interval of plus or minus ``margin``: z² s² / m² - 3. [1]_

    Examples
    --------
    >>> print(rounded_up(for_margin([0.05, 0.10, 0.15, 0.20], variance=0.67)))
    [1027  255  112   62]
    """
    m, s2 = _floats(margin, variance)
    return np.asarray(_z((1 - confidence) / 2) ** 2 * s2 / m**2 - _PSEUDO_ANSWERS)


def for_benchmark(
    difference: ArrayLike, *, variance: ArrayLike, confidence: float = 0.95, power: float = 0.8, sides: int = 1
) -> Floats:
    """Answers to show that a score lies ``difference`` from a fixed number: s² (z₁ + z₂)² / d² - 3. [1]_

    Examples
    --------
    >>> print(rounded_up(for_benchmark([0.05, 0.10], variance=0.67)))
    [1654  412]
    """
    d, s2 = _floats(difference, variance)
    alpha, beta = _z_pair(confidence, power, sides)
    return np.asarray(s2 * (alpha + beta) ** 2 / d**2 - _PSEUDO_ANSWERS)


def benchmark_difference(
    n: ArrayLike, *, variance: ArrayLike, confidence: float = 0.95, power: float = 0.8, sides: int = 1
) -> Floats:
    """Distance from a fixed number that ``n`` answers show: the inverse of ``for_benchmark``."""
    answers, s2 = _floats(n, variance)
    alpha, beta = _z_pair(confidence, power, sides)
    return np.asarray((alpha + beta) * np.sqrt(s2 / (answers + _PSEUDO_ANSWERS)))


def benchmark_power(
    n: ArrayLike, *, difference: ArrayLike, variance: ArrayLike, confidence: float = 0.95, sides: int = 1
) -> Floats:
    """Chance that ``n`` answers show a score that lies ``difference`` from a fixed number."""
    answers, d, s2 = _floats(n, difference, variance)
    effect = d / np.sqrt(s2 / (answers + _PSEUDO_ANSWERS))
    return _power(effect, np.ones_like(effect), confidence, sides)


def for_two_groups(
    difference: ArrayLike, *, variance: ArrayLike, confidence: float = 0.95, power: float = 0.8, sides: int = 2
) -> Floats:
    """Answers in *each* of two groups for the pooled test: 2 (z₁ √(s² + d² / 4) + z₂ s)² / d². [2]_

    Examples
    --------
    >>> print(rounded_up(for_two_groups([0.05, 0.10, 0.20], variance=0.67)))
    [4210 1055  266]
    """
    d, s2 = _floats(difference, variance)
    alpha, beta = _z_pair(confidence, power, sides)
    return np.asarray(2 * (alpha * np.sqrt(s2 + d**2 / 4) + beta * np.sqrt(s2)) ** 2 / d**2)


def two_group_difference(
    n: ArrayLike, n_2: ArrayLike, *, variance: ArrayLike, confidence: float = 0.95, power: float = 0.8, sides: int = 2
) -> Floats:
    """Difference that ``n`` and ``n_2`` answers detect; infinite where no difference is large enough.

    Solves d √k = z₁ √(s² + w d²) + z₂ s with k = n n₂ / (n + n₂) and w = k / (n + n₂); inverse of ``for_two_groups``.
    """
    n1, n2, s2 = _floats(n, n_2, variance)
    alpha, beta = _z_pair(confidence, power, sides)
    k = n1 * n2 / (n1 + n2)
    w = k / (n1 + n2)
    room = k - w * alpha**2
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(s2) * (np.sqrt(k) * beta + alpha * np.sqrt(room + w * beta**2)) / room
    return np.asarray(np.where(room > 0, root, np.inf))


def two_group_power(
    n: ArrayLike,
    n_2: ArrayLike,
    *,
    difference: ArrayLike,
    variance: ArrayLike,
    confidence: float = 0.95,
    sides: int = 2,
) -> Floats:
    """Chance that the pooled test of ``n`` and ``n_2`` answers detects ``difference``."""
    n1, n2, d, s2 = _floats(n, n_2, difference, variance)
    share = n1 / (n1 + n2)
    effect = d / np.sqrt(s2 * (1 / n1 + 1 / n2))
    return _power(effect, np.sqrt(1 + share * (1 - share) * d**2 / s2), confidence, sides)


def _power(effect: Floats, stretch: Floats, confidence: float, sides: int) -> Floats:
    """Chance to pass z₁; ``stretch`` is the standard error that the test assumes over the true one."""
    limit = _z((1 - confidence) / sides) * stretch
    wrong_side = special.ndtr(-effect - limit) if sides == 2 else 0.0
    return np.asarray(special.ndtr(effect - limit) + wrong_side)


def cochran(margin: ArrayLike, *, share: ArrayLike = 0.5, confidence: float = 0.95) -> Floats:
    """Answers for a share to plus or minus ``margin``: z² p (1 - p) / m². [3]_

    Examples
    --------
    >>> print(rounded_up(cochran(0.05)), rounded_up(finite_population(cochran(0.05), 1000)))
    385 278
    """
    m, p = _floats(margin, share)
    return np.asarray(_z((1 - confidence) / 2) ** 2 * p * (1 - p) / m**2)


def cohens_h(share: ArrayLike, share_2: ArrayLike) -> Floats:
    """Effect size of two shares, 2 arcsin √p₂ - 2 arcsin √p₁: equal steps are about equally hard to see. [4]_

    Examples
    --------
    >>> print(f"{cohens_h(0.4, 0.5):.4f}")
    0.2014
    """
    p1, p2 = _floats(share, share_2)
    return np.asarray(2 * np.arcsin(np.sqrt(p2)) - 2 * np.arcsin(np.sqrt(p1)))


def for_effect_size(h: ArrayLike, *, groups: int = 2, confidence: float = 0.95, power: float = 0.8, sides: int = 2) -> Floats:
    """Answers in each group for an effect size: groups · (z₁ + z₂)² / h². [4]_

    Examples
    --------
    >>> print(f"{for_effect_size(cohens_h(0.5, 0.4)):.2f}")
    387.17
    """
    (size,) = _floats(h)
    alpha, beta = _z_pair(confidence, power, sides)
    return np.asarray(groups * (alpha + beta) ** 2 / size**2)


def finite_population(n: ArrayLike, population: ArrayLike) -> Floats:
    """Answers needed where there are only so many customers: n / (1 + (n - 1) / N), never more than all of them. [3]_"""
    answers, everybody = _floats(n, population)
    answers = np.maximum(answers, 1.0)
    return np.asarray(answers / (1 + (answers - 1) / everybody))


def rounded_up(n: ArrayLike) -> NDArray[np.int64]:
    """Whole answers, at least one; a size that is whole but for rounding stays as it is."""
    (answers,) = _floats(n)
    return np.asarray(np.maximum(np.ceil(answers * (1 - 1e-12)), 1.0), dtype=np.int64)
