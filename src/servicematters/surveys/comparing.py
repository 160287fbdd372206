"""Did the score move, and do these scores differ, or is it noise."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from servicematters.core.change import Change, Homogeneity
from servicematters.core.checks import chosen, probability
from servicematters.core.errors import CellsDifferError, DefinitionsDifferError
from servicematters.core.estimate import Estimate
from servicematters.core.shares import ShareInterval
from servicematters.kernels import binomial, net_score
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
from servicematters.surveys.measures import NpsInterval, csat, nps
from servicematters.surveys.model import CSAT_SCALE, NPS_BANDS, NPS_SCALE, RatingScale
from servicematters.surveys.tally import ScoreTally

__all__ = ["csat_change", "nps_change", "nps_homogeneity"]

NpsChangeMethod = Literal["pooled", "adjusted-wald-each", "wald"]
CsatChangeMethod = Literal["newcombe", "agresti-caffo", "miettinen-nurminen", "wald"]

_NPS_DIFFERENCES = {
    "pooled": ("pooled test, 1½ pseudo-answers a side", net_score.pooled_difference),
    "adjusted-wald-each": ("adjusted Wald, 3 pseudo-answers each (MeasuringU)", net_score.adjusted_wald_difference),
    "wald": ("Wald", net_score.wald_difference),
}
_SHARE_DIFFERENCES = {
    "newcombe": ("pooled test, Newcombe", binomial.newcombe),
    "agresti-caffo": ("pooled test, Agresti-Caffo", binomial.agresti_caffo),
    "miettinen-nurminen": ("pooled test, Miettinen-Nurminen", binomial.miettinen_nurminen),
    "wald": ("pooled test, Wald", binomial.wald_difference),
}


def nps_change(
    before: Any,
    after: Any,
    *,
    scale: RatingScale = NPS_SCALE,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
    method: NpsChangeMethod = "pooled",
    interval: NpsInterval = "adjusted-wald",
) -> Change:
    """Change of the net promoter score between two independent sets of answers, cell by cell.

    Parameters
    ----------
    before, after
        Tallies by the same labels, or raw answers. A cell that one side lacks has no answers there.
    scale, missing, invalid
        For raw answers.
    confidence
        Coverage asked for, in (0, 1). [1]
    method
        "pooled": p-value from the pooled variance, interval with 1½ pseudo-answers a side. "adjusted-wald-each" is the
        MeasuringU rule, three pseudo-answers to each side, whose difference is that of the adjusted scores. "wald" has no
        adjustment.
    interval
        Interval of the two scores themselves.

    Returns
    -------
    Change
        Differences in NPS points, after less before; ``nan`` and undecided where a side has no answers.

    Notes
    -----
    The two sides must be different people: the same panel asked twice needs a paired test. False alarms of a nominal 5 % at
    10 + 10 answers, averaged over twenty usual mixtures: Wald 8.3 %, MeasuringU 3.0 %, pooled 5.0 %, the verdict 4.5 %. The
    pooled p-value asks whether anything changed; where the two sides spread differently and differ in size it alone can
    mislead, so the verdict also asks the interval.

    References
    ----------
    .. [1] A. Agresti, B. Caffo, "Simple and effective confidence intervals for proportions," Amer. Statistician 54 (2000).
       *Sharing pseudo-answers between two samples; for shares, not for net scores.*

    Examples
    --------
    >>> may = ScoreTally.from_counts({10: 58, 8: 26, 3: 16})
    >>> june = ScoreTally.from_counts({10: 60, 8: 24, 3: 16})
    >>> print(nps_change(may, june))
    NPS change +2.0 [-18.7, +22.7]: no evidence of change (95 %, p = 0.85, pooled test, 1½ pseudo-answers a side)
    """
    first, second = paired_cells(before, after, scale, missing, invalid, net=True)
    title, difference = chosen(_NPS_DIFFERENCES, method)
    title += own_boxes(first.scale)
    value, low, high, p = difference(effective_boxes(first), effective_boxes(second), confidence=probability(confidence))
    scores = [nps(t, scale=t.scale, confidence=confidence, method=interval, shifted_ok=True) for t in (first, second)]
    change = Estimate(
        name="NPS change",
        unit="NPS points difference",
        value=100 * value,
        low=100 * np.fmin(low, value),
        high=100 * np.fmax(high, value),
        n=np.asarray(first.n) + np.asarray(second.n),
        confidence=confidence,
        method=title + (weighting(first) or weighting(second)),
        index=first.index,
    )
    return _change(change, scores, p)


def csat_change(
    before: Any,
    after: Any,
    *,
    satisfied_from: int | None = None,
    scale: RatingScale = CSAT_SCALE,
    missing: Missing = (),
    invalid: Invalid = "raise",
    confidence: float = 0.95,
    method: CsatChangeMethod = "newcombe",
    interval: ShareInterval = "wilson",
) -> Change:
    """Change of customer satisfaction between two independent sets of answers, cell by cell.

    Parameters
    ----------
    before, after
        Tallies by the same labels, or raw answers. A cell that one side lacks has no answers there.
    satisfied_from, scale, missing, invalid
        As for ``csat``.
    confidence
        Coverage asked for, in (0, 1). [1]
    method
        Interval of the difference; the p-value is the pooled z test's for each.
    interval
        Interval of the two shares themselves.

    Returns
    -------
    Change
        Differences of shares, after less before; ``nan`` and undecided where a side has no answers.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent proportions," Stat. Med. 17 (1998).
       *The interval; that both it and the pooled test must call a change is our own rule.*
    .. [2] A. Agresti, B. Caffo, "Simple and effective confidence intervals for proportions," Amer. Statistician 54 (2000).

    Examples
    --------
    >>> print(csat_change([5] * 70 + [2] * 30, [5] * 88 + [2] * 12))
    CSAT change +18.0 pp [+6.7 pp, +28.8 pp]: improved (95 %, p = 0.0018, pooled test, Newcombe)
    """
    first, second = paired_cells(before, after, scale, missing, invalid, net=False)
    more_is_better(scale)
    rung = rung_from(satisfied_from, scale)
    title, limits = chosen(_SHARE_DIFFERENCES, method)
    (x1, n1), (x2, n2) = (box_counts(t, rung, scale.high) for t in (first, second))
    low, high = limits(x1, n1, x2, n2, confidence=probability(confidence))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where((n1 > 0) & (n2 > 0), x2 / n2 - x1 / n1, np.nan)
    p = binomial.pooled_test(x1, n1, x2, n2)
    scores: list[Estimate] = [
        csat(t, satisfied_from=rung, scale=scale, confidence=confidence, method=interval) for t in (first, second)
    ]
    change = Estimate(
        name=f"{csat_name(rung, scale)} change",
        unit="share difference",
        value=value,
        low=np.fmin(low, value),
        high=np.fmax(high, value),
        n=np.asarray(first.n) + np.asarray(second.n),
        confidence=confidence,
        method=title + (weighting(first) or weighting(second)),
        index=first.index,
    )
    return _change(change, scores, p)


def nps_homogeneity(
    answers: Any,
    *,
    scale: RatingScale = NPS_SCALE,
    confidence: float = 0.95,
) -> Homogeneity:
    """Do the cells' net promoter scores differ by more than chance, or is 42, 44, 43 noise?

    Parameters
    ----------
    answers
        A tally with a cell for each month, team or segment. Cells without answers take no part.
    scale
        The scale of the tally.
    confidence
        One less the largest p-value that counts as a signal. [1]

    Returns
    -------
    Homogeneity
        Chi-square statistic from the pooled variance, its p-value, and the p-value that lets cells spread differently.

    Notes
    -----
    The p-value from the pooled variance keeps a nominal 5 % at 4.4 % to 5.1 % on average; weights from each cell's own
    variance give 8 % or more with six cells of ten answers. Pooling misleads where cells have one score but spread
    differently, so a difference counts as a signal only if Cochran's Q on adjusted scores and variances agrees. With few
    answers a cell, nearly all of one mind, that second witness rarely speaks up.

    References
    ----------
    .. [1] W. G. Cochran, "The combination of estimates from different experiments," Biometrics 10 (1954), 101-129.

    Examples
    --------
    >>> from servicematters.core import Index
    >>> months = Index("month", ["2026-04", "2026-05", "2026-06"])
    >>> bands = ScoreTally.from_counts([[16, 26, 58], [16, 24, 60], [16, 25, 59]], scale=NPS_BANDS, index=months)
    >>> print(nps_homogeneity(bands))
    NPS over 3 cells: no evidence that cells differ (chi-square = 0.0354, 2 df, p = 0.98, pooled variance)
    """
    tally = tallied(answers, scale, (), "raise", also=(NPS_BANDS,) if scale == NPS_SCALE else ())
    more_is_better(tally.scale)
    bands = effective_boxes(tally).reshape(len(tally.index), 3)
    statistic, freedom, p = net_score.homogeneity(bands)
    return Homogeneity(
        name="NPS",
        cells=int(np.count_nonzero(bands.sum(axis=-1))),
        statistic=float(statistic),
        degrees_of_freedom=int(freedom),
        p_value=float(p),
        p_value_unequal=float(net_score.homogeneity_unequal(bands)[2]),
        confidence=probability(confidence),
        method="pooled variance" + weighting(tally),
    )


def paired_cells(
    before: Any, after: Any, scale: RatingScale, missing: Missing, invalid: Invalid, *, net: bool
) -> tuple[Answers, Answers]:
    """Both sides as tallies on the same cells; what one side lacks is empty there."""
    also = (NPS_BANDS,) if net and scale == NPS_SCALE else ()
    first, second = (tallied(side, scale, missing, invalid, also=also) for side in (before, after))
    if first.scale != second.scale:
        if not (isinstance(first, ScoreTally) and isinstance(second, ScoreTally)):
            msg = f"both sides need one scale, got {first.scale} and {second.scale}"
            raise DefinitionsDifferError(msg)
        first, second = first.banded(), second.banded()
    if first.index.names != second.index.names:
        msg = f"cannot compare cells by {first.index.names!r} with {second.index.names!r}; count both by the same labels"
        raise CellsDifferError(msg)
    index, _, _ = first.index.union(second.index)
    return first.on(index), second.on(index)


def _change(difference: Estimate, scores: list[Any], p_value: NDArray[np.float64]) -> Change:
    before, after = scores
    return Change(
        before=before,
        after=after,
        difference=difference,
        p_value=p_value,
        higher_is_better=True,
        method=difference.method,
        index=difference.index,
    )
