"""Where the models of each strategy came from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.ancestry import lineage as lineage_of
from clsim.analysis.behaviour.ancestry import stretches
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
    "is in the new one too."
)

BRANCHES = (
    "Models that each went on from the one before and took its place share a row; a new row begins "
    "where something else happened: a model from scratch, a second that goes on from the same one, "
    "one that was rejected, or a return to an older one."
)


def descended(section: Section) -> Part | None:
    """The lineage of the models whose training went on from others; None where none did.

    Figures show those in which something branches; of the others it is said that nothing does.
    """
    if is_looked_up(section):
        return None
    seed, runs = one_seed(section, models.goes_on)
    if not runs:
        return None
    families = {name: placed(run) for name, run in runs.items()}
    straight = [name for name, family in families.items() if len(set(family["stretch"])) == 1]
    drawings = _drawings({k: v for k, v in families.items() if k not in straight}, seed)
    said = [SAYS, *([BRANCHES] if drawings else [])]
    said += [_in_a_line(name, families[name], seed) for name in straight]
    return Part("Lineage", lead=lead(" ".join(said)), drawings=drawings,
                tables={"lineage": models.lineage(section)})  # fmt: skip


def lineages(section: Section) -> Part | None:
    """The lineage of any models that were trained."""
    seed, runs = one_seed(section, lambda run: run.models is not None)
    drawings = _drawings({name: placed(run) for name, run in runs.items()}, seed)
    return Part("Lineage", drawings=drawings) if drawings else None


def _in_a_line(name: str, family: pd.DataFrame, seed: int) -> str:
    last = family["model"].iloc[-1]
    return (
        f"With {name} nothing branches: each of its models up to model {last} went on from the one "
        f"before (seed {seed})."
    )


def _drawings(families: Mapping[str, pd.DataFrame], seed: int) -> list[Drawing]:
    shown = list(families.items())[:FIGURES]
    return [_drawing(name, family, seed, k) for k, (name, family) in enumerate(shown)]


def _drawing(name: str, every: pd.DataFrame, seed: int, k: int) -> Drawing:
    begins = every["stretch"].unique()
    family = every[every["stretch"].isin(begins[-MODELS:])]
    note = f" From model {family['model'].iloc[0]} on." if len(begins) > MODELS else ""
    return Drawing(
        numbered("lineage", k), partial(lineage, family),
        f"What each model was trained on, and which it goes on from: {name}, seed {seed}. Its mark "
        f"stands where its training started, and says what became of it.{note}",
    )  # fmt: skip


def placed(run: Run) -> pd.DataFrame:
    """The lineage of a run, with its stretches and the row before which each training started."""
    ticks = run.ticks[run.ticks["slice"] == "all"]
    first = run.info.warmup_events + np.append(0, np.cumsum(ticks["n"].to_numpy()))
    family = lineage_of(run)
    at = first[np.maximum(family["tick"].to_numpy(dtype=int), 0)]
    return family.assign(at=at, stretch=stretches(family))
