"""The four answers that the page begins with, and what to know before believing them."""

from __future__ import annotations

from markupsafe import Markup

from clsim.analysis.choice.aloud import sentences, warning
from clsim.report.markup import joined, note
from clsim.report.section import Section


def headline(section: Section) -> Markup:
    """The four answers at the prices of the report, and who loses by the choice.

    Beside them, hidden until somebody moves a price, stands the choice in two sentences, which
    the page's script says of other prices.
    """
    moved = Markup('<p class=verdict data-section="{}" hidden>{}</p>').format(
        section.suffix, section.advice.text()
    )
    return Markup('<div class=answers data-section="{}">{}</div>{}').format(
        section.suffix, four_answers(section), moved
    )


def four_answers(section: Section) -> Markup:
    """Questions and answers, and the warning."""
    said = section.answers
    asked = joined(
        Markup("<dt>{}</dt><dd>{}</dd>").format(*pair) for pair in sentences(said).items()
    )
    lost = warning(said)
    return Markup("<dl>{}</dl>").format(asked) + (
        Markup("<p class=loses>{}</p>").format(lost) if lost else Markup()
    )


def notes(section: Section) -> Markup:
    """What a reader must know before believing the numbers."""
    said: list[str] = []
    table = section.table
    if len({tuple(by_seed) for by_seed in section.setting.runs.values()}) > 1:
        said.append(
            "Not every strategy has every seed: the recommendation is over the seeds that all "
            "have, and the table's means over those that each has, so they are not all of the "
            "same worlds."
        )
    if section.words.seeds == 1:
        said.append("There is one seed, so no interval is over seeds.")
    if table.groupby("seed")["n"].nunique().max() > 1:
        said.append(
            "Strategies served different numbers of events: what was served changed what came next."
        )
    missing = table["n"] - table["answered"]
    if missing.groupby(table["seed"]).nunique().max() > 1:
        said.append(
            Markup(
                "Strategies left different numbers of events without a prediction. Under "
                "<code>unanswered=skip</code> such events cost nothing, which flatters strategies "
                "that answer less."
            )
        )
    if table["opportunity"].isna().any():
        said.append(
            "Some runs have no counterpart of the reference with the same seed and events; they "
            "have no opportunity cost."
        )
    return joined(map(note, said))
