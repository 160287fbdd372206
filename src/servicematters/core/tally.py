"""Whole numbers per labelled cell, which add up in any order, on any machine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from attrs import Attribute, evolve, field, fields, frozen
from numpy.typing import ArrayLike, NDArray

from servicematters.core.arrays import IntArray, amounts, sealed, whole
from servicematters.core.errors import CellsDifferError, DefinitionsDifferError, WrongKindError
from servicematters.core.index import Index, Label
from servicematters.core.plain import to_plain
from servicematters.core.printing import plural

__all__ = ["Excluded", "Tally", "counted", "weighed"]


@frozen(eq=False, init=False, repr=False)
class Excluded(Mapping[str, IntArray]):
    """How many rows were left out, by reason and cell.

    Reads like ``collections.Counter``: a reason that never came up gives zeros.

    Examples
    --------
    >>> excluded = Excluded({"no answer": 3})
    >>> int(excluded["no answer"]), int(excluded["out of range"]), list(excluded)
    (3, 0, ['no answer'])
    """

    _counts: dict[str, IntArray]
    shape: tuple[int, ...]

    def __init__(self, counts: Mapping[str, ArrayLike] | None = None, *, shape: tuple[int, ...] = ()) -> None:
        arrays = {reason: whole(values, f"excluded[{reason!r}]") for reason, values in sorted((counts or {}).items())}
        for reason, array in arrays.items():
            if array.size == int(np.prod(shape)):
                arrays[reason] = array.reshape(shape)
            else:
                msg = f"excluded[{reason!r}] must have one count a cell, shape {shape}, got {array.shape}"
                raise CellsDifferError(msg)
        object.__setattr__(self, "_counts", {r: a for r, a in arrays.items() if a.any()})
        object.__setattr__(self, "shape", tuple(shape))

    def __getitem__(self, reason: str) -> IntArray:
        found = self._counts.get(reason)
        return found if found is not None else whole(np.zeros(self.shape, dtype=np.int64))

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __contains__(self, reason: object) -> bool:
        return reason in self._counts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Excluded):
            return NotImplemented
        return self._counts.keys() == other._counts.keys() and all(np.array_equal(self[r], other[r]) for r in self)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_excluded, (self._counts, self.shape)

    def __repr__(self) -> str:
        return "; ".join(f"{int(array.sum()):,} {reason}" for reason, array in self._counts.items()) or "nothing"

    @property
    def total(self) -> IntArray:
        """All reasons together, per cell. [rows]"""
        return whole(sum(self._counts.values(), start=np.zeros(self.shape, dtype=np.int64)))


def _rebuild_excluded(counts: Mapping[str, IntArray], shape: tuple[int, ...]) -> Excluded:
    return Excluded(counts, shape=shape)


def counted(**metadata: object) -> Any:
    """Field of a tally that holds whole numbers and adds up."""
    return field(converter=whole, metadata={"adds": True, **metadata})


def weighed(**metadata: object) -> Any:
    """Field of a tally that holds sums of weights and adds up to rounding."""
    return field(converter=amounts, metadata={"adds": True, **metadata})


@frozen(eq=False, repr=False, kw_only=True)
class Tally(ABC):
    """Counts per labelled cell; the base of every room's tally.

    A subclass adds fields made by ``counted()``, which add up, and plain fields, which are its definition and must be
    equal before two tallies add up.

    Attributes
    ----------
    index
        Labels of the cells.
    excluded
        Rows that were left out, by reason and cell. [rows]

    Notes
    -----
    ``+`` is associative and commutative. Cells that one side lacks count as zero there; ``zero`` adds nothing.
    """

    index: Index = field(factory=Index)
    excluded: Excluded = field(factory=Excluded)

    def __attrs_post_init__(self) -> None:
        if self.excluded.shape != self.index.shape:
            object.__setattr__(self, "excluded", Excluded(self.excluded, shape=self.index.shape))
        width = self._width()
        for name in self._adding():
            array: NDArray[Any] = getattr(self, name)
            wanted = (*self.index.shape, *width)
            if array.shape != wanted:
                if array.size != int(np.prod(wanted)) or array.size:
                    cells = f"{len(self.index)} cells by {self.index.names!r}" if self.index.names else "one cell"
                    msg = f"{name} must have shape {wanted} for {cells}, got {array.shape}"
                    raise CellsDifferError(msg)
                object.__setattr__(self, name, sealed(array.reshape(wanted)))

    # -- what a subclass says ---------------------------------------------------------------------------------------

    @abstractmethod
    def _width(self) -> tuple[int, ...]:
        """Shape of one cell's counts."""

    @property
    @abstractmethod
    def n(self) -> IntArray:
        """Rows that count, per cell."""

    # -- what is written once ---------------------------------------------------------------------------------------

    @classmethod
    def _fields(cls) -> "tuple[Attribute[Any], ...]":
        own: tuple[Attribute[Any], ...] = fields(cls)
        return own

    @classmethod
    def _adding(cls) -> list[str]:
        return [f.name for f in cls._fields() if f.metadata.get("adds")]

    @property
    def definition(self) -> dict[str, object]:
        """What was counted, by which rules: all that must be equal before two tallies add up."""
        own = {"index", "excluded", *self._adding()}
        return {f.name: getattr(self, f.name) for f in self._fields() if f.name not in own}

    def _with(self, index: Index, rearrange: Callable[[NDArray[Any]], NDArray[Any]]) -> Self:
        """The same tally on other cells; ``rearrange`` maps one row a cell to the new rows."""

        def moved(array: NDArray[Any]) -> NDArray[Any]:
            trailing = array.shape[len(self.index.shape) :]
            rows = rearrange(array.reshape((len(self.index), *trailing)))
            return rows.reshape((*index.shape, *trailing))

        excluded = Excluded({r: moved(a) for r, a in self.excluded.items()}, shape=index.shape)
        arrays = {name: moved(getattr(self, name)) for name in self._adding()}
        return evolve(self, index=index, excluded=excluded, **arrays)

    def __add__(self, other: object) -> Self:
        if isinstance(other, int) and not isinstance(other, bool) and other == 0:
            return self  # so that the built-in sum() works
        if not isinstance(other, Tally):
            return NotImplemented
        if type(other) is not type(self):
            msg = f"cannot add {type(other).__name__} to {type(self).__name__}; count both the same way"
            raise WrongKindError(msg)
        for name, mine in self.definition.items():
            if (theirs := other.definition[name]) != mine:
                msg = f"cannot add tallies of different {name}: {mine} and {theirs}; count both under one"
                raise DefinitionsDifferError(msg)
        index, here, there = self.index.union(other.index)
        left, right = self._with(index, _spread(here, len(index))), other._with(index, _spread(there, len(index)))
        reasons = {*left.excluded, *right.excluded}
        excluded = Excluded({r: left.excluded[r] + right.excluded[r] for r in reasons}, shape=index.shape)
        arrays = {name: getattr(left, name) + getattr(right, name) for name in self._adding()}
        return evolve(left, excluded=excluded, **arrays)

    __radd__ = __add__

    @property
    def zero(self) -> Self:
        """The tally of nothing, under the same names and definition: ``tally + tally.zero == tally``."""
        if self.index.names:
            return self._with(Index(self.index.names, ()), lambda rows: rows[:0])
        return self._with(Index(), np.zeros_like)

    def sum(self, *, by: str | Sequence[str] = ()) -> Self:
        """Add cells up: all of them, or all that share the labels named in ``by``."""
        names = (by,) if isinstance(by, str) else tuple(by)
        index, codes = self.index.reduced(names)
        return self._with(index, _spread(codes, len(index)))

    def on(self, index: Index) -> Self:
        """The same tally on more cells, the new ones empty.

        Raises
        ------
        CellsDifferError
            If ``index`` lacks a cell of this one.
        """
        joined, here, there = self.index.union(index)
        if len(joined) != len(there):
            msg = f"cells would be lost: {len(joined) - len(there)} of {len(self.index)} are not in {index!r}"
            raise CellsDifferError(msg)
        return self._with(index, _spread(here, len(index)))

    def where(self, **labels: object) -> Self:
        """Cells whose labels are as given; a list gives several to choose from. The names stay."""
        positions = self.index.matching(labels)
        return self._with(self.index.take(positions), lambda rows: rows[positions])

    def __getitem__(self, key: object) -> Self:
        """One cell, without its label.

        Raises
        ------
        CellsDifferError
            If there is no such cell.
        """
        position = self.index.position(key)
        return self._with(Index(), _only(position))

    def cells(self) -> Iterator[tuple[Label, Self]]:
        """Each label with the tally of its cell, in order."""
        for i, key in enumerate(self.index.keys):
            yield key, self._with(Index(), _only(i))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Tally):
            return NotImplemented
        return (
            self.index == other.index
            and self.definition == other.definition
            and self.excluded == other.excluded
            and all(_same(getattr(self, name), getattr(other, name)) for name in self._adding())
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # through the front door, so that arrays are sealed again after pickle and deepcopy
        return _rebuild, (type(self), {f.name: getattr(self, f.name) for f in self._fields()})

    def __repr__(self) -> str:
        total = int(np.sum(self.n))
        cells = f", {plural(len(self.index), 'cell')} by {', '.join(self.index.names)}" if self.index.names else ""
        return f"{type(self).__name__}(n = {total:,}{cells}; left out: {self.excluded!r})"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version; ``servicematters.wire.from_dict`` reads it back."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def _spread(positions: IntArray, cells: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Put row i at ``positions[i]`` of a table of ``cells`` rows, adding up where rows meet."""

    def rearrange(rows: NDArray[Any]) -> NDArray[Any]:
        table = np.zeros((cells, *rows.shape[1:]), dtype=rows.dtype)
        np.add.at(table, positions, rows)
        return table

    return rearrange


def _only(position: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Keep one row."""
    return lambda rows: rows[[position]]


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if one.shape != other.shape:
        return False
    if one.dtype.kind == "f":  # sums of weights depend on the order of adding in their last digits
        return bool(np.allclose(one, other, rtol=1e-9, atol=0))
    return bool(np.array_equal(one, other))


def _rebuild(kind: type[Tally], state: Mapping[str, Any]) -> Tally:
    return kind(**state)
