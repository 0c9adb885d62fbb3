"""The sweep launcher: replay together what differs in strategy alone, then let Hydra see each job.

The replays write finished run folders; each job that was not done before then goes through the
steps of Hydra's ``run_job`` and returns what its run is worth. So resuming and sharing are one
mechanism, and callbacks, logs and files are those of Hydra. A job that was done is none for Hydra:
its value comes from its folder.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clsim.parallel import Cluster, Here, check_workers, workers_of
from clsim.processes import process_count
from clsim.runs.reading import is_done, read_info
from clsim.sweep.afar import check_cluster
from clsim.sweep.composing import Composer
from clsim.sweep.config import run_id
from clsim.sweep.dry import dry
from clsim.sweep.jobs import groups, look_back, plan, split, tables_wanted, with_counterparts
from clsim.sweep.replays import Failure, replay_missing

FROZEN = 32
"""New jobs after which what is kept of them is set apart."""

AT_ONCE = 20
"""So many jobs are composed before anybody could ask what goes on."""


@dataclass(frozen=True)
class _Job:
    """A job of a sweep.

    Attributes
    ----------
    number : int
    overrides : list of str
    plain : dict
        Its configuration, resolved.
    folder : Path
    done : hydra.core.utils.JobReturn or None
        What it returns, if its run was there before.
    """

    number: int
    overrides: list[str]
    plain: dict[str, Any]
    folder: Path
    done: Any


def share_compositions(config_loader: Any) -> Composer:
    """Let a sweep's jobs share what Hydra composes for them.

    The sweeper composes every job to see whether it can be; it gets the composition of a job of
    the same kind.
    """
    composer = Composer(config_loader)
    config_loader.load_sweep_config = composer.like
    return composer


def launch(
    launcher: Any, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
) -> Sequence[Any]:
    """Resolve all jobs, replay the missing ones in groups, and pass those through Hydra."""
    from hydra.core.singleton import Singleton
    from hydra.core.utils import JobStatus, configure_log, setup_globals
    from hydra.errors import CompactHydraException

    from clsim.sweep.app import report

    setup_globals()
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    sweep = Path(launcher.config.hydra.sweep.dir)
    if len(job_overrides) > AT_ONCE:
        print(f"clsim: composing {len(job_overrides)} jobs", file=sys.stderr)
    try:
        check_workers(launcher.backend, launcher.n_jobs, launcher.address)
        jobs = list(_jobs(launcher, job_overrides, initial_job_idx))
        if launcher.dry:
            print(dry(*_apart(jobs), sweep))
            raise SystemExit(0)
        failures = _make(launcher, jobs, sweep)
    except (TypeError, ValueError) as error:
        raise CompactHydraException(f"clsim: {error}") from error
    state = Singleton.get_state()
    returned = _returned(launcher, jobs, failures)
    Singleton.set_state(state)
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    if any(job.status is JobStatus.FAILED for job in returned):  # then the sweeper raises
        report(sweep, failed=True)
    return returned


def _returned(launcher: Any, jobs: Sequence[_Job], failures: Mapping[Path, Failure]) -> list[Any]:
    """What Hydra is given of each job; what it keeps of them is not searched for garbage again."""
    returned, new = [], 0
    try:
        for job in jobs:
            returned.append(job.done or _run(launcher, job, failures))
            new += job.done is None
            if job.done is None and new % FROZEN == 0:
                gc.collect()
                gc.freeze()
    finally:
        gc.unfreeze()
    return returned


def _make(launcher: Any, jobs: Sequence[_Job], sweep: Path) -> dict[Path, Failure]:
    """Make the runs and tables that are missing; the failures by folder."""
    plan(sweep, *_apart(jobs))
    configs, folders = _apart([job for job in jobs if job.done is None])
    n = process_count(launcher.n_jobs)
    work, wanted = split(groups(configs, folders), n), tables_wanted(_apart(jobs)[0])
    most = max(len(work), len(wanted))
    if not most:
        return {}
    shared = True
    with workers_of(launcher.backend, launcher.n_jobs, launcher.address, most) as workers:
        if isinstance(workers, Cluster):
            shared = check_cluster(workers, sweep, configs)
        failures = replay_missing(work, workers, shared)
        look_back(wanted, sweep, workers if shared else Here())
    return failures


def _apart(jobs: Sequence[_Job]) -> tuple[list[dict[str, Any]], list[Path]]:
    """Configurations and folders of jobs, and of what is also wanted beside them."""
    planned = with_counterparts([job.plain for job in jobs], [job.folder for job in jobs])
    return [config for config, _ in planned], [folder for _, folder in planned]


def _jobs(launcher: Any, job_overrides: Sequence[Sequence[str]], first: int) -> Iterator[_Job]:
    """All jobs, of which those that are to be run can be."""
    from hydra.errors import CompactHydraException

    from clsim.sweep.app import complete

    known: dict[str, Any] = {}
    for number, given in enumerate(job_overrides, start=first):
        overrides = list(given)
        plain = launcher.composer.plain(launcher.config, overrides)
        folder = _folder(launcher, overrides, plain)
        done = _done(overrides, plain, folder)
        if done is None:
            try:
                complete(plain, known)
            except (TypeError, ValueError) as error:
                words = " ".join(overrides)
                raise CompactHydraException(f"job {number}, {words}: {error}") from error
        yield _Job(number, overrides, plain, folder, done)


def _folder(launcher: Any, overrides: list[str], plain: dict[str, Any]) -> Path:
    """Where a job writes; clsim's own names are read off its configuration."""
    from omegaconf import OmegaConf

    names = launcher.composer.like(launcher.config, overrides).hydra.sweep
    stated = OmegaConf.to_container(names, resolve=False)
    if (stated["dir"], stated["subdir"]) == ("${out}", "${run_id:}"):  # type: ignore[call-overload,index]
        return Path(plain["out"], run_id(plain)).absolute()
    config = launcher.composer.config(launcher.config, overrides)
    return Path(config.hydra.sweep.dir, str(config.hydra.sweep.subdir)).absolute()


def _done(overrides: list[str], plain: dict[str, Any], folder: Path) -> Any:
    """What a job returns whose run is there, with all that was wanted beside it; else None."""
    from hydra.core.utils import JobReturn, JobStatus

    from clsim.sweep.app import value_of

    if not all(is_done(home) for _, home in with_counterparts([plain], [folder])):
        return None
    try:
        value = value_of(folder, read_info(folder), plain)
    except (TypeError, ValueError, OSError):  # the job says what is wrong with it
        return None
    return JobReturn(overrides=overrides, status=JobStatus.COMPLETED, _return_value=value)


def _run(launcher: Any, job: _Job, failures: Mapping[Path, Failure]) -> Any:
    """Run a job as Hydra does: it reads off what it is worth, or says why there is no run."""
    from clsim.sweep.hydra_job import run_job

    def do() -> float:
        needed = [folder for _, folder in with_counterparts([job.plain], [job.folder])]
        failed = next((failures[folder] for folder in needed if folder in failures), None)
        if failed is not None:
            raise CompactHydraException(f"clsim: {failed.trace or failed.reason}")
        try:
            return value_of(job.folder, read_info(job.folder), job.plain)
        except (TypeError, ValueError, OSError) as error:
            raise CompactHydraException(f"clsim: {error}") from error

    from hydra.errors import CompactHydraException

    from clsim.sweep.app import value_of

    return run_job(
        launcher.composer.composed(launcher.config, job.overrides), job.number, job.folder, do,
        launcher.hydra_context, launcher.task_function,
    )  # fmt: skip
