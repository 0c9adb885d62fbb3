"""Real tables made to drift: rows drawn again and again, by weights that move.

Whoever has a table without time, or without a known drift, imposes one by hand. When is said by a
drift of `clsim.streams.drift`, whose weight is the share of events that it has reached; what, by
the kind that it leads to.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_choice, check_number, unknown
from clsim.randomness import BLOCK, generator, integer
from clsim.streams.arrival import Arrival
from clsim.streams.drift import Drift
from clsim.streams.drifting import Drifting, headline, meet
from clsim.streams.recorded import Recorded, told_slices
from clsim.streams.targets import Inputs, Prior
from clsim.types import Batch, Schema

Weights = Sequence[float] | Mapping[Any, float]


class Kind:
    """What a drift of a table leads to; the base of all kinds.

    Attributes
    ----------
    target : {'concept', 'inputs', 'labels'}
        What drifts.
    """

    target = "inputs"

    @property
    def field(self) -> Hashable:
        """Of the drifts to kinds of one field that have reached an event, the last one decides."""
        return self.target

    def check(self, table: Batch, schema: Schema) -> None:
        """Refuse a table that the kind does not fit."""


class Reweighted(Kind):
    """Groups of rows become more or less frequent; within a group, all stays as it was."""

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
    """

    target = "labels"

    def __init__(self, after: Weights, before: Weights | None = None) -> None:
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
    """

    fitted_on = 20_000
    """Rows on which k-means is fitted, if the table has more."""

    def __init__(self, after: Sequence[float], before: Sequence[float] | None = None) -> None:
        _probabilities("after", after, len(after))
        if before is not None:
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
        found = self._clusters(table.X, seed)
        rank = np.empty(size, dtype=np.int64)
        rank[np.argsort(-np.bincount(found, minlength=size), kind="stable")] = np.arange(size)
        return rank[found]

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
    """

    target = "concept"

    def __init__(self, features: Sequence[str] | None = None, variant: int = 0) -> None:
        check_number("variant", variant, whole=True, low=0)
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


class Resampled(Drifting):
    """A table resampled, with replacement, into a stream with imposed drifts.

    Each row of the table has a weight. A drift that has reached an event changes the weights for
    it so that groups of rows have the shares that are wanted, within its slice if it has one
    (then the share of the slice stays); within a group, rows weigh as before. Drifts chain: each
    acts on the weights that those before it left. Of two drifts with one grouping (class shares;
    as many clusters; the same column and quantile), and of two rotations, the later one replaces
    the earlier.

    Parameters
    ----------
    data : pandas.DataFrame or path
        As for `Recorded`; a time column is not used, so name it in ``drop``.
    label : str
        Name of the label column.
    drifts : sequence of Drift, default=()
        Drifts of `clsim.streams.drift` that mix, to a `LabelPrior`, `Clusters`, `Column` or
        `Rotation`. Without any, rows are drawn alike for ever.
    n : int, default=10_000
        Number of events; the table may be smaller or larger.
    rate : str, Arrival or None, default=None
        Events per unit of time, such as ``'48/d'``, or an arrival process. None: no time, the
        clock counts rows.
    start : str, default='2024-01-01'
        Time at which the stream starts, where there is a rate.
    slices, drop, task, classes, as_frame
        As for `Recorded`.

    Raises
    ------
    TypeError
        For a drift to something else: labels of a table cannot follow changed inputs.
    ValueError
        As `Recorded` does; if a drift lies after the end, moves instead of mixing, names an
        unknown slice, or is hidden by later ones all the time; or, when the stream is drawn, if a
        group that should be drawn has no row.

    Examples
    --------
    >>> from clsim.streams.drift import Sudden
    >>> table = as_table([[0.0], [1.0]], ["no", "yes"])
    >>> to = LabelPrior(before={"no": 1}, after={"yes": 1})
    >>> stream = Resampled(table, "label", [Sudden(to, at=3)], n=6)
    >>> next(stream.blocks(1)).y.tolist()
    ['no', 'no', 'no', 'yes', 'yes', 'yes']
    """

    FILE_PARAMETERS: tuple[str, ...] = ("data",)

    def __init__(
        self,
        data: pd.DataFrame | str | Path,
        label: str,
        drifts: Sequence[Drift] = (),
        *,
        n: int = 10_000,
        rate: str | Arrival | None = None,
        start: str = "2024-01-01",
        slices: str | Sequence[str] = (),
        drop: Sequence[str] = (),
        task: str | None = None,
        classes: Sequence[Any] | None = None,
        as_frame: bool | None = None,
    ) -> None:
        super().__init__(drifts, n, rate, start)
        table = Recorded(
            data, label, slices=slices, drop=drop, task=task, classes=classes, as_frame=as_frame
        )
        (self._table,) = table.blocks(0)
        known = table.schema
        self.schema = Schema(known.features, known.task, known.classes, self._timed, known.slices)
        for k, given in enumerate(drifts):
            for drift in given.parts():
                self._check_target(drift, f"drifts[{k}]")
        self._check_drifts()
        self._check_before()

    def _field(self, drift: Drift) -> Hashable:
        return drift.to.field

    def _check_target(self, drift: Drift, key: str) -> None:
        if isinstance(drift.to, (Inputs, Prior)):
            raise TypeError(
                f"{key}.to: {type(drift.to).__name__} is for concepts, whose labels can follow; "
                "the rows of a table take LabelPrior, Clusters, Column or Rotation"
            )
        if not isinstance(drift.to, Kind):
            raise TypeError(
                f"{key}.to={drift.to!r}: expected LabelPrior, Clusters, Column or Rotation"
            )
        if drift.how != "mix":
            raise ValueError(
                f"{key}: drifts of the kind {drift.kind!r} move, and rows of a table can only be "
                "mixed; use one with how='mix', such as Gradual"
            )
        try:
            drift.to.check(self._table, self.schema)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{key}.to: {error}") from error

    def _check_before(self) -> None:
        for k, drift in enumerate(self.drifts):
            if isinstance(drift.to, Reweighted) and drift.to.before is not None:
                for earlier in self.drifts[:k]:
                    if self._field(earlier) == self._field(drift) and meet(earlier, drift):
                        raise ValueError(
                            f"drifts: before={drift.to.before!r} of a {drift.kind} drift of the "
                            f"{drift.target}: an earlier drift says what was before; leave it out"
                        )

    # events ------------------------------------------------------------------------------

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events, ``BLOCK`` at a time, each block from generators of its own."""
        urn = _Urn(self._table, self.schema, self.drifts, seed)
        for number in range(-(-self.n // BLOCK)):
            yield self._block(urn, seed, number)

    def block(self, seed: int, number: int) -> Batch:
        """One block, drawn alone: its bits are those that it has in the sequence."""
        return self._block(_Urn(self._table, self.schema, self.drifts, seed), seed, number)

    def _block(self, urn: _Urn, seed: int, number: int) -> Batch:
        # whole blocks are drawn, so that a longer stream begins with the same events
        part = slice(0, min(BLOCK, self.n - number * BLOCK))
        since = self._times(seed, number)
        reached = np.zeros((BLOCK, len(self.drifts)), dtype=bool)
        for k in range(len(self.drifts)):
            coin = generator(seed, f"stream.drift.{k + 1}", number).random(BLOCK)
            reached[:, k] = coin < self._weight(k, since, seed)
        uniform = generator(seed, "resampled.row", number).random(BLOCK)
        drawn = urn.draw(reached[part], uniform[part])
        table = self._table
        slices = {column: codes[drawn] for column, codes in table.slices.items()}
        X = self._rotated(_rows(table.X, drawn), reached[part], slices, seed)
        return Batch(X, table.y[drawn], since[part] + self._origin, None, slices)

    def _rotated(
        self, X: Any, reached: np.ndarray, slices: dict[str, np.ndarray], seed: int
    ) -> Any:
        """Inputs with the features of each event where the last of its rotations puts them."""
        last = np.full(len(reached), -1)
        for k, drift in enumerate(self.drifts):
            if isinstance(drift.to, Rotation):
                last[reached[:, k] & _inside(drift, slices, self.schema)] = k
        for k in np.unique(last[last >= 0]):
            X = self.drifts[k].to.rotated(X, last == k, self.schema, seed)
        return X

    def describe(self) -> str:
        """The stream in a few lines."""
        length = self._since_start(self.n)
        lines = [
            headline("Resampled", self.n, length, self.schema),
            f"- drawn from a table of {len(self._table.y):,} rows",
        ]
        return "\n".join([*lines, *self._told(), *told_slices(self.schema)])


def _inside(drift: Drift, slices: dict[str, np.ndarray], schema: Schema) -> Any:
    """Whether rows lie in the slice of a drift."""
    for column, names in schema.slices.items():
        if drift.slice in names:
            return slices[column] == names.index(drift.slice)
    return True


class _Urn:
    """The rows of a table, with weights that depend on which drifts have reached an event."""

    def __init__(self, table: Batch, schema: Schema, drifts: Sequence[Drift], seed: int) -> None:
        self._drifts, self._schema = drifts, schema
        self._kinds = [k for k, drift in enumerate(drifts) if isinstance(drift.to, Reweighted)]
        # slice after slice, so that what a drift does to one of them moves no row of another
        named = [codes for c, codes in table.slices.items()
                 if any(d.slice in schema.slices[c] for d in drifts)]  # fmt: skip
        self._rows = np.lexsort(named[::-1]) if named else np.arange(len(table.y))
        self._groups, self._inside = {}, {}
        for k in self._kinds:
            groups = drifts[k].to.groups(table, schema, seed)
            inside = np.broadcast_to(_inside(drifts[k], table.slices, schema), groups.shape)
            self._groups[k], self._inside[k] = groups[self._rows], inside[self._rows]
            shares = drifts[k].to.shares(schema)
            self._check_rows(k, shares, np.bincount(groups[inside], minlength=len(shares)))
        self._bounds: dict[bytes, np.ndarray] = {}
        self._first: dict[Hashable, np.ndarray] = {}
        for k in self._kinds:
            self._reweight(self._first, k, drifts[k].to.shares_before(schema))

    def draw(self, reached: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Row numbers of the table for events, by uniform numbers."""
        states, state = np.unique(reached[:, self._kinds], axis=0, return_inverse=True)
        place = np.empty(len(uniform), dtype=np.int64)
        for number, flags in enumerate(states):
            mine = state.ravel() == number
            place[mine] = np.searchsorted(self._bounds_of(flags), uniform[mine], "right")
        return self._rows[place]

    def _bounds_of(self, flags: np.ndarray) -> np.ndarray:
        """Upper bounds of the rows in [0, 1]; the last row with a weight ends at 1 exactly."""
        key = flags.tobytes()
        if key not in self._bounds:
            factors = dict(self._first)
            for k in np.array(self._kinds, dtype=np.int64)[flags]:
                self._reweight(factors, k, self._drifts[k].to.shares(self._schema))
            weights = self._product(factors)
            bounds = np.cumsum(weights) / weights.sum()
            bounds[np.flatnonzero(weights)[-1] :] = 1.0
            self._bounds[key] = bounds
        return self._bounds[key]

    def _product(self, factors: dict[Hashable, np.ndarray]) -> np.ndarray:
        return np.prod([np.ones(len(self._rows)), *factors.values()], axis=0)

    def _reweight(
        self, factors: dict[Hashable, np.ndarray], k: int, shares: np.ndarray | None
    ) -> None:
        """Give the groups of a drift their shares, in its slice, by its factor of the weights."""
        if shares is None:
            return
        kind, groups, inside = self._drifts[k].to, self._groups[k], self._inside[k]
        own = factors.pop(kind.field, np.ones(len(groups)))
        others = self._product(factors)
        there = np.bincount(groups[inside], others[inside], minlength=len(shares))
        self._check_rows(k, shares, there)
        mass = float((own * others)[inside].sum())
        scale = mass * shares / np.where(there > 0, there, 1.0)
        factors[kind.field] = np.where(inside, scale[groups], own)

    def _check_rows(self, k: int, shares: np.ndarray, there: np.ndarray) -> None:
        missing = np.flatnonzero((shares > 0) & (there == 0))
        if len(missing):
            drift = self._drifts[k]
            place = f" in {drift.slice}" if drift.slice else ""
            raise ValueError(
                f"drifts: there is no row of {drift.to.name(int(missing[0]), self._schema)} to "
                f"draw{place}, but it has a weight"
            )


def _rows(X: Any, rows: np.ndarray) -> Any:
    return X[rows] if isinstance(X, np.ndarray) else X.iloc[rows].reset_index(drop=True)


# tables ------------------------------------------------------------------------------------


def as_table(X: Any, y: Any, label: str = "label") -> pd.DataFrame:
    """One table of inputs and labels.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, p)
        Features of an array are called x0, x1 and so on.
    y : array-like of shape (n,)
    label : str, default='label'
        Name of the new column.
    """
    if not isinstance(X, pd.DataFrame):
        X = np.asarray(X)
        X = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    if label in X.columns:
        raise ValueError(f"label={label!r}: there is a feature of this name; give another")
    return X.assign(**{label: np.asarray(y)})


def digits() -> pd.DataFrame:
    """Handwritten digits: 1,797 images of 8 x 8 pixels; the label is ``digit``."""
    return scikit_learn("digits", "digit")


def scikit_learn(name: str, label: str = "label") -> pd.DataFrame:
    """A table that comes with scikit-learn.

    Parameters
    ----------
    name : {'breast_cancer', 'diabetes', 'digits', 'iris', 'wine'}
        As in its ``load_...``; diabetes is for regression.
    label : str, default='label'
        Name of the label column.
    """
    from sklearn import datasets

    check_choice("name", name, ("breast_cancer", "diabetes", "digits", "iris", "wine"))
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)
    return as_table(X, y, label)


def covertype() -> pd.DataFrame:
    """Forest cover: 581,012 patches of forest, 54 features; the label is ``cover``.

    Downloaded and cached by scikit-learn.
    """
    from sklearn.datasets import fetch_covtype

    X, y = fetch_covtype(return_X_y=True, as_frame=True)
    return as_table(X, y, "cover")
