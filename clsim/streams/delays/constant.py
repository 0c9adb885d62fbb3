"""The same delay for every event, and what a delay within another may be."""

from __future__ import annotations

import datetime as dt

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.protocols import Delay, as_delay
from clsim.types import Batch, Schema


class Constant(Delay):
    """Every label comes the same time after its event.

    Parameters
    ----------
    delay : str or int
        Duration (``'1d'``) where the stream has time, else rows. 0: at once.

    Examples
    --------
    >>> delay = Constant("3d")

    >>> events = Batch(np.zeros((2, 1)), y=np.zeros(2), time=np.array([5, 6]))
    >>> schema, clock = Schema(("x",), "regression", np.array([]), False), Clock.of(False, tick=1)
    >>> Constant(3).label_times(events, schema, clock, seed=0).tolist()
    [8, 9]
    """

    def __init__(self, delay: Duration = 0) -> None:
        delay = as_duration(delay, "delay")
        self.delay = delay

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        return events.time + self.common_wait(clock)

    def common_wait(self, clock: Clock) -> int:
        return clock.units(self.delay, "delay")


def inner_delay(given: Delay | Duration, key: str) -> Delay:
    """A delay that another one asks: a delay as it is, a duration as a constant delay."""
    if isinstance(given, (int, str, dt.timedelta)):
        given = as_duration(given, key)
        return Constant(given)
    delay = as_delay(given, key, "a delay, or a duration such as '7d'")
    if delay.tells:
        raise ValueError(
            f"{key}: {delay.class_name} tells other labels than the truth, and would not be "
            "asked within another delay; put it outermost"
        )
    return delay
