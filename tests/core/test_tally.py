"""Tallies add up in any order, keep their definition, and cannot be changed."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servicematters as sv
from servicematters.core import CellsDifferError, DefinitionsDifferError, Excluded, Index, InvalidValueError, WrongKindError
from servicematters.surveys import CSAT_SCALE, NPS_SCALE, RatingScale, ScoreTally, WeightedScoreTally
from servicematters.testing import (
    answers,
    assert_merges,
    assert_read_only,
    assert_round_trips,
    assert_splits,
    indexes,
    score_tallies,
    weighted_score_tallies,
)

# -- laws ----------------------------------------------------------------------------------------------------------------

by_month = indexes(names=("month",)).filter(lambda index: index.kind("month") in (str, None))


@given(*[score_tallies(index=by_month)] * 3)
def test_order_and_grouping_do_not_matter(a: ScoreTally, b: ScoreTally, c: ScoreTally) -> None:
    assert_merges(a, b, c)


@given(*[weighted_score_tallies(index=by_month)] * 3)
def test_weights_merge_to_rounding(a: WeightedScoreTally, b: WeightedScoreTally, c: WeightedScoreTally) -> None:
    assert_merges(a, b, c)


@given(answers(), st.integers(0, 50))
def test_any_split_of_the_answers_gives_the_same_counts(rows: list[int | None], at: int) -> None:
    assert_splits(ScoreTally.of, rows, at)


@given(st.lists(st.tuples(answers(min_size=1, max_size=1), st.sampled_from(["x", "y", None]), st.integers(0, 2))), st.randoms())
def test_rows_may_come_in_any_order_and_in_any_chunks(
    rows: list[tuple[list[int | None], str | None, int]], random: object
) -> None:
    def count(part: list[tuple[list[int | None], str | None, int]]) -> ScoreTally:
        columns = {"score": [r[0][0] for r in part], "team": [r[1] for r in part], "shift": [r[2] for r in part]}
        return ScoreTally.from_frame(columns, "score", by=["team", "shift"])

    whole = count(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert count(shuffled) == whole
    assert sum([count(shuffled[i : i + 3]) for i in range(0, len(rows), 3)], start=whole.zero) == whole


@given(score_tallies())
def test_cells_add_up_to_the_whole(tally: ScoreTally) -> None:
    assert int(tally.sum().n) == int(tally.n.sum())
    assert tally.sum().excluded.total == tally.excluded.total.sum()
    for names in (tally.index.names[:1], tally.index.names):
        assert tally.sum(by=names).sum() == tally.sum()
    assert sum((cell for _, cell in tally.cells()), start=tally.sum().zero) == tally.sum()


@given(score_tallies())
def test_what_is_stored_comes_back(tally: ScoreTally) -> None:
    assert_round_trips(tally)


# -- meaning -------------------------------------------------------------------------------------------------------------

TEAMS = ScoreTally.from_frame({"score": [10, 9, 3, 7], "team": ["a", "a", "b", None]}, "score", by="team")


def test_a_cell_that_one_side_lacks_counts_as_nothing_there() -> None:
    other = ScoreTally.from_frame({"score": [0, 1, 2], "team": ["b", "c", "c"]}, "score", by="team")
    both = TEAMS + other
    assert both.index.keys == (("a",), ("b",), ("c",), (None,))
    assert both.n.tolist() == [2, 2, 2, 1]
    assert both["b"].counts.tolist() == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]


def test_the_built_in_sum_works() -> None:
    assert sum([TEAMS, TEAMS, TEAMS]).n.tolist() == [6, 3, 3]


def test_cells_are_picked_by_label() -> None:
    assert TEAMS["a"].n == 2
    assert TEAMS[None].n == 1
    assert TEAMS.where(team="a").index.keys == (("a",),)
    assert TEAMS.where(team=["a", None]).n.tolist() == [2, 1]
    assert TEAMS.where(team="nobody").n.tolist() == []
    with pytest.raises(CellsDifferError, match=r"no cell 'z'; cells are by \('team',\): a, b, None"):
        TEAMS["z"]
    with pytest.raises(CellsDifferError, match="not cut by 'month'"):
        TEAMS.where(month="2026-05")


def test_what_was_left_out_is_part_of_the_state() -> None:
    with_gap, without = ScoreTally.of([10, None]), ScoreTally.of([10])
    assert with_gap != without
    assert (with_gap + without).excluded["no answer"] == 1
    assert repr(with_gap) == "ScoreTally(n = 1; left out: 1 no answer)"


# -- edges ---------------------------------------------------------------------------------------------------------------


def test_unlike_things_do_not_add_up() -> None:
    with pytest.raises(DefinitionsDifferError, match="different scale"):
        TEAMS.sum() + ScoreTally.of([5], scale=CSAT_SCALE)
    with pytest.raises(CellsDifferError, match=r"by \('team',\) and by \(\); count both by the same labels"):
        TEAMS + ScoreTally.of([5])
    with pytest.raises(WrongKindError, match="cannot add WeightedScoreTally to ScoreTally"):
        ScoreTally.of([5]) + WeightedScoreTally.of([5], [1.0])
    with pytest.raises(TypeError):
        ScoreTally.of([5]) + 1  # type: ignore[operator]
    numbered = ScoreTally.from_frame({"score": [10], "team": [7]}, "score", by="team")
    with pytest.raises(CellsDifferError, match="labels under 'team' are int and str"):
        TEAMS + numbered


def copies(tally: ScoreTally | WeightedScoreTally) -> list[ScoreTally | WeightedScoreTally]:
    return [tally, pickle.loads(pickle.dumps(tally)), copy.deepcopy(tally), copy.copy(tally), tally.sum()]


@pytest.mark.parametrize("which", range(5))
def test_nobody_can_write_into_a_tally_or_its_copies(which: int) -> None:
    tally = copies(ScoreTally.of([10, None, 3]))[which]
    for array in (tally.counts, tally.n, tally.excluded["no answer"], tally.shares):
        assert_read_only(array)
    weighted = copies(WeightedScoreTally.of([10, 3], [1.0, 2.0]))[which]
    assert isinstance(weighted, WeightedScoreTally)
    for array in (weighted.counts, weighted.weights, weighted.squares):
        assert_read_only(array)
    with pytest.raises(AttributeError):
        tally.counts = np.zeros(11)  # type: ignore[misc]


def test_the_arrays_given_may_change_afterwards() -> None:
    counts = np.zeros(11, dtype=np.int64)
    tally = ScoreTally.from_counts(counts)
    counts[:] = 99
    assert tally.n == 0


def test_tallies_cannot_be_hashed_because_they_compare_by_value() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(TEAMS)


@pytest.mark.parametrize(
    ("counts", "error", "says"),
    [
        ([0.5] * 11, WrongKindError, "must be whole numbers, got dtype float64"),
        ([3.0] * 11, WrongKindError, "a share is not a count"),
        ([-1] + [0] * 10, InvalidValueError, "must be 0 or more, got -1 at position 0"),
        ([1] * 5, CellsDifferError, r"shape \(11,\) for one cell, got \(5,\)"),
        (["a"] * 11, WrongKindError, "must be whole numbers"),
        ([True] * 11, WrongKindError, "must be whole numbers, got dtype bool"),
    ],
)
def test_counts_that_cannot_be_right_are_refused(counts: list[object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        ScoreTally.from_counts(counts)


def test_counts_can_be_given_by_rung() -> None:
    assert ScoreTally.from_counts({10: 2, 0: 1}).counts.tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    with pytest.raises(InvalidValueError, match="rungs go from 0 to 10, got 11"):
        ScoreTally.from_counts({11: 1})


def test_a_total_that_does_not_fit_is_refused_with_its_cell() -> None:
    months = Index("month", ["2026-05", "2026-06"])
    counts = [[1] + [0] * 10, [2] + [0] * 10]
    assert ScoreTally.from_counts(counts, index=months, total=[1, 2]).n.tolist() == [1, 2]
    with pytest.raises(InvalidValueError, match="add up to 2, not to the 3 answers claimed") as caught:
        ScoreTally.from_counts(counts, index=months, total=[1, 3])
    assert caught.value.cell == ("2026-06",)


def test_cells_can_be_added_but_not_lost() -> None:
    wider, _, _ = TEAMS.index.union(Index("team", ["z"]))
    assert TEAMS.on(wider).n.tolist() == [2, 1, 0, 1]
    with pytest.raises(CellsDifferError, match="cells would be lost"):
        TEAMS.on(Index("team", ["a"]))


def test_excluded_reads_like_a_counter() -> None:
    left_out = Excluded({"no answer": [1, 0], "text": [0, 0]}, shape=(2,))
    assert list(left_out) == ["no answer"]
    assert "text" not in left_out
    assert left_out["never heard of"].tolist() == [0, 0]
    assert repr(Excluded()) == "nothing"
    with pytest.raises(CellsDifferError, match="one count a cell"):
        Excluded({"text": [1, 2, 3]}, shape=(2,))


def test_ten_million_rows_fit_one_small_tally() -> None:
    scores = np.tile(np.arange(11, dtype=np.uint8), 1_000_000)
    assert ScoreTally.of(scores).counts.tolist() == [1_000_000] * 11
    assert sv.nps(ScoreTally.of(scores)).n == 11_000_000


@given(st.lists(st.integers(-130, 300)), st.sampled_from([np.int8, np.uint8, np.int16, np.int64, np.float32, np.float64]))
def test_arrays_of_any_number_type_count_alike(values: list[int], kind: type[np.generic]) -> None:
    column = (
        np.array(values).clip(*((-128, 127) if kind is np.int8 else (0, 255) if kind is np.uint8 else (-200, 400))).astype(kind)
    )
    tally = ScoreTally.of(column, invalid="drop")
    assert tally.counts.tolist() == [int(np.count_nonzero(column == rung)) for rung in range(11)]
    assert tally.excluded["out of range"] == np.count_nonzero((column < 0) | (column > 10))
    strided = np.repeat(column, 2)[::2]
    assert ScoreTally.of(strided, invalid="drop") == tally


def test_scales_are_part_of_equality() -> None:
    assert ScoreTally.of([1], scale=RatingScale(0, 10)) != ScoreTally.of([1], scale=NPS_SCALE)
