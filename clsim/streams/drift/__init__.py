"""Drifts: when something changes, as a weight that is a function of time.

Times are those of the stream: durations since its start where it has time, else row numbers. What
changes is the target ``to``: another concept, a change of the inputs (`clsim.streams.targets`), or
other class shares.
"""

from clsim.streams.drift.position import Between
from clsim.streams.drift.recurring import Recurring
from clsim.streams.drift.shapes import Gradual, Incremental, Periodic, Sudden, Temporary
from clsim.streams.drift.total import Sum
from clsim.streams.drift.walk import RandomWalk
from clsim.streams.drift.weight import Drift

__all__ = [
    "Between",
    "Drift",
    "Gradual",
    "Incremental",
    "Periodic",
    "RandomWalk",
    "Recurring",
    "Sudden",
    "Sum",
    "Temporary",
]
