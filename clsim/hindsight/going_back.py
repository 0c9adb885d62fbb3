"""What going back to former models is worth at most, and which trainings it would have taken.

Class G of ``docs/hindsight.md``: rollbacks and re-use, where any trained model may serve again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from clsim.errors import check_number
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import error_price, optimum, rows_of, totals_of, training_prices
from clsim.hindsight.regret import outside
from clsim.hindsight.schedules import recorded
from clsim.runs.ledger import Prices, upkeep

if TYPE_CHECKING:
    import pandas as pd

    from clsim.runs.run import Run


@dataclass(frozen=True, eq=False)
class BestOfTrained:
    """Trainings, with every tick served by the best of the models that they gave.

    Attributes
    ----------
    ticks : tuple of int
        Ticks at which trainings start, ascending, the initial one apart.
    serving : numpy.ndarray of shape (T,), int64
        Row of the table that serves each tick; -1 for the initial model.
    loss : float
        Summed loss of what served; infinite if in some tick no model could.
    spend : float
        Money for the trainings, failed ones and those that never serve included.
    cost : float
        Error price times loss, plus spend.
    bound : float or None
        No set of trainings costs less; None where none was looked for. Where it equals ``cost``,
        this is the best of all sets.

    Examples
    --------
    Two models were trained, the initial one served tick 0 and the second trained the rest. No set
    of trainings costs less than 7.

    >>> best = BestOfTrained((1, 2), np.array([-1, 1, 1]), loss=3.0, spend=5.0, cost=8.0, bound=7.0)
    >>> best.gap
    1.0
    """

    ticks: tuple[int, ...]
    serving: np.ndarray
    loss: float
    spend: float
    cost: float
    bound: float | None = None

    @property
    def gap(self) -> float | None:
        """By how much ``cost`` may lie above the best of all sets, in money."""
        return None if self.bound is None else max(0.0, self.cost - self.bound)


def best_of_trained(
    table: Table, ticks: Iterable[int], prices: Prices, *, kept: int | None = None
) -> BestOfTrained:
    """The least that some trainings can cost if the best of their models may serve each tick.

    R(S) = c Σ_j min{L[i, j] : i in S or -1, a(i) <= j} + p(S). No run that trains S costs less, if
    each of its ticks is served by one model of the table: not with rollbacks, not with re-use.

    Parameters
    ----------
    table : Table
    ticks : iterable of int
        Ticks at which trainings start, each a candidate of the table; the initial one apart.
    prices : Prices
        ``error``, ``retraining`` and ``row`` count.
    kept : int or None, default=None
        Former models that are kept beside the newest: in each tick, those trained last of all that
        can serve. None: all; 0: the newest alone serves, as under immediate promotion.

    Returns
    -------
    BestOfTrained
        ``ticks`` as given, ``serving`` (the row of the table that serves each tick), ``loss``,
        ``spend`` and ``cost``, infinite if in some tick no model could serve; without a ``bound``.

    Raises
    ------
    ValueError
        For a tick that is given twice or is no candidate, or ``kept`` below 0.

    Examples
    --------
    A world that comes back: the model of tick 1 is right in tick 1, the initial one before it and
    after it.

    >>> nan = float("nan")
    >>> table = Table(
    ...     loss=np.array([[nan, 1.0, 9.0], [1.0, 9.0, 1.0]]), ticks=np.array([1, -1]),
    ...     serves=np.array([1, 0]), rows=np.array([10, 0]), n=np.array([9, 9, 9]),
    ... )
    >>> best = best_of_trained(table, [1], Prices(retraining=4))
    >>> best.cost, best.serving.tolist(), best_of_trained(table, [1], Prices(), kept=0).loss
    (7.0, [-1, 0, -1], 11.0)
    """
    if kept is not None:
        check_number("kept", kept, whole=True, low=0)
    rows = rows_of(table, ticks)
    models = np.append(-1, rows)  # from the oldest to the newest
    loss = table.loss[models]
    if kept is not None:
        newer = np.cumsum(np.isfinite(loss)[::-1], axis=0)[::-1]  # or the same: from 1 on
        loss = np.where(newer <= kept + 1, loss, np.nan)
    best = np.where(np.isfinite(loss), loss, np.inf)[::-1].argmin(axis=0)  # of equals, the newest
    serving = models[::-1][best]
    return BestOfTrained(
        tuple(table.ticks[rows].tolist()), serving, *totals_of(table, rows, serving, prices)
    )


def best_set(
    table: Table, prices: Prices, *, most: int | None = None, seconds: float = 30.0
) -> BestOfTrained:
    """The trainings that cost least if the best of their models may serve each tick.

    Facility location, which is NP-hard: an integer programme (`scipy.optimize.milp`), with one
    choice for each training, one for each model and tick, and each tick served once by a model
    that was trained. It is never above `clsim.hindsight.optimum.optimum`.

    Parameters
    ----------
    table : Table
    prices : Prices
        ``error``, ``retraining`` and ``row`` count.
    most : int or None, default=None
        Largest number of retrainings. None: any.
    seconds : float, default=30.0
        After which the search ends with the best set so far; its ``gap`` says how far it may be
        from the best of all.

    Returns
    -------
    BestOfTrained
        With a ``bound`` below which no set of trainings costs, and so a ``gap``, 0 where the set is
        the best of all.

    Raises
    ------
    ValueError
        If there is a tick that no model of the table can serve.

    Examples
    --------
    >>> nan = float("nan")
    >>> table = Table(
    ...     loss=np.array([[nan, 1, 9, 1], [nan, nan, 2, 9], [1, 9, 9, 9.0]]),
    ...     ticks=np.array([1, 2, -1]), serves=np.array([1, 2, 0]), rows=np.array([5, 5, 0]),
    ...     n=np.array([9, 9, 9, 9]),
    ... )
    >>> best = best_set(table, Prices(retraining=2))
    >>> best.ticks, best.cost, best.gap, best_set(table, Prices(retraining=2), most=1).ticks
    ((1, 2), 9.0, 0.0, (1,))
    """
    if most is not None:
        check_number("most", most, whole=True, low=0)
    check_number("seconds", seconds, above=0)
    able = np.isfinite(table.loss).any(axis=0)
    if not able.all():
        raise ValueError(f"tick {int(able.argmin())}: no model of the table can serve it")
    found, bound = _searched(table, prices, most, seconds)
    sets = [table.ticks[found]] if found is not None else []
    sets.append(np.array(optimum(table, prices, most=most).ticks))  # known, and often close
    best = min((best_of_trained(table, ticks, prices) for ticks in sets), key=attrgetter("cost"))
    return replace(best, bound=min(bound, best.cost))


def _searched(
    table: Table, prices: Prices, most: int | None, seconds: float
) -> tuple[np.ndarray | None, float]:
    """Rows of the best set that an integer programme found, if any, and a bound on all sets."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    loss, count = error_price(prices) * table.loss, len(table.ticks) - 1
    initial = np.where(np.isfinite(loss[-1]), loss[-1], np.inf)
    model, tick = np.nonzero(loss[:-1] < initial)  # what the initial model does better, it does
    first = np.flatnonzero(np.isfinite(initial))
    served = np.concatenate([tick, first])
    uses, pairs, total = len(model), np.arange(len(served)), count + len(served)
    once = coo_array((np.ones(len(served)), (served, count + pairs)), (loss.shape[1], total))
    trained = coo_array(
        (
            np.concatenate([np.ones(uses), -np.ones(uses)]),
            (np.tile(pairs[:uses], 2), np.concatenate([count + pairs[:uses], model])),
        ),
        (uses, total),
    )
    whole = np.concatenate([np.ones(count), np.zeros(len(served))])
    limits = [LinearConstraint(once, 1, 1), LinearConstraint(trained, -np.inf, 0)]
    if most is not None:
        limits.append(LinearConstraint(whole[None, :], -np.inf, most))
    prices_of = np.concatenate(
        [training_prices(table, prices)[:-1], loss[model, tick], initial[first]]
    )
    result = milp(
        prices_of, integrality=whole, bounds=Bounds(0, 1), constraints=limits,
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )  # fmt: skip
    floor = float(np.nanmin(loss, axis=0).sum())  # whichever is best in each tick, for nothing
    bound = floor if result.mip_dual_bound is None else max(floor, float(result.mip_dual_bound))
    return (None if result.x is None else np.flatnonzero(result.x[:count] > 0.5)), bound


@dataclass(frozen=True)
class GoneBack:
    """What going back was worth to a run at most, or the reason why nobody can say.

    Attributes
    ----------
    worth : float
        What the run cost, less the least that its own trainings can cost (`best_of_trained`)
        with the same other charges, in money; NaN where there is a reason.
    cost : float
        What the run cost.
    reason : str or None
        Why the table says nothing of the run.

    Examples
    --------
    >>> judged = GoneBack(worth=20.0, cost=50.0, reason=None)
    >>> judged.cost - judged.worth
    30.0
    """

    worth: float
    cost: float
    reason: str | None


def of_run(
    run: Run, table: Table, prices: Prices, *, kept: int | None = None, exact: bool = True
) -> GoneBack:
    """What going back to former models was worth to a recorded run at most.

    Parameters
    ----------
    run : Run
        It may have gone back; all of its models must be rows of the table.
    table : Table
        Made with the run's stream, seed, delay, learner, dataset, holdout and duration.
    prices : Prices
    kept : int or None, default=None
        As for `best_of_trained`.
    exact : bool, default=True
        As for `clsim.hindsight.regret.of_run`.

    Returns
    -------
    GoneBack
        ``worth`` and ``cost`` in money, or NaN and the ``reason`` why the table says nothing of the
        run.

    Examples
    --------
    Labels are 0, then 1 for 20 events, then 0 again. Trainings at ticks 2 and 4 are late both
    times: 40 errors and 2 times 5. The initial model would have been right from tick 2 on, which
    saves 20.

    >>> import clsim
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Periodic
    >>> frame = pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 20 + [0] * 40})
    >>> log = clsim.streams.Recorded(frame, "y")
    >>> same = {"learner": DummyClassifier(), "tick": 10, "warmup": 20}
    >>> often = clsim.Strategy(Periodic(2), SlidingWindow(20))
    >>> run = clsim.replay(log, {"often": often}, **same)["often"]
    >>> table = clsim.counterfactual(log, dataset=SlidingWindow(20), **same)
    >>> found = of_run(run, table, Prices(retraining=5))
    >>> found.worth, found.cost
    (20.0, 50.0)
    """
    return _of_each(run, table, prices, [kept], exact)[0]


def _of_each(
    run: Run, table: Table, prices: Prices, kept: Sequence[int | None], exact: bool
) -> list[GoneBack]:
    """One for each number of former models that are kept."""
    reason = outside(run, table, exact=exact, goes_back=True)
    if reason is not None:
        return [GoneBack(math.nan, math.nan, reason) for _ in kept]
    started, error, loss = recorded(run)[0], error_price(prices), float(run.totals["loss"])
    cost = error * loss + upkeep(run.totals, prices)
    bests = [best_of_trained(table, started, prices, kept=number) for number in kept]
    return [GoneBack(error * (loss - best.loss), cost, None) for best in bests]


def worths(
    runs: Mapping[str, Run],
    table: Table,
    prices: Prices,
    *,
    kept: Sequence[int | None] = (0, 1, 2, None),
    exact: bool = True,
) -> pd.DataFrame:
    """What going back was worth to several runs at most, by how many former models are kept.

    Parameters
    ----------
    runs : mapping of str to Run
        By name; as for `of_run`.
    table : Table
        As for `of_run`.
    prices : Prices
    kept : sequence of int or None, default=(0, 1, 2, None)
        Numbers of former models that are kept; None: all.
    exact : bool, default=True
        As for `clsim.hindsight.regret.of_run`.

    Returns
    -------
    pandas.DataFrame
        One row per run and number kept: run, kept (missing: all), worth, cost, reason (None, or
        why the numbers are NaN).

    Examples
    --------
    Labels are 0, then 1 for 20 events, then 0 again, and trainings are late both times. With one
    former model at hand, the initial one could have served again at once, which saves 20 errors.

    >>> import clsim
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Periodic
    >>> frame = pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 20 + [0] * 40})
    >>> log = clsim.streams.Recorded(frame, "y")
    >>> same = {"learner": DummyClassifier(), "tick": 10, "warmup": 20}
    >>> often = clsim.Strategy(Periodic(2), SlidingWindow(20))
    >>> runs = clsim.replay(log, {"often": often}, **same)
    >>> table = clsim.counterfactual(log, dataset=SlidingWindow(20), **same)
    >>> found = worths(runs, table, Prices(retraining=5), kept=[0, 1])
    >>> found[["run", "kept", "worth", "cost"]].values.tolist()
    [['often', 0, 0.0, 50.0], ['often', 1, 20.0, 50.0]]
    """
    import pandas as pd

    rows = []
    for name, run in runs.items():
        each = _of_each(run, table, prices, kept, exact)
        rows += [
            {"run": name, "kept": number, **asdict(judged)}
            for number, judged in zip(kept, each, strict=True)
        ]
    frame = pd.DataFrame(rows, columns=["run", "kept", "worth", "cost", "reason"])
    return frame.astype({"kept": "Int64"})
