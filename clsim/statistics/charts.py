"""Control charts: their paths, how long they run, and the limit that gives a wanted run length.

Values are standardised: in control they are independent and normal, of mean 0 and spread 1. Run
lengths and limits hold for such values alone. On the error rates of small ticks, which are neither
normal nor of known mean, the same limit may alarm several times as often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

CELLS = 51
"""Cells into which the range of a chart's statistic is cut; an odd number."""

NODES = 7
"""Values of a mean, and of a spread, that are estimated: nodes of a quadrature."""


def cusum(z: np.ndarray, k: float = 0.5, start: float = 0.0) -> np.ndarray:
    """Cumulative sums of what exceeds an allowance: S_t = max(0, S_(t-1) + z_t - k) (Page, 1954).

    Parameters
    ----------
    z : numpy.ndarray of shape (..., n)
        Standardised values, in order.
    k : float, default=0.5
        The allowance, half of the shift that matters.
    start : float, default=0
        The sum before the first of them.

    Returns
    -------
    numpy.ndarray of shape (..., n)

    Examples
    --------
    >>> cusum(np.array([1.0, 2.0, -3.0, 1.5])).tolist()
    [0.5, 2.0, 0.0, 1.0]
    """
    walk = start + np.cumsum(np.asarray(z, dtype=float) - k, axis=-1)
    return walk - np.minimum(np.minimum.accumulate(walk, axis=-1), 0)


def ewma(z: np.ndarray, weight: float = 0.1, start: float = 0.0) -> np.ndarray:
    """Exponentially weighted moving averages: E_t = (1 - weight) E_(t-1) + weight z_t.

    Roberts (Technometrics, 1959).

    Parameters
    ----------
    z : numpy.ndarray of shape (..., n)
        Standardised values, in order.
    weight : float, default=0.1
        Of the newest value.
    start : float, default=0
        The average before the first of them.

    Returns
    -------
    numpy.ndarray of shape (..., n)

    Examples
    --------
    >>> ewma(np.array([1.0, 1.0, 0.0]), weight=0.5).tolist()
    [0.5, 0.75, 0.375]
    """
    from scipy.signal import lfilter

    z = np.asarray(z, dtype=float)
    before = np.full((*z.shape[:-1], 1), (1 - weight) * start)
    return lfilter([weight], [1, weight - 1], z, axis=-1, zi=before)[0]


@dataclass(frozen=True)
class Chart:
    """A chart as a Markov chain over its statistic (Brook and Evans, Biometrika, 1972).

    A kind of chart says in `moves` how its statistic goes from one value to the next; all else
    follows from these chances.

    Parameters
    ----------
    limit : float
        Beyond which it alarms, in the unit of its statistic.

    Examples
    --------
    A chart that alarms on each value with the same chance runs for 1 / chance values in the mean:

    >>> class Coin(Chart):
    ...     def moves(self, shift, spread, cells):
    ...         return np.array([[1 - self.limit]]), 0
    >>> round(Coin(0.25).run_length(), 9), Coin(0.25).alarms_within(2)
    (4.0, 0.4375)
    """

    limit: float

    def moves(self, shift: float, spread: float, cells: int) -> tuple[np.ndarray, int]:
        """Chances of moving between states that raise no alarm, and the state it starts in."""
        raise NotImplementedError

    def run_length(self, shift: float = 0.0, spread: float = 1.0) -> float:
        """Mean number of values up to the first alarm.

        Parameters
        ----------
        shift, spread : float
            Mean and standard deviation of the values, in standard deviations in control.

        Examples
        --------
        >>> round(CusumChart(4).run_length(), 1), round(CusumChart(4).run_length(shift=1), 2)
        (335.4, 8.38)
        """
        coarse, fine = (self._run_length(shift, spread, cells) for cells in (CELLS, 3 * CELLS))
        return (9 * fine - coarse) / 8  # the error goes with the square of the cells' width

    def _run_length(self, shift: float, spread: float, cells: int) -> float:
        moves, start = self.moves(shift, spread, cells)
        return float(np.linalg.solve(np.eye(len(moves)) - moves, np.ones(len(moves)))[start])

    def alarms_within(self, values: int, shift: float = 0.0, spread: float = 1.0) -> float:
        """Chance of an alarm within a number of values.

        Examples
        --------
        >>> round(ShewhartChart(3).alarms_within(100), 4)
        0.2369
        """
        moves, start = self.moves(shift, spread, CELLS)
        return 1 - float(np.linalg.matrix_power(moves, values)[start].sum())

    def alarms_when_learned(self, values: int, learned: int) -> float:
        """Chance of a false alarm within some values where mean and spread were learned.

        They are estimated from so many values before, which are in control too. The chance is the
        mean over what may be estimated (the mean is normal, the variance a χ² of ``learned`` - 1).

        Examples
        --------
        >>> chart = ShewhartChart(3)
        >>> [round(chart.alarms_when_learned(100, n), 2) for n in (20, 50, 500)]
        [0.4, 0.32, 0.25]
        """
        from scipy.special import chdtri

        means, weights = np.polynomial.hermite_e.hermegauss(NODES)
        shares, parts = np.polynomial.legendre.leggauss(NODES)
        spreads = np.sqrt(chdtri(learned - 1, 1 - (shares + 1) / 2) / (learned - 1))
        total = 0.0
        for mean, weight in zip(means / np.sqrt(learned), weights / weights.sum(), strict=True):
            for spread, part in zip(spreads, parts / parts.sum(), strict=True):
                chance = self.alarms_within(values, -mean / spread, 1 / spread)
                total += weight * part * chance
        return float(total)


@dataclass(frozen=True)
class ShewhartChart(Chart):
    """A chart that alarms where a value is more than ``limit`` from the mean.

    Shewhart, *Economic control of quality of manufactured product* (1931).

    Parameters
    ----------
    limit : float
        In standard deviations in control.
    two_sided : bool, default=True
        Whether it alarms below the mean too; if not, only above.

    Examples
    --------
    Beyond three deviations lie .27 % of values, so one in 370.4 alarms; on one side, in 740.8:

    >>> chart = ShewhartChart(3)
    >>> round(chart.run_length(), 1), round(chart.run_length(shift=1), 1)
    (370.4, 43.9)
    >>> round(ShewhartChart(3, two_sided=False).run_length(), 1)
    740.8
    """

    two_sided: bool = True

    def moves(self, shift: float, spread: float, cells: int) -> tuple[np.ndarray, int]:
        from scipy.special import ndtr

        quiet = ndtr((self.limit - shift) / spread)
        if self.two_sided:
            quiet -= ndtr((-self.limit - shift) / spread)
        return np.array([[quiet]]), 0


@dataclass(frozen=True)
class CusumChart(Chart):
    """A one-sided chart that alarms where the `cusum` is above ``limit``.

    Page (Biometrika, 1954).

    Parameters
    ----------
    limit : float
        In standard deviations in control.
    k : float, default=0.5
        The allowance, half of the shift that matters.

    Examples
    --------
    >>> chart = CusumChart(5)
    >>> round(chart.run_length(), 1), round(chart.run_length(shift=1), 2)
    (930.9, 10.38)
    """

    k: float = 0.5

    def moves(self, shift: float, spread: float, cells: int) -> tuple[np.ndarray, int]:
        width = 2 * self.limit / cells  # the lowest cell is cut in half by 0
        at = width * np.arange((cells + 1) // 2)
        edges = np.concatenate([[-np.inf], at + width / 2])  # the lowest state holds all below
        return _between(edges[None] - at[:, None] + self.k, shift, spread), 0


@dataclass(frozen=True)
class EwmaChart(Chart):
    """A two-sided chart that alarms where the `ewma` is beyond ``limit`` of its own deviations.

    These are what they become in the long run, √(weight / (2 - weight)).

    Run lengths are those of Lucas and Saccucci (Technometrics, 1990).

    Parameters
    ----------
    limit : float
        In standard deviations of the average.
    weight : float, default=0.1
        Of the newest value, above 0 and at most 1.

    Examples
    --------
    >>> chart = EwmaChart(2.814)
    >>> round(chart.run_length(), -1), round(chart.run_length(shift=1), 1)
    (500.0, 10.3)
    """

    weight: float = 0.1

    def moves(self, shift: float, spread: float, cells: int) -> tuple[np.ndarray, int]:
        bound = self.limit * np.sqrt(self.weight / (2 - self.weight))
        edges = np.linspace(-bound, bound, cells + 1)
        at = (edges[1:] + edges[:-1]) / 2
        needed = (edges[None] - (1 - self.weight) * at[:, None]) / self.weight
        return _between(needed, shift, spread), cells // 2


def _between(edges: np.ndarray, shift: float, spread: float) -> np.ndarray:
    """Chances of a normal value between consecutive edges."""
    from scipy.special import ndtr

    return np.diff(ndtr((edges - shift) / spread), axis=-1)


@cache
def limit_for(make: Callable[[float], Chart], run_length: float) -> float:
    """The limit with which a chart runs so long in control, in the mean.

    Parameters
    ----------
    make : callable
        Gives the chart of a limit, such as `CusumChart`.
    run_length : float
        At least 2 values.

    Returns
    -------
    float
        In the unit of the chart's statistic; never below 1e-6.

    Examples
    --------
    >>> round(limit_for(CusumChart, 930.9), 3), round(limit_for(ShewhartChart, 370.4), 3)
    (5.0, 3.0)
    """
    from scipy.optimize import brentq

    def excess(limit: float) -> float:
        return float(np.log(make(limit).run_length() / run_length))

    high = 1.0
    while excess(high) < 0:
        high *= 2
    return float(brentq(excess, 1e-6, high, xtol=1e-6))
