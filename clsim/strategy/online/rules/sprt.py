"""Wald's test, which gives up where there is nothing to be found."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.statistics.arms import Tally
from clsim.statistics.intervals import check_level
from clsim.statistics.sequences import log_coin_ratio, sprt
from clsim.strategy.online.rules.rule import Found, Rule


class SPRT(Rule):
    """Wald's sequential probability ratio test, with an end for futility.

    It asks how much likelier the difference so far is if the challenger loses less by
    ``difference`` than if both lose the same: g δ / s² - δ² / (2 s²), where g is how much less it
    has lost and s² the variance of that. Where only who wins a row counts, the ratio is that of a
    coin, exactly.

    Parameters
    ----------
    difference : float
        What is looked for, δ: of mean losses; where only who wins a row counts, the share of such
        rows that it wins less that which it loses. Above 0.
    alpha : float, default=0.05
        The chance to find a difference where there is none: Wald's bounds keep it at most at
        alpha / (1 - beta).
    beta : float, default=0.2
        The chance to give up on that difference: at most beta / (1 - alpha).

    Notes
    -----
    It may be looked at in every tick, and ends as soon as it knows, on few labels where the
    difference is larger than looked for. Nobody says beforehand how many labels it takes. Without
    a coin it rests on a variance that is estimated, so it needs a first look at some number of
    labels (``min_labels``). It knows one side alone: a challenger that is worse is futile. Labels
    that come late by who is right break it as they break every rule.

    Examples
    --------
    >>> from clsim.strategy.online import Shadow
    >>> trial = Shadow("14d", rule=SPRT(difference=0.02))

    With a coin whose chance is .75 and not .5, seven wins in a row are 1.5⁷ = 17 times likelier,
    which is more than .8 / .05:

    >>> from clsim.statistics.arms import paired
    >>> won = paired(np.ones(7), np.zeros(7), [6, 7], coin=True)
    >>> SPRT(difference=0.5).found(won).says.tolist()
    [0, 1]
    """

    difference: float

    no = "challenger is not better by what was looked for"

    def __init__(self, difference: float, alpha: float = 0.05, beta: float = 0.2) -> None:
        check_number("difference", difference, above=0)
        check_level(alpha, "alpha")
        check_level(beta, "beta")
        if alpha + beta >= 1:
            raise ValueError(f"alpha={alpha!r}, beta={beta!r}: their sum must be below 1")
        self.difference, self.alpha, self.beta = difference, alpha, beta

    def log_ratio(self, tally: Tally) -> np.ndarray:
        """The logarithm of how much likelier it is; NaN where nobody knows."""
        if tally.coin and tally.apart:
            assert tally.paired is not None
            won = (tally.paired.rows - tally.paired.total) / 2
            chance = (1 + min(self.difference, 1 - 1e-9)) / 2
            return log_coin_ratio(won, tally.paired.rows, 0.5, chance)
        variance = np.where(tally.error2 > 0, tally.error2, np.nan)
        delta = self.difference
        return np.asarray((-tally.difference * delta - delta**2 / 2) / variance)

    def found(self, tally: Tally) -> Found:
        ratios = np.nan_to_num(self.log_ratio(tally))
        nothing = np.full(ratios.shape, np.nan)
        return Found(sprt(ratios, self.alpha, self.beta), nothing, nothing)
