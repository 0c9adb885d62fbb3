"""What a rule of an online test is asked, and what it says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clsim.statistics.arms import Tally


class Found(NamedTuple):
    """What a rule says at each look, arrays of shape (..., looks).

    Attributes
    ----------
    says : numpy.ndarray of int
        1: the challenger loses less; -1: it does not, or not by as much as is looked for; 0: that
        is open.
    low, high : numpy.ndarray
        Bounds of how much more the challenger loses; NaN where there are none.

    Examples
    --------
    Open at the first look; at the second the interval says that the challenger loses less:

    >>> found = Found(np.array([0, 1]), np.array([-0.4, -0.3]), np.array([0.1, -0.1]))
    >>> found.says.tolist(), bool(found.high[-1] < 0)
    ([0, 1], True)
    """

    says: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Rule:
    """When a challenger on trial is shown to lose less than the champion; the base of all rules.

    A rule is a pure function of what has come so far, so that its chances of error can be measured
    on many trials at once.

    Examples
    --------
    A rule that goes by three standard errors, at every look:

    >>> from clsim.statistics.arms import paired
    >>> class ThreeErrors(Rule):
    ...     def look_at(self, counts):
    ...         return counts
    ...
    ...     def found(self, tally):
    ...         half = 3 * np.sqrt(tally.error2)
    ...         return by_interval(tally.difference - half, tally.difference + half)
    >>> champion = np.tile([1.0, 0.0, 1.0, 0.0], 25)  # wrong on half of the rows
    >>> challenger = np.tile([0.0, 0.0, 1.0, 0.0], 25)  # and on a quarter of them
    >>> counts = ThreeErrors().look_at(np.array([4, 100]))
    >>> found = ThreeErrors().found(paired(champion, challenger, counts))
    >>> found.says.tolist(), found.low.round(2).tolist(), found.high.round(2).tolist()
    ([0, 1], [-1.0, -0.38], [0.5, -0.12])
    """

    at_end = False
    """Whether it looks once, when the time is over, and not in every tick."""

    difference: float | None = None
    """By how much less it is asked to lose, where it is asked; in units of the loss of an event."""

    no = "challenger is worse"
    """What it means when it says -1."""

    @property
    def needs(self) -> int | None:
        """The number of labels that it waits for; None if it is not planned."""
        return None

    def look_at(self, counts: np.ndarray) -> np.ndarray:
        """The looks so far, by the number of labels that each rests on.

        Parameters
        ----------
        counts : numpy.ndarray of int
            Numbers of labels that there were by the end of each tick so far, ascending.

        Returns
        -------
        numpy.ndarray of int
            Ascending; the last is that of now. By default there is no other.
        """
        return counts[-1:]

    def found(self, tally: Tally) -> Found:
        """What it says at each of those looks."""
        raise NotImplementedError


def by_interval(low: np.ndarray, high: np.ndarray) -> Found:
    """The difference is shown where an interval of it lies on one side of 0."""
    return Found(np.where(high < 0, 1, np.where(low > 0, -1, 0)), low, high)
