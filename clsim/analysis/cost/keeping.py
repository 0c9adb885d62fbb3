"""What a strategy kept of what it served, which labels it got, and what they cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.ticks import ticks_of
from clsim.runs.ledger import BOUGHT, REVISION, Prices
from clsim.runs.run import Run

COUNTED = ["served", "kept", "natural", "bought", "ordered"]


def holdings(run: Run, prices: Prices | None = None) -> pd.DataFrame:
    """Events and labels up to each tick, apart from the warm-up's and what is known by its end.

    Parameters
    ----------
    run : Run
    prices : Prices or None, default=None
        None: what things cost is left out.

    Returns
    -------
    pandas.DataFrame
        One row per tick: tick, end (its clock), and up to then: served and kept (events), natural
        and bought (labels that came by themselves, and that came since they were ordered), ordered
        (labels). With prices also kept_cost, natural_cost and bought_cost, which is due when labels
        are ordered.

    Raises
    ------
    ValueError
        If the run has no ticks of all events.

    Examples
    --------
    In tick 1, eight labels came by themselves and five were ordered, at 2 each.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": [0, 1], "end": [10, 20], "slice": "all", "n": 10})
    >>> happened = pd.DataFrame({"tick": [1, 1], "kind": ["label", "buy"], "reason": None,
    ...                          "labels": [8, 5]})
    >>> run = Run({"ticks": ticks, "events": happened}, RunInfo())
    >>> found = holdings(run, Prices(bought=2))
    >>> found[["end", "served", "natural", "ordered", "bought_cost"]].values.tolist()
    [[10, 10, 0, 0, 0], [20, 20, 8, 5, 10]]
    """
    ticks, events = ticks_of(run), run.events
    kept = "logged" if "logged" in ticks else "n"
    label = events["kind"] == "label"
    reason = events["reason"]
    counts = {
        "served": ticks["n"].to_numpy(np.int64),
        "kept": ticks[kept].to_numpy(np.int64),
        "natural": _by_tick(events[label & ~reason.isin([BOUGHT, REVISION])], len(ticks)),
        "bought": _by_tick(events[label & (reason == BOUGHT)], len(ticks)),
        "ordered": _by_tick(events[events["kind"] == "buy"], len(ticks)),
    }
    frame = pd.DataFrame({"tick": ticks["tick"].to_numpy(), "end": ticks["end"].to_numpy()})
    frame = frame.assign(**{name: np.cumsum(count) for name, count in counts.items()})
    if prices is None:
        return frame
    paid = {"kept": ("kept", prices.logged), "natural": ("natural", prices.label),
            "bought": ("ordered", prices.bought)}  # fmt: skip
    return frame.assign(**{f"{k}_cost": price * frame[of] for k, (of, price) in paid.items()})


def _by_tick(events: pd.DataFrame, ticks: int) -> np.ndarray:
    """Labels of some events in each tick."""
    events = events[events["tick"].between(0, ticks - 1)]
    return np.bincount(
        events["tick"].to_numpy(np.int64), events["labels"].to_numpy(float), ticks
    ).astype(np.int64)
