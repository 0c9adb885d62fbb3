"""Branches: every strategy lives in the world that its own answers have made."""

from __future__ import annotations

import numpy as np
import pytest
from river import linear_model
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.knowledge import Knowledge
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.logging import Sample
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import RowByRow, Stateful
from clsim.strategy.triggers import Never, Performance, Periodic, Volume
from clsim.streams import Synthetic
from clsim.streams.concepts import AdClick, Gaussians
from clsim.streams.delays import Annotators, Attribution, Exponential
from clsim.streams.drift import Sudden
from clsim.streams.feedback import Churn, Flywheel, Popularity, Selective
from clsim.types import NEVER, Batch, Response, Served
from helpers.tables import assert_same

SETTING = {"tick": 100, "warmup": 400, "seed": 2, "record": "events"}


def ads():
    kinds = {"n_users": 40, "n_items": 12, "rate": 0.4}
    return Synthetic(AdClick(**kinds), [Sudden(AdClick(**kinds, variant=1), at=1500)], n=2500)


def clouds():
    return Synthetic(Gaussians(), [Sudden(Gaussians(variant=1), at=1500)], n=2500)


STREAMS = {
    "selective": lambda: Selective(clouds(), explore=0.1),
    "churn": lambda: Churn(ads(), by="user", rate=0.05),
    "flywheel": lambda: Flywheel(clouds(), start=0.5, gain=0.05, loss=0.2),
    "popularity": lambda: Popularity(ads(), by="item", strength=0.6),
    "all": lambda: Popularity(
        Churn(Selective(ads(), explore=0.2), by="user", rate=0.03), by="item", strength=0.5
    ),
}
STRATEGIES = {
    "never": Strategy(Never()),
    "twin of never": Strategy(Never()),
    "often": Strategy(Periodic(3), SlidingWindow(400)),
    "phase": Strategy(Periodic(3, phase=1), SlidingWindow(400)),
    "volume": Strategy(Volume(rows=150)),
    "performance": Strategy(Performance(drop=0.05, window=80, min_labels=40)),
    "gated": Strategy(Periodic(4), SlidingWindow(400), None, ChampionChallenger(60, min_rows=10)),
    "stateful": Strategy(Periodic(2), NewSinceLast(), Stateful()),
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("delay", [None, Exponential(80)], ids=["at once", "late"])
def test_together_is_alone(name, delay):
    setting = {**SETTING, "learner": GaussianNB(), "delay": delay}
    together = clsim.replay(STREAMS[name](), STRATEGIES, **setting)
    assert_same(together["never"], together["twin of never"])
    for key, strategy in STRATEGIES.items():
        alone = clsim.replay(STREAMS[name](), {key: strategy}, **setting)[key]
        assert_same(together[key], alone)
    labels = {run.totals["labels"] for run in together.values()}
    n = {run.totals["n"] for run in together.values()}
    truths = {run.predictions["y_true"].to_numpy().tobytes() for run in together.values()}
    assert max(len(labels), len(n), len(truths)) > 2, "the branches must differ"


@pytest.mark.parametrize("name", ["selective", "all"])
def test_models_that_learn_online_go_on_in_their_branch(name):
    strategies = {
        "online": Strategy(Never(), None, RowByRow()),
        "again": Strategy(Periodic(6), SlidingWindow(300), RowByRow()),
        "online too": Strategy(Never(), None, RowByRow()),
        "schedule": Strategy(Periodic(5), SlidingWindow(300)),
    }
    setting = {**SETTING, "learner": linear_model.LogisticRegression()}
    together = clsim.replay(STREAMS[name](), strategies, **setting)
    assert_same(together["online"], together["online too"])
    for key, strategy in strategies.items():
        alone = clsim.replay(STREAMS[name](), {key: strategy}, **setting)[key]
        assert_same(together[key], alone)


@pytest.mark.parametrize("name", ["selective", "all"])
def test_models_that_learn_row_by_row_see_what_a_log_of_their_own_loses(name):
    strategies = {
        "all": Strategy(Never(), None, RowByRow()),
        "as a log of its own": Strategy(Never(), None, RowByRow(), logging=Sample(1.0)),
    }
    setting = {**SETTING, "learner": linear_model.LogisticRegression(), "delay": Exponential(80)}
    every, own = clsim.replay(STREAMS[name](), strategies, **setting).values()
    assert every.predictions["y_pred"].tolist() == own.predictions["y_pred"].tolist()


def simulated(stream, run, delay):
    """The branch of a run, tick by tick from its answers: row -> (truth, label known)."""
    world = Knowledge.of(stream, tick=100, warmup=400, seed=2, delay=delay)
    answer = dict(zip(run.predictions["id"], run.predictions["y_pred"], strict=True))
    truth = dict(enumerate(world.labels.y[:].tolist()))
    absent, hidden, state = set(), set(), None

    def batch(rows):
        slices = {column: codes[rows] for column, codes in world.timeline.slices.items()}
        labels = np.array([truth[row] for row in rows], dtype=world.labels.y.dtype)
        return Batch(world.timeline.X_of(rows), labels, world.timeline.time[rows], None, slices)

    for tick in range(world.timeline.n_ticks):
        low, high = world.timeline.first[tick], world.timeline.first[tick + 1]
        later = world.timeline.first[tick + 2] if tick + 1 < world.timeline.n_ticks else high
        rows, upcoming = (
            np.array([r for r in range(a, b) if r not in absent], dtype=np.int64)
            for a, b in ((low, high), (high, later))
        )
        given = np.array([answer[row] for row in rows], dtype=world.labels.y.dtype)
        tick_served = Served(
            tick, rows, batch(rows), given, np.ones(len(rows), dtype=bool), upcoming,
            batch(upcoming),
        )  # fmt: skip
        response = stream.respond(tick_served, state, 2)
        hidden |= set(response.hidden.tolist())
        absent |= set(response.gone.tolist())
        if response.y is not None:
            truth.update(zip(upcoming.tolist(), response.y.tolist(), strict=True))
        state = response.state
    served = [row for row in range(world.timeline.n_warm, world.timeline.n) if row not in absent]
    known = [row for row in served if row not in hidden and 0 < world.known.arrives[row] < NEVER]
    return served, [truth[row] for row in served], known


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("strategy", ["often", "performance", "stateful"])
def test_conserved_in_every_branch(name, strategy):
    stream, delay = STREAMS[name](), Exponential(80)
    setting = {**SETTING, "learner": GaussianNB(), "delay": delay}
    run = clsim.replay(stream, STRATEGIES, **setting)[strategy]
    served, truth, known = simulated(stream, run, delay)
    assert run.predictions["id"].tolist() == served
    assert run.predictions["y_true"].tolist() == truth
    ticks = run.ticks[run.ticks["slice"] == "all"]
    assert ticks["n"].sum() == len(served) == run.totals["n"]
    assert ticks["observed_n"].sum() == run.totals["labels"] == len(known)
    wrong = run.predictions["y_true"] != run.predictions["y_pred"]
    assert ticks["loss"].sum() == wrong.sum() == run.totals["errors"]
    assert run.confusion["n"].sum() == len(served)


def test_causal_in_a_branch():
    """What a strategy decides does not hang on labels that its own answers hide."""
    stream = STREAMS["selective"]()
    strategy = STRATEGIES["performance"]
    setting = {**SETTING, "learner": GaussianNB()}
    run = clsim.replay(stream, {"it": strategy}, **setting)["it"]
    hidden = run.predictions[run.predictions["y_pred"] == 0]["id"].to_numpy()
    explored = stream._uniform(hidden, 2, "explore") < 0.1

    class Lying(type(stream)):
        def blocks(self, seed):
            for batch in super().blocks(seed):
                batch.y[hidden[~explored]] = 1 - batch.y[hidden[~explored]]
                yield batch

    Lying.__name__ = "Selective"  # random numbers hang on it
    stream.__class__ = Lying
    other = clsim.replay(stream, {"it": strategy}, **setting)["it"]
    assert (
        (run.predictions["y_true"] != other.predictions["y_true"]).sum() == (~explored).sum() > 50
    )
    assert run.predictions["y_pred"].equals(other.predictions["y_pred"])
    assert run.events.drop(columns="seconds").equals(other.events.drop(columns="seconds"))


def test_labels_that_were_hidden_have_no_time():
    run = clsim.replay(STREAMS["selective"](), {"it": STRATEGIES["never"]}, learner=GaussianNB(),
                       delay=Exponential(20), **SETTING)["it"]  # fmt: skip
    known = run.predictions["label_time"].notna()
    assert run.totals["labels"] <= known.sum() < 0.8 * len(known)
    assert known[run.predictions["y_pred"] == 1].all()


def test_twins_that_learn_online_share_their_work(monkeypatch):
    calls = []
    learn = linear_model.LogisticRegression.learn_one
    monkeypatch.setattr(linear_model.LogisticRegression, "learn_one",
                        lambda self, x, y: calls.append(1) or learn(self, x, y))  # fmt: skip
    counts = []
    for names in ("a", "abc"):
        calls.clear()
        clsim.replay(Selective(clouds(), explore=1.0),
                     {name: Strategy(Never(), None, RowByRow()) for name in names},
                     learner=linear_model.LogisticRegression(), **SETTING)  # fmt: skip
        counts.append(len(calls))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("response", "error", "message"), [
    (None, TypeError, "must give a Response"),
    (Response(hidden=[3]), TypeError, r"hidden=\[3\]; it must be an array"),
    (Response(y=np.full(100, 7)), ValueError, "the label 7, which it has not"),
    (Response(y=np.zeros(3, dtype=int)), ValueError, r"\(3,\) labels for 100 events"),
])  # fmt: skip
def test_a_bad_response_is_named(response, error, message):
    class Bad(Selective):
        def respond(self, served, state, seed):
            return response

    with pytest.raises(error, match=f"stream: respond gave .*{message}"):
        clsim.replay(Bad(clouds()), {"it": STRATEGIES["never"]}, learner=GaussianNB(), **SETTING)


class Truthful:
    """Fires every third tick, if the view shows the labels of its branch alone."""

    def fires(self, view):
        absent = np.flatnonzero(view._known.seen.absent[: view._known.timeline.first[view.tick]])
        if len(absent):
            with pytest.raises(LookupError, match=f"row {absent[0]} did not happen"):
                view.X(absent)
            with pytest.raises(LookupError, match="has not arrived"):
                view.y(absent)
            return "somebody left"
        return None


def test_a_view_shows_no_event_that_did_not_happen():
    run = clsim.replay(STREAMS["churn"](), {"it": Strategy(Truthful())}, learner=GaussianNB(),
                       **SETTING)["it"]  # fmt: skip
    assert run.totals["retrainings"] > 3


@pytest.mark.parametrize("delay", [Attribution(60, Exponential(40)), Annotators(3, 0.2)])
def test_labels_told_otherwise_do_not_go_with_labels_that_change(delay):
    run = clsim.replay(
        STREAMS["selective"](), {"it": STRATEGIES["often"]}, learner=GaussianNB(), delay=delay,
        **SETTING,
    )["it"]  # fmt: skip
    assert 0 < run.totals["labels"] < run.totals["n"]
    with pytest.raises(ValueError, match=r"^delay: .* go by the labels before"):
        clsim.replay(
            STREAMS["popularity"](), {"it": STRATEGIES["often"]}, learner=GaussianNB(),
            delay=delay, **SETTING,
        )  # fmt: skip
