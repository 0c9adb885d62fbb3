"""Bounds that a challenger must keep: in itself, and against the champion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.errors import Unreachable, check_number, check_object
from clsim.protocols import EvaluationSet
from clsim.slices import Sliced
from clsim.statistics.intervals import Interval, check_level, mean_interval
from clsim.statistics.paired import tango_interval
from clsim.statistics.ties import settled
from clsim.strategy.evaluation import HELD_OUT
from clsim.strategy.offline.measures import NONNEGATIVE, Cell, Costs
from clsim.strategy.offline.measuring import Measuring, verdict
from clsim.types import Extent, Line, Rows, Schema, Verdict
from clsim.view import View

FLOOR, ABSOLUTE, RELATIVE = "floor", "absolute", "relative"


class Bound:
    """What one metric must keep, on the whole and on each of some slices.

    In the words of TensorFlow Model Analysis (value and change thresholds) and MLflow; whether more
    or less is better follows from the metric. A bound that is just met holds.

    Parameters
    ----------
    metric : str, callable or Metric, default='score'
        ``'score'`` or ``'loss'`` as declared, per event; ``'money'``; or a metric as `clsim.replay`
        takes them.
    floor : float or None, default=None
        The worst value that the challenger may have: of a metric of which less is better, the
        largest.
    absolute : float or None, default=None
        By how much it must be better than the champion, in units of the metric; below 0, by how
        much it may be worse.
    relative : float or None, default=None
        The same as a share of the champion's value; above -1.
    slices : sequence of str or Where, default=()
        Slices that must keep the bound beside the whole: slice columns, single slices
        ``'column=value'``, or rules (`clsim.slices.Where`).
    confidence : float or None, default=None
        The bound must hold with this confidence, one-sided; None: what was measured must keep it.

    Raises
    ------
    TypeError, ValueError

    Examples
    --------
    >>> Bound("recall", floor=0.6, absolute=-0.02, slices=["country"], confidence=0.95)
    Bound('recall', floor=0.6, absolute=-0.02, confidence=0.95)
    """

    def __init__(
        self,
        metric: Any = "score",
        floor: float | None = None,
        absolute: float | None = None,
        relative: float | None = None,
        *,
        slices: Sequence[Sliced] = (),
        confidence: float | None = None,
    ) -> None:
        bounds = {FLOOR: floor, ABSOLUTE: absolute, RELATIVE: relative}
        self.given: dict[str, float] = {
            key: value for key, value in bounds.items() if value is not None
        }
        if not self.given:
            raise ValueError(f"metric={metric!r}: give floor, absolute or relative")
        for key, value in self.given.items():
            check_number(key, value)
        if relative is not None:
            check_number(RELATIVE, relative, above=-1)
        if floor is not None and isinstance(metric, str) and metric in NONNEGATIVE:
            check_number(f"metric={metric!r}: floor", floor, low=0)
        if confidence is not None:
            check_level(confidence, "confidence")
            check_number("confidence", confidence, above=0.5)
        self.metric, self.slices, self.confidence = metric, slices, confidence

    def __repr__(self) -> str:
        bounds = "".join(f", {key}={value!r}" for key, value in self.given.items())
        sure = "" if self.confidence is None else f", confidence={self.confidence!r}"
        return f"Bound({self.metric!r}{bounds}{sure})"


class Bounds(Measuring):
    """The challenger must keep every bound, on rows that neither model trained on.

    Parameters
    ----------
    bounds : sequence of Bound
    holdout, min_rows, using
        As of `clsim.strategy.offline.ChampionChallenger`. A slice with fewer rows than ``min_rows``
        says nothing.
    weigh : {'picked'} or None, default=None
        As of `clsim.strategy.offline.ChampionChallenger`, and as a set may say: each row stands for
        others, in the whole and in slices. Of metrics that are means over rows alone.
    costs : float, matrix or None, default=None
        For the metric ``'money'``: what a unit of the declared loss costs, or what each error costs
        by true and answered class. None: the declared loss is money.

    Raises
    ------
    TypeError, ValueError

    Notes
    -----
    With a confidence: a floor of what is right or wrong by Clopper and Pearson (Biometrika, 1934);
    a difference of it by the score interval of Tango (Statistics in Medicine, 1998); means of other
    numbers by Student's t, the same rows for both models; what is no mean by that of 20
    pseudo-values of the jackknife; weighted means by Student's t of what each row adds to them
    (linearisation), which is less sure the more weights differ. A relative bound takes the
    champion's value as uncertain too. Where all rows are alike no spread is known, nothing is sure,
    and the bound does not hold. Since every bound must hold, a challenger that breaks one passes
    with a chance of at most 1 - confidence, however many there are.

    Where there is no champion yet, floors alone are looked at.

    Examples
    --------
    >>> gate = Bounds([Bound("auc", floor=0.7), Bound("score", absolute=0.0, slices=["country"])])

    After four zeros all labels are 1, but the last is 0. The challenger is trained on ones, and is
    right on three of the four rows that were held out:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = Bounds([Bound("accuracy", floor=0.8)], holdout=4, min_rows=4)
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 7 + [0] * 5})
    >>> runs = clsim.replay(Recorded(log, label="y"),
    ...                     {"it": clsim.Strategy(At([2]), SlidingWindow(8), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['0.75, needs at least 0.8', False]]
    """

    def __init__(
        self,
        bounds: Sequence[Bound],
        holdout: Duration | EvaluationSet = 500,
        min_rows: int = 30,
        *,
        using: str = HELD_OUT,
        weigh: str | None = None,
        costs: Costs | None = None,
    ) -> None:
        if isinstance(bounds, Bound) or not isinstance(bounds, Sequence) or not bounds:
            raise TypeError(f"bounds={bounds!r}: expected a list of Bound")
        for number, bound in enumerate(bounds):
            check_object(f"bounds[{number}]", bound)
            if not isinstance(bound, Bound):
                raise TypeError(f"bounds[{number}]={bound!r}: expected a Bound")
        measured = [(bound.metric, bound.slices) for bound in bounds]
        super().__init__(measured, holdout, min_rows, using, weigh, costs)
        self.bounds = list(bounds)

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        for bound in self.bounds:
            floor = bound.given.get(FLOOR, 0)
            earned = bool(schema.amounts)  # an answer may earn, which is a loss below 0
            if bound.metric in ("loss", "money") and floor < 0 and not earned:
                raise ValueError(
                    f"offline: metric={bound.metric!r}: floor={floor!r}: must be at least 0, since "
                    "no loss is below"
                )

    def check_scores(self, loss: Extent, score: Extent) -> None:
        for bound, (measure, _) in zip(self.bounds, self.measures, strict=True):
            between = measure.extent(loss, score)._replace(of=f"metric={measure.name!r}")
            floor, absolute = (bound.given.get(key) for key in (FLOOR, ABSOLUTE))
            if floor is not None and not between.low <= floor <= between.high:
                raise Unreachable(
                    f"floor={floor:g}: {between.of} lies between {between.low:g} and "
                    f"{between.high:g}; give one between them"
                )
            if absolute is not None:
                between.check_gap(ABSOLUTE, absolute)

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        if champion is None and not any(FLOOR in bound.given for bound in self.bounds):
            return Verdict(True, "no champion")
        rows, weights = self.asked(view, challenger, champion, holdout)
        missing = self.too_few(len(rows))
        if missing is not None:
            return Verdict(False, missing, of_set=self.of_set(view, holdout))
        found = self.told(self.cells(view, challenger, champion, rows, weights))
        return replace(found, of_set=self.of_set(view, holdout))

    def told(self, found: Sequence[Sequence[Cell]]) -> Verdict:
        """What the bounds say: of each of them the whole and its slices, wherever they come from.

        Against a champion where cells have one; else floors alone.
        """
        card = [
            self._line(cell, key, value, bound.confidence)
            for bound, cells in zip(self.bounds, found, strict=True)
            for key, value in bound.given.items()
            for cell in cells
            if key == FLOOR or len(cell.given) == 2
        ]
        return verdict(card)

    def _line(self, cell: Cell, key: str, bound: float, confidence: float | None) -> Line:
        if cell.size < self.min_rows or cell.found[1] is not None:
            return self.silent(cell, key)
        needed = bound * (cell.sign if key == FLOOR else 1)
        if key == RELATIVE:
            needed *= abs(cell.found[0][1])
        found = float(_goodness(key, cell.sign, bound, *cell.found[0])) + needed
        said = _said(cell, key, bound, needed, found)
        if confidence is None:
            accepted = _kept(cell, needed, found)
            return self.line(cell, key, None, accepted, said)
        least = _least(cell, key, bound, confidence) + needed
        if math.isnan(least):
            return self.line(cell, key, None, False, f"{said}; all rows alike, so nothing is sure")
        sure = _at_least(cell, key, least)
        reason = f"{said}; with {100 * confidence:.4g} % confidence {sure}"
        accepted = _kept(cell, needed, least)
        return self.line(cell, key, Interval(found, least, math.inf), accepted, reason)


def _kept(cell: Cell, needed: float, found: float) -> bool:
    """What just meets a bound keeps it, to rounding of what both models have, or of a hundredth."""
    return bool(settled(found - needed, needed, 0.01, *cell.found[0]) >= 0)


def _goodness(key: str, sign: int, bound: float, new: Any, old: Any = 0.0) -> Any:
    """How far values of the challenger are beyond a bound, by what they are held against."""
    if key == FLOOR:
        return sign * (new - bound)
    gain = sign * (new - old)
    return gain - (bound if key == ABSOLUTE else bound * np.abs(old))


def _least(cell: Cell, key: str, bound: float, confidence: float) -> float:
    """How far the challenger is at least beyond a bound; NaN where nobody knows."""
    both_sides, right, each = 2 * confidence - 1, cell.right, cell.each
    if right is not None and key == FLOOR:
        from scipy.stats import binomtest

        test = binomtest(int(right[0].sum()), cell.size, alternative="greater")
        share = float(test.proportion_ci(confidence).low)
        return share - bound if cell.sign > 0 else bound - (1 - share)
    if right is not None and key == ABSOLUTE:
        new, old = right
        alone = int((new & ~old).sum()), int((old & ~new).sum())
        return tango_interval(*alone, cell.size, both_sides).low - bound
    if key == RELATIVE:  # the sign of a mean that is away from 0 is known
        new, old = each
        values = cell.sign * (new - old) - bound * np.sign(old.mean()) * old
    else:
        values = _goodness(key, cell.sign, bound, *each)
    return mean_interval(values, both_sides).low if np.ptp(values) > 0 else math.nan


def _in_words(cell: Cell, key: str, value: float) -> str:
    """A value as people say it: of the metric, or better or worse by so much."""
    if key == FLOOR:
        return f"at {'least' if cell.sign > 0 else 'most'} {cell.sign * value:.4g}"
    return f"{'better' if value > 0 else 'worse'} by {abs(value):.4g}" if value else "the same"


def _at_least(cell: Cell, key: str, value: float) -> str:
    if key == FLOOR:
        return _in_words(cell, key, value)
    return f"better by at least {value:.4g}" if value > 0 else f"worse by at most {-value:.4g}"


def _said(cell: Cell, key: str, bound: float, needed: float, found: float) -> str:
    if key == FLOOR:
        return f"{cell.sign * found:.4g}, needs {_in_words(cell, key, needed)}"
    share = "" if key == ABSOLUTE else f" ({abs(bound):.4g} of the champion's)"
    need = f"{'must be better' if bound > 0 else 'may be worse'} by {abs(needed):.4g}{share}"
    return f"{_in_words(cell, key, found)}, {need if bound else 'must not be worse'}"
