"""Customer-service numbers that can be trusted: count once, then ask.

>>> import servicematters as sv
>>> print(sv.nps([10, 9, 9, 8, 7, 6, 3, 10, 10, 9]))
NPS +40.0 [-12.6, +74.1] (95 %, n = 10, adjusted Wald)
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from servicematters import core as core
    from servicematters import frames as frames
    from servicematters import kernels as kernels
    from servicematters import plot as plot
    from servicematters import report as report
    from servicematters import simulate as simulate
    from servicematters import surveys as surveys
    from servicematters import testing as testing
    from servicematters import wire as wire
    from servicematters.core import Change as Change
    from servicematters.core import Estimate as Estimate
    from servicematters.core import Homogeneity as Homogeneity
    from servicematters.core import Index as Index
    from servicematters.core import Sample as Sample
    from servicematters.core import ServiceMattersError as ServiceMattersError
    from servicematters.core import ServiceMattersWarning as ServiceMattersWarning
    from servicematters.core import Target as Target
    from servicematters.core import Verdict as Verdict
    from servicematters.core import share as share
    from servicematters.surveys import ScoreTally as ScoreTally
    from servicematters.surveys import ces as ces
    from servicematters.surveys import csat as csat
    from servicematters.surveys import csat_change as csat_change
    from servicematters.surveys import nps as nps
    from servicematters.surveys import nps_change as nps_change
else:
    from servicematters._doors import doors

    __getattr__, __dir__, __all__ = doors(
        __name__,
        {
            "servicematters.core": (
                "Change",
                "Estimate",
                "Homogeneity",
                "Index",
                "Sample",
                "ServiceMattersError",
                "ServiceMattersWarning",
                "Target",
                "Verdict",
                "share",
            ),
            "servicematters.surveys": ("ScoreTally", "ces", "csat", "csat_change", "nps", "nps_change"),
        },
        ("core", "frames", "kernels", "plot", "report", "simulate", "surveys", "wire"),
        extras=("testing",),
    )
