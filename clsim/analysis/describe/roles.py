"""What each column of a table is for: time, label, label time, slices, identity, prediction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.describe.columns import Column, clock_of, moments
from clsim.analysis.describe.finding import Finding
from clsim.streams.tables.columns import check_columns


def _names(*words: str) -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(words)})")


def names_with(*words: str) -> re.Pattern[str]:
    """Names, as `plain_name` writes them, in which one of these words is there whole."""
    return re.compile(rf"(?:^|_)(?:{'|'.join(words)})(?:_|$)")


TIME = _names(
    "time", "timestamp", "ts", "at", "date", "datetime", "day", "when", "event_?(time|date|at)",
    "(created|served|scored|requested|signup|order|occurred)_?(at|on|time|date)?",
)  # fmt: skip
LABEL = _names(
    "label", "target", "y", "class", "outcome", "truth", "y_true", "churn(ed)?", "bought",
    "converted", "clicked", "default(ed)?", "(is_)?fraud", "is_churn", "survived", "response",
)  # fmt: skip
VERSION = _names("(model_?)?(version|model)(_?id|_?name)?")
"""Whole names of columns, in small letters with ``_`` between words."""

LABEL_TIME = _names(
    "label", "target", "outcome", "truth", "known", "resolved", "settled", "paid", "closed",
    "reported", "confirmed", "matured?", "feedback", "churn",
)  # fmt: skip
PREDICTION = _names(
    "(^|_)pred(icted|iction|ictions)?(_|$)", "(^|_)y_?(hat|pred)(_|$)", "(^|_)proba(_|$)",
    "(^|_)probability(_|$)", "(^|_)model_?(score|output|answer)(_|$)",
    "(^|_)served_(score|answer)(_|$)", "(^|_)production(_|$)",
)  # fmt: skip
IDENTITY = _names(
    "(^|_)(id|uuid|guid|key|hash|email|phone|rowid|row|row_?n(r|o|um|umber)|index)$",
    "^unnamed: ?0$",
)  # fmt: skip
SLICE = _names(
    "region", "country", "segment", "channel", "plan", "tier", "group", "market", "state",
    "product", "device", "source", "type", "city", "store", "site",
)  # fmt: skip
"""What names of columns may hold."""

MOST_SLICES = 3
"""Columns that are taken for slices without being asked for."""

SLICE_VALUES, SLICE_SHARE = 12, 0.01
"""Most values of a column of slices, and the least share of rows that each must have."""

WRITTEN = ("day_first", "encoding", "separator", "decimal", "thousands")
"""What a user may say of how a table is written, and a replay must know too."""

KEYS = (
    "time", "label", "label_time", "slices", "id", "prediction", "version", "drop", "keep",
    "date_format", *WRITTEN,
)  # fmt: skip
"""What a user may say of a table."""


@dataclass(frozen=True)
class Role:
    """What one column is for.

    Attributes
    ----------
    role : str
        ``'time'``, ``'label'``, ``'label_time'``, ``'slice'``, ``'id'``, ``'prediction'``,
        ``'version'``, ``'feature'`` or ``'left out'``.
    column, reason : str
        The reason is ``'given'``, or a key of the report's words for reasons.
    """

    role: str
    column: str
    reason: str


@dataclass
class Roles:
    """All roles of a table, and what could not be decided."""

    of: dict[str, Role]
    findings: list[Finding]

    def names(self, role: str) -> list[str]:
        """Columns that have a role, in the order of the table."""
        return [name for name, its in self.of.items() if its.role == role]

    def name(self, role: str) -> str | None:
        """The one column that has a role; None if there is none."""
        names = self.names(role)
        return names[0] if names else None

    def leave_out(self, column: str, reason: str) -> None:
        """A feature is none, and no slice either."""
        if self.of[column].role in ("feature", "slice"):
            self.of[column] = Role("left out", column, reason)


def roles_of(frame: pd.DataFrame, columns: Mapping[str, Column], given: Mapping[str, Any]) -> Roles:
    """Guess what each column is for; what the user says goes before every guess.

    Parameters
    ----------
    frame : pandas.DataFrame
    columns : mapping of str to Column
        As `columns_of` gives them.
    given : mapping
        Some of ``KEYS``: a name, None for "there is none", or for ``slices``, ``drop``, ``keep`` a
        list of names.

    Raises
    ------
    ValueError
        For a column that is not there, or that is given two roles.
    """
    said = _said(frame, given)
    found: dict[str, Role] = dict(said)
    findings: list[Finding] = []
    free = [name for name in columns if name not in found]
    times = [name for name in free if columns[name].kind == "time"]
    if "time" not in given:
        _take(found, findings, "time", *_time(frame, times, columns))
    if "label" not in given:
        others = [n for n in free if n not in times and columns[n].kind not in ("empty", "text")]
        _take(found, findings, "label", *_label(others, columns, frame))
    time = next((n for n, role in found.items() if role.role == "time"), None)
    label = next((n for n, role in found.items() if role.role == "label"), None)
    if "label_time" not in given and time is not None:
        rest = [n for n in times if n not in found]
        _take(found, findings, "label_time", *_label_time(frame, rest, time, label))
    for name, column in columns.items():
        if name not in found:
            found[name] = _other(name, column, frame, given)
    _slices(found, columns, frame, given)
    return Roles({name: found[name] for name in columns}, findings)


def _said(frame: pd.DataFrame, given: Mapping[str, Any]) -> dict[str, Role]:
    """Roles that the user gives."""
    words = {"slices": "slice", "drop": "left out"}
    roles: dict[str, Role] = {}
    for key in KEYS:
        value = given.get(key)
        if value is None or key in ("keep", "date_format", *WRITTEN):
            continue
        names = [value] if isinstance(value, str) else list(value)
        for name in names:
            _check_there(key, name, frame)
            role = words.get(key, key)
            if name in roles:
                raise ValueError(f"{key}={name!r}: the column is already {roles[name].role}")
            roles[name] = Role(role, name, "given")
    keep = given.get("keep") or []
    for name in [keep] if isinstance(keep, str) else keep:
        _check_there("keep", name, frame)
        roles.setdefault(name, Role("feature", name, "given"))
    return roles


def _check_there(key: str, name: Any, frame: pd.DataFrame) -> None:
    try:
        check_columns(frame, [name])
    except ValueError as error:
        raise ValueError(f"{key}: {str(error).removeprefix('data: ')}") from error


def _take(
    found: dict[str, Role], findings: list[Finding], role: str, names: Sequence[str], reason: str
) -> None:
    """One name is taken; several are a question."""
    if len(names) == 1:
        found[names[0]] = Role(role, names[0], reason)
    elif names:
        findings.append(Finding("which", None, "asked", {"role": role, "among": list(names)}))


def plain_name(name: str) -> str:
    """A name in small letters, with ``_`` between words."""
    return re.sub(r"[\s\-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower()


def _time(
    frame: pd.DataFrame, times: Sequence[str], columns: Mapping[str, Column]
) -> tuple[list[str], str]:
    """The moment of the event: never missing, and never later than the others."""
    whole = [name for name in times if columns[name].missing == 0]
    if len(whole) <= 1:
        return whole, "only time"
    named = [name for name in whole if TIME.fullmatch(plain_name(name))]
    if len(named) == 1:
        return named, "name"
    read = {name: moments(frame[name]) for name in whole}
    first = [n for n in whole if all((read[n] <= read[m]).all() for m in whole if m != n)]
    return (first, "earliest") if len(first) == 1 else (named or whole, "")


def _label(
    names: Sequence[str], columns: Mapping[str, Column], frame: pd.DataFrame
) -> tuple[list[str], str]:
    named = [name for name in names if LABEL.fullmatch(plain_name(name))]
    if named:
        return named, "name"
    few = [
        name for name in names
        if 2 <= columns[name].distinct <= 20 and not PREDICTION.search(plain_name(name))
        and not VERSION.fullmatch(plain_name(name))
    ]  # fmt: skip
    if few == list(names)[-1:]:
        return few, "only few values, and last"
    return list(names), ""


def _label_time(
    frame: pd.DataFrame, times: Sequence[str], time: str, label: str | None
) -> tuple[list[str], str]:
    """The moment at which the label was known: after the event, wherever it is there."""
    if not times:
        return [], ""
    event = clock_of(moments(frame[time]))
    late = []
    for name in times:
        known = clock_of(moments(frame[name]))
        there = ~np.isnan(known)
        if there.any() and np.mean(known[there] >= event[there]) >= 0.9:
            late.append(name)
    named = [
        name for name in times
        if LABEL_TIME.search(plain_name(name))
        or (label is not None and label.lower() in name.lower())
    ]  # fmt: skip
    if len(named) == 1:
        return named, "name"
    if len(named) > 1:
        return named, ""
    return (late, "after the event") if len(late) == 1 else (late, "")


def _other(name: str, column: Column, frame: pd.DataFrame, given: Mapping[str, Any]) -> Role:
    plain = plain_name(name)
    if column.kind in ("empty", "constant"):
        return Role("left out", name, column.kind)
    if "prediction" not in given and PREDICTION.search(plain):
        return Role("prediction", name, "name")
    if "version" not in given and VERSION.fullmatch(plain) and column.distinct <= 100:
        return Role("version", name, "name")
    if column.kind == "time":
        return Role("left out", name, "date")
    if "id" not in given:
        if is_row_number(frame[name]):
            return Role("id", name, "row number")
        rows = len(frame) - column.missing
        whole = column.kind == "text" or pd.api.types.is_integer_dtype(frame[name].dtype)
        if whole and rows > 200 and column.distinct == rows:
            return Role("id", name, "all different")
        if whole and IDENTITY.search(plain) and column.distinct > 50:
            return Role("id", name, "name")
    if column.kind == "text":
        return Role("left out", name, "many values")
    return Role("feature", name, "rest")


def is_row_number(column: pd.Series) -> bool:
    """Whether whole numbers count the rows: each is one above that of the row before, or nearly.

    Where rows were left out, or two logs joined, a few steps are others.
    """
    if not pd.api.types.is_integer_dtype(column.dtype) or column.isna().any() or len(column) < 20:
        return False
    if column.nunique() < 0.5 * len(
        column
    ):  # counts something else, again and again, such as hours
        return False
    steps = np.diff(column.to_numpy(dtype=np.int64))
    return bool(np.mean(steps == 1) >= 0.95) or bool((np.diff(np.sort(column)) == 1).all())


def _slices(
    found: dict[str, Role],
    columns: Mapping[str, Column],
    frame: pd.DataFrame,
    given: Mapping[str, Any],
) -> None:
    """Categories of few values, none of them missing or rare; named ones first."""
    if "slices" in given:
        return
    fit = []
    for name, role in found.items():
        column = columns[name]
        if role.role != "feature" or column.kind != "category" or column.missing:
            continue
        shares = frame[name].value_counts(normalize=True)
        if 2 <= len(shares) <= SLICE_VALUES and shares.min() >= SLICE_SHARE:
            fit.append(name)
    fit.sort(key=lambda name: not SLICE.search(plain_name(name)))
    for name in fit[:MOST_SLICES]:
        found[name] = Role("slice", name, "few values")
