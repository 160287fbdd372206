"""Sort answers onto the rungs of a scale, and say of every other value why it is not one."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from servicematters.core.arrays import IntArray
from servicematters.core.counts import CountsTable
from servicematters.core.errors import InvalidValueError, WrongKindError
from servicematters.core.printing import label_text
from servicematters.surveys.model import RatingScale

__all__ = ["REASONS", "Invalid", "Missing", "missing_codes", "sort_answers"]

Missing = float | str | Iterable[float | str]
Invalid = Literal["raise", "drop"]

NO_ANSWER = "no answer"
REASONS = (NO_ANSWER, "out of range", "fractional", "text", "bool")
"""Why a value is not on a rung, in the order of their codes: -1, -2, …"""

_LOOKED_UP = 100  # wrong values whose places are compared; a column of nothing but wrong values need not be searched for each


def missing_codes(missing: Any) -> frozenset[float | str]:
    """The codes that mean no answer, as a set; a single code needs no brackets.

    Raises
    ------
    WrongKindError
        If a code is not a number or text.
    """
    given = [missing] if isinstance(missing, int | float | str) or not isinstance(missing, Iterable) else missing
    codes = [code.item() if isinstance(code, np.generic) else code for code in given]
    if any(isinstance(code, bool) or not isinstance(code, int | float | str) for code in codes):
        msg = f"missing must be codes, numbers or text, got {missing!r}"
        raise WrongKindError(msg)
    return frozenset(codes)


def sort_answers(table: CountsTable, scale: RatingScale, missing: Missing, invalid: Invalid) -> IntArray:
    """Position of the rung for every row of a counts table; -1 - i where ``REASONS[i]`` keeps it off the scale.

    Raises
    ------
    InvalidValueError
        If ``invalid="raise"`` and a value is neither on the scale nor no answer.
    """
    if invalid not in ("raise", "drop"):
        msg = f"invalid must be 'raise' or 'drop', got {invalid!r}"
        raise InvalidValueError(msg, value=invalid)
    codes = missing_codes(missing)
    values = table.value
    if values.dtype.kind in "iuf":
        rungs = _sort_numbers(values, scale, codes)
    else:
        rungs = np.fromiter((_sort_value(v, scale, codes) for v in values.tolist()), dtype=np.int64, count=values.size)
    wrong = (rungs < -1) & (table.rows > 0)
    if invalid == "raise" and wrong.any():
        raise _complaint(table, wrong, scale)
    return rungs


def _sort_numbers(values: NDArray[Any], scale: RatingScale, codes: frozenset[float | str]) -> IntArray:
    with np.errstate(invalid="ignore"):
        rungs = np.where((values >= scale.low) & (values <= scale.high), values, scale.low).astype(np.int64) - scale.low
        out = np.where((values < scale.low) | (values > scale.high), -2, 0)
        fraction = np.where(np.isfinite(values) & (values != np.floor(values)), -3, 0)
    kept_off = np.where(fraction < 0, fraction, out)
    gone = np.isnan(values) | np.isin(values, [code for code in codes if not isinstance(code, str)])
    return np.where(gone, -1, np.where(kept_off < 0, kept_off, rungs)).astype(np.int64)


def _sort_value(value: Any, scale: RatingScale, codes: frozenset[float | str]) -> int:  # noqa: PLR0911  one line a kind
    if isinstance(value, np.datetime64 | np.timedelta64):
        return -1 - REASONS.index("text")
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return -1 - REASONS.index("bool")
    if isinstance(value, str):
        return -1 if value in codes else -1 - REASONS.index("text")
    if _is_empty(value):
        return -1
    if hasattr(value, "as_integer_ratio"):  # int, float, Decimal, Fraction
        try:
            return int(_sort_numbers(np.array([float(value)]), scale, codes)[0])
        except OverflowError:  # a whole number beyond all floats
            return -1 - REASONS.index("out of range")
    return -1 - REASONS.index("text")


def _is_empty(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(value != value)  # nan and NaT differ from themselves  # noqa: PLR0124
    except (TypeError, ValueError):
        return True  # pandas.NA refuses to say


def _complaint(table: CountsTable, wrong: NDArray[np.bool_], scale: RatingScale) -> InvalidValueError:
    at, position = _first(table, np.flatnonzero(wrong))
    value = table.value[at]
    same = [i for i in np.flatnonzero(wrong) if type(table.value[i]) is type(value) and table.value[i] == value]
    count = int(table.rows[same].sum())
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    cell = table.index.keys[int(table.cell[at])] if table.index.names and position is None else None
    place = "" if position is None else f" at position {position}"
    if cell is not None:
        place = f" in cell {', '.join(map(label_text, cell))}"
    such = f"{count:,} such" + (" in all cells" if len(table.index) > 1 else "")
    msg = f"answers must be whole numbers from {scale.low} to {scale.high}, got {value!r}{place} ({such}); {_way_out(value)}"
    return InvalidValueError(msg, value=value, position=position, cell=cell, count=count)


def _way_out(value: object) -> str:
    if isinstance(value, str) and value.replace(",", ".").replace(".", "", 1).strip().isdigit():
        return "the column holds text: convert it to numbers first"
    if isinstance(value, int | str) and not isinstance(value, bool):
        return f"name it in missing=[{value!r}] if it means no answer"
    return 'invalid="drop" leaves such answers out and says how many'


def _first(table: CountsTable, wrong: NDArray[np.intp]) -> tuple[int, int | None]:
    """The row of the table whose value stands first, and where; in the first cell where the source keeps no order."""
    if table.locate is None:
        return int(min(wrong, key=lambda i: (table.cell[i], str(table.value[i])))), None
    places = {table.locate(table.value[i]): int(i) for i in wrong[:_LOOKED_UP]}
    known = [place for place in places if place is not None]
    return (places[min(known)], min(known)) if known else (int(wrong[0]), None)
