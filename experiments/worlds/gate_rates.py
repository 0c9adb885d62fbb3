"""How often the tests of gates are wrong where two models are equal, or just a margin apart.

python experiments/worlds/gate_rates.py results/worlds

One model alone is right on a tenth of 500 rows: on as many of them as the other; or, where the
challenger is worse by the margin, on 2 points less. Of an area under the ROC curve, which is no
mean over rows, both models have scores of the same quality for 200 rows, 30 % of them positive.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from clsim.strategy.offline.measures import Cell, Given
from clsim.strategy.offline.ways import WAYS

TRIALS, ROWS, APART, MARGIN, ALPHA = 2_000, 500, 0.1, 0.02, 0.05
FEW, DRAWS = 1_000, 300
"""Trials and resamples of the area by percentiles, which takes long."""


def right_or_wrong(rng: np.random.Generator, worse: float, draws: int) -> Cell:
    """Answers of a challenger that is right less often by so much, and of the champion."""
    chances = [(APART - worse) / 2, (APART + worse) / 2]  # the challenger alone, the champion alone
    who = rng.choice(3, size=ROWS, p=[*chances, 1 - APART])
    both = rng.random(ROWS) < 0.8
    given = tuple(Given(np.where(who == 2, both, who == k).astype(float)) for k in (0, 1))
    return Cell("score", "all", 1, np.arange(ROWS), given, True, draws, int(rng.integers(2**31)))


def areas(rng: np.random.Generator, draws: int, rows: int = 200) -> Cell:
    """Scores of two models that are as good, with the same noise in part."""
    y = rng.permutation(np.arange(rows) < 0.3 * rows)
    common = rng.normal(size=rows)

    def area(scores: np.ndarray) -> Callable:
        def of(at: np.ndarray) -> tuple[float, str | None]:
            positive, ranks = y[at], scores[at].argsort().argsort() + 1
            many = positive.sum()
            if many in (0, len(at)):
                return np.nan, "one class"
            sums = ranks[positive].sum() - many * (many + 1) / 2
            return float(sums / (many * (len(at) - many))), None

        return of

    given = tuple(Given(None, area(y + common + rng.normal(size=rows))) for _ in range(2))
    return Cell("auc", "all", 1, np.arange(rows), given, False, draws, int(rng.integers(2**31)))


def rates() -> pd.DataFrame:
    """Shares of trials in which something is shown that is not so."""
    rows = []
    for by in ("mcnemar", "paired_t", "paired_bootstrap", "two_proportions"):
        rng = np.random.default_rng(0)
        p = {
            "no difference": [
                WAYS[by].p(right_or_wrong(rng, 0, 1_000), 0, "greater") for _ in range(TRIALS)
            ],
            "worse by the margin": [
                WAYS[by].p(right_or_wrong(rng, MARGIN, 1_000), -MARGIN, "greater")
                for _ in range(TRIALS)
            ],
        }
        rows += [
            {"by": by, "of": "right or wrong", "where": where, "trials": len(some),
             "wrong": np.mean(np.array(some) <= ALPHA)}
            for where, some in p.items()
        ]  # fmt: skip
    for by, trials in (("paired_t", TRIALS), ("paired_bootstrap", FEW)):
        rng = np.random.default_rng(0)
        some = [WAYS[by].p(areas(rng, DRAWS), 0, "greater") for _ in range(trials)]
        rows.append({"by": by, "of": "area", "where": "no difference", "trials": trials,
                     "wrong": np.mean(np.array(some) <= ALPHA)})  # fmt: skip
    return pd.DataFrame(rows).round(4)


if __name__ == "__main__":
    table = rates()
    print(table.to_string(index=False))
    table.to_csv(Path(sys.argv[1]) / "gate_rates.csv", index=False)
