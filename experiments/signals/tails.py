"""A fault of few events: profiles of all events beside a sample of rows of equal bytes.

One number x of N(0, 1), of whose class 1 the chance is 1/(1 + e^(-2x)). From a time on three events
of a thousand read 50, as a sensor does that saturates.

``python experiments/signals/tails.py`` writes ``results/signals/tails.csv``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FeatureDistribution, ProfileDistribution
from clsim.runs.run import Run
from clsim.strategy import Strategy
from clsim.strategy.logging import Profiles, Sample
from clsim.strategy.triggers import Never
from clsim.types import Batch, Schema

WARMUP, TICK, TICKS, CHANGE = 20_000, 10_000, 10, 5
FAULT, READS = 0.003, 50.0
BINS = 20
PROFILE = 8 * ((BINS + 2) + 6) + 8 * (2 + 1)
"""Bytes of a tick: 22 bins and 6 numbers more of x; 2 classes and what is missing of answers."""

ROW = 8 + 1
"""Bytes of a row: x, and the class that was answered."""

ROWS = PROFILE // ROW
"""Rows of a tick that take no more."""


class World:
    """The events, with the fault from tick `CHANGE` on."""

    schema = Schema(("x",), "classification", np.array([0, 1]), False)

    def blocks(self, seed: int) -> list[Batch]:
        rng, n = np.random.default_rng(seed), WARMUP + TICK * TICKS
        x = rng.normal(size=n)
        y = (rng.random(n) < 1 / (1 + np.exp(-2 * x))).astype(int)
        time = np.arange(n)
        x[(time >= WARMUP + TICK * CHANGE) & (rng.random(n) < FAULT)] = READS
        return [Batch(x[:, None], y, time)]


class Margin(NamedTuple):
    """What arithmetic says of the population stability index of a tick (`psi`).

    Attributes
    ----------
    chance : float
        What one tick in ten thousand without a fault exceeds: (1/n + 1/m) times a chi-squared
        number of a degree of freedom less than there are bins (Yurdakul & Naranjo 2020).
    fault : float
        What the bin above all of the warm-up adds, where the warm-up counts as half an event:
        (p - q) ln(p / q) of p = .003 and q = 1/40,000.
    unseen : float
        Chance that none of a tick's sample is faulty.
    """

    chance: float
    fault: float
    unseen: float


def margin(rows: int, bins: int) -> Margin:
    """The margin of so many rows of a tick in so many bins."""
    chance = (1 / rows + 1 / WARMUP) * float(chi2.ppf(1 - 1e-4, bins - 1))
    least = 0.5 / WARMUP
    fault = (FAULT - least) * float(np.log(FAULT / least))
    return Margin(chance, fault, float(binom.pmf(0, rows, FAULT)))


OF_PROFILES, OF_SAMPLE = margin(TICK, BINS + 2), margin(ROWS, 10)


def replay(seed: int) -> dict[str, Run]:
    """Two strategies that keep as many bytes: profiles of all events, or some of the rows."""
    looks = {
        "profiles": (Profiles(bins=BINS), ProfileDistribution("features", "psi", ticks=1)),
        "sample": (
            Sample(ROWS / TICK),
            FeatureDistribution("psi", reference="warmup", window=ROWS, min_rows=ROWS - 1),
        ),
    }
    strategies = {
        name: Strategy(Never(), logging=logging, monitors={"psi": monitor})
        for name, (logging, monitor) in looks.items()
    }
    return clsim.replay(
        World(), strategies, learner=GaussianNB(), tick=TICK, warmup=WARMUP, seed=seed
    )


def said(run: Run) -> pd.Series:
    """The index by the tick of which it is; a tick is measured when it is over."""
    signals = run.signals
    assert signals is not None
    of_tick = signals.set_index("tick")["value"].dropna()
    of_tick.index -= 1
    return of_tick


def main() -> None:
    rows = []
    for name, arithmetic in (("profiles", OF_PROFILES), ("sample", OF_SAMPLE)):
        values = [said(replay(seed)[name]) for seed in range(10)]
        before = pd.concat([one[one.index < CHANGE] for one in values])
        after = pd.concat([one[one.index >= CHANGE] for one in values])
        rows += [
            {"keeps": name, "limit": arithmetic.chance, "when": when, "ticks": len(some),
             "least": some.min(), "most": some.max(), "above": (some > arithmetic.chance).sum()}
            for when, some in (("before", before), ("after", after))
        ]  # fmt: skip
    table = pd.DataFrame(rows).round(5)
    sys.stdout.write(table.to_string(index=False) + "\n")
    table.to_csv(Path("results/signals/tails.csv"), index=False)


if __name__ == "__main__":
    main()
