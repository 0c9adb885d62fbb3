"""How much time do signals take, beyond what is measured?

python experiments/speed/signals.py [--repeats 3] [--ticks 1000] [--out results/speed]

1. `recording`: what a strategy that never retrains takes to record 1, or 20, values a tick that
   cost nothing to measure. Wanted: less than 100 microseconds a tick.
2. `monitor`: what one monitor takes with 20 features and windows of 5,000 rows (`measure`), and by
   how much a replay is longer with each further strategy that has the same monitor (`another`,
   the mean of `MORE` of them). `all`: all of them together. Wanted: `another` less than 5 % of
   `measure`.
3. `history`: `measure` of an estimate, by the number of labels that arrived since its model was
   trained.
   What it takes must not grow with the past.

Microseconds of the processor a tick, on one thread; replays that are compared come in turn, and
what the same replay takes without monitors is taken off.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.naive_bayes import GaussianNB
from threadpoolctl import threadpool_limits

import clsim
from clsim import Strategy
from clsim.clock import Clock
from clsim.monitoring import (
    AnswerDistribution,
    AnswerShare,
    ArrivalBias,
    Combined,
    Complaints,
    ConfidenceScore,
    ExpectedScore,
    FeatureDistribution,
    Prevalence,
    Quality,
    Score,
    Where,
)
from clsim.protocols import Monitor
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never
from clsim.streams import Synthetic
from clsim.streams.complaints import Complaining
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Exponential
from clsim.types import Of, Schema
from clsim.view import View

FEATURES, TICK, WINDOW, WARMUP = 20, 100, 5_000, 10_000

HISTORY = (10_000, 100_000, 500_000)
"""Labels that arrived before the ticks that are timed."""


class Free(Monitor):
    """Numbers that cost nothing, so that what remains is what it takes to record them."""

    def __init__(self, count: int) -> None:
        names: list[Of] = [None] if count == 1 else [f"x{k}" for k in range(count)]
        self.values = dict.fromkeys(names, 0.5)

    def measure(self, view: View) -> dict[Of, float]:
        return self.values


class Timed(Monitor):
    """Another monitor, and how long it takes to measure, in ``spent``.

    Parameters
    ----------
    monitor : Monitor
    since : int, default=0
        The first tick that is timed; before it nothing is measured.
    """

    shared = True
    spent = 0.0

    def __init__(self, monitor: Monitor, since: int = 0) -> None:
        self.monitor, self.since = monitor, since
        self.asks_as(monitor)

    def bind(self, clock: Clock) -> None:
        self.monitor.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.monitor.check_schema(schema)

    def measure(self, view: View) -> dict[Of, float]:
        if view.tick < self.since:
            return {}
        begin = time.process_time()
        found = self.monitor.measure(view)
        Timed.spent += time.process_time() - begin
        return found


MONITORS: dict[str, Callable[[], Monitor]] = {
    "FeatureDistribution": lambda: FeatureDistribution("psi", window=WINDOW),
    "Combined": lambda: Combined(FeatureDistribution("psi", window=WINDOW), "worst", k=3),
    "AnswerDistribution": lambda: AnswerDistribution(distance="psi", window=WINDOW),
    "AnswerShare": lambda: AnswerShare(WINDOW),
    "Prevalence": lambda: Prevalence([Where("high", {"x1": {"above": 0}})], WINDOW),
    "Score": lambda: Score(WINDOW),
    "Score, mature": lambda: Score(WINDOW, mature=2_000),
    "ArrivalBias": lambda: ArrivalBias(Score(WINDOW, weigh="class")),
    "Complaints": lambda: Complaints(500, WINDOW),
    "ExpectedScore": lambda: ExpectedScore(window=WINDOW),
    "ConfidenceScore": lambda: ConfidenceScore(window=WINDOW),
    "Quality": Quality,
}

MORE = 10
"""Further strategies with the same monitors; many, since each takes little beside the noise."""


def seconds(
    monitors: Mapping[str, Callable[[], Monitor]], ticks: int, *, strategies: int = 1,
    tick: int = TICK, features: int = FEATURES,
) -> float:  # fmt: skip
    """Processor seconds of one replay."""
    stream = Complaining(Synthetic(Logistic(features), n=WARMUP + ticks * tick))
    every = {
        str(k): Strategy(
            Never(), SlidingWindow(WARMUP), monitors={name: new() for name, new in monitors.items()}
        )
        for k in range(strategies)
    }
    begin = time.process_time()
    clsim.replay(
        stream, every, learner=GaussianNB(), tick=tick, warmup=WARMUP, delay=Exponential(500)
    )
    return time.process_time() - begin


def recording(ticks: int) -> list[dict[str, Any]]:
    """Values that cost nothing, over twenty times as many ticks of ten rows."""
    many, found = 20 * ticks, []
    for count in (1, FEATURES):
        free = {"free": lambda count=count: Free(count)}
        alone, watched = (
            seconds(some, many, tick=10, features=2) for some in ({}, free)
        )  # fmt: skip
        found.append({"question": "recording", "what": f"{count} values",
                      "record": 1e6 * (watched - alone) / many})  # fmt: skip
    return found


def monitor(name: str, ticks: int) -> dict[str, Any]:
    """One monitor, or all of them together."""
    chosen = MONITORS if name == "all" else {name: MONITORS[name]}
    timed = {each: (lambda new=new: Timed(new())) for each, new in chosen.items()}
    Timed.spent = 0.0
    few, many = seconds({}, ticks), seconds({}, ticks, strategies=1 + MORE)
    one = seconds(timed, ticks)
    measure = Timed.spent
    more = seconds(timed, ticks, strategies=1 + MORE)
    others = Timed.spent - 2 * measure  # of the noise of the one that measures
    another = ((more - many) - (one - few) - others) / MORE
    return {
        "question": "monitor", "what": name, "measure": 1e6 * measure / ticks,
        "another": 1e6 * another / ticks, "share": another / measure,
    }  # fmt: skip


def history(labels: int, ticks: int) -> dict[str, Any]:
    """An estimate, after many labels."""
    tick, some = 1_000, max(10, ticks // 20)
    since = labels // tick
    Timed.spent = 0.0
    new = {"expected": lambda: Timed(ExpectedScore(), since)}
    seconds(new, since + some, tick=tick, features=2)
    spent = 1e6 * Timed.spent / some
    return {"question": "history", "what": f"{labels:,} labels", "measure": spent}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ticks", type=int, default=1_000)
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with threadpool_limits(1):
        for repeat in range(given.repeats):
            found = recording(given.ticks)
            found += [monitor(name, given.ticks) for name in (*MONITORS, "all")]
            found += [history(labels, given.ticks) for labels in HISTORY]
            rows += [{**row, "repeat": repeat} for row in found]
            print(pd.DataFrame(found).round(2).to_string(), flush=True)
    measured = pd.DataFrame(rows)
    groups = measured.groupby(["question", "what"], sort=False)
    for share in (0.25, 0.5, 0.75):
        print(groups[["record", "measure", "another", "share"]].quantile(share).round(2))
    given.out.mkdir(parents=True, exist_ok=True)
    measured.round(4).replace({np.nan: None}).to_csv(given.out / "signals.csv", index=False)


if __name__ == "__main__":
    main()
