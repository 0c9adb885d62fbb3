"""What one strategy keeps of the world: before it is served, or after it was answered."""

from __future__ import annotations

from functools import partial

import numpy as np

from clsim.engine.knowledge import Kept, Knowledge
from clsim.engine.orders import Orders
from clsim.engine.past import Past
from clsim.engine.timeline import Timeline
from clsim.randomness import uniform
from clsim.strategy.strategy import Strategy


class Keeping:
    """What a strategy keeps of the events, and which labels come to it by themselves.

    What hangs on answers is decided when a tick has been served: until then all its rows count as
    kept, and nobody can see them.
    """

    def __init__(self, strategy: Strategy, timeline: Timeline) -> None:
        self._logging, self._buys = strategy.logging, strategy.buys
        self._draw = partial(uniform, timeline.seed, "strategy.logging")
        logged, mask = None, self._kept_of(timeline, 1)
        if mask is not None:  # else everything is kept, and nobody asks for all rows
            mask = self._kept_of(timeline, timeline.n - timeline.n_warm)
        if mask is not None:
            logged = np.append(np.ones(timeline.n_warm, dtype=bool), mask)
        self._kept = Kept(logged, self._logging.length(), strategy.curation.natural)
        self._mask: np.ndarray | None = None
        if self._logging.reads_answers:
            self._mask = np.ones(timeline.n, dtype=bool) if logged is None else logged.copy()
        self._next = 0  # the first tick of which nothing is decided

    def _kept_of(self, timeline: Timeline, count: int) -> np.ndarray | None:
        """Which of the first served rows are kept; None: all."""
        first, stop = timeline.n_warm, timeline.n_warm + count
        slices = {column: codes[first:stop] for column, codes in timeline.slices.items()}
        return self._logging.kept(np.arange(first, stop), slices, timeline.schema, self._draw)

    def of(self, world: Knowledge, orders: Orders | None = None) -> Knowledge:
        """What the strategy knows of a world: what it keeps of it, and what it bought."""
        knowledge = world.kept(self._kept)
        if self._mask is not None:
            knowledge = knowledge.sifted(self._mask)
        return knowledge.buying(orders) if self._buys else knowledge

    def decide(self, past: Past, tick: int) -> None:
        """Drop what is not kept of the ticks before one, by what was answered in them."""
        if self._mask is None:
            return
        knowledge = past.knowledge
        first = knowledge.timeline.first
        rows = np.arange(first[self._next], first[tick])
        self._next = tick
        rows = rows[self._mask[rows]]
        if knowledge.seen.absent is not None:
            rows = rows[~knowledge.seen.absent[rows]]
        if len(rows) == 0:
            return
        chances = past.chances(rows, tick) if self._logging.reads_chances else None
        said, schema = past.answers(rows, tick), knowledge.timeline.schema
        kept = self._logging.kept_of(rows, said, chances, schema, self._draw)
        if not (isinstance(kept, np.ndarray) and kept.dtype == bool and kept.shape == rows.shape):
            raise TypeError(
                f"logging: kept_of gave {kept!r}; it must give a mask of the {len(rows)} rows"
            )
        knowledge.drop(rows[~kept])
