"""Numbers that stand for "not known", such as -999."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding
from clsim.streams.tables.columns import as_numbers

NINES = tuple(10.0**k - 1 for k in range(2, 8))

CODES = (
    *NINES, *(-nines for nines in NINES), -1.0, -9.0, -32768.0, 32767.0, 65535.0, -2147483648.0,
    2147483647.0,
)  # fmt: skip
"""Numbers that people and programs write where they know none."""

LEAST_ROWS, LEAST_VALUES = 3, 5
"""Rows that have such a number, and other values of the column, at least."""

SMOOTH = 14.0
"""Rows at -2 that are expected, and not there, if counts fall off from 0 to -1 and on."""


def stand_ins(frame: pd.DataFrame, names: Sequence[str]) -> list[Finding]:
    """Numbers of ``CODES`` that lie outside all others of their column.

    Such a number is told if it is as far from the others as these are spread, or negative where no
    other is. Of -1 in whole numbers more is asked, since it may be one of them: that by a smooth
    fall from 0 to -1 there would be some at -2 (of which none has a chance of one in a million).
    """
    found = []
    for name in names:
        column = as_numbers(frame[name].dropna())
        if column.dtype.kind not in "iuf":
            continue
        values, counts = np.unique(column.to_numpy(dtype=float), return_counts=True)
        coded = np.isin(values, CODES) & (counts >= LEAST_ROWS)
        others = values[~coded & np.isfinite(values)]
        if not coded.any() or len(others) < LEAST_VALUES:
            continue
        zeros = int(counts[values == 0].sum())
        for value, rows in zip(values[coded], counts[coded], strict=True):
            if _stands_out(float(value), int(rows), others, zeros):
                facts = {"value": f"{value:g}", "rows": int(rows), "low": f"{others[0]:g}",
                         "high": f"{others[-1]:g}"}  # fmt: skip
                found.append(Finding("stand-in", name, "warned", facts))
    return found


def _stands_out(value: float, rows: int, others: np.ndarray, zeros: int) -> bool:
    low, high = float(others[0]), float(others[-1])
    if low <= value <= high:
        return False
    away = low - value if value < low else value - high
    if value < 0 <= low and value != -1:
        return True
    if value == -1 and low >= 0:
        return bool((others % 1 != 0).any()) or rows**2 / max(zeros, 1) >= SMOOTH
    return away >= high - low and abs(value) >= NINES[0]
