"""
Which labels to buy?
====================

No label comes by itself, and five are bought a day: at random, or where the model is unsure.
"""

from sklearn.linear_model import LogisticRegression

import clsim
from clsim.strategy.curation import Buying, Fixed, Random, Uncertainty
from clsim.strategy.datasets import All
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic

world = Synthetic(Logistic(n_features=8, scale=4), n=4_000, rate="40/d")
weekly, five = Periodic("7d"), Fixed(5, per="1d")
strategies = {
    "at random": clsim.Strategy(weekly, All(), curation=Buying(Random(), five, natural=False)),
    "where unsure": clsim.Strategy(
        weekly, All(), curation=Buying(Uncertainty(), five, natural=False)
    ),
    "all labels": clsim.Strategy(weekly, All()),
}
seeds = [
    clsim.replay(world, strategies, learner=LogisticRegression(), tick="1d", warmup="1d", seed=seed)
    for seed in (0, 1, 2)
]
figure = clsim.plot(seeds, "accuracy_over_time", width=6)

# %%
# What was paid, and what came out, for each draw of the world:

[
    {name: (round(run.score, 3), int(run.totals["bought"])) for name, run in runs.items()}
    for runs in seeds
]
