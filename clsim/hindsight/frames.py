"""A table of hindsight as a frame, one row per version and tick; and from one, without a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Duration
from clsim.errors import check_choice, check_number
from clsim.hindsight import predicted
from clsim.hindsight.files import INITIAL
from clsim.hindsight.given import (
    LOSSES,
    PLACES,
    PREDICTIONS,
    UNKNOWN,
    Versions,
    numbers,
    of_seed,
    places,
    refuse,
    said,
    versions_of,
    wholes,
)
from clsim.hindsight.losses import Table
from clsim.hindsight.setting import TableSetting
from clsim.losses import LOSSES as KINDS
from clsim.runs.run import versions as libraries
from clsim.types import NEVER, Columns

NO_MODEL = "no model of it was ready by the last tick"
"""What is said of a training whose version has one row, without a tick."""


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


def columns_of(
    frame: pd.DataFrame,
    loss: str,
    tick: Duration | None,
    largest_age: int | None,
    seed: int | None,
) -> tuple[Columns, dict[str, Any], dict[str, Any]]:
    """What `clsim.hindsight.table.Counterfactual.from_pieces` makes a table of.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `clsim.hindsight.given.read` gives it.
    loss, tick, largest_age, seed
        As for `clsim.hindsight.table.Counterfactual.from_frame`.

    Returns
    -------
    columns : dict of str to numpy.ndarray
    about, info : dict

    Raises
    ------
    TypeError, ValueError
        For what makes no table, by column and row, or by version and tick.
    """
    check_choice("loss", loss, (*KINDS, "matrix"))
    if largest_age is not None:
        check_number("largest_age", largest_age, whole=True, low=0)
    frame, seed = of_seed(frame, seed)
    answers = "y_pred" in frame
    [place] = [name for name in PLACES if name in frame]
    empty = frame[[place, *(PREDICTIONS if answers else LOSSES[1:])]].isna().all(axis=1).to_numpy()
    if frame["trained_at"].isna().any():
        refuse(frame, "trained_at", frame["trained_at"].isna(), "say when its training began")
    dated = [name for name in (place, "trained_at", "ready_at") if name in frame]
    at, timed = places(frame, dated, empty)
    if empty.all():
        raise ValueError("no row scores a version")
    versions = versions_of(frame, {name: at[name] for name in dated[1:]}, empty)
    edges = _edges(at[place][~empty], place, timed, tick, answers)
    order = _order(versions, edges[:-1], timed)
    j = np.searchsorted(order.starts, at[place], "right") - 1
    counts = ~empty & _may_serve(order, largest_age)[versions.code, j]
    if answers:
        lost = np.zeros(len(frame))
        lost[~empty] = predicted.losses_of(frame[~empty], loss)
        predicted.check_same_events(frame, at[place], versions, counts, order.first, timed)
        shape = (len(versions.names), len(order.starts))
        total, n = predicted.sums(versions.code[counts], j[counts], lost[counts], shape)
        scored, busy = n > 0, j[~empty]
    else:
        total, n, scored = _given_losses(frame, versions, order, j, counts, loss)
        busy = j[~empty & (pd.to_numeric(frame["n"], errors="coerce").to_numpy(float) != 0)]
    scored |= np.bincount(busy, minlength=len(order.starts)) == 0  # nothing to score
    matrix = _matrix(versions, order, total, n, scored, largest_age)
    if not n[order.first].any():
        raise ValueError("there are no events in any tick (n=0)")
    rows = versions.rows[order.kept].copy()
    rows[-1] = 0
    ticks = np.append(order.tick[order.kept[:-1]], INITIAL)
    failed = [NO_MODEL if versions.failed[v] else None for v in order.kept]
    columns: Columns = {
        "tick": ticks, "serves": order.serves[order.kept], "rows": rows,
        "held_out": np.zeros(len(ticks), np.int64), "seconds": np.full(len(ticks), np.nan),
        "failure": np.array(failed, dtype=object), "loss": matrix,
    }  # fmt: skip
    setting = TableSetting(
        tick="" if tick is None else str(tick), seed=seed, loss=loss, largest_age=largest_age,
        candidates=ticks[:-1].tolist(), versions=libraries(),
    )  # fmt: skip
    about = {"setting": setting.to_json(), "n": n[order.first].tolist(), "slice_n": {}}
    info: dict[str, Any] = {"versions": [versions.names[v] for v in order.kept]}
    late = [versions.names[v] for v in range(len(order.tick)) if v not in order.kept]
    if late:
        info["too_late"] = late
    if timed:
        info["edges"] = edges.tolist()
    return columns, about, info


def _edges(
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


def _order(versions: Versions, starts: np.ndarray, timed: bool) -> Order:
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


def _may_serve(order: Order, largest_age: int | None) -> np.ndarray:
    """Whether each version may serve each tick, (V, T)."""
    at = np.arange(len(order.starts))
    may = at >= order.serves[:, None]
    if largest_age is not None:
        may &= (at - order.tick[:, None] <= largest_age) | (order.tick[:, None] == INITIAL)
    return may


def _given_losses(
    frame: pd.DataFrame, versions: Versions, order: Order, j: np.ndarray, counts: np.ndarray,
    kind: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Loss and events of each version in each tick, and whether it was scored; (V, T) each."""
    cell = versions.code * len(order.starts) + j
    used, cells = frame[counts], cell[counts]
    twice = pd.Series(cells).duplicated().to_numpy()
    if twice.any():
        first = int(np.flatnonzero(cells == cells[twice.argmax()])[0])
        need = f"row {used.index[first]} scores the same version on the same tick; leave one out"
        refuse(used, "tick", twice, need)
    n, loss = wholes(used, "n", low=0), numbers(used, "loss")
    if (loss < 0).any():
        refuse(used, "loss", loss < 0, "a loss cannot be below 0")
    if ((n == 0) & (loss != 0)).any():
        refuse(used, "loss", (n == 0) & (loss != 0), "there are no events (n=0) to lose on")
    if kind == "zero_one":
        if (loss > n).any():
            need = "it counts wrong predictions, and is more than the events (n) of the tick"
            refuse(used, "loss", loss > n, f"{need}; of another loss, say which: loss='squared'")
        if (loss % 1 != 0).any():
            refuse(
                used, "loss", loss % 1 != 0, "it counts wrong predictions: multiply an error rate "
                "by n; of another loss, say which, such as loss='squared'",
            )  # fmt: skip
    shape = (len(versions.names), len(order.starts))
    total, events, scored = np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape, bool)
    total.flat[cells], events.flat[cells], scored.flat[cells] = loss, n, True
    return total, events, scored


def _matrix(
    versions: Versions, order: Order, total: np.ndarray, n: np.ndarray, scored: np.ndarray,
    largest_age: int | None,
) -> np.ndarray:  # fmt: skip
    """The losses of a table: NaN where a version may not serve.

    Raises
    ------
    ValueError
        For a version that may serve a tick and was not scored on it, or not on all its events.
    """
    names, served = versions.names, n[order.first]
    other = scored & scored[order.first] & (n != served)
    if other.any():
        v, j = np.argwhere(other)[0]
        raise ValueError(
            f"version {names[v]!r} was scored on {n[v, j]} events of tick {order.said(j)}, and "
            f"version {names[order.first]!r} on {served[j]}: every version needs the same events"
        )
    may = _may_serve(order, largest_age)
    lacks = np.zeros_like(may)
    lacks[order.kept] = (may & ~scored)[order.kept]
    if lacks.any():
        v, j = np.argwhere(lacks)[0]
        ends = " (or say largest_age, if versions were scored up to an age)" if lacks[v, -1] else ""
        raise ValueError(
            f"version {names[v]!r} was not scored on tick {order.said(j)}, which it may serve; "
            f"score it there{ends}; a version that was ready later says so in 'ready_at'"
        )
    return np.where(may, total, np.nan)[order.kept]


def frame_of(table: Table, names: Sequence[str], seed: int) -> pd.DataFrame:
    """A table as a frame: one row per model and tick that it may serve.

    Parameters
    ----------
    table : Table
    names : sequence of str
        What its models are called.
    seed : int

    Returns
    -------
    pandas.DataFrame
        version, trained_at, ready_at, rows, seed, tick, loss, n: what
        `clsim.hindsight.table.Counterfactual.from_frame` reads. The first model is trained at -1.
        A training that gave no model, or ended after the last tick, has one row without tick.
    """
    count = len(table.ticks)
    never = np.flatnonzero(table.serves == NEVER)
    model, tick = np.nonzero(np.isfinite(table.loss))
    at = np.append(model, never)
    lost = np.append(table.loss[model, tick], np.full(len(never), np.nan))
    where = np.append(tick, np.full(len(never), -1))
    frame = pd.DataFrame(
        {
            "version": np.array(names, dtype=object)[at], "trained_at": table.ticks[at],
            "ready_at": pd.arrays.IntegerArray(
                np.where(at == count - 1, INITIAL, table.serves[at]), where < 0
            ),
            "rows": table.rows[at], "seed": seed,
            "tick": pd.arrays.IntegerArray(where, where < 0), "loss": lost,
            "n": pd.arrays.IntegerArray(np.where(where < 0, 0, table.n[where]), where < 0),
        }
    )  # fmt: skip
    if (table.rows[:-1] == UNKNOWN).any():
        frame = frame.drop(columns="rows")
    return frame.sort_values(["trained_at", "tick"], kind="stable", ignore_index=True)
