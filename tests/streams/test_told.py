"""Labels that are told otherwise first: attribution windows, and people who vote."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.checks import check_delay
from clsim.clock import Clock
from clsim.engine.knowledge import Knowledge
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import (
    Annotators,
    Attribution,
    ByClass,
    Capacity,
    Constant,
    Exponential,
    Missing,
    Uniform,
)
from clsim.types import NEVER_TIME, Batch, Schema
from helpers.tables import Rumour, Table, happened, two_clouds

NUMBERS = Schema(("x",), "regression", np.empty(0), False)
ROWS = Clock(False, 1, True)


def events(n, classes=(0, 1), seed=0):
    y = np.random.default_rng(seed).choice(np.array(classes), n)
    schema = Schema(("x",), "classification", np.array(sorted(classes)), False)
    return Batch(np.zeros((n, 1)), y, np.arange(n)), schema


# attribution ---------------------------------------------------------------------------------


def world_of_clicks():
    """Six events, a window of 3 rows; conversions after 1, 5, 2, never, 3 and 4 rows."""
    times = [1, 6, 4, None, 7, 9]
    table = Table(np.zeros((14, 1)), [1, 1, 1, 0, 1, 1] + [0] * 8,
                  label_time=[*times, *range(6, 14)])  # fmt: skip
    return Knowledge.of(table, seed=0, tick=1, delay=Attribution(3))


def test_a_conversion_within_the_window_is_positive_and_a_late_one_a_revision():
    world = world_of_clicks()
    assert world.labels.time[:6].tolist() == [1, 4, 4, 6, 7, 8]
    assert world.labels.told[:6].tolist() == [1, 0, 1, 0, 1, 0]
    assert world.labels.final[[1, 5]].tolist() == [6, 9]
    assert world.telling.revised(0, 8)[0].tolist() == [1]
    assert world.telling.revised(5, 13)[0].tolist() == [1, 5]
    rows = np.array([1, 5])
    assert [world.telling.y_at(rows, tick).tolist() for tick in (5, 6, 8, 9)] == [
        [0, 0], [1, 0], [1, 0], [1, 1]
    ]  # fmt: skip


def test_no_negative_is_known_before_the_window_has_passed():
    batch, schema = events(4000)
    delay = Attribution(50, Exponential(40))
    known = delay.label_times(batch, schema, ROWS, 1)
    told = delay.told(batch, schema, ROWS, 1)
    assert (known[told.y == 0] == batch.time[told.y == 0] + 50).all()
    assert (known[told.y == 1] <= batch.time[told.y == 1] + 50).all()
    late = (batch.y == 1) & (told.y == 0)
    assert ((told.revised != NEVER_TIME) == late).all()
    share, n = np.exp(-50.5 / 40), (batch.y == 1).sum()  # rounded to the nearest row
    assert abs(late[batch.y == 1].mean() - share) < 3 * np.sqrt(share * (1 - share) / n)
    assert (batch.y[batch.y == 0] == told.y[batch.y == 0]).all()


def test_words_and_many_classes():
    batch, schema = events(300, ("buys", "leaves", "waits"))
    delay = Attribution(5, Constant(9), positive="buys", negative="leaves")
    told = delay.told(batch, schema, ROWS, 1)
    assert set(told.y[batch.y == "buys"]) == {"leaves"}
    assert (told.y[batch.y == "waits"] == "waits").all()
    with pytest.raises(ValueError, match=r"^positive: name the label; the stream has 3 classes"):
        Attribution(5, Constant(9)).told(batch, schema, ROWS, 1)
    with pytest.raises(ValueError, match=r"^negative: unknown label 'leavs'; did you mean 'leav"):
        Attribution(5, 9, positive="buys", negative="leavs").told(batch, schema, ROWS, 1)


# what a strategy sees --------------------------------------------------------------------------


def test_a_revised_label_is_new_to_who_trained_on_the_old_one():
    # rows 0 to 9 are the warm-up; row 12 is told 1 at tick 1, and is revised at row 26 (tick 4)
    y = [0, 1] * 20
    told, revised = list(y), [None] * 40
    told[12], revised[12] = 1, 26
    table = Table(np.arange(40)[:, None], y, told=told, revised=revised)
    seen = []

    class Watch(Never):
        due = None

        def fires(self, view):
            twelve = [] if view.tick == 0 else view.y(np.array([12])).tolist()
            seen.append((12 in view.unseen(), twelve, view.labels.revised().tolist()))
            return "now" if view.tick in (2, 5) else None

    run = clsim.replay(table, {"it": Strategy(Watch(), NewSinceLast())}, learner=GaussianNB(),
                       delay=Rumour(table), tick=5, warmup=10)["it"]  # fmt: skip
    assert seen == [
        (False, [], []), (True, [1], []), (True, [1], []), (False, [1], []), (True, [0], [12]),
        (True, [0], []),
    ]  # fmt: skip
    labels = happened(run, ["label"])
    assert [(e["tick"], e["labels"]) for e in labels if e.get("reason") == "revision"] == [(4, 1)]
    assert run.totals["revisions"] == 1
    assert run.totals["labels"] == 25


def test_what_is_observed_goes_by_what_is_told_and_what_scores_is_the_truth():
    table = two_clouds(200)
    table.told, table.revised = 1 - table.y, [None] * 200
    never = {"it": Strategy(Never())}
    setting = {"learner": GaussianNB(), "tick": 20, "warmup": 100}
    run = clsim.replay(table, never, delay=Rumour(table), record="events", **setting)["it"]
    ticks = run.ticks.iloc[1:]
    # every label is told wrongly, in the warm-up too: what was right looks wrong
    shown = 1 - ticks["observed_score"].to_numpy()
    np.testing.assert_allclose(shown, run.ticks["score"].to_numpy()[:-1])
    assert (run.predictions["y_true"] == table.y[100:]).all()


# annotators ------------------------------------------------------------------------------------


@pytest.mark.parametrize("votes", [1, 2, 3, 5])
def test_the_majority_is_wrong_as_often_as_it_should_be(votes):
    n, noise = 40_000, 0.3
    batch, schema = events(n)
    told = Annotators(votes, noise).told(batch, schema, ROWS, 1)
    wrong = binom.sf(votes // 2, votes, noise)
    if votes % 2 == 0:
        wrong += binom.pmf(votes // 2, votes, noise) / 2
    share = (told.y != batch.y).mean()
    assert abs(share - wrong) < 3 * np.sqrt(wrong * (1 - wrong) / n) < 0.05 * wrong
    assert told.revised is None
    assert told.votes.tolist() == [votes] * n


def test_a_wrong_vote_is_any_other_class():
    n = 60_000
    batch, schema = events(n, ("a", "b", "c"))
    told = Annotators(1, {"a": 0.4}).told(batch, schema, ROWS, 1).y
    for label in "bc":
        assert (told[batch.y == label] == label).all()
    a = batch.y == "a"
    for label, share in (("a", 0.6), ("b", 0.2), ("c", 0.2)):
        expected = 3 * np.sqrt(share * (1 - share) / a.sum())
        assert abs((told[a] == label).mean() - share) < expected < 0.05 * share


def test_votes_on_numbers_are_averaged():
    n = 20_000
    schema = Schema(("x",), "regression", np.empty(0), False)
    batch = Batch(np.zeros((n, 1)), np.linspace(0, 1, n), np.arange(n))
    error = Annotators(4, 0.6).told(batch, schema, ROWS, 1).y - batch.y
    assert abs(error.std() - 0.3) < 3 * 0.3 / np.sqrt(2 * n) < 0.05 * 0.3
    assert abs(error.mean()) < 3 * 0.3 / np.sqrt(n)


def test_votes_on_words():
    frame = pd.DataFrame({"x": np.arange(60.0), "y": ["no", "yes"] * 30})
    run = clsim.replay(Recorded(frame, label="y"), {"it": Strategy(Never())}, tick=10, warmup=20,
                       learner=GaussianNB(), delay=Annotators(3, 0.3))["it"]  # fmt: skip
    assert run.totals["votes"] == 3 * run.totals["labels"] == 90


def test_waits_add_up_exactly():
    stream = Synthetic(Sine(), n=2000)
    run = clsim.replay(stream, {"it": Strategy(Never())}, tick=10, warmup=100, seed=4,
                       learner=GaussianNB(), delay=Uniform(0, 1))["it"]  # fmt: skip
    world = Knowledge.of(stream, seed=4, tick=10, warmup=100, delay=Uniform(0, 1))
    rows = world.known.between(0, world.timeline.n_ticks - 1)
    assert run.totals["waited"] == (world.labels.time - world.timeline.time)[rows].sum()


def test_what_is_revised_after_the_warm_up_is_told_otherwise_in_it():
    table = Table(np.zeros((14, 1)), [1] * 14, label_time=[9, 3, *range(4, 16)])
    world = Knowledge.of(table, seed=0, tick=1, warmup=5, delay=Attribution(2))
    assert world.known.arrives[:2].tolist() == [0, 0]
    assert world.telling.y_at(np.array([0, 1]), 0).tolist() == [0, 1]  # converts at 9, and within 2
    assert world.labels.final[0] == 9 - 5


def test_votes_are_counted_and_paid_for():
    setting = {"learner": GaussianNB(), "tick": 20, "warmup": 100, "seed": 3}
    delay = Annotators(3, 0.1, Missing(0.5, Capacity(2, 1)))
    run = clsim.replay(two_clouds(400), {"it": Strategy(Periodic(3), All())}, delay=delay,
                       **setting)["it"]  # fmt: skip
    assert 100 < run.totals["labels"] < 200
    assert run.totals["votes"] == 3 * run.totals["labels"]
    from clsim.runs.ledger import Prices, upkeep

    assert upkeep(run.totals, Prices(retraining=0, vote=0.5)) == 1.5 * run.totals["labels"]


# contracts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [
    Attribution("7d", Exponential("3d")), Attribution(20, 5), Annotators(),
    Annotators(4, {0: 0.2, "1": 0.5}, "1d"),
])  # fmt: skip
def test_they_keep_their_contract(delay):
    check_delay(delay)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Attribution(0), r"^window=0: must be above 0"),
    (lambda: Annotators(0), r"^votes=0: must be at least 1"),
    (lambda: Annotators(3, -0.1), r"^noise=-0.1: must be at least 0"),
    (lambda: Annotators(3, {"no": 2}).told(*events(5), ROWS, 1), r"^noise: unknown label 'no'"),
    (lambda: Annotators(3, 1.2).told(*events(5), ROWS, 1), r"^noise=1.2: must be at most 1"),
    (lambda: ByClass({0: Annotators(), 1: 5}), r"^delays\[0\]: Annotators tells other labels"),
    (lambda: Missing(0.5, Attribution(5)), r"^delay: Attribution tells other labels .* outermost"),
    (lambda: Attribution(5, 9, positive=1, negative=1).told(*events(5), ROWS, 1),
     r"^negative: the same label as positive"),
    (lambda: Annotators(3, {0: 0.1}).told(events(5)[0], NUMBERS, ROWS, 1), r"^noise=.* by label"),
    (lambda: Attribution(5).label_times(*events(5), ROWS, 1), r"^conversion: the stream has no"),
])  # fmt: skip
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
