"""What the signals that a table keeps are worth."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from clsim.analysis.cost.signal_worth import by_quantiles, sentence, signal_worth, split_draws
from clsim.hindsight.table import Counterfactual
from clsim.report.markup import joined, lead, note
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount

HEADINGS = (
    "signal", "rule", "retrainings", "saves", "95 % interval", "as many, evenly",
    "its gaps in random order", "as many at random", "better where it was chosen",
)  # fmt: skip

FEWEST = 40
"""Ticks of one table of which a half can choose and a half can price."""

SCORE = "clsim.monitoring.scores.Score"


def priced_signals(section: Section) -> Part | None:
    """What the best rule over each signal saves; None where no table keeps signals."""
    tables = _tables(section)
    if not tables or section.prices.by_class:
        return None
    if len(tables) == 1 and tables[0].loss.shape[1] < FEWEST:
        return None
    tuning, scored = split_draws(tables)
    signals = tables[0].signals
    assert signals is not None
    names = [name for name, values in signals.values.items() if values and signals.decides[name]]
    if not names:
        return None
    rules = by_quantiles(tuning, dict.fromkeys(names, "either"), 40)
    labels = next((n for n in names if _is_of_labels(tables[0], n)), None)
    found = signal_worth(tuning, scored, rules, section.prices, labels=labels)
    per = "year" if signals.timed else "replay"
    said = [
        sentence(row, section.prices.currency, per) for _, row in found.iterrows()
        if row["worth"] > 0
    ]  # fmt: skip
    on = (
        f"{len(tuning)} draws of the world chose, {len(scored)} others price"
        if len(tables) > 1
        else "the first half of the ticks chose, the second prices"
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


def _tables(section: Section) -> list[Counterfactual]:
    """Tables with signals of the family of which there are most, by seed."""
    families: dict[tuple[str, ...], list[Counterfactual]] = {}
    for table in section.counterfactuals:
        if table.signals is not None and table.signals.values:
            families.setdefault(table.setting.family, []).append(table)
    most = max(families.values(), key=len, default=[])
    return sorted(most, key=lambda table: table.setting.seed)


def _is_of_labels(table: Counterfactual, name: str) -> bool:
    return bool((table.setting.monitors or {}).get(name, {}).get("class") == SCORE)


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
