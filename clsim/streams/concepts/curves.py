"""Regression on curves of the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.streams.concepts.concept import Blend, Concept
from clsim.streams.concepts.rows import names


class Friedman(Concept):
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
    movable = True
    orders = ((0, 1, 2, 3, 4), (3, 4, 1, 0, 2), (1, 4, 3, 2, 0))

    def __init__(self, function: int = 0, noise: float = 1.0, irrelevant: int = 5) -> None:
        check_choice("function", function, range(3))
        check_number("noise", noise, low=0)
        check_number("irrelevant", irrelevant, whole=True, low=0)
        self.features = names(5 + irrelevant)
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
