"""The figure: what each signal is worth in each world, as a share of what hindsight gains."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    INK,
    ORANGE,
    RC,
    VERMILLION,
    bar_rows,
    legend_above,
    new_figure,
)

LOOKS = {
    "labels": (BLUE, "o"), "estimate": (VERMILLION, "s"), "inputs": (ORANGE, "D"),
    "answers": (GREEN, "^"),
}  # fmt: skip

DELAY = 450

HOWS = {
    "cheapest": "(a) the cheapest rule over each signal",
    "equal rate": "(b) at .5 false retrainings at most",
}

LEAST = -3.0
"""Shares below which a mark stands at the edge, with an arrow."""


def draw(found: pd.DataFrame) -> Figure:
    """Worlds that change as rows, and the share of hindsight's gain of each signal.

    Parameters
    ----------
    found : pandas.DataFrame
        As `worth.py` makes it: world, delay, how, signal, worth, worth_low, worth_high, hindsight.
    """
    usual = found[(found["delay"] == DELAY) & ~found["world"].isin(["quiet"])]
    names = [name for name in usual["world"].unique() if not name.startswith("harmless")]
    with rc_context(RC):
        figure = new_figure(FULL, 4.0)
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (how, title) in zip(panels, HOWS.items(), strict=True):
            axes.axvline(0, color=INK, lw=0.6)
            axes.axvline(1, color=INK, lw=0.6, ls=(0, (4, 2)))
            for place, (signal, (color, marker)) in enumerate(LOOKS.items()):
                some = usual[(usual["how"] == how) & (usual["signal"] == signal)]
                some = some.set_index("world").loc[names]
                y = np.arange(len(names)) + 0.18 * (place - 1.5)
                low, mid, high = (
                    (some[key] / some["hindsight"]).clip(lower=LEAST, upper=1.6)
                    for key in ("worth_low", "worth", "worth_high")
                )
                axes.hlines(y, low, high, color=color, lw=0.8)
                axes.plot(mid, y, ls="", marker=marker, ms=4, color=color)
            bar_rows(axes, names, 26)
            axes.set_title(title)
            axes.set_xlim(LEAST - 0.1, 1.7)
            axes.set_xlabel("worth, as a share of what hindsight gains")
        handles = [
            Line2D([], [], ls="", marker=marker, ms=4, color=color, label=name)
            for name, (color, marker) in LOOKS.items()
        ]
        legend_above(figure, handles, 4)
    return figure
