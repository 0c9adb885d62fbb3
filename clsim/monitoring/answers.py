"""Whether the answers still look as they did, and who is asked."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_choice, check_number
from clsim.monitoring.compared import Columns, Distributions
from clsim.monitoring.confidence import confidence
from clsim.monitoring.windows import Recent
from clsim.slices import InSlices, Sliced
from clsim.types import Column, Extent, Of, Rows, Schema
from clsim.view import View

WHATS = ("answer", "confidence")


class AnswerDistribution(Distributions):
    """The distance of the champion's recent answers from those to a reference; without labels.

    Both are answers of the present champion, whoever served: rows that it did not serve are put to
    it, so a promotion is no drift.

    Parameters
    ----------
    what : {'answer', 'confidence'}, default='answer'
        Classes or values; or the largest chance of a class, for which the learner needs
        probabilities.
    distance, reference, window, min_rows, slices, p_value
        As for `FeatureDistribution`. The reference is ``'warmup'`` by default, of which the first
        champion learned: it is surer of what it learned from than of what it did not, so
        ``'validation'`` or ``Before(...)`` are the better references where there are any.

    Examples
    --------
    >>> monitor = AnswerDistribution(distance="psi", window="7d")
    """

    asks_models = True

    def __init__(
        self,
        what: str = "answer",
        distance: str = "l_infinity",
        reference: Any = "warmup",
        window: Duration | Sequence[Duration] = 500,
        min_rows: int = 50,
        slices: Sequence[Sliced] = (),
        p_value: bool = False,
    ) -> None:
        super().__init__(distance, reference, window, min_rows, slices, p_value)
        check_choice("what", what, WHATS)
        self.what = what
        self.reads_chances = what == "confidence"

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        check_confidence(self.what, schema)

    def whats(self, schema: Schema) -> Sequence[str | None]:
        return (None,)

    def told_apart(self, view: View) -> Hashable:
        return view.model(None).answerer if view.has_champion else ()

    def columns(self, view: View, rows: Rows) -> Columns:
        if not view.has_champion:
            return {None: Column(np.empty(0))}
        if self.what == "confidence":
            return {None: Column(confidence(view.model(None).chances(rows)))}
        answers = view.model(None).answers(rows)
        names = view.schema.classes.astype(str)
        return {None: Column(answers, names if len(names) else None)}


class AnswerShare(InSlices):
    """The shares of the classes among what was answered, whoever answered; without labels.

    A value for each class, by its name.

    Parameters
    ----------
    window : int or str, default=500
        The recent events: a number of rows, or a duration.
    min_rows : int, default=50
        With fewer answers there is no number.
    slices : sequence of str or `clsim.monitoring.Where`, default=()
        Slices of which the shares are given too.

    Examples
    --------
    >>> monitor = AnswerShare(window="7d")
    """

    shared = True

    def __init__(
        self, window: Duration = 500, min_rows: int = 50, slices: Sequence[Sliced] = ()
    ) -> None:
        super().__init__(slices)
        check_number("min_rows", min_rows, whole=True, low=1)
        self.window = Recent(window)
        self.min_rows = min_rows

    def bind(self, clock: Clock) -> None:
        self.window.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        if schema.task != "classification":
            raise ValueError(
                "monitor: the stream's task is regression, so answers are no classes; use "
                "AnswerDistribution"
            )

    def extent(self, score: Extent) -> Extent:
        return Extent(0, 1)

    def names(self, schema: Schema) -> Sequence[str]:
        return [str(name) for name in schema.classes]

    def measure(self, view: View) -> dict[Of, float]:
        rows = self.window.rows(view)
        answers, values = view.outcomes.answers(rows), dict[Of, float]()
        names = self.names(view.schema)
        whole = np.ones(len(rows), dtype=bool)
        for of_slice, mask in {"all": whole, **self.slices.masks(view, rows)}.items():
            given = answers[mask & (answers >= 0)]
            if len(given) >= self.min_rows:
                shares = np.bincount(given, minlength=len(names)) / len(given)
                for name, share in zip(names, shares.tolist(), strict=True):
                    values[name if of_slice == "all" else (name, of_slice)] = share
        return values


class Prevalence(InSlices):
    """The share of slices, or of known edge cases, among the recent events; without labels.

    A value for each slice.

    Parameters
    ----------
    slices : sequence of str or `clsim.monitoring.Where`
        Slice columns, single slices (``'region=north'``), or rules.
    window : int or str, default=500
        The recent events: a number of rows, or a duration.
    min_rows : int, default=50
        With fewer events there is no number.

    Examples
    --------
    >>> from clsim.monitoring import Where
    >>> monitor = Prevalence([Where("night", {"hour": {"below": 6}})], window="7d")
    """

    shared = True

    def __init__(
        self, slices: Sequence[Sliced], window: Duration = 500, min_rows: int = 50
    ) -> None:
        super().__init__(slices)
        check_number("min_rows", min_rows, whole=True, low=1)
        if not self.slices:
            raise ValueError("slices: give at least one")
        self.window = Recent(window)
        self.min_rows = min_rows

    def bind(self, clock: Clock) -> None:
        self.window.bind(clock)

    def extent(self, score: Extent) -> Extent:
        return Extent(0, 1)

    def names(self, schema: Schema) -> Sequence[str]:
        return ()

    def measure(self, view: View) -> dict[Of, float]:
        rows = self.window.rows(view)
        if len(rows) < self.min_rows:
            return {}
        masks = self.slices.masks(view, rows)
        return {(None, name): float(mask.mean()) for name, mask in masks.items()}


def check_confidence(what: str, schema: Schema) -> None:
    """Refuse confidence where there are no classes."""
    if what == "confidence" and schema.task != "classification":
        raise ValueError(
            "monitor.what='confidence': the stream's task is regression, and a value has no "
            "chance; use what='answer'"
        )
