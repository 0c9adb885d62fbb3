"""By how much estimates without labels were off, as labels said later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import parse_duration
from clsim.runs.run import Run


@dataclass(frozen=True)
class Estimate:
    """A signal that estimates a score, as its monitor says of itself.

    Attributes
    ----------
    signal : str
    accuracy : bool
        Whether it is the accuracy, or the declared score.
    window : int or str
        The events that it judges.
    """

    signal: str
    accuracy: bool
    window: int | str


def estimates(run: Run) -> list[Estimate]:
    """The signals of a run that estimate a score which labels can be held against.

    The accuracy or the declared score, as monitors say of themselves (`Monitor.measures`); other
    rates, costs and bounds are none.

    Parameters
    ----------
    run : Run
        Uses ``run.info.signals``: what its monitors say of themselves.

    Returns
    -------
    list of Estimate
        In the order of the monitors: ``signal`` (its name), ``accuracy`` (True: the accuracy;
        False: the declared score) and ``window`` (the events that a value judges, a number or a
        duration).

    Examples
    --------
    A signal of a distance estimates no score.

    >>> from clsim.runs.info import RunInfo, Signal
    >>> told = {"cbpe": Signal("accuracy", judges=500), "psi": Signal()}
    >>> estimates(Run({}, RunInfo(signals=told)))
    [Estimate(signal='cbpe', accuracy=True, window=500)]
    """
    return [
        Estimate(name, signal.measures == "accuracy", signal.judges)
        for name, signal in run.info.signals.items()
        if signal.measures in ("accuracy", "score") and signal.judges is not None
    ]


def held_against_labels(run: Run, estimate: Estimate) -> pd.DataFrame:
    """What an estimate said in each tick, and what the labels of the same events said later.

    Of ticks whose window one model answered, the one that the estimate is of; a window begins with
    a tick. Events that were not answered count in neither.

    Parameters
    ----------
    run : Run
    estimate : Estimate

    Returns
    -------
    pandas.DataFrame
        Columns ``tick``; ``start`` and ``end``, clock times of the window; ``said``; ``labels``,
        the score by the labels; ``n``, the events that were answered; ``off``, their difference.

    Examples
    --------
    Of the 10 events of each tick, 9, 9, 6 and 9 were answered rightly. The estimate of the last 10
    events said 0.9 at the start of ticks 2 and 3: the second time it was 0.3 too high.

    >>> from clsim.runs.info import RunInfo
    >>> start = [0, 10, 20, 30]
    >>> right = pd.DataFrame({"tick": range(4), "slice": "all", "y_true": 1, "y_pred": 1,
    ...                       "n": [9, 9, 6, 9]})
    >>> ticks = pd.DataFrame({"tick": range(4), "start": start, "end": [10, 20, 30, 40],
    ...                       "slice": "all", "n": 10, "answered": 10, "errors": [1, 1, 4, 1],
    ...                       "score": [0.9, 0.9, 0.6, 0.9], "model": 0})
    >>> told = pd.DataFrame({"tick": [2, 3], "signal": "cbpe", "of": None, "slice": "all",
    ...                      "value": [0.9, 0.9], "model": 0})
    >>> run = Run({"ticks": ticks, "confusion": right, "signals": told}, RunInfo())
    >>> held = held_against_labels(run, Estimate("cbpe", accuracy=True, window=10))
    >>> held.round(2)
       tick  start  end  said  labels   n  off
    0     2     10   20   0.9     0.9  10  0.0
    1     3     20   30   0.9     0.6  10  0.3
    """
    columns = ["tick", "start", "end", "said", "labels", "n", "off"]
    ticks = run.whole.reset_index(drop=True)
    scores = ticks["score"].to_numpy(float)
    answered = ticks["answered"].to_numpy(float)
    if estimate.accuracy:
        if ticks["errors"].isna().all():
            return pd.DataFrame(columns=columns)
        confusion = run.confusion
        assert confusion is not None
        whole = confusion[confusion["slice"] == "all"]
        right = whole[whole["y_true"] == whole["y_pred"]].groupby("tick")["n"].sum()
        hits = right.reindex(ticks["tick"], fill_value=0).to_numpy(float)
        scores = np.divide(hits, answered, out=np.zeros(len(hits)), where=answered > 0)
    sums = np.concatenate([[0.0], np.cumsum(np.where(answered > 0, scores * answered, 0.0))])
    counts = np.concatenate([[0.0], np.cumsum(answered)])
    first = _first_ticks(ticks, estimate.window)
    model = ticks["model"].to_numpy()
    since = np.maximum.accumulate(np.where(np.append(True, model[1:] != model[:-1]),
                                           np.arange(len(model)), 0))  # fmt: skip
    rows = run.signals
    assert rows is not None
    mine = rows[(rows["signal"] == estimate.signal) & rows["of"].isna() & (rows["slice"] == "all")]
    found = []
    for tick, of, said in zip(mine["tick"], mine["model"], mine["value"], strict=True):
        low = first[tick]
        if low < 0 or np.isnan(said) or of != model[tick - 1] or since[tick - 1] > low:
            continue
        n = counts[tick] - counts[low]
        if n == 0:
            continue
        labels = (sums[tick] - sums[low]) / n
        start, end = ticks["start"][low], ticks["start"][tick]
        found.append((tick, start, end, said, labels, int(n), said - labels))
    return pd.DataFrame(found, columns=columns)


def _first_ticks(ticks: pd.DataFrame, window: int | str) -> np.ndarray:
    """The tick with which the window of each tick begins; -1 where it is not over yet."""
    starts = ticks["start"].to_numpy()
    if isinstance(window, int):
        before = np.concatenate([[0], np.cumsum(ticks["n"].to_numpy(np.int64))])[:-1]
        wanted = before - window
        found = np.searchsorted(before, wanted, "right") - 1
        return np.where(wanted >= 0, found, -1)
    length = np.timedelta64(parse_duration(window, "window"), "us")
    wanted = starts - length
    found = np.searchsorted(starts, wanted, "right") - 1
    return np.where(wanted >= starts[0], found, -1)


@dataclass(frozen=True)
class Stretch:
    """When an estimate was furthest off.

    Attributes
    ----------
    start, end : clock times
    said, labels : float
        Mean estimate, and mean score of the same windows by their labels.
    overall : float
        Mean distance of the two over all ticks.
    """

    start: Any
    end: Any
    said: float
    labels: float
    overall: float


def furthest_off(held: pd.DataFrame) -> Stretch | None:
    """The stretch around the tick in which an estimate was furthest off.

    It holds the ticks in which it was off by at least half as much, to the same side.

    Parameters
    ----------
    held : pandas.DataFrame
        As `held_against_labels` gives it.

    Returns
    -------
    Stretch or None
        ``start`` and ``end`` (clock times), ``said`` and ``labels`` (means over its ticks of the
        estimate and of the score by the labels), ``overall`` (mean of the absolute difference over
        all ticks). None: the estimate was never held against labels.

    Examples
    --------
    >>> said, labels = [0.8, 0.8, 0.9, 0.9, 0.8], [0.8, 0.8, 0.7, 0.6, 0.8]
    >>> held = pd.DataFrame({"start": range(5), "end": range(1, 6), "said": said,
    ...                      "labels": labels})
    >>> found = furthest_off(held.assign(off=held["said"] - held["labels"]))
    >>> int(found.start), int(found.end)
    (2, 4)
    >>> round(found.said, 9), round(found.labels, 9), round(found.overall, 9)
    (0.9, 0.65, 0.1)
    """
    if len(held) == 0:
        return None
    off = held["off"].to_numpy(float)
    worst = int(np.argmax(np.abs(off)))
    far = off * np.sign(off[worst]) >= abs(off[worst]) / 2
    near = np.flatnonzero(~far)
    low = int(near[near < worst].max(initial=-1)) + 1
    high = int(near[near > worst].min(initial=len(off)))
    part = held.iloc[low:high]
    return Stretch(
        part["start"].iloc[0], part["end"].iloc[-1], float(part["said"].mean()),
        float(part["labels"].mean()), float(np.abs(off).mean()),
    )  # fmt: skip
