"""What befell the models: trials beside the champion, what was held, taken back and re-used."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.behaviour.lifeline import reuses, rollbacks, services, trials, waits
from clsim.analysis.behaviour.ticks import clock_units
from clsim.analysis.findings import models
from clsim.report.figures.life import lifelines
from clsim.report.figures.style import Words
from clsim.report.markup import lead
from clsim.report.parts.own_table import is_looked_up
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.schedule import tick_text
from clsim.report.parts.time import drifts_of
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.runs.run import Run

FIGURES = 3
"""Largest number of strategies that have a figure of their own."""

MODELS = 40
"""Largest number of models in a figure; the last ones."""


def lives(section: Section) -> Part | None:
    """Who answered, who was tried beside it, and what was held, taken back or re-used."""
    seed, runs = one_seed(section, models.shows)
    if not runs or is_looked_up(section):
        return None
    shown = list(runs)[:FIGURES]
    drawings = [_drawing(section, name, runs[name], seed, k) for k, name in enumerate(shown)]
    gives = {
        "services": models.services, "trials": models.trials, "rollbacks": models.rollbacks,
        "reuses": models.reuses, "waits": models.waits, "lives": models.lives,
    }  # fmt: skip
    every = {name: of(section) for name, of in gives.items()}
    html = joined_tables(section, runs)
    lived = models.lives(section)
    own = lived[lived["seed"] == seed].set_index("strategy").loc[list(runs)]
    said = "; ".join(_said(row) for row in own.itertuples()) + "."
    begins = TRIED if own["challengers"].any() else UNTRIED
    first = lead(Markup("{} With seed {}, {}").format(begins, seed, said))
    tables = {name: table for name, table in every.items() if len(table)}
    return Part("Champions and challengers", lead=first, drawings=drawings, html=html,
                tables=tables)  # fmt: skip


TRIED = (
    "A challenger that passes its test on past events is tried on live ones: it is asked beside "
    "the model that answers, or answers a part of them itself, and is promoted if it does well."
)

UNTRIED = (
    "A model that was promoted may be taken back, one that has retired may serve again, and one "
    "that is ready may have to wait."
)


def one_seed(section: Section, shows: Any) -> tuple[int, dict[str, Run]]:
    """The first seed in which some strategy has what is shown, and its runs that have it."""
    for seed in section.seeds:
        of_seed = {name: section.setting.runs[name].get(seed) for name in section.arranged}
        having = {name: run for name, run in of_seed.items() if run is not None and shows(run)}
        if having:
            return seed, having
    return 0, {}


def numbered(name: str, k: int) -> str:
    """The name of the figure of the k-th strategy that has one."""
    return name if k == 0 else f"{name}_{k + 1}"


def _drawing(section: Section, name: str, run: Run, seed: int, k: int) -> Drawing:
    every = services(run), trials(run), rollbacks(run), reuses(run)
    spans = [_timed(frame, run) for frame in every]
    numbers = sorted({*spans[0]["model"], *spans[1]["model"]})
    note = f" The last {MODELS} of {len(numbers)} models." if len(numbers) > MODELS else ""
    spans = [frame[frame["model"].isin(numbers[-MODELS:])] for frame in spans]
    spans[2] = spans[2][spans[2]["returned"].isin(numbers[-MODELS:])]
    events = run.events
    failed = (events["kind"] == "offline_test") & ~events["accepted"].fillna(True).astype(bool)
    lived, tried, withdrawn, reused = spans
    draw = partial(
        lifelines, lived, tried, withdrawn, reused, events["time"][failed].to_numpy(),
        drifts_of(section), section.words, tick_text(section),
    )  # fmt: skip
    return Drawing(
        numbered("lifelines", k), draw,
        f"Which model answered, and which were tried beside it: {name}, seed {seed}. A dashed line "
        "leads from a model that was taken back to the one that answers again. Row offline: "
        f"challengers that failed their test on past events, and were never tried.{note}",
    )  # fmt: skip


def _timed(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """With the clock times of tick and until."""
    ticks = run.whole
    edges = np.append(ticks["start"].to_numpy(), ticks["end"].to_numpy()[-1:])
    return frame.assign(start=edges[frame["tick"]], end=edges[frame["until"]])


def _said(row: Any) -> str:
    """What befell the challengers of one run, in a sentence."""
    name, back, held = row.Index, row.taken_back, row.held
    more = f", re-used a retired model {_times(row.reused)}" if row.reused else ""
    if held:
        more += f", held {'one' if held == 1 else held} until a freeze ended"
    if not row.challengers:
        return f"{name} took back {back or 'no'} {'model' if back == 1 else 'models'}{more}"
    count = "one trial" if row.trials == 1 else f"{row.trials} trials"
    undone = {0: "none was", 1: "one was"}.get(back, f"{back} were")
    return (
        f"{name} ended {count}, promoted {row.promoted} of the challengers, of which {undone} "
        f"taken back{more}"
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def joined_tables(section: Section, runs: dict[str, Run]) -> Markup:
    """The tables of trials, rollbacks, re-uses and what was held, of one seed."""
    words, several = section.words, len(runs) > 1
    tried, back, again, held = [], [], [], []
    for name, run in runs.items():
        prefix = f"{name}: " if several else ""
        tried += [_trial(row, prefix) for row in _dated(trials(run), run, section)]
        back += [_rollback(row, prefix) for row in _dated(rollbacks(run), run, section)]
        again += [_reuse(row, prefix) for row in _dated(reuses(run), run, section)]
        held += [_wait(row, prefix) for row in _dated(waits(run), run, section)]
    html = Markup()
    if tried:
        html += lead(
            "Trials. The verdict rests on the scores, by the labels that had come. What the "
            f"challenger would have saved in {words.loss} is of all events of the trial, and "
            "nobody knew it then; below 0, it would have added some. A challenger with a share "
            "answered some of the events itself, and there it has saved them."
        )
        html += plain_table(
            "Trials",
            ["challenger against champion", "began", "ended", "verdict", "share of events",
             f"its {words.score}", f"the champion's {words.score}", "labels",
             f"{words.loss} saved"], tried,
        )  # fmt: skip
    if back:
        html += lead(
            "Models that were taken back, and what the guard found. Beside it stand the "
            f"{words.loss} per event while the model answered, and for as long before it and after "
            "it, when others answered: what the world did meanwhile is in the difference, too."
        )
        html += plain_table(
            "Models that were taken back",
            ["model taken back", "answered from", "until", "why", "labels",
             f"{words.loss} per event", "before it", "after it"], back,
        )  # fmt: skip
    return html + _again(again, words) + _held(held, words)


def _again(rows: list[list[Any]], words: Words) -> Markup:
    if not rows:
        return Markup()
    return lead(
        "Retired models that served again instead of a training. Each was chosen by its score on "
        "the newest labels that neither it nor the champion had been trained on. Beside it stand "
        f"the {words.loss} per event while it answered, and for as long before it."
    ) + plain_table(
        "Retired models that served again",
        ["model re-used", "answered from", "until", "ticks away", f"its {words.score}",
         f"the champion's {words.score}", "labels", f"{words.loss} per event", "before it"], rows,
    )  # fmt: skip


def _held(rows: list[list[Any]], words: Words) -> Markup:
    if not rows:
        return Markup()
    return lead(
        "Models that had passed their test, and waited for a freeze to end. Beside it stand the "
        f"{words.loss} per event meanwhile, when others answered, and for as long after it."
    ) + plain_table(
        "Models that were held",
        ["model held", "since", "until", "why", "events", f"{words.loss} per event", "after it"],
        rows,
    )


def _dated(frame: pd.DataFrame, run: Run, section: Section) -> list[dict[Any, Any]]:
    """Rows with clock times as text."""
    frame = _timed(frame, run)
    timed = section.words.timed
    whole = timed and (clock_units(run.ticks["start"]) % 86_400_000_000 == 0).all()
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
        row["start"], row["end"], row["reason"], row["labels"],
        row["per_event"], row["before"], row["after"],
    ]  # fmt: skip


def _reuse(row: dict[Any, Any], prefix: str) -> list[Any]:
    return [
        f"{prefix}{row['model']}, for {row['replaced']}",
        row["start"], row["end"], row["away"], row["score"], row["score_replaced"], row["labels"],
        row["per_event"], row["before"],
    ]  # fmt: skip


def _wait(row: dict[Any, Any], prefix: str) -> list[Any]:
    return [
        f"{prefix}{row['model']}", row["start"], row["end"], row["reason"], row["n"],
        row["per_event"], row["after"],
    ]  # fmt: skip
