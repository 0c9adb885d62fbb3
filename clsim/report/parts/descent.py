"""Where the models of each strategy came from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.ancestry import lineage as lineage_of
from clsim.analysis.findings import models
from clsim.report.figures.family import lineage
from clsim.report.markup import lead
from clsim.report.parts.life import FIGURES, MODELS, numbered, one_seed
from clsim.report.parts.own_table import is_looked_up
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.runs.run import Run

SAYS = (
    "A training may go on from the model that serves, and then what that one learned, and forgot, "
    "is in the new one too. Each model is drawn with the rows that it was itself trained on."
)


def descended(section: Section) -> Part | None:
    """The lineage of the models whose training went on from others; None where none did."""
    if is_looked_up(section):
        return None
    drawings = _drawings(section, models.goes_on)
    if not drawings:
        return None
    return Part("Lineage", lead=lead(SAYS), drawings=drawings,
                tables={"lineage": models.lineage(section)})  # fmt: skip


def lineages(section: Section) -> Part | None:
    """The lineage of any models that were trained."""
    drawings = _drawings(section, lambda run: run.models is not None)
    return Part("Lineage", drawings=drawings) if drawings else None


def _drawings(section: Section, shows: Callable[[Run], bool]) -> list[Drawing]:
    seed, runs = one_seed(section, shows)
    return [_drawing(name, runs[name], seed, k) for k, name in enumerate(list(runs)[:FIGURES])]


def _drawing(name: str, run: Run, seed: int, k: int) -> Drawing:
    every = placed(run)
    family = every.tail(MODELS)
    note = f" From model {family['model'].iloc[0]} on." if len(every) > MODELS else ""
    return Drawing(
        numbered("lineage", k), partial(lineage, family),
        f"What each model was trained on, and which it goes on from: {name}, seed {seed}. Its mark "
        f"stands where its training started, and says what became of it.{note}",
    )  # fmt: skip


def placed(run: Run) -> pd.DataFrame:
    """The lineage of a run, with the row before which each training started."""
    ticks = run.ticks[run.ticks["slice"] == "all"]
    first = run.info.warmup_events + np.append(0, np.cumsum(ticks["n"].to_numpy()))
    family = lineage_of(run)
    return family.assign(at=first[np.maximum(family["tick"].to_numpy(dtype=int), 0)])
