"""What is legal but doubtful; every warning has an opt-out argument at the call that raised it."""

__all__ = [
    "ApproximationWarning",
    "DataQualityWarning",
    "ServiceMattersWarning",
    "ShiftedScaleWarning",
    "SmallSampleWarning",
]


class ServiceMattersWarning(UserWarning):
    """Root of every warning that this library gives."""


class SmallSampleWarning(ServiceMattersWarning):
    """Too few answers for the method asked for."""


class DataQualityWarning(ServiceMattersWarning):
    """Data that look as if something went wrong on the way."""


class ShiftedScaleWarning(DataQualityWarning):
    """A rating question on which nobody ever used the top rung: an index may have been stored instead of the answer."""


class ApproximationWarning(ServiceMattersWarning):
    """A result that is an approximation where an exact one would have been expected."""
