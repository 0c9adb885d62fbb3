"""Strategies that follow one another are one history, and each is what it is alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy import (
    AsServed,
    Strategy,
    Then,
    adaptation,
    curation,
    datasets,
    exploration,
    logging,
    offline,
    online,
    repair,
    training,
    triggers,
)
from clsim.sweep import config as build
from helpers.examples import share
from helpers.reference import Reference
from helpers.tables import Table, happened
from test_reference import (
    assert_case_agrees,
    assert_some_case_disagrees,
    guarded_cases,
    some_trial,
)

Periodic = triggers.Periodic


def world(n=120):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    X = np.where((y == 1) ^ (np.arange(n) >= n // 2), 1.0, -1.0)[:, None] + rng.normal(size=(n, 2))
    return Table(X, y)


def replayed(strategy, learner=None, **more):
    setting = {"learner": learner or GaussianNB(), "tick": 5, "warmup": 20, "record": "events"}
    return clsim.replay(world(), {"it": strategy}, **{**setting, **more})["it"]


def of(run, *kinds):
    return [(e["tick"], e["kind"], e.get("model")) for e in happened(run, kinds)]


@pytest.mark.parametrize(("at", "tick"), [(45, 5), (46, 6), (50, 6), (24, 1), (115, 19)])
def test_it_takes_over_in_the_first_tick_that_begins_then_or_later(at, tick):
    run = replayed(
        Then([(None, Strategy(Periodic(3))), (at, Strategy(triggers.Never(), name="b"))])
    )
    told = run.events[run.events["kind"] == "strategy"]
    assert told[["tick", "reason"]].values.tolist() == [[tick, "b"]]
    assert [t for t, *_ in of(run, "train")] == [t for t in range(3, 20, 3) if t < tick]


def test_the_champion_and_its_lineage_go_on():
    first = Strategy(Periodic(4), datasets.SlidingWindow(30))
    stateful = Strategy(Periodic(3), datasets.NewSinceLast(), training.Stateful())
    learner = SGDClassifier(random_state=0)
    run = replayed(Then([(None, first), (70, stateful)]), learner)
    alone = replayed(first, learner)
    trains = happened(run, ["train"])
    # ticks 4 and 8 of the first, then 12, 15 and 18 of the second, each on from the model before
    assert [(e["tick"], e.get("parent")) for e in trains] == [
        (4, None), (8, None), (12, 2), (15, 3), (18, 4)
    ]  # fmt: skip
    # a label comes with the next row: model 2 learned rows 30 to 59, so these 20 are new at tick 12
    assert [e["rows"] for e in trains][2:] == [20 + 30, 15, 15]
    before = run.predictions[run.predictions["tick"] < 10]
    assert before.equals(alone.predictions.loc[before.index])


def test_what_is_under_way_ends_and_is_charged():
    slow = Strategy(Periodic(3), training=training.Stateless(duration=25), overlap=True)
    tried = Strategy(Periodic(2), online=online.Shadow(30, min_labels=1), name="tried")
    run = replayed(Then([(None, slow), (55, tried), (85, slow)]))
    # slow: trained in ticks 3 and 6, ready in 8 and 11; in tick 7 both end. Then a trial of tick 8
    # would last until 14, and in tick 13 ends too.
    assert of(run, "strategy", "train", "online_test", "superseded", "deploy")[:8] == [
        (3, "train", 1), (6, "train", 2), (7, "strategy", None), (7, "superseded", 1),
        (7, "superseded", 2), (8, "train", 3), (8, "online_test", 3), (13, "strategy", None),
    ]  # fmt: skip
    assert of(run, "superseded")[2] == (13, "superseded", 3)
    assert run.totals["superseded"] == 3
    assert run.totals["retrainings"] == len(of(run, "train"))


def test_a_strategy_that_follows_itself_is_itself():
    """Random parts too: a strategy draws the same whenever it begins."""
    drawn = datasets.Sampled(datasets.All(), 15)
    one = Strategy(
        triggers.Random(3), drawn,
        offline=offline.ChampionChallenger(10, margin=-1, min_rows=1),
        curation=curation.Buying(curation.Random(), curation.Fixed(1)),
        deployment=clsim.strategy.deployment.MayFail(0.3),
    )  # fmt: skip
    alone, twice = replayed(one), replayed(Then([(None, one), (63, one)]))
    assert len(of(alone, "deploy")) > 3
    pd.testing.assert_frame_equal(alone.ticks, twice.ticks)
    kept = twice.events[twice.events["kind"] != "strategy"].reset_index(drop=True)
    drop = ["seconds"]
    pd.testing.assert_frame_equal(alone.events.drop(columns=drop), kept.drop(columns=drop))


PLAIN = Strategy(Periodic(3))


@pytest.mark.parametrize(("stages", "said"), [
    ([(None, PLAIN), (60, PLAIN), (50, PLAIN)], r"stages\[2\]\.at=50: begins in tick 6, .* tick 8"),
    ([(None, PLAIN), (60, PLAIN), (58, PLAIN)], r"a tick apart at the least"),
    ([(None, PLAIN), (118, PLAIN)], r"stages\[1\]\.at=118: no tick begins then or later"),
    ([(None, PLAIN), (20, PLAIN)], r"stages\[1\]\.at=20: is not after the start of the first tick"),
    ([(None, PLAIN), ("2024-05-01", PLAIN)], r"stages\[1\]\.at='2024-05-01': this stream needs a"),
    ([(None, PLAIN), ("7d", PLAIN)], r"stages\[1\]\.at='7d': this stream has no time"),
    ([(None, PLAIN), ("soon", PLAIN)], r"stages\[1\]\.at='soon': expected a date such as"),
    ([(0, PLAIN), (50, PLAIN)], r"stages\[0\]: the first strategy acts from the beginning"),
    ([(None, PLAIN)], "stages: give two strategies or more"),
    ("stage_1", "stages='stage_1': expected a list of pairs"),
    ([(None, PLAIN), PLAIN], r"stages\[1\]=.*: expected a pair"),
    ([(None, PLAIN), (50, None)], r"stages\[1\]=None: expected a Strategy"),
    ([(None, PLAIN), (50, Strategy)], r"stages\[1\]=Strategy: a class; give an object of it"),
    ({"a": {"at": None, "strategie": PLAIN}}, r"stages\.a: unknown key 'strategie'; did you mean"),
    ({"a": {"at": None}}, r"stages\.a\.strategy: missing"),
    ([(None, PLAIN), (50, AsServed())], r"stages\[1\]: AsServed has no learner"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), training=training.RowByRow()))], "row by row"),
    ([(None, PLAIN), (50, Then([(None, PLAIN), (60, PLAIN)]))], "is itself a Then"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), logging=logging.Sample(0.5)))],
     r"stages\[1\]: logging is .*have the same in all strategies"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), threshold=0.3))], r"stages\[1\]: threshold is 0.3"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), curation=curation.Buying(
        curation.Random(), curation.Fixed(1), natural=False)))], r"curation\.natural is False"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), monitors={"s": clsim.monitoring.Score(30, 5)})),
      (80, Strategy(Periodic(3), monitors={"s": clsim.monitoring.Score(40, 5)}))],
     r"stages\[2\]: the monitor 's' measures something else"),
    ([(None, PLAIN), (50, Strategy(Periodic("2d")))], r"stages\[1\].*every='2d'"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), training=training.Stateful("warm_start")))],
     r"stages\[1\]: learner: GaussianNB has no warm_start"),
    ([(None, Strategy(Periodic(3), adaptation=adaptation.Calibration())), (50, PLAIN)],
     r"^stages\[0\]\.adaptation: strategies that follow one another have none yet; leave it out"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), adaptation=adaptation.PriorCorrection()))],
     r"^stages\[1\]\.adaptation: strategies that follow"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), exploration=exploration.Explore(0.1)))],
     r"^stages\[1\]\.exploration: strategies that follow"),
    ([(None, PLAIN), (50, Strategy(Periodic(3), repair=repair.OnCall(Periodic(3), 5)))],
     r"^stages\[1\]\.repair: strategies that follow"),
])  # fmt: skip
def test_what_cannot_follow_is_refused_before_anything_is_replayed(stages, said):
    with pytest.raises((TypeError, ValueError), match=said):
        replayed(Then(stages))


@st.composite
def histories(draw):
    """Two or three strategies, with what they need of the world alike."""
    table, [first], setting = draw(guarded_cases())
    train = first.training
    of_world = {key: value for key, value in setting.items() if key != "delay"}
    starts = Reference(first, table, **of_world).starts
    assume(len(starts) > 2)
    ticks = st.lists(st.integers(1, len(starts) - 1), min_size=1, max_size=2, unique=True)
    stages = [(None, first)]
    for tick in sorted(draw(ticks)):
        assume(starts[tick - 1] < starts[tick])
        time = draw(st.integers(starts[tick - 1] + 1, starts[tick]))
        parts = {"logging": first.logging, "overlap": draw(st.booleans())}
        parts["online"] = draw(some_trial(table, None, setting["learner"]))
        if draw(st.booleans()):
            parts["guard"], parts["reuse"] = first.guard, first.reuse
        stages.append((
            str(np.datetime64(int(time), "us")) if table.timed else int(time),
            Strategy(Periodic(draw(st.integers(1, 4))), draw(st.sampled_from(
                [datasets.All(), datasets.NewSinceLast(), first.dataset])), train, **parts),
        ))  # fmt: skip
    return table, [Then(stages)], setting


@share(1 / 3)
@given(histories())
def test_histories_agree_with_the_reference(case):
    assert_case_agrees(case)


def test_the_reference_sees_a_strategy_that_never_takes_over(monkeypatch):
    right = Then.turns
    monkeypatch.setattr(Then, "turns", lambda self, starts: right(self, starts)[:-1])
    assert_some_case_disagrees(histories())


def test_the_page_shows_when_another_takes_over():
    run = replayed(Then([(None, PLAIN), (60, Strategy(Periodic(4), name="b"))]))
    figure = clsim.plot({"it": run}, "accuracy_over_time")
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "another strategy takes over" in labels


def test_a_configuration_of_several():
    made = {"_target_": "clsim.strategy.Then", "stages": {
        name: {"at": at, "strategy": {
            "_target_": "clsim.Strategy", "threshold": 0.4,
            "trigger": {"_target_": "clsim.strategy.triggers.Periodic", "every": 3}}}
        for name, at in (("a", None), ("b", 50))
    }}  # fmt: skip
    config = {"strategy": made, "threshold": 0.4, "also": ["no_duration"], "seed": 0}
    build.check(config)
    [other] = build.counterparts(config)
    assert [stage["strategy"]["training"]["duration"] for stage in
            other["strategy"]["stages"].values()] == [0, 0]  # fmt: skip
    assert isinstance(build.instance(other["strategy"], "strategy"), Then)
    del made["stages"]["b"]["strategy"]["threshold"]
    with pytest.raises(ValueError, match=r"\+strategy\.stages\.b\.strategy\.threshold"):
        build.check(config)
    made["stages"]["b"]["strategie"] = made["stages"]["b"].pop("strategy")
    with pytest.raises(ValueError, match="did you mean 'strategy'"):
        build.instance(made, "strategy")
