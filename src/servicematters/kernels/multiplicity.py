"""P-values of many comparisons at once, adjusted so that looking at many does not turn noise into news.

Along the last axis stands one family of comparisons; ``nan`` marks one that could not be made, stays ``nan``, and does not
count. An adjusted p-value is held against the same limit as before.

References
----------
.. [1] S. Holm, "A simple sequentially rejective multiple test procedure," Scand. J. Statist. 6 (1979), 65-70.
   *The procedure; adjusted p-values are its usual restatement.*
.. [2] Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate: a practical and powerful approach to multiple
   testing," J. Roy. Statist. Soc. B 57 (1995), 289-300, doi:10.1111/j.2517-6161.1995.tb02031.x. *For independent comparisons.*
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["benjamini_hochberg", "holm"]

Floats = NDArray[np.float64]


def _sorted(p_values: ArrayLike) -> tuple[Floats, NDArray[np.intp], Floats, Floats]:
    """P-values in order, nan last, with the order, their ranks from 1 on, and the size of each family."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, axis=-1)
    ordered = np.take_along_axis(p, order, axis=-1)
    rank = np.arange(1, p.shape[-1] + 1, dtype=np.float64)
    return ordered, order, rank, np.asarray(np.sum(~np.isnan(p), axis=-1, keepdims=True), dtype=np.float64)


def _back(adjusted: Floats, ordered: Floats, order: NDArray[np.intp]) -> Floats:
    out = np.empty_like(adjusted)
    np.put_along_axis(out, order, np.where(np.isnan(ordered), np.nan, np.minimum(adjusted, 1.0)), axis=-1)
    return out


def holm(p_values: ArrayLike) -> Floats:
    """Holm's adjusted p-values: the chance of *any* false alarm in the family stays below the limit, dependent or not. [1]_

    Examples
    --------
    >>> print(holm([0.01, 0.04, 0.03, 0.20]))
    [0.04 0.09 0.09 0.2 ]
    """
    ordered, order, rank, size = _sorted(p_values)
    adjusted = np.fmax.accumulate(np.maximum(size - rank + 1, 1) * ordered, axis=-1)
    return _back(adjusted, ordered, order)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Benjamini and Hochberg's: among what is called a signal, the expected share of false alarms stays below the limit. [2]_

    Examples
    --------
    >>> print(benjamini_hochberg([0.01, 0.04, 0.03, 0.20]).round(3))
    [0.04  0.053 0.053 0.2  ]
    """
    ordered, order, rank, size = _sorted(p_values)
    scaled = size / rank * ordered
    adjusted = np.fmin.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    return _back(adjusted, ordered, order)
