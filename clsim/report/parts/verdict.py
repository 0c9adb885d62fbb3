"""The recommendation in two sentences, and what a reader must know before believing it."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from clsim.losses import cheapest_cut, likeliest_is_cheapest
from clsim.report.markup import joined, note
from clsim.report.section import Section


def verdict(section: Section) -> Markup:
    """What to do, what it saves, and how sure that is.

    The page's script says the same of other prices.
    """
    return Markup('<p class=verdict data-section="{}">{}</p>').format(
        section.suffix, section.advice.text()
    )


def notes(section: Section) -> Markup:
    """What a reader must know before believing the numbers."""
    sentences: list[str] = []
    table = section.table
    if len({tuple(by_seed) for by_seed in section.setting.runs.values()}) > 1:
        sentences.append(
            "Not every strategy has every seed: the recommendation is over the seeds that all "
            "have, and the table's means over those that each has, so they are not all of the "
            "same worlds."
        )
    if section.words.seeds == 1:
        sentences.append("There is one seed, so no interval can be given.")
    if table.groupby("seed")["n"].nunique().max() > 1:
        sentences.append(
            "Strategies served different numbers of events: what was served changed what came next."
        )
    missing = table["n"] - table["answered"]
    if missing.groupby(table["seed"]).nunique().max() > 1:
        sentences.append(
            Markup(
                "Strategies left different numbers of events without a prediction. Under "
                "<code>unanswered=skip</code> such events cost nothing, which flatters strategies "
                "that answer less."
            )
        )
    if table["opportunity"].isna().any():
        sentences.append(
            "Some runs have no counterpart of the reference with the same seed and events; they "
            "have no opportunity cost."
        )
    sentences += _own_cut(section)
    return joined(map(note, sentences))


def _own_cut(section: Section) -> list[Markup]:
    """That errors have unequal prices, and answers were given as if they had equal ones, if so."""
    info = section.first(section.reference).info
    if not section.prices.by_class or info.threshold is not None:
        return []
    matrix = np.asarray(section.prices.error)
    if likeliest_is_cheapest(matrix):
        return []
    cut = cheapest_cut(matrix) if len(matrix) == 2 else np.nan
    at = "" if np.isnan(cut) else f" (of class {info.classes[1]}: from a chance of {cut:.3g})"
    return [
        Markup(
            "Errors are priced by class, and the answers are the learner's own, which takes them, "
            "as a rule, to cost the same. Replay with <code>loss</code> as the matrix of prices "
            "and <code>threshold=by_price</code> to have the answers of the least expected cost{}."
        ).format(at)
    ]
