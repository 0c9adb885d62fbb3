"""What does a replay of micro-batches take, beside a bare loop of the same calls?

python experiments/speed/micro_batches.py [--repeats 7] [--rows 205000] [--out results/speed]

A model begins with a warm-up of ten batches, and is then given each batch of 512 rows once, when
all of its labels have come: ten batches a tick, or one. The bare loop makes the same calls on the
same rows, and its answers are asserted to be the same. It scores nothing and keeps nothing;
`copied` is the same loop with a copy of the model before each tick's batches, as a champion needs
who is to go on when a training fails. Processor seconds, one thread, by turns; the least of the
repeats. Wanted: at most 1.15 times as long.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from replay import table
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import clsim
from clsim import Strategy
from clsim.runs.run import Run
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.training import Stateful
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded

BATCH, WARMUP = 512, 5_120
TICKS = {"ten": 10 * BATCH, "one": BATCH}
"""Rows of a tick, by how many batches it has."""

WANTED = 1.15

LEARNERS = {
    "GaussianNB": GaussianNB(),
    "SGDClassifier": SGDClassifier(random_state=0),
    "StandardScaler, SGDClassifier": Pipeline(
        [("scale", StandardScaler()), ("linear", SGDClassifier(random_state=0))]
    ),
    "MLPClassifier (32)": MLPClassifier((32,), random_state=0),
}


def update(model: Any, X: np.ndarray, y: np.ndarray, **classes: Any) -> None:
    """One batch, as one would write it for an estimator or a pipeline."""
    if not isinstance(model, Pipeline):
        model.partial_fit(X, y, **classes)
        return
    for _, step in model.steps[:-1]:
        X = step.partial_fit(X).transform(X)
    model.steps[-1][1].partial_fit(X, y, **classes)


def bare(
    X: np.ndarray, y: np.ndarray, learner: Any, tick: int, *, copies: bool = False
) -> np.ndarray:
    """The answers to all events after the warm-up, by a loop of the calls alone."""
    model = clone(learner)
    update(model, X[:WARMUP], y[:WARMUP], classes=np.unique(y))
    answers = np.empty_like(y[WARMUP:])
    for start in range(WARMUP, len(X), tick):
        if start > WARMUP:
            model = copy.deepcopy(model) if copies else model
            for first in range(start - tick, start, BATCH):
                update(model, X[first : first + BATCH], y[first : first + BATCH])
        answers[start - WARMUP : start - WARMUP + tick] = model.predict(X[start : start + tick])
    return answers


def replayed(stream: Recorded, learner: Any, tick: int, record: str = "ticks") -> Run:
    """The same through clsim."""
    strategy = Strategy(Periodic(1), NewSinceLast(), Stateful(batch=BATCH, initial="partial_fit"))
    return clsim.replay(
        stream, {"micro": strategy}, learner=learner, tick=tick, warmup=WARMUP, record=record
    )["micro"]


def timed(job: Callable[..., Any], *given: Any, **named: Any) -> float:
    """Processor seconds of a job."""
    begin = time.process_time()
    job(*given, **named)
    return time.process_time() - begin


def measured(rows: int, repeats: int) -> pd.DataFrame:
    """Seconds of the three, for each learner, tick and repeat."""
    frame = table(rows)
    stream = Recorded(frame, label="y")
    X, y = frame.drop(columns="y").to_numpy(), frame["y"].to_numpy()
    X = np.ascontiguousarray(X)  # as clsim holds them
    found = []
    for name, learner in LEARNERS.items():
        for batches, tick in TICKS.items():
            run = replayed(stream, learner, tick, "events")
            assert run.predictions is not None
            np.testing.assert_array_equal(
                run.predictions["y_pred"], bare(X, y, learner, tick), err_msg=f"{name}, {batches}"
            )
            trained = (run.events["kind"] == "train").sum() * tick // BATCH
            for repeat in range(repeats):
                seconds = {
                    "bare": timed(bare, X, y, learner, tick),
                    "copied": timed(bare, X, y, learner, tick, copies=True),
                    "clsim": timed(replayed, stream, learner, tick),
                }
                found.append({"learner": name, "batches a tick": batches, "repeat": repeat,
                              "batches": trained, **seconds})  # fmt: skip
    return pd.DataFrame(found)


def summary(seconds: pd.DataFrame) -> pd.DataFrame:
    """The least of each, the ratio, and microseconds of a batch: bare, and how many more."""
    groups = seconds.groupby(["learner", "batches a tick"], sort=False)
    least = groups[["batches", "bare", "copied", "clsim"]].min()
    least["ratio"] = least["clsim"] / least["bare"]
    least["bare, µs"] = 1e6 * least["bare"] / least["batches"]
    for key in ("copied", "clsim"):
        least[f"{key}, more µs"] = 1e6 * (least[key] - least["bare"]) / least["batches"]
    return least.reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--rows", type=int, default=205_000)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    given = parser.parse_args()
    with threadpool_limits(1):
        seconds = measured(given.rows, given.repeats)
    given.out.mkdir(parents=True, exist_ok=True)
    seconds.round(4).to_csv(given.out / "micro_batches.csv", index=False)
    found = summary(seconds)
    print(found.round(2).to_string(index=False))
    for _, row in found[found["ratio"] > WANTED].iterrows():
        print(f"{row['learner']}, {row['batches a tick']} a tick: {row['ratio']:.2f}, not {WANTED}")


if __name__ == "__main__":
    main()
