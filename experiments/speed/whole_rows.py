"""How much time do distances of whole rows and projections take?

python experiments/speed/whole_rows.py [--repeats 20] [--out results/speed]

Twice 500 rows of twenty features, as a monitor of whole rows compares them in a tick; projections
are fitted on 5,000 rows, and see 500. Processor milliseconds on one thread; the first call, which
imports, is not counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from clsim.monitoring.multivariate import (
    classifier,
    classifier_p_value,
    directions,
    energy,
    energy_between,
    mmd,
    mmd_between,
    sliced_earth_mover,
)
from clsim.monitoring.p_values import permuted
from clsim.monitoring.projections import PCA, Density, Encoding, KMeans, RandomLinear

ROWS, FITTED, FEATURES, PERMUTATIONS = 500, 5_000, 20, 199


def jobs() -> dict[tuple[str, str], Callable[[], Any]]:
    """What is timed, by what it is of and what it gives."""
    rng = np.random.default_rng(0)
    many, now = rng.normal(size=(FITTED, FEATURES)), rng.normal(size=(ROWS, FEATURES))
    before, both = many[:ROWS], np.concatenate([many[:ROWS], now])
    texts = pd.DataFrame(many).assign(text=rng.choice(list("abcdef"), FITTED))
    numbers, words = Encoding(many), Encoding(texts)
    along = directions(FEATURES, 50, rng)
    found: dict[tuple[str, str], Callable[[], Any]] = {
        ("encoding", "value"): lambda: numbers.rows(now),
        ("encoding with text", "value"): lambda: words.rows(texts[:ROWS]),
        ("energy", "value"): lambda: energy(before, now),
        ("mmd", "value"): lambda: mmd(before, now),
        ("sliced_earth_mover", "value"): lambda: sliced_earth_mover(before, now, along),
        ("classifier", "value"): lambda: classifier(before, now, random_state=0),
        ("classifier", "p-value"): lambda: classifier_p_value(before, now, random_state=0),
    }
    for name, between in (("energy", energy_between), ("mmd", mmd_between)):
        found[name, "p-value"] = lambda between=between: permuted(
            between(both), ROWS, ROWS, np.random.default_rng(0), PERMUTATIONS
        )
    for projection in (RandomLinear(3), PCA(2), KMeans(8), Density()):
        name = type(projection).__name__
        fitted = projection.fit(many, 0)
        found[name, "fit"] = lambda projection=projection: projection.fit(many, 0)
        found[name, "columns"] = lambda fitted=fitted: fitted.columns(now)
    return found


def measured(repeats: int) -> pd.DataFrame:
    """Milliseconds of each job, once for each repeat, all of them in turn."""
    rows, timed = [], jobs()
    for repeat in range(repeats + 1):
        for (of, what), job in timed.items():
            before = time.process_time()
            job()
            spent = 1_000 * (time.process_time() - before)
            if repeat:
                rows.append({"of": of, "what": what, "repeat": repeat, "ms": spent})
    return pd.DataFrame(rows).round(4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    given = parser.parse_args()
    with threadpool_limits(1):
        table = measured(given.repeats)
    print(table.groupby(["of", "what"], sort=False)["ms"].agg(["median", "min", "max"]).to_string())
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "whole_rows.csv", index=False)


if __name__ == "__main__":
    main()
