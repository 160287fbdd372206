"""Count survey answers once, rung by rung, so that any cut can be asked for later."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from servicematters.core.arrays import FloatArray, IntArray, floats, whole
from servicematters.core.counts import CountsTable, as_column, count_columns, first_position, value_counts
from servicematters.core.errors import DefinitionsDifferError, InvalidValueError
from servicematters.core.index import Index
from servicematters.core.printing import label_text
from servicematters.core.tally import Excluded, Tally, counted, weighed
from servicematters.surveys.intake import REASONS, Invalid, Missing, sort_answers
from servicematters.surveys.model import NPS_BANDS, NPS_SCALE, RatingScale

__all__ = ["ScoreTally", "WeightedScoreTally"]

NO_WEIGHT = "no weight"
_ROUNDING = 1e-9


@frozen(eq=False, repr=False, kw_only=True)
class ScoreTally(Tally):
    """How many answers stand on each rung, per cell.

    Attributes
    ----------
    scale
        The question's rungs; tallies of different scales do not add up.
    counts
        Answers per rung, lowest rung first; shape (rungs,) or (cells, rungs). [answers]

    Examples
    --------
    >>> monday = ScoreTally.of([10, 9, 3, None])
    >>> tuesday = ScoreTally.of([7, 10, 99], missing=[99])
    >>> monday + tuesday
    ScoreTally(n = 5; left out: 2 no answer)
    """

    scale: RatingScale
    counts: IntArray = counted()

    def _width(self) -> tuple[int, ...]:
        return (self.scale.rungs,)

    @property
    def n(self) -> IntArray:
        """Answers per cell. [answers]"""
        return whole(self.counts.sum(axis=-1))

    @classmethod
    def of(cls, scores: Any, *, scale: RatingScale = NPS_SCALE, missing: Missing = (), invalid: Invalid = "raise") -> Self:
        """Count one column of raw answers into one cell.

        Parameters
        ----------
        scores
            List, array, or a column (series) of any engine.
        scale
            Rungs of the question.
        missing
            Codes that mean no answer, such as 99; an empty cell (None, nan, null) always does.
        invalid
            "raise" on anything else that is not a rung, or "drop" it into ``excluded`` under its reason.

        Raises
        ------
        InvalidValueError
            On the first value that is no answer and no rung; names value, position, and how many there are.

        Examples
        --------
        >>> ScoreTally.of([10, 9, 11, 3.5], invalid="drop")
        ScoreTally(n = 2; left out: 1 fractional; 1 out of range)
        """
        if isinstance(scores, np.ndarray | list | tuple | range):
            column = as_column(scores)
        else:
            from servicematters import frames  # lists and arrays need no engine

            column = frames.values(scores)
        values, rows = value_counts(column)
        table = CountsTable(
            Index(), np.zeros(rows.size, np.int64), values, rows, locate=lambda value: first_position(column, value)
        )
        return cls.from_table(table, scale=scale, missing=missing, invalid=invalid)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        value: str,
        *,
        by: str | Iterable[str] = (),
        scale: RatingScale = NPS_SCALE,
        missing: Missing = (),
        invalid: Invalid = "raise",
    ) -> Self:
        """Count a column of a frame, one cell a group, inside the frame's own engine.

        Parameters
        ----------
        frame
            A frame of pandas, polars, pyarrow, DuckDB, Dask or PySpark, anything with ``__arrow_c_stream__``, or a mapping of
            column names to arrays or lists.
        value
            Column of answers.
        by
            Columns that cut the answers into cells: text, whole numbers, bools or dates.
        scale, missing, invalid
            As for ``of``.

        Raises
        ------
        MissingColumnError
            If a column is not there.
        InvalidValueError
            As for ``of``; names the cell, and the position where the engine keeps one.

        Examples
        --------
        >>> columns = {"score": [10, 9, 3, 7], "month": ["2026-05", "2026-05", "2026-06", "2026-06"]}
        >>> ScoreTally.from_frame(columns, "score", by="month")
        ScoreTally(n = 4, 2 cells by month; left out: nothing)
        """
        from servicematters import frames  # counting arrays must not load an engine's door

        return cls.from_table(frames.count(frame, value, by=by), scale=scale, missing=missing, invalid=invalid)

    @classmethod
    def from_counts(
        cls,
        counts: ArrayLike | Mapping[Any, int],
        *,
        scale: RatingScale = NPS_SCALE,
        index: Index | None = None,
        total: ArrayLike | None = None,
    ) -> Self:
        """Take counts that somebody else has made.

        Parameters
        ----------
        counts
            One number a rung, lowest first, shape (rungs,) or (cells, rungs); or a mapping of rung to count.
        scale
            Rungs of the question; ``NPS_BANDS`` where only detractors, passives and promoters are known.
        index
            Labels of the cells, in the order of the rows of ``counts``; needed for more than one cell.
        total
            Answers that the source claims, per cell; refused if the counts do not add up to it.

        Raises
        ------
        InvalidValueError
            If a rung is not on the scale, or counts do not add up to ``total``.

        Examples
        --------
        >>> ScoreTally.from_counts([2, 11, 18], scale=NPS_BANDS, total=32)
        Traceback (most recent call last):
        servicematters.core.errors.InvalidValueError: counts add up to 31, not to the 32 answers claimed
        """
        if isinstance(counts, Mapping):
            rows = np.zeros(scale.rungs, dtype=np.int64)
            for rung, number in counts.items():
                if isinstance(rung, bool) or not isinstance(rung, int | np.integer) or not scale.low <= rung <= scale.high:
                    msg = f"rungs go from {scale.low} to {scale.high}, got {rung!r}"
                    raise InvalidValueError(msg, value=rung)
                rows[int(rung) - scale.low] = whole(number)
            counts = rows
        tally = cls(index=index or Index(), scale=scale, counts=whole(counts))
        if total is not None:
            claimed = np.broadcast_to(whole(total, "total"), tally.n.shape)
            if (wrong := claimed != tally.n).any():
                at = int(np.argmax(wrong.ravel()))
                msg = f"counts add up to {tally.n.ravel()[at]}, not to the {claimed.ravel()[at]} answers claimed"
                raise InvalidValueError(msg, value=int(claimed.ravel()[at]), cell=tally.index.keys[at])
        return tally

    @classmethod
    def from_table(
        cls, table: CountsTable, *, scale: RatingScale = NPS_SCALE, missing: Missing = (), invalid: Invalid = "raise"
    ) -> Self:
        """Sort a table of distinct values onto the rungs; what ``of`` and ``from_frame`` end in."""
        rungs = sort_answers(table, scale, missing, invalid)
        return cls(
            index=table.index,
            scale=scale,
            counts=_placed(table, rungs, table.rows, scale),
            excluded=_left_out(table, rungs, table.rows),
        )

    def banded(self) -> Self:
        """The same answers by detractor, passive and promoter only, to add to tallies that know no more."""
        if self.scale == NPS_BANDS:
            return self
        if self.scale != NPS_SCALE:
            msg = f"only answers on the 0 to 10 question fall into detractors, passives and promoters, got {self.scale}"
            raise DefinitionsDifferError(msg)
        return type(self)(index=self.index, scale=NPS_BANDS, counts=boxes(self.scale, self.counts), excluded=self.excluded)

    @property
    def n_effective(self) -> FloatArray:
        """Answers that carry information, per cell: all of them, as each weighs the same. [1]"""
        return floats(self.n)

    @property
    def shares(self) -> FloatArray:
        """Share of answers on each rung, per cell; nan where nobody answered. [1]"""
        return _shares(self.counts)


@frozen(eq=False, repr=False, kw_only=True)
class WeightedScoreTally(Tally):
    """Weights of the answers on each rung, per cell; equal and additive to rounding.

    Attributes
    ----------
    scale
        The question's rungs.
    counts
        Answers per rung. [answers]
    weights, squares
        Sum of weights and of squared weights per rung. [weight], [weight²]

    Notes
    -----
    Intervals use Kish's effective number of answers, (Σw)² / Σw². That is right for weights that do not follow the answer;
    the design of a stratified or clustered sample is not in it.

    References
    ----------
    .. [1] L. Kish, *Survey Sampling*, Wiley 1965. *Effective sample size under unequal weights.*
    """

    scale: RatingScale
    counts: IntArray = counted()
    weights: FloatArray = weighed()
    squares: FloatArray = weighed()

    def _width(self) -> tuple[int, ...]:
        return (self.scale.rungs,)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        # no weights without answers, and (Σw)² ≤ n·Σw², by Cauchy and Schwarz
        impossible = self.weights**2 > self.counts * self.squares * (1 + _ROUNDING)
        if impossible.any():
            at = tuple(int(i) for i in np.argwhere(impossible)[0])
            msg = (
                f"weights {self.weights[at]:g} and squares {self.squares[at]:g} cannot come from {self.counts[at]} answers, "
                f"on rung {self.scale.low + at[-1]}"
            )
            raise InvalidValueError(msg, value=float(self.weights[at]))

    @property
    def n(self) -> IntArray:
        """Answers per cell. [answers]"""
        return whole(self.counts.sum(axis=-1))

    @property
    def n_effective(self) -> FloatArray:
        """Kish's effective number of answers per cell; 0 where nobody answered. [1]"""
        squares = np.asarray(self.squares.sum(axis=-1))
        total = np.asarray(self.weights.sum(axis=-1))
        return floats(np.divide(total**2, squares, out=np.zeros(squares.shape), where=squares > 0))

    @property
    def shares(self) -> FloatArray:
        """Weighted share of answers on each rung, per cell; nan where nobody answered. [1]"""
        return _shares(self.weights)

    @classmethod
    def of(
        cls,
        scores: Any,
        weights: ArrayLike,
        *,
        scale: RatingScale = NPS_SCALE,
        missing: Missing = (),
        invalid: Invalid = "raise",
    ) -> Self:
        """Count one column of raw answers with their weights into one cell.

        Parameters
        ----------
        scores, scale, missing, invalid
            As for ``ScoreTally.of``; ``invalid="drop"`` also leaves out answers whose weight is empty, negative or infinite.
        weights
            One weight an answer, finite and 0 or more.

        Examples
        --------
        >>> tally = WeightedScoreTally.of([10, 9, 3], [1.0, 1.0, 2.0])
        >>> float(tally.n_effective.round(2))
        2.67
        """
        from servicematters import frames  # lists and arrays need no engine

        columns = {"answer": frames.values(scores), "weight": frames.values(weights)}
        table = count_columns(columns, "answer", (), weight="weight")
        return cls.from_table(table, scale=scale, missing=missing, invalid=invalid)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        value: str,
        *,
        weight: str,
        by: str | Iterable[str] = (),
        scale: RatingScale = NPS_SCALE,
        missing: Missing = (),
        invalid: Invalid = "raise",
    ) -> Self:
        """Count a column of a frame with its weights, one cell a group, inside the frame's own engine.

        Parameters
        ----------
        frame, value, by, scale, missing, invalid
            As for ``ScoreTally.from_frame``.
        weight
            Column of weights, finite and 0 or more.
        """
        from servicematters import frames  # see ScoreTally.from_frame

        table = frames.count_weighted(frame, value, weight, by=by)
        return cls.from_table(table, scale=scale, missing=missing, invalid=invalid)

    @classmethod
    def from_table(
        cls, table: CountsTable, *, scale: RatingScale = NPS_SCALE, missing: Missing = (), invalid: Invalid = "raise"
    ) -> Self:
        """Sort a table of distinct values, with its sums of weights, onto the rungs."""
        rungs = sort_answers(table, scale, missing, invalid)
        bad = np.where(rungs >= 0, table.sums["bad"], 0).astype(np.int64)
        if bad.any() and invalid == "raise":
            cell = table.index.keys[int(table.cell[int(np.argmax(bad > 0))])] if table.index.names else None
            place = "" if cell is None else f", the first in cell {', '.join(map(label_text, cell))}"
            msg = (
                f"weights must be finite and 0 or more; {int(bad.sum()):,} answers have no such weight{place}; "
                'invalid="drop" leaves them out and says how many'
            )
            raise InvalidValueError(msg, cell=cell, count=int(bad.sum()))
        excluded = dict(_left_out(table, rungs, table.rows))
        if bad.any():
            excluded[NO_WEIGHT] = _per_cell(table, bad)
        return cls(
            index=table.index,
            scale=scale,
            counts=_placed(table, rungs, table.rows - bad, scale),
            weights=_placed(table, rungs, table.sums["weight"], scale),
            squares=_placed(table, rungs, table.sums["square"], scale),
            excluded=Excluded(excluded, shape=table.index.shape),
        )


def boxes(scale: RatingScale, rungs: NDArray[Any]) -> NDArray[Any]:
    """Sums over the bottom box, what lies between, and the top box, along the last axis.

    Raises
    ------
    DefinitionsDifferError
        If the scale has no boxes.
    """
    if scale.bottom_box_to is None or scale.top_box_from is None:
        msg = f"the scale has no boxes; give it bottom_box_to and top_box_from, got {scale}"
        raise DefinitionsDifferError(msg)
    bottom, top = scale.bottom_box_to - scale.low + 1, scale.top_box_from - scale.low
    parts = (rungs[..., :bottom], rungs[..., bottom:top], rungs[..., top:])
    return np.stack([part.sum(axis=-1) for part in parts], axis=-1)


def _placed(table: CountsTable, rungs: IntArray, amount: NDArray[Any], scale: RatingScale) -> NDArray[Any]:
    counts = np.zeros((len(table.index), scale.rungs), dtype=amount.dtype)
    on = rungs >= 0
    np.add.at(counts, (table.cell[on], rungs[on]), amount[on])
    return counts.reshape(*table.index.shape, scale.rungs)


def _per_cell(table: CountsTable, amount: IntArray) -> IntArray:
    out = np.zeros(len(table.index), dtype=np.int64)
    np.add.at(out, table.cell, amount)
    return out.reshape(table.index.shape)


def _left_out(table: CountsTable, rungs: IntArray, rows: IntArray) -> Excluded:
    counts = {reason: _per_cell(table, np.where(rungs == -1 - i, rows, 0)) for i, reason in enumerate(REASONS)}
    return Excluded(counts, shape=table.index.shape)


def _shares(amount: NDArray[Any]) -> FloatArray:
    total = amount.sum(axis=-1, keepdims=True)
    return floats(np.divide(amount, total, out=np.full(amount.shape, np.nan), where=total > 0))
