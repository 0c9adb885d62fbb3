"""What a test found, and which side it looks at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clsim.errors import check_choice

ALTERNATIVES = ("two-sided", "greater", "less")
"""What may be true instead of the hypothesis, in scipy's words."""


class Result(NamedTuple):
    """A statistic and its p-value; both are NaN where there is nothing to go by.

    Attributes
    ----------
    statistic : float
        What the test goes by, in the unit that the test says.
    p : float
        The chance, under the hypothesis, of a statistic at least so far out, in [0, 1].

    Examples
    --------
    >>> found = Result(statistic=1.5, p=0.25)
    >>> found.p < 0.05
    False
    >>> statistic, p = found
    >>> statistic, p
    (1.5, 0.25)
    """

    statistic: float
    p: float


def normal_result(z: float, alternative: str = "two-sided") -> Result:
    """A statistic that is standard normal under the hypothesis, and its p-value.

    Parameters
    ----------
    z : float
    alternative : {'two-sided', 'greater', 'less'}, default='two-sided'

    Returns
    -------
    Result
        The statistic is z itself; the p-value is ``2 Φ(-|z|)``, ``Φ(-z)`` or ``Φ(z)``. NaN for NaN.

    Raises
    ------
    ValueError
        For another alternative.

    Examples
    --------
    >>> [round(normal_result(1.96, side).p, 3) for side in ALTERNATIVES]
    [0.05, 0.025, 0.975]
    """
    from scipy.special import ndtr

    check_choice("alternative", alternative, ALTERNATIVES)
    tail = {"two-sided": 2 * ndtr(-np.abs(z)), "greater": ndtr(-z), "less": ndtr(z)}
    return Result(float(z), float(tail[alternative]))
