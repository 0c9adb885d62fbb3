"""How much of a trigger's result hangs on its two numbers: its neighbours beside the sweep.

python experiments/elec2/neighbours.py clsim-runs/elec2 clsim-runs/elec2-neighbours results/elec2
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

import clsim
from clsim.analysis import settings, walk_forward
from clsim.analysis.compare.comparison import Setting
from clsim.runs.ledger import Prices, cost

SCHEDULES = ("never", "daily", "weekly", "monthly")


def settings_of_trigger(others: Setting, prices: Prices) -> pd.DataFrame:
    """What each setting of the trigger costs, the cheapest first."""
    rows = []
    for by_seed in others.runs.values():
        [run] = by_seed.values()
        trigger = run.config["strategy"]["trigger"]
        rows.append(
            {"drop": trigger["drop"], "window": trigger["window"], "score": run.score,
             "retrainings": run.totals["retrainings"], "loss": run.totals["loss"],
             "cost": cost(run.totals, prices)}
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values("cost")


def choices(setting: Setting, others: Setting, prices: Prices) -> pd.DataFrame:
    """What could have been chosen while the stream went on, among more and among fewer.

    Each row is one cut, or (``fold`` missing) all of them together.
    """
    own = setting.runs
    among = {
        # one of the neighbours is the trigger of the sweep itself
        "with neighbours": {k: v for k, v in own.items() if k != "performance"} | others.runs,
        "schedules": {name: own[name] for name in SCHEDULES},
    }
    rows = []
    for name, runs in among.items():
        found = walk_forward(replace(setting, runs=runs), prices)
        rows += [part.assign(among=name) for part in (found.folds, found.seeds)]
        print(name, found.text(), sep="\n")
    columns = ["among", "fold", "strategy", "n", "promised", "judged", "gap", "best", "best_cost"]
    return pd.concat(rows)[columns]


def main(sweep: str, neighbours: str, out: str) -> None:
    [setting] = settings(clsim.load(sweep))
    [others] = settings(clsim.load(neighbours))
    prices = Prices.from_dict(next(iter(setting.runs["never"].values())).config["prices"])
    found = {
        "neighbours": settings_of_trigger(others, prices),
        "choices": choices(setting, others, prices),
    }
    for name, table in found.items():
        table.round(6).to_csv(Path(out) / f"{name}.csv", index=False)
        print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
