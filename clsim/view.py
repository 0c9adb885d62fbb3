"""All that a strategy may know."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol

import numpy as np

from clsim.policies import Policy
from clsim.profiles import Profile
from clsim.randomness import integer, uniform
from clsim.types import Column, Of, Rows, Schema, Trial


class Rowed(Protocol):
    """Which rows are known at a tick.

    Examples
    --------
    Labels that come three rows after their event, as the engine knows them. The first two rows are
    the warm-up; tick 2 begins with row 6, when the labels of the rows 2 and 3 have just come:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> from clsim.streams.delays import Constant
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> labels = Knowledge.of(stream, seed=0, tick=2, warmup=2, delay=Constant(3)).known
    >>> labels.at(2).tolist(), labels.at(2, low=1).tolist(), labels.arrived(2).tolist()
    ([0, 1, 2, 3], [1, 2, 3], [2, 3])
    >>> labels.latest(2, count=3).tolist(), labels.counts_at(1)
    ([1, 2, 3], 2)
    >>> labels.ticks_of(np.arange(4)).tolist()
    [0, 0, 2, 2]
    """

    def at(self, tick: int, low: int = 0) -> Rows: ...

    def latest(self, tick: int, count: int) -> Rows: ...

    def arrived(self, tick: int) -> Rows: ...

    def counts_at(self, tick: int) -> int: ...

    def ticks_of(self, rows: Rows) -> np.ndarray: ...


class Clocked(Protocol):
    """The events of a stream on the clock.

    Examples
    --------
    The engine's, of eight rows of which two are the warm-up; a tick has two:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> timeline = Knowledge.of(stream, seed=0, tick=2, warmup=2).timeline
    >>> timeline.n_warm, timeline.first[:3].tolist(), timeline.row_at(5)
    (2, [2, 4, 6], 5)
    >>> timeline.column("x", np.array([1, 2])).values.tolist()
    [1.0, 2.0]
    """

    schema: Schema
    n_warm: int
    starts: np.ndarray
    first: np.ndarray
    seed: int

    @property
    def time(self) -> np.ndarray: ...

    @property
    def slices(self) -> dict[str, np.ndarray]: ...

    def row_at(self, time: int) -> int: ...

    def X_of(self, rows: Rows) -> Any: ...

    def column(self, name: str, rows: slice | Rows) -> Column: ...


class Seen(Protocol):
    """Whose features can be seen at a tick; the engine's ``Seen`` meets it.

    Examples
    --------
    The engine's, of eight rows of which two are the warm-up; tick 1 begins with row 4:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> seen = Knowledge.of(stream, seed=0, tick=2, warmup=2).seen
    >>> seen.rows(1).tolist(), seen.rows(1, low=1, high=3).tolist()
    ([0, 1, 2, 3], [1, 2])
    >>> seen.check(np.array([3, 4]), 1)
    Traceback (most recent call last):
    LookupError: row 4 is not served before tick 1
    """

    def left(self, rows: Rows, tick: int) -> Rows: ...

    def check(self, rows: Rows, tick: int) -> None: ...

    def rows(self, tick: int, low: int = 0, high: int | None = None) -> Rows: ...


class Telling(Protocol):
    """What labels say at a tick; the engine's ``Telling`` meets it.

    Examples
    --------
    The engine's, of labels that are all true at once, so that none is revised:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> telling = Knowledge.of(stream, seed=0, tick=2, warmup=2).telling
    >>> telling.y_at(np.array([1, 2]), 1).tolist(), telling.revised(0, 1)[0].tolist()
    ([1, 0], [])
    """

    def y_at(self, rows: Rows, tick: Any) -> np.ndarray: ...

    def revised(self, after: int, until: int) -> tuple[Rows, np.ndarray]: ...


class Known(Protocol):
    """What a strategy knows of the world at each tick; the engine's ``Knowledge`` meets it.

    Examples
    --------
    Labels come three rows after their event. Tick 1 begins with row 4, and has seen the rows up to
    3, but of 2 and 3 no labels:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> from clsim.streams.delays import Constant
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> known = Knowledge.of(stream, seed=0, tick=2, warmup=2, delay=Constant(3))
    >>> known.unlabelled(1).tolist(), known.ordered(1, evaluation=True).tolist()
    ([2, 3], [])
    >>> known.check_known(np.array([1, 2]), 1)
    Traceback (most recent call last):
    LookupError: the label of row 2 has not arrived at tick 1
    """

    @property
    def timeline(self) -> Clocked: ...

    @property
    def known(self) -> Rowed: ...

    @property
    def training(self) -> Rowed: ...

    @property
    def seen(self) -> Seen: ...

    @property
    def telling(self) -> Telling: ...

    def unlabelled(self, tick: int, rows: Rows | None = None) -> Rows: ...

    def ordered(self, tick: int, evaluation: bool) -> Rows: ...

    def stands_for(self, rows: Rows) -> np.ndarray: ...

    def evaluation(self, tick: int) -> Rows: ...

    def check_known(self, rows: Rows, tick: int) -> None: ...


class Past(Protocol):
    """What the strategy has done so far; the engine's ``Past`` meets it.

    Examples
    --------
    A view asks it for what the strategy did, so a stand-in need have no more than is asked for:

    >>> from types import SimpleNamespace
    >>> past = SimpleNamespace(champion=2, training_ticks=[0, 4], alarms=[3, 6], in_flight=False)
    >>> view = View(None, past, tick=6)  # what is known of the world is not asked for here
    >>> view.champion, view.training_ticks, view.alarms, view.in_flight
    (2, [0, 4], [3], False)
    """

    @property
    def training_ticks(self) -> list[int]: ...

    @property
    def looks(self) -> list[int]: ...

    @property
    def alarms(self) -> list[int]: ...

    @property
    def in_flight(self) -> bool: ...

    @property
    def on_trial(self) -> bool: ...

    @property
    def trials(self) -> tuple[Trial, ...]: ...

    @property
    def called(self) -> int | None: ...

    @property
    def champion(self) -> int | None: ...

    @property
    def has_champion(self) -> bool: ...

    @property
    def replaced(self) -> int | None: ...

    @property
    def former(self) -> tuple[int, ...]: ...

    @property
    def retired(self) -> tuple[int, ...]: ...

    @property
    def promoted(self) -> int: ...

    @property
    def trained_rows(self) -> Rows: ...

    @property
    def held_out(self) -> Rows: ...

    def answers(self, rows: Rows, tick: int) -> np.ndarray: ...

    def chances(self, rows: Rows, tick: int) -> np.ndarray: ...

    def complaints(self, rows: Rows, tick: int) -> np.ndarray: ...

    def answers_on(self, model: int | None, rows: Rows, tick: int, X: Any = None) -> np.ndarray: ...

    def chances_on(self, model: int | None, rows: Rows, tick: int, X: Any = None) -> np.ndarray: ...

    def answerer(self, model: int | None) -> Hashable: ...

    def trained_in(self, model: int | None) -> int: ...

    def unseen(self, tick: int) -> Rows: ...

    def untrained(self, model: int | None, rows: Rows, tick: int) -> np.ndarray: ...

    def latest_unseen(self, tick: int, count: int, before: int) -> Rows: ...

    def arrived_losses(self, tick: int, of: str) -> np.ndarray: ...

    def served_losses(self, rows: Rows, tick: int) -> np.ndarray: ...

    def losses_on(
        self, model: int | None, rows: Rows, tick: int, policy: Policy | None = None
    ) -> np.ndarray: ...

    def learned_shares(self, model: int | None) -> np.ndarray: ...

    def propensities(self, rows: Rows, tick: int) -> np.ndarray: ...

    def expected_losses(self, rows: Rows, tick: int) -> np.ndarray: ...

    def expected_losses_on(self, model: int | None, rows: Rows, tick: int) -> np.ndarray: ...

    def answerers(self, rows: Rows, tick: int) -> np.ndarray: ...

    def model_ages(self, rows: Rows, tick: int) -> np.ndarray: ...

    def score(self, mean_loss: float) -> float: ...

    def signal(self, name: str, view: View) -> dict[Of, float]: ...

    def profile(
        self, kind: str, name: str | None, first: int, stop: int, of_slice: str
    ) -> Profile: ...


class ArrivedLabels:
    """Labels at the start of a tick: how many there are, since when, and which are on order.

    A view has it as ``view.labels``.

    Parameters
    ----------
    known : Known
    tick : int
        The present one.

    Examples
    --------
    Labels come three rows after their event. The first two rows are the warm-up, and a tick has
    two more:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> from clsim.streams.delays import Constant
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> known = Knowledge.of(stream, seed=0, tick=2, warmup=2, delay=Constant(3))
    >>> labels = View(known, None, tick=2).labels
    >>> labels.count, labels.count_at(1), labels.arrived().tolist(), labels.missing().tolist()
    (4, 2, [2, 3], [4, 5])
    >>> labels.known(np.array([3, 4])).tolist(), labels.waited(np.array([3, 4])).tolist()
    ([True, False], [2.0, nan])
    """

    __slots__ = ("_known", "_tick")

    def __init__(self, known: Known, tick: int) -> None:
        self._known, self._tick = known, tick

    @property
    def count(self) -> int:
        """Number of labels that have arrived so far, the warm-up's included."""
        return self._known.known.counts_at(self._tick)

    def count_at(self, tick: int) -> int:
        """Number of labels that had arrived by an earlier tick; at -1, by the warm-up's end."""
        check_begun(tick, self._tick)
        return self._known.known.counts_at(max(tick, 0))

    def arrived(self) -> Rows:
        """Rows whose labels arrived in this tick; tick 0 has those of the warm-up by its end."""
        return self._known.known.arrived(self._tick)

    def revised(self) -> Rows:
        """Rows whose labels arrived before, and were revised in this tick."""
        return np.sort(self._known.telling.revised(self._tick - 1, self._tick)[0])

    def known(self, rows: Rows) -> np.ndarray:
        """Which of some rows have a label that has arrived."""
        return self._known.known.ticks_of(rows) <= self._tick

    def waited(self, rows: Rows) -> np.ndarray:
        """How many ticks after rows were served their labels were known; NaN where they are not."""
        ticks = self._known.known.ticks_of(rows)
        return np.where(ticks <= self._tick, ticks - served_in(self._known, rows), np.nan)

    def missing(self, rows: Rows | None = None) -> Rows:
        """Rows that are kept, and whose label is neither known nor ordered: of some, or of all."""
        if rows is not None:
            self._known.seen.check(rows, self._tick)
        return self._known.unlabelled(self._tick, rows)

    def ordered(self, *, evaluation: bool = True) -> Rows:
        """Rows whose label is on order: bought in an earlier tick, and not there yet.

        Parameters
        ----------
        evaluation : bool, default=True
            Also those for evaluation alone, on which no model will be trained.
        """
        return self._known.ordered(self._tick, evaluation)

    def stands_for(self, rows: Rows) -> np.ndarray:
        """How many candidates each of some rows stands for, by the chance that it was bought with.

        NaN for rows whose label was not bought, or not by chance.
        """
        return self._known.stands_for(rows)

    def evaluation(self) -> Rows:
        """Rows whose label was bought for evaluation alone, and is known.

        No model is ever trained on them.
        """
        return self._known.evaluation(self._tick)


class Outcomes:
    """What came of the events that were served, whoever served them.

    A view has it as ``view.outcomes``.

    Parameters
    ----------
    known : Known
    past : Past
    tick : int
        The present one.

    Examples
    --------
    In tick 1 the labels of the rows 2 and 3 arrive, to which model 0 has answered 0:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.streams import Recorded
    >>> class Look:
    ...     def fires(self, view):
    ...         if view.tick == 1:
    ...             outcomes, rows = view.outcomes, np.array([1, 2, 3])
    ...             print(outcomes.answers(rows), outcomes.answered_by(rows), outcomes.losses(rows))
    ...             print(outcomes.arrived_losses(), outcomes.model_ages(rows))
    >>> stream = Recorded(pd.DataFrame({"x": range(6), "y": [0, 0, 0, 1, 1, 1]}), label="y")
    >>> _ = clsim.replay(stream, {"it": clsim.Strategy(Look())},
    ...                  learner=DummyClassifier(), tick=2, warmup=2)
    [-1  0  0] [-1  0  0] [nan  0.  1.]
    [0. 1.] [nan  0.  0.]
    """

    __slots__ = ("_known", "_past", "_tick")

    def __init__(self, known: Known, past: Past, tick: int) -> None:
        self._known, self._past, self._tick = known, past, tick

    def answers(self, rows: Rows) -> np.ndarray:
        """What was answered to events that were served in an earlier tick.

        Codes into ``schema.classes``, -1 for no answer; or values, NaN for none. Rows of the
        warm-up were not answered.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.answers(rows, self._tick)

    def chances(self, rows: Rows) -> np.ndarray:
        """Probabilities of the classes that belong to what was answered; NaN where there are none.

        Of shape (rows, classes). Only a part that ``reads_chances`` may ask for them.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.chances(rows, self._tick)

    def propensities(self, rows: Rows) -> np.ndarray:
        """With which chance each event had the answer that it was given; NaN where there is none.

        1 in the warm-up, and of a strategy that answers nothing by chance.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.propensities(rows, self._tick)

    def complaints(self, rows: Rows) -> np.ndarray:
        """When users complained of what they were answered; ``NEVER_TIME`` where none has so far.

        Clock times, of events that were served in an earlier tick and logged: a complaint of
        another event cannot be told from any. Only a part that ``reads_complaints`` may ask.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.complaints(rows, self._tick)

    def losses(self, rows: Rows) -> np.ndarray:
        """Losses of labelled rows, each by the model that answered; NaN where none did."""
        self._known.check_known(rows, self._tick)
        return self._past.served_losses(rows, self._tick)

    def expected_losses(self, rows: Rows) -> np.ndarray:
        """What answers lose in the mean, by the probabilities beside them; NaN where there is none.

        No label is needed. Only a part that ``expects_losses`` may ask.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.expected_losses(rows, self._tick)

    def arrived_losses(self, *, of: str = "champion") -> np.ndarray:
        """Losses of served, answered events whose labels arrived in this tick, as they came.

        By label time, then by event.

        Parameters
        ----------
        of : {'champion', 'all'}
            Events that the present champion served, or all that were served.
        """
        if of not in ("champion", "all"):
            raise ValueError(f"of={of!r}: give 'champion' or 'all'")
        return self._past.arrived_losses(self._tick, of)

    def model_ages(self, rows: Rows) -> np.ndarray:
        """How old the model was that served rows: ticks since its training had started.

        The initial model counts as trained at the start of tick 0. NaN where no model served.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.model_ages(rows, self._tick)

    def answered_by(self, rows: Rows) -> np.ndarray:
        """Number of the model that answered rows; -1 where none did, as in the warm-up."""
        self._known.seen.check(rows, self._tick)
        return self._past.answerers(rows, self._tick)


class AskedModel:
    """A model of this run, asked about any rows, whether or not it served them.

    A view gives one by its number, or the champion: ``view.model(2)``, ``view.model(None)``.

    Parameters
    ----------
    number : int or None
        None: the champion.
    known : Known
    past : Past
    tick : int
        The present one.

    Examples
    --------
    The one model learned 0 and 0 in the warm-up, so that it answers 0 to everything:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.streams import Recorded
    >>> class Look:
    ...     def fires(self, view):
    ...         if view.tick == 1:
    ...             model, rows = view.model(None), np.array([1, 2, 3])
    ...             print(model.answers(rows), model.losses(rows), model.untrained(rows))
    >>> stream = Recorded(pd.DataFrame({"x": range(6), "y": [0, 0, 0, 1, 1, 1]}), label="y")
    >>> _ = clsim.replay(stream, {"it": clsim.Strategy(Look())},
    ...                  learner=DummyClassifier(), tick=2, warmup=2)
    [0 0 0] [0. 0. 1.] [False  True  True]
    """

    __slots__ = ("_known", "_number", "_past", "_tick")

    def __init__(self, number: int | None, known: Known, past: Past, tick: int) -> None:
        self._number, self._known, self._past, self._tick = number, known, past, tick

    @property
    def answerer(self) -> Hashable:
        """A name of the model and of how its output becomes the answer.

        Equal for two strategies whose models answer every row alike; None: nobody knows.
        """
        return self._past.answerer(self._number)

    @property
    def trained_in(self) -> int:
        """The tick in which its training started; -1 of the initial model."""
        return self._past.trained_in(self._number)

    def answers(self, rows: Rows) -> np.ndarray:
        """What it answers to any rows that can be seen; as `Outcomes.answers`.

        A model that learns row by row can be asked what it served alone.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.answers_on(self._number, rows, self._tick)

    def chances(self, rows: Rows) -> np.ndarray:
        """Probabilities that it gives for any rows that can be seen, before any adaptation."""
        self._known.seen.check(rows, self._tick)
        return self._past.chances_on(self._number, rows, self._tick)

    def answers_to(self, rows: Rows, X: Any) -> np.ndarray:
        """What it would answer to rows that can be seen if they had other features, ``X``.

        To compare with what it answers to the rows as they are, ask for both in this way: the last
        bits of a learner's output may hang on what else is in a call.
        """
        self._known.seen.check(rows, self._tick)
        return self._past.answers_on(self._number, rows, self._tick, X)

    def chances_to(self, rows: Rows, X: Any) -> np.ndarray:
        """Probabilities that it would give; as `answers_to`."""
        self._known.seen.check(rows, self._tick)
        return self._past.chances_on(self._number, rows, self._tick, X)

    def losses(self, rows: Rows, policy: Policy | None = None) -> np.ndarray:
        """What it loses on labelled rows; NaN where it does not answer.

        ``policy``: what would turn its probabilities into answers; None: what does.
        """
        self._known.check_known(rows, self._tick)
        return self._past.losses_on(self._number, rows, self._tick, policy)

    @property
    def learned_shares(self) -> np.ndarray:
        """Shares of the classes in what it was last trained on, as it counted there."""
        return self._past.learned_shares(self._number)

    def expected_losses(self, rows: Rows) -> np.ndarray:
        """What it loses in the mean on any rows that can be seen; as `Outcomes.expected_losses`."""
        self._known.seen.check(rows, self._tick)
        return self._past.expected_losses_on(self._number, rows, self._tick)

    def untrained(self, rows: Rows) -> np.ndarray:
        """Which of some labelled rows neither it nor an ancestor was trained on, as a mask."""
        self._known.check_known(rows, self._tick)
        return self._past.untrained(self._number, rows, self._tick)


class Profiles:
    """Profiles of what was served, at the start of a tick.

    A view has it as ``view.profiles``.

    Parameters
    ----------
    past : Past
    tick : int
        The present one.

    Examples
    --------
    Of the rows that were served in the ticks 0 and 1, 2 to 5, none is kept; but a profile is:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy import logging
    >>> from clsim.strategy.triggers import Never
    >>> from clsim.streams import Recorded
    >>> class Look:
    ...     reads_rows, reads_profiles = False, "features"
    ...
    ...     def measure(self, view):
    ...         if view.tick < 2:
    ...             return {}
    ...         profile = view.profiles.of("features", 0, 2, name="x")
    ...         print(view.served(), profile.finite, profile.mean, profile.largest)
    ...         return {}
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> strategy = clsim.Strategy(Never(), logging=logging.Profiles(), monitors={"look": Look()})
    >>> _ = clsim.replay(stream, {"it": strategy}, learner=DummyClassifier(), tick=2, warmup=2)
    [] 4 3.5 5.0
    """

    __slots__ = ("_past", "_tick")

    def __init__(self, past: Past, tick: int) -> None:
        self._past, self._tick = past, tick

    def of(
        self, kind: str, first: int, stop: int, *, name: str | None = None, of_slice: str = "all"
    ) -> Profile:
        """What is known of all events that some ticks served, whether or not they were kept.

        Only a strategy whose logging keeps profiles has any.

        Parameters
        ----------
        kind : {'features', 'answer', 'confidence'}
            Of a feature, of what was answered, or of how sure the model was, whoever it was.
        first, stop : int
            Ticks from the one on, before the other; of features the warm-up is tick -1.
        name : str or None, default=None
            The feature.
        of_slice : str, default='all'

        Raises
        ------
        LookupError
            If a tick is not over, or there is no such profile.
        """
        if stop > self._tick:
            raise LookupError(f"tick {stop - 1} is not over at the start of tick {self._tick}")
        if first < (-1 if kind == "features" else 0):
            raise LookupError(f"first={first}: there are no profiles ({kind}) of that tick")
        return self._past.profile(kind, name, first, stop, of_slice)


def check_begun(tick: int, now: int) -> None:
    """Raise ``LookupError`` if a tick has not begun yet.

    Parameters
    ----------
    tick : int
    now : int
        The present tick.

    Raises
    ------
    LookupError

    Examples
    --------
    >>> check_begun(3, now=3)
    >>> check_begun(4, now=3)
    Traceback (most recent call last):
    LookupError: tick 4 is not yet known at tick 3
    """
    if tick > now:
        raise LookupError(f"tick {tick} is not yet known at tick {now}")


def served_in(known: Known, rows: Rows) -> np.ndarray:
    """The tick that serves each of some rows; -1 for the warm-up.

    Parameters
    ----------
    known : Known
    rows : Rows

    Returns
    -------
    numpy.ndarray of the same shape, int64

    Examples
    --------
    The first two rows are the warm-up, and a tick has two:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> known = Knowledge.of(stream, seed=0, tick=2, warmup=2)
    >>> served_in(known, np.arange(6)).tolist()
    [-1, -1, 0, 0, 1, 1]
    """
    return np.searchsorted(known.timeline.first, rows, "right") - 1


def last_features(known: Known, tick: int, count: int, high: int) -> Rows:
    """The last ``count`` rows before one whose features can be seen (fewer if there are fewer).

    Parameters
    ----------
    known : Known
    tick : int
        The present one.
    count : int
    high : int
        The row before which they end.

    Returns
    -------
    Rows

    Examples
    --------
    The first two rows are the warm-up, and a tick has two, so that tick 1 has seen rows up to 3:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> known = Knowledge.of(stream, seed=0, tick=2, warmup=2)
    >>> last_features(known, 1, count=2, high=4).tolist()
    [2, 3]
    >>> last_features(known, 1, count=2, high=1).tolist()
    [0]
    """
    length = count
    while True:  # of a log that keeps a part of the events, more rows are asked for
        low = max(high - length, 0)
        rows = known.seen.rows(tick, low, high)
        if len(rows) >= count or low == 0:
            return rows[max(len(rows) - count, 0) :]
        length *= 2


class View:
    """All that a strategy may know at the start of a tick.

    Features are visible of events that were served in earlier ticks and logged; labels when they
    have arrived. Asking for more raises ``LookupError``. What belongs to one subject is asked of a
    value that the view holds: `labels`, `outcomes`, `profiles` and each `model`.

    Attributes
    ----------
    tick : int
        The present tick, from 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> stream = Recorded(pd.DataFrame({"x": range(8), "y": [0, 1] * 4}), label="y")
    >>> known = Knowledge.of(stream, seed=0, tick=2, warmup=2)
    >>> view = View(known, None, tick=1)  # which begins with row 4
    >>> view.served().tolist(), view.labelled().tolist(), view.ages(np.array([1, 3])).tolist()
    ([2, 3], [0, 1, 2, 3], [2, 1])
    """

    __slots__ = ("_known", "_past", "tick")

    def __init__(self, known: Known, past: Past, tick: int) -> None:
        self._known, self._past, self.tick = known, past, tick

    @property
    def now(self) -> int:
        """Clock time at the start of this tick (microseconds since 1970, or rows)."""
        return int(self._known.timeline.starts[self.tick])

    @property
    def schema(self) -> Schema:
        """What is known of the stream: its features, classes and slices."""
        return self._known.timeline.schema

    def start(self, tick: int) -> int:
        """Clock time at the start of a tick that has begun."""
        check_begun(tick, self.tick)
        return int(self._known.timeline.starts[tick])

    def first_row(self, tick: int) -> int:
        """The first row that a tick that has begun serves."""
        check_begun(tick, self.tick)
        return int(self._known.timeline.first[tick])

    @property
    def labels(self) -> ArrivedLabels:
        """The labels: how many have arrived, which, and which are on order."""
        return ArrivedLabels(self._known, self.tick)

    @property
    def outcomes(self) -> Outcomes:
        """What was answered to the events that were served, and what came of it."""
        return Outcomes(self._known, self._past, self.tick)

    @property
    def profiles(self) -> Profiles:
        """What is known of all that was served, where the logging keeps profiles."""
        return Profiles(self._past, self.tick)

    def model(self, number: int | None) -> AskedModel:
        """A model of this run (None: the champion), by its number, to be asked about any rows."""
        return AskedModel(number, self._known, self._past, self.tick)

    @property
    def in_flight(self) -> bool:
        """Whether a training has started and has not yet taken effect."""
        return self._past.in_flight

    @property
    def on_trial(self) -> bool:
        """Whether a challenger is on an online test."""
        return self._past.on_trial

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The online tests that run or wait for a share, in the order of their training."""
        return self._past.trials

    @property
    def training_ticks(self) -> list[int]:
        """Ticks at which trainings started, the initial one apart."""
        return self._past.training_ticks

    @property
    def looks(self) -> list[int]:
        """For each alarm that somebody with limited attention looked at, its tick; ascending."""
        return list(self._past.looks)

    @property
    def alarms(self) -> list[int]:
        """Earlier ticks with an alarm, but for those that found nobody; ascending."""
        return [tick for tick in self._past.alarms if tick < self.tick]

    @property
    def called(self) -> int | None:
        """Clock time at which the work ends of who was called last; None: nobody was."""
        return self._past.called

    @property
    def champion(self) -> int | None:
        """Number of the model that serves; None if there is none yet."""
        return self._past.champion

    @property
    def has_champion(self) -> bool:
        """Whether there is a model that serves; other than its number, equal in many strategies."""
        return self._past.has_champion

    @property
    def replaced(self) -> int | None:
        """Number of the model that the champion replaced, if it can come back."""
        return self._past.replaced

    @property
    def former(self) -> tuple[int, ...]:
        """Numbers of former champions that are kept, the latest last; none that was withdrawn."""
        return self._past.former

    @property
    def retired(self) -> tuple[int, ...]:
        """Numbers of retired models that can be re-used, the latest last; withdrawn ones too."""
        return self._past.retired

    @property
    def promoted(self) -> int:
        """The tick in which the champion began to serve."""
        return self._past.promoted

    @property
    def trained_rows(self) -> Rows:
        """Rows that the champion was trained on; empty if there is none yet."""
        return self._past.trained_rows

    @property
    def held_out(self) -> Rows:
        """Labelled rows that were held out when the champion was trained; empty if none were."""
        return self._past.held_out

    def labelled(self) -> Rows:
        """All rows that can be trained on: their label is visible, and they are available."""
        return self._known.training.at(self.tick)

    def latest(self, count: int) -> Rows:
        """The ``count`` most recent events that can be trained on (fewer if there are fewer)."""
        return self._known.training.latest(self.tick, count)

    def latest_known(self, count: int) -> Rows:
        """The ``count`` most recent events with a label, whether or not they can be trained on."""
        return self._known.known.latest(self.tick, count)

    def since(self, length: int) -> Rows:
        """Rows that can be trained on, of events in the last ``length`` clock units."""
        return self._known.training.at(self.tick, self._known.timeline.row_at(self.now - length))

    def unseen(self) -> Rows:
        """Rows with a label on which the champion and its ancestors never trained.

        Rows that can be trained on; among them those whose label was revised since.
        """
        return self._past.unseen(self.tick)

    def latest_unseen(self, count: int, before: int | None = None) -> Rows:
        """The ``count`` most recent of these (fewer if there are fewer), of all or before a row."""
        before = self.first_row(self.tick) if before is None else before
        return self._past.latest_unseen(self.tick, count, before)

    def served(self, since: int = 0) -> Rows:
        """Rows of events that were served from a tick on, and logged."""
        return self._known.seen.rows(self.tick, int(self._known.timeline.first[since]))

    def rows(self, length: int | None = None) -> Rows:
        """Rows that were served or lie in the warm-up, and are kept: of a last length, or all."""
        low = 0 if length is None else self._known.timeline.row_at(self.now - length)
        return self._known.seen.rows(self.tick, low)

    def stretch(self, first: int, stop: int) -> Rows:
        """Rows whose features can be seen, from a row on and before another."""
        return self._known.seen.rows(self.tick, first, stop)

    def recent(self, count: int, before: int | None = None) -> Rows:
        """The last ``count`` rows whose features can be seen, of all or of those before a row."""
        high = self.first_row(self.tick) if before is None else before
        return last_features(self._known, self.tick, count, high)

    def row_at(self, time: int) -> int:
        """The first row of an event at or after a clock time, of those served before this tick."""
        return min(self._known.timeline.row_at(time), self.first_row(self.tick))

    def ages(self, rows: Rows) -> np.ndarray:
        """How many ticks ago rows were served."""
        return self.tick - served_in(self._known, rows)

    def usable(self, rows: Rows) -> Rows:
        """Those of some labelled rows that are still kept."""
        return self._known.seen.left(rows, self.tick)

    def time(self, rows: Rows) -> np.ndarray:
        """Clock time of rows that were served in an earlier tick."""
        self._known.seen.check(rows, self.tick)
        return self._known.timeline.time[rows]

    def X(self, rows: Rows) -> Any:
        """Features of rows that were served in an earlier tick."""
        self._known.seen.check(rows, self.tick)
        return self._known.timeline.X_of(rows)

    def column(self, name: str, rows: Rows) -> Column:
        """One feature of rows that were served in an earlier tick, as numbers or codes."""
        self._known.seen.check(rows, self.tick)
        return self._known.timeline.column(name, rows)

    def columns(self, rows: Rows) -> dict[str, Column]:
        """All features of such rows, by name."""
        self._known.seen.check(rows, self.tick)
        return {name: self._known.timeline.column(name, rows) for name in self.schema.features}

    def slices(self, rows: Rows) -> dict[str, np.ndarray]:
        """For each slice column, codes of served rows into ``schema.slices[column]``; or -1."""
        self._known.seen.check(rows, self.tick)
        slices = self._known.timeline.slices
        return {name: codes[rows].astype(np.int64) for name, codes in slices.items()}

    def y(self, rows: Rows) -> np.ndarray:
        """Labels of rows whose labels have arrived, as they are told by now."""
        self._known.check_known(rows, self.tick)
        return self._known.telling.y_at(rows, self.tick)

    def uniform(self, role: str, rows: Rows) -> np.ndarray:
        """A number in [0, 1) for each row, by the replay's seed, a role and the row alone.

        So which rows a monitor draws does not hang on who looks, or when.
        """
        return uniform(self._known.timeline.seed, f"monitor.{role}", rows)

    def integer(self, role: str) -> int:
        """A ``random_state``, by the replay's seed and a role alone."""
        return integer(self._known.timeline.seed, f"monitor.{role}")

    def score(self, mean_loss: float) -> float:
        """The declared score (higher is better) that belongs to a mean loss."""
        return self._past.score(mean_loss)

    def signal(self, name: str) -> dict[Of, float]:
        """What a monitor of the strategy gives in this tick, for each feature or as a whole."""
        return self._past.signal(name, self)
