"""Attackers who watch the model: what they may send, what they choose, and who is turned."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import clsim
from clsim.checks import check_feedback, check_stream
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import AdClick, Friedman, Gaussians, Sine
from clsim.streams.delays import Constant
from clsim.streams.poisoning import ATTACKERS, PEOPLE, Poisoning
from clsim.types import Batch, Served
from helpers.tables import Table, assert_same

DAY = 86_400_000_000
CLOUDS = Gaussians(means=[[-1.0, -0.6], [1.0, 0.6]])


def world(n=2_400, rate="60/d"):
    return Synthetic(CLOUDS, n=n, rate=rate, balance=[0.5, 0.5])


def whole(stream):
    [batch] = stream.blocks(3)
    return batch


@pytest.mark.parametrize("label", [None, 0])
def test_what_they_may_send_lies_between_the_events_of_others(label):
    inner = whole(world())
    batch = whole(Poisoning(world(), 0.3, start="10d", end="30d", choices=4, label=label))
    theirs = batch.slices["sender"] == 1
    people = batch.take(np.flatnonzero(~theirs))
    for found, told in ((people.X, inner.X), (people.y, inner.y), (people.time, inner.time)):
        np.testing.assert_array_equal(found, told)
    within = (inner.time >= inner.time[0] + 10 * DAY) & (inner.time < inner.time[0] + 30 * DAY)
    slots = theirs.sum() / 4
    assert abs(slots / within.sum() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / within.sum())
    own = batch.take(np.flatnonzero(theirs))
    assert np.isin(own.time, inner.time[within]).all()
    truth = {row.tobytes(): (y, t) for row, y, t in zip(inner.X, inner.y, inner.time, strict=True)}
    for row, y, time in zip(own.X, own.y, own.time, strict=True):
        label_of, seen = truth[row.tobytes()]
        assert label_of != y
        assert seen <= time  # nobody copies what is still to come
    assert label is None or set(own.y.tolist()) == {label}


def tick(x, y, answers, sender, upcoming, number=5):
    """A tick that served some events, and the attackers' choices for the next one."""
    rows, later = np.arange(len(x)), len(x) + np.arange(len(upcoming))
    now = Batch(np.array(x, float)[:, None], np.array(y), rows, slices={"sender": np.array(sender)})
    then = Batch(np.array(upcoming, float)[:, None], np.ones(len(later), int), later,
                 slices={"sender": np.ones(len(later), int)})  # fmt: skip
    return Served(number, rows, now, np.array(answers), np.ones(len(x), bool), later, then)


def test_they_press_where_the_model_resists_and_farthest_from_what_they_won():
    stream = Poisoning(world(), choices=4)
    # of theirs, 0 was answered as they want and 4 was not; the answer at 9 they do not see
    served = tick([0, 4, 9], [1, 1, 1], [1, 0, 1], [1, 1, 0], [1, 3, 5, 9, 0.5, 2.5, 8, 1.5])
    response = stream.respond(served, None, 1)
    sent = np.setdiff1d(served.upcoming_rows, response.gone)
    assert served.upcoming.X[sent - 3, 0].tolist() == [9, 8]  # two of eight, the farthest from 0
    # the model gives way at 9: of what is nearer to 4, 5 is farthest from 0 and 9
    again = tick([9], [1], [1], [1], [1, 3, 5, 8], number=6)
    response = stream.respond(again, response.state, 1)
    [sent] = np.setdiff1d(again.upcoming_rows, response.gone)
    assert again.upcoming.X[sent - 1, 0] == 5
    assert len(Poisoning(world(), choices=1).respond(served, None, 1).gone) == 0
    [X, won] = Poisoning(world(), memory=1).respond(served, None, 1).state[1]
    assert (X.tolist(), won.tolist()) == ([[4.0]], [False])


def test_they_keep_their_contract():
    check_feedback(Poisoning(world(600), 0.3, start="3d", choices=3))
    check_stream(Poisoning(world(600), 0.3, start="3d", choices=3, label=1))


def replayed(strategies, **more):
    stream = Poisoning(world(3_600), **{"share": 0.3, "start": "20d", "label": 0, **more})
    return clsim.replay(stream, strategies, learner=LogisticRegression(), tick="1d", warmup="10d",
                        delay=Constant("1d"), seed=3, record="events")  # fmt: skip


def score(run, since=0, name=PEOPLE):
    ticks = run.ticks[(run.ticks["slice"] == name) & (run.ticks["tick"] >= since)]
    return 1 - ticks["errors"].sum() / ticks["n"].sum()


def test_who_retrains_is_turned_and_who_does_not_is_not():
    ways = {"never": Strategy(Never()), "daily": Strategy(Periodic("1d"), SlidingWindow("7d"))}
    runs, blind = replayed(ways), replayed(ways, choices=1)
    assert score(runs["never"], 30) > 0.85
    assert score(runs["daily"], 30) < score(blind["daily"], 30) - 0.1 < score(blind["never"]) - 0.1
    for name in ways:
        assert_same(runs[name], replayed({name: ways[name]})[name])
    sent = [run.ticks.groupby("slice")["n"].sum() for run in runs.values()]
    assert sent[0][ATTACKERS] == sent[1][ATTACKERS] > 400
    assert sent[0][PEOPLE] == sent[1][PEOPLE] == 3_000


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Poisoning(world(), share=2), r"^share=2: must be at most 1"),
    (lambda: Poisoning(world(), choices=0), r"^choices=0: must be at least 1"),
    (lambda: Poisoning(world(), memory=0), r"^memory=0: must be at least 1"),
    (lambda: Poisoning(world(), label="spam"), r"^label: unknown label 'spam'; Allowed: 0, 1"),
    (lambda: Poisoning(world(), start="9d", end="3d"), r"^end='3d': must be after start='9d'"),
    (lambda: Poisoning(world(), start=30), r"^start=30: "),
    (lambda: Poisoning(Synthetic(Sine(), n=90)), r"^Poisoning: needs a stream with times"),
    (lambda: Poisoning(Synthetic(Friedman(), n=9, rate="1/d")), r"^Poisoning: needs classes"),
    (lambda: Poisoning(Poisoning(world())), r"^stream: it has a column 'sender'"),
    (lambda: whole(Poisoning(Synthetic(AdClick(), n=60, rate="1/h"), 1.0)), r"is a category"),
    (lambda: Poisoning(world(60), start="30d").drift_events(1), r"^start='30d': attackers begin"),
    (lambda: Poisoning(Table(np.zeros((4, 1)), np.arange(4) % 2, time=np.arange(4),
                             served=[0, 1, 0, 1])), r"^Poisoning: nobody knows what production"),
])  # fmt: skip
def test_bad_arguments_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_attackers_of_the_first_tick_are_refused():
    with pytest.raises(ValueError, match=r"^start='2d': attackers would send in the first tick"):
        replayed({"it": Strategy(Never())}, start="2d")
