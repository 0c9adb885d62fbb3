"""Another sweep beside this one: the difference, paired by seed, and what has no partner."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.beside import Beside, beside, beside_means
from clsim.analysis.compare.comparison import Setting
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
    words, prices = sections[0].words, sections[0].prices
    found = beside([section.setting for section in sections], other, prices)
    several = len(sections) > 1
    totals, scores = beside_means(found, "total"), beside_means(found, "score")
    title = f"Beside {name}"
    tables = {f"beside_{slug}": pd.concat([totals, scores]), f"beside_{slug}_pairs": found.pairs,
              f"beside_{slug}_unpaired": found.unpaired}  # fmt: skip
    listed = joined(Markup("<li>{}</li>").format(text) for text in _said(found, name, several))
    start = Markup("<ul class=lead>{}</ul>").format(listed)
    if found.pairs.empty:
        return Part(title, lead=start, html=_unpaired(found, name), tables=tables)
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
    spread = f"95% interval over up to {totals['draws'].max()} seeds" if known else ""
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
        + (f" The {MOST} largest of {len(totals)}." if len(totals) > MOST else "")
    )
    return Part(
        title,
        lead=start,
        drawings=[Drawing(f"beside_{slug}", draw, caption)],
        html=plain_table(f"Total cost here and in {name}", headings, rows) + _unpaired(found, name),
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


def _said(found: Beside, name: str, several: bool) -> list[str]:
    """What the two sweeps differ in, and which runs have partners."""
    pairs, unpaired = found.pairs, found.unpaired
    missing = {sweep: int((unpaired["sweep"] == sweep).sum()) for sweep in "ab"}
    said = [
        f"{len(pairs)} runs have a partner in {name}: the same strategy, setting and seed. Without "
        f"one: {missing['a']} here, {missing['b']} in {name}."
    ]
    for setting, a, b in found.differences.itertuples(index=False):
        where = f"{setting}: " if several and setting else ""
        said.append(
            f"{where}here {a or 'the default'}, in {name} {b or 'the default'}."
            if a or b
            else f"{where}the configurations say no difference but of strategies."
        )
    if len(pairs) and not pairs["same_labels"].all():
        count = int((~pairs["same_labels"]).sum())
        said.append(
            f"{count} of the pairs replayed different labels: they share the seed alone, and "
            "intervals are hardly narrower than without pairing."
        )
    elif len(pairs) and not pairs["same_events"].all():
        said.append("Some pairs did not serve the same events: another tick, warm-up or delay.")
    return said


def _unpaired(found: Beside, name: str) -> Markup:
    """Runs without a partner, folded."""
    if found.unpaired.empty:
        return Markup()
    where = {"a": "here", "b": name}
    seeds: dict[tuple[str, ...], list[int]] = {}
    for row in found.unpaired.to_dict("records"):
        key = (row["strategy"], row["setting"], where[row["sweep"]], row["reason"])
        seeds.setdefault(key, []).append(row["seed"])
    rows = [[*key[:3], ", ".join(map(str, sorted(own))), key[3]] for key, own in seeds.items()]
    headings = ["strategy", "setting", "sweep", "seeds", "why"]
    return plain_table("Runs without a partner", headings, rows, folded=True)


def _score(row: dict[Any, Any]) -> str:
    text = amount(row["difference"])
    if pd.isna(row["low"]):
        return text
    return f"{text} ({amount(row['low'])} to {amount(row['high'])})"
