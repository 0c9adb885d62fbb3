"""What befell the models: trials beside the champion, promotions, and what was taken back."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.behaviour.lifeline import rollbacks, services, trials
from clsim.report.figures.life import lifelines
from clsim.report.markup import lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.schedule import tick_text
from clsim.report.parts.time import drifts_of
from clsim.report.section import Section, clock
from clsim.report.tables import plain_table
from clsim.runs.run import Run

FIGURES = 3
"""Largest number of strategies that have a figure of their own."""

MODELS = 40
"""Largest number of models in a figure; the last ones."""


def lives(section: Section) -> Part | None:
    """Who answered, who was tried beside it, and what was taken back."""
    seed, runs = one_seed(section, lambda run: run.served is not None)
    if not runs:
        return None
    shown = list(runs)[:FIGURES]
    drawings = [_drawing(section, name, runs[name], seed, k) for k, name in enumerate(shown)]
    every = {
        "services": _of_all(section, services), "trials": _of_all(section, trials),
        "rollbacks": _of_all(section, rollbacks),
    }  # fmt: skip
    html = joined_tables(section, runs)
    said = "; ".join(_said(name, run) for name, run in runs.items()) + "."
    first = lead(
        Markup(
            "A challenger that passes its test on past events is tried on live ones: it is asked "
            "beside the model that answers, and promoted if it does better. With seed {}, {}"
        ).format(seed, said)
    )
    tables = {name: table for name, table in every.items() if len(table)}
    return Part("Champions and challengers", lead=first, drawings=drawings, html=html,
                tables=tables)  # fmt: skip


def one_seed(section: Section, shows: Any) -> tuple[int, dict[str, Run]]:
    """The first seed in which some strategy has what is shown, and its runs that have it."""
    for seed in section.seeds:
        of_seed = {name: section.setting.runs[name].get(seed) for name in section.order}
        having = {name: run for name, run in of_seed.items() if run is not None and shows(run)}
        if having:
            return seed, having
    return 0, {}


def numbered(name: str, k: int) -> str:
    """The name of the figure of the k-th strategy that has one."""
    return name if k == 0 else f"{name}_{k + 1}"


def _drawing(section: Section, name: str, run: Run, seed: int, k: int) -> Drawing:
    spans = [_timed(frame, run) for frame in (services(run), trials(run), rollbacks(run))]
    models = sorted({*spans[0]["model"], *spans[1]["model"]})
    note = f" The last {MODELS} of {len(models)} models." if len(models) > MODELS else ""
    spans = [frame[frame["model"].isin(models[-MODELS:])] for frame in spans]
    spans[2] = spans[2][spans[2]["returned"].isin(models[-MODELS:])]
    events = run.events
    failed = (events["kind"] == "offline_test") & ~events["accepted"].fillna(True).astype(bool)
    lived, tried, withdrawn = spans
    draw = partial(
        lifelines, lived, tried, withdrawn, events["time"][failed].to_numpy(), drifts_of(section),
        section.words, tick_text(section),
    )  # fmt: skip
    return Drawing(
        numbered("lifelines", k), draw,
        f"Which model answered, and which were tried beside it: {name}, seed {seed}. A dashed line "
        "leads from a model that was taken back to the one that answers again. Row offline: "
        f"challengers that failed their test on past events, and were never tried.{note}",
    )  # fmt: skip


def _timed(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """With the clock times of tick and until."""
    ticks = run.ticks[run.ticks["slice"] == "all"]
    edges = np.append(ticks["start"].to_numpy(), ticks["end"].to_numpy()[-1:])
    return frame.assign(start=edges[frame["tick"]], end=edges[frame["until"]])


def _of_all(section: Section, of: Any) -> pd.DataFrame:
    """What a function gives of every run that says who was asked."""
    frames = [
        of(run).assign(strategy=name, seed=seed)
        for name, by_seed in section.setting.runs.items()
        for seed, run in by_seed.items()
        if run.served is not None
    ]
    table = pd.concat(frames, ignore_index=True)
    return table[["strategy", "seed", *table.columns.drop(["strategy", "seed"])]]


def _said(name: str, run: Run) -> str:
    """What befell the challengers of one run, in a sentence."""
    verdicts, back = trials(run)["verdict"], len(rollbacks(run))
    won = int((verdicts == "promoted").sum())
    ended = won + int(verdicts.isin(["rejected", "undecided"]).sum())
    count = "one trial" if ended == 1 else f"{ended} trials"
    undone = {0: "none was", 1: "one was"}.get(back, f"{back} were")
    return f"{name} ended {count}, promoted {won} of the challengers, of which {undone} taken back"


def joined_tables(section: Section, runs: dict[str, Run]) -> Markup:
    """The tables of trials and of rollbacks, of one seed."""
    words, several = section.words, len(runs) > 1
    tried, back = [], []
    for name, run in runs.items():
        prefix = f"{name}: " if several else ""
        tried += [_trial(row, prefix) for row in _dated(trials(run), run, section)]
        back += [_rollback(row, prefix) for row in _dated(rollbacks(run), run, section)]
    html = Markup()
    if tried:
        html += lead(
            "Trials. The verdict rests on the scores, by the labels that had come. What the "
            f"challenger would have saved in {words.loss} is of all events of the trial, and "
            "nobody knew it then; below 0, it would have added some. A challenger with a share "
            "answered some of the events itself, and there it has saved them."
        )
        html += plain_table(
            ["challenger against champion", "began", "ended", "verdict", "share",
             f"its {words.score}", f"the champion's {words.score}", "labels",
             f"{words.loss} saved"], tried,
        )  # fmt: skip
    if back:
        html += lead(
            "Models that were taken back. The guard compared the score since the promotion with "
            f"that before it. Beside it stand the {words.loss} per event while the model answered, "
            "and for as long before it and after it, when others answered: what the world did "
            "meanwhile is in the difference, too."
        )
        html += plain_table(
            ["model taken back", "answered from", "until", f"{words.score} before it",
             f"{words.score} since", "labels",
             f"{words.loss} per event", "before it", "after it"], back,
        )  # fmt: skip
    return html


def _dated(frame: pd.DataFrame, run: Run, section: Section) -> list[dict[Any, Any]]:
    """Rows with clock times as text."""
    frame = _timed(frame, run)
    timed = section.words.timed
    whole = timed and (clock(run.ticks["start"], True) % 86_400_000_000 == 0).all()
    for side in ("start", "end"):
        values = frame[side]
        frame[side] = (
            values.dt.strftime("%Y-%m-%d" if whole else "%Y-%m-%d %H:%M")
            if timed
            else values.map("row {:,}".format)
        )
    return frame.to_dict("records")


def _trial(row: dict[Any, Any], prefix: str) -> list[Any]:
    still = row["verdict"] == "open"
    return [
        f"{prefix}{row['model']} against {row['champion']}",
        row["start"], "" if still else row["end"], "still open" if still else row["verdict"],
        row["share"], row["score"], row["score_champion"], row["labels"], row["saved"],
    ]  # fmt: skip


def _rollback(row: dict[Any, Any], prefix: str) -> list[Any]:
    return [
        f"{prefix}{row['model']}, back to {row['returned']}",
        row["start"], row["end"], row["score_before"], row["score_after"], row["labels"],
        row["per_event"], row["before"], row["after"],
    ]  # fmt: skip
