"""Concepts: how inputs are drawn, and which label they have.

Rows are labelled one by one: a label has the same bits however the rows are cut into blocks. So
sums run over columns in their order (BLAS may round by the length of a block).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.randomness import generator

Blend = Sequence[tuple[Any, np.ndarray]]
"""Concepts of one class and their shares, each of shape (n,), for parameters that move."""


class Concept(Protocol):
    """Inputs and labels.

    Attributes
    ----------
    features : tuple of str
        Names of the inputs, which are the first columns of what ``draw`` gives.
    n_classes : int
        Labels are 0 to ``n_classes - 1``; 0 for regression.
    categories : dict of str to int
        Features that are categories, and how many values each has; their columns hold codes
        from 0. Booleans are left out: as 0 and 1 they are numbers that any learner can take.
    movable : bool
        Whether its parameters can move (incremental drift), so that it takes a ``blend``.
    moves_inputs : bool
        Whether its parameters are those of P(x), so that they move by ``moved`` (see
        `MovingConcept`).
    """

    features: tuple[str, ...]
    n_classes: int
    categories: dict[str, int]
    movable: bool
    moves_inputs: bool

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the draws depend on: concepts with equal ``inputs`` share the same draws."""

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        """Inputs of shape (n, p + h): the features, and h hidden columns that labels need."""

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        """Labels of shape (n,) for what ``draw`` gave: int64 classes, or float64 values.

        ``uniform`` in [0, 1) decides where labels are random. With a ``blend``, an event's
        parameters are the weighted sum of those of several concepts.
        """


class MovingConcept(Concept, Protocol):
    """A concept with ``moves_inputs``: its parameters say where inputs lie.

    Concepts with equal ``inputs`` then share the draws but for their positions: what one concept
    drew becomes what another would have drawn when it is ``moved`` with a share of 1.
    """

    def moved(self, X: np.ndarray, seed: int, blend: Blend) -> np.ndarray:
        """What this concept drew, shifted to the positions of a blend; X itself is kept."""


@lru_cache(maxsize=256)
def _normals(seed: int, name: str, variant: int, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal parameters of a concept in the world of a seed."""
    return _shared(generator(seed, f"concept.{name}", variant).standard_normal(shape))


@lru_cache(maxsize=256)
def _uniforms(seed: int, name: str, variant: int, shape: tuple[int, ...]) -> np.ndarray:
    """Parameters in [0, 1) of a concept in the world of a seed."""
    return _shared(generator(seed, f"concept.{name}", variant).random(shape))


def _shared(array: np.ndarray) -> np.ndarray:
    """An array that many may hold, so that nobody writes to it."""
    array.setflags(write=False)
    return array


def _dot(X: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum of columns times weights, always in the order of columns; more columns are left out."""
    total = X[:, 0] * weights[0]
    for column in range(1, len(weights)):
        total += X[:, column] * weights[column]
    return total


def _names(count: int) -> tuple[str, ...]:
    return tuple(f"x{i}" for i in range(count))


def _click(uniform: np.ndarray, logit: np.ndarray) -> np.ndarray:
    """1 where ``uniform`` lies below the logistic function."""
    odds = np.exp(np.minimum(-logit, 700.0))  # beyond, it would overflow
    return (uniform * (1.0 + odds) < 1.0).astype(np.int64)


def _alias(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tables from which ``_pick`` chooses an index in constant time.

    Each of k equal cells holds an index of its own up to a chance, and another above it.

    References
    ----------
    Walker (1977), An efficient method for generating discrete random variables with general
    distributions. ACM TOMS 3(3). Vose (1991), A linear algorithm for generating random numbers
    with a given distribution. IEEE TSE 17(9).
    """
    chance = weights / weights.sum() * len(weights)
    other = np.arange(len(weights))
    poor, rich = np.flatnonzero(chance < 1).tolist(), np.flatnonzero(chance >= 1).tolist()
    while poor and rich:
        low, high = poor.pop(), rich[-1]
        other[low] = high
        chance[high] -= 1.0 - chance[low]
        if chance[high] < 1:
            poor.append(rich.pop())
    chance[poor + rich] = 1.0  # what is left differs from 1 by rounding alone
    return chance, other


def _pick(uniform: np.ndarray, tables: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    chance, other = tables
    cell = uniform * len(chance)
    index = cell.astype(np.int64)
    return np.where(cell - index < chance.take(index), index, other.take(index))


class Sine:
    """Two uniform inputs in [0, 1], separated by a sine curve.

    Parameters
    ----------
    function : {0, 1, 2, 3}, default=0
        0: positive where x0 < sin(x1); 1: its reverse; 2: positive where
        x0 < 0.5 + 0.3 sin(3 pi x1); 3: its reverse.
    irrelevant : int, default=0
        Further uniform inputs that say nothing (two in the published SINIRREL).

    References
    ----------
    Gama, Medas, Castillo & Rodrigues (2004), Learning with drift detection. SBIA. The numbering
    is that of river's ``synth.Sine``.

    Examples
    --------
    >>> Sine(2).label(np.array([[0.79, 1 / 6], [0.81, 1 / 6]]), np.zeros(2), seed=0)
    array([1, 0])
    """

    n_classes = 2
    categories: dict[str, int] = {}
    movable = False
    moves_inputs = False

    def __init__(self, function: int = 0, irrelevant: int = 0) -> None:
        check_choice("function", function, range(4))
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = _names(2 + irrelevant)
        self.function = function

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("sine", len(self.features))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.random((n, len(self.features)))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        x0, x1 = X[:, 0], X[:, 1].copy()  # NumPy may compute a sine in another way over strides
        curve = np.sin(x1) if self.function < 2 else 0.5 + 0.3 * np.sin(3 * np.pi * x1)
        return ((x0 < curve) ^ (self.function % 2 == 1)).astype(np.int64)


class SEA:
    """Three uniform inputs in [0, 10]; positive where x0 + x1 exceeds a threshold.

    Parameters
    ----------
    function : {0, 1, 2, 3}, default=0
        Thresholds 8, 9, 7 and 9.5. The threshold can move.
    irrelevant : int, default=1
        How many of the inputs say nothing; x2 alone, as published.

    References
    ----------
    Street & Kim (2001), A streaming ensemble algorithm (SEA) for large-scale classification. KDD.

    Examples
    --------
    >>> SEA(0).label(np.array([[4.0, 3.9, 1.0], [4.0, 4.1, 1.0]]), np.zeros(2), seed=0)
    array([0, 1])
    """

    n_classes = 2
    categories: dict[str, int] = {}
    movable = True
    moves_inputs = False
    thresholds = (8.0, 9.0, 7.0, 9.5)

    def __init__(self, function: int = 0, irrelevant: int = 1) -> None:
        check_choice("function", function, range(4))
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = _names(2 + irrelevant)
        self.function = function

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("sea", len(self.features))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        X = rng.random((n, len(self.features)))
        X *= 10.0
        return X

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        threshold: Any = self.thresholds[self.function]
        if blend is not None:
            threshold = sum(share * self.thresholds[c.function] for c, share in blend)
        return (X[:, 0] + X[:, 1] > threshold).astype(np.int64)


class STAGGER:
    """Objects of three sizes, colors and shapes, and a rule in words.

    Codes: size small, medium, large; color red, blue, green; shape circle, square, triangle.

    Parameters
    ----------
    function : {0, 1, 2}, default=0
        Positive are 0: small red ones; 1: green ones and circles; 2: medium and large ones.

    References
    ----------
    Schlimmer & Granger (1986), Incremental learning from noisy data. Machine Learning 1(3). Codes
    and numbering are those of river's ``synth.STAGGER``.

    Examples
    --------
    >>> green_square, red_triangle = [0, 2, 1], [0, 0, 2]
    >>> STAGGER(1).label(np.array([green_square, red_triangle]), np.zeros(2), seed=0)
    array([1, 0])
    """

    features: tuple[str, ...] = ("size", "color", "shape")
    n_classes = 2
    categories = {"size": 3, "color": 3, "shape": 3}
    movable = False
    moves_inputs = False

    def __init__(self, function: int = 0) -> None:
        check_choice("function", function, range(3))
        self.function = function

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("stagger",)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        # column by column, as labels and frames take them
        return rng.integers(0, 3, (n, 3), dtype=np.int8).astype(float, order="F")

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        size, color, shape = X[:, 0], X[:, 1], X[:, 2]
        if self.function == 0:
            positive = (size == 0) & (color == 0)
        elif self.function == 1:
            positive = (color == 2) | (shape == 0)
        else:
            positive = size >= 1
        return positive.astype(np.int64)


class Mixed:
    """Two booleans and two uniform numbers; two of three conditions decide.

    The conditions are v, w, and y < 0.5 + 0.3 sin(3 pi x).

    Parameters
    ----------
    function : {0, 1}, default=0
        0: positive where fewer than two conditions hold; 1: its reverse.
    irrelevant : int, default=0
        Further uniform inputs that say nothing.

    References
    ----------
    Gama, Medas, Castillo & Rodrigues (2004), Learning with drift detection. SBIA. The numbering
    is that of river's ``synth.Mixed``.

    Examples
    --------
    >>> X = np.array([[1, 1, 0.5, 0.9], [1, 0, 0.5, 0.9], [1, 0, 0.5, 0.1]])
    >>> Mixed(1).label(X, np.zeros(3), seed=0)
    array([1, 0, 1])
    """

    n_classes = 2
    categories: dict[str, int] = {}
    movable = False
    moves_inputs = False

    def __init__(self, function: int = 0, irrelevant: int = 0) -> None:
        check_choice("function", function, range(2))
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = ("v", "w", "x", "y", *_names(irrelevant))
        self.function = function

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("mixed", len(self.features))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        X = rng.random((n, len(self.features)))
        for column in (0, 1):
            X[:, column] = X[:, column] >= 0.5
        return X

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        below = X[:, 3] < 0.5 + 0.3 * np.sin(3 * np.pi * X[:, 2])
        return ((X[:, 0] + X[:, 1] + below >= 2) ^ (self.function == 0)).astype(np.int64)


class Agrawal:
    """Loan applicants with nine inputs, and ten rules for granting the loan.

    salary: uniform in 20,000 to 150,000; commission: 0 from a salary of 75,000 on, else uniform in
    10,000 to 85,000; age: 20 to 80; elevel: 5 levels; car: 20 makes; zipcode: 9 towns; hvalue:
    uniform in 0.5 k to 1.5 k, with k = 100,000 (8 - zipcode); hyears: 1 to 30; loan: uniform in 0
    to 500,000.

    Parameters
    ----------
    function : {0, ..., 9}, default=0
        Rules 1 to 10 of the paper, as river has them.
    perturbation : float, default=0.0
        In [0, 1]. Once the label is fixed, each number moves by up to this share of its range, up
        or down, and stays in its range (zeros of the commission stay zeros).

    Notes
    -----
    Ranges, rules and classes are those of river's ``synth.Agrawal``. MOA keeps to the paper where
    river does not: its commissions end at 75,000, k is 100,000 (9 - zipcode), three branches of
    rule 5 (function 4) look at the loan where river looks at the salary or at other bounds, and
    the group that gets the loan is its class 0, but river's class 1 in rules 1 to 6.
    Perturbation is theirs but for the house value, which both clip to a range that is not its own.

    References
    ----------
    Agrawal, Imielinski & Swami (1993), Database mining: a performance perspective. IEEE TKDE 5(6).

    Examples
    --------
    >>> young = [60_000, 10_000, 39, 0, 0, 0, 500_000, 5, 100_000]
    >>> middle = [60_000, 10_000, 40, 0, 0, 0, 500_000, 5, 100_000]
    >>> Agrawal(0).label(np.array([young, middle]), np.zeros(2), seed=0)
    array([1, 0])
    """

    features: tuple[str, ...] = (
        "salary",
        "commission",
        "age",
        "elevel",
        "car",
        "zipcode",
        "hvalue",
        "hyears",
        "loan",
    )
    n_classes = 2
    categories = {"elevel": 5, "car": 20, "zipcode": 9}
    movable = False
    moves_inputs = False

    def __init__(self, function: int = 0, perturbation: float = 0.0) -> None:
        check_choice("function", function, range(10))
        check_number("perturbation", perturbation, low=0, high=1)
        self.function = function
        self.perturbation = float(perturbation)

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("agrawal", self.perturbation)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        salary, commission, house, loan = rng.random((4, n))
        zipcode = rng.integers(0, 9, n, dtype=np.int8)
        # with perturbation, what is true stays in hidden columns
        X = np.empty((n, 18 if self.perturbation else 9))
        salary *= 130_000
        salary += 20_000
        X[:, 0] = salary
        X[:, 1] = np.where(salary >= 75_000, 0.0, 10_000 + 75_000 * commission)
        X[:, 2] = rng.integers(20, 81, n, dtype=np.int8)
        X[:, 3] = rng.integers(0, 5, n, dtype=np.int8)
        X[:, 4] = rng.integers(0, 20, n, dtype=np.int8)
        X[:, 5] = zipcode
        X[:, 6] = (8 - zipcode) * 100_000.0 * (0.5 + house)
        X[:, 7] = rng.integers(1, 31, n, dtype=np.int8)
        X[:, 8] = loan * 500_000
        if self.perturbation:
            X[:, 9:] = X[:, :9]
            self._perturb(X, 100_000.0 * (8 - zipcode), rng)
        return X

    def _perturb(self, X: np.ndarray, price: np.ndarray, rng: np.random.Generator) -> None:
        ranges: list[tuple[int, Any, Any]] = [
            (0, 20_000, 150_000),
            (1, 10_000, 85_000),
            (2, 20, 80),
            (6, 0.5 * price, 1.5 * price),
            (7, 1, 30),
            (8, 0, 500_000),
        ]
        for column, low, high in ranges:
            step = self.perturbation * (2 * rng.random(len(X)) - 1) * (high - low)
            value = np.clip(X[:, column] + step, low, high)
            if column == 1:
                value[X[:, 1] == 0] = 0
            X[:, column] = np.rint(value) if column in (2, 7) else value

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        salary, commission, age, level, _, _, house, years, loan = X[:, -9:].T
        rule = self.function
        if rule == 0:
            return ((age < 40) | (age >= 60)).astype(np.int64)
        if rule >= 6:
            left = 2 * (salary + commission) / 3
            if rule >= 7:
                left -= 5000 * level
            if rule in (6, 8):
                left -= loan / 5
            if rule == 9:
                left += np.where(years >= 20, house * (years - 20) / 10, 0.0) / 5
            left -= 20_000 if rule in (6, 7) else 10_000
            return (left <= 1).astype(np.int64)
        young, old = age < 40, age >= 60

        def by_age(when_young: Any, in_between: Any, when_old: Any) -> np.ndarray:
            return np.where(young, when_young, np.where(old, when_old, in_between))

        if rule == 1:
            low = by_age(50_000, 75_000, 25_000)
            positive = (low <= salary) & (salary <= low + 50_000)
        elif rule == 5:
            low, total = by_age(50_000, 75_000, 25_000), salary + commission
            positive = (low <= total) & (total <= low + 50_000)
        elif rule in (2, 3):
            first = by_age(0, 1, 2)
            schooled = (first <= level) & (level <= np.minimum(first + 2, 4) - young)
            if rule == 2:
                positive = schooled
            else:
                low = np.where(
                    schooled, by_age(25_000, 50_000, 50_000), by_age(50_000, 75_000, 25_000)
                )
                positive = (low <= salary) & (salary <= low + 50_000)
        else:
            # the rule's other branches ask for salaries that nobody has
            low = np.where(young, 50_000, 25_000)
            usual = (low <= salary) & (salary <= low + 50_000)
            least = np.where(young, 100_000, np.where(usual, 300_000, 75_000))
            most = np.where(old & usual, 500_000, 300_000)
            positive = (least <= loan) & (loan <= most) & (old | (young & usual))
        return positive.astype(np.int64)


class LED:
    """The digit that a display of seven segments shows; ten classes.

    Parameters
    ----------
    noise : float, default=0.1
        Chance of a segment to be inverted, in [0, 1]. With 0.1, as published, the best possible
        accuracy is .74.
    irrelevant : int, default=0
        Further random bits (17 in the published LED24).
    swapped : int, default=0
        How many of the segments, the first ones, have changed places with as many of the
        irrelevant bits; at most 7, and at most ``irrelevant``. A drift from 0 to another number
        is that of MOA's LEDGeneratorDrift; it changes P(x) and P(y|x).

    Notes
    -----
    Without noise the segments say the digit; with it, a hidden column does. Segments are, in
    order: top, upper left, upper right, middle, lower left, lower right, bottom. MOA inverts with
    the same chance; river's ``synth.LED`` with a chance that is .01 lower. MOA swaps the same
    places, x0 with x7 and so on; river's ``synth.LEDDrift`` begins at random ones.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), Classification and regression trees. Wadsworth.
    Bifet, Holmes, Kirkby & Pfahringer (2010), MOA: Massive Online Analysis. JMLR 11.

    Examples
    --------
    >>> LED(noise=0).label(np.array([[0, 0, 1, 0, 0, 1, 0]]), np.zeros(1), seed=0)
    array([1])
    """

    n_classes = 10
    categories: dict[str, int] = {}
    movable = False
    moves_inputs = False
    segments = np.array(
        [
            [1, 1, 1, 0, 1, 1, 1],
            [0, 0, 1, 0, 0, 1, 0],
            [1, 0, 1, 1, 1, 0, 1],
            [1, 0, 1, 1, 0, 1, 1],
            [0, 1, 1, 1, 0, 1, 0],
            [1, 1, 0, 1, 0, 1, 1],
            [1, 1, 0, 1, 1, 1, 1],
            [1, 0, 1, 0, 0, 1, 0],
            [1, 1, 1, 1, 1, 1, 1],
            [1, 1, 1, 1, 0, 1, 1],
        ]
    )

    def __init__(self, noise: float = 0.1, irrelevant: int = 0, swapped: int = 0) -> None:
        check_number("noise", noise, low=0, high=1)
        check_number("irrelevant", irrelevant, whole=True, low=0)
        check_number("swapped", swapped, whole=True, low=0, high=min(7, irrelevant))
        self.noise = float(noise)
        self.swapped = swapped
        self.features = _names(7 + irrelevant)

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("led", self.noise, len(self.features), self.swapped)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        p = len(self.features)
        X = np.empty((n, p + (self.noise > 0)))
        digit = rng.integers(0, 10, n, dtype=np.int8)
        lit = self.segments.astype(bool).take(digit, axis=0)
        if self.noise:
            lit ^= rng.random((n, 7)) < self.noise
            X[:, p] = digit
        X[:, :7] = lit
        X[:, 7:p] = rng.integers(0, 2, (n, p - 7), dtype=bool)
        return self._swap(X) if self.swapped else X

    def _swap(self, X: np.ndarray) -> np.ndarray:
        """A copy in which the swapped segments and bits have each other's place."""
        k, X = self.swapped, X.copy()
        X[:, :k], X[:, 7 : 7 + k] = X[:, 7 : 7 + k].copy(), X[:, :k].copy()
        return X

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        if self.noise:
            return X[:, len(self.features)].astype(np.int64)
        if self.swapped:
            X = self._swap(X)
        places = 2.0 ** np.arange(7)
        digits = np.zeros(128, dtype=np.int64)
        digits[_dot(self.segments, places).astype(np.int64)] = range(10)
        return digits.take(_dot(X, places).astype(np.int64))


class RandomRBF:
    """Clouds around random centroids; an event has the class of the centroid that it came from.

    A centroid has a position in the unit cube, a standard deviation in [0, 1], a weight and a
    class. An event lies in a random direction from it, at a distance drawn from a normal
    distribution of that standard deviation.

    Parameters
    ----------
    n_features : int, default=10
    n_classes : int, default=2
    n_centroids : int, default=50
    variant : int, default=0
        Which draw of the positions. Concepts that differ in it alone have the same centroids
        (weights, standard deviations, classes) elsewhere; with a blend they move in a straight
        line, as in MOA's RandomRBFGeneratorDrift.

    Notes
    -----
    A hidden column holds the centroid. Clouds overlap, so the class is no function of the
    features, and there is nothing to compare label by label with river's ``synth.RandomRBF``.

    References
    ----------
    Bifet, Holmes, Kirkby & Pfahringer (2010), MOA: Massive Online Analysis. JMLR 11.

    Examples
    --------
    >>> concept = RandomRBF(n_features=2)
    >>> concept.draw(5, np.random.default_rng(0), seed=0).shape
    (5, 3)
    """

    categories: dict[str, int] = {}
    movable = True
    moves_inputs = True

    def __init__(
        self, n_features: int = 10, n_classes: int = 2, n_centroids: int = 50, variant: int = 0
    ) -> None:
        check_number("n_features", n_features, whole=True, low=1)
        check_number("n_classes", n_classes, whole=True, low=2)
        check_number("n_centroids", n_centroids, whole=True, low=1)
        check_number("variant", variant, whole=True, low=0)
        self.features = _names(n_features)
        self.n_classes = n_classes
        self.n_centroids = n_centroids
        self.variant = variant

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("rbf", len(self.features), self.n_centroids)

    def centroids(self, seed: int) -> np.ndarray:
        """Positions that this concept's centroids have in the world of a seed."""
        return _uniforms(seed, "rbf", self.variant, (self.n_centroids, len(self.features)))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        p = len(self.features)
        spread, tables = _rbf_clouds(seed, self.n_centroids)
        centroid = _pick(rng.random(n), tables)
        direction = rng.random((n, p))
        direction *= 2.0
        direction -= 1.0
        distance = spread.take(centroid) * rng.standard_normal(n)
        distance /= np.sqrt(np.einsum("ij,ij->i", direction, direction))
        direction *= distance[:, None]
        X = np.empty((n, p + 1))
        np.add(direction, self.centroids(seed).take(centroid, axis=0), out=X[:, :p])
        X[:, p] = centroid
        return X

    def moved(self, X: np.ndarray, seed: int, blend: Blend) -> np.ndarray:
        return _shifted(X, len(self.features), self.centroids(seed), seed, blend)

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        classes = _rbf_classes(seed, self.n_centroids, self.n_classes)
        return classes.take(X[:, len(self.features)].astype(np.int64))


@lru_cache(maxsize=256)
def _rbf_clouds(seed: int, n_centroids: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    spread, weights = generator(seed, "concept.rbf.clouds").random((2, n_centroids))
    return spread, _alias(weights)


@lru_cache(maxsize=256)
def _rbf_classes(seed: int, n_centroids: int, n_classes: int) -> np.ndarray:
    return generator(seed, "concept.rbf.classes").integers(0, n_classes, n_centroids)


def _shifted(
    X: np.ndarray, column: int, positions: np.ndarray, seed: int, blend: Blend
) -> np.ndarray:
    """X moved from positions, which the codes in a column choose, to those of a blend."""
    code = X[:, column].astype(np.int64)
    p = positions.shape[1]
    shift = -positions.take(code, axis=0)
    for concept, share in blend:
        shift += share[:, None] * concept.centroids(seed).take(code, axis=0)
    X = X.copy()
    X[:, :p] += shift
    return X


class RandomTree:
    """Uniform inputs, labelled by a random decision tree.

    The tree splits on a random feature of those that are left on its path: a number at a random
    point of the interval that is left, a category once, into all its values. From ``first_leaf``
    on, a node is a leaf with a chance of ``leaf_share``; at ``depth`` it always is. A leaf has a
    random class.

    Parameters
    ----------
    n_numeric : int, default=5
        Inputs that are uniform in [0, 1].
    n_categorical : int, default=5
        Inputs that are categories.
    n_values : int, default=5
        Values of each category.
    n_classes : int, default=2
    depth : int, default=5
        Levels of splits.
    first_leaf : int, default=3
        The first level that may have leaves.
    leaf_share : float, default=0.15
        In [0, 1].
    variant : int, default=0
        Which draw of the tree.

    Notes
    -----
    The tree comes from clsim's own random streams, and that of river's ``synth.RandomTree`` from
    Python's, so the two cannot be compared label by label.

    References
    ----------
    Domingos & Hulten (2000), Mining high-speed data streams. KDD.

    Examples
    --------
    >>> concept = RandomTree(n_numeric=1, n_categorical=1)
    >>> concept.features, concept.categories
    (('x0', 'c0'), {'c0': 5})
    """

    movable = False
    moves_inputs = False

    def __init__(
        self,
        n_numeric: int = 5,
        n_categorical: int = 5,
        n_values: int = 5,
        n_classes: int = 2,
        depth: int = 5,
        first_leaf: int = 3,
        leaf_share: float = 0.15,
        variant: int = 0,
    ) -> None:
        check_number("n_numeric", n_numeric, whole=True, low=0)
        check_number("n_categorical", n_categorical, whole=True, low=0 if n_numeric else 1)
        check_number("n_values", n_values, whole=True, low=2, high=100)
        check_number("n_classes", n_classes, whole=True, low=2)
        check_number("depth", depth, whole=True, low=1)
        check_number("first_leaf", first_leaf, whole=True, low=1)
        check_number("leaf_share", leaf_share, low=0, high=1)
        check_number("variant", variant, whole=True, low=0)
        codes = [f"c{i}" for i in range(n_categorical)]
        self.features = (*_names(n_numeric), *codes)
        self.categories = dict.fromkeys(codes, n_values)
        self.n_classes = n_classes
        self.variant = variant
        self._sizes = (n_numeric, n_categorical, n_values)
        self._shape = (n_classes, depth, first_leaf, float(leaf_share))

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("tree", *self._sizes)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        n_numeric, n_categorical, n_values = self._sizes
        X = np.empty((n, n_numeric + n_categorical))
        X[:, :n_numeric] = rng.random((n, n_numeric))
        X[:, n_numeric:] = rng.integers(0, n_values, (n, n_categorical), dtype=np.int8)
        return X

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        feature, split, second, classes = _tree(seed, self.variant, *self._sizes, *self._shape)
        flat = X.ravel()
        first = np.arange(0, flat.size, X.shape[1])
        node = np.zeros(len(X), dtype=np.int64)
        for _ in range(self._shape[1]):
            value = flat.take(first + feature.take(node))
            value -= split.take(node)
            # -1 for a number below its split and at a leaf, 0 for one above; a category's code - 1
            step = np.maximum(np.floor(value), -1.0).astype(np.int64)
            node = second.take(node) + step
        return classes.take(node)


@lru_cache(maxsize=64)
def _tree(
    seed: int,
    variant: int,
    n_numeric: int,
    n_categorical: int,
    n_values: int,
    n_classes: int,
    depth: int,
    first_leaf: int,
    leaf_share: float,
) -> tuple[np.ndarray, ...]:
    """For each node: its feature, its split, its second child, its class.

    Children of a node are numbered one after the other. A category is split at 1, so that both
    kinds of feature go to the child ``second + floor(value - split)``. A leaf leads to itself: it
    is split at infinity, and the node after it is its second child.
    """
    rng = generator(seed, "concept.tree", variant)
    n_features = n_numeric + n_categorical
    # the column after the last holds a 0 for leaves to look at
    nodes: list[tuple[int, float, int, int]] = []
    todo = [(0, tuple(range(n_features)), ((0.0, 1.0),) * n_numeric)]
    for place, (level, allowed, bounds) in enumerate(todo):
        is_leaf = level >= depth or (level >= first_leaf and rng.random() < leaf_share)
        if is_leaf or not allowed:
            nodes.append((0, np.inf, place + 1, int(rng.integers(n_classes))))
            continue
        feature = int(rng.choice(allowed))
        second = len(todo) + 1
        if feature < n_numeric:
            low, high = bounds[feature]
            split = low + (high - low) * rng.random()
            for part in ((low, split), (split, high)):
                narrower = (*bounds[:feature], part, *bounds[feature + 1 :])
                todo.append((level + 1, allowed, narrower))
        else:
            split = 1.0
            left = tuple(f for f in allowed if f != feature)
            todo.extend([(level + 1, left, bounds)] * n_values)
        nodes.append((feature, split, second, 0))
    columns = zip(*nodes, strict=True)
    return tuple(np.array(column) for column in columns)


class Hyperplane:
    """Uniform inputs in [0, 1], cut by a hyperplane through the middle of the cube.

    Positive where the sum of w x is at least half the sum of w.

    Parameters
    ----------
    n_features : int, default=10
    variant : int, default=0
        Which draw of the weights, uniform in [0, 1]. They can move: the hyperplane turns.
    irrelevant : int, default=0
        Further uniform inputs that say nothing.
    weights : sequence of float or None, default=None
        Weights of the ``n_features`` inputs, instead of random ones.

    References
    ----------
    Hulten, Spencer & Domingos (2001), Mining time-changing data streams. KDD. The side of equality
    is that of MOA and river.

    Examples
    --------
    >>> concept = Hyperplane(n_features=2, weights=[1, 3])
    >>> concept.label(np.array([[0.1, 0.7], [0.7, 0.1]]), np.zeros(2), seed=0)
    array([1, 0])
    """

    n_classes = 2
    categories: dict[str, int] = {}
    movable = True
    moves_inputs = False

    def __init__(
        self,
        n_features: int = 10,
        variant: int = 0,
        irrelevant: int = 0,
        weights: Sequence[float] | None = None,
    ) -> None:
        check_number("n_features", n_features, whole=True, low=1)
        check_number("variant", variant, whole=True, low=0)
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = _names(n_features + irrelevant)
        self.variant = variant
        self._relevant = n_features
        self._weights = None
        if weights is not None:
            self._weights = _given("weights", weights, (n_features,))

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("hyperplane", len(self.features))

    def weights(self, seed: int) -> np.ndarray:
        """The weights that this concept has in the world of a seed."""
        if self._weights is not None:
            return self._weights
        return _uniforms(seed, "hyperplane", self.variant, (self._relevant,))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.random((n, len(self.features)))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        if blend is None:
            weights = self.weights(seed)
            return (_dot(X, weights) >= 0.5 * sum(weights)).astype(np.int64)
        total: Any = sum(share * _dot(X, c.weights(seed)) for c, share in blend)
        middle: Any = sum(share * (0.5 * sum(c.weights(seed))) for c, share in blend)
        return (total >= middle).astype(np.int64)


def _given(key: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Parameters that a user gave, as an array of a shape."""
    try:
        array = np.array([np.asarray(list(v) if len(shape) == 2 else v, float) for v in values])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key}={values!r}: expected numbers of shape {shape}") from error
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{key}={values!r}: expected finite numbers of shape {shape}")
    return _shared(array)


class Logistic:
    """Standard normal inputs; P(y=1 | x) is a logistic function with random weights.

    Parameters
    ----------
    n_features : int, default=10
    variant : int, default=0
        Which draw of the weights, from N(0, scale**2): concepts that differ in it alone are
        independent. They can move.
    scale : float, default=1.0
        Standard deviation of a weight; larger means less noise in the labels.
    irrelevant : int, default=0
        Further standard normal inputs that say nothing.

    Examples
    --------
    >>> concept = Logistic(n_features=2, scale=100)
    >>> X = concept.draw(4, np.random.default_rng(0), seed=0)
    >>> concept.label(X, np.full(4, 0.5), seed=0).tolist() == (X @ concept.weights(0) > 0).tolist()
    True
    """

    n_classes = 2
    categories: dict[str, int] = {}
    movable = True
    moves_inputs = False

    def __init__(
        self, n_features: int = 10, variant: int = 0, scale: float = 1.0, irrelevant: int = 0
    ) -> None:
        check_number("n_features", n_features, whole=True, low=1)
        check_number("variant", variant, whole=True, low=0)
        check_number("scale", scale, above=0)
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = _names(n_features + irrelevant)
        self.variant = variant
        self.scale = scale
        self._relevant = n_features

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("normal", len(self.features))

    def weights(self, seed: int) -> np.ndarray:
        """The weights that this concept has in the world of a seed."""
        return self.scale * _normals(seed, "logistic", self.variant, (self._relevant,))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.standard_normal((n, len(self.features)))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        if blend is None:
            return _click(uniform, _dot(X, self.weights(seed)))
        return _click(uniform, sum(share * _dot(X, c.weights(seed)) for c, share in blend))


class Friedman:
    """Regression on uniform inputs in [0, 1], with Gaussian noise.

    y = 10 sin(pi a b) + 20 (c - 0.5)**2 + 10 d + 5 e + noise.

    Parameters
    ----------
    function : {0, 1, 2}, default=0
        Which inputs a to e are. 0: x0 x1 x2 x3 x4, Friedman's first problem; 1: x3 x4 x1 x0 x2;
        2: x1 x4 x3 x2 x0, the two that the global drifts of Ikonomovska et al. turn to. With a
        blend, y moves from one to the other.
    noise : float, default=1.0
        Standard deviation of the noise.
    irrelevant : int, default=5
        Inputs after the first five, which say nothing; five, as published.

    References
    ----------
    Friedman (1991), Multivariate adaptive regression splines. Annals of Statistics 19(1).
    Ikonomovska, Gama & Dzeroski (2011), Learning model trees from evolving data streams. DMKD 23.

    Examples
    --------
    >>> Friedman(noise=0).label(np.array([[0.5, 1.0, 0.5, 0.2, 0.4]]), np.zeros(1), seed=0)
    array([14.])
    """

    n_classes = 0
    categories: dict[str, int] = {}
    movable = True
    moves_inputs = False
    orders = ((0, 1, 2, 3, 4), (3, 4, 1, 0, 2), (1, 4, 3, 2, 0))

    def __init__(self, function: int = 0, noise: float = 1.0, irrelevant: int = 5) -> None:
        check_choice("function", function, range(3))
        check_number("noise", noise, low=0)
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = _names(5 + irrelevant)
        self.function = function
        self.noise = float(noise)

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("friedman", len(self.features))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.random((n, len(self.features)))

    def _mean(self, X: np.ndarray) -> np.ndarray:
        a, b, c, d, e = (X[:, i] for i in self.orders[self.function])
        return 10 * np.sin(np.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        from scipy.special import ndtri

        mean: Any = self._mean(X)
        noise: Any = self.noise
        if blend is not None:
            mean = sum(share * c._mean(X) for c, share in blend)
            noise = sum(share * c.noise for c, share in blend)
        return mean + noise * ndtri(np.maximum(uniform, 2.0**-54))


class Gaussians:
    """Each class is a Gaussian cloud of standard deviation 1; classes are equally likely.

    Parameters
    ----------
    n_classes : int, default=2
    n_features : int, default=2
    variant : int, default=0
        Which draw of the means, from N(0, scale**2) in each feature. They can move.
    scale : float, default=2.0
        Standard deviation of the means; larger means less overlap.
    irrelevant : int, default=0
        Further standard normal inputs that say nothing.
    means : sequence of sequences of float or None, default=None
        Mean of each class in each of the ``n_features`` inputs, instead of random ones.

    Notes
    -----
    A hidden column holds the class. Two classes at distance d have a best possible error of
    Phi(-d / 2).

    Examples
    --------
    >>> concept = Gaussians(means=[[-9, 0], [9, 0]])
    >>> X = concept.draw(6, np.random.default_rng(0), seed=0)
    >>> (concept.label(X, np.zeros(6), seed=0) == (X[:, 0] > 0)).all()
    np.True_
    """

    categories: dict[str, int] = {}
    movable = True
    moves_inputs = True

    def __init__(
        self,
        n_classes: int = 2,
        n_features: int = 2,
        variant: int = 0,
        scale: float = 2.0,
        irrelevant: int = 0,
        means: Sequence[Sequence[float]] | None = None,
    ) -> None:
        check_number("n_classes", n_classes, whole=True, low=2)
        check_number("n_features", n_features, whole=True, low=1)
        check_number("variant", variant, whole=True, low=0)
        check_number("scale", scale, above=0)
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = _names(n_features + irrelevant)
        self.n_classes = n_classes
        self.variant = variant
        self.scale = scale
        self._shape = (n_classes, n_features)
        self._means = None if means is None else _given("means", means, self._shape)

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("gaussians", self._shape, len(self.features))

    def centroids(self, seed: int) -> np.ndarray:
        """Mean of each class in the world of a seed."""
        if self._means is not None:
            return self._means
        return self.scale * _normals(seed, "gaussians", self.variant, self._shape)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        p, relevant = len(self.features), self._shape[1]
        X = np.empty((n, p + 1))
        classes = rng.integers(0, self.n_classes, n)
        X[:, :p] = rng.standard_normal((n, p))
        X[:, :relevant] += self.centroids(seed).take(classes, axis=0)
        X[:, p] = classes
        return X

    def moved(self, X: np.ndarray, seed: int, blend: Blend) -> np.ndarray:
        return _shifted(X, len(self.features), self.centroids(seed), seed, blend)

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        return X[:, len(self.features)].astype(np.int64)


class AdClick:
    """Users see items at some hour, and click or not; few users and items make most events.

    Users and items are drawn from a Zipf distribution: the r-th most frequent one, with code
    r - 1, in proportion to r**-exponent. Hours are uniform. P(click) is a logistic function of

        logit(rate) + scale (a_user + b_item + c_hour + u_user . v_item / sqrt(rank))

    where all of a, b, c, u and v are standard normal.

    Parameters
    ----------
    n_users : int, default=10_000
    n_items : int, default=1_000
    exponent : float, default=1.1
        Of the Zipf distribution; 0: uniform.
    rank : int, default=4
        Length of u and v, the tastes of a user and the traits of an item.
    rate : float, default=0.05
        P(click) where all effects are 0, in (0, 1).
    scale : float, default=0.7
        Larger means that clicks are easier to predict.
    variant : int, default=0
        Which draw of the effects. With a blend, the logit moves from one to the other.

    References
    ----------
    The model is a factorisation machine: Rendle (2010), Factorization machines. ICDM. For the
    long tail: He et al. (2014), Practical lessons from predicting clicks on ads at Facebook.
    ADKDD.

    Examples
    --------
    >>> concept = AdClick(n_users=100, n_items=10)
    >>> concept.categories
    {'user': 100, 'item': 10, 'hour': 24}
    """

    features: tuple[str, ...] = ("user", "item", "hour")
    n_classes = 2
    movable = True
    moves_inputs = False

    def __init__(
        self,
        n_users: int = 10_000,
        n_items: int = 1_000,
        exponent: float = 1.1,
        rank: int = 4,
        rate: float = 0.05,
        scale: float = 0.7,
        variant: int = 0,
    ) -> None:
        check_number("n_users", n_users, whole=True, low=1)
        check_number("n_items", n_items, whole=True, low=1)
        check_number("exponent", exponent, low=0)
        check_number("rank", rank, whole=True, low=1)
        check_number("rate", rate, above=0, high=1)
        if rate == 1:
            raise ValueError("rate=1: must be below 1")
        check_number("scale", scale, low=0)
        check_number("variant", variant, whole=True, low=0)
        self.categories = {"user": n_users, "item": n_items, "hour": 24}
        self.exponent = float(exponent)
        self.rank = rank
        self.rate = float(rate)
        self.scale = float(scale)
        self.variant = variant

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("adclick", self.categories["user"], self.categories["item"], self.exponent)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        X = np.empty((n, 3))
        for column, name in enumerate(("user", "item")):
            X[:, column] = _pick(rng.random(n), _zipf(self.categories[name], self.exponent))
        X[:, 2] = rng.integers(0, 24, n, dtype=np.int8)
        return X

    def effects(self, seed: int) -> list[np.ndarray]:
        """Tables for user, item and hour: the effect, then (not for hours) tastes or traits."""
        widths = {"user": 1 + self.rank, "item": 1 + self.rank, "hour": 1}
        return [
            _normals(seed, f"adclick.{name}", self.variant, (self.categories[name], width))
            for name, width in widths.items()
        ]

    def _logit(self, codes: np.ndarray, seed: int) -> np.ndarray:
        user, item, hour = (
            table.take(codes[:, column], axis=0) for column, table in enumerate(self.effects(seed))
        )
        total = user[:, 1] * item[:, 1]
        for factor in range(2, 1 + self.rank):
            total += user[:, factor] * item[:, factor]
        total /= math.sqrt(self.rank)
        total += user[:, 0] + item[:, 0] + hour[:, 0]
        return math.log(self.rate / (1 - self.rate)) + self.scale * total

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        codes = X.astype(np.int64)
        if blend is None:
            return _click(uniform, self._logit(codes, seed))
        return _click(uniform, sum(share * c._logit(codes, seed) for c, share in blend))


@lru_cache(maxsize=64)
def _zipf(count: int, exponent: float) -> tuple[np.ndarray, np.ndarray]:
    return _alias(np.arange(1, count + 1) ** -exponent)
