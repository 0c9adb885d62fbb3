"""Predictions of versions into their losses: of each event, and the ticks that events lie in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Duration, as_duration, parse_duration
from clsim.hindsight.given import Versions, numbers, refuse, said
from clsim.losses import Loss
from clsim.types import Schema

OF_ANSWERS = ("zero_one", "absolute", "squared")
"""Losses that an answer and the truth have."""


def edges_of(at: np.ndarray, place: str, timed: bool, tick: Duration | None) -> np.ndarray:
    """Starts of the ticks in which events lie, and the end of the last.

    Parameters
    ----------
    at : numpy.ndarray of int64
        Place of each event.
    place : {'tick', 'time', 'row'}
        What it counts.
    timed : bool
    tick : int, str or None
        Length of a tick: rows, or a duration. None: events say their ticks.

    Returns
    -------
    numpy.ndarray of shape (T + 1,), int64
        The first tick starts with the first event.
    """
    if tick is None:
        raise ValueError(
            f"tick: say how long one is, since predictions have a column {place!r}: "
            + ("a duration such as '7d'" if timed else "a number of rows such as 1000")
        )
    tick = as_duration(tick, "tick", positive=True)
    if isinstance(tick, int) == timed:
        need = "a duration such as '7d'" if timed else "a number of rows"
        raise ValueError(f"tick={tick!r}: the column {place!r} needs {need}")
    length = tick if isinstance(tick, int) else parse_duration(tick, "tick")
    first = int(at.min())
    return first + length * np.arange((int(at.max()) - first) // length + 2)


def losses_of(frame: pd.DataFrame, kind: str, unanswered: str | None) -> np.ndarray:
    """Loss of each row.

    Parameters
    ----------
    frame : pandas.DataFrame
        With columns y_true and y_pred.
    kind : {'zero_one', 'absolute', 'squared'}
    unanswered : {'skip', 'wrong'} or None
        What an event without an answer loses: nothing, or 1. None: there must be none.

    Raises
    ------
    ValueError
        For another loss; for a value that is missing; for answers that are not of the kind of the
        truth, as text is not of numbers, nor a probability of classes.
    """
    if kind not in OF_ANSWERS:
        raise ValueError(
            f"loss={kind!r}: of predictions {', '.join(OF_ANSWERS)} can be reckoned; of another "
            "one, give the columns tick, loss and n"
        )
    missing = frame["y_pred"].isna()
    if frame["y_true"].isna().any():
        need = "an event without the truth has no loss: leave it out for every version"
        refuse(frame, "y_true", frame["y_true"].isna(), need)
    if missing.any() and unanswered is None:
        refuse(
            frame, "y_pred", missing, "an event without an answer has no loss: leave it out for "
            "every version, or say how it counts: unanswered='skip' or 'wrong'",
        )  # fmt: skip
    lost = np.full(len(frame), float(unanswered == "wrong"))
    some = ~missing.to_numpy()
    answered = frame[some]
    if kind != "zero_one":
        loss = Loss(kind, Schema((), "regression", np.empty(0), False))
        lost[some] = loss.per_event(numbers(answered, "y_true"), numbers(answered, "y_pred"))
        return lost
    truth, answers, classes = _coded(answered)
    loss = Loss(kind, Schema((), "classification", classes, False))
    lost[some] = loss.per_event(truth, answers)
    return lost


def _coded(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes of truths and of answers (-1 for none of the classes), and the classes."""
    truth, answer = frame["y_true"], frame["y_pred"].infer_objects()
    if _numeric(truth) != _numeric(answer):
        kind = "numbers" if _numeric(truth) else "text"
        everywhere = np.ones(len(frame), bool)
        refuse(
            frame, "y_pred", everywhere, f"the column 'y_true' has {kind}, so no answer is right"
        )
    kind_of: Any = float if _numeric(truth) else str
    truth, answer = truth.astype(kind_of), answer.astype(kind_of)
    code, classes = pd.factorize(truth)
    answers = pd.Index(classes).get_indexer(answer)
    strange = answers < 0
    if strange.all() or (_numeric(answer) and strange.any() and _parts(answer) > _parts(truth)):
        refuse(
            frame, "y_pred", strange, "no such truth is in 'y_true'; give the answers, one of the "
            "classes, and not their probabilities",
        )  # fmt: skip
    return code, answers, np.asarray(classes)


def _numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values)


def _parts(values: pd.Series) -> bool:
    """Whether some number has a fraction."""
    return bool((values % 1 != 0).any())


def check_same_events(
    frame: pd.DataFrame, at: np.ndarray, versions: Versions, counts: np.ndarray, first: int,
    timed: bool, of_slice: np.ndarray,
) -> None:  # fmt: skip
    """Refuse a version that was scored on other events than the first model.

    Parameters
    ----------
    frame : pandas.DataFrame
        With a column y_true.
    at : numpy.ndarray of int64
        Place of each row.
    versions : Versions
    counts : numpy.ndarray of bool
        Rows that count: those of ticks in which the version may serve.
    first : int
        The version that is the first model.
    timed : bool
    of_slice : numpy.ndarray of int64
        The slice of each row.

    Raises
    ------
    ValueError
        With the version and the place.
    """
    truth = pd.factorize(frame["y_true"].astype(object))[0]
    truth = truth * (of_slice.max() + 1) + of_slice
    order = np.lexsort((truth, at))
    events = np.column_stack([at, truth])[order]
    code, counted = versions.code[order], counts[order]
    every = events[(code == first) & counted]
    for version, name in enumerate(versions.names):
        own = events[(code == version) & counted]
        if len(own) == 0:
            continue
        low, high = np.searchsorted(every[:, 0], [own[0, 0], own[-1, 0] + 1])
        there = every[low:high]
        size = min(len(own), len(there))
        unlike = (own[:size] != there[:size]).any(axis=1)
        if unlike.any() or len(own) != len(there):
            k = int(unlike.argmax()) if unlike.any() else size
            place = (own if len(own) > k else there)[k, 0]
            raise ValueError(
                f"version {name!r} was scored on other events than version "
                f"{versions.names[first]!r}, at {said(int(place), timed)}: every version needs "
                "the same events, with the same truth and slice"
            )
