"""Opportunity cost: what one strategy loses against another on the same events.

OC(A|B) is the sum over ticks j of l_A(j) - l_B(j), with l the served loss. It is signed (positive
where A is worse), antisymmetric and additive: OC(A|C) = OC(A|B) + OC(B|C).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class OpportunityCost:
    """Opportunity cost of a run against another.

    Attributes
    ----------
    total : float
        In units of the declared loss; above 0: the first run is worse.
    positive : float
        Sum of the positive parts: what was lost in the ticks where the first run is worse.
    events : int
        Number of events served.
    days : float or None
        Length of the replay; None where the stream has no time.
    """

    total: float
    positive: float
    events: int
    days: float | None

    @property
    def per_event(self) -> float:
        """Units of loss per event."""
        return self.total / self.events if self.events else float("nan")

    @property
    def per_day(self) -> float | None:
        """Units of loss per day; None where the stream has no time."""
        return self.total / self.days if self.days else None


def same_events(ticks_a: pd.DataFrame, ticks_b: pd.DataFrame) -> bool:
    """Whether two runs served the same events: equal ticks, starts, and numbers of events."""
    a, b = _all(ticks_a), _all(ticks_b)
    return len(a) == len(b) and all(
        np.array_equal(a[name].to_numpy(), b[name].to_numpy()) for name in ("tick", "start", "n")
    )


def curve(ticks_a: pd.DataFrame, ticks_b: pd.DataFrame) -> pd.DataFrame:
    """Tick by tick, what A loses against B.

    Parameters
    ----------
    ticks_a, ticks_b : pandas.DataFrame
        ``Run.ticks`` of two runs over the same events.

    Returns
    -------
    pandas.DataFrame
        One row per tick: tick, start, n, events (served up to the end of the tick), loss_a,
        loss_b, difference (summed over the tick's events), cumulative.

    Raises
    ------
    ValueError
        If the two runs did not serve the same events.
    """
    if not same_events(ticks_a, ticks_b):
        raise ValueError(
            "opportunity cost: the two runs did not serve the same events (tick, start or n "
            "differ); compare runs of one stream, tick, warm-up and seed"
        )
    a, b = _all(ticks_a), _all(ticks_b)
    loss_a, loss_b = a["loss"].to_numpy(float), b["loss"].to_numpy(float)
    n = a["n"].to_numpy()
    return pd.DataFrame(
        {
            "tick": a["tick"].to_numpy(),
            "start": a["start"].to_numpy(),
            "n": n,
            "events": np.cumsum(n),
            "loss_a": loss_a,
            "loss_b": loss_b,
            "difference": loss_a - loss_b,
            "cumulative": np.cumsum(loss_a - loss_b),
        }
    )


def opportunity_cost(ticks_a: pd.DataFrame, ticks_b: pd.DataFrame) -> OpportunityCost:
    """Opportunity cost OC(A|B) of a run A against a run B over the same events.

    Parameters
    ----------
    ticks_a, ticks_b : pandas.DataFrame
        ``Run.ticks`` of the two runs.

    Raises
    ------
    ValueError
        If the two runs did not serve the same events.

    Examples
    --------
    >>> import pandas as pd
    >>> def ticks(losses):
    ...     return pd.DataFrame({"tick": [0, 1], "start": [0, 10], "end": [10, 20], "n": [10, 10],
    ...                          "slice": "all", "loss": losses})
    >>> cost = opportunity_cost(ticks([5.0, 1.0]), ticks([2.0, 2.0]))
    >>> cost.total, cost.positive, cost.per_event
    (2.0, 3.0, 0.1)
    """
    per_tick = curve(ticks_a, ticks_b)
    difference = per_tick["difference"].to_numpy()
    return OpportunityCost(
        total=float(difference.sum()),
        positive=float(difference[difference > 0].sum()),
        events=int(per_tick["n"].sum()),
        days=_days(_all(ticks_a)),
    )


def mean_curve(
    pairs: Sequence[tuple[pd.DataFrame, pd.DataFrame]], per_bin: int = 1
) -> pd.DataFrame:
    """Loss per event of A and B, over bins of whole ticks, averaged over pairs of runs.

    The area between the two step curves over cumulative events is the mean of OC(A|B) over the
    pairs, whatever ``per_bin``; the areas above and below zero apart depend on it.

    Parameters
    ----------
    pairs : sequence of (ticks of A, ticks of B)
        One pair per seed; all with the same ticks.
    per_bin : int, default=1
        Number of ticks in a bin; the last bin may be shorter.

    Returns
    -------
    pandas.DataFrame
        One row per bin that has events: events_start and events_end (cumulative, mean over
        pairs), a and b (mean loss per event).
    """
    curves = [curve(a, b) for a, b in pairs]
    sums = [
        c.groupby(c["tick"].to_numpy() // per_bin)[["n", "loss_a", "loss_b"]].sum() for c in curves
    ]
    if any(not s.index.equals(sums[0].index) for s in sums):
        raise ValueError("opportunity cost: the pairs of runs have different ticks")
    mean = sum(sums[1:], sums[0]) / len(sums)
    mean = mean[mean["n"] > 0]
    ends = mean["n"].cumsum().to_numpy()
    return pd.DataFrame(
        {
            "events_start": ends - mean["n"].to_numpy(),
            "events_end": ends,
            "a": (mean["loss_a"] / mean["n"]).to_numpy(),
            "b": (mean["loss_b"] / mean["n"]).to_numpy(),
        }
    )


def _all(ticks: pd.DataFrame) -> pd.DataFrame:
    return ticks[ticks["slice"] == "all"]


def _days(ticks: pd.DataFrame) -> float | None:
    length = ticks["end"].iloc[-1] - ticks["start"].iloc[0]
    return length / pd.Timedelta(days=1) if isinstance(length, pd.Timedelta) else None
