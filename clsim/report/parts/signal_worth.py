"""What the signals that a table keeps are worth."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from clsim.analysis.cost.signal_worth import sentence
from clsim.analysis.findings.signals import signal_worth
from clsim.report.markup import joined, lead, note
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount

HEADINGS = (
    "signal", "rule", "retrainings", "saves", "95 % interval", "as many, evenly",
    "its gaps in random order", "as many at random", "better where it was chosen",
)  # fmt: skip


def priced_signals(section: Section) -> Part | None:
    """What the best rule over each signal saves; None where no table keeps signals."""
    found = signal_worth(section)
    if found.empty:
        return None
    per = "year" if found["timed"].iloc[0] else "replay"
    said = [
        sentence(row, section.prices.currency, per) for _, row in found.iterrows()
        if row["worth"] > 0
    ]  # fmt: skip
    choosing, pricing = found[["choosing", "pricing"]].iloc[0]
    on = (
        "the first half of the ticks chose, the second prices"
        if pd.isna(choosing)
        else f"{choosing} draws of the world chose, {pricing} others price"
    )
    about = lead(
        "What it would have been worth to retrain by each recorded signal alone: the threshold and "
        f"cooldown that are cheapest, against the best calendar ({on}). Rules are run along tables "
        "of what every model would have lost and every signal would have said, without a training."
    )
    if not said:
        said = ["No signal is worth anything over the best calendar."]
    rows = [_row(row) for _, row in found.iterrows()]
    below = note(
        f"Money is per {per}, and what the other columns would save against the same calendar. "
        "The last column is by how much a rule would seem better if it had been chosen where it is "
        "priced: luck."
    )
    text = joined(Markup("<p>{}</p>").format(one) for one in said)
    html = text + plain_table("What each signal would have saved", HEADINGS, rows) + below
    return Part("What signals are worth", about, html=html, tables={"signal_worth": found})


def _row(row: pd.Series) -> list[str]:
    """The cells of one signal."""
    low, high = row["worth_low"], row["worth_high"]
    known = not pd.isna(low)
    return [
        str(row["signal"]),
        f"{row['side']} {row['level']:.4g}, every {row['wait']} ticks at most",
        *(amount(float(row[name])) for name in ("retrainings", "worth")),
        f"{amount(float(low))} to {amount(float(high))}" if known else "",
        *(amount(float(row[name])) for name in ("same_number", "shuffled", "random", "luck")),
    ]
