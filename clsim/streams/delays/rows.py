"""Random numbers of events by their row, and times after a wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clsim.randomness import uniform
from clsim.types import NEVER_TIME, Batch

LONG = 2.0**62
"""A wait in clock units that counts as for ever (146,000 years)."""


@dataclass(frozen=True)
class _Part(Batch):
    """Some events of a stream, which keep the random numbers of their rows."""

    rows: np.ndarray | None = None


def part_of(events: Batch, rows: np.ndarray) -> Batch:
    """Events as those of certain rows of a stream, whose random numbers they draw."""
    return _Part(events.X, events.y, events.time, events.label_time, events.slices, None, rows)


def piece_of(events: Batch, some: np.ndarray) -> Batch:
    """The events at these positions."""
    rows = getattr(events, "rows", None)
    batch = Batch(
        events.X[some] if isinstance(events.X, np.ndarray) else events.X.iloc[some],
        events.y[some],
        events.time[some],
        None if events.label_time is None else events.label_time[some],
        {column: codes[some] for column, codes in events.slices.items()},
    )
    return part_of(batch, some if rows is None else rows[some])


def uniforms(events: Batch, seed: int, role: str) -> np.ndarray:
    """A uniform number in [0, 1) for each event that depends on seed, role and row alone."""
    rows = getattr(events, "rows", None)
    return uniform(seed, role, np.arange(len(events.time)) if rows is None else rows)


def later(time: np.ndarray, wait: np.ndarray) -> np.ndarray:
    """Times after a wait, to the nearest clock unit; never where it is longer than any clock."""
    ever = wait < LONG
    return np.where(ever, time + np.rint(np.where(ever, wait, 0)).astype(np.int64), NEVER_TIME)
