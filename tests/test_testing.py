"""What downstream teams get: strategies found by type, and laws that can fail."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import servicematters as sv
from servicematters import core, simulate, surveys, testing
from servicematters.core import Estimate
from servicematters.surveys import ScoreTally

TYPES = [
    core.Change,
    core.Estimate,
    core.Excluded,
    core.Homogeneity,
    core.Index,
    core.Sample,
    core.Section,
    core.Target,
    core.Verdict,
    simulate.SimulatedSurvey,
    surveys.Decomposition,
    surveys.DetectableDifference,
    surveys.Drivers,
    surveys.LeagueTable,
    surveys.NetPromoterScore,
    surveys.NonresponseBounds,
    surveys.RatingScale,
    surveys.Reading,
    surveys.SampleSize,
    surveys.ScoreTally,
    surveys.ShrunkenScore,
    surveys.WeightedScoreTally,
]


def public_types() -> set[type]:
    opened = [getattr(module, name) for module in (sv, core, surveys) for name in module.__all__]
    opened += [getattr(simulate, name) for name in simulate.__all__]
    return {t for t in opened if isinstance(t, type) and not issubclass(t, BaseException) and t is not core.Tally}


def test_every_public_type_is_tried_here() -> None:
    assert public_types() == set(TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_hypothesis_draws_every_public_type_by_itself(kind: type) -> None:
    @settings(max_examples=10)
    @given(st.from_type(kind))
    def drawn(thing: object) -> None:
        assert isinstance(thing, kind)

    drawn()


@pytest.mark.parametrize("order", ["import hypothesis, servicematters as sv", "import servicematters as sv, hypothesis"])
@pytest.mark.parametrize("before", ["", "import servicematters.testing;"])
def test_strategies_are_found_in_whatever_order_things_are_imported(order: str, before: str) -> None:
    code = (
        f"{before}{order}; from hypothesis import strategies as st, find; kind = sv.ScoreTally;"
        "import warnings; warnings.simplefilter('ignore'); print(type(find(st.from_type(kind), lambda t: True)).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "ScoreTally"


def test_tallies_with_empty_cells_and_many_cells_are_drawn() -> None:
    quick = settings(phases=[Phase.generate])  # what is found need not be the smallest
    find(testing.score_tallies(), lambda t: bool((t.n == 0).any()) and bool((t.n > 0).any()), settings=quick)
    find(testing.score_tallies(), lambda t: len(t.index) >= 3 and len(t.index.names) == 2, settings=quick)


# -- the laws must be able to fail ---------------------------------------------------------------------------------------


class Forgetful(ScoreTally):
    """Loses its last rung whenever it is added to something."""

    def __add__(self, other: object) -> "Forgetful":
        added = super().__add__(other)
        counts = np.array(added.counts)
        counts[..., -1] = self.counts[..., -1]
        return Forgetful(index=added.index, scale=added.scale, counts=counts)


def test_the_law_of_merging_catches_a_lost_count() -> None:
    one, two = (Forgetful(scale=surveys.NPS_SCALE, counts=np.eye(11, dtype=int)[r] * r) for r in (10, 5))
    with pytest.raises(AssertionError, match="adding must not depend on order"):
        testing.assert_merges(one, two, two)


def test_the_law_of_splitting_catches_a_count_that_is_none() -> None:
    with pytest.raises(AssertionError, match="a split at 1 changes the counts"):
        testing.assert_splits(lambda rows: ScoreTally.of(sorted(set(rows))), [5, 5], 1)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(lambda c: c, lambda c: 1.0, "more confidence"), (lambda c: 0.0, lambda c: 1.5, "leaves its range")],
)
def test_the_contract_of_intervals_catches_swapped_and_stray_ends(low, high, says) -> None:
    def measure(facts: object, *, confidence: float) -> Estimate:
        a, b = low(confidence) - 0.6 if says == "more confidence" else low(confidence), high(confidence)
        return Estimate(name="", value=0.9, low=min(a, 0.9), high=b, n=1, confidence=confidence, unit="", method="")

    with pytest.raises(AssertionError, match=says):
        testing.assert_interval_contract(measure, None, low=0, high=1)


def test_the_law_of_reading_only_catches_an_open_array() -> None:
    with pytest.raises(AssertionError, match="can be changed"):
        testing.assert_read_only(np.zeros(3))


def test_the_law_of_round_trips_catches_what_has_no_stored_form() -> None:
    with pytest.raises(TypeError):
        testing.assert_round_trips(object())


# -- the simulated survey ------------------------------------------------------------------------------------------------


def test_intervals_cover_the_known_truth_as_often_as_they_say() -> None:
    inside = 0
    for seed in range(400):
        drawn = simulate.survey(rows=200, rng=seed)
        score = sv.nps(drawn.columns["score"])
        inside += bool(score.low <= drawn.true_nps <= score.high)
    # 380 expected of 400, standard deviation 4.4
    assert 366 <= inside <= 394


def test_the_same_seed_draws_the_same_survey() -> None:
    assert simulate.survey(rng=5) == simulate.survey(rng=5)
    assert simulate.survey(rng=5) != simulate.survey(rng=6)
    for wrong in ({"rows": 0}, {"no_answer": 1.0}):
        with pytest.raises(ValueError, match="must be"):
            simulate.survey(**wrong)
