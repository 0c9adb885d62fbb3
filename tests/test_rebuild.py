"""A model that is trained again from the stream and the record answers as it did in the run."""

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis import adaptations, adapted_numbers
from clsim.protocols import as_stream
from clsim.strategy import Strategy, datasets, evaluation, offline, repair, training, triggers
from clsim.streams import faults
from clsim.streams.concepts import Gaussians
from helpers.tables import Rumour
from test_invariants import (
    ADAPTATION,
    DATASETS,
    DEPLOYMENT,
    EVERYTHING,
    EXPLORATION,
    GUARDS,
    ONLINE,
    REPAIR,
    REUSE,
    SETTING,
    TRAININGS,
    columns,
    learner_of,
    rumours,
    strategy_of,
    table,
)

pytestmark = pytest.mark.xdist_group("rebuild")


def of_parts(*examples):
    kinds = {part.__name__ for each in examples for part in each}
    return [name for name in EVERYTHING if name.rsplit("-", 1)[0] in kinds]


SHIP = [
    *of_parts(DATASETS, TRAININGS, ONLINE, GUARDS, REUSE, REPAIR, DEPLOYMENT),
    *(name for name in EVERYTHING if name.startswith("conf/")),
    "the whole loop", "stateful, gated", "one after another",
]  # fmt: skip


@cache
def world():
    return table(*columns())


def replayed(strategy, learner, stream=None, **more):
    setting = {**SETTING, "learner": learner, "record": "lineage", **more}
    return clsim.replay(stream or world(), {"it": strategy}, **setting)["it"]


@pytest.mark.parametrize("name", SHIP)
def test_a_rebuilt_model_answers_as_it_did(name):
    strategy = strategy_of(name)
    learner = learner_of(strategy)
    run = replayed(strategy, learner)
    if run.models is None:
        assert not strategy.trains
        return
    told = run.predictions[run.predictions["model"].notna() & run.predictions["y_pred"].notna()]
    failed = set(run.events.loc[run.events["kind"] == "train_failed", "model"])
    X = columns()[0]
    numbers = [n for n in run.models["model"] if n not in failed]
    asked = sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1], *told["model"].iloc[-1:]})
    for number in asked:
        again = clsim.rebuild(run, number, stream=world(), learner=learner, strategy=strategy)
        own = told[told["model"] == number]
        if isinstance(strategy.training, training.RowByRow):
            last = own["tick"].max()  # it stood as it did when it answered for the last time
            own = own[own["tick"] == last]
            rows = [dict(zip(world().schema.features, x, strict=True)) for x in X[own["id"]]]
            assert [int(again.predict_one(x)) for x in rows] == own["y_pred"].tolist()
        elif len(own):
            assert np.asarray(again.predict(X[own["id"]])).tolist() == own["y_pred"].tolist()


@cache
def plain():
    strategy = Strategy(triggers.Periodic(4), datasets.SlidingWindow(150))
    return replayed(strategy, GaussianNB())


@pytest.mark.parametrize("name", of_parts(ADAPTATION, EXPLORATION))
def test_a_rebuilt_model_knows_nothing_of_adaptation(name):
    """What is answered changes no training: models are those of the same strategy without it."""
    strategy = strategy_of(name)
    more = {"abstention": 0.2} if strategy.adaptation.abstains else {}
    run, X = replayed(strategy, GaussianNB(), **more), columns()[0]
    assert run.models["digest"].tolist() == plain().models["digest"].tolist()
    assert len(run.models) > 15
    for number in run.models["model"].iloc[[0, 8, -2]]:
        again = clsim.rebuild(run, number, stream=world(), learner=GaussianNB())
        own = plain().predictions.query("model == @number")
        assert len(own)
        chances = own[["p_0", "p_1"]].to_numpy()
        assert np.array_equal(again.predict_proba(X[own["id"]]), chances)


def test_what_was_learned_makes_the_answers_of_a_rebuilt_model():
    """Shares of the rows it learned, and those that the run says, are all of a correction."""
    run, X = replayed(strategy_of("PriorCorrection-0"), GaussianNB()), columns()[0]
    done = adaptations(run).query("n > 0").iloc[-1]
    number, told = int(done["model"]), adapted_numbers(run)
    own = run.predictions[run.predictions["model"] == number]
    own = own[own["tick"].between(done["tick"], done["until"] - 1)]
    told = told[(told["model"] == number) & (told["tick"] == done["tick"])]
    new = told[told["quantity"].str.startswith("share")]["value"].to_numpy()
    learned = run.lessons.query("model == @number")["y"]
    again = clsim.rebuild(run, number, stream=world(), learner=GaussianNB())
    chances = again.predict_proba(X[own["id"]]) * new / [1 - learned.mean(), learned.mean()]
    chances /= chances.sum(axis=1, keepdims=True)
    assert len(own)
    assert own[["p_0", "p_1"]].to_numpy() == pytest.approx(chances)
    assert own["y_pred"].tolist() == (chances[:, 1] > 0.5).tolist()


def test_explored_answers_are_those_that_a_rebuilt_model_does_not_give():
    run, X = replayed(strategy_of("Explore-0"), GaussianNB()), columns()[0]
    told = run.predictions.query("model == model")
    for number in (told["model"].iloc[0], told["model"].iloc[-1]):
        again = clsim.rebuild(run, number, stream=world(), learner=GaussianNB())
        own = told.query("model == @number")
        same = again.predict(X[own["id"]]) == own["y_pred"]
        assert (own["propensity"] > 0.5).tolist() == same.tolist()


@pytest.mark.parametrize("make", [
    lambda sound: faults.ConstantFeature(sound, "x0", 0.0, start="20d"),
    lambda sound: faults.DroppedRows(sound, 0.4, start="20d"),
], ids=["constant", "dropped"])  # fmt: skip
def test_models_of_a_world_that_somebody_mended_are_rebuilt(make):
    clouds = Gaussians(means=[[-1.0, -0.6], [1.0, 0.6]])
    stream = make(clsim.streams.Synthetic(clouds, n=2_400, rate="48/d"))
    call = repair.OnCall(triggers.Performance(below=0.85, window=100, min_labels=50), after="2d")
    strategy = Strategy(triggers.Periodic("5d"), datasets.SlidingWindow(400), repair=call)
    run = replayed(strategy, GaussianNB(), stream, warmup="10d")
    [done] = run.events.query("kind == 'repair' and accepted").to_dict("records")
    called, takes = (pd.Timestamp(done["time"]).value // 1000, done["duration"].value // 1000)
    blocks = [block.X for block in as_stream(stream).mended(called, called + takes, 0).blocks(0)]
    X, after = np.concatenate(blocks), run.models["tick"] > done["tick"] + 2
    assert 2 <= after.sum() < len(run.models)
    for number in run.models["model"]:
        again = clsim.rebuild(run, number, stream=stream, learner=GaussianNB())
        own = run.predictions.query("model == @number")
        assert again.predict(X[own["id"]]).tolist() == own["y_pred"].tolist()


def updated(**more):
    strategy = Strategy(
        triggers.Periodic(4), datasets.NewSinceLast(), training.Stateful(batch=16, **more)
    )
    return strategy, SGDClassifier(max_iter=5, tol=None)


def test_what_has_changed_is_said_and_nothing_is_trained():
    strategy, learner = updated()
    run = replayed(strategy, learner)
    X, y, *rest = columns()
    last = int(run.models["model"].iloc[-1])
    early = int(run.lessons.loc[run.lessons["model"] == 0, "id"].iloc[3])
    X[early, 1] += 1e-12  # of an ancestor's rows
    with pytest.raises(ValueError, match="data of the rows of model 0 have changed"):
        clsim.rebuild(run, last, stream=table(X, y, *rest), learner=learner)
    other = SGDClassifier(max_iter=5, tol=None, alpha=0.001)
    with pytest.raises(ValueError, match=r"alpha=0.0001, .* are given: .*alpha=0.001"):
        clsim.rebuild(run, last, stream=world(), learner=other)
    with pytest.raises(ValueError, match="model=99"):
        clsim.rebuild(run, 99, stream=world(), learner=learner)
    with pytest.raises(TypeError, match="stream=None"):
        clsim.rebuild(run, last, learner=learner)
    kept = replayed(strategy, learner, record="events")
    with pytest.raises(ValueError, match="record='lineage'"):
        clsim.rebuild(kept, last, stream=world(), learner=learner)
    run.info = dataclasses.replace(run.info, versions={**run.info.versions, "numpy": "0.1"})
    with pytest.warns(RuntimeWarning, match="numpy 0.1"):
        clsim.rebuild(run, last, stream=world(), learner=learner)
    assert (
        run.lessons["model"].value_counts().to_dict()
        == run.models.set_index("model")["rows"].to_dict()
    )


def test_a_run_is_rebuilt_from_its_folder_alone(tmp_path):
    stream = {
        "_target_": "clsim.streams.Synthetic",
        "n": 900,
        "concept": {"_target_": "clsim.streams.concepts.SEA"},
    }
    learner = {"_target_": "sklearn.naive_bayes.GaussianNB"}
    sea = clsim.streams.Synthetic(clsim.streams.concepts.SEA(), n=900)
    strategy = Strategy(triggers.Periodic(2), datasets.Decayed(datasets.All(), 200))
    run = replayed(strategy, GaussianNB(), sea, tick=100, warmup=300, seed=3)
    run.config |= {"stream": stream, "learner": learner}
    back = clsim.load(run.save(tmp_path / "run"))
    again = clsim.rebuild(back, 2)
    mine = clsim.rebuild(run, 2, stream=sea, learner=GaussianNB())
    assert again.theta_.tobytes() == mine.theta_.tobytes()
    batch = next(iter(sea.blocks(3)))
    own = back.predictions[back.predictions["model"] == 2]
    assert len(own)
    assert again.predict(batch.X[own["id"]]).tolist() == own["y_pred"].tolist()
    back.config["learner"]["_target_"] = "os.system"
    with pytest.raises(ValueError, match=r"os\.system"):
        clsim.rebuild(back, 2)


def test_the_lineage_says_what_each_model_came_from_and_what_became_of_it():
    gate = offline.ChampionChallenger(evaluation.Growing(0.2), margin=-1.0, min_rows=20)
    none = offline.ChampionChallenger(60, margin=1.0, min_rows=20)
    of, runs = {}, {}
    for name, test in {"passes": gate, "fails": none}.items():
        strategy, learner = updated()
        strategy = Strategy(strategy.trigger, strategy.dataset, strategy.training, test)
        runs[name] = run = replayed(strategy, learner, record="ticks")
        of[name] = clsim.lineage(run)
        tests = run.events[run.events["kind"] == "offline_test"]
        assert of[name]["evaluation_set"].notna().sum() == len(tests) * (test is gate)
    passes, fails = of["passes"], of["fails"]
    assert passes["parent"].tolist()[1:] == passes["model"].tolist()[:-1]  # a chain
    assert passes["replaced"].tolist()[1:] == passes["model"].tolist()[:-1]
    assert set(passes["became"]) == {"champion"}
    assert fails["parent"].tolist()[1:] == [0] * (len(fails) - 1)  # all from the first
    assert fails["became"].tolist() == ["champion"] + ["rejected"] * (len(fails) - 1)
    assert fails["replaced"].isna().all()
    assert (passes["rows"][1:] % 16 == 0).all()  # whole batches
    last = passes["model"].iloc[-1]
    assert rows_of(runs["passes"]) == [f"0 to {last}"]  # nothing branches
    assert rows_of(runs["fails"]) == [str(model) for model in fails["model"]]


def rows_of(run):
    axes = clsim.plot({"it": run}, "lineage").axes[0]
    return [text.get_text() for text in axes.get_yticklabels()]


def test_labels_are_learned_again_as_they_were_told():
    strategy, learner = updated(initial="partial_fit")
    stream = rumours()
    run = replayed(strategy, learner, stream, delay=Rumour(stream))
    told = run.lessons.drop_duplicates("id", keep="last").set_index("id")["y"]
    truth = columns()[1][told.index]
    assert (told.to_numpy() != truth).any()  # some were learned as they were first told
    last = int(run.models["model"].iloc[-1])
    again = clsim.rebuild(run, last, stream=stream, learner=learner)
    own = run.predictions[run.predictions["model"] == last]
    assert again.predict(columns()[0][own["id"]]).tolist() == own["y_pred"].tolist()


@pytest.mark.slow
def test_the_page_shows_where_models_came_from_if_trainings_go_on(tmp_path):
    strategy, learner = updated()
    runs = {"on": replayed(strategy, learner, record="ticks")}
    runs["afresh"] = replayed(Strategy(triggers.Periodic(40)), learner, record="ticks")
    page = clsim.write_report(runs, to=tmp_path).read_text(encoding="utf-8")
    assert ">Lineage</h" in page
    assert "With on nothing branches" in page
    assert not (tmp_path / "figures" / "lineage.png").exists()
    told = pd.read_csv(tmp_path / "tables" / "lineage.csv")
    assert set(told["strategy"]) == {"on"}
    assert told["parent"].dropna().astype(int).tolist() == told["model"].tolist()[:-1]
