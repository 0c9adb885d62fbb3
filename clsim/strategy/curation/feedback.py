"""Rows of which users have complained."""

from __future__ import annotations

import numpy as np

from clsim.protocols import Draw
from clsim.strategy.curation.picks import Scored
from clsim.types import NEVER_TIME, Rows
from clsim.view import View


class Complained(Scored):
    """The rows of which the user has complained by now, then all others.

    Of equal ones those that chance picks: where there are fewer complaints than labels, the rest
    is at random.

    Notes
    -----
    A complaint counts from the first tick on that starts when it has come, so where users wait,
    ``Buying(among=...)`` must hold rows for as long. What nobody complains of is not asked about: a
    slice whose users keep silent, or in which the answer looks right. Labels of complaints are
    those of errors: where nothing broke, a model that learns from them may be worse than by chance.

    Examples
    --------
    >>> from clsim.strategy.curation import Buying, Fixed
    >>> curation = Buying(Complained(), Fixed(20), among="7d", natural=False)
    """

    reads_complaints = True

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        return (view.outcomes.complaints(rows) != NEVER_TIME).astype(float)
