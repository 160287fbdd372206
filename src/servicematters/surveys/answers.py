"""What a survey's measures take: a tally, or raw answers that are counted on the way in."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from servicematters.core.errors import DefinitionsDifferError, InvalidValueError
from servicematters.surveys.intake import Invalid, Missing
from servicematters.surveys.model import RatingScale
from servicematters.surveys.tally import ScoreTally, WeightedScoreTally, boxes

__all__ = ["Answers", "box_counts", "effective_boxes", "picked", "tallied", "weighting"]

Answers = ScoreTally | WeightedScoreTally
T = TypeVar("T")


def tallied(
    answers: Any, scale: RatingScale, missing: Missing, invalid: Invalid, *, also: tuple[RatingScale, ...] = ()
) -> Answers:
    """The tally itself, on the scale that was asked for, or raw answers counted on it."""
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


def picked(methods: Mapping[str, tuple[str, Callable[..., T]]], method: str) -> tuple[str, Callable[..., T]]:
    """Title and function of the method asked for.

    Raises
    ------
    InvalidValueError
        If there is no such method; lists those that there are.
    """
    try:
        title, function = methods[method]
    except KeyError:
        msg = f"method must be one of {', '.join(methods)}, got {method!r}"
        raise InvalidValueError(msg, value=method) from None
    return title, function
