"""Small rules over a few inputs, known since the first papers on drift."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.streams.concepts.concept import Blend, Concept
from clsim.streams.concepts.rows import names


class Sine(Concept):
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

    def __init__(self, function: int = 0, irrelevant: int = 0) -> None:
        check_choice("function", function, range(4))
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = names(2 + irrelevant)
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


class SEA(Concept):
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
    movable = True
    thresholds = (8.0, 9.0, 7.0, 9.5)

    def __init__(self, function: int = 0, irrelevant: int = 1) -> None:
        check_choice("function", function, range(4))
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = names(2 + irrelevant)
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


class STAGGER(Concept):
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


class Mixed(Concept):
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

    def __init__(self, function: int = 0, irrelevant: int = 0) -> None:
        check_choice("function", function, range(2))
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = ("v", "w", "x", "y", *names(irrelevant))
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
