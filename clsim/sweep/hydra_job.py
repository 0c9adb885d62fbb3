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

from clsim.sweep.composing import Composed


def run_job(
    job: Composed,
    number: int,
    folder: Path,
    do: Callable[[], Any],
    context: Any,
    task_function: Any,
) -> JobReturn:
    """Run a job: its callbacks, its files, and what it does.

    Parameters
    ----------
    job : Composed
    number : int
    folder : Path
        Where it writes.
    do : callable
        What the job does; what it raises is what it returns.
    context : hydra.types.HydraContext
    task_function : callable
        What callbacks are told that it does.
    """
    config, own, hydras, texts = job
    for one in (config, hydras):
        _place(one.hydra, number, folder)
    hydras.hydra._set_parent(config)  # as HydraConfig does, to follow what Hydra's part names
    returned = JobReturn(overrides=OmegaConf.to_container(config.hydra.overrides.task))  # type: ignore[arg-type]
    with _globals_as_before():
        HydraConfig.instance().cfg = hydras  # type: ignore[assignment]
        returned.cfg, returned.hydra_cfg = own, hydras
        folder.mkdir(parents=True, exist_ok=True)
        hydra = config.hydra
        with _within(folder if hydra.job.chdir else None):
            returned.working_dir = str(folder) if hydra.job.chdir else os.getcwd()
            configure_log(hydra.job_logging, hydra.verbose)
            if hydra.output_subdir is not None:
                there = folder / hydra.output_subdir
                there.mkdir(parents=True, exist_ok=True)
                _save(_yaml(own), there / "config.yaml")
                _save(_hydras_yaml(hydras, texts), there / "hydra.yaml")
                _save(_yaml(hydra.overrides.task), there / "overrides.yaml")
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


def _place(hydra: DictConfig, number: int, folder: Path) -> None:
    """Write into Hydra's part which job it is of, and where that writes; then it is read alone."""
    with read_write(hydra), open_dict(hydra):
        hydra.job.id = hydra.job.num = number
        hydra.sweep.dir, hydra.sweep.subdir = str(folder.parent), folder.name
        hydra.runtime.output_dir = str(folder)
    OmegaConf.set_readonly(hydra, True)


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


def _save(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def _yaml(config: Any) -> str:
    return _dumped(OmegaConf.to_container(config, resolve=False, enum_to_str=True))


def _dumped(plain: Any) -> str:
    text: str = yaml.dump(
        plain, Dumper=_dumper(), default_flow_style=False, allow_unicode=True, sort_keys=False
    )
    return text


OF_A_JOB = ("job", "overrides", "runtime", "sweep")
"""Keys of Hydra's part in which jobs of one kind differ."""


def _hydras_yaml(config: DictConfig, texts: dict[str, str]) -> str:
    """Hydra's part as YAML; what jobs have in common is written once and kept in ``texts``."""
    hydra, head = config.hydra, "hydra:\n"
    if not texts:
        whole: Any = OmegaConf.to_container(hydra, resolve=False, enum_to_str=True)
        texts.update({k: _dumped({"hydra": {k: v}}).removeprefix(head) for k, v in whole.items()})
    for key in OF_A_JOB:
        own = OmegaConf.to_container(hydra[key], resolve=False, enum_to_str=True)
        texts[key] = _dumped({"hydra": {key: own}}).removeprefix(head)
    return head + "".join(texts.values())


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
