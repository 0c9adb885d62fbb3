"""Profiles: what is kept of a tick's values of one column without keeping any of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clsim.types import Column


@dataclass(frozen=True)
class Bins:
    """Cells that values of one column are counted in; they never change.

    Attributes
    ----------
    edges : numpy.ndarray of shape (k,) or None
        Of numbers: finite and ascending. Cell ``i`` holds what is above ``edges[i - 1]`` and up to
        ``edges[i]``; the first and the last are open. None: categories.
    names : numpy.ndarray of shape (k,) or None
        Of categories, one for each cell.
    """

    edges: np.ndarray | None = None
    names: np.ndarray | None = None

    @classmethod
    def by(cls, column: Column, count: int) -> Bins:
        """Bins by what is known of a column: of numbers, so many of equal share.

        The two open ones hold what is below its least value, and above its largest. Values that
        are repeated make fewer bins. Of no value at all there is one edge, at 0.

        Parameters
        ----------
        column : Column
        count : int
            At least 1.

        Examples
        --------
        >>> Bins.by(Column(np.arange(5.0)), 2).edges.round(6).tolist()
        [-0.0, 2.0, 4.0]
        """
        values, names = column
        if names is not None:
            return cls(names=names)
        values = values[np.isfinite(values)]
        if not len(values):
            return cls(edges=np.zeros(1))
        below = np.nextafter(values.min(), -np.inf)
        with np.errstate(over="ignore", invalid="ignore"):  # between the least and largest floats
            inner = np.quantile(values, np.arange(1, count) / count)
        edges = np.unique(np.concatenate([[below], inner, [values.max()]]))
        return cls(edges=edges[np.isfinite(edges)])

    @property
    def cells(self) -> int:
        """How many there are."""
        if self.edges is not None:
            return len(self.edges) + 1
        assert self.names is not None
        return len(self.names)

    @property
    def nbytes(self) -> int:
        """Bytes of one profile: 8 for each number that it has.

        The counts of cells and of what is missing; of numbers also how many are finite, mean,
        variance, least and largest.
        """
        return 8 * (self.cells + (1 if self.edges is None else 6))


@dataclass(frozen=True)
class Profile:
    """Counts, moments and extremes of one column's values, over any number of ticks.

    Profiles with the same bins are merged without loss: the counts and extremes of two ticks
    together are those of all their values.

    Attributes
    ----------
    bins : Bins
    counts : numpy.ndarray of shape (bins.cells,)
        Values in each cell.
    missing : int
    mean, variance : float
        Of finite numbers (the variance is divided by their number); NaN where there are none.
    finite : int
        How many there are.
    least, largest : float
        Of finite numbers; infinite where there are none.

    Examples
    --------
    >>> bins = Bins(edges=np.array([0.0, 1.0]))
    >>> one, two = (Profile.of(Column(np.array(v)), bins) for v in ([0.5, 1.0, np.nan], [3.0]))
    >>> both = merged([one, two], bins)
    >>> both.counts.tolist(), both.missing, both.mean, both.largest
    ([0, 2, 1], 1, 1.5, 3.0)
    """

    bins: Bins
    counts: np.ndarray
    missing: int
    finite: int = 0
    mean: float = math.nan
    variance: float = math.nan
    least: float = math.inf
    largest: float = -math.inf

    @classmethod
    def of(cls, column: Column, bins: Bins) -> Profile:
        """The profile of some values.

        Parameters
        ----------
        column : Column
            Numbers, NaN where one is missing; or codes of categories, -1 for missing.
        bins : Bins
        """
        values = column.values
        if bins.edges is None:
            there = values[values >= 0]
            counts = np.bincount(there, minlength=bins.cells)
            return cls(bins, counts, len(values) - len(there))
        there = values[~np.isnan(values)]
        counts = np.bincount(np.searchsorted(bins.edges, there, "left"), minlength=bins.cells)
        missing, there = len(values) - len(there), there[np.isfinite(there)]
        if not len(there):
            return cls(bins, counts, missing)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, variance = float(there.mean()), float(there.var())
        least, largest = float(there.min()), float(there.max())
        return cls(bins, counts, missing, len(there), mean, variance, least, largest)

    @property
    def size(self) -> int:
        """How many values it is of, missing ones apart."""
        return int(self.counts.sum())

    @property
    def rank_error(self) -> float:
        """How far a share of values below some value, as `rank` has it, may be off at the most.

        Half the share of the fullest cell: at the edges it is exact. 0 where there are no values.
        """
        return float(self.counts.max() / 2 / self.size) if self.size else 0.0

    def rank(self, value: float) -> tuple[float, float]:
        """Between which shares the share of values up to some value lies; both the same at edges.

        Raises
        ------
        TypeError
            Of categories, which have no order.
        """
        edges = self._edges()
        if not self.size or np.isnan(value):
            return math.nan, math.nan
        below = np.concatenate([[0], np.cumsum(self.counts)])
        cell = int(np.searchsorted(edges, value, "left"))
        low = high = int(below[cell + 1])
        if cell == len(edges) or edges[cell] != value:
            low = int(below[cell])
        if self.finite == self.size:
            low, high = (high, high) if value >= self.largest else (low, high)
            low, high = (low, low) if value < self.least else (low, high)
        return low / self.size, high / self.size

    def quantile(self, share: float) -> tuple[float, float]:
        """Between which values the least one lies that a share of the values does not exceed.

        Raises
        ------
        TypeError
            Of categories, which have no order.
        """
        edges = self._edges()
        if not self.size:
            return math.nan, math.nan
        wanted = max(math.ceil(share * self.size), 1)
        cell = int(np.searchsorted(np.cumsum(self.counts), wanted, "left"))
        ends = np.concatenate([[-math.inf], edges, [math.inf]])
        low, high = float(ends[cell]), float(ends[cell + 1])
        if self.finite == self.size:
            low, high = max(low, self.least), min(high, self.largest)
        return low, high

    def _edges(self) -> np.ndarray:
        if self.bins.edges is None:
            raise TypeError("categories have no order, so there is no rank; read their counts")
        return self.bins.edges


@dataclass(frozen=True)
class Profiled:
    """Of what a strategy keeps profiles.

    Attributes
    ----------
    bins : int
        Bins of equal share of the warm-up.
    slices : tuple of str
        Slices that have profiles of their own, beside all events (``'all'``).
    confidence : bool
        Whether also of how sure the model was; of features and answers always.
    """

    bins: int
    slices: tuple[str, ...] = ()
    confidence: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """What there are profiles of: names of `KINDS`."""
        return KINDS if self.confidence else KINDS[:2]


KINDS = ("features", "answer", "confidence")
"""What there can be a profile of."""


def merged(profiles: Sequence[Profile], bins: Bins) -> Profile:
    """The profile of the values of all; of none, one of no values.

    Exact, but for rounding of the moments (Chan, Golub & LeVeque, The American Statistician, 1983).
    """
    if len(profiles) == 1:
        return profiles[0]
    if not profiles:
        return Profile(bins, np.zeros(bins.cells, dtype=np.int64), 0)
    counts = np.array([one.counts for one in profiles]).sum(axis=0)
    missing = sum(one.missing for one in profiles)
    some = [one for one in profiles if one.finite]
    if not some:
        return Profile(bins, counts, missing)
    n, means, variances = np.array([(one.finite, one.mean, one.variance) for one in some]).T
    finite = sum(one.finite for one in some)
    mean = float((n * means).sum() / finite)
    variance = float((n * (variances + (means - mean) ** 2)).sum() / finite)
    least, largest = min(one.least for one in some), max(one.largest for one in some)
    return Profile(bins, counts, missing, finite, mean, variance, least, largest)
