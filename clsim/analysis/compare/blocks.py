"""Intervals over the ticks of one stream, of which moving blocks are drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_number
from clsim.randomness import generator
from clsim.statistics.intervals import block_length, check_level, half_width, longest_block

FEWEST_TICKS = 20
FEWEST_BLOCKS = 5
SAME = 1e-8
"""Share of the largest difference of a tick below which others are taken for equal."""

ROUNDED = 1e-12
"""Share of the largest loss of a tick below which a difference is only rounding."""


@dataclass(frozen=True)
class TickDifference:
    """Mean difference per event between two runs of one stream, with its interval.

    Attributes
    ----------
    difference : float
        Loss of A minus loss of B, per event; above 0: A is worse.
    low, high : float
        Bounds of the interval, NaN where ``reason`` says why.
    block : int
        Length of the blocks, in ticks.
    ticks : int
    reason : str or None
        Why there is no interval.
    """

    difference: float
    low: float
    high: float
    block: int
    ticks: int
    reason: str | None = None


def moving_block_bootstrap(
    loss_a: ArrayLike,
    loss_b: ArrayLike,
    n: ArrayLike | None = None,
    *,
    block: int | None = None,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> TickDifference:
    """Mean difference per event between two runs of one recorded stream, with its interval.

    One recorded stream has no seeds; its ticks are all there is, and neighbours are alike. So
    blocks of consecutive ticks are resampled (Künsch, Annals of Statistics 1989), the same for
    both runs, and the interval is estimate ± t s sqrt(q / (q - 1)) with q = ticks / block, s the
    standard deviation of the resampled means, and q - 1 degrees of freedom.

    Parameters
    ----------
    loss_a, loss_b : array-like of shape (T,)
        Summed loss of the two runs in each tick, of the same events.
    n : array-like of shape (T,), optional
        Number of events in each tick; None: one.
    block : int, optional
        Ticks in a block. By default `block_length` of the differences, and no less than T^(1/3).
    resamples : int, default=2000
    level : float, default=0.95
    seed : int, default=0

    Returns
    -------
    TickDifference
        Without an interval for fewer than 20 ticks, fewer than 5 blocks, or differences that do not
        vary.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or no tick has events.

    Notes
    -----
    What the two runs would do on another stream, no interval from this one can say. Where
    neighbours are much alike and ticks are few, it is still too narrow: for first-order
    autoregressive differences, 95 % intervals held the truth in 92 % of 800 simulations with
    rho = 0.5 and 300 ticks, and with rho = 0.8 in 84 % (50 ticks), 87 % (100), 91 % (300) and
    94 % (1,000). Differences that drift apart have no mean for it to hold.

    Examples
    --------
    >>> loss = [int(digit) for digit in "3141592653589793238462643383279"]
    >>> mean = moving_block_bootstrap(loss, [1] * len(loss))
    >>> round(mean.difference, 2), bool(mean.low > 0), mean.block
    (3.84, True, 4)
    """
    a, b = np.asarray(loss_a, dtype=float), np.asarray(loss_b, dtype=float)
    events = np.ones_like(a) if n is None else np.asarray(n, dtype=float)
    _check_ticks(a, b, events)
    check_level(level)
    gap = a - b
    difference = float(gap.sum() / events.sum())
    ticks = len(gap)
    if block is None:
        block = max(block_length(gap - difference * events), least_length(ticks))
    check_number("block", block, whole=True, low=1)
    blocks = ticks / block
    result = partial(TickDifference, difference, block=block, ticks=ticks)
    reason = None
    if ticks < FEWEST_TICKS:
        reason = f"needs at least {FEWEST_TICKS} ticks, has {ticks}"
    elif np.abs(gap).max() <= ROUNDED * max(np.abs(a).max(), np.abs(b).max()):
        reason = "equal losses in every tick"
    elif np.allclose(gap, difference * events, atol=SAME * np.abs(gap).max()):
        reason = "the difference per event is the same in every tick"
    elif blocks < FEWEST_BLOCKS:
        reason = (
            f"needs at least {FEWEST_BLOCKS} blocks of {block} ticks, within which neighbours are "
            f"alike, has {ticks} ticks"
        )
    if reason:
        return result(np.nan, np.nan, reason=reason)
    [draws] = drawn_means([gap], events, block, resamples=resamples, seed=seed)
    half = half_width(draws.std(ddof=1), blocks, blocks - 1, level)
    return result(difference - half, difference + half)


def lengths(ticks: int) -> range:
    """Lengths of blocks that `moving_block_bootstrap` may choose, and has an interval for.

    >>> lengths(40), len(lengths(19))
    (range(4, 9), 0)
    """
    if ticks < FEWEST_TICKS:
        return range(0)
    return range(least_length(ticks), min(longest_block(ticks), ticks // FEWEST_BLOCKS) + 1)


def least_length(ticks: int) -> int:
    """Ticks in a block at least, T^(1/3) rounded up."""
    return int(np.ceil(ticks ** (1 / 3)))


def drawn_means(
    values: Iterable[np.ndarray],
    events: np.ndarray,
    block: int,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> list[np.ndarray]:
    """Means per event of several series in the resamples of `moving_block_bootstrap`.

    Resamples without events are left out. A mean of a weighted sum of series is the same weighted
    sum of their means.

    Parameters
    ----------
    values : iterable of numpy.ndarray of shape (T,)
    events : numpy.ndarray of shape (T,)
    block : int
    resamples : int, default=2000
    seed : int, default=0

    Returns
    -------
    list of numpy.ndarray of shape (resamples,)
        One for each series, all of the same resamples.
    """
    ticks = len(events)
    starts = generator(seed, "moving blocks").integers(
        ticks - block + 1, size=(resamples, -(-ticks // block))
    )
    counted = _drawn(events, starts, block)
    served = counted > 0
    return [_drawn(one, starts, block)[served] / counted[served] for one in values]


def _drawn(values: np.ndarray, starts: np.ndarray, block: int) -> np.ndarray:
    """Sum of each resample: its blocks, of which the last is cut to the length of the whole."""
    windows = np.lib.stride_tricks.sliding_window_view(values, block)
    last = len(values) - (starts.shape[1] - 1) * block
    whole = windows.sum(axis=1)[starts[:, :-1]].sum(axis=1)
    drawn: np.ndarray = whole + windows[:, :last].sum(axis=1)[starts[:, -1]]
    return drawn


def _check_ticks(a: np.ndarray, b: np.ndarray, events: np.ndarray) -> None:
    if a.ndim != 1 or not a.shape == b.shape == events.shape:
        raise ValueError(
            f"losses and n: shapes {a.shape}, {b.shape} and {events.shape} must be (T,)"
        )
    for name, values in (("loss_a", a), ("loss_b", b), ("n", events)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: tick {int((~np.isfinite(values)).argmax())} is not finite")
    if not events.sum() > 0 or (events < 0).any():
        raise ValueError("n: must be at least 0 in each tick, and above 0 in one")
