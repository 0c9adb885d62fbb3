"""What versions lost in each tick, of all events and of slices, checked against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clsim.hindsight.given import numbers, refuse, wholes
from clsim.hindsight.losses import ALL

CLOSE = 1e-9
"""How far, as a share, sums of losses may lie apart that are rounded otherwise."""


@dataclass
class Cells:
    """Of V versions on T ticks; each array has the shape (V, T).

    Attributes
    ----------
    loss : numpy.ndarray
        Summed losses.
    n, unanswered : numpy.ndarray of int64
        Events, and those of them that have no answer.
    scored : numpy.ndarray of bool
        Whether a version was scored on a tick.
    """

    loss: np.ndarray
    n: np.ndarray
    unanswered: np.ndarray
    scored: np.ndarray

    @classmethod
    def sums(
        cls, cell: np.ndarray, loss: np.ndarray, n: np.ndarray, unanswered: np.ndarray,
        shape: tuple[int, int],
    ) -> Cells:  # fmt: skip
        """Sums of rows by the cell that each lies in: version times T, plus tick."""
        size = shape[0] * shape[1]
        lost, events, missing = (
            np.bincount(cell, weights=values, minlength=size).reshape(shape)
            for values in (loss, n, unanswered)
        )
        there = np.bincount(cell, minlength=size).reshape(shape) > 0
        return cls(lost, events.astype(np.int64), missing.astype(np.int64), there)


def check_losses(
    frame: pd.DataFrame, cell: np.ndarray, of_slice: np.ndarray, kind: str, unanswered: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Losses, events and events without an answer of each row.

    Parameters
    ----------
    frame : pandas.DataFrame
    cell, of_slice : numpy.ndarray of int64
        The version and tick, and the slice, of each row.
    kind : str
        Of the loss.
    unanswered : {'skip', 'wrong'} or None
        How events without an answer count; None: there must be none.

    Raises
    ------
    ValueError
        By column and row.
    """
    twice = pd.DataFrame({"cell": cell, "slice": of_slice}).duplicated().to_numpy()
    if twice.any():
        k = twice.argmax()
        first = int(np.flatnonzero((cell == cell[k]) & (of_slice == of_slice[k]))[0])
        need = f"row {frame.index[first]} scores the same version on the same tick; leave one out"
        refuse(frame, "tick", twice, need)
    n, loss = wholes(frame, "n", low=0), numbers(frame, "loss")
    missing = np.zeros(len(frame), np.int64)
    if "unanswered" in frame:
        missing = wholes(frame, "unanswered", low=0)
        if (missing > n).any():
            refuse(frame, "unanswered", missing > n, "more than the events (n) of the tick")
        if unanswered is None and missing.any():
            refuse(
                frame, "unanswered", missing > 0, "say how events without an answer count: "
                "unanswered='skip' (the loss is of the others) or 'wrong' (each is 1 in it)",
            )  # fmt: skip
    if (loss < 0).any():
        refuse(frame, "loss", loss < 0, "a loss cannot be below 0")
    counted = n - missing if unanswered == "skip" else n
    if ((counted == 0) & (loss != 0)).any():
        of = "no events (n=0)" if ((n == 0) & (loss != 0)).any() else "no answers"
        refuse(frame, "loss", (counted == 0) & (loss != 0), f"there are {of} to lose on")
    if unanswered == "wrong" and (loss < missing).any():
        need = "each event without an answer counts as an error in it, and there are more of them"
        refuse(frame, "loss", loss < missing, need)
    if kind == "zero_one":
        _check_counts(frame, loss, counted)
    return loss, n, missing


def _check_counts(frame: pd.DataFrame, loss: np.ndarray, counted: np.ndarray) -> None:
    """Refuse losses that cannot be numbers of wrong predictions."""
    if (loss > counted).any():
        need = "it counts wrong predictions, and is more than the events (n) of the tick"
        without = " that have an answer" if (loss > counted).any() and "unanswered" in frame else ""
        refuse(
            frame, "loss", loss > counted,
            f"{need}{without}; of another loss, say which: loss='squared'",
        )  # fmt: skip
    if (loss % 1 != 0).any():
        refuse(
            frame, "loss", loss % 1 != 0, "it counts wrong predictions: multiply an error rate by "
            "n; of another loss, say which, such as loss='squared'",
        )  # fmt: skip


def added_up(slices: dict[str, Cells]) -> Cells:
    """All events, as the sum over the slices of one column.

    Raises
    ------
    ValueError
        If slices are of several columns, so that an event may be in two of them.
    """
    columns = sorted({name.partition("=")[0] for name in slices if "=" in name})
    if len(columns) > 1:
        raise ValueError(
            f"column 'slice': slices of {columns[0]!r} and of {columns[1]!r} share events, so they "
            f"do not add up; also give rows of all events (slice {ALL!r}, or empty)"
        )
    parts = list(slices.values())
    loss, n, unanswered = (
        sum(getattr(part, name) for part in parts) for name in ("loss", "n", "unanswered")
    )
    scored = np.any([part.scored for part in parts], axis=0)
    return Cells(np.asarray(loss), np.asarray(n), np.asarray(unanswered), scored)


def check_slices(
    cells: Cells, slices: dict[str, Cells], may: np.ndarray, kept: list[int], first: int,
    names: list[str], said: Callable[[int], str],
) -> None:  # fmt: skip
    """Refuse slices that were not scored, or not on the same events, or that are more than all.

    Parameters
    ----------
    cells : Cells
        Of all events.
    slices : dict of str to Cells
    may : numpy.ndarray of bool
        Whether each version may serve each tick.
    kept : list of int
        Versions that are in the table.
    first : int
        The one that is the first model.
    names : list of str
        What versions are called.
    said : callable
        A tick in words.

    Raises
    ------
    ValueError
        By version, tick and slice.
    """
    used = np.zeros_like(may)
    used[kept] = (may & cells.scored)[kept]
    for name, part in slices.items():
        served = np.where(part.scored[first], part.n[first], 0)
        events = np.where(part.scored, part.n, 0)
        other = used & (events != served)
        if other.any():
            v, j = np.argwhere(other)[0]
            raise ValueError(
                f"slice {name!r}: version {names[v]!r} was scored on {events[v, j]} events of tick "
                f"{said(j)}, and version {names[first]!r} on {served[j]}: every version needs the "
                "same events"
            )
        for what in ("loss", "n", "unanswered"):
            of, whole = getattr(part, what), getattr(cells, what)
            more = used & (of > whole * (1 + CLOSE))
            if more.any():
                v, j = np.argwhere(more)[0]
                raise ValueError(
                    f"column {what!r}: version {names[v]!r} has {of[v, j]:g} in slice {name!r} of "
                    f"tick {said(j)}, and {whole[v, j]:g} in all"
                )
    for column in {name.partition("=")[0] for name in slices}:
        parts = [part for name, part in slices.items() if name.partition("=")[0] == column]
        n, loss = (np.sum([getattr(part, of) for part in parts], axis=0) for of in ("n", "loss"))
        apart = used & (n == cells.n) & ~np.isclose(loss, cells.loss, rtol=CLOSE, atol=CLOSE)
        if len(parts) > 1 and apart.any():
            v, j = np.argwhere(apart)[0]
            raise ValueError(
                f"column 'loss': the slices of {column!r} have all events of tick {said(j)}, and "
                f"their losses of version {names[v]!r} add up to {loss[v, j]:g}, not "
                f"{cells.loss[v, j]:g}"
            )
