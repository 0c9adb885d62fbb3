"""A job as Hydra runs it, at a third of the price.

Hydra's ``run_job`` copies a job's configuration, most of which is its own, four times, and writes
it in pure Python. What others see of a job is the same: its callbacks, its log, ``.hydra/``, and
what is returned.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobRuntime, JobStatus, configure_log, env_override
from omegaconf import DictConfig, OmegaConf, open_dict, read_write


def run_job(
    config: DictConfig,
    own: DictConfig,
    number: int,
    folder: Path,
    do: Callable[[], Any],
    context: Any,
    task_function: Any,
) -> JobReturn:
    """Run a job: its callbacks, its files, and what it does.

    Parameters
    ----------
    config : DictConfig
        Of the job, a copy of its own.
    own : DictConfig
        The same without Hydra's part.
    number : int
    folder : Path
        Where it writes.
    do : callable
        What the job does; what it raises is what it returns.
    context : hydra.types.HydraContext
    task_function : callable
        What callbacks are told that it does.
    """
    with open_dict(config):
        config.hydra.job.id = config.hydra.job.num = number
        config.hydra.sweep.dir, config.hydra.sweep.subdir = str(folder.parent), folder.name
    with read_write(config.hydra.runtime), open_dict(config.hydra.runtime):
        config.hydra.runtime.output_dir = str(folder)
    returned = JobReturn(overrides=OmegaConf.to_container(config.hydra.overrides.task))  # type: ignore[arg-type]
    with _globals_as_before():
        HydraConfig.instance().set_config(config)
        returned.cfg, returned.hydra_cfg = own, HydraConfig.instance().cfg  # type: ignore[assignment]
        folder.mkdir(parents=True, exist_ok=True)
        hydra = config.hydra
        with _within(folder if hydra.job.chdir else None):
            returned.working_dir = str(folder) if hydra.job.chdir else os.getcwd()
            configure_log(hydra.job_logging, hydra.verbose)
            if hydra.output_subdir is not None:
                there = folder / hydra.output_subdir
                there.mkdir(parents=True, exist_ok=True)
                _save(own, there / "config.yaml")
                _save(returned.hydra_cfg, there / "hydra.yaml")
                _save(hydra.overrides.task, there / "overrides.yaml")
            with env_override(hydra.job.env_set):
                context.callbacks.on_job_start(config=config, task_function=task_function)
                try:
                    returned.return_value, returned.status = do(), JobStatus.COMPLETED
                except Exception as error:
                    returned.return_value, returned.status = error, JobStatus.FAILED
            returned.task_name = JobRuntime.instance().get("name")
            for handler in logging.getLogger().handlers:
                handler.flush()
            context.callbacks.on_job_end(config=config, job_return=returned)
    return returned


@contextmanager
def _globals_as_before() -> Iterator[None]:
    """Let Hydra's configuration be again what it was."""
    before = HydraConfig.instance().cfg
    try:
        yield
    finally:
        HydraConfig.instance().cfg = before


@contextmanager
def _within(folder: Path | None) -> Iterator[None]:
    """A working directory, where there is one to be."""
    before = os.getcwd()
    if folder is not None:
        os.chdir(folder)
    try:
        yield
    finally:
        if folder is not None:
            os.chdir(before)


def _save(config: Any, path: Path) -> None:
    plain = OmegaConf.to_container(config, resolve=False, enum_to_str=True)
    text = yaml.dump(
        plain, Dumper=_dumper(), default_flow_style=False, allow_unicode=True, sort_keys=False
    )
    path.write_text(text, encoding="utf-8")


@cache
def _dumper() -> Any:
    """As OmegaConf writes YAML, in C where that is there: what is like a number is quoted."""

    class Dumper(yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper):  # type: ignore[misc]
        def represent_text(self, text: str) -> Any:
            style = "'" if _like_a_number(text) else None
            return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, Dumper.represent_text)
    return Dumper


def _like_a_number(text: str) -> bool:
    try:
        float(text.replace("_", ""))
    except ValueError:
        return False
    return True
