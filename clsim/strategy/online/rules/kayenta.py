"""The rule of Netflix's canaries."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.statistics.arms import Arm, Tally
from clsim.statistics.intervals import Interval, check_level
from clsim.statistics.shifts import classify, hodges_lehmann
from clsim.statistics.ties import settled
from clsim.strategy.online.rules.rule import Found, Rule


class Kayenta(Rule):
    """By ranks of the mean losses of ticks, as Netflix's automated canary analysis has it.

    Each arm is the series of mean losses of the labels that came in each tick; the interval of
    Hodges and Lehmann for the shift between them is held against a bar, the tolerance times the
    size of the shift (`clsim.statistics.shifts.classify`). The challenger is worse where its losses
    are 'High', and better where they are 'Low'.

    Parameters
    ----------
    level : float, default=0.98
        Of the interval.
    tolerance : float, default=0.25
        At least 0.

    Notes
    -----
    It looks once, at the end of the trial or of a step. It claims no bound: ticks with few labels
    count as much as those with many, and series of ticks drift together, which makes its errors
    rarer or more frequent than 1 - level. It needs at least four ticks with labels of each arm to
    find anything at .98.

    Examples
    --------
    >>> from clsim.strategy.online import ABTest
    >>> trial = ABTest("14d", rule=Kayenta())

    In each of six ticks the challenger loses half as much as the champion:

    >>> from clsim.statistics.arms import split
    >>> champion = np.array([0.50, 0.54, 0.52, 0.56, 0.51, 0.55])
    >>> losses, its = np.column_stack([champion, champion / 2]).ravel(), np.tile([False, True], 6)
    >>> Kayenta().found(split(losses, its, np.arange(2, 13, 2))).says.tolist()
    [1]
    """

    at_end = True

    def __init__(self, level: float = 0.98, tolerance: float = 0.25) -> None:
        check_level(level)
        check_number("tolerance", tolerance, low=0)
        self.level, self.tolerance = level, tolerance

    def look_at(self, counts: np.ndarray) -> np.ndarray:
        return counts

    def found(self, tally: Tally) -> Found:
        old, new = _by_tick(tally.champion), _by_tick(tally.challenger)
        shape = new.shape[:-1]
        series = (each.reshape(-1, each.shape[-1]) for each in (new, old))
        found = [self._one(*pair) for pair in zip(*series, strict=True)]
        says, low, high = (np.array(each).reshape(*shape, 1) for each in zip(*found, strict=True))
        return Found(says, low, high)

    def _one(self, new: np.ndarray, old: np.ndarray) -> tuple[int, float, float]:
        shift = Interval(np.nan, np.nan, np.nan)
        new, old = new[~np.isnan(new)], old[~np.isnan(old)]
        if len(new) and len(old):
            shift = hodges_lehmann(new, old, self.level)
        word = classify(shift, self.tolerance)
        return {"Low": 1, "High": -1}.get(word, 0), shift.low, shift.high


def _by_tick(arm: Arm) -> np.ndarray:
    """The mean of the losses that came between looks; NaN where none did."""
    rows = np.diff(arm.rows, axis=-1, prepend=0)
    total = settled(np.diff(arm.total, axis=-1, prepend=0.0), arm.total)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(rows > 0, total / rows, np.nan))
