"""Performance over time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from clsim.analysis.behaviour.ticks import clock_units
from clsim.analysis.findings.models import over_time as curves_of
from clsim.report.figures.time import accuracy_over_time, full_points, seldom, small_multiples
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section, capital
from clsim.types import DriftEvent

PANELS = 12
"""Largest number of strategies in small panels."""

STRIP = 14
"""Largest number of strategies in the strip of deployments."""


def over_time(section: Section) -> Part:
    """Score over time of the strategies that say most, and of the others in small panels."""
    words = section.words
    shown = section.shown()
    rest = [name for name in section.arranged if name not in shown]
    panels = rest[:PANELS]
    tidy = curves_of(section)
    curves = {
        str(name): curve.drop(columns="strategy")
        for name, curve in tidy.groupby("strategy", sort=False)
    }
    badges = {} if section.style.only else section.badges()
    captions = {n: f"{n} ({badges[n]})" if n in badges else n for n in shown}
    drifts = drifts_of(section)
    means = ", mean over seeds" if words.seeds > 1 else ""
    band = f" Bands: {words.spread}." if words.bands else ""
    first = curves[section.reference]
    cut = "" if len(full_points(first)) == len(first) else " The last, of few events, is left out."
    seed, marks = marks_of(section, [*shown, *rest][:STRIP])
    drawings = [
        Drawing(
            "accuracy_over_time",
            partial(
                accuracy_over_time, {n: curves[n] for n in shown}, section.looks, captions,
                drifts, marks, words, seed,
            ),
            f"{capital(words.score)} over time. One point: {words.point}{means}.{cut}{band} "
            "The strip shows when a new model began to serve, a challenger was rejected, or a "
            "deployment was rolled back.",
        )
    ]  # fmt: skip
    if rest:
        left_out = f" The first {PANELS} by total cost." if len(rest) > PANELS else ""
        drawings.append(
            Drawing(
                "accuracy_each",
                partial(
                    small_multiples, {n: curves[n] for n in panels},
                    (section.reference, curves[section.reference]), drifts, words,
                ),
                f"The other strategies beside {section.reference}.{band}{left_out}",
            )
        )  # fmt: skip
    return Part(
        "Performance over time", drawings=drawings, tables={"over_time": tidy},
        cites=("gama2013",),
    )  # fmt: skip


def drifts_of(section: Section) -> list[DriftEvent]:
    """Drifts of all seeds that are worth a mark in the time that was served."""
    spans = set()
    for by_seed in section.setting.runs.values():
        for run in by_seed.values():
            begin = clock_units(run.ticks["start"]).min()
            finish = clock_units(run.ticks["end"]).max()
            rare = seldom(run.info.drifts, int(begin), int(finish))
            spans |= {(drift.start, drift.end, drift.kind) for drift in rare}
    return [DriftEvent(kind, start, end) for start, end, kind in sorted(spans)]


def marks_of(section: Section, names: Sequence[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    """When models were deployed, rejected, taken back and re-used, and strategies took over, in one
    seed's runs."""
    seeds = [set(section.setting.runs[name]) for name in names]
    seed = min(set.intersection(*seeds) or set.union(*seeds))
    marks = {}
    for name in names:
        run = section.setting.runs[name].get(seed)
        if run is None:
            continue
        events = run.events
        tested = events["kind"].isin(["offline_test", "online_test"])
        rejected = tested & ~events["accepted"].fillna(True).astype(bool)
        chosen = {
            "deploy": (events["kind"] == "deploy") & events["accepted"].fillna(True).astype(bool),
            "rejected": rejected,
            "rollback": events["kind"] == "rollback",
            "reuse": events["kind"] == "reuse",
            "strategy": events["kind"] == "strategy",
        }
        marks[name] = {kind: events["time"][rows].to_numpy() for kind, rows in chosen.items()}
    return seed, marks
