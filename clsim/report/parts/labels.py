"""What one more bought label is worth, for training and for evaluation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.cost.labels import USES, alike_but_for_labels
from clsim.analysis.findings.models import label_worth, labels_for_use, mean_labels_for_use
from clsim.report import latex
from clsim.report.markup import joined, lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount
from clsim.statistics.intervals import Interval

HUNDRED = 100
"""Labels of which the words speak: what one of them gains is too small a number to read aloud."""

ALIKE = (
    "The score is taken to rise evenly with the labels, between the fewest and the most that these "
    "strategies bought; beyond, it says nothing. A label for evaluation gains by what it lets "
    "serve, and what it is worth to know a score is not in it."
)
SCORES = (
    " By how much the score changes with each label: tables/label_worth{0}.csv; in LaTeX: "
    "tables/label_worth{0}.tex."
)


def worth(section: Section) -> Part | None:
    """What labels are worth where strategies differ in them alone; None where none are bought."""
    if not section.table["bought"].any():
        return None
    every, means = label_worth(section), mean_labels_for_use(section)
    pieces, rows = [], []
    for number, names in enumerate(alike_but_for_labels(section.setting), start=1):
        group = every[every["group"] == number].to_dict("records")
        pieces.append(_group(names, [_said(row, section) for row in group], means, section))
        rows += [_latex_row(row) for row in group]
    said = (
        "Strategies that differ in nothing but how many labels they buy, and for what, say what "
        "one more is worth: for training, or for evaluation alone. "
    )
    tables = {"labels_by_use": labels_for_use(section), "labels_by_use_means": means}
    if not pieces:
        return Part("What a label is worth", lead=lead(said + _none(section)), tables=tables)
    return Part(
        "What a label is worth",
        lead=lead(said + ALIKE + SCORES.format(section.suffix)), html=joined(pieces),
        tables={"label_worth": every, **tables},
        latex={"label_worth": _latex_table(rows, section)},
        cites=("student1908",) if section.words.seeds > 1 else (),
    )  # fmt: skip


def _none(section: Section) -> str:
    """Why no label has a value, and what would give it one."""
    why = "Here no two strategies do"
    if not any(
        isinstance(run.config.get("strategy"), dict) and "curation" in run.config["strategy"]
        for by_seed in section.setting.runs.values()
        for run in by_seed.values()
    ):
        why = "These runs do not say what their strategies are, so nobody knows which do"
    return (
        f"{why}, so there is no number. A sweep has one that replays a strategy with several "
        "budgets and shares for evaluation, such as strategy.curation.budget.labels=20,40 "
        "strategy.curation.evaluation=0,0.2."
    )


def _group(names: list[str], told: list[Markup], means: pd.DataFrame, section: Section) -> Markup:
    """What some strategies say together, and what they bought."""
    means = means[means["strategy"].isin(names)]
    rows = [
        [row["strategy"], *(row[use] for use in USES),
         (row["score_mean"], row["score_low"], row["score_high"])]
        for row in means.to_dict("records")
    ]  # fmt: skip
    headings = ["strategy", *(f"labels for {use}" for use in USES), section.words.score]
    return Markup("<ul>{}</ul>{}").format(
        joined(Markup("<li>{}</li>").format(line) for line in told),
        plain_table("Labels, and what they were used for", headings, rows),
    )


def _said(row: Mapping[Any, Any], section: Section) -> Markup:
    """What labels are worth for one use, in words to read aloud."""
    use, loss = row["use"], section.words.loss
    if math.isnan(row["value"]):
        return Markup("<b>For {}:</b> no number, since {}.").format(use, row["reason"])
    avoided = _times(row, ("avoided", "avoided_low", "avoided_high"))
    worse = avoided.mean < 0
    shown = Interval(-avoided.mean, -avoided.high, -avoided.low) if worse else avoided
    over = "" if math.isnan(shown.low) else (
        f" (95% interval {amount(shown.low)} to {amount(shown.high)})"
    )  # fmt: skip
    said = (
        f"a hundred more labels {'add' if worse else 'avoid'} {amount(shown.mean)} {loss}{over} "
        f"over the whole replay"
    )
    if math.isnan(avoided.low):
        chance = " One seed alone says nothing of chance."
    elif avoided.low <= 0 <= avoided.high:
        chance = " The interval holds 0, so the runs do not tell whether such labels help at all."
    else:
        chance = ""
    pays = "." if section.prices.by_class else _pays(avoided, section)
    return Markup("<b>For {}:</b> {}").format(use, said + pays + chance)


def _times(row: Mapping[Any, Any], keys: tuple[str, str, str]) -> Interval:
    """An interval of one label, for a hundred."""
    return Interval(*(HUNDRED * float(row[key]) for key in keys))


def _pays(avoided: Interval, section: Section) -> str:
    """What labels save in money, against what they cost."""
    prices, currency = section.prices, section.words.currency
    saved = Interval(*(float(prices.error) * bound for bound in avoided))
    money = f"{amount(abs(saved.mean))} {currency}"
    said = f", which {'costs' if saved.mean < 0 else 'saves'} {money} at the prices of this report"
    if prices.bought == 0:
        return f"{said}, where a label has none."
    cost = HUNDRED * prices.bought
    said += f". To buy them costs {amount(cost)} {currency}"
    if math.isnan(saved.low):
        return f"{said}."
    if saved.low > cost:
        return f"{said}, so they pay."
    if saved.high < cost:
        return f"{said}, so they do not pay."
    return f"{said}; the runs do not tell which is more."


def _latex_row(row: Mapping[Any, Any]) -> list[str]:
    """A use of labels, for a paper."""
    value = _times(row, ("value", "low", "high"))
    avoided = _times(row, ("avoided", "avoided_low", "avoided_high"))
    numbers = [latex.number(of.mean, of.mean - of.low) for of in (value, avoided)]
    return [str(row["group"]), str(row["use"]), *numbers]


def _latex_table(rows: list[list[str]], section: Section) -> str:
    words = section.words
    n = words.seeds
    over = f"means over {n} seeds with 95% intervals (Student's t)" if n > 1 else "one seed"
    where = f" {section.setting.name}." if section.setting.name else ""
    return latex.table(
        ["group", "labels for", words.score, f"{words.loss} avoided"], rows,
        f"What a hundred more bought labels gain, {over}.{where}", f"label-worth{section.suffix}",
    )  # fmt: skip
