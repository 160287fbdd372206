"""Targets and changes: signal, noise, or not known yet."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicematters.core import Change, Estimate, Index, InvalidValueError, Target, Verdict, WrongKindError
from servicematters.testing import assert_round_trips, changes, estimates, targets


def interval(low: float, high: float, *, unit: str = "NPS points", value: float | None = None) -> Estimate:
    middle = (low + high) / 2 if value is None else value
    return Estimate(name="e", value=middle, low=low, high=high, n=10, confidence=0.95, unit=unit, method="m")


@pytest.mark.parametrize(
    ("target", "low", "high", "want"),
    [
        (Target(at_least=30), 30, 40, Verdict.MET),
        (Target(at_least=30), 29.9, 40, Verdict.UNDECIDED),
        (Target(at_least=30), 20, 30, Verdict.UNDECIDED),
        (Target(at_least=30), 20, 29.9, Verdict.MISSED),
        (Target(at_most=30), 20, 30, Verdict.MET),
        (Target(at_most=30), 30.1, 40, Verdict.MISSED),
        (Target(at_most=30), 20, 40, Verdict.UNDECIDED),
        (Target(between=(10, 30)), 10, 30, Verdict.MET),
        (Target(between=(10, 30)), 31, 40, Verdict.MISSED),
        (Target(between=(10, 30)), 0, 9, Verdict.MISSED),
        (Target(between=(10, 30)), 5, 35, Verdict.UNDECIDED),
    ],
)
def test_a_target_is_judged_by_the_whole_interval(target: Target, low: float, high: float, want: Verdict) -> None:
    assert target.judge(interval(low, high)) is want


def test_nothing_counted_is_never_a_verdict() -> None:
    empty = interval(-100, 100, value=math.nan)
    assert Target(at_least=-100).judge(empty) is Verdict.UNDECIDED


@given(estimates(), targets())
def test_each_cell_gets_a_verdict(estimate: Estimate, target: Target) -> None:
    verdicts = target.judge_cells(estimate)
    assert len(verdicts) == len(estimate.index)
    assert set(verdicts) <= {Verdict.MET, Verdict.MISSED, Verdict.UNDECIDED}
    if len(verdicts) == 1:
        assert target.judge(estimate) is verdicts[0]
    else:
        with pytest.raises(WrongKindError, match="use judge_cells"):
            target.judge(estimate)


@given(targets())
def test_what_is_stored_comes_back(target: Target) -> None:
    assert_round_trips(target)


@pytest.mark.parametrize(
    "bounds", [{}, {"at_least": 1, "at_most": 2}, {"between": (2, 1)}, {"at_least": math.nan}, {"at_most": math.inf}]
)
def test_targets_that_say_nothing_are_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(InvalidValueError, match="target"):
        Target(**bounds)  # type: ignore[arg-type]


def test_a_share_is_not_judged_in_percent() -> None:
    with pytest.raises(InvalidValueError, match="80 % is 0.80"):
        Target(at_least=80).judge(interval(0.7, 0.9, unit="share"))
    with pytest.raises(InvalidValueError, match="e lies between -1 and 1, got the target 60"):
        Target(at_least=60).judge(interval(0.4, 0.6, unit="net share"))
    with pytest.raises(InvalidValueError, match="between -100 and 100, got the target 101"):
        Target(at_least=101).judge(interval(30, 40))
    with pytest.raises(WrongKindError, match="at_least must be float or None"):
        Target(at_least="30")  # type: ignore[arg-type]


def test_targets_are_told_in_words() -> None:
    assert Target(at_least=30).phrase("NPS points") == "at least +30"
    assert Target(at_most=0.2).phrase("share") == "at most 20 %"
    assert Target(at_least=0.995).phrase("share") == "at least 99.5 %"  # what was promised is not rounded away
    assert repr(Target(at_least=30)) == "Target(at_least=30)"
    assert Target(between=(1, 2)).phrase() == "between 1 and 2"


def change(low: float, high: float, p: float, *, higher_is_better: bool = True) -> Change:
    d = interval(low, high)
    return Change(before=d, after=d, difference=d, p_value=p, higher_is_better=higher_is_better, method="m")


@pytest.mark.parametrize(
    ("low", "high", "p", "higher_is_better", "want"),
    [
        (1, 5, 0.01, True, Verdict.IMPROVED),
        (1, 5, 0.01, False, Verdict.WORSENED),
        (-5, -1, 0.01, True, Verdict.WORSENED),
        (-5, -1, 0.01, False, Verdict.IMPROVED),
        (-1, 5, 0.01, True, Verdict.NO_EVIDENCE),  # the two witnesses must agree
        (1, 5, 0.06, True, Verdict.NO_EVIDENCE),
        (1, 5, 0.05, True, Verdict.NO_EVIDENCE),
        (0, 5, 0.01, True, Verdict.NO_EVIDENCE),
        (1, 5, math.nan, True, Verdict.UNDECIDED),
    ],
)
def test_a_change_is_a_signal_only_if_both_witnesses_say_so(
    low: float, high: float, p: float, higher_is_better: bool, want: Verdict
) -> None:
    assert change(low, high, p, higher_is_better=higher_is_better).verdict is want


@given(changes())
def test_cells_of_a_change_are_changes(drawn: Change) -> None:
    for key, verdict in zip(drawn.index.keys, drawn.verdicts, strict=True):
        assert drawn[key].verdict is verdict
    if len(drawn.index) != 1:
        with pytest.raises(WrongKindError, match=r"use .verdicts"):
            _ = drawn.verdict


def test_a_change_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="p_value must lie between 0 and 1, got 1.5"):
        change(1, 5, 1.5)
    d = interval(0, 1)
    with pytest.raises(ValueError, match="must be on the cells of the change"):
        Change(before=d, after=d, difference=d, p_value=[0.5], higher_is_better=True, method="m", index=Index("x", ["a"]))


@given(st.floats(0, 1))
def test_p_values_never_print_as_zero(p: float) -> None:
    from servicematters.core.change import p_text

    assert p_text(p).startswith("p < 0.0001" if p < 0.0001 else "p = ")
    assert p_text(float(np.nan)) == "p n/a"
