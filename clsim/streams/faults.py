"""Faults: what goes wrong between the world and the table that a model sees.

Each fault wraps a stream and is a stream, so faults compose by nesting. A fault acts in a window
of time and, if you like, in one slice; everything else passes through untouched, and what the
wrapped stream draws never changes. Random choices depend on the seed and the row of the wrapped
stream alone. Faults of one kind inside each other draw from generators of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from clsim.clock import Clock, Duration, check_duration
from clsim.errors import check_number, unknown
from clsim.protocols import Stream
from clsim.randomness import uniform
from clsim.types import NEVER_TIME, Batch, DriftEvent

if TYPE_CHECKING:
    import pandas as pd

Slice = str | Mapping[str, Any] | None
"""A slice by its name, ``'column=value'``, or as ``{'column': ..., 'value': ...}``."""

SAMPLE = 1_000
"""Events at the stream's start from which scales and quantiles are taken."""


# columns -----------------------------------------------------------------------------------


def _is_category(X: Any, index: int) -> bool:
    return not isinstance(X, np.ndarray) and str(X.dtypes.iloc[index]) == "category"


def _read(X: Any, index: int) -> np.ndarray:
    """A column as an array; of categories the codes, with -1 where missing."""
    if isinstance(X, np.ndarray):
        return X[:, index]
    column = X.iloc[:, index]
    if _is_category(X, index):
        return column.cat.codes.to_numpy(dtype=np.int64)
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    return column.to_numpy(dtype=float, na_value=np.nan)


def _write(X: Any, columns: Mapping[int, np.ndarray]) -> Any:
    """A copy of X with other columns, in the terms of `_read`."""
    if isinstance(X, np.ndarray):
        X = X.astype(np.result_type(X, *columns.values()))
        for index, values in columns.items():
            X[:, index] = values
        return X
    import pandas as pd

    names, out = X.columns, X.copy(deep=False)
    for index, values in columns.items():
        column: Any = values
        if _is_category(X, index):
            column = pd.Categorical.from_codes(values, dtype=X.dtypes.iloc[index])
        out[names[index]] = column
    return out


def _changed(values: np.ndarray, hit: np.ndarray, to: Any) -> np.ndarray:
    """A copy of values with others at some rows; floats keep their precision, integers grow."""
    to = np.asarray(to)
    kind = values.dtype if values.dtype.kind == "f" else np.result_type(values, to)
    values = values.astype(kind)
    values[hit] = to
    return values


# what faults share -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """A batch of the wrapped stream, and where the fault acts in it.

    Attributes
    ----------
    batch : Batch
    first : int
        Row number of its first event in the wrapped stream.
    since : numpy.ndarray of int64
        Times since the stream's start.
    hit : numpy.ndarray of bool
        Whether an event lies in the window and the slice.
    """

    batch: Batch
    first: int
    since: np.ndarray
    hit: np.ndarray


class Fault:
    """A stream with something wrong; the base of all faults.

    Parameters
    ----------
    stream : Stream
        The stream that is wrapped, perhaps a fault itself.
    start : str or int, default=0
        When the fault begins: a duration since the first event (``'30d'``) where the stream has
        time, else a row number, as the wrapped stream counts them.
    end : str, int or None, default=None
        When it is over; the event at ``end`` is sound. None: it lasts.
    slice : str, dict or None, default=None
        The slice that it befalls: ``'column=value'``, or ``{'column': ..., 'value': ...}``.
        None: all events.

    Raises
    ------
    ValueError
        For an unknown feature or slice, a window that is empty, or, when the stream is drawn,
        one that begins after its last event.
    """

    def __init__(
        self,
        stream: Stream,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        self.stream = stream
        self.schema = stream.schema
        self.start = start
        self.end = end
        clock = Clock(self.schema.timed, 1, not self.schema.timed)
        self._start = clock.units(start, "start")
        self._end = NEVER_TIME if end is None else clock.units(end, "end")
        if self._end <= self._start:
            raise ValueError(f"end={end!r}: must be after start={start!r}")
        self.slice, self._slice = self._find_slice(slice)
        self._number = self._inner_faults()
        self._spans: dict[int, tuple[int, int]] = {}

    @property
    def what(self) -> str:
        """What goes wrong, in a few words for reports."""
        raise NotImplementedError

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        for part in self._parts(seed):
            yield self._spoil(part, seed) if part.hit.any() else part.batch

    def fault_windows(self, seed: int) -> list[DriftEvent]:
        """When this fault and those inside it act, on the stream's clock."""
        inner = self.stream.fault_windows(seed) if isinstance(self.stream, Fault) else []
        return self._on_clock([*inner, self._window(seed)], seed)

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """The changes of the wrapped stream, and the windows of the faults."""
        events = [*self.stream.drift_events(seed), self._window(seed)]
        return sorted(self._on_clock(events, seed), key=lambda e: (e.start, e.end))

    @property
    def truth(self) -> Callable[[np.ndarray, int], pd.DataFrame]:
        """``truth(time, seed)`` of the wrapped stream, with a column for each fault.

        ``fault 0`` is the innermost, as in `fault_windows`: 1 in its window, else 0. Faults of a
        stream without a truth have none (``AttributeError``), but windows.
        """
        inside = cast(Any, self.stream).truth

        def truth(time: np.ndarray, seed: int) -> pd.DataFrame:
            then = self._inner_time(np.asarray(time), seed)
            found, window = inside(then, seed), self._window(seed)
            number = sum(str(column).startswith("fault ") for column in found)
            acts = (then >= window.start) & (then < window.end)
            return found.assign(**{"time": time, f"fault {number}": acts.astype(float)})

        return truth

    def describe(self) -> str:
        """The stream in a few lines."""
        inner: Any = self.stream
        lines = [inner.describe() if hasattr(inner, "describe") else type(inner).__name__]
        unit = "" if self.schema.timed else "row "
        since = "the start" if self.start == 0 else f"{unit}{self.start}"
        until = "" if self.end is None else f" to {unit}{self.end}"
        on = f" on {self.slice}" if self.slice else ""
        lines.append(f"- fault: {self.what}{on} from {since}{until}")
        return "\n".join(lines)

    def _spoil(self, part: _Part, seed: int) -> Batch:
        raise NotImplementedError

    def _inner_time(self, time: np.ndarray, seed: int) -> np.ndarray:
        """Times of this stream's clock on that of the wrapped stream."""
        return time

    def _on_clock(self, events: list[DriftEvent], seed: int) -> list[DriftEvent]:
        """Events of the wrapped stream's clock on that of this stream."""
        return events

    def _window(self, seed: int) -> DriftEvent:
        if seed not in self._spans:
            for _ in self._parts(seed):
                pass
        origin, stop = self._spans[seed]
        end = stop if self._end == NEVER_TIME else min(origin + self._end, stop)
        return DriftEvent(f"fault: {self.what}", origin + self._start, end, "data", self.slice)

    def _parts(self, seed: int) -> Iterator[_Part]:
        first, origin, stop = 0, 0, 0
        for batch in self.stream.blocks(seed):
            if first == 0 and self.schema.timed:
                origin = int(batch.time[0])
            since = batch.time - origin
            hit = (since >= self._start) & (since < self._end)
            if self._slice is not None:
                column, code = self._slice
                hit &= batch.slices[column] == code
            yield _Part(batch, first, since, hit)
            first += len(batch.time)
            stop = int(batch.time[-1]) + 1
        if origin + self._start >= stop:
            raise ValueError(
                f"start={self.start!r}: the fault begins after the last of {first} events; "
                "move it forward or make the stream longer"
            )
        self._spans[seed] = origin, stop

    def _inner_faults(self) -> int:
        """How many faults of this kind there are inside."""
        count, stream = 0, cast(Any, self.stream)
        while stream is not None:
            count += type(stream) is type(self)
            stream = getattr(stream, "stream", None)
        return count

    def _uniform(self, part: _Part, seed: int, role: str) -> np.ndarray:
        """Uniform numbers for the events of a part, which depend on seed and row alone."""
        role = f"fault.{type(self).__name__}.{self._number}.{role}"
        return uniform(seed, role, part.first + np.arange(len(part.hit)))

    def _sample(self, index: int, seed: int) -> np.ndarray:
        """A numeric feature of the first events of the wrapped stream."""
        found: list[np.ndarray] = []
        for batch in self.stream.blocks(seed):
            self._check_number(batch.X, index)
            found.append(_read(batch.X, index))
            if sum(map(len, found)) >= SAMPLE:
                break
        return np.concatenate(found)[:SAMPLE].astype(float)

    def _feature(self, name: str, key: str = "feature") -> int:
        features = self.schema.features
        if name not in features:
            raise ValueError(f"{key}: {unknown('feature', name, features)}")
        return features.index(name)

    def _check_number(self, X: Any, index: int) -> None:
        if _is_category(X, index):
            raise ValueError(
                f"feature: {self.schema.features[index]!r} is a category; "
                f"{type(self).__name__} needs numbers"
            )

    def _codes(self, y: np.ndarray) -> np.ndarray:
        return self.schema.codes(y)

    def _check_classes(self) -> None:
        if len(self.schema.classes) < 2:
            raise ValueError(f"{type(self).__name__}: needs a stream with two classes or more")

    def _find_slice(self, slice: Slice) -> tuple[str | None, tuple[str, int] | None]:
        if slice is None:
            return None, None
        known = self.schema.slices
        if isinstance(slice, str):
            name = slice
        else:
            if set(slice) != {"column", "value"}:
                raise ValueError(
                    f"slice={dict(slice)!r}: give 'column=value', or the keys column and value"
                )
            if slice["column"] not in known:
                raise ValueError(f"slice: {unknown('column', slice['column'], known)}")
            name = f"{slice['column']}={slice['value']}"
        for column, names in known.items():
            if name in names:
                return name, (column, names.index(name))
        every = [name for names in known.values() for name in names]
        raise ValueError(f"slice: {unknown('slice', name, every)}")


# faults of inputs --------------------------------------------------------------------------


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

    def __init__(
        self,
        stream: Stream,
        feature: str,
        value: Any = 0.0,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        self.feature = feature
        self.value = value
        self._index = self._feature(feature)

    @property
    def what(self) -> str:
        return f"constant {self.feature}"

    def _spoil(self, part: _Part, seed: int) -> Batch:
        X, value = part.batch.X, self.value
        if _is_category(X, self._index):
            known = X.dtypes.iloc[self._index].categories
            if value not in known:
                raise ValueError(f"value: {unknown('category', value, known)}")
            value = known.get_loc(value)
        else:
            check_number("value", value)
        column = _changed(_read(X, self._index), part.hit, value)
        return replace(part.batch, X=_write(X, {self._index: column}))


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
    """

    def __init__(
        self,
        stream: Stream,
        feature: str,
        rate: float = 1.0,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        check_number("rate", rate, low=0, high=1)
        self.feature = feature
        self.rate = rate
        self._index = self._feature(feature)

    @property
    def what(self) -> str:
        return f"missing {self.feature}"

    def _spoil(self, part: _Part, seed: int) -> Batch:
        X = part.batch.X
        gone = part.hit & (self._uniform(part, seed, "null") < self.rate)
        missing = -1 if _is_category(X, self._index) else np.nan
        column = _changed(_read(X, self._index), gone, missing)
        return replace(part.batch, X=_write(X, {self._index: column}))


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
    """

    def __init__(
        self,
        stream: Stream,
        feature: str,
        factor: float = 1.0,
        offset: float = 0.0,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        check_number("factor", factor)
        check_number("offset", offset)
        self.feature = feature
        self.factor = factor
        self.offset = offset
        self._index = self._feature(feature)

    @property
    def what(self) -> str:
        return f"rescaled {self.feature}"

    def _spoil(self, part: _Part, seed: int) -> Batch:
        X, hit = part.batch.X, part.hit
        self._check_number(X, self._index)
        column = _read(X, self._index)
        column = _changed(column, hit, self.factor * column[hit] + self.offset)
        return replace(part.batch, X=_write(X, {self._index: column}))


class SwappedFeatures(Fault):
    """Two features stand in each other's place, as after a join that lost its column order.

    Parameters
    ----------
    stream : Stream
    features : sequence of two str
        Both numbers, or both categories with the same values.
    start, end, slice
        As for `Fault`.
    """

    def __init__(
        self,
        stream: Stream,
        features: Sequence[str],
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        if isinstance(features, str) or len(features) != 2 or features[0] == features[1]:
            raise ValueError(f"features={features!r}: give two different features")
        self.features = tuple(features)
        self._one, self._other = (self._feature(name, "features") for name in features)

    @property
    def what(self) -> str:
        return f"swapped {self.features[0]} and {self.features[1]}"

    def _spoil(self, part: _Part, seed: int) -> Batch:
        X, hit = part.batch.X, part.hit
        pair = [_is_category(X, i) and X.dtypes.iloc[i] for i in (self._one, self._other)]
        if pair[0] != pair[1]:
            raise ValueError(
                f"features={list(self.features)}: both must be numbers, or categories with the "
                "same values"
            )
        one, other = _read(X, self._one), _read(X, self._other)
        swapped = {
            self._one: _changed(one, hit, other[hit]),
            self._other: _changed(other, hit, one[hit]),
        }
        return replace(part.batch, X=_write(X, swapped))


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
    """

    def __init__(
        self,
        stream: Stream,
        feature: str,
        lag: Duration,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        check_duration(lag, "lag", positive=True)
        self.feature = feature
        self.lag = lag
        self._index = self._feature(feature)
        self._in_rows = isinstance(lag, int)
        clock = Clock(self.schema.timed and not self._in_rows, 1, self._in_rows)
        self._lag = clock.units(lag, "lag")

    @property
    def what(self) -> str:
        return f"stale {self.feature}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        clock, values = np.empty(0, dtype=np.int64), None
        for part in self._parts(seed):
            X = part.batch.X
            now = part.first + np.arange(len(part.hit)) if self._in_rows else part.batch.time
            present = _read(X, self._index)
            clock = np.concatenate([clock, now])
            values = present if values is None else np.concatenate([values, present])
            source = np.maximum(np.searchsorted(clock, now - self._lag, "right") - 1, 0)
            if part.hit.any():
                column = _changed(present, part.hit, values[source[part.hit]])
                yield replace(part.batch, X=_write(X, {self._index: column}))
            else:
                yield part.batch
            # later events look back to the last one's source at most
            clock, values = clock[source[-1] :], values[source[-1] :]


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
    """

    def __init__(
        self,
        stream: Stream,
        features: str | Sequence[str],
        share: float = 0.01,
        scale: float = 10.0,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        check_number("share", share, low=0, high=1)
        check_number("scale", scale, above=0)
        self.features = (features,) if isinstance(features, str) else tuple(features)
        self.share = share
        self.scale = scale
        if not self.features:
            raise ValueError("features: name one or more")
        self._indices = [self._feature(name, "features") for name in self.features]

    @property
    def what(self) -> str:
        return f"outliers in {', '.join(self.features)}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        far = {i: self.scale * self._deviation(i, seed) for i in self._indices}
        for part in self._parts(seed):
            X = part.batch.X
            hit = part.hit & (self._uniform(part, seed, "outlier") < self.share)
            columns = {}
            for index in self._indices if hit.any() else ():
                up = self._uniform(part, seed, f"direction.{index}")[hit] < 0.5
                column = _read(X, index)
                moved = column[hit] + np.where(up, far[index], -far[index])
                columns[index] = _changed(column, hit, moved)
            yield replace(part.batch, X=_write(X, columns)) if columns else part.batch

    def _deviation(self, index: int, seed: int) -> float:
        return float(np.nanstd(self._sample(index, seed))) or 1.0


# faults of delivery ------------------------------------------------------------------------


class _Delivery(Fault):
    """Rows come a number of times other than once.

    On a stream without time the rows are numbered anew, and a label comes as many rows after its
    event as before.
    """

    def __init__(
        self,
        stream: Stream,
        share: float = 0.1,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        check_number("share", share, low=0, high=1)
        self.share = share

    def _copies(self, part: _Part, seed: int) -> np.ndarray:
        """How often each row of a part is delivered."""
        raise NotImplementedError

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the rows that are delivered."""
        row = 0
        for part in self._parts(seed):
            order = np.repeat(np.arange(len(part.hit)), self._copies(part, seed))
            if len(order):
                batch = _take(part.batch, order)
                yield batch if self.schema.timed else _numbered(batch, row)
            row += len(order)

    def _on_clock(self, events: list[DriftEvent], seed: int) -> list[DriftEvent]:
        if self.schema.timed:
            return events
        rows = np.array([(e.start, e.end) for e in events])
        new = np.zeros_like(rows)
        for part in self._parts(seed):
            delivered = np.append(0, np.cumsum(self._copies(part, seed)))
            new += delivered[np.clip(rows - part.first, 0, len(part.hit))]
        return [replace(e, start=int(a), end=int(b)) for e, (a, b) in zip(events, new, strict=True)]

    def _inner_time(self, time: np.ndarray, seed: int) -> np.ndarray:
        if self.schema.timed:
            return time
        rows = [
            part.first + np.repeat(np.arange(len(part.hit)), self._copies(part, seed))
            for part in self._parts(seed)
        ]
        delivered = np.concatenate(rows)
        return delivered[np.clip(time, 0, len(delivered) - 1)]


def _take(batch: Batch, order: np.ndarray) -> Batch:
    """Rows of a batch, whatever fields it has."""

    def rows(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, dict):
            return {key: rows(inner) for key, inner in value.items()}
        if isinstance(value, np.ndarray):
            return value[order]
        return value.iloc[order].reset_index(drop=True)

    return Batch(**{f.name: rows(getattr(batch, f.name)) for f in fields(batch)})


def _numbered(batch: Batch, first: int) -> Batch:
    """A batch whose times are row numbers from ``first``; labels wait as many rows as before."""
    time = np.arange(first, first + len(batch.time), dtype=np.int64)
    label_time = batch.label_time
    if label_time is not None:
        due = label_time != NEVER_TIME
        label_time = label_time.copy()
        label_time[due] += time[due] - batch.time[due]
    return replace(batch, time=time, label_time=label_time)


class DuplicatedRows(_Delivery):
    """Some rows are delivered twice, one after the other.

    Both are served, and both have a label. On a stream without time the rows are numbered anew,
    and a label comes as many rows after its event as before.

    Parameters
    ----------
    stream : Stream
    share : float, default=0.1
        Share of rows, in [0, 1].
    start, end, slice
        As for `Fault`.
    """

    @property
    def what(self) -> str:
        return "duplicated rows"

    def _copies(self, part: _Part, seed: int) -> np.ndarray:
        return 1 + (part.hit & (self._uniform(part, seed, "twice") < self.share))


class DroppedRows(_Delivery):
    """Some rows are lost: never served, and never labelled.

    On a stream without time the rows are numbered anew, and a label comes as many rows after its
    event as before.

    Parameters
    ----------
    stream : Stream
    share : float, default=0.1
        Share of rows, in [0, 1].
    start, end, slice
        As for `Fault`.
    """

    @property
    def what(self) -> str:
        return "dropped rows"

    def _copies(self, part: _Part, seed: int) -> np.ndarray:
        return 1 - (part.hit & (self._uniform(part, seed, "lost") < self.share))


# faults of labels --------------------------------------------------------------------------


class LabelNoise(Fault):
    """Some labels are wrong: another class, each of the others as likely.

    A stream has one label for each event, which is both revealed and scored. So a perfect model
    of the sound world loses on the wrong labels, too: losses are against what was recorded.

    Parameters
    ----------
    stream : Stream
        With two classes or more.
    rate : float, default=0.1
        Share of wrong labels, in [0, 1].
    growing : bool, default=False
        Whether the share grows linearly, from 0 at ``start`` to ``rate`` at ``end``, which must
        then be given.
    start, end, slice
        As for `Fault`.
    """

    def __init__(
        self,
        stream: Stream,
        rate: float = 0.1,
        growing: bool = False,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        check_number("rate", rate, low=0, high=1)
        self._check_classes()
        if growing and end is None:
            raise ValueError("growing=True: say at which end the full rate is reached")
        self.rate = rate
        self.growing = growing

    @property
    def what(self) -> str:
        return "growing label noise" if self.growing else "label noise"

    def _spoil(self, part: _Part, seed: int) -> Batch:
        rate: Any = self.rate
        if self.growing:
            rate = rate * (part.since - self._start) / (self._end - self._start)
        wrong = part.hit & (self._uniform(part, seed, "wrong") < rate)
        classes, y = self.schema.classes, part.batch.y
        others = len(classes) - 1
        step = 1 + (self._uniform(part, seed, "class") * others).astype(np.int64)
        y = np.where(wrong, classes[(self._codes(y) + step) % len(classes)], y)
        return replace(part.batch, y=y)


class PoisonedLabels(Fault):
    """An attacker sends events of one pattern with a label of their choice.

    So Microsoft's chat bot Tay, which learned online, was taught in a day of 2016 what to say. A
    stream has one label for each event, which is both revealed and scored; so a model that does
    not follow the attacker loses on the poisoned labels.

    Parameters
    ----------
    stream : Stream
        For classification.
    feature : str
    label : class
        What the labels become.
    above, below : float or None, default=None
        The pattern: the feature lies strictly above, or below, or between.
    equals : float, category or None, default=None
        The pattern: the feature has this value.
    share : float, default=1.0
        Share of the matching rows that are poisoned, in [0, 1].
    start, end, slice
        As for `Fault`.
    """

    def __init__(
        self,
        stream: Stream,
        feature: str,
        label: Any,
        *,
        above: float | None = None,
        below: float | None = None,
        equals: Any = None,
        share: float = 1.0,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        self._check_classes()
        check_number("share", share, low=0, high=1)
        for key, bound in (("above", above), ("below", below)):
            if bound is not None:
                check_number(key, bound)
        if (above is None and below is None) == (equals is None):
            raise ValueError("above, below, equals: give a bound or two, or equals")
        if label not in self.schema.classes.tolist():
            raise ValueError(f"label: {unknown('class', label, self.schema.classes)}")
        self.feature = feature
        self.label = label
        self.above = above
        self.below = below
        self.equals = equals
        self.share = share
        self._index = self._feature(feature)

    @property
    def what(self) -> str:
        return f"poisoned labels by {self.feature}"

    def _spoil(self, part: _Part, seed: int) -> Batch:
        poisoned = part.hit & self._matches(part.batch.X)
        if self.share < 1:
            poisoned &= self._uniform(part, seed, "poison") < self.share
        classes = self.schema.classes
        label = classes[classes.tolist().index(self.label)]
        return replace(part.batch, y=np.where(poisoned, label, part.batch.y))

    def _matches(self, X: Any) -> np.ndarray:
        if self.equals is not None and _is_category(X, self._index):
            known = X.dtypes.iloc[self._index].categories
            if self.equals not in known:
                raise ValueError(f"equals: {unknown('category', self.equals, known)}")
            return _read(X, self._index) == known.get_loc(self.equals)
        self._check_number(X, self._index)
        column = _read(X, self._index)
        if self.equals is not None:
            return column == self.equals
        low = -np.inf if self.above is None else self.above
        high = np.inf if self.below is None else self.below
        return (column > low) & (column < high)


class EdgeCases(Fault):
    """Rows that look ordinary, with labels by the opposite rule.

    Where a feature is low, each label becomes the next class (of two, the other): a model of the
    rest of the world is much worse there, though no row is an outlier. The label is both revealed
    and scored, so the opposite rule is the truth there, and can be learned.

    Parameters
    ----------
    stream : Stream
        With two classes or more.
    feature : str
    quantile : float, default=0.1
        The region: at or below this quantile of the feature among the stream's first events.
    start, end, slice
        As for `Fault`.
    """

    def __init__(
        self,
        stream: Stream,
        feature: str,
        quantile: float = 0.1,
        *,
        start: Duration = 0,
        end: Duration | None = None,
        slice: Slice = None,
    ) -> None:
        super().__init__(stream, start, end, slice)
        check_number("quantile", quantile, low=0, high=1)
        self._check_classes()
        self.feature = feature
        self.quantile = quantile
        self._index = self._feature(feature)

    @property
    def what(self) -> str:
        return f"edge cases of {self.feature}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        threshold = np.nanquantile(self._sample(self._index, seed), self.quantile)
        classes = self.schema.classes
        for part in self._parts(seed):
            edge = part.hit & (_read(part.batch.X, self._index) <= threshold)
            opposite = classes[(self._codes(part.batch.y) + 1) % len(classes)]
            y = np.where(edge, opposite, part.batch.y)
            yield replace(part.batch, y=y) if edge.any() else part.batch
