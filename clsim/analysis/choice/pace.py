"""From the money of a replay to money a year: how much longer a year is than the replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from clsim.clock import UNITS
from clsim.runs.run import Run

YEAR = 365.25
"""Days of a year."""

EVENTS = 1000
"""Events to which money is reckoned where a stream has no time."""


@dataclass(frozen=True)
class Pace:
    """What money of a whole replay is multiplied by.

    Attributes
    ----------
    factor : float
        Replays in a year; without time, in 1,000 events. NaN: the replay has no length.
    unit : str
        ``'a year'`` or ``'per 1,000 events'``; empty without a length.
    days : float or None
        Length of the replay in whole ticks, mean over runs; None where the stream has no time.
    events : float
        Events served, mean over runs.

    Examples
    --------
    Half a year of 5,000 events, and as many without time:

    >>> Pace.of_length(182.625, 5000).factor, Pace.of_length(None, 5000).factor
    (2.0, 0.2)
    """

    factor: float
    unit: str
    days: float | None
    events: float

    @classmethod
    def of_length(cls, days: float | None, events: float) -> Pace:
        """The pace of a replay of so many days, or without time of so many events."""
        length, whole, unit = (
            (events, EVENTS, "per 1,000 events") if days is None else (days, YEAR, "a year")
        )
        return cls(whole / length, unit, days, events) if length else cls(np.nan, "", days, events)


def pace(runs: Iterable[Run]) -> Pace:
    """The pace of runs of one setting: a year is their whole length, repeated.

    The length goes to the end of the last tick, also where the log ends before it: of a log that
    ends within a tick of 30 days, a year costs up to 30 days too little.

    Parameters
    ----------
    runs : iterable of Run
        All with time or all without; of none, the pace has no length.

    Returns
    -------
    Pace
        ``factor`` (by which totals are multiplied), ``unit`` ('a year', or 'per 1,000 events'
        without time), ``days`` (None without time) and ``events``, both means over the runs.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> found = pace([Run({}, RunInfo(totals={"n": 4000})), Run({}, RunInfo(totals={"n": 6000}))])
    >>> found.factor, found.unit, found.events
    (0.2, 'per 1,000 events', 5000.0)
    """
    every = list(runs)
    if not every:
        return Pace(np.nan, "", None, np.nan)
    events = float(np.mean([run.totals["n"] for run in every]))
    if not every[0].info.timed:
        return Pace.of_length(None, events)
    return Pace.of_length(float(np.mean([_days(run) for run in every])), events)


def _days(run: Run) -> float:
    """From the start of the first tick to the end of the last."""
    if len(run.ticks) == 0:
        return 0.0
    length = run.ticks["end"].max() - run.ticks["start"].min()
    return float(length / np.timedelta64(UNITS["d"], "us"))
