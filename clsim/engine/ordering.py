"""The labels that a strategy orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.engine.batches import check_label_times, check_told
from clsim.engine.journal import Journal
from clsim.engine.knowledge import Knowledge
from clsim.protocols import Curation
from clsim.statistics import picked
from clsim.types import NEVER, NEVER_TIME, Batch, Buy, Rows


def order(buy: Buy, curation: Curation, knowledge: Knowledge, tick: int, journal: Journal) -> None:
    """Order labels in a tick: paid now, and known in the next tick at the earliest."""
    rows = _checked(buy, knowledge, tick)
    if len(rows) == 0:
        return
    if buy.evaluation and curation.natural:
        raise ValueError(
            "curation: labels for evaluation alone, where labels come by themselves too, would be "
            "trained on when those come; buy with natural=False"
        )
    picked_by = _chances(buy, tick)
    timeline, labels = knowledge.timeline, knowledge.labels
    now = np.full(len(rows), timeline.starts[tick], dtype=np.int64)
    time, y, votes = now, labels.y[rows], np.zeros(len(rows), dtype=np.int64)
    if curation.delay is not None:
        slices = {column: codes[rows] for column, codes in timeline.slices.items()}
        events = Batch(timeline.X_of(rows), y, now, None, slices, rows=rows)
        asked = events, timeline.schema, timeline.clock, timeline.seed
        time = curation.delay.label_times(*asked)
        check_label_times(time, events, "curation.delay: label times")
        told = curation.delay.told(*asked)
        if told is not None:
            check_told(told, events, timeline.schema)
            y = y if told.y is None else np.asarray(told.y).astype(y.dtype)
            votes = votes if told.votes is None else told.votes
    due = np.maximum(np.searchsorted(timeline.starts[:-1], time, "left"), tick + 1)
    due[(time == NEVER_TIME) | (due >= timeline.n_ticks)] = NEVER
    knowledge.buy(rows, {"due": due, "time": time, "y": y, "votes": votes, **picked_by})
    detail: dict[str, Any] = {} if buy.kind is None else {"chances": buy.kind}
    if buy.evaluation:
        detail["evaluation"] = True
    journal.note(tick, "buy", labels=len(rows), detail=detail)


def _checked(buy: Buy, knowledge: Knowledge, tick: int) -> Rows:
    """The rows of an order, ascending.

    Raises
    ------
    TypeError, ValueError, LookupError
        If they are no rows whose label can be bought.
    """
    rows = buy.rows
    if not isinstance(rows, np.ndarray) or rows.dtype.kind not in "iu" or rows.ndim != 1:
        raise TypeError(f"curation: rows must be an array of whole numbers, not {rows!r}")
    rows = np.sort(rows)
    if (rows[1:] == rows[:-1]).any():
        raise ValueError("curation: each row may be bought once")
    knowledge.check_features(rows, tick)
    able = np.isin(rows, knowledge.unlabelled(tick, rows), assume_unique=True)
    if not able.all():
        raise LookupError(
            f"curation: the label of row {rows[~able][0]} is known or ordered already"
        )
    return rows


def _chances(buy: Buy, tick: int) -> dict[str, np.ndarray]:
    """When and by which chance each row of an order was picked, by row; as in `Orders`.

    Raises
    ------
    ValueError
        If its chances are none.
    """
    n, chances = len(buy.rows), buy.chances
    stands = np.full(n, np.nan)
    if chances is None or buy.kind is None:
        chances = stands
    elif len(chances) != n:
        raise ValueError(f"curation: {len(chances)} chances for {n} rows")
    elif buy.kind == "sequence" and buy.candidates is None:
        raise ValueError("curation: chances of a sequence need the number of candidates")
    else:
        try:
            stands = picked.stands_for(chances, buy.kind, buy.candidates or n)
        except ValueError as error:
            raise ValueError(f"curation: {error}") from error
    order = np.argsort(buy.rows)
    return {
        "tick": np.full(n, tick), "sequence": np.full(n, buy.kind == "sequence"),
        "chance": chances[order], "stands": stands[order],
        "evaluation": np.full(n, buy.evaluation),
    }  # fmt: skip
