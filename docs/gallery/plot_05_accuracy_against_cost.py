"""
Accuracy against cost
=====================

Each point is a strategy, with its interval over draws of the world. Nobody lies both above and to
the left of a point on the staircase.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Performance, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Recurring

world = Synthetic(Sine(0), [Recurring([Sine(0), Sine(1)], every="35d")], n=4_500, rate="30/d")
window = SlidingWindow("14d")
strategies = {
    "never": clsim.Strategy(Never()),
    "monthly": clsim.Strategy(Periodic("28d"), window),
    "weekly": clsim.Strategy(Periodic("7d"), window),
    "daily": clsim.Strategy(Periodic("1d"), window),
    "score below .8": clsim.Strategy(Performance(below=0.8, window=150), window),
}
seeds = [
    clsim.replay(world, strategies, learner=GaussianNB(), tick="1d", warmup="30d", seed=seed)
    for seed in range(4)
]
figure = clsim.plot(seeds, "accuracy_cost", prices={"retraining": 20}, width=6)

# %%
# Scores of each draw, as a frame:

scores = clsim.query(seeds, metric="score", over="run")
scores.pivot_table(index="strategy", columns="seed", values="value").round(3)
