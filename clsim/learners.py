"""Learners: scikit-learn estimators as they are, and river models through an adapter."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_object, check_settings, unknown
from clsim.randomness import drew_from_globals, integer, seed_globals, seeded
from clsim.types import How, Schema

STRANGE = -1
"""The code of an answer that is none of the classes."""


class SklearnLearner:
    """Trains copies of a scikit-learn estimator or pipeline, or of anything with fit and predict.

    Parameters
    ----------
    estimator : sklearn.base.BaseEstimator or object
        A prototype, never fitted itself. Everything in it that is random and was not given a number
        starts from one integer derived from the seed, the same for every fit. An object without
        parameters (``get_params``) is deep-copied, and its ``fit`` may return nothing.
    schema : Schema
    seed : int
    proba : bool
        Whether ``predict`` returns probabilities.

    Raises
    ------
    ValueError
        If the estimator has no ``predict``, or no ``predict_proba`` where that is asked for.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> schema = Schema(("x",), "classification", np.array(["no", "yes"]), timed=False)
    >>> learner = SklearnLearner(GaussianNB(), schema, seed=0, proba=False)
    >>> X, y = np.array([[0.0], [1.0], [4.0], [5.0]]), np.array(["no", "no", "yes", "yes"])
    >>> model = learner.train(X, y, "fit", None)
    >>> learner.predict(model, np.array([[0.5], [4.5]])).tolist()  # codes of 'no' and 'yes'
    [0, 1]
    """

    row_by_row = False

    def __init__(self, estimator: Any, schema: Schema, seed: int, proba: bool) -> None:
        from sklearn.base import clone
        from sklearn.exceptions import ConvergenceWarning

        self._plain = not hasattr(estimator, "get_params")
        self._clone = copy.deepcopy if self._plain else clone
        self._not_converged = ConvergenceWarning
        self._state = integer(seed, "learner")
        check_settings("learner", estimator)
        copied = self._clone(estimator)
        self.prototype = seeded(copied, "learner", lambda place: self._state).part
        self.schema = schema
        self.classification = schema.task == "classification"
        self.method = "predict_proba" if proba else "predict"
        if not hasattr(self.prototype, self.method):
            raise ValueError(f"learner: {type(estimator).__name__} has no {self.method}")
        self.proba = proba

    def for_chances(self) -> SklearnLearner | None:
        """The same learner, asked for probabilities; None if it has none."""
        if not self.classification or not hasattr(self.prototype, "predict_proba"):
            return None
        other = copy.copy(self)
        other.proba, other.method = True, "predict_proba"
        return other

    def another(self, estimator: Any) -> SklearnLearner:
        """The same of another estimator, which has numbers for all that is random, or is given any.

        Raises
        ------
        TypeError, ValueError
            If it cannot do what this one can.
        """
        if hasattr(estimator, "learn_one") or not hasattr(estimator, "fit"):
            raise TypeError(f"learner={estimator!r}: expected a scikit-learn estimator")
        _check_task(estimator, self.schema)
        other = SklearnLearner(estimator, self.schema, 0, self.proba)
        other._state = self._state
        return other

    def check(self, how: How, *, weighs: bool = False, never: Sequence[str] = ()) -> None:
        """Refuse what the estimator cannot do.

        Parameters
        ----------
        how : {'fit', 'partial_fit', 'warm_start', 'refit'}
        weighs : bool, default=False
            Whether rows have weights.
        never : sequence of str, default=()
            Steps of a pipeline that are never updated.

        Raises
        ------
        ValueError
        """
        name = type(self.prototype).__name__
        check_updates(self.prototype, how, never)
        check_search(self.prototype, how)
        parameters = {} if self._plain else self.prototype.get_params()
        if how == "warm_start" and "warm_start" not in parameters:
            raise ValueError(f"learner: {name} has no warm_start; use how='partial_fit' or 'fit'")
        grows = "n_estimators" in parameters or name.startswith("HistGradient")
        if how == "warm_start" and grows:
            raise ValueError(
                f"learner: warm_start of {name} adds trees if it is to have more of them, and else "
                "does nothing; use how='fit'"
            )
        if weighs:
            self._weights_key("partial_fit" if how == "partial_fit" else "fit")

    def _weights_key(self, method: str) -> str:
        """The name under which the weights of rows are given to a method of the estimator.

        Raises
        ------
        ValueError
            If it takes none.
        """
        key, taker = "sample_weight", self.prototype
        if hasattr(taker, "steps"):  # a pipeline hands them on to its last step
            last, taker = taker.steps[-1]
            key = f"{last}__{key}" if method == "fit" else key
        if "sample_weight" not in inspect.signature(getattr(taker, method)).parameters:
            raise ValueError(
                f"dataset: {method} of {type(taker).__name__} takes no sample_weight, so rows "
                "cannot have weights; use another learner, or a dataset without them"
            )
        return key

    def train(
        self, X: Any, y: np.ndarray, how: How, parent: Any, weights: np.ndarray | None = None,
        *, batch: int | None = None, frozen: tuple[str, ...] = (),
    ) -> Any:  # fmt: skip
        if how == "refit":
            estimator = self._clone(getattr(parent, "best_estimator_", parent))
        else:
            estimator = self._clone(self.prototype) if parent is None else copy.deepcopy(parent)
        seed_globals(self._state)
        if how == "partial_fit":
            fitted = self._updated(
                estimator, X, y, weights, batch, () if parent is None else frozen
            )
        else:
            fitted = self._fitted(estimator, X, y, how, weights)
        if fitted is None and self._plain:
            fitted = estimator
        if not hasattr(fitted, self.method):
            method = "partial_fit" if how == "partial_fit" else "fit"
            raise TypeError(
                f"{method} of {type(estimator).__name__} returned {_short(fitted)}; it must return "
                "the fitted estimator"
            )
        return fitted

    def _fitted(
        self, estimator: Any, X: Any, y: np.ndarray, how: How, weights: np.ndarray | None
    ) -> Any:
        more = {} if weights is None else {self._weights_key("fit"): weights}
        if how == "warm_start":
            estimator.set_params(warm_start=True)
        with warnings.catch_warnings():
            # a fit that did not converge is a failure
            warnings.simplefilter("error", self._not_converged)
            return estimator.fit(X, y, **more)

    def _updated(
        self, estimator: Any, X: Any, y: np.ndarray, weights: np.ndarray | None,
        batch: int | None, frozen: tuple[str, ...],
    ) -> Any:  # fmt: skip
        """The estimator after some rows, so many at a time; of a pipeline, all steps in turn."""
        key = None if weights is None else self._weights_key("partial_fit")
        steps = getattr(estimator, "steps", None)
        last = estimator if steps is None else steps[-1][1]
        classes = self._classes_for(last)
        size = len(y) if batch is None else batch
        fitted = last
        for first in range(0, max(len(y), 1), max(size, 1)):
            part = slice(first, first + size)
            rows = X[part] if isinstance(X, np.ndarray) else X.iloc[part]
            for name, step in () if steps is None else steps[:-1]:
                if step in (None, "passthrough"):
                    continue
                if name not in frozen:
                    step.partial_fit(rows)
                rows = step.transform(rows)
            if steps is None or steps[-1][0] not in frozen:
                more = {} if weights is None or key is None else {key: weights[part]}
                fitted = last.partial_fit(rows, y[part], **classes, **more)
        return estimator if steps is not None and hasattr(fitted, self.method) else fitted

    def _classes_for(self, estimator: Any) -> dict[str, Any]:
        """The classes, for ``partial_fit``; left out where they are known, since a check costs."""
        if not self.classification:
            return {}
        there = getattr(estimator, "classes_", None)
        ours = type(estimator).__module__.startswith("sklearn.")  # others may insist on them
        known = ours and there is not None and np.array_equal(there, self.schema.classes)
        return {} if known else {"classes": self.schema.classes}

    def answers(self, estimator: Any, X: Any) -> Any:
        """The estimator's own answers: labels, values or probabilities."""
        seed_globals(self._state)
        return getattr(estimator, self.method)(X)

    def predict(self, estimator: Any, X: Any) -> np.ndarray:
        """What the estimator answers, as `encode` gives it."""
        return self.encode(self.answers(estimator, X), estimator)

    def encode(self, answers: Any, estimator: Any) -> np.ndarray:
        """Answers as class codes, `STRANGE` for what is no class; values; or probabilities.

        Probabilities have a column for each class of the schema, in its order.
        """
        given = _unmasked(answers)
        if not self.proba:
            labels = np.asarray(given) if self.classification else np.asarray(given, dtype=float)
            column = labels.ndim == 2 and labels.shape[1] == 1
            labels = labels.ravel() if column else labels
            return self.schema.codes(labels) if self.classification else labels
        chances = np.asarray(given, dtype=float)
        size = len(self.schema.classes)
        known = getattr(estimator, "classes_", None)
        if isinstance(answers, pd.DataFrame) and (self.schema.codes(answers.columns) >= 0).all():
            known = answers.columns  # they say themselves of which class they are
        # columns come in the order of the estimator's classes; by custom, they are sorted
        columns = self.schema.codes(np.sort(self.schema.classes) if known is None else known)
        if chances.ndim != 2 or chances.shape[1] != len(columns) or (columns < 0).any():
            raise ValueError(
                f"predict_proba gave an array of shape {chances.shape}; it must have a column for "
                "each class"
            )
        if np.array_equal(columns, np.arange(size)):
            return chances
        full = np.zeros((len(chances), size))
        full[:, columns] = chances
        return full


def check_updates(prototype: Any, how: How, never: Sequence[str]) -> None:
    """Refuse ``partial_fit`` where an estimator, or a step of a pipeline that learns, has none.

    Parameters
    ----------
    prototype : object
        An estimator or a pipeline.
    how : {'fit', 'partial_fit', 'warm_start', 'refit'}
    never : sequence of str
        Steps of a pipeline that are never updated, and so need no ``partial_fit``.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> check_updates(GaussianNB(), "partial_fit", never=())
    >>> check_updates(KNeighborsClassifier(), "partial_fit", never=())
    Traceback (most recent call last):
    ValueError: learner: KNeighborsClassifier has no partial_fit; use how='warm_start' or 'fit'
    """
    name = type(prototype).__name__
    steps = dict(getattr(prototype, "steps", None) or {})
    for step in never:
        if step not in steps:
            raise ValueError(f"training.steps: {unknown('step', step, steps)}")
    if how != "partial_fit":
        return
    if not steps and not hasattr(prototype, "partial_fit"):
        raise ValueError(f"learner: {name} has no partial_fit; use how='warm_start' or 'fit'")
    for key, step in steps.items():
        learns = step not in (None, "passthrough") and key not in never
        if learns and not hasattr(step, "partial_fit"):
            raise ValueError(
                f"learner: the step {key!r} ({type(step).__name__}) has no partial_fit; keep it as "
                f"it is (training.steps={{{key!r}: null}}), or use how='fit'"
            )


def check_search(prototype: Any, how: How) -> None:
    """Refuse a search whose space names no parameter; and for ``refit``, one that is none.

    Parameters
    ----------
    prototype : object
        An estimator. What has ``param_grid`` or ``param_distributions`` and an ``estimator`` is a
        search.
    how : {'fit', 'partial_fit', 'warm_start', 'refit'}

    Raises
    ------
    ValueError

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
    >>> from sklearn.naive_bayes import GaussianNB
    >>> grid = {"var_smoothing": [1e-9, 1e-3]}
    >>> check_search(GridSearchCV(GaussianNB(), grid, cv=TimeSeriesSplit(3)), "refit")
    >>> try:
    ...     check_search(GaussianNB(), "refit")
    ... except ValueError as error:
    ...     print(str(error).partition(";")[0])
    learner: GaussianNB searches nothing
    """
    space = getattr(prototype, "param_grid", getattr(prototype, "param_distributions", None))
    searched = getattr(prototype, "estimator", None)
    if space is not None and searched is not None:
        known = searched.get_params()
        for some in space if isinstance(space, list) else [space]:
            for key in some:
                if key not in known:
                    raise ValueError(f"learner: {unknown('parameter', key, known)}")
    if how != "refit":
        return
    from sklearn.model_selection import TimeSeriesSplit

    name = type(prototype).__name__
    if space is None or searched is None:
        raise ValueError(
            f"learner: {name} searches nothing; give one of scikit-learn's searches, or Stateless"
        )
    if not isinstance(prototype.cv, TimeSeriesSplit):
        raise ValueError(
            f"learner: {name} judges parameters on splits that are not in the order of time "
            f"(cv={prototype.cv!r}); give it cv=TimeSeriesSplit(...)"
        )


class RiverLearner:
    """Trains copies of a river model, row by row.

    Binary classes are given to river as False and True (as its linear models ask for), more than
    two as they are. Features that are missing are left out of a row, or are None where the model
    has an imputer, as those of river expect. A model that gives no answer (None, or no
    probabilities)
    leaves the event unanswered.

    Parameters
    ----------
    model : river.base.Classifier or river.base.Regressor
        A prototype. Everything in it that is random and was not given a number starts from one
        integer derived from the seed.
    schema : Schema
    seed : int
    proba : bool
        Whether ``predict`` returns probabilities.
    unanswered : int or float
        The code of an event without an answer.

    Raises
    ------
    ValueError
        For a model of two classes alone where there are more.

    Examples
    --------
    >>> from river.naive_bayes import GaussianNB
    >>> schema = Schema(("x",), "classification", np.array(["no", "yes"]), timed=False)
    >>> learner = RiverLearner(GaussianNB(), schema, seed=0, proba=False, unanswered=255)
    >>> X, y = np.array([[0.0], [1.0], [4.0], [5.0]]), np.array(["no", "no", "yes", "yes"])
    >>> model = learner.train(X, y, "fit", None)
    >>> learner.predict(model, np.array([[0.5], [4.5]])).tolist()  # codes of 'no' and 'yes'
    [0, 1]
    """

    row_by_row = True

    def __init__(
        self, model: Any, schema: Schema, seed: int, proba: bool, unanswered: float
    ) -> None:
        if len(schema.classes) > 2 and getattr(model, "_multiclass", True) is False:
            raise ValueError(
                f"learner: {_name(model)} tells two classes apart, and the stream has "
                f"{len(schema.classes)}; put it into river.multiclass.OneVsRestClassifier"
            )
        if proba and not _gives_chances(model):
            raise ValueError(f"learner: {_name(model)} has no predict_proba_one")
        self._state = integer(seed, "learner")
        found = seeded(model, "learner", lambda place: self._state)
        self.prototype, self.foreign = found.part, found.foreign
        self.schema = schema
        self.names = schema.features
        self.proba = proba
        self.unanswered = unanswered
        self.classification = schema.task == "classification"
        if len(schema.classes) == 2:
            self.targets: list[Any] = [False, True]
        else:
            self.targets = schema.classes.tolist()
        self._imputes = _imputes(model)
        self._codes = {target: code for code, target in enumerate(self.targets)}

    def for_chances(self) -> RiverLearner | None:
        """The same learner, asked for probabilities; None if it has none."""
        if not self.classification or not _gives_chances(self.prototype):
            return None
        other = copy.copy(self)
        other.proba = True
        return other

    def check(self, how: How, *, weighs: bool = False, never: Sequence[str] = ()) -> None:
        """Raise ``ValueError`` if the model cannot be trained in this way, or with weights."""
        if never:
            raise ValueError(
                f"training.steps={[*never]!r}: a river pipeline learns with all of its steps; use "
                "a learner of scikit-learn's"
            )
        if how == "refit":
            raise ValueError("learner: river models have no search; use Stateless")
        if weighs:
            raise ValueError(
                "dataset: river models are given no weights of rows; use a learner of "
                "scikit-learn's, or a dataset without weights"
            )
        if how == "warm_start":
            raise ValueError("learner: river models have no warm_start; use how='partial_fit'")

    def dicts(self, X: Any) -> Iterator[dict[str, Any]]:
        """Rows as river sees them: without what is missing, or with None for an imputer."""
        names = self.names
        if isinstance(X, np.ndarray):
            rows = (dict(zip(names, row, strict=True)) for row in X.tolist())
            missing = bool(np.isnan(X).any())
        else:
            there = X.notna()
            missing = not bool(there.to_numpy().all())
            columns = [X[name].astype(object) for name in names]
            if missing:
                columns = [c.where(there[c.name], None) for c in columns]
            rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        if not missing:
            return rows
        return map(_with_none if self._imputes else _without_missing, rows)

    def lessons(self, X: Any, y: np.ndarray) -> Iterator[tuple[dict[str, Any], Any]]:
        """Rows and labels as river sees them."""
        if self.classification:
            targets = self.targets
            labels = [targets[code] for code in self.schema.codes(y).tolist()]
        else:
            labels = y.tolist()
        return zip(self.dicts(X), labels, strict=True)

    def train(
        self, X: Any, y: np.ndarray, how: How, parent: Any, weights: np.ndarray | None = None,
        *, batch: int | None = None, frozen: tuple[str, ...] = (),
    ) -> Any:  # fmt: skip
        model = copy.deepcopy(self.prototype if parent is None else parent)
        seed_globals(self._state)
        for x, target in self.lessons(X, y):
            model.learn_one(x, target)
        return model

    def asked(self, model: Any) -> Callable[[dict[str, Any]], Any]:
        """The method that answers for one row."""
        return model.predict_proba_one if self.proba else model.predict_one

    def answers(self, estimator: Any, X: Any) -> list[Any]:
        """The model's own answers, one for each row."""
        seed_globals(self._state)
        return list(map(self.asked(estimator), self.dicts(X)))

    def predict(self, estimator: Any, X: Any) -> np.ndarray:
        """What the model answers, as `encode` gives it."""
        return self.encode(self.answers(estimator, X))

    def encode(self, answers: list[Any], model: Any = None) -> np.ndarray:
        """Answers as class codes, `STRANGE` for what is no class; values; or probabilities."""
        if self.proba:
            targets = self.targets
            nothing = [np.nan] * len(targets)
            rows = [[p.get(t, 0.0) for t in targets] if p else nothing for p in answers]
            return np.array(rows, dtype=float).reshape(-1, len(targets))
        if not self.classification:
            return np.array([np.nan if a is None else a for a in answers], dtype=float)
        codes = {None: self.unanswered, **self._codes}
        return np.array([_code(codes, a) for a in answers], dtype=np.int64)

    def begin(self) -> None:
        """Before a model learns and answers row by row."""
        if self.foreign:
            seed_globals(self._state)

    def end(self) -> None:
        """After it: refuse a model whose answers would depend on how many rows come in a call."""
        if self.foreign and drew_from_globals(self._state):
            raise ValueError(
                f"learner: {_name(self.prototype)} draws from the global generators while it "
                "serves, which no seed decides; give it a generator of its own from seed=None"
            )


def _unmasked(answers: Any) -> Any:
    """Answers in which what is masked is missing."""
    if not isinstance(answers, np.ma.MaskedArray):
        return answers
    given = answers.data.astype(object)
    given[np.ma.getmaskarray(answers)] = None
    return given


def _without_missing(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None and value == value}


def _with_none(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value if value == value else None for name, value in row.items()}


def _imputes(model: Any) -> bool:
    """Whether a step of a river model is an imputer."""
    inner = getattr(model, "steps", None) or getattr(model, "transformers", None)
    if isinstance(inner, dict):
        return any(map(_imputes, inner.values()))
    return type(model).__module__ == "river.preprocessing.impute"


def _code(codes: dict[Any, Any], answer: Any) -> Any:
    try:
        return codes.get(answer, STRANGE)
    except TypeError:  # it cannot be hashed, so it is no class
        return STRANGE


def _short(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _name(model: Any) -> str:
    """What a model is called: of a pipeline, its last step."""
    return type(_last(model)).__name__


def _last(model: Any) -> Any:
    steps = getattr(model, "steps", None)
    return _last(list(steps.values())[-1]) if isinstance(steps, dict) and steps else model


def _gives_chances(model: Any) -> bool:
    """Whether a river model has probabilities: its base class has a method that refuses."""
    from river import base

    refuses = base.Classifier.predict_proba_one
    return getattr(type(_last(model)), "predict_proba_one", refuses) is not refuses


def settings_of(part: Any) -> str:
    """The class of a learner and all of its parameters, as text.

    Parameters
    ----------
    part : object
        A learner, or what one holds: parts of it, numbers, text, lists, mappings, arrays.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> settings_of(GaussianNB())
    'sklearn.naive_bayes.GaussianNB(priors=None, var_smoothing=1e-09)'
    """
    if isinstance(part, (list, tuple)):
        return f"[{', '.join(map(settings_of, part))}]"
    if isinstance(part, dict):
        return f"{{{', '.join(f'{key!r}: {settings_of(value)}' for key, value in part.items())}}}"
    if part is None or isinstance(part, (str, int, float, bool, np.generic)):
        return repr(part)
    if isinstance(part, np.ndarray):
        return f"array({part.tolist()!r})"
    if hasattr(part, "learn_one"):  # what is river's says its parameters itself
        return " ".join(repr(part).split())
    named = part if isinstance(part, type) or inspect.isroutine(part) else type(part)
    name = f"{named.__module__}.{named.__qualname__}"
    if named is part:
        return name
    held = part.get_params(deep=False) if hasattr(part, "get_params") else {}
    return f"{name}({', '.join(f'{key}={settings_of(held[key])}' for key in sorted(held))})"


TASKS = {"classifier": "classification", "regressor": "regression"}
"""For each kind of learner that answers what a stream asks, the task that it is for."""


def _kind(learner: Any) -> str | None:
    """Whether a learner is a classifier, a regressor or something else; None: it does not say."""
    if hasattr(learner, "learn_one"):
        from river import base

        last = _last(learner)
        if isinstance(last, base.Classifier):
            return "classifier"
        if isinstance(last, base.Regressor):
            return "regressor"
        return type(last).__name__ if isinstance(last, base.Base) else None
    if hasattr(learner, "__sklearn_tags__"):
        try:
            return learner.__sklearn_tags__().estimator_type
        except Exception:  # of an older or a newer scikit-learn
            return getattr(learner, "_estimator_type", None)
    return getattr(learner, "_estimator_type", None)


def _check_task(learner: Any, schema: Schema) -> None:
    """Refuse a learner that answers something else than what the stream asks."""
    kind = _kind(learner)
    if kind is None or TASKS.get(kind) == schema.task:
        return
    wanted = next(name for name, task in TASKS.items() if task == schema.task)
    name = _name(learner)
    if kind in TASKS:
        raise ValueError(
            f"learner: {name} is a {kind}, and the task of the stream is {schema.task}; give a "
            f"{wanted}, or if the labels are {'values' if kind == 'regressor' else 'classes'}, say "
            f"so with task={TASKS[kind]!r} where the stream is made"
        )
    raise ValueError(f"learner: {name} is no {wanted} (it is a {kind.replace('_', ' ')})")


def as_learner(
    learner: Any, schema: Schema, *, seed: int, proba: bool, unanswered: float
) -> SklearnLearner | RiverLearner:
    """The adapter for what the user gave: what has fit and predict, or a river model.

    Parameters
    ----------
    learner : object
        A scikit-learn estimator or pipeline, anything else with ``fit`` and ``predict``, or a river
        model.
    schema : Schema
    seed : int
    proba : bool
        Whether it is asked for probabilities.
    unanswered : int or float
        The code of an event without an answer.

    Returns
    -------
    SklearnLearner or RiverLearner

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If it answers something else than what the stream asks.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> learner = as_learner(GaussianNB(), schema, seed=0, proba=True, unanswered=255)
    >>> type(learner).__name__, learner.method
    ('SklearnLearner', 'predict_proba')
    >>> as_learner(GaussianNB, schema, seed=0, proba=False, unanswered=255)
    Traceback (most recent call last):
    TypeError: learner=GaussianNB: a class; give an object of it, GaussianNB(...)
    """
    check_object("learner", learner)
    river = hasattr(learner, "learn_one")
    if not river and not (hasattr(learner, "fit") and hasattr(learner, "predict")):
        raise TypeError(
            f"learner={learner!r}: expected a scikit-learn estimator (fit, predict) or a river "
            "model (learn_one, predict_one)"
        )
    _check_task(learner, schema)
    if river:
        return RiverLearner(learner, schema, seed, proba, unanswered)
    return SklearnLearner(learner, schema, seed, proba)
