"""What a run's monitors measured, and where a rule fired on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from clsim.runs.run import Run


@dataclass(frozen=True)
class Rule:
    """A threshold over a signal, as a configuration gives it.

    Attributes
    ----------
    signal : str
    at : float
        The threshold.
    above : bool
        Whether it fires above the threshold, or below it.
    """

    signal: str
    at: float
    above: bool


LEVELS = ("Level", "Range", "Significant")
"""Rules whose parameters are values of the signal, by the name of their class."""

SIDES = {"above": True, "below": False, "high": True, "low": False, "alpha": False}
"""Parameters that bound a signal, and whether it is above them that counts."""


def rules(config: Any) -> list[Rule]:
    """The thresholds over signals in a strategy's configuration, however deep they lie in it.

    Examples
    --------
    >>> threshold = {"monitor": {}, "above": 0.2, "below": None, "name": "inputs"}
    >>> rules({"trigger": {"triggers": [threshold, {"every": "7d"}]}})
    [Rule(signal='inputs', at=0.2, above=True)]
    >>> level = {"_target_": "clsim.strategy.rules.Level", "below": 0.7}
    >>> rules({"trigger": {"monitor": {}, "rule": {"rule": level, "times": 3}}})
    [Rule(signal='signal', at=0.7, above=False)]
    """
    found = []
    for node in nodes(config):
        name = node.get("name", "signal")
        if "monitor" not in node or not isinstance(name, str):
            continue
        levels = [node] if "rule" not in node else nodes(node["rule"])
        for level in levels:
            if level is not node and _class(level) not in LEVELS:
                continue
            for side, above in SIDES.items():
                at = level.get(side)
                if isinstance(at, int | float) and not isinstance(at, bool):
                    found.append(Rule(name, float(at), above))
    return found


def _class(node: dict[Any, Any]) -> str:
    """The name of the class that a node of a configuration makes."""
    return str(node.get("_target_")).rpartition(".")[2]


def nodes(config: Any) -> Iterator[dict[Any, Any]]:
    """All mappings in a configuration."""
    if isinstance(config, dict):
        yield config
    inner = config.values() if isinstance(config, dict) else config
    if isinstance(config, dict | list):
        for value in inner:
            yield from nodes(value)


def signal_over_time(
    run: Run, name: str, per_bin: int = 1, least: bool = False, most: int = 24
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The values of one signal, and where a rule fired on them.

    Parameters
    ----------
    run : Run
    name : str
    per_bin : int, default=1
        Number of ticks in a row; the last may have fewer.
    least : bool, default=False
        Whether a row is the smallest value of its ticks, or the largest.
    most : int, default=24
        Largest number of columns.

    Returns
    -------
    values : pandas.DataFrame
        One row per bin, one column for each feature (``''`` for a signal of one number), slice
        (by its name) or feature in a slice (``'x in group=a'``), those that a rule fired on most
        often first, and then by how far they moved between their 5 % and 95 % quantiles. NaN where
        there was no value.
    alarms : pandas.DataFrame
        Of the same shape: whether a rule fired.

    Raises
    ------
    ValueError
        If the run has no signals.

    Examples
    --------
    Four ticks, two in a row of the answer; the largest value of each stands for it.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(4), "slice": "all"})
    >>> signals = pd.DataFrame({"tick": range(4), "signal": "psi", "of": "age", "slice": "all",
    ...                         "value": [0.1, 0.2, 0.4, 0.3],
    ...                         "alarm": [False, False, True, False]})
    >>> run = Run({"ticks": ticks, "signals": signals}, RunInfo())
    >>> values, alarms = signal_over_time(run, "psi", per_bin=2)
    >>> values["age"].tolist(), alarms["age"].tolist()
    ([0.2, 0.4], [False, True])
    """
    if run.signals is None:
        raise ValueError("the run has no signals")
    ticks = int((run.ticks["slice"] == "all").sum())
    rows = run.signals[run.signals["signal"] == name]
    rows = rows[rows["tick"].between(0, ticks - 1)]
    what, part = rows["of"].fillna("").astype(str), rows["slice"].astype(str)
    called = what.where(part == "all", (what + " in " + part).str.removeprefix(" in "))
    rows = rows.assign(of=called, bin=rows["tick"] // per_bin)
    each = rows.groupby("of")
    moved = each["value"].quantile(0.95) - each["value"].quantile(0.05)
    order = pd.DataFrame({"alarms": each["alarm"].sum(), "moved": moved.fillna(0.0)})
    order = order.sort_values(["alarms", "moved"], ascending=False, kind="stable")
    names = order.index[:most].rename(None)
    chosen = rows[rows["of"].isin(names)]
    bins = np.arange(-(-ticks // per_bin))
    table = partial(chosen.pivot_table, index="bin", columns="of")
    values = table(values="value", aggfunc="min" if least else "max")
    alarms = table(values="alarm", aggfunc="max", fill_value=False)
    values = values.reindex(index=bins, columns=names)
    return values, alarms.reindex(index=bins, columns=names, fill_value=False).astype(bool)
