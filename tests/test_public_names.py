"""Doors: every public name opens, twice the same, and opening the front door costs nothing."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import servicematters as sv

PACKAGES = ["servicematters", "servicematters.core", "servicematters.surveys", "servicematters.kernels"]


def names() -> list[tuple[str, str]]:
    return [(package, name) for package in PACKAGES for name in importlib.import_module(package).__all__]


@pytest.mark.parametrize(("package", "name"), names())
def test_a_name_opened_twice_is_the_same_object(package: str, name: str) -> None:
    module = importlib.import_module(package)
    first = getattr(module, name)
    vars(module).pop(name, None)
    assert getattr(module, name) is first
    assert name in dir(module)


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_and_python_see_the_same_names(package: str) -> None:
    source = Path(importlib.import_module(package).__file__ or "").read_text(encoding="utf-8")
    lines = [line for line in source.splitlines() if line.startswith("    from ") and " as " in line]
    seen = {line.rpartition(" as ")[2].strip() for line in lines}
    extras = {"testing"} if package == "servicematters" else set()
    assert seen == {*importlib.import_module(package).__all__, *extras}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_bears_the_name_of_a_module(package: str) -> None:
    module = importlib.import_module(package)
    folder = Path(module.__file__ or "").parent
    modules = {path.stem for path in folder.iterdir()}
    for name in module.__all__:
        opened = getattr(module, name)
        assert name not in modules or opened.__name__ == f"{package}.{name}"


def test_a_name_that_is_not_there_is_missed_like_any_other() -> None:
    with pytest.raises(AttributeError, match="module 'servicematters' has no attribute 'npz'"):
        sv.npz  # noqa: B018


def test_help_and_import_star_need_no_extra() -> None:
    code = "import sys; sys.modules['hypothesis'] = None\nfrom servicematters import *\nhelp('servicematters')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "count once, then ask" in done.stdout
    assert sv.testing.__name__ == "servicematters.testing"
    assert not {"doors", "TYPE_CHECKING", "_doors"} & set(dir(sv))


def loaded_after(code: str, *modules: str) -> list[str]:
    probe = f"{code}\nimport sys\nprint([m for m in {modules!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return eval(done.stdout.splitlines()[-1])


HEAVY = ("numpy", "scipy", "narwhals", "attrs", "hypothesis", "typing")


def test_the_front_door_loads_nothing() -> None:
    # with -X importtime this is below a millisecond; here it is the names that count
    bare = loaded_after("", *HEAVY)
    assert loaded_after("import servicematters", *HEAVY) == bare


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import servicematters as sv; sv.surveys.RatingScale(0, 10)", ("numpy", "scipy", "narwhals")),
        ("import servicematters as sv; sv.surveys.Reading.POSITIVE", ("numpy", "scipy", "narwhals")),
        ("import servicematters as sv; sv.ScoreTally.of([10, 9])", ("scipy", "narwhals", "pandas", "matplotlib")),
        ("import servicematters as sv; print(sv.nps([10, 9]))", ("scipy.stats", "narwhals", "pandas", "matplotlib")),
        ("import servicematters.cli", ("numpy", "scipy", "narwhals")),
        ("import hypothesis", ("numpy", "scipy", "narwhals")),
    ],
)
def test_each_step_loads_no_more_than_it_needs(code: str, absent: tuple[str, ...]) -> None:
    assert loaded_after(code, *absent) == []
