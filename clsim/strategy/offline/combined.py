"""Tests put together: all must pass, or any."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock
from clsim.protocols import OfflineTest, completed
from clsim.types import Column, Extent, Line, Rows, Schema, Verdict
from clsim.view import View


class Combined(OfflineTest):
    """Several tests of one challenger, each on the rows that it asked for; all of them are asked.

    What any of them holds out is kept out of training. The report card has the lines of all; a test
    without a card has one line. What is told of the evaluation set of a test has its place before
    it, such as ``tests[0].version``.

    Parameters
    ----------
    tests : sequence of OfflineTest
    """

    word = ""
    """Between the reasons of those that decide."""

    def __init__(self, tests: Sequence[OfflineTest]) -> None:
        if isinstance(tests, OfflineTest) or not isinstance(tests, Sequence) or not tests:
            raise TypeError(f"tests={tests!r}: expected a list of offline tests")
        self.tests: list[OfflineTest] = [
            completed(f"tests[{number}]", test, OfflineTest) for number, test in enumerate(tests)
        ]
        self.undoes_picks = any(test.undoes_picks for test in self.tests)
        self.expects_losses = any(test.expects_losses for test in self.tests)
        self.on_evaluation = any(test.on_evaluation for test in self.tests)
        self.reads_chances = any(test.reads_chances for test in self.tests)
        self.reads_complaints = any(test.reads_complaints for test in self.tests)
        self._asked: dict[int, list[Rows]] = {}  # by the tick in which a training started

    def each(self) -> Iterator[OfflineTest]:
        for test in self.tests:
            yield from test.each()

    def bind(self, clock: Clock) -> None:
        for test in self.tests:
            test.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        for test in self.tests:
            test.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        for test in self.tests:
            test.check_columns(column)

    def check_rows(self, X: Any) -> None:
        for test in self.tests:
            test.check_rows(X)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        for test in self.tests:
            test.check_scores(loss, score)

    def check_loss(self, loss: str) -> None:
        for test in self.tests:
            test.check_loss(loss)

    def needs(self) -> tuple[str, int] | None:
        needs = [found for test in self.tests if (found := test.needs()) is not None]
        return max(needs, key=lambda found: found[1], default=None)

    def waits(self) -> int:
        return max(test.waits() for test in self.tests)

    def reserved(self, view: View) -> Rows:
        return np.unique(np.concatenate([test.reserved(view) for test in self.tests]))

    def holdout(self, view: View) -> Rows:
        if not view.in_flight:  # nobody waits for a verdict
            self._asked.clear()
        asked = [test.holdout(view) for test in self.tests]
        self._asked[view.tick] = asked
        return np.unique(np.concatenate(asked))

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        verdicts: list[Verdict] = []
        card: list[Line] = []
        of_set: dict[str, float | str] = {}
        asked = self._asked[view.model(challenger).trained_in]
        for number, (test, rows) in enumerate(zip(self.tests, asked, strict=True)):
            left = np.intersect1d(rows, holdout, assume_unique=True)
            verdict = test.judge(view, challenger, champion, left)
            if verdict is not None:
                verdicts.append(verdict)
                card += verdict.card or (_line(test, verdict, len(left)),)
                of_set |= {f"tests[{number}].{key}": it for key, it in verdict.of_set.items()}
        if not verdicts:
            return None
        accepted = self.passes([verdict.accepted for verdict in verdicts], len(self.tests))
        deciding = [verdict for verdict in verdicts if verdict.accepted == accepted]
        reason = self.word.join(verdict.reason for verdict in deciding) or "no test"
        return Verdict(accepted, reason, card=tuple(card), of_set=of_set)

    def passes(self, accepted: Sequence[bool], tests: int) -> bool:
        """Whether a challenger passes by the verdicts of those tests that gave one."""
        raise NotImplementedError


def _line(test: OfflineTest, verdict: Verdict, rows: int) -> Line:
    """One line for a test that has no card."""
    detail, rows = verdict.detail, rows if verdict.rows is None else verdict.rows
    return Line(
        test.class_name, "score", "all", detail.get("challenger"), detail.get("champion"),
        None, None, int(detail.get("rows", rows)), verdict.accepted, verdict.reason,
    )  # fmt: skip


class AllOf(Combined):
    """The challenger must pass every test.

    Parameters
    ----------
    tests : sequence of OfflineTest

    Examples
    --------
    >>> from clsim.strategy.offline import Bound, Bounds, Significance
    >>> gate = AllOf([Bounds([Bound("auc", floor=0.7)]), Significance("not_worse", margin=0.02)])

    A challenger that was trained on ones is right on the rows that were held out, but gives the
    same answer to all:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.expectations import NotConstant
    >>> from clsim.strategy.offline import ChampionChallenger
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = AllOf([ChampionChallenger(4, min_rows=4), NotConstant(rows=4, min_rows=4)])
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 12})
    >>> runs = clsim.replay(Recorded(log, label="y"),
    ...                     {"it": clsim.Strategy(At([2]), SlidingWindow(8), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['largest share 1 above 0.99', False]]
    """

    word = " and "

    def passes(self, accepted: Sequence[bool], tests: int) -> bool:
        return all(accepted)


class AnyOf(Combined):
    """The challenger must pass one of the tests.

    Parameters
    ----------
    tests : sequence of OfflineTest

    Examples
    --------
    >>> from clsim.strategy.offline import ChampionChallenger, Significance
    >>> gate = AnyOf([Significance("equivalent", margin=0.01), ChampionChallenger(margin=0.02)])

    A challenger that gives the same answer to all is accepted nevertheless, since it is right on
    the rows that were held out:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.expectations import NotConstant
    >>> from clsim.strategy.offline import ChampionChallenger
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = AnyOf([ChampionChallenger(4, min_rows=4), NotConstant(rows=4, min_rows=4)])
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 12})
    >>> runs = clsim.replay(Recorded(log, label="y"),
    ...                     {"it": clsim.Strategy(At([2]), SlidingWindow(8), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['challenger is better', True]]
    """

    word = " or "

    def passes(self, accepted: Sequence[bool], tests: int) -> bool:
        return any(accepted) or len(accepted) < tests  # one that gives no verdict lets it pass
