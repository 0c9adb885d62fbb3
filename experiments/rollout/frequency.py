"""Do more updates give more chances to fail? Failures per promotion and per year, by gate.

``python experiments/rollout/frequency.py`` writes ``results/rollout/failures*.csv`` and the figure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from panels import draw_failures
from scipy.stats import binomtest, chi2
from turning import (
    DAYS,
    LEARNED,
    RATE,
    UNTIL,
    Truth,
    borders,
    excess,
    lived,
    poisoned,
    promotions,
    world,
)

from clsim import Strategy
from clsim.report.figures.style import save
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import Bound, Bounds, ChampionChallenger, NoTest, Significance
from clsim.strategy.online import NoTrial, Shadow
from clsim.strategy.triggers import Periodic

SEEDS = 12
SPEED = 0.001
"""What a model loses more per event with each day of its age: a tenth of a point."""

PERIODS = (1, 2, 7, 14, 28)
"""Days from one training to the next."""

STRETCH, WORSE = 7, 0.02
"""Days after a promotion over which the two models are compared, and what is a failure: the new one
is wrong on so many more of the events in their middle."""

HELD = RATE
"""Rows of a gate: the newest labels of a day. Models learn from as many rows as without a gate."""

NEWEST = 2
"""Days from the newest labels that are known, which are a day late, to the day of a promotion."""

GATES = {
    "no test": (NoTest(), NoTrial()),
    "as measured": (ChampionChallenger(holdout=HELD), NoTrial()),
    "bounds": (Bounds([Bound("score", absolute=-0.02, confidence=0.9)], holdout=HELD), NoTrial()),
    "significance": (Significance("better", holdout=HELD), NoTrial()),
    "shadow": (NoTest(), Shadow("14d")),
}


def strategies(periods: Sequence[int] = PERIODS) -> dict[str, Strategy]:
    """Every gate at every period."""
    return {
        f"{gate}, {every}": Strategy(
            Periodic(every),
            SlidingWindow(LEARNED + (HELD if type(offline) is not NoTest else 0)),
            offline=offline,
            online=online,
        )
        for gate, (offline, online) in GATES.items()
        for every in periods
    }


def judged(run: Run, X: np.ndarray, truth: Truth, days: int) -> pd.DataFrame:
    """Each promotion, and by how much the new model loses more than the one that it replaced."""
    found, lines = promotions(run), borders(run, X)
    loses = [
        truth.loses(lines[one.model], one.day + STRETCH / 2)
        - truth.loses(lines[one.replaced], one.day + STRETCH / 2)
        for one in found.itertuples()
    ]
    last = np.append(found["day"].to_numpy()[1:], days)
    return found.assign(more=loses, serves=last - found["day"])


def replayed(
    seeds: Iterable[int] = range(SEEDS), periods: Sequence[int] = PERIODS, days: int = DAYS
) -> pd.DataFrame:
    """Promotions, failures and days under failed champions of each gate, period and seed."""
    found, truth, made = [], Truth(SPEED), strategies(periods)
    for seed in seeds:
        for which, bad in {"sound": np.array([], int), "poisoned": poisoned(seed, days)}.items():
            stream = world(SPEED, bad, days)
            X = np.concatenate([batch.X for batch in stream.blocks(seed)])
            for name, run in lived(stream, made, seed, record="events").items():
                gate, every = name.rsplit(", ", 1)
                them = judged(run, X, truth, days)
                failed = them["more"] > WORSE
                found.append({
                    "world": which, "gate": gate,
                    "every": int(every), "seed": seed, "days": days, "poisoned": len(bad),
                    "trainings": run.totals["retrainings"], "promotions": len(them),
                    "failures": int(failed.sum()), "worse": int((them["more"] > 0).sum()),
                    "failed_days": int(them["serves"][failed].sum()),
                    "on_poison": int(np.isin(them["day"][failed] - NEWEST, bad).sum()),
                    "excess": 100 * excess(run, bad),
                })  # fmt: skip
    return pd.DataFrame(found)


def rates(runs: pd.DataFrame) -> pd.DataFrame:
    """Failures per promotion and per year, with exact 95 % intervals of all seeds together.

    By Clopper and Pearson (Biometrika, 1934) and by Garwood (Biometrika, 1936): as if failures were
    independent. ``spread`` is the variance over the mean of the failures of a seed: 1 if they are.
    """
    rows = []
    for (which, gate, every), mine in runs.groupby(["world", "gate", "every"], sort=False):
        years, failures = mine["days"].sum() / 365, mine["failures"].sum()
        promoted = mine["promotions"].sum()
        low_share, high_share = of_promotions(int(failures), int(promoted))
        low, high = 0.5 * chi2.ppf([0.025, 0.975], [max(2 * failures, 1e-9), 2 * failures + 2])
        middle = mean_interval(mine["excess"].to_numpy())
        rows.append({
            "world": which, "gate": gate, "every": every,
            "trainings per year": mine["trainings"].sum() / years,
            "promotions per year": promoted / years, "failures": failures,
            "per promotion": failures / promoted if promoted else np.nan,
            "per promotion, low": low_share,
            "per promotion, high": high_share, "per year": failures / years,
            "per year, low": low / years, "per year, high": high / years,
            "spread": mine["failures"].var() / mine["failures"].mean() if failures else np.nan,
            "worse per promotion": mine["worse"].sum() / promoted if promoted else np.nan,
            "failed days per year": mine["failed_days"].sum() / years,
            "excess": middle.mean, "excess, low": middle.low, "excess, high": middle.high,
        })  # fmt: skip
    return pd.DataFrame(rows)


def of_promotions(failures: int, promoted: int) -> tuple[float, float]:
    """Bounds of the share that fails; NaN where nothing was promoted."""
    if not promoted:
        return float("nan"), float("nan")
    found = binomtest(failures, promoted).proportion_ci(0.95)
    return float(found.low), float(found.high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--out", type=Path, default=Path("results/rollout"))
    given = parser.parse_args()
    if given.days <= UNTIL:
        parser.error(f"--days={given.days}: must be above {UNTIL}, since earlier days do not count")
    runs = replayed(seeds=range(given.seeds), days=given.days).round(4)  # as they are written
    found = rates(runs)
    sys.stdout.write(found.round(3).to_string(index=False) + "\n")
    given.out.mkdir(parents=True, exist_ok=True)
    runs.to_csv(given.out / "failures_runs.csv", index=False)
    found.round(4).to_csv(given.out / "failures.csv", index=False)
    save(draw_failures(found), given.out, "failures")


if __name__ == "__main__":
    main()
