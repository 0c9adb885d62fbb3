"""The memo: one page to print, for somebody who has to decide and will not read the report."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from clsim.analysis.choice.limits import assumptions, cannot_say
from clsim.analysis.choice.stakeholders import where_they_part
from clsim.report.figures.style import COLUMN, FULL, drawn
from clsim.report.markup import asset, joined, svg, with_glyphs
from clsim.report.parts.cost import against_cost
from clsim.report.parts.own_table import is_looked_up
from clsim.report.parts.verdict import four_answers
from clsim.report.section import Section, capital


def memo_page(title: str, sections: Sequence[Section], command: str) -> Markup:
    """The memo as a page of HTML that needs nothing else; each setting has one sheet.

    Parameters
    ----------
    title : str
    sections : sequence of Section
    command : str
        What makes the report that this memo is of.
    """
    sheets = joined(_sheet(title, section, command) for section in sections)
    return Markup(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{}</title><style>{}</style></head>\n<body>{}</body></html>\n"
    ).format(title, asset("memo.css"), with_glyphs(sheets))


def _sheet(title: str, section: Section, command: str) -> Markup:
    setting = section.setting
    shared = section.shared
    several = Markup("<p class=shared>{}</p>").format(
        where_they_part(shared, setting)
    ) if shared is not None else Markup()  # fmt: skip
    name = Markup("<p class=setting>{}</p>").format(setting.name) if setting.name else Markup()
    return Markup(
        "<main><h1>{}</h1>{}{}{}{}<section class=both><div><h2>What this takes for granted</h2>{}"
        "</div><div><h2>What the past cannot say</h2>{}</div></section>"
        "<footer>{} with clsim; the whole report: <code>{}</code></footer></main>\n"
    ).format(
        title, name, four_answers(section), several, _figure(section),
        _list(assumptions(setting, section.prices)), _list(cannot_say(setting)),
        "Looked up" if is_looked_up(section) else "Replayed", command,
    )  # fmt: skip


def _list(sentences: Sequence[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(
        joined(Markup("<li>{}</li>").format(said) for said in sentences)
    )


def _figure(section: Section) -> Markup:
    """Accuracy against cost, as wide as the page and as wide as a phone."""
    [drawing] = against_cost(section).drawings
    caption = (
        f"{capital(section.words.score)} against the cost of upkeep, for the whole replay; up and "
        "left is better. Bold: chosen."
    )
    both = joined(
        svg(drawn(drawing.draw(width), f"memo{section.suffix}-{kind}"), kind, caption)
        for kind, width in (("wide", FULL), ("narrow", COLUMN))
    )
    return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(both, caption)
