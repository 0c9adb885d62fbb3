"""Learners: scikit-learn estimators as they are, and river models through an adapter."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from clsim.randomness import integer
from clsim.types import How, Schema


class SklearnLearner:
    """Trains clones of a scikit-learn estimator or pipeline.

    Parameters
    ----------
    estimator : sklearn.base.BaseEstimator
        A prototype, never fitted itself. Each parameter ``random_state=None`` becomes one integer
        derived from the seed, the same for every fit.
    schema : Schema
    seed : int
    proba : bool
        Whether ``predict`` returns probabilities.
    """

    online = False

    def __init__(self, estimator: Any, schema: Schema, seed: int, proba: bool) -> None:
        from sklearn.base import clone
        from sklearn.exceptions import ConvergenceWarning

        self._clone, self._not_converged = clone, ConvergenceWarning
        self.prototype = clone(estimator)
        state = integer(seed, "learner")
        unset = {
            name: state
            for name, value in self.prototype.get_params(deep=True).items()
            if name.split("__")[-1] == "random_state" and value is None
        }
        self.prototype.set_params(**unset)
        self.classes = schema.classes
        self.classification = schema.task == "classification"
        self._position = schema.codes
        method = "predict_proba" if proba else "predict"
        if not hasattr(self.prototype, method):
            raise ValueError(f"learner: {type(estimator).__name__} has no {method}")
        self.proba = proba

    def check(self, how: How) -> None:
        """Raise ``ValueError`` if the estimator cannot be trained in this way."""
        name = type(self.prototype).__name__
        if how == "partial_fit" and not hasattr(self.prototype, "partial_fit"):
            raise ValueError(f"learner: {name} has no partial_fit; use how='warm_start' or 'fit'")
        if how == "warm_start" and "warm_start" not in self.prototype.get_params():
            raise ValueError(f"learner: {name} has no warm_start; use how='partial_fit' or 'fit'")
        grows = "n_estimators" in self.prototype.get_params() or name.startswith("HistGradient")
        if how == "warm_start" and grows:
            raise ValueError(
                f"learner: warm_start of {name} adds trees if it is to have more of them, and else "
                "does nothing; use how='fit'"
            )

    def train(self, X: Any, y: np.ndarray, how: How, parent: Any) -> Any:
        estimator = self._clone(self.prototype) if parent is None else copy.deepcopy(parent)
        if how == "partial_fit":
            if self.classification:
                return estimator.partial_fit(X, y, classes=self.classes)
            return estimator.partial_fit(X, y)
        if how == "warm_start":
            estimator.set_params(warm_start=True)
        with warnings.catch_warnings():
            # a fit that did not converge is a failure
            warnings.simplefilter("error", self._not_converged)
            return estimator.fit(X, y)

    def predict(self, estimator: Any, X: Any) -> np.ndarray:
        if not self.classification:
            return np.asarray(estimator.predict(X), dtype=float)
        if self.proba:
            chances = estimator.predict_proba(X)
            if chances.shape[1] == len(self.classes):
                return chances
            full = np.zeros((len(chances), len(self.classes)))
            full[:, np.searchsorted(self.classes, estimator.classes_)] = chances
            return full
        return self._position(estimator.predict(X))


class RiverLearner:
    """Trains copies of a river model, row by row.

    Binary classes are given to river as False and True (as its linear models ask for), more than
    two as they are. A model that gives no answer (None, or no probabilities) leaves the event
    unanswered.

    Parameters
    ----------
    model : river.base.Classifier or river.base.Regressor
        A prototype; a parameter ``seed=None`` becomes an integer derived from the seed.
    schema : Schema
    seed : int
    proba : bool
        Whether ``predict`` returns probabilities.
    unanswered : int or float
        The code of an event without an answer.
    """

    online = True

    def __init__(
        self, model: Any, schema: Schema, seed: int, proba: bool, unanswered: float
    ) -> None:
        self.prototype = _seeded(copy.deepcopy(model), integer(seed, "learner"))
        self.names = schema.features
        self.proba = proba
        self.unanswered = unanswered
        self.classification = schema.task == "classification"
        if len(schema.classes) == 2:
            self.targets: list[Any] = [False, True]
        else:
            self.targets = schema.classes.tolist()
        self._codes = {target: code for code, target in enumerate(self.targets)}
        self._position = schema.codes

    def check(self, how: How) -> None:
        """Raise ``ValueError`` if the model cannot be trained in this way."""
        if how == "warm_start":
            raise ValueError("learner: river models have no warm_start; use how='partial_fit'")

    def dicts(self, X: Any) -> Iterator[dict[str, Any]]:
        """Rows as river sees them."""
        names = self.names
        if isinstance(X, np.ndarray):
            return (dict(zip(names, row, strict=True)) for row in X.tolist())
        columns = [X[name].astype(object) for name in names]
        return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))

    def lessons(self, X: Any, y: np.ndarray) -> Iterator[tuple[dict[str, Any], Any]]:
        """Rows and labels as river sees them."""
        if self.classification:
            targets = self.targets
            labels = [targets[code] for code in self._position(y).tolist()]
        else:
            labels = y.tolist()
        return zip(self.dicts(X), labels, strict=True)

    def train(self, X: Any, y: np.ndarray, how: How, parent: Any) -> Any:
        model = copy.deepcopy(self.prototype if parent is None else parent)
        for x, target in self.lessons(X, y):
            model.learn_one(x, target)
        return model

    def asked(self, model: Any) -> Callable[[dict[str, Any]], Any]:
        """The method that answers for one row."""
        return model.predict_proba_one if self.proba else model.predict_one

    def encode(self, answers: list[Any]) -> np.ndarray:
        """River's answers as class codes, values or probabilities."""
        if self.proba:
            targets = self.targets
            nothing = [np.nan] * len(targets)
            rows = [[p.get(t, 0.0) for t in targets] if p else nothing for p in answers]
            return np.array(rows, dtype=float).reshape(-1, len(targets))
        if not self.classification:
            return np.array([np.nan if a is None else a for a in answers], dtype=float)
        codes, unanswered = self._codes, self.unanswered
        return np.array([codes.get(a, unanswered) for a in answers], dtype=np.int64)

    def predict(self, estimator: Any, X: Any) -> np.ndarray:
        return self.encode(list(map(self.asked(estimator), self.dicts(X))))


def _seeded(model: Any, state: int) -> Any:
    """A river model whose parts with ``seed=None`` are built anew with an integer instead."""
    if hasattr(model, "steps"):
        steps = {name: _seeded(step, state) for name, step in model.steps.items()}
        same = all(steps[name] is step for name, step in model.steps.items())
        return model if same else type(model)(*steps.items())
    if not hasattr(model, "_get_params"):
        return model
    given: dict[str, Any] = {}
    for name, value in model._get_params().items():
        part = getattr(model, name, None)
        if name == "seed" and value is None:
            given[name] = state
        elif hasattr(part, "_get_params") and (new := _seeded(part, state)) is not part:
            given[name] = new
    return model.clone(new_params=given) if given else model


def as_learner(
    learner: Any, schema: Schema, *, seed: int, proba: bool, unanswered: float
) -> SklearnLearner | RiverLearner:
    """The adapter for what the user gave: a scikit-learn estimator or a river model.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if isinstance(learner, type):
        name = learner.__name__
        raise TypeError(f"learner={name}: a class; give an object, {name}()")
    if hasattr(learner, "learn_one"):
        return RiverLearner(learner, schema, seed, proba, unanswered)
    if hasattr(learner, "fit") and hasattr(learner, "get_params"):
        return SklearnLearner(learner, schema, seed, proba)
    raise TypeError(
        f"learner={learner!r}: expected a scikit-learn estimator (fit, predict) or a river model "
        "(learn_one, predict_one)"
    )
