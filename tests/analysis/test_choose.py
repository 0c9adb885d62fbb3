"""Choices by hand, against brute force, and on the future."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB
from tables import two_clouds

import clsim
from clsim.analysis.choose import across, recommend, walk_forward
from clsim.analysis.comparison import Setting, mean_interval, priced, settings
from clsim.ledger import Prices, quantities
from clsim.runs import Run, Runs
from clsim.strategy import Strategy
from clsim.strategy.triggers import Never, Periodic

PRICES = Prices(error=1, retraining=5)


def run(loss, *, seed=1, trained=(), late=1, n=10, answered=None, unanswered="skip", labels=True):
    """A run of ticks of ten events, whose labels arrive ``late`` ticks after they are served."""
    ticks = len(loss)
    loss = np.array(loss, dtype=float)
    answered = np.full(ticks, n) if answered is None else np.array(answered)
    counted = np.full(ticks, n) if unanswered == "wrong" else answered
    seen = np.zeros(ticks, dtype=int)
    score = np.full(ticks, np.nan)
    if late < ticks:
        seen[late:] = counted[: ticks - late]
        score[late:] = 1 - loss[: ticks - late] / counted[: ticks - late]
    table = pd.DataFrame(
        {"tick": range(ticks), "start": range(ticks), "end": range(1, ticks + 1), "slice": "all",
         "n": n, "answered": answered, "errors": loss.astype(int), "loss": loss,
         "observed_n": seen, "observed_score": score}
    )  # fmt: skip
    happened = [(t, "train", "why", 100, 0) for t in trained]
    happened += [(t, "label", None, 0, k) for t, k in enumerate(seen) if k and labels]
    events = pd.DataFrame(happened, columns=["tick", "kind", "reason", "rows", "labels"])
    events = events.assign(seconds=0.0, accepted=False, duration=0)
    totals = quantities(table, events, timed=False)
    info = {"seed": seed, "totals": totals, "timed": False, "loss": "zero_one",
            "unanswered": unanswered, "drifts": [], "classes": [0, 1],
            "score": 1 - loss.sum() / max(counted.sum(), 1)}  # fmt: skip
    return Run({"ticks": table, "events": events}, info, {"seed": seed})


def setting(name="", **runs):
    """Runs by strategy: one of them, or several, for seeds 1, 2 and so on."""
    found = {}
    for label, given_runs in runs.items():
        several = given_runs if isinstance(given_runs, list) else [given_runs]
        found[label] = {r.info["seed"]: r for r in several}
    return Setting(name, {}, found)


def three():
    """Never, twice and five times retrained: 50, 20 and 10 errors; 50, 30 and 35 at PRICES."""
    return setting(
        never=run([5] * 10), twice=run([2] * 10, trained=[3, 6]), often=run([1] * 10,
        trained=range(5)),
    )  # fmt: skip


# the recommendation ---------------------------------------------------------------------------


def test_the_cheapest_is_recommended_by_hand():
    found = recommend(three(), PRICES)
    assert (found.strategy, found.reference, found.never) == ("twice", "often", "never")
    assert (found.cost.mean, found.score.mean) == (30, pytest.approx(0.8))
    assert (found.saving.mean, found.saving_never.mean) == (5, 20)
    assert found.runners_up[["strategy", "mean"]].to_numpy().tolist() == [
        ["often", 5], ["never", 20],
    ]  # fmt: skip
    assert (found.floor_met, found.nearest, found.shortfall, found.refused) == (True, None, 0, "")


def test_prices_that_overturn_it_by_hand():
    # never has 30 errors more and 2 trainings of 100 rows less; often 10 less and 3 more
    table = recommend(three(), PRICES).overturns
    rows = {(p, d): (at, who) for p, d, _, at, who in table.to_numpy().tolist()}
    assert rows[("error", "up")] == (pytest.approx(1 + 5 / 10), "often")
    assert rows[("error", "down")] == (pytest.approx(1 - 20 / 30), "never")
    assert rows[("retraining", "up")] == (pytest.approx(5 + 20 / 2), "never")
    assert rows[("retraining", "down")] == (pytest.approx(5 - 5 / 3), "often")
    assert rows[("row", "up")] == (pytest.approx(20 / 200), "never")
    for key in (("row", "down"), ("label", "up"), ("label", "down")):
        assert math.isnan(rows[key][0])
        assert rows[key][1] is None
    assert table.set_index(["price", "direction"])["now"]["retraining"].tolist() == [5, 5]


def test_where_several_cross_at_once_the_cheapest_beyond_is_named():
    # at a training price of 5: 10 + 4 * 5 = 20 + 2 * 5 = 30; above it, never is the cheapest
    it = setting(
        many=run([5, 5], trained=[0] * 4, n=20), some=run([10, 10], trained=[0] * 2, n=20),
        never=run([15, 15], n=20),
    )  # fmt: skip
    found = recommend(it, Prices(error=1, retraining=1))
    row = found.overturns.set_index(["price", "direction"]).loc[("retraining", "up")]
    assert (found.strategy, row["at"], row["strategy"]) == ("many", 5, "never")


def test_the_two_sentences():
    runs = {"never": [], "twice": [], "often": []}
    for seed, more in ((1, 0), (2, 1), (3, 2)):
        runs["never"].append(run([5] * 10, seed=seed))
        runs["twice"].append(run([2] * 10, seed=seed, trained=[3, 6]))
        runs["often"].append(run([1] * 9 + [1 + more], seed=seed, trained=range(5)))
    text = recommend(setting(**runs), PRICES).text()
    # savings of 5, 6 and 7: mean 6, s = 1, half width 4.302653 / sqrt(3) = 2.484
    assert text == (
        "Use 'twice': it costs 30 units for the whole replay and saves 6 units or 17% (95% "
        "interval 3.516 to 8.484) against 'often', and saves 20 (95% interval 20 to 20) against "
        "'never'. 3 seeds tell it apart from every other; a price 'error' above 1.667 (now 1) "
        "would overturn it to 'often'."
    )


def test_savings_are_paired_by_seed():
    # the worlds differ by far more than the strategies do
    a = [run([level, level], seed=s) for s, level in enumerate((1, 5, 8), 1)]
    b = [run([level + d, level], seed=s) for s, level, d in ((1, 1, 1), (2, 5, 2), (3, 8, 1))]
    found = recommend(setting(a=a, b=b), PRICES, reference="b")
    assert found.strategy == "a"
    assert found.saving == mean_interval([1, 2, 1])
    row = found.runners_up.iloc[0]
    assert (row["mean"], row["low"], row["high"]) == found.saving
    # 4/3 - 4.302653 * 0.57735 / sqrt(3) = -0.1009
    assert row["low"] == pytest.approx(-0.1009, abs=1e-4)
    assert not row["apart"]
    assert "3 seeds do not tell it apart from 'b'" in found.text()


def test_no_interval_is_invented_for_one_seed():
    found = recommend(three(), PRICES)
    for interval in (found.cost, found.score, found.saving, found.saving_never):
        assert math.isnan(interval.low)
        assert math.isnan(interval.high)
    assert not found.runners_up["apart"].any()
    assert "With one seed nothing says how sure that is; the next, 'often', costs 5" in found.text()
    assert "interval" not in found.text()


def test_of_equals_the_one_that_retrains_less():
    pair = setting(b=run([2, 2], trained=[1]), a=run([9, 0]))
    found = recommend(pair, PRICES)
    assert found.strategy == "a"
    row = found.overturns.set_index(["price", "direction"]).loc[("retraining", "down")]
    assert (row["at"], row["strategy"]) == (5, "b")


def test_the_reference_may_be_the_choice():
    pair = setting(never=run([9] * 10), once=run([1] * 10, trained=[1]))
    found = recommend(pair, PRICES)
    assert (found.strategy, found.reference, found.saving.mean) == ("once", "once", 0)
    assert found.text().startswith(
        "Keep 'once', the reference: it is the cheapest, with 15 units for the whole replay, and "
        "saves 75 against 'never'."
    )


def test_a_floor_leaves_out_the_cheapest():
    found = recommend(three(), PRICES, floor=0.85)
    assert (found.strategy, found.floor_met, found.cost.mean) == ("often", True, 35)
    assert found.runners_up.empty
    rows = found.overturns.set_index(["price", "direction"]).loc["floor"]
    # often scores 0.9, and nothing more; twice, cheaper, scores 0.8
    assert rows.loc["up", "at"] == pytest.approx(0.9)
    assert rows.loc["up", "strategy"] is None
    assert rows.loc["down", "at"] == pytest.approx(0.8)
    assert rows.loc["down", "strategy"] == "twice"
    assert "No other strategy meets the floor; a floor above 0.9 (now 0.85)" in found.text()
    against = recommend(three(), PRICES, floor=0.85, reference="twice").text()
    assert "the cheapest that meets the floor: it costs 35 units" in against
    assert "5 units or 17% more than 'twice'" in against


def test_a_floor_that_no_strategy_meets():
    found = recommend(three(), PRICES, floor=0.95)
    assert (found.strategy, found.floor_met, found.nearest) == (None, False, "often")
    assert found.shortfall == pytest.approx(0.05)
    assert found.text() == (
        "No strategy reaches a mean score of 0.95. The nearest is 'often', 0.05 below it."
    )
    assert recommend(three(), PRICES, floor=0.9).strategy == "often"  # not missed by rounding


def test_strategies_that_answered_other_events_are_not_compared():
    def pair(unanswered):
        return setting(
            all=run([5, 5], unanswered=unanswered),
            half=run([5, 1], answered=[10, 5], unanswered=unanswered),
        )

    found = recommend(pair("skip"), PRICES)
    assert found.strategy is None
    assert "did not serve and answer the same events" in found.text()
    assert recommend(pair("wrong"), PRICES).strategy == "half"
    assert "the same events" in walk_forward(pair("skip"), PRICES, folds=1).text()
    assert across([pair("skip")], PRICES).left_out.keys() == {""}


def test_only_seeds_that_all_strategies_have_count():
    a = [run([1, 1], seed=1), run([9, 9], seed=2)]
    partly = setting(a=a, b=run([2, 2], seed=1))
    for table in (None, priced(partly, PRICES, "a")):
        found = recommend(partly, PRICES, table=table)
        assert (found.strategy, found.cost.mean, found.seeds) == ("a", 2, 1)
    apart = recommend(setting(a=run([1, 1], seed=1), b=run([2, 2], seed=2)), PRICES)
    assert apart.strategy is None
    assert "no seed was replayed with every strategy" in apart.text()


def test_a_table_at_hand_is_used():
    table = priced(three(), PRICES, "never")
    assert recommend(three(), PRICES, table=table).text() == recommend(three(), PRICES).text()
    dearer = table.assign(total=table["total"] * 2)
    assert recommend(three(), PRICES, table=dearer).cost.mean == 60


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^reference: unknown strategy 'ofen'; did you mean 'oft"):
        recommend(three(), PRICES, reference="ofen")
    with pytest.raises(TypeError, match=r"^floor='high': expected a number"):
        recommend(three(), PRICES, floor="high")
    with pytest.raises(ValueError, match=r"^folds=0: must be at least 1"):
        walk_forward(three(), PRICES, folds=0)
    with pytest.raises(ValueError, match=r"^burn_in=-1: must be above 0"):
        walk_forward(three(), PRICES, burn_in=-1)
    with pytest.raises(ValueError, match=r"^folds=20, burn_in=None: too many cuts for 10 ticks"):
        walk_forward(three(), PRICES, folds=20)


QUANTITY = st.tuples(st.integers(0, 20), st.integers(0, 4), st.booleans())


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    quantity=st.lists(QUANTITY, min_size=2, max_size=5),
    prices=st.tuples(*[st.integers(0, 5)] * 4),
)
def test_another_is_the_cheapest_beyond_the_price_and_none_before(quantity, prices):
    runs = {
        f"s{i}": run([loss / 2, loss / 2], trained=[0] * trained, labels=labels)
        for i, (loss, trained, labels) in enumerate(quantity)
    }
    it = setting(**runs)
    names = ("error", "retraining", "row", "label")
    given_prices = dict(zip(names, map(float, prices), strict=True))

    def costs(**changed):
        p = {**given_prices, **changed}
        return {
            name: p["error"] * t["loss"] + p["retraining"] * t["retrainings"]
            + p["row"] * t["rows_trained"] + p["label"] * t["labels"]
            for name, t in ((name, r.totals) for name, r in runs.items())
        }  # fmt: skip

    found = recommend(it, Prices(**given_prices))
    assert costs()[found.strategy] == min(costs().values())
    for row in found.overturns.to_dict("records"):
        price, now, at = row["price"], row["now"], row["at"]
        up = row["direction"] == "up"
        far = (1e6 if up else 0.0) if math.isnan(at) else at
        for share in (0.25, 0.5, 0.999):
            between = costs(**{price: now + share * (far - now)})
            assert between[found.strategy] <= min(between.values()) + 1e-6
        if not math.isnan(at):
            beyond = at + 1e-4 if up else at - min(1e-4, at / 2)
            after = costs(**{price: beyond})
            assert after[row["strategy"]] == pytest.approx(min(after.values()), abs=1e-9)
            assert after[row["strategy"]] < after[found.strategy]


BY_CLASS = Prices(error=[[0, 1], [10, 0]], retraining=5)


def with_confusion(made, missed):
    """A run in which a number of errors of each tick are of class 1, and the others of class 0."""
    ticks = made.ticks
    rows = []
    for tick, n, loss, bad in zip(
        ticks["tick"], ticks["n"], ticks["loss"].astype(int), missed, strict=True
    ):
        rows += [(tick, "all", 0, 1, loss - bad), (tick, "all", 1, 0, bad)]
        rows += [(tick, "all", 0, 0, n - loss), (tick, "all", 1, 1, 0)]
    confusion = pd.DataFrame(rows, columns=["tick", "slice", "y_true", "y_pred", "n"])
    tables = {"ticks": ticks, "events": made.events, "confusion": confusion}
    return Run(tables, made.info, made.config)


def matrix_pair():
    """Twelve cheap errors, and four of which two are dear: 12 and 22, and 5 for a training."""
    return setting(
        cheap=with_confusion(run([3] * 4), [0] * 4),
        dear=with_confusion(run([1] * 4, trained=[1]), [1, 1, 0, 0]),
    )


def test_errors_priced_by_class():
    found = recommend(matrix_pair(), BY_CLASS)
    assert (found.strategy, found.cost.mean, found.saving.mean) == ("cheap", 12, 27 - 12)
    rows = found.overturns.set_index(["price", "direction"])
    # cheap has 12 of the one kind and none of the other; dear has 2 and 2
    assert rows.loc[("error[0][1]", "up"), "at"] == pytest.approx(1 + 15 / 10)
    assert rows.loc[("error[1][0]", "down"), "at"] == pytest.approx(10 - 15 / 2)


def test_errors_priced_by_class_are_known_as_labels_arrive():
    # labels of tick 0 alone are known at the cut, tick 2: 3 against 10, and 5 / 20 of upkeep
    late = setting(
        cheap=with_confusion(run([3, 5, 3, 3], late=2), [0] * 4),
        dear=with_confusion(run([1] * 4, late=2, trained=[1]), [1, 1, 0, 0]),
    )
    [row] = walk_forward(late, BY_CLASS, folds=1).folds.to_dict("records")
    assert (row["strategy"], row["labels"], row["promised"]) == ("cheap", 10, 3 / 10)
    assert row["gap_all"] == pytest.approx((0.0 + 2 / 20 - (10 / 10 + 5 / 20)) / 2)


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
        "more than its own past. Held throughout, 'B' would have been the cheapest with 0.2; "
        "against 'B', choosing lost 0.25."
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


@hypothesis_settings(max_examples=25, deadline=None)
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


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=5))
def test_without_a_choice_there_is_no_gap(losses):
    it = setting(a=seeds(losses), b=seeds([x + 50 for x in losses]))
    tidy = across([it], PRICES).summary.set_index("quantity")
    assert tidy.loc["gap", "mean"] == pytest.approx(0, abs=1e-12)
    assert tidy.loc["regret", "mean"] == 0


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
