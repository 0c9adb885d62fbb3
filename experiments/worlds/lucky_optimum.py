"""How much the best schedule in hindsight gains by luck, and what it gains on another draw.

python experiments/worlds/lucky_optimum.py results/worlds

Sixty ticks of 1,000 events with labels at once, logistic regression on the last 5,000; six draws,
without drift and with a sudden one in the middle.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression

import clsim
from clsim import Prices
from clsim.analysis import expected_optimum, optimum
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.drift import Sudden

TICKS, TICK, WINDOW, SEEDS, PRICES = 60, 1_000, 5_000, range(6), (5, 20)
DRIFTS = {"none": [], "sudden": [Sudden(Logistic(10, variant=1), at=WINDOW + TICKS * TICK // 2)]}


def gains() -> pd.DataFrame:
    """For each draw the trainings of its best schedule, and shares of never's loss that it saves.

    ``realised`` on the draw itself, ``expected`` by a schedule that was chosen on the other five.
    """
    rows = []
    for name, drifts in DRIFTS.items():
        stream = Synthetic(Logistic(10), drifts, n=WINDOW + TICKS * TICK, noise=0.05)
        tables = [
            clsim.counterfactual(
                stream, learner=LogisticRegression(), dataset=SlidingWindow(WINDOW), tick=TICK,
                warmup=WINDOW, seed=seed,
            )
            for seed in SEEDS
        ]  # fmt: skip
        for price in PRICES:
            found = expected_optimum(tables, Prices(retraining=price))
            for seed, table in zip(SEEDS, tables, strict=True):
                never = table.loss[-1].sum()
                rows.append({
                    "drift": name, "price": price, "seed": seed,
                    "trainings": len(optimum(table, Prices(retraining=price)).ticks),
                    "realised": found.realised_gain[seed] / never,
                    "expected": found.gain[seed] / never,
                })  # fmt: skip
    return pd.DataFrame(rows).round(6)


if __name__ == "__main__":
    table = gains()
    print(table.groupby(["drift", "price"])[["trainings", "realised", "expected"]].mean())
    table.to_csv(Path(sys.argv[1]) / "lucky_optimum.csv", index=False)
