"""Rules with a guarantee: without a change, the chance that one ever fires is bounded."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.randomness import uniform
from clsim.statistics.sequential import (
    BettingBound,
    MeanBound,
    conformal_p,
    log_mixture,
    log_power,
    share_of,
)
from clsim.strategy.rules.rule import Rule, Scoring
from clsim.types import Extent, Fired

PER = ("deployment", "run")
BOUNDS: dict[str, type[MeanBound | BettingBound]] = {
    "bernstein": MeanBound,
    "betting": BettingBound,
}


class Guaranteed(Rule):
    """A rule that without a change fires in a deployment with a chance of at most its level.

    Once it has fired it goes on firing until the champion changes.

    Parameters
    ----------
    alpha : float
        The chance of a false alarm.
    per : {'deployment', 'run'}
        Of each deployment; or ever, in a run: then the k-th deployment has alpha / (k (k + 1)).
        Of a signal that has values for several features, each feature has all of it.
    """

    def __init__(self, alpha: float, per: str) -> None:
        check_number("alpha", alpha, above=0, high=0.5)
        check_choice("per", per, PER)
        self.alpha = alpha
        self.per = per
        self._level = alpha if per == "deployment" else share_of(alpha, 1)

    def begins(self, deployment: int) -> None:
        if self.per == "run":
            self._level = share_of(self.alpha, deployment)


class HarmfulDrift(Guaranteed):
    """The loss is certainly higher than it was, by more than is tolerated.

    After Podkopaev and Ramdas (ICLR 2022). Fires when a lower bound of the mean loss now, which
    holds at all times at once, exceeds an upper bound of the mean loss in the beginning plus the
    tolerance. Each bound has half of the level. They ask that the loss of each event, given those
    before it, has the same mean while nothing changes: so a delay of labels that depends on the
    outcome, or a season, counts as a change.

    What differs from the paper: the reference is made of the first losses that arrive in a
    deployment, rather than of a labelled sample of the source.

    Parameters
    ----------
    tolerance : float, default=0.05
        How much higher the mean loss may be.
    alpha : float, default=0.05
        The chance of a false alarm.
    per : {'deployment', 'run'}, default='deployment'
        What that chance is of; of the run, the k-th deployment has alpha / (k (k + 1)).
    reference : int, default=500
        Number of first losses that are the beginning.
    highest : float, default=1
        The highest loss that there can be; the lowest is 0. Of losses without a bound, such as
        ``'squared'``, one above it counts as this, and the guarantee is about the mean of that. A
        bound that is known must not be above it.
    bound : {'bernstein', 'betting'}, default='bernstein'
        How the means are bounded: `clsim.statistics.sequential.MeanBound`, or
        `clsim.statistics.sequential.BettingBound`, which is tighter with few losses and takes some
        20 µs for each.

    Examples
    --------
    >>> rule = HarmfulDrift(tolerance=0.1, reference=200)
    >>> rule.after([0.0, 1.0] * 200, float) is None
    True
    >>> rule.after([1.0] * 600, float).reason
    'mean loss at least 0.72, was at most 0.616'
    """

    def __init__(
        self,
        tolerance: float = 0.05,
        alpha: float = 0.05,
        per: str = "deployment",
        reference: int = 500,
        highest: float = 1.0,
        bound: str = "bernstein",
    ) -> None:
        super().__init__(alpha, per)
        check_choice("bound", bound, BOUNDS)
        check_number("tolerance", tolerance, low=0)
        check_number("reference", reference, whole=True, low=1)
        check_number("highest", highest, above=0)
        self.tolerance = tolerance
        self.reference = reference
        self.highest = highest
        self.bound = bound
        self._bounds: list[MeanBound | BettingBound] = []

    def check_values(self, values: Extent, scores: Extent) -> None:
        if values.low < 0:
            raise ValueError(
                f"rule: HarmfulDrift is about losses, from 0 up, and {values.of} may be below; use "
                "losses, a signal whose extent says that it is not, or ConformalMartingale"
            )
        if self.highest < values.high < np.inf:
            raise ValueError(
                f"highest={self.highest:g}: {values.of} may be {values.high:g}, and the guarantee "
                f"needs a bound; give highest={values.high:g}"
            )
        Extent(0, min(self.highest, values.high), values.of).check_gap("tolerance", self.tolerance)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        x = np.clip(np.array(values, dtype=float) / self.highest, 0, 1)
        if not self._bounds:  # made when the level of this deployment is known
            kind, level = BOUNDS[self.bound], self._level / 2
            self._bounds = [kind(level, self.reference), kind(level)]
        was, now = self._bounds
        left = self.reference - was.count
        if left > 0:
            was.after(1 - x[:left])
        now.after(x[max(left, 0) :])
        if was.count < self.reference:
            return None
        low, high = float(now.best) * self.highest, (1 - float(was.best)) * self.highest
        if low <= high + self.tolerance:
            return None
        reason = f"mean loss at least {low:.4g}, was at most {high:.4g}"
        return Fired(reason, {"low": low, "high": high}, ("HarmfulDrift",))

    def excess(self, fired: Fired) -> float:
        return fired.detail["low"] - fired.detail["high"]


class ConformalMartingale(Guaranteed):
    """Values are no longer exchangeable with those before them: a conformal test martingale.

    Vovk (Statistical Science, 2021): smoothed conformal p-values of the values of this deployment,
    and a martingale that bets on small ones; it fires at 1 / alpha (Ville's inequality). The
    guarantee is for values that are exchangeable while nothing changes, such as losses of one
    model. Those of a window that slides from tick to tick overlap, and have none.

    Parameters
    ----------
    alpha : float, default=0.05
        The chance of a false alarm.
    per : {'deployment', 'run'}, default='deployment'
        What that chance is of; of the run, the k-th deployment has alpha / (k (k + 1)).
    epsilon : float or None, default=None
        Of the power martingale, whose factors are ε p^(ε - 1). None: its mean over all ε.
    way : {'up', 'down', 'both'}, default='up'
        Whether values that are large are strange, or small ones, or both.
    random_state : int or None, default=None
        Seeds how ties are broken. None: by the seed of the replay.

    Examples
    --------
    >>> rule = ConformalMartingale(random_state=0)
    >>> [rule.after(values, float) is not None for values in ([0.1, 0.3, 0.2], range(1, 9))]
    [False, True]
    """

    def __init__(
        self,
        alpha: float = 0.05,
        per: str = "deployment",
        epsilon: float | None = None,
        way: str = "up",
        random_state: int | None = None,
    ) -> None:
        super().__init__(alpha, per)
        if epsilon is not None:
            check_number("epsilon", epsilon, above=0, high=1)
        check_choice("way", way, ("up", "down", "both"))
        self.epsilon = epsilon
        self.way = way
        self.random_state = random_state
        self._seen: list[float] = []
        self._log_p, self._best = 0.0, 0.0

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        if len(values):
            count = np.arange(len(self._seen) + 1, len(self._seen) + len(values) + 1)
            draws = 1 - uniform(self.random_state or 0, "ties", count)
            logs = np.log([self._p(*each) for each in zip(values, draws.tolist(), strict=True)])
            sums = self._log_p + np.cumsum(logs)
            self._log_p = float(sums[-1])
            self._best = max(self._best, float(self._log_wealth(count, sums).max()))
        if self._best < -np.log(self._level):
            return None
        evidence = float(np.exp(min(self._best, 700.0)))
        reason = f"martingale {evidence:.4g} above {1 / self._level:.4g}"
        return Fired(reason, {"statistic": self._best}, ("ConformalMartingale",))

    def _p(self, value: float, draw: float) -> float:
        value = -value if self.way == "down" else value
        p = conformal_p(self._seen, value, draw)
        bisect.insort(self._seen, value)
        return max(2 * min(p, 1 - p), 1e-12) if self.way == "both" else p

    def _log_wealth(self, count: np.ndarray, log_p: np.ndarray) -> np.ndarray:
        if self.epsilon is None:
            return log_mixture(count, log_p)
        return log_power(count, log_p, self.epsilon)

    def excess(self, fired: Fired) -> float:
        return fired.detail["statistic"]
