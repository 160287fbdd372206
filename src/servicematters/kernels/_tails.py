"""Quantiles and tail areas that several kernels need.

scipy.special is imported where it is used, here and in the kernels: it would double the time to a first interval, which needs
nothing but a normal quantile.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["chi_square_p", "two_sided_p", "z_of"]


def z_of(confidence: float) -> float:
    """Half-width of the central ``confidence`` of a standard normal. [standard deviations]

    Examples
    --------
    >>> round(z_of(0.95), 6)
    1.959964
    """
    return -NormalDist().inv_cdf((1 - confidence) / 2)


def two_sided_p(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance of a standard normal at least as far from 0; nan for nan."""
    from scipy import special

    return np.asarray(2 * special.ndtr(-np.abs(z)))


def chi_square_p(
    statistic: NDArray[np.float64], groups: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """The statistic, its degrees of freedom (groups that take part, less one) and its p-value; nan below two groups."""
    from scipy import special

    freedom = np.asarray(np.maximum(np.sum(groups, axis=-1) - 1, 0), dtype=np.int64)
    p_value = np.where(freedom > 0, special.chdtrc(np.maximum(freedom, 1), statistic), np.nan)
    return statistic, freedom, np.asarray(p_value)
