"""How much of the difference between groups is luck: shrunken means, ranks with their doubt, and funnel limits.

``values`` are the groups' own estimates, ``variances`` their sampling variances, all above 0. The model is the usual one of two
floors: each value is normal about its group's truth, and the truths are normal about a common mean with variance τ².

References
----------
.. [1] R. C. Paule, J. Mandel, "Consensus values and weighting factors," J. Res. Nat. Bur. Standards 87 (1982), 377-385,
   doi:10.6028/jres.087.022. *τ² as the root below; not the standard errors of shrunken means.*
.. [2] B. Efron, C. Morris, "Stein's paradox in statistics," Scientific American 236 (1977), 119-127.
   *Shrinkage to the grand mean under one variance; the batting averages that it is checked against.*
.. [3] A. Gelman, "Prior distributions for variance parameters in hierarchical models," Bayesian Analysis 1 (2006), 515-534,
   doi:10.1214/06-BA117A. *A flat prior for τ, over which the standard errors are averaged.*
.. [4] H. Goldstein, D. J. Spiegelhalter, "League tables and their limitations," J. Roy. Statist. Soc. A 159 (1996), 385-443,
   doi:10.2307/2983325. *Intervals of ranks by drawing; there from a fuller model.*
.. [5] D. J. Spiegelhalter, "Funnel plots for comparing institutional performance," Stat. Med. 24 (2005), 1185-1202,
   doi:10.1002/sim.1970. *Limits by size, exact where sizes are small; for shares, not for net scores.*
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["expected_ranks", "funnel_limits", "james_stein", "paule_mandel", "rank_intervals", "shrink", "standard_errors"]

Floats = NDArray[np.float64]

_STEPS = 200
_GRID = 400
_EXACT_UP_TO = 200  # answers; above, the expansion is right to the third digit of the tail


def paule_mandel(values: ArrayLike, variances: ArrayLike) -> float:
    """Variance between groups: the τ² at which Σ (y - ȳ)² / (v + τ²) is one less than the number of groups. [1]_

    0 where the groups differ by less than their sampling variances alone would have it, and below two groups.

    Examples
    --------
    >>> round(paule_mandel([0.0, 2.0, 4.0], [1.0, 1.0, 1.0]), 9)
    3.0
    """
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    wanted = y.size - 1
    if wanted < 1:
        return 0.0
    low, high = 0.0, float(np.sum((y - y.mean()) ** 2)) / wanted  # there the sum is at most what is wanted
    tau2 = 0.0
    for _ in range(_STEPS):
        weight = 1 / (v + tau2)
        off2 = (y - np.sum(weight * y) / np.sum(weight)) ** 2
        excess = float(np.sum(weight * off2)) - wanted
        if tau2 == 0 and excess <= 0:
            return 0.0
        low, high = (tau2, high) if excess > 0 else (low, tau2)
        newton = tau2 + excess / float(np.sum(weight**2 * off2))
        following = newton if low <= newton <= high else (low + high) / 2
        if abs(following - tau2) <= 1e-15 * max(following, 1e-300):
            break
        tau2 = following
    return tau2


def shrink(values: ArrayLike, variances: ArrayLike, tau2: float) -> tuple[Floats, Floats, float]:
    """Each value drawn towards the common mean by B = v / (v + τ²): shrunken values, B, and the mean."""
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    weight = 1 / (v + tau2)
    mean = float(np.sum(weight * y) / np.sum(weight))
    pull = v * weight
    return pull * mean + (1 - pull) * y, pull, mean


def standard_errors(values: ArrayLike, variances: ArrayLike, around: ArrayLike, *, largest: float = np.inf) -> Floats:
    """Root mean square distance of the groups' truths from the values ``around``, averaged over what τ may be. [3]_

    Taking τ for known would make the intervals of shrunken values too short, by half where few groups happen to agree.
    ``largest`` bounds τ; two groups need a bound.
    """
    y, v, centre = (np.asarray(a, dtype=np.float64) for a in (values, variances, around))
    # steps that are fine near 0 and coarse far out: τ = unit · u / (1 - u)
    unit = float(np.sqrt(np.median(v) + paule_mandel(y, v)))
    last = 1.0 if np.isinf(largest) else largest / (largest + unit)
    u = (np.arange(_GRID) + 0.5) / _GRID * last
    tau2 = (unit * u / (1 - u))[:, None] ** 2
    weight = 1 / (v + tau2)
    total = weight.sum(axis=-1, keepdims=True)
    mean = np.sum(weight * y, axis=-1, keepdims=True) / total
    log_chance = (
        np.sum(np.log(weight), axis=-1) - np.log(total[:, 0]) - np.sum(weight * (y - mean) ** 2, axis=-1)
    ) / 2 - 2 * np.log1p(-u)
    chance = np.exp(log_chance - log_chance.max())
    pull = v * weight
    distance2 = (1 - pull) * v + pull**2 / total + (pull * mean + (1 - pull) * y - centre) ** 2
    return np.asarray(np.sqrt(chance @ distance2 / chance.sum()))


def james_stein(values: ArrayLike, variance: float) -> tuple[Floats, float]:
    """Values drawn towards their mean under one known variance, and the share c of each deviation that is kept. [2]_

    c = 1 - (k - 3) v / Σ (y - ȳ)², never below 0; at least four groups.

    Examples
    --------
    >>> shrunken, kept = james_stein([0.0, 1.0, 2.0, 3.0, 4.0], 1.0)
    >>> round(kept, 3)
    0.8
    """
    y = np.asarray(values, dtype=np.float64)
    off = y - y.mean()
    spread = float(np.sum(off**2))
    kept = max(1 - (y.size - 3) * variance / spread, 0.0) if spread > 0 else 0.0
    return y.mean() + kept * off, kept


def expected_ranks(means: ArrayLike, errors: ArrayLike) -> Floats:
    """Mean rank of each group, 1 the highest, exact: one and the chances that each other group is above it."""
    m, s = np.asarray(means, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    z = (m[None, :] - m[:, None]) / np.sqrt(s[None, :] ** 2 + s[:, None] ** 2)
    return np.asarray(special.ndtr(z).sum(axis=1) + 0.5)  # a group is above itself in half of the cases


def rank_intervals(
    means: ArrayLike,
    errors: ArrayLike,
    *,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 2026,
    draws: int = 4000,
) -> tuple[Floats, Floats, Floats]:
    """Median rank and limits of each group's rank, 1 the highest, from independent normal draws. [4]_

    Draws of all groups are held at once: 4,000 draws of 1,000 groups take some 100 MB.
    """
    m, s = np.asarray(means, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    generator = np.random.default_rng(rng)
    ranks = np.empty((draws, m.size), dtype=np.int32)
    order = np.argsort(-(m + s * generator.standard_normal((draws, m.size))), axis=1)
    np.put_along_axis(ranks, order, np.arange(1, m.size + 1, dtype=np.int32)[None, :], axis=1)
    ranks.sort(axis=0)
    tail = (1 - confidence) / 2
    below = int(tail * draws)
    median, low, high = (ranks[at].astype(np.float64) for at in (draws // 2, below, draws - 1 - below))
    return median, low, high


def funnel_limits(n: ArrayLike, shares: ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Net scores between which a group of n answers stays by chance alone, in [-1, 1]. [5]_

    ``shares`` of detractors, passives and promoters are those of all groups together. Up to 200 answers the limits are exact:
    strictly outside lies at most half of one less the confidence on each side, often less, as few answers make few scores.
    Above, Cornish and Fisher's expansion with skewness and kurtosis. Without answers the limits are the widest possible.

    Examples
    --------
    >>> low, high = funnel_limits([10, 1000], [0.2, 0.3, 0.5])
    >>> print(low.round(2), high.round(2))
    [-0.2   0.25] [0.8  0.35]
    """
    size, share = np.asarray(n, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    low, high = np.full(size.shape, -1.0), np.full(size.shape, 1.0)
    tail = (1 - confidence) / 2
    large = size > _EXACT_UP_TO
    low[large], high[large] = _expansion(size[large], share, tail)
    rounded = np.where(large, 0, np.rint(size)).astype(np.int64)
    chance = np.ones(1)
    for answers in range(1, int(rounded.max(initial=0)) + 1):
        chance = np.convolve(chance, share)
        if (here := rounded == answers).any():
            # the last score that has no more than the tail beyond it; a hair of room for sums of rounded chances
            low[here] = np.searchsorted(np.cumsum(chance), tail * (1 + 1e-9), side="right") / answers - 1
            high[here] = 1 - np.searchsorted(np.cumsum(chance[::-1]), tail * (1 + 1e-9), side="right") / answers
    return low, high


def _expansion(n: Floats, share: Floats, tail: float) -> tuple[Floats, Floats]:
    off = np.array([-1.0, 0.0, 1.0]) - (share[2] - share[0])
    variance = float(share @ off**2)
    if variance == 0:
        here = np.full(n.shape, share[2] - share[0])
        return here, here
    skewness = float(share @ off**3) / variance**1.5 / np.sqrt(n)
    kurtosis = (float(share @ off**4) / variance**2 - 3) / n
    limits = []
    for z in (float(special.ndtri(tail)), -float(special.ndtri(tail))):
        bent = z + (z**2 - 1) * skewness / 6 + (z**3 - 3 * z) * kurtosis / 24 - (2 * z**3 - 5 * z) * skewness**2 / 36
        limits.append(np.clip(share[2] - share[0] + bent * np.sqrt(variance / n), -1, 1))
    return limits[0], limits[1]
