"""Losses as a guard judges them: as a whole and in slices, by a margin or beyond chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clsim.errors import check_number
from clsim.statistics.multiplicity import holm
from clsim.types import Rows, Schema
from clsim.view import View

if TYPE_CHECKING:
    from clsim.slices import Sliced, Slices


class Judged(NamedTuple):
    """The score of a slice, what it is held against, and whether it is below that.

    Attributes
    ----------
    of_slice : str
    score, against : float
    labels : int
    p : float
        The chance to see that, or worse, if it were not below; NaN where none was asked for.
    """

    of_slice: str
    score: float
    against: float
    labels: int
    p: float = float("nan")

    @property
    def place(self) -> str:
        """The slice in words, after a score."""
        return "" if self.of_slice == "all" else f" in {self.of_slice}"


def as_slices(slices: Sequence[Sliced], confidence: float | None) -> Slices:
    """The slices that a guard looks at, which needs a confidence where there are several.

    Raises
    ------
    TypeError, ValueError
    """
    from clsim.slices import Slices  # slow to load

    if confidence is not None:
        check_number("confidence", confidence)
        if not 0 < confidence < 1:
            raise ValueError(f"confidence={confidence}: must be between 0 and 1, such as 0.95")
    found = Slices(slices)
    if found and confidence is None:
        raise ValueError(
            "slices: of several slices one falls by chance alone, so say with which confidence "
            "(confidence=0.95); the chances are corrected by Holm's method"
        )
    return found


def check_slices(slices: Slices, schema: Schema) -> None:
    """Refuse slices that the stream does not have, by the guard's name.

    Raises
    ------
    ValueError
    """
    try:
        slices.check_schema(schema)
    except ValueError as error:
        raise ValueError(f"guard.{error}") from error


def masks(view: View, slices: Slices, rows: Rows) -> Iterator[tuple[str, np.ndarray]]:
    """The whole and each slice, by name, and which of some rows belong to it."""
    yield "all", np.ones(len(rows), dtype=bool)
    yield from slices.masks(view, rows).items()


def losses_of(view: View, rows: Rows) -> np.ndarray:
    """Losses of those of some labelled rows that were answered."""
    losses = view.outcomes.losses(rows)
    return losses[~np.isnan(losses)]


def score_of(view: View, losses: np.ndarray) -> float:
    """The declared score of some losses; NaN for none."""
    return float(view.score(losses.mean())) if len(losses) else float("nan")


def beyond_chance(judged: Sequence[Judged], confidence: float) -> list[Judged]:
    """Those that are below by more than chance, by Holm's correction for all that were judged."""
    corrected = holm([one.p for one in judged])
    return [one for one, p in zip(judged, corrected, strict=True) if p <= 1 - confidence]
