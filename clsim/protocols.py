"""What plug-ins meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from clsim.types import Batch, DriftEvent, How, Rows, Schema, Verdict
from clsim.view import View


class Stream(Protocol):
    """What the world does: events in time order, and their truth.

    Where what is served changes what comes next, a stream has ``respond(served, state, seed) ->
    Response``, a pure function that is called once after every tick of every branch.
    """

    @property
    def schema(self) -> Schema: ...

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events in time order, a block at a time."""

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """When the world changed; empty if nobody knows."""


class Delay(Protocol):
    """When labels become known.

    A delay may have ``told(events, schema, clock, seed) -> Told``, where what becomes known is not
    at once the truth.
    """

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

    def answers(self, estimator: Any, X: Any) -> Any:
        """What the model itself answers, one for each row."""

    def encode(self, answers: Any, estimator: Any) -> np.ndarray:
        """Class codes (-1: none of the classes) or values; for log loss, probabilities."""
