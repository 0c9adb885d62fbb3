"""Delays drawn from a distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Delay
from clsim.streams.delays.rows import later, uniforms
from clsim.types import Batch, Schema


class Drawn(Delay):
    """Independent delays, by inversion: one uniform number for each event, whatever is drawn.

    So two distributions draw the same order of fast and slow labels: only the lengths differ.
    """

    by_row = True

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        """The delay in clock units below which a share in [0, 1) of the delays lies."""
        raise NotImplementedError

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        with np.errstate(over="ignore"):
            wait = self._quantile(uniforms(events, seed, "delay"), clock)
        return later(events.time, wait)


class Uniform(Drawn):
    """Delays spread evenly between two bounds.

    Parameters
    ----------
    low, high : str or int
        Durations where the stream has time, else rows.

    Examples
    --------
    >>> delay = Uniform("1d", "5d")

    >>> events = Batch(np.zeros((10_000, 1)), y=np.zeros(10_000), time=np.zeros(10_000, int))
    >>> schema, clock = Schema(("x",), "regression", np.array([]), False), Clock.of(False, tick=1)
    >>> times = Uniform(10, 50).label_times(events, schema, clock, seed=0)
    >>> bool(times.min() >= 10), bool(times.max() <= 50), round(times.mean() / 10)
    (True, True, 3)
    """

    def __init__(self, low: Duration, high: Duration) -> None:
        low = as_duration(low, "low")
        high = as_duration(high, "high")
        self.low = low
        self.high = high

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        low, high = clock.units(self.low, "low"), clock.units(self.high, "high")
        if high < low:
            raise ValueError(f"high={self.high!r}: must not be below low={self.low!r}")
        return low + share * (high - low)


class Exponential(Drawn):
    """Exponentially distributed delays: a label that is not there yet is due at a constant rate.

    Parameters
    ----------
    mean : str or int
        Duration where the stream has time, else rows. Half of the labels come within
        0.69 ``mean``.

    References
    ----------
    Chapelle (2014), Modeling delayed feedback in display advertising. KDD. Conversions after a
    click, with this distribution.

    Examples
    --------
    >>> delay = Exponential(mean="3d")

    >>> events = Batch(np.zeros((10_000, 1)), y=np.zeros(10_000), time=np.zeros(10_000, int))
    >>> schema, clock = Schema(("x",), "regression", np.array([]), False), Clock.of(False, tick=1)
    >>> times = Exponential(mean=1_000).label_times(events, schema, clock, seed=0)
    >>> [round(float((times < wait).mean()), 1) for wait in (693, 1_000)]  # of .5 and 1 - 1/e
    [0.5, 0.6]
    """

    def __init__(self, mean: Duration) -> None:
        mean = as_duration(mean, "mean", positive=True)
        self.mean = mean

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        return -clock.units(self.mean, "mean") * np.log1p(-share)


class Lognormal(Drawn):
    """Lognormally distributed delays: the usual work takes ``median``, some takes far longer.

    The logarithm of the delay is normal with mean log(``median``) and standard deviation
    ``sigma``; SciPy has it as ``lognorm(s=sigma, scale=median)``.

    Parameters
    ----------
    median : str or int
        Half of the labels come within it: a duration where the stream has time, else rows.
    sigma : float
        Spread, without unit, above 0. 84 % of the labels come within exp(``sigma``) medians; the
        mean is ``exp(sigma² / 2)`` medians.

    References
    ----------
    Aitchison & Brown (1957), The lognormal distribution. Cambridge University Press.

    Examples
    --------
    >>> delay = Lognormal(median="2d", sigma=1)

    >>> events = Batch(np.zeros((10_000, 1)), y=np.zeros(10_000), time=np.zeros(10_000, int))
    >>> schema, clock = Schema(("x",), "regression", np.array([]), False), Clock.of(False, tick=1)
    >>> times = Lognormal(median=1_000, sigma=1).label_times(events, schema, clock, seed=0)
    >>> [round(float((times < wait).mean()), 1) for wait in (1_000, 2_718)]
    [0.5, 0.8]
    """

    def __init__(self, median: Duration, sigma: float) -> None:
        median = as_duration(median, "median", positive=True)
        check_number("sigma", sigma, above=0)
        self.median = median
        self.sigma = sigma

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        from scipy.special import ndtri

        return clock.units(self.median, "median") * np.exp(self.sigma * ndtri(share))


class Weibull(Drawn):
    """Weibull distributed delays: the rate of arrival falls or rises with the time waited.

    P(delay > t) = exp(-(t / ``scale``) ** ``shape``); SciPy has it as
    ``weibull_min(c=shape, scale=scale)``.

    Parameters
    ----------
    scale : str or int
        63 % of the labels come within it: a duration where the stream has time, else rows.
    shape : float
        Above 0. Below 1: most come early, and who waited long waits longer; 1: exponential;
        above 1: they gather around ``scale``.

    References
    ----------
    Weibull (1951), A statistical distribution function of wide applicability. Journal of Applied
    Mechanics 18.

    Examples
    --------
    >>> delay = Weibull(scale="3d", shape=0.7)

    >>> events = Batch(np.zeros((10_000, 1)), y=np.zeros(10_000), time=np.zeros(10_000, int))
    >>> schema, clock = Schema(("x",), "regression", np.array([]), False), Clock.of(False, tick=1)
    >>> times = Weibull(scale=1_000, shape=0.7).label_times(events, schema, clock, seed=0)
    >>> round(float((times < 1_000).mean()), 1)
    0.6
    """

    def __init__(self, scale: Duration, shape: float) -> None:
        scale = as_duration(scale, "scale", positive=True)
        check_number("shape", shape, above=0)
        self.scale = scale
        self.shape = shape

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        return clock.units(self.scale, "scale") * (-np.log1p(-share)) ** (1 / self.shape)


class Distributed(Drawn):
    """Delays from any distribution of SciPy that has no negative values.

    Parameters
    ----------
    distribution : frozen distribution of scipy.stats
        Such as ``scipy.stats.gamma(a=2, scale=3)``: anything with ``ppf`` and ``support``.
    unit : str or int, default=1
        What 1 stands for in it: a duration (``'1d'``) where the stream has time, else rows.

    Examples
    --------
    >>> import scipy.stats
    >>> delay = Distributed(scipy.stats.gamma(a=2, scale=3), unit="1d")  # 6 days in the mean
    >>> events = Batch(np.zeros((10_000, 1)), y=np.zeros(10_000), time=np.zeros(10_000, int))
    >>> schema, clock = Schema(("x",), "regression", np.array([]), True), Clock.of(True, tick="1d")
    >>> times = delay.label_times(events, schema, clock, seed=0)
    >>> round(times.mean() / 86_400_000_000)
    6
    """

    def __init__(self, distribution: Any, unit: Duration = 1) -> None:
        unit = as_duration(unit, "unit", positive=True)
        try:
            low, high = distribution.support()
            usable = callable(distribution.ppf) and np.ndim(low) == np.ndim(high) == 0
        except (AttributeError, TypeError):  # the latter if its parameters are still open
            usable = False
        if not usable:
            raise TypeError(
                f"distribution={distribution!r}: expected a distribution of scipy.stats with its "
                "parameters, such as scipy.stats.gamma(a=2, scale=3)"
            )
        if np.isnan(low) or np.isnan(distribution.ppf(0.5)):
            raise ValueError("distribution: SciPy does not allow these parameters")
        if low < 0:
            raise ValueError(
                f"distribution: its values start at {low:g}, and a label cannot come before its "
                "event; choose one without negative values"
            )
        self.distribution = distribution
        self.unit = unit

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        # ppf(0) of a discrete distribution lies below its values
        return clock.units(self.unit, "unit") * np.maximum(self.distribution.ppf(share), 0)
