"""Rules: what fires, over the losses of a signal as they come."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from typing import Any

from clsim.types import Fired

Scoring = Callable[[float], float]
"""The declared score that belongs to a mean loss."""


class Rule:
    """What fires over a sequence of losses; it starts afresh when the champion changes."""

    def after(self, losses: list[float], score: Scoring) -> Fired | None:
        """What it says once it has seen the losses of one more tick."""
        raise NotImplementedError


class Level(Rule):
    """The score over the last losses is too low: below a bound, or below where it began.

    Parameters
    ----------
    below, drop : float or None
        The bound, or how far below the score of the first ``window`` losses it may fall.
    window, at_least : int
        Number of losses that the score is taken over, and of those that it needs.
    """

    def __init__(self, below: float | None, drop: float | None, window: int, at_least: int) -> None:
        self.below, self.drop = below, drop
        self.window, self.at_least = window, at_least
        self._losses: deque[float] = deque(maxlen=window)
        self._first: list[float] = []

    def after(self, losses: list[float], score: Scoring) -> Fired | None:
        self._losses.extend(losses)
        if self.drop is not None and len(self._first) < self.window:
            self._first.extend(itertools.islice(losses, self.window - len(self._first)))
        if not losses or len(self._losses) < self.at_least:
            return None
        now = score(sum(self._losses) / len(self._losses))
        if self.below is not None:
            return Fired(f"score {now:.4f} below {self.below}") if now < self.below else None
        assert self.drop is not None
        if len(self._first) < self.window:
            return None
        reference = score(sum(self._first) / len(self._first))
        if now < reference - self.drop:
            return Fired(f"score {now:.4f}, reference {reference:.4f}")
        return None


class Detected(Rule):
    """A drift detector of river alarms on one of the losses.

    Parameters
    ----------
    detector : river.base.DriftDetector
    """

    def __init__(self, detector: Any) -> None:
        self.detector = detector
        self._binary = "Binary" in "".join(base.__name__ for base in type(detector).__mro__)

    def after(self, losses: list[float], score: Scoring) -> Fired | None:
        detector, alarm = self.detector, False
        if self._binary and (others := set(losses) - {0.0, 1.0}):
            raise ValueError(
                f"detector={type(detector).__name__}: takes losses of 0 and 1 alone, not "
                f"{min(others):.4g}; use loss='zero_one', or a detector for numbers such as ADWIN"
            )
        update = detector.update
        for loss in losses:
            update(loss)
            alarm = alarm or detector.drift_detected
        if not alarm:
            return None
        name = type(detector).__name__
        return Fired(name, alarms=(name,))
