"""A test without labels of the events that it is about: no worse by what is estimated of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_number
from clsim.protocols import EvaluationSet
from clsim.statistics.alternatives import normal_result
from clsim.statistics.ties import exceeds, settled
from clsim.strategy.offline.held_out import HeldOut
from clsim.types import Line, Rows, Schema, Verdict
from clsim.view import View

CERTAIN = 1e-9
"""Chances nearer to 0 than this are taken as this."""


def signals(chances: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """What says of an answer whether it may be right: four numbers for each row.

    The chance of what was answered, the largest chance, by how much it leads the next, and minus
    the entropy.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
    answers : numpy.ndarray of shape (n,)
        Codes of classes, at least 0.

    Returns
    -------
    numpy.ndarray of shape (n, 4)

    Examples
    --------
    >>> signals(np.array([[0.5, 0.5]]), np.array([1])).round(4).tolist()
    [[0.5, 0.5, 0.0, -0.6931]]
    """
    ordered = np.sort(chances, axis=1)
    said = chances[np.arange(len(chances)), answers]
    entropy = (chances * np.log(np.maximum(chances, CERTAIN))).sum(axis=1)
    return np.column_stack([said, ordered[:, -1], ordered[:, -1] - ordered[:, -2], entropy])


def chance_to_be_right(known: np.ndarray, right: np.ndarray) -> Any:
    """A function of signals that estimates the chance that an answer is right.

    A logistic regression on standardised signals; a constant where all are right, or all wrong.

    Parameters
    ----------
    known : numpy.ndarray of shape (n, signals)
    right : numpy.ndarray of shape (n,), bool

    Returns
    -------
    callable
        Gives of signals of shape (m, signals) chances of shape (m,).

    Examples
    --------
    Where the model was sure it was right, and half way between it may be either:

    >>> estimate = chance_to_be_right(np.array([[0.5], [1.0]]), np.array([False, True]))
    >>> low, middle, high = estimate(np.array([[0.5], [0.75], [1.0]]))
    >>> round(float(middle), 3), bool(low < 0.5 < high)
    (0.5, True)
    >>> chance_to_be_right(np.zeros((2, 1)), np.array([True, True]))(np.zeros((1, 1))).tolist()
    [1.0]
    """
    if right.all() or not right.any():
        constant = float(right.mean())
        return lambda some: np.full(len(some), constant)
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(known, right)
    return lambda some: fitted.predict_proba(some)[:, 1] if len(some) else np.empty(0)


class Suitable(HeldOut):
    """On events without labels, the challenger must not be worse than the champion by a margin.

    After the suitability filter (Pouget, Yaghini, Rabanser & Papernot, ICML 2025): on labelled rows
    on which neither trained, a logistic regression learns for each model to tell from its chances
    whether an answer is right. On the last events, whose labels are not there yet, it estimates
    that for both models; and a one-sided test of non-inferiority decides on the difference.

    The paper tests one model against its own accuracy on labelled data, and widens the margin for
    an estimator that is not calibrated. Here, of the labelled rows every other one is kept from the
    regression, and says by how much the estimated difference is off: that is taken off, and its
    error enters the test.

    Parameters
    ----------
    margin : float, default=0.0
        By how much the share of right answers may be lower.
    alpha : float, default=0.05
        The chance of accepting a challenger that is worse by the margin, where its assumptions
        hold.
    holdout : int, str or EvaluationSet, default=500
        The labelled rows: as for `clsim.strategy.offline.ChampionChallenger`; a set must not weigh
        its rows.
    rows : int, default=500
        The last so many events that are kept; of them, those without a label.
    min_rows : int, default=50
        With fewer of the one or the other there is no evidence, and the champion stays.

    Notes
    -----
    What signals say of being right must be the same on labelled and unlabelled events. Where the
    concept changed since the labelled rows, a model that is sure and wrong looks right, and no test
    without labels can see that. Rows are taken as independent.

    Examples
    --------
    >>> gate = Suitable(margin=0.02)
    """

    reads_chances = True

    def __init__(
        self,
        margin: float = 0.0,
        alpha: float = 0.05,
        holdout: Duration | EvaluationSet = 500,
        rows: int = 500,
        min_rows: int = 50,
    ) -> None:
        check_number("margin", margin, low=0)
        check_number("alpha", alpha, above=0, high=0.5)
        check_number("rows", rows, whole=True, low=1)
        check_number("min_rows", min_rows, whole=True, low=4, high=rows)
        super().__init__(holdout, min_rows)
        self.margin, self.alpha, self.size = margin, alpha, rows

    def check_schema(self, schema: Schema) -> None:
        if schema.task == "regression":
            raise ValueError("offline: Suitable needs classes, and the answers are values")
        super().check_schema(schema)

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        if champion is None:
            return Verdict(True, "no champion")
        of_set, new = self.of_set(view, holdout), view.recent(self.size)
        new = new[~view.labels.known(new)]
        new = new[self._answered(view, (challenger, champion), new)]
        holdout = holdout[self._answered(view, (challenger, champion), holdout)]
        for what, rows in (("labelled", holdout), ("unlabelled", new)):
            if len(rows) < self.min_rows:
                return Verdict(
                    False, f"{len(rows)} {what} rows, needs {self.min_rows}", rows=len(rows),
                    of_set=of_set,
                )  # fmt: skip
        mine, other = (self._right(view, m, holdout, new) for m in (challenger, champion))
        differences, off = mine[0] - other[0], mine[1] - other[1]
        return replace(self._verdict(differences, off, (mine, other)), of_set=of_set)

    def _verdict(self, differences: np.ndarray, off: np.ndarray, each: tuple[Any, Any]) -> Verdict:
        """By the estimated differences of unlabelled rows, and what they are off by on others."""
        from scipy.special import ndtri

        mean = float(settled(differences.mean() + off.mean(), 1.0))
        error2 = differences.var(ddof=1) / len(differences) + off.var(ddof=1) / len(off)
        error = float(settled(np.sqrt(error2), 1.0))  # chances are of the size of 1
        if error > 0:
            p = normal_result((mean + self.margin) / error, "greater").p
            accepted = p <= self.alpha
        else:  # both answer alike
            accepted = not exceeds(-self.margin, mean)
            p = 0.0 if accepted else 1.0
        low = mean + float(ndtri(self.alpha)) * error
        challenger, champion = (float(some[0].mean() + some[1].mean()) for some in each)
        reason = "not worse by the margin" if accepted else "may be worse by the margin"
        line = Line(
            "Suitable", "estimated accuracy", "all", challenger, champion, low, None,
            len(differences), accepted, reason,
        )  # fmt: skip
        detail = {
            "challenger": challenger, "champion": champion, "low": low, "p": float(p),
            "checked": float(len(off)),
        }  # fmt: skip
        return Verdict(accepted, reason, detail, len(differences), (line,))

    @staticmethod
    def _answered(view: View, models: tuple[int, int], rows: Rows) -> np.ndarray:
        """Which rows both models answer, with chances."""
        there = np.ones(len(rows), dtype=bool)
        for model in models:
            asked = view.model(model)
            there &= (asked.answers(rows) >= 0) & ~np.isnan(asked.chances(rows)).any(axis=1)
        return there

    @staticmethod
    def _right(view: View, model: int, known: Rows, new: Rows) -> tuple[np.ndarray, np.ndarray]:
        """The estimated chance to be right on new rows, and by how much it is off on known ones."""
        asked = view.model(model)
        answers = asked.answers(known)
        right = answers == view.schema.codes(view.y(known))
        told = signals(asked.chances(known), answers)
        estimate = chance_to_be_right(told[::2], right[::2])
        off = right[1::2] - estimate(told[1::2])
        return estimate(signals(asked.chances(new), asked.answers(new))), off
