"""Made-up data whose truth is known, to try things on and to test with."""

from typing import Annotated

import numpy as np
from annotated_types import Gt
from attrs import field, frozen

from servicematters.core.checks import checked
from servicematters.core.errors import InvalidValueError

__all__ = ["SimulatedSurvey", "survey"]

_MONTHS = ("2026-04", "2026-05", "2026-06")
_SEGMENTS = ("business", "private")
_SHARE_OF_SEGMENT = (0.3, 0.7)
# chance of each answer 0 … 10, by segment; the months do not differ, so every move between them is noise
_ANSWERS = {
    "business": (0.02, 0.01, 0.02, 0.03, 0.03, 0.06, 0.08, 0.15, 0.20, 0.20, 0.20),
    "private": (0.01, 0.01, 0.01, 0.02, 0.02, 0.04, 0.05, 0.12, 0.22, 0.25, 0.25),
}


@frozen(kw_only=True, field_transformer=checked)
class SimulatedSurvey:
    """Answers to the recommendation question, and the score that they were drawn from.

    Attributes
    ----------
    columns
        ``month``, ``segment`` and ``score``, one list each; None where nobody answered.
    true_nps
        Net promoter score of the population. [NPS points]
    true_nps_of
        The same by segment. [NPS points]
    rows
        Customers asked, whether they answered or not. [rows]
    """

    columns: dict[str, list[str] | list[int | None]] = field(repr=False)
    true_nps: float
    true_nps_of: dict[str, float]
    rows: Annotated[int, Gt(0)]


def _net(chances: tuple[float, ...]) -> float:
    return round(100 * (sum(chances[9:]) - sum(chances[:7])), 10)


def survey(*, rows: int = 600, no_answer: float = 0.05, rng: int | np.random.Generator = 2026) -> SimulatedSurvey:
    """Draw a survey of three months and two segments.

    Parameters
    ----------
    rows
        Customers to ask. [rows]
    no_answer
        Chance that a row is left empty, whatever the customer thinks. [1]
    rng
        Seed or generator; the same seed draws the same survey.

    Examples
    --------
    >>> drawn = survey(rows=1000, rng=1)
    >>> round(drawn.true_nps, 1)
    28.3
    """
    if rows < 1:
        msg = f"rows must be at least 1, got {rows}"
        raise InvalidValueError(msg, value=rows)
    if not 0 <= no_answer < 1:
        msg = f"no_answer must be from 0 to below 1, got {no_answer}"
        raise InvalidValueError(msg, value=no_answer)
    generator = np.random.default_rng(rng)
    months = generator.choice(_MONTHS, size=rows)
    segments = generator.choice(_SEGMENTS, size=rows, p=_SHARE_OF_SEGMENT)
    draws = {name: generator.choice(11, size=rows, p=_ANSWERS[name]) for name in _SEGMENTS}
    scores = np.where(segments == "business", draws["business"], draws["private"])
    silent = generator.random(rows) < no_answer
    true_of = {name: _net(_ANSWERS[name]) for name in _SEGMENTS}
    return SimulatedSurvey(
        columns={
            "month": months.tolist(),
            "segment": segments.tolist(),
            "score": [None if gone else score for score, gone in zip(scores.tolist(), silent.tolist(), strict=True)],
        },
        true_nps=round(sum(share * true_of[name] for name, share in zip(_SEGMENTS, _SHARE_OF_SEGMENT, strict=True)), 10),
        true_nps_of=true_of,
        rows=rows,
    )
