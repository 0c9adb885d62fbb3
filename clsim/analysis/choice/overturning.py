"""Which prices would change a choice, nearest first, in words that can be read aloud."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from clsim.analysis.choice.choose import Recommendation
from clsim.analysis.compare.comparison import Setting
from clsim.rounding import amount
from clsim.runs.info import RunInfo
from clsim.runs.ledger import PAID


def nearest(advice: Recommendation, most: int = 2) -> pd.DataFrame:
    """The prices that would change the choice, of each the change that is the smallest factor.

    Parameters
    ----------
    advice : Recommendation
    most : int, default=2
        Largest number of prices.

    Returns
    -------
    pandas.DataFrame
        Rows of ``advice.overturns`` and ``factor``, the nearest first; infinite from or to 0.
    """
    moves = advice.overturns[advice.overturns["at"].notna()]
    factors = [_factor(row["now"], row["at"]) for row in moves.to_dict("records")]
    moves = moves.assign(factor=factors).sort_values("factor", kind="stable")
    return moves.drop_duplicates("price").head(most).reset_index(drop=True)


def _factor(now: float, at: float) -> float:
    low, high = sorted((now, at))
    return round(high / low, 9) if low > 0 else math.inf


def what_changes(advice: Recommendation, setting: Setting) -> str:
    """A sentence on the prices that would change the choice."""
    rows = nearest(advice).to_dict("records")
    if not rows:
        return "No change of a single price would change the choice."
    info = first_info(setting)
    return " ".join(f"If {_condition(row, info, advice.currency)}, {_then(row)}." for row in rows)


def _condition(row: Mapping[Any, Any], info: RunInfo, currency: str) -> str:
    up, now, at = row["direction"] == "up", amount(row["now"]), amount(row["at"])
    if row["price"] == "floor":
        return f"the least score allowed were {'above' if up else 'below'} {at} (now {now})"
    more = "more" if up else "less"
    return f"{unit(row['price'], info)} cost {more} than {at} {currency} (now {now})"


def _then(row: Mapping[Any, Any]) -> str:
    if not isinstance(row["strategy"], str):
        return "no strategy would meet it"
    if row["price"] == "floor":
        return f"'{row['strategy']}' would be the choice"
    return f"'{row['strategy']}' would be the cheapest"


def unit(price: str, info: RunInfo) -> str:
    """One of what a price is for, as ``'a retraining'``.

    >>> unit("row", RunInfo()), unit("error", RunInfo()), unit("error", RunInfo(loss="squared"))
    ('a row trained on', 'a wrong prediction', 'a unit of loss')
    >>> unit("error[0][1]", RunInfo(classes=("no", "yes")))
    "'no' taken for 'yes'"
    """
    cell = re.fullmatch(r"error\[(\d+)\]\[(\d+)\]", price)
    if cell is not None:
        i, j = (int(part) for part in cell.groups())
        return f"'{info.classes[i]}' taken for '{info.classes[j]}'"
    if price == "error":
        return "a wrong prediction" if info.loss == "zero_one" else "a unit of loss"
    said = PAID[price][1]
    if price == "waiting" and not info.timed:
        said = "label and row of waiting"
    return f"{'an' if said[0] in 'aeiou' else 'a'} {said}"


def first_info(setting: Setting) -> RunInfo:
    """What the first run of a setting says of itself."""
    return next(iter(next(iter(setting.runs.values())).values())).info
