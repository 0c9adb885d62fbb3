"""How much time does it take to choose 100 of 10,000 candidates, against the bare calls?

python experiments/speed/curation.py [--repeats 60] [--out results/speed]

A stream of ten features serves 10,000 events a tick. `clsim` is the time of `Buying.buy`: the rows
that can be bought, their features and probabilities, the pick. `bare` does the same on arrays that
lie ready: probabilities of the model and a partition of the margins; distances to 1,000 labelled
rows and a hundred greedy steps; a logistic regression of labelled against candidates. Both in turn,
of the same data in the same tick, on one thread; the picked rows are asserted to be the same.
Wanted: at most 1.3 times as long.

Of probabilities that cost next to nothing, as a regression's, what the engine does to check them
is much beside them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import clsim
from clsim import Strategy
from clsim.protocols import Draw
from clsim.strategy.curation import Buying, Fixed, KCentre, Pick, Uncertainty, Unlike
from clsim.strategy.triggers import Never
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.types import Buy
from clsim.view import View

TICK, LABELS, KNOWN, WANTED = 10_000, 100, 1_000, 1.3


def margin(model: Any, known: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The rows with the least margins between two classes."""
    two = np.partition(model.predict_proba(X), -2, axis=1)[:, -2:]
    return np.argpartition(two[:, 1] - two[:, 0], LABELS)[:LABELS]


def k_centre(model: Any, known: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The rows farthest from all known and picked ones, one after the other."""
    scaler = StandardScaler().fit(known)
    known, X = scaler.transform(known), scaler.transform(X)
    near = cdist(X, known, "sqeuclidean").min(axis=1)
    picked = np.empty(LABELS, dtype=np.int64)
    for i in range(LABELS):
        picked[i] = at = near.argmax()
        np.minimum(near, ((X - X[at]) ** 2).sum(axis=1), out=near)
    return picked


def unlike(model: Any, known: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The rows that a classifier is the surest are not of the known ones."""
    scaler = StandardScaler().fit(known)
    both = np.concatenate([scaler.transform(known), scaler.transform(X)])
    fitted = LogisticRegression().fit(both, np.arange(len(both)) >= len(known))
    found = fitted.predict_proba(both[len(known) :])[:, 1]
    return np.argpartition(-found, LABELS)[:LABELS]


TREES = HistGradientBoostingClassifier(max_iter=50, random_state=0)
CASES: dict[str, tuple[Any, Pick, Callable[..., np.ndarray]]] = {
    "margin, regression": (LogisticRegression(), Uncertainty("margin"), margin),
    "margin, boosted trees": (TREES, Uncertainty("margin"), margin),
    "k-centre": (LogisticRegression(), KCentre(KNOWN), k_centre),
    "discriminator": (LogisticRegression(), Unlike(LogisticRegression(), KNOWN), unlike),
}


def measured(name: str, repeats: int) -> pd.DataFrame:
    """Seconds of a tick by both, once for each repeat."""
    learner, pick, bare = CASES[name]
    seconds: list[tuple[float, float]] = []
    models: list[Any] = []
    buy = Buying.buy

    def timed(self: Buying, view: View, draw: Draw) -> Any:
        if view.tick == 0:
            return None
        before = time.process_time()
        found = buy(self, view, draw)
        between = time.process_time()
        rows, known = view.served(view.tick - 1), view.latest(KNOWN)
        X, past = np.asarray(view.X(rows)), np.asarray(view.X(known))
        if not models:
            trained = view.trained_rows
            models.append(clone(learner).fit(view.X(trained), view.y(trained)))
        ready = time.process_time()
        picked = bare(models[0], past, X)
        after = time.process_time()
        assert isinstance(found, Buy)
        assert len(set(found.rows) & set(rows[picked])) >= LABELS - 1  # ties by the last bit
        seconds.append((between - before, after - ready))
        return found

    stream = Synthetic(Logistic(10), n=(repeats + 3) * TICK, noise=0.05)
    strategy = Strategy(Never(), curation=Buying(pick, Fixed(LABELS), natural=False))
    # a subclass here would be a part of a user's own, which is kept from the global generators
    with patch.object(Buying, "buy", timed):
        clsim.replay(stream, {"it": strategy}, learner=learner, tick=TICK, warmup=TICK)
    frame = pd.DataFrame(seconds[1:], columns=["clsim", "bare"])  # the first one imports
    return frame.assign(pick=name, ratio=frame["clsim"] / frame["bare"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    given = parser.parse_args()
    with threadpool_limits(1):
        frame = pd.concat([measured(name, given.repeats) for name in CASES])
    given.out.mkdir(parents=True, exist_ok=True)
    frame[["pick", "clsim", "bare", "ratio"]].to_csv(
        given.out / "curation.csv", index=False, float_format="%.5f"
    )
    table = frame.groupby("pick", sort=False)[["clsim", "bare", "ratio"]].median()
    print(table.round(4).to_string())
    for name, ratio in table["ratio"].items():
        if ratio > WANTED:
            print(f"{name}: {ratio:.2f} times as long, wanted {WANTED}")


if __name__ == "__main__":
    main()
