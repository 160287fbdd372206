"""One part of the report: what a room has to say, before anybody decides how it looks."""

from attrs import field, frozen

from servicematters.core.checks import checked
from servicematters.core.estimate import Estimate

__all__ = ["Section"]


@frozen(kw_only=True, field_transformer=checked)
class Section:
    """Heading, question, headline and tables of one room.

    Attributes
    ----------
    title
        Name of the room, as a reader would say it.
    question
        The question that the section answers.
    headline
        The one number, with its doubt.
    cells
        The same measure cell by cell, charted and tabled; empty where nothing was cut.
    findings
        Sentences: readings, verdicts, what was left out.
    actions
        What to do next, with the reason.
    """

    title: str
    question: str
    headline: Estimate
    cells: tuple[Estimate, ...] = field(default=(), converter=tuple[Estimate, ...])
    findings: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    actions: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
