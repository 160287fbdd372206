"""The words of a survey: the rungs of a question, which end is good, and how a score reads."""

import enum
from typing import Annotated

from annotated_types import Ge, Le
from attrs import frozen

from servicematters.core.checks import checked
from servicematters.core.errors import InvalidValueError

__all__ = ["CES_SCALE", "CSAT_SCALE", "NPS_BANDS", "NPS_SCALE", "RatingScale", "Reading"]


@frozen(field_transformer=checked)
class RatingScale:
    """The rungs of a rating question, which end is good, and where its boxes begin and end.

    Attributes
    ----------
    low, high
        Lowest and highest rung. [1]
    higher_is_better
        False for scales of effort or annoyance.
    bottom_box_to
        Last rung of the bottom box (detractors on the NPS question); None if the scale has no boxes.
    top_box_from
        First rung of the top box (promoters on the NPS question); None if the scale has no boxes.
    question
        What was asked, in a word: two questions on the same rungs do not add up.

    Raises
    ------
    InvalidValueError
        If the rungs or boxes are out of order.

    Examples
    --------
    >>> effort = RatingScale(1, 5, higher_is_better=False, bottom_box_to=2, top_box_from=4, question="effort")
    >>> effort.rungs
    5
    """

    low: Annotated[int, Ge(0), Le(100)]
    high: Annotated[int, Ge(1), Le(100)]
    higher_is_better: bool = True
    bottom_box_to: int | None = None
    top_box_from: int | None = None
    question: str = ""

    def __attrs_post_init__(self) -> None:
        if self.low >= self.high:
            msg = f"a scale needs at least two rungs, got {self.low} to {self.high}"
            raise InvalidValueError(msg, value=self.high)
        bottom, top = self.bottom_box_to, self.top_box_from
        if (bottom is None) != (top is None):
            msg = f"a scale has both boxes or none, got bottom_box_to={bottom} and top_box_from={top}"
            raise InvalidValueError(msg)
        if bottom is not None and top is not None and not self.low <= bottom < top <= self.high:
            msg = f"boxes must lie on the scale and apart, got to {bottom} and from {top} on {self.low} to {self.high}"
            raise InvalidValueError(msg)

    def __str__(self) -> str:
        turned = "" if self.higher_is_better else ", less is better"
        boxes = "" if self.top_box_from is None else f", boxes to {self.bottom_box_to} and from {self.top_box_from}"
        return f"{self.low} to {self.high} ({self.question or 'no question named'}{boxes}{turned})"

    @property
    def rungs(self) -> int:
        """Number of rungs."""
        return self.high - self.low + 1


NPS_SCALE = RatingScale(0, 10, bottom_box_to=6, top_box_from=9, question="recommend")
"""How likely are you to recommend us, 0 to 10: detractors to 6, promoters from 9 (Reichheld 2003)."""

NPS_BANDS = RatingScale(0, 2, bottom_box_to=0, top_box_from=2, question="recommend, by band")
"""Where only the bands are known: 0 detractor, 1 passive, 2 promoter."""

CSAT_SCALE = RatingScale(1, 5, bottom_box_to=2, top_box_from=4, question="satisfaction")
"""How satisfied are you, 1 to 5: satisfied from 4."""

CES_SCALE = RatingScale(1, 7, bottom_box_to=3, top_box_from=5, question="ease")
"""They made it easy for me, 1 (disagree) to 7 (agree): easy from 5 (CES 2.0). An effort question runs the other way."""


class Reading(enum.Enum):
    """A net score held against zero."""

    POSITIVE = "positive"
    """The whole interval is above 0."""
    NEGATIVE = "negative"
    """The whole interval is below 0."""
    STAGNANT = "stagnant"
    """The interval holds 0 and is narrow enough to say that there is nothing in it either way."""
    UNDECIDED = "undecided"
    """The interval holds 0 and much else; or nobody answered."""

    def __str__(self) -> str:
        return self.value
