"""A table of losses instead of a sweep: its schedules as runs, which the report compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clsim.analysis.cost.calendars import few_schedules
from clsim.hindsight.given import read, saved, seeds_of
from clsim.hindsight.looked_up import run_of, run_served
from clsim.hindsight.table import Counterfactual
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs

UNKNOWN = (
    "label", "bought", "logged", "profile", "megabyte", "vote", "waiting", "alarm",
)  # fmt: skip
"""Prices of quantities that a table of losses does not have."""


TODAY = "as served"
"""The name of what really served, where the tables say so."""


def folder_of(path: Path) -> Path:
    """Where the report of a table goes: a folder beside it, with its name."""
    return path.parent / path.name.split(".")[0]


def read_tables(path: Path, given: Mapping[str, Any]) -> list[Counterfactual]:
    """The tables of a file, one for each seed: saved ones, or frames of losses or predictions.

    Parameters
    ----------
    path : Path
    given : mapping
        ``loss``, ``tick``, ``largest_age`` and ``unanswered``, as `Counterfactual.from_frame`
        takes them.

    Raises
    ------
    ValueError
        As `Counterfactual.from_frame`; if a saved table is said what it already says.
    """
    if path.suffix == ".parquet" and saved(path):
        if given:
            raise ValueError(f"{path}: a saved table says its {next(iter(given))} itself")
        return [Counterfactual.load(path)]
    try:
        frame = read(path)
        return [
            Counterfactual.from_frame(frame, **given, seed=seed if "seed" in frame else None)
            for seed in seeds_of(frame)
        ]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def look_up_runs(name: str, tables: Sequence[Counterfactual], prices: Sequence[Prices]) -> Runs:
    """A few schedules of tables as runs, which the report then compares.

    Parameters
    ----------
    name : str
        What the report is called after.
    tables : sequence of Counterfactual
        One for each seed.
    prices : sequence of Prices
        Those of each stakeholder.

    Raises
    ------
    ValueError
        For a price of what no table knows.
    """
    for one in prices:
        for key in UNKNOWN:
            if getattr(one, key):
                raise ValueError(
                    f"prices.{key}={getattr(one, key):g}: a table of losses does not say how many "
                    "there were, so what they cost is not known; leave the price out"
                )
        if one.by_class:
            raise ValueError(
                "prices.error: a table counts units of loss, and not which classes were confused; "
                "give a number, and losses that are the costs, with loss=matrix"
            )
    by_seed = {table.setting.seed: table for table in tables}
    runs = {}
    for label, (every, ticks) in few_schedules(by_seed, prices).items():
        trigger = {} if every is None else {"trigger": {"every": every}}
        for seed, table in by_seed.items():
            config = {"name": name, "seed": seed, "looked_up": name,
                      "strategy": {"name": label, **trigger}}  # fmt: skip
            runs[f"{label}, seed {seed}"] = run_of(table, ticks, config)
    if all(table.served is not None for table in tables):
        for seed, table in by_seed.items():
            config = {"name": name, "seed": seed, "looked_up": name, "strategy": {"name": TODAY}}
            runs[f"{TODAY}, seed {seed}"] = run_served(table, config)
    return Runs(runs, [])
