"""Who was found, and what was lost in each tick, by the sweeps of `run.sh`.

python experiments/bank_marketing/subscribers.py clsim-runs results/bank_marketing
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

import clsim
from clsim.analysis import settings
from clsim.runs.run import Run

SWEEPS = {"accuracy": "bank_marketing", "costs": "bank_costs", "tree": "bank_tree"}


def answers(run: Run) -> dict[str, float]:
    """Subscribers that a run found, and calls that it asked for in vain."""
    told = run.confusion
    told = told[(told["slice"] == "all") & (told["y_pred"] == "yes")]
    return told.groupby("y_true")["n"].sum().reindex(["yes", "no"], fill_value=0).to_dict()


def runs_of(sweep: Path) -> dict[str, Run]:
    """The only run of each strategy."""
    [setting] = settings(clsim.load(sweep))
    return {name: next(iter(by_seed.values())) for name, by_seed in setting.runs.items()}


def subscribers(sweeps: dict[str, dict[str, Run]]) -> pd.DataFrame:
    """A row for each sweep and strategy."""
    return pd.DataFrame([
        {"by": by, "strategy": name, "found": (told := answers(run))["yes"],
         "wasted": told["no"], "loss": run.totals["loss"]}
        for by, runs in sweeps.items()
        for name, run in runs.items()
    ])  # fmt: skip


def ticks(runs: dict[str, Run]) -> pd.DataFrame:
    """What each strategy lost in each tick, with the tick's events."""
    by = {name: run.ticks.query("slice == 'all'").set_index("tick") for name, run in runs.items()}
    lost = pd.DataFrame({name: by[name]["loss"] for name in by})
    lost.insert(0, "n", by["never"]["n"])
    return lost.reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweeps", type=Path, help="folder of the sweeps")
    parser.add_argument("out", type=Path, help="folder for the CSV files")
    given = parser.parse_args()
    found = {by: runs_of(given.sweeps / name) for by, name in SWEEPS.items()}
    table = subscribers(found)
    print(table.to_string(index=False))
    table.to_csv(given.out / "subscribers.csv", index=False)
    ticks(found["costs"]).to_csv(given.out / "costs" / "ticks.csv", index=False)


if __name__ == "__main__":
    main()
