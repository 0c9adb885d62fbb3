"""What passes between the parts of clsim, and the protocols that plug-ins meet."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, NoReturn

import numpy as np

from clsim.errors import Unreachable

NEVER = np.iinfo(np.int32).max
"""The tick at which a label arrives that never does."""

NEVER_TIME = np.iinfo(np.int64).max
"""The clock time of a label that never arrives."""

Rows = np.ndarray
"""Row numbers of the stream: int64, ascending, unique."""


def named(rows: Rows) -> Hashable:
    """A name of some ascending rows: the ends of a stretch, or a digest of all.

    Parameters
    ----------
    rows : numpy.ndarray of shape (n,), int64
        Ascending, each once.

    Returns
    -------
    (int, int), bytes or None
        First and last row of a stretch without gaps; 16 bytes of a digest of any others; None of no
        rows. Equal for equal rows alone.

    Examples
    --------
    >>> named(np.arange(3, 7))
    (3, 6)

    >>> named(np.arange(0)) is None, len(named(np.array([3, 5, 6])))
    (True, 16)
    """
    if not len(rows):
        return None
    first, last = int(rows[0]), int(rows[-1])
    if last - first + 1 == len(rows):
        return first, last
    return hashlib.blake2b(rows.tobytes(), digest_size=16).digest()


Columns = dict[str, np.ndarray]
"""A table before it becomes a frame."""

SUM_OF_CHANCES = 1e-3
"""How far the sum of probabilities may lie from 1; single precision leaves less."""

How = Literal["fit", "partial_fit", "warm_start", "refit"]
"""How a learner is trained: from scratch; on from a parent; or from scratch, as a parent's search
of parameters found best."""


WARMUP_LABELS = ("history", "as_recorded")
"""When labels of the warm-up come: all by its end, or as the log says."""


@dataclass(frozen=True)
class Schema:
    """What is known of a stream before its first event.

    Attributes
    ----------
    features : tuple of str
        Names of the feature columns, in order.
    task : {'classification', 'regression'}
    classes : numpy.ndarray
        Class labels, each once, in the order that matrices of costs are read in: as they were
        given, else sorted. Empty for regression.
    timed : bool
        Whether events have timestamps. If not, the clock counts rows.
    slices : dict of str to tuple of str
        For each slice column, the names of its slices (``column=value``).
    served, served_proba : bool
        Whether the stream says what production answered, and with which probabilities.
    versions : tuple of str
        Names of production's versions, where the stream tells them.
    amounts : {'error', 'answer', 'pair'} or None
        Whether each event says in money what any wrong answer to it costs, what each answer costs
        as things came out, or what each answer costs under each true class.
    complaints : {'any', 'production'} or None
        Whether users complain, of whatever they are answered; or whether it is told alone when they
        complained of what production answered.

    Examples
    --------
    >>> schema = Schema(("amount", "age"), "classification", np.array(["bad", "good"]), timed=True)
    >>> len(schema.features), schema.listed, schema.codes(["good"]).tolist()
    (2, "'bad', 'good'", [1])
    >>> schema.served, schema.slices, schema.amounts
    (False, {}, None)
    """

    features: tuple[str, ...]
    task: str
    classes: np.ndarray
    timed: bool
    slices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    served: bool = False
    served_proba: bool = False
    versions: tuple[str, ...] = ()
    amounts: str | None = None
    complaints: str | None = None

    def codes(self, labels: Any) -> np.ndarray:
        """Position in ``classes`` of each of some labels; -1 where it is none of them.

        Parameters
        ----------
        labels : array-like of shape (n,)
            Labels, or answers of any kind: numbers equal to a class are that class, so 1.0 and True
            are 1; text is never a number.

        Returns
        -------
        numpy.ndarray of shape (n,), int64

        Examples
        --------
        >>> schema = Schema(("x",), "classification", np.array(["low", "mid", "high"]), False)
        >>> schema.codes(["high", "low", "maybe", 2]).tolist()
        [2, 0, -1, -1]
        """
        if not isinstance(labels, np.ndarray):
            labels = np.array([*labels, None], dtype=object)[:-1]  # else all would become text
        if self._counted and labels.dtype.kind in "iub":
            codes = labels.astype(np.int64, copy=False)
            strange = (codes < 0) | (codes >= len(self.classes))
            return np.where(strange, -1, codes) if strange.any() else codes
        kinds = {_kind(labels.dtype), _kind(self.classes.dtype)}
        if len(kinds) == 1 and None not in kinds:
            order = self._order
            places = np.searchsorted(self.classes, labels, sorter=order)
            codes = order[np.minimum(places, len(order) - 1)]
            return np.where(self.classes[codes] == labels, codes, -1)
        known = {label: code for code, label in enumerate(self.classes.tolist())}
        return np.array([_looked_up(known, label) for label in labels.tolist()], dtype=np.int64)

    @property
    def listed(self) -> str:
        """The first classes, for messages."""
        classes = self.classes.tolist()
        return ", ".join(map(repr, classes[:10])) + (", ..." if len(classes) > 10 else "")

    @cached_property
    def _counted(self) -> bool:
        """Whether classes are 0, 1, 2, ..., so that labels are their own codes."""
        numbers = self.classes.dtype.kind in "iu"
        return numbers and np.array_equal(self.classes, np.arange(len(self.classes)))

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self.classes, kind="stable")


def _kind(dtype: np.dtype[Any]) -> str | None:
    """What values of a type can be compared with."""
    return "number" if dtype.kind in "iufb" else "text" if dtype.kind == "U" else None


def _looked_up(known: dict[Any, int], label: Any) -> int:
    try:
        return known.get(label, -1)
    except TypeError:  # it cannot be hashed, so it is no class
        return -1


@dataclass(frozen=True)
class Labelling:
    """Which events of a log have a label; those after the last that has one may be still to come.

    Attributes
    ----------
    rows : int
        Events up to the last that has a label.
    labelled : int
        Those of them whose label came.
    left_out : int
        Those of them that are left out of the stream.
    answers : tuple of (str, int, int)
        For each answer of production, if they are told and few: the answer, the events that it was
        given to, and those of them whose label came.

    Examples
    --------
    Of 100 events before the last label, 80 have one; 5 of the others are left out of the stream:

    >>> answers = ("no", 40, 20), ("yes", 60, 60)
    >>> found = Labelling(rows=100, labelled=80, left_out=5, answers=answers)
    >>> {answer: came / given for answer, given, came in found.answers}
    {'no': 0.5, 'yes': 1.0}
    """

    rows: int
    labelled: int
    left_out: int
    answers: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class Production:
    """What the model in production answered to consecutive events.

    Attributes
    ----------
    answers : numpy.ndarray of shape (n,)
        int64 codes into ``Schema.classes``, -1 for no answer; or float64 values, NaN for none.
    proba : numpy.ndarray of shape (n, classes), float64, or None
        The chance of each class, a row of NaN where it is not known; None: never known.
    version : numpy.ndarray of shape (n,), int64, or None
        Codes into ``Schema.versions``, -1 where there is no answer; None: not known.

    Examples
    --------
    Three events, of which the second was not answered:

    >>> answered = Production(np.array([0, -1, 1]), version=np.array([0, -1, 0]))
    >>> last = answered.each(lambda values: values[1:])
    >>> last.answers.tolist(), last.version.tolist(), last.proba is None
    ([-1, 1], [-1, 0], True)
    """

    answers: np.ndarray
    proba: np.ndarray | None = None
    version: np.ndarray | None = None

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Production:
        """The same with every array changed."""
        proba, version = (
            None if values is None else change(values) for values in (self.proba, self.version)
        )
        return Production(change(self.answers), proba, version)


class Cell(NamedTuple):
    """A bin or category of a value that a monitor gave.

    Attributes
    ----------
    name : str
    reference, current : float
        Its shares then and now.
    part : float
        What it gives to the value.
    adds : {'value', 'square', 'largest'}
        Parts add up to the value, or to its square; or the largest of them is the value.
    rows : tuple of int
        Some of the latest rows in it, if it has grown.

    Examples
    --------
    Of reds there were .2 and are .5, so they give .3 to the sum of absolute differences:

    >>> cell = Cell("red", reference=0.2, current=0.5, part=0.3, adds="value", rows=(17, 18))
    >>> cell.name, cell.part, cell.rows
    ('red', 0.3, (17, 18))
    """

    name: str
    reference: float
    current: float
    part: float
    adds: str
    rows: tuple[int, ...]


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
    available : numpy.ndarray of shape (n,), int64, or None
        When each row can be trained on, on the same clock; None: as soon as its label is known.
    rows : numpy.ndarray of shape (n,), int64, or None
        Row numbers of the stream, by which a delay draws, where the batch is a piece of what the
        stream holds; None: it begins with row 0, or it is as the stream yields it.
    production : Production or None
        What the model in production answered, where the stream says so.
    amount : numpy.ndarray of shape (n,), (n, classes) or (n, classes, classes), float64, or None
        What a wrong answer to each event costs; or what the answer of each class to it cost, as
        things came out; or what it costs by true and answered class. None where the stream does not
        say.
    complaints : numpy.ndarray of shape (n, 2), int64, or None
        When the user complains of each event if it is answered rightly, and if wrongly, on the same
        clock; ``NEVER_TIME`` for never. None where the stream does not say.
    deleted : numpy.ndarray of shape (n,), int64, or None
        When somebody asks that each event is deleted from what was logged, on the same clock;
        ``NEVER_TIME`` for never. None: nobody asks.

    Examples
    --------
    Three events at 0, 10 and 20, whose labels are known 5 later, and of the last never:

    >>> batch = Batch(
    ...     X=np.array([[0.5], [1.5], [2.5]]),
    ...     y=np.array([0, 1, 1]),
    ...     time=np.array([0, 10, 20]),
    ...     label_time=np.array([5, 15, NEVER_TIME]),
    ... )
    >>> last = batch.take(np.array([2]))
    >>> last.X.tolist(), last.y.tolist(), last.label_time.tolist() == [NEVER_TIME]
    ([[2.5]], [1], True)
    """

    X: Any
    y: np.ndarray
    time: np.ndarray
    label_time: np.ndarray | None = None
    slices: dict[str, np.ndarray] = field(default_factory=dict)
    available: np.ndarray | None = None
    rows: np.ndarray | None = None
    production: Production | None = None
    amount: np.ndarray | None = None
    complaints: np.ndarray | None = None
    deleted: np.ndarray | None = None

    def take(self, order: np.ndarray) -> Batch:
        """The events at some positions, in this order."""

        def taken(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[order]

        X = self.X
        X = X[order] if isinstance(X, np.ndarray) else X.iloc[order].reset_index(drop=True)
        return Batch(
            X,
            self.y[order],
            self.time[order],
            taken(self.label_time),
            {column: codes[order] for column, codes in self.slices.items()},
            taken(self.available),
            taken(self.rows),
            None if self.production is None else self.production.each(lambda values: values[order]),
            taken(self.amount),
            taken(self.complaints),
            taken(self.deleted),
        )


@dataclass(frozen=True)
class Told:
    """Labels as they are told, where that is not at once the truth.

    Attributes
    ----------
    y : numpy.ndarray of shape (n,) or None
        Each label as it is told first; None: the truth.
    revised : numpy.ndarray of shape (n,), int64, or None
        Clock time at which the truth replaces it; ``NEVER_TIME``, or None for all: never.
    votes : numpy.ndarray of shape (n,), int64, or None
        Number of votes that each label takes, where people vote.

    Examples
    --------
    The first label is told as 0, and turns out to be 1 at time 90; the second is true at once:

    >>> told = Told(y=np.array([0, 1]), revised=np.array([90, NEVER_TIME]))
    >>> told.y.tolist(), int(told.revised[0]), told.votes is None
    ([0, 1], 90, True)
    """

    y: np.ndarray | None = None
    revised: np.ndarray | None = None
    votes: np.ndarray | None = None


_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Served:
    """What was served in a tick, and what is to come, for a stream that responds to it.

    Attributes
    ----------
    tick : int
    rows : Rows
        Rows that the tick served.
    batch : Batch
        Their events.
    answers : numpy.ndarray of shape (len(rows),)
        What was predicted for each: labels of classes, or values.
    answered : numpy.ndarray of shape (len(rows),), bool
        Whether there was a prediction.
    upcoming_rows : Rows
        Rows that the next tick will serve; empty at the end.
    upcoming : Batch
        Their events, as they would happen.

    Examples
    --------
    A tick of two events, of which the model answered one; the next tick, of one event, is the last:

    >>> batch = Batch(np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 1]), np.array([0, 1, 2]))
    >>> served = Served(
    ...     tick=4, rows=np.array([10, 11]), batch=batch.take(np.array([0, 1])),
    ...     answers=np.array([0, 0]), answered=np.array([True, False]),
    ...     upcoming_rows=np.array([12]), upcoming=batch.take(np.array([2])),
    ... )
    >>> served.rows[served.answered].tolist(), served.upcoming.y.tolist()
    ([10], [1])
    """

    tick: int
    rows: Rows
    batch: Batch
    answers: np.ndarray
    answered: np.ndarray
    upcoming_rows: Rows
    upcoming: Batch


@dataclass(frozen=True)
class Response:
    """How a stream responds to what was served.

    Attributes
    ----------
    hidden : Rows
        Served rows whose label will never be known.
    gone : Rows
        Upcoming rows that do not happen.
    y : numpy.ndarray or None
        Labels of the upcoming rows; None: as they are.
    state : object
        What the stream is to be given in the next tick.

    Examples
    --------
    A loan that was refused is never known to be paid back or not, and nothing else changes:

    >>> response = Response(hidden=np.array([11]))
    >>> response.hidden.tolist(), response.gone.tolist(), response.y is None
    ([11], [], True)
    """

    hidden: Rows = field(default_factory=_NONE.copy)
    gone: Rows = field(default_factory=_NONE.copy)
    y: np.ndarray | None = None
    state: Any = None


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

    Examples
    --------
    >>> change = DriftEvent("gradual", start=500, end=600, slice="region=north")
    >>> change.target, change.end - change.start
    ('concept', 100)
    """

    kind: str
    start: int
    end: int
    target: str = "concept"
    slice: str | None = None


@dataclass(frozen=True)
class Sample:
    """Rows to train on.

    Attributes
    ----------
    rows : Rows
        Labelled rows.
    weights : numpy.ndarray of the same shape, float64, or None
        How much each counts; None: all the same.
    counts : numpy.ndarray of the same shape, int64, or None
        How often each is given to the learner, at least once; None: once. Where it has a weight
        too, that is of each time.
    taught : numpy.ndarray of shape (n, classes) or (n,), float64, or None
        What is learned in place of labels: chances of the classes, or values. Rows may then be
        without a label. None: the labels that are known.
    noted : dict of str to object
        What is kept of it in the event of its training, as JSON; it decides nothing.
    veto : str or None
        Why nothing may be trained on it; None: it may.

    Examples
    --------
    Three rows, of which the learner is given the first twice:

    >>> sample = Sample(np.array([4, 5, 9]), counts=np.array([2, 1, 1]))
    >>> sample.size, sample.at(np.array([0, 2])).rows.tolist()
    (4, [4, 9])
    """

    rows: Rows
    weights: np.ndarray | None = None
    counts: np.ndarray | None = None
    taught: np.ndarray | None = None
    noted: dict[str, Any] = field(default_factory=dict)
    veto: str | None = None

    @property
    def size(self) -> int:
        """How many rows the learner is given; of what is taught, one for each likely class."""
        if self.taught is not None and self.taught.ndim == 2:
            return int(np.count_nonzero(self.taught))
        return len(self.rows) if self.counts is None else int(self.counts.sum())

    def at(self, places: np.ndarray) -> Sample:
        """The same of the rows at some ascending places, or where a mask says so."""
        return replace(
            self,
            rows=self.rows[places],
            weights=None if self.weights is None else self.weights[places],
            counts=None if self.counts is None else self.counts[places],
            taught=None if self.taught is None else self.taught[places],
        )


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes
    ----------
    how : {'fit', 'partial_fit', 'warm_start', 'refit'}
    parent : int or None
        The model of this run that training goes on from, or whose parameters are taken (refit);
        None: from scratch.
    duration : int
        Simulated length of the training, in clock units (microseconds or rows).
    row_by_row : bool
        Whether the model goes on learning, row by row, while it serves.
    until : int or None
        The clock time from which on it learns no more; None: it goes on.
    batch : int or None
        How many rows ``partial_fit`` is given at a time, in their order; None: all.
    frozen : tuple of str
        Steps of a pipeline that learn nothing in this training (``partial_fit``).
    learner : object
        What is trained in place of the replay's learner; None: that.

    Examples
    --------
    >>> scratch, on = Recipe("fit"), Recipe("partial_fit", parent=3, duration=50)
    >>> scratch.parent is None, on.parent, on.duration
    (True, 3, 50)
    """

    how: How
    parent: int | None = None
    duration: int = 0
    row_by_row: bool = False
    until: int | None = None
    batch: int | None = None
    frozen: tuple[str, ...] = ()
    learner: Any = None


@dataclass(frozen=True)
class Plan:
    """A training that a strategy asks for.

    Attributes
    ----------
    sample : Sample
    recipe : Recipe
    reason : str
        Why the trigger fired.
    holdout : Rows
        Labelled rows kept out of training for the offline test.

    Examples
    --------
    Train on rows 0 to 7, and keep 8 and 9 for the test:

    >>> plan = Plan(Sample(np.arange(8)), Recipe("fit"), "periodic", holdout=np.array([8, 9]))
    >>> plan.reason, plan.sample.size, plan.holdout.tolist()
    ('periodic', 8, [8, 9])
    """

    sample: Sample
    recipe: Recipe
    reason: str
    holdout: Rows = field(default_factory=_NONE.copy)


class Column(NamedTuple):
    """A feature of some rows, as numbers.

    Attributes
    ----------
    values : numpy.ndarray of shape (n,)
        float64, NaN where it is missing; or int64 codes of categories, -1 where it is missing.
    names : numpy.ndarray of str, or None
        What the codes stand for, in order; None of numbers. It may name categories that no row has
        had so far, so what is computed must not depend on how many there are.

    Examples
    --------
    >>> Column(np.array([1.5, np.nan])).missing.tolist()
    [False, True]
    >>> Column(np.array([1, -1, 0]), names=np.array(["no", "yes"])).missing.tolist()
    [False, True, False]
    """

    values: np.ndarray
    names: np.ndarray | None = None

    @property
    def missing(self) -> np.ndarray:
        """Which values are missing, as a mask."""
        return np.isnan(self.values) if self.names is None else self.values < 0


Of = str | None | tuple[str | None, str]
"""What a value of a signal is of: a feature, or everything (None); in a slice: (that, slice)."""


class Extent(NamedTuple):
    """Between which numbers something lies, its ends included; infinite where nobody can say.

    Attributes
    ----------
    low, high : float
    of : str
        What lies there, for messages.
    binary : bool
        Whether it is always one of the two ends.

    Examples
    --------
    >>> score = Extent(0, 1, "the score")
    >>> score.check_below("below", 0.8)
    >>> score.check_below("below", 80)
    Traceback (most recent call last):
    clsim.errors.Unreachable: below=80: the score is always below it, being at most 1; give a \
number above 0 and up to 1
    """

    low: float = -math.inf
    high: float = math.inf
    of: str = "the value"
    binary: bool = False

    def check_above(self, key: str, bound: float) -> None:
        """Refuse a bound that is never passed upwards, or always.

        Raises
        ------
        Unreachable
        """
        if bound >= self.high:
            self._refuse(f"{key}={bound:g}", f"never above it, being at most {self.high:g}", True)
        if bound < self.low:
            self._refuse(f"{key}={bound:g}", f"always above it, being at least {self.low:g}", True)

    def check_below(self, key: str, bound: float) -> None:
        """The same of a bound that is passed downwards."""
        if bound <= self.low:
            self._refuse(f"{key}={bound:g}", f"never below it, being at least {self.low:g}", False)
        if bound > self.high:
            self._refuse(f"{key}={bound:g}", f"always below it, being at most {self.high:g}", False)

    def check_gap(self, key: str, gap: float) -> None:
        """Refuse a difference that no two of these can exceed.

        Raises
        ------
        Unreachable
        """
        if gap >= self.high - self.low:
            raise Unreachable(
                f"{key}={gap:g}: {self.of} lies between {self.low:g} and {self.high:g}, so two of "
                f"them never differ by more; give less than {self.high - self.low:g}"
            )

    def _refuse(self, given: str, said: str, from_low: bool) -> NoReturn:
        low = "" if math.isinf(self.low) else f"{'from' if from_low else 'above'} {self.low:g}"
        high = "" if math.isinf(self.high) else f"{'below' if from_low else 'up to'} {self.high:g}"
        allowed = " and ".join(one for one in (low, high) if one)
        raise Unreachable(f"{given}: {self.of} is {said}; give a number {allowed}")


@dataclass(frozen=True)
class Fired:
    """What a rule over signals says when it fires.

    Attributes
    ----------
    reason : str
    detail : dict of str to float
        Numbers that belong to it.
    alarms : tuple of str
        Names of what raised an alarm, which is recorded whether or not anything follows.
    signals : tuple of (str, Of)
        The signals, by name and by feature or slice, that made it fire.
    held : bool
        Whether it is held back: its alarms are recorded, and nothing is retrained.
    looked_at, missed : tuple of str
        Alarms that somebody with limited attention looked at, and that found nobody; not among
        ``alarms``.

    Examples
    --------
    >>> fired = Fired("psi above 0.2", {"value": 0.31}, signals=(("psi", "age"),))
    >>> fired.reason, fired.detail["value"], fired.held
    ('psi above 0.2', 0.31, False)
    """

    reason: str
    detail: dict[str, float] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    signals: tuple[tuple[str, Of], ...] = ()
    held: bool = False
    looked_at: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alarm:
    """Alarms of a tick, which are recorded whether or not anything follows.

    Attributes
    ----------
    reasons : tuple of str
        Of those on which no attention is spent by a limit.
    signals : tuple of (str, Of)
        The signals that all of them go by, by name and by feature or slice.
    looked_at, missed : tuple of str
        Likewise reasons: of those that somebody with limited attention looked at, and of those
        that found nobody.

    Examples
    --------
    Of two alarms on one signal, somebody had time for one:

    >>> alarm = Alarm((), (("psi", "age"),), looked_at=("psi > 0.2",), missed=("psi > 0.1",))
    >>> len(alarm.looked_at) + len(alarm.missed), alarm.reasons
    (2, ())
    """

    reasons: tuple[str, ...]
    signals: tuple[tuple[str, Of], ...] = ()
    looked_at: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Buy:
    """Labels that a strategy orders.

    Attributes
    ----------
    rows : Rows
        Logged rows, served or of the warm-up, whose label is neither known nor ordered.
    chances : numpy.ndarray of the same shape, float64, or None
        The chance with which each was picked.
    kind : {'inclusion', 'sequence'} or None
        What the chances are: of being among those picked, or of being picked next among those left
        (rows in the order picked). None: they cannot be corrected for.
    candidates : int or None
        Number of rows that they were picked from; by ``sequence`` it is needed.
    evaluation : bool
        Whether the labels are for evaluation alone, and never trained on.

    Examples
    --------
    Two of a hundred rows, each picked with the chance .02:

    >>> buy = Buy(np.array([17, 80]), np.array([0.02, 0.02]), kind="inclusion", candidates=100)
    >>> (1 / buy.chances).tolist()  # how many rows each stands for
    [50.0, 50.0]
    """

    rows: Rows
    chances: np.ndarray | None = None
    kind: Literal["inclusion", "sequence"] | None = None
    candidates: int | None = None
    evaluation: bool = False


@dataclass(frozen=True)
class Ask:
    """What an online test asks for a challenger.

    Attributes
    ----------
    share : float, default=0.0
        Of the events that it answers, in [0, 1].
    shadow : bool, default=False
        Whether it is asked beside the others about the events that they answer.

    Examples
    --------
    >>> canary, shadow = Ask(share=0.05), Ask(shadow=True)
    >>> canary.shadow, shadow.share
    (False, 0.0)
    """

    share: float = 0.0
    shadow: bool = False


@dataclass(frozen=True)
class Trial:
    """A challenger on an online test.

    Attributes
    ----------
    model : int
        Number of the challenger.
    champion : int
        Number of the model that it is tried against.
    tick : int
        The tick in which it began.
    ask : Ask or None, default=None
        What it has of what its test asked for; None: it waits for a share that the champion has
        not left.
    since : int, default=-1
        The tick from which on it has that; -1 while it waits.

    Examples
    --------
    It begins in tick 7, waits, and has 5 % of the events from tick 9 on:

    >>> from dataclasses import replace
    >>> waiting = Trial(model=2, champion=1, tick=7)
    >>> begun = replace(waiting, ask=Ask(share=0.05), since=9)
    >>> waiting.share, waiting.since, begun.share, begun.since
    (0.0, -1, 0.05, 9)
    """

    model: int
    champion: int
    tick: int
    ask: Ask | None = None
    since: int = -1

    @property
    def share(self) -> float:
        """The share of the events that it answers."""
        return 0.0 if self.ask is None else self.ask.share


@dataclass(frozen=True)
class Line:
    """One line of a challenger's report card: one metric on one slice.

    Attributes
    ----------
    test : str
        What was asked, such as ``floor`` or ``not worse``.
    metric : str
        As in `clsim.metrics`, or ``score``, ``loss``, or what else was measured.
    of_slice : str
    challenger, champion : float or None
        Their values; None where there is none.
    low, high : float or None
        The interval that the test went by: of the difference challenger - champion, or of the
        challenger's own value where it is held against a bound; None for an open end.
    rows : int
        Number of rows that it rests on.
    accepted : bool or None
        None: it was not asked of the challenger, or there is no evidence.
    reason : str
    shows : float or None, default=None
        The smallest difference that so many rows show, with the chance that the test states.

    Examples
    --------
    Accuracy rose by .02, and the interval of the difference ends above 0:

    >>> line = Line(
    ...     "better", "score", "all", challenger=0.92, champion=0.90, low=0.01, high=0.03, rows=800,
    ...     accepted=True, reason="0.02 better",
    ... )
    >>> line.low > 0, line.accepted, line.shows is None
    (True, True, True)
    """

    test: str
    metric: str
    of_slice: str
    challenger: float | None
    champion: float | None
    low: float | None
    high: float | None
    rows: int
    accepted: bool | None
    reason: str
    shows: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What a test found.

    Attributes
    ----------
    accepted : bool
    reason : str
    detail : dict of str to float
    rows : int or None
        Number of rows that it rests on, where they are not the holdout.
    card : tuple of Line
        The report card: what was found in each metric and slice.
    of_set : dict of str to float or str
        What is to be known of the evaluation set that it went by, such as its version.

    Examples
    --------
    >>> verdict = Verdict(True, "better by 0.02", {"difference": 0.02}, rows=800)
    >>> verdict.accepted, verdict.noted
    (True, {'difference': 0.02})
    """

    accepted: bool
    reason: str
    detail: dict[str, float] = field(default_factory=dict)
    rows: int | None = None
    card: tuple[Line, ...] = ()
    of_set: dict[str, float | str] = field(default_factory=dict)

    @property
    def noted(self) -> dict[str, Any]:
        """What is noted of it beside the reason: detail, set, and with a report card its lines."""
        noted: dict[str, Any] = {**self.detail, **self.of_set}
        if not self.card:
            return noted
        return {**noted, "card": [asdict(line) for line in self.card]}


@dataclass(frozen=True)
class Rollback:
    """A champion that is taken back.

    Attributes
    ----------
    reason : str
    to : int or None
        Number of the model that is to serve again; None: the one that it replaced.
    detail : dict of str to float
    distrust : bool
        Whether rows that only the withdrawn model has trained on are kept from later trainings.
    signals : tuple of (str, Of)
        The signals, by name and by feature or slice, on which a rule fired.

    Examples
    --------
    Back to the model before, without trusting what the withdrawn one was trained on:

    >>> back = Rollback("accuracy fell by 0.2", detail={"fall": 0.2}, distrust=True)
    >>> back.to is None, back.distrust
    (True, True)
    """

    reason: str
    to: int | None = None
    detail: dict[str, float] = field(default_factory=dict)
    distrust: bool = False
    signals: tuple[tuple[str, Of], ...] = ()


@dataclass(frozen=True)
class Reuse:
    """A retired model that is to serve again.

    Attributes
    ----------
    model : int
        Its number.
    reason : str
    detail : dict of str to float

    Examples
    --------
    >>> again = Reuse(model=2, reason="last summer's model fits again", detail={"score": 0.91})
    >>> again.model, again.detail["score"]
    (2, 0.91)
    """

    model: int
    reason: str
    detail: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """That a person is called to end what is broken.

    Attributes
    ----------
    reason : str
    takes : int
        How long the work takes, in clock units.
    chance : float
        With which it ends what is broken.
    detail : dict of str to float
        Numbers that say why.

    Examples
    --------
    Somebody who works for 3 clock units, and succeeds in nine of ten cases:

    >>> call = Call("the feature is constant", takes=3, chance=0.9)
    >>> call.takes, call.detail
    (3, {})
    """

    reason: str
    takes: int
    chance: float
    detail: dict[str, float] = field(default_factory=dict)
