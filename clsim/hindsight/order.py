"""The ticks of a table of one's own, and which versions may serve them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Duration
from clsim.hindsight import predicted
from clsim.hindsight.files import INITIAL
from clsim.hindsight.given import Versions, said
from clsim.types import NEVER


@dataclass(frozen=True)
class Order:
    """Which versions are in a table, and from when on they may serve.

    Attributes
    ----------
    starts : numpy.ndarray of shape (T,), int64
        Places at which ticks start.
    timed : bool
    tick, serves : numpy.ndarray of shape (V,), int64
        For each version the tick at whose start its training counts as begun, -1 for the first
        model, T for one that begins too late; and the first tick that it may serve, or ``NEVER``.
    first : int
        The version that is the first model.
    kept : list of int
        Versions in the order of the table: by tick, the first model last.
    """

    starts: np.ndarray
    timed: bool
    tick: np.ndarray
    serves: np.ndarray
    first: int
    kept: list[int]

    def said(self, tick: int) -> str:
        """A tick in words."""
        return said(int(self.starts[tick]), self.timed)


def edges_of(
    at: np.ndarray, place: str, timed: bool, tick: Duration | None, answers: bool
) -> np.ndarray:
    """Starts of the ticks, and the end of the last."""
    if place != "tick":
        return predicted.edges_of(at, place, timed, tick)
    if tick is not None:
        raise ValueError(f"tick={tick!r}: the column 'tick' says which ticks there are")
    starts = np.unique(at)
    if not timed and answers:  # a tick between them had no events
        return np.arange(starts[0], starts[-1] + 2)
    if not timed:
        gap = np.flatnonzero(np.diff(starts) > 1)
        if len(gap):
            raise ValueError(
                f"column 'tick': {starts[gap[0]]} is followed by {starts[gap[0] + 1]}, so no row "
                f"is of tick {starts[gap[0]] + 1}; if no events came in it, say so by a row with "
                "n=0 and loss=0 (dates are written as 2024-01-31)"
            )
        return np.append(starts, starts[-1] + 1)
    return np.append(starts, _end(starts))


def _end(starts: np.ndarray) -> int:
    """When the last tick ends: by the calendar if the starts follow one, else as the one before."""
    if len(starts) > 2:
        times = pd.DatetimeIndex(starts.astype("datetime64[us]"), freq="infer")
        if times.freq is not None:
            after: Any = times[-1] + times.freq
            return int(after.to_datetime64().astype("datetime64[us]").astype(np.int64))
    return int(2 * starts[-1] - starts[-2]) if len(starts) > 1 else int(starts[-1]) + 1


def order_of(versions: Versions, starts: np.ndarray, timed: bool) -> Order:
    """Place versions among ticks: one first model, and at most one training a tick."""
    before = np.flatnonzero(versions.trained < starts[0])
    names = versions.names
    begin = said(int(starts[0]), timed)
    if len(before) == 0:
        raise ValueError(
            f"column 'trained_at': no version was trained before the first tick ({begin}), and "
            "every schedule needs a first model; leave out the ticks before it, or give it "
            "trained_at " + ("before that time" if timed else f"{int(starts[0]) - 1}")
        )
    if len(before) > 1:
        listed = " and ".join(repr(names[v]) for v in before[:2])
        raise ValueError(
            f"column 'trained_at': versions {listed} were both trained before the first tick "
            f"({begin}); one of them is the first model: leave the other out"
        )
    first, T = int(before[0]), len(starts)
    tick = np.searchsorted(starts, versions.trained, "left")
    serves = np.searchsorted(starts, versions.ready, "left")
    serves = np.where(versions.failed | (serves >= T), NEVER, serves)
    if serves[first] != 0:
        why = "gave no model" if versions.failed[first] else "was not ready by then"
        raise ValueError(
            f"version {names[first]!r} is the first model, and {why}: nobody serves tick {begin}"
        )
    tick[first] = INITIAL
    by_tick: dict[int, int] = {}
    for v in np.flatnonzero((tick >= 0) & (tick < T)).tolist():
        other = by_tick.setdefault(int(tick[v]), v)
        if other != v:
            raise ValueError(
                f"versions {names[other]!r} and {names[v]!r} were both trained for tick "
                f"{said(int(starts[tick[v]]), timed)}; a schedule trains one model a tick: leave "
                "one out, or give shorter ticks"
            )
    kept = [by_tick[key] for key in sorted(by_tick)] + [first]
    return Order(starts, timed, tick, serves, first, kept)


def may_serve(order: Order, largest_age: int | None) -> np.ndarray:
    """Whether each version may serve each tick, (V, T)."""
    at = np.arange(len(order.starts))
    may = at >= order.serves[:, None]
    if largest_age is not None:
        may &= (at - order.tick[:, None] <= largest_age) | (order.tick[:, None] == INITIAL)
    return may
