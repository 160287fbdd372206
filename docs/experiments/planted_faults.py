"""Plant one fault at a time in a copy of the package, run the tests, and list which of them fall.

    python docs/experiments/planted_faults.py

A fault that no test notices would show as "nothing fell". Takes some minutes.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = {
    "off by one in a cut": (
        "surveys/tally.py",
        "top = scale.bottom_box_to - scale.low + 1, scale.top_box_from - scale.low",
        "top = scale.bottom_box_to - scale.low, scale.top_box_from - scale.low",
    ),
    "swapped interval ends": (
        "kernels/net_score.py",
        "    low, high = wald(counts + TRIANGLE, confidence=confidence)",
        "    high, low = wald(counts + TRIANGLE, confidence=confidence)",
    ),
    "a lost cell in +": (
        "core/tally.py",
        "        np.add.at(table, positions, rows)",
        "        np.add.at(table, positions[:-1], rows[:-1])",
    ),
}


def fallen(file: str, right: str, wrong: str) -> list[str]:
    """Names of the tests that fail with the fault planted."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "_build", "dist"))
        target = copy / "src" / "servicematters" / file
        text = target.read_text(encoding="utf-8")
        assert text.count(right) == 1, f"{file} has changed: the fault cannot be planted"
        target.write_text(text.replace(right, wrong), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not spark and not dask", "-p", "no:cacheprovider", "tests"]
        done = subprocess.run(
            command, cwd=copy, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(copy / "src"), "PATH": ""}
        )
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED")]


if __name__ == "__main__":
    for name, fault in FAULTS.items():
        names = fallen(*fault)
        print(f"{name}: {len(names)} tests fell" if names else f"{name}: nothing fell")
        for one in names[:8]:
            print(f"    {one}")
