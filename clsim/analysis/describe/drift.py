"""Drift at a glance: how the first third of a table differs from its last."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding

APPEARS = 0.3
"""Change of the share of missing values that is worth a warning."""


def class_shares(label: pd.Series, parts: int = 3) -> pd.DataFrame:
    """Share of each class in parts of equally many labelled rows, in time order.

    Returns
    -------
    pandas.DataFrame of shape (classes, parts + 1)
        class, and ``part 1``, ``part 2``, ...
    """
    known = label.dropna()
    part = np.arange(len(known)) * parts // max(len(known), 1)
    shares = pd.crosstab(known.astype(str).to_numpy(), part, normalize="columns")
    shares.columns = [f"part {number + 1}" for number in range(shares.shape[1])]
    return shares.rename_axis("class").reset_index()


def distances(frame: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """How far each feature moved from the first third of the rows to the last.

    Returns
    -------
    pandas.DataFrame
        column, distance (numbers: the largest difference of the distribution functions, which is
        the statistic of Kolmogorov and Smirnov; categories: half the sum of the differences of
        shares), noise (above which a distance of the kind comes by chance in one of a hundred
        tables without drift, at most), missing_first, missing_last (shares). The largest distance
        first.
    """
    third = max(len(frame) // 3, 1)
    rows = []
    for name in features:
        first, last = frame[name].iloc[:third], frame[name].iloc[-third:]
        a, b = first.dropna(), last.dropna()
        distance = noise = math.nan
        if len(a) and len(b):
            distance, noise = _distance(a, b)
        rows.append((name, distance, noise, float(first.isna().mean()), float(last.isna().mean())))
    table = pd.DataFrame(
        rows, columns=["column", "distance", "noise", "missing_first", "missing_last"]
    )
    return table.sort_values("distance", ascending=False, kind="stable", ignore_index=True)


def _distance(a: pd.Series, b: pd.Series) -> tuple[float, float]:
    scale = math.sqrt(1 / len(a) + 1 / len(b))
    if pd.api.types.is_numeric_dtype(a.dtype) and not pd.api.types.is_bool_dtype(a.dtype):
        from scipy.stats import ks_2samp

        found = ks_2samp(a.to_numpy(dtype=float), b.to_numpy(dtype=float), method="asymp")
        return float(found.statistic), math.sqrt(math.log(2 / 0.01) / 2) * scale
    shares = [part.astype(str).value_counts(normalize=True) for part in (a, b)]
    apart = shares[0].sub(shares[1], fill_value=0.0).abs()
    # McDiarmid: the mean is at most sqrt(k)/2 times the scale, and deviates little from it
    mean = math.sqrt(max(len(apart) - 1, 1)) / 2
    return float(apart.sum() / 2), (mean + math.sqrt(math.log(1 / 0.01) / 2)) * scale


def of_gaps(moved: pd.DataFrame) -> list[Finding]:
    """Columns that fall silent, or begin to speak, in the course of the table."""
    found = []
    shares = moved[["missing_first", "missing_last"]].to_numpy(dtype=float)
    for name, (first, last) in zip(moved["column"], shares, strict=True):
        if abs(last - first) >= APPEARS:
            facts = {"first": float(first), "last": float(last)}
            found.append(Finding("missing changes", str(name), "warned", facts))
    return found
