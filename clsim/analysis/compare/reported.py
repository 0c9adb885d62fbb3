"""Metrics that were reported beside the loss, strategy by strategy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval, within

SHARES = (
    "accuracy", "balanced_accuracy", "f1", "precision", "recall", "auc", "average_precision",
    "calibration_error",
)  # fmt: skip
"""Metrics that lie between 0 and 1."""

SIZES = ("log_loss", "brier", "rmse", "mae", "mape")
"""Metrics that are not below 0."""


def metric_values(setting: Setting) -> pd.DataFrame:
    """What metrics are over the whole of each run of a setting.

    Parameters
    ----------
    setting : Setting
        Its runs' ``metrics`` are read, of the whole of each run, for all slices.

    Returns
    -------
    pandas.DataFrame
        strategy, seed, slice, metric, value, n (events that it was computed from), reason (why
        there is no value). Empty where nobody asked for metrics.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> told = pd.DataFrame({"tick": [0, None], "slice": "all", "metric": "auc",
    ...                      "value": [0.6, 0.8], "n": [10, 100], "reason": None})
    >>> setting = Setting("", {}, {"weekly": {1: Run({"metrics": told}, RunInfo())}})
    >>> metric_values(setting)[["strategy", "seed", "metric", "value", "n"]].values.tolist()
    [['weekly', 1, 'auc', 0.8, 100]]
    """
    parts = []
    for name, by_seed in setting.runs.items():
        for seed, run in by_seed.items():
            if run.metrics is not None:
                whole = run.metrics[run.metrics["tick"].isna()]
                parts.append(whole.assign(strategy=name, seed=seed))
    columns = ["strategy", "seed", "slice", "metric", "value", "n", "reason"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


def metric_means(values: pd.DataFrame, of: str = "all") -> pd.DataFrame:
    """Means over seeds, with 95% intervals, of what `metric_values` gives.

    Intervals are those of `mean_interval`, without what is impossible.

    Parameters
    ----------
    values : pandas.DataFrame
    of : str, default='all'
        A slice.

    Returns
    -------
    pandas.DataFrame
        strategy, metric, mean, low, high, seeds (those with a value).

    Examples
    --------
    >>> values = pd.DataFrame({"strategy": "weekly", "slice": "all", "metric": "auc",
    ...                        "value": [0.7, 0.8, 0.9]})
    >>> metric_means(values).round(2)
      strategy metric  mean   low  high  seeds
    0   weekly    auc   0.8  0.55   1.0      3
    """
    rows = []
    some = values[values["slice"] == of]
    for (strategy, metric), group in some.groupby(["strategy", "metric"], sort=False):
        there = group["value"].dropna()
        low, high = 0.0 if metric in (*SHARES, *SIZES) else -np.inf, np.inf
        interval = within(mean_interval(there), low, 1.0 if metric in SHARES else high)
        rows.append({"strategy": strategy, "metric": metric, **interval._asdict(),
                     "seeds": len(there)})  # fmt: skip
    return pd.DataFrame(rows, columns=["strategy", "metric", "mean", "low", "high", "seeds"])


def metric_over_time(runs: Mapping[int, Run], metric: str, per_bin: int = 1) -> pd.Series:
    """A metric over bins of ticks: the mean of the values of those ticks that have one.

    Parameters
    ----------
    runs : mapping of int to Run
        One strategy's runs by seed; the mean is over them, too.
    metric : str
    per_bin : int, default=1
        Number of ticks in a bin.

    Returns
    -------
    pandas.Series
        Index: the first tick of each bin. NaN where no tick of a bin has a value.

    Raises
    ------
    ValueError
        If no run has metrics.

    Examples
    --------
    The mean of the values of ticks 0 and 1, and that of tick 2 alone.

    >>> from clsim.runs.info import RunInfo
    >>> told = pd.DataFrame({"tick": [0, 1, 2, None], "slice": "all", "metric": "auc",
    ...                      "value": [0.5, 0.75, 1.0, 0.8]})
    >>> metric_over_time({1: Run({"metrics": told}, RunInfo())}, "auc", per_bin=2).to_dict()
    {0: 0.625, 2: 1.0}
    """
    curves = []
    for run in runs.values():
        if run.metrics is None:
            continue
        rows = run.metrics[(run.metrics["slice"] == "all") & (run.metrics["metric"] == metric)]
        rows = rows[rows["tick"].notna()]
        bins = rows["tick"].astype(int) // per_bin * per_bin
        curves.append(rows["value"].groupby(bins).mean())
    return pd.concat(curves, axis=1).mean(axis=1)
