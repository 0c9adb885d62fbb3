"""What streams with imposed drifts share: when they change, their truth, and their description."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_list, check_number, unknown
from clsim.protocols import Stream
from clsim.randomness import BLOCK
from clsim.streams.arrival import Arrival, as_arrival
from clsim.streams.drift.frozen import frozen, wanders
from clsim.streams.drift.position import Between
from clsim.streams.drift.recurring import Recurring
from clsim.streams.drift.walk import RandomWalk
from clsim.streams.drift.weight import Drift, concept_shares
from clsim.types import DriftEvent

GRID = 1_000
"""Times, evenly spread, at which weights are looked at for drifts that hide each other."""

SEEDS = range(16)
"""Seeds for all of which a drift must be hidden to be refused: positions may be random."""


class Drifting(Stream):
    """A stream of a known number of events, with drifts that act one after the other.

    Parameters
    ----------
    drifts : sequence of Drift
    n : int
        Number of events.
    rate : str, Arrival or None
        Events per unit of time, such as ``'48/d'``, or an arrival process. None: no time, the
        clock counts rows.
    start : str
        Time at which the stream starts, where there is a rate.
    """

    def __init__(
        self, drifts: Sequence[Drift], n: int, rate: str | Arrival | None, start: str
    ) -> None:
        check_number("n", n, whole=True, low=1)
        if isinstance(drifts, Drift):
            raise TypeError("drifts: give a list of drifts, also of a single one")
        check_list("drifts", drifts, "[Sudden(concept, at='30d')]")
        for k, drift in enumerate(drifts):
            if not isinstance(drift, Drift):
                raise TypeError(f"drifts[{k}]={drift!r}: expected a drift, such as Sudden")
        self._given = list(drifts)
        self.drifts = [one for drift in drifts for one in drift.singles()]
        self.n = self.length = n
        self.arrival = as_arrival(rate)
        origin = _microseconds(start)
        self._origin = 0 if self.arrival is None else origin
        for k, burst in enumerate(() if self.arrival is None else self.arrival.bursts):
            if burst.start >= self._since_start(n):
                raise ValueError(
                    f"rate.bursts[{k}]: it begins after the last of {n} events; move it forward "
                    "or make the stream longer"
                )

    @property
    def _timed(self) -> bool:
        return self.arrival is not None

    def _since_start(self, row: int) -> int:
        return row if self.arrival is None else self.arrival.at(row)

    def _times(self, seed: int, number: int) -> np.ndarray:
        """Times since the stream's start of a whole block of events."""
        if self.arrival is not None:
            return self.arrival.times(number, seed)
        return np.arange(number * BLOCK, (number + 1) * BLOCK)

    # drifts that go together -------------------------------------------------------------

    def _field(self, drift: Drift) -> Hashable:
        """What a drift replaces: of those with one field the last one decides; None: none."""
        raise NotImplementedError

    def _check_drifts(self) -> None:
        """Refuse drifts of unknown slices, after the end, or that exclude each other.

        Exclusive are two recurring drifts of one field and the same rows, and a drift that others,
        which come after it in the list, hide all the time.
        """
        slices = [name for names in self.schema.slices.values() for name in names]
        keyed = [(f"drifts[{k}]", given) for k, given in enumerate(self._given)]
        for key, drift in keyed:
            if drift.slice is not None and drift.slice not in slices:
                raise ValueError(f"{key}.slice: {unknown('slice', drift.slice, slices)}")
            drift.weight(np.zeros(1, dtype=np.int64), self._timed)
            for one in drift.singles():
                if one.latest().first(self._timed) >= self._since_start(self.n):
                    raise ValueError(
                        f"{key}: a {drift.kind} drift begins after the last of {self.n} events; "
                        "move it forward or make the stream longer"
                    )
        recurring: list[tuple[str, Drift]] = []
        for key, drift in keyed:
            if not isinstance(drift, Recurring):
                continue
            for other, earlier in recurring:
                if self._field(drift) == self._field(earlier) and meet(drift, earlier):
                    raise ValueError(
                        f"{other} and {key}: recurring drifts of the {drift.target} take each "
                        "other's turns; name all that take turns in one"
                    )
            recurring.append((key, drift))
        self._check_hidden()

    def _check_hidden(self) -> None:
        owner = [number for number, drift in enumerate(self._given) for _ in drift.singles()]
        for number, drift in enumerate(self._given):
            mine = [k for k, one in enumerate(owner) if one == number]
            later = {k: [j for j in self._over(k) if owner[j] > number] for k in mine}
            if all(self._hidden(k, later[k], seed) for k in mine for seed in SEEDS):
                by = sorted({owner[j] for k in mine for j in later[k]})
                raise ValueError(
                    f"drifts[{number}]: this {drift.kind} drift of the {drift.target} never "
                    f"shows, since {', '.join(f'drifts[{j}]' for j in by)} acts on what it left; "
                    "list drifts in the order in which they begin"
                )

    def _over(self, k: int) -> list[int]:
        """Drifts that come later in the list, and can replace all that one did.

        Random walks are left out, as they never replace all for long.
        """
        drift, field = self.drifts[k], self._field(self.drifts[k])
        return [
            j
            for j, other in enumerate(self.drifts[k + 1 :], start=k + 1)
            if field is not None and self._field(other) == field
            if other.slice in (None, drift.slice) and not isinstance(other, RandomWalk)
        ]

    def _hidden(self, k: int, later: list[int], seed: int) -> bool:
        """Whether others leave nothing of a drift, at times that include all where it changes."""
        if not later:
            return False
        drift, end = self.drifts[k], self._since_start(self.n)
        spans = drift.spans(end, self._timed, seed, _role(k))
        ends = [t for a, b in spans for t in (a, max(a, b - 1))]
        time = np.append(np.linspace(0, end - 1, GRID), np.clip(ends, 0, end - 1)).astype(np.int64)
        # a walk is somewhere at all times, and to know where costs all of its steps
        walks = isinstance(drift, RandomWalk)
        alone = np.ones(len(time)) if walks else self._weight(k, time, seed)
        left = np.prod([alone, *(1.0 - self._weight(j, time, seed) for j in later)], axis=0)
        return bool(alone.max() > 0 and left.max() < 0.01 * alone.max())

    @property
    def restless(self) -> str:
        """Why it never stands still: a random walk."""
        return "a random walk goes on" if any(map(wanders, self.drifts)) else ""

    def quiet(self, since: int, seed: int) -> Drifting:
        """The world of a seed as it is at a clock time, and stays: a stream to draw twins from.

        Seasons come back; a drift that is under way stops where it is.

        Raises
        ------
        ValueError
            For a random walk.
        """
        until = since - self._origin
        other = copy.copy(self)
        other.drifts = [frozen(drift, until, seed, _role(k)) for k, drift in enumerate(self.drifts)]
        other._given = list(other.drifts)
        other.arrival = None if self.arrival is None else self.arrival.quiet(until)
        return other

    # truth -------------------------------------------------------------------------------

    def _weight(self, k: int, since: np.ndarray, seed: int) -> np.ndarray:
        return self.drifts[k].weight(since, self._timed, seed, _role(k))

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """When something changed, on the stream's clock."""
        end = self._since_start(self.n)
        events = [
            DriftEvent(
                event.kind,
                max(event.start, 0) + self._origin,
                min(event.end, end) + self._origin,
                event.target,
                event.slice,
            )
            for k, drift in enumerate(self.drifts)
            for event in drift.events(end, self._timed, seed, _role(k))
        ]
        return sorted(events, key=lambda e: (e.start, e.end))

    def truth(self, time: np.ndarray, seed: int) -> pd.DataFrame:
        """Expected weights at clock times, for rows that every drift acts on.

        Parameters
        ----------
        time : array-like of int, shape (m,)
            On the stream's clock, such as the starts of ticks: microseconds since 1970, or rows.
        seed : int

        Returns
        -------
        pandas.DataFrame
            One row per time; columns ``time``, ``concept 0``, ``concept 1``, ... (shares that sum
            to 1), then one column for each drift of inputs or labels, in [0, 1].
        """
        since = np.asarray(time) - self._origin
        weights = [self._weight(k, since, seed) for k in range(len(self.drifts))]
        shares = concept_shares(self.drifts, weights, len(since))
        columns = {f"concept {k}": share for k, share in enumerate(shares)}
        others = {
            f"{drift.target} {k}": weight
            for k, (drift, weight) in enumerate(zip(self.drifts, weights, strict=True))
            if drift.target != "concept"
        }
        return pd.DataFrame({"time": time, **columns, **others})

    def _drift_lines(self) -> list[str]:
        """A line for each drift."""
        lines = []
        for drift in self.drifts:
            on = f" on {drift.slice}" if drift.slice else ""
            to = type(drift.to).__name__
            lines.append(f"- {drift.kind} drift of the {drift.target} to {to}{on}{_when(drift)}")
        return list(dict.fromkeys(lines))  # the turns of recurring concepts are alike


def _when(drift: Drift) -> str:
    """When a drift acts, in the words of its parameters."""
    words = []
    for name in ("at", "width", "duration", "period", "every", "step"):
        value = vars(drift).get(name)
        if isinstance(value, Between):
            words.append(f"between {value.low} and {value.high}")
        elif value is not None:
            row = "row " if name == "at" and isinstance(value, int) else ""
            words.append(f"{name} {row}{value}")
    return f", {', '.join(words)}" if words else ""


def _role(k: int) -> str:
    return f"stream.drift.{k + 1}"


def meet(one: Drift, other: Drift) -> bool:
    """Whether two drifts act on the same rows, as far as their slices tell."""
    return one.slice is None or other.slice is None or one.slice == other.slice


def _microseconds(start: Any) -> int:
    try:
        origin = dt.datetime.fromisoformat(start)
    except (TypeError, ValueError) as error:
        raise ValueError(f"start={start!r}: write a date such as '2024-01-01'") from error
    epoch = dt.datetime(1970, 1, 1, tzinfo=origin.tzinfo)
    return (origin - epoch) // dt.timedelta(microseconds=1)
