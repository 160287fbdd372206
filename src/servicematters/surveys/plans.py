"""What a plan says: how many answers are needed, or what the answers at hand can find."""

import math
from collections.abc import Iterable
from typing import Annotated, Any

from annotated_types import Ge, Le
from attrs import field, frozen

from servicematters.core.checks import checked
from servicematters.core.plain import to_plain
from servicematters.core.printing import plural

__all__ = ["DetectableDifference", "SampleSize"]


def _as_tuple(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(values)


@frozen(field_transformer=checked, repr=False, kw_only=True)
class SampleSize:
    """How many answers are needed, and what for.

    Attributes
    ----------
    per_group
        Answers in each group. [answers]
    groups
        1, or 2 where two groups are compared.
    goal
        What the answers are for.
    method
        What was assumed and which formula was used.
    """

    per_group: Annotated[int, Ge(1)]
    groups: Annotated[int, Ge(1), Le(2)]
    goal: str
    method: str

    @property
    def answers(self) -> int:
        """Answers in all groups together. [answers]"""
        return self.per_group * self.groups

    def __str__(self) -> str:
        each = f" in each of two groups, {self.answers:,} in all," if self.groups == 2 else ""
        return f"{plural(self.per_group, 'answer')}{each} {self.goal} ({self.method})"

    def __repr__(self) -> str:
        return f"<SampleSize {self}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version."""
        plain: dict[str, Any] = to_plain(self)
        return plain


@frozen(field_transformer=checked, repr=False, kw_only=True)
class DetectableDifference:
    """The smallest difference that a number of answers finds as often as was asked for.

    Attributes
    ----------
    points
        The difference; infinite where so few answers cannot find any. [NPS points]
    answers
        Answers of each group. [answers]
    method
        What was assumed and which formula was used.
    """

    points: Annotated[float, Ge(0)] = field(converter=float)
    answers: tuple[int, ...] = field(converter=_as_tuple)
    method: str

    def __float__(self) -> float:
        return self.points

    def __str__(self) -> str:
        numbers = [f"{n:,}" for n in self.answers]
        noun = "answer" if self.answers == (1,) else "answers"
        found = "no difference can be found" if math.isinf(self.points) else f"{self.points:.1f} NPS points can be found"
        against = f"{' and '.join(numbers)} {noun}" + ("" if len(numbers) > 1 else " against a benchmark")
        return f"{found} with {against} ({self.method})"

    def __repr__(self) -> str:
        return f"<DetectableDifference {self}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version."""
        plain: dict[str, Any] = to_plain(self)
        return plain
