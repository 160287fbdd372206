"""Reduce a column to its distinct values and how often each occurs: all that a tally needs."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from servicematters.core.arrays import FloatArray, IntArray, whole_microseconds
from servicematters.core.errors import CellsDifferError, InvalidValueError, WrongKindError
from servicematters.core.index import Index, joint_codes

__all__ = ["CountsTable", "as_column", "count_columns", "first_position", "refuse_overlap", "value_counts"]

AnyArray = NDArray[Any]

# chunks that fit the caches: whole-array temporaries cost eight times the memory and twice the time
_CHUNK = 1 << 16
_BYTES_CHUNK = 1 << 19
_BYTE = 256


@frozen(eq=False)
class CountsTable:
    """Rows per cell and distinct value; the only thing that ever leaves an engine.

    Attributes
    ----------
    index
        Labels of the cells.
    cell
        For each row of the table, the position of its cell.
    value
        Its value, as counted: numbers, or objects where the column holds anything else.
    rows
        How many source rows it stands for.
    sums
        Sums over those rows of further columns, by name.
    locate
        Finds the place of a value in the source, where the source keeps an order.
    """

    index: Index
    cell: IntArray
    value: AnyArray
    rows: IntArray
    sums: Mapping[str, FloatArray] = field(factory=dict)
    locate: Callable[[object], int | None] | None = None


def as_column(values: Any, name: str = "answers") -> AnyArray:
    """One column as a numeric array, or as an object array where it holds anything but numbers and empty cells.

    A bool beside numbers keeps its own kind here, where numpy alone would make it a 1.
    """
    if isinstance(values, str | bytes | Mapping | set | frozenset) or not isinstance(values, Iterable):
        msg = f"{name} must be a list or array of single values, got {type(values).__name__}"
        raise WrongKindError(msg)
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            msg = f"{name} must have one dimension, got shape {values.shape}"
            raise WrongKindError(msg)
        if values.dtype.kind in "biuf" and not isinstance(values, np.ma.MaskedArray):
            return values
        if values.dtype.kind in "mM":  # finer units would come out as bare numbers
            values = whole_microseconds(values, name)
        return _numbers_or_objects(values.tolist())
    return _numbers_or_objects(values if isinstance(values, list | tuple) else list(values))


def _numbers_or_objects(values: Sequence[Any]) -> AnyArray:
    kinds = set(map(type, values))
    if all(map(_is_number, kinds - {type(None)})):
        whole = all(issubclass(kind, int | np.integer) for kind in kinds)
        try:
            return np.array(values, dtype=np.int64 if whole else np.float64)
        except OverflowError:
            pass  # beyond 64 bits: keep the exact value for the message
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _is_number(kind: type) -> bool:
    # a bool is an int, and a numpy time difference an integer, by inheritance only
    return issubclass(kind, int | float | np.integer | np.floating) and not issubclass(kind, bool | np.timedelta64)


def value_counts(column: AnyArray) -> tuple[AnyArray, IntArray]:
    """Distinct values of a column and how often each occurs; memory does not grow with the column."""
    if column.dtype.kind == "O":
        try:
            counted = Counter(zip(map(type, column), column, strict=True))
        except TypeError as error:
            msg = f"answers must be single values, got something that cannot be counted: {error}"
            raise WrongKindError(msg) from None
        values = np.empty(len(counted), dtype=object)
        values[:] = [value for _, value in counted]
        return values, np.fromiter(counted.values(), dtype=np.int64, count=len(counted))
    if column.dtype.kind == "b":
        true = int(np.count_nonzero(column))
        return np.array([False, True]), np.array([column.size - true, true], dtype=np.int64)
    if column.dtype.itemsize == 1:
        return _bytes_counted(column)
    return _numbers_counted(column)


def _bytes_counted(column: AnyArray) -> tuple[AnyArray, IntArray]:
    """Count bytes two at a time: half the steps of a plain bincount, and the two marginals add up to the answer."""
    pairs = np.zeros(_BYTE * _BYTE, dtype=np.int64)
    single = np.zeros(_BYTE, dtype=np.int64)
    for start in range(0, column.size, _BYTES_CHUNK):
        chunk = np.ascontiguousarray(column[start : start + _BYTES_CHUNK]).view(np.uint8)
        even = chunk.size // 2 * 2
        pairs += np.bincount(chunk[:even].view(np.uint16), minlength=pairs.size)
        single += np.bincount(chunk[even:], minlength=_BYTE)
    table = pairs.reshape(_BYTE, _BYTE)
    rows = table.sum(axis=0) + table.sum(axis=1) + single
    values = np.arange(_BYTE, dtype=np.uint8).view(column.dtype).astype(np.int64)
    return values[rows > 0], rows[rows > 0]


def _numbers_counted(column: AnyArray) -> tuple[AnyArray, IntArray]:
    """Count whole numbers from 0 to 255 by position; whatever else there is goes through a dictionary."""
    rows = np.zeros(_BYTE, dtype=np.int64)
    odd: Counter[float] = Counter()
    for start in range(0, column.size, _CHUNK):
        chunk = column[start : start + _CHUNK]
        with np.errstate(invalid="ignore"):
            small = chunk.astype(np.intp)
            fits = (small == chunk) & (small >= 0) & (small < _BYTE)
        if not fits.all():
            rest, times = np.unique(chunk[~fits], return_counts=True)
            odd.update(dict(zip(rest.tolist(), times.tolist(), strict=True)))
            small = small[fits]
        rows += np.bincount(small, minlength=_BYTE)
    common = np.flatnonzero(rows)
    if not odd:
        return common.astype(np.int64), rows[common]
    values = np.array([*common.tolist(), *odd])
    return values, np.array([*rows[common].tolist(), *odd.values()], dtype=np.int64)


def refuse_overlap(value: str, by: Sequence[str], *others: str) -> None:
    """A column cannot be counted and cut by at once: every cell would hold one value.

    Raises
    ------
    InvalidValueError
        If it is asked for.
    """
    for name in (value, *others):
        if name in by:
            msg = f"column {name!r} cannot be counted and cut by at once"
            raise InvalidValueError(msg, value=name)


def count_columns(columns: Mapping[str, Any], value: str, by: Sequence[str], *, weight: str | None = None) -> CountsTable:
    """Count in memory, without any engine: ``columns`` maps names to arrays or lists of one length.

    With ``weight`` the table also has the sums "weight", "square" and "bad": of the usable weights (finite and 0 or more),
    of their squares, and of the rows without one.
    """
    answers = as_column(columns[value], value)
    if not by and weight is None:
        values, rows = value_counts(answers)
        return CountsTable(Index(), np.zeros(rows.size, np.int64), values, rows, locate=_finder(answers))
    labels = [as_column(columns[name], name) for name in by]
    for name, column in zip(by, labels, strict=True):
        if column.size != answers.size:
            msg = f"columns must have one length, got {answers.size} under {value!r} and {column.size} under {name!r}"
            raise CellsDifferError(msg)
    distinct, codes = zip(*(_factorised(column) for column in [*labels, answers]), strict=True)
    together = joint_codes(codes, [len(values) for values in distinct], answers.size)
    _, first, back, rows = np.unique(together, return_index=True, return_inverse=True, return_counts=True)
    sums = {} if weight is None else _weight_sums(columns[weight], weight, back, first.size)
    parts = [[values[i] for i in code[first]] for values, code in zip(distinct[:-1], codes[:-1], strict=True)]
    index, cell = Index.of(tuple(by), parts, first.size)
    value_of_row = distinct[-1][codes[-1][first]]
    return CountsTable(index, cell, value_of_row, rows.astype(np.int64), sums, locate=_finder(answers))


def _weight_sums(values: Any, name: str, row: AnyArray, rows: int) -> dict[str, FloatArray]:
    given = as_column(values, name)
    if given.dtype.kind not in "iuf":
        msg = f"weights must be numbers, got {given.dtype} under {name!r}"
        raise WrongKindError(msg)
    if given.size != row.size:
        msg = f"every answer needs its weight, got {row.size} answers and {given.size} weights"
        raise CellsDifferError(msg)
    weights = given.astype(np.float64)
    usable = np.isfinite(weights) & (weights >= 0)
    kept = np.where(usable, weights, 0.0)
    parts = {"weight": kept, "square": kept**2, "bad": (~usable).astype(np.float64)}
    return {short: np.bincount(row, weights=part, minlength=rows).astype(np.float64) for short, part in parts.items()}


def _factorised(column: AnyArray) -> tuple[AnyArray, IntArray]:
    """Distinct values, and for each row the position of its value."""
    if column.dtype.kind == "O":
        where: dict[tuple[type, Any], int] = {}
        codes = np.fromiter(
            (where.setdefault(mark, len(where)) for mark in zip(map(type, column), column, strict=True)), np.int64, column.size
        )
        values = np.empty(len(where), dtype=object)
        values[:] = [value for _, value in where]
        return values, codes
    values, inverse = np.unique(column, return_inverse=True)
    return values, inverse.astype(np.int64)


def _finder(column: AnyArray) -> Callable[[object], int | None]:
    return lambda value: first_position(column, value)


def first_position(column: AnyArray, value: object) -> int | None:
    """Where ``value`` stands first in a column; None if it does not."""
    if column.dtype.kind == "O":
        return next((i for i, other in enumerate(column) if type(other) is type(value) and other == value), None)
    found = np.flatnonzero(column == value)
    return int(found[0]) if found.size else None
