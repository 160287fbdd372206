"""Count the rows of a file chunk by chunk, so that its size does not matter: CSV on the core install, Parquet with an extra."""

import csv
import datetime as dt
import gzip
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import numpy as np

from servicematters.core.counts import CountsTable, refuse_overlap
from servicematters.core.errors import InvalidValueError, MissingColumnError, MissingExtraError
from servicematters.core.index import Index

__all__ = ["Progress", "count_file", "first_line"]

Progress = Callable[[int, int], None]
"""Called with bytes read so far and bytes in all."""

_CHUNK_ROWS = 200_000
_DELIMITERS = ",;\t|"


def count_file(
    path: str | Path, value: str, *, by: Sequence[str] = (), delimiter: str | None = None, progress: Progress | None = None
) -> CountsTable:
    """Rows per cell and distinct value of a CSV, gzipped CSV or Parquet file.

    Parameters
    ----------
    path
        File ending in ``.csv``, ``.csv.gz`` (or any text with a header line), or ``.parquet``.
    value
        Column to count.
    by
        Columns that cut the rows into cells. In CSV a column whose every label is a whole number or an ISO date becomes
        one; an empty field is an empty cell.
    delimiter
        Of CSV; by default the one of comma, semicolon, tab and bar that is most frequent in the header.
    progress
        Called now and then with bytes read and bytes in all.

    Raises
    ------
    MissingColumnError
        If a column is not in the header.
    InvalidValueError
        If the file is empty, is not text in UTF-8, or a line has fewer fields than it needs.
    """
    refuse_overlap(value, by)
    source = Path(path)
    if source.suffix == ".parquet":
        return _count_parquet(source, value, tuple(by), progress)
    counted: Counter[tuple[str, ...]] = Counter()
    for rows in _chunks(source, (*by, value), delimiter, progress):
        counted.update(rows)
    fields = list(zip(*counted, strict=True)) if counted else [()] * (len(by) + 1)
    index, cell = Index.of(tuple(by), [_labels(column) for column in fields[:-1]], len(counted))
    return CountsTable(
        index,
        cell,
        _values(fields[-1]),
        np.fromiter(counted.values(), dtype=np.int64, count=len(counted)),
    )


def first_line(path: str | Path, column: str, value: object, *, delimiter: str | None = None) -> int | None:
    """Line of a CSV file, counted from 1 with the header, on which ``value`` stands first; None for other files."""
    source = Path(path)
    if source.suffix == ".parquet":
        return None
    with _text(source) as (text, _):
        reader = _reader(text, source, delimiter)
        at = _positions(next(reader), (column,))[0]
        for row in reader:
            if at < len(row) and (_number(row[at]) == value or row[at] == value):
                return int(reader.line_num)
    return None


@contextmanager
def _text(source: Path) -> Iterator[tuple[TextIO, BinaryIO]]:
    """The text of a file, and the bytes below it that tell how far we are, packed or not."""
    with ExitStack() as open_files:
        raw = open_files.enter_context(source.open("rb"))
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        unpacked = open_files.enter_context(gzip.open(raw)) if packed else raw
        text = open_files.enter_context(io.TextIOWrapper(unpacked, encoding="utf-8-sig", newline=""))
        try:
            yield text, raw
        except UnicodeDecodeError as error:
            msg = f"{source.name} is not text in UTF-8 (byte {error.object[error.start]:#x}); save it as UTF-8"
            raise InvalidValueError(msg) from error
        except (csv.Error, EOFError, gzip.BadGzipFile) as error:
            msg = f"{source.name} cannot be read: {error}"
            raise InvalidValueError(msg) from error


def _reader(text: TextIO, source: Path, delimiter: str | None) -> Any:
    header = text.readline()
    if not header.strip():
        msg = f"{source.name} is empty; a header line with the names of the columns was expected"
        raise InvalidValueError(msg)
    mark = delimiter or max(_DELIMITERS, key=header.count)
    return csv.reader(_again(header, text), delimiter=mark)


def _again(first: str, rest: TextIO) -> Iterator[str]:
    yield first
    yield from rest


def _positions(header: Sequence[str], names: Sequence[str]) -> list[int]:
    there = [name.strip() for name in header]
    for name in names:
        if name not in there:
            raise MissingColumnError(name, there)
        if there.count(name) > 1:
            msg = f"column {name!r} is in the header {there.count(name)} times; rename all but one"
            raise InvalidValueError(msg, value=name)
    return [there.index(name) for name in names]


def _chunks(
    source: Path, names: Sequence[str], delimiter: str | None, progress: Progress | None
) -> Iterator[list[tuple[str, ...]]]:
    """Rows as tuples of the fields asked for, many at a time; nothing here walks over rows in Python."""
    total = source.stat().st_size
    with _text(source) as (text, raw):
        reader = _reader(text, source, delimiter)
        positions = _positions(next(reader), names)
        pick: Callable[[Any], Any] = (
            itemgetter(*positions) if len(positions) > 1 else itemgetter(slice(positions[0], positions[0] + 1))
        )
        while rows := [row for row in islice(reader, _CHUNK_ROWS) if row]:
            if min(map(len, rows)) <= max(positions):
                short = next(row for row in rows if len(row) <= max(positions))
                msg = f"a line of {source.name} has {len(short)} fields, {short!r}; {max(positions) + 1} were expected"
                raise InvalidValueError(msg, value=short)
            yield list(map(tuple, map(pick, rows)))
            if progress:
                progress(raw.tell(), total)


def _labels(column: Sequence[str]) -> list[Any]:
    """Labels of one column, all of one kind: whole numbers, ISO dates, or text."""
    there = {field for field in column if field}
    for convert, writes in ((int, str), (dt.date.fromisoformat, str)):
        try:
            known = {field: convert(field) for field in there}
        except ValueError:
            continue
        if all(writes(label) == field for field, label in known.items()):  # 007 and 1e3 stay text
            return [known.get(field) for field in column]
    return [field or None for field in column]


def _number(field: str) -> Any:
    """What a field says: a number, nothing, or text."""
    for convert in (int, float):
        try:
            return convert(field)
        except ValueError:
            continue
    return field.strip() or None


def _values(fields: Sequence[str]) -> Any:
    numbers = [_number(field) for field in fields]
    values = np.empty(len(numbers), dtype=object)
    values[:] = numbers
    return values


def _count_parquet(source: Path, value: str, by: tuple[str, ...], progress: Progress | None) -> CountsTable:
    try:
        import pyarrow as pa  # an extra
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("reading Parquet", "cli") from error
    from servicematters import frames  # only Parquet needs an engine

    try:
        opened = pq.ParquetFile(source)
    except pa.ArrowInvalid as error:
        msg = f"{source.name} cannot be read as Parquet: {error}"
        raise InvalidValueError(msg) from error
    with opened as file:
        names = file.schema_arrow.names
        for name in (value, *by):
            if name not in names:
                raise MissingColumnError(name, names)
        groups = [
            frames.count(file.read_row_group(i, columns=[value, *by]), value, by=by)
            for i in _told(file.num_row_groups, progress)
        ]
        groups = groups or [frames.count(file.read(columns=[value, *by]), value, by=by)]
    return _joined(groups, by)


def _told(groups: int, progress: Progress | None) -> Iterator[int]:
    for i in range(groups):
        yield i
        if progress:
            progress(i + 1, groups)


def _joined(tables: Sequence[CountsTable], by: tuple[str, ...]) -> CountsTable:
    """Counts of several parts of one source, one after the other."""
    labels = [[part for t in tables for part in (np.array(t.index.column(name), dtype=object)[t.cell])] for name in by]
    value = np.concatenate([t.value for t in tables])
    rows = np.concatenate([t.rows for t in tables])
    index, cell = Index.of(by, labels, rows.size)
    return CountsTable(index, cell, value, rows)
