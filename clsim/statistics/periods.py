"""How often to train, where what a model loses grows with its age."""

from __future__ import annotations

import math

import numpy as np

from clsim.errors import check_number


def square_root_period(price: float, error: float, speed: float, rate: float) -> float:
    """The best period where the loss grows at constant speed with age.

    With loss per event growing by s per unit of age, and r events per unit of time, the period τ
    costs p/τ + c r s τ/2 per unit of time, least at τ* = sqrt(2 p / (c r s)): the square-root law
    of inventory theory (Harris, "How many parts to make at once", 1913).

    Parameters
    ----------
    price : float
        Money for a training, p.
    error : float
        Money for a unit of loss, c.
    speed : float
        Growth of the loss per event, by unit of age, s.
    rate : float
        Events per unit of time, r.

    Returns
    -------
    float
        In units of time; infinite if staleness costs nothing.

    Raises
    ------
    TypeError, ValueError
        If a number is negative or not finite.

    Examples
    --------
    >>> square_root_period(price=50, error=2, speed=0.01, rate=100)
    7.0710678118654755
    """
    for key, value in {"price": price, "error": error, "speed": speed, "rate": rate}.items():
        check_number(key, value, low=0)
    growth = error * rate * speed
    return math.sqrt(2 * price / growth) if growth else math.inf


def whole_period(period: float) -> float:
    """The best whole number of ticks where the best period is a given one.

    A period of k ticks costs p/k + g (k - 1)/2 a tick, so k + 1 is cheaper than k as long as
    k (k + 1) is below the square of the best period. At least 1; infinite if that is.

    Parameters
    ----------
    period : float
        In ticks, such as `square_root_period` gives it; infinite, if it is best never to train.

    Returns
    -------
    int or float

    Examples
    --------
    >>> [whole_period(period) for period in (0.3, 7.07, 2.45, 2.44)]
    [1, 7, 3, 2]
    """
    if math.isinf(period):
        return period
    low = math.floor(period)
    return max(1, low if low * (low + 1) >= period * period else low + 1)


def growth_with_age(ages: np.ndarray, losses: np.ndarray) -> float:
    """Growth of the loss by unit of age: the least-squares slope, at least 0.

    Parameters
    ----------
    ages, losses : numpy.ndarray of shape (n,)
        Of events: how old the model was that answered, and what it lost.

    Returns
    -------
    float
        NaN if all ages are the same, or there are none.

    Examples
    --------
    >>> growth_with_age(np.array([0, 1, 2, 2]), np.array([0.0, 0.5, 1.5, 0.5]))
    0.5
    """
    if len(ages) == 0 or ages.min() == ages.max():
        return math.nan
    apart = ages - ages.mean()
    return max(0.0, float(apart @ losses) / float(apart @ apart))


def costs_of_periods(
    periods: np.ndarray, ages: np.ndarray, losses: np.ndarray, price: float, growth: float
) -> np.ndarray:
    """What each of some periods costs a tick, by the mean losses at the ages that were seen.

    A period of k ticks pays for a training in every k-th of them, and loses the mean over the
    ages 0 to k - 1. An age that was not seen is taken to lose what lies between its neighbours;
    one beyond the oldest, what the oldest loses.

    Parameters
    ----------
    periods : numpy.ndarray of int of shape (k,)
        In ticks.
    ages, losses : numpy.ndarray of shape (n,)
        Of events: how many ticks old the model was that answered, and what it lost.
    price : float
        Money for a training.
    growth : float
        Money for a loss of one on every event of a tick.

    Returns
    -------
    numpy.ndarray of shape (k,)

    Examples
    --------
    Fresh models lose nothing, those of age 1 and more .5: 3 / 1; 3 / 2 + 4 (.5 / 2); 1 + 4 / 3.

    >>> ages, losses = np.array([0, 1, 1]), np.array([0.0, 1.0, 0.0])
    >>> costs_of_periods(np.array([1, 2, 3]), ages, losses, price=3, growth=4).round(3).tolist()
    [3.0, 2.5, 2.333]
    """
    seen, place = np.unique(ages, return_inverse=True)
    means = np.bincount(place, losses) / np.bincount(place)
    by_age = np.interp(np.arange(periods.max()), seen, means)
    return price / periods + growth * np.cumsum(by_age)[periods - 1] / periods
