"""What going back to former models was worth at most, and when it beats a training."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.findings.gone_back import back_or_train, going_back
from clsim.report.markup import lead, note
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount, percent


def went_back(section: Section) -> Part | None:
    """How much each strategy could have gained by former models; None without tables."""
    worth = going_back(section)
    if worth.empty:
        return None
    best, currency = back_or_train(section), section.words.currency
    first = lead(
        "What going back to a former model was worth at most: what each strategy cost, less what "
        "it would have cost had the best of its own models served each tick, known beforehand. By "
        "how many of the models trained before the newest are kept. None kept: the newest alone "
        "serves, so what is left is what gates, reviews and trials did."
    )
    kinds = list(worth["kept"].drop_duplicates())
    headings = ["strategy", *("all kept" if pd.isna(kept) else f"{kept} kept" for kept in kinds)]
    rows = []
    for name in [name for name in section.arranged if name in set(worth["strategy"])]:
        own = worth[worth["strategy"] == name].to_dict("records")
        rows.append([name, *map(_interval, own)])
    return Part(
        "Going back", lead=first, tables={"going_back": worth, "back_or_train": best},
        html=plain_table(f"What going back would have saved ({currency})", headings, rows)
        + _trainings(best, currency),
    )  # fmt: skip


def _interval(row: dict[Any, Any]) -> str:
    if math.isnan(row["low"]):
        return amount(row["mean"])
    return f"{amount(row['mean'])} ({amount(row['low'])} to {amount(row['high'])})"


def _trainings(best: pd.DataFrame, currency: str) -> Markup:
    """The best schedules with and without going back."""
    headings = [
        "seed", f"best without going back ({currency})", "its trainings",
        f"best with going back ({currency})", "its trainings", "ticks served by a former model",
        f"may be above the best of all by ({currency})", f"nothing is below ({currency})",
    ]  # fmt: skip
    rows = [
        [
            row["seed"], row["without"], row["trainings_without"], row["with_back"],
            row["trainings_with"], percent(row["back"]),
            "not searched" if math.isnan(row["gap"]) else row["gap"], row["bound"],
        ]
        for row in best.to_dict("records")
    ]  # fmt: skip
    return (
        lead(
            "When going back beats a training: the cheapest trainings if the newest model must "
            "serve, and if any of them may. Where the second trains less often, a model that was "
            "kept does what a training would have done."
        )
        + plain_table("The cheapest trainings with and without going back", headings, rows)
        + note(
            "Over all sets of trainings this is an integer programme. Where a table is too large "
            "for it, the trainings are those of the best schedule without going back, and nothing "
            "is below the losses of whoever is best in each tick, trained for nothing."
        )
    )
