"""Faults of inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number, unknown
from clsim.streams.faults.columns import changed, is_category, read, write
from clsim.streams.faults.fault import Fault, Piece
from clsim.types import Batch


@dataclass(eq=False, repr=False)
class ConstantFeature(Fault):
    """A feature has the same value in every row, as from a default that was never filled in.

    Parameters
    ----------
    stream : Stream
    feature : str
    value : float or category, default=0.0
        For a category, one that the feature has.
    start, end, slice
        As for `Fault`.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> stream = ConstantFeature(Synthetic(Sine(), n=6), "x1", 0.5, start=2, end=4)
    >>> (next(stream.blocks(1)).X[:, 1] == 0.5).tolist()
    [False, False, True, True, False, False]
    """

    feature: str
    value: Any = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._index = self._feature(self.feature)

    @property
    def what(self) -> str:
        return f"constant {self.feature}"

    def _spoil(self, piece: Piece, seed: int) -> Batch:
        X, value = piece.batch.X, self.value
        if is_category(X, self._index):
            known = X.dtypes.iloc[self._index].categories
            if value not in known:
                raise ValueError(f"value: {unknown('category', value, known)}")
            value = known.get_loc(value)
        else:
            check_number("value", value)
        column = changed(read(X, self._index), piece.hit, value)
        return replace(piece.batch, X=write(X, {self._index: column}))


@dataclass(eq=False, repr=False)
class NullFeature(Fault):
    """A feature is missing (NaN) in some rows.

    Parameters
    ----------
    stream : Stream
    feature : str
    rate : float, default=1.0
        Share of rows without it, in [0, 1].
    start, end, slice
        As for `Fault`.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = NullFeature(Recorded(log, label="y"), "x", start=1, end=3)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [5.0, nan, nan, 8.0]
    """

    feature: str
    rate: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("rate", self.rate, low=0, high=1)
        self._index = self._feature(self.feature)

    @property
    def what(self) -> str:
        return f"missing {self.feature}"

    def _spoil(self, piece: Piece, seed: int) -> Batch:
        X = piece.batch.X
        gone = piece.hit & (self._uniform(piece, seed, "null") < self.rate)
        missing = -1 if is_category(X, self._index) else np.nan
        column = changed(read(X, self._index), gone, missing)
        return replace(piece.batch, X=write(X, {self._index: column}))


@dataclass(eq=False, repr=False)
class RescaledFeature(Fault):
    """A feature comes in other units: ``factor * x + offset``.

    Parameters
    ----------
    stream : Stream
    feature : str
    factor : float, default=1.0
    offset : float, default=0.0
    start, end, slice
        As for `Fault`.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = RescaledFeature(Recorded(log, label="y"), "x", factor=100, offset=1, start=2)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [5.0, 6.0, 701.0, 801.0]
    """

    feature: str
    factor: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("factor", self.factor)
        check_number("offset", self.offset)
        self._index = self._feature(self.feature)

    @property
    def what(self) -> str:
        return f"rescaled {self.feature}"

    def _spoil(self, piece: Piece, seed: int) -> Batch:
        X, hit = piece.batch.X, piece.hit
        self._check_number(X, self._index)
        column = read(X, self._index)
        column = changed(column, hit, self.factor * column[hit] + self.offset)
        return replace(piece.batch, X=write(X, {self._index: column}))


@dataclass(eq=False, repr=False)
class SwappedFeatures(Fault):
    """Two features stand in each other's place, as after a join that lost its column order.

    Parameters
    ----------
    stream : Stream
    features : sequence of two str
        Both numbers, or both categories with the same values.
    start, end, slice
        As for `Fault`.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"a": [5.0, 6.0], "b": [7.0, 8.0], "y": [0, 1]})
    >>> stream = SwappedFeatures(Recorded(log, label="y"), ["a", "b"], start=1)
    >>> next(stream.blocks(seed=0)).X.tolist()
    [[5.0, 7.0], [8.0, 6.0]]
    """

    features: Sequence[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.features
        if isinstance(given, str) or len(given) != 2 or given[0] == given[1]:
            raise ValueError(f"features={given!r}: give two different features")
        self.features = tuple(given)
        self._one, self._other = (self._feature(name, "features") for name in given)

    @property
    def what(self) -> str:
        return f"swapped {self.features[0]} and {self.features[1]}"

    def _spoil(self, piece: Piece, seed: int) -> Batch:
        X, hit = piece.batch.X, piece.hit
        pair = [is_category(X, i) and X.dtypes.iloc[i] for i in (self._one, self._other)]
        if pair[0] != pair[1]:
            raise ValueError(
                f"features={list(self.features)}: both must be numbers, or categories with the "
                "same values"
            )
        one, other = read(X, self._one), read(X, self._other)
        swapped = {
            self._one: changed(one, hit, other[hit]),
            self._other: changed(other, hit, one[hit]),
        }
        return replace(piece.batch, X=write(X, swapped))


@dataclass(eq=False, repr=False)
class StaleFeature(Fault):
    """A feature is late: each row has the value of an earlier one.

    Parameters
    ----------
    stream : Stream
    feature : str
    lag : str or int
        Rows, or on a stream with time also a duration: the value is then that of the last event
        which is at least so old. Where no event is so old, the first event's.
    start, end, slice
        As for `Fault`. The earlier rows may lie outside.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = StaleFeature(Recorded(log, label="y"), "x", lag=2)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [5.0, 5.0, 5.0, 6.0]
    """

    feature: str
    lag: Duration

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lag = as_duration(self.lag, "lag", positive=True)
        self._index = self._feature(self.feature)
        self._in_rows = isinstance(self.lag, int)
        clock = Clock(self.schema.timed and not self._in_rows, 1, self._in_rows)
        self._lag = clock.units(self.lag, "lag")

    @property
    def what(self) -> str:
        return f"stale {self.feature}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        clock, values = np.empty(0, dtype=np.int64), None
        for piece in self._pieces(seed):
            X = piece.batch.X
            now = piece.first + np.arange(len(piece.hit)) if self._in_rows else piece.batch.time
            present = read(X, self._index)
            clock = np.concatenate([clock, now])
            values = present if values is None else np.concatenate([values, present])
            source = np.maximum(np.searchsorted(clock, now - self._lag, "right") - 1, 0)
            if piece.hit.any():
                column = changed(present, piece.hit, values[source[piece.hit]])
                yield replace(piece.batch, X=write(X, {self._index: column}))
            else:
                yield piece.batch
            # later events look back to the last one's source at most
            clock, values = clock[source[-1] :], values[source[-1] :]


@dataclass(eq=False, repr=False)
class Outliers(Fault):
    """Some rows have features far from all others, upwards or downwards.

    Parameters
    ----------
    stream : Stream
    features : str or sequence of str
        Features that are moved, each in a direction of its own.
    share : float, default=0.01
        Share of rows, in [0, 1].
    scale : float, default=10.0
        How far: in standard deviations of the feature among the stream's first events (if it is
        constant there, in units).
    start, end, slice
        As for `Fault`.

    Examples
    --------
    The values have a standard deviation of 1, and two of them are moved by ten of those:

    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 7.0, 5.0, 7.0], "y": [0, 1, 0, 1]})
    >>> stream = Outliers(Recorded(log, label="y"), "x", share=1.0, start=2)
    >>> np.abs(next(stream.blocks(seed=0)).X.ravel() - log["x"].to_numpy()).tolist()
    [0.0, 0.0, 10.0, 10.0]
    """

    features: str | Sequence[str]
    share: float = 0.01
    scale: float = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("share", self.share, low=0, high=1)
        check_number("scale", self.scale, above=0)
        self.features = (self.features,) if isinstance(self.features, str) else tuple(self.features)
        if not self.features:
            raise ValueError("features: name one or more")
        self._indices = [self._feature(name, "features") for name in self.features]

    @property
    def what(self) -> str:
        return f"outliers in {', '.join(self.features)}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        far = {i: self.scale * self._deviation(i, seed) for i in self._indices}
        for piece in self._pieces(seed):
            X = piece.batch.X
            hit = piece.hit & (self._uniform(piece, seed, "outlier") < self.share)
            columns = {}
            for index in self._indices if hit.any() else ():
                up = self._uniform(piece, seed, f"direction.{index}")[hit] < 0.5
                column = read(X, index)
                moved = column[hit] + np.where(up, far[index], -far[index])
                columns[index] = changed(column, hit, moved)
            yield replace(piece.batch, X=write(X, columns)) if columns else piece.batch

    def _deviation(self, index: int, seed: int) -> float:
        return float(np.nanstd(self._sample(index, seed))) or 1.0
