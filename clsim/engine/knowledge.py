"""What one strategy knows at each tick: calendars that it shares, and the labels that it bought."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.engine.calendar import Calendar, Overlay, Sieve, places
from clsim.engine.deletions import ends_of
from clsim.engine.labels import Labels
from clsim.engine.orders import Orders
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
    labels : Labels
    known : Calendar, Sieve or Overlay
        When each label is known.
    training : Calendar, Sieve or Overlay
        When each row, with its label, can be trained on: the same unless rows load late.
    logged : numpy.ndarray of shape (n,), bool, or None
        Rows that are kept, as far as that is decided; None: all.
    absent, hidden : numpy.ndarray of shape (n,), bool, or None
        Rows that do not happen in this branch, and those whose natural label never comes in it.
    key : hashable
        Equal for those who know the same, and may share what follows from it.
    visible : hashable
        Equal for those who can see the features of the same events.
    orders : Orders or None
        The labels that were bought; None for a strategy that buys none.
    """

    def __init__(self, timeline: Timeline, labels: Labels) -> None:
        self.timeline, self.labels = timeline, labels
        self.known: Calendar | Sieve | Overlay
        self.training: Calendar | Sieve | Overlay
        arrives = timeline.tick_at(labels.time)
        ends = ends_of(timeline)
        self.known = self.training = Calendar(arrives, timeline.first, ends)
        available = timeline.events.available
        if available is not None:
            arrives = np.maximum(arrives, timeline.tick_at(available))
            self.training = Calendar(arrives, timeline.first, ends)
        self.logged: np.ndarray | None = None
        self.absent: np.ndarray | None = None
        self.hidden: np.ndarray | None = None
        self.key: Hashable = 0
        self.visible: Hashable = 0
        self.orders: Orders | None = None
        self._kept: dict[Any, Knowledge] = {}
        self._came: tuple[Calendar | Sieve | Overlay, int, Rows] | None = None

    @classmethod
    def of(
        cls, stream: Stream, *, seed: int, tick: Duration, warmup: Duration = 0,
        delay: Delay | None = None, warmup_labels: str = "history",
    ) -> Knowledge:  # fmt: skip
        """All that can be known of a stream; parameters as for `clsim.replay`."""
        timeline = Timeline(
            stream, seed=seed, tick=tick, warmup=warmup, warmup_labels=warmup_labels
        )
        return cls(timeline, Labels(timeline, delay))

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
        other.logged, other.key = mask, (self.key, id(mask))
        other.visible = other.key
        other.known = other.training = Sieve(self.known, mask)
        if self.training is not self.known:
            other.training = Sieve(self.training, mask)
        return other

    def drop(self, rows: Rows) -> None:
        """Rows of the tick before, of which nothing is known yet, are not kept."""
        assert self.logged is not None
        self.logged[rows] = False
        for sieve in {_under(self.known), _under(self.training)}:  # often it is one
            assert isinstance(sieve, Sieve)
            sieve.drop(rows)

    def buying(self, orders: Orders | None = None) -> Knowledge:
        """The same, for one strategy that buys labels, or has bought some already."""
        other = copy.copy(self)
        other.orders = Orders(self.labels.y) if orders is None else orders
        other.key = self.key, id(other.orders)
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
            due = np.maximum(due, self.timeline.tick_at(available)[rows])
        self.training.add(rows, due)

    # branches: where what is served changes what comes next --------------------------------------

    def fork(self, branch: int) -> Knowledge:
        """The same world, to go its own way from here: features stay shared."""
        other = copy.copy(self)
        n = self.timeline.n
        other.key = other.visible = branch
        other._kept = {}
        other.absent = np.zeros(n, dtype=bool) if self.absent is None else self.absent.copy()
        other.hidden = np.zeros(n, dtype=bool) if self.hidden is None else self.hidden.copy()
        other.labels = self.labels.fork()
        return other

    def hide(self, rows: Rows) -> None:
        """Labels of some rows never come."""
        assert self.hidden is not None
        assert isinstance(self.known, Calendar)
        assert isinstance(self.training, Calendar)
        self.hidden[rows] = True
        both = self.training is self.known
        self.known = self.known.without(rows)
        self.training = self.known if both else self.training.without(rows)
        self._kept = {}

    def remove(self, rows: Rows) -> None:
        """Some rows never happen."""
        self.hide(rows)
        assert self.absent is not None
        self.absent[rows] = True

    # what is known -----------------------------------------------------------------------------

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

    def check_features(self, rows: Rows, tick: int) -> None:
        """Raise ``LookupError`` if some row was not served before a tick, or is not there."""
        if len(rows) and (np.min(rows) < 0 or np.max(rows) >= self.timeline.first[tick]):
            raise LookupError(f"row {np.max(rows)} is not served before tick {tick}")
        if self.absent is not None and self.absent[rows].any():
            raise LookupError(f"row {rows[self.absent[rows]][0]} did not happen")
        if self.logged is not None and not self.logged[rows].all():
            raise LookupError(f"row {rows[~self.logged[rows]][0]} was not logged")
        gone = self.known.ends.gone(rows, tick)
        if gone is not None:
            raise LookupError(f"row {gone} is no longer kept at tick {tick}")

    def features(self, tick: int, low: int = 0, high: int | None = None) -> Rows:
        """Rows from ``low`` on, before ``high``, whose features can be seen at a tick.

        Those that were served before, and are kept.
        """
        served = int(self.timeline.first[tick])
        stop = served if high is None else min(high, served)
        ends = self.known.ends
        rows = ends.among(np.arange(max(low, ends.oldest(tick)), stop), tick)
        if self.logged is not None:
            rows = rows[self.logged[rows]]
        if self.absent is not None:
            rows = rows[~self.absent[rows]]
        return rows

    def left(self, rows: Rows, tick: int) -> Rows:
        """Those of some rows that are still kept at a tick."""
        return self.known.ends.left(rows, tick)

    def unlabelled(self, tick: int, rows: Rows | None = None) -> Rows:
        """Those of some rows whose label is neither known nor ordered; of all that can be seen."""
        rows = self.features(tick) if rows is None else rows
        open_ = self.natural_ticks(rows) > tick
        if self.orders is not None:
            place, there = places(rows, self.orders.rows)
            open_[place[there]] = False
        return rows[open_]

    def ordered(self, tick: int) -> Rows:
        """Rows whose label is ordered and not known, and whose features can be seen."""
        if self.orders is None:
            return np.empty(0, dtype=np.int64)
        rows = self.orders.rows
        return self.left(rows[self.known.ticks_of(rows) > tick], tick)

    def evaluation(self, tick: int) -> Rows:
        """Rows whose label was bought for evaluation alone, is known, and may be used."""
        if self.orders is None:
            return np.empty(0, dtype=np.int64)
        rows = self.orders.rows[self.orders.evaluation]
        return self.left(rows[self.known.ticks_of(rows) <= tick], tick)

    def stands_for(self, rows: Rows) -> np.ndarray:
        """How many candidates each row stands for that was bought; NaN for all others."""
        stands = np.full(len(rows), np.nan)
        if self.orders is not None:
            place, bought = self.orders.places(rows)
            stands[bought] = self.orders.stands[place[bought]]
        return stands

    @property
    def truthful(self) -> bool:
        """Whether labels are told as they are, and are the same for all strategies."""
        return self.labels.told is None and self.absent is None and self.orders is None

    def y_at(self, rows: Rows, tick: Any) -> np.ndarray:
        """Labels of rows as they are told at a tick (or one for each), when they have arrived."""
        y = self.labels.at(rows, tick)
        if self.orders is not None and isinstance(self.known, Overlay):
            place, bought = self.orders.places(rows)
            bought &= self.known.base.ticks_of(rows) > tick
            y[bought] = self.orders.y[place[bought]]
        return y

    def revised(self, after: int, until: int) -> tuple[Rows, np.ndarray]:
        """Rows whose label is revised after one tick, up to another, and when; by tick and row."""
        rows, ticks = self._contradicted(after, until)
        final = self.labels.final
        if final is not None:
            more = np.flatnonzero((final > after) & (final <= until))
            more = more[self.natural_ticks(more) != NEVER]
            last = self.known.ends.last
            if last is not None:  # what is kept no more is not revised either
                more = more[final[more] <= last[more]]
            rows, ticks = np.concatenate([rows, more]), np.concatenate([ticks, final[more]])
        order = np.lexsort([rows, ticks])
        return rows[order], ticks[order]

    def natural_ticks(self, rows: Rows) -> np.ndarray:
        """The tick in which the natural label of each row comes."""
        return _under(self.known).ticks_of(rows)

    def _contradicted(self, after: int, until: int) -> tuple[Rows, np.ndarray]:
        """Bought labels that were known first, and that the natural ones contradict."""
        if self.orders is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        rows, due, y = self.orders.rows, self.orders.due, self.orders.y
        ticks = self.natural_ticks(rows).astype(np.int64)
        again = (due < ticks) & (ticks > after) & (ticks <= until)
        again[again] = y[again] != self.labels.at(rows[again], ticks[again])
        return rows[again], ticks[again]

    def lessons(self, after: int, until: int) -> tuple[Rows, np.ndarray, np.ndarray]:
        """What can be learned after one tick, up to another: rows, labels, and the tick of each.

        By tick, and in a tick as they come: by the time at which the label and the row are there,
        then by row. A row whose label is revised is there a second time.
        """
        rows = self.training.between(after, until)
        ticks, when = self.training.ticks_of(rows), self.comes(rows)
        labels = self.y_at(rows, ticks)
        if self.revises:
            again, then = self.revised(after, until)
            there = self.training.ticks_of(again) < then
            again, then = again[there], then[there]
            labels = np.concatenate([labels, self.y_at(again, then)])
            when = np.concatenate([when, self._revised_time(again, then)])
            rows, ticks = np.concatenate([rows, again]), np.concatenate([ticks, then])
        elif (np.diff(when) >= 0).all():  # then ticks and rows are in order too
            return rows, labels, ticks
        order = np.lexsort([rows, when, ticks])
        return rows[order], labels[order], ticks[order]

    @property
    def revises(self) -> bool:
        """Whether something else may be told of a label later."""
        return self.labels.final is not None or self.orders is not None

    def _revised_time(self, rows: Rows, ticks: np.ndarray) -> np.ndarray:
        """Clock time at which labels are revised, each in a tick."""
        times = self.labels.time[rows]
        if self.labels.final is not None:
            late = self.labels.final[rows] == ticks
            times = np.where(late, self.labels.revised_time[rows], times)
        return times

    def came(self, tick: int) -> Rows:
        """Rows whose labels come in a tick, as they come: by label time, then by event."""
        last = self._came  # strategies in step ask for the same rows
        if last is not None and last[0] is self.known and last[1] == tick:
            return last[2]
        rows = self.known.arrived(tick)
        when = self.label_times(rows)
        if (when[1:] < when[:-1]).any():
            rows = rows[np.lexsort([rows, when])]
        self._came = self.known, tick, rows  # what is bought in a tick comes in a later one
        return rows

    def label_times(self, rows: Rows) -> np.ndarray:
        """Clock time at which the label of each row comes first."""
        times = self.labels.time[rows]
        if self.orders is not None:
            place, bought = self.bought_first(rows)
            times[bought] = self.orders.time[place[bought]]
        return times

    def bought_first(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Where rows stand among the orders, and of which the bought label comes first."""
        assert self.orders is not None
        place, bought = self.orders.places(rows)
        bought[bought] = self.orders.due[place[bought]] < self.natural_ticks(rows[bought])
        return place, bought

    def comes(self, rows: Rows) -> np.ndarray:
        """Clock time at which rows can be learned from."""
        available = self.timeline.events.available
        times = self.label_times(rows)
        return times if available is None else np.maximum(times, available[rows])


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
    other.logged, other._kept, other.key = kept.logged, {}, (knowledge.key, kept.key)
    other.visible = knowledge.visible, kept.visible
    calendars = []
    for calendar in (knowledge.known, knowledge.training):
        arrives = calendar.arrives.copy()
        arrives[gone] = NEVER
        calendars.append(Calendar(arrives, timeline.first, ends))
    other.known, other.training = calendars
    if knowledge.training is knowledge.known:
        other.training = other.known
    return other
