"""Versioned JSON form of tallies, estimates and domain objects.

Every object becomes a dict of plain JSON values with its ``schema`` and ``version``. A later version of the library reads what
an earlier one wrote; an earlier one refuses what it does not know.

>>> import json
>>> import servicematters as sv
>>> stored = json.dumps(to_dict(sv.ScoreTally.of([10, 9, 3])))
>>> from_dict(json.loads(stored))
ScoreTally(n = 3; left out: nothing)
"""

import datetime as dt
import enum
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from servicematters.core.errors import InvalidValueError, WrongKindError
from servicematters.core.plain import VERSION, to_plain

__all__ = ["SCHEMAS", "from_dict", "to_dict"]

SCHEMAS: Mapping[str, str] = {
    "servicematters.Change": "servicematters.core.change",
    "servicematters.Decomposition": "servicematters.surveys.segments",
    "servicematters.DetectableDifference": "servicematters.surveys.plans",
    "servicematters.Drivers": "servicematters.surveys.driving",
    "servicematters.Estimate": "servicematters.core.estimate",
    "servicematters.Excluded": "servicematters.core.tally",
    "servicematters.Homogeneity": "servicematters.core.change",
    "servicematters.Index": "servicematters.core.index",
    "servicematters.LeagueTable": "servicematters.surveys.league",
    "servicematters.NetPromoterScore": "servicematters.surveys.measures",
    "servicematters.NonresponseBounds": "servicematters.surveys.silence",
    "servicematters.RatingScale": "servicematters.surveys.model",
    "servicematters.Reading": "servicematters.surveys.model",
    "servicematters.Sample": "servicematters.core.sample",
    "servicematters.SampleSize": "servicematters.surveys.plans",
    "servicematters.ScoreTally": "servicematters.surveys.tally",
    "servicematters.Section": "servicematters.core.section",
    "servicematters.ShrunkenScore": "servicematters.surveys.league",
    "servicematters.Target": "servicematters.core.target",
    "servicematters.Verdict": "servicematters.core.target",
    "servicematters.WeightedScoreTally": "servicematters.surveys.tally",
}
"""Schema to the module of its class; nothing else is ever built from a file."""


def to_dict(thing: Any) -> dict[str, Any]:
    """JSON form of an object of the library.

    Raises
    ------
    WrongKindError
        If the thing is not one of ``SCHEMAS``.
    """
    if f"servicematters.{type(thing).__name__}" not in SCHEMAS:
        msg = f"{type(thing).__name__} has no JSON form; there are {', '.join(s.partition('.')[2] for s in SCHEMAS)}"
        raise WrongKindError(msg)
    plain: dict[str, Any] = thing.to_dict() if hasattr(thing, "to_dict") else to_plain(thing)
    return plain


def from_dict(stored: Any) -> Any:
    """Object from its JSON form.

    Raises
    ------
    InvalidValueError
        If the schema is unknown, its version is newer than this library, or a field is missing or unknown.
    """
    if not isinstance(stored, Mapping) or "schema" not in stored:
        msg = f"a stored object needs its schema, got {_brief(stored)}"
        raise InvalidValueError(msg)
    schema, version = stored["schema"], stored.get("version")
    if not isinstance(schema, str) or schema not in SCHEMAS:
        msg = f"unknown schema {schema!r}; this version reads {', '.join(SCHEMAS)}"
        raise InvalidValueError(msg, value=schema)
    if type(version) is not int or not 1 <= version <= VERSION:
        msg = f"{schema} version {version!r} cannot be read, only 1 to {VERSION}; upgrade servicematters"
        raise InvalidValueError(msg, value=version)
    kind: Any = getattr(import_module(SCHEMAS[schema]), schema.partition(".")[2])
    names = [name for name in stored if name not in ("schema", "version")]
    try:
        fields = {name: _read(stored[name]) for name in names}
        if issubclass(kind, enum.Enum):
            return kind(fields["value"])
        return getattr(kind, "from_plain", kind)(**fields)
    except InvalidValueError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        msg = f"{schema} cannot be built from the fields {', '.join(map(str, names)) or 'none'}: {error}"
        raise InvalidValueError(msg) from error


def _read(value: Any) -> Any:
    match value:
        case {"schema": _}:
            return from_dict(value)
        case {"date": str(day)} if len(value) == 1:
            return dt.date.fromisoformat(day)
        case dict():
            return {k: _read(v) for k, v in value.items()}
        case list():
            return tuple(_read(v) for v in value) if not _numeric(value) else value
        case _:
            return value


def _numeric(values: list[Any]) -> bool:
    return all(isinstance(v, int | float | None) and not isinstance(v, bool) for v in values)


def _brief(thing: object) -> str:
    text = repr(thing)
    return text if len(text) <= 60 else f"{text[:57]}…"
