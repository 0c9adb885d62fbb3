"""What wrong answers to the events of a table cost, in money, event by event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import as_numbers

Amount = str | Mapping[Any, str] | None
"""A column with what an error costs, or for each class one with what answering it earns."""


def amount_columns(given: Amount) -> list[str]:
    """The columns that are named.

    Raises
    ------
    TypeError
        If it is neither a column nor a mapping of classes to columns.
    """
    if given is None or isinstance(given, str):
        return [] if given is None else [given]
    if not isinstance(given, Mapping) or not all(isinstance(v, str) for v in given.values()):
        raise TypeError(
            f"amount={given!r}: give a column with what an error costs, or for each class the "
            "column with what answering it earns"
        )
    return list(given.values())


def amounts_of(
    frame: pd.DataFrame, given: Amount, task: str, classes: np.ndarray
) -> np.ndarray | None:
    """What an error on each row costs, or what each answer to it costs; None where nobody says.

    What the answer of a class costs is what the best answer to the row earns, minus what it earns
    itself.

    Returns
    -------
    numpy.ndarray of shape (n,) or (n, classes), or None

    Raises
    ------
    ValueError
        For regression; for an amount that is missing, infinite or no number, or the cost of an
        error that is negative; or if not every class has a column.
    """
    if given is None:
        return None
    if task != "classification":
        raise ValueError(
            f"amount={given!r}: says what a wrong class costs, and the task is {task}; for "
            "regression use the absolute or the squared loss"
        )
    if isinstance(given, str):
        costs = _numbers(frame, given)
        if (costs < 0).any():
            row = int(np.argmax(costs < 0))
            raise ValueError(
                f"amount={given!r}: row {row} has {costs[row]:g}, and an error cannot earn money; "
                "where answers earn or lose, name for each class the column of what it earns"
            )
        return costs
    by_class = {str(key): column for key, column in given.items()}
    names = [str(label) for label in classes.tolist()]
    if sorted(by_class) != sorted(names):
        raise ValueError(f"amount: has the classes {sorted(by_class)}, and the label {names}")
    earned = np.column_stack([_numbers(frame, by_class[name]) for name in names])
    return earned.max(axis=1, keepdims=True) - earned


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    values = as_numbers(frame[column])
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        raise ValueError(f"amount: column {column!r} holds {values.dtype}, and must hold numbers")
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers).all():
        row = int(np.argmin(np.isfinite(numbers)))
        raise ValueError(f"amount: column {column!r} is missing or infinite in row {row}")
    return numbers
