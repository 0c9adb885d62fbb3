"""Physical quantities of a run, and what they cost at given prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas as pd

from clsim.errors import check_number, unknown

ONLINE = "online"
"""The reason of a ``train`` event that adds up the row-by-row updates of a tick."""


@dataclass(frozen=True)
class Prices:
    """What a unit of each quantity costs, in money of one currency.

    Attributes
    ----------
    error : float, default=1.0
        Per unit of the declared loss: for the zero-one loss, per wrong prediction.
    retraining : float, default=50.0
        Per training started, the initial one apart; failed and rejected ones included.
    row : float, default=0.0
        Per row trained on, row-by-row updates included, the initial training apart.
    label : float, default=0.0
        Per label that arrived after the warm-up.
    currency : str, default='units'
    """

    error: float = 1.0
    retraining: float = 50.0
    row: float = 0.0
    label: float = 0.0
    currency: str = "units"

    def __post_init__(self) -> None:
        for key, value in asdict(self).items():
            if key != "currency":
                check_number(f"prices.{key}", value, low=0)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Prices:
        """Prices from a mapping, refusing keys that do not exist."""
        names = [f.name for f in fields(cls)]
        for key in given:
            if key not in names:
                raise ValueError(f"prices: {unknown('price', key, names)}")
        return cls(**given)


def quantities(ticks: pd.DataFrame, events: pd.DataFrame) -> dict[str, float]:
    """Physical totals of a run.

    Parameters
    ----------
    ticks, events : pandas.DataFrame
        As in `Run`.

    Returns
    -------
    dict of str to float
        n, answered, errors, loss; retrainings (trainings started), failed, rejected, superseded,
        deployments, rows_trained (row-by-row updates included), updates (row by row), labels,
        alarms; initial_rows and initial_seconds apart; train_seconds (measured).
    """
    total = ticks[ticks["slice"] == "all"]
    kind = events["kind"]
    train = events[kind == "train"]
    online = train["reason"] == ONLINE
    initial = events[kind == "initial"]
    accepted = events["accepted"]
    rejected = (kind == "offline_test") & ~accepted.fillna(True).astype(bool)
    return {
        "n": int(total["n"].sum()),
        "answered": int(total["answered"].sum()),
        "errors": float(total["errors"].sum()) if total["errors"].notna().any() else float("nan"),
        "loss": float(total["loss"].sum()),
        "retrainings": int((~online).sum()),
        "failed": int((kind == "train_failed").sum()),
        "rejected": int(rejected.sum()),
        "superseded": int((kind == "superseded").sum()),
        "deployments": int((kind == "deploy").sum()),
        "rows_trained": int(train["rows"].sum()),
        "updates": int(train.loc[online, "rows"].sum()),
        "labels": int(events.loc[kind == "label", "labels"].sum()),
        "alarms": int((kind == "alarm").sum()),
        "initial_rows": int(initial["rows"].sum()),
        "initial_seconds": float(initial["seconds"].sum()),
        "train_seconds": float(train["seconds"].sum()),
    }


def upkeep(totals: Any, prices: Prices) -> Any:
    """Cost of keeping the model fresh: retrainings, rows and labels, errors apart.

    Parameters
    ----------
    totals : mapping or pandas.DataFrame
        Quantities of one run, or a column for each and a row per run.
    """
    return (
        prices.retraining * totals["retrainings"]
        + prices.row * totals["rows_trained"]
        + prices.label * totals["labels"]
    )


def cost(totals: Any, prices: Prices) -> Any:
    """Total cost: the loss at its price, and the upkeep."""
    return prices.error * totals["loss"] + upkeep(totals, prices)
