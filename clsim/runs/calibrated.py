"""A threshold that was found for a strategy before it was replayed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Calibration:
    """A threshold, and what it rests on, as `clsim.calibrate` found it.

    Attributes
    ----------
    parameter : str
        Which parameter of the strategy it is, such as ``'trigger.above'``.
    value : float
    wanted : str
        The rate of false alarms that it was to keep at most, such as ``'1/y'``.
    rate, low, high : float
        Its rate per the same period: the mean over twins, and the bounds of its confidence interval
        (95 %).
    twins : int
    knows_world : bool
        Whether that took knowledge that nobody has of a real world.
    note : str
        What it rests on, and what to be careful of.
    """

    parameter: str
    value: float
    wanted: str
    rate: float
    low: float
    high: float
    twins: int
    knows_world: bool
    note: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def fits(given: Any) -> bool:
    """Whether a value out of a file is a calibration, each part of its type."""
    kinds = {"str": (str,), "float": (int, float), "int": (int,), "bool": (bool,)}
    return (
        isinstance(given, dict)
        and list(given) == list(Calibration.__annotations__)
        and all(
            isinstance(given[key], kinds[kind])
            and (isinstance(given[key], bool) == (kind == "bool"))
            for key, kind in Calibration.__annotations__.items()
        )
        and len(given["parameter"].split(".")) > 1
    )


def placed(node: Any, parameter: str, value: float) -> Any:
    """A configuration with a value in place of what a parameter deep in it says.

    Parameters
    ----------
    node : dict or list
        It is not changed.
    parameter : str
        Keys, or places in lists, such as ``'trigger.triggers.0.above'``.
    value : float

    Raises
    ------
    LookupError
        If the configuration does not go so deep; its arguments are the key that is missing, those
        that are there, and the path so far.

    Examples
    --------
    >>> any_of = {"trigger": {"triggers": [{"above": 1}, {"every": 7}]}}
    >>> placed(any_of, "trigger.triggers.0.above", 2)
    {'trigger': {'triggers': [{'above': 2}, {'every': 7}]}}
    """
    node = copy.deepcopy(node)
    inside, path, keys = node, "strategy", parameter.split(".")
    for key in keys[:-1]:
        inside, path = _within(inside, key, path), f"{path}.{key}"
    if not isinstance(inside, dict):
        raise LookupError(keys[-1], _names(inside), path)
    inside[keys[-1]] = value
    return node


def _within(node: Any, key: str, path: str) -> Any:
    """What a configuration has under a key, or in a place of a list."""
    if isinstance(node, Mapping) and key in node:
        return node[key]
    if isinstance(node, list) and key.isdigit() and int(key) < len(node):
        return node[int(key)]
    raise LookupError(key, _names(node), path)


def _names(node: Any) -> list[str]:
    if isinstance(node, list):
        return [str(place) for place in range(len(node))]
    return [str(key) for key in node] if isinstance(node, Mapping) else []
