"""What challengers were tested for, and what their tests found: the report cards of a run."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pandas as pd

from clsim.runs.run import Run

CARDS = [
    "tick", "time", "kind", "model", "against", "passed", "verdict", "test", "metric", "slice",
    "challenger", "champion", "low", "high", "rows", "accepted", "reason", "shows",
]  # fmt: skip

KINDS = ("offline_test", "online_test", "review")
"""Events that may end with a verdict."""


def report_cards(run: Run) -> pd.DataFrame:
    """Each line of the report card of each challenger that got a verdict.

    A verdict without a card is one line: the scores that it rests on, where it says so.

    Parameters
    ----------
    run : Run
        Uses its ``events`` of the kinds offline_test, online_test and review that say whether the
        challenger was accepted.

    Returns
    -------
    pandas.DataFrame
        tick, time and kind of the event; model (the challenger) and against (the champion; missing
        where there was none); passed and verdict (the reason) of the whole; and of the line test,
        metric, slice, challenger and champion (their values), low and high (the interval that the
        test went by: of the difference challenger - champion, or of the challenger's own value
        where it is held against a floor; NaN for an open end), rows, accepted (missing where it
        says nothing), reason, and shows (the smallest difference that so many rows show).

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> event = {"tick": 3, "time": 30, "kind": "offline_test", "model": 1, "parent": 0, "rows": 50}
    >>> said = {"accepted": True, "reason": "better", "detail": '{"challenger": 0.9}'}
    >>> cards = report_cards(Run({"events": pd.DataFrame([{**event, **said}])}, RunInfo()))
    >>> cards[["model", "against", "passed", "challenger", "rows"]].values.tolist()
    [[1, 0, True, 0.9, 50]]
    """
    events = run.events
    judged = events[events["kind"].isin(KINDS) & events["accepted"].notna()]
    if judged.empty:
        return _none().copy()
    rows = [
        {**_head(event), **line} for event in judged.to_dict("records") for line in _lines(event)
    ]
    return _typed(rows)


@cache
def _none() -> pd.DataFrame:
    return _typed([])


def _typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=CARDS)
    numbers = ["challenger", "champion", "low", "high", "shows"]
    kinds: dict[str, Any] = {"against": "Int32", "passed": bool, "accepted": "boolean"}
    return frame.astype({**dict.fromkeys(numbers, float), **kinds, "rows": "int64"})


def _head(event: dict[Any, Any]) -> dict[str, Any]:
    against = event["parent"]
    return {
        "tick": event["tick"], "time": event["time"], "kind": event["kind"],
        "model": event["model"], "against": None if pd.isna(against) else against,
        "passed": bool(event["accepted"]), "verdict": event["reason"],
    }  # fmt: skip


def _lines(event: dict[Any, Any]) -> list[dict[str, Any]]:
    text = event["detail"]
    detail = json.loads(text) if isinstance(text, str) else {}
    if detail.get("card"):
        return [{**line, "slice": line["of_slice"]} for line in detail["card"]]
    values = {key: detail.get(key) for key in ("challenger", "champion")}
    return [
        {
            "test": "verdict", "metric": "score", "slice": "all", **values,
            "rows": int(detail.get("rows", event["rows"])), "accepted": bool(event["accepted"]),
            "reason": event["reason"],
        }
    ]  # fmt: skip
