"""An interval that holds at all times at once."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_flag, check_number
from clsim.statistics.arms import Arm, Tally
from clsim.statistics.intervals import check_level
from clsim.statistics.sequences import Band, apart, half_width
from clsim.strategy.online.rules.rule import Found, Rule, by_interval


class ConfidenceSequence(Rule):
    """The difference is shown as soon as a confidence sequence of it leaves out 0.

    The asymptotic sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Annals of
    Statistics, 2024).

    Parameters
    ----------
    rows : int
        Number of labels, of both models together, at which it is to be tightest. It holds at any.
    alpha : float, default=0.05
        The chance that it ever leaves out the difference, however often somebody looks.
    by_arm : bool, default=True
        Where each model has rows of its own: whether each has a sequence of its own at alpha / 2,
        and the difference is bounded by both. It is wider than one of the difference (False), and
        holds where outcomes come late: in no order of events is the error of the difference then a
        martingale, while that of each arm is (Lindon and Kallus, arXiv 2603.25971, 2026). Where
        both answered the same rows it says nothing.

    Notes
    -----
    It waits for nothing, and may be looked at in every tick. Variances are estimated, so it needs a
    first look at some number of labels (``min_labels``). Labels may come late, and as late as they
    like in either arm, as long as they are a fair sample of it: if wrong answers are known sooner,
    each arm's mean is that of what is known so far, and so is the difference. With units that come
    again and again it is an approximation, since a user's later rows change what was counted.

    Examples
    --------
    >>> from clsim.strategy.online import ABTest
    >>> trial = ABTest("14d", rule=ConfidenceSequence(rows=500))

    In turns, the champion is wrong on every second row of its own and the challenger on none. After
    each is shown often enough, it stays so:

    >>> from clsim.statistics.arms import split
    >>> losses, its = np.tile([1.0, 0.0, 0.0, 0.0], 100), np.tile([False, True], 200)
    >>> rule = ConfidenceSequence(rows=400)
    >>> rule.found(split(losses, its, [20, 400])).says.tolist()
    [0, 1]
    """

    def __init__(self, rows: int, alpha: float = 0.05, by_arm: bool = True) -> None:
        check_number("rows", rows, whole=True, low=2)
        check_level(alpha, "alpha")
        check_flag("by_arm", by_arm)
        self.rows, self.alpha, self.by_arm = rows, alpha, by_arm

    def found(self, tally: Tally) -> Found:
        if tally.paired is None and self.by_arm:
            one = self._band(tally.champion, self.rows * (1 - tally.share))
            two = self._band(tally.challenger, self.rows * tally.share)
            band = apart(one, two)
            return by_interval(band.low, band.high)
        with np.errstate(invalid="ignore"):
            variance = tally.units * tally.error2
        half = half_width(tally.units, variance, self.rows, self.alpha)
        return by_interval(tally.difference - half, tally.difference + half)

    def _band(self, arm: Arm, tuned_for: float) -> Band:
        with np.errstate(invalid="ignore"):
            variance = arm.units * arm.error2
        half = half_width(arm.units, variance, tuned_for, self.alpha / 2)
        return Band(arm.mean, arm.mean - half, arm.mean + half)
