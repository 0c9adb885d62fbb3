"""Trainings that taught nothing new, and those that were vetoed."""

from __future__ import annotations

from clsim.analysis.behaviour.trained import trainings
from clsim.report.markup import joined, lead, note
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table

SAME = (
    "A schedule trains whether or not a label has come: a training on the very rows of the model "
    "that serves is charged like any other. "
)
VETOED = (
    "A vetoed training costs nothing: its rows were too unlike those of the model that serves, "
    "which goes on."
)


def learned(section: Section) -> Part | None:
    """How many trainings had no new rows or were vetoed, and why; None where there are none."""
    every = section.of_runs(trainings)
    if every.empty:
        return None
    same, vetoed = bool(every["same_rows"].any()), bool(every["vetoed"].any())
    if not same and not vetoed:
        return None
    rows, reasons = [], []
    for name in section.order:
        mine = every[every["strategy"] == name]
        if not mine["same_rows"].any() and not mine["vetoed"].any():
            continue
        begun = int((~mine["vetoed"]).sum())
        rows.append([name, begun, int(mine["same_rows"].sum()), int(mine["vetoed"].sum())])
        last = mine[mine["vetoed"]].tail(1)
        reasons += [f"{name}: the last veto, in tick {tick}: {reason}."
                    for tick, reason in zip(last["tick"], last["reason"], strict=True)]  # fmt: skip
    headings = ["strategy", "trainings", "on the champion's rows", "vetoed"]
    html = plain_table("Trainings, and those that came to nothing", headings, rows)
    said = lead(SAME * same + VETOED * vetoed + " Counts are over all seeds.")
    return Part("Trainings", lead=said, html=html + joined(map(note, reasons)),
                tables={"trainings": every})  # fmt: skip
