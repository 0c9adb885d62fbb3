"""Dasari 2026: a model that is frozen, and one that learns every row, on drifts of ten seeds."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pandas as pd
from claim import SHARED, Claim
from sklearn.linear_model import SGDClassifier

import clsim
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.training import Stateful
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded

FILE, SOURCE = "dasari2026_published.csv", "Dasari, arXiv 2608.19488 (2026)"
ROWS, DRIFT, WIDTH = 10_000, 5_000, 1_000
SEEDS = (42, 123, 456, 789, 1011, 1213, 1415, 1617, 1819, 2021)
QUICK = {("abrupt", 42), ("gradual", 2021)}
"""Those that are not slow."""

LATENCY = (
    "Their latency keeps the next retraining from starting and lets the new model serve at once; "
    "here a model serves when its training has ended, so no schedule of this kind is theirs"
)
"""Why no policy that retrains can be replayed; what the rule did, their means by latency show."""

STRATEGIES = {
    "frozen": Strategy(Never(), training=Stateful(initial="partial_fit")),
    "partial_fit": Strategy(Periodic(1), NewSinceLast(), Stateful(initial="partial_fit")),
}
PARTS = {"overall": slice(None), "pre_drift": slice(DRIFT), "post_drift": slice(DRIFT, None)}


def claims() -> list[Claim]:
    if not (SHARED / FILE).exists():
        return [Claim("dasari", SOURCE, float("nan"), lambda: float("nan"), 0, (FILE,))]
    all_policies = pd.read_csv(SHARED / FILE)
    table = all_policies[all_policies["policy_type"] == "no_retrain"]
    table = table.set_index(["mode", "drift_type", "random_seed"])
    found = []
    for drift in ("abrupt", "gradual"):
        for seed in SEEDS:
            for mode in STRATEGIES:
                odd = (mode, seed) == ("partial_fit", 1819)
                for part in PARTS:
                    found.append(Claim(
                        f"dasari/{mode}, {drift}, seed {seed}, {part}", SOURCE,
                        float(table.loc[(mode, drift, seed), f"{part}_accuracy"]),
                        partial(accuracy, drift, seed, mode, part), 0.0025 if odd else 5e-9,
                        (FILE,), slow=(drift, seed) not in QUICK,
                        note="does not agree exactly, and why is not known" if odd else "",
                    ))  # fmt: skip
    rules = all_policies[all_policies["policy_type"] != "no_retrain"]
    by = ["policy_type", "mode", "retrain_latency"]
    for (kind, mode, latency), runs in rules.groupby(by, sort=True):
        trained = float(runs["total_retrains"].mean())
        found.append(
            Claim(f"dasari/{kind}, {mode}, latency {latency}, mean of {len(runs)} runs", SOURCE,
                  float(runs["overall_accuracy"].mean()), None, 0.0, (FILE,),
                  note=f"{trained:.1f} retrainings a run. {LATENCY}")
        )  # fmt: skip
    return found


def world(seed: int, drift: str) -> Recorded:
    """Their stream, with a copy of the first row before it, on which the first model is trained."""
    rng = np.random.default_rng(seed)
    old, new = rng.standard_normal(10), rng.standard_normal(10)
    X = rng.standard_normal((ROWS, 10))
    y = np.empty(ROWS, dtype=np.int64)
    for row in range(ROWS):
        share = float(row >= DRIFT)
        if drift == "gradual":
            share = min(max((row - DRIFT) / WIDTH, 0.0), 1.0)
        weights = (1 - share) * old + share * new
        y[row] = rng.binomial(1, 1 / (1 + np.exp(-X[row] @ weights)))
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(10)]).assign(y=y)
    frame = pd.concat([frame.iloc[:1], frame], ignore_index=True)
    return Recorded(frame, label="y", classes=[0, 1])


@cache
def errors(drift: str, seed: int) -> dict[str, np.ndarray]:
    """Of each way, whether each row was answered wrongly."""
    learner = SGDClassifier(loss="log_loss", random_state=seed)
    runs = clsim.replay(world(seed, drift), STRATEGIES, learner=learner, tick=1, warmup=1)
    return {mode: run.ticks["errors"].to_numpy(dtype=float) for mode, run in runs.items()}


def accuracy(drift: str, seed: int, mode: str, part: str) -> float:
    """Before the drift, after it, or over all."""
    return float(1 - errors(drift, seed)[mode][PARTS[part]].mean())
