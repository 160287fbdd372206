"""Find where acceptance ends, for many problems at once.

Score and mid-P limits are the ends of a set of accepted values. Bisection on *accepted or not* needs no sign change,
so it also works where the set touches the edge of what is possible, which is where bracketing root finders give up.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["edge_of_acceptance"]

_HALVINGS = 64  # from a bracket of 2 down to less than one unit in the last place of any double


def edge_of_acceptance(
    accepted: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
    inside: NDArray[np.float64],
    outside: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Last accepted value between ``inside`` (accepted) and ``outside`` (the farthest possible).

    Gives ``outside`` itself where that is accepted too.
    """
    good = np.array(inside, dtype=np.float64)
    bad = np.array(np.broadcast_to(outside, good.shape), dtype=np.float64)
    reached = accepted(bad)
    for _ in range(_HALVINGS):
        middle = good + (bad - good) / 2
        ok = accepted(middle)
        good = np.where(ok, middle, good)
        bad = np.where(ok, bad, middle)
    return np.where(reached, np.broadcast_to(outside, good.shape), good)
