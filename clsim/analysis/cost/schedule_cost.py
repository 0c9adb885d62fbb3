"""What it costs to train every so often, and what it is worth to train more often."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.clock import parse_duration
from clsim.errors import check_number
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import error_price
from clsim.hindsight.schedules import by_phase
from clsim.runs.ledger import Prices
from clsim.statistics.intervals import mean_interval


def intervals(setting: Setting) -> dict[str, float]:
    """Ticks between the trainings of each strategy with a periodic trigger.

    As configured (``strategy.trigger.every`` and ``tick``); other strategies are left out.
    """
    by_strategy = {}
    for name, runs in setting.runs.items():
        config = next(iter(runs.values())).config
        trigger = (config.get("strategy") or {}).get("trigger")
        if not isinstance(trigger, dict) or "every" not in trigger:
            continue
        every = trigger["every"]
        if isinstance(every, str):
            every = parse_duration(every, "trigger.every") / parse_duration(config["tick"], "tick")
        by_strategy[name] = float(every)
    return by_strategy


def cost_by_interval(
    table: pd.DataFrame, every: Mapping[str, float], level: float = 0.95
) -> pd.DataFrame:
    """Opportunity cost and upkeep of the strategies of a sweep, over their intervals.

    The less often a model is trained, the more its staleness costs and the less its upkeep; the
    sum has a minimum.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per strategy and seed, as `clsim.analysis.compare.comparison.priced` gives it; its
        reference is best the strategy that retrains at every tick.
    every : dict of str to float
        Ticks between trainings, for each strategy that is shown, as `intervals` gives it.
    level : float, default=0.95

    Returns
    -------
    pandas.DataFrame
        One row per strategy, by interval: strategy, every, and in money the means over seeds of
        ``opportunity`` (against the reference), ``upkeep`` and ``total`` (their sum), each with
        ``_low`` and ``_high`` by Student's t; ``best`` marks the least total.

    Raises
    ------
    ValueError
        If no strategy of ``every`` has an opportunity cost in the table.

    Examples
    --------
    Weekly training costs 6 in staleness and 8 in trainings, daily training nothing and 56.

    >>> table = pd.DataFrame({"strategy": ["daily", "weekly"], "seed": 1, "upkeep": [56.0, 8.0],
    ...                       "opportunity_money": [0.0, 6.0]})
    >>> curve = cost_by_interval(table, {"weekly": 7, "daily": 1})
    >>> curve[["strategy", "every", "opportunity", "upkeep", "total", "best"]]
      strategy  every  opportunity  upkeep  total   best
    0    daily    1.0          0.0    56.0   56.0  False
    1   weekly    7.0          6.0     8.0   14.0   True
    """
    rows: list[dict[str, Any]] = []
    for name in sorted(every, key=lambda name: every[name]):
        own = table[(table["strategy"] == name) & table["opportunity_money"].notna()]
        if own.empty:
            continue
        kinds = {"opportunity": own["opportunity_money"], "upkeep": own["upkeep"]}
        kinds["total"] = kinds["opportunity"] + kinds["upkeep"]
        row: dict[str, Any] = {"strategy": name, "every": float(every[name])}
        for kind, values in kinds.items():
            row[kind], row[f"{kind}_low"], row[f"{kind}_high"] = mean_interval(values, level)
        rows.append(row)
    if not rows:
        raise ValueError("every: no strategy in it has an opportunity cost in the table")
    curve = pd.DataFrame(rows)
    return curve.assign(best=_least(curve["total"]))


def cost_by_period(
    table: Table,
    prices: Prices,
    periods: Iterable[int] | None = None,
    reference: int = 1,
) -> pd.DataFrame:
    """Opportunity cost and cost of retraining of periodic schedules, from the table alone.

    The same curve as `cost_by_interval`, denser and without replaying: each period is averaged
    over its phases, so that none is lucky. A period trains at the ticks t >= 1 with t = phase
    (mod period); while a training is in flight, none starts.

    Parameters
    ----------
    table : Table
    prices : Prices
        ``error``, ``retraining`` and ``row`` are used.
    periods : iterable of int, optional
        In ticks. Default: 1 to 100, or to the number of ticks if there are fewer.
    reference : int, default=1
        The period against which the opportunity cost is reckoned: by default every tick.

    Returns
    -------
    pandas.DataFrame
        One row per period: every; phases (those that the table can look up: all, unless it has a
        coarser grid or a largest age); means over phases of retrainings, loss, ``opportunity``
        (loss against the reference's mean, in money), ``upkeep`` (trainings, in money) and
        ``total`` (their sum); ``total_low`` and ``total_high`` (the luckiest and the unluckiest
        phase); ``best`` marks the least total. NaN for a period that cannot be looked up.

    Raises
    ------
    ValueError
        If a period is below 1, or the reference cannot be looked up.

    Examples
    --------
    Two ticks; the initial model loses 10 and 12, the one trained at tick 1 loses 2 there.

    >>> table = Table(np.array([[np.nan, 2.0], [10.0, 12.0]]), np.array([1, -1]),
    ...               np.array([1, 0]), np.array([50, 0]), np.array([20, 20]))
    >>> curve = cost_by_period(table, Prices(error=1, retraining=4))
    >>> curve[["every", "retrainings", "opportunity", "upkeep", "total"]].values.tolist()
    [[1.0, 1.0, 0.0, 4.0, 4.0], [2.0, 0.5, 5.0, 2.0, 7.0]]
    """
    count = table.loss.shape[1]
    chosen = list(range(1, min(100, count) + 1) if periods is None else periods)
    for period in (*chosen, reference):
        check_number("periods", period, whole=True, low=1)
    unit = error_price(prices)
    [(_, base, _)] = by_phase(table, [reference], prices)
    if not len(base):
        raise ValueError(
            f"reference={reference}: the table cannot look up this period; it has models of the "
            f"ticks {_some(table.ticks[:-1])}: choose a period among its own"
        )
    rows: list[tuple[Any, ...]] = []
    for period, phases in zip(chosen, by_phase(table, chosen, prices), strict=True):
        trainings, loss, spend = phases
        if not len(loss):
            rows.append((period, 0, *[np.nan] * 7))
            continue
        behind = unit * (loss - base.mean())
        total = behind + spend
        rows.append(
            (period, len(loss), trainings.mean(), loss.mean(), behind.mean(), spend.mean(),
             total.mean(), total.min(), total.max())
        )  # fmt: skip
    names = ["every", "phases", "retrainings", "loss", "opportunity", "upkeep", "total",
             "total_low", "total_high"]  # fmt: skip
    curve = pd.DataFrame(rows, columns=names)
    return curve.assign(best=_least(curve["total"]))


def value_of_frequency(table: Table, prices: Prices, periods: Mapping[str, int]) -> pd.DataFrame:
    """What each step towards more frequent training is worth: monthly, weekly, daily, hourly.

    Parameters
    ----------
    table : Table
    prices : Prices
    periods : dict of str to int
        Length of each period in ticks, by name: with ticks of an hour,
        ``{"monthly": 720, "weekly": 168, "daily": 24, "hourly": 1}``.

    Returns
    -------
    pandas.DataFrame
        One row per step, from the longest period to the shortest: ``from``, ``to``, ``averted``
        (loss averted by the step, in money), ``paid`` (more paid for trainings), ``gain``
        (averted minus paid), ``retrainings`` (more of them), and ``gain_per_event``. Each period
        is averaged over its phases, as `cost_by_period` does.

    Raises
    ------
    ValueError
        If there are fewer than two periods, or two are equally long.

    Examples
    --------
    Two ticks; the initial model loses 10 and 12, the one trained at tick 1 loses 2 there. One of
    the two phases of "seldom" trains at tick 1, the other never.

    >>> table = Table(np.array([[np.nan, 2.0], [10.0, 12.0]]), np.array([1, -1]),
    ...               np.array([1, 0]), np.array([50, 0]), np.array([20, 20]))
    >>> step = value_of_frequency(table, Prices(error=1, retraining=4), {"seldom": 2, "often": 1})
    >>> step[["from", "to", "averted", "paid", "gain"]].values.tolist()
    [['seldom', 'often', 5.0, 2.0, 3.0]]
    """
    names = sorted(periods, key=lambda name: -periods[name])
    lengths = [periods[name] for name in names]
    if len(names) < 2 or len(set(lengths)) < len(lengths):
        raise ValueError(f"periods={dict(periods)!r}: give at least two, of different lengths")
    costs = cost_by_period(table, prices, lengths, reference=lengths[-1]).to_dict("records")
    events = int(table.n.sum())
    rows = []
    for (name, before), (to, after) in itertools.pairwise(zip(names, costs, strict=True)):
        averted, paid = (before["opportunity"] - after["opportunity"],
                         after["upkeep"] - before["upkeep"])  # fmt: skip
        rows.append(
            {
                "from": name,
                "to": to,
                "averted": averted,
                "paid": paid,
                "gain": averted - paid,
                "retrainings": after["retrainings"] - before["retrainings"],
                "gain_per_event": (averted - paid) / events if events else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _least(total: pd.Series) -> np.ndarray:
    values = total.to_numpy(dtype=float)
    return (
        values == np.nanmin(values) if not np.isnan(values).all() else np.zeros(len(values), bool)
    )


def _some(ticks: np.ndarray) -> str:
    shown = ", ".join(map(str, ticks[:4]))
    return shown + (", ..." if len(ticks) > 4 else "")
