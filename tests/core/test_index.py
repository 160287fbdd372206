"""Labels are sorted, single, of one kind, and plain Python."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given

from servicematters.core import CellsDifferError, Index, InvalidValueError, WrongKindError
from servicematters.testing import assert_round_trips, indexes


@given(indexes(names=("month",)), indexes(names=("month",)))
def test_a_union_holds_each_label_once_in_order(a: Index, b: Index) -> None:
    kinds = {a.kind("month"), b.kind("month")} - {None}
    if len(kinds) > 1:
        with pytest.raises(CellsDifferError, match="count both by labels of one kind"):
            a.union(b)
        return
    both, here, there = a.union(b)
    assert set(both.keys) == {*a.keys, *b.keys}
    assert [both.keys[i] for i in here] == list(a.keys)
    assert [both.keys[i] for i in there] == list(b.keys)
    assert both.union(a)[0] == both


@given(indexes())
def test_what_is_stored_comes_back(index: Index) -> None:
    assert_round_trips(index)
    assert hash(index) == hash(Index(index.names, index.keys))


@pytest.mark.parametrize(
    ("given", "want"),
    [
        (np.int64(3), 3),
        (np.str_("a"), "a"),
        (np.bool_(True), True),
        (3.0, 3),
        (float("nan"), None),
        (dt.datetime(2026, 6, 1), dt.date(2026, 6, 1)),
        (dt.datetime(2026, 6, 1, tzinfo=dt.UTC), dt.date(2026, 6, 1)),
        (np.datetime64("2026-06-01"), dt.date(2026, 6, 1)),
    ],
)
def test_labels_become_plain_python(given: object, want: object) -> None:
    (label,) = Index("x", [given]).keys[0]
    assert label == want
    assert type(label) is type(want)


def test_the_empty_label_sorts_last() -> None:
    index, codes = Index.of(["x"], [[None, "b", "a", "b"]], 4)
    assert index.keys == (("a",), ("b",), (None,))
    assert codes.tolist() == [2, 1, 0, 1]


def test_dates_may_be_written_in_iso_form() -> None:
    assert Index("day", [dt.date(2026, 6, 1)]).position("2026-06-01") == 0


@pytest.mark.parametrize(
    ("names", "keys", "error", "says"),
    [
        ("x", ["b", "a"], CellsDifferError, "must be sorted"),
        ("x", [None, "a"], CellsDifferError, "None last"),
        ("x", ["a", "a"], CellsDifferError, "must come once"),
        ("x", ["a", 1], CellsDifferError, "of one kind, got int and str"),
        ("x", [True, 1], CellsDifferError, "of one kind, got bool and int"),
        (["x", "y"], [("a",)], CellsDifferError, "does not fit the names"),
        (["x", "x"], [], CellsDifferError, "names of labels must differ"),
        ("x", [2.5], InvalidValueError, "bin it first"),
        ("x", [float("inf")], InvalidValueError, "bin it first"),
        ("x", [dt.datetime(2026, 6, 1, 9)], InvalidValueError, "truncate it"),
        ("x", [b"a"], WrongKindError, "a label must be text"),
    ],
)
def test_labels_that_cannot_be_right_are_refused(names: object, keys: list[object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Index(names, keys)  # type: ignore[arg-type]


def test_many_columns_of_many_labels_do_not_run_out_of_codes() -> None:
    rows = 3000
    columns = [[(i * p) % rows for i in range(rows)] for p in (1, 7, 11, 13, 17, 19, 23)]
    index, cell = Index.of(list("abcdefg"), columns, rows)
    assert len(index) == rows
    assert [index.keys[c][0] for c in cell] == columns[0]
    assert [index.keys[c][6] for c in cell] == columns[6]
