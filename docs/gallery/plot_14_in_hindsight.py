"""
The best schedule in hindsight
==============================

A model is trained in every tick once. Then every schedule there could have been is a look-up, at
any prices.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Recurring

world = Synthetic(Sine(0), [Recurring([Sine(0), Sine(1)], every="30d")], n=3_600, rate="30/d")
table = clsim.counterfactual(
    world, learner=GaussianNB(), dataset=SlidingWindow("10d"), tick="1d", warmup="20d"
)
prices = clsim.Prices(retraining=15)
best = table.best_schedule(prices)
best.ticks, best.cost

# %%
# Calendars, at the same prices. The cheapest of them is still dearer than the best schedule:

{f"every {days} days": table.periodic(every=days, prices=prices).cost for days in (2, 5, 10, 20)}

# %%
# The least that so many trainings can cost:

table.frontier(prices).head(8)
