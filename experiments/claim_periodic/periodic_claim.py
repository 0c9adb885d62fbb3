"""Is a calendar hard to beat? At which prices, speeds and delays triggers win, and by what.

``python experiments/claim_periodic/periodic_claim.py`` writes ``results/claim_periodic/*.csv`` and
the figure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "signals"))

from worth import BEFORE, START, TICK, TICKS, TURNED, WARMUP, WINDOW, Drifts, clouds

import clsim
from clsim import Counterfactual, Prices
from clsim.analysis.cost.signal_worth import by_quantiles, signal_worth
from clsim.hindsight.grids import Levels
from clsim.monitoring import ConfidenceScore, FeatureDistribution, Score
from clsim.report.figures.style import (
    FULL,
    GREEN,
    GREY,
    VERMILLION,
    in_style,
    new_figure,
    save,
)
from clsim.rounding import MINUS
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Synthetic
from clsim.streams.delays import Constant
from clsim.streams.drift import Incremental, RandomWalk, Sudden
from clsim.streams.drift.position import Between

RESULTS = Path("results/claim_periodic")

DRAWS = 6
DELAYS = (0, 450, 1_500)
RETRAINING = (5, 20, 80)
SIDES = {"labels": "below", "estimate": "below", "inputs": "above"}

PLAIN = Levels("labels", (0.79,), "below", 1)
"""A rule that nobody tuned: train if accuracy is five points below the .84 of a fresh model."""

END = WARMUP + TICK * TICKS
BEHIND = clouds((0.8, 0.8, 0), (-0.8, -0.8, 0))


def between(part: int, parts: int) -> Between:
    """A row in one of so many equal parts of what is served, drawn by the seed."""
    length = (END - WARMUP) // parts
    return Between(WARMUP + part * length, WARMUP + (part + 1) * length - TICK)


def turns(times: int) -> list[Incremental]:
    """Through so many turns at constant speed: elsewhere, and back."""
    length = (END - WARMUP) // times
    return [
        Incremental(TURNED if k % 2 == 0 else BEFORE, WARMUP + k * length + length // 2, length)
        for k in range(times)
    ]


WORLDS: dict[str, Drifts] = {
    "nothing changes": list,
    "one change, at tick 12": lambda: [Sudden(TURNED, at=START)],
    "one change, at any time": lambda: [Sudden(TURNED, at=between(0, 1))],
    "three changes": lambda: [
        Sudden(to, at=between(k, 3)) for k, to in enumerate((TURNED, BEHIND, TURNED))
    ],
    "turning once": lambda: list(turns(1)),
    "turning four times": lambda: list(turns(4)),
    "wandering slowly": lambda: [RandomWalk(TURNED, TICK, 0.07)],
    "wandering fast": lambda: [RandomWalk(TURNED, TICK, 0.2)],
}


def drawn(drifts: Drifts, delay: int, seed: int) -> Counterfactual:
    """The table of one draw, with three signals."""
    stream = Synthetic(BEFORE, drifts(), n=END)
    monitors = {
        "labels": Score(window=300, min_labels=100, of="champion"),
        "estimate": ConfidenceScore(window=300),
        "inputs": FeatureDistribution(window=300),
    }
    return clsim.counterfactual(
        stream, learner=LogisticRegression(), dataset=SlidingWindow(WINDOW), tick=TICK,
        warmup=WARMUP, delay=Constant(delay), seed=seed, monitors=monitors,
    )  # fmt: skip


def priced(
    tuning: Sequence[Counterfactual], scored: Sequence[Counterfactual], retraining: float
) -> pd.DataFrame:
    """What each trigger saves a run against the tuned calendar: tuned as well, and one untuned."""
    prices = Prices(error=1, retraining=retraining)
    rules = by_quantiles(tuning, SIDES, 40, (1, 3, 8))
    tuned = signal_worth(tuning, scored, rules, prices, draws=1)
    plain = signal_worth(tuning, scored, {"labels": [PLAIN]}, prices, draws=1)
    return pd.concat([tuned, plain.assign(signal="untuned")], ignore_index=True)


def compared(draws: int) -> pd.DataFrame:
    """All worlds, delays and prices."""
    found = []
    for name, drifts in WORLDS.items():
        for delay in DELAYS:
            tuning = [drawn(drifts, delay, seed) for seed in range(draws)]
            scored = [drawn(drifts, delay, seed) for seed in range(100, 100 + draws)]
            for price in RETRAINING:
                frame = priced(tuning, scored, price)
                found.append(frame.assign(world=name, delay=delay, retraining=price))
    return pd.concat(found, ignore_index=True)


# what is written ------------------------------------------------------------------------------


def verdict(row: pd.Series) -> str:
    """Who wins beyond the interval: ``+`` the trigger, ``-`` the calendar, ``0`` nobody."""
    return "+" if row["worth_low"] > 0 else "-" if row["worth_high"] < 0 else "0"


def counted(found: pd.DataFrame) -> pd.DataFrame:
    """In how many cells of the worlds that change each trigger wins, ties and loses."""
    moving = found[found["world"] != "nothing changes"]
    won = moving.assign(verdict=moving.apply(verdict, axis=1))
    parts = {"all": won, **{f"delay {delay}": won[won["delay"] == delay] for delay in DELAYS},
             **{f"a retraining {price}": won[won["retraining"] == price] for price in RETRAINING},
             **dict(list(won.groupby("world", sort=False)))}  # fmt: skip
    rows = []
    for part, own in parts.items():
        for signal, some in own.groupby("signal"):
            count = some["verdict"].value_counts()
            rows.append(
                {
                    "part": part, "signal": signal, "cells": len(some),
                    "wins": count.get("+", 0), "ties": count.get("0", 0),
                    "loses": count.get("-", 0), "mean": some["worth"].mean(),
                    "luck": some["luck"].mean(), "hindsight": some["hindsight"].mean(),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def draw(found: pd.DataFrame) -> Figure:
    """What the trigger on labels saves: a panel for each price, worlds by delay."""
    own = found[found["signal"] == "labels"]
    worlds = list(WORLDS)[::-1]
    with in_style():
        figure = new_figure(FULL, 3.4)
        panels = figure.subplots(1, len(RETRAINING), sharey=True)
        for axes, price in zip(panels, RETRAINING, strict=True):
            for up, marker, delay in zip((0.25, 0, -0.25), "o^s", DELAYS, strict=True):
                some = own[(own["delay"] == delay) & (own["retraining"] == price)]
                some = some.set_index("world").loc[worlds]
                for place, (_, row) in enumerate(some.iterrows()):
                    color = {"+": GREEN, "0": GREY, "-": VERMILLION}[verdict(row)]
                    at = place + up
                    axes.plot([row["worth_low"], row["worth_high"]], [at, at], color=color, lw=0.9)
                    axes.plot(row["worth"], at, marker, ms=3, color=color)
            axes.axvline(0, color="#999999", lw=0.6)
            axes.set_yticks(range(len(worlds)), worlds)
            axes.set_title(f"a retraining costs {price}")
        panels[1].set_xlabel(
            "saved a run against the tuned calendar; labels late by 0 (circle), 3 and 10 ticks"
        )
    return figure


def whole(value: float) -> str:
    """A number without decimals, and without a minus of nothing."""
    return f"{round(value):,}".replace("-", MINUS) if round(value) else "0"


def cell(row: pd.Series) -> str:
    """A number and its interval, bold where the interval is above 0."""
    if not row["worth_low"] < row["worth_high"]:
        return whole(row["worth"])
    text = f"{whole(row['worth'])} [{whole(row['worth_low'])}, {whole(row['worth_high'])}]"
    return f"**{text}**" if row["worth_low"] > 0 else text


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, of the files in a folder."""
    found = pd.read_csv(folder / "worth.csv")
    labels = found[found["signal"] == "labels"].set_index(["world", "delay", "retraining"])
    keys = [(delay, price) for delay in DELAYS for price in RETRAINING]
    lines = ["| world | " + " | ".join(f"{d // TICK} ticks late, {p}" for d, p in keys) + " |",
             "|" + " --- |" * (len(keys) + 1)]  # fmt: skip
    lines += [
        f"| {name} | " + " | ".join(cell(labels.loc[(name, *key)]) for key in keys) + " |"
        for name in WORLDS
    ]
    counts = pd.read_csv(folder / "counts.csv").set_index(["part", "signal"])
    signals = ("labels", "untuned", "estimate", "inputs")
    table = ["| cells | " + " | ".join(f"{name}: wins, ties, loses; mean" for name in signals)
             + " | luck of labels | hindsight |", "|" + " --- |" * (len(signals) + 3)]  # fmt: skip
    for part in dict.fromkeys(counts.index.get_level_values("part")):
        cells = []
        for name in signals:
            row = counts.loc[(part, name)]
            won = f"{row['wins']:.0f}, {row['ties']:.0f}, {row['loses']:.0f}"
            cells.append(f"{won}; {whole(row['mean'])}")
        row = counts.loc[(part, "labels")]
        head = f"{part} ({row['cells']:.0f})"
        table.append(f"| {head} | " + " | ".join(cells)
                     + f" | {whole(row['luck'])} | {whole(row['hindsight'])} |")  # fmt: skip
    return {"worth": "\n".join(lines), "counts": "\n".join(table)}


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table: shares of the 63 cells, and of luck."""
    counts = pd.read_csv(folder / "counts.csv").set_index(["part", "signal"])
    row, plain = counts.loc[("all", "labels")], counts.loc[("all", "untuned")]
    return [
        f"{100 * row['wins'] / row['cells']:.0f}", f"{100 * plain['wins'] / row['wins']:.0f}",
        f"{100 * row['luck'] / row['mean']:.0f}",
    ]  # fmt: skip


def main() -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    found = compared(given.draws)
    counts = counted(found)
    numbers = ["worth", "worth_low", "worth_high", "luck", "hindsight", "share"]
    rule = ["level", "wait", "retrainings", "cost", "calendar"]
    keep = ["world", "delay", "retraining", "signal", *rule, *numbers]
    found[keep].round(3).to_csv(given.out / "worth.csv", index=False)
    counts.round(3).to_csv(given.out / "counts.csv", index=False)
    save(draw(found), given.out, "periodic")
    for text in tables(given.out).values():
        print(text, end="\n\n")


if __name__ == "__main__":
    main()
