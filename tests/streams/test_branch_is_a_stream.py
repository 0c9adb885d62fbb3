"""A run where what is served changes what comes next equals one in the world that came of it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.filling import events_of
from clsim.engine.knowledge import Knowledge
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import Stateful, Stateless
from clsim.strategy.triggers import Never, Performance, Periodic, Volume
from clsim.streams import Synthetic
from clsim.streams.arrival import Poisson
from clsim.streams.availability import Warehouse
from clsim.streams.concepts import AdClick
from clsim.streams.delays import Annotators, Attribution, Exponential
from clsim.streams.deletion import Deleting
from clsim.streams.drift import Sudden
from clsim.streams.feedback import Churn, Popularity, Selective
from clsim.streams.groups import Groups
from clsim.types import NEVER_TIME, Batch, Served, Told

SEED = 3
STRATEGIES = {
    "never": Strategy(Never()),
    "slow": Strategy(Periodic(5), SlidingWindow("5d"), Stateless("20h")),
    "volume": Strategy(Volume(rows=200)),
    "performance": Strategy(Performance(drop=0.05, window=80, min_labels=20)),
    "gated": Strategy(Periodic(7), All(), Stateless("9h"), ChampionChallenger(60, min_rows=10)),
    "stateful": Strategy(Periodic(6), NewSinceLast(), Stateful()),
}
STREAMS = {
    "selective": lambda s: Selective(s, explore=0.15),
    "churn": lambda s: Churn(s, by="user", rate=0.02),
    "popularity": lambda s: Popularity(s, by="item", strength=0.6),
    "selective churn": lambda s: Churn(Selective(s, explore=0.2), by="user", rate=0.02),
}
DELAYS = {
    "at once": None,
    "late": Exponential("30h"),
    "attribution": Attribution("1d", Exponential("1d")),
    "annotators": Annotators(3, 0.25, Exponential("1d")),
}
STARTS = {
    "warehouse": (True, {"warmup": "3d", "tick": "6h"}),
    "cold start": (False, {"warmup": 0, "tick": "3h", "loss": "log"}),
}
CASES = [  # each start with two of the delays
    (name, late, list(STARTS)[(i + j) % 2])
    for i, name in enumerate(STREAMS)
    for j, late in enumerate(DELAYS)
    if name != "popularity" or late in ("at once", "late")  # told otherwise: it is refused
]


def ads(loads):
    """Some 75 clicks a day, none in many of the nights, two groups.

    Perhaps rows load once a day, and a third of the users have theirs deleted.
    """
    kinds = {"n_users": 40, "n_items": 12, "rate": 0.4}
    stream = Synthetic(
        AdClick(**kinds), [Sudden(AdClick(**kinds, variant=1), at="8d")], n=1200, as_frame=False,
        rate=Poisson("75/d", daily=0.9), groups={"group": Groups({"a": 0.6, "b": 0.4})},
    )  # fmt: skip
    if not loads:
        return stream
    loaded = Warehouse(stream, at="3h", lag=Exponential("6h"))
    return Deleting(loaded, Exponential("3d"), share=0.3, by="user")


def lived(stream, run, world):
    """What the answers of a run made of its world: rows that happened, labels, those hidden."""
    answers = pd.Series(run.predictions["y_pred"].to_numpy(), run.predictions["id"].to_numpy())
    y, there, hidden, state = (
        world.labels.y[:].copy(),
        np.ones(world.timeline.n, bool),
        np.zeros(world.timeline.n, bool),
        None,
    )

    def events(low, high):
        rows = low + np.flatnonzero(there[low:high])
        slices = {column: codes[rows] for column, codes in world.timeline.slices.items()}
        return rows, Batch(world.timeline.X[rows], y[rows], world.timeline.time[rows], None, slices)

    for tick in range(world.timeline.n_ticks):
        low, high = world.timeline.first[tick], world.timeline.first[tick + 1]
        rows, batch = events(low, high)
        given = answers[rows]
        answered = given.notna().to_numpy()
        labels = given.fillna(0).to_numpy().astype(y.dtype)
        after = events(high, world.timeline.first[min(tick + 2, world.timeline.n_ticks)])
        response = stream.respond(Served(tick, rows, batch, labels, answered, *after), state, SEED)
        state = response.state
        hidden[response.hidden] = True
        if response.y is not None:
            y[after[0]] = response.y
        there[response.gone] = False
    return there, y, hidden


class Past:
    """A stream of what happened, as it is, and the delay of its labels."""

    def __init__(self, schema, batch, told):
        self.schema, self.batch = schema, batch
        if told is not None:
            self.told = lambda *_: told

    def blocks(self, seed):
        yield self.batch

    def drift_events(self, seed):
        return []

    def label_times(self, *_):
        return self.batch.label_time


def past(stream, run, world, delay):
    there, y, hidden = lived(stream, run, world)
    events, told = events_of(stream.blocks(SEED), stream.schema, None).batch(), None
    if delay is not None and delay.tells:
        first = delay.told(events, stream.schema, world.timeline.clock, SEED)
        told = Told(*(v if v is None else v[there] for v in (first.y, first.revised, first.votes)))
    batch = Batch(
        events.X[there], y[there], events.time[there],
        np.where(hidden, NEVER_TIME, world.labels.time)[there],
        {column: codes[there] for column, codes in events.slices.items()},
        None if events.available is None else events.available[there],
        deleted=None if events.deleted is None else events.deleted[there],
    )  # fmt: skip
    return Past(stream.schema, batch, told)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of a model that knows one class
@pytest.mark.parametrize(("name", "late", "start"), CASES)
def test_a_run_equals_that_in_the_world_it_made(name, late, start):
    loads, setting = STARTS[start]
    stream, delay = STREAMS[name](ads(loads)), DELAYS[late]
    setting = {**setting, "learner": GaussianNB(), "seed": SEED, "record": "events"}
    runs = clsim.replay(stream, STRATEGIES, delay=delay, **setting)
    world = Knowledge.of(
        stream, seed=SEED, tick=setting["tick"], warmup=setting["warmup"], delay=delay
    )
    assert (world.timeline.served == 0).any(), "some ticks have no events"
    for key, run in runs.items():
        same = past(stream, run, world, delay)
        other = clsim.replay(same, {key: STRATEGIES[key]}, delay=same, **setting)[key]
        last = other.ticks["tick"].max()  # where the last users leave, so do the last ticks
        assert last > 0.8 * world.timeline.n_ticks
        # rows have other numbers, and labels that were hidden another time
        for table, but in (
            ("ticks", []), ("confusion", []), ("events", ["seconds"]),
            ("predictions", ["id", "label_time"]),
        ):  # fmt: skip
            left, right = (getattr(r, table).drop(columns=but) for r in (run, other))
            left = left[left["tick"] <= last].reset_index(drop=True)
            pd.testing.assert_frame_equal(left, right[right["tick"] <= last], check_exact=True)
