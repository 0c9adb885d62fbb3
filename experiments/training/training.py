"""What stateful training spares and what it buys: by rows in a batch, and by schedule.

``python experiments/training/training.py`` writes ``results/training/*.csv`` and the figure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from training_drawing import draw

import clsim
from clsim import Strategy
from clsim.analysis import transfer
from clsim.report.figures.style import save
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import All, NewSinceLast, Replayed, SlidingWindow
from clsim.strategy.training import Stateful
from clsim.strategy.triggers import Never, Periodic, Volume
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.drift import Incremental, Recurring

SEEDS = 4
TICK, DAY = 64, 256
"""Rows: of what is served between decisions, and of a day."""

WINDOW, DAYS = 45, 64
"""Days of the window that is trained on from scratch, and days that are served after it."""

TURN = 8
"""Days for which each of two recurring concepts has its turn."""

BATCHES = (1, 8, 64, 512, 2_048, 8_192)
PERIODS = (1, 4, 16)
SCRATCH = f"scratch on {WINDOW} days"
FRESH = "scratch on 4 days"
FIGURES = {"linear": "training", "naive Bayes": "training_naive_bayes"}
"""The figure of each learner."""

EDGE = 2
"""Ticks at the opening and the close of a turn by which forgetting is measured."""


def worlds(days: int = DAYS) -> dict[str, Synthetic]:
    """A world that stands still, one that turns at constant speed, and one that comes back."""
    begin, half, n = WINDOW * DAY, days * DAY // 2, (WINDOW + days) * DAY
    at, to = ([k * half + begin for k in (0, 1)], [Logistic(5, k, scale=2) for k in (1, 2)])
    concept, turns = Logistic(5, scale=2), Recurring([Logistic(5, 1, scale=2)], every=TURN * DAY)
    drifts: dict[str, list[Any]] = {
        "still": [],
        "turning": [Incremental(new, when, half) for new, when in zip(to, at, strict=True)],
        "recurring": [turns],
    }
    return {name: Synthetic(concept, some, n=n) for name, some in drifts.items()}


def learners() -> dict[str, Any]:
    """One whose updates overwrite what it knew, and one whose updates add to it.

    A linear model goes five times over the rows from scratch, and once where it is updated. Naive
    Bayes counts and averages, so that an update is as if it had learned all rows at once.
    """
    linear = SGDClassifier(
        loss="log_loss", learning_rate="constant", eta0=0.02, alpha=1e-5, max_iter=5, tol=None
    )
    return {"linear": linear, "naive Bayes": GaussianNB()}


def strategies() -> dict[str, Strategy]:
    """Every size of a batch, and every schedule."""
    new = NewSinceLast()
    found = {"never": Strategy(Never())}
    for rows in BATCHES:
        trigger = Volume(rows=max(rows, TICK))
        found[f"batch {rows}"] = Strategy(trigger, new, Stateful(batch=rows))
    for days in PERIODS:
        often = Periodic(days * DAY // TICK)
        found[f"stateful, {days}"] = Strategy(often, new, Stateful())
        found[f"{SCRATCH}, {days}"] = Strategy(often, SlidingWindow(WINDOW * DAY))
        found[f"{FRESH}, {days}"] = Strategy(often, SlidingWindow(4 * DAY))
    daily = Periodic(DAY // TICK)
    found["stateful and replay, 1"] = Strategy(daily, Replayed(new, All()), Stateful())
    return found


def concept_of(run: Run) -> np.ndarray:
    """Which of two recurring concepts each tick has, from the end of the warm-up on."""
    ticks = np.arange(len(run.ticks["tick"].unique()))
    return (WINDOW * DAY + ticks * TICK) // (TURN * DAY) % 2


def measured(run: Run, recurring: bool) -> dict[str, float]:
    """Wrong answers per 100, what was trained, in which time, and what was forgotten."""
    trains = run.events[run.events["kind"] == "train"]
    rows, seconds = int(trains["rows"].sum()), float(trains["seconds"].sum())
    gone = transfer(run, concept_of(run), edge=EDGE).forgetting if recurring else np.nan
    return {
        "wrong": 100 * run.totals["loss"] / run.totals["n"], "trainings": len(trains), "rows": rows,
        "seconds": seconds, "forgetting": 100 * gone,
    }  # fmt: skip


def replayed(seeds: Iterable[int] = range(SEEDS), days: int = DAYS) -> pd.DataFrame:
    """A row for each learner, world, seed and strategy."""
    found = []
    for seed in seeds:
        for world, stream in worlds(days).items():
            for learner, made in learners().items():
                runs = clsim.replay(
                    stream, strategies(), learner=made, tick=TICK, warmup=WINDOW * DAY, seed=seed
                )
                for name, run in runs.items():
                    assert not run.totals["failed"], name
                    told = {"learner": learner, "world": world, "seed": seed, "strategy": name}
                    found.append({**told, **measured(run, world == "recurring")})
    return pd.DataFrame(found)


def table(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds, with 95 % intervals by Student's t, and differences of the same seeds.

    ``more``: wrong answers more than from scratch every day on 45 days; ``cheaper`` and
    ``quicker``: how many times fewer rows and seconds.
    """
    rows = []
    for (learner, world), mine in runs.groupby(["learner", "world"], sort=False):
        by = mine.set_index(["seed", "strategy"]).unstack("strategy")  # noqa: PD010
        base = f"{SCRATCH}, 1"
        for name in mine["strategy"].unique():
            line: dict[str, Any] = {"learner": learner, "world": world, "strategy": name}
            line["rows"] = by["rows"][name].mean()
            more = by["wrong"][name] - by["wrong"][base]
            for key, values in (("wrong", by["wrong"][name]), ("more", more),
                                ("forgetting", by["forgetting"][name])):  # fmt: skip
                middle = mean_interval(values.dropna().to_numpy())
                line |= {key: middle.mean, f"{key}, low": middle.low, f"{key}, high": middle.high}
            trained = by["rows"][name].mean() > 0
            for key, of in (("cheaper", "rows"), ("quicker", "seconds")):
                line[key] = by[of][base].sum() / by[of][name].sum() if trained else np.nan
            rows.append(line)
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path, default=Path("results/training"))
    given = parser.parse_args()
    runs = replayed(range(given.seeds)).round(4)  # as they are written
    found = table(runs)
    sys.stdout.write(found.round(2).to_string(index=False) + "\n")
    given.out.mkdir(parents=True, exist_ok=True)
    runs.to_csv(given.out / "runs.csv", index=False)
    found.round(3).to_csv(given.out / "table.csv", index=False)
    for learner, name in FIGURES.items():
        save(draw(found[found["learner"] == learner]), given.out, name)


if __name__ == "__main__":
    main()
