"""Two models on the same labelled rows: which scores higher, and on how many."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clsim.errors import check_choice
from clsim.statistics.picked import PICKED, weighted_mean
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
    check_choice("weigh", weigh, (None, PICKED))


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
    weigh : {'picked'} or None
        ``'picked'``: each row stands for 1/P(picked), and rows whose label was not bought by chance
        are left out.
    enough : int
        The least number of rows.
    """
    stands = view.labels.stands_for(rows) if weigh == PICKED else None
    return compare_weighted(view, challenger, champion, rows, stands, enough)


def compare_weighted(
    view: View, challenger: int, champion: int, rows: Rows, weights: np.ndarray | None, enough: int
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
    """
    new, old = view.model(challenger).losses(rows), view.model(champion).losses(rows)
    both = ~(np.isnan(new) | np.isnan(old))
    if weights is not None:
        both &= ~np.isnan(weights)
    count = int(both.sum())
    if count < enough:
        return Compared(count, np.nan, np.nan)
    if weights is None:
        means = new[both].mean(), old[both].mean()
    elif weights[both].sum() > 0:
        means = weighted_mean(new[both], weights[both]), weighted_mean(old[both], weights[both])
    else:  # by sequence chances a few rows may stand for less than none
        return Compared(0, np.nan, np.nan)
    return Compared(count, *(float(view.score(mean)) for mean in means))
