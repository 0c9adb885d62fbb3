"""
What does it cost?
==================

A replay counts errors and trainings. Prices turn them into money, afterwards and as often as you
like.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Recurring

world = Synthetic(Sine(0), [Recurring([Sine(0), Sine(1)], every="40d")], n=5_400, rate="30/d")
window = SlidingWindow("14d")
strategies = {
    "never": clsim.Strategy(Never()),
    "monthly": clsim.Strategy(Periodic("28d"), window),
    "weekly": clsim.Strategy(Periodic("7d"), window),
    "daily": clsim.Strategy(Periodic("1d"), window),
}
seeds = [
    clsim.replay(
        world,
        strategies,
        learner=GaussianNB(),
        delay=Constant("3d"),
        tick="1d",
        warmup="30d",
        seed=seed,
    )
    for seed in (0, 1, 2)
]
dear = clsim.plot(seeds, "total_cost", prices={"retraining": 20, "currency": "EUR"}, width=6)

# %%
# Where a training costs as much as one wrong answer, another strategy is the cheapest:

cheap = clsim.plot(seeds, "total_cost", prices={"retraining": 1, "currency": "EUR"}, width=6)
