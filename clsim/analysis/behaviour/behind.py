"""Which classes and rows made a loss rise, from rows that were logged and labels known by then."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.drilling import NO_SLICE
from clsim.analysis.behaviour.rise import taken_apart
from clsim.analysis.behaviour.ticks import ticks_of
from clsim.errors import check_choice, check_number, unknown
from clsim.runs.run import Run

BY = {"label": "y_told", "answer": "y_pred"}
"""What classes are taken of: the column of a logged event."""


def logged_rows(run: Run, tick: int) -> pd.DataFrame:
    """The events that a strategy had logged before a tick, and what it knew of them by then.

    Parameters
    ----------
    run : Run
        With recorded events (``record="events"``).
    tick : int

    Returns
    -------
    pandas.DataFrame
        One row per event, in order: id, tick (that served it), time, slice, y_pred, model, known
        (the tick in which its label became known; missing: not by this tick), y_told (the label as
        it was first told) and loss (by that label), both missing where it is not known.

    Raises
    ------
    ValueError
        If events were not recorded, or there is no such tick.

    Examples
    --------
    By tick 2, the label of the first event is known; that of the second comes in tick 3.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(4), "slice": "all"})
    >>> answers = {"id": [5, 6, 7], "tick": [0, 1, 3], "time": [5, 6, 7], "slice": None,
    ...            "y_pred": [1, 0, 1], "model": 0}
    >>> seen = {"id": [5, 6, 7], "known": [1, 3, None], "y_told": [1, 1, None],
    ...         "loss": [0, 1, None]}
    >>> tables = {"predictions": pd.DataFrame(answers), "seen": pd.DataFrame(seen)}
    >>> rows = logged_rows(Run({"ticks": ticks, **tables}, RunInfo()), tick=2)
    >>> rows[["id", "tick", "known", "y_told", "loss"]].fillna(-1).astype(int).values.tolist()
    [[5, 0, 1, 1, 0], [6, 1, -1, -1, -1]]
    """
    if run.seen is None or run.predictions is None:
        raise ValueError("the run has no rows; replay it with record='events'")
    check_number("tick", tick, whole=True, low=0, high=len(ticks_of(run)) - 1)
    served = run.predictions[["id", "tick", "time", "slice", "y_pred", "model"]]
    rows = served[served["tick"] < tick].merge(run.seen, on="id")
    later = (rows["known"].isna() | (rows["known"] > tick)).to_numpy(bool)
    for name in ("known", "y_told", "loss"):
        rows[name] = rows[name].mask(later)
    return rows


def loss_by_class(
    run: Run, tick: int, ticks: int = 7, by: str = "label", column: str | None = None
) -> pd.DataFrame:
    """Which classes made the observed loss rise, or fall, up to a tick; also within slices.

    As `clsim.analysis.loss_by_slice`, of the same labels: those that arrived in the last ticks,
    against those of as many ticks before.

    Parameters
    ----------
    run : Run
        A classification with recorded events (``record="events"``).
    tick : int
        The last one; the labels that arrived at its start count.
    ticks : int, default=7
        Number of ticks on each side.
    by : {'label', 'answer'}, default='label'
        Whether by the class that an event turned out to be of, as it was first told, or by that
        which it was answered with. The second is there before labels are.
    column : str or None, default=None
        A slice column: each of its slices by class. None: all events by class.

    Returns
    -------
    pandas.DataFrame
        One row per class (and slice), the largest contribution first: slice ('all' without a
        column), class, reference_n, n (labels before, and in the last ticks), reference_loss, loss
        (mean losses; NaN without labels), worse, more_frequent (the two parts), contribution (their
        sum, which adds up to the change of the mean loss), share (of that change; NaN if there
        is none); and by answer also waiting (events of the last ticks that were answered with this
        class and whose labels were not known).

    Raises
    ------
    ValueError
        If events were not recorded, there are not so many ticks, no labels on a side, no such
        column, or no classes.

    Examples
    --------
    Of the four labels that came in tick 1, one was answered wrongly; of the four of tick 2, three.
    The mean loss rose by 0.5, half of it from events of either class.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(3), "slice": "all"})
    >>> answers = {"id": range(8), "tick": [0] * 4 + [1] * 4, "time": range(8), "slice": None,
    ...            "y_pred": [0, 0, 1, 0, 0, 1, 0, 0], "model": 0}
    >>> seen = {"id": range(8), "known": [1] * 4 + [2] * 4, "y_told": [0, 0, 1, 1, 0, 0, 1, 1],
    ...         "loss": [0, 0, 0, 1, 0, 1, 1, 1]}
    >>> tables = {"predictions": pd.DataFrame(answers), "seen": pd.DataFrame(seen)}
    >>> run = Run({"ticks": ticks, **tables}, RunInfo(classes=(0, 1)))
    >>> found = loss_by_class(run, tick=2, ticks=1)
    >>> found[["class", "reference_loss", "loss", "contribution", "share"]]
      class  reference_loss  loss  contribution  share
    0     0             0.0   0.5          0.25    0.5
    1     1             0.5   1.0          0.25    0.5
    """
    check_choice("by", by, BY)
    check_number("ticks", ticks, whole=True, low=1)
    rows = logged_rows(run, tick)
    if run.info.task != "classification":
        raise ValueError("the loss of a regression has no classes; use loss_by_slice")
    check_number("tick", tick, whole=True, low=2 * ticks - 1)
    rows["slice"] = "all" if column is None else _slices(rows["slice"], column)
    names = {label: str(label) for label in run.info.classes}
    rows["class"] = rows[BY[by]].map(names).fillna(NO_SLICE)
    last, before = (rows["known"].between(end - ticks + 1, end).fillna(False).to_numpy(bool)
                    for end in (tick, tick - ticks))  # fmt: skip
    scored = rows["loss"].notna().to_numpy()
    sides = [rows[side & scored] for side in (before, last)]
    if any(side.empty for side in sides):
        raise ValueError(f"tick={tick}: no labels arrived on one side; give more ticks")
    waits = rows[(rows["tick"] >= tick - ticks).to_numpy(bool) & rows["known"].isna().to_numpy()]
    cells = ["slice", "class"]
    sums = [side.groupby(cells)["loss"].agg(["size", "sum"]) for side in sides]
    every = sums[0].index.union(sums[1].index)
    if by == "answer":
        every = every.union(waits.groupby(cells).size().index)
    counts, lost = (np.array([each[what].reindex(every, fill_value=0) for each in sums], float)
                    for what in ("size", "sum"))  # fmt: skip
    found = pd.concat([every.to_frame(index=False), taken_apart(counts, lost)], axis=1)
    if by == "answer":
        found["waiting"] = waits.groupby(cells).size().reindex(every, fill_value=0).to_numpy()
    return found.sort_values("contribution", ascending=False, kind="stable", ignore_index=True)


def rows_behind(
    run: Run, tick: int, ticks: int = 7, most: int = 20, stream: Any = None
) -> pd.DataFrame:
    """The rows that lost most, of those whose labels arrived in the last ticks.

    Parameters
    ----------
    run : Run
        With recorded events (``record="events"``).
    tick : int
        The last one; the labels that arrived at its start count.
    ticks : int, default=7
    most : int, default=20
        Largest number of rows.
    stream : Stream, optional
        The stream that was replayed, for the features of these rows and of no others.

    Returns
    -------
    pandas.DataFrame
        Those that lost anything, the largest loss first, among equals the latest event: id, tick
        (that served it), time, slice, y_pred, model, known (the tick that knew its label), y_told,
        loss, share (of the sum of the losses of the last ticks), and the features, if there is a
        stream.

    Raises
    ------
    ValueError
        If events were not recorded, there is no such tick, or the stream is another.

    Examples
    --------
    Of three labels that arrived in the last two ticks, two lost something; 3 of 4 is a share of
    0.75.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(3), "slice": "all"})
    >>> answers = {"id": [0, 1, 2], "tick": [0, 0, 1], "time": [0, 1, 2], "slice": None,
    ...            "y_pred": [2.0, 5.0, 4.0], "model": 0}
    >>> seen = {"id": [0, 1, 2], "known": [1, 1, 2], "y_told": [2.0, 4.0, 7.0],
    ...         "loss": [0.0, 1.0, 3.0]}
    >>> tables = {"predictions": pd.DataFrame(answers), "seen": pd.DataFrame(seen)}
    >>> run = Run({"ticks": ticks, **tables}, RunInfo(task="regression", loss="absolute"))
    >>> rows_behind(run, tick=2, ticks=2)[["id", "y_pred", "y_told", "loss", "share"]]
       id  y_pred  y_told  loss  share
    0   2     4.0     7.0   3.0   0.75
    1   1     5.0     4.0   1.0   0.25
    """
    check_number("ticks", ticks, whole=True, low=1)
    check_number("most", most, whole=True, low=1)
    rows = logged_rows(run, tick)
    rows = rows[(rows["known"] > tick - ticks).fillna(False).to_numpy(bool)]
    total = rows["loss"].sum()
    rows["share"] = rows["loss"] / total if total else np.nan
    rows = rows[rows["loss"] > 0]
    rows = rows.sort_values(["loss", "id"], ascending=False, ignore_index=True).head(most)
    return rows if stream is None else with_features(rows, run, stream)


def with_features(rows: pd.DataFrame, run: Run, stream: Any) -> pd.DataFrame:
    """The features of some logged rows beside them.

    Raises
    ------
    ValueError
        If the stream has these rows not, or at other times.
    """
    pieces: list[pd.DataFrame] = []
    moments: list[pd.Series] = []
    wanted, first = rows["id"].to_numpy(np.int64), 0
    for batch in stream.blocks(run.info.seed):
        stop = first + len(batch.y)
        mine = np.unique(wanted[(wanted >= first) & (wanted < stop)])
        pieces.append(_features(batch, mine, first, stream))
        moments.append(pd.Series(batch.time[mine - first], index=mine))
        first = stop
        if len(wanted) == 0 or first > wanted.max():
            break
    there, times = pd.concat(pieces), pd.concat(moments).reindex(wanted)
    given = rows["time"]
    if run.info.timed:
        times = times.astype("Int64").astype("datetime64[us]")
    if not np.array_equal(times.to_numpy(), given.to_numpy()):
        raise ValueError("stream: other events than those of the run; give the one replayed")
    return pd.concat([rows, there.reindex(wanted).reset_index(drop=True)], axis=1)


def _features(batch: Any, rows: np.ndarray, first: int, stream: Any) -> pd.DataFrame:
    """Features of some rows of a batch, by row."""
    X = batch.X.iloc[rows - first] if isinstance(batch.X, pd.DataFrame) else batch.X[rows - first]
    found = pd.DataFrame(X, copy=True)
    found.columns, found.index = pd.Index(stream.schema.features), pd.Index(rows)
    return found


def _slices(joined: pd.Series, column: str) -> pd.Series:
    """The slice of one column that each event is in."""
    if joined.isna().all():
        raise ValueError("the stream has no slices; name slice columns in it")
    pairs = [str(each).split(";") for each in joined]
    names = list(dict.fromkeys(name.partition("=")[0] for each in pairs for name in each))
    if column not in names:
        raise ValueError(unknown("slice column", column, names))
    place = names.index(column)
    return pd.Series([each[place] for each in pairs], index=joined.index)


def cells_behind(run: Run, signal: str, tick: int) -> pd.DataFrame:
    """Which bins or categories made the values of a signal on which a rule fired in a tick.

    Parameters
    ----------
    run : Run
        With recorded events (``record="events"``).
    signal : str
        The name of a monitor that compares distributions.
    tick : int

    Returns
    -------
    pandas.DataFrame
        One row per value on which a rule fired and bin or category, those that gave most first: of
        (the feature; missing: all together), slice, value, cell, reference and current (its shares
        then and now), contribution, adds_to ('value': contributions add up to the value; 'square':
        to the square of it; 'largest': the value is the largest of them), share (of their sum; NaN
        for the largest) and rows (some of the latest rows of a cell that has grown). Empty where no
        rule fired, or the monitor's values are not made of cells.

    Raises
    ------
    ValueError
        If events were not recorded, or there is no such signal or tick.

    Examples
    --------
    A population stability index of 0.4 of one feature: 0.3 of it is from ``[10, 20)``, which grew
    from a fifth of the events to a half.

    >>> from clsim.runs.info import RunInfo
    >>> at = {"tick": 0, "signal": "psi", "of": "age", "slice": "all"}
    >>> cells = {**at, "cell": ["[0, 10)", "[10, 20)"], "reference": [0.8, 0.2],
    ...          "current": [0.5, 0.5], "contribution": [0.1, 0.3], "adds_to": "value",
    ...          "rows": ["[]", "[7, 9]"]}
    >>> tables = {"ticks": {"tick": [0], "slice": "all"}, "cells": cells, "seen": {"id": []},
    ...           "signals": {**at, "value": [0.4]}}
    >>> run = Run({name: pd.DataFrame(table) for name, table in tables.items()}, RunInfo())
    >>> found = cells_behind(run, "psi", tick=0)
    >>> found[["cell", "reference", "current", "share", "rows"]].round(2).values.tolist()
    [['[10, 20)', 0.2, 0.5, 0.75, [7, 9]], ['[0, 10)', 0.8, 0.5, 0.25, []]]
    """
    if run.signals is None:
        raise ValueError("the run has no signals; give the strategy monitors")
    if run.seen is None:
        raise ValueError("the run has no cells; replay it with record='events'")
    check_number("tick", tick, whole=True, low=0, high=len(ticks_of(run)) - 1)
    known = run.signals["signal"].unique()
    if signal not in known:
        raise ValueError(unknown("signal", signal, known))
    if run.cells is None:
        return pd.DataFrame(columns=CELLS)
    rows = run.cells[(run.cells["signal"] == signal) & (run.cells["tick"] == tick)]
    keys = ["tick", "signal", "of", "slice"]
    found = rows.merge(run.signals[[*keys, "value"]], on=keys)
    whole = found.groupby(["of", "slice"], dropna=False)["contribution"].transform("sum")
    sums = (found["adds_to"] != "largest") & (whole != 0)
    found["share"] = (found["contribution"] / whole).where(sums)
    found["rows"] = [json.loads(each) for each in found["rows"]]
    order = np.lexsort([-found["contribution"], -found["value"]])
    return found.iloc[order].reset_index(drop=True)[CELLS]


CELLS = ["of", "slice", "value", "cell", "reference", "current", "contribution", "adds_to", "share",
         "rows"]  # fmt: skip
"""Columns of `cells_behind`."""


def rows_in_cells(run: Run, signal: str, tick: int, stream: Any = None) -> pd.DataFrame:
    """Rows of the bins or categories that grew most, of the values on which a rule fired.

    Parameters
    ----------
    run, signal, tick
        As for `cells_behind`.
    stream : Stream, optional
        The stream that was replayed, for the features of these rows and of no others.

    Returns
    -------
    pandas.DataFrame
        Those cells first whose share grew most: of, slice, cell, grown (by how much), then what is
        known of each row by the tick as in `clsim.analysis.logged_rows`, and its features, if there
        is a stream. Rows of the warm-up are left out.

    Raises
    ------
    ValueError
        As for `cells_behind`; or if the stream is another.

    Examples
    --------
    One bin grew, and event 7 is in it.

    >>> from clsim.runs.info import RunInfo
    >>> at = {"tick": 1, "signal": "psi", "of": "age", "slice": "all"}
    >>> cells = {**at, "cell": ["[0, 10)", "[10, 20)"], "reference": [0.75, 0.25],
    ...          "current": [0.5, 0.5], "contribution": [0.1, 0.3], "adds_to": "value",
    ...          "rows": ["[]", "[7]"]}
    >>> answers = {"id": [6, 7], "tick": 0, "time": [6, 7], "slice": None, "y_pred": 1, "model": 0}
    >>> seen = {"id": [6, 7], "known": 1, "y_told": [1, 0], "loss": [0.0, 1.0]}
    >>> tables = {"cells": cells, "predictions": answers, "seen": seen,
    ...           "signals": {**at, "value": [0.4]}, "ticks": {"tick": [0, 1], "slice": "all"}}
    >>> run = Run({name: pd.DataFrame(table) for name, table in tables.items()}, RunInfo())
    >>> found = rows_in_cells(run, "psi", tick=1)
    >>> found[["cell", "grown", "id", "y_pred", "y_told"]].values.tolist()
    [['[10, 20)', 0.25, 7, 1, 0]]
    """
    found = cells_behind(run, signal, tick)
    found["grown"] = found["current"] - found["reference"]
    found = found[found["grown"] > 0].sort_values("grown", ascending=False, kind="stable")
    each = found[["of", "slice", "cell", "grown", "rows"]].explode("rows")
    each = each.dropna(subset=["rows"]).astype({"rows": np.int64}).rename(columns={"rows": "id"})
    rows = logged_rows(run, tick).rename(columns={"slice": "slices"})
    rows = each.merge(rows, on="id").reset_index(drop=True)
    return rows if stream is None else with_features(rows, run, stream)
