"""
What is a signal worth?
=======================

Rules over each signal are looked up in tables of hindsight. Thresholds are chosen on some draws of
the world and priced on others.
"""

from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.cost.signal_worth import by_quantiles
from clsim.monitoring import FeatureDistribution, Score
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Sudden

world = Synthetic(Sine(0), [Sudden(Sine(1), at=1_800)], n=3_600)
monitors = {"inputs": FeatureDistribution(window=300), "labels": Score(300, of="champion")}
tables = [
    clsim.counterfactual(
        world,
        learner=GaussianNB(),
        dataset=SlidingWindow(400),
        tick=100,
        warmup=400,
        seed=seed,
        monitors=monitors,
    )
    for seed in range(4)
]
tuning, scored = tables[:2], tables[2:]
rules = by_quantiles(tuning, {"inputs": "above", "labels": "below"}, count=20)
worth = clsim.analysis.signal_worth(
    tuning, scored, rules, clsim.Prices(retraining=20), labels="labels"
)
worth[["signal", "level", "retrainings", "worth", "random", "over_labels", "luck"]].round(2)

# %%
# Labels see the change, and their rule trains once. Inputs do not move in this world: a rule over
# them fires by chance, trains more often, and saves less.
