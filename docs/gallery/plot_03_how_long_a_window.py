"""
How long a window?
==================

A short window follows a change sooner; a long one has more rows. Which is better depends on how
fast the world moves, and a replay says it for yours.
"""

from sklearn.linear_model import LogisticRegression

import clsim
from clsim.strategy.datasets import All, SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.drift import Gradual

world = Synthetic(
    Logistic(variant=0), [Gradual(Logistic(variant=1), at="80d", width="40d")], n=6_000, rate="40/d"
)
weekly = Periodic("7d")
runs = clsim.replay(
    world,
    {
        "a week": clsim.Strategy(weekly, SlidingWindow("7d")),
        "a month": clsim.Strategy(weekly, SlidingWindow("30d")),
        "all": clsim.Strategy(weekly, All()),
    },
    learner=LogisticRegression(),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)

# %%
# Before the change the longest window is best, and after it the shortest that has rows enough.

{name: round(run.score, 3) for name, run in runs.items()}
