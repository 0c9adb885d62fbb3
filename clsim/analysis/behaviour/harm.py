"""Harm: retrainings that made it worse, slow recoveries, bad stretches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.ticks import clock_units, scored_events, stretches, ticks_of
from clsim.analysis.compare.comparison import mean_score
from clsim.errors import check_number
from clsim.hindsight.losses import Table
from clsim.runs.ledger import ROW_BY_ROW
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval

BACK = ("temporary", "recurring", "fault")
"""Kinds of drift at whose end the world changes again, to what was before or to the next."""


# retrainings that made it worse ------------------------------------------------------------


def harm(
    run: Run, table: Table | None = None, *, window: int = 5, level: float = 0.95
) -> pd.DataFrame:
    """For each model that came to serve: what it lost more than the one that it replaced.

    With a table it is exact, for models that the table covers: on the ticks that the new model
    served, its loss minus what the old one would have lost there. Whether a model is covered is
    seen from its served losses, which must be those of the table.

    Otherwise the mean loss per event in the first ``window`` ticks of the new model is compared
    with the last ``window`` ticks of the old one. That mixes the change of the model with whatever
    the world did meanwhile: after a drift it accuses a good model, and it praises one that came
    with an easy week. ``source`` says which of the two a row is.

    Parameters
    ----------
    run : Run
    table : Table, optional
        Of the same stream, delay, learner and dataset.
    window : int, default=5
        Ticks before and after, where there is no table; fewer where a model served fewer.
    level : float, default=0.95

    Returns
    -------
    pandas.DataFrame
        One row per model that replaced another: tick (its first), until (the tick after the last
        that is compared), model, replaced, trained (tick), n (events compared), loss, loss_old,
        ``harm`` (loss minus loss_old; above 0: the retraining made it worse), low, high (interval
        over ticks by Student's t, ticks taken as independent; NaN without a table), per_event,
        source ('table' or 'before and after').
    """
    check_number("window", window, whole=True, low=1)
    ticks = ticks_of(run)
    loss, n = ticks["loss"].to_numpy(float), scored_events(run, ticks)
    trained = _trained(run)
    rows = []
    for (old, start, middle), (new, _, end) in itertools.pairwise(stretches(ticks)):
        if old < 0 or new < 0:
            continue
        other = None
        if table is not None:
            here, before = (_row(table, trained.get(model)) for model in (new, old))
            if _covers(table, here, loss, middle, end) and _covers(
                table, before, loss, start, middle
            ):
                other = table.loss[before, middle:end]
        if other is not None and not np.isnan(other).any():
            difference = loss[middle:end] - other
            count = end - middle
            _, low, high = (x * count for x in mean_interval(difference, level))
            until, was, source = end, float(other.sum()), "table"
        else:
            until, since = min(end, middle + window), max(start, middle - window)
            events = n[since:middle].sum()
            mean = loss[since:middle].sum() / events if events else np.nan
            was, source = float(mean * n[middle:until].sum()), "before and after"
            low = high = np.nan
        lost, events = float(loss[middle:until].sum()), int(n[middle:until].sum())
        rows.append(
            {
                "tick": middle,
                "until": until,
                "model": new,
                "replaced": old,
                "trained": trained.get(new, -1),
                "n": events,
                "loss": lost,
                "loss_old": was,
                "harm": lost - was,
                "low": low,
                "high": high,
                "per_event": (lost - was) / events if events else np.nan,
                "source": source,
            }
        )
    names = ["tick", "until", "model", "replaced", "trained", "n", "loss", "loss_old", "harm",
             "low", "high", "per_event", "source"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _trained(run: Run) -> dict[int, int]:
    """The tick at which each model of a run was trained; the initial one: -1."""
    events = run.events
    columns = (events[name].tolist() for name in ("kind", "reason", "model", "tick"))
    return {
        int(model): int(tick)
        for kind, reason, model, tick in zip(*columns, strict=True)
        if kind in ("initial", "train") and reason != ROW_BY_ROW
    }


def _row(table: Table, tick: int | None) -> int | None:
    """Row of a table whose model was trained at a tick; None if there is none."""
    rows: Any = np.flatnonzero(table.ticks == tick) if tick is not None else []
    return int(rows[0]) if len(rows) else None


def _covers(table: Table, row: int | None, loss: np.ndarray, first: int, last: int) -> bool:
    """Whether a row of a table lost what was lost, from a tick to before another."""
    if row is None or table.loss.shape[1] != len(loss):
        return False
    return bool(np.allclose(table.loss[row, first:last], loss[first:last], rtol=1e-9, atol=1e-9))


# recovery ----------------------------------------------------------------------------------


def changes(run: Run) -> pd.DataFrame:
    """When the world changed, in ticks, as far as the stream knows.

    Parameters
    ----------
    run : Run
        Its ``info.drifts`` count.

    Returns
    -------
    pandas.DataFrame
        One row per change, in order of time: tick (in which it starts), end (tick in which it
        ends), kind, target, slice. A temporary or recurring drift, or a fault, is two changes: its
        start and its end. What starts in the warm-up, or ends with the stream, is left out.
    """
    ticks = ticks_of(run)
    starts = clock_units(ticks["start"])
    last = int(clock_units(ticks["end"])[-1])
    rows: list[dict[str, Any]] = []
    for drift in run.info.drifts:
        spans = [(drift.start, drift.end)]
        if drift.kind.startswith(BACK):
            spans = [(drift.start, drift.start), (drift.end, drift.end)]
        for start, end in spans:
            if starts[0] <= start < last:
                tick, stop = np.searchsorted(starts, [start, end], "right") - 1
                rest = {name: getattr(drift, name) for name in ("kind", "target", "slice")}
                row = {"tick": int(tick), "end": int(stop), **rest}
                if row not in rows:
                    rows.append(row)
    rows.sort(key=lambda row: row["tick"])
    return pd.DataFrame(rows, columns=["tick", "end", "kind", "target", "slice"])


def recovery(
    run: Run,
    tolerance: float,
    *,
    window: int = 10,
    hold: int = 1,
    slice: str = "all",
    at: Iterable[int] | None = None,
) -> pd.DataFrame:
    """How long the score took to come back after each drift.

    The level is the score over the ``window`` ticks before the tick in which the drift starts (not
    beyond the drift before it), or that before an earlier drift where that was higher: who never
    came back does not recover to a broken level. The score falls at the first tick, from the
    drift's start on and before the next drift, whose score lies more than ``tolerance`` below that
    level. It is back at the first tick after the fall from which on ``hold`` ticks in a row lie
    within the tolerance. The recovery time counts from the start of the drift to that tick.

    Parameters
    ----------
    run : Run
    tolerance : float
        In units of the score.
    window : int, default=10
        Ticks.
    hold : int, default=1
        More than one where ticks are noisy. Ticks without scored events are passed over.
    slice : str, default='all'
    at : iterable of int, optional
        Ticks in which drifts start. Default: those of `changes`; changes that start in the same
        tick are one.

    Returns
    -------
    pandas.DataFrame
        One row per drift: tick, kind, level, lowest (score before it was back), dip (level minus
        lowest), fell (ticks from the drift to the fall; NaN if it never fell), ticks (recovery
        time; 0 if it never fell), days (the same; NaN without time), censored. Where the next
        drift or the end comes before it was back, the row is censored: ``ticks`` is how long it
        was observed, a lower bound. For a drift with no scored tick before it, level is missing,
        and so is the rest.

    Raises
    ------
    TypeError, ValueError
        If ``tolerance`` is negative, ``window`` or ``hold`` is less than 1, a tick of ``at`` is
        none of the run, or the run has no such slice.

    References
    ----------
    Shaker & Hüllermeier (2015), Recovery analysis for adaptive learning from non-stationary data
    streams. Neurocomputing 150.

    Examples
    --------
    The score is 0.9 until a drift starts in tick 2, falls to 0.6 there, and is within 0.05 of 0.9
    again two ticks later.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(5), "start": range(0, 50, 10), "end": range(10, 60, 10),
    ...                       "slice": "all", "n": 10, "answered": 10, "loss": [1.0, 1, 4, 3, 1]})
    >>> found = recovery(Run({"ticks": ticks}, RunInfo()), tolerance=0.05, at=[2])
    >>> found[["tick", "level", "lowest", "dip", "ticks", "censored"]].round(2)
       tick  level  lowest  dip  ticks  censored
    0     2    0.9     0.6  0.3    2.0     False
    """
    check_number("tolerance", tolerance, low=0)
    check_number("window", window, whole=True, low=1)
    check_number("hold", hold, whole=True, low=1)
    of_slice = ticks_of(run, slice)
    loss, n = of_slice["loss"].to_numpy(float), scored_events(run, of_slice)
    kind_of: dict[int, str] = {}
    if at is None:
        for tick, kind in changes(run)[["tick", "kind"]].itertuples(index=False):
            known = kind_of.get(tick)
            if known is None:
                kind_of[tick] = kind
            elif kind not in known.split(" + "):
                kind_of[tick] = f"{known} + {kind}"
    else:
        for tick in at:
            check_number("at", tick, whole=True, low=0, high=len(loss) - 1)
            kind_of[int(tick)] = "given"
    ticks = sorted(kind_of)
    starts, ends = clock_units(of_slice["start"]), clock_units(of_slice["end"])
    day = 86_400_000_000 if run.info.timed else np.nan
    score = mean_score(loss, n, run.info.loss)
    rows, highest = [], -np.inf
    for before, tick, after in zip([0, *ticks], ticks, [*ticks[1:], len(loss)], strict=False):
        row: dict[str, Any] = {"tick": tick, "kind": kind_of[tick]}
        since = max(tick - window, before)
        level = float(mean_score(loss[since:tick].sum(), n[since:tick].sum(), run.info.loss))
        if not np.isnan(level):
            highest = level = max(level, highest)
        row["level"] = level
        if np.isnan(level):
            rows.append(row)
            continue
        seen = np.flatnonzero(n[tick:after] > 0)
        fine = score[tick:after][seen] >= level - tolerance
        back = _back(fine, hold)
        fell = int(np.argmin(fine)) if not fine.all() else None
        lowest = float(score[tick:after][seen][:back].min()) if len(seen) else np.nan
        row |= {"lowest": lowest, "dip": level - lowest, "censored": False}
        if fell is None:
            row |= {"fell": np.nan, "ticks": 0.0, "days": 0.0 * day}
        else:
            done = after if back is None else tick + int(seen[back])
            until = ends[after - 1] if back is None else starts[done]
            row |= {"fell": float(seen[fell]), "ticks": float(done - tick)}
            row |= {"days": float(until - starts[tick]) / day, "censored": back is None}
        rows.append(row)
    names = ["tick", "kind", "level", "lowest", "dip", "fell", "ticks", "days", "censored"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(censored=table["censored"].astype("boolean"))


def _back(fine: np.ndarray, hold: int) -> int | None:
    """First position after the first that is not fine from which on ``hold`` are; None: never."""
    if fine.all():
        return None
    for k in range(int(np.argmin(fine)), len(fine) - hold + 1):
        if fine[k : k + hold].all():
            return k
    return None


# bad stretches -----------------------------------------------------------------------------


@dataclass(frozen=True)
class BelowFloor:
    """Time below a floor of the score.

    Attributes
    ----------
    ticks : int
    events : int
        Scored events in those ticks.
    share : float
        Of all scored events; NaN if there are none.
    days : float or None
        Sum of the lengths of those ticks; None without time.
    longest : int
        Most ticks in a row; ticks without scored events neither count nor break a row.
    shortfall : float
        Sum over the events in those ticks of what the tick's score lacks: floor minus score.
    """

    ticks: int
    events: int
    share: float
    days: float | None
    longest: int
    shortfall: float


def below_floor(run: Run, floor: float, *, slice: str = "all") -> BelowFloor:
    """How long the score of a tick was below a floor, in ticks, days and events.

    Ticks without scored events do not count.

    Parameters
    ----------
    run : Run
    floor : float
        In units of the score: 0.75 is an accuracy of 75 %.
    slice : str, default='all'

    Returns
    -------
    BelowFloor
        ``ticks``, ``events`` and ``share`` (of all scored events) below the floor, ``days`` (None
        without time), ``longest`` (stretch, in ticks) and ``shortfall`` (the sum over those events
        of how far the score of their tick was below the floor).

    Raises
    ------
    TypeError, ValueError
        If the floor is no finite number, or the run has no such slice.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": [0, 1], "start": [0, 10], "end": [10, 20], "slice": "all",
    ...                       "n": [10, 10], "answered": [10, 10], "loss": [1.0, 4.0]})
    >>> run = Run({"ticks": ticks}, RunInfo(loss="zero_one", unanswered="skip", timed=False))
    >>> low = below_floor(run, 0.75)
    >>> low.ticks, low.events, low.share, round(low.shortfall, 6)
    (1, 10, 0.5, 1.5)
    """
    check_number("floor", floor)
    ticks = ticks_of(run, slice)
    n = scored_events(run, ticks)
    score = mean_score(ticks["loss"].to_numpy(float), n, run.info.loss)
    below = score < floor  # not where it is NaN
    rows = [len(list(group)) for low, group in itertools.groupby(below[n > 0]) if low]
    length = clock_units(ticks["end"]) - clock_units(ticks["start"])
    return BelowFloor(
        ticks=int(below.sum()),
        events=int(n[below].sum()),
        share=float(n[below].sum() / n.sum()) if n.sum() else float("nan"),
        days=float(length[below].sum() / 86_400_000_000) if run.info.timed else None,
        longest=max(rows, default=0),
        shortfall=float((n[below] * (floor - score[below])).sum()),
    )


@dataclass(frozen=True)
class Window:
    """A stretch of ticks.

    Attributes
    ----------
    first, last : int
        Its first and last tick.
    start, end : pandas.Timestamp or int
        On the clock of the run.
    events : int
        Scored events.
    score : float
    """

    first: int
    last: int
    start: Any
    end: Any
    events: int
    score: float


def worst_window(
    run: Run, *, ticks: int | None = None, events: int | None = None, slice: str = "all"
) -> Window:
    """The stretch with the lowest score, over a number of ticks or of events.

    Parameters
    ----------
    run : Run
    ticks : int, optional
        Length of the stretch in ticks.
    events : int, optional
        Least number of scored events in it: each stretch is the shortest run of whole ticks, back
        from its last, that has that many. Give one of the two.
    slice : str, default='all'

    Returns
    -------
    Window
        Of equals, the first.

    Raises
    ------
    ValueError
        If both or none are given, or the run is shorter.

    Examples
    --------
    The two ticks in a row with the most errors are the second and third: 7 of 20 events.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(4), "start": range(0, 40, 10), "end": range(10, 50, 10),
    ...                       "slice": "all", "n": 10, "answered": 10, "loss": [2.0, 3, 4, 1]})
    >>> worst = worst_window(Run({"ticks": ticks}, RunInfo()), ticks=2)
    >>> worst.first, worst.last, worst.events, worst.score
    (1, 2, 20, 0.65)
    """
    if (ticks is None) == (events is None):
        raise ValueError("worst window: give ticks or events, and not both")
    key, size = ("ticks", ticks) if events is None else ("events", events)
    check_number(key, size, whole=True, low=1)
    assert size is not None
    of_slice = ticks_of(run, slice)
    n = np.append(0, np.cumsum(scored_events(run, of_slice)))
    loss = np.append(0.0, np.cumsum(of_slice["loss"].to_numpy(float)))
    after = np.arange(1, len(n))
    before = after - size if events is None else np.searchsorted(n, n[1:] - size, "right") - 1
    inside = before >= 0
    after, before = after[inside], before[inside]
    counted = n[after] - n[before]
    score = mean_score(loss[after] - loss[before], counted, run.info.loss)
    if len(score) == 0 or np.isnan(score).all():
        have = len(n) - 1 if events is None else n[-1]
        raise ValueError(f"{key}={size}: the run has {have} scored {key} in all")
    k = int(np.nanargmin(score))
    return Window(
        first=int(before[k]),
        last=int(after[k]) - 1,
        start=of_slice["start"].tolist()[before[k]],
        end=of_slice["end"].tolist()[after[k] - 1],
        events=int(counted[k]),
        score=float(score[k]),
    )
