"""How much time does a counterfactual table take, against one hand-written loop per schedule?

python experiments/speed/counterfactual.py [--learners LogisticRegression HistGradientBoosting]
python experiments/speed/counterfactual.py --sampling     # what a quarter of the rows does to it
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from replay import LEARNERS, PERIODS, ROWS, TICK, WINDOW, by_hand, table
from threadpoolctl import threadpool_limits

from clsim.hindsight.make import counterfactual
from clsim.hindsight.optimum import optimum
from clsim.hindsight.schedules import all_periodic
from clsim.hindsight.table import Counterfactual
from clsim.runs.ledger import Prices
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Recorded

LONGEST = 100
"""The longest period; with every phase of every period there are 5,050 schedules."""

SCHEDULES = LONGEST * (LONGEST + 1) // 2

KINDS: dict[str, dict[str, Any]] = {
    "whole": {},
    "young": {"largest_age": LONGEST - 1},
    "sample": {"largest_age": LONGEST - 1, "sample": 0.25},
}
"""Tables: to the end; no older than any periodic schedule looks; and of a sample of rows."""


def timed(job: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall and processor seconds of a job, and what it returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = job()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def wait_for_quiet(longest: float, least: float = 0.9) -> float:
    """Wait until the cores are idle for a second (Linux); the share of them that is idle then."""
    stat, begin = Path("/proc/stat"), time.perf_counter()

    def ticks() -> np.ndarray:
        return np.array(stat.read_text().split("\n")[0].split()[1:9], dtype=float)

    idle = np.nan
    while stat.exists():
        before = ticks()
        time.sleep(1)
        spent = ticks() - before
        idle = spent[3:5].sum() / spent.sum()
        if idle >= least or time.perf_counter() - begin > longest:
            break
    return float(idle)


def hand_loops(X: np.ndarray, y: np.ndarray, learner: Any) -> dict[int, np.ndarray]:
    """Predictions of the 24 schedules, one loop after the other."""
    with threadpool_limits(1):
        return {period: by_hand(X, y, learner, period) for period in PERIODS}


def check(made: Counterfactual, found: pd.DataFrame, errors: dict[int, int]) -> None:
    """Every look-up of a schedule that was run by hand has its errors; none is impossible."""
    assert len(found) == SCHEDULES
    assert np.isfinite(found["cost"]).all()
    known = found[found["phase"] == 0].set_index("every")["loss"].to_dict()
    known[0] = made.loss[-1].sum()
    if made.variance is None:
        assert {period: known[period] for period in errors} == errors


def made_of(stream: Recorded, learner: Any, kind: str, n_jobs: int) -> Counterfactual:
    """The table of one kind."""
    return counterfactual(
        stream, learner=learner, dataset=SlidingWindow(WINDOW), tick=TICK, warmup=WINDOW,
        n_jobs=n_jobs, **KINDS[kind],
    )  # fmt: skip


def sampling() -> pd.Series:
    """How far the table of a sample is off, and what its choices cost, at default prices."""
    stream, prices = Recorded(table(ROWS), label="y"), Prices()
    whole, some = (
        made_of(stream, LEARNERS["LogisticRegression"], kind, 1) for kind in ("whole", "sample")
    )
    assert some.variance is not None
    every, drawn = all_periodic(whole, LONGEST), all_periodic(some, LONGEST)
    off = (drawn["loss"] / every["loss"] - 1).abs()
    chosen, best = drawn["cost"].idxmin(), optimum(some, prices)
    return pd.Series({
        "errors of never": whole.loss[-1].sum(),
        "their standard error": np.sqrt(np.nansum(some.variance[-1])),
        "schedules off, mean": off.mean(), "schedules off, most": off.max(),
        "period chosen": every["every"][chosen], "its cost": every["cost"][chosen],
        "cheapest period costs": every["cost"].min(),
        "best schedule of the sample, by it": best.cost,
        "the same, by all rows": whole.cost_of(list(best.ticks), prices),
        "best schedule": optimum(whole, prices).cost,
    })  # fmt: skip


def question(name: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    """One learner: the hand loops, the tables in one process, and in two."""
    frame, learner = table(ROWS), LEARNERS[name]
    stream = Recorded(frame, label="y")
    X, y = frame.drop(columns="y").to_numpy(), frame["y"].to_numpy()

    def tables(kind: str, n_jobs: int) -> tuple[Counterfactual, pd.DataFrame, float]:
        made = made_of(stream, learner, kind, n_jobs)
        begin = time.perf_counter()
        found = all_periodic(made, LONGEST)
        return made, found, time.perf_counter() - begin

    rows: list[dict[str, Any]] = []

    def note(what: str, repeat: int, processes: int, wall: float, cpu: float, **more: Any) -> None:
        rows.append(
            {"learner": name, "what": what, "repeat": repeat, "processes": processes,
             "wall": wall, "cpu": cpu, "idle": idle, **more}
        )  # fmt: skip
        print(rows[-1], flush=True)

    tables("whole", 1) if name == "LogisticRegression" else None  # imports
    errors: dict[int, int] = {}
    for repeat in range(args.repeats):
        idle = wait_for_quiet(args.patience)
        if repeat < args.hand_repeats:
            wall, cpu, answers = timed(lambda: hand_loops(X, y, learner))
            errors = {p: int((given != y[WINDOW:]).sum()) for p, given in answers.items()}
            note("hand", repeat, 1, wall, cpu)
        for kind in args.kinds:
            wall, cpu, (made, found, look_up) = timed(lambda k=kind: tables(k, 1))
            check(made, found, errors)
            fit = made.info["fit_seconds"]
            note(kind, repeat, 1, wall, cpu, look_up=look_up, fit=fit)
    if args.pairs:
        kind = args.pair_kind
        idle = wait_for_quiet(args.patience)
        first, _, (made, found, look_up) = timed(lambda: tables(kind, 2))
        note(f"{kind}, starting", 0, 2, first, np.nan)
    for repeat in range(args.pairs):
        idle = wait_for_quiet(args.patience)
        one, cpu, _ = timed(lambda: tables(kind, 1))
        two, _, (made, found, look_up) = timed(lambda: tables(kind, 2))
        check(made, found, errors)
        note(f"{kind}, pair", repeat, 1, one, cpu)
        note(f"{kind}, pair", repeat, 2, two, np.nan, look_up=look_up,
             fit=made.info["fit_seconds"], times=one / two)  # fmt: skip
    return rows


def summary(measured: pd.DataFrame) -> pd.DataFrame:
    """Medians, and lowest to highest; how many times faster than the hand loops, scaled."""
    made = []

    def spread(values: pd.Series) -> str:
        return f"{median(values):.3g} ({values.min():.3g}-{values.max():.3g})"

    for (name, what, processes), some in measured.groupby(
        ["learner", "what", "processes"], sort=False
    ):
        row = {"learner": name, "what": what, "processes": processes, "repeats": len(some)}
        row |= {"wall": spread(some["wall"])}
        if processes == 1:
            hand = measured[(measured["learner"] == name) & (measured["what"] == "hand")]
            row["cpu"] = spread(some["cpu"])
            if len(hand) and what != "hand":
                scaled = SCHEDULES / len(PERIODS)
                row["times hand, wall"] = round(
                    median(hand["wall"]) * scaled / median(some["wall"])
                )
                row["times hand, cpu"] = round(median(hand["cpu"]) * scaled / median(some["cpu"]))
        elif some["times"].notna().any():
            row["times one"] = spread(some["times"])
        made.append(row)
    return pd.DataFrame(made).astype(object).fillna("")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", nargs="+", default=["LogisticRegression"], choices=LEARNERS)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--hand-repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    parser.add_argument("--pairs", type=int, default=5, help="of one process and two")
    parser.add_argument("--pair-kind", default="whole", choices=KINDS)
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for idle cores")
    parser.add_argument("--sampling", action="store_true", help="nothing but that, and no times")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.sampling:
        found = sampling().rename_axis("what").rename("value").round(4)
        print(found.to_string())
        found.to_csv(args.out / "sample.csv")
        return
    rows: list[dict[str, Any]] = []
    for name in args.learners:
        rows += question(name, args)
    measured, file = pd.DataFrame(rows).round(4), args.out / "counterfactual.csv"
    if file.exists():  # keep what was not measured anew
        key, old = ["learner", "what"], pd.read_csv(file)
        stays = ~old.set_index(key).index.isin(measured.set_index(key).index)
        measured = pd.concat([old[stays], measured], ignore_index=True)
    print(summary(measured).to_string())
    measured.to_csv(file, index=False)


if __name__ == "__main__":
    main()
