"""The values of monitors for each model and tick of a table: ``S[i, j]``, as data.

`clsim.hindsight.measured` finds them out, `clsim.hindsight.rules` runs rules over them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clsim.hindsight.losses import check_shape
from clsim.types import Columns, Of

Values = dict[Of, float]


@dataclass(frozen=True, eq=False)
class Signals:
    """The values of monitors for each model and tick of a table, and what rules see beside them.

    Attributes
    ----------
    values : dict of str to dict
        For each monitor and each thing that it has a value of (None, a feature, or a feature and
        slice), ``S`` as an array of shape (m, T): NaN where there is none.
    starts : numpy.ndarray of shape (T + 1,), int64
        Clock time at which each tick starts, and the end of the last.
    ends : numpy.ndarray of shape (m,), int64
        The tick in which each training takes effect, failed ones too; ``NEVER`` after the end.
    labels : numpy.ndarray of shape (T,), int64
        Number of labels that are known at the start of each tick.
    timed : bool
        Whether the clock counts microseconds; if not, rows.
    decides : dict of str to bool
        For each monitor, whether rules may go by it.
    """

    values: dict[str, dict[Of, np.ndarray]]
    starts: np.ndarray
    ends: np.ndarray
    labels: np.ndarray
    timed: bool
    decides: dict[str, bool] = field(default_factory=dict)

    def check(self, models: int, ticks: int) -> None:
        """Refuse signals that are of other models or ticks than a table's.

        Raises
        ------
        ValueError
        """
        check_shape("signals.starts", self.starts, (ticks + 1,))
        check_shape("signals.ends", self.ends, (models,))
        check_shape("signals.labels", self.labels, (ticks,))
        for name, some in self.values.items():
            for values in some.values():
                check_shape(f"signals.{name}", values, (models, ticks))

    @property
    def about(self) -> dict[str, Any]:
        """What is said of them in a file, beside their columns."""
        return {
            "starts": self.starts.tolist(), "labels": self.labels.tolist(), "timed": self.timed,
            "decides": self.decides,
        }  # fmt: skip

    @property
    def columns(self) -> Columns:
        """They as columns of a file."""
        found = {
            column_of(name, of): values
            for name, some in self.values.items()
            for of, values in some.items()
        }
        return {"ends": self.ends, **found}

    def of(self, name: str, row: int, tick: int) -> Values:
        """What a monitor says in a tick while the model of a row serves; empty where nothing."""
        said = {of: float(values[row, tick]) for of, values in self.values[name].items()}
        return {of: value for of, value in said.items() if value == value}


PREFIX = "signal "


def column_of(name: str, of: Of) -> str:
    """What the values of a monitor are called in a file."""
    return PREFIX + json.dumps([name, list(of) if isinstance(of, tuple) else of])


def of_columns(columns: Columns) -> dict[str, dict[Of, np.ndarray]]:
    """The values of monitors out of the columns of a file."""
    found: dict[str, dict[Of, np.ndarray]] = {}
    for column, values in columns.items():
        if column.startswith(PREFIX):
            name, of = json.loads(column.removeprefix(PREFIX))
            found.setdefault(name, {})[tuple(of) if isinstance(of, list) else of] = values
    return found


def read_signals(columns: Columns, about: Any) -> Signals | None:
    """The signals of a table, out of its columns and what its file says of them.

    Raises
    ------
    ValueError
        If it does not say what belongs to them.
    """
    if about is None:
        return None
    shape = columns["loss"].shape
    fine = isinstance(about, dict) and isinstance(about.get("timed"), bool)
    for name, size in (("starts", shape[1] + 1), ("labels", shape[1])) if fine else ():
        given = about.get(name)
        fine &= isinstance(given, list) and len(given) == size
        fine = fine and all(type(value) is int for value in given)
    if not fine or "ends" not in columns or not isinstance(about.get("decides"), dict):
        raise ValueError("does not say of when its signals are")
    values: dict[str, dict[Of, np.ndarray]] = {name: {} for name in about["decides"]}
    for name, found in of_columns(columns).items():
        if name not in values:
            raise ValueError(f"does not say what the signal {name!r} is")
        values[name] = found
    return Signals(
        values, np.array(about["starts"]), columns["ends"], np.array(about["labels"]),
        about["timed"], about["decides"],
    )  # fmt: skip


def check_needs(given: Any) -> None:
    """Refuse what does not say, for each monitor, what it reads and how many seconds it takes.

    Raises
    ------
    ValueError
    """
    known = {"reads", "seconds", "expected"}
    fine = isinstance(given, dict) and all(
        isinstance(need, dict)
        and {*need} == known
        and isinstance(need["reads"], list)
        and all(isinstance(what, str) for what in need["reads"])
        and all(isinstance(need[name], float) for name in ("seconds", "expected"))
        for need in given.values()
    )
    if not fine:
        raise ValueError("does not say what its signals need")
