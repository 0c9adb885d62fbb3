"""The table of all strategies, for the page, as CSV, and in LaTeX."""

from __future__ import annotations

from markupsafe import Markup

from clsim.report import latex
from clsim.report.markup import lead
from clsim.report.parts.own_table import unknown_of
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import columns, html_table, tidy

SOMETIMES = {
    "logged": "events kept", "profiles": "profiles", "megabytes": "megabytes kept",
    "deleted": "events deleted",
    "bought": "labels bought", "trials": "trials", "rollbacks": "rollbacks",
    "reuses": "re-uses", "alarms": "alarms",
    "looked_at": "alarms looked at", "reviews": "reviews", "adaptations": "adaptations",
    "repairs": "repairs", "abstained": "events left to somebody else",
    "changed": "answers changed by a new champion",
}  # fmt: skip
"""Quantities that the table has where some run has more than a run without them would have."""


def all_strategies(section: Section) -> Part:
    """Every quantity of every strategy."""
    words, suffix = section.words, section.suffix
    headings = columns(words.score, words.loss, words.currency)
    unknown = unknown_of(section)
    headings = [pair for pair in headings if pair[0] not in unknown]
    headings += [pair for pair in SOMETIMES.items() if _differs(section, pair[0])]
    html = html_table(
        section.summary, section.order, headings, section.pareto, section.badges(), suffix
    )
    seeds = "Means with 95% intervals (Student's t over seeds)" if words.seeds > 1 else "One seed"
    said = Markup(
        "{}, cheapest first; click a heading to sort. Opportunity cost and cost difference "
        "are against {}, seed by seed. The initial training is in none of the costs. As CSV: "
        "<code>tables/strategies{suffix}.csv</code>; in LaTeX: "
        "<code>tables/strategies{suffix}.tex</code>."
    ).format(seeds, section.reference, suffix=suffix)
    few = [(q, h) for q, h in headings if q in ("score", "total", "upkeep", "retrainings")]
    return Part(
        "All strategies", lead=lead(said), html=html,
        tables={"strategies": tidy(
            section.summary[~section.summary["quantity"].isin(unknown)],
            section.pareto, section.reference, section.setting.name,
        )},
        latex={"strategies": latex.strategies(section, few)},
        cites=("student1908",) if words.seeds > 1 else (),
    )  # fmt: skip


def _differs(section: Section, quantity: str) -> bool:
    """Whether a quantity is another in some run than where nobody asks for it."""
    table = section.table
    if quantity not in table:
        return False
    if quantity == "megabytes":  # where they say more than events kept
        return _differs(section, "profiles") or section.prices.megabyte > 0
    return bool((table[quantity] != (table["n"] if quantity == "logged" else 0)).any())
