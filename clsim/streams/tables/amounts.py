"""What wrong answers to the events of a table cost, in money, event by event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_number, unknown
from clsim.streams.tables.columns import as_numbers

Amount = str | Mapping[Any, Any] | None
"""A column with what an error costs; for each class one with what answering it earns; or for true
classes, what each answer costs: columns or numbers by the class that is answered."""


def amount_kind(given: Amount) -> str | None:
    """What amounts are of, as `clsim.types.Schema.amounts` says it.

    Raises
    ------
    TypeError
        If it is neither a column, nor a mapping of classes to columns, nor one of true classes to
        such mappings.
    """
    if given is None or isinstance(given, str):
        return None if given is None else "error"
    values = list(given.values()) if isinstance(given, Mapping) else []
    if values and all(isinstance(value, str) for value in values):
        return "answer"
    nested = values and all(isinstance(value, Mapping) and value for value in values)
    if nested and all(_costs(one) for value in values for one in value.values()):
        return "pair"
    raise TypeError(
        f"amount={given!r}: give a column with what an error costs; for each class the column with "
        "what answering it earns; or for each true class what wrong answers cost, as in "
        "{fraud: {ok: value}, ok: {fraud: 5}}, in columns or numbers"
    )


def _costs(given: Any) -> bool:
    number = isinstance(given, (int, float)) and not isinstance(given, bool)
    return number or isinstance(given, str)


def amount_columns(given: Amount) -> list[str]:
    """The columns that are named.

    Raises
    ------
    TypeError
        As `amount_kind`.
    """
    kind = amount_kind(given)
    if given is None or isinstance(given, str):
        return [] if given is None else [given]
    named = list(given.values())
    if kind == "pair":
        named = [one for value in given.values() for one in value.values()]
    return list(dict.fromkeys(one for one in named if isinstance(one, str)))


def amounts_of(
    frame: pd.DataFrame, given: Amount, task: str, classes: np.ndarray
) -> np.ndarray | None:
    """What an error on each row costs, or each answer to it; None where nobody says.

    Where answers earn, what the answer of a class costs is what the best answer to the row earns,
    minus what it earns itself. By true and answered class, what nobody names costs nothing.

    Returns
    -------
    numpy.ndarray of shape (n,), (n, classes) or (n, classes, classes), or None

    Raises
    ------
    ValueError
        For regression; for an amount that is missing, infinite or no number, or a cost that is
        negative; or if not every class has a column, or one that is named is none.
    """
    if given is None:
        return None
    if task != "classification":
        raise ValueError(
            f"amount={given!r}: says what a wrong class costs, and the task is {task}; for "
            "regression use the absolute or the squared loss"
        )
    if isinstance(given, str):
        return _costs_of(frame, given)
    by_class = {str(key): column for key, column in given.items()}
    names = [str(label) for label in classes.tolist()]
    if amount_kind(given) == "pair":
        return _pairs(frame, by_class, names)
    if sorted(by_class) != sorted(names):
        raise ValueError(f"amount: has the classes {sorted(by_class)}, and the label {names}")
    earned = np.column_stack([_numbers(frame, by_class[name]) for name in names])
    return earned.max(axis=1, keepdims=True) - earned


def _costs_of(frame: pd.DataFrame, column: str) -> np.ndarray:
    costs = _numbers(frame, column)
    if (costs < 0).any():
        row = int(np.argmax(costs < 0))
        raise ValueError(
            f"amount={column!r}: row {row} has {costs[row]:g}, and an error cannot earn money; "
            "where answers earn or lose, name for each class the column of what it earns"
        )
    return costs


def _pairs(frame: pd.DataFrame, by_class: Mapping[str, Any], names: list[str]) -> np.ndarray:
    """Costs by true and answered class, of each row."""
    costs = np.zeros((len(frame), len(names), len(names)))
    for true, by_answer in by_class.items():
        for answered, given in by_answer.items():
            for name in (true, str(answered)):
                if name not in names:
                    raise ValueError(f"amount: {unknown('class', name, names)}")
            cell = costs[:, names.index(true), names.index(str(answered))]
            if isinstance(given, str):
                cell[:] = _costs_of(frame, given)
            else:
                check_number(f"amount: {true}: {answered}", given, low=0)
                cell[:] = given
    if not costs.any():
        raise ValueError("amount: no answer to any row costs anything")
    return costs


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    values = as_numbers(frame[column])
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        raise ValueError(f"amount: column {column!r} holds {values.dtype}, and must hold numbers")
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers).all():
        row = int(np.argmin(np.isfinite(numbers)))
        raise ValueError(f"amount: column {column!r} is missing or infinite in row {row}")
    return numbers
