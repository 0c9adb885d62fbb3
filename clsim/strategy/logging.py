"""Logging: which served events are kept, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_flag, check_number, unknown
from clsim.profiles import Profiled
from clsim.protocols import Draw, Logging, completed
from clsim.types import Rows, Schema


class Everything(Logging):
    """Keep every event.

    Parameters
    ----------
    retention : int, str or None, default=None
        How long a row may be used after its event: rows, or a duration where the stream has time.
        What is older is gone: it can be trained on, tested on and looked at no more. None: for
        good.

    Raises
    ------
    TypeError, ValueError
        If the retention is no duration above 0.

    Examples
    --------
    >>> from clsim.clock import Clock
    >>> logging = Everything(retention=5_000)
    >>> logging.bind(Clock.of(False, tick=100))
    >>> logging.length(), Everything().length() is None
    (5000, True)
    """

    def __init__(self, retention: Duration | None = None) -> None:
        if retention is not None:
            retention = as_duration(retention, "retention", positive=True)
        self.retention = retention
        self._length: int | None = None

    def bind(self, clock: Clock) -> None:
        if self.retention is None:
            return
        self._length = clock.units(self.retention, "logging.retention")
        same = clock.timed != clock.tick_in_rows
        if same and self._length < clock.tick:
            raise ValueError(
                f"logging.retention={self.retention!r}: shorter than a tick, so nothing could ever "
                "be used; keep rows for longer, or shorten the tick"
            )

    def length(self) -> int | None:
        return self._length


class Sample(Everything):
    """Keep a random share of the events.

    An event is kept by a number drawn for its row, so a larger share keeps what a smaller one does.

    Parameters
    ----------
    share : float, default=0.1
        Share of the events that is kept.
    slices : mapping of str to float or None, default=None
        Another share for the events of some slices, by name (``column=value``); of an event in
        several of them the largest counts.
    retention : int, str or None, default=None
        As for `Everything`.

    Examples
    --------
    >>> logging = Sample(0.05, slices={"shop=north": 1.0})

    >>> from clsim.types import Schema
    >>> names = {"shop": ("shop=north", "shop=south")}
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False, slices=names)
    >>> rows, shop = np.array([7, 8, 9]), {"shop": np.array([0, 1, 1])}
    >>> logging.kept(rows, shop, schema, draw=lambda rows: np.array([0.9, 0.9, 0.01])).tolist()
    [True, False, True]
    """

    def __init__(
        self,
        share: float = 0.1,
        slices: Mapping[str, float] | None = None,
        retention: Duration | None = None,
    ) -> None:
        super().__init__(retention)
        check_number("share", share, low=0, high=1)
        if not isinstance(slices or {}, Mapping):
            raise TypeError(f"slices={slices!r}: expected a dict of names of slices to shares")
        for name, value in (slices or {}).items():
            check_number(f"slices.{name}", value, low=0, high=1)
        self.share = share
        self.slices = dict(slices or {})

    def check_schema(self, schema: Schema) -> None:
        names = [name for column in schema.slices.values() for name in column]
        for name in self.slices:
            if name not in names:
                raise ValueError(f"logging.slices: {unknown('slice', name, names or ['none'])}")

    def kept(
        self, rows: Rows, slices: Mapping[str, np.ndarray], schema: Schema, draw: Draw
    ) -> np.ndarray:
        shares = np.full(len(rows), -1.0)
        for name, share in self.slices.items():
            column = next(c for c, given in schema.slices.items() if name in given)
            inside = slices[column] == schema.slices[column].index(name)
            shares[inside] = np.maximum(shares[inside], share)
        return draw(rows) < np.where(shares < 0, self.share, shares)


class ByAnswer(Everything):
    """Keep a random share of the events by what was answered to them.

    It is decided when a tick has been served. An event is kept by a number drawn for its row, so a
    larger share keeps what a smaller one does.

    Parameters
    ----------
    shares : mapping of class to float or None, default=None
        Share of the events that is kept of those to which a class was answered, by its name.
    share : float, default=0.1
        The same for classes that ``shares`` does not name, and for events without an answer.
    retention : int, str or None, default=None
        As for `Everything`.

    Examples
    --------
    >>> logging = ByAnswer({"fraud": 1.0}, share=0.02)

    >>> from clsim.types import Schema
    >>> schema = Schema(("x",), "classification", np.array(["fraud", "fine"]), timed=False)
    >>> rows, answers, draws = np.array([7, 8, 9]), np.array([0, 1, 1]), np.array([0.9, 0.9, 0.01])
    >>> logging.kept_of(rows, answers, None, schema, draw=lambda rows: draws).tolist()
    [True, False, True]
    """

    reads_answers = True

    def __init__(
        self,
        shares: Mapping[Any, float] | None = None,
        share: float = 0.1,
        retention: Duration | None = None,
    ) -> None:
        super().__init__(retention)
        check_number("share", share, low=0, high=1)
        if not isinstance(shares or {}, Mapping):
            raise TypeError(f"shares={shares!r}: expected a dict of classes to shares")
        for name, value in (shares or {}).items():
            check_number(f"shares.{name}", value, low=0, high=1)
        self.share, self.shares = share, dict(shares or {})

    def check_schema(self, schema: Schema) -> None:
        _check_classes("by the class that was answered", schema)
        names = [str(name) for name in schema.classes]
        for name in self.shares:
            if str(name) not in names:
                raise ValueError(f"logging.shares: {unknown('class', name, names)}")

    def kept_of(
        self,
        rows: Rows,
        answers: np.ndarray,
        chances: np.ndarray | None,
        schema: Schema,
        draw: Draw,
    ) -> np.ndarray:
        given = {str(name): share for name, share in self.shares.items()}
        shares = [given.get(str(name), self.share) for name in schema.classes]
        return draw(rows) < np.array([*shares, self.share])[answers]  # -1: no answer


class Unsure(Everything):
    """Keep the events of which the model was unsure.

    It is decided when a tick has been served. An event without probabilities counts as unsure.

    Parameters
    ----------
    below : float, default=0.8
        An event is kept whose confidence is lower.
    by : {'chance', 'margin'}, default='chance'
        What is called confidence: the chance of the class that was answered, or how much likelier
        the likeliest class is than the next.
    rest : float, default=0.0
        Share of the other events that is kept all the same, by a number drawn for the row.
    retention : int, str or None, default=None
        As for `Everything`.

    Examples
    --------
    >>> logging = Unsure(below=0.7, rest=0.01)

    >>> rows, chances = np.array([7, 8, 9]), np.array([[0.6, 0.4], [0.1, 0.9], [0.2, 0.8]])
    >>> answers, draws = chances.argmax(axis=1), np.array([0.5, 0.5, 0.001])
    >>> logging.kept_of(rows, answers, chances, None, draw=lambda rows: draws).tolist()
    [True, False, True]
    """

    reads_answers = True
    reads_chances = True

    def __init__(
        self,
        below: float = 0.8,
        by: str = "chance",
        rest: float = 0.0,
        retention: Duration | None = None,
    ) -> None:
        super().__init__(retention)
        check_number("below", below, low=0, high=1)
        check_choice("by", by, ("chance", "margin"))
        check_number("rest", rest, low=0, high=1)
        self.below, self.by, self.rest = below, by, rest

    def check_schema(self, schema: Schema) -> None:
        _check_classes("by how sure the model was of a class", schema)

    def kept_of(
        self,
        rows: Rows,
        answers: np.ndarray,
        chances: np.ndarray | None,
        schema: Schema,
        draw: Draw,
    ) -> np.ndarray:
        assert chances is not None
        if self.by == "margin":
            most = np.sort(chances, axis=1)
            sure = most[:, -1] - most[:, -2]
        else:
            sure = np.where(answers < 0, np.nan, chances[np.arange(len(rows)), answers])
        return ~(sure >= self.below) | (draw(rows) < self.rest)


class Profiles(Logging):
    """Keep profiles of all events, and rows of some of them or of none.

    A profile is of one feature, of the answers, or of how sure the model was, in one tick and
    slice: counts in bins that the warm-up fixes (or of categories), how many values are missing,
    mean, variance, and the least and the largest value. It is of all events that were served, kept
    or not, and never changes. Ticks are merged without loss.

    Parameters
    ----------
    rows : Logging or None, default=None
        Which rows are kept beside them, such as ``Sample(0.05)``. None: none after the warm-up, so
        there is nothing new to train on, and monitors of rows have nothing to look at.
    bins : int, default=20
        Bins of equal share of the warm-up for numbers. What is below and above all of the warm-up
        has a bin of its own on either side.
    slices : sequence of str, default=()
        Slices that have profiles of their own: slice columns, of which every slice is meant, or
        single slices (``column=value``).
    confidence : bool, default=False
        Whether there are profiles of how sure the model was (the largest chance of a class) too;
        the learner must have probabilities.

    Notes
    -----
    A profile knows the share of values up to an edge of a bin exactly, and up to any other value
    to within the share of the bin that it lies in, which the profile tells
    (`clsim.profiles.Profile.rank`). Of 20 bins that is 5 % as long as values are like those of the
    warm-up.

    Examples
    --------
    >>> logging = Profiles(rows=Sample(0.01), slices=["shop"])

    >>> logging.profiled.bins, logging.keeps_rows, Profiles().keeps_rows
    (20, True, False)
    """

    def __init__(
        self,
        rows: Logging | None = None,
        bins: int = 20,
        slices: Sequence[str] = (),
        confidence: bool = False,
    ) -> None:
        check_number("bins", bins, whole=True, low=1, high=10_000)
        if isinstance(slices, str) or not all(isinstance(name, str) for name in slices):
            raise TypeError(f"slices={slices!r}: expected a list of names of slices")
        check_flag("confidence", confidence)
        given = Sample(0.0) if rows is None else completed("logging.rows", rows, Logging)
        if given.profiled is not None:
            raise ValueError(f"rows={rows!r}: keeps profiles itself; give what it keeps of rows")
        self.rows: Logging = given
        self.keeps_rows = rows is not None
        self.bins, self.slices, self.confidence = bins, tuple(slices), confidence
        self.reads_answers = self.rows.reads_answers
        self.reads_chances = confidence or self.rows.reads_chances
        self.profiled = Profiled(bins, self.slices, confidence)

    def bind(self, clock: Clock) -> None:
        self.rows.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.rows.check_schema(schema)
        every: dict[str, tuple[str, ...]] = {
            name: (name,) for names in schema.slices.values() for name in names
        }
        every |= schema.slices
        for name in self.slices:
            if name not in every:
                raise ValueError(
                    f"logging.slices: {unknown('slice', name, list(every) or ['none'])}"
                )
        names = dict.fromkeys(one for name in self.slices for one in every[name])
        if self.confidence and schema.task != "classification":
            raise ValueError(
                f"logging.confidence: the task of this stream is {schema.task}, and a value has no "
                "chance; leave it out"
            )
        self.profiled = Profiled(self.bins, tuple(names), self.confidence)

    def kept(
        self, rows: Rows, slices: Mapping[str, np.ndarray], schema: Schema, draw: Draw
    ) -> np.ndarray | None:
        return self.rows.kept(rows, slices, schema, draw)

    def kept_of(
        self,
        rows: Rows,
        answers: np.ndarray,
        chances: np.ndarray | None,
        schema: Schema,
        draw: Draw,
    ) -> np.ndarray:
        return self.rows.kept_of(rows, answers, chances, schema, draw)

    def length(self) -> int | None:
        return self.rows.length()


def _check_classes(what: str, schema: Schema) -> None:
    if schema.task != "classification":
        raise ValueError(
            f"logging: it goes {what}, and the task of this stream is {schema.task}; keep a share "
            "of all events (Sample), or of slices"
        )
