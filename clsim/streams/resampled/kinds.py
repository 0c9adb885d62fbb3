"""What a drift of a table leads to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_list, check_number, unknown
from clsim.randomness import generator, integer
from clsim.types import Batch, Schema

Weights = Sequence[float] | Mapping[Any, float]


class Kind:
    """What a drift of a table leads to; the base of all kinds.

    Attributes
    ----------
    target : {'concept', 'inputs', 'labels'}
        What drifts.

    Examples
    --------
    Two kinds that say how frequent classes are have one field, so the later one decides; what says
    how frequent clusters of inputs are acts beside them:

    >>> rare, frequent, cluster = LabelPrior([1, 9]), LabelPrior([9, 1]), Clusters([1, 3])
    >>> rare.field == frequent.field, rare.field == cluster.field, cluster.target
    (True, False, 'inputs')
    """

    target = "inputs"

    @property
    def field(self) -> Hashable:
        """Of the drifts to kinds of one field that have reached an event, the last one decides."""
        return self.target

    def check(self, table: Batch, schema: Schema) -> None:
        """Refuse a table that the kind does not fit."""


class Reweighted(Kind):
    """Groups of rows become more or less frequent; within a group, all stays as it was.

    Examples
    --------
    First the poor alone, and from the fourth event on the rich alone:

    >>> from clsim.streams.drift import Sudden
    >>> from clsim.streams.resampled import Resampled
    >>> class Rich(Reweighted):
    ...     def groups(self, table, schema, seed):
    ...         return (table.X[:, 0] > 100).astype(int)
    ...
    ...     def shares_before(self, schema):
    ...         return np.array([1.0, 0.0])
    ...
    ...     def shares(self, schema):
    ...         return np.array([0.0, 1.0])
    >>> table = pd.DataFrame({"income": [50.0, 200.0], "label": [0, 1]})
    >>> stream = Resampled(table, "label", [Sudden(Rich(), at=3)], n=5)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [50.0, 50.0, 50.0, 200.0, 200.0]
    """

    before: Any = None

    def groups(self, table: Batch, schema: Schema, seed: int) -> np.ndarray:
        """The group of each row of the table, from 0."""
        raise NotImplementedError

    def shares(self, schema: Schema) -> np.ndarray:
        """Probability of each group after."""
        raise NotImplementedError

    def shares_before(self, schema: Schema) -> np.ndarray | None:
        """Probability of each group before; None: as in the table."""
        raise NotImplementedError

    def name(self, group: int, schema: Schema) -> str:
        """What a group is called in messages."""
        return f"group {group}"


def _probabilities(key: str, weights: Sequence[float], size: int) -> np.ndarray:
    if len(weights) != size:
        raise ValueError(f"{key}: {len(weights)} weights, for {size} groups")
    for weight in weights:
        check_number(key, weight, low=0)
    total = float(sum(weights))
    if total == 0:
        raise ValueError(f"{key}: one weight at least must be above 0")
    return np.asarray(weights, dtype=float) / total


class LabelPrior(Reweighted):
    """The classes become more or less frequent: P(y) drifts, P(x|y) stays.

    Parameters
    ----------
    after : sequence or dict
        Weights of the classes after, relative to their sum: in the order of the classes, or by
        class (0 for those that are left out).
    before : sequence, dict or None, default=None
        Weights before. None: as frequent as in the table.

    Examples
    --------
    >>> kind = LabelPrior(after=[1, 3])

    >>> from clsim.streams.drift import Sudden
    >>> from clsim.streams.resampled import Resampled
    >>> table = pd.DataFrame({"x": [5.0, 6.0], "label": ["no", "yes"]})
    >>> turn = LabelPrior(before={"no": 1}, after={"yes": 1})
    >>> stream = Resampled(table, "label", [Sudden(turn, at=2)], n=4)
    >>> next(stream.blocks(seed=0)).y.tolist()
    ['no', 'no', 'yes', 'yes']
    """

    target = "labels"

    def __init__(self, after: Weights, before: Weights | None = None) -> None:
        for key, given in (("after", after), ("before", before)):
            if not isinstance(given, Mapping) and (given is not None or key == "after"):
                check_list(key, given, "[1, 3]")
        self.after = after
        self.before = before

    def check(self, table: Batch, schema: Schema) -> None:
        if schema.task != "classification":
            raise ValueError("LabelPrior: needs a table with classes")
        self.shares(schema)
        self.shares_before(schema)

    def groups(self, table: Batch, schema: Schema, seed: int) -> np.ndarray:
        return schema.codes(table.y)

    def shares(self, schema: Schema) -> np.ndarray:
        return self._prior("after", self.after, schema)

    def shares_before(self, schema: Schema) -> np.ndarray | None:
        return None if self.before is None else self._prior("before", self.before, schema)

    def name(self, group: int, schema: Schema) -> str:
        return f"class {schema.classes[group]}"

    def _prior(self, key: str, weights: Weights, schema: Schema) -> np.ndarray:
        names = [str(c) for c in schema.classes]
        if isinstance(weights, Mapping):
            given = {str(c): weight for c, weight in weights.items()}
            for name in given:
                if name not in names:
                    raise ValueError(f"{key}: {unknown('class', name, names)}")
            weights = [given.get(name, 0.0) for name in names]
        return _probabilities(key, weights, len(names))


class Clusters(Reweighted):
    """Kinds of rows become more or less frequent: P(x) drifts, P(y|x) stays.

    The kinds are clusters that k-means finds in the numeric features, standardised, from the
    largest to the smallest.

    Parameters
    ----------
    after : sequence of float
        Weights of the clusters after, relative to their sum; there are as many clusters as
        weights.
    before : sequence of float or None, default=None
        Weights before. None: as frequent as in the table.

    Examples
    --------
    >>> kind = Clusters(after=[3, 1, 1])

    Two clusters of values: first the larger one alone, and from the third event on the other:

    >>> from clsim.streams.drift import Sudden
    >>> from clsim.streams.resampled import Resampled
    >>> table = pd.DataFrame({"x": [5.0, 5.0, 5.0, 90.0], "label": [0, 1, 0, 1]})
    >>> turn = Clusters(before=[1, 0], after=[0, 1])
    >>> stream = Resampled(table, "label", [Sudden(turn, at=2)], n=4)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [5.0, 5.0, 90.0, 90.0]
    """

    fitted_on = 20_000
    """Rows on which k-means is fitted, if the table has more."""

    def __init__(self, after: Sequence[float], before: Sequence[float] | None = None) -> None:
        check_list("after", after, "[1, 3]")
        _probabilities("after", after, len(after))
        if before is not None:
            check_list("before", before, "[1, 3]")
            _probabilities("before", before, len(after))
        self.after = after
        self.before = before

    @property
    def field(self) -> Hashable:
        return "clusters", len(self.after)

    def check(self, table: Batch, schema: Schema) -> None:
        if _numbers(table.X).shape[1] == 0:
            raise ValueError("Clusters: needs a numeric feature")

    def groups(self, table: Batch, schema: Schema, seed: int) -> np.ndarray:
        size = len(self.after)
        cluster = self._clusters(table.X, seed)
        rank = np.empty(size, dtype=np.int64)
        rank[np.argsort(-np.bincount(cluster, minlength=size), kind="stable")] = np.arange(size)
        return rank[cluster]

    def shares(self, schema: Schema) -> np.ndarray:
        return _probabilities("after", self.after, len(self.after))

    def shares_before(self, schema: Schema) -> np.ndarray | None:
        return (
            None if self.before is None else _probabilities("before", self.before, len(self.before))
        )

    def name(self, group: int, schema: Schema) -> str:
        return f"cluster {group}"

    def _clusters(self, X: Any, seed: int) -> np.ndarray:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        values = _numbers(X)
        scale = np.nanstd(values, axis=0)
        values = (values - np.nanmean(values, axis=0)) / np.where(scale > 0, scale, 1.0)
        values = np.nan_to_num(values)
        rows = generator(seed, "resampled.clusters").permutation(len(values))[: self.fitted_on]
        means = KMeans(len(self.after), n_init=3, random_state=integer(seed, "resampled.clusters"))
        with threadpool_limits(1):
            return means.fit(values[np.sort(rows)]).predict(values)


def _numbers(X: Any) -> np.ndarray:
    if isinstance(X, np.ndarray):
        return X.astype(float)
    return X.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)


class Column(Reweighted):
    """Rows with a high value of one feature become more or less frequent; P(y|x) stays.

    Parameters
    ----------
    feature : str
        A number. Rows without it count as low.
    after : float
        Probability after that an event is high, in [0, 1].
    before : float or None, default=None
        Probability before. None: as frequent as in the table.
    quantile : float, default=0.5
        High is above this quantile of the table.

    Examples
    --------
    >>> kind = Column("age", after=0.8)

    >>> from clsim.streams.drift import Sudden
    >>> from clsim.streams.resampled import Resampled
    >>> table = pd.DataFrame({"age": [20.0, 70.0], "label": [0, 1]})
    >>> older = Column("age", before=0.0, after=1.0)
    >>> stream = Resampled(table, "label", [Sudden(older, at=2)], n=4)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [20.0, 20.0, 70.0, 70.0]
    """

    def __init__(
        self, feature: str, after: float, before: float | None = None, quantile: float = 0.5
    ) -> None:
        check_number("after", after, low=0, high=1)
        if before is not None:
            check_number("before", before, low=0, high=1)
        check_number("quantile", quantile, low=0, high=1)
        self.feature = feature
        self.after = after
        self.before = before
        self.quantile = quantile

    @property
    def field(self) -> Hashable:
        return "column", self.feature, self.quantile

    def check(self, table: Batch, schema: Schema) -> None:
        if self.feature not in schema.features:
            raise ValueError(f"feature: {unknown('feature', self.feature, schema.features)}")
        if self.feature not in _numeric(table.X, schema):
            raise ValueError(f"feature: {self.feature!r} is a category; Column needs numbers")

    def groups(self, table: Batch, schema: Schema, seed: int) -> np.ndarray:
        index, X = schema.features.index(self.feature), table.X
        if isinstance(X, np.ndarray):
            values = X[:, index]
        else:
            values = X.iloc[:, index].to_numpy(dtype=float, na_value=np.nan)
        return (values > np.nanquantile(values, self.quantile)).astype(np.int64)

    def shares(self, schema: Schema) -> np.ndarray:
        return np.array([1 - self.after, self.after])

    def shares_before(self, schema: Schema) -> np.ndarray | None:
        return None if self.before is None else np.array([1 - self.before, self.before])

    def name(self, group: int, schema: Schema) -> str:
        return f"{'high' if group else 'low'} {self.feature!r}"


class Rotation(Kind):
    """Features change places: the rows stay, P(y|x) drifts.

    Each numeric feature takes the place of another, in one cycle through all of them that
    depends on the seed. So each rotation is a concept of its own, and not one after the other.

    Parameters
    ----------
    features : sequence of str or None, default=None
        Those that change places, two at least. None: all that are numbers.
    variant : int, default=0
        Which draw of the cycle.

    Examples
    --------
    >>> kind = Rotation(["age", "income"])

    Two features can but change places:

    >>> from clsim.streams.drift import Sudden
    >>> from clsim.streams.resampled import Resampled
    >>> table = pd.DataFrame({"a": [1.0, 1.0], "b": [2.0, 2.0], "label": [0, 1]})
    >>> stream = Resampled(table, "label", [Sudden(Rotation(), at=1)], n=2)
    >>> next(stream.blocks(seed=0)).X.tolist()
    [[1.0, 2.0], [2.0, 1.0]]
    """

    target = "concept"

    def __init__(self, features: Sequence[str] | None = None, variant: int = 0) -> None:
        check_number("variant", variant, whole=True, low=0)
        if features is not None:
            check_list("features", features, "['x0', 'x1']")
        self.features = features
        self.variant = variant

    def check(self, table: Batch, schema: Schema) -> None:
        self._chosen(table.X, schema)

    def rotated(self, X: Any, rows: np.ndarray, schema: Schema, seed: int) -> Any:
        """The inputs, of which some rows (a mask) have their features in other places."""
        chosen = self._chosen(X, schema)
        places = np.array([schema.features.index(name) for name in chosen])
        places = generator(seed, "resampled.rotation", self.variant).permutation(places)
        sources = np.roll(places, 1)
        if isinstance(X, np.ndarray):
            X = X.copy()
            X[:, places] = np.where(rows[:, None], X[:, sources], X[:, places])
            return X
        names = X.columns
        pairs = [(names[p], names[s]) for p, s in zip(places, sources, strict=True)]
        return X.assign(**{place: X[source].where(rows, X[place]) for place, source in pairs})

    def _chosen(self, X: Any, schema: Schema) -> list[str]:
        numeric = _numeric(X, schema)
        chosen = numeric if self.features is None else list(dict.fromkeys(self.features))
        for name in chosen:
            if name not in numeric:
                raise ValueError(f"features: {unknown('numeric feature', name, numeric)}")
        if len(chosen) < 2:
            raise ValueError("features: a rotation needs two different features or more")
        return chosen


def _numeric(X: Any, schema: Schema) -> list[str]:
    """Names of the features that are numbers."""
    if isinstance(X, np.ndarray):
        return list(schema.features)
    known = zip(schema.features, X.dtypes, strict=True)
    return [name for name, dtype in known if pd.api.types.is_numeric_dtype(dtype)]
