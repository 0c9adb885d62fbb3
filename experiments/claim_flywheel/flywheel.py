"""The flywheel: what is freshness worth where right answers bring more events?

``python experiments/claim_flywheel/flywheel.py --logs FOLDER`` writes
``results/claim_flywheel/*.csv`` and the figure; without ``--logs`` the worlds alone.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parent.parent / "rollout"))
sys.path.insert(0, str(Path(__file__).parent.parent / "signals"))

import turning
from worth_logs import elec2

import clsim
from clsim import Strategy
from clsim.report.figures.style import FULL, GREY, INK, LOOKS, in_style, new_figure, save
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval, ratio_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded
from clsim.streams.delays import Constant
from clsim.streams.feedback import Flywheel

SEEDS, DAYS, WARMUP, START = 8, 168, 7, 0.2
"""Draws of a world; days that are served, and of the warm-up; the share of events at first."""

SPEEDS = (0.0, 0.001, 0.002, 0.004)
"""What a model loses more per event with each day of its age."""

WHEELS = {"none": (0.0, 0.0), "weak": (0.005, 0.025), "strong": (0.02, 0.1)}
"""By how much arrivals grow in a day if all answers are right, and shrink if all are wrong."""

EVERY = {"monthly": 28, "weekly": 7, "daily": 1}

LOG_SEEDS, LOG_DAYS, LOG_START, LOG_WHEEL = 5, 336, 0.4, (0.02, 0.06)


def strategies(learned: str) -> dict[str, Strategy]:
    """Three schedules."""
    return {name: Strategy(Periodic(k), SlidingWindow(learned)) for name, k in EVERY.items()}


def lived(speed: float, wheel: str, seed: int, days: int = DAYS) -> dict[str, Run]:
    """The runs in a world whose border turns, each in its own branch."""
    gain, loss = WHEELS[wheel]
    stream = Flywheel(turning.turning(speed, WARMUP + days), START, gain, loss)
    return clsim.replay(
        stream, strategies("7d"), learner=LogisticRegression(), tick="1d", warmup=f"{WARMUP}d",
        delay=Constant("1d"), seed=seed,
    )  # fmt: skip


TREES = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=15, random_state=0)


def of_log(folder: Path, seed: int, wheel: tuple[float, float]) -> dict[str, Run]:
    """The last year of Elec2, of which a share of the events happens that the seed draws."""
    frame = elec2(folder / "elec2.csv.zip")
    since = frame["time"].iloc[-1] - pd.Timedelta(days=28 + LOG_DAYS)
    recorded = Recorded(frame[frame["time"] > since].reset_index(drop=True), "label", time="time")
    return clsim.replay(
        Flywheel(recorded, LOG_START, *wheel), strategies("28d"), learner=TREES, tick="1d",
        warmup="28d", delay=Constant("1d"), seed=seed,
    )  # fmt: skip


def rows_of(runs: dict[str, Run], of: dict[str, Any]) -> list[dict[str, Any]]:
    """What each schedule served, was right on, and how often it trained."""
    return [
        {
            **of, "schedule": name, "served": run.totals["n"], "wrong": run.totals["errors"],
            "right": run.totals["answered"] - run.totals["errors"],
            "trainings": run.totals["retrainings"],
        }
        for name, run in runs.items()
    ]  # fmt: skip


def of_seed(seed: int, days: int = DAYS) -> list[dict[str, Any]]:
    """All speeds and wheels of a seed."""
    return [
        row
        for speed in SPEEDS
        for wheel in WHEELS
        for row in rows_of(
            lived(speed, wheel, seed, days),
            {"world": "turning", "speed": 100 * speed, "wheel": wheel, "seed": seed},
        )
    ]


def by_arithmetic(accuracy: float, wheel: tuple[float, float], days: int) -> float:
    """Right answers for each event of a day at the start, where accuracy does not change.

    Arrivals grow by gain * accuracy - loss * (1 - accuracy) a day.

    >>> round(by_arithmetic(0.9, (0.0, 0.0), 10), 6)
    9.0
    """
    gain, loss = wheel
    growth = gain * accuracy - loss * (1 - accuracy)
    grown = math.log1p(growth)
    return accuracy * (days if growth == 0 else math.expm1(grown * days) / math.expm1(grown))


def worth(runs: pd.DataFrame, wheels: dict[str, tuple[float, float]], days: int) -> pd.DataFrame:
    """What training daily and weekly rather than monthly brings, with and without the wheel.

    ``more`` is in per cent of the right answers of monthly; ``times`` compares right answers more
    with those without a wheel; ``price`` is right answers more for each training more.
    """
    rows = []
    for (world, speed), own in runs.groupby(["world", "speed"], sort=False):
        by = {
            key: own.pivot_table(key, "seed", ["wheel", "schedule"])
            for key in ("right", "wrong", "trainings", "served")
        }
        still = by["right"]["none"].sum() / by["served"]["none"].sum()
        for wheel, speeds in wheels.items():
            right, wrong, trained = (by[key][wheel] for key in ("right", "wrong", "trainings"))
            for name in ("weekly", "daily"):
                gained = right[name] - right["monthly"]
                base = by["right"]["none"][name] - by["right"]["none"]["monthly"]
                row: dict[str, Any] = {"world": world, "speed": speed, "wheel": wheel,
                                       "schedule": name}  # fmt: skip
                for key, value, times in (
                    ("more", ratio_interval(gained, right["monthly"]), 100),
                    (
                        "wrong",
                        ratio_interval(wrong[name] - wrong["monthly"], wrong["monthly"]),
                        100,
                    ),
                    ("times", ratio_interval(gained, base), 1),
                    ("price", ratio_interval(gained, trained[name] - trained["monthly"]), 1),
                ):
                    row |= {key: times * value.mean, f"{key}, low": times * value.low,
                            f"{key}, high": times * value.high}  # fmt: skip
                told, usual = (
                    by_arithmetic(float(still[one]), speeds, days) for one in (name, "monthly")
                )
                row["by arithmetic"] = 100 * (told / usual - 1)
                rows.append(row)
    return pd.DataFrame(rows)


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table: how often daily is right at one speed."""
    runs = pd.read_csv(folder / "runs.csv")
    own = runs[(runs["speed"] == 0.1) & (runs["schedule"] == "daily")].groupby("wheel")
    return [f"{100 * x:.2f}" for x in own["right"].sum() / own["served"].sum()]


def cell(row: Any, key: str, digits: int = 1) -> str:
    """A number with its interval, as the README has it."""
    middle, low, high = (f"{row[name]:.{digits}f}" for name in (key, f"{key}, low", f"{key}, high"))
    return f"{middle} ({low} to {high})".replace("-", "\N{MINUS SIGN}")


def tables(folder: Path) -> dict[str, str]:
    """The table of the README, made of the file in a folder."""
    found = pd.read_csv(folder / "worth.csv")
    told = [
        "| world | speed | wheel | right answers of daily above monthly, % | by arithmetic | "
        "times that without a wheel | wrong answers, % | right answers for a training more |",
        "|---" * 8 + "|",
    ]
    for row in found[found["schedule"] == "daily"].to_dict("records"):
        speed = "" if math.isnan(row["speed"]) else f"{row['speed']:g}"
        times = cell(row, "times") if row["wheel"] != "none" and row["speed"] != 0 else ""
        told.append("| " + " | ".join([
            row["world"], speed, row["wheel"], cell(row, "more"),
            f"{row['by arithmetic']:.1f}".replace("-", "\N{MINUS SIGN}"), times,
            cell(row, "wrong"), cell(row, "price"),
        ]) + " |")  # fmt: skip
    return {"worth": "\n".join(told)}


def draw(found: pd.DataFrame, paths: pd.DataFrame) -> Figure:
    """Arrivals over time by schedule, and what freshness is worth by speed."""
    with in_style():
        figure = new_figure(FULL, 2.9)
        left, middle, right = figure.subplots(1, 3)
        for look, name in zip(LOOKS, EVERY, strict=False):
            own = paths[(paths["schedule"] == name) & (paths["wheel"] == "strong")]
            left.fill_between(
                own["week"], own["low"], own["high"], color=look.color, alpha=0.15, lw=0
            )
            left.plot(own["week"], own["n"], color=look.color, ls=look.line, label=name)
        own = paths[(paths["schedule"] == "daily") & (paths["wheel"] == "none")]
        left.plot(own["week"], own["n"], color=GREY, lw=0.8, label="no wheel")
        left.set_xlabel("week")
        left.set_ylabel("events in a day")
        left.set_title(f"{100 * PATHS:g} points a day, strong wheel")
        left.legend(loc="upper left")
        worlds = found[(found["world"] == "turning") & (found["schedule"] == "daily")]
        for look, wheel in zip(LOOKS, WHEELS, strict=False):
            own = worlds[worlds["wheel"] == wheel]
            for axes, key in ((middle, "more"), (right, "price")):
                axes.errorbar(
                    own["speed"], own[key], [own[key] - own[f"{key}, low"],
                                             own[f"{key}, high"] - own[key]],
                    color=look.color, ls=look.line, marker=look.marker, ms=3, elinewidth=0.8,
                    label=f"{wheel} wheel" if wheel != "none" else "no wheel",
                )  # fmt: skip
            middle.plot(own["speed"], own["by arithmetic"], color=GREY, ls=":", lw=0.8,
                        label="by arithmetic" if wheel == "strong" else None)  # fmt: skip
        middle.set_ylabel("right answers of daily\nabove monthly (%)")
        right.set_ylabel("price of a training up to which\ndaily pays (right answers)")
        middle.legend(loc="upper left")
        for axes in (middle, right):
            axes.axhline(0, color=INK, lw=0.6)
            axes.set_xlabel("speed of drift (points a day)")
    return figure


PATHS = 0.002
"""The speed of which arrivals are drawn over time."""


def arrivals(seeds: Sequence[int], days: int = DAYS) -> pd.DataFrame:
    """Events in a day at one speed, in the mean of each week, with intervals over seeds."""
    parts = []
    for seed in seeds:
        for wheel in ("none", "strong"):
            for name, run in lived(PATHS, wheel, seed, days).items():
                ticks = run.ticks[run.ticks["slice"] == "all"][["tick", "n"]]
                parts.append(ticks.assign(seed=seed, wheel=wheel, schedule=name))
    every = pd.concat(parts, ignore_index=True)
    every = every[every["tick"] > 0].assign(week=(every["tick"] - 1) // 7 + 1)
    by_seed = every.groupby(["wheel", "schedule", "week", "seed"], sort=False)["n"].mean()
    rows = []
    for (wheel, name, week), own in by_seed.groupby(["wheel", "schedule", "week"], sort=False):
        found = mean_interval(own)
        rows.append({"wheel": wheel, "schedule": name, "week": week, "n": found.mean,
                     "low": found.low, "high": found.high})  # fmt: skip
    return pd.DataFrame(rows)


def main(given: Sequence[str] | None = None) -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--logs", type=Path, help="folder of elec2.csv.zip")
    parser.add_argument("--out", type=Path, default=Path("results/claim_flywheel"))
    args = parser.parse_args(given)
    args.out.mkdir(parents=True, exist_ok=True)
    seeds = range(args.first, args.first + args.seeds)
    runs = pd.DataFrame([row for seed in seeds for row in of_seed(seed)])
    found = worth(runs, WHEELS, DAYS)
    if args.logs is None:
        sys.stdout.write("no --logs: Elec2 is left out\n")
    else:
        wheels = {"none": (0.0, 0.0), "strong": LOG_WHEEL}
        log = pd.DataFrame([
            row
            for seed in range(LOG_SEEDS)
            for name, wheel in wheels.items()
            for row in rows_of(
                of_log(args.logs, seed, wheel),
                {"world": "Elec2", "speed": np.nan, "wheel": name, "seed": seed},
            )
        ])  # fmt: skip
        of = worth(log.fillna({"speed": -1.0}), wheels, LOG_DAYS).replace({"speed": {-1.0: np.nan}})
        runs, found = (pd.concat(pair, ignore_index=True) for pair in ((runs, log), (found, of)))
    runs.to_csv(args.out / "runs.csv", index=False)
    found = found.round(4)
    found.to_csv(args.out / "worth.csv", index=False)
    paths = arrivals(seeds).round(2)
    paths.to_csv(args.out / "arrivals.csv", index=False)
    save(draw(found, paths), args.out, "flywheel")
    sys.stdout.write("\n\n".join(tables(args.out).values()) + "\n")


if __name__ == "__main__":
    main()
