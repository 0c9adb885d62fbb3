"""What challengers were tested for: a line for each, which opens to its report card."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.findings.models import cards as card_frame
from clsim.analysis.findings.models import verdicts
from clsim.clock import to_minute
from clsim.report.markup import fold, joined, lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount

CHALLENGERS = 20
"""Largest number of challengers of a strategy that are shown; the last ones."""

KINDS = {
    "offline_test": "on past events", "online_test": "on live events", "review": "by a person",
}  # fmt: skip


def cards(section: Section) -> Part | None:
    """What each challenger was tested for, and what was found."""
    every, passed = card_frame(section), verdicts(section)
    if every.empty:
        return None
    seed = int(every["seed"].min())
    own, counts = every[every["seed"] == seed], passed[passed["seed"] == seed]
    names = [name for name in section.order if name in set(own["strategy"])]
    found = {name: own[own["strategy"] == name] for name in names}
    counts = counts.set_index("strategy")
    said = "; ".join(_said(name, *counts.loc[name, ["passed", "challengers"]]) for name in names)
    first = lead(
        f"What challengers were tested for before they served. With seed {seed}, {said}. Each line "
        "opens to the report card: the values of challenger and champion on the same events, and "
        "the interval that the test went by, which is of their difference (challenger less "
        "champion), or of the challenger's own value where it is held against a floor. The last "
        "column says which difference so many rows would have shown."
    )
    pieces = [_strategy(section, name, frame, len(found) > 1) for name, frame in found.items()]
    return Part("Tests of challengers", lead=first, html=joined(pieces),
                tables={"report_cards": every, "verdicts": passed})  # fmt: skip


def _said(name: str, passed: int, challengers: int) -> str:
    return f"{name} let {passed} of {challengers} challengers pass"


def _strategy(section: Section, name: str, frame: pd.DataFrame, several: bool) -> Markup:
    groups = [group for _, group in frame.groupby(["tick", "kind", "model"], sort=False)]
    shown = joined(_fold(section, group) for group in groups[-CHALLENGERS:])
    left_out = len(groups) - CHALLENGERS
    if left_out > 0:
        shown = lead(f"The last {CHALLENGERS} of {len(groups)} verdicts.") + shown
    if not several:
        return shown
    return fold(name, shown)


def _fold(section: Section, lines: pd.DataFrame) -> Markup:
    """One verdict, to be opened."""
    first = lines.iloc[0]
    when = to_minute(first["time"]) if section.words.timed else f"row {first['time']:,}"
    against = "" if pd.isna(first["against"]) else f" against model {first['against']}"
    verdict = "passed" if first["passed"] else "rejected"
    said = (
        f"Tick {first['tick']}, {when}: model {first['model']}{against}, tested "
        f"{KINDS[first['kind']]}, {verdict}: {first['verdict']}"
    )
    return fold(said, _card(lines))


def _card(lines: pd.DataFrame) -> Markup:
    headings = ["test", "metric", "slice", "challenger", "champion", "interval", "rows", "verdict",
                "reason", "rows would show"]  # fmt: skip
    return plain_table("Report card", headings, [_row(line) for line in lines.to_dict("records")])


def _row(line: dict[Any, Any]) -> list[Any]:
    accepted = line["accepted"]
    verdict = "says nothing" if pd.isna(accepted) else "holds" if accepted else "does not hold"
    return [
        line["test"], line["metric"], line["slice"], line["challenger"], line["champion"],
        interval_text(line["low"], line["high"]), line["rows"], verdict, line["reason"],
        line["shows"],
    ]  # fmt: skip


def interval_text(low: float, high: float) -> str:
    """An interval in words; an open end is NaN.

    >>> interval_text(0.25, 0.5), interval_text(0.5, math.nan), interval_text(math.nan, math.nan)
    ('0.25 to 0.5', 'at least 0.5', '')
    """
    if math.isnan(low):
        return "" if math.isnan(high) else f"at most {amount(high)}"
    return f"at least {amount(low)}" if math.isnan(high) else f"{amount(low)} to {amount(high)}"
