"""
Never or weekly?
================

Two strategies on the same events. One keeps its first model, the other trains every week on the
last four. After 60 days the classes change places; labels come three days late.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden

world = Synthetic(Sine(0), [Sudden(Sine(1), at="60d")], n=4_800, rate="40/d")
runs = clsim.replay(
    world,
    {
        "never": clsim.Strategy(Never()),
        "weekly": clsim.Strategy(Periodic("7d"), SlidingWindow("28d")),
    },
    learner=GaussianNB(),
    delay=Constant("3d"),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)

# %%
# The weekly model needs weeks to recover, since most of its window is of the old concept. What
# each run came to:

{name: (round(run.score, 3), run.totals["retrainings"]) for name, run in runs.items()}
