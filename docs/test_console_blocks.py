"""What the console blocks of the documentation show is what the commands print."""

import re
import shlex
from contextlib import suppress
from pathlib import Path

import pytest

from servicematters.cli import main

DOCS = Path(__file__).parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [page for page in sorted(DOCS.glob("how-to/*.md")) if "$ servicematters" in page.read_text(encoding="utf-8")]


def commands(page: Path) -> list[tuple[str, str]]:
    """Each command line of a page with what is printed below it."""
    found = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = part.partition("\n")
            found.append((line, printed))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_prints_what_its_page_shows(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    shown = commands(page)
    assert shown
    for line, printed in shown:
        program, *arguments = shlex.split(line)
        assert program == "servicematters"
        with suppress(SystemExit):  # --help
            main(arguments)
        seen = capsys.readouterr()
        assert_alike((seen.out + seen.err).split(), printed.split(), line)


def assert_alike(seen, printed, line):
    """Equal words, but for the last digits of long numbers, which another processor may give."""
    assert len(seen) == len(printed), line
    for one, other in zip(seen, printed, strict=True):
        try:
            assert float(one.rstrip(",}")) == pytest.approx(float(other.rstrip(",}")), rel=1e-9), line
        except ValueError:
            assert one == other, line
