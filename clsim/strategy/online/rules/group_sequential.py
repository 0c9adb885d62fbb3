"""A planned number of labels, and looks on the way."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_choice, check_flag, check_number
from clsim.statistics.arms import Tally
from clsim.statistics.boundaries import SPENDING, lan_demets, obrien_fleming, pocock
from clsim.statistics.intervals import check_level
from clsim.strategy.online.rules.rule import Found, Rule

EQUAL = {"pocock": pocock, "obrien-fleming": obrien_fleming}
"""Bounds for looks at equal numbers of labels, by name."""


class GroupSequential(Rule):
    """Looks on the way to a planned number of labels, whose errors together are alpha.

    Parameters
    ----------
    rows : int
        The planned number of labels, of both models together where each has its own.
    looks : int, default=5
        A look each time that another ``rows / looks`` have come, at most one in a tick.
    alpha : float, default=0.05
        The chance to find a difference where there is none, at any look; half of it on either
        side.
    spending : {'obrien-fleming', 'pocock'}, default='obrien-fleming'
        How it is spent: little at first, or nearly evenly.
    equal : bool, default=False
        False: looks are taken when labels come, and bounds follow from how many there are (Lan and
        DeMets, Biometrika, 1983; each side by itself). True: each look is at exactly its number of
        labels, those that came first, with the bounds of Pocock (Biometrika, 1977) or of O'Brien
        and Fleming (Biometrics, 1979).

    Notes
    -----
    It waits for ``rows`` labels, and looks at no more than that. A trial that ends before has
    spent a part of alpha alone: it then finds less, and its error is smaller. Late labels move the
    looks; how many there are must not depend on who is right, or the bounds do not hold. With
    users as units the information is taken to grow with the labels, which is an approximation.
    The interval of each look is the repeated one, difference ± bound times its error.

    Examples
    --------
    >>> from clsim.strategy.online import ABTest
    >>> trial = ABTest("14d", rule=GroupSequential(2_000, looks=5, spending="pocock"))

    Looks at 200 and at all 400 labels, or as soon as there are so many:

    >>> rule = GroupSequential(400, looks=2)
    >>> rule.look_at(np.array([50, 210, 330, 450])).tolist()
    [210, 400]
    """

    def __init__(
        self,
        rows: int,
        looks: int = 5,
        alpha: float = 0.05,
        spending: str = "obrien-fleming",
        equal: bool = False,
    ) -> None:
        check_number("rows", rows, whole=True, low=2)
        check_number("looks", looks, whole=True, low=1, high=min(rows, 100))
        check_level(alpha, "alpha")
        check_choice("spending", spending, SPENDING)
        check_flag("equal", equal)
        self.rows, self.looks = rows, looks
        self.alpha, self.spending, self.equal = alpha, spending, equal

    @property
    def needs(self) -> int:
        return self.rows

    def look_at(self, counts: np.ndarray) -> np.ndarray:
        if self.equal:
            plan = -(-self.rows * np.arange(1, self.looks + 1) // self.looks)
            return plan[plan <= counts.max(initial=0)]
        taken: list[int] = []
        for count in np.minimum(counts, self.rows).tolist():
            due = (taken[-1] if taken else 0) + self.rows / self.looks
            if count >= min(due - 1e-9, self.rows) and count > (taken[-1] if taken else 0):
                taken.append(count)
        return np.array(taken, dtype=np.int64)

    def bounds(self, rows: np.ndarray) -> np.ndarray:
        """Bounds of ``|Z|`` at looks by numbers of labels; each set of them is found once."""
        if self.equal:
            plan = EQUAL[self.spending](self.looks, self.alpha)
            place = np.ceil(rows * self.looks / self.rows - 1e-9).astype(int)
            return np.asarray(plan[np.minimum(place, self.looks) - 1])
        return lan_demets(rows / self.rows, self.alpha, self.spending)

    def found(self, tally: Tally) -> Found:
        half = self.bounds(tally.rows) * np.sqrt(tally.error2)
        low, high = tally.difference - half, tally.difference + half
        known = tally.error2 > 0
        says = np.where(high < 0, 1, np.where(low > 0, -1, 0))
        return Found(np.where(known, says, 0), low, high)
