"""What is known at which tick, as one integer for each row."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cached_property

import numpy as np

from clsim.engine.batches import PIECE, lock
from clsim.engine.ends import Ends
from clsim.engine.filling import by_piece
from clsim.engine.scratch import MEMORY, Room
from clsim.types import NEVER, Rows

FOREVER = Ends()


class Calendar:
    """The first tick that knows each row, and the last one that may use it.

    Parameters
    ----------
    arrives : numpy.ndarray of shape (n,)
        The first tick that knows each row; ``NEVER`` for those that stay unknown.
    first : numpy.ndarray of shape (ticks + 1,)
        First row that each tick serves; the last entry is n.
    ends : Ends, default=FOREVER
        The last tick that may use each row.
    room : Room, default=MEMORY
        Where the order of the rows lies.

    Attributes
    ----------
    counts : numpy.ndarray of shape (ticks,)
        Number of rows that have become known by each tick.
    whole : bool
        Whether rows become known one after the other, and none is left out, so that those known
        are always the first.
    """

    def __init__(
        self, arrives: np.ndarray, first: np.ndarray, ends: Ends = FOREVER, room: Room = MEMORY
    ) -> None:
        if ends.last is not None:  # what arrives when its time is over never does
            given, last = arrives, ends.last
            arrives = by_piece(
                lambda rows: np.where(given[rows] > last[rows], NEVER, given[rows]),
                len(given), np.int32, room,
            )  # fmt: skip
        arrives = arrives.astype(np.int32, copy=False)
        self.first, self.ends, self._n, self._room = first, ends, len(arrives), room
        self.counts, self._ascending, self.whole = _counted(arrives, len(first) - 1)
        # where rows come one after the other, the counts say it all
        self._arrives = None if self.whole else lock(arrives)
        self._latest: tuple[tuple[int, int], Rows] = ((-1, -1), np.empty(0, dtype=np.int64))

    @classmethod
    def made(
        cls, ticks: Callable[[slice], np.ndarray], first: np.ndarray, ends: Ends = FOREVER,
        room: Room = MEMORY,
    ) -> Calendar:  # fmt: skip
        """The same of ticks that are given a piece at a time; no array of all, if they ascend.

        Parameters
        ----------
        ticks : callable
            Gives the first tick that knows each of consecutive rows.
        first, ends, room
            As for the class.
        """
        n, counts, before = int(first[-1]), np.zeros(len(first) - 1, dtype=np.int64), 0
        for low in range(0, n, PIECE):
            part = ticks(slice(low, min(n, low + PIECE)))
            if ends.last is not None or part[0] < before or (part[1:] < part[:-1]).any():
                return cls(by_piece(ticks, n, np.int32, room), first, ends, room)
            before, known = int(part[-1]), part[part != NEVER]
            if len(known):
                counts[known[0] : known[-1] + 1] += np.bincount(known - known[0])
        made = cls(np.empty(0, dtype=np.int32), first, ends, room)
        made.counts, made._n = np.cumsum(counts), n
        return made

    @property
    def arrives(self) -> np.ndarray:
        """The first tick that knows each row, int32; worked out when asked for, if it follows."""
        if self._arrives is not None:
            return self._arrives
        ticks = np.append(np.arange(len(self.counts)), NEVER).astype(np.int32)
        return np.repeat(ticks, np.diff(self.counts, prepend=0, append=self._n))

    @cached_property
    def _order(self) -> np.ndarray:
        """Rows that become known, by tick and row: in as few bytes as hold them."""
        kind = np.int32 if self._n <= NEVER else np.int64
        order, arrives = self._room.empty(int(self.counts[-1]), kind), self.arrives
        place = np.append(0, self.counts[:-1])  # of the next row of each tick
        for low in range(0, self._n, PIECE):
            part = arrives[low : low + PIECE]
            rows = np.flatnonzero(part != NEVER)
            rows = rows[np.argsort(part[rows], kind="stable")]
            ticks, starts, many = np.unique(part[rows], return_index=True, return_counts=True)
            order[np.repeat(place[ticks] - starts, many) + np.arange(len(rows))] = low + rows
            place[ticks] += many
        return order

    def between(self, after: int, until: int) -> Rows:
        """Rows that become known after one tick, up to another; by tick and row."""
        low, high = self.counts[after] if after >= 0 else 0, self.counts[until]
        rows = np.arange(low, high) if self.whole else self._order[low:high].astype(np.int64)
        return np.asarray(lock(rows))

    def arrived(self, tick: int) -> Rows:
        """Rows that become known in a tick, ascending."""
        return self.between(tick - 1, tick)

    def at(self, tick: int, low: int = 0) -> Rows:
        """All rows from ``low`` on that are known at a tick, ascending."""
        low, count = max(low, self.ends.oldest(tick)), self.counts[tick]
        if self.whole:
            rows = np.arange(low, max(low, count))
        elif self._ascending:
            rows = self._order[:count]
            rows = rows[np.searchsorted(rows, low) :].astype(np.int64)
        else:
            rows = low + np.flatnonzero(self.arrives[low : self.first[tick]] <= tick)
        return self.ends.among(rows, tick)

    def latest(self, tick: int, count: int) -> Rows:
        """The last ``count`` rows of those known at a tick, ascending; fewer if there are fewer."""
        if self._latest[0] != (tick, count):  # strategies in step ask for the same rows
            rows = self._find_latest(tick, count)
            rows.flags.writeable = False
            self._latest = (tick, count), rows
        return self._latest[1]

    def _find_latest(self, tick: int, count: int) -> Rows:
        oldest, known = self.ends.oldest(tick), self.counts[tick]
        if self.whole and self.ends.ordered:
            return np.arange(max(oldest, known - count), max(oldest, known))
        if self._ascending and self.ends.ordered:
            rows = self._order[max(0, known - count) : known]
            return rows[np.searchsorted(rows, oldest) :].astype(np.int64)
        high, length = int(self.first[tick]), 2 * count
        while True:
            low = max(oldest, high - length)
            rows = low + np.flatnonzero(self.arrives[low:high] <= tick)
            rows = self.ends.among(rows, tick)
            if len(rows) >= count or low == oldest:
                return rows[max(0, len(rows) - count) :]
            length *= 2

    def late(self, rows: Rows, tick: int) -> int | None:
        """The first of some rows that is not known at a tick, or no longer; None if all are."""
        if len(rows) == 0:
            return None
        inside = self.whole and self.ends.ordered
        if inside and rows.min() >= self.ends.oldest(tick) and rows.max() < self.counts[tick]:
            return None
        late = rows[(self.ticks_of(rows) > tick) | self.ends.over(rows, tick)]
        return int(late[0]) if len(late) else None

    def counts_at(self, tick: int) -> int:
        """Number of rows that have become known by a tick."""
        return int(self.counts[tick])

    def ticks_of(self, rows: Rows) -> np.ndarray:
        """The first tick that knows each of some rows, int32."""
        if self._arrives is not None:
            return self._arrives[rows]
        ticks = np.searchsorted(self.counts, rows, "right").astype(np.int32)
        ticks[ticks == len(self.counts)] = NEVER
        return ticks

    def settled(self) -> Calendar:
        """What is so at the end: itself."""
        return self

    @property
    def arriving(self) -> np.ndarray:
        """Number of rows that become known in each tick after the warm-up's."""
        return np.diff(self.counts, prepend=self.counts[:1])

    def without(self, rows: Rows) -> Calendar:
        """The same calendar, but some rows never become known."""
        ticks = self.ticks_of(rows)
        rows, ticks = rows[ticks != NEVER], ticks[ticks != NEVER]
        if len(rows) == 0:
            return self
        other = copy.copy(self)
        other.counts = self.counts - np.cumsum(np.bincount(ticks, minlength=len(self.counts)))
        arrives = self.arrives.copy()
        arrives[rows] = NEVER
        other._arrives, other.whole = lock(arrives), False
        if "_order" in vars(self):
            other._order = self._order[arrives[self._order] != NEVER]
        other._latest = ((-1, -1), rows[:0])
        return other


def _counted(arrives: np.ndarray, size: int) -> tuple[np.ndarray, bool, bool]:
    """How many rows have come by each tick; whether ticks ascend, and none is left out of them."""
    counts = np.zeros(size, dtype=np.int64)
    ascending, first_are_known, out, before = True, True, False, 0
    for low in range(0, len(arrives), PIECE):  # in pieces, since counting widens them
        part = arrives[low : low + PIECE]
        ticks = part if (every := bool((part != NEVER).all())) else part[part != NEVER]
        if len(ticks):
            first_are_known &= not out and (every or bool((part[: len(ticks)] != NEVER).all()))
            ascending &= bool(ticks[0] >= before) and bool((ticks[1:] >= ticks[:-1]).all())
            before, first, last = ticks[-1], int(ticks.min()), int(ticks.max())
            if last >= len(counts):
                counts = np.append(counts, np.zeros(last + 1 - len(counts), dtype=np.int64))
            counts[first : last + 1] += np.bincount(ticks - first)
        out |= not every
    return np.cumsum(counts), ascending, ascending and first_are_known


class Sieve:
    """A calendar without the rows that turn out, tick by tick, not to be kept.

    It holds counts by tick, and a mask of the rows that all calendars of a strategy share; the rest
    is the calendar's, which other strategies share too.

    Parameters
    ----------
    base : Calendar
    mask : numpy.ndarray of shape (n,), bool
        Rows that are kept; those that are not served yet count as such. It may change: see `drop`.
    """

    def __init__(self, base: Calendar, mask: np.ndarray) -> None:
        self.base, self._mask = base, mask
        self.first, self.ends = base.first, base.ends
        self._dropped = np.zeros(len(base.counts), dtype=np.int64)
        self.drop(np.flatnonzero(~mask))

    def drop(self, rows: Rows) -> None:
        """Some rows, whose labels are not there yet, are no longer in the mask."""
        ticks = self.base.ticks_of(rows)
        ticks = ticks[ticks != NEVER]
        if len(ticks):
            self._dropped += np.cumsum(np.bincount(ticks, minlength=len(self._dropped)))

    def between(self, after: int, until: int) -> Rows:
        """Rows that become known after one tick, up to another; by tick and row."""
        return self._kept(self.base.between(after, until))

    def arrived(self, tick: int) -> Rows:
        """Rows that become known in a tick, ascending."""
        return self.between(tick - 1, tick)

    def at(self, tick: int, low: int = 0) -> Rows:
        """All rows from ``low`` on that are known at a tick, ascending."""
        return self._kept(self.base.at(tick, low))

    def latest(self, tick: int, count: int) -> Rows:
        """The last ``count`` rows of those known at a tick, ascending; fewer if there are fewer."""
        asked = count
        while True:  # of a log that keeps a part of the events, more rows are asked for
            every = self.base.latest(tick, asked)
            rows = self._kept(every)
            if len(rows) >= count or len(every) < asked:
                return rows[max(0, len(rows) - count) :]
            asked *= 2

    def _kept(self, rows: Rows) -> Rows:
        return rows[self._mask[rows]]

    def late(self, rows: Rows, tick: int) -> int | None:
        """The first of some rows that is not known at a tick, or no longer; None if all are."""
        late = rows[(self.ticks_of(rows) > tick) | self.ends.over(rows, tick)]
        return int(late[0]) if len(late) else None

    def counts_at(self, tick: int) -> int:
        """Number of rows that have become known by a tick."""
        return int(self.base.counts[tick] - self._dropped[tick])

    def ticks_of(self, rows: Rows) -> np.ndarray:
        """The first tick that knows each of some rows."""
        return np.where(self._mask[rows], self.base.ticks_of(rows), NEVER)

    @property
    def arrives(self) -> np.ndarray:
        """As a calendar's."""
        return self.ticks_of(np.arange(len(self._mask)))

    def settled(self) -> Calendar:
        """What is so at the end, as one calendar."""
        return Calendar(self.arrives, self.base.first, self.ends)


class Overlay:
    """A calendar in which some rows become known earlier than it says: those that were bought.

    It holds those rows alone; all others are the calendar's, which others share.

    Parameters
    ----------
    base : Calendar or Sieve
    """

    def __init__(self, base: Calendar | Sieve) -> None:
        self.base, self.ends = base, base.ends
        self._rows, self._ticks = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)

    def add(self, rows: Rows, ticks: np.ndarray) -> None:
        """Let rows, none of which was added before, become known at ticks of their own."""
        early = ticks < self.base.ticks_of(rows)
        if self.ends.last is not None:
            early &= ticks <= self.ends.last[rows]
        every = np.concatenate([self._rows, rows[early]])
        order = np.argsort(every, kind="stable")
        self._rows = every[order]
        self._ticks = np.concatenate([self._ticks, ticks[early]])[order]

    @property
    def arrives(self) -> np.ndarray:
        """The first tick that knows each row."""
        arrives = self.base.arrives.copy()
        arrives[self._rows] = self._ticks
        return arrives

    def settled(self) -> Calendar:
        """What is so at the end, as one calendar."""
        return Calendar(self.arrives, self.base.first, self.ends)

    def ticks_of(self, rows: Rows) -> np.ndarray:
        """The first tick that knows each of some rows."""
        ticks = self.base.ticks_of(rows).astype(np.int64)
        place, added = places(self._rows, rows)
        ticks[added] = self._ticks[place[added]]
        return ticks

    def counts_at(self, tick: int) -> int:
        """Number of rows that have become known by a tick."""
        later = self.base.ticks_of(self._rows) > tick
        return self.base.counts_at(tick) + int(np.count_nonzero(later & (self._ticks <= tick)))

    def between(self, after: int, until: int) -> Rows:
        """Rows that become known after one tick, up to another; by tick and row."""
        rows = self.base.between(after, until)
        rows = rows[~places(self._rows, rows)[1]]
        new = (self._ticks > after) & (self._ticks <= until)
        if not new.any():
            return rows
        ticks = np.concatenate([self.base.ticks_of(rows), self._ticks[new]])
        rows = np.concatenate([rows, self._rows[new]])
        return rows[np.lexsort([rows, ticks])]

    def arrived(self, tick: int) -> Rows:
        """Rows that become known in a tick, ascending."""
        return self.between(tick - 1, tick)

    def at(self, tick: int, low: int = 0) -> Rows:
        """All rows from ``low`` on that are known at a tick, ascending."""
        return _merged(self.base.at(tick, low), self._added(tick, low))

    def latest(self, tick: int, count: int) -> Rows:
        """The last ``count`` rows of those known at a tick, ascending; fewer if there are fewer."""
        base, added = self.base.latest(tick, count), self._added(tick, 0)
        rows = _merged(base, added[max(0, len(added) - count) :])
        return rows[max(0, len(rows) - count) :]

    def _added(self, tick: int, low: int) -> Rows:
        """Rows that were added, are known at a tick, and may still be used."""
        rows = self._rows[(self._ticks <= tick) & (self._rows >= low)]
        return self.ends.left(rows, tick)

    def late(self, rows: Rows, tick: int) -> int | None:
        """The first of some rows that is not known at a tick, or no longer; None if all are."""
        late = rows[(self.ticks_of(rows) > tick) | self.ends.over(rows, tick)]
        return int(late[0]) if len(late) else None


def places(those: Rows, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Where some rows stand among others, which are ascending; and which of them do."""
    place = np.searchsorted(those, rows)
    there = place < len(those)
    there[there] = those[place[there]] == rows[there]
    return place, there


def _merged(one: Rows, other: Rows) -> Rows:
    """All rows of two, each ascending: `numpy.union1d`, several times as fast."""
    rows = np.concatenate([one, other])
    rows.sort(kind="stable")  # which merges what is in order
    first = np.ones(len(rows), dtype=bool)
    first[1:] = rows[1:] != rows[:-1]
    return rows[first]
