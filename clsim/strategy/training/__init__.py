"""Training: from scratch or on from the champion, and how long it takes."""

from clsim.strategy.training.iterated import Iterated
from clsim.strategy.training.ways import RowByRow, Searched, Stateful, Stateless

__all__ = ["Iterated", "RowByRow", "Searched", "Stateful", "Stateless"]
