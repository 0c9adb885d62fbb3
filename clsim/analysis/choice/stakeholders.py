"""Several people, each with prices of their own: where their choices agree, and where they part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.choice.choose import Recommendation, recommend
from clsim.analysis.choice.overturning import first_info, unit
from clsim.analysis.compare.comparison import Setting, costed
from clsim.rounding import amount, percent
from clsim.runs.ledger import PER_UNIT, Prices

PARTING = ("a", "b", "chosen_a", "chosen_b", "price", "of_a", "of_b", "at", "then")


@dataclass(frozen=True)
class Stakeholders:
    """What each of several stakeholders would choose.

    Attributes
    ----------
    advice : dict of str to Recommendation
        By stakeholder.
    partings : pandas.DataFrame
        One row for each pair whose choices differ, of all with the first of each choice: a, b,
        chosen_a, chosen_b, price, of_a, of_b (its value with each), at and then. With the other
        prices those of A, the choice changes from ``chosen_a`` to ``then`` at a value ``at``,
        which lies between ``of_a`` and ``of_b``. Where no single price does it, ``price`` is
        ``'all'`` and ``at`` the share of the way that all prices have moved together; NaN where
        only the floor differs in a way that no price shows.
    """

    advice: dict[str, Recommendation]
    partings: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row per stakeholder: choice, cost, saving with its interval, and against what."""
        rows = [
            {"stakeholder": name, "choice": one.strategy, "cost": one.cost.mean,
             "saving": one.saving.mean, "low": one.saving.low, "high": one.saving.high,
             "reference": one.reference, "refused": one.refused}
            for name, one in self.advice.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)


def stakeholders(
    setting: Setting, prices: Mapping[str, Prices], *, reference: str | None = None
) -> Stakeholders:
    """What each stakeholder would choose, and at which price their choices part.

    Parameters
    ----------
    setting : Setting
    prices : dict of str to Prices
        By stakeholder.
    reference : str or None, default=None
        As for `recommend`.

    Returns
    -------
    Stakeholders
        ``advice`` (a recommendation for each of them) and ``partings`` (at which price their
        choices part).

    Raises
    ------
    ValueError
        If they reckon in different currencies.

    Examples
    --------
    Who never trains errs 80 times, and who trains 3 times errs 20 times: 60 errors at 1 pay for 3
    retrainings up to a price of 20 each.

    >>> import clsim
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 80}), "y")
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic(2), SlidingWindow(20))}
    >>> runs = clsim.replay(log, ways, learner=DummyClassifier(), tick=10, warmup=20)
    >>> setting = Setting("", {}, {name: {0: run} for name, run in runs.items()})
    >>> found = stakeholders(setting, {"team": Prices(retraining=5), "IT": Prices(retraining=50)})
    >>> found.partings[["chosen_a", "chosen_b", "price", "of_a", "of_b", "at"]].values.tolist()
    [['often', 'never', 'retraining', 5.0, 50.0, 20.0]]
    """
    currencies = {name: one.currency for name, one in prices.items()}
    if len(set(currencies.values())) > 1:
        said = ", ".join(f"{name}: {currency}" for name, currency in currencies.items())
        raise ValueError(f"prices.currency: the price files disagree ({said}); use one currency")
    advice = {name: recommend(setting, one, reference=reference) for name, one in prices.items()}
    first: dict[str | None, str] = {}
    for name, one in advice.items():
        first.setdefault(one.strategy, name)
    leads = [name for strategy, name in first.items() if strategy is not None]
    rows = [_parting(setting, leads[0], other, prices, advice) for other in leads[1:]]
    return Stakeholders(advice, pd.DataFrame(rows, columns=list(PARTING)))


def _parting(
    setting: Setting, a: str, b: str, prices: Mapping[str, Prices],
    advice: Mapping[str, Recommendation],
) -> tuple[Any, ...]:  # fmt: skip
    """Where the choice of A turns on the way to the prices of B."""
    chosen_a, chosen_b = advice[a].strategy, advice[b].strategy
    of_a, of_b = _values(prices[a]), _values(prices[b])
    turns = []
    for row in advice[a].overturns.dropna(subset=["at"]).to_dict("records"):
        key, at = row["price"], row["at"]
        if key not in of_b:
            continue
        low, high = sorted((of_a[key], of_b[key]))
        toward = of_b[key] > of_a[key] if row["direction"] == "up" else of_b[key] < of_a[key]
        if toward and low <= at <= high:
            turns.append((row["strategy"] != chosen_b, key, of_a[key], of_b[key], at,
                          row["strategy"]))  # fmt: skip
    if turns:
        _, *turn = min(turns, key=lambda turn: turn[0])
        return a, b, chosen_a, chosen_b, *turn
    share, then = _together(setting, prices[a], prices[b], str(chosen_a))
    return a, b, chosen_a, chosen_b, "all", 0.0, 1.0, share, then


def _values(prices: Prices) -> dict[str, float]:
    """Each price that a choice turns on, by the name that overturns give it."""
    every = asdict(prices)
    found = {key: float(every[key]) for key in PER_UNIT}
    if prices.floor is not None:
        found["floor"] = prices.floor
    if not prices.by_class:
        return {"error": float(prices.error), **found}
    cells = np.ndenumerate(np.asarray(prices.error, dtype=float))
    return found | {f"error[{i}][{j}]": float(value) for (i, j), value in cells}


def _together(setting: Setting, a: Prices, b: Prices, chosen: str) -> tuple[float, Any]:
    """The share of the way from A's prices to B's at which another becomes the cheapest."""
    if a.floor != b.floor:
        return np.nan, None
    before, after = (
        costed(setting, prices).pivot_table(index="seed", columns="strategy", values="total")
        .dropna().mean()
        for prices in (a, b)
    )  # fmt: skip
    lead, left = before - before[chosen], after - after[chosen]
    turning = (left < 0) & (lead >= 0)
    if not turning.any():
        return np.nan, None
    share = (lead / (lead - left))[turning]
    return float(share.min()), str(share.idxmin())


def where_they_part(found: Stakeholders, setting: Setting) -> str:
    """Sentences on where the choices of the stakeholders agree, and at which price they part."""
    by_choice: dict[str | None, list[str]] = {}
    for name, one in found.advice.items():
        by_choice.setdefault(one.strategy, []).append(name)
    if None in by_choice:
        return f"For {_names(by_choice[None])}, no strategy can be recommended."
    if len(by_choice) == 1:
        return f"All agree: for {_names(list(found.advice))}, '{next(iter(by_choice))}'."
    taken = [f"for {_names(names)}, '{choice}'" for choice, names in by_choice.items()]
    info, said = first_info(setting), [f"The choice is {'; '.join(taken)}."]
    currency = next(iter(found.advice.values())).currency
    for row in found.partings.to_dict("records"):
        said.append(_sentence(row, currency, "" if row["price"] in ("all", "floor") else
                              unit(row["price"], info)))  # fmt: skip
    return " ".join(said)


def _sentence(row: Mapping[Any, Any], currency: str, what: str) -> str:
    a, b = row["a"], row["b"]
    if row["price"] == "all":
        if np.isnan(row["at"]):
            return f"No single price makes {a} and {b} part; the least score that they allow does."
        return (
            f"No single price makes {a} and {b} part: the choice changes to '{row['then']}' when "
            f"all prices have gone {percent(row['at'])} of the way from those of {a} to those of "
            f"{b}."
        )
    if row["price"] == "floor":
        values = f"a least score of {amount(row['at'])}"
        ends = f"{a}: {amount(row['of_a'])}, {b}: {amount(row['of_b'])}"
    else:
        values = f"{amount(row['at'])} {currency} for {what}"
        ends = f"{a} says {amount(row['of_a'])}, {b} {amount(row['of_b'])}"
    then = "" if row["then"] == row["chosen_b"] else f", where '{row['then']}' comes first"
    return f"At the other prices of {a}, they part at {values} ({ends}){then}."


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
