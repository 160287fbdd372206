"""Objects as plain JSON values, each with the name of its schema and its version."""

import datetime as dt
import enum
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import fields, has

from servicematters.core.errors import WrongKindError

__all__ = ["VERSION", "to_plain"]

VERSION = 1


def to_plain(value: Any) -> Any:  # noqa: PLR0911  one line a kind
    """JSON form of a value: numbers with full digits, nan as None, infinities as text, dates in ISO form.

    Raises
    ------
    WrongKindError
        For a value that has no such form.
    """
    kind: type[Any] = type(value)
    head = {"schema": f"servicematters.{kind.__name__}", "version": VERSION}
    if has(kind):
        return {**head, **{f.alias: to_plain(getattr(value, f.name)) for f in fields(kind)}}
    match value:
        case enum.Enum():
            return {**head, "value": value.value}
        case None | bool() | int() | str():
            return value
        case float():
            return _number(value)
        case dt.date() if not isinstance(value, dt.datetime):
            return {"date": value.isoformat()}
        case np.ndarray():
            return _listed(value.tolist())
        case np.generic():
            return to_plain(value.item())
        case Mapping():
            return {str(k): to_plain(v) for k, v in value.items()}
        case list() | tuple():
            return [to_plain(v) for v in value]
    msg = f"{kind.__name__} has no JSON form"
    raise WrongKindError(msg)


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return [_listed(v) for v in value]
    return _number(value) if isinstance(value, float) else to_plain(value)
