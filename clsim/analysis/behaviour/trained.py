"""What the models of a run were trained on, and what was not trained."""

from __future__ import annotations

import json

import pandas as pd

from clsim.analysis.behaviour.details import detail_of
from clsim.runs.ledger import ROW_BY_ROW
from clsim.runs.run import Run

TRAININGS = ["tick", "model", "parent", "rows", "how", "same_rows", "vetoed", "reason", "dataset"]

READ = ("kind", "reason", "tick", "model", "parent", "rows", "detail")
"""Columns of a run's events that say it."""


def trainings(run: Run) -> pd.DataFrame:
    """Each training that began after the warm-up, and each that was vetoed.

    What is learned row by row, or in micro-batches as rows come, is no training.

    Parameters
    ----------
    run : Run
        Uses its ``events`` of the kinds train and trigger.

    Returns
    -------
    pandas.DataFrame
        tick, model and parent (-1: none), rows (that the learner was given), how, same_rows
        (whether they are the very rows of the champion), vetoed, reason (why it began, or why it
        was vetoed), and dataset (JSON: what the comparison with the champion's rows found; None
        where there was none).

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> event = {"tick": 7, "kind": "train", "model": 1, "parent": 0, "rows": 500,
    ...          "reason": "every 7 ticks", "detail": '{"how": "new"}'}
    >>> found = trainings(Run({"events": pd.DataFrame([event])}, RunInfo()))
    >>> found[["tick", "model", "parent", "rows", "how", "vetoed", "reason"]].values.tolist()
    [[7, 1, 0, 500, 'new', False, 'every 7 ticks']]
    """
    rows = []
    columns = {name: run.events[name].tolist() for name in READ}
    for values in zip(*columns.values(), strict=True):
        event = dict(zip(READ, values, strict=True))
        if event["kind"] not in ("train", "trigger"):
            continue
        detail = detail_of(event["detail"])
        vetoed = bool(detail.get("veto", False))
        if event["reason"] == ROW_BY_ROW or (event["kind"] == "trigger" and not vetoed):
            continue
        model, parent = (-1 if pd.isna(event[key]) else int(event[key])
                         for key in ("model", "parent"))  # fmt: skip
        found = detail.get("dataset")
        rows.append((int(event["tick"]), model, parent, int(event["rows"]), detail.get("how"),
                     bool(detail.get("same_rows", False)), vetoed,
                     detail["failure"] if vetoed else event["reason"],
                     None if found is None else json.dumps(found)))  # fmt: skip
    return pd.DataFrame(rows, columns=TRAININGS)
