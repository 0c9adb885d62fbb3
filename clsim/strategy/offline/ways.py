"""Ways to tell whether one model is better than another on the same rows, and by how much.

Rows are taken to be independent of each other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from clsim.statistics.intervals import Interval, mean_interval
from clsim.statistics.paired import (
    bootstrap_test,
    mcnemar,
    paired_bootstrap,
    paired_t,
    tango,
    tango_interval,
)
from clsim.statistics.proportions import two_proportions
from clsim.statistics.sample_sizes import mean_difference, paired_difference, split_difference
from clsim.strategy.offline.measures import Cell

NOTHING = Interval(np.nan, np.nan, np.nan)


class Way(ABC):
    """How the gain of a challenger is tested; bounds and p-values are NaN without evidence."""

    right_or_wrong = False
    """Whether it is for answers alone that are right or wrong, and nothing between."""

    @abstractmethod
    def p(self, cell: Cell, gain: float, alternative: str) -> float:
        """The one-sided p-value of a gain that is 'greater' or 'less' than a stated one."""

    @abstractmethod
    def interval(self, cell: Cell, level: float) -> Interval:
        """The gain, and its two-sided interval."""

    @abstractmethod
    def shows(self, cell: Cell, power: float, alpha: float) -> float:
        """The smallest gain that so many rows show with a chance of ``power``, one-sided."""


class PairedT(Way):
    """Student's t of the differences row by row; of what is no mean over rows, of pseudo-values."""

    def p(self, cell: Cell, gain: float, alternative: str) -> float:
        return paired_t(cell.gains, gain, alternative).p

    def interval(self, cell: Cell, level: float) -> Interval:
        gains = cell.gains
        return mean_interval(gains, level) if np.ptp(gains) > 0 else NOTHING  # nor if NaN

    def shows(self, cell: Cell, power: float, alpha: float) -> float:
        return _shown(cell.gains, power, alpha)


class PairedBootstrap(Way):
    """Resamples of the rows, the same for both models.

    Of what is a mean over rows by the resamples' own t, else by quantiles of the resamples' gains;
    a resample without a value, such as one without a class, counts against the claim.
    """

    def p(self, cell: Cell, gain: float, alternative: str) -> float:
        if cell.is_mean:
            rng = np.random.default_rng(cell.seed)
            return bootstrap_test(cell.gains, rng, gain, alternative, cell.draws).p
        drawn = _drawn(cell)
        against = ~(drawn > gain) if alternative == "greater" else ~(drawn < gain)
        return float((1 + against.sum()) / (cell.draws + 1))

    def interval(self, cell: Cell, level: float) -> Interval:
        if cell.is_mean:
            rng = np.random.default_rng(cell.seed)
            return paired_bootstrap(cell.gains, rng, level, cell.draws)
        drawn, (new, old) = _drawn(cell), cell.found[0]
        low, high = (
            np.quantile(np.nan_to_num(drawn, nan=end), part)
            for end, part in ((-np.inf, (1 - level) / 2), (np.inf, (1 + level) / 2))
        )
        return Interval(cell.sign * (new - old), float(low), float(high))

    def shows(self, cell: Cell, power: float, alpha: float) -> float:
        if cell.is_mean:
            return _shown(cell.gains, power, alpha)
        drawn = _drawn(cell)
        drawn = drawn[np.isfinite(drawn)]
        return _shown(drawn, power, alpha, of=1) if len(drawn) > 1 else np.nan


class McNemar(Way):
    """The rows on which one model alone is right; against a margin the score test of Tango."""

    right_or_wrong = True

    def p(self, cell: Cell, gain: float, alternative: str) -> float:
        only_new, only_old = _alone(cell)
        if gain == 0:
            return mcnemar(only_new, only_old, alternative=alternative).p
        return tango(only_new, only_old, cell.size, gain, alternative).p

    def interval(self, cell: Cell, level: float) -> Interval:
        return tango_interval(*_alone(cell), cell.size, level)

    def shows(self, cell: Cell, power: float, alpha: float) -> float:
        alone = sum(_alone(cell)) / cell.size
        if alone == 0:
            return np.nan
        return paired_difference(cell.size, alone, power=power, alpha=alpha, two_sided=False)


class TwoProportions(Way):
    """Two shares as if each model had rows of its own; it needs more rows than the others."""

    right_or_wrong = True

    def p(self, cell: Cell, gain: float, alternative: str) -> float:
        new, old = (int(right.sum()) for right in _right(cell))
        return two_proportions(
            new, cell.size, old, cell.size, difference=gain, alternative=alternative
        ).p

    def interval(self, cell: Cell, level: float) -> Interval:
        from scipy.special import ndtri

        shares = np.array([right.mean() for right in _right(cell)])
        half = float(ndtri((1 + level) / 2) * np.sqrt((shares * (1 - shares)).sum() / cell.size))
        gain = float(shares[0] - shares[1])
        return Interval(gain, gain - half, gain + half) if half > 0 else NOTHING

    def shows(self, cell: Cell, power: float, alpha: float) -> float:
        share = float(_right(cell)[1].mean())
        return split_difference(cell.size, share, power=power, alpha=alpha, two_sided=False)


def _drawn(cell: Cell) -> np.ndarray:
    """Gains on resamples."""
    new, old = cell.resampled
    return cell.sign * (new - old)


def _right(cell: Cell) -> tuple[np.ndarray, ...]:
    assert cell.right is not None, "what is not right or wrong is refused before the replay"
    return cell.right


def _alone(cell: Cell) -> tuple[int, int]:
    """Rows on which the challenger alone is right, and the champion alone."""
    new, old = _right(cell)
    return int((new & ~old).sum()), int((old & ~new).sum())


def _shown(values: np.ndarray, power: float, alpha: float, of: int | None = None) -> float:
    deviation = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if deviation == 0:
        return np.nan
    rows = len(values) if of is None else of
    return mean_difference(rows, deviation, power=power, alpha=alpha, two_sided=False)


WAYS: dict[str, Way] = {
    "paired_t": PairedT(), "paired_bootstrap": PairedBootstrap(), "mcnemar": McNemar(),
    "two_proportions": TwoProportions(),
}  # fmt: skip
"""Ways by name."""
