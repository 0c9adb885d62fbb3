"""
Who loses by the choice?
========================

The world changes for one slice of the events alone: a fifth of them. The score of all hardly says
so, and no training mends it, since the model does not know of the slice.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Sudden
from clsim.streams.groups import Groups

world = Synthetic(
    Sine(0),
    [Sudden(Sine(1), at="60d", slice="region=north")],
    n=4_800,
    rate="40/d",
    groups={"region": Groups({"north": 1, "south": 4})},
)
runs = clsim.replay(
    world,
    {
        "never": clsim.Strategy(Never()),
        "monthly": clsim.Strategy(Periodic("28d"), SlidingWindow("28d")),
    },
    learner=GaussianNB(),
    tick="1d",
    warmup="30d",
)
clsim.query(runs, metric="score", over="run").pivot_table(
    index="strategy", columns="slice", values="value"
).round(3)
