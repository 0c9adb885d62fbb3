"""How much of a trigger's result hangs on its two numbers: its neighbours beside the sweep.

python experiments/elec2/neighbours.py clsim-runs/elec2 clsim-runs/elec2-neighbours OUT.csv
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pandas as pd

import clsim
from clsim.analysis import settings, walk_forward
from clsim.runs.ledger import Prices, cost


def main(sweep: str, neighbours: str, out: str) -> None:
    [setting] = settings(clsim.load(sweep))
    [others] = settings(clsim.load(neighbours))
    prices = Prices.from_dict(next(iter(setting.runs["never"].values())).config["prices"])
    rows = []
    for by_seed in others.runs.values():
        [run] = by_seed.values()
        trigger = run.config["strategy"]["trigger"]
        rows.append(
            {"drop": trigger["drop"], "window": trigger["window"], "score": run.score,
             "retrainings": run.totals["retrainings"], "loss": run.totals["loss"],
             "cost": cost(run.totals, prices)}
        )  # fmt: skip
    table = pd.DataFrame(rows).sort_values("cost")
    table.round(6).to_csv(out, index=False)
    print(table.round(4).to_string(index=False))
    print(table["cost"].describe().round(0).to_string())
    # one of the neighbours is the trigger of the sweep itself
    runs = {name: by for name, by in setting.runs.items() if name != "performance"} | others.runs
    found = walk_forward(replace(setting, runs=runs), prices)
    print(found.folds[["fold", "strategy", "promised", "judged", "gap"]].round(4).to_string())
    print(found.seeds.round(4).to_string(), found.text(), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
