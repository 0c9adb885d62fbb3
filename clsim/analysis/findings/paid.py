"""What the total cost of a run is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import costed
from clsim.analysis.findings.case import Case, once
from clsim.runs.ledger import PAID, units_of

LOSSES = {
    "zero_one": "wrong predictions",
    "log": "log loss (nats)",
    "absolute": "absolute error",
    "squared": "squared error",
    "matrix": "cost of errors",
    "amount": "money lost to errors",
}
"""What a unit of each loss is called."""


@dataclass(frozen=True)
class Term:
    """A price, and what it is paid for.

    Attributes
    ----------
    key : str
        The price's name.
    label : str
        What is paid for, as ``'retrainings'``.
    unit : str
        What one price is for, as ``'retraining'``.
    price : float
    counts : pandas.Series
        Quantity of each row of the case's table.
    fixed : bool, default=False
        Whether the price is none that a reader would move.
    """

    key: str
    label: str
    unit: str
    price: float
    counts: pd.Series
    fixed: bool = False


def terms(case: Case) -> list[Term]:
    """The total cost of a run as a sum of prices times quantities, errors first.

    A matrix of prices of errors gives a term for each cell off its diagonal, and for the cells
    on it that cost something. Events kept and their bytes are no term where all are kept, and
    no profiles, at no price, and alarms and reviews none where nobody looked at any: then they
    neither cost anything nor tell strategies apart.
    """
    prices, table = case.prices, case.table
    loss = LOSSES.get(case.first(case.reference).info.loss, "loss")
    if not prices.by_class:
        units = {"wrong predictions": "wrong prediction", "money lost to errors": "unit of money"}
        unit = units.get(loss, "unit of loss")
        summands = [Term("error", loss, unit, float(prices.error), table["loss"])]
    else:
        summands = _cells(case)
    no_profiles = bool((table["profiles"] == 0).all())
    plain = no_profiles and bool((table["logged"] == table["n"]).all())
    idle = {"logged": plain, "megabyte": plain, "profile": no_profiles,
            "alarm": bool((table["looked_at"] == 0).all()),
            "review": bool((table["reviews"] == 0).all())}  # fmt: skip
    for key, quantity in units_of(table, prices).items():
        price = float(getattr(prices, key))
        if price == 0 and idle.get(key, False):
            continue
        label, unit = PAID.get(key, (key, key))
        if key == "waiting" and not case.timed:
            label, unit = "rows of waiting for labels", "label and row of waiting"
        summands.append(Term(key, label, unit, price, table[quantity]))
    return summands


def _cells(case: Case) -> list[Term]:
    costs = np.asarray(case.prices.error, dtype=float)
    classes = case.first(case.reference).info.classes
    cells = []
    for i, j in np.ndindex(*costs.shape):
        if i == j and costs[i, j] == 0:
            continue
        cell = np.zeros_like(costs)
        cell[i, j] = 1.0
        unit = replace(case.prices, error=cell.tolist())
        counts = costed(case.setting, unit)["error_cost"]
        called = f"{classes[i]} taken for {classes[j]}"
        cells.append(
            Term(f"error[{i}][{j}]", called, called, float(costs[i, j]), counts, fixed=i == j)
        )
    return cells


@once
def cost_parts(case: Case) -> pd.DataFrame:
    """What is paid for by each strategy, mean over seeds, cheapest strategy first.

    Returns
    -------
    pandas.DataFrame
        strategy, paid_for, unit (what one price is for), price (money), quantity, cost (money).
    """
    names, rows = case.table["strategy"], []
    for term in terms(case):
        quantity = term.counts.groupby(names).mean()
        for strategy in case.order:
            rows.append((strategy, term.label, term.unit, term.price, quantity[strategy]))
    table = pd.DataFrame(rows, columns=["strategy", "paid_for", "unit", "price", "quantity"])
    rank = table["strategy"].map({name: k for k, name in enumerate(case.order)})
    table = table.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)
    return table.assign(cost=table["price"] * table["quantity"])
