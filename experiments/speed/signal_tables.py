"""How much time do tables of signals take, and the rules that are looked up in them?

python experiments/speed/signal_tables.py [--repeats 3] [--out results/speed]

1. `table`: a counterfactual table of 200 ticks of 1,000 rows, ten features and window of 5,000, of
   logistic regression; and how much longer it takes with `S[i, j]` of one distance of all ten
   features (`FeatureDistribution`, against what each model was trained on), as a share of the
   table alone. Wanted: 1.5 at the most.
2. `look-up`: 1,000 thresholds of each of 20 signals of ten features, run along 200 ticks and
   priced, of random values. Wanted: less than a second.

Seconds of the processor, on one thread; the table alone and with each monitor come in turn.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from replay import LEARNERS, table

from clsim.hindsight.grids import Levels, run_all
from clsim.hindsight.make import counterfactual
from clsim.hindsight.signals import Signals
from clsim.hindsight.table import Counterfactual
from clsim.monitoring import FeatureDistribution
from clsim.protocols import Monitor
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Recorded
from clsim.types import Of

TICK, TICKS, WINDOW = 1_000, 200, 5_000

MONITORS: dict[str, Monitor] = {
    "l_infinity, window 500": FeatureDistribution("l_infinity", window=500),
    "l_infinity, window 5000": FeatureDistribution("l_infinity", window=5_000),
    "jensen_shannon, window 500": FeatureDistribution("jensen_shannon", window=500),
    "psi, window 500": FeatureDistribution("psi", window=500),
    "chi_squared, window 500": FeatureDistribution("chi_squared", window=500),
    "kolmogorov_smirnov, window 500": FeatureDistribution("kolmogorov_smirnov", window=500),
    "cramer_von_mises, window 500": FeatureDistribution("cramer_von_mises", window=500),
    "earth_mover, window 500": FeatureDistribution("earth_mover", window=500),
    "energy, window 500": FeatureDistribution("energy", window=500),
    "l_infinity from the warm-up, window 500": FeatureDistribution(reference="warmup", window=500),
}

THRESHOLDS, SIGNALS, FEATURES = 1_000, 20, 10


def made(stream: Recorded, monitors: dict[str, Monitor] | None) -> tuple[Counterfactual, float]:
    """A table, and the seconds that it took."""
    begin = time.process_time()
    found = counterfactual(
        stream, learner=LEARNERS["LogisticRegression"], dataset=SlidingWindow(WINDOW), tick=TICK,
        warmup=WINDOW, monitors=monitors,
    )  # fmt: skip
    return found, time.process_time() - begin


def looked_up(small: Counterfactual) -> float:
    """Seconds that all thresholds of all signals take, on a table of random numbers."""
    rng, shape = np.random.default_rng(0), (TICKS + 1, TICKS)
    ticks = np.append(np.arange(TICKS), -1)
    serves = np.append(np.arange(TICKS), 0)
    values: dict[str, dict[Of, np.ndarray]] = {
        f"s{k}": {f"x{f}": rng.random(shape) for f in range(FEATURES)} for k in range(SIGNALS)
    }
    signals = Signals(values, np.arange(TICKS + 1), serves, np.arange(TICKS), False)
    rows = np.append(np.full(TICKS, 9), 0)
    large = replace(
        small, loss=rng.random(shape), ticks=ticks, serves=serves, rows=rows,
        n=np.full(TICKS, 9), signals=signals,
    )  # fmt: skip
    grids = [Levels(name, tuple(np.linspace(0.5, 1, THRESHOLDS))) for name in values]
    begin = time.process_time()
    run_all(large, grids).priced(large)
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    args = parser.parse_args()
    stream = Recorded(table(WINDOW + TICK * TICKS), label="y")
    small, _ = made(stream, None)  # imports
    rows = []
    for repeat in range(args.repeats):
        alone = made(stream, None)[1]
        rows.append(("table", repeat, alone, np.nan, np.nan))
        for name, monitor in MONITORS.items():
            found, seconds = made(stream, {"s": monitor})
            expected = found.info["signals"]["s"]["expected"]
            rows.append((name, repeat, seconds - alone, (seconds - alone) / alone, expected))
            print(rows[-1], flush=True)
        rows.append(("look-up", repeat, looked_up(small), np.nan, np.nan))
        print(rows[-1], flush=True)
    columns = ["what", "repeat", "seconds", "times the table", "said before"]
    measured = pd.DataFrame(rows, columns=columns).round(4)
    args.out.mkdir(parents=True, exist_ok=True)
    measured.to_csv(args.out / "signal_tables.csv", index=False)
    print(measured.groupby("what", sort=False)[columns[2:]].median().round(3).to_string())


if __name__ == "__main__":
    main()
