"""Where models come from: what each was trained on, from which it goes on, and what it became."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from clsim.report.figures.life import ENDS, models_in_order
from clsim.report.figures.style import (
    BLUE,
    FULL,
    INK,
    VERMILLION,
    in_style,
    legend_above,
    new_figure,
    thousands,
    tint,
)

BECAME: dict[str, dict[str, Any]] = {
    "champion": ENDS["deployed"],
    "rejected": ENDS["rejected"],
    "failed": {"marker": "x", "ms": 4.2, "mew": 1.1, "color": VERMILLION},
    "superseded": ENDS["undecided"],
    "pending": {"marker": "o", "ms": 3.8, "mew": 0.9, "color": INK},
}
"""How that which became of a model is marked, where its training started."""


def lineage(family: pd.DataFrame, width: float = FULL) -> Figure:
    """A row for each stretch of models: what they were trained on, and what they go on from.

    Parameters
    ----------
    family : pandas.DataFrame
        As `clsim.analysis.lineage` gives it, with ``at`` (the row before which each training
        started) and ``stretch`` (as `clsim.analysis.stretches` gives it): models of one stretch
        share a row.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Rows of the stream to the right, models from top to bottom.

    Examples
    --------
    Model 1 goes on from model 0, with the rows that came since.

    >>> family = pd.DataFrame({"model": [0, 1], "parent": [None, 0], "rows": [100, 50],
    ...                        "first": [0, 100], "last": [99, 149], "at": [100, 150],
    ...                        "became": "champion", "stretch": [0, 1]})
    >>> figure = lineage(family)
    >>> [(int(bar.get_x()), int(bar.get_width())) for bar in figure.axes[0].patches]
    [(0, 100), (100, 50)]
    """
    begins = family["stretch"].unique().tolist()
    place = {model: begins.index(first)
             for model, first in zip(family["model"], family["stretch"], strict=True)}  # fmt: skip
    at = dict(zip(family["model"], family["at"], strict=True))
    with in_style():
        figure = new_figure(width, 0.75 + 0.155 * len(begins))
        axes = figure.subplots()
        trained = family[family["rows"] > 0]
        length = trained["last"] - trained["first"] + 1
        for all_of_them, color in ((True, BLUE), (False, tint(BLUE, 0.5))):
            some = trained[(trained["rows"] == length) == all_of_them]
            axes.barh([place[model] for model in some["model"]], some["last"] - some["first"] + 1,
                      left=some["first"], height=0.5, color=color, lw=0)  # fmt: skip
        goes_on = family[family["parent"].isin(place)]
        for child, parent in zip(goes_on["model"], goes_on["parent"], strict=True):
            x, y = [at[parent], at[parent], at[child]], [place[parent], place[child], place[child]]
            axes.plot(x, y, color=INK, lw=0.7)
        there = [kind for kind in BECAME if (family["became"] == kind).any()]
        for kind in there:
            some = family[family["became"] == kind]
            axes.plot(some["at"], [place[model] for model in some["model"]], ls="", **BECAME[kind])
        axes.set_yticks(range(len(begins)), _names(family))
        axes.set_ylim(len(begins) - 0.35, -0.65)
        axes.tick_params(axis="y", length=0, labelsize=7)
        axes.set_ylabel(models_in_order(len(begins)))
        axes.set_xlabel("row of the stream")
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(thousands())
        handles: list[Any] = [
            Patch(color=color, lw=0, label=label)
            for color, label, some in (
                (BLUE, "trained on these rows", trained["rows"] == length),
                (tint(BLUE, 0.5), "on some of these rows", trained["rows"] < length),
            )
            if np.any(some)
        ]
        if len(goes_on):
            handles.append(Line2D([], [], color=INK, lw=0.7, label="goes on from"))
        handles += [Line2D([], [], ls="", label=kind, **BECAME[kind]) for kind in there]
        legend_above(figure, handles, 4)
    return figure


def _names(family: pd.DataFrame) -> list[str]:
    """What the rows are called: a model, or the first and the last of several."""
    ends = family.groupby("stretch", sort=False)["model"].agg(["first", "last"])
    return [str(a) if a == b else f"{a} to {b}" for a, b in ends.itertuples(index=False)]
