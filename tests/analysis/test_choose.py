"""Choices by hand, and against brute force."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clsim.analysis.choice.choose import recommend
from clsim.analysis.compare.comparison import priced
from clsim.runs.ledger import Prices
from clsim.statistics.intervals import mean_interval
from helpers.handmade import BY_CLASS, PRICES, run, setting, three, with_confusion

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


QUANTITY = st.tuples(st.integers(0, 20), st.integers(0, 4), st.booleans())


@given(
    quantity=st.lists(QUANTITY, min_size=2, max_size=5),
    prices=st.tuples(*[st.integers(0, 5)] * 4),
)
@pytest.mark.slow
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


def test_seeds_of_the_learner_alone_are_called_so():
    from dataclasses import replace

    both = setting(a=[run([1, 1], seed=1), run([1, 2], seed=2)],
                   b=[run([9, 9], seed=1), run([9, 9], seed=2)])  # fmt: skip
    assert "2 seeds tell it apart" in recommend(both, PRICES).text()
    told = recommend(replace(both, one_draw=True), PRICES).text()
    assert "2 seeds of the learner, on one and the same stream, tell it apart" in told
