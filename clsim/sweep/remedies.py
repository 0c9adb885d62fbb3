"""What to type instead, where the command line is refused."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.errors import MissingConfigException
from omegaconf import DictConfig, OmegaConf


def remedy(error: BaseException | None, arguments: Sequence[str], conf: Path) -> str | None:
    """A remedy for what Hydra refused: quotes, or the name that was probably meant."""
    unread = [argument for argument in _overrides(arguments) if _parsed(argument) is None]
    if unread:
        key, _, value = unread[0].partition("=")
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f"""Hydra cannot read {unread[0]}: quote the value, twice: '{key}="{quoted}"'"""
    text = str(error)
    missing = re.search(r"Could not find '([^']+)'", text)
    there = error.options if isinstance(error, MissingConfigException) else None
    key_ = re.search(r"Could not override '([^']+)'", text) or re.search(
        r"Could not append.*? '([^']+)'", text
    )
    if missing:
        group, _, wanted = missing[1].rpartition("/")
        allowed = options(group, conf) if there is None else list(there)  # those of -cd too
    elif key_:
        from hydra import compose, initialize_config_dir

        path, _, wanted = key_[1].rpartition(".")
        good = [a for a in _overrides(arguments) if key_[1] not in a]
        good += [f"hydra.searchpath=[file://{Path(own).absolute()}]" for own in _own(arguments)]
        with initialize_config_dir(str(conf), version_base="1.3"):
            node: Any = compose("config", [a for a in good if a.count("=") and "," not in a])
        node = OmegaConf.select(node, path) if path else node
        allowed = [str(k) for k in node] if isinstance(node, DictConfig) else []
    else:
        return None
    if wanted in allowed:  # of another option than the one that was refused
        return None
    close = difflib.get_close_matches(wanted, allowed, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Allowed: {', '.join(sorted(allowed))}"


def options(group: str, conf: Path) -> list[str]:
    """The options of a group of configurations."""
    return sorted(path.stem for path in (conf / group).glob("*.yaml"))


def check_groups(arguments: Sequence[str], conf: Path) -> None:
    """Refuse a number, nothing or the like as the option of a group.

    Raises
    ------
    ValueError
        With the options that there are.
    """
    for argument in _overrides(arguments):
        override = _parsed(argument)
        if override is None or not (conf / override.key_or_group).is_dir():
            continue
        given = override.value()
        for option in getattr(given, "list", [given]):  # of a sweep, each
            if not isinstance(option, (str, list)) and not hasattr(option, "text"):
                raise ValueError(
                    f"{argument}: {override.key_or_group} is a group; name one of its options: "
                    f"{', '.join(options(override.key_or_group, conf))}"
                )


def _overrides(arguments: Sequence[str]) -> list[str]:
    return [argument for argument in arguments if "=" in argument and argument[0] != "-"]


def _own(arguments: Sequence[str]) -> list[str]:
    """The folder of one's own configurations, if one is named."""
    names = ("-cd", "--config-dir")
    words = [word for argument in arguments for word in argument.split("=", 1)]
    return [folder for name, folder in itertools.pairwise(words) if name in names][-1:]


def _parsed(argument: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException:
        return None


def names_instead(said: str, node: Any, path: str) -> str:
    """The overrides that put right what a configuration gives by names that are not there.

    Parameters
    ----------
    said : str
        Such as ``delays: unknown class '0'; Allowed: no, yes``.
    node : dict
        The part of the configuration that was refused.
    path : str
        Its place, as ``delay``.

    Returns
    -------
    str
        Empty where the message is of another kind.

    Examples
    --------
    >>> said = "delays: unknown class '0'; Allowed: no, yes"
    >>> names_instead(said, {"delays": {"0": "7d"}}, "delay")
    "; on the command line: '~delay.delays.0' '+delay.delays.no=7d' '+delay.delays.yes=7d'"
    """
    read = re.search(r"(\w+): unknown [\w ]+ '.*'; .*?Allowed: (.*)", said)
    if read is None:
        return ""
    allowed = read[2].split(", ")
    for place, given in _places(node, path):
        if place.endswith(f".{read[1]}"):
            wrong = [str(name) for name in given if str(name) not in allowed]
            plain = [value for value in given.values() if not isinstance(value, Mapping)]
            value = plain[0] if plain else "..."
            words = [f"'~{place}.{name}'" for name in wrong]
            there = {str(name) for name in given}
            words += [f"'+{place}.{name}={value}'" for name in allowed if name not in there]
            return f"; on the command line: {' '.join(words)}"
    return ""


def _places(node: Any, path: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """All mappings of a configuration, with their places."""
    if isinstance(node, Mapping):
        yield path, node
        for key, value in node.items():
            yield from _places(value, f"{path}.{key}")
