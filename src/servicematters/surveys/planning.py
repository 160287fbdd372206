"""What would be needed: how many answers a question takes, and what the answers at hand can find."""

import math
from typing import Any, Literal

from servicematters.core.checks import probability
from servicematters.core.errors import InvalidValueError, WrongKindError
from servicematters.core.printing import percent
from servicematters.kernels import net_score, sample_size
from servicematters.surveys.plans import DetectableDifference, SampleSize

__all__ = ["csat_sample_size", "detectable_difference", "nps_power", "nps_sample_size"]

Sides = Literal[1, 2]
Groups = Literal[1, 2]

TYPICAL_VARIANCE = 0.67
"""Variance of one answer coded -1, 0, +1 in usual surveys (MeasuringU); 1 is the most it can be."""

_WIDEST = 200.0  # from -100 to +100 NPS points


def nps_sample_size(
    *,
    margin: float | None = None,
    difference: float | None = None,
    groups: Groups = 2,
    variance: float | None = None,
    shares: tuple[float, float] | None = None,
    confidence: float = 0.95,
    power: float = 0.8,
    sides: Sides | None = None,
    population: int | None = None,
) -> SampleSize:
    """Answers needed for a net promoter score of a wanted precision, or to find a wanted difference.

    Parameters
    ----------
    margin
        Half of the interval's width: 5 for plus or minus 5. Either this or ``difference``. [NPS points, to 100]
    difference
        Difference to be found. [NPS points, to 200]
    groups
        For ``difference``: 2 compares two groups, such as two months; 1 holds one score against a fixed benchmark.
    variance
        Variance of one answer coded -1, 0, +1; 0.67 if neither it nor ``shares`` is given. [1, up to 1]
    shares
        Expected shares of detractors and promoters instead of a variance, such as those of the last survey. [1]
    confidence
        Coverage of the interval, or one less the chance of a false alarm. [1]
    power
        For ``difference``: chance to find it if it is there. [1]
    sides
        For ``difference``: 2 if a rise and a fall both count, 1 if only one; by default 2 for two groups and 1 for a benchmark.
    population
        Customers there are, if they are few; not for two groups. [customers]

    Returns
    -------
    SampleSize
        Answers, not invitations: divide by the response rate for those.

    Raises
    ------
    InvalidValueError
        If not exactly one of ``margin`` and ``difference`` is given, or a number is out of range.

    Notes
    -----
    Takes those who answer for a random sample of the customers, one answer each. More answers make the interval narrower, not
    the sample fairer.

    The variance is rarely known. Customers who are either delighted or furious have one near 1, and need half as many answers
    again. The interval is the adjusted Wald of ``nps``, the comparison the pooled test of ``nps_change``, both sides of like
    variance; power checked by simulation is 80 % to 81 % where 80 % was asked for, from 69 answers a group on. A benchmark far
    from 0 needs more than this: from +30 to +60 the 32 answers have 66 % instead of 80 %.

    References
    ----------
    .. [1] J. R. Lewis, J. Sauro, "Sample size estimation for NPS confidence intervals," MeasuringU. *Margin, benchmark and
       typical variance; its formula for two groups leaves open whose variance is meant and is not used.*
    .. [2] J. L. Fleiss, B. Levin, M. C. Paik, *Statistical Methods for Rates and Proportions*, Wiley 2003. *Two variances in
       one formula, for shares; carried over to net scores here.*

    Examples
    --------
    >>> print(nps_sample_size(margin=5))
    1,027 answers for a margin of ±5 NPS points (95 %, variance 0.67, adjusted Wald)
    >>> print(nps_sample_size(margin=5, population=2000).answers)
    679
    >>> nps_sample_size(difference=10).per_group
    1055
    """
    s2 = _variance(variance, shares)
    if (margin is None) == (difference is None):
        msg = f"say either margin= or difference=, got margin={margin!r} and difference={difference!r}"
        raise InvalidValueError(msg)
    if margin is not None:
        margin = _points(margin, "margin", 100.0)
        n = sample_size.for_margin(margin / 100, variance=s2, confidence=probability(confidence))
        goal, words = f"for a margin of ±{margin:g} NPS points", [percent(confidence), f"variance {s2:.3g}", "adjusted Wald"]
        return _size(n, 1, goal, words, population)
    d = _points(difference, "difference", _WIDEST)
    both, words = _test_of(_groups(groups), sides, confidence, power, s2)
    formula = sample_size.for_two_groups if groups == 2 else sample_size.for_benchmark
    n = formula(d / 100, variance=s2, confidence=confidence, power=power, sides=both)
    return _size(n, groups, _to_find(f"{d:g} NPS points", groups), words, population)


def detectable_difference(
    n: int | tuple[int, int],
    *,
    groups: Groups = 2,
    variance: float | None = None,
    shares: tuple[float, float] | None = None,
    confidence: float = 0.95,
    power: float = 0.8,
    sides: Sides | None = None,
) -> DetectableDifference:
    """Smallest difference of net promoter scores that so many answers find: what to say beside "no evidence of change".

    Parameters
    ----------
    n
        Answers in each group, or a pair for two groups of unlike size. [answers]
    groups, variance, shares, confidence, power, sides
        As for ``nps_sample_size``.

    Returns
    -------
    DetectableDifference
        [NPS points]; infinite where even the largest difference would be missed too often.

    Notes
    -----
    Says what these answers could have found, not what they found: a difference below it may be real, and an observed one
    is judged by ``nps_change``. Both sides are taken to spread alike.

    References
    ----------
    .. [1] J. L. Fleiss, B. Levin, M. C. Paik, *Statistical Methods for Rates and Proportions*, Wiley 2003. *As for
       ``nps_sample_size``; solved for the difference here.*

    Examples
    --------
    >>> print(detectable_difference(100))
    32.9 NPS points can be found with 100 and 100 answers (two-sided 95 %, power 80 %, variance 0.67, pooled test)
    """
    s2, (first, second) = _variance(variance, shares), _pair(n, _groups(groups))
    both, words = _test_of(groups, sides, confidence, power, s2)
    if groups == 2:
        d = sample_size.two_group_difference(first, second, variance=s2, confidence=confidence, power=power, sides=both)
    else:
        d = sample_size.benchmark_difference(first, variance=s2, confidence=confidence, power=power, sides=both)
    points = 100 * float(d)
    answers = (first, second)[:groups]
    # a size that was rounded for exactly 200 points finds 200 points, whatever the last digit says
    return DetectableDifference(
        points=points if points <= _WIDEST + 1e-9 else math.inf, answers=answers, method=", ".join(words)
    )


def nps_power(
    n: int | tuple[int, int],
    *,
    difference: float,
    groups: Groups = 2,
    variance: float | None = None,
    shares: tuple[float, float] | None = None,
    confidence: float = 0.95,
    sides: Sides | None = None,
) -> float:
    """Chance that so many answers find a difference of net promoter scores, if it is there.

    Parameters
    ----------
    n
        Answers in each group, or a pair for two groups of unlike size. [answers]
    difference
        Difference that is there. [NPS points, to 200]
    groups, variance, shares, confidence, sides
        As for ``nps_sample_size``.

    Returns
    -------
    float
        [1, 0 to 1]

    Notes
    -----
    Give the difference that would matter, never the one that was observed: power at the observed difference only says the
    p-value again in other words.

    References
    ----------
    .. [1] J. M. Hoenig, D. M. Heisey, "The abuse of power," Amer. Statistician 55 (2001), 19-24. *Why not at the observed
       difference; not the formula.*

    Examples
    --------
    >>> print(f"{nps_power(100, difference=10):.0%}")
    14%
    """
    s2, (first, second) = _variance(variance, shares), _pair(n, _groups(groups))
    d = _points(difference, "difference", _WIDEST) / 100
    both, _ = _test_of(groups, sides, confidence, None, s2)
    if groups == 2:
        power = sample_size.two_group_power(first, second, difference=d, variance=s2, confidence=confidence, sides=both)
    else:
        power = sample_size.benchmark_power(first, difference=d, variance=s2, confidence=confidence, sides=both)
    return float(power)


def csat_sample_size(
    *,
    margin: float | None = None,
    difference: float | None = None,
    share: float = 0.5,
    groups: Groups = 2,
    confidence: float = 0.95,
    power: float = 0.8,
    sides: Sides | None = None,
    population: int | None = None,
) -> SampleSize:
    """Answers needed for a share, such as customer satisfaction, of a wanted precision or to find a wanted difference.

    Parameters
    ----------
    margin
        Half of the interval's width: 0.05 for plus or minus 5 points. Either this or ``difference``. [share, 0 to 1]
    difference
        Difference to be found, counted from ``share``; negative for a fall. [share, -1 to 1]
    share
        Expected share; 0.5 needs the most answers. [share, 0 to 1]
    groups, confidence, power, sides, population
        As for ``nps_sample_size``.

    Returns
    -------
    SampleSize
        Answers, not invitations: divide by the response rate for those.

    Raises
    ------
    InvalidValueError
        If not exactly one of ``margin`` and ``difference`` is given, or a number is out of range.

    Notes
    -----
    Takes those who answer for a random sample of the customers, one answer each. The formula for a margin is the textbook's;
    Wilson's interval, the default of ``csat``, is a little narrower at 50 % and lopsided near 0 and 100 %. The formula for a
    difference has 79 % to 80 % power with the pooled test of ``csat_change`` where 80 % was asked for.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, Wiley 1977. *Margin and finite population.*
    .. [2] J. Cohen, *Statistical Power Analysis for the Behavioral Sciences*, Erlbaum 1988. *Difference, by the arcsine.*

    Examples
    --------
    >>> print(csat_sample_size(margin=0.05))
    385 answers for a margin of ±5 points (95 %, share 50 %, Cochran)
    >>> csat_sample_size(share=0.82, difference=0.05).per_group
    818
    """
    p = _proportion(share, "share")
    if (margin is None) == (difference is None):
        msg = f"say either margin= or difference=, got margin={margin!r} and difference={difference!r}"
        raise InvalidValueError(msg)
    expected = f"share {percent(p)}"
    if margin is not None:
        m = _proportion(margin, "margin")
        n = sample_size.cochran(m, share=p, confidence=probability(confidence))
        goal = f"for a margin of ±{100 * m:.10g} points"
        return _size(n, 1, goal, [percent(confidence), expected, "Cochran"], population)
    d = _number(difference, "difference")
    if d == 0 or not 0 <= p + d <= 1:
        msg = f"share and difference must lead to another share from 0 to 1, got {p!r} and {d!r}; 5 points are 0.05"
        raise InvalidValueError(msg, value=difference)
    both, (tested, chance, *_) = _test_of(_groups(groups), sides, confidence, power, 1.0)
    h = sample_size.cohens_h(p, p + d)
    n = sample_size.for_effect_size(h, groups=groups, confidence=confidence, power=power, sides=both)
    return _size(n, groups, _to_find(f"{100 * d:+.10g} points", groups), [tested, chance, expected, "arcsine"], population)


def _to_find(amount: str, groups: int) -> str:
    return f"to find a difference of {amount}" + ("" if groups == 2 else " from a benchmark")


def _size(n: Any, groups: int, goal: str, words: list[str], population: int | None) -> SampleSize:
    if population is not None:
        if groups == 2:
            msg = f"two groups are compared as if there were always more customers, got population={population!r}; leave it out"
            raise InvalidValueError(msg, value=population)
        population = _whole(population, "population")
        n, words = sample_size.finite_population(n, population), [*words, f"population {population:,}"]
    return SampleSize(per_group=int(sample_size.rounded_up(n)), groups=groups, goal=goal, method=", ".join(words))


def _test_of(groups: int, sides: Sides | None, confidence: float, power: float | None, s2: float) -> tuple[int, list[str]]:
    """How many sides the test has, and what a result says about it."""
    chosen = groups if sides is None else sides
    if chosen not in (1, 2):
        msg = f"sides must be 1 or 2, got {sides!r}"
        raise InvalidValueError(msg, value=sides)
    alarm = 1 - probability(confidence)
    words = [f"{'two' if chosen == 2 else 'one'}-sided {percent(confidence)}"]
    if power is not None:
        if probability(power, "power") <= alarm:
            msg = f"power must exceed the chance of a false alarm, {alarm:.3g}, got {power!r}"
            raise InvalidValueError(msg, value=power)
        words.append(f"power {percent(power)}")
    return chosen, [*words, f"variance {s2:.3g}", "pooled test" if groups == 2 else "adjusted Wald"]


def _variance(variance: float | None, shares: tuple[float, float] | None) -> float:
    if shares is None:
        s2 = TYPICAL_VARIANCE if variance is None else _number(variance, "variance")
        if not 0 < s2 <= 1:
            msg = f"variance must lie above 0 and up to 1, that of answers coded -1, 0 and +1, got {variance!r}"
            raise InvalidValueError(msg, value=variance)
        return s2
    if variance is not None:
        msg = f"say either variance= or shares=, got variance={variance!r} and shares={shares!r}"
        raise InvalidValueError(msg, value=variance)
    pair: Any = shares
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        msg = f"shares must be a pair, those of detractors and promoters, got {shares!r}"
        raise WrongKindError(msg)
    detractors, promoters = (_number(part, "shares") for part in pair)
    if not (detractors >= 0 and promoters >= 0 and detractors + promoters <= 1 + 1e-12):
        msg = f"shares of detractors and promoters must be 0 or more and at most 1 together, got {shares!r}; 20 % is 0.20"
        raise InvalidValueError(msg, value=shares)
    s2 = float(net_score.variance([detractors, max(1 - detractors - promoters, 0.0), promoters]))
    if s2 == 0:
        msg = f"answers that are all alike have no variance to plan with, got shares={shares!r}; use the shares of more answers"
        raise InvalidValueError(msg, value=shares)
    return s2


def _number(value: object, name: str) -> float:
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        msg = f"{name} must be a number, got {value!r}"
        raise (InvalidValueError if isinstance(value, float) else WrongKindError)(msg)
    return number


def _points(value: object, name: str, most: float) -> float:
    points = _number(value, name)
    if not 0 < points <= most:
        msg = f"{name} must lie above 0 and up to {most:g} NPS points, got {value!r}"
        raise InvalidValueError(msg, value=value)
    return points


def _proportion(value: object, name: str) -> float:
    number = _number(value, name)
    if not 0 < number < 1:
        hint = f"; {number:g} % is {number / 100:g}" if 1 < number <= 100 else ""
        msg = f"{name} must lie between 0 and 1, got {value!r}{hint}"
        raise InvalidValueError(msg, value=value)
    return number


def _groups(groups: int) -> int:
    if groups not in (1, 2):
        msg = f"groups must be 1 (against a benchmark) or 2, got {groups!r}; compare more by pairs, or by nps_homogeneity"
        raise InvalidValueError(msg, value=groups)
    return groups


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        msg = f"{name} must be a whole number, got {value!r}"
        raise WrongKindError(msg)
    if value < 1:
        msg = f"{name} must be at least 1, got {value!r}"
        raise InvalidValueError(msg, value=value)
    return int(value)


def _pair(n: int | tuple[int, int], groups: int) -> tuple[int, int]:
    if not isinstance(n, tuple | list):
        return _whole(n, "n"), _whole(n, "n")
    if groups != 2 or len(n) != 2:
        msg = f"n must be one number, or a pair for two groups, got {n!r} for groups={groups}"
        raise InvalidValueError(msg, value=n)
    return _whole(n[0], "n"), _whole(n[1], "n")
