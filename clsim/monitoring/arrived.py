"""What the labels that have arrived say: as they come, of mature events alone, or weighted.

A label that comes fast is seen before one that comes slowly. Where how long it takes depends on the
class, on a slice or on whether the answer was right, the labels that are there are no fair sample
of the events, and the younger the events the less so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clsim.errors import check_choice
from clsim.statistics.waiting import censored, truncated

CLIP = 20.0
"""How many events an arrived label may stand for by default."""


class Mature(NamedTuple):
    """The labelled ones of the events that are old enough, and how many others there are.

    Attributes
    ----------
    rows : numpy.ndarray
        Positions of events that are old enough and have a label.
    skipped : int
        How many are old enough and have none, of those no older than the first of them.
    """

    rows: np.ndarray
    skipped: int


def mature(ages: np.ndarray, known: np.ndarray, least: float, window: int | None = None) -> Mature:
    """Those of some events that are older than a stated time and have a label.

    The time should be what the *slowest* outcome takes: where wrong answers are known late, an age
    by which 95 % of all labels are there still misses most of the wrong ones.

    Parameters
    ----------
    ages : numpy.ndarray of shape (n,)
        In the order of the events, the youngest last.
    known : numpy.ndarray of shape (n,)
        Whether the label is there.
    least : float
        Events at least this old are mature.
    window : int or None, default=None
        At most so many of the youngest labelled ones; None: all.

    Examples
    --------
    >>> mature(np.array([9, 7, 5, 3, 1]), np.array([True, False, True, True, True]), least=4)
    Mature(rows=array([0, 2]), skipped=1)
    """
    old = ages >= least
    rows = np.flatnonzero(old & known)
    if window is not None:
        rows = rows[-window:]
    first = rows[0] if len(rows) else 0
    return Mature(rows, int(np.count_nonzero(old[first:] & ~known[first:])))


KINDS = ("class", "slice")
"""What the time that a label takes may depend on."""


def weights(
    delays: np.ndarray, ages: np.ndarray, groups: np.ndarray, by: str, clip: float = CLIP
) -> np.ndarray:
    """How many events each arrived label stands for: 1/P(arrived by its age) in its group.

    Parameters
    ----------
    delays : numpy.ndarray of shape (n,)
        How long each label took; NaN where it is not there.
    ages : numpy.ndarray of shape (n,)
        How old each event is.
    groups : numpy.ndarray of shape (n,)
        Whole numbers. A class is known of events with a label alone; what stands where there is
        none is not read.
    by : {'class', 'slice'}
        The estimate: of a slice all events are known, so those without a label count as long as
        they have waited (`clsim.statistics.waiting.censored`); of a class they are not
        (`clsim.statistics.waiting.truncated`), so the share is of the labels that ever come: that
        some classes are never told cannot be seen.
    clip : float, default=20
        No label stands for more; what is cut off remains as bias.

    Returns
    -------
    numpy.ndarray of shape (n,)
        0 where there is no label, else at least 1.

    Examples
    --------
    Labels of group 0 come at once, of group 1 after 4; the youngest events are 2 old.

    >>> delays, ages = np.array([0, 4, 0, np.nan]), np.array([9, 9, 2, 2])
    >>> weights(delays, ages, np.array([0, 1, 0, 1]), "slice").tolist()
    [1.0, 1.0, 1.0, 0.0]
    """
    check_choice("by", by, KINDS)
    found = np.zeros(len(delays))
    come = ~np.isnan(delays)
    for group in np.unique(groups[come]):
        members = groups == group
        there = members & come
        if by == "slice":
            share = censored(delays[members], ages[members])
        else:
            share = truncated(delays[there], ages[there])
        found[there] = 1 / np.clip(share(ages[there]), 1 / clip, 1)
    return found
