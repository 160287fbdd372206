"""The command line: a score from a file, a report, a demonstration."""

import argparse
import csv
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from servicematters import __version__
from servicematters.core.errors import InvalidValueError, MissingExtraError, ServiceMattersError

if TYPE_CHECKING:
    from servicematters.core.target import Target
    from servicematters.files import Progress
    from servicematters.surveys import ScoreTally

__all__ = ["main"]

EXIT_OK, EXIT_BAD_INPUT = 0, 2
_BIG_FILE = 20_000_000  # bytes from which progress is worth a line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0, or 2 after one line on what was wrong with the input.

    Examples
    --------
    >>> main(["nps", "no-such-file.csv", "--column", "score"])
    2
    """
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except BrokenPipeError:  # the reader has seen enough
        sys.stderr.close()
        return EXIT_OK
    except (ServiceMattersError, OSError) as error:
        _say(_one_line(error, options), sys.stderr)
        return EXIT_BAD_INPUT
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="servicematters", description="Customer-service numbers that say how sure they are.")
    parser.add_argument("--version", action="version", version=f"servicematters {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    nps = commands.add_parser("nps", help="net promoter score of a column of answers, with intervals and verdicts")
    nps.add_argument("file", metavar="FILE", help="CSV, CSV.GZ or Parquet; - is standard input")
    _survey_options(nps)
    nps.add_argument("--json", action="store_true", help="print the scores as JSON instead of a table")
    nps.set_defaults(run=_nps)

    report = commands.add_parser("report", help="one self-contained HTML page")
    report.add_argument("--surveys", metavar="FILE", required=True, help="CSV, CSV.GZ or Parquet with survey answers")
    _survey_options(report)
    report.add_argument("-o", "--output", metavar="HTML", default="report.html", help="file to write (default: report.html)")
    report.set_defaults(run=_report)

    demo = commands.add_parser("demo", help="the same on a simulated survey whose true score is known")
    demo.add_argument("--seed", type=_seed, default=2026, help="another seed draws another survey")
    demo.add_argument("--rows", type=int, default=600, help="customers to ask (default: 600)")
    demo.add_argument("--save", metavar="CSV", help="also write the survey to a file, to try the other commands on")
    demo.set_defaults(run=_demo)
    return parser


def _survey_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--column", required=True, help="column of answers from 0 to 10")
    parser.add_argument("--by", nargs="+", default=[], metavar="COLUMN", help="columns to cut by")
    parser.add_argument("--missing", nargs="+", default=[], metavar="CODE", help="codes that mean no answer, such as 99")
    parser.add_argument("--invalid", choices=("raise", "drop"), default="raise", help="what to do with other wrong values")
    parser.add_argument("--confidence", type=float, default=0.95, help="coverage of the intervals (default: 0.95)")
    parser.add_argument("--at-least", type=float, metavar="NPS", help="target to judge the scores by")
    parser.add_argument("--delimiter", type=_delimiter, help="of the CSV file (default: guessed from its header)")


def _delimiter(text: str) -> str:
    mark = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(mark) != 1 or mark in '"\r\n':
        msg = f"one character was expected, such as ; or tab, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return mark


def _seed(text: str) -> int:
    if not text.isdecimal():
        msg = f"a whole number, 0 or more, was expected, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _nps(options: argparse.Namespace) -> int:
    tally = _tally(options, options.file)
    if options.json:
        import json  # a table does not need it

        _say(json.dumps(_as_json(tally, options.confidence, _target(options))))
        return EXIT_OK
    _print_scores(tally, options.confidence, _target(options))
    return EXIT_OK


def _as_json(tally: "ScoreTally", confidence: float, target: "Target | None") -> dict[str, object]:
    from servicematters.surveys import nps, nps_homogeneity  # --help must not load numpy
    from servicematters.wire import to_dict

    whole, cells = nps(tally.sum(), confidence=confidence), nps(tally, confidence=confidence, shifted_ok=True)
    labelled = bool(tally.index.names)
    return {
        "score": whole.to_dict(),
        "cells": cells.to_dict() if labelled else None,
        "differences": nps_homogeneity(tally, confidence=confidence).to_dict() if labelled else None,
        "target": None if target is None else {"verdict": str(target.judge(whole)), **to_dict(target)},
        "excluded": {reason: int(count) for reason, count in tally.sum().excluded.items()},
    }


def _print_scores(tally: "ScoreTally", confidence: float, target: "Target | None") -> None:
    from servicematters.core.printing import aligned, percent  # --help must not load numpy
    from servicematters.surveys import nps, nps_homogeneity

    whole = nps(tally.sum(), confidence=confidence)
    cells = nps(tally, confidence=confidence, shifted_ok=True)
    reasons = sorted(tally.excluded)
    labels = len(tally.index.names)
    header, all_rows = whole.table()
    rows: list[list[str]] = []
    if labels:
        header, rows = cells.table()
    left_out = [[f"{int(tally.excluded[r].reshape(-1)[i]):,}" for r in reasons] for i in range(len(tally.index))]
    rows = [[*row, *out] for row, out in zip(rows, left_out, strict=False)]
    total = ["all", *[""] * (labels - 1)] if labels else []
    rows.append([*total, *all_rows[0], *(f"{int(tally.excluded[r].sum()):,}" for r in reasons)])
    header = [*header, *reasons]
    if target:
        verdicts = [*target.judge_cells(cells)] if labels else []
        rows = [[*row, str(v)] for row, v in zip(rows, [*verdicts, target.judge(whole)], strict=True)]
        header.append(target.phrase(whole.unit))
    _say(aligned(header, rows, left=labels))
    _say(f"({percent(confidence)} intervals, {whole.method}; left out: {tally.sum().excluded!r})")
    if labels:
        _say(f"{nps_homogeneity(tally, confidence=confidence)}")


def _report(options: argparse.Namespace) -> int:
    from servicematters import report  # --help must not load numpy
    from servicematters.surveys import section

    if options.by:
        report.require_drawing()  # before a long file is read
    tally = _tally(options, options.surveys)
    written = report.write(options.output, [section(tally, target=_target(options), confidence=options.confidence)])
    _say(f"wrote {written}")
    return EXIT_OK


def _demo(options: argparse.Namespace) -> int:
    from servicematters import simulate  # --help must not load numpy
    from servicematters.surveys import ScoreTally

    drawn = simulate.survey(rows=options.rows, rng=options.seed)
    if options.save:
        with Path(options.save).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(drawn.columns)
            writer.writerows(zip(*drawn.columns.values(), strict=True))
    _print_scores(ScoreTally.from_frame(drawn.columns, "score", by="month"), 0.95, None)
    _say(f"true NPS of the simulated customers: {drawn.true_nps:+.1f} in every month")
    if options.save:
        _say(f"wrote {options.save}; now try: servicematters nps {options.save} --column score --by month segment")
    return EXIT_OK


def _target(options: argparse.Namespace) -> "Target | None":
    from servicematters.core.target import Target  # --help must not load numpy

    return None if options.at_least is None else Target(at_least=options.at_least)


def _tally(options: argparse.Namespace, file: str) -> "ScoreTally":
    from servicematters.files import count_file  # --help must not load numpy
    from servicematters.surveys import ScoreTally

    with _progress(Path(file)) as progress:
        table = count_file(file, options.column, by=options.by, delimiter=options.delimiter, progress=progress)
    return ScoreTally.from_table(table, missing=[_code(c) for c in options.missing], invalid=options.invalid)


def _code(text: str) -> float | str:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


@contextmanager
def _progress(path: Path) -> "Iterator[Progress | None]":
    """Progress on long input, on a terminal: a bar with the extra ``cli``, a line of percents without."""
    if not sys.stderr.isatty() or not path.is_file() or path.stat().st_size < _BIG_FILE:
        yield None
        return
    try:
        from tqdm import tqdm  # an extra
    except ImportError:
        yield lambda done, total: print(f"\rread {done / total:.0%}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        return
    with tqdm(desc="read", unit="B", unit_scale=True, leave=False) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield update


def _one_line(error: Exception, options: argparse.Namespace) -> str:
    message = str(error) if not isinstance(error, OSError) or isinstance(error, MissingExtraError) else _os_message(error)
    if isinstance(error, InvalidValueError) and error.count is not None and error.value is not None:
        from servicematters.files import first_line  # only after an error

        file = getattr(options, "file", None) or options.surveys
        line = first_line(file, options.column, error.value, delimiter=options.delimiter)
        place = f"first on line {line:,}; " if line else ""
        what = message.partition("; name it")[0].partition("; invalid=")[0]
        code = "" if isinstance(error.value, bool) else f"--missing {shlex.quote(str(error.value))} if it means no answer, "
        message = f"{what}; {place}{code}--invalid drop to leave such answers out"
    return f"servicematters: {' '.join(message.split())}"


def _os_message(error: OSError) -> str:
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)


def _say(text: str, file: TextIO | None = None) -> None:
    print(text, file=file)


if __name__ == "__main__":
    raise SystemExit(main())
