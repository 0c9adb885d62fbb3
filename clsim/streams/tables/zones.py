"""Zones of times in a table."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

# a time of day, and straight after it a zone
ZONE = re.compile(r"(?:\dT|:)\d\d[\d.,]*\s*(?:[AP]M\s*)?(?:Z|UTC|GMT|[+-]\d)", re.IGNORECASE)


def check_zones(given: Mapping[str, tuple[Any, pd.Series]]) -> None:
    """Refuse times of which some have a zone and some have none.

    Parameters
    ----------
    given : mapping of str to tuple
        For each key of a caller, such as ``label_time``, what it was given and these times.
    """
    which: dict[bool, str] = {}
    for key, (value, times) in given.items():
        rows = np.flatnonzero(times.notna())
        if pd.api.types.is_numeric_dtype(times.dtype) or len(rows) == 0:
            continue
        zoned = zoned_rows(times.iloc[rows])
        if zoned.any() and not zoned.all():
            one, other = rows[zoned][0], rows[~zoned][0]
            raise ValueError(
                f"{key}={value!r}: row {one} has a time zone ({str(times.iloc[one])!r}) and row "
                f"{other} has none ({str(times.iloc[other])!r}; none in {(~zoned).sum()} of "
                f"{len(rows)} rows); give all of them one, by tz_localize or by writing its offset"
            )
        which.setdefault(bool(zoned[0]), f"{key}={value!r}")
    if len(which) == 2:
        raise ValueError(
            f"{which[True]} has a time zone and {which[False]} has none; say of which zone the "
            "latter is, by tz_localize or by writing its offset, or take the former to its clock, "
            "by tz_convert and then tz_localize(None)"
        )


def zoned_rows(times: pd.Series) -> np.ndarray:
    """Whether each time has a zone; what is no time has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = times if times.dtype.kind == "M" else pd.to_datetime(times)
    except (TypeError, ValueError):
        read = times
    if read.dtype.kind == "M":  # of one kind, as pandas takes no others without being given a zone
        dtype = getattr(read.dtype, "pyarrow_dtype", read.dtype)
        return np.full(len(times), getattr(dtype, "tz", None) is not None)
    return np.array([_has_zone(value) for value in times], dtype=bool)


def _has_zone(value: Any) -> bool:
    if isinstance(value, dt.datetime):
        return value.tzinfo is not None
    return ZONE.search(str(value)) is not None
