"""Prices at which runs are priced: those in their configurations, and what is said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from clsim.runs.ledger import Prices
from clsim.runs.run import Runs


def configured_prices(runs: Runs) -> tuple[dict[str, list[Any]], bool]:
    """For each price, the different values that the runs' configurations give."""
    given = [run.config.get("prices") for run in runs.runs.values()]
    stated = [asdict(Prices.from_dict({k: v for k, v in p.items() if k != "_target_"}))
              for p in given if p]  # fmt: skip
    different: dict[str, list[Any]] = {f.name: [] for f in fields(Prices)}
    for values in stated:
        for key, value in values.items():
            if value not in different[key]:
                different[key].append(value)
    return different, bool(stated)


def given_prices(prices: Prices | Mapping[str, Any] | None) -> dict[str, Any]:
    """What was given of prices, by name."""
    return asdict(prices) if isinstance(prices, Prices) else dict(prices or {})


def prices_of(
    prices: Prices | Mapping[str, Any] | None, configured: dict[str, list[Any]], stated: bool
) -> Prices:
    """The prices that are given, else those of the configurations, else the defaults.

    Raises
    ------
    ValueError
        For an unknown price, or one on which the runs disagree and that is not given.
    """
    if isinstance(prices, Prices):
        return prices
    given = dict(prices or {})
    Prices.from_dict(given)
    for key, values in configured.items():
        if key not in given and len(values) > 1:
            listed = ", ".join(sorted(map(str, values)))
            raise ValueError(
                f"prices.{key}: the runs disagree ({listed}); say which to use, as in "
                f"--prices {key}={sorted(map(str, values))[0]}"
            )
    base = {key: values[0] for key, values in configured.items() if len(values) == 1}
    return replace(Prices(**base) if stated else Prices(), **given)
