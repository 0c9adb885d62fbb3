"""How much time does it take to choose 100 of 10,000 candidates, against the bare calls?

python experiments/speed/curation.py [--repeats 8] [--out results/speed]

A stream of ten features serves 10,000 events a tick. `clsim` is the time of `Buying.buy`: the rows
that can be bought, their features and probabilities, the pick. `bare` does the same on arrays that
lie ready: probabilities of the model and a partition of the margins; distances to 1,000 labelled
rows and a hundred greedy steps; a logistic regression of labelled against candidates. Both in turn,
of the same data in the same tick, on one thread; the picked rows are asserted to be the same.
Wanted: at most 1.3 times as long.

Of probabilities that cost next to nothing, as a regression's, what the engine does to check them
is much beside them: some four tenths of a millisecond a tick.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


class Timed(Buying):
    """Keeps how long each tick takes, and how long the bare call."""

    measured: list[tuple[float, float]] = []
    bare: Callable[..., np.ndarray]
    learner: Any = None
    model: Any = None

    def buy(self, view: View, draw: Draw) -> Buy | None:
        if view.tick == 0:
            return None
        before = time.process_time()
        found = super().buy(view, draw)
        between = time.process_time()
        rows, known = view.served(view.tick - 1), view.latest(KNOWN)
        X, past = np.asarray(view.X(rows)), np.asarray(view.X(known))
        if Timed.model is None:
            trained = view.trained_rows
            Timed.model = clone(self.learner).fit(view.X(trained), view.y(trained))
        ready = time.process_time()
        picked = Timed.bare(Timed.model, past, X)
        after = time.process_time()
        assert found is not None
        assert len(set(found.rows) & set(rows[picked])) >= LABELS - 1  # ties by the last bit
        Timed.measured.append((between - before, after - ready))
        return found


def measured(name: str, repeats: int) -> pd.DataFrame:
    """Seconds of a tick by both, once for each repeat."""
    learner, pick, bare = CASES[name]
    Timed.measured, Timed.model, Timed.learner = [], None, learner
    Timed.bare = staticmethod(bare)  # type: ignore[assignment]
    stream = Synthetic(Logistic(10), n=(repeats + 3) * TICK, noise=0.05)
    curation = Timed(pick, Fixed(LABELS), natural=False)
    clsim.replay(
        stream, {"it": Strategy(Never(), curation=curation)}, learner=learner,
        tick=TICK, warmup=TICK,
    )  # fmt: skip
    frame = pd.DataFrame(Timed.measured[1:], columns=["clsim", "bare"])  # the first one imports
    return frame.assign(pick=name, ratio=frame["clsim"] / frame["bare"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=8)
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
