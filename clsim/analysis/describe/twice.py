"""Events that are in a table twice: rows that are the same, and ids that are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.leaks import CHANCE

TELLING = 0.1
"""A column tells rows apart if two of them have the same value with this probability at most."""

OFTEN = 3.0
"""So many times more rows are the same than chance makes, where they are there twice."""

UNIQUE = 0.9
"""Share of rows with an id of their own from which on it should be that of one event."""


def rows_twice(frame: pd.DataFrame, names: Sequence[str]) -> list[Finding]:
    """Rows that are the same in all columns, where chance makes no such rows.

    For each column that tells rows apart: of the pairs that are the same in all others, how many
    would be in this one too, if it went its own way? There must be ``OFTEN`` times as many, in each
    of these columns, more than chance makes once in a million.

    Parameters
    ----------
    frame : pandas.DataFrame
    names : sequence of str
        The columns that are compared: all but those that number the rows.
    """
    from scipy.stats import binom

    if not names:
        return []
    codes = [_codes(frame[name], k) for k, name in enumerate(names)]
    whole = np.asarray(np.sum(codes, axis=0, dtype=np.uint64))
    same, every = _pairs(whole), len(frame) * (len(frame) - 1) / 2
    if same == 0:
        return []
    told = False
    for code in codes:
        chance = _pairs(code) / every
        if chance > TELLING:
            continue
        others = _pairs(whole - code)
        if same < OFTEN * chance * others or binom.sf(same - 1, others, chance) >= CHANCE:
            return []
        told = True
    again = pd.Series(whole).duplicated().to_numpy()
    facts = {"rows": int(again.sum()), "row": int(np.argmax(again))}
    return [Finding("twice", None, "warned", facts)] if told else []


def ids_twice(frame: pd.DataFrame, ids: Sequence[str], time: str | None) -> list[Finding]:
    """Ids that nearly every row has for itself, and some rows share, of the same moment too.

    Rows that are the same in all columns are not counted; without a time nothing is said.
    """
    found = []
    first = frame[~frame.astype(str).duplicated().to_numpy()] if time is not None else frame
    for name in ids:
        known = first[first[name].notna()]
        if time is None or len(known) == 0 or known[name].nunique() < UNIQUE * len(known):
            continue
        shared = known.duplicated(name, keep=False)
        together = known.duplicated([name, time], keep=False)
        if together.sum() >= 2 and 2 * together.sum() >= shared.sum():
            again = known.duplicated([name, time])
            facts = {"rows": int(again.sum()), "row": int(known.index[again.to_numpy()][0])}
            found.append(Finding("same id", name, "warned", facts))
    return found


def _codes(column: pd.Series, salt: int) -> np.ndarray:
    """A random number for each value of a column; the same for those that are missing."""
    values = column.astype(str) if column.dtype.kind == "O" else column
    codes = pd.factorize(values)[0].astype(np.int64)
    return pd.util.hash_array(codes + (np.int64(salt) << 40))


def _pairs(codes: np.ndarray) -> int:
    """How many pairs of rows have the same code."""
    counts = np.unique(codes, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())
