"""Two models on trial, as their losses come in: sums of each arm at some looks.

Rows of one unit, such as a user, are not independent: what a unit loses and how often it comes are
then summed first, and the variance of the mean is that of a ratio of sums (the delta method; Deng,
Knoblich and Lu, KDD 2018). Where every row is a unit of its own, it is that of independent rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from clsim.statistics.ties import settled


class Arm(NamedTuple):
    """Sums of the losses of one arm at some looks, each an array of shape (..., looks).

    Attributes
    ----------
    rows, units : numpy.ndarray
        Number of losses, and of the units that they belong to.
    total : numpy.ndarray
        Sum of the losses.
    squares, products, sizes : numpy.ndarray
        Sums over units of Y², Y N and N², of a unit's sum of losses Y and number of losses N.

    Examples
    --------
    Losses 1, 0, 1 and 1 of four rows, at looks after two and after all of them. At the second one
    the mean is 3 / 4, and its variance 3 / 4 (1 / 4) / (4 - 1), as of a sample:

    >>> found = arm([1.0, 0.0, 1.0, 1.0], [2, 4])
    >>> found.rows.tolist(), found.total.tolist(), found.mean.tolist()
    ([2, 4], [1.0, 3.0], [0.5, 0.75])
    >>> found.error2.round(9).tolist(), found.apart
    ([0.25, 0.0625], True)
    """

    rows: np.ndarray
    units: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    products: np.ndarray
    sizes: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The mean loss; NaN without any."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.total / self.rows)

    @property
    def size(self) -> np.ndarray:
        """How large losses are, of either sign: the root of the mean of their squares, or above."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.sqrt(self.squares * self.units) / self.rows)

    @property
    def error2(self) -> np.ndarray:
        """Variance of the mean; NaN for fewer than two units.

        Where all losses are 0, or all are 1 (or -1, of differences), as if half a row of the other
        kind had come too: that no row was wrong so far does not say that none ever is.
        """
        mean = self.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = self.squares, -2 * mean * self.products, mean**2 * self.sizes
            spread = settled(sum(parts), *parts)
            found = np.maximum(spread, 0) / self.rows**2 * self.units / (self.units - 1)
            total, share = np.abs(self.total), np.abs(mean)
            half = (total + 0.5) / (self.rows + 1)
            one_kind = (self.squares == total) & ((share == 0) | (share == 1)) & self.apart
            found = np.where(one_kind, half * (1 - half) / self.rows, found)
        return np.where(self.units > 1, found, np.nan)

    @property
    def apart(self) -> bool:
        """Whether every row is a unit of its own."""
        return bool(np.array_equal(self.units, self.rows))


def arm(losses: ArrayLike, counts: ArrayLike, units: np.ndarray | None = None) -> Arm:
    """The sums of the first so many losses.

    Parameters
    ----------
    losses : array-like of shape (..., n)
        In the order in which they came.
    counts : array-like of int, of shape (looks,)
        Number of losses at each look.
    units : numpy.ndarray of int of shape (n,), or None
        Which unit each belongs to; None: each is one of its own. Losses are then of shape (n,).

    Returns
    -------
    Arm
        Of arrays of shape (..., looks); rows, units and sizes of shape (looks,).

    Examples
    --------
    Two users, of whom one came three times:

    >>> found = arm([1.0, 0.0, 1.0, 1.0], [2, 4], np.array([7, 8, 7, 7]))
    >>> found.units.tolist(), found.total.tolist(), found.squares.tolist()
    ([2, 2], [1.0, 3.0], [1.0, 9.0])
    """
    x, counts = np.asarray(losses, dtype=float), np.asarray(counts, dtype=np.int64)
    total = _at(x, counts)
    if units is None:
        return Arm(counts, counts, total, _at(np.square(x), counts), total, counts)
    new, size, before = _within_units(x, units)
    squares = 2 * before * x + np.square(x)  # (before + x)² - before²
    products = before + size * x  # (before + x) size - before (size - 1)
    sums = (_at(each, counts) for each in (new, squares, products, 2 * size - 1))
    some, squares, products, sizes = sums
    return Arm(counts, some, total, squares, products, sizes)


@dataclass(frozen=True)
class Tally:
    """What is known of two models at some looks.

    Attributes
    ----------
    champion, challenger : Arm
        Their losses.
    paired : Arm or None
        Where both answered the same rows, of the differences, challenger less champion: by it the
        difference is judged. None: each has rows of its own.
    share : float
        Of the rows that the challenger is expected to have, where each has its own.
    coin : bool
        Whether differences are -1 or 1, by a coin if the models are equally good: -1 where the
        challenger is the better one.

    Examples
    --------
    The champion was wrong on two of three rows, the challenger on one of the same:

    >>> found = paired([1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [3])
    >>> found.rows.tolist(), found.difference.round(4).tolist()
    ([3], [-0.3333])
    >>> found.swapped.difference.round(4).tolist(), found.hits
    ([0.3333], True)
    """

    champion: Arm
    challenger: Arm
    paired: Arm | None = None
    share: float = 0.5
    coin: bool = False

    @property
    def rows(self) -> np.ndarray:
        """Number of losses at each look that the difference rests on."""
        if self.paired is not None:
            return self.paired.rows
        return np.asarray(self.champion.rows + self.challenger.rows)

    @property
    def units(self) -> np.ndarray:
        """Number of the units that they belong to."""
        if self.paired is not None:
            return self.paired.units
        return np.asarray(self.champion.units + self.challenger.units)

    @property
    def apart(self) -> bool:
        """Whether every row is a unit of its own."""
        if self.paired is not None:
            return self.paired.apart
        return self.champion.apart and self.challenger.apart

    @property
    def difference(self) -> np.ndarray:
        """How much more the challenger loses, in the mean; 0 where that may be rounding."""
        old, new = self.champion, self.challenger
        found = new.mean - old.mean if self.paired is None else self.paired.mean
        return settled(found, old.size, new.size)

    @property
    def error2(self) -> np.ndarray:
        """Variance of the difference; of a coin it is known, or at least that."""
        if self.paired is None:
            return np.asarray(self.champion.error2 + self.challenger.error2)
        if not self.coin:
            return self.paired.error2
        with np.errstate(divide="ignore"):
            known = 1 / np.asarray(self.paired.rows, dtype=float)
        return known if self.apart else np.maximum(self.paired.error2, known)

    @property
    def hits(self) -> bool:
        """Whether all losses are 0 or 1, so that their means are shares of wrong answers."""
        arms = self.champion, self.challenger
        return self.apart and all(np.array_equal(each.squares, each.total) for each in arms)

    @property
    def swapped(self) -> Tally:
        """The same with the models in each other's place."""
        turned = self.paired
        if turned is not None:
            turned = turned._replace(total=-turned.total, products=-turned.products)
        return replace(
            self, champion=self.challenger, challenger=self.champion, paired=turned,
            share=1 - self.share,
        )  # fmt: skip


def split(
    losses: ArrayLike,
    challengers: np.ndarray,
    counts: ArrayLike,
    units: np.ndarray | None = None,
    share: float = 0.5,
) -> Tally:
    """Two arms with rows of their own, at looks by the rows of both together.

    Parameters
    ----------
    losses : array-like of shape (..., n)
        In the order in which they came.
    challengers : numpy.ndarray of bool, of shape (n,)
        Which are the challenger's.
    counts, units
        As of `arm`, for rows of either.
    share : float
        As of `Tally`.

    Returns
    -------
    Tally
        Without ``paired``: each arm has rows of its own.

    Examples
    --------
    >>> found = split([0.0, 1.0, 0.0, 1.0], np.array([True, False, True, False]), [4])
    >>> found.difference.tolist()
    [-1.0]
    """
    x, counts = np.asarray(losses, dtype=float), np.asarray(counts, dtype=np.int64)
    its = _at(challengers.astype(np.int64), counts)
    one, two = (None, None) if units is None else (units[~challengers], units[challengers])
    return Tally(
        arm(x[..., ~challengers], counts - its, one), arm(x[..., challengers], its, two),
        share=share,
    )  # fmt: skip


def paired(
    champion: ArrayLike,
    challenger: ArrayLike,
    counts: ArrayLike,
    units: np.ndarray | None = None,
    *,
    coin: bool = False,
) -> Tally:
    """Two models on the same rows.

    Parameters
    ----------
    champion, challenger : array-like of shape (..., n)
        Their losses, in the order in which they came.
    counts, units
        As of `arm`.
    coin : bool, default=False
        Whether only the sign of a difference counts; there must then be no row without one.

    Returns
    -------
    Tally
        With ``paired``, the sums of the differences; the share is 1, as both have all rows.

    Examples
    --------
    >>> found = paired([1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [3], coin=True)
    >>> found.paired.total.tolist(), found.error2.round(3).tolist()
    ([-1.0], [0.333])
    """
    old, new = np.asarray(champion, dtype=float), np.asarray(challenger, dtype=float)
    difference = settled(new - old, new, old)
    difference = np.sign(difference) if coin else difference
    one, two, both = (arm(losses, counts, units) for losses in (old, new, difference))
    return Tally(one, two, both, share=1.0, coin=coin)


def _at(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Sums of the first so many values along the last axis."""
    sums = np.cumsum(values, axis=-1)
    first = np.zeros((*sums.shape[:-1], 1), dtype=sums.dtype)
    found: np.ndarray = np.concatenate([first, sums], axis=-1)[..., counts]
    return found


def _within_units(x: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each value: whether it is its unit's first, the how-manieth, and the sum before it."""
    order = np.argsort(units, kind="stable")
    sorted_units, sums = units[order], np.cumsum(x[order])
    first = np.ones(len(x), dtype=bool)
    first[1:] = sorted_units[1:] != sorted_units[:-1]
    start = np.maximum.accumulate(np.where(first, np.arange(len(x)), 0))
    new, size, before = np.empty(len(x), np.int64), np.empty(len(x), np.int64), np.empty(len(x))
    new[order], size[order] = first, np.arange(len(x)) - start + 1
    sums_before = sums - x[order]
    before[order] = sums_before - (sums_before[start] if len(x) else sums_before)
    return new, size, before
