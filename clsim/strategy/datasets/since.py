"""Rows since something changed: the last alarm, or a change point that is estimated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number, unknown
from clsim.protocols import Dataset
from clsim.types import Column, Rows, Schema
from clsim.view import View


class SinceAlarm(Dataset):
    """Rows of events since the last alarm; all rows before there was one.

    As after a warning of DDM (Gama, Medas, Castillo & Rodrigues, Learning with drift detection,
    SBIA 2004), if labels are waited for: an alarm of the very tick in which a training begins is
    not counted, since nothing has come after it. Give ``triggers.WaitFor`` the time that rows need.

    Parameters
    ----------
    min_rows : int, default=200
        Where there are fewer, the latest so many labelled rows, of before the alarm too.
    before : int or str, default=0
        How long before the alarm the change may have been: rows, or a duration where the stream has
        time.

    Examples
    --------
    >>> dataset = SinceAlarm(min_rows=500, before="2d")

    The last alarm was in tick 3, which begins with row 6; with three rows too few, the latest ones:

    >>> from types import SimpleNamespace
    >>> view = SimpleNamespace(  # what is asked of a view here
    ...     alarms=[1, 3], labelled=lambda: np.arange(8), start=lambda tick: 2 * tick,
    ...     row_at=lambda time: time,
    ... )
    >>> two, three = SinceAlarm(min_rows=2), SinceAlarm(min_rows=3)
    >>> for dataset in (two, three):
    ...     dataset.bind(Clock.of(False, tick=2))
    >>> two.rows(view).tolist(), three.rows(view).tolist()
    ([6, 7], [5, 6, 7])
    """

    reads_alarms = True

    def __init__(self, min_rows: int = 200, before: Duration = 0) -> None:
        check_number("min_rows", min_rows, whole=True, low=1)
        self.min_rows, self.before = min_rows, as_duration(before, "before")

    def bind(self, clock: Clock) -> None:
        self._before = clock.units(self.before, "dataset.before")

    def rows(self, view: View) -> Rows:
        alarms = view.alarms
        if not alarms:
            return view.labelled()
        return since(view, view.row_at(view.start(alarms[-1]) - self._before), self.min_rows)


def since(view: View, row: int, min_rows: int) -> Rows:
    """Rows that can be trained on from a row on, or the latest ``min_rows`` if they are fewer."""
    rows = view.labelled()
    later = rows[np.searchsorted(rows, row) :]
    return later if len(later) >= min_rows else rows[max(len(rows) - min_rows, 0) :]


def change_point(values: np.ndarray, least: int = 1, *, rises: bool = False) -> tuple[int, float]:
    """Where the mean of a sequence most likely changed, and how sure that is.

    The place is where the CUSUM of deviations from the mean of all is farthest from 0, the p-value
    that of its distance over the standard deviation and the root of n, as for a Brownian bridge
    (Csorgo & Horvath, Limit theorems in change-point analysis, Wiley 1997): exp(-2 x^2) on one
    side, the Kolmogorov distribution on both. For independent values and long sequences.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
    least : int, default=1
        Number of values that must lie on either side.
    rises : bool, default=False
        Whether only a rise of the mean is looked for.

    Returns
    -------
    place : int
        The first value after the change; 0 if there cannot be one.
    p : float

    Examples
    --------
    >>> place, p = change_point(np.array([0.0] * 60 + [1.0] * 40))
    >>> place, p < 0.001
    (60, True)
    """
    from scipy.special import kolmogorov

    n = len(values)
    spread = values.std() if n >= 2 * least else 0.0
    if not spread:
        return 0, 1.0
    sums = np.cumsum(values - values.mean())[least - 1 : n - least]
    sums = -sums if rises else np.abs(sums)
    place = int(np.argmax(sums))
    x = sums[place] / spread / np.sqrt(n)
    if rises:
        return place + least, float(np.exp(-2 * max(x, 0.0) ** 2))
    return place + least, float(kolmogorov(x))


class SinceChange(Dataset):
    """Rows of events since the last estimated change point; all rows until one is found.

    When a training begins, it looks for a rise of the mean loss of what was served since the last
    change, whoever answered, or for a change in the mean of a feature. What was found is
    remembered. A model that mends itself before anybody looks leaves a rise too short to be found.

    Parameters
    ----------
    feature : str or None, default=None
        A feature that is a number. None: the losses.
    alpha : float, default=0.01
        The chance to find a change where there is none, each time; see `change_point`.
    last : int, default=5000
        Number of the latest events that are looked at.
    min_rows : int, default=100
        On either side of a change; and the least to train on: where there are fewer, the latest so
        many labelled rows.

    Examples
    --------
    >>> dataset = SinceChange(alpha=0.001)

    A feature that is 0 in twenty rows and then 5:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [0.0] * 20 + [5.0] * 20, "y": [0, 1] * 20})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=10, warmup=10)
    >>> view = View(known, None, tick=2)  # which begins with row 30
    >>> SinceChange("x", last=40, min_rows=5).rows(view).tolist()
    [20, 21, 22, 23, 24, 25, 26, 27, 28, 29]
    """

    def __init__(
        self,
        feature: str | None = None,
        alpha: float = 0.01,
        last: int = 5000,
        min_rows: int = 100,
    ) -> None:
        check_number("alpha", alpha, above=0, high=0.5)
        check_number("min_rows", min_rows, whole=True, low=2)
        check_number("last", last, whole=True, low=2 * min_rows)
        self.feature, self.alpha, self.last, self.min_rows = feature, alpha, last, min_rows
        self._since = 0

    def check_schema(self, schema: Schema) -> None:
        if self.feature is not None and self.feature not in schema.features:
            raise ValueError(f"dataset: {unknown('feature', self.feature, schema.features)}")

    def check_columns(self, column: Callable[[str], Column]) -> None:
        if self.feature is not None and column(self.feature).names is not None:
            raise TypeError(f"feature={self.feature!r}: categories have no mean; name a number")

    def rows(self, view: View) -> Rows:
        rows, values = self._series(view)
        there = ~np.isnan(values)
        rows, values = rows[there], values[there]
        place, p = change_point(values, self.min_rows, rises=self.feature is None)
        if place and p <= self.alpha:
            self._since = int(rows[place])
        return since(view, self._since, self.min_rows) if self._since else view.labelled()

    def _series(self, view: View) -> tuple[Rows, np.ndarray]:
        """Events since the last change, and what is looked at of each."""
        if self.feature is not None:
            rows = view.recent(self.last)
            rows = rows[np.searchsorted(rows, self._since) :]
            return rows, view.column(self.feature, rows).values
        rows = view.latest_known(self.last)
        rows = rows[np.searchsorted(rows, max(self._since, view.first_row(0))) :]
        return rows, view.outcomes.losses(rows)
