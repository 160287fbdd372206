"""Estimates print as promised, keep their value inside, and travel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servicematters as sv
from servicematters.core import CellsDifferError, Estimate, Index, InvalidValueError, UnsupportedEngineError, WrongKindError
from servicematters.core.printing import decimals, shown
from servicematters.testing import assert_read_only, assert_round_trips, changes, estimates, homogeneities, net_promoter_scores


@given(st.one_of(estimates(), net_promoter_scores(), changes(), homogeneities()))
def test_what_is_stored_comes_back(thing: object) -> None:
    assert_round_trips(thing)
    assert repr(thing)


def one(
    value: float = 0.5, low: float = 0.4, high: float = 0.6, unit: str = "share", n: object = 10, **more: object
) -> Estimate:
    return Estimate(name="e", value=value, low=low, high=high, n=n, confidence=0.95, unit=unit, method="m", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (one(), "e 50.0 % [40.0 %, 60.0 %] (95 %, n = 10, m)"),
        (one(0.5, 0.4999, 0.5001), "e 50.000 % [49.990 %, 50.010 %] (95 %, n = 10, m)"),
        (one(39.84, 37.21, 42.43, "NPS points"), "e +39.8 [+37.2, +42.4] (95 %, n = 10, m)"),
        (one(-0.04, -1, 1, "NPS points"), "e +0.0 [-1.0, +1.0] (95 %, n = 10, m)"),
        (one(3.14, 3.1, 3.2, "score"), "e 3.140 [3.100, 3.200] (95 %, n = 10, m)"),
        (one(float("nan"), 0, 1), "e n/a [0.0 %, 100.0 %] (95 %, n = 10, m)"),
    ],
)
def test_printed_with_the_digits_that_the_interval_deserves(estimate: Estimate, text: str) -> None:
    assert str(estimate) == text
    assert repr(estimate) == f"<Estimate {text}>"


def test_small_half_widths_show_two_of_their_digits() -> None:
    assert [decimals(-h, h, "score") for h in (0, 5, 0.1, 0.099, 0.05, 0.0099, 1e-20)] == [1, 1, 1, 3, 3, 4, 15]
    assert shown(-0.0, "score") == "0.0"
    assert shown(1234567.0, "score") == "1,234,567.0"


def test_a_value_outside_its_interval_is_refused_with_its_cell() -> None:
    with pytest.raises(InvalidValueError, match=r"got 0.7 outside \[0.4, 0.6\] in cell \('b',\)"):
        one([0.5, 0.7], [0.4, 0.4], [0.6, 0.6], n=[1, 1], index=Index("x", ["a", "b"]))  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="outside"):
        one(0.5, float("nan"), 1.0)
    with pytest.raises(InvalidValueError, match="95 % is 0.95"):
        Estimate(name="e", value=0, low=0, high=0, n=1, confidence=95, unit="", method="")
    with pytest.raises(CellsDifferError, match="one number a cell"):
        one([0.5, 0.5], [0.4, 0.4], [0.6, 0.6])  # type: ignore[arg-type]


MONTHS = sv.nps(
    sv.ScoreTally.from_frame({"score": [10, 9, 3, 7], "month": ["2026-05", "2026-05", "2026-06", None]}, "score", by="month")
)


def test_one_cell_is_a_float_and_many_are_not() -> None:
    assert float(MONTHS["2026-05"]) == 100.0
    assert MONTHS["2026-05"].index == Index()
    with pytest.raises(WrongKindError, match="3 cells have 3 values"):
        float(MONTHS)
    with pytest.raises(TypeError):
        iter(MONTHS)
    with pytest.raises(CellsDifferError, match="no cell '2026-07'"):
        MONTHS["2026-07"]


def test_a_table_is_printed_for_many_cells() -> None:
    lines = str(MONTHS).splitlines()
    assert lines[0].split() == ["month", "NPS", "low", "high", "n", "promoters", "passives", "detractors", "reading"]
    assert lines[1].split()[:2] == ["2026-05", "+100.0"]
    assert lines[3].split()[0] == "(none)"
    assert lines[-1] == "(95 %, adjusted Wald)"
    page = MONTHS._repr_html_()
    assert page.count("<tr>") == 4
    assert "&lt;" in sv.nps(sv.ScoreTally.from_frame({"s": [1], "x": ["<b>"]}, "s", by="x"))._repr_html_()


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_estimates_become_frames(backend: str) -> None:
    pytest.importorskip(backend)
    frame = MONTHS.to_frame(backend)
    rows = frame.to_dict("records") if backend == "pandas" else frame.to_dicts() if backend == "polars" else frame.to_pylist()
    assert [row["month"] for row in rows][:2] == ["2026-05", "2026-06"]
    assert rows[0]["value"] == 100.0
    assert rows[0]["n"] == 2
    assert rows[0]["method"] == "adjusted Wald"
    assert rows[0]["promoters"] == 1.0


def test_frames_that_cannot_be_made_are_refused() -> None:
    with pytest.raises(UnsupportedEngineError, match="backend must be one of"):
        MONTHS.to_frame("excel")
    clash = sv.nps(sv.ScoreTally.from_frame({"s": [1], "low": ["a"]}, "s", by="low"))
    with pytest.raises(CellsDifferError, match="label 'low' has the name of a column"):
        clash.to_frame()


def test_nobody_can_write_into_an_estimate() -> None:
    for name in ("value", "low", "high", "n", "promoters"):
        assert_read_only(getattr(MONTHS, name))
    assert np.asarray(MONTHS.value) is not None


def test_labels_stay_on_their_line() -> None:
    e = sv.nps(sv.ScoreTally.from_frame({"s": [10], "x": ["two\nlines\x1f"]}, "s", by="x"))
    assert str(e).splitlines()[1].startswith("two\\nlines\\x1f  +100.0")
