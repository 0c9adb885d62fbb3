"""What each way of rolling out costs where a challenger is bad, and where it is good.

``python experiments/rollout/ways.py`` prints the table of docs/rollouts.md, and writes
``results/rollout/ways.csv``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from river.bandit import ThompsonSampling
from river.proba import Beta
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import ABTest, Bandit, Canary, Interleaving, NoTrial, Shadow
from clsim.strategy.online.rules import SPRT, ConfidenceSequence, GroupSequential
from clsim.strategy.triggers import At
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden, Temporary

SEEDS = range(5)
WAYS = {
    "at once": NoTrial(),
    "shadow": Shadow(1_000),
    "shadow, Wald": Shadow(1_000, rule=SPRT(0.1), min_labels=50),
    "canary": Canary(500, min_labels=10),
    "canary, sequence": Canary(500, rule=ConfidenceSequence(300, by_arm=False), min_labels=10),
    "A/B": ABTest(1_000),
    "A/B, group-sequential": ABTest(1_000, rule=GroupSequential(800), min_labels=50),
    "A/B, Wald": ABTest(1_000, rule=SPRT(0.1), min_labels=50),
    "Thompson": Bandit(1_000, ThompsonSampling(reward_obj=Beta()), min_labels=20),
    "interleaving": Interleaving(1_000, min_labels=20),
}


def ways(drift: str, seeds: Iterable[int] = SEEDS) -> pd.DataFrame:
    """Wrong answers in the 3,000 events after a training at event 6,000, in the mean over seeds.

    From event 5,000 on the classes change places: for 1,000 events, so that the challenger has
    learned what has just ended; or for good, so that it is the only one that is right. Labels come
    100 events late.
    """
    change: Any = Temporary(Sine(1), at=5_000, duration=1_000)
    if drift == "for good":
        change = Sudden(Sine(1), at=5_000)
    stream = Synthetic(Sine(0), [change], n=9_000, noise=0.05)
    strategies = {
        name: Strategy(At([50]), SlidingWindow(900), online=way) for name, way in WAYS.items()
    }
    found = []
    for seed in seeds:
        runs = clsim.replay(
            stream, strategies, learner=GaussianNB(), tick=100, warmup=1_000, seed=seed,
            delay=Constant(100),
        )  # fmt: skip
        for name, run in runs.items():
            after = run.ticks[(run.ticks["slice"] == "all") & (run.ticks["tick"] >= 50)]
            deployed = run.events[run.events["kind"] == "deploy"]["tick"]
            found.append({
                "way": name, "wrong": after["loss"].sum(), "promoted": len(deployed),
                "after": 100 * (deployed.min() - 50) if len(deployed) else float("nan"),
            })  # fmt: skip
    return pd.DataFrame(found).groupby("way", sort=False).mean().round(1)


if __name__ == "__main__":
    table = pd.concat({drift: ways(drift) for drift in ("passing", "for good")}, names=["drift"])
    print(table.to_string())
    table.to_csv(Path("results/rollout/ways.csv"))
