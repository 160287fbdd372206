"""What a survey's measures take: a tally, or raw answers that are counted on the way in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servicematters.core.errors import DefinitionsDifferError, InvalidValueError, WrongKindError
from servicematters.surveys.intake import Invalid, Missing
from servicematters.surveys.model import CSAT_SCALE, NPS_BANDS, NPS_SCALE, RatingScale
from servicematters.surveys.tally import ScoreTally, WeightedScoreTally, boxes

__all__ = [
    "Answers",
    "box_counts",
    "csat_name",
    "effective_boxes",
    "more_is_better",
    "own_boxes",
    "rung_from",
    "tallied",
    "weighting",
]

Answers = ScoreTally | WeightedScoreTally


def tallied(
    answers: Any, scale: RatingScale, missing: Missing, invalid: Invalid, *, also: tuple[RatingScale, ...] = ()
) -> Answers:
    """The tally itself, on the scale that was asked for, or raw answers counted on it."""
    if not isinstance(scale, RatingScale):
        msg = f"scale must be a RatingScale, got {scale!r}"
        raise WrongKindError(msg)
    if not isinstance(answers, ScoreTally | WeightedScoreTally):
        return ScoreTally.of(answers, scale=scale, missing=missing, invalid=invalid)
    if answers.scale != scale and answers.scale not in also:
        msg = f"the measure wants answers on {scale}, the tally was counted on {answers.scale}; pass scale= if that is meant"
        raise DefinitionsDifferError(msg)
    return answers


def effective_boxes(tally: Answers) -> NDArray[np.float64]:
    """Bottom, middle and top box per cell, scaled to the effective number of answers."""
    shares, n = np.asarray(tally.shares), np.asarray(tally.n_effective)
    if isinstance(tally, ScoreTally):
        return boxes(tally.scale, tally.counts).astype(np.float64)
    return np.asarray(boxes(tally.scale, np.where(np.isnan(shares), 0, shares) * n[..., None]), dtype=np.float64)


def box_counts(tally: Answers, first: int, last: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Effective answers on rungs ``first`` to ``last``, and on all rungs."""
    n = np.asarray(tally.n_effective, dtype=np.float64)
    part = slice(first - tally.scale.low, last - tally.scale.low + 1)
    if isinstance(tally, ScoreTally):
        return tally.counts[..., part].sum(axis=-1).astype(np.float64), n
    shares = np.asarray(tally.shares)[..., part].sum(axis=-1)
    return np.asarray(np.where(n > 0, np.minimum(shares, 1.0) * n, 0.0)), n


def weighting(tally: Answers) -> str:
    """What the name of a method adds where answers were weighted."""
    return ", Kish weights" if isinstance(tally, WeightedScoreTally) else ""


def rung_from(rung: Any, scale: RatingScale) -> int:
    """The first satisfied rung: the one asked for, or the scale's own top box."""
    if rung is None:
        if scale.top_box_from is None:
            msg = f"the scale has no top box; say satisfied_from=, got {scale}"
            raise DefinitionsDifferError(msg)
        return scale.top_box_from
    if isinstance(rung, bool) or not isinstance(rung, int) or not scale.low < rung <= scale.high:
        msg = f"satisfied_from must be a rung above {scale.low} and up to {scale.high}, got {rung!r}"
        raise InvalidValueError(msg, value=rung)
    return rung


def csat_name(rung: int, scale: RatingScale) -> str:
    """The measure's name, which says so where satisfied begins elsewhere than 4 of 5."""
    if (rung, scale) == (CSAT_SCALE.top_box_from, CSAT_SCALE):
        return "CSAT"
    return f"CSAT ({rung})" if rung == scale.high else f"CSAT ({rung} to {scale.high})"


def own_boxes(scale: RatingScale) -> str:
    """What the name of a method adds where the boxes are not those of the net promoter score."""
    return "" if scale in (NPS_SCALE, NPS_BANDS) else ", own boxes"


def more_is_better(scale: RatingScale) -> None:
    """Refuse a scale on which the low answers are the good ones.

    Raises
    ------
    DefinitionsDifferError
        If less is better.
    """
    if not scale.higher_is_better:
        msg = f"the measure needs a scale on which more is better, got {scale}"
        raise DefinitionsDifferError(msg)
