"""The headline questions of a survey: how would they recommend us, how satisfied are they, how easy was it."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from attrs import field, frozen

from servicematters.core.arrays import FloatArray, floats
from servicematters.core.checks import checked, chosen, probability
from servicematters.core.errors import DefinitionsDifferError, InvalidValueError, WrongKindError
from servicematters.core.estimate import Estimate
from servicematters.core.shares import ShareInterval, share_of
from servicematters.core.warnings import ShiftedScaleWarning
from servicematters.kernels import net_score
from servicematters.surveys.answers import (
    Answers,
    box_counts,
    csat_name,
    effective_boxes,
    more_is_better,
    own_boxes,
    rung_from,
    tallied,
    weighting,
)
from servicematters.surveys.intake import Invalid, Missing
from servicematters.surveys.model import CES_SCALE, CSAT_SCALE, NPS_BANDS, NPS_SCALE, RatingScale, Reading

__all__ = ["NetPromoterScore", "ces", "csat", "net_easy_score", "nps"]

NpsInterval = Literal["adjusted-wald", "score", "wald", "mover"]

_SHIFT_SEEN_FROM = 100  # answers; with fewer, an unused top rung is no surprise
_NET_INTERVALS: dict[str, tuple[str, Callable[..., tuple[FloatArray, FloatArray]]]] = {
    "adjusted-wald": ("adjusted Wald", net_score.adjusted_wald),
    "score": ("score", net_score.score),
    "wald": ("Wald", net_score.wald),
    "mover": ("MOVER-Wilson", net_score.mover),
}


@frozen(eq=False, repr=False, kw_only=True, field_transformer=checked)
class NetPromoterScore(Estimate):
    """A net promoter score with the three shares that it hides, and its reading against zero.

    Fifty detractors beside fifty promoters and a hundred passives have the same score; they are not the same customers.

    Attributes
    ----------
    promoters, passives, detractors
        Shares of the answers, per cell. [1]
    stagnant_within
        How close to 0 the whole interval must lie to be called stagnant. [NPS points]
    """

    promoters: FloatArray = field(converter=floats)
    passives: FloatArray = field(converter=floats)
    detractors: FloatArray = field(converter=floats)
    stagnant_within: float = 5.0

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Reading of each cell: positive, negative, stagnant or undecided."""
        rows = zip(self.value.ravel(), self.low.ravel(), self.high.ravel(), strict=True)
        return tuple(self._reading(*row) for row in rows)

    def _reading(self, value: float, low: float, high: float) -> Reading:
        if np.isnan(value):
            return Reading.UNDECIDED
        if low > 0:
            return Reading.POSITIVE
        if high < 0:
            return Reading.NEGATIVE
        within = -self.stagnant_within <= low and high <= self.stagnant_within
        return Reading.STAGNANT if within else Reading.UNDECIDED

    @property
    def reading(self) -> Reading:
        """Reading of the only cell.

        Raises
        ------
        WrongKindError
            If there are several cells; ``readings`` has one for each.
        """
        if len(self.index) != 1:
            msg = f"{len(self.index)} cells have {len(self.index)} readings; use .readings, or pick one cell: score[label]"
            raise WrongKindError(msg)
        return self.readings[0]

    def _extra(self) -> dict[str, Sequence[str]]:
        bands = {"promoters": self.promoters, "passives": self.passives, "detractors": self.detractors}
        shares = {
            name: ["n/a" if np.isnan(v) else f"{v:.1%}".replace("%", " %") for v in a.ravel()] for name, a in bands.items()
        }
        return {**shares, "reading": [str(reading) for reading in self.readings]}


def nps(
    answers: Any,
    *,
    scale: RatingScale = NPS_SCALE,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
    method: NpsInterval = "adjusted-wald",
    stagnant_within: float = 5.0,
    shifted_ok: bool = False,
) -> NetPromoterScore:
    """Net promoter score: share of promoters less share of detractors.

    Parameters
    ----------
    answers
        A tally of answers on the 0-10 question, any cells; or raw answers, counted as ``ScoreTally.of`` would.
    scale, missing, invalid
        For raw answers. A scale with other boxes gives a net score by those; the result then says so.
    confidence
        Coverage asked for, in (0, 1). [1]
    method
        Interval; see Notes.
    stagnant_within
        How close to 0 the whole interval must lie to be read as stagnant rather than undecided. [NPS points]
    shifted_ok
        Do not warn when none of a hundred answers or more is a 10.

    Returns
    -------
    NetPromoterScore
        One value per cell. [NPS points, -100 to 100]; ``nan`` where nobody answered.

    Raises
    ------
    DefinitionsDifferError
        If the tally was counted on another scale.
    InvalidValueError
        If raw answers hold a value that is neither a rung nor no answer.

    Notes
    -----
    Treats answers as independent. Customers who answer twice, or five users of one client, make the interval too narrow.

    "adjusted-wald" adds three pseudo-answers and covers 95 % on average at every n; "score" has the best worst case up to
    fifty answers; "mover" is closed and close to both on average; "wald" is the textbook's and covers 86 % at n = 10. Limits
    are widened to hold the score where a method leaves it out.

    References
    ----------
    .. [1] F. F. Reichheld, "The one number you need to grow," Harvard Business Review 81 (2003). *Question and bands.*
    .. [2] B. Rocks, "Interval estimation for the net promoter score," Amer. Statistician 70 (2016), arXiv 1601.07235.
       *Adjusted Wald (3, T) and score intervals; not the difference of two scores.*

    Examples
    --------
    >>> score = nps([10] * 50 + [7] * 30 + [2] * 20)
    >>> print(score)
    NPS +30.0 [+14.1, +44.2] (95 %, n = 100, adjusted Wald)
    >>> print(f"{float(score.promoters):.0%} promoters, {float(score.detractors):.0%} detractors: {score.reading}")
    50% promoters, 20% detractors: positive
    """
    tally = tallied(answers, scale, missing, invalid, also=(NPS_BANDS,) if scale == NPS_SCALE else ())
    more_is_better(tally.scale)
    if not stagnant_within >= 0:
        msg = f"stagnant_within must be at least 0, got {stagnant_within}"
        raise InvalidValueError(msg, value=stagnant_within)
    if not shifted_ok:
        _warn_if_shifted(tally)
    parts = _net_parts(tally, confidence, method, own_boxes(tally.scale))
    shares = effective_boxes(tally)
    total = shares.sum(axis=-1, keepdims=True)
    shares = np.divide(shares, total, out=np.full(shares.shape, np.nan), where=total > 0)
    return NetPromoterScore(
        name="NPS",
        unit="NPS points",
        value=100 * parts["value"],
        low=100 * parts["low"],
        high=100 * parts["high"],
        n=tally.n,
        confidence=confidence,
        method=parts["method"],
        index=tally.index,
        detractors=shares[..., 0],
        passives=shares[..., 1],
        promoters=shares[..., 2],
        stagnant_within=float(stagnant_within),
    )


def net_easy_score(
    answers: Any,
    *,
    scale: RatingScale = CES_SCALE,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
    method: NpsInterval = "adjusted-wald",
) -> Estimate:
    """Net easy score: share who found it easy less share who found it hard.

    Parameters
    ----------
    answers, scale, missing, invalid
        As for ``ces``.
    confidence, method
        As for ``nps``.

    Returns
    -------
    Estimate
        One value per cell. [net share, -1 to 1; printed in points]; ``nan`` where nobody answered.

    Examples
    --------
    >>> print(net_easy_score([7, 6, 5, 4, 3, 2, 1] * 10))
    net easy score +0.0 [-21.1, +21.1] (95 %, n = 70, adjusted Wald)
    """
    tally = tallied(answers, scale, missing, invalid)
    parts = _net_parts(tally, confidence, method, "")
    sign = 1 if tally.scale.higher_is_better else -1
    ends = (sign * parts["low"], sign * parts["high"])
    return Estimate(
        name="net easy score",
        unit="net share",
        value=sign * parts["value"],
        low=np.minimum(*ends),
        high=np.maximum(*ends),
        n=tally.n,
        confidence=confidence,
        method=parts["method"],
        index=tally.index,
    )


def csat(
    answers: Any,
    *,
    satisfied_from: int | None = None,
    scale: RatingScale = CSAT_SCALE,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
    method: ShareInterval = "wilson",
) -> Estimate:
    """Customer satisfaction: share of answers in the top box.

    Parameters
    ----------
    answers
        A tally on ``scale``, any cells; or raw answers, counted as ``ScoreTally.of`` would.
    satisfied_from
        Lowest answer that counts as satisfied; the scale's own top box by default, 4 of 5.
    scale, missing, invalid
        Rungs of the question (a tally on another scale is refused), and how raw answers are counted.
    confidence, method
        Coverage asked for, and interval; Wilson by default.

    Returns
    -------
    Estimate
        One value per cell. [share, 0 to 1]; ``nan`` where nobody answered.

    Raises
    ------
    DefinitionsDifferError
        If the tally was counted on another scale, or a low answer is the good one.

    Notes
    -----
    Those who did not answer are not in it: 90 % of a tenth is 90 % or 9 %, and the interval does not know which.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference," J. Amer. Statist. Assoc. 22
       (1927). *The interval; not the choice of the box.*

    Examples
    --------
    >>> print(csat([5] * 60 + [4] * 22 + [3] * 10 + [1] * 8))
    CSAT 82.0 % [73.3 %, 88.3 %] (95 %, n = 100, Wilson)
    """
    tally = tallied(answers, scale, missing, invalid)
    more_is_better(scale)
    rung = rung_from(satisfied_from, scale)
    return _box_share(tally, csat_name(rung, scale), rung, confidence, method)


def ces(
    answers: Any,
    *,
    scale: RatingScale = CES_SCALE,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
    method: ShareInterval = "wilson",
) -> Estimate:
    """Customer effort score 2.0: share of answers at the easy end, by default 5 to 7 of 7.

    Parameters
    ----------
    answers
        A tally on ``scale``, any cells; or raw answers, counted as ``ScoreTally.of`` would.
    scale, missing, invalid
        Rungs of the question, and how raw answers are counted. On a question of *effort* (``higher_is_better=False``) the
        easy answers are the low ones; a tally on a scale other than ``scale`` is refused, so an effort question cannot
        pass for an ease question.
    confidence, method
        Coverage asked for, and interval; Wilson by default.

    Returns
    -------
    Estimate
        One value per cell. [share, 0 to 1]; ``nan`` where nobody answered.

    Raises
    ------
    DefinitionsDifferError
        If the tally was counted on another scale, or the scale has no boxes.

    Notes
    -----
    Conventions differ: others print the mean (``mean_score``) or easy less hard (``net_easy_score``).

    References
    ----------
    .. [1] M. Dixon, N. Toman, R. DeLisi, *The Effortless Experience*, Portfolio 2013. *The question; not an interval.*

    Examples
    --------
    >>> print(ces([7] * 30 + [5] * 12 + [4] * 10 + [2] * 8))
    CES 70.0 % [57.5 %, 80.1 %] (95 %, n = 60, Wilson)
    """
    tally = tallied(answers, scale, missing, invalid)
    if scale.bottom_box_to is None or scale.top_box_from is None:
        msg = f"the scale has no boxes; give it bottom_box_to and top_box_from, got {scale}"
        raise DefinitionsDifferError(msg)
    first, last = (scale.top_box_from, scale.high) if scale.higher_is_better else (scale.low, scale.bottom_box_to)
    return _box_share(tally, "CES", first, confidence, method, last=last)


def _net_parts(tally: Answers, confidence: float, method: str, note: str) -> dict[str, Any]:
    title, interval = chosen(_NET_INTERVALS, method)
    bands = effective_boxes(tally)
    value = net_score.point(bands)
    low, high = interval(bands, confidence=probability(confidence))
    return {
        "value": value,
        "low": np.fmin(low, value),
        "high": np.fmax(high, value),
        "method": title + note + weighting(tally),
    }


def _box_share(
    tally: Answers, name: str, first: int, confidence: float, method: ShareInterval, *, last: int | None = None
) -> Estimate:
    hits, of = box_counts(tally, first, tally.scale.high if last is None else last)
    return share_of(
        hits, of, tally.n, name=name, index=tally.index, confidence=confidence, method=method, note=weighting(tally)
    )


def _warn_if_shifted(tally: Answers) -> None:
    rungs = tally.counts.reshape(-1, tally.scale.rungs).sum(axis=0)
    if rungs.sum() >= _SHIFT_SEEN_FROM and rungs[-1] == 0 and tally.scale != NPS_BANDS:
        msg = (
            f"none of {rungs.sum():,} answers is a {tally.scale.high}; was the position of the answer stored instead of the "
            "answer? shifted_ok=True if not"
        )
        warnings.warn(msg, ShiftedScaleWarning, stacklevel=3)
