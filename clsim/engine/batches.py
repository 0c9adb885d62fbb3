"""The events of a stream put together, and refused where they do not fit its schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np

from clsim.errors import check_choice
from clsim.types import Batch, DriftEvent, Production, Schema, Told

PIECE = 1 << 16
"""Rows that are worked on at a time, where what is made on the way is wider than what is kept."""


def check_schema(schema: Any) -> None:
    """Raise ``ValueError`` or ``TypeError`` unless a schema says what it has to."""
    if not isinstance(schema, Schema):
        raise TypeError(f"stream: schema={schema!r} must be a Schema")
    if schema.task not in ("classification", "regression"):
        raise ValueError(
            f"stream: unknown task {schema.task!r}; it is classification or regression"
        )
    if len(set(schema.features)) < len(schema.features):
        raise ValueError("stream: each of its features must have a name of its own")
    classes = schema.classes
    if not isinstance(classes, np.ndarray) or classes.ndim != 1:
        raise TypeError(f"stream: classes={classes!r} must be an array of one dimension")
    if schema.task == "regression":
        if len(classes):
            raise ValueError("stream: regression has no classes")
    elif len(classes) == 0:
        raise ValueError("stream: classification needs classes")
    elif len(set(classes.tolist())) < len(classes):
        raise ValueError("stream: each of its classes must be there once")
    check_choice("stream: schema.amounts", schema.amounts, (None, "error", "answer", "pair"))
    check_choice("stream: schema.complaints", schema.complaints, (None, "any", "production"))
    if schema.complaints == "production" and not schema.served:
        raise ValueError("stream: complaints of production's answers need production's answers")


def checked(batches: Iterable[Any], schema: Schema) -> Iterator[Batch]:
    """Batches of a stream as they come, each refused where it does not fit.

    Raises
    ------
    TypeError, ValueError
        Naming what does not fit, and in which row.
    """
    row, last, first = 0, None, None
    for batch in batches:
        check_batch(batch, schema, row, last)
        has = _has(batch)
        first = has if first is None else first
        _check_alike(first, has, row)
        row, last = row + len(batch.y), int(batch.time[-1])
        yield batch


def _has(batch: Batch) -> dict[str, Any]:
    """What all blocks of a stream have alike: which times, and the kinds of features."""
    times = ("label_time", "available", "deleted")
    has: dict[str, Any] = {name: getattr(batch, name) is not None for name in times}
    if isinstance(batch.X, np.ndarray):
        return has | {"X": "an array"}
    kinds = {name: "numbers" if t.kind in "iuf" else t for name, t in batch.X.dtypes.items()}
    return has | {"X": "a frame"} | {f"X[{name!r}]": kind for name, kind in kinds.items()}


def _check_alike(first: dict[str, Any], has: dict[str, Any], row: int) -> None:
    for name in [*first, *has]:
        one, other = first.get(name), has.get(name)
        if one == other:
            continue
        what = f"is {other}, and before {one}"
        if isinstance(one, bool):
            what = "is not given, and before it is" if one else "is given, and before it is not"
        raise ValueError(
            f"stream: in the block from row {row} on, {name} {what}; give all blocks alike, of "
            "categories all in each"
        )


def check_batch(batch: Any, schema: Schema, row: int = 0, last: int | None = None) -> None:
    """Refuse events that do not fit the schema, each other or the events before them.

    Parameters
    ----------
    batch : Batch
    schema : Schema
    row : int, default=0
        Number of its first row.
    last : int or None, default=None
        Time of the event before.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"stream: blocks must yield a Batch, not {batch!r}")
    if not isinstance(batch.y, np.ndarray) or batch.y.ndim != 1:
        raise TypeError(f"stream: y must be an array of one dimension, not {batch.y!r}")
    n = len(batch.y)
    if n == 0:
        raise ValueError(f"stream: {'a block of it' if row else 'it'} has no events")
    shape = (n, len(schema.features))
    if getattr(batch.X, "shape", None) != shape:
        given = getattr(batch.X, "shape", type(batch.X).__name__)
        raise ValueError(f"stream: X of shape {given}, not {shape} (events, features)")
    _check_features(batch.X, schema)
    _check_times(batch, n)
    _check_order(batch, schema, row, last)
    check_labels(batch.y, schema, "stream: label", row)
    _check_amounts(batch, schema, row)
    _check_slices(batch, schema)
    _check_production(batch.production, schema, n)
    _check_complaints(batch, schema, row)


def _check_features(X: Any, schema: Schema) -> None:
    if isinstance(X, np.ndarray):
        return
    import pandas as pd

    if not isinstance(X, pd.DataFrame):
        raise TypeError(f"stream: X must be an array or a DataFrame, not a {type(X).__name__}")
    if X.columns.tolist() != list(schema.features):
        raise ValueError(
            f"stream: X has the columns {X.columns.tolist()}, and the schema the features "
            f"{list(schema.features)}; give both in one order"
        )


def _check_times(batch: Batch, n: int) -> None:
    for name in ("time", "label_time", "available", "deleted"):
        times = getattr(batch, name)
        if times is None and name != "time":
            continue
        check_clock(times, n, f"stream: {name}")


def check_clock(times: Any, n: int, what: str) -> None:
    """Refuse what is not one clock time for each of n rows.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(times, np.ndarray):
        raise TypeError(f"{what} must be an array, not a {type(times).__name__}")
    if times.dtype != np.int64:
        missing = "; for never, give NEVER_TIME" if times.dtype.kind == "f" else ""
        raise TypeError(f"{what} must be int64, not {times.dtype}{missing}")
    if times.shape != (n,):
        raise ValueError(f"{what} of shape {times.shape}, not {(n,)}")


def _check_order(batch: Batch, schema: Schema, row: int, last: int | None) -> None:
    time, n = batch.time, len(batch.time)
    back = np.flatnonzero(np.diff(time) < 0) + 1
    if len(back) or (last is not None and time[0] < last):
        late = row + (int(back[0]) if len(back) else 0)
        raise ValueError(
            f"stream: events are not in time order: row {late} is earlier than the one before it"
        )
    if not schema.timed and not np.array_equal(time, np.arange(row, row + n)):
        raise ValueError("stream: without time, the time of an event is its row number")
    for what, verb, times in (
        ("the label of row", "known", batch.label_time), ("row", "known", batch.available),
        ("row", "deleted", batch.deleted),
    ):  # fmt: skip
        if times is not None and (times < time).any():
            early = row + int(np.argmax(times < time))
            raise ValueError(
                f"stream: {what} {early} is {verb} before its event; give times at or after those "
                "of the events"
            )


def check_labels(y: np.ndarray, schema: Schema, what: str, row: int = 0) -> None:
    """Refuse labels that are none of the classes, or values that are missing or infinite.

    Raises
    ------
    TypeError, ValueError
    """
    if schema.task == "classification":
        for low in range(0, len(y), PIECE):
            strange = schema.codes(y[low : low + PIECE]) < 0
            if strange.any():
                place = low + int(np.argmax(strange))
                label = y[place : place + 1].tolist()[0]
                raise ValueError(
                    f"{what} {label!r} of row {row + place} is none of the classes "
                    f"({schema.listed})"
                )
        return
    if y.dtype.kind not in "iuf":
        raise TypeError(f"{what}s must be numbers, not {y.dtype}")
    if not np.isfinite(y).all():
        place = int(np.argmin(np.isfinite(y)))
        raise ValueError(f"{what} {y[place]} of row {row + place} is missing or infinite")


def _check_slices(batch: Batch, schema: Schema) -> None:
    if batch.slices.keys() != schema.slices.keys():
        raise ValueError(
            f"stream: slices of {list(batch.slices)} are not those of the schema "
            f"({list(schema.slices)})"
        )
    for name, codes in batch.slices.items():
        if not isinstance(codes, np.ndarray) or codes.dtype.kind not in "iu":
            raise TypeError(f"stream: slice column {name!r} must be an array of whole numbers")
        if codes.shape != batch.y.shape:
            raise ValueError(f"stream: slice column {name!r} has the shape {codes.shape}")
        if ((codes < 0) | (codes >= len(schema.slices[name]))).any():
            raise ValueError(f"stream: slice column {name!r} has codes of no name in the schema")


def _check_production(production: Production | None, schema: Schema, n: int) -> None:
    """Refuse answers of production that the schema does not announce, or that are none."""
    if (production is not None) != schema.served:
        raise ValueError(
            "stream: production's answers are in the events or in the schema alone; give both"
        )
    if production is None:
        return
    size = len(schema.classes)
    answers, proba, version = production.answers, production.proba, production.version
    if answers.shape != (n,) or answers.dtype != (np.int64 if size else np.float64):
        raise ValueError("stream: production's answers must be a code or a value for each event")
    if size and ((answers < -1) | (answers >= size)).any():
        raise ValueError("stream: production's answers have codes of no class")
    if (proba is not None) != schema.served_proba or (
        proba is not None and proba.shape != (n, size)
    ):
        raise ValueError("stream: production's probabilities are not those of the schema")
    if (version is not None) != bool(schema.versions) or (
        version is not None and ((version < -1) | (version >= len(schema.versions))).any()
    ):
        raise ValueError("stream: production's versions are not those of the schema")


def _check_amounts(batch: Batch, schema: Schema, row: int) -> None:
    amount, n = batch.amount, len(batch.y)
    if (amount is not None) != bool(schema.amounts):
        there = "has" if schema.amounts else "has no"
        raise ValueError(f"stream: its schema says that it {there} amounts, and a block does not")
    if amount is None:
        return
    if not isinstance(amount, np.ndarray) or amount.dtype != np.float64:
        raise TypeError("stream: amount must be an array of float64")
    shape = (n, *[len(schema.classes)] * ("error", "answer", "pair").index(str(schema.amounts)))
    if amount.shape != shape:
        raise ValueError(
            f"stream: amount of shape {amount.shape}, not {shape}, and by its schema it is what "
            f"each {schema.amounts} costs"
        )
    wrong = ~((amount >= 0) & np.isfinite(amount)).reshape(n, -1).all(axis=1)
    if wrong.any():
        raise ValueError(
            f"stream: amount of row {row + int(np.argmax(wrong))} is negative, missing or infinite"
        )


def _check_complaints(batch: Batch, schema: Schema, row: int) -> None:
    times = batch.complaints
    if (times is not None) != bool(schema.complaints):
        raise ValueError(
            "stream: complaints are in the events or in the schema alone; give both, or neither"
        )
    if times is None:
        return
    if not isinstance(times, np.ndarray) or times.dtype != np.int64:
        raise TypeError("stream: complaints must be an array of int64; for never, NEVER_TIME")
    if times.shape != (len(batch.y), 2):
        raise ValueError(f"stream: complaints of shape {times.shape}, not {(len(batch.y), 2)}")
    early = (times < batch.time[:, None]).any(axis=1)
    if early.any():
        raise ValueError(
            f"stream: the complaint of row {row + int(np.argmax(early))} comes before its event; "
            "give times at or after those of the events"
        )


def check_drifts(drifts: Any) -> None:
    """Refuse what is no list of drift events."""
    for drift in drifts:
        if not isinstance(drift, DriftEvent):
            raise TypeError(f"stream: {drift!r} must be a DriftEvent")
        if drift.start > drift.end:
            raise ValueError(f"stream: a drift ends before it starts: {drift!r}")


# what a delay says --------------------------------------------------------------------------------


class Timed(Protocol):
    """Events that have a time each: a batch, or all of them."""

    @property
    def time(self) -> np.ndarray: ...


def check_label_times(known: Any, events: Timed, what: str = "delay: label times") -> None:
    """Refuse label times that are none, or before their events.

    Raises
    ------
    TypeError, ValueError
    """
    check_clock(known, len(events.time), what)
    early = known < events.time
    if early.any():
        raise ValueError(
            f"delay: the label of row {int(np.argmax(early))} is known before its event; give "
            "times at or after those of the events"
        )


def check_told(told: Any, events: Timed, schema: Schema) -> None:
    """Refuse labels that are told otherwise than a stream can tell them.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(told, Told):
        raise TypeError(f"delay: told gave a {type(told).__name__}, not a Told")
    shape = events.time.shape
    if told.y is not None:
        if not isinstance(told.y, np.ndarray) or told.y.shape != shape:
            raise ValueError(f"delay: told.y must be an array of shape {shape}")
        check_labels(told.y, schema, "delay: told.y: label")
    if told.votes is not None:
        check_clock(told.votes, len(events.time), "delay: told.votes")
    if told.revised is not None:
        check_clock(told.revised, len(events.time), "delay: told.revised")
        early = told.revised < events.time
        if early.any():
            raise ValueError(f"delay: row {int(np.argmax(early))} is revised before its event")


# one batch ----------------------------------------------------------------------------------------


def locked(batch: Batch) -> Batch:
    """The same events, not to be written to, so that nobody changes what the others see."""
    return Batch(
        locked_features(batch.X),
        lock(batch.y),
        lock(batch.time),
        lock(batch.label_time),
        {name: lock(codes) for name, codes in batch.slices.items()},
        lock(batch.available),
        production=None if batch.production is None else batch.production.each(lock),
        amount=lock(batch.amount),
        complaints=lock(batch.complaints),
        deleted=lock(batch.deleted),
    )


def lock(values: Any) -> Any:
    """A view of an array that refuses to be written to; anything else as it is."""
    if not isinstance(values, np.ndarray):
        return values
    values = values.view()
    values.flags.writeable = False
    return values


def locked_features(X: Any) -> Any:
    if isinstance(X, np.ndarray):
        return lock(X)
    import pandas as pd

    if int(pd.__version__.partition(".")[0]) >= 3:  # what is written to it then is its own
        return X.copy(deep=False)
    columns = {}
    for name in X.columns:
        values = X[name].array
        if isinstance(values, pd.Categorical):
            values = pd.Categorical.from_codes(lock(values.codes), dtype=values.dtype)
        elif isinstance(X[name].dtype, np.dtype):
            values = lock(X[name].to_numpy())
        columns[name] = values
    return pd.DataFrame(columns, index=X.index, copy=False)
