"""Positions and lengths on the clock of a stream."""

from __future__ import annotations

from clsim.clock import Duration, as_duration, parse_duration
from clsim.randomness import generator


class Between:
    """A position that is drawn for each seed, so that no schedule is in step by accident.

    Parameters
    ----------
    low, high : str or int
        Durations since the stream's start, or row numbers; uniform between them.

    Examples
    --------
    >>> from clsim.streams.concepts import SEA
    >>> from clsim.streams.drift import Sudden
    >>> drift = Sudden(SEA(2), at=Between("60d", "90d"))

    >>> drift = Sudden(None, at=Between(60, 90))
    >>> starts = {drift.spans(1_000, False, seed, "drift")[0][0] for seed in range(20)}
    >>> min(starts) >= 60, max(starts) <= 90, len(starts) > 1
    (True, True, True)
    """

    def __init__(self, low: Duration, high: Duration) -> None:
        self.low = as_duration(low, "low")
        self.high = as_duration(high, "high")


def check_position(value: Duration | Between, key: str, *, positive: bool = False) -> None:
    if not isinstance(value, Between):
        as_duration(value, key, positive=positive)


def length(value: Duration | Between, timed: bool, key: str, seed: int = 0, role: str = "") -> int:
    """A length or a position on the stream's clock: microseconds where it has time, else rows."""
    if isinstance(value, Between):
        low, high = (length(v, timed, key) for v in (value.low, value.high))
        if high < low:
            raise ValueError(f"{key}: high={value.high!r} must not be below low={value.low!r}")
        return low + round((high - low) * generator(seed, f"{role}.{key}").random())
    value = as_duration(value, key)
    if isinstance(value, int):
        if timed and value != 0:
            raise ValueError(f"{key}={value}: this stream has time; give a duration such as '30d'")
        return value
    if not timed:
        raise ValueError(f"{key}={value!r}: this stream has no time; give a row number")
    return parse_duration(value, key)
