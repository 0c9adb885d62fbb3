"""What a stream or a table is, as parts of a page."""

from __future__ import annotations

from functools import partial
from typing import Any

from markupsafe import Markup

from clsim.analysis.describe.delays import Delays
from clsim.analysis.describe.finding import findings_frame
from clsim.analysis.describe.table import Description
from clsim.engine.knowledge import Knowledge
from clsim.report.describing import HEADS, delay_line, role_lines, sentence
from clsim.report.figures.delays import known_by_age
from clsim.report.markup import joined, lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.stream import draw
from clsim.report.tables import plain_table


def of_stream(stream: Any, world: Knowledge, said: str) -> Part:
    """The figure of a stream, and what it is in words: a headline, and a line for each item."""
    first, *rest = said.splitlines()
    items = joined(Markup("<li>{}</li>").format(line.removeprefix("- ")) for line in rest)
    drawing = Drawing(
        "stream", partial(draw, stream, world),
        "The stream over time. Grey: the warm-up, on which the first model is trained.",
    )  # fmt: skip
    html = Markup("<ul>{}</ul>").format(items) if rest else Markup("")
    return Part("Over time", lead=lead(first) + html, drawings=[drawing])


def of_table(found: Description) -> list[Part]:
    """What was found of a table: findings, roles, delays, drift, and columns."""
    parts = [_findings(found), _roles(found)]
    if found.delays is not None:
        parts.append(_delays(found.delays))
    if len(found.moved):
        parts.append(_drift(found))
    if len(found.alone):
        parts.append(_alone(found))
    parts.append(_columns(found))
    return parts


def _findings(found: Description) -> Part:
    lists = []
    for level, head in HEADS.items():
        items = [Markup("<li>{}</li>").format(sentence(f)) for f in found.of_level(level)]
        if items:
            lists.append(Markup("<h3>{}</h3><ul>{}</ul>").format(head.capitalize(), joined(items)))
    html = joined(lists) if lists else lead("Nothing to beware of was found.")
    return Part("What was found", html=html, tables={"findings": findings_frame(found.findings)})


def _roles(found: Description) -> Part:
    rows = [list(line) for line in role_lines(found.roles)]
    said = lead(
        "What each column is taken for, and why. Whatever is wrong can be said, as in "
        "label=NAME time=NAME slices=[A,B]."
    )
    return Part("What is taken for what", lead=said,
                html=plain_table("Roles of columns", ["role", "columns", "because"],
                                 rows))  # fmt: skip


def _delays(delays: Delays) -> Part:
    caption = (
        "Share of labels known by the age of their event, with its 95% interval: one minus the "
        "estimate of Kaplan and Meier, in which labels still to come count as long as they have "
        "been waited for. Dashed: when half of them and nine in ten are known."
    )
    said = f"{delay_line(delays)[:1].upper()}{delay_line(delays)[1:]}."
    drawing = Drawing("delays", partial(known_by_age, delays), caption)
    return Part("How late labels are", lead=lead(said), drawings=[drawing],
                tables={"delays": delays.curve}, cites=("kaplan1958",))  # fmt: skip


def _drift(found: Description) -> Part:
    said = lead(
        "The first third of the rows against the last. Distance: of numbers the largest difference "
        "of their distribution functions, of categories half the sum of the differences of shares. "
        "By chance: what a column that does not drift stays below, in 99 tables of a hundred at "
        "least."
    )
    moved = plain_table(
        "How far each column moved",
        ["column", "distance", "by chance", "missing, first third", "missing, last third"],
        found.moved.to_numpy(dtype=object).tolist(),
    )
    tables, shares = {"moved": found.moved}, Markup("")
    if len(found.shares):
        tables["class_shares"] = found.shares
        heads = ["class", "share, first third", "second", "last"]
        rows = found.shares.to_numpy(object).tolist()
        shares = plain_table("Shares of classes", heads[: found.shares.shape[1]], rows)
    return Part("Drift at a glance", lead=said, html=shares + moved, tables=tables)


def _alone(found: Description) -> Part:
    what = "area under the ROC curve" if found.task == "classification" else "R²"
    said = lead(
        f"How well each column alone tells the label ({what}): small gradient boosted trees, "
        "trained on the first three fifths of the rows and asked about the rest. A feature that "
        "tells nearly everything is seldom one."
    )
    rows = found.alone.to_numpy(dtype=object).tolist()
    html = plain_table("A model of each column", ["column", what], rows)
    return Part("What each column tells alone", lead=said, html=html, tables={"alone": found.alone})


def _columns(found: Description) -> Part:
    rows = [[c.name, c.kind, c.distinct, c.missing, c.example[:40]] for c in found.columns.values()]
    heads = ["column", "kind", "different values", "missing", "such as"]
    return Part("Columns", html=plain_table("All columns", heads, rows))
