"""Thresholds that were found before the replay, and what they rest on."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from clsim.report.markup import lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import amount, plain_table


def found(section: Section) -> Part | None:
    """A row for each strategy whose threshold was calibrated; None where there is none."""
    every = pd.DataFrame([
        {"strategy": name, "seed": seed, **asdict(run.info.calibrated)}
        for name, by_seed in section.setting.runs.items()
        for seed, run in by_seed.items()
        if run.info.calibrated is not None
    ])  # fmt: skip
    if not len(every):
        return None
    of_strategy = every.groupby("strategy", sort=False)
    rows = [[str(name), *_row(of_strategy.get_group(name))]
            for name in section.order if name in of_strategy.groups]  # fmt: skip
    several = len(every["seed"].unique()) > 1
    said = lead(
        "Thresholds that were found before anything was scored: of a grid, the loosest at which "
        "the strategy, run as a whole where nothing drifts, starts no more trainings than wanted."
        + (" Each seed has its own; intervals are the widest of any seed." if several else "")
    )
    headings = ["strategy", "parameter", "threshold", "wanted at most",
                "trainings without drift (95 % interval)", "twins", "what it rests on"]  # fmt: skip
    return Part("Calibrated thresholds", lead=said, html=plain_table(headings, rows),
                tables={"calibrated": every})  # fmt: skip


def _row(group: pd.DataFrame) -> list[str]:
    """What is said of one strategy, over its seeds."""
    low, high = group["value"].min(), group["value"].max()
    value = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    bounds = f"{amount(group['low'].min())} to {amount(group['high'].max())}"
    notes = dict.fromkeys(group["note"])
    if len(notes) > 1:
        notes = dict.fromkeys(
            f"Seed {seed}: {note}" for seed, note in zip(group["seed"], group["note"], strict=True)
        )
    first = group.iloc[0]
    return [
        first["parameter"], value, first["wanted"], f"{amount(group['rate'].mean())} ({bounds})",
        str(first["twins"]), " ".join(notes),
    ]  # fmt: skip
