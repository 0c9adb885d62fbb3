"""How late labels are, with those that have not come yet."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

DAY = 86_400e6


@dataclass(frozen=True)
class Delays:
    """When labels came.

    A label that has not come by the end of the log is censored: it may come later.

    Attributes
    ----------
    curve : pandas.DataFrame
        delay (days, ascending), known (share of labels known by then: one minus the estimate of
        Kaplan & Meier, 1958), low, high (95 % interval, by Greenwood's formula), at_risk.
    came, open : int
        Labels with a time, and those without one by the end.
    end : float
        The last moment of the log, in microseconds since 1970.
    naive_median : float
        Median of the delays that are there, in days: too short where many are still to come.
    """

    curve: pd.DataFrame
    came: int
    open: int
    end: float
    naive_median: float

    def quantile(self, share: float) -> float:
        """Days by which this share of all labels is known; NaN if that was never seen."""
        reached = self.curve["known"].to_numpy() >= share - 1e-12
        return (
            float(self.curve["delay"].to_numpy()[reached.argmax()]) if reached.any() else math.nan
        )

    @property
    def known_at_last(self) -> float:
        """Share of labels known at the longest delay that was seen."""
        return float(self.curve["known"].iloc[-1])


def delays_of(time: np.ndarray, known: np.ndarray) -> Delays | None:
    """The distribution of delays by the product-limit estimator.

    Parameters
    ----------
    time : numpy.ndarray of shape (n,)
        Moments of the events, in microseconds.
    known : numpy.ndarray of shape (n,)
        Moments at which the labels were known; NaN where they have not come.

    Returns
    -------
    Delays or None
        None if no label has a time.

    References
    ----------
    Kaplan & Meier (1958), Nonparametric estimation from incomplete observations, by
    `scipy.stats.ecdf`.
    """
    from scipy.stats import CensoredData, ecdf

    there = ~np.isnan(known)
    if not there.any():
        return None
    end = float(max(np.nanmax(known), time.max()))
    late = (known[there] - time[there]) / DAY
    waited = (end - time[~there]) / DAY
    # a survivor is seen to have none up to its age, so censoring comes after an event of that age
    found = ecdf(CensoredData(uncensored=late, right=waited)).sf
    steps = np.unique(late)
    low, high = _interval(found, steps)
    every = np.sort(np.concatenate([late, waited]))
    at_risk = len(every) - np.searchsorted(every, steps, "left")
    curve = pd.DataFrame(
        {"delay": steps, "known": 1 - found.evaluate(steps), "low": low, "high": high,
         "at_risk": at_risk}
    )  # fmt: skip
    return Delays(curve, len(late), len(waited), end, float(np.median(late)))


def _interval(found: object, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the share that is known; NaN where the estimate has none."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at the ends, where the variance is not defined
        bounds = found.confidence_interval(method="log-log")  # type: ignore[attr-defined]
    return 1 - bounds.high.evaluate(steps), 1 - bounds.low.evaluate(steps)
