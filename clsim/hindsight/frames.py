"""A table of hindsight as a frame, one row per version and tick; and from one, without a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Duration
from clsim.errors import check_choice, check_number
from clsim.hindsight import predicted
from clsim.hindsight.cells import Cells, added_up, check_losses, check_slices
from clsim.hindsight.deployed import rows_served, said_by_mapping, said_by_rows
from clsim.hindsight.files import INITIAL
from clsim.hindsight.given import (
    LOSSES,
    PLACES,
    PREDICTIONS,
    UNKNOWN,
    Versions,
    of_seed,
    places,
    refuse,
    slices_of,
    versions_of,
)
from clsim.hindsight.losses import ALL, Sliced
from clsim.hindsight.order import Order, edges_of, may_serve, order_of
from clsim.hindsight.setting import TableSetting
from clsim.losses import LOSSES as KINDS
from clsim.runs.run import versions as libraries
from clsim.types import Columns

NO_MODEL = "no model of it was ready by the last tick"
"""What is said of a training whose version has one row, without a tick."""


def columns_of(
    frame: pd.DataFrame,
    loss: str,
    tick: Duration | None,
    largest_age: int | None,
    seed: int | None,
    unanswered: str | None,
    served: Mapping[Any, Any] | None,
) -> tuple[Columns, dict[str, Any], dict[str, Any]]:
    """What `clsim.hindsight.table.Counterfactual.from_pieces` makes a table of.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `clsim.hindsight.given.read` gives it.
    loss, tick, largest_age, seed, unanswered, served
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
    _check_options(loss, largest_age, unanswered)
    frame, seed = of_seed(frame, seed)
    answers = "y_pred" in frame
    [place] = [name for name in PLACES if name in frame]
    needed = [place, *(PREDICTIONS if answers else LOSSES[1:])]
    empty = frame[needed].isna().all(axis=1).to_numpy()
    if frame["trained_at"].isna().any():
        refuse(frame, "trained_at", frame["trained_at"].isna(), "say when its training began")
    dated = [name for name in (place, "trained_at", "ready_at") if name in frame]
    at, timed = places(frame, dated, empty)
    if empty.all():
        raise ValueError("no row scores a version")
    versions = versions_of(frame, {name: at[name] for name in dated[1:]}, empty)
    edges = edges_of(at[place][~empty], place, timed, tick, answers)
    order = order_of(versions, edges[:-1], timed)
    j = np.searchsorted(order.starts, at[place], "right") - 1
    rows = _Rows(frame, versions, order, j, empty, may_serve(order, largest_age))
    if answers:
        cells, slices, busy = _of_answers(rows, at[place], loss, unanswered, timed)
    else:
        cells, slices, busy = _of_losses(rows, loss, unanswered)
    cells.scored |= ~busy  # nothing to score
    check_slices(
        cells, slices, rows.may, order.kept, order.first, versions.names, order.said
    )  # fmt: skip
    _check(cells, rows)
    columns, about, info = _columns(rows, cells, slices)
    about["setting"] = TableSetting(
        tick="" if tick is None else str(tick), seed=seed, loss=loss, largest_age=largest_age,
        candidates=columns["tick"][:-1].tolist(), versions=libraries(), slices=bool(slices),
        unanswered=unanswered or "skip",
    ).to_json()  # fmt: skip
    by = _served(rows, served, busy)
    if by is not None:
        about["served"] = rows_served(by, columns["loss"], versions, order)
    if timed:
        info["edges"] = edges.tolist()
    return columns, about, info


def _check_options(loss: str, largest_age: int | None, unanswered: str | None) -> None:
    check_choice("loss", loss, (*KINDS, "matrix"))
    if largest_age is not None:
        check_number("largest_age", largest_age, whole=True, low=0)
    check_choice("unanswered", unanswered, (None, "skip", "wrong"))
    if unanswered == "wrong" and loss != "zero_one":
        raise ValueError(f"unanswered='wrong': needs the zero-one loss, not {loss}")


@dataclass(frozen=True)
class _Rows:
    """The rows of a frame, the tick of each, and which versions may serve which ticks, (V, T)."""

    frame: pd.DataFrame
    versions: Versions
    order: Order
    tick: np.ndarray
    empty: np.ndarray
    may: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """Rows of ticks that their versions may serve."""
        return ~self.empty & self.may[self.versions.code, self.tick]

    @property
    def cell(self) -> np.ndarray:
        """The version and tick of each row, as one number."""
        return self.versions.code * len(self.order.starts) + self.tick

    def busy(self, some: np.ndarray) -> np.ndarray:
        """Ticks in which some rows lie."""
        return np.bincount(self.tick[some], minlength=len(self.order.starts)) > 0


def _of_answers(
    rows: _Rows, at: np.ndarray, loss: str, unanswered: str | None, timed: bool
) -> tuple[Cells, dict[str, Cells], np.ndarray]:
    """Losses by answers: of all events, of each slice; and ticks that have events."""
    frame, counts = rows.frame, rows.counts
    lost = np.zeros(len(frame))
    lost[~rows.empty] = predicted.losses_of(frame[~rows.empty], loss, unanswered)
    of_slice, names = slices_of(frame)
    predicted.check_same_events(
        frame, at, rows.versions, counts, rows.order.first, timed, of_slice
    )  # fmt: skip
    missing, one, shape = frame["y_pred"].isna().to_numpy(), np.ones(len(frame)), rows.may.shape

    def sums(some: np.ndarray) -> Cells:
        return Cells.sums(rows.cell[some], lost[some], one[some], missing[some], shape)

    slices = {names[k]: sums(counts & (of_slice == k)) for k in range(1, len(names))}
    return sums(counts), slices, rows.busy(~rows.empty)


def _of_losses(
    rows: _Rows, loss: str, unanswered: str | None
) -> tuple[Cells, dict[str, Cells], np.ndarray]:
    """The same by losses; without rows of all events they are the sum over slices."""
    frame, counts = rows.frame, rows.counts
    of_slice, names = slices_of(frame)
    of_slice, cell = of_slice[counts], rows.cell[counts]
    lost, n, missing = check_losses(frame[counts], cell, of_slice, loss, unanswered)

    def sums(k: int) -> Cells:
        some = of_slice == k
        return Cells.sums(cell[some], lost[some], n[some], missing[some], rows.may.shape)

    slices = {names[k]: sums(k) for k in range(1, len(names))}
    cells = sums(0) if (of_slice == 0).any() else added_up(slices)
    events = pd.to_numeric(frame["n"], errors="coerce").to_numpy(float) != 0
    return cells, slices, rows.busy(~rows.empty & events)


def _check(cells: Cells, rows: _Rows) -> None:
    """Refuse a version that may serve a tick and was not scored on it, or not on all its events.

    Raises
    ------
    ValueError
        By version and tick.
    """
    order, names, n = rows.order, rows.versions.names, cells.n
    served = n[order.first]
    other = cells.scored & cells.scored[order.first] & (n != served) & rows.may
    if other.any():
        v, j = np.argwhere(other)[0]
        raise ValueError(
            f"version {names[v]!r} was scored on {n[v, j]} events of tick {order.said(j)}, and "
            f"version {names[order.first]!r} on {served[j]}: every version needs the same events"
        )
    lacks = np.zeros_like(rows.may)
    lacks[order.kept] = (rows.may & ~cells.scored)[order.kept]
    if lacks.any():
        v, j = np.argwhere(lacks)[0]
        ends = " (or say largest_age, if versions were scored up to an age)" if lacks[v, -1] else ""
        raise ValueError(
            f"version {names[v]!r} was not scored on tick {order.said(j)}, which it may serve; "
            f"score it there{ends}; a version that was ready later says so in 'ready_at'"
        )
    if not served.any():
        raise ValueError("there are no events in any tick (n=0)")


def _columns(
    rows: _Rows, cells: Cells, slices: dict[str, Cells]
) -> tuple[Columns, dict[str, Any], dict[str, Any]]:
    """The columns of a table, its numbers of events, and what its versions are called."""
    order, versions = rows.order, rows.versions
    trained_on = versions.rows[order.kept].copy()
    trained_on[-1] = 0
    ticks = np.append(order.tick[order.kept[:-1]], INITIAL)
    failed = [NO_MODEL if versions.failed[v] else None for v in order.kept]

    def of_kept(values: np.ndarray) -> np.ndarray:
        return np.where(rows.may, values, np.nan)[order.kept]

    columns: Columns = {
        "tick": ticks, "serves": order.serves[order.kept], "rows": trained_on,
        "held_out": np.zeros(len(ticks), np.int64), "seconds": np.full(len(ticks), np.nan),
        "failure": np.array(failed, dtype=object), "loss": of_kept(cells.loss),
        "unanswered": of_kept(cells.unanswered),
    }  # fmt: skip
    columns |= {f"loss {name}": of_kept(part.loss) for name, part in slices.items()}
    columns |= {f"unanswered {name}": of_kept(part.unanswered) for name, part in slices.items()}
    about = {
        "n": cells.n[order.first].tolist(),
        "slice_n": {name: part.n[order.first].tolist() for name, part in slices.items()},
    }
    info: dict[str, Any] = {"versions": [versions.names[v] for v in order.kept]}
    late = [versions.names[v] for v in range(len(order.tick)) if v not in order.kept]
    return columns, about, info | ({"too_late": late} if late else {})


def _served(rows: _Rows, given: Mapping[Any, Any] | None, busy: np.ndarray) -> np.ndarray | None:
    """The version that served each tick; None where nobody says."""
    if given is None:
        if "served" not in rows.frame:
            return None
        return said_by_rows(
            rows.frame, rows.versions, rows.order, rows.tick, rows.empty, busy
        )  # fmt: skip
    if "served" in rows.frame:
        raise ValueError("served: the column 'served' says it already; leave one of them out")
    return said_by_mapping(given, rows.versions, rows.order)


def frame_of(
    table: Sliced, served: np.ndarray | None, names: Sequence[str], seed: int
) -> pd.DataFrame:
    """A table as a frame: one row per model and tick that it may serve, and one for each slice.

    Parameters
    ----------
    table : Sliced
    served : numpy.ndarray of shape (T,), int64, or None
        The row that really served each tick.
    names : sequence of str
        What its models are called.
    seed : int

    Returns
    -------
    pandas.DataFrame
        version, trained_at, ready_at, rows, seed, tick, loss, n: what
        `clsim.hindsight.table.Counterfactual.from_frame` reads; where the table says it, slice,
        unanswered and served. The first model is trained at -1. A training that gave no model, or
        ended after the last tick, has one row without tick.
    """
    parts = {name: table.arrays(name) for name in (ALL, *table.slices)}
    count = len(table.ticks)
    never = np.flatnonzero(table.serves >= len(table.n))
    model, tick = np.nonzero(np.isfinite(table.loss))
    at, where = np.append(model, never), np.append(tick, np.full(len(never), -1))
    missing = where < 0
    frames = []
    for name, (loss, n, unanswered) in parts.items():
        lost = np.append(loss[model, tick], np.full(len(never), np.nan))
        without = np.append(unanswered[model, tick], np.zeros(len(never))).astype(np.int64)
        frames.append(
            pd.DataFrame(
                {
                    "version": np.array(names, dtype=object)[at], "trained_at": table.ticks[at],
                    "ready_at": pd.arrays.IntegerArray(
                        np.where(at == count - 1, INITIAL, table.serves[at]), missing
                    ),
                    "rows": table.rows[at], "seed": seed,
                    "tick": pd.arrays.IntegerArray(where, missing), "slice": name, "loss": lost,
                    "n": pd.arrays.IntegerArray(np.where(missing, 0, n[where]), missing),
                    "unanswered": pd.arrays.IntegerArray(without, missing),
                    "served": False if served is None else (served[where] == at) & ~missing,
                }
            )[: len(at) if name == ALL else len(model)]
        )  # fmt: skip
    frame = pd.concat(frames, ignore_index=True)
    unknown = {
        "rows": bool((table.rows[:-1] == UNKNOWN).any()), "slice": len(parts) == 1,
        "unanswered": not any(np.nansum(part[2]) for part in parts.values()),
        "served": served is None,
    }  # fmt: skip
    frame = frame.drop(columns=[name for name, gone in unknown.items() if gone])
    return frame.sort_values(["trained_at", "tick"], kind="stable", ignore_index=True)
