"""From which speed of drift on does an A/B test of two weeks make "retrain daily" a loss?

``python experiments/rollout/staleness.py`` writes ``results/rollout/staleness*.csv`` and the
figure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from panels import draw_staleness
from turning import DAYS, LEARNED, UNTIL, excess, lived, poisoned, world

from clsim import Strategy
from clsim.report.figures.style import save
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import ABTest, NoTrial, Shadow
from clsim.strategy.online.rules import GroupSequential
from clsim.strategy.triggers import Periodic

SEEDS = 8
SPEEDS = (0.0, 0.0002, 0.0005, 0.001, 0.002, 0.004)
"""What a model loses more per event with each day of its age."""

EVERY = {"daily": 1, "weekly": 7, "monthly": 28}
TRIALS = {
    "at once": NoTrial(),
    "A/B": ABTest("14d"),
    "A/B, sequential": ABTest("14d", rule=GroupSequential(3_600), min_labels=100),
    "shadow": Shadow("14d"),
}
WORLDS = ("sound", "poisoned")

PAIRS = (
    ("daily, A/B", "daily, at once"),
    ("daily, A/B, sequential", "daily, at once"),
    ("daily, shadow", "daily, at once"),
    ("weekly, A/B", "weekly, at once"),
    ("monthly, A/B", "monthly, at once"),
    ("daily, A/B", "monthly, at once"),
)
"""A strategy, and what it is compared with."""

FIRST_AGE = 2.5
"""Mean age in days of the rows that a model learned from, on the day of its training.

They are the labels of two days, which come a day late; and a day is served.
"""


def age(every: int, trial: str) -> float:
    """Mean age in days of what answers has learned, if every challenger wins at the end of a trial.

    No training starts while a trial lasts, so a cycle takes L = max(every, 14) days. In a shadow
    everything is promoted 14 days later. In an A/B test half of the events have the challenger for
    these 14 days, on which it is L days younger: L * 14 / 2 over a cycle of L days are 7.
    """
    later = {"at once": 0, "A/B": 7, "shadow": 14}[trial]
    cycle = max(every, 14) if later else every
    return FIRST_AGE + (cycle - 1) / 2 + later


def strategies() -> dict[str, Strategy]:
    """Every schedule with every trial."""
    return {
        f"{often}, {how}": Strategy(Periodic(every), SlidingWindow(LEARNED), online=trial)
        for often, every in EVERY.items()
        for how, trial in TRIALS.items()
    }


def replayed(
    speeds: Sequence[float] = SPEEDS, seeds: Iterable[int] = range(SEEDS), days: int = DAYS
) -> pd.DataFrame:
    """Excess loss of each strategy, speed, world and seed, in wrong answers per 100 events."""
    found, made = [], strategies()
    for seed in seeds:
        for which in WORLDS:
            bad = poisoned(seed, days) if which == "poisoned" else np.array([], dtype=int)
            for speed in speeds:
                for name, run in lived(world(speed, bad, days), made, seed).items():
                    often, how = name.split(", ", 1)
                    found.append({
                        "world": which, "speed": 100 * speed, "seed": seed, "retrained": often,
                        "trial": how, "excess": 100 * excess(run, bad),
                        "trainings": run.totals["retrainings"],
                        "promotions": run.totals["deployments"],
                    })  # fmt: skip
    return pd.DataFrame(found)


def curves(runs: pd.DataFrame) -> pd.DataFrame:
    """Mean excess over seeds with 95 % intervals by Student's t; and what arithmetic says."""
    rows = []
    for (which, often, how, speed), mine in runs.groupby(
        ["world", "retrained", "trial", "speed"], sort=False
    ):
        middle = mean_interval(mine["excess"].to_numpy())
        stale = np.nan if "," in how else speed * age(EVERY[often], how)
        rows.append({
            "world": which, "strategy": f"{often}, {how}", "speed": speed, "excess": middle.mean,
            "low": middle.low, "high": middle.high, "by age": stale,
            "trainings": mine["trainings"].mean(), "promotions": mine["promotions"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def differences(runs: pd.DataFrame) -> pd.DataFrame:
    """How much more the first of each pair loses, of the same seeds, with 95 % intervals."""
    rows = []
    for which, more in paired(runs):
        for speed, values in more["values"].items():
            middle = mean_interval(values.to_numpy())
            rows.append({
                "world": which, "strategy": more["strategy"], "than": more["than"], "speed": speed,
                "more": middle.mean, "low": middle.low, "high": middle.high,
            })  # fmt: skip
    return pd.DataFrame(rows)


def crossings(runs: pd.DataFrame, draws: int = 2_000) -> pd.DataFrame:
    """The speed from which on the first of each pair loses more, in points a day.

    By straight lines between the speeds that were tried. Intervals are percentiles of resampled
    seeds; ``share`` of the resamples have a crossing. NaN where there is none,
    and no interval of one seed.
    """
    rng, rows = np.random.default_rng(0), []
    for which, more in paired(runs):
        values, speeds = more["values"].to_numpy(), more["values"].columns.to_numpy()
        again = rng.integers(0, len(values), (draws, len(values)))
        many = np.array([crossing(speeds, values[some].mean(axis=0)) for some in again])
        there = many[~np.isnan(many)]
        known = len(there) and len(values) > 1
        low, high = np.quantile(there, [0.025, 0.975]) if known else (np.nan, np.nan)
        rows.append({
            "world": which, "strategy": more["strategy"], "than": more["than"],
            "at no drift": values[:, 0].mean(), "by age": by_age(more, values[:, 0].mean()),
            "from": crossing(speeds, values.mean(axis=0)),
            "low": low, "high": high, "share": len(there) / draws,
        })  # fmt: skip
    return pd.DataFrame(rows)


def crossing(speeds: np.ndarray, more: np.ndarray) -> float:
    """Where a difference last goes from below 0 to above, and stays; NaN if it does not.

    The first speed, if it is above 0 at all of them.

    >>> crossing(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 2.0]))
    0.5
    """
    below = np.flatnonzero(more <= 0)
    if not len(below):
        return float(speeds[0])
    if below[-1] == len(more) - 1:
        return float("nan")
    k = below[-1]
    share = -more[k] / (more[k + 1] - more[k])
    return float(speeds[k] + share * (speeds[k + 1] - speeds[k]))


def by_age(pair: Mapping[str, Any], at_no_drift: float) -> float:
    """The crossing by arithmetic: what is spared where nothing drifts, over the difference in age.

    NaN where nothing is spared, where both are as old, or where trials have no fixed length.
    """
    ages = [name.split(", ", 1) for name in (pair["strategy"], pair["than"])]
    if any("," in how for _, how in ages):
        return float("nan")
    older, younger = (age(EVERY[often], how) for often, how in ages)
    if older <= younger or at_no_drift >= 0:
        return float("nan")
    return -at_no_drift / (older - younger)


def paired(runs: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each world and pair: differences, a row for each seed and a column for each speed."""
    named = runs.assign(strategy=runs["retrained"] + ", " + runs["trial"])
    for which, mine in named.groupby("world", sort=False):
        by = mine.pivot_table("excess", "seed", ["strategy", "speed"])
        for one, other in PAIRS:
            yield str(which), {"strategy": one, "than": other, "values": by[one] - by[other]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--days", type=int, default=DAYS, help="after the warm-up")
    parser.add_argument("--out", type=Path, default=Path("results/rollout"))
    given = parser.parse_args()
    if given.days <= UNTIL:
        parser.error(f"--days={given.days}: must be above {UNTIL}, since earlier days do not count")
    runs = replayed(seeds=range(given.seeds), days=given.days).round(4)  # as they are written
    found, more, where = curves(runs), differences(runs), crossings(runs)
    for table in (found, where):
        sys.stdout.write(table.round(3).to_string(index=False) + "\n\n")
    given.out.mkdir(parents=True, exist_ok=True)
    tables = {"runs": runs, "curves": found, "differences": more, "crossings": where}
    for name, table in tables.items():
        table.round(4).to_csv(given.out / f"staleness_{name}.csv", index=False)
    save(draw_staleness(found, more, where), given.out, "staleness")


if __name__ == "__main__":
    main()
