"""Real answers end to end: the San Francisco airport survey of 2017 (City and County of San Francisco, open data)."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

import servicematters as sv
from servicematters import cli, files
from servicematters.surveys import ScoreTally, WeightedScoreTally, nps_homogeneity


@pytest.fixture(scope="module")
def survey(real_data: Path) -> Path:
    return real_data / "sfo_survey_2017.csv.gz"


def test_the_score_is_the_published_one(survey: Path) -> None:
    tally = ScoreTally.from_table(files.count_file(survey, "NETPRO"), missing=[11])
    score = sv.nps(tally)
    assert float(score) == pytest.approx(39.84, abs=0.005)
    assert score.n == 2746
    assert str(score) == "NPS +39.8 [+37.2, +42.4] (95 %, n = 2,746, adjusted Wald)"
    assert tally.excluded["no answer"] == 85  # 84 blanks coded 11 and one empty field


def test_the_command_line_prints_it_and_not_the_mean_of_the_days(survey: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["nps", str(survey), "--column", "NETPRO", "--missing", "11", "--by", "INTDATE"]) == 0
    out = capsys.readouterr().out
    whole = next(line for line in out.splitlines() if line.startswith("all"))
    assert whole.split()[1:5] == ["+39.8", "+37.2", "+42.4", "2,746"]


def test_the_whole_is_the_sum_of_the_days_and_not_their_mean(survey: Path) -> None:
    days = ScoreTally.from_table(files.count_file(survey, "NETPRO", by=["INTDATE"]), missing=[11])
    assert len(days.index) == 20
    assert days.sum() == ScoreTally.from_table(files.count_file(survey, "NETPRO"), missing=[11])
    mean_of_days = float(np.mean(sv.nps(days).value))  # 39.83 here: close by luck, and still not the score
    assert float(sv.nps(days.sum())) != pytest.approx(mean_of_days, abs=0.001)


def test_every_engine_agrees_with_the_file(survey: Path) -> None:
    pl = pytest.importorskip("polars")
    pd = pytest.importorskip("pandas")
    with gzip.open(survey, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {
        "NETPRO": [int(r["NETPRO"]) if r["NETPRO"] else None for r in rows],
        "INTDATE": [int(r["INTDATE"]) for r in rows],
        "WEIGHT": [float(r["WEIGHT"]) for r in rows],
    }
    want = ScoreTally.from_table(files.count_file(survey, "NETPRO", by=["INTDATE"]), missing=[11])
    for frame in (
        columns,
        pl.DataFrame(columns),
        pl.LazyFrame(columns),
        pd.DataFrame(columns),
        pl.DataFrame(columns).to_arrow(),
    ):
        assert ScoreTally.from_frame(frame, "NETPRO", by="INTDATE", missing=[11]) == want
    weighted = WeightedScoreTally.from_frame(pl.DataFrame(columns), "NETPRO", weight="WEIGHT", missing=[11])
    w, s = (np.array(columns[c], dtype=float) for c in ("WEIGHT", "NETPRO"))
    known = np.isfinite(s) & (s != 11)
    by_hand = 100 * np.average(np.where(s >= 9, 1, np.where(s <= 6, -1, 0))[known], weights=w[known])
    assert float(sv.nps(weighted)) == pytest.approx(by_hand)
    assert float(weighted.n_effective) == pytest.approx(w[known].sum() ** 2 / (w[known] ** 2).sum())


def test_the_days_do_differ(survey: Path) -> None:
    tally = ScoreTally.from_table(files.count_file(survey, "NETPRO", by=["INTDATE"]), missing=[11])
    assert nps_homogeneity(tally).differs
