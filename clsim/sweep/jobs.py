"""The jobs of a sweep: what is replayed together, and in which folders."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clsim.parallel import Ended, Piece, Workers, spread
from clsim.protocols import Trigger
from clsim.rounding import counted
from clsim.runs.files import clear_leftovers, read_yaml, to_yaml, write_text
from clsim.runs.locks import locked
from clsim.runs.reading import is_done
from clsim.runs.run import PLANNED, Run
from clsim.sweep import calibrated, families
from clsim.sweep import config as build

PRICES = ".prices.yaml"
"""File of a sweep folder: the prices of its last sweep."""

log = logging.getLogger(__name__)


def replay_jobs(configs: Sequence[dict[str, Any]], folders: Sequence[str | Path]) -> None:
    """Replay configurations that differ in strategy alone, and write their run folders.

    Parameters
    ----------
    configs : sequence of dict
        Resolved configurations.
    folders : sequence of path
        A run folder for each.
    """
    from clsim.engine.replay import replay

    first = configs[0]
    world = {key: build.once_more(first[key], key) for key in ("stream", "learner", "delay")}
    setting = {key: first[key] for key in build.REPLAY_KEYS}
    found = [calibrated.find(config, **world, setting=setting) for config in configs]
    names = _told_apart([build.called(config) for config in configs], folders)
    strategies = {
        name: build.once_more(
            calibrated.at(config["strategy"], one.value if one else None), "strategy"
        )
        for name, config, one in zip(names, configs, found, strict=True)
    }
    runs = replay(
        strategies=strategies, metrics=build.metrics(first["metrics"]),
        scratch=first.get("scratch"), limits=first.get("limits"), **world, **setting,
    )  # fmt: skip
    for name, config, folder, one in zip(names, configs, folders, found, strict=True):
        run = runs[name]
        run.config = config
        own = {key: value for key, value in config.items() if key != "strategy"}
        run.info = replace(
            run.info, files=build.data_files(own), calibrated=one,
            strategy_files=build.data_files(config["strategy"]),
        )  # fmt: skip
        keep(run, Path(folder))


def keep(run: Run, folder: Path) -> None:
    """Save a run, unless another process has made it meanwhile; nothing is written twice."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock"):
        clear_leftovers(folder)
        if not is_done(folder):
            run.save(folder)


def _told_apart(names: Sequence[str], folders: Sequence[str | Path]) -> list[str]:
    """Names for errors to use; strategies that are called alike also by their run's folder."""
    return [
        name if names.count(name) == 1 else f"{name} ({Path(folder).name})"
        for name, folder in zip(names, folders, strict=True)
    ]


def with_counterparts(
    configs: Sequence[dict[str, Any]], folders: Sequence[Path]
) -> list[tuple[dict[str, Any], Path]]:
    """Jobs and their folders, and those that are also wanted, each once, in folders beside."""
    jobs = []
    there = {folder.name for folder in folders}
    for config, folder in zip(configs, folders, strict=True):
        jobs.append((config, folder))
        for other in [*build.counterparts(config), *build.beside(config)]:
            name = build.run_id(other)
            if name not in there:
                there.add(name)
                jobs.append((other, folder.parent / name))
    return jobs


@dataclass(frozen=True)
class Group:
    """Jobs that differ in strategy alone, and are replayed together.

    Attributes
    ----------
    configs : list of dict
    folders : list of Path
    """

    configs: list[dict[str, Any]]
    folders: list[Path]

    def only(self, folders: Collection[Path]) -> Group:
        """The jobs of some of its folders."""
        pairs = list(zip(self.configs, self.folders, strict=True))
        kept = [pair for pair in pairs if pair[1] in folders]
        return Group([config for config, _ in kept], [folder for _, folder in kept])

    def single(self) -> list[Group]:
        """Each job by itself; none where there is one alone."""
        pairs = list(zip(self.configs, self.folders, strict=True))
        return [Group([config], [folder]) for config, folder in pairs] if len(pairs) > 1 else []

    def named(self) -> str:
        """What a person calls it."""
        names = [build.called(config) for config in self.configs]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f"{', '.join(names[:3])}{more} (seed {self.configs[0].get('seed')})"


def groups(configs: Sequence[dict[str, Any]], folders: Sequence[Path]) -> list[Group]:
    """Jobs that are not done, put together where they differ in strategy alone."""
    by_world: dict[str, Group] = {}
    for config, folder in zip(configs, folders, strict=True):
        if is_done(folder):
            continue
        apart = ("strategy", "counterpart", *build.NOT_IN_ID)
        rest = {key: value for key, value in config.items() if key not in apart}
        rest |= {key: config.get(key) for key in ("limits", "scratch")}
        world = json.dumps(rest, sort_keys=True, default=str)
        together = by_world.setdefault(world, Group([], []))
        if folder not in together.folders:
            together.configs.append(config)
            together.folders.append(folder)
    return list(by_world.values())


FEWEST = 8
"""Jobs for which a process of their own is begun."""


def split(work: Sequence[Group], n: int) -> list[Group]:
    """The same jobs in as many groups as there are workers, where there are fewer.

    Jobs that may share their trainings stay together: calendars with the same way of training, and
    those with the same trigger, which differ in how they test and deploy. A part has `FEWEST` jobs
    at least, and nothing is joined: to hand a group over takes a millisecond.
    """
    parts = list(work)
    while len(parts) < n:
        halves = next(
            (
                (group, halves)
                for group in sorted(parts, key=lambda group: -len(group.folders))
                if len(halves := _halves(group)) == 2
            ),
            None,
        )
        if halves is None:
            break
        parts.remove(halves[0])
        parts += halves[1]
    return parts


def _halves(group: Group) -> list[Group]:
    """Two groups of about the same number of jobs, or none if they would be too small."""
    alike: dict[str, list[Path]] = {}
    for config, folder in zip(group.configs, group.folders, strict=True):
        alike.setdefault(_shares(config), []).append(folder)
    one: list[Path] = []
    other: list[Path] = []
    for folders in sorted(alike.values(), key=len, reverse=True):
        min(one, other, key=len).extend(folders)
    if min(len(one), len(other)) < FEWEST:
        return []
    return [group.only(set(one)), group.only(set(other))]


def _shares(config: dict[str, Any]) -> str:
    """What jobs have in common that may share trainings."""
    strategy = config["strategy"]
    trigger = strategy.get("trigger") or {}
    target = build.find(trigger["_target_"], "strategy.trigger") if trigger else None
    calendar = getattr(target, "due", Trigger.due) is not Trigger.due
    parts = [strategy.get("dataset"), strategy.get("training"), None if calendar else trigger]
    return json.dumps(parts, sort_keys=True, default=str)


def tables_wanted(configs: Sequence[dict[str, Any]]) -> list[families.Family]:
    """The tables of hindsight that jobs ask for."""
    return list(families.families(configs).values())


def look_back(wanted: Sequence[families.Family], sweep: Path, workers: Workers) -> None:
    """Make tables of hindsight in a sweep's folder; a failure is a warning."""
    if not wanted:
        return
    begin = time.perf_counter()
    print(f"clsim: {counted(len(wanted), 'table')} of hindsight to make", file=sys.stderr)
    pieces = [Piece(families.make, (family, sweep.absolute()), of=family) for family in wanted]
    done = spread(workers, pieces, _once_more, lambda _: None)
    for made, (piece, ended) in enumerate(done, start=1):
        failure = ended.value if ended.died is None else ended.died
        if failure is not None:
            name = piece.of.config["strategy"].get("name")
            log.warning(f"no table of hindsight for {name} and its like: {failure}")
        seconds = time.perf_counter() - begin
        print(f"clsim: {made} of {len(wanted)} tables, {seconds:.0f} s", file=sys.stderr)


def _once_more(piece: Piece, ended: Ended) -> list[Piece]:
    """A table whose worker died is tried once more, alone; its parts that are there stay."""
    return [] if ended.died is None or piece.alone else [replace(piece, alone=True)]


def plan(sweep: Path, configs: Sequence[dict[str, Any]], folders: Sequence[Path]) -> None:
    """Note what the report of a sweep asks for: which runs there are to be, and at what prices.

    The prices are those that all of its jobs have; without such, none are noted.
    """
    sweep.mkdir(parents=True, exist_ok=True)
    ids = sorted({folder.name for folder in folders})
    given = [config["prices"] for config in configs]
    with locked(sweep / ".lock"):
        clear_leftovers(sweep)
        write_text(sweep / PLANNED, "\n".join(ids) + "\n")
        if given and all(prices == given[0] for prices in given):
            write_text(sweep / PRICES, to_yaml(given[0]))
        else:
            forget_prices(sweep)


def forget_prices(sweep: Path) -> None:
    """Let prices that were noted before count no more."""
    (sweep / PRICES).unlink(missing_ok=True)


def other_prices(sweep: Path) -> dict[str, Any]:
    """Prices of the last sweep that differ from those with which some run was made."""
    if not (sweep / PRICES).exists():
        return {}
    stated = []
    for path in sweep.glob("*/config.yaml"):
        try:
            prices = read_yaml(path).get("prices") or {}
        except ValueError:  # the report leaves the run out, and says so
            continue
        stated.append(prices if isinstance(prices, dict) else {})
    return {
        key: value
        for key, value in read_yaml(sweep / PRICES).items()
        if any(key in prices and prices[key] != value for prices in stated)
    }
