"""What do two models cost that share the events, against one that answers all?

python experiments/speed/routes.py [--repeats 3] [--ticks 1500] [--out results/speed]

A model is trained anew at the first tick, and serves. `one`: at once. `canary`, `half`, `both`: it
is on trial until the end, with 5 % or half of the events, or with half and asked about all
(interleaving). Seconds are those within the learner's predictions and those of the whole replay,
trainings apart, in turn on one thread. Wanted: predictions at most 2.2 times as long as of one.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

import clsim
from clsim import Strategy
from clsim.protocols import OnlineTest
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import ABTest, Canary, Interleaving, NoTrial
from clsim.strategy.triggers import At
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic

WANTED = 2.2
LEARNERS = {
    "regression": LogisticRegression(),
    "boosted trees": HistGradientBoostingClassifier(max_iter=50, random_state=0),
}
TICK = {"regression": 1000, "boosted trees": 100}
"""Rows of a tick: so many that the learner's predictions take long enough to be timed."""


class Timed(ClassifierMixin, BaseEstimator):
    """A learner that notes how long it trains and predicts, and how many rows it is asked."""

    spent: dict[str, float] = {}

    def __init__(self, learner: Any) -> None:
        self.learner = learner

    def fit(self, X: Any, y: Any) -> Timed:
        before = time.process_time()
        self.learner.fit(X, y)
        self.classes_ = self.learner.classes_
        self._note("training", before)
        return self

    def predict(self, X: Any) -> Any:
        before = time.process_time()
        found = self.learner.predict(X)
        self._note("predicting", before)
        self.spent["rows"] = self.spent.get("rows", 0) + len(X)
        return found

    def _note(self, what: str, before: float) -> None:
        self.spent[what] = self.spent.get(what, 0.0) + time.process_time() - before


def ways(ticks: int, tick: int) -> dict[str, OnlineTest]:
    """How the new model is rolled out; trials go on until one tick before the end."""
    length = (ticks - 2) * tick
    return {
        "one": NoTrial(),
        "canary": Canary(length, [0.05], min_labels=2),
        "half": ABTest(length, min_labels=2),
        "both": Interleaving(length, min_labels=2),
    }


def measured(name: str, ticks: int) -> list[dict[str, Any]]:
    """Seconds and rows of each way, once."""
    tick = TICK[name]
    stream = Synthetic(Logistic(10), n=(ticks + 10) * tick, noise=0.05)
    found = []
    for way, online in ways(ticks, tick).items():
        Timed.spent.clear()
        strategy = Strategy(At([1]), SlidingWindow(10 * tick), online=online)
        before = time.process_time()
        clsim.replay(
            stream, {way: strategy}, learner=Timed(LEARNERS[name]), tick=tick, warmup=10 * tick
        )
        whole, spent = time.process_time() - before, dict(Timed.spent)
        found.append(
            {
                "learner": name, "way": way, "rows": int(spent["rows"]),
                "predictions": spent["predicting"], "replay": whole - spent["training"],
            }
        )  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ticks", type=int, default=1500)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    given = parser.parse_args()
    with threadpool_limits(1):
        rounds = [measured(name, given.ticks) for name in LEARNERS for _ in range(given.repeats)]
    frame = pd.DataFrame([row for each in rounds for row in each])
    given.out.mkdir(parents=True, exist_ok=True)
    frame.to_csv(given.out / "routes.csv", index=False, float_format="%.4f")
    table = frame.groupby(["learner", "way"], sort=False).min(numeric_only=True)
    one = table.xs("one", level="way")
    for column in ("rows", "predictions", "replay"):
        table[f"{column}, of one"] = table[column] / one[column].reindex(table.index, level=0)
    print(table.round(3).to_string())
    for (learner, way), ratio in table["predictions, of one"].items():
        if ratio > WANTED:
            print(f"{learner}, {way}: predictions {ratio:.2f} times those of one, wanted {WANTED}")


if __name__ == "__main__":
    main()
