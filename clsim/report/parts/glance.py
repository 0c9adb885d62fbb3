"""All settings at a glance: who is cheapest in each, and what befell the models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.findings.choice import at_a_glance, befallen
from clsim.report import latex
from clsim.report.markup import lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table

MOST = 10
"""Largest number of strategies that have a column."""

CALLED = {
    "trials": "trials", "rollbacks": "rollbacks", "reuses": "re-uses", "alarms": "alarms",
    "reviews": "reviews", "adaptations": "adaptations", "repairs": "repairs",
    "bought": "labels bought", "failed": "failed trainings",
    "rejected": "rejected challengers",
}  # fmt: skip
"""What is counted of the models of a strategy, and what it is called."""


def anchor(section: Section) -> str:
    """Where the page speaks of a setting."""
    return f"setting{section.suffix}"


def glance(sections: Sequence[Section]) -> Part:
    """A row for each setting: the choice, and what each strategy costs more than it."""
    frame, currency = at_a_glance(sections), sections[0].words.currency
    every = frame.groupby("strategy", sort=False)["cost"].mean().sort_values(kind="stable").index
    shown = [str(name) for name in every[:MOST]]
    rows = [_row(section, frame, shown) for section in sections]
    headings = ["setting", "choice", f"its total cost ({currency})", *shown]
    more = len(every) - len(shown)
    seeds = max(section.words.seeds for section in sections)
    said = (
        "For each setting the choice, which is the cheapest strategy, and what each of the others "
        f"costs more than it, in {currency} for the whole replay."
    )
    if seeds > 1:
        said += (
            f" Below each difference: its 95% interval over {seeds} seeds, paired. One that holds "
            "0 does not tell the two apart."
        )
    if more > 0:
        said += f" The {MOST} cheapest strategies; {more} more are in tables/settings.csv."
    happened = befallen(sections)
    return Part(
        "Settings at a glance",
        lead=lead(said),
        html=plain_table("What each strategy costs more than the choice", headings, rows)
        + _happened(happened),
        tables={"settings": frame, **({"befallen": happened} if len(happened) else {})},
        latex={"settings": _latex(frame, shown, headings, seeds)},
        cites=("student1908",) if seeds > 1 else (),
    )


def _row(section: Section, frame: pd.DataFrame, shown: Sequence[str]) -> list[Any]:
    own = frame[frame["setting"] == section.setting.name].set_index("strategy")
    link = Markup('<a href="#{}">{}</a>').format(anchor(section), section.setting.name)
    chosen = section.advice.strategy
    if chosen is None:
        why = section.advice.refused or "no strategy reaches the least score allowed"
        return [link, f"none: {why}", None, *(None for _ in shown)]
    return [link, chosen, own.loc[chosen, "cost"], *(_cell(own, name, chosen) for name in shown)]


def _cell(own: pd.DataFrame, name: str, chosen: str) -> Any:
    if name == chosen:
        return Markup('<td class="won" data-v="0">cheapest</td>')
    return tuple(own.loc[name, ["more", "low", "high"]]) if name in own.index else None


def _happened(frame: pd.DataFrame) -> Markup:
    """What befell the models, folded."""
    if frame.empty:
        return Markup()
    counted = [key for key in CALLED if key in frame]
    rows = [
        [f"{row['setting']}: {row['strategy']}", *(row[key] for key in counted)]
        for row in frame.to_dict("records")
    ]
    headings = ["setting and strategy", *(CALLED[key] for key in counted)]
    return plain_table("What befell the models, in each run on average", headings, rows,
                       folded=True)  # fmt: skip


def _latex(frame: pd.DataFrame, shown: Sequence[str], headings: Sequence[str], seeds: int) -> str:
    rows = []
    for name, own in frame.groupby("setting", sort=False):
        by = own.set_index("strategy").astype({"chosen": bool})
        best = [str(one) for one in by.index[by["chosen"]]]
        cost, more, low = (by[key].reindex([*best, *shown]).tolist() for key in
                           ("cost", "more", "low"))  # fmt: skip
        first = [best[0], latex.number(cost[0])] if best else ["--", "--"]
        gaps = zip(more, low, strict=True)
        cells = [latex.number(one, one - least) for one, least in gaps][len(best) :]
        rows.append([str(name), *first, *cells])
    caption = "What each strategy costs more than the choice" + (
        f", with 95% intervals over {seeds} seeds, paired." if seeds > 1 else "."
    )
    return latex.table(headings, rows, caption, "settings")
