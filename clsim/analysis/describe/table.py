"""A table of events, described: roles, findings, and the way in which it is to be read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.describe.columns import Column, clock_of, columns_of, moments, with_formats_read
from clsim.analysis.describe.delays import Delays, delays_of
from clsim.analysis.describe.drift import class_shares, distances, of_gaps
from clsim.analysis.describe.finding import LEVELS, Finding
from clsim.analysis.describe.knowing import leaks_of
from clsim.analysis.describe.reading import reading_of, refused_by_reader
from clsim.analysis.describe.roles import (
    KEYS,
    TIME,
    WRITTEN,
    Role,
    Roles,
    plain_name,
    roles_of,
)  # fmt: skip
from clsim.analysis.describe.stand_ins import stand_ins
from clsim.analysis.describe.times import epoch, of_times, serial
from clsim.analysis.describe.twice import ids_twice, rows_twice
from clsim.analysis.describe.units import changes_of_unit
from clsim.errors import unknown
from clsim.streams.recorded import Recorded
from clsim.streams.tables.columns import as_numbers
from clsim.streams.tables.dates import Dates
from clsim.streams.tables.delimited import Csv
from clsim.streams.tables.files import check_header, read_table
from clsim.streams.tables.labels import guess_task
from clsim.streams.tables.numerals import check_kind, ways


@dataclass
class Description:
    """What was found of a table.

    Attributes
    ----------
    rows : int
    columns : dict of str to Column
    roles : dict of str to Role
    findings : list of Finding
        The gravest first.
    reading : dict
        Arguments of `clsim.streams.Recorded`; empty where something is refused or asked.
    stream : Recorded or None
        The table read so.
    task : str
        ``'classification'``, ``'regression'``, or empty without a label.
    span : (pandas.Timestamp, pandas.Timestamp) or None
        Moments of the first event and the last.
    delays : Delays or None
    shares : pandas.DataFrame
        As `class_shares` gives it; empty of a regression.
    moved : pandas.DataFrame
        As `distances` gives it.
    alone : pandas.DataFrame
        As `by_model` gives its scores.
    """

    rows: int
    columns: dict[str, Column]
    roles: dict[str, Role]
    findings: list[Finding]
    reading: dict[str, Any] = field(default_factory=dict)
    stream: Recorded | None = None
    task: str = ""
    span: tuple[pd.Timestamp, pd.Timestamp] | None = None
    delays: Delays | None = None
    shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    moved: pd.DataFrame = field(default_factory=pd.DataFrame)
    alone: pd.DataFrame = field(default_factory=pd.DataFrame)

    def names(self, role: str) -> list[str]:
        """Columns that have a role."""
        return [name for name, its in self.roles.items() if its.role == role]

    def of_level(self, level: str) -> list[Finding]:
        """Findings of one level."""
        return [finding for finding in self.findings if finding.level == level]


def check_given(given: Mapping[str, Any]) -> None:
    """Refuse what a user says of a table, unless it can be said.

    Raises
    ------
    ValueError
        Naming the key and what is allowed.
    """
    for key, value in given.items():
        if key not in KEYS:
            raise ValueError(unknown("key", key, KEYS))
        several = key in ("slices", "drop", "keep", "id")
        if key == "day_first":
            if not isinstance(value, bool):
                raise ValueError(f"day_first={value!r}: must be true or false")
        elif key == "date_format" and isinstance(value, dict):
            continue  # looked at where it is used
        elif isinstance(value, list) and several:
            if not all(isinstance(name, str) for name in value):
                raise ValueError(f"{key}={value!r}: give names of columns")
        elif value is not None and not isinstance(value, str):
            need = "a list of columns" if several else "the name of a column"
            need = "a text" if key in (*WRITTEN, "date_format") else need
            raise ValueError(f"{key}={value!r}: give {need}")


def describe_file(path: Path, given: Mapping[str, Any] | None = None) -> Description:
    """As `describe_table`, of a file or a folder, read as `clsim.streams.Recorded` reads it.

    What is ``given`` may also say how a CSV file is written: ``encoding``, ``separator``,
    ``decimal``, ``thousands``.

    Raises
    ------
    ValueError
        Also for a file that is no table.
    """
    given = dict(given or {})
    check_given(given)
    csv = Csv(*(given.get(key) for key in ("encoding", "separator", "decimal", "thousands")))
    frame = read_table(path, csv)
    check_header(str(path), frame)
    return _described(frame, given, path, csv)


def describe_table(frame: pd.DataFrame, given: Mapping[str, Any] | None = None) -> Description:
    """Say what a table of events is, and how it is to be read.

    Parameters
    ----------
    frame : pandas.DataFrame
    given : mapping or None, default=None
        What the user knows: ``time``, ``label``, ``label_time``, ``prediction``, ``version`` (a
        column, or None for "there is none"), ``slices``, ``id``, ``drop`` (no features), ``keep``
        (features, whatever is found), ``day_first``, ``date_format``.

    Raises
    ------
    ValueError
        For a key or a column that does not exist, or a table without rows.

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=90)
    >>> table = pd.DataFrame({"at": days, "x": np.arange(90) % 7 / 7, "y": np.arange(90) % 2})
    >>> found = describe_table(table)
    >>> found.reading
    {'label': 'y', 'time': 'at'}
    """
    given = dict(given or {})
    check_given(given)
    return _described(frame, given, None, Csv())


def _described(
    given_frame: pd.DataFrame, given: Mapping[str, Any], path: Path | None, csv: Csv
) -> Description:
    if len(given_frame) == 0:
        raise ValueError("data: the table has no rows")
    dates = Dates(given.get("day_first"), given.get("date_format"))
    frame = with_formats_read(given_frame, dates)
    columns = columns_of(frame)
    roles = roles_of(frame, columns, given)
    found = Description(len(frame), columns, roles.of, list(roles.findings))
    asked = {finding.facts["role"] for finding in roles.findings}
    if roles.name("label") is None and "label" not in asked:
        found.findings.append(Finding("no label", None, "refused"))
    _read_times(found, frame, roles, given)
    _check_text(found, frame, path, csv)
    found.findings += _twice(frame, roles)
    if roles.name("label") is not None:
        _read_label(found, frame, roles, given)
    _note_columns(found, roles)
    if not found.of_level("refused") and not found.of_level("asked"):
        _read(found, given_frame if path is None else path, frame, roles, given)
    found.findings.sort(key=lambda finding: LEVELS.index(finding.level))
    return found


def _read_times(
    found: Description, frame: pd.DataFrame, roles: Roles, given: Mapping[str, Any]
) -> None:
    time, label_time, day_first = (
        roles.name("time"),
        roles.name("label_time"),
        given.get("day_first"),
    )
    asked = {finding.facts.get("role") for finding in found.findings}
    if time is None and "time" not in asked:
        found.findings += _untimed(frame, roles, given)
    if time is not None and (counted := _counted(frame[time], time)):
        found.findings += counted
        return
    found.findings += of_times(frame, {"time": time, "label_time": label_time}, day_first)
    if time is None or any(f.column == time and f.level in ("refused", "asked")
                           for f in found.findings):  # fmt: skip
        return
    times = moments(frame[time], day_first)
    found.span = times.min(), times.max()
    if label_time is not None:
        odd = any(
            f.column == label_time and f.level in ("refused", "asked") for f in found.findings
        )
        if not odd:
            known = clock_of(moments(frame[label_time], day_first))
            found.delays = delays_of(clock_of(times), known)
    elif "label_time" not in asked:
        found.findings.append(Finding("no label time", None, "noted"))


def _untimed(frame: pd.DataFrame, roles: Roles, given: Mapping[str, Any]) -> list[Finding]:
    """Why there is no time: numbers that count since 1970, times with holes, or none at all."""
    if "time" in given:
        return [Finding("rows only", None, "noted")]
    free = [name for name, role in roles.of.items() if role.role in ("feature", "id", "left out")]
    for name in free:
        called = TIME.fullmatch(plain_name(name)) is not None
        counted = _counted(frame[name], name)
        if counted and (called or counted[0].kind == "epoch"):
            return counted
        text = frame[name].dtype.kind not in "iufb"
        if called and text and roles.of[name].reason in ("many values", "all different"):
            example = str(frame[name].dropna().iloc[0])
            return [Finding("unread time", name, "warned", {"example": example})]
    for name in free:
        if roles.of[name].reason == "date" and frame[name].isna().any():
            missing = int(frame[name].isna().sum())
            return [Finding("no time", name, "refused", {"rows": missing})]
    return [Finding("rows only", None, "noted")]


def _counted(column: pd.Series, name: str) -> list[Finding]:
    """Why numbers are no times: they count since some day, in some unit."""
    unit = epoch(column)
    if unit is not None:
        return [Finding("epoch", name, "refused", {"unit": unit})]
    return [Finding("serial", name, "refused")] if serial(column) else []


def _check_text(found: Description, frame: pd.DataFrame, path: Path | None, csv: Csv) -> None:
    """Text that is numbers, in columns that would be features, the label, or another in each row.

    What seems to be an id, since it is text that is another in each row, may be an amount with a
    decimal comma.
    """
    file = None if path is None else str(path)
    for name, role in found.roles.items():
        checked = role.role in ("feature", "slice", "label") or role.reason == "many values"
        amount = role.reason == "all different" and any(
            way.decimal == "," for way in ways(frame[name].dropna().astype(str))
        )
        if checked or amount:
            try:
                check_kind(frame[name], file, csv.numerals)
            except ValueError as error:
                said = str(error).partition(": ")[2]
                found.findings.append(Finding("numbers as text", name, "refused", {"said": said}))


def _twice(frame: pd.DataFrame, roles: Roles) -> list[Finding]:
    ids = roles.names("id")
    numbers = [name for name in ids if roles.of[name].reason in ("row number", "all different")]
    found = rows_twice(frame, [name for name in roles.of if name not in numbers])
    named = [name for name in ids if name not in numbers]
    return found + ids_twice(frame, named, roles.name("time"))


def _read_label(
    found: Description, frame: pd.DataFrame, roles: Roles, given: Mapping[str, Any]
) -> None:
    """Task, class shares, drift and leaks, in time order."""
    label = roles.name("label")
    assert label is not None
    labels = as_numbers(frame[label])
    if labels.dtype.kind == "f" and (labels.dropna() % 1 == 0).all():
        labels = labels.astype("Int64")  # whole numbers, beside missing ones
    known = labels.dropna()
    if known.nunique() < 2:
        found.findings.append(Finding("one label", label, "refused", {"rows": len(known)}))
        return
    found.task = guess_task(known)
    found.findings += _unlabelled(found, labels, label)
    time = None
    if found.span is not None:
        time = moments(frame[str(roles.name("time"))], given.get("day_first"))
        order = np.argsort(clock_of(time), kind="stable")
        frame, labels, time = frame.iloc[order], labels.iloc[order], time.iloc[order]
    broken = {f.column for f in found.findings if f.kind == "numbers as text"}
    features = [n for n in (*roles.names("feature"), *roles.names("slice")) if n not in broken]
    if label in broken or not features:
        return
    frame = frame.assign(**{label: labels})
    found.alone, leaks = leaks_of(frame, features, label, found.task)
    kept = given.get("keep") or []
    for leak in leaks:
        if leak.column not in ([kept] if isinstance(kept, str) else kept):
            found.findings.append(leak)
            if leak.level == "warned":
                roles.leave_out(str(leak.column), "leak")
    if found.task == "classification":
        found.shares = class_shares(labels)
    found.moved = distances(frame, features)
    silent = {finding.column for finding in leaks}
    found.findings += [f for f in of_gaps(found.moved) if f.column not in silent]
    numbers = [name for name in features if name not in silent]
    found.findings += changes_of_unit(frame, numbers, time)
    found.findings += stand_ins(frame, numbers + [label] * (found.task == "regression"))


def _unlabelled(found: Description, labels: pd.Series, label: str) -> list[Finding]:
    rows = int(labels.isna().sum())
    if rows == 0:
        return []
    facts = {"rows": rows, "share": rows / len(labels)}
    return [Finding("unlabelled", label, "warned", facts)]


def _note_columns(found: Description, roles: Roles) -> None:
    """Columns that are no features, each with its reason."""
    for name, role in roles.of.items():
        column = found.columns[name]
        facts = {"distinct": column.distinct, "example": column.example, "reason": role.reason}
        if role.role == "id":
            kind = "row number" if role.reason == "row number" else "identity"
            found.findings.append(Finding(kind, name, "noted", facts))
        elif role.role in ("prediction", "version"):
            found.findings.append(Finding(role.role, name, "noted", facts))
        elif role.role == "left out" and role.reason in (
            "constant",
            "empty",
            "date",
            "many values",
        ):
            found.findings.append(Finding(role.reason, name, "noted", facts))


def _read(
    found: Description, data: Any, frame: pd.DataFrame, roles: Roles, given: Mapping[str, Any]
) -> None:
    """Read the table as a replay would, so that what is said of it is what runs."""
    kinds = {finding.kind for finding in found.findings}
    reading = reading_of(frame, roles, given, found.task, kinds)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "time=.*no event from")  # told as a gap
            found.stream = Recorded(data, **reading)
    except (TypeError, ValueError) as error:
        found.findings.append(refused_by_reader(str(error), list(roles.of)))
        return
    found.reading = reading
