"""What is learned between a model's probabilities and its answers, by hand."""

import numpy as np
import pytest
from river.bandit import UCB
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Perceptron, Ridge
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.policies import Adapt, Cut
from clsim.protocols import Adaptation
from clsim.runs.ledger import Prices, error_cost
from clsim.strategy import Strategy
from clsim.strategy.adaptation import (
    Abstention,
    BanditOver,
    BestCut,
    Calibration,
    InTurn,
    PriorCorrection,
)
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Shadow
from clsim.strategy.training import RowByRow, Stateful
from clsim.strategy.triggers import At, Never
from clsim.streams import Synthetic
from clsim.streams.concepts import Friedman, Gaussians
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from clsim.streams.targets import Prior
from clsim.types import NEVER
from helpers.tables import Table, happened


class Says(ClassifierMixin, BaseEstimator):
    """Says that class 1 has the chance that the feature is, whatever it learns."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def partial_fit(self, X, y, classes=None):
        return self.fit(X, y)

    def predict_proba(self, X):
        chance = np.asarray(X)[:, 0]
        return np.column_stack([1 - chance, chance])

    def predict(self, X):
        return (np.asarray(X)[:, 0] > 0.5).astype(int)


WARM = [0.0, 1.0] * 5


def world(chances, labels):
    """Ten rows to train on, of which half are of each class, and then what is given."""
    return Table(np.array([*WARM, *chances])[:, None], np.array([0, 1] * 5 + list(labels)))


def replay(table, adaptation=None, trigger=None, learner=None, threshold=None, **more):
    parts = {key: more.pop(key) for key in ("offline", "online", "training") if key in more}
    setting = {"tick": 4, "warmup": 10, "record": "events", **more}
    strategy = Strategy(
        trigger or Never(), SlidingWindow(10), adaptation=adaptation, threshold=threshold, **parts
    )
    return clsim.replay(table, {"it": strategy}, learner=learner or Says(), **setting)["it"]


def answered(run):
    return run.predictions["y_pred"].tolist()


def adapted(run):
    return [(e["tick"], e["model"], e["reason"]) for e in happened(run, ["adapt"])]


COSTS = [[0, 1], [5, 0]]
FOUR = [0.1, 0.3, 0.6, 0.8]


def test_the_cut_that_would_have_cost_least_by_hand():
    # of the first four, .3 and .8 are of class 1, and a miss costs 5: a cut between .1 and .3
    run = replay(world([*FOUR, *FOUR], [0, 1, 0, 1] * 2), BestCut(4, 4), loss=COSTS)
    assert answered(run) == [0, 0, 1, 1, 0, 1, 1, 1]
    assert adapted(run) == [(1, 0, "cut at 0.2")]
    [event] = happened(run, ["adapt"])
    assert (event["rows"], event["detail"]) == (4, {"cut": 0.2, "loss": 0.25})
    assert run.ticks["loss"].tolist() == [5 + 1, 1]


def test_a_cut_waits_for_labels_and_for_enough_of_them():
    table = world([*FOUR, *FOUR, *FOUR], [0, 1, 0, 1] * 3)
    assert adapted(replay(table, BestCut(4, 4), loss=COSTS, delay=Constant(5)))[0][0] == 3 - 1 + 0
    assert adapted(replay(table, BestCut(8, 6), loss=COSTS)) == [(2, 0, "cut at 0.2")]
    assert adapted(replay(table, BestCut(4, 4, every=2), loss=COSTS)) == [(2, 0, "cut at 0.2")]


def test_other_shares_by_hand():
    # six of eight are surely of class 1, and half were in training: chances times 1/2 and 3/2,
    # so .4 becomes .6 / .9; such shares come by chance with p(chi² > 2 (6 ln 1.5 + 2 ln .5))
    table = world(
        [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.4, 0.2], [1, 1, 0, 1, 1, 0, 1, 1, 1, 0]
    )
    run = replay(table, PriorCorrection(8, 8, alpha=0.2), loss="log")
    [event] = happened(run, ["adapt"])
    assert (event["tick"], event["rows"]) == (2, 8)
    assert event["detail"]["share of 1"] == pytest.approx(0.75)
    assert event["detail"]["p_value"] == pytest.approx(0.148, abs=5e-4)
    last = run.predictions.iloc[-2:]
    assert last["p_1"].tolist() == pytest.approx([0.6 / 0.9, 0.3 / 0.7])
    assert last["y_pred"].tolist() == [1, 0]
    assert run.ticks["loss"].iloc[-1] == pytest.approx(-np.log(0.6 / 0.9) - np.log(0.4 / 0.7))
    assert adapted(replay(table, PriorCorrection(8, 8, alpha=0.1))) == []


def test_old_shares_are_those_of_the_rows_as_they_counted():
    shares = []

    class Asks(Adaptation):
        reads_shares = True

        def adapt(self, view, model, policy, without):
            shares.append(view.model(model).learned_shares.tolist())

    labels = [1, 1, 1, 0] * 2
    replay(world([0.5] * 8, labels), Asks(), At([1]))
    assert shares[0] == [0.5, 0.5]
    assert shares[-1] == [0.4, 0.6], "of the ten rows 4 to 13"


def test_calibration_by_hand():
    # of rows with .2 half are of class 1, of those with .8 all: isotonic regression says just that
    chances, labels = [0.2, 0.2, 0.8, 0.8], [0, 1, 1, 1]
    table = world(chances * 2, labels * 2)
    run = replay(table, Calibration("isotonic", 4, 4), loss="log")
    assert run.predictions["p_1"].tolist() == pytest.approx([*chances, 0.5, 0.5, 1.0, 1.0])
    # one of another class alone: with less than all classes nothing is calibrated
    assert adapted(replay(world([0.3] * 8, [1] * 8), Calibration(window=4, min_rows=4))) == []


def test_each_learns_from_what_those_before_it_made():
    chances, labels = [0.2, 0.2, 0.8, 0.8], [0, 1, 1, 1]
    both = InTurn([Calibration("isotonic", 4, 4), BestCut(4, 4)])
    run = replay(world(chances * 2, labels * 2), both, loss=[[0, 1], [1, 0]])
    [event] = happened(run, ["adapt"])
    # calibrated they are .5 and 1; cuts at .25 and .75 lose one each; the lower is taken
    assert event["detail"]["cut"] == 0.25
    assert event["reason"] == "calibrated (isotonic); cut at 0.25"
    assert answered(run)[4:] == [1, 1, 1, 1]


def test_an_event_is_left_to_somebody_else_at_its_price(tmp_path):
    table = world([0.1, 0.7, 0.75, 0.95], [0, 1, 0, 0])
    run = replay(table, Abstention(), abstention=0.25)
    said = run.predictions
    assert said["abstained"].tolist() == [False, True, False, False], "of .75 it loses as much"
    assert said["y_pred"].isna().tolist() == [False, True, False, False]
    totals = run.totals
    assert [totals[key] for key in ("answered", "abstained", "errors", "loss")] == [4, 1, 2, 2.25]
    assert run.score == pytest.approx(1 - 2.25 / 4)
    assert run.confusion["n"].sum() == 3
    run.save(tmp_path / "run")
    assert clsim.load(tmp_path / "run").totals == totals
    assert replay(table, abstention=0.25).totals["abstained"] == 0
    with pytest.raises(ValueError, match=r"^prices.error: a matrix .* left to somebody else"):
        error_cost(totals, Prices(error=COSTS), run.confusion, (0, 1))


class Apart(Adaptation):
    """Another cut where rows are kept from it: a test can be told from what is served."""

    def due(self, tick):
        return 3 if tick <= 3 else NEVER

    def adapt(self, view, model, policy, without):
        cut = 0.9 if len(without) else 0.4 if view.tick == 3 else 0.15
        return Adapt(policy.deciding(Cut(cut)), f"cut at {cut}")


def test_tests_judge_answers_as_they_would_be_without_the_holdout():
    table = world([*FOUR, *FOUR], [0, 1, 0, 1] * 2)
    gate = ChampionChallenger(4, margin=-1.0, min_rows=1)
    run = replay(table, Apart(), At([1]), offline=gate)
    [test] = happened(run, ["offline_test"])
    assert test["detail"]["challenger"] == test["detail"]["champion"] == 0.5, "all are answered 0"
    assert answered(run) == [0, 1, 1, 1] * 2, "both serve with a cut at .15"
    assert adapted(run) == [(0, 0, "cut at 0.15"), (1, 1, "cut at 0.15")]


def test_nothing_is_adapted_while_a_trial_is_on():
    table = world(FOUR * 6, [0, 1, 0, 1] * 6)
    trial = Shadow(8, margin=-1.0, min_labels=1)
    run = replay(table, Apart(), At([2]), online=trial)
    assert adapted(run) == [(0, 0, "cut at 0.15"), (2, 1, "cut at 0.15")], "tick 3 is of the trial"
    assert [e["tick"] for e in happened(run, ["deploy"])] == [4]
    assert adapted(replay(table, Apart(), At([5])))[1] == (3, 0, "cut at 0.4")


@pytest.mark.parametrize(("survives", "then"), [(True, [0, 1, 1, 1]), (False, [0, 0, 1, 1])])
def test_what_is_learned_survives_a_deployment_if_it_says_so(survives, then):
    # the model of tick 2 was trained on all that is labelled, so nothing can be learned for it
    table = world(FOUR * 3, [0, 1, 0, 1] * 3)
    cut = BestCut(4, 4, every=9, survives=survives)
    cut_now = InTurn([BestCut(4, 4, every=1)], survives=survives)
    run = replay(table, cut_now, At([2]), loss=COSTS)
    assert answered(run)[4:8] == [0, 1, 1, 1]
    assert answered(run)[8:] == then
    assert [e[:2] for e in adapted(run)] == ([(1, 0), (2, 1)] if survives else [(1, 0)])
    assert adapted(replay(table, cut, At([2]), loss=COSTS)) == []


class Cuts(Adaptation):
    """A cut that stays."""

    def __init__(self, at):
        self.at = at

    def adapt(self, view, model, policy, without):
        return Adapt(policy.deciding(Cut(self.at)), f"cut at {self.at}")


def test_a_bandit_chooses_the_way_of_answering_that_earns_most():
    # all labels are 1: a cut at .9 is always wrong, one at .05 always right
    table = world([0.5] * 80, [1] * 80)
    arms = {"seldom": Cuts(0.9), "often": Cuts(0.05)}
    run = replay(table, BanditOver(UCB(delta=0.1), arms))
    by_tick = run.ticks["errors"].tolist()
    assert by_tick[0] == 4, "the first arm begins"
    assert by_tick.count(4) <= 4, "then the one that earns"
    assert adapted(run)[:2] == [(0, 0, "seldom: cut at 0.9"), (1, 0, "often: cut at 0.05")]
    late = replay(table, BanditOver(UCB(delta=0.1), arms), delay=Constant(40))
    assert set(late.ticks["errors"].iloc[:10]) == {0, 4}, "without a label it tries both"


MEANS = [[-1.0, 0.0], [1.0, 0.0]]


def shifted(target, **more):
    stream = Synthetic(Gaussians(means=MEANS), [Sudden(target, at=1500)], n=3000, **more)
    ways = {
        "as it was": Strategy(Never()),
        "corrected": Strategy(Never(), adaptation=PriorCorrection(300)),
    }
    return clsim.replay(stream, ways, learner=GaussianNB(), tick=100, warmup=1000, seed=1)


def test_prior_correction_wins_on_a_shift_of_labels():
    runs = shifted(Prior([0.9, 0.1]), balance=[0.5, 0.5])
    lost = {name: run.ticks["errors"].iloc[8:].sum() for name, run in runs.items()}
    # the best rule errs with .0748 at these shares, that of equal shares with .1587: of 1,200 rows
    assert lost["as it was"] == pytest.approx(190, abs=3 * np.sqrt(160))
    assert lost["corrected"] == pytest.approx(90, abs=3 * np.sqrt(83))
    assert lost["corrected"] < 0.6 * lost["as it was"]


def test_prior_correction_does_nothing_on_a_concept_drift():
    runs = shifted(Gaussians(means=MEANS[::-1]))
    assert adapted(runs["corrected"]) == []
    assert runs["corrected"].totals["errors"] == runs["as it was"].totals["errors"]


@pytest.mark.parametrize(("make", "message"), [
    (lambda: replay(world(FOUR, [0] * 4), BestCut(4, 4), learner=Perceptron()),
     r"^strategies\['it'\]: adaptation: needs probabilities, and the learner \(Perceptron\)"),
    (lambda: replay(world(FOUR, [0] * 4), BestCut(4, 4), loss="log"), "BestCut sets which class"),
    (lambda: replay(world(FOUR, [0] * 4), Abstention()), r"abstention=\.\.\., the loss of"),
    (lambda: replay(world(FOUR, [0] * 4), abstention=-1.0), "^abstention=-1.0: must be at least 0"),
    (lambda: clsim.replay(
        Synthetic(Gaussians(3), n=200), {"it": Strategy(Never(), adaptation=BestCut())},
        learner=GaussianNB(), tick=10, warmup=50), "BestCut is for two classes, .* has 3"),
    (lambda: clsim.replay(
        Synthetic(Friedman(), n=200), {"it": Strategy(Never(), adaptation=PriorCorrection())},
        learner=Ridge(), tick=10, warmup=50), "stream's task is regression"),
    (lambda: Strategy(Never(), training=RowByRow(), adaptation=BestCut()), "^adaptation: a model"),
    (lambda: Strategy(Never(), NewSinceLast(), Stateful(), adaptation=PriorCorrection()),
     "asks which shares of classes .*partial_fit"),
    (lambda: Calibration("plat"), "^how: .*'plat'; did you mean 'platt'"),
    (lambda: BestCut(4, 5), "^min_rows=5: must be at most 4"),
    (lambda: BestCut(survives="yes"), "^survives='yes': must be true or false"),
    (lambda: PriorCorrection(alpha=0.0), "^alpha=0.0: must be above 0"),
    (lambda: BanditOver(UCB(delta=1), {"one": Cuts(0.5)}), "^arms=.*: expected a dict"),
    (lambda: BanditOver(UCB(delta=1, seed=3), {"a": Cuts(0.5), "b": Cuts(0.6)}), "^policy.seed=3"),
    (lambda: InTurn([]), "^adaptations: give at least one"),
    (lambda: InTurn([BestCut(survives=True)]), r"^adaptations\[0\].survives: say it of InTurn"),
    (lambda: Strategy(Never(), adaptation=At([1])), "^adaptation"),
])  # fmt: skip
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_shares_of_a_calibration_need_no_training_from_scratch():
    Strategy(
        Never(), NewSinceLast(), Stateful(), adaptation=InTurn([Calibration(), PriorCorrection()])
    )
