"""What tests have in common that measure models, slice by slice, and give a report card."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_number
from clsim.protocols import EvaluationSet
from clsim.slices import Sliced, Slices
from clsim.statistics.intervals import Interval
from clsim.statistics.picked import PREDICTION_POWERED
from clsim.strategy.offline.held_out import HeldOut
from clsim.strategy.offline.measures import Cell, Costs, Measure, answered, cells
from clsim.types import Column, Line, Rows, Schema, Verdict
from clsim.view import View

WHOLE = "all"


class Measuring(HeldOut):
    """A test that measures models on what was held out.

    Parameters
    ----------
    measured : sequence of (metric, slices)
        Each metric on the whole, and on its slices.
    holdout, min_rows, using
        As of `HeldOut`.
    weigh : {'picked'} or None
        As of `clsim.strategy.evaluation.Newest`.
    costs : float, matrix or None
        As of `clsim.strategy.offline.measures.Measure`.
    draws : int, default=1000
        Resamples, for what resamples; at least 100.
    """

    takes_weights = True

    def __init__(
        self,
        measured: Sequence[tuple[Any, Sequence[Sliced]]],
        holdout: Duration | EvaluationSet,
        min_rows: int,
        using: str,
        weigh: str | None,
        costs: Costs | None,
        draws: int = 1_000,
    ) -> None:
        super().__init__(holdout, min_rows, using, weigh)
        check_number("draws", draws, whole=True, low=100)
        self.measures = [(Measure(one, costs), Slices(slices)) for one, slices in measured]
        if costs is not None and not any(measure.given == "money" for measure, _ in self.measures):
            raise ValueError("costs: they are for the metric 'money', and it is not asked for")
        self.draws = draws
        self.reads_chances = any(measure.reads_chances for measure, _ in self.measures)
        self._check_weights()

    def _check_weights(self) -> None:
        """Refuse weights where what is measured takes none."""
        if self.set.weigh == PREDICTION_POWERED:
            raise ValueError(
                f"weigh={self.set.weigh!r}: it mends the mean loss alone; use 'picked', or "
                "ChampionChallenger"
            )
        none = next((it.name for it, _ in self.measures if not it.is_mean), None)
        if self.set.weigh is not None and none is not None:
            raise ValueError(
                f"weigh={self.set.weigh!r}: {none} is no mean over rows, and counts them all the "
                "same; use a metric that is one, such as score, or weigh=None"
            )

    def asked(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> tuple[Rows, np.ndarray | None]:
        """Rows that models are compared on, and how many each stands for."""
        rows = answered(view, challenger, champion, holdout)
        weights = self.set.weights(view, rows)
        if weights is None:
            return rows, None
        there = ~np.isnan(weights)
        return rows[there], weights[there]

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        for measure, slices in self.measures:
            try:
                measure.check_schema(schema)
                slices.check_schema(schema)
            except (TypeError, ValueError) as error:
                raise type(error)(f"offline: {error}") from error

    def check_columns(self, column: Callable[[str], Column]) -> None:
        for _, slices in self.measures:
            slices.check_columns(column)

    def check_loss(self, loss: str) -> None:
        for measure, _ in self.measures:
            measure.check_loss(loss)

    def cells(
        self,
        view: View,
        challenger: int,
        champion: int | None,
        rows: Rows,
        weights: np.ndarray | None,
    ) -> list[list[Cell]]:
        """For each metric the whole and its slices, on labelled rows that all models answer."""
        return cells(view, challenger, champion, rows, self.measures, self.draws, weights)

    def silent(self, cell: Cell, test: str) -> Line:
        """The line of a cell that says nothing, and why."""
        few = cell.size < self.min_rows
        why = f"{cell.size} rows, needs {self.min_rows}" if few else f"no value: {cell.found[1]}"
        return self.line(cell, test, None, None, why)

    def line(
        self,
        cell: Cell,
        test: str,
        gain: Interval | None,
        accepted: bool | None,
        reason: str,
        shows: float = math.nan,
    ) -> Line:
        """A line of a report card; the interval is of how much the challenger is better."""
        low, high = (math.nan, math.nan) if gain is None else (gain.low, gain.high)
        if cell.sign < 0:
            low, high = -high, -low
        values = cell.found[0] if cell.size else [math.nan] * len(cell.given)
        challenger, champion = [*values, math.nan][:2]
        return Line(
            test, cell.metric, cell.of_slice, number(challenger), number(champion), number(low),
            number(high), cell.size, accepted, reason, number(shows),
        )  # fmt: skip


def number(value: float) -> float | None:
    """None for what is no number, or is not finite."""
    return float(value) if math.isfinite(value) else None


def verdict(card: Sequence[Line], must: str = "every") -> Verdict:
    """What the lines of a report card come to.

    The whole must say something in each metric, or there is no evidence; a slice need not.

    Parameters
    ----------
    card : sequence of Line
    must : {'every', 'any'}, default='every'
        How many of the lines that say something must be accepted.
    """
    whole = [line for line in card if line.of_slice == WHOLE]
    first = card[0]
    detail = {"challenger": first.challenger, "champion": first.champion, "rows": first.rows}
    numbers = {key: float(value) for key, value in detail.items() if value is not None}
    silent = next((line for line in whole if line.accepted is None), None)
    if silent is not None:
        reason = f"no evidence: {silent.metric}, {silent.reason}"
        return Verdict(False, reason, numbers, card=tuple(card))
    asked = [line for line in card if line.accepted is not None]
    passed = [line for line in asked if line.accepted]
    accepted = bool(passed) if must == "any" else len(passed) == len(asked)
    deciding = next(line for line in asked if line.accepted is accepted)
    where = "" if len(card) == 1 else f"{deciding.metric}, {deciding.of_slice}: "
    count = "" if len(asked) == 1 else f" ({len(passed)} of {len(asked)} lines hold)"
    return Verdict(accepted, f"{where}{deciding.reason}{count}", numbers, card=tuple(card))
