"""Retrain when what a new model is forecast to save exceeds the price of a training."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Trigger
from clsim.types import Fired, Rows
from clsim.view import View


class Forecast(NamedTuple):
    """How much more the present champion loses for each event than a new model would.

    Attributes
    ----------
    mean : float
    error : float
        Standard error.
    freedom : int
        Degrees of freedom that it rests on.
    """

    mean: float
    error: float
    freedom: int

    def quantile(self, chance: float) -> float:
        """A value that the excess lies below with a chance, by Student's distribution."""
        from scipy.special import stdtrit  # slow to load

        return self.mean + self.error * float(stdtrit(self.freedom, chance))


def excess_of(
    ages: np.ndarray, losses: np.ndarray, counts: np.ndarray, own: np.ndarray, age: float
) -> Forecast | None:
    """How much more a model of some age loses for each event than one of age 0.

    Least squares of the mean loss of each tick on the age of the model that served it, weighted by
    the number of events, with a level of its own for the present champion where other models have
    served too; so a sudden rise counts at once, and is not put down to age.

    Parameters
    ----------
    ages, losses, counts : numpy.ndarray of shape (ticks,)
        For each tick, the age of its model, the mean loss, and the number of events.
    own : numpy.ndarray of shape (ticks,), bool
        Whether the present champion served.
    age : float
        Of the champion now.

    Returns
    -------
    Forecast or None
        None where ages do not differ, or fewer ticks than the line needs have labels.

    Examples
    --------
    Losses that grow by .02 a tick, the same after each of two trainings: at an age of 5, .1 more.

    >>> ages = np.array([0, 1, 2, 3, 0, 1, 2, 3])
    >>> found = excess_of(ages, 0.1 + 0.02 * ages, np.full(8, 50), np.arange(8) > 3, age=5)
    >>> round(found.mean, 6), found.freedom
    (0.1, 5)
    """
    columns = [np.ones(len(ages)), ages.astype(float)]
    contrast = [0.0, float(age)]
    if own.any() and not own.all():
        columns.append(own.astype(float))
        contrast.append(1.0)
    design, weigh = np.column_stack(columns), np.sqrt(counts)[:, None]
    freedom = len(ages) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    inverse = np.linalg.inv((design * weigh).T @ (design * weigh))
    line = inverse @ (design * weigh).T @ (losses * weigh[:, 0])
    left = (losses - design @ line) * weigh[:, 0]
    direction = np.array(contrast)
    spread = left @ left / freedom * (direction @ inverse @ direction)
    return Forecast(float(direction @ line), math.sqrt(max(spread, 0.0)), freedom)


class PerformanceForecast(Trigger):
    """Retrain when a new model is forecast to save more than it costs, with a stated confidence.

    After the uncertainty-performance forecaster (UPF; Regol, Schwinn, Sprague, Coates and
    Markovich, "When to retrain a machine learning model", ICML 2025): performance is forecast from
    what was seen, and a quantile of the forecast decides. What a training saves over the horizon
    is, by `excess_of`, the events to come times the excess of the champion over a new model.

    What differs from the paper: they forecast the performance of every pair of model and time, as
    a Beta distribution approximated by a normal one, by regressions that are learned on a first
    part of the stream; here one line in the age of the model, with a level of the champion's own,
    is fitted anew in each tick to the losses that have arrived, and the quantile is Student's.

    Parameters
    ----------
    price : float
        Money for a training. It decides when to train; a run that is priced otherwise later keeps
        its decisions.
    horizon : int or str
        Over which a training has to pay: number of ticks, or a duration that is a whole number of
        them.
    error : float, default=1.0
        Money for a unit of loss.
    confidence : float, default=0.5
        Fires when the saving exceeds the price with at least this chance. At .5 by the forecast
        itself; above it, what is uncertain waits.
    window : int, default=2000
        Number of the last served events with a label that the line is fitted to.
    min_labels : int, default=100
        Number of them that it takes, and of the champion's own, so that a new one is not judged
        by its first labels.

    Notes
    -----
    The excess stays as it is for the horizon, and grows no further: both models age. A season is
    taken for decay as far as it goes together with the age of the models or with the champion; and
    where labels come later for some outcomes, those that have arrived are not all.

    Examples
    --------
    >>> trigger = PerformanceForecast(price=50, horizon="28d", confidence=0.9)
    """

    alarms = False

    def __init__(
        self,
        price: float,
        horizon: Duration,
        error: float = 1.0,
        confidence: float = 0.5,
        window: int = 2000,
        min_labels: int = 100,
    ) -> None:
        check_number("price", price, above=0)
        check_number("error", error, above=0)
        check_number("confidence", confidence, above=0, high=1)
        if confidence == 1:
            raise ValueError("confidence=1: nothing is certain; give less, such as 0.95")
        check_number("window", window, whole=True, low=2)
        check_number("min_labels", min_labels, whole=True, low=2, high=window)
        self.price = price
        self.horizon = as_duration(horizon, "horizon", positive=True)
        self.error = error
        self.confidence = confidence
        self.window = window
        self.min_labels = min_labels

    def bind(self, clock: Clock) -> None:
        self._horizon = clock.ticks(self.horizon, "trigger.horizon")

    def fires(self, view: View) -> Fired | None:
        if view.tick < 1 or not view.has_champion:
            return None
        found = self._forecast(view)
        if found is None:
            return None
        events = (view.first_row(view.tick) - view.first_row(0)) / view.tick * self._horizon
        saved = self.error * events * found.quantile(1 - self.confidence)
        if not saved > self.price:
            return None
        said = f"a training would save {saved:.4g} in {self._horizon} ticks"
        return Fired(said, {"saved": saved, "excess": found.mean, "standard_error": found.error})

    def _forecast(self, view: View) -> Forecast | None:
        rows = view.latest_known(self.window)
        rows = rows[rows >= view.first_row(0)]
        ages, losses = view.outcomes.model_ages(rows), view.outcomes.losses(rows)
        told = ~(np.isnan(ages) | np.isnan(losses))
        rows, ages, losses = rows[told], ages[told], losses[told]
        own = rows >= view.first_row(view.promoted)
        if len(rows) < self.min_labels or own.sum() < self.min_labels:
            return None
        first = _firsts(view, rows)
        counts = np.diff(np.append(first, len(rows)))
        means = np.add.reduceat(losses, first) / counts
        trained = ages[-1] + view.ages(rows[-1:])[0]  # the champion's age now
        return excess_of(ages[first], means, counts, own[first], float(trained))


def _firsts(view: View, rows: Rows) -> np.ndarray:
    """Positions in rows at which another tick begins."""
    ages = view.ages(rows)
    return np.flatnonzero(np.append(True, ages[1:] != ages[:-1]))
