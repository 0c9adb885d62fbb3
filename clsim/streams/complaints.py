"""Users who complain of what they are answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_number
from clsim.protocols import Delay, Stream
from clsim.randomness import integer, uniform
from clsim.streams.delays.constant import Constant, inner_delay
from clsim.streams.wrapper import Wrapper
from clsim.types import NEVER_TIME, Batch


class Complaining(Wrapper):
    """A stream whose users complain: at times of a wrong answer, seldom of a right one, later.

    A strategy sees a complaint from the first tick on that starts when it has come, whether or not
    the label is there; with `clsim.monitoring.Complaints` it can act on them. Events without an
    answer, and those of the warm-up, have none.

    Parameters
    ----------
    stream : Stream
        Of classes.
    wrong : float, default=0.2
        Chance in [0, 1] that the user of an event complains if the answer is wrong.
    right : float, default=0.01
        The same if it is right: what is complained of wrongly, or of something else.
    after : Delay, str, int or None, default=None
        How long after the event: the same for all, or a delay that draws it for each. None: at
        once, so that it is known in the next tick.

    Raises
    ------
    ValueError
        For regression, where no answer is right; a stream that tells of complaints already; a
        chance outside [0, 1]; or a delay that queues.

    Notes
    -----
    Each row has one uniform number and one wait, by seed and row: who gives the same answer to it
    gets the same complaint, and where ``right`` is the lower one, who complains of a right answer
    would complain of a wrong one too.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> stream = Complaining(Synthetic(Sine(), n=4), wrong=1, right=0, after=2)
    >>> next(stream.blocks(1)).complaints[:, 1].tolist()
    [2, 3, 4, 5]
    """

    def __init__(
        self,
        stream: Stream,
        wrong: float = 0.2,
        right: float = 0.01,
        after: Delay | Duration | None = None,
    ) -> None:
        super().__init__(stream)
        check_number("wrong", wrong, low=0, high=1)
        check_number("right", right, low=0, high=1)
        if self.schema.task != "classification":
            raise ValueError("Complaining: needs classes, since no answer to a number is right")
        if self.schema.complaints is not None:
            raise ValueError("stream: it tells of complaints already")
        self.wrong, self.right = wrong, right
        self.after = Constant(0) if after is None else inner_delay(after, "after")
        if self.after.queues:
            raise ValueError(
                "after: a team's queue (Capacity) runs over all events, and how long a user takes "
                "is drawn for each row; give another delay"
            )
        self.schema = replace(self.schema, complaints="any")
        self._clock = Clock(self.schema.timed, 1, not self.schema.timed)

    @property
    def draws(self) -> str:
        return "complaints"

    @property
    def what(self) -> str:
        return (
            f"users complain of {self.wrong:.3g} of the wrong answers and {self.right:.3g} of the "
            f"right ones ({self.after.class_name.lower()} wait)"
        )

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, and when the user of each event complains."""
        first = 0
        for batch in self.stream.blocks(seed):
            rows = np.arange(first, first + len(batch.time))
            # rows keep their random numbers, whatever the block; apart from those of labels
            own = integer(seed, f"{self.role}.wait")
            events = replace(batch, rows=rows)
            come = self.after.label_times(events, self.schema, self._clock, own)
            draw = uniform(seed, self.role, rows)
            times = [
                np.where(draw < chance, come, NEVER_TIME) for chance in (self.right, self.wrong)
            ]
            yield replace(batch, complaints=np.column_stack(times))
            first += len(rows)
