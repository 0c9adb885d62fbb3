"""Payback: trainings that come too late to pay back before the stream ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import Schedule, error_price, evaluate, training_prices
from clsim.runs.ledger import Prices
from clsim.types import NEVER


@dataclass(frozen=True)
class Horizon:
    """Trainings of a schedule that come too late to pay back, and what it costs without them.

    Attributes
    ----------
    trainings : pandas.DataFrame
        One row per training: tick, serves (first tick served), price, best (largest sum saved by
        any later tick against the model before, in money), pays_back (best >= price), payback
        (ticks until it does; NaN if it does not), left (ticks from ``serves`` to the end), late.
    schedule : Schedule
        As given.
    without : Schedule
        Without the trainings that are late.
    """

    trainings: pd.DataFrame
    schedule: Schedule
    without: Schedule


def horizon(table: Table, prices: Prices, ticks: Iterable[int]) -> Horizon:
    """Late trainings, that cannot pay back before the stream ends, and the cost without them.

    The saving of a training up to tick u is the price of a unit of loss times the loss, from the
    tick it can serve to u, of the model before it in the schedule minus its own: later trainings
    left aside, so that it is not cut short by its successor, and ticks that the table lacks as
    saving nothing. It pays back if the largest saving up
    to any tick is at least its price. Of those that do not, **late** are those with less time left
    than the median training that did pay back has needed: had the stream gone on, they too might
    have paid. The rest would not have been worth it anyway. If no training ever paid back, none
    is called late.

    Parameters
    ----------
    table : Table
    prices : Prices
    ticks : iterable of int
        The schedule: ticks at which trainings started, for a run those of
        `clsim.hindsight.schedules.recorded`.

    Returns
    -------
    Horizon
        ``trainings`` (one row each: whether it pays back, after how many ticks, and whether it came
        too late), ``schedule`` (as given, priced) and ``without`` (the same without those that are
        late).

    Raises
    ------
    ValueError
        For a tick that is no candidate of the table.

    Examples
    --------
    Two errors a tick are saved at 1 each, and a training costs 3. That of tick 1 pays back in two
    ticks; that of tick 3 has one left.

    >>> nan = float("nan")
    >>> table = Table(np.array([[nan, 8, 8, 8], [nan, nan, nan, 6], [10, 10, 10, 10]]),
    ...               np.array([1, 3, -1]), np.array([1, 3, 0]), np.array([9, 9, 0]),
    ...               np.full(4, 20))
    >>> judged = horizon(table, Prices(error=1, retraining=3), [1, 3])
    >>> judged.trainings[["tick", "best", "payback", "left", "late"]].values.tolist()
    [[1, 6.0, 2.0, 3, False], [3, 2.0, nan, 1, True]]
    >>> judged.schedule.cost, judged.without.cost
    (38.0, 37.0)
    """
    schedule = evaluate(table, ticks, prices)
    unit, paid = error_price(prices), training_prices(table, prices)
    count = table.loss.shape[1]
    rows, before = [], len(table.ticks) - 1
    for row in np.searchsorted(table.ticks[:-1], schedule.ticks):
        first = int(table.serves[row])
        best, payback = 0.0, np.nan
        if first < count:
            saved = unit * (table.loss[before, first:] - table.loss[row, first:])
            so_far = np.cumsum(np.where(np.isnan(saved), 0.0, saved))
            best = float(so_far.max())
            enough = np.flatnonzero(so_far >= paid[row])
            payback = float(enough[0] + 1) if len(enough) else np.nan
            before = row
        rows.append(
            {
                "tick": int(table.ticks[row]),
                "serves": first,
                "price": float(paid[row]),
                "best": best,
                "pays_back": not np.isnan(payback),
                "payback": payback,
                "left": max(count - first, 0),
            }
        )
    names = ["tick", "serves", "price", "best", "pays_back", "payback", "left"]
    trainings = pd.DataFrame(rows, columns=names)
    # a failed training never serves, whenever the stream ends
    ever = trainings["serves"] < NEVER
    short = trainings["left"] < trainings["payback"].median()
    trainings["late"] = ~trainings["pays_back"].astype(bool) & ever & short
    kept = trainings.loc[~trainings["late"], "tick"]
    return Horizon(trainings, schedule, evaluate(table, kept, prices))
