"""Scores of a suite: worlds of a few ticks whose arithmetic can be done by hand."""

import re
from dataclasses import asdict

import pandas as pd
import pytest

import clsim
from clsim.analysis.compare.comparison import Setting
from clsim.analysis.compare.frozen import FROZEN, Scale, check_world, found_scale, world_digest
from clsim.analysis.compare.suite import (
    at_equal_labels,
    kind_of,
    over_worlds,
    placed,
    profiles,
    refused,
    suite_draws,
    suite_scores,
)
from clsim.report.parts.suite import shown_of
from clsim.report.restyled import Style
from helpers.handmade import run

PRICES = {"error": 1.0, "retraining": 5.0}


def world(name, gain, error=1.0, prices=PRICES, **runs):
    """A world whose never costs 50, with runs for seeds 1 and 2 of each strategy."""
    config = {"stream": {"_target_": name}, "prices": prices, "tick": "1d"}
    scale = {"never": 50.0, "gain": gain, "error": error, "draws": 50, "best": "calendar",
             "digest": world_digest(config)}  # fmt: skip
    stated = {"id": name, "version": 1, "calendar": 3, "scale": scale}
    for several in runs.values():
        for one in several:
            one.config = {**config, "seed": one.info.seed, "world": stated}
    by_seed = {key: {one.info.seed: one for one in several} for key, several in runs.items()}
    return Setting(name, {"world": stated, "stream": config["stream"]}, by_seed)


def lost(first, second, trained=()):
    """Runs of ten ticks that lose so much in each, for seeds 1 and 2."""
    return [run([first] * 10, seed=1, trained=trained), run([second] * 10, seed=2, trained=trained)]


def two():
    """D = 20 and D = 10; never costs 50 and 60 in both.

    The calendar costs 20 + 2 * 5 and 30 + 2 * 5 in the first, 30 + 10 and 40 + 10 in the second.
    """
    return [
        world("a", 20.0, never=lost(5, 6), calendar=lost(2, 3, (3, 6)), mine=lost(2, 5)),
        world("b", 10.0, never=lost(5, 6), calendar=lost(3, 4, (3, 6)), mine=lost(5, 5, (2, 3))),
    ]


def test_scores_by_hand():
    found = suite_scores(suite_draws(two())).set_index(["world", "strategy"])
    assert (found.loc[(["a", "b"], "never"), ["score", "low", "high"]] == 0).all(axis=None)
    assert (found.loc[(["a", "b"], "calendar"), "score"] == 1).all()
    # a: (50 - 20 + 60 - 50) / 2 / 20; b: (50 - 60 + 60 - 60) / 2 / 10
    assert found.loc[("a", "mine"), "score"] == 1.0
    assert found.loc[("b", "mine"), "score"] == -0.5
    assert found.loc[("b", "mine"), ["retrainings", "seeds"]].tolist() == [2.0, 2]
    # the two draws of a are 1.5 and 0.5: standard error 0.5, and t with one degree is 12.706
    half = found.loc[("a", "mine"), "high"] - 1.0
    assert half == pytest.approx(12.706 * 0.5, rel=1e-4)


def test_over_worlds_by_hand():
    found = over_worlds(suite_draws(two())).set_index("strategy")
    assert list(found.index) == ["calendar", "mine", "never"]
    # scores of mine are 1.5 and 0.5 in a, -1 and 0 in b: the middle two are 0 and 0.5
    assert found["iqm"].to_dict() == {"calendar": 1.0, "mine": 0.25, "never": 0.0}
    assert found["mean"]["mine"] == 0.25
    # mine costs 20, 50, 60, 60 and the calendar 30, 40, 40, 50
    assert found["better"].to_dict() == {"calendar": 0.5, "mine": 0.25, "never": 0.0}
    # ranks by cost: never 3, 3, 2, 2.5; calendar 2, 1, 1, 1; mine 1, 2, 3, 2.5
    assert found["rank"].to_dict() == {"calendar": 1.25, "mine": 2.125, "never": 2.625}
    assert (found["rank_low"] >= 1).all()
    assert (found["rank_high"] <= 3).all()
    share = profiles(suite_draws(two())).set_index(["strategy", "score"])["share"]
    assert [share["mine", at] for at in (-1.5, -1.0, 0.0, 0.4, 1.0)] == [1, 0.75, 0.5, 0.5, 0.25]


def named(setting, **strategies):
    """The same setting, whose runs state what strategy they are of, beside its name."""
    for name, runs in setting.runs.items():
        for one in runs.values():
            own = strategies.get(name, {"name": name, "trigger": name})
            one.config["strategy"] = {"curation": "none", **own}
    return setting


def test_references_are_known_by_their_own_names():
    """A style that renames never and the calendar changes no score, and refuses no world."""
    plain = over_worlds(suite_draws([named(one) for one in two()]))
    style = Style.from_dict({
        "strategies": {"never": {"name": "frozen"}, "calendar": {"name": "every third"},
                       "mine": {"name": "never"}},
    })  # fmt: skip
    other = over_worlds(suite_draws([style.renamed(named(one)) for one in two()]))
    assert list(other["strategy"]) == ["every third", "never", "frozen"]
    assert list(other["reference"]) == list(plain["reference"]) == ["calendar", "", "never"]
    assert plain.drop(columns="strategy").equals(other.drop(columns="strategy"))
    assert shown_of(other) == ["frozen", "every third", "never"]
    twice = named(two()[0], mine={"name": "calendar", "trigger": "other"})
    assert "two strategies have the name 'calendar'" in refused(twice)


def test_who_buys_labels_stands_beside_a_calendar_that_buys_as_many():
    """Every run pays five for a training, and one for a bought label."""
    prices = {**PRICES, "bought": 1.0}
    of = {"never": lost(5, 6), "calendar": lost(2, 3, (3, 6)), "mine": lost(2, 5),
          "buyer": lost(1, 2), "as many": lost(1, 3, (3, 6))}  # fmt: skip
    for name in ("buyer", "as many"):
        for one in of[name]:
            one.info.totals.update(bought=7)
    every = named(
        world("a", 20.0, prices=prices, **of),
        buyer={"name": "buyer", "trigger": "other", "curation": "seven"},
        **{"as many": {"name": "of it", "trigger": "calendar", "curation": "seven"}},
    )
    found = at_equal_labels(suite_draws([every])).set_index("strategy")
    assert found["against"].to_dict() == {
        "calendar": "calendar", "mine": "calendar", "never": "calendar",
        "buyer": "as many", "as many": "as many",
    }  # fmt: skip
    # buyer costs 10 + 7 and 20 + 7, its calendar 10 + 10 + 7 and 30 + 10 + 7: D is 20
    assert found.loc["buyer", ["saved", "better", "place"]].tolist() == [0.75, 1.0, 1]
    # mine costs 20 and 50, the calendar 30 and 40: half of the draws, and no gain
    assert found.loc["mine", ["saved", "better"]].tolist() == [0.0, 0.5]
    assert (found.loc["never", "saved"], found.loc["calendar", "saved"]) == (-1.0, 0.0)
    came = found.loc["mine", "labels"]
    assert found.loc["buyer", ["labels", "labels_against"]].tolist() == [came + 7, came + 7]
    assert (found["labels"] == found["labels_against"]).all()
    lacks = named(two()[0], mine={"name": "mine", "trigger": "other", "curation": "seven"})
    assert "mine" not in set(at_equal_labels(suite_draws([lacks]))["strategy"])


def test_quiet_worlds_stand_apart():
    """A gain of three standard errors, or of one per cent of never, is no gain."""
    of = {"never": lost(1, 1), "calendar": lost(1, 1, (5,)), "mine": lost(1, 2)}
    quiet = world("q", 3.0, **of)
    found = suite_scores(suite_draws([*two(), quiet]), earns=False).set_index("strategy")
    # a hundred events: 0 and 10 more, so 5 in the mean; a training costs 5
    assert found["excess"].to_dict() == {"never": 0.0, "calendar": 50.0, "mine": 50.0}
    assert set(over_worlds(suite_draws([*two(), quiet]))["worlds"]) == {2}
    assert not Scale(500.0, 5.0, 0.1, 50, 3, "calendar").earns
    assert Scale(499.0, 5.0, 0.1, 50, 3, "calendar").earns
    assert over_worlds(suite_draws([quiet])).empty


def test_of_calendars_the_scale_is_that_of_the_best():
    """Of equals the one that trains least; its error is that of the paired differences."""
    found = found_scale([10, 20, 30], {2: [9, 18, 27], 4: [9, 18, 27], 1: [11, 19, 30]})
    assert asdict(found) == {
        "never": 20.0, "gain": 2.0, "error": pytest.approx(3**-0.5), "draws": 3, "calendar": 4,
        "best": "calendar",
    }  # fmt: skip


def test_free_dates_that_cost_less_make_the_scale():
    """Never costs 20, the calendar 18 and the dates 16: 1, 4 and 7 less in the three draws."""
    dates = found_scale([10, 20, 30], {2: [9, 18, 27]}, free=[9, 16, 23])
    assert (dates.gain, dates.best, dates.calendar) == (4.0, "free dates", 2)
    assert dates.error == pytest.approx(3**0.5)
    assert found_scale([10, 20, 30], {2: [9, 18, 27]}, free=[9, 18, 29]).best == "calendar"
    never = found_scale([10, 20, 30], {2: [11, 21, 31]}, free=[9, 20, 33])
    assert (never.gain, never.best, never.earns) == (0.0, "never", False)


def test_a_world_that_was_changed_is_not_scored():
    first, second = two()
    for one in second.runs["mine"].values():
        one.config["tick"] = "7d"
    assert set(suite_draws([first, second])["world"]) == {"a"}
    for key in FROZEN:
        other = {"error": 2.0} if key == "prices" else "other"
        assert world_digest({key: other}) != world_digest({})
    assert world_digest({"prices": {"later": 0.0}}) == world_digest({"prices": {}})
    assert world_digest({"seed": 3, "strategy": {}, "name": "x"}) == world_digest({})


def test_the_frames_say_what_is_left_out_and_each_world_has_its_prices():
    first = two()[0]
    dear = world("dear", 20.0, prices={**PRICES, "retraining": 10.0}, never=lost(5, 6),
                 calendar=lost(2, 3, (3,)))  # fmt: skip
    no_never = world("c", 20.0, mine=lost(5, 6))
    every = [
        one
        for setting in (first, dear, no_never)
        for by_seed in setting.runs.values()
        for one in by_seed.values()
    ]
    names = [name for s in (first, dear, no_never) for name, of in s.runs.items() for _ in of]
    runs = {f"{k}": one for k, one in enumerate(every)}
    for one, name in zip(every, names, strict=True):
        one.config["strategy"] = {"name": name}
    found = clsim.findings(clsim.runs.run.Runs(runs))
    scores = found["suite"].set_index(["world", "strategy"])["score"]
    assert scores["dear", "calendar"] == (30 - 10 + 30 - 10) / 2 / 20
    said = found["suite_left_out"].set_index("of")["reason"]
    assert "never" in said["c"]
    assert said["mine"] == "run on 2 of 4 draws of the worlds that earn"
    assert list(found["suite_over_worlds"]["strategy"]) == ["calendar", "never"]
    assert found["ranks"].empty  # of worlds that have prices of their own, the suite speaks


def test_what_is_outside_of_the_class_is_marked():
    plain, taught = run([1] * 3), run([1] * 3)
    taught.config = {"strategy": {"training": {"_target_": "clsim.strategy.training.Stateful"}}}
    taught.info.totals.update(bought=3)
    assert [kind_of([plain]), kind_of([plain, taught])] == ["", "stateful, bought labels"]


def test_without_worlds_there_is_nothing():
    found = clsim.findings({"never": run([1] * 3)})
    assert all(isinstance(found[name], pd.DataFrame) for name in found if name.startswith("suite"))
    assert found["suite"].empty


def test_who_overspends_is_marked_and_has_no_place_among_those_that_keep_to_the_budget():
    """The calendar trains twice in each draw; mine twice in b, and buys three labels in a."""
    a, b = two()
    for one in a.runs["mine"].values():
        one.info.totals.update(bought=3)
    for setting, budget in ((a, {"retrainings": 2, "bought": 2}), (b, {"retrainings": 2})):
        setting.config["world"]["budget"] = budget
        first = setting.runs["never"][1]  # whose world all runs of the setting share
        setting.config["world"]["scale"]["digest"] = world_digest(first.config)
        assert refused(setting) is None
    draws = suite_draws([a, b])
    assert set(draws.loc[draws["over_budget"], ["world", "strategy"]].itertuples(index=False)) == {
        ("a", "mine")
    }
    scores = suite_scores(draws).set_index(["world", "strategy"])["over_budget"]
    assert (scores["a", "mine"], scores["b", "mine"], scores["a", "calendar"]) == (1.0, 0.0, 0.0)
    over = placed(over_worlds(draws), {})
    assert over["over_budget"].tolist() == [0.0, 0.5, 0.0]  # of calendar, mine and never
    assert over["place_in_budget"].tolist() == [1, pd.NA, 2]
    a.config["world"]["budget"]["retrainings"] = 3
    assert "not those of version 1" in refused(a)


@pytest.mark.parametrize(
    ("world", "said"),
    [
        ({"budgets": {}}, "world: unknown key 'budgets'; did you mean 'budget'?"),
        ({"budget": {"retraining": 3}}, "world.budget: unknown key 'retraining'; did you mean"),
        ({"budget": {"bought": -1}}, "world.budget.bought=-1: must be at least 0"),
        ({"budget": {"bought": 1.5}}, "world.budget.bought=1.5: expected a whole number"),
        ({"budget": 3}, "world.budget=3: expected a mapping of retrainings, bought"),
        ("none_1d", "world='none_1d': expected a mapping of id,"),
    ],
)
def test_a_world_that_states_what_none_has_is_refused(world, said):
    with pytest.raises((TypeError, ValueError), match=re.escape(said)):
        check_world(world)
