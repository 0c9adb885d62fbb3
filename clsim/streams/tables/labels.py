"""Labels in a table: the task, and the classes in their order."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_choice, unknown
from clsim.streams.tables.columns import EXACT, MISSING, as_floats, as_numbers
from clsim.types import Labelling

TRUTH = {"true": "1", "false": "0"}
"""Truth values in words, and as numbers."""


def task_of(labels: pd.Series, given: str | None, classes: Sequence[Any] | None) -> str:
    """The task as it is given, or as classes that are declared or else the labels say."""
    task = given or ("classification" if classes is not None else guess_task(labels))
    check_choice("task", task, ("classification", "regression"))
    if task == "regression" and classes is not None:
        raise ValueError(f"classes={list(classes)!r}: regression has none; leave out one of them")
    return task


def guess_task(labels: pd.Series) -> str:
    numbers = pd.api.types.is_numeric_dtype(labels.dtype)
    if not numbers or pd.api.types.is_bool_dtype(labels.dtype):
        return "classification"
    values = labels.dropna().unique()
    values = values[np.isfinite(values)]
    whole = np.all(np.equal(np.mod(values, 1), 0))
    return "classification" if whole and len(values) <= 100 else "regression"


def check_words(labels: pd.Series, name: str) -> None:
    """Refuse a label in a file that is a word such as 'None', a class or none at all."""
    rows = np.flatnonzero(labels.isin(MISSING))
    if len(rows):
        raise ValueError(
            f"label={name!r}: row {rows[0]} is {labels.iloc[rows[0]]!r}: if that is a class, name "
            "all of them in classes=[...]; if the label is missing, leave the row out, or give the "
            "truth and an empty label_time"
        )


def labelled(frame: pd.DataFrame, label: str, unlabelled: str) -> tuple[pd.DataFrame, int]:
    """The rows that are kept, and how many without a label are left out."""
    check_choice("unlabelled", unlabelled, ("refuse", "leave out"))
    known = frame[label].notna().to_numpy()
    if unlabelled == "refuse" or known.all():
        return frame, 0
    if not known.any():
        raise ValueError(f"label={label!r}: no row has a label")
    return frame[known].reset_index(drop=True), int((~known).sum())


MOST_ANSWERS = 20
"""Largest number of different answers of production that are counted one by one."""


def labelling_of(
    frame: pd.DataFrame, label: str, label_time: str | None, served: str | None, unlabelled: str
) -> Labelling | None:
    """Which rows of a log have a label, and by what production answered; None if all have one."""
    there = frame[label].notna().to_numpy()
    came = there if label_time is None else there & frame[label_time].notna().to_numpy()
    if came.all() or not came.any():
        return None
    rows = int(np.flatnonzero(came)[-1]) + 1  # what comes after may be still to come
    came, left_out = came[:rows], int((~there[:rows]).sum()) if unlabelled != "refuse" else 0
    answers: tuple[tuple[str, int, int], ...] = ()
    if served is not None and frame[served].nunique() <= MOST_ANSWERS:
        by_answer = pd.Series(came).groupby(frame[served].to_numpy(dtype=object)[:rows])
        answers = tuple((str(answer), len(of), int(of.sum())) for answer, of in by_answer)
    return Labelling(rows, int(came.sum()), left_out, answers)


def labels_of(
    labels: pd.Series, name: str, task: str, classes: Sequence[Any] | None
) -> tuple[np.ndarray, np.ndarray]:
    if labels.isna().any():
        row = int(np.flatnonzero(labels.isna())[0])
        raise ValueError(
            f"label={name!r}: row {row} has no label (NaN); give the truth and an empty "
            "label_time, or say unlabelled='leave out'"
        )
    if task == "regression":
        values = _of_categories(labels)
        if values.dtype.kind not in "biuf":
            raise ValueError(f"label={name!r}: regression needs numbers")
        y = as_floats(values, f"label={name!r}")
    else:
        y, found = _class_values(labels, name)
    if y.dtype.kind == "f" and np.isinf(y).any():
        raise ValueError(f"label={name!r}: row {int(np.flatnonzero(np.isinf(y))[0])} is infinite")
    if task == "regression":
        return y, np.empty(0)
    if y.dtype.kind == "f" and np.all(np.mod(y, 1) == 0) and np.abs(y).max() <= EXACT:
        y = y.astype(np.int64)
    if y.dtype.kind != "U":
        found = np.unique(y)
    if classes is None and isinstance(labels.dtype, pd.CategoricalDtype) and labels.cat.ordered:
        classes = labels.cat.categories.tolist()
    if classes is None:
        _check_found(found, name)
        return y, found
    known = _declared(classes, y, name)
    extra = np.setdiff1d(found, known)
    if len(extra):
        raise ValueError(f"classes: {unknown('label', extra[0], known)}")
    return (y if y.dtype.kind == "U" else y.astype(known.dtype, copy=False)), known


def _check_found(found: np.ndarray, name: str) -> None:
    """Refuse classes that nobody declared and that can hardly be meant; warn of one alone.

    Raises
    ------
    ValueError
        For two that differ in case or in spaces, or are one truth value written in two ways.
    """
    if len(found) == 1:
        warnings.warn(
            f"label={name!r}: every row is {found[0]}, so every model is right; give rows of "
            "another class too, or say with classes=[...] which there may be",
            UserWarning,
            stacklevel=2,
        )
    alike: dict[str, str] = {}
    written = found.tolist() if found.dtype.kind == "U" else []
    keys = [" ".join(one.casefold().split()) for one in written]
    if {*keys} <= {*TRUTH, *TRUTH.values()}:
        keys = [TRUTH.get(key, key) for key in keys]
    for key, one in zip(keys, written, strict=True):
        other = alike.setdefault(key, one)
        if other != one:
            raise ValueError(
                f"label={name!r}: {other!r} and {one!r} are one class written in two ways; write "
                "them alike, or say with classes=[...] that they are two"
            )


def _class_values(labels: pd.Series, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels of classes as numbers, booleans or text; and of text what occurs, sorted."""
    labels = _of_categories(labels)
    kind: Any = labels.dtype
    if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
        return labels.to_numpy(dtype=getattr(kind, "numpy_dtype", kind)), np.empty(0)
    if isinstance(kind, pd.StringDtype):  # written out once for each class
        codes, names = pd.factorize(labels)
        words = np.asarray(names, dtype=str)
        return words[codes], np.sort(words)
    text = labels.astype(str).to_numpy(dtype=str)
    values, texts = labels.nunique(), len(np.unique(text))
    if texts != values:
        what = "two values are written alike, such as 1 and '1'"
        if texts > values:
            what = "a value is written in two ways, such as 1 and True"
        raise ValueError(f"label={name!r}: {what}; make them one, or write them otherwise")
    return text, np.unique(text)


def _of_categories(labels: pd.Series) -> pd.Series:
    """Labels as what their categories are, if they have such."""
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return as_numbers(labels.astype(labels.cat.categories.dtype))
    return labels


def _declared(classes: Sequence[Any], y: np.ndarray, name: str) -> np.ndarray:
    """Classes in their order, of the type of the labels where that changes none of them."""
    if isinstance(classes, (str, set, frozenset, dict)):
        raise TypeError(f"classes={classes!r}: give a list, in the order that they are to have")
    given = pd.Series(list(classes), dtype=object)
    if given.isna().any():
        raise ValueError(f"classes: number {int(np.argmax(given.isna()))} is missing (NaN)")
    if y.dtype.kind == "U":
        known = np.array([str(value) for value in classes], dtype=str)
    else:
        try:
            known = pd.to_numeric(as_numbers(given).infer_objects()).to_numpy()
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"classes={list(classes)!r}: the labels in {name!r} are {y.dtype}; give such, or "
                "turn the labels into text"
            ) from error
        with np.errstate(invalid="ignore"):
            same = known.astype(y.dtype)
        known = same if np.array_equal(same, known) else known
    values, times = np.unique(known, return_counts=True)
    if (times > 1).any():
        raise ValueError(f"classes: '{values[times > 1][0]}' is given twice; leave one out")
    return known
