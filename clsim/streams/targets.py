"""What a drift can change besides the concept: the inputs P(x), and the labels P(y)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

import numpy as np

from clsim.errors import check_dict, check_list, check_number, unknown


def _check(
    given: Iterable[str], features: Sequence[str], categories: Container[str], key: str
) -> None:
    for name in given:
        if name not in features:
            raise ValueError(f"{key}: {unknown('feature', name, features)}")
        if name in categories:
            raise ValueError(f"{key}: {name!r} is a category, not a number")


class Inputs:
    """A change of the inputs alone: labels follow the changed inputs, so P(y|x) stays.

    Examples
    --------
    Features move towards their opposite:

    >>> class Opposite(Inputs):
    ...     def change(self, X, share, features):
    ...         return X * (1 - 2 * share[:, None])
    >>> X = np.array([[1.0, 4.0], [1.0, 4.0]])
    >>> Opposite().change(X, share=np.array([0.0, 1.0]), features=("a", "b")).tolist()
    [[1.0, 4.0], [-1.0, -4.0]]
    """

    target = "inputs"

    def check(self, features: Sequence[str], categories: Container[str] = ()) -> None:
        """Refuse features that the concept does not have, or that are no numbers."""

    def change(self, X: np.ndarray, share: np.ndarray, features: Sequence[str]) -> np.ndarray:
        """Changed inputs; ``share`` in [0, 1] says how far each row has moved."""
        raise NotImplementedError


class _ByFeature(Inputs):
    """A change of single features, each by a number of its own."""

    def __init__(self, by: Mapping[str, float]) -> None:
        check_dict("by", by, "{'x0': 1.5}")
        for name, number in by.items():
            check_number(f"by.{name}", number)
        self.by = dict(by)

    def check(self, features: Sequence[str], categories: Container[str] = ()) -> None:
        _check(self.by, features, categories, "by")


class Shift(_ByFeature):
    """Add a constant to features.

    Parameters
    ----------
    by : dict of str to float
        For each feature, what is added where the drift has its full weight.

    Examples
    --------
    >>> from clsim.streams.drift import Sudden
    >>> drift = Sudden(Shift({"x0": 2.0}), at="90d")

    >>> X = np.array([[1.0, 5.0], [1.0, 5.0]])
    >>> Shift({"x0": 2.0}).change(X, np.array([0.5, 1.0]), ["x0", "x1"]).tolist()
    [[2.0, 5.0], [3.0, 5.0]]
    """

    def change(self, X: np.ndarray, share: np.ndarray, features: Sequence[str]) -> np.ndarray:
        X = X.copy()
        for name, amount in self.by.items():
            X[:, features.index(name)] += share * amount
        return X


class Scale(_ByFeature):
    """Multiply features by a factor, about 0.

    Parameters
    ----------
    by : dict of str to float
        For each feature, its factor where the drift has its full weight.

    Examples
    --------
    >>> from clsim.streams.drift import Sudden
    >>> drift = Sudden(Scale({"x0": 1.5}), at="90d")

    >>> X = np.array([[2.0, 5.0], [2.0, 5.0]])
    >>> Scale({"x0": 1.5}).change(X, np.array([0.5, 1.0]), ["x0", "x1"]).tolist()
    [[2.5, 5.0], [3.0, 5.0]]
    """

    def change(self, X: np.ndarray, share: np.ndarray, features: Sequence[str]) -> np.ndarray:
        X = X.copy()
        for name, factor in self.by.items():
            X[:, features.index(name)] *= 1.0 + share * (factor - 1.0)
        return X


class Rotate(Inputs):
    """Rotate two features about the origin of their plane.

    Parameters
    ----------
    features : (str, str)
    degrees : float, default=90.0
        Angle where the drift has its full weight.

    Examples
    --------
    >>> from clsim.streams.drift import Gradual
    >>> drift = Gradual(Rotate(["x0", "x1"], degrees=45), at="90d", width="30d")

    >>> X = np.array([[1.0, 0.0], [1.0, 0.0]])
    >>> turned = Rotate(["x0", "x1"], degrees=90).change(X, np.array([0.0, 1.0]), ["x0", "x1"])
    >>> turned.round(9).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, features: Sequence[str], degrees: float = 90.0) -> None:
        check_list("features", features, "['x0', 'x1']")
        if len(features) != 2 or features[0] == features[1]:
            raise ValueError(f"features={list(features)!r}: name two features")
        check_number("degrees", degrees)
        self.features = tuple(features)
        self.degrees = degrees

    def check(self, features: Sequence[str], categories: Container[str] = ()) -> None:
        _check(self.features, features, categories, "features")

    def change(self, X: np.ndarray, share: np.ndarray, features: Sequence[str]) -> np.ndarray:
        first, second = map(features.index, self.features)
        angle = np.deg2rad(self.degrees) * share
        a, b = X[:, first].copy(), X[:, second].copy()
        X = X.copy()
        X[:, first] = np.cos(angle) * a - np.sin(angle) * b
        X[:, second] = np.sin(angle) * a + np.cos(angle) * b
        return X


class Subpopulation(Inputs):
    """Draw more, or fewer, of the rows in which a feature exceeds a threshold.

    Where the drift has its full weight, a share of rows lies above the threshold, and the others
    below; on each side the inputs are drawn as before.

    Parameters
    ----------
    feature : str
    above : float
        The threshold.
    share : float
        In [0, 1]: share of rows above it.

    Examples
    --------
    >>> from clsim.streams.drift import Sudden
    >>> drift = Sudden(Subpopulation("x0", above=5, share=0.8), at="90d")

    >>> Subpopulation("x0", above=5, share=0.8).inside(np.array([[4.0], [6.0]]), ["x0"]).tolist()
    [False, True]
    """

    def __init__(self, feature: str, above: float, share: float) -> None:
        check_number("above", above)
        check_number("share", share, low=0, high=1)
        self.feature = feature
        self.above = above
        self.share = share

    def check(self, features: Sequence[str], categories: Container[str] = ()) -> None:
        _check([self.feature], features, (), "feature")

    def inside(self, X: np.ndarray, features: Sequence[str]) -> np.ndarray:
        """Which rows lie above the threshold."""
        return X[:, features.index(self.feature)] > self.above


class Prior:
    """A change of the labels: class shares move, and inputs given the class stay.

    Where the drift has its full weight, classes are drawn with these shares, and inputs from
    P(x | y) by rejection.

    Parameters
    ----------
    shares : sequence of float
        One for each class; they sum to 1.

    Examples
    --------
    >>> from clsim.streams.drift import Sudden
    >>> drift = Sudden(Prior([0.2, 0.8]), at="90d")

    Numbers below .2 are of the first class:

    >>> Prior([0.2, 0.8]).classes(np.array([0.1, 0.2, 0.9])).tolist()
    [0, 1, 1]
    """

    target = "labels"

    def __init__(self, shares: Sequence[float]) -> None:
        check_list("shares", shares, "[0.5, 0.5]")
        for number, share in enumerate(shares):
            check_number(f"shares[{number}]", share, low=0, high=1)
        if abs(sum(shares) - 1.0) > 1e-9:
            raise ValueError(f"shares={list(shares)!r}: must sum to 1, not {sum(shares):.6g}")
        self.shares = tuple(shares)

    def classes(self, uniform: np.ndarray) -> np.ndarray:
        """The class of each event, by a uniform number in [0, 1)."""
        edges = np.cumsum(self.shares)
        return np.minimum(np.searchsorted(edges, uniform, "right"), len(self.shares) - 1)
