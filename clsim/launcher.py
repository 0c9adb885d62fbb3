"""The sweep launcher: replay together what differs in strategy alone, then let Hydra run each job.

The replays write finished run folders; each job then goes through Hydra's own ``run_job``, finds
``done`` and returns its value. So resuming and sharing are one mechanism, and callbacks, logs and
errors are Hydra's own.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from clsim import build, oracle
from clsim.reading import is_done
from clsim.runs import PLANNED

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
    from clsim.replaying import replay

    first = configs[0]
    strategies = {
        str(folder): build.part(config["strategy"], "strategy")
        for config, folder in zip(configs, folders, strict=True)
    }
    runs = replay(
        build.part(first["stream"], "stream"),
        strategies,
        learner=build.part(first["learner"], "learner"),
        delay=build.part(first["delay"], "delay"),
        **{key: first[key] for key in build.REPLAY_KEYS},
    )
    for config, folder in zip(configs, folders, strict=True):
        run = runs[str(folder)]
        run.config = config
        run.info["files"] = build.data_files(config)
        run.save(folder)


def with_counterparts(
    configs: Sequence[dict[str, Any]], folders: Sequence[Path]
) -> list[tuple[dict[str, Any], Path]]:
    """Jobs and their folders, and those that are also wanted, in folders beside theirs."""
    found = []
    for config, folder in zip(configs, folders, strict=True):
        found.append((config, folder))
        for other in build.counterparts(config):
            found.append((other, folder.parent / build.run_id(other)))
    return found


def groups(
    configs: Sequence[dict[str, Any]], folders: Sequence[Path]
) -> list[tuple[list[dict[str, Any]], list[Path]]]:
    """Jobs that are not done, put together where they differ in strategy alone."""
    found: dict[str, tuple[list[dict[str, Any]], list[Path]]] = {}
    for config, folder in zip(configs, folders, strict=True):
        if is_done(folder):
            continue
        apart = ("strategy", "counterpart", *build.NOT_IN_ID)
        rest = {key: value for key, value in config.items() if key not in apart}
        together = found.setdefault(json.dumps(rest, sort_keys=True, default=str), ([], []))
        if folder not in together[1]:
            together[0].append(config)
            together[1].append(folder)
    return list(found.values())


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

    wanted = list(oracle.families(configs).values())
    if not wanted:
        return
    n_jobs = min(joblib.cpu_count() if n_jobs == -1 else n_jobs, len(wanted))
    parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator")
    done = parallel(joblib.delayed(oracle.make)(family, sweep.absolute()) for family in wanted)
    for family, failure in zip(wanted, done, strict=True):
        if failure is not None:
            name = family.config["strategy"].get("name")
            log.warning(f"no table of hindsight for {name} and its like: {failure}")


def _replay_group(configs: list[dict[str, Any]], folders: list[Path]) -> tuple[int, str | None]:
    try:
        replay_jobs(configs, folders)
    except Exception as error:  # each job then runs alone, and reports its own failure
        return len(folders), f"{type(error).__name__}: {error}"
    return len(folders), None


def _progress(done: Iterator[tuple[int, str | None]], total: int) -> Iterator[None]:
    """A bar on stderr where it is a terminal, else a line for every tenth of the runs."""
    from tqdm import tqdm

    begin, finished, told = time.perf_counter(), 0, 0
    terminal = sys.stderr.isatty()
    with tqdm(total=total, unit="run", desc="clsim", file=sys.stderr, disable=not terminal) as bar:
        for count, failure in done:
            finished += count
            bar.update(count)
            if failure is not None:
                log.warning(f"{count} runs could not be replayed together: {failure}")
            if not terminal and (finished * 10 // total > told or finished == total):
                told = finished * 10 // total
                seconds = time.perf_counter() - begin
                print(f"clsim: {finished} of {total} runs, {seconds:.0f} s", file=sys.stderr)
            yield


def planned(sweep: Path, folders: Sequence[Path]) -> None:
    """Note which runs the sweep is to have, so that a report can say what is missing."""
    sweep.mkdir(parents=True, exist_ok=True)
    ids = sorted({folder.name for folder in folders})
    (sweep / PLANNED).write_text("\n".join(ids) + "\n", encoding="utf-8")


def compose_once(config_loader: Any) -> None:
    """Let each job be composed once: the sweeper composes it to validate, the launcher to run.

    Composing takes longer than many a replay, so what the sweeper composed is kept until the
    launcher asks for it.
    """
    compose = config_loader.load_sweep_config
    composed: dict[tuple[str, ...], Any] = {}

    def load_sweep_config(master_config: Any, sweep_overrides: list[str]) -> Any:
        key = tuple(sweep_overrides)
        if key in composed:
            return composed.pop(key)
        composed[key] = compose(master_config, sweep_overrides)
        return composed[key]

    config_loader.load_sweep_config = load_sweep_config


def launch(
    launcher: Any, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
) -> Sequence[Any]:
    """Compose all jobs, replay the missing ones in groups, and pass each through Hydra."""
    from hydra.core.singleton import Singleton
    from hydra.core.utils import configure_log, run_job, setup_globals
    from hydra.errors import CompactHydraException
    from omegaconf import OmegaConf, open_dict

    from clsim.app import complete, remember_prices, resolved

    setup_globals()
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    composed, configs, folders = [], [], []
    known: dict[str, Any] = {}
    for number, overrides in enumerate(job_overrides, start=initial_job_idx):
        config = launcher.hydra_context.config_loader.load_sweep_config(
            launcher.config, list(overrides)
        )
        with open_dict(config):
            config.hydra.job.id = number
            config.hydra.job.num = number
        plain = resolved(config)
        try:
            complete(plain, known)
        except (TypeError, ValueError) as error:
            raise CompactHydraException(f"job {number}, {' '.join(overrides)}: {error}") from error
        composed.append(config)
        configs.append(plain)
        folder = Path(config.hydra.sweep.dir) / str(OmegaConf.select(config, "hydra.sweep.subdir"))
        folders.append(folder.absolute())
    remember_prices(configs)
    jobs = with_counterparts(configs, folders)
    configs, folders = [config for config, _ in jobs], [folder for _, folder in jobs]
    planned(Path(launcher.config.hydra.sweep.dir), folders)
    prefetch(configs, folders, launcher.n_jobs)
    look_back(configs, Path(launcher.config.hydra.sweep.dir), launcher.n_jobs)
    state = Singleton.get_state()
    returned = []
    for config in composed:
        returned.append(
            run_job(
                task_function=launcher.task_function,
                config=config,
                job_dir_key="hydra.sweep.dir",
                job_subdir_key="hydra.sweep.subdir",
                hydra_context=launcher.hydra_context,
            )
        )
        Singleton.set_state(state)
        configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    return returned
