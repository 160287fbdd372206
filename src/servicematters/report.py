"""One self-contained page that opens offline: what each room has to say, with its doubt. Needs the extra ``report``."""

import html
import io
import warnings
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from string import Template

from servicematters import plot
from servicematters.core.errors import MissingExtraError
from servicematters.core.estimate import Estimate
from servicematters.core.printing import percent
from servicematters.core.section import Section

__all__ = ["page", "require_drawing", "write"]

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>
:root { color-scheme: light; --ink: #1b2733; --soft: #5b6b7a; --line: #d6dee6; --wash: #f5f8fa; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; color: var(--ink); background: #fff;
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 0; }
.question, figcaption, caption { color: var(--soft); }
.headline { font-size: 1.25rem; font-weight: 600; margin: .5rem 0; overflow-wrap: anywhere; }
.next { border-left: .25rem solid var(--ink); padding: .25rem .75rem; background: var(--wash); }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { width: 100%; min-width: 34rem; height: auto; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; padding: .25rem 0; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
@media print { .table { overflow: visible; } section { break-inside: avoid-page; } }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$sections
</main>
</body>
</html>
""")


def require_drawing() -> None:
    """Find out whether charts can be drawn.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    if not find_spec("matplotlib"):
        raise MissingExtraError("drawing the report's charts", "report")


def page(sections: Iterable[Section], *, title: str = "Customer service in numbers") -> str:
    """HTML of the report; no scripts, no network, the same bytes for the same facts.

    Parameters
    ----------
    sections
        One a room, in the order in which they are read.
    title
        Heading of the page.

    Raises
    ------
    MissingExtraError
        If a section has a chart and matplotlib is not installed.

    Examples
    --------
    >>> from servicematters.surveys import ScoreTally, section
    >>> "NPS +45.0" in page([section(ScoreTally.of([10] * 60 + [8] * 25 + [3] * 15))])
    True
    """
    return _PAGE.substitute(title=html.escape(title), sections="\n".join(map(_section, sections)))


def write(path: str | Path, sections: Iterable[Section], *, title: str = "Customer service in numbers") -> Path:
    """Write the report to a file; see ``page``."""
    target = Path(path)
    target.write_text(page(sections, title=title), encoding="utf-8")
    return target


def _section(section: Section) -> str:
    parts = [
        f"<h2>{html.escape(section.title)}</h2>",
        f'<p class="question">{html.escape(section.question)}</p>',
        f'<p class="headline">{html.escape(str(section.headline))}</p>',
        _listed(section.findings),
        *(f'<p class="next">{html.escape(action)}</p>' for action in section.actions),
        *(_figure(cells) for cells in section.cells),
    ]
    return f"<section>\n{chr(10).join(part for part in parts if part)}\n</section>"


def _listed(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _figure(cells: Estimate) -> str:
    by = ", ".join(cells.index.names)
    label = html.escape(f"{cells.name} by {by}: bars are {percent(cells.confidence)} intervals, dots the values", quote=True)
    return (
        f'<figure role="img" aria-label="{label}">{_svg(cells)}<figcaption>{label}</figcaption></figure>\n'
        f'<div class="table">{cells._repr_html_()}</div>'
    )


def _svg(cells: Estimate) -> str:
    require_drawing()
    import matplotlib as mpl  # an extra
    from matplotlib.figure import Figure

    out = io.StringIO()
    # text stays text, ids do not change from run to run, and no date: the same facts give the same bytes
    with (
        warnings.catch_warnings(),
        mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "servicematters", "font.family": "sans-serif"}),
    ):
        warnings.filterwarnings("ignore", "Glyph")  # the reader's fonts count, not those of this machine
        figure = Figure(figsize=(8, 3.2), layout="constrained")
        plot.intervals(cells, ax=figure.subplots())
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    return svg[svg.index("<svg") :]
