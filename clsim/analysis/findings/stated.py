"""At which prices a report is: those of the runs, some of them given anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from clsim.analysis.compare.comparison import Setting
from clsim.analysis.compare.suite import is_world, world_prices
from clsim.runs.ledger import PAID, Prices
from clsim.runs.run import Runs


def configured(runs: Runs) -> tuple[dict[str, list[Any]], bool]:
    """For each price, the values that configurations of the runs give; whether any gives some."""
    given = [run.config.get("prices") for run in runs.runs.values()]
    stated = [asdict(Prices.from_dict({k: v for k, v in p.items() if k != "_target_"}))
              for p in given if p]  # fmt: skip
    different: dict[str, list[Any]] = {f.name: [] for f in fields(Prices)}
    for values in stated:
        for key, value in values.items():
            if value not in different[key]:
                different[key].append(value)
    return different, bool(stated)


def by_name(prices: Prices | Mapping[str, Any] | None) -> dict[str, Any]:
    """What was given of prices, by name."""
    return asdict(prices) if isinstance(prices, Prices) else dict(prices or {})


def prices_of(runs: Runs, prices: Prices | Mapping[str, Any] | None = None) -> Prices:
    """The prices of the runs' configurations, with those that are given in their place.

    Raises
    ------
    ValueError
        For a price that does not exist, or one that is not given and in which the runs differ.
    """
    if isinstance(prices, Prices):
        return prices
    given = dict(prices or {})
    Prices.from_dict(given)
    different, stated = configured(runs)
    for key, values in different.items():
        if key not in given and len(values) > 1:
            listed = ", ".join(sorted(map(str, values)))
            raise ValueError(
                f"prices.{key}: the runs disagree ({listed}); say which to use, as in "
                f"--prices {key}={sorted(map(str, values))[0]}"
            )
    base = {key: values[0] for key, values in different.items() if len(values) == 1}
    return replace(Prices(**base) if stated else Prices(), **given)


def prices_each(
    settings: Sequence[Setting], runs: Runs, prices: Prices | Mapping[str, Any] | None = None
) -> list[Prices]:
    """The prices of each setting: the same for all, but of a suite each world has its own.

    Raises
    ------
    ValueError
        As `prices_of`.
    """
    if isinstance(prices, Prices) or not all(map(is_world, settings)):
        return [prices_of(runs, prices)] * len(settings)
    given = dict(prices or {})
    Prices.from_dict(given)
    return [replace(world_prices(setting), **given) for setting in settings]


def swept(runs: Runs, used: Prices) -> dict[str, dict[str, Prices]]:
    """Prices in which the runs' configurations differ: at each of their levels, the others as used.

    Rules that decide by prices keep their decisions.

    Returns
    -------
    dict of str to dict of str to Prices
        By the name of the price, and by its level.
    """
    varied: dict[str, dict[str, Prices]] = {}
    for key, values in configured(runs)[0].items():
        numbers = [value for value in values if isinstance(value, int | float)]
        if len(numbers) > 1 and key != "floor":
            label = "error" if key == "error" else PAID.get(key, (key, key))[1]
            varied[f"price of {label}"] = {
                f"{value:g}": Prices(**{**asdict(used), key: value}) for value in sorted(numbers)
            }
    return varied
