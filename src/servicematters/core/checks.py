"""Check values at the door: validators made from the words in a type, so that each limit is written once."""

import math
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from annotated_types import BaseMetadata, Ge, GroupedMetadata, Gt, Le, Lt, MaxLen, MinLen
from attrs import Attribute

from servicematters.core.errors import InvalidValueError, WrongKindError

__all__ = ["checked", "chosen", "probability"]

T = TypeVar("T")
Validator = Callable[[object, "Attribute[Any]", Any], None]


def checked(_cls: type, fields: list["Attribute[Any]"]) -> list["Attribute[Any]"]:
    """Give every field of an attrs class the validator that its annotation describes.

    Use as ``@frozen(field_transformer=checked)``. Understands plain types, unions, and ``annotated_types`` limits; Hypothesis
    reads the same annotations, so it draws only values that pass. Modules that use this must not postpone annotations.

    Examples
    --------
    >>> from typing import Annotated
    >>> from annotated_types import Ge
    >>> from attrs import frozen
    >>> @frozen(field_transformer=checked)
    ... class Queue:
    ...     waiting: Annotated[int, Ge(0)]
    >>> Queue(-1)
    Traceback (most recent call last):
    servicematters.core.errors.InvalidValueError: waiting must be at least 0, got -1
    """
    return [field.evolve(validator=_together(_from_type(field.type), field.validator)) for field in fields]


def _together(*validators: Validator | None) -> Validator | None:
    wanted = [v for v in validators if v is not None]
    if not wanted:
        return None

    def validate(instance: object, field: "Attribute[Any]", value: Any) -> None:
        for validator in wanted:
            validator(instance, field, value)

    return validate


def _from_type(annotation: object) -> Validator | None:
    kinds, limits = _kinds_and_limits(annotation)
    if not kinds:
        return None

    def validate(_instance: object, field: "Attribute[Any]", value: Any) -> None:
        if value is None and type(None) in kinds:
            return
        if not _is_kind(value, kinds):
            names = " or ".join("None" if k is type(None) else k.__name__ for k in kinds)
            msg = f"{field.name} must be {names}, got {value!r}"
            raise WrongKindError(msg)
        for limit in limits:
            if problem := _problem(limit, value):
                msg = f"{field.name} must {problem}, got {value!r}"
                raise InvalidValueError(msg, value=value)

    return validate


def _kinds_and_limits(annotation: object) -> tuple[tuple[type, ...], list[BaseMetadata]]:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        kinds, limits = _kinds_and_limits(inner)
        found: list[object] = [one for mark in marks for one in (mark if isinstance(mark, GroupedMetadata) else [mark])]
        return kinds, [*limits, *(one for one in found if isinstance(one, BaseMetadata))]
    if get_origin(annotation) in (Union, UnionType):
        parts = [_kinds_and_limits(a) for a in get_args(annotation)]
        if not all(kinds for kinds, _ in parts):
            return (), []
        return tuple(k for kinds, _ in parts for k in kinds), [m for _, limits in parts for m in limits]
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return (annotation,), []
    return (), []


def _is_kind(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in kinds or object in kinds
    if float in kinds and isinstance(value, int):
        return True
    return isinstance(value, kinds)


def _problem(limit: BaseMetadata, value: Any) -> str | None:  # noqa: PLR0911  one line a limit
    # written as "not (…)" so that nan fails every limit
    match limit:
        case Ge(least) if not value >= least:
            return f"be at least {least}"
        case Gt(least) if not value > least:
            return f"be more than {least}"
        case Le(most) if not value <= most:
            return f"be at most {most}"
        case Lt(most) if not value < most:
            return f"be less than {most}"
        case MinLen(least) if not len(value) >= least:
            return f"have at least {least} items"
        case MaxLen(most) if not len(value) <= most:
            return f"have at most {most} items"
        case _:
            return None


def chosen(methods: Mapping[str, T], method: str) -> T:
    """The method asked for.

    Raises
    ------
    InvalidValueError
        If there is no such method; lists those that there are.
    """
    try:
        return methods[method]
    except (KeyError, TypeError):
        msg = f"method must be one of {', '.join(methods)}, got {method!r}"
        raise InvalidValueError(msg, value=method) from None


def probability(value: object, name: str = "confidence") -> float:
    """Check a number strictly between 0 and 1, such as a confidence.

    Raises
    ------
    InvalidValueError
        If it lies elsewhere; 95 gets the hint that 95 % is 0.95.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"{name} must be a number between 0 and 1, got {value!r}"
        raise WrongKindError(msg)
    if not (math.isfinite(value) and 0 < value < 1):
        hint = f"; {value:g} % is {value / 100:g}" if 1 < value < 100 else ""
        msg = f"{name} must lie between 0 and 1, got {value!r}{hint}"
        raise InvalidValueError(msg, value=value)
    return float(value)
