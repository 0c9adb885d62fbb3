"""Inputs, answers, estimates or labels: what is it worth to watch each of them?

python experiments/signals/worth.py [--draws 6] [--logs FOLDER] [--n-jobs 2] [--out results/signals]

Worlds of known drifts, drawn again and again; the same with labels that come sooner or later; and
three logs, out of a folder that holds elec2.csv.zip, bank_marketing.zip and bike_sharing.zip. No
rule is replayed: all are run along tables of signals. `worth_logs.py` has the logs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from worth_drawing import draw
from worth_logs import LOGS, of_log

import clsim
from clsim import Counterfactual, Prices
from clsim.analysis.cost.signal_worth import by_quantiles, sentence, signal_worth
from clsim.monitoring import AnswerDistribution, ConfidenceScore, FeatureDistribution, Score
from clsim.protocols import Monitor
from clsim.report.figures.worth import signal_value
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Synthetic
from clsim.streams.concepts import Gaussians
from clsim.streams.delays import Constant
from clsim.streams.drift import (
    Drift,
    Gradual,
    Incremental,
    Periodic,
    RandomWalk,
    Recurring,
    Sudden,
    Temporary,
)
from clsim.streams.groups import Groups
from clsim.streams.targets import Prior

TICK, TICKS, WARMUP, WINDOW, DELAY = 150, 40, 600, 600, 450
START = WARMUP + 12 * TICK

SIDES = {"inputs": "above", "answers": "above", "estimate": "below", "labels": "below"}

PRICES = Prices(error=1, retraining=20)

FALSE = 0.5
"""False retrainings in 40 ticks at which signals are ranked."""


def monitors() -> dict[str, Monitor]:
    """One signal of each kind."""
    return {
        "inputs": FeatureDistribution(window=300),
        "answers": AnswerDistribution(window=300),
        "labels": Score(window=300, min_labels=100, of="champion"),
        "estimate": ConfidenceScore(window=300),
    }


def clouds(first: Sequence[float], second: Sequence[float]) -> Gaussians:
    """Two classes around two points in the first two inputs; a third says nothing."""
    return Gaussians(n_features=3, means=[list(first), list(second)])


BEFORE = clouds((-1, 0, 0), (1, 0, 0))
TURNED = clouds((0, -1, 0), (0, 1, 0))
MOVED = clouds((0.5, 0, 0), (2.5, 0, 0))
HARMLESS = clouds((-1, 0, 1), (1, 0, 1))

Drifts = Callable[[], list[Drift]]

WORLDS: dict[str, Drifts] = {
    "quiet": list,
    "harmless: an input that says nothing moves": lambda: [Sudden(HARMLESS, at=START)],
    "sudden: classes lie elsewhere": lambda: [Sudden(TURNED, at=START)],
    "sudden: both classes move": lambda: [Sudden(MOVED, at=START)],
    "gradual: classes lie elsewhere": lambda: [Gradual(TURNED, at=START, width=1500)],
    "incremental: both classes move": lambda: [Incremental(MOVED, at=START, width=3000)],
    "temporary: elsewhere for 12 ticks": lambda: [Temporary(TURNED, START, 12 * TICK)],
    "periodic: both move, and back, every 20 ticks": lambda: [Periodic(MOVED, 20 * TICK)],
    "recurring: elsewhere, and back, every 10 ticks": lambda: [Recurring([TURNED], 10 * TICK)],
    "random walk towards elsewhere": lambda: [RandomWalk(TURNED, TICK, 0.15)],
    "labels: one class from half to a tenth": lambda: [Sudden(Prior([0.9, 0.1]), at=START)],
    "one slice of two: classes lie elsewhere": lambda: [
        Sudden(TURNED, at=START, slice="user=new")
    ],
}  # fmt: skip

LATER: dict[str, Drifts] = {
    "sudden: classes lie elsewhere": WORLDS["sudden: classes lie elsewhere"],
    "sudden: both classes move": WORLDS["sudden: both classes move"],
    "recurring: elsewhere, and back, every 10 ticks": lambda: [Recurring([TURNED], 10 * TICK)],
    "recurring: elsewhere, and back, every 20 ticks": lambda: [Recurring([TURNED], 20 * TICK)],
}
"""Worlds that are drawn with labels that come sooner and later, too."""

DELAYS = (0, DELAY, 1_500)


def drawn(drifts: Drifts, delay: int, seed: int) -> Counterfactual:
    """The table of one draw, with signals."""
    groups = {"user": Groups({"old": 1, "new": 1})}
    stream = Synthetic(BEFORE, drifts(), n=WARMUP + TICK * TICKS, groups=groups)
    return clsim.counterfactual(
        stream, learner=LogisticRegression(), dataset=SlidingWindow(WINDOW), tick=TICK,
        warmup=WARMUP, delay=Constant(delay), seed=seed, monitors=monitors(),
    )  # fmt: skip


def of_world(drifts: Drifts, delay: int, draws: int, quiet: list[Counterfactual]) -> pd.DataFrame:
    """A world: the cheapest rule over each signal, and all at one rate of false retrainings."""
    tuning = [drawn(drifts, delay, seed) for seed in range(draws)]
    scored = [drawn(drifts, delay, seed) for seed in range(100, 100 + draws)]
    rules = by_quantiles([*tuning, *quiet], SIDES, 40, (1, 3, 8))
    found = [
        signal_worth(
            tuning, scored, rules, PRICES, quiet=quiet, false_alarms=rate, labels="labels"
        ).assign(how=how)
        for how, rate in (("cheapest", None), ("equal rate", FALSE))
    ]
    return pd.concat(found, ignore_index=True)


def of_worlds(draws: int, jobs: joblib.Parallel) -> pd.DataFrame:
    """All worlds at the usual delay, and some at others."""
    asked = [(name, DELAY, drifts) for name, drifts in WORLDS.items()]
    asked += [
        (name, delay, drifts)
        for name, drifts in LATER.items()
        for delay in DELAYS
        if (name, delay) not in {(name, DELAY) for name in WORLDS}
    ]
    quiet = {
        delay: jobs(joblib.delayed(drawn)(list, delay, seed) for seed in range(1000, 1000 + draws))
        for delay in DELAYS
    }
    made = jobs(
        joblib.delayed(of_world)(drifts, delay, draws, quiet[delay]) for _, delay, drifts in asked
    )
    frames = [
        frame.assign(world=name, delay=delay)
        for (name, delay, _), frame in zip(asked, made, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def _show(found: pd.DataFrame) -> None:
    columns = ["world", "delay", "how", "signal", "retrainings", "worth", "worth_low", "worth_high",
               "share", "same_number", "shuffled", "luck", "false", "hindsight"]  # fmt: skip
    with pd.option_context("display.width", 250, "display.max_columns", 50):
        print(found[[name for name in columns if name in found]].round(2).to_string(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=6, help="to choose, and to price")
    parser.add_argument("--logs", type=Path, help="folder of the three logs")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/signals"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    jobs = joblib.Parallel(n_jobs=args.n_jobs)
    worlds = of_worlds(args.draws, jobs)
    worlds.round(4).to_csv(args.out / "worth.csv", index=False)
    draw(worlds).savefig(args.out / "worth.png", dpi=200)
    _show(worlds)
    if args.logs is None:
        return
    made = jobs(joblib.delayed(of_log)(name, args.logs / log.file) for name, log in LOGS.items())
    logs = pd.concat(made, ignore_index=True)
    logs.round(4).to_csv(args.out / "worth_logs.csv", index=False)
    for name, own in logs.groupby("world"):
        by = {how: own[own["how"] == how] for how in ("cheapest", "equal rate")}
        per = "year" if LOGS[str(name)].timed else "replay"
        figure = signal_value(by["cheapest"], by["equal rate"], per=per, width=7.0)
        figure.savefig(args.out / f"worth_{name}.png", dpi=200)
        print(name, sentence(by["cheapest"].iloc[0], per=per))
    _show(logs)


if __name__ == "__main__":
    main()
