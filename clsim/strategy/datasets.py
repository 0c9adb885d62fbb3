"""Dataset formation: on which labelled rows to train."""

from __future__ import annotations

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.protocols import Dataset, completed
from clsim.types import Rows, Schema
from clsim.view import View


class All(Dataset):
    """Every labelled row."""

    def rows(self, view: View) -> Rows:
        return view.labelled()


class SlidingWindow(Dataset):
    """The most recent labelled rows.

    Parameters
    ----------
    window : int or str
        A number of rows: the latest so many events whose labels have arrived. A duration
        (``'28d'``): all labelled events of the last 28 days. Not shorter than a tick.
    """

    def __init__(self, window: Duration) -> None:
        window = as_duration(window, "window", positive=True)
        self.window = window
        self._rows: int | None = window if isinstance(window, int) else None

    def bind(self, clock: Clock) -> None:
        if self._rows is None:
            self._length = clock.units(self.window, "dataset.window")
        length = self._length if self._rows is None else self._rows
        if (self._rows is not None) == clock.tick_in_rows and length < clock.tick:
            raise ValueError(
                f"dataset.window={self.window!r}: shorter than a tick, so most rows would never "
                "be trained on; widen the window or shorten the tick"
            )

    def rows(self, view: View) -> Rows:
        if self._rows is None:
            return view.since(self._length)
        return view.latest(self._rows)


class NewSinceLast(Dataset):
    """Labelled rows on which the champion and its ancestors never trained."""

    def rows(self, view: View) -> Rows:
        return view.unseen()


class Decayed(Dataset):
    """Rows of another rule, which count the less the older they are.

    The weight is 2 to the power of minus the age over the half-life. For learners whose training
    takes ``sample_weight``.

    Parameters
    ----------
    dataset : Dataset
        Which rows.
    half_life : int or str
        The age at which a row counts half: rows, or a duration where the stream has time.

    Examples
    --------
    >>> dataset = Decayed(All(), half_life="14d")
    """

    weighs = True

    def __init__(self, dataset: Dataset, half_life: Duration) -> None:
        half_life = as_duration(half_life, "half_life", positive=True)
        self.inner = completed("dataset", dataset, Dataset)
        self.half_life = half_life

    def bind(self, clock: Clock) -> None:
        self.inner.bind(clock)
        self._half_life = clock.units(self.half_life, "dataset.half_life")

    def check_schema(self, schema: Schema) -> None:
        self.inner.check_schema(schema)

    def rows(self, view: View) -> Rows:
        return self.inner.rows(view)

    def weights(self, view: View, rows: Rows) -> np.ndarray:
        return np.exp2(-(view.now - view.time(rows)) / self._half_life)
