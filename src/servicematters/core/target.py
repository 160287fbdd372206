"""Is the target met: yes, no, or not known yet."""

import enum
from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from servicematters.core.checks import checked
from servicematters.core.errors import InvalidValueError, WrongKindError
from servicematters.core.estimate import Estimate
from servicematters.core.printing import exactly, form

__all__ = ["Target", "Verdict"]


class Verdict(enum.Enum):
    """What an interval allows to be said."""

    MET = "met"
    """The whole interval is on the right side of the target."""
    MISSED = "missed"
    """The whole interval is on the wrong side."""
    UNDECIDED = "undecided"
    """The interval holds both sides, or nothing was counted."""
    IMPROVED = "improved"
    """A change for the better that chance does not explain."""
    WORSENED = "worsened"
    """A change for the worse that chance does not explain."""
    NO_EVIDENCE = "no evidence of change"
    """Chance explains the difference; this does not prove that nothing changed."""

    def __str__(self) -> str:
        return self.value


def _pair(value: Sequence[float] | None) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = value
    return float(low), float(high)


@frozen(field_transformer=checked, repr=False)
class Target:
    """A promise about a number: at least, at most, or between.

    Attributes
    ----------
    at_least, at_most, between
        Exactly one of them, in the unit of the estimate that is judged: NPS points, or 0 to 1 for a share.

    Examples
    --------
    >>> import servicematters as sv
    >>> print(Target(at_least=20).judge(sv.nps([10] * 500 + [7] * 300 + [2] * 200)))
    met
    >>> print(Target(at_least=20).judge(sv.nps([10] * 5 + [7] * 3 + [2] * 2)))
    undecided
    """

    at_least: float | None = None
    at_most: float | None = None
    between: tuple[float, float] | None = field(default=None, converter=_pair)

    def __attrs_post_init__(self) -> None:
        given = [bound for bound in (self.at_least, self.at_most, self.between) if bound is not None]
        if len(given) != 1:
            msg = f"a target needs exactly one of at_least, at_most and between, got {len(given)}"
            raise InvalidValueError(msg)
        low, high = self.bounds
        given_numbers = [bound for bound in (self.at_least, self.at_most, *(self.between or ())) if bound is not None]
        if not np.isfinite(given_numbers).all() or low > high:
            msg = f"a target needs finite bounds, the lower first, got {', '.join(f'{b:g}' for b in given_numbers)}"
            raise InvalidValueError(msg)

    @property
    def bounds(self) -> tuple[float, float]:
        """The two ends of what is asked for, one of them infinite unless the target is ``between``."""
        if self.between is not None:
            low, high = self.between
            return float(low), float(high)
        return (
            float("-inf") if self.at_least is None else float(self.at_least),
            float("inf") if self.at_most is None else float(self.at_most),
        )

    def judge(self, estimate: Estimate) -> Verdict:
        """Verdict on an estimate of one cell.

        Raises
        ------
        WrongKindError
            If there are several cells; ``judge_cells`` judges each.
        """
        if len(estimate.index) != 1:
            cells = len(estimate.index)
            msg = f"{cells} cells have {cells} verdicts; use judge_cells, or pick one cell: estimate[label]"
            raise WrongKindError(msg)
        return self.judge_cells(estimate)[0]

    def judge_cells(self, estimate: Estimate) -> tuple[Verdict, ...]:
        """Verdict on each cell, in the order of ``estimate.index.keys``.

        Raises
        ------
        InvalidValueError
            If the target lies outside what the estimate's unit can be, such as 80 for a share.
        """
        least, most = self.bounds
        first, last = form(estimate.unit).range
        for bound in (least, most):
            if np.isfinite(bound) and not first <= bound <= last:
                hint = "; 80 % is 0.80" if last == 1 else ""
                msg = f"{estimate.name} lies between {first:g} and {last:g}, got the target {bound:g}{hint}"
                raise InvalidValueError(msg, value=bound)
        return tuple(
            Verdict.UNDECIDED
            if np.isnan(value)
            else Verdict.MET
            if least <= low and high <= most
            else Verdict.MISSED
            if high < least or most < low
            else Verdict.UNDECIDED
            for value, low, high in zip(estimate.value.ravel(), estimate.low.ravel(), estimate.high.ravel(), strict=True)
        )

    def phrase(self, unit: str = "") -> str:
        """The target in words, with all its digits: "at least +30"."""
        low, high = (exactly(bound, unit) for bound in self.bounds)
        if self.between is not None:
            return f"between {low} and {high}"
        return f"at least {low}" if self.at_least is not None else f"at most {high}"

    def __repr__(self) -> str:
        given = {"at_least": self.at_least, "at_most": self.at_most, "between": self.between}
        return f"Target({', '.join(f'{name}={bound}' for name, bound in given.items() if bound is not None)})"
