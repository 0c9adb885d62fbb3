"""Scores as guards judge them: as a whole and in slices, by a margin or beyond chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_number
from clsim.slices import Sliced, Slices
from clsim.statistics.multiplicity import holm
from clsim.statistics.ties import exceeds
from clsim.strategy.guards.former import LastFine
from clsim.strategy.guards.taking_back import TakingBack
from clsim.types import Column, Rollback, Rows, Schema
from clsim.view import View


class Judged(NamedTuple):
    """The score of a slice, what it is held against, and whether it is below that.

    Attributes
    ----------
    of_slice : str
    score, against : float
    labels : int
    p : float
        The chance to see that, or worse, if it were not below; NaN where none was asked for.
    size : float
        How large losses are, in the mean.
    """

    of_slice: str
    score: float
    against: float
    labels: int
    p: float = float("nan")
    size: float = 0.0

    @property
    def place(self) -> str:
        """The slice in words, after a score."""
        return "" if self.of_slice == "all" else f" in {self.of_slice}"


class ByScore(TakingBack):
    """A guard that goes by scores, of the whole and of slices; the worst of them is its reason.

    Parameters
    ----------
    within, to, distrust
        As of `TakingBack`.
    window : int
        Number of labelled events that count.
    min_labels : int
        Number of them that it takes, in each slice.
    slices : sequence of str or Where
    confidence : float or None
        None: scores are held against each other as they are.
    """

    margin: float = 0.0
    """How far a score may fall short, in units of the declared score."""

    def __init__(
        self,
        within: Duration | None,
        window: int,
        min_labels: int,
        slices: Sequence[Sliced],
        confidence: float | None,
        to: LastFine | None,
        distrust: bool,
    ) -> None:
        super().__init__(within, to, distrust)
        check_number("window", window, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=window)
        self.window = window
        self.min_labels = min_labels
        self.slices = _as_slices(slices, confidence)
        self.confidence = confidence

    def check_schema(self, schema: Schema) -> None:
        try:
            self.slices.check_schema(schema)
        except ValueError as error:
            raise ValueError(f"guard.{error}") from error

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.slices.check_columns(column)

    def judged(self, view: View) -> Iterator[Judged]:
        """The whole and each slice with labels enough."""
        raise NotImplementedError

    def told(self, worst: Judged) -> tuple[str, dict[str, float]]:
        """The reason to take the champion back, and its numbers."""
        raise NotImplementedError

    def watch(self, view: View) -> Rollback | None:
        if not self.in_time(view):
            return None
        judged = list(self.judged(view))
        if self.confidence is not None:
            low = _beyond_chance(judged, self.confidence)
        else:
            low = [j for j in judged if exceeds(j.against, j.score, self.margin, j.size)]
        if not low:  # also where there is no score
            return None
        worst = min(low, key=lambda one: one.score - one.against)
        reason, detail = self.told(worst)
        if self.confidence is not None:
            detail["p"] = worst.p
        return self.back(view, reason, detail)


def _as_slices(slices: Sequence[Sliced], confidence: float | None) -> Slices:
    """The slices that a guard looks at, which needs a confidence where there are several.

    Raises
    ------
    TypeError, ValueError
    """
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


def losses_of(view: View, rows: Rows) -> np.ndarray:
    """Losses of those of some labelled rows that were answered."""
    losses = view.outcomes.losses(rows)
    return losses[~np.isnan(losses)]


def score_of(view: View, losses: np.ndarray) -> float:
    """The declared score of some losses; NaN for none."""
    return float(view.score(losses.mean())) if len(losses) else float("nan")


def size_of(*losses: np.ndarray) -> float:
    """How large some losses are in the mean, whatever their sign; 0 for none."""
    return sum(float(np.abs(some).mean()) for some in losses if len(some))


def _beyond_chance(judged: Sequence[Judged], confidence: float) -> list[Judged]:
    """Those that are below by more than chance, by Holm's correction for all that were judged."""
    corrected = holm([one.p for one in judged])
    return [one for one, p in zip(judged, corrected, strict=True) if p <= 1 - confidence]
