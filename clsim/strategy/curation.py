"""Curation: which labels are bought."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Curation, Delay, Draw, as_delay
from clsim.types import Batch, Buy, Rows, Schema
from clsim.view import View


class Nothing(Curation):
    """Buy no labels; the natural ones come."""


class After(Delay):
    """A delay that is the same for all orders."""

    def __init__(self, wait: Duration) -> None:
        wait = as_duration(wait, "delay")
        self.wait = wait

    def bind(self, clock: Clock) -> None:
        self._length = clock.units(self.wait, "curation.delay")

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        return events.time + self._length


class RandomSample(Curation):
    """Buy the labels of events that are picked at random, under a budget.

    An order is paid when it is given; its label is known in the next tick at the earliest. If the
    natural label comes before it, the order is void.

    Parameters
    ----------
    labels : int
        Number of labels that may be bought per period; what is left over is not carried on.
    per : int or str, default=1
        The period: ticks, or a duration that is a whole number of them. Its labels are spread
        evenly over its ticks.
    among : int, str or None, default=None
        The events to pick from: those of the last so many rows or such a stretch of time. None:
        those served in the tick before.
    natural : bool, default=True
        Whether labels of served events also come by themselves. If not, what is not bought stays
        unknown.
    delay : Delay, int, str or None, default=None
        How long annotators take, counted from the order: a time for all, or a delay such as
        `clsim.streams.delays.Annotators`, who may err. None: the label is there in the next tick.

    Notes
    -----
    Every candidate of a tick has the same chance of being picked, which is in the order
    (``kind='inclusion'``).
    """

    def __init__(
        self,
        labels: int,
        per: Duration = 1,
        among: Duration | None = None,
        natural: bool = True,
        delay: Any = None,
    ) -> None:
        check_number("labels", labels, whole=True, low=1)
        per = as_duration(per, "per", positive=True)
        if among is not None:
            among = as_duration(among, "among", positive=True)
        if not isinstance(natural, bool):
            raise TypeError(f"natural={natural!r}: must be true or false")
        self.labels = labels
        self.per = per
        self.among = among
        self.natural = natural
        self.delay = After(delay) if isinstance(delay, (int, str)) else delay
        if delay is not None:
            self.delay = as_delay(self.delay, "curation.delay")
            if self.delay.queues:
                raise ValueError(
                    "curation.delay: events wait for one another in it, and orders are asked about "
                    "one tick at a time; give another delay"
                )
        self._length: int | None = None

    def bind(self, clock: Clock) -> None:
        self._ticks = clock.ticks(self.per, "curation.per")
        if isinstance(self.delay, After):
            self.delay.bind(clock)
        if self.among is not None:
            self._length = clock.units(self.among, "curation.among")

    def due(self, tick: int) -> int:
        return tick

    def allowance(self, tick: int) -> int:
        """Number of labels that may be bought in a tick."""
        return self.labels * (tick + 1) // self._ticks - self.labels * tick // self._ticks

    def buy(self, view: View, draw: Draw) -> Buy | None:
        count = self.allowance(view.tick)
        if count == 0:
            return None
        rows = np.intersect1d(view.unlabelled(), self._candidates(view), assume_unique=True)
        count = min(count, len(rows))
        if count == 0:
            return None
        picked = rows[np.argpartition(draw(rows), count - 1)[:count]]
        return Buy(np.sort(picked), np.full(count, count / len(rows)), "inclusion")

    def _candidates(self, view: View) -> Rows:
        if self._length is not None:
            return view.rows(self._length)
        return view.served(view.tick - 1) if view.tick else view.rows()
