"""A border that turns at constant speed, and days on which all labels are wrong.

Two inputs, standard normal. Which side of a line through the origin they lie on is the class, but
for a tenth of the labels, which are noise. So a line that is off by an angle is wrong on
angle / pi of the events, or .8 angle / pi more than one that is right: what a model loses more for
each day of its age is a constant, the *speed*.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import clsim
from clsim import Strategy
from clsim.randomness import generator
from clsim.runs.run import Run
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Constant
from clsim.streams.drift import Incremental
from clsim.streams.faults import LabelNoise

RATE, NOISE = 300, 0.1
"""Events in a day, and the share of labels that are noise."""

WARMUP, UNTIL, DAYS = 3, 28, 252
"""Days of the warm-up, days after it that are not counted, and all days after it."""

POISONED = 1 / 30
"""The chance of a day to be poisoned, where days are."""

LEARNED = 2 * RATE
"""Rows that a model learns from: the newest labels of two days."""


def line(angle: float) -> Logistic:
    """Class 1 on one side of a line; so steep that nothing is left to chance."""
    return Logistic(2, weights=[1_000 * math.cos(angle), 1_000 * math.sin(angle)])


def turn(speed: float) -> float:
    """By which angle the border turns in a day, if a model then loses ``speed`` more per event."""
    return math.pi * speed / (1 - 2 * NOISE)


def turning(speed: float, days: int) -> Synthetic:
    """The stream, its border moved along chords of at most .25 radians."""
    pieces = max(1, math.ceil(days * turn(speed) / 0.25))
    minutes = np.linspace(0, days * 24 * 60, pieces + 1).astype(int)
    drifts = [
        Incremental(
            line(turn(speed) * end / (24 * 60)), at=f"{(start + end) // 2}min",
            width=f"{end - start}min",
        )
        for start, end in itertools.pairwise(minutes)
    ]  # fmt: skip
    given: Any = drifts if speed else []
    return Synthetic(line(0), given, n=days * RATE, rate=f"{RATE}/d", noise=NOISE)


def poisoned(seed: int, days: int = DAYS) -> np.ndarray:
    """Ticks (days after the warm-up) on which every label is the other class."""
    return np.flatnonzero(generator(seed, "poisoned").random(days) < POISONED)


def world(speed: float, bad: np.ndarray, days: int = DAYS) -> Any:
    """The turning stream with its poisoned days."""
    stream: Any = turning(speed, WARMUP + days)
    for day in bad.tolist():
        stream = LabelNoise(stream, 1.0, start=f"{WARMUP + day}d", end=f"{WARMUP + day + 1}d")
    return stream


def lived(
    stream: Any, strategies: dict[str, Strategy], seed: int, record: str = "ticks"
) -> dict[str, Run]:
    """The runs: ticks of a day, labels a day late."""
    return clsim.replay(
        stream, strategies, learner=LogisticRegression(), tick="1d", warmup=f"{WARMUP}d",
        delay=Constant("1d"), seed=seed, record=record,
    )  # fmt: skip


def excess(run: Run, bad: np.ndarray, until: int = UNTIL) -> float:
    """Wrong answers per event beyond the noise, on the days that count and were not poisoned."""
    ticks = run.ticks[run.ticks["slice"] == "all"]
    ticks = ticks[(ticks["tick"] >= until) & ~ticks["tick"].isin(bad)]
    return float(ticks["loss"].sum() / ticks["n"].sum()) - NOISE


def promotions(run: Run) -> pd.DataFrame:
    """Day, model and the model that it replaced, in order."""
    events = run.events[run.events["kind"] == "deploy"]
    models = events["model"].to_numpy(int)
    before = np.concatenate([[0], models])[:-1]
    return pd.DataFrame({"day": events["tick"].to_numpy(int), "model": models, "replaced": before})


def borders(run: Run, X: np.ndarray) -> dict[int, np.ndarray]:
    """Intercept and weights of each model that answered.

    The log odds of its answers are linear in the inputs, so those of some fifty events say all.
    """
    told, found = run.predictions, {}
    assert told is not None, "a run with record='events'"
    for model, rows in told.groupby("model").head(50).groupby("model"):
        inputs = np.column_stack([np.ones(len(rows)), X[rows["id"].to_numpy()]])
        odds = np.log(rows["p_1"] / rows["p_0"]).to_numpy()
        found[int(model)] = np.linalg.lstsq(inputs, odds, rcond=None)[0]
    return found


class Truth:
    """How much a border loses on a day, by 20,000 inputs of its own.

    Parameters
    ----------
    speed : float
    """

    def __init__(self, speed: float) -> None:
        self.X = np.random.default_rng(0).standard_normal((20_000, 2))
        self.turn = turn(speed)

    def loses(self, border: np.ndarray, day: float) -> float:
        """Wrong answers per event beyond the noise, on a day after the warm-up."""
        angle = self.turn * (WARMUP + day)
        right = self.X @ np.array([math.cos(angle), math.sin(angle)]) > 0
        answers = border[0] + self.X @ border[1:] > 0
        return float((1 - 2 * NOISE) * (answers != right).mean())
