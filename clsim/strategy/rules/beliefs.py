"""Rules that hold what is believed now against what was believed at the deployment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from clsim.errors import check_number
from clsim.strategy.rules.rule import Rule, Scoring
from clsim.types import Fired


class Belief(NamedTuple):
    """What is believed of normal values: a normal-inverse-gamma law of their mean and variance.

    Attributes
    ----------
    mean : float
    weight : float
        The number of values that the mean is worth.
    shape, scale : float
        Of the inverse gamma law of the variance, whose mean is ``scale / (shape - 1)``.
    """

    mean: float
    weight: float
    shape: float
    scale: float


def divergence(now: Belief, then: Belief) -> float:
    """The Kullback-Leibler divergence of one belief from another, in nats.

    Parameters
    ----------
    now, then : Belief
        The expectation is taken over ``now``.

    Examples
    --------
    >>> then = Belief(mean=0.0, weight=8, shape=4, scale=4)
    >>> divergence(Belief(0.5, 8, 4, 4), then)  # half of 8 · .5² · 4 / 4
    1.0
    """
    from scipy.special import gammaln, psi

    ratio = then.weight / now.weight
    precision = now.shape / now.scale
    of_mean = then.weight * (now.mean - then.mean) ** 2 * precision + ratio - 1 - np.log(ratio)
    of_variance = (
        (now.shape - then.shape) * psi(now.shape)
        - gammaln(now.shape)
        + gammaln(then.shape)
        + then.shape * np.log(now.scale / then.scale)
        + now.shape * (then.scale / now.scale - 1)
    )
    return float(of_mean / 2 + of_variance)


class LearningDebt(Rule):
    """What has been learned since the deployment, and the champion does not know, is too much.

    After the learning debt of Katz (2026, arXiv 2604.06438): the divergence of a belief that is
    kept up to date from the one that is deployed. What differs: there it is the belief about the
    parameters of a Bayesian model; here, so that any model will do, it is the belief about mean and
    variance of its losses, or of a signal. The deployed belief is made of the first ``memory``
    values of a deployment; the other goes on from it, and forgets so that it is worth as many.

    Parameters
    ----------
    above : float
        Fires above so many nats. While nothing changes and values are independent and normal, mean
        and variance each add about .75 times a chi-squared number of one degree of freedom.
    memory : int, default=500
        Number of values that each belief is worth.
    spread : float, default=0.5
        Standard deviation that is believed before any value was seen, worth one value, so that
        values that are all the same are no certainty.

    Examples
    --------
    >>> rule = LearningDebt(above=4, memory=100)
    >>> rule.after([0.0, 1.0, 0.0, 0.0] * 50, float) is None
    True
    >>> rule.after([1.0] * 40, float).reason  # the mean goes from .25 to .5
    'learning debt 14.14 above 4'
    """

    def __init__(self, above: float, memory: int = 500, spread: float = 0.5) -> None:
        check_number("above", above, above=0)
        check_number("memory", memory, whole=True, low=2)
        check_number("spread", spread, above=0)
        self.above = above
        self.memory = memory
        self.spread = spread
        self._seen = 0
        self._sums = np.zeros(2)  # of the values and of their squares
        self._deployed: Belief | None = None

    def _belief(self) -> Belief:
        total, squares = self._sums
        around = max(squares - total**2 / self.memory, 0.0) + self.spread**2
        return Belief(total / self.memory, self.memory, (self.memory + 1) / 2, around / 2)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        x = np.array(values, dtype=float)
        first, later = np.split(x, [max(self.memory - self._seen, 0)])
        self._seen += len(x)
        self._sums = self._sums + np.array([first.sum(), np.square(first).sum()])
        if self._seen < self.memory:
            return None
        if self._deployed is None:
            self._deployed = self._belief()
        if len(later):
            kept = (1 - 1 / self.memory) ** np.arange(len(later) - 1, -1, -1.0)
            faded = self._sums * (1 - 1 / self.memory) ** len(later)
            self._sums = faded + np.array([kept @ later, kept @ np.square(later)])
        debt = divergence(self._belief(), self._deployed)
        if debt <= self.above:
            return None
        return Fired(f"learning debt {debt:.4g} above {self.above:g}", {"value": debt})

    def excess(self, fired: Fired) -> float:
        return fired.detail["value"]
