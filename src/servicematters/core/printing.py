"""Numbers as a reader wants them: in the unit's own form, with as many digits as the interval deserves."""

import math
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Printed", "aligned", "decimals", "exactly", "form", "label_text", "percent", "plural", "shown"]


class Printed(NamedTuple):
    """How a unit is printed: with a sign or not, times a factor, what follows the number, and what it can be at all."""

    signed: bool = False
    factor: float = 1.0
    suffix: str = ""
    range: tuple[float, float] = (-math.inf, math.inf)


_FORMS = {
    "NPS points": Printed(signed=True, range=(-100, 100)),
    "NPS points difference": Printed(signed=True),
    "net share": Printed(signed=True, factor=100.0, range=(-1, 1)),
    "share": Printed(factor=100.0, suffix=" %", range=(0, 1)),
    "share difference": Printed(signed=True, factor=100.0, suffix=" pp"),
    "score difference": Printed(signed=True),
}
_MOST_DECIMALS = 15


def form(unit: str) -> Printed:
    """Form of a unit; a unit without an entry is printed as it is."""
    return _FORMS.get(unit, Printed())


def decimals(low: float, high: float, unit: str) -> int:
    """One decimal, more when half the interval is below 0.1 of the printed unit: then two digits of it show."""
    half = (high - low) / 2 * form(unit).factor
    if not (math.isfinite(half) and 0 < half < 0.1):
        return 1
    return min(1 - math.floor(math.log10(half) + 1e-9), _MOST_DECIMALS)  # 0.01 may come as 0.00999…


def shown(value: float, unit: str, digits: int = 1) -> str:
    """One number with its unit's sign and suffix."""
    kind = form(unit)
    if math.isnan(value):
        return "n/a"
    text = f"{value * kind.factor:{'+' if kind.signed else ''},.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.replace("-", "+" if kind.signed else "")  # no minus before a zero
    return text + kind.suffix


def exactly(value: float, unit: str) -> str:
    """A number that somebody has set, such as a target, with all the digits that were set."""
    kind = form(unit)
    return f"{round(value * kind.factor, 10):{'+' if kind.signed else ''},.12g}{kind.suffix}"


def label_text(part: object) -> str:
    """One part of a cell's label on one line; the empty cell is "(none)"."""
    text = "(none)" if part is None else str(part)
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def plural(number: int, thing: str) -> str:
    """A count with its noun: "1 cell", "2,000 cells"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def percent(confidence: float) -> str:
    """A confidence the way it is spoken: 95 %."""
    return f"{confidence * 100:.10g} %"


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 0) -> str:
    """A table in plain text; the first ``left`` columns flush left, the others right."""
    table = [list(header), *map(list, rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    lines = [
        "  ".join(part.ljust(w) if i < left else part.rjust(w) for i, (part, w) in enumerate(zip(row, widths, strict=True)))
        for row in table
    ]
    return "\n".join(line.rstrip() for line in lines)
