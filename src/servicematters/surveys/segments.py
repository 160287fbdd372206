"""Why the score of the whole moved: better scores in its segments, or another mix of them."""

from typing import Any, NamedTuple

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy import special

from servicematters.core.change import Change
from servicematters.core.checks import probability
from servicematters.core.errors import CellsDifferError, WrongKindError
from servicematters.core.estimate import Estimate
from servicematters.core.index import Index
from servicematters.core.plain import to_plain
from servicematters.core.printing import aligned, label_text, percent, shown
from servicematters.core.shares import share_of
from servicematters.core.target import Verdict
from servicematters.kernels import binomial, net_score
from servicematters.surveys.answers import Answers, effective_boxes, weighting
from servicematters.surveys.comparing import nps_change, paired_cells
from servicematters.surveys.model import NPS_SCALE, RatingScale
from servicematters.surveys.tally import ScoreTally, WeightedScoreTally

__all__ = ["Decomposition", "refuse_uncut", "why_it_moved"]

_POINTS = "NPS points difference"


@frozen(kw_only=True, repr=False)
class Decomposition:
    """A change of the net promoter score, taken apart: better scores, or another mix of customers.

    Attributes
    ----------
    change
        The change of all answers together. [NPS points]
    rate, mix
        What the segments' scores contributed, and what the shares of the segments did; they add up to the change. [NPS points]
    promoters, detractors
        What more promoters, and fewer detractors, contributed; they add up to the change too. [NPS points]
    rate_of, mix_of
        ``rate`` and ``mix`` by segment; they add up to the two. [NPS points]
    segments
        Change of each segment's own score. [NPS points]
    share_before, share_after
        Share of all answers that came from each segment. [share, 0 to 1]
    """

    change: Change
    rate: Estimate
    mix: Estimate
    promoters: Estimate
    detractors: Estimate
    rate_of: Estimate
    mix_of: Estimate
    segments: Change
    share_before: Estimate
    share_after: Estimate

    @property
    def finding(self) -> str:
        """The change and its two parts as a sentence, with the verdict on the change."""
        moved, rate = float(self.change.difference), float(self.rate)
        quality = "unchanged" if f"{abs(rate):.1f}" == "0.0" else "better" if rate > 0 else "worse"
        parts = {f"{quality} scores": rate, "a different mix": float(self.mix)}
        if np.isnan(moved):
            return "one side has no answers: there is nothing to explain"
        doubt = "" if self.change.verdict is not Verdict.NO_EVIDENCE else "; chance alone could explain it"
        if f"{abs(moved):.1f}" == "0.0":
            listed = ", ".join(f"{shown(v, _POINTS)} from {k}" for k, v in parts.items())
            return f"the score did not move: {listed}{doubt}"
        way = np.sign(moved)
        ordered = sorted(parts.items(), key=lambda part: -way * part[1])
        listed = ", ".join(f"{'less ' if way * v < 0 else ''}{abs(v):.1f} from {k}" for k, v in ordered)
        return f"the score {'rose' if moved > 0 else 'fell'} by {abs(moved):.1f} points: {listed}{doubt}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows as text: a row a segment, and one for all; shares, scores, and both parts with their intervals."""
        names = self.rate_of.index.names
        header = [*names, "share before", "after", "NPS before", "after", "from scores", "from mix"]
        shares = [[shown(float(v), "share") for v in e.value] for e in (self.share_before, self.share_after)]
        scores = [[shown(float(v), e.unit) for v in e.value] for e in (self.segments.before, self.segments.after)]
        columns = zip(*shares, *scores, _with_limits(self.rate_of), _with_limits(self.mix_of), strict=True)
        labels = [[label_text(part) for part in key] for key in self.rate_of.index.keys]
        rows = [[*label, *row] for label, row in zip(labels, columns, strict=True)]
        total = ["", "", *(shown(float(e), e.unit) for e in (self.change.before, self.change.after))]
        return header, [*rows, ["all", *[""] * (len(names) - 1), *total, *_with_limits(self.rate), *_with_limits(self.mix)]]

    def __str__(self) -> str:
        header, rows = self.table()
        sides = ", ".join(f"{shown(float(e), _POINTS)} by {e.name}" for e in (self.promoters, self.detractors))
        doubt = f"({percent(self.rate.confidence)}, {self.rate.method})"
        table = aligned(header, rows, left=len(self.rate_of.index.names))
        return f"{table}\n{self.finding[0].upper()}{self.finding[1:]}.\nOf the change, {sides}.\n{doubt}"

    def __repr__(self) -> str:
        return f"<Decomposition\n{self}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form with schema and version; ``servicematters.wire.from_dict`` reads it back."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def _with_limits(e: Estimate) -> list[str]:
    rows = zip(e.value.ravel(), e.low.ravel(), e.high.ravel(), strict=True)
    texts = [[shown(float(v), e.unit) for v in row] for row in rows]
    return [f"{value} [{low}, {high}]" for value, low, high in texts]


class _Side(NamedTuple):
    """One set of answers by segment, along the last axis: all in numbers of answers with equal weight."""

    share: NDArray[np.float64]
    score: NDArray[np.float64]
    spread: NDArray[np.float64]  # sampling variance of the score
    square: NDArray[np.float64]  # sum of squared weights over squared sum of all weights; share / n where all weigh the same


def why_it_moved(before: Answers, after: Answers, *, scale: RatingScale = NPS_SCALE, confidence: float = 0.95) -> Decomposition:
    """Take the change of the net promoter score apart, by segment: better scores, or another mix of customers.

    Parameters
    ----------
    before, after
        Tallies by the same labels with a cell a segment, of different people.
    scale
        The scale of the tallies.
    confidence
        Coverage asked for, in (0, 1). [1]

    Returns
    -------
    Decomposition
        Parts in NPS points; ``nan`` for a segment without answers on either side, and throughout if one side has none.

    Raises
    ------
    WrongKindError
        For raw answers, which know no segment.
    CellsDifferError
        If the tallies are not cut, or cut by different labels.

    Notes
    -----
    With shares s and scores θ of a segment, ``rate_of`` is Δθ times the mean share, and ``mix_of`` is Δs times the mean score
    less the mean of the two overall scores. The centring changes no total, as the Δs add up to nothing; it lets a growing
    segment lift the score only where it scores above the whole. Kitagawa's totals come out; the parts by segment are ours.

    A segment with answers on one side only has no Δθ, so all that it contributes is mix. Many small segments of this kind make
    the mix look important: cut by fewer labels.

    Intervals are by the delta method, from the multinomial counts of segments and, within each, of its bands after adding 1½
    pseudo-answers a side. Of a nominal 95 % the total rate's cover 92 % at 40 answers a side and 94 % from 100; the mix's as
    much, or nearly all where the shares did not move. A segment of two or three answers a side is covered at 80 % only.
    The interval of the change is that of ``nps_change``.

    References
    ----------
    .. [1] E. M. Kitagawa, "Components of a difference between two rates," J. Amer. Statist. Assoc. 50 (1955), 1168-1194,
       doi:10.1080/01621459.1955.10501299. *The two totals, without a term for both together; no intervals.*

    Examples
    --------
    >>> from servicematters.core import Index
    >>> from servicematters.surveys import NPS_BANDS
    >>> plans = Index("plan", ["basic", "premium"])
    >>> may = ScoreTally.from_counts([[60, 60, 80], [20, 60, 120]], scale=NPS_BANDS, index=plans)
    >>> june = ScoreTally.from_counts([[24, 30, 46], [32, 88, 180]], scale=NPS_BANDS, index=plans)
    >>> print(why_it_moved(may, june).finding)
    the score rose by 12.5 points: 8.4 from a different mix, 4.1 from better scores
    """
    for side in (before, after):
        refuse_uncut(side)
    first, second = paired_cells(before, after, scale, (), "raise", net=True)
    z, sides, wholes = _z(confidence), [_side(t) for t in (first, second)], [t.sum() for t in (first, second)]
    bands, parts = [effective_boxes(t) for t in wholes], _kitagawa(*sides)
    n, note = first.n + second.n, weighting(first) or weighting(second)
    told = bool(bands[0].sum() > 0 < bands[1].sum())

    def estimate(name: str, numbers: tuple[Any, Any, Any], index: Index, method: str) -> Estimate:
        count = n if index.names else n.sum()
        known = told & (np.asarray(count) > 0)
        v, a, b = (np.where(known, 100 * np.asarray(x), e) for x, e in zip(numbers, (np.nan, -200.0, 200.0), strict=True))
        ends = (np.fmin(np.clip(a, -200, 200), v), np.fmax(np.clip(b, -200, 200), v))
        return Estimate(
            name=name,
            value=v,
            low=ends[0],
            high=ends[1],
            n=count,
            confidence=confidence,
            unit=_POINTS,
            method=method + note,
            index=index,
        )

    def part(name: str, part_of: str, index: Index) -> Estimate:
        value, half = parts[part_of], z * np.sqrt(np.maximum(parts[f"{part_of} variance"], 0))
        return estimate(name, (value, value - half, value + half), index, "delta method")

    def band(name: str, at: int, sign: int) -> Estimate:
        (x1, n1), (x2, n2) = ((b[..., at], b.sum(axis=-1)) for b in bands)
        ends = [sign * limit for limit in binomial.newcombe(x1, n1, x2, n2, confidence=confidence)]
        value = sign * (x2 / n2 - x1 / n1) if told else np.nan
        return estimate(name, (value, min(ends), max(ends)), Index(), "Newcombe")

    def shares(tally: Answers, side: _Side) -> Estimate:
        of = np.broadcast_to(tally.sum().n_effective, n.shape)
        hits, of_all = side.share * of, np.broadcast_to(tally.n.sum(), n.shape)
        name = "share of answers"
        return share_of(
            np.minimum(hits, of), of, of_all, name=name, index=first.index, confidence=confidence, note=weighting(tally)
        )

    return Decomposition(
        change=nps_change(*wholes, scale=first.scale, confidence=confidence),
        rate=part("from scores", "rate total", Index()),
        mix=part("from mix", "mix total", Index()),
        promoters=band("promoters", 2, 1),
        detractors=band("detractors", 0, -1),
        rate_of=part("from scores", "rate", first.index),
        mix_of=part("from mix", "mix", first.index),
        segments=nps_change(first, second, scale=first.scale, confidence=confidence),
        share_before=shares(first, sides[0]),
        share_after=shares(second, sides[1]),
    )


def _z(confidence: float) -> float:
    return float(-special.ndtri((1 - probability(confidence)) / 2))


def refuse_uncut(tally: Any) -> None:
    """Stop at anything but a tally with labelled cells."""
    if not isinstance(tally, ScoreTally | WeightedScoreTally):
        msg = f'segments need a tally with a cell each, got {type(tally).__name__}; ScoreTally.from_frame(…, by="segment")'
        raise WrongKindError(msg)
    if not tally.index.names:
        msg = 'segments need a tally with a cell each, got one cell without a label; count with by="segment"'
        raise CellsDifferError(msg)


def _side(tally: Answers) -> _Side:
    weights = tally.weights if isinstance(tally, WeightedScoreTally) else tally.counts
    squares = tally.squares if isinstance(tally, WeightedScoreTally) else tally.counts
    return _side_of(effective_boxes(tally), weights.sum(axis=-1), squares.sum(axis=-1))


def _side_of(bands: NDArray[np.float64], weight: NDArray[Any], square: NDArray[Any]) -> _Side:
    total = np.maximum(weight.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    padded = bands + net_score.TRIANGLE / 2
    spread = np.where(weight > 0, net_score.variance(padded) / padded.sum(axis=-1), 0.0)
    return _Side(weight / total, net_score.point(bands), spread, square / total / total)


def _kitagawa(before: _Side, after: _Side) -> dict[str, NDArray[np.float64]]:
    """Both parts by segment and in total, with the variances of all; segments along the last axis."""
    only_after, only_before = np.isnan(before.score), np.isnan(after.score)
    both = ~(only_after | only_before)
    # a segment that one side lacks keeps the score of the other, so that none of its contribution is rate
    first = before._replace(score=np.nan_to_num(np.where(only_after, after.score, before.score)))
    second = after._replace(score=np.nan_to_num(np.where(only_before, before.score, after.score)))
    grown, moved = second.share - first.share, second.score - first.score
    share, score = (first.share + second.share) / 2, (first.score + second.score) / 2
    centre = sum(np.sum(s.share * s.score, axis=-1, keepdims=True) for s in (first, second)) / 2
    rate, mix = share * moved, grown * (score - centre)
    found = {"rate": rate, "mix": mix, "rate total": rate.sum(axis=-1), "mix total": mix.sum(axis=-1)}
    found |= {f"{name} variance": np.zeros_like(value) for name, value in found.items()}
    for side, sign, lone in ((first, -1, only_before), (second, 1, only_after)):
        # derivatives by the segment's share on this side, then by its score; those of the centre come in _variance
        by_score = np.where(both, sign * share, 0.0)
        found["rate variance"] += _variance(side, moved / 2, by_score, 0 * grown)
        found["rate total variance"] += _total_variance(side, moved / 2, by_score)
        by_share, by_score = sign * (score - centre), np.where(both, grown / 2, np.where(lone, grown, 0.0))
        found["mix variance"] += _variance(side, by_share, by_score, grown)
        found["mix total variance"] += _total_variance(side, by_share, by_score)
    return found


def _variance(side: _Side, by_share: Any, by_score: Any, grown: Any) -> Any:
    """Variance of each segment's part, whose derivatives by the shares and scores of all segments are rank one off its own."""
    q, w, u, b = side.square, side.spread, side.score / 2, side.share / 2
    whole, mean_u, mean_qu, mean_qu2, mean_wb2 = (
        np.sum(x, axis=-1, keepdims=True) for x in (q, side.share * u, q * u, q * u**2, w * b**2)
    )
    mean = side.share * by_share - grown * mean_u
    between = whole * mean**2 - 2 * mean * (q * by_share - grown * mean_qu)
    between = between + q * (by_share**2 - 2 * by_share * grown * u) + grown**2 * mean_qu2
    return between + w * (by_score**2 - 2 * by_score * grown * b) + grown**2 * mean_wb2


def _total_variance(side: _Side, by_share: Any, by_score: Any) -> Any:
    off = by_share - np.sum(side.share * by_share, axis=-1, keepdims=True)
    return np.sum(side.square * off**2 + side.spread * by_score**2, axis=-1)
