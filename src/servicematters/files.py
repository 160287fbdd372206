"""Count the rows of a file chunk by chunk, so that its size does not matter: CSV on the core install, Parquet with an extra."""

import csv
import datetime as dt
import gzip
import io
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, TextIO

import numpy as np

from servicematters.core.counts import CountsTable, refuse_overlap
from servicematters.core.errors import InvalidValueError, MissingColumnError, MissingExtraError
from servicematters.core.index import Index

__all__ = ["Progress", "count_file", "first_line"]

Progress = Callable[[int, int], None]
"""Called with bytes read so far and bytes in all."""

_CHUNK_ROWS = 200_000
_DELIMITERS = ",;\t|"
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]*)?")


def count_file(
    path: str | Path, value: str, *, by: Sequence[str] = (), delimiter: str | None = None, progress: Progress | None = None
) -> CountsTable:
    """Rows per cell and distinct value of a CSV, gzipped CSV or Parquet file.

    Parameters
    ----------
    path
        CSV with a header line, packed by gzip or not, or Parquet; told apart by how they begin. "-" is standard input.
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
        If the file is empty, is not text in UTF-8, a quote stays open, or a line has more or fewer fields than the header.
    """
    refuse_overlap(value, by)
    source = Path(path)
    counted: Counter[tuple[str, ...]] = Counter()
    with _opened(source) as (raw, parquet):
        if parquet:
            return _count_parquet(source, value, tuple(by), progress)
        for rows in _chunks(raw, source, (*by, value), delimiter, progress):
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
    if _is_stream(source):
        return None
    with _opened(source) as (raw, parquet):
        if parquet:
            return None
        text = _decoded(raw)
        reader, header = _reader(text, source, delimiter)
        at = _positions(header, (column,))[0]
        for row in reader:
            if at < len(row) and (_number(row[at]) == value or row[at] == value):
                return int(reader.line_num)
    return None


def _is_stream(source: Path) -> bool:
    return str(source) == "-" or not source.is_file()


@contextmanager
def _opened(source: Path) -> Iterator[tuple[IO[bytes], bool]]:
    """The unpacked bytes of a file, or of standard input for "-", and whether they are Parquet."""
    with ExitStack() as files:
        raw: Any = sys.stdin.buffer if str(source) == "-" else files.enter_context(source.open("rb"))
        begin = raw.peek(4)[:4]
        unpacked: Any = files.enter_context(gzip.open(raw)) if begin[:2] == b"\x1f\x8b" else raw
        try:
            yield unpacked, begin == b"PAR1"
        except UnicodeDecodeError as error:
            msg = f"{source.name} is not text in UTF-8 (byte {error.object[error.start]:#x}); save it as UTF-8"
            raise InvalidValueError(msg) from error
        except (csv.Error, EOFError, gzip.BadGzipFile, zlib.error) as error:
            msg = f"{source.name} cannot be read: {error}"
            raise InvalidValueError(msg) from error


def _decoded(raw: IO[bytes]) -> TextIO:
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def _reader(text: TextIO, source: Path, delimiter: str | None) -> tuple[Any, list[str]]:
    header = text.readline()
    if not header.strip():
        msg = f"{source.name} is empty; a header line with the names of the columns was expected"
        raise InvalidValueError(msg)
    mark = delimiter or max(_DELIMITERS, key=header.count)
    reader = csv.reader(_again(header, text), delimiter=mark, strict=True)  # else an open quote swallows the rows behind it
    return reader, [name.strip() for name in next(reader)]


def _again(first: str, rest: TextIO) -> Iterator[str]:
    yield first
    yield from rest


def _positions(header: Sequence[str], names: Sequence[str]) -> list[int]:
    for name in names:
        if name not in header:
            raise MissingColumnError(name, header)
        if header.count(name) > 1:
            msg = f"column {name!r} is in the header {header.count(name)} times; rename all but one"
            raise InvalidValueError(msg, value=name)
    return [header.index(name) for name in names]


def _chunks(
    raw: IO[bytes], source: Path, names: Sequence[str], delimiter: str | None, progress: Progress | None
) -> Iterator[list[tuple[str, ...]]]:
    """Rows as tuples of the fields asked for, many at a time; nothing here walks over rows in Python."""
    total = 0 if _is_stream(source) else source.stat().st_size
    read = getattr(raw, "fileobj", raw)  # below gzip, so that what is read and what there is are both packed bytes
    text = _decoded(raw)  # held to the end: without it the file would be closed before progress can ask
    reader, header = _reader(text, source, delimiter)
    positions, width, before = _positions(header, names), len(header), reader.line_num
    pick: Callable[[Any], Any] = (
        itemgetter(*positions) if len(positions) > 1 else itemgetter(slice(positions[0], positions[0] + 1))
    )
    while rows := list(islice(reader, _CHUNK_ROWS)):
        if [] in rows:  # a blank line: nothing at all, or in a file of one column the empty field
            rows = [row or [""] for row in rows] if width == 1 else [row for row in rows if row]
        if set(map(len, rows)) - {width}:
            wrong = next(row for row in rows if len(row) != width)
            msg = (
                f"a line of {source.name} after line {before:,} has {len(wrong)} fields where the header has {width}: "
                f"{wrong!r}; put fields that hold the delimiter in quotes"
            )
            raise InvalidValueError(msg, value=wrong)
        yield list(map(tuple, map(pick, rows)))
        before = reader.line_num
        if progress:
            progress(read.tell() if total else 0, total)


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
    text = field.strip()
    if _NUMBER.fullmatch(text):  # narrower than Python's own reading, which takes 1_0, ٩ and nan
        return float(text) if "." in text else int(text)
    return text or None


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
            for i in _told(file.num_row_groups, source.stat().st_size, progress)
        ]
        groups = groups or [frames.count(file.read(columns=[value, *by]), value, by=by)]
    return _joined(groups, by)


def _told(groups: int, total: int, progress: Progress | None) -> Iterator[int]:
    """Numbers of the row groups; progress in bytes, as if all were of one size."""
    for i in range(groups):
        yield i
        if progress:
            progress(total * (i + 1) // groups, total)


def _joined(tables: Sequence[CountsTable], by: tuple[str, ...]) -> CountsTable:
    """Counts of several parts of one source, one after the other."""
    labels = [[part for t in tables for part in (np.array(t.index.column(name), dtype=object)[t.cell])] for name in by]
    value = np.concatenate([t.value for t in tables])
    rows = np.concatenate([t.rows for t in tables])
    index, cell = Index.of(by, labels, rows.size)
    return CountsTable(index, cell, value, rows)
