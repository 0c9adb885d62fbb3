"""Events drawn again until they have the class, and lie on the side, that they should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clsim.randomness import BLOCK
from clsim.streams.targets import Subpopulation

TRIES = 200
"""Attempts in a row, each of about a block of draws, after which what is wanted is impossible."""


@dataclass(frozen=True)
class Side:
    """On which side of a threshold events are to lie.

    Attributes
    ----------
    of : Subpopulation
    drifted : numpy.ndarray of bool
        Events that have reached it; the others lie where they may.
    above : numpy.ndarray of bool
        Whether an event is to lie above the threshold.
    """

    of: Subpopulation
    drifted: np.ndarray
    above: np.ndarray


@dataclass(frozen=True)
class Wish:
    """What the events of a block are to be.

    Attributes
    ----------
    features : tuple of str
    classes : numpy.ndarray of int64
        The class that each is to have; -1: any.
    sides : sequence of Side
    """

    features: tuple[str, ...]
    classes: np.ndarray
    sides: Sequence[Side]

    def missed(self, X: np.ndarray, y: np.ndarray, rows: Any) -> np.ndarray:
        """Which of some rows of the block are not what they are to be."""
        bad = (self.classes[rows] >= 0) & (y != self.classes[rows])
        for side in self.sides:
            bad |= side.drifted[rows] & (side.of.inside(X, self.features) != side.above[rows])
        return bad


def fulfil(
    wish: Wish,
    X: np.ndarray,
    y: np.ndarray,
    draw: Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> None:
    """Draw the events of a block anew, in place, until all are as wished.

    Parameters
    ----------
    wish : Wish
    X, y : numpy.ndarray
        The events as they were drawn first.
    draw : callable
        ``draw(attempt, rows)`` gives inputs and labels of some rows, other ones in each attempt.

    Raises
    ------
    ValueError
        If what is wished never occurs.
    """
    rows = np.flatnonzero(wish.missed(X, y, slice(None)))
    attempt = last = 0
    while len(rows):
        attempt += 1
        candidates = np.repeat(rows, BLOCK // len(rows))
        drawn, labels = draw(attempt, candidates)
        good = np.flatnonzero(~wish.missed(drawn, labels, candidates))
        if len(good):
            last = attempt
        elif attempt - last == TRIES:
            raise ValueError(
                "drifts: a class or a subpopulation that is wanted never occurs; there was "
                f"none in {TRIES} blocks of draws"
            )
        done, first = np.unique(candidates[good], return_index=True)
        X[done], y[done] = drawn[good[first]], labels[good[first]]
        rows = np.setdiff1d(rows, done, assume_unique=True)
