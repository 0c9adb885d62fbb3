"""Real tables made to drift: rows drawn again and again, by weights that move.

Whoever has a table without time, or without a known drift, imposes one by hand. When is said by a
drift of `clsim.streams.drift`, whose weight is the share of events that it has reached; what, by
the kind that it leads to.
"""

from clsim.streams.resampled.datasets import as_table, covertype, digits, scikit_learn
from clsim.streams.resampled.kinds import Clusters, Column, Kind, LabelPrior, Reweighted, Rotation
from clsim.streams.resampled.stream import Resampled

__all__ = [
    "Clusters",
    "Column",
    "Kind",
    "LabelPrior",
    "Resampled",
    "Reweighted",
    "Rotation",
    "as_table",
    "covertype",
    "digits",
    "scikit_learn",
]
