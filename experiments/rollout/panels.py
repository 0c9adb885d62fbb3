"""The figures: loss against the speed of drift, and failures against how often one retrains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    INK,
    ORANGE,
    VERMILLION,
    in_style,
    legend_above,
    new_figure,
    tint,
)

Looks = Mapping[str, tuple[str, Any, str]]
"""Colour, dashes and marker of each curve."""

STRATEGIES: Looks = {
    "daily, at once": (INK, "-", "o"),
    "daily, A/B": (VERMILLION, (0, (5, 1.2)), "s"),
    "daily, A/B, sequential": (ORANGE, (0, (3, 1.2)), "v"),
    "daily, shadow": (BLUE, (0, (1.2, 0.8)), "^"),
    "monthly, at once": (GREEN, (0, (5, 1.2, 1.2, 1.2)), "D"),
}
GATES: Looks = {
    "no test": (INK, "-", "o"),
    "as measured": (VERMILLION, (0, (5, 1.2)), "s"),
    "bounds": (ORANGE, (0, (3, 1.2)), "v"),
    "significance": (GREEN, (0, (5, 1.2, 1.2, 1.2)), "D"),
    "shadow": (BLUE, (0, (1.2, 0.8)), "^"),
}
WORLDS = {"sound": "No poisoned days", "poisoned": "One day in thirty is poisoned"}


def draw_staleness(curves: pd.DataFrame, more: pd.DataFrame, crossings: pd.DataFrame) -> Figure:
    """Above what is lost, below how much more than by a daily model that serves at once."""
    with in_style():
        figure = new_figure(FULL, 4.6)
        panels = figure.subplots(2, len(WORLDS), sharex=True, sharey="row")
        for (above, below), (which, title) in zip(panels.T, WORLDS.items(), strict=True):
            mine = curves[curves["world"] == which]
            for name, look in STRATEGIES.items():
                some = mine[mine["strategy"] == name]
                x = places(some["speed"])
                _curve(above, x, some["excess"], some["low"], some["high"], look)
            above.set_title(title)
            below.axhline(0, color=INK, lw=0.8)
            _differences(
                below, more[more["world"] == which], crossings[crossings["world"] == which]
            )
        speeds = np.array(sorted(curves["speed"].unique()))
        for axes in panels[1]:
            axes.set_xticks(places(speeds), [f"{speed:g}" for speed in speeds])
            axes.set_xlabel("speed of drift (points lost per day of age)")
        panels[0, 0].set_ylabel("wrong beyond the noise (points)")
        panels[1, 0].set_ylabel("more than daily, at once (points)")
        legend_above(figure, _handles(STRATEGIES), 5)
    return figure


def places(speeds: Any) -> np.ndarray:
    """Roots, so that slow drifts are not all in one place."""
    return np.sqrt(np.asarray(speeds, dtype=float))


def _differences(axes: Axes, more: pd.DataFrame, crossings: pd.DataFrame) -> None:
    where = crossings.set_index(["strategy", "than"])["from"]
    for name, look in STRATEGIES.items():
        some = more[(more["strategy"] == name) & (more["than"] == "daily, at once")]
        if some.empty:
            continue
        _curve(axes, places(some["speed"]), some["more"], some["low"], some["high"], look)
        at = where[name, "daily, at once"]
        axes.plot(places([at]), [0], marker="o", ms=6, mfc="none", mec=look[0], mew=1.2, ls="")


def draw_failures(rates: pd.DataFrame) -> Figure:
    """Failures per promotion, per year, and days under a failed model, a row for each world."""
    columns = {
        "per promotion": ("failures per promotion", True),
        "per year": ("failures per year", True),
        "failed days per year": ("days a year in failure", False),
    }
    with in_style():
        figure = new_figure(FULL, 4.0)
        panels = figure.subplots(len(WORLDS), len(columns), sharex=True, sharey="col")
        for row, (which, title) in zip(panels, WORLDS.items(), strict=True):
            mine = rates[rates["world"] == which]
            for axes, (column, (label, bounded)) in zip(row, columns.items(), strict=True):
                for shift, (name, look) in zip(SHIFTS, GATES.items(), strict=True):
                    some = mine[mine["gate"] == name]
                    low, high = (
                        some[f"{column}, {side}" if bounded else column] for side in ("low", "high")
                    )
                    _curve(axes, some["every"] * shift, some[column], low, high, look)
                axes.set_ylabel(label)
                axes.set_xscale("log")
                axes.xaxis.set_major_locator(FixedLocator([1, 2, 7, 14, 28]))
                axes.xaxis.set_minor_locator(NullLocator())
                axes.set_xticklabels(["1", "2", "7", "14", "28"])
            row[0].set_title(title)
        for axes in panels[-1]:
            axes.set_xlabel("days between trainings")
        for axes in panels[:, 1:].flat:
            axes.set_yscale("symlog", linthresh=1)
            axes.set_ylim(0, 60)
            axes.yaxis.set_major_locator(FixedLocator([0, 1, 3, 10, 30]))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.set_yticklabels(["0", "1", "3", "10", "30"])
        legend_above(figure, _handles(GATES), 5)
    return figure


SHIFTS = (0.92, 0.96, 1.0, 1.04, 1.08)
"""So that intervals do not hide each other."""


def _curve(axes: Axes, x: Any, y: Any, low: Any, high: Any, look: tuple[str, Any, str]) -> None:
    color, dashes, marker = look
    axes.errorbar(
        x, y, [y - low, high - y], color=color, ls=dashes, marker=marker, ms=3, lw=1.2,
        elinewidth=0.8, ecolor=tint(color, 0.6),
    )  # fmt: skip


def _handles(looks: Looks) -> list[Line2D]:
    return [
        Line2D([], [], color=color, ls=dashes, marker=marker, ms=3, label=name)
        for name, (color, dashes, marker) in looks.items()
    ]
