"""
How late may labels be?
=======================

The same schedule on the same world, with labels at once, a week and three weeks late.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Recurring

world = Synthetic(Sine(0), [Recurring([Sine(0), Sine(1)], every="45d")], n=6_000, rate="30/d")
strategies = {
    "never": clsim.Strategy(Never()),
    "weekly": clsim.Strategy(Periodic("7d"), SlidingWindow(600)),
}
runs = {
    f"labels after {days} days": clsim.replay(
        world, strategies, learner=GaussianNB(), delay=Constant(f"{days}d"), tick="1d", warmup="30d"
    )
    for days in (0, 7, 21)
}
{late: round(run["weekly"].score, 3) for late, run in runs.items()}

# %%
# A world that turns every 45 days, seen with labels three weeks late:

figure = clsim.plot(runs, "accuracy_over_time", setting="labels after 21 days", width=6)
