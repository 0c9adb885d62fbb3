"""What all faults share: a window of time, a slice, and random numbers by row."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import unknown
from clsim.protocols import Stream
from clsim.randomness import uniform
from clsim.streams.faults.columns import is_category, read
from clsim.streams.wrapper import Wrapper
from clsim.types import NEVER_TIME, Batch, DriftEvent

if TYPE_CHECKING:
    import pandas as pd


Slice = str | Mapping[str, Any] | None
"""A slice by its name, ``'column=value'``, or as ``{'column': ..., 'value': ...}``."""

SAMPLE = 1_000
"""Events at the stream's start from which scales and quantiles are taken."""


@dataclass(frozen=True)
class Piece:
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


@dataclass(eq=False, repr=False)
class Fault(Wrapper):
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

    Examples
    --------
    A fault of one's own says in ``_spoil`` what becomes of the events that it hits:

    >>> from dataclasses import replace
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> class AllZero(Fault):
    ...     what = "all 0"
    ...
    ...     def _spoil(self, piece, seed):
    ...         X = piece.batch.X.copy()
    ...         X[piece.hit] = 0
    ...         return replace(piece.batch, X=X)
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = AllZero(Recorded(log, label="y"), start=1, end=3)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [5.0, 0.0, 0.0, 8.0]
    >>> [(event.kind, event.start, event.end) for event in stream.fault_windows(seed=0)]
    [('fault: all 0', 1, 3)]
    """

    stream: Stream
    start: Duration = field(default=0, kw_only=True)
    end: Duration | None = field(default=None, kw_only=True)
    slice: Slice = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        Wrapper.__init__(self, self.stream)
        clock = Clock(self.schema.timed, 1, not self.schema.timed)
        self._start = clock.units(self.start, "start")
        self._end = NEVER_TIME if self.end is None else clock.units(self.end, "end")
        self._over = self._end  # or before, where somebody ended it
        if self._end <= self._start:
            raise ValueError(f"end={self.end!r}: must be after start={self.start!r}")
        self._slice = _column_and_code(self.slice, self.schema.slices)
        self._slice_name: str | None = None
        if self._slice is not None:
            column, code = self._slice
            self._slice_name = self.schema.slices[column][code]
        self._spans: dict[int, tuple[int, int]] = {}

    @property
    def draws(self) -> str:
        return f"fault.{type(self).__name__}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        for piece in self._pieces(seed):
            yield self._spoil(piece, seed) if piece.hit.any() else piece.batch

    def quiet(self, since: int, seed: int) -> Stream:
        """The wrapped stream's, with this fault if it began by then; it lasts if it was not over.

        See `clsim.protocols.Stream.quiet`.
        """
        origin = next(iter(self._pieces(seed))).batch.time[0] if self.schema.timed else 0
        inside = self.stream.quiet(int(self._inner_time(np.array([since]), seed)[0]), seed)
        if origin + self._start > since:
            return inside
        other = copy.copy(self)
        other.stream, other._spans = inside, {}
        if origin + self._over > since:
            other.end, other._end, other._over = None, NEVER_TIME, NEVER_TIME
        return other

    def mended(self, called: int, at: int, seed: int) -> Stream:
        """The same, over at a time if it had begun by another; likewise the wrapped stream's.

        See `clsim.protocols.Stream.mended`.
        """
        called, at = self._inner_time(np.array([called, at]), seed).tolist()
        inside = self.stream.mended(called, at, seed)
        origin = int(next(iter(self._pieces(seed))).batch.time[0]) if self.schema.timed else 0
        acts = origin + self._start <= called and at < origin + self._over
        if acts and at <= origin + self._start:
            return inside
        if inside is self.stream and not acts:
            return self
        other = copy.copy(self)
        other.stream, other._spans = inside, {}
        if acts:
            other._over = at - origin
        return other

    def fault_windows(self, seed: int) -> list[DriftEvent]:
        """When this fault and those inside it act, on the stream's clock."""
        inner = self.stream.fault_windows(seed) if isinstance(self.stream, Fault) else []
        return self._on_clock([*inner, self._window(seed)], seed)

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """The changes of the wrapped stream, and the windows of the faults."""
        events = [*self.stream.drift_events(seed), self._window(seed)]
        return sorted(self._on_clock(events, seed), key=lambda e: (e.start, e.end))

    def truth(self, time: np.ndarray, seed: int) -> pd.DataFrame | None:
        """The truth of the wrapped stream, with a column for each fault.

        ``fault 0`` is the innermost, as in `fault_windows`: 1 in its window, else 0. Faults of a
        stream whose truth nobody knows have none, but windows.
        """
        then = self._inner_time(np.asarray(time), seed)
        inside, window = self.stream.truth(then, seed), self._window(seed)
        if inside is None:
            return None
        number = sum(str(column).startswith("fault ") for column in inside)
        acts = (then >= window.start) & (then < window.end)
        return inside.assign(**{"time": time, f"fault {number}": acts.astype(float)})

    def describe(self) -> str:
        """The stream in a few lines."""
        unit = "" if self.schema.timed else "row "
        since = "the start" if self.start == 0 else f"{unit}{self.start}"
        until = "" if self.end is None else f" to {unit}{self.end}"
        on = f" on {self._slice_name}" if self._slice_name else ""
        lines = self.stream.describe() or self.stream.class_name
        return f"{lines}\n- fault: {self.what}{on} from {since}{until}"

    def _spoil(self, piece: Piece, seed: int) -> Batch:
        raise NotImplementedError

    def _inner_time(self, time: np.ndarray, seed: int) -> np.ndarray:
        """Times of this stream's clock on that of the wrapped stream."""
        return time

    def _on_clock(self, events: list[DriftEvent], seed: int) -> list[DriftEvent]:
        """Events of the wrapped stream's clock on that of this stream."""
        return events

    def _window(self, seed: int) -> DriftEvent:
        if seed not in self._spans:
            for _ in self._pieces(seed):
                pass
        origin, stop = self._spans[seed]
        end = stop if self._over == NEVER_TIME else min(origin + self._over, stop)
        return DriftEvent(
            f"fault: {self.what}", origin + self._start, end, "data", self._slice_name
        )

    def _pieces(self, seed: int) -> Iterator[Piece]:
        first, origin, stop = 0, 0, 0
        for batch in self.stream.blocks(seed):
            if first == 0 and self.schema.timed:
                origin = int(batch.time[0])
            since = batch.time - origin
            hit = (since >= self._start) & (since < self._over)
            if self._slice is not None:
                column, code = self._slice
                hit &= batch.slices[column] == code
            yield Piece(batch, first, since, hit)
            first += len(batch.time)
            stop = int(batch.time[-1]) + 1
        if origin + self._start >= stop:
            raise ValueError(
                f"start={self.start!r}: the fault begins after the last of {first} events; "
                "move it forward or make the stream longer"
            )
        self._spans[seed] = origin, stop

    def _uniform(self, piece: Piece, seed: int, role: str) -> np.ndarray:
        """Uniform numbers for the events of a piece, which depend on seed and row alone."""
        return uniform(seed, f"{self.role}.{role}", piece.first + np.arange(len(piece.hit)))

    def _sample(self, index: int, seed: int) -> np.ndarray:
        """A numeric feature of the first events of the wrapped stream."""
        columns: list[np.ndarray] = []
        for batch in self.stream.blocks(seed):
            self._check_number(batch.X, index)
            columns.append(read(batch.X, index))
            if sum(map(len, columns)) >= SAMPLE:
                break
        return np.concatenate(columns)[:SAMPLE].astype(float)

    def _feature(self, name: str, key: str = "feature") -> int:
        features = self.schema.features
        if name not in features:
            raise ValueError(f"{key}: {unknown('feature', name, features)}")
        return features.index(name)

    def _check_number(self, X: Any, index: int) -> None:
        if is_category(X, index):
            raise ValueError(
                f"feature: {self.schema.features[index]!r} is a category; "
                f"{type(self).__name__} needs numbers"
            )

    def _codes(self, y: np.ndarray) -> np.ndarray:
        return self.schema.codes(y)

    def _check_classes(self) -> None:
        if len(self.schema.classes) < 2:
            raise ValueError(f"{type(self).__name__}: needs a stream with two classes or more")


def _column_and_code(slice: Slice, known: dict[str, tuple[str, ...]]) -> tuple[str, int] | None:
    """The column of a slice, and its place among those of the column."""
    if slice is None:
        return None
    if isinstance(slice, str):
        name = slice
    else:
        if not isinstance(slice, Mapping):
            raise TypeError(f"slice={slice!r}: expected text, such as 'column=value'")
        if set(slice) != {"column", "value"}:
            raise ValueError(
                f"slice={dict(slice)!r}: give 'column=value', or the keys column and value"
            )
        if slice["column"] not in known:
            raise ValueError(f"slice: {unknown('column', slice['column'], known)}")
        name = f"{slice['column']}={slice['value']}"
    for column, names in known.items():
        if name in names:
            return column, names.index(name)
    every = [name for names in known.values() for name in names]
    raise ValueError(f"slice: {unknown('slice', name, every)}")
