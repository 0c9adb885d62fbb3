"""The best schedule in hindsight, from what every model would have lost in every tick.

The mathematics is in ``docs/hindsight.md``; its symbols are L (``Table.loss``), a (``serves``),
p (`training_prices`), c (``Prices.error``) and row -1 (the initial model).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.errors import check_number
from clsim.hindsight.losses import Table
from clsim.hindsight.paths import (
    cheapest,
    cheapest_each,
    cost_of,
    deferred,
    infeasible,
    largest_number,
    nodes_of,
)
from clsim.runs.ledger import Prices
from clsim.types import NEVER

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Schedule:
    """A schedule, and what it costs on a table.

    Attributes
    ----------
    ticks : tuple of int
        Ticks at which trainings start, ascending, the initial one apart.
    serving : numpy.ndarray of shape (T,), int64
        Row of the table that serves each tick; -1 for the initial model.
    loss : float
        Summed loss of what served; infinite if it needs a loss that the table lacks.
    spend : float
        Money for the trainings, failed ones and those that never serve included.
    cost : float
        Error price times loss, plus spend.
    promotions : tuple of int
        For each of ``ticks``, the first tick that its model serves; ``NEVER`` if none.
    """

    ticks: tuple[int, ...]
    serving: np.ndarray
    loss: float
    spend: float
    cost: float
    promotions: tuple[int, ...]

    @property
    def retrainings(self) -> int:
        """Number of trainings, the initial one apart."""
        return len(self.ticks)


def error_price(prices: Prices) -> float:
    """Price of a unit of loss.

    Raises
    ------
    TypeError
        If it is a matrix: a table knows summed losses, and not which classes were confused.
    """
    if not isinstance(prices.error, Real):
        raise TypeError(
            f"prices.error={prices.error!r}: the table holds summed losses; give a number, and "
            "make the table with the matrix as its loss"
        )
    return float(prices.error)


def training_prices(table: Table, prices: Prices) -> np.ndarray:
    """Money for each training of a table: the price of one, by hand if so, and of its rows.

    Returns
    -------
    numpy.ndarray of shape (m,)
        0 for the initial model, and where no labelled row was there to train on.

    Raises
    ------
    ValueError
        If rows have a price, and the table does not say how many there were.
    """
    if prices.row and (table.rows < 0).any():
        raise ValueError(
            f"prices.row={prices.row:g}: the table does not say how many rows its models were "
            "trained on; give them in a column 'rows', or rows no price"
        )
    money = prices.retraining + prices.by_hand + prices.row * table.rows.astype(float)
    money[-1] = 0.0
    money[table.rows == 0] = 0.0
    return money


def rows_of(table: Table, ticks: Iterable[int]) -> np.ndarray:
    """Rows of a table whose models were trained at some ticks, ascending.

    Raises
    ------
    ValueError
        For a tick that is given twice or is no candidate.
    """
    given = list(ticks)
    wanted = np.sort(np.asarray(given, dtype=np.int64))
    if (wanted[1:] == wanted[:-1]).any():
        raise ValueError(f"ticks={given}: a tick is given twice")
    rows = np.searchsorted(table.ticks[:-1], wanted)
    known = (table.ticks[rows] == wanted) & (wanted >= 0)  # -1 is the initial model
    if not known.all():
        raise ValueError(
            f"ticks: no model of the table was trained at tick {wanted[~known][0]}; "
            f"its candidates are {_listed(table.ticks[:-1])}"
        )
    return rows


def evaluate(table: Table, ticks: Iterable[int], prices: Prices) -> Schedule:
    """What a schedule costs under immediate promotion.

    Tick j is served by the latest trained model of the schedule that can serve by then,
    m_S(j) = max{i in S or -1 : a(i) <= j}, as in a replay without a gate.

    Parameters
    ----------
    table : Table
    ticks : iterable of int
        Ticks at which trainings start, each a candidate of the table; the initial one apart.
    prices : Prices
        ``error``, ``retraining`` and ``row`` count.

    Returns
    -------
    Schedule
        Failed trainings are paid for and never serve.

    Raises
    ------
    ValueError
        For a tick that is given twice or is no candidate.

    Examples
    --------
    >>> nan = float("nan")
    >>> table = Table(  # trained at tick 1, and the initial model
    ...     loss=np.array([[nan, 2.0, 3.0], [5.0, 6.0, 7.0]]), ticks=np.array([1, -1]),
    ...     serves=np.array([1, 0]), rows=np.array([10, 0]), n=np.array([9, 9, 9]),
    ... )
    >>> schedule = evaluate(table, [1], Prices(retraining=4))
    >>> schedule.loss, schedule.cost, schedule.serving.tolist()
    (10.0, 14.0, [-1, 0, 0])
    """
    rows = rows_of(table, ticks)
    serving = np.full(table.loss.shape[1], -1)
    able = rows[table.serves[rows] < len(serving)]
    np.maximum.at(serving, table.serves[able], able)
    return _schedule(table, rows, np.maximum.accumulate(serving), prices)


def least_loss(table: Table) -> float:
    """Loss if each tick were served by whichever model of the table loses least there.

    It bounds runs that no schedule describes: rollbacks, re-use of old models, switching at will.
    """
    return float(np.nanmin(table.loss, axis=0).sum())


def optimum(
    table: Table,
    prices: Prices,
    *,
    most: int | None = None,
    spacing: int = 1,
    budget: float | None = None,
    floor: float | None = None,
    n_min: int = 1,
    kind: str = "zero_one",
) -> Schedule:
    """The cheapest schedule in hindsight under immediate promotion.

    A shortest path over the ticks at which trainings take effect: O(m²) for one price, O(K m²)
    with at most K retrainings.

    Parameters
    ----------
    table : Table
    prices : Prices
        ``error``, ``retraining`` and ``row`` count.
    most : int or None, default=None
        Largest number of retrainings, K. None: any.
    spacing : int, default=1
        Least number of ticks between two training starts.
    budget : float or None, default=None
        Largest sum of money for trainings. Where every training costs the same, this is a number
        of retrainings. With ``prices.row`` and windows of different sizes it is a knapsack, which
        is refused.
    floor : float or None, default=None
        Every tick with at least ``n_min`` events must reach this score. A floor on the mean over
        the run does not decompose; see `frontier`.
    n_min : int, default=1
        Events that a tick needs for the floor to count.
    kind : str, default='zero_one'
        The declared loss: the score of a tick is 1 - loss/n for ``'zero_one'``, else -loss/n.

    Returns
    -------
    Schedule
        Of equally cheap ones: fewest trainings, then the latest last training, then the latest
        one before it, and so on.

    Raises
    ------
    ValueError
        If no schedule meets the constraints; it names the tick and the best score reachable there.

    Examples
    --------
    >>> nan = float("nan")
    >>> table = Table(
    ...     loss=np.array([[0, 1, 2], [nan, 0, 1], [0, 1, 8.0]]), ticks=np.array([0, 1, -1]),
    ...     serves=np.array([0, 1, 0]), rows=np.array([5, 5, 0]), n=np.array([9, 9, 9]),
    ... )
    >>> optimum(table, Prices(retraining=3)).ticks, optimum(table, Prices(retraining=9)).ticks
    ((1,), ())
    """
    nodes = nodes_of(table, training_prices(table, prices), spacing, floor, n_min, kind)
    largest = largest_number(nodes, most, budget)
    if largest is None:
        rows = cheapest(nodes, error_price(prices))
    else:
        chains = [c for c in cheapest_each(nodes, error_price(prices), largest) if c is not None]
        costs = [cost_of(nodes, chain, error_price(prices)) for chain in chains]
        rows = chains[int(np.argmin(costs))] if chains else None
    if rows is None:
        raise ValueError(infeasible(nodes, largest, spacing, floor))
    return evaluate(table, table.ticks[rows], prices)


def deferred_optimum(
    table: Table,
    prices: Prices,
    *,
    most: int | None = None,
    spacing: int = 1,
    budget: float | None = None,
    floor: float | None = None,
    n_min: int = 1,
    kind: str = "zero_one",
) -> Schedule:
    """The cheapest schedule in hindsight where a model may be promoted later than it could be.

    With U(., T) = 0, U(i, u) = min{c L[i, u] + U(i, u+1),
    min over k > i with a(k) <= u of p(k) + c L[k, u] + U(k, u+1)}; the answer is U(-1, 0). By
    suffix minima O(m T), and O(K m T) in time and memory with at most K retrainings.

    Parameters
    ----------
    table, prices, most, spacing, budget, floor, n_min, kind
        As for `optimum`.

    Returns
    -------
    Schedule
        Never dearer than `optimum`; ``promotions`` says when each model takes over. Of equally
        cheap ones: the model that serves stays as long as it can.

    Raises
    ------
    ValueError
        As `optimum` does.

    Examples
    --------
    The model of tick 1 is bad at first: it pays to train it there and to promote it in tick 2.

    >>> nan = float("nan")
    >>> table = Table(
    ...     loss=np.array([[nan, 9.0, 1.0], [2.0, 2.0, 8.0]]), ticks=np.array([1, -1]),
    ...     serves=np.array([1, 0]), rows=np.array([5, 0]), n=np.array([9, 9, 9]),
    ... )
    >>> best = deferred_optimum(table, Prices(retraining=3))
    >>> best.ticks, best.serving.tolist(), best.cost, optimum(table, Prices(retraining=3)).cost
    ((1,), [-1, -1, 0], 8.0, 12.0)
    """
    nodes = nodes_of(table, training_prices(table, prices), spacing, floor, n_min, kind)
    largest = largest_number(nodes, most, budget)
    chain = deferred(nodes, error_price(prices), largest)
    if chain is None:
        raise ValueError(infeasible(nodes, largest, spacing, floor))
    rows, serving = chain
    return _schedule(table, rows, serving, prices)


def frontier(
    table: Table,
    prices: Prices | None = None,
    most: int | None = None,
    *,
    spacing: int = 1,
    floor: float | None = None,
    n_min: int = 1,
    kind: str = "zero_one",
) -> pd.DataFrame:
    """The least loss for each number of retrainings, exactly.

    Where trainings differ in price (``prices.row``, windows of different sizes), least is the sum
    of loss and rows, each at its price. The price of a retraining takes no part in the choice.

    Parameters
    ----------
    table : Table
    prices : Prices or None, default=None
        None: the defaults of `clsim.runs.ledger.Prices`.
    most : int or None, default=None
        Largest number of retrainings. None: the number from which more gain nothing.
    spacing, floor, n_min, kind
        As for `optimum`.

    Returns
    -------
    pandas.DataFrame
        One row for each number: retrainings (at most so many), loss, spend, cost, ticks (of
        the trainings, a tuple, which has fewer where one more does not help). Numbers with which
        no schedule meets the constraints are left out.

    Raises
    ------
    ValueError
        If no number meets the constraints.
    """
    import pandas as pd

    prices = Prices() if prices is None else prices
    error = error_price(prices)
    price = training_prices(table, Prices(retraining=0, row=prices.row))
    nodes = nodes_of(table, price, spacing, floor, n_min, kind)
    if nodes.alike:
        nodes, error = replace(nodes, price=np.zeros(len(nodes.rows))), 1.0
    if most is None:
        rows = cheapest(nodes, error)
        most = 0 if rows is None else len(rows)
    check_number("most", most, whole=True, low=0)
    best, least, points = None, math.inf, []
    for number, rows in enumerate(cheapest_each(nodes, error, most)):
        if rows is not None and cost_of(nodes, rows, error) < least:
            best, least = evaluate(table, table.ticks[rows], prices), cost_of(nodes, rows, error)
        if best is not None:
            points.append(
                {"retrainings": number, "loss": best.loss, "spend": best.spend,
                 "cost": best.cost, "ticks": best.ticks}
            )  # fmt: skip
    if not points:
        raise ValueError(infeasible(nodes, most, spacing, floor))
    return pd.DataFrame(points)


@dataclass(frozen=True, eq=False)
class Expected:
    """What can be expected of a schedule chosen in hindsight, luck left out.

    Attributes
    ----------
    schedules : tuple of Schedule
        For each of d draws, the schedule chosen on the mean table of the others, as it does on
        the draw that was left out.
    cost, never, realised : numpy.ndarray of shape (d,)
        For each draw: that schedule's cost, the cost of never retraining, and the cost of the
        draw's own optimum, which also fits its luck.
    chosen : Schedule
        The schedule chosen on the mean table of all draws; its cost there is no forecast.
    """

    schedules: tuple[Schedule, ...]
    cost: np.ndarray
    never: np.ndarray
    realised: np.ndarray
    chosen: Schedule

    @property
    def gain(self) -> np.ndarray:
        """For each draw, what the schedule chosen on the others saves against never; signed."""
        return self.never - self.cost

    @property
    def realised_gain(self) -> np.ndarray:
        """For each draw, what its own optimum saves against never; at least 0."""
        return self.never - self.realised


def expected_optimum(tables: Sequence[Table], prices: Prices, **constraints: Any) -> Expected:
    """Choose the schedule on twin draws, and score it on the draw that was left out.

    The realised optimum is a minimum over very many schedules of one draw, so it fits luck, and
    "gains" even where nothing drifts. Scored by leaving one draw out, a schedule cannot. The
    values of different draws share tables, so an interval over them is approximate.

    Parameters
    ----------
    tables : sequence of Table
        At least two: the same world, candidates and ticks, with other seeds. A training that
        failed in one draw is not chosen.
    prices : Prices
    **constraints
        ``most``, ``spacing``, ``budget`` of `optimum`.

    Returns
    -------
    Expected

    Raises
    ------
    ValueError
        For fewer than two tables, tables that differ in ticks or candidates, or two of one draw.

    Examples
    --------
    In one draw a training saves 8 and in the other it loses 2, at 3 each. Chosen on the first and
    scored on the second, it costs 5 more than never; chosen on the second, nothing is trained.

    >>> nan = float("nan")
    >>> def draw(new):
    ...     return Table(
    ...         loss=np.array([[nan, new], [5.0, 10.0]]), ticks=np.array([1, -1]),
    ...         serves=np.array([1, 0]), rows=np.array([5, 0]), n=np.array([9, 9]),
    ...     )
    >>> found = expected_optimum([draw(2.0), draw(12.0)], Prices(retraining=3))
    >>> [schedule.ticks for schedule in found.schedules]
    [(), (1,)]
    >>> found.gain.tolist(), found.realised_gain.tolist()
    ([0.0, -5.0], [5.0, 0.0])
    """
    if len(tables) < 2:
        raise ValueError(f"tables: {len(tables)} given; leaving one out needs at least two draws")
    first = tables[0]
    for number, table in enumerate(tables):
        same = table.loss.shape == first.loss.shape and np.array_equal(table.ticks, first.ticks)
        if not same:
            raise ValueError(
                f"tables[{number}]: shape {table.loss.shape}, tables[0] has {first.loss.shape}, or "
                "other candidate ticks; twin draws differ in the seed alone"
            )
        if any(_same_draw(table, other) for other in tables[:number]):
            raise ValueError(
                f"tables[{number}]: of a draw that is there already (a recorded stream has one "
                "alone), so leaving it out shows nothing"
            )
    chosen = [
        optimum(_mean([*tables[:left], *tables[left + 1 :]]), prices, **constraints).ticks
        for left in range(len(tables))
    ]
    tried = [evaluate(t, ticks, prices) for t, ticks in zip(tables, chosen, strict=True)]
    return Expected(
        schedules=tuple(tried),
        cost=np.array([schedule.cost for schedule in tried]),
        never=np.array([evaluate(t, [], prices).cost for t in tables]),
        realised=np.array([optimum(t, prices, **constraints).cost for t in tables]),
        chosen=optimum(_mean(tables), prices, **constraints),
    )


def _same_draw(one: Table, other: Table) -> bool:
    """Whether two tables are of the same events: by what they were made of, or by every loss."""
    made = [getattr(getattr(table, "setting", None), "events", None) for table in (one, other)]
    if None not in made:
        return made[0] == made[1]
    return np.array_equal(one.loss, other.loss, equal_nan=True)


def until(table: Table, ticks: int) -> Table:
    """The first ticks of a table, and the models that were trained in them."""
    rows = np.append(np.flatnonzero(table.ticks[:-1] < ticks), len(table.ticks) - 1)
    serves = np.where(table.serves[rows] < ticks, table.serves[rows], NEVER)
    return Table(
        table.loss[rows, :ticks], table.ticks[rows], serves, table.rows[rows], table.n[:ticks]
    )


def _mean(tables: Sequence[Table]) -> Table:
    return Table(
        loss=np.mean([t.loss for t in tables], axis=0),
        ticks=tables[0].ticks,
        serves=np.max([t.serves for t in tables], axis=0),
        rows=np.mean([t.rows for t in tables], axis=0),
        n=np.mean([t.n for t in tables], axis=0),
    )


def totals_of(
    table: Table, rows: np.ndarray, serving: np.ndarray, prices: Prices
) -> tuple[float, float, float]:
    """Loss, spend and cost of some trainings, by who serves each tick.

    Parameters
    ----------
    table : Table
    rows : numpy.ndarray
        Rows of the table that are trained.
    serving : numpy.ndarray of shape (T,)
        The row that serves each tick; -1 for the initial model.
    prices : Prices

    Returns
    -------
    loss, spend, cost : float
        Loss and cost are infinite where a loss is needed that the table lacks.
    """
    loss = float(table.loss[serving, np.arange(len(serving))].sum())
    loss = math.inf if math.isnan(loss) else loss
    spend = float(training_prices(table, prices)[rows].sum())
    error = error_price(prices)
    return loss, spend, math.inf if math.isinf(loss) else error * loss + spend


def _schedule(table: Table, rows: np.ndarray, serving: np.ndarray, prices: Prices) -> Schedule:
    loss, spend, cost = totals_of(table, rows, serving, prices)
    models, firsts = np.unique(serving, return_index=True)
    first = dict(zip(models.tolist(), firsts.tolist(), strict=True))
    return Schedule(
        ticks=tuple(table.ticks[rows].tolist()),
        serving=serving,
        loss=loss,
        spend=spend,
        cost=cost,
        promotions=tuple(first.get(row, int(NEVER)) for row in rows.tolist()),
    )


def _listed(ticks: np.ndarray) -> str:
    """A few of many ticks, for a message."""
    names = [str(tick) for tick in ticks.tolist()]
    return ", ".join(names if len(names) <= 8 else [*names[:4], "...", *names[-2:]]) or "none"
