"""The measures page keeps up with the measures, and the docs with the version."""

import inspect
import re
from pathlib import Path

import pytest

import servicematters as sv
from servicematters import core, surveys

DOCS = Path(__file__).parent.parent / "docs"


def measures() -> list[str]:
    """Public functions that answer a question: they give an estimate, a change, or a comparison of cells."""
    found = set()
    for module in (sv, core, surveys):
        for name in module.__all__:
            opened = getattr(module, name)
            if inspect.isfunction(opened):
                answer = str(inspect.signature(opened).return_annotation)
                if re.search(
                    r"Estimate|NetPromoterScore|Change|Homogeneity|Drivers|Decomposition|LeagueTable|NonresponseBounds|SampleSize|DetectableDifference",
                    answer,
                ):
                    found.add(name)
    return sorted(found)


def test_the_measures_are_found() -> None:
    assert {"nps", "csat", "ces", "nps_change", "nps_homogeneity", "share", "distribution"} <= set(measures())


@pytest.mark.parametrize("name", measures())
def test_every_measure_has_its_row(name: str) -> None:
    rows = [line for line in (DOCS / "measures.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert sum(bool(re.match(rf"\|\s*\[?`{name}`", row)) for row in rows) == 1


@pytest.mark.parametrize("name", measures())
def test_every_measure_says_its_method_and_shows_itself(name: str) -> None:
    opened = next(getattr(m, name) for m in (sv, core, surveys) if name in m.__all__)
    text = inspect.getdoc(opened) or ""
    for part in ("Parameters\n", "Returns\n", "Examples\n", ">>> "):
        assert part in text, f"{name} lacks {part.strip()}"


def test_the_changelog_knows_this_version() -> None:
    assert f"## {sv.__version__}" in (DOCS / "changelog.md").read_text(encoding="utf-8")
