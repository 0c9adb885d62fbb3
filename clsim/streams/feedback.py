"""Feedback: what is served changes what comes next.

Each class wraps a stream and adds ``respond(served, state, seed)``, a pure function that the replay
calls after every tick. It changes which labels will be known, which events happen, or which labels
they have, in the branch of the strategies that answered so; nothing else. Random choices depend on
the seed and the row, so all branches make the same ones. Feedback goes around faults, and may be
nested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from clsim.errors import check_number, unknown
from clsim.protocols import Stream
from clsim.randomness import uniform, uniform_by
from clsim.streams.wrapper import Wrapper
from clsim.types import Batch, Response, Rows, Served


class Feedback(Wrapper):
    """What all streams with feedback share.

    Parameters
    ----------
    stream : Stream
        Perhaps with feedback itself, which then responds first.

    Examples
    --------
    A stream of one's own says in ``_respond`` what comes of what was served. In this one nobody
    learns the label of an event that was not answered:

    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> class AnsweredAlone(Feedback):
    ...     def _respond(self, served, state, seed):
    ...         return Response(hidden=served.rows[~served.answered])
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = AnsweredAlone(Recorded(log, label="y"))
    >>> events = next(stream.blocks(seed=0))
    >>> served = Served(
    ...     tick=0, rows=np.array([0, 1]), batch=events.take(np.array([0, 1])),
    ...     answers=np.array([0, 0]), answered=np.array([True, False]),
    ...     upcoming_rows=np.array([2, 3]), upcoming=events.take(np.array([2, 3])),
    ... )
    >>> response = stream.respond(served, state=None, seed=0)
    >>> response.hidden.tolist(), response.gone.tolist(), stream.responds
    ([1], [], True)
    """

    responds = True

    @property
    def draws(self) -> str:
        return f"feedback.{type(self).__name__}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, as they are before anything is served."""
        return self.stream.blocks(seed)

    def block(self, seed: int, number: int) -> Batch:
        """One block of the wrapped stream."""
        return self.stream.block(seed, number)

    def quiet(self, since: int, seed: int) -> Stream:
        """Refused: what is served changes this world, so it never stands still."""
        raise ValueError(
            f"{type(self).__name__}: what is served changes what comes next, so the world has no "
            "quiet version; choose the threshold by hand"
        )

    def respond(self, served: Served, state: Any, seed: int) -> Response:
        """How the stream responds to what a tick served; the inner streams respond first."""
        inner, own = (None, None) if state is None else state
        first = self.stream.respond(served, inner, seed)
        then = self._respond(_after(served, first), own, seed)
        return Response(
            np.union1d(first.hidden, then.hidden),
            np.union1d(first.gone, then.gone),
            _labels(served, first, then),
            (first.state, then.state),
        )

    def _respond(self, served: Served, state: Any, seed: int) -> Response:
        raise NotImplementedError

    def _uniform(self, rows: Rows, seed: int, role: str) -> np.ndarray:
        """Uniform numbers for rows, which depend on seed and row alone."""
        return uniform(seed, f"{self.role}.{role}", rows)

    def _class(self, key: str, label: Any, place: int) -> Any:
        """A label of the stream; where none is given, that at a place of two."""
        self._check_classes()
        classes = self.schema.classes
        if label is None and len(classes) != 2:
            raise ValueError(f"{key}: name the label; the stream has {len(classes)} classes")
        if label is not None and label not in classes.tolist():
            raise ValueError(f"{key}: {unknown('label', label, classes)}")
        return classes[place] if label is None else label

    def _check_classes(self) -> None:
        if self.schema.task != "classification":
            raise ValueError(f"{type(self).__name__}: needs classes, not {self.schema.task}")

    def _column(self, name: str) -> str:
        known = [*self.schema.slices, *self.schema.features]
        if name not in known:
            raise ValueError(f"by: {unknown('column', name, known)}")
        return name

    def _keys(self, batch: Batch, name: str) -> np.ndarray:
        """A column of a batch as whole numbers; below 0 where it is missing."""
        if name in self.schema.slices:
            return batch.slices[name]
        if isinstance(batch.X, np.ndarray):
            values = batch.X[:, self.schema.features.index(name)]
        elif str(batch.X[name].dtype) == "category":
            values = batch.X[name].cat.codes.to_numpy()
        else:
            values = batch.X[name].to_numpy(dtype=float, na_value=np.nan)
        keys = np.where(np.isnan(values), -1, values)
        if (keys != np.rint(keys)).any():
            raise ValueError(f"by={name!r}: holds numbers that are not whole; name a column of ids")
        return keys.astype(np.int64)


def _after(served: Served, response: Response) -> Served:
    """What the outer stream sees: upcoming events as the inner one has left them."""
    y = served.upcoming.y if response.y is None else response.y
    there = ~np.isin(served.upcoming_rows, response.gone)
    upcoming = replace(served.upcoming, y=y).take(np.flatnonzero(there))
    return replace(served, upcoming_rows=served.upcoming_rows[there], upcoming=upcoming)


def _labels(served: Served, first: Response, then: Response) -> np.ndarray | None:
    """Labels of all upcoming events, after the inner stream and the outer one."""
    if then.y is None:
        return first.y
    y = (served.upcoming.y if first.y is None else first.y).copy()
    y[~np.isin(served.upcoming_rows, first.gone)] = then.y
    return y


class Selective(Feedback):
    """Labels are only seen where the answer was yes: of a loan refused, nobody learns how it ends.

    Parameters
    ----------
    stream : Stream
    accept : label or None, default=None
        The answer after which the label is seen. None: of two classes, the last.
    explore : float, default=0.0
        Share of the other events whose label is seen all the same, in [0, 1].

    References
    ----------
    Lakkaraju et al. (2017), The selective labels problem. KDD.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0], "repaid": [0, 1, 1]})
    >>> stream = Selective(Recorded(log, label="repaid"), accept=1)
    >>> events = next(stream.blocks(seed=0))
    >>> served = Served(
    ...     tick=0, rows=np.array([0, 1]), batch=events.take(np.array([0, 1])),
    ...     answers=np.array([1, 0]), answered=np.array([True, True]),
    ...     upcoming_rows=np.array([2]), upcoming=events.take(np.array([2])),
    ... )
    >>> stream.respond(served, state=None, seed=0).hidden.tolist()  # of the loan that was refused
    [1]
    """

    def __init__(self, stream: Stream, accept: Any = None, explore: float = 0.0) -> None:
        super().__init__(stream)
        check_number("explore", explore, low=0, high=1)
        self.accept = self._class("accept", accept, -1)
        self.explore = explore

    @property
    def what(self) -> str:
        return (
            f"feedback: labels are seen where the answer is {self.accept}, "
            f"and of {self.explore:.3g} of the others"
        )

    def _respond(self, served: Served, state: Any, seed: int) -> Response:
        seen = served.answered & (served.answers == self.accept)
        seen |= self._uniform(served.rows, seed, "explore") < self.explore
        return Response(hidden=served.rows[~seen])


class Churn(Feedback):
    """Users who are badly served leave, and their later events never happen.

    Parameters
    ----------
    stream : Stream
    by : str
        The column that names the user: a slice column or a feature.
    rate : float, default=0.1
        Chance in [0, 1] that a user leaves after a wrong answer.

    References
    ----------
    Hashimoto et al. (2018), Fairness without demographics in repeated loss minimization. ICML.
    Users whose retention falls with their loss.

    Examples
    --------
    User 1 is answered wrongly and leaves, so that the event to come of that user does not:

    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "user": [1, 2, 1, 2], "y": [0, 1, 1, 0]})
    >>> stream = Churn(Recorded(log, label="y"), by="user", rate=1.0)
    >>> events = next(stream.blocks(seed=0))
    >>> served = Served(
    ...     tick=0, rows=np.array([0, 1]), batch=events.take(np.array([0, 1])),
    ...     answers=np.array([1, 1]), answered=np.array([True, True]),
    ...     upcoming_rows=np.array([2, 3]), upcoming=events.take(np.array([2, 3])),
    ... )
    >>> stream.respond(served, state=None, seed=0).gone.tolist()
    [2]
    """

    def __init__(self, stream: Stream, by: str, rate: float = 0.1) -> None:
        super().__init__(stream)
        self._check_classes()
        check_number("rate", rate, low=0, high=1)
        self.by = self._column(by)
        self.rate = rate

    @property
    def what(self) -> str:
        return f"feedback: after a wrong answer, {self.rate:.3g} of the users ({self.by}) leave"

    def _respond(self, served: Served, state: Any, seed: int) -> Response:
        left = np.empty(0, dtype=np.int64) if state is None else state
        wrong = served.answered & (served.answers != served.batch.y)
        leaves = wrong & (self._uniform(served.rows, seed, "leave") < self.rate)
        users = self._keys(served.batch, self.by)
        left = np.union1d(left, users[leaves & (users >= 0)])
        gone = np.isin(self._keys(served.upcoming, self.by), left)
        return Response(gone=served.upcoming_rows[gone], state=left)


class Popularity(Feedback):
    """What is shown becomes liked: the concept drifts towards what the model shows.

    An item's exposure is the share of its events that were answered with ``shown``, of late: what
    is older than ``halflife`` ticks counts half. The label of an event to come turns into ``shown``
    with a chance of ``strength`` times the exposure of its item.

    Label delays that depend on the class go by the labels that were before.

    Parameters
    ----------
    stream : Stream
    by : str
        The column that names the item: a slice column or a feature.
    strength : float, default=0.2
        In [0, 1].
    halflife : float, default=10.0
        In ticks, above 0.
    shown : label or None, default=None
        The answer that shows an item, and the label that it makes likely. None: of two classes,
        the last.

    References
    ----------
    Chaney, Stewart & Engelhardt (2018), How algorithmic confounding in recommendation systems
    increases homogeneity and decreases utility. RecSys.
    Zajonc (1968), Attitudinal effects of mere exposure. Journal of Personality and Social
    Psychology 9.

    Examples
    --------
    Item 1 was shown and item 2 was not; with all strength the next event of item 1 is then liked:

    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "item": [1, 2, 1, 2], "liked": [0, 1, 0, 0]})
    >>> stream = Popularity(Recorded(log, label="liked"), by="item", strength=1.0)
    >>> events = next(stream.blocks(seed=0))
    >>> served = Served(
    ...     tick=0, rows=np.array([0, 1]), batch=events.take(np.array([0, 1])),
    ...     answers=np.array([1, 0]), answered=np.array([True, True]),
    ...     upcoming_rows=np.array([2, 3]), upcoming=events.take(np.array([2, 3])),
    ... )
    >>> stream.respond(served, state=None, seed=0).y.tolist()
    [1, 0]
    """

    def __init__(
        self,
        stream: Stream,
        by: str,
        strength: float = 0.2,
        halflife: float = 10.0,
        shown: Any = None,
    ) -> None:
        super().__init__(stream)
        check_number("strength", strength, low=0, high=1)
        check_number("halflife", halflife, above=0)
        self.shown = self._class("shown", shown, -1)
        self.by = self._column(by)
        self.strength, self.halflife = strength, halflife

    @property
    def what(self) -> str:
        return (
            f"feedback: the more an item ({self.by}) was shown, the more its label is "
            f"{self.shown} (strength {self.strength:.3g})"
        )

    def _respond(self, served: Served, state: Any, seed: int) -> Response:
        items = self._keys(served.batch, self.by)
        upcoming = self._keys(served.upcoming, self.by)
        known, counts = (np.empty(0, dtype=np.int64), np.zeros((2, 0))) if state is None else state
        ids, place = np.unique(np.concatenate([known, items, upcoming]), return_inverse=True)
        old, now, later = np.split(place, [len(known), len(known) + len(items)])
        kept = np.zeros((2, len(ids)))  # what was offered, and what of it was shown
        kept[:, old] = counts * 0.5 ** (1 / self.halflife)
        shown = served.answered & (served.answers == self.shown)
        for row, some in enumerate((now, now[shown])):
            kept[row] += np.bincount(some, minlength=len(ids))
        exposure = kept[1] / np.maximum(kept[0], 1e-300)
        chance = np.where(upcoming >= 0, self.strength * exposure[later], 0.0)
        turns = self._uniform(served.upcoming_rows, seed, "turn") < chance
        y = np.where(turns, self.shown, served.upcoming.y).astype(served.upcoming.y.dtype)
        return Response(y=y, state=(ids, kept))


class Flywheel(Feedback):
    """The better the answers, the more events come: right ones bring more, wrong ones take some.

    The wrapped stream holds the events that there would be at the most, and of those to come a
    share happens. After each tick the share is multiplied by 1 + gain r - loss w, where r and w are
    the shares of right and of wrong answers in the tick, and is never above 1. So it stands still
    at an accuracy of loss / (gain + loss).

    The warm-up and the first tick have all their events, since nothing was served before.

    Parameters
    ----------
    stream : Stream
    start : float, default=0.2
        The share at first, above 0 and at most 1.
    gain : float, default=0.02
        By how much it grows in a tick if all answers are right.
    loss : float, default=0.1
        By how much it shrinks in a tick if all are wrong, in [0, 1].
    by : str or None, default=None
        The column that names the user: a slice column or a feature. The users who are there stay
        while the share grows. None: each event by itself.

    References
    ----------
    Hashimoto et al. (2018), Fairness without demographics in repeated loss minimization. ICML.
    There, too, how many users arrive next follows from what those present have lost.

    Examples
    --------
    It begins with all events; when all answers are wrong it shrinks to nothing:

    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 0, 0, 1]})
    >>> stream = Flywheel(Recorded(log, label="y"), start=1.0, loss=1.0)
    >>> events = next(stream.blocks(seed=0))
    >>> served = Served(
    ...     tick=0, rows=np.array([0, 1]), batch=events.take(np.array([0, 1])),
    ...     answers=np.array([1, 1]), answered=np.array([True, True]),
    ...     upcoming_rows=np.array([2, 3]), upcoming=events.take(np.array([2, 3])),
    ... )
    >>> stream.respond(served, state=None, seed=0).gone.tolist()
    [2, 3]
    """

    def __init__(
        self,
        stream: Stream,
        start: float = 0.2,
        gain: float = 0.02,
        loss: float = 0.1,
        by: str | None = None,
    ) -> None:
        super().__init__(stream)
        self._check_classes()
        check_number("start", start, above=0, high=1)
        check_number("gain", gain, low=0)
        check_number("loss", loss, low=0, high=1)
        self.by = None if by is None else self._column(by)
        self.start, self.gain, self.loss = start, gain, loss

    @property
    def what(self) -> str:
        return (
            f"feedback: right answers bring events (+{self.gain:.3g} a tick), and wrong ones take "
            f"them away (\N{MINUS SIGN}{self.loss:.3g})"
        )

    def _respond(self, served: Served, state: Any, seed: int) -> Response:
        share, n = self.start if state is None else state, len(served.rows)
        if n:
            right = served.answers == served.batch.y
            grown = self.gain * (served.answered & right).sum() / n
            lost = self.loss * (served.answered & ~right).sum() / n
            share = min(1.0, share * float(1 + grown - lost))
        if self.by is None:
            chance = self._uniform(served.upcoming_rows, seed, "come")
        else:
            users = self._keys(served.upcoming, self.by)
            chance = uniform_by(seed, f"{self.role}.come", users)
        return Response(gone=served.upcoming_rows[chance >= share], state=share)
