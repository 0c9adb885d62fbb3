"""Thresholds that were found before the replay, and what they rest on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from clsim.analysis.findings.models import calibrated as thresholds
from clsim.analysis.findings.models import calibrated_ranges
from clsim.report.markup import joined, lead, note
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount

HEADINGS = (
    "strategy", "parameter", "threshold", "wanted", "without drift", "95% interval", "twins",
)  # fmt: skip


def calibrated(section: Section) -> Part | None:
    """A row for each strategy whose threshold was calibrated; None where there is none."""
    every = thresholds(section)
    if not len(every):
        return None
    of = {str(name): group for name, group in every.groupby("strategy", sort=False)}
    ranges = calibrated_ranges(section)
    several = len(every["seed"].unique()) > 1
    said = lead(
        "Thresholds that were found before anything was scored: of a grid, the loosest at which "
        "the strategy, run as a whole where nothing drifts, starts no more trainings than wanted."
        + (" Each seed has its own; intervals are the widest of any seed." if several else "")
    )
    notes: dict[str, list[str]] = {}
    for name in ranges["strategy"]:
        notes.setdefault(_notes(of[name]), []).append(name)
    below = joined(note(f"{', '.join(same)}: {text}") for text, same in notes.items())
    table = plain_table(
        "Thresholds that were found", HEADINGS, [_row(row) for row in ranges.itertuples()]
    )
    return Part("Calibrated thresholds", lead=said, html=table + below,
                tables={"calibrated": every, "calibrated_ranges": ranges})  # fmt: skip


def _row(row: Any) -> list[str]:
    """What is said of one strategy, over its seeds."""
    least, most = amount(row.least), amount(row.most)
    return [
        row.strategy, row.parameter, least if row.least == row.most else f"{least} to {most}",
        row.wanted, amount(row.rate), f"{amount(row.low)} to {amount(row.high)}", amount(row.twins),
    ]  # fmt: skip


def _notes(group: pd.DataFrame) -> str:
    """What the thresholds of one strategy rest on: of all seeds, where that is the same."""
    notes = group["note"].tolist()
    if len(set(notes)) == 1:
        return str(notes[0])
    seeds = group["seed"].tolist()
    return " ".join(f"Seed {seed}: {text}" for seed, text in zip(seeds, notes, strict=True))
