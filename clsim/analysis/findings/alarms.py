"""What made the alarms of the signals that a page draws, each taken apart."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from clsim.analysis.behaviour.behind import cells_behind, loss_by_class, rows_behind
from clsim.analysis.behaviour.drilling import drill_down
from clsim.analysis.findings.case import Case, in_front, once
from clsim.runs.run import Run

DRAWN, ALARMS, MOVED, ROWS = 3, 3, 3, 3
"""Signals that are taken apart; the last alarms of each; lines and rows of each."""

TICKS = 7
"""Largest number of ticks on each side whose losses are compared."""

Tables = dict[str, pd.DataFrame]


class Opened(NamedTuple):
    """An alarm that was taken apart.

    Attributes
    ----------
    strategy, signal : str
    run : Run
    tick : int
    tables : dict of str to pandas.DataFrame
        What is known of it.
    """

    strategy: str
    signal: str
    run: Run
    tick: int
    tables: Tables


def runs_with_signals(case: Case) -> tuple[int, list[tuple[str, Run, str]]]:
    """The first seed in which somebody measured, and strategy, run and signal of each."""
    for seed in case.seeds:
        found = [
            (name, run, str(of))
            for name in case.order
            if (run := case.setting.runs[name].get(seed)) is not None and run.signals is not None
            for of in run.signals["signal"].unique()
        ]
        if found:
            return seed, found
    return 0, []


@once
def alarms(case: Case) -> pd.DataFrame:
    """How often each signal fired that is taken apart: strategy, seed, signal, alarms (ticks)."""
    seed, found = runs_with_signals(case)
    return pd.DataFrame([
        {"strategy": name, "seed": seed, "signal": of, "alarms": len(_fired(run, of))}
        for name, run, of in found[:DRAWN]
    ])  # fmt: skip


def _fired(run: Run, of: str) -> list[int]:
    if run.signals is None:
        return []
    fired = run.signals[(run.signals["signal"] == of) & run.signals["alarm"]]["tick"]
    return [int(tick) for tick in fired.unique()]


@once
def opened(case: Case) -> list[Opened]:
    """The last alarms of the first signals, each taken apart."""
    return [
        Opened(name, of, run, tick, _of_alarm(run, of, tick))
        for name, run, of in runs_with_signals(case)[1][:DRAWN]
        for tick in _fired(run, of)[-ALARMS:]
    ]


def _all(case: Case, key: str) -> pd.DataFrame:
    """One kind of table of all alarms, with the alarm in front."""
    front = {"what_made_it": "tick"}.get(key, "alarm_tick")
    frames = [
        one.tables[key].assign(**{"strategy": one.strategy, "signal": one.signal, front: one.tick})
        for one in opened(case)
        if key in one.tables
    ]
    return in_front(frames, ["strategy", "signal", front])


@once
def what_made_it(case: Case) -> pd.DataFrame:
    """Lines that moved most at each alarm, as `clsim.analysis.drill_down`."""
    return _all(case, "what_made_it")


@once
def cells_of_alarms(case: Case) -> pd.DataFrame:
    """Bins and categories behind each alarm, as `clsim.analysis.cells_behind`."""
    return _all(case, "cells_behind")


@once
def rows_of_alarms(case: Case) -> pd.DataFrame:
    """Rows that lost most before each alarm, as `clsim.analysis.rows_behind`."""
    return _all(case, "rows_behind")


@once
def classes_of_alarms(case: Case) -> pd.DataFrame:
    """Which classes the loss rose by before each alarm, as `clsim.analysis.loss_by_class`."""
    return _all(case, "classes_behind")


def _of_alarm(run: Run, of: str, tick: int) -> Tables:
    """What is known of one alarm: lines, and where events are recorded cells, classes and rows."""
    tables = {"what_made_it": drill_down(run, of, tick).head(MOVED)}
    if run.seen is None:
        return tables
    tables["cells_behind"] = cells_behind(run, of, tick)
    ticks = min(TICKS, (tick + 1) // 2)
    if ticks:
        tables["rows_behind"] = rows_behind(run, tick, ticks, ROWS)
        if run.info.task == "classification" and _compares(run, tick, ticks):
            tables["classes_behind"] = loss_by_class(run, tick, ticks)
    return {name: table for name, table in tables.items() if len(table)}


def _compares(run: Run, tick: int, ticks: int) -> bool:
    """Whether labels arrived on both sides."""
    all_of = run.whole.set_index("tick")["observed_n"]
    last, before = all_of.loc[tick - ticks + 1 : tick], all_of.loc[: tick - ticks]
    return bool(last.sum() > 0 and before.iloc[-ticks:].sum() > 0)
