"""What a table of losses cannot say, since that needs runs."""

from __future__ import annotations

from markupsafe import Markup

from clsim.report.markup import lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table

LEFT_OUT = {
    "triggers, gates, roll-outs and rollbacks": "they decide by what they see, and a table holds "
    "only what each version would have lost",
    "what late labels cost, and labels that are bought": "a table knows of no labels",
    "the choice judged on the future": "it is chosen on the labels known by then, and a table "
    "knows of no labels",
    "slices": "losses are sums over all events of a tick",
    "errors by class": "a table counts units of loss, and not which classes were confused",
    "what you do today": "the versions say what was trained, and not which of them served when",
}
"""What a page of a sweep has, and this one not, and why."""


def is_looked_up(section: Section) -> bool:
    """Whether the strategies of a section are look-ups in a table."""
    return bool(section.setting.config.get("looked_up"))


def left_out(section: Section) -> Part | None:
    """What needs runs, and is not on the page of a table; None for runs."""
    if not is_looked_up(section):
        return None
    said = lead(
        "Nothing was trained or replayed for this page. Each strategy is a schedule, looked up in "
        "the table of what every version would have lost: a new version serves as soon as it is "
        "ready. These need runs, and are left out:"
    )
    return Part("What this table cannot say", lead=said,
                html=plain_table(["left out", "why"], [[*row] for row in LEFT_OUT.items()]))  # fmt: skip


def source(section: Section) -> Markup:
    """What the table of a section is made of, for how to reproduce the page."""
    firsts = section.counterfactuals
    table = firsts[0]
    late = table.info.get("too_late", [])
    more = f"; left out, since trained after the last tick began: {', '.join(late)}" if late else ""
    return Markup("{} versions, {} ticks, {:,} events; {} loss{}").format(
        len(table.ticks), len(table.n), int(table.n.sum()), table.setting.loss, more
    )
