"""Rows seen as fewer columns, or other ones, of which any distance can then be taken.

A projection is fitted on the reference and then applied to every window alike, so that what moves
is the data. `fit(X, random_state)` gives a `Fitted`, and its `columns(X)` a name and an array for
each column: numbers, or text for categories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_number, check_object, check_settings, undefined, unknown
from clsim.monitoring.multivariate import directions
from clsim.monitoring.samples import NUMERIC
from clsim.randomness import seeded
from clsim.types import Columns

CATEGORIES = 20
"""Columns that one feature of categories has at most: the most frequent, and one for all others."""

MISSING = "(missing)"
"""The category of what is missing."""


class Fitted:
    """A projection that has seen its reference.

    Examples
    --------
    >>> class Above(Fitted):
    ...     def __init__(self, mean):
    ...         self.mean = mean
    ...
    ...     def columns(self, X):
    ...         return {"above": np.where(X[:, 0] > self.mean, "yes", "no")}
    >>> Above(mean=2.0).columns(np.array([[1.0], [3.0]]))["above"].tolist()
    ['no', 'yes']
    """

    def columns(self, X: Any) -> Columns:
        """The columns of some rows.

        Parameters
        ----------
        X : pandas.DataFrame or numpy.ndarray of shape (n, d)
            Features as those of the reference.

        Returns
        -------
        dict of str to numpy.ndarray of shape (n,)
        """
        raise undefined(self, "columns")


class Projection:
    """A way to see rows as other columns; what it learns from a reference lies in what it gives.

    Examples
    --------
    How far each feature is from its mean in the reference, at the most:

    >>> class Furthest(Projection):
    ...     names = ("furthest",)
    ...
    ...     def fit(self, X, random_state):
    ...         return Apart(X.mean(axis=0))
    >>> class Apart(Fitted):
    ...     def __init__(self, mean):
    ...         self.mean = mean
    ...
    ...     def columns(self, X):
    ...         return {"furthest": np.abs(X - self.mean).max(axis=1)}
    >>> fitted = Furthest().fit(np.array([[0.0, 1.0], [2.0, 3.0]]), random_state=0)
    >>> fitted.columns(np.array([[1.0, 2.0], [5.0, 3.0]]))["furthest"].tolist()
    [0.0, 4.0]
    """

    learns = True
    """Whether it learns from the reference, so that it fits its rows better than others."""

    categories = False
    """Whether its columns are categories, as is known before."""

    @property
    def names(self) -> Sequence[str] | None:
        """The columns that it may give; None: nobody knows before."""
        return None

    def check_rows(self, X: Any) -> Columns:
        """Refuse rows that it cannot see; asked before the first tick.

        Parameters
        ----------
        X : pandas.DataFrame or numpy.ndarray of shape (n, d)
            The first rows of the stream, with the features that it will be given.

        Returns
        -------
        dict of str to numpy.ndarray of shape (n,)
            What it gives for them; empty, if it must learn from a whole reference first.

        Raises
        ------
        ValueError
            If it asks for a feature that is not there.
        """
        try:
            self.fit(X, 0).columns(X)
        except (LookupError, AttributeError) as error:
            raise ValueError(f"projection={type(self).__name__}: {_missed(error, X)}") from error
        except Exception:  # so few rows may be too few to learn from
            return {}
        return {}

    def fit(self, X: Any, random_state: int) -> Fitted:
        """Learn from the reference.

        Parameters
        ----------
        X : pandas.DataFrame or numpy.ndarray of shape (n, d)
        random_state : int
            Decides all that is random: the same reference and state give the same columns.
        """
        raise undefined(self, "fit")


class Encoding:
    """Rows as numbers of comparable spread, by a reference.

    Numbers have the reference's mean taken away and are divided by its standard deviation (by 1
    where it is 0); what is missing or infinite is at the mean, 0. Categories become columns of 0
    and 1: one for each, for at most `CATEGORIES` - 1, and one for all rarer ones, in which new ones
    are counted too (where there are no rarer ones, a new category is 0 in all columns). What is
    missing is a category of its own.

    Parameters
    ----------
    X : pandas.DataFrame or numpy.ndarray of shape (n, d)
        The reference.

    Raises
    ------
    ValueError
        If it has no rows or no columns.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 3.0], "b": ["x", "y"]})
    >>> Encoding(frame).rows(pd.DataFrame({"a": [5.0, np.nan], "b": ["y", "z"]})).tolist()
    [[3.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """

    def __init__(self, X: Any) -> None:
        columns = _columns(X)
        if not columns or not len(X):
            raise ValueError(f"the reference has {len(X)} rows of {len(columns)} columns")
        self._numbers: dict[str, tuple[float, float]] = {}
        self._categories: dict[str, tuple[np.ndarray, bool]] = {}
        for name, values in columns.items():
            if values.dtype.kind == "f":
                self._numbers[name] = _mean_and_spread(values)
                continue
            names, counts = np.unique(values, return_counts=True)
            rare = len(names) > CATEGORIES
            if rare:
                names = np.sort(names[np.argsort(-counts, kind="stable")[: CATEGORIES - 1]])
            self._categories[name] = names, rare

    def rows(self, X: Any) -> np.ndarray:
        """Rows as numbers.

        Returns
        -------
        numpy.ndarray of shape (n, k)
            Numbers first.
        """
        columns, made = _columns(X), list[np.ndarray]()
        for name, (mean, spread) in self._numbers.items():
            values = columns[name]
            made.append(np.where(np.isnan(values), 0.0, (values - mean) / spread))
        for name, (names, rare) in self._categories.items():
            values = columns[name]
            made += list(names[:, None] == values)
            if rare:
                made.append(~np.isin(values, names))
        return np.column_stack(made).astype(float)


class Encoded(Projection):
    """A projection of the encoded features (`Encoding`), whatever they are.

    Examples
    --------
    The sum of a row's numbers, each by the mean and the spread of the reference:

    >>> class Total(Encoded):
    ...     names = ("total",)
    ...
    ...     def fit(self, X, random_state):
    ...         encoding = Encoding(X)
    ...         return Function(lambda rows: {"total": encoding.rows(rows).sum(axis=1)})
    >>> fitted = Total().fit(np.array([[0.0, 10.0], [2.0, 30.0]]), random_state=0)
    >>> fitted.columns(np.array([[2.0, 30.0], [1.0, 40.0]]))["total"].tolist()
    [2.0, 2.0]
    """

    def check_rows(self, X: Any) -> Columns:
        return {}


def _missed(error: Exception, X: Any) -> str:
    """What was asked for and is not there, and what is."""
    if not isinstance(X, pd.DataFrame):
        return f"{error}; rows are an array of shape (n, {X.shape[1]}), without names"
    asked = error.args[0] if isinstance(error, KeyError) else None
    if isinstance(error, AttributeError) and isinstance(error.obj, pd.DataFrame):
        asked = error.name
    if isinstance(asked, str) and " not in index" not in asked:
        return unknown("feature", asked, X.columns)
    said = error.args[0] if isinstance(error, KeyError) else error  # without its quotes
    return f"{said}; rows are a frame. Allowed: {', '.join(map(str, X.columns))}"


def _mean_and_spread(values: np.ndarray) -> tuple[float, float]:
    """Of a column in which what is missing is put at the mean; a spread of 0 counts as 1."""
    there = values[~np.isnan(values)]
    if not len(there) or there.min() == there.max():
        return (float(there[0]) if len(there) else 0.0), 1.0
    return float(there.mean()), float(there.std() * np.sqrt(len(there) / len(values)))


def _columns(X: Any) -> dict[str, np.ndarray]:
    """Floats, NaN where one is missing or infinite, and text of which none is missing."""
    if not isinstance(X, pd.DataFrame):
        X = np.asarray(X)
        if X.dtype.kind in NUMERIC:
            values = X.astype(float)
            values[~np.isfinite(values)] = np.nan
            return {str(i): column for i, column in enumerate(values.T)}
        X = pd.DataFrame(X)
    columns = {}
    for name, column in X.items():
        if pd.api.types.is_numeric_dtype(column.dtype):
            values = column.to_numpy(dtype=float, na_value=np.nan)
            columns[str(name)] = np.where(np.isfinite(values), values, np.nan)
        else:
            texts = column.astype(object).to_numpy()
            columns[str(name)] = np.where(column.isna(), MISSING, texts).astype(str)
    return columns


class Function(Projection, Fitted):
    """A function of one's own; there is nothing to fit.

    Parameters
    ----------
    function : callable
        Takes rows as they are, and gives an array of shape (n,) or (n, k), or a mapping of names to
        arrays of shape (n,). Numbers, or text for categories.

    Raises
    ------
    ValueError
        From `columns`, if it does not give a value for each row.

    Examples
    --------
    >>> def spread(X):
    ...     return X.max(axis=1) - X.min(axis=1)
    >>> Function(spread).columns(np.array([[1.0, 4.0], [2.0, 2.0]]))
    {'spread': array([3., 0.])}
    """

    learns = False

    def __init__(self, function: Callable[[Any], Any]) -> None:
        check_object("function", function)
        if not callable(function):
            raise TypeError(f"function={function!r}: cannot be called")
        self.function = function

    @property
    def name(self) -> str:
        """What its column is called, if it gives no names."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    def fit(self, X: Any, random_state: int) -> Fitted:
        return self

    def check_rows(self, X: Any) -> Columns:
        try:
            return self.columns(X)
        except (LookupError, AttributeError) as error:
            raise ValueError(f"projection.function={self.name}: {_missed(error, X)}") from error
        except Exception as error:
            raise ValueError(
                f"projection.function={self.name}: it fails on the first rows of the stream: "
                f"{error or type(error).__name__}"
            ) from error

    def columns(self, X: Any) -> Columns:
        given = self.function(X)
        if isinstance(given, Mapping):
            columns = {str(name): np.asarray(values) for name, values in given.items()}
        else:
            given = np.asarray(given)
            if given.ndim == 2:
                columns = {f"{self.name}_{i}": each for i, each in enumerate(given.T)}
            else:
                columns = {self.name: given}
        for name, values in columns.items():
            if values.shape != (len(X),):
                raise ValueError(
                    f"function {self.name}: '{name}' has shape {values.shape} for {len(X)} rows; "
                    "a value for each row is needed"
                )
        return columns


class RandomLinear(Encoded):
    """Random directions in the encoded features (`Encoding`).

    Parameters
    ----------
    count : int, default=3
        Columns ``direction_0``, ``direction_1``, ...

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 4))
    >>> fitted = RandomLinear(count=2).fit(X, random_state=0)
    >>> list(fitted.columns(X))
    ['direction_0', 'direction_1']
    """

    def __init__(self, count: int = 3) -> None:
        check_number("count", count, whole=True, low=1)
        self.count = count

    @property
    def names(self) -> Sequence[str]:
        return [f"direction_{i}" for i in range(self.count)]

    def fit(self, X: Any, random_state: int) -> Fitted:
        encoding = Encoding(X)
        width = encoding.rows(X[:1]).shape[1]
        axes = directions(width, self.count, np.random.default_rng(random_state))
        return _Linear(encoding, axes, np.zeros(width), "direction", error=False)


class PCA(Encoded):
    """Principal components of the encoded features (`Encoding`), and what they leave out.

    Parameters
    ----------
    components : int, default=2
        Columns ``component_0``, ``component_1``, ... (fewer if there are fewer rows or encoded
        columns), and ``reconstruction_error``: the Euclidean length of what the components leave
        out of a row. It grows when a relation between features breaks, though each looks the same.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 4))
    >>> fitted = PCA(components=2).fit(X, random_state=0)
    >>> list(fitted.columns(X))
    ['component_0', 'component_1', 'reconstruction_error']
    """

    def __init__(self, components: int = 2) -> None:
        check_number("components", components, whole=True, low=1)
        self.components = components

    @property
    def names(self) -> Sequence[str]:
        return [*(f"component_{i}" for i in range(self.components)), "reconstruction_error"]

    def check_rows(self, X: Any) -> Columns:
        found = _columns(X)
        numbers = all(values.dtype.kind == "f" for values in found.values())
        if numbers and self.components > len(found):
            raise ValueError(
                f"projection.components={self.components}: there are {len(found)} features; "
                "ask for fewer (as many leave nothing out)"
            )
        return {}

    def fit(self, X: Any, random_state: int) -> Fitted:
        from sklearn import decomposition
        from threadpoolctl import threadpool_limits

        encoding = Encoding(X)
        rows = encoding.rows(X)
        with threadpool_limits(1):  # bits do not hang on the number of threads
            found = decomposition.PCA(min(self.components, *rows.shape), svd_solver="full")
            found.fit(rows)
        return _Linear(encoding, found.components_.T, found.mean_, "component", error=True)


class KMeans(Encoded):
    """The nearest of some centres of the encoded features (`Encoding`), as a category.

    The shares of the clusters are their occupancy.

    Parameters
    ----------
    clusters : int, default=8
        At most; no more than there are distinct rows. The one column is ``cluster``, of text.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 4))
    >>> fitted = KMeans(clusters=3).fit(X, random_state=0)
    >>> list(fitted.columns(X))
    ['cluster']
    """

    categories = True

    def __init__(self, clusters: int = 8) -> None:
        check_number("clusters", clusters, whole=True, low=1)
        self.clusters = clusters

    @property
    def names(self) -> Sequence[str]:
        return ("cluster",)

    def fit(self, X: Any, random_state: int) -> Fitted:
        from sklearn import cluster
        from threadpoolctl import threadpool_limits

        encoding = Encoding(X)
        rows = encoding.rows(X)
        count = min(self.clusters, len(np.unique(rows, axis=0)))
        with threadpool_limits(1):
            model = cluster.KMeans(count, n_init=4, random_state=random_state).fit(rows)
        return _Clusters(encoding, model)


class Density(Encoded):
    """How likely a row is under a density of the reference's encoded features (`Encoding`).

    Parameters
    ----------
    model : scikit-learn density or None, default=None
        Anything with `score_samples`, such as `GaussianMixture` or `KernelDensity`. None: three
        Gaussians, whose variances are made larger by .001, since columns of categories add up to 1.
        The one column is ``log_likelihood``, in nats.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 4))
    >>> fitted = Density().fit(X, random_state=0)
    >>> list(fitted.columns(X))
    ['log_likelihood']
    """

    def __init__(self, model: Any = None) -> None:
        check_object("model", model)
        if model is not None and not callable(getattr(model, "score_samples", None)):
            raise TypeError(f"model={model!r}: no density; it must have score_samples")
        check_settings("model", model)
        self.model = None if model is None else seeded(model, "model", lambda place: 0).part

    @property
    def names(self) -> Sequence[str]:
        return ("log_likelihood",)

    def fit(self, X: Any, random_state: int) -> Fitted:
        from sklearn.base import clone
        from sklearn.mixture import GaussianMixture
        from threadpoolctl import threadpool_limits

        encoding = Encoding(X)
        rows = encoding.rows(X)
        if self.model is None:
            model = GaussianMixture(min(3, len(np.unique(rows, axis=0))), reg_covar=1e-3)
        else:
            model = clone(self.model)
        if "random_state" in model.get_params():
            model.set_params(random_state=random_state)
        with threadpool_limits(1):
            model.fit(rows)
        return _Likelihood(encoding, model)


@dataclass(frozen=True)
class _Linear(Fitted):
    encoding: Encoding
    axes: np.ndarray
    mean: np.ndarray
    name: str
    error: bool

    def columns(self, X: Any) -> Columns:
        rows = self.encoding.rows(X) - self.mean
        along = np.einsum("ij,jk->ik", rows, self.axes)  # no BLAS: bits hang on its threads
        columns = {f"{self.name}_{i}": each for i, each in enumerate(along.T)}
        if self.error:
            left = rows - np.einsum("ik,jk->ij", along, self.axes)
            columns["reconstruction_error"] = np.sqrt((left**2).sum(axis=1))
        return columns


@dataclass(frozen=True)
class _Clusters(Fitted):
    encoding: Encoding
    model: Any

    def columns(self, X: Any) -> Columns:
        return {"cluster": self.model.predict(self.encoding.rows(X)).astype(str)}


@dataclass(frozen=True)
class _Likelihood(Fitted):
    encoding: Encoding
    model: Any

    def columns(self, X: Any) -> Columns:
        from threadpoolctl import threadpool_limits

        rows = self.encoding.rows(X)
        with threadpool_limits(1):
            return {"log_likelihood": np.asarray(self.model.score_samples(rows), dtype=float)}
