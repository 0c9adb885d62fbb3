"""What was learned between the outputs of models and their answers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.findings.adapted import adaptations, numbers, rates
from clsim.clock import to_minute
from clsim.report.figures.adapted import families, learned_over_time
from clsim.report.markup import lead, note
from clsim.report.parts.life import FIGURES, numbered
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.schedule import tick_text
from clsim.report.parts.time import drifts_of
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount, percent

LATEST = 20
"""Largest number of adaptations of a strategy that are shown; the last ones."""


def learned_meanwhile(section: Section) -> Part | None:
    """How often answers changed without a training, and what was learned; None where none did."""
    found = rates(section)
    if found.empty:
        return None
    every, told, words = adaptations(section), numbers(section), section.words
    first = lead(
        "Between trainings, answers changed by what was learned of a model's probabilities since. "
        "Each row of the first table has the events that were answered by one policy: they are "
        "other events than those of the next row, so a difference is that of the policies and of "
        "what the world did meanwhile."
    )
    headings = [
        "strategy", "policy", "times put in force", "events", "share of events",
        f"{words.loss} per event", "labels", "reward",
    ]  # fmt: skip
    names = [name for name in section.order if name in set(found["strategy"])]
    rows = [_rate(row) for name in names
            for row in found[found["strategy"] == name].to_dict("records")]  # fmt: skip
    html = plain_table("Events by the policy that answered them", headings, rows)
    if found["labels"].notna().any():
        html += note(
            "Labels and reward are of the arms of a bandit: how many events had rewarded each when "
            "one was last put in force, and their mean. An arm that answers as the one before it "
            "did is rewarded for its events, and is not put in force anew."
        )
    return Part(
        "Adaptation", lead=first, drawings=_drawings(section, names, every, told),
        html=html + _latest(section, names, every, told),
        tables={"policy_rates": found, "adaptations": every, "adapted_numbers": told},
    )  # fmt: skip


def _rate(row: dict[Any, Any]) -> list[Any]:
    return [
        row["strategy"], row["policy"], row["times"], row["n"], percent(row["share"]),
        (row["per_event"], row["low"], row["high"]), row["labels"], row["reward"],
    ]  # fmt: skip


def _drawings(
    section: Section, names: list[str], every: pd.DataFrame, told: pd.DataFrame
) -> list[Drawing]:
    """What was learned over time by the first strategies, with the first seed that has any."""
    seed, keys = int(every["seed"].min()), ["strategy", "seed", "model", "tick"]
    lasted = every[(every["seed"] == seed) & (every["n"] > 0)]
    known = told.merge(lasted[[*keys, "start", "end"]].drop_duplicates(keys, keep="last"), on=keys)
    drawings: list[Drawing] = []
    for name in names:
        own = known[known["strategy"] == name].sort_values("tick", kind="stable")
        if len(drawings) < FIGURES and families(list(own["quantity"])):
            draw = partial(
                learned_over_time, own, drifts_of(section), section.words, tick_text(section)
            )
            caption = (
                "What was learned of the models' probabilities while they served, for as long as "
                f"it was in force: {name}, seed {seed}."
            )
            drawings.append(Drawing(numbered("adaptation", len(drawings)), draw, caption))
    return drawings


def _latest(section: Section, names: list[str], every: pd.DataFrame, told: pd.DataFrame) -> Markup:
    """The last adaptations of the first seed of each strategy that has any."""
    seed = int(every["seed"].min())
    own, learned = every[every["seed"] == seed], told[told["seed"] == seed]
    said: dict[Any, list[str]] = {}
    for one in learned.to_dict("records"):
        key = one["strategy"], one["model"], one["tick"]
        said.setdefault(key, []).append(f"{_called(one['quantity'])} {amount(one['value'])}")
    rows = []
    for name in names:
        for row in own[own["strategy"] == name].tail(LATEST).to_dict("records"):
            begins, ends = (_when(row[side], section) for side in ("start", "end"))
            key = name, row["model"], row["tick"]
            rows.append([f"{name}: {row['model']}", begins, ends, row["reason"], row["rows"],
                         ", ".join(said.get(key, [])), row["n"], row["per_event"]])  # fmt: skip
    headings = [
        "model", "from", "until", "what was done", "learned from", "what was learned", "events",
        f"{section.words.loss} per event",
    ]  # fmt: skip
    title = f"The last adaptations of seed {seed}: at most {LATEST} of each strategy"
    return plain_table(title, headings, rows, folded=True)


def _called(quantity: str) -> str:
    """What a number that was learned is called on the page."""
    return "p-value" if quantity == "p_value" else quantity


def _when(time: Any, section: Section) -> str:
    return to_minute(time) if section.words.timed else f"row {time:,}"
