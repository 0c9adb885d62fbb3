"""How well the champion does, estimated before the labels are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_flag, check_number, check_object, check_settings
from clsim.monitoring import calibration, confidence, expected
from clsim.monitoring.windows import Recent, check_holds
from clsim.randomness import seeded
from clsim.slices import InSlices, Sliced
from clsim.statistics.intervals import check_level
from clsim.types import Extent, Of, Rows, Schema
from clsim.view import View

METRICS = (*expected.RATES, "cost")
SHIFTS = (None, "inputs", "labels", "labels_by_confusion")
BOUNDS = ("mean", "low", "high")
METHODS = ("thresholded", "thresholded_as_published", "difference")

Estimate = Callable[[np.ndarray], float]
"""The estimate for those of the judged events that a mask picks; NaN where there is none."""


@dataclass(frozen=True)
class Asked:
    """Some rows, and what the present champion says of them; those that it does not answer apart.

    Attributes
    ----------
    rows : numpy.ndarray of shape (n,)
    answers : numpy.ndarray of shape (n,)
        Codes of classes, or values.
    chances : numpy.ndarray of shape (n, classes)
        Without columns where they are not asked for.
    """

    rows: Rows
    answers: np.ndarray
    chances: np.ndarray


class Estimated(InSlices):
    """What estimates without labels have in common.

    The present champion is asked about the recent events, whoever served them, and about the
    latest labelled events on which neither it nor its ancestors were trained: what a model learned
    from flatters it. After a training on all labels there is no number until new ones have arrived.

    Parameters
    ----------
    window : int or str
        The events that are judged: a number of rows, or a duration.
    labels : int
        At most so many labelled events are compared with.
    min_labels : int
        With fewer there is no number.
    min_rows : int
        With fewer events to judge there is no number.
    mature : int, str or None
        Only labels of events older than this (rows, or a duration), so that those that come fast do
        not count more than those that come slowly. None: all that have arrived.
    slices : sequence of str or `clsim.monitoring.Where`
        Slices that are judged too; what is learned from labels is learned from all of them.
    """

    reads_chances = True
    asks_models = True

    reads_labels = True
    """Whether it compares with labels at all."""

    shared = True

    def __init__(
        self,
        window: Duration,
        labels: int,
        min_labels: int,
        min_rows: int,
        mature: Duration | None,
        slices: Sequence[Sliced],
    ) -> None:
        super().__init__(slices)
        self.window = Recent(window)
        self.judges = self.window.length
        check_number("labels", labels, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=labels)
        check_number("min_rows", min_rows, whole=True, low=1)
        check_holds(min_rows, window)
        self.labels, self.min_labels, self.min_rows = labels, min_labels, min_rows
        self.mature = None if mature is None else as_duration(mature, "mature")
        self._mature = 0

    def estimate(self, view: View, known: Asked, truth: np.ndarray, now: Asked) -> Estimate | None:
        """What labelled events say of those that are judged; None if they do not suffice.

        Parameters
        ----------
        view : View
        known : Asked
            At least ``min_labels`` events with a label; none if it reads no labels.
        truth : numpy.ndarray of shape (n,)
            Codes of their classes, or values.
        now : Asked
            At least ``min_rows`` events.
        """
        raise NotImplementedError

    def bind(self, clock: Clock) -> None:
        self.window.bind(clock)
        if self.mature is not None:
            self._mature = clock.units(self.mature, "monitor.mature")

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        if self.reads_chances and schema.task != "classification":
            raise ValueError(
                f"monitor: {type(self).__name__} needs chances of classes, and the stream's task "
                "is regression; use RegressedScore(regressor, confidence=False)"
            )

    def names(self, schema: Schema) -> Sequence[str]:
        return ()

    def measure(self, view: View) -> dict[Of, float]:
        if not view.has_champion:
            return {}
        now, known = (self._asked(view, rows) for rows in self._rows(view))
        needed = self.min_labels if self.reads_labels else 0
        if len(now.rows) < self.min_rows or len(known.rows) < needed:
            return {}
        truth = view.y(known.rows)
        if view.schema.task == "classification":
            truth = view.schema.codes(truth)
        estimate = self.estimate(view, known, truth, now)
        if estimate is None:
            return {}
        groups = self.groups(view, now.rows).items()
        values = {of: float(estimate(m)) for of, m in groups if m.sum() >= self.min_rows}
        return {of: value for of, value in values.items() if not np.isnan(value)}

    def _rows(self, view: View) -> tuple[Rows, Rows]:
        """The events that are to be judged, and the labelled ones."""
        labelled = self._labelled(view) if self.reads_labels else np.empty(0, dtype=np.int64)
        return self.window.rows(view), labelled

    def _labelled(self, view: View) -> Rows:
        old = None if self.mature is None else view.row_at(view.now - self._mature + 1)
        return view.latest_unseen(self.labels, old)

    def _asked(self, view: View, rows: Rows) -> Asked:
        answers = view.model(None).answers(rows)
        chances = np.empty((len(rows), 0))
        if self.reads_chances:
            chances = view.model(None).chances(rows)
        there = ~np.isnan(answers) if answers.dtype.kind == "f" else answers >= 0
        there &= ~np.isnan(chances).any(axis=1)
        return Asked(rows[there], answers[there], chances[there])


class ExpectedScore(Estimated):
    """Accuracy, another rate, or the cost that calibrated chances let expect; without labels.

    It survives a shift of the inputs, as long as chances stay calibrated; `shift` says what else is
    made up for. It sees nothing of a drift of the concept.

    Parameters
    ----------
    metric : {'accuracy', 'precision', 'recall', 'f1', 'cost'}, default='accuracy'
        Ratios of expected counts; conventions are those of `clsim.metrics`. ``'cost'``: the mean
        cost of an event.
    costs : matrix of shape (classes, classes) or None, default=None
        Costs by true class and answer, for ``'cost'``.
    calibrate : bool, default=True
        Whether chances are calibrated on the labels that have arrived, by isotonic regression. If
        not, they are taken at their word.
    shift : {None, 'inputs', 'labels', 'labels_by_confusion'}, default=None
        ``'inputs'``: labels are weighted by a ratio of densities, so that calibration is right for
        the recent inputs (`clsim.monitoring.calibration.density_ratio`). ``'labels'``: shares of
        the classes are estimated by maximum likelihood and the chances corrected, which is right
        where each class looks as it did; ``'labels_by_confusion'``: by the errors of the past.
    bound : {'mean', 'low', 'high'}, default='mean'
        The estimate, or a bound of the interval in which the rate of these events lies, by the
        distribution of Poisson binomial counts; errors of the calibration are not in it. With more
        than two classes, of the accuracy alone.
    level : float, default=0.95
        Of the interval.
    clip : float, default=10
        By ``shift='inputs'`` no labelled event counts more than this, or less than its inverse.
    window : int or str, default=500
        The events that are judged: a number of rows, or a duration.
    labels, min_labels : int, default=1000, 100
        At most so many labelled events are compared with, the latest on which neither the champion
        nor its ancestors were trained; with fewer than ``min_labels`` there is no number.
    min_rows : int, default=50
        With fewer events to judge there is no number.
    mature : int, str or None, default=None
        Only labels of events older than this. None: all that have arrived.
    slices : sequence of str or `clsim.monitoring.Where`, default=()
        Slices that are judged too, by the calibration of the whole.

    Examples
    --------
    >>> cautious = ExpectedScore("recall", bound="high", window="7d")
    """

    def __init__(
        self,
        metric: str = "accuracy",
        costs: Any = None,
        calibrate: bool = True,
        shift: str | None = None,
        bound: str = "mean",
        level: float = 0.95,
        clip: float = calibration.CLIP,
        window: Duration = 500,
        labels: int = 1000,
        min_labels: int = 100,
        min_rows: int = 50,
        mature: Duration | None = None,
        slices: Sequence[Sliced] = (),
    ) -> None:
        super().__init__(window, labels, min_labels, min_rows, mature, slices)
        check_choice("metric", metric, METRICS)
        check_flag("calibrate", calibrate)
        check_choice("shift", shift, SHIFTS)
        check_choice("bound", bound, BOUNDS)
        check_level(level)
        check_number("clip", clip, low=1)
        if metric == "cost" and costs is None:
            raise ValueError("costs: metric='cost' needs a matrix by true class and answer")
        if metric != "cost" and costs is not None:
            raise ValueError(f"costs={costs!r}: metric={metric!r} has no use of it; leave it out")
        if shift == "inputs" and not calibrate:
            raise ValueError(
                "calibrate=False: shift='inputs' weights the labels that chances are calibrated "
                "on; calibrate, or leave shift out"
            )
        self.metric, self.calibrate, self.shift = metric, calibrate, shift
        self.costs = None if costs is None else np.asarray(costs, dtype=float)
        self.bound, self.level, self.clip = bound, level, clip
        self.reads_labels = calibrate or shift is not None

    def extent(self, score: Extent) -> Extent:
        if self.costs is None:
            return Extent(0, 1)
        return Extent(float(self.costs.min()), float(self.costs.max()))

    @property
    def measures(self) -> str | None:
        mean = (self.metric, self.bound) == ("accuracy", "mean")
        return "accuracy" if mean else None  # labels cannot be held against the others

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        size = len(schema.classes)
        if self.costs is not None and self.costs.shape != (size, size):
            raise ValueError(f"monitor.costs: a cost matrix needs the shape ({size}, {size})")
        if self.bound != "mean" and self.metric != "accuracy" and size != 2:
            raise ValueError(
                f"monitor.bound={self.bound!r}: with {size} classes there are bounds of the "
                "accuracy alone; use bound='mean', or metric='accuracy'"
            )

    def estimate(self, view: View, known: Asked, truth: np.ndarray, now: Asked) -> Estimate | None:
        chances, size = now.chances, len(view.schema.classes)
        if self.reads_labels and len(np.unique(truth)) < 2:
            return None
        if self.calibrate:
            weights = None
            if self.shift == "inputs":
                labelled, recent = (view.columns(side.rows) for side in (known, now))
                weights = calibration.density_ratio(labelled, recent, self.clip)
            chances = calibration.calibrated(known.chances, truth, chances, weights)
        if self.shift in ("labels", "labels_by_confusion"):
            was = np.bincount(truth, minlength=size) / len(truth)
            after = self._prior(chances, was, known, truth, now)
            if after is None:
                return None
            chances = calibration.with_prior(chances, was, after)
        return lambda mask: self._value(chances[mask], now.answers[mask])

    def _prior(
        self, chances: np.ndarray, was: np.ndarray, known: Asked, truth: np.ndarray, now: Asked
    ) -> np.ndarray | None:
        """Shares of the classes among the events that are judged; None if they cannot be told."""
        if self.shift == "labels":
            return calibration.prior_by_likelihood(chances, was)
        confusion = np.zeros((len(was), len(was)))
        np.add.at(confusion, (truth, known.answers), 1)
        try:
            answered = np.bincount(now.answers, minlength=len(was))
            return calibration.prior_by_confusion(confusion, answered)
        except ValueError:
            return None

    def _value(self, chances: np.ndarray, answers: np.ndarray) -> float:
        if self.bound == "mean":
            matrix = expected.expected_confusion(chances, answers)
            if self.costs is not None:
                return expected.mean_cost(matrix, self.costs)
            return expected.rate(self.metric, matrix)
        if self.metric == "accuracy":
            found = expected.accuracy_distribution(chances, answers)
        elif self.costs is not None:
            found = expected.cost_distribution(chances, answers, self.costs)
        else:
            found = expected.distribution(self.metric, chances, answers)
        return found.interval(self.level)[BOUNDS.index(self.bound) - 1]


class ConfidenceScore(Estimated):
    """The accuracy by how sure the answers are, compared with labelled events; without labels.

    Parameters
    ----------
    method : {'thresholded', 'thresholded_as_published', 'difference'}, default='thresholded'
        ``'thresholded'``: the share of events that are surer than a threshold which as many
        labelled ones pass as were right (average thresholded confidence, by its definition);
        ``'thresholded_as_published'``: with the threshold of its authors' code, which one more
        passes; ``'difference'``: the accuracy that was, less what mean confidence lost since.
    score : {'confidence', 'negative_entropy'}, default='confidence'
        How sure an answer is; of two classes both give the same. ``'difference'`` takes confidence.
    window, labels, min_labels, min_rows, mature, slices
        As for `ExpectedScore`.

    Notes
    -----
    Functions and sources are in `clsim.monitoring.confidence`. Like every estimate without labels
    it sees nothing of a drift of the concept.

    Examples
    --------
    >>> monitor = ConfidenceScore(window="7d", labels=2_000)
    """

    def __init__(
        self,
        method: str = "thresholded",
        score: str = "confidence",
        window: Duration = 500,
        labels: int = 1000,
        min_labels: int = 100,
        min_rows: int = 50,
        mature: Duration | None = None,
        slices: Sequence[Sliced] = (),
    ) -> None:
        super().__init__(window, labels, min_labels, min_rows, mature, slices)
        check_choice("method", method, METHODS)
        check_choice("score", score, confidence.SCORES)
        if method == "difference" and score != "confidence":
            raise ValueError(
                f"score={score!r}: method='difference' compares accuracy with confidence, which "
                "have the same unit; use score='confidence'"
            )
        self.method, self.score = method, score

    def extent(self, score: Extent) -> Extent:
        return Extent() if self.method == "difference" else Extent(0, 1)

    @property
    def measures(self) -> str:
        return "accuracy"

    def estimate(self, view: View, known: Asked, truth: np.ndarray, now: Asked) -> Estimate:
        score = confidence.SCORES[self.score]
        was, right, sure = score(known.chances), known.answers == truth, score(now.chances)
        if self.method == "difference":
            return lambda mask: confidence.difference_of_confidences(was, right, sure[mask])
        by_definition = self.method == "thresholded"
        find = confidence.threshold_by_share if by_definition else confidence.threshold_as_published
        threshold = find(was, right)
        return lambda mask: confidence.share_above(sure[mask], threshold)


class RegressedScore(Estimated):
    """The declared score by a regression of the loss on features and confidence; without labels.

    The regression is fitted anew in each tick, on losses of the labelled events.

    Parameters
    ----------
    regressor : scikit-learn regressor
        A prototype. What in it is random and was not given a number starts from a fixed one.
    confidence : bool, default=True
        Whether it reads how sure the answer is; if not, the answer itself, for learners without
        probabilities and for regression.
    window, labels, min_labels, min_rows, mature, slices
        As for `ExpectedScore`.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> monitor = RegressedScore(DecisionTreeRegressor(max_depth=4), window="7d")
    """

    def __init__(
        self,
        regressor: Any,
        confidence: bool = True,
        window: Duration = 500,
        labels: int = 1000,
        min_labels: int = 100,
        min_rows: int = 50,
        mature: Duration | None = None,
        slices: Sequence[Sliced] = (),
    ) -> None:
        super().__init__(window, labels, min_labels, min_rows, mature, slices)
        check_object("regressor", regressor)
        if not callable(getattr(regressor, "fit", None)) or not callable(
            getattr(regressor, "predict", None)
        ):
            raise TypeError(f"regressor={regressor!r}: needs methods 'fit' and 'predict'")
        check_settings("regressor", regressor)
        check_flag("confidence", confidence)
        self.regressor = seeded(regressor, "regressor", lambda place: 0).part
        self.confidence = self.reads_chances = confidence

    @property
    def measures(self) -> str:
        return "score"

    def estimate(self, view: View, known: Asked, truth: np.ndarray, now: Asked) -> Estimate | None:
        losses = view.model(None).losses(known.rows)
        sides = [(view.columns(side.rows), self._said(side)) for side in (known, now)]
        found = confidence.regressed_losses(self.regressor, sides[0], losses, sides[1])
        return lambda mask: view.score(found[mask].mean())

    def _said(self, side: Asked) -> np.ndarray:
        return confidence.confidence(side.chances) if self.confidence else side.answers
