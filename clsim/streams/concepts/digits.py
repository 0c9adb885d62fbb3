"""Digits on a display of which segments fail."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.streams.concepts.concept import Blend, Concept
from clsim.streams.concepts.rows import dot, names


class LED(Concept):
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
        self.features = names(7 + irrelevant)

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
        digits[dot(self.segments, places).astype(np.int64)] = range(10)
        return digits.take(dot(X, places).astype(np.int64))
