"""How many have come by an age, where some are still to come or are known only once they came."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Arrival = Callable[[np.ndarray], np.ndarray]
"""The share that has come by each of some ages."""


def censored(delays: np.ndarray, ages: np.ndarray) -> Arrival:
    """The share that has come by an age, of a group whose members are all known.

    The product-limit estimate of Kaplan and Meier (1958): who has not come yet counts for as long
    as it has waited.

    Parameters
    ----------
    delays : numpy.ndarray of shape (n,)
        How long each took to come; NaN where it has not.
    ages : numpy.ndarray of shape (n,)
        How long each has had to come until now.

    Returns
    -------
    callable
        Of ages of shape (m,); the share beyond the last age at which any was waited for is that at
        this age. 0 everywhere if nobody has come.

    Examples
    --------
    One of four came after 1, one had only 2 to come and has not, one came after 3: of the two that
    were there to come at 3, that is a half of the three quarters left.

    >>> came = censored(np.array([1, np.nan, 3, np.nan]), np.array([9, 2, 9, 9]))
    >>> came(np.array([0.5, 1, 2, 3, 8])).tolist()
    [0.0, 0.25, 0.25, 0.625, 0.625]
    """
    from scipy.stats import CensoredData, ecdf

    come = ~np.isnan(delays)
    if not come.any():
        return lambda asked: np.zeros(len(asked))
    data = CensoredData(uncensored=delays[come].astype(float), right=ages[~come].astype(float))
    left = ecdf(data).sf
    return lambda asked: 1 - left.evaluate(np.asarray(asked, dtype=float))


def truncated(delays: np.ndarray, ages: np.ndarray) -> Arrival:
    """The share that has come by an age, of a group of which only those that came are known.

    So it is with a class: which events belong to it is known of those alone whose label came. What
    comes late is seen among old events only, and the product-limit estimate in reversed time makes
    up for it (Lagakos, Barraj & De Gruttola, Biometrika 75, 1988). The share is of those that come
    by the largest age that is seen: nothing is known of what comes later, or never.

    Parameters
    ----------
    delays : numpy.ndarray of shape (n,)
        How long each took to come.
    ages : numpy.ndarray of shape (n,)
        How long each has had to come until now, which is at least its delay.

    Returns
    -------
    callable
        Of ages of shape (m,). 0 everywhere if nobody has come.

    Examples
    --------
    Of three that came after 1, 1 and 3, one is 2 old and could not have been seen with a delay of
    3. Of the two old ones, a half came by 2.

    >>> came = truncated(np.array([1, 1, 3]), np.array([2, 5, 5]))
    >>> came(np.array([0.5, 1, 2, 3, 9])).tolist()
    [0.0, 0.5, 0.5, 1.0, 1.0]
    """
    if len(delays) == 0:
        return lambda asked: np.zeros(len(asked))
    steps, counts = np.unique(delays, return_counts=True)
    old, early = np.sort(ages), np.sort(delays)
    # who came by a delay, and was old enough to have come as late as that
    seen = np.searchsorted(early, steps, "right") - np.searchsorted(old, steps, "left")
    keep = 1 - counts / seen
    share = np.append(np.cumprod(keep[::-1])[::-1], 1.0)  # below each step, and above the last
    return lambda asked: share[np.searchsorted(steps, asked, "right")]
