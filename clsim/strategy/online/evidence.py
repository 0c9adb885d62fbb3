"""What a trial has to go by: losses of two models, in the order in which they could be counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clsim.statistics.arms import Tally, paired, split
from clsim.statistics.ties import settled
from clsim.types import Rows, Trial
from clsim.view import View


@dataclass(frozen=True)
class Evidence:
    """Losses of two models on labelled rows, in the order in which they could be counted.

    Attributes
    ----------
    since : int
        The tick from which on rows were served.
    ticks : numpy.ndarray of shape (n,)
        From which on each counts, ascending.
    champion, challenger : numpy.ndarray of shape (n,)
        Their losses; NaN for one that did not answer the row, where each has rows of its own.
    units : numpy.ndarray of int of shape (n,), or None
        Which unit each belongs to; None: rows are units.
    unlabelled : dict of str to int
        Rows that would count if they had a label, by what answered them, or all.
    share : float or None
        Of the rows that the challenger answers, where each has its own; None: both answer all.
    tied : int
        Number of rows that were left out since neither model loses less on them.
    """

    since: int
    ticks: np.ndarray
    champion: np.ndarray
    challenger: np.ndarray
    units: np.ndarray | None
    unlabelled: dict[str, int]
    share: float | None
    tied: int = 0

    def counts(self, now: int) -> np.ndarray:
        """How many rows counted by each tick so far in which there were more, ascending."""
        found = np.searchsorted(self.ticks, np.arange(self.since, now + 1), "right")
        return np.unique(found[found > 0])

    def won(self) -> Evidence:
        """Those rows alone that one wins, by losing less; the loss of the other is then 1."""
        more = settled(self.challenger - self.champion, self.challenger, self.champion)
        differ = more != 0
        worse = more[differ] > 0
        units = None if self.units is None else self.units[differ]
        return replace(
            self, ticks=self.ticks[differ], champion=(~worse).astype(float),
            challenger=worse.astype(float), units=units, tied=int((~differ).sum()),
        )  # fmt: skip

    def tally(self, counts: np.ndarray, margin: float, *, coin: bool = False) -> Tally:
        """The sums at some looks, where the challenger is held to have lost so much more."""
        if self.share is None:
            return paired(self.champion, self.challenger + margin, counts, self.units, coin=coin)
        its = np.isnan(self.champion)
        losses = np.where(its, self.challenger + margin, self.champion)
        return split(losses, its, counts, self.units, self.share)


def apart(view: View, trial: Trial, since: int, mature: int | None, unit: str | None) -> Evidence:
    """Of rows served from a tick on, each by the model that answered it.

    ``mature``: rows younger than this (in clock units) do not count; None: any.
    """
    rows = old_enough(view, since, mature)
    by = view.outcomes.answered_by(rows)
    labelled = view.labels.known(rows)
    unlabelled = {
        name: int((~labelled & (by == model)).sum())
        for name, model in (("challenger", trial.model), ("champion", trial.champion))
    }
    its = labelled & ((by == trial.model) | (by == trial.champion))
    rows, by = rows[its], by[its]
    losses = view.outcomes.losses(rows)
    old = np.where(by == trial.champion, losses, np.nan)
    new = np.where(by == trial.model, losses, np.nan)
    return _ordered(view, since, mature, unit, rows, old, new, unlabelled, trial.share)


def together(
    view: View, trial: Trial, since: int, mature: int | None, unit: str | None
) -> Evidence:
    """Of rows served from a tick on, what both models lose, whoever answered."""
    rows = old_enough(view, since, mature)
    labelled = view.labels.known(rows)
    unlabelled = {"both": int((~labelled).sum())}
    rows = rows[labelled]
    new, old = (view.model(model).losses(rows) for model in (trial.model, trial.champion))
    both = ~(np.isnan(new) | np.isnan(old))
    rows, new, old = rows[both], new[both], old[both]
    return _ordered(view, since, mature, unit, rows, old, new, unlabelled, None)


def old_enough(view: View, since: int, mature: int | None) -> Rows:
    """Rows served from a tick on that are mature; None: all."""
    rows = view.served(since)
    return rows if mature is None else rows[view.time(rows) <= view.now - mature]


def counts_from(view: View, since: int, mature: int | None, rows: Rows) -> np.ndarray:
    """The tick from which on each of some labelled rows counts, served from a tick on."""
    ticks = view.tick - view.ages(rows) + view.labels.waited(rows).astype(np.int64)
    if mature is None:
        return np.asarray(ticks)
    starts = np.array([view.start(tick) for tick in range(since, view.tick + 1)])
    return np.maximum(ticks, since + np.searchsorted(starts, view.time(rows) + mature))


def _ordered(
    view: View,
    since: int,
    mature: int | None,
    unit: str | None,
    rows: Rows,
    old: np.ndarray,
    new: np.ndarray,
    unlabelled: dict[str, int],
    share: float | None,
) -> Evidence:
    """Without rows that nobody answered, in the order in which they could be counted."""
    some = ~(np.isnan(old) & np.isnan(new))
    rows, old, new = rows[some], old[some], new[some]
    ticks = counts_from(view, since, mature, rows)
    order = np.argsort(ticks, kind="stable")
    units = None if unit is None else _units(view, unit, rows[order])
    return Evidence(since, ticks[order], old[order], new[order], units, unlabelled, share)


def _units(view: View, unit: str, rows: Rows) -> np.ndarray:
    """Which unit each row belongs to; a row whose unit is not known is one of its own."""
    column = view.column(unit, rows)
    codes = np.unique(column.values, return_inverse=True)[1]
    codes[column.missing] = len(rows) + np.arange(int(column.missing.sum()))
    return np.asarray(codes)
