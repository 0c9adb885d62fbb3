"""Slice by slice: the choice, the costs, and what the strategies cost more or less than it."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from clsim.report.markup import joined, lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount

SHOWN = 24
"""Largest number of slices that the page shows; the table has all."""


def by_slice(section: Section) -> Part | None:
    """For each slice, the strategy that it would choose, and what the choice for all costs it."""
    frame = section.answers.slices
    if frame.empty or len(section.order) < 2:
        return None
    chosen, currency = section.chosen, section.words.currency
    names = list(dict.fromkeys(frame["slice"]))
    rows: list[list[Any]] = []
    for name in names[:SHOWN]:
        of = frame[frame["slice"] == name].set_index("strategy")
        best = str(of.index[of["choice"].astype(bool)][0])
        bounds = ["mean", "low", "high"]
        against: list[Any] = [
            tuple(of.loc[other, bounds]) if other != chosen else None
            for other in (best, section.reference)
        ]
        sure = [other for other in of.index if of.loc[other, "loses"]]
        rows.append(
            [name, of.loc[chosen, "n"], best, of.loc[chosen, "cost"], of.loc[best, "cost"],
             *against, ", ".join(map(str, sure)) or "none"]
        )  # fmt: skip
    headings = [
        "slice", "events", "its own choice", f"cost of {chosen} ({currency})",
        f"cost of its own choice ({currency})", f"{chosen} costs more than its own choice",
        f"{chosen} costs more than {section.reference}", "surely dearer than",
    ]  # fmt: skip
    if chosen == section.reference:
        headings, rows = [*headings[:6], headings[7]], [[*r[:6], r[7]] for r in rows]
    over = (
        f"95% intervals over {section.advice.seeds} seeds"
        if section.advice.seeds > 1 and not section.setting.one_draw
        else "95% intervals over moving blocks of ticks of this one stream"
    )
    said = (
        f"What each slice would choose for itself, and what '{chosen}', the choice for all, costs "
        f"it, in {currency} for the whole replay. Every event bears the same share of the upkeep, "
        "so the slices that part the events add up to the whole. Under each difference: "
        f"{over}. The last column names strategies than which '{chosen}' is dearer by intervals "
        f"that hold for all {len(names)} slices and all strategies together at 95% (Bonferroni)."
    )
    costs = joined(_costs(name, frame[frame["slice"] == name], currency) for name in names[:SHOWN])
    more = f" The {SHOWN} largest of {len(names)} slices." if len(names) > SHOWN else ""
    return Part(
        "Slice by slice", lead=lead(said + more),
        html=plain_table("What each slice would choose", headings, rows) + costs,
        tables={"slices": frame},
    )  # fmt: skip


def _costs(name: str, of: Any, currency: str) -> Markup:
    """All strategies on one slice, folded."""
    rows = [
        [r["strategy"], r["score"], r["errors"], r["upkeep"], r["cost"],
         (r["mean"], r["low"], r["high"])]
        for r in of.to_dict("records")
    ]  # fmt: skip
    headings = ["strategy", "score", "errors", "share of upkeep", f"cost ({currency})",
                "the choice costs more than it"]  # fmt: skip
    events = amount(round(of["n"].iloc[0]))
    return plain_table(f"{name}: {events} events", headings, rows, folded=True)
