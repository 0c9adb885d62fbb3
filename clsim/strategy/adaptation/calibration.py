"""Probabilities that say how often a class comes, as arrived labels tell it."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_choice
from clsim.policies import Adapt, Adapted, Sigmoid, Stairs, Step, log_odds
from clsim.strategy.adaptation.regular import Regular
from clsim.types import Rows
from clsim.view import View


class Calibration(Regular):
    """Make probabilities say how often each class comes, by labels that have arrived.

    On the last labelled rows on which the model was not trained. Of two classes the second is
    calibrated; of more, each against the rest, and then they are divided by their sum.

    Parameters
    ----------
    how : {'platt', 'isotonic'}, default='platt'
        A sigmoid of the log odds, fitted to smoothed targets by scikit-learn's logistic regression
        (Platt, 1999): two numbers for each class, so it takes few labels. Or any rising curve, by
        its isotonic regression (Zadrozny & Elkan, KDD 2002), which takes about a thousand.
    window, min_rows, every, survives
        As for `Regular`; rows with a label. They must be of every class.

    Examples
    --------
    >>> from clsim import Strategy
    >>> from clsim.strategy.triggers import Periodic
    >>> strategy = Strategy(
    ...     Periodic("30d"), adaptation=Calibration("isotonic", 2000), threshold="by_price"
    ... )

    The model says .9 where six of ten rows are of the second class:

    >>> from types import SimpleNamespace
    >>> from clsim.types import Schema
    >>> said = np.tile([0.1, 0.9], (10, 1))
    >>> asked = SimpleNamespace(untrained=lambda rows: rows >= 0, chances=lambda rows: said)
    >>> view = SimpleNamespace(  # what is asked of a view here
    ...     latest_known=np.arange, usable=lambda rows: rows, model=lambda number: asked,
    ...     schema=Schema(("x",), "classification", np.array([0, 1]), timed=False),
    ...     y=lambda rows: np.array([1, 1, 1, 1, 1, 1, 0, 0, 0, 0]),
    ... )
    >>> calibration = Calibration("isotonic", window=10, min_rows=10)
    >>> found = calibration.adapt(view, 1, Adapted(), without=[])
    >>> found.policy.chances(said[:1]).round(9).tolist(), found.rows
    ([[0.4, 0.6]], 10)
    """

    gives_shares = True

    def __init__(
        self, how: str = "platt", window: int = 500, min_rows: int = 100, every: Duration = 1,
        survives: bool = False,
    ) -> None:  # fmt: skip
        check_choice("how", how, ("platt", "isotonic"))
        super().__init__(window, min_rows, every, survives)
        self.how = how

    def adapt(self, view: View, model: int, policy: Adapted, without: Rows) -> Adapt | None:
        rows, chances = self.said(view, model, policy, self.labelled(view, model, without))
        truth = view.schema.codes(view.y(rows))
        counts = np.bincount(truth, minlength=len(view.schema.classes))
        if len(rows) < self.min_rows or not counts.all():
            return None
        step: Step
        detail = {}
        if self.how == "platt":
            lines = [platt(chance, its) for chance, its in _each(chances, truth)]
            step = Sigmoid(tuple(lines))
            if len(lines) == 1:
                detail = {"slope": lines[0][0], "height": lines[0][1]}
        else:
            step = Stairs(tuple(isotonic(chance, its) for chance, its in _each(chances, truth)))
        shares = tuple((counts / len(rows)).tolist())
        return Adapt(policy.after(step, shares), f"calibrated ({self.how})", len(rows), detail)


def _each(chances: np.ndarray, truth: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Chances of each class and who is of it; of two, of the second alone."""
    codes = [1] if chances.shape[1] == 2 else range(chances.shape[1])
    return [(chances[:, code], truth == code) for code in codes]


def platt(chances: np.ndarray, happened: np.ndarray) -> tuple[float, float]:
    """Slope and height of the line in the log odds that is likeliest, for smoothed targets.

    Platt, *Probabilistic outputs for support vector machines and comparisons to regularized
    likelihood methods* (1999): of n+ that happened the target is (n+ + 1) / (n+ + 2), of n- others
    1 / (n- + 2), so that it is finite where chances tell them apart without an error.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
    happened : numpy.ndarray of bool of shape (n,)

    Examples
    --------
    Chances that say nothing: the height has the odds of the targets' mean, (3 · 4/5 + 1/3) / 4.

    >>> slope, height = platt(np.full(4, 0.5), np.array([True, True, True, False]))
    >>> round(slope, 6), round(float(1 / (1 + np.exp(-height))), 6)
    (0.0, 0.683333)
    """
    from sklearn.linear_model import LogisticRegression

    yes, no = int(happened.sum()), int((~happened).sum())
    target = np.where(happened, (yes + 1) / (yes + 2), 1 / (no + 2))
    odds = np.tile(log_odds(chances), 2)[:, None]
    classes = np.repeat([1, 0], len(chances))
    fitted = LogisticRegression(C=1e10, tol=1e-8, max_iter=1000)
    fitted.fit(odds, classes, sample_weight=np.concatenate([target, 1 - target]))
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def isotonic(chances: np.ndarray, happened: np.ndarray) -> Any:
    """Knots of the rising curve that is nearest: chances as they are, and as they should be."""
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    curve.fit(chances, happened.astype(float))
    return tuple(curve.X_thresholds_.tolist()), tuple(curve.y_thresholds_.tolist())
