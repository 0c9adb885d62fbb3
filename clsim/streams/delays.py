"""Label delays: how long after an event its label is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.clock import UNITS, Clock, Duration, check_duration, parse_duration
from clsim.errors import check_choice, check_number, unknown
from clsim.protocols import Delay
from clsim.randomness import integer, uniform
from clsim.streams.recorded import (
    check_columns,
    check_zones,
    event_times,
    label_times_of,
    microseconds,
    read_table,
)
from clsim.types import NEVER_TIME, Batch, Schema, Told

if TYPE_CHECKING:
    import pandas as pd

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Names of the days that a team can work."""

_DAY = UNITS["d"]
_LONG = 2.0**62
"""A wait in clock units that counts as for ever (146,000 years)."""

# parts of a stream ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part(Batch):
    """Some events of a stream, which keep the random numbers of their rows."""

    rows: np.ndarray | None = None


def part_of(events: Batch, rows: np.ndarray) -> Batch:
    """Events as those of certain rows of a stream, whose random numbers they draw."""
    return _Part(events.X, events.y, events.time, events.label_time, events.slices, None, rows)


def _part(events: Batch, some: np.ndarray) -> Batch:
    """The events at these positions."""
    rows = getattr(events, "rows", None)
    batch = Batch(
        events.X[some] if isinstance(events.X, np.ndarray) else events.X.iloc[some],
        events.y[some],
        events.time[some],
        None if events.label_time is None else events.label_time[some],
        {column: codes[some] for column, codes in events.slices.items()},
    )
    return part_of(batch, some if rows is None else rows[some])


def _uniform(events: Batch, seed: int, role: str) -> np.ndarray:
    """A uniform number in [0, 1) for each event that depends on seed, role and row alone."""
    rows = getattr(events, "rows", None)
    return uniform(seed, role, np.arange(len(events.time)) if rows is None else rows)


def _later(time: np.ndarray, wait: np.ndarray) -> np.ndarray:
    """Times after a wait, to the nearest clock unit; never where it is longer than any clock."""
    ever = wait < _LONG
    return np.where(ever, time + np.rint(np.where(ever, wait, 0)).astype(np.int64), NEVER_TIME)


def as_delay(value: Delay | Duration, key: str) -> Delay:
    """A delay as it is, a duration as a constant delay."""
    if hasattr(value, "told"):
        raise ValueError(
            f"{key}: {type(value).__name__} tells other labels than the truth, and would not be "
            "asked within another delay; put it outermost"
        )
    if hasattr(value, "label_times"):
        return value
    if isinstance(value, (int, str, dt.timedelta)):
        check_duration(value, key)
        return Constant(value)
    raise TypeError(f"{key}={value!r}: expected a delay, or a duration such as '7d'")


def _named(key: str, kind: str, given: Mapping[Any, Any], names: Sequence[str]) -> dict[str, Any]:
    """What is given by name, once every name is known to exist."""
    for name in given:
        if str(name) not in names:
            raise ValueError(f"{key}: {unknown(kind, name, names)}")
    return {str(name): value for name, value in given.items()}


def _class_codes(key: str, events: Batch, schema: Schema) -> tuple[np.ndarray, list[str]]:
    """The class of each event, as a position in the names of the classes."""
    if schema.task != "classification":
        raise ValueError(f"{key}: by class, but the task of this stream is {schema.task}")
    return schema.codes(events.y), [str(c) for c in schema.classes]


# the same for every event ----------------------------------------------------------------------


class Constant:
    """Every label comes the same time after its event.

    Parameters
    ----------
    delay : str or int
        Duration (``'1d'``) where the stream has time, else rows. 0: at once.
    """

    def __init__(self, delay: Duration = 0) -> None:
        check_duration(delay, "delay")
        self.delay = delay

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        return events.time + clock.units(self.delay, "delay")


# drawn from a distribution ---------------------------------------------------------------------


class _Drawn:
    """Independent delays, by inversion: one uniform number for each event, whatever is drawn.

    So two distributions draw the same order of fast and slow labels: only the lengths differ.
    """

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        """The delay in clock units below which a share in [0, 1) of the delays lies."""
        raise NotImplementedError

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        with np.errstate(over="ignore"):
            wait = self._quantile(_uniform(events, seed, "delay"), clock)
        return _later(events.time, wait)


class Uniform(_Drawn):
    """Delays spread evenly between two bounds.

    Parameters
    ----------
    low, high : str or int
        Durations where the stream has time, else rows.
    """

    def __init__(self, low: Duration, high: Duration) -> None:
        check_duration(low, "low")
        check_duration(high, "high")
        self.low = low
        self.high = high

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        low, high = clock.units(self.low, "low"), clock.units(self.high, "high")
        if high < low:
            raise ValueError(f"high={self.high!r}: must not be below low={self.low!r}")
        return low + share * (high - low)


class Exponential(_Drawn):
    """Exponentially distributed delays: a label that is not there yet is due at a constant rate.

    Parameters
    ----------
    mean : str or int
        Duration where the stream has time, else rows. Half of the labels come within
        0.69 ``mean``.

    References
    ----------
    Chapelle (2014), Modeling delayed feedback in display advertising. KDD. Conversions after a
    click, with this distribution.
    """

    def __init__(self, mean: Duration) -> None:
        check_duration(mean, "mean", positive=True)
        self.mean = mean

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        return -clock.units(self.mean, "mean") * np.log1p(-share)


class Lognormal(_Drawn):
    """Lognormally distributed delays: the usual work takes ``median``, some takes far longer.

    The logarithm of the delay is normal with mean log(``median``) and standard deviation
    ``sigma``; SciPy has it as ``lognorm(s=sigma, scale=median)``.

    Parameters
    ----------
    median : str or int
        Half of the labels come within it: a duration where the stream has time, else rows.
    sigma : float
        Spread, without unit, above 0. 84 % of the labels come within exp(``sigma``) medians; the
        mean is exp(``sigma``² / 2) medians.

    References
    ----------
    Aitchison & Brown (1957), The lognormal distribution. Cambridge University Press.
    """

    def __init__(self, median: Duration, sigma: float) -> None:
        check_duration(median, "median", positive=True)
        check_number("sigma", sigma, above=0)
        self.median = median
        self.sigma = sigma

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        from scipy.special import ndtri

        return clock.units(self.median, "median") * np.exp(self.sigma * ndtri(share))


class Weibull(_Drawn):
    """Weibull distributed delays: the rate of arrival falls or rises with the time waited.

    P(delay > t) = exp(-(t / ``scale``) ** ``shape``); SciPy has it as
    ``weibull_min(c=shape, scale=scale)``.

    Parameters
    ----------
    scale : str or int
        63 % of the labels come within it: a duration where the stream has time, else rows.
    shape : float
        Above 0. Below 1: most come early, and who waited long waits longer; 1: exponential;
        above 1: they gather around ``scale``.

    References
    ----------
    Weibull (1951), A statistical distribution function of wide applicability. Journal of Applied
    Mechanics 18.
    """

    def __init__(self, scale: Duration, shape: float) -> None:
        check_duration(scale, "scale", positive=True)
        check_number("shape", shape, above=0)
        self.scale = scale
        self.shape = shape

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        return clock.units(self.scale, "scale") * (-np.log1p(-share)) ** (1 / self.shape)


class Distributed(_Drawn):
    """Delays from any distribution of SciPy that has no negative values.

    Parameters
    ----------
    distribution : frozen distribution of scipy.stats
        Such as ``scipy.stats.gamma(a=2, scale=3)``: anything with ``ppf`` and ``support``.
    unit : str or int, default=1
        What 1 stands for in it: a duration (``'1d'``) where the stream has time, else rows.

    Examples
    --------
    >>> import scipy.stats
    >>> from clsim.checks import check_delay
    >>> check_delay(Distributed(scipy.stats.gamma(a=2, scale=3), unit="1d"))
    """

    def __init__(self, distribution: Any, unit: Duration = 1) -> None:
        check_duration(unit, "unit", positive=True)
        try:
            low, high = distribution.support()
            usable = callable(distribution.ppf) and np.ndim(low) == np.ndim(high) == 0
        except (AttributeError, TypeError):  # the latter if its parameters are still open
            usable = False
        if not usable:
            raise TypeError(
                f"distribution={distribution!r}: expected a distribution of scipy.stats with its "
                "parameters, such as scipy.stats.gamma(a=2, scale=3)"
            )
        if np.isnan(low) or np.isnan(distribution.ppf(0.5)):
            raise ValueError("distribution: SciPy does not allow these parameters")
        if low < 0:
            raise ValueError(
                f"distribution: its values start at {low:g}, and a label cannot come before its "
                "event; choose one without negative values"
            )
        self.distribution = distribution
        self.unit = unit

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        # ppf(0) of a discrete distribution lies below its values
        return clock.units(self.unit, "unit") * np.maximum(self.distribution.ppf(share), 0)


class Empirical(_Drawn):
    """Delays as a log shows them, with the labels that had not arrived at its end.

    Their distribution is the Kaplan-Meier estimate: at each delay t that was seen, the share still
    waiting is multiplied by 1 - (labels that came at t) / (labels not yet there just before t). It
    takes the delay of a label to be independent of when its event was, so that labels which the
    log's end cut off are like the others.

    Parameters
    ----------
    delays : sequence
        Delays of the labels that arrived: durations (``'36h'``), or numbers of ``unit``.
    censored : sequence, default=()
        For each label that had not arrived, how long it had been waited for.
    unit : str or int, default=1
        What 1 stands for in numbers: a duration where the stream has time, else rows.
    beyond : {'never', 'last'}, default='never'
        When the share comes that was still waiting at the longest delay seen: never, or then.

    Attributes
    ----------
    times : numpy.ndarray
        Distinct delays that were seen, ascending, in units.
    arrived : numpy.ndarray
        The share of labels that arrive within each of them.

    Examples
    --------
    One label came after a day and one after three; another was waited for two days in vain:

    >>> delay = Empirical([1, 3], censored=[2], unit="1d")
    >>> delay.times.tolist(), delay.arrived.round(3).tolist()
    ([1.0, 3.0], [0.333, 1.0])

    References
    ----------
    Kaplan & Meier (1958), Nonparametric estimation from incomplete observations. JASA 53.
    """

    FILE_PARAMETERS: tuple[str, ...] = ("data",)

    def __init__(
        self,
        delays: Any,
        censored: Any = (),
        *,
        unit: Duration = 1,
        beyond: str = "never",
    ) -> None:
        check_duration(unit, "unit", positive=True)
        check_choice("beyond", beyond, ("never", "last"))
        seen, in_numbers = _lengths(delays, "delays")
        cut, cut_in_numbers = _lengths(censored, "censored")
        if len(seen) == 0:
            raise ValueError("delays: no label ever arrived; at least one delay must be known")
        if len(cut) and in_numbers != cut_in_numbers:
            raise ValueError("censored: give durations or numbers, as in delays")
        if not in_numbers and unit != 1:
            raise ValueError(f"unit={unit!r}: delays are durations; leave it out")
        self.unit = unit if in_numbers else "1us"
        self.beyond = beyond
        self.times, came = np.unique(seen, return_counts=True)
        # a label cut off at t was still waited for when those of delay t came
        waiting = np.sort(np.concatenate([seen, cut]))
        at_risk = len(waiting) - np.searchsorted(waiting, self.times, "left")
        self.arrived = 1 - np.cumprod(1 - came / at_risk)

    @classmethod
    def of(
        cls,
        data: pd.DataFrame | str | Path,
        *,
        label_time: str,
        time: str | None = None,
        end: str | int | None = None,
        beyond: str = "never",
    ) -> Empirical:
        """Delays as in a log of events.

        Parameters
        ----------
        data : pandas.DataFrame or path
            A frame, or a file ``.csv`` (also compressed) or ``.parquet``.
        label_time : str
            Column that tells when each label came; empty: not by the end.
        time : str or None, default=None
            Column with the times of the events. None: they are the row numbers.
        end : str, int or None, default=None
            Until when the log was kept: labels that came later count as unknown, and events after
            it are left out. None: the latest time in the two columns.
        beyond : {'never', 'last'}, default='never'
            As for the class.
        """
        import pandas as pd

        frame = read_table(Path(data)) if isinstance(data, (str, Path)) else data
        check_columns(frame, [time, label_time])
        if len(frame) == 0:
            raise ValueError("data: the table has no rows")
        timed = time is not None
        if timed:
            times = {"time": (time, frame[time]), "label_time": (label_time, frame[label_time])}
            check_zones({**times, "end": (end, pd.Series([end], dtype=object))})
        event = event_times(frame, time, None, None)
        label = label_times_of(frame[label_time], label_time, timed)
        if (label < event).any():
            row = int(np.argmax(label < event))
            raise ValueError(f"label_time={label_time!r}: row {row} is earlier than its event")
        if end is None:
            last = max(event.max(), label[label != NEVER_TIME].max(initial=event.max()))
        elif timed:
            last = microseconds(pd.Series([end]), "end", str(end))[0]
        else:
            check_number("end", end, whole=True)
            last = int(end)
        inside = event <= last
        event, label = event[inside], label[inside]
        there = label <= last
        delays, censored = label[there] - event[there], last - event[~there]
        return cls(delays, censored, unit="1us" if timed else 1, beyond=beyond)

    def _quantile(self, share: np.ndarray, clock: Clock) -> np.ndarray:
        last = np.inf if self.beyond == "never" else self.times[-1]
        which = np.searchsorted(self.arrived, share, "right")
        return clock.units(self.unit, "unit") * np.append(self.times, last)[which]


def _lengths(values: Any, key: str) -> tuple[np.ndarray, bool]:
    """Lengths of time as numbers: as they are (True), or durations in microseconds (False)."""
    if isinstance(values, str):
        raise TypeError(f"{key}={values!r}: expected a sequence of durations or numbers")
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{key}: expected one dimension, not {array.ndim}")
    numbers = array.dtype.kind in "iuf"
    if numbers:
        lengths = array.astype(float)
    elif array.dtype.kind == "m":
        lengths = array / np.timedelta64(1, "us")
    else:
        for i, value in enumerate(array.tolist()):
            if not isinstance(value, (str, dt.timedelta)):
                raise TypeError(f"{key}[{i}]={value!r}: expected a duration or a number")
        micros = [parse_duration(value, f"{key}[{i}]") for i, value in enumerate(array.tolist())]
        lengths = np.array(micros, dtype=float)
    wrong = ~(np.isfinite(lengths) & (lengths >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"{key}[{row}]={array[row]}: must be finite and at least 0; how long a label was "
            "waited for that has not arrived belongs in censored"
        )
    return lengths, numbers


# some and others -------------------------------------------------------------------------------


class Missing:
    """A share of labels, chosen at random, never comes; the others come as ``delay`` says.

    Parameters
    ----------
    share : float or dict of label to float, default=1.0
        In [0, 1]; 1: no label ever comes. By label: none is missing of a label without a share.
    delay : Delay, str, int or None, default=None
        A delay, or a duration. None: at once.
    """

    def __init__(
        self,
        share: float | Mapping[Any, float] = 1.0,
        delay: Delay | Duration | None = None,
    ) -> None:
        if isinstance(share, Mapping):
            for label, one in share.items():
                check_number(f"share[{label}]", one, low=0, high=1)
        else:
            check_number("share", share, low=0, high=1)
        self.share = share
        self.delay = Constant(0) if delay is None else as_delay(delay, "delay")

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        share: Any = self.share
        if isinstance(self.share, Mapping):
            codes, names = _class_codes("share", events, schema)
            shares = _named("share", "label", self.share, names)
            share = np.array([shares.get(name, 0.0) for name in names])[codes]
        # with a seed of its own, what is within is independent even if it is Missing too
        known = self.delay.label_times(events, schema, clock, integer(seed, "delay.missing"))
        return np.where(_uniform(events, seed, "delay.missing") < share, NEVER_TIME, known)


class _Grouped:
    """A delay for each group of events. Each sees the events of its own group alone."""

    def __init__(
        self, delays: Mapping[Any, Delay | Duration], default: Delay | Duration | None
    ) -> None:
        if not isinstance(delays, Mapping):
            raise TypeError(f"delays={delays!r}: expected a dict of delays by name")
        self.delays = {name: as_delay(d, f"delays[{name}]") for name, d in delays.items()}
        self.default = None if default is None else as_delay(default, "default")

    def _groups(self, events: Batch, schema: Schema) -> tuple[str, np.ndarray, list[str]]:
        """Kind of group, the group of each event as a position in the names, and these."""
        raise NotImplementedError

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        kind, codes, names = self._groups(events, schema)
        delays = _named("delays", kind, self.delays, names)
        bare = [name for name in names if name not in delays]
        if bare and self.default is None:
            raise ValueError(f"delays: no delay for {kind} '{bare[0]}'; add it, or give default")
        # no event is in two groups, so one seed serves all: rows keep their random numbers
        number = {name: position for position, name in enumerate(delays)}
        group = np.array([number.get(name, len(delays)) for name in names])[codes]
        known = np.empty(len(events.time), dtype=np.int64)
        for position, delay in enumerate([*delays.values(), self.default]):
            rows = np.flatnonzero(group == position)
            if delay is not None and len(rows):
                known[rows] = delay.label_times(_part(events, rows), schema, clock, seed)
        return known


class ByClass(_Grouped):
    """A delay for each class, as where a sale is known at once and no sale after a month.

    Note that then a label's lateness tells of its class: those that have come early are no fair
    sample.

    Parameters
    ----------
    delays : dict of label to Delay, str or int
        A delay or a duration for each class.
    default : Delay, str, int or None, default=None
        For classes that ``delays`` does not name. None: it must name all.
    """

    def __init__(
        self,
        delays: Mapping[Any, Delay | Duration],
        default: Delay | Duration | None = None,
    ) -> None:
        super().__init__(delays, default)

    def _groups(self, events: Batch, schema: Schema) -> tuple[str, np.ndarray, list[str]]:
        return ("class", *_class_codes("delays", events, schema))


class BySlice(_Grouped):
    """A delay for each slice, as where regions report at different speeds.

    Parameters
    ----------
    column : str
        A slice column of the stream.
    delays : dict of value to Delay, str or int
        A delay or a duration for each value of the column.
    default : Delay, str, int or None, default=None
        For values that ``delays`` does not name. None: it must name all.
    """

    def __init__(
        self,
        column: str,
        delays: Mapping[Any, Delay | Duration],
        default: Delay | Duration | None = None,
    ) -> None:
        super().__init__(delays, default)
        self.column = column

    def _groups(self, events: Batch, schema: Schema) -> tuple[str, np.ndarray, list[str]]:
        if self.column not in schema.slices:
            if not schema.slices:
                raise ValueError(f"column={self.column!r}: this stream has no slices")
            raise ValueError(f"column: {unknown('slice column', self.column, schema.slices)}")
        names = [name.removeprefix(f"{self.column}=") for name in schema.slices[self.column]]
        return "slice", events.slices[self.column], names


# a team ----------------------------------------------------------------------------------------


class Capacity:
    """A team that labels one event after the other, at an even pace, first come first served.

    A label is ready when the team is done with it: it starts when the event has reached it and
    the one before is done, and takes ``per / labels``. If more comes in than the team can do, the
    queue grows without end.

    Parameters
    ----------
    labels : int
        How many labels the team makes ...
    per : str or int, default='1d'
        ... in this time: a duration where the stream has time, else rows. Only the team's working
        days count.
    days : sequence of {'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'} or None, default=None
        Days of the week on which the team works, from midnight to midnight on the stream's clock.
        None: all.
    delay : Delay, str, int or None, default=None
        When events reach the team. Those that never do take no time: with ``Missing(0.9)``, it
        labels a random tenth. None: at once.

    Notes
    -----
    The end of service follows from ``end[i] = max(arrival[i], end[i - 1]) + service`` (Lindley's
    recursion), here as a running maximum of ``arrival[i] - i * service``.

    References
    ----------
    Lindley (1952), The theory of queues with a single server. Mathematical Proceedings of the
    Cambridge Philosophical Society 48.

    Examples
    --------
    Three events at once, two labels per row of the stream's clock:

    >>> from clsim.types import Batch, Schema
    >>> events = Batch(np.zeros((3, 1)), np.zeros(3), np.zeros(3, dtype=np.int64))
    >>> schema, clock = Schema(("x",), "regression", np.empty(0), False), Clock(False, 1, True)
    >>> Capacity(2, per=1).label_times(events, schema, clock, seed=0).tolist()
    [1, 1, 2]
    """

    def __init__(
        self,
        labels: int,
        per: Duration = "1d",
        *,
        days: Sequence[str] | None = None,
        delay: Delay | Duration | None = None,
    ) -> None:
        check_number("labels", labels, whole=True, low=1)
        check_duration(per, "per", positive=True)
        if days is not None:
            if isinstance(days, str) or len(days) == 0:
                raise ValueError(f"days={days!r}: expected a list such as ['Mon', 'Tue']")
            for day in days:
                check_choice("days", day, WEEK)
        self.labels = labels
        self.per = per
        self.days = days
        self.delay = Constant(0) if delay is None else as_delay(delay, "delay")

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        per = clock.units(self.per, "per")
        if self.days is not None and not clock.timed:
            raise ValueError(f"days={self.days!r}: this stream has no time; leave them out")
        known = self.delay.label_times(events, schema, clock, seed).copy()
        rows = np.flatnonzero(known != NEVER_TIME)
        rows = rows[np.argsort(known[rows], kind="stable")]
        if len(rows) == 0:
            return known
        if self.days is None:
            known[rows] = _served(known[rows], self.labels, per)
        else:
            week = np.array([day in self.days for day in WEEK])
            done = _served(_worked(known[rows], week), self.labels, per)
            known[rows] = np.where(done < NEVER_TIME, _worked_by(done, week), NEVER_TIME)
        return known


def _served(arrival: np.ndarray, labels: int, per: int) -> np.ndarray:
    """When a single server is done with each arrival (ascending); ``labels`` take ``per``."""
    number = np.arange(len(arrival))
    slack = (arrival - arrival[0]) - number * (per / labels)
    # the server is idle before an arrival with the largest slack so far
    first = np.maximum.accumulate(np.where(slack >= np.maximum.accumulate(slack), number, 0))
    count = number - first + 1
    whole, rest = divmod(per, labels)
    ever = count * (per / labels) < _LONG
    count = np.where(ever, count, 0)
    return np.where(ever, arrival[first] + count * whole - (-count * rest // labels), NEVER_TIME)


_MONDAY = -3 * _DAY
"""Midnight before the first Monday's events: 1970 began on a Thursday."""


def _worked(time: np.ndarray, week: np.ndarray) -> np.ndarray:
    """Working time up to a clock time, of a team that works on some days of the week."""
    day, within = np.divmod(time - _MONDAY, _DAY)
    weeks, weekday = np.divmod(day, 7)
    before = np.cumsum(week) - week
    return (weeks * week.sum() + before[weekday]) * _DAY + within * week[weekday]


def _worked_by(worked: np.ndarray, week: np.ndarray) -> np.ndarray:
    """The first clock time by which so much is worked."""
    day, within = np.divmod(worked - 1, _DAY)
    weeks, number = np.divmod(day, week.sum())
    return (weeks * 7 + np.flatnonzero(week)[number]) * _DAY + within + 1 + _MONDAY


# labels that are told otherwise first ----------------------------------------------------------


class Attribution:
    """Natural labels: a conversion makes a positive, and its absence a negative after a window.

    A conversion within the window makes the label positive when it happens. When the window has
    passed without one, the label is told to be negative; a conversion after that arrives as a
    revision. The stream's labels are the truth: who converts in the end.

    Parameters
    ----------
    window : str or int
        How long is waited for a conversion: a duration where the stream has time, else rows.
    conversion : Delay, str, int or None, default=None
        From an event to its conversion, where there is one. None: the stream's own label times.
    positive, negative : label or None, default=None
        The label of those that convert, and of the others. None: of two classes, the last and the
        first.

    References
    ----------
    Ktena et al. (2019), Addressing delayed feedback for continuous training with neural networks
    in CTR prediction. RecSys. Fake negatives that a late positive corrects.
    Chapelle (2014), Modeling delayed feedback in display advertising. KDD.

    Examples
    --------
    Three events that convert after 1, 5 and never; the window is of 3 rows:

    >>> from clsim.types import Batch, Schema
    >>> time = np.arange(3)
    >>> events = Batch(np.zeros((3, 1)), np.array([1, 1, 0]), time, np.array([1, 6, NEVER_TIME]))
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), False)
    >>> delay, clock = Attribution(3), Clock(False, 1, True)
    >>> delay.label_times(events, schema, clock, seed=0).tolist()
    [1, 4, 5]
    >>> told = delay.told(events, schema, clock, seed=0)
    >>> told.y.tolist(), int(told.revised[1])
    ([1, 0, 0], 6)
    """

    def __init__(
        self,
        window: Duration,
        conversion: Delay | Duration | None = None,
        *,
        positive: Any = None,
        negative: Any = None,
    ) -> None:
        check_duration(window, "window", positive=True)
        self.window = window
        self.conversion = None if conversion is None else as_delay(conversion, "conversion")
        self.positive = positive
        self.negative = negative

    def _sides(self, schema: Schema) -> tuple[Any, Any]:
        """The label of those that convert, and of the others."""
        classes = schema.classes
        if schema.task != "classification":
            raise ValueError(f"delay: an attribution window needs classes, not {schema.task}")
        sides = []
        for key, value, place in (
            ("positive", self.positive, -1),
            ("negative", self.negative, 0),
        ):
            if value is None and len(classes) != 2:
                raise ValueError(f"{key}: name the label; the stream has {len(classes)} classes")
            if value is not None and value not in classes:
                raise ValueError(f"{key}: {unknown('label', value, classes)}")
            sides.append(classes[place] if value is None else value)
        if sides[0] == sides[1]:
            raise ValueError(f"negative: the same label as positive ({sides[0]!r})")
        return sides[0], sides[1]

    def _converted(
        self, events: Batch, schema: Schema, clock: Clock, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which events convert after the window has passed, and when all convert."""
        if self.conversion is not None:
            when = self.conversion.label_times(events, schema, clock, seed)
        elif events.label_time is not None:
            when = events.label_time
        else:
            raise ValueError("conversion: the stream has no label times of its own; give a delay")
        when = np.where(events.y == self._sides(schema)[0], when, NEVER_TIME)
        late = (events.y == self._sides(schema)[0]) & (when > self._end(events, clock))
        return late, when

    def _end(self, events: Batch, clock: Clock) -> np.ndarray:
        return events.time + clock.units(self.window, "window")

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        _, when = self._converted(events, schema, clock, seed)
        return np.minimum(when, self._end(events, clock))

    def told(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> Told:
        """Late positives are told as negatives, and revised when they convert."""
        late, when = self._converted(events, schema, clock, seed)
        y = np.where(late, self._sides(schema)[1], events.y).astype(events.y.dtype)
        return Told(y, np.where(late, when, NEVER_TIME))


class Annotators:
    """People vote on each label, and each of them errs.

    For classes, the label told is that with most votes; of equals, one is drawn. For numbers, it is
    the mean of the votes. The truth still scores.

    Parameters
    ----------
    votes : int, default=1
        Votes on each label.
    noise : float or dict of label to float, default=0.1
        Chance that a vote is wrong, and then for any other class alike: of every label, or by
        label (none for those without). For numbers, the standard deviation of a vote's error.
    delay : Delay, str, int or None, default=None
        When the votes are in, as with `Capacity` for a team. None: at once.

    References
    ----------
    Dawid & Skene (1979), Maximum likelihood estimation of observer error-rates using the EM
    algorithm. Applied Statistics 28. Annotators who err by class.

    Examples
    --------
    >>> from clsim.checks import check_delay
    >>> check_delay(Annotators(votes=3, noise=0.2, delay=Capacity(labels=100)))
    """

    def __init__(
        self,
        votes: int = 1,
        noise: float | Mapping[Any, float] = 0.1,
        delay: Delay | Duration | None = None,
    ) -> None:
        check_number("votes", votes, whole=True, low=1)
        for key, value in noise.items() if isinstance(noise, Mapping) else [("", noise)]:
            check_number(f"noise[{key}]" if key != "" else "noise", value, low=0)
        self.votes = votes
        self.noise = noise
        self.delay = Constant(0) if delay is None else as_delay(delay, "delay")

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        return self.delay.label_times(events, schema, clock, seed)

    def told(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> Told:
        """The outcome of the votes, which is never revised."""
        vote = self._majority if schema.task == "classification" else self._mean
        return Told(vote(events, schema, seed), None, np.full(len(events.y), self.votes))

    def _mean(self, events: Batch, schema: Schema, seed: int) -> np.ndarray:
        from scipy.special import ndtri

        if isinstance(self.noise, Mapping):
            raise ValueError(
                f"noise={dict(self.noise)!r}: by label, but the task of this stream is "
                f"{schema.task}; give one number"
            )
        error = np.zeros(len(events.y))
        for vote in range(self.votes):
            # half a step of the generator off 0, where the quantile is infinite
            chance = _uniform(events, seed, f"delay.vote.{vote}") + 2.0**-54
            error += self.noise * ndtri(chance)
        return events.y + error / self.votes

    def _majority(self, events: Batch, schema: Schema, seed: int) -> np.ndarray:
        codes, names = _class_codes("noise", events, schema)
        noise = np.full(len(names), 0.0)
        if isinstance(self.noise, Mapping):
            for name, share in _named("noise", "label", self.noise, names).items():
                noise[names.index(name)] = share
        else:
            noise[:] = self.noise
        if (noise > 1).any():
            raise ValueError(f"noise={self.noise!r}: must be at most 1, as a chance")
        size, rows = len(names), np.arange(len(codes))
        votes = np.zeros((len(codes), size))
        for vote in range(self.votes):
            chance = _uniform(events, seed, f"delay.vote.{vote}")
            wrong = chance < noise[codes]
            # what is left of the same number says which of the others
            other = chance / np.where(wrong, noise[codes], 1) * (size - 1)
            votes[rows, np.where(wrong, codes + 1 + other.astype(np.int64), codes) % size] += 1
        if self.votes > 1:  # a tie is broken at random: less than a vote apart
            for code in range(size):
                votes[:, code] += 0.5 * _uniform(events, seed, f"delay.tie.{code}")
        return schema.classes[votes.argmax(axis=1)]
