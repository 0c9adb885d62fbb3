"""The jobs of a sweep: what is replayed together, and in which folders."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from clsim.runs.files import read_yaml, to_yaml, write_text
from clsim.runs.reading import is_done
from clsim.runs.run import PLANNED
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
        scratch=first.get("scratch"), **world, **setting,
    )  # fmt: skip
    for name, config, folder, one in zip(names, configs, folders, found, strict=True):
        run = runs[name]
        run.config = config
        own = {key: value for key, value in config.items() if key != "strategy"}
        run.info = replace(
            run.info, files=build.data_files(own), calibrated=one,
            strategy_files=build.data_files(config["strategy"]),
        )  # fmt: skip
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
    """Jobs and their folders, and those that are also wanted, in folders beside theirs."""
    jobs = []
    for config, folder in zip(configs, folders, strict=True):
        jobs.append((config, folder))
        for other in build.counterparts(config):
            jobs.append((other, folder.parent / build.run_id(other)))
    return jobs


def groups(
    configs: Sequence[dict[str, Any]], folders: Sequence[Path]
) -> list[tuple[list[dict[str, Any]], list[Path]]]:
    """Jobs that are not done, put together where they differ in strategy alone."""
    by_world: dict[str, tuple[list[dict[str, Any]], list[Path]]] = {}
    for config, folder in zip(configs, folders, strict=True):
        if is_done(folder):
            continue
        apart = ("strategy", "counterpart", *build.NOT_IN_ID)
        rest = {key: value for key, value in config.items() if key not in apart}
        together = by_world.setdefault(json.dumps(rest, sort_keys=True, default=str), ([], []))
        if folder not in together[1]:
            together[0].append(config)
            together[1].append(folder)
    return list(by_world.values())


def prefetch(configs: Sequence[dict[str, Any]], folders: Sequence[Path], n_jobs: int) -> None:
    """Replay what is missing, groups in parallel; what fails is left to the jobs themselves."""
    import joblib

    work = groups(configs, folders)
    missing = sum(len(group[1]) for group in work)
    if not missing:
        return
    n_jobs = min(joblib.cpu_count() if n_jobs == -1 else n_jobs, len(work))
    parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    done = parallel(joblib.delayed(_replay_group)(*group) for group in work)
    try:
        for _ in _progress(done, missing):
            pass
    except BaseException:  # else an interrupted sweep waits for workers that nobody needs
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise


def look_back(configs: Sequence[dict[str, Any]], sweep: Path, n_jobs: int) -> None:
    """Make the tables of hindsight that the jobs ask for, in parallel; a failure is a warning."""
    import joblib

    wanted = list(families.families(configs).values())
    if not wanted:
        return
    n_jobs = min(joblib.cpu_count() if n_jobs == -1 else n_jobs, len(wanted))
    parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator")
    done = parallel(joblib.delayed(families.make)(family, sweep.absolute()) for family in wanted)
    for family, failure in zip(wanted, done, strict=True):
        if failure is not None:
            name = family.config["strategy"].get("name")
            log.warning(f"no table of hindsight for {name} and its like: {failure}")


def plan(sweep: Path, configs: Sequence[dict[str, Any]], folders: Sequence[Path]) -> None:
    """Note what the report of a sweep asks for: which runs there are to be, and at what prices.

    The prices are those that all of its jobs have; without such, none are noted.
    """
    sweep.mkdir(parents=True, exist_ok=True)
    ids = sorted({folder.name for folder in folders})
    (sweep / PLANNED).write_text("\n".join(ids) + "\n", encoding="utf-8")
    given = [config["prices"] for config in configs]
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


def _replay_group(configs: list[dict[str, Any]], folders: list[Path]) -> tuple[int, str | None]:
    try:
        replay_jobs(configs, folders)
    except Exception as error:  # each job then runs alone, and reports its own failure
        return len(folders), f"{type(error).__name__}: {error}"
    return len(folders), None


def _progress(done: Iterator[tuple[int, str | None]], total: int) -> Iterator[None]:
    """A bar on stderr where it is a terminal, else a line for every tenth of the runs."""
    from tqdm import tqdm

    begin, finished, printed = time.perf_counter(), 0, 0
    terminal = sys.stderr.isatty()
    with tqdm(total=total, unit="run", desc="clsim", file=sys.stderr, disable=not terminal) as bar:
        for count, failure in done:
            finished += count
            bar.update(count)
            if failure is not None:
                log.warning(f"{count} runs could not be replayed together: {failure}")
            if not terminal and (finished * 10 // total > printed or finished == total):
                printed = finished * 10 // total
                seconds = time.perf_counter() - begin
                print(f"clsim: {finished} of {total} runs, {seconds:.0f} s", file=sys.stderr)
            yield
