"""Generated streams: a concept, and drifts of the concept, the inputs and the labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_number, unknown
from clsim.randomness import BLOCK, generator
from clsim.streams.arrival import Arrival, as_arrival
from clsim.streams.concepts import Concept
from clsim.streams.drift import Drift
from clsim.streams.groups import Groups
from clsim.streams.targets import Inputs, Prior, Subpopulation
from clsim.types import Batch, DriftEvent, Schema

TRIES = 10_000
"""Draws after which a class or a subpopulation counts as one that never occurs."""


class Synthetic:
    """A stream drawn from a concept that drifts.

    Each event follows the first concept, or that of a drift with the drift's weight at its time;
    later drifts act on what earlier ones left, so they chain. Drifts of inputs and of labels
    act likewise.

    Parameters
    ----------
    concept : Concept
    drifts : sequence of Drift, default=()
    n : int, default=10_000
        Number of events.
    rate : str, Arrival or None, default=None
        Events per unit of time, such as ``'48/d'``, or an arrival process. None: no time, the
        clock counts rows.
    start : str, default='2024-01-01'
        Time at which the stream starts, where there is a rate.
    noise : float, default=0.0
        Share of labels that are replaced by another class, in [0, 1].
    balance : sequence of float or None, default=None
        Class shares, from P(x | y) by rejection. None: as the concept has them.
    groups : dict of str to Groups or None, default=None
        For each column of slices, its groups.
    as_frame : bool or None, default=None
        Give learners a DataFrame or a float array. None: a frame if a feature is categorical.

    Raises
    ------
    ValueError
        If a drift lies after the end, leads to a concept with other features, or moves a concept
        that has no parameters.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import SEA
    >>> from clsim.streams.drift import Sudden
    >>> stream = Synthetic(SEA(0), [Sudden(SEA(3), at="10d")], n=960, rate="48/d")
    >>> batch = next(stream.blocks(seed=1))
    >>> batch.X.shape, batch.y[:8].tolist()
    ((960, 3), [1, 1, 0, 0, 1, 0, 1, 1])
    """

    def __init__(
        self,
        concept: Concept,
        drifts: Sequence[Drift] = (),
        *,
        n: int = 10_000,
        rate: str | Arrival | None = None,
        start: str = "2024-01-01",
        noise: float = 0.0,
        balance: Sequence[float] | None = None,
        groups: Mapping[str, Groups] | None = None,
        as_frame: bool | None = None,
    ) -> None:
        check_number("n", n, whole=True, low=1)
        check_number("noise", noise, low=0, high=1)
        self.concept = concept
        self.drifts = [part for drift in drifts for part in drift.parts()]
        self.n = n
        self.noise = float(noise)
        self.balance = None if balance is None else Prior(balance)
        self.groups = dict(groups or {})
        self.arrival = as_arrival(rate)
        try:
            origin = dt.datetime.fromisoformat(start)
        except (TypeError, ValueError) as error:
            raise ValueError(f"start={start!r}: write a date such as '2024-01-01'") from error
        epoch = dt.datetime(1970, 1, 1, tzinfo=origin.tzinfo)
        timed = self.arrival is not None
        self._origin = (origin - epoch) // dt.timedelta(microseconds=1) if timed else 0
        self._frame = bool(concept.categories) if as_frame is None else as_frame
        names = {c: tuple(f"{c}={g}" for g in given.names) for c, given in self.groups.items()}
        self.schema = Schema(
            concept.features,
            "classification" if concept.n_classes else "regression",
            np.arange(concept.n_classes),
            timed,
            names,
        )
        self._check_labels()
        for number, drift in enumerate(self.drifts):
            self._check_drift(drift, f"drifts[{number}]")
        moves = [d for d in self.drifts if d.target == "concept" and d.how == "move"]
        self._moving = bool(moves)
        if moves:
            kinds = {type(d.to) for d in self.drifts if d.target == "concept"} | {type(concept)}
            if len(kinds) > 1:
                raise ValueError(
                    "drifts: concepts that move must be of one class, not "
                    + ", ".join(sorted(kind.__name__ for kind in kinds))
                )

    # checks ------------------------------------------------------------------------------

    def _check_labels(self) -> None:
        if self.schema.task == "regression" and (self.noise or self.balance):
            raise ValueError("noise and balance: for classification only")
        if self.balance and len(self.balance.shares) != self.concept.n_classes:
            raise ValueError(f"balance: give a share for each of {self.concept.n_classes} classes")
        for column, groups in self.groups.items():
            try:
                groups.weights(np.array([0, self._since_start(self.n)]), self.schema.timed)
            except ValueError as error:
                raise ValueError(f"groups.{column}: {error}") from error

    def _check_drift(self, drift: Drift, key: str) -> None:
        to, timed, end = drift.to, self.schema.timed, self._since_start(self.n)
        slices = [name for names in self.schema.slices.values() for name in names]
        if drift.slice is not None and drift.slice not in slices:
            raise ValueError(f"{key}.slice: {unknown('slice', drift.slice, slices)}")
        if isinstance(to, Inputs):
            to.check(self.concept.features)
            if drift.how == "move" and isinstance(to, Subpopulation):
                raise ValueError(f"{key}.how='move': a subpopulation mixes; use how='mix'")
        elif isinstance(to, Prior):
            if len(to.shares) != self.concept.n_classes or drift.how == "move":
                raise ValueError(
                    f"{key}.to: class shares mix, one for each of {self.concept.n_classes} classes"
                )
        elif not hasattr(to, "label"):
            raise TypeError(f"{key}.to={to!r}: expected a concept, a change of inputs, or a Prior")
        elif (to.features, to.n_classes) != (self.concept.features, self.concept.n_classes):
            raise ValueError(
                f"{key}.to: {type(to).__name__} has other features or classes than "
                f"{type(self.concept).__name__}; concepts of one stream must share them"
            )
        elif drift.how == "move" and not to.movable:
            raise ValueError(f"{key}.how='move': {type(to).__name__} has no parameters to move")
        drift.weight(np.zeros(1, dtype=np.int64), timed)
        for event in drift.events(end, timed):
            if event.start >= end:
                raise ValueError(
                    f"{key}: a {event.kind} drift begins after the last of {self.n} events; move "
                    "it forward or make the stream longer"
                )

    # events ------------------------------------------------------------------------------

    def _since_start(self, row: int) -> int:
        return row if self.arrival is None else self.arrival.at(row)

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events, ``BLOCK`` at a time."""
        for number in range(-(-self.n // BLOCK)):
            yield self.block(seed, number)

    def block(self, seed: int, number: int) -> Batch:
        """One block, drawn alone: its bits are those that it has in the sequence."""
        rows = np.arange(number * BLOCK, (number + 1) * BLOCK)
        since = rows if self.arrival is None else self.arrival.times(number, seed)
        slices = {
            column: groups.draw(
                since, self.schema.timed, self._uniform(seed, f"groups.{column}", number)
            )
            for column, groups in self.groups.items()
        }
        weights = [self._weight(k, since, slices, seed) for k in range(len(self.drifts))]
        shares = self._shares(weights, seed, number)
        X, y = self._draw(shares, weights, seed, number, 0, np.arange(BLOCK))
        self._reject(X, y, shares, weights, seed, number)
        if self.noise:
            y = self._noisy(y, seed, number)
        X = X[:, : len(self.concept.features)]
        part = slice(0, min(BLOCK, self.n - number * BLOCK))
        return Batch(
            self._features(X[part]),
            y[part],
            (since + self._origin)[part],
            None,
            {column: codes[part] for column, codes in slices.items()},
        )

    def _uniform(self, seed: int, role: str, *index: int) -> np.ndarray:
        return generator(seed, f"stream.{role}", *index).random(BLOCK)

    def _weight(
        self, k: int, since: np.ndarray, slices: dict[str, np.ndarray], seed: int
    ) -> np.ndarray:
        drift = self.drifts[k]
        weight = drift.weight(since, self.schema.timed, seed, f"stream.drift.{k + 1}")
        for column, names in self.schema.slices.items():
            if drift.slice in names:
                weight = weight * (slices[column] == names.index(drift.slice))
        return weight

    def _shares(self, weights: list[np.ndarray], seed: int, number: int) -> np.ndarray:
        """For each event, the share of each concept in its parameters: (concepts, BLOCK)."""
        count = 1 + sum(drift.target == "concept" for drift in self.drifts)
        shares = np.zeros((count, BLOCK))
        shares[0] = 1.0
        concept = 0
        for k, drift in enumerate(self.drifts):
            if drift.target != "concept":
                continue
            concept += 1
            share = weights[k]
            if drift.how == "mix":
                share = (self._uniform(seed, f"drift.{k + 1}", number) < share).astype(float)
            shares *= 1.0 - share
            shares[concept] = share
        return shares

    def _draw(
        self,
        shares: np.ndarray,
        weights: list[np.ndarray],
        seed: int,
        number: int,
        attempt: int,
        rows: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels of some rows of a block; each attempt draws anew."""
        index = (number,) if attempt == 0 else (number, attempt)
        concepts = [self.concept, *(d.to for d in self.drifts if d.target == "concept")]
        which = shares[:, rows].argmax(axis=0)
        keys = list(dict.fromkeys(concept.inputs for concept in concepts))
        X = np.empty(0)
        for key_number, key in enumerate(keys):
            members = [k for k, concept in enumerate(concepts) if concept.inputs == key]
            role = "stream.inputs" + (f".{key_number}" if key_number else "")
            drawn = concepts[members[0]].draw(len(rows), generator(seed, role, *index), seed)
            mine = np.isin(which, members)
            X = drawn if key_number == 0 else np.where(mine[:, None], drawn, X)
        uniform = generator(seed, "stream.labels", *index).random(len(rows))
        for k, drift in enumerate(self.drifts):
            if isinstance(drift.to, Inputs) and not isinstance(drift.to, Subpopulation):
                share = weights[k][rows]
                if drift.how == "mix":
                    share = (self._uniform(seed, f"drift.{k + 1}", number)[rows] < share) * 1.0
                if share.any():
                    X = drift.to.change(X, share, self.concept.features)
        y = np.empty(len(rows), dtype=np.int64 if self.concept.n_classes else float)
        if self._moving:
            blend = list(zip(concepts, shares[:, rows], strict=True))
            if concepts[0].moves_inputs:
                X = concepts[0].moved(X, seed, blend)
            return X, concepts[0].label(X, uniform, seed, blend)
        for k, concept in enumerate(concepts):
            mask = which == k
            if mask.all():
                return X, concept.label(X, uniform, seed)
            if mask.any():
                y[mask] = concept.label(X[mask], uniform[mask], seed)
        return X, y

    def _reject(
        self,
        X: np.ndarray,
        y: np.ndarray,
        shares: np.ndarray,
        weights: list[np.ndarray],
        seed: int,
        number: int,
    ) -> None:
        """Draw events anew, in place, until they have the class and the part that they should."""
        wanted = np.full(BLOCK, -1)
        if self.balance is not None:
            wanted = self._classes(self.balance, self._uniform(seed, "balance", number))
        parts: list[tuple[Subpopulation, np.ndarray, np.ndarray]] = []
        for k, drift in enumerate(self.drifts):
            if not isinstance(drift.to, (Prior, Subpopulation)):
                continue
            drifted = self._uniform(seed, f"drift.{k + 1}", number) < weights[k]
            choice = self._uniform(seed, f"drift.{k + 1}.to", number)
            if isinstance(drift.to, Prior):
                wanted = np.where(drifted, self._classes(drift.to, choice), wanted)
            else:
                parts.append((drift.to, drifted, choice < drift.to.share))

        def wrong(X: np.ndarray, y: np.ndarray, rows: np.ndarray) -> np.ndarray:
            bad = (wanted[rows] >= 0) & (y != wanted[rows])
            for part, drifted, inside in parts:
                bad |= drifted[rows] & (part.inside(X, self.concept.features) != inside[rows])
            return bad

        rows = np.flatnonzero(wrong(X, y, np.arange(BLOCK)))
        for attempt in range(1, TRIES):
            if len(rows) == 0:
                return
            drawn, labels = self._draw(shares, weights, seed, number, attempt, rows)
            bad = wrong(drawn, labels, rows)
            X[rows[~bad]], y[rows[~bad]] = drawn[~bad], labels[~bad]
            rows = rows[bad]
        raise ValueError(
            f"drifts: a class or a subpopulation that is wanted did not occur in {TRIES} draws"
        )

    @staticmethod
    def _classes(prior: Prior, uniform: np.ndarray) -> np.ndarray:
        edges = np.cumsum(prior.shares)
        return np.minimum(np.searchsorted(edges, uniform, "right"), len(prior.shares) - 1)

    def _noisy(self, y: np.ndarray, seed: int, number: int) -> np.ndarray:
        flip = self._uniform(seed, "noise", number) < self.noise
        other = self._uniform(seed, "noise.class", number) * (self.concept.n_classes - 1)
        return np.where(flip, (y + 1 + other.astype(np.int64)) % self.concept.n_classes, y)

    def _features(self, X: np.ndarray) -> Any:
        if not self._frame:
            return np.ascontiguousarray(X)
        frame = pd.DataFrame(X, columns=list(self.concept.features))
        for name, count in self.concept.categories.items():
            codes = frame[name].to_numpy().astype(np.int64)
            dtype = pd.CategoricalDtype(list(range(count)))
            frame[name] = pd.Series(codes, index=frame.index).astype(dtype)
        return frame

    # truth -------------------------------------------------------------------------------

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """When something changed, on the stream's clock."""
        end = self._since_start(self.n)
        found = [
            DriftEvent(
                event.kind,
                max(event.start, 0) + self._origin,
                min(event.end, end) + self._origin,
                event.target,
                event.slice,
            )
            for k, drift in enumerate(self.drifts)
            for event in drift.events(end, self.schema.timed, seed, f"stream.drift.{k + 1}")
        ]
        return sorted(found, key=lambda e: (e.start, e.end))

    def truth(self, time: np.ndarray, seed: int) -> pd.DataFrame:
        """Expected weights at clock times, for rows that every drift acts on.

        Returns
        -------
        pandas.DataFrame
            One row per time; columns ``concept 0``, ``concept 1``, ... (shares that sum to 1),
            then one column for each drift of inputs or labels, in [0, 1].
        """
        since = np.asarray(time) - self._origin
        shares, others = [np.ones(len(since))], {}
        for k, drift in enumerate(self.drifts):
            weight = drift.weight(since, self.schema.timed, seed, f"stream.drift.{k + 1}")
            if drift.target == "concept":
                shares = [share * (1.0 - weight) for share in shares] + [weight]
            else:
                others[f"{drift.target} {k}"] = weight
        columns = {f"concept {k}": share for k, share in enumerate(shares)}
        return pd.DataFrame({"time": time, **columns, **others})

    def describe(self) -> str:
        """The stream in a few lines."""
        timed = self.schema.timed
        end = self._since_start(self.n)
        length = str(dt.timedelta(microseconds=end)) if timed else f"{end} rows"
        lines = [
            f"{type(self.concept).__name__}: {self.n:,} events over {length}, "
            f"{len(self.schema.features)} features, "
            + (f"{self.concept.n_classes} classes" if self.concept.n_classes else "regression")
        ]
        for drift in self.drifts:
            on = f" on {drift.slice}" if drift.slice else ""
            lines.append(
                f"- {drift.kind} drift of the {drift.target} to {type(drift.to).__name__}{on}"
            )
        for column, groups in self.groups.items():
            lines.append(f"- groups of {column}: {', '.join(groups.names)}")
        if self.noise:
            lines.append(f"- {self.noise:.1%} of labels are noise")
        return "\n".join(lines)
