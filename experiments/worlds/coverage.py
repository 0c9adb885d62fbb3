"""How often intervals and tests are right that count settings, seeds or worlds as independent.

Scores of strategies that do not differ: worlds vary, seeds within worlds vary, and what a seed has
in common in all worlds that share it; each world is run at three delays, which hardly differ.

python experiments/worlds/coverage.py results/worlds
"""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from clsim.analysis import friedman, stratified_bootstrap, stream_means

SEED_DEVIATION, DELAY_DEVIATION, DELAYS = 0.05, 0.01, 3
STRATEGIES, REPEATS, TESTS = 100, 5, 400


def drawn(rng, worlds, seeds, between, common, strategies=STRATEGIES):
    """Scores by strategy, world, delay and seed; the mean of all worlds is 0 for each."""
    values = between * rng.normal(size=(strategies, worlds, 1, 1))
    values = values + common * rng.normal(size=(strategies, 1, 1, seeds))
    values = values + SEED_DEVIATION * rng.normal(size=(strategies, worlds, 1, seeds))
    values = values + DELAY_DEVIATION * rng.normal(size=(strategies, worlds, DELAYS, seeds))
    names = ["strategy", "stream", "setting", "seed"]
    index = pd.MultiIndex.from_product(
        [range(strategies), [f"w{w:02}" for w in range(worlds)], range(DELAYS), range(seeds)],
        names=names,
    )
    table = pd.DataFrame({"score": values.ravel()}, index).reset_index()
    table["setting"] = table["stream"] + " delay " + table["setting"].astype(str)
    return table


def counted(table, how):
    """The table as if settings were streams whose seeds have nothing in common; or as it is."""
    if how != "settings":
        return table
    setting = pd.factorize(table["setting"])[0]
    return table.assign(stream=table["setting"], seed=table["seed"] + 1000 * setting)


def intervals(rng):
    """Shares of 95 % intervals that hold the mean of all worlds."""
    rows = []
    for worlds, between, common in product((3, 8), (0.0, 0.05), (0.0, 0.05)):
        hits = {"settings": [], "seeds": [], "worlds": []}
        for repeat in range(REPEATS):
            table = drawn(rng, worlds, 5, between, common)
            for how, found in hits.items():
                of = stratified_bootstrap(
                    counted(table, how), statistic="mean", seed=repeat, resamples=1000,
                    over="worlds" if how == "worlds" else "seeds",
                )  # fmt: skip
                found += [*((of["low"] <= 0) & (of["high"] >= 0))]
        for how, found in hits.items():
            rows.append({"what": "interval", "worlds": worlds, "between": between,
                         "common": common, "counted": how, "right": np.mean(found),
                         "simulations": len(found)})  # fmt: skip
    return rows


def tests(rng):
    """Shares of Friedman's tests at .05 of four equal strategies that find no difference."""
    rows = []
    for worlds, common in product((6,), (0.0, 0.05)):
        right = {"settings": [], "worlds": []}
        for _ in range(TESTS):
            table = drawn(rng, worlds, 5, 0.05, common, strategies=4)
            for how, found in right.items():
                found.append(friedman(stream_means(counted(table, how))).p > 0.05)
        for how, found in right.items():
            rows.append({"what": "Friedman", "worlds": worlds, "between": 0.05, "common": common,
                         "counted": how, "right": np.mean(found),
                         "simulations": TESTS})  # fmt: skip
    return rows


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(2026)
    found = pd.DataFrame([*intervals(rng), *tests(rng)])
    found.to_csv(folder / "coverage.csv", index=False, float_format="%.3f")
    print(found.to_string())
