"""Runs of a few ticks whose losses are given, for tests of choices."""

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.runs.info import RunInfo
from clsim.runs.ledger import Prices, quantities
from clsim.runs.run import Run

PRICES = Prices(error=1, retraining=5)
BY_CLASS = Prices(error=[[0, 1], [10, 0]], retraining=5)


def run(loss, *, seed=1, trained=(), late=1, n=10, answered=None, unanswered="skip", labels=True):
    """A run of ticks of ten events, whose labels arrive ``late`` ticks after they are served."""
    ticks = len(loss)
    loss = np.array(loss, dtype=float)
    answered = np.full(ticks, n) if answered is None else np.array(answered)
    counted = np.full(ticks, n) if unanswered == "wrong" else answered
    seen = np.zeros(ticks, dtype=int)
    score = np.full(ticks, np.nan)
    if late < ticks:
        seen[late:] = counted[: ticks - late]
        score[late:] = 1 - loss[: ticks - late] / counted[: ticks - late]
    table = pd.DataFrame(
        {"tick": range(ticks), "start": range(ticks), "end": range(1, ticks + 1), "slice": "all",
         "n": n, "answered": answered, "errors": loss.astype(int), "loss": loss,
         "observed_n": seen, "observed_score": score}
    )  # fmt: skip
    happened = [(t, "train", "why", 100, 0) for t in trained]
    happened += [(t, "label", None, 0, k) for t, k in enumerate(seen) if k and labels]
    events = pd.DataFrame(happened, columns=["tick", "kind", "reason", "rows", "labels"])
    events = events.assign(seconds=0.0, accepted=False, duration=0)
    totals = quantities(table, events, timed=False, row_bytes=0)
    info = RunInfo(
        seed=seed, totals=totals, unanswered=unanswered, classes=(0, 1),
        score=1 - loss.sum() / max(counted.sum(), 1),
    )  # fmt: skip
    return Run({"ticks": table, "events": events}, info, {"seed": seed})


def setting(name="", **runs):
    """Runs by strategy: one of them, or several, for seeds 1, 2 and so on."""
    found = {}
    for label, given_runs in runs.items():
        several = given_runs if isinstance(given_runs, list) else [given_runs]
        found[label] = {r.info.seed: r for r in several}
    return Setting(name, {}, found)


def three():
    """Never, twice and five times retrained: 50, 20 and 10 errors; 50, 30 and 35 at PRICES."""
    return setting(
        never=run([5] * 10), twice=run([2] * 10, trained=[3, 6]), often=run([1] * 10,
        trained=range(5)),
    )  # fmt: skip


def with_confusion(made, missed):
    """A run in which a number of errors of each tick are of class 1, and the others of class 0."""
    ticks = made.ticks
    rows = []
    for tick, n, loss, bad in zip(
        ticks["tick"], ticks["n"], ticks["loss"].astype(int), missed, strict=True
    ):
        rows += [(tick, "all", 0, 1, loss - bad), (tick, "all", 1, 0, bad)]
        rows += [(tick, "all", 0, 0, n - loss), (tick, "all", 1, 1, 0)]
    confusion = pd.DataFrame(rows, columns=["tick", "slice", "y_true", "y_pred", "n"])
    tables = {"ticks": ticks, "events": made.events, "confusion": confusion}
    return Run(tables, made.info, made.config)
