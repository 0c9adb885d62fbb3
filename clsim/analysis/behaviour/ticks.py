"""What a run served: its ticks, the events that are scored in each, and their times."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from clsim.errors import unknown
from clsim.runs.run import Run


def ticks_of(run: Run, slice: str = "all") -> pd.DataFrame:
    """The ticks of one slice of a run, in order.

    Raises
    ------
    ValueError
        If the run has no such slice.
    """
    ticks = run.whole if slice == "all" else run.ticks[run.ticks["slice"] == slice]
    if ticks.empty:
        raise ValueError(unknown("slice", slice, run.ticks["slice"].unique()))
    return ticks


def scored_events(run: Run, ticks: pd.DataFrame) -> np.ndarray:
    """Events of each tick that are scored; int64 of shape (ticks,)."""
    return ticks[run.counted].to_numpy(np.int64)


def stretches(ticks: pd.DataFrame) -> list[tuple[int, int, int]]:
    """(model, first tick, tick after the last) of each stretch that one model serves; -1: none.

    Examples
    --------
    >>> stretches(pd.DataFrame({"model": pd.array([None, 0, 0, 2], "Int32")}))
    [(-1, 0, 1), (0, 1, 3), (2, 3, 4)]
    """
    model = ticks["model"].fillna(-1).to_numpy(dtype=np.int64)
    edges = [0, *(np.flatnonzero(np.diff(model)) + 1).tolist(), len(model)]
    return [(int(model[a]), a, b) for a, b in itertools.pairwise(edges) if b > a]


def clock_units(times: pd.Series) -> np.ndarray:
    """Times in clock units: microseconds since 1970, or rows."""
    values = times.to_numpy()
    if values.dtype.kind == "M":
        values = values.astype("datetime64[us]")
    return values.astype(np.int64)
