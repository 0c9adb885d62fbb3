"""
Other answers without a training
================================

The shares of the classes change, and nothing else does. Correcting the model's probabilities for
it needs neither labels nor a training.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy.adaptation import PriorCorrection
from clsim.strategy.triggers import Never
from clsim.streams import Synthetic
from clsim.streams.concepts import Gaussians
from clsim.streams.drift import Sudden
from clsim.streams.targets import Prior

world = Synthetic(
    Gaussians(scale=0.5),
    [Sudden(Prior([0.1, 0.9]), at="60d")],
    n=4_800,
    rate="40/d",
    balance=[0.5, 0.5],
)
runs = clsim.replay(
    world,
    {
        "as trained": clsim.Strategy(Never()),
        "corrected": clsim.Strategy(Never(), adaptation=PriorCorrection(window=300)),
    },
    learner=GaussianNB(),
    tick="1d",
    warmup="30d",
)
figure = clsim.plot(runs, "accuracy_over_time", width=6)
{name: round(run.score, 3) for name, run in runs.items()}
