"""Generated streams: a concept, and drifts of the concept, the inputs and the labels."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.randomness import BLOCK, generator
from clsim.streams.arrival import Arrival
from clsim.streams.columns import framed
from clsim.streams.concepts.concept import Concept, is_concept
from clsim.streams.drift.weight import Drift
from clsim.streams.drifting import Drifting
from clsim.streams.groups import Groups, groups_by_column
from clsim.streams.mixture import Mixture
from clsim.streams.rejection import Side, Wish, fulfil
from clsim.streams.targets import Inputs, Prior, Subpopulation
from clsim.streams.words import headline
from clsim.types import Batch, Schema


class Synthetic(Drifting):
    """A stream drawn from a concept that drifts.

    Each event follows the first concept, or that of a drift with the drift's weight at its time;
    later drifts act on what earlier ones left, so they chain, also in the middle of a change.
    Drifts of inputs and of labels act likewise; changes of inputs add up.

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
        that has no parameters; or if drifts of the concept (or of the labels) exclude each other:
        one that those after it in the list hide all the time, or two recurring ones of one slice.

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
        super().__init__(drifts, n, rate, start)
        check_number("noise", noise, low=0, high=1)
        if not is_concept(concept):
            raise TypeError(f"concept={concept!r}: expected a concept, such as SEA(0)")
        self.concept = concept
        self.noise = float(noise)
        try:
            self.balance = None if balance is None else Prior(balance)
        except (TypeError, ValueError) as error:
            raise type(error)(f"balance: {error}") from error
        self.groups = groups_by_column(groups)
        self._frame = bool(concept.categories) if as_frame is None else as_frame
        names = {c: tuple(f"{c}={g}" for g in one.names) for c, one in self.groups.items()}
        self.schema = Schema(
            concept.features,
            "classification" if concept.n_classes else "regression",
            np.arange(concept.n_classes),
            self._timed,
            names,
        )
        self._check_labels()
        for k, whole in enumerate(drifts):
            for drift in whole.singles():
                self._check_target(drift, f"drifts[{k}]")
        self._check_drifts()
        self._mixture = Mixture(concept, self.drifts)

    # checks ------------------------------------------------------------------------------

    def _check_labels(self) -> None:
        if self.schema.task == "regression" and (self.noise or self.balance):
            raise ValueError("noise and balance: for classification only")
        if self.balance and len(self.balance.shares) != self.concept.n_classes:
            raise ValueError(f"balance: give a share for each of {self.concept.n_classes} classes")
        for column, groups in self.groups.items():
            try:
                groups.check(self._since_start(self.n), self.schema.timed)
            except ValueError as error:
                raise ValueError(f"groups.{column}: {error}") from error

    def _field(self, drift: Drift) -> Hashable:
        return None if drift.target == "inputs" else drift.target

    def _check_target(self, drift: Drift, key: str) -> None:
        to = drift.to
        if isinstance(to, Inputs):
            try:
                to.check(self.concept.features, self.concept.categories)
            except ValueError as error:
                raise ValueError(f"{key}.to: {error}") from error
            if drift.how == "move" and isinstance(to, Subpopulation):
                raise ValueError(f"{key}.how='move': a subpopulation mixes; use how='mix'")
        elif isinstance(to, Prior):
            if len(to.shares) != self.concept.n_classes or drift.how == "move":
                raise ValueError(
                    f"{key}.to: class shares mix, one for each of {self.concept.n_classes} classes"
                )
        elif not is_concept(to):
            raise TypeError(f"{key}.to={to!r}: expected a concept, a change of inputs, or a Prior")
        elif _shape(to) != _shape(self.concept):
            raise ValueError(
                f"{key}.to: {type(to).__name__} has other features or classes than "
                f"{type(self.concept).__name__}; concepts of one stream must share them"
            )
        elif drift.how == "move" and not to.movable:
            raise ValueError(f"{key}.how='move': {type(to).__name__} has no parameters to move")

    # events ------------------------------------------------------------------------------

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events, ``BLOCK`` at a time."""
        for number in range(-(-self.n // BLOCK)):
            yield self.block(seed, number)

    def block(self, seed: int, number: int) -> Batch:
        """One block, drawn alone: its bits are those that it has in the sequence."""
        since, slices, degrees = self._drawn(seed, number)
        X, y = self._mixture.draw(degrees, seed, number)
        wish = self._wish(degrees, seed, number)
        if wish is not None:
            fulfil(wish, X, y, lambda *again: self._mixture.draw(degrees, seed, number, *again))
        if self.noise:
            draws = (self._uniform(seed, role, number) for role in ("noise", "noise.class"))
            y = _noisy(y, self.noise, self.concept.n_classes, *draws)
        # whole blocks are drawn, so that a longer stream begins with the same events
        there = slice(0, min(BLOCK, self.n - number * BLOCK))
        return Batch(
            _features(X[there], self.concept, self._frame),
            y[there],
            (since + self._origin)[there],
            None,
            {column: codes[there] for column, codes in slices.items()},
        )

    def chances(self, seed: int) -> Iterator[np.ndarray] | None:
        """How likely each class is, given the inputs and the concept that an event follows.

        As `clsim.streams.mixture.Mixture.chances` has it; None with ``balance``, too.
        """
        if self.balance is not None or not self._mixture.labels_by_inputs:
            return None
        return (self._chances(seed, number) for number in range(-(-self.n // BLOCK)))

    def _chances(self, seed: int, number: int) -> np.ndarray:
        likely = self._mixture.chances(self._drawn(seed, number)[2], seed, number)
        likely += self.noise * ((1 - likely) / (likely.shape[1] - 1) - likely)
        return likely[: self.n - number * BLOCK]

    def quiet(self, since: int, seed: int) -> Synthetic:
        """The world of a seed as it is at a clock time, and stays: a stream to draw twins from.

        Groups that are there stay, and no others come.
        """
        other = super().quiet(since, seed)
        assert isinstance(other, Synthetic)
        other._mixture = Mixture(self.concept, other.drifts)
        other.groups = {
            column: groups.quiet(since - self._origin) for column, groups in self.groups.items()
        }
        return other

    def _drawn(
        self, seed: int, number: int
    ) -> tuple[np.ndarray, dict[str, np.ndarray], list[np.ndarray]]:
        """Of a block: times, the group of each event by column, how far each drift has taken it."""
        since = self._times(seed, number)
        slices = {
            column: groups.draw(
                since, self.schema.timed, self._uniform(seed, f"groups.{column}", number)
            )
            for column, groups in self.groups.items()
        }
        degrees = [self._degree(k, since, slices, seed, number) for k in range(len(self.drifts))]
        return since, slices, degrees

    def _uniform(self, seed: int, role: str, *index: int) -> np.ndarray:
        return generator(seed, f"stream.{role}", *index).random(BLOCK)

    def _degree(
        self, k: int, since: np.ndarray, slices: dict[str, np.ndarray], seed: int, number: int
    ) -> np.ndarray:
        """How far a drift has taken each event of a block: where it mixes, 0 or 1."""
        drift = self.drifts[k]
        weight = self._weight(k, since, seed)
        for column, names in self.schema.slices.items():
            if drift.slice in names:
                weight = weight * (slices[column] == names.index(drift.slice))
        if drift.how == "mix" and ((weight > 0) & (weight < 1)).any():
            weight = (self._uniform(seed, f"drift.{k + 1}", number) < weight).astype(float)
        return weight

    def _wish(self, degrees: list[np.ndarray], seed: int, number: int) -> Wish | None:
        """What the events of a block are to be, beyond what is drawn; None: they may be anything.

        Of class shares, the last that has reached an event decides.
        """
        if self.balance is None and not any(
            isinstance(drift.to, (Prior, Subpopulation)) for drift in self.drifts
        ):
            return None
        classes = np.full(BLOCK, -1)
        if self.balance is not None:
            classes = self.balance.classes(self._uniform(seed, "balance", number))
        sides = []
        for k, drift in enumerate(self.drifts):
            if not isinstance(drift.to, (Prior, Subpopulation)) or not degrees[k].any():
                continue
            choice = self._uniform(seed, f"drift.{k + 1}.to", number)
            if isinstance(drift.to, Prior):
                classes = np.where(degrees[k] > 0, drift.to.classes(choice), classes)
            else:
                sides.append(Side(drift.to, degrees[k] > 0, choice < drift.to.share))
        return Wish(self.concept.features, classes, sides)

    def describe(self) -> str:
        """The stream in a few lines."""
        name, end = type(self.concept).__name__, self._since_start(self.n)
        lines = [headline(name, self.n, end, self.schema), *self._drift_lines()]
        arrivals = "" if self.arrival is None else self.arrival.describe()
        if arrivals:
            lines.append(f"- arrivals: {arrivals}")
        for column, groups in self.groups.items():
            lines.append(f"- groups of {column}: {', '.join(groups.names)}")
        if self.balance is not None:
            lines.append(f"- classes with shares of {', '.join(map(str, self.balance.shares))}")
        if self.noise:
            lines.append(f"- {self.noise:.1%} of labels are noise")
        return "\n".join(lines)


def _noisy(
    y: np.ndarray, noise: float, classes: int, flip: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """Labels of which a share is another class."""
    other = (other * (classes - 1)).astype(np.int64)
    return np.where(flip < noise, (y + 1 + other) % classes, y)


def _features(X: np.ndarray, concept: Concept, frame: bool) -> Any:
    """Features of events as learners get them."""
    return framed(X, concept.features, concept.categories) if frame else np.ascontiguousarray(X)


def _shape(concept: Concept) -> tuple[Any, ...]:
    """What the concepts of one stream have in common."""
    return concept.features, concept.n_classes, concept.categories
