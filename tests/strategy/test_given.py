"""Strategies without a learner: what production answered, a constant, the last known label."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis import recommend, settings
from clsim.checks import check_stream
from clsim.hindsight.make import counterfactual
from clsim.hindsight.regret import of_run
from clsim.monitoring import Score
from clsim.report.parts.table import all_strategies
from clsim.report.parts.verdict import notes
from clsim.report.section import make_section
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from clsim.strategy import AsServed, NoModel, Strategy
from clsim.strategy.datasets import All
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded
from clsim.streams.availability import Warehouse
from clsim.streams.faults import DuplicatedRows, NullFeature
from clsim.sweep import config as build
from clsim.sweep.app import complete
from helpers.tables import Table, happened

GIVEN = {"learner": GaussianNB(), "tick": 2, "warmup": 4, "record": "events"}


def log(**columns):
    """Ten rows; of the six that are served, production answers five and errs in two."""
    frame = pd.DataFrame(
        {"x": [0.0, 1, 0, 1, 0, 1, 0, 1, 0, 1], "bought": list("nynynynyny"),
         "said": ["y", "y", "y", "y", "n", "n", None, "y", "y", "y"],
         "chance": [0.9, 0.9, 0.9, 0.9, 0.4, 0.25, None, 0.9, 0.8, 0.5],
         "version": ["a", "a", "a", "a", "a", "a", None, "b", "a", "a"]}
    )  # fmt: skip
    return frame.assign(**columns)


def stream(frame=None, **more):
    more = {"served": "said", "drop": ["chance", "version"], **more}
    return Recorded(log() if frame is None else frame, label="bought", **more)


def run(strategy, of=None, **setting):
    of = stream() if of is None else of
    return clsim.replay(of, {"it": strategy}, **{**GIVEN, **setting})["it"]


def test_as_served_is_the_log_s_own_count():
    found = run(AsServed())
    assert found.ticks[["n", "answered", "errors"]].to_numpy().tolist() == [
        [2, 2, 1], [2, 1, 0], [2, 2, 1],
    ]  # fmt: skip
    frame = log().iloc[4:].dropna(subset="said")
    assert found.totals["errors"] == (frame["said"] != frame["bought"]).sum() == 2
    assert (found.totals["answered"], found.score) == (5, 0.6)
    said = found.predictions["y_pred"]
    assert said.fillna("-").tolist() == ["n", "n", "-", "y", "y", "y"]
    assert found.info.source == "production"


def test_it_costs_nothing_and_trains_nothing():
    for strategy in (AsServed(), NoModel(), NoModel("last")):
        found = run(strategy)
        spent = ("retrainings", "rows_trained", "initial_rows", "deployments", "failed", "bought")
        assert {found.totals[name] for name in spent if name in found.totals} == {0}
        assert set(found.events["kind"]) <= {"label"}
        assert found.ticks["model"].tolist() == [0, 0, 0]


def test_columns_of_production_are_no_features():
    of = stream(served_proba="chance", served_version="version", drop=[])
    assert of.schema.features == ("x",)
    assert (of.schema.served_proba, of.schema.versions) == (True, ("a", "b"))
    assert of.describe().endswith("- production answered 90.0% of the events, in 2 versions")
    check_stream(of)


def test_its_probabilities_are_scored():
    found = run(AsServed(), stream(served_proba="chance"), loss="log", learner=LogisticRegression())
    # labels n, y, n, y, n, y; the chance of y, of which the third is not there
    expected = -np.log([0.6, 0.25, 0.9, 0.2, 0.5])
    assert found.totals["loss"] == pytest.approx(expected.sum())
    assert found.totals["answered"] == 5


def test_each_of_its_versions_is_a_model():
    found = run(AsServed(), stream(served_version="version", drop=["chance"]))
    # in each tick the version of most answers
    assert found.ticks["model"].tolist() == [0, 1, 0]
    assert [(e["tick"], e["model"], e["reason"]) for e in happened(found, ["deploy"])] == [
        (1, 1, "version b"), (2, 0, "version a"),
    ]  # fmt: skip


def test_a_signal_is_of_the_version_that_answers():
    watched = AsServed(monitors={"score": Score(2, 1)})
    found = run(watched, stream(served_version="version", drop=["chance"]))
    # at the start of tick 1 the two of tick 0 are known, of which one is wrong; then row 7 alone
    assert found.signals[["tick", "model", "value"]].to_numpy().tolist() == [
        [1, 1, 0.5], [2, 0, 1.0],
    ]  # fmt: skip


def test_values_are_answers_too():
    frame = pd.DataFrame({"x": range(6), "y": [0.0, 1, 2, 3, 4, 5], "said": [1, 1, 1, None, 6, 5]})
    of = Recorded(frame, label="y", served="said", task="regression")
    found = run(AsServed(), of, warmup=2, learner=DummyRegressor())
    assert found.ticks["loss"].tolist() == [1, 2]
    assert found.totals["answered"] == 3


@pytest.mark.parametrize(("loss", "value"), [("absolute", 1.0), ("squared", 3.0)])
def test_the_constant_is_the_median_or_the_mean(loss, value):
    of = Table(np.zeros((6, 1)), [0.0, 1, 8, 5, 5, 5], classes=())
    found = run(NoModel(), of, warmup=3, tick=3, loss=loss, learner=DummyRegressor())
    assert found.predictions["y_pred"].tolist() == [value] * 3


@pytest.mark.parametrize(("loss", "answer"), [("zero_one", 0), ([[0, 1], [9, 0]], 1)])
def test_or_the_most_frequent_or_the_cheapest_class(loss, answer):
    of = Table(np.zeros((8, 1)), [0, 0, 0, 1, 1, 1, 0, 1])
    found = run(NoModel(), of, loss=loss)
    assert found.predictions["y_pred"].tolist() == [answer] * 4


def test_or_the_shares_of_the_classes_or_what_is_said():
    of = Table(np.zeros((8, 1)), [0, 0, 0, 1, 1, 1, 0, 1])
    found = run(NoModel(), of, loss="log", learner=LogisticRegression())
    assert found.totals["loss"] == pytest.approx(-np.log([0.25, 0.25, 0.75, 0.25]).sum())
    assert run(NoModel(value=1), of).totals["errors"] == 1


def test_the_last_known_label_is_of_the_latest_event_whose_label_came():
    # a tick starts every two rows; labels come 1, 5, 1, 1, ... rows after their events
    late = np.add(range(10), [1, 5, 1, 4, 2, 1, 1, 1, 1, 1])
    of = Table(np.zeros((10, 1)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], classes=range(10),
               label_time=late)  # fmt: skip
    found = run(NoModel("last"), of, warmup_labels="as_recorded")
    # at row 4 those of rows 0 and 2 are known, at row 6 that of row 5 too, and so on
    assert found.predictions["y_pred"].tolist() == [2, 2, 5, 5, 7, 7]


def test_without_a_label_there_is_no_constant_and_no_last_one():
    of = Table(np.zeros((8, 1)), [0, 1] * 4, label_time=[None] * 8)
    for rule in ("constant", "last"):
        assert run(NoModel(rule), of).totals["answered"] == 0


def test_wrappers_keep_what_production_answered():
    twice = DuplicatedRows(stream(), share=0.5)
    for of in (Warehouse(stream(), every=3), NullFeature(stream(), "x", rate=0.5), twice):
        batch = next(of.blocks(0))
        said = batch.production.answers
        assert len(said) == len(batch.y) == sum(len(b.y) for b in of.blocks(0))
        expected = {(x, y, c) for x, y, c in zip(log()["x"], log()["bought"],
                                                 stream_codes(), strict=True)}  # fmt: skip
        found = zip(np.nan_to_num(batch.X[:, 0], nan=-1), batch.y, said.tolist(), strict=True)
        assert {(x, y, c) for x, y, c in found if x >= 0} <= expected


def stream_codes():
    return next(stream().blocks(0)).production.answers.tolist()


# what it is compared with, and what there is not ----------------------------------------------


def test_what_runs_today_is_the_reference():
    ways = {"often": Strategy(Periodic(1)), "today": AsServed(), "never": Strategy(Never()),
            "a constant": NoModel()}  # fmt: skip
    runs = clsim.replay(stream(log(said=list("nynynnyyny"))), ways, **GIVEN)
    for name, one in runs.items():
        one.config = {"strategy": {"name": name}}
    (setting,) = settings(Runs(runs, []))
    advice = recommend(setting, Prices(error=1, retraining=1))
    assert advice.reference == "today"
    assert advice.never == "never"  # not the constant, which trains as little
    assert advice.strategy == "never"
    assert advice.saving.mean == 2  # production errs in two of six, never in none
    section = make_section(setting, Prices(error=1, retraining=1), None, None, "")
    assert (section.reference, section.pair) == ("today", ("never", "today"))
    said = str(notes(section))
    assert "today is what production answered, by the log. It costs its errors alone" in said
    assert "a constant: no model, free of charge" in said
    assert "The first model had the labels of all 4 events" in said
    assert len(all_strategies(section).tables["strategies"].query("quantity == 'total'")) == 4


def test_it_has_no_table_of_hindsight():
    table = counterfactual(stream(), dataset=All(), **{k: GIVEN[k] for k in GIVEN if k != "record"})
    judged = of_run(run(AsServed()), table, Prices(error=1))
    assert judged.regret is None
    assert judged.reason.startswith("its answers come from no learner")


def test_what_trains_nothing_waits_for_no_training():
    config = {"strategy": {"_target_": "clsim.strategy.AsServed"}, "also": ["no_delay",
              "no_duration"], "delay": None}  # fmt: skip
    assert [other["counterpart"]["as"] for other in build.counterparts(config)] == ["no_delay"]


# refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("frame", "more", "message"), [
    ({}, {"served": "sayd"}, r"unknown column 'sayd'; did you mean 'said'"),
    ({"said": list("nynymynyny")}, {}, r"^served='said': row 4 has 'm', .*classes="),
    ({}, {"served": None, "served_version": "version"}, r"^served_version='version': say "),
    ({}, {"served": None, "served_proba": "chance"}, r"^served_proba=\['chance'\]: say in which"),
    ({"version": [None] * 10}, {"served_version": "version"}, r"^served_version=.* row 0 has an"),
    ({"chance": [2.0] * 10}, {"served_proba": "chance"}, r"^served_proba=.* row 0 .* no prob"),
    ({}, {"served_proba": ["chance", "chance", "chance"]}, r"needs a column for each class"),
    ({"chance": list("nynynynyny")}, {"served_proba": "chance"}, r"probabilities are numbers"),
])  # fmt: skip
def test_a_log_whose_answers_are_none_is_refused(frame, more, message):
    with pytest.raises(ValueError, match=message):
        stream(log(**frame), **more)


PLAIN = Table(np.zeros((8, 1)), [0, 1] * 4)


@pytest.mark.parametrize(("make", "of", "setting", "message"), [
    (AsServed, PLAIN, {}, r"^strategies\['it'\]: AsServed: the stream .* \(served='...'\), or"),
    (AsServed, None, {"loss": "log"}, r"loss='log': needs the prob.* \(served_proba=\[...\]\)"),
    (lambda: NoModel("last"), PLAIN, {"loss": "log"}, r"loss='log': a class for certain"),
    (lambda: NoModel(value=0), PLAIN, {"loss": "log"}, r"loss='log': a class for certain"),
    (lambda: NoModel(value=7), PLAIN, {}, r"value=7: none of the classes \(0, 1\)"),
    (lambda: NoModel("latest"), PLAIN, {}, r"^rule: unknown value 'latest'; did you mean 'last'"),
    (lambda: NoModel("last", 1), PLAIN, {}, r"^value=1: only with rule='constant'"),
])  # fmt: skip
def test_what_cannot_be_answered_is_refused(make, of, setting, message):
    with pytest.raises(ValueError, match=message):
        run(make(), of, **{"learner": LogisticRegression(), **setting})


def test_it_can_be_neither_trained_nor_gated():
    for part in ("trigger", "dataset", "training", "offline", "online", "guard"):
        node = {"_target_": "clsim.strategy.AsServed", part: {"_target_": "clsim.x"}}
        with pytest.raises(ValueError, match=rf"^strategy\.{part}: .*AsServed.* trains nothing"):
            build.check({"strategy": node})


def test_a_run_of_it_is_read_as_it_was_written(tmp_path):
    found = run(AsServed(), stream(served_version="version", drop=["chance"]))
    found.save(tmp_path / "run")
    assert clsim.load(tmp_path / "run").info.source == "production"
    assert json.loads((tmp_path / "run" / "run.json").read_text())["source"] == "production"


def test_metrics_read_the_probabilities_of_production():
    of = stream(served_proba="chance", drop="version")
    setting = {"metrics": ["auc", "brier"], "learner": GaussianNB()}
    runs = clsim.replay(
        of, {"today": AsServed(), "none": NoModel(), "never": Strategy(Never())},
        **{**GIVEN, **setting},
    )  # fmt: skip
    whole = runs["today"].metrics
    whole = whole[whole["tick"].isna()].set_index("metric")
    # rows 4, 5, 7, 8, 9 say .4, .25, .9, .8, .5 of n, y, y, n, y: 3 of six pairs are in order
    assert whole.loc["auc", "value"] == pytest.approx(3 / 6)
    squares = [0.4**2, 0.75**2, 0.1**2, 0.8**2, 0.5**2]
    assert whole.loc["brier", "value"] == pytest.approx(np.mean(squares))
    assert whole["n"].tolist() == [5, 5]
    assert runs["today"].predictions["p_y"].dropna().tolist() == [0.4, 0.25, 0.9, 0.8, 0.5]
    without = runs["none"].metrics
    assert without["value"].isna().all()
    assert (without["n"] == 0).all()


def test_nobody_is_asked_for_a_learner_where_nothing_is_trained(tmp_path):
    of, setting = stream(served_proba="chance"), {"tick": 2, "warmup": 4}
    runs = clsim.replay(
        of, {"today": AsServed(), "last": NoModel("last")}, metrics=["auc"], **setting
    )
    assert runs["today"].totals["errors"] == 2
    # of the labels n, y, y, n, y that have a chance of y: 0.4, 0.25, 0.9, 0.8, 0.5
    whole = runs["today"].metrics.query("tick.isna() and slice == 'all'")
    assert whole["value"].tolist() == [pytest.approx(3 / 6)]
    none = runs["last"].metrics.query("tick.isna() and slice == 'all'")
    assert (none["n"].tolist(), none["reason"].tolist()) == ([0], ["no events"])
    with pytest.raises(TypeError, match="learner=None: strategies that train need one"):
        clsim.replay(of, {"today": AsServed(), "never": Strategy(Never())}, **setting)
    numbers = pd.DataFrame({"x": range(6), "y": [0.5, 1, 2, 3, 4, 5], "said": 1.0})
    numbers.to_csv(tmp_path / "log.csv", index=False)
    config = {
        "stream": {"_target_": "clsim.streams.Recorded", "data": str(tmp_path / "log.csv"),
                   "label": "y", "served": "said", "task": "regression"},
        "learner": {"_target_": "sklearn.linear_model.LogisticRegression"},
        "delay": None, "strategy": {"_target_": "clsim.strategy.AsServed"}, "tick": 2, "warmup": 2,
        "warmup_labels": "history", "seed": 0, "loss": None, "unanswered": "skip",
        "record": "ticks", "abstention": None, "ghosts": None, "churn": None,
        "metrics": [], "also": [], "hindsight": False, "prices": {},
    }  # fmt: skip
    complete(config)  # its learner is of another task, and is never asked


def test_what_was_served_has_no_other_threshold():
    """Others may answer by price; production answered as it did."""
    of, costs = stream(served_proba="chance"), [[0, 1], [5, 0]]
    both = {"today": AsServed(), "never": Strategy(Never(), threshold="by_price")}
    runs = clsim.replay(of, both, **{**GIVEN, "loss": costs})
    alone = run(AsServed(), of)
    said = [one.predictions["y_pred"].fillna("-").tolist() for one in (runs["today"], alone)]
    assert said[0] == said[1] == ["n", "n", "-", "y", "y", "y"]
