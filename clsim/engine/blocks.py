"""Twins of a log in which nothing new happens: whole seasons of its warm-up, in random order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clsim.clock import Clock, Duration
from clsim.engine.knowledge import Knowledge
from clsim.errors import check_number
from clsim.protocols import Stream
from clsim.randomness import generator
from clsim.types import NEVER_TIME, Batch, Schema

LEAST = 20
"""Fewer blocks than these say too little of what is usual."""


@dataclass(frozen=True)
class Blocks:
    """How twins of a log are made of its warm-up, for `clsim.calibrate`.

    The first model of a twin trains on the front of the warm-up; then come blocks of the rest, on
    which no model trained, as long as what the log has after its warm-up. A block is some whole
    seasons in a row; it begins with any of them, and goes on with the first after the last (a
    circular block bootstrap; Politis & Romano, 1992). Rows keep their labels and their waits.

    Parameters
    ----------
    season : int or str
        After which the world comes round, such as ``'7d'``: a duration where the log has time, else
        rows.
    trained : int or str
        How much of the front of the warm-up the first model trains on, at least: what is left is
        cut to whole seasons, from the end.
    seasons : int, default=1
        In a block. A block is to be longer than the waits for labels, which is checked, and than
        the windows that the strategy compares, which is not.

    Examples
    --------
    >>> Blocks(season="7d", trained="60d")
    Blocks(season='7d', trained='60d', seasons=1)
    """

    season: Duration
    trained: Duration
    seasons: int = 1

    def __post_init__(self) -> None:
        check_number("blocks.seasons", self.seasons, whole=True, low=1)

    def on(self, clock: Clock) -> tuple[int, int]:
        """Season and front, as lengths on a clock.

        Raises
        ------
        TypeError, ValueError
            For what is no length on it, or 0.
        """
        lengths = []
        for key in ("season", "trained"):
            given = getattr(self, key)
            lengths.append(clock.units(given, f"blocks.{key}"))
            if lengths[-1] == 0:
                raise ValueError(f"blocks.{key}={given!r}: must be above 0")
        return lengths[0], lengths[1]


class Reordered(Stream):
    """The warm-up of a log, and then blocks of its later part in random order.

    Parameters
    ----------
    world : Knowledge
        Of the log. Nothing after its warm-up is read, but for the time of the end.
    blocks : Blocks

    Attributes
    ----------
    warmup : int or str
        That of the twins.
    seasons : int
        Of the part on which no model trains.

    Raises
    ------
    ValueError
        If there are fewer than 20 blocks, or labels wait longer than one.
    """

    def __init__(self, world: Knowledge, blocks: Blocks) -> None:
        timeline, clock = world.timeline, world.timeline.clock
        self.schema: Schema = timeline.schema
        self.season, trained = blocks.on(clock)
        self.together = blocks.seasons
        self.end = int(timeline.starts[0])
        begin = int(timeline.time[0]) if clock.timed else 0
        self.seasons = max(0, self.end - begin - trained) // self.season
        block = self.season * self.together
        if self.seasons // self.together < LEAST:
            raise ValueError(
                f"blocks: the warm-up has {self.seasons // self.together} of "
                f"{clock.said(block)} after trained={blocks.trained!r}, and {LEAST} are needed; "
                "lengthen the warm-up, or shorten trained or the blocks"
            )
        self.start = self.end - self.seasons * self.season
        self._served = int(timeline.starts[-1]) - self.end
        past = timeline.events.batch().take(np.arange(timeline.n_warm))
        self._past = replace(past, rows=None)  # a delay draws by the place in the twin
        self._edges = np.searchsorted(
            self._past.time, self.start + self.season * np.arange(self.seasons + 1)
        )
        self._edges[-1] = timeline.n_warm  # rows of the warm-up at the very time of its end
        front = int(self._edges[0])
        self.warmup: Duration = front if clock.tick_in_rows else f"{self.start - begin}us"
        _check_waits(world, front, block)

    @property
    def note(self) -> str:
        """What a rate on such twins rests on, in words."""
        some = "one" if self.together == 1 else str(self.together)
        return (
            f"Calibrated on the log: the last {self.seasons} seasons of its warm-up, on which no "
            f"model trained, {some} at a time in random order. What drifted within them counts as "
            "quiet, and rows come back."
        )

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the front of the warm-up and a draw of blocks, as one batch."""
        count = -(-self._served // (self.season * self.together))
        first = generator(seed, "blocks").integers(self.seasons, size=count)
        order = (first[:, None] + np.arange(self.together)).ravel() % self.seasons
        rows, shifts = [np.arange(self._edges[0])], [np.zeros(self._edges[0], dtype=np.int64)]
        for place, season in enumerate(order):
            rows.append(np.arange(self._edges[season], self._edges[season + 1]))
            shifts.append(np.full(len(rows[-1]), (place - season) * self.season))
        drawn = self._past.take(np.concatenate(rows))
        drawn = _later(drawn, np.concatenate(shifts))
        last = int(np.searchsorted(drawn.time, self.start + self._served))
        yield drawn.take(np.arange(last))


def _later(batch: Batch, shift: np.ndarray) -> Batch:
    """The events at other times, with all that waits for them."""

    def moved(times: np.ndarray | None) -> np.ndarray | None:
        if times is None:
            return None
        by = shift if times.ndim == 1 else shift[:, None]
        return np.where(times == NEVER_TIME, times, times + by)

    return replace(
        batch, time=batch.time + shift, label_time=moved(batch.label_time),
        available=moved(batch.available), complaints=moved(batch.complaints),
        deleted=moved(batch.deleted),
    )  # fmt: skip


def _check_waits(world: Knowledge, first: int, block: int) -> None:
    """Refuse blocks that are over before the labels of their events have come."""
    timeline = world.timeline
    rows = slice(first, timeline.n_warm)
    come, time = world.labels.times_of(rows), timeline.time[rows]
    waits = (come - time)[come != NEVER_TIME]
    longest = int(waits.max()) if len(waits) else 0
    if longest >= block:
        raise ValueError(
            f"blocks: of {timeline.clock.said(block)}, and some labels of the warm-up wait for "
            f"{timeline.clock.said(longest)}; put more seasons into a block"
        )
