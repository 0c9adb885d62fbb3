"""The four answers that the page begins with, and what to know before believing them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.behaviour.beginning import first_models
from clsim.analysis.choice.aloud import sentences, warning
from clsim.analysis.choice.limits import who_is_unlabelled
from clsim.analysis.compare.comparison import of_source
from clsim.losses import cheapest_cut, likeliest_is_cheapest
from clsim.report.markup import joined, note
from clsim.report.section import Section
from clsim.rounding import amount

COME = {
    "history": "as a log that was kept whole: all that ever come had come by its end",
    "as_recorded": "as recorded: those that came later arrived in ticks, like others",
}
"""For each way of ``warmup_labels``, what it does."""


def headline(section: Section) -> Markup:
    """The four answers at the prices of the report, and who loses by the choice.

    The page's script says them anew, in the same place, when somebody moves a price.
    """
    alone = who_is_unlabelled(section.setting)
    return Markup('<div class=answers data-section="{}">{}</div>{}').format(
        section.suffix, four_answers(section), Markup("<p class=loses>{}</p>").format(alone)
        if alone else Markup(),
    )  # fmt: skip


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
    said += [*without_learner(section), beginning(section), *_own_cut(section)]
    return joined(map(note, filter(None, said)))


def without_learner(section: Section) -> list[str]:
    """What strategies are that train nothing."""
    today, rules = (", ".join(of_source(section.setting, kind)) for kind in ("production", "rule"))
    said = []
    if today and section.first(today.split(", ")[0]).says_trainings:
        said.append(
            f"{today} is what really served, by the table. It pays for the trainings of the "
            "versions that served, but for the first."
        )
    elif today:
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
        ).format(amount(info.warmup_events), how)
    labels, events, rows = (_from_to(first[name]) for name in ("labels", "events", "rows"))
    used = "these" if (first["labels"] == first["rows"]).all() else f"{rows} of them"
    every = (first["labels"] == first["events"]).all()
    known = f"all {events}" if every else f"{labels} of the {events}"
    return Markup(
        "The first model had the labels of {} events of the warm-up, and was trained on {}. {}"
    ).format(known, used, how)


def _from_to(counts: pd.Series) -> str:
    """The counts of several runs: one, or from the least to the largest."""
    low, high = counts.min(), counts.max()
    return amount(low) if low == high else f"{amount(low)} to {amount(high)}"


def _own_cut(section: Section) -> list[Markup]:
    """That errors have unequal prices, and answers were given as if they had equal ones, if so."""
    info = section.first(section.reference).info
    runs = [run for by_seed in section.setting.runs.values() for run in by_seed.values()]
    if not section.prices.by_class or any(run.info.threshold is not None for run in runs):
        return []
    matrix = np.asarray(section.prices.error)
    if likeliest_is_cheapest(matrix):
        return []
    cut = cheapest_cut(matrix) if len(matrix) == 2 else np.nan
    at = "" if np.isnan(cut) else f" (of class {info.classes[1]}: from a chance of {amount(cut)})"
    return [
        Markup(
            "Errors are priced by class, and the answers are the learner's own, which takes them, "
            "as a rule, to cost the same. Replay with <code>loss</code> as the matrix of prices "
            "and <code>threshold=by_price</code> to have the answers of the least expected cost{}."
        ).format(at)
    ]
