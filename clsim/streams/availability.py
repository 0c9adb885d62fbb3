"""Rows that can be trained on later than they are served: the warehouse behind the transport."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.protocols import Delay, Stream
from clsim.randomness import integer
from clsim.streams.delays.constant import inner_delay
from clsim.streams.wrapper import Wrapper
from clsim.types import NEVER_TIME, Batch


class Warehouse(Wrapper):
    """A stream whose rows reach training through a warehouse that loads now and then.

    What serves, and what watches it, sees each event at once and each label when it comes; a
    row can be trained on from the first load at or after its event and its lag.

    Parameters
    ----------
    stream : Stream
    every : str, int or None, default='1d'
        Time between two loads: a duration where the stream has time, else rows. None: no loads,
        a row is there after its lag.
    at : str or int, default=0
        When the loads are, counted from midnight of 1 January 1970 (row 0): ``'3h'`` with loads
        once a day is three in the morning.
    lag : Delay, str, int or None, default=None
        How long each row takes to be ready for a load: the same for all, or a delay that draws a
        lag for each row. None: not at all.

    Examples
    --------
    Loads every 4 rows; a row needs one to be ready:

    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> stream = Warehouse(Synthetic(Sine(), n=6), every=4, lag=1)
    >>> next(stream.blocks(1)).available.tolist()
    [4, 4, 4, 4, 8, 8]
    """

    def __init__(
        self,
        stream: Stream,
        every: Duration | None = "1d",
        at: Duration = 0,
        lag: Delay | Duration | None = None,
    ) -> None:
        if every is None and lag is None:
            raise ValueError("every: give the time between loads, or a lag, or both")
        if every is not None:
            every = as_duration(every, "every", positive=True)
        at = as_duration(at, "at")
        super().__init__(stream)
        self.every, self.at = every, at
        self.lag = None if lag is None else inner_delay(lag, "lag")
        if self.lag is not None and self.lag.queues:
            raise ValueError(
                "lag: a team's queue (Capacity) runs over all events, and lags are drawn for each "
                "row; use it as a label delay"
            )
        self._clock = Clock(self.schema.timed, 1, not self.schema.timed)
        self._every = None if every is None else self._clock.units(every, "every")
        self._at = self._clock.units(at, "at")

    @property
    def draws(self) -> str:
        return "availability"

    @property
    def what(self) -> str:
        words = [f"loads every {self.every}"] if self.every is not None else []
        if self.lag is not None:
            words.append(f"lag: {self.lag.class_name.lower()}")
        return f"rows can be trained on late ({', '.join(words)})"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, and when each row is available."""
        first = 0
        for batch in self.stream.blocks(seed):
            yield self._loaded(batch, first, seed)
            first += len(batch.time)

    def _loaded(self, batch: Batch, first: int, seed: int) -> Batch:
        ready = batch.time
        if self.lag is not None:
            # rows keep their random numbers, whatever the block; apart from those of labels
            events = replace(batch, rows=np.arange(first, first + len(batch.time)))
            own = integer(seed, self.role)
            ready = self.lag.label_times(events, self.schema, self._clock, own)
        if self._every is not None:
            loads = -((self._at - ready) // self._every)
            loaded = self._at + loads * self._every
            ready = np.where(ready == NEVER_TIME, NEVER_TIME, loaded)
        if batch.available is not None:
            ready = np.maximum(ready, batch.available)
        return replace(batch, available=ready)
