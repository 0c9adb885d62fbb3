"""The figure: accuracy against labels bought, a row of panels for each stream."""

from __future__ import annotations

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RC,
    VERMILLION,
    legend_above,
    new_figure,
    tint,
)

FAMILIES = {
    "of groups": ("stratified", "per cluster"),
    "of doubt": ("uncertainty", "in proportion"),
    "of expected errors": ("committee", "predicted loss"),
    "of distance": ("unlike", "k-centre"),
}
"""The picks of each column."""

LOOKS = {
    "stratified": (BLUE, "-", "^"),
    "per cluster": (ORANGE, (0, (4, 1.5)), "s"),
    "uncertainty": (BLUE, "-", "^"),
    "in proportion": (ORANGE, (0, (4, 1.5)), "s"),
    "committee": (GREEN, "-", "D"),
    "predicted loss": (VERMILLION, (0, (4, 1.5)), "v"),
    "unlike": (GREEN, "-", "D"),
    "k-centre": (VERMILLION, (0, (4, 1.5)), "v"),
}
"""Colour, dashes and marker of each pick."""


def draw(curves: pd.DataFrame) -> Figure:
    """A panel for each stream and family, with random and all labels in each.

    Parameters
    ----------
    curves : pandas.DataFrame
        Columns ``stream``, ``pick``, ``share``, ``accuracy``, ``accuracy_low``, ``accuracy_high``.
    """
    names = list(dict.fromkeys(curves["stream"]))
    with rc_context(RC):
        figure = new_figure(FULL, 1.75 * len(names))
        panels = figure.subplots(len(names), len(FAMILIES), sharex=True, sharey="row")
        for place, (row, name) in enumerate(zip(panels, names, strict=True)):
            mine = curves[curves["stream"] == name].set_index("pick")
            for axes, (family, picks) in zip(row, FAMILIES.items(), strict=True):
                _panel(axes, mine, picks)
                if place == 0:
                    axes.set_title(f"picks {family}")
                if place == len(names) - 1:
                    axes.set_xlabel("labels bought (%)")
            row[0].set_ylabel("\n".join([*name.split(", "), "accuracy"]))
        grey = Line2D([], [], color=GREY, marker="o", ms=3, label="random, and its 95 % interval")
        level = Line2D([], [], color=INK, ls=(0, (1, 1.5)), label="all labels")
        handles = [grey, level]
        for pick, (color, dashes, marker) in LOOKS.items():
            line = Line2D([], [], color=color, ls=dashes, marker=marker, ms=3, label=pick)
            handles.append(line)
        legend_above(figure, handles, 5)
    return figure


def _panel(axes: Axes, curves: pd.DataFrame, picks: tuple[str, ...]) -> None:
    axes.axhline(curves.loc["all", "accuracy"], color=INK, lw=1, ls=(0, (1, 1.5)))
    random = curves.loc["random"]
    x = 100 * random["share"]
    axes.fill_between(
        x, random["accuracy_low"], random["accuracy_high"], color=tint(GREY, 0.3), lw=0
    )
    axes.plot(x, random["accuracy"], color=GREY, marker="o", ms=3, lw=1.2)
    for shift, pick in zip((0.96, 1.04), picks, strict=True):
        mine, (color, dashes, marker) = curves.loc[pick], LOOKS[pick]
        errors = [mine["accuracy"] - mine["accuracy_low"], mine["accuracy_high"] - mine["accuracy"]]
        axes.errorbar(
            100 * mine["share"] * shift, mine["accuracy"], errors, color=color, ls=dashes,
            marker=marker, ms=3, lw=1.2, elinewidth=0.8,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([2, 5, 10, 25]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels(["2", "5", "10", "25"])
