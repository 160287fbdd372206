"""Is the target met: yes, no, or not known yet."""

import enum
from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from servicematters.core.checks import checked
from servicematters.core.errors import InvalidValueError, WrongKindError
from servicematters.core.estimate import Estimate
from servicematters.core.printing import form, shown

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


@frozen(field_transformer=checked)
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
        if np.isnan(low) or np.isnan(high) or low > high:
            msg = f"a target's lower bound must not exceed its upper, got {low} and {high}"
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
            If the estimate is a share and the target lies outside 0 to 1.
        """
        least, most = self.bounds
        if estimate.unit == "share":
            for bound in (least, most):
                if np.isfinite(bound) and not 0 <= bound <= 1:
                    msg = f"a share lies between 0 and 1, got the target {bound:g}; 80 % is 0.80"
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
        """The target in words: "at least +30.0"."""
        low, high = self.bounds
        digits = 1 if form(unit).factor == 1 else 0
        if self.between is not None:
            return f"between {shown(low, unit, digits)} and {shown(high, unit, digits)}"
        if self.at_least is not None:
            return f"at least {shown(low, unit, digits)}"
        return f"at most {shown(high, unit, digits)}"
