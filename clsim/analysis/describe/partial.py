"""Columns that know the label for a part of the rows, or that seem to by what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.leaks import CHANCE, Split, score
from clsim.analysis.describe.roles import names_with, plain_name
from clsim.streams.tables.columns import as_numbers

PARTS = 20
"""Parts of the log, each with equally many rows, within which rows are compared."""

RARELY = 0.25
"""Filled so many times as often without a label as chance has it, at most."""

LEAST_ROWS = 20
"""Rows with a value that is looked at alone."""

IMPURE = 0.01
"""Share of them that may be of another class."""

USUAL = 0.2
"""Share of rows that have the usual number of a column, such as 0, at least."""

NEIGHBOUR = 0.9
"""Of numbers next to it, no more than this share may be of the same class: else it is a trend."""

FEW = 100
"""Different whole numbers of a column that may be codes."""

AFTERWARDS = names_with(
    "duration", "elapsed", "outcome", "result", "resolution", "resolved", "disposition", "closed",
    "close_reason", "closed_by", "refund(ed|s)?", "chargebacks?", "cancel(l?ed|l?ation)?",
    "returned", "settled", "settlement", "recover(y|ies|ed)", "collections?", "exit", "final",
    "(call|handling|handle|processing|session)_(time|length|seconds|minutes)", "end_reason",
)  # fmt: skip
"""What is known when an event is over, by its name."""

BEFORE = names_with("prev(ious)?", "last", "prior", "past", "old", "earlier")
"""Words for what is known of another event, before this one."""

WORTH = 0.02
"""What such a column adds to the area under the ROC curve, or to R², before it is asked about."""


def mostly_with_label(frame: pd.DataFrame, features: Sequence[str], label: str) -> list[Finding]:
    """Columns that are filled far more often where there is a label, among rows of the same time.

    In each of ``PARTS`` of the log that has rows with and without a label, chance would fill both
    alike.

    Parameters
    ----------
    frame : pandas.DataFrame
        In time order.
    features : sequence of str
        Without those that `by_gaps` tells.
    label : str
    """
    from scipy.stats import poisson

    unknown = frame[label].isna().to_numpy()
    if not unknown.any():
        return []
    part = np.arange(len(frame)) * PARTS // len(frame)
    rows, open_rows = np.bincount(part), np.bincount(part, unknown)
    both = (open_rows > 0) & (open_rows < rows)
    found = []
    for name in features:
        there = frame[name].notna().to_numpy()
        filled = np.bincount(part, there, minlength=len(rows))
        expected = float(np.sum((open_rows * filled / rows)[both]))
        seen = int(np.sum(there & unknown & both[part]))
        if seen <= RARELY * expected and poisson.cdf(seen, expected) < CHANCE:
            near = both[part]
            facts = {
                "filled_with": float(there[near & ~unknown].mean()),
                "filled_without": float(there[near & unknown].mean()),
            }  # fmt: skip
            found.append(Finding("mostly with the label", name, "warned", facts))
    return found


def by_values(split: Split, frame: pd.DataFrame, clean: Sequence[str]) -> list[Finding]:
    """Columns of which one value gives the class away, which all others could not tell.

    A value is one of a category, a whole number that stands alone among its neighbours, or whatever
    is not the usual number of its column. The rows that have it are of one class (but for
    ``IMPURE`` of them), and neither the shares of the classes nor a model of all other columns,
    trained on the past alone, would have that with more than one chance in a million.

    Parameters
    ----------
    split : Split
        Of the same rows.
    frame : pandas.DataFrame
        The rows with a label, as they are in the table.
    clean : sequence of str
        The columns that are looked at, and that the model may learn from.
    """
    found = []
    shares = np.bincount(split.y) / len(split.y)
    frame = frame.iloc[split.places]
    for name in clean:
        for value, mask in _values(as_numbers(frame[name]), split.y):
            rows, counts = int(mask.sum()), np.bincount(split.y[mask], minlength=len(shares))
            most = int(counts.argmax())
            others = rows - int(counts[most])
            if others > IMPURE * rows or not _fewer(others, rows * (1 - float(shares[most]))):
                continue
            tested = mask[split.cut :]
            missed = split.surprise([n for n in clean if n != name], most)[tested]
            wrong = int(np.sum(split.y[split.cut :][tested] != most))
            if len(missed) and _fewer(wrong, float(missed.sum())):
                facts = {"value": value, "rows": rows, "others": others, "class": split.names[most]}
                found.append(Finding("one value, one class", name, "warned", facts))
                break
    return found


def _fewer(seen: int, expected: float) -> bool:
    from scipy.stats import poisson

    return bool(poisson.cdf(seen, expected) < CHANCE)


def _values(column: pd.Series, y: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Values of a column that are looked at alone, and the rows that have them."""
    there = column.notna().to_numpy()
    counts = column.value_counts()
    if counts.empty:
        return
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        if counts.iloc[0] >= USUAL * len(column):
            usual = float(counts.index[0])
            yield f"another value than {usual:g}", there & (values != usual)
        if len(counts) > FEW or (values[there] % 1 != 0).any():
            return
        order = np.sort(counts.index.to_numpy(dtype=float))
        for place, value in enumerate(order):
            mask = values == value
            if mask.sum() >= LEAST_ROWS and _alone(values, y, order, place):
                yield f"{value:g}", mask
        return
    for value, rows in counts.items():
        if rows >= LEAST_ROWS:
            yield repr(value), (column == value).fillna(False).to_numpy(dtype=bool)
    if there.mean() <= 1 - USUAL and there.sum() >= LEAST_ROWS:
        yield "a value at all", there


def _alone(values: np.ndarray, y: np.ndarray, order: np.ndarray, place: int) -> bool:
    """Whether the numbers next to one are of its class no more often than ``NEIGHBOUR``."""
    most = np.bincount(y[values == order[place]]).argmax()
    for step in (-1, 1):
        near, size = place + step, 0
        same = 0
        while 0 <= near < len(order) and size < LEAST_ROWS:
            mask = values == order[near]
            same, size = same + int(np.sum(y[mask] == most)), size + int(mask.sum())
            near += step
        if size and same > NEIGHBOUR * size:
            return False
    return True


def afterwards(split: Split, clean: Sequence[str]) -> list[Finding]:
    """Columns that are called as what is known when all is over, and that add much to the rest."""
    named = [
        name for name in clean
        if AFTERWARDS.search(plain_name(name)) and not BEFORE.search(plain_name(name))
    ]  # fmt: skip
    if not named or not split.teaches:
        return []
    whole = score(split, clean)
    found = []
    for name in named:
        others = [other for other in clean if other != name]
        without = score(split, others) if others else split.nothing
        if whole - without >= WORTH:
            facts = {"with": whole, "without": without, "task": split.task}
            found.append(Finding("afterwards", name, "asked", facts))
    return found
