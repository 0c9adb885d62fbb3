"""What models are compared by: the declared score or loss, money, or a metric, slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from clsim.errors import check_number, unknown
from clsim.metrics import METRICS, Metric, as_metric, as_metrics
from clsim.slices import Slices
from clsim.statistics.picked import weighted_mean
from clsim.types import Extent, Rows, Schema
from clsim.view import View

DECLARED = ("score", "loss", "money")
"""What is no metric: the declared score and loss per event, and the loss in money."""

IN_MONEY = ("matrix", "amount")
"""Losses that are money."""

SHARES = {"accuracy", "balanced_accuracy", "f1", "precision", "recall", "auc",
          "average_precision", "calibration_error"}  # fmt: skip
"""Metrics that lie between 0 and 1."""

NONNEGATIVE = SHARES | {"log_loss", "brier", "rmse", "mae", "mape", "money"}
"""Metrics that are never below 0."""

GROUPS = 20
"""Groups of rows that are left out in turn, of metrics that are no mean over rows."""

Costs = float | Sequence[Sequence[float]]
"""Money for a unit of the declared loss, or for each error, by true and answered class."""


class Measure:
    """A number that says how good a model's answers are.

    Parameters
    ----------
    given : str, callable or Metric
        ``'score'`` or ``'loss'``, as declared, per event; ``'money'``, the loss per event in money;
        or a metric as `clsim.replay` takes them.
    costs : float, matrix or None
        For money: what a unit of the declared loss costs; or what each error costs, of shape
        (classes, classes) by true and answered class. None: the declared loss is money.

    Raises
    ------
    TypeError, ValueError
        For an unknown name, or costs that are negative.
    """

    def __init__(self, given: Any, costs: Costs | None) -> None:
        if isinstance(given, str) and given not in (*DECLARED, *METRICS):
            raise ValueError(f"metric: {unknown('metric', given, (*DECLARED, *METRICS))}")
        self.given: Any = given
        self.metric: Metric | None = None
        if given not in DECLARED:
            self.metric = METRICS[given] if isinstance(given, str) else as_metric(given)
        self.right_or_wrong = self.name == "accuracy"
        self.costs: Any = None
        if given == "money" and costs is not None:
            self.costs = _costs(costs)

    @property
    def name(self) -> str:
        """What it is called on a report card."""
        return self.given if self.metric is None else self.metric.name

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        better = self.given == "score" if self.metric is None else self.metric.greater_is_better
        return 1 if better else -1

    @property
    def reads_chances(self) -> bool:
        """Whether it needs probabilities."""
        return self.metric is not None and self.metric.reads == "probabilities"

    @property
    def is_mean(self) -> bool:
        """Whether it is a mean over rows."""
        return self.metric is None or self.metric.is_mean

    def check_schema(self, schema: Schema) -> None:
        """Refuse a metric of another task, and costs of other classes."""
        if self.metric is not None:
            as_metrics([self.metric], schema)
        if np.ndim(self.costs) == 2 and self.costs.shape != (len(schema.classes),) * 2:
            size = len(schema.classes)
            raise ValueError(
                f"offline.costs: a matrix needs the shape ({size}, {size}), one row for each class"
                if size
                else "offline.costs: the stream has no classes; give what a unit of the loss costs"
            )

    def check_loss(self, loss: str) -> None:
        """Refuse money where nobody says what an error costs."""
        self.right_or_wrong |= self.given in ("score", "loss") and loss == "zero_one"
        if self.given == "money" and self.costs is None and loss not in IN_MONEY:
            raise ValueError(
                "offline: the metric 'money' needs prices; give costs=, a matrix of what each "
                "error costs or what a unit of the loss costs, or declare a loss that is money (a "
                "matrix, or 'amount')"
            )

    def extent(self, loss: Extent, score: Extent) -> Extent:
        """Between which numbers it lies, by the declared loss and score."""
        if self.given in ("score", "loss"):
            return score if self.given == "score" else loss
        known = self.metric is None or self.metric == METRICS.get(self.name)
        high = 1.0 if known and self.name in SHARES else np.inf
        low = 0.0 if known and (self.name in SHARES or self.name in NONNEGATIVE) else -np.inf
        return Extent(low, high, self.name)

    def given_by(self, view: View, model: int, rows: Rows) -> Given:
        """What it makes of a model's answers to labelled rows that it answers."""
        if self.given in ("score", "loss") or (self.given == "money" and np.ndim(self.costs) < 2):
            losses = view.model(model).losses(rows)
            if self.given == "score":  # of any loss it is a constant less the loss
                return Given(view.score(0.0) - losses)
            return Given(losses if self.costs is None else losses * self.costs)
        schema, y = view.schema, view.y(rows)
        truth = schema.codes(y) if len(schema.classes) else y
        asked = view.model(model)
        if self.metric is None:
            return Given(self.costs[truth, asked.answers(rows)])
        given = asked.chances(rows) if self.reads_chances else asked.answers(rows)
        each = self.metric.per_event(truth, given, schema.classes)
        return Given(each, partial(_measured, self.metric, schema.classes, truth, given))


def _costs(costs: Any) -> Any:
    if np.ndim(costs) == 0:
        check_number("costs", costs, above=0)
        return float(costs)
    matrix = np.asarray(costs, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"costs: expected a number, or a square matrix, not {costs!r}")
    if not (matrix >= 0).all():
        raise ValueError("costs: they cannot be negative or missing")
    return matrix


def _measured(
    metric: Metric, classes: np.ndarray, truth: np.ndarray, given: np.ndarray, rows: np.ndarray
) -> tuple[float, str | None]:
    return metric.measure(truth[rows], given[rows], classes)


@dataclass(frozen=True)
class Given:
    """What a measure makes of one model's answers to some rows.

    Attributes
    ----------
    each : numpy.ndarray of shape (n,) or None
        A number for each row, of which the measure is the mean; None where it is no mean.
    measured : callable or None
        For positions of rows the value, and why there is none. None: by ``each``.
    """

    each: np.ndarray | None
    measured: Callable[[np.ndarray], tuple[float, str | None]] | None = None

    def of(self, rows: np.ndarray, weights: np.ndarray | None) -> tuple[float, str | None]:
        """The value of some of the rows, by position, and why there is none.

        ``weights``: how many each of those that models were asked about stands for.
        """
        if self.each is not None and weights is not None:
            mean = weighted_mean(self.each[rows], weights[rows])
            return mean, "rows stand for no others" if np.isnan(mean) else None
        if self.each is not None:
            return float(self.each[rows].mean()), None
        assert self.measured is not None
        return self.measured(rows)


@dataclass(frozen=True, eq=False)
class Cell:
    """One metric on one slice, of one model or of two on the same rows.

    Attributes
    ----------
    metric, of_slice : str
    sign : {1, -1}
        -1 where less is better.
    rows : numpy.ndarray of int64
        Which of the rows that the models were asked about are in the slice, by position.
    given : tuple of Given
        Of the challenger, and of the champion where there is one.
    right_or_wrong : bool
        Whether an event is right or wrong, and nothing between.
    draws, seed : int
        Number of resamples, and where they begin.
    weights : numpy.ndarray or None
        How many each of the rows that models were asked about stands for; None: all the same.
    """

    metric: str
    of_slice: str
    sign: int
    rows: np.ndarray
    given: tuple[Given, ...]
    right_or_wrong: bool
    draws: int
    seed: int
    weights: np.ndarray | None = None

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def values(self, rows: np.ndarray) -> tuple[list[float], str | None]:
        """The value of each model on some rows, and why there is none."""
        found = [given.of(rows, self.weights) for given in self.given]
        return [value for value, _ in found], next((why for _, why in found if why), None)

    @cached_property
    def found(self) -> tuple[list[float], str | None]:
        """The value of each model on all rows, and why there is none."""
        return self.values(self.rows)

    @cached_property
    def resampled(self) -> np.ndarray:
        """The values of each model on resamples of the rows; NaN where there is none.

        Of shape (models, draws).
        """
        rng = np.random.default_rng(self.seed)
        drawn = (self.rows[rng.integers(self.size, size=self.size)] for _ in range(self.draws))
        return np.array([self.values(rows)[0] for rows in drawn]).T

    @cached_property
    def each(self) -> tuple[np.ndarray, ...]:
        """For each model numbers whose mean is its value: one for each row.

        Of a metric that is no mean over rows, pseudo-values: k times the value less k - 1 times
        that without a group of rows, for each of k groups (the jackknife with groups; Quenouille,
        Biometrika, 1956; Tukey, 1958). NaN if there is no value without one of them.

        Of a weighted mean, what each row adds to it (linearisation): the mean, and w over the mean
        weight times the row's distance from it.
        """
        columns = [given.each for given in self.given if given.each is not None]
        if len(columns) == len(self.given) and self.weights is None:
            return tuple(column[self.rows] for column in columns)
        if self.weights is not None:
            factor = self.weights[self.rows] / self.weights[self.rows].mean()
            pairs = zip(columns, self.found[0], strict=True)
            return tuple(mean + factor * (column[self.rows] - mean) for column, mean in pairs)
        groups = np.arange(self.size) % min(GROUPS, self.size)
        count = int(groups.max()) + 1
        without = [self.values(self.rows[groups != group])[0] for group in range(count)]
        values = np.array(self.found[0])
        return tuple((count * values - (count - 1) * np.array(without)).T)

    @property
    def is_mean(self) -> bool:
        """Whether the metric is a mean over rows."""
        return self.given[0].each is not None

    @property
    def gains(self) -> np.ndarray:
        """By how much the challenger is better, in each of the numbers of ``each``."""
        new, old = self.each
        return self.sign * (new - old)

    @property
    def right(self) -> tuple[np.ndarray, ...] | None:
        """For each model which rows it is right on; None where they are not right or wrong."""
        if not self.right_or_wrong:
            return None
        return tuple(values == (1 if self.sign > 0 else 0) for values in self.each)


def answered(view: View, challenger: int, champion: int | None, rows: Rows) -> Rows:
    """Those of some labelled rows that all models answer."""
    for model in models_of(challenger, champion):
        rows = rows[~np.isnan(view.model(model).losses(rows))]
    return rows


def models_of(challenger: int, champion: int | None) -> list[int]:
    """The challenger, and the champion where there is one."""
    return [challenger] if champion is None else [challenger, champion]


def cells(
    view: View,
    challenger: int,
    champion: int | None,
    rows: Rows,
    measures: Sequence[tuple[Measure, Slices]],
    draws: int,
    weights: np.ndarray | None = None,
) -> list[list[Cell]]:
    """For each measure the whole, then its slices, on labelled rows that all models answer.

    ``weights``: how many each row stands for; None: all the same.
    """
    models, found = models_of(challenger, champion), []
    for measure, slices in measures:
        given = tuple(measure.given_by(view, model, rows) for model in models)
        found.append(
            [
                Cell(
                    measure.name, name, measure.sign, np.flatnonzero(mask), given,
                    measure.right_or_wrong and weights is None, draws,
                    view.integer(f"offline.{view.tick}.{measure.name}.{name}"), weights,
                )
                for name, mask in slices.parts(view, rows).items()
            ]
        )  # fmt: skip
    return found
