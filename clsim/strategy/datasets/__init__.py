"""Dataset formation: on which labelled rows to train."""

from clsim.strategy.datasets.balanced import Balanced
from clsim.strategy.datasets.best import BestWindow
from clsim.strategy.datasets.drawn import ByLoss, Replayed, Sampled
from clsim.strategy.datasets.nearest import Nearest
from clsim.strategy.datasets.propensity import ByPropensity
from clsim.strategy.datasets.since import SinceAlarm, SinceChange
from clsim.strategy.datasets.taught import Having
from clsim.strategy.datasets.vetted import Vetted
from clsim.strategy.datasets.windows import All, NewSinceLast, SlidingWindow
from clsim.strategy.datasets.within import Decayed

__all__ = [
    "All", "Balanced",
    "ByPropensity", "BestWindow", "ByLoss", "Decayed", "Having", "Nearest", "NewSinceLast",
    "Replayed", "Sampled", "SinceAlarm", "SinceChange", "SlidingWindow", "Vetted",
]  # fmt: skip
