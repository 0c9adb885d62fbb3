"""Times and targets that stay in Parquet files with the features, and how they are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from clsim.streams.tables.at_rest import AtRest
from clsim.streams.tables.columns import as_numbers
from clsim.streams.tables.dates import Dates
from clsim.streams.tables.labels import labels_of
from clsim.streams.tables.roles import Roles
from clsim.streams.tables.times import event_times, label_times_of
from clsim.types import Batch, Schema

FIELDS = {
    "time": "time", "label_time": "label_time", "available": "available", "deleted": "deleted",
    "complained": "complaints", "label": "y",
}  # fmt: skip
"""For each role of a column, what it is called in a batch."""


@dataclass(frozen=True)
class Rest:
    """Columns of the events that take no memory between two looks at them.

    All of their values were checked when the table was read.

    Attributes
    ----------
    names : dict of str to str
        Their columns, by role.
    timed : bool
    start, every : str or None
        As for `Recorded`; where no column says it, an event's time follows from its row.
    even : bool
        Whether it does.
    """

    names: Mapping[str, str]
    timed: bool
    start: str | None
    every: str | None
    even: bool

    @classmethod
    def of(
        cls, numbers: AtRest, roles: Roles, dates: Dates, schema: Schema, start: str | None,
        every: str | None,
    ) -> Rest:  # fmt: skip
        """Of a table that was read: times that are written as such, and targets."""
        given = {key: name for key, name in roles.times.items() if name is not None}
        given = {key: name for key, name in given.items() if dates.of(name) is None}
        if schema.task == "regression":
            given["label"] = roles.label
        names = {key: name for key, name in given.items() if numbers.plain(name)}
        return cls(names, schema.timed, start, every, roles.time is None)

    @property
    def fields(self) -> set[str]:
        """What is read, and features, as a batch calls them."""
        return {"X", *(FIELDS[key] for key in self.names), *(["time"] if self.even else [])}

    def without(self, events: Batch) -> Batch:
        """The events with nothing in the place of these columns."""
        n = len(events.y)
        nothing: dict[str, Any] = dict.fromkeys(self.fields - {"X"})
        for field in {"time", "y"} & nothing.keys():
            nothing[field] = np.broadcast_to(getattr(events, field)[:1].copy(), n)  # of one value
        return replace(events, **nothing)

    def read(self, frame: pd.DataFrame, row: int) -> dict[str, np.ndarray]:
        """Their values in a stretch of rows from a row on, as a batch has them."""
        found = {}
        if self.even:
            found["time"] = event_times(frame, None, self.start, self.every, row)
        for key, name in self.names.items():
            if key == "time":
                values = event_times(frame, name, None, None)
            elif key == "label":
                values = labels_of(as_numbers(frame[name]), name, "regression", None)[0]
            else:
                values = label_times_of(frame[name], name, self.timed, key)
            found[FIELDS[key]] = np.column_stack([values] * 2) if key == "complained" else values
        return found
