"""Which of the versions of a table really served each tick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import unknown
from clsim.hindsight.given import Versions, flags, places, refuse
from clsim.hindsight.order import Order


def said_by_rows(
    frame: pd.DataFrame, versions: Versions, order: Order, j: np.ndarray, empty: np.ndarray,
    busy: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """The version that served each tick, by the column ``served``.

    Parameters
    ----------
    frame : pandas.DataFrame
    versions : Versions
    order : Order
    j : numpy.ndarray of int64
        The tick of each row.
    empty : numpy.ndarray of bool
        Rows that score nothing.
    busy : numpy.ndarray of bool
        Ticks that have events; in another the version before goes on.

    Returns
    -------
    numpy.ndarray of shape (T,), int64

    Raises
    ------
    ValueError
        If rows of one version and tick say different things, two versions served one tick, or none
        did.
    """
    says = flags(frame, "served", empty) & ~empty
    rows = pd.DataFrame({"tick": j, "version": versions.code, "says": says})[~empty]
    first = rows.groupby(["tick", "version"])["says"].transform("first")
    if (rows["says"] != first).any():
        where = np.zeros(len(frame), bool)
        where[~empty] = (rows["says"] != first).to_numpy()
        refuse(frame, "served", where, "other rows of the same version and tick say otherwise")
    served = np.full(len(order.starts), -1)
    pairs = rows[rows["says"]].drop_duplicates(["tick", "version"])
    for row, tick, version in zip(pairs.index, pairs["tick"], pairs["version"], strict=True):
        if served[tick] not in (-1, version):
            where = np.arange(len(frame)) == row
            other = versions.names[served[tick]]
            need = f"tick {order.said(tick)} was served by version {other!r}, by another row"
            refuse(frame, "served", where, need)
        served[tick] = version
    nobody = (served < 0) & busy
    if nobody.any():
        raise ValueError(
            f"column 'served': no version served tick {order.said(int(nobody.argmax()))}; say "
            "which did, or leave the column out"
        )
    last = np.maximum.accumulate(np.where(served >= 0, np.arange(len(served)), -1))
    return np.where(last < 0, order.first, served[np.maximum(last, 0)])


def said_by_mapping(given: Mapping[Any, Any], versions: Versions, order: Order) -> np.ndarray:
    """The version that served each tick, by when each began to serve.

    Each serves from the first tick that starts then or later.

    Raises
    ------
    TypeError, ValueError
        For what is no mapping, a version that is unknown, or a first tick that nobody served.
    """
    if not isinstance(given, Mapping) or not given:
        raise TypeError(
            f"served={given!r}: give a mapping from when each version began to serve to its name, "
            "such as {'2024-01-01': 'a'}"
        )
    frame = pd.DataFrame({"served": [*given]})
    at, timed = places(frame, ["served"], np.zeros(len(frame), bool))
    if timed != order.timed:
        kinds = ("times", "numbers") if order.timed else ("numbers", "times")
        raise ValueError(f"served: ticks are {kinds[0]}, and its keys {kinds[1]}")
    from_tick = np.searchsorted(order.starts, at["served"], "left")
    served = np.full(len(order.starts), -1)
    for place in np.argsort(at["served"], kind="stable").tolist():
        name = str([*given.values()][place])
        if name not in versions.names:
            raise ValueError(f"served: {unknown('version', name, versions.names)}")
        served[from_tick[place] :] = versions.names.index(name)
    if served[0] < 0:
        raise ValueError(
            f"served: says of no version that it served the first tick ({order.said(0)}); say "
            "which did"
        )
    return served


def rows_served(
    served: np.ndarray, loss: np.ndarray, versions: Versions, order: Order
) -> list[int]:
    """The row of the table that served each tick.

    Raises
    ------
    ValueError
        For a version that is not in the table, or could not serve the tick.
    """
    row_of = {version: row for row, version in enumerate(order.kept)}
    found = []
    for tick, version in enumerate(served.tolist()):
        row = row_of.get(version)
        if row is None or not np.isfinite(loss[row, tick]):
            raise ValueError(
                f"served: version {versions.names[version]!r} is said to have served tick "
                f"{order.said(tick)}, and by 'trained_at', 'ready_at' and largest_age it could not"
            )
        found.append(row)
    return found
