"""Random numbers of events by their row, and times after a wait."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clsim.randomness import uniform
from clsim.types import NEVER_TIME, Batch

LONG = 2.0**62
"""A wait in clock units that counts as for ever (146,000 years)."""


def row_numbers(events: Batch) -> np.ndarray:
    """The row of the stream that each event is."""
    return np.arange(len(events.time)) if events.rows is None else events.rows


def piece_of(events: Batch, some: np.ndarray) -> Batch:
    """The events at some positions, which keep the random numbers of their rows."""
    return replace(events.take(some), rows=row_numbers(events)[some])


def uniforms(events: Batch, seed: int, role: str) -> np.ndarray:
    """A uniform number in [0, 1) for each event that depends on seed, role and row alone."""
    return uniform(seed, role, row_numbers(events))


def later(time: np.ndarray, wait: np.ndarray) -> np.ndarray:
    """Times after a wait, to the nearest clock unit; never where it is longer than any clock."""
    ever = wait < LONG
    return np.where(ever, time + np.rint(np.where(ever, wait, 0)).astype(np.int64), NEVER_TIME)
