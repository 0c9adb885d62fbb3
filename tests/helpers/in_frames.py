"""Every number of a page, looked up in the frames that the page was made of."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import pandas as pd

from clsim.rounding import MINUS, amount, percent

FRAMES = {
    "": ("choice", "answers", "overturns", "first_models"),
    "against cost": (),
    "Prices": (),
    "Prices that overturn the choice": ("break_even",),
    "Slice by slice": ("slices", "choice"),
    "By stakeholder": ("stakeholders", "partings"),
    "Opportunity cost": ("opportunity_total",),
    "What waiting costs": (),
    "Performance over time": ("choice",),
    "Metrics": ("metric_means",),
    "Lineage": ("lineage",),
    "Adaptation": ("policy_rates", "adaptations", "adapted_numbers"),
    "Tests of challengers": ("report_cards", "verdicts"),
    "Whether the tests were right": ("error_rates",),
    "Going back": ("going_back", "back_or_train"),
    "Freshness": ("half_life", "freshness_steps", "luck"),
    "Cost of a schedule": (),
    "Against the best schedule in hindsight": ("luck", "no_regret"),
    "Harm": ("harm",),
    "What signals are worth": ("signal_worth", "signal_ranking"),
    "Monitors": ("monitors",),
    "The choice, judged on the future": ("walk_summary", "runners_up"),
    "The choice": ("runners_up",),
    "Comparison over seeds and streams": (
        "worlds", "interquartile_mean", "pairs", "bayesian", "worlds_to_tell", "effects",
        "seeds_needed", "one_stream",
    ),
    "The suite": ("suite", "suite_quiet", "suite_over_worlds", "suite_equal_labels"),
    "The choice, judged elsewhere": ("left_out_summary",),
    "Beside": ("beside", "beside_counts", "beside_unpaired", "beside_settings"),
    "All strategies": ("strategies",),
}  # fmt: skip
"""For the end of each part's heading, or its first word, the frames of the part's numbers."""

ELSEWHERE = {
    r"\d{4}-\d\d-\d\d( \d\d:\d\d)?": "dates",
    r"\b(95|97\.5|80)%": "levels of intervals and power, the same for all",
    r"n \N{MINUS SIGN} 1 degrees": "degrees of freedom, in words",
    r"level 0\.05": "the level of a test",
    r"within 5% of the span": "what counts as recovered",
    r"over 5 ticks": "the length of a worst stretch",
    r"within 20 ticks": "how soon an alarm counts",
    r"F1": "the name of a score",
    r"Every \d+ (ticks?|rows?|minutes?|hours?|days?|weeks?)": "what a schedule is called",
    r"1,000 (ticks|events)": "what a rate is for",
    r"\(\d+ rows\)": "the length of a table",
    r"below 0\b": "the sign of a number",
    r"; 1 is best": "what a rank is",
    r"The last 20 of|at most 20 of each": "how much the page shows",
    r"over \d+ seeds|of \d+ streams?|has \d+|at least \d+": "counts of runs, not of results",
    r"over \d+ (runs?|draws?)|of \d+ worlds?": "counts of runs, not of results",
    r"\d+ worlds? of \d+ kinds?|within it: \d+( to \d+)? of each": "counts of runs, not of results",
    r"One point: \d+ ticks?": "the width of a bin",
    r"\(A\|B\)": "the letters of two strategies",
}
"""What stands on the page and in no frame, and why."""

TOKEN = re.compile(rf"{MINUS}?\d[\d,]*(?:\.\d+)?(?:e-\d+)?%?")


def parts(page: str) -> dict[str, str]:
    """The text of each part of a page by its heading; what is before the first under ''.

    Left out are scripts, styles and figures (whose numbers are those of axes), what is set as code
    (names of files and options), and how to reproduce the page (versions, prices and seeds as they
    were given).
    """
    body = re.sub(r"<(script|style|svg|code|button)\b.*?</\1>", " ", page, flags=re.DOTALL)
    body = body[body.index("<body>") : body.index("<h2>How to reproduce</h2>")]
    first, *rest = re.split(r"<h2>", body)
    found = {"": first.split("</h1>", 1)[1]}
    for piece in rest:
        heading, text = piece.split("</h2>", 1)
        found[html.unescape(heading)] = text
    return {
        heading: html.unescape(re.sub(r"<[^>]+>", " ", text)) for heading, text in found.items()
    }


def written(frame: pd.DataFrame) -> set[str]:
    """Every value of a frame as a page may write it, without its sign."""
    found = set()
    for _, values in frame.items():
        for value in values.dropna().unique():
            if isinstance(value, str):
                found |= set(TOKEN.findall(value))
            elif pd.api.types.is_number(value):
                found |= {amount(abs(value)), percent(abs(value))}
    return found


def missing(page: str, frames: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Numbers of a page that none of its frames has: part, number, and the text before it."""
    names = frames["strategies"]["strategy"].unique()
    lost = []
    for heading, text in parts(page).items():
        first, _, _ = heading.partition(" ")
        key = next((key for key in FRAMES if key and heading.endswith(key)), first)
        there = set().union(*(written(frames[name]) for name in FRAMES[key]))
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(str(name), " ")
        for pattern in ELSEWHERE:
            text = re.sub(pattern, " ", text)
        lost += [
            (heading, found[0], text[max(0, found.start() - 60) : found.start()])
            for found in TOKEN.finditer(text)
            if found[0].lstrip(MINUS).rstrip(",") not in there
        ]
    return lost
