"""Pictures of estimates: the interval first, the point second. Needs the extra ``plot``."""

from typing import TYPE_CHECKING, Any

import numpy as np

from servicematters.core.errors import MissingExtraError
from servicematters.core.estimate import Estimate
from servicematters.core.printing import form, label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["intervals"]

_MOST_LABELS = 16
_WIDE_LABELS = 70  # characters side by side before labels would run into each other


def intervals(estimate: Estimate, *, ax: "Axes | None" = None) -> "Axes":
    """Draw each cell's interval as a bar and its value as a dot, in the order of the cells.

    Parameters
    ----------
    estimate
        Any estimate. Cells without answers leave a gap.
    ax
        Axes to draw on; new ones by default.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import servicematters as sv
    >>> months = {"score": [10, 9, 3, 7, 8, 10], "month": ["2026-05"] * 3 + ["2026-06"] * 3}
    >>> axes = intervals(sv.nps(sv.ScoreTally.from_frame(months, "score", by="month")))
    >>> axes.get_ylabel()
    'NPS'
    """
    axes = _axes() if ax is None else ax
    factor = form(estimate.unit).factor
    value, low, high = (factor * np.atleast_1d(a) for a in (estimate.value, estimate.low, estimate.high))
    at = np.arange(value.size)
    known = ~np.isnan(value)
    axes.vlines(at[known], low[known], high[known], color="#8fb3d9", linewidth=6, zorder=2)
    axes.plot(at[known], value[known], "o", color="#123a5e", markersize=5, zorder=3)
    if estimate.unit == "NPS points":
        axes.axhline(0, color="0.5", linewidth=0.8, zorder=1)
    labels = [", ".join(map(label_text, key)) for key in estimate.index.keys]
    step = -(-len(labels) // _MOST_LABELS) or 1
    axes.set_xticks(at[::step], labels[::step], parse_math=False)
    if sum(map(len, labels[::step])) > _WIDE_LABELS:
        axes.tick_params(axis="x", labelrotation=45)
    axes.set_xlabel(", ".join(estimate.index.names))
    unit = {"share": " [percent]", "NPS points": ""}.get(estimate.unit, f" [{estimate.unit}]")
    axes.set_ylabel(estimate.name + unit)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.03)
    return axes


def _axes() -> Any:
    try:
        from matplotlib import pyplot as plt  # an extra; notebooks show what pyplot knows of
    except ImportError as error:
        raise MissingExtraError("drawing", "plot") from error
    return plt.subplots(figsize=(8, 3.2), layout="constrained")[1]
