"""Regret of a run against the best schedule in hindsight, in parts that say where it comes from."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import (
    Schedule,
    error_price,
    evaluate,
    optimum,
    rows_of,
    training_prices,
)
from clsim.hindsight.schedules import recorded
from clsim.runs.ledger import ROW_BY_ROW, Prices, upkeep

if TYPE_CHECKING:
    import pandas as pd

    from clsim.runs.run import Run

CAUSES = ("path", "gate", "late", "early", "spend", "data")
"""The parts of a regret, which add up to it."""


@dataclass(frozen=True)
class Regret:
    """What a run cost beyond the best schedule in hindsight, in money.

    With S the trainings started, A those accepted, S* the optimum, and L(·) the loss of a schedule
    under immediate promotion:

    Attributes
    ----------
    path : float
        Loss served, less L(A): 0 where the table applies; else what deferral did.
    gate : float
        L(A) - L(S), plus other charges: what rejecting did. Below 0, it paid.
    late, early : float
        Over the ticks that S serves with an older (a newer) model than S* does: what it loses
        there against S*.
    spend : float
        Money for the trainings of S, less that for those of S*. Above 0: too often.
    data : float
        The optimum of this family, less that of the best family declared; at least 0.
    total : float
        The sum of the parts: what the run cost, less the optimum of the best family. Late, early
        and spend add up to at least 0; so does all with path and gate where the run lies in the
        class that the immediate optimum bounds.
    cost : float
        What the run cost.
    best : float
        The optimum of the best family.
    charges : float
        Charges other than for errors and trainings, such as labels: part of ``gate``.
    """

    path: float
    gate: float
    late: float
    early: float
    spend: float
    data: float
    total: float
    cost: float
    best: float
    charges: float


@dataclass(frozen=True)
class RunRegret:
    """Regret of a recorded run, or the reason why it has none.

    Attributes
    ----------
    regret : Regret or None
        None where the table says nothing of the run.
    reason : str or None
        Why there is no regret, in words.
    started, accepted : tuple of int
        Ticks at which its trainings started, and the same of those that were deployed.
    """

    regret: Regret | None
    reason: str | None
    started: tuple[int, ...]
    accepted: tuple[int, ...]


def regret(
    table: Table,
    loss: float,
    started: Iterable[int],
    accepted: Iterable[int],
    prices: Prices,
    *,
    charges: float = 0.0,
    families: Mapping[str, Table] | None = None,
    best_of: Callable[[Table], Schedule] | None = None,
) -> Regret:
    """Regret against the best schedule in hindsight, in parts that add up exactly.

    Parameters
    ----------
    table : Table
        Of the family (world, learner, dataset, duration, ...) that the run belongs to.
    loss : float
        Summed loss that the run served.
    started, accepted : iterable of int
        Ticks at which trainings started, and the same of those that were deployed.
    prices : Prices
    charges : float, default=0.0
        Money for anything but errors and trainings.
    families : dict of str to Table or None, default=None
        Other families that could have been chosen, over the same events.
    best_of : callable or None, default=None
        The optimum of a table, for who knows it already. None: it is searched.

    Raises
    ------
    ValueError
        If a training was accepted that was not started, a tick is no candidate, a schedule needs
        a loss that the table lacks, or a family has other events.

    Examples
    --------
    >>> nan = float("nan")
    >>> table = Table(
    ...     loss=np.array([[nan, 2.0, 3.0], [nan, nan, 1.0], [5.0, 6.0, 7.0]]),
    ...     ticks=np.array([1, 2, -1]), serves=np.array([1, 2, 0]), rows=np.array([9, 9, 0]),
    ...     n=np.array([9, 9, 9]),
    ... )
    >>> lost = regret(table, 12.0, [2], [2], Prices(retraining=3))  # the optimum trains at 1
    >>> lost.late, lost.early, lost.spend, lost.total
    (4.0, -2.0, 0.0, 2.0)
    """
    started, accepted = list(started), list(accepted)
    if not set(accepted) <= set(started):
        raise ValueError(
            f"accepted={sorted(set(accepted) - set(started))}: trainings that were not started"
        )
    error = error_price(prices)
    own, kept = evaluate(table, started, prices), evaluate(table, accepted, prices)
    if math.isinf(own.loss) or math.isinf(kept.loss):
        raise ValueError("table: the run's schedule needs a loss that it lacks (a largest age?)")
    known = best_of or functools.partial(optimum, prices=prices)
    best = known(table)
    optima = [best.cost]
    for name, other in (families or {}).items():
        if not np.array_equal(other.n, table.n):
            raise ValueError(f"families[{name!r}]: other numbers of events than the table's")
        optima.append(known(other).cost)
    ticks = np.arange(len(table.n))
    worse = table.loss[own.serving, ticks] - table.loss[best.serving, ticks]
    cost = error * loss + own.spend + charges
    return Regret(
        path=error * (loss - kept.loss),
        gate=error * (kept.loss - own.loss) + charges,
        late=error * float(worse[own.serving < best.serving].sum()),
        early=error * float(worse[own.serving > best.serving].sum()),
        spend=own.spend - best.spend,
        data=best.cost - min(optima),
        total=cost - min(optima),
        cost=cost,
        best=min(optima),
        charges=charges,
    )


def of_run(
    run: Run,
    table: Table,
    prices: Prices,
    *,
    families: Mapping[str, Table] | None = None,
    exact: bool = True,
) -> RunRegret:
    """Regret of a recorded run, if the optimum of a table bounds runs like it.

    The run must serve the table's events, and all of its models must be rows of the table: trained
    from scratch, in whole trainings, on as many rows as the table's model of that tick. What
    serves must never give way to a model that was trained earlier.

    Parameters
    ----------
    run : Run
    table : Table
        Made with the run's stream, seed, delay, learner, dataset, holdout and duration.
    prices : Prices
    families : dict of str to Table or None, default=None
        Other families that could have been chosen, over the same events.
    exact : bool, default=True
        Whether the run must also have lost in every tick what the table says. Say False for a
        table that was scored on a sample of events; the difference is then part of ``path``.

    Returns
    -------
    RunRegret
        Without a regret, and with the reason, for a run outside of the class.
    """
    reason = outside(run, table, exact=exact)
    if reason is not None:
        return RunRegret(None, reason, *recorded(run))
    return of_class(run, table, prices, families=families)


def of_class(
    run: Run,
    table: Table,
    prices: Prices,
    *,
    families: Mapping[str, Table] | None = None,
    best_of: Callable[[Table], Schedule] | None = None,
) -> RunRegret:
    """Regret of a run of which `outside` says nothing; ``best_of`` as for `regret`."""
    started, accepted = recorded(run)
    spend = float(training_prices(table, prices)[rows_of(table, started)].sum())
    charges = float(upkeep(run.totals, prices)) - spend
    loss = float(run.totals["loss"])
    found = regret(
        table, loss, started, accepted, prices, charges=charges, families=families, best_of=best_of
    )
    return RunRegret(found, None, started, accepted)


def regrets(
    runs: Mapping[str, Run],
    table: Table,
    prices: Prices,
    *,
    families: Mapping[str, Table] | None = None,
    exact: bool = True,
) -> pd.DataFrame:
    """Regret of several runs over the same events.

    Parameters
    ----------
    runs : mapping of str to Run
        By name; as for `of_run`.
    table : Table
        As for `of_run`.
    prices : Prices
    families : mapping of str to Table or None, default=None
        As for `of_run`.
    exact : bool, default=True
        As for `of_run`.

    Returns
    -------
    pandas.DataFrame
        One row per run: run, the parts, total, cost, best, charges, and reason (None, or why the
        numbers are NaN).

    Examples
    --------
    Labels change for good after the warm-up, and from tick 2 on a training knows it. One there
    costs 20 errors and 5, the least there is. Never to train costs 80: 60 errors by being late, 5
    less spent.

    >>> import clsim
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 80}), "y")
    >>> same = {"learner": DummyClassifier(), "tick": 10, "warmup": 20}
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic(2), SlidingWindow(20))}
    >>> runs = clsim.replay(log, ways, **same)
    >>> table = clsim.counterfactual(log, dataset=SlidingWindow(20), **same)
    >>> found = regrets(runs, table, Prices(retraining=5))
    >>> found[["run", "late", "spend", "total", "cost", "best"]]
         run  late  spend  total  cost  best
    0  never  60.0   -5.0   55.0  80.0  25.0
    1  often   0.0   10.0   10.0  35.0  25.0
    """
    import pandas as pd

    names = (*CAUSES, "total", "cost", "best", "charges")
    rows = []
    for name, run in runs.items():
        judged = of_run(run, table, prices, families=families, exact=exact)
        numbers = {key: getattr(judged.regret, key, math.nan) for key in names}
        rows.append({"run": name, **numbers, "reason": judged.reason})
    return pd.DataFrame(rows, columns=["run", *names, "reason"])


def outside(run: Run, table: Table, *, exact: bool = True, goes_back: bool = False) -> str | None:
    """Why a table says nothing of a run, in words; None if it does.

    Its optimum bounds no run that goes back to a former model, which is a reason unless
    ``goes_back``.
    """
    ticks = run.whole
    if not np.array_equal(ticks["n"].to_numpy(dtype=np.int64), table.n):
        return "it served other events than the table's"
    if run.info.source != "learner" and not run.says_trainings:
        return "its answers come from no learner, so they are those of no model of the table"
    events = run.events
    trained = events[events["kind"] == "train"]
    if (trained["reason"] == ROW_BY_ROW).any():
        return "it learns row by row, so its models are not rows of the table"
    return (
        _foreign_training(trained, table)
        or _foreign_service(ticks["model"], trained, table, goes_back)
        or (_foreign_loss(ticks, trained, table) if exact else None)
    )


def _foreign_training(trained: pd.DataFrame, table: Table) -> str | None:
    row_of = {tick: row for row, tick in enumerate(table.ticks[:-1].tolist())}
    columns = (trained[name].tolist() for name in ("tick", "rows", "labels", "detail"))
    for tick, rows, held_out, detail in zip(*columns, strict=True):
        how = json.loads(detail)["how"]
        if how != "fit":
            return f"stateful training ({how} at tick {tick}): a model depends on those before it"
        if tick not in row_of:
            return f"it trained at tick {tick}, which is no candidate of the table"
        known = table.rows[row_of[tick]]
        if known >= 0 and rows != known:
            without = f", and held out {held_out}" if held_out else ""
            return (
                f"at tick {tick} it trained on {rows} rows{without}; the table's model on {known}"
            )
    return None


def _serving(model: pd.Series, trained: pd.DataFrame, table: Table) -> np.ndarray:
    """Row of the table that served each tick, by the numbers of a run's models."""
    rows = rows_of(table, trained["tick"].tolist()).tolist()
    row_of = dict(zip(trained["model"].tolist(), rows, strict=True))
    return np.array([row_of.get(number, -1) for number in model.tolist()], dtype=np.int64)


def _foreign_service(
    model: pd.Series, trained: pd.DataFrame, table: Table, goes_back: bool
) -> str | None:
    if model.isna().any():
        return f"no model served tick {int(model.isna().to_numpy().argmax())}"
    if goes_back:
        return None
    back = np.flatnonzero(np.diff(_serving(model, trained, table)) < 0)
    if len(back):
        return f"in tick {back[0] + 1} it went back to a model that was trained earlier"
    return None


def _foreign_loss(ticks: pd.DataFrame, trained: pd.DataFrame, table: Table) -> str | None:
    serving = _serving(ticks["model"], trained, table)
    expected = table.loss[serving, np.arange(len(serving))]
    loss = ticks["loss"].to_numpy(dtype=float)
    wrong = np.flatnonzero(~np.isclose(loss, expected, rtol=1e-9, atol=1e-9))
    if len(wrong) == 0:
        return None
    tick = int(wrong[0])
    return (
        f"in tick {tick} it lost {loss[tick]:.6g}; the table's model, {expected[tick]:.6g}: other "
        "rows, another learner, seed or holdout, or several models at once"
    )
