"""Metrics that are reported beside the loss: what does not add up over events, such as AUC.

They are computed from the exact answers of a tick, a slice or the whole run, and never optimised.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clsim.errors import check_choice, unknown
from clsim.types import Schema

BINS = 10
"""Bins of equal width in which chances are compared with what happened."""

READS = ("answers", "probabilities")
"""What a metric may compare with the truth."""

TASKS = ("classification", "regression")


@dataclass(frozen=True)
class Metric:
    """A number that says how good answers were.

    Parameters
    ----------
    name : str
        What it is called in ``metrics.parquet``.
    function : callable
        Takes ``(y_true, y_pred)``: labels and answers of the events that were answered, each of
        shape (n,), and gives a number. If it reads probabilities, ``y_pred`` has the shape (n,
        classes), with a column for each class in the order of the stream's. What it raises is the
        reason why there is no value.
    reads : {'answers', 'probabilities'}, default='answers'
    task : {'classification', 'regression'} or None, default=None
        The only task that it is for. None: both.
    greater_is_better : bool, default=True
        Offline tests go by it.

    Raises
    ------
    TypeError, ValueError

    Examples
    --------
    >>> from sklearn.metrics import fbeta_score
    >>> f2 = Metric("f2", lambda y, answers: fbeta_score(y, answers, beta=2))
    >>> f2.measure(np.array([0, 1, 1]), np.array([0, 1, 0]), np.array([0, 1]))
    (0.5555555555555556, None)
    """

    name: str
    function: Callable[..., Any]
    reads: str = "answers"
    task: str | None = None
    greater_is_better: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise TypeError(f"metrics: name={self.name!r}: expected a text")
        if not callable(self.function) or isinstance(self.function, type):
            raise TypeError(
                f"metrics: {self.name}: function={self.function!r}: expected a function of "
                "(y_true, y_pred)"
            )
        check_choice(f"metrics: {self.name}: reads", self.reads, READS)
        check_choice(f"metrics: {self.name}: task", self.task, (None, *TASKS))

    @property
    def is_mean(self) -> bool:
        """Whether it is a mean over events, as `per_event` gives it."""
        return False

    def measure(
        self, truth: np.ndarray, given: np.ndarray, classes: np.ndarray
    ) -> tuple[float, str | None]:
        """The value, and None; or NaN, and why there is none.

        Parameters
        ----------
        truth : numpy.ndarray of shape (n,)
            Codes of classes, or targets.
        given : numpy.ndarray of shape (n,) or (n, classes)
            Codes or values that were answered, or probabilities.
        classes : numpy.ndarray
            Labels of the classes in order; empty for regression.
        """
        if len(truth) == 0:
            return math.nan, "no events"
        from sklearn.exceptions import UndefinedMetricWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", UndefinedMetricWarning)
            try:
                value = float(self._asked(truth, given, classes))
            except Exception as error:  # failure is data
                text = str(error).splitlines()
                return math.nan, text[0] if text else type(error).__name__
        if not math.isfinite(value):
            return math.nan, f"it is {value}"
        return value, None

    def per_event(
        self, truth: np.ndarray, given: np.ndarray, classes: np.ndarray
    ) -> np.ndarray | None:
        """A number for each event, of which the metric is the mean; None where it is no mean.

        Parameters are those of `measure`.
        """
        return None

    def _asked(self, truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
        if len(classes):
            truth = classes[truth]
            given = classes[given] if self.reads == "answers" else given
        views = truth.view(), given.view()
        for view in views:  # other metrics are given the same
            view.flags.writeable = False
        return self.function(*views)


class _Named(Metric):
    """One that ships: its function takes codes, and the classes."""

    @property
    def is_mean(self) -> bool:
        return self.name in _EACH

    def per_event(
        self, truth: np.ndarray, given: np.ndarray, classes: np.ndarray
    ) -> np.ndarray | None:
        each = _EACH.get(self.name)
        return None if each is None else each(truth, given, classes)

    def _asked(self, truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
        return self.function(truth, given, classes)


# of answers ---------------------------------------------------------------------------------------


def _of_class(name: str) -> Callable[..., Any]:
    """Precision, recall or F1: of two classes that of the second, else the mean over classes."""

    def value(truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
        import sklearn.metrics

        score = getattr(sklearn.metrics, f"{name}_score")
        if len(classes) != 2:
            found = score(truth, given, average="macro", zero_division=np.nan)
            if math.isnan(found):
                raise ValueError("it is not defined for any class")
            return found
        positive, sought = classes[1], {"precision": given, "recall": truth}
        for asked, codes in sought.items():
            if name == asked and not (codes == 1).any():
                did = "was answered" if asked == "precision" else "happened"
                raise ValueError(f"{positive} never {did}")
        if not ((truth == 1) | (given == 1)).any():
            raise ValueError(f"{positive} neither happened nor was answered")
        return score(truth, given, pos_label=1)

    return value


def _accuracy(truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
    return np.mean(truth == given)


def _balanced_accuracy(truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import recall_score

    _check_there(truth, classes)
    return recall_score(truth, given, average="macro", labels=np.arange(len(classes)))


# of probabilities ---------------------------------------------------------------------------------


def _check_there(truth: np.ndarray, classes: np.ndarray) -> None:
    """Refuse events among which a class is missing."""
    there = np.unique(truth)
    if len(there) == 1:
        raise ValueError(f"one class alone: {classes[there[0]]}")
    if len(there) < len(classes):
        missing = np.setdiff1d(np.arange(len(classes)), there)
        raise ValueError(f"no event of class {classes[missing[0]]}")


def _auc(truth: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import roc_auc_score

    _check_there(truth, classes)
    if len(classes) == 2:
        return roc_auc_score(truth == 1, chances[:, 1])
    return np.mean([roc_auc_score(truth == k, chances[:, k]) for k in range(len(classes))])


def _average_precision(truth: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import average_precision_score

    if len(classes) == 2:
        if not (truth == 1).any():
            raise ValueError(f"no event of class {classes[1]}")
        return average_precision_score(truth == 1, chances[:, 1])
    _check_there(truth, classes)
    every = range(len(classes))
    return np.mean([average_precision_score(truth == k, chances[:, k]) for k in every])


def _log_loss(truth: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import log_loss

    if len(classes) < 2:
        return 0.0
    return log_loss(truth, chances, labels=np.arange(len(classes)))


def _brier(truth: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> Any:
    """Mean squared error of the chance of the second class; of more, summed over classes."""
    from sklearn.metrics import mean_squared_error

    if len(classes) == 2:
        return mean_squared_error((truth == 1).astype(float), chances[:, 1])
    happened = np.eye(len(classes))[truth]
    return mean_squared_error(happened, chances) * len(classes)


def _calibration_error(truth: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> Any:
    """Expected calibration error: mean distance of chance and share, over bins by their events."""
    if len(classes) == 2:
        said, right = chances[:, 1], truth == 1
    else:
        said, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    apart = np.bincount(place, said, BINS) - np.bincount(place, right, BINS)
    return np.abs(apart).sum() / len(truth)


# of values ----------------------------------------------------------------------------------------


def _r2(truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import r2_score

    if len(truth) < 2 or (truth == truth[0]).all():
        raise ValueError("fewer than two different targets")
    return r2_score(truth, given)


def _rmse(truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import mean_squared_error

    return math.sqrt(mean_squared_error(truth, given))


def _mae(truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import mean_absolute_error

    return mean_absolute_error(truth, given)


def _mape(truth: np.ndarray, given: np.ndarray, classes: np.ndarray) -> Any:
    from sklearn.metrics import mean_absolute_percentage_error

    if (truth == 0).any():
        raise ValueError("a target is 0")
    return mean_absolute_percentage_error(truth, given)


_FUNCTIONS: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "accuracy": ("classification", "answers", _accuracy),
    "balanced_accuracy": ("classification", "answers", _balanced_accuracy),
    "f1": ("classification", "answers", _of_class("f1")),
    "precision": ("classification", "answers", _of_class("precision")),
    "recall": ("classification", "answers", _of_class("recall")),
    "auc": ("classification", "probabilities", _auc),
    "average_precision": ("classification", "probabilities", _average_precision),
    "log_loss": ("classification", "probabilities", _log_loss),
    "brier": ("classification", "probabilities", _brier),
    "calibration_error": ("classification", "probabilities", _calibration_error),
    "r2": ("regression", "answers", _r2),
    "rmse": ("regression", "answers", _rmse),
    "mae": ("regression", "answers", _mae),
    "mape": ("regression", "answers", _mape),
}


def _squared_of_chances(truth: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> Any:
    if len(classes) == 2:
        return ((truth == 1) - chances[:, 1]) ** 2
    return ((np.eye(len(classes))[truth] - chances) ** 2).sum(axis=1)


_EACH: dict[str, Callable[..., Any]] = {
    "accuracy": lambda truth, given, classes: (truth == given).astype(float),
    "brier": _squared_of_chances,
    "mae": lambda truth, given, classes: np.abs(truth - given),
}
"""Those that are a mean over events, by what it is a mean of."""

_LESS_IS_BETTER = {"log_loss", "brier", "calibration_error", "rmse", "mae", "mape"}

METRICS: dict[str, Metric] = {
    name: _Named(name, function, reads, task, name not in _LESS_IS_BETTER)
    for name, (task, reads, function) in _FUNCTIONS.items()
}
"""Metrics by name.

Those of scikit-learn, with its definitions. Where there are two classes, F1, precision, recall,
AUC, average precision, Brier score and calibration error are of the second; where there are more,
they are means over classes (precision, recall and F1 over those for which they are defined; AUC and
average precision of each class against the rest), the Brier score is the sum over classes (Brier,
Monthly Weather Review 78, 1950), and calibration is that of the likeliest class. The calibration
error is the expected one of Naeini, Cooper and Hauskrecht (AAAI, 2015): in 10 bins of equal width,
the distance between the mean chance and the share that happened, weighted by events.
"""


def as_metrics(given: Any, schema: Schema) -> tuple[Metric, ...]:
    """What was asked for, as metrics that fit the task of a stream.

    Parameters
    ----------
    given : sequence of str, callable or Metric
        Names out of `METRICS`, functions of ``(y_true, y_pred)``, or metrics. A function is called
        by its name, and by what ``functools.partial`` fixed of it.
    schema : Schema

    Returns
    -------
    tuple of Metric
        In the order in which they were asked for; no two have the same name.

    Raises
    ------
    TypeError, ValueError
        For an unknown name, one that does not fit the task, or one that is there twice.

    Examples
    --------
    >>> two = Schema(("x",), "classification", np.array([0, 1]), False)
    >>> [metric.name for metric in as_metrics(["auc", "f1"], two)]
    ['auc', 'f1']
    >>> as_metrics(["auk"], two)
    Traceback (most recent call last):
    ...
    ValueError: metrics: unknown metric 'auk'; did you mean 'auc'? Allowed: accuracy, \
balanced_accuracy, f1, precision, recall, auc, average_precision, log_loss, brier, calibration_error
    """
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise TypeError(f"metrics={given!r}: give a list, such as [auc, f1]")
    metrics = tuple(_metric(one, schema) for one in given)
    names = [metric.name for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"metrics: {name!r} is there twice; leave one out, or rename it")
    return metrics


def _metric(given: Any, schema: Schema) -> Metric:
    fits = [name for name, metric in METRICS.items() if metric.task == schema.task]
    if isinstance(given, str) and given not in METRICS:
        raise ValueError(f"metrics: {unknown('metric', given, fits)}")
    metric = METRICS[given] if isinstance(given, str) else as_metric(given)
    if metric.task not in (None, schema.task):
        raise ValueError(
            f"metrics: {metric.name!r} is for {metric.task}, and the task of the stream is "
            f"{schema.task}; Allowed: {', '.join(fits)}"
        )
    return metric


def as_metric(given: Any) -> Metric:
    """A metric, or a function of ``(y_true, y_pred)``, as a metric.

    Parameters
    ----------
    given : Metric or callable
        A function of ``(y_true, y_pred)``, arrays of shape (n,).

    Returns
    -------
    Metric
        Called as the function is; of ``functools.partial`` also by what is fixed of it.

    Raises
    ------
    TypeError
        For anything else.

    Examples
    --------
    >>> def hits(y_true, y_pred):
    ...     return float((y_true == y_pred).sum())
    >>> metric = as_metric(hits)
    >>> metric.name, metric.measure(np.array([0, 1, 1]), np.array([0, 1, 0]), np.array([0, 1]))
    ('hits', (2.0, None))
    """
    if isinstance(given, Metric):
        return given
    if not callable(given):
        raise TypeError(f"metrics: {given!r}: expected a name, or a function (y_true, y_pred)")
    return Metric(_called(given), given)


def _called(function: Any) -> str:
    """What a function is called, with what of it is fixed."""
    if isinstance(function, functools.partial):
        fixed = [repr(value) for value in function.args]
        fixed += [f"{key}={value}" for key, value in function.keywords.items()]
        return f"{_called(function.func)}({', '.join(fixed)})" if fixed else _called(function.func)
    return getattr(function, "__name__", type(function).__name__)
