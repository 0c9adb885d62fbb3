"""What tests of challengers get wrong, and what that costs."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    INK,
    VERMILLION,
    Words,
    bar_rows,
    in_style,
    legend_above,
    name_width,
    new_figure,
    rows_height,
    thousands,
    whisker_handle,
    wrapped,
)

MONEY = {
    "regret": ("D", INK, "regret of the verdict"),
    "exposure": ("o", BLUE, "exposure until the verdict"),
}
SHARES = {
    "wrong_promotions": ("v", VERMILLION, "worse ones that were promoted"),
    "wrong_rejections": ("^", INK, "better ones that were rejected"),
}


def errors_and_exposure(rates: pd.DataFrame, words: Words, width: float = FULL) -> Figure:
    """What verdicts and trials cost, beside how often verdicts were wrong, in rows.

    Parameters
    ----------
    rates : pandas.DataFrame
        Index: strategy. Of each of regret, exposure (money per challenger), wrong_promotions and
        wrong_rejections (shares) the value, and its ends with _low and _high.
    words : Words
    width : float, default=7.0
        Inches.
    """
    chars = name_width(width) // 2 + 4
    with in_style():
        wide = width > COLUMN
        height = 0.8 + 1.6 * rows_height(rates.index, chars)
        figure = new_figure(width, height if wide else 2 * height)
        shape: Any = {"ncols": 2, "sharey": True} if wide else {"nrows": 2}
        panels = figure.subplots(**shape)
        handles = []
        for axes, marks in zip(panels, (MONEY, SHARES), strict=True):
            for place, (name, (marker, color, label)) in enumerate(marks.items()):
                rows = [row + 0.24 * (place - 0.5) for row in range(len(rates))]
                ends = rates[[f"{name}_low", f"{name}_high"]].to_numpy(float)
                for row, end in zip(rows, ends, strict=True):
                    axes.plot(end, [row, row], color=color, lw=0.8)
                style: Any = {"marker": marker, "ms": 4.5, "color": color, "mfc": "white", "ls": ""}
                axes.plot(rates[name], rows, zorder=3, **style)
                handles.append(Line2D([], [], label=label, **style))
            axes.axvline(0, color=INK, lw=0.5, zorder=0)
            axes.xaxis.set_major_locator(MaxNLocator(4))
            bar_rows(axes, rates.index, chars)
        money, shares = panels
        money.xaxis.set_major_formatter(thousands())
        money.set_xlabel(wrapped(f"{words.currency} per challenger", 34))
        shares.set_xlim(-0.04, 1.04)
        shares.set_xlabel(wrapped("share of those it could happen to", 34))
        legend_above(figure, [*handles, *whisker_handle(words)], 3)
    return figure
