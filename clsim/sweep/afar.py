"""What workers elsewhere must have in common with this process, found out before work starts."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clsim.parallel import Cluster
from clsim.runs.run import versions
from clsim.sweep import config as build


def told(probe: str, configs: list[dict[str, Any]]) -> dict[str, Any]:
    """What a worker says of itself: its libraries, and which files it sees."""
    return {
        "versions": versions() | {"python": platform.python_version()},
        "sees": Path(probe).exists(),
        "files": [build.data_files(config) for config in configs],
    }


def check_cluster(cluster: Cluster, sweep: Path, configs: Iterable[dict[str, Any]]) -> bool:
    """Whether the workers of a cluster share the folder of a sweep.

    Parameters
    ----------
    cluster : Cluster
    sweep : Path
        Its folder.
    configs : iterable of dict
        Of its jobs.

    Raises
    ------
    ValueError
        If a worker has other versions, or does not see a data file as it is here.
    """
    reading = {str(files): config for config in configs if (files := build.data_files(config))}
    asked = list(reading.values())
    sweep.mkdir(parents=True, exist_ok=True)
    probe = (sweep / f".probe-{secrets.token_hex(8)}").absolute()
    probe.touch()
    try:
        said = cluster.everywhere(told, str(probe), asked)
    finally:
        probe.unlink()
    here = told(str(probe), asked)
    for worker, there in said.items():
        _check_versions(worker, there["versions"], here["versions"])
        for mine, its in zip(here["files"], there["files"], strict=True):
            for name, stat in mine.items():
                if its.get(name) != stat:
                    raise ValueError(
                        f"hydra.launcher.address: worker {worker} does not see {name} as it is "
                        "here; put the file on a disk that all share"
                    )
    return all(there["sees"] for there in said.values())


def _check_versions(worker: str, there: Mapping[str, str], here: Mapping[str, str]) -> None:
    for name in here:
        if there.get(name) != here[name]:
            raise ValueError(
                f"hydra.launcher.address: worker {worker} has {name} {there.get(name)}, and here "
                f"it is {here[name]}; numbers would depend on who computed them"
            )
