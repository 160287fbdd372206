"""A share of trials with its interval: what every rate is built on."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from servicematters.core.arrays import FloatArray, whole
from servicematters.core.checks import chosen, probability
from servicematters.core.errors import CellsDifferError, InvalidValueError
from servicematters.core.estimate import Estimate
from servicematters.core.index import Index
from servicematters.kernels import binomial

__all__ = ["ShareInterval", "share", "share_of"]

ShareInterval = Literal["wilson", "clopper-pearson", "jeffreys", "agresti-coull", "mid-p", "wilson-continuity", "wald"]

_INTERVALS: dict[str, tuple[str, Callable[..., tuple[FloatArray, FloatArray]]]] = {
    "wilson": ("Wilson", binomial.wilson),
    "clopper-pearson": ("Clopper-Pearson", binomial.clopper_pearson),
    "jeffreys": ("Jeffreys", binomial.jeffreys),
    "agresti-coull": ("Agresti-Coull", binomial.agresti_coull),
    "mid-p": ("mid-P", binomial.mid_p),
    "wilson-continuity": ("Wilson with continuity correction", binomial.wilson_continuity),
    "wald": ("Wald", binomial.wald),
}


def share(
    hits: ArrayLike,
    of: ArrayLike,
    *,
    name: str = "share",
    index: Index | None = None,
    confidence: float = 0.95,
    method: ShareInterval = "wilson",
) -> Estimate:
    """Share of ``of`` trials that were hits.

    Parameters
    ----------
    hits, of
        Whole numbers that broadcast, ``hits`` never more than ``of``. [1]
    name
        What the share is called.
    index
        Labels of the cells; without it an array gets the positions 0, 1, … as labels.
    confidence
        Coverage asked for, in (0, 1). [1]
    method
        Wilson by default; Wald only because it is asked for.

    Returns
    -------
    Estimate
        [1, 0 to 1; printed in percent]; ``nan`` with [0, 1] where there were no trials.

    Raises
    ------
    InvalidValueError
        If there are more hits than trials, or a negative number of either.

    References
    ----------
    .. [1] L. D. Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion," Statist. Sci. 16 (2001).
       *Why Wilson's interval and not the textbook's.*

    Examples
    --------
    >>> print(share(81, 263, name="first contact resolution"))
    first contact resolution 30.8 % [25.5 %, 36.6 %] (95 %, n = 263, Wilson)
    """
    try:
        hit, n = np.broadcast_arrays(whole(hits, "hits"), whole(of, "of"))
    except ValueError as error:
        if isinstance(error, InvalidValueError):
            raise
        msg = f"hits and trials must have one shape, got {np.shape(hits)} and {np.shape(of)}"
        raise CellsDifferError(msg) from None
    if (hit > n).any():
        at = int(np.argmax((hit > n).ravel()))
        msg = f"hits must not exceed trials, got {hit.ravel()[at]} of {n.ravel()[at]} at position {at}"
        raise InvalidValueError(msg, value=int(hit.ravel()[at]), position=at)
    if index is None:
        index = Index() if n.ndim == 0 else Index(["position"], range(n.size))
    return share_of(hit, n, n, name=name, index=index, confidence=confidence, method=method)


def share_of(
    hits: ArrayLike,
    of: ArrayLike,
    n: ArrayLike,
    *,
    name: str,
    index: Index,
    confidence: float = 0.95,
    method: ShareInterval = "wilson",
    note: str = "",
) -> Estimate:
    """A share of effective, perhaps fractional, trials; ``n`` is what was really counted. For measures, not for users."""
    title, interval = chosen(_INTERVALS, method)
    x, m = np.asarray(hits, dtype=np.float64), np.asarray(of, dtype=np.float64)
    value = np.divide(x, m, out=np.full(m.shape, np.nan), where=m > 0)
    low, high = interval(x, m, confidence=probability(confidence))
    return Estimate(
        name=name,
        value=value,
        low=np.fmin(low, value),  # some methods leave the share itself out at low confidence
        high=np.fmax(high, value),
        n=n,
        confidence=confidence,
        unit="share",
        method=title + note,
        index=index,
    )
