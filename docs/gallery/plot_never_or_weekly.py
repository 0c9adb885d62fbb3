"""
Never or weekly?
================

Two strategies on the same events: one keeps its first model, the other trains every week.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden

stream = Synthetic(SEA(0), n=6_000, rate="40/d", drifts=[Sudden(at="75d", to=SEA(2))])
runs = clsim.replay(
    stream,
    {
        "never": clsim.Strategy(Never()),
        "weekly": clsim.Strategy(Periodic("7d"), SlidingWindow("28d")),
    },
    delay=Constant("3d"),
    learner=GaussianNB(),
    tick="1d",
    warmup="30d",
)
clsim.plot(runs, "accuracy_over_time")
