"""Did it change, or is it noise."""

from typing import Any

import numpy as np
from attrs import field, fields, frozen

from servicematters.core.arrays import FloatArray, floats
from servicematters.core.checks import checked, probability
from servicematters.core.errors import CellsDifferError, InvalidValueError, WrongKindError
from servicematters.core.estimate import Estimate
from servicematters.core.index import Index
from servicematters.core.plain import to_plain
from servicematters.core.printing import aligned, label_text, percent, plural, shown
from servicematters.core.target import Verdict

__all__ = ["Change", "Homogeneity", "p_text"]


def p_text(p: float) -> str:
    """A p-value in two digits: "p = 0.35", "p < 0.0001"."""
    if np.isnan(p):
        return "p n/a"
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def _p_values(values: Any) -> FloatArray:
    array = floats(values)
    if ((array < 0) | (array > 1)).any():
        msg = f"p_value must lie between 0 and 1, got {float(array[(array < 0) | (array > 1)].ravel()[0])}"
        raise InvalidValueError(msg)
    return array


@frozen(eq=False, repr=False, kw_only=True, field_transformer=checked)
class Change:
    """What a number did from one set of answers to another, cell by cell.

    Attributes
    ----------
    before, after
        The two estimates, on the same cells.
    difference
        After less before, with its interval.
    p_value
        Chance of a difference at least as large if nothing had changed, two-sided. [1]; ``nan`` where a side is empty.
    higher_is_better
        Whether a rise is good news.
    method
        Name of the test.
    index
        Labels of the cells.

    Notes
    -----
    The verdict is a signal only when both witnesses agree: ``p_value`` below one less the confidence, *and* an interval of
    the difference that leaves 0 out. The p-value asks whether anything changed at all; the interval does not assume that
    the two sides spread alike, which a p-value from pooled counts does.
    """

    before: Estimate
    after: Estimate
    difference: Estimate
    p_value: FloatArray = field(converter=_p_values)
    higher_is_better: bool
    method: str
    index: Index = field(factory=Index)

    def __attrs_post_init__(self) -> None:
        for name in ("before", "after", "difference"):
            if getattr(self, name).index != self.index:
                msg = f"{name} must be on the cells of the change, by {self.index.names!r}"
                raise CellsDifferError(msg)
        if self.p_value.shape != self.index.shape:
            if self.p_value.size != len(self.index):
                msg = f"p_value must have shape {self.index.shape}, got {self.p_value.shape}"
                raise CellsDifferError(msg)
            object.__setattr__(self, "p_value", floats(self.p_value.reshape(self.index.shape)))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Verdict on each cell: improved, worsened, no evidence of change; undecided where a side is empty."""
        d = self.difference
        rows = zip(d.value.ravel(), d.low.ravel(), d.high.ravel(), self.p_value.ravel(), strict=True)
        return tuple(self._verdict(*row) for row in rows)

    def _verdict(self, value: float, low: float, high: float, p: float) -> Verdict:
        if np.isnan(value) or np.isnan(p):
            return Verdict.UNDECIDED
        if 1 - p <= self.difference.confidence or low <= 0 <= high:
            return Verdict.NO_EVIDENCE
        return Verdict.IMPROVED if (low > 0) == self.higher_is_better else Verdict.WORSENED

    @property
    def verdict(self) -> Verdict:
        """Verdict on the only cell.

        Raises
        ------
        WrongKindError
            If there are several cells; ``verdicts`` has one for each.
        """
        if len(self.index) != 1:
            msg = f"{len(self.index)} cells have {len(self.index)} verdicts; use .verdicts, or pick one cell: change[label]"
            raise WrongKindError(msg)
        return self.verdicts[0]

    def __getitem__(self, key: object) -> "Change":
        """The change of one cell, without its label."""
        position = self.index.position(key)
        return Change(
            before=self.before[key],
            after=self.after[key],
            difference=self.difference[key],
            p_value=self.p_value.reshape(-1)[position],
            higher_is_better=self.higher_is_better,
            method=self.method,
        )

    __iter__ = None  # labels are not positions

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Change):
            return NotImplemented
        return np.array_equal(self.p_value, other.p_value, equal_nan=True) and all(
            getattr(self, f.name) == getattr(other, f.name) for f in fields(Change) if f.name != "p_value"
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (Change, {f.name: getattr(self, f.name) for f in fields(Change)})

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows as text, one row a cell: labels, both scores, difference, interval, p, verdict."""
        d, digits = self.difference, self.difference.digits()
        header = [*self.index.names, "before", "after", "change", "low", "high", "p", "verdict"]
        sides = [[shown(float(v), e.unit) for v in e.value.ravel()] for e in (self.before, self.after)]
        numbers = [[shown(float(v), d.unit, digits) for v in a.ravel()] for a in (d.value, d.low, d.high)]
        p = [p_text(float(v)).removeprefix("p ").removeprefix("= ") for v in self.p_value.ravel()]
        labels = [[label_text(part) for part in key] for key in self.index.keys]
        columns = zip(*sides, *numbers, p, map(str, self.verdicts), strict=True)
        return header, [[*label, *row] for label, row in zip(labels, columns, strict=True)]

    def __str__(self) -> str:
        d = self.difference
        if self.index.names:
            header, rows = self.table()
            return f"{aligned(header, rows, left=len(self.index.names))}\n({percent(d.confidence)}, {self.method})"
        digits = d.digits()
        value, low, high = (shown(d.only(name), d.unit, digits) for name in ("value", "low", "high"))
        doubt = f"{percent(d.confidence)}, {p_text(float(self.p_value.reshape(())))}, {self.method}"
        return f"{d.name} {value} [{low}, {high}]: {self.verdict} ({doubt})"

    def __repr__(self) -> str:
        return f"<Change {self}>" if not self.index.names else f"<Change\n{self}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version; ``servicematters.wire.from_dict`` reads it back."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def _rebuild(kind: type[Change], state: dict[str, Any]) -> Change:
    return kind(**state)


def _p_or_nan(value: float | None) -> float:
    return float(_p_values(float("nan") if value is None else value))


def _comparable(value: float) -> float | None:
    return None if np.isnan(value) else value  # two p-values that do not exist are alike


@frozen(repr=False, kw_only=True, field_transformer=checked)
class Homogeneity:
    """Do several cells differ by more than chance.

    Attributes
    ----------
    name
        What was compared.
    cells
        Cells with answers. [1]
    statistic, degrees_of_freedom
        Chi-square statistic and its degrees of freedom. [1]
    p_value
        Chance of differences at least as large if all cells shared one distribution. [1]; ``nan`` below two cells.
    p_value_unequal
        The same without assuming that all cells spread alike. [1]
    confidence
        One less the largest p-value that counts as a signal. [1]
    method
        Name of the test.
    """

    name: str
    cells: int
    statistic: float
    degrees_of_freedom: int
    p_value: float = field(converter=_p_or_nan, eq=_comparable)
    p_value_unequal: float = field(converter=_p_or_nan, eq=_comparable)
    confidence: float = field(converter=probability)
    method: str

    @property
    def differs(self) -> bool:
        """Whether both p-values call the differences more than noise."""
        return 1 - max(self.p_value, self.p_value_unequal) > self.confidence

    def __str__(self) -> str:
        if self.cells < 2:
            return f"{self.name} over {plural(self.cells, 'cell')}: nothing to compare"
        found = "cells differ by more than chance" if self.differs else "no evidence that cells differ"
        test = f"chi-square = {self.statistic:.3g}, {self.degrees_of_freedom} df, {p_text(self.p_value)}"
        return f"{self.name} over {self.cells} cells: {found} ({test}, {self.method})"

    def __repr__(self) -> str:
        return f"<Homogeneity {self}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version; ``servicematters.wire.from_dict`` reads it back."""
        plain: dict[str, Any] = to_plain(self)
        return plain
