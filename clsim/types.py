"""What passes between the parts of clsim, and the protocols that plug-ins meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

NEVER = np.iinfo(np.int32).max
"""The tick at which a label arrives that never does."""

NEVER_TIME = np.iinfo(np.int64).max
"""The clock time of a label that never arrives."""

Rows = np.ndarray
"""Row numbers of the stream: int64, ascending, unique."""

Columns = dict[str, np.ndarray]
"""A table before it becomes a frame."""

How = Literal["fit", "partial_fit", "warm_start"]
"""How a learner is trained: from scratch, or on from a parent."""


@dataclass(frozen=True)
class Schema:
    """What is known of a stream before its first event.

    Attributes
    ----------
    features : tuple of str
        Names of the feature columns, in order.
    task : {'classification', 'regression'}
    classes : numpy.ndarray
        Sorted class labels; empty for regression.
    timed : bool
        Whether events have timestamps. If not, the clock counts rows.
    slices : dict of str to tuple of str
        For each slice column, the names of its slices (``column=value``).
    """

    features: tuple[str, ...]
    task: str
    classes: np.ndarray
    timed: bool
    slices: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def codes(self, labels: np.ndarray) -> np.ndarray:
        """Positions of class labels in ``classes``."""
        if self._coded:
            return labels.astype(np.int64, copy=False)
        return np.searchsorted(self.classes, labels)

    @cached_property
    def _coded(self) -> bool:
        numbers = self.classes.dtype.kind in "iu"
        return numbers and np.array_equal(self.classes, np.arange(len(self.classes)))


@dataclass(frozen=True)
class Batch:
    """Consecutive events of a stream.

    Attributes
    ----------
    X : numpy.ndarray of shape (n, p) or pandas.DataFrame
    y : numpy.ndarray of shape (n,)
        Class labels as in ``Schema.classes``, or float64 targets.
    time : numpy.ndarray of shape (n,), int64
        Microseconds since 1970 where the stream has time, else row numbers.
    label_time : numpy.ndarray of shape (n,), int64, or None
        When each label is known, on the same clock; ``NEVER_TIME`` for never; None where the
        stream does not say.
    slices : dict of str to numpy.ndarray of shape (n,)
        For each slice column, codes into its names in ``Schema.slices``.
    """

    X: Any
    y: np.ndarray
    time: np.ndarray
    label_time: np.ndarray | None = None
    slices: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class DriftEvent:
    """A change of the world, for reports.

    Attributes
    ----------
    kind : str
        Such as 'sudden' or 'fault: constant x0'.
    start, end : int
        Clock times.
    target : str
        What changed: 'concept', 'inputs', 'labels' or 'data'.
    slice : str or None
        The only slice that changed; None: all rows.
    """

    kind: str
    start: int
    end: int
    target: str = "concept"
    slice: str | None = None


@dataclass(frozen=True)
class Plan:
    """A training that a strategy asks for.

    Attributes
    ----------
    rows : Rows
        Labelled rows to train on.
    reason : str
        Why the trigger fired.
    holdout : Rows
        Labelled rows kept out of training for the offline test.
    how : {'fit', 'partial_fit', 'warm_start'}
    inherit : bool
        Whether training goes on from the present champion.
    duration : int
        Simulated length of the training, in clock units (microseconds or rows).
    """

    rows: Rows
    reason: str
    holdout: Rows
    how: How
    inherit: bool
    duration: int


@dataclass(frozen=True)
class Verdict:
    """What an offline test found."""

    accepted: bool
    reason: str
    detail: dict[str, float] = field(default_factory=dict)


class View:
    """All that a strategy may know at the start of a tick.

    Features are visible of events served in earlier ticks; labels when they have arrived. Asking
    for more raises ``LookupError``.

    Attributes
    ----------
    tick : int
        The present tick, from 0.
    """

    def __init__(self, world: Any, lane: Any) -> None:
        self._world = world
        self._lane = lane
        self.tick = 0

    @property
    def now(self) -> int:
        """Clock time at the start of this tick (microseconds since 1970, or rows)."""
        return int(self._world.starts[self.tick])

    @property
    def in_flight(self) -> bool:
        """Whether a training has started and has not yet taken effect."""
        return bool(self._lane.challengers)

    @property
    def training_ticks(self) -> list[int]:
        """Ticks at which trainings started, the initial one apart."""
        return list(self._lane.training_ticks)

    @property
    def n_labels(self) -> int:
        """Number of labels that have arrived so far, the warm-up's included."""
        return int(self._world.known[self.tick])

    def n_labels_at(self, tick: int) -> int:
        """Number of labels that had arrived at an earlier tick; at -1, the warm-up's."""
        if tick > self.tick:
            raise LookupError(f"tick {tick} is not yet known at tick {self.tick}")
        return int(self._world.known[max(tick, 0)])

    def arrived(self) -> Rows:
        """Rows whose labels arrived in this tick (the warm-up's arrive in tick 0)."""
        return self._world.arrived(self.tick)

    def labelled(self) -> Rows:
        """All rows with a visible label."""
        return self._world.labelled(self.tick)

    def latest(self, count: int) -> Rows:
        """The ``count`` most recent events with a visible label (fewer if there are fewer)."""
        return self._world.latest(self.tick, count)

    def since(self, length: int) -> Rows:
        """Rows with a visible label whose events lie in the last ``length`` clock units."""
        return self._world.labelled(self.tick, since=self.now - length)

    def unseen(self) -> Rows:
        """Rows with a visible label on which the champion and its ancestors never trained."""
        return self._lane.unseen(self.tick)

    def X(self, rows: Rows) -> Any:
        """Features of rows that were served in an earlier tick."""
        if len(rows) and (np.min(rows) < 0 or np.max(rows) >= self._world.first[self.tick]):
            raise LookupError(f"row {np.max(rows)} is not served before tick {self.tick}")
        return self._world.X_of(rows)

    def y(self, rows: Rows) -> np.ndarray:
        """Labels of rows whose labels have arrived."""
        self._world.check_arrived(rows, self.tick)
        return self._world.y[rows]

    def losses(self, *, of: str = "champion") -> np.ndarray:
        """Losses of served, answered events whose labels arrived in this tick, in event order.

        Parameters
        ----------
        of : {'champion', 'all'}
            Events that the present champion served, or all that were served.
        """
        if of not in ("champion", "all"):
            raise ValueError(f"of={of!r}: give 'champion' or 'all'")
        return self._lane.arrived_losses(self.tick, of)

    def losses_on(self, model: int, rows: Rows) -> np.ndarray:
        """Losses of a model of this run (by its number) on labelled rows; NaN if unanswered."""
        self._world.check_arrived(rows, self.tick)
        return self._lane.losses_on(model, rows)

    def score(self, mean_loss: float) -> float:
        """The declared score (higher is better) that belongs to a mean loss."""
        return self._lane.loss_function.score(mean_loss)

    def alarm(self, reason: str, **detail: float) -> None:
        """Record that a monitor raised an alarm, whether or not anything is retrained."""
        self._lane.record(self.tick, "alarm", reason=reason, detail=detail)


class Stream(Protocol):
    """What the world does: events in time order, and their truth."""

    @property
    def schema(self) -> Schema: ...

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events in time order, a block at a time."""

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """When the world changed; empty if nobody knows."""


class Delay(Protocol):
    """When labels become known."""

    def label_times(self, events: Batch, schema: Schema, clock: Any, seed: int) -> np.ndarray:
        """Clock time of each label, ``NEVER_TIME`` for never; int64 of the shape of ``time``.

        ``events`` are all events of the stream.
        """


class Trigger(Protocol):
    """When to retrain. Asked once in every tick; starts afresh at every deployment.

    A trigger may have ``bind(clock)``, called once before the first tick, to turn durations into
    ticks and to refuse what does not fit the stream. One that depends on the tick alone may have
    ``due(tick)``, the first tick at or after ``tick`` at which it fires (``NEVER`` if none): it
    is then not asked before, and not copied.
    """

    def fires(self, view: View) -> str | None:
        """The reason to retrain now, or None."""


class Dataset(Protocol):
    """On which labelled rows to train."""

    def rows(self, view: View) -> Rows: ...


class Training(Protocol):
    """From scratch or on from the champion, and how long it takes."""

    initial: How

    def plan(self, view: View, dataset: Dataset) -> tuple[Rows, How, bool, int]:
        """Rows, how, whether to go on from the champion, and the duration in clock units."""


class OfflineTest(Protocol):
    """Which test a challenger must pass before it serves."""

    def holdout(self, view: View) -> Rows:
        """Labelled rows to keep out of training, fixed when the dataset is formed."""

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        """Accept or reject, when the training ends; None if there is no test."""


class Learner(Protocol):
    """A model family. Estimators are values: training returns a new one."""

    def train(self, X: Any, y: np.ndarray, how: How, parent: Any) -> Any: ...

    def predict(self, estimator: Any, X: Any) -> np.ndarray:
        """Class codes or values; for log loss, probabilities of shape (n, classes)."""
