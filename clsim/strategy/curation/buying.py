"""Curation: which labels are bought."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_flag, check_number, check_object
from clsim.protocols import Curation, Delay, Draw, as_delay
from clsim.strategy.curation.budgets import Budget, Passing
from clsim.strategy.curation.picks import Pick, Scored, as_pick
from clsim.types import Batch, Buy, Column, Rows, Schema
from clsim.view import View


class Nothing(Curation):
    """Buy no labels; the natural ones come.

    Examples
    --------
    >>> Nothing()
    Nothing()
    """

    @property
    def biased(self) -> str | None:
        return "no labels are bought"


class After(Delay):
    """A delay that is the same for all orders.

    Parameters
    ----------
    wait : int or str
        Rows, or a duration where the stream has time, counted from the order.

    Examples
    --------
    >>> delay = After("2d")

    >>> wait = After(3)
    >>> wait.bind(Clock.of(False, tick=10))
    >>> ordered = Batch(np.zeros((2, 1)), y=np.array([0, 1]), time=np.array([20, 20]))
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> wait.label_times(ordered, schema, Clock.of(False, tick=10), seed=0).tolist()
    [23, 23]
    """

    def __init__(self, wait: Duration) -> None:
        wait = as_duration(wait, "delay")
        self.wait = wait

    def bind(self, clock: Clock) -> None:
        self._length = clock.units(self.wait, "curation.delay")

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        return events.time + self._length


class Buying(Curation):
    """Buy the labels of events: which, and how many.

    An order is paid when it is given; its label is known in the next tick at the earliest. If the
    natural label comes before it, the order is void.

    Parameters
    ----------
    pick : Pick
        Which rows, such as `Random` or `Uncertainty`.
    budget : Budget or Passing
        How many: in every tick (`Fixed`, `Money`, `Unlimited`), or by events that pass one after
        the other (`Chance`, `Biqf`, the rules of Zliobaite et al.).
    among : int, str or None, default=None
        The events to pick from: those of the last so many rows or such a stretch of time. None:
        those served in the tick before.
    natural : bool, default=True
        Whether labels of served events also come by themselves. If not, what is not bought stays
        unknown.
    delay : Delay, int, str or None, default=None
        How long annotators take, counted from the order: a time for all, or a delay such as
        `clsim.streams.delays.Annotators`, who may err. None: the label is there in the next tick.
    evaluation : float, default=0.0
        This share of the labels is for evaluation alone: of candidates at random, whatever the
        pick, and never trained on. Tests can compare models on them
        (``ChampionChallenger(using='evaluation')``), and each stands for 1/P(picked) of all events,
        also where the pick goes by score alone. Needs ``natural=False`` and a budget for a whole
        tick, such as `Fixed`.

    Notes
    -----
    The order holds the chance with which each row was picked, where there is one. Where there are
    no more candidates than may be bought, all are, each with the chance 1. Of labels that are not
    for evaluation, where some are, it is the chance among the candidates that these left.

    Examples
    --------
    >>> from clsim.strategy.curation import Fixed, Random
    >>> curation = Buying(Random(), Fixed(20, per="1d"), natural=False, delay="2d")

    In each tick the label of one of the two rows of the tick before:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import Never
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(8), "y": [0, 1] * 4})
    >>> strategy = clsim.Strategy(Never(), curation=Buying(Random(), Fixed(1), natural=False))
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=2, warmup=2)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "buy", ["tick", "labels"]].values.tolist()
    [[1, 1], [2, 1]]
    """

    def __init__(
        self,
        pick: Pick,
        budget: Budget | Passing,
        among: Duration | None = None,
        natural: bool = True,
        delay: Any = None,
        evaluation: float = 0.0,
    ) -> None:
        self.pick = as_pick("pick", pick)
        check_object("budget", budget)
        if not isinstance(budget, (Budget, Passing)):
            raise TypeError(f"budget={budget!r}: expected a budget, such as Fixed(50)")
        self.budget = budget
        if among is not None:
            among = as_duration(among, "among", positive=True)
        check_flag("natural", natural)
        self.among = among
        self.natural = natural
        self.delay = _as_wait(delay)
        self.reads_chances = pick.reads_chances
        self.reads_complaints = pick.reads_complaints
        self.keeps = pick.keeps
        self._length: int | None = None
        check_number("evaluation", evaluation, low=0, high=1)
        self.evaluation = float(evaluation)
        if isinstance(budget, Passing):
            self._check_passing(budget)
        if evaluation and natural:
            raise ValueError(
                f"evaluation={evaluation!r}: what comes by itself is trained on, and so these "
                "labels would be too; give natural=False"
            )

    def _check_passing(self, budget: Passing) -> None:
        """Refuse what does not go with events that pass one after the other."""
        name, pick = type(budget).__name__, type(self.pick).__name__
        if self.evaluation:
            raise ValueError(
                f"evaluation={self.evaluation!r}: by {name} each event is asked about for itself, "
                "so there is no number to take a share of; use a budget such as Fixed"
            )
        if self.among is not None:
            raise ValueError(
                f"among={self.among!r}: by {name} each event passes once, in the tick after it was "
                "served; leave it out, or use a budget such as Fixed"
            )
        if budget.chance is not None:
            if self.pick.biased is not None or not isinstance(self.pick, Scored):
                raise ValueError(f"pick: {name} asks by chance alone; use Random, not {pick}")
        elif not isinstance(self.pick, Scored):
            raise ValueError(
                f"pick: {name} takes one event after the other, and {pick} has no score for each; "
                "use one that has, such as Uncertainty, or a budget such as Fixed"
            )
        elif budget.confident and not self.pick.confident:
            raise ValueError(
                f"pick: {name} goes by the chance of the likeliest class; use "
                f"Uncertainty('confidence'), not {pick}, or another budget, such as Biqf"
            )

    @property
    def class_name(self) -> str:
        return type(self.pick).__name__

    @property
    def biased(self) -> str | None:
        if self.natural:
            return "labels come by themselves too, so the picks alone do not say which are known"
        if self.among is not None:
            return "with among a row may be picked in several ticks, and each chance is of one"
        if isinstance(self.budget, Passing) and self.budget.chance is None:
            return "by its budget some events have no chance to be asked about"
        return None if self.evaluation else self.pick.biased

    def bind(self, clock: Clock) -> None:
        self.pick.bind(clock)
        self.budget.bind(clock)
        if isinstance(self.delay, After):
            self.delay.bind(clock)
        if self.among is not None:
            self._length = clock.units(self.among, "curation.among")

    def check_schema(self, schema: Schema) -> None:
        self.pick.check_schema(schema)
        self.budget.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.pick.check_columns(column)

    def check_rows(self, X: Any) -> None:
        self.pick.check_rows(X)

    def due(self, tick: int) -> int:
        return tick

    def buy(self, view: View, draw: Draw) -> Buy | list[Buy] | None:
        budget = self.budget
        labels = budget.labels(view.tick) if isinstance(budget, Budget) else None
        if labels == 0:
            return None
        rows = view.labels.missing(self._candidates(view))
        count = len(rows) if labels is None else min(labels, len(rows))
        if not self.evaluation or count == 0:
            return self._picked(view, rows, count, draw)
        evaluated = self._for_evaluation(rows, count, draw)
        left = np.setdiff1d(rows, evaluated.rows, assume_unique=True)
        picked = self._picked(view, left, count - len(evaluated.rows), draw)
        return [evaluated] if picked is None else [evaluated, picked]

    def _for_evaluation(self, rows: Rows, count: int, draw: Draw) -> Buy:
        """Those of the candidates that are bought for evaluation alone.

        Where the share of the labels is no whole number it is rounded by chance, up or down, so
        that the events of every tick have a chance.
        """
        share = self.evaluation * count
        some = floor(share + float(draw(rows[:1], " share")[0]) + 1e-9)
        order = np.argsort(draw(rows, " evaluation"), kind="stable")
        chances = np.full(some, share / len(rows))
        return Buy(np.sort(rows[order[:some]]), chances, "inclusion", len(rows), evaluation=True)

    def _picked(self, view: View, rows: Rows, count: int, draw: Draw) -> Buy | None:
        """Those of the candidates that the pick prefers, or that are asked about as they pass."""
        there = len(rows)
        rows = self.pick.among(view, rows)
        if len(rows) == 0 or count == 0:
            return None
        if isinstance(self.budget, Passing):
            return self._asked(view, rows, draw, self.budget)
        if count < len(rows):
            return Buy(*self.pick.pick(view, rows, count, draw), len(rows))
        if len(rows) < there:  # those that it does not consider had no chance
            return Buy(rows)
        return Buy(rows, np.ones(there), "inclusion", there)

    def _asked(self, view: View, rows: Rows, draw: Draw, budget: Passing) -> Buy:
        """Those of the candidates that are asked about as they pass."""
        assert isinstance(self.pick, Scored)
        scores = np.zeros(len(rows)) if budget.chance else self.pick.scores(view, rows, draw)
        asked = rows[budget.asks(scores, draw(rows))]
        if budget.chance is None:
            return Buy(asked, candidates=len(rows))
        return Buy(asked, np.full(len(asked), budget.chance), "inclusion", len(rows))

    def _candidates(self, view: View) -> Rows:
        if self._length is not None:
            return view.rows(self._length)
        return view.served(view.tick - 1) if view.tick else view.rows()


def _as_wait(delay: Any) -> Delay | None:
    """How long annotators take.

    Raises
    ------
    TypeError, ValueError
        If it is no delay, or one in which orders would wait for one another.
    """
    if delay is None:
        return None
    found = After(delay) if isinstance(delay, (int, str)) else as_delay(delay, "curation.delay")
    if found.queues:
        raise ValueError(
            "curation.delay: events wait for one another in it, and orders are asked about "
            "one tick at a time; give another delay"
        )
    return found
