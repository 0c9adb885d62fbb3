"""How a table is to be read: roles as arguments of `clsim.streams.Recorded`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.roles import WRITTEN, Roles
from clsim.streams.tables.columns import as_numbers


def reading_of(
    frame: pd.DataFrame, roles: Roles, given: Mapping[str, Any], task: str, kinds: set[str]
) -> dict[str, Any]:
    """Arguments of `clsim.streams.Recorded` for a table, besides the table itself.

    Parameters
    ----------
    frame : pandas.DataFrame
    roles : Roles
    given : mapping
        What the user said.
    task : str
    kinds : set of str
        Kinds of what was found.
    """
    reading: dict[str, Any] = {"label": roles.name("label")}
    for role in ("time", "label_time"):
        if roles.name(role) is not None:
            reading[role] = roles.name(role)
    slices = [name for name in roles.names("slice") if frame[name].notna().all()]
    production = _production(frame, roles, task)
    reading |= production
    used = {name for value in production.values() for name in _listed(value)}
    drop = [n for role in ("id", "prediction", "version", "left out") for n in roles.names(role)]
    drop = [name for name in drop if name not in used]
    if slices:
        reading["slices"] = slices
    if drop:
        reading["drop"] = [name for name in roles.of if name in drop]
    if "unsorted" in kinds:
        reading["sort"] = True
    if "unlabelled" in kinds:
        reading["unlabelled"] = "leave out"
    reading |= {key: given[key] for key in WRITTEN if given.get(key) is not None}
    formats = _formats(frame, reading, given.get("date_format"))
    return reading if formats is None else {**reading, "date_format": formats}


def _formats(frame: pd.DataFrame, reading: Mapping[str, Any], given: Any) -> Any:
    """The format of the columns of times that are written in one: of all of them, or of each."""
    columns = [reading[key] for key in ("time", "label_time") if key in reading]
    if given is None or not columns:
        return None
    if isinstance(given, str):
        written = [name for name in columns if frame[name].dtype.kind == "M"]
        if len(written) == len(columns):
            return given
        return dict.fromkeys(written, given) or None
    return {name: given[name] for name in columns if name in given} or None


def _production(frame: pd.DataFrame, roles: Roles, task: str) -> dict[str, Any]:
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
        if task == "regression":
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


def refused_by_reader(said: str, names: list[str]) -> Finding:
    """What the reader of logs refused, at the column that it names."""
    named = [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)]
    return Finding("refused", named[0] if named else None, "refused", {"said": said})
