"""League tables that own up to luck: shrunken scores, ranks with intervals, and a funnel where there is no ranking."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from attrs import field, frozen
from scipy import special

from servicematters.core.arrays import FloatArray, floats
from servicematters.core.change import Homogeneity, p_text
from servicematters.core.checks import probability
from servicematters.core.errors import InvalidValueError
from servicematters.core.estimate import Estimate
from servicematters.core.index import Label
from servicematters.core.plain import to_plain
from servicematters.core.printing import aligned, label_text, percent, plural, shown
from servicematters.kernels import net_score, shrinkage
from servicematters.surveys.answers import Answers, effective_boxes, tallied, weighting
from servicematters.surveys.comparing import nps_homogeneity
from servicematters.surveys.measures import NetPromoterScore, nps
from servicematters.surveys.model import NPS_BANDS, NPS_SCALE, RatingScale
from servicematters.surveys.segments import refuse_uncut

__all__ = ["LeagueTable", "ShrunkenScore", "shrunken"]

E = TypeVar("E", bound=Estimate)

_FUNNEL = (0.95, 0.998)
_BORROWED = 3.0  # pseudo-answers, spread as all answers are, in the variance of each cell


@frozen(eq=False, repr=False, kw_only=True)
class ShrunkenScore(Estimate):
    """Net promoter scores drawn towards their common mean, the more the fewer answers they rest on.

    Attributes
    ----------
    shrinkage
        Share of the way to the mean, per cell; 0 where there is no other cell to lean on. [1]
    mean
        The common mean; None where nobody answered. [NPS points]
    between
        Standard deviation of the cells' true scores, as estimated. [NPS points]
    """

    shrinkage: FloatArray = field(converter=floats)
    mean: float | None
    between: float

    def _extra(self) -> dict[str, Sequence[str]]:
        return {"shrunk by": [shown(float(v), "share") for v in self.shrinkage.ravel()]}


@frozen(kw_only=True, repr=False)
class LeagueTable:
    """Scores of teams as counted and as shrunken, what their ranks may be, and the limits that chance alone keeps to.

    Attributes
    ----------
    raw
        The scores as counted. [NPS points]
    shrunken
        The same, drawn towards their mean. [NPS points]
    ranks
        Median rank of each cell with its interval, 1 the highest. [rank]
    funnel
        The score of all answers with the limits that a cell of this size stays within by chance, one estimate a confidence:
        95 % and 99.8 %. [NPS points]
    homogeneity
        Whether the cells differ by more than chance.
    """

    raw: NetPromoterScore
    shrunken: ShrunkenScore
    ranks: Estimate
    funnel: tuple[Estimate, ...] = field(converter=tuple[Estimate, ...])
    homogeneity: Homogeneity

    @property
    def rankable(self) -> bool:
        """Whether the cells differ by more than chance, and at least two of them have ranks that cannot be swapped."""
        return not self._refusal()

    @property
    def ranking(self) -> tuple[Label, ...]:
        """Labels from the highest shrunken score to the lowest, cells without answers left out.

        Raises
        ------
        InvalidValueError
            If there is nothing to rank; the message says why.
        """
        if refusal := self._refusal():
            msg = f"{refusal}; see .outside() for cells beyond what chance allows"
            raise InvalidValueError(msg)
        return tuple(self.shrunken.index.keys[i] for i in self._order() if not np.isnan(self.shrunken.value[i]))

    def _order(self) -> list[int]:
        scores = self.shrunken.value
        return [int(i) for i in np.argsort(np.where(np.isnan(scores), np.inf, -scores), kind="stable")]

    def _refusal(self) -> str:
        test, known = self.homogeneity, ~np.isnan(self.ranks.value)
        if test.cells < 2:
            return f"no ranking: only {plural(test.cells, 'cell')} with answers"
        if not test.differs:
            p = p_text(max(test.p_value, test.p_value_unequal))
            return f"no ranking: no evidence that the {test.cells} cells differ ({p})"
        if self.ranks.low[known].max() <= self.ranks.high[known].min():
            return f"no ranking: the rank intervals of all {test.cells} cells overlap"
        return ""

    def outside(self, confidence: float = 0.998) -> tuple[Label, ...]:
        """Labels of the cells whose raw score lies outside the funnel: 0.95 to keep an eye on, 0.998 to act upon."""
        for limits in self.funnel:
            if limits.confidence == confidence:
                slack = 1e-9  # a score on the limit is not outside
                out = (self.raw.value < limits.low - slack) | (limits.high + slack < self.raw.value)
                return tuple(self.raw.index.keys[i] for i in np.flatnonzero(out))
        msg = f"the funnel has limits at {', '.join(str(e.confidence) for e in self.funnel)}, got {confidence!r}"
        raise InvalidValueError(msg, value=confidence)

    @property
    def finding(self) -> str:
        """Whether there is a ranking, and which cells lie outside the funnel, as a sentence."""
        ranking = self._refusal() or "ranked by shrunken score; where rank intervals overlap the order may be luck"
        beyond = set(self.outside(0.998))
        out = [" ".join(map(label_text, key)) + (" (even 99.8 %)" if key in beyond else "") for key in self.outside(0.95)]
        return f"{ranking}; outside the 95 % funnel: {', '.join(out) or 'no cell'}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows as text, in the order of the ranking if there is one, else of the labels."""
        s, digits = self.shrunken, self.shrunken.digits()
        header = [*s.index.names, "n", "NPS", "shrunken", "low", "high", "shrunk by", "rank", "funnel 95 %", "99.8 %"]
        columns = [[f"{v:,.10g}" for v in s.n], [shown(float(v), s.unit) for v in self.raw.value]]
        columns += [[shown(float(v), s.unit, digits) for v in a] for a in (s.value, s.low, s.high)]
        columns += [[shown(float(v), "share", 0) for v in s.shrinkage]]
        columns += [["n/a" if np.isnan(r) else f"{a:.0f} to {b:.0f}" for r, a, b in _rows(self.ranks)]]
        columns += [[f"{shown(a, s.unit)} to {shown(b, s.unit)}" for _, a, b in _rows(e)] for e in self.funnel]
        labels = [[label_text(part) for part in key] for key in s.index.keys]
        rows = [[*label, *row] for label, row in zip(labels, zip(*columns, strict=True), strict=True)]
        return header, [rows[i] for i in (self._order() if self.rankable else range(len(rows)))]

    def __str__(self) -> str:
        header, rows = self.table()
        table = aligned(header, rows, left=len(self.raw.index.names))
        doubt = f"({percent(self.shrunken.confidence)}, {self.shrunken.method})"
        return f"{table}\n{self.finding[:1].upper()}{self.finding[1:]}.\n{doubt}"

    def __repr__(self) -> str:
        return f"<LeagueTable\n{self}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version; ``servicematters.wire.from_dict`` reads it back."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def _rows(e: Estimate) -> list[tuple[float, float, float]]:
    return list(zip(e.value.tolist(), e.low.tolist(), e.high.tolist(), strict=True))


def shrunken(
    tally: Answers, *, scale: RatingScale = NPS_SCALE, confidence: float = 0.95, rng: int | np.random.Generator = 2026
) -> LeagueTable:
    """Scores of teams, each drawn towards the mean of all by as much as chance explains, with what their ranks may be.

    Parameters
    ----------
    tally
        Answers with a cell a team, agent or account. Cells without answers take no part.
    scale
        The scale of the tally.
    confidence
        Coverage asked for, in (0, 1), of shrunken scores and ranks. [1]
    rng
        Seed or generator for the ranks; the same seed gives the same intervals.

    Returns
    -------
    LeagueTable
        Scores in NPS points; ``nan`` for a cell without answers.

    Raises
    ------
    WrongKindError
        For raw answers, which know no team.
    CellsDifferError
        If the tally is not cut.

    Notes
    -----
    The extremes of any table are held by those with few answers. A shrunken score is nearer the truth on average, and unfair to
    a small team that is truly exceptional: it shares the fate of small teams. Teams with other customers differ for that reason
    too, which no shrinkage mends.

    A cell's sampling variance is taken from its bands and three answers more, spread as all answers are. Its interval averages
    over what the spread between cells may be; of a nominal 95 % it covers 92 % to 99 %, for 3 to 30 cells of 5 to 400 answers.
    There is a ranking only where the cells differ by more than chance and some rank
    intervals do not overlap. Limits of the funnel are of one cell alone: of a hundred alike cells five lie outside 95 %.

    References
    ----------
    .. [1] H. Goldstein, D. J. Spiegelhalter, "League tables and their limitations," J. Roy. Statist. Soc. A 159 (1996),
       doi:10.2307/2983325. *Why ranks need intervals; the refusal to rank is our own.*
    .. [2] D. J. Spiegelhalter, "Funnel plots for comparing institutional performance," Stat. Med. 24 (2005), 1185-1202,
       doi:10.1002/sim.1970. *Funnel limits at 95 % and 99.8 %; for shares.*
    .. [3] R. C. Paule, J. Mandel, "Consensus values and weighting factors," J. Res. Nat. Bur. Standards 87 (1982), 377-385,
       doi:10.6028/jres.087.022. *The variance between cells.*

    Examples
    --------
    >>> from servicematters.core import Index
    >>> from servicematters.surveys import ScoreTally
    >>> bands = [[6, 10, 14], [1, 1, 6], [50, 90, 160], [4, 3, 3]]
    >>> teams = ScoreTally.from_counts(bands, scale=NPS_BANDS, index=Index("team", ["Aalst", "Brugge", "Gent", "Ieper"]))
    >>> print(shrunken(teams).finding)
    no ranking: no evidence that the 4 cells differ (p = 0.22); outside the 95 % funnel: no cell
    >>> print(shrunken(teams).shrunken["Brugge"])
    shrunken NPS +40.1 [+1.2, +79.0] (95 %, n = 8, shrunken to the mean, Paule-Mandel)
    """
    refuse_uncut(tally)
    tally = tallied(tally, scale, (), "raise", also=(NPS_BANDS,) if scale == NPS_SCALE else ())
    homogeneity = nps_homogeneity(tally, scale=tally.scale, confidence=probability(confidence))
    bands, known = effective_boxes(tally), np.asarray(tally.n) > 0
    seen, together = bands[known], bands.sum(axis=0)
    everybody = together + net_score.TRIANGLE  # all of one mind would leave no variance at all
    values = net_score.point(seen)
    variances = net_score.variance(seen + _BORROWED * everybody / everybody.sum()) / seen.sum(axis=-1)
    tau2 = shrinkage.paule_mandel(values, variances)
    scores, pull, mean = shrinkage.shrink(values, variances, tau2) if len(seen) else (values, values, float("nan"))
    errors = shrinkage.standard_errors(values, variances, scores, largest=1.0) if len(seen) else values
    half = -float(special.ndtri((1 - confidence) / 2)) * errors
    ranks = shrinkage.rank_intervals(scores, errors, confidence=confidence, rng=rng)

    def estimate(kind: type[E], numbers: Any, *, widest: tuple[float, float], **words: Any) -> E:
        value, low, high = (np.full(known.shape, empty) for empty in (np.nan, *widest))
        for whole, part in zip((value, low, high), numbers, strict=True):
            whole[known] = part
        return kind(value=value, low=low, high=high, n=tally.n, confidence=confidence, index=tally.index, **words)

    pulled = np.full(known.shape, np.nan)
    pulled[known] = pull if len(seen) > 1 else 0.0
    return LeagueTable(
        raw=nps(tally, scale=tally.scale, confidence=confidence, shifted_ok=True),
        shrunken=estimate(
            ShrunkenScore,
            100 * np.array([scores, np.maximum(scores - half, -1), np.minimum(scores + half, 1)]),
            widest=(-100.0, 100.0),
            name="shrunken NPS",
            unit="NPS points",
            method="shrunken to the mean, Paule-Mandel" + weighting(tally),
            shrinkage=pulled,
            mean=100 * mean if len(seen) else None,
            between=100 * tau2**0.5,
        ),
        ranks=estimate(
            Estimate, ranks, widest=(1.0, float(max(len(seen), 1))), name="rank", unit="rank", method="normal draws"
        ),
        funnel=tuple(_funnel(tally, bands, at) for at in _FUNNEL),
        homogeneity=homogeneity,
    )


def _funnel(tally: Answers, bands: FloatArray, confidence: float) -> Estimate:
    together = bands.sum(axis=0)
    overall = np.full(len(bands), net_score.point(together))
    shares = together / max(float(together.sum()), 1.0)
    low, high = shrinkage.funnel_limits(bands.sum(axis=-1), shares, confidence=confidence)
    return Estimate(
        name="funnel",
        value=100 * overall,
        low=100 * np.fmin(low, overall),
        high=100 * np.fmax(high, overall),
        n=tally.n,
        confidence=confidence,
        unit="NPS points",
        method="limits of chance for a cell of this size" + weighting(tally),
        index=tally.index,
    )
