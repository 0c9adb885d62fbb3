"""What every model lost in every tick: the arrays that all of hindsight is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
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
