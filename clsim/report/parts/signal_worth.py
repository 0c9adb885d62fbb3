"""What the signals that a table keeps are worth."""

from __future__ import annotations

from functools import partial

import pandas as pd
from markupsafe import Markup

from clsim.analysis.cost.signal_worth import sentence
from clsim.analysis.findings.signals import signal_ranking, signal_worth
from clsim.report.figures.worth import signal_value
from clsim.report.markup import joined, lead, note
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount

HEADINGS = (
    "signal", "rule", "retrainings", "saves", "95% interval", "as many, evenly",
    "its gaps in random order", "as many at random", "better where it was chosen",
)  # fmt: skip

FIGURE = "signal_worth"
"""The figure's files."""

DRAWN = 1.0
"""False retrainings in a replay at which signals are drawn."""


def priced_signals(section: Section) -> Part | None:
    """What the best rule over each signal saves; None where no table keeps signals."""
    found, ranking = signal_worth(section), signal_ranking(section)
    if found.empty:
        return None
    per, currency = "year" if found["timed"].iloc[0] else "replay", section.prices.currency
    said = [sentence(row, currency, per) for _, row in found.iterrows() if row["worth"] > 0]
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
    text = joined(Markup("<p>{}</p>").format(one) for one in said)
    html = (
        text
        + plain_table(
            "What each signal would have saved", HEADINGS, [_row(r) for r in _rows(found)]
        )
        + note(
            f"Money is per {per}, and what the other columns would save against the same calendar. "
            "The last column is by how much a rule would seem better if it had been chosen where "
            "it is priced: luck."
        )
        + (_ranked(ranking, per) if len(ranking) else note(NO_RANKING))
    )
    tables = {"signal_worth": found, "signal_ranking": ranking}
    return Part(
        "What signals are worth", about, [_figure(found, ranking, currency, per)], html,
        {name: table for name, table in tables.items() if len(table)},
    )  # fmt: skip


NO_RANKING = (
    "No false alarms were counted, so signals are not ranked at equal rates of them: nobody knows "
    "what this stream is like when nothing changes. Of a log, give the blocks of its warm-up that "
    "make a quiet twin."
)


def _figure(found: pd.DataFrame, ranking: pd.DataFrame, currency: str, per: str) -> Drawing:
    same = ranking[ranking["wanted"] == DRAWN] if len(ranking) else ranking
    squares = (
        " Squares: the same at no more than one false retraining in a replay in which nothing "
        "changes."
        if len(same)
        else ""
    )
    return Drawing(
        FIGURE, partial(signal_value, found, same, currency, per),
        "What each signal is worth, against what it takes to have it: the labels that it reads and "
        "the seconds that were measured for its values. 0 is the calendar that was best where "
        f"rules were chosen.{squares}",
    )  # fmt: skip


def _rows(frame: pd.DataFrame) -> list[pd.Series]:
    return [row for _, row in frame.iterrows()]


def _row(row: pd.Series) -> list[str]:
    """The cells of one signal."""
    return [
        str(row["signal"]),
        f"{row['side']} {amount(row['level'])}, every {row['wait']} ticks at most",
        *(amount(float(row[name])) for name in ("retrainings", "worth")),
        _interval(row),
        *(amount(float(row[name])) for name in ("same_number", "shuffled", "random", "luck")),
    ]


def _interval(row: pd.Series) -> str:
    low, high = row["worth_low"], row["worth_high"]
    return "" if pd.isna(low) else f"{amount(float(low))} to {amount(float(high))}"


def _ranked(ranking: pd.DataFrame, per: str) -> Markup:
    """All signals at the same rates of false alarms."""
    rows = [
        [str(row["signal"]), row["wanted"], row["rank"], row["false"], row["worth"],
         _interval(row)]
        for row in _rows(ranking)
    ]  # fmt: skip
    twins = int(ranking["twins"].iloc[0])
    count = "one quiet twin" if twins == 1 else f"{twins} quiet twins"
    return plain_table(
        "Signals at equal rates of false alarms",
        ["signal", "false retrainings in a replay, at most", "rank", f"counted a {per}",
         f"saves a {per}", "95% interval"],
        rows,
    ) + note(
        f"A false retraining is one that starts on a twin of the world in which nothing changes; "
        f"they were counted on {count}. Here a signal cannot choose to be silent: the level is the "
        "loosest that keeps the rate, whatever it costs elsewhere."
    )  # fmt: skip
