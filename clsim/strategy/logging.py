"""Logging: which served events are kept, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number, unknown
from clsim.protocols import Draw, Logging
from clsim.types import Rows, Schema


class Everything(Logging):
    """Keep every event.

    Parameters
    ----------
    retention : int, str or None, default=None
        How long a row may be used after its event: rows, or a duration where the stream has time.
        What is older is gone: it can be trained on, tested on and looked at no more. None: for
        good.
    """

    def __init__(self, retention: Duration | None = None) -> None:
        if retention is not None:
            retention = as_duration(retention, "retention", positive=True)
        self.retention = retention
        self._length: int | None = None

    def bind(self, clock: Clock) -> None:
        if self.retention is None:
            return
        self._length = clock.units(self.retention, "logging.retention")
        same = clock.timed != clock.tick_in_rows
        if same and self._length < clock.tick:
            raise ValueError(
                f"logging.retention={self.retention!r}: shorter than a tick, so nothing could ever "
                "be used; keep rows for longer, or shorten the tick"
            )

    def length(self) -> int | None:
        return self._length


class Sample(Everything):
    """Keep a random share of the events.

    An event is kept by a number drawn for its row, so a larger share keeps what a smaller one does.

    Parameters
    ----------
    share : float, default=0.1
        Share of the events that is kept.
    slices : mapping of str to float or None, default=None
        Another share for the events of some slices, by name (``column=value``); of an event in
        several of them the largest counts.
    retention : int, str or None, default=None
        As for `Everything`.

    Examples
    --------
    >>> logging = Sample(0.05, slices={"shop=north": 1.0})
    """

    def __init__(
        self,
        share: float = 0.1,
        slices: Mapping[str, float] | None = None,
        retention: Duration | None = None,
    ) -> None:
        super().__init__(retention)
        check_number("share", share, low=0, high=1)
        if not isinstance(slices or {}, Mapping):
            raise TypeError(f"slices={slices!r}: expected a dict of names of slices to shares")
        for name, value in (slices or {}).items():
            check_number(f"slices.{name}", value, low=0, high=1)
        self.share = share
        self.slices = dict(slices or {})

    def check_schema(self, schema: Schema) -> None:
        names = [name for column in schema.slices.values() for name in column]
        for name in self.slices:
            if name not in names:
                raise ValueError(f"logging.slices: {unknown('slice', name, names or ['none'])}")

    def kept(
        self, rows: Rows, slices: Mapping[str, np.ndarray], schema: Schema, draw: Draw
    ) -> np.ndarray:
        shares = np.full(len(rows), -1.0)
        for name, share in self.slices.items():
            column = next(c for c, given in schema.slices.items() if name in given)
            inside = slices[column] == schema.slices[column].index(name)
            shares[inside] = np.maximum(shares[inside], share)
        return draw(rows) < np.where(shares < 0, self.share, shares)
