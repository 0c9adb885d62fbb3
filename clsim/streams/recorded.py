"""Streams from a table: a DataFrame, a CSV or a Parquet file."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import parse_duration
from clsim.errors import check_choice, unknown
from clsim.streams.drifting import headline
from clsim.types import NEVER_TIME, Batch, DriftEvent, Schema

CATEGORICAL = ("object", "string", "str", "category", "bool", "boolean")

# a time of day, and straight after it a zone
ZONE = re.compile(r"(?:\dT|:)\d\d[\d.,]*\s*(?:[AP]M\s*)?(?:Z|UTC|GMT|[+-]\d)", re.IGNORECASE)


class Recorded:
    """A log, replayed in time order.

    Parameters
    ----------
    data : pandas.DataFrame or path
        A frame, or a file ``.csv`` (also compressed: ``.csv.gz``, ``.csv.zip``) or ``.parquet``,
        or a folder of ``.parquet`` files. Objects that are all numbers, such as decimals, are
        numbers; other text, and the dtype 'category', is a category.
    label : str
        Name of the label column.
    time : str or None, default=None
        Name of the time column: timestamps, or text that pandas reads as such. None: the row
        number is the time.
    start, every : str or None, default=None
        For a file without usable timestamps whose rows come at a fixed interval: time of the
        first row and the interval (``'30min'``). Both or neither, and not with ``time``.
    label_time : str or None, default=None
        Name of a column that tells when each label was known; empty: never. Timestamps, or row
        numbers where the stream has no time.
    available : str or None, default=None
        Name of a column that tells when each row could be trained on, likewise. None: as soon as
        its label was known.
    slices : str or sequence of str, default=()
        Columns whose values name subgroups, which are scored apart. They stay features.
    drop : sequence of str, default=()
        Columns that are not features.
    task : {'classification', 'regression'} or None, default=None
        None: regression if the label is a float with a fractional part or has more than 100
        distinct numbers, else classification.
    sort : bool, default=False
        Sort by time (stable). If False, unsorted time is an error.
    as_frame : bool or None, default=None
        Give learners a DataFrame (so that they can select columns by name or type) or a float
        array. None: a frame if any feature is categorical.
    classes : sequence or None, default=None
        All classes, in the order that they are to have, such as that of a cost matrix. None: the
        categories of an ordered label, else the classes that occur, sorted.

    Raises
    ------
    ValueError
        For a missing or duplicate column, a duplicate class, unsorted time, a label that is missing
        or infinite, a label earlier than its event, an empty table, a file whose schema changes
        half way, text that is numbers (all or nearly all of it), or times of which some have a
        zone.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "bought": ["no", "yes", "no"]})
    >>> Recorded(frame, label="bought").schema.classes.tolist()
    ['no', 'yes']
    >>> Recorded(frame, label="bought", classes=["yes", "no"]).schema.classes.tolist()
    ['yes', 'no']
    """

    FILE_PARAMETERS: tuple[str, ...] = ("data",)

    def __init__(
        self,
        data: pd.DataFrame | str | Path,
        label: str,
        *,
        time: str | None = None,
        start: str | None = None,
        every: str | None = None,
        label_time: str | None = None,
        available: str | None = None,
        slices: str | Sequence[str] = (),
        drop: Sequence[str] = (),
        task: str | None = None,
        sort: bool = False,
        as_frame: bool | None = None,
        classes: Sequence[Any] | None = None,
    ) -> None:
        frame = data if isinstance(data, pd.DataFrame) else read_table(Path(data))
        slices = [slices] if isinstance(slices, str) else list(slices)
        drop = [drop] if isinstance(drop, str) else list(drop)
        check_columns(frame, [label, time, label_time, available, *slices, *drop])
        path = None if isinstance(data, pd.DataFrame) else str(data)
        if path is not None:
            check_header(path, frame.drop(columns=drop))
        if len(frame) == 0:
            raise ValueError("data: the table has no rows")
        apart = {label, time, label_time, available, *drop}
        features = [c for c in frame.columns if c not in apart]
        for column in [label, *features]:
            if column != label or classes is None:  # declared ones tell what is no label
                check_kind(frame[column], path)
        if time is not None and (start is not None or every is not None):
            raise ValueError(f"time={time!r}: leave out start and every, or time")
        if (start is None) != (every is None):
            raise ValueError("start and every: give both or neither")
        timed = time is not None or every is not None

        if timed:
            given: dict[str, Any] = {"time": time, "label_time": label_time, "available": available}
            columns = {key: (name, frame[name]) for key, name in given.items() if name is not None}
            check_zones({"start": (start, pd.Series([start])), **columns})
        clock = event_times(frame, time, start, every)
        if np.any(np.diff(clock) < 0):
            if not sort:
                row = int(np.flatnonzero(np.diff(clock) < 0)[0]) + 1
                raise ValueError(
                    f"time={time!r}: row {row} is earlier than the row before it; "
                    "sort the table, or say sort=True"
                )
            order = np.argsort(clock, kind="stable")
            frame, clock = frame.iloc[order], clock[order]

        labels = as_numbers(frame[label])
        task = task or _guess_task(labels)
        check_choice("task", task, ("classification", "regression"))
        y, known = _labels(labels, label, task, classes)
        when, there = (
            None if name is None else self._times(frame[name], name, timed, key, clock)
            for key, name in (("label_time", label_time), ("available", available))
        )
        if not features:
            raise ValueError("data: no column is left as a feature")
        X: Any = frame[features].copy(deep=False)
        for column in features:
            if X[column].dtype.kind == "O":
                X[column] = as_numbers(X[column])
        text = [c for c in features if str(X[c].dtype) in CATEGORICAL]
        dates = [c for c in features if pd.api.types.is_datetime64_any_dtype(X[c].dtype)]
        if dates:
            raise ValueError(f"{dates[0]}: a column of dates is no feature; name it in drop")
        if text and as_frame is False:
            raise ValueError(f"as_frame=False: column {text[0]!r} is not a number")
        if text or as_frame:
            X = X.astype(dict.fromkeys(text, "category")).reset_index(drop=True)
        else:
            X = np.ascontiguousarray(X.to_numpy(dtype=float, na_value=np.nan))
        names, codes = {}, {}
        for column in slices:
            value = frame[column].astype("category").cat
            names[column] = tuple(f"{column}={v}" for v in value.categories)
            codes[column] = value.codes.to_numpy(dtype=np.int64)
            if (codes[column] < 0).any():
                raise ValueError(f"slices: column {column!r} has missing values")
        self.schema = Schema(tuple(features), task, known, timed, names)
        self._batch = Batch(X, y, clock, when, codes, there)

    @staticmethod
    def _times(
        column: pd.Series, name: str, timed: bool, key: str, clock: np.ndarray
    ) -> np.ndarray:
        when = label_times_of(column, name, timed, key)
        if np.any(when < clock):
            row = int(np.flatnonzero(when < clock)[0])
            what = "the label of row" if key == "label_time" else "row"
            raise ValueError(
                f"{key}={name!r}: {what} {row} is earlier than its event; "
                "correct the table, or leave it empty where it never came"
            )
        return when

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the whole table; the seed changes nothing."""
        yield self._batch

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """Empty: nobody knows when a recorded world changed."""
        return []

    def describe(self) -> str:
        """The stream in a few lines."""
        time, when = self._batch.time, self._batch.label_time
        length = int(time[-1] - time[0])
        lines = [headline("Recorded", len(time), length, self.schema), *told_slices(self.schema)]
        if when is not None:
            known = np.mean(when != NEVER_TIME)
            lines.append(f"- the time of the label is recorded; {known:.1%} have one")
        return "\n".join(lines)


def told_slices(schema: Schema) -> list[str]:
    """A line for each column of slices."""
    lines = []
    for column, names in schema.slices.items():
        shown = [name.partition("=")[2] for name in names[:8]]
        more = [f"{len(names) - 8} more"] if len(names) > 8 else []
        lines.append(f"- slices of {column}: {', '.join([*shown, *more])}")
    return lines


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


def read_table(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise ValueError(f"data={str(path)!r}: no such file")
    if path.is_dir():
        check_parts(path)
    if path.is_dir() or path.suffix == ".parquet":
        return pd.read_parquet(path)
    if ".csv" in path.suffixes[-2:]:
        return _read_csv(path)
    raise ValueError(f"data={str(path)!r}: expected a .csv (also .gz, .zip) or .parquet file")


def _read_csv(path: Path) -> pd.DataFrame:
    # pandas renames columns that occur twice, so the header is read as it stands
    header = pd.read_csv(path, header=None, nrows=1).iloc[0].tolist()
    if len(header) == 1 and ";" in str(header[0]):
        raise ValueError(
            f"data={str(path)!r}: one column, {header[0]!r}; if the separator is ';', read the "
            "file with pandas and give the frame"
        )
    check_columns(pd.DataFrame(columns=header), [])
    try:
        # in chunks, pandas would guess types anew and mix numbers and text in one column
        frame = pd.read_csv(path, low_memory=False)
    except pd.errors.ParserError as error:
        said = str(error).strip()
        raise ValueError(f"data={str(path)!r}: rows differ in length ({said})") from error
    if len(frame) == 0:
        return frame
    # pandas would take the first of too many columns for an index
    if pd.read_csv(path, header=None, skiprows=1, nrows=1).shape[1] > len(header):
        raise ValueError(f"data={str(path)!r}: row 0 has more fields than the header")
    if frame.iloc[:, -1].isna().any():
        _check_short(path, len(header))
    return frame


def _check_short(path: Path, size: int) -> None:
    """Refuse a row that ends early, which pandas fills up; rows with quotes are not looked at."""
    lines = pd.read_csv(path, header=None, sep="\x01", quoting=3, dtype=str).iloc[1:, 0]
    fields = lines.str.count(",").to_numpy(dtype=float) + 1
    short = np.flatnonzero((fields < size) & ~lines.str.contains('"').to_numpy(dtype=bool))
    if len(short):
        row = int(short[0])
        raise ValueError(
            f"data={str(path)!r}: row {row} has {fields[row]:.0f} of {size} fields; write all "
            "columns in every row, empty where they are missing"
        )


def check_header(path: str, frame: pd.DataFrame) -> None:
    """Refuse a file in which the header recurs."""
    names = [str(name) for name in frame.columns]
    text = frame.astype(str)
    for row in text.index[text.isin(names).all(axis=1)]:
        if sorted(text.loc[row]) == sorted(names):
            raise ValueError(
                f"data={path!r}: row {row} repeats the header; leave it out where files are "
                "joined, and give their columns one order"
            )


def check_kind(column: pd.Series, path: str | None) -> None:
    """Refuse text that is numbers: all, nearly all, or, in a file, up to some row or from it on."""
    if not pd.api.types.is_string_dtype(column.dtype) or _are_numbers(column):
        return
    rows = np.flatnonzero(column.notna())
    known = column.iloc[rows].astype(str)
    codes, values = pd.factorize(known)
    number = pd.to_numeric(pd.Series(values), errors="coerce").notna().to_numpy()[codes]
    if not number.any():
        return
    where = f"data{'' if path is None else f'={path!r}'}: column {column.name!r}"
    category = "if it is a category, give a frame in which its dtype is 'category'"
    if number.all():
        raise ValueError(
            f"{where} holds numbers written as text, in all of {len(known)} values (such as "
            f"{known.iloc[0]!r}); convert it by pd.to_numeric, or {category}"
        )
    turn = np.flatnonzero(np.diff(number)) + 1
    if path is not None and len(turn) == 1:
        kinds = ("numbers", "text") if number[0] else ("text", "numbers")
        told = f"{kinds[0]}, and from row {rows[turn[0]]} on {kinds[1]} ({known.iloc[turn[0]]!r})"
    elif _nearly_all(known, number):
        odd = int(np.flatnonzero(~number)[0])
        told = (
            f"numbers in {number.sum()} of {len(known)} values, and text in the others "
            f"({known.iloc[odd]!r} in row {rows[odd]})"
        )
    else:
        return
    raise ValueError(
        f"{where} holds {told}; correct it, by pd.to_numeric in a frame; if the text means that a "
        "value is missing, leave it empty, or read the file by pandas with "
        f"na_values=[{known[~number].iloc[0]!r}]; {category}"
    )


def _nearly_all(known: pd.Series, number: np.ndarray) -> bool:
    """Whether nine in ten are numbers, of the values or of those that differ.

    A sign without letter or digit, such as '?', marks what is missing, and is not counted.
    """
    named = known[number | known.str.contains(r"[^\W_]").to_numpy(dtype=bool)]
    numbers = known[number]
    return len(numbers) >= 0.9 * len(named) or numbers.nunique() >= 0.9 * named.nunique()


def as_numbers(column: pd.Series) -> pd.Series:
    """A column of objects that are all numbers, as numbers; any other as it is."""
    if column.dtype.kind != "O" or isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if not _are_numbers(column):
        return column
    inferred = column.infer_objects()
    if pd.api.types.is_integer_dtype(inferred.dtype):
        return inferred
    values = column.to_numpy(dtype=object, na_value=np.nan)
    return pd.Series([float(value) for value in values], column.index, dtype=float)


def _are_numbers(column: pd.Series) -> bool:
    """Whether all objects that are there are numbers; booleans and durations are none."""
    if isinstance(column.dtype, pd.StringDtype):
        return False
    kinds = set(map(type, column.dropna()))
    return bool(kinds) and all(
        issubclass(kind, (Real, Decimal)) and not issubclass(kind, (bool, np.timedelta64))
        for kind in kinds
    )


def check_parts(path: Path) -> None:
    """Refuse a folder of Parquet files that differ in their columns, or in a column's type."""
    import pyarrow.dataset

    found = pyarrow.dataset.dataset(path, format="parquet").get_fragments()
    parts = [
        (Path(part.path).name, {f.name: str(f.type) for f in part.physical_schema})
        for part in found
    ]
    if not parts:
        raise ValueError(f"data={str(path)!r}: a folder without .parquet files")
    (first, types), *others = parts
    for name, kinds in others:
        for column in [*types, *kinds]:
            one, other = types.get(column), kinds.get(column)
            if one is None or other is None:
                there, missing = (first, name) if other is None else (name, first)
                raise ValueError(
                    f"data={str(path)!r}: column {column!r} is in {there} and not in {missing}"
                )
            if one != other and "null" not in (one, other):
                raise ValueError(
                    f"data={str(path)!r}: column {column!r} is {one} in {first} and {other} in "
                    f"{name}"
                )


def check_columns(frame: pd.DataFrame, names: Sequence[str | None]) -> None:
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"data: column {twice[0]!r} occurs more than once")
    for name in names:
        if name is not None and name not in frame.columns:
            raise ValueError(f"data: {unknown('column', name, frame.columns)}")


def microseconds(column: pd.Series, key: str, value: str) -> np.ndarray:
    try:
        times = pd.to_datetime(column, utc=True)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{key}={value!r}: not timestamps of one format ({str(error).splitlines()[0]}); write "
            "them like 2024-01-31 12:00"
        ) from error
    return times.dt.tz_localize(None).astype("datetime64[us]").astype("int64").to_numpy()


def check_zones(given: Mapping[str, tuple[Any, pd.Series]]) -> None:
    """Refuse times of which some have a zone and some have none.

    Parameters
    ----------
    given : mapping of str to tuple
        For each key of a caller, such as ``label_time``, what it was given and these times.
    """
    found: dict[bool, str] = {}
    for key, (value, times) in given.items():
        rows = np.flatnonzero(times.notna())
        if pd.api.types.is_numeric_dtype(times.dtype) or len(rows) == 0:
            continue
        zoned = _zoned(times.iloc[rows])
        if zoned.any() and not zoned.all():
            one, other = rows[zoned][0], rows[~zoned][0]
            raise ValueError(
                f"{key}={value!r}: row {one} has a time zone ({str(times.iloc[one])!r}) and row "
                f"{other} has none ({str(times.iloc[other])!r}; none in {(~zoned).sum()} of "
                f"{len(rows)} rows); give all of them one, by tz_localize or by writing its offset"
            )
        found.setdefault(bool(zoned[0]), f"{key}={value!r}")
    if len(found) == 2:
        raise ValueError(
            f"{found[True]} has a time zone and {found[False]} has none; say of which zone the "
            "latter is, by tz_localize or by writing its offset, or take the former to its clock, "
            "by tz_convert and then tz_localize(None)"
        )


def _zoned(times: pd.Series) -> np.ndarray:
    """Whether each time has a zone; what is no time has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = times if times.dtype.kind == "M" else pd.to_datetime(times)
    except (TypeError, ValueError):
        read = times
    if read.dtype.kind == "M":  # of one kind, as pandas takes no others without being told a zone
        dtype = getattr(read.dtype, "pyarrow_dtype", read.dtype)
        return np.full(len(times), getattr(dtype, "tz", None) is not None)
    return np.array([_has_zone(value) for value in times], dtype=bool)


def _has_zone(value: Any) -> bool:
    if isinstance(value, dt.datetime):
        return value.tzinfo is not None
    return ZONE.search(str(value)) is not None


def event_times(
    frame: pd.DataFrame, time: str | None, start: str | None, every: str | None
) -> np.ndarray:
    if time is not None:
        if pd.api.types.is_numeric_dtype(frame[time].dtype):
            raise ValueError(
                f"time={time!r}: a column of numbers; convert it to timestamps, or leave time out"
            )
        if frame[time].isna().any():
            raise ValueError(f"time={time!r}: the column has missing values")
        return microseconds(frame[time], "time", time)
    rows = np.arange(len(frame), dtype=np.int64)
    if every is None:
        return rows
    first = microseconds(pd.Series([start]), "start", str(start))[0]
    return first + rows * parse_duration(every, "every")


def label_times_of(
    column: pd.Series, name: str, timed: bool, key: str = "label_time"
) -> np.ndarray:
    """Clock times of a column; where it is empty, never."""
    known = column.notna().to_numpy()
    when = np.full(len(column), NEVER_TIME, dtype=np.int64)
    if timed:
        if pd.api.types.is_numeric_dtype(column.dtype) and known.any():
            raise ValueError(f"{key}={name!r}: expected timestamps, as the stream has time")
        when[known] = microseconds(column[known], key, name)
    else:
        if not pd.api.types.is_numeric_dtype(column.dtype):
            raise ValueError(f"{key}={name!r}: expected row numbers: the stream has no time")
        when[known] = np.ceil(column[known]).astype(np.int64)
    return when


def _guess_task(labels: pd.Series) -> str:
    numbers = pd.api.types.is_numeric_dtype(labels.dtype)
    if not numbers or pd.api.types.is_bool_dtype(labels.dtype):
        return "classification"
    values = labels.dropna().unique()
    whole = np.all(np.equal(np.mod(values, 1), 0))
    return "classification" if whole and len(values) <= 100 else "regression"


def _labels(
    labels: pd.Series, name: str, task: str, classes: Sequence[Any] | None
) -> tuple[np.ndarray, np.ndarray]:
    if labels.isna().any():
        row = int(np.flatnonzero(labels.isna())[0])
        raise ValueError(
            f"label={name!r}: row {row} has no label (NaN); leave the row out, or give the truth "
            "and an empty label_time"
        )
    if task == "regression":
        try:
            y = labels.to_numpy(dtype=float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"label={name!r}: regression needs numbers") from error
    else:
        y = _class_values(labels)
    if y.dtype.kind == "f" and np.isinf(y).any():
        raise ValueError(f"label={name!r}: row {int(np.flatnonzero(np.isinf(y))[0])} is infinite")
    if task == "regression":
        return y, np.empty(0)
    if y.dtype.kind == "f" and np.all(np.mod(y, 1) == 0):
        y = y.astype(np.int64)
    if classes is None and isinstance(labels.dtype, pd.CategoricalDtype) and labels.cat.ordered:
        classes = labels.cat.categories.tolist()
    if classes is None:
        return y, np.unique(y)
    known = _declared(classes, y, name)
    extra = np.setdiff1d(y, known)
    if len(extra):
        raise ValueError(f"classes: {unknown('label', extra[0], known)}")
    return (y if y.dtype.kind == "U" else y.astype(known.dtype, copy=False)), known


def _class_values(labels: pd.Series) -> np.ndarray:
    """Labels of classes as numbers, booleans or text."""
    if isinstance(labels.dtype, pd.CategoricalDtype):
        labels = as_numbers(labels.astype(labels.cat.categories.dtype))
    kind: Any = labels.dtype
    if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
        return labels.to_numpy(dtype=getattr(kind, "numpy_dtype", kind))
    return labels.astype(str).to_numpy(dtype=str)


def _declared(classes: Sequence[Any], y: np.ndarray, name: str) -> np.ndarray:
    """Classes in their order, of the type of the labels where that changes none of them."""
    if isinstance(classes, (str, set, frozenset, dict)):
        raise TypeError(f"classes={classes!r}: give a list, in the order that they are to have")
    given = pd.Series(list(classes), dtype=object)
    if given.isna().any():
        raise ValueError(f"classes: number {int(np.argmax(given.isna()))} is missing (NaN)")
    if y.dtype.kind == "U":
        known = np.array([str(value) for value in classes], dtype=str)
    else:
        try:
            known = pd.to_numeric(as_numbers(given).infer_objects()).to_numpy()
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"classes={list(classes)!r}: the labels in {name!r} are {y.dtype}; give such, or "
                "turn the labels into text"
            ) from error
        with np.errstate(invalid="ignore"):
            same = known.astype(y.dtype)
        known = same if np.array_equal(same, known) else known
    values, times = np.unique(known, return_counts=True)
    if (times > 1).any():
        raise ValueError(f"classes: '{values[times > 1][0]}' is given twice; leave one out")
    return known
