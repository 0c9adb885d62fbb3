"""
A gate that keeps a bad model out
=================================

For a week an attacker decides the labels of one pattern. Who trains every week on one week learns
them; a gate compares each challenger with the champion on held-out rows first.
"""

from sklearn.tree import DecisionTreeClassifier

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.evaluation import Fixed
from clsim.strategy.offline import Significance
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.faults import PoisonedLabels

world = PoisonedLabels(
    Synthetic(Sine(0), n=4_800, rate="40/d"),
    feature="x0",
    label=1,
    above=0.5,
    share=0.8,
    start="60d",
    end="74d",
)
weekly, window = Periodic("7d"), SlidingWindow("14d")
gate = Significance("not_worse", margin=0.1, holdout=Fixed(400))
runs = clsim.replay(
    world,
    {
        "no gate": clsim.Strategy(weekly, window),
        "a gate": clsim.Strategy(weekly, window, offline=gate),
    },
    learner=DecisionTreeClassifier(min_samples_leaf=20),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)

# %%
# What the gate found:

events = runs["a gate"].events
events.loc[events["kind"] == "offline_test", ["tick", "model", "rows", "accepted", "reason"]]
