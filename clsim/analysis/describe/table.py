"""A table of events, described: roles, findings, and the way in which it is to be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.describe.columns import Column, clock_of, columns_of, moments
from clsim.analysis.describe.delays import Delays, delays_of
from clsim.analysis.describe.drift import class_shares, distances, of_gaps
from clsim.analysis.describe.finding import LEVELS, Finding
from clsim.analysis.describe.leaks import by_gaps, by_model
from clsim.analysis.describe.roles import KEYS, Role, Roles, roles_of
from clsim.analysis.describe.times import epoch, of_times
from clsim.errors import unknown
from clsim.streams.recorded import Recorded
from clsim.streams.tables.columns import as_numbers
from clsim.streams.tables.features import features_of
from clsim.streams.tables.files import check_header, read_table
from clsim.streams.tables.labels import guess_task
from clsim.streams.tables.numerals import check_kind


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
        elif isinstance(value, list) and several:
            if not all(isinstance(name, str) for name in value):
                raise ValueError(f"{key}={value!r}: give names of columns")
        elif value is not None and not isinstance(value, str):
            need = "a list of columns" if several else "the name of a column"
            raise ValueError(f"{key}={value!r}: give {need}")


def describe_file(path: Path, given: Mapping[str, Any] | None = None) -> Description:
    """As `describe_table`, of a file or a folder, read as `clsim.streams.Recorded` reads it.

    Raises
    ------
    ValueError
        Also for a file that is no table.
    """
    given = dict(given or {})
    check_given(given)
    frame = read_table(path)
    check_header(str(path), frame)
    return describe_table(frame, given)


def describe_table(frame: pd.DataFrame, given: Mapping[str, Any] | None = None) -> Description:
    """Say what a table of events is, and how it is to be read.

    Parameters
    ----------
    frame : pandas.DataFrame
    given : mapping or None, default=None
        What the user knows: ``time``, ``label``, ``label_time``, ``prediction``, ``version`` (a
        column, or None for "there is none"), ``slices``, ``id``, ``drop`` (no features), ``keep``
        (features, whatever is found), ``day_first``.

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
    if len(frame) == 0:
        raise ValueError("data: the table has no rows")
    columns = columns_of(frame)
    roles = roles_of(frame, columns, given)
    found = Description(len(frame), columns, roles.of, list(roles.findings))
    asked = {finding.facts["role"] for finding in roles.findings}
    if roles.name("label") is None and "label" not in asked:
        found.findings.append(Finding("no label", None, "refused"))
    _read_times(found, frame, roles, given)
    _check_text(found, frame)
    if roles.name("label") is not None:
        _read_label(found, frame, roles, given)
    _note_columns(found, roles)
    if not found.of_level("refused") and not found.of_level("asked"):
        _read(found, frame, roles, given)
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
    if time is not None and (unit := epoch(frame[time])) is not None:
        found.findings.append(Finding("epoch", time, "refused", {"unit": unit}))
        return
    found.findings += of_times(frame, {"time": time, "label_time": label_time}, day_first)
    if time is None or any(f.column == time and f.level != "noted" and f.kind != "unsorted"
                           and f.kind != "gap" for f in found.findings):  # fmt: skip
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
        if (unit := epoch(frame[name])) is not None:
            return [Finding("epoch", name, "refused", {"unit": unit})]
    for name in free:
        if roles.of[name].reason == "date" and frame[name].isna().any():
            missing = int(frame[name].isna().sum())
            return [Finding("no time", name, "refused", {"rows": missing})]
    return [Finding("rows only", None, "noted")]


def _check_text(found: Description, frame: pd.DataFrame) -> None:
    """Text that is numbers, in columns that would be features or the label."""
    for name, role in found.roles.items():
        if role.role in ("feature", "slice", "label") or role.reason == "many values":
            try:
                check_kind(frame[name], None)
            except ValueError as error:
                said = str(error).removeprefix("data: ")
                found.findings.append(Finding("numbers as text", name, "refused", {"said": said}))


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
    if found.span is not None:
        time = moments(frame[str(roles.name("time"))], given.get("day_first"))
        order = np.argsort(clock_of(time), kind="stable")
        frame, labels = frame.iloc[order], labels.iloc[order]
    broken = {f.column for f in found.findings if f.kind == "numbers as text"}
    features = [n for n in (*roles.names("feature"), *roles.names("slice")) if n not in broken]
    if label in broken or not features:
        return
    kept = given.get("keep") or []
    leaks = by_gaps(frame.assign(**{label: labels}), features, label)
    clean = [n for n in features if n not in {finding.column for finding in leaks}]
    there = labels.notna().to_numpy()
    if clean:
        X = features_of(frame[there], clean, True)
        y = labels[there]
        codes = (
            pd.factorize(y, sort=True)[0] if found.task == "classification" else y.to_numpy(float)
        )
        found.alone, alone = by_model(X, codes, found.task)
        leaks += alone
    for leak in leaks:
        if leak.column not in ([kept] if isinstance(kept, str) else kept):
            roles.leave_out(str(leak.column), "leak")
            found.findings.append(leak)
    if found.task == "classification":
        found.shares = class_shares(labels)
    found.moved = distances(frame, features)
    silent = {finding.column for finding in leaks}
    found.findings += [f for f in of_gaps(found.moved) if f.column not in silent]


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


def _read(found: Description, frame: pd.DataFrame, roles: Roles, given: Mapping[str, Any]) -> None:
    """Read the table as a replay would, so that what is said of it is what runs."""
    reading: dict[str, Any] = {"label": roles.name("label")}
    for role in ("time", "label_time"):
        if roles.name(role) is not None:
            reading[role] = roles.name(role)
    slices = [name for name in roles.names("slice") if frame[name].notna().all()]
    production = _production(found, frame, roles)
    reading |= production
    used = {name for value in production.values() for name in _listed(value)}
    drop = [n for role in ("id", "prediction", "version", "left out") for n in roles.names(role)]
    drop = [name for name in drop if name not in used]
    if slices:
        reading["slices"] = slices
    if drop:
        reading["drop"] = [name for name in roles.of if name in drop]
    kinds = {finding.kind for finding in found.findings}
    if "unsorted" in kinds:
        reading["sort"] = True
    if "day_first" in given:
        reading["day_first"] = given["day_first"]
    if "unlabelled" in kinds:
        reading["unlabelled"] = "leave out"
    try:
        found.stream = Recorded(frame, **reading)
    except (TypeError, ValueError) as error:
        found.findings.append(_of_reader(str(error), list(roles.of)))
        return
    found.reading = reading


def _production(found: Description, frame: pd.DataFrame, roles: Roles) -> dict[str, Any]:
    """What production answered, as arguments of `Recorded`: answers, then chances and versions.

    Answers are values that the label has too, or numbers of a regression. Chances are of two
    classes, numbers from 0 to 1; nothing is read where there are no answers.
    """
    labels = as_numbers(frame[str(roles.name("label"))].dropna())
    classes = set(_plain(labels))
    served, chances = [], []
    for name in roles.names("prediction"):
        said = as_numbers(frame[name].dropna())
        number = pd.api.types.is_numeric_dtype(said.dtype)
        if found.task == "regression":
            served += [name] if number else []
        elif set(_plain(said)) <= classes:
            served.append(name)
        elif number and len(classes) == 2 and said.between(0, 1).all():
            chances.append(name)
    if not served:
        return {}
    reading: dict[str, Any] = {"served": served[0]}
    if chances:
        reading["served_proba"] = chances[:1]
    version = roles.name("version")
    if version is not None and not (frame[version].isna() & frame[served[0]].notna()).any():
        reading["served_version"] = version
    return reading


def _plain(values: pd.Series) -> list[str]:
    """Values as text; whole numbers without a fraction, whatever holds them."""
    if pd.api.types.is_float_dtype(values.dtype) and (values % 1 == 0).all():
        values = values.astype("int64")
    return [str(value) for value in values.unique()]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _of_reader(said: str, names: list[str]) -> Finding:
    """What the reader of logs refused, at the column that it names."""
    named = [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)]
    return Finding("refused", named[0] if named else None, "refused", {"said": said})
