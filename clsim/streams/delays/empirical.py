"""Delays as a log shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration, parse_duration
from clsim.errors import check_choice, check_number
from clsim.streams.delays.drawn import Drawn
from clsim.streams.tables.dates import Dates, microseconds, with_dates_read
from clsim.streams.tables.delimited import Csv
from clsim.streams.tables.frames import frame_of
from clsim.streams.tables.times import event_times, label_times_of
from clsim.streams.tables.zones import check_zones
from clsim.types import NEVER_TIME


class Empirical(Drawn):
    """Delays as a log shows them, with the labels that had not arrived at its end.

    Their distribution is the Kaplan-Meier estimate: at each delay t that was seen, the share still
    waiting is multiplied by 1 - (labels that came at t) / (labels not yet there just before t). It
    takes the delay of a label to be independent of when its event was, so that labels which the
    log's end cut off are like the others.

    Parameters
    ----------
    delays : sequence
        Delays of the labels that arrived: durations (``'36h'``), or numbers of ``unit``.
    censored : sequence, default=()
        For each label that had not arrived, how long it had been waited for.
    unit : str or int, default=1
        What 1 stands for in numbers: a duration where the stream has time, else rows.
    beyond : {'never', 'last'}, default='never'
        When the share comes that was still waiting at the longest delay seen: never, or then.

    Attributes
    ----------
    times : numpy.ndarray
        Distinct delays that were seen, ascending, in units.
    arrived : numpy.ndarray
        The share of labels that arrive within each of them.

    Examples
    --------
    One label came after a day and one after three; another was waited for two days in vain:

    >>> delay = Empirical([1, 3], censored=[2], unit="1d")
    >>> delay.times.tolist(), delay.arrived.round(3).tolist()
    ([1.0, 3.0], [0.333, 1.0])

    References
    ----------
    Kaplan & Meier (1958), Nonparametric estimation from incomplete observations. JASA 53.
    """

    FILE_PARAMETERS = ("data",)

    def __init__(
        self,
        delays: Any,
        censored: Any = (),
        *,
        unit: Duration = 1,
        beyond: str = "never",
    ) -> None:
        unit = as_duration(unit, "unit", positive=True)
        check_choice("beyond", beyond, ("never", "last"))
        seen, in_numbers = _lengths(delays, "delays")
        cut, cut_in_numbers = _lengths(censored, "censored")
        if len(seen) == 0:
            raise ValueError("delays: no label ever arrived; at least one delay must be known")
        if len(cut) and in_numbers != cut_in_numbers:
            raise ValueError("censored: give durations or numbers, as in delays")
        if not in_numbers and unit != 1:
            raise ValueError(f"unit={unit!r}: delays are durations; leave it out")
        self.unit = unit if in_numbers else "1us"
        self.beyond = beyond
        self.times, came = np.unique(seen, return_counts=True)
        # a label cut off at t was still waited for when those of delay t came
        waiting = np.sort(np.concatenate([seen, cut]))
        at_risk = len(waiting) - np.searchsorted(waiting, self.times, "left")
        self.arrived = 1 - np.cumprod(1 - came / at_risk)

    @classmethod
    def of(
        cls,
        data: Any,
        *,
        label_time: str,
        time: str | None = None,
        end: str | int | None = None,
        beyond: str = "never",
        day_first: bool | None = None,
        date_format: str | Mapping[str, str] | None = None,
        encoding: str | None = None,
        separator: str | None = None,
    ) -> Empirical:
        """Delays as in a log of events.

        Parameters
        ----------
        data : pandas.DataFrame, table of Arrow or path
            As for `clsim.streams.Recorded`.
        label_time : str
            Column that says when each label came; empty: not by the end.
        time : str or None, default=None
            Column with the times of the events. None: they are the row numbers.
        end : str, int or None, default=None
            Until when the log was kept: labels that came later count as unknown, and events after
            it are left out. None: the latest time in the two columns.
        beyond : {'never', 'last'}, default='never'
            As for the class.
        day_first, date_format, encoding, separator
            As for `clsim.streams.Recorded`.
        """
        import pandas as pd

        frame = frame_of(data, [time, label_time], Csv(encoding, separator))
        if len(frame) == 0:
            raise ValueError("data: the table has no rows")
        given: dict[str, str | None] = {"time": time, "label_time": label_time}
        frame = with_dates_read(frame, given, Dates(day_first, date_format))
        timed = time is not None
        if timed:
            times = {"time": (time, frame[time]), "label_time": (label_time, frame[label_time])}
            check_zones({**times, "end": (end, pd.Series([end], dtype=object))})
        event = event_times(frame, time, None, None)
        label = label_times_of(frame[label_time], label_time, timed)
        if (label < event).any():
            row = int(np.argmax(label < event))
            raise ValueError(f"label_time={label_time!r}: row {row} is earlier than its event")
        if end is None:
            last = max(event.max(), label[label != NEVER_TIME].max(initial=event.max()))
        elif timed:
            last = microseconds(pd.Series([end]), "end", str(end))[0]
        else:
            check_number("end", end, whole=True)
            last = int(end)
        inside = event <= last
        event, label = event[inside], label[inside]
        there = label <= last
        delays, censored = label[there] - event[there], last - event[~there]
        return cls(delays, censored, unit="1us" if timed else 1, beyond=beyond)

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        last = np.inf if self.beyond == "never" else self.times[-1]
        which = np.searchsorted(self.arrived, share, "right")
        return clock.units(self.unit, "unit") * np.append(self.times, last)[which]


def _lengths(values: Any, key: str) -> tuple[np.ndarray, bool]:
    """Lengths of time as numbers: as they are (True), or durations in microseconds (False)."""
    if isinstance(values, str):
        raise TypeError(f"{key}={values!r}: expected a sequence of durations or numbers")
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{key}: expected one dimension, not {array.ndim}")
    numbers = array.dtype.kind in "iuf"
    if numbers:
        lengths = array.astype(float)
    elif array.dtype.kind == "m":
        lengths = array / np.timedelta64(1, "us")
    else:
        for i, value in enumerate(array.tolist()):
            if not isinstance(value, (str, dt.timedelta)):
                raise TypeError(f"{key}[{i}]={value!r}: expected a duration or a number")
        micros = [parse_duration(value, f"{key}[{i}]") for i, value in enumerate(array.tolist())]
        lengths = np.array(micros, dtype=float)
    wrong = ~(np.isfinite(lengths) & (lengths >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"{key}[{row}]={array[row]}: must be finite and at least 0; how long a label was "
            "waited for that has not arrived belongs in censored"
        )
    return lengths, numbers
