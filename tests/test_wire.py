"""What an earlier version has stored can still be read, and what it does not know is refused."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import servicematters as sv
from servicematters import wire
from servicematters.core import Excluded, Index, InvalidValueError, Sample, Section, Target, Verdict, WrongKindError
from servicematters.surveys import (
    CSAT_SCALE,
    Reading,
    ScoreTally,
    WeightedScoreTally,
    csat,
    csat_change,
    detectable_difference,
    drivers,
    nonresponse_bounds,
    nps,
    nps_change,
    nps_homogeneity,
    nps_sample_size,
    section,
    shrunken,
    why_it_moved,
)
from servicematters.testing import assert_round_trips

GOLDEN = Path(__file__).parent / "golden"

COLUMNS = {
    "score": [10, 9, None, 3, 8],
    "day": [dt.date(2026, 6, 1), dt.date(2026, 6, 1), dt.date(2026, 6, 2), dt.date(2026, 6, 2), None],
    "team": ["a", "b", "a", None, "b"],
}
DRIVEN = {"speed": [1, 2, 3, 4, 5, 1, 2, 4], "kindness": [2, 1, 4, 3, 5, 5, 1, 2], "score": [2, 3, 7, 7, 10, 5, 3, 6]}
SEGMENTS = ScoreTally.from_frame({"score": [10, 9, 3, 8, 0, 7], "team": ["a", "a", "a", "b", "b", "b"]}, "score", by="team")
TALLY = ScoreTally.from_frame(COLUMNS, "score", by=["day", "team"])


def examples() -> dict[str, Any]:
    """One of every stored type; the golden files were written from these and are never rewritten."""
    return {
        "Change": nps_change(ScoreTally.of([10, 8, 0] * 9), ScoreTally.of([10, 9, 8] * 9)),
        "Decomposition": why_it_moved(SEGMENTS, SEGMENTS + SEGMENTS.where(team="a")),
        "DetectableDifference": detectable_difference((100, 50)),
        "Drivers": drivers(DRIVEN, outcome="score", predictors=["speed", "kindness"], resamples=50, rng=1),
        "Estimate": csat(ScoreTally.from_frame({"s": [5, 4, 1], "t": [True, False, True]}, "s", by="t", scale=CSAT_SCALE)),
        "Excluded": Excluded({"no answer": [1, 2]}, shape=(2,)),
        "Homogeneity": nps_homogeneity(TALLY),
        "Index": TALLY.index,
        "LeagueTable": shrunken(SEGMENTS),
        "NetPromoterScore": nps(TALLY),
        "NonresponseBounds": nonresponse_bounds(SEGMENTS, invited=[10, 20]),
        "RatingScale": CSAT_SCALE,
        "Reading": Reading.STAGNANT,
        "Sample": Sample({"x": [1.5, float("nan")], "y": ["a", None], "z": [1, 2]}, of=9),
        "SampleSize": nps_sample_size(difference=10),
        "ScoreTally": TALLY,
        "Section": section(ScoreTally.of([10, 8, 0])),
        "ShrunkenScore": shrunken(SEGMENTS).shrunken,
        "Target": Target(between=(10, 30)),
        "Verdict": Verdict.IMPROVED,
        "WeightedScoreTally": WeightedScoreTally.of([10, 9, None], [0.1, 0.2, 0.3]),
    }


def test_every_schema_has_an_example() -> None:
    assert {f"servicematters.{name}" for name in examples()} == set(wire.SCHEMAS)


@pytest.mark.parametrize("name", examples())
def test_every_type_survives_json_pickle_and_deepcopy(name: str) -> None:
    assert_round_trips(examples()[name])


@pytest.mark.parametrize("name", examples())
def test_what_version_one_stored_is_still_read(name: str) -> None:
    stored = json.loads((GOLDEN / f"{name}.v1.json").read_text(encoding="utf-8"))
    assert stored["schema"] == f"servicematters.{name}"
    read = wire.from_dict(stored)
    assert type(read) is type(examples()[name])
    assert json.loads(json.dumps(wire.to_dict(read))) == stored


@pytest.mark.parametrize("name", examples())
def test_the_stored_form_does_not_drift_without_a_new_version(name: str) -> None:
    stored = json.loads((GOLDEN / f"{name}.v1.json").read_text(encoding="utf-8"))
    assert_alike(json.loads(json.dumps(wire.to_dict(examples()[name]))), stored)


def assert_alike(one: Any, other: Any) -> None:
    """Equal, but for the last digits that another processor may give."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_alike(a, b)
    else:
        assert one == (pytest.approx(other, rel=1e-12) if isinstance(other, float) else other)


def test_objects_store_themselves_the_same_way() -> None:
    for thing in (TALLY, nps(TALLY), csat_change([5], [4])):
        assert thing.to_dict() == wire.to_dict(thing)


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        ({}, "needs its schema, got {}"),
        ([1], "needs its schema"),
        ({"schema": "os.system", "version": 1}, "unknown schema 'os.system'"),
        ({"schema": "servicematters.Index", "version": 2}, "version 2 cannot be read, only 1 to 1; upgrade"),
        ({"schema": "servicematters.Index"}, "version None cannot be read"),
        ({"schema": "servicematters.Index", "version": 1, "nme": []}, "cannot be built from the fields nme"),
        ({"schema": ["Index"], "version": 1}, "unknown schema"),
        ({"schema": "servicematters.Index", "version": True}, "version True cannot be read"),
        ({"schema": "servicematters.Verdict", "version": 1, "value": "perhaps"}, "perhaps"),
        ({"schema": "servicematters.Verdict", "version": 1}, "cannot be built"),
        ({"schema": "servicematters.Index", "version": 1, "names": ["d"], "keys": [[{"date": "June"}]]}, "cannot be built"),
        ({"schema": "servicematters.Sample", "version": 1, "columns": 5, "of": 1}, "cannot be built"),
        ({"schema": "servicematters.Sample", "version": 1, "columns": {"x": {}}, "of": 1}, "cannot be built"),
        ({"schema": "servicematters.ScoreTally", "version": 1, "scale": None, "counts": [1]}, "cannot be built"),
        ({"schema": "servicematters.Target", "version": 1, "between": [1, 2, 3]}, "cannot be built"),
        (
            {**dict.fromkeys(("name", "unit", "method"), "x"), "schema": "servicematters.Estimate", "version": 1}
            | {"value": 1, "low": 0, "high": 2, "n": None, "confidence": 0.9},
            "n must be finite",
        ),
        ({"schema": "servicematters.RatingScale", "version": 1, "low": 3, "high": 1}, "at least two rungs"),
        ({"schema": "servicematters.Index", "version": 1, "names": [[]] * 9, "keys": []}, "cannot be built"),
    ],
)
def test_what_cannot_be_read_is_refused(stored: Any, says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        wire.from_dict(stored)


@pytest.mark.parametrize("thing", [object(), 7, {"a": 1}, sv])
def test_what_has_no_stored_form_is_refused(thing: object) -> None:
    with pytest.raises(WrongKindError, match="has no JSON form; there are"):
        wire.to_dict(thing)


@given(st.lists(st.one_of(st.text(max_size=3), st.none()), unique=True, max_size=4))
def test_text_labels_that_look_like_something_else_stay_text(labels: list[str | None]) -> None:
    index, _ = Index.of(["x"], [[*labels, "2026-06-01", "NaN", "null"]], len(labels) + 3)
    assert_round_trips(index)


def test_sections_are_stored_whole() -> None:
    assert isinstance(wire.from_dict(wire.to_dict(section(TALLY))), Section)
    with pytest.raises(InvalidValueError):
        wire.from_dict({"schema": "servicematters.Section", "version": 1})
