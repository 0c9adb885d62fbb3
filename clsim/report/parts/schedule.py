"""What an interval between retrainings costs, and the prices at which the choice changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.cost.breakeven import switches
from clsim.analysis.cost.schedule_cost import cost_by_interval, cost_by_period, intervals
from clsim.clock import UNITS
from clsim.hindsight.optimum import error_price
from clsim.report.figures.hindsight import schedule_cost
from clsim.report.markup import lead
from clsim.report.parts.hindsight import Hindsight
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section, clock
from clsim.report.tables import plain_table
from clsim.rounding import amount
from clsim.runs.ledger import units_of
from clsim.runs.run import Run

LEAST = 3
"""Fewest intervals that make a curve."""


def tick_text(section: Section) -> str:
    """How long a tick is, in words."""
    run = section.first(section.reference)
    ticks = run.ticks[run.ticks["slice"] == "all"]
    length = float(np.median(clock(ticks["end"], section.words.timed)
                             - clock(ticks["start"], section.words.timed)))  # fmt: skip
    if not section.words.timed:
        return f"{amount(length)} rows"
    for unit in ("d", "h", "min"):
        if length >= UNITS[unit]:
            return f"{amount(length / UNITS[unit])} {unit}"
    return f"{amount(length / UNITS['s'])} s"


def by_interval(section: Section, hindsight: Hindsight | None) -> Part | None:
    """The U curve, from the runs and, denser, from the counterfactual tables."""
    curve = _curve(section, hindsight)
    if curve is not None and hindsight is not None:
        table, base = _from_every_tick(section, hindsight), "retraining at every tick"
    else:
        table, base = section.table, section.reference
    points = _points(section, table)
    if curve is None and points is None:
        return None
    words = section.words
    caption = (
        "What an interval between retrainings costs: the longer it is, the more staleness costs "
        "and the less retraining does; the sum has a least."
    )
    if points is not None:
        caption += f" Circles: strategies that differ in their interval alone, against {base}."
    if curve is not None:
        caption += (
            " Lines: every period from the counterfactual table, each averaged over its phases, "
            "against retraining at every tick"
            + (", mean over the seeds that have a table." if section.words.seeds > 1 else ".")
            + (" Cost of retraining: trainings alone." if section.prices.label else "")
        )
    tables = {}
    if curve is not None:
        tables["schedule_cost_table"] = curve
    if points is not None:
        tables["schedule_cost"] = points
    draw = partial(schedule_cost, curve, points, tick_text(section), words)
    return Part("Cost of a schedule", drawings=[Drawing("schedule_cost", draw, caption)],
                tables=tables, cites=("zliobaite2015",))  # fmt: skip


def _from_every_tick(section: Section, hindsight: Hindsight) -> pd.DataFrame:
    """The section's table reckoned as the lines are: trainings alone, and against every tick."""
    prices, table = section.prices, section.table
    least = {
        seed: float(cost_by_period(tables[0], prices, [1])["loss"].iloc[0])
        for seed, tables in hindsight.tables.items()
    }
    # an opportunity is missing where a run served other events
    behind = (table["loss"] - table["seed"].map(least)).where(table["opportunity"].notna())
    return table.assign(
        opportunity_money=error_price(prices) * behind,
        upkeep=(prices.retraining + prices.by_hand) * table["retrainings"]
        + prices.row * table["rows_trained"],
    )


def _points(section: Section, table: pd.DataFrame) -> pd.DataFrame | None:
    groups: dict[str, dict[str, float]] = {}
    for name, ticks in intervals(section.setting).items():
        if table.loc[table["strategy"] == name, "opportunity_money"].notna().any():
            groups.setdefault(_but_interval(section.first(name)), {})[name] = ticks
    groups = {key: every for key, every in groups.items() if len(set(every.values())) >= LEAST}
    if not groups:
        return None
    frames = [
        cost_by_interval(table, every)
        .sort_values("total", kind="stable")
        .drop_duplicates("every")
        .sort_values("every", ignore_index=True)
        for every in groups.values()
    ]
    # one curve: of the most intervals, and of equals the cheapest
    return max(frames, key=lambda frame: (len(frame), -frame["total"].min()))


def _but_interval(run: Run) -> str:
    """What strategies share that differ in their interval alone."""
    strategy = {k: v for k, v in run.config["strategy"].items() if k != "name"}
    trigger = {k: v for k, v in strategy["trigger"].items() if k != "every"}
    return json.dumps({**strategy, "trigger": trigger}, sort_keys=True, default=str)


def _curve(section: Section, hindsight: Hindsight | None) -> pd.DataFrame | None:
    if hindsight is None:
        return None
    frames = []
    for tables in hindsight.tables.values():
        try:
            frames.append(cost_by_period(tables[0], section.prices))
        except ValueError:  # a coarser grid of candidates has no schedule of every tick
            return None
    return pd.concat(frames).groupby("every", as_index=False).mean().pipe(_best)


def _best(curve: pd.DataFrame) -> pd.DataFrame:
    return curve.dropna(subset=["total"]).assign(best=lambda c: c["total"] == c["total"].min())


def break_even(section: Section) -> Part | None:
    """For each price: where the cheapest strategy that meets the floor changes."""
    advice = section.advice
    meeting = {advice.strategy, *advice.runners_up["strategy"]} - {None}
    if advice.refused or len(meeting) < 2:
        return None
    table = section.table[section.table["strategy"].isin(meeting)]
    units = units_of(table, section.prices).items()
    keys = [key for key, name in units if table[name].min() < table[name].max()]
    if not section.prices.by_class:
        keys = ["error", *keys]
    frames = []
    for key in keys:
        try:
            frames.append(switches(table, section.prices, key))
        except (ValueError, KeyError):  # a price that the break-even does not know
            continue
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return None
    changes = pd.concat(frames, ignore_index=True)
    rows = [
        [f"{row['price']} (now {amount(row['now'])})", _range(row, section.words.seeds),
         str(row["below"]), str(row["above"])]
        for row in changes.to_dict("records")
    ]  # fmt: skip
    said = (
        "Each line: a price, the others as they are, at which the cheapest strategy "
        + ("changes." if advice.floor is None else "that meets the floor changes.")
        + (" Intervals are bootstrapped over seeds." if section.words.seeds > 1 else "")
    )
    html = plain_table(["price", "changes at", "cheapest below", "cheapest above"], rows)
    return Part("Prices that overturn the choice", lead=lead(said), html=html,
                tables={"break_even": changes})  # fmt: skip


def _range(row: Mapping[Any, Any], seeds: int) -> str:
    text = amount(row["at"])
    if seeds > 1 and row["low"] == row["low"]:
        text += f" ({amount(row['low'])} to {amount(row['high'])})"
    return text
