"""Surveys: what customers answer, how sure the score is, and whether it moved."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from servicematters.surveys.comparing import csat_change as csat_change
    from servicematters.surveys.comparing import nps_change as nps_change
    from servicematters.surveys.comparing import nps_homogeneity as nps_homogeneity
    from servicematters.surveys.describing import distribution as distribution
    from servicematters.surveys.describing import mean_score as mean_score
    from servicematters.surveys.driving import Drivers as Drivers
    from servicematters.surveys.driving import drivers as drivers
    from servicematters.surveys.league import LeagueTable as LeagueTable
    from servicematters.surveys.league import ShrunkenScore as ShrunkenScore
    from servicematters.surveys.league import shrunken as shrunken
    from servicematters.surveys.measures import NetPromoterScore as NetPromoterScore
    from servicematters.surveys.measures import ces as ces
    from servicematters.surveys.measures import csat as csat
    from servicematters.surveys.measures import net_easy_score as net_easy_score
    from servicematters.surveys.measures import nps as nps
    from servicematters.surveys.model import CES_SCALE as CES_SCALE
    from servicematters.surveys.model import CSAT_SCALE as CSAT_SCALE
    from servicematters.surveys.model import NPS_BANDS as NPS_BANDS
    from servicematters.surveys.model import NPS_SCALE as NPS_SCALE
    from servicematters.surveys.model import RatingScale as RatingScale
    from servicematters.surveys.model import Reading as Reading
    from servicematters.surveys.planning import csat_sample_size as csat_sample_size
    from servicematters.surveys.planning import detectable_difference as detectable_difference
    from servicematters.surveys.planning import nps_power as nps_power
    from servicematters.surveys.planning import nps_sample_size as nps_sample_size
    from servicematters.surveys.plans import DetectableDifference as DetectableDifference
    from servicematters.surveys.plans import SampleSize as SampleSize
    from servicematters.surveys.sections import section as section
    from servicematters.surveys.segments import Decomposition as Decomposition
    from servicematters.surveys.segments import why_it_moved as why_it_moved
    from servicematters.surveys.silence import NonresponseBounds as NonresponseBounds
    from servicematters.surveys.silence import nonresponse_bounds as nonresponse_bounds
    from servicematters.surveys.silence import response_rate as response_rate
    from servicematters.surveys.tally import ScoreTally as ScoreTally
    from servicematters.surveys.tally import WeightedScoreTally as WeightedScoreTally
    from servicematters.surveys.watching import adjusted_change as adjusted_change
    from servicematters.surveys.watching import adjusted_p_values as adjusted_p_values
    from servicematters.surveys.watching import csat_anytime as csat_anytime
    from servicematters.surveys.watching import nps_anytime as nps_anytime
else:
    from servicematters._doors import doors

    __getattr__, __dir__, __all__ = doors(
        __name__,
        {
            "servicematters.surveys.comparing": ("csat_change", "nps_change", "nps_homogeneity"),
            "servicematters.surveys.describing": ("distribution", "mean_score"),
            "servicematters.surveys.measures": ("NetPromoterScore", "ces", "csat", "net_easy_score", "nps"),
            "servicematters.surveys.model": (
                "CES_SCALE",
                "CSAT_SCALE",
                "NPS_BANDS",
                "NPS_SCALE",
                "RatingScale",
                "Reading",
            ),
            "servicematters.surveys.sections": ("section",),
            "servicematters.surveys.driving": ("Drivers", "drivers"),
            "servicematters.surveys.planning": ("csat_sample_size", "detectable_difference", "nps_power", "nps_sample_size"),
            "servicematters.surveys.plans": ("DetectableDifference", "SampleSize"),
            "servicematters.surveys.watching": ("adjusted_change", "adjusted_p_values", "csat_anytime", "nps_anytime"),
            "servicematters.surveys.league": ("LeagueTable", "ShrunkenScore", "shrunken"),
            "servicematters.surveys.segments": ("Decomposition", "why_it_moved"),
            "servicematters.surveys.silence": ("NonresponseBounds", "nonresponse_bounds", "response_rate"),
            "servicematters.surveys.tally": ("ScoreTally", "WeightedScoreTally"),
        },
    )
