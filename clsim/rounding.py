"""How numbers are written: one rule for words, tables, figures, memo and the page's script."""

from __future__ import annotations

import math

from clsim.statistics.intervals import Interval

DIGITS = 4
"""Digits of a number that is not whole; those before the decimal point are never cut off."""

MINUS, MISSING = "\N{MINUS SIGN}", "\N{EN DASH}"

NOTHING = 1e-12
"""Size below which a number is what rounding left of 0."""


def counted(number: int, what: str) -> str:
    """A number of things, in words.

    Parameters
    ----------
    number : int
    what : str
        One of them.

    Returns
    -------
    str

    Examples
    --------
    >>> counted(1, "world"), counted(19, "world")
    ('1 world', '19 worlds')
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def amount(value: float | None, digits: int = DIGITS) -> str:
    """A number as a reader wants it: four digits, whole from 1,000 on, thousands apart.

    `clsim/report/assets/numbers.js` does the same in the page.

    Parameters
    ----------
    value : float or None
        None and NaN are missing, and give a dash.
    digits : int, default=4

    Examples
    --------
    >>> amount(12345.678), amount(0.0123456), amount(7.0), amount(999.96)
    ('12,346', '0.01235', '7', '1,000')
    >>> amount(-0.5) == MINUS + "0.5", amount(float("nan")) == MISSING
    (True, True)
    """
    if value is None or math.isnan(value):
        return MISSING
    size = abs(float(value))
    if size < NOTHING:
        return "0"
    if size < 1000:
        size = float(f"{size:.{digits}g}")
    whole = size >= 1000 or size == round(size)
    return f"{MINUS if value < 0 else ''}{f'{size:,.0f}' if whole else f'{size:.{digits}g}'}"


def percent(share: float) -> str:
    """A share of the whole with two digits.

    >>> percent(0.05), percent(0.1234), percent(0.0012), percent(1.0)
    ('5%', '12%', '0.12%', '100%')
    """
    return f"{amount(100 * share, 2)}%"


def with_interval(value: Interval, unit: str = "") -> str:
    """A mean with its unit and, where there is one, its interval.

    >>> with_interval(Interval(3.0, 1.5, 4.5), " EUR")
    '3 EUR (95% interval 1.5 to 4.5)'
    """
    mean = f"{amount(value.mean)}{unit}"
    if math.isnan(value.low):
        return mean
    return f"{mean} (95% interval {amount(value.low)} to {amount(value.high)})"
