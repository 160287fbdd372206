"""Arrays that stay as they are: copied on the way in, read-only for good."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servicematters.core.errors import InvalidValueError, WrongKindError

__all__ = ["FloatArray", "IntArray", "amounts", "floats", "sealed", "whole", "whole_microseconds"]

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def sealed(array: NDArray[Any]) -> NDArray[Any]:
    """Copy an array so that nobody can write into it: numpy refuses even to lift the write protection."""
    return np.frombuffer(array.tobytes(), dtype=array.dtype).reshape(array.shape)


def whole(values: ArrayLike, name: str = "counts") -> IntArray:
    """Whole numbers, 0 or more, as a sealed int64 array.

    Raises
    ------
    WrongKindError
        For anything but whole numbers; a float is refused even where it is 3.0, because a share is not a count.
    InvalidValueError
        For a negative count.
    """
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        msg = f"{name} must be whole numbers, got dtype {array.dtype}; round first, or count again: a share is not a count"
        raise WrongKindError(msg)
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        msg = f"{name} must fit 64 bits with sign, got {array.max()}"
        raise InvalidValueError(msg, value=int(array.max()))
    if array.size and array.min() < 0:
        at = int(np.argmin(array.ravel() >= 0))
        msg = f"{name} must be 0 or more, got {array.ravel()[at]} at position {at}"
        raise InvalidValueError(msg, value=int(array.ravel()[at]), position=at)
    sealed_array: IntArray = sealed(np.ascontiguousarray(array, dtype=np.int64).reshape(array.shape))
    return sealed_array


def amounts(values: ArrayLike, name: str = "weights") -> FloatArray:
    """Finite numbers, 0 or more, as a sealed float64 array."""
    array = floats(values)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        at = int(np.argmax(bad.ravel()))
        msg = f"{name} must be finite and 0 or more, got {array.ravel()[at]} at position {at}"
        raise InvalidValueError(msg, value=float(array.ravel()[at]), position=at)
    return array


def floats(values: ArrayLike | Sequence[Any]) -> FloatArray:
    """Numbers as a sealed float64 array; None becomes nan, as JSON has no other way to say it."""
    array = np.asarray(values, dtype=np.float64)
    sealed_array: FloatArray = sealed(array)
    return sealed_array


def whole_microseconds(times: NDArray[Any], name: str) -> NDArray[Any]:
    """Times in microseconds, which Python can hold; refused rather than cut where they are finer.

    Raises
    ------
    InvalidValueError
        If a time has nanoseconds.
    """
    coarse = times.astype(f"{times.dtype.kind}8[us]")
    finer = (coarse != times) & ~np.isnat(times)
    if finer.any():
        at = int(np.argmax(finer))
        msg = f"{name} has a time with nanoseconds, {times[at]} at position {at}; truncate it first"
        raise InvalidValueError(msg, value=times[at], position=at)
    return np.asarray(coarse)
