"""What monitors measure: values shared by strategies that would measure the same, and recorded."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Hashable, Mapping
from datetime import timedelta
from types import FunctionType
from typing import Any

import numpy as np

from clsim.engine.journal import Journal
from clsim.engine.past import Past
from clsim.engine.readings import Question, Reading, shows
from clsim.protocols import Monitor
from clsim.runs.info import Signal
from clsim.types import Alarm, Of
from clsim.view import View

Values = dict[Of, float]


class Measured:
    """Values of the present tick that some strategy measured, for those that show the same.

    Parameters
    ----------
    cells : bool, default=False
        Whether it is to be recorded which bins or categories made a value on which a rule fired.
    """

    def __init__(self, cells: bool = False) -> None:
        self.cells = cells
        self._tick = -1
        self._numbers: dict[bytes, int] = {}
        self._found: dict[int, list[tuple[dict[Question, Hashable], Values]]] = {}

    def number(self, monitor: Monitor) -> int | None:
        """Equal for monitors that measure the same of the same; None: nobody knows."""
        name = named(monitor) if monitor.shared else None
        return None if name is None else self._numbers.setdefault(name, len(self._numbers))

    def of(self, number: int, monitor: Monitor, past: Past, tick: int) -> Values:
        """What a monitor gives, measured now unless it was of a strategy that shows the same."""
        if tick != self._tick:
            self._tick, self._found = tick, {}
        found = self._found.setdefault(number, [])
        for shown, values in found:
            if shows(past, shown):
                return values
        reading = Reading(past, tick)
        values = monitor.measure(reading.view)
        found.append((reading.shown, values))
        return values


def _kind(monitor: Monitor) -> Signal:
    judges = monitor.judges
    if isinstance(judges, timedelta):
        judges = f"{judges // timedelta(microseconds=1)}us"
    return Signal(monitor.measures, judges)


def named(monitor: Monitor) -> bytes | None:
    """A name of a monitor that has not measured yet: its class and all that it holds.

    None where it holds what cannot be told apart from others.
    """
    name = io.BytesIO()
    try:
        _Naming(name).dump(monitor)
    except Exception:  # whatever its parts raise that cannot be pickled
        return None
    return name.getvalue()


class _Naming(pickle.Pickler):
    """Functions and classes go by what they are: those of a function have no name to go by."""

    def persistent_id(self, thing: Any) -> int | None:
        return id(thing) if isinstance(thing, (type, FunctionType)) else None


class Signals:
    """The signals of one strategy: measured when somebody looks, and recorded in every tick.

    Parameters
    ----------
    monitors : mapping of str to Monitor
    measured : Measured
        Of all strategies of the replay.
    journal : Journal
        Where alarms are noted, and a monitor that fails.
    past : Past
        Of the strategy.
    """

    def __init__(
        self, monitors: Mapping[str, Monitor], measured: Measured, journal: Journal, past: Past
    ) -> None:
        self.monitors, self._measured, self._journal = monitors, measured, journal
        self._past = past
        self._numbers = {name: measured.number(monitor) for name, monitor in monitors.items()}
        self._recorded: tuple[int, dict[str, Values]] = (-1, {})
        self._rows: list[tuple[int, str, Of, int, float]] = []
        self._alarms: set[tuple[int, str, Of]] = set()
        self._cells: list[tuple[Any, ...]] = []

    def value(self, name: str, view: View) -> Values:
        """What a monitor gives in the view's tick: what is recorded of it, once that is.

        So a guard that takes the champion back changes nothing that is decided after it in the
        tick; the model that serves then is measured in the next one.
        """
        tick, recorded = self._recorded
        if tick == view.tick and name in recorded:
            return recorded[name]
        monitor, number = self.monitors[name], self._numbers[name]
        if number is None:
            return monitor.measure(view)
        return self._measured.of(number, monitor, self._past, view.tick)

    def record(self, view: View) -> None:
        """Measure in the view's tick, of the champion."""
        if not self.monitors:
            return
        tick, measured = view.tick, {}
        number = -1 if view.champion is None else view.champion
        for name in self.monitors:
            try:
                values = self.value(name, view)
            except Exception as error:  # failure is data: the strategy goes on
                self._note_failure(tick, name, error)
                values = {None: np.nan}
            measured[name] = values
            self._rows += [(tick, name, of, number, value) for of, value in values.items()]
        self._recorded = tick, measured

    def _note_failure(self, tick: int, what: str, error: Exception) -> None:
        reason = f"{what}: {type(error).__name__}: {error}".splitlines()[0]
        self._journal.note(tick, "alarm", reason=reason)

    def alarm(self, view: View, alarm: Alarm) -> None:
        """Note which signals made a rule fire, what is alarmed of, and whether somebody looked."""
        tick = view.tick
        self._past.looks += [tick] * len(alarm.looked_at)
        self._past.alarms += [tick] * bool(alarm.reasons or alarm.looked_at)
        found = ((alarm.reasons, None), (alarm.looked_at, True), (alarm.missed, False))
        for reasons, looked_at in found:
            for reason in reasons:
                self._journal.note(tick, "alarm", reason=reason, accepted=looked_at)
        fired: dict[str, set[Of]] = {}
        for name, of in alarm.signals:
            if (tick, name, of) not in self._alarms:
                fired.setdefault(name, set()).add(of)
            self._alarms.add((tick, name, of))
        if self._measured.cells:
            for name, wanted in fired.items():
                self._take_apart(name, wanted, view)

    def _take_apart(self, name: str, wanted: set[Of], view: View) -> None:
        """Note which bins or categories made some values of a monitor."""
        tick, recorded = self._recorded
        champion = -1 if view.champion is None else view.champion
        last = self._rows[-1][3] if self._rows else champion
        if tick != view.tick or last != champion:
            return  # what was measured is of a champion that was withdrawn since
        try:
            found = self.monitors[name].cells(view, wanted & set(recorded[name]))
        except Exception as error:  # failure is data: the strategy goes on
            self._note_failure(tick, f"{name}: cells", error)
            return
        for of, cells in found.items():
            what, part = of if isinstance(of, tuple) else (of, "all")
            self._cells += [
                (tick, name, what, part, *cell[:-1], json.dumps(cell.rows)) for cell in cells
            ]

    def cells(self) -> dict[str, np.ndarray] | None:
        """The table of what made the values on which a rule fired; None where there is nothing."""
        if not self._cells:
            return None
        kinds = {
            "tick": np.int32, "signal": object, "of": object, "slice": object, "cell": object,
            "reference": float, "current": float, "contribution": float, "adds_to": object,
            "rows": object,
        }  # fmt: skip
        return {
            name: np.array(values, dtype=kind)
            for (name, kind), values in zip(kinds.items(), zip(*self._cells, strict=True),
                                            strict=True)
        }  # fmt: skip

    def kinds(self) -> dict[str, Signal]:
        """What the values of each monitor are."""
        return {name: _kind(monitor) for name, monitor in self.monitors.items()}

    def columns(self) -> dict[str, np.ndarray] | None:
        """The table of signals; None where there are no monitors."""
        if not self.monitors:
            return None
        rows = self._rows
        pairs = [row[2] if isinstance(row[2], tuple) else (row[2], "all") for row in rows]
        return {
            "tick": np.array([row[0] for row in rows], dtype=np.int32),
            "signal": np.array([row[1] for row in rows], dtype=object),
            "of": np.array([of for of, _ in pairs], dtype=object),
            "slice": np.array([name for _, name in pairs], dtype=object),
            "model": np.array([row[3] for row in rows], dtype=np.int32),
            "value": np.array([row[4] for row in rows], dtype=float),
            "alarm": np.array([row[:3] in self._alarms for row in rows], dtype=bool),
        }
