"""Control charts over the values of a signal, and Wald's test."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from clsim.errors import Unreachable, check_choice, check_number
from clsim.statistics.charts import CusumChart, EwmaChart, ShewhartChart, cusum, ewma, limit_for
from clsim.statistics.sequential import wald_bounds
from clsim.strategy.rules.rule import Rule, Scoring
from clsim.types import Extent, Fired

WAYS = {"up": (1,), "down": (-1,), "both": (1, -1)}
"""Deviations that count, and by which signs they are looked at."""


class Standardised(Rule):
    """A rule over standardised values, whose mean and spread are given or learned.

    It starts afresh after it fired; the values of that tick count no more. Values that all are the
    same have no spread, so learning then goes on until one differs.

    Parameters
    ----------
    mean, spread : float or None
        Of the values while all is well. None: learned.
    learn : int
        Where they are not given: the number of first values of a deployment they are learned from.
    way : {'up', 'down', 'both'}
        Deviations that count.
    """

    def __init__(self, mean: float | None, spread: float | None, learn: int, way: str) -> None:
        if (mean is None) != (spread is None):
            raise ValueError("rule: give mean and spread, or neither of them to have both learned")
        if mean is not None:
            check_number("mean", mean)
            check_number("spread", spread, above=0)
        check_number("learn", learn, whole=True, low=2)
        check_choice("way", way, WAYS)
        self.way = way
        self._signs = WAYS[way]
        self.mean = mean
        self.spread = spread
        self.learn = learn
        self._reference = None if mean is None or spread is None else (mean, spread)
        self._first: list[float] = []

    def check_values(self, values: Extent, scores: Extent) -> None:
        if self.mean is not None and not values.low <= self.mean <= values.high:
            raise Unreachable(
                f"mean={self.mean:g}: {values.of} lies between {values.low:g} and {values.high:g}; "
                "give a mean between them"
            )

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        values = [value for value in values if np.isfinite(value)]
        if self._reference is None:
            values = self._learned(values)
        if self._reference is None or not values:
            return None
        mean, spread = self._reference
        return self._judged((np.array(values) - mean) / spread)

    def _learned(self, values: list[float]) -> list[float]:
        """Learn from the first values; those that are left to judge."""
        for count, value in enumerate(values, 1):
            self._first.append(value)
            if len(self._first) >= self.learn:
                spread = float(np.std(self._first, ddof=1))
                if spread > 0:
                    self._reference = float(np.mean(self._first)), spread
                    return values[count:]
        return []

    def _judged(self, z: np.ndarray) -> Fired | None:
        """What is said of some more standardised values."""
        raise NotImplementedError

    def excess(self, fired: Fired) -> float:
        return fired.detail["statistic"] - fired.detail["limit"]


class Cusum(Standardised):
    """Small deviations add up: a CUSUM chart (Page, Biometrika, 1954).

    S ← max(0, S + z - k) of the standardised values z, which fires above the limit; of both sides,
    one such sum each way.

    Parameters
    ----------
    limit : float or None, default=None
        In standard deviations. Give this, or ``run_length``.
    run_length : float or None, default=None
        Mean number of values up to a false alarm, from which the limit follows for independent
        normal values of known mean and spread (`clsim.statistics.charts`). Error rates of small
        ticks are not such values: with k = .5 and a limit of 4, 335 may become 102 to 284. Over
        losses every event is a value, and they are skewed: there, take a limit of 15 or more.
    k : float, default=0.5
        The allowance: half of the shift that matters, in standard deviations.
    way : {'up', 'down', 'both'}, default='up'
    mean, spread : float or None, default=None
        Of the values while all is well. None: learned.
    learn : int, default=100
        The number of first values of a deployment that these are learned from. What is learned is
        off, and false alarms are more frequent: with a limit of 5, one within 370 values has a
        chance of .33 where mean and spread are known, of .42 where they are learned from 50 values
        and of .36 from 200 (`clsim.statistics.charts.Chart.alarms_when_learned`).

    Examples
    --------
    >>> rule = Cusum(limit=4, mean=0, spread=1)
    >>> [rule.after([z], float) is not None for z in (0.2, 2, 2, 2, 2)]
    [False, False, False, True, False]
    """

    def __init__(
        self,
        limit: float | None = None,
        run_length: float | None = None,
        k: float = 0.5,
        way: str = "up",
        mean: float | None = None,
        spread: float | None = None,
        learn: int = 100,
    ) -> None:
        super().__init__(mean, spread, learn, way)
        check_number("k", k, low=0)
        self.k = k
        # of both sides, each alarms half as often
        self.limit = _limit(partial(CusumChart, k=k), limit, run_length, 2 if way == "both" else 1)
        self.run_length = run_length
        self._sums = dict.fromkeys(self._signs, 0.0)

    def _judged(self, z: np.ndarray) -> Fired | None:
        found = []
        for sign in self._signs:
            path = cusum(sign * z, self.k, self._sums[sign])
            self._sums[sign] = float(path[-1])
            found.append(float(path.max()))
        if max(found) <= self.limit:
            return None
        self._sums = dict.fromkeys(self._signs, 0.0)
        return _beyond("CUSUM", max(found), self.limit)


class Ewma(Standardised):
    """The recent values are off: an EWMA chart (Roberts, Technometrics, 1959).

    E ← (1 - weight) E + weight · z of the standardised values z, which fires beyond the limit
    times √(weight / (2 - weight)), its standard deviation in the long run.

    Parameters
    ----------
    limit : float or None, default=None
        In standard deviations of the average. Give this, or ``run_length``.
    run_length : float or None, default=None
        As of `Cusum`; both sides count, whichever way is listened to.
    weight : float, default=0.1
        Of the newest value.
    way : {'up', 'down', 'both'}, default='both'
    mean, spread, learn
        As of `Cusum`.

    Examples
    --------
    >>> rule = Ewma(run_length=1_000, mean=0.2, spread=0.4)

    Losses of 1 are two standard deviations high, and five of them in a row too many: after n of
    them the average is 2 (1 - .9ⁿ), and its own deviation is .23.

    >>> rule = Ewma(limit=3, mean=0.2, spread=0.4)
    >>> rule.after([1.0] * 4, float) is None, rule.after([1.0], float) is None
    (True, False)
    """

    def __init__(
        self,
        limit: float | None = None,
        run_length: float | None = None,
        weight: float = 0.1,
        way: str = "both",
        mean: float | None = None,
        spread: float | None = None,
        learn: int = 100,
    ) -> None:
        super().__init__(mean, spread, learn, way)
        check_number("weight", weight, above=0, high=1)
        self.weight = weight
        self.limit = _limit(partial(EwmaChart, weight=weight), limit, run_length)
        self.run_length = run_length
        self._average = 0.0

    def _judged(self, z: np.ndarray) -> Fired | None:
        path = ewma(z, self.weight, self._average)
        self._average = float(path[-1])
        found = _extreme(path, self.way) / (self.weight / (2 - self.weight)) ** 0.5
        if found <= self.limit:
            return None
        self._average = 0.0
        return _beyond("EWMA", found, self.limit)


class Shewhart(Standardised):
    """A single value is far off: Shewhart's chart (1931).

    Parameters
    ----------
    limit : float or None, default=None
        In standard deviations. Give this, or ``run_length``.
    run_length : float or None, default=None
        As of `Cusum`; both sides count, whichever way is listened to.
    way : {'up', 'down', 'both'}, default='both'
    mean, spread, learn
        As of `Cusum`.

    Examples
    --------
    >>> rule = Shewhart(limit=3, mean=0.2, spread=0.05)
    >>> rule.after([0.36], float).reason
    'Shewhart 3.2 above 3'
    """

    def __init__(
        self,
        limit: float | None = None,
        run_length: float | None = None,
        way: str = "both",
        mean: float | None = None,
        spread: float | None = None,
        learn: int = 100,
    ) -> None:
        super().__init__(mean, spread, learn, way)
        self.limit = _limit(ShewhartChart, limit, run_length)
        self.run_length = run_length

    def check_values(self, values: Extent, scores: Extent) -> None:
        super().check_values(values, scores)
        if self.mean is None or self.spread is None:
            return
        ends = {1: values.high - self.mean, -1: self.mean - values.low}
        farthest = max(ends[sign] for sign in self._signs) / self.spread
        if farthest <= self.limit:
            raise Unreachable(
                f"limit={self.limit:g}: {values.of} lies between {values.low:g} and "
                f"{values.high:g}, at most {farthest:.4g} standard deviations off; give a lower one"
            )

    def _judged(self, z: np.ndarray) -> Fired | None:
        found = _extreme(z, self.way)
        return _beyond("Shewhart", found, self.limit) if found > self.limit else None


class Sprt(Standardised):
    """Wald's sequential probability ratio test of a shift of normal values (1945).

    The sum of shift · z - shift² / 2 over the standardised values. At ln((1 - beta) / alpha) the
    rule fires; at ln(beta / (1 - alpha)) there is no shift, and the test begins anew. So alpha is
    the chance of a false alarm of one test, and tests follow one another without end: about one
    test in 1 / alpha ends in a false alarm. Of both sides two tests are made at once, each with
    half of alpha.

    Parameters
    ----------
    shift : float, default=1
        The shift that matters, in standard deviations.
    alpha, beta : float, default=0.05, 0.2
        Chances of a false alarm, and of missing such a shift, of one test.
    way : {'up', 'down', 'both'}, default='up'
    mean, spread, learn
        As of `Cusum`.

    Examples
    --------
    >>> rule = Sprt(shift=0.5, mean=0.2, spread=0.4)

    A loss of 1 is two standard deviations high and adds 2 - 1 / 2; the bound is ln(.8 / .05), 2.77:

    >>> rule = Sprt(shift=1, mean=0.2, spread=0.4)
    >>> rule.after([1.0], float) is None, rule.after([1.0], float) is None
    (True, False)
    """

    def __init__(
        self,
        shift: float = 1.0,
        alpha: float = 0.05,
        beta: float = 0.2,
        way: str = "up",
        mean: float | None = None,
        spread: float | None = None,
        learn: int = 100,
    ) -> None:
        super().__init__(mean, spread, learn, way)
        check_number("shift", shift, above=0)
        check_number("alpha", alpha, above=0, high=0.5)
        check_number("beta", beta, above=0, high=0.5)
        self.shift = shift
        self.alpha = alpha
        self.beta = beta
        self._low, self.limit = wald_bounds(alpha / 2 if way == "both" else alpha, beta)
        self._sums = dict.fromkeys(self._signs, 0.0)

    def _judged(self, z: np.ndarray) -> Fired | None:
        for sign in self._signs:
            total = self._sums[sign]
            for value in (sign * self.shift * z - self.shift**2 / 2).tolist():
                total += value
                if total >= self.limit:
                    self._sums = dict.fromkeys(self._signs, 0.0)
                    return _beyond("likelihood ratio", total, self.limit)
                total = 0.0 if total <= self._low else total
            self._sums[sign] = total
        return None


def _limit(
    chart: type | partial, limit: float | None, run_length: float | None, sides: int = 1
) -> float:
    """The limit that is given, or that the run length asks for."""
    if (limit is None) == (run_length is None):
        raise ValueError("rule: give limit or run_length, and not both")
    if limit is not None:
        check_number("limit", limit, above=0)
        return limit
    check_number("run_length", run_length, low=2)
    assert run_length is not None
    return limit_for(chart, sides * run_length)


def _extreme(path: np.ndarray, way: str) -> float:
    """The furthest that a path goes the way that counts."""
    if way == "both":
        return float(np.abs(path).max())
    return float(path.max() if way == "up" else -path.min())


def _beyond(what: str, statistic: float, limit: float) -> Fired:
    reason = f"{what} {statistic:.4g} above {limit:.4g}"
    return Fired(reason, {"statistic": statistic, "limit": limit}, (what,))
