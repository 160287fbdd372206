"""All of the answers rather than one box of them: the mean, and the share of every rung."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from servicematters.core.arrays import FloatArray
from servicematters.core.checks import chosen, probability
from servicematters.core.errors import CellsDifferError, InvalidValueError, WrongKindError
from servicematters.core.estimate import Estimate
from servicematters.core.index import Index
from servicematters.kernels import multinomial
from servicematters.surveys.answers import Answers, tallied, weighting
from servicematters.surveys.intake import Invalid, Missing
from servicematters.surveys.model import RatingScale
from servicematters.surveys.tally import ScoreTally, WeightedScoreTally

__all__ = ["distribution", "mean_score"]

DistributionInterval = Literal["goodman", "quesenberry-hurst", "sison-glaz", "fitzpatrick-scott", "wilson"]

_DISTRIBUTION_INTERVALS: dict[str, tuple[str, Callable[..., tuple[FloatArray, FloatArray]]]] = {
    "goodman": ("Goodman, simultaneous", multinomial.goodman),
    "quesenberry-hurst": ("Quesenberry-Hurst, simultaneous", multinomial.quesenberry_hurst),
    "sison-glaz": ("Sison-Glaz, simultaneous", multinomial.sison_glaz),
    "fitzpatrick-scott": ("Fitzpatrick-Scott, simultaneous", multinomial.fitzpatrick_scott),
    "wilson": ("Wilson, one rung at a time", multinomial.wilson),
}


def mean_score(
    answers: Any,
    *,
    scale: RatingScale | None = None,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
) -> Estimate:
    """Mean answer, with Student's interval kept on the scale.

    Parameters
    ----------
    answers
        A tally on any scale, any cells; or raw answers, which need ``scale``.
    scale, missing, invalid
        For raw answers.
    confidence
        Coverage asked for, in (0, 1). [1]

    Returns
    -------
    Estimate
        One value per cell. [score, the rungs' own numbers]; ``nan`` where nobody answered.

    Notes
    -----
    A mean says little about answers that pile up at both ends; look at ``distribution`` beside it. Where all answers agree
    Student's interval has no width; the limits then come from the exact bound on the share of other answers.

    Examples
    --------
    >>> from servicematters.surveys import CSAT_SCALE
    >>> print(mean_score([5, 4, 4, 2, 5, 3, 5, 4], scale=CSAT_SCALE))
    mean score 4.0 [3.1, 4.9] (95 %, n = 8, Student's t)
    """
    from scipy import special  # only the mean needs it

    tally = _on_any_scale(answers, scale, missing, invalid)
    confidence = probability(confidence)
    low_rung, high_rung = tally.scale.low, tally.scale.high
    rungs = np.arange(low_rung, high_rung + 1, dtype=np.float64)
    n, shares = np.asarray(tally.n_effective), np.asarray(tally.shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = shares @ rungs
        spread = np.maximum(shares @ rungs**2 - mean**2, 0) * n / (n - 1)
        half = special.stdtrit(n - 1, (1 + confidence) / 2) * np.sqrt(spread / n)
        others = -np.expm1(np.log((1 - confidence) / 2) / n)  # largest share of unseen answers that n of one mind allow
    unanimous = np.nanmax(np.where(np.isnan(shares), 0, shares), axis=-1) == 1
    low = np.where(unanimous, mean - others * (mean - low_rung), mean - half)
    high = np.where(unanimous, mean + others * (high_rung - mean), mean + half)
    return Estimate(
        name="mean score",
        unit="score",
        value=np.where(n > 0, mean, np.nan),
        low=np.where(n > 0, np.fmax(low, low_rung), low_rung),
        high=np.where(n > 0, np.fmin(high, high_rung), high_rung),
        n=tally.n,
        confidence=confidence,
        method="Student's t" + (", exact bound where all agree" if (unanimous & (n > 0)).any() else "") + weighting(tally),
        index=tally.index,
    )


def distribution(
    answers: Any,
    *,
    scale: RatingScale | None = None,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
    method: DistributionInterval = "goodman",
) -> Estimate:
    """Share of answers on every rung, with intervals that hold for all rungs together.

    Parameters
    ----------
    answers
        A tally on any scale, any cells; or raw answers, which need ``scale``.
    scale, missing, invalid
        For raw answers.
    confidence
        Coverage of all rungs of a cell together, in (0, 1); of each rung alone for "wilson". [1]
    method
        Interval; Goodman's by default. Sison and Glaz's are shorter, but have no width where all answers agree.

    Returns
    -------
    Estimate
        One value per cell and rung, labelled by ``answer``. [share, 0 to 1]; ``nan`` where nobody answered.

    References
    ----------
    .. [1] L. A. Goodman, "On simultaneous confidence intervals for multinomial proportions," Technometrics 7 (1965).

    Examples
    --------
    >>> from servicematters.surveys import CSAT_SCALE
    >>> e = distribution([5] * 60 + [4] * 22 + [3] * 10 + [1] * 8, scale=CSAT_SCALE)
    >>> print(e[5])
    share of answers 60.0 % [47.1 %, 71.6 %] (95 %, n = 100, Goodman, simultaneous)
    """
    tally = _on_any_scale(answers, scale, missing, invalid)
    if "answer" in tally.index.names:
        msg = "the rungs are labelled 'answer', which the cells already are; count by another name"
        raise CellsDifferError(msg)
    if method == "sison-glaz" and isinstance(tally, WeightedScoreTally):
        msg = "sison-glaz counts whole answers and has no meaning for weights; use goodman"
        raise InvalidValueError(msg, value=method)
    title, interval = chosen(_DISTRIBUTION_INTERVALS, method)
    rungs = list(range(tally.scale.low, tally.scale.high + 1))
    shares, n = np.asarray(tally.shares), np.asarray(tally.n_effective)
    low, high = interval(np.where(np.isnan(shares), 0, shares) * n[..., None], confidence=probability(confidence))
    return Estimate(
        name="share of answers",
        unit="share",
        value=shares.ravel(),
        low=np.fmin(low, shares).ravel(),
        high=np.fmax(high, shares).ravel(),
        n=np.repeat(np.asarray(tally.n).ravel(), len(rungs)),
        confidence=confidence,
        method=title + weighting(tally),
        index=Index((*tally.index.names, "answer"), [(*key, rung) for key in tally.index.keys for rung in rungs]),
    )


def _on_any_scale(answers: Any, scale: RatingScale | None, missing: Missing, invalid: Invalid) -> Answers:
    if scale is not None:
        return tallied(answers, scale, missing, invalid)
    if isinstance(answers, ScoreTally | WeightedScoreTally):
        return answers
    msg = "raw answers need their scale: scale=CSAT_SCALE"
    raise WrongKindError(msg)
