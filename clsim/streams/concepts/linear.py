"""Labels by a weighted sum of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.streams.concepts.concept import Blend, Concept
from clsim.streams.concepts.parameters import given, normals, uniforms
from clsim.streams.concepts.rows import click, dot, names


class Hyperplane(Concept):
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
    movable = True

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
        self.features = names(n_features + irrelevant)
        self.variant = variant
        self._relevant = n_features
        self._weights = None
        if weights is not None:
            self._weights = given("weights", weights, (n_features,))

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("hyperplane", len(self.features))

    def weights(self, seed: int) -> np.ndarray:
        """The weights that this concept has in the world of a seed."""
        if self._weights is not None:
            return self._weights
        return uniforms(seed, "hyperplane", self.variant, (self._relevant,))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.random((n, len(self.features)))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        if blend is None:
            weights = self.weights(seed)
            return (dot(X, weights) >= 0.5 * sum(weights)).astype(np.int64)
        total: Any = sum(share * dot(X, c.weights(seed)) for c, share in blend)
        middle: Any = sum(share * (0.5 * sum(c.weights(seed))) for c, share in blend)
        return (total >= middle).astype(np.int64)


class Logistic(Concept):
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
    weights : sequence of float or None, default=None
        Weights of the ``n_features`` inputs, instead of random ones.

    Examples
    --------
    >>> concept = Logistic(n_features=2, scale=100)
    >>> X = concept.draw(4, np.random.default_rng(0), seed=0)
    >>> concept.label(X, np.full(4, 0.5), seed=0).tolist() == (X @ concept.weights(0) > 0).tolist()
    True
    """

    n_classes = 2
    movable = True

    def __init__(
        self,
        n_features: int = 10,
        variant: int = 0,
        scale: float = 1.0,
        irrelevant: int = 0,
        weights: Sequence[float] | None = None,
    ) -> None:
        check_number("n_features", n_features, whole=True, low=1)
        check_number("variant", variant, whole=True, low=0)
        check_number("scale", scale, above=0)
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = names(n_features + irrelevant)
        self.variant = variant
        self.scale = scale
        self._relevant = n_features
        self._weights = None
        if weights is not None:
            self._weights = given("weights", weights, (n_features,))

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("normal", len(self.features))

    def weights(self, seed: int) -> np.ndarray:
        """The weights that this concept has in the world of a seed."""
        if self._weights is not None:
            return self._weights
        return self.scale * normals(seed, "logistic", self.variant, (self._relevant,))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.standard_normal((n, len(self.features)))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        if blend is None:
            return click(uniform, dot(X, self.weights(seed)))
        return click(uniform, sum(share * dot(X, c.weights(seed)) for c, share in blend))
