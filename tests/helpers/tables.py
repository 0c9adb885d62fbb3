"""A stream from plain columns, and what a test says of a run, for the tests that draw their own."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from clsim.types import NEVER_TIME, Batch, Production, Schema, Told


class Table:
    """A stream whose columns are given; labels that never come have the label time None."""

    def __init__(self, X, y, *, time=None, label_time=None, classes=(0, 1), blocks=1, group=None,
                 available=None, told=None, revised=None, served=None, amount=None,
                 complaints=None, deleted=None):  # fmt: skip
        self.X, self.y = np.asarray(X, dtype=float), np.asarray(y)
        self.time = list(range(len(y))) if time is None else list(time)
        self.label_time = self.time if label_time is None else list(label_time)
        self.classes, self.timed = list(classes), time is not None
        self.available, self.told, self.revised = available, told, revised
        self.deleted = deleted  # when somebody asks that a row is deleted; None where nobody does
        self.complaints = complaints  # of each row, if it is answered rightly, and if wrongly
        self.amount = None if amount is None else np.asarray(amount, dtype=float)
        self._cuts = np.array_split(np.arange(len(y)), blocks)
        width = self.X.shape[1]
        names = tuple("abcdefgh"[:width]) if width <= 8 else tuple(f"x{i}" for i in range(width))
        task = "classification" if self.classes else "regression"
        slices = {} if group is None else {"group": ("group=a", "group=b")}
        self.group = None if group is None else np.asarray(group)
        self.served = served  # what production answered; None where it did not
        kinds = ("error", "answer", "pair")
        amounts = None if amount is None else kinds[self.amount.ndim - 1]
        self.schema = Schema(names, task, np.array(self.classes), self.timed, slices,
                             served=served is not None, amounts=amounts,
                             complaints=None if complaints is None else "any")  # fmt: skip

    def blocks(self, seed):
        when, time = times(self.label_time), np.array(self.time, dtype=np.int64)
        there = None if self.available is None else times(self.available)
        for rows in self._cuts:
            slices = {} if self.group is None else {"group": self.group[rows]}
            yield Batch(
                self.X[rows], self.y[rows], time[rows], when[rows], slices,
                None if there is None else there[rows], production=self.production(rows),
                amount=None if self.amount is None else self.amount[rows],
                complaints=self.complained(rows),
                deleted=None if self.deleted is None else times(self.deleted)[rows],
            )  # fmt: skip

    def production(self, rows):
        if self.served is None:
            return None
        missing, kind = (-1, np.int64) if self.classes else (np.nan, float)
        said = [missing if self.served[row] is None else self.served[row] for row in rows]
        return Production(np.array(said, dtype=kind))  # classes are 0, 1, 2, ...

    def complained(self, rows):
        if self.complaints is None:
            return None
        return np.array([times(self.complaints[row]) for row in rows])

    def drift_events(self, seed):
        return []


class Rumour:
    """Labels as a table says that they are told and revised; they come at its own times."""

    def __init__(self, table, votes=None):
        self.table, self.votes = table, votes

    def label_times(self, events, schema, clock, seed):
        return times(self.table.label_time)

    def told(self, events, schema, clock, seed):
        return Told(np.asarray(self.table.told), times(self.table.revised), self.votes)


def times(values):
    """Clock times, of which None is never."""
    return np.array([NEVER_TIME if t is None else t for t in values], dtype=np.int64)


def two_clouds(n, seed=0, **columns):
    """Two classes around -1 and 1, that change places half-way."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = rng.normal(size=(n, 2)) + np.where((y == 1) ^ (np.arange(n) >= n // 2), 1.0, -1.0)[:, None]
    return Table(X, y, **columns)


def happened(run, kinds=None):
    """Events as plain dictionaries, without measured seconds and without what is missing."""
    events = run.events.drop(columns="seconds").to_dict("records")
    told = [{k: v for k, v in event.items() if not pd.isna(v)} for event in events]
    for event in told:
        if "detail" in event:
            event["detail"] = json.loads(event["detail"])
    return [event for event in told if kinds is None or event["kind"] in kinds]


def assert_same(one, other):
    """Two runs are equal in all but measured seconds."""
    pd.testing.assert_frame_equal(one.ticks, other.ticks, check_exact=True)
    pd.testing.assert_frame_equal(
        one.events.drop(columns="seconds"), other.events.drop(columns="seconds"), check_exact=True
    )
    for name in ("confusion", "predictions", "served", "signals", "metrics", "bought", "seen"):
        left, right = getattr(one, name), getattr(other, name)
        assert (left is None) == (right is None)
        if left is not None:
            pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert {k: v for k, v in one.totals.items() if v == v} == {
        k: v for k, v in other.totals.items() if v == v
    }
