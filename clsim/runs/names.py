"""What settings and strategies are called: by the options that were chosen for them.

A sweep chooses options of groups (``stream=drifting delay=constant strategy=weekly``), and runs
keep them as ``choices`` of their configuration. A setting is called by the options in which it
differs from the others, a strategy by its option. What differs beneath an option follows in words.
All here are pure functions of what is given, whatever its order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

GROUPS = ("stream", "delay", "learner")
"""Groups of options that make a setting, in the order of its name."""

MANY = 3
"""Largest number of parameters that are all named; of more, as few as tell all apart."""


class Called(NamedTuple):
    """What a run's setting and strategy are called; a setting that is alone has no name."""

    setting: str
    strategy: str


def flat(config: Any, prefix: str = "") -> dict[str, Any]:
    """A nested configuration with one key, dotted, for each leaf.

    >>> flat({"trigger": {"every": "7d"}, "sizes": [1, 2]})
    {'trigger.every': '7d', 'sizes.0': 1, 'sizes.1': 2}
    """
    if isinstance(config, dict):
        items: Any = config.items()
    elif isinstance(config, list):
        items = enumerate(config)
    else:
        return {prefix: config}
    leaves: dict[str, Any] = {}
    for key, value in items:
        leaves.update(flat(value, f"{prefix}.{key}" if prefix else str(key)))
    return leaves


def text(value: Any) -> str:
    """A configuration as text that is the same for equal ones."""
    return json.dumps(value, sort_keys=True, default=str)


def natural(label: str) -> list[tuple[int, int, str]]:
    """Sort key by which 'every 7d' comes before 'every 30d'."""
    pieces = re.split(r"(\d+)", label)
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in pieces]


def called(
    commons: Mapping[str, dict[str, Any]],
    strategies: Mapping[str, Any],
    choices: Mapping[str, Mapping[str, str]],
) -> dict[str, Called]:
    """The names of each run's setting and strategy.

    Parameters
    ----------
    commons : mapping of str to dict
        For each run, what all runs of its setting have in common: those in which it is equal are
        of one setting.
    strategies : mapping of str to object
        The configuration of each run's strategy, or what it is called.
    choices : mapping of str to mapping of str to str
        The option that was chosen of each group, for each run.
    """
    of_run = {key: text(common) for key, common in commons.items()}
    settings = {of: commons[key] for key, of in of_run.items()}
    chosen = {of: min((choices[key] for key in of_run if of_run[key] == of), key=text)
              for of in settings}  # fmt: skip
    names = setting_names(list(settings.values()), list(chosen.values()))
    named = dict(zip(settings, names, strict=True))
    labels = strategy_names(
        list(strategies.values()), list(choices.values()), list(of_run.values()), list(strategies)
    )
    return {key: Called(named[of_run[key]], label)
            for key, label in zip(strategies, labels, strict=True)}  # fmt: skip


def setting_names(
    configs: Sequence[Mapping[str, Any]], choices: Sequence[Mapping[str, str]]
) -> list[str]:
    """One name for each of several different settings.

    Parameters
    ----------
    configs : sequence of mapping
        What the runs of each setting have in common.
    choices : sequence of mapping of str to str
        The option that was chosen of each group. Where there is none, a class stands for it.

    Returns
    -------
    list of str
        The parts in which settings differ: stream, delay and learner, then the rest. Different
        worlds of a suite are called by their ids.

    Examples
    --------
    >>> choices = {"stream": "drifting", "delay": "constant"}
    >>> waits = [{"delay": {"delay": wait}, "tick": "1d"} for wait in ("0", "3d")]
    >>> setting_names(waits, [choices, choices])
    ['constant 0', 'constant 3d']
    >>> setting_names(waits, [choices, {**choices, "stream": "sea"}])
    ['constant 0', 'constant 3d']
    >>> setting_names([{"stream": {"n": 1}}, {"stream": {"n": 2}}], [choices, {"stream": "sea"}])
    ['drifting', 'sea']
    """
    if len(configs) < 2:
        return [""] * len(configs)
    worlds = [str((config.get("world") or {}).get("id") or "") for config in configs]
    if all(worlds) and len(set(worlds)) == len(worlds):
        return worlds
    parts = [
        _of_group(group, [config.get(group) for config in configs], choices)
        for group in GROUPS
        if len({text(config.get(group)) for config in configs}) > 1
    ]
    rest = [
        flat({k: v for k, v in config.items() if k not in (*GROUPS, "files", "clsim")})
        for config in configs
    ]
    parts.append(_words(_differing(rest)))
    names = [", ".join(filter(None, of)) for of in zip(*parts, strict=True)]
    for more in (_release, _file_versions):
        for same in _repeated(names, configs):
            for i, words in zip(same, more([configs[i] for i in same]), strict=True):
                names[i] = ", ".join(filter(None, [names[i], words]))
    return _numbered(names, configs)


def strategy_names(
    configs: Sequence[Any],
    choices: Sequence[Mapping[str, str]],
    settings: Sequence[Hashable],
    keys: Sequence[str],
) -> list[str]:
    """One name for each of several strategies, the same in all settings that have it.

    Parameters
    ----------
    configs : sequence
        The configuration of each strategy; None: it came from none.
    choices : sequence of mapping of str to str
        The option that was chosen of each group.
    settings : sequence
        The setting of each.
    keys : sequence of str
        What each is called that has neither option, name nor trigger.

    Returns
    -------
    list of str
        The option of the group ``strategy``. If different strategies of a setting share it and
        their ``name`` is not the same, that; what still differs follows in words. Without an
        option, the ``name``; without that, the class of the trigger; else the key.

    Examples
    --------
    >>> every = [{"name": f"every {k}", "trigger": {"every": k}} for k in (5, 10)]
    >>> periodic = {"strategy": "periodic"}
    >>> strategy_names(every, [periodic, {"strategy": "tenth"}], [0, 0], ["a", "b"])
    ['periodic', 'tenth']
    >>> strategy_names(every, [periodic, periodic], [0, 0], ["a", "b"])
    ['every 5', 'every 10']
    >>> alike = [{**one, "name": "mine"} for one in every]
    >>> strategy_names(alike, [periodic, periodic], [0, 0], ["a", "b"])
    ['periodic (every 5)', 'periodic (every 10)']
    """
    named = [_name(key, config) for key, config in zip(keys, configs, strict=True)]
    options: dict[str, str] = {}
    for config, of, name in zip(configs, choices, named, strict=True):
        option = of.get("strategy", name)  # of equal strategies that were chosen twice, one
        options[text(config)] = min(option, options.get(text(config), option))
    labels = [options[text(config)] for config in configs]
    for same in _shared(labels, configs, settings):
        own = [isinstance(configs[i], dict) and configs[i].get("name") for i in same]
        if all(own) and len(set(own)) > 1:
            for i, said in zip(same, own, strict=True):
                labels[i] = str(said)
    for same in _shared(labels, configs, settings):
        under = [_beneath("strategy", choices[i]) for i in same]
        words = _words(_differing([_leaves(configs[i]) for i in same], under))
        for i, more in zip(same, words, strict=True):
            labels[i] = f"{labels[i]} ({more})" if more else labels[i]
    for same in _shared(labels, configs, settings):
        for i, more in zip(same, _file_versions([configs[i] for i in same]), strict=True):
            labels[i] = f"{labels[i]} ({more})" if more else labels[i]
    return _numbered(labels, configs, settings)


def slugs(names: Sequence[str]) -> list[str]:
    """Different names as parts of names of files, short and different.

    >>> slugs(["drifting, constant 3d", "C++", "c"])
    ['drifting-constant-3d', 'c', 'c-2']
    """
    plain = [re.sub(r"[^a-z0-9]+", "-", name.lower())[:60].strip("-") or "other" for name in names]
    return _numbered(plain, names, mark="{}-{}")


# parts of a name -------------------------------------------------------------------------------


def _of_group(group: str, nodes: Sequence[Any], choices: Sequence[Mapping[str, str]]) -> list[str]:
    """For each setting, its option of a group, and what differs beneath it."""
    options = [of.get(group) or _class(node) for of, node in zip(choices, nodes, strict=True)]
    words = [""] * len(nodes)
    for option in set(options):
        same = [i for i, other in enumerate(options) if other == option]
        under = [_beneath(group, choices[i]) for i in same]
        found = _words(_differing([_leaves(nodes[i], group) for i in same], under))
        for i, more in zip(same, found, strict=True):
            words[i] = more
    return [" ".join(filter(None, pair)) for pair in zip(options, words, strict=True)]


def _beneath(group: str, choices: Mapping[str, str]) -> dict[str, str]:
    """Options of the groups within a group, by their path in it."""
    inside = f"{group}/"
    return {
        key.removeprefix(inside).replace("/", "."): option
        for key, option in choices.items()
        if key.startswith(inside)
    }


def _leaves(config: Any, group: str = "") -> dict[str, Any]:
    """What a part holds, but for its name and the versions of its files."""
    if not isinstance(config, dict):
        return {group: config}
    return flat({key: value for key, value in config.items() if key not in ("name", "files")})


def _class(node: Any) -> str:
    target = node.get("_target_") if isinstance(node, dict) else None
    return str(target or "").rsplit(".", 1)[-1]


def _name(key: str, strategy: Any) -> str:
    if not isinstance(strategy, dict):
        return key
    return str(strategy.get("name") or _class(strategy.get("trigger")) or key)


def _differing(
    flats: Sequence[dict[str, Any]], under: Sequence[Mapping[str, str]] | None = None
) -> list[dict[str, Any]]:
    """For each part, the leaves in which it differs from others, options in the place of theirs."""
    options = under or [{}] * len(flats)
    chosen = {path for of in options for path in of}
    groups = [p for p in sorted(chosen) if len({of.get(p) for of in options}) > 1]
    keys = sorted({key for leaves in flats for key in leaves})
    differ = list(groups)
    for key in keys:
        home = next((path for path in groups if key.startswith(f"{path}.")), None)
        values: dict[Any, set[str]] = {}
        for leaves, of in zip(flats, options, strict=True):
            values.setdefault(None if home is None else of.get(home), set()).add(
                text(leaves.get(key))
            )
        if any(len(different) > 1 for different in values.values()):
            differ.append(key)
    found = [
        {key: (of if key in groups else leaves).get(key) for key in differ}
        for leaves, of in zip(flats, options, strict=True)
    ]
    return found if len(differ) <= MANY else _fewest(found)


def _fewest(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of many leaves, few that tell apart whatever all of them tell apart."""
    kept: list[str] = []

    def groups(keys: Sequence[str]) -> int:
        return len({text([leaves[key] for key in keys]) for leaves in found})

    every = list(found[0])
    while groups(kept) < groups(every):
        kept.append(max((k for k in every if k not in kept), key=lambda k: groups([*kept, k])))
    return [{key: leaves[key] for key in kept} for leaves in found]


def _words(found: Sequence[dict[str, Any]]) -> list[str]:
    """The leaves of each part in words."""
    called = _short_keys(list(found[0]))
    stems = {str(v) for leaves in found for k, v in leaves.items() if _is_path(k, v)}
    alone = len({PurePath(path).name for path in stems}) == len(stems)
    said = []
    for leaves in found:
        words = []
        for key, value in leaves.items():
            if value is None:
                continue
            if _is_path(key, value):
                words.append(PurePath(value).name if alone else str(value))
            elif key.endswith("_target_"):
                words.append(" ".join(filter(None, [called[key], _class({"_target_": value})])))
            else:
                words.append(" ".join(filter(None, [called[key], _value(value)])))
        said.append(", ".join(words))
    return said


def _is_path(key: str, value: Any) -> bool:
    return isinstance(value, str) and re.search(r"(^|[._])(path|file|data)$", key) is not None


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _short_keys(keys: Sequence[str]) -> dict[str, str]:
    """For each key its last words, as many as tell it apart; of a delay's delay, none."""
    pieces = {key: [p for p in key.split(".") if p != "_target_"] for key in keys}
    called = {}
    for key, words in pieces.items():
        others = [other for k, other in pieces.items() if k != key]
        count = 1
        while count < len(words) and any(words[-count:] == other[-count:] for other in others):
            count += 1
        tail = words[-count:]
        while len(tail) < len(words) and tail[0].isdigit():  # a number says nothing by itself
            tail = words[-len(tail) - 1 :]
        said = " ".join(tail)
        called[key] = "" if said in GROUPS else said
    return called


# what tells apart what is called alike ---------------------------------------------------------


def _release(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    versions = [config.get("clsim") for config in configs]
    return [f"clsim {v}" if v and len(set(versions)) > 1 else "" for v in versions]


def _file_versions(configs: Sequence[Any]) -> list[str]:
    """The files in which settings differ, each with its time of change and size."""
    stated = [config.get("files") or {} if isinstance(config, dict) else {} for config in configs]
    paths = sorted({path for files in stated for path in files})
    differ = [p for p in paths if len({text(files.get(p)) for files in stated}) > 1]
    return [" ".join(_version(p, files[p]) for p in differ if files.get(p)) for files in stated]


def _version(path: str, stated: Sequence[int]) -> str:
    from datetime import UTC, datetime

    size, changed = stated
    when = datetime.fromtimestamp(changed / 1e9, UTC)
    return f"{PurePath(path).name} of {when:%Y-%m-%d %H:%M:%S}, {size:,} bytes"


def _repeated(names: Sequence[str], configs: Sequence[Any]) -> list[list[int]]:
    """Places of different configurations that are called alike."""
    return _shared(names, configs, [0] * len(names))


def _shared(
    names: Sequence[str], configs: Sequence[Any], settings: Sequence[Hashable]
) -> list[list[int]]:
    """Places of each name that different configurations of one setting share."""
    different: dict[tuple[Hashable, str], set[str]] = {}
    for name, config, setting in zip(names, configs, settings, strict=True):
        different.setdefault((setting, name), set()).add(text(config))
    shared = sorted({name for (_, name), of in different.items() if len(of) > 1})
    return [[i for i, name in enumerate(names) if name == one] for one in shared]


def _numbered(
    names: Sequence[str],
    configs: Sequence[Any],
    settings: Sequence[Hashable] | None = None,
    mark: str = "{} #{}",
) -> list[str]:
    """The same names, with numbers where different configurations still share one."""
    made, taken = list(names), set(names)
    for same in _shared(names, configs, settings or [0] * len(names)):
        labels: dict[str, str] = {}
        for one in sorted({text(configs[i]) for i in same}):
            number = 1
            label = names[same[0]]
            while labels and label in taken:
                number += 1
                label = mark.format(names[same[0]], number)
            labels[one] = label
            taken.add(label)
        for i in same:
            made[i] = labels[text(configs[i])]
    return made
