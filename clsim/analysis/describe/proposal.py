"""How a log may be replayed: tick, warm-up, window and schedules that fit its length."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clsim.analysis.describe.delays import DAY
from clsim.analysis.describe.table import Description
from clsim.clock import UNITS

TICKS: dict[str, tuple[str, ...]] = {
    "1min": ("1min", "5min", "15min", "30min", "1h", "3h"),
    "15min": ("15min", "30min", "1h", "3h", "6h", "12h", "1d"),
    "1h": ("1h", "3h", "6h", "12h", "1d", "2d", "7d"),
    "6h": ("6h", "12h", "1d", "2d", "7d", "14d"),
    "1d": ("1d", "2d", "7d", "14d", "30d", "60d", "90d"),
    "7d": ("7d", "14d", "28d", "56d", "91d", "182d"),
}
"""Ticks, and the periods that are considered with each."""

MOST_TICKS = 500
"""The finest tick is taken that makes no more of them."""

ROW_TICKS, ROW_PERIODS = 200, (1, 2, 5, 10, 20, 50)
"""Ticks of a log without time, about; and the periods, in ticks."""

WARMUP, MOST_WARMUP = 0.2, 0.5
"""Share of the log that is its warm-up, and the most of it where labels are late."""

RETRAININGS = (40, 12, 4)
"""About so many retrainings the schedules make."""


@dataclass(frozen=True)
class Proposal:
    """How a log may be replayed.

    Attributes
    ----------
    tick, warmup, window : str or int
        Durations, or rows where the log has no time.
    periods : tuple of str or int
        Of the schedules, the shortest first: durations, or ticks.
    drop : float or None
        By how much the score must fall for the trigger on performance; None: as clsim has it,
        in shares of right answers.
    """

    tick: str | int
    warmup: str | int
    window: str | int
    periods: tuple[str | int, ...]
    drop: float | None


def propose(found: Description) -> Proposal:
    """Tick, warm-up and schedules for a table that can be read.

    The warm-up is a fifth of the log, or longer where labels are late: twice as long as nine in ten
    of them take, and at most half of the log. Trainings look back as far as the warm-up is long.
    """
    assert found.stream is not None
    events = found.stream.whole()
    time = events.time
    drop = None
    if found.task == "regression":
        drop = float(f"{0.2 * float(events.y.var()):.2g}")
    if not found.stream.schema.timed:
        return _in_rows(len(time), drop)
    span = float(time[-1] - time[0])
    fits = [tick for tick in TICKS if span / _length(tick) <= MOST_TICKS]
    tick = fits[0] if fits else "7d"
    length = _length(tick)
    late = 0.0
    if found.delays is not None:
        most = found.delays.quantile(0.9)
        late = DAY * (float(found.delays.curve["delay"].iloc[-1]) if math.isnan(most) else most)
    warmup = min(max(WARMUP * span, 2 * late), MOST_WARMUP * span)
    ticks = max(1, math.ceil(warmup / length))
    periods = _nearest([(p, (span - ticks * length) / _length(p)) for p in TICKS[tick]])
    whole = _words(ticks * int(length))
    return Proposal(tick, whole, whole, periods, drop)


def _in_rows(rows: int, drop: float | None) -> Proposal:
    size = max(1, rows // ROW_TICKS)
    scale = 10 ** int(math.log10(size))
    tick = max(scale * step for step in (1, 2, 5) if scale * step <= size)
    warmup = max(tick, round(WARMUP * rows / tick) * tick)
    left = (rows - warmup) / tick
    periods = _nearest([(period, left / period) for period in ROW_PERIODS])
    return Proposal(tick, warmup, warmup, periods, drop)


def _nearest(periods: list[tuple[str | int, float]]) -> tuple[str | int, ...]:
    """Of periods and the retrainings that they make, those that come nearest to ``RETRAININGS``."""
    fit = [(period, count) for period, count in periods if count >= 1.5] or periods[:1]
    chosen = [
        min(fit, key=lambda one: abs(math.log(one[1] / wanted)) if one[1] > 0 else math.inf)[0]
        for wanted in RETRAININGS
    ]
    return tuple(period for period, _ in periods if period in chosen)


def _length(duration: str) -> float:
    unit = duration.lstrip("0123456789")
    return float(duration.removesuffix(unit)) * UNITS[unit]


def _words(length: int) -> str:
    """A duration in the largest unit that it is a whole number of.

    >>> _words(3 * UNITS["d"]), _words(90 * UNITS["min"])
    ('3d', '90min')
    """
    unit = next(unit for unit in ("d", "h", "min", "s", "us") if length % UNITS[unit] == 0)
    return f"{length // UNITS[unit]}{unit}"
