"""Tests of a dashboard that is built on servicematters: copy, and put your own functions in place of these three."""

from hypothesis import given
from hypothesis import strategies as st

import servicematters as sv
from servicematters import testing

# -- what we wrote -------------------------------------------------------------------------------------------------------


def count_answers(scores: list[int | None]) -> sv.ScoreTally:
    """Count an export, in which 99 stands for "prefer not to say"."""
    return sv.ScoreTally.of(scores, missing=[99])


def tile(score: sv.Estimate) -> str:
    """Text of the tile on the wall."""
    if not score.only("n"):
        return "no answers yet"
    return f"{float(score):+.0f} ({score.only('low'):+.0f} to {score.only('high'):+.0f})"


def colour(change: sv.Change) -> str:
    """Colour of the arrow beside the tile; grey unless we know."""
    return {sv.Verdict.IMPROVED: "green", sv.Verdict.WORSENED: "red"}.get(change.verdict, "grey")


# -- drawn by their types ------------------------------------------------------------------------------------------------


@given(st.from_type(sv.ScoreTally))
def test_the_tile_can_show_any_tally(tally):
    text = tile(sv.nps(tally.sum(), shifted_ok=True))
    assert text == "no answers yet" if tally.n.sum() == 0 else " to " in text


@given(st.from_type(sv.Target), st.from_type(sv.Estimate))
def test_every_target_has_a_verdict_on_every_share(target, estimate):
    allowed = {sv.Verdict.MET, sv.Verdict.MISSED, sv.Verdict.UNDECIDED}
    assert allowed.issuperset(target.judge_cells(estimate))


# -- drawn by strategies that take arguments -----------------------------------------------------------------------------

one_cell = st.just(sv.Index())


@given(testing.score_tallies(index=one_cell), testing.score_tallies(index=one_cell))
def test_the_arrow_turns_round_with_the_months(before, after):
    there, back = (colour(sv.nps_change(*pair)) for pair in ((before, after), (after, before)))
    assert back == {"green": "red", "red": "green", "grey": "grey"}[there]


# -- laws ----------------------------------------------------------------------------------------------------------------


@given(testing.answers(), st.integers(0, 50))
def test_our_count_does_not_depend_on_how_exports_are_split(scores, at):
    testing.assert_splits(count_answers, scores, at)


@given(testing.score_tallies(), st.data())
def test_our_regions_add_up_in_any_order(a, data):
    b, c = (data.draw(testing.score_tallies(index=st.just(a.index))) for _ in range(2))
    testing.assert_merges(a, b, c)


@given(testing.score_tallies())
def test_our_measure_keeps_its_interval_in_bounds(tally):
    def promoters(facts, *, confidence):
        return sv.share(facts.counts[..., 9:].sum(axis=-1), facts.n, index=facts.index, confidence=confidence)

    testing.assert_interval_contract(promoters, tally, low=0.0, high=1.0)


@given(testing.changes())
def test_what_we_store_comes_back(change):
    testing.assert_round_trips(change)
