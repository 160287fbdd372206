"""The same GROUP BY with COUNT(*) on every engine: through us, and as its own users write it."""

import os
import shutil
from pathlib import Path
from typing import Any

from benchmarks.measure import Contest
from servicematters.surveys import ScoreTally

__all__ = ["BY", "ENGINES", "VALUE", "why_not"]

BY = ["month", "segment"]
VALUE = "score"
_KEYS = [*BY, VALUE]
_SQL = f"{', '.join(_KEYS)}, count(*) as rows"


def why_not(name: str) -> str:
    """What else an engine lacks here besides packages."""
    return "no java" if name == "pyspark" and not (shutil.which("java") or os.environ.get("JAVA_HOME")) else ""


def _check(answer: Any, truth: ScoreTally) -> None:
    if isinstance(answer, ScoreTally):
        assert answer == truth
        return
    import narwhals.stable.v2 as nw

    opened = nw.from_native(answer, allow_series=True)
    rows = (opened if isinstance(opened, nw.Series) else opened[opened.columns[-1]]).cast(nw.Int64).to_numpy()
    there = truth.counts[truth.counts > 0]
    assert sorted(rows.tolist()) == sorted(there.tolist())


def _ours(frame: Any) -> ScoreTally:
    return ScoreTally.from_frame(frame, VALUE, by=BY)


def _open_pandas(file: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(file).to_pandas(date_as_object=False)


def _pandas_plain(frame: Any) -> Any:
    return frame.groupby(_KEYS).size()


def _pandas_tuned(frame: Any) -> Any:
    return frame.groupby(_KEYS, sort=False, observed=True).size()


def _open_polars(file: Path) -> Any:
    import polars as pl

    return pl.read_parquet(file)


def _polars_eager(frame: Any) -> Any:
    return frame.group_by(_KEYS).len()


def _polars_lazy(frame: Any) -> Any:
    return frame.lazy().group_by(_KEYS).len().collect()


def _scan_polars(file: Path) -> Any:
    import polars as pl

    return pl.scan_parquet(file)


def _open_pyarrow(file: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(file)


def _pyarrow(table: Any) -> Any:
    return table.group_by(_KEYS).aggregate([([], "count_all")])


def _scan_duckdb(file: Path) -> Any:
    import duckdb

    return duckdb.read_parquet(str(file))


def _open_duckdb(file: Path) -> Any:
    import duckdb

    duckdb.execute(f"create or replace table answers as select * from '{file}'")
    return duckdb.table("answers")


def _duckdb(relation: Any) -> Any:
    return relation.aggregate(_SQL).to_arrow_table()


def _scan_dask(file: Path) -> Any:
    import dask.dataframe as dd

    return dd.read_parquet(file, split_row_groups=True)


def _dask(frame: Any) -> Any:
    return frame.groupby(_KEYS).size().compute()


def _scan_spark(file: Path) -> Any:
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    settings = {**quiet, "spark.sql.shuffle.partitions": "2"}  # 200 by default, for a cluster
    return SparkSession.builder.master("local[2]").config(map=settings).getOrCreate().read.parquet(str(file))


def _spark(frame: Any) -> Any:
    return frame.groupBy(_KEYS).count().toArrow()


ENGINES = {
    "pandas": Contest(
        _open_pandas,
        {"ours": _ours, "groupby(…).size()": _pandas_plain, "the same, sort=False, observed=True": _pandas_tuned},
        _check,
        ("pandas", "pyarrow"),
    ),
    "polars, in memory": Contest(
        _open_polars,
        {"ours": _ours, "df.group_by(…).len()": _polars_eager, "df.lazy().group_by(…).len()": _polars_lazy},
        _check,
        ("polars", "pyarrow"),
    ),
    "polars, scan_parquet": Contest(
        _scan_polars, {"ours": _ours, "lf.group_by(…).len()": _polars_lazy}, _check, ("polars", "pyarrow")
    ),
    "pyarrow, in memory": Contest(_open_pyarrow, {"ours": _ours, "group_by(…).aggregate(…)": _pyarrow}, _check, ("pyarrow",)),
    "duckdb, Parquet": Contest(_scan_duckdb, {"ours": _ours, "aggregate(SQL)": _duckdb}, _check, ("duckdb", "pyarrow")),
    "duckdb, own table": Contest(_open_duckdb, {"ours": _ours, "aggregate(SQL)": _duckdb}, _check, ("duckdb", "pyarrow")),
    "dask, Parquet": Contest(_scan_dask, {"ours": _ours, "groupby(…).size()": _dask}, _check, ("dask", "pandas", "pyarrow")),
    "pyspark": Contest(_scan_spark, {"ours": _ours, "groupBy(…).count()": _spark}, _check, ("pyspark", "pyarrow")),
}
