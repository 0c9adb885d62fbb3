"""What adaptations share: how often they learn, and from which rows."""

from __future__ import annotations

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_flag, check_number
from clsim.policies import Adapted
from clsim.protocols import Adaptation
from clsim.types import Rows, Schema
from clsim.view import View


class Regular(Adaptation):
    """An adaptation that learns anew every so often, from the last rows; the base of most.

    Parameters
    ----------
    window : int, default=500
        Number of the latest rows.
    min_rows : int, default=100
        Number of those among them on which the model was not trained that it takes; with fewer,
        what is in force stays.
    every : int or str, default=1
        How often it learns: ticks, or a duration that is a whole number of them.
    survives : bool, default=False
        Whether what is in force goes on for a new champion, until it is next learned. Else a new
        champion begins with what is learned for it in the tick in which it begins to serve.

    Examples
    --------
    One that would answer the second class the more readily, the larger its share among the last
    labels. It learns in every third tick, from two rows at the least:

    >>> from types import SimpleNamespace
    >>> from clsim.policies import Adapt, Cut
    >>> class ByShare(Regular):
    ...     def adapt(self, view, model, policy, without):
    ...         rows = self.labelled(view, model, without)
    ...         if len(rows) < self.min_rows:
    ...             return None
    ...         at = 1 - float(view.y(rows).mean())
    ...         return Adapt(policy.deciding(Cut(at)), f"cut at {at}", rows=len(rows))
    >>> adaptation = ByShare(window=4, min_rows=2, every=3)
    >>> adaptation.bind(Clock.of(False, tick=100))
    >>> [adaptation.due(tick) for tick in (0, 3, 4)]
    [3, 3, 6]
    >>> view = SimpleNamespace(  # what is asked of a view here
    ...     latest_known=lambda count: np.arange(10)[-count:],
    ...     usable=lambda rows: rows,
    ...     model=lambda number: SimpleNamespace(untrained=lambda rows: rows > 5),
    ...     y=lambda rows: (rows == 7).astype(int),
    ... )
    >>> adaptation.adapt(view, 1, Adapted(), without=np.array([8, 9])).reason  # of the rows 6 and 7
    'cut at 0.5'
    """

    def __init__(
        self, window: int = 500, min_rows: int = 100, every: Duration = 1, survives: bool = False
    ) -> None:
        check_number("window", window, whole=True, low=1)
        check_number("min_rows", min_rows, whole=True, low=1, high=window)
        check_flag("survives", survives)
        self.window, self.min_rows, self.survives = window, min_rows, survives
        self.every = as_duration(every, "every", positive=True)

    def bind(self, clock: Clock) -> None:
        self._every = clock.ticks(self.every, "adaptation.every")

    def due(self, tick: int) -> int:
        tick = max(tick, 1)
        return tick + (-tick) % self._every

    def check_loss(self, loss: str, schema: Schema) -> None:
        """Refuse what is no classification."""
        if schema.task != "classification":
            raise ValueError(
                f"adaptation: {self.class_name} is about probabilities of classes, and the "
                f"stream's task is {schema.task}"
            )

    def labelled(self, view: View, model: int, without: Rows) -> Rows:
        """The last rows with a label on which a model was not trained, those left out apart."""
        rows = view.usable(view.latest_known(self.window))
        rows = rows[view.model(model).untrained(rows)]
        return np.setdiff1d(rows, without, assume_unique=True) if len(without) else rows

    def latest(self, view: View, model: int) -> Rows:
        """The last rows on which a model was not trained, with a label or without."""
        rows = view.recent(self.window)
        known = view.labels.known(rows)
        new = ~known
        new[known] = view.model(model).untrained(rows[known])
        return rows[new]

    @staticmethod
    def said(view: View, model: int, policy: Adapted, rows: Rows) -> tuple[Rows, np.ndarray]:
        """Those of some rows that a model can answer, and what their probabilities have become."""
        chances = policy.chances(view.model(model).chances(rows))
        there = ~np.isnan(chances[:, 0])
        return rows[there], chances[there]
