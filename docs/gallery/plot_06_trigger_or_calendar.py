"""
A trigger, or a calendar?
=========================

A detector on losses is cheap while nothing happens. Whether it beats the calendar depends on what
it trains on: right after a change, a window is full of the old concept.
"""

from river.drift import ADWIN
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SinceAlarm, SlidingWindow
from clsim.strategy.triggers import Drift, Periodic, WaitFor
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden

world = Synthetic(Sine(0), [Sudden(Sine(1), at="70d")], n=6_000, rate="40/d")
detected = Drift(ADWIN())
runs = clsim.replay(
    world,
    {
        "monthly": clsim.Strategy(Periodic("28d"), SlidingWindow("28d")),
        "on an alarm": clsim.Strategy(detected, SlidingWindow("28d")),
        "later, on what came since": clsim.Strategy(
            WaitFor(detected, labels=200), SinceAlarm(min_rows=150, before="3d")
        ),
    },
    learner=GaussianNB(),
    delay=Constant("2d"),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)

# %%
# The trainings, with the reason of each:

events = runs["later, on what came since"].events
events.loc[events["kind"].isin(["alarm", "train", "deploy"]), ["tick", "kind", "reason", "rows"]]
