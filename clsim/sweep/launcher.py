"""The sweep launcher: replay together what differs in strategy alone, then let Hydra run each job.

The replays write finished run folders; each job then goes through Hydra's own ``run_job``, finds
``done`` and returns its value. So resuming and sharing are one mechanism, and callbacks, logs and
errors are Hydra's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clsim.sweep.jobs import look_back, plan, prefetch, with_counterparts


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
    from hydra.core.utils import JobStatus, configure_log, run_job, setup_globals
    from hydra.errors import CompactHydraException
    from omegaconf import OmegaConf, open_dict

    from clsim.sweep.app import complete, report, resolved

    setup_globals()
    configure_log(launcher.config.hydra.hydra_logging, launcher.config.hydra.verbose)
    n_jobs = launcher.n_jobs
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0 or n_jobs < -1:
        raise CompactHydraException(
            f"hydra.launcher.n_jobs={n_jobs!r}: expected a number of processes, or -1 for all cores"
        )
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
    sweep = Path(launcher.config.hydra.sweep.dir)
    jobs = with_counterparts(configs, folders)
    configs, folders = [config for config, _ in jobs], [folder for _, folder in jobs]
    plan(sweep, configs, folders)
    prefetch(configs, folders, launcher.n_jobs)
    look_back(configs, sweep, launcher.n_jobs)
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
    if any(job.status is JobStatus.FAILED for job in returned):  # then the sweeper raises
        report(sweep, failed=True)
    return returned
