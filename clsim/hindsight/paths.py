"""Shortest paths through the models of a table: how the optima in hindsight are found.

A schedule is a chain of models, each of which serves from when it takes over until the next one
does. `clsim.hindsight.optimum` asks the questions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.losses import LOSSES

if TYPE_CHECKING:
    from clsim.hindsight.losses import Table


@dataclass(frozen=True, eq=False)
class Nodes:
    """The initial model (node 0) and the models that can serve, in the order of training.

    Attributes
    ----------
    rows, ticks, serves, price : numpy.ndarray of shape (N,)
    spaced : numpy.ndarray of shape (N + 1,)
        Number of nodes that are early enough to come before each node, and before the end.
    following : numpy.ndarray of shape (N,)
        The first node that is late enough to come after each node; N if none.
    loss : numpy.ndarray of shape (T, N)
        NaN where a model cannot serve, or would break the floor.
    best : numpy.ndarray of shape (T,)
        The best score that any model reaches in each tick.
    """

    rows: np.ndarray
    ticks: np.ndarray
    serves: np.ndarray
    price: np.ndarray
    spaced: np.ndarray
    following: np.ndarray
    loss: np.ndarray
    best: np.ndarray

    @cached_property
    def until(self) -> np.ndarray:
        """The first tick, from ``serves`` on, that each node cannot serve; T if none."""
        barred = np.isnan(self.loss) & (np.arange(len(self.loss))[:, None] >= self.serves)
        return np.where(barred.any(axis=0), barred.argmax(axis=0), len(self.loss))

    @cached_property
    def sums(self) -> np.ndarray:
        """Loss of each node before each tick, (T + 1, N), up to a constant for each node."""
        sums = np.zeros((len(self.loss) + 1, len(self.rows)))
        np.cumsum(np.nan_to_num(self.loss), axis=0, out=sums[1:])
        return sums

    @cached_property
    def alike(self) -> bool:
        """Whether all trainings cost the same."""
        return bool((self.price[1:] == self.price[-1]).all())

    def before(self, k: int) -> tuple[int, int, np.ndarray]:
        """When node k (or the end) takes over, and who can have served until then."""
        at = int(self.serves[k]) if k < len(self.rows) else len(self.loss)
        high = int(self.spaced[k])
        return at, high, (self.until[:high] >= at) & (self.serves[:high] <= at)


def nodes_of(
    table: Table, price: np.ndarray, spacing: int, floor: float | None, n_min: int, kind: str
) -> Nodes:
    """The nodes of a table whose trainings cost ``price``; other arguments as for `optimum`.

    Raises
    ------
    ValueError
        If no model reaches the floor in some tick.
    """
    check_number("spacing", spacing, whole=True, low=1)
    loss, best = _allowed(table, floor, n_min, kind)
    able = np.flatnonzero(table.serves[:-1] < loss.shape[0])
    rows = np.concatenate([[-1], able])
    ticks = table.ticks[rows].astype(np.int64)
    # the initial training keeps no distance
    spaced = np.maximum(np.searchsorted(ticks, ticks - spacing, "right"), 1)
    following = np.searchsorted(ticks, ticks + spacing, "left")
    following[0] = 1
    return Nodes(
        rows=rows,
        ticks=ticks,
        serves=table.serves[rows],
        price=price[rows],
        spaced=np.append(spaced, len(rows)),
        following=following,
        loss=np.ascontiguousarray(loss[:, rows]),
        best=best,
    )


def _allowed(
    table: Table, floor: float | None, n_min: int, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """Loss by tick and model, NaN where it may not serve; and the best score in each tick."""
    loss = table.loss.T.copy()
    if floor is None:
        return loss, np.full(len(loss), np.nan)
    check_number("floor", floor)
    check_choice("kind", kind, (*LOSSES, "matrix"))
    check_number("n_min", n_min, whole=True, low=1)
    counts = table.n >= n_min
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = loss / table.n[:, None]
    score = 1.0 - mean if kind == "zero_one" else -mean
    best = np.where(counts, np.fmax.reduce(score, axis=1), np.nan)
    if (best < floor).any():
        tick = int(np.flatnonzero(best < floor)[0])
        raise ValueError(
            f"floor={floor}: no model of the table reaches it in tick {tick}; the best score "
            f"there is {best[tick]:.6g}"
        )
    loss[counts[:, None] & (score < floor)] = np.nan
    return loss, best


def largest_number(nodes: Nodes, most: int | None, budget: float | None) -> int | None:
    """Largest number of retrainings; None where it is no constraint."""
    candidates = len(nodes.rows) - 1
    limits = [candidates]
    if most is not None:
        check_number("most", most, whole=True, low=0)
        limits.append(most)
    if budget is not None:
        check_number("budget", budget, low=0)
        if not nodes.alike:
            raise ValueError(
                f"budget={budget}: trainings cost between {nodes.price[1:].min():.6g} and "
                f"{nodes.price[1:].max():.6g}, so it does not decompose; set prices.row to 0, or "
                "give most, the largest number of retrainings"
            )
        if candidates and nodes.price[-1] > 0:
            limits.append(math.floor(budget / nodes.price[-1] + 1e-9))
    return None if min(limits) == candidates else min(limits)


def cheapest(nodes: Nodes, error: float) -> np.ndarray | None:
    """Rows of the cheapest chain of any length, or None."""
    size = len(nodes.rows)
    spend = np.zeros(size)
    count, origin = np.zeros(size, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    reached = np.zeros(size, dtype=bool)
    reached[0] = True
    # loss until a node takes over, less its own sum before; loss and spend apart, so that equal
    # costs come out equal
    ahead = np.zeros(size)
    for k in range(1, size + 1):
        at, high, able = nodes.before(k)
        able &= reached[:high]
        loss = ahead[:high] + nodes.sums[at, :high]
        cost = np.where(able, error * loss + spend[:high], np.inf)
        ties = np.flatnonzero(cost == cost.min())
        i = ties[count[ties] == count[ties].min()][-1]
        if not able[i]:
            origin[k] = -1
        elif k == size:
            origin[k] = i
        else:
            reached[k], origin[k] = True, i
            ahead[k] = loss[i] - nodes.sums[at, k]
            spend[k], count[k] = spend[i] + nodes.price[k], count[i] + 1
    return None if origin[size] < 0 else _trace(nodes, origin, size)


def _trace(nodes: Nodes, origin: np.ndarray, k: int) -> np.ndarray:
    chain = []
    while (k := int(origin[k])) > 0:
        chain.append(k)
    return nodes.rows[chain[::-1]]


def cheapest_each(nodes: Nodes, error: float, most: int) -> list[np.ndarray | None]:
    """For each number from 0 to ``most``, rows of the cheapest chain of that length, or None."""
    size = len(nodes.rows)
    most = min(most, size - 1)
    scale = 1.0 if nodes.alike else error
    price = np.zeros(size) if nodes.alike else nodes.price
    ahead = np.full((most + 1, size), np.inf)
    ahead[0, 0] = 0.0
    origin = np.full((most + 1, size + 1), -1, dtype=np.int32)
    for k in range(1, size + 1):
        at, high, able = nodes.before(k)
        count = min(most, high - 1) + 1  # a chain that ends before has no more
        sums = scale * nodes.sums[at]
        cost = ahead[:count, :high] + sums[:high]
        cost[:, ~able] = np.inf
        last = high - 1 - cost[:, ::-1].argmin(axis=1)  # of equals, the latest
        least = cost[np.arange(count), last]
        last[np.isinf(least)] = -1
        if k == size:
            origin[:count, k] = last
        else:
            further = min(count, most)  # of those that can have one training more
            origin[1 : further + 1, k] = last[:further]
            ahead[1 : further + 1, k] = least[:further] + price[k] - sums[k]
    return [_trace_each(nodes, origin, number) for number in range(most + 1)]


def _trace_each(nodes: Nodes, origin: np.ndarray, number: int) -> np.ndarray | None:
    k, chain = int(origin[number, -1]), []
    if k < 0:
        return None
    for left in range(number, 0, -1):
        chain.append(k)
        k = int(origin[left, k])
    return nodes.rows[chain[::-1]]


def cost_of(nodes: Nodes, rows: np.ndarray, error: float) -> float:
    """Cost of a chain."""
    chain = [0, *(np.searchsorted(nodes.rows[1:], rows) + 1).tolist()]
    at = [0, *nodes.serves[chain[1:]].tolist(), len(nodes.loss)]
    loss = sum(
        nodes.sums[high, i] - nodes.sums[low, i]
        for i, low, high in zip(chain, at[:-1], at[1:], strict=True)
    )
    return float(error * loss + nodes.price[chain].sum())


def deferred(nodes: Nodes, error: float, most: int | None) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows trained, and the row that serves each tick; None if impossible."""
    size, ticks = len(nodes.rows), len(nodes.loss)
    layers = 1 if most is None else most + 1
    value = np.zeros((layers, size))  # U(., u), a layer for each number of trainings left
    then = np.full((ticks, layers, size), -1, dtype=np.int16 if size < 2**15 else np.int32)
    following = size - 1 - nodes.following  # counted from the last node, -1 where there is none
    order = np.arange(size)
    for u in range(ticks - 1, -1, -1):
        loss = nodes.loss[u]
        stay = value + np.where(np.isnan(loss), np.inf, error * np.nan_to_num(loss))
        start = (stay + nodes.price)[:, ::-1]
        least = np.full((layers, size + 1), np.inf)
        np.minimum.accumulate(start, axis=1, out=least[:, :size])
        fresh = start < np.roll(least, 1, axis=1)[:, :size]
        who = size - 1 - np.maximum.accumulate(np.where(fresh, order, 0), axis=1)
        change, who = least[:, following], who[:, following]
        if most is not None:  # whoever takes over has one training fewer left
            change, who = np.roll(change, 1, axis=0), np.roll(who, 1, axis=0)
            change[0] = np.inf
        then[u] = np.where(change < stay, who, -1)
        value = np.minimum(stay, change)
    if np.isinf(value[-1, 0]):
        return None
    node, layer, serving = 0, layers - 1, np.empty(ticks, dtype=np.int64)
    trained = []
    for u in range(ticks):
        if then[u, layer, node] >= 0:
            node = int(then[u, layer, node])
            trained.append(node)
            layer -= most is not None
        serving[u] = nodes.rows[node]
    return nodes.rows[trained], serving


def infeasible(nodes: Nodes, most: int | None, spacing: int, floor: float | None) -> str:
    tick = int(nodes.until[0])
    limits = "" if most is None else f" with at most {most} retrainings"
    limits += "" if spacing == 1 else f", {spacing} ticks apart"
    if floor is None:
        return f"table: no schedule{limits} has a model that was scored in every tick"
    return (
        f"floor={floor}: each tick has a model that reaches it, but no schedule{limits} does; the "
        f"initial model first falls below in tick {tick}, where the best score of any model is "
        f"{nodes.best[tick]:.6g}"
    )
