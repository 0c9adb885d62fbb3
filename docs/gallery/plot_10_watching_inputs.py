"""
Watching inputs
===============

A monitor measures how far each feature has moved from what the model was trained on. It sees a
shift of the inputs at once, and a change of the concept not at all.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FeatureDistribution, Score
from clsim.strategy.rules import Level
from clsim.strategy.triggers import Never, OnSignal
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from clsim.streams.targets import Shift

world = Synthetic(
    Sine(0), [Sudden(Shift({"x0": 0.3}), at="60d"), Sudden(Sine(1), at="90d")], n=4_800, rate="40/d"
)
moved = FeatureDistribution(window="3d")
runs = clsim.replay(
    world,
    {
        "watching": clsim.Strategy(Never(), monitors={"moved": moved, "score": Score(120)}),
        "acting": clsim.Strategy(OnSignal(moved, Level(above=0.4))),
    },
    learner=GaussianNB(),
    delay=Constant("5d"),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs["watching"], "signals", width=6)

# %%
# What each signal says on some days:

signals = runs["watching"].signals
signals[signals["tick"].isin([20, 40, 70, 85])].pivot_table(
    index="tick", columns=["signal", "of"], values="value", dropna=False
).dropna(axis=1, how="all").round(2)
