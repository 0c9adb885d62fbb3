"""The shim that Hydra finds. Every Hydra app of the environment imports it, so it stays empty."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

# n_jobs: processes for the replays; -1: one per core
# backend: loky, processes of this machine; dask; threading, this process, one after the other
# address: of a Dask scheduler, or its file; null: a cluster on this machine
# dry: only say what would be run, what is done, and how long it may take
ConfigStore.instance().store(
    group="hydra/launcher",
    name="fused",
    node={
        "_target_": "hydra_plugins.clsim_launcher.FusedLauncher",
        "n_jobs": -1,
        "backend": "loky",
        "address": None,
        "dry": False,
    },
    provider="clsim",
)


class FusedLauncher(Launcher):
    """Replays jobs that differ in strategy alone together, then lets Hydra run each job."""

    def __init__(
        self, n_jobs: int = -1, backend: str = "loky", address: str | None = None, dry: bool = False
    ) -> None:
        self.n_jobs, self.backend, self.address, self.dry = n_jobs, backend, address, dry

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        from clsim.sweep.launcher import share_compositions

        self.composer = share_compositions(hydra_context.config_loader)
        self.hydra_context = hydra_context
        self.task_function = task_function
        self.config = config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        from clsim.sweep.launcher import launch

        return launch(self, job_overrides, initial_job_idx)
