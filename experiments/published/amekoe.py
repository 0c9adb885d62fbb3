"""Amekoe et al. 2024, in shape: models that learn row by row or by window, and labels ever later.

Their streams have a million rows, and labels that come a Poisson number of rows later; here is a
tenth of both, of the windows in which AUC is taken, and of the rows between drifts. Their files and
tuned settings are not replayed: streams are drawn anew by the same generators, and learners are as
their libraries have them. What has to agree is the shape, so tolerances are wide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from claim import SHARED, Claim
from river import forest, linear_model, preprocessing, tree
from scipy.stats import poisson
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

import clsim
from clsim.protocols import Stream
from clsim.runs.run import Run
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import SEA, Agrawal
from clsim.streams.delays import Constant, Distributed
from clsim.streams.drift import Sudden
from clsim.streams.faults import LabelNoise

FILE = "delayed_label_stream_2024_published.csv"
SOURCE = "Amekoe et al., DelayedLabelStream (2024)"
ROWS, WARMUP, WINDOW = 100_000, 10_000, 1_000
DELAYS = {0: 0, 10_000: 1_000, 70_000: 7_000}
"""Their mean delay in rows, and a tenth of it."""


LEVEL, FALL = 0.05, 0.04
"""In shape: AUC within this of theirs, and what is lost between no delay and the longest."""

AHEAD = {
    "retrained boosting is ahead of the forest": ("r_XGBoost", ("ARF",), ("AGR_a", "HYPER_f")),
    "the linear model is ahead of all": ("LR", ("r_XGBoost", "HT", "ARF"), ("HYPER_f",)),
    "the linear model is behind all": ("LR", ("r_XGBoost", "HT", "ARF"), ("AGR_a",)),
}
"""What holds in their table at all three delays: whose AUC is above (or below) whose, and where."""

SMALL = "three trees, where theirs has five or more, and a tenth of the rows for each"
TURNS = (
    "of their hyperplane only the generator's name is known; the one drawn here turns more slowly "
    "against the delay, so that all models lose a third of theirs or less"
)
STUCK = (
    "their tree is held to a depth that is tuned on the first tenth, and never forgets; after a "
    "tenth of the rows, at a depth of 6, this one still follows (presumably that)"
)
PARTS: dict[str, tuple[float, str]] = {
    "AUC of ARF, AGR_a, delay 10,000": (0.8688, SMALL),
    "AUC of ARF, AGR_a, delay 70,000": (0.7783, SMALL),
    "AUC of ARF, HYPER_f, delay 0": (0.8284, SMALL),
    "AUC of ARF, HYPER_f, delay 10,000": (0.8293, SMALL),
    "AUC of HT, HYPER_f, delay 0": (0.9009, STUCK),
    "AUC of HT, HYPER_f, delay 10,000": (0.8987, STUCK),
    "AUC of HT, HYPER_f, delay 70,000": (0.8823, STUCK),
    "AUC of LR, HYPER_f, delay 70,000": (0.9211, TURNS),
    "lost by delay, r_XGBoost, HYPER_f": (0.0247, TURNS),
    "lost by delay, LR, HYPER_f": (0.0268, TURNS),
    "lost by delay, ARF, HYPER_f": (0.0119, TURNS),
}
"""Numbers that do not come out within that: what came out, and why."""


def claims() -> list[Claim]:
    if not (SHARED / FILE).exists():
        return [Claim("amekoe", SOURCE, float("nan"), lambda: float("nan"), 0, (FILE,))]
    table = pd.read_csv(SHARED / FILE).set_index(["stream", "model"])
    found = []

    def claim(what: str, published: float, compute: Callable[[], float], tolerance: float,
              note: str = "") -> None:  # fmt: skip
        came, why = PARTS.get(what, (None, note))
        found.append(Claim(
            f"amekoe/{what}", SOURCE, published, compute if came is None else None, tolerance,
            (FILE,), slow=True, note=why if came is None else f"Comes out as {came:.4f}: {why}",
        ))  # fmt: skip

    for name in STREAMS:
        for model in members(name):
            theirs = table.loc[(name, model)]
            for delay in DELAYS:
                what = f"AUC of {model}, {name}, delay {delay:,}"
                known = float(theirs[f"auc_delay_{delay}"])
                claim(what, known, partial(auc, name, model, delay), LEVEL)
            lost = theirs["auc_delay_0"] - theirs["auc_delay_70000"]
            claim(f"lost by delay, {model}, {name}", float(lost), partial(fall, name, model), FALL)
    for what, (model, others, streams) in AHEAD.items():
        for name in streams:
            for delay in DELAYS:
                theirs = table.loc[name, f"auc_delay_{delay}"]
                of = (model, others, "behind" in what)
                claim(f"{what}, {name}, delay {delay:,}", first(theirs, *of),
                      partial(comes_first, name, delay, *of), 0, "1 says yes")  # fmt: skip
    return found


def abrupt(concepts: list[Any]) -> Synthetic:
    """Concepts one after the other, a quarter of the rows each."""
    drifts = [Sudden(to, at=(k + 1) * ROWS // 4) for k, to in enumerate(concepts[1:])]
    return Synthetic(concepts[0], drifts, n=ROWS)


def turning() -> Recorded:
    """A hyperplane whose ten weights wander as MOA has them, three times as fast; 5 % noise.

    Each goes on in its direction, and turns round in one row of ten; what it goes in a row is
    .001 times the root of ten, so that a walk of a tenth of the rows comes as far.
    """
    rng = np.random.default_rng(0)
    turns = np.where(rng.random((ROWS, 10)) < 0.1, -1, 1).cumprod(axis=0)
    weights = rng.random(10) + (0.001 * np.sqrt(10) * turns).cumsum(axis=0)
    X = rng.random((ROWS, 10))
    y = (X * weights).sum(axis=1) >= 0.5 * weights.sum(axis=1)
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(10)])
    return Recorded(frame.assign(y=(y ^ (rng.random(ROWS) < 0.05)).astype(int)), label="y")


STREAMS: dict[str, Callable[[], Stream]] = {
    "AGR_a": lambda: abrupt([Agrawal(k, perturbation=0.05) for k in range(4)]),
    "HYPER_f": turning,
    "SEA_a": lambda: LabelNoise(abrupt([SEA(k) for k in range(4)]), rate=0.1),
}


@cache
def stream(name: str) -> Stream:
    return STREAMS[name]()


DEPTH = 6
"""Of the trees that learn row by row: theirs are tuned within 2 to 6 on the first tenth."""

BY_ROW = Strategy(Never(), training=RowByRow())
MEMBERS: dict[str, tuple[Callable[[], Any], Strategy, int]] = {
    "r_XGBoost": (
        lambda: HistGradientBoostingClassifier(early_stopping=True, random_state=0),
        Strategy(Periodic(1), SlidingWindow(WINDOW)), WINDOW,
    ),
    "LR": (
        lambda: preprocessing.StandardScaler() | linear_model.LogisticRegression(), BY_ROW, 10,
    ),
    "HT": (lambda: tree.HoeffdingTreeClassifier(max_depth=DEPTH), BY_ROW, 10),
    "ARF": (lambda: forest.ARFClassifier(n_models=3, max_depth=DEPTH, seed=0), BY_ROW, 10),
}  # fmt: skip
"""Of their models: the learner, how it is trained, and rows in a tick.

Boosting is scikit-learn's, and the forest has three trees, where theirs has five or more.
"""


def members(name: str) -> list[str]:
    """The models that are replayed on a stream: the forest where models are far apart."""
    return [model for model in MEMBERS if (model, name) != ("ARF", "SEA_a")]


@cache
def auc(name: str, model: str, delay: int) -> float:
    """Mean AUC of windows of a thousand rows, after the warm-up."""
    learner, strategy, tick = MEMBERS[model]
    rows = DELAYS[delay]
    run = clsim.replay(
        stream(name), {"it": strategy}, learner=learner(), tick=tick, warmup=WARMUP, seed=0,
        delay=Distributed(poisson(rows)) if rows else Constant(0), record="events",
    )["it"]  # fmt: skip
    return float(np.mean(by_window(run)))


def by_window(run: Run) -> list[float]:
    """AUC of each window of a thousand rows."""
    said = run.predictions
    assert said is not None
    every = said.groupby((said["id"] - WARMUP) // WINDOW)
    return [float(roc_auc_score(own["y_true"], own["p_1"])) for _, own in every]


def fall(name: str, model: str) -> float:
    """What a model loses between labels at once and the longest delay."""
    return auc(name, model, min(DELAYS)) - auc(name, model, max(DELAYS))


def comes_first(name: str, delay: int, *of: Any) -> float:
    """Whether `first` says so of our AUC."""
    return first({model: auc(name, model, delay) for model in members(name)}, *of)


def first(scores: Mapping[str, float], model: str, others: tuple[str, ...], behind: bool) -> float:
    """Whether a model's AUC is above those of all others, or below: 1 or 0."""
    own, theirs = scores[model], [scores[other] for other in others]
    return float(own < min(theirs) if behind else own > max(theirs))
