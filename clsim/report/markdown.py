"""Tables in Markdown, for a README."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clsim.rounding import MINUS


def number(value: float, low: float = math.nan, high: float = math.nan, places: int = 2) -> str:
    """A number and its interval, with so many places; a dash where there is none.

    >>> number(0.791852, 0.379542, 1.20416), number(8.72, places=1), number(math.nan)
    ('0.79 (0.38 to 1.20)', '8.7', '—')
    """
    if math.isnan(value):
        return "—"
    said = [f"{one:,.{places}f}".replace("-", MINUS) for one in (value, low, high)]
    return said[0] if math.isnan(low) else f"{said[0]} ({said[1]} to {said[2]})"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""A table in Markdown.

    Examples
    --------
    >>> print(table(["strategy", "score"], [["a|b", "1"]]), end="")
    | strategy | score |
    |---|---|
    | a\|b | 1 |
    """
    lines = [headings, *rows]
    said = [
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    ]
    return "\n".join([said[0], "|---" * len(headings) + "|", *said[1:]]) + "\n"
