"""The figure: what each signal says over time, against what is true."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    in_style,
    legend_above,
    new_figure,
    tint,
)

LOOKS = {
    "true accuracy": (INK, "-", 1.8),
    "estimate without labels": (VERMILLION, (0, (5, 1.2)), 1.2),
    "estimate or labels, mended": (GREEN, (0, (5, 1.2, 1.2, 1.2)), 1.2),
    "labels that arrived": (BLUE, (0, (1.2, 0.8)), 1.2),
    "labels that arrived, in the slice": (SKY, (0, (0.8, 2.4)), 1.8),
    "distance": (ORANGE, (0, (8, 2)), 1.2),
    "distance in the slice": (PURPLE, (0, (3, 3)), 1.6),
}
"""What a line is: its colour, its dashes and its width."""

KINDS = {
    "estimate": "estimate without labels",
    "estimate, shares of classes mended": "estimate or labels, mended",
    "mature": "estimate or labels, mended",
    "score": "labels that arrived",
    "arrived": "labels that arrived",
    "score in site=b": "labels that arrived, in the slice",
    "distance of x0": "distance",
    "distance of x1": "distance",
    "distance of x0 in site=b": "distance in the slice",
}
"""Which look each signal has."""

TITLES = {
    "harmless": "(a) harmless drift of x1",
    "hidden": "(b) drift of the concept alone",
    "moved": "(c) shift of the inputs",
    "rarer": "(d) shift of the classes",
    "broken": "(e) a feature breaks for 3 %",
    "slow": "(f) class 1 is known late",
    "tiny": "(g) a shift of .003",
}

LEFT_OUT = {
    ("harmless", "distance of x0"),
    ("hidden", "distance of x0"),
    ("moved", "distance of x0"),
}
"""What would lie on another line, or press the others together."""


def draw(
    curves: pd.DataFrame, truths: Mapping[str, tuple[float, float]], change: int, level: float
) -> Figure:
    """Small multiples, a world each.

    Parameters
    ----------
    curves : pandas.DataFrame
        Columns ``world``, ``seed``, ``signal``, ``row``, ``value``.
    truths : mapping of str to (float, float)
        The true accuracy of each world, before and after its change.
    change : int
        The row at which worlds change.
    level : float
        The calibrated threshold of the short distance.
    """
    with in_style():
        figure = new_figure(FULL, 5.6)
        panels = figure.subplots(3, 3).ravel()
        for axes, (name, title) in zip(panels, TITLES.items(), strict=False):
            mine = curves[curves["world"] == name]
            axes.set_title(title)
            if name == "tiny":
                _evidence(axes, mine, level)
                continue
            _scores(axes, mine, name, truths[name], change)
        for place, axes in enumerate(panels[: len(TITLES)]):
            if place % 3 == 0:
                axes.set_ylabel("accuracy, or distance" if place < 6 else "evidence of a drift")
        for axes in panels[len(TITLES) :]:
            axes.set_axis_off()
        seeds = curves["seed"].nunique()
        said = panels[len(TITLES)].text(
            0, 0.95,
            f"(a) to (f): means of {seeds} seeds; bands reach from the least to the most.\n"
            "Windows of 2,000 events. Distances: largest difference of distribution\n"
            "functions to the warm-up. Labels of (b) to (d) come 4,000 events late.\n\n"
            "(g): logarithm of the p-value over that of .05, and distance over its\n"
            "calibrated threshold; above 1 is an alarm. Whiskers as the bands.",
            va="top", fontsize=7.5, transform=panels[len(TITLES)].transAxes,
        )  # fmt: skip
        said.set_in_layout(False)
        handles = [
            Line2D([], [], color=color, ls=dashes, lw=width, label=label)
            for label, (color, dashes, width) in LOOKS.items()
        ]
        grey = Line2D([], [], color=INK, lw=0.6, ls=(0, (1, 2)), label="the change")
        legend_above(figure, [*handles, grey], 4)
    return figure


def _scores(
    axes: Axes, curves: pd.DataFrame, name: str, truth: tuple[float, float], change: int
) -> None:
    for signal, group in curves.groupby("signal", sort=False):
        if signal not in KINDS or (name, signal) in LEFT_OUT:
            continue
        color, dashes, width = LOOKS[KINDS[str(signal)]]
        found = group.groupby("row")["value"].agg(["mean", "min", "max"])
        x = found.index.to_numpy() / 1_000
        axes.fill_between(x, found["min"], found["max"], color=tint(color, 0.18), lw=0)
        axes.plot(x, found["mean"], color=color, ls=dashes, lw=width)
    start, end = curves["row"].min() / 1_000, curves["row"].max() / 1_000
    color, dashes, width = LOOKS["true accuracy"]
    axes.plot([start, change / 1_000, change / 1_000, end], np.repeat(truth, 2), color=color,
              ls=dashes, lw=width, zorder=1)  # fmt: skip
    if name != "slow":
        axes.axvline(change / 1_000, color=INK, lw=0.6, ls=(0, (1, 2)))
    axes.set_xlabel("events (thousands)")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))


def _evidence(axes: Axes, curves: pd.DataFrame, level: float) -> None:
    """Of the test and of the short distance, before and after: above 1 is an alarm."""
    rows = sorted(curves.loc[curves["signal"] == "p-value of x1", "row"].unique())
    looked = {"p-value of x1": (VERMILLION, "s"), "short distance of x1": (ORANGE, "o")}
    for shift, (signal, (color, marker)) in zip((-0.1, -0.03), looked.items(), strict=True):
        mine = curves[(curves["signal"] == signal) & curves["row"].isin(rows)]
        evidence = mine["value"] / level
        if signal.startswith("p-value"):
            evidence = np.log(mine["value"].clip(lower=1e-300)) / np.log(0.05)
        found = evidence.groupby(mine["row"]).agg(["mean", "min", "max"])
        x = found.index.to_numpy() / 1e6 + shift
        axes.vlines(x, found["min"], found["max"], color=color, lw=1.2)
        label = "p-value, 1,000,000 rows" if signal.startswith("p-value") else "distance, 5,000"
        axes.plot(x, found["mean"], ls="", marker=marker, ms=4, color=color, label=label)
    axes.axhline(1, color=INK, lw=0.8)
    axes.axvline(2.0, color=INK, lw=0.6, ls=(0, (1, 2)))
    axes.set_xlim(1.75, 3.25)
    axes.set_ylim(0, 13)
    axes.set_xlabel("events (millions)")
    axes.legend(
        loc="upper left",
        fontsize=6.5,
        bbox_to_anchor=(0.14, 1.0),
        handletextpad=0.2,
        borderaxespad=0.1,
    )
