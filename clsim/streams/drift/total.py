"""Weights of several shapes added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.errors import check_list
from clsim.streams.drift.weight import Drift


class Sum(Drift):
    """Weights of several shapes added, such as daily and weekly cycles; at most 1.

    Parameters
    ----------
    to, how, slice
        As for `Drift`.
    shapes : sequence of Drift
        With ``to: null``; only their weights count.

    Examples
    --------
    >>> from clsim.streams.concepts import SEA
    >>> from clsim.streams.drift import Periodic
    >>> daily, weekly = (Periodic(None, period=p, amplitude=0.5) for p in ("1d", "7d"))
    >>> drift = Sum(SEA(2), [daily, weekly])

    >>> halves = [Periodic(None, period=p, amplitude=0.5) for p in (20, 40)]
    >>> Sum(SEA(2), halves).weight(np.array([0, 10, 20]), timed=False).round(9).tolist()
    [0.0, 0.75, 0.5]
    """

    kind = "sum"

    def __init__(
        self, to: Any, shapes: Sequence[Drift], how: str = "mix", slice: str | None = None
    ) -> None:
        super().__init__(to, how, slice)
        check_list("shapes", shapes, "[Periodic(None, period='1d', amplitude=0.5)]")
        if not shapes:
            raise ValueError("shapes: give at least one")
        for n, shape in enumerate(shapes):
            if not isinstance(shape, Drift):
                raise TypeError(f"shapes[{n}]={shape!r}: expected a drift, such as Periodic")
            if shape.to is not None:
                raise ValueError(
                    f"shapes[{n}].to={shape.to!r}: what changes is what the sum says; leave it out"
                )
            if shape.slice is not None:
                raise ValueError(f"shapes[{n}].slice={shape.slice!r}: give it to the sum")
        self.shapes = list(shapes)

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        weights = [
            shape.weight(time, timed, seed, f"{role}.{n}") for n, shape in enumerate(self.shapes)
        ]
        return np.clip(np.sum(weights, axis=0), 0.0, 1.0)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        return [
            span
            for n, shape in enumerate(self.shapes)
            for span in shape.spans(end, timed, seed, f"{role}.{n}")
        ]

    def first(self, timed: bool) -> int:
        """Where the last of the shapes begins: none may lie after the stream."""
        return max(shape.latest().first(timed) for shape in self.shapes)
