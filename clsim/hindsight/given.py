"""Losses or predictions of versions that were trained elsewhere: read, and checked by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from clsim.errors import unknown
from clsim.hindsight.losses import ALL
from clsim.streams.tables.dates import by_format, times_in
from clsim.streams.tables.files import check_header, read_table
from clsim.streams.tables.frames import frame_of
from clsim.streams.tables.zones import zoned_rows

EVERY = ("version", "trained_at")
"""Columns that every frame needs."""

LOSSES, PREDICTIONS = ("tick", "loss", "n"), ("y_true", "y_pred")
"""Columns that a frame of losses, and one of predictions, need besides."""

PLACES = ("tick", "time", "row")
"""Columns of which predictions need one."""

OPTIONAL = ("ready_at", "rows", "seed", "slice", "served")
"""Columns that a frame may have; losses may also have ``unanswered``."""

UNKNOWN = -1
"""Number of rows of a training of which it is not known."""


def refuse(frame: pd.DataFrame, column: str, where: Any, need: str) -> NoReturn:
    """Raise ``ValueError`` for the first row of a column for which ``where`` is true."""
    first = int(np.flatnonzero(np.asarray(where))[0])
    value = frame[column].iloc[first]
    shown = "it is missing" if pd.isna(value) else repr(getattr(value, "item", lambda: value)())
    raise ValueError(f"column {column!r}, row {frame.index[first]}: {shown}; {need}")


def read(data: pd.DataFrame | str | Path) -> pd.DataFrame:
    """A frame with the columns of losses or predictions, its rows numbered from 0.

    Raises
    ------
    ValueError
        For a file that is not there or of another kind; for columns that are missing, unknown or
        there twice.
    """
    frame = data if isinstance(data, pd.DataFrame) else _read_file(Path(data))
    names = [str(name) for name in frame.columns]
    frame = frame.set_axis(names, axis=1).reset_index(drop=True)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"column {twice!r} is there twice; leave one out")
    wanted = (*EVERY, *(PREDICTIONS if {*PREDICTIONS} & {*names} else LOSSES))
    places = PLACES if "y_true" in wanted else ()
    allowed = (*wanted, *places, *OPTIONAL, *(() if places else ("unanswered",)))
    for name in names:
        if name not in allowed:
            raise ValueError(f"{unknown('column', name, allowed)}; rename it, or leave it out")
    for name in wanted:
        if name not in names:
            raise ValueError(f"column {name!r} is missing; {NEED[name]}")
    if places and len({*places} & {*names}) != 1:
        raise ValueError(
            "predictions need one column of 'tick' (the tick of each event), 'time' (when it came) "
            "or 'row' (its number)"
        )
    if len(frame) == 0:
        raise ValueError("there are no rows")
    return frame


NEED = {
    "version": "it names the model that was scored",
    "trained_at": "it says at the start of which tick, or when, the training of a version began",
    "tick": "it says on the events of which tick a version was scored: numbers, or times at which "
    "ticks start",
    "loss": "it is the sum of the losses of a version in a tick",
    "n": "it is the number of events of the tick; losses are sums over them, and not means",
    "y_true": "it is the truth of each event",
    "y_pred": "it is the answer of a version to each event",
}
"""What each column is for."""


def _read_file(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet" and path.is_file() and saved(path):
        raise ValueError("this is a saved table; read it with clsim.Counterfactual.load")
    try:
        frame = frame_of(read_table(path, text=["loss"]))
        check_header(str(path), frame)
    except ValueError as error:  # callers name the file
        raise ValueError(str(error).removeprefix(f"data={str(path)!r}: ")) from error
    if "loss" in frame and pd.api.types.is_string_dtype(frame["loss"].dtype):
        frame["loss"] = frame["loss"].astype(object).map(_number, na_action="ignore")
    return frame


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def saved(path: Path) -> bool:
    """Whether a Parquet file is a table that clsim saved."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return b"clsim" in (pq.read_schema(path).metadata or {})
    except pa.ArrowInvalid as error:
        raise ValueError(f"no Parquet file, or a damaged one ({error})") from error


def seeds_of(frame: pd.DataFrame) -> list[int]:
    """The seeds of a frame, ascending; 0 alone where it has none."""
    return np.unique(wholes(frame, "seed")).tolist() if "seed" in frame else [0]


def of_seed(frame: pd.DataFrame, seed: int | None) -> tuple[pd.DataFrame, int]:
    """The rows of one seed, and which that is.

    Raises
    ------
    ValueError
        If the seed is not there; if none is named and there are several.
    """
    there = seeds_of(frame)
    if seed is None and len(there) > 1:
        listed = ", ".join(map(str, there))
        raise ValueError(f"column 'seed' has {listed}; choose one with seed={there[0]}")
    if seed is not None and seed not in there:
        raise ValueError(f"seed={seed}: the frame has {', '.join(map(str, there))}")
    chosen = there[0] if seed is None else int(seed)
    return (frame[wholes(frame, "seed") == chosen] if "seed" in frame else frame), chosen


def wholes(
    frame: pd.DataFrame, column: str, *, low: int | None = None, lacking: Any = False
) -> np.ndarray:
    """A column of whole numbers, 0 where it may be missing and is."""
    values = numbers(frame, column, lacking=lacking)
    need = "expected a whole number" + ("" if low is None else f", at least {low}")
    wrong = (values != np.floor(values)) | (np.abs(values) >= 2**53)
    if low is not None:
        wrong |= values < low
    if wrong.any():
        refuse(frame, column, wrong, need)
    return values.astype(np.int64)


def numbers(frame: pd.DataFrame, column: str, *, lacking: Any = False) -> np.ndarray:
    """A column of finite numbers, 0 where it may be missing and is."""
    given = frame[column]
    if pd.api.types.is_bool_dtype(given):
        refuse(frame, column, np.ones(len(given), bool), "expected a number")
    values = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    text = given.map(lambda value: isinstance(value, (str, bool))).to_numpy(dtype=bool)
    wrong = text | ~np.isfinite(values)
    wrong &= ~(np.asarray(lacking) & given.isna().to_numpy())
    if wrong.any():
        odd = wrong & np.isnan(values)  # in a column of text, that which is no number
        refuse(frame, column, odd if odd.any() else wrong, "expected a number")
    return np.where(np.isfinite(values), values, 0.0)


def places(
    frame: pd.DataFrame, columns: Sequence[str], lacking: np.ndarray
) -> tuple[dict[str, np.ndarray], bool]:
    """Columns of ticks, rows or times as whole numbers of one kind; of times, microseconds.

    Parameters
    ----------
    frame : pandas.DataFrame
    columns : sequence of str
    lacking : numpy.ndarray of bool
        Rows in which a place may be missing.

    Returns
    -------
    places : dict of str to numpy.ndarray of int64
    timed : bool

    Raises
    ------
    ValueError
        For what is neither; for numbers in one column and times in another, or times of which some
        have a zone.
    """
    timed = {name: not _counts(frame[name]) for name in columns}
    read = {name: _times(frame, name, lacking) for name, is_timed in timed.items() if is_timed}
    if len(set(timed.values())) > 1:
        time, number = (next(n for n, t in timed.items() if t is k) for k in (True, False))
        raise ValueError(
            f"column {time!r} has times, and column {number!r} numbers; give both the same way"
        )
    if not timed[columns[0]]:
        return {name: wholes(frame, name, lacking=lacking) for name in columns}, False
    zoned = {name: zone for name, (_, zone) in read.items() if zone is not None}
    if len(set(zoned.values())) > 1:
        one, other = (next(n for n, z in zoned.items() if z is k) for k in (True, False))
        raise ValueError(f"column {one!r} has time zones, and column {other!r} has none")
    return {name: values for name, (values, _) in read.items()}, True


def _counts(given: pd.Series) -> bool:
    """Whether a column has numbers, and no times or text."""
    if given.dtype == object:
        return not given.dropna().map(lambda v: isinstance(v, str) or hasattr(v, "year")).any()
    return pd.api.types.is_numeric_dtype(given)


def _times(frame: pd.DataFrame, column: str, lacking: np.ndarray) -> tuple[np.ndarray, bool | None]:
    """Microseconds (UTC where there is a zone), and whether there are zones."""
    given = times_in(frame[column])
    known = given.notna().to_numpy()
    has = np.zeros(len(given), dtype=bool)
    has[known] = zoned_rows(given[known])
    zoned = bool(has.any())
    if zoned and not has[known].all():
        refuse(frame, column, has, "other rows have no time zone")
    read = given if given.dtype.kind == "M" else by_format(given.astype(object), "ISO8601")
    times = pd.Series(pd.NaT, given.index) if read is None else read
    wrong = times.isna().to_numpy() & ~(lacking & ~known)
    if wrong.any():
        odd = wrong & pd.to_numeric(given.astype(object), errors="coerce").isna().to_numpy()
        need = "expected a whole number or a time, written as 2024-01-31 or 2024-01-31 06:00"
        refuse(frame, column, odd if odd.any() else wrong, need)
    if times.dt.tz is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    whole = times.astype("datetime64[us]").to_numpy().astype(np.int64)
    return np.where(times.isna(), 0, whole), zoned if times.notna().any() else None


def slices_of(frame: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """The slice of each row, as a place among names; 0 is all events, also where none is named."""
    if "slice" not in frame:
        return np.zeros(len(frame), np.int64), [ALL]
    given = frame["slice"].astype(object)
    named = given.where(given.notna(), ALL).astype(str)
    names = [ALL, *(name for name in named.unique() if name != ALL)]
    return pd.Index(names).get_indexer(named), names


def flags(frame: pd.DataFrame, column: str, lacking: np.ndarray) -> np.ndarray:
    """A column of true and false, or 1 and 0; false where it may be missing and is."""
    given = frame[column].astype(object)
    values = given.map(lambda value: value in (True, 1)).to_numpy(dtype=bool)
    known = given.map(lambda value: value in (True, False)).to_numpy(dtype=bool)
    wrong = ~known & ~(lacking & given.isna().to_numpy())
    if wrong.any():
        refuse(frame, column, wrong, "expected true or false")
    return values


def said(place: int, timed: bool) -> str:
    """A place in words: the number of a tick or row, or a time."""
    return str(pd.Timestamp(place, unit="us")) if timed else str(place)


@dataclass(frozen=True)
class Versions:
    """The versions of a frame.

    Attributes
    ----------
    names : list of str
        Of V versions, in the order in which they come first.
    code : numpy.ndarray of shape (rows,), int64
        The version of each row of the frame.
    trained, ready : numpy.ndarray of shape (V,), int64
        Places at which each training began, and its model could serve.
    rows : numpy.ndarray of shape (V,), int64
        Rows that each was trained on; `UNKNOWN` where that is not said.
    failed : numpy.ndarray of shape (V,), bool
        Whether the training gave no model.
    """

    names: list[str]
    code: np.ndarray
    trained: np.ndarray
    ready: np.ndarray
    rows: np.ndarray
    failed: np.ndarray


def versions_of(frame: pd.DataFrame, at: dict[str, np.ndarray], empty: np.ndarray) -> Versions:
    """What a frame says of its versions, the same in each of their rows.

    Parameters
    ----------
    frame : pandas.DataFrame
    at : dict of str to numpy.ndarray
        ``trained_at`` and, where there is one, ``ready_at``, as `places` gives them.
    empty : numpy.ndarray of bool
        Rows that score nothing: they say of a version that its training gave no model.
    """
    if frame["version"].isna().any():
        refuse(frame, "version", frame["version"].isna(), NEED["version"])
    code, names = pd.factorize(frame["version"].astype(str))
    first = np.unique(code, return_index=True)[1]
    columns = dict(at)
    columns["rows"] = (
        wholes(frame, "rows", low=0) if "rows" in frame else np.full(len(frame), UNKNOWN)
    )
    for name, values in columns.items():
        other = values != values[first][code]
        if other.any():
            k = int(np.flatnonzero(other)[0])
            refuse(
                frame, name, other, f"row {frame.index[first[code[k]]]} has "
                f"{frame[name].iloc[first[code[k]]]!s} for the same version {names[code[k]]!r}",
            )  # fmt: skip
    trained, rows = columns["trained_at"][first], columns["rows"][first]
    ready = columns.get("ready_at", columns["trained_at"])
    failed = np.zeros(len(names), bool)
    failed[code[empty]] = True
    both = failed[code] & ~empty
    if both.any():
        refuse(frame, "version", both, "another row of it, without a tick, says that it failed")
    early = (ready < columns["trained_at"]) & ~empty
    if early.any():
        refuse(frame, "ready_at", early, "a model is not ready before its training began")
    return Versions([*map(str, names)], code, trained, ready[first], rows, failed)
