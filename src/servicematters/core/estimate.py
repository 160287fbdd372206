"""A number that says how sure it is."""

import html
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from attrs import evolve, field, fields, frozen

from servicematters.core.arrays import FloatArray, amounts, floats
from servicematters.core.checks import checked, probability
from servicematters.core.errors import CellsDifferError, InvalidValueError, WrongKindError
from servicematters.core.index import Index
from servicematters.core.plain import to_plain
from servicematters.core.printing import aligned, decimals, label_text, percent, shown

__all__ = ["Estimate"]


def _counted(values: object) -> FloatArray:
    return amounts(values, "n")  # type: ignore[arg-type]


@frozen(eq=False, repr=False, kw_only=True, field_transformer=checked)
class Estimate:
    """Values with their intervals, one a cell.

    Attributes
    ----------
    name
        What was estimated, in the words of the field.
    value, low, high
        The estimate and the ends of its interval, arrays of the cells' shape, 0-d for one cell. [unit]
        Where nothing was counted the value is ``nan`` and the interval the widest possible.
    n
        Answers, tickets or units behind each value. [1]
    confidence
        Coverage asked of the interval, in (0, 1). [1]
    unit
        Unit of the three: "NPS points", "share" (0 to 1, printed in percent), "net share" (-1 to 1), "score", …
    method
        Name of the interval.
    index
        Labels of the cells.

    Raises
    ------
    InvalidValueError
        If an interval does not hold its value.

    Examples
    --------
    >>> import servicematters as sv
    >>> e = sv.nps([10] * 50 + [7] * 30 + [2] * 20)
    >>> float(e)
    30.0
    >>> print(e)
    NPS +30.0 [+14.1, +44.2] (95 %, n = 100, adjusted Wald)
    """

    name: str
    value: FloatArray = field(converter=floats)
    low: FloatArray = field(converter=floats)
    high: FloatArray = field(converter=floats)
    n: FloatArray = field(converter=_counted)
    confidence: float = field(converter=probability)
    unit: str
    method: str
    index: Index = field(factory=Index)

    def __attrs_post_init__(self) -> None:
        for name in self._per_cell():
            array: FloatArray = getattr(self, name)
            if array.shape != self.index.shape:
                if array.size != len(self.index):
                    msg = f"{name} must have shape {self.index.shape}, one number a cell, got {array.shape}"
                    raise CellsDifferError(msg)
                object.__setattr__(self, name, floats(array.reshape(self.index.shape)))
        outside = ~((self.low <= self.value) & (self.value <= self.high)) & ~np.isnan(self.value)
        if outside.any():
            at = int(np.argmax(outside.ravel()))
            value, low, high = (float(a.ravel()[at]) for a in (self.value, self.low, self.high))
            msg = f"an interval must hold its value, got {value} outside [{low}, {high}] in cell {self.index.keys[at]!r}"
            raise InvalidValueError(msg, value=value, cell=self.index.keys[at])

    @classmethod
    def _per_cell(cls) -> list[str]:
        return [f.name for f in fields(cls) if f.converter in (floats, _counted)]

    def __float__(self) -> float:
        return float(self.only("value"))

    def only(self, name: str) -> float:
        """The number of the only cell."""
        if len(self.index) != 1:
            msg = f"{len(self.index)} cells have {len(self.index)} values; use .value, or pick one cell: estimate[label]"
            raise WrongKindError(msg)
        return float(getattr(self, name).reshape(()))

    def __getitem__(self, key: object) -> Self:
        """The estimate of one cell, without its label."""
        position = self.index.position(key)
        arrays = {name: getattr(self, name).reshape(-1)[position] for name in self._per_cell()}
        return evolve(self, index=Index(), **arrays)

    __iter__ = None  # labels are not positions, so walking over an estimate has no meaning

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Estimate):
            return NotImplemented
        mine, theirs = ({f.name: getattr(e, f.name) for f in fields(type(self))} for e in (self, other))
        return all(
            np.array_equal(value, theirs[name], equal_nan=True) if isinstance(value, np.ndarray) else value == theirs[name]
            for name, value in mine.items()
        )

    def __add__(self, other: object) -> "Estimate":
        """Refused: scores of parts do not add up to the score of the whole, nor does their mean."""
        msg = "estimates do not add up; add the tallies that they were made from, then ask again"
        raise WrongKindError(msg)

    __radd__ = __add__

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), {f.name: getattr(self, f.name) for f in fields(type(self))})

    # -- shown -------------------------------------------------------------------------------------------------------

    def _doubt(self, n: str = "") -> str:
        return ", ".join(part for part in (percent(self.confidence), n, self.method) if part)

    def digits(self) -> int:
        """Decimals that the narrowest interval deserves."""
        intervals = zip(self.low.ravel(), self.high.ravel(), strict=True)
        return max((decimals(low, high, self.unit) for low, high in intervals), default=1)

    def _extra(self) -> dict[str, Sequence[str]]:
        """Further columns that a kind of estimate shows in its table."""
        return {}

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows as text, one row a cell: labels, value, interval, n."""
        digits = self.digits()
        extra = self._extra()
        header = [*self.index.names, self.name, "low", "high", "n", *extra]
        columns = [[shown(float(v), self.unit, digits) for v in a.ravel()] for a in (self.value, self.low, self.high)]
        columns += [[f"{v:,.10g}" for v in self.n.ravel()], *map(list, extra.values())]
        labels = [[label_text(part) for part in key] for key in self.index.keys]
        return header, [[*label, *row] for label, row in zip(labels, zip(*columns, strict=True), strict=True)]

    def __str__(self) -> str:
        if self.index.names:
            header, rows = self.table()
            return f"{aligned(header, rows, left=len(self.index.names))}\n({self._doubt()})"
        digits = self.digits()
        value, low, high = (shown(self.only(name), self.unit, digits) for name in ("value", "low", "high"))
        doubt = self._doubt(f"n = {self.only('n'):,.10g}")
        return f"{self.name} {value} [{low}, {high}] ({doubt})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>" if not self.index.names else f"<{type(self).__name__}\n{self}>"

    def _repr_html_(self) -> str:
        header, rows = self.table()
        head = "".join(f"<th>{html.escape(h)}</th>" for h in header)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(part)}</td>" for part in row) + "</tr>" for row in rows)
        caption = html.escape(self._doubt())
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    # -- taken elsewhere ---------------------------------------------------------------------------------------------

    def columns(self) -> dict[str, list[Any]]:
        """One list a column, one row a cell: labels, name, numbers, confidence, unit, method."""
        rows = len(self.index)
        numbers = {name: getattr(self, name).reshape(-1).tolist() for name in self._per_cell()}
        if all(n.is_integer() for n in numbers["n"]):
            numbers["n"] = [int(n) for n in numbers["n"]]
        words = {"confidence": [self.confidence] * rows, "unit": [self.unit] * rows, "method": [self.method] * rows}
        labels: dict[str, list[Any]] = {name: list(self.index.column(name)) for name in self.index.names}
        return {**labels, "measure": [self.name] * rows, **numbers, **words}

    def to_frame(self, backend: str = "pandas") -> Any:
        """One row a cell, as a frame of ``backend``: "pandas", "polars" or "pyarrow".

        Raises
        ------
        CellsDifferError
            If a label's name is also the name of a column of numbers.
        """
        from servicematters import frames  # asked for only here; see the contracts in pyproject.toml

        columns = self.columns()
        if clash := [
            name for name in self.index.names if name in {"measure", *self._per_cell(), "confidence", "unit", "method"}
        ]:
            msg = f"label {clash[0]!r} has the name of a column of every estimate; rename it before counting"
            raise CellsDifferError(msg)
        return frames.build(columns, backend)

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version, full digits; ``servicematters.wire.from_dict`` reads it back."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def _rebuild(kind: type[Estimate], state: dict[str, Any]) -> Estimate:
    return kind(**state)
