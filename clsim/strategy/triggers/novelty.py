"""Triggers that go by what the champion has never seen."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number, unknown
from clsim.protocols import Trigger
from clsim.types import Fired, Rows, Schema
from clsim.view import View


class NewSlice(Trigger):
    """Retrain when events of a slice come that the champion was never trained on.

    Of a slice column of the stream: such as a shop that has opened since. It waits until labels of
    such events can be trained on, so that a training can make a difference.

    Parameters
    ----------
    column : str or None, default=None
        The slice column. None: any.
    min_rows : int, default=20
        Number of rows of a new slice, served since the deployment, that can be trained on.

    Examples
    --------
    >>> trigger = NewSlice("region", min_rows=50)

    The shop in the south opens after the warm-up, and in tick 1 two labels of it have come:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.streams import Recorded
    >>> shop = ["north", "north", "south", "south", "south", "south"]
    >>> log = pd.DataFrame({"x": range(6), "shop": shop, "y": [0, 1] * 3})
    >>> runs = clsim.replay(Recorded(log, label="y", slices="shop"),
    ...                     {"it": clsim.Strategy(NewSlice("shop", min_rows=2))},
    ...                     learner=DummyClassifier(), tick=2, warmup=2)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "trigger", ["tick", "reason"]].values.tolist()
    [[1, 'new slice shop=south']]
    """

    def __init__(self, column: str | None = None, min_rows: int = 20) -> None:
        check_number("min_rows", min_rows, whole=True, low=1)
        self.column = column
        self.min_rows = min_rows

    def check_schema(self, schema: Schema) -> None:
        if not schema.slices:
            raise ValueError("trigger: the stream has no slices, so there is never a new one")
        if self.column is not None and self.column not in schema.slices:
            raise ValueError(f"trigger.column: {unknown('column', self.column, schema.slices)}")

    def fires(self, view: View) -> Fired | None:
        if len(view.labels.arrived()) == 0 and view.tick > view.promoted:
            return None
        unseen = view.unseen()
        new = self._counts(view, unseen[unseen >= view.first_row(view.promoted)])
        new = {name: count for name, count in new.items() if count >= self.min_rows}
        if not new:
            return None
        seen = self._counts(view, np.setdiff1d(view.labelled(), unseen, assume_unique=True))
        found = {name: count for name, count in new.items() if name not in seen}
        if not found:
            return None
        names = tuple(f"new slice {name}" for name in found)
        return Fired(", ".join(names), {"rows": float(sum(found.values()))}, names)

    def _counts(self, view: View, rows: Rows) -> dict[str, int]:
        """Number of rows of each slice that has any."""
        counts: dict[str, int] = {}
        for column, codes in view.slices(rows).items():
            if self.column in (None, column):
                for code, count in zip(
                    *np.unique(codes[codes >= 0], return_counts=True), strict=True
                ):
                    counts[view.schema.slices[column][code]] = int(count)
        return counts
