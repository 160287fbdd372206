"""A bounded number of rows, for the few questions that counts cannot answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from servicematters.core.arrays import sealed
from servicematters.core.counts import as_column
from servicematters.core.errors import CellsDifferError, InvalidValueError, MissingColumnError

__all__ = ["Sample"]


@frozen(eq=False, init=False, repr=False)
class Sample(Mapping[str, NDArray[Any]]):
    """Rows drawn at random from a larger frame, column by column.

    Attributes
    ----------
    rows
        Rows held here. [rows]
    of
        Rows that there were. [rows]

    Examples
    --------
    >>> sample = Sample.of_columns({"score": range(1000)}, limit=100, rng=7)
    >>> sample
    Sample(100 of 1,000 rows, drawn at random without replacement: score)
    """

    rows: int
    of: int
    _columns: dict[str, NDArray[Any]]

    def __init__(self, columns: Mapping[str, ArrayLike], *, of: int | None = None) -> None:
        arrays = {name: _column(name, values) for name, values in columns.items()}
        lengths = {name: array.shape[0] for name, array in arrays.items()}
        if len(set(lengths.values())) > 1:
            msg = f"columns of a sample must have one length, got {lengths}"
            raise CellsDifferError(msg)
        rows = next(iter(lengths.values()), 0)
        total = rows if of is None else of
        if total < rows:
            msg = f"a sample of {rows} rows cannot be drawn from {total}"
            raise InvalidValueError(msg, value=total)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "of", total)
        object.__setattr__(self, "_columns", arrays)

    @classmethod
    def of_columns(
        cls,
        columns: Mapping[str, ArrayLike],
        *,
        limit: int = 100_000,
        rng: int | np.random.Generator | None = None,
    ) -> Self:
        """Sample from arrays or lists of one length; see ``from_frame``."""
        whole = cls(columns)
        chosen = chosen_rows(whole.rows, limit, rng)
        return cls({name: array[chosen] for name, array in whole.items()}, of=whole.rows)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        columns: str | Sequence[str],
        *,
        limit: int = 100_000,
        rng: int | np.random.Generator | None = None,
    ) -> Self:
        """Draw rows from a frame of any engine; only the rows drawn leave it.

        Parameters
        ----------
        frame
            Any frame that the library counts on.
        columns
            Names of the columns to take.
        limit
            Most rows to hold; a frame with no more than that is taken whole. [rows]
        rng
            Seed or generator. The same seed draws the same rows from the same data on each engine that keeps row order;
            on lazy engines rows are numbered by content, so that partitions do not matter.

        Raises
        ------
        MissingColumnError
            If a column is not there.
        """
        from servicematters import frames  # asked for only here; see the contracts in pyproject.toml

        names = (columns,) if isinstance(columns, str) else tuple(columns)
        taken, total = frames.take(frame, names, lambda rows: chosen_rows(rows, limit, rng))
        return cls(taken, of=total)

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            column = self._columns[name]
        except KeyError:
            raise MissingColumnError(name, self._columns) from None
        return column.copy() if column.dtype.kind == "O" else column  # objects cannot be sealed, so each reader gets its own

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sample):
            return NotImplemented
        same_rows = (self.rows, self.of, [*self]) == (other.rows, other.of, [*other])
        return same_rows and all(
            np.array_equal(mine, other[name], equal_nan=mine.dtype.kind == other[name].dtype.kind == "f")
            for name, mine in self.items()
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self._columns, self.of)

    def __repr__(self) -> str:
        how = ", drawn at random without replacement" if self.rows < self.of else ""
        return f"Sample({self.rows:,} of {self.of:,} rows{how}: {', '.join(self)})"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version; ``servicematters.wire.from_dict`` reads it back."""
        from servicematters.core.plain import VERSION, to_plain

        return {
            "schema": "servicematters.Sample",
            "version": VERSION,
            "columns": {name: {"kind": array.dtype.kind, "values": to_plain(array)} for name, array in self.items()},
            "of": self.of,
        }

    @classmethod
    def from_plain(cls, columns: Mapping[str, Mapping[str, Any]], of: int) -> Self:
        """Sample from the fields of its JSON form; the kind of a column tells an empty number from an empty text."""
        kinds = {"O": object, "f": np.float64, "b": np.bool_}
        arrays: dict[str, NDArray[Any]] = {
            name: np.array(column["values"], dtype=kinds.get(column["kind"], np.int64)) for name, column in columns.items()
        }
        return cls(arrays, of=of)


def _column(name: str, values: ArrayLike) -> NDArray[Any]:
    array = as_column(values, f"column {name!r}")
    return array.copy() if array.dtype.kind == "O" else sealed(array)


def _rebuild(columns: Mapping[str, NDArray[Any]], of: int) -> Sample:
    return Sample(columns, of=of)


def chosen_rows(rows: int, limit: int, rng: int | np.random.Generator | None) -> NDArray[np.int64]:
    """Positions of ``limit`` of ``rows`` rows, sorted; all of them if there are no more."""
    if limit < 1:
        msg = f"limit must be at least 1, got {limit}"
        raise InvalidValueError(msg, value=limit)
    if rows <= limit:
        return np.arange(rows, dtype=np.int64)
    return np.sort(np.random.default_rng(rng).choice(rows, size=limit, replace=False)).astype(np.int64)
