"""Monitors: how well each signal that a run recorded foretold the true loss."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clsim.analysis.behaviour.harm import changes
from clsim.errors import check_choice, check_number
from clsim.runs.ledger import REVISION
from clsim.runs.run import Run

OBSERVED = "observed score"
"""The name of the signal that every run records: the score of the labels as they arrive."""


# alarms against what really happened ---------------------------------------------------------


@dataclass(frozen=True)
class Detection:
    """Alarms matched with the drifts that they are to find.

    Attributes
    ----------
    drifts : int
    detected : int
        Drifts with at least one alarm within the acceptance.
    alarms : int
    true, false : int
        Alarms that count as true, and as false.
    firsts : tuple of (float, float)
        For each detected drift, its start and its first alarm.
    """

    drifts: int
    detected: int
    alarms: int
    true: int
    false: int
    firsts: tuple[tuple[float, float], ...]

    @property
    def precision(self) -> float:
        """Share of alarms that are true; NaN without alarms."""
        return self.true / self.alarms if self.alarms else float("nan")

    @property
    def recall(self) -> float:
        """Share of drifts that are detected; NaN without drifts."""
        return self.detected / self.drifts if self.drifts else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 without alarms, NaN without drifts."""
        if not self.drifts:
            return float("nan")
        if not self.true:
            return 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    @property
    def delay(self) -> float:
        """Mean time from the start of a detected drift to its first alarm; NaN if none is."""
        delays = [alarm - start for start, alarm in self.firsts]
        return float(np.mean(delays)) if delays else float("nan")


def match_alarms(
    drifts: ArrayLike, alarms: ArrayLike, acceptance: float, *, repeated: str = "true"
) -> Detection:
    """Match alarms with drifts.

    A drift from s to e is detected by an alarm in [s, e + acceptance]. Where the intervals of
    several drifts overlap, an alarm belongs to the latest. All other alarms are false. There are
    two conventions for further alarms of a drift that is detected already: they are right, since
    there is a drift, or wrong, since one alarm is enough.

    Parameters
    ----------
    drifts : array-like of shape (k,) or (k, 2)
        When each happened, or its start and end.
    alarms : array-like of shape (a,)
    acceptance : float
        Longest delay after the end of a drift, on the same clock.
    repeated : {'true', 'false'}, default='true'
        How repeated alarms count.

    Returns
    -------
    Detection

    Raises
    ------
    TypeError, ValueError
        If the acceptance is negative, or ``repeated`` is none of the two.

    References
    ----------
    Basseville & Nikiforov (1993), Detection of abrupt changes, for the delay and false alarms.

    Examples
    --------
    >>> for repeated in ("true", "false"):
    ...     match = match_alarms([1000, 2000], [500, 1100, 1150, 2100], 200, repeated=repeated)
    ...     print(round(match.f1, 3), match.delay, match.false)
    0.857 100.0 1
    0.667 100.0 2
    """
    check_number("acceptance", acceptance, low=0)
    check_choice("repeated", repeated, ("true", "false"))
    spans = np.asarray(drifts, dtype=float)
    spans = np.column_stack([spans, spans]) if spans.ndim == 1 else spans.reshape(-1, 2)
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    when = np.sort(np.asarray(alarms, dtype=float))
    inside = (spans[:, 0] <= when[:, None]) & (when[:, None] <= spans[:, 1] + acceptance)
    belongs = np.where(inside, np.arange(len(spans)), -1).max(axis=1, initial=-1)
    detected, first = np.unique(belongs[belongs >= 0], return_index=True)
    firsts = zip(spans[detected, 0].tolist(), when[belongs >= 0][first].tolist(), strict=True)
    true = int((belongs >= 0).sum()) if repeated == "true" else len(detected)
    return Detection(
        drifts=len(spans),
        detected=len(detected),
        alarms=len(when),
        true=true,
        false=len(when) - true,
        firsts=tuple(firsts),
    )


def episodes(values: ArrayLike, window: int = 20, threshold: float | None = None) -> pd.DataFrame:
    """Stretches of ticks in which a signal lies above its reference by more than a threshold.

    Parameters
    ----------
    values : array-like of shape (ticks,)
        Higher is worse; NaN where it is not known, which neither starts nor ends an episode.
    window : int, default=20
        The reference is the mean of the first so many known values.
    threshold : float, optional
        Default: three standard deviations of those values (Shewhart, 1931).

    Returns
    -------
    pandas.DataFrame
        One row per episode: tick, end (its last tick). None starts within the reference.

    Raises
    ------
    ValueError
        If fewer values are known than the reference needs.

    Examples
    --------
    >>> episodes([1, 2, 1, 2, 9, 8, 1, 7], window=4).values.tolist()
    [[4, 5], [7, 7]]
    """
    check_number("window", window, whole=True, low=2)
    x = np.asarray(values, dtype=float)
    known = np.flatnonzero(~np.isnan(x))
    if len(known) < window:
        raise ValueError(f"window={window}: only {len(known)} ticks have a value")
    reference = x[known[:window]]
    if threshold is None:
        threshold = 3 * float(reference.std(ddof=1))
    check_number("threshold", threshold, low=0)
    later = known[window:]
    above = np.concatenate([[0], x[later] - reference.mean() > threshold, [0]])
    edges = np.diff(above.astype(int))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return pd.DataFrame({"tick": later[starts], "end": later[ends]})


def rank_correlation(
    signal: ArrayLike, loss: ArrayLike, lags: Iterable[int] = (0,)
) -> pd.DataFrame:
    """Spearman's rank correlation of a signal with the loss so many ticks later.

    Parameters
    ----------
    signal, loss : array-like of shape (ticks,)
        NaN where one is not known.
    lags : iterable of int, default=(0,)
        Ticks from the signal to the loss; 0 or more.

    Returns
    -------
    pandas.DataFrame
        lag, correlation (NaN where one of the two is constant, or fewer than three ticks have
        both), n (ticks that have both).

    Examples
    --------
    >>> rank_correlation([1, 3, 2, 4, 0], [9, 1, 3, 2, 4], [0, 1]).round(6).values.tolist()
    [[0.0, -0.8, 5.0], [1.0, 1.0, 4.0]]
    """
    from scipy.stats import rankdata

    x, y = np.asarray(signal, dtype=float), np.asarray(loss, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"signal and loss: shapes {x.shape} and {y.shape} must be (ticks,)")
    rows = []
    for lag in lags:
        check_number("lags", lag, whole=True, low=0)
        a, b = x[: max(len(x) - lag, 0)], y[lag:]
        both = ~(np.isnan(a) | np.isnan(b))
        a, b = rankdata(a[both]), rankdata(b[both])
        known = len(a) >= 3 and np.ptp(a) > 0 and np.ptp(b) > 0
        correlation = float(np.corrcoef(a, b)[0, 1]) if known else np.nan
        rows.append({"lag": lag, "correlation": correlation, "n": len(a)})
    return pd.DataFrame(rows)


# all signals of a run ------------------------------------------------------------------------


def monitors(
    run: Run,
    acceptance: int,
    *,
    signals: Mapping[str, ArrayLike] | None = None,
    truth: str | None = None,
    repeated: str = "true",
    lag: int = 0,
    window: int = 20,
    threshold: float | None = None,
    unlabelled: Collection[str] = (),
) -> pd.DataFrame:
    """How well each signal of a run foretold its true loss, and what the signal needed.

    The signals are the alarms that the run recorded, by reason, and the observed score of each
    tick, taken negatively so that higher is worse. A signal of numbers alarms at the start of each
    of its `episodes`.

    What is to be found is, where ``truth`` is 'drifts', each change of the world (`changes`), from
    the tick in which it starts to ``acceptance`` ticks after that in which it ends; where it is
    'loss', each episode of the run's true loss per event. A drift that does no harm is then none,
    and a model that was retrained in time hides one.

    An alarm of tick t rests on what was known at the start of t. One in the tick in which a drift
    starts cannot have seen it, and is false; the shortest delay is one tick.

    Parameters
    ----------
    run : Run
    acceptance : int
        Ticks.
    signals : dict of str to array-like of shape (ticks,), optional
        Further signals of numbers, known at the start of each tick; higher is worse.
    truth : {'drifts', 'loss'}, optional
        Default: the drifts where the run knows some, else the loss.
    repeated : {'true', 'false'}, default='true'
        How repeated alarms count; see `match_alarms`.
    lag : int, default=0
        Ticks from the signal to the loss with which it is correlated.
    window : int, default=20
    threshold : float, optional
        For the `episodes` of the loss and of signals of numbers.
    unlabelled : collection of str, default=()
        Signals that need no labels.

    Returns
    -------
    pandas.DataFrame
        One row per signal: signal, kind ('alarm' or 'number'); correlation (Spearman, with the
        loss per event ``lag`` ticks later; alarms as 0 and 1), lag; alarms, drifts (those to be
        found), detected, precision, recall, f1, delay (mean, in ticks from the start of the tick
        in which the drift starts), delay_days (NaN without time), false_alarms, false_per_1000
        (ticks of the run); labels (that arrived, all of them read), label_delay (see
        `label_delay`), seconds (measured, where the alarms recorded them; else NaN); and the
        conventions: truth, repeated, acceptance.

    Raises
    ------
    ValueError
        For a truth 'drifts' that the run does not know, or a signal of the wrong length.
    """
    check_number("acceptance", acceptance, whole=True, low=0)
    check_number("lag", lag, whole=True, low=0)
    ticks = run.whole
    counted = ticks[run.counted].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        loss = ticks["loss"].to_numpy(float) / counted
    spans, truth = _truth(run, truth, loss, window, threshold)
    compared = [
        *_alarms(run, len(loss)),
        *_numbers(run, loss, signals or {}, window, threshold),
    ]
    events = run.events
    labelled = (events["kind"] == "label") & (events["reason"] != REVISION)
    arrived = int(events.loc[labelled, "labels"].sum())
    waited = label_delay(run)
    rows = []
    for signal in compared:
        # from the tick after the one in which the drift starts
        match = match_alarms(spans + np.array([1, 0]), signal.at, acceptance, repeated=repeated)
        free = signal.name in unlabelled
        rows.append(
            {
                "signal": signal.name,
                "kind": signal.kind,
                "correlation": rank_correlation(signal.values, loss, [lag])["correlation"].item(),
                "lag": lag,
                "alarms": match.alarms,
                "drifts": match.drifts,
                "detected": match.detected,
                "precision": match.precision,
                "recall": match.recall,
                "f1": match.f1,
                "delay": match.delay + 1,
                "delay_days": _days(ticks["start"], match),
                "false_alarms": match.false,
                "false_per_1000": 1000 * match.false / len(loss),
                "labels": 0 if free else arrived,
                "label_delay": 0.0 if free else waited,
                "seconds": signal.seconds,
                "truth": truth,
                "repeated": repeated,
                "acceptance": acceptance,
            }
        )
    return pd.DataFrame(rows)


class _Signal(NamedTuple):
    """A signal: its value in each tick, the ticks in which it alarms, and what it took."""

    name: str
    kind: str
    values: np.ndarray
    at: np.ndarray
    seconds: float


def _alarms(run: Run, ticks: int) -> list[_Signal]:
    """The alarms that a run recorded, by reason; 1 in the ticks in which they were raised."""
    events = run.events
    raised = events[(events["kind"] == "alarm") & (events["tick"] >= 0)]
    signals = []
    for reason, group in raised.groupby("reason", sort=True):
        at = group["tick"].to_numpy(np.int64)
        values = np.isin(np.arange(ticks), at).astype(float)
        seconds = float(group["seconds"].sum(min_count=1))
        signals.append(_Signal(str(reason), "alarm", values, at, seconds))
    return signals


def _numbers(
    run: Run,
    loss: np.ndarray,
    given: Mapping[str, ArrayLike],
    window: int,
    threshold: float | None,
) -> list[_Signal]:
    """The observed score and the given signals, which alarm where an episode of them starts."""
    ticks = run.whole
    numbers = {OBSERVED: -ticks["observed_score"].to_numpy(float)}
    for name, some in given.items():
        numbers[name] = np.asarray(some, dtype=float)
        if numbers[name].shape != loss.shape:
            raise ValueError(
                f"signals[{name!r}]: shape {numbers[name].shape}; expected {loss.shape}"
            )
    signals = []
    for name, values in numbers.items():
        at = np.empty(0, dtype=np.int64)
        if int((~np.isnan(values)).sum()) >= window:
            at = episodes(values, window, threshold)["tick"].to_numpy()
        signals.append(_Signal(name, "number", values, at, float("nan")))
    return signals


def _truth(
    run: Run, truth: str | None, loss: np.ndarray, window: int, threshold: float | None
) -> tuple[np.ndarray, str]:
    """First and last tick of each thing to be found, shape (k, 2), and what it is."""
    if truth is not None:
        check_choice("truth", truth, ("drifts", "loss"))
    known = changes(run)
    if truth == "drifts" and known.empty:
        raise ValueError("truth='drifts': the run knows of no drift; use truth='loss'")
    if truth == "drifts" or (truth is None and len(known)):
        spans = known[["tick", "end"]].drop_duplicates()
        return spans.to_numpy(np.int64).reshape(-1, 2), "drifts"
    spans = episodes(loss, window, threshold)
    return spans.to_numpy(np.int64).reshape(-1, 2), "loss"


def _days(starts: pd.Series, match: Detection) -> float:
    """Mean delay in days, between starts of ticks; alarms were matched from one tick later on."""
    if not match.firsts or starts.dtype.kind != "M":
        return float("nan")
    drift, alarm = np.array(match.firsts, dtype=np.int64).T
    length = starts.to_numpy()[alarm] - starts.to_numpy()[drift - 1]
    return float((length / np.timedelta64(1, "D")).mean())


def label_delay(run: Run) -> float:
    """Median ticks from an event to the arrival of its label, of those that arrived.

    Exact where the run recorded its events. Otherwise labels are taken to arrive in the order of
    their events and none to be lost, and lost ones lengthen it.

    Returns
    -------
    float
        At least 1, since a label is known at the earliest in the tick after its event; NaN if none
        arrived.
    """
    ticks = run.whole
    if run.predictions is not None:
        labelled = run.predictions[run.predictions["label_time"].notna()]
        due = np.searchsorted(ticks["start"].to_numpy(), labelled["label_time"].to_numpy(), "left")
        arrives = np.maximum(due, labelled["tick"].to_numpy(np.int64) + 1)
        wait = (arrives - labelled["tick"].to_numpy(np.int64))[arrives < len(ticks)]
        return float(np.median(wait)) if len(wait) else float("nan")
    arrived = ticks["observed_n"].to_numpy(np.int64)
    if arrived.sum() == 0:
        return float("nan")
    # the middle label of those that arrive in a tick stands for them all
    middle = np.cumsum(arrived) - (arrived + 1) // 2
    event_tick = np.searchsorted(np.cumsum(ticks["n"].to_numpy(np.int64)), middle, "right")
    wait = np.arange(len(arrived)) - event_tick
    order = np.argsort(wait, kind="stable")
    half = np.searchsorted(np.cumsum(arrived[order]), arrived.sum() / 2)
    return float(wait[order][half])
