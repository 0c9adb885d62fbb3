"""How many rows per second does a generated stream have, against river and bare NumPy?

Seconds are those of the processor, on one thread, so that other work on the machine matters less.

python experiments/speed/streams.py [--repeats 7] [--concepts SEA Agrawal]
"""

from __future__ import annotations

import argparse
import gc
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from river.datasets import synth
from threadpoolctl import threadpool_limits

from clsim.randomness import BLOCK
from clsim.streams import Synthetic
from clsim.streams import concepts as own
from clsim.streams.concepts import Concept

ROWS = 40 * BLOCK
"""Rows of clsim and of bare NumPy in one repeat: the same number, in whole blocks."""

RIVER_ROWS = 20_000
CHUNK = 1_000
"""Rows that bare NumPy draws at a time."""

Arrays = tuple[np.ndarray, np.ndarray]
Bare = Callable[[int, np.random.Generator], Arrays]


def sea(n: int, rng: np.random.Generator) -> Arrays:
    X = rng.random((n, 3)) * 10
    return X, (X[:, 0] + X[:, 1] > 8).astype(np.int64)


def stagger(n: int, rng: np.random.Generator) -> Arrays:
    X = rng.integers(0, 3, (n, 3))
    return X, ((X[:, 0] == 0) & (X[:, 1] == 0)).astype(np.int64)


def sine(n: int, rng: np.random.Generator) -> Arrays:
    X = rng.random((n, 2))
    return X, (X[:, 0] < np.sin(X[:, 1])).astype(np.int64)


def mixed(n: int, rng: np.random.Generator) -> Arrays:
    X = np.column_stack([rng.integers(0, 2, (n, 2)), rng.random((n, 2))])
    z = X[:, 3] < 0.5 + 0.3 * np.sin(3 * np.pi * X[:, 2])
    return X, (X[:, 0] + X[:, 1] + z < 2).astype(np.int64)


def agrawal(n: int, rng: np.random.Generator) -> Arrays:
    salary = rng.uniform(20_000, 150_000, n)
    commission = np.where(salary >= 75_000, 0, rng.uniform(10_000, 85_000, n))
    age, level, car = rng.integers(20, 81, n), rng.integers(0, 5, n), rng.integers(0, 20, n)
    zipcode, years = rng.integers(0, 9, n), rng.integers(1, 31, n)
    house = (8 - zipcode) * 100_000 * rng.uniform(0.5, 1.5, n)
    loan = rng.uniform(0, 500_000, n)
    columns = [salary, commission, age, level, car, zipcode, house, years, loan]
    return np.column_stack(columns), ((age < 40) | (age >= 60)).astype(np.int64)


SEGMENTS = own.LED.segments
RNG = np.random.default_rng(0)
WEIGHTS, CENTROIDS, SPREAD = RNG.random(10), RNG.random((50, 10)), RNG.random(50)
CHANCES, CLASSES = RNG.dirichlet(np.ones(50)), RNG.integers(0, 2, 50)
ZIPF = {count: np.arange(1, count + 1) ** -1.1 for count in (10_000, 1_000)}
EFFECTS = {count: RNG.standard_normal((count, 5)) for count in (10_000, 1_000, 24)}


def led(n: int, rng: np.random.Generator) -> Arrays:
    y = rng.integers(0, 10, n)
    lit = SEGMENTS[y] ^ (rng.random((n, 7)) < 0.1)
    return np.column_stack([lit, rng.integers(0, 2, (n, 17))]).astype(float), y


def rbf(n: int, rng: np.random.Generator) -> Arrays:
    which = rng.choice(50, n, p=CHANCES)
    direction = rng.uniform(-1, 1, (n, 10))
    scale = SPREAD[which] * rng.standard_normal(n) / np.sqrt((direction**2).sum(axis=1))
    return CENTROIDS[which] + direction * scale[:, None], CLASSES[which]


def tree(n: int, rng: np.random.Generator) -> Arrays:
    # inputs alone: there is no formula for the label
    return np.column_stack([rng.random((n, 5)), rng.integers(0, 5, (n, 5))]), np.empty(0)


def hyperplane(n: int, rng: np.random.Generator) -> Arrays:
    X = rng.random((n, 10))
    above = X @ WEIGHTS - 0.5 * WEIGHTS.sum()
    return X, (above >= 0).astype(np.int64)


def logistic(n: int, rng: np.random.Generator) -> Arrays:
    X = rng.standard_normal((n, 10))
    return X, (rng.random(n) < 1 / (1 + np.exp(-(X @ WEIGHTS)))).astype(np.int64)


def friedman(n: int, rng: np.random.Generator) -> Arrays:
    X = rng.random((n, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    return X, y + 10 * X[:, 3] + 5 * X[:, 4] + rng.standard_normal(n)


def gaussians(n: int, rng: np.random.Generator) -> Arrays:
    y = rng.integers(0, 2, n)
    return CENTROIDS[y, :2] + rng.standard_normal((n, 2)), y


def adclick(n: int, rng: np.random.Generator) -> Arrays:
    user, item = (rng.choice(c, n, p=w / w.sum()) for c, w in ZIPF.items())
    hour = rng.integers(0, 24, n)
    u, v = EFFECTS[10_000][user], EFFECTS[1_000][item]
    logit = u[:, 0] + v[:, 0] + EFFECTS[24][hour, 0] + (u[:, 1:] * v[:, 1:]).sum(axis=1) / 2
    y = rng.random(n) < 1 / (1 + np.exp(2.94 - 0.7 * logit))
    return np.column_stack([user, item, hour]).astype(float), y.astype(np.int64)


CASES: dict[str, tuple[Concept, Any, Bare]] = {
    "SEA": (own.SEA(), synth.SEA(seed=1), sea),
    "STAGGER": (own.STAGGER(), synth.STAGGER(seed=1), stagger),
    "Sine": (own.Sine(), synth.Sine(seed=1), sine),
    "Mixed": (own.Mixed(), synth.Mixed(seed=1), mixed),
    "Agrawal": (own.Agrawal(), synth.Agrawal(seed=1), agrawal),
    "LED": (own.LED(irrelevant=17), synth.LED(1, 0.1, True), led),
    "RandomRBF": (own.RandomRBF(), synth.RandomRBF(1, 1), rbf),
    "RandomTree": (own.RandomTree(), synth.RandomTree(1, 1), tree),
    "Hyperplane": (own.Hyperplane(), synth.Hyperplane(seed=1), hyperplane),
    "Friedman": (own.Friedman(), synth.Friedman(seed=1), friedman),
    "Logistic": (own.Logistic(), None, logistic),
    "Gaussians": (own.Gaussians(), None, gaussians),
    "AdClick": (own.AdClick(), None, adclick),
}
"""Each concept, the generator of river with the same name if there is one, and bare NumPy."""


def of_stream(concept: Concept) -> float:
    """Rows per second of a stream that never drifts."""
    stream = Synthetic(concept, n=ROWS)
    begin = time.process_time()
    for _ in stream.blocks(seed=1):
        pass
    return ROWS / (time.process_time() - begin)


def of_concept(concept: Concept) -> float:
    """Rows per second of draws and labels alone."""
    rng = np.random.Generator(np.random.PCG64DXSM(1))
    begin = time.process_time()
    for _ in range(ROWS // BLOCK):
        X = concept.draw(BLOCK, rng, 1)
        concept.label(X, rng.random(BLOCK), 1)
    return ROWS / (time.process_time() - begin)


def of_river(dataset: Any) -> float:
    """Rows per second of river's generator, turned into arrays."""
    begin = time.process_time()
    rows = [(list(x.values()), y) for x, y in itertools.islice(dataset, RIVER_ROWS)]
    np.array([x for x, _ in rows], dtype=float)
    np.array([y for _, y in rows])
    return RIVER_ROWS / (time.process_time() - begin)


def of_numpy(bare: Bare) -> float:
    """Rows per second of bare NumPy."""
    rng = np.random.default_rng(1)
    begin = time.process_time()
    for _ in range(0, ROWS, CHUNK):
        bare(CHUNK, rng)
    return ROWS / (time.process_time() - begin)


def measure(names: list[str], repeats: int) -> pd.DataFrame:
    """Rows per second; every repeat runs all contestants of all concepts, one after the other."""
    # or else a collection of all that was imported lands in some of river's runs
    gc.collect()
    gc.freeze()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for repeat in range(repeats + 1):
        for name in names:
            concept, dataset, bare = CASES[name]
            speeds = {
                "clsim": of_stream(concept),
                "concept": of_concept(concept),
                "numpy": of_numpy(bare),
                "river": of_river(dataset) if dataset is not None else float("nan"),
            }
            if repeat:  # the first is to warm up
                found[name].append(speeds)
    rows = []
    for name, runs in found.items():
        row: dict[str, Any] = {"concept": name}
        for who in ("clsim", "concept", "numpy", "river"):
            measured = [run[who] for run in runs]
            row |= {f"{who}_rows_per_s": median(measured)}
            row |= {f"{who}_low": min(measured), f"{who}_high": max(measured)}
        row["times_river"] = median(run["clsim"] / run["river"] for run in runs)
        row["times_numpy"] = median(run["numpy"] / run["clsim"] for run in runs)
        row["concept_times_numpy"] = median(run["numpy"] / run["concept"] for run in runs)
        rows.append(row)
    return pd.DataFrame(rows).round(3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--concepts", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--out", type=Path, help="CSV file for the table")
    arguments = parser.parse_args()
    with threadpool_limits(1):
        frame = measure(arguments.concepts, arguments.repeats)
    print(f"{'':12}{'million rows per second: median (lowest to highest)':>51}")
    print(f"{'':12}{'clsim':>20}{'bare NumPy':>22}{'river':>24}   x river  time/NumPy  alone")
    for row in frame.to_dict("records"):
        text = f"{row['concept']:12}"
        for who, digits in (("clsim", 1), ("numpy", 1), ("river", 3)):
            low, mid, high = (
                f"{row[f'{who}_{part}'] / 1e6:.{digits}f}" for part in ("low", "rows_per_s", "high")
            )
            text += f"{mid:>8} ({low} to {high})".ljust(24)
        print(
            f"{text}{row['times_river']:8.0f}{row['times_numpy']:12.2f}"
            f"{row['concept_times_numpy']:8.2f}"
        )
    print(f"median of times river: {frame['times_river'].median():.0f}")
    if arguments.out is not None:
        frame.to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
