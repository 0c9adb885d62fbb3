"""How much time do the best schedule in hindsight and the look-up of schedules take?

python experiments/speed/hindsight.py [--repeats 7] [--out results/speed]

The tables are drawn, not trained: models that grow worse with age, a candidate in every tick. How
long a table takes to make is measured by ``experiments/speed/counterfactual.py``. Wanted: the
optimum of 1,000 ticks for one price in less than 0.1 s.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import deferred_optimum, evaluate, frontier, optimum
from clsim.hindsight.schedules import all_periodic, controls, look_up, periodic
from clsim.runs.ledger import Prices

PRICES = Prices(error=1, retraining=50)


def table(ticks: int, seed: int = 0) -> Table:
    """Losses of 1,000 events a tick that grow by half a unit with each tick of age."""
    trained = np.append(np.arange(ticks), 0)
    age = np.arange(ticks) - trained[:, None]
    loss = np.random.default_rng(seed).poisson(50 + np.maximum(age, 0) / 2).astype(float)
    loss[age < 0] = np.nan
    rows = np.append(np.full(ticks, 5_000), 0)
    return Table(loss, np.append(np.arange(ticks), -1), trained, rows, np.full(ticks, 1_000))


QUESTIONS: dict[str, Callable[[Table], Any]] = {
    "optimum, one price": lambda t: optimum(t, PRICES),
    "optimum, at most 50 retrainings": lambda t: optimum(t, PRICES, most=50),
    "optimum, with a floor": lambda t: optimum(t, PRICES, floor=0.85),
    "deferred optimum, one price": lambda t: deferred_optimum(t, PRICES),
    "deferred optimum, at most 20": lambda t: deferred_optimum(t, PRICES, most=20),
    "frontier of 0 to 50 retrainings": lambda t: frontier(t, PRICES, 50),
    "frontier, to the end": lambda t: frontier(t, PRICES),
    "5,050 periodic schedules": lambda t: all_periodic(t, 100, PRICES),
    "controls, 200 random schedules": lambda t: controls(t, 20, PRICES),
}


def check() -> None:
    """The fast ways give what pricing one by one gives."""
    t = table(195)
    found = all_periodic(t, 100, PRICES)
    schedules = [periodic(e, p, 195) for e, p in zip(found["every"], found["phase"], strict=True)]
    assert look_up(t, schedules, PRICES)["cost"].equals(found["cost"])
    one_by_one = [evaluate(t, ticks, PRICES).cost for ticks in schedules[::100]]
    assert found["cost"][::100].tolist() == one_by_one
    assert optimum(t, PRICES).cost <= found["cost"].min()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    args = parser.parse_args()
    check()
    rows = []
    for question, ask in QUESTIONS.items():
        for ticks in (195, 1_000):
            given = table(ticks)
            for repeat in range(args.repeats):
                begin, cpu = time.perf_counter(), time.process_time()
                ask(given)
                spent = time.perf_counter() - begin, time.process_time() - cpu
                rows.append({"question": question, "ticks": ticks, "repeat": repeat,
                             "seconds": round(spent[0], 4), "cpu": round(spent[1], 4)})  # fmt: skip
    measured = pd.DataFrame(rows)
    groups = measured.groupby(["question", "ticks"], sort=False)[["seconds", "cpu"]]
    print(groups.agg(["median", "min", "max"]).to_string())
    args.out.mkdir(parents=True, exist_ok=True)
    measured.to_csv(args.out / "hindsight.csv", index=False)


if __name__ == "__main__":
    main()
