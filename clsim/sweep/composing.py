"""Compose the jobs of a sweep at the cost of what differs between them.

Hydra composes a job from its files in about a tenth of a second. Jobs that choose the same options
and differ in plain values alone (``seed=3``, ``delay.delay=7d``) share one composition, in which
the values are set; whatever else an override may be is left to Hydra.
"""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from clsim.sweep.app import choices_of

FOLLOWED = re.compile(
    r"(\$\{\w+[\w.]*\}|\$\{\.\w[\w.]*\}|\$\{oc\.select:\.\w[\w.]*,\$\{\.\w[\w.]*\}\}|[^$])*"
)
"""Text whose interpolations are keys by name, or lie within the part that has them."""
ABSOLUTE = re.compile(r"\$\{(\w+)[\w.]*\}")


class Composed(NamedTuple):
    """A job as Hydra is to see it.

    Attributes
    ----------
    config : DictConfig
        All of it, a copy of its own.
    own : DictConfig
        The same without Hydra's part.
    hydras : DictConfig
        Hydra's part alone, another copy: what ``HydraConfig`` has.
    texts : dict of str to str
        Hydra's part as YAML, by key: what all jobs of its kind have in common, as far as it was
        asked for.
    """

    config: DictConfig
    own: DictConfig
    hydras: DictConfig
    texts: dict[str, str]


@dataclass
class _Shared:
    """One composition of Hydra's, and what was resolved of it.

    Attributes
    ----------
    config : DictConfig
        As Hydra composed the first job of its kind.
    copies : tuple of bytes
        The same, pickled: whole, without Hydra's part, and Hydra's part alone; to read that takes
        a quarter of the time of a copy.
    own : DictConfig
        The same without Hydra's part; the values of the latest job are set in it.
    depends : dict of set or None
        Top-level key to the top-level keys that decide what it resolves to; None: all of them.
    parts : dict
        What top-level keys resolved to, by the values that decide it.
    texts : dict
        As `Composed` has them.
    """

    config: DictConfig
    copies: tuple[bytes, bytes, bytes]
    own: DictConfig
    depends: dict[str, set[str] | None]
    parts: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def resolved(self, key: str, values: dict[str, Any]) -> Any:
        """A top-level key as plain values, resolved once for the values that decide it."""
        depends = self.depends[key]
        deciding = tuple(
            (name, type(value), value)
            for name, value in values.items()
            if depends is None or name.partition(".")[0] in depends
        )
        if (key, deciding) not in self.parts:
            self.parts[key, deciding] = _plain(self.own, key)
        return copy.deepcopy(self.parts[key, deciding])


class Composer:
    """The configurations of a sweep's jobs, equal to Hydra's own to the last key.

    Parameters
    ----------
    loader : hydra.core.config_loader.ConfigLoader
    """

    def __init__(self, loader: Any) -> None:
        self._compose = loader.load_sweep_config
        self._shared: dict[tuple[str, ...], _Shared] = {}
        self._parsed = cache(OverridesParser.create().parse_override)
        self._is_group = cache(lambda key: bool(loader.get_group_options(key)))

    def like(self, master_config: DictConfig, sweep_overrides: Sequence[str]) -> DictConfig:
        """The configuration of a job of the same kind: its plain values may be another job's.

        Its parameters are called as those of Hydra's ``load_sweep_config``.

        Parameters
        ----------
        master_config : DictConfig
            That of the sweep.
        sweep_overrides : sequence of str
            Of the job.

        Raises
        ------
        hydra.errors.ConfigCompositionException
            As Hydra does.
        """
        return self._kind(master_config, sweep_overrides)[0].config

    def config(self, master: DictConfig, overrides: Sequence[str]) -> DictConfig:
        """The configuration of a job, a copy of its own; as `like`."""
        shared, values = self._kind(master, overrides)
        config = _with(shared.copies[0], values)
        self._name(config, overrides)
        return config

    def composed(self, master: DictConfig, overrides: Sequence[str]) -> Composed:
        """A job as it is run."""
        shared, values = self._kind(master, overrides)
        hydras = _with(shared.copies[2], {})
        self._name(hydras, overrides)
        own = _with(shared.copies[1], values)
        return Composed(self.config(master, overrides), own, hydras, shared.texts)

    def _name(self, config: DictConfig, overrides: Sequence[str]) -> None:
        """Write into Hydra's part what the job was given."""
        given = [self._parsed(text) for text in overrides]
        own = [o for o in given if not o.is_hydra_override()]
        config.hydra.overrides.task = [o.input_line for o in own]
        style = config.hydra.job.config.override_dirname
        named = [str(o.input_line) for o in own if o.key_or_group not in style.exclude_keys]
        config.hydra.job.override_dirname = style.item_sep.join(sorted(named)).replace(
            "=", style.kv_sep
        )

    def plain(self, master: DictConfig, overrides: Sequence[str]) -> dict[str, Any]:
        """As `clsim.sweep.app.resolved` of the configuration of a job, without a copy of it."""
        shared, values = self._kind(master, overrides)
        for key, value in values.items():
            OmegaConf.update(shared.own, key, value, merge=True)
        chosen = OmegaConf.select(shared.config.hydra, "runtime.choices") or {}
        resolved = {key: shared.resolved(key, values) for key in shared.depends}
        return {**resolved, "choices": choices_of(shared.own, chosen)}

    def _kind(self, master: DictConfig, overrides: Sequence[str]) -> tuple[_Shared, dict[str, Any]]:
        """The composition that a job shares, and the values to be set in it."""
        given = [self._parsed(text) for text in overrides]
        values = {o.key_or_group: o.value() for o in given if self._is_value(o, given)}
        kind = tuple(
            o.key_or_group if o.key_or_group in values else text
            for o, text in zip(given, overrides, strict=True)
        )
        if kind not in self._shared:
            config = self._compose(master, list(overrides))
            keys = [str(key) for key in config if key != "hydra"]
            own = OmegaConf.masked_copy(config, keys)
            task = copy.deepcopy(config)
            with read_write(task), open_dict(task):
                del task["hydra"]
            parts = config, task, OmegaConf.masked_copy(config, "hydra")
            whole, part, hydras = map(pickle.dumps, parts)
            self._shared[kind] = _Shared(config, (whole, part, hydras), own, _depends(own))
        return self._shared[kind], values

    def _is_value(self, override: Override, given: Sequence[Override]) -> bool:
        """Whether an override sets a plain value, and no other reaches into it or around it."""
        key, value = override.key_or_group, override.value()
        return (
            override.type is OverrideType.CHANGE
            and not override.is_hydra_override()
            and not override.is_sweep_override()
            and override.package is None
            and not self._is_group(key)
            and (value is None or isinstance(value, (bool, int, float, str)))
            and not (isinstance(value, str) and ("$" in value or value == "???"))
            and not any(
                f"{other.key_or_group}.".startswith(f"{key}.")
                or f"{key}.".startswith(f"{other.key_or_group.replace('/', '.')}.")
                for other in given
                if other is not override and not self._is_group(other.key_or_group)
            )
        )


def _with(pickled: bytes, values: dict[str, Any]) -> DictConfig:
    """A configuration of its own with some values."""
    config: DictConfig = pickle.loads(pickled)
    for key, value in values.items():
        OmegaConf.update(config, key, value, merge=True)
    return config


def _plain(config: DictConfig, key: str) -> Any:
    """One key of a configuration as plain values, resolved."""
    if OmegaConf.is_missing(config, key):
        return "???"
    value = config[key]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _depends(config: DictConfig) -> dict[str, set[str] | None]:
    """For each top-level key, those that decide what it resolves to; None: all of them."""
    raw: dict[Any, Any] = OmegaConf.to_container(config, resolve=False)  # type: ignore[assignment]
    direct = {str(key): _named(value, top=True) for key, value in raw.items()}
    depends: dict[str, set[str] | None] = {}
    for key in direct:
        reached: set[str] | None = {key}
        while reached is not None:
            named = [direct.get(name, set()) for name in reached]
            more = None if None in named else reached.union(*(n for n in named if n is not None))
            if more == reached:
                break
            reached = more
        depends[key] = reached
    return depends


def _named(node: Any, top: bool = False) -> set[str] | None:
    """Top-level keys that the interpolations of a part name; None where that cannot be read."""
    if isinstance(node, (dict, list)):
        inner = [_named(v) for v in (node.values() if isinstance(node, dict) else node)]
        return None if None in inner else set().union(*(n for n in inner if n is not None))
    if not isinstance(node, str) or "$" not in node:
        return set()
    if FOLLOWED.fullmatch(node) is None or (top and "${." in node):
        return None
    return set(ABSOLUTE.findall(node))
