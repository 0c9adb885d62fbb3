"""Which bins or categories make a distance: what each of them adds to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import cast

import numpy as np
from scipy.special import rel_entr

from clsim.monitoring.distances import filled
from clsim.monitoring.samples import Categories, Numbers, Pair, Sample
from clsim.types import Cell, Rows

NEWEST = 5
"""Rows that are named of a cell that has grown, the latest ones."""

Parts = Callable[[Pair], np.ndarray]


def _psi(pair: Pair) -> np.ndarray:
    one, other = pair.counts
    p, q = filled(one, other), filled(other, one)
    return rel_entr(p, q) + rel_entr(q, p)


def _kl(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return rel_entr(one / one.sum(), filled(other, one))


def _chi_squared(pair: Pair) -> np.ndarray:
    one, other = pair.shares
    both = one + other
    return np.divide((one - other) ** 2, 2 * both, out=np.zeros(len(both)), where=both > 0)


def _jensen_shannon(pair: Pair) -> np.ndarray:
    one, other = pair.shares
    middle = (one + other) / 2
    return (rel_entr(one, middle) + rel_entr(other, middle)) / 2


def _moved(pair: Pair) -> np.ndarray:
    return np.abs(pair.shares[0] - pair.shares[1])


def _earth_mover(pair: Pair) -> np.ndarray:
    return _area(pair, np.abs) if pair.ordered else _moved(pair) / 2


def _kolmogorov_smirnov(pair: Pair) -> np.ndarray:
    bins, difference = _at_values(pair)
    largest = np.zeros(len(pair.shares[0]))
    np.maximum.at(largest, bins, np.abs(difference))
    return largest


def _cramer_von_mises(pair: Pair) -> np.ndarray:
    bins, difference = _at_values(pair)
    return np.bincount(bins, difference**2 / len(bins), len(pair.shares[0]))


PARTS: dict[str, tuple[str, Parts]] = {
    "l1": ("value", _moved),
    "l_infinity": ("largest", _moved),
    "jensen_shannon": ("square", _jensen_shannon),
    "kl": ("value", lambda pair: _kl(*pair.counts)),
    "kl_reverse": ("value", lambda pair: _kl(*pair.counts[::-1])),
    "hellinger": ("square", lambda pair: (np.subtract(*np.sqrt(pair.shares))) ** 2 / 2),
    "psi": ("value", _psi),
    "chi_squared": ("value", _chi_squared),
    "earth_mover": ("value", _earth_mover),
    "energy": ("square", lambda pair: 2 * _area(pair, np.square)),
    "kolmogorov_smirnov": ("largest", _kolmogorov_smirnov),
    "cramer_von_mises": ("value", _cramer_von_mises),
}
"""For each distance what its cells give, and how: they add up to its value or to the square of it,
or the largest of them is the value."""


def cells(
    distance: str, reference: Sample, current: Sample, values: np.ndarray, rows: Rows,
    unit: float | None = None,
) -> list[Cell]:  # fmt: skip
    """What each bin or category adds to a distance.

    Bins are those of `clsim.monitoring.distances.shares`, also for distances of values, of which
    each has its piece of the integral or sum.

    Parameters
    ----------
    distance : str
        Key of `PARTS`.
    reference, current : Numbers or Categories
    values : numpy.ndarray of shape (n,)
        The current values, or names of categories, of each row.
    rows : numpy.ndarray of shape (n,)
        Their rows, in order.
    unit : float or None, default=None
        What the distance is divided by.

    Returns
    -------
    list of Cell
        In the order of the bins, or by name.

    Examples
    --------
    Two categories: .5 and .5, then .2 and .8.

    >>> import numpy as np
    >>> now = np.array(list("abbbb"))
    >>> then, sample = Categories.of(np.array(list("ab"))), Categories.of(now)
    >>> [(cell.name, round(cell.part, 3)) for cell in cells("l1", then, sample, now, np.arange(5))]
    [('a', 0.3), ('b', 0.3)]
    """
    pair = Pair(reference, current)
    adds, parts_of = PARTS[distance]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        parts = parts_of(pair)
        if unit is not None:
            parts = parts / (unit**2 if adds == "square" else unit)
    if isinstance(reference, Categories) and isinstance(current, Categories):
        every = np.union1d(reference.names, current.names)
        names, place = [str(name) for name in every], np.searchsorted(every, values)
    else:
        edges = _numbers(pair)[0].edges
        names, place = _bins(edges), np.searchsorted(edges, values, "left")
    return [
        Cell(name, float(was), float(now), float(part), adds,
             tuple(rows[place == k][-NEWEST:].tolist()) if now > was else ())
        for k, (name, was, now, part) in enumerate(zip(names, *pair.shares, parts, strict=True))
    ]  # fmt: skip


def _numbers(pair: Pair) -> tuple[Numbers, Numbers]:
    """Both sides of a pair of numbers."""
    return cast(Numbers, pair.reference), cast(Numbers, pair.current)


def _bins(edges: np.ndarray) -> list[str]:
    """What bins are called; each holds its upper edge."""
    said = [f"{edge:.6g}" for edge in edges]
    if not said:
        return ["any"]
    between = [f"{low} to {high}" for low, high in itertools.pairwise(said)]
    return [f"up to {said[0]}", *between, f"above {said[-1]}"]


def _at(pair: Pair, places: np.ndarray) -> np.ndarray:
    """The difference of both distribution functions at some places."""
    one, other = (np.searchsorted(side.values, places, "right") / side.size
                  for side in _numbers(pair))  # fmt: skip
    return one - other


def _at_values(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """The bin of each value of both samples, and the difference there."""
    both = np.concatenate([side.values for side in _numbers(pair)])
    return np.searchsorted(_numbers(pair)[0].edges, both, "left"), _at(pair, both)


def _area(pair: Pair, height: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The area under a function of the difference, above each bin."""
    reference, current = _numbers(pair)
    both, edges = np.concatenate([reference.values, current.values]), reference.edges
    within = edges[(edges > both.min()) & (edges < both.max())]
    grid = np.unique(np.concatenate([both, within]))
    heights = height(_at(pair, grid[:-1]))
    pieces = np.where(heights > 0, heights * np.diff(grid), 0.0)
    return np.bincount(np.searchsorted(edges, grid[:-1], "right"), pieces, len(edges) + 1)
