"""What adaptations have learned, over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from clsim.policies import LABELS_OF, REWARD_OF
from clsim.report.figures.style import (
    FULL,
    LOOKS,
    MORE_LOOKS,
    Words,
    characters,
    in_style,
    legend_above,
    new_figure,
    positions,
    time_axis,
    wrapped,
)
from clsim.report.figures.time import mark_drifts
from clsim.types import DriftEvent

FAMILIES = {
    "share of ": "shares of the classes", REWARD_OF: "mean reward of each arm",
    "slope": "line in the log odds", "height": "line in the log odds",
    "cut": "chance from which on the second class is answered",
}  # fmt: skip
"""How quantities begin that are drawn together, and what their panel is called."""

UNDRAWN = ("p_value", "loss", LABELS_OF)
"""How those begin that say how sure it was, not what was learned."""

PANELS = 4
"""Largest number of panels."""


def families(quantities: Sequence[str]) -> dict[str, list[str]]:
    """The panels of some quantities, and which lines each has.

    >>> families(["p_value", "share of 0", "share of 1", "cut"])["shares of the classes"]
    ['share of 0', 'share of 1']
    """
    found: dict[str, list[str]] = {}
    for name in quantities:
        if not name.startswith(UNDRAWN):
            panel = next((said for start, said in FAMILIES.items() if name.startswith(start)), name)
            found.setdefault(panel, []).append(name)
    return dict(list(found.items())[:PANELS])


def learned_over_time(
    learned: pd.DataFrame, drifts: Sequence[DriftEvent], words: Words, tick: str,
    width: float = FULL,
) -> Figure:  # fmt: skip
    """Each number that was learned, for as long as it was in force, in panels of like numbers.

    Parameters
    ----------
    learned : pandas.DataFrame
        quantity, value, and start and end of the time in which it was in force; in order of time.
    drifts : sequence of DriftEvent
    words : Words
    tick : str
        How long a tick is.
    width : float, default=7.0
        Inches.
    """
    panels = families(list(learned["quantity"].drop_duplicates()))
    handles: list[Line2D | Patch] = []
    with in_style():
        figure = new_figure(width, 0.45 + 1.15 * len(panels))
        all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False).ravel()
        for axes, (title, names) in zip(all_axes, panels.items(), strict=True):
            axes.set_title(wrapped(title, characters(width, 0.85)), pad=3)
            for name, look in zip(names, (*LOOKS, *MORE_LOOKS), strict=False):
                x, y = _steps(learned[learned["quantity"] == name], words)
                axes.plot(x, y, color=look.color, ls=look.line, lw=1.0)
                if len(names) > 1:
                    handles.append(Line2D([], [], color=look.color, ls=look.line, label=name))
            axes.margins(y=0.12)
        handles += mark_drifts(list(all_axes), drifts, words.timed)
        time_axis(all_axes[-1], words, f"one tick: {tick}", width)
        if handles:
            legend_above(figure, handles, 5)
    return figure


def _steps(own: pd.DataFrame, words: Words) -> tuple[np.ndarray, np.ndarray]:
    """Corners of a line that is level while a value is in force, with gaps where none was."""
    starts, ends = (positions(own[side], words.timed) for side in ("start", "end"))
    gaps = np.append(starts[1:] != ends[:-1], False)
    x = np.column_stack([starts, ends, np.where(gaps, np.nan, ends)]).ravel()
    return x, np.repeat(own["value"].to_numpy(float), 3)
