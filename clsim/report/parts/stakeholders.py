"""Several price files: a column for each stakeholder, and where their choices part."""

from __future__ import annotations

from typing import Any

import pandas as pd

from clsim.analysis.choice.overturning import unit
from clsim.analysis.choice.stakeholders import Stakeholders, where_they_part
from clsim.report.markup import lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table


def by_stakeholder(section: Section) -> Part | None:
    """What each stakeholder would choose, and at which price they part."""
    found = section.shared
    if found is None:
        return None
    return Part(
        "By stakeholder",
        lead=lead(where_they_part(found, section.setting) + " Figures and answers on this page are "
                  f"at the prices of {next(iter(found.advice))}."),
        html=plain_table("What each would choose", *columns(found, section)),
        tables={"stakeholders": found.table(), "partings": _by_class(found, section)},
    )  # fmt: skip


def _by_class(found: Stakeholders, section: Section) -> pd.DataFrame:
    """Where choices part; the price of a cell of a matrix by its classes."""
    info = section.first(section.reference).info
    prices = [unit(key, info) if key.startswith("error[") else key
              for key in found.partings["price"]]  # fmt: skip
    return found.partings.assign(price=prices)


def columns(found: Stakeholders, section: Section) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows: a column for each stakeholder."""
    currency, advice = section.words.currency, found.advice.values()
    rows: list[list[Any]] = [
        ["choice", *(one.strategy or "none" for one in advice)],
        [f"cost of the choice ({currency})", *(one.cost.mean for one in advice)],
        [f"saves against {section.reference} ({currency})", *(tuple(one.saving) for one in advice)],
        ["next best", *("none" if one.runners_up.empty else one.runners_up.iloc[0]["strategy"]
                        for one in advice)],
        [f"the next best costs more ({currency})",
         *(None if one.runners_up.empty else tuple(one.runners_up.iloc[0][["mean", "low", "high"]])
           for one in advice)],
    ]  # fmt: skip
    return ["of the choice", *found.advice], rows
