"""Metrics that are reported beside the loss, by tick and slice and over the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from clsim.engine.scoring import Scored
from clsim.engine.served import ALL, Served
from clsim.metrics import Metric


def metrics_frame(
    scored: Scored, metrics: Sequence[Metric], served: Served, model: np.ndarray
) -> pd.DataFrame:
    """One row per tick, slice and metric, and one per slice and metric of the whole.

    Parameters
    ----------
    scored : Scored
    metrics : sequence of Metric
    served : Served
        What was answered.
    model : numpy.ndarray of shape (ticks,)
        Number of the model that serves each tick; -1: none.

    Returns
    -------
    pandas.DataFrame
        tick (missing: the whole), slice, model, metric, value, n (events that it was computed
        from: those that were answered, with probabilities where it reads them), reason (why there
        is no value).
    """
    timeline = scored.timeline
    truth, classes = scored.truth, timeline.schema.classes
    answers, answered = served.answers(ALL), served.answered(ALL)
    given = {"answers": (answers, served.named(ALL))}
    if served.chances is None:
        chances = np.full((len(answers), max(len(classes), 1)), np.nan)
    else:
        chances = served.chances(ALL)
    given["probabilities"] = chances, answered & ~np.isnan(chances).any(axis=1)
    rows = []
    for tick, name, where in _cells(scored):
        for metric in metrics:
            said, there = given[metric.reads]
            some = where[there[where]]
            value, reason = metric.measure(truth[some], said[some], classes)
            rows.append((tick, name, metric.name, value, len(some), reason))
    columns = dict(zip(("tick", "slice", "metric", "value", "n", "reason"),
                       zip(*rows, strict=True), strict=True))  # fmt: skip
    ticks = np.array(columns["tick"], dtype=np.int32)
    served_by = np.where(ticks < 0, -1, model[ticks]).astype(np.int32)
    return pd.DataFrame(
        {
            "tick": pd.arrays.IntegerArray(ticks, ticks < 0),
            "slice": pd.Series(columns["slice"], dtype=object),
            "model": pd.arrays.IntegerArray(served_by, served_by < 0),
            "metric": pd.Series(columns["metric"], dtype=object),
            "value": np.array(columns["value"], dtype=float),
            "n": np.array(columns["n"], dtype=np.int64),
            "reason": pd.Series(columns["reason"], dtype=object),
        }
    )


def _cells(scored: Scored) -> Iterator[tuple[int, str, np.ndarray]]:
    """Places among the served events: of each slice as a whole (tick -1), then tick by tick."""
    timeline = scored.timeline
    tick_of = timeline.tick_of[timeline.n_warm :]
    parts = []
    for names, codes in scored.groups:
        for code, name in enumerate(names):
            places = np.arange(len(tick_of)) if codes is None else np.flatnonzero(codes == code)
            edges = np.searchsorted(tick_of[places], np.arange(timeline.n_ticks + 1))
            parts.append((name, places, edges))
    for name, places, _ in parts:
        yield -1, name, places
    for tick in range(timeline.n_ticks):
        for name, places, edges in parts:
            yield tick, name, places[edges[tick] : edges[tick + 1]]
