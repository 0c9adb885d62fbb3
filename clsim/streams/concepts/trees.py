"""Labels by a random decision tree."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.randomness import generator
from clsim.streams.concepts.concept import Blend, Concept
from clsim.streams.concepts.rows import names


class RandomTree(Concept):
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
        self.features = (*names(n_numeric), *codes)
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
            for half in ((low, split), (split, high)):
                narrower = (*bounds[:feature], half, *bounds[feature + 1 :])
                todo.append((level + 1, allowed, narrower))
        else:
            split = 1.0
            left = tuple(f for f in allowed if f != feature)
            todo.extend([(level + 1, left, bounds)] * n_values)
        nodes.append((feature, split, second, 0))
    columns = zip(*nodes, strict=True)
    return tuple(np.array(column) for column in columns)
