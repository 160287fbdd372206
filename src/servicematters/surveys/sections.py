"""What a survey has to say in the report."""

from servicematters.core.section import Section
from servicematters.core.target import Target, Verdict
from servicematters.surveys.answers import Answers
from servicematters.surveys.comparing import nps_homogeneity
from servicematters.surveys.measures import NetPromoterScore, nps
from servicematters.surveys.model import Reading

__all__ = ["section"]

_READS = {
    Reading.POSITIVE: "More promoters than detractors, by more than chance.",
    Reading.NEGATIVE: "More detractors than promoters, by more than chance.",
    Reading.STAGNANT: "As many promoters as detractors, give or take little.",
    Reading.UNDECIDED: "Too few answers to say whether promoters or detractors prevail.",
}


def section(facts: Answers, *, target: Target | None = None, confidence: float = 0.95) -> Section:
    """Section on the net promoter score of a tally, whole and cell by cell.

    Parameters
    ----------
    facts
        Answers on the 0-10 question; cells, if any, become rows and points of the chart.
    target
        What the score should be. [NPS points]
    confidence
        Coverage of every interval. [1]

    Examples
    --------
    >>> from servicematters.surveys import ScoreTally
    >>> print(section(ScoreTally.of([10] * 60 + [8] * 25 + [3] * 15)).headline)
    NPS +45.0 [+29.3, +58.0] (95 %, n = 100, adjusted Wald)
    """
    whole = nps(facts.sum(), confidence=confidence)
    cells = nps(facts, confidence=confidence, shifted_ok=True) if facts.index.names else None
    findings = [_READS[whole.reading], _shares(whole)] if whole.n else ["Nobody answered."]
    compared = nps_homogeneity(facts, confidence=confidence) if cells is not None else None
    if compared is not None:
        findings.append(f"{compared}.")
    left_out = facts.sum().excluded
    findings.append(f"Left out: {left_out!r}." if left_out else "Nothing was left out.")
    actions = []
    if target is not None:
        verdict = target.judge(whole)
        findings.append(f"Target {target.phrase(whole.unit)}: {verdict}.")
        if verdict is Verdict.MISSED:
            actions.append("The score misses its target by more than chance: find out why before you chase it.")
        if verdict is Verdict.UNDECIDED:
            actions.append("The answers do not yet decide the target: collect more before you celebrate or despair.")
    if compared is not None and compared.cells > 1 and not compared.differs:
        actions.append("Do not act on the ups and downs below: chance alone makes scores differ as much.")
    return Section(
        title="Surveys",
        question="Would they recommend us, and how sure are we?",
        headline=whole,
        cells=(cells,) if cells is not None else (),
        findings=tuple(findings),
        actions=tuple(actions),
    )


def _shares(score: NetPromoterScore) -> str:
    shares = [float(a) for a in (score.promoters, score.passives, score.detractors)]
    return "{:.1%} promoters, {:.1%} passives, {:.1%} detractors.".format(*shares).replace("%", " %")
