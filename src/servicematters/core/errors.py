"""What can go wrong, as one tree; each error is also the built-in that a Python user would catch."""

from collections.abc import Iterable

__all__ = [
    "CellsDifferError",
    "DefinitionsDifferError",
    "IllegalTransitionError",
    "InvalidValueError",
    "MissingColumnError",
    "MissingExtraError",
    "ReversedIntervalError",
    "ServiceMattersError",
    "UnsupportedEngineError",
    "WrongKindError",
]


class ServiceMattersError(Exception):
    """Root of every error that this library raises on purpose."""


class WrongKindError(ServiceMattersError, TypeError):
    """A thing of another kind was needed: text for a number, a tally of another room, one cell for many."""


class InvalidValueError(ServiceMattersError, ValueError):
    """A value of the right kind that cannot be right.

    Attributes
    ----------
    value
        The first offending value, where there is one.
    position
        Its place in the column, counted from 0; None where the engine keeps no order.
    cell
        Label of its cell; None where nothing was grouped.
    count
        How many rows hold the same value. [rows]
    """

    def __init__(
        self,
        message: str,
        *,
        value: object = None,
        position: int | None = None,
        cell: object = None,
        count: int | None = None,
    ) -> None:
        super().__init__(message)
        self.value = value
        self.position = position
        self.cell = cell
        self.count = count


class MissingColumnError(ServiceMattersError, KeyError):
    """A column that was asked for is not there; the message lists those that are."""

    def __init__(self, name: object, columns: Iterable[object] = ()) -> None:
        super().__init__(name, tuple(columns))
        self.name = name
        self.columns = tuple(columns)

    def __str__(self) -> str:
        return f"no column {self.name!r}; there are {', '.join(map(repr, self.columns)) or 'none'}"


class MissingExtraError(ServiceMattersError, ImportError):
    """A package of an optional extra is not installed; the message says which extra to install."""

    def __init__(self, task: str, extra: str) -> None:
        super().__init__(task, extra)
        self.task = task
        self.extra = extra

    def __str__(self) -> str:
        return f'{self.task} needs an extra: pip install "servicematters[{self.extra}]"'


class UnsupportedEngineError(ServiceMattersError, TypeError):
    """A data-frame engine that cannot do what was asked; the message names the way round."""


class CellsDifferError(ServiceMattersError, ValueError):
    """Cells that cannot be brought together: other labels, other kinds of label, or a label that is not there."""


class DefinitionsDifferError(ServiceMattersError, ValueError):
    """Counts that were taken under different definitions, such as two rating scales."""


class ReversedIntervalError(ServiceMattersError, ValueError):
    """An interval that ends before it starts."""


class IllegalTransitionError(ServiceMattersError, ValueError):
    """A move that the lifecycle does not allow; the message names the moves that it does."""
