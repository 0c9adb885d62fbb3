"""Money per row: losses, totals, prices and hindsight, against sums by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.compare.comparison import priced, settings
from clsim.analysis.findings.paid import terms
from clsim.checks import check_stream
from clsim.losses import Loss
from clsim.report.section import make_section
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from clsim.strategy import NoModel
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded, Synthetic, faults
from clsim.streams.concepts import Agrawal, Sine
from clsim.streams.delays import Constant
from clsim.streams.money import Money
from clsim.types import Schema
from helpers.tables import Table

NO = Schema(("a",), "classification", np.array([0, 1]), False, amounts="error")


class Says(BaseEstimator):
    """Answers what the column says; nothing where it says 9."""

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.array([("no", "yes", None)[min(int(x), 2)] for x in X[:, 0]], dtype=object)


def log(**columns):
    """Eight rows, of which the last six are served in ticks of three."""
    frame = pd.DataFrame(
        {
            "says": [0, 1, 1, 0, 0, 1, 9, 0],
            "bought": ["no", "yes", "yes", "yes", "no", "no", "yes", "yes"],
            "value": [9.0, 9.0, 10.0, 25.5, 7.0, 2.25, 100.0, 0.0],
            "region": list("aabbabab"),
        }
    )
    return frame.assign(**columns)


def replay(stream, learner=None, threshold=None, **setting):
    setting = {"tick": 3, "warmup": 2, "loss": "amount", "record": "events", **setting}
    strategies = {"it": clsim.Strategy(Never(), threshold=threshold)}
    return clsim.replay(stream, strategies, learner=learner or Says(), **setting)["it"]


def many(n=900, seed=0):
    """A log whose concept turns over, with money."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    y = np.where((x > 0) ^ (np.arange(n) > n // 2) ^ (rng.random(n) < 0.1), "yes", "no")
    value = rng.lognormal(3, 1, n).round(2)
    return pd.DataFrame({"x": x, "z": z, "y": y, "value": value, "yes": value - 20, "no": 0.0})


def test_the_loss_of_a_tick_is_the_money_of_its_errors_by_hand():
    stream = Recorded(log(), "bought", amount="value", slices="region")
    assert stream.schema.features == ("says", "region")
    assert stream.schema.amounts
    assert "an error costs 20.34 in the mean, 100 most" in stream.describe()
    bare = Recorded(log(), "bought", amount="value", drop="region")
    run = replay(bare)
    assert run.ticks["loss"].tolist() == [25.5, 2.25 + 0.0]
    assert run.ticks["errors"].tolist() == [1, 2]
    assert run.ticks["answered"].tolist() == [3, 2], "the row worth 100 got no answer"
    assert run.totals["loss"] == 27.75
    assert run.score == pytest.approx(-27.75 / 5)
    assert run.info.loss == "amount"


def test_what_each_answer_earns_by_hand():
    frame = log(yes=[0, 0, 8.0, 6.0, -5.0, -1.0, 4.0, 3.0], no=[0, 0, 1.0, 0, 0, 0, 0, 3.5])
    stream = Recorded(frame, "bought", amount={"yes": "yes", "no": "no"}, drop=["region", "value"])
    assert stream.schema.features == ("says",)
    run = replay(stream)
    # answers: yes no no | yes - no; what the best answer earns less what this one earns
    assert run.ticks["loss"].tolist() == [0 + 6 + 0, 1 + 0]
    earned = 8.0 + 0 + 0 - 1.0 + 3.5
    best = 8.0 + 6.0 + 0 + 0 + 3.5
    assert best - run.totals["loss"] == earned


def test_losses_by_hand():
    truth, answers = np.array([0, 1, 1]), np.array([1, 1, 255], dtype=np.uint8)
    loss = Loss("amount", NO)
    found = loss.per_event(truth, answers, np.array([3.0, 4.0, 5.0]))
    assert found[:2].tolist() == [3, 0]
    assert np.isnan(found[2])
    found = loss.per_event(truth, answers, np.array([[1.0, 7.0], [2.0, 0.0], [0.0, 0.0]]))
    assert found[:2].tolist() == [7, 0]


@pytest.mark.parametrize("amount", ["value", {"yes": "yes", "no": "no"}])
def test_totals_observed_scores_and_gates_are_in_money(amount):
    frame = many()
    drop = ["yes", "no"] if amount == "value" else ["value"]
    stream = Recorded(frame, "y", amount=amount, drop=drop)
    gate = ChampionChallenger(60, min_rows=20)
    strategies = {
        "never": clsim.Strategy(Never()),
        "gated": clsim.Strategy(Periodic(2), SlidingWindow(150), offline=gate),
    }
    setting = {"tick": 50, "warmup": 200, "delay": Constant(30), "loss": "amount"}
    runs = clsim.replay(stream, strategies, learner=GaussianNB(), record="events", **setting)
    money = frame[["no", "yes"]].to_numpy()
    for run in runs.values():
        events = run.predictions
        rows, wrong = events["id"].to_numpy(), (events["y_true"] != events["y_pred"]).to_numpy()
        lost = np.where(wrong, frame["value"].to_numpy()[rows], 0.0)
        if amount != "value":
            said = (events["y_pred"] == "yes").to_numpy().astype(int)
            lost = money[rows].max(axis=1) - money[rows, said]
        by_tick = pd.Series(lost).groupby(events["tick"].to_numpy()).sum()
        assert run.ticks["loss"].tolist() == pytest.approx(by_tick.tolist())
        arrives = -(-(rows - 200 + 30) // 50)  # in the first tick that starts 30 rows later
        seen = -pd.Series(lost).groupby(arrives).mean()
        observed = run.ticks.set_index("tick")["observed_score"]
        assert observed[1:].tolist() == pytest.approx(seen[observed.index[1:]].tolist())
    if amount == "value":  # what answers earn, a model of the class does not know
        assert runs["gated"].totals["loss"] < runs["never"].totals["loss"]
    verdicts = runs["gated"].events
    assert (verdicts["kind"] == "offline_test").any()


def test_hindsight_is_in_the_same_money():
    stream = Recorded(many(), "y", amount="value", drop=["yes", "no"])
    setting = {"tick": 50, "warmup": 200, "loss": "amount", "learner": GaussianNB()}
    table = clsim.counterfactual(stream, dataset=SlidingWindow(150), candidates=7, **setting)
    dear, cheap = (Prices(retraining=p) for p in (1e9, 1.0))
    strategies = {
        "often": clsim.Strategy(Periodic(7), SlidingWindow(150)),
    }
    run = clsim.replay(stream, strategies, **setting)["often"]
    assert table.periodic(every=7, prices=cheap).loss == pytest.approx(run.totals["loss"])
    best = table.best_schedule(cheap)
    assert best.cost <= run.totals["loss"] + run.totals["retrainings"]
    assert len(table.best_schedule(dear).ticks) == 0
    half = clsim.counterfactual(
        stream, dataset=SlidingWindow(150), candidates=[], sample=0.5, **setting
    )
    assert half.loss.shape == (1, table.loss.shape[1])
    assert half.loss.sum() != table.loss[-1].sum()


def test_prices_and_words_take_the_loss_for_money(tmp_path):
    stream = Recorded(many(), "y", amount="value", drop=["yes", "no"])
    strategies = {
        "never": clsim.Strategy(Never()),
        "often": clsim.Strategy(Periodic(4), SlidingWindow(150)),
    }
    runs = clsim.replay(stream, strategies, learner=GaussianNB(), tick=50, warmup=200,
                        loss="amount")  # fmt: skip
    for name, run in runs.items():
        assert clsim.load(run.save(tmp_path / name)).totals == run.totals
    setting = settings(Runs(dict(runs), []))[0]
    table = priced(setting, Prices(retraining=10), "never").set_index("strategy")
    assert table.loc["often", "error_cost"] == runs["often"].totals["loss"]
    spent = runs["often"].totals["loss"] + 10 * runs["often"].totals["retrainings"]
    assert table.loc["often", "total"] == pytest.approx(spent)
    section = make_section(setting, Prices(), None, None, "")
    assert section.words.loss == "money lost to errors"
    assert terms(section)[0].unit == "unit of money"
    with pytest.raises(ValueError, match="the loss is the amount of each event"):
        priced(setting, Prices(error=[[0, 1], [5, 0]]), "never")


def test_streams_around_a_log_pass_its_money_on():
    stream = Recorded(many(400), "y", amount="value", drop=["yes", "no"])
    twice = faults.DuplicatedRows(faults.RescaledFeature(stream, "x", 3.0), 0.5)
    (before,), (after,) = list(stream.blocks(0)), list(twice.blocks(0))
    assert len(after.amount) == len(after.y) > len(before.y)
    assert set(after.amount) == set(before.amount)
    assert replay(twice, GaussianNB(), tick=50, warmup=100).totals["loss"] > 0


@pytest.mark.parametrize(
    ("change", "given", "message"),
    [
        ({"value": [1.0] * 7 + [-2.0]}, "value", r"row 7 has -2, and an error cannot earn"),
        ({"value": [1.0, None] + [1.0] * 6}, "value", "'value' is missing or infinite in row 1"),
        ({"value": list("abcdefgh")}, "value", "must hold numbers"),
        ({}, "valeu", "unknown column 'valeu'; did you mean 'value'"),
        ({}, {"yes": "value"}, r"has the classes \['yes'\], and the label \['no', 'yes'\]"),
        ({}, 3, "amount=3: give a column"),
        ({"bought": np.arange(8) / 3}, "value", "the task is regression"),
    ],
)
def test_amounts_that_are_none_are_refused(change, given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Recorded(log(**change), "bought", amount=given, drop="region")


def test_losses_that_a_stream_does_not_have_are_refused():
    with pytest.raises(ValueError, match="name the column"):
        replay(Recorded(log(), "bought", drop="region"))
    with pytest.raises(ValueError, match="name the column"):
        replay(Synthetic(Sine(0), n=100), GaussianNB(), warmup=50)
    with pytest.raises(ValueError, match="task is regression"):
        replay(Table(np.zeros((9, 2)), np.arange(9.0), classes=()), GaussianNB())
    with pytest.raises(ValueError, match="needs the zero-one loss, not amount"):
        replay(Recorded(log(), "bought", amount="value", drop="region"), unanswered="wrong")
    for amount, message in ((-np.ones(9), "row 0 is negative"), (np.ones((9, 3)), "shape")):
        with pytest.raises(ValueError, match=message):
            replay(Table(np.zeros((9, 2)), np.arange(9) % 2, amount=amount), GaussianNB())


# by true and answered class -----------------------------------------------------------------------

PAIRS = {"yes": {"no": "value"}, "no": {"yes": 3}}
"""A customer whom nobody asks costs their value, to ask one who would not buy costs 3."""


def test_amounts_by_true_and_answered_class_by_hand():
    stream = Recorded(log(), "bought", amount=PAIRS, drop="region")
    assert (stream.schema.amounts, stream.schema.features) == ("pair", ("says",))
    # served: yes yes no | no yes yes, answered: yes no no | yes - no
    run = replay(stream)
    assert run.ticks["loss"].tolist() == [25.5, 3.0 + 0.0]
    assert run.ticks["errors"].tolist() == [1, 2]
    # the warm-up has "no" at 9 and "yes" at 9: to answer "yes" would have lost 3, "no" 9
    none = clsim.replay(stream, {"it": NoModel()}, tick=3, warmup=2, loss="amount")["it"]
    assert none.ticks["loss"].tolist() == [3.0, 3.0]


def test_each_row_has_the_answer_of_the_least_expected_amount():
    """With a chance of p, "yes" is the cheaper answer where 3 (1 - p) < p value."""
    frame = many()
    stream = Recorded(frame, "y", amount={"no": {"yes": 3}, "yes": {"no": "value"}},
                      drop=["yes", "no"])  # fmt: skip
    setting = {"tick": 50, "warmup": 200, "loss": "amount", "learner": GaussianNB()}
    strategies = {
        "own": clsim.Strategy(Periodic(7), SlidingWindow(150)),
        "price": clsim.Strategy(Periodic(7), SlidingWindow(150), threshold="by_price"),
    }
    runs = clsim.replay(stream, strategies, record="events", **setting)
    told = runs["price"].predictions
    value = frame["value"].to_numpy()[told["id"]]
    yes = 3 * told["p_no"] > value * told["p_yes"]
    assert told["y_pred"].tolist() == np.where(yes, "no", "yes").tolist()
    lost = np.where(told["y_true"] == "yes", value, 3.0)[told["y_true"] != told["y_pred"]]
    assert runs["price"].totals["loss"] == pytest.approx(lost.sum())
    assert runs["price"].totals["loss"] < runs["own"].totals["loss"]
    table = clsim.counterfactual(
        stream, dataset=SlidingWindow(150), candidates=7, threshold="by_price", **setting
    )
    assert table.periodic(every=7).loss == pytest.approx(runs["price"].totals["loss"])


def test_what_gives_the_label_away_is_no_price():
    frame = many()
    earns = Recorded(frame, "y", amount={"yes": "yes", "no": "no"}, drop="value")
    with pytest.raises(ValueError, match=r"known with its label alone, and would give it away"):
        replay(earns, GaussianNB(), threshold="by_price", tick=50, warmup=200)
    # an error costs the same whichever it is: the likeliest class
    one = Recorded(frame, "y", amount="value", drop=["yes", "no"])
    run = replay(one, GaussianNB(), threshold="by_price", tick=50, warmup=200)
    said = run.predictions
    assert said["y_pred"].tolist() == np.where(said["p_yes"] > 0.5, "yes", "no").tolist()
    pairs = Recorded(frame, "y", amount={"yes": {"no": "value"}}, drop=["yes", "no"])
    with pytest.warns(UserWarning, match=r"errors cost differently.*by what the event itself says"):
        replay(pairs, GaussianNB(), tick=50, warmup=200)


@pytest.mark.parametrize(("amount", "said"), [
    ({"yes": {"maybe": "value"}}, "unknown class 'maybe'"),
    ({"yes": {"no": -1}}, "amount: yes: no=-1: must be at least 0"),
    ({"yes": {"no": "price"}}, "price"),
    ({"yes": {"no": 0}}, "no answer to any row costs anything"),
    ({"yes": {"no": "value"}, "no": "value"}, "give a column with what an error costs; for each"),
    ({"yes": {"no": True}}, "give a column with what an error costs; for each"),
    ({"yes": {}}, "give a column with what an error costs; for each"),
])  # fmt: skip
def test_pairs_that_say_no_costs_are_refused(amount, said):
    with pytest.raises((TypeError, ValueError), match=said):
        Recorded(log(), "bought", amount=amount)


def test_a_stream_around_a_stream_says_what_its_features_cost():
    loans = Synthetic(Agrawal(), n=200)
    stream = Money(loans, {0: {1: "loan"}, 1: {0: 500}})
    check_stream(stream)
    events = next(stream.blocks(1))
    loan = events.X["loan"].to_numpy(dtype=float)
    assert events.amount[:, 0, 1].tolist() == loan.tolist()
    assert events.amount[:, 1, 0].tolist() == [500.0] * 200
    assert not events.amount[:, [0, 1], [0, 1]].any()
    assert stream.describe().endswith("events say what answers to them cost, by loan")
    for amount, said in [
        ("lone", "did you mean 'loan'"), ({0: "loan", 1: "age"}, "before the label"),
        ({2: {0: "loan"}}, "unknown class '2'"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=said):
            Money(loans, amount)
    with pytest.raises(ValueError, match="say already what answers cost"):
        Money(stream, "loan")
