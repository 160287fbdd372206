"""Where Hypothesis meets the library: it calls this when it is imported, and every door opened later calls it again."""

from importlib import import_module

__all__ = ["register_opened"]


def register_opened() -> None:
    """Tell Hypothesis of the strategies for all types that have been loaded so far; loads none itself."""
    testing = import_module("servicematters.testing")
    # absent while that module is itself what imports Hypothesis; it then registers at its own end
    if register := getattr(testing, "register_opened", None):
        register()
