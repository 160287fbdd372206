"""Shares, samples, and the checks at the door."""

from typing import Annotated

import numpy as np
import pytest
from annotated_types import Ge, Gt, Interval, Len, Lt
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

import servicematters as sv
from servicematters.core import CellsDifferError, InvalidValueError, MissingColumnError, Sample, WrongKindError, checked
from servicematters.testing import assert_interval_contract, assert_read_only, assert_round_trips, samples

METHODS = ["wilson", "clopper-pearson", "jeffreys", "agresti-coull", "mid-p", "wilson-continuity", "wald"]


@pytest.mark.parametrize("method", METHODS)
@given(rows=st.lists(st.integers(0, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=4))
def test_every_interval_of_a_share_keeps_the_contract(method: str, rows: list[tuple[int, int]]) -> None:
    hits, of = np.array(rows, dtype=int).reshape(-1, 2).T
    assert_interval_contract(
        lambda facts, confidence: sv.share(*facts, confidence=confidence, method=method), (hits, of), low=0, high=1
    )


def test_shares_are_labelled() -> None:
    e = sv.share([1, 2], [10, 10], index=sv.Index("team", ["a", "b"]), name="reopened")
    assert float(e["b"]) == 0.2
    assert e.name == "reopened"
    assert sv.share([1, 2], 10).index.names == ("position",)


@pytest.mark.parametrize(
    ("hits", "of", "error", "says"),
    [
        (3, 2, InvalidValueError, "must not exceed trials, got 3 of 2"),
        (-1, 2, InvalidValueError, "hits must be 0 or more"),
        (0.5, 2, WrongKindError, "hits must be whole numbers"),
    ],
)
def test_shares_that_cannot_be_are_refused(hits: float, of: int, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        sv.share(hits, of)
    with pytest.raises(InvalidValueError, match="method must be one of wilson"):
        sv.share(1, 2, method="walled")  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="confidence must lie between 0 and 1, got 95; 95 % is 0.95"):
        sv.share(1, 2, confidence=95)


@given(samples())
def test_a_stored_sample_comes_back(sample: Sample) -> None:
    assert_round_trips(sample)


def test_samples_are_drawn_without_replacement_and_say_so() -> None:
    sample = Sample.of_columns({"id": range(1000), "team": ["a", None] * 500}, limit=50, rng=3)
    assert repr(sample) == "Sample(50 of 1,000 rows, drawn at random without replacement: id, team)"
    assert len(set(sample["id"].tolist())) == 50
    assert_read_only(sample["id"])
    sample["team"][0] = "changed"  # each reader of a text column gets a copy
    assert "changed" not in sample["team"]
    whole = Sample.of_columns({"id": [1, 2]}, limit=50)
    assert repr(whole) == "Sample(2 of 2 rows: id)"
    assert dict(Sample({}).items()) == {}


def test_every_row_has_the_same_chance() -> None:
    seen = np.zeros(20)
    for seed in range(2000):
        seen[Sample.of_columns({"id": range(20)}, limit=5, rng=seed)["id"].astype(int)] += 1
    # 500 expected each, standard deviation √(2000 · ¼ · ¾) = 19.4; five of them bound the largest of twenty
    assert np.abs(seen - 500).max() < 97


def test_samples_that_cannot_be_are_refused() -> None:
    with pytest.raises(CellsDifferError, match="one length"):
        Sample({"a": [1], "b": [1, 2]})
    with pytest.raises(InvalidValueError, match="cannot be drawn from 1"):
        Sample({"a": [1, 2]}, of=1)
    with pytest.raises(InvalidValueError, match="limit must be at least 1"):
        Sample.of_columns({"a": [1, 2]}, limit=0)
    with pytest.raises(CellsDifferError, match="one shape"):
        sv.share([1, 2], [3, 4, 5])
    assert Sample({"a": [True, 2], "b": [1, "x"]})["a"].tolist() == [True, 2]
    with pytest.raises(MissingColumnError, match="no column 'z'; there are 'a'"):
        Sample({"a": [1]})["z"]


@frozen(field_transformer=checked)
class Door:
    count: Annotated[int, Ge(0)] = 0
    rate: Annotated[float, Interval(ge=0, lt=1)] = 0.5
    maybe: Annotated[int, Gt(1)] | None = None
    words: Annotated[tuple[str, ...], Len(0, 2)] = ()
    flag: bool = False


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"count": -1}, InvalidValueError, "count must be at least 0, got -1"),
        ({"count": 1.0}, WrongKindError, "count must be int, got 1.0"),
        ({"count": True}, WrongKindError, "count must be int, got True"),
        ({"rate": 1.0}, InvalidValueError, "rate must be less than 1, got 1.0"),
        ({"rate": float("nan")}, InvalidValueError, "rate must be at least 0, got nan"),
        ({"maybe": 1}, InvalidValueError, "maybe must be more than 1, got 1"),
        ({"maybe": "x"}, WrongKindError, "maybe must be int or None"),
        ({"flag": 1}, WrongKindError, "flag must be bool"),
    ],
)
def test_limits_in_the_type_are_kept_at_the_door(given: dict[str, object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Door(**given)  # type: ignore[arg-type]


def test_what_fits_comes_in() -> None:
    assert Door(count=3, rate=0, maybe=2, words=("a",), flag=True).rate == 0
    assert Lt(3) is not None


@given(st.from_type(Door))
def test_hypothesis_reads_the_same_limits(door: Door) -> None:
    assert door.count >= 0
    assert 0 <= door.rate < 1
