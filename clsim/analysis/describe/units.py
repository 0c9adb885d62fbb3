"""A column that is in another unit from one day on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding
from clsim.streams.tables.columns import as_numbers

FACTORS = {
    10.0: "a decimal point that moved", 100.0: "cents and units, or percent and shares",
    1000.0: "thousands and units, or grams and kilograms", 1e6: "millions and units",
    1.609344: "miles and kilometres", 2.20462: "kilograms and pounds",
    2.54: "inches and centimetres", 3.28084: "metres and feet",
    3.78541: "gallons and litres", 25.4: "inches and millimetres",
    28.3495: "ounces and grams", 12.0: "years and months", 24.0: "days and hours",
    60.0: "hours, minutes and seconds", 3600.0: "hours and seconds", 86_400.0: "days and seconds",
}  # fmt: skip
"""By what numbers are multiplied from one unit to another."""

LEAST_ROWS, LEAST_VALUES = 100, 20
"""Positive numbers of a column, and how many of them differ, at least."""

LEAST_PART = 0.03
"""Share of the rows before the change, and after it, at least."""

APART, ALIKE = 0.5, 0.15
"""Largest difference of the distribution functions: at least so much between before and after, and
no more than so much, or than chance makes, when the latter is taken back to the former unit."""

CLOSE = 0.03
"""The factor is met with this error (of its logarithm), or three standard errors."""

EDGE = 50
"""Rows on each side of the change that must show it too: what is gradual is no other unit."""


def changes_of_unit(
    frame: pd.DataFrame, names: Sequence[str], time: pd.Series | None
) -> list[Finding]:
    """Columns whose numbers are multiplied by a factor of ``FACTORS`` from one row on.

    The row is where the sums of the logarithms turn; the factor that of the medians. Zeros and
    negative numbers are not looked at, nor are columns that have many.

    Parameters
    ----------
    frame : pandas.DataFrame
        In time order.
    names : sequence of str
    time : pandas.Series or None
        Moments, in the same order; None: the row is told.
    """
    found = []
    for name in names:
        column = as_numbers(frame[name])
        if column.dtype.kind not in "iuf" or pd.api.types.is_bool_dtype(column.dtype):
            continue
        values = column.to_numpy(dtype=float, na_value=np.nan)
        rows = np.flatnonzero(values > 0)
        if len(rows) < max(LEAST_ROWS, 0.9 * np.sum(~np.isnan(values))):
            continue
        if len(np.unique(values[rows])) < LEAST_VALUES:
            continue
        change = change_of(np.log(values[rows]))
        if change is not None:
            place, factor, up = change
            row = int(rows[place])
            facts = {
                "since": f"row {row}" if time is None else str(time.iloc[row])[:10],
                "times": factor if up else 1 / factor, "units": FACTORS[factor],
                "before": f"{np.median(values[rows[:place]]):.4g}",
                "after": f"{np.median(values[rows[place:]]):.4g}",
            }  # fmt: skip
            found.append(Finding("unit", name, "warned", facts))
    return found


def change_of(x: np.ndarray) -> tuple[int, float, bool] | None:
    """Where logarithms jump by that of a factor, by which, and whether upwards; None: nowhere."""
    size = len(x)
    least = max(int(LEAST_PART * size), 20)
    places = np.arange(least, size - least + 1)
    if len(places) == 0:
        return None
    sums = np.cumsum(x - x.mean())[places - 1]
    place = int(places[np.argmax(np.abs(sums) / np.sqrt(places * (size - places)))])
    before, after = x[:place], x[place:]
    jump = float(np.median(after) - np.median(before))
    error = _error(before, after)
    factor = min(FACTORS, key=lambda one: abs(abs(jump) - math.log(one)))
    step = math.copysign(math.log(factor), jump)
    if abs(jump - step) > max(CLOSE, 3 * error) or _apart(before, after) < APART:
        return None
    chance = 1.63 * math.sqrt(1 / len(before) + 1 / len(after))  # one in a hundred
    if _apart(before, after - step) > max(ALIKE, chance):
        return None
    last, first = before[-EDGE:], after[:EDGE]
    there = float(np.median(first) - np.median(last))
    if abs(there - jump) > max(CLOSE, 4 * _error(last, first)) or abs(there) < abs(jump) / 2:
        return None
    return place, factor, jump > 0


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import ks_2samp

    return float(ks_2samp(a, b, method="asymp").statistic)


def _error(a: np.ndarray, b: np.ndarray) -> float:
    """Standard error of the difference of two medians of normal numbers."""
    spread = [np.subtract(*np.quantile(part, [0.75, 0.25])) / 1.349 for part in (a, b)]
    return 1.2533 * math.sqrt(sum(s**2 / len(part) for s, part in zip(spread, (a, b), strict=True)))
