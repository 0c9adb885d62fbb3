"""Rules of levels: a value is too high or too low, by itself or beside those before it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence

import numpy as np

from clsim.errors import Unreachable, check_choice, check_flag, check_number
from clsim.statistics.intervals import check_level
from clsim.statistics.ties import exceeds
from clsim.strategy.rules.rule import Rule, Scoring, of_tick
from clsim.types import Extent, Fired

SIDES = ("above", "below", "both")


def check_one(above: float | None, below: float | None) -> None:
    """Raise ``ValueError`` unless one of two bounds is given."""
    if (above is None) == (below is None):
        raise ValueError("rule: give above or below, and not both")
    check_number("above" if below is None else "below", above if below is None else below)


class ScoreLevel(Rule):
    """The score over the last losses is too low: below a bound, or below where it began.

    Parameters
    ----------
    below, drop : float or None
        The bound, or how far below the score of the first ``window`` losses it may fall.
    window, at_least : int
        Number of losses that the score is taken over, and of those that it needs.

    Raises
    ------
    ValueError
        If both bounds are given, or none.

    Examples
    --------
    The first two losses have the score 1; of the last two that is .5:

    >>> rule = ScoreLevel(below=None, drop=0.25, window=2, at_least=2)
    >>> rule.after([0.0, 0.0], lambda loss: 1 - loss) is None
    True
    >>> rule.after([1.0], lambda loss: 1 - loss).reason
    'score 0.5000, reference 1.0000'
    """

    def __init__(self, below: float | None, drop: float | None, window: int, at_least: int) -> None:
        if (below is None) == (drop is None):
            raise ValueError("rule: give below or drop, and not both")
        self.below, self.drop = below, drop
        self.window, self.at_least = window, at_least
        self._losses: deque[float] = deque(maxlen=window)
        self._first: list[float] = []

    def check_values(self, values: Extent, scores: Extent) -> None:
        if self.below is not None:
            scores.check_below("below", self.below)
        if self.drop is not None:
            scores.check_gap("drop", self.drop)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        self._losses.extend(values)
        if self.drop is not None and len(self._first) < self.window:
            self._first.extend(itertools.islice(values, self.window - len(self._first)))
        if not values or len(self._losses) < self.at_least:
            return None
        now = score(sum(self._losses) / len(self._losses))
        if self.below is not None:
            low = exceeds(self.below, now)
            return Fired(f"score {now:.4f} below {self.below}") if low else None
        assert self.drop is not None
        if len(self._first) < self.window:
            return None
        reference = score(sum(self._first) / len(self._first))
        if exceeds(reference, now, self.drop):
            return Fired(f"score {now:.4f}, reference {reference:.4f}")
        return None


class Level(Rule):
    """A value is above, or below, a bound.

    Parameters
    ----------
    above, below : float or None
        Give one of the two. Of several values in a tick the mean counts.

    Examples
    --------
    >>> Level(above=0.15).after([0.2], float).reason
    '0.2 above 0.15'
    """

    def __init__(self, above: float | None = None, below: float | None = None) -> None:
        check_one(above, below)
        self.above = above
        self.below = below

    def check_values(self, values: Extent, scores: Extent) -> None:
        if self.above is not None:
            values.check_above("above", self.above)
        if self.below is not None:
            values.check_below("below", self.below)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        value = of_tick(values)
        if value is None:
            return None
        if self.above is not None:
            beyond, side = value > self.above, f"above {self.above}"
        else:
            assert self.below is not None
            beyond, side = value < self.below, f"below {self.below}"
        return Fired(f"{value:.4g} {side}", {"value": value}) if beyond else None

    def excess(self, fired: Fired) -> float:
        value = fired.detail["value"]
        return value if self.above is not None else -value


class Significant(Rule):
    """A p-value is at or below a level: something has changed, whether or not it matters.

    For signals of monitors that give p-values alone, as ``FeatureDistribution(p_value=True)`` or
    `clsim.monitoring.Corrected` does; others are refused. It tests anew in every tick, so without
    any drift it fires in a share of about ``alpha`` of them, in spells where windows overlap.

    Parameters
    ----------
    alpha : float, default=0.05
        Above 0 and below 1.

    Examples
    --------
    >>> [Significant(0.01).after([p], float) is not None for p in (0.02, 0.01)]
    [False, True]
    """

    of_p_values = True

    def __init__(self, alpha: float = 0.05) -> None:
        check_level(alpha, "alpha")
        self.alpha = alpha

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        value = of_tick(values)
        if value is None or value > self.alpha:
            return None
        return Fired(f"p = {value:.3g} at or below {self.alpha}", {"value": value})

    def excess(self, fired: Fired) -> float:
        return -fired.detail["value"]


class Range(Rule):
    """A value is outside of a range, or inside of it.

    Parameters
    ----------
    low, high : float
        The range, its ends included.
    inside : bool, default=False
        Whether it fires for values inside the range.

    Examples
    --------
    >>> rule = Range(0.1, 0.3)
    >>> [rule.after([x], float) is not None for x in (0.05, 0.1, 0.2, 0.31)]
    [True, False, False, True]
    """

    def __init__(self, low: float, high: float, inside: bool = False) -> None:
        check_number("low", low)
        check_number("high", high, low=low)
        check_flag("inside", inside)
        self.low = low
        self.high = high
        self.inside = inside

    def check_values(self, values: Extent, scores: Extent) -> None:
        apart = self.high < values.low or self.low > values.high
        if apart or (self.low <= values.low and values.high <= self.high):
            side = "outside of" if apart else "inside of"
            raise Unreachable(
                f"low={self.low:g}, high={self.high:g}: {values.of} lies between {values.low:g} "
                f"and {values.high:g}, always {side} this range; give one that divides it"
            )

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        value = of_tick(values)
        if value is None or (self.low <= value <= self.high) != self.inside:
            return None
        side = "inside" if self.inside else "outside"
        return Fired(f"{value:.4g} {side} {self.low} to {self.high}", {"value": value})

    def excess(self, fired: Fired) -> float:
        value = fired.detail["value"]
        return max(self.low - value, value - self.high)


class _Recent(Rule):
    """A value beside the last ones before it, which it is not among."""

    def __init__(self, window: int, side: str) -> None:
        check_number("window", window, whole=True, low=1)
        check_choice("side", side, SIDES)
        self.window = window
        self.side = side
        self._before: deque[float] = deque(maxlen=window)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        value = of_tick(values)
        if value is None:
            return None
        fired = self._judged(value) if len(self._before) == self.window else None
        if np.isfinite(value):
            self._before.append(value)
        return fired

    def _judged(self, value: float) -> Fired | None:
        raise NotImplementedError

    def _beyond(self, value: float, low: float, high: float) -> Fired | None:
        """What is said of a value that may lie in a range, where that side counts."""
        if self.side != "below" and value > high:
            return Fired(f"{value:.4g} above {high:.4g}", {"value": value, "excess": value - high})
        if self.side != "above" and value < low:
            return Fired(f"{value:.4g} below {low:.4g}", {"value": value, "excess": low - value})
        return None

    def excess(self, fired: Fired) -> float:
        return fired.detail["excess"]


class Quantile(_Recent):
    """A value is among the most extreme of the recent past.

    As Modyn's dynamic quantile threshold (Böther et al., SIGMOD 2025), which differs in that it
    fires on the first value of all; this one waits until the window is full. So without any drift
    it fires in about a ``share`` of all ticks.

    Parameters
    ----------
    share : float
        Fires for values beyond the quantile that leaves so much on the side; of both, half of it
        on each.
    window : int
        Number of values before it, of as many ticks; between them, quantiles are linear.
    side : {'above', 'below', 'both'}, default='above'

    Examples
    --------
    >>> rule = Quantile(0.25, window=3, side="below")
    >>> [rule.after([x], float) is not None for x in (0.9, 0.7, 0.5, 0.9, 0.61, 0.53, 0.59)]
    [False, False, False, False, False, True, False]
    """

    def __init__(self, share: float, window: int, side: str = "above") -> None:
        super().__init__(window, side)
        check_number("share", share, above=0, high=1)
        self.share = share

    def _judged(self, value: float) -> Fired | None:
        share = self.share / 2 if self.side == "both" else self.share
        low, high = np.quantile(self._before, [share, 1 - share])
        return self._beyond(value, float(low), float(high))


class RollingAverage(_Recent):
    """A value lies too far from the average of the recent past.

    As Modyn's dynamic rolling average (Böther et al., SIGMOD 2025), but for the first ``window``
    values, which are not judged.

    Parameters
    ----------
    deviation : float
        How far it may lie from the average.
    window : int
        Number of values before it, of as many ticks.
    relative : bool, default=False
        Whether the deviation is a share of the average.
    side : {'above', 'below', 'both'}, default='above'

    Examples
    --------
    >>> rule = RollingAverage(0.21, window=2, relative=True, side="below")
    >>> [rule.after([x], float) is not None for x in (0.3, 0.7, 0.4, 0.43)]
    [False, False, False, True]
    """

    def __init__(
        self, deviation: float, window: int, relative: bool = False, side: str = "above"
    ) -> None:
        super().__init__(window, side)
        check_number("deviation", deviation, low=0)
        check_flag("relative", relative)
        self.deviation = deviation
        self.relative = relative

    def check_values(self, values: Extent, scores: Extent) -> None:
        if not self.relative:
            values.check_gap("deviation", self.deviation)

    def _judged(self, value: float) -> Fired | None:
        average = sum(self._before) / len(self._before)
        width = self.deviation * (abs(average) if self.relative else 1)
        return self._beyond(value, average - width, average + width)
