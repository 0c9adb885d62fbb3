"""Streams from a table: a DataFrame, a CSV or a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_choice
from clsim.protocols import Stream
from clsim.streams.tables.columns import CATEGORICAL, as_numbers, check_columns, check_kind
from clsim.streams.tables.dates import with_dates_read
from clsim.streams.tables.features import features_of, slices_of
from clsim.streams.tables.files import check_header, read_table
from clsim.streams.tables.labels import guess_task, labelled, labels_of
from clsim.streams.tables.served import production_of
from clsim.streams.tables.times import (
    check_zones,
    event_times,
    in_order,
    is_timed,
    times_from,
)
from clsim.streams.words import headline, slice_lines
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
        Name of a column that says when each label was known; empty: never. Timestamps, or row
        numbers where the stream has no time.
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
    slices : str or sequence of str, default=()
        Columns whose values name subgroups, which are scored apart. They stay features.
    drop : sequence of str, default=()
        Columns that are not features.
    task : {'classification', 'regression'} or None, default=None
        None: regression if the label is a float with a fraction or has more than 100
        distinct numbers, else classification.
    sort : bool, default=False
        Sort by time (stable). If False, unsorted time is an error.
    as_frame : bool or None, default=None
        Give learners a DataFrame (so that they can select columns by name or type) or a float
        array. None: a frame if any feature is categorical.
    day_first : bool or None, default=None
        How dates like ``01/02/2024`` are read. None: as the column itself says, by a value such as
        ``31/01/2024``.
    unlabelled : {'refuse', 'leave out'}, default='refuse'
        What becomes of rows without a label: nobody can say how a model does on them.
    classes : sequence or None, default=None
        All classes, in the order that they are to have, such as that of a cost matrix. None: the
        categories of an ordered label, else the classes that occur, sorted.

    Raises
    ------
    ValueError
        For a missing or duplicate column, a duplicate class, unsorted time, a label that is missing
        or infinite, a label earlier than its event, an empty table, a file whose schema changes
        half way, text that is numbers (all or nearly all of it), times of which some have a
        zone, dates that can be read in two ways, or answers of production that are none of the
        classes.

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
        served: str | None = None,
        served_proba: str | Sequence[str] = (),
        served_version: str | None = None,
        slices: str | Sequence[str] = (),
        drop: Sequence[str] = (),
        task: str | None = None,
        sort: bool = False,
        as_frame: bool | None = None,
        day_first: bool | None = None,
        unlabelled: str = "refuse",
        classes: Sequence[Any] | None = None,
    ) -> None:
        frame = data if isinstance(data, pd.DataFrame) else read_table(Path(data))
        path = None if isinstance(data, pd.DataFrame) else Path(data)
        slices = [slices] if isinstance(slices, str) else list(slices)
        drop = [drop] if isinstance(drop, str) else list(drop)
        proba = [served_proba] if isinstance(served_proba, str) else list(served_proba)
        production = [served, *proba, served_version]
        check_columns(frame, [label, time, label_time, available, *production, *slices, *drop])
        if path is not None:
            check_header(str(path), frame.drop(columns=drop))
        if len(frame) == 0:
            raise ValueError("data: the table has no rows")
        frame, self._left_out = labelled(frame, label, unlabelled)
        given: dict[str, Any] = {"time": time, "label_time": label_time, "available": available}
        frame = with_dates_read(frame, given, day_first)
        apart = {label, time, label_time, available, *production, *drop}
        features = [column for column in frame.columns if column not in apart]
        for column in [label, *features]:
            if column != label or classes is None:  # declared ones tell what is no label
                check_kind(frame[column], None if path is None else str(path))

        timed = is_timed(time, start, every)
        if timed:
            columns = {key: (name, frame[name]) for key, name in given.items() if name is not None}
            check_zones({"start": (start, pd.Series([start])), **columns})
        frame, clock = in_order(frame, event_times(frame, time, start, every), time, sort)

        labels = as_numbers(frame[label])
        task = task or guess_task(labels)
        check_choice("task", task, ("classification", "regression"))
        y, known = labels_of(labels, label, task, classes)
        when, there = (
            None if name is None else times_from(clock, frame[name], name, timed, key)
            for key, name in (("label_time", label_time), ("available", available))
        )
        X = features_of(frame, features, as_frame)
        names, codes = slices_of(frame, slices)
        schema = Schema(tuple(features), task, known, timed, names)
        answered, versions = production_of(frame, schema, served, proba, served_version)
        self.schema = replace(
            schema, served=served is not None, served_proba=bool(proba), versions=versions
        )
        self._batch = Batch(X, y, clock, when, codes, there, production=answered)
        self._files = () if path is None else (path,)

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
        lines = [headline("Recorded", len(time), length, self.schema), *slice_lines(self.schema)]
        if when is not None:
            known = np.mean(when != NEVER_TIME)
            lines.append(f"- the time of the label is recorded; {known:.1%} have one")
        if self._left_out:
            lines.append(f"- {self._left_out:,} rows without a label are left out")
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
