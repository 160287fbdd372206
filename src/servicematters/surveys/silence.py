"""What those who did not answer could change: response rates, worst cases, and the point at which the score turns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import field, fields, frozen
from numpy.typing import ArrayLike

from servicematters.core.arrays import FloatArray, IntArray, floats, whole
from servicematters.core.errors import CellsDifferError, DefinitionsDifferError, InvalidValueError, WrongKindError
from servicematters.core.estimate import Estimate
from servicematters.core.index import Index
from servicematters.core.plain import to_plain
from servicematters.core.printing import aligned, exactly, form, label_text, shown
from servicematters.core.shares import ShareInterval, share_of
from servicematters.surveys.answers import Answers, box_counts, csat_name, more_is_better, rung_from
from servicematters.surveys.model import NPS_BANDS, NPS_SCALE
from servicematters.surveys.tally import ScoreTally, WeightedScoreTally, boxes

__all__ = ["NonresponseBounds", "nonresponse_bounds", "response_rate"]


@frozen(eq=False, repr=False, kw_only=True)
class NonresponseBounds:
    """The scores that all who were invited could have, whatever the silent think.

    No confidence belongs to these bounds: for the customers who were invited they are certain.

    Attributes
    ----------
    name
        What was measured.
    value
        Score of those who answered, per cell; ``nan`` where nobody did. [unit]
    low, high
        Score of all who were invited if every silent customer gave the worst answer, or the best. [unit]
    answered, invited
        Customers who answered, and who were invited. [1]
    unit
        "NPS points", or "share" (0 to 1, printed in percent).
    index
        Labels of the cells.
    """

    name: str
    value: FloatArray = field(converter=floats)
    low: FloatArray = field(converter=floats)
    high: FloatArray = field(converter=floats)
    answered: IntArray = field(converter=whole)
    invited: IntArray = field(converter=whole)
    unit: str
    index: Index = field(factory=Index)

    def __attrs_post_init__(self) -> None:
        for name in ("value", "low", "high", "answered", "invited"):
            array = getattr(self, name)
            if array.size != len(self.index):
                msg = f"{name} must have shape {self.index.shape}, one number a cell, got {array.shape}"
                raise CellsDifferError(msg)
            again = whole if array.dtype.kind == "i" else floats
            object.__setattr__(self, name, again(array.reshape(self.index.shape)))

    @property
    def response_rate(self) -> FloatArray:
        """Share of those invited who answered, per cell; ``nan`` where nobody was invited. [1]"""
        return floats(np.divide(self.answered, self.invited, out=np.full(self.index.shape, np.nan), where=self.invited > 0))

    @property
    def sign_flip(self) -> FloatArray:
        """Score of the silent at which the score of all is 0, per cell; ``nan`` where they cannot turn it. [NPS points]

        ``nan`` throughout for a share, which has no sign: ask ``tipping_point`` for the share that matters.
        """
        return self.tipping_point(0.0) if self.unit == "NPS points" else floats(np.full(self.index.shape, np.nan))

    def tipping_point(self, target: float) -> FloatArray:
        """Score of the silent at which all together come to ``target``, per cell. [unit]

        ``nan`` where no score of theirs would do, or nobody was silent.
        """
        self._on_scale(target, "target")
        first, last = form(self.unit).range
        heard, silent = self._heard(), np.asarray(self.invited - self.answered)
        needed = (target * self.invited - heard) / np.where(silent > 0, silent, 1)
        slack = 1e-9 * (last - first)
        possible = (silent > 0) & (first - slack <= needed) & (needed <= last + slack)
        return floats(np.where(possible, np.clip(needed, first, last), np.nan))

    def if_silent(self, score: float) -> FloatArray:
        """Score of all who were invited if the silent had the score given, per cell. [unit]"""
        self._on_scale(score, "the silent's score")
        total = self._heard() + score * (self.invited - self.answered)
        return floats(np.divide(total, self.invited, out=np.full(self.index.shape, np.nan), where=self.invited > 0))

    def _heard(self) -> FloatArray:
        return floats(np.where(self.answered > 0, np.nan_to_num(self.value) * self.answered, 0.0))

    def _on_scale(self, score: float, name: str) -> None:
        first, last = form(self.unit).range
        if not first <= score <= last:
            msg = f"{name} must lie between {first:g} and {last:g}, got {score!r}"
            raise InvalidValueError(msg, value=score)

    def __getitem__(self, key: object) -> "NonresponseBounds":
        """The bounds of one cell, without its label."""
        at = self.index.position(key)
        cell = {name: getattr(self, name).reshape(-1)[at] for name in ("value", "low", "high", "answered", "invited")}
        return NonresponseBounds(name=self.name, unit=self.unit, **cell)

    __iter__ = None  # labels are not positions

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NonresponseBounds):
            return NotImplemented
        pairs = [(getattr(self, f.name), getattr(other, f.name)) for f in fields(NonresponseBounds)]
        return all(np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, ({f.name: getattr(self, f.name) for f in fields(NonresponseBounds)},)

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows as text, one row a cell: labels, score, worst and best case, answers, invitations, sign flip."""
        net = self.unit == "NPS points"
        header = [*self.index.names, self.name, "worst", "best", "answered", "invited", "rate", *(["turns at"] if net else [])]
        columns = [[shown(float(v), self.unit) for v in a.ravel()] for a in (self.value, self.low, self.high)]
        columns += [[f"{v:,}" for v in a.ravel()] for a in (self.answered, self.invited)]
        columns.append([shown(float(v), "share") for v in self.response_rate.ravel()])
        if net:
            columns.append([shown(float(v), self.unit) for v in self.sign_flip.ravel()])
        labels = [[label_text(part) for part in key] for key in self.index.keys]
        return header, [[*label, *row] for label, row in zip(labels, zip(*columns, strict=True), strict=True)]

    def __str__(self) -> str:
        if self.index.names:
            header, rows = self.table()
            return f"{aligned(header, rows, left=len(self.index.names))}\n(worst and best case of all who were invited)"
        value, low, high = (shown(float(v), self.unit) for v in (self.value, self.low, self.high))
        heard = f"{int(self.answered):,} of {int(self.invited):,} answered"
        return f"{self.name} {value}, of all invited {low} to {high} ({heard}{self._turn()})"

    def _turn(self) -> str:
        at = float(self.sign_flip.reshape(()))
        return "" if np.isnan(at) else f"; 0 if the silent are at {exactly(round(at, 1), self.unit)}"

    def __repr__(self) -> str:
        return f"<NonresponseBounds {self}>" if not self.index.names else f"<NonresponseBounds\n{self}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version; ``servicematters.wire.from_dict`` reads it back."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def _rebuild(state: dict[str, Any]) -> NonresponseBounds:
    return NonresponseBounds(**state)


def nonresponse_bounds(
    answers: ScoreTally, *, invited: ArrayLike | Mapping[Any, int], satisfied_from: int | None = None
) -> NonresponseBounds:
    """Lowest and highest score that all invited customers could have, given how many stayed silent.

    Parameters
    ----------
    answers
        A tally, any cells. On the recommendation question the bounds are of the net promoter score, on any other scale of
        the share of satisfied answers.
    invited
        Customers who were asked, those who answered among them: one number for one cell; for several, one a cell in the
        order of ``answers.index.keys``, or by label.
    satisfied_from
        Lowest answer that counts as satisfied; the scale's own top box by default.

    Returns
    -------
    NonresponseBounds
        Per cell. [NPS points, or share]; the widest possible where nobody answered.

    Raises
    ------
    InvalidValueError
        If more customers answered than were invited.
    WrongKindError
        For weighted answers: a weight says how the silent would have answered, which is what is in doubt.

    Notes
    -----
    The bounds assume nothing about the silent, so at low response rates they are wide: that is what the survey alone can say.
    They hold for the customers who were invited. The interval of the score is another matter: it asks how a fresh set of
    answers would differ, and takes those who answer for a fair sample.

    A customer who answers twice would count as two; a tally cannot know.

    References
    ----------
    .. [1] C. F. Manski, "Nonparametric bounds on treatment effects," American Economic Review 80 (1990), 319-323.
       *Bounds without assumptions; here for a share, and for the difference of two shares of one sample.*

    Examples
    --------
    >>> may = ScoreTally.from_counts({10: 550, 8: 250, 3: 200})
    >>> print(nonresponse_bounds(may, invited=1250))
    NPS +35.0, of all invited +8.0 to +48.0 (1,000 of 1,250 answered)
    >>> print(nonresponse_bounds(may, invited=2500))
    NPS +35.0, of all invited -46.0 to +74.0 (1,000 of 2,500 answered; 0 if the silent are at -23.3)
    """
    if isinstance(answers, WeightedScoreTally):
        msg = "bounds need plain counts: a weight already says what the silent think; use ScoreTally"
        raise WrongKindError(msg)
    asked, n = _invited(answers, invited), np.asarray(answers.n)
    if answers.scale in (NPS_SCALE, NPS_BANDS):
        if satisfied_from is not None:
            msg = "satisfied_from belongs to a satisfaction question; the recommendation question has promoters and detractors"
            raise DefinitionsDifferError(msg)
        bands = boxes(answers.scale, answers.counts)
        name, unit, factor, floor = "NPS", "NPS points", 100.0, -1
        heard = bands[..., 2] - bands[..., 0]
    else:
        more_is_better(answers.scale)
        rung = rung_from(satisfied_from, answers.scale)
        name, unit, factor, floor = csat_name(rung, answers.scale), "share", 1.0, 0
        heard = box_counts(answers, rung, answers.scale.high)[0]

    def part(of: Any, whole_: Any, empty: float) -> FloatArray:
        return floats(factor * np.divide(of, whole_, out=np.full(n.shape, float(empty)), where=whole_ > 0))

    return NonresponseBounds(
        name=name,
        value=part(heard, n, np.nan),
        low=part(heard + floor * (asked - n), asked, floor),
        high=part(heard + (asked - n), asked, 1),
        answered=n,
        invited=asked,
        unit=unit,
        index=answers.index,
    )


def response_rate(
    answers: Answers, *, invited: ArrayLike | Mapping[Any, int], confidence: float = 0.95, method: ShareInterval = "wilson"
) -> Estimate:
    """Share of invited customers who answered.

    Parameters
    ----------
    answers
        A tally, any scale and cells; of weighted answers the people are counted, not their weights.
    invited
        As for ``nonresponse_bounds``.
    confidence, method
        Coverage asked for, and interval; Wilson by default.

    Returns
    -------
    Estimate
        One value per cell. [share, 0 to 1]; ``nan`` where nobody was invited.

    Raises
    ------
    InvalidValueError
        If more customers answered than were invited.

    Notes
    -----
    A high rate does not prove that the silent think as the others do, nor a low one that they do not: see
    ``nonresponse_bounds``. The interval is for the rate that such invitations draw; of these invitations it is known.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference," J. Amer. Statist. Assoc. 22
       (1927). *The interval.*

    Examples
    --------
    >>> print(response_rate(ScoreTally.from_counts({10: 150, 8: 80, 3: 35}), invited=1400))
    response rate 18.9 % [17.0 %, 21.1 %] (95 %, n = 1,400, Wilson)
    """
    asked = _invited(answers, invited)
    return share_of(answers.n, asked, asked, name="response rate", index=answers.index, confidence=confidence, method=method)


def _invited(answers: Answers, invited: ArrayLike | Mapping[Any, int]) -> IntArray:
    """Invitations per cell, never fewer than answers."""
    if not isinstance(answers, ScoreTally | WeightedScoreTally):
        msg = f"answers must be a tally, got {type(answers).__name__}; count them first: ScoreTally.of(answers, scale=…)"
        raise WrongKindError(msg)
    if isinstance(invited, Mapping):
        given = {answers.index.position(label): number for label, number in invited.items()}
        if lacking := [key for i, key in enumerate(answers.index.keys) if i not in given]:
            msg = f"invited lacks cell {lacking[0]!r}; every cell needs its number"
            raise CellsDifferError(msg)
        invited = [given[i] for i in range(len(answers.index))]
    asked = whole(invited, "invited")
    if asked.size != len(answers.index):
        msg = f"invited must be one number a cell, {len(answers.index)} of them, got {asked.size}; or give them by label"
        raise CellsDifferError(msg)
    asked = whole(asked.reshape(answers.index.shape), "invited")
    if (more := np.asarray(answers.n > asked).ravel()).any():
        at = int(np.argmax(more))
        label = f" in cell {answers.index.keys[at]!r}" if answers.index.names else ""
        msg = f"invited must be at least the answers, got {asked.ravel()[at]} for {answers.n.ravel()[at]}{label}"
        raise InvalidValueError(msg, value=int(asked.ravel()[at]), cell=answers.index.keys[at])
    return asked
