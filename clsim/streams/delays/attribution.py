"""Labels that are told to be negative when a window has passed, and revised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import unknown
from clsim.protocols import Delay
from clsim.streams.delays.constant import inner_delay
from clsim.types import NEVER_TIME, Batch, Schema, Told


class Attribution(Delay):
    """Natural labels: a conversion makes a positive, and its absence a negative after a window.

    A conversion within the window makes the label positive when it happens. When the window has
    passed without one, the label is told to be negative; a conversion after that arrives as a
    revision. The stream's labels are the truth: who converts in the end.

    Parameters
    ----------
    window : str or int
        How long is waited for a conversion: a duration where the stream has time, else rows.
    conversion : Delay, str, int or None, default=None
        From an event to its conversion, where there is one. None: the stream's own label times.
    positive, negative : label or None, default=None
        The label of those that convert, and of the others. None: of two classes, the last and the
        first.

    References
    ----------
    Ktena et al. (2019), Addressing delayed feedback for continuous training with neural networks
    in CTR prediction. RecSys. Fake negatives that a late positive corrects.
    Chapelle (2014), Modeling delayed feedback in display advertising. KDD.

    Examples
    --------
    Three events that convert after 1, 5 and never; the window is of 3 rows:

    >>> from clsim.types import Batch, Schema
    >>> time = np.arange(3)
    >>> events = Batch(np.zeros((3, 1)), np.array([1, 1, 0]), time, np.array([1, 6, NEVER_TIME]))
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), False)
    >>> delay, clock = Attribution(3), Clock(False, 1, True)
    >>> delay.label_times(events, schema, clock, seed=0).tolist()
    [1, 4, 5]
    >>> told = delay.told(events, schema, clock, seed=0)
    >>> told.y.tolist(), int(told.revised[1])
    ([1, 0, 0], 6)
    """

    tells = True

    def __init__(
        self,
        window: Duration,
        conversion: Delay | Duration | None = None,
        *,
        positive: Any = None,
        negative: Any = None,
    ) -> None:
        window = as_duration(window, "window", positive=True)
        self.window = window
        self.conversion = None if conversion is None else inner_delay(conversion, "conversion")
        self.positive = positive
        self.negative = negative

    def inner(self) -> Sequence[Delay]:
        return [] if self.conversion is None else [self.conversion]

    def _sides(self, schema: Schema) -> tuple[Any, Any]:
        """The label of those that convert, and of the others."""
        classes = schema.classes
        if schema.task != "classification":
            raise ValueError(f"delay: an attribution window needs classes, not {schema.task}")
        sides = []
        for key, value, place in (
            ("positive", self.positive, -1),
            ("negative", self.negative, 0),
        ):
            if value is None and len(classes) != 2:
                raise ValueError(f"{key}: name the label; the stream has {len(classes)} classes")
            if value is not None and value not in classes.tolist():
                raise ValueError(f"{key}: {unknown('label', value, classes)}")
            sides.append(classes[place] if value is None else value)
        if sides[0] == sides[1]:
            raise ValueError(f"negative: the same label as positive ({sides[0]!r})")
        return sides[0], sides[1]

    def _converted(
        self, events: Batch, schema: Schema, clock: Clock, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which events convert after the window has passed, and when all convert."""
        if self.conversion is not None:
            when = self.conversion.label_times(events, schema, clock, seed)
        elif events.label_time is not None:
            when = events.label_time
        else:
            raise ValueError("conversion: the stream has no label times of its own; give a delay")
        when = np.where(events.y == self._sides(schema)[0], when, NEVER_TIME)
        late = (events.y == self._sides(schema)[0]) & (when > self._end(events, clock))
        return late, when

    def _end(self, events: Batch, clock: Clock) -> np.ndarray:
        return events.time + clock.units(self.window, "window")

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        _, when = self._converted(events, schema, clock, seed)
        return np.minimum(when, self._end(events, clock))

    def told(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> Told:
        """Late positives are told as negatives, and revised when they convert."""
        late, when = self._converted(events, schema, clock, seed)
        y = np.where(late, self._sides(schema)[1], events.y).astype(events.y.dtype)
        return Told(y, np.where(late, when, NEVER_TIME))
