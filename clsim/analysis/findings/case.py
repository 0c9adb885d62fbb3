"""One setting at given prices: what every number of a report follows from."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.ticks import clock_units
from clsim.analysis.choice.answers import Answers, answers
from clsim.analysis.choice.choose import recommend, reference_of
from clsim.analysis.choice.stakeholders import Stakeholders, stakeholders
from clsim.analysis.compare.comparison import (
    Setting,
    least_retrained,
    paired_difference,
    priced,
    summary,
    trained,
)
from clsim.analysis.cost.calendars import Calendars, calendars_beside
from clsim.analysis.cost.frontier import pareto
from clsim.runs.ledger import Prices
from clsim.runs.run import Run
from clsim.statistics.intervals import Interval

MOST_BINS = 90
"""Largest number of points of a curve over time."""


@dataclass
class Case:
    """A setting of a sweep, priced.

    Attributes
    ----------
    setting : Setting
    prices : Prices
    reference : str
        Strategy against which the others are measured.
    pair : (str, str)
        Strategies A and B whose loss curves are compared.
    table : pandas.DataFrame
        As `clsim.analysis.compare.comparison.priced` gives it.
    waiting : pandas.DataFrame
        As `clsim.analysis.cost.waiting.cost_of_waiting` gives it, of this setting.
    counterfactuals : list of Counterfactual
        Tables that say what runs of this setting served.
    twins : list of Counterfactual
        Tables of quiet twins of its worlds, on which false alarms are counted.
    hindsight : Hindsight or None
        What they say, as `clsim.analysis.findings.hindsight.hindsight_of` gives it.
    stakeholders : dict of str to Prices
        Several people's prices; the first's are ``prices``. Empty for one.
    swept : dict of str to dict of str to Prices
        Prices that the runs' configurations vary, such as ``'price of a retraining'``: at each of
        their levels, all others being ``prices``.
    """

    setting: Setting
    prices: Prices
    reference: str
    pair: tuple[str, str]
    table: pd.DataFrame
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)
    counterfactuals: list[Any] = field(default_factory=list)
    twins: list[Any] = field(default_factory=list)
    hindsight: Any = None
    stakeholders: dict[str, Prices] = field(default_factory=dict)
    swept: dict[str, dict[str, Prices]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.made: dict[Any, Any] = {}
        self.summary = summary(self.table)
        self.means = self.summary.pivot_table(
            index="strategy", columns="quantity", values="mean", dropna=False
        )
        self.order = [str(name) for name in self.means.sort_values("total", kind="stable").index]
        front = pareto(self.means["upkeep"], self.means["score"])
        self.pareto = [str(name) for name in self.means.index[front]]
        self.advice = recommend(
            self.setting, self.prices, reference=self.reference, table=self.table
        )
        if not set(self.pair) <= set(self.setting.runs):
            other = self.chosen if self.chosen != self.reference else self.least_retrained
            self.pair = (other, self.reference)

    @cached_property
    def answers(self) -> Answers:
        """The four answers, beside all calendars of the tables."""
        return answers(
            self.setting, self.prices, reference=self.reference, advice=self.advice,
            known=self.calendars,
        )  # fmt: skip

    @cached_property
    def calendars(self) -> Calendars | str:
        """All calendars of the tables, which answers and sliders share; a text: why not."""
        return calendars_beside(self.setting, self.tables, self.prices)

    @property
    def tables(self) -> dict[int, Any]:
        """The tables whose calendars stand beside the answers, one per seed."""
        known = {} if self.hindsight is None else self.hindsight.tables
        return {seed: tables[0] for seed, tables in known.items()}

    @cached_property
    def shared(self) -> Stakeholders | None:
        """What each stakeholder would choose; None for one."""
        if len(self.stakeholders) < 2 or self.advice.refused:
            return None
        return stakeholders(self.setting, self.stakeholders, reference=self.reference)

    @property
    def chosen(self) -> str:
        """The strategy that is recommended; else the nearest to the floor, or the cheapest."""
        return self.advice.strategy or self.advice.nearest or self.order[0]

    @property
    def least_retrained(self) -> str:
        """Of the strategies that train models, the one with the fewest retrainings."""
        return least_retrained(trained(self.setting, self.table))

    @property
    def seeds(self) -> list[int]:
        """All seeds of the setting."""
        return sorted({seed for by_seed in self.setting.runs.values() for seed in by_seed})

    @property
    def timed(self) -> bool:
        """Whether the stream has clock times."""
        return self.first(self.reference).info.timed

    @property
    def ticks(self) -> pd.DataFrame:
        """The ticks of the reference's first run, of all events."""
        return self.first(self.reference).whole

    @property
    def n_ticks(self) -> int:
        """Ticks of a run."""
        return len(self.ticks)

    @property
    def bin(self) -> int:
        """Ticks in a point of a curve over time."""
        return max(1, math.ceil(self.n_ticks / MOST_BINS))

    @property
    def tick_length(self) -> float:
        """Median length of a tick, in microseconds or rows."""
        ticks = self.ticks
        return float(np.median(clock_units(ticks["end"]) - clock_units(ticks["start"])))

    def first(self, strategy: str) -> Run:
        """The run of a strategy's first seed."""
        return next(iter(self.setting.runs[strategy].values()))

    def interval(self, quantity: str) -> pd.DataFrame:
        """Mean, low and high of a quantity; index: strategy."""
        rows = self.summary[self.summary["quantity"] == quantity]
        return rows.set_index("strategy")[["mean", "low", "high"]]

    def ordered(self, quantity: str) -> pd.DataFrame:
        """As ``interval``, cheapest strategy first."""
        return self.interval(quantity).loc[self.order]

    def difference(self, quantity: str, a: str, b: str) -> Interval:
        """A quantity of strategy A minus that of B, paired by seed."""
        return paired_difference(self.table, quantity, a, b)

    def of_runs(self, of: Callable[[Run], pd.DataFrame]) -> pd.DataFrame:
        """What a function says of every run, with strategy and seed in front."""
        frames = []
        for name, by_seed in self.setting.runs.items():
            for seed, run in by_seed.items():
                frame = of(run)
                if len(frame):
                    frames.append(frame.assign(strategy=name, seed=seed))
        return in_front(frames, ["strategy", "seed"])


def once(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Makes what follows from a case once for each case, however many read it."""

    @functools.wraps(make)
    def of(case: Any) -> Any:
        key = f"{make.__module__}.{make.__qualname__}"
        if key not in case.made:
            case.made[key] = make(case)
        return case.made[key]

    return of


def priced_case(
    setting: Setting,
    prices: Prices,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """What a case takes; where the setting has not what is given, defaults."""
    if reference not in setting.runs:
        reference = reference_of([setting], prices, None)
    return {
        "setting": setting, "prices": prices, "reference": reference, "pair": pair or ("", ""),
        "table": priced(setting, prices, reference),
    }  # fmt: skip


def in_front(frames: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Frames one below the other, with some columns first."""
    if not frames:
        return pd.DataFrame()
    table = pd.concat(frames, ignore_index=True)
    return table[[*columns, *table.columns.drop(columns)]]
