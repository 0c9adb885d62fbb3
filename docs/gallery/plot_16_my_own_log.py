"""
A log of my own, and what runs today
====================================

A table with one row an event: when it happened, what was known, what turned out, when that was
known, and what production answered.
"""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import clsim
from clsim.strategy import AsServed
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic

random = np.random.default_rng(1)
n = 3_000
log = pd.DataFrame(
    {
        "called": pd.date_range("2025-01-01", periods=n, freq="90min"),
        "minutes": random.exponential(5, n),
        "calls": random.poisson(2, n),
    }
)
competitor = log["called"] > "2025-05-01"  # from then on, those who call much stay
score = log["minutes"] + np.where(competitor, -1, 1) * log["calls"] + random.normal(size=n)
log["left"] = score > score.median()
log["known"] = log["called"] + pd.Timedelta(days=14)
log["said"] = log["minutes"] + log["calls"] > 6
log.head()

# %%
# A replay compares strategies with what production did:

runs = clsim.replay(
    clsim.streams.Recorded(log, label="left", time="called", label_time="known", served="said"),
    {
        "today": AsServed(),
        "never": clsim.Strategy(Never()),
        "every two weeks": clsim.Strategy(Periodic("14d"), SlidingWindow("45d")),
    },
    learner=LogisticRegression(),
    tick="1d",
    warmup="60d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)
