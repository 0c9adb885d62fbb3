"""What made an alarm, from what the strategy itself had measured and seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.rise import taken_apart
from clsim.analysis.behaviour.ticks import ticks_of
from clsim.errors import check_number, unknown
from clsim.runs.run import Run

NO_SLICE = "none"
"""What events are called that are in no slice of a column."""


def drill_down(run: Run, signal: str, tick: int) -> pd.DataFrame:
    """Which features, classes and slices of a signal moved in a tick.

    From the recorded signals alone, so that a run that was read from disk gives the same.

    Parameters
    ----------
    run : Run
    signal : str
        The name of a monitor.
    tick : int

    Returns
    -------
    pandas.DataFrame
        One row per value of the signal in the tick, those that moved most first: rank (from 1), of
        (a feature or class; missing: all together), slice, value, reference (the median of the
        values in earlier ticks, whoever served; NaN if there is none), moved (value
        less reference), share (of how far all features, or classes, of the same slice moved
        together; NaN for one alone), alarm (whether a rule fired on it).

    Raises
    ------
    ValueError
        If the run has no such signal, or no such tick.

    See Also
    --------
    clsim.analysis.cells_behind : Which bins or categories of a feature made a distance.
    loss_by_slice : Which slices made the observed loss rise.
    clsim.analysis.loss_by_class : Which classes did.
    clsim.analysis.rows_behind : Which rows did.

    Examples
    --------
    In tick 2, feature ``a`` lies 0.6 above its usual 0.2 and ``b`` 0.2 below its usual 0.3, so
    three quarters of what moved is ``a``.

    >>> from clsim.runs.info import RunInfo
    >>> values = {"tick": [0, 0, 1, 1, 2, 2], "signal": "psi", "of": ["a", "b"] * 3, "slice": "all",
    ...           "value": [0.1, 0.3, 0.3, 0.3, 0.8, 0.1], "alarm": [False] * 4 + [True, False]}
    >>> ticks = pd.DataFrame({"tick": range(3), "slice": "all"})
    >>> run = Run({"ticks": ticks, "signals": pd.DataFrame(values)}, RunInfo())
    >>> found = drill_down(run, "psi", tick=2)
    >>> found[["of", "value", "reference", "moved", "share", "alarm"]]
      of  value  reference  moved  share  alarm
    0  a    0.8        0.2    0.6   0.75   True
    1  b    0.1        0.3   -0.2   0.25  False
    """
    if run.signals is None:
        raise ValueError("the run has no signals; give the strategy monitors")
    check_number("tick", tick, whole=True, low=0, high=len(ticks_of(run)) - 1)
    rows = run.signals[run.signals["signal"] == signal]
    if rows.empty:
        raise ValueError(unknown("signal", signal, run.signals["signal"].unique()))
    now = rows[rows["tick"] == tick]
    before = rows[rows["tick"] < tick]
    by = ["of", "slice"]
    usual = before.groupby(by, dropna=False)["value"].median().rename("reference").reset_index()
    found = now[[*by, "value", "alarm"]].merge(usual, how="left", on=by)
    found["moved"] = found["value"] - found["reference"]
    far = found["moved"].abs()
    of_many = found["of"].notna()
    total = far.where(of_many).groupby(found["slice"]).transform("sum")
    lines = of_many.groupby(found["slice"]).transform("sum")
    found["share"] = (far / total).where(of_many & (lines > 1) & (total > 0))
    found = found.iloc[np.argsort(-far.fillna(-1.0).to_numpy(float), kind="stable")]
    found.insert(0, "rank", np.arange(1, len(found) + 1))
    columns = ["rank", *by, "value", "reference", "moved", "share", "alarm"]
    return found[columns].reset_index(drop=True)


def loss_by_slice(run: Run, tick: int, ticks: int = 7) -> pd.DataFrame:
    """Which slices made the observed loss rise, or fall, up to a tick.

    The losses whose labels arrived in the last ticks, against those of as many ticks before. The
    mean loss changes because slices of a column got worse, and because those became more frequent
    that lose more; the two parts add up exactly (Kitagawa, Journal of the American Statistical
    Association 1955).

    Parameters
    ----------
    run : Run
    tick : int
        The last one; the labels that arrived at its start count.
    ticks : int, default=7
        Number of ticks on each side.

    Returns
    -------
    pandas.DataFrame
        One row per slice, and one called 'none' for events in no slice of its column, if there are
        any: column, slice, reference_n, n (labels before, and in the last ticks), reference_loss,
        loss (their mean losses; NaN without labels), worse, more_frequent (the two parts),
        contribution (their sum, which adds up to the change of the mean loss over each column), and
        share (of that change; NaN if there is none). By column, the largest contribution first.

    Raises
    ------
    ValueError
        If there are no slices, not so many ticks, or no labels on a side.

    Examples
    --------
    Young customers are as many as before and lose 0.4 instead of 0.2; the mean loss rises by half
    of that.

    >>> from clsim.runs.info import RunInfo
    >>> names = ["all", "age=young", "age=old"]
    >>> observed = {1: [(20, 0.85), (10, 0.8), (10, 0.9)], 2: [(20, 0.75), (10, 0.6), (10, 0.9)]}
    >>> rows = [(tick, name, n, score) for tick, pairs in observed.items()
    ...         for name, (n, score) in zip(names, pairs)]
    >>> rows = [(0, name, 0, None) for name in names] + rows
    >>> ticks = pd.DataFrame(rows, columns=["tick", "slice", "observed_n", "observed_score"])
    >>> found = loss_by_slice(Run({"ticks": ticks}, RunInfo()), tick=2, ticks=1)
    >>> found[["slice", "reference_loss", "loss", "worse", "contribution"]].round(2)
           slice  reference_loss  loss  worse  contribution
    0  age=young             0.2   0.4    0.1           0.1
    1    age=old             0.1   0.1    0.0           0.0
    """
    check_number("ticks", ticks, whole=True, low=1)
    every = ticks_of(run)
    check_number("tick", tick, whole=True, low=2 * ticks - 1, high=len(every) - 1)
    names = [str(name) for name in run.ticks["slice"].unique() if name != "all"]
    if not names:
        raise ValueError("the stream has no slices; name slice columns in it")
    last, before = (tick - ticks, tick), (tick - 2 * ticks, tick - ticks)
    sides = [_observed(run, *side) for side in (before, last)]
    if any(side["all"][0] == 0 for side in sides):
        raise ValueError(f"tick={tick}: no labels arrived on one side; give more ticks")
    columns = dict.fromkeys(name.partition("=")[0] for name in names)
    return pd.concat(
        [_parts(column, [n for n in names if n.partition("=")[0] == column], sides)
         for column in columns], ignore_index=True,
    )  # fmt: skip


Side = dict[str, tuple[float, float]]
"""Number of labels, and the sum of their losses, of each slice and of all."""


def _observed(run: Run, after: int, until: int) -> Side:
    """Of the labels that arrived in the ticks after one and up to another."""
    rows = run.ticks[run.ticks["tick"].between(after + 1, until)]
    n, score = rows["observed_n"].to_numpy(float), rows["observed_score"].to_numpy(float)
    mean = 1.0 - score if run.info.loss == "zero_one" else -score
    lost = np.where(n > 0, n * mean, 0.0)
    codes, names = pd.factorize(rows["slice"].astype(str))
    sums = zip(np.bincount(codes, n).tolist(), np.bincount(codes, lost).tolist(), strict=True)
    return dict(zip(names, sums, strict=True))


def _parts(column: str, names: list[str], sides: list[Side]) -> pd.DataFrame:
    """What each slice of one column contributes."""
    sums = []
    for side in sides:
        own, whole = np.array([side[name] for name in names]), np.array(side["all"])
        sums.append(np.vstack([own, whole - own.sum(axis=0)]).T)
    counts, lost = np.swapaxes(sums, 0, 1)
    found = taken_apart(counts, lost)
    found.insert(0, "slice", [*names, NO_SLICE])
    found.insert(0, "column", column)
    found = found[(found["reference_n"] > 0) | (found["n"] > 0)]
    return found.sort_values("contribution", ascending=False, kind="stable")
