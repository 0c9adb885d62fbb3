"""Opportunity cost: what one strategy loses against another on the same events.

OC(A|B) is the sum over ticks j of l_A(j) - l_B(j), with l the served loss. It is signed (positive
where A is worse), antisymmetric and additive: OC(A|C) = OC(A|B) + OC(B|C).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    return _same(_all(ticks_a), _all(ticks_b))


def _same(a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]) -> bool:
    return all(np.array_equal(a[name], b[name]) for name in ("tick", "start", "n"))


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
    a, b = _beside(ticks_a, ticks_b)
    loss_a, loss_b, n = a["loss"], b["loss"], a["n"]
    return pd.DataFrame(
        {
            "tick": a["tick"],
            "start": a["start"],
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

    Returns
    -------
    OpportunityCost
        In units of the loss: ``total`` (what A lost more than B), ``positive`` (of that the ticks
        alone in which A lost more), ``per_event``, ``per_day`` (None without time), ``events`` and
        ``days``.

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
    a, b = _beside(ticks_a, ticks_b)
    difference = a["loss"] - b["loss"]
    return OpportunityCost(
        total=float(difference.sum()),
        positive=float(difference[difference > 0].sum()),
        events=int(a["n"].sum()),
        days=_days(a),
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


def _beside(ticks_a: pd.DataFrame, ticks_b: pd.DataFrame) -> tuple[dict[str, np.ndarray], ...]:
    """The ticks of two runs over the same events."""
    a, b = _all(ticks_a), _all(ticks_b)
    if not _same(a, b):
        raise ValueError(
            "opportunity cost: the two runs did not serve the same events (tick, start or n "
            "differ); compare runs of one stream, tick, warm-up and seed"
        )
    return a, b


def _all(ticks: pd.DataFrame) -> dict[str, np.ndarray]:
    """The columns that are read, of all events."""
    whole = (ticks["slice"] == "all").to_numpy(dtype=bool)
    columns = {name: ticks[name].to_numpy()[whole] for name in ("tick", "start", "end", "n")}
    return {**columns, "loss": ticks["loss"].to_numpy(float)[whole]}


def _days(ticks: Mapping[str, np.ndarray]) -> float | None:
    length = ticks["end"][-1] - ticks["start"][0]
    return float(length / np.timedelta64(1, "D")) if isinstance(length, np.timedelta64) else None
