"""Label delays: how long after an event its label is known."""

from __future__ import annotations

import numpy as np

from clsim.clock import Clock, Duration, check_duration
from clsim.errors import check_number
from clsim.randomness import BLOCK, generator
from clsim.types import NEVER_TIME, Batch, Delay, Schema


def _uniform(n: int, seed: int, role: str) -> np.ndarray:
    """Uniform numbers for n events, a block at a time, so that they depend on seed and row."""
    blocks = [generator(seed, role, b).random(BLOCK) for b in range(-(-n // BLOCK))]
    return np.concatenate([*blocks, np.empty(0)])[:n]


class Constant:
    """Every label comes the same time after its event.

    Parameters
    ----------
    delay : str or int
        Duration (``'1d'``) where the stream has time, else rows. 0: at once.
    """

    def __init__(self, delay: Duration = 0) -> None:
        check_duration(delay, "delay")
        self.delay = delay

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        return events.time + clock.units(self.delay, "delay")


class Uniform:
    """Delays spread evenly between two bounds.

    Parameters
    ----------
    low, high : str or int
        Durations where the stream has time, else rows.
    """

    def __init__(self, low: Duration, high: Duration) -> None:
        check_duration(low, "low")
        check_duration(high, "high")
        self.low = low
        self.high = high

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        low, high = clock.units(self.low, "low"), clock.units(self.high, "high")
        if high < low:
            raise ValueError(f"high={self.high!r}: must not be below low={self.low!r}")
        share = _uniform(len(events.time), seed, "delay")
        return events.time + np.rint(low + share * (high - low)).astype(np.int64)


class Exponential:
    """Exponentially distributed delays.

    Parameters
    ----------
    mean : str or int
        Duration where the stream has time, else rows.
    """

    def __init__(self, mean: Duration) -> None:
        check_duration(mean, "mean", positive=True)
        self.mean = mean

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        mean = clock.units(self.mean, "mean")
        share = _uniform(len(events.time), seed, "delay")
        return events.time + np.rint(-mean * np.log1p(-share)).astype(np.int64)


class Missing:
    """A share of labels, chosen at random, never comes; the others come as ``delay`` says.

    Parameters
    ----------
    share : float, default=1.0
        In [0, 1]; 1: no label ever comes.
    delay : Delay or None, default=None
        None: at once.
    """

    def __init__(self, share: float = 1.0, delay: Delay | None = None) -> None:
        check_number("share", share, low=0, high=1)
        self.share = share
        self.delay = Constant(0) if delay is None else delay

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        known = self.delay.label_times(events, schema, clock, seed)
        missing = _uniform(len(events.time), seed, "delay.missing") < self.share
        return np.where(missing, NEVER_TIME, known)
