"""Find the scale of worlds of the suite: what the best fixed schedule saves on tuning draws.

``python experiments/suite/scales.py`` replays the tuning draws of each world of ``conf/world`` that
states no scale (``--anew``: of all), writes scale, calendar, schedule and digest into its file, and
the costs to ``results/suite/tuning.csv``; then ``results/suite/scales.csv``. Names of worlds, and
``--conf DIR`` with a folder ``world`` in it, do it for worlds of your own.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import clsim
from clsim import Strategy
from clsim.analysis.compare.frozen import (
    CALENDAR,
    FREE_DATES,
    NEVER,
    Scale,
    found_scale,
    scale_of,
    world_digest,
)
from clsim.clock import Clock
from clsim.hindsight.optimum import expected_optimum
from clsim.runs.ledger import Prices, cost
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.sweep import config as build
from clsim.sweep.app import CONF, resolved

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results" / "suite"

SERVED = 90
"""Ticks that each world serves."""

SEEDS = range(1000, 1050)
"""Tuning draws; no other seed of the suite is among them."""

EVERY = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 26, 30, 36, 45, 60, 80)
"""Calendars among which the best is looked for: ticks between trainings."""

FREE = "free"
"""Column of the schedule of free dates."""


def composed(world: str, conf: Path = CONF) -> dict[str, Any]:
    """The configuration of a world, as a job of the suite has it."""
    from hydra import compose, initialize_config_dir

    path = "" if conf == CONF else f"hydra.searchpath=[file://{conf.resolve()}]"
    with initialize_config_dir(str(CONF), version_base="1.3"):
        words = [f"world={world}", *([path] if path else [])]
        return resolved(compose("config", words, return_hydra_config=True))


def world_of(config: dict[str, Any]) -> dict[str, Any]:
    """What a replay takes of a world, but for its seed; parts are built anew."""
    parts = {key: build.once_more(config[key], key) for key in ("stream", "learner", "delay")}
    keys = ("tick", "warmup", "warmup_labels", "loss", "unanswered")
    return parts | {key: config[key] for key in keys}


def draw_costs(config: dict[str, Any], seed: int, every: Sequence[int] = EVERY) -> dict[int, float]:
    """What never (0) and each calendar cost in one draw of a world."""
    window = SlidingWindow(config["window"])
    ways = {"0": Strategy(Never(), window)}
    ways |= {str(k): Strategy(Periodic(k), window) for k in every}
    prices = Prices.from_dict(config["prices"])
    runs = clsim.replay(strategies=ways, seed=seed, **world_of(config))
    return {int(name): float(cost(run.totals, prices)) for name, run in runs.items()}


def free_dates(config: dict[str, Any], seeds: Sequence[int]) -> tuple[tuple[int, ...], list[float]]:
    """The best schedule of free dates within the budget, and what it costs in each draw.

    The costs are of the schedules that are the best in the mean of all other draws.
    """
    world = world_of(config)
    window, budget = SlidingWindow(config["window"]), config["world"].get("budget") or {}
    tables = [clsim.counterfactual(**world, dataset=window, seed=seed) for seed in seeds]
    prices = Prices.from_dict(config["prices"])
    found = expected_optimum(tables, prices, most=budget.get("retrainings"))
    return found.chosen.ticks, found.cost.tolist()


def calendar_dates(every: int, ticks: int) -> tuple[int, ...]:
    """The ticks in which a calendar trains."""
    trigger = Periodic(every)
    trigger.bind(Clock.of(False, tick=1))
    return tuple(tick for tick in range(ticks) if trigger.due(tick) == tick)


def world_costs(
    world: str, seeds: Sequence[int] = SEEDS, conf: Path = CONF
) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """Costs of tuning draws, and the best schedule of free dates.

    Returns
    -------
    costs : pandas.DataFrame
        Index seed; columns 0 (never), ticks between trainings, and `FREE`, which is missing where
        no table knows what another schedule costs.
    dates : tuple of int
    """
    config = composed(world, conf)
    costs = pd.DataFrame({seed: draw_costs(config, seed) for seed in seeds}).T.rename_axis("seed")
    known = config["world"].get("hindsight", True)
    dates, costs[FREE] = free_dates(config, seeds) if known else ((), float("nan"))
    return costs, dates


def keep(world: str, costs: pd.DataFrame) -> None:
    """Put the costs of a world's tuning draws into the table of all."""
    path = RESULTS / "tuning.csv"
    known = pd.read_csv(path) if path.exists() else pd.DataFrame({"world": []})
    own = costs.reset_index().rename(columns=str)
    own.insert(0, "world", world)
    every = pd.concat([known[known["world"] != world], own]).sort_values(["world", "seed"])
    every.to_csv(path, index=False, lineterminator="\n", float_format="%.10g")


def kept(world: str) -> pd.DataFrame:
    """The costs of a world's tuning draws, as that table has them."""
    every = pd.read_csv(RESULTS / "tuning.csv")
    own = every[every["world"] == world].drop(columns="world").set_index("seed")
    return own.rename(columns=lambda name: name if name == FREE else int(name))


def scale(costs: pd.DataFrame) -> Scale:
    """The scale that tuning draws show."""
    calendars = {k: costs[k].tolist() for k in costs if k not in (0, FREE)}
    free = None if costs[FREE].isna().all() else costs[FREE].tolist()
    return found_scale(costs[0].tolist(), calendars, free)


def schedule(found: Scale, free: Sequence[int]) -> Sequence[int]:
    """The ticks in which the best fixed schedule trains, given the best free dates."""
    ways = {NEVER: (), CALENDAR: calendar_dates(found.calendar, SERVED), FREE_DATES: free}
    return ways[found.best]


def stated(found: Scale, dates: Sequence[int], digest: str) -> str:
    """The lines of a world's file that are frozen."""
    return (
        f"  calendar: {found.calendar}\n  schedule: {list(dates)}\n"
        f"  scale: {{never: {found.never:.2f}, gain: {found.gain:.2f}, error: {found.error:.2f}, "
        f"draws: {found.draws}, best: {found.best}, "
        f"digest: '{digest}'}}\n"  # quoted: one of digits alone is no number
    )


def write(world: str, found: Scale, dates: Sequence[int], conf: Path = CONF) -> None:
    """Put a scale, and the dates of the best schedule, into the file of its world."""
    path = conf / "world" / f"{world}.yaml"
    text = path.read_text("utf-8")
    lines = stated(found, dates, world_digest(composed(world, conf)))
    pattern = r"^(?:  calendar: .*\n)?(?:  schedule: .*\n)?  scale: .*\n"
    new, count = re.subn(pattern, lines, text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{path}: expected one line 'scale: …' in 'world'")
    path.write_text(new, "utf-8")


def row(world: str, conf: Path = CONF) -> dict[str, Any]:
    """What a world's file states, and what its best calendar saves."""
    own, costs = composed(world, conf)["world"], kept(world)
    known = scale_of(own)
    budget = {f"budget_{key}": value for key, value in own["budget"].items()}
    return {
        "world": own["id"], "version": own["version"], **own["about"], **budget,
        "never": known.never, "gain": known.gain, "error": known.error, "draws": known.draws,
        "earns": known.earns, "best": known.best, "schedule": " ".join(map(str, own["schedule"])),
        "calendar": known.calendar,
        "calendar_gain": round(float((costs[0] - costs[known.calendar]).mean()), 2),
        "digest": own["scale"]["digest"],
    }  # fmt: skip


def main() -> None:
    """Find what is not there, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", nargs="*", help="names; none: all that there are")
    parser.add_argument("--conf", type=Path, default=CONF, help="a folder that holds world/")
    parser.add_argument("--anew", action="store_true", help="also where a scale is stated")
    given = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    names = given.worlds or sorted(path.stem for path in (given.conf / "world").glob("*.yaml"))
    for name in names:
        if given.anew or not composed(name, given.conf)["world"]["scale"]:
            costs, dates = world_costs(name, conf=given.conf)
            found = scale(costs)
            write(name, found, schedule(found, dates), given.conf)
            if given.conf == CONF:
                keep(name, costs)
            print(f"{name}: {found}", flush=True)
    if given.conf == CONF and not given.worlds:
        table = pd.DataFrame([row(name) for name in names])
        table.to_csv(RESULTS / "scales.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
