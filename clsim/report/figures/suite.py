"""What strategies score on the worlds of a suite, and how often they score more than so much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from clsim.report.figures.style import (
    COLUMN,
    FULL,
    GREY,
    Look,
    bar_rows,
    in_style,
    legend_above,
    name_width,
    new_figure,
    tint,
)

SPAN = (-1.5, 2.0)
"""Scores that are shown; what lies beyond stands at the edge, as an open mark."""


def suite_scores_and_profiles(
    scores: pd.DataFrame, profile: pd.DataFrame, looks: Mapping[str, Look], width: float = FULL
) -> Figure:
    """Scores by world with their intervals, and beside them performance profiles.

    Parameters
    ----------
    scores : pandas.DataFrame
        world, strategy, score, low, high: as `clsim.findings` gives ``suite``.
    profile : pandas.DataFrame
        strategy, score, share: as ``suite_profile``.
    looks : mapping of str to Look
        How each strategy that is shown is drawn.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> scores = pd.DataFrame({"world": ["sudden"], "strategy": ["mine"], "score": [0.8],
    ...                        "low": [0.6], "high": [0.9]})
    >>> profile = pd.DataFrame({"strategy": "mine", "score": [0.0, 0.8], "share": [1.0, 0.0]})
    >>> figure = suite_scores_and_profiles(scores, profile, {"mine": Look("black", "-", "o")})
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['score: never 0, best schedule 1', 'score']
    """
    worlds = list(dict.fromkeys(scores["world"]))
    wide = width > COLUMN
    tall = 0.9 + 0.21 * len(worlds)
    with in_style():
        figure = new_figure(width, tall if wide else tall + 2.3)
        ratios = [1.6, 1] if wide else [tall, 2.1]
        shape: Any = (
            {"ncols": 2, "width_ratios": ratios} if wide else {"nrows": 2, "height_ratios": ratios}
        )
        by_world, shares = figure.subplots(**shape)
        for place, (name, look) in enumerate(looks.items()):
            own = scores[scores["strategy"] == name].set_index("world").reindex(worlds)
            at = np.arange(len(worlds)) + 0.6 * ((place + 0.5) / len(looks) - 0.5)
            _marks(by_world, own, at, look)
            line = profile[profile["strategy"] == name]
            shares.plot(line["score"], line["share"], color=look.color, ls=look.line, lw=1.2)
        for score in (0.0, 1.0):
            by_world.axvline(score, color=GREY, lw=0.5, zorder=0)
            shares.axvline(score, color=GREY, lw=0.5, zorder=0)
        by_world.set_xlim(SPAN[0] - 0.08, SPAN[1] + 0.08)
        bar_rows(by_world, worlds, name_width(width))
        by_world.set_xlabel("score: never 0, best schedule 1")
        shares.set_xlim(*SPAN)
        shares.set_ylim(-0.02, 1.02)
        shares.set_xlabel("score")
        shares.set_ylabel("share of draws above it")
        for axes in (by_world, shares):
            axes.xaxis.set_major_locator(MultipleLocator(1.0))
            axes.xaxis.set_minor_locator(MultipleLocator(0.5))
        handles = [
            Line2D([], [], color=look.color, ls=look.line, marker=look.marker, ms=3.5, lw=1.2,
                   label=name)
            for name, look in looks.items()
        ]  # fmt: skip
        legend_above(figure, handles, 4 if wide else 2)
    return figure


def _marks(axes: Any, own: pd.DataFrame, at: np.ndarray, look: Look) -> None:
    """A strategy's scores, each with its interval; those beyond the span at its edge."""
    value = own["score"].to_numpy(float)
    shown = np.clip(value, *SPAN)
    axes.hlines(at, own["low"].clip(*SPAN), own["high"].clip(*SPAN), color=tint(look.color, 0.6),
                lw=0.8)  # fmt: skip
    inside = shown == value
    marks: Any = {"ls": "", "marker": look.marker, "ms": 3, "color": look.color, "mew": 0.7}
    axes.plot(shown[inside], at[inside], **marks)
    axes.plot(shown[~inside], at[~inside], mfc="white", **marks)
