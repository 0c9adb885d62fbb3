"""The figure: random, and how far each pick is from it, a row of panels for each stream."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    GREY,
    INK,
    ORANGE,
    in_style,
    new_figure,
    tint,
)

FAMILIES = {
    "groups": ("stratified", "per cluster"),
    "distance": ("unlike", "k-centre"),
    "doubt": ("uncertainty", "in proportion", "refitted"),
    "change": ("expected change", "committee", "former models"),
    "errors": ("predicted loss", "complained"),
}
"""The picks of each column."""

STYLES = ((BLUE, "-", "^"), (ORANGE, (0, (4, 1.5)), "s"), (GREEN, (0, (1.5, 1)), "D"))
"""Colour, dashes and marker of the first, second and third pick of a column."""

LOOKS = {
    pick: style for picks in FAMILIES.values() for pick, style in zip(picks, STYLES, strict=False)
}

SHIFTS = (0.94, 1.0, 1.06)
"""So that intervals do not hide each other."""


def draw(curves: pd.DataFrame) -> Figure:
    """For each stream random and all labels, and how far the picks of each family are from random.

    Parameters
    ----------
    curves : pandas.DataFrame
        Columns ``stream``, ``pick``, ``share``, and ``accuracy`` and ``to_random`` with their
        bounds, ``_low`` and ``_high``.
    """
    names = list(dict.fromkeys(curves["stream"]))
    with in_style():
        figure = new_figure(FULL, 1.75 * len(names))
        panels = figure.subplots(len(names), 1 + len(FAMILIES), sharex=True)
        for place, (row, name) in enumerate(zip(panels, names, strict=True)):
            mine = curves[curves["stream"] == name].set_index("pick")
            _scores(row[0], mine)
            for axes, picks in zip(row[1:], FAMILIES.values(), strict=True):
                _differences(axes, mine, picks)
            _alike(row[1:])
            row[0].set_ylabel("\n".join([*name.split(", "), "accuracy (%)"]))
            row[1].set_ylabel("points above random")
            if place == len(names) - 1:
                for axes in row:
                    axes.set_xlabel("labels (%)")
        legends = {"": RANDOM} | {name: _looks(picks) for name, picks in FAMILIES.items()}
        for axes, (title, looks) in zip(panels[0], legends.items(), strict=True):
            axes.legend(
                handles=looks, title=title or None, title_fontsize=8, alignment="left",
                loc="lower left", bbox_to_anchor=(-0.14, 1.04), fontsize=7, handlelength=1.3,
                borderaxespad=0, handletextpad=0.3, borderpad=0, labelspacing=0.2, frameon=False,
            )  # fmt: skip
    return figure


RANDOM = [
    Line2D([], [], color=GREY, marker="o", ms=3, label="random"),
    Line2D([], [], color=INK, ls=(0, (1, 1.5)), label="all labels"),
]


def _looks(picks: tuple[str, ...]) -> list[Line2D]:
    """Of the legend over a column."""
    return [
        Line2D([], [], color=color, ls=dashes, marker=marker, ms=3, label=pick)
        for pick, (color, dashes, marker) in ((pick, LOOKS[pick]) for pick in picks)
    ]


def _scores(axes: Axes, curves: pd.DataFrame) -> None:
    """Random, with its interval, and the mean of all labels."""
    random = curves.loc["random"]
    level = 100 * curves.loc["all", "accuracy"]
    axes.axhline(level, color=INK, lw=1, ls=(0, (1, 1.5)))
    x, low, high = 100 * random["share"], random["accuracy_low"], random["accuracy_high"]
    axes.fill_between(x, 100 * low, 100 * high, color=tint(GREY, 0.3), lw=0)
    axes.plot(x, 100 * random["accuracy"], color=GREY, marker="o", ms=3, lw=1.2)
    _percent(axes)


def _differences(axes: Axes, curves: pd.DataFrame, picks: tuple[str, ...]) -> None:
    """How far each of some picks is from random, of the same seeds."""
    axes.axhline(0, color=GREY, lw=1.2)
    for pick, shift in zip(picks, SHIFTS, strict=False):
        mine, (color, dashes, marker) = curves.loc[pick], LOOKS[pick]
        middle = mine["to_random"]
        errors = [100 * (middle - mine["to_random_low"]), 100 * (mine["to_random_high"] - middle)]
        axes.errorbar(
            100 * mine["share"] * shift, 100 * middle, errors, color=color, ls=dashes,
            marker=marker, ms=3, lw=1.2, elinewidth=0.8,
        )  # fmt: skip
    _percent(axes)


def _alike(row: Sequence[Axes]) -> None:
    """One scale for a stream's differences, named in the first panel alone."""
    bounds = [axes.get_ylim() for axes in row]
    for axes in row:
        axes.set_ylim(min(low for low, _ in bounds), max(high for _, high in bounds))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    for axes in row[1:]:
        axes.tick_params(labelleft=False)


def _percent(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([2, 5, 10, 25]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels(["2", "5", "10", "25"])
