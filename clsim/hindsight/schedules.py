"""Any schedule is a look-up: periodic ones, the controls of every report, and recorded ones.

Schedules are priced on a `clsim.hindsight.losses.Table`, under immediate promotion, as
`clsim.hindsight.optimum.evaluate` does for one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.errors import check_number
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import error_price, rows_of, training_prices
from clsim.randomness import generator
from clsim.runs.ledger import ROW_BY_ROW, Prices
from clsim.types import NEVER

if TYPE_CHECKING:
    import pandas as pd

    from clsim.runs.run import Run

CELLS = 2_000_000
"""Schedules times ticks that are looked up at a time, to bound memory."""


def periodic(every: int, phase: int, ticks: int, ready: np.ndarray | None = None) -> np.ndarray:
    """Ticks at which `clsim.strategy.triggers.Periodic` starts a training.

    It fires at ticks t >= 1 with t = phase (mod every), and starts nothing while a training is in
    flight.

    Parameters
    ----------
    every, phase : int
        In ticks; ``phase`` is below ``every``.
    ticks : int
        Number of ticks of the replay, T.
    ready : numpy.ndarray of shape (T,) or None, default=None
        The tick at which a training that starts in each tick ends, as `ready` gives it. None:
        trainings take no time.

    Returns
    -------
    numpy.ndarray of shape (k,), int64

    Examples
    --------
    >>> periodic(3, 1, 10).tolist()
    [1, 4, 7]
    >>> periodic(3, 1, 10, ready=np.arange(10) + 4).tolist()
    [1, 7]
    """
    check_number("every", every, whole=True, low=1)
    check_number("phase", phase, whole=True, low=0, high=every - 1)
    check_number("ticks", ticks, whole=True, low=1)
    ends = np.arange(ticks) if ready is None else ready
    return np.flatnonzero(_starts(np.array([every]), np.array([phase]), ends)[:, 0])


def ready(table: Table) -> np.ndarray:
    """The tick at which a training that starts in each tick ends.

    Returns
    -------
    numpy.ndarray of shape (T,), int64
        For failed trainings, which end as well, the lag of the training before them counts (of
        the next, for the first); so it does for ticks that are no candidates. That is exact where
        the duration is a whole number of equal ticks.
    """
    ticks, serves = table.ticks[:-1], table.serves[:-1]
    known = np.flatnonzero(serves != NEVER)
    at = np.arange(table.loss.shape[1])
    if len(known) == 0:
        return at
    last = np.searchsorted(ticks[known], at, "right") - 1
    return at + (serves - ticks)[known][np.maximum(last, 0)]


def _starts(every: np.ndarray, phase: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Whether each of k periodic schedules starts a training in each tick, (T, k)."""
    at = np.arange(len(ends))
    if np.all(ends <= at + every.min(initial=len(ends))):  # each ends before the next may start
        return (at[:, None] % every == phase) & (at > 0)[:, None]
    starts = np.zeros((len(ends), len(every)), dtype=bool)
    free = np.zeros(len(every), dtype=np.int64)  # the tick from which nothing is in flight
    for tick in range(1, len(ends)):
        np.logical_and(tick % every == phase, free <= tick, out=starts[tick])
        free[starts[tick]] = ends[tick]
    return starts


def look_up(
    table: Table, schedules: Iterable[Iterable[int]], prices: Prices | None = None
) -> pd.DataFrame:
    """What many schedules cost under immediate promotion, at once.

    Parameters
    ----------
    table : Table
    schedules : iterable of iterable of int
        For each schedule, the ticks at which trainings start, the initial one apart.
    prices : Prices or None, default=None
        None: the defaults of `clsim.runs.ledger.Prices`.

    Returns
    -------
    pandas.DataFrame
        One row per schedule: retrainings, loss, spend, cost. Loss and cost are infinite for a
        schedule that needs a loss that the table lacks.

    Raises
    ------
    ValueError
        For a tick that a schedule has twice or that is no candidate of the table.

    Examples
    --------
    Trained at tick 1 at a price of 4, or never: 1 + 2 + 4 or 1 + 9.

    >>> nan = float("nan")
    >>> table = Table(
    ...     loss=np.array([[nan, 2.0], [1.0, 9.0]]), ticks=np.array([1, -1]),
    ...     serves=np.array([1, 0]), rows=np.array([5, 0]), n=np.array([9, 9]),
    ... )
    >>> look_up(table, [[1], []], Prices(retraining=4))
       retrainings  loss  spend  cost
    0            1   3.0    4.0   7.0
    1            0  10.0    0.0  10.0
    """
    given = [np.fromiter(ticks, dtype=np.int64) for ticks in schedules]
    which = np.repeat(np.arange(len(given)), [len(ticks) for ticks in given])
    flat = np.concatenate(given) if given else np.empty(0, dtype=np.int64)
    rows = np.searchsorted(table.ticks[:-1], flat)
    order = np.lexsort((rows, which))
    rows = rows[order]  # `which` is sorted already
    twice = (np.diff(rows) == 0) & (np.diff(which) == 0)
    if twice.any() or (flat < 0).any() or not np.array_equal(table.ticks[rows], flat[order]):
        for ticks in given:
            rows_of(table, ticks.tolist())  # which says what is wrong with it
    return _priced(table, which, rows, len(given), prices)


def costs_by_tick(table: Table, starts: np.ndarray, prices: Prices | None = None) -> np.ndarray:
    """What schedules cost in each tick: what is lost there, and the training that starts.

    Parameters
    ----------
    table : Table
    starts : numpy.ndarray of shape (schedules, T), bool
        Whether each starts a training in each tick.
    prices : Prices or None, default=None
        None: the defaults of `clsim.runs.ledger.Prices`.

    Returns
    -------
    numpy.ndarray of shape (schedules, T)
        NaN where a loss is needed that the table lacks.

    Raises
    ------
    ValueError
        For other ticks than the table's, or a training at a tick that is no candidate of it.
    """
    prices = Prices() if prices is None else prices
    if starts.shape[1] != table.loss.shape[1]:
        raise ValueError(f"starts: {starts.shape[1]} ticks; the table has {table.loss.shape[1]}")
    which, ticks = np.nonzero(starts)
    rows_of(table, np.unique(ticks))  # which refuses those that are no candidates
    rows = _row_of(table)[ticks]
    costs = error_price(prices) * _served(table, which, rows, len(starts))
    costs[which, ticks] += training_prices(table, prices)[rows]
    return costs


def served_by_phase(table: Table, every: int, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a period serves in each of its phases that the table can look up.

    Parameters
    ----------
    table : Table
    every : int
        In ticks.
    ends : numpy.ndarray of shape (T,)
        As `ready` gives it.

    Returns
    -------
    losses : numpy.ndarray of shape (k, T)
        Loss in each tick, under immediate promotion, of k phases.
    trained : numpy.ndarray of shape (n,), int64
        The rows of the table of all trainings in them.
    """
    starts = _starts(np.full(every, every), np.arange(every), ends)
    row_of = _row_of(table)
    starts = starts[:, ~starts[row_of < 0].any(axis=0)]
    which, ticks = np.nonzero(starts.T)
    losses = _served(table, which, row_of[ticks], starts.shape[1])
    fine = np.isfinite(losses.sum(axis=1))
    return losses[fine], row_of[ticks[fine[which]]]


def _row_of(table: Table) -> np.ndarray:
    """For each tick, the row of the model that was trained at it; -1 if it is no candidate."""
    row_of = np.full(table.loss.shape[1], -1)
    row_of[table.ticks[:-1]] = np.arange(len(table.ticks) - 1)
    return row_of


def _served(table: Table, which: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Loss in each tick of schedules, whose trainings are sorted by schedule and row."""
    ticks = table.loss.shape[1]
    able = table.serves[rows] < ticks
    serving = np.full((count, ticks), -1, dtype=np.intp)
    # where two can serve from the same tick, the later row is written last
    serving[which[able], table.serves[rows[able]]] = rows[able]
    np.maximum.accumulate(serving, axis=1, out=serving)
    serving *= ticks
    serving += np.arange(ticks)
    losses: np.ndarray = table.loss.ravel().take(serving)  # row -1 counts from the end
    return losses


def _priced(
    table: Table, which: np.ndarray, rows: np.ndarray, count: int, prices: Prices | None
) -> pd.DataFrame:
    """The same for trainings that are sorted by schedule and, within it, by row."""
    import pandas as pd

    prices = Prices() if prices is None else prices
    ticks = table.loss.shape[1]
    trainings = np.bincount(which, minlength=count)
    money = training_prices(table, prices)
    spend = np.bincount(which, weights=money[rows], minlength=count)
    loss = np.empty(count)
    step = max(1, CELLS // ticks)
    for low in range(0, count, step):
        high = min(low + step, count)
        a, b = np.searchsorted(which, [low, high])
        loss[low:high] = _served(table, which[a:b] - low, rows[a:b], high - low).sum(axis=1)
    loss[np.isnan(loss)] = math.inf
    cost = np.full(count, math.inf)
    fine = np.isfinite(loss)
    cost[fine] = error_price(prices) * loss[fine] + spend[fine]
    return pd.DataFrame({"retrainings": trainings, "loss": loss, "spend": spend, "cost": cost})


def all_periodic(table: Table, longest: int, prices: Prices | None = None) -> pd.DataFrame:
    """Every periodic schedule up to a longest period, in every phase.

    Parameters
    ----------
    table : Table
    longest : int
        Longest period, in ticks; there are ``longest * (longest + 1) / 2`` schedules.
    prices : Prices or None, default=None
        None: the defaults of `clsim.runs.ledger.Prices`.

    Returns
    -------
    pandas.DataFrame
        One row per schedule, by period and phase: every, phase, retrainings, loss, spend, cost.
        Loss, spend and cost are infinite for schedules that train at a tick that is no candidate,
        and loss and cost for those that need a loss that the table lacks.

    Raises
    ------
    TypeError, ValueError
        If ``longest`` is no whole number of at least 1.

    Examples
    --------
    Losses are 0 right after a training and grow by 1 a tick. Trainings at ticks 1, 2 and 3 lose
    nothing and cost 2 each; one at tick 2 loses 0 + 1 + 0 + 1, and two at ticks 1 and 3 lose 0 + 0
    + 1 + 0.

    >>> age = np.arange(4.0) - np.arange(4)[:, None]
    >>> table = Table(
    ...     loss=np.vstack([np.where(age >= 0, age, np.nan)[1:], np.arange(4.0)]),
    ...     ticks=np.array([1, 2, 3, -1]), serves=np.array([1, 2, 3, 0]),
    ...     rows=np.array([5, 5, 5, 0]), n=np.full(4, 9),
    ... )
    >>> all_periodic(table, 2, Prices(retraining=2))
       every  phase  retrainings  loss  spend  cost
    0      1      0            3   0.0    6.0   6.0
    1      2      0            1   2.0    2.0   4.0
    2      2      1            2   1.0    4.0   5.0
    """
    check_number("longest", longest, whole=True, low=1)
    return _every_phase(table, np.arange(1, longest + 1), prices)


def by_phase(
    table: Table, periods: Sequence[int], prices: Prices | None = None
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Each period in all of its phases that the table can look up, as `all_periodic` has them.

    Returns
    -------
    list of (retrainings, loss, spend)
        For each period, three arrays of a number for each phase.
    """
    lengths = np.asarray(periods, dtype=np.int64)
    phases = _every_phase(table, lengths, prices)
    known = np.isfinite(phases["loss"].to_numpy())
    numbers = (phases[name].to_numpy(float)[known] for name in ("retrainings", "loss", "spend"))
    ends = np.concatenate([[0], np.cumsum(known)])[np.cumsum(lengths)]
    trainings, losses, spends = (np.split(of, ends[:-1]) for of in numbers)
    return list(zip(trainings, losses, spends, strict=True))


def _every_phase(table: Table, lengths: np.ndarray, prices: Prices | None) -> pd.DataFrame:
    import pandas as pd

    most = max(1, CELLS // table.loss.shape[1])  # phases at a time
    part = (np.cumsum(lengths) - lengths) // most
    cuts = np.flatnonzero(np.diff(part)) + 1
    parts = [_phases(table, some, prices) for some in np.split(lengths, cuts)]
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _phases(table: Table, lengths: np.ndarray, prices: Prices | None) -> pd.DataFrame:
    every = np.repeat(lengths, lengths)
    phase = np.arange(len(every)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    starts = _starts(every, phase, ready(table))
    row_of = _row_of(table)
    which, ticks = np.nonzero(starts.T)
    priced = _priced(table, which, row_of[ticks], len(every), prices)
    lacking = starts[row_of < 0].any(axis=0)
    if lacking.any():
        priced.loc[lacking, ["loss", "spend", "cost"]] = math.inf
    priced.insert(0, "phase", phase)
    priced.insert(0, "every", every)
    return priced


def evenly(table: Table, retrainings: int) -> np.ndarray:
    """Ticks of so many trainings, evenly spaced over the candidates after tick 0.

    Between the start, the trainings and the end lie equal numbers of candidates, to rounding.

    Returns
    -------
    numpy.ndarray of shape (retrainings,), int64
    """
    ticks = _candidates(table, retrainings)
    places = np.arange(1, retrainings + 1) * (len(ticks) + 1) / (retrainings + 1)
    return ticks[np.floor(places + 0.5).astype(np.int64) - 1]


def at_random(table: Table, retrainings: int, *, draws: int = 200, seed: int = 0) -> np.ndarray:
    """Ticks of so many trainings, drawn from the candidates after tick 0 without replacement.

    Returns
    -------
    numpy.ndarray of shape (draws, retrainings), int64
        Of two numbers of trainings, the schedules of the smaller are part of those of the larger.
    """
    check_number("draws", draws, whole=True, low=1)
    ticks = _candidates(table, retrainings)
    order = generator(seed, "control").random((draws, len(ticks))).argsort(axis=1)
    return np.sort(ticks[order[:, :retrainings]], axis=1)


def _candidates(table: Table, retrainings: int) -> np.ndarray:
    ticks = table.ticks[:-1]
    ticks = ticks[ticks >= 1]
    check_number("retrainings", retrainings, whole=True, low=0, high=len(ticks))
    return ticks


def controls(
    table: Table,
    retrainings: int,
    prices: Prices | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """The schedules that need no idea, beside which every other has to stand.

    Parameters
    ----------
    table : Table
    retrainings : int
        Number of trainings of the schedule that they are to be compared with.
    prices : Prices or None, default=None
        None: the defaults of `clsim.runs.ledger.Prices`.
    draws : int, default=200
        Number of random schedules.
    seed : int, default=0

    Returns
    -------
    pandas.DataFrame
        One row each: control, retrainings, loss, cost (means over schedules), low, high (of the
        cost: between them lie 95 % of the schedules; NaN where there is one), schedules. Loss,
        cost, low and high are NaN where a schedule needs a loss that the table lacks. They are:

        - ``never``;
        - ``every tick``: at every candidate after tick 0 at which nothing is in flight;
        - ``evenly spaced`` and ``random``: as many trainings, in flight or not;
        - ``periodic``: all phases (on the grid of candidates) of the period (T - 1)/retrainings,
          rounded to that grid. Left out where there is nothing to train.

    Raises
    ------
    ValueError
        If there are fewer candidates after tick 0 than retrainings.

    Examples
    --------
    Losses are 0 right after a training and grow by 1 a tick: never to train loses 0 + 1 + 2 + 3.

    >>> age = np.arange(4.0) - np.arange(4)[:, None]
    >>> table = Table(
    ...     loss=np.vstack([np.where(age >= 0, age, np.nan)[1:], np.arange(4.0)]),
    ...     ticks=np.array([1, 2, 3, -1]), serves=np.array([1, 2, 3, 0]),
    ...     rows=np.array([5, 5, 5, 0]), n=np.full(4, 9),
    ... )
    >>> found = controls(table, 1, Prices(retraining=2))
    >>> found[["control", "retrainings", "loss", "cost"]].values.tolist()[:3]
    [['never', 0.0, 6.0, 6.0], ['every tick', 3.0, 0.0, 6.0], ['evenly spaced', 1.0, 2.0, 4.0]]
    """
    import pandas as pd

    random = at_random(table, retrainings, draws=draws, seed=seed)
    groups = {
        "never": look_up(table, [[]], prices),
        "every tick": look_up(table, [list(_as_often_as_possible(table))], prices),
        "evenly spaced": look_up(table, [evenly(table, retrainings)], prices),
        "random": look_up(table, random, prices),
    }
    if retrainings:
        phases = _every_phase(table, np.array([_period(table, retrainings)]), prices)
        groups["periodic"] = phases[np.isfinite(phases["spend"])]
    return pd.DataFrame(
        [{"control": name, **_spread(group)} for name, group in groups.items() if len(group)]
    )


def _period(table: Table, retrainings: int) -> int:
    """The period, on the grid of candidates, that comes closest to so many trainings."""
    step = int(np.gcd.reduce(np.diff(table.ticks[:-1]))) or 1
    return step * max(1, math.floor((table.loss.shape[1] - 1) / retrainings / step + 0.5))


def _as_often_as_possible(table: Table) -> Iterator[int]:
    ends, free = ready(table), 0
    for tick in table.ticks[:-1].tolist():
        if tick >= max(free, 1):
            yield tick
            free = int(ends[tick])


def _spread(group: pd.DataFrame) -> dict[Any, Any]:
    several = len(group) > 1 and bool(np.isfinite(group["cost"]).all())
    low, high = np.quantile(group["cost"], [0.025, 0.975]) if several else (math.nan, math.nan)
    means = {name: float(group[name].mean()) for name in ("retrainings", "loss", "cost")}
    known = {name: math.nan if math.isinf(mean) else mean for name, mean in means.items()}
    return {**known, "low": low, "high": high, "schedules": len(group)}


def recorded(run: Run) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ticks at which the trainings of a run started, and of those that were deployed.

    Row-by-row updates are no trainings. ``evaluate(table, started, prices)`` prices a run's own
    schedule.

    Returns
    -------
    started, accepted : tuple of int
        Ascending, the initial training apart; both by the tick at which the training started.
    """
    events = run.events
    kind = events["kind"].to_numpy(dtype=object)
    online = events["reason"].to_numpy(dtype=object) == ROW_BY_ROW
    trained = events[(kind == "train") & ~online]
    worked = events["accepted"].fillna(True).to_numpy(dtype=bool)
    deployed = set(events["model"][(kind == "deploy") & worked].tolist())
    pairs = list(zip(trained["tick"].tolist(), trained["model"].tolist(), strict=True))
    return (
        tuple(int(tick) for tick, _ in pairs),
        tuple(int(tick) for tick, model in pairs if model in deployed),
    )
