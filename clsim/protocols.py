"""What plug-ins meet."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_object, undefined, unknown
from clsim.policies import Adapt, Adapted
from clsim.profiles import Profiled
from clsim.readable import Readable
from clsim.types import (
    NEVER,
    Ask,
    Batch,
    Buy,
    Cell,
    Column,
    DriftEvent,
    Extent,
    Fired,
    How,
    Labelling,
    Of,
    Recipe,
    Response,
    Reuse,
    Rollback,
    Rows,
    Sample,
    Schema,
    Served,
    Told,
    Trial,
    Verdict,
)
from clsim.view import View

if TYPE_CHECKING:
    import pandas as pd

Draw = Callable[..., np.ndarray]
"""A uniform number in [0, 1) for each of some rows, whatever was drawn before.

Curation may give a text beside the rows: other numbers, for another use.
"""


class Stream(Readable):
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
    labelling : Labelling or None
        Which events of a log have a label; None: all, or nobody knows.
    length: int or None
        About how many events it has, so that room can be made for them; None: nobody knows.
    at_rest : numpy.dtype or None
        The narrower type in which features lose nothing, where there is one, such as that of the
        file that they come from; None: as they come.

    Examples
    --------
    Four events, in every seed the same, whose label is whether their feature is odd:

    >>> class Odd(Stream):
    ...     schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    ...
    ...     def blocks(self, seed):
    ...         x = np.arange(4)
    ...         yield Batch(x[:, None], y=x % 2, time=x)
    >>> Odd().block(seed=0, number=0).y.tolist()
    [0, 1, 0, 1]
    >>> Odd().responds, Odd().drift_events(seed=0), Odd().truth(np.arange(4), seed=0) is None
    (False, [], True)
    """

    FILE_PARAMETERS: ClassVar[tuple[str, ...]] = ()

    schema: Schema
    responds: bool = False
    drifts: Sequence[Any] = ()
    labelling: Labelling | None = None
    length: int | None = None
    at_rest: np.dtype | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "respond" in vars(cls):  # nobody forgets to say so
            cls.responds = vars(cls).get("responds", True)

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events in time order, a block at a time."""
        raise undefined(self, "blocks")

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

    def chances(self, seed: int) -> Iterator[np.ndarray] | None:
        """How likely each class is for each event by the world; None if nobody knows.

        Blocks of shape (n, classes), in the order of ``blocks``. Nothing that a strategy sees is
        made of it: it is what verdicts on tests are judged by.
        """
        return None

    def respond(self, served: Served, state: Any, seed: int) -> Response:
        """How the stream responds to what a tick served, in the branch of those who answered so.

        A pure function, called once after every tick. ``state`` is that of the response before;
        None in the first tick.
        """
        return Response(state=state)

    @property
    def restless(self) -> str:
        """Why it never stands still, in a few words; empty where it may."""
        return "what is served changes what comes next" if self.responds else ""

    def quiet(self, since: int, seed: int) -> Stream:
        """The world of a seed as it is at a clock time, and stays: a stream to draw twins from.

        Seasons, arrivals, noise and faults of that time go on; what would begin later never comes.

        Raises
        ------
        ValueError
            If nobody knows what the stream is like when nothing changes.
        """
        raise ValueError(
            f"{self.class_name} has no quiet version: nobody knows what it would be if nothing "
            "changed; say blocks, to make twins of its warm-up, or choose the threshold by hand"
        )

    def mended(self, called: int, at: int, seed: int) -> Stream:
        """The stream without the faults of a clock time from another clock time on.

        Those that last until then. Before it, nothing is other. Itself where nothing is broken, as
        in all streams but faults.
        """
        return self

    def files(self) -> tuple[Path, ...]:
        """Data files that the stream is read from."""
        return ()

    def describe(self) -> str:
        """The stream in a few lines; empty if it says nothing of itself."""
        return ""

    def layers(self) -> list[Stream]:
        """This stream, and the streams inside it, from the outside in."""
        return [self]


class Delay(Readable):
    """When labels become known; the base of all delays.

    A delay has ``label_times``. The rest is optional, with the defaults of this class.

    Attributes
    ----------
    FILE_PARAMETERS : tuple of str
        Of the class: parameters of what makes a delay that may name a data file.
    tells : bool
        Whether what becomes known is not at once the truth; True of a class that has a ``told`` of
        its own. Such a delay cannot be within another.
    by_row : bool
        Of the class: whether each label waits by the time, label and row of its own event alone, so
        that events can be asked about some at a time, and without their features.

    Examples
    --------
    Labels of class 1 wait for 10 rows, and others come at once:

    >>> class OnesWait(Delay):
    ...     by_row = True
    ...
    ...     def label_times(self, events, schema, clock, seed):
    ...         return events.time + 10 * (events.y == 1)
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> events = Batch(np.zeros((3, 1)), y=np.array([0, 1, 1]), time=np.arange(3))
    >>> OnesWait().label_times(events, schema, Clock.of(False, tick=5), seed=0).tolist()
    [0, 11, 12]
    >>> OnesWait().tells, OnesWait().common_wait(Clock.of(False, tick=5)) is None
    (False, True)
    """

    FILE_PARAMETERS: ClassVar[tuple[str, ...]] = ()

    tells: bool = False
    by_row: bool = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "told" in vars(cls):  # nobody forgets to say so
            cls.tells = vars(cls).get("tells", True)
        if "label_times" in vars(cls) and "common_wait" not in vars(cls):
            setattr(cls, "common_wait", Delay.common_wait)  # noqa: B010  # it is no longer true
        if "label_times" in vars(cls) and "by_row" not in vars(cls):
            cls.by_row = False  # likewise

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        """Clock time of each label, ``NEVER_TIME`` for never; int64 of the shape of ``time``.

        ``events`` are all events of the stream, or those rows of it that ``events.rows`` names.
        """
        raise undefined(self, "label_times")

    def told(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> Told | None:
        """What becomes known, where that is not at once the truth."""
        return None

    def common_wait(self, clock: Clock) -> int | None:
        """How long every label waits, in clock units; None: not all as long.

        Where all do, nobody asks for their times, and no array of them is held.
        """
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

    Parameters
    ----------
    given : object
        A `Stream`, or anything with a ``schema`` and ``blocks(seed)``.

    Returns
    -------
    Stream

    Raises
    ------
    TypeError
        If it has no ``schema`` or no ``blocks``.

    Examples
    --------
    >>> class Mine:
    ...     schema = Schema(("x",), "regression", np.array([]), timed=False)
    ...
    ...     def blocks(self, seed):
    ...         yield Batch(np.zeros((2, 1)), y=np.array([0.5, 1.5]), time=np.arange(2))
    >>> stream = as_stream(Mine())
    >>> stream.block(seed=0, number=0).y.tolist(), stream.responds, stream.files()
    ([0.5, 1.5], False, ())
    """
    if isinstance(given, Stream):
        return given
    check_object("stream", given)
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
            "schema", "blocks", "block", "drifts", "drift_events", "truth", "chances", "respond",
            "quiet", "mended", "files", "describe",
        ):  # fmt: skip
            if hasattr(given, name):
                setattr(self, name, getattr(given, name))
        inside = getattr(given, "stream", None)
        self.inside = as_stream(inside) if _is_stream(inside) else None

    @property
    def class_name(self) -> str:
        return type(self.given).__name__

    def __repr__(self) -> str:
        return repr(self.given)

    def layers(self) -> list[Stream]:
        return [self] if self.inside is None else [self, *self.inside.layers()]


def as_delay(
    given: Any, key: str = "delay", expected: str = "a delay, such as Constant('7d')"
) -> Delay:
    """A delay with all that `Delay` has: as it is, or with the defaults for what it lacks.

    ``key`` and ``expected`` are for the message that refuses something else.

    Parameters
    ----------
    given : object
        A `Delay`, or anything with ``label_times(events, schema, clock, seed)``.
    key : str, default='delay'
        Its place in the configuration, for messages.
    expected : str
        What was expected, for messages.

    Returns
    -------
    Delay

    Raises
    ------
    TypeError
        If it has no ``label_times``.

    Examples
    --------
    >>> class AtOnce:
    ...     def label_times(self, events, schema, clock, seed):
    ...         return events.time
    >>> delay = as_delay(AtOnce())
    >>> delay.tells, delay.queues, delay.class_name
    (False, False, 'AtOnce')
    >>> as_delay(7, "bought")
    Traceback (most recent call last):
    TypeError: bought=7: expected a delay, such as Constant('7d')
    """
    check_object(key, given)
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

    def __repr__(self) -> str:
        return repr(self.given)

    def inner(self) -> Sequence[Delay]:
        return self.held


# the parts of a strategy -------------------------------------------------------------------------


class Part(Readable):
    """A part of a strategy; what it need not say has a default here.

    Examples
    --------
    A duration becomes a number of microseconds where the stream has time:

    >>> class Wait(Part):
    ...     def __init__(self, wait):
    ...         self.wait = wait
    ...
    ...     def bind(self, clock):
    ...         self.length = clock.units(self.wait, "wait")
    >>> part = Wait("2s")
    >>> part.bind(Clock.of(True, tick="1d"))
    >>> part, part.length
    (Wait('2s'), 2000000)
    """

    def bind(self, clock: Clock) -> None:
        """Turn durations into the clock's units, and refuse what does not fit the stream.

        Called once before the first tick.
        """

    def check_schema(self, schema: Schema) -> None:
        """Refuse what does not fit the features, classes and slices of the stream.

        Called once before the first tick.
        """

    def check_scores(self, loss: Extent, score: Extent) -> None:
        """Raise `Unreachable` for bounds that no loss or score can reach; asked before a replay.

        A replay warns of them: the part does nothing, or always the same.

        Parameters
        ----------
        loss, score : Extent
            Between which numbers the declared ones lie.
        """

    def check_columns(self, column: Callable[[str], Column]) -> None:
        """Refuse features that it cannot read; asked before the first tick.

        Parameters
        ----------
        column : callable
            Gives a feature by its name, for what kind it is.
        """

    def check_rows(self, X: Any) -> None:
        """Refuse rows that it cannot see; asked before the first tick.

        Parameters
        ----------
        X : pandas.DataFrame or numpy.ndarray of shape (n, d)
            The first rows of the stream, all features.
        """


class Trigger(Part):
    """When to retrain. Asked once in every tick; starts afresh when the champion changes.

    One that depends on the tick alone may have a ``due`` of its own: it is then not asked before,
    and not started afresh.

    Examples
    --------
    The model learned that all is 0; in tick 2 labels arrive that say otherwise, and it is trained
    again:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.streams import Recorded
    >>> class AnyError(Trigger):
    ...     def fires(self, view):
    ...         wrong = int(view.outcomes.arrived_losses().sum())
    ...         return f"{wrong} wrong" if wrong else None
    >>> log = pd.DataFrame({"x": range(8), "y": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": clsim.Strategy(AnyError())},
    ...                     learner=DummyClassifier(), tick=2, warmup=2)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "trigger", ["tick", "reason"]].values.tolist()
    [[2, '2 wrong']]
    """

    @property
    def alarms(self) -> bool:
        """Whether it may raise alarms, so that rows since the last one can be asked for."""
        return True

    @property
    def monitors(self) -> dict[str, Monitor]:
        """The monitors that it reads, by name."""
        return {}

    def begins(self, deployment: int) -> None:
        """It has been started afresh for a champion, the ``deployment``-th of the run, from 1."""

    def check_times(self, begin: int, end: int) -> None:
        """Refuse what lies outside the stream; asked before the first tick.

        Parameters
        ----------
        begin, end : int
            Clock time of the first event, and of the end of the last tick.
        """

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which it may fire; ``NEVER`` if there is none."""
        return tick

    def fires(self, view: View) -> Fired | str | None:
        """Why to retrain now, a `Fired` or the reason alone; None not to."""
        raise undefined(self, "fires")


class Dataset(Part):
    """On which labelled rows to train, how much each counts, and how often it is given.

    Examples
    --------
    Every second labelled row, the latest with the weight 1 and each one before with half as much:

    >>> from types import SimpleNamespace
    >>> class EverySecond(Dataset):
    ...     weighs = True
    ...
    ...     def rows(self, view):
    ...         return view.labelled()[::2]
    ...
    ...     def sample(self, view, rows):
    ...         return Sample(rows, weights=0.5 ** np.arange(len(rows))[::-1])
    >>> view = SimpleNamespace(labelled=lambda: np.arange(6))  # what is asked of a view here
    >>> rows = EverySecond().rows(view)
    >>> rows.tolist(), EverySecond().sample(view, rows).weights.tolist()
    ([0, 2, 4], [0.25, 0.5, 1.0])
    """

    weighs = False
    """Whether rows have weights, so that the learner must take them."""

    asks_models = False
    """Whether it asks the champion about rows, which one that learns row by row cannot tell."""

    reads_alarms = False
    """Whether it goes by alarms, so that the trigger must raise some."""

    def rows(self, view: View) -> Rows:
        """Labelled rows that may be trained on, ascending."""
        raise undefined(self, "rows")

    def sample(self, view: View, rows: Rows) -> Sample:
        """What is made of these, less what is held out: all of them, or some, with weights."""
        return Sample(rows)


class Training(Part):
    """From scratch or on from the champion, and how long it takes.

    Examples
    --------
    On from the champion, and 10 clock units for each row:

    >>> from dataclasses import replace
    >>> from types import SimpleNamespace
    >>> class GoOn(Training):
    ...     initial, hows = "partial_fit", ("partial_fit",)
    ...
    ...     def recipe(self, view):
    ...         return Recipe("partial_fit", parent=view.champion)
    ...
    ...     def formed(self, recipe, sample):
    ...         return replace(recipe, duration=10 * sample.size), sample
    >>> training, view = GoOn(), SimpleNamespace(champion=3)  # what is asked of a view here
    >>> recipe, _ = training.formed(training.recipe(view), Sample(np.arange(4)))
    >>> training.first().how, recipe.parent, recipe.duration
    ('partial_fit', 3, 40)
    """

    initial: How = "fit"
    """How the first model is trained on the warm-up."""

    hows: tuple[How, ...] = ("fit",)
    """All ways of training that it asks for later."""

    never: tuple[str, ...] = ()
    """Steps of a pipeline that are never updated."""

    reads_chances = False
    """Whether it asks for probabilities, so that the learner must have them."""

    @property
    def others(self) -> tuple[Any, ...]:
        """Learners that it trains beside that of the replay."""
        return ()

    def check_begin(self, begins: Callable[[str], int | None]) -> None:
        """Refuse features before they are there; asked before the first tick.

        Parameters
        ----------
        begins : callable
            Gives for a feature the clock time of the first event that has it; None if none has.
        """

    def check_times(self, begin: int, end: int) -> None:
        """Refuse what lies outside the stream; as for `Trigger`."""

    def first(self) -> Recipe:
        """How the first model is trained, on the warm-up."""
        return Recipe(self.initial)

    def recipe(self, view: View) -> Recipe:
        """How the model of this tick is trained."""
        raise undefined(self, "recipe")

    def formed(self, recipe: Recipe, sample: Sample) -> tuple[Recipe, Sample]:
        """The same when the rows are known: how long that takes, and which of them have to wait."""
        return recipe, sample

    def dataset(self, view: View, usual: Dataset) -> Dataset:
        """The rule for the rows of this tick's training, where it is not the usual one."""
        return usual


class EvaluationSet(Part):
    """The labelled rows that an offline test goes by, and what they stand for.

    Examples
    --------
    The last hundred rows that the champion never saw:

    >>> from types import SimpleNamespace
    >>> class LastHundred(EvaluationSet):
    ...     def rows(self, view):
    ...         return view.latest_unseen(100)
    >>> view = SimpleNamespace(latest_unseen=lambda count: np.array([7, 8, 9]))  # but three
    >>> rows = LastHundred().rows(view)
    >>> rows.tolist(), LastHundred().weights(view, rows) is None, LastHundred().told(view, rows)
    ([7, 8, 9], True, {})
    """

    weigh: str | None = None
    """What its weights undo: ``'picked'`` the chances with which labels were bought,
    ``'prediction_powered'`` the same, mended by what is expected of all rows; None: rows have
    none."""

    undoes_picks = False
    """Whether it weighs bought labels by the chance with which they were picked."""

    on_evaluation = False
    """Whether it goes by labels that were bought for evaluation alone."""

    reads_complaints = False
    """Whether it asks for complaints, so that the stream must tell of them."""

    def needs(self) -> tuple[str, int] | None:
        """The parameter and the number of rows that the warm-up must have at the least."""
        return None

    def waits(self) -> int:
        """How old an event must be before it belongs to it, in clock units."""
        return 0

    def reserved(self, view: View) -> Rows:
        """Rows that no model trains on from now on, ascending; asked before every training."""
        return np.empty(0, dtype=np.int64)

    def rows(self, view: View) -> Rows:
        """Labelled rows to judge on, ascending, on which the champion never trained."""
        raise undefined(self, "rows")

    def weights(self, view: View, rows: Rows) -> np.ndarray | None:
        """How many rows each of some stands for, NaN for none; None: all count the same."""
        return view.labels.stands_for(rows) if self.undoes_picks else None

    def told(self, view: View, rows: Rows) -> dict[str, float | str]:
        """What is to be known of some of its rows beside what was found on them."""
        return {}


class Change(Part):
    """A change of features to which answers are expected to respond in a known way.

    Examples
    --------
    Answers are to stay the same if the second feature is taken away:

    >>> from types import SimpleNamespace
    >>> class Without(Change):
    ...     def features(self, view, rows):
    ...         X = view.X(rows).copy()
    ...         X[:, 1] = np.nan
    ...         return X
    >>> view = SimpleNamespace(X=lambda rows: np.ones((len(rows), 2)))
    >>> Without().features(view, np.array([4, 5])).tolist()
    [[1.0, nan], [1.0, nan]]
    """

    def features(self, view: View, rows: Rows) -> Any:
        """The features of some rows with the change, as ``view.X(rows)`` has them without."""
        raise undefined(self, "features")


class OfflineTest(Part):
    """Which test a challenger must pass before it is promoted, or put on trial.

    Examples
    --------
    In tick 2 the last label that is known, 1, is held out of training, which sees more 0 than 1:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> class RightOnTheLast(OfflineTest):
    ...     def holdout(self, view):
    ...         return view.latest(1)
    ...
    ...     def judge(self, view, challenger, champion, holdout):
    ...         loss = view.model(challenger).losses(holdout)[0]
    ...         return Verdict(bool(loss == 0), f"loses {loss:.0f}")
    >>> log = pd.DataFrame({"x": range(8), "y": [0, 0, 0, 1, 1, 1, 1, 1]})
    >>> strategy = clsim.Strategy(At([2]), offline=RightOnTheLast())
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=2, warmup=3)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['loses 1', False]]
    """

    undoes_picks = False
    """Whether it weighs bought labels by the chance with which they were picked."""

    expects_losses = False
    """Whether it asks what answers lose in the mean, so that the learner must have probabilities,
    and the loss must follow from them."""

    on_evaluation = False
    """Whether it goes by labels that were bought for evaluation alone."""

    reads_chances = False
    """Whether it asks for probabilities, so that the learner must have them."""

    reads_complaints = False
    """Whether it asks for complaints, so that the stream must tell of them."""

    def each(self) -> Iterator[OfflineTest]:
        """The test, or those that it is put together from."""
        yield self

    def check_loss(self, loss: str) -> None:
        """Refuse a kind of loss (`clsim.losses.Loss`) by which it cannot judge."""

    def needs(self) -> tuple[str, int] | None:
        """The parameter and the number of rows that the warm-up must have at the least."""
        return None

    def waits(self) -> int:
        """How old an event must be before it counts, in clock units."""
        return 0

    def reserved(self, view: View) -> Rows:
        """Rows that no model trains on from now on; asked before every training, the first too."""
        return np.empty(0, dtype=np.int64)

    def holdout(self, view: View) -> Rows:
        """Labelled rows to keep out of training, fixed when the dataset is formed."""
        return np.empty(0, dtype=np.int64)

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        """Accept or reject, when the training ends; None if there is no test.

        ``holdout`` is what was held out, as far as it is still kept, and without rows on which the
        champion of now trained, if that is another one than then.
        """
        return None


class Review(Part):
    """A person who looks at a challenger that passed its offline test.

    Examples
    --------
    Somebody who takes 5 clock units, and passes what is at least as good as the champion:

    >>> class Careful(Review):
    ...     def ends(self, now):
    ...         return now + 5
    ...
    ...     def finds(self, score, of_champion, draw):
    ...         return score >= of_champion, f"{score} against {of_champion}"
    >>> Careful().ends(100), Careful().finds(0.8, of_champion=0.9, draw=0.5)
    (105, (False, '0.8 against 0.9'))
    """

    looks_at = 0
    """The last stretch of events by whose true labels a model is bad, in clock units."""

    def lasts(self) -> int | None:
        """How long a review lasts at the least, in clock units; None if nobody knows before."""
        return None

    def ends(self, now: int) -> int | None:
        """The clock time at which a review ends that begins now; None: nobody looks."""
        return None

    def insists(self, wins: int, age: int) -> str | None:
        """Why a challenger is looked at that its offline test rejected; None: it is not.

        Parameters
        ----------
        wins : int
            Offline tests in a row that the champion won, this one included.
        age : int
            For how long the champion has served, in clock units.
        """
        return None

    def finds(self, score: float, of_champion: float, draw: float) -> tuple[bool, str]:
        """Whether a challenger may pass, and why.

        Parameters
        ----------
        score, of_champion : float
            True scores of both; NaN where there are no events to look at, or no champion.
        draw : float
            A uniform number in [0, 1).
        """
        return True, ""


class OnlineTest(Part):
    """A challenger's trial on the events that are served. It is bounded in time.

    One that asks for a share lets the challenger answer it; the champion answers the rest.

    Examples
    --------
    Every challenger is a shadow for one tick, and then serves:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> class OneTick(OnlineTest):
    ...     def begin(self, view, trial):
    ...         return Ask(shadow=True)
    ...
    ...     def step(self, view, trial):
    ...         return Verdict(True, "it did not fail") if view.tick > trial.since else None
    >>> log = pd.DataFrame({"x": range(10), "y": [0, 1] * 5})
    >>> strategy = clsim.Strategy(At([1]), online=OneTick())
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=2, warmup=2)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"].isin(["train", "deploy"]), ["tick", "kind"]].values.tolist()
    [[1, 'train'], [2, 'deploy']]
    """

    undoes_picks = False
    """Whether it weighs bought labels by the chance with which they were picked."""

    expects_losses = False
    """Whether it asks what answers lose in the mean, so that the learner must have probabilities,
    and the loss must follow from them."""

    afresh = True
    """Whether a trial starts afresh when the champion changes; else it ends as superseded."""

    unit: str | None = None
    """The feature whose values are sent to one model as a whole, such as a user; None: events."""

    most = 0.0
    """The largest share of the events that a trial asks for."""

    holdback = 0.0
    """The share of the events that stays with the old champion for a while after a promotion."""

    def check_schema(self, schema: Schema) -> None:
        """Refuse a unit that is no feature of the stream."""
        if self.unit is not None and self.unit not in schema.features:
            raise ValueError(unknown("unit", self.unit, schema.features))

    def check_loss(self, loss: str) -> None:
        """Refuse a kind of loss (`clsim.losses.Loss`) by which it cannot judge."""

    def lasts(self) -> int | None:
        """How long a trial lasts at the least, in clock units; None if that is not known before."""
        return None

    def waits(self) -> int:
        """For how long it needs events to be kept, in clock units."""
        return 0

    def holds(self) -> int:
        """How long what is held back stays with the old champion, in clock units."""
        return 0

    def begin(self, view: View, trial: Trial) -> Ask | None:
        """What the challenger is to have, to begin with; None if it is not tried.

        A share that the champion has not left is waited for, and the trial begins when it has.
        """
        return None

    def step(self, view: View, trial: Trial) -> Ask | Verdict | None:
        """In every tick of a trial: what it found, what it is to have from now on, or None.

        None: it goes on as it is. So it does where it asks for more than the champion has left.
        """
        raise undefined(self, "step")


class Guard(Part):
    """What may undo a promotion, or put it off.

    Examples
    --------
    In tick 1 a model is trained on the labels 1 and 1. When those that come next say that all of
    its answers were wrong, the one before serves again:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> class AllWrong(Guard):
    ...     keeps = 1
    ...
    ...     def due(self, tick):
    ...         return tick
    ...
    ...     def watch(self, view):
    ...         losses = view.outcomes.arrived_losses()
    ...         return Rollback("all wrong") if len(losses) and losses.all() else None
    >>> log = pd.DataFrame({"x": range(8), "y": [0, 0, 1, 1, 0, 0, 0, 0]})
    >>> strategy = clsim.Strategy(At([1]), SlidingWindow(2), guard=AllWrong())
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=2, warmup=2)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "rollback", ["tick", "reason"]].values.tolist()
    [[2, 'all wrong']]
    """

    keeps = 0
    """Number of former champions that are kept, so that they can come back."""

    @property
    def monitors(self) -> dict[str, Monitor]:
        """The monitors that it reads, by name."""
        return {}

    def check_times(self, begin: int, end: int) -> None:
        """Refuse what lies outside the stream; as for `Trigger`."""

    def check_columns(self, column: Callable[[str], Column]) -> None:
        """Refuse features that it cannot read; asked before the first tick."""

    def frozen(self, view: View) -> str | None:
        """Which freeze keeps models from beginning to serve in this tick; None: they may.

        Asked in every tick in which one could. Rollbacks are another matter.
        """
        return None

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which it must be asked; ``NEVER`` if none."""
        return NEVER

    def watch(self, view: View) -> Rollback | None:
        """Whether the champion is taken back; asked in every tick after a promotion, or re-use."""
        return None


class Deployment(Part):
    """How a model that is to serve is put in place.

    Examples
    --------
    One deployment in ten fails, and each takes serving down for 3 clock units:

    >>> class Shaky(Deployment):
    ...     def fails(self, draw):
    ...         return draw < 0.1
    ...
    ...     def down(self, draw):
    ...         return 3
    >>> Shaky().fails(0.05), Shaky().fails(0.5), Shaky().down(0.5)
    (True, False, 3)
    """

    def fails(self, draw: float) -> bool:
        """Whether a deployment fails, by a number in [0, 1) that is drawn for it."""
        return False

    def down(self, draw: float) -> int:
        """For how long it takes serving down, in clock units, by another such number."""
        return 0


class Exploring(Part):
    """Which events are answered otherwise than the model has it.

    Examples
    --------
    One event in four is answered with class 1, whatever the model says, so that 1 has a chance of 1
    where the model says 1, and of .25 where it says 0:

    >>> class SomeOnes(Exploring):
    ...     def explored(self, answers, draws, others, n_classes):
    ...         given = np.where(draws < 0.25, 1, answers)
    ...         return given, np.where(answers == 1, 1.0, np.where(given == 1, 0.25, 0.75))
    >>> draws = np.array([0.1, 0.5, 0.1])
    >>> given, chances = SomeOnes().explored(np.array([0, 0, 1]), draws, draws, n_classes=2)
    >>> given.tolist(), chances.tolist()
    ([1, 0, 1], [0.25, 0.75, 1.0])
    """

    explores = True
    """Whether any are."""

    def check_loss(self, loss: str) -> None:
        """Refuse a kind of loss (`clsim.losses.Loss`) that does not go by what is answered."""

    def explored(
        self, answers: np.ndarray, draws: np.ndarray, others: np.ndarray, n_classes: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """What is answered to some events, and with which chance that was so.

        Parameters
        ----------
        answers : numpy.ndarray of shape (n,), int64
            Codes of the classes that the model and its policy answer.
        draws, others : numpy.ndarray of shape (n,)
            Uniform numbers in [0, 1), for whether and for what.
        n_classes : int

        Returns
        -------
        answers, chances : numpy.ndarray of shape (n,)
        """
        return answers, np.ones(len(answers))


class Repairing(Part):
    """Who is called to end what is broken, and when.

    Examples
    --------
    Somebody is called in every tenth tick, and works for 2 clock units:

    >>> from types import SimpleNamespace
    >>> class InTurn(Repairing):
    ...     def takes(self):
    ...         return 2
    ...
    ...     def calls(self, view):
    ...         return "in turn" if view.tick % 10 == 9 else None
    >>> [InTurn().calls(SimpleNamespace(tick=tick)) for tick in (8, 9)], InTurn().chance
    ([None, 'in turn'], 1.0)
    """

    chance = 1.0
    """With which the work ends what is broken."""

    @property
    def monitors(self) -> dict[str, Monitor]:
        """The monitors that it reads, by name."""
        return {}

    def check_times(self, begin: int, end: int) -> None:
        """Refuse what lies outside the stream; as for `Trigger`."""

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which somebody may be called; ``NEVER`` if none."""
        return tick

    def takes(self) -> int:
        """How long the work takes, in clock units."""
        return 0

    def calls(self, view: View) -> Fired | str | None:
        """Why to call somebody now; asked when it is due, and nobody is at work."""
        return None


class Reusing(Part):
    """Which retired model serves again instead of a training.

    Examples
    --------
    The last model that was retired comes back, if there is one:

    >>> from types import SimpleNamespace
    >>> class TheLast(Reusing):
    ...     keeps = 1
    ...
    ...     def choose(self, view):
    ...         return Reuse(view.retired[-1], "the last") if view.retired else None
    >>> TheLast().choose(SimpleNamespace(retired=(2, 4))).model
    4
    >>> TheLast().choose(SimpleNamespace(retired=())) is None
    True
    """

    keeps = 0
    """Number of retired models that are kept for it; those that were withdrawn are among them."""

    def choose(self, view: View) -> Reuse | None:
        """What serves again; asked when a training would start, which None lets it do."""
        return None


class Adaptation(Part):
    """What a model's probabilities become before they are answers, learned while it serves.

    Examples
    --------
    Every model answers the second class from a chance of .25 on:

    >>> from clsim.policies import Cut
    >>> class Eager(Adaptation):
    ...     def adapt(self, view, model, policy, without):
    ...         return Adapt(policy.deciding(Cut(0.25)), "the second class is dear")
    >>> none = np.empty(0, dtype=np.int64)
    >>> adapt = Eager().adapt(None, model=1, policy=Adapted(), without=none)  # it asks no view
    >>> adapt.policy.then
    Cut(at=0.25)
    """

    adapts = True
    """Whether it does anything; then models are asked for probabilities."""

    survives = False
    """Whether what is in force for a champion goes on for the model that takes its place."""

    abstains = False
    """Whether it may leave events to somebody else, so that this must have a price."""

    gives_shares = False
    """Whether it says which shares of classes the probabilities are about that it makes."""

    reads_shares = False
    """Whether it asks which shares of classes a model was trained on, so that trainings must be
    from scratch: of others nobody can say."""

    def check_loss(self, loss: str, schema: Schema) -> None:
        """Refuse a kind of loss (`clsim.losses.Loss`) or a stream under which it means nothing."""

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which the champion is adapted; ``NEVER`` if none."""
        return tick

    def adapt(self, view: View, model: int, policy: Adapted, without: Rows) -> Adapt | None:
        """What turns a model's output into the answer from now on; None: what did so far.

        Asked of the champion when it is due, and not while a trial is on; of a challenger when it
        is to be tested; and of every model that begins to serve.

        Parameters
        ----------
        view : View
        model : int
            A champion, or what may become one.
        policy : Adapted
            What it begins with, each time anew: that of the strategy without adaptation.
        without : Rows
            Labelled rows that it must not look at: those of the test that comes next.
        """
        return None


class Logging(Part):
    """Which served events are kept, and for how long; the warm-up is a log already.

    Examples
    --------
    One event in two is kept, by chance, for 500 clock units:

    >>> class Half(Logging):
    ...     def kept(self, rows, slices, schema, draw):
    ...         return draw(rows) < 0.5
    ...
    ...     def length(self):
    ...         return 500
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> Half().kept(np.array([10, 11]), {}, schema, draw=lambda rows: np.array([0.2, 0.7])).tolist()
    [True, False]
    >>> Half().kept_of(np.array([10, 11]), np.array([0, 1]), None, schema, draw=None).tolist()
    [True, True]
    """

    reads_answers = False
    """Whether it also goes by what was answered, so that ``kept_of`` is asked after every tick."""

    reads_chances = False
    """Whether that needs probabilities, so that the learner must have them."""

    keeps_rows = True
    """Whether it keeps events at all: else there is nothing to train on or to look at later."""

    profiled: Profiled | None = None
    """Of what profiles are kept, of all served events; None: of nothing."""

    def kept(
        self, rows: Rows, slices: Mapping[str, np.ndarray], schema: Schema, draw: Draw
    ) -> np.ndarray | None:
        """Which rows are kept, as a mask; None: all.

        Parameters
        ----------
        rows : Rows
            Served rows.
        slices : mapping of str to numpy.ndarray
            For each slice column, codes of the rows into its names.
        schema : Schema
        draw : callable
            A uniform number in [0, 1) for each of some rows.
        """
        return None

    def kept_of(
        self,
        rows: Rows,
        answers: np.ndarray,
        chances: np.ndarray | None,
        schema: Schema,
        draw: Draw,
    ) -> np.ndarray:
        """Which rows of a tick that has been served are kept, of those that ``kept`` keeps.

        Asked once for each tick, of one that ``reads_answers``.

        Parameters
        ----------
        rows : Rows
        answers : numpy.ndarray of shape (rows,)
            What was answered: codes into ``schema.classes``, -1 for no answer; or values, NaN for
            none.
        chances : numpy.ndarray of shape (rows, classes) or None
            Probabilities that belong to it, NaN where there are none; None: it does not read them.
        schema : Schema
        draw : callable
            A uniform number in [0, 1) for each of some rows, the same as for ``kept``.

        Returns
        -------
        numpy.ndarray of shape (rows,), bool
        """
        return np.ones(len(rows), dtype=bool)

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which it must be asked; ``NEVER`` if none."""
        return tick if self.reads_answers else NEVER

    def length(self) -> int | None:
        """For how long a row may be used after its event, in clock units; None: for good."""
        return None


class Curation(Part):
    """Which labels to buy.

    Examples
    --------
    In every tick each row without a label is bought with a chance of one half:

    >>> from types import SimpleNamespace
    >>> class Half(Curation):
    ...     def due(self, tick):
    ...         return tick
    ...
    ...     def buy(self, view, draw):
    ...         rows = view.labels.missing()
    ...         picked = rows[draw(rows) < 0.5]
    ...         chances = np.full(len(picked), 0.5)
    ...         return Buy(picked, chances, kind="inclusion", candidates=len(rows))
    >>> view = SimpleNamespace(labels=SimpleNamespace(missing=lambda: np.array([3, 5, 8])))
    >>> buy = Half().buy(view, draw=lambda rows: np.array([0.4, 0.9, 0.1]))
    >>> buy.rows.tolist(), buy.chances.tolist(), buy.candidates
    ([3, 8], [0.5, 0.5], 3)
    """

    natural = True
    """Whether labels of served events also come by themselves."""

    evaluation = 0.0
    """Share of the bought labels that are for evaluation alone, and never trained on."""

    delay: Delay | None = None
    """When bought labels come, asked as if the event had happened when it was ordered."""

    reads_chances = False
    """Whether it asks for probabilities, so that the learner must have them."""

    reads_complaints = False
    """Whether it asks for complaints, so that the stream must tell of them."""

    keeps = 0
    """Number of former champions that it asks, so that they are kept."""

    @property
    def biased(self) -> str | None:
        """Why the labels cannot be weighed so that they stand for all events; None: they can."""
        return None

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which it must be asked; ``NEVER`` if none."""
        return NEVER

    def buy(self, view: View, draw: Draw) -> Buy | Sequence[Buy] | None:
        """Labels to order in this tick: one order or several, of different rows, or None.

        Parameters
        ----------
        view : View
        draw : callable
            ``draw(rows)``: a uniform number in [0, 1) for each of some rows, others in every tick;
            ``draw(rows, text)``: others again.
        """
        return None


class Monitor(Part):
    """A signal: one number for each feature or slice, or one, in every tick.

    Examples
    --------
    The mean of a feature over what was served in the tick before:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import Never
    >>> from clsim.streams import Recorded
    >>> class MeanOfX(Monitor):
    ...     shared = True
    ...
    ...     def measure(self, view):
    ...         rows = view.served(max(view.tick - 1, 0))
    ...         return {"x": float(view.column("x", rows).values.mean())} if len(rows) else {}
    >>> log = pd.DataFrame({"x": [0.0, 0.0, 1.0, 3.0, 5.0, 5.0, 0.0, 0.0], "y": [0, 1] * 4})
    >>> strategy = clsim.Strategy(Never(), monitors={"mean": MeanOfX()})
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=2, warmup=2)
    >>> runs["it"].signals[["tick", "signal", "of", "value"]].values.tolist()
    [[1, 'mean', 'x', 2.0], [2, 'mean', 'x', 5.0]]
    """

    reads_chances = False
    """Whether it asks for probabilities, so that the learner must have them."""

    reads_complaints = False
    """Whether it asks for complaints, so that the stream must tell of them."""

    asks_models = False
    """Whether it asks models about rows that others served, which one that learns row by row
    cannot tell."""

    undoes_picks = False
    """Whether it weighs bought labels by the chance with which they were picked."""

    expects_losses = False
    """Whether it asks what answers lose in the mean, so that the learner must have probabilities,
    and the loss must follow from them."""

    p_values = False
    """Whether its values are p-values: the smaller, the more has changed."""

    decides = True
    """Whether rules may go by it; what says how the system does is recorded alone."""

    reads_rows = True
    """Whether it looks at served events, so that logging must keep some."""

    reads_profiles: str | None = None
    """Of what it asks for profiles (`clsim.profiles.KINDS`), so that logging must keep them."""
    shared = False
    """Whether values follow from its parameters and the view alone, whatever it measured before:
    then it measures once for all strategies that show it the same. What it keeps from one tick to
    the next may save time, and must not change a value. A class that measures in a way of its own
    says so of its own: what it inherits is not asked."""

    judges: Duration | None = None
    """Of an estimate of what labels will say: the events that it is of, a number or a duration."""

    @property
    def measures(self) -> str | None:
        """What its values are, so that they are shown as that; None: something of its own.

        A distance, by its name; ``'p_value'``; or the score that it estimates of the events that it
        ``judges``: ``'accuracy'``, or ``'score'``, the declared one.
        """
        return None

    def extent(self, score: Extent) -> Extent:
        """Between which numbers its values lie, so that rules cannot ask for others.

        Parameters
        ----------
        score : Extent
            That of the declared score.
        """
        return Extent()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "measure" in vars(cls):
            cls.shared = vars(cls).get("shared", False)

    def asks_as(self, monitor: Monitor) -> None:
        """Ask for all that another monitor asks for, as one does that is made of its values."""
        self.reads_chances = monitor.reads_chances
        self.reads_complaints = monitor.reads_complaints
        self.asks_models = monitor.asks_models
        self.undoes_picks = monitor.undoes_picks
        self.expects_losses = monitor.expects_losses
        self.decides = monitor.decides
        self.reads_rows, self.reads_profiles = monitor.reads_rows, monitor.reads_profiles
        self.shared = monitor.shared

    def measure(self, view: View) -> dict[Of, float]:
        """The values of a tick by feature (None: one for all); empty where there is no evidence.

        Of a slice: by ``(feature, slice)``.
        """
        raise undefined(self, "measure")

    def measure_each(self, views: Sequence[View]) -> list[dict[Of, float]]:
        """The values of a tick for each of several models that might serve, as one by one.

        To the bit; one that looks at the present once for all of them says how.
        """
        return [self.measure(view) for view in views]

    def cells(self, view: View, wanted: Collection[Of]) -> dict[Of, list[Cell]]:
        """Which bins or categories make some of the values of a tick; empty where there are none.

        Asked for values on which a rule fired, where events are recorded.
        """
        return {}

    def needs(self) -> tuple[str, int] | None:
        """The parameter and the number of rows that the warm-up must have at the least."""
        return None

    def names(self, schema: Schema) -> Sequence[str] | None:
        """The features or slices that it may give values for; None: nobody knows before."""
        return None

    def slice_names(self, schema: Schema) -> Sequence[str] | None:
        """The slices in which it may give values for those; None: nobody knows before."""
        return None


def completed(key: str, part: Any, base: type[Part], needed: str | None = None) -> Any:
    """A part of a strategy, with the defaults of its kind for what it does not say.

    Parts that ship derive from their base; this is the one place where others come in.

    Parameters
    ----------
    key : str
        Its place in the configuration, for messages.
    part : object
    base : type
        `Trigger`, `Dataset`, ...
    needed : str or None, default=None
        The method that it must have. None: the one that has no default.

    Returns
    -------
    object
        A ``base``: the part as it is, or a copy of it that has the defaults too.

    Raises
    ------
    TypeError
        If it lacks the method that it must have.

    Examples
    --------
    >>> class EveryThird:
    ...     def fires(self, view):
    ...         return "third tick" if view.tick % 3 == 2 else None
    >>> trigger = completed("trigger", EveryThird(), Trigger)
    >>> isinstance(trigger, Trigger), trigger.due(4), trigger.monitors
    (True, 4, {})
    >>> completed("trigger", 7, Trigger)
    Traceback (most recent call last):
    TypeError: trigger=7: needs a method 'fires'
    """
    if isinstance(part, base):
        return part
    needed = NEEDED[base] if needed is None else needed
    check_object(key, part)
    if not callable(getattr(part, needed, None)):
        raise TypeError(f"{key}={part!r}: needs a method {needed!r}")
    part = copy.copy(part)
    part.__class__ = _derived(type(part), base)  # type: ignore[arg-type]
    return part


@cache
def _derived(kind: type[Any], base: type[Any]) -> type[Any]:
    """A class that also has the defaults of its base."""
    return type(kind.__name__, (kind, base), {"__module__": kind.__module__})


NEEDED: dict[type[Part], str] = {
    Trigger: "fires",
    Dataset: "rows",
    Training: "recipe",
    EvaluationSet: "rows",
    Change: "features",
    OfflineTest: "judge",
    Review: "finds",
    OnlineTest: "step",
    Guard: "watch",
    Deployment: "fails",
    Adaptation: "adapt",
    Reusing: "choose",
    Repairing: "calls",
    Exploring: "explored",
    Logging: "kept",
    Curation: "buy",
    Monitor: "measure",
}
"""The method of each kind of part that has no default."""


class Learner(Protocol):
    """A model family. Estimators are values: training returns a new one.

    Examples
    --------
    A family of models that answer the mean of the labels that they were trained on:

    >>> class Mean:
    ...     def train(self, X, y, how, parent, weights=None, *, batch=None, frozen=()):
    ...         return float(np.average(y, weights=weights))
    ...
    ...     def answers(self, estimator, X):
    ...         return [estimator] * len(X)
    ...
    ...     def encode(self, answers, estimator):
    ...         return np.asarray(answers, dtype=float)
    >>> learner, X = Mean(), np.zeros((2, 1))
    >>> model = learner.train(X, np.array([1.0, 4.0]), "fit", None, weights=np.array([2.0, 1.0]))
    >>> learner.encode(learner.answers(model, X), model).tolist()
    [2.0, 2.0]
    """

    def train(
        self,
        X: Any,
        y: np.ndarray,
        how: How,
        parent: Any,
        weights: np.ndarray | None = None,
        *,
        batch: int | None = None,
        frozen: tuple[str, ...] = (),
    ) -> Any: ...

    def answers(self, estimator: Any, X: Any) -> Any:
        """What the model itself answers, one for each row."""

    def encode(self, answers: Any, estimator: Any) -> np.ndarray:
        """Class codes (-1: none of the classes) or values; for log loss, probabilities."""
