"""One look, when the time is over."""

from __future__ import annotations

import numpy as np

from clsim.statistics.arms import Arm, Tally
from clsim.statistics.intervals import check_level
from clsim.statistics.paired import mcnemar
from clsim.statistics.proportions import two_proportions
from clsim.statistics.ties import settled
from clsim.strategy.online.rules.rule import Found, Rule


class AtTheEnd(Rule):
    """One look at the planned end: the difference is shown if its p-value is at most alpha.

    By two proportions where losses are 0 or 1 and rows are independent, by Welch's t otherwise
    (Biometrika, 1947); where both models answered the same rows by Student's t, and by the sign
    test (exact) where only who wins a row counts. All are two-sided.

    Parameters
    ----------
    alpha : float, default=0.05
        The chance to find a difference where there is none; half of it on either side.

    Notes
    -----
    It waits for the end of the trial, and counts the labels that are there by then. The error
    holds for one look, at a time that was fixed before, and if the rows whose labels came are a
    fair sample of each arm. If wrong answers are known sooner than right ones, or the other way
    round, and both arms have the same delays, then a difference between the arms remains one of
    what is known so far: ``mature`` rows mend this.

    Examples
    --------
    >>> from clsim.strategy.online import ABTest
    >>> trial = ABTest("14d", rule=AtTheEnd(alpha=0.01))

    Of 200 rows each, the champion was wrong on a half and the challenger on a quarter:

    >>> from clsim.statistics.arms import split
    >>> losses = np.concatenate([np.tile([1.0, 0.0], 100), np.tile([1.0, 0.0, 0.0, 0.0], 50)])
    >>> found = AtTheEnd().found(split(losses, np.arange(400) >= 200, [400]))
    >>> found.says.tolist(), found.low.round(2).tolist(), found.high.round(2).tolist()
    ([1], [-0.34], [-0.16])
    """

    at_end = True

    def __init__(self, alpha: float = 0.05) -> None:
        check_level(alpha, "alpha")
        self.alpha = alpha

    def found(self, tally: Tally) -> Found:
        if tally.coin and tally.apart:
            return self._by_sign(tally)
        half = _quantile(_freedom(tally), self.alpha) * np.sqrt(tally.error2)
        low, high = tally.difference - half, tally.difference + half
        if tally.paired is not None or not tally.hits:
            known = tally.error2 > 0
            says = np.where(high < 0, 1, np.where(low > 0, -1, 0))
            return Found(np.where(known, says, 0), low, high)
        old, new = tally.champion, tally.challenger
        p = _p_of_two(old.total, old.rows, new.total, new.rows)
        sign = -np.sign(np.nan_to_num(tally.difference)).astype(int)
        return Found(np.where(p <= self.alpha, sign, 0), low, high)

    def _by_sign(self, tally: Tally) -> Found:
        from scipy.special import betaincinv

        assert tally.paired is not None
        count = np.asarray(tally.paired.rows)
        won = np.rint((count - tally.paired.total) / 2)
        p = _p_of_signs(won, count - won)
        shown = settled(p - self.alpha, self.alpha) <= 0  # chances of a coin may be just alpha
        sign = np.sign(2 * won - count).astype(int)
        tail, lost = self.alpha / 2, count - won  # Clopper and Pearson's interval of what it loses
        low = np.where(lost > 0, betaincinv(np.maximum(lost, 1), won + 1, tail), 0.0)
        high = np.where(won > 0, betaincinv(lost + 1, np.maximum(won, 1), 1 - tail), 1.0)
        return Found(np.where(shown, sign, 0), 2 * low - 1, 2 * high - 1)


def _freedom(tally: Tally) -> np.ndarray:
    """Degrees of freedom of t: of pairs, or Welch's."""
    if tally.paired is not None:
        return np.asarray(tally.paired.units - 1.0)

    def part(arm: Arm) -> np.ndarray:
        return np.asarray(arm.error2**2 / (arm.units - 1.0))

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(tally.error2**2 / (part(tally.champion) + part(tally.challenger)))


def _quantile(freedom: np.ndarray, alpha: float) -> np.ndarray:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.where(freedom > 0, freedom, np.nan), 1 - alpha / 2))


_p_of_two = np.vectorize(
    lambda a, n, b, m: two_proportions(int(a), int(n), int(b), int(m)).p if min(n, m) else np.nan,
    otypes=[float],
)
_p_of_signs = np.vectorize(lambda a, b: mcnemar(int(a), int(b)).p, otypes=[float])
