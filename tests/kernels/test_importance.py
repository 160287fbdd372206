"""Shares of R²: laws, Shapley by hand over all orders, R's relaimpo, and what happens at the edges."""

import csv
import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicematters.kernels import importance

ORACLES = Path(__file__).parent.parent / "oracles" / "surveys.csv"


@st.composite
def problems(draw, *, min_columns=1, max_columns=5):
    """Correlations of drawn columns that go together more or less, and of an outcome made of them and noise."""
    p = draw(st.integers(min_columns, max_columns))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shared = draw(st.floats(0, 3))
    x = rng.normal(size=(40, p)) + shared * rng.normal(size=(40, 1))
    y = x @ rng.integers(-2, 3, size=p) + draw(st.floats(0.1, 5)) * rng.normal(size=40)
    r = np.corrcoef(np.column_stack([x, y]).T)
    return r[:-1, :-1], r[:-1, -1]


def r_squared(r_xx, r_xy, columns) -> float:
    some = list(columns)
    return float(r_xy[some] @ np.linalg.solve(r_xx[np.ix_(some, some)], r_xy[some])) if some else 0.0


def shapley_by_hand(r_xx, r_xy, players) -> list[float]:
    """What each player adds to those before it, averaged over every order."""
    added = np.zeros(len(players))
    orders = list(permutations(range(len(players))))
    for order in orders:
        columns: list[int] = []
        for j in order:
            before = r_squared(r_xx, r_xy, columns)
            columns += players[j]
            added[j] += r_squared(r_xx, r_xy, columns) - before
    return list(added / len(orders))


# -- laws ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", [importance.lmg, importance.johnson])
@settings(max_examples=40)
@given(problem=problems(max_columns=8))
def test_shares_are_not_negative_and_add_up_to_r_squared(shares, problem) -> None:
    found = shares(*problem)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(r_squared(*problem, range(len(found))), abs=1e-9)


@pytest.mark.parametrize(
    "shares", [importance.lmg, importance.johnson, importance.first, importance.last, importance.betasq, importance.pratt]
)
@settings(max_examples=40)
@given(problem=problems(), data=st.data())
def test_the_order_of_columns_does_not_matter(shares, problem, data) -> None:
    r_xx, r_xy = problem
    order = data.draw(st.permutations(range(len(r_xy))))
    np.testing.assert_allclose(shares(r_xx[np.ix_(order, order)], r_xy[order]), shares(r_xx, r_xy)[order], atol=1e-9)


@settings(max_examples=40)
@given(problems(min_columns=2, max_columns=2))
def test_for_two_columns_both_ways_of_sharing_agree(problem) -> None:
    np.testing.assert_allclose(importance.lmg(*problem), importance.johnson(*problem), atol=1e-9)


@pytest.mark.parametrize(
    "shares", [importance.lmg, importance.johnson, importance.first, importance.last, importance.betasq, importance.pratt]
)
@settings(max_examples=40)
@given(r_xy=st.lists(st.floats(-0.4, 0.4), min_size=1, max_size=6))
def test_uncorrelated_columns_get_their_squared_correlations(shares, r_xy) -> None:
    np.testing.assert_allclose(shares(np.eye(len(r_xy)), r_xy), np.square(r_xy), atol=1e-12)


@settings(max_examples=40)
@given(problems())
def test_all_columns_in_one_group_get_the_whole(problem) -> None:
    k = len(problem[1])
    np.testing.assert_allclose(importance.lmg(*problem, groups=[range(k)]), [r_squared(*problem, range(k))], atol=1e-9)


@settings(max_examples=40)
@given(st.lists(problems(min_columns=3, max_columns=3), min_size=1, max_size=4))
def test_many_problems_at_once_are_the_problems_one_by_one(many) -> None:
    r_xx, r_xy = (np.stack(part) for part in zip(*many, strict=True))
    for shares in (importance.lmg, importance.johnson):
        np.testing.assert_allclose(shares(r_xx, r_xy), [shares(*one) for one in many], atol=1e-12)


def test_problems_that_do_not_fit_in_hand_together_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    r = np.stack([np.corrcoef(rng.normal(size=(5, 30))) for _ in range(7)])
    together = importance.lmg(r[:, :-1, :-1], r[:, :-1, -1])
    monkeypatch.setattr(importance, "_AT_ONCE", 40)
    np.testing.assert_allclose(importance.lmg(r[:, :-1, :-1], r[:, :-1, -1]), together, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 59))
def test_moments_of_parts_add_up_and_repeated_rows_are_weights(seed, cut) -> None:
    rng = np.random.default_rng(seed)
    rows, times = rng.normal(size=(60, 3)), rng.integers(0, 4, size=60)
    whole = importance.moments(rows, times)
    parts = importance.moments(rows[:cut], times[:cut]) + importance.moments(rows[cut:], times[cut:])
    np.testing.assert_allclose(parts, whole, atol=1e-9)
    np.testing.assert_allclose(importance.moments(np.repeat(rows, times, axis=0), np.ones(times.sum())), whole, atol=1e-9)


# -- meaning -------------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(problems())
def test_lmg_is_the_mean_over_all_orders_of_entering(problem) -> None:
    players = [[j] for j in range(len(problem[1]))]
    np.testing.assert_allclose(importance.lmg(*problem), shapley_by_hand(*problem, players), atol=1e-9)


@settings(max_examples=40)
@given(problems(min_columns=5, max_columns=5))
def test_a_group_enters_as_one(problem) -> None:
    players = [[3, 0], [4], [1, 2]]
    np.testing.assert_allclose(importance.lmg(*problem, groups=players), shapley_by_hand(*problem, players), atol=1e-9)


@settings(max_examples=40)
@given(problems(min_columns=3, max_columns=3))
def test_every_subset_has_its_own_r_squared(problem) -> None:
    want = [r_squared(*problem, [j for j in range(3) if s >> j & 1]) for s in range(8)]
    np.testing.assert_allclose(importance.explained(*problem), want, atol=1e-9)


@settings(max_examples=40)
@given(problems(min_columns=2))
def test_the_last_to_enter_adds_what_it_adds_to_all_others(problem) -> None:
    k = len(problem[1])
    whole = r_squared(*problem, range(k))
    want = [whole - r_squared(*problem, [i for i in range(k) if i != j]) for j in range(k)]
    np.testing.assert_allclose(importance.last(*problem), want, atol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_correlations_are_those_of_the_weighted_rows(seed) -> None:
    rng = np.random.default_rng(seed)
    rows, times = rng.normal(size=(30, 3)), rng.integers(1, 4, size=30)
    r = np.corrcoef(np.repeat(rows, times, axis=0).T)
    r_xx, r_xy = importance.correlations(importance.moments(rows, times))
    np.testing.assert_allclose(r_xx, r[:-1, :-1], atol=1e-9)
    np.testing.assert_allclose(r_xy, r[:-1, -1], atol=1e-9)


def test_resamples_draw_as_many_rows_as_there_are_and_the_same_ones_for_a_seed() -> None:
    rows, weights = np.arange(20.0).reshape(10, 2), np.ones(10)
    one, two = (np.concatenate([*importance.resampled(rows, weights, rounds=33, rng=np.random.default_rng(5))]) for _ in "ab")
    np.testing.assert_array_equal(one, two)
    assert one.shape == (33, 3, 3)
    np.testing.assert_array_equal(one[:, 0, 0], 10)
    assert len(np.unique(one[:, 0, 1])) > 5
    heavy = np.concatenate([*importance.resampled(rows, 3 * weights, rounds=33, rng=np.random.default_rng(5))])
    np.testing.assert_allclose(heavy, 3 * one)


@pytest.mark.parametrize(
    ("drawn", "low", "high"),
    [([0.3] * 50, 0.3, 0.3), (np.linspace(0.2, 0.4, 101), 0.205, 0.395), (np.linspace(0.3, 0.5, 101), 0.105, 0.495)],
)
def test_only_the_low_end_gives_way_and_by_twice_the_bias(drawn, low, high) -> None:
    np.testing.assert_allclose(importance.percentiles(0.3, drawn), [low, high], atol=1e-9)


def test_equal_shares_have_one_rank_and_limits_hold_it() -> None:
    np.testing.assert_array_equal(importance.ranks([0.2, 0.5, 0.2, 0.1]), [2, 1, 2, 4])
    low, high = importance.rank_limits([0.5, 0.1], [[0.1, 0.5]] * 30 + [[0.5, 0.1]] * 10)
    assert (low.tolist(), high.tolist()) == ([1, 1], [2, 2])


# -- oracles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ["drv-01", "drv-02", "drv-05", "drv-06"])
def test_relaimpo_gives_the_same_shares(row: str, real_data: Path) -> None:
    with ORACLES.open(encoding="utf-8") as file:
        oracle = next(r for r in csv.DictReader(file) if r["id"] == row)
    given = json.loads(oracle["inputs"])
    name = Path(given["data"]).name
    outcome = given.get("outcome", "Fertility")
    if not (real_data / "drivers" / name).is_file():
        pytest.skip(f"drivers/{name} is not among the real data")
    with (real_data / "drivers" / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = [*(c for c in rows[0] if c != outcome), outcome]
    r = importance.correlations(importance.moments([[float(row[c]) for c in columns] for row in rows], np.ones(len(rows))))
    found = {
        "r2": importance.lmg(*r).sum(),
        "lmg": importance.lmg(*r),
        "rw": importance.johnson(*r),
        "first": importance.first(*r),
        "last": importance.last(*r),
        "betasq": importance.betasq(*r),
        "pratt": importance.pratt(*r),
    }
    for key, want in json.loads(oracle["expected"]).items():
        printed = 1e-6 if key == "r2" else 0.0  # relaimpo printed it with six digits
        np.testing.assert_allclose(found[key], want, atol=max(float(oracle["tolerance"]), printed))


# -- edges ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", [importance.lmg, importance.johnson])
def test_a_repeated_column_shares_with_its_twin_and_a_constant_one_gets_nothing(shares) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=50)
    rows = np.column_stack([x, x, np.full(50, 3.0), x + rng.normal(size=50)])
    found = shares(*importance.correlations(importance.moments(rows, np.ones(50))))
    whole = np.corrcoef(x, rows[:, 3])[0, 1] ** 2
    np.testing.assert_allclose(found, [whole / 2, whole / 2, 0], atol=1e-9)


def test_the_column_that_follows_from_others_is_found_with_them() -> None:
    rng = np.random.default_rng(1)
    a, b, c = rng.normal(size=(3, 50))
    assert importance.determined(np.corrcoef([a, b, c])) is None
    assert importance.determined(np.corrcoef([a, b, c, 2 * a - c])) == (3, [0, 2])


def test_twenty_columns_still_work_and_more_are_refused() -> None:
    r_xx = np.full((20, 20), 0.5) + np.eye(20) / 2
    np.testing.assert_allclose(importance.lmg(r_xx, np.full(20, 0.6)), np.full(20, 0.6**2 / 10.5), atol=1e-9)
    with pytest.raises(ValueError, match="20 players at most, got 21; use johnson"):
        importance.lmg(np.eye(21), np.zeros(21))


def test_standardising_survives_very_large_and_very_small_numbers() -> None:
    rows = np.column_stack([np.arange(9) * 1e300, np.arange(9) * 1e-300 + 5e-300])
    z = importance.standardised(rows, np.ones(9))
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.var(axis=0), 1)
