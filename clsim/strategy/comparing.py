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
from clsim.types import Rows
from clsim.view import View


class Compared(NamedTuple):
    """Number of rows that both models answer, and the declared scores of both on them."""

    rows: int
    challenger: float
    champion: float

    def better(self, margin: float) -> bool:
        """Whether the challenger scores higher by more than a margin."""
        return self.challenger > self.champion + margin


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
    new, old = view.model(challenger).losses(rows), view.model(champion).losses(rows)
    both = ~(np.isnan(new) | np.isnan(old))
    if weigh is not None:
        stands = view.labels.stands_for(rows)
        both &= ~np.isnan(stands)
        rows, stands = rows[both], stands[both]
    new, old = new[both], old[both]
    if len(new) < enough:
        return Compared(len(new), np.nan, np.nan)
    if weigh is None:
        means = new.mean(), old.mean()
    elif not stands.sum() > 0:  # by sequence chances a few rows may stand for less than none
        return Compared(0, np.nan, np.nan)
    elif weigh == PICKED:
        means = weighted_mean(new, stands), weighted_mean(old, stands)
    else:
        every = view.stretch(int(rows[0]), int(rows[-1]) + 1)
        means = (
            powered(view.model(challenger).expected_losses, every, rows, new, stands),
            powered(view.model(champion).expected_losses, every, rows, old, stands),
        )
    return Compared(len(new), *(float(view.score(mean)) for mean in means))


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
