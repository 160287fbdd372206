"""Simultaneous intervals for the shares of several categories.

``counts`` holds the categories along its last axis; limits have the same shape, in [0, 1]. With ``confidence=0.95`` all
categories of one row are covered *together* in 95 % of samples (Wilson's cells are covered one at a time).

References
----------
.. [1] L. A. Goodman, "On simultaneous confidence intervals for multinomial proportions," Technometrics 7 (1965), 247-254.
.. [2] C. P. Quesenberry, D. C. Hurst, "Large sample simultaneous confidence intervals for multinomial proportions,"
   Technometrics 6 (1964), 191-195.
.. [3] C. P. Sison, J. Glaz, "Simultaneous confidence intervals and sample size determination for multinomial proportions,"
   J. Amer. Statist. Assoc. 90 (1995), 366-369. *The interval; its series for the coverage is replaced by the exact sum.*
.. [4] S. Fitzpatrick, A. Scott, "Quick simultaneous confidence intervals for multinomial proportions,"
   J. Amer. Statist. Assoc. 82 (1987), 875-878.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servicematters.kernels import binomial
from servicematters.kernels._tails import z_of

__all__ = ["fitzpatrick_scott", "goodman", "quesenberry_hurst", "sison_glaz", "wilson"]

Floats = NDArray[np.float64]
Limits = tuple[Floats, Floats]


def _parts(counts: ArrayLike) -> tuple[Floats, Floats]:
    c = np.asarray(counts, dtype=np.float64)
    return c, np.sum(c, axis=-1, keepdims=True)


def _score_type(counts: ArrayLike, quantile: float) -> Limits:
    c, n = _parts(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(quantile * (quantile + 4 * c * (n - c) / n))
    low = (quantile + 2 * c - root) / (2 * (n + quantile))
    high = (quantile + 2 * c + root) / (2 * (n + quantile))
    return _limits(n, np.where(c == 0, 0.0, low), np.where(c == n, 1.0, high))


def _limits(n: Floats, low: Floats, high: Floats) -> Limits:
    return np.where(n > 0, np.clip(low, 0, 1), 0.0), np.where(n > 0, np.clip(high, 0, 1), 1.0)


def goodman(counts: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Score limits with the error shared out over the categories (Bonferroni). [1]_

    Examples
    --------
    >>> low, high = goodman([91, 49, 37, 43])
    >>> print(low.round(3), high.round(3))
    [0.334 0.161 0.115 0.137] [0.498 0.3   0.24  0.27 ]
    """
    from scipy import special

    k = np.asarray(counts).shape[-1]
    return _score_type(counts, float(special.chdtri(1, (1 - confidence) / k)))


def quesenberry_hurst(counts: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Score limits with one chi-square of k - 1 degrees of freedom for all; wider than Goodman's for many categories. [2]_"""
    from scipy import special

    k = np.asarray(counts).shape[-1]
    return _score_type(counts, float(special.chdtri(max(k - 1, 1), 1 - confidence)))


def wilson(counts: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Wilson limits category by category: *not* simultaneous."""
    c, n = _parts(counts)
    return binomial.wilson(c, n, confidence=confidence)


def fitzpatrick_scott(counts: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Share ± z/(2√n), the same width for every category; quick and rough. [4]_"""
    c, n = _parts(counts)
    half = z_of(confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return _limits(n, c / n - half / np.sqrt(n), c / n + half / np.sqrt(n))


def sison_glaz(counts: ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Shares less and plus a constant, the shortest that covers all together; no longer than needed for n in hand. [3]_

    Works through the rows one at a time; meant for a few histograms, not for thousands.
    """
    c, n = _parts(counts)
    rows = c.reshape(-1, c.shape[-1])
    low, high = np.zeros_like(rows), np.ones_like(rows)
    for i, row in enumerate(rows):
        total = row.sum()
        if total > 0:
            reach, gamma = _sison_glaz_reach(row, confidence)
            low[i] = row / total - reach / total
            high[i] = row / total + reach / total + 2 * gamma / total
    return _limits(n, low.reshape(c.shape), high.reshape(c.shape))


def _sison_glaz_reach(row: Floats, confidence: float) -> tuple[int, float]:
    """Smallest whole reach whose next one covers enough, and the part of a step that is left."""
    if _sison_glaz_coverage(row, 1) >= confidence:
        return 0, 0.0
    low, high = 1, 2
    while _sison_glaz_coverage(row, high) < confidence:  # coverage grows with the reach: double, then halve
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _sison_glaz_coverage(row, middle) >= confidence else (middle, high)
    before, after = _sison_glaz_coverage(row, low), _sison_glaz_coverage(row, high)
    gamma = (confidence - before) / (after - before) if after > before else 0.0
    return low, float(np.clip(gamma, 0, 1))


def _sison_glaz_coverage(row: Floats, reach: int) -> float:
    """Chance that every count lands within ``reach`` of its own expectation.

    A multinomial is independent Poissons given their sum, so the chance is that of the sum of Poissons cut to their windows.
    The paper approximates that sum by an Edgeworth series, which leaves [0, 1] on sparse histograms; here it is convolved.
    """
    from scipy import special

    n = row.sum()
    first = np.maximum(row - reach, 0)
    values = first[:, None] + np.arange(2 * reach + 1)
    mean = np.where(row > 0, row, 1.0)[:, None]
    poisson = np.exp(special.xlogy(values, mean) - mean - special.gammaln(values + 1))
    poisson = np.where(row[:, None] > 0, poisson, values == 0)
    poisson = np.where(values <= row[:, None] + reach, poisson, 0.0)
    mass = poisson.sum(axis=1)
    size = row.size * (2 * reach) + 1
    joint = np.fft.irfft(np.prod(np.fft.rfft(poisson / mass[:, None], size), axis=0), size)
    at_n = max(joint[int(n - first.sum())], 0.0)
    log_poisson_n = n * np.log(n) - n - special.gammaln(n + 1)
    return float(at_n * np.exp(np.log(mass).sum() - log_poisson_n))
