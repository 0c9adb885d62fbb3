"""What a table says of the model in production: what it answered, how sure, and which version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import as_numbers
from clsim.types import SUM_OF_CHANCES, Production, Schema


def production_of(
    frame: pd.DataFrame,
    schema: Schema,
    served: str | None,
    proba: Sequence[str],
    version: str | None,
) -> tuple[Production | None, tuple[str, ...]]:
    """What production answered, and the names of its versions in the order in which they came.

    Raises
    ------
    ValueError
        For answers that are no class or no number, chances that are none, or an answer without a
        version.
    """
    if served is None:
        for key, given in (("served_proba", proba), ("served_version", version)):
            if given:
                raise ValueError(
                    f"{key}={given!r}: say in which column production's answers are, as served"
                )
        return None, ()
    answers, missing = _answers(as_numbers(frame[served]), schema, served)
    chances = _chances(frame, schema, proba) if proba else None
    if version is None:
        return Production(answers, chances), ()
    codes, names = pd.factorize(frame[version].where(~missing))
    if ((codes < 0) & ~missing).any():
        row = int(np.argmax((codes < 0) & ~missing))
        raise ValueError(
            f"served_version={version!r}: row {row} has an answer and no version; name one, or "
            "leave its answer empty"
        )
    return Production(answers, chances, codes.astype(np.int64)), tuple(map(str, names))


def _answers(column: pd.Series, schema: Schema, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes of classes or values, and where there are none."""
    missing = column.isna().to_numpy()
    if schema.task == "regression":
        try:
            values = column.to_numpy(dtype=float, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise ValueError(f"served={name!r}: regression needs numbers") from error
        if np.isinf(values).any():
            raise ValueError(f"served={name!r}: row {int(np.argmax(np.isinf(values)))} is infinite")
        return values, missing
    said = column[~missing].tolist()
    if schema.classes.dtype.kind == "U":  # as the labels were read
        said = [str(answer) for answer in said]
    codes = np.full(len(column), -1, dtype=np.int64)
    codes[~missing] = schema.codes(said)
    strange = (codes < 0) & ~missing
    if strange.any():
        row = int(np.argmax(strange))
        raise ValueError(
            f"served={name!r}: row {row} has {column.iloc[row]!r}, which is none of the classes "
            f"({schema.listed}); correct it, leave it empty where nothing was answered, or declare "
            "it with classes=[...]"
        )
    return codes, missing


def _chances(frame: pd.DataFrame, schema: Schema, names: Sequence[str]) -> np.ndarray:
    """The chance of each class, from a column for each, or of two classes that of the second."""
    size, key = len(schema.classes), f"served_proba={list(names)!r}"
    if len(names) != size and not (size == 2 and len(names) == 1):
        need = "a column for each class" if size else "classes, and the task is regression"
        raise ValueError(f"{key}: needs {need}, in the order of {schema.listed or 'none'}")
    try:
        chances = frame[list(names)].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key}: probabilities are numbers") from error
    if len(names) == 1:
        chances = np.column_stack([1 - chances[:, 0], chances[:, 0]])
    chances[np.isnan(chances).any(axis=1)] = np.nan
    right = (chances >= 0).all(axis=1) & (np.abs(chances.sum(axis=1) - 1) <= SUM_OF_CHANCES)
    wrong = ~right & ~np.isnan(chances[:, 0])
    if wrong.any():
        row = int(np.argmax(wrong))
        given: Any = frame[list(names)].iloc[row].tolist()
        raise ValueError(f"{key}: row {row} has {given}, which are no probabilities")
    return chances
