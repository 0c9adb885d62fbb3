"""What stands where on the page: an index, all settings at a glance, then each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clsim.report.document import write_part
from clsim.report.markup import joined, note
from clsim.report.parts import anchor, of_section
from clsim.report.parts.part import Part
from clsim.report.parts.verdict import headline, notes
from clsim.report.pictures import Pictures
from clsim.report.section import Section
from clsim.rounding import amount


@dataclass(frozen=True)
class Chapter:
    """What the page says of one setting: the answers and what to know of them, and its parts."""

    lead: Markup
    parts: list[Part]


def chapter(section: Section, take: Callable[[Iterable[Part]], list[Part]] = list) -> Chapter:
    """All that the page says of a setting; its parts are taken one by one, as they come."""
    return Chapter(headline(section) + notes(section), take(of_section(section)))


HEADING = Markup("<h1>{}</h1>")


def page_body(
    title: str,
    sections: Sequence[Section],
    chapters: Sequence[Chapter],
    together: Sequence[Part],
    said: Sequence[Markup],
    pictures: Pictures,
) -> Markup:
    """The page without how to reproduce it.

    Parameters
    ----------
    title : str
    sections : sequence of Section
    chapters : sequence of Chapter
        Of each section; of a suite there are none.
    together : sequence of Part
        Of all sections; of one there are none.
    said : sequence of Markup
        What a reader must know of the whole.
    pictures : Pictures
        All figures, asked for.
    """
    noted = joined(map(note, said))
    if not chapters:
        return HEADING.format(title) + noted + _index(together) + _written(together, "", pictures)
    if len(sections) == 1:
        [own] = chapters
        parts = _index(own.parts) + _written(own.parts, "", pictures)
        return HEADING.format(title) + own.lead + noted + parts
    few = note(
        f"The runs are of {len(sections)} settings (streams, delays, learners or versions). Only "
        "runs of one setting can be compared, so each has its own part, to be opened."
    )
    settings = joined(
        _setting(section, own, pictures) for section, own in zip(sections, chapters, strict=True)
    )
    return joined([
        HEADING.format(title), few, noted, _index(together, sections),
        _written(together, "", pictures),
        Markup('<h2 id="settings">Each setting by itself</h2>'), settings,
    ])  # fmt: skip


def _setting(section: Section, own: Chapter, pictures: Pictures) -> Markup:
    """One setting, folded: the answers, and its parts."""
    chosen, words = section.advice.strategy, section.words
    said = "no strategy is chosen" if chosen is None else (
        f"{chosen}, {amount(section.advice.cost.mean)} {words.currency}"
    )  # fmt: skip
    inside = own.lead + _index(own.parts, suffix=section.suffix)
    return Markup(
        '<details class="setting" name="setting" id="{}"><summary><h3>{}</h3> <small>{}</small>'
        "</summary>{}{}</details>"
    ).format(
        anchor(section),
        section.setting.name,
        said,
        inside,
        _written(own.parts, section.suffix, pictures),
    )


def _written(parts: Sequence[Part], suffix: str, pictures: Pictures) -> Markup:
    """Parts, each with the place that a link leads to."""
    level = 4 if suffix else 2
    return joined(
        Markup('<div id="{}">{}</div>').format(
            _place(k, suffix), write_part(part, suffix, pictures, level)
        )
        for k, part in enumerate(parts)
    )


def _place(number: int, suffix: str) -> str:
    return f"part{suffix}-{number + 1}"


def _index(parts: Iterable[Part], sections: Sequence[Section] = (), *, suffix: str = "") -> Markup:
    """Links to what the page has."""
    links = [(_place(k, suffix), part.title) for k, part in enumerate(parts)]
    if sections:
        links.append(("settings", "Each setting by itself"))
    inner = joined(
        Markup('<li><a href="#{}">{}</a></li>').format(anchor(one), one.setting.name)
        for one in sections
    )
    if not suffix:
        links.append(("reproduce", "How to reproduce"))
    items = [Markup('<li><a href="#{}">{}</a></li>').format(*link) for link in links]
    if sections:
        items[-2] = items[-2].replace("</li>", Markup("<ul>{}</ul></li>").format(inner))
    name = "On this page" if not suffix else f"Parts of {suffix.strip('-')}"
    return Markup('<nav aria-label="{}"><ul>{}</ul></nav>').format(name, joined(items))
