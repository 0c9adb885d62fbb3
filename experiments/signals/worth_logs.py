"""Three logs for `worth.py`, each with draws of its events and quiet twins of its warm-up.

A log has one history. What is priced is its second half, by blocks of ticks; and ten draws of its
events, each with the events of every day (of the calls: of every 250) drawn anew with replacement,
in their order. So what is taken for independent are blocks of ticks in the first case, and in the
second the events of a day, given the history.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

import clsim
from clsim import Blocks, Counterfactual, Prices
from clsim.analysis.cost.signal_worth import by_quantiles, signal_worth
from clsim.hindsight.cuts import stretch
from clsim.monitoring import AnswerDistribution, ConfidenceScore, FeatureDistribution, Score
from clsim.protocols import Monitor
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Recorded
from clsim.streams.delays import Constant

DRAWS, TWINS = 10, 3

SIDES = {"inputs": "above", "answers": "above", "estimate": "below", "labels": "below"}

FALSE = 1.0
"""False retrainings at which signals are ranked, a year (of the calls: a replay)."""

TREES: dict[str, Any] = {"max_iter": 20, "max_leaf_nodes": 15, "random_state": 0}


@dataclass(frozen=True)
class Log:
    """A log, and how it is replayed.

    ``events`` is the number of events in a group of which draws are made; None: a day.
    """

    file: str
    read: Callable[[Path], pd.DataFrame]
    learner: Any
    tick: Any
    warmup: Any
    dataset: Any
    delay: Any
    window: Any
    blocks: Blocks
    prices: Prices
    events: int | None = None

    @property
    def timed(self) -> bool:
        """Whether it has times."""
        return self.events is None

    def drawn(self, frame: pd.DataFrame, seed: int | None) -> pd.DataFrame:
        """A draw of its events, in order; None: the log itself."""
        if seed is None:
            return frame
        rng, n = np.random.default_rng([seed, len(frame)]), len(frame)
        group = (
            frame["time"].dt.floor("D").factorize()[0]
            if self.events is None
            else np.arange(n) // self.events
        )
        edges = np.append(np.flatnonzero(np.diff(group, prepend=-1)), n)
        rows = [
            np.sort(rng.integers(low, high, high - low)) for low, high in itertools.pairwise(edges)
        ]
        rows[0][0], rows[-1][-1] = 0, n - 1  # so that all draws have the same ticks
        return frame.iloc[np.concatenate(rows)].reset_index(drop=True)

    def table(self, frame: pd.DataFrame, draw: int | None, twin: int | None) -> Counterfactual:
        """The table of the log, of one of its draws, or of one of its quiet twins."""
        stream = Recorded(
            self.drawn(frame, draw), label="label", time="time" if self.timed else None
        )
        return clsim.counterfactual(
            stream, learner=self.learner, dataset=SlidingWindow(self.dataset), tick=self.tick,
            warmup=self.warmup, delay=Constant(self.delay), seed=twin or 0,
            monitors=self.monitors(), quiet=False if twin is None else self.blocks,
        )  # fmt: skip

    def monitors(self) -> dict[str, Monitor]:
        """One signal of each kind; of a regression there is no estimate."""
        found: dict[str, Monitor] = {
            "inputs": FeatureDistribution(window=self.window),
            "answers": AnswerDistribution(window=self.window),
            "labels": Score(window=300, min_labels=100, of="champion"),
        }
        if isinstance(self.learner, HistGradientBoostingClassifier):
            found["estimate"] = ConfidenceScore(window=self.window)
        return found


def elec2(path: Path) -> pd.DataFrame:
    """The price of electricity, up or down, of every half-hour."""
    frame = pd.read_csv(path).rename(columns={"class": "label"})
    times = pd.date_range("1996-05-07", periods=len(frame), freq="30min")
    return frame.assign(time=times)


def bike(path: Path) -> pd.DataFrame:
    """How many bikes are rented in each hour."""
    with zipfile.ZipFile(path) as inside:
        frame = pd.read_csv(inside.open("hour.csv"))
    frame["time"] = pd.to_datetime(frame["dteday"]) + pd.to_timedelta(frame["hr"], unit="h")
    used = ["time", "hr", "weekday", "workingday", "weathersit", "temp", "hum", "windspeed"]
    return frame[used].assign(label=frame["cnt"].astype(float))


def bank(path: Path) -> pd.DataFrame:
    """Whether a client of a bank agrees on the phone; calls are in order, and have no times.

    ``duration`` is left out, since it is known only when the answer is.
    """
    with zipfile.ZipFile(path) as inside:
        name = "bank-additional/bank-additional-full.csv"
        frame = pd.read_csv(inside.open(name), sep=";", keep_default_na=False)
    frame = frame.drop(columns="duration").rename(columns={"y": "label"})
    words = [key for key in frame.select_dtypes(exclude="number") if key != "label"]
    return frame.astype(dict.fromkeys(words, "category"))


WEEKS = Blocks(season="7d", trained="84d", seasons=2)

LOGS = {
    "elec2": Log(
        "elec2.csv.zip", elec2, HistGradientBoostingClassifier(**TREES), "7d", "364d", "84d", "1d",
        "14d", WEEKS, Prices(error=1, retraining=20),
    ),
    "bike": Log(
        "bike_sharing.zip", bike, HistGradientBoostingRegressor(**TREES), "7d", "364d", "84d",
        "1d", "14d", WEEKS, Prices(error=0.01, retraining=20),
    ),
    "bank": Log(
        "bank_marketing.zip", bank,
        HistGradientBoostingClassifier(categorical_features="from_dtype", **TREES), 650, 14_000,
        4_000, 400, 500, Blocks(season=500, trained=4_000), Prices(error=1, retraining=20), 250,
    ),
}  # fmt: skip


def of_log(name: str, path: Path) -> pd.DataFrame:
    """A log: the first half of its ticks chooses, on ten draws; the second half prices.

    ``worth``, with its interval over blocks of ticks, is that of the log itself; ``least`` and
    ``most`` are those of ten draws.
    """
    log = LOGS[name]
    frame = log.read(path)
    half = None
    firsts, seconds = [], []
    for draw in (None, *range(DRAWS)):
        table = log.table(frame, draw, None)
        half = half or table.loss.shape[1] // 2
        firsts.append(stretch(table, 0, half))
        seconds.append(stretch(table, half))
    quiet = [log.table(frame, None, twin) for twin in range(TWINS)]
    assert quiet[0].signals is not None
    sides = {key: side for key, side in SIDES.items() if key in quiet[0].signals.values}
    rules = by_quantiles([*firsts, *quiet], sides, 40, (1, 2, 4, 8))
    found = []
    for how, rate in (("cheapest", None), ("equal rate", FALSE)):
        own, *others = (
            signal_worth(
                firsts, [scored], rules, log.prices, quiet=quiet, false_alarms=rate, labels="labels"
            ).set_index("signal")
            for scored in seconds
        )
        each = pd.DataFrame({k: one["worth"] for k, one in enumerate(others)})
        ends = {"least": each.min(axis=1), "mean": each.mean(axis=1), "most": each.max(axis=1)}
        found.append(own.assign(**ends).reset_index().assign(how=how))
    return pd.concat(found, ignore_index=True).assign(world=name)
