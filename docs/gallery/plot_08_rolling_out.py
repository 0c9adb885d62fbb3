"""
Shadow, canary, A/B test
========================

Three ways to try a challenger on the events that are served; of the canary, who answered when.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import ABTest, Canary, Shadow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Sudden

world = Synthetic(Sine(0), [Sudden(Sine(1), at="50d")], n=4_800, rate="40/d")
monthly, window = Periodic("21d"), SlidingWindow("14d")
runs = clsim.replay(
    world,
    {
        "at once": clsim.Strategy(monthly, window),
        "shadow": clsim.Strategy(monthly, window, online=Shadow("7d")),
        "canary": clsim.Strategy(monthly, window, online=Canary(each="3d", min_labels=5)),
        "A/B test": clsim.Strategy(monthly, window, online=ABTest("10d")),
    },
    learner=GaussianNB(),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs["canary"], "lifelines", width=6)

# %%
# A trial takes time in which a better model does not help:

{name: round(run.score, 3) for name, run in runs.items()}
