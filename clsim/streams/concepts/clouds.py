"""Clouds of inputs around positions: the class goes with the cloud."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.randomness import generator
from clsim.streams.concepts.alias import alias_tables, pick
from clsim.streams.concepts.concept import Blend, MovingConcept
from clsim.streams.concepts.parameters import given, normals, uniforms
from clsim.streams.concepts.rows import names


class RandomRBF(MovingConcept):
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

    def __init__(
        self, n_features: int = 10, n_classes: int = 2, n_centroids: int = 50, variant: int = 0
    ) -> None:
        check_number("n_features", n_features, whole=True, low=1)
        check_number("n_classes", n_classes, whole=True, low=2)
        check_number("n_centroids", n_centroids, whole=True, low=1)
        check_number("variant", variant, whole=True, low=0)
        self.features = names(n_features)
        self.n_classes = n_classes
        self.n_centroids = n_centroids
        self.variant = variant

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("rbf", len(self.features), self.n_centroids)

    def centroids(self, seed: int) -> np.ndarray:
        """Positions that this concept's centroids have in the world of a seed."""
        return uniforms(seed, "rbf", self.variant, (self.n_centroids, len(self.features)))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        p = len(self.features)
        spread, tables = _rbf_clouds(seed, self.n_centroids)
        centroid = pick(rng.random(n), tables)
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
    return spread, alias_tables(weights)


@lru_cache(maxsize=256)
def _rbf_classes(seed: int, n_centroids: int, n_classes: int) -> np.ndarray:
    return generator(seed, "concept.rbf.classes").integers(0, n_classes, n_centroids)


class Gaussians(MovingConcept):
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
        self.features = names(n_features + irrelevant)
        self.n_classes = n_classes
        self.variant = variant
        self.scale = scale
        self._shape = (n_classes, n_features)
        self._means = None if means is None else given("means", means, self._shape)

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("gaussians", self._shape, len(self.features))

    def centroids(self, seed: int) -> np.ndarray:
        """Mean of each class in the world of a seed."""
        if self._means is not None:
            return self._means
        return self.scale * normals(seed, "gaussians", self.variant, self._shape)

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
