"""Choices on the past judged on the future, and on some worlds judged on others, by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.choice.choose import recommend
from clsim.analysis.choice.honesty import across, walk_forward
from clsim.analysis.compare.comparison import priced, settings
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from clsim.statistics.intervals import mean_interval
from clsim.strategy import Strategy
from clsim.strategy.triggers import Never, Periodic
from helpers.examples import share
from helpers.handmade import BY_CLASS, PRICES, run, setting, three, with_confusion
from helpers.tables import two_clouds

# chosen on the past, judged on the future ------------------------------------------------------


def changing(**given_run):
    """A is the better in the first of three parts, and B ever after."""
    return setting(
        A=run([1, 1, 8, 8, 8, 8], **given_run),
        B=run([4, 4, 3, 3, 1, 1], trained=[1], **given_run),
    )


def test_walking_forward_by_hand():
    found = walk_forward(changing(), Prices(error=1, retraining=2), folds=2)
    first, second = found.folds.to_dict("records")
    # ticks 0 and 1: A 2 errors in 20; B 8, and a training for 2
    assert (first["tick"], first["until"], first["strategy"], first["labels"]) == (2, 4, "A", 20)
    assert (first["promised"], first["judged"]) == (0.1, 0.8)
    assert first["gap"] == pytest.approx(0.7)
    assert first["gap_all"] == pytest.approx((0.7 + 6 / 20 - 10 / 20) / 2)
    # ticks 0 to 3: A 18 errors in 40; B 14, and 2
    assert (second["tick"], second["until"], second["strategy"]) == (4, 6, "B")
    assert (second["promised"], second["judged"]) == (pytest.approx(0.4), 0.1)
    assert second["labels"] == 40
    assert second["reference_cost"] == 0.1
    assert (first["score"], second["score"]) == (pytest.approx(0.2), pytest.approx(0.9))
    [seed] = found.seeds.to_dict("records")
    assert (seed["judged"], seed["best"], seed["best_cost"]) == (pytest.approx(0.45), "B", 0.2)
    assert seed["gap"] == pytest.approx((0.7 - 0.3) / 2)
    assert found.reference == "B"
    assert (found.regret.mean, found.saving.mean) == (pytest.approx(0.25), pytest.approx(-0.25))
    assert math.isnan(found.gap.low)
    assert found.fixed["strategy"].tolist() == ["B", "A"]
    assert found.fixed["mean"].tolist() == [0.2, 0.8]
    assert found.fixed["extra_mean"].tolist() == [pytest.approx(0.25), pytest.approx(-0.35)]
    assert found.text() == (
        "Chosen on the labels known at 2 cuts and judged until the next, the choices cost 0.45 "
        "units per event: 0.2 more than the past promised, where an average strategy cost 0.1375 "
        "more than its own past. Held throughout, 'B' would have been the cheapest with 0.2 "
        "units per event; against 'B', choosing lost 0.25 units per event."
    )


def test_only_labels_that_have_arrived_are_known_at_a_cut():
    # labels come 3 ticks late: none by tick 2, those of ticks 0 and 1 by tick 4
    found = walk_forward(changing(late=3), Prices(error=1, retraining=2), folds=2)
    first, second = found.folds.to_dict("records")
    assert (first["strategy"], first["labels"]) == ("B", 0)  # the reference goes on
    assert math.isnan(first["promised"])
    assert (second["strategy"], second["labels"], second["promised"]) == ("A", 20, 0.1)
    assert found.gap.mean == pytest.approx(0.8 - 0.1)
    never = walk_forward(changing(late=6), PRICES, folds=2)
    assert math.isnan(never.gap.mean)
    assert "nothing could be promised, since no label had arrived" in never.text()
    assert never.saving.mean == 0


@share(1 / 4)
@given(
    past=st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=4, max_size=4),
    one=st.lists(st.integers(0, 10), min_size=4, max_size=4),
    other=st.lists(st.integers(0, 10), min_size=4, max_size=4),
    late=st.integers(1, 4),
)
def test_what_comes_after_a_cut_changes_no_choice_at_it(past, one, other, late):
    def first(future):
        a, b = ([*(p[i] for p in past), *future] for i in (0, 1))
        pair = setting(a=run(a, late=late), b=run(b[:4] + b[4:][::-1], late=late, trained=[2, 6]))
        [row] = walk_forward(pair, PRICES, folds=1).folds.to_dict("records")
        return row["strategy"], row["labels"], repr(row["promised"])

    assert first(one) == first(other)


def test_nothing_is_lost_where_nothing_changes():
    pair = setting(a=[run([2] * 12, seed=s) for s in (1, 2)],
                   b=[run([3] * 12, seed=s) for s in (1, 2)])  # fmt: skip
    found = walk_forward(pair, PRICES, folds=3)
    assert found.folds["strategy"].tolist() == ["a"] * 6
    assert found.gap == pytest.approx((0, 0, 0), abs=1e-12)
    assert found.regret == pytest.approx((0, 0, 0), abs=1e-12)


def test_the_first_cut_comes_after_the_burn_in():
    found = walk_forward(three(), PRICES, folds=2, burn_in=0.6)
    assert found.folds["tick"].tolist() == [6, 8]
    assert found.folds["until"].tolist() == [8, 10]


def test_a_floor_on_what_is_known():
    cheap = Prices(error=1, retraining=100)
    pair = setting(never=run([4] * 4), once=run([1] * 4, trained=[0]))
    assert walk_forward(pair, cheap, folds=1).folds["strategy"].tolist() == ["never"]
    [row] = walk_forward(pair, cheap, folds=1, floor=0.85).folds.to_dict("records")
    assert (row["strategy"], row["floor_met"]) == ("once", True)
    [row] = walk_forward(pair, cheap, folds=1, floor=0.95).folds.to_dict("records")
    assert (row["strategy"], row["floor_met"]) == ("once", False)


# tuned on some worlds, tested on others --------------------------------------------------------


def seeds(losses, **given_run):
    """A run of one tick of a hundred events for each seed."""
    return [run([x], seed=s, n=100, late=0, **given_run) for s, x in enumerate(losses, 1)]


def test_leaving_one_seed_out_by_hand():
    it = setting(a=seeds([10, 20, 60]), b=seeds([30, 30, 30], trained=[0]))
    found = across([it], Prices(error=1, retraining=0))
    # without seed 1, a costs 40; without 2, 35; without 3, 15
    table = found.seeds.set_index("left_out")
    assert table["strategy"].tolist() == ["b", "b", "a"]
    assert table["promised"].tolist() == [0.3, 0.3, pytest.approx(0.15)]
    assert table["judged"].tolist() == [0.3, 0.3, 0.6]
    assert table["regret"].tolist() == pytest.approx([0.2, 0.1, 0.3])
    assert table["best"].tolist() == ["a", "a", "b"]
    assert table["saving_promised"].tolist() == pytest.approx([0, 0, 0.15])
    assert table["saving"].tolist() == pytest.approx([0, 0, -0.3])
    tidy = found.summary.set_index("quantity")
    assert (found.reference, tidy.loc["gap", "count"]) == ("b", 3)
    gap = tidy.loc["gap", ["mean", "low", "high"]].astype(float).tolist()
    assert gap == pytest.approx(mean_interval([0, 0, 0.45]))
    assert found.settings.empty
    assert "promised to save 0.05 units per event against the reference, and lost" in found.text()


@share(1 / 4)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=5))
def test_without_a_choice_there_is_no_gap(losses):
    it = setting(a=seeds(losses), b=seeds([x + 50 for x in losses]))
    tidy = across([it], PRICES).summary.set_index("quantity")
    assert tidy.loc["gap", "mean"] == pytest.approx(0, abs=1e-12)
    assert tidy.loc["regret", "mean"] == 0
    for reference, said in (
        ("a", "choice was the reference, or cost the same; it cost "),
        ("b", "choice promised to save 0.5 units per event against"),
    ):
        assert said in across([it], Prices(retraining=0), reference=reference).text()


def test_leaving_one_setting_out_by_hand():
    calm = setting("calm", a=seeds([10, 20]), b=seeds([30, 30], trained=[0]), c=seeds([0, 0]))
    wild = setting("wild", a=seeds([60, 80]), b=seeds([30, 40], trained=[0]))
    found = across([calm, wild], Prices(error=1, retraining=0))
    rows = found.settings.set_index("left_out")
    # c is not in both; a is the better where it is calm (0.15), b where it is wild (0.35)
    assert rows.loc["calm", ["strategy", "best"]].tolist() == ["b", "a"]
    assert rows.loc["wild", ["strategy", "best"]].tolist() == ["a", "b"]
    assert rows["promised"].tolist() == pytest.approx([0.35, 0.15])
    assert rows["judged"].tolist() == pytest.approx([0.3, 0.7])
    assert rows["regret"].tolist() == pytest.approx([0.15, 0.35])
    assert rows["saving_promised"].tolist() == pytest.approx([0, 0.15])
    assert rows["saving"].tolist() == pytest.approx([0, -0.35])
    # within the calm setting c is there to be chosen
    assert found.seeds[found.seeds["setting"] == "calm"]["strategy"].tolist() == ["c", "c"]
    assert found.text().count("Tuned on all") == 3


def test_nothing_to_leave_out():
    found = across([three()], PRICES)
    assert found.seeds.empty
    assert found.settings.empty
    assert found.summary.empty
    assert found.text().startswith("No choice can be tested on other seeds or settings")


def test_settings_without_a_common_strategy_are_tested_apart():
    one = setting("one", a=seeds([1, 2]), b=seeds([3, 4]))
    two = setting("two", c=seeds([1, 2]), d=seeds([3, 4]))
    found = across([one, two], PRICES)
    assert found.reference is None
    assert found.settings.empty
    assert found.seeds["setting"].tolist() == ["one", "one", "two", "two"]


def test_a_setting_that_cannot_be_compared_is_named():
    apart = setting("odd", a=run([1, 1], seed=1), b=run([2, 2], seed=2))
    found = across([setting("fine", a=seeds([1, 2]), b=seeds([3, 4])), apart], PRICES)
    assert list(found.left_out) == ["odd"]
    assert "'odd' is left out: no seed was replayed with every strategy" in found.text()


# end to end ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def replayed():
    kinds = {"never": Strategy(Never()), "often": Strategy(Periodic(2)),
             "seldom": Strategy(Periodic(7))}  # fmt: skip
    runs = {}
    for seed in (1, 2):
        found = clsim.replay(two_clouds(900, seed=seed), kinds, learner=GaussianNB(), tick=25,
                             warmup=100, seed=seed)  # fmt: skip
        runs |= {f"{name}{seed}": r for name, r in found.items()}
    return settings(Runs(runs, []))[0]


def test_choices_on_a_replay(replayed):
    prices = Prices(error=1, retraining=3, row=0.001, label=0.01)
    found = recommend(replayed, prices)
    table = priced(replayed, prices, "often")
    assert found.strategy == table.groupby("strategy")["total"].mean().idxmin()
    assert (found.reference, found.never, found.seeds) == ("often", "never", 2)
    assert set(across([replayed], prices).seeds["left_out"]) == {1, 2}


def test_costs_after_the_first_cut_of_a_replay_are_those_of_its_tables(replayed):
    prices = Prices(error=1, retraining=3, row=0.001, label=0.01)
    found = walk_forward(replayed, prices, folds=3)
    cut = found.folds["tick"].min()
    assert (cut, found.folds["until"].max()) == (8, 32)
    for row in found.fixed.to_dict("records"):
        by_hand = []
        for r in replayed.runs[row["strategy"]].values():
            ticks, events = r.ticks[r.ticks["tick"] >= cut], r.events[r.events["tick"] >= cut]
            train = events[events["kind"] == "train"]
            labels = events[events["kind"] == "label"]["labels"].sum()
            cost = ticks["loss"].sum() + 3 * len(train) + 0.001 * train["rows"].sum()
            by_hand.append((cost + 0.01 * labels) / ticks["n"].sum())
        assert row["mean"] == pytest.approx(np.mean(by_hand))


def test_without_delay_the_past_promises_what_was_paid(replayed):
    prices = Prices(error=2, retraining=3)
    for row in walk_forward(replayed, prices, folds=3).folds.to_dict("records"):
        r = replayed.runs[row["strategy"]][row["seed"]]
        ticks = r.ticks[r.ticks["tick"] < row["tick"]]
        trained = ((r.events["kind"] == "train") & (r.events["tick"] < row["tick"])).sum()
        assert row["labels"] == ticks["n"].sum()
        assert row["promised"] == pytest.approx(
            (2 * ticks["loss"].sum() + 3 * trained) / ticks["n"].sum()
        )


def test_errors_priced_by_class_are_known_as_labels_arrive():
    # labels of tick 0 alone are known at the cut, tick 2: 3 against 10, and 5 / 20 of upkeep
    late = setting(
        cheap=with_confusion(run([3, 5, 3, 3], late=2), [0] * 4),
        dear=with_confusion(run([1] * 4, late=2, trained=[1]), [1, 1, 0, 0]),
    )
    [row] = walk_forward(late, BY_CLASS, folds=1).folds.to_dict("records")
    assert (row["strategy"], row["labels"], row["promised"]) == ("cheap", 10, 3 / 10)
    assert row["gap_all"] == pytest.approx((0.0 + 2 / 20 - (10 / 10 + 5 / 20)) / 2)


def test_strategies_that_answered_other_events_are_not_compared():
    pair = setting(all=run([5, 5]), half=run([5, 1], answered=[10, 5]))
    assert "the same events" in walk_forward(pair, PRICES, folds=1).text()
    assert across([pair], PRICES).left_out.keys() == {""}


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^folds=0: must be at least 1"):
        walk_forward(three(), PRICES, folds=0)
    with pytest.raises(ValueError, match=r"^burn_in=-1: must be above 0"):
        walk_forward(three(), PRICES, burn_in=-1)
    with pytest.raises(ValueError, match=r"^folds=20, burn_in=None: too many cuts for 10 ticks"):
        walk_forward(three(), PRICES, folds=20)
