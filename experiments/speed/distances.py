"""How much time do the distances of one feature take, against a bare histogram of the same data?

python experiments/speed/distances.py [--repeats 5] [--out results/speed]

A window of 5,000 rows slides over 1,000 ticks of 100 rows, and each of 20 features is compared with
its first 5,000. `all` asks for every distance, `histogram` counts each window into ten bins with
`numpy.histogram`, on the same values, in turn. Seconds are those of the processor, on one thread.
Wanted: less than ten times as long. The earth mover's distance is asserted to be scipy's to the
last bit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from clsim.monitoring.distances import DISTANCES, measured
from clsim.monitoring.samples import sample

FEATURES, TICKS, TICK, WINDOW = 20, 1_000, 100, 5_000

CHUNK = 20
"""Ticks of one contestant before the next has its turn."""

SLOW = ("four by scipy",)
"""Asked in the first ticks alone."""

COMMON = ("earth_mover", "energy", "kolmogorov_smirnov", "cramer_von_mises")

SCIPY: tuple[Callable[[np.ndarray, np.ndarray], Any], ...] = (
    stats.wasserstein_distance,
    stats.energy_distance,
    lambda one, other: stats.ks_2samp(one, other, method="asymp"),
    lambda one, other: stats.cramervonmises_2samp(one, other, method="asymptotic"),
)


def features(kind: str) -> list[np.ndarray]:
    """Columns of one log: numbers that drift slowly, or the same in steps of a tenth."""
    rng = np.random.default_rng(0)
    rows = WINDOW + TICKS * TICK
    drift = np.linspace(0, 0.2, rows)
    columns = [rng.standard_normal(rows) + drift for _ in range(FEATURES)]
    return [np.round(column, 1) for column in columns] if kind == "repeated" else columns


def windows(columns: list[np.ndarray], ticks: range) -> Iterator[tuple[int, np.ndarray]]:
    """(feature, values) of every tick, in the order in which a monitor meets them."""
    for tick in ticks:
        for i, column in enumerate(columns):
            yield i, column[(tick + 1) * TICK : (tick + 1) * TICK + WINDOW]


def seconds(
    ask: Callable[[int, np.ndarray], Any], columns: list[np.ndarray], ticks: range
) -> float:
    """Processor seconds for some ticks."""
    begin = time.process_time()
    for i, values in windows(columns, ticks):
        ask(i, values)
    return time.process_time() - begin


def contestants(columns: list[np.ndarray]) -> dict[str, Callable[[int, np.ndarray], Any]]:
    """What is asked of each feature and window."""
    references = [column[:WINDOW] for column in columns]
    ready = [sample(reference) for reference in references]
    return {
        "histogram": lambda i, values: np.histogram(values, bins=10),
        "all": lambda i, values: measured(DISTANCES, ready[i], values),
        "four": lambda i, values: measured(COMMON, ready[i], values),
        "four by scipy": lambda i, values: [each(references[i], values) for each in SCIPY],
    }


def check(columns: list[np.ndarray]) -> None:
    """The fast way gives what scipy gives."""
    for i, values in windows(columns, range(0, TICKS, TICKS // 3)):
        found = DISTANCES["earth_mover"](sample(columns[i][:WINDOW]), values)
        assert found == stats.wasserstein_distance(columns[i][:WINDOW], values)


def question(kind: str, ticks: int) -> list[dict[str, Any]]:
    """One repeat: microseconds a feature and tick, and how many times a histogram's."""
    columns = features(kind)
    check(columns)
    asked = contestants(columns)
    spent: dict[str, list[float]] = {name: [] for name in asked}
    for first in range(0, ticks, CHUNK):  # in turn, since other work on the machine comes and goes
        some = range(first, min(first + CHUNK, ticks))
        for name, ask in asked.items():
            if name in SLOW and first >= 2 * CHUNK:
                continue
            spent[name].append(1e6 * seconds(ask, columns, some) / (len(some) * FEATURES))
    each = {name: sum(found) / len(found) for name, found in spent.items()}
    return [
        {"values": kind, "asked": name, "us": round(us, 1),
         "ratio": round(us / each["histogram"], 2)}
        for name, us in each.items()
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ticks", type=int, default=TICKS)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    args = parser.parse_args()
    rows = []
    with threadpool_limits(1):
        for kind in ("distinct", "repeated"):
            for repeat in range(args.repeats):
                rows += [{**row, "repeat": repeat} for row in question(kind, args.ticks)]
    found = pd.DataFrame(rows)
    groups = found.groupby(["values", "asked"], sort=False)[["us", "ratio"]]
    print(groups.agg(["median", "min", "max"]).to_string())
    args.out.mkdir(parents=True, exist_ok=True)
    found.to_csv(args.out / "distances.csv", index=False)


if __name__ == "__main__":
    main()
