"""What a concept is: how inputs are drawn, and which label they have.

Rows are labelled one by one: a label has the same bits however the rows are cut into blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.errors import undefined
from clsim.readable import Readable

Blend = Sequence[tuple[Any, np.ndarray]]
"""Concepts of one class and their shares, each of shape (n,), for parameters that move."""


class Concept(Readable):
    """Inputs and labels; the base of all concepts.

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

    Examples
    --------
    Labels are 1 in the upper half of a uniform input:

    >>> from clsim.streams import Synthetic
    >>> class UpperHalf(Concept):
    ...     features, n_classes, inputs = ("x",), 2, ("upper half",)
    ...
    ...     def draw(self, n, rng, seed):
    ...         return rng.random((n, 1))
    ...
    ...     def label(self, X, uniform, seed, blend=None):
    ...         return (X[:, 0] >= 0.5).astype(np.int64)
    >>> UpperHalf().label(np.array([[0.2], [0.7]]), np.zeros(2), seed=0).tolist()
    [0, 1]
    >>> batch = next(Synthetic(UpperHalf(), n=100).blocks(seed=0))
    >>> batch.X.shape, bool(((batch.X[:, 0] >= 0.5) == batch.y).all())
    ((100, 1), True)
    """

    features: tuple[str, ...]
    n_classes: int
    categories: dict[str, int] = {}
    movable: bool = False
    moves_inputs: bool = False

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the draws depend on: concepts with equal ``inputs`` share the same draws."""
        raise undefined(self, "inputs")

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        """Inputs of shape (n, p + h): the features, and h hidden columns that labels need."""
        raise undefined(self, "draw")

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        """Labels of shape (n,) for what ``draw`` gave: int64 classes, or float64 values.

        ``uniform`` in [0, 1) decides where labels are random. With a ``blend``, an event's
        parameters are the weighted sum of those of several concepts.
        """
        raise undefined(self, "label")


class MovingConcept(Concept):
    """A concept whose parameters say where inputs lie.

    Concepts with equal ``inputs`` then share the draws but for their positions: what one concept
    drew becomes what another would have drawn when it is ``moved`` with a share of 1.

    Examples
    --------
    Inputs lie around a position; half way from 0 to 10 what was drawn lies 5 higher:

    >>> class Around(MovingConcept):
    ...     features, n_classes, inputs = ("x",), 0, ("around",)
    ...
    ...     def __init__(self, position):
    ...         self.position = position
    ...
    ...     def draw(self, n, rng, seed):
    ...         return self.position + rng.normal(size=(n, 1))
    ...
    ...     def label(self, X, uniform, seed, blend=None):
    ...         return X[:, 0]
    ...
    ...     def moved(self, X, seed, blend):
    ...         there = sum(share * concept.position for concept, share in blend)
    ...         return X + (there - self.position)[:, None]
    >>> half = np.array([0.5, 0.5])
    >>> blend = [(Around(0), half), (Around(10), half)]
    >>> Around(0).moved(np.array([[1.0], [2.0]]), 0, blend).tolist()
    [[6.0], [7.0]]
    """

    movable = True
    moves_inputs = True

    def moved(self, X: np.ndarray, seed: int, blend: Blend) -> np.ndarray:
        """What this concept drew, shifted to the positions of a blend; X itself is kept."""
        raise undefined(self, "moved")


def is_concept(given: Any) -> bool:
    """Whether something is a concept, also one without the base class."""
    return hasattr(given, "label") and not isinstance(given, type)
