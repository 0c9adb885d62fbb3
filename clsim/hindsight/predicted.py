"""Predictions of versions into their losses: of each event, and the ticks that events lie in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Duration, as_duration, parse_duration
from clsim.hindsight.given import Versions, numbers, refuse, said

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


def losses_of(frame: pd.DataFrame, loss: str) -> np.ndarray:
    """Loss of each row.

    Parameters
    ----------
    frame : pandas.DataFrame
        With columns y_true and y_pred.
    loss : {'zero_one', 'absolute', 'squared'}

    Raises
    ------
    ValueError
        For another loss; for a value that is missing; for answers that are not of the kind of the
        truth, as text is not of numbers, nor a probability of classes.
    """
    if loss not in OF_ANSWERS:
        raise ValueError(
            f"loss={loss!r}: of predictions {', '.join(OF_ANSWERS)} can be reckoned; of another "
            "one, give the columns tick, loss and n"
        )
    for name, why in (("y_true", "without the truth"), ("y_pred", "without an answer")):
        if frame[name].isna().any():
            need = f"an event {why} has no loss: leave it out for every version"
            refuse(frame, name, frame[name].isna(), need)
    if loss != "zero_one":
        apart = numbers(frame, "y_true") - numbers(frame, "y_pred")
        return np.abs(apart) if loss == "absolute" else apart**2
    truth, answer = frame["y_true"], frame["y_pred"]
    if _numeric(truth) != _numeric(answer):
        kind = "numbers" if _numeric(truth) else "text"
        everywhere = np.ones(len(frame), bool)
        refuse(
            frame, "y_pred", everywhere, f"the column 'y_true' has {kind}, so no answer is right"
        )
    kind_of: Any = float if _numeric(truth) else str
    truth, answer = truth.astype(kind_of), answer.astype(kind_of)
    strange = ~answer.isin(truth.unique())
    if strange.all() or (_numeric(answer) and strange.any() and _parts(answer) > _parts(truth)):
        refuse(
            frame, "y_pred", strange, "no such truth is in 'y_true'; give the answers, one of the "
            "classes, and not their probabilities",
        )  # fmt: skip
    return (truth.to_numpy() != answer.to_numpy()).astype(float)


def _numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values)


def _parts(values: pd.Series) -> bool:
    """Whether some number has a fraction."""
    return bool((values % 1 != 0).any())


def check_same_events(
    frame: pd.DataFrame, at: np.ndarray, versions: Versions, counts: np.ndarray, first: int,
    timed: bool,
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

    Raises
    ------
    ValueError
        With the version and the place.
    """
    truth = pd.factorize(frame["y_true"].astype(object))[0]
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
                "the same events, with the same truth"
            )


def sums(
    code: np.ndarray, tick: np.ndarray, loss: np.ndarray, shape: tuple[int, int]
) -> tuple[Any, Any]:
    """Summed loss and number of events of each version in each tick."""
    flat, size = code * shape[1] + tick, shape[0] * shape[1]
    total = np.bincount(flat, weights=loss, minlength=size).reshape(shape)
    return total, np.bincount(flat, minlength=size).reshape(shape)
