"""How the documentation is built: Sphinx with furo, notebooks run by MyST-NB, the reference from docstrings."""

import re
from importlib.metadata import version as installed

from docutils import nodes
from numpy.typing import ArrayLike
from sphinx.util.inspect import stringify_annotation

from servicematters import surveys
from servicematters.core.arrays import FloatArray, IntArray

project = "servicematters"
author = "The servicematters founders"
copyright = author  # noqa: A001  Sphinx's own name
release = version = installed(project)

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "experiments", "examples", "**/jupyter_execute"]

html_theme = "furo"
html_title = "servicematters"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False

# notebooks: run once, kept in _build, and an error in a cell stops the build
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 120
nb_merge_streams = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# docstrings
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_attr_annotations = False  # written out in full they hide the sentence
napoleon_custom_sections = [("Attributes", "params_style")]  # several names may share a line
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88

# what autodoc writes out in full, and the name that the source has for it
_SHORTER = {
    **{stringify_annotation(kind, "smart"): name for kind, name in ((ArrayLike, "ArrayLike"), (FloatArray, "FloatArray"))},
    stringify_annotation(IntArray, "smart"): "IntArray",
    **{repr(getattr(surveys, name)): name for name in ("CES_SCALE", "CSAT_SCALE", "NPS_BANDS", "NPS_SCALE")},
    "= NOTHING": "= ...",
}
_plain: dict[str, list[str]] = {}


def _prepared(_app, what: str, name: str, _obj, _options, lines: list[str]) -> None:
    """Make ready for napoleon.

    Many docstrings stand on one page and each counts its references from 1: they become lists instead of footnotes. What
    stands before a colon in the docstring of a property is no type, so plain ones are kept from napoleon.
    """
    lines[:] = [re.sub(r"\[(\d+)\]_", r"[\1]", re.sub(r"^\.\. \[(\d+)\] ", r"\1. ", line)) for line in lines]
    if what == "property" and not any(line.startswith("---") for line in lines):
        _plain[name] = list(lines)


def _kept(_app, _what, name: str, _obj, _options, lines: list[str]) -> None:
    lines[:] = _plain.pop(name, lines)


def _shorter_types(_app, _what, _name, _obj, _options, signature: str | None, returns: str | None):
    texts = [signature, returns]
    for written_out, name in _SHORTER.items():
        texts = [text and text.replace(written_out, name) for text in texts]
    return texts[0], texts[1]


def _without_last_line(_app, doctree) -> None:
    """Drop the empty line that ends the examples: doctest needs it before the fence, a reader does not."""
    for block in list(doctree.findall(nodes.literal_block)):
        if block.rawsource == block.astext() and block.rawsource.endswith("\n"):
            block.rawsource = block.rawsource.rstrip("\n")
            block[:] = [nodes.Text(block.rawsource)]


def setup(app) -> None:
    app.connect("autodoc-process-docstring", _prepared, priority=100)
    app.connect("autodoc-process-docstring", _kept, priority=900)
    app.connect("autodoc-process-signature", _shorter_types)
    app.connect("doctree-read", _without_last_line)
