"""How many users complain of what they were answered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_flag, check_number
from clsim.slices import InSlices, Sliced
from clsim.types import Extent, Of, Schema
from clsim.view import View


class Complaints(InSlices):
    """The share of answered events of which the user complained within a stated time.

    Of events that are older than that time alone, so that all had as long to complain, and young
    ones do not pull the share down. It needs no labels.

    Parameters
    ----------
    mature : int or str
        Only events older than this count (rows, or a duration), and of their complaints those that
        came within it: the longer, the more of them, and the later they say so.
    window : int, default=500
        Number of the most recent such events.
    min_rows : int, default=50
        With fewer answered ones there is no number.
    per_class : bool, default=False
        Whether there is a number for each class too, by its name: of events that it was answered
        to.
    slices : sequence of str or `clsim.monitoring.Where`, default=()
        Slices that have a number too.

    Examples
    --------
    >>> monitor = Complaints("7d", slices=["region"])
    """

    reads_complaints = True

    shared = True

    def __init__(
        self,
        mature: Duration,
        window: int = 500,
        min_rows: int = 50,
        per_class: bool = False,
        slices: Sequence[Sliced] = (),
    ) -> None:
        super().__init__(slices)
        self.mature = as_duration(mature, "mature")
        check_number("window", window, whole=True, low=1)
        check_number("min_rows", min_rows, whole=True, low=1, high=window)
        check_flag("per_class", per_class)
        self.window, self.min_rows, self.per_class = window, min_rows, per_class

    def bind(self, clock: Clock) -> None:
        self._mature = clock.units(self.mature, "monitor.mature")

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        if self.per_class and schema.task != "classification":
            raise ValueError(
                "monitor.per_class=True: the stream's task is regression; leave it out"
            )

    def extent(self, score: Extent) -> Extent:
        return Extent(0, 1)

    def names(self, schema: Schema) -> Sequence[str]:
        return [str(name) for name in schema.classes] if self.per_class else ()

    def measure(self, view: View) -> dict[Of, float]:
        rows = view.recent(self.window, view.row_at(view.now - self._mature + 1))
        rows = rows[rows >= view.first_row(0)]
        answers = view.outcomes.answers(rows)
        there = ~np.isnan(answers) if view.schema.task == "regression" else answers >= 0
        rows, answers = rows[there], answers[there]
        complained = view.outcomes.complaints(rows) <= view.time(rows) + self._mature
        groups = self.groups(view, rows)
        if self.per_class:
            classes = enumerate(view.schema.classes)
            groups |= {str(name): answers == code for code, name in classes}
        return {
            of: float(complained[mask].mean())
            for of, mask in groups.items()
            if mask.sum() >= self.min_rows
        }
