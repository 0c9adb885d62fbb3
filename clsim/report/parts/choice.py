"""How far the choice can be trusted: chosen on one part, judged on another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.findings.choice import elsewhere as tuned
from clsim.analysis.findings.choice import (
    tuned_elsewhere,
    walk_folds,
    walk_means,
    walk_summary,
    walked,
)
from clsim.report.figures.comparing import promised_judged
from clsim.report.markup import joined, lead, note
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table

MOST_ROWS = 24
"""Largest number of choices in the figure."""


def next_best(section: Section) -> Markup:
    """HTML table of the runners-up of the recommendation; empty if there are none."""
    rivals = section.advice.runners_up
    if rivals.empty:
        return Markup()
    rows = [
        [r["strategy"], (r["mean"], r["low"], r["high"]), "yes" if r["apart"] else "no"]
        for r in rivals.to_dict("records")
    ]
    headings = ["runner-up", f"costs more ({section.words.currency})", "told apart by these seeds"]
    shown = 3 if section.advice.seeds > 1 else 2  # one seed tells nothing apart
    title = f"What the others cost more than {section.chosen}"
    return plain_table(title, headings[:shown], [row[:shown] for row in rows])


def ranked(section: Section) -> Part | None:
    """The runners-up alone."""
    ranking = next_best(section)
    return Part("The choice", html=ranking) if ranking else None


def forward(section: Section) -> Part | None:
    """The runners-up; and chosen on the past of each seed, judged on its future."""
    found = walked(section)
    if found is None:
        return ranked(section)
    per_event = f"{section.words.currency} per event"
    rows = walk_means(section).set_index("fold")
    rows.index = pd.Index([f"after {k} of {len(rows) + 1} parts" for k in rows.index])
    drawing = Drawing(
        "walk_forward", partial(promised_judged, rows.dropna(), f"cost ({per_event})"),
        "Walking forward over the stream: at each cut the strategy that was cheapest on the labels "
        "known by then is chosen, and judged until the next cut. The distance is what the past did "
        "not say of the future." + (" Means over seeds." if section.words.seeds > 1 else ""),
    )  # fmt: skip
    return Part(
        "The choice, judged on the future", lead=lead(found.text()),
        drawings=[drawing] if len(rows.dropna()) else [], html=next_best(section),
        tables={"walk_forward": walk_folds(section), "walk_summary": walk_summary(section)},
        cites=("dawid1984",),
    )  # fmt: skip


def elsewhere(sections: Sequence[Section]) -> Part | None:
    """Tuned on some seeds and settings, tested on those left out."""
    first, judged = sections[0], tuned(sections)
    frames = [frame for frame in (judged.seeds, judged.settings) if len(frame)]
    if not frames or (first.words.seeds < 2 and len(sections) < 2):
        return None
    rows: list[dict[str, Any]] = []
    for frame in frames:
        for r in frame.to_dict("records"):
            name = f"{r['left_out']}: {r['strategy']}"
            if frame is judged.seeds:
                where = f"{r['setting']}, " if len(sections) > 1 else ""
                name = f"{where}seed {name}"
            rows.append({"name": name, "promised": r["promised"], "judged": r["judged"]})
    table = pd.DataFrame(rows).set_index("name")
    few = table.tail(MOST_ROWS)
    drawing = Drawing(
        "left_out", partial(promised_judged, few, f"cost ({judged.currency} per event)"),
        "Tuned on all seeds (or settings) but one, tested on the one left out: what the choice "
        "cost where it was made, and where it was not.",
    )  # fmt: skip
    skipped = joined(
        note(f"{name or 'this setting'} could not be used: {why}.")
        for name, why in judged.left_out.items()
    )
    return Part(
        "The choice, judged elsewhere",
        lead=lead(judged.text()) + skipped, drawings=[drawing],
        tables={"left_out": tuned_elsewhere(judged), "left_out_summary": judged.summary},
    )  # fmt: skip
