"""Rules that look at time: a value is not what its season foretold, or values have a trend."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_number
from clsim.strategy.rules.levels import SIDES, check_one
from clsim.strategy.rules.rule import Rule, Scoring, of_tick
from clsim.types import Extent, Fired

METHODS = ("theil_sen", "least_squares")


class Forecast(Rule):
    """A value lies outside the range that its season foretold.

    The forecast is the mean of the values at the same position in the last periods. The band is
    ``width`` times the root mean square of how far such forecasts were off so far, each by the
    value that came after it. Of independent normal values around a season it fires in a share of
    about 2 Φ(-width) of all ticks, and more often while few forecasts were made.

    Parameters
    ----------
    period : int or str
        Number of ticks of a season, or a duration that is a whole number of them.
    periods : int, default=4
        Number of values at the same position that the forecast takes.
    width : float, default=3
        Of the band to each side, in root mean squares.
    at_least : int, default=10
        Number of forecasts that must have been made before it may fire.
    side : {'above', 'below', 'both'}, default='both'

    Examples
    --------
    >>> rule = Forecast(period=2, periods=1, width=2, at_least=3)
    >>> rule.bind(Clock(timed=False, tick=1, tick_in_rows=True))
    >>> values = [0, 10, 1, 11, 0, 10, 1, 15]  # the last is off by 5, those before it by 1
    >>> [rule.after([x], float) is not None for x in values]
    [False, False, False, False, False, False, False, True]
    """

    def __init__(
        self,
        period: Duration,
        periods: int = 4,
        width: float = 3.0,
        at_least: int = 10,
        side: str = "both",
    ) -> None:
        self.period = as_duration(period, "period", positive=True)
        check_number("periods", periods, whole=True, low=1)
        check_number("width", width, above=0)
        check_number("at_least", at_least, whole=True, low=2)
        check_choice("side", side, SIDES)
        self.periods = periods
        self.width = width
        self.at_least = at_least
        self.side = side
        self._tick = -1
        self._count, self._squares = 0, 0.0
        self._seen: dict[int, deque[float]] = {}

    def bind(self, clock: Clock) -> None:
        self._period = clock.ticks(self.period, "rule.period")

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        self._tick += 1
        value = of_tick(values)
        if value is None:
            return None
        seen = self._seen.setdefault(self._tick % self._period, deque(maxlen=self.periods))
        fired = None
        if len(seen) == self.periods:
            off = value - sum(seen) / len(seen)
            fired = self._judged(value, off)
            if np.isfinite(off):
                self._count += 1
                self._squares += off * off
        if np.isfinite(value):
            seen.append(value)
        return fired

    def _judged(self, value: float, off: float) -> Fired | None:
        if self._count < self.at_least:
            return None
        band = self.width * (self._squares / self._count) ** 0.5
        if not (off > band and self.side != "below") and not (off < -band and self.side != "above"):
            return None
        reason = f"{value:.4g}, forecast {value - off:.4g} within {band:.4g}"
        return Fired(reason, {"value": value, "excess": abs(off) - band})

    def excess(self, fired: Fired) -> float:
        return fired.detail["excess"]


class Trend(Rule):
    """Values rise, or fall, too fast.

    Parameters
    ----------
    window : int
        Number of the last ticks with values that the slope is taken over; it needs as many.
    above, below : float or None
        Fires when the slope per tick is above, or below, this. Give one of the two.
    method : {'theil_sen', 'least_squares'}, default='theil_sen'
        The median of all slopes between two values (Sen, JASA, 1968), which bears outliers; or
        least squares.
    confidence : float or None, default=None
        The bound of the slope's confidence interval must be beyond, rather than the slope; two-
        sided, for values that are independent around a line. Looking in every tick makes false
        alarms more frequent than this says.

    Examples
    --------
    >>> rule = Trend(window=4, above=0.5)
    >>> [rule.after([x], float) is not None for x in (0, 0, 1, 0, 2, 3, 4)]
    [False, False, False, False, True, True, True]
    """

    def __init__(
        self,
        window: int,
        above: float | None = None,
        below: float | None = None,
        method: str = "theil_sen",
        confidence: float | None = None,
    ) -> None:
        check_number("window", window, whole=True, low=3)
        check_one(above, below)
        check_choice("method", method, METHODS)
        if confidence is not None:
            check_number("confidence", confidence, above=0, high=0.9999)
        self.window = window
        self.above = above
        self.below = below
        self.method = method
        self.confidence = confidence
        self._tick = -1
        self._seen: deque[tuple[int, float]] = deque(maxlen=window)

    def check_values(self, values: Extent, scores: Extent) -> None:
        slope = Extent(
            values.low - values.high, values.high - values.low, f"a slope of {values.of}"
        )
        if self.above is not None:
            slope.check_above("above", self.above)
        if self.below is not None:
            slope.check_below("below", self.below)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        self._tick += 1
        value = of_tick(values)
        if value is None or not np.isfinite(value):
            return None
        self._seen.append((self._tick, value))
        if len(self._seen) < self.window:
            return None
        slope, low, high = self._slope()
        if self.above is not None:
            beyond, side = low > self.above, f"above {self.above}"
        else:
            assert self.below is not None
            beyond, side = high < self.below, f"below {self.below}"
        detail = {"value": value, "slope": slope}
        return Fired(f"slope {slope:.4g} {side}", detail) if beyond else None

    def excess(self, fired: Fired) -> float:
        return fired.detail["slope"] if self.above is not None else -fired.detail["slope"]

    def _slope(self) -> tuple[float, float, float]:
        """The slope per tick, and its bounds."""
        from scipy.stats import linregress, t, theilslopes

        ticks, values = (np.array(each, dtype=float) for each in zip(*self._seen, strict=True))
        level = 0.5 if self.confidence is None else self.confidence
        if self.method == "theil_sen":
            slope, _, low, high = map(float, theilslopes(values, ticks, level))
        else:
            line = linregress(ticks, values)
            slope, half = (
                float(line.slope),
                float(line.stderr * t.ppf((1 + level) / 2, len(ticks) - 2)),
            )
            low, high = slope - half, slope + half
        return (slope, slope, slope) if self.confidence is None else (slope, low, high)
