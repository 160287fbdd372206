"""The command line, as a stranger would use it."""

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

import servicematters as sv
from servicematters import cli, files
from servicematters.core import InvalidValueError, MissingColumnError
from servicematters.surveys import ScoreTally


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """Three days, codes 11 for blank, one empty field, and a day without answers."""
    path = tmp_path / "survey.csv"
    rows = [("2026-06-01", s) for s in (10, 9, 8, 3)] + [("2026-06-02", s) for s in (10, "", 11, 7)] + [("2026-06-03", 11)]
    path.write_text("day,score\n" + "".join(f"{day},{score}\n" for day, score in rows), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = cli.main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_main_job_prints_scores_exclusions_and_verdicts(capsys, survey) -> None:
    code, out, err = run(capsys, "nps", survey, "--column", "score", "--missing", 11, "--by", "day", "--at-least", 90)
    lines = [line.split("  ") for line in out.splitlines()]
    lines = [[part.strip() for part in line if part.strip()] for line in lines]
    assert (code, err) == (0, "")
    assert lines[0][:5] == ["day", "NPS", "low", "high", "n"]
    assert lines[0][-2:] == ["no answer", "at least +90"]
    assert [line[0] for line in lines[1:5]] == ["2026-06-01", "2026-06-02", "2026-06-03", "all"]
    assert lines[1][1:5] == ["+25.0", "-44.2", "+72.7", "4"]  # (1¾, 2½, 2¾) of 7: .1429 ± 1.96 · .2982
    assert lines[3][1:5] == ["n/a", "-100.0", "+100.0", "0"]
    assert lines[3][-2:] == ["1", "undecided"]
    assert lines[4][4] == "6"
    assert lines[4][-2:] == ["3", "missed"]
    assert "left out: 3 no answer" in out
    assert "no evidence that cells differ" in out


def test_the_whole_is_counted_not_averaged(capsys, survey) -> None:
    _, out, _ = run(capsys, "nps", survey, "--column", "score", "--missing", 11, "--by", "day")
    whole = next(line for line in out.splitlines() if line.startswith("all"))
    assert whole.split()[1] == "+33.3"  # 3 promoters less 1 detractor of 6; the mean of the daily scores is 37.5
    assert "37.5" not in out


def test_json_has_the_same_numbers(capsys, survey) -> None:
    _, out, _ = run(capsys, "nps", survey, "--column", "score", "--missing", 11, "--by", "day", "--json")
    stored = json.loads(out)
    assert stored["excluded"] == {"no answer": 3}
    assert float(sv.wire.from_dict(stored["score"])) == pytest.approx(100 / 3)
    assert len(sv.wire.from_dict(stored["cells"]).index) == 3
    assert json.loads(run(capsys, "nps", survey, "--column", "score", "--missing", 11, "--json")[1])["cells"] is None


def test_without_cells_one_line_is_enough(capsys, survey) -> None:
    _, out, _ = run(capsys, "nps", survey, "--column", "score", "--missing", 11)
    assert out.splitlines()[1].split()[0] == "+33.3"
    assert "cells" not in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--column", "score"], "got 11 (2 such); first on line 8; --missing 11 if it means no answer"),
        (["--column", "scor"], "no column 'scor'; there are 'day', 'score'"),
        (["--column", "score", "--by", "month"], "no column 'month'"),
        (["--column", "score", "--missing", "11", "--confidence", "95"], "95 % is 0.95"),
        (["--column", "day"], "got '2026-06-01' (4 such); first on line 2"),
    ],
)
def test_bad_input_gets_one_clear_line_and_code_two(capsys, survey, words, says) -> None:
    code, out, err = run(capsys, "nps", survey, *words)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert err.startswith("servicematters: ")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty; a header line"),
        (b"score,score\n1,2\n", "is in the header 2 times"),
        (b"day,score\n2026-06-01\n", "has 1 fields where the header has 2"),
        (b"score,note\n8,5,x\n", "has 3 fields where the header has 2: ['8', '5', 'x']; put fields that hold the delimiter"),
        (b'score,note\n9,"oops\n8,fine\n', "cannot be read: unexpected end of data"),
        (b"score\n1_0\n", "got '1_0' (1 such); first on line 2"),
        ("score\n\u0669\n".encode(), "got '\u0669' (1 such)"),
        (b"score\nnan\n", "got 'nan' (1 such)"),
        (b"score\n8.5\n", "--missing 8.5 if it means no answer"),
        (b"score\nnot asked\n", "--missing 'not asked' if it means no answer"),
        (b"day,score\n2026-06-01,\xff\xfe\n", "is not text in UTF-8 (byte 0xff)"),
        (b"\x1f\x8bnot really gzip", "cannot be read"),
        (b"day,score\nx,10\ny,ten\n", "got 'ten' (1 such); first on line 3"),
    ],
)
def test_files_that_cannot_be_read_get_one_clear_line(capsys, tmp_path, content, says) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    code, _, err = run(capsys, "nps", path, "--column", "score")
    assert code == 2
    assert says in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there(capsys, tmp_path) -> None:
    code, _, err = run(capsys, "nps", tmp_path / "none.csv", "--column", "score")
    assert code == 2
    assert "No such file or directory" in err


def test_a_header_alone_is_no_error(capsys, tmp_path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("day,score\n")
    code, out, _ = run(capsys, "nps", path, "--column", "score", "--by", "day")
    assert code == 0
    assert out.splitlines()[1].split()[:5] == ["all", "n/a", "-100.0", "+100.0", "0"]


def test_the_advice_for_missing_codes_works(capsys, tmp_path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("score\n8.5\nnot asked\n99\n10\n")
    code, out, _ = run(capsys, "nps", path, "--column", "score", "--missing", "8.5", "not asked", "99.0")
    assert code == 0
    assert "left out: 3 no answer" in out


def test_blank_lines_are_empty_answers_in_a_file_of_one_column_only(tmp_path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("score\n9\n\n8\n")
    two.write_text("score,team\n9,a\n\n8,b\n")
    assert ScoreTally.from_table(files.count_file(one, "score")).excluded["no answer"] == 1
    assert ScoreTally.from_table(files.count_file(two, "score")).excluded.total == 0


@pytest.mark.parametrize("wrong", [["--delimiter", ";;"], ["--delimiter", '"']])
def test_options_that_cannot_be_are_refused_with_code_two(survey, wrong) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["nps", str(survey), "--column", "score", *wrong])
    assert caught.value.code == 2
    with pytest.raises(SystemExit):
        cli.main(["demo", "--seed", "-1"])


def test_standard_input_is_read_too(survey) -> None:
    command = [sys.executable, "-m", "servicematters", "nps", "-", "--column", "score", "--missing", "11"]
    done = subprocess.run(command, input=survey.read_bytes(), capture_output=True, check=True)
    assert b"+33.3" in done.stdout
    wrong = subprocess.run(command[:-2], input=survey.read_bytes(), capture_output=True, check=False)
    assert (wrong.returncode, wrong.stderr.count(b"\n")) == (2, 1)


def test_dropping_is_counted_by_reason(capsys, survey) -> None:
    _, out, _ = run(capsys, "nps", survey, "--column", "score", "--invalid", "drop")
    assert "left out: 1 no answer; 2 out of range" in out


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_csv_comes_in_many_shapes(tmp_path, delimiter, bom) -> None:
    path = tmp_path / "survey.csv.gz"
    lines = [["team", "score"], ["a, or b", "10"], ['"c"', "9"], ["007", ""], ["", "3.0"]]
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        file.write(bom)
        csv.writer(file, delimiter=delimiter).writerows(lines)
    tally = ScoreTally.from_table(files.count_file(path, "score", by=["team"]))
    assert tally.index.keys == (('"c"',), ("007",), ("a, or b",), (None,))
    assert tally.n.tolist() == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("column", "kind"),
    [(["1", "2", ""], int), (["2026-06-01", "2026-07-01"], __import__("datetime").date), (["01", "2"], str), (["1", "x"], str)],
)
def test_labels_of_a_csv_take_the_kind_of_all_of_them(tmp_path, column, kind) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("label,score\n" + "".join(f"{label},10\n" for label in column))
    assert files.count_file(path, "score", by=["label"]).index.kind("label") is kind


def test_chunks_do_not_change_the_counts(tmp_path, monkeypatch) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("team,score\n" + "".join(f"t{i % 3},{i % 11}\n" for i in range(1000)))
    whole = ScoreTally.from_table(files.count_file(path, "score", by=["team"]))
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(files, "_CHUNK_ROWS", 7)
    chunked = files.count_file(path, "score", by=["team"], progress=lambda done, total: told.append((done, total)))
    assert ScoreTally.from_table(chunked) == whole
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_parquet_is_read_by_row_groups(tmp_path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    columns = {"team": ["a", "b", None] * 100, "score": [10, None, 3] * 100}
    pq.write_table(pa.table(columns), tmp_path / "survey.parquet", row_group_size=7)
    table = files.count_file(tmp_path / "survey.parquet", "score", by=["team"])
    assert ScoreTally.from_table(table) == ScoreTally.from_frame(columns, "score", by="team")
    with pytest.raises(MissingColumnError, match="no column 'x'"):
        files.count_file(tmp_path / "survey.parquet", "x")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1no")
    with pytest.raises(InvalidValueError, match="cannot be read as Parquet"):
        files.count_file(tmp_path / "bad.parquet", "score")
    pq.write_table(pa.table({"score": pa.array([], pa.int64())}), tmp_path / "empty.parquet")
    assert ScoreTally.from_table(files.count_file(tmp_path / "empty.parquet", "score")).n == 0


def test_the_demonstration_shows_its_truth(capsys, tmp_path) -> None:
    saved = tmp_path / "demo.csv"
    code, out, _ = run(capsys, "demo", "--save", saved)
    assert code == 0
    assert "true NPS of the simulated customers: +28.3" in out
    again = run(capsys, "nps", saved, "--column", "score", "--by", "month")[1]
    assert again.splitlines()[:5] == out.splitlines()[:5]


def test_the_report_is_written(capsys, survey, tmp_path) -> None:
    page = tmp_path / "report.html"
    code, out, _ = run(
        capsys, "report", "--surveys", survey, "--column", "score", "--missing", 11, "--by", "day", "-o", page, "--at-least", 0
    )
    assert code == 0
    assert str(page) in out
    assert "NPS +33.3" in page.read_text(encoding="utf-8")


def test_it_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "servicematters.cli", "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "true NPS" in done.stdout
    helped = subprocess.run([sys.executable, "-m", "servicematters.cli", "--help"], capture_output=True, text=True, check=True)
    assert all(command in helped.stdout for command in ("nps", "report", "demo"))
