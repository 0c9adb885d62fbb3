"""Whether the tests of challengers were right, and what it cost where they were not."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pandas as pd

from clsim.analysis.behaviour.rightness import TOGETHER
from clsim.analysis.findings.judged import error_rates, tests_judged
from clsim.report.figures.judged import errors_and_exposure
from clsim.report.markup import lead, note
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount, percent

TESTS = {
    "offline": "on past events", "online": "on live events", "review": "by a person",
    TOGETHER: "all together",
}  # fmt: skip


def right_or_wrong(section: Section) -> Part | None:
    """What tests got wrong, by what both models would have lost; None without ghosts."""
    rates = error_rates(section)
    if rates.empty:
        return None
    every, words = tests_judged(section), section.words
    whole = rates[rates["test"] == TOGETHER].set_index("strategy")
    shown = whole.loc[[name for name in section.arranged if name in whole.index]]
    tested = rates[rates["strategy"].isin(shown.index)]
    unit = "days" if words.timed else "events"
    by = "expected over the labels that each event may have" if (
        every["by"] == "expected"
    ).all() else "realised"  # fmt: skip
    first = lead(
        "Of each challenger and the champion that it met, both were asked for all events from the "
        "tick on in which it was ready, served to nobody. So it is known which of the two would "
        f"have lost less until the next challenger was ready ({by}). Differences smaller than the "
        "price of a retraining do not count as errors."
    )
    drawing = Drawing(
        "tests_judged", partial(errors_and_exposure, shown, words),
        "What tests of challengers cost, and how often they were wrong. Regret: what the worse "
        "model would lose where the verdict chose it. Exposure: what was lost until the verdict by "
        "those who answered, beyond the better of the two.",
    )  # fmt: skip
    headings = [
        "strategy", "test", "challengers", f"regret ({words.currency} each)", "interval",
        "worse ones promoted", "better ones rejected", "undecided",
        f"exposure ({words.currency} each)", f"{unit} until the verdict", "labels",
        "as a ghost trial says",
    ]  # fmt: skip
    rows = [_row(row) for row in tested.to_dict("records")]
    below = note(
        "A challenger that is rejected without evidence (too few labels, or nothing shown by the "
        "end of a trial) is undecided. Those that were superseded, or whose horizon the replay "
        "ends, are left out. The last column: of the challengers of which a shadow of the whole "
        "time would have shown something, how many the test judged alike. A bandit sends events "
        "where it has won, and promotes late: of it, regret and exposure say more than shares."
    )
    return Part(
        "Whether the tests were right", lead=first, drawings=[drawing],
        html=plain_table("Verdicts, and what they cost", headings, rows) + below,
        tables={"tests_judged": every, "error_rates": rates},
    )  # fmt: skip


def _row(row: dict[Any, Any]) -> list[Any]:
    low, high = row["regret_low"], row["regret_high"]
    interval = "" if math.isnan(low) else f"{amount(low)} to {amount(high)}"
    return [
        row["strategy"], TESTS[row["test"]], row["challengers"], row["regret"], interval,
        _share(row["wrong_promotions"], row["worse"]),
        _share(row["wrong_rejections"], row["better"]),
        percent(row["undecided"]), row["exposure"], row["waited"], row["labels"],
        "" if pd.isna(row["foretold"]) else percent(row["foretold"]),
    ]  # fmt: skip


def _share(share: float, of: int) -> str:
    return "none there" if math.isnan(share) else f"{percent(share)} of {of}"
