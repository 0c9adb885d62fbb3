"""Columns that know the label: what nobody has when a model answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding

MOST_ROWS = 6_000
"""Rows that models of single columns are trained and tested on at most, evenly over the log."""

TRAINED = 0.6
"""Share of the log on which they are trained, its first; they are tested on the rest."""

ALONE, MARGIN = 0.97, 0.05
"""A column leaks if its own model reaches the one, and that much more than all others together.

Of the area under the ROC curve (of several classes the mean of each against the rest), or of R²."""

CHANCE = 1e-6
"""A pattern is none if it would come about with this probability without any reason."""


def by_gaps(frame: pd.DataFrame, features: Sequence[str], label: str) -> list[Finding]:
    """Columns whose missing values say whether there is a label, or which one.

    - *missing with the label*: missing in the very rows in which the label is;
    - *only with the label*: filled in rows with a label alone, though in a part of them;
    - *only of one class*: filled in rows of one class alone.

    The latter two where that would not happen by chance (``CHANCE``), were values missing anywhere.
    """
    unknown = frame[label].isna().to_numpy()
    shares = frame[label].value_counts(normalize=True)
    classes = len(shares) <= 20
    found = []
    for name in features:
        there = frame[name].notna().to_numpy()
        if there.all() or not there.any():
            continue
        facts: dict[str, Any] = {"filled": int(there.sum()), "missing": int((~there).sum())}
        if unknown.any() and (there == ~unknown).all():
            found.append(Finding("missing with the label", name, "warned", facts))
            continue
        of = frame.loc[there, label].dropna().unique()
        if classes and len(of) == 1 and _rare(float(shares[of[0]]), int(there.sum())):
            facts["class"] = str(of[0])
            found.append(Finding("only of one class", name, "warned", facts))
        elif unknown.any() and not there[unknown].any() and _rare((~there).mean(), unknown.sum()):
            found.append(Finding("only with the label", name, "warned", facts))
    return found


def _rare(share: float, rows: float) -> bool:
    return 0 < share < 1 and float(rows) * math.log(share) < math.log(CHANCE)


def by_model(X: pd.DataFrame, y: np.ndarray, task: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Columns whose own model, trained on the past alone, beats all other columns together.

    Each column has a model of its own (gradient boosted trees), trained on the first
    ``TRAINED`` of the rows and tested on the rest. Those that reach ``ALONE`` are suspects, and one
    model of all others together is what they are compared with.

    Parameters
    ----------
    X : pandas.DataFrame
        Features in time order; numbers and categories.
    y : numpy.ndarray of shape (n,)
        Codes of classes, or numbers.
    task : {'classification', 'regression'}

    Returns
    -------
    scores : pandas.DataFrame
        column, alone; the best first. Empty where one of the parts has one class alone.
    findings : list of Finding
        *alone*, with ``alone``, ``others`` and ``margin``.
    """
    places = np.linspace(0, len(X) - 1, min(len(X), MOST_ROWS)).astype(int)
    X, y = X.iloc[places], y[places]
    cut = int(TRAINED * len(X))
    if cut < 30 or np.ptp(y[:cut]) == 0 or np.ptp(y[cut:]) == 0:
        return pd.DataFrame({"column": [], "alone": []}), []
    alone = {str(name): _score(X[[name]], y, cut, task) for name in X.columns}
    scores = pd.DataFrame({"column": list(alone), "alone": list(alone.values())})
    scores = scores.sort_values("alone", ascending=False, kind="stable", ignore_index=True)
    suspects = [name for name, score in alone.items() if score >= ALONE]
    if not suspects:
        return scores, []
    rest = X.drop(columns=suspects)
    others = 0.5 if task == "classification" else 0.0
    if rest.shape[1]:
        others = _score(rest, y, cut, task)
    found = [
        Finding("alone", name, "warned", {"alone": alone[name], "others": others, "task": task})
        for name in suspects if alone[name] >= others + MARGIN
    ]  # fmt: skip
    return scores, found


def _score(X: pd.DataFrame, y: np.ndarray, cut: int, task: str) -> float:
    """Area under the ROC curve, or R², of trees that learned the first rows, on the others."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.metrics import r2_score
    from threadpoolctl import threadpool_limits

    rounds = {"max_iter": 10, "learning_rate": 0.3} if X.shape[1] == 1 else {"max_iter": 30}
    given: Mapping[str, Any] = {"max_leaf_nodes": 8, "early_stopping": False, "random_state": 0}
    given = {**given, **rounds}
    with threadpool_limits(1):  # so small, that several threads would wait for one another
        if task == "regression":
            model = HistGradientBoostingRegressor(**given).fit(X[:cut], y[:cut])
            return float(r2_score(y[cut:], model.predict(X[cut:])))
        model = HistGradientBoostingClassifier(**given).fit(X[:cut], y[:cut])
        return _area(model.predict_proba(X[cut:]), model.classes_, y[cut:])


def _area(shares: np.ndarray, classes: np.ndarray, y: np.ndarray) -> float:
    """Mean area under the ROC curve, of each class against the rest."""
    from sklearn.metrics import roc_auc_score

    told = list(enumerate(classes))
    if len(told) == 2:  # each against the rest is the same
        told = told[1:]
    areas = [
        roc_auc_score(y == value, shares[:, k])
        for k, value in told if 0 < np.sum(y == value) < len(y)
    ]  # fmt: skip
    return float(np.mean(areas))
