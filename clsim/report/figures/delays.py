"""How late labels are: the share that is known, by the time since the event."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from clsim.analysis.describe.delays import Delays
from clsim.report.figures.style import BLUE, INK, in_style, new_figure, thousands, tint

QUANTILES = (0.5, 0.9)
"""Shares that are marked where they are reached."""


def known_by_age(delays: Delays, width: float) -> Figure:
    """Share of labels known at each age of an event, with its interval.

    Parameters
    ----------
    delays : Delays
    width : float
        In inches.

    Returns
    -------
    matplotlib.figure.Figure
        The age of an event to the right, in days.

    Examples
    --------
    Half of the labels come within a day, and all within four.

    >>> import pandas as pd
    >>> curve = pd.DataFrame({"delay": [1.0, 4.0], "known": [0.5, 1.0], "low": [0.4, 1.0],
    ...                       "high": [0.6, 1.0], "at_risk": [100, 50]})
    >>> delays = Delays(curve, came=100, open=0, end=0.0, naive_median=1.0)
    >>> known_by_age(delays, 3.4).axes[0].get_xlabel()
    'days since the event'
    """
    curve = delays.curve
    ages = np.append(0.0, curve["delay"].to_numpy())
    with in_style():
        figure = new_figure(width, 2.1)
        axes = figure.subplots()
        low, high = (np.append(np.nan, curve[side].to_numpy()) for side in ("low", "high"))
        axes.fill_between(ages, low, high, step="post", color=tint(BLUE, 0.25), lw=0)
        axes.step(ages, np.append(0.0, curve["known"]), where="post", color=BLUE, lw=1.2)
        for share in QUANTILES:
            age = delays.quantile(share)
            if not np.isnan(age):
                axes.plot([0, age, age], [share, share, 0], color=INK, lw=0.5, ls=(0, (4, 2)))
        axes.set_xlim(0, ages[-1] * 1.02 or 1.0)
        axes.set_ylim(0, 1.03)
        axes.xaxis.set_major_locator(MaxNLocator(8 if width > 5 else 4))
        axes.xaxis.set_major_formatter(thousands())
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, 0))
        axes.set_xlabel("days since the event")
        axes.set_ylabel("labels known")
    return figure
