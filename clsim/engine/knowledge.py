"""What one strategy knows at each tick: when labels come, what they say, and what it can see."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.engine.calendar import Calendar, Overlay, Sieve, places
from clsim.engine.deletions import ends_of
from clsim.engine.labels import Labels
from clsim.engine.orders import Orders
from clsim.engine.seen import Seen
from clsim.engine.telling import Telling
from clsim.engine.timeline import Timeline
from clsim.protocols import Delay, Stream
from clsim.types import NEVER, Rows


@dataclass(frozen=True)
class Kept:
    """What a strategy keeps, and which labels come to it.

    Attributes
    ----------
    logged : numpy.ndarray of shape (n,), bool, or None
        Rows that it keeps; None: all.
    length : int or None
        For how long, in clock units from the event; None: for good.
    natural : bool
        Whether labels of served events come by themselves.
    """

    logged: np.ndarray | None = None
    length: int | None = None
    natural: bool = True

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.logged is None and self.length is None and self.natural

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """Equal for those who keep the same."""
        logged = None if self.logged is None else np.packbits(self.logged).tobytes()
        return logged, self.length, self.natural

    @property
    def visible(self) -> tuple[Any, ...]:
        """Equal for those who can see the features of the same events."""
        return self.key[:2]


class Knowledge:
    """A timeline, its labels, and the tick at which each row is known and can be trained on.

    Strategies that keep the same in the same branch share one, until they buy labels.

    Attributes
    ----------
    timeline : Timeline
    known : Calendar, Sieve or Overlay
        When each label is known.
    training : Calendar, Sieve or Overlay
        When each row, with its label, can be trained on: the same unless rows load late.
    seen : Seen
        Which events it can see.
    telling : Telling
        What it is told of their labels.
    hidden : numpy.ndarray of shape (n,), bool, or None
        Rows whose natural label never comes in this branch.
    key : hashable
        Equal for those who know the same, and may share what follows from it.
    """

    def __init__(self, timeline: Timeline, labels: Labels) -> None:
        self.timeline = timeline
        self.known: Calendar | Sieve | Overlay
        self.training: Calendar | Sieve | Overlay
        ends = ends_of(timeline)

        def ticks(rows: slice) -> np.ndarray:
            return timeline.ticks_at(labels.times_of(rows), rows)

        natural = self.known = self.training = Calendar.made(
            ticks, timeline.first, ends, timeline.room
        )
        available = timeline.events.available
        if available is not None:
            arrives = np.maximum(natural.arrives, timeline.tick_at(available.__getitem__))
            self.training = Calendar(arrives, timeline.first, ends)
        self.seen = Seen(timeline.first, ends)
        self.telling = Telling(labels, natural)
        self.hidden: np.ndarray | None = None
        self.key: Hashable = 0
        self._kept: dict[Any, Knowledge] = {}
        self._came: tuple[Calendar | Sieve | Overlay, int, Rows] | None = None

    @classmethod
    def of(
        cls, stream: Stream, *, seed: int, tick: Duration, warmup: Duration = 0,
        delay: Delay | None = None, warmup_labels: str = "history",
        scratch: str | Path | None = None,
    ) -> Knowledge:  # fmt: skip
        """All that can be known of a stream; parameters as for `clsim.replay`."""
        timeline = Timeline(
            stream,
            seed=seed,
            tick=tick,
            warmup=warmup,
            warmup_labels=warmup_labels,
            scratch=scratch,
        )
        return cls(timeline, Labels(timeline, delay))

    @property
    def labels(self) -> Labels:
        """What the world says of the labels."""
        return self.telling.labels

    @property
    def orders(self) -> Orders | None:
        """The labels that were bought; None for a strategy that buys none."""
        return self.telling.orders

    # what a strategy keeps and buys ------------------------------------------------------------

    def kept(self, kept: Kept) -> Knowledge:
        """What those know who keep less; they share it."""
        if kept.everything:
            return self
        if kept.key not in self._kept:
            self._kept[kept.key] = _less(self, kept)
        return self._kept[kept.key]

    def sifted(self, mask: np.ndarray) -> Knowledge:
        """The same, for one strategy that finds out tick by tick what it keeps.

        ``mask`` has those rows, and all that are not served yet; it is the strategy's own.
        """
        assert isinstance(self.known, Calendar)
        assert isinstance(self.training, Calendar)
        other = copy.copy(self)
        other.key = self.key, id(mask)
        other.seen = replace(self.seen, logged=mask, key=other.key)
        natural = other.known = other.training = Sieve(self.known, mask)
        other.telling = replace(self.telling, natural=natural)
        if self.training is not self.known:
            other.training = Sieve(self.training, mask)
        return other

    def drop(self, rows: Rows) -> None:
        """Rows of the tick before, of which nothing is known yet, are not kept."""
        assert self.seen.logged is not None
        self.seen.logged[rows] = False
        for sieve in {_under(self.known), _under(self.training)}:  # often it is one
            assert isinstance(sieve, Sieve)
            sieve.drop(rows)

    def buying(self, orders: Orders | None = None) -> Knowledge:
        """The same, for one strategy that buys labels, or has bought some already."""
        other = copy.copy(self)
        ordered = Orders(self.labels.y) if orders is None else orders
        other.telling, other.key = replace(self.telling, orders=ordered), (self.key, id(ordered))
        assert not isinstance(self.known, Overlay)
        assert not isinstance(self.training, Overlay)
        other.known, other.training = Overlay(self.known), Overlay(self.training)
        if orders is not None:
            other._lay(orders.rows, orders.due, orders.evaluation)
        return other

    def buy(self, rows: Rows, columns: Mapping[str, np.ndarray]) -> None:
        """Order labels; as `Orders.add`."""
        assert self.orders is not None
        self.orders.add(rows, columns)
        self._lay(rows, columns["due"], columns["evaluation"])

    def _lay(self, rows: Rows, due: np.ndarray, evaluation: np.ndarray) -> None:
        assert isinstance(self.known, Overlay)
        assert isinstance(self.training, Overlay)
        self.known.add(rows, due)
        rows, due = rows[~evaluation], due[~evaluation]
        available = self.timeline.events.available
        if available is not None:
            due = np.maximum(due, self.timeline.tick_at(available.__getitem__)[rows])
        self.training.add(rows, due)

    # branches: where what is served changes what comes next --------------------------------------

    def fork(self, branch: int) -> Knowledge:
        """The same world, to go its own way from here: features stay shared."""
        other = copy.copy(self)
        n = self.timeline.n
        other.key, other._kept = branch, {}
        absent, hidden = self.seen.absent, self.hidden
        absent = np.zeros(n, dtype=bool) if absent is None else absent.copy()
        other.hidden = np.zeros(n, dtype=bool) if hidden is None else hidden.copy()
        other.seen = replace(self.seen, absent=absent, key=branch)
        other.telling = replace(self.telling, labels=self.labels.fork())
        return other

    def hide(self, rows: Rows) -> None:
        """Labels of some rows never come."""
        assert self.hidden is not None
        assert isinstance(self.known, Calendar)
        assert isinstance(self.training, Calendar)
        self.hidden[rows] = True
        both = self.training is self.known
        natural = self.known = self.known.without(rows)
        self.training = natural if both else self.training.without(rows)
        self.telling = replace(self.telling, natural=natural)
        self._kept = {}

    def remove(self, rows: Rows) -> None:
        """Some rows never happen."""
        self.hide(rows)
        assert self.seen.absent is not None
        self.seen.absent[rows] = True

    # what is known -----------------------------------------------------------------------------

    @property
    def truthful(self) -> bool:
        """Whether labels are told as they are, and are the same for all strategies."""
        return self.labels.told is None and self.seen.absent is None and self.orders is None

    def check_known(self, rows: Rows, tick: int) -> None:
        """Raise ``LookupError`` if the label of some row is not known at a tick."""
        late = self.known.late(rows, tick)
        if late is not None:
            raise LookupError(f"the label of row {late} has not arrived at tick {tick}")

    def check_training(self, rows: Rows, tick: int) -> None:
        """Raise ``LookupError`` if some row is not available for training at a tick."""
        self.check_known(rows, tick)
        late = self.training.late(rows, tick)
        if late is not None:
            raise LookupError(f"row {late} is not available for training at tick {tick}")

    def unlabelled(self, tick: int, rows: Rows | None = None) -> Rows:
        """Those of some rows whose label is neither known nor ordered; of all that can be seen."""
        rows = self.seen.rows(tick) if rows is None else rows
        open_ = self.telling.natural.ticks_of(rows) > tick
        if self.orders is not None and len(rows):
            ordered = self.orders.rows
            place, there = places(rows, ordered[np.searchsorted(ordered, rows[0]) :])
            open_[place[there]] = False
        return rows[open_]

    def ordered(self, tick: int, evaluation: bool) -> Rows:
        """Rows whose label is ordered and not known, and whose features can be seen.

        Those for evaluation alone are among them where that is asked for.
        """
        if self.orders is None:
            return np.empty(0, dtype=np.int64)
        rows = self.orders.rows
        if not evaluation:
            rows = rows[~self.orders.evaluation]
        return self.known.ends.left(rows[self.known.ticks_of(rows) > tick], tick)

    def evaluation(self, tick: int) -> Rows:
        """Rows whose label was bought for evaluation alone, is known, and may be used."""
        if self.orders is None:
            return np.empty(0, dtype=np.int64)
        rows = self.orders.rows[self.orders.evaluation]
        return self.known.ends.left(rows[self.known.ticks_of(rows) <= tick], tick)

    def stands_for(self, rows: Rows) -> np.ndarray:
        """How many candidates each row stands for that was bought; NaN for all others."""
        stands = np.full(len(rows), np.nan)
        if self.orders is not None:
            place, bought = self.orders.places(rows)
            stands[bought] = self.orders.stands[place[bought]]
        return stands

    def came(self, tick: int) -> Rows:
        """Rows whose labels come in a tick, as they come: by label time, then by event."""
        last = self._came  # strategies in step ask for the same rows
        if last is not None and last[0] is self.known and last[1] == tick:
            return last[2]
        rows = self.known.arrived(tick)
        when = self.telling.times(rows)
        if (when[1:] < when[:-1]).any():
            rows = rows[np.lexsort([rows, when])]
        self._came = self.known, tick, rows  # what is bought in a tick comes in a later one
        return rows


def _under(calendar: Calendar | Sieve | Overlay) -> Calendar | Sieve:
    """A calendar without what was bought."""
    return calendar.base if isinstance(calendar, Overlay) else calendar


def _less(knowledge: Knowledge, kept: Kept) -> Knowledge:
    """What those know who keep less."""
    timeline = knowledge.timeline
    gone = np.zeros(timeline.n, dtype=bool) if kept.logged is None else ~kept.logged
    if not kept.natural:
        gone = gone | (knowledge.known.arrives > 0)  # all that come after the warm-up
    ends = knowledge.known.ends
    if kept.length is not None:
        until = timeline.time + kept.length
        last = np.searchsorted(timeline.starts[:-1], until, "right") - 1
        ends = ends.and_by(last, timeline.n_ticks)
    other = copy.copy(knowledge)
    other._kept, other.key = {}, (knowledge.key, kept.key)
    calendars = []
    for calendar in (knowledge.known, knowledge.training):
        arrives = calendar.arrives.copy()
        arrives[gone] = NEVER
        calendars.append(Calendar(arrives, timeline.first, ends))
    natural, other.training = calendars
    visible = knowledge.seen.key, kept.visible
    other.known = natural
    other.seen = replace(knowledge.seen, ends=ends, logged=kept.logged, key=visible)
    other.telling = replace(knowledge.telling, natural=natural)
    if knowledge.training is knowledge.known:
        other.training = other.known
    return other
