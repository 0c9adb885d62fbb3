"""What a test found, and which side it looks at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clsim.errors import check_choice

ALTERNATIVES = ("two-sided", "greater", "less")
"""What may be true instead of the hypothesis, in scipy's words."""


class Result(NamedTuple):
    """A statistic and its p-value; both are NaN where there is nothing to go by."""

    statistic: float
    p: float


def normal_result(z: float, alternative: str = "two-sided") -> Result:
    """A statistic that is standard normal under the hypothesis, and its p-value.

    Parameters
    ----------
    z : float
    alternative : {'two-sided', 'greater', 'less'}, default='two-sided'

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
