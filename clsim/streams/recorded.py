"""Streams from a table: a DataFrame, a CSV or a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_choice
from clsim.protocols import Stream
from clsim.streams.tables.columns import CATEGORICAL, as_numbers, check_columns, check_kind
from clsim.streams.tables.files import check_header, read_table
from clsim.streams.tables.labels import guess_task, labels_of
from clsim.streams.tables.times import check_zones, event_times, label_times_of
from clsim.streams.words import headline, told_slices
from clsim.types import NEVER_TIME, Batch, Schema


class Recorded(Stream):
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

    FILE_PARAMETERS = ("data",)

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
        self._files = () if path is None else (Path(path),)
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
        task = task or guess_task(labels)
        check_choice("task", task, ("classification", "regression"))
        y, known = labels_of(labels, label, task, classes)
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

    def files(self) -> tuple[Path, ...]:
        """The file or the folder of the table; none of a frame."""
        return self._files

    def describe(self) -> str:
        """The stream in a few lines."""
        time, when = self._batch.time, self._batch.label_time
        length = int(time[-1] - time[0])
        lines = [headline("Recorded", len(time), length, self.schema), *told_slices(self.schema)]
        if when is not None:
            known = np.mean(when != NEVER_TIME)
            lines.append(f"- the time of the label is recorded; {known:.1%} have one")
        return "\n".join(lines)


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
