"""Strategies of a configuration whose threshold is found before they are replayed.

``strategy.calibrate`` says of which parameter, and by which rate of false alarms; the rest of the
strategy is as any other. The threshold is that of `clsim.calibrate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from clsim.engine.blocks import Blocks
from clsim.engine.calibration import calibrate, check_grid, check_quiet, check_trains, parse_rate
from clsim.errors import check_number, unknown
from clsim.runs.calibrated import Calibration, placed
from clsim.strategy import Strategy
from clsim.sweep import config as build

KEYS = ("parameter", "grid", "false_alarms", "twins", "blocks")
NEEDED = KEYS[:3]
BLOCKS = ("season", "trained", "seasons")


@contextmanager
def _named() -> Iterator[None]:
    """What is refused, with the key of the configuration that it is about."""
    try:
        yield
    except (TypeError, ValueError) as error:
        said = str(error)
        mark = "." if re.match(rf"({'|'.join(KEYS)})\b", said) else ": "
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"strategy.calibrate{mark}{said}") from error


def at(strategy: dict[str, Any], value: float | None = None) -> dict[str, Any]:
    """A strategy's configuration with a threshold in its place, and nothing of how it is found.

    Parameters
    ----------
    strategy : dict
    value : float or None, default=None
        None: the first of its grid; a strategy that is not calibrated stays as it is.

    Raises
    ------
    TypeError, ValueError
        Naming the key of ``strategy.calibrate``, the value and what is allowed.
    """
    if not isinstance(strategy, Mapping):  # as the check of the configuration will say
        return strategy
    wanted = strategy.get("calibrate")
    rest = {key: part for key, part in strategy.items() if key != "calibrate"}
    if wanted is None:
        return rest
    _check_keys(wanted, strategy)
    parameter = wanted["parameter"]
    try:
        return placed(rest, parameter, wanted["grid"][0] if value is None else value)
    except LookupError as error:
        key, names, path = error.args
        raise ValueError(
            f"strategy.calibrate.parameter={parameter!r}: {unknown(f'key of {path}', key, names)}"
        ) from error


def _made(config: dict[str, Any], value: float) -> Strategy:
    return build.once_more(at(config["strategy"], value), "strategy")


def _blocks(wanted: Mapping[str, Any]) -> Blocks | None:
    given = wanted.get("blocks")
    return None if given is None else Blocks(**given)


def _check_names(
    given: Mapping[str, Any], allowed: Iterable[str], needed: Iterable[str], path: str
) -> None:
    """Refuse keys that nobody reads, and the want of those that are needed."""
    for key in given:
        if key not in allowed:
            raise ValueError(f"{path}.{key}: {unknown('key', key, allowed)}")
    for key in needed:
        if given.get(key) is None:
            raise ValueError(f"{path}.{key}: no value; give {path}.{key}=...")


def _check_keys(wanted: Any, strategy: dict[str, Any]) -> None:
    """Refuse what does not say how a threshold is found, whatever the world is."""
    if not isinstance(wanted, Mapping):
        raise TypeError(
            f"strategy.calibrate={wanted!r}: expected the keys {', '.join(NEEDED)}, such as "
            "{parameter: trigger.above, grid: [0.1, 0.2], false_alarms: 1/y}"
        )
    _check_names(wanted, KEYS, NEEDED, "strategy.calibrate")
    target = build.find(strategy.get("_target_", "clsim.Strategy"), "strategy")
    if isinstance(target, type) and issubclass(target, Strategy) and target.source != "learner":
        raise ValueError(
            f"strategy.calibrate: {target.__name__} trains nothing, so it has no false alarms; "
            "leave it out"
        )
    parameter = wanted["parameter"]
    if not isinstance(parameter, str) or not parameter.startswith("trigger."):
        raise ValueError(
            f"strategy.calibrate.parameter={parameter!r}: expected a parameter of the trigger, "
            "such as trigger.above"
        )
    if parameter.rpartition(".")[2].startswith("_"):
        raise ValueError(f"strategy.calibrate.parameter={parameter!r}: no number that is a limit")
    with _named():
        check_grid(wanted["grid"])
        check_number("twins", wanted.get("twins", 20), whole=True, low=2)
    if wanted.get("blocks") is not None:
        if not isinstance(wanted["blocks"], Mapping):
            raise TypeError(
                f"strategy.calibrate.blocks={wanted['blocks']!r}: expected the keys season and "
                "trained, such as {season: 7d, trained: 60d}"
            )
        _check_names(wanted["blocks"], BLOCKS, BLOCKS[:2], "strategy.calibrate.blocks")


def check(config: dict[str, Any], stream: Any, clock: Any) -> None:
    """Refuse a calibration that the world or the strategy does not allow, before it is drawn.

    Raises
    ------
    TypeError, ValueError
        Naming the key, the value and what is allowed.
    """
    wanted = config["strategy"].get("calibrate")
    if wanted is None:
        return
    check_trains(_made(config, value) for value in wanted["grid"])
    with _named():
        parse_rate(wanted["false_alarms"], clock)
        check_quiet(stream, _blocks(wanted), clock, int(config["seed"]))


def find(
    config: dict[str, Any], stream: Any, learner: Any, delay: Any, setting: Mapping[str, Any]
) -> Calibration | None:
    """The threshold of a strategy; None for one that is not calibrated.

    Parameters
    ----------
    config : dict
        Of a job.
    stream, learner, delay
        As for `clsim.replay`.
    setting : mapping
        The other arguments of the replay; twins are never recorded.

    Raises
    ------
    ValueError
        As `clsim.calibrate` says.
    """
    wanted = config["strategy"].get("calibrate")
    if wanted is None:
        return None
    with _named():
        found = calibrate(
            stream, lambda value: _made(config, value), wanted["grid"],
            false_alarms=wanted["false_alarms"], twins=wanted.get("twins", 20),
            blocks=_blocks(wanted), learner=learner, delay=delay,
            **{key: value for key, value in setting.items() if key != "record"},
        )  # fmt: skip
    return Calibration(
        wanted["parameter"], float(found.value), found.wanted,
        rate=float(found.rate.mean), low=float(found.rate.low), high=float(found.rate.high),
        twins=int(found.table["twin"].nunique()), knows_world=found.knows_world, note=found.note,
    )  # fmt: skip
