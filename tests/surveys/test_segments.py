"""Why a score moved, and league tables: parts that add up, intervals that cover, and rankings that are refused."""

import json
import pickle
from copy import deepcopy
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicematters.core import CellsDifferError, Index, InvalidValueError, Verdict, WrongKindError
from servicematters.surveys import NPS_BANDS, ScoreTally, WeightedScoreTally, nps, nps_change
from servicematters.surveys.league import shrunken
from servicematters.surveys.segments import _kitagawa, _side_of, why_it_moved
from servicematters.testing import assert_interval_contract, indexes, score_tallies, weighted_score_tallies

SEGMENTS = Index("segment", ["a", "b", "c", "d"])
same_cells = indexes(names=("month",), max_cells=5).filter(lambda index: index.kind("month") in (str, None))
tallies = score_tallies(index=same_cells)
weighted = weighted_score_tallies(index=same_cells)
TEAMS = Index("team", [f"team {i}" for i in range(8)])


def banded(rows, index=SEGMENTS):
    return ScoreTally.from_counts(rows, scale=NPS_BANDS, index=Index(index.names, index.keys[: len(rows)]))


# laws


@settings(max_examples=25)
@given(st.one_of(st.tuples(tallies, tallies), st.tuples(weighted, weighted)))
def test_the_parts_add_up_to_the_change(sides) -> None:
    found = why_it_moved(*sides)
    total = float(found.change.difference)
    if np.isnan(total):
        assert np.isnan([float(found.rate), float(found.mix), *found.rate_of.value, *found.mix_of.value]).all()
        return
    tolerance = 1e-9
    assert float(found.rate) + float(found.mix) == pytest.approx(total, abs=tolerance)
    assert float(found.promoters) + float(found.detractors) == pytest.approx(total, abs=tolerance)
    assert np.nansum(found.rate_of.value) == pytest.approx(float(found.rate), abs=tolerance)
    assert np.nansum(found.mix_of.value) == pytest.approx(float(found.mix), abs=tolerance)
    assert total == pytest.approx(float(nps(sides[1].sum(), shifted_ok=True)) - float(nps(sides[0].sum(), shifted_ok=True)))


@settings(max_examples=25)
@given(tallies, tallies)
def test_seen_from_the_other_side_every_part_turns_its_sign(a, b) -> None:
    there, back = why_it_moved(a, b), why_it_moved(b, a)
    for name in ("rate", "mix", "promoters", "detractors", "rate_of", "mix_of"):
        first, second = getattr(there, name), getattr(back, name)
        np.testing.assert_allclose([first.value, first.low, first.high], [-second.value, -second.high, -second.low], atol=1e-6)


@settings(max_examples=25)
@given(tallies, tallies)
def test_intervals_of_all_parts_keep_the_contract(a, b) -> None:
    asked = {confidence: why_it_moved(a, b, confidence=confidence) for confidence in (0.8, 0.99)}
    for name in ("rate", "mix", "promoters", "detractors", "rate_of", "mix_of"):

        def measure(found, *, confidence, name=name):
            return getattr(found[confidence], name)

        assert_interval_contract(measure, asked, low=-200.0, high=200.0)


@settings(max_examples=25)
@given(tallies)
def test_against_itself_nothing_contributes(tally) -> None:
    found = why_it_moved(tally, tally)
    assert not np.nan_to_num(found.rate_of.value).any()
    assert not np.nan_to_num(found.mix_of.value).any()


@settings(max_examples=25)
@given(tallies)
def test_shrunken_scores_lie_between_the_raw_and_the_mean_and_keep_the_contract(tally) -> None:
    found = shrunken(tally)
    raw, s = found.raw.value, found.shrunken
    known = tally.n > 0
    np.testing.assert_array_equal(np.isnan(s.value), ~known)
    ends = np.sort([raw[known], np.full(known.sum(), s.mean if known.any() else 0.0)], axis=0)
    assert ((ends[0] - 1e-6 <= s.value[known]) & (s.value[known] <= ends[1] + 1e-6)).all()
    assert ((s.shrinkage[known] >= 0) & (s.shrinkage[known] <= 1)).all()
    assert_interval_contract(
        lambda t, *, confidence: shrunken(t, confidence=confidence).shrunken, tally, low=-100.0, high=100.0
    )
    assert set(found.outside(0.998)) <= set(found.outside(0.95)) <= set(tally.index.keys)


# meaning


def test_a_better_segment_in_the_same_mix_contributes_only_rate() -> None:
    found = why_it_moved(banded([[50, 0, 50], [0, 0, 100]]), banded([[25, 0, 75], [0, 0, 100]]))
    np.testing.assert_allclose(found.rate_of.value, [25, 0])
    np.testing.assert_allclose(found.mix_of.value, [0, 0], atol=1e-12)


def test_another_mix_of_the_same_segments_contributes_only_mix() -> None:
    # a: score 0, two thirds before and two fifths after; b: score 100; overall 33.3 before and 60 after
    found = why_it_moved(banded([[50, 0, 50], [0, 0, 50]]), banded([[25, 0, 25], [0, 0, 75]]))
    np.testing.assert_allclose(found.rate_of.value, [0, 0], atol=1e-12)
    centre = (100 / 3 + 60) / 2
    np.testing.assert_allclose(found.mix_of.value, [(2 / 5 - 2 / 3) * (0 - centre), (3 / 5 - 1 / 3) * (100 - centre)])


def test_a_growing_segment_lifts_the_score_only_where_it_scores_above_the_whole() -> None:
    # both scores are positive; the segment below the whole doubles
    found = why_it_moved(banded([[10, 50, 40], [5, 5, 90]]), banded([[20, 100, 80], [5, 5, 90]]))
    assert float(found.mix_of["a"].value) < 0 > float(found.mix)
    assert float(found.mix_of["b"].value) < 0  # and the one above has shrunk
    assert float(found.rate) == 0


def test_a_segment_that_came_or_went_contributes_only_mix() -> None:
    before = banded([[10, 10, 20], [5, 5, 40]])
    after = ScoreTally.from_counts([[10, 10, 20], [1, 1, 8]], scale=NPS_BANDS, index=Index("segment", ["a", "z"]))
    found = why_it_moved(before, after)
    assert found.mix_of.index.keys == (("a",), ("b",), ("z",))
    assert found.rate_of.value.tolist() == [0, 0, 0]
    assert float(found.mix) == pytest.approx(float(found.change.difference))
    assert "n/a" in str(found)


def test_fewer_detractors_and_more_promoters_are_told_apart() -> None:
    found = why_it_moved(banded([[30, 40, 30]]), banded([[20, 50, 30]]))
    assert (float(found.promoters), round(float(found.detractors), 9)) == (0, 10)
    assert float(found.detractors.low) < 10 < float(found.detractors.high)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([[60, 60, 80], [20, 60, 120]], [[24, 30, 46], [32, 88, 180]],
         "the score rose by 12.5 points: 8.4 from a different mix, 4.1 from better scores"),
        ([[24, 30, 46], [32, 88, 180]], [[60, 60, 80], [20, 60, 120]],
         "the score fell by 12.5 points: 8.4 from a different mix, 4.1 from worse scores"),
        ([[500, 0, 500], [0, 0, 1000]], [[300, 0, 1200], [0, 0, 500]],
         "the score rose by 20.0 points: 37.5 from better scores, less 17.5 from a different mix"),
        ([[5, 5, 10]], [[5, 5, 10]],
         "the score did not move: +0.0 from unchanged scores, +0.0 from a different mix; chance alone could explain it"),
        ([[5, 5, 10]], [[0, 0, 0]], "one side has no answers: there is nothing to explain"),
    ],
)  # fmt: skip
def test_the_finding_says_what_the_numbers_say(before, after, words) -> None:
    assert why_it_moved(banded(before), banded(after)).finding == words


def test_the_table_has_a_row_a_segment_and_one_for_all() -> None:
    before, after = banded([[60, 60, 80], [20, 60, 120]]), banded([[24, 30, 46], [32, 88, 180]])
    found = why_it_moved(before, after)
    header, rows = found.table()
    assert header == ["segment", "share before", "after", "NPS before", "after", "from scores", "from mix"]
    assert rows[0][:5] == ["a", "50.0 %", "25.0 %", "+10.0", "+22.0"]
    assert rows[-1][0] == "all"
    assert found.change == nps_change(before.sum(), after.sum(), scale=NPS_BANDS)
    assert "Of the change, +6.5 by promoters, +6.0 by detractors." in str(found)


def test_alike_teams_are_not_ranked_and_the_table_keeps_its_order() -> None:
    n = [8, 20, 40, 60, 90, 150, 300, 30]
    rng = np.random.default_rng(11)
    found = shrunken(banded([rng.multinomial(size, [0.2, 0.3, 0.5]) for size in n], TEAMS))
    assert not found.rankable
    with pytest.raises(InvalidValueError, match="no evidence that the 8 cells differ"):
        _ = found.ranking
    assert [row[0] for row in found.table()[1]] == [key[0] for key in TEAMS.keys]


def test_teams_far_apart_are_ranked_and_stand_outside_the_funnel() -> None:
    found = shrunken(banded([[300, 100, 100], [100, 100, 300], [150, 200, 150]], TEAMS))
    assert found.ranking == (("team 1",), ("team 2",), ("team 0",))
    assert found.outside() == (("team 0",), ("team 1",))
    assert found.ranks.value.tolist() == [3, 1, 2]
    assert "team 0 (even 99.8 %)" in str(found)
    assert [row[0] for row in found.table()[1]] == ["team 1", "team 2", "team 0"]


def test_teams_that_differ_but_could_all_swap_places_are_not_ranked() -> None:
    found = shrunken(banded([[30, 40, 30], [18, 40, 42]], TEAMS))
    assert found.homogeneity.differs
    assert (found.ranks.low.tolist(), found.ranks.high.tolist()) == ([1, 1], [2, 2])
    with pytest.raises(InvalidValueError, match="rank intervals of all 2 cells overlap"):
        _ = found.ranking


def test_few_answers_are_shrunk_more_than_many() -> None:
    found = shrunken(banded([[1, 2, 7], [100, 200, 700], [500, 300, 200], [20, 10, 70]], TEAMS)).shrunken
    assert found.shrinkage[0] > found.shrinkage[3] > found.shrinkage[1] > 0
    assert found.value[0] < nps([10] * 7 + [8] * 2 + [0]).value


# oracles


@settings(max_examples=40)
@given(*[st.lists(st.tuples(*[st.integers(0, 40)] * 3), min_size=4, max_size=4).filter(lambda r: any(map(any, r)))] * 2)
def test_totals_are_kitagawas_in_exact_fractions(before, after) -> None:
    totals = [sum(map(sum, rows)) for rows in (before, after)]
    rate = mix = Fraction(0)
    for rows in zip(before, after, strict=True):
        share = [Fraction(sum(row), total) for row, total in zip(rows, totals, strict=True)]
        score = [Fraction(row[2] - row[0], sum(row)) if sum(row) else None for row in rows]
        known = [s if s is not None else score[1 - i] for i, s in enumerate(score)]
        if known[0] is None:
            continue
        mix += (share[1] - share[0]) * (known[0] + known[1]) / 2
        rate += (known[1] - known[0]) * (share[0] + share[1]) / 2
    found = why_it_moved(banded(before), banded(after))
    assert float(found.rate) == pytest.approx(float(100 * rate), abs=1e-9)
    assert float(found.mix) == pytest.approx(float(100 * mix), abs=1e-9)


@pytest.mark.parametrize("part", ["rate", "mix", "rate total", "mix total"])
@pytest.mark.parametrize("last", [[40, 7, 3], [0, 0, 0]])  # the third segment may be there before only
def test_variances_are_those_of_numerical_derivatives(part, last) -> None:
    counts = [
        np.array([[30, 20, 50], [60, 80, 10], [5, 7, 40]], float),
        np.array([[20, 30, 90], [20, 60, 30], last], float),
    ]
    sides = [_side_of(c, c.sum(-1), c.sum(-1)) for c in counts]
    want = 0.0
    for i, side in enumerate(sides):
        n, share = counts[i].sum(), side.share
        for field, covariance in (
            ("share", (np.diag(share) - np.outer(share, share)) / n),
            ("score", np.diag(side.spread)),
        ):
            slopes = []
            for h in range(3):
                ends = []
                for step in (1e-6, -1e-6):
                    moved = getattr(side, field) + step * (np.arange(3) == h)
                    pair = [s._replace(**{field: moved}) if j == i else s for j, s in enumerate(sides)]
                    ends.append(_kitagawa(*pair)[part])
                slopes.append((ends[0] - ends[1]) / 2e-6)
            slopes = np.array(slopes)
            want = want + np.einsum("h...,hk,k...->...", slopes, covariance, slopes)
    np.testing.assert_allclose(_kitagawa(*sides)[f"{part} variance"], want, rtol=1e-5)


@pytest.mark.parametrize(("n", "least"), [(40, 0.91), (100, 0.93), (300, 0.935)])
def test_intervals_of_the_parts_cover_what_they_promise(n, least) -> None:
    rng = np.random.default_rng(7)
    truth = [
        np.array([0.5, 0.3, 0.2])[:, None] * np.array([[0.2, 0.3, 0.5], [0.1, 0.3, 0.6], [0.35, 0.3, 0.35]]),
        np.array([0.3, 0.3, 0.4])[:, None] * np.array([[0.1, 0.3, 0.6], [0.1, 0.3, 0.6], [0.2, 0.3, 0.5]]),
    ]
    drawn = [rng.multinomial(n, p.ravel(), size=4000).reshape(-1, 3, 3).astype(float) for p in truth]
    found = _kitagawa(*(_side_of(c, c.sum(-1), c.sum(-1)) for c in drawn))
    want = _kitagawa(*(_side_of(p * 1e9, p.sum(-1), p.sum(-1)) for p in truth))
    for part in ("rate total", "mix total"):
        covered = (np.abs(found[part] - want[part]) <= 1.96 * np.sqrt(found[f"{part} variance"])).mean()
        assert least <= covered <= 0.965, part


def test_intervals_of_shrunken_scores_cover_the_truth_and_are_shorter_than_the_raw_ones() -> None:
    rng, hit, ratio = np.random.default_rng(3), [], []
    for _ in range(60):
        chances = rng.dirichlet([6, 9, 15], size=8)
        found = shrunken(banded([rng.multinomial(n, p) for n, p in zip([10, 20, 40, 80] * 2, chances, strict=True)], TEAMS))
        truth = 100 * (chances[:, 2] - chances[:, 0])
        hit.append((found.shrunken.low <= truth) & (truth <= found.shrunken.high))
        ratio.append((found.shrunken.high - found.shrunken.low) / (found.raw.high - found.raw.low))
    assert 0.91 <= np.mean(hit) <= 0.985
    assert np.mean(ratio) < 0.85


# edges


@pytest.mark.parametrize("rows", [[], [[0, 0, 0]], [[0, 0, 9]], [[0, 0, 9], [0, 0, 3]], [[0, 0, 0], [1, 0, 0]]])
def test_tables_with_nothing_to_rank_say_so(rows) -> None:
    found = shrunken(banded(rows, TEAMS) if rows else banded([[1, 1, 1]], TEAMS).zero)
    assert not found.rankable
    assert found.finding.startswith("no ranking")
    assert found.outside() == ()
    assert str(found)


def test_a_single_team_keeps_its_score() -> None:
    found = shrunken(banded([[10, 20, 30]], TEAMS)).shrunken
    assert (found.value.tolist(), found.shrinkage.tolist()) == (nps(banded([[10, 20, 30]])).value.tolist(), [0.0])


def test_results_are_stored_and_equal_to_their_copies() -> None:
    a, b = banded([[60, 60, 80], [20, 60, 120], [0, 0, 0]]), banded([[24, 30, 46], [0, 0, 0], [0, 0, 0]])
    for thing in (why_it_moved(a, b), shrunken(a), why_it_moved(a, a.zero)):
        assert pickle.loads(pickle.dumps(thing)) == thing == deepcopy(thing)
        assert json.loads(json.dumps(thing.to_dict(), allow_nan=False))["schema"].endswith(type(thing).__name__)
    assert why_it_moved(a, b) != why_it_moved(b, a)


def test_weights_count_in_shares_scores_and_doubt() -> None:
    columns = {"s": [10, 10, 0, 9, 0, 3] * 20, "g": ["x", "x", "x", "y", "y", "y"] * 20, "w": [1.0] * 120}
    doubled = {**columns, "w": [2.0 if g == "x" else 1.0 for g in columns["g"]]}
    one, two = (WeightedScoreTally.from_frame(c, "s", weight="w", by="g") for c in (columns, doubled))
    found = why_it_moved(one, two)
    assert float(found.rate) == pytest.approx(0)
    assert found.share_after.value.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert float(found.mix) == pytest.approx(float(found.change.difference))
    assert found.rate.method == "delta method, Kish weights"
    plain = ScoreTally.from_frame(columns, "s", by="g")
    same = why_it_moved(plain, plain).rate_of
    np.testing.assert_allclose(why_it_moved(one, one).rate_of.high, same.high)
    assert shrunken(two).shrunken.method.endswith("Kish weights")


def test_what_knows_no_segment_is_refused() -> None:
    cut = banded([[1, 2, 3]])
    for question in (lambda t: why_it_moved(cut, t), lambda t: why_it_moved(t, cut), shrunken):
        with pytest.raises(WrongKindError, match="segments need a tally"):
            question([10, 9])
        with pytest.raises(CellsDifferError, match="one cell without a label"):
            question(ScoreTally.of([10, 9]))
    with pytest.raises(CellsDifferError, match="cannot compare cells by"):
        why_it_moved(cut, banded([[1, 2, 3]], TEAMS))
    with pytest.raises(InvalidValueError, match="funnel has limits at 0.95, 0.998"):
        shrunken(cut).outside(0.9)
    with pytest.raises(InvalidValueError, match="95 % is 0.95"):
        why_it_moved(cut, cut, confidence=95)


def test_a_change_that_chance_explains_says_so() -> None:
    found = why_it_moved(banded([[10, 20, 20]]), banded([[9, 20, 21]]))
    assert found.change.verdict is Verdict.NO_EVIDENCE
    assert found.finding.endswith("; chance alone could explain it")
