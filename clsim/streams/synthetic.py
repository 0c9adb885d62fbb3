"""Generated streams: a concept, and drifts to others."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

import numpy as np

from clsim.clock import UNITS
from clsim.errors import check_number
from clsim.randomness import BLOCK, generator
from clsim.streams.concepts import Concept
from clsim.streams.drift import Drift
from clsim.types import Batch, DriftEvent, Schema

_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*/\s*(us|ms|s|min|h|d|w)\s*", re.IGNORECASE)


def parse_rate(rate: str) -> float:
    """Events per microsecond from text such as ``'48/d'``.

    >>> round(1 / parse_rate("48/d") / 60e6)
    30
    """
    match = _RATE.fullmatch(rate) if isinstance(rate, str) else None
    if match is None or float(match[1]) == 0:
        raise ValueError(
            f"rate={rate!r}: write events per unit of time above 0, such as '48/d' "
            f"(units: {', '.join(UNITS)})"
        )
    return float(match[1]) / UNITS[match[2].lower()]


class Synthetic:
    """A stream drawn from a concept that drifts.

    Events come at a constant rate. Each event follows the first concept, or that of a drift with
    the drift's weight at its time; later drifts act on what earlier ones left, so they chain.

    Parameters
    ----------
    concept : Concept
    drifts : sequence of Drift, default=()
        Their concepts must draw the same inputs as ``concept``.
    n : int, default=10_000
        Number of events.
    rate : str or None, default=None
        Events per unit of time, such as ``'48/d'``. None: no time, the clock counts rows.
    start : str, default='2024-01-01'
        Time of the first event, where there is a rate.
    noise : float, default=0.0
        Share of labels that are flipped, in [0, 1).

    Raises
    ------
    ValueError
        If a drift's concept draws other inputs, or a drift lies after the end.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import SEA
    >>> from clsim.streams.drift import Sudden
    >>> stream = Synthetic(SEA(0), [Sudden(SEA(3), at="10d")], n=960, rate="48/d")
    >>> batch = next(stream.blocks(seed=1))
    >>> batch.X.shape, batch.y[:8].tolist()
    ((960, 3), [1, 1, 0, 0, 1, 0, 1, 1])
    """

    def __init__(
        self,
        concept: Concept,
        drifts: Sequence[Drift] = (),
        *,
        n: int = 10_000,
        rate: str | None = None,
        start: str = "2024-01-01",
        noise: float = 0.0,
    ) -> None:
        check_number("n", n, whole=True, low=1)
        check_number("noise", noise, low=0, high=1)
        self.concept = concept
        self.drifts = list(drifts)
        self.n = n
        self.noise = float(noise)
        self._interval = None if rate is None else 1.0 / parse_rate(rate)
        try:
            origin = dt.datetime.fromisoformat(start)
        except (TypeError, ValueError) as error:
            raise ValueError(f"start={start!r}: write a date such as '2024-01-01'") from error
        epoch = dt.datetime(1970, 1, 1, tzinfo=origin.tzinfo)
        self._origin = 0 if rate is None else (origin - epoch) // dt.timedelta(microseconds=1)
        timed = rate is not None
        self.schema = Schema(concept.features, "classification", np.array([0, 1]), timed)
        for number, drift in enumerate(self.drifts):
            if drift.to.inputs != concept.inputs:
                raise ValueError(
                    f"drifts[{number}].to: {type(drift.to).__name__} draws other inputs than "
                    f"{type(concept).__name__}; concepts of one stream must share them"
                )
            drift.weight(np.zeros(1), timed)
            for event in drift.events(self._since_start(n), timed):
                if event.start >= self._since_start(n) and event.kind != "periodic":
                    raise ValueError(
                        f"drifts[{number}]: a {event.kind} drift begins after the last of {n} "
                        "events; move it forward or make the stream longer"
                    )

    def _since_start(self, row: int) -> int:
        return row if self._interval is None else round(row * self._interval)

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events, ``BLOCK`` at a time, each block from a generator of its own."""
        for block, first in enumerate(range(0, self.n, BLOCK)):
            yield self._block(seed, block, first, min(first + BLOCK, self.n))

    def _block(self, seed: int, block: int, first: int, stop: int) -> Batch:
        # whole blocks are drawn, so that a longer stream begins with the same events
        X = self.concept.draw(BLOCK, generator(seed, "stream.inputs", block), seed)[: stop - first]
        uniform = generator(seed, "stream.labels", block).random(BLOCK)[: stop - first]
        rows = np.arange(first, stop)
        since = rows if self._interval is None else np.rint(rows * self._interval).astype(np.int64)
        which = np.zeros(len(rows), dtype=np.int64)
        for number, drift in enumerate(self.drifts, start=1):
            weight = drift.weight(since, self.schema.timed)
            chance = generator(seed, f"stream.drift.{number}", block).random(BLOCK)[: len(rows)]
            which[chance < weight] = number
        y = np.empty(len(rows), dtype=np.int64)
        for number, concept in enumerate([self.concept, *(drift.to for drift in self.drifts)]):
            mask = which == number
            if mask.any():
                y[mask] = concept.label(X[mask], uniform[mask], seed)
        if self.noise:
            flip = generator(seed, "stream.noise", block).random(BLOCK)[: len(rows)] < self.noise
            y[flip] = 1 - y[flip]
        return Batch(X, y, since + self._origin)

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """When the concept changed, on the stream's clock."""
        end = self._since_start(self.n)
        events = [e for d in self.drifts for e in d.events(end, self.schema.timed)]
        return sorted(
            (
                DriftEvent(e.kind, max(e.start, 0) + self._origin, min(e.end, end) + self._origin)
                for e in events
            ),
            key=lambda e: (e.start, e.end),
        )
