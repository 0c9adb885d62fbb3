"""Real tables made to drift: rows drawn again and again, by weights that move.

Whoever has a table without time, or without a known drift, imposes one by hand. Here the drift
has a shape (those of `clsim.streams.drift`: its weight is the probability that an event belongs
to the world after) and a kind: what differs between the world before and the world after.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from clsim.errors import check_number, unknown
from clsim.randomness import BLOCK, generator, integer
from clsim.streams.arrival import Arrival, as_arrival
from clsim.streams.recorded import Recorded
from clsim.types import Batch, DriftEvent, Schema

ROLE = "resampled.drift"
"""Of the random choices of the drift, such as its position."""

Weights = Sequence[float] | Mapping[Any, float]


class Shape(Protocol):
    """How a drift goes in time; the drifts of `clsim.streams.drift` are shapes."""

    def weight(self, time: np.ndarray, timed: bool, seed: int, role: str) -> np.ndarray:
        """Weight of the world after, in [0, 1], at times since the stream's start."""

    def events(self, end: int, timed: bool, seed: int, role: str) -> list[DriftEvent]:
        """When the world changed, up to the stream's end."""


class Kind:
    """What differs between the world before and the world after; the base of all kinds.

    A kind puts the table's rows into groups, and says how likely each group is before and after;
    within a group each row is as likely. It may also change the inputs after.

    Attributes
    ----------
    target : {'concept', 'inputs', 'labels'}
        What drifts, for reports.
    """

    target = "inputs"

    def groups(
        self, table: Batch, schema: Schema, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The group of each row, from 0, and the probabilities of the groups before and after."""
        return np.zeros(len(table.y), dtype=np.int64), np.ones(1), np.ones(1)

    def inputs(self, X: Any, after: np.ndarray, schema: Schema, seed: int) -> Any:
        """The inputs of events, some of which belong to the world after."""
        return X


def _probabilities(key: str, weights: Sequence[float], size: int) -> np.ndarray:
    if len(weights) != size:
        raise ValueError(f"{key}: {len(weights)} weights, for {size} groups")
    for weight in weights:
        check_number(key, weight, low=0)
    total = float(sum(weights))
    if total == 0:
        raise ValueError(f"{key}: one weight at least must be above 0")
    return np.asarray(weights, dtype=float) / total


def _shares(groups: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(groups, minlength=size) / len(groups)


class LabelPrior(Kind):
    """The classes become more or less frequent: P(y) drifts, P(x|y) stays.

    Parameters
    ----------
    after : sequence or dict
        Weights of the classes after: in the order of the classes, or by class (0 for those that
        are left out).
    before : sequence, dict or None, default=None
        Weights before. None: as frequent as in the table.
    """

    target = "labels"

    def __init__(self, after: Weights, before: Weights | None = None) -> None:
        self.after = after
        self.before = before

    def groups(
        self, table: Batch, schema: Schema, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if schema.task != "classification":
            raise ValueError("LabelPrior: needs a table with classes")
        codes = np.searchsorted(schema.classes, table.y)
        after = self._prior("after", self.after, schema)
        if self.before is None:
            return codes, _shares(codes, len(schema.classes)), after
        return codes, self._prior("before", self.before, schema), after

    def _prior(self, key: str, weights: Weights, schema: Schema) -> np.ndarray:
        names = [str(c) for c in schema.classes]
        if isinstance(weights, Mapping):
            given = {str(c): weight for c, weight in weights.items()}
            for name in given:
                if name not in names:
                    raise ValueError(f"{key}: {unknown('class', name, names)}")
            weights = [given.get(name, 0.0) for name in names]
        return _probabilities(key, weights, len(names))


class Clusters(Kind):
    """Kinds of rows become more or less frequent: P(x) drifts, P(y|x) stays.

    The kinds are clusters that k-means finds in the numeric features, standardised, from the
    largest to the smallest.

    Parameters
    ----------
    after : sequence of float
        Weights of the clusters after; there are as many clusters as weights.
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

    def groups(
        self, table: Batch, schema: Schema, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        size = len(self.after)
        found = self._clusters(table.X, seed)
        rank = np.empty(size, dtype=np.int64)
        rank[np.argsort(-np.bincount(found, minlength=size), kind="stable")] = np.arange(size)
        groups = rank[found]
        before = _shares(groups, size)
        if self.before is not None:
            before = _probabilities("before", self.before, size)
        return groups, before, _probabilities("after", self.after, size)

    def _clusters(self, X: Any, seed: int) -> np.ndarray:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        values = _numbers(X)
        if values.shape[1] == 0:
            raise ValueError("Clusters: needs a numeric feature")
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


class Column(Kind):
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

    def groups(
        self, table: Batch, schema: Schema, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self.feature not in schema.features:
            raise ValueError(f"feature: {unknown('feature', self.feature, schema.features)}")
        index = schema.features.index(self.feature)
        X = table.X
        if isinstance(X, np.ndarray):
            values = X[:, index]
        elif pd.api.types.is_numeric_dtype(X.dtypes.iloc[index]):
            values = X.iloc[:, index].to_numpy(dtype=float, na_value=np.nan)
        else:
            raise ValueError(f"feature: {self.feature!r} is a category; Column needs numbers")
        high = (values > np.nanquantile(values, self.quantile)).astype(np.int64)
        before = high.mean() if self.before is None else self.before
        return high, np.array([1 - before, before]), np.array([1 - self.after, self.after])


class Rotation(Kind):
    """Features change places: the rows stay, P(y|x) drifts.

    Each numeric feature takes the place of another, in one cycle through all of them that
    depends on the seed.

    Parameters
    ----------
    features : sequence of str or None, default=None
        Those that change places, two at least. None: all that are numbers.
    """

    target = "concept"

    def __init__(self, features: Sequence[str] | None = None) -> None:
        self.features = features

    def groups(
        self, table: Batch, schema: Schema, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        self._cycle(table.X, schema, seed)
        return super().groups(table, schema, seed)

    def inputs(self, X: Any, after: np.ndarray, schema: Schema, seed: int) -> Any:
        places, sources = self._cycle(X, schema, seed)
        if isinstance(X, np.ndarray):
            rows = after[:, None]
            X = X.copy()
            X[:, places] = np.where(rows, X[:, sources], X[:, places])
            return X
        names = X.columns
        pairs = [(names[p], names[s]) for p, s in zip(places, sources, strict=True)]
        return X.assign(**{place: X[source].where(after, X[place]) for place, source in pairs})

    def _cycle(self, X: Any, schema: Schema, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Places, and the feature that comes into each."""
        names = schema.features
        frame = not isinstance(X, np.ndarray)
        numeric = [
            name
            for i, name in enumerate(names)
            if not frame or pd.api.types.is_numeric_dtype(X.dtypes.iloc[i])
        ]
        chosen = numeric if self.features is None else list(self.features)
        for name in chosen:
            if name not in numeric:
                raise ValueError(f"features: {unknown('numeric feature', name, numeric)}")
        if len(set(chosen)) < 2:
            raise ValueError("features: a rotation needs two different features or more")
        places = np.array([names.index(name) for name in dict.fromkeys(chosen)])
        places = generator(seed, "resampled.rotation").permutation(places)
        return places, np.roll(places, 1)


class Resampled:
    """A table resampled, with replacement, into a stream with an imposed drift.

    Parameters
    ----------
    data : pandas.DataFrame or path
        As for `Recorded`; a time column is not used, so name it in ``drop``.
    label : str
        Name of the label column.
    by : Kind
        What differs after: `LabelPrior`, `Clusters`, `Column`, `Rotation`.
    drift : Shape
        When: a drift of `clsim.streams.drift`, with ``to=None``.
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
    ValueError
        As `Recorded` does, or if the drift lies after the end, or a group that should be drawn
        has no row.

    Examples
    --------
    >>> from clsim.streams.drift import Sudden
    >>> table = as_table([[0.0], [1.0]], ["no", "yes"])
    >>> shift = LabelPrior(before={"no": 1}, after={"yes": 1})
    >>> stream = Resampled(table, "label", shift, Sudden(None, at=3), n=6)
    >>> next(stream.blocks(1)).y.tolist()
    ['no', 'no', 'no', 'yes', 'yes', 'yes']
    """

    def __init__(
        self,
        data: pd.DataFrame | str | Path,
        label: str,
        by: Kind,
        drift: Shape,
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
        check_number("n", n, whole=True, low=1)
        table = Recorded(
            data, label, slices=slices, drop=drop, task=task, classes=classes, as_frame=as_frame
        )
        (self._table,) = table.blocks(0)
        known = table.schema
        self.arrival = as_arrival(rate)
        timed = self.arrival is not None
        self.schema = Schema(known.features, known.task, known.classes, timed, known.slices)
        self.by = by
        self.drift = drift
        self.n = n
        self._origin = 0
        if timed:
            try:
                origin = np.datetime64(dt.datetime.fromisoformat(start), "us")
            except (TypeError, ValueError) as error:
                raise ValueError(f"start={start!r}: write a date such as '2024-01-01'") from error
            self._origin = int(origin.astype(np.int64))
        self._weight(np.zeros(1), 0)
        end = self._since_start(n)
        starts = [event.start for event in drift.events(end, timed, 0, ROLE)]
        if starts and min(starts) >= end:
            raise ValueError(
                f"drift: it begins after the last of {n} events; move it forward or make the "
                "stream longer"
            )

    def _since_start(self, row: int) -> int:
        return row if self.arrival is None else self.arrival.at(row)

    def _weight(self, since: np.ndarray, seed: int) -> np.ndarray:
        return self.drift.weight(since, self.schema.timed, seed, ROLE)

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events, ``BLOCK`` at a time, each block from generators of its own."""
        urn = _Urn(*self.by.groups(self._table, self.schema, seed))
        for block, first in enumerate(range(0, self.n, BLOCK)):
            yield self._block(urn, seed, block, np.arange(first, min(first + BLOCK, self.n)))

    def _block(self, urn: _Urn, seed: int, block: int, rows: np.ndarray) -> Batch:
        # whole blocks are drawn, so that a longer stream begins with the same events
        chance, group, member = (
            generator(seed, f"resampled.{role}", block).random(BLOCK)[: len(rows)]
            for role in ("world", "group", "row")
        )
        since = rows if self.arrival is None else self.arrival.times(block, seed)[: len(rows)]
        after = chance < self._weight(since, seed)
        drawn = urn.draw(after, group, member)
        table = self._table
        X = self.by.inputs(_rows(table.X, drawn), after, self.schema, seed)
        slices = {column: codes[drawn] for column, codes in table.slices.items()}
        return Batch(X, table.y[drawn], since + self._origin, None, slices)

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """When the world changed, on the stream's clock."""
        end = self._since_start(self.n)
        return [
            replace(
                event,
                start=max(event.start, 0) + self._origin,
                end=min(event.end, end) + self._origin,
                target=self.by.target,
            )
            for event in self.drift.events(end, self.schema.timed, seed, ROLE)
        ]


class _Urn:
    """Rows in groups, drawn by the groups' probabilities before or after."""

    def __init__(self, groups: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        self._order = np.argsort(groups, kind="stable")
        self._sizes = np.bincount(groups, minlength=len(before))
        self._first = np.cumsum(self._sizes) - self._sizes
        for chances in (before, after):
            if np.any((chances > 0) & (self._sizes == 0)):
                empty = int(np.argmax((chances > 0) & (self._sizes == 0)))
                raise ValueError(f"by: the table has no row of group {empty}, but a weight for it")
        self._bounds = [_bounds(before), _bounds(after)]

    def draw(self, after: np.ndarray, group: np.ndarray, member: np.ndarray) -> np.ndarray:
        """Row numbers of the table, by uniform numbers for group and member."""
        which = np.where(
            after,
            np.searchsorted(self._bounds[1], group, "right"),
            np.searchsorted(self._bounds[0], group, "right"),
        )
        return self._order[self._first[which] + (member * self._sizes[which]).astype(np.int64)]


def _bounds(chances: np.ndarray) -> np.ndarray:
    """Upper bounds of the groups in [0, 1]; the last group with a chance ends at 1 exactly."""
    bounds = np.cumsum(chances)
    bounds[np.flatnonzero(chances)[-1] :] = 1.0
    return bounds


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
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True, as_frame=True)
    return as_table(X, y, "digit")


def covertype() -> pd.DataFrame:
    """Forest cover: 581,012 patches of forest, 54 features; the label is ``cover``.

    Downloaded and cached by scikit-learn.
    """
    from sklearn.datasets import fetch_covtype

    X, y = fetch_covtype(return_X_y=True, as_frame=True)
    return as_table(X, y, "cover")
