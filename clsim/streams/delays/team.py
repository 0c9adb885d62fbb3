"""A team that labels one event after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clsim.clock import MONDAY, UNITS, Clock, Duration, as_duration, named_weekdays
from clsim.errors import check_number
from clsim.protocols import Delay
from clsim.streams.delays.constant import Constant, inner_delay
from clsim.streams.delays.rows import LONG
from clsim.types import NEVER_TIME, Batch, Schema

_DAY = UNITS["d"]


class Capacity(Delay):
    """A team that labels one event after the other, at an even pace, first come first served.

    A label is ready when the team is done with it: it starts when the event has reached it and
    the one before is done, and takes ``per / labels``. If more comes in than the team can do, the
    queue grows without end.

    Parameters
    ----------
    labels : int
        How many labels the team makes ...
    per : str or int, default='1d'
        ... in this time: a duration where the stream has time, else rows. Only the team's working
        days count.
    days : sequence of str or None, default=None
        Days of the week on which the team works, such as ``['monday', 'tuesday']``, from midnight
        to midnight on the stream's clock. None: all.
    delay : Delay, str, int or None, default=None
        When events reach the team. Those that never do take no time: with ``Missing(0.9)``, it
        labels a random tenth. None: at once.

    Notes
    -----
    The end of service follows from ``end[i] = max(arrival[i], end[i - 1]) + service`` (Lindley's
    recursion), here as a running maximum of ``arrival[i] - i * service``.

    References
    ----------
    Lindley (1952), The theory of queues with a single server. Mathematical Proceedings of the
    Cambridge Philosophical Society 48.

    Examples
    --------
    Three events at once, two labels per row of the stream's clock:

    >>> from clsim.types import Batch, Schema
    >>> events = Batch(np.zeros((3, 1)), np.zeros(3), np.zeros(3, dtype=np.int64))
    >>> schema, clock = Schema(("x",), "regression", np.empty(0), False), Clock(False, 1, True)
    >>> Capacity(2, per=1).label_times(events, schema, clock, seed=0).tolist()
    [1, 1, 2]
    """

    queues = True

    def __init__(
        self,
        labels: int,
        per: Duration = "1d",
        *,
        days: Sequence[str] | None = None,
        delay: Delay | Duration | None = None,
    ) -> None:
        check_number("labels", labels, whole=True, low=1)
        per = as_duration(per, "per", positive=True)
        if days is not None:
            self._week = np.array(named_weekdays("days", days))
            if not days:
                raise ValueError("days=[]: give at least one, or leave them out for all")
        self.labels = labels
        self.per = per
        self.days = days
        self.delay = Constant(0) if delay is None else inner_delay(delay, "delay")

    def inner(self) -> Sequence[Delay]:
        return [self.delay]

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        per = clock.units(self.per, "per")
        if self.days is not None and not clock.timed:
            raise ValueError(f"days={self.days!r}: this stream has no time; leave them out")
        known = self.delay.label_times(events, schema, clock, seed).copy()
        rows = np.flatnonzero(known != NEVER_TIME)
        rows = rows[np.argsort(known[rows], kind="stable")]
        if len(rows) == 0:
            return known
        if self.days is None:
            known[rows] = _served(known[rows], self.labels, per)
        else:
            done = _served(_worked(known[rows], self._week), self.labels, per)
            known[rows] = np.where(done < NEVER_TIME, _worked_by(done, self._week), NEVER_TIME)
        return known


def _served(arrival: np.ndarray, labels: int, per: int) -> np.ndarray:
    """When a single server is done with each arrival (ascending); ``labels`` take ``per``."""
    number = np.arange(len(arrival))
    slack = (arrival - arrival[0]) - number * (per / labels)
    # the server is idle before an arrival with the largest slack so far
    first = np.maximum.accumulate(np.where(slack >= np.maximum.accumulate(slack), number, 0))
    count = number - first + 1
    whole, rest = divmod(per, labels)
    ever = count * (per / labels) < LONG
    count = np.where(ever, count, 0)
    return np.where(ever, arrival[first] + count * whole - (-count * rest // labels), NEVER_TIME)


def _worked(time: np.ndarray, week: np.ndarray) -> np.ndarray:
    """Working time up to a clock time, of a team that works on some days of the week."""
    day, within = np.divmod(time - MONDAY, _DAY)
    weeks, weekday = np.divmod(day, 7)
    before = np.cumsum(week) - week
    return (weeks * week.sum() + before[weekday]) * _DAY + within * week[weekday]


def _worked_by(worked: np.ndarray, week: np.ndarray) -> np.ndarray:
    """The first clock time by which so much is worked."""
    day, within = np.divmod(worked - 1, _DAY)
    weeks, number = np.divmod(day, week.sum())
    return (weeks * 7 + np.flatnonzero(week)[number]) * _DAY + within + 1 + MONDAY
