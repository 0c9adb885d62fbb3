"""The recommendation in two sentences, and what a reader must know before believing it."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from clsim.analysis.behaviour.beginning import first_models
from clsim.analysis.compare.comparison import of_source
from clsim.report.markup import joined, note
from clsim.report.section import Section

COME = {
    "history": "as a log that was kept whole: all that ever come had come by its end",
    "as_recorded": "as recorded: those that came later arrived in ticks, like others",
}
"""For each way of ``warmup_labels``, what it does."""


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
    sentences += [*without_learner(section), beginning(section)]
    return joined(map(note, filter(None, sentences)))


def without_learner(section: Section) -> list[str]:
    """What strategies are that train nothing."""
    today, rules = (", ".join(of_source(section.setting, kind)) for kind in ("production", "rule"))
    said = []
    if today:
        said.append(
            f"{today} is what production answered, by the log. It costs its errors alone, since "
            "the log does not say what its trainings cost."
        )
    if rules:
        said.append(f"{rules}: no model, free of charge; what is worth a model must beat it.")
    return said


def beginning(section: Section) -> str:
    """How many labels the first models had; empty where there was no warm-up."""
    info, first = section.first(section.reference).info, first_models(section.setting)
    if info.warmup_events == 0:
        return ""
    how = Markup("Labels of the warm-up came {} (<code>warmup_labels={}</code>).").format(
        COME[info.warmup_labels], info.warmup_labels
    )
    if first.empty and not of_source(section.setting, "learner"):
        return ""
    if first.empty:
        return Markup(
            "There was no first model: no label of the warm-up's {} events was there when it "
            "ended, so events are unanswered until a first training. {}"
        ).format(f"{info.warmup_events:,}", how)
    labels, events, rows = (_from_to(first[name]) for name in ("labels", "events", "rows"))
    return Markup(
        "The first model had labels of {} of the {} events of the warm-up, and was trained on {} "
        "of them. {}"
    ).format(labels, events, rows, how)


def _from_to(counts: pd.Series) -> str:
    """The counts of several runs: one, or from the least to the largest."""
    low, high = counts.min(), counts.max()
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
