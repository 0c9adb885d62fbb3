"""Configurations into objects, and into the name of their run."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from clsim import __version__
from clsim.errors import unknown
from clsim.strategy import Strategy

NOT_IN_ID = (
    "hydra", "name", "out", "prices", "also", "hindsight", "signals", "threshold", "blocks",
    "choices", "scratch", "limits", "window", "world", "beside",
)  # fmt: skip
"""Keys that change nothing in a replay, or that the strategy has taken up.

Limits count where what they end is a failure: see `run_id`.
"""

COUNTERPARTS = ("no_delay", "no_duration")
"""What a job may also be run as, to see what waiting costs."""

REPLAY_KEYS = (
    "tick", "warmup", "warmup_labels", "seed", "loss", "unanswered", "record",
    "ghosts", "churn", "abstention",
)  # fmt: skip
OBJECT_KEYS = ("stream", "delay", "learner", "strategy")

TRUSTED = ("clsim.streams", "clsim.strategy", "clsim.monitoring", "sklearn", "river", "scipy.stats")
"""Modules whose classes a configuration out of a results folder may name."""

FUNCTIONS = ("clsim.streams", "sklearn.pipeline", "sklearn.compose", "scipy.stats")
"""Modules whose functions it may name too: of others, some read and write files."""


def run_id(config: Mapping[str, Any]) -> str:
    """Name of the run of a resolved configuration: a hash of all that decides its numbers.

    A data file counts with its absolute path, size and time of change, so that a run of an older
    file is not taken for one of the newer.
    """
    deciding = {k: v for k, v in config.items() if k not in NOT_IN_ID}
    limits = config.get("limits")
    if isinstance(limits, Mapping) and limits.get("count_as_failure"):
        deciding["limits"] = limits
    text = json.dumps([__version__, _plain(deciding), data_files(config)], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _plain(node: Any) -> Any:
    """The same configuration with text keys, and with the absolute paths of data files."""
    if isinstance(node, Mapping):
        named = {
            key: [str(Path(path).resolve()) for path in paths]
            for key, paths in _file_parameters(node).items()
        }
        return {str(key): named.get(key) or _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(v) for v in node]
    return node if isinstance(node, (str, int, float, type(None))) else str(node)


def data_files(node: Any) -> dict[str, list[int] | None]:
    """Data files that a configuration names: absolute path, and size and time of change.

    Which parameters name files a class says in its ``FILE_PARAMETERS``; each is a path, or a list
    of them. None stands for a file that does not exist.
    """
    files: dict[str, list[int] | None] = {}
    if isinstance(node, Mapping):
        named = _file_parameters(node)
        for paths in named.values():
            for path in paths:
                files.update(_stated(Path(path).resolve()))
        for key, value in node.items():
            if key not in named:
                files.update(data_files(value))
    elif isinstance(node, list):
        for value in node:
            files.update(data_files(value))
    return files


def _stated(path: Path) -> dict[str, list[int] | None]:
    """Size and time of change of a file, or of all files of a folder."""
    inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else []
    files: dict[str, list[int] | None] = {}
    for file in inside or [path]:
        stat = file.stat() if file.exists() else None
        files[str(file)] = None if stat is None else [stat.st_size, stat.st_mtime_ns]
    return files


def _file_parameters(node: Mapping[str, Any]) -> dict[str, list[str]]:
    """The parameters of a node that name files, and the paths."""
    if "_target_" not in node:
        return {}
    try:
        target = find(node["_target_"], "")
    except Exception:  # of whatever kind: the check that follows says what is wrong
        return {}
    owner = getattr(target, "__self__", target)  # a class method reads the files of its class
    named = {key: node[key] for key in getattr(owner, "FILE_PARAMETERS", ()) if key in node}
    paths = {key: value if isinstance(value, list) else [value] for key, value in named.items()}
    return {key: some for key, some in paths.items() if all(isinstance(p, str) for p in some)}


def check(config: Mapping[str, Any]) -> None:
    """Refuse a configuration with keys that its classes do not have, naming key and remedy.

    Raises
    ------
    ValueError
        For an unknown key, class or module, or a value that is still missing (``???``).
    """
    allowed = {*NOT_IN_ID, *REPLAY_KEYS, *OBJECT_KEYS, "metrics", "counterpart"}
    for key in config:
        if key not in allowed:
            raise ValueError(
                unknown("key", key, sorted(allowed - {"hydra", "counterpart", "choices"}))
            )
    for key in OBJECT_KEYS:
        _check_node(config.get(key), key)
    cut = config.get("threshold")
    for path, strategy in _training(config.get("strategy"), "strategy"):
        if cut is not None and "threshold" not in strategy:
            raise ValueError(
                f"threshold={cut!r}: the strategy does not take it up; give +{path}.threshold=..., "
                "or write threshold: ${threshold} in its file"
            )


def _training(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The strategies of a configuration that train, each with its path: one, or one after another.

    What trains nothing has no trigger.
    """
    if isinstance(node, Mapping) and "trigger" in node:
        yield path, dict(node)
    elif isinstance(node, Mapping) and isinstance(node.get("stages"), Mapping):
        for name, stage in node["stages"].items():
            if isinstance(stage, Mapping):
                yield from _training(stage.get("strategy"), f"{path}.stages.{name}.strategy")


def check_trusted(config: Any, trust: Sequence[str] = ()) -> None:
    """Refuse a configuration of a stranger's that names code other than it may.

    What comes out of a results folder is a stranger's. It may name classes of clsim's parts, of
    scikit-learn, river and scipy.stats, and of the modules that the user trusts. The module of
    what is refused is never imported.

    Parameters
    ----------
    config : dict
        As it was read.
    trust : sequence of str, default=()
        Modules that may be named, with all that they hold.

    Raises
    ------
    ValueError
        Naming the key and what it asks for.
    """
    _check_trusted(config, "", tuple(trust))


def _check_trusted(node: Any, path: str, trust: tuple[str, ...]) -> None:
    if isinstance(node, Mapping):
        if "_target_" in node:
            _check_target(node["_target_"], path, trust)
            if node.get("memory") is not None:  # a cache of scikit-learn's is unpickled
                raise ValueError(f"{path}.memory: a cache of a stranger's is never read")
        for key, value in node.items():
            _check_trusted(key, f"{path}.{key}" if path else str(key), trust)
            _check_trusted(value, f"{path}.{key}" if path else str(key), trust)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for number, value in enumerate(node):
            _check_trusted(value, f"{path}[{number}]", trust)
    elif isinstance(node, str) and "${" in node:
        raise ValueError(f"{path}={node!r}: an interpolation; what a run was made of has none")


def _check_target(target: Any, path: str, trust: tuple[str, ...]) -> None:
    refused = (
        f"{path}._target_={target!r}: what comes out of a results folder may name clsim's parts, "
        "scikit-learn, river and scipy.stats; if you trust its code, say trust=[module] "
        "(clsim-describe: --trust MODULE)"
    )
    if not isinstance(target, str) or not (_within(target, (*TRUSTED, "clsim", *trust))):
        raise ValueError(refused)
    value = find(target, path)
    home = f"{getattr(value, '__module__', None) or type(value).__module__}"
    allowed = TRUSTED if isinstance(value, type) else FUNCTIONS
    if isinstance(value, ModuleType) or not _within(home, (*allowed, *trust)):
        raise ValueError(refused)


def _within(name: str, modules: Sequence[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def called(config: Mapping[str, Any]) -> str:
    """What a configuration's strategy is called in errors: by its name, if it has one."""
    return str((config.get("strategy") or {}).get("name") or "strategy")


def counterparts(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same job with no label delay, or with trainings that take no time, as ``also`` says.

    Without a delay, every label is known at once and as it is, those too that would never come.
    """
    others = []
    for name in config.get("also") or []:
        beside = {"of": run_id(config), "as": name}
        other: dict[str, Any] = {**config, "also": [], "counterpart": beside}
        if name == "no_delay":
            other["delay"] = {"_target_": "clsim.streams.delays.Constant", "delay": 0}
        elif not any(_training(config["strategy"], "")):  # it trains nothing, and waits for nothing
            continue
        else:
            other["strategy"] = _at_once(config["strategy"])
        others.append(other)
    return others


def beside(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same job with each strategy that the sweep brings along, as ``beside`` says.

    One that differs from another in nothing but its name is that, and is not replayed again.
    """
    known: dict[str, tuple[str, Any]] = {}
    for name, strategy in (config.get("beside") or {}).items():
        known.setdefault(json.dumps({**strategy, "name": ""}, sort_keys=True), (name, strategy))
    return [
        {**config, "strategy": strategy, "beside": {},
         "choices": {**_of_world(config.get("choices") or {}), "strategy": name}}
        for name, strategy in known.values()
    ]  # fmt: skip


def _of_world(choices: Mapping[str, str]) -> dict[str, str]:
    """The options that were chosen of what is not the strategy."""
    return {key: value for key, value in choices.items() if key.partition("/")[0] != "strategy"}


def _at_once(strategy: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a strategy whose trainings take no time."""
    if "trigger" not in strategy:
        stages = {
            name: {**stage, "strategy": _at_once(stage["strategy"])}
            for name, stage in strategy["stages"].items()
        }
        return {**strategy, "stages": stages}
    training = {**(strategy.get("training") or {}), "duration": 0}
    training.setdefault("_target_", "clsim.strategy.training.Stateless")
    return {**strategy, "training": training}


def _check_node(node: Any, path: str) -> None:
    if isinstance(node, Mapping):
        if "_target_" in node:
            _check_call(node, path)
        for key, value in node.items():
            _check_node(value, f"{path}.{key}")
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for number, value in enumerate(node):
            _check_node(value, f"{path}[{number}]")
    elif node == "???":
        raise ValueError(f"{path}: no value; give {path}=...")


def _check_call(node: Mapping[str, Any], path: str) -> None:
    parameters = _parameters(node, path)
    given = set(node) | set(list(parameters)[: len(node.get("_args_", ()))])
    for name, parameter in parameters.items():
        variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if parameter.default is parameter.empty and name not in given and not variadic:
            raise ValueError(f"{path}.{name}: missing; {node['_target_']} needs it")


def _refuse_training(target: Any, key: str, path: str) -> None:
    """Refuse parts of a training for a strategy that has no learner, with the remedy."""
    if not isinstance(target, type) or not issubclass(target, Strategy):
        return
    if target.source != "learner" and key in inspect.signature(Strategy).parameters:
        raise ValueError(
            f"{path}.{key}: {target.__name__} trains nothing, so it takes no {key}; leave it out, "
            "or use clsim.Strategy"
        )


_signature = cache(inspect.signature)  # jobs name the same classes


def _parameters(node: Mapping[str, Any], path: str) -> Mapping[str, inspect.Parameter]:
    """The parameters of what a node names, if it gives no others; none where all are taken."""
    target = find(node["_target_"], path)
    try:
        parameters = _signature(target).parameters
    except (TypeError, ValueError):  # some compiled callables hide their signature
        return {}
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return {}
    for key in node:
        if not key.startswith("_") and key not in parameters:
            _refuse_training(target, key, path)
            names = [n for n, p in parameters.items() if p.kind is not p.VAR_POSITIONAL]
            kind = f"parameter of {node['_target_']}"
            raise ValueError(f"{path}.{key}: {unknown(kind, key, names)}")
    return parameters


def metrics(given: Any) -> Any:
    """The metrics that a configuration asks for: names, objects, and functions to be called later.

    A node whose ``_target_`` is a class is an object of it; else it is the function, with the other
    keys fixed.

    Raises
    ------
    ValueError
        For an unknown class, module or parameter.
    """
    if not isinstance(given, list):
        return given
    return [_callable(node, f"metrics[{number}]") for number, node in enumerate(given)]


def _callable(node: Any, path: str) -> Any:
    if not isinstance(node, Mapping):
        return node
    if not isinstance(node.get("_target_"), str):
        raise ValueError(f"{path}: a name, or the _target_ of a function of (y_true, y_pred)")
    target = find(node["_target_"], path)
    _parameters(node, path)
    rest = {k: _callable(v, f"{path}.{k}") for k, v in node.items() if not k.startswith("_")}
    if not isinstance(target, type):
        return partial(target, **rest)
    try:
        return target(**rest)
    except Exception as error:
        raise ValueError(f"{path}: {error}") from error


def find(target: str, path: str) -> Any:
    """What a ``_target_`` names; its module is imported.

    Raises
    ------
    ValueError
        That begins with the path of the node, if there is no such module or name.
    """
    if not isinstance(target, str):
        raise ValueError(f"{path}._target_={target!r}: expected the name of a class")
    names = target.split(".")
    for cut in range(len(names) - 1, 0, -1):
        try:
            value: Any = import_module(".".join(names[:cut]))
        except ModuleNotFoundError:
            continue
        for name in names[cut:]:
            if not hasattr(value, name):
                known = [n for n in dir(value) if not n.startswith("_") and _public(value, n)]
                raise ValueError(f"{path}._target_: {unknown(f'name in {names[0]}', name, known)}")
            value = getattr(value, name)
        return value
    raise ValueError(f"{path}._target_={target!r}: no such module")


def _public(module: Any, name: str) -> bool:
    """Whether a name is there to be used: a module's modules are not, if it says what is."""
    return name in getattr(module, "__all__", (name,))


def instance(config: Any, path: str) -> Any:
    """The object that a node of the configuration names; None where it is empty.

    Raises
    ------
    ValueError
        With the key and what the class said.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    if not config:
        return None
    if "_target_" not in config:
        raise ValueError(f"{path}: has no _target_; choose an option of the group {path}")
    try:
        return instantiate(config, _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__ or error
        inner = re.search(r"full_key: (\S+)", str(error))
        said = _unknown_parameter(cause, str(error)) or cause
        raise ValueError(f"{path}{'.' + inner[1] if inner else ''}: {said}") from cause


def _unknown_parameter(cause: BaseException, said: str) -> str | None:
    """What is wrong where a class was given a parameter that it has not; None: something else."""
    from hydra.utils import get_object

    found = re.search(r"got an unexpected keyword argument '(\w+)'", str(cause))
    target = re.search(r"target '([^']+)'", said)
    if found is None or target is None:
        return None
    names = [*inspect.signature(get_object(target[1])).parameters]
    name = target[1].rpartition(".")[2]
    return f"{name}: {unknown('parameter', found[1], names)}" if found[1] not in names else None


def once_more(config: Any, path: str) -> Any:
    """As `instance`, without the warnings: they were given when the job was checked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return instance(config, path)
