"""A poisoning that answers the served model: attackers who watch what it says to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_number
from clsim.protocols import Stream
from clsim.randomness import uniform
from clsim.streams.faults.columns import is_category
from clsim.streams.feedback import Feedback
from clsim.types import NEVER_TIME, Batch, DriftEvent, Response, Served

if TYPE_CHECKING:
    import pandas as pd

SENDER, PEOPLE, ATTACKERS = "sender", "sender=people", "sender=attackers"
"""The column of slices that tells them apart, and its slices."""

LATEST = 1_000
"""Events of the stream among which attackers choose what to copy."""


class Poisoning(Feedback):
    """Attackers send copies of others' events with wrong labels, where the model resists.

    From ``start`` on each event is followed, with the chance ``share``, by one of the attackers: a
    copy of one of the latest events, whose label is ``label``, or else the next class. They have
    ``choices`` times as many as they send. Of those of a tick they send the ones that the model
    will presumably answer as it should, and of these the ones that lie farthest from any event that
    it answered as they want: one wrong label moves it most there, and where it is turned back they
    come again. What the model would say they know from how it answered the nearest of their own
    last events. With ``choices=1`` they send whatever there is, and do not watch.

    The slices ``sender=people`` and ``sender=attackers`` say whose an event is; the score of the
    first is that of the model on clean labels. ``blocks`` holds all that attackers may send.

    Parameters
    ----------
    stream : Stream
        Of classes, with times and numeric features.
    share : float, default=0.1
        Attackers' events for each of the others, in [0, 1].
    start : str or int, default=0
        When they begin, as a duration since the stream's first event: a tick or more after the end
        of the warm-up, since before that nothing that they choose from would be withheld.
    end : str, int or None, default=None
        When they stop. None: never.
    label : label or None, default=None
        The answer that they want: they copy events of other classes, and give them this one. None:
        whichever is wrong.
    choices : int, default=10
        Events that they choose from, for each that they send; at least 1.
    memory : int, default=500
        How many of their own last events they remember the answers to; at least 1.

    Raises
    ------
    ValueError
        For regression, a stream without times, one that tells what production answered or of
        complaints, one that has a column ``sender``, or a window that is empty; when the stream is
        drawn, for a feature that is a category; and, at the end of the first tick, if attackers
        have sent in it.

    References
    ----------
    Nelson et al. (2008), Exploiting machine learning to subvert your spam filter. LEET.
    Kloft & Laskov (2010), Online anomaly detection under adversarial impact. AISTATS.
    Papernot et al. (2017), Practical black-box attacks against machine learning. ASIACCS.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> world = Synthetic(Sine(), n=100, rate="1/h")
    >>> batch = next(Poisoning(world, share=1, start="3d", choices=2).blocks(1))
    >>> batch.slices["sender"][70:78].tolist()
    [0, 0, 0, 1, 1, 0, 1, 1]
    """

    def __init__(
        self,
        stream: Stream,
        share: float = 0.1,
        start: Duration = 0,
        end: Duration | None = None,
        label: Any = None,
        choices: int = 10,
        memory: int = 500,
    ) -> None:
        super().__init__(stream)
        self._check_classes()
        check_number("share", share, low=0, high=1)
        check_number("choices", choices, whole=True, low=1)
        check_number("memory", memory, whole=True, low=1)
        self._check_schema()
        self.share, self.start, self.end = share, start, end
        self.label = None if label is None else self._class("label", label, 0)
        self.choices, self.memory = choices, memory
        clock = Clock(True, 1, False)
        self._start = clock.units(start, "start")
        self._end = NEVER_TIME if end is None else clock.units(end, "end")
        if self._end <= self._start:
            raise ValueError(f"end={end!r}: must be after start={start!r}")
        slices = {**self.schema.slices, SENDER: (PEOPLE, ATTACKERS)}
        self.schema = replace(self.schema, slices=slices)

    def _check_schema(self) -> None:
        schema = self.schema
        if len(schema.classes) < 2:
            raise ValueError("Poisoning: needs a stream with two classes or more")
        if not schema.timed:
            raise ValueError(
                "Poisoning: needs a stream with times, since attackers' events come between the "
                "others; give the stream a rate"
            )
        if schema.served or schema.complaints is not None:
            raise ValueError(
                "Poisoning: nobody knows what production would have answered to attackers, or who "
                "would have complained; leave these columns out"
            )
        if SENDER in {*schema.slices, *schema.features}:
            raise ValueError(f"stream: it has a column {SENDER!r}, which tells attackers apart")

    @property
    def what(self) -> str:
        chosen = f"each chosen of {self.choices} by what was answered" if self.choices > 1 else ""
        return (
            f"attackers: for {self.share:.3g} of the events another one with a wrong label"
            + (f", {chosen}" if chosen else "")
            + f", from {self.start}"
            + ("" if self.end is None else f" to {self.end}")
        )

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, and what attackers may send between them."""
        first, origin = 0, 0
        for batch in self.stream.blocks(seed):
            if first == 0:
                origin = int(batch.time[0])
            yield self._with_copies(batch, first, batch.time - origin, seed)
            first += len(batch.time)

    def block(self, seed: int, number: int) -> Batch:
        """One block of the sequence."""
        return Stream.block(self, seed, number)

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """The changes of the wrapped stream, and the attack."""
        low, high = self._window(seed)
        attack = DriftEvent("attackers", low, high, "data", ATTACKERS)
        return [*self.stream.drift_events(seed), attack]

    def truth(self, time: np.ndarray, seed: int) -> pd.DataFrame | None:
        """The truth of the wrapped stream, and when there are attackers."""
        inside = self.stream.truth(time, seed)
        if inside is None:
            return None
        number = sum(str(column).startswith("fault ") for column in inside)
        low, high = self._window(seed)
        return inside.assign(**{f"fault {number}": ((time >= low) & (time < high)).astype(float)})

    def _window(self, seed: int) -> tuple[int, int]:
        times = [batch.time[[0, -1]] for batch in self.stream.blocks(seed)]
        origin, stop = int(times[0][0]), int(times[-1][1]) + 1
        if origin + self._start >= stop:
            raise ValueError(f"start={self.start!r}: attackers begin after the last event")
        return origin + self._start, stop if self.end is None else min(origin + self._end, stop)

    def _with_copies(self, batch: Batch, first: int, since: np.ndarray, seed: int) -> Batch:
        """A batch with the attackers' choices, each after the event that it comes with."""
        n = len(batch.time)
        rows = first + np.arange(n)
        attacked = (since >= self._start) & (since < self._end)
        attacked &= uniform(seed, f"{self.role}.sent", rows) < self.share
        hit = np.flatnonzero(attacked)
        others = np.flatnonzero(batch.y != self.label) if self.label is not None else np.arange(n)
        upto = np.searchsorted(others, hit, side="right")  # what there is to copy by then
        hit, upto = hit[upto > 0], upto[upto > 0]
        draws = [uniform(seed, f"{self.role}.copied {k}", rows)[hit] for k in range(self.choices)]
        behind = np.minimum(upto, LATEST)[:, None] * np.column_stack(draws)
        copied = others[(upto[:, None] - 1 - np.floor(behind).astype(np.int64)).ravel()]
        place = np.repeat(hit, self.choices)
        order = np.argsort(np.concatenate([np.arange(n), place]), kind="stable")
        source, at = np.concatenate([np.arange(n), copied])[order], order >= n
        mixed = batch.take(source)
        _check_numbers(mixed.X)
        time = batch.time[np.concatenate([np.arange(n), place])[order]]
        classes = self.schema.classes
        codes = (self.schema.codes(mixed.y) + 1) % len(classes)
        wrong = classes[codes] if self.label is None else self.label
        return replace(
            mixed, y=np.where(at, wrong, mixed.y), time=time,
            label_time=_moved(mixed.label_time, time - mixed.time),
            available=_moved(mixed.available, time - mixed.time),
            deleted=_moved(mixed.deleted, time - mixed.time),
            slices={**mixed.slices, SENDER: at.astype(np.int64)},
        )  # fmt: skip

    def _respond(self, served: Served, state: Any, seed: int) -> Response:
        own = served.batch.slices[SENDER] == 1
        if served.tick == 0 and own.any():
            raise ValueError(
                f"start={self.start!r}: attackers would send in the first tick, before anything "
                "was answered; let them begin a tick or more after the end of the warm-up"
            )
        X = _numbers(served.batch.X)[own]
        given = served.answered[own] & (served.answers[own] == served.batch.y[own])
        if state is not None:
            X, given = np.concatenate([state[0], X]), np.concatenate([state[1], given])
        X, given = X[-self.memory :], given[-self.memory :]
        may = np.flatnonzero(served.upcoming.slices[SENDER] == 1)
        sent = -(-len(may) // self.choices)
        luck = uniform(seed, f"{self.role}.luck", served.upcoming_rows[may])
        rank = _reluctance(_numbers(served.upcoming.X)[may], X, given)
        kept = may[np.lexsort((luck, rank))[:sent]]
        return Response(gone=served.upcoming_rows[np.setdiff1d(may, kept)], state=(X, given))


def _reluctance(choices: np.ndarray, X: np.ndarray, won: np.ndarray) -> np.ndarray:
    """What attackers send last: infinite where the model presumably says what they want already.

    Parameters
    ----------
    choices : numpy.ndarray of shape (n, p)
    X : numpy.ndarray of shape (m, p)
        Events of theirs that were answered.
    won : numpy.ndarray of shape (m,), bool
        Whether each was answered as they want.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Elsewhere minus the distance to the nearest event that they won; 0 for all if they won none,
        or remember nothing. Features count in their standard deviations.
    """
    if not len(X) or not won.any():
        return np.zeros(len(choices))
    spread = np.nanstd(X, axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    far = np.nan_to_num(choices / scale)[:, None] - np.nan_to_num(X / scale)
    distance = np.sqrt((far**2).sum(axis=2))
    there = won[distance.argmin(axis=1)]
    return np.where(there, np.inf, -distance[:, won].min(axis=1))


def _numbers(X: Any) -> np.ndarray:
    return X if isinstance(X, np.ndarray) else X.to_numpy(dtype=float, na_value=np.nan)


def _check_numbers(X: Any) -> None:
    if isinstance(X, np.ndarray):
        return
    for index, name in enumerate(X.columns):
        if is_category(X, index):
            raise ValueError(
                f"Poisoning: {name!r} is a category; attackers measure distances between numbers"
            )


def _moved(times: np.ndarray | None, by: np.ndarray) -> np.ndarray | None:
    """Times that wait as long after their event as before."""
    return None if times is None else np.where(times == NEVER_TIME, NEVER_TIME, times + by)
