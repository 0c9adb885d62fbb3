"""Distances between two samples of one feature, from values or from what a profile keeps.

Each is a function of two samples, and all of them read one `Pair`: shares of the same cells, or two
distribution functions out of one merge. With `measured` any number of them cost that merge once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable

import numpy as np
from scipy.special import rel_entr

from clsim.errors import unknown
from clsim.monitoring.samples import Histogram, Numbers, Pair, Stacked, Steps, Values

EMPTY = 0.5
"""What an empty cell counts as where a logarithm needs more than nothing: half an event.

Then a distance stays finite, and a cell that one event would fill weighs the less the larger the
window is; with a fixed least share instead, such as .0001, what an empty cell adds is set by that
number and not by the data. Cells that are empty in both samples count nothing, and where no cell is
empty nothing is changed."""

PIECE = 10_000
"""Longest product that is summed up in one call: BLAS takes longer ones apart by the number of its
threads, and bits would hang on it."""


LARGEST = {
    "l1": 2.0, "l_infinity": 1.0, "jensen_shannon": math.sqrt(math.log(2)), "hellinger": 1.0,
    "chi_squared": 1.0, "kolmogorov_smirnov": 1.0, "cramer_von_mises": 1.0, "classifier": 1.0,
    "p_value": 1.0,
}  # fmt: skip
"""How large distances can be that have a bound, by what a monitor measures."""


OfCells = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A function of shares or counts, whose last axis is cells, so of many pairs at once."""

OfMany = Callable[[Stacked, Numbers], np.ndarray]


class Distance:
    """A distance between a reference and current values of one feature.

    It is called with both, as arrays or `Sample`s, or with `of` on a `Pair` that several share.

    Parameters
    ----------
    formula : callable
        Gives the distance of a `Pair`.
    numbers_only : bool
        Whether it needs an order, so that categories have none (`TypeError`).
    of_many : callable or None, default=None
        The same, to the last bit, of numbers beside many references at once; None: one by one.
    binned : bool, default=False
        Whether it is one of shares, so that numbers are put into bins.

    Raises
    ------
    ValueError
        When it is called, if a sample is empty or a number is missing.
    TypeError
        When it is called, if one sample is numbers and the other is not.

    Examples
    --------
    >>> largest_gap = DISTANCES["kolmogorov_smirnov"]
    >>> largest_gap(np.array([1.0, 2.0]), np.array([2.0, 3.0])), largest_gap.numbers_only
    (0.5, True)
    >>> share_of_reds = Distance(lambda pair: float((pair.current.names == "red").mean()), False)
    >>> share_of_reds(np.array(["red"]), np.array(["red", "blue"]))
    0.5
    """

    __name__: str

    def __init__(
        self,
        formula: Callable[[Pair], float],
        numbers_only: bool,
        of_many: OfMany | None = None,
        binned: bool = False,
    ) -> None:
        self.of = formula
        self.binned = binned
        self.numbers_only = numbers_only
        self.of_many = of_many
        functools.update_wrapper(self, formula)

    def __call__(self, reference: Values, current: Values) -> float:
        return self.of(Pair(reference, current))

    def __reduce__(self) -> str:  # copied and pickled by its name, as a function is
        return self.__name__


DISTANCES: dict[str, Distance] = {}
"""Distances by the name that a monitor is given."""


def _distance(
    numbers_only: bool = False, of_many: OfMany | None = None
) -> Callable[[Callable[[Pair], float]], Distance]:
    """Make a distance of a function of a pair, and list it by its name."""

    def made(formula: Callable[[Pair], float]) -> Distance:
        DISTANCES[formula.__name__] = Distance(formula, numbers_only, of_many)
        return DISTANCES[formula.__name__]

    return made


def _of_shares(formula: OfCells) -> Distance:
    """The same of a function of shares."""

    @functools.wraps(formula)
    def of(pair: Pair) -> float:
        return float(formula(*pair.shares))

    def of_many(references: Stacked, now: Numbers) -> np.ndarray:
        return formula(references.shares, references.counts_of(now) / now.size)

    made = DISTANCES[formula.__name__] = Distance(of, False, of_many, binned=True)
    return made


def _of_counts(formula: OfCells) -> Distance:
    """The same of a function of counts."""

    @functools.wraps(formula)
    def of(pair: Pair) -> float:
        return float(formula(*pair.counts))

    def of_many(references: Stacked, now: Numbers) -> np.ndarray:
        return formula(references.counts, references.counts_of(now))

    made = DISTANCES[formula.__name__] = Distance(of, False, of_many, binned=True)
    return made


def shares(reference: Values, current: Values) -> tuple[np.ndarray, np.ndarray]:
    """Shares of both samples in the same bins, or of the same categories.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n,), (m,), or Sample
        Numbers, or anything else for categories; nothing missing, and neither empty.

    Returns
    -------
    (numpy.ndarray, numpy.ndarray)
        Each adds up to 1. Numbers are put into ten bins of equal share of the reference, of which
        the outermost are open; histograms keep their bins.

    Raises
    ------
    ValueError
        If a sample is empty or a number is missing.
    TypeError
        If one sample is numbers and the other is not.

    Examples
    --------
    >>> one, other = shares(np.array(list("aab")), np.array(list("abbb")))
    >>> one.round(4).tolist(), other.tolist()
    ([0.6667, 0.3333], [0.25, 0.75])
    """
    return Pair(reference, current).shares


def measured(names: Iterable[str], reference: Values, current: Values) -> dict[str, float]:
    """Several distances of the same two samples, out of one pass.

    Parameters
    ----------
    names : iterable of str
        Keys of `DISTANCES`.
    reference, current : numpy.ndarray of shape (n,), (m,), or Sample
        A reference that many windows are compared with is best given as `sample(reference)`, which
        is sorted already.

    Returns
    -------
    dict of str to float
        In the order of the names.

    Raises
    ------
    ValueError
        For a name that is not known, for no values, or missing ones.
    TypeError
        For a distance of numbers between categories.

    Examples
    --------
    >>> values = np.array([1.0, 2, 3, 4])
    >>> measured(["earth_mover", "kolmogorov_smirnov"], values, values + 1.5)
    {'earth_mover': 1.5, 'kolmogorov_smirnov': 0.5}
    """
    names = list(names)
    for name in names:
        if name not in DISTANCES:
            raise ValueError(unknown("distance", name, DISTANCES))
    pair = Pair(reference, current)
    return {name: DISTANCES[name].of(pair) for name in names}


# of shares ----------------------------------------------------------------------------------------


@_of_shares
def l1(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The sum of differences between shares: of categories, or of bins of numbers.

    Between 0 and 2.

    Examples
    --------
    >>> round(l1(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))), 12)
    0.4
    """
    return np.asarray(np.abs(one - other).sum(axis=-1))


@_of_shares
def l_infinity(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The largest difference between shares: of categories, or of bins of numbers.

    Between 0 and 1.

    Examples
    --------
    >>> round(l_infinity(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))), 12)
    0.15
    """
    return np.asarray(np.abs(one - other).max(axis=-1))


@_of_shares
def jensen_shannon(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The root of the Jensen-Shannon divergence in nats, which is a metric; as in scipy.

    Between 0 and the root of ln 2, .8326 (Endres & Schindelin, IEEE Transactions on Information
    Theory, 2003). Empty cells need no treatment.

    Examples
    --------
    >>> round(jensen_shannon(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))), 6)
    0.16693
    """
    middle = (one + other) / 2
    twice = (rel_entr(one, middle) + rel_entr(other, middle)).sum(axis=-1)
    return np.asarray(np.sqrt(np.maximum(twice, 0.0) / 2))


@_of_counts
def kl(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The divergence KL(reference || current) of Kullback and Leibler, in nats.

    The mean, over the reference, of the logarithm of reference over current share. At least 0. A
    cell that has gone empty counts as half an event (`EMPTY`), and current shares are made to add
    up to 1 again.

    Examples
    --------
    >>> round(kl(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))), 6)
    0.10644
    """
    return _relative_entropy(one, other)


@_of_counts
def kl_reverse(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The divergence KL(current || reference): `kl` the other way round.

    A cell that the reference never filled counts as half an event of it.

    Examples
    --------
    >>> round(kl_reverse(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))), 6)
    0.121777
    """
    return _relative_entropy(other, one)


@_of_shares
def hellinger(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Hellinger's distance: the Euclidean one between roots of shares, over the root of 2.

    Between 0 and 1; a metric. Empty cells need no treatment.

    Examples
    --------
    >>> round(hellinger(np.array(list("ab")), np.array(list("aa"))), 6)
    0.541196
    """
    return np.asarray(np.sqrt(((np.sqrt(one) - np.sqrt(other)) ** 2).sum(axis=-1) / 2))


@_of_counts
def psi(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The population stability index: the sum of both Kullback-Leibler divergences.

    At least 0. A cell that is empty in one sample counts as half an event of it (`EMPTY`), and its
    shares are made to add up to 1 again.

    Notes
    -----
    Without drift it is (1/n + 1/m) times a chi-squared number of one degree of freedom less than
    there are bins, in the limit (Yurdakul & Naranjo, Journal of Risk Model Validation, 2020). So
    .1 and .2 say something of the number of rows first: with ten bins and 200 rows on either side,
    .1 is exceeded in 35 % of all ticks in which nothing has changed.

    Examples
    --------
    >>> round(psi(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))), 6)
    0.228217
    """
    p, q = filled(one, other), filled(other, one)
    return np.asarray((rel_entr(p, q) + rel_entr(q, p)).sum(axis=-1))


@_of_shares
def chi_squared(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The symmetric chi-squared distance: half the sum of (p - q)² / (p + q) over cells.

    Between 0 and 1. Of samples of equal size it is Pearson's statistic for the table of counts,
    divided by the number of values in it, so it does not grow with the window;
    `clsim.monitoring.p_values` has the test.

    Examples
    --------
    >>> round(chi_squared(np.array(list("aabb")), np.array(list("abbb"))), 6)
    0.066667
    """
    both = one + other
    squares = (one - other) ** 2
    parts = np.divide(squares, both, out=np.zeros_like(squares), where=both > 0)
    return np.asarray(parts.sum(axis=-1) / 2)


# of values ----------------------------------------------------------------------------------------


@_distance(of_many=Stacked.moved)
def earth_mover(pair: Pair) -> float:
    """How far values have to be moved on average to make one sample of the other.

    Of numbers in their own unit (the first Wasserstein distance; infinite where something has to
    be moved to infinity or back); of categories the share that has to become another category,
    since all are equally far apart.

    Examples
    --------
    >>> earth_mover(np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5]))
    1.5
    """
    if not pair.ordered:
        one, other = pair.shares
        return float(np.abs(one - other).sum() / 2)
    return pair.reference.moved(pair.current)


@_distance(numbers_only=True)
def energy(pair: Pair) -> float:
    """The energy distance, as in scipy: the root of twice the integral of (F - G)².

    In the root of the unit of the feature; a metric (Székely & Rizzo, Journal of Statistical
    Planning and Inference, 2013).

    Examples
    --------
    >>> energy(np.array([0.0]), np.array([2.0]))
    2.0
    """
    return math.sqrt(2 * _integral(np.square(pair.steps.difference[:-1]), pair.steps))


@_distance(numbers_only=True, of_many=Stacked.largest_gaps)
def kolmogorov_smirnov(pair: Pair) -> float:
    """The largest difference of distribution functions.

    Between 0 and 1; it does not change when values are transformed by an increasing function.

    Examples
    --------
    >>> kolmogorov_smirnov(np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5]))
    0.5
    """
    return pair.steps.largest


@_distance(numbers_only=True)
def cramer_von_mises(pair: Pair) -> float:
    """The mean squared difference of distribution functions, over all values of both samples.

    Between 0 and 1; it does not change when values are transformed by an increasing function. Times
    n m / (n + m) it is the statistic T of Anderson (Annals of Mathematical Statistics, 1962), so it
    does not grow with the window. Where values are repeated, it is still 0 between equal shares;
    scipy's T, which goes by middle ranks, is not unless n = m.

    Examples
    --------
    >>> cramer_von_mises(np.array([0.0, 1]), np.array([2.0, 3]))
    0.375
    """
    steps = pair.steps
    return float((steps.weights * np.square(steps.difference)).sum())


# how far a profile's value may be from that of the values -----------------------------------------


def bounds(name: str, reference: Values, current: Values) -> tuple[float, float]:
    """Between which numbers a distance of the values lies, by what their histograms say.

    Parameters
    ----------
    name : str
        Key of `DISTANCES`.
    reference, current : Histogram with the same edges, Categories, or numpy.ndarray
        What is not a histogram is exact.

    Returns
    -------
    (float, float)
        For values that lie within the outermost edges (those of ranks, `kolmogorov_smirnov` and
        `cramer_von_mises`, wherever they lie).

    Notes
    -----
    With p and q the shares in a bin of width w, D the difference of distribution functions at its
    upper edge, and h the share of both together: the earth mover moves no value by more than w/2
    when it goes to the middle, so he errs by no more than the sum of (p + q) w / 2; the energy
    distance, a metric, by the roots of the sums of p² w and of q² w; Kolmogorov and Smirnov's is
    too small by no more than the largest min(p, q); Cramér and von Mises's errs by no more than the
    sum of ``h M (2 |D| + M)``, M = max(p, q). Distances of shares are those of the bins, exactly.

    Examples
    --------
    >>> a, b, edges = np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5]), np.arange(8)
    >>> bounds("earth_mover", Histogram.of(a, edges), Histogram.of(b, edges))
    (1.0, 3.0)
    """
    value = measured([name], reference, current)[name]
    pair = Pair(reference, current)
    if not isinstance(pair.reference, Histogram):
        return value, value
    one, other = pair.shares
    low = high = 0.0
    if name == "earth_mover":
        low = high = float(((one + other) * pair.reference.widths).sum() / 2)
    elif name == "energy":
        widths = pair.reference.widths
        low = high = float(sum(np.sqrt((share**2 * widths).sum()) for share in (one, other)))
    elif name == "kolmogorov_smirnov":
        high = float(np.minimum(one, other).max())
    elif name == "cramer_von_mises":
        steps, larger = pair.steps, np.maximum(one, other)
        gap = 2 * np.abs(steps.difference)
        low = high = float((steps.weights * larger * (gap + larger)).sum())
    return max(value - low, 0.0), value + high


def filled(counts: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Shares of counts in which cells that only the other sample fills have half an event.

    Parameters
    ----------
    counts, other : numpy.ndarray of shape (..., cells)
        Of this sample and the other, in the same cells.

    Returns
    -------
    numpy.ndarray of shape (..., cells), float64
        Each adds up to 1; 0 where both are empty.

    Examples
    --------
    The second cell has half an event of 4.5, and the third none:

    >>> filled(np.array([4, 0, 0]), np.array([3, 1, 0])).round(4).tolist()
    [0.8889, 0.1111, 0.0]
    """
    filled = counts if counts.all() else np.where((counts == 0) & (other > 0), EMPTY, counts)
    return np.asarray(filled / filled.sum(axis=-1, keepdims=True))


def _relative_entropy(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    shares = one / one.sum(axis=-1, keepdims=True)
    return np.maximum(rel_entr(shares, filled(other, one)).sum(axis=-1), 0.0)


def _integral(heights: np.ndarray, steps: Steps) -> float:
    """The area under heights, each as wide as the gap to the next value."""
    gaps = steps.gaps
    if len(gaps) and not np.isfinite(gaps.max()):
        gaps = np.where(heights > 0, gaps, 0.0)  # nothing moved to infinity costs nothing
    pieces = range(0, len(gaps), PIECE)
    return float(sum(np.dot(heights[i : i + PIECE], gaps[i : i + PIECE]) for i in pieces))
