"""Calendars that review themselves: the period follows from the decay that was seen."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_number
from clsim.protocols import Trigger
from clsim.randomness import uniform
from clsim.statistics.periods import (
    costs_of_periods,
    growth_with_age,
    square_root_period,
    whole_period,
)
from clsim.types import Fired
from clsim.view import View


class ReviewedCalendar(Trigger):
    """The base of calendars that set their period anew at each review.

    A review looks at the losses of served events whose labels have arrived, and at the age of the
    model that answered each: ticks since its training started. It fires when the last training
    started at least a period ago.

    Subclasses have `period`.
    """

    alarms = False

    def __init__(
        self, review: Duration, price: float, error: float, every: Duration, min_labels: int
    ) -> None:
        self.review = as_duration(review, "review", positive=True)
        check_number("price", price, above=0)
        check_number("error", error, above=0)
        check_number("min_labels", min_labels, whole=True, low=2)
        self.price = price
        self.error = error
        self.every = as_duration(every, "every", positive=True)
        self.min_labels = min_labels
        self._reviewed = -1
        self._period = math.inf

    def bind(self, clock: Clock) -> None:
        self._review = clock.ticks(self.review, "trigger.review")
        self._every = clock.ticks(self.every, "trigger.every")

    def due(self, tick: int) -> int:
        """Asked in every tick, and not started afresh: what was reviewed stays."""
        return tick

    def fires(self, view: View) -> Fired | None:
        review = view.tick - view.tick % self._review
        if review != self._reviewed:
            self._reviewed, self._period = review, self._set(view, review)
        started = view.training_ticks[-1] if view.training_ticks else 0
        if view.tick < 1 or view.tick - started < self._period:
            return None
        said = f"every {self._period:g} ticks, as reviewed at tick {review}"
        return Fired(said, {"period": float(self._period)})

    def _set(self, view: View, review: int) -> float:
        """The period from a review on; the first one where there is too little to go by."""
        ages, losses = _seen(view, review)
        if review == 0 or len(ages) < self.min_labels:
            return self._every
        rate = (view.first_row(review) - view.first_row(0)) / review
        return self.period(ages, losses, rate, review)

    def period(self, ages: np.ndarray, losses: np.ndarray, rate: float, tick: int) -> float:
        """The period in ticks from a review on; infinite for never.

        Parameters
        ----------
        ages, losses : numpy.ndarray of shape (n,)
            Of served events with a label: how many ticks old the model was, and what it lost.
        rate : float
            Events that a tick served in the mean.
        tick : int
            That of the review.
        """
        raise NotImplementedError


def _seen(view: View, review: int) -> tuple[np.ndarray, np.ndarray]:
    """Ages of models and losses of the events whose labels had arrived by a review."""
    rows = view.served()
    arrived = view.tick - view.ages(rows) + view.labels.waited(rows)  # NaN where there is no label
    rows = rows[arrived <= review]
    ages, losses = view.outcomes.model_ages(rows), view.outcomes.losses(rows)
    told = ~(np.isnan(ages) | np.isnan(losses))
    return ages[told].astype(np.int64), losses[told]


class SquareRootCalendar(ReviewedCalendar):
    """Retrain on a calendar whose period is the best for the decay seen so far.

    At each review the growth of the loss with the age of the model is the least-squares slope over
    all served events whose labels have arrived; the period is then that of the square-root law,
    sqrt(2 price / (error · events a tick · slope)) (Harris, "How many parts to make at once",
    1913), as a whole number of ticks.

    Parameters
    ----------
    review : int or str
        Number of ticks between two reviews, or a duration that is a whole number of them.
    price : float
        Money for a training. It decides when to train; a run that is priced otherwise later keeps
        its decisions.
    error : float, default=1.0
        Money for a unit of loss.
    every : int or str, default=1
        The period until a review has enough to go by.
    longest : int, str or None, default=None
        The longest period. None: where no loss grows with age, nothing is trained until a review
        finds that one does.
    min_labels : int, default=200
        Served events with a label that a review needs.

    Notes
    -----
    The law assumes that the loss grows at constant speed with age, and is the same again after
    every training. What changes with the calendar and not with the age (a season, a world that
    gets harder) is taken for decay as far as the two go together: wholly while one model has
    served, hardly once many have. Where labels come later for some outcomes than for others, the
    losses that have arrived are not those of all events.

    Examples
    --------
    >>> trigger = SquareRootCalendar(review="30d", price=50, every="7d", longest="90d")

    Models of age 0, 1 and 2 lose 0, .01 and .02 of each of 100 events a tick, so that the best
    period is sqrt(2 · 50 / (100 · .01)) = 10 ticks:

    >>> trigger = SquareRootCalendar(review=30, price=50)
    >>> trigger.bind(Clock.of(False, tick=100))
    >>> trigger.period(np.array([0, 1, 2]), np.array([0.0, 0.01, 0.02]), rate=100, tick=30)
    10
    """

    def __init__(
        self,
        review: Duration,
        price: float,
        error: float = 1.0,
        every: Duration = 1,
        longest: Duration | None = None,
        min_labels: int = 200,
    ) -> None:
        super().__init__(review, price, error, every, min_labels)
        self.longest = None if longest is None else as_duration(longest, "longest", positive=True)

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        longest = self.longest
        self._longest = math.inf if longest is None else clock.ticks(longest, "trigger.longest")
        if self._longest < self._every:
            raise ValueError(
                f"trigger.longest={self.longest!r}: must be at least trigger.every={self.every!r}"
            )

    def period(self, ages: np.ndarray, losses: np.ndarray, rate: float, tick: int) -> float:
        speed = growth_with_age(ages, losses)
        if math.isnan(speed):  # one age alone shows no growth
            return self._every
        best = square_root_period(self.price, self.error, speed, rate)
        return min(whole_period(best), self._longest)


class GridCalendar(ReviewedCalendar):
    """Retrain on a calendar whose period is the best of a grid on the past.

    At each review every period of the grid gets its cost by tick: the price of a training over the
    period, and the money for the mean loss at the ages that it would have, as they were seen so
    far. So what every period would have cost is an estimate from what this one saw.

    Parameters
    ----------
    periods : sequence of int or str
        Numbers of ticks, or durations, ascending.
    review : int or str
        Number of ticks between two reviews, or a duration that is a whole number of them.
    price : float
        Money for a training, as in `SquareRootCalendar`.
    error : float, default=1.0
        Money for a unit of loss.
    by : {'leader', 'hedge'}, default='leader'
        Follow the leader: the period that would have cost least. Or hedge (Freund and Schapire
        1997): one drawn at random by weights exp(-rate · n · cost), n being the number of reviews
        so far, costs scaled to between 0 and 1, and the rate sqrt(8 ln N / n) for N periods
        (Cesa-Bianchi and Lugosi 2006, theorem 2.3).
    every : int, str or None, default=None
        The period until a review has enough to go by. None: the shortest of the grid.
    min_labels : int, default=200
        Served events with a label that a review needs.
    random_state : int or None, default=None
        Seeds the draws of hedging. None: by the seed of the replay.

    Notes
    -----
    Nothing is assumed of how the loss grows with age, but that it is the same again after every
    training. Beyond the oldest age that was seen it is taken to stay, which makes long periods look
    cheap until they are tried. A season is taken for decay as in `SquareRootCalendar`. The
    guarantees of hedging are for costs that were paid; here most are estimated.

    Examples
    --------
    >>> trigger = GridCalendar(["1d", "7d", "28d"], review="28d", price=50)

    Fresh models lose nothing and older ones .5 of each of 8 events a tick. A period of 1 costs 3 a
    tick, one of 2 costs 3 / 2 + 8 (.5 / 2), and one of 4 costs 3 / 4 + 8 (1.5 / 4):

    >>> trigger = GridCalendar([1, 2, 4], review=28, price=3)
    >>> trigger.bind(Clock.of(False, tick=8))
    >>> trigger.period(np.array([0, 1]), np.array([0.0, 0.5]), rate=8, tick=28)
    1
    """

    def __init__(
        self,
        periods: Sequence[Duration],
        review: Duration,
        price: float,
        error: float = 1.0,
        by: str = "leader",
        every: Duration | None = None,
        min_labels: int = 200,
        random_state: int | None = None,
    ) -> None:
        if isinstance(periods, str) or not isinstance(periods, (Sequence, np.ndarray)):
            raise TypeError(f"periods={periods!r}: expected a list of ticks or durations")
        if len(periods) == 0:
            raise ValueError("periods=[]: give at least one")
        self.periods = [
            as_duration(period, f"periods[{number}]", positive=True)
            for number, period in enumerate(periods)
        ]
        super().__init__(
            review, price, error, self.periods[0] if every is None else every, min_labels
        )
        check_choice("by", by, ("leader", "hedge"))
        if random_state is not None:
            check_number("random_state", random_state, whole=True)
        self.by = by
        self.random_state = random_state

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        ticks = [
            clock.ticks(period, f"trigger.periods[{number}]")
            for number, period in enumerate(self.periods)
        ]
        if any(second <= first for first, second in itertools.pairwise(ticks)):
            raise ValueError(f"trigger.periods={self.periods!r}: must ascend; sort them")
        self._grid = np.array(ticks)

    def period(self, ages: np.ndarray, losses: np.ndarray, rate: float, tick: int) -> float:
        costs = costs_of_periods(self._grid, ages, losses, self.price, self.error * rate)
        if self.by == "leader":
            return int(self._grid[np.argmin(costs)])
        weights = hedged(costs, tick // self._review)
        drawn = uniform(self.random_state or 0, "trigger", np.array([tick]))[0]
        place = np.searchsorted(np.cumsum(weights), drawn, "right")
        return int(self._grid[min(int(place), len(self._grid) - 1)])


def hedged(costs: np.ndarray, rounds: int) -> np.ndarray:
    """Weights of exponential hedging after some rounds, by the mean cost of each choice in one.

    Parameters
    ----------
    costs : numpy.ndarray of shape (k,)
        Scaled here to between 0 and 1.
    rounds : int

    Returns
    -------
    numpy.ndarray of shape (k,)
        They add up to 1; all the same if all costs are.

    Examples
    --------
    After 2 rounds the rate is sqrt(8 ln 2 / 2) = 1.665; the dearer has exp(-2 · 1.665) = .036.

    >>> hedged(np.array([3.0, 5.0]), 2).round(3).tolist()
    [0.965, 0.035]
    """
    spread = costs.max() - costs.min()
    scaled = (costs - costs.min()) / spread if spread > 0 else np.zeros(len(costs))
    weights = np.exp(-math.sqrt(8 * math.log(len(costs)) * rounds) * scaled)
    weights /= weights.sum()
    return weights
