"""Another sweep beside this one: the difference, paired by seed, and what has no partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.comparison import Setting
from clsim.analysis.findings.beside import COMPARED, beside_others
from clsim.report import latex
from clsim.report.figures.factors import differences_of
from clsim.report.markup import joined
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount

MOST = 12
"""Largest number of differences in the figure; the table has all."""


def beside_another(
    sections: Sequence[Section], name: str, other: Sequence[Setting], slug: str
) -> Part:
    """The difference of another sweep, by its ``name``, from this one; at the prices of this."""
    words, several = sections[0].words, len(sections) > 1
    frames = beside_others(sections, {name: other})
    counts = frames["beside_counts"].iloc[0]
    title = f"Beside {name}"
    tables = {key.replace("beside", f"beside_{slug}"): frame for key, frame in frames.items()}
    listed = joined(Markup("<li>{}</li>").format(text) for text in _said(frames, name, several))
    start = Markup("<ul class=lead>{}</ul>").format(listed)
    if not counts["pairs"]:
        return Part(title, lead=start, html=_unpaired(frames, name), tables=tables)
    means = frames["beside"]
    totals, scores = (means[means["value"] == of].reset_index(drop=True) for of in COMPARED)
    headings = [*(["setting"] if several else []), "strategy",
                f"total cost here ({words.currency})", f"in {name}", "difference",
                f"difference of {words.score}", "pairs"]  # fmt: skip
    rows: list[list[Any]] = []
    tex: list[list[str]] = []
    both = zip(totals.to_dict("records"), scores.to_dict("records"), strict=True)
    for cost, score in both:
        first = [cost["setting"]] if several else []
        gap = (cost["difference"], cost["low"], cost["high"])
        rows.append([*first, cost["strategy"], cost["a"], cost["b"], gap, _score(score),
                     cost["pairs"]])  # fmt: skip
        tex.append([*first, cost["strategy"], latex.number(cost["a"]), latex.number(cost["b"]),
                    latex.number(gap[0], gap[0] - gap[1])])  # fmt: skip
    known = bool(totals["low"].notna().any())
    spread = f"95% interval over up to {counts['draws']} seeds" if known else ""
    # of many, those that differ most
    drawn = totals.loc[totals["difference"].abs().nlargest(MOST).index.sort_values()]
    labels = [f"{t.strategy}, {t.setting}" if several else t.strategy for t in drawn.itertuples()]
    figure = drawn.assign(estimate=drawn["difference"], group="").set_axis(labels)
    draw = partial(
        differences_of, figure, f"total cost in {name} less that here ({words.currency})", spread
    )
    caption = (
        f"Difference of total cost, {name} less this sweep, of runs with the same strategy, "
        "setting and seed. Left of 0: it costs less there."
        + (f" The {MOST} largest of {counts['compared']}." if counts["compared"] > MOST else "")
    )
    return Part(
        title,
        lead=start,
        drawings=[Drawing(f"beside_{slug}", draw, caption)],
        html=plain_table(f"Total cost here and in {name}", headings, rows)
        + _unpaired(frames, name),
        tables=tables,
        latex={
            f"beside_{slug}": latex.table(
                headings[:-2], tex,
                f"Total cost here and in {name}, and the difference, paired by seed"
                + (", with 95% intervals." if known else "."),
                f"beside-{slug.replace('_', '-')}",
            )
        },
        cites=("student1908",) if known else (),
    )  # fmt: skip


def _said(frames: Mapping[str, pd.DataFrame], name: str, several: bool) -> list[str]:
    """What the two sweeps differ in, and which runs have partners."""
    counts = frames["beside_counts"].iloc[0]
    said = [
        f"{counts['pairs']} runs have a partner in {name}: the same strategy, setting and seed. "
        f"Without one: {counts['unpaired_here']} here, {counts['unpaired_there']} in {name}."
    ]
    for of in frames["beside_settings"].to_dict("records"):
        where = f"{of['setting']}: " if several and of["setting"] else ""
        said.append(
            f"{where}here {of['a'] or 'the default'}, in {name} {of['b'] or 'the default'}."
            if of["a"] or of["b"]
            else f"{where}the configurations say no difference but of strategies."
        )
    if counts["different_labels"]:
        said.append(
            f"{counts['different_labels']} of the pairs replayed different labels: they share the "
            "seed alone, and intervals are hardly narrower than without pairing."
        )
    elif counts["different_events"]:
        said.append("Some pairs did not serve the same events: another tick, warm-up or delay.")
    return said


def _unpaired(frames: Mapping[str, pd.DataFrame], name: str) -> Markup:
    """Runs without a partner, folded."""
    where = {"a": "here", "b": name}
    seeds: dict[tuple[str, ...], list[int]] = {}
    for row in frames["beside_unpaired"].to_dict("records"):
        key = (row["strategy"], row["setting"], where[row["sweep"]], row["reason"])
        seeds.setdefault(key, []).append(row["seed"])
    if not seeds:
        return Markup()
    rows = [[*key[:3], ", ".join(map(str, sorted(own))), key[3]] for key, own in seeds.items()]
    headings = ["strategy", "setting", "sweep", "seeds", "why"]
    return plain_table("Runs without a partner", headings, rows, folded=True)


def _score(row: dict[Any, Any]) -> str:
    text = amount(row["difference"])
    if pd.isna(row["low"]):
        return text
    return f"{text} ({amount(row['low'])} to {amount(row['high'])})"
