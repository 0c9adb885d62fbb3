"""Faults of labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clsim.errors import check_flag, check_number, unknown
from clsim.streams.faults.columns import is_category, read
from clsim.streams.faults.fault import Fault, Piece
from clsim.types import Batch


@dataclass(eq=False, repr=False)
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

    Examples
    --------
    Of two classes, what is not the one is the other:

    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = LabelNoise(Recorded(log, label="y"), rate=1.0, start=2)
    >>> next(stream.blocks(seed=0)).y.tolist()
    [0, 1, 1, 0]
    """

    rate: float = 0.1
    growing: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("rate", self.rate, low=0, high=1)
        check_flag("growing", self.growing)
        self._check_classes()
        if self.growing and self.end is None:
            raise ValueError("growing=True: say at which end the full rate is reached")

    @property
    def what(self) -> str:
        return "growing label noise" if self.growing else "label noise"

    def _spoil(self, piece: Piece, seed: int) -> Batch:
        rate: Any = self.rate
        if self.growing:
            rate = rate * (piece.since - self._start) / (self._end - self._start)
        wrong = piece.hit & (self._uniform(piece, seed, "wrong") < rate)
        classes, y = self.schema.classes, piece.batch.y
        others = len(classes) - 1
        step = 1 + (self._uniform(piece, seed, "class") * others).astype(np.int64)
        y = np.where(wrong, classes[(self._codes(y) + step) % len(classes)], y)
        return replace(piece.batch, y=y)


@dataclass(eq=False, repr=False)
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

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 0, 0, 1]})
    >>> stream = PoisonedLabels(Recorded(log, label="y"), "x", label=1, above=5.5, below=7.5)
    >>> next(stream.blocks(seed=0)).y.tolist()
    [0, 1, 1, 1]
    """

    feature: str
    label: Any
    above: float | None = field(default=None, kw_only=True)
    below: float | None = field(default=None, kw_only=True)
    equals: Any = field(default=None, kw_only=True)
    share: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_classes()
        check_number("share", self.share, low=0, high=1)
        for key, bound in (("above", self.above), ("below", self.below)):
            if bound is not None:
                check_number(key, bound)
        if (self.above is None and self.below is None) == (self.equals is None):
            raise ValueError("above, below, equals: give a bound or two, or equals")
        if self.label not in self.schema.classes.tolist():
            raise ValueError(f"label: {unknown('class', self.label, self.schema.classes)}")
        self._index = self._feature(self.feature)

    @property
    def what(self) -> str:
        return f"poisoned labels by {self.feature}"

    def _spoil(self, piece: Piece, seed: int) -> Batch:
        poisoned = piece.hit & self._matches(piece.batch.X)
        if self.share < 1:
            poisoned &= self._uniform(piece, seed, "poison") < self.share
        classes = self.schema.classes
        label = classes[classes.tolist().index(self.label)]
        return replace(piece.batch, y=np.where(poisoned, label, piece.batch.y))

    def _matches(self, X: Any) -> np.ndarray:
        if self.equals is not None and is_category(X, self._index):
            known = X.dtypes.iloc[self._index].categories
            if self.equals not in known:
                raise ValueError(f"equals: {unknown('category', self.equals, known)}")
            return read(X, self._index) == known.get_loc(self.equals)
        self._check_number(X, self._index)
        column = read(X, self._index)
        if self.equals is not None:
            return column == self.equals
        low = -np.inf if self.above is None else self.above
        high = np.inf if self.below is None else self.below
        return (column > low) & (column < high)


@dataclass(eq=False, repr=False)
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

    Examples
    --------
    Half of the values are at most 6.5:

    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 8.0, 6.0, 7.0], "y": [0, 0, 0, 1]})
    >>> stream = EdgeCases(Recorded(log, label="y"), "x", quantile=0.5)
    >>> next(stream.blocks(seed=0)).y.tolist()
    [1, 0, 1, 1]
    """

    feature: str
    quantile: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("quantile", self.quantile, low=0, high=1)
        self._check_classes()
        self._index = self._feature(self.feature)

    @property
    def what(self) -> str:
        return f"edge cases of {self.feature}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the fault where it acts."""
        threshold = np.nanquantile(self._sample(self._index, seed), self.quantile)
        classes = self.schema.classes
        for piece in self._pieces(seed):
            edge = piece.hit & (read(piece.batch.X, self._index) <= threshold)
            opposite = classes[(self._codes(piece.batch.y) + 1) % len(classes)]
            y = np.where(edge, opposite, piece.batch.y)
            yield replace(piece.batch, y=y) if edge.any() else piece.batch
