"""The same delay for every event, and what a delay within another may be."""

from __future__ import annotations

import datetime as dt

import numpy as np

from clsim.clock import Clock, Duration, check_duration
from clsim.protocols import Delay
from clsim.types import Batch, Schema


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


def as_delay(value: Delay | Duration, key: str) -> Delay:
    """A delay as it is, a duration as a constant delay."""
    if hasattr(value, "told"):
        raise ValueError(
            f"{key}: {type(value).__name__} tells other labels than the truth, and would not be "
            "asked within another delay; put it outermost"
        )
    if hasattr(value, "label_times"):
        return value
    if isinstance(value, (int, str, dt.timedelta)):
        check_duration(value, key)
        return Constant(value)
    raise TypeError(f"{key}={value!r}: expected a delay, or a duration such as '7d'")
