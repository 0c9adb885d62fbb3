"""Figures fit for a paper: vector graphics at both widths, readable in grey and colour-blind safe.

Each function takes what analysis returned and a width in inches, and gives a figure.
"""

from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    GREEN,
    GREY,
    INK,
    LOOKS,
    ORANGE,
    PURPLE,
    RC,
    SKY,
    VERMILLION,
    new_figure,
    positions,
    save,
    thousands,
    wrapped,
)
from clsim.report.figures.time import REPEATS

__all__ = [
    "BLUE", "COLUMN", "FULL", "GREEN", "GREY", "INK", "LOOKS", "ORANGE", "PURPLE", "RC", "REPEATS",
    "SKY", "VERMILLION", "new_figure", "positions", "save", "thousands", "wrapped",
]  # fmt: skip
