"""Exploration: some events are answered otherwise, so that something is learned of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.errors import check_number, unknown
from clsim.protocols import Exploring
from clsim.types import Schema


class NoExploration(Exploring):
    """All events are answered as the model and the policy have it.

    Examples
    --------
    >>> answers, chances = NoExploration().explored(np.array([1, 0]), np.zeros(2), np.zeros(2), 2)
    >>> answers.tolist(), chances.tolist(), NoExploration().explores
    ([1, 0], [1.0, 1.0], False)
    """

    explores = False


class Explore(Exploring):
    """Answer a share of the events by chance, whatever the model says.

    Where labels are seen after one answer alone (`clsim.streams.feedback.Selective`), a model that
    gives another one never learns whether it is right. Exploration pays for such labels with wrong
    answers. Which events are answered by chance is drawn by the seed and the row, so it is the same
    for all strategies that explore as much. The chance with which each event had the answer that it
    was given (its propensity) is kept in ``predictions``, so that what comes back can be weighed,
    as `clsim.strategy.datasets.ByPropensity` does for trainings.

    What tests and monitors ask models hypothetically is asked without exploration; what was served
    is judged as it was answered. Events without an answer stay so.

    Parameters
    ----------
    share : float
        Share of the events, in (0, 1].
    to : class or None, default=None
        What they are answered. None: a class drawn uniformly from all, the model's own included.

    Examples
    --------
    >>> from clsim import Strategy
    >>> from clsim.strategy.triggers import Periodic
    >>> strategy = Strategy(Periodic("7d"), exploration=Explore(0.05, to=1))

    One event in four is answered by chance, one of two classes. What the model answers has then the
    chance 3 / 4 + 1 / 8, and the other class 1 / 8:

    >>> draws, others = np.array([0.1, 0.1, 0.9]), np.array([0.2, 0.7, 0.7])
    >>> given, chances = Explore(0.25).explored(np.array([0, 0, 0]), draws, others, n_classes=2)
    >>> given.tolist(), chances.tolist()
    ([0, 1, 0], [0.875, 0.125, 0.875])
    """

    def __init__(self, share: float, to: Any = None) -> None:
        check_number("share", share, above=0, high=1)
        self.share, self.to = share, to
        self._to: int | None = None

    def check_schema(self, schema: Schema) -> None:
        if schema.task != "classification":
            raise ValueError(
                f"exploration: it answers a class by chance, and the stream's task is {schema.task}"
            )
        if self.to is None:
            return
        if self.to not in schema.classes.tolist():
            raise ValueError(f"exploration.to: {unknown('class', self.to, schema.classes)}")
        self._to = int(schema.codes([self.to])[0])

    def check_loss(self, loss: str) -> None:
        if loss == "log":
            raise ValueError(
                "exploration: it changes which class is answered, and the log loss goes by "
                "probabilities alone; use another loss"
            )

    def explored(
        self, answers: np.ndarray, draws: np.ndarray, others: np.ndarray, n_classes: int
    ) -> tuple[np.ndarray, np.ndarray]:
        chosen = draws < self.share
        drawn = np.floor(others * n_classes).astype(np.int64) if self._to is None else self._to
        given = np.where(chosen, drawn, answers)
        by_chance = self.share / n_classes if self._to is None else self.share * (given == self._to)
        return given, by_chance + (1 - self.share) * (given == answers)
