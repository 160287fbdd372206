"""The one door for data-frame engines: count inside the engine, and bring out only the counts.

Counting is one GROUP BY with COUNT(*), written in the portable core of narwhals, so that pandas, polars, pyarrow, DuckDB, Dask,
PySpark and whatever else narwhals reads give the same whole numbers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from servicematters.core.arrays import IntArray
from servicematters.core.counts import CountsTable, as_column, count_columns, first_position, refuse_overlap
from servicematters.core.errors import (
    InvalidValueError,
    MissingColumnError,
    MissingExtraError,
    UnsupportedEngineError,
    WrongKindError,
)
from servicematters.core.index import Index

__all__ = ["build", "count", "count_weighted", "take", "values"]

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]

_READERS = ("pyarrow", "polars", "pandas")  # what can hold the few rows that an engine without rows of its own gives back
_ROWS = "sv__rows"
_WEIGHT, _SQUARE, _BAD = "sv__weight", "sv__square", "sv__bad"


def _open(frame: Any) -> Frame:
    try:
        return _opened(frame)
    except DuplicateError as error:
        msg = f"columns must have different names: {' '.join(str(error).split())}"
        raise InvalidValueError(msg) from error


def _opened(frame: Any) -> Frame:
    native = nw.to_native(frame, pass_through=True)
    if isinstance(nw.from_native(native, pass_through=True, allow_series=True), nw.Series):
        msg = "a frame was expected, got a single column; count it by of(column)"
        raise WrongKindError(msg)
    try:
        opened = nw.from_native(native)
    except TypeError:
        if not hasattr(native, "__arrow_c_stream__"):
            msg = (
                f"cannot count on {type(native).__module__}.{type(native).__name__}; give a frame of pandas, polars, pyarrow, "
                "DuckDB, Dask or PySpark, anything with __arrow_c_stream__, or a mapping of columns"
            )
            raise UnsupportedEngineError(msg) from None
        return nw.from_arrow(native, backend=_reader())  # type: ignore[arg-type]
    if not isinstance(opened, nw.DataFrame | nw.LazyFrame):
        msg = f"a frame was expected, got {type(native).__name__}"
        raise UnsupportedEngineError(msg)
    return opened


def _reader() -> str:
    for name in _READERS:
        if find_spec(name):
            return name
    raise MissingExtraError("reading the counts back from this engine", "cli")


def _collected(frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    engine = frame.implementation
    if engine.is_pandas_like() or engine.is_polars() or engine.is_pyarrow() or engine.is_dask():
        return frame.collect()
    return frame.collect(_reader())  # type: ignore[arg-type]


def _names(by: str | Iterable[str]) -> tuple[str, ...]:
    return (by,) if isinstance(by, str) else tuple(by)


def _require(there: Sequence[str], wanted: Iterable[str]) -> None:
    for name in wanted:
        if name not in there:
            raise MissingColumnError(name, there)


def values(series: Any) -> NDArray[Any]:
    """A single column of any engine, array or list, as ``as_column`` gives it."""
    if isinstance(series, np.ndarray | list | tuple):
        return as_column(series)
    opened = nw.from_native(series, pass_through=True, allow_series=True)
    if isinstance(opened, nw.DataFrame | nw.LazyFrame):
        msg = "a single column was expected, got a frame; name the column: from_frame(frame, value)"
        raise WrongKindError(msg)
    return _array(opened) if isinstance(opened, nw.Series) else as_column(series)


def _array(column: nw.Series[Any]) -> NDArray[Any]:
    """A column that left its engine: numbers with nan for empty cells, or objects with None."""
    if column.dtype.is_numeric() and column.dtype != nw.Decimal:
        if column.null_count():
            column = column.cast(nw.Float64)
        return np.asarray(column.to_numpy())
    return as_column(_listed(column))


def _labels(column: nw.Series[Any]) -> Any:
    """A column of labels, as an array where that is quicker to tell apart than Python objects."""
    kind = column.dtype
    plain_days = kind == nw.Date or (kind == nw.Datetime and getattr(kind, "time_zone", None) is None)
    if plain_days or (kind.is_integer() and not column.null_count()):
        return column.to_numpy()
    return _listed(column)


def _listed(column: nw.Series[Any]) -> list[Any]:
    if not column.null_count():
        return column.to_list()
    empty = column.is_null().to_list()
    return [None if gone else value for value, gone in zip(column.to_list(), empty, strict=True)]


def count(frame: Any, value: str, *, by: str | Iterable[str] = ()) -> CountsTable:
    """Rows per cell and distinct value.

    Parameters
    ----------
    frame
        A frame of any engine, or a mapping of column names to arrays or lists, which needs no engine.
    value
        Column to count.
    by
        Columns that cut the rows into cells.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    UnsupportedEngineError
        If the thing is no frame that can be counted on.
    """
    names = _names(by)
    opened = _opened_for(frame, value, names)
    if isinstance(opened, dict):
        return count_columns(opened, value, names)
    table = _collected(opened.lazy().group_by(*names, value).agg(nw.len().alias(_ROWS)))
    return _table(table, value, names, opened)


def _opened_for(frame: Any, value: str, by: tuple[str, ...], *others: str) -> Frame | dict[str, Any]:
    """The frame, checked for what is asked of it; or its columns, where they are to be counted in memory.

    A mapping has no engine. Columns of Python objects have one, but it would count True and 1 as one value.
    """
    wanted: tuple[Any, ...] = (value, *others, *by)
    if odd := [name for name in wanted if not isinstance(name, str)]:
        msg = f"names of columns must be text, got {odd[0]!r}; rename the columns first"
        raise WrongKindError(msg)
    refuse_overlap(value, by, *others)
    if isinstance(frame, Mapping):
        _require(list(frame), wanted)
        return {name: frame[name] for name in wanted}
    opened = _open(frame)
    schema = opened.collect_schema()
    _require(schema.names(), wanted)
    if reserved := [name for name in wanted if name.startswith("sv__")]:
        msg = f"names that begin with sv__ are needed for counting, got {reserved[0]!r}; rename the column first"
        raise InvalidValueError(msg, value=reserved[0])
    for name in wanted:
        if schema[name].is_nested():
            msg = f"column {name!r} holds lists or records, {schema[name]}; single values were expected"
            raise WrongKindError(msg)
    if isinstance(opened, nw.DataFrame) and any(schema[name] in (nw.Object, nw.Unknown) for name in wanted):
        return {name: _array(opened[name]) for name in wanted}
    return opened


def _table(table: nw.DataFrame[Any], value: str, by: tuple[str, ...], source: Frame, *sums: str) -> CountsTable:
    index, cell = Index.of(by, [_labels(table[name]) for name in by], len(table))
    return CountsTable(
        index,
        cell,
        _array(table[value]),
        table[_ROWS].cast(nw.Int64).to_numpy().astype(np.int64),
        {name: table[name].cast(nw.Float64).to_numpy().astype(np.float64) for name in sums},
        locate=_finder(source[value]) if isinstance(source, nw.DataFrame) else None,
    )


def _finder(column: nw.Series[Any]) -> Callable[[object], int | None]:
    return lambda value: first_position(_array(column), value)


def count_weighted(frame: Any, value: str, weight: str, *, by: str | Iterable[str] = ()) -> CountsTable:
    """As ``count``, with the sums of weights, of squared weights, and the number of rows without a usable weight.

    The sums are named "weight", "square" and "bad"; a usable weight is finite and 0 or more.
    """
    names = _names(by)
    opened = _opened_for(frame, value, names, weight)
    if isinstance(opened, dict):
        return count_columns(opened, value, names, weight=weight)
    kind = opened.collect_schema()[weight]
    if not kind.is_numeric():
        msg = f"weights must be numbers, got {kind} under {weight!r}"
        raise WrongKindError(msg)
    given = nw.col(weight).cast(nw.Float64)
    usable = ((given >= 0) & (given <= float(np.finfo(np.float64).max))).fill_null(False)  # noqa: FBT003
    table = _collected(
        opened.lazy()
        .select(*names, value, given.alias(_WEIGHT), usable.alias(_BAD))
        .with_columns(nw.when(nw.col(_BAD)).then(nw.col(_WEIGHT)).otherwise(nw.lit(0.0)).alias(_WEIGHT))
        .with_columns(
            (nw.col(_WEIGHT) * nw.col(_WEIGHT)).alias(_SQUARE),
            nw.when(nw.col(_BAD)).then(nw.lit(0)).otherwise(nw.lit(1)).alias(_BAD),
        )
        .group_by(*names, value)
        .agg(nw.len().alias(_ROWS), nw.col(_WEIGHT).sum(), nw.col(_SQUARE).sum(), nw.col(_BAD).sum())
    )
    counted = _table(table, value, names, opened, _WEIGHT, _SQUARE, _BAD)
    sums = {short: counted.sums[name] for short, name in (("weight", _WEIGHT), ("square", _SQUARE), ("bad", _BAD))}
    return CountsTable(counted.index, counted.cell, counted.value, counted.rows, sums, counted.locate)


def take(frame: Any, columns: Sequence[str], choose: Callable[[int], IntArray]) -> tuple[dict[str, NDArray[Any]], int]:
    """Some rows of some columns; ``choose`` gets the number of rows and gives the positions to take, sorted.

    On lazy engines, which keep no row order, rows are numbered by their content. Numbers come as float64, whichever rows are
    drawn, with nan for empty cells.
    """
    if isinstance(frame, Mapping):
        _require(list(frame), columns)
        arrays = {name: _numbers_as_floats(as_column(frame[name], name)) for name in columns}
        total = len(next(iter(arrays.values()), ()))
        chosen = choose(total)
        return {name: array[chosen] for name, array in arrays.items()}, total
    opened = _open(frame)
    _require(opened.collect_schema().names(), columns)
    if isinstance(opened, nw.DataFrame):
        total, held = len(opened), opened.select(*columns)
        chosen = choose(total)
        return {name: _numbers_as_floats(_array(held[name]))[chosen] for name in columns}, total
    total = int(_collected(opened.select(nw.len().alias(_ROWS)))[_ROWS].to_list()[0])
    chosen, wanted = choose(total), opened.select(*columns)
    if chosen.size < total:
        if opened.implementation.is_dask():
            msg = "Dask keeps no order to draw rows by; draw there first: frame.sample(frac=…).compute()"
            raise UnsupportedEngineError(msg)
        numbered = wanted.with_row_index(_ROWS, order_by=list(columns))
        wanted = numbered.filter(nw.col(_ROWS).is_in(chosen.tolist())).select(*columns)
    held = _collected(wanted)
    return {name: _numbers_as_floats(_array(held[name])) for name in columns}, total


def _numbers_as_floats(column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(np.float64) if column.dtype.kind in "iuf" else column


def build(columns: Mapping[str, Sequence[Any]], backend: str) -> Any:
    """A native frame of ``backend`` from columns."""
    if backend not in _READERS:
        msg = f"backend must be one of {', '.join(sorted(_READERS))}, got {backend!r}"
        raise UnsupportedEngineError(msg)
    if not find_spec(backend):
        msg = f"{backend} is not installed; install it, or use to_dict() or columns(), which need nothing"
        raise UnsupportedEngineError(msg)
    return nw.from_dict(dict(columns), backend=backend).to_native()  # type: ignore[arg-type]
