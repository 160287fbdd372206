"""The report: one page, no scripts, no network, the same bytes every time."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

import servicematters as sv
from servicematters.core import Section, Target
from servicematters.surveys import ScoreTally, section
from servicematters.testing import sections

TALLY = ScoreTally.from_frame(
    {"score": [10, 9, 3, 7, 8, 10, None], "month": ["2026-05", "2026-05", "2026-05", "2026-06", "2026-06", "<June>", "<June>"]},
    "score",
    by="month",
)


class Balanced(HTMLParser):
    """Counts tags and checks that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_reaches_for_nothing() -> None:
    page = sv.report.page([section(TALLY, target=Target(at_least=90))], title="Desk & team")
    parsed = Balanced()
    parsed.feed(page)
    assert parsed.open == []
    assert parsed.seen.count("svg") == 1
    assert parsed.seen.count("tr") == 1 + len(TALLY.index)
    assert "script" not in parsed.seen
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#)""", page.replace("xlink:", ""))
    assert "Desk &amp; team" in page
    assert "&lt;June&gt;" in page
    assert "<June>" not in page
    assert "Left out: 1 no answer." in page
    assert 'role="img" aria-label="NPS by month' in page


def test_the_same_facts_give_the_same_bytes() -> None:
    assert sv.report.page([section(TALLY)]) == sv.report.page([section(TALLY)])


@settings(max_examples=15)
@given(sections())
def test_any_section_can_be_shown(drawn: Section) -> None:
    parsed = Balanced()
    parsed.feed(sv.report.page([drawn]))
    assert parsed.open == []
    assert parsed.seen.count("svg") == len(drawn.cells)


def test_a_section_says_what_to_do_and_why() -> None:
    poor = section(ScoreTally.from_counts({10: 100, 0: 900}), target=Target(at_least=20))
    assert "Target at least +20: missed." in poor.findings
    assert poor.actions[0].startswith("The score misses its target by more than chance")
    noise = section(TALLY)
    assert noise.actions == ("Do not act on the ups and downs below: chance alone makes scores differ as much.",)
    lone = section(ScoreTally.from_frame({"s": [10], "m": ["a"]}, "s", by="m"))
    assert lone.actions == ()
    assert "NPS over 1 cell: nothing to compare." in lone.findings
    nobody = section(ScoreTally.of([]))
    assert "Nobody answered." in nobody.findings


def test_the_page_opens_offline_in_a_browser(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs Chromium")
    path = sv.report.write(tmp_path / "report.html", [section(TALLY)])
    done = subprocess.run(
        [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.count("<svg") == 1
    assert done.stdout.count("<tr>") == 1 + len(TALLY.index)
    assert "CONSOLE" not in done.stderr


def test_pictures_leave_gaps_where_nobody_answered() -> None:
    pytest.importorskip("matplotlib")
    holed = ScoreTally.from_frame({"s": [10, None, 3], "m": ["a", "b", "c"]}, "s", by="m")
    axes = sv.plot.intervals(sv.nps(holed))
    assert axes.lines[0].get_xdata().tolist() == [0, 2]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    many = sv.nps(ScoreTally.from_frame({"s": [10] * 60, "m": range(60)}, "s", by="m"))
    assert len(sv.plot.intervals(many).get_xticks()) <= 16
    assert sv.plot.intervals(sv.csat([5, 4, 1])).get_ylabel() == "CSAT [percent]"


def test_labels_are_never_read_as_formulas_or_missing_from_fonts() -> None:
    odd = ScoreTally.from_frame({"s": [10, 9, 8], "m": ["$\\frac$", "東京", "a\nb"]}, "s", by="m")
    page = sv.report.page([section(odd)])
    assert page.count("東京") == 2
    assert "$\\frac$" in page
