"""What all drifts share: a weight that is a function of time."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_choice
from clsim.readable import Readable
from clsim.streams.drift.position import Between
from clsim.types import DriftEvent


class Drift(Readable):
    """What all drifts share.

    Parameters
    ----------
    to : Concept, Inputs, Prior or None
        What the drift leads to. None for a shape alone, as in `Sum`.
    how : {'mix', 'move'}, default='mix'
        Mix: the weight is the share of events that are of the new kind. Move: every event has
        moved by the weight (incremental drift: the parameters of the concept, or the inputs).
    slice : str or None, default=None
        Name of the only slice that drifts, such as ``'user=new'``.

    Examples
    --------
    A weight that rises in a straight line over the first hundred rows:

    >>> class Ramp(Drift):
    ...     kind = "ramp"
    ...
    ...     def weight(self, time, timed, seed=0, role="drift"):
    ...         return np.clip(time / 100, 0, 1)
    ...
    ...     def spans(self, end, timed, seed, role):
    ...         return [(0, 100)]
    >>> Ramp().weight(np.array([0, 25, 200]), timed=False).tolist(), Ramp().target
    ([0.0, 0.25, 1.0], 'concept')
    >>> Ramp().events(end=500, timed=False)[0].end
    100
    """

    kind = "drift"
    at: Duration | Between = 0  # of drifts that have a position

    def __init__(self, to: Any = None, how: str = "mix", slice: str | None = None) -> None:
        check_choice("how", how, ("mix", "move"))
        self.to = to
        self.how = how
        self.slice = slice

    @property
    def target(self) -> str:
        """What changes: 'concept', 'inputs' or 'labels'."""
        return getattr(self.to, "target", "concept")

    def singles(self) -> list[Drift]:
        """The drifts that this one stands for: itself."""
        return [self]

    def latest(self) -> Drift:
        """This drift, at the last of the positions that it may have."""
        if not isinstance(self.at, Between):
            return self
        late = copy.copy(self)
        late.at = self.at.high
        return late

    def first(self, timed: bool) -> int:
        """Where its first change begins, since the stream's start."""
        return min(start for start, _ in self.spans(1, timed, 0, "drift"))

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        """Weight in [0, 1] at times since the stream's start; what is random hangs on the role."""
        raise NotImplementedError

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        """Start and end of each change, since the stream's start."""
        raise NotImplementedError

    def events(self, end: int, timed: bool, seed: int = 0, role: str = "drift") -> list[DriftEvent]:
        """When the world changes, up to the stream's end."""
        return [
            DriftEvent(self.kind, a, b, self.target, self.slice)
            for a, b in self.spans(end, timed, seed, role)
        ]


def concept_shares(
    drifts: Sequence[Drift], weights: Sequence[np.ndarray], n: int
) -> list[np.ndarray]:
    """For each concept, its share in each of n events; later drifts act on earlier ones."""
    shares = [np.ones(n)]
    for drift, weight in zip(drifts, weights, strict=True):
        if drift.target == "concept":
            shares = [share * (1.0 - weight) for share in shares] + [weight]
    return shares
