"""
From scratch, or on from the model that serves?
===============================================

Stateful training goes on with the rows that the champion has not seen. It touches each row once,
and forgets at its own pace.
"""

from sklearn.linear_model import SGDClassifier

import clsim
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.training import Stateful
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.drift import Sudden

world = Synthetic(
    Logistic(scale=2, variant=0),
    [Sudden(Logistic(scale=2, variant=1), at="60d")],
    n=4_800,
    rate="40/d",
)
weekly = Periodic("7d")
runs = clsim.replay(
    world,
    {
        "from scratch": clsim.Strategy(weekly, SlidingWindow("28d")),
        "going on": clsim.Strategy(weekly, NewSinceLast(), Stateful()),
    },
    learner=SGDClassifier(loss="log_loss"),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)

# %%
# Rows that each was trained on:

{name: int(run.totals["rows_trained"]) for name, run in runs.items()}
