"""One setting of a sweep, priced: what every part of the report reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

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
from clsim.errors import unknown
from clsim.report.figures.style import LOOKS, Look, Words
from clsim.report.figures.time import bin_width
from clsim.rounding import amount
from clsim.runs.ledger import PAID, Prices, units_of
from clsim.runs.run import Run
from clsim.statistics.intervals import Interval

SHOWN = len(LOOKS)
"""Largest number of strategies in one figure over time."""

ROWS = 20
"""Largest number of strategies that have a row in a figure."""

SCORES = {
    "zero_one": ("accuracy", "wrong predictions"),
    "log": ("minus mean log loss", "log loss (nats)"),
    "absolute": ("minus mean absolute error", "absolute error"),
    "squared": ("minus mean squared error", "squared error"),
    "matrix": ("minus mean cost of errors", "cost of errors"),
    "amount": ("minus mean money lost", "money lost to errors"),
}
"""For each loss, what its score and its unit are called."""


@dataclass
class Section:
    """All that the report says of one setting.

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
    words : Words
    suffix : str
        Added to the names of files, where a sweep has several settings.
    waiting : pandas.DataFrame
        As `clsim.analysis.cost.waiting.cost_of_waiting` gives it, of this setting.
    counterfactuals : list of Counterfactual
        Tables that say what runs of this setting served.
    hindsight : Hindsight or None
        What they say, as `clsim.report.parts.hindsight.hindsight_of` gives it.
    stakeholders : dict of str to Prices
        Several people's prices; the first's are ``prices``. Empty for one.
    """

    setting: Setting
    prices: Prices
    reference: str
    pair: tuple[str, str]
    table: pd.DataFrame
    words: Words
    suffix: str
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)
    counterfactuals: list[Any] = field(default_factory=list)
    hindsight: Any = None
    stakeholders: dict[str, Prices] = field(default_factory=dict)

    def __post_init__(self) -> None:
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
    def few(self) -> list[str]:
        """Strategies that have a row in figures: the cheapest `ROWS`, and the reference."""
        first = self.order[:ROWS]
        return first if self.reference in first else [*first[: ROWS - 1], self.reference]

    @property
    def left_out(self) -> str:
        """What captions say of the others; empty if all have a row."""
        more = len(self.order) > ROWS
        return f" The {ROWS} cheapest strategies; the others are in the table." if more else ""

    @property
    def seeds(self) -> list[int]:
        """All seeds of the setting."""
        return sorted({seed for by_seed in self.setting.runs.values() for seed in by_seed})

    @property
    def n_ticks(self) -> int:
        """Ticks of a run."""
        return int((self.first(self.reference).ticks["slice"] == "all").sum())

    @property
    def bin(self) -> int:
        """Ticks in a point of a curve over time."""
        return bin_width(self.n_ticks)

    @property
    def looks(self) -> dict[str, Look]:
        """How the strategies that figures single out are drawn."""
        return dict(zip(self.shown(), LOOKS, strict=False))

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

    def shown(self) -> list[str]:
        """The few strategies that say most: reference, choice, least retrained, best score."""
        if len(self.order) <= SHOWN:
            return [self.reference, *(name for name in self.order if name != self.reference)]
        best = str(self.means["score"].idxmax()) if self.means["score"].notna().any() else ""
        names = [self.reference, self.chosen, self.least_retrained, best]
        return [name for name in dict.fromkeys(names) if name]

    def badges(self) -> dict[str, str]:
        """What is said of a strategy beside its name."""
        by_strategy: dict[str, list[str]] = {self.reference: ["reference"]}
        if self.advice.refused:  # totals of other events
            return {self.reference: "reference"}
        by_strategy.setdefault(self.order[0], []).append("cheapest in total")
        if self.means["score"].notna().any():
            by_strategy.setdefault(str(self.means["score"].idxmax()), []).append("best score")
        return {name: ", ".join(words) for name, words in by_strategy.items()}

    def difference(self, quantity: str, a: str, b: str) -> Interval:
        """A quantity of strategy A minus that of B, paired by seed."""
        return paired_difference(self.table, quantity, a, b)


@dataclass(frozen=True)
class Term:
    """A price, and what it is paid for.

    Attributes
    ----------
    key : str
        The price's name.
    label : str
        What is paid for, as ``'retrainings'``.
    unit : str
        What one price is for, as ``'retraining'``.
    price : float
    counts : pandas.Series
        Quantity of each row of the section's table.
    fixed : bool, default=False
        Whether the price is none that a reader would move.
    """

    key: str
    label: str
    unit: str
    price: float
    counts: pd.Series
    fixed: bool = False


def terms(section: Section) -> list[Term]:
    """The total cost of a run as a sum of prices times quantities, errors first.

    A matrix of prices of errors gives a term for each cell off its diagonal, and for the cells
    on it that cost something. Events kept and their bytes are no term where all are kept, and
    no profiles, at no price, and alarms and reviews none where nobody looked at any: then they
    neither cost anything nor tell strategies apart.
    """
    prices, table = section.prices, section.table
    if not prices.by_class:
        loss = section.words.loss
        units = {"wrong predictions": "wrong prediction", "money lost to errors": "unit of money"}
        unit = units.get(loss, "unit of loss")
        summands = [Term("error", loss, unit, float(prices.error), table["loss"])]
    else:
        summands = _cells(section)
    no_profiles = bool((table["profiles"] == 0).all())
    plain = no_profiles and bool((table["logged"] == table["n"]).all())
    idle = {"logged": plain, "megabyte": plain, "profile": no_profiles,
            "alarm": bool((table["looked_at"] == 0).all()),
            "review": bool((table["reviews"] == 0).all())}  # fmt: skip
    for key, quantity in units_of(table, prices).items():
        price = float(getattr(prices, key))
        if price == 0 and idle.get(key, False):
            continue
        label, unit = PAID.get(key, (key, key))
        if key == "waiting" and not section.words.timed:
            label, unit = "rows of waiting for labels", "label and row of waiting"
        summands.append(Term(key, label, unit, price, table[quantity]))
    return summands


def _cells(section: Section) -> list[Term]:
    costs = np.asarray(section.prices.error, dtype=float)
    classes = section.first(section.reference).info.classes
    cells = []
    for i, j in np.ndindex(*costs.shape):
        if i == j and costs[i, j] == 0:
            continue
        cell = np.zeros_like(costs)
        cell[i, j] = 1.0
        unit = replace(section.prices, error=cell.tolist())
        counts = priced(section.setting, unit, section.reference)["error_cost"]
        called = f"{classes[i]} taken for {classes[j]}"
        cells.append(
            Term(f"error[{i}][{j}]", called, called, float(costs[i, j]), counts, fixed=i == j)
        )
    return cells


def make_section(
    setting: Setting,
    prices: Prices,
    reference: str | None,
    pair: tuple[str, str] | None,
    suffix: str,
) -> Section:
    """A setting at given prices; reference and pair where the setting has them, else defaults."""
    if reference not in setting.runs:
        reference = reference_of([setting], prices, None)
    table = priced(setting, prices, reference)
    run = next(iter(setting.runs[reference].values()))
    score, loss = SCORES.get(run.info.loss, ("score", "loss"))
    ticks = run.ticks[run.ticks["slice"] == "all"]
    words = Words(
        score, loss, prices.currency, run.info.timed, _point(ticks, bin_width(len(ticks))),
        max(len(by_seed) for by_seed in setting.runs.values()),
    )  # fmt: skip
    section = Section(setting, prices, reference, ("", ""), table, words, suffix)
    if pair is not None and set(pair) <= set(setting.runs):
        section.pair = pair
    else:
        other = section.chosen
        if other == reference:
            other = section.least_retrained
        section.pair = (other, reference)
    return section


def check_strategies(among: Sequence[Setting], key: str, names: Sequence[str]) -> None:
    """Raise ``ValueError`` for a strategy that no setting has."""
    known = list(dict.fromkeys(name for setting in among for name in setting.runs))
    for name in names:
        if name not in known:
            raise ValueError(f"{key}: {unknown('strategy', name, known)}")


def _point(ticks: pd.DataFrame, width: int) -> str:
    """What a bin is, in words: ticks, their length and number of events."""
    count = "1 tick" if width == 1 else f"{width} ticks"
    events = ticks["n"].groupby(ticks["tick"].to_numpy() // width).sum().iloc[:-1]
    if len(events) == 0:
        return count
    about = "" if events.min() == events.max() else "about "
    return f"{count}, {about}{amount(round(events.mean()))} events"


# words ------------------------------------------------------------------------------------------


def seeds_text(count: int) -> str:
    """A number of seeds in words."""
    return "1 seed" if count == 1 else f"{count} seeds"


def capital(text: str) -> str:
    """With a capital letter first."""
    return text[:1].upper() + text[1:]


def clock(times: pd.Series, timed: bool) -> np.ndarray:
    """Clock times of a table as integers."""
    values = times.to_numpy()
    return (values.astype("datetime64[us]") if timed else values).astype("int64")
