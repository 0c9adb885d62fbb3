"""Inputs, answers, estimates or labels: what is it worth to watch each of them?

python experiments/signals/worth.py [--draws 6] [--elec2 FILE] [--bank FILE] [--bike FILE]
    [--out results/signals]

Worlds of known drifts, drawn again and again; and logs, of which the first half chooses thresholds
and the second prices them. No rule is replayed: all are run along tables of signals.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

import clsim
from clsim import Counterfactual, Prices
from clsim.analysis.cost.signal_worth import by_quantiles, sentence, signal_worth
from clsim.hindsight.cuts import stretch
from clsim.monitoring import (
    AnswerDistribution,
    ConfidenceScore,
    FeatureDistribution,
    Score,
)
from clsim.protocols import Monitor, Stream
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Gaussians
from clsim.streams.delays import Constant
from clsim.streams.drift import Gradual, Incremental, Recurring, Sudden

TICK, TICKS, WARMUP, WINDOW, DELAY = 150, 40, 600, 600, 450
START = WARMUP + 12 * TICK

SIDES = {"inputs": "above", "answers": "above", "estimate": "below", "labels": "below"}

PRICES = Prices(error=1, retraining=20)

FALSE = 0.5
"""False retrainings in 40 ticks at which signals are ranked."""


def monitors(window: Any = 300, chances: bool = True) -> dict[str, Monitor]:
    """One signal of each kind."""
    found: dict[str, Monitor] = {
        "inputs": FeatureDistribution(window=window),
        "answers": AnswerDistribution(window=window),
        "labels": Score(window=300, min_labels=100, of="champion"),
    }
    return found | ({"estimate": ConfidenceScore(window=window)} if chances else {})


def clouds(first: Sequence[float], second: Sequence[float]) -> Gaussians:
    """Two classes around two points in the first two inputs; a third says nothing."""
    return Gaussians(n_features=3, means=[list(first), list(second)])


BEFORE = clouds((-1, 0, 0), (1, 0, 0))
TURNED = clouds((0, -1, 0), (0, 1, 0))
MOVED = clouds((0.5, 0, 0), (2.5, 0, 0))
HARMLESS = clouds((-1, 0, 1), (1, 0, 1))

WORLDS: dict[str, Callable[[], list[Any]]] = {
    "quiet": list,
    "harmless: an input that says nothing moves": lambda: [Sudden(HARMLESS, at=START)],
    "sudden: classes lie elsewhere": lambda: [Sudden(TURNED, at=START)],
    "sudden: both classes move": lambda: [Sudden(MOVED, at=START)],
    "gradual: classes lie elsewhere": lambda: [Gradual(TURNED, at=START, width=1500)],
    "incremental: both classes move": lambda: [Incremental(MOVED, at=START, width=3000)],
    "recurring: elsewhere, and back": lambda: [Recurring([TURNED], every=1500)],
}


def world(name: str) -> Stream:
    """A world by its name."""
    return Synthetic(BEFORE, WORLDS[name](), n=WARMUP + TICK * TICKS)


def drawn(stream: Stream, seed: int) -> Counterfactual:
    """The table of one draw, with signals."""
    return clsim.counterfactual(
        stream, learner=LogisticRegression(), dataset=SlidingWindow(WINDOW), tick=TICK,
        warmup=WARMUP, delay=Constant(DELAY), seed=seed, monitors=monitors(),
    )  # fmt: skip


def of_worlds(draws: int) -> pd.DataFrame:
    """All worlds: the cheapest rule over each signal, and all at one rate of false retrainings."""
    quiet = [drawn(world("quiet"), seed) for seed in range(1000, 1000 + draws)]
    found = []
    for name in WORLDS:
        stream = world(name)
        tuning = [drawn(stream, seed) for seed in range(draws)]
        scored = [drawn(stream, seed) for seed in range(100, 100 + draws)]
        rules = by_quantiles([*tuning, *quiet], SIDES, 40, (1, 3, 8))
        for how, rate in (("cheapest", None), ("equal rate", FALSE)):
            some = signal_worth(
                tuning, scored, rules, PRICES, quiet=quiet, false_alarms=rate, labels="labels"
            )
            found.append(some.assign(world=name, how=how))
            print(name, how, sentence(some.iloc[0], per="run"), flush=True)
    return pd.concat(found, ignore_index=True)


def elec2(path: Path) -> Counterfactual:
    """The price of electricity, up or down, of every half-hour; labels come a day late."""
    stream = Recorded(path, label="class", start="1996-05-07", every="30min")
    return clsim.counterfactual(
        stream, learner=HistGradientBoostingClassifier(max_iter=30, random_state=0),
        dataset=SlidingWindow("84d"), tick="7d", warmup="84d", delay=Constant("1d"),
        monitors=monitors("14d"),
    )  # fmt: skip


def bank(path: Path) -> Counterfactual:
    """Whether a client of a bank agrees on the phone; the log has no times."""
    with zipfile.ZipFile(path) as inside:
        name = next(one for one in inside.namelist() if one.endswith("bank-additional-full.csv"))
        frame = pd.read_csv(inside.open(name), sep=";").drop(columns="duration")
    frame = frame.astype({k: "category" for k in frame.columns[:-1] if frame[k].dtype == object})
    learner = HistGradientBoostingClassifier(
        max_iter=30, random_state=0, categorical_features="from_dtype"
    )
    return clsim.counterfactual(
        Recorded(frame, label="y"), learner=learner, dataset=SlidingWindow(4_000), tick=400,
        warmup=4_000, delay=Constant(800), monitors=monitors(800),
    )  # fmt: skip


def bike(path: Path) -> Counterfactual:
    """How many bikes are rented in each hour; a regression, so there is no estimate."""
    with zipfile.ZipFile(path) as inside:
        frame = pd.read_csv(inside.open("hour.csv"))
    frame["time"] = pd.to_datetime(frame["dteday"]) + pd.to_timedelta(frame["hr"], unit="h")
    used = frame[["time", "hr", "weekday", "workingday", "weathersit", "temp", "hum", "windspeed"]]
    stream = Recorded(used.assign(count=frame["cnt"]), label="count", time="time")
    return clsim.counterfactual(
        stream, learner=HistGradientBoostingRegressor(max_iter=30, random_state=0),
        dataset=SlidingWindow("84d"), tick="7d", warmup="84d", delay=Constant("1d"),
        monitors=monitors("14d", chances=False),
    )  # fmt: skip


LOGS: dict[str, tuple[Callable[[Path], Counterfactual], Prices]] = {
    "elec2": (elec2, PRICES), "bank": (bank, PRICES), "bike": (bike, Prices(0.01, 20)),
}  # fmt: skip


def of_log(name: str, path: Path) -> pd.DataFrame:
    """A log: the first half of its ticks chooses, the second prices."""
    make, prices = LOGS[name]
    table = make(path)
    half = table.loss.shape[1] // 2
    tuning, scored = [stretch(table, 0, half)], [stretch(table, half)]
    assert table.signals is not None
    sides = {key: side for key, side in SIDES.items() if key in table.signals.values}
    rules = by_quantiles(tuning, sides, 40, (1, 2, 4, 8))
    found = signal_worth(tuning, scored, rules, prices, labels="labels")
    print(name, sentence(found.iloc[0]), flush=True)
    return found.assign(world=name, how="cheapest")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--draws", type=int, default=4, help="to choose, and to price; 0: no worlds"
    )
    for name in LOGS:
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--out", type=Path, default=Path("results/signals"))
    args = parser.parse_args()
    found = [of_worlds(args.draws)] if args.draws else []
    found += [of_log(name, vars(args)[name]) for name in LOGS if vars(args)[name] is not None]
    frame = pd.concat(found, ignore_index=True)
    args.out.mkdir(parents=True, exist_ok=True)
    frame.round(4).to_csv(args.out / "worth.csv", index=False)
    shown = ["world", "how", "signal", "retrainings", "worth", "worth_low", "worth_high", "share",
             "same_number", "shuffled", "over_labels", "luck", "false", "hindsight"]  # fmt: skip
    with pd.option_context("display.width", 250, "display.max_columns", 50):
        print(frame[shown].round(2).to_string())
    assert np.isfinite(frame["cost"]).all()


if __name__ == "__main__":
    main()
