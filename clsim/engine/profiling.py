"""Profiles of what each tick served: of all events, whatever a strategy keeps of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.engine.timeline import Timeline
from clsim.errors import unknown
from clsim.profiles import Bins, Profile, Profiled, merged
from clsim.types import Column, Columns, Rows

Values = Callable[[str, str | None, Rows], Column]


class Profiling:
    """The profiles of one strategy: made when somebody asks, and kept.

    Nothing that comes later changes one, so it is the same as if it had been made when its tick was
    served.

    Parameters
    ----------
    kept : Profiled or None
        None: it keeps none.
    values : callable
        The values of rows that there is a profile of, by its kind and name.
    """

    def __init__(self, kept: Profiled | None, values: Values) -> None:
        self._kept, self._values = kept, values
        self._bins: dict[Any, Bins] = {}
        self._made: dict[Any, Profile] = {}

    def of(
        self, knowledge: Knowledge, kind: str, name: str | None, ticks: Sequence[int], part: str
    ) -> Profile:
        """The profile of some ticks (-1: the warm-up), of the events of a slice or of all."""
        kept = self._kept
        if kept is None:
            raise LookupError("logging keeps no profiles")
        if kind not in kept.kinds or part not in ("all", *kept.slices):
            raise LookupError(f"logging keeps no profile of {kind} in {part}")
        features = knowledge.timeline.schema.features
        if kind == "features" and name not in features:
            raise LookupError(unknown("feature", str(name), features))
        bins = self.bins(knowledge, kind, name)
        for tick in ticks:
            if (kind, name, tick, part) not in self._made:
                rows = rows_of(knowledge, tick, part)
                profile = Profile.of(self._values(kind, name, rows), bins)
                self._made[kind, name, tick, part] = profile
        return merged([self._made[kind, name, tick, part] for tick in ticks], bins)

    def bins(self, knowledge: Knowledge, kind: str, name: str | None) -> Bins:
        """The cells of a profile, by what was known when the first tick began."""
        if (kind, name) not in self._bins:
            assert self._kept is not None
            self._bins[kind, name] = bins_of(knowledge, kind, name, self._kept.bins)
        return self._bins[kind, name]


def bins_of(knowledge: Knowledge, kind: str, name: str | None, count: int) -> Bins:
    """Cells by the warm-up: of features by their values, of answers by its labels."""
    timeline = knowledge.timeline
    if kind == "features":
        assert name is not None
        return Bins.by(timeline.column(name, slice(0, timeline.n_warm)), count)
    if kind == "confidence":
        return Bins(edges=np.linspace(0, 1, count + 1))
    classes = timeline.schema.classes
    if len(classes):
        return Bins(names=classes.astype(str))
    return Bins.by(Column(knowledge.telling.y_at(knowledge.known.at(0), 0).astype(float)), count)


def profile_columns(slices: np.ndarray, knowledge: Knowledge, kept: Profiled) -> Columns:
    """How many profiles each tick and slice has, and their bytes; of all slices in ``'all'``.

    Parameters
    ----------
    slices : numpy.ndarray of str
        The slice of each row of the table.
    knowledge : Knowledge
        Of the strategy, before any branch.
    kept : Profiled
    """
    features: list[tuple[str, str | None]] = [
        ("features", name) for name in knowledge.timeline.schema.features
    ]
    named = features + [(kind, None) for kind in kept.kinds[1:]]
    sizes = [bins_of(knowledge, *one, kept.bins).nbytes for one in named]
    times = {"all": 1 + len(kept.slices), **dict.fromkeys(kept.slices, 1)}
    many = np.array([times.get(name, 0) for name in slices.tolist()], dtype=np.int64)
    return {"profiles": many * len(sizes), "profile_bytes": many * sum(sizes)}


def bytes_of_row(timeline: Timeline, answer: np.dtype) -> int:
    """Bytes of a row's features and its answer, by the width of their types; 8 of a text."""
    X: Any = timeline.X_at(slice(0, 0))
    if isinstance(X, np.ndarray):
        return X.shape[1] * _width(X.dtype) + _width(answer)
    return sum(map(_width, X.dtypes)) + _width(answer)


def _width(kind: Any) -> int:
    return int(kind.itemsize) if kind.kind in "iufbmM" else 8


def rows_of(knowledge: Knowledge, tick: int, part: str) -> Rows:
    """Rows that a tick served (-1: those of the warm-up) and that are of a slice, or all."""
    timeline = knowledge.timeline
    first = 0 if tick < 0 else int(timeline.first[tick])
    rows = np.arange(first, int(timeline.first[tick + 1]))
    if knowledge.seen.absent is not None:
        rows = rows[~knowledge.seen.absent[rows]]
    if part == "all":
        return rows
    for column, names in timeline.schema.slices.items():
        if part in names:
            return rows[timeline.slices[column][rows] == names.index(part)]
    raise LookupError(f"there is no slice {part!r}")
