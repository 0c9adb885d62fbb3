"""What made the alarms: features, bins, classes and rows, to be opened one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.behaviour.behind import cells_behind, loss_by_class, rows_behind
from clsim.analysis.behaviour.drilling import drill_down
from clsim.clock import to_minute
from clsim.report.markup import joined, lead
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount
from clsim.runs.run import Run

ALARMS, MOVED, CELLS, ROWS = 3, 3, 5, 3
"""Alarms of each signal that are taken apart on the page; lines, cells and rows of each."""

TICKS = 7
"""Largest number of ticks on each side whose losses are compared."""

Tables = dict[str, pd.DataFrame]


def what_made_it(drawn: list[tuple[str, Run, str]], section: Section) -> tuple[Markup, Tables]:
    """The last alarms of each drawn signal, and what made each of them.

    Parameters
    ----------
    drawn : list of (str, Run, str)
        Strategy, run and signal.
    section : Section

    Returns
    -------
    (markupsafe.Markup, dict of str to pandas.DataFrame)
        Words with a fold for each alarm, and all tables in them by what they hold.
    """
    alarms, opened = 0, []
    for name, run, of in drawn:
        assert run.signals is not None
        fired = run.signals[(run.signals["signal"] == of) & run.signals["alarm"]]["tick"].unique()
        alarms += len(fired)
        opened += [(name, run, of, int(tick)) for tick in fired[-ALARMS:]]
    if not opened:
        return Markup(), {}
    more = (
        f" Of {amount(alarms)} alarms {len(opened)} are taken apart."
        if len(opened) < alarms
        else ""
    )
    said = lead(
        f"What made it: the last alarms of each drawn signal (at most {ALARMS}), each to be opened."
        f" First come the {MOVED} features or slices that were furthest from their usual value, "
        "the median of all ticks before; the share is of how far all features of the same slice "
        "moved together. Everything is of events that the strategy had kept and labels that it "
        f"knew by then.{more} Of any tick: clsim.analysis.drill_down."
    )
    if not any(run.seen is not None for _, run, _, _ in opened):
        said += lead("Bins, classes and rows are there where events are recorded (record=events).")
    folds, found = [], []
    for name, run, of, tick in opened:
        tables = _of_alarm(run, of, tick)
        folds.append(_fold(name, run, of, tick, tables, section))
        found.append({
            key: table.assign(strategy=name, signal=of, alarm_tick=tick)
            for key, table in tables.items()
        })  # fmt: skip
    return said + joined(folds), _together(found)


def _together(found: list[Tables]) -> Tables:
    """Tables of all alarms, by what they hold, with the alarm in front."""
    made: Tables = {}
    for key in dict.fromkeys(key for tables in found for key in tables):
        every = pd.concat([tables[key] for tables in found if key in tables], ignore_index=True)
        front = ["strategy", "signal", "alarm_tick"]
        made[key] = every[[*front, *every.columns.drop(front)]]
    made["what_made_it"] = made["what_made_it"].rename(columns={"alarm_tick": "tick"})
    return made


def _of_alarm(run: Run, of: str, tick: int) -> Tables:
    """What is known of one alarm: lines, and where events are recorded cells, classes and rows."""
    tables = {"what_made_it": drill_down(run, of, tick).head(MOVED)}
    if run.seen is None:
        return tables
    tables["cells_behind"] = cells_behind(run, of, tick)
    ticks = min(TICKS, (tick + 1) // 2)
    if ticks:
        tables["rows_behind"] = rows_behind(run, tick, ticks, ROWS)
        if run.info.task == "classification" and _compares(run, tick, ticks):
            tables["classes_behind"] = loss_by_class(run, tick, ticks)
    return {name: table for name, table in tables.items() if len(table)}


def _compares(run: Run, tick: int, ticks: int) -> bool:
    """Whether labels arrived on both sides."""
    all_of = run.ticks[run.ticks["slice"] == "all"].set_index("tick")["observed_n"]
    last, before = all_of.loc[tick - ticks + 1 : tick], all_of.loc[: tick - ticks]
    return bool(last.sum() > 0 and before.iloc[-ticks:].sum() > 0)


def _fold(name: str, run: Run, of: str, tick: int, tables: Tables, section: Section) -> Markup:
    """One alarm, to be opened."""
    start = run.ticks.loc[run.ticks["tick"] == tick, "start"].iloc[0]
    when = to_minute(start) if section.words.timed else f"row {start:,}"
    pieces = [_lines(tables["what_made_it"])]
    ticks = min(TICKS, (tick + 1) // 2)
    lasting = "the last tick" if ticks == 1 else f"the last {ticks} ticks"
    if "cells_behind" in tables:
        pieces.append(_cells(tables["cells_behind"]))
    if "classes_behind" in tables:
        classes = tables["classes_behind"]
        rise = amount(float(classes["contribution"].sum()))
        pieces += [
            lead(f"The mean loss of labels that arrived in {lasting}, less that of as many ticks "
                 f"before, is {rise}; by class:"),
            plain_table(
                ["class", "labels before", "labels", "loss before", "loss", "got worse",
                 "more frequent", "together"],
                classes[["class", "reference_n", "n", "reference_loss", "loss", "worse",
                         "more_frequent", "contribution"]].to_numpy(object).tolist()),
        ]  # fmt: skip
    if "rows_behind" in tables:
        rows = tables["rows_behind"]
        told = rows[["id", "tick", "y_told", "y_pred", "loss", "share"]].astype(object)
        if run.info.task == "classification":  # also where classes are numbers
            names = {label: str(label) for label in run.info.classes}
            told[["y_told", "y_pred"]] = told[["y_told", "y_pred"]].map(names.get)
        told["id"] = [f"row {row}" for row in rows["id"]]
        pieces += [
            lead(f"The rows that lost most of those whose labels arrived in {lasting} (at most "
                 f"{ROWS}; of equal losses the latest):"),
            plain_table(["row", "served in tick", "label", "answer", "loss", "share of the loss"],
                        told.to_numpy(object).tolist()),
        ]  # fmt: skip
    return Markup("<details><summary>{}</summary>{}</details>").format(
        f"Tick {tick}, {when}: {of} of {name}", joined(pieces)
    )


def _lines(moved: pd.DataFrame) -> Markup:
    """Features and slices that moved most."""
    shown = moved.drop(columns=["rank", "moved"]).astype({"of": object}).fillna({"of": "all"})
    shown["alarm"] = np.where(shown["alarm"], "yes", "no")
    headings = ["feature", "slice", "value", "usual value", "share", "fired"]
    return plain_table(headings, shown.to_numpy(object).tolist())


HOW = {
    "value": "What cells give adds up to the value.",
    "square": "What cells give adds up to the square of the value.",
    "largest": "The value is the largest of what cells give.",
}
"""How a value comes of its cells, in words."""


def _cells(cells: pd.DataFrame) -> Markup:
    """The bins or categories that gave most."""
    shown = cells.head(CELLS)[["of", "slice", "cell", "reference", "current", "contribution"]]
    more = len(cells) - len(shown)
    left = f" {more} more gave less, or are of a smaller value." if more else ""
    how = " ".join(HOW[each] for each in cells["adds_to"].unique())
    said = lead(
        f"The bins or categories that gave most to the values on which a rule fired. {how}{left}"
    )
    headings = ["feature", "slice", "bin or category", "share then", "share now", "gives"]
    rows = shown.astype({"of": object}).fillna({"of": "all"}).to_numpy(object).tolist()
    return said + plain_table(headings, rows)
