"""People who ask that what was logged of them is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_number, unknown
from clsim.protocols import Delay, Stream
from clsim.randomness import integer, uniform
from clsim.streams.delays.constant import inner_delay
from clsim.streams.wrapper import Wrapper
from clsim.types import NEVER_TIME, Batch


class Deleting(Wrapper):
    """A stream of which some people ask, each in their own time, that their rows are deleted.

    From the first tick on that starts when somebody has asked, the rows are gone for every
    strategy: their features, answers and labels, also those that are still to come or on order.
    Models that were trained on them stay, and so does what was counted before.

    Parameters
    ----------
    stream : Stream
    after : Delay, str or int
        How long after their first event people ask: the same for all, or a delay that draws it for
        each.
    share : float, default=0.05
        Share in [0, 1] of the people who ever ask.
    by : str or None, default=None
        The column that says whose each event is: a feature, or a column of slices. Who asks has all
        deleted that there is of them by then; who comes back after that is somebody new. None: each
        event is of somebody else.

    Raises
    ------
    ValueError
        For a share outside [0, 1], a delay that queues, or a column that does not exist.

    Notes
    -----
    Each row has one uniform number and one wait, by seed and row, and people go by those of their
    first row: so a larger share has the same people ask, at the same times, and others too.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> stream = Deleting(Synthetic(Sine(), n=4), after=100, share=1)
    >>> next(stream.blocks(1)).deleted.tolist()
    [100, 101, 102, 103]
    """

    def __init__(
        self,
        stream: Stream,
        after: Delay | Duration,
        share: float = 0.05,
        by: str | None = None,
    ) -> None:
        super().__init__(stream)
        check_number("share", share, low=0, high=1)
        self.share, self.after, self.by = share, inner_delay(after, "after"), by
        if self.after.queues:
            raise ValueError(
                "after: a team's queue (Capacity) runs over all events, and when people ask is "
                "drawn for each; give another delay"
            )
        columns = [*self.schema.features, *self.schema.slices]
        if by is not None and by not in columns:
            raise ValueError(f"by: {unknown('column', by, columns)}")
        self._clock = Clock(self.schema.timed, 1, not self.schema.timed)

    @property
    def draws(self) -> str:
        return "deletion"

    @property
    def what(self) -> str:
        whose = "the events" if self.by is None else f"those that {self.by!r} tells apart"
        return (
            f"{self.share:.3g} of {whose} are deleted on request "
            f"({self.after.class_name.lower()} wait)"
        )

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, and when each event is to be deleted."""
        first, asked = 0, dict[Any, int]()
        for batch in self.stream.blocks(seed):
            rows = np.arange(first, first + len(batch.time))
            # rows keep their random numbers, whatever the block; apart from those of labels
            own = integer(seed, f"{self.role}.wait")
            events = replace(batch, rows=rows)
            deleted = self.after.label_times(events, self.schema, self._clock, own)
            deleted = np.where(uniform(seed, self.role, rows) < self.share, deleted, NEVER_TIME)
            if self.by is not None:
                deleted = _by_person(self._people(batch), batch.time, deleted, asked)
            if batch.deleted is not None:
                deleted = np.minimum(deleted, batch.deleted)
            yield replace(batch, deleted=deleted)
            first += len(rows)

    def _people(self, batch: Batch) -> list[Any]:
        """Whose each event is; None where nobody knows."""
        assert self.by is not None
        if self.by in self.schema.slices:
            return batch.slices[self.by].tolist()
        place, X = self.schema.features.index(self.by), batch.X
        values = X[:, place] if isinstance(X, np.ndarray) else X.iloc[:, place].to_numpy(object)
        return [None if value is None or value != value else value for value in values.tolist()]


def _by_person(
    people: list[Any], time: np.ndarray, deleted: np.ndarray, asked: dict[Any, int]
) -> np.ndarray:
    """When each event is deleted, by the person's first one since they last asked.

    Parameters
    ----------
    people : list
        Whose each event is; None: somebody's of whom there is no other.
    time, deleted : numpy.ndarray of shape (n,), int64
        Of each event, and when a person whose first one it is asks.
    asked : dict
        When those ask who were there before; it is gone on with.
    """
    until = deleted.tolist()
    for row, (person, now) in enumerate(zip(people, time.tolist(), strict=True)):
        if person is None:
            continue
        if asked.get(person, now - 1) < now:
            asked[person] = until[row]
        until[row] = asked[person]
    return np.array(until, dtype=np.int64)
