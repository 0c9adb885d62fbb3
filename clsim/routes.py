"""Which model answers which share of the events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

ROUNDING = 1e-12
"""How far sums of shares may lie from what they stand for."""


class Span(NamedTuple):
    """A piece of [0, 1), and the model that answers the events that are drawn there."""

    low: float
    high: float
    model: int


@dataclass(frozen=True)
class Route:
    """Which model answers which share of the events.

    Attributes
    ----------
    spans : tuple of Span
        Ascending; they cover [0, 1), and neighbours have different models.

    Examples
    --------
    A canary grows from 5 % to 20 %: whom it answered before, it still answers.

    >>> route = Route.to(0).grown(1, 0.05, of=0)
    >>> route.spans
    (Span(low=0.0, high=0.05, model=1), Span(low=0.05, high=1.0, model=0))
    >>> route.grown(1, 0.2, of=0).spans
    (Span(low=0.0, high=0.2, model=1), Span(low=0.2, high=1.0, model=0))
    >>> round(route.grown(1, 0.2, of=0).grown(1, 0.05, of=0).share(1), 9)
    0.05
    """

    spans: tuple[Span, ...]

    @classmethod
    def to(cls, model: int) -> Route:
        """All events to one model."""
        return cls((Span(0.0, 1.0, model),))

    @property
    def models(self) -> tuple[int, ...]:
        """The models that answer, each once, in order of their number."""
        return tuple(sorted({span.model for span in self.spans}))

    def share(self, model: int) -> float:
        """The share of the events that a model answers."""
        return sum(span.high - span.low for span in self.spans if span.model == model)

    def of(self, draws: np.ndarray) -> np.ndarray:
        """The model that answers each event, by its number in [0, 1).

        Returns
        -------
        numpy.ndarray of the same shape, int32
        """
        edges = [span.low for span in self.spans]
        models = np.array([span.model for span in self.spans], dtype=np.int32)
        return models[np.searchsorted(edges, draws, "right") - 1]

    def grown(self, model: int, share: float, of: int, above: float = 0.0) -> Route:
        """The route in which a model has a share: it takes from another, or gives back to it.

        It takes the lowest first, and gives back the highest first, so nobody else moves.

        Parameters
        ----------
        model : int
        share : float
        of : int
            The model that it takes from and gives back to.
        above : float, default=0.0
            What lies below is not taken.

        Raises
        ------
        ValueError
            If the other has not that much.
        """
        wanted = share - self.share(model)
        if wanted < 0:
            spans = _moved(self.spans[::-1], model, of, -wanted, low=0.0, last=True)[::-1]
        else:
            spans = _moved(self.spans, of, model, wanted, low=above, last=False)
        return Route(_joined(spans))

    def has_room(self, model: int, share: float, of: int, above: float = 0.0) -> bool:
        """Whether the other has as much as a model would take."""
        room = sum(span.high - max(span.low, above) for span in self.spans
                   if span.model == of and span.high > above)  # fmt: skip
        return share - self.share(model) <= room + ROUNDING


def _moved(
    spans: tuple[Span, ...], giver: int, taker: int, wanted: float, *, low: float, last: bool
) -> tuple[Span, ...]:
    """Spans in the order given, of which a giver's pass to a taker until there is enough.

    ``last``: the upper part of a span goes first.
    """
    moved: list[Span] = []
    for span in spans:
        begin = max(span.low, low)
        length = min(wanted, span.high - begin)
        if span.model != giver or length <= ROUNDING:
            moved.append(span)
            continue
        wanted -= length
        whole = span.high - begin - length <= ROUNDING
        if last:
            cut = begin if whole else span.high - length
            pieces = [Span(cut, span.high, taker), Span(span.low, cut, giver)]
        else:
            cut = span.high if whole else begin + length
            pieces = [Span(span.low, begin, giver), Span(begin, cut, taker),
                      Span(cut, span.high, giver)]  # fmt: skip
        moved += [piece for piece in pieces if piece.high > piece.low]
    if wanted > ROUNDING:
        raise ValueError(f"share: model {giver} has {wanted:.3g} less than is asked of it")
    return tuple(moved)


def _joined(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Spans, of which neighbours of one model are one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].model == span.model:
            span = Span(joined.pop().low, span.high, span.model)
        joined.append(span)
    return tuple(joined)
