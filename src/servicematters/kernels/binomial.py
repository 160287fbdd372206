"""Intervals for a share, and for the difference of two shares.

Every function takes ``hits`` and ``n`` (arrays that broadcast; real numbers are allowed, for effective sample sizes) and
gives limits in [0, 1], or in [-1, 1] for differences. Where ``n`` is 0 the limits are the widest possible.

References
----------
.. [1] R. G. Newcombe, "Two-sided confidence intervals for the single proportion," Stat. Med. 17 (1998), 857-872.
   *Wilson, Wilson with continuity correction, Clopper-Pearson, mid-P, Wald.*
.. [2] L. D. Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion," Statist. Sci. 16 (2001), 101-133.
   *Jeffreys (with its ends at 0 and n) and Agresti-Coull.*
.. [3] R. G. Newcombe, "Interval estimation for the difference between independent proportions," Stat. Med. 17 (1998), 873-890.
.. [4] A. Agresti, B. Caffo, "Simple and effective confidence intervals for proportions," Amer. Statistician 54 (2000), 280-288.
.. [5] O. Miettinen, M. Nurminen, "Comparative analysis of two rates," Stat. Med. 4 (1985), 213-226.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servicematters.kernels._bisection import edge_of_acceptance
from servicematters.kernels._tails import chi_square_p, two_sided_p, z_of

__all__ = [
    "agresti_caffo",
    "agresti_coull",
    "clopper_pearson",
    "equality",
    "jeffreys",
    "mid_p",
    "miettinen_nurminen",
    "newcombe",
    "pooled_test",
    "wald",
    "wald_difference",
    "wilson",
    "wilson_continuity",
]

Limits = tuple[NDArray[np.float64], NDArray[np.float64]]


def _floats(*arrays: ArrayLike) -> list[NDArray[np.float64]]:
    return [np.array(a) for a in np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in arrays))]


def _widest_if_empty(n: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], *, floor: float) -> Limits:
    empty = n <= 0
    return np.where(empty, floor, np.clip(low, floor, 1)), np.where(empty, 1.0, np.clip(high, floor, 1))


def wald(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Textbook limits, p ± z·√(p(1-p)/n). Far too narrow for small n and shares near 0 or 1. [1]_"""
    x, n = _floats(hits, n)
    p = np.divide(x, n, out=np.zeros_like(x), where=n > 0)
    half = z_of(confidence) * np.sqrt(np.divide(p * (1 - p), n, out=np.zeros_like(x), where=n > 0))
    return _widest_if_empty(n, p - half, p + half, floor=0.0)


def wilson(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Score limits: the shares that a two-sided z test would not reject. [1]_

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> print(f"{low:.4f} {high:.4f}")
    0.2553 0.3662
    """
    x, n = _floats(hits, n)
    z2 = z_of(confidence) ** 2
    centre = (x + z2 / 2) / (n + z2)
    spread = np.divide(x * (n - x), n, out=np.zeros_like(x), where=n > 0)
    half = np.sqrt(z2 * (spread + z2 / 4)) / (n + z2)
    low, high = centre - half, centre + half
    # at the ends the closed form is 0 or 1 exactly; rounding must not say otherwise
    return _widest_if_empty(n, np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high), floor=0.0)


def wilson_continuity(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Wilson limits with continuity correction, close to Clopper-Pearson. [1]_"""
    x, n = _floats(hits, n)
    z = z_of(confidence)
    safe = np.where(n > 0, n, 1.0)
    p = x / safe
    below = z * np.sqrt(np.maximum(z**2 - 2 - 1 / safe + 4 * p * (n * (1 - p) + 1), 0))
    above = z * np.sqrt(np.maximum(z**2 + 2 - 1 / safe + 4 * p * (n * (1 - p) - 1), 0))
    low = np.where(x == 0, 0.0, (2 * x + z**2 - 1 - below) / (2 * (n + z**2)))
    high = np.where(x == n, 1.0, (2 * x + z**2 + 1 + above) / (2 * (n + z**2)))
    return _widest_if_empty(n, low, high, floor=0.0)


def clopper_pearson(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Exact limits: coverage never below ``confidence``, usually well above it. [1]_"""
    from scipy import special

    x, n = _floats(hits, n)
    tail = (1 - confidence) / 2
    low = np.where(x > 0, special.betaincinv(np.maximum(x, 0.5), n - x + 1, tail), 0.0)
    # the complement keeps its digits in far tails, 1 - tail does not
    high = np.where(x < n, special.betainccinv(x + 1, np.maximum(n - x, 0.5), tail), 1.0)
    return _widest_if_empty(n, low, high, floor=0.0)


def jeffreys(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Equal tails of the posterior under Jeffreys' prior; 0 and 1 at the ends. [2]_"""
    from scipy import special

    x, n = _floats(hits, n)
    tail = (1 - confidence) / 2
    a, b = x + 0.5, n - x + 0.5
    low = np.where(x > 0, special.betaincinv(a, b, tail), 0.0)
    high = np.where(x < n, special.betainccinv(a, b, tail), 1.0)
    return _widest_if_empty(n, low, high, floor=0.0)


def agresti_coull(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Wald limits after adding z²/2 hits and z²/2 misses. [2]_"""
    x, n = _floats(hits, n)
    z2 = z_of(confidence) ** 2
    p = (x + z2 / 2) / (n + z2)
    half = np.sqrt(z2 * p * (1 - p) / (n + z2))
    return _widest_if_empty(n, p - half, p + half, floor=0.0)


def mid_p(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Exact limits that count half of the observed outcome: mean coverage closer to nominal than the exact limits. [1]_"""
    from scipy import special

    x, n = _floats(hits, n)
    tail = (1 - confidence) / 2
    seen = np.divide(x, n, out=np.zeros_like(x), where=n > 0)

    def at_least(p: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(X > x) + P(X = x) / 2."""
        ge = np.where(x > 0, special.betainc(np.maximum(x, 0.5), n - x + 1, p), 1.0)
        gt = np.where(x < n, special.betainc(x + 1, np.maximum(n - x, 0.5), p), 0.0)
        return (ge + gt) / 2

    low = edge_of_acceptance(lambda p: at_least(p) >= tail, seen, np.zeros_like(seen))
    high = edge_of_acceptance(lambda p: 1 - at_least(p) >= tail, seen, np.ones_like(seen))
    return _widest_if_empty(n, np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high), floor=0.0)


def pooled_test(hits: ArrayLike, n: ArrayLike, hits_2: ArrayLike, n_2: ArrayLike) -> NDArray[np.float64]:
    """Two-sided p-value of the z test for equal shares, variance from both samples together.

    False alarms of a nominal 5 % reach 7.3 % at 10 + 50 trials; a verdict asks an interval too.
    """
    x1, n1, x2, n2 = _floats(hits, n, hits_2, n_2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (x1 + x2) / (n1 + n2)
        difference = x2 / n2 - x1 / n1
        se = np.sqrt(p * (1 - p) * (1 / n1 + 1 / n2))
        z = np.where(se > 0, difference / se, 0.0)
    return np.where((n1 > 0) & (n2 > 0), two_sided_p(z), np.nan)


def wald_difference(hits: ArrayLike, n: ArrayLike, hits_2: ArrayLike, n_2: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Textbook limits for share 2 less share 1; degenerate at 0 and 1."""
    x1, n1, x2, n2 = _floats(hits, n, hits_2, n_2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
        half = z_of(confidence) * np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    return _widest_if_empty(np.minimum(n1, n2), p2 - p1 - half, p2 - p1 + half, floor=-1.0)


def agresti_caffo(hits: ArrayLike, n: ArrayLike, hits_2: ArrayLike, n_2: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Wald limits for share 2 less share 1 after adding one hit and one miss to each sample. [4]_"""
    x1, n1, x2, n2 = _floats(hits, n, hits_2, n_2)
    low, high = wald_difference(x1 + 1, n1 + 2, x2 + 1, n2 + 2, confidence=confidence)
    return _widest_if_empty(np.minimum(n1, n2), low, high, floor=-1.0)


def newcombe(hits: ArrayLike, n: ArrayLike, hits_2: ArrayLike, n_2: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Limits for share 2 less share 1, put together from the two Wilson intervals. [3]_"""
    x1, n1, x2, n2 = _floats(hits, n, hits_2, n_2)
    l1, u1 = wilson(x1, n1, confidence=confidence)
    l2, u2 = wilson(x2, n2, confidence=confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
    low = p2 - p1 - np.sqrt((p2 - l2) ** 2 + (u1 - p1) ** 2)
    high = p2 - p1 + np.sqrt((u2 - p2) ** 2 + (p1 - l1) ** 2)
    return _widest_if_empty(np.minimum(n1, n2), low, high, floor=-1.0)


def miettinen_nurminen(hits: ArrayLike, n: ArrayLike, hits_2: ArrayLike, n_2: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Score limits for share 2 less share 1: differences that the restricted test would not reject. [5]_"""
    x1, n1, x2, n2 = _floats(hits, n, hits_2, n_2)
    empty = (n1 <= 0) | (n2 <= 0)
    n1, n2 = np.where(empty, 1, n1), np.where(empty, 1, n2)
    x1, x2 = np.where(empty, 0, x1), np.where(empty, 0, x2)
    total, z2 = n1 + n2, z_of(confidence) ** 2
    seen = x2 / n2 - x1 / n1

    def accepted(delta: NDArray[np.float64]) -> NDArray[np.bool_]:
        # share 1 under the null solves a cubic; its trigonometric root is in the paper's appendix
        a = total
        b = (n2 + 2 * n1) * delta - total - (x1 + x2)
        c = (n1 * delta - total - 2 * x1) * delta + (x1 + x2)
        d = x1 * delta * (1 - delta)
        v = (b / (3 * a)) ** 3 - b * c / (6 * a**2) + d / (2 * a)
        u = np.where(v < 0, -1.0, 1.0) * np.sqrt(np.maximum((b / (3 * a)) ** 2 - c / (3 * a), 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(u != 0, v / u**3, 0.0)
        angle = (np.pi + np.arccos(np.clip(ratio, -1, 1))) / 3
        null_1 = np.clip(2 * u * np.cos(angle) - b / (3 * a), 0, 1)
        null_2 = np.clip(null_1 + delta, 0, 1)
        variance = (null_1 * (1 - null_1) / n1 + null_2 * (1 - null_2) / n2) * total / (total - 1)
        return np.asarray((seen - delta) ** 2 <= z2 * variance)

    low = edge_of_acceptance(accepted, seen, np.full_like(seen, -1.0))
    high = edge_of_acceptance(accepted, seen, np.full_like(seen, 1.0))
    return _widest_if_empty(np.where(empty, 0.0, 1.0), low, high, floor=-1.0)


def equality(hits: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Pearson's chi-square test that all shares along the last axis are equal: statistic, degrees of freedom, p-value.

    Groups without answers take no part.
    """
    x, n = _floats(hits, n)
    used = n > 0
    p = np.sum(x, axis=-1, keepdims=True) / np.maximum(np.sum(n, axis=-1, keepdims=True), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(used & (p > 0) & (p < 1), (x - n * p) ** 2 / (n * p * (1 - p)), 0.0)
    return chi_square_p(np.asarray(np.sum(terms, axis=-1)), used)
