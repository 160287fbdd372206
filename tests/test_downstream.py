"""The downstream module runs, and names every public name."""

import importlib.util
import re
from pathlib import Path

import pytest

import servicematters as sv
from servicematters import core, frames, plot, report, simulate, surveys, testing, wire

MODULE = Path(__file__).parent / "downstream.py"


def test_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("downstream", MODULE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.test_all_of_it_runs()
    assert "true NPS" in capsys.readouterr().out


MODULES = [sv, core, surveys, frames, plot, report, simulate, testing, wire]


@pytest.mark.parametrize("package", MODULES, ids=lambda p: p.__name__)
def test_every_public_name_is_used(package: object) -> None:
    source = MODULE.read_text(encoding="utf-8")
    missing = [name for name in package.__all__ if not re.search(rf"\b{name}\b", source)]  # type: ignore[attr-defined]
    assert missing == []
