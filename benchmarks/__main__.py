"""Run the benchmarks: ``python -m benchmarks surveys``."""

import argparse
import json
import os
from pathlib import Path

from benchmarks import surveys
from benchmarks.page import about, printed, written

_ROOMS = {"surveys": surveys.run}
_HERE = Path(__file__).parent
_RESULTS = _HERE / "results.json"
_PAGE = _HERE.parent / "docs" / "performance.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time and extra memory beside the rivals.")
    parser.add_argument("room", nargs="?", choices=_ROOMS, help="one room only (default: all)")
    parser.add_argument("--quick", action="store_true", help="a hundredth of the rows, to see that all of it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to a file")
    parser.add_argument("--write", action="store_true", help=f"renew {_RESULTS.name} and the tables of {_PAGE.name}")
    options = parser.parse_args()
    if options.write and options.quick:
        parser.error("--write publishes numbers, and --quick makes none worth publishing")

    results = {"about": about()}
    for room in [options.room] if options.room else _ROOMS:
        for name, rows in _ROOMS[room](quick=options.quick):
            results[name] = rows
            print(printed(name, rows), flush=True)
    results["about"]["load_after"] = round(os.getloadavg()[0], 1)  # others on the machine show here
    for file in [options.json] * bool(options.json) + [_RESULTS] * options.write:
        file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.write:
        written(_PAGE, results)


if __name__ == "__main__":
    main()
