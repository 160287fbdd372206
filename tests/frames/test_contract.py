"""Every engine gives the same whole numbers; adding an engine is one more fixture."""

import datetime as dt
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import servicematters as sv
from servicematters.core import CellsDifferError, InvalidValueError, MissingColumnError, UnsupportedEngineError, WrongKindError
from servicematters.surveys import CSAT_SCALE, ScoreTally, WeightedScoreTally

Make = Callable[[dict[str, list[Any]]], Any]

JUNE, JULY = dt.date(2026, 6, 1), dt.date(2026, 7, 1)
ANSWERS: dict[str, list[Any]] = {
    "score": [10, 9, None, 3, 11, 9, 7, 10, 0, None],
    "month": [JUNE, JUNE, JUNE, JULY, JULY, None, JULY, JUNE, JULY, JULY],
    "segment": ["a", "b", "a", None, "b", "a", "b", "a", "é ü", "b"],
    "agent": [1, 2, None, 1, 2, 2, 1, 1, 2, 1],
    "weight": [1.0, 0.5, 2.0, 1.5, 1.0, 0.25, 3.0, 1.0, 0.0, 1.0],
}

# -- the engines: one fixture each ---------------------------------------------------------------------------------------


def pandas_engine() -> Make:
    pd = pytest.importorskip("pandas")

    def make(columns: dict[str, list[Any]]) -> Any:
        frame = pd.DataFrame(columns)
        for name in frame.columns:
            if any(isinstance(value, dt.date) for value in columns[name]):
                frame[name] = pd.to_datetime(frame[name])
        return frame

    return make


def pandas_nullable_engine() -> Make:
    plain = pandas_engine()
    return lambda columns: plain(columns).convert_dtypes()


def pandas_categorical_engine() -> Make:
    plain = pandas_engine()

    def make(columns: dict[str, list[Any]]) -> Any:
        frame = plain(columns)
        return frame.astype({name: "category" for name in ("segment",) if name in frame.columns})

    return make


def polars_engine() -> Make:
    pl = pytest.importorskip("polars")
    return pl.DataFrame


def polars_lazy_engine() -> Make:
    eager = polars_engine()
    return lambda columns: eager(columns).lazy()


def pyarrow_engine() -> Make:
    pa = pytest.importorskip("pyarrow")
    return pa.table


def duckdb_engine() -> Make:
    duckdb = pytest.importorskip("duckdb")
    pa = pytest.importorskip("pyarrow")

    def make(columns: dict[str, list[Any]]) -> Any:
        connection = duckdb.connect()
        connection.register("answers", pa.table(columns))
        return connection.table("answers")

    return make


def dask_engine() -> Make:
    dd = pytest.importorskip("dask.dataframe")
    plain = pandas_engine()
    return lambda columns: dd.from_pandas(plain(columns), npartitions=3)


def arrow_stream_engine() -> Make:
    pa = pytest.importorskip("pyarrow")

    class OnlyAStream:
        """Anything that speaks the Arrow PyCapsule protocol, and nothing else."""

        def __init__(self, table: Any) -> None:
            self._table = table

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return self._table.__arrow_c_stream__(requested_schema)

    return lambda columns: OnlyAStream(pa.table(columns))


def mapping_engine() -> Make:
    return dict


def arrays_engine() -> Make:
    return lambda columns: {
        name: np.array(values, dtype=float if name in ("score", "agent", "weight") else object)
        for name, values in columns.items()
    }


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    # else workers take whatever python3 is first on the path
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def spark_engine(session: Any) -> Make:
    kinds = {"score": "int", "month": "date", "segment": "string", "agent": "int", "weight": "double", "value": "double"}

    def make(columns: dict[str, list[Any]]) -> Any:
        rows = list(zip(*columns.values(), strict=True))
        return session.createDataFrame(rows, schema=", ".join(f"{name} {kinds[name]}" for name in columns))

    return make


ENGINES = {
    "pandas": pandas_engine,
    "pandas nullable": pandas_nullable_engine,
    "pandas categorical": pandas_categorical_engine,
    "polars": polars_engine,
    "polars lazy": polars_lazy_engine,
    "pyarrow": pyarrow_engine,
    "duckdb": duckdb_engine,
    "arrow stream": arrow_stream_engine,
    "mapping of lists": mapping_engine,
    "mapping of arrays": arrays_engine,
    "dask": dask_engine,
}
IN_ORDER = ["pandas", "pandas nullable", "polars", "pyarrow", "mapping of lists", "mapping of arrays"]


@pytest.fixture(
    params=[
        *(pytest.param(name, marks=pytest.mark.dask if name == "dask" else ()) for name in ENGINES),
        pytest.param("spark", marks=pytest.mark.spark),
    ]
)
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "spark":
        return spark_engine(request.getfixturevalue("spark_session"))
    return ENGINES[request.param]()


# -- the contract --------------------------------------------------------------------------------------------------------

WANT = ScoreTally.from_frame(ANSWERS, "score", by=["month", "segment"], missing=[11])


def test_the_reference_itself_is_right() -> None:
    assert WANT.index.keys == (
        (JUNE, "a"),
        (JUNE, "b"),
        (JULY, "b"),
        (JULY, "é ü"),
        (JULY, None),
        (None, "a"),
    )
    assert WANT.n.tolist() == [2, 1, 1, 1, 1, 1]
    assert WANT.excluded["no answer"].tolist() == [1, 0, 2, 0, 0, 0]
    assert WANT[JUNE, "a"].counts.tolist() == [0] * 10 + [2]


def test_counts_are_equal_on_every_engine(make: Make) -> None:
    assert ScoreTally.from_frame(make(ANSWERS), "score", by=["month", "segment"], missing=[11]) == WANT


def test_one_cell_is_equal_on_every_engine(make: Make) -> None:
    assert ScoreTally.from_frame(make(ANSWERS), "score", missing=11) == WANT.sum()


def test_whole_numbers_beside_empty_cells_stay_whole_as_labels(make: Make) -> None:
    tally = ScoreTally.from_frame(make(ANSWERS), "score", by="agent", missing=11)
    assert tally.index.keys == ((1,), (2,), (None,))
    assert [type(key[0]) for key in tally.index.keys[:2]] == [int, int]
    assert tally.n.tolist() == [4, 3, 0]


def test_weights_add_up_on_every_engine(make: Make) -> None:
    tally = WeightedScoreTally.from_frame(make(ANSWERS), "score", weight="weight", by="month", missing=[11])
    assert tally == WeightedScoreTally.from_frame(ANSWERS, "score", weight="weight", by="month", missing=[11])
    assert tally[JUNE].weights[[9, 10]].tolist() == [0.5, 2.0]
    assert tally[JULY].n == 3
    assert tally[JULY].n_effective == pytest.approx(4.5**2 / (1.5**2 + 3.0**2))


def test_bad_weights_are_refused_or_counted_out(make: Make) -> None:
    columns = {"score": [10, 9, 8, 7], "weight": [1.0, -1.0, None, float("inf")]}
    with pytest.raises(InvalidValueError, match="3 answers have no such weight"):
        WeightedScoreTally.from_frame(make(columns), "score", weight="weight")
    tally = WeightedScoreTally.from_frame(make(columns), "score", weight="weight", invalid="drop")
    assert tally.excluded["no weight"] == 3
    assert tally.n == 1
    assert tally.weights.sum() == 1.0


def test_invalid_answers_are_named_with_place_and_count(make: Make) -> None:
    with pytest.raises(InvalidValueError, match=r"got 11 .*\(1 such in all cells\); name it in missing=\[11\]") as caught:
        ScoreTally.from_frame(make(ANSWERS), "score", by="month")
    error = caught.value
    assert (error.value, error.count) == (11, 1)
    # the position where the engine keeps rows in order, the cell elsewhere
    assert (error.position, error.cell) in [(4, None), (None, (JULY,))]


@pytest.mark.parametrize("engine", IN_ORDER)
def test_engines_that_keep_order_also_name_the_position(engine: str) -> None:
    with pytest.raises(InvalidValueError, match="at position 4") as caught:
        ScoreTally.from_frame(ENGINES[engine]()(ANSWERS), "score", by="month")
    assert caught.value.position == 4


def test_dropping_says_how_many(make: Make) -> None:
    tally = ScoreTally.from_frame(make(ANSWERS), "score", by="month", invalid="drop")
    assert tally[JULY].excluded["out of range"] == 1
    assert int((tally.n + tally.excluded.total).sum()) == len(ANSWERS["score"])


def test_a_missing_column_lists_those_there_are(make: Make) -> None:
    with pytest.raises(MissingColumnError, match="no column 'scor'; there are 'score'"):
        ScoreTally.from_frame(make(ANSWERS), "scor")
    with pytest.raises(KeyError, match="mont"):
        ScoreTally.from_frame(make(ANSWERS), "score", by="mont")


def test_a_sample_says_what_was_sampled(make: Make, request: pytest.FixtureRequest) -> None:
    frame = make(ANSWERS)
    whole = sv.Sample.from_frame(frame, ["score", "weight"])
    assert (whole.rows, whole.of) == (10, 10)
    assert sorted(whole["weight"].tolist()) == sorted(ANSWERS["weight"])
    if "dask" in request.node.name:
        with pytest.raises(UnsupportedEngineError, match="frame.sample"):
            sv.Sample.from_frame(frame, ["weight"], limit=4, rng=1)
        return
    part = sv.Sample.from_frame(frame, ["score", "weight"], limit=4, rng=1)
    assert (part.rows, part.of) == (4, 10)
    assert "4 of 10 rows, drawn at random" in repr(part)
    pairs = {(str(s), w) for s, w in zip(whole["score"], whole["weight"], strict=True)}
    assert {(str(s), w) for s, w in zip(part["score"], part["weight"], strict=True)} <= pairs
    assert part == sv.Sample.from_frame(frame, ["score", "weight"], limit=4, rng=1)


def test_frames_without_rows_give_one_empty_cell_or_none() -> None:
    pl = pytest.importorskip("polars")
    pd = pytest.importorskip("pandas")
    empties = [
        {"score": [], "team": []},
        pl.DataFrame(schema={"score": pl.Int64, "team": pl.String}),
        pl.LazyFrame(schema={"score": pl.Int64, "team": pl.String}),
        pd.DataFrame({"score": pd.Series(dtype=int), "team": pd.Series(dtype=str)}),
        pd.DataFrame({"score": [], "team": []}, dtype=object),
    ]
    for frame in empties:
        assert len(ScoreTally.from_frame(frame, "score", by="team").index) == 0
        assert ScoreTally.from_frame(frame, "score").n == 0


# -- what one engine alone can do wrong ----------------------------------------------------------------------------------


def test_true_does_not_pass_for_one_in_a_column_of_objects() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"score": pd.Series([1, True, 1, "n/a", None], dtype=object), "team": list("aabbb")})
    with pytest.raises(InvalidValueError, match="got True at position 1"):
        ScoreTally.from_frame(frame, "score", by="team", missing=["n/a"])
    tally = ScoreTally.from_frame(frame, "score", by="team", invalid="drop")
    assert (tally.excluded["bool"].tolist(), tally.excluded["text"].tolist(), tally.n.tolist()) == ([1, 0], [0, 1], [1, 1])


def test_true_does_not_pass_for_one_with_weights_or_as_a_label() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"score": pd.Series([1, True, 9], dtype=object), "weight": [1.0, 1.0, 1.0]})
    for source in (frame, {"score": [1, True, 9], "weight": [1.0, 1.0, 1.0]}):
        with pytest.raises(InvalidValueError, match="got True"):
            WeightedScoreTally.from_frame(source, "score", weight="weight")
    labelled = pd.DataFrame({"score": [9, 8], "team": pd.Series([True, 1], dtype=object)})
    with pytest.raises(CellsDifferError, match="of one kind, got bool and int"):
        ScoreTally.from_frame(labelled, "score", by="team")


def test_times_are_no_answers_and_days_are_labels_to_the_nanosecond() -> None:
    pd = pytest.importorskip("pandas")
    for times in (np.array([9, 3], "datetime64[ns]"), np.array([9, 3], "timedelta64[ns]"), [np.timedelta64(9, "D")]):
        with pytest.raises(InvalidValueError, match="answers must be whole numbers|nanoseconds"):
            ScoreTally.of(times)
    days = np.array(["2026-05-01", "2026-05-02", "NaT"], "datetime64[ns]")
    for source in ({"s": [9, 8, 7], "day": days}, pd.DataFrame({"s": [9, 8, 7], "day": days})):
        assert ScoreTally.from_frame(source, "s", by="day").index.keys == (
            (dt.date(2026, 5, 1),),
            (dt.date(2026, 5, 2),),
            (None,),
        )
    late = pd.to_datetime(["2026-05-01 00:00:00.000000001", "2026-05-01"], format="ISO8601")
    with pytest.raises(InvalidValueError, match="truncate it"):
        ScoreTally.from_frame(pd.DataFrame({"s": [1, 2], "day": late}), "s", by="day")
    with pytest.raises(WrongKindError, match="a label must be"):
        ScoreTally.from_frame({"s": [1], "x": np.array([1], "timedelta64[s]")}, "s", by="x")


def test_masked_answers_are_no_answers() -> None:
    assert ScoreTally.of(np.ma.array([9, 11], mask=[0, 1])) == ScoreTally.of([9, None])
    with pytest.raises(InvalidValueError, match="got True"):
        ScoreTally.of(np.ma.array([True, False], mask=[0, 1]))
    with pytest.raises(InvalidValueError, match="got"):
        ScoreTally.of(np.array([9 + 0j]))


def test_odd_columns_get_a_clear_word() -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    twice = pd.DataFrame([[1, 2, 3]], columns=["score", "x", "x"])
    with pytest.raises(InvalidValueError, match="different names"):
        ScoreTally.from_frame(twice, "score")
    with pytest.raises(WrongKindError, match="names of columns must be text, got 0"):
        ScoreTally.from_frame(pd.DataFrame({0: [1]}), 0)  # type: ignore[arg-type]
    with pytest.raises(WrongKindError, match="holds lists or records"):
        ScoreTally.from_frame(pl.DataFrame({"score": [[1], [2]]}), "score")
    with pytest.raises(WrongKindError, match="got a single column"):
        ScoreTally.from_frame(pd.Series([1]), "score")
    with pytest.raises(InvalidValueError, match="begin with sv__"):
        ScoreTally.from_frame(pd.DataFrame({"sv__rows": [1]}), "sv__rows")


def test_columns_of_one_wrong_kind_are_refused() -> None:
    pl = pytest.importorskip("polars")
    for column, shown in ((["9", "10"], "'(9|10)'"), ([True, False], "(True|False)"), ([9.5, 3.25], "(9.5|3.25)")):
        with pytest.raises(InvalidValueError, match=f"whole numbers from 0 to 10, got {shown}"):
            ScoreTally.from_frame(pl.DataFrame({"score": column}), "score")


def test_decimals_of_a_database_count_as_the_numbers_they_are() -> None:
    duckdb = pytest.importorskip("duckdb")
    frame = duckdb.sql("select * from (values (9.0::decimal(4,1), 1), (10.0, 1), (7.0, 2)) as t(score, team)")
    assert ScoreTally.from_frame(frame, "score", by="team").n.tolist() == [2, 1]


def test_times_of_day_are_no_labels() -> None:
    columns = {"score": [10], "at": [dt.datetime(2026, 6, 1, 9, 30)]}
    with pytest.raises(InvalidValueError, match="truncate it to the day, week or month first"):
        ScoreTally.from_frame(columns, "score", by="at")


def test_labels_of_two_kinds_under_one_name_are_refused() -> None:
    with pytest.raises(CellsDifferError, match="of one kind, got int and str"):
        ScoreTally.from_frame({"score": [1, 2], "team": ["a", 7]}, "score", by="team")


def test_a_column_cannot_be_counted_and_cut_by() -> None:
    with pytest.raises(InvalidValueError, match="'score' cannot be counted and cut by"):
        ScoreTally.from_frame(ANSWERS, "score", by="score")


def test_columns_named_like_our_own_do_no_harm() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"len": [10, 9, 9], "count": ["a", "a", "b"]})
    assert ScoreTally.from_frame(frame, "len", by="count").n.tolist() == [2, 1]


@pytest.mark.parametrize("thing", [object(), 7, "scores.csv", None])
def test_what_is_no_frame_is_refused_with_a_list_of_what_is(thing: object) -> None:
    with pytest.raises(UnsupportedEngineError, match="pandas, polars, pyarrow, DuckDB"):
        ScoreTally.from_frame(thing, "score")


def test_a_frame_needs_the_name_of_its_column() -> None:
    pl = pytest.importorskip("polars")
    with pytest.raises(WrongKindError, match="from_frame"):
        sv.nps(pl.DataFrame({"score": [10, 9]}))


@pytest.mark.parametrize("engine", ["pandas", "pandas nullable", "polars", "pyarrow"])
def test_a_single_column_of_any_engine_is_raw_answers(engine: str) -> None:
    frame = ENGINES[engine]()(ANSWERS)
    assert ScoreTally.of(frame["score"], missing=11) == WANT.sum()
    assert float(sv.csat(ENGINES[engine]()({"score": [5, 4, 1, None]})["score"], scale=CSAT_SCALE)) == pytest.approx(2 / 3)
