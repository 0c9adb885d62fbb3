"""The same money for fresher data or for a better learner: the border over speed and price.

``python experiments/claim_data_or_model/data_or_model.py --logs FOLDER`` writes
``results/claim_data_or_model/*.csv`` and the figure; without ``--logs`` the worlds alone.
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
from matplotlib.ticker import FuncFormatter
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

sys.path.insert(0, str(Path(__file__).parent.parent / "signals"))

from worth_logs import bike, elec2

import clsim
from clsim import Counterfactual, Prices
from clsim.analysis.compare.blocks import moving_block_bootstrap
from clsim.analysis.cost.schedule_cost import cost_by_period
from clsim.hindsight.schedules import ready, served_by_phase
from clsim.report.figures.style import FULL, GREY, LOOKS, in_style, new_figure, save
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts.concept import Blend, Concept
from clsim.streams.delays import Constant
from clsim.streams.drift import Incremental

SEEDS, DAYS, RATE, NOISE, LEARNED = 8, 112, 300, 0.1, 4
"""Draws of a world, days that are scored, events in a day, noise, days that a model learns."""

SPEEDS = (0.0005, 0.001, 0.002, 0.004, 0.008)
"""What a model loses more per event with each day of its age, if the border were straight."""

LONGEST = 56
"""Days between two trainings at the most."""

BEND = 0.12

TIMES = 4
"""How many times as much a training of the better learner costs, where each chooses its period."""


class Bent(Concept):
    """Two normal inputs; the border between the classes is a parabola, turned by an angle."""

    features = ("x0", "x1")
    n_classes = 2
    movable = True
    inputs = ("bent",)

    def __init__(self, angle: float = 0.0) -> None:
        self.angle = angle

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.standard_normal((n, 2))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        angle: Any = self.angle if blend is None else sum(c.angle * share for c, share in blend)
        along = np.cos(angle) * X[:, 0] + np.sin(angle) * X[:, 1]
        across = np.cos(angle) * X[:, 1] - np.sin(angle) * X[:, 0]
        return (along > BEND * (across**2 - 1)).astype(np.int64)


LEARNERS = {
    "simple": LogisticRegression(),
    "better": make_pipeline(PolynomialFeatures(2, include_bias=False), LogisticRegression()),
}
"""A line, and a curve."""


def turning(speed: float, days: int = DAYS) -> Synthetic:
    """The border turns at constant speed."""
    end = LEARNED + 1 + days
    whole = math.pi * speed / (1 - 2 * NOISE) * end
    drifts = [Incremental(Bent(whole), at=f"{end * 12}h", width=f"{end}d")]
    return Synthetic(Bent(), drifts, n=end * RATE, rate=f"{RATE}/d", noise=NOISE)


def made(stream: Any, learner: Any, learned: str, warmup: str, seed: int = 0) -> Counterfactual:
    """A model for every day, scored up to an age; labels come a day late."""
    return clsim.counterfactual(
        stream, learner=learner, dataset=SlidingWindow(learned), tick="1d", warmup=warmup,
        delay=Constant("1d"), largest_age=LONGEST, seed=seed,
    )  # fmt: skip


def by_period(table: Counterfactual, of: dict[str, Any]) -> list[dict[str, Any]]:
    """Loss and trainings of each period over its phases, and of never training again (0)."""
    some = Prices(error=1, retraining=1)
    found = cost_by_period(table, some, range(1, LONGEST + 1))
    rows = [{**of, "every": 0, "loss": table.loss[-1].sum(), "retrainings": 0.0}]
    rows += [
        {**of, "every": row["every"], "loss": row["loss"], "retrainings": row["retrainings"]}
        for row in found.to_dict("records")
    ]
    return [{**row, "events": int(table.n.sum())} for row in rows]


def of_seed(seed: int, days: int = DAYS) -> list[dict[str, Any]]:
    """Both learners in each world of a seed."""
    return [
        row
        for speed in SPEEDS
        for name, learner in LEARNERS.items()
        for row in by_period(
            made(turning(speed, days), learner, f"{LEARNED}d", f"{LEARNED + 1}d", seed),
            {"speed": 100 * speed, "seed": seed, "learner": name},
        )
    ]


TREES: dict[str, Any] = {"max_iter": 20, "max_leaf_nodes": 15, "random_state": 0}
LOGS: dict[str, Any] = {
    "Elec2": (
        "elec2.csv.zip", elec2,
        {"simple": make_pipeline(StandardScaler(), LogisticRegression()),
         "better": HistGradientBoostingClassifier(**TREES)},
    ),
    "bike sharing": (
        "bike_sharing.zip", bike,
        {"simple": make_pipeline(StandardScaler(), LinearRegression()),
         "better": HistGradientBoostingRegressor(**TREES)},
    ),
}  # fmt: skip


def of_log(name: str, folder: Path) -> list[dict[str, Any]]:
    """The better learner every so many days against the simple one daily and weekly, by blocks."""
    file, read, learners = LOGS[name]
    stream = Recorded(read(folder / file), label="label", time="time")
    tables = {key: made(stream, learner, "28d", "29d") for key, learner in learners.items()}
    losses = {
        (key, every): served_by_phase(table, every, ready(table))[0].mean(axis=0)
        for key, table in tables.items()
        for every in (1, 7, 28, LONGEST)
    }
    n = tables["simple"].n
    rows = []
    for often in (1, 7):
        simple = losses["simple", often]
        for every in (1, 7, 28, LONGEST):
            more = moving_block_bootstrap(losses["better", every], simple, n)
            scale = 100 * n.sum() / simple.sum()
            rows.append({
                "log": name, "simple": often, "better": every, "more": scale * more.difference,
                "low": scale * more.low, "high": scale * more.high,
            })  # fmt: skip
    return rows


Curves = dict[str, np.ndarray]
"""Of a learner, points lost and trainings a day, of shape (seeds, periods); period 0 is never."""


def curves(runs: pd.DataFrame, speed: float, learner: str) -> Curves:
    own = runs[(runs["speed"] == speed) & (runs["learner"] == learner)]
    by = {key: own.pivot_table(key, "seed", "every").to_numpy() for key in ("loss", "retrainings")}
    events = own["events"].iloc[0]
    return {"lost": 100 * by["loss"] / events, "trained": by["retrainings"] / (events / RATE)}


def allowed(simple: np.ndarray, better: np.ndarray, every: int) -> float:
    """Days between trainings up to which the better learner loses less than the simple one.

    Parameters
    ----------
    simple, better : numpy.ndarray of shape (periods,)
        Points lost by period; the first entry, of never training again, is not looked at.
    every : int
        Days between the trainings of the simple one.

    Returns
    -------
    float
        Between two periods by a straight line; infinite if it does at the longest, too.

    Examples
    --------
    >>> allowed(np.array([9.0, 3.0]), np.array([9.0, 1.0, 2.0, 4.0]), 1)
    2.5
    """
    over = np.flatnonzero(better[1:] > simple[every])
    if not len(over):
        return math.inf
    if over[0] == 0:
        return 0.0
    before, after = better[over[0]], better[over[0] + 1]
    return float(over[0] + (simple[every] - before) / (after - before))


COSTS = np.geomspace(0.1, 10_000, 201)
"""What a training of the simple learner costs, in wrong answers."""


def price_border(simple: Curves, better: Curves, which: np.ndarray) -> float:
    """The least price of a training from which on the simple learner is cheaper, each at its best.

    Infinite where it is not at any price; 0 where it always is.
    """

    def cheapest(one: Curves, times: float) -> np.ndarray:
        lost, trained = (one[key][which].mean(axis=0) for key in ("lost", "trained"))
        a_day = RATE * lost / 100
        return (a_day + times * COSTS[:, None] * trained).min(axis=1)

    over = np.flatnonzero(cheapest(better, TIMES) > cheapest(simple, 1.0))
    return float(COSTS[over[0]]) if len(over) else math.inf


def borders(runs: pd.DataFrame, draws: int = 1_000) -> pd.DataFrame:
    """What the better learner is better by, and the borders, with percentiles of drawn seeds."""
    rng, rows = np.random.default_rng(0), []
    for speed in runs["speed"].unique():
        simple, better = (curves(runs, speed, learner) for learner in LEARNERS)
        gap = mean_interval(simple["lost"][:, 1] - better["lost"][:, 1])
        seeds = len(simple["lost"])
        every = np.arange(seeds)
        again = [every, *rng.integers(0, seeds, (draws, seeds))]
        row = {"speed": speed, "gap": gap.mean, "gap, low": gap.low, "gap, high": gap.high}
        for often in (1, 7):
            found = np.array([
                allowed(simple["lost"][some].mean(axis=0), better["lost"][some].mean(axis=0), often)
                for some in again
            ])  # fmt: skip
            row |= bounds(f"allowed {often}", found)
            row[f"by arithmetic {often}"] = often + 2 * gap.mean / speed
        row |= bounds("price", np.array([price_border(simple, better, some) for some in again]))
        row["price by arithmetic"] = (
            (gap.mean / 100) ** 2 * RATE / (2 * speed / 100 * (math.sqrt(TIMES) - 1) ** 2)
        )
        rows.append(row)
    return pd.DataFrame(rows)


def bounds(key: str, found: np.ndarray) -> dict[str, float]:
    """What is found of all seeds, and percentiles of what is found of drawn ones."""
    low, high = np.quantile(found[1:], [0.025, 0.975], method="inverted_cdf")
    return {key: float(found[0]), f"{key}, low": float(low), f"{key}, high": float(high)}


def number(value: float, digits: int) -> str:
    """A number as the README has it; what lies beyond all that was tried is "none"."""
    if math.isinf(value):
        return "none"
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def cell(row: Any, key: str, digits: int) -> str:
    """A number with its interval."""
    middle, low, high = (number(row[name], digits) for name in (key, f"{key}, low", f"{key}, high"))
    return f"{middle} ({low} to {high})"


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, made of the files in a folder."""
    told = [
        "| speed, points a day | better by, points | as good as simple daily: every … days | "
        "by arithmetic | as good as simple weekly | by arithmetic | "
        "simple is cheaper from a price of | by arithmetic |",
        "|---" * 8 + "|",
    ]
    for row in pd.read_csv(folder / "borders.csv").to_dict("records"):
        told.append("| " + " | ".join([
            f"{row['speed']:g}", cell(row, "gap", 2),
            cell(row, "allowed 1", 1), f"{row['by arithmetic 1']:.0f}",
            cell(row, "allowed 7", 1), f"{row['by arithmetic 7']:.0f}",
            cell(row, "price", 0), f"{row['price by arithmetic']:.0f}",
        ]) + " |")  # fmt: skip
    made = {"borders": "\n".join(told)}
    if (folder / "logs.csv").exists():
        told = ["| log | simple | better every day | every 7 days | every 28 days | "
                f"every {LONGEST} days |", "|---" * 6 + "|"]  # fmt: skip
        logs = pd.read_csv(folder / "logs.csv")
        for (name, often), own in logs.groupby(["log", "simple"], sort=False):
            cells = [cell({"more": r["more"], "more, low": r["low"], "more, high": r["high"]},
                          "more", 1) for _, r in own.iterrows()]  # fmt: skip
            every = "daily" if often == 1 else "weekly"
            told.append(f"| {name} | {every} | " + " | ".join(cells) + " |")
        made["logs"] = "\n".join(told)
    return made


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table: ratios of periods, and to arithmetic."""
    found = pd.read_csv(folder / "borders.csv").replace(math.inf, np.nan).dropna()
    told = [
        f"{value / 7:.1f}" for end in ("", ", low", ", high") for value in found[f"allowed 7{end}"]
    ]
    for often in (1, 7):
        told += [f"{x:.1f}" for x in found[f"allowed {often}"] / found[f"by arithmetic {often}"]]
    return told


def draw(runs: pd.DataFrame, found: pd.DataFrame) -> Figure:
    """What each learner loses by how often it is trained, and the two borders."""
    with in_style():
        figure = new_figure(FULL, 2.9)
        left, middle, right = figure.subplots(1, 3)
        slow, fast = sorted(runs["speed"].unique())[1::2][:2]
        for look, (speed, learner) in zip(
            LOOKS, [(s, name) for s in (slow, fast) for name in LEARNERS], strict=True
        ):
            lost = curves(runs, speed, learner)["lost"][:, 1:]
            ends = np.array([mean_interval(column) for column in lost.T])
            days = np.arange(1, LONGEST + 1)
            left.fill_between(days, ends[:, 1], ends[:, 2], color=look.color, alpha=0.15, lw=0)
            left.plot(days, ends[:, 0], color=look.color, ls=look.line,
                      label=f"{learner}, {speed:g} points a day")  # fmt: skip
        left.set_xlabel("days between trainings")
        left.set_ylabel("wrong answers (%)")
        left.set_ylim(top=left.get_ylim()[1] + 3)  # room for the legend
        left.legend(loc="upper left")
        speed, found = found["speed"], found.replace(math.inf, np.nan)
        for look, often in zip(LOOKS, (1, 7), strict=False):
            values = [found[f"allowed {often}{end}"] / often for end in ("", ", low", ", high")]
            middle.fill_between(speed, values[1], values[2], color=look.color, alpha=0.15, lw=0)
            middle.plot(speed, values[0], color=look.color, marker=look.marker, ms=3,
                        label="simple daily" if often == 1 else "simple weekly")  # fmt: skip
            middle.plot(speed, found[f"by arithmetic {often}"] / often, color=GREY, ls=":", lw=0.8,
                        label="by arithmetic" if often == 7 else None)  # fmt: skip
        middle.set_ylabel("price of better over simple at which\nthe same money buys the same")
        middle.legend(loc="lower left")
        right.fill_between(speed, found["price, low"], found["price, high"], color=LOOKS[0].color,
                           alpha=0.15, lw=0)  # fmt: skip
        right.plot(speed, found["price"], color=LOOKS[0].color, marker="o", ms=3)
        right.plot(speed, found["price by arithmetic"], color=GREY, ls=":", lw=0.8)
        right.set_ylabel("price of a simple training\n(wrong answers)")
        right.text(1, 0.98, "simple is cheaper", transform=right.transAxes, ha="right", va="top",
                   fontsize=7)  # fmt: skip
        right.text(0.05, 0.05, "better is cheaper", transform=right.transAxes, fontsize=7)
        for axes in (middle, right):
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlabel("speed of drift (points a day)")
            axes.set_xticks(speed, [f"{one:g}" for one in speed])
            axes.minorticks_off()
            axes.set_yticks([1, 2, 5, 10, 20, 50, 100, 200, 500])
            axes.set_ylim(1 if axes is middle else 3, 60 if axes is middle else 500)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    return figure


def main(given: Sequence[str] | None = None) -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--logs", type=Path, help="folder of elec2.csv.zip and bike_sharing.zip")
    parser.add_argument("--out", type=Path, default=Path("results/claim_data_or_model"))
    args = parser.parse_args(given)
    args.out.mkdir(parents=True, exist_ok=True)
    runs = pd.DataFrame(
        [row for seed in range(args.first, args.first + args.seeds) for row in of_seed(seed)]
    )
    runs.round(2).to_csv(args.out / "runs.csv", index=False)
    found = borders(runs.round(2)).round(4)
    found.to_csv(args.out / "borders.csv", index=False)
    if args.logs is None:
        sys.stdout.write("no --logs: Elec2 and bike sharing are left out\n")
    else:
        logs = pd.DataFrame([row for name in LOGS for row in of_log(name, args.logs)]).round(4)
        logs.to_csv(args.out / "logs.csv", index=False)
    save(draw(runs, found), args.out, "data_or_model")
    sys.stdout.write("\n\n".join(tables(args.out).values()) + "\n")


if __name__ == "__main__":
    main()
