"""What made the alarms: features, bins, classes and rows, to be opened one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.findings.alarms import (
    ALARMS,
    MOVED,
    ROWS,
    TICKS,
    Tables,
    alarms,
    cells_of_alarms,
    classes_of_alarms,
    opened,
    rows_of_alarms,
    what_made_it,
)
from clsim.clock import to_minute
from clsim.report.markup import fold, joined, lead
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount
from clsim.runs.run import Run

CELLS = 5
"""Cells of each alarm that the page shows."""


def made_alarms(section: Section) -> tuple[Markup, dict[str, pd.DataFrame]]:
    """The last alarms of each drawn signal, and what made each of them.

    Returns
    -------
    (markupsafe.Markup, dict of str to pandas.DataFrame)
        Words with a fold for each alarm, and all tables in them by what they hold.
    """
    every = opened(section)
    if not every:
        return Markup(), {}
    total = alarms(section)["alarms"].sum()
    more = ""
    if len(every) < total:
        more = f" Of {amount(total)} alarms {len(every)} are taken apart."
    said = lead(
        f"What made it: the last alarms of each drawn signal (at most {ALARMS}), each to be opened."
        f" First come the {MOVED} features or slices that were furthest from their usual value, "
        "the median of all ticks before; the share is of how far all features of the same slice "
        "moved together. Everything is of events that the strategy had kept and labels that it "
        f"knew by then.{more} Of any tick: clsim.analysis.drill_down."
    )
    if not any(one.run.seen is not None for one in every):
        said += lead("Bins, classes and rows are there where events are recorded (record=events).")
    folds = joined(
        _fold(one.strategy, one.run, one.signal, one.tick, one.tables, section) for one in every
    )
    return said + folds, {
        "what_made_it": what_made_it(section), "cells_behind": cells_of_alarms(section),
        "rows_behind": rows_of_alarms(section), "classes_behind": classes_of_alarms(section),
        "alarms": alarms(section),
    }  # fmt: skip


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
                "By class", ["class", "labels before", "labels", "loss before", "loss", "got worse",
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
            plain_table("Rows that lost most",
                        ["row", "served in tick", "label", "answer", "loss", "share of the loss"],
                        told.to_numpy(object).tolist()),
        ]  # fmt: skip
    return fold(f"Tick {tick}, {when}: {of} of {name}", joined(pieces))


def _lines(moved: pd.DataFrame) -> Markup:
    """Features and slices that moved most."""
    shown = moved.drop(columns=["rank", "moved"]).astype({"of": object}).fillna({"of": "all"})
    shown["alarm"] = np.where(shown["alarm"], "yes", "no")
    headings = ["feature", "slice", "value", "usual value", "share", "fired"]
    return plain_table("What moved most", headings, shown.to_numpy(object).tolist())


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
    return said + plain_table("Bins and categories", headings, rows)
