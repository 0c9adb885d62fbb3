"""The figure: what is wrong and what is forgotten, by rows in a batch and by schedule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    INK,
    RC,
    VERMILLION,
    legend_above,
    new_figure,
)

WORLDS = {"still": "Stands still", "turning": "Turns", "recurring": "Comes back"}
SCHEDULES = {
    "stateful": (VERMILLION, "-", "s"),
    "scratch on 45 days": (INK, (0, (5, 1.2)), "o"),
    "scratch on 4 days": (BLUE, (0, (1.2, 0.8)), "^"),
}
BATCH = {"by batch": (GREEN, "-", "o")}


def draw(table: pd.DataFrame) -> Figure:
    """Three rows: by batch, by schedule, and forgetting by batch; a column each world."""
    with rc_context(RC):
        figure = new_figure(FULL, 4.8)
        panels = figure.subplots(3, len(WORLDS))
        for column, (world, title) in zip(panels.T, WORLDS.items(), strict=True):
            mine = table[table["world"] == world]
            column[0].set_title(title)
            _line(column[0], *_batches(mine), "wrong", BATCH["by batch"])
            if world == "recurring":
                _line(column[2], *_batches(mine), "forgetting", BATCH["by batch"])
            for name, look in SCHEDULES.items():
                _line(column[1], *_schedules(mine, name), "wrong", look)
        for axes in [*panels[0], panels[2, 2]]:
            axes.set_xscale("log", base=2)
            axes.set_xticks([1, 8, 64, 512, 8192], ["1", "8", "64", "512", "8,192"])
            axes.set_xlabel("rows in a batch")
        for axes in panels[1]:
            axes.set_xscale("log", base=2)
            axes.set_xticks([1, 4, 16], ["1", "4", "16"])
            axes.set_xlabel("days between trainings")
        for axes in panels[2, :2]:
            axes.remove()
        for axes in panels[:2, 0]:
            axes.set_ylabel("wrong of 100")
        panels[2, 2].set_ylabel("points forgotten")
        panels[2, 2].axhline(0, color=INK, lw=0.6)
        handles = [
            Line2D([], [], color=color, ls=dashes, marker=marker, ms=3, label=name)
            for name, (color, dashes, marker) in {**BATCH, **SCHEDULES}.items()
        ]
        legend_above(figure, handles, 5)
    return figure


def _batches(table: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    some = table[table["strategy"].str.startswith("batch ")]
    return some["strategy"].str.removeprefix("batch ").astype(int).to_numpy(), some


def _schedules(table: pd.DataFrame, name: str) -> tuple[np.ndarray, pd.DataFrame]:
    some = table[table["strategy"].str.startswith(f"{name}, ")]
    return some["strategy"].str.rpartition(", ")[2].astype(int).to_numpy(), some


def _line(axes: Axes, x: np.ndarray, table: pd.DataFrame, of: str, look: Any) -> None:
    color, dashes, marker = look
    low, high = table[of] - table[f"{of}, low"], table[f"{of}, high"] - table[of]
    axes.errorbar(x, table[of], [low, high], color=color, ls=dashes, marker=marker, ms=3,
                  elinewidth=0.7)  # fmt: skip
