"""Concepts: how inputs are drawn, and which label they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.randomness import generator


Blend = Sequence[tuple["Concept", np.ndarray]]
"""Concepts of one class and their shares, each of shape (n,), for parameters that move."""


class Concept(Protocol):
    """Inputs and labels.

    Attributes
    ----------
    features : tuple of str
        Names of the inputs.
    n_classes : int
        Labels are 0 to ``n_classes - 1``; 0 for regression.
    categories : dict of str to int
        Features that are categories, and how many values each has; their columns hold codes.
    movable : bool
        Whether its parameters can move (incremental drift), so that it takes a ``blend``.
    """

    features: tuple[str, ...]
    n_classes: int
    categories: dict[str, int]
    movable: bool

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What P(x) depends on: concepts with equal ``inputs`` share the same draws."""

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        """Inputs of shape (n, p + h): the features, and h hidden columns that labels need."""

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        """Labels of shape (n,) for what ``draw`` gave.

        ``uniform`` in [0, 1) decides where labels are random. With a ``blend``, an event's
        parameters are the weighted sum of those of several concepts.
        """


class Sine:
    """Two uniform inputs in [0, 1], separated by a sine curve.

    Parameters
    ----------
    function : {0, 1, 2, 3}, default=0
        0: positive where x0 < sin(x1); 1: its reverse; 2: positive where
        x0 < 0.5 + 0.3 sin(3 pi x1); 3: its reverse.

    References
    ----------
    Gama, Medas, Castillo & Rodrigues (2004), Learning with drift detection. SBIA. The numbering
    is that of river's ``synth.Sine``.
    """

    features = ("x0", "x1")
    n_classes = 2
    categories: dict[str, int] = {}
    movable = False

    def __init__(self, function: int = 0) -> None:
        check_choice("function", function, range(4))
        self.function = function

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("sine",)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.random((n, 2))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        x0, x1 = X[:, 0], X[:, 1]
        curve = np.sin(x1) if self.function < 2 else 0.5 + 0.3 * np.sin(3 * np.pi * x1)
        return ((x0 < curve) ^ (self.function % 2 == 1)).astype(np.int64)


class SEA:
    """Three uniform inputs in [0, 10]; positive where x0 + x1 exceeds a threshold.

    Parameters
    ----------
    function : {0, 1, 2, 3}, default=0
        Thresholds 8, 9, 7 and 9.5.

    References
    ----------
    Street & Kim (2001), A streaming ensemble algorithm (SEA) for large-scale classification. KDD.
    """

    features = ("x0", "x1", "x2")
    n_classes = 2
    categories: dict[str, int] = {}
    movable = True
    thresholds = (8.0, 9.0, 7.0, 9.5)

    def __init__(self, function: int = 0) -> None:
        check_choice("function", function, range(4))
        self.function = function

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("sea",)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return 10.0 * rng.random((n, 3))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        threshold: Any = self.thresholds[self.function]
        if blend is not None:
            threshold = sum(share * self.thresholds[c.function] for c, share in blend)
        return (X[:, 0] + X[:, 1] > threshold).astype(np.int64)


class Logistic:
    """Standard normal inputs; P(y=1 | x) is a logistic function with random weights.

    Parameters
    ----------
    n_features : int, default=10
    variant : int, default=0
        Which draw of the weights, from N(0, scale**2): concepts that differ in it alone are
        independent.
    scale : float, default=1.0
        Standard deviation of a weight; larger means less noise in the labels.
    """

    n_classes = 2
    categories: dict[str, int] = {}
    movable = True

    def __init__(self, n_features: int = 10, variant: int = 0, scale: float = 1.0) -> None:
        check_number("n_features", n_features, whole=True, low=1)
        check_number("variant", variant, whole=True, low=0)
        check_number("scale", scale, above=0)
        self.features = tuple(f"x{i}" for i in range(n_features))
        self.variant = variant
        self.scale = scale

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("normal", len(self.features))

    def weights(self, seed: int) -> np.ndarray:
        """The weights that this concept has in the world of a seed."""
        rng = generator(seed, "concept.logistic", self.variant)
        return self.scale * rng.standard_normal(len(self.features))

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.standard_normal((n, len(self.features)))

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        # a sum in a fixed order, since BLAS may round by the length of the block
        parts = [(self, 1.0)] if blend is None else blend
        logit = sum(share * np.einsum("ij,j->i", X, c.weights(seed)) for c, share in parts)
        return (uniform * (1.0 + np.exp(-logit)) < 1.0).astype(np.int64)
