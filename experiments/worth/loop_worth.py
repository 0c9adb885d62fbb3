"""What three parts of the loop are worth: a rollback, a shadow, and labels that are bought.

``python experiments/worth/loop_worth.py`` prints the tables of the README, and writes
``results/worth/worth.csv``; tests assert what they say. ``results/worth/told.csv`` is what
docs/guards.md and docs/exploration.md tell of re-use and of answers by chance.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import ByPropensity, SlidingWindow
from clsim.strategy.exploration import Explore
from clsim.strategy.guards import RollBack
from clsim.strategy.logging import Everything
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Shadow
from clsim.strategy.reuse import BestFit
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import Never, Performance, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Gaussians, Logistic, Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Periodic as Season
from clsim.streams.drift import Sudden, Temporary
from clsim.streams.feedback import Selective

SEEDS = range(5)


def rollback(drift: str) -> pd.DataFrame:
    """The same retraining every 2,000 events, with and without a guard.

    From event 5,000 on the classes change places: for 1,000 events, or for good. The training at
    event 6,000 learns the change, whichever it is.
    """
    change: Any = Temporary(Sine(1), at=5_000, duration=1_000)
    if drift == "for good":
        change = Sudden(Sine(1), at=5_000)
    guard = RollBack(margin=0.05, within=10, window=1_500, min_labels=100)
    strategies = {
        "kept": Strategy(Periodic(20), SlidingWindow(1_000)),
        "guarded": Strategy(Periodic(20), SlidingWindow(1_000), guard=guard),
    }
    stream = Synthetic(Sine(0), [change], n=12_000, noise=0.05)
    return replayed(stream, strategies, GaussianNB(), tick=100)


def shadow() -> pd.DataFrame:
    """Challengers that learn 100 labels, against a champion that learned 2,000; nothing drifts.

    Rows are kept for 2,000 events, and a twentieth of them is labelled, after a warm-up with all
    labels. The gate judges by 8 labels; the shadow by those of nearly 2,000 events.
    """
    log: Any = {
        "curation": Buying(Random(), Fixed(5), natural=False),
        "logging": Everything(retention=2_000),
    }
    gate = ChampionChallenger(holdout=8, min_rows=5)
    trial = Shadow(1_900, margin=0.02, min_labels=60)
    every = Periodic(10)
    strategies = {
        "never": Strategy(Never(), **log),
        "no test": Strategy(every, **log),
        "gate": Strategy(every, offline=gate, **log),
        "gate, then shadow": Strategy(every, offline=gate, online=trial, **log),
    }
    stream = Synthetic(Logistic(6), n=22_000, noise=0.05)
    return replayed(stream, strategies, GaussianNB(), tick=100)


def labels() -> pd.DataFrame:
    """Every label, or a tenth of them picked at random; both learn from the last 4,000 events."""
    tenth = Buying(Random(), Fixed(20), natural=False)
    strategies = {
        "all labels": Strategy(Periodic(5), SlidingWindow(4_000)),
        "a tenth": Strategy(Periodic(5), SlidingWindow(400), curation=tenth),
        "never": Strategy(Never()),
    }
    drift = [Sudden(Logistic(4, variant=1), at=10_000)]
    stream = Synthetic(Logistic(4), drift, n=22_000, noise=0.05)
    return replayed(stream, strategies, LogisticRegression(), tick=200)


def reuse() -> pd.DataFrame:
    """Two concepts in turns of 30 days: train when the score falls, or take the former model back.

    As docs/guards.md has it. Labels come a day late, and trainings take two days.
    """
    stream = Synthetic(Sine(0), [Season(Sine(1), "60d", shape="square")], n=8_640, rate="24/d")
    falls = Performance(below=0.75, window=60, min_labels=40)
    parts: Any = {"dataset": SlidingWindow("10d"), "training": Stateless(duration="2d")}
    fit = BestFit(keeps=5, margin=0.05, window=60, min_labels=30)
    strategies = {
        "never": Strategy(Never()),
        "train": Strategy(falls, **parts),
        "re-use": Strategy(falls, **parts, reuse=fit),
    }
    return replayed(stream, strategies, GaussianNB(), tick="1d", warmup="30d", delay=Constant("1d"))


def exploration(selective: bool, seen: bool = False) -> pd.DataFrame:
    """Two clouds that move: good events come to where all are refused, or the drift is ``seen``.

    As docs/exploration.md has it; ``selective`` is whether labels are known only where the answer
    is 1.
    """
    one, other = ([[-1.0, 0.0], [1.0, 0.0]], [[-3.0, 0.0], [-1.0, 0.0]])
    drift = [Sudden(Gaussians(means=[[0, -1], [0, 1]] if seen else other), at=2_000)]
    stream: Any = Synthetic(Gaussians(means=one), drift, n=6_000)
    window, chance = SlidingWindow(1_000), Explore(0.1, to=1)
    strategies = {
        "as ever": Strategy(Periodic(1), window),
        "explores": Strategy(Periodic(1), ByPropensity(window), exploration=chance),
        "without weights": Strategy(Periodic(1), window, exploration=chance),
    }
    stream = Selective(stream) if selective else stream
    return replayed(stream, strategies, LogisticRegression(), 100, 1_000, seeds=range(4))


def replayed(
    stream: Any,
    strategies: Mapping[str, Strategy],
    learner: Any,
    tick: int | str,
    warmup: int | str = 2_000,
    seeds: Iterable[int] = SEEDS,
    **more: Any,
) -> pd.DataFrame:
    """Quantities of each strategy and seed."""
    found = []
    for seed in seeds:
        runs = clsim.replay(
            stream, strategies, learner=learner, tick=tick, warmup=warmup, seed=seed, **more
        )
        for name, run in runs.items():
            found.append({"strategy": name, "seed": seed, "accuracy": run.score, **run.totals})
    return pd.DataFrame(found).set_index(["strategy", "seed"])


DEMONSTRATIONS = {
    "a rollback, where the drift passes": lambda: rollback("passing"),
    "a rollback, where the drift is for good": lambda: rollback("for good"),
    "a shadow behind a gate with too few labels": shadow,
    "a tenth of the labels": labels,
}
SHOWN = ["accuracy", "errors", "retrainings", "deployments", "rejected", "trials", "rollbacks",
         "labels", "bought"]  # fmt: skip


TOLD = {
    "re-use": reuse,
    "exploration, selective labels": lambda: exploration(selective=True),
    "exploration, all labels": lambda: exploration(selective=False),
    "exploration, selective labels, drift that is seen": lambda: exploration(True, seen=True),
}


def main() -> None:
    found = {name: made()[SHOWN] for name, made in DEMONSTRATIONS.items()}
    for name, table in found.items():
        mean = table.groupby("strategy", sort=False).mean()
        low, high = (table["errors"].groupby("strategy").agg(each) for each in ("min", "max"))
        sys.stdout.write(f"{name}\n{mean.assign(least=low, most=high).round(3).to_string()}\n\n")
    out = Path("results/worth")
    out.mkdir(parents=True, exist_ok=True)
    pd.concat(found, names=["demonstration"]).round(4).to_csv(out / "worth.csv")
    told = {name: made() for name, made in TOLD.items()}
    columns = ["accuracy", "errors", "retrainings", "reuses"]
    table = pd.concat(told, names=["demonstration"]).reindex(columns=columns).round(4)
    sys.stdout.write(table.groupby(level=[0, 1], sort=False).mean().round(3).to_string() + "\n")
    table.to_csv(out / "told.csv")


if __name__ == "__main__":
    main()
