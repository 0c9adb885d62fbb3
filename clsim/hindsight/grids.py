"""Thousands of thresholds over the signals of a table, all run along it at once.

Cost is not monotone in a threshold: what a lower one trains on early may be what keeps it from
training well later. So there is a grid, and no bisection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clsim.errors import check_choice, check_number, unknown
from clsim.hindsight.losses import check_every_tick
from clsim.hindsight.optimum import error_price, training_prices
from clsim.hindsight.signals import Signals
from clsim.hindsight.table import Counterfactual
from clsim.runs.ledger import Prices
from clsim.types import NEVER

SIDES = ("above", "below")

TAIL = 0.05
"""Share of the values of a signal in which half of the levels lie."""


@dataclass(frozen=True)
class Levels:
    """Thresholds of one signal: each is a `Threshold` trigger in a `Cooldown`.

    Attributes
    ----------
    signal : str
    levels : tuple of float
    side : {'above', 'below'}, default='above'
        On which side of a level a value fires; of a monitor of several values any of them.
    wait : int, default=1
        Ticks between the starts of two trainings, at least.

    Raises
    ------
    TypeError, ValueError
        Without a level, for one that is no finite number, another side, or a ``wait`` below 1.

    Examples
    --------
    Two rules: train when the distance of the inputs exceeds 0.1 or 0.2, and not within 5 ticks of
    the last training.

    >>> Levels("inputs", (0.1, 0.2), wait=5)
    Levels(signal='inputs', levels=(0.1, 0.2), side='above', wait=5)
    """

    signal: str
    levels: tuple[float, ...]
    side: str = "above"
    wait: int = 1

    def __post_init__(self) -> None:
        check_choice("side", self.side, SIDES)
        check_number("wait", self.wait, whole=True, low=1)
        if not self.levels:
            raise ValueError("levels: give at least one")
        for place, level in enumerate(self.levels):
            check_number(f"levels[{place}]", level)


@dataclass(frozen=True, eq=False)
class Paths:
    """What rules do along a table.

    Attributes
    ----------
    rules : pandas.DataFrame
        One row per rule: signal, side, level, wait.
    starts : numpy.ndarray of shape (rules, T), bool
        Whether each starts a training in each tick.
    serving : numpy.ndarray of shape (rules, T)
        The row of the table that serves each tick; the last one is the initial model.

    Examples
    --------
    A rule trains in tick 2 of 4, and its model loses 1 a tick where the initial one loses 9.

    >>> rules = pd.DataFrame({"signal": ["loss"], "side": "above", "level": 0.5, "wait": 1})
    >>> starts, serving = np.array([[False, False, True, False]]), np.array([[4, 4, 2, 2]])
    >>> paths = Paths(rules, starts, serving)
    >>> ticks = np.arange(4)
    >>> models = np.append(ticks, -1)
    >>> losses = np.where(models[:, None] < 2, [1.0, 9, 9, 9], 1.0)
    >>> table = Counterfactual(
    ...     loss=np.where(ticks >= models[:, None], losses, np.nan), ticks=models,
    ...     serves=models.clip(0), rows=np.array([5, 5, 5, 5, 0]), n=np.full(4, 10),
    ...     held_out=np.zeros(5, int), seconds=np.zeros(5), failures={},
    ... )
    >>> paths.losses(table).tolist()
    [[1.0, 9.0, 1.0, 1.0]]
    >>> paths.priced(table, Prices(retraining=5))[["retrainings", "loss", "cost"]].values.tolist()
    [[1.0, 12.0, 17.0]]
    """

    rules: pd.DataFrame
    starts: np.ndarray
    serving: np.ndarray

    def losses(self, table: Counterfactual) -> np.ndarray:
        """What each loses in each tick.

        Parameters
        ----------
        table : Counterfactual
            The one along which they were run.

        Returns
        -------
        numpy.ndarray of shape (rules, T)

        Raises
        ------
        ValueError
            For a table of other ticks, or that lacks the model of a tick or a loss of one.
        """
        check_every_tick(table)
        ticks = table.loss.shape[1]
        if self.serving.shape[1] != ticks:
            raise ValueError(
                f"table: it has {ticks} ticks, and the rules were run along one of "
                f"{self.serving.shape[1]}"
            )
        losses: np.ndarray = table.loss.ravel().take(self.serving * ticks + np.arange(ticks))
        return losses

    def priced(self, table: Counterfactual, prices: Prices | None = None) -> pd.DataFrame:
        """The rules, and what each comes to.

        Parameters
        ----------
        table : Counterfactual
            The one along which they were run.
        prices : Prices or None, default=None
            None: the default prices.

        Returns
        -------
        pandas.DataFrame
            One row per rule: signal, side, level, wait, retrainings, loss, spend, cost.
        """
        prices = Prices() if prices is None else prices
        loss, trainings = self.losses(table).sum(axis=1), self.starts.sum(axis=1)
        each = training_prices(table, prices)[:-1]
        alike = (each == each[0]).all()
        spend = trainings * each[0] if alike else self.starts @ each
        return self.rules.assign(
            retrainings=trainings, loss=loss, spend=spend, cost=error_price(prices) * loss + spend
        )


def run_all(table: Counterfactual, grids: Sequence[Levels]) -> Paths:
    """Which trainings each threshold of some grids starts, along a table.

    What `clsim.hindsight.rules.rehearse` finds for each of them alone, with
    ``Cooldown(Threshold(monitor, level), wait)`` as its trigger.

    Parameters
    ----------
    table : Counterfactual
        Made with ``monitors``, and so with every tick as a candidate.
    grids : sequence of Levels

    Returns
    -------
    Paths
        A rule for each level of each grid, in this order.

    Raises
    ------
    ValueError
        If the table has no signals, or not this one, or lacks the model of a tick or a loss of one.

    Examples
    --------
    From tick 2 on, models that were trained before it lose 9 instead of 1, and a signal says so. A
    level below every value trains in each tick, one between the two values once.

    >>> ticks = np.arange(4)
    >>> models = np.append(ticks, -1)  # one is trained in every tick, and one before
    >>> there, old = ticks >= models[:, None], (models[:, None] < 2) & (ticks >= 2)
    >>> signals = Signals({"loss": {None: np.where(there, old, np.nan)}}, np.arange(0, 50, 10),
    ...                   models.clip(0), np.arange(10, 50, 10), timed=False)
    >>> table = Counterfactual(
    ...     loss=np.where(there, np.where(old, 9.0, 1.0), np.nan), ticks=models,
    ...     serves=models.clip(0), rows=np.array([5, 5, 5, 5, 0]), n=np.full(4, 10),
    ...     held_out=np.zeros(5, int), seconds=np.zeros(5), failures={}, signals=signals,
    ... )
    >>> paths = run_all(table, [Levels("loss", (-0.5, 0.5, 1.5))])
    >>> paths.starts.astype(int).tolist()
    [[1, 1, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0]]
    >>> paths.losses(table).sum(axis=1).tolist()
    [4.0, 4.0, 20.0]
    """
    signals = table.signals
    if signals is None:
        raise ValueError("table: it has no signals; make it with monitors={...}")
    check_every_tick(table)
    for grid in grids:
        if grid.signal not in signals.values:
            raise ValueError(f"signal: {unknown('signal', grid.signal, signals.values)}")
    rules = pd.DataFrame(
        [
            (grid.signal, grid.side, level, grid.wait)
            for grid in grids
            for level in np.asarray(grid.levels, dtype=float).tolist()
        ],
        columns=["signal", "side", "level", "wait"],
    )
    which = np.repeat(np.arange(len(grids)), [len(grid.levels) for grid in grids])
    sign = np.where(rules["side"] == "above", 1.0, -1.0)
    level, wait = rules["level"].to_numpy() * sign, rules["wait"].to_numpy()
    starts, serving = _run(table, signals, _largest(signals, grids), which, level, wait)
    return Paths(rules, starts, serving)


def _largest(signals: Signals, grids: Sequence[Levels]) -> np.ndarray:
    """For each tick, grid and model the value furthest on the side that fires, (T, grids, m).

    With the sign of the side; of no value minus infinity.
    """
    found = []
    for grid in grids:
        sign = 1.0 if grid.side == "above" else -1.0
        most = np.full((len(signals.labels), len(signals.ends)), -np.inf)
        for values in signals.values[grid.signal].values():
            np.fmax(most, sign * values.T, out=most)
        found.append(most)
    return np.stack(found, axis=1) if found else np.empty((len(signals.labels), 0, 0))


def _run(
    table: Counterfactual, signals: Signals, most: np.ndarray, which: np.ndarray,
    level: np.ndarray, wait: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """All rules in step: who serves, what is in flight, and when the last training started."""
    m, ticks = table.loss.shape
    place = which * m
    serving, flying = np.full(len(which), m - 1), np.full(len(which), -1)
    last = -wait  # the first may start at once
    starts = np.zeros((ticks, len(which)), dtype=bool)
    served = np.empty((ticks, len(which)), dtype=np.int64)
    at_once = bool((signals.ends[:-1] == table.ticks[:-1]).all())
    for tick in range(ticks):
        if not at_once:
            done = (flying >= 0) & (signals.ends[flying] <= tick)
            fresh = done & (table.serves[flying] != NEVER)
            serving = np.where(fresh, flying, serving)
            flying[done] = -1
        start = most[tick].ravel().take(place + serving) > level
        start &= tick - last >= wait
        start &= flying < 0
        if table.rows[tick] == 0:  # no labelled row to train on
            start[:] = False
        starts[tick] = start
        last = np.where(start, tick, last)
        if signals.ends[tick] > tick:
            flying[start] = tick
        elif table.serves[tick] != NEVER:
            serving = np.where(start, tick, serving)
        served[tick] = serving
    return np.ascontiguousarray(starts.T), np.ascontiguousarray(served.T)


def spread_levels(
    tables: Sequence[Counterfactual], signal: str, count: int, side: str = "above", wait: int = 1
) -> Levels:
    """Levels where the values of a signal lie: from one that always fires to one that never does.

    They are quantiles of the values, and one just before the least. Half of them are in the
    twentieth of values that fires, ever closer to its end, where rates of false alarms are decided.

    Parameters
    ----------
    tables : sequence of Counterfactual
        On which a threshold is to be chosen, and not those on which it is priced.
    signal : str
    count : int
        How many at the most, at least 2.
    side, wait
        As for `Levels`.

    Returns
    -------
    Levels
        With at most ``count`` levels, ascending: the first always fires, the last never.

    Raises
    ------
    ValueError
        If there is no value.

    Examples
    --------
    Values 0 and 1: a level below both, and one at each.

    >>> ticks = np.arange(4)
    >>> models = np.append(ticks, -1)  # one is trained in every tick, and one before
    >>> there, old = ticks >= models[:, None], (models[:, None] < 2) & (ticks >= 2)
    >>> signals = Signals({"loss": {None: np.where(there, old, np.nan)}}, np.arange(0, 50, 10),
    ...                   models.clip(0), np.arange(10, 50, 10), timed=False)
    >>> table = Counterfactual(
    ...     loss=np.where(there, 1.0, np.nan), ticks=models, serves=models.clip(0),
    ...     rows=np.array([5, 5, 5, 5, 0]), n=np.full(4, 10), held_out=np.zeros(5, int),
    ...     seconds=np.zeros(5), failures={}, signals=signals,
    ... )
    >>> levels = spread_levels([table], "loss", count=9).levels
    >>> levels[0] < 0, levels[1:]
    (True, (0.0, 1.0))
    """
    check_number("count", count, whole=True, low=2)
    seen = []
    for table in tables:
        if table.signals is None:
            raise ValueError("table: it has no signals; make it with monitors={...}")
        grid = Levels(signal, (0.0,), side, wait)
        seen.append(_largest(table.signals, [grid]).ravel())
    values = np.concatenate(seen) if seen else np.empty(0)
    values = values[np.isfinite(values)]
    if not len(values):
        raise ValueError(f"signal {signal!r}: it has no value in any tick of the tables")
    half = (count - 1) // 2
    last = 1 - np.geomspace(TAIL, 1 / len(values), count - 1 - half)
    shares = np.concatenate([np.linspace(0, 1 - TAIL, half), last[:-1], [1.0]])
    levels = np.unique(np.quantile(values, shares, method="higher"))
    levels = np.append(np.nextafter(values.min(), -np.inf), levels)
    return Levels(
        signal, tuple((levels if side == "above" else -levels[::-1]).tolist()), side, wait
    )
