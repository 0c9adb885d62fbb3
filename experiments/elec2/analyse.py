"""The numbers of a sweep over one recorded stream, with tables of hindsight: printed, and as CSV.

python experiments/elec2/analyse.py clsim-runs/elec2 results/elec2
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

import clsim
from clsim.analysis import (
    all_periodic,
    controls,
    cost_of_waiting,
    deferred_optimum,
    evaluate,
    look_up,
    moving_block_bootstrap,
    optimum,
    recommend,
    settings,
    walk_forward,
)
from clsim.analysis.compare.comparison import Setting
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import least_loss
from clsim.hindsight.regret import CAUSES, RunRegret, of_run
from clsim.hindsight.schedules import at_random, evenly, periodic, ready
from clsim.hindsight.table import Counterfactual
from clsim.runs.ledger import Prices, cost
from clsim.runs.run import Run

DRAWS = 2000


def judge(run: Run, tables: list[Table], prices: Prices) -> tuple[RunRegret, Table]:
    """Regret of a run by the table of its own family; by any, if it has none."""
    families = {str(number): table for number, table in enumerate(tables)}
    judged = [(of_run(run, table, prices, families=families), table) for table in tables]
    return next((found for found in judged if found[0].regret is not None), judged[0])


def strategies(runs: dict[str, Run], judged: dict, prices: Prices) -> pd.DataFrame:
    rows = []
    for name, run in runs.items():
        found = judged[name][0].regret
        parts = {key: getattr(found, key, np.nan) for key in (*CAUSES, "total")}
        rows.append(
            {"strategy": name, "score": run.score, "retrainings": run.totals["retrainings"],
             "rejected": run.totals["rejected"], "loss": run.totals["loss"],
             "cost": cost(run.totals, prices), **parts}
        )  # fmt: skip
    return pd.DataFrame(rows).rename(columns={"total": "regret"}).sort_values("cost")


def hindsight(table: Table, prices: Prices) -> pd.DataFrame:
    """What no strategy can know, and the two extremes."""
    told = {
        "never": evaluate(table, [], prices),
        "optimum": optimum(table, prices),
        "optimum, deferred": deferred_optimum(table, prices),
        "least loss": optimum(table, Prices(error=prices.error, retraining=0)),
    }
    rows = [
        {"schedule": name, "retrainings": s.retrainings, "loss": s.loss, "ticks": s.ticks,
         "cost": prices.error * s.loss + prices.retraining * s.retrainings}
        for name, s in told.items()
    ]  # fmt: skip
    free = {"schedule": "any model in any tick, free of charge", "loss": least_loss(table)}
    return pd.DataFrame([*rows, {**free, "cost": prices.error * free["loss"]}])


def per_tick(table: Table, ticks: Iterable[int], prices: Prices) -> np.ndarray:
    """Money in each tick for a schedule's errors and trainings."""
    ticks = np.asarray(list(ticks), dtype=np.int64)
    served = evaluate(table, ticks.tolist(), prices).serving
    loss = table.loss[served, np.arange(len(served))]
    return prices.error * loss + prices.retraining * np.bincount(ticks, minlength=len(loss))


def of_run_per_tick(run: Run, told: RunRegret, prices: Prices) -> np.ndarray:
    """The same for what a run served and started."""
    loss = run.ticks.loc[run.ticks["slice"] == "all", "loss"].to_numpy(dtype=float)
    started = np.asarray(told.started, dtype=np.int64)
    return prices.error * loss + prices.retraining * np.bincount(started, minlength=len(loss))


def luck(runs: dict[str, Run], judged: dict, schedule: str, prices: Prices) -> pd.DataFrame:
    """Cost of each run less that of schedules, with intervals by moving blocks of ticks."""
    rows = []
    for name, run in runs.items():
        told, table = judged[name]
        count, ticks = len(told.started), len(table.n)
        if told.regret is None or count == 0 or count >= ticks - 1:
            continue
        own = of_run_per_tick(run, told, prices)
        random = look_up(table, at_random(table, count, draws=DRAWS), prices)["cost"]
        period = round((ticks - 1) / count)
        phases = [periodic(period, phase, ticks, ready(table)) for phase in range(period)]
        others = {
            "evenly spaced, as many": per_tick(table, evenly(table, count), prices),
            f"every {period} ticks, mean of its phases": np.mean(
                [per_tick(table, one, prices) for one in phases], axis=0
            ),
            schedule: of_run_per_tick(runs[schedule], judged[schedule][0], prices),
        }
        for against, other in others.items():
            if against != name:
                found, n = moving_block_bootstrap(own, other, table.n), table.n.sum()
                rows.append(
                    {"strategy": name, "retrainings": count, "against": against,
                     "difference": found.difference * n, "low": found.low * n,
                     "high": found.high * n, "block": found.block, "reason": found.reason,
                     "random as cheap": float((random <= own.sum()).mean())}
                )  # fmt: skip
    return pd.DataFrame(rows)


def periods(table: Table, prices: Prices) -> pd.DataFrame:
    """Cost of each period over all of its phases."""
    found = all_periodic(table, min(120, len(table.n) // 2), prices).groupby("every")["cost"]
    return found.agg(["mean", "min", "max"]).reset_index()


def beside(table: Table, counts: list[int], prices: Prices) -> pd.DataFrame:
    """The controls of each number of retrainings; never and every tick once."""
    found = [controls(table, count, prices, draws=DRAWS).assign(beside=count) for count in counts]
    ones = found[0][found[0]["control"].isin(["never", "every tick"])].assign(beside=pd.NA)
    rest = [one[~one["control"].isin(ones["control"])] for one in found]
    inside = [one for one in rest if 0 < one["beside"].iloc[0] < len(table.ticks) - 2]
    return pd.concat([ones, *inside])


def analyse(sweep: Path, schedule: str) -> dict[str, pd.DataFrame]:
    runs = clsim.load(sweep)
    [setting] = settings(runs)
    one: dict[str, Run] = {name: next(iter(by.values())) for name, by in setting.runs.items()}
    prices = Prices.from_dict(next(iter(one.values())).config["prices"])
    tables = [Counterfactual.load(path) for path in (sweep / "counterfactual").iterdir()]
    # a run without trainings is in every family: it counts for the one without a gate
    tables.sort(key=lambda table: table.setting.holdout is not None)
    judged = {name: judge(run, tables, prices) for name, run in one.items()}
    table = judged[schedule][1]
    counts = {len(told.started): None for told, _ in judged.values() if told.regret is not None}
    found = {
        "strategies": strategies(one, judged, prices),
        "hindsight": hindsight(table, prices),
        "controls": beside(table, sorted(counts), prices),
        "periods": periods(table, prices),
        "luck": luck(one, judged, schedule, prices),
        "waiting": cost_of_waiting(runs, prices),
        **chosen(setting, prices),
    }
    for name, (told, _) in judged.items():
        if told.reason:
            print(f"no regret for {name}: {told.reason}")
    return found


def chosen(setting: Setting, prices: Prices) -> dict[str, pd.DataFrame]:
    """What the whole stream recommends, and what could have been chosen while it went on."""
    walked = walk_forward(setting, prices)
    print(recommend(setting, prices).text(), walked.text(), sep="\n")
    held = walked.fixed[["strategy", "mean"]].rename(columns={"mean": "cost per event"})
    return {"walk_forward": walked.folds, "walk_forward_all": walked.seeds, "held": held}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep", type=Path, help="results folder of the sweep")
    parser.add_argument("out", type=Path, help="folder for the CSV files")
    parser.add_argument("--schedule", default="weekly", help="schedule to compare with")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name, frame in analyse(given.sweep, given.schedule).items():
        frame.round(6).to_csv(given.out / f"{name}.csv", index=False)
        if name == "periods":
            frame = frame.sort_values("mean").head(10)
        print(f"\n{name}\n{frame.drop(columns='ticks', errors='ignore').round(4).to_string()}")


if __name__ == "__main__":
    main()
