"""What an interval between retrainings costs, and the prices at which the choice changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from clsim.analysis.findings.schedules import (
    cost_of_every_period,
    cost_of_intervals,
    price_switches,
)
from clsim.clock import UNITS
from clsim.report.figures.hindsight import schedule_cost
from clsim.report.markup import lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount


def tick_text(section: Section) -> str:
    """How long a tick is, in words."""
    length = section.tick_length
    if not section.words.timed:
        return f"{amount(length)} rows"
    for unit in ("d", "h", "min"):
        if length >= UNITS[unit]:
            return f"{amount(length / UNITS[unit])} {unit}"
    return f"{amount(length / UNITS['s'])} s"


def by_interval(section: Section) -> Part | None:
    """The U curve, from the runs and, denser, from the counterfactual tables."""
    curve, points = cost_of_every_period(section), cost_of_intervals(section)
    if curve.empty and points.empty:
        return None
    base = section.reference if curve.empty else "retraining at every tick"
    words = section.words
    caption = (
        "What an interval between retrainings costs: the longer it is, the more staleness costs "
        "and the less retraining does; the sum has a least."
    )
    if len(points):
        caption += f" Circles: strategies that differ in their interval alone, against {base}."
    if len(curve):
        caption += (
            " Lines: every period from the counterfactual table, each averaged over its phases, "
            "against retraining at every tick"
            + (", mean over the seeds that have a table." if section.words.seeds > 1 else ".")
            + (" Cost of retraining: trainings alone." if section.prices.label else "")
        )
    tables = {}
    if len(curve):
        tables["schedule_cost_table"] = curve
    if len(points):
        tables["schedule_cost"] = points
    draw = partial(
        schedule_cost, curve if len(curve) else None, points if len(points) else None,
        tick_text(section), words,
    )  # fmt: skip
    return Part("Cost of a schedule", drawings=[Drawing("schedule_cost", draw, caption)],
                tables=tables, cites=("zliobaite2015",))  # fmt: skip


def break_even(section: Section) -> Part | None:
    """For each price: where the cheapest strategy that meets the floor changes."""
    changes, floor = price_switches(section), section.advice.floor
    if changes.empty:
        return None
    rows = [
        [f"{row['price']} (now {amount(row['now'])})", _range(row, section.words.seeds),
         str(row["below"]), str(row["above"])]
        for row in changes.to_dict("records")
    ]  # fmt: skip
    said = (
        "Each line: a price, the others as they are, at which the cheapest strategy "
        + ("changes." if floor is None else "that meets the floor changes.")
        + (" Intervals are bootstrapped over seeds." if section.words.seeds > 1 else "")
    )
    html = plain_table(
        "Where the cheapest strategy changes",
        [f"price ({section.words.currency})", "changes at", "cheapest below", "cheapest above"],
        rows,
    )
    return Part("Prices that overturn the choice", lead=lead(said), html=html,
                tables={"break_even": changes})  # fmt: skip


def _range(row: Mapping[Any, Any], seeds: int) -> str:
    text = amount(row["at"])
    if seeds > 1 and row["low"] == row["low"]:
        text += f" ({amount(row['low'])} to {amount(row['high'])})"
    return text
