"""All that is looked for in a table of what knows the label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.leaks import Split, by_gaps, by_model
from clsim.analysis.describe.partial import afterwards, by_values, mostly_with_label
from clsim.analysis.describe.sums import adds_up
from clsim.streams.tables.features import features_of

FEW = 10
"""A label of no more numbers is no sum of others that anybody would write down."""


def leaks_of(
    frame: pd.DataFrame, features: Sequence[str], label: str, task: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Columns that know the label, whole or for a part of the rows.

    What one rule tells is left out before the next looks: gaps, sums, models of single columns,
    values, and at last names.

    Parameters
    ----------
    frame : pandas.DataFrame
        In time order.
    features : sequence of str
    label : str
    task : {'classification', 'regression'}

    Returns
    -------
    scores : pandas.DataFrame
        As `by_model` gives them.
    findings : list of Finding
        Those ``warned`` are no features; about those ``asked`` somebody has to say it.
    """
    found = by_gaps(frame, features, label)
    found += mostly_with_label(frame, _without(features, found), label)
    scores = pd.DataFrame()
    labelled = frame[frame[label].notna().to_numpy()]
    y = labelled[label]
    if pd.api.types.is_numeric_dtype(y.dtype) and y.nunique() > FEW:  # counts too
        found += adds_up(labelled, _without(features, found), y)
    clean = _without(features, found)
    if not clean:
        return scores, found
    X = features_of(labelled, clean, True)
    names: list[str] = []
    codes = y.to_numpy(dtype=float) if task == "regression" else np.empty(0)
    if task == "classification":
        codes, values = pd.factorize(y, sort=True)
        names = [str(value) for value in values]
    split = Split.of(X, codes, task, names)
    scores, alone = by_model(split)
    found += alone
    clean = _without(clean, found)
    if task == "classification" and split.teaches and clean:
        found += by_values(split, labelled, clean)
        clean = _without(clean, found)
    return scores, found + afterwards(split, clean)


def _without(names: Sequence[str], found: Sequence[Finding]) -> list[str]:
    told = {finding.column for finding in found}
    return [name for name in names if name not in told]
