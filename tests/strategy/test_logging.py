"""Logging, by hand: what is kept of what was served."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FeatureDistribution
from clsim.randomness import uniform
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.logging import ByAnswer, Everything, Sample, Unsure
from clsim.strategy.triggers import Periodic
from helpers.tables import Table, happened, two_clouds


def replay(table, logging, **setting):
    setting = {"learner": GaussianNB(), "tick": 10, "warmup": 20, **setting}
    return clsim.replay(table, {"it": Strategy(Periodic(2), logging=logging)}, **setting)["it"]


def test_shares_of_slices_by_hand():
    drawn = np.array([0.05, 0.15, 0.45, 0.55, 0.95, 0.05, 0.15, 0.45, 0.55, 0.95])
    group = np.array([0] * 5 + [1] * 5)
    table = Table(np.zeros((10, 1)), [0, 1] * 5, group=group)

    def kept(rule):
        mask = rule.kept(np.arange(10), {"group": group}, table.schema, lambda rows: drawn[rows])
        return np.flatnonzero(mask).tolist()

    assert kept(Sample(0.1)) == [0, 5]
    assert kept(Sample(0.5)) == [0, 1, 2, 5, 6, 7]
    assert kept(Sample(0.1, {"group=b": 0.5})) == [0, 5, 6, 7]
    assert kept(Sample(0.5, {"group=b": 0})) == [0, 1, 2]
    assert kept(Sample(0.0)) == []
    assert kept(Sample(1.0)) == list(range(10))


def test_what_was_not_kept_is_neither_seen_nor_learned_nor_paid():
    table = two_clouds(400)
    run = replay(table, ByAnswer({1: 1.0}, share=0.0), record="events")
    served = run.ticks[run.ticks["slice"] == "all"]
    answered = run.predictions.groupby("tick")["y_pred"].sum()
    assert served["logged"].tolist() == answered.reindex(served["tick"], fill_value=0).tolist()
    last = served["logged"].iloc[-1]
    assert run.totals["labels"] == run.totals["logged"] - last, "known a tick later"
    trained = happened(run, ["train"])
    assert trained[0]["rows"] == 20 + served["logged"].iloc[:2].sum()


@pytest.mark.parametrize(("rule", "message"), [
    (lambda: ByAnswer({"yes": 1.0}), r"logging.shares: unknown class 'yes'"),
    (lambda: ByAnswer({1: 2}), r"^shares.1=2: must be at most 1"),
    (lambda: Unsure(by="entropy"), r"^by: unknown value 'entropy'"),
    (lambda: Unsure(below=1.5), r"^below=1.5: must be at most 1"),
])  # fmt: skip
def test_logging_by_answers_that_does_not_fit_is_refused(rule, message):
    with pytest.raises((TypeError, ValueError), match=message):
        replay(two_clouds(80), rule())


def test_logging_by_doubt_needs_probabilities():
    from sklearn.linear_model import RidgeClassifier

    with pytest.raises(ValueError, match=r"logging: Unsure needs probabilities, and the learner"):
        replay(two_clouds(80), Unsure(), learner=RidgeClassifier())


def test_a_larger_share_keeps_what_a_smaller_one_does_and_the_shares_are_right():
    table = two_clouds(4000, group=np.arange(4000) % 4 == 0)
    table.group = table.group.astype(int)
    runs = [replay(table, Sample(s, {"group=b": 0.9}), tick=400) for s in (0.2, 0.4)]
    for run, share in zip(runs, (0.2, 0.4), strict=True):
        logged = run.ticks.groupby("slice")[["n", "logged"]].sum()
        assert logged.loc["all", "logged"] == run.totals["logged"]
        last = run.ticks[(run.ticks["slice"] == "all")]["logged"].iloc[-1]
        assert run.totals["labels"] == run.totals["logged"] - last, "known a tick later"
        shares = logged["logged"] / logged["n"]
        assert shares["group=a"] == pytest.approx(share, abs=0.03)
        assert shares["group=b"] == pytest.approx(0.9, abs=0.03)
    both = [run.ticks.set_index(["tick", "slice"])["logged"] for run in runs]
    assert (both[0] <= both[1]).all()
    b = [each.xs("group=b", level="slice") for each in both]
    assert b[0].equals(b[1]), "they are drawn by row, whatever the share of others"


def test_a_retention_by_hand():
    run = replay(two_clouds(80), Everything(retention=25))
    # at row 40 rows 15 to 39 may be trained on, at row 60 rows 35 to 59
    assert [e["rows"] for e in happened(run, ["train"])] == [25, 25]
    assert [e["rows"] for e in happened(run, ["initial"])] == [20]
    # what is new since the last training is no longer there either: at row 60 rows 35 to 59 of 40
    strategy = Strategy(Periodic(4), NewSinceLast(), logging=Everything(retention=25))
    run = clsim.replay(two_clouds(70), {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)
    assert [e["rows"] for e in happened(run["it"], ["train"])] == [25]


def test_a_label_that_comes_when_its_row_is_gone_never_comes():
    due = [i + (30 if i >= 30 else 0) for i in range(90)]
    run = replay(two_clouds(90, label_time=due), Everything(retention=25))
    arrived = {e["tick"]: e["labels"] for e in happened(run, ["label"])}
    assert arrived == {1: 10}, "those of rows 20 to 29; the others are 30 rows late"
    assert run.totals["labels"] == 10


def test_what_is_not_logged_has_no_label():
    run = replay(two_clouds(80), Sample(0.0))
    assert run.totals["logged"] == run.totals["labels"] == 0
    assert [e["rows"] for e in happened(run, ["train"])] == [20, 20], "the warm-up alone"


def of_tick(rule, answers, chances=None, drawn=(0.05, 0.15, 0.45, 0.95)):
    schema, rows = Table(np.zeros((4, 1)), [0, 1, 0, 1]).schema, np.arange(4)
    chances = None if chances is None else np.array(chances)
    mask = rule.kept_of(rows, np.array(answers), chances, schema, lambda r: np.array(drawn)[r])
    return np.flatnonzero(mask).tolist()


def test_shares_of_answers_by_hand():
    assert of_tick(ByAnswer({1: 1.0}, share=0.1), [1, 0, 1, 1]) == [0, 2, 3]
    assert of_tick(ByAnswer({1: 0.5, 0: 0}, share=0.99), [1, 0, 1, 1]) == [0, 2]
    assert of_tick(ByAnswer({1: 0.0}, share=0.2), [-1, -1, -1, 1]) == [0, 1], "without an answer"
    assert of_tick(ByAnswer({"1": 1.0}, share=0), [0, 0, 1, 0]) == [2], "by name, as YAML has it"


def test_what_the_model_was_unsure_of_by_hand():
    chances = [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [np.nan, np.nan]]
    assert of_tick(Unsure(0.8), [0, 0, 1, -1], chances) == [1, 3], "at the level it is sure"
    assert of_tick(Unsure(0.6), [0, 1, 0, 1], chances) == [1, 2, 3], "of what it answered: .2"
    assert of_tick(Unsure(0.6, "margin"), [0, 0, 0, 0], chances) == [1, 3]
    assert of_tick(Unsure(0.6, "margin", rest=0.5), [0, 0, 0, 0], chances) == [0, 1, 2, 3]


@pytest.mark.parametrize("rule", [ByAnswer({1: 1.0}, share=0.0), Unsure(0.9)])
def test_what_is_kept_goes_by_what_was_served(rule):
    run = replay(two_clouds(120), rule, record="events")
    said = run.predictions
    kept = said["y_pred"] == 1
    if isinstance(rule, Unsure):
        kept = said[["p_0", "p_1"]].max(axis=1) < 0.9
    each = run.ticks[run.ticks["slice"] == "all"]["logged"].to_numpy()
    assert each.tolist() == kept.groupby(said["tick"]).sum().tolist()
    assert 0 < each.sum() < 100
    arrived = {e["tick"]: e["labels"] for e in happened(run, ["label"])}
    by_hand = {tick + 1: n for tick, n in enumerate(each[:-1].tolist()) if n}
    assert arrived == by_hand, "labels of what is kept, a tick later, and no others"
    so_far = 20 + np.cumsum(each)  # a training in every other tick has all labels that are there
    assert [e["rows"] for e in happened(run, ["train"])] == so_far[1:-1:2].tolist()


def test_logging_by_answers_is_blind_to_the_rest_of_what_it_drops():
    """A column that no model reads and labels may change in rows that are dropped: nobody sees."""

    class First(GaussianNB):
        def fit(self, X, y):
            return super().fit(X[:, :1], y)

        def predict(self, X):
            return super().predict(X[:, :1])

        def predict_proba(self, X):
            return super().predict_proba(X[:, :1])

    table = two_clouds(200)
    watch = {"inputs": FeatureDistribution(window=40, min_rows=5, reference="warmup")}
    strategy = Strategy(Periodic(2), logging=ByAnswer({1: 1.0}, 0.2), monitors=watch)

    def run_of(X, y):
        setting = {"learner": First(), "tick": 10, "warmup": 40, "record": "events"}
        run = clsim.replay(Table(X, y), {"it": strategy}, **setting)["it"]
        return run, run.events.drop(columns="seconds"), run.signals, run.predictions["y_pred"]

    X, y = np.array(table.X, dtype=float), np.array(table.y)
    run, *before = run_of(X, y)
    drawn = uniform(0, "strategy.logging", run.predictions["id"].to_numpy())
    gone = (run.predictions["y_pred"] != 1) & (drawn >= 0.2)
    rows = run.predictions["id"][gone].to_numpy()
    assert 30 < len(rows) < 130
    X[rows, 1:], y[rows] = 99.0, 1 - y[rows]
    for one, other in zip(before, run_of(X, y)[1:], strict=True):
        assert one.equals(other)
