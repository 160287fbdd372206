"""How often intervals hold the truth and tests cry wolf, recomputed with the library's own kernels.

Every figure is exact unless its table says otherwise: all tables that n answers can give are listed, each with its chance.
Prints Markdown; ``--write`` puts the tables into docs/coverage.md, between their markers. Takes one to two minutes.

    python docs/experiments/nps_coverage.py
    python docs/experiments/nps_coverage.py --write
"""

import argparse
import re
from pathlib import Path

import numpy as np
from scipy import special

from servicematters.core import Index
from servicematters.kernels import binomial, net_score
from servicematters.surveys import NPS_BANDS, ScoreTally, nps

PAGE = Path(__file__).parent.parent / "coverage.md"
LEVEL = 1 - 0.95
TIE = 1e-9  # a limit that hits the truth up to rounding holds it
DRAWS = 100_000
SEED = 20260701

# (detractors, passives, promoters): every mixture in steps of 5 %, less the three where all answers agree
GRID = np.array([(d, 20 - d - p, p) for d in range(21) for p in range(21 - d) if max(d, p, 20 - d - p) < 20]) / 20
# customers as surveys find them: 5, 10, 20 or 30 % detractors with 30, 40, 50, 60 or 70 % promoters
TWENTY = np.array([(d, 20 - d - p, p) for d in (1, 2, 4, 6) for p in (6, 8, 10, 12, 14)]) / 20
SIZES = ((10, 10), (20, 20), (30, 30), (10, 50), (20, 60))
NET_INTERVALS = {
    "Wald": net_score.wald,
    "adjusted Wald": net_score.adjusted_wald,
    "score": net_score.score,
    "MOVER": net_score.mover,
}
SHARE_INTERVALS = {
    "Wilson": binomial.wilson,
    "Clopper-Pearson": binomial.clopper_pearson,
    "Jeffreys": binomial.jeffreys,
    "Agresti-Coull": binomial.agresti_coull,
    "mid-P": binomial.mid_p,
    "Wald": binomial.wald,
}
SHARE_DIFFERENCES = {
    "Newcombe": binomial.newcombe,
    "Agresti-Caffo": binomial.agresti_caffo,
    "Miettinen-Nurminen": binomial.miettinen_nurminen,
    "Wald": binomial.wald_difference,
}


def markdown(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def percent(value):
    return f"{100 * value:.1f}"


def spread(rates):
    return f"{percent(np.mean(rates))} [{percent(np.min(rates))}-{percent(np.max(rates))}]"


def mean_and_most(rates):
    return f"{percent(np.mean(rates))} / {percent(np.max(rates))}"


def every_table(n):
    """All (detractors, passives, promoters) that n answers can give."""
    return np.array([(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)], dtype=float)


def chances(tables, truths):
    """Chance of each table (rows) under each truth (columns)."""
    ways = special.gammaln(tables[0].sum() + 1) - special.gammaln(tables + 1).sum(axis=-1)
    return np.exp(ways[:, None] + special.xlogy(tables[:, None, :], truths).sum(axis=-1))


def net(truths):
    return truths[:, 2] - truths[:, 0]


def holds(low, high, truth):
    return (low <= truth + TIE) & (truth - TIE <= high)


def covered(low, high, chance, truths):
    """Coverage under each truth, and mean width."""
    hit = holds(low[:, None], high[:, None], truths)
    return (hit * chance).sum(axis=0), ((high - low) @ chance).mean()


def three(coverage, width):
    return f"{percent(coverage.mean())} / {percent(coverage.min())} / {100 * width:.0f}"


# one score ---------------------------------------------------------------------------------------------------------------


def net_coverage():
    rows = []
    for n in (5, 10, 20, 50, 100):
        tables = every_table(n)
        chance = chances(tables, GRID)
        limits = [interval(tables) for interval in NET_INTERVALS.values()]
        rows.append([n, *(three(*covered(low, high, chance, net(GRID))) for low, high in limits)])
    return markdown(["answers", *NET_INTERVALS], rows)


def net_coverage_as_asked():
    rows = []
    for n in (5, 10, 20, 50, 100):
        tables = every_table(n)
        chance = chances(tables, GRID)
        tally = ScoreTally.from_counts(tables.astype(int), scale=NPS_BANDS, index=Index("table", range(len(tables))))
        asked = [nps(tally, method=name.lower().replace(" ", "-"), shifted_ok=True) for name in NET_INTERVALS]
        moved = [
            np.count_nonzero((np.abs(e.low / 100 - low) > TIE) | (np.abs(e.high / 100 - high) > TIE))
            for e, (low, high) in zip(asked, (interval(tables) for interval in NET_INTERVALS.values()), strict=True)
        ]
        cells = [three(*covered(e.low / 100, e.high / 100, chance, net(GRID))) for e in asked]
        rows.append([n, *(f"{cell} ({count})" for cell, count in zip(cells, moved, strict=True))])
    return markdown(["answers", *NET_INTERVALS], rows)


# two scores --------------------------------------------------------------------------------------------------------------


def witnesses(before, after):
    """What each rule calls a signal, for all pairs of tables."""
    first, second = before[:, None, :], after[None, :, :]
    value, low, high, p = net_score.pooled_difference(first, second)
    # the public functions widen limits to hold the difference as counted
    outside = (np.fmin(low, value) > 0) | (np.fmax(high, value) < 0)
    return {"pooled p": p < LEVEL, "interval": outside, "verdict": (p < LEVEL) & outside}


def all_rules(before, after):
    first, second = before[:, None, :], after[None, :, :]
    return {
        "Wald": net_score.wald_difference(first, second)[3] < LEVEL,
        "3 pseudo-answers each": net_score.adjusted_wald_difference(first, second)[3] < LEVEL,
        **witnesses(before, after),
    }


def alarms(signal, chance_before, chance_after):
    """Chance of a signal when both sides have one truth, for each truth."""
    return ((chance_before.T @ signal) * chance_after.T).sum(axis=1)


def false_alarms_over(truths, cell):
    rows = []
    for n, m in SIZES:
        before, after = every_table(n), every_table(m)
        chance = chances(before, truths), chances(after, truths)
        rules = all_rules(before, after)
        rows.append([f"{n} + {m}", *(cell(alarms(signal, *chance)) for signal in rules.values())])
    return markdown(["answers", *rules], rows)


def false_alarms():
    return false_alarms_over(TWENTY, spread)


def false_alarms_anywhere():
    return false_alarms_over(GRID, mean_and_most)


def equal_scores_anywhere():
    """All pairs of unlike mixtures with one score: the null that the score, but not the spread, is the same."""
    rows = []
    same = np.isclose(net(GRID)[:, None], net(GRID)) & ~np.eye(len(GRID), dtype=bool)
    for n, m in (*SIZES, (50, 10), (60, 20)):
        before, after = every_table(n), every_table(m)
        left, right = chances(before, GRID), chances(after, GRID)
        rates = {rule: (left.T @ signal @ right)[same] for rule, signal in witnesses(before, after).items()}
        rows.append([f"{n} + {m}", *map(mean_and_most, rates.values())])
    return markdown(["answers", *rates], rows)


def difference_coverage():
    rows = []
    steps = np.rint(20 * net(GRID)).astype(int)
    usual = [int(np.flatnonzero(np.isclose(GRID, truth).all(axis=1))[0]) for truth in TWENTY]
    kinds = {
        "Wald": net_score.wald_difference,
        "3 pseudo-answers each": net_score.adjusted_wald_difference,
        "1½ pseudo-answers each": net_score.pooled_difference,
    }
    for n, m in SIZES:
        before, after = every_table(n), every_table(m)
        left, right = chances(before, GRID), chances(after, GRID)
        cells = []
        for difference in kinds.values():
            value, low, high, _ = difference(before[:, None, :], after[None, :, :])
            low, high = np.fmin(low, value), np.fmax(high, value)
            coverage = np.empty((len(GRID), len(GRID)))
            for change in np.unique(steps - steps[:, None]):
                pairs = steps - steps[:, None] == change
                coverage[pairs] = (left.T @ holds(low, high, change / 20) @ right)[pairs]
            middle = coverage[np.ix_(usual, usual)]
            cells.append(f"{percent(middle.mean())} / {percent(coverage.mean())} / {percent(coverage.min())}")
        rows.append([f"{n} + {m}", *cells])
    return markdown(["answers", *kinds], rows)


def signals(truth_before, truth_after, n, m):
    """Chance of a signal by each rule, leaving out tables that hardly ever come up."""
    sides = []
    for size, truth in ((n, truth_before), (m, truth_after)):
        tables = every_table(size)
        chance = chances(tables, np.array([truth]))[:, 0]
        kept = chance > 1e-13
        assert chance[kept].sum() > 1 - 1e-8, "left out more than the table can bear"
        sides.append((tables[kept], chance[kept]))
    (before, left), (after, right) = sides
    rates = {"pooled p": 0.0, "interval": 0.0, "verdict": 0.0}
    for start in range(0, len(before), 200):
        part = slice(start, start + 200)
        for rule, signal in witnesses(before[part], after).items():
            rates[rule] += float(left[part] @ signal @ right)
    return rates


def mixture(truth):
    return " / ".join(f"{100 * share:.0f}" for share in truth)


def signal_rows(pairs, sizes):
    rows = []
    for before, after in pairs:
        for n, m in sizes:
            rates = signals(before, after, n, m)
            rows.append([mixture(before), mixture(after), f"{n} + {m}", *map(percent, rates.values())])
    return markdown(["before", "after", "answers", *rates], rows)


def spread_differs():
    pairs = (((0.45, 0.1, 0.45), (0.05, 0.9, 0.05)), ((0.3, 0.1, 0.6), (0.05, 0.6, 0.35)), ((0.1, 0.2, 0.7), (0, 0.4, 0.6)))
    return signal_rows(pairs, ((20, 200), (200, 20), (100, 100), (30, 30)))


def true_changes():
    pairs = (((0.2, 0.4, 0.4), (0.1, 0.4, 0.5)), ((0.2, 0.3, 0.5), (0.3, 0.4, 0.3)))
    return signal_rows(pairs, ((30, 30), (100, 100), (20, 60)))


# shares ------------------------------------------------------------------------------------------------------------------


def binomial_chances(n, shares):
    hits = np.arange(n + 1.0)
    return chances(np.stack([hits, n - hits], axis=-1), np.stack([shares, 1 - shares], axis=-1))


def share_coverage():
    rows = []
    shares = np.arange(1, 100) / 100
    for n in (10, 20, 50, 100):
        hits, chance = np.arange(n + 1), binomial_chances(n, shares)
        limits = [interval(hits, n) for interval in SHARE_INTERVALS.values()]
        assert all(holds(low, high, hits / n).all() for low, high in limits), "an interval leaves the share out"
        cells = []
        for low, high in limits:
            coverage, width = covered(low, high, chance, shares)
            inner = coverage[(shares > 0.095) & (shares < 0.905)]
            cells.append(f"{three(coverage, width)} ({percent(inner.min())})")
        rows.append([n, *cells])
    return markdown(["answers", *SHARE_INTERVALS], rows)


def share_sides(n, m):
    return np.arange(n + 1)[:, None], n, np.arange(m + 1)[None, :], m


def share_limits(interval, n, m):
    x1, _, x2, _ = sides = share_sides(n, m)
    low, high = interval(*sides)
    return np.fmin(low, x2 / m - x1 / n), np.fmax(high, x2 / m - x1 / n)


SHARE_SIZES = ((10, 10), (20, 20), (10, 50), (50, 50))


def share_rules(n, m):
    p = binomial.pooled_test(*share_sides(n, m)) < LEVEL
    outside = {}
    for name, interval in SHARE_DIFFERENCES.items():
        low, high = share_limits(interval, n, m)
        outside[name] = (low > 0) | (high < 0)
    return {"pooled p": p, **outside, **{f"verdict, {k}": p & v for k, v in outside.items() if k != "Wald"}}


def share_false_alarms():
    rows = []
    shares = np.arange(1, 100) / 100
    for n, m in SHARE_SIZES:
        chance = binomial_chances(n, shares), binomial_chances(m, shares)
        rows.append([f"{n} + {m}", *(mean_and_most(alarms(signal, *chance)) for signal in share_rules(n, m).values())])
    return markdown(["answers", *share_rules(10, 10)], rows)


def share_difference_rows(shares, farthest):
    """Coverage over all pairs of true shares that lie no farther apart than that; one row for each interval."""
    rows = []
    gaps = np.round(shares - shares[:, None], 9)
    near = np.abs(gaps) <= farthest + TIE
    for n, m in SHARE_SIZES:
        left, right = binomial_chances(n, shares), binomial_chances(m, shares)
        p = binomial.pooled_test(*share_sides(n, m)) < LEVEL
        for name, interval in SHARE_DIFFERENCES.items():
            low, high = share_limits(interval, n, m)
            coverage = np.empty(gaps.shape)
            for gap in np.unique(gaps[near]):
                coverage[gaps == gap] = (left.T @ holds(low, high, gap) @ right)[gaps == gap]
            width, quarrel = (left.T @ table @ right for table in (high - low, p != ((low > 0) | (high < 0))))
            figures = (coverage[near].mean(), coverage[near].min(), (coverage[near] < 0.93).mean(), quarrel[near].mean())
            rows.append([f"{n} + {m}", name, *map(percent, figures), f"{100 * width[near].mean():.0f}"])
    return markdown(["answers", "interval", "mean", "worst", "pairs below 93 %", "contradicts p", "width"], rows)


def share_difference_coverage():
    return share_difference_rows(np.arange(1, 20) / 20, 1.0)


def share_small_difference_coverage():
    return share_difference_rows(np.arange(1, 100) / 100, 0.2)


def share_true_changes():
    rows = []
    for before, after in ((0.7, 0.85), (0.8, 0.95), (0.5, 0.7)):
        for n, m in (*SHARE_SIZES[1:], (50, 10), (50, 200)):
            left, right = (binomial_chances(size, np.array([share]))[:, 0] for size, share in ((n, before), (m, after)))
            rates = [left @ signal @ right for signal in share_rules(n, m).values()]
            rows.append([f"{100 * before:.0f} to {100 * after:.0f} %", f"{n} + {m}", *map(percent, rates)])
    return markdown(["true shares", "answers", *share_rules(10, 10)], rows)


# many cells --------------------------------------------------------------------------------------------------------------


def own_variances(bands, variances):
    """p-value of Cochran's Q with each cell's own variance."""
    n, scores = bands.sum(axis=-1), net_score.point(bands)
    weight = n / np.maximum(variances, TIE)  # a unanimous cell, as counted, has next to no variance
    mean = (weight * scores).sum(axis=-1, keepdims=True) / weight.sum(axis=-1, keepdims=True)
    return special.chdtrc(n.shape[-1] - 1, (weight * (scores - mean) ** 2).sum(axis=-1))


def simulated(rng, truths, sizes):
    """Rates of the rules over six cells; two standard errors are 0.14 points at 5 %, 0.32 at most."""
    bands = np.stack([rng.multinomial(n, truth, size=DRAWS) for n, truth in zip(sizes, truths, strict=True)], axis=1)
    pooled, unequal = net_score.homogeneity(bands)[2] < LEVEL, net_score.homogeneity_unequal(bands)[2] < LEVEL
    as_counted = own_variances(bands, net_score.variance(bands)) < LEVEL
    adjusted = own_variances(bands, net_score.variance(bands + net_score.TRIANGLE)) < LEVEL
    return [as_counted.mean(), adjusted.mean(), pooled.mean(), unequal.mean(), (pooled & unequal).mean()]


CELLS = ((10,) * 6, (20,) * 6, (50,) * 6, (10, 20, 30, 50, 100, 200))
CELL_RULES = ["own variance", "own variance, adjusted", "pooled p", "unequal p", "both"]


def cells_of(sizes):
    return ", ".join(map(str, sizes)) if len(set(sizes)) > 1 else f"{sizes[0]} each"


def homogeneity():
    rng = np.random.default_rng(SEED)
    rows = []
    for sizes in CELLS:
        rates = np.array([simulated(rng, [truth] * 6, sizes) for truth in TWENTY])
        rows.append([cells_of(sizes), *map(spread, rates.T)])
    return markdown(["answers", *CELL_RULES], rows)


def halves(rng, first, second, settings):
    """Three cells of one truth, three of another."""
    rows = []
    for sizes in settings:
        rates = simulated(rng, [first] * 3 + [second] * 3, sizes)
        rows.append([mixture(first), mixture(second), cells_of(sizes), *map(percent, rates)])
    return rows


HALVES = ["first three cells", "last three cells", "answers", *CELL_RULES]


def homogeneity_hard():
    rng = np.random.default_rng(SEED + 1)
    wide, narrow = (0.45, 0.1, 0.45), (0.05, 0.9, 0.05)
    happy, unanimous = (0.02, 0.08, 0.9), (0.01, 0.04, 0.95)
    rows = [*halves(rng, happy, happy, CELLS), *halves(rng, unanimous, unanimous, CELLS)]
    rows += [*halves(rng, wide, narrow, CELLS), *halves(rng, narrow, wide, CELLS[-1:])]
    return markdown(HALVES, rows)


def homogeneity_signals():
    rng = np.random.default_rng(SEED + 2)
    pairs = (((0.2, 0.4, 0.4), (0.1, 0.3, 0.6)), ((0.1, 0.1, 0.8), (0.02, 0.08, 0.9)))
    return markdown(HALVES, [row for pair in pairs for row in halves(rng, *pair, CELLS)])


TABLES = {
    "net-coverage": net_coverage,
    "net-coverage-as-asked": net_coverage_as_asked,
    "false-alarms": false_alarms,
    "false-alarms-anywhere": false_alarms_anywhere,
    "difference-coverage": difference_coverage,
    "spread-differs": spread_differs,
    "equal-scores-anywhere": equal_scores_anywhere,
    "true-changes": true_changes,
    "share-coverage": share_coverage,
    "share-false-alarms": share_false_alarms,
    "share-difference-coverage": share_difference_coverage,
    "share-small-difference-coverage": share_small_difference_coverage,
    "share-true-changes": share_true_changes,
    "homogeneity": homogeneity,
    "homogeneity-hard": homogeneity_hard,
    "homogeneity-signals": homogeneity_signals,
}


def put(page, name, table):
    marked = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    page, count = marked.subn(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", page)
    if count != 1:
        msg = f"{PAGE.name} must have one pair of markers for {name}, got {count}"
        raise SystemExit(msg)
    return page


def main():
    parser = argparse.ArgumentParser(description="Recompute the tables of the coverage page.")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/coverage.md")
    parser.add_argument("--only", choices=TABLES, help="one table")
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8") if options.write else ""
    for name, make in TABLES.items():
        if options.only not in (None, name):
            continue
        table = make()
        print(f"### {name}\n\n{table}\n", flush=True)
        if options.write:
            page = put(page, name, table)
    if options.write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
