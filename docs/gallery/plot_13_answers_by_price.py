"""
Errors that do not cost the same
================================

To miss a fraud costs 10, and a false alarm 1. The answer of the least expected cost is another one
than the likeliest, and needs no other model.
"""

from sklearn.linear_model import LogisticRegression

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic

world = Synthetic(Logistic(n_features=4), n=4_000, rate="40/d", balance=[0.85, 0.15])
weekly, window = Periodic("7d"), SlidingWindow("28d")
runs = clsim.replay(
    world,
    {
        "the likeliest": clsim.Strategy(weekly, window, threshold=0.5),
        "the cheapest": clsim.Strategy(weekly, window, threshold="by_price"),
    },
    learner=LogisticRegression(),
    loss=[[0, 1], [10, 0]],
    metrics=["accuracy", "recall", "precision"],
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "total_cost", width=6)

# %%
# It is wrong more often, and costs less:

{name: {key: run.totals[key] for key in ("errors", "loss")} for name, run in runs.items()}
