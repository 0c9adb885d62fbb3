"""Values of one feature, made ready to be compared: sorted once, merged once for all distances.

`Numbers` and `Categories` hold values themselves, `Histogram` what a profile keeps of numbers:
fixed edges and counts. (Names and counts of categories are all that there is to know of them.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

BINS = 10
"""Bins of equal share of the reference into which numbers are put."""

NUMERIC = "iufb"
"""Kinds of dtype that are numbers; anything else is categories."""


class Steps(NamedTuple):
    """Two distribution functions along the values at which either of them steps up.

    Attributes
    ----------
    ours, theirs : numpy.ndarray of shape (k,), int
        How many values of the reference, and of the current ones, lie up to each value.
    sizes : (int, int)
        How many there are.
    gaps : numpy.ndarray of shape (k - 1,)
        How far it is from each value to the next, at least 0; where it is 0, both sides of it have
        the same difference.
    weights : numpy.ndarray of shape (k,), or float
        Share of both samples together that lies at each value.

    Examples
    --------
    Of 1 and 2 a half each lies at each value, of 2 all; so from 1 to 2 they differ by a half:

    >>> steps = Numbers([1.0, 2.0]).steps(Numbers([2.0]))
    >>> steps.difference.tolist(), steps.gaps.tolist()
    ([0.5, 0.0, 0.0], [1.0, 0.0])
    """

    ours: np.ndarray
    theirs: np.ndarray
    sizes: tuple[int, int]
    gaps: np.ndarray
    weights: np.ndarray | float

    @property
    def difference(self) -> np.ndarray:
        """Reference minus current, from each value on to the next; the last is 0."""
        one, other = self.sizes
        return np.asarray(self.ours / one - self.theirs / other)

    @property
    def largest(self) -> float:
        """The largest difference, whichever is larger; counts are whole, so it is rounded once."""
        one, other = self.sizes
        return int(np.abs(self.ours * other - self.theirs * one).max()) / (one * other)


class Sample:
    """One feature's values of one window.

    Examples
    --------
    >>> one, other = sample(np.array(list("ab"))), sample(np.array(list("abbc")))
    >>> one.size, [counts.tolist() for counts in one.cells(other)]
    (2, [[1, 1, 0], [1, 2, 1]])
    """

    size: int

    @property
    def nbytes(self) -> int:
        """Bytes that it may come to hold."""
        raise NotImplementedError

    def cells(self, other: Sample) -> tuple[np.ndarray, np.ndarray]:
        """How many values of this, the reference, and of the other lie in each cell."""
        raise NotImplementedError

    def steps(self, other: Sample) -> Steps:
        """Distribution functions of this, the reference, and the other."""
        raise NotImplementedError

    def moved(self, other: Sample) -> float:
        """How far values have to be moved on average to make the other of this."""
        raise NotImplementedError


class Numbers(Sample):
    """Numbers, sorted; as a reference its bins are ten of equal share.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
        Whole numbers of more than 53 bits lose what a float cannot hold. Infinities are values like
        any other: the least and the largest.

    Raises
    ------
    ValueError
        If it is empty, or a value is missing.

    Examples
    --------
    The numbers 1 to 20 fill each of ten bins with two:

    >>> reference = Numbers(np.arange(1, 21))
    >>> reference.binned.tolist()
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    >>> reference.cells(Numbers([0.0, 1.5, 20.0, 99.0]))[1].tolist()
    [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    """

    def __init__(self, values: np.ndarray) -> None:
        self.values = np.sort(np.asarray(values, dtype=float))
        self.size = len(self.values)
        _check_size(self.size)
        if np.isnan(self.values[-1]):  # they are sorted to the end
            missing = int(np.isnan(self.values).sum())
            raise ValueError(f"{missing} of {self.size} values are missing; leave them out")

    @property
    def nbytes(self) -> int:
        return 3 * self.values.nbytes  # with its function

    @cached_property
    def edges(self) -> np.ndarray:
        """Inner edges of bins that hold a tenth each; fewer where values are repeated.

        Where the least value alone fills the lowest bin, what is lower still has one of its own.
        """
        with np.errstate(invalid="ignore"):  # between two infinities
            edges = np.unique(np.quantile(self.values, np.arange(1, BINS) / BINS))
        edges = edges[~np.isnan(edges)]
        least = self.values[0]
        return np.append(np.nextafter(least, -np.inf), edges) if least in edges[:1] else edges

    @cached_property
    def binned(self) -> np.ndarray:
        """How many of its own values lie in each of its own bins."""
        return self.counts(self.edges)

    @cached_property
    def ranks(self) -> tuple[np.ndarray, np.ndarray]:
        """How many of its values lie below each of them, and up to it."""
        left, right = (np.searchsorted(self.values, self.values, s) for s in ("left", "right"))
        return left, right

    @cached_property
    def distinct(self) -> bool:
        """Whether no value is there twice."""
        return bool((self.values[1:] != self.values[:-1]).all())

    def counts(self, edges: np.ndarray) -> np.ndarray:
        """How many values lie in each bin: above an edge and up to the next, outermost open."""
        below = np.searchsorted(self.values, edges, "right")
        return np.diff(below, prepend=0, append=self.size)

    def cells(self, other: Sample) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(other, Numbers):
            raise _differ(self, other)
        return self.binned, other.counts(self.edges)

    def steps(self, other: Sample) -> Steps:
        if not isinstance(other, Numbers):
            raise _differ(self, other)
        both = np.concatenate([self.values, other.values])
        order = np.argsort(both, kind="stable")  # of two sorted runs: one merge
        values = both[order]
        ours = np.cumsum(order < self.size)
        theirs = np.arange(1, len(both) + 1) - ours
        gaps = _gaps(values)
        if not gaps.all():  # within a tie neither has stepped up yet: the difference is that after
            ends = np.append(np.flatnonzero(gaps), len(gaps))
            ours, theirs = (np.repeat(of[ends], np.diff(ends, prepend=-1)) for of in (ours, theirs))
        return Steps(ours, theirs, (self.size, other.size), gaps, 1 / len(both))

    def moved(self, other: Sample) -> float:
        if not isinstance(other, Numbers):
            raise _differ(self, other)
        ranks = common_ranks(self.size, other.size)
        return float(ranks.moved(self.values[ranks.ours], other.values))


class Ranks(NamedTuple):
    """Where two sorted samples stand, from each share of both at which either goes on to the next.

    So long as the shares that lie below are the same, one value of the one belongs to one of the
    other, whatever the values are.

    Attributes
    ----------
    ours, theirs : numpy.ndarray of shape (k,), int
        Places in the reference, and in the current sample.
    counts : numpy.ndarray of shape (k,), or None
        How many parts of both stand there; None: one at each.
    whole : int
        How many there are.

    Examples
    --------
    The one value of the reference is 1: half of it goes to 3, and half to 5.

    >>> ranks = common_ranks(1, 2)
    >>> float(ranks.moved(np.array([1.0, 1.0]), np.array([3.0, 5.0])))
    3.0
    """

    ours: np.ndarray
    theirs: np.ndarray
    counts: np.ndarray | None
    whole: int

    def moved(self, ours: np.ndarray, current: np.ndarray) -> np.ndarray:
        """How far values go on average: (...,), of those of references that stand there (..., k).

        The first Wasserstein distance, as the integral of the difference of quantile functions.
        """
        theirs = current[self.theirs]
        ends = ours[..., 0].min(), ours[..., -1].max(), theirs[0], theirs[-1]
        with np.errstate(invalid="ignore", over="ignore"):
            far = np.abs(ours - theirs)
        if not np.isfinite(ends).all():  # what stays at infinity is not moved
            far[ours == theirs] = 0.0
        if self.counts is not None:
            far *= self.counts
        return np.asarray(far.sum(axis=-1) / self.whole)


@lru_cache(maxsize=32)
def common_ranks(size: int, other: int) -> Ranks:
    """Where samples of two sizes stand.

    Examples
    --------
    >>> ours, theirs, counts, whole = common_ranks(2, 3)
    >>> ours.tolist(), theirs.tolist(), counts.tolist(), whole
    ([0, 0, 1, 1], [0, 1, 1, 2], [2.0, 1.0, 1.0, 2.0], 6)
    """
    whole = math.lcm(size, other)  # in whole numbers, so that equal shares are equal
    ends = np.union1d(*(np.arange(1, n + 1) * (whole // n) for n in (size, other)))
    counts = None if len(ends) == whole else np.diff(ends, prepend=0).astype(float)
    ours, theirs = ((ends - 1) // (whole // n) for n in (size, other))
    return Ranks(ours, theirs, counts, whole)


class Categories(Sample):
    """Categories, counted: of a window, or out of a profile.

    Parameters
    ----------
    names : numpy.ndarray of shape (k,)
        Sorted, each once.
    counts : numpy.ndarray of shape (k,)

    Raises
    ------
    ValueError
        If there is no value.

    Examples
    --------
    Three reds and a blue, out of a profile, beside a window of two greens:

    >>> reference = Categories(np.array(["blue", "red"]), np.array([1, 3]))
    >>> current = Categories.of(np.array(["green", "green"]))
    >>> [counts.tolist() for counts in reference.cells(current)]  # of blue, green and red
    [[1, 0, 3], [0, 2, 0]]
    """

    def __init__(self, names: np.ndarray, counts: np.ndarray) -> None:
        self.names = names
        self.counts = counts
        self.size = int(counts.sum())
        _check_size(self.size)

    @property
    def nbytes(self) -> int:
        return self.names.nbytes + self.counts.nbytes

    @classmethod
    def of(cls, values: np.ndarray) -> Categories:
        """Count values.

        >>> sample = Categories.of(np.array(["b", "a", "b"]))
        >>> sample.names.tolist(), sample.counts.tolist()
        (['a', 'b'], [1, 2])
        """
        return cls(*np.unique(values, return_counts=True))

    def cells(self, other: Sample) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(other, Categories):
            raise _differ(self, other)
        names = np.union1d(self.names, other.names)
        return tuple(each.among(names) for each in (self, other))  # type: ignore[return-value]

    def among(self, names: np.ndarray) -> np.ndarray:
        """How many values have each of some names, among them all of its own."""
        counts = np.zeros(len(names), dtype=np.int64)
        counts[np.searchsorted(names, self.names)] = self.counts
        return counts

    def steps(self, other: Sample) -> Steps:
        raise TypeError(
            "categories have no order, and this distance is one of numbers; "
            "ask for one of shares, such as l_infinity or jensen_shannon"
        )


class Histogram(Sample):
    """What a profile keeps of numbers: fixed edges, and how many values lie between them.

    A bin holds what is above its lower edge and up to its upper one; the first one also its lower
    edge. What lies beyond the edges was counted in the outermost bins. Distances that need values
    take the middle of each bin.

    Parameters
    ----------
    edges : numpy.ndarray of shape (k + 1,)
        Finite and ascending.
    counts : numpy.ndarray of shape (k,)

    Raises
    ------
    ValueError
        If edges do not ascend, are not one more than the counts, or there is no value.

    Examples
    --------
    >>> kept = Histogram(edges=np.array([0.0, 1.0, 3.0]), counts=np.array([3, 2]))
    >>> kept.size, kept.widths.tolist()
    (5, [1.0, 2.0])
    """

    def __init__(self, edges: np.ndarray, counts: np.ndarray) -> None:
        self.edges = np.asarray(edges, dtype=float)
        self.counts = np.asarray(counts)
        if not (np.isfinite(self.edges).all() and (np.diff(self.edges) > 0).all()):
            raise ValueError(f"edges={self.edges.tolist()}: must be finite and ascend")
        if len(self.edges) != len(self.counts) + 1:
            raise ValueError(
                f"{len(self.edges)} edges for {len(self.counts)} counts: must be one more"
            )
        self.size = int(self.counts.sum())
        _check_size(self.size)

    @classmethod
    def of(cls, values: np.ndarray, edges: np.ndarray) -> Histogram:
        """Count values between edges.

        >>> Histogram.of(np.array([0.0, 1, 1, 2, 9]), np.array([0.0, 1, 3])).counts.tolist()
        [3, 2]
        """
        return cls(edges, Numbers(values).counts(np.asarray(edges, dtype=float)[1:-1]))

    @property
    def nbytes(self) -> int:
        return self.edges.nbytes + self.counts.nbytes

    @property
    def widths(self) -> np.ndarray:
        """How wide each bin is."""
        return np.diff(self.edges)

    def cells(self, other: Sample) -> tuple[np.ndarray, np.ndarray]:
        if not (isinstance(other, Histogram) and np.array_equal(self.edges, other.edges)):
            raise _differ(self, other)
        return self.counts, other.counts

    def steps(self, other: Sample) -> Steps:
        ours, theirs = self.cells(other)
        sizes = self.size, other.size
        middles = self.edges[:-1] + self.widths / 2
        weights = (ours + theirs) / sum(sizes)
        return Steps(np.cumsum(ours), np.cumsum(theirs), sizes, np.diff(middles), weights)

    def moved(self, other: Sample) -> float:
        steps = self.steps(other)
        return float(np.dot(np.abs(steps.difference[:-1]), steps.gaps))


Values = np.ndarray | Sample
"""One feature's values of one window: as they are, or made ready."""


def sample(values: Values) -> Sample:
    """Values made ready to be compared, once for however many comparisons.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,), or Sample
        Numbers, or anything else for categories.

    Returns
    -------
    Sample
        `Numbers` or `Categories`; a sample as it is.

    Raises
    ------
    ValueError
        If there are no values, or numbers are missing.

    Examples
    --------
    >>> type(sample(np.array([3, 1, 2]))).__name__, type(sample(np.array(["a"]))).__name__
    ('Numbers', 'Categories')
    """
    if isinstance(values, Sample):
        return values
    return Numbers(values) if values.dtype.kind in NUMERIC else Categories.of(values)


class Pair:
    """A reference and current values, side by side; what distances need of them, computed once.

    Parameters
    ----------
    reference, current : numpy.ndarray or Sample
        Both numbers, both categories, or both histograms with the same edges.

    Raises
    ------
    ValueError
        If either is empty or a number is missing, or edges differ.
    TypeError
        If one is numbers and the other is not (at the first view that is asked for).

    Examples
    --------
    >>> pair = Pair(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd")))
    >>> [shares.tolist() for shares in pair.shares]
    [[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]]
    """

    def __init__(self, reference: Values, current: Values) -> None:
        self.reference = sample(reference)
        self.current = sample(current)

    @cached_property
    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """How many values of each lie in the same cells: bins of numbers, or categories."""
        return self.reference.cells(self.current)

    @cached_property
    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """The same as shares, each adding up to 1."""
        one, other = self.counts
        return one / self.reference.size, other / self.current.size

    @cached_property
    def steps(self) -> Steps:
        """Both distribution functions, for numbers alone."""
        return self.reference.steps(self.current)

    @property
    def ordered(self) -> bool:
        """Whether they are numbers."""
        return not isinstance(self.reference, Categories)


class Stacked:
    """Numbers that are references, side by side, to compare many windows with all at once.

    Parameters
    ----------
    references : sequence of Numbers
        With as many bins each, where bins are asked for.

    Examples
    --------
    >>> stacked = Stacked([Numbers(np.arange(1, 21)), Numbers(np.arange(101, 121))])
    >>> stacked.counts_of(Numbers([5.5, 200.0])).sum(axis=1).tolist()
    [2, 2]
    >>> below, up_to = stacked.below(np.array([20.0]))
    >>> below.tolist(), up_to.tolist()
    ([[19, 0]], [[20, 0]])
    >>> stacked.largest_gaps(Numbers([20.0])).tolist()
    [0.95, 1.0]
    """

    def __init__(self, references: Sequence[Numbers]) -> None:
        self._references = list(references)
        self._standing: tuple[Ranks, np.ndarray] | None = None

    @cached_property
    def _edges(self) -> np.ndarray:
        return np.array([one.edges for one in self._references])

    @cached_property
    def counts(self) -> np.ndarray:
        """How many values of each lie in its own bins, (references, bins)."""
        return np.array([one.binned for one in self._references])

    @cached_property
    def shares(self) -> np.ndarray:
        """The same as shares."""
        return np.asarray(self.counts / self._sizes)

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.array([[one.size] for one in self._references])

    @cached_property
    def _per_value(self) -> np.ndarray:
        """The sizes; once where all are as large, which is usual."""
        return self._sizes[:1] if (self._sizes == self._sizes[0]).all() else self._sizes

    @cached_property
    def _most(self) -> int:
        return int(self._sizes.max())

    def counts_of(self, current: Numbers) -> np.ndarray:
        """How many values of a sample lie in the bins of each, (references, bins)."""
        below = np.empty((len(self._edges), self._edges.shape[1] + 2), dtype=np.int64)
        below[:, 0], below[:, -1] = 0, current.size
        below[:, 1:-1] = np.searchsorted(current.values, self._edges, "right")
        counts: np.ndarray = below[:, 1:] - below[:, :-1]
        return counts

    def below(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many values of each lie below some values, and up to them: (values, references).

        One array twice where that is the same.
        """
        values, counts = self._steps
        left, right = _places(values, at)
        before = counts.take(left, axis=0)
        return before, before if right is left else counts.take(right, axis=0)

    def largest_gaps(self, current: Numbers) -> np.ndarray:
        """The largest difference of the distribution function of each from that of a sample.

        Asked where the sample's function G steps up alone: between two steps a reference's F only
        grows, so F - G is largest just before a step, and G - F at one.

        Returns
        -------
        numpy.ndarray of shape (references,)
            As `Steps.largest` has it, to the last bit.
        """
        size, sizes = current.size, self._sizes[:, 0]
        whole: Any = np.int32 if self._most * size < 2**31 else np.int64
        per = self._per_value.astype(whole)
        before, at = self.below(current.values)
        below, up_to = current.ranks
        above = np.multiply(before.T, size, dtype=whole, order="C")
        above -= below.astype(whole) * per
        if before is at and current.distinct:  # then at a step it is the same less one step
            under = sizes - above.min(axis=1)
        else:
            risen = np.multiply(at.T, size, dtype=whole, order="C")
            under = (up_to.astype(whole) * per - risen).max(axis=1)
        largest: np.ndarray = np.maximum(above.max(axis=1), under) / (sizes * size)
        return largest

    def moved(self, current: Numbers) -> np.ndarray:
        """How far the values of each have to be moved: as `Numbers.moved`, to the last bit."""
        if len(self._per_value) > 1:
            return np.array([one.moved(current) for one in self._references])
        ranks = common_ranks(self._most, current.size)
        if self._standing is None or self._standing[0] is not ranks:
            ours = np.array([one.values[ranks.ours] for one in self._references])
            self._standing = ranks, ours
        return ranks.moved(self._standing[1], current.values)

    @cached_property
    def _steps(self) -> tuple[np.ndarray, np.ndarray]:
        """Values of all, each once, and how many of each reference lie below the first, and up to
        each one: side by side and in as few bytes as hold that, since they are looked up at random.
        """
        every = np.concatenate([one.values for one in self._references])
        order = np.argsort(every, kind="stable")  # of sorted runs: merges
        ascending = every[order]
        new = np.append(True, ascending[1:] != ascending[:-1])
        many, sizes = len(self._references), self._sizes[:, 0]
        values = ascending[new]
        # a cell for each value and reference, one ahead: how many lie up to no value is 0
        cells = np.cumsum(new) * many + np.repeat(np.arange(many), sizes)[order]
        there = np.bincount(cells, minlength=(len(values) + 1) * many).reshape(-1, many)
        few = np.min_scalar_type(self._most)
        return values, np.cumsum(there.astype(few), axis=0, dtype=few)


def _places(values: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many sorted values lie below, and up to, each of some others; one array if the same."""
    left = values.searchsorted(at, "left")
    met = values.take(left, mode="clip") == at
    return left, values.searchsorted(at, "right") if met.any() else left


def _check_size(size: int) -> None:
    if not size:
        raise ValueError("there are no values; a distance needs one on either side")


def _differ(one: Sample, other: Sample) -> Exception:
    kinds = [type(each).__name__.lower() for each in (one, other)]
    if kinds[0] == kinds[1]:
        return ValueError("the edges of two histograms differ; count both between the same")
    return TypeError(f"the reference is {kinds[0]}, and what is compared with it {kinds[1]}")


def _gaps(values: np.ndarray) -> np.ndarray:
    """Differences of sorted values, also where they are infinite."""
    if math.isfinite(float(values[-1]) - float(values[0])):
        return values[1:] - values[:-1]
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(values[1:] == values[:-1], 0.0, values[1:] - values[:-1])
