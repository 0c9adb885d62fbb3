"""Physical quantities of a run, and what they cost at given prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
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
    retraining : float, default=20.0
        Per training started, the initial one apart; failed and rejected ones included.
    row : float, default=0.0
        Per row trained on, row-by-row updates included, the initial training apart.
    label : float, default=0.0
        Per label that arrived after the warm-up.
    currency : str, default='units'
    """

    error: float = 1.0
    retraining: float = 20.0
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


def quantities(ticks: Any, events: Any) -> dict[str, float]:
    """Physical totals of a run.

    Parameters
    ----------
    ticks, events : pandas.DataFrame or dict of arrays
        As in `Run`.

    Returns
    -------
    dict of str to float
        n, answered, errors, loss; retrainings (trainings started), failed, rejected, superseded,
        deployments, rows_trained (row-by-row updates included), updates (row by row), labels,
        alarms; initial_rows and initial_seconds apart; train_seconds (measured).
    """
    every = np.asarray(ticks["slice"]) == "all"
    n, answered, loss = (np.asarray(ticks[name])[every] for name in ("n", "answered", "loss"))
    missing = "errors" not in ticks or pd.isna(ticks["errors"]).all() or ticks["errors"][0] < 0
    errors = float("nan") if missing else float(ticks["errors"][every].sum())
    kind = np.asarray(events["kind"], dtype=object)
    rows, labels, seconds = (np.asarray(events[name]) for name in ("rows", "labels", "seconds"))
    train, initial, tested = kind == "train", kind == "initial", kind == "offline_test"
    online = train & (np.asarray(events["reason"], dtype=object) == ONLINE)
    accepted = np.asarray(events["accepted"][tested], dtype=bool)
    return {
        "n": int(n.sum()),
        "answered": int(answered.sum()),
        "errors": errors,
        "loss": float(loss.sum()),
        "retrainings": int((train & ~online).sum()),
        "failed": int((kind == "train_failed").sum()),
        "rejected": int((~accepted).sum()),
        "superseded": int((kind == "superseded").sum()),
        "deployments": int((kind == "deploy").sum()),
        "rows_trained": int(rows[train].sum()),
        "updates": int(rows[online].sum()),
        "labels": int(labels[kind == "label"].sum()),
        "alarms": int((kind == "alarm").sum()),
        "initial_rows": int(rows[initial].sum()),
        "initial_seconds": float(seconds[initial].sum()),
        "train_seconds": float(np.nansum(seconds[train])),
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
