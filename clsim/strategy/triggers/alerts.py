"""Alerts that somebody else has raised: a table of their times."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from clsim.clock import Clock, as_date, to_minute
from clsim.errors import check_text
from clsim.protocols import Trigger
from clsim.types import Fired
from clsim.view import View


class Alerts(Trigger):
    """Retrain when an alert was raised elsewhere, so that it can be judged without being installed.

    An alert counts in the first tick that starts at its time or after it. Those of the warm-up do
    not count, since the first model is trained when it ends. Each alert is an alarm.

    Parameters
    ----------
    data : path or pandas.DataFrame
        A CSV or Parquet file, or a table, with a row for each alert.
    time : str, default='time'
        The column that says when an alert was raised: dates, where the stream has time (all with a
        zone, or all without, which is UTC), else numbers of rows.
    of : str or None, default=None
        The column that says what an alert is of, such as a feature or a slice. None: they are
        alike.
    name : str, default='alert'
        What an alert is called in records.

    Raises
    ------
    TypeError, ValueError
        If there is no alert, one is there twice, or one lies outside the stream or at a time that
        cannot be read, naming the row, counted from 0.

    Examples
    --------
    >>> import pandas as pd
    >>> trigger = Alerts(pd.DataFrame({"time": ["2024-05-01 06:30", "2024-06-12 17:00"]}))

    >>> from types import SimpleNamespace
    >>> trigger = Alerts(pd.DataFrame({"time": [250]}))  # a row, on a stream without time
    >>> trigger.bind(Clock.of(False, tick=100))
    >>> view = SimpleNamespace(tick=2, now=300, start=lambda tick: 100 * (tick + 1))
    >>> trigger.fires(view).reason
    'alert at row 250'
    """

    FILE_PARAMETERS: ClassVar[tuple[str, ...]] = ("data",)

    def __init__(
        self, data: Any, time: str = "time", of: str | None = None, name: str = "alert"
    ) -> None:
        from clsim.monitoring.outside import read  # it needs pandas, which is slow to load

        check_text("name", name)
        self.data, self.time, self.of, self.name = data, time, of, name
        frame = read(data, [time, *([] if of is None else [of])])
        if len(frame) == 0:
            raise ValueError("data: there is no alert in it; a strategy without any is Never()")
        self._given = frame[time]
        self._names = [name] * len(frame)
        if of is not None:
            known = zip(frame[of], frame[of].notna(), strict=True)
            self._names = [f"{name} of {what}" if there else name for what, there in known]

    def bind(self, clock: Clock) -> None:
        from clsim.monitoring.outside import moments

        times = moments(self._given, clock.timed, self.time)
        self._check_once(times)
        self._timed, self._times = clock.timed, times
        order = np.argsort(times, kind="stable")
        self._sorted = times[order]
        self._ringing = [self._names[row] for row in order]

    def _check_once(self, times: np.ndarray) -> None:
        seen: dict[tuple[int, str], int] = {}
        for row, key in enumerate(zip(times.tolist(), self._names, strict=True)):
            first = seen.setdefault(key, row)
            if first != row:
                raise ValueError(
                    f"data: row {row} is the {key[1]} of row {first} again ({self.time}="
                    f"{self._value(row)!r}); leave it out, or say by of= what each is of"
                )

    def _value(self, row: int) -> Any:
        return self._given.iloc[[row]].tolist()[0]

    def check_times(self, begin: int, end: int) -> None:
        outside = (self._times < begin) | (self._times >= end)
        if outside.any():
            row = int(np.argmax(outside))
            raise ValueError(
                f"data: row {row} ({self.time}={self._value(row)!r}) lies outside the stream, "
                f"which goes from {self._said(begin)} to {self._said(end - 1)}; leave out what "
                "does, or mend its zone"
            )

    def _said(self, time: int) -> str:
        if not self._timed:
            return f"row {time}"
        return to_minute(as_date(time))

    def due(self, tick: int) -> int:
        return tick  # in which tick an alert lies is seen when it has begun

    def fires(self, view: View) -> Fired | None:
        after = view.start(view.tick - 1) if view.tick else view.now - 1
        first, stop = np.searchsorted(self._sorted, [after, view.now], "right")
        if first == stop:
            return None
        said = f"{self._ringing[first]} at {self._said(int(self._sorted[first]))}"
        if stop - first > 1:
            said += f", and {stop - first - 1} more"
        return Fired(said, alarms=tuple(self._ringing[first:stop]))
