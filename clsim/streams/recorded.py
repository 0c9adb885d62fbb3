"""Streams from a table: a DataFrame, a CSV or a Parquet file."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_flag
from clsim.protocols import Stream
from clsim.streams.tables.amounts import Amount, amount_columns, amount_kind, amounts_of
from clsim.streams.tables.at_rest import STRETCH, AtRest
from clsim.streams.tables.columns import CATEGORICAL, as_numbers, check_plain
from clsim.streams.tables.dates import Dates, check_dates, with_dates_read
from clsim.streams.tables.delimited import Csv
from clsim.streams.tables.features import features_of, slices_of
from clsim.streams.tables.files import check_header
from clsim.streams.tables.frames import frame_of
from clsim.streams.tables.labels import check_words, labelled, labelling_of, labels_of, task_of
from clsim.streams.tables.numerals import Numerals, check_kind
from clsim.streams.tables.rest import Rest
from clsim.streams.tables.roles import Roles, names_of
from clsim.streams.tables.served import production_of
from clsim.streams.tables.times import event_times, gap, in_order, is_timed, times_from
from clsim.streams.tables.zones import check_zones
from clsim.streams.words import headline, slice_lines
from clsim.types import NEVER_TIME, Batch, Schema


class Recorded(Stream):
    """A log, replayed in time order.

    Parameters
    ----------
    data : pandas.DataFrame, table of Arrow or path
        A frame; a table of pyarrow or polars; a file ``.csv``, ``.tsv`` (also compressed:
        ``.csv.gz``, ``.csv.zip``) or ``.parquet``, or a folder of files of either kind with the
        same columns, one below the other in the order of their names. A level of an index is a
        column where a parameter names it. Objects that are all numbers, such as decimals, are
        numbers; text, truth values and the dtype 'category' are categories; what is neither, such
        as dates, is no feature, label or slice. In a CSV file an empty field is missing, and so are
        words such as 'NA' in a column of numbers or times; in text they are names. Of Parquet files
        the features stay where they are, if all are numbers and rows need not be sorted, and are
        read by stretches when the stream is replayed; so do times that are written as such, and
        targets.
    label : str
        Name of the label column.
    time : str or None, default=None
        Name of the time column: timestamps, or text that pandas reads as such. None: the row
        number is the time.
    start, every : str or None, default=None
        For a file without usable timestamps whose rows come at a fixed interval: time of the
        first row and the interval (``'30min'``). Both or neither, and not with ``time``.
    label_time : str or None, default=None
        Name of a column that says when each label was known; empty: never. Timestamps, or row
        numbers (infinite: never) where the stream has no time. The clock counts microseconds;
        what is finer is cut off.
    available : str or None, default=None
        Name of a column that says when each row could be trained on, likewise. None: as soon as
        its label was known.
    served : str or None, default=None
        Name of the column with what the model in production answered, for the strategy `AsServed`;
        empty where it did not answer. No feature.
    served_proba : str or sequence of str, default=()
        Columns with its probabilities, one for each class in their order, or of two classes that
        of the second alone. No features.
    served_version : str or None, default=None
        Name of the column that says which version of it answered. No feature.
    complained : str or None, default=None
        Name of the column that says when the user complained of what production answered, as
        ``label_time``; empty: never. Of other answers nobody knows, so the monitor `Complaints`
        takes it with the strategy `AsServed` alone. No feature.
    deleted : str or None, default=None
        Name of the column that says when somebody asked that each row be deleted, likewise; empty:
        never. From the first tick on that starts then, it is gone for every strategy. No feature.
    amount : str, dict of class to str, dict of class to dict, or None, default=None
        For ``loss='amount'``: the column with what a wrong answer to each row costs, 0 or more; or
        for each class the column with what answering it earns, so that an answer costs what the
        best one earns, minus what it earns itself; or for true classes what each answer costs, in
        columns or numbers: ``{'fraud': {'ok': 'value'}, 'ok': {'fraud': 5}}``. Columns of the last
        must be known when the model answers, since a strategy with ``threshold='by_price'`` goes
        by them. None is a feature: what models may learn from, give in a column of its own.
    slices : str or sequence of str, default=()
        Columns whose values name subgroups, which are scored apart. They stay features.
    drop : sequence of str, default=()
        Columns that are not features.
    task : {'classification', 'regression'} or None, default=None
        None: classification if there are ``classes``; else regression if the label is a float with
        a fraction or has more than 100 distinct numbers, and classification if not.
    sort : bool, default=False
        Sort by time (stable). If False, unsorted time is an error.
    as_frame : bool or None, default=None
        Give learners a DataFrame (so that they can select columns by name or type) or a float
        array. None: a frame if any feature is categorical.
    day_first : bool or None, default=None
        How dates like ``01/02/2024`` are read. None: as the column itself says, by a value such as
        ``31/01/2024``.
    date_format : str, dict of str to str, or None, default=None
        How times are written, as for `pandas.read_csv`: codes such as ``'%d.%m.%Y %H:%M'``, or
        ``'ISO8601'``, of all columns of times or of each that is named. It goes for text and whole
        numbers, such as 20240131.
    unlabelled : {'refuse', 'leave out'}, default='refuse'
        What becomes of rows without a label: nobody can say how a model does on them.
    classes : sequence or None, default=None
        All classes, in the order that they are to have, such as that of a cost matrix. None: the
        categories of an ordered label, else the classes that occur, sorted.
    encoding : str or None, default=None
        Of a CSV file, such as ``'latin-1'``; None: UTF-8.
    separator : str or None, default=None
        Of a CSV file: one character, ``'\\t'`` for tabs; None: a comma, in ``.tsv`` a tab.
    decimal, thousands : str or None, default=None
        Of a CSV file: the sign before the fraction of numbers, ``'.'`` (None) or ``','``, and the
        one between thousands, ``','``, ``'.'``, ``' '`` or ``"'"`` (None: there is none).

    Raises
    ------
    TypeError
        For data that are no table.
    ValueError
        For a missing or duplicate column, a duplicate class, unsorted time, a label that is missing
        or infinite, a label earlier than its event, an empty table, a file whose schema changes
        half way or that is not written in its encoding, files of a folder that differ in their
        columns, a column that is neither numbers nor names or has no name, text that is numbers
        (all or nearly all of it, also with a decimal comma, a sign between thousands, a currency or
        a per cent sign), whole numbers that a
        float cannot hold, times of which some have a zone, dates that can be read two ways,
        answers of production that are none of the classes, an amount that is missing, or amounts
        with regression.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "bought": ["no", "yes", "no"]})
    >>> Recorded(frame, label="bought").schema.classes.tolist()
    ['no', 'yes']
    >>> Recorded(frame, label="bought", classes=["yes", "no"]).schema.classes.tolist()
    ['yes', 'no']
    """

    FILE_PARAMETERS = ("data",)

    def __init__(
        self,
        data: Any,
        label: str,
        *,
        time: str | None = None,
        start: str | None = None,
        every: str | None = None,
        label_time: str | None = None,
        available: str | None = None,
        served: str | None = None,
        served_proba: str | Sequence[str] = (),
        served_version: str | None = None,
        complained: str | None = None,
        deleted: str | None = None,
        amount: Amount = None,
        slices: str | Sequence[str] = (),
        drop: Sequence[str] = (),
        task: str | None = None,
        sort: bool = False,
        as_frame: bool | None = None,
        day_first: bool | None = None,
        date_format: str | Mapping[str, str] | None = None,
        unlabelled: str = "refuse",
        classes: Sequence[Any] | None = None,
        encoding: str | None = None,
        separator: str | None = None,
        decimal: str | None = None,
        thousands: str | None = None,
    ) -> None:
        for key, value in (("sort", sort), ("as_frame", as_frame or False)):
            check_flag(key, value)
        roles = Roles(
            label, time, label_time, available, complained, deleted, served,
            names_of("served_proba", served_proba), served_version, amount,
            names_of("slices", slices), names_of("drop", drop),
        )  # fmt: skip
        csv, dates = Csv(encoding, separator, decimal, thousands), Dates(day_first, date_format)
        path = Path(data) if isinstance(data, (str, Path)) else None
        self._numbers = numbers = None if sort or as_frame else AtRest.of(path, roles)
        frame = _read(data, path, roles, csv, numbers)
        there = frame[label].notna().to_numpy()
        self.labelling = labelling_of(frame, label, label_time, served, unlabelled)
        frame, self._left_out = labelled(frame, label, unlabelled)
        timed = is_timed(time, start, every)
        with _rows_counted(self._left_out):
            frame = with_dates_read(frame, roles.times, dates)
            _check_what(frame, roles, classes, path, csv.numerals)
            frame, clock = _on_clock(frame, roles, timed, start, every, sort)
        with _rows_counted(self._left_out, sort):
            self.schema, events = _events(
                frame, clock, timed, roles, task, classes, as_frame, numbers
            )
        del frame
        self._there = there if self._left_out else None
        self._hold(events, Rest.of(numbers, roles, dates, self.schema, start, every))
        said = gap(clock) if timed else ""
        if said:
            warnings.warn(f"time={time!r}: {said}", stacklevel=2)
        self._files = () if path is None else (path,)

    def _hold(self, events: Batch, rest: Rest | None) -> None:
        """Keep what is not read again from the file."""
        self.at_rest = None if self._numbers is None else self._numbers.kind
        self.length, self._rest = len(events.y), rest
        self._lines = _lines(events, self.schema, self._left_out)
        kept = events if rest is None else rest.without(events)
        self._batch, self._classes = _in_bytes(kept, self.schema)

    def __repr__(self) -> str:
        classes = ", ".join(map(str, self.schema.classes))
        of = f"classes {classes}" if len(self.schema.classes) else "regression"
        features = len(self.schema.features)
        wide = "1 feature" if features == 1 else f"{features} features"
        found = f"{len(self._batch.y):,} events, {wide}, {of}"
        return f"{self.class_name}({found})"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the table, whole or as it is read; the seed changes nothing."""
        if self._numbers is None or self._rest is None:
            yield self._labelled(self._batch)
            return
        row, n = 0, len(self._batch.y)
        more = list(dict.fromkeys(self._rest.names.values()))
        for X, frame in self._numbers.blocks(self._there, more):
            rows = np.arange(row, min(n, row + len(X)))
            row += len(X)
            if row > n:
                break
            given: dict[str, Any] = self._rest.read(frame, int(rows[0]))
            yield self._labelled(replace(self._batch.take(rows), X=X, **given))
        if row != n:
            raise ValueError(f"data={str(self.files()[0])!r}: the file has changed; read it anew")

    def whole(self) -> Batch:
        """All events at once."""
        every = self._labelled(self._batch)
        if self._rest is None:
            return every
        parts, read = list(self.blocks(0)), dict[str, Any]()
        for field in self._rest.fields:
            read[field] = np.concatenate([getattr(part, field) for part in parts])
        return replace(every, **read)

    def _labelled(self, events: Batch) -> Batch:
        """With labels in place of their codes."""
        return events if self._classes is None else replace(events, y=self._classes[events.y])

    def files(self) -> tuple[Path, ...]:
        """The file or the folder of the table; none of a frame."""
        return self._files

    def describe(self) -> str:
        """The stream in a few lines."""
        return "\n".join(self._lines)


@contextmanager
def _rows_counted(left_out: int, sort: bool = False) -> Iterator[None]:
    """Errors that name a row say how rows are counted, where that is not as the table has them."""
    try:
        yield
    except ValueError as error:
        how = ["without those that have no label"] if left_out else []
        how += ["in the order of time"] if sort else []
        if how and re.search(r"\brow \d", str(error)):
            raise ValueError(f"{error} (rows counted {', '.join(how)})") from error
        raise


def _lines(events: Batch, schema: Schema, left_out: int) -> list[str]:
    """What is said of a log."""
    time, when = events.time, events.label_time
    length = int(time[-1] - time[0])
    lines = [headline("Recorded", len(time), length, schema), *slice_lines(schema)]
    if when is not None:
        known = np.mean(when != NEVER_TIME)
        lines.append(f"- the time of the label is recorded; {known:.1%} have one")
    production = events.production
    if production is not None:
        said = production.answers
        answered = np.mean(said >= 0 if said.dtype.kind == "i" else ~np.isnan(said))
        count = len(schema.versions)
        versions = f", in {count} version{'s' * (count > 1)}" if count else ""
        lines.append(f"- production answered {answered:.1%} of the events{versions}")
    if events.complaints is not None:
        come = np.mean(events.complaints[:, 0] != NEVER_TIME)
        lines.append(f"- users complained of {come:.1%} of the events")
    if events.deleted is not None:
        gone = np.mean(events.deleted != NEVER_TIME)
        lines.append(f"- {gone:.1%} of the events are deleted on request")
    if events.amount is not None:
        each = "an error" if schema.amounts == "error" else "the worst answer"
        worst = events.amount.reshape(len(time), -1).max(axis=1)
        lines.append(f"- {each} costs {worst.mean():,.4g} in the mean, {worst.max():,.4g} most")
    if left_out:
        lines.append(f"- {left_out:,} rows without a label are left out")
    return lines


def _in_bytes(events: Batch, schema: Schema) -> tuple[Batch, np.ndarray | None]:
    """Labels as codes, in a byte where classes are few; and the classes as labels are written."""
    if not len(schema.classes):
        return events, None
    narrow = np.uint8 if len(schema.classes) < 255 else np.int32
    codes = np.empty(len(events.y), narrow)
    for low in range(0, len(codes), STRETCH):  # they are eight times as wide on the way
        codes[low : low + STRETCH] = schema.codes(events.y[low : low + STRETCH])
    return replace(events, y=codes), schema.classes.astype(events.y.dtype)


def _read(
    data: Any, path: Path | None, roles: Roles, csv: Csv, numbers: AtRest | None
) -> pd.DataFrame:
    """The table, with the columns that it must have, but for features that stay where they are."""
    given = data if numbers is None else numbers.others(roles.slices)
    frame = frame_of(given, [*roles.no_features, *roles.slices], csv)
    if path is not None and numbers is None:
        check_header(str(path), frame.drop(columns=roles.drop))
    if len(frame) == 0:
        raise ValueError("data: the table has no rows")
    return frame


def _on_clock(
    frame: pd.DataFrame, roles: Roles, timed: bool, start: str | None, every: str | None, sort: bool
) -> tuple[pd.DataFrame, np.ndarray]:
    """The table in the order of time, and its times; refused if only some have a zone."""
    time = roles.times["time"]
    if timed:
        columns = {k: (name, frame[name]) for k, name in roles.times.items() if name is not None}
        check_zones({"start": (start, pd.Series([start])), **columns})
    return in_order(frame, event_times(frame, time, start, every), time, sort)


def _check_what(
    frame: pd.DataFrame, roles: Roles, classes: Any, path: Path | None, numerals: Numerals
) -> None:
    """Refuse a label or feature that holds neither numbers nor names, or numbers as text."""
    label, features = roles.label, roles.features(frame.columns)
    check_plain(frame[label], f"label={label!r}: the column")
    for column in features:
        check_plain(frame[column], f"data: column {column!r}", ", or name it in drop")
        check_dates(frame[column])
        if path is not None and re.fullmatch(r"Unnamed: \d+", str(column)):
            raise ValueError(
                f"data: column {column!r} has no name in the file's header; give it one, or if it "
                "is no feature, such as the index of a frame, name it so in drop"
            )
    for column in [label, *features, *roles.served_proba, *amount_columns(roles.amount)]:
        if column != label or classes is None:  # declared ones tell what is no label
            check_kind(frame[column], None if path is None else str(path), numerals)
    if path is not None and classes is None:
        check_words(frame[label], label)


def _events(
    frame: pd.DataFrame, clock: np.ndarray, timed: bool, roles: Roles, task: str | None,
    classes: Sequence[Any] | None, as_frame: bool | None, numbers: AtRest | None = None,
) -> tuple[Schema, Batch]:  # fmt: skip
    """The events of a table that is read, checked and in order, and what they have."""
    labels = as_numbers(frame[roles.label])
    task = task_of(labels, task, classes)
    y, known = labels_of(labels, roles.label, task, classes)
    when, there, come, gone = (
        None if name is None else times_from(clock, frame[name], name, timed, key)
        for key, name in roles.times.items() if key != "time"
    )  # fmt: skip
    if numbers is None:
        features = roles.features(frame.columns)
        X = features_of(frame, features, as_frame)
    else:
        features, X = numbers.features, np.empty((len(frame), 0))  # they come later
    names, codes = slices_of(frame, roles.slices)
    schema = Schema(tuple(features), task, known, timed, names)
    answered, versions = production_of(
        frame, schema, roles.served, roles.served_proba, roles.served_version
    )
    costs = amounts_of(frame, roles.amount, task, known)
    schema = replace(
        schema, served=roles.served is not None, served_proba=bool(roles.served_proba),
        versions=versions, amounts=amount_kind(roles.amount),
        complaints=None if come is None else "production",
    )  # fmt: skip
    complaints = None if come is None else np.column_stack([come, come])  # right or wrong
    return schema, Batch(
        X, y, clock, when, codes, there, production=answered, amount=costs,
        complaints=complaints, deleted=gone,
    )  # fmt: skip


def openml(data_id: int, label: str, **options: Any) -> Recorded:
    """A table of OpenML, downloaded and cached by scikit-learn.

    Parameters
    ----------
    data_id : int
        Its number there, such as 151 for Elec2.
    label : str
        Name of the label column.
    **options
        As for `Recorded`.

    Returns
    -------
    Recorded

    Raises
    ------
    TypeError, ValueError
        As `Recorded` does, for a label or options that do not fit the table.

    Examples
    --------
    With a table of two rows in place of the download:

    >>> from types import SimpleNamespace
    >>> from unittest.mock import patch
    >>> table = pd.DataFrame({"price": ["0.1", "0.3"], "class": ["DOWN", "UP"]})
    >>> with patch("sklearn.datasets.fetch_openml", return_value=SimpleNamespace(frame=table)):
    ...     stream = openml(151, "class")
    >>> next(stream.blocks(seed=0)).X.tolist(), stream.schema.classes.tolist()
    ([[0.1], [0.3]], ['DOWN', 'UP'])
    """
    from sklearn.datasets import fetch_openml

    frame = fetch_openml(data_id=data_id, as_frame=True).frame
    for column in frame.columns.difference([label]):
        # OpenML gives numbers that were declared nominal as text
        if str(frame[column].dtype) in CATEGORICAL:
            number = pd.to_numeric(frame[column].dropna().astype(str), errors="coerce")
            if len(number) and number.notna().all():
                frame[column] = number.reindex(frame.index)
    return Recorded(frame, label, **options)
