"""Streams around streams: of one kind inside each other, they draw apart, whatever lies between."""

import numpy as np
import pytest

from clsim.streams import Synthetic
from clsim.streams.availability import Warehouse
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Uniform
from clsim.streams.faults import LabelNoise, NullFeature, RescaledFeature
from clsim.streams.feedback import Selective
from clsim.types import Batch, Served
from helpers.tables import Table

N = 20_000


def stream():
    return Synthetic(Logistic(3), n=N)


def lags(given):
    """Which rows wait for long."""
    available = np.concatenate([batch.available for batch in given.blocks(1)])
    return available - np.arange(N) > 50


def missing(given):
    return np.isnan(np.concatenate([batch.X[:, 0] for batch in given.blocks(1)]))


def hidden(given):
    rows = np.arange(N)
    batch = Batch(np.zeros((N, 3)), np.zeros(N, dtype=int), rows)
    none = np.empty(0, dtype=np.int64)
    served = Served(0, rows, batch, batch.y, np.ones(N, dtype=bool), none, batch.take(none))
    return np.isin(rows, given.respond(served, None, 1).hidden)


class Own:
    """A stream around a stream, of a user's."""

    def __init__(self, stream):
        self.stream, self.schema, self.blocks = stream, stream.schema, stream.blocks
        if hasattr(stream, "respond"):
            self.respond = stream.respond


KINDS = {
    "warehouse": (lambda s: Warehouse(s, every=None, lag=Uniform(0, 100)), lags, "availability"),
    "selective": (lambda s: Selective(s, explore=0.5), hidden, "feedback.Selective"),
    "null": (lambda s: NullFeature(s, "x0", 0.5), missing, "fault.NullFeature"),
}
"""For each kind, what makes one, which rows it draws, and the role of its numbers."""

BETWEEN = {
    "nothing": lambda s: s,
    "a fault": lambda s: RescaledFeature(s, "x1", 2.0),
    "a warehouse": lambda s: Warehouse(s, every=1),
    "feedback": lambda s: Selective(s, explore=1.0),
    "a stream of a user's": Own,
    "several": lambda s: Warehouse(LabelNoise(Warehouse(s, every=1), 0.1), every=1),
}


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("kind", KINDS)
def test_those_of_one_kind_draw_apart_by_place(kind, between):
    make, rows, role = KINDS[kind]
    inner = make(stream())
    outer = make(BETWEEN[between](inner))
    assert inner.role == f"{role}.0"
    alike = [layer.role for layer in outer.layers() if type(layer) is type(inner)]
    assert len(set(alike)) == len(alike)
    if kind == "selective" and between in ("a fault", "several", "a warehouse"):
        return  # what does not respond hides the inner one, and is refused in a replay
    one, both = rows(inner), rows(outer)
    # the same numbers twice would change nothing; numbers of its own reach half of the others
    assert (both >= one).all()
    rest = both[~one].mean()
    assert abs(rest - 0.5) < 4.5 * np.sqrt(0.25 / (~one).sum()) < 0.05


def test_kinds_are_told_apart_by_what_they_draw_for_and_not_by_their_class():
    class Depot(Warehouse):
        pass

    inner = Warehouse(stream(), every=None, lag=Uniform(0, 100))
    assert Depot(inner, every=1).role == "availability.1"


def test_a_single_one_draws_what_it_always_did():
    table = Table(np.zeros((12, 1)), [0, 1] * 6)
    lag = next(Warehouse(table, every=None, lag=Uniform(0, 100)).blocks(1)).available
    assert (lag - np.arange(12)).tolist() == [5, 63, 69, 70, 5, 82, 89, 51, 33, 7, 34, 13]
    null = np.isnan(next(NullFeature(table, "a", 0.5).blocks(1)).X[:, 0])
    assert np.flatnonzero(null).tolist() == [0, 2, 3, 4, 9, 10, 11]
    rows = np.arange(12)
    empty = np.empty(0, dtype=np.int64)
    batch = Batch(np.zeros((12, 1)), np.zeros(12, dtype=int), rows)
    served = Served(0, rows, batch, batch.y, np.ones(12, bool), empty, batch.take(empty))
    hides = Selective(table, explore=0.5).respond(served, None, 1).hidden
    assert hides.tolist() == [0, 1, 2, 4, 6, 8, 9]
