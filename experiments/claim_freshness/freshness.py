"""Is a day of freshness worth about one per cent? In which worlds a tenth of that, or ten times.

``python experiments/claim_freshness/freshness.py --logs FOLDER`` writes
``results/claim_freshness/*.csv`` and the figure; without ``--logs`` the worlds alone.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

sys.path.insert(0, str(Path(__file__).parent.parent / "signals"))

from worth_logs import bike, elec2

import clsim
from clsim import Counterfactual
from clsim.analysis.behaviour.freshness import freshness
from clsim.analysis.compare.blocks import moving_block_bootstrap
from clsim.hindsight.schedules import ready, served_by_phase
from clsim.report.figures.style import FULL, GREY, INK, LOOKS, in_style, new_figure, save
from clsim.statistics.intervals import Interval, ratio_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import AdClick, Logistic
from clsim.streams.drift import (
    Drift,
    Gradual,
    Incremental,
    Periodic,
    RandomWalk,
    Sudden,
    Temporary,
)

SEEDS, DAYS, LEARNED, RATE = 8, 133, 7, 200
"""Draws of a world, days that are scored, days that a model learns, events in a day."""

HOURLY_DAYS = 21
"""Days that are scored where models are trained by the hour."""

CLICKS = 500
"""Events in a day of the worlds of clicks."""

OLDEST = 28
PERIODS = {"monthly": 28, "weekly": 7, "daily": 1}
STEPS = ("monthly to weekly", "weekly to daily", "daily to hourly")
AGES = (1, 7, 28)

ONE_DAY = 7
"""The value of a day is what a model of seven days loses more than a new one, over seven."""


def point(variant: int) -> Logistic:
    """Ten inputs; what one concept says of them says nothing of another."""
    return Logistic(10, variant=variant, scale=0.5)


Drifts = Callable[[int], list[Drift]]
"""What drifts in a world of so many days."""


def walk(scale: float) -> Drifts:
    """Weights wander by steps of an hour, with this standard deviation in a day."""
    return lambda end: [RandomWalk(point(1), "1h", scale / np.sqrt(24))]


def move(days: int) -> Drifts:
    """Weights are others after so many days, and others again after as many more, at one speed."""
    return lambda end: [
        Incremental(point(k + 1), at=f"{days * (24 * k + 12)}h", width=f"{days}d")
        for k in range(-(-end // days))
        if days * (24 * k + 12) < 24 * end
    ]


def changes(end: int) -> list[Drift]:
    """A sudden, a gradual and a temporary drift, as in ``conf/stream/drifting.yaml``."""
    return [
        Sudden(point(1), at="40d"),
        Gradual(point(2), at="80d", width="12d"),
        Temporary(point(3), at="110d", duration="12d"),
    ]


WORLDS: dict[str, Drifts] = {
    "nothing drifts": lambda end: [],
    "walk, .03 a day": walk(0.03),
    "walk, .1 a day": walk(0.1),
    "walk, .3 a day": walk(0.3),
    "moves on in 80 days": move(80),
    "moves on in 28 days": move(28),
    "moves on in 14 days": move(14),
    "season of 84 days": lambda end: [Periodic(point(1), "84d", how="move")],
    "season of 7 days": lambda end: [Periodic(point(1), "7d", how="move")],
    "three changes": changes,
}


def taste(variant: int) -> AdClick:
    """Clicks of 200 users on 50 ads."""
    return AdClick(n_users=200, n_items=50, rate=0.2, variant=variant)


TASTES: dict[str, Drifts] = {
    "clicks: weeks, one change": lambda end: [
        Periodic(taste(1), "7d", amplitude=0.5), Sudden(taste(2), at="120d")
    ],
    "clicks: tastes wander": lambda end: [RandomWalk(taste(1), "1h", 0.1 / np.sqrt(24))],
}  # fmt: skip
"""The first as in ``conf/stream/ad_click.yaml``."""

BY_THE_HOUR = ("walk, .1 a day", "walk, .3 a day", "moves on in 14 days", "season of 7 days")


def table(stream: Any, learner: Any, loss: str, tick: str, learned: str, warmup: str,
          oldest: int, seed: int = 0) -> Counterfactual:  # fmt: skip
    """What every model would have lost in every tick up to an age; labels come at once."""
    return clsim.counterfactual(
        stream, learner=learner, dataset=SlidingWindow(learned), tick=tick, warmup=warmup,
        loss=loss, largest_age=oldest, seed=seed,
    )  # fmt: skip


def of_world(name: str, seed: int, days: int = DAYS) -> list[dict[str, Any]]:
    """One draw of a world: the loss of ages, and of periods averaged over their phases."""
    if name in TASTES:
        rate, concept, drifts = CLICKS, taste(0), TASTES[name]
        learner = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    else:
        rate, concept, drifts = RATE, point(0), WORLDS[name]
        learner = LogisticRegression()
    asked = {"1d": days}
    if name in BY_THE_HOUR:
        asked["1h"] = HOURLY_DAYS
    rows = []
    for tick, length in asked.items():
        end = LEARNED + length
        stream = Synthetic(concept, drifts(end), n=end * rate, rate=f"{rate}/d")
        oldest = OLDEST if tick == "1d" else 23
        made = table(stream, learner, "log", tick, f"{LEARNED}d", f"{LEARNED}d", oldest, seed)
        rows += found(made, tick, 0)
    return [{"world": name, "seed": seed, **row} for row in rows]


def found(made: Counterfactual, tick: str, draws: int) -> list[dict[str, Any]]:
    """What ages lose more than the youngest, and what steps to more trainings save.

    ``top`` over ``bottom`` is the share; bounds of shares are there where there are draws, over
    blocks of ticks.
    """
    rows = []
    if tick == "1d":
        fitted = freshness(made, width=1, draws=draws)
        least = float(np.average(fitted.season["loss"], weights=fitted.season["n"]))
        by_age = fitted.age.set_index(fitted.age["age"].round().astype(int))
        for age, row in by_age.iterrows():
            bounds = {"low": row["low"] / least, "high": row["high"] / least}
            rows.append({"what": f"age {age}", "top": row["effect"], "bottom": least, **bounds})
        periods = PERIODS
    else:
        periods = {"daily": 24, "hourly": 1}
    ends = ready(made)
    losses = {name: served_by_phase(made, k, ends)[0].mean(axis=0) for name, k in periods.items()}
    for before, after in itertools.pairwise(periods):
        a, b = losses[before], losses[after]
        row = {"what": f"{before} to {after}", "top": a.sum() - b.sum(), "bottom": a.sum()}
        if draws:
            more = moving_block_bootstrap(a, b, made.n)
            scale = made.n.sum() / a.sum()
            row |= {"low": more.low * scale, "high": more.high * scale}
        rows.append(row)
    return rows


TREES: dict[str, Any] = {"max_iter": 20, "max_leaf_nodes": 15, "random_state": 0}
LOGS = {
    "Elec2": ("elec2.csv.zip", elec2, HistGradientBoostingClassifier(**TREES), "log"),
    "bike sharing": ("bike_sharing.zip", bike, HistGradientBoostingRegressor(**TREES), "absolute"),
}
LOG_LEARNED, LOG_HOURLY = 28, 42
"""Days that models of logs learn, and the last days of a log on which they do so by the hour."""


def of_log(name: str, folder: Path) -> list[dict[str, Any]]:
    """A log, with intervals over blocks of its ticks."""
    file, read, learner, loss = LOGS[name]
    frame = read(folder / file)
    since = frame["time"].iloc[-1] - pd.Timedelta(days=LOG_LEARNED + LOG_HOURLY)
    parts = {"1d": frame, "1h": frame[frame["time"] >= since].reset_index(drop=True)}
    rows = []
    for tick, part in parts.items():
        stream = Recorded(part, label="label", time="time")
        oldest = OLDEST if tick == "1d" else 23
        learned = f"{LOG_LEARNED}d"
        rows += found(table(stream, learner, loss, tick, learned, learned, oldest), tick, 200)
    return [{"world": name, "seed": -1, **row} for row in rows]


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Shares in per cent with 95 % intervals: over seeds of a world, over blocks of a log."""
    rows = []
    for (world, what), own in runs.groupby(["world", "what"], sort=False):
        if own["seed"].iloc[0] < 0:
            row = own.iloc[0]
            share = Interval(row["top"] / row["bottom"], row["low"], row["high"])
        else:
            share = ratio_interval(own["top"], own["bottom"])
        rows.append({"world": world, "what": what, **{
            key: 100 * value for key, value in zip(("share", "low", "high"), share, strict=True)
        }})  # fmt: skip
    return pd.DataFrame(rows)


def value_of_a_day(shares: pd.DataFrame, world: str) -> Interval:
    """Per cent of the loss of a new model, per day of age, over the first week."""
    row = shares[(shares["world"] == world) & (shares["what"] == f"age {ONE_DAY}")].iloc[0]
    return Interval(*(row[key] / ONE_DAY for key in ("share", "low", "high")))


def kind(day: Interval) -> str:
    """Which of the powers of ten the value of a day is nearest to, if it is above 0 at all.

    >>> kind(Interval(1.2, 0.9, 1.5)), kind(Interval(0.1, -0.1, 0.3))
    ('1', 'none')
    """
    if not day.low > 0:
        return "none"
    return f"{10.0 ** round(np.log10(day.mean)):g}"


def cell(value: Interval) -> str:
    """A number with its interval, as the README has it."""
    digits = 2 if abs(value.mean) < 1 else 1
    mean, low, high = (round(one, digits) + 0.0 for one in value)  # no -0
    text = f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
    return text.replace("-", "\N{MINUS SIGN}")


def lines(shares: pd.DataFrame) -> list[str]:
    """The table of the README, made of the file."""
    made = [
        "| world | a day, % | nearest | age 28 over age 7 | " + " | ".join(f"{s}, %" for s in STEPS)
        + " |",
        "|---" * (4 + len(STEPS)) + "|",
    ]  # fmt: skip
    for world in shares["world"].unique():
        own = shares[shares["world"] == world].set_index("what")
        day = value_of_a_day(shares, world)
        bent = own.loc["age 28", "share"] / own.loc["age 7", "share"]
        steps = [
            cell(Interval(*own.loc[step, ["share", "low", "high"]])) if step in own.index else ""
            for step in STEPS
        ]
        bend = "" if kind(day) == "none" else f"{bent:.1f}"
        made.append("| " + " | ".join([world, cell(day), kind(day), bend, *steps]) + " |")
    return made


LEAST = 0.005
"""Per cent a day below which the figure shows all as one."""


def draw(shares: pd.DataFrame) -> Figure:
    """What a model loses more as it ages, and what a day is worth in each world."""
    with in_style():
        figure = new_figure(FULL, 3.4)
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        shown = [w for w in ("walk, .1 a day", "moves on in 28 days", "season of 84 days",
                             "Elec2") if w in set(shares["world"])]  # fmt: skip
        for look, world in zip(LOOKS, shown, strict=False):
            own = shares[(shares["world"] == world) & shares["what"].str.startswith("age ")]
            age = own["what"].str.removeprefix("age ").astype(int)
            left.fill_between(age, own["low"], own["high"], color=look.color, alpha=0.15, lw=0)
            left.plot(age, own["share"], color=look.color, ls=look.line, label=world)
        left.plot([0, OLDEST], [0, OLDEST], color=GREY, lw=0.8)
        left.annotate("1 % a day", (OLDEST, OLDEST), xytext=(3, 0), textcoords="offset points",
                      va="center", color=GREY, fontsize=7)  # fmt: skip
        left.set_xlim(-1, OLDEST + 6)
        left.set_ylim(-5, 1.3 * max(OLDEST, shares.loc[shares["world"].isin(shown), "share"].max()))
        left.set_xlabel("age of the model (days)")
        left.set_ylabel("loss above that of a new model (%)")
        left.legend(loc="upper left")
        worlds = list(shares["world"].unique())
        for place, world in enumerate(worlds):
            day = value_of_a_day(shares, world)
            color, fill = (INK, INK) if day.low > 0 else (GREY, "white")
            right.plot([max(day.low, LEAST), max(day.high, LEAST)], [place] * 2, color=color, lw=1)
            right.plot(max(day.mean, LEAST), place, "o", ms=3.5, color=color, mfc=fill,
                       clip_on=False)  # fmt: skip
        right.set_xscale("log")
        right.set_xlim(LEAST, 30)
        right.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        for one in (0.1, 1, 10):
            right.axvline(one, color="#bbbbbb", lw=0.6, zorder=0)
        right.set_yticks(range(len(worlds)), worlds)
        right.set_ylim(len(worlds) - 0.5, -0.5)
        right.set_xlabel("a day of freshness (% of the loss)")
    return figure


def main(given: Sequence[str] | None = None) -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--logs", type=Path, help="folder of elec2.csv.zip and bike_sharing.zip")
    parser.add_argument("--out", type=Path, default=Path("results/claim_freshness"))
    args = parser.parse_args(given)
    rows = [
        row
        for name in (*WORLDS, *TASTES)
        for seed in range(args.first, args.first + args.seeds)
        for row in of_world(name, seed)
    ]
    if args.logs is None:
        sys.stdout.write("no --logs: Elec2 and bike sharing are left out\n")
    else:
        rows += [row for name in LOGS for row in of_log(name, args.logs)]
    args.out.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).round(6).to_csv(args.out / "runs.csv", index=False)
    write(args.out)


def write(folder: Path) -> None:
    """Shares, the table and the figure, of the file of runs."""
    shares = summary(pd.read_csv(folder / "runs.csv")).round(4)
    shares.to_csv(folder / "shares.csv", index=False)
    save(draw(shares), folder, "freshness")
    sys.stdout.write(tables(folder)["shares"] + "\n")


def tables(folder: Path) -> dict[str, str]:
    """The table of the README, of the files in a folder."""
    return {"shares": "\n".join(lines(pd.read_csv(folder / "shares.csv")))}


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are not in the table."""
    shares = pd.read_csv(folder / "shares.csv")
    days = {world: value_of_a_day(shares, world) for world in shares["world"].unique()}
    drifting = [day for world, day in days.items() if world not in ("nothing drifts", *LOGS)]
    kinds = [kind(day) for day in drifting]
    first = shares[shares["what"] == "age 1"].set_index("world")
    faster = [
        ratio_of_days(shares, "walk, .1 a day", "walk, .03 a day"),
        ratio_of_days(shares, "walk, .3 a day", "walk, .1 a day"),
        ratio_of_days(shares, "moves on in 28 days", "moves on in 80 days"),
        ratio_of_days(shares, "moves on in 14 days", "moves on in 28 days"),
    ]
    middle = (LEARNED + 1) / 2  # mean age in days of what a new model has learned
    averaged = ((28 + middle) ** 2 - middle**2) / ((7 + middle) ** 2 - middle**2)
    return [
        str(len(drifting)), *(str(kinds.count(one)) for one in ("none", "0.1", "1", "10")),
        *(f"{ratio:.1f}" for ratio in (*faster, averaged)),
        *(f"{ratio**2:.2g}" for ratio in (0.1 / 0.03, 0.3 / 0.1, 80 / 28, 28 / 14)),
        *(cell(Interval(*first.loc[world, ["share", "low", "high"]]))
          for world in ("walk, .3 a day", *LOGS) if world in first.index),
    ]  # fmt: skip


def ratio_of_days(shares: pd.DataFrame, fast: str, slow: str) -> float:
    """How many times as much a day is worth in one world as in another."""
    return value_of_a_day(shares, fast).mean / value_of_a_day(shares, slow).mean


if __name__ == "__main__":
    main()
