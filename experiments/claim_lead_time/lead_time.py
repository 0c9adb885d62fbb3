"""What a day, a week and a month from trigger to deployment cost, and two weeks of A/B test.

``python experiments/claim_lead_time/lead_time.py --logs FOLDER`` writes
``results/claim_lead_time/*.csv`` and the figure; without ``--logs`` the worlds alone.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

sys.path.insert(0, str(Path(__file__).parent.parent / "rollout"))
sys.path.insert(0, str(Path(__file__).parent.parent / "signals"))

import turning
from worth_logs import bike, elec2

import clsim
from clsim import Strategy
from clsim.analysis.compare.blocks import moving_block_bootstrap
from clsim.report.figures.style import (
    FULL,
    INK,
    LOOKS,
    MORE_LOOKS,
    in_style,
    legend_above,
    new_figure,
    save,
)
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import ABTest, Shadow
from clsim.strategy.review import Person
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import Performance, Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden

SEEDS, DAYS, UNTIL = 8, 196, 28
"""Draws of a world, days after the warm-up, and those of them that do not count."""

SPEEDS = (0.0, 0.0005, 0.001, 0.002, 0.004)
"""What a model loses more per event with each day of its age."""

APART = (84, 42, 21)
"""Days between two sudden changes."""

JUMP = 0.5
"""The angle by which the border jumps; a model from before is then wrong on 12.7 points more."""

LEADS = (0, 1, 7, 14, 28)
FIRST_AGE = 2.5
"""Mean age in days of what a model learned when it is trained and serves (see rollout)."""


def cycle(every: int, lead: int) -> int:
    """Days between two trainings that start when the schedule says and none is in flight."""
    return every * -(-max(every, lead) // every)


def age(every: int, lead: int, overlap: bool = False) -> float:
    """Mean age in days of what answers has learned."""
    return FIRST_AGE + (every - 1 if overlap else cycle(every, lead) - 1) / 2 + lead


def on_schedule() -> dict[str, Strategy]:
    """Daily and weekly trainings, with every lead time; and other ways to spend two weeks."""
    learned = SlidingWindow(turning.LEARNED)
    made = {
        f"{often}, {lead} days": Strategy(Periodic(every), learned, Stateless(f"{lead}d"))
        for often, every in (("daily", 1), ("weekly", 7))
        for lead in LEADS
    }
    made |= {
        f"daily, {lead} days, side by side": Strategy(
            Periodic(1), learned, Stateless(f"{lead}d"), overlap=["training"]
        )
        for lead in (1, 7, 14, 28)
    }
    made["daily, review of 7 days"] = Strategy(
        Periodic(1), learned, review=Person("7d", sees=1.0, over="7d", margin=1.0)
    )
    for often, every in (("daily", 1), ("weekly", 7)):
        made[f"{often}, A/B of 14 days"] = Strategy(Periodic(every), learned, online=ABTest("14d"))
        made[f"{often}, shadow of 14 days"] = Strategy(
            Periodic(every), learned, online=Shadow("14d")
        )
    return made


def on_alarm() -> dict[str, Strategy]:
    """A training whenever accuracy on the last day of labels is low, with every lead time."""
    learned = SlidingWindow(turning.RATE)
    alarm = Performance(below=0.85, window=turning.RATE, min_labels=200)
    made = {f"{lead} days": Strategy(alarm, learned, Stateless(f"{lead}d")) for lead in LEADS}
    made["A/B of 14 days"] = Strategy(alarm, learned, online=ABTest("14d"))
    return made


def jumping(apart: int, days: int = DAYS) -> Synthetic:
    """The border jumps, always onwards, every so many days."""
    end = turning.WARMUP + days
    first = turning.WARMUP + UNTIL
    drifts = [
        Sudden(turning.line(JUMP * (k + 1)), at=f"{day}d")
        for k, day in enumerate(range(first, end, apart))
    ]
    return Synthetic(
        turning.line(0), drifts, n=end * turning.RATE, rate=f"{turning.RATE}/d",
        noise=turning.NOISE,
    )  # fmt: skip


NOBODY = np.array([], dtype=int)


def of_seed(seed: int, days: int = DAYS) -> list[dict[str, Any]]:
    """What strategies are wrong on beyond the noise, in points, in each world of a seed."""
    rows = []
    for speed in SPEEDS:
        lived = turning.lived(turning.turning(speed, turning.WARMUP + days), on_schedule(), seed)
        rows += [{"world": "steady", "pace": 100 * speed, **row} for row in _rows(lived)]
    for apart in APART:
        lived = turning.lived(jumping(apart, days), on_alarm(), seed)
        rows += [{"world": "jumps", "pace": apart, **row} for row in _rows(lived)]
    return [{"seed": seed, **row} for row in rows]


def _rows(lived: Mapping[str, Run]) -> list[dict[str, Any]]:
    return [
        {
            "strategy": name, "excess": 100 * turning.excess(run, NOBODY, UNTIL),
            "trainings": run.totals["retrainings"], "deployed": run.totals["deployments"],
        }
        for name, run in lived.items()
    ]  # fmt: skip


TREES: dict[str, Any] = {"max_iter": 20, "max_leaf_nodes": 15, "random_state": 0}
LOGS = {
    "Elec2": ("elec2.csv.zip", elec2, HistGradientBoostingClassifier(**TREES)),
    "bike sharing": ("bike_sharing.zip", bike, HistGradientBoostingRegressor(**TREES)),
}


def of_log(name: str, folder: Path) -> list[dict[str, Any]]:
    """What lead times lose more of a log's loss than none, trained weekly; over blocks of days."""
    file, read, learner = LOGS[name]
    weeks = SlidingWindow("28d")
    made = {
        f"{lead} days": Strategy(Periodic("7d"), weeks, Stateless(f"{lead}d")) for lead in LEADS
    }
    runs = clsim.replay(
        Recorded(read(folder / file), label="label", time="time"), made, learner=learner, tick="1d",
        warmup="28d", delay=Constant("1d"),
    )  # fmt: skip
    every = {key: run.ticks[run.ticks["slice"] == "all"] for key, run in runs.items()}
    least = every["0 days"]
    rows = []
    for key, ticks in every.items():
        if key == "0 days":
            continue
        more = moving_block_bootstrap(ticks["loss"], least["loss"], least["n"])
        whole = least["loss"].sum() / least["n"].sum()
        rows.append({
            "log": name, "strategy": key, "more": 100 * more.difference / whole,
            "low": 100 * more.low / whole, "high": 100 * more.high / whole,
        })  # fmt: skip
    return rows


def against(runs: pd.DataFrame) -> pd.DataFrame:
    """What each strategy loses more than the same without a lead time, in points, by pair."""
    rows = []
    for (world, pace), own in runs.groupby(["world", "pace"], sort=False):
        by = own.pivot_table("excess", "seed", "strategy", sort=False)
        for name in by:
            often = f"{name.split(', ')[0]}, " if world == "steady" else ""
            more = mean_interval(by[name] - by[f"{often}0 days"])
            level = mean_interval(by[name])
            some = own[own["strategy"] == name]
            rows.append({
                "world": world, "pace": pace, "strategy": name, "excess": level.mean,
                "more": more.mean, "low": more.low, "high": more.high,
                "trainings": some["trainings"].mean(), "deployed": some["deployed"].mean(),
            })  # fmt: skip
    return pd.DataFrame(rows)


def trials(runs: pd.DataFrame) -> pd.DataFrame:
    """What an A/B test of two weeks costs more than lead times that queue, in points, by pair."""
    steady = runs[runs["world"] == "steady"]
    rows = []
    for pace, own in steady.groupby("pace"):
        by = own.pivot_table("excess", "seed", "strategy")
        for often in ("daily", "weekly"):
            for lead in (7, 14):
                pairs = by[f"{often}, A/B of 14 days"] - by[f"{often}, {lead} days"]
                more = dict(zip(("more", "low", "high"), mean_interval(pairs), strict=True))
                rows.append({"pace": pace, "often": often, "lead": lead, **more})
    return pd.DataFrame(rows)


def by_age(strategy: str, pace: float) -> float:
    """What a lead time costs by arithmetic, in points; NaN where its length is not fixed."""
    often, how, *rest = strategy.split(", ")
    every = {"daily": 1, "weekly": 7}[often]
    if how.startswith(("A/B", "shadow")):
        later = {"A/B": 7, "shadow": 14}[how.split(" ")[0]]
        whole = FIRST_AGE + (max(every, 14) - 1) / 2 + later
    else:
        lead = int(how.removeprefix("review of ").split(" ")[0])
        whole = age(every, lead, bool(rest))
    return pace * (whole - age(every, 0))


SHOWN = ("daily, 1 days", "daily, 7 days", "daily, 7 days, side by side",
         "daily, review of 7 days", "daily, 14 days", "daily, A/B of 14 days",
         "daily, shadow of 14 days", "daily, 28 days",
         "weekly, 7 days", "weekly, 14 days",
         "weekly, A/B of 14 days", "weekly, 28 days")  # fmt: skip
"""Rows of the README."""


def cell(row: Any) -> str:
    """A number with its interval, as the README has it."""
    more, low, high = (round(row[key], 2) + 0.0 for key in ("more", "low", "high"))  # no -0
    text = f"{more:.2f} [{low:.2f}, {high:.2f}]"
    return text.replace("-", "\N{MINUS SIGN}")


def called(strategy: str) -> str:
    """A strategy's name in words."""
    return re.sub(r"\b1 days", "1 day", strategy)


def lines(more: pd.DataFrame, logs: pd.DataFrame | None) -> list[str]:
    """The tables of the README, made of the files."""
    at = more.set_index(["world", "pace", "strategy"])
    paces = [100 * speed for speed in SPEEDS if speed in (0.0005, 0.001, 0.004)]
    made = ["| lead time | " + " | ".join(f"{pace:g} points a day" for pace in paces)
            + " | by arithmetic, days of age |", "|---" * (2 + len(paces)) + "|"]  # fmt: skip
    for name in SHOWN:
        cells = [cell(at.loc[("steady", pace, name)]) for pace in paces]
        made.append(f"| {called(name)} | " + " | ".join(cells) + f" | {by_age(name, 1.0):g} |")
    made += ["", "| from alarm to deployment | " + " | ".join(
        f"a change every {apart} days" for apart in APART) + " |",
        "|---" * (1 + len(APART)) + "|"]  # fmt: skip
    for name in on_alarm():
        cells = [
            cell(row) + f"; {row['trainings']:.1f} trainings"
            for row in (at.loc[("jumps", apart, name)] for apart in APART)
        ]
        if name == "0 days":
            cells = [
                f"0; {at.loc[('jumps', apart, name), 'trainings']:.1f} trainings" for apart in APART
            ]
        made.append(f"| {called(name)} | " + " | ".join(cells) + " |")
    if logs is not None:
        names = list(logs["log"].unique())
        made += ["", "| trained weekly, serving after | "
                 + " | ".join(f"{name}, % of its loss" for name in names) + " |",
                 "|---" * (1 + len(names)) + "|"]  # fmt: skip
        of = logs.set_index(["log", "strategy"])
        for name in logs["strategy"].unique():
            cells = [cell(of.loc[(log, name)]) for log in names]
            made.append(f"| {called(name)} | " + " | ".join(cells) + " |")
    return made


def draw(more: pd.DataFrame, logs: pd.DataFrame | None) -> Figure:
    """What a lead time costs over the speed of drift, between changes, and of two logs."""
    with in_style():
        figure = new_figure(FULL, 2.9)
        left, middle, right = figure.subplots(1, 3)
        shown = ("daily, 1 days", "daily, 7 days", "daily, 7 days, side by side",
                 "daily, A/B of 14 days", "daily, 28 days")  # fmt: skip
        handles = []
        for look, name in zip((*LOOKS, *MORE_LOOKS), shown, strict=False):
            own = more[(more["world"] == "steady") & (more["strategy"] == name)]
            handles.append(
                left.errorbar(
                    own["pace"],
                    own["more"],
                    [own["more"] - own["low"], own["high"] - own["more"]],
                    color=look.color,
                    ls=look.line,
                    marker=look.marker,
                    ms=3,
                    elinewidth=0.8,
                    label=called(name),
                )
            )
        left.axhline(0, color=INK, lw=0.6)
        left.set_xlabel("speed (points a day of age)")
        left.set_ylabel("wrong answers more than at once (points)")
        for look, apart in zip(LOOKS, APART, strict=False):
            own = more[(more["world"] == "jumps") & (more["pace"] == apart)]
            own = own[own["strategy"].str.endswith("days") & ~own["strategy"].str.contains("A/B")]
            days = own["strategy"].str.removesuffix(" days").astype(int)
            middle.errorbar(
                days, own["more"], [own["more"] - own["low"], own["high"] - own["more"]],
                color=look.color, ls=look.line, marker=look.marker, ms=3, elinewidth=0.8,
                label=f"every {apart} days",
            )  # fmt: skip
        middle.axhline(0, color=INK, lw=0.6)
        middle.set_xlabel("days from alarm to deployment")
        middle.set_ylabel("the same (points)")
        middle.set_ylim(top=1.2 * more.loc[more["world"] == "jumps", "high"].max())
        middle.legend(loc="upper left", title="a change", alignment="left")
        if logs is not None:
            for look, (name, own) in zip(LOOKS, logs.groupby("log", sort=False), strict=False):
                days = own["strategy"].str.removesuffix(" days").astype(int)
                right.errorbar(
                    days, own["more"], [own["more"] - own["low"], own["high"] - own["more"]],
                    color=look.color, ls=look.line, marker=look.marker, ms=3, elinewidth=0.8,
                    label=name,
                )  # fmt: skip
            right.legend(loc="upper left")
        right.axhline(0, color=INK, lw=0.6)
        right.set_xlabel("days from training to deployment")
        right.set_ylabel("loss more than at once (%)")
        legend_above(figure, handles, 5)
    return figure


def main(given: Sequence[str] | None = None) -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--logs", type=Path, help="folder of elec2.csv.zip and bike_sharing.zip")
    parser.add_argument("--out", type=Path, default=Path("results/claim_lead_time"))
    args = parser.parse_args(given)
    args.out.mkdir(parents=True, exist_ok=True)
    runs = pd.DataFrame(
        [row for seed in range(args.first, args.first + args.seeds) for row in of_seed(seed)]
    )
    runs.round(4).to_csv(args.out / "runs.csv", index=False)
    if args.logs is None:
        sys.stdout.write("no --logs: Elec2 and bike sharing are left out\n")
    else:
        logs = pd.DataFrame([row for name in LOGS for row in of_log(name, args.logs)])
        logs.round(4).to_csv(args.out / "logs.csv", index=False)
    write(args.out)


def write(folder: Path) -> None:
    """What lead times cost, the tables and the figure, of the files of runs and of logs."""
    runs = pd.read_csv(folder / "runs.csv")
    trials(runs).round(4).to_csv(folder / "trials.csv", index=False)
    more = against(runs).round(4)
    more.to_csv(folder / "more.csv", index=False)
    save(draw(more, of_logs(folder)), folder, "lead_time")
    sys.stdout.write("\n\n".join(tables(folder).values()) + "\n")


def of_logs(folder: Path) -> pd.DataFrame | None:
    """The file of logs, where they were replayed."""
    file = folder / "logs.csv"
    return pd.read_csv(file) if file.exists() else None


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, of the files in a folder."""
    text = "\n".join(lines(pd.read_csv(folder / "more.csv"), of_logs(folder)))
    made = dict(zip(("steady", "jumps", "logs"), text.split("\n\n"), strict=False))
    pairs = pd.read_csv(folder / "trials.csv").set_index(["pace", "often", "lead"])
    paces = [100 * speed for speed in SPEEDS]
    rows = ["| A/B of 14 days against | " + " | ".join(f"{pace:g} points a day" for pace in paces)
            + " |", "|---" * (1 + len(paces)) + "|"]  # fmt: skip
    rows += [
        f"| {often}, {lead} days | "
        + " | ".join(cell(pairs.loc[(pace, often, lead)]) for pace in paces)
        + " |"
        for often in ("daily", "weekly")
        for lead in (7, 14)
    ]
    return made | {"trials": "\n".join(rows)}


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table."""
    more = pd.read_csv(folder / "more.csv").set_index(["world", "pace", "strategy"])
    apart_from = ("daily, 28 days, side by side",)
    told = [
        f"{more.loc[('steady', FASTEST, name), 'more'] / by_age(name, FASTEST):.2f}"
        for name in (*SHOWN, *apart_from)
    ]
    told += [f"{12.7 * lead / apart:.1f}" for lead in LEADS for apart in APART]
    a_b, shadow = "daily, A/B of 14 days", "daily, shadow of 14 days"
    told += [cell(more.loc[("steady", *of)]) for of in (
        (FASTEST, *apart_from), (0, a_b), (0, shadow), (0, "daily, 28 days"),
    )]  # fmt: skip
    tested = more.loc[[("steady", 100 * SPEEDS[1], a_b), ("steady", FASTEST, a_b)]]
    told += [f"{row['deployed']:.1f} of {row['trainings']:.0f}" for _, row in tested.iterrows()]
    queued = [
        more.loc[("steady", FASTEST, name), "more"]
        / more.loc[("steady", FASTEST, f"{name}, side by side"), "more"]
        for name in ("daily, 7 days", "daily, 28 days")
    ]
    return told + [f"{ratio:.2f}" for ratio in queued]


FASTEST = 100 * SPEEDS[-1]
"""The highest speed, in points a day."""


if __name__ == "__main__":
    main()
