"""The labels of cells: one axis, sorted, each label once."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from attrs import frozen

from servicematters.core.arrays import IntArray, whole_microseconds
from servicematters.core.errors import CellsDifferError, InvalidValueError, WrongKindError

__all__ = ["Index", "Key", "Label", "joint_codes"]

Key = str | int | bool | dt.date | None
Label = tuple[Key, ...]

_MOST_CODES = 1 << 62  # beyond this, codes of several columns would not fit one int64


@frozen(init=False, repr=False)
class Index:
    """Names and labels of cells.

    Parameters
    ----------
    names
        What the cells are cut by; none for a single cell without a label.
    keys
        One label a cell, each once, in order. A label part is text, a whole number, a bool, a date, or None for an empty
        cell of the source, which sorts last. One name holds one kind of label.

    Raises
    ------
    CellsDifferError
        If labels are out of order (the numbers that go with them would be too), one comes twice, has too many or too few
        parts, or mixes kinds under one name.
    InvalidValueError
        If a part is a time of day or a fraction: such labels are nearly all different.

    Examples
    --------
    >>> index = Index(["month", "segment"], [("2026-05", "EMEA"), ("2026-05", None), ("2026-06", "EMEA")])
    >>> index.position(("2026-05", None))
    1
    >>> len(Index())
    1
    """

    names: tuple[str, ...]
    keys: tuple[Label, ...]

    def __init__(self, names: str | Iterable[str] = (), keys: Iterable[Any] = ((),)) -> None:
        wanted = (names,) if isinstance(names, str) else tuple(names)
        if len(set(wanted)) < len(wanted):
            msg = f"names of labels must differ, got {wanted!r}"
            raise CellsDifferError(msg)
        rows = [tuple(row) if isinstance(row, tuple | list) else (row,) for row in keys]
        for row in rows:
            if len(row) != len(wanted):
                msg = f"a label of {len(row)} parts, {row!r}, does not fit the names {wanted!r}"
                raise CellsDifferError(msg)
        columns = [_keys_of(name, [row[i] for row in rows]) for i, name in enumerate(wanted)]
        labels = list(zip(*columns, strict=True)) if columns else [()] * len(rows)
        for first, second in pairwise(labels):
            if _order(first) >= _order(second):
                wrong = "come once" if first == second else "be sorted, None last"
                msg = f"labels must {wrong}, got {first!r} before {second!r}"
                raise CellsDifferError(msg)
        object.__setattr__(self, "names", wanted)
        object.__setattr__(self, "keys", tuple(labels))

    @classmethod
    def of(cls, names: Sequence[str], columns: Sequence[Any], rows: int) -> tuple[Self, IntArray]:
        """Index of the labels that occur in ``columns``, and for each of the ``rows`` rows the position of its label.

        A column is a list, or an array of numbers or days; labels are made of its distinct values only.
        """
        if not names:
            return cls(), np.zeros(rows, dtype=np.int64)
        distinct, codes = zip(*map(_distinct, columns), strict=True)
        keys = [_keys_of(name, values) for name, values in zip(names, distinct, strict=True)]
        together = joint_codes(codes, [len(values) for values in keys], rows)
        _, first, back = np.unique(together, return_index=True, return_inverse=True)
        labels = list(zip(*([k[i] for i in code[first]] for k, code in zip(keys, codes, strict=True)), strict=True))
        index = cls(names, sorted(set(labels), key=_order))
        places = index.places()
        cell = np.fromiter((places[label] for label in labels), dtype=np.int64, count=len(labels))
        return index, cell[back] if rows else np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"Index({', '.join(self.names) or 'one cell'}: {len(self)})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one number a cell: () without labels, else (cells,)."""
        return (len(self.keys),) if self.names else ()

    def places(self) -> dict[Label, int]:
        """Position of every label."""
        return {key: i for i, key in enumerate(self.keys)}

    def position(self, key: Any) -> int:
        """Position of one label; a date may also be written in ISO form.

        Raises
        ------
        CellsDifferError
            If there is no such cell.
        """
        wanted = tuple(key) if isinstance(key, tuple | list) else (key,)
        if len(wanted) == len(self.names):
            wanted = tuple(self._as_key(name, part) for name, part in zip(self.names, wanted, strict=True))
            if (at := self.places().get(wanted)) is not None:
                return at
        shown = ", ".join(map(str, (key[0] if len(key) == 1 else key for key in self.keys[:5])))
        cells = f"cells are by {self.names!r}: {shown}{' …' if len(self) > 5 else ''}"
        msg = f"no cell {key!r}; {cells if self.names else 'there is one cell, without a label'}"
        raise CellsDifferError(msg)

    def _as_key(self, name: str, part: Any) -> Key:
        if isinstance(part, str) and self.kind(name) is dt.date:
            try:
                return dt.date.fromisoformat(part)
            except ValueError:
                return part
        return _key(part, name)

    def kind(self, name: str) -> type | None:
        """Kind of the labels under ``name``; None if there are none."""
        i = self._axis(name)
        return next((type(key[i]) for key in self.keys if key[i] is not None), None)

    def _axis(self, name: str) -> int:
        if name not in self.names:
            msg = f"cells are not cut by {name!r}; they are cut by {self.names!r}"
            raise CellsDifferError(msg)
        return self.names.index(name)

    def column(self, name: str) -> list[Key]:
        """Labels under one name, cell by cell."""
        i = self._axis(name)
        return [key[i] for key in self.keys]

    def matching(self, labels: Mapping[str, object]) -> IntArray:
        """Positions of the cells whose labels equal those given; a list, tuple or set gives several to choose from."""
        keep = np.ones(len(self), dtype=bool)
        for name, wanted in labels.items():
            choices = wanted if isinstance(wanted, Collection) and not isinstance(wanted, str) else (wanted,)
            allowed = {self._as_key(name, choice) for choice in choices}
            keep &= np.fromiter((part in allowed for part in self.column(name)), dtype=bool, count=len(self))
        return np.flatnonzero(keep).astype(np.int64)

    def take(self, positions: IntArray) -> "Index":
        """Index of some of the cells."""
        return Index(self.names, [self.keys[i] for i in positions])

    def reduced(self, names: Sequence[str]) -> tuple["Index", IntArray]:
        """Index by fewer names, and for each cell of this one the position of the cell that it falls into."""
        if not names:
            return Index(), np.zeros(len(self), dtype=np.int64)
        return Index.of(tuple(names), [self.column(name) for name in names], len(self))

    def _joined(self, other: "Index") -> "Index":
        for name in self.names:
            kinds = {self.kind(name), other.kind(name)} - {None}
            if len(kinds) > 1:
                found = " and ".join(sorted(kind.__name__ for kind in kinds if kind))
                msg = f"labels under {name!r} are {found}; count both by labels of one kind"
                raise CellsDifferError(msg)
        return Index(self.names, sorted({*self.keys, *other.keys}, key=_order))

    def union(self, other: "Index") -> tuple["Index", IntArray, IntArray]:
        """Index of the cells of either, and the positions in it of the cells of each.

        Raises
        ------
        CellsDifferError
            If the two are cut by other names or hold other kinds of labels.
        """
        if self.names != other.names:
            msg = f"cannot bring together cells by {self.names!r} and by {other.names!r}; count both by the same labels"
            raise CellsDifferError(msg)
        if self.keys == other.keys:
            same = np.arange(len(self), dtype=np.int64)
            return self, same, same
        index = self._joined(other)
        where = index.places()
        mine = np.fromiter((where[key] for key in self.keys), dtype=np.int64, count=len(self))
        return index, mine, np.fromiter((where[key] for key in other.keys), dtype=np.int64, count=len(other))


def joint_codes(codes: Sequence[IntArray], sizes: Sequence[int], rows: int) -> IntArray:
    """One code a row for the codes of several columns together; equal exactly where all of them are."""
    together, size = np.zeros(rows, dtype=np.int64), 1
    for code, values in zip(codes, sizes, strict=True):
        if size * max(values, 1) > _MOST_CODES:
            together = np.unique(together, return_inverse=True)[1].astype(np.int64)
            size = rows
        together = together * max(values, 1) + code
        size *= max(values, 1)
    return together


def _order(label: Label) -> tuple[tuple[bool, Any], ...]:
    return tuple((part is None, part) for part in label)


def _distinct(column: Any) -> tuple[list[Any], IntArray]:
    """Distinct values of a column, and for each row the position of its value."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "biufM":
        values, codes = np.unique(column, return_inverse=True)
        values = whole_microseconds(values, "a column of labels") if values.dtype.kind == "M" else values
        return values.tolist(), codes.astype(np.int64)
    where: dict[tuple[type, Any], int] = {}  # True == 1, but they are not the same label
    found = [where.setdefault((type(value), value), len(where)) for value in column]
    return [value for _, value in where], np.array(found, dtype=np.int64)


def _keys_of(name: str, values: Sequence[Any]) -> list[Key]:
    """Labels of one column as plain Python values, all of one kind."""
    keys = [_key(value, name) for value in values]
    kinds = {type(key) for key in keys if key is not None}
    if len(kinds) > 1:
        found = " and ".join(sorted(kind.__name__ for kind in kinds))
        msg = f"labels under {name!r} must be of one kind, got {found}; make them one kind before counting"
        raise CellsDifferError(msg)
    return keys


def _key(value: Any, name: str) -> Key:
    """One label part as a plain Python value."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dt.datetime):
        if value.time() != dt.time() or getattr(value, "nanosecond", False):
            msg = f"a label must be a whole day, got {value} in {name!r}; truncate it to the day, week or month first"
            raise InvalidValueError(msg, value=value)
        return value.date()
    if isinstance(value, dt.date):
        return value
    if hasattr(value, "as_integer_ratio"):  # float, Decimal: how engines give whole numbers beside empty cells
        if value != value:  # nan  # noqa: PLR0124
            return None
        if value in (float("inf"), float("-inf")) or value != int(value):
            msg = f"a label must be text, a whole number, true or false, or a date, got {value!r} in {name!r}; bin it first"
            raise InvalidValueError(msg, value=value)
        return int(value)
    msg = f"a label must be text, a whole number, true or false, or a date, got {value!r} in {name!r}"
    raise WrongKindError(msg)
