"""A feature breaks for new users: after how many days is it found, by which monitor, where?

``python experiments/claim_churn_bug/churn_bug.py`` writes ``results/claim_churn_bug/*.csv`` and
the figure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression

import clsim
from clsim import Prices, Strategy
from clsim.monitoring import AnswerDistribution, ConfidenceScore, FeatureDistribution, Score
from clsim.protocols import Trigger
from clsim.report.figures.style import (
    FULL,
    INK,
    LOOKS,
    in_style,
    legend_above,
    new_figure,
    save,
)
from clsim.runs.ledger import cost
from clsim.runs.run import Run
from clsim.statistics.intervals import Interval, mean_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import OnAlarm
from clsim.strategy.repair import OnCall
from clsim.strategy.rules import Level
from clsim.strategy.triggers import AnyOf, Cooldown, OnSignal, Periodic
from clsim.streams import Synthetic, faults
from clsim.streams.concepts import Gaussians
from clsim.streams.delays import Constant
from clsim.streams.groups import Groups

SEEDS, TWINS = 10, 20
RATE, WARMUP, DAYS, BROKEN = 300, 28, 126, 36
"""Events in a day; days of the warm-up and after it; the day of these on which it breaks."""

LATE = 14
"""Days until it is known who has left."""

PRICES = Prices(retraining=50, repair=100)
"""In wrong answers, as in experiments/repair."""

FALSE = "1/y"
"""The rate of false alarms at which signals are compared."""

NEW, ALL = "user=new", "all"

CUSTOMERS = Gaussians(n_features=3, means=[[-1.0, -0.6, 0.0], [1.0, 0.6, 0.0]])
"""Of three features the first says most about who leaves, the second less, the third nothing."""

DISTANCES = tuple(np.round(np.geomspace(0.02, 0.8, 24), 4).tolist())
SCORES = tuple(np.round(1 - np.geomspace(0.09, 0.5, 24), 4).tolist())
"""Thresholds, from the loosest to the strictest."""

SIGNALS: dict[str, Any] = {
    "inputs": lambda: FeatureDistribution(
        "kolmogorov_smirnov", reference="warmup", window="3d", slices=["user"]
    ),
    "answers": lambda: AnswerDistribution(window="3d", slices=["user"]),
    "estimate": lambda: ConfidenceScore(window="3d", slices=["user"]),
    "labels": lambda: Score(window=3 * RATE, min_labels=50, slices=["user"]),
}
"""What is watched, each over the last three days of events, or of labels that have come."""

WATCHED = [(signal, where) for signal in SIGNALS for where in (ALL, NEW)]


def sound() -> Synthetic:
    """300 customers a day, of whom one in five will leave and one in ten is new."""
    return Synthetic(
        CUSTOMERS, n=(WARMUP + DAYS) * RATE, rate=f"{RATE}/d", balance=[0.8, 0.2],
        groups={"user": Groups({"old": 9, "new": 1})},
    )  # fmt: skip


def broken() -> faults.ConstantFeature:
    """From a day on the first feature of new users is 0, its mean."""
    return faults.ConstantFeature(sound(), "x0", 0.0, start=f"{WARMUP + BROKEN}d", slice=NEW)


def alarm(signal: str, where: str, threshold: float) -> Trigger:
    """What goes off, at most once in a week."""
    low = signal in ("estimate", "labels")
    rule = Level(below=threshold) if low else Level(above=threshold)
    return Cooldown(OnSignal(SIGNALS[signal](), rule, slice=where, name=signal), "7d")


def thresholds(signal: str) -> tuple[float, ...]:
    """Those of a signal, from the loosest to the strictest."""
    return SCORES if signal in ("estimate", "labels") else DISTANCES


COMPARED = (f"inputs, {NEW}", f"labels, {NEW}")
"""Alarms after which other answers than a repair are tried, too."""

MONTH = SlidingWindow(f"{WARMUP}d")
SETTING: Mapping[str, Any] = {
    "learner": LogisticRegression(), "tick": "1d", "warmup": f"{WARMUP}d",
    "delay": Constant(f"{LATE}d"),
}  # fmt: skip


def calibrated(twins: int = TWINS) -> pd.DataFrame:
    """False alarms a year of each threshold where nothing is broken, and the one that is kept."""
    rows = []
    for signal, where in WATCHED:
        found = clsim.calibrate(
            sound(), lambda t, s=signal, w=where: Strategy(alarm(s, w, t), MONTH),
            thresholds(signal), false_alarms=FALSE, twins=twins, seed=500, **SETTING,
        )  # fmt: skip
        rates = found.table.groupby("value")["rate"].mean()
        rows += [
            {"signal": signal, "where": where, "threshold": value, "false": rates[value],
             "kept": value == found.value}
            for value in thresholds(signal)
        ]  # fmt: skip
    return pd.DataFrame(rows)


def found_after(run: Run) -> float:
    """Days from the break to the first alarm; infinite if there is none."""
    fired = run.events.loc[run.events["kind"] == "trigger", "tick"]
    later = fired[fired > BROKEN]
    return float(later.iloc[0] - BROKEN) if len(later) else float("inf")


def detections(rates: pd.DataFrame, seeds: Sequence[int]) -> pd.DataFrame:
    """Days until each alarm goes off, for each threshold and seed."""
    made = {
        f"{row.signal}, {row.where}, {row.threshold}": Strategy(
            alarm(row.signal, row.where, row.threshold), MONTH
        )
        for row in rates.itertuples()
    }
    rows = []
    for seed in seeds:
        runs = clsim.replay(broken(), made, seed=seed, **SETTING)
        for name, run in runs.items():
            signal, where, threshold = name.split(", ")
            rows.append({"signal": signal, "where": where, "threshold": float(threshold),
                         "seed": seed, "days": found_after(run)})  # fmt: skip
    return pd.DataFrame(rows)


def responses(rates: pd.DataFrame) -> dict[str, Strategy]:
    """A training every four weeks, and what is done beside it when an alarm goes off."""
    kept = rates[rates["kept"]].set_index(["signal", "where"])["threshold"]
    schedule = Periodic("28d")
    made = {"nothing": Strategy(schedule, MONTH)}
    for signal, where in WATCHED:
        if (signal, where) not in kept.index:
            continue
        of, goes = f"{signal}, {where}", partial(alarm, signal, where, kept[signal, where])
        made[f"repair: {of}"] = Strategy(
            schedule, MONTH, repair=OnCall(goes(), "2d", 0.9, wait="7d")
        )
        if of in COMPARED:
            made[f"retrain: {of}"] = Strategy(AnyOf([schedule, goes()]), MONTH)
            made[f"go back: {of}"] = Strategy(schedule, MONTH, guard=OnAlarm(goes()))
    return made


def answered(rates: pd.DataFrame, seeds: Sequence[int]) -> pd.DataFrame:
    """What each answer to each alarm costs more than doing nothing, where it breaks and not."""
    rows = []
    for world, stream in (("broken", broken()), ("sound", sound())):
        of = [clsim.replay(stream, responses(rates), seed=seed, **SETTING) for seed in seeds]
        for name in of[0]:
            more = mean_interval([
                cost(runs[name].totals, PRICES) - cost(runs["nothing"].totals, PRICES)
                for runs in of
            ])  # fmt: skip
            mean = {
                key: np.mean([runs[name].totals[key] for runs in of])
                for key in ("errors", "retrainings", "repairs", "rollbacks")
            }
            rows.append({"world": world, "answer": name, "more": more.mean, "low": more.low,
                         "high": more.high, **mean})  # fmt: skip
    return pd.DataFrame(rows)


def summary(found: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Days until found at each threshold, beside its false alarms a year.

    ``share`` of the seeds found it by the end; the mean of days has an interval where all did.
    """
    rows = []
    for (signal, where, threshold), own in found.groupby(
        ["signal", "where", "threshold"], sort=False
    ):
        days = own["days"].to_numpy()
        there = np.isfinite(days)
        whole = mean_interval(days) if there.all() else Interval(np.nan, np.nan, np.nan)
        rows.append({
            "signal": signal, "where": where, "threshold": threshold, "share": there.mean(),
            "days": whole.mean, "low": whole.low, "high": whole.high,
            "median": float(np.median(days)),
        })  # fmt: skip
    made = pd.DataFrame(rows)
    return made.merge(rates, on=["signal", "where", "threshold"], validate="one_to_one")


def days(row: Any) -> str:
    """Days with their interval, or how many found it at all, as the README has it."""
    if row["share"] == 1:
        return f"{row['days']:.1f} ({max(row['low'], 1):.1f} to {row['high']:.1f})"
    return f"in {row['share']:.0%} of the draws"


def money(row: Any) -> str:
    """Wrong answers with their interval."""
    text = f"{row['more']:.0f} ({row['low']:.0f} to {row['high']:.0f})"
    return text.replace("-", "\N{MINUS SIGN}")


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, made of the files in a folder."""
    curves, costs = (pd.read_csv(folder / f"{name}.csv") for name in ("curves", "costs"))
    told = [
        "| watched | threshold | false alarms a year | found after days | repair, broken | "
        "repair, sound |",
        "|---" * 6 + "|",
    ]
    at = costs.set_index(["world", "answer"])
    for row in curves[curves["kept"]].to_dict("records"):
        of = f"{row['signal']}, {row['where']}"
        told.append("| " + " | ".join([
            of, f"{row['threshold']:.3f}", f"{row['false']:.1f}", days(row),
            *(money(at.loc[(world, f"repair: {of}")]) for world in ("broken", "sound")),
        ]) + " |")  # fmt: skip
    found = "\n".join(told)
    told = ["| answer: alarm | broken | sound | wrong answers, broken |", "|---|---|---|---|"]
    for name in at.loc["broken"].index:
        if name.split(": ")[-1] in COMPARED:
            told.append(
                f"| {name} | {money(at.loc[('broken', name)])} | {money(at.loc[('sound', name)])} "
                f"| {at.loc[('broken', name), 'errors']:.0f} |"
            )
    return {"found": found, "answers": "\n".join(told)}


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table: errors, calls, and errors spared by a call."""
    at = pd.read_csv(folder / "costs.csv").set_index(["world", "answer"])
    nothing = {world: at.loc[(world, "nothing"), "errors"] for world in ("broken", "sound")}
    told = [f"{nothing['broken'] - nothing['sound']:.0f}", f"{nothing['broken']:.0f}"]
    for of in COMPARED:
        row = at.loc[("broken", f"repair: {of}")]
        spared = nothing["broken"] - row["errors"]
        told += [f"{spared:.0f}", f"{row['repairs']:.1f}", f"{spared / row['repairs']:.0f}"]
        told.append(f"{at.loc[('broken', f'retrain: {of}'), 'retrainings']:.1f}")
    return told


LEAST, MOST = 0.1, 12.5
"""False alarms a year at the ends of the figure's axis: fewer stand at 0."""


def draw(curves: pd.DataFrame, costs: pd.DataFrame) -> Figure:
    """Days until found over false alarms, and what each answer costs."""
    with in_style():
        figure = new_figure(FULL, 3.1)
        left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
        handles = []
        for look, signal in zip(LOOKS, SIGNALS, strict=True):
            for where, filled in ((NEW, True), (ALL, False)):
                own = curves[(curves["signal"] == signal) & (curves["where"] == where)]
                best = own.groupby("false")["median"].min().clip(upper=DAYS - BROKEN)
                best = best[best.index <= MOST]
                [line] = left.plot(
                    np.maximum(best.index, LEAST), best, color=look.color,
                    ls="-" if filled else ":", marker=look.marker, ms=2.5,
                    mfc=look.color if filled else "none", lw=1,
                    label=f"{signal}, {'new users' if filled else 'all users'}",
                )  # fmt: skip
                handles.append(line)
        left.axvline(1, color="#bbbbbb", lw=0.6, zorder=0)
        left.set_xscale("log")
        left.set_xticks([LEAST, 0.3, 1, 3, 10], ["0", "0.3", "1", "3", "10"])
        left.set_yscale("log")
        left.set_xlabel("false alarms a year")
        left.set_ylabel("days until found (median)")
        left.set_yticks([1, 2, 5, 10, 20, 50, 90], ["1", "2", "5", "10", "20", "50", "never"])
        left.minorticks_off()
        own = costs[(costs["world"] == "broken") & (costs["answer"] != "nothing")]
        own = own.iloc[::-1].reset_index(drop=True)
        for place, row in own.iterrows():
            color = "#009E73" if row["high"] < 0 else "#D55E00" if row["low"] > 0 else "#666666"
            right.plot([row["low"], row["high"]], [place, place], color=color, lw=1)
            right.plot(row["more"], place, "o", ms=3.5, color=color)
        right.axvline(0, color=INK, lw=0.6)
        right.locator_params(axis="x", nbins=5)
        right.set_yticks(range(len(own)), own["answer"].str.replace("user=new", "new users"))
        right.tick_params(axis="y", labelsize=6.5)
        right.set_xlabel("cost above doing nothing\n(wrong answers)")
        legend_above(figure, handles, 4)
    return figure


def main(given: Sequence[str] | None = None) -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--twins", type=int, default=TWINS)
    parser.add_argument("--out", type=Path, default=Path("results/claim_churn_bug"))
    args = parser.parse_args(given)
    args.out.mkdir(parents=True, exist_ok=True)
    seeds = range(args.first, args.first + args.seeds)
    rates = calibrated(args.twins)
    found = detections(rates, seeds)
    curves = summary(found, rates).round(4)
    costs = answered(rates, seeds).round(2)
    found.to_csv(args.out / "detections.csv", index=False)
    curves.to_csv(args.out / "curves.csv", index=False)
    costs.to_csv(args.out / "costs.csv", index=False)
    save(draw(curves, costs), args.out, "churn_bug")
    sys.stdout.write("\n\n".join(tables(args.out).values()) + "\n")


if __name__ == "__main__":
    main()
