"""Open a package's public names only when they are asked for (PEP 562).

Importing ``servicematters`` costs next to nothing; numpy, scipy and the rest arrive with the first name that needs them.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

__all__ = ["doors"]

_HYPOTHESIS = "servicematters._hypothesis"  # imported by Hypothesis itself, through its entry point


def doors(
    package: str, names: Mapping[str, Sequence[str]], modules: Sequence[str] = (), extras: Sequence[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Make ``__getattr__``, ``__dir__`` and ``__all__`` for a package.

    Parameters
    ----------
    package
        Name of the package, its ``__name__``.
    names
        Full name of a module to the public names that live there.
    modules
        Modules of the package that are public themselves.
    extras
        The same for modules that need an extra to be imported at all; reachable, but not listed, so that ``import *``
        and ``help`` work without it.
    """
    where = {name: module for module, inside in names.items() for name in inside}
    public = sorted([*where, *modules])

    def open_door(name: str) -> object:
        if name in modules or name in extras:
            found: object = import_module(f"{package}.{name}")
        elif name in where:
            found = getattr(import_module(where[name]), name)
        else:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg, name=name, obj=sys.modules[package])
        setattr(sys.modules[package], name, found)
        if hook := sys.modules.get(_HYPOTHESIS):
            hook.register_opened()
        return found

    def listed() -> list[str]:
        special = [name for name in vars(sys.modules[package]) if name.startswith("__")]
        return sorted({*special, *public})

    return open_door, listed, public
