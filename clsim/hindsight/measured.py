"""What monitors say of each model of a table in each tick, ``S[i, j]``, and how it is found out.

Row i, column j is the value in step 3 of tick j if model i serves from a(i) on. It exists from
b(i) = a(i) on; where a training takes no time, from i + 1 on, since what is deployed in step 4 is
measured for the first time in the next tick.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.engine.readings import Question, Reading, shows
from clsim.engine.signals import Values
from clsim.hindsight.alone import Alone, HangsOnTheScheduleError
from clsim.hindsight.signals import column_of
from clsim.protocols import Monitor, completed
from clsim.randomness import integer, seeded
from clsim.types import Columns, Of
from clsim.view import View

log = logging.getLogger(__name__)

Shown = dict[Question, Hashable]

LONG = 10.0
"""Seconds from which on the time that it will take is a warning, and not only a note."""


def first_measured(tick: int, serves: int) -> int:
    """b(i): the first tick in which a model is measured that was trained in a tick."""
    return max(serves, tick + 1)


def ready_monitors(given: Mapping[str, Any], world: Knowledge, learner: Any) -> dict[str, Monitor]:
    """Monitors on the clock of a world, seeded as those of a strategy are.

    Raises
    ------
    TypeError, ValueError
        For those whose values hang on more than a model and a tick.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"monitors={given!r}: expected a dict of names to monitors")
    timeline = world.timeline
    found = {}
    for name, one in given.items():
        key = f"monitors.{name}"
        monitor: Monitor = completed(key, one, Monitor)
        monitor = seeded(monitor, f"strategy.{key}", lambda at: integer(timeline.seed, at, -1)).part
        if not monitor.shared:
            _refuse(name, monitor, "keeps what it measured before (shared = False)")
        if monitor.reads_profiles is not None:
            _refuse(name, monitor, "reads profiles, which hang on who answered")
        if monitor.undoes_picks:
            _refuse(name, monitor, "weighs labels that were bought, and a table buys none")
        if monitor.reads_complaints and timeline.schema.complaints is None:
            raise ValueError(f"{key}: the stream tells of no complaints")
        if monitor.reads_chances and learner.for_chances() is None:
            raise ValueError(
                f"{key}: {monitor.class_name} needs probabilities; the learner has none"
            )
        monitor.bind(timeline.clock)
        monitor.check_schema(timeline.schema)
        monitor.check_columns(timeline.head)
        monitor.check_rows(timeline.X_at(slice(0, 50)).copy())
        found[name] = monitor
    return found


class UnfitMonitorError(ValueError):
    """No table can hold the values of a monitor for each model and tick.

    Attributes
    ----------
    name : str
        What it is called.
    """

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"monitors.{name}: {said}")
        self.name = name


def _refuse(name: str, monitor: Monitor, why: str) -> None:
    raise UnfitMonitorError(
        name,
        f"{monitor.class_name} {why}, so no table can hold its value for each model and "
        "tick; replay each rule over it",
    )


Needs = dict[str, dict[str, Any]]
"""For each monitor what it ``reads``, ``seconds`` of a value, and those ``expected`` of all."""

OF_A_MODEL = {"trained", "unseen", "answered", "model", "promoted"}
"""What is read where a value is of one model, and not of the tick alone."""


TOGETHER = 16
"""Models that are measured together where that is tried, as many as in a piece of a table."""


class Measuring:
    """Monitors that measure the models of a table, one piece of them after the other.

    Parameters
    ----------
    monitors : dict of str to Monitor
        As `ready_monitors` gives them.
    """

    def __init__(self, monitors: Mapping[str, Monitor]) -> None:
        self.monitors = dict(monitors)
        self.reads_chances = any(monitor.reads_chances for monitor in monitors.values())
        self._last: dict[tuple[str, int], tuple[Shown, Values]] = {}
        self._failed: set[str] = set()
        self._of_models: set[str] = set()

    def about(self, world: Knowledge) -> dict[str, Any]:
        """What rules see beside the values, as plain values."""
        timeline, ticks = world.timeline, range(world.timeline.n_ticks)
        return {
            "starts": timeline.starts.tolist(), "timed": timeline.clock.timed,
            "labels": [world.known.counts_at(tick) for tick in ticks],
            "decides": {name: bool(one.decides) for name, one in self.monitors.items()},
        }  # fmt: skip

    def of(self, pasts: Sequence[Alone | None], ticks: int) -> Columns:
        """What all monitors say of some models, None for those that never serve.

        From the last tick to the first: all models that are measured in a tick are also measured in
        the next, so that what is made ready of them there serves in all ticks before.

        Returns
        -------
        dict of str to numpy.ndarray of shape (models, ticks)
            By `column_of`; NaN where there is no value.
        """
        found: dict[tuple[str, Of], np.ndarray] = {}
        begins = [
            ticks if past is None else first_measured(past.trained, past.serves) for past in pasts
        ]
        for tick in reversed(range(ticks)):
            places = [place for place, begin in enumerate(begins) if begin <= tick]
            there = [past for past in (pasts[place] for place in places) if past is not None]
            for name in self.monitors if there else ():
                for place, values in zip(places, self._each(name, there, tick), strict=True):
                    for of, value in values.items():
                        if (name, of) not in found:
                            found[name, of] = np.full((len(pasts), ticks), np.nan)
                        found[name, of][place, tick] = value
        return {column_of(name, of): values for (name, of), values in found.items()}

    def _each(self, name: str, pasts: Sequence[Alone], tick: int) -> Iterable[Values]:
        """What a monitor says in a tick for each model."""
        if name not in self._of_models:
            yield self.value(name, pasts[0], tick)
            if not OF_A_MODEL.isdisjoint(what for what, _ in self._last[name, tick][0]):
                self._of_models.add(name)
            pasts = pasts[1:]
        if name not in self._of_models:
            for past in pasts:
                yield self.value(name, past, tick)
            return
        try:
            views = [View(past.knowledge, past, tick) for past in pasts]
            yield from self.monitors[name].measure_each(views)
        except Exception:  # one by one, to know of which
            for past in pasts:
                yield self.value(name, past, tick)

    def value(self, name: str, past: Alone, tick: int) -> Values:
        """What a monitor says in a tick while a model serves.

        Raises
        ------
        ValueError
            If that hangs on what served before it.
        """
        last = self._last.get((name, tick))
        if last is not None and shows(past, last[0]):
            return last[1]
        reading, monitor = Reading(past, tick), self.monitors[name]
        try:
            values = monitor.measure(reading.view)
        except HangsOnTheScheduleError as error:
            raise self._hangs(name, str(error)) from error
        except Exception as error:  # failure is data: there is no value, as in a replay
            self._say_failed(name, tick, error)
            values = {}
        if ("itself", None) in reading.shown:
            raise self._hangs(name, "what else the strategy did")
        self._last[name, tick] = reading.shown, values
        return values

    def _say_failed(self, name: str, tick: int, error: Exception) -> None:
        if name not in self._failed:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            log.warning("monitors.%s: no value in tick %d, and maybe others: %s", name, tick, said)
        self._failed.add(name)

    def _hangs(self, name: str, what: str) -> UnfitMonitorError:
        monitor = self.monitors[name].class_name
        return UnfitMonitorError(
            name,
            f"{monitor} asks for {what}, so its value hangs on the schedule, and "
            "no table can hold it for each model and tick; give a monitor of inputs or of the "
            "model that serves (Score(of='champion')), or replay each rule over it",
        )

    def how_long(self, pasts: Sequence[Alone], models: int, cells: int, ticks: int) -> Needs:
        """Measure a few values, say how long all will take, and note what each monitor reads.

        Parameters
        ----------
        pasts : sequence of Alone
            Two at the least, to try.
        models, cells, ticks : int
            Of the table; cells are models by ticks in which each is measured.
        """
        needs: Needs = {}
        for name in self.monitors:
            for past in pasts[:1]:  # what is imported or made once
                self._tried(name, past, ticks - 1)
            first, later, reads = list[float](), list[float](), set[str]()
            for past in pasts:
                low = first_measured(past.trained, past.serves)
                for times, tick in ((first, low), (later, (low + ticks) // 2), (later, ticks - 1)):
                    seconds, shown = self._tried(name, past, tick)
                    times.append(seconds)
                    reads |= {what for what, _ in shown}
            each, all_alike = float(np.median(later)), reads.isdisjoint(OF_A_MODEL)
            if not all_alike:
                self._of_models.add(name)
            once = max(float(np.median(first)) - each, 0.0)
            together = each if all_alike else self._tried_together(name, pasts[-1], ticks - 1)
            seconds = each * ticks if all_alike else together * cells + once * models
            needs[name] = {"reads": sorted(reads), "seconds": each, "expected": seconds}
        total = sum(need["expected"] for need in needs.values())
        log.log(
            logging.WARNING if total >= LONG else logging.INFO,
            "signals: %s for %d models in %d ticks will take about %.2g s", ", ".join(needs),
            models, ticks, total,
        )  # fmt: skip
        return needs

    def _tried(self, name: str, past: Alone, tick: int) -> tuple[float, Shown]:
        """Seconds that one value takes, and what it was shown."""
        begin = time.perf_counter()
        self.value(name, past, tick)
        return time.perf_counter() - begin, self._last.pop((name, tick))[0]

    def _tried_together(self, name: str, past: Alone, tick: int) -> float:
        """Seconds that a value takes where many models are measured in one tick."""
        pasts = [past] * TOGETHER
        for _ in range(2):  # references are made ready at the first look, or at the second
            list(self._each(name, pasts, tick))
        begin = time.perf_counter()
        list(self._each(name, pasts, tick))
        return (time.perf_counter() - begin) / TOGETHER
