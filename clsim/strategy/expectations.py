"""Offline tests of what can be expected of any model, with few labels or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.protocols import Change, OfflineTest, completed
from clsim.statistics.ties import exceeds
from clsim.strategy.offline.measures import models_of
from clsim.strategy.offline.measuring import number
from clsim.types import Column, Line, Rows, Schema, Verdict
from clsim.view import View


class _OnRecent(OfflineTest):
    """What tests on the last events share; nothing is held out, and labels are not looked at.

    Parameters
    ----------
    rows : int
        The last so many events that are kept.
    min_rows : int
        With fewer that have what it takes there is no evidence, and the champion stays.
    """

    def __init__(self, rows: int, min_rows: int) -> None:
        check_number("rows", rows, whole=True, low=1)
        check_number("min_rows", min_rows, whole=True, low=1, high=rows)
        self.size, self.min_rows = rows, min_rows

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        lines = self.lines(view, challenger, champion)
        refused = [line for line in lines if not line.accepted]
        reason = refused[0].reason if refused else lines[0].reason if lines else "no champion"
        detail = {line.metric: line.challenger for line in lines if line.challenger is not None}
        rows = min((line.rows for line in lines), default=0)
        return Verdict(not refused, reason, detail, rows, tuple(lines))

    def lines(self, view: View, challenger: int, champion: int | None) -> list[Line]:
        """The report card; the challenger passes if each line is accepted."""
        raise NotImplementedError

    def at_most(
        self, metric: str, challenger: int, champion: int | None, most: float,
        share: Callable[[int], tuple[float, int]],
    ) -> Line:  # fmt: skip
        """Whether a share is small enough, which is found of a model with the rows it rests on."""
        found = [share(model) for model in models_of(challenger, champion)]
        other = found[1][0] if champion is not None else None
        return self.line(metric, (found[0][0], other), found[0][1], None, most)

    def line(
        self, metric: str, values: tuple[float, float | None], rows: int,
        least: float | None, most: float | None,
    ) -> Line:  # fmt: skip
        """Of the values of both models, whether the challenger's lies within bounds, or on one."""
        test = type(self).__name__
        if rows < self.min_rows:
            reason = f"{test}: {rows} rows, needs {self.min_rows}"
            return Line(test, metric, "all", None, None, None, None, rows, False, reason)
        value = values[0]
        low = least is not None and exceeds(least, value)
        high = most is not None and exceeds(value, most)
        bound = f"below {least:g}" if low else f"above {most:g}" if high else ""
        reason = f"{metric} {value:.4g} {bound}" if bound else "as expected"
        other = None if values[1] is None else number(values[1])
        return Line(test, metric, "all", number(value), other, None, None, rows, not bound, reason)


def given(answers: np.ndarray) -> np.ndarray:
    """Which answers there are, as a mask: codes of at least 0, or values that are not missing.

    Parameters
    ----------
    answers : numpy.ndarray of shape (n,)
        Codes of classes, -1 for none; or values, NaN for none.

    Returns
    -------
    numpy.ndarray of shape (n,), bool

    Examples
    --------
    >>> given(np.array([0, -1, 1])).tolist(), given(np.array([0.5, np.nan])).tolist()
    ([True, False, True], [True, False])
    """
    return answers >= 0 if answers.dtype.kind in "iu" else ~np.isnan(answers)


def differ(one: np.ndarray, other: np.ndarray, tolerance: float) -> np.ndarray:
    """Of the rows that have both answers, on which these are not the same.

    Parameters
    ----------
    one, other : numpy.ndarray of shape (n,)
        Answers to the same rows: codes of classes, -1 for none; or values, NaN for none.
    tolerance : float
        Values that are no further apart are the same; of codes it is not asked.

    Returns
    -------
    numpy.ndarray of shape (m,), bool
        Of the m rows that have both.

    Examples
    --------
    >>> differ(np.array([0, 1, -1]), np.array([0, 0, 1]), tolerance=0.0).tolist()
    [False, True]
    >>> differ(np.array([1.0, 2.0]), np.array([1.5, 2.0]), tolerance=0.25).tolist()
    [True, False]
    """
    both = given(one) & given(other)
    one, other = one[both], other[both]
    return one != other if one.dtype.kind in "iu" else np.abs(one - other) > tolerance


def share_of(mask: np.ndarray) -> tuple[float, int]:
    """The share of rows in a mask, NaN of none, and their number.

    Parameters
    ----------
    mask : numpy.ndarray of shape (n,), bool

    Returns
    -------
    (float, int)

    Examples
    --------
    >>> share_of(np.array([True, False, False, False]))
    (0.25, 4)
    >>> share_of(np.array([], dtype=bool))
    (nan, 0)
    """
    return float(mask.mean()) if len(mask) else np.nan, len(mask)


class _OnChange(_OnRecent):
    """What tests share that ask about the last events as they were, and with a change.

    Parameters
    ----------
    change : Change
    most : float
        The share of events on which the answer may be another than is expected.
    rows, tolerance, min_rows
        As for `Invariance`.
    """

    metric = ""
    """What the share is called on the report card."""

    def __init__(
        self, change: Change, most: float, rows: int, tolerance: float, min_rows: int
    ) -> None:
        super().__init__(rows, min_rows)
        check_number("most", most, low=0, high=1)
        check_number("tolerance", tolerance, low=0)
        self.change = completed("offline.change", change, Change)
        self.most, self.tolerance = most, tolerance

    def check_schema(self, schema: Schema) -> None:
        self.change.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.change.check_columns(column)

    def wrong(self, view: View, model: int, rows: Rows, X: Any, changed: Any) -> np.ndarray:
        """Of the rows answered both times, on which the answer is another than is expected."""
        raise NotImplementedError

    def lines(self, view: View, challenger: int, champion: int | None) -> list[Line]:
        rows = view.recent(self.size)
        X, changed = view.X(rows), self.change.features(view, rows)

        def share(model: int) -> tuple[float, int]:
            return share_of(self.wrong(view, model, rows, X, changed))

        return [self.at_most(self.metric, challenger, champion, self.most, share)]


class Invariance(_OnChange):
    """A change that ought not to matter must not change more than a share of the answers.

    The last events are asked about twice, as they were and with the change (the invariance tests of
    Ribeiro, Wu, Guestrin & Singh, ACL 2020).

    Parameters
    ----------
    change : Change
        Such as `clsim.strategy.changes.AddNoise` or `Swap`.
    most : float, default=0.05
        The share of answers that may change.
    rows : int, default=500
        The last so many events that are kept.
    tolerance : float, default=0.0
        Where answers are values: by how much one may move and still count as the same.
    min_rows : int, default=30
        With fewer that are answered both times there is no evidence, and the champion stays.

    Examples
    --------
    >>> from clsim.strategy.changes import Swap
    >>> gate = Invariance(Swap("sex", {"f": "m", "m": "f"}), most=0.01)

    The label goes by x alone, so a model that is trained on it answers otherwise when x is moved:

    >>> import pandas as pd
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> import clsim
    >>> from clsim.strategy.changes import Shift
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = Invariance(Shift("x", by=1), rows=4, min_rows=4)
    >>> log = pd.DataFrame({"x": [0.0, 1.0] * 8, "y": [0, 1] * 8})
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": clsim.Strategy(At([2]), offline=gate)},
    ...                     learner=DecisionTreeClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['changed answers 0.5 above 0.05', False]]
    """

    metric = "changed answers"

    def __init__(
        self,
        change: Change,
        most: float = 0.05,
        rows: int = 500,
        tolerance: float = 0.0,
        min_rows: int = 30,
    ) -> None:
        super().__init__(change, most, rows, tolerance, min_rows)

    def wrong(self, view: View, model: int, rows: Rows, X: Any, changed: Any) -> np.ndarray:
        before, after = (view.model(model).answers_to(rows, it) for it in (X, changed))
        return differ(before, after, self.tolerance)


class Direction(_OnChange):
    """A change must move answers one way: all but a share of them, that way or not at all.

    Of values, or of the chance of a class (the directional expectation tests of Ribeiro, Wu,
    Guestrin & Singh, ACL 2020).

    Parameters
    ----------
    change : Change
        Such as ``Shift("income", by=1_000)`` of `clsim.strategy.changes`.
    moves : {'up', 'down'}
    of : class or None, default=None
        The class whose chance is to move; None where answers are values.
    most : float, default=0.05
        The share of events that may move the other way.
    rows, min_rows
        As for `Invariance`.
    tolerance : float, default=0.0
        By how much one may move the other way and still count as standing still.

    Examples
    --------
    >>> from clsim.strategy.changes import Shift
    >>> gate = Direction(Shift("income", by=1_000), "down", of=1)

    More of x makes a 1 likelier, so the model does as it should:

    >>> import pandas as pd
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> import clsim
    >>> from clsim.strategy.changes import Shift
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = Direction(Shift("x", by=1), "up", of=1, rows=4, min_rows=4)
    >>> log = pd.DataFrame({"x": [0.0, 1.0] * 8, "y": [0, 1] * 8})
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": clsim.Strategy(At([2]), offline=gate)},
    ...                     learner=DecisionTreeClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['as expected', True]]
    """

    metric = "wrong direction"

    def __init__(
        self,
        change: Change,
        moves: str,
        of: Any = None,
        most: float = 0.05,
        rows: int = 500,
        tolerance: float = 0.0,
        min_rows: int = 30,
    ) -> None:
        super().__init__(change, most, rows, tolerance, min_rows)
        check_choice("moves", moves, ("up", "down"))
        self.moves, self.of = moves, of
        self.reads_chances = of is not None

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        if schema.task == "regression" and self.of is not None:
            raise ValueError(f"offline.of={self.of!r}: answers are values; leave it out")
        if schema.task != "regression":
            if self.of is None or schema.codes([self.of])[0] < 0:
                raise ValueError(f"offline.of={self.of!r}: give a class, whose chance is to move "
                                 f"({schema.listed})")  # fmt: skip
            self._code = int(schema.codes([self.of])[0])

    def wrong(self, view: View, model: int, rows: Rows, X: Any, changed: Any) -> np.ndarray:
        moved = self._values(view, model, rows, changed) - self._values(view, model, rows, X)
        moved = moved[~np.isnan(moved)] * (1 if self.moves == "up" else -1)
        return moved < -self.tolerance

    def _values(self, view: View, model: int, rows: Rows, X: Any) -> np.ndarray:
        if self.of is None:
            return view.model(model).answers_to(rows, X)
        return view.model(model).chances_to(rows, X)[:, self._code]


class NotConstant(_OnRecent):
    """No answer may be given to more than a share of the last events.

    Parameters
    ----------
    most : float, default=0.99
        The share that the most frequent answer may have.
    rows, min_rows
        As for `Invariance`.

    Examples
    --------
    >>> gate = NotConstant(most=0.95)

    A model that always answers 1 is not put into service:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = NotConstant(most=0.95, rows=4, min_rows=4)
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 12})
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": clsim.Strategy(At([2]), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['largest share 1 above 0.95', False]]
    """

    def __init__(self, most: float = 0.99, rows: int = 500, min_rows: int = 30) -> None:
        super().__init__(rows, min_rows)
        check_number("most", most, above=0, high=1)
        self.most = most

    def lines(self, view: View, challenger: int, champion: int | None) -> list[Line]:
        rows = view.recent(self.size)

        def share(model: int) -> tuple[float, int]:
            return _largest(view.model(model).answers(rows))

        return [self.at_most("largest share", challenger, champion, self.most, share)]


def _largest(answers: np.ndarray) -> tuple[float, int]:
    """The share of the most frequent answer among those that there are, and their number."""
    answers = answers[given(answers)]
    if not len(answers):
        return np.nan, 0
    return float(np.unique(answers, return_counts=True)[1].max() / len(answers)), len(answers)


class FewMissing(_OnRecent):
    """Of the last events, few may stay unanswered, and of no feature may many values be missing.

    Parameters
    ----------
    answers : float, default=0.0
        The share of events that the challenger may leave unanswered.
    values : float or None, default=None
        The share of values that may be missing of each feature; None: any.
    rows, min_rows
        As for `Invariance`.

    Examples
    --------
    >>> gate = FewMissing(values=0.2)

    One of the latest four values of a feature is missing:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = FewMissing(values=0.2, rows=4, min_rows=4)
    >>> log = pd.DataFrame({"x": [0.0] * 10 + [np.nan] + [0.0] * 5, "y": [0, 1] * 8})
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": clsim.Strategy(At([2]), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['missing x 0.25 above 0.2', False]]
    """

    def __init__(
        self,
        answers: float = 0.0,
        values: float | None = None,
        rows: int = 500,
        min_rows: int = 30,
    ) -> None:
        super().__init__(rows, min_rows)
        check_number("answers", answers, low=0, high=1)
        if values is not None:
            check_number("values", values, low=0, high=1)
        self.answers, self.values = answers, values

    def lines(self, view: View, challenger: int, champion: int | None) -> list[Line]:
        rows = view.recent(self.size)

        def unanswered(model: int) -> tuple[float, int]:
            return share_of(~given(view.model(model).answers(rows)))

        lines = [self.at_most("unanswered", challenger, champion, self.answers, unanswered)]
        for name in view.schema.features if self.values is not None else ():
            share, count = share_of(view.column(name, rows).missing)
            lines.append(self.line(f"missing {name}", (share, None), count, None, self.values))
        return lines


class ClassShares(_OnRecent):
    """Each class must be answered about as often as the labels say.

    On the newest labelled events, whether or not a model trained on them.

    Parameters
    ----------
    within : float, default=0.1
        By how much the share of a class among the answers may differ from that among the labels.
    rows, min_rows
        As for `Invariance`; of the newest labelled events.

    Notes
    -----
    A model that answers by the least cost, or by a threshold, answers dear classes more often than
    they come: then the bound must be as wide.

    Examples
    --------
    >>> gate = ClassShares(within=0.05)

    The challenger always answers 1, and so are three of the latest four labels:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = ClassShares(within=0.2, rows=4, min_rows=4)
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 7 + [0] * 5})
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": clsim.Strategy(At([2]), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['share of 0 0 below 0.05', False]]
    """

    def __init__(self, within: float = 0.1, rows: int = 500, min_rows: int = 30) -> None:
        super().__init__(rows, min_rows)
        check_number("within", within, low=0, high=1)
        self.within = within

    def check_schema(self, schema: Schema) -> None:
        if schema.task == "regression":
            raise ValueError("offline: ClassShares needs classes, and the answers are values")

    def lines(self, view: View, challenger: int, champion: int | None) -> list[Line]:
        rows = view.latest_known(self.size)
        said = np.asarray(view.schema.codes(view.y(rows)))
        mine = view.model(challenger).answers(rows)
        other = None if champion is None else view.model(champion).answers(rows)
        lines = []
        for code, name in enumerate(view.schema.classes.tolist()):
            share = _share(said, code)
            values = _share(mine, code), None if other is None else _share(other, code)
            bounds = share - self.within, share + self.within
            lines.append(self.line(f"share of {name}", values, int(given(mine).sum()), *bounds))
        return lines


def _share(answers: np.ndarray, code: int) -> float:
    answers = answers[answers >= 0]
    return float((answers == code).mean()) if len(answers) else float("nan")


class Agreement(_OnRecent):
    """The challenger must answer as the champion does in a share of the last events.

    Less is suspicious, and where another model is wanted, so is more. Without a champion there is
    nothing to agree with, and the challenger passes.

    Parameters
    ----------
    least, most : float, default=0.7, 1.0
        Between which shares.
    tolerance : float, default=0.0
        Where answers are values: how far apart two may lie that agree.
    rows, min_rows
        As for `Invariance`.

    Examples
    --------
    >>> gate = Agreement(least=0.8)
    """

    def __init__(
        self,
        least: float = 0.7,
        most: float = 1.0,
        rows: int = 500,
        tolerance: float = 0.0,
        min_rows: int = 30,
    ) -> None:
        super().__init__(rows, min_rows)
        check_number("least", least, low=0, high=1)
        check_number("most", most, low=least, high=1)
        check_number("tolerance", tolerance, low=0)
        self.least, self.most, self.tolerance = least, most, tolerance

    def lines(self, view: View, challenger: int, champion: int | None) -> list[Line]:
        if champion is None:
            return []
        rows = view.recent(self.size)
        mine, other = (view.model(model).answers(rows) for model in (challenger, champion))
        share, count = share_of(~differ(mine, other, self.tolerance))
        return [self.line("agreement", (share, None), count, self.least, self.most)]
