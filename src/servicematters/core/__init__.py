"""Floor 1: the words that every room shares."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from servicematters.core.change import Change as Change
    from servicematters.core.change import Homogeneity as Homogeneity
    from servicematters.core.checks import checked as checked
    from servicematters.core.errors import CellsDifferError as CellsDifferError
    from servicematters.core.errors import DefinitionsDifferError as DefinitionsDifferError
    from servicematters.core.errors import IllegalTransitionError as IllegalTransitionError
    from servicematters.core.errors import InvalidValueError as InvalidValueError
    from servicematters.core.errors import MissingColumnError as MissingColumnError
    from servicematters.core.errors import MissingExtraError as MissingExtraError
    from servicematters.core.errors import ReversedIntervalError as ReversedIntervalError
    from servicematters.core.errors import ServiceMattersError as ServiceMattersError
    from servicematters.core.errors import UnsupportedEngineError as UnsupportedEngineError
    from servicematters.core.errors import WrongKindError as WrongKindError
    from servicematters.core.estimate import Estimate as Estimate
    from servicematters.core.index import Index as Index
    from servicematters.core.sample import Sample as Sample
    from servicematters.core.section import Section as Section
    from servicematters.core.shares import share as share
    from servicematters.core.tally import Excluded as Excluded
    from servicematters.core.tally import Tally as Tally
    from servicematters.core.target import Target as Target
    from servicematters.core.target import Verdict as Verdict
    from servicematters.core.warnings import ApproximationWarning as ApproximationWarning
    from servicematters.core.warnings import DataQualityWarning as DataQualityWarning
    from servicematters.core.warnings import ServiceMattersWarning as ServiceMattersWarning
    from servicematters.core.warnings import ShiftedScaleWarning as ShiftedScaleWarning
    from servicematters.core.warnings import SmallSampleWarning as SmallSampleWarning
else:
    from servicematters._doors import doors

    __getattr__, __dir__, __all__ = doors(
        __name__,
        {
            "servicematters.core.change": ("Change", "Homogeneity"),
            "servicematters.core.checks": ("checked",),
            "servicematters.core.errors": (
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
            ),
            "servicematters.core.estimate": ("Estimate",),
            "servicematters.core.index": ("Index",),
            "servicematters.core.sample": ("Sample",),
            "servicematters.core.section": ("Section",),
            "servicematters.core.shares": ("share",),
            "servicematters.core.tally": ("Excluded", "Tally"),
            "servicematters.core.target": ("Target", "Verdict"),
            "servicematters.core.warnings": (
                "ApproximationWarning",
                "DataQualityWarning",
                "ServiceMattersWarning",
                "ShiftedScaleWarning",
                "SmallSampleWarning",
            ),
        },
    )
