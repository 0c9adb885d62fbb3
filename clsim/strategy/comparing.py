"""Two models on the same labelled rows: which scores higher, and on how many."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from clsim.errors import check_choice
from clsim.statistics.picked import (
    PICKED,
    PREDICTION_POWERED,
    prediction_powered,
    weighted_mean,
)
from clsim.statistics.ties import exceeds
from clsim.types import Rows
from clsim.view import View


class Compared(NamedTuple):
    """Number of rows that both models answer, and the declared scores of both on them.

    ``size`` is how large losses are in the mean, of either sign.
    """

    rows: int
    challenger: float
    champion: float
    size: float = 0.0

    def better(self, margin: float) -> bool:
        """Whether the challenger scores higher by more than a margin."""
        return exceeds(self.challenger, self.champion, margin, self.size)


def check_weigh(weigh: str | None) -> None:
    """Refuse a correction that tests do not know.

    Raises
    ------
    ValueError
    """
    check_choice("weigh", weigh, (None, PICKED, PREDICTION_POWERED))


def compare(
    view: View, challenger: int, champion: int, rows: Rows, weigh: str | None, enough: int
) -> Compared:
    """Compare two models; with too few rows without their scores, which are NaN.

    Parameters
    ----------
    view : View
    challenger, champion : int
    rows : Rows
        Labelled.
    weigh : {'picked', 'prediction_powered'} or None
        ``'picked'``: each row stands for 1/P(picked), and rows whose label was not bought by chance
        are left out. ``'prediction_powered'``: as `powered`.
    enough : int
        The least number of rows.
    """
    stands = view.labels.stands_for(rows) if weigh is not None else None
    powers = weigh == PREDICTION_POWERED
    return compare_weighted(view, challenger, champion, rows, stands, enough, powers=powers)


def compare_weighted(
    view: View,
    challenger: int,
    champion: int,
    rows: Rows,
    weights: np.ndarray | None,
    enough: int,
    *,
    powers: bool = False,
) -> Compared:
    """Compare two models on rows of which each stands for a number of its own.

    Parameters
    ----------
    view : View
    challenger, champion : int
    rows : Rows
        Labelled.
    weights : numpy.ndarray of shape (rows,) or None
        How many each stands for; rows with NaN are left out. None: all count the same.
    enough : int
        The least number of rows.
    powers : bool, default=False
        Whether weighted means are mended by what is expected of all rows, as by `powered`.
    """
    new, old = view.model(challenger).losses(rows), view.model(champion).losses(rows)
    both = ~(np.isnan(new) | np.isnan(old))
    if weights is not None:
        both &= ~np.isnan(weights)
        weights = weights[both]
    rows, new, old = rows[both], new[both], old[both]
    if len(new) < enough:
        return Compared(len(new), np.nan, np.nan)
    if weights is None:
        means = new.mean(), old.mean()
    elif not weights.sum() > 0:  # by sequence chances a few rows may stand for less than none
        return Compared(0, np.nan, np.nan)
    elif not powers:
        means = weighted_mean(new, weights), weighted_mean(old, weights)
    else:
        every = view.stretch(int(rows[0]), int(rows[-1]) + 1)
        means = (
            powered(view.model(challenger).expected_losses, every, rows, new, weights),
            powered(view.model(champion).expected_losses, every, rows, old, weights),
        )
    size = float(np.abs(new).mean() + np.abs(old).mean())
    mine, other = (float(view.score(mean)) for mean in means)
    return Compared(len(new), mine, other, size)


def powered(
    expected: Callable[[Rows], np.ndarray],
    every: Rows,
    rows: Rows,
    losses: np.ndarray,
    stands: np.ndarray,
) -> float:
    """A mean loss over all rows: what probabilities let expect of all, mended by some with labels.

    By `clsim.statistics.picked.prediction_powered`. Where probabilities are true its error is much
    smaller than by inverse chances alone; where they are not, it is larger, and not biased.

    Parameters
    ----------
    expected : callable
        Gives the expected losses of rows, NaN where there is no answer.
    every : Rows
        All, with labels and without.
    rows : Rows
        Those whose label was bought by chance; ``losses`` and ``stands`` are of these.
    """
    predicted, of_rows = expected(every), expected(rows)
    there = ~np.isnan(of_rows)
    if not there.any():
        return float("nan")
    predicted = predicted[~np.isnan(predicted)]
    return prediction_powered(predicted, of_rows[there], losses[there], stands[there]).value
