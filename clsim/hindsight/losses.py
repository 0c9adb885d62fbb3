"""What every model lost in every tick: the arrays that all of hindsight is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from clsim.errors import check_choice

ALL = "all"
"""The slice that is all events."""


@dataclass(frozen=True, eq=False)
class Table:
    """What each candidate model would have lost in each tick.

    Attributes
    ----------
    loss : numpy.ndarray of shape (m, T)
        Summed loss, in each of T ticks, of the model of each of m rows. The last row is the initial
        model, so ``loss[-1]`` is row -1; where every tick is a candidate, ``loss[i, j]`` is that of
        the model trained at tick i. NaN where a model cannot serve: before ``serves``, beyond the
        largest age, or after a failed training.
    ticks : numpy.ndarray of shape (m,), int64
        The tick at which each model was trained: ascending, and -1 in the last row.
    serves : numpy.ndarray of shape (m,), int64
        The first tick that each model can serve; ``NEVER`` for a training that failed.
    rows : numpy.ndarray of shape (m,), int64
        Number of rows that each was trained on, -1 where nobody said; 0 for the initial model,
        whose price does not count.
    n : numpy.ndarray of shape (T,), int64
        Number of events in each tick that count.
    """

    loss: np.ndarray
    ticks: np.ndarray
    serves: np.ndarray
    rows: np.ndarray
    n: np.ndarray


@dataclass(frozen=True, eq=False)
class Sliced(Table):
    """A table, and what each model would have lost on the events of slices.

    Attributes
    ----------
    unanswered : numpy.ndarray of shape (m, T) or None
        Events without a prediction (estimated, if rows were sampled); None if there is none.
    slices : dict of str to numpy.ndarray of shape (m, T)
        The same as ``loss`` for the events of each slice; empty unless asked for.
    slice_n : dict of str to numpy.ndarray of shape (T,)
        Events of each slice in each tick.
    slice_unanswered : dict of str to numpy.ndarray of shape (m, T)
        The same as ``unanswered`` for the events of each slice; empty where that is None.
    """

    unanswered: np.ndarray | None = None
    slices: dict[str, np.ndarray] = field(default_factory=dict)
    slice_n: dict[str, np.ndarray] = field(default_factory=dict)
    slice_unanswered: dict[str, np.ndarray] = field(default_factory=dict)

    def of_slice(self, name: str) -> Table:
        """The table of the events of one slice alone.

        Raises
        ------
        ValueError
            If the slice is unknown, or slices were not asked for.
        """
        if not self.slices:
            raise ValueError(f"slice={name!r}: make the table with slices=True")
        check_choice("slice", name, self.slices)
        return Table(self.slices[name], self.ticks, self.serves, self.rows, self.slice_n[name])

    def arrays(self, name: str = ALL) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Losses, events, and events without an answer, of all events or of a slice.

        Returns
        -------
        numpy.ndarray of shape (m, T), numpy.ndarray of shape (T,), numpy.ndarray of shape (m, T)

        Raises
        ------
        ValueError
            If the slice is unknown, or the table does not say which of its events have no answer.
        """
        every = name == ALL
        loss, n = (self.loss, self.n) if every else (self.of_slice(name).loss, self.slice_n[name])
        if self.unanswered is None:
            return loss, n, np.where(np.isfinite(loss), 0.0, np.nan)
        unanswered = self.unanswered if every else self.slice_unanswered.get(name)
        if unanswered is None:
            raise ValueError(
                f"slice={name!r}: the table does not say which of its events have no answer; make "
                "it again"
            )
        return loss, n, unanswered
