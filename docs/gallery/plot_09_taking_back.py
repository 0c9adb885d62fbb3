"""
Taking a model back
===================

A feature is broken for some days, and a model is trained on it. When the feature is mended, that
model is wrong; a guard takes it back to the one before.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import RollBack
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.faults import RescaledFeature

world = RescaledFeature(
    Synthetic(Sine(0), n=4_800, rate="40/d"), feature="x0", factor=-1.0, start="47d", end="58d"
)
rarely, window = Periodic("28d"), SlidingWindow("7d")
runs = clsim.replay(
    world,
    {
        "no guard": clsim.Strategy(rarely, window),
        "a guard": clsim.Strategy(
            rarely, window, guard=RollBack(margin=0.1, within="14d", window=100, min_labels=50)
        ),
    },
    learner=GaussianNB(),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)

# %%
# Deployments and rollbacks:

events = runs["a guard"].events
events.loc[events["kind"].isin(["deploy", "rollback"]), ["tick", "kind", "model", "reason"]]
