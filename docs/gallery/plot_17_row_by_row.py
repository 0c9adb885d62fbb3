"""
A model of river's that learns row by row
=========================================

It learns each label as it arrives, in the order in which they come. Beside it, the same model
trained anew every week.
"""

from river.tree import HoeffdingAdaptiveTreeClassifier

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden

world = Synthetic(Sine(0), [Sudden(Sine(1), at="60d")], n=2_400, rate="20/d")
runs = clsim.replay(
    world,
    {
        "row by row": clsim.Strategy(Never(), training=RowByRow()),
        "weekly": clsim.Strategy(Periodic("7d"), SlidingWindow("21d")),
    },
    learner=HoeffdingAdaptiveTreeClassifier(grace_period=50, seed=1),
    delay=Constant("2d"),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)

# %%
# The tree notices by itself that its splits err, and grows new ones.

{name: round(run.score, 3) for name, run in runs.items()}
