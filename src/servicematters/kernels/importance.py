"""How much of R² belongs to each predictor, when the predictors go together.

Everything starts from correlations: ``r_xx`` (..., p, p) of the predictors and ``r_xy`` (..., p) with the outcome. Leading axes
hold many problems, such as resamples; a share has the shape (..., players). Two numbers per pair of columns are all that is
needed of the rows, see ``moments``. A column that the ones before it determine, or that never varies, explains nothing.

References
----------
.. [1] R. H. Lindeman, P. F. Merenda, R. Z. Gold, *Introduction to Bivariate and Multivariate Analysis*, Scott, Foresman 1980.
   *Averaging over orders; no way to compute it for more than a few predictors.*
.. [2] U. Grömping, "Relative importance for linear regression in R: the package relaimpo," J. Stat. Softw. 17(1) (2006).
   https://doi.org/10.18637/jss.v017.i01 *The six measures side by side.*
.. [3] J. W. Johnson, "A heuristic method for estimating the relative weight of predictor variables in multiple regression,"
   Multivariate Behav. Res. 35 (2000), 1-19. https://doi.org/10.1207/S15327906MBR3501_1
.. [4] A. Genizi, "Decomposition of R² in multiple regression with correlated regressors," Statistica Sinica 3 (1993), 407-420.
   *The same shares as Johnson's, seven years earlier.*
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MOST_PLAYERS",
    "SINGULAR",
    "betas",
    "betasq",
    "correlations",
    "determined",
    "explained",
    "first",
    "johnson",
    "last",
    "lmg",
    "moments",
    "percentiles",
    "pratt",
    "rank_limits",
    "ranks",
    "resampled",
    "standardised",
]

Floats = NDArray[np.float64]

MOST_PLAYERS = 20
"""Most players of ``lmg``: 2 to the power of that many models are fitted."""
SINGULAR = 1e-10
"""Share of a column's variance left over by the other columns, below which it counts as determined by them. [1]"""

_AT_ONCE = 1 << 18  # models in hand; more than fit the cache are slower, not faster
_ROWS_AT_ONCE = 1 << 14
_DRAWS_AT_ONCE = 1 << 22


def moments(columns: ArrayLike, weights: ArrayLike) -> Floats:
    """Weighted sums of products of every two columns, the column of ones among them.

    Parameters
    ----------
    columns
        One row an observation: (n, p). Centre them first where they lie far from 0.
    weights
        One weight a row, (..., n): numbers of repetitions, or sampling weights.

    Returns
    -------
    ndarray
        (..., p + 1, p + 1), the ones first. Sums of moments of parts are those of the whole.
    """
    x, w = np.asarray(columns, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    z = np.vstack([np.ones(len(x)), x.T])
    left, right = np.triu_indices(len(z))
    flat = w.reshape(-1, w.shape[-1])
    sums = np.zeros((len(flat), left.size))
    for start in range(0, len(x), _ROWS_AT_ONCE):
        block = z[:, start : start + _ROWS_AT_ONCE]
        sums += flat[:, start : start + _ROWS_AT_ONCE] @ (block[left] * block[right]).T
    square = np.empty((len(flat), len(z), len(z)))
    square[:, left, right] = square[:, right, left] = sums
    return square.reshape(*w.shape[:-1], *square.shape[1:])


def resampled(columns: ArrayLike, weights: ArrayLike, *, rounds: int, rng: np.random.Generator) -> Iterator[Floats]:
    """``moments`` of rows drawn with replacement, each with its weight; some rounds at a time, so that memory stays bounded."""
    x, w = np.asarray(columns, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    n = len(x)
    step = max(16, _DRAWS_AT_ONCE // n)
    for start in range(0, rounds, step):
        drawn = rng.integers(0, n, size=(min(step, rounds - start), n), dtype=np.int32)
        yield moments(x, np.stack([np.bincount(row, minlength=n) * w for row in drawn]))


def percentiles(value: ArrayLike, drawn: ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Limits for shares in [0, 1] from resamples along the first axis: percentiles, the low end less twice the bias.

    A share cannot be negative, so a sample overstates it, by about as much as a resample overstates the sample's; percentiles
    lie above the truth by both. The high end stays where it is, which errs on the wide side.
    """
    point, many = np.clip(value, 0, 1), np.asarray(drawn, dtype=np.float64)
    low, high = np.quantile(many, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    bias = np.maximum(many.mean(axis=0) - point, 0)
    return np.clip(low - 2 * bias, 0, point), np.clip(high, point, 1)


def ranks(shares: ArrayLike) -> Floats:
    """Place of each share along the last axis, 1 the largest; equal shares have one place."""
    s = np.asarray(shares, dtype=np.float64)
    places: Floats = 1.0 + (s[..., None, :] > s[..., :, None] + 1e-12).sum(axis=-1)
    return places


def rank_limits(value: ArrayLike, drawn: ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Places that resampling leaves open: percentiles of the ranks in resamples, rounded outward."""
    place, many = ranks(value), ranks(drawn)
    low = np.quantile(many, (1 - confidence) / 2, axis=0, method="lower")
    high = np.quantile(many, (1 + confidence) / 2, axis=0, method="higher")
    return np.minimum(low, place), np.maximum(high, place)


def standardised(columns: ArrayLike, weights: ArrayLike) -> Floats:
    """Columns with weighted mean 0 and variance 1, so that sums of their products keep their digits; none may be constant."""
    x, w = np.asarray(columns, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    z = x / np.abs(x).max(axis=0)  # first, so that squares neither overflow nor vanish
    z = z - np.average(z, axis=0, weights=w)
    z = z / np.abs(z).max(axis=0)
    scaled: Floats = z / np.sqrt(np.average(z**2, axis=0, weights=w))
    return scaled


def determined(r_xx: ArrayLike) -> tuple[int, list[int]] | None:
    """The first column that the ones before it determine, and which of them do; None if all are free."""
    xx = np.asarray(r_xx, dtype=np.float64)
    for j in range(1, len(xx)):
        made_of = np.linalg.solve(xx[:j, :j], xx[:j, j])
        if 1 - made_of @ xx[:j, j] <= SINGULAR:
            return j, [int(i) for i in np.flatnonzero(np.abs(made_of) > 1e-6)]
    return None


def correlations(sums: ArrayLike) -> tuple[Floats, Floats]:
    """Correlations from ``moments`` of predictors and outcome, the outcome last; 0 for a column that never varies.

    Examples
    --------
    >>> r_xx, r_xy = correlations(moments([[0, 1], [1, 3], [2, 5]], [1, 1, 1]))
    >>> print(r_xx, r_xy)
    [[1.]] [1.]
    """
    m = np.asarray(sums, dtype=np.float64)
    total = m[..., :1, :1]
    mean = m[..., :1, 1:] / total
    covariance = m[..., 1:, 1:] / total - mean * np.swapaxes(mean, -1, -2)
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    square = np.diagonal(m, axis1=-2, axis2=-1)[..., 1:] / total[..., 0]
    varies = variance > 1e-12 * square
    scale = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1)), 0.0)
    r = covariance * scale[..., :, None] * scale[..., None, :]
    return r[..., :-1, :-1], r[..., :-1, -1]


def explained(r_xx: ArrayLike, r_xy: ArrayLike, *, groups: Sequence[Sequence[int]] | None = None) -> Floats:
    """R² of every subset of the predictors: (..., 2 to the power of players).

    Parameters
    ----------
    r_xx, r_xy
        Correlations.
    groups
        Positions of the columns that each player brings along; without it each column plays for itself.

    Returns
    -------
    ndarray
        At position s stands the subset of those players j whose bit ``1 << j`` is set in s.

    Notes
    -----
    Player by player, what remains of the matrix is doubled: once without the player's columns, once with them swept out
    (the Schur complement). Each model costs a few operations; nothing is inverted.

    Examples
    --------
    >>> print(explained([[1, 0.5], [0.5, 1]], [0.6, 0.3]))
    [0.   0.36 0.09 0.36]
    """
    xx, xy, players, lead = _problem(r_xx, r_xy, groups)
    parts = [_all_subsets(a, b, players).T for a, b in _few_at_once(xx, xy, 1 << len(players))]
    return np.concatenate(parts).reshape(*lead, -1)


def lmg(r_xx: ArrayLike, r_xy: ArrayLike, *, groups: Sequence[Sequence[int]] | None = None) -> Floats:
    """Shapley shares of R²: what a player adds, averaged over all orders of entering. [1]_ [2]_

    Parameters
    ----------
    r_xx, r_xy
        Correlations.
    groups
        Positions of the columns that each player brings along; without it each column plays for itself.

    Returns
    -------
    ndarray
        (..., players): 0 or more, adding up to R².

    Raises
    ------
    ValueError
        For more than ``MOST_PLAYERS`` players.

    Examples
    --------
    >>> print(lmg([[1, 0.5], [0.5, 1]], [0.6, 0.3]))
    [0.315 0.045]
    """
    xx, xy, players, lead = _problem(r_xx, r_xy, groups)
    k = len(players)
    if k > MOST_PLAYERS:
        msg = f"lmg fits 2 to the power of players models, so {MOST_PLAYERS} players at most, got {k}; use johnson, or groups"
        raise ValueError(msg)
    joined, left = _shapley_weights(k)
    shares = []
    for a, b in _few_at_once(xx, xy, 1 << k):
        r2 = _all_subsets(a, b, players)
        without = left @ r2
        r2 *= (joined + left)[:, None]
        phi = np.empty((k, r2.shape[1]))
        for j in reversed(range(k)):  # fold the highest player away: what is below needs only the sum of both halves
            low, high = r2[: 1 << j], r2[1 << j :]
            phi[j] = high.sum(axis=0) - without
            r2 = low + high
        shares.append(np.maximum(phi, 0.0).T)  # rounding alone makes them less
    return np.concatenate(shares).reshape(*lead, k)


def johnson(r_xx: ArrayLike, r_xy: ArrayLike) -> Floats:
    """Relative weights: R² shared out by way of the nearest uncorrelated columns. [3]_ [4]_

    The same as ``lmg`` for two predictors, near it for more, and cheap for a hundred.

    Examples
    --------
    >>> print(johnson([[1, 0.5], [0.5, 1]], [0.6, 0.3]).round(12))
    [0.315 0.045]
    """
    xx, xy = np.asarray(r_xx, dtype=np.float64), np.asarray(r_xy, dtype=np.float64)
    values, vectors = np.linalg.eigh(xx)
    known = values > SINGULAR
    roots = np.sqrt(np.where(known, values, 0.0))
    turned = np.swapaxes(vectors, -1, -2)
    loadings = (vectors * roots[..., None, :]) @ turned
    inverse = np.where(known, 1 / np.where(known, roots, 1), 0.0)
    slopes = (vectors * inverse[..., None, :]) @ (turned @ xy[..., None])
    weights: Floats = (loadings**2 @ slopes**2)[..., 0]
    return weights


def betas(r_xx: ArrayLike, r_xy: ArrayLike) -> Floats:
    """Standardised coefficients of the model with all predictors."""
    xx, xy = np.asarray(r_xx, dtype=np.float64), np.asarray(r_xy, dtype=np.float64)
    return np.asarray(np.asarray(np.linalg.solve(xx, xy[..., None])[..., 0]), dtype=np.float64)


def first(r_xx: ArrayLike, r_xy: ArrayLike) -> Floats:
    """R² of each predictor alone; adds up to too much where predictors go together."""
    del r_xx
    return np.asarray(r_xy, dtype=np.float64) ** 2


def last(r_xx: ArrayLike, r_xy: ArrayLike) -> Floats:
    """What each predictor adds to all the others; adds up to too little where predictors go together."""
    inverse = np.linalg.inv(np.asarray(r_xx, dtype=np.float64))
    return betas(r_xx, r_xy) ** 2 / np.diagonal(inverse, axis1=-2, axis2=-1)


def betasq(r_xx: ArrayLike, r_xy: ArrayLike) -> Floats:
    """Squared standardised coefficients; add up to R² only where no predictors go together."""
    return betas(r_xx, r_xy) ** 2


def pratt(r_xx: ArrayLike, r_xy: ArrayLike) -> Floats:
    """Coefficient times correlation: adds up to R², but can be negative, which no share can."""
    return betas(r_xx, r_xy) * np.asarray(r_xy, dtype=np.float64)


def _problem(
    r_xx: ArrayLike, r_xy: ArrayLike, groups: Sequence[Sequence[int]] | None
) -> tuple[Floats, Floats, list[int], tuple[int, ...]]:
    """Correlations with one leading axis and the columns in the players' order, the players' sizes, and the leading shape."""
    xx, xy = np.asarray(r_xx, dtype=np.float64), np.asarray(r_xy, dtype=np.float64)
    p = xy.shape[-1]
    parts = [[j] for j in range(p)] if groups is None else [list(group) for group in groups]
    order = [j for part in parts for j in part]
    xx, xy = xx[..., order, :][..., order], xy[..., order]
    return xx.reshape(-1, len(order), len(order)), xy.reshape(-1, len(order)), [len(part) for part in parts], xy.shape[:-1]


def _few_at_once(xx: Floats, xy: Floats, models: int) -> Iterator[tuple[Floats, Floats]]:
    step = max(1, _AT_ONCE // models)
    for start in range(0, max(len(xx), 1), step):
        yield xx[start : start + step], xy[start : start + step]


def _all_subsets(xx: Floats, xy: Floats, players: Sequence[int]) -> Floats:
    """R² of all subsets, (subsets, problems).

    Only the upper triangle is kept, row by row, each row (columns from the diagonal on, subsets, problems), so that all models
    of all problems lie side by side in memory. The outcome is the last column; its own variance starts at 0, and what is swept
    out of it is R² with the sign turned.
    """
    p = xy.shape[1]
    rows = [np.concatenate([xx[:, i, i:], xy[:, i : i + 1]], axis=1).T[:, None, :] for i in range(p)]
    rows.append(np.zeros((1, 1, len(xy))))
    for size in players:
        without, swept = rows[size:], rows
        for _ in range(size):
            swept = _sweep(swept)
        rows = [np.concatenate(both, axis=1) for both in zip(without, swept, strict=True)]
    r2: Floats = 0.0 - rows[0][0]  # and not -0.0
    return r2


def _sweep(rows: list[Floats]) -> list[Floats]:
    """Schur complement of the first column; nothing happens where it is determined already."""
    pivot, rest = rows[0][0], rows[0][1:]
    known = pivot > SINGULAR
    scaled = rest * np.where(known, 1 / np.where(known, pivot, 1), 0.0)
    return [row - scaled[i] * rest[i:] for i, row in enumerate(rows[1:])]


def _shapley_weights(players: int) -> tuple[Floats, Floats]:
    """By subset: the weight of its R² for a member, who has just joined, and (negative) for an outsider, who is about to."""
    size = np.zeros(1, dtype=np.int64)
    for _ in range(players):
        size = np.concatenate([size, size + 1])
    orders = np.ones(players + 1)  # C(players - 1, s - 1) orders of those before: 1 / (players * C) for a member of size s
    for s in range(2, players + 1):
        orders[s] = orders[s - 1] * (players - s + 1) / (s - 1)
    member = np.concatenate([[0.0], 1 / (players * orders[1:])])
    return member[size], np.concatenate([member[1:], [0.0]])[size]
