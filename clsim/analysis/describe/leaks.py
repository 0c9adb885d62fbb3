"""Columns that know the label: what nobody has when a model answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass
class Split:
    """The rows on which small models learn the label, and those on which they are asked.

    Attributes
    ----------
    X : pandas.DataFrame
        Features in time order, of ``MOST_ROWS`` rows at most, evenly over the log.
    y : numpy.ndarray of shape (n,)
        Codes of classes, or numbers.
    places : numpy.ndarray of shape (n,)
        Which rows of the table these are.
    cut : int
        Rows before it are learned, those from it on are asked.
    task : str
    names : list of str
        Of the classes.
    """

    X: pd.DataFrame
    y: np.ndarray
    places: np.ndarray
    cut: int
    task: str
    names: list[str]
    _chances: dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    @classmethod
    def of(cls, X: pd.DataFrame, y: np.ndarray, task: str, names: Sequence[str] = ()) -> Split:
        """Of a whole table."""
        places = np.linspace(0, len(X) - 1, min(len(X), MOST_ROWS)).astype(int)
        return cls(X.iloc[places], y[places], places, int(TRAINED * len(places)), task, [*names])

    @property
    def teaches(self) -> bool:
        """Whether there is something to learn in either part."""
        return self.cut >= 30 and all(np.ptp(part) > 0 for part in np.split(self.y, [self.cut]))

    @property
    def nothing(self) -> float:
        """The score of a model that knows nothing."""
        return 0.5 if self.task == "classification" else 0.0

    @property
    def asked(self) -> dict[str, int]:
        """How many rows are asked, and how many of them are of the rarest class."""
        y = self.y[self.cut :]
        counts = np.unique(y, return_counts=True)[1]
        rarest = counts.min() if self.task == "classification" else len(y)
        return {"rows": len(y), "rarest": int(rarest)}

    def surprise(self, columns: Sequence[str], code: int) -> np.ndarray:
        """For each row that is asked, the chance that it is of another class than this one."""
        if not self.teaches or not columns:
            return np.full(len(self.y) - self.cut, 1 - np.mean(self.y[: self.cut] == code))
        key = tuple(columns)
        if key not in self._chances:
            self._chances = {key: _chances(self.X[list(columns)], self.y, self.cut)}
        shares, classes = self._chances[key]
        place = np.flatnonzero(classes == code)
        return 1 - shares[:, place[0]] if len(place) else np.ones(len(shares))


def by_model(split: Split) -> tuple[pd.DataFrame, list[Finding]]:
    """Columns whose own model, trained on the past alone, beats all other columns together.

    Each column has a model of its own (gradient boosted trees), trained on the first
    ``TRAINED`` of the rows and tested on the rest. Those that reach ``ALONE`` are suspects, and one
    model of all others together is what they are compared with.

    Returns
    -------
    scores : pandas.DataFrame
        column, alone; the best first. Empty where one of the parts has one class alone.
    findings : list of Finding
        *alone*, with ``alone``, ``others``, ``task``, ``rows`` (that were asked) and ``rarest``
        (those of the rarest class among them; of numbers, all). With few of these the score is
        uncertain.
    """
    if not split.teaches:
        return pd.DataFrame({"column": [], "alone": []}), []
    alone = {str(name): score(split, [name]) for name in split.X.columns}
    scores = pd.DataFrame({"column": list(alone), "alone": list(alone.values())})
    scores = scores.sort_values("alone", ascending=False, kind="stable", ignore_index=True)
    suspects = [name for name, reached in alone.items() if reached >= ALONE]
    if not suspects:
        return scores, []
    rest = [name for name in split.X.columns if name not in suspects]
    others = score(split, rest) if rest else split.nothing
    facts = {"others": others, "task": split.task, **split.asked}
    found = [
        Finding("alone", name, "warned", {"alone": alone[name], **facts})
        for name in suspects if alone[name] >= others + MARGIN
    ]  # fmt: skip
    return scores, found


def score(split: Split, columns: Sequence[str]) -> float:
    """Area under the ROC curve, or R², of trees that learned the first rows, on the others."""
    from sklearn.metrics import r2_score
    from threadpoolctl import threadpool_limits

    X, y, cut = split.X[list(columns)], split.y, split.cut
    if split.task == "regression":
        from sklearn.ensemble import HistGradientBoostingRegressor

        with threadpool_limits(1):
            model = HistGradientBoostingRegressor(**_settings(X)).fit(X[:cut], y[:cut])
            return float(r2_score(y[cut:], model.predict(X[cut:])))
    return _area(*_chances(X, y, cut), y[cut:])


def _chances(X: pd.DataFrame, y: np.ndarray, cut: int) -> tuple[np.ndarray, np.ndarray]:
    """Chances of the classes that were learned, in the rows that are asked; and these classes."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # so small, that several threads would wait for one another
        model = HistGradientBoostingClassifier(**_settings(X)).fit(X[:cut], y[:cut])
        return model.predict_proba(X[cut:]), model.classes_


def _settings(X: pd.DataFrame) -> dict[str, Any]:
    rounds = {"max_iter": 10, "learning_rate": 0.3} if X.shape[1] == 1 else {"max_iter": 30}
    return {"max_leaf_nodes": 8, "early_stopping": False, "random_state": 0, **rounds}


def _area(shares: np.ndarray, classes: np.ndarray, y: np.ndarray) -> float:
    """Mean area under the ROC curve, of each class against the rest."""
    from sklearn.metrics import roc_auc_score

    asked = list(enumerate(classes))
    if len(asked) == 2:  # each against the rest is the same
        asked = asked[1:]
    areas = [
        roc_auc_score(y == value, shares[:, k])
        for k, value in asked if 0 < np.sum(y == value) < len(y)
    ]  # fmt: skip
    return float(np.mean(areas))
