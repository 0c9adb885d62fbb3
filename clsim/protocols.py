"""What plug-ins meet."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from clsim.clock import Clock
from clsim.types import Batch, DriftEvent, How, Response, Rows, Schema, Served, Told, Verdict
from clsim.view import View

if TYPE_CHECKING:
    import pandas as pd


class Stream:
    """What the world does: events in time order, and their truth; the base of all streams.

    A stream has a ``schema`` and ``blocks``. The rest is optional, with the defaults of this class.

    Attributes
    ----------
    FILE_PARAMETERS : tuple of str
        Of the class: parameters of its constructor that may name a data file.
    schema : Schema
    responds : bool
        Whether what is served changes what comes next, so that ``respond`` is asked; True of a
        class that has a ``respond`` of its own.
    drifts : sequence of Drift
        Drifts that were imposed, as ``truth`` has them; empty where it says nothing of them.
    """

    FILE_PARAMETERS: ClassVar[tuple[str, ...]] = ()

    schema: Schema
    responds: bool = False
    drifts: Sequence[Any] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "respond" in vars(cls):  # nobody forgets to say so
            cls.responds = vars(cls).get("responds", True)

    @property
    def class_name(self) -> str:
        """What the stream is called in messages: the name of its class."""
        return type(self).__name__

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events in time order, a block at a time."""
        raise NotImplementedError

    def block(self, seed: int, number: int) -> Batch:
        """One block of the sequence; drawn alone, where the stream can."""
        for batch in itertools.islice(self.blocks(seed), number, None):
            return batch
        raise IndexError(f"number={number}: the stream has fewer blocks")

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """When the world changed; empty if nobody knows."""
        return []

    def truth(self, time: np.ndarray, seed: int) -> pd.DataFrame | None:
        """Expected weights of concepts and of other drifts at clock times; None if nobody knows.

        One row for each time, with the columns ``time``, ``concept 0``, ``concept 1``, ... (shares
        that sum to 1), and one for each other drift.
        """
        return None

    def respond(self, served: Served, state: Any, seed: int) -> Response:
        """How the stream responds to what a tick served, in the branch of those who answered so.

        A pure function, called once after every tick. ``state`` is that of the response before;
        None in the first tick.
        """
        return Response(state=state)

    def files(self) -> tuple[Path, ...]:
        """Data files that the stream is read from."""
        return ()

    def describe(self) -> str:
        """The stream in a few lines; empty if it says nothing of itself."""
        return ""

    def layers(self) -> list[Stream]:
        """This stream, and the streams inside it, from the outside in."""
        return [self]


class Delay:
    """When labels become known; the base of all delays.

    A delay has ``label_times``. The rest is optional, with the defaults of this class.

    Attributes
    ----------
    FILE_PARAMETERS : tuple of str
        Of the class: parameters of what makes a delay that may name a data file.
    tells : bool
        Whether what becomes known is not at once the truth; True of a class that has a ``told`` of
        its own. Such a delay cannot be within another.
    """

    FILE_PARAMETERS: ClassVar[tuple[str, ...]] = ()

    tells: bool = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "told" in vars(cls):  # nobody forgets to say so
            cls.tells = vars(cls).get("tells", True)

    @property
    def class_name(self) -> str:
        """What the delay is called in messages: the name of its class."""
        return type(self).__name__

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        """Clock time of each label, ``NEVER_TIME`` for never; int64 of the shape of ``time``.

        ``events`` are all events of the stream, or those rows of it that ``events.rows`` names.
        """
        raise NotImplementedError

    def told(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> Told | None:
        """What becomes known, where that is not at once the truth."""
        return None

    def inner(self) -> Sequence[Delay]:
        """The delays that this one asks."""
        return ()

    @property
    def queues(self) -> bool:
        """Whether events wait for one another, so that they cannot be asked about one by one."""
        return any(delay.queues for delay in self.inner())


# what users write without a base class -----------------------------------------------------------


def as_stream(given: Any) -> Stream:
    """A stream with all that `Stream` has: as it is, or with the defaults for what it lacks.

    Raises
    ------
    TypeError
        If it has no ``schema`` or no ``blocks``.
    """
    if isinstance(given, Stream):
        return given
    if not _is_stream(given):
        raise TypeError(f"stream={given!r}: expected a stream; of a log, Recorded(log, label=...)")
    return _CompletedStream(given)


def _is_stream(given: Any) -> bool:
    return hasattr(given, "schema") and hasattr(given, "blocks")


class _CompletedStream(Stream):
    """A stream by what it has; the defaults for the rest."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.responds = hasattr(given, "respond")
        for name in (
            "schema", "blocks", "block", "drifts", "drift_events", "truth", "respond", "files",
            "describe",
        ):  # fmt: skip
            if hasattr(given, name):
                setattr(self, name, getattr(given, name))
        inside = getattr(given, "stream", None)
        self.inside = as_stream(inside) if _is_stream(inside) else None

    @property
    def class_name(self) -> str:
        return type(self.given).__name__

    def layers(self) -> list[Stream]:
        return [self] if self.inside is None else [self, *self.inside.layers()]


def as_delay(
    given: Any, key: str = "delay", expected: str = "a delay, such as Constant('7d')"
) -> Delay:
    """A delay with all that `Delay` has: as it is, or with the defaults for what it lacks.

    ``key`` and ``expected`` are for the message that refuses something else.

    Raises
    ------
    TypeError
        If it has no ``label_times``.
    """
    if isinstance(given, Delay):
        return given
    if not hasattr(given, "label_times"):
        raise TypeError(f"{key}={given!r}: expected {expected}")
    return _CompletedDelay(given)


class _CompletedDelay(Delay):
    """A delay by what it has; the defaults for the rest."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.tells = hasattr(given, "told")
        for name in ("label_times", "told"):
            if hasattr(given, name):
                setattr(self, name, getattr(given, name))
        held = [getattr(given, "delay", None), getattr(given, "default", None)]
        named = getattr(given, "delays", None)
        held += named.values() if isinstance(named, Mapping) else []
        self.held = [as_delay(one) for one in held if hasattr(one, "label_times")]

    @property
    def class_name(self) -> str:
        return type(self.given).__name__

    def inner(self) -> Sequence[Delay]:
        return self.held


# the parts of a strategy -------------------------------------------------------------------------


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
