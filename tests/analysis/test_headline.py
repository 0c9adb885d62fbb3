"""The four answers, sentence by sentence, against arithmetic by hand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.choice.aloud import QUESTIONS, sentences, warning
from clsim.analysis.choice.answers import answers
from clsim.analysis.choice.choose import recommend
from clsim.analysis.choice.difference import Costs, costs, difference
from clsim.analysis.choice.limits import assumptions, cannot_say
from clsim.analysis.choice.pace import pace
from clsim.analysis.compare.blocks import moving_block_bootstrap
from clsim.analysis.compare.comparison import Setting
from clsim.analysis.cost.calendars import calendars, cheapest_calendar, every_text, periods
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import evaluate
from clsim.rounding import MINUS, amount
from clsim.runs.ledger import Prices
from clsim.runs.run import Run
from helpers.handmade import PRICES, run, setting, three, with_confusion

OFTEN, SAVES, SURE, CHANGE = QUESTIONS


def daily(made, days=1, every=None):
    """The run with ticks of so many days, as its trigger says every so many."""
    ticks = made.ticks.copy()
    for name in ("start", "end"):
        ticks[name] = np.datetime64("2024-01-01", "us") + ticks[name].to_numpy() * np.timedelta64(
            days, "D"
        )
    config = {**made.config, "tick": f"{days}d"}
    if every is not None:
        config["strategy"] = {"trigger": {"every": every}}
    info = replace(made.info, timed=True)
    return Run({**made._tables, "ticks": ticks}, info, config)


def produced(made):
    """The run as what production answered."""
    made.info = replace(made.info, source="production")
    return made


def dated(given, **every):
    """A setting whose ticks are days."""
    runs = {
        name: {seed: daily(one, every=every.get(name)) for seed, one in by_seed.items()}
        for name, by_seed in given.runs.items()
    }
    return replace(given, runs=runs)


def seeds_of(**losses):
    """Three seeds of each strategy: its losses, with 0, 1 and 2 added to the last tick of often."""
    made = {}
    for name, (loss, trained) in losses.items():
        made[name] = [
            run([*loss[:-1], loss[-1] + (k if name == "often" else 0)], seed=k + 1, trained=trained)
            for k in range(3)
        ]
    return setting(**made)


def test_money_is_of_a_year_and_of_the_whole_replay():
    # 10 days: a year is 36.525 replays; never 50, twice 20 + 2 * 5, often 10 + 5 * 5
    said = sentences(answers(dated(three()), PRICES))
    assert said[OFTEN] == (
        "When 'twice' calls for it (2 retrainings in the replay): of 3 strategies it costs the "
        "least, 1,096 units a year (30 for the whole replay). Whether another calendar would be "
        "cheaper is not known: there is no table of hindsight (replay with hindsight=true)."
    )
    assert said[SAVES] == (
        "It saves 182.6 units a year (5 for the whole replay) against 'often'. It saves 730.5 "
        "units a year (20 for the whole replay) against 'never'. What it saves against what you "
        "do today is known only if that is one of these strategies; none is marked as what "
        "production answered (as_served)."
    )
    assert pytest.approx(1095.75) == 30 * 36.525
    assert pytest.approx(182.625) == 5 * 36.525
    assert pytest.approx(730.5) == 20 * 36.525


def test_without_time_money_is_of_1000_events_and_never_of_a_year():
    said = sentences(answers(three(), PRICES))  # 100 events
    assert "300 units per 1,000 events (30 for the whole replay)" in said[OFTEN]
    assert "year" not in " ".join(said.values())
    assert "there is no money a year" in " ".join(cannot_say(three()))


def test_how_sure_over_seeds_by_hand():
    three_seeds = dated(seeds_of(
        never=([5] * 10, ()), twice=([2] * 10, (3, 6)), often=([1] * 10, range(5))
    ))  # fmt: skip
    said = sentences(answers(three_seeds, PRICES))
    # savings of 5, 6 and 7: 6 ± 4.302653 / sqrt(3) = 3.516 to 8.484; never saves 20 in each
    assert said[SURE] == (
        "The saving against 'often' lies between 128.4 and 309.9 units a year (95% interval over "
        "3 seeds; 3.516 and 8.484 for the whole replay). The saving against 'never' lies between "
        "730.5 and 730.5 units a year (95% interval over 3 seeds; 20 and 20 for the whole "
        "replay). The next best is 'often': the two are told apart."
    )
    assert pytest.approx(128.42, abs=0.01) == 3.516 * 36.525
    assert pytest.approx(309.88, abs=0.01) == 8.484 * 36.525


def noisy(seed, mean, size=60):
    return np.random.default_rng(seed).integers(0, 2 * mean + 1, size)


def test_how_sure_over_blocks_of_one_stream_is_the_bootstrap_in_money():
    one = dated(setting(
        never=run(noisy(1, 4)), some=run(noisy(2, 2), trained=[10, 20, 30]),
    ))  # fmt: skip
    prices = Prices(error=2, retraining=7)
    found = answers(one, prices)
    assert found.advice.strategy == "some"
    assert found.reference is None  # it is the most retrained
    never = found.never
    plain = moving_block_bootstrap(noisy(1, 4), noisy(2, 2), [10] * 60)
    # 600 events at 2 each, and three trainings that were paid whatever the losses
    assert never.low == pytest.approx(1200 * plain.low - 21)
    assert never.high == pytest.approx(1200 * plain.high - 21)
    assert never.mean == pytest.approx(2 * (noisy(1, 4).sum() - noisy(2, 2).sum()) - 21)
    assert never.mean == pytest.approx(found.advice.saving_never.mean)
    low, high = (f"{x * 365.25 / 60:.4g}" for x in (never.low, never.high))
    low = low.replace("-", MINUS)
    said = sentences(found)[SURE].replace(",", "")
    assert f"lies between {low} and {float(high):.0f} units a year" in said
    assert f"95% interval over moving blocks of {plain.block} ticks of this one stream" in said


def test_seeds_of_the_learner_alone_are_no_draws_of_the_stream():
    a = [run(noisy(1, 4), seed=1), run(noisy(1, 4), seed=2)]
    b = [run(noisy(2, 2), seed=1), run(noisy(3, 2), seed=2)]
    given = replace(setting(a=a, b=b), one_draw=True)
    found = answers(given, PRICES, reference="a")
    mean = (noisy(2, 2) + noisy(3, 2)) / 2
    plain = moving_block_bootstrap(noisy(1, 4), mean, [10] * 60)
    assert found.reference.interval == pytest.approx(
        (600 * plain.difference, 600 * plain.low, 600 * plain.high)
    )
    assert "the seeds are the learner's alone" in sentences(found)[SURE]


def test_where_there_is_no_interval_the_reason_is_given():
    said = sentences(answers(three(), PRICES))[SURE]
    assert (
        "How sure the saving against 'often' is cannot be said: there is no interval over blocks "
        "of this one stream (needs at least 20 ticks, has 10)."
    ) in said
    assert said.endswith(
        "The next best, 'often', costs 50 units per 1,000 events more; nothing says how sure that "
        "is."
    )


def test_the_next_best_is_told_apart_or_not():
    # against often, the reference, 5 to 7; the next best costs 1, 1 and 2 more: 4/3 ± 1.434
    made = {"often": ([1] * 10, range(5)), "twice": ([2] * 10, (3, 6))}
    given = seeds_of(**made)
    close = [run([2] * 9 + [3 + (k == 3)], seed=k, trained=(3, 6)) for k in (1, 2, 3)]
    runs = {**given.runs, "close": {one.info.seed: one for one in close}}
    said = sentences(answers(dated(replace(given, runs=runs)), PRICES))[SURE]
    assert said.endswith(
        f"The next best, 'close', costs 48.7 units a year more ({MINUS}3.685 to 101.1): the two "
        "are not told apart."
    )
    assert pytest.approx(48.7) == 4 / 3 * 36.525
    assert (
        pytest.approx(-3.686, abs=0.01) == (4 / 3 - 4.302653 * math.sqrt(1 / 3) / 3**0.5) * 36.525
    )


def test_what_production_answered_is_what_you_do_today():
    given = setting(
        as_served=produced(run([3] * 10)), never=run([5] * 10), twice=run([1] * 10, trained=[3])
    )
    found = answers(dated(given), PRICES)
    assert (found.today, found.advice.reference) == ("as_served", "as_served")
    # 30, 50, and 10 + 5
    assert sentences(found)[SAVES] == (
        "It saves 547.9 units a year (15 for the whole replay) against what you do today. It saves "
        "1,278 units a year (35 for the whole replay) against 'never'."
    )
    assert "what its trainings cost is not in its cost" in " ".join(cannot_say(given))
    best = setting(as_served=produced(run([1] * 10)), never=run([5] * 10))
    said = sentences(answers(best, PRICES))
    assert said[OFTEN].startswith("Keep what you do today ('as_served'): of 2 strategies it costs")
    assert said[SAVES].startswith("Nothing against what you do today: it is what you do today.")


def test_a_choice_that_is_dearer_than_the_reference_says_so():
    # a floor of 0.85 leaves often at 35, where twice costs 30
    said = sentences(answers(dated(three()), PRICES, reference="twice", floor=0.85))
    assert said[SAVES].startswith(
        "It costs 182.6 units a year (5 for the whole replay) more than 'twice'."
    )
    assert "of the strategies whose score reaches 0.85 it costs the least" in said[OFTEN]
    assert said[SURE].endswith("There is no other strategy that could be chosen.")
    assert said[CHANGE].startswith("If the least score allowed were")
    found = answers(three(), PRICES, floor=0.95)
    none = sentences(found)
    assert warning(found) == ""
    assert found.slices.empty
    assert none == {OFTEN: recommend(three(), PRICES, floor=0.95).text()}


def test_what_would_change_it_by_hand():
    # an error at 1.5: twice 40, often 40; a training at 10/3: 26.67 and 26.67
    assert sentences(answers(three(), PRICES))[CHANGE] == (
        "If a wrong prediction cost more than 1.5 units (now 1), 'often' would be the cheapest. "
        "If a retraining cost less than 3.333 units (now 5), 'often' would be the cheapest."
    )
    alone = setting(a=run([1, 1]), b=run([1, 1]))
    assert sentences(answers(alone, PRICES))[CHANGE] == (
        "No change of a single price would change the choice."
    )
    pair = setting(
        cheap=with_confusion(run([3] * 4), [0] * 4),
        dear=with_confusion(run([1] * 4, trained=[1]), [1, 1, 0, 0]),
    )
    said = sentences(answers(pair, Prices(error=[[0, 1], [10, 0]], retraining=5)))
    # cheap 12, dear 2 + 20 + 5: ten fewer of the one kind, two more of the other
    assert "If '0' taken for '1' cost more than 2.5 units (now 1), 'dear' would be" in said[CHANGE]
    assert "errors are priced by class" in said[OFTEN]


# automation -----------------------------------------------------------------------------------


def test_automation_by_hand():
    # by hand: never 50, twice 20 + 2 * 8 = 36, often 10 + 5 * 8 = 50; automated: 35 and 40
    prices = Prices(error=1, retraining=5, by_hand=3, automation=0.5)
    found = answers(dated(three()), prices)
    assert (found.advice.strategy, found.advice.cost.mean) == ("twice", 36)
    assert found.automation.price == pytest.approx(5)
    assert found.automation.pays_from == pytest.approx(5 / 3)
    assert (found.automation.by_hand, found.automation.automated) == (36, 35)
    assert sentences(found)[CHANGE].endswith(
        "Automation costs 182.6 units a year (5 for the whole replay) and pays from 2 retrainings "
        f"in the replay, or {amount(found.pace.factor * 5 / 3)} a year; 'twice' has 2. With "
        "automation, 'twice' would be the choice, and cost 36.52 units a year less than "
        "'twice' does by hand."
    )
    dear = sentences(answers(dated(three()), replace(prices, automation=0.7)))[CHANGE]
    # 7 for ten days: 37 against 36
    assert dear.endswith("'twice' has 2, and by hand stays the cheaper.")
    # at 1 a training by machine, and 0.5 a day: often 10 + 5 + 5 = 20, twice 20 + 2 + 5 = 27
    cheap = answers(dated(three()), replace(prices, retraining=1, by_hand=7))
    assert (cheap.advice.strategy, cheap.advice.cost.mean) == ("twice", 36)
    assert (cheap.automation.advice.strategy, cheap.automation.automated) == ("often", 20)


def test_where_automation_cannot_be_answered_the_reason_is_given():
    prices = Prices(retraining=5, automation=0.5)
    assert sentences(answers(three(), prices))[CHANGE].endswith(
        "Whether automation pays is not known: automation has a price per day, and the stream has "
        "no time."
    )
    assert sentences(answers(dated(three()), prices))[CHANGE].endswith(
        "from how many retrainings it pays is not known, since there is no price of a retraining "
        "by hand."
    )
    assert "utomation" not in sentences(answers(dated(three()), PRICES))[CHANGE]


# calendars ------------------------------------------------------------------------------------


def worlds(ticks=12, seed=3):
    """A table in which each model loses more with every tick of age, and some noise."""
    rng = np.random.default_rng(seed)
    age = np.arange(ticks) - np.arange(-1, ticks)[:, None]
    loss = np.where(age >= 0, 2.0 * age + rng.integers(0, 3, age.shape), np.nan)
    loss = np.vstack([loss[2:], loss[:1]])  # candidates from tick 1 on; the initial model last
    trained = np.array([*range(1, ticks), -1])
    return Table(loss, trained, np.maximum(trained, 0), np.ones(ticks, int), np.full(ticks, 10))


def test_every_calendar_is_the_mean_of_its_phases_by_brute_force():
    table, prices = worlds(), Prices(error=1.5, retraining=4, by_hand=3, row=0.25)
    found = calendars({1: table}, prices).set_index("every")
    assert found.index.tolist() == periods(12) == [1, 2, 3, 4, 5, 6]
    for every in found.index:
        each = []
        for phase in range(every):
            ticks = [t for t in range(1, 12) if t % every == phase]
            loss = evaluate(table, ticks, Prices(error=1, retraining=0)).loss
            each.append(1.5 * loss + len(ticks) * (4 + 3 + 0.25))
        assert found["cost"][every] == pytest.approx(np.mean(each))


def as_run(table, every, seed=1):
    """The run that trains at the ticks of a calendar, by the table's losses."""
    ticks = [t for t in range(1, 12) if t % every == 0]
    newest = [max([t for t in ticks if t <= j], default=-1) for j in range(12)]
    rows = {int(t): i for i, t in enumerate(table.ticks)}
    made = run([table.loss[rows[t], j] for j, t in enumerate(newest)], seed=seed, trained=ticks)
    return daily(made, every=every)


def test_a_calendar_that_was_not_listed():
    table, prices = worlds(), Prices(error=1, retraining=4)
    by_hand = calendars({1: table}, prices).set_index("every")["cost"]
    best = int(by_hand.idxmin())
    assert best == 2
    listed = Setting("", {}, {"every 6": {1: as_run(table, 6)}, "every 4": {1: as_run(table, 4)}})
    found = answers(listed, prices, tables={1: table})
    own = listed.runs["every 4"][1].totals
    more = by_hand[2] - (own["loss"] + 4 * own["retrainings"])
    assert more < 0
    assert found.calendar.more.mean == pytest.approx(more)
    assert sentences(found)[OFTEN].endswith(
        "Of the 6 calendars that hindsight knows, every 2 days, which you did not list, would be "
        "the cheapest: on average over its possible starts, it would cost "
        f"{-more * 365.25 / 12:.1f} units a year less than 'every 4' ({-more:.4g} for the whole "
        "replay). How sure that is cannot be said: there is no interval over blocks of this one "
        "stream (needs at least 20 ticks, has 12)."
    )
    assert sentences(found)[OFTEN].startswith("Every 4 days ('every 4'): of 2 strategies")


def test_a_dearer_calendar_and_none():
    table = worlds()
    never = Setting("", {}, {"a": {1: daily(run([1] * 12))}})
    said = sentences(answers(never, Prices(retraining=500), tables={1: table}))[OFTEN]
    assert said.startswith("Never ('a'): it is the only strategy, and costs 365.2 units a year")
    # every 6 days in its phases 1 to 5 trains twice, in phase 0 once: 11 trainings in 6
    assert "None of the 6 calendars that hindsight knows would be cheaper: the closest" in said
    assert isinstance(cheapest_calendar(never, {}, PRICES, "a"), str)


def test_calendars_over_seeds_have_an_interval():
    tables = {seed: worlds(seed=seed) for seed in (1, 2, 3)}
    prices = Prices(error=1, retraining=4)
    runs = {seed: as_run(table, 6, seed) for seed, table in tables.items()}
    found = answers(Setting("", {}, {"every 6": runs}), prices, tables=tables).calendar
    costs_of = calendars(tables, prices).query(f"every == {found.every}").set_index("seed")["cost"]
    apart = [costs_of[s] - runs[s].totals["loss"] - 4 * runs[s].totals["retrainings"] for s in runs]
    # six calendars together at 95%: each at 1 - 0.05 / 6, where Student's t with 2 degrees is
    # 10.8859
    half = 10.8859 * np.std(apart, ddof=1) / math.sqrt(3)
    low, high = np.mean(apart) - half, np.mean(apart) + half
    assert found.more.interval == pytest.approx((np.mean(apart), low, high), rel=1e-4)
    year = 365.25 / 12
    said = sentences(answers(Setting("", {}, {"every 6": runs}), prices, tables=tables))[OFTEN]
    assert said.endswith(
        f"That difference lies between {-high * year:.1f} and {-low * year:,.0f} units a year (95% "
        "interval over 3 seeds, wide enough for all 6 together, since the cheapest of them was "
        f"picked on these very events): the two are {'' if high < 0 else 'not '}told apart."
    )


def test_on_one_stream_a_calendar_has_an_interval_over_blocks_in_money():
    table, prices = worlds(ticks=60), Prices(error=2, retraining=4)
    made = daily(run(noisy(4, 9), trained=[5, 30]))
    found = answers(Setting("", {}, {"a": {1: made}}), prices, tables={1: table}).calendar
    by_phase = []
    for phase in range(found.every):
        ticks = [t for t in range(1, 60) if t % found.every == phase]
        newest = [max([t for t in ticks if t <= j], default=-1) for j in range(60)]
        rows = {int(t): i for i, t in enumerate(table.ticks)}
        served = [table.loss[rows[t], j] for j, t in enumerate(newest)]
        by_phase.append((served, len(ticks)))
    losses, trained = (np.mean([one[k] for one in by_phase], axis=0) for k in (0, 1))
    plain = moving_block_bootstrap(losses, noisy(4, 9), [10] * 60, level=1 - 0.05 / 30)
    # 600 events at 2 each; trainings at 4 are taken as paid
    paid = 4 * (trained - 2)
    expected = [1200 * x + paid for x in (plain.difference, plain.low, plain.high)]
    assert found.more.interval == pytest.approx(expected)
    assert found.more.over == (
        f"95% interval over moving blocks of {plain.block} ticks of this one stream, wide enough "
        "for all 30 together"
    )


def test_the_pick_of_the_cheapest_seldom_looks_better_than_it_is():
    # forty calendars that cost what the choice costs, but for luck: an interval that forgets the
    # pick tells the cheapest of them apart in most streams, and one for all forty in 5 of 100
    rng, wrong = np.random.default_rng(5), {1: 0, 40: 0}
    n, nothing = [np.full(100, 10.0)], np.zeros(1)
    own = Costs([np.zeros(100)], n, nothing)
    for _ in range(60):
        others = [Costs([rng.normal(size=100)], n, nothing) for _ in range(40)]
        best = min(others, key=lambda one: one.totals[0])
        for together in wrong:
            wrong[together] += difference(best, own, one_draw=True, together=together).high < 0
    assert wrong[1] > 20
    assert wrong[40] <= 5


def test_lengths_in_words():
    assert every_text(daily(run([1] * 5), days=7), 2) == "14 days"
    assert every_text(daily(run([1] * 5)), 1) == "day"
    assert every_text(run([1] * 5), 3) == "3 rows"
    uneven = daily(run([1] * 5))
    uneven.ticks.loc[1, "end"] += pd.Timedelta("1h")
    assert every_text(uneven, 4) == "4 ticks"
    assert pace([daily(run([1] * 5), days=73)]).factor == pytest.approx(365.25 / 365)


def test_costs_by_class_are_the_confusion_priced_by_hand():
    made = with_confusion(run([3, 2, 0, 1]), [1, 2, 0, 0])
    found = costs({1: made}, [1], Prices(error=[[0, 1], [10, 0]]))["all"]
    assert found.errors[0].tolist() == [12, 20, 0, 1]
    assert difference(found, found, one_draw=False).mean == 0


# what is taken for granted, and what cannot be said -------------------------------------------


def test_selective_labels_hold_for_the_answered_alone():
    stream = {"_target_": "clsim.streams.feedback.Selective", "stream": {"_target_": "x.Recorded"}}
    given = replace(three(), config={"stream": stream, "tick": "1d", "warmup": 500})
    assert cannot_say(given)[0].endswith("The replay holds for the answered alone.")
    assert not any("answered alone" in one for one in cannot_say(three()))
    assert assumptions(given, replace(PRICES, by_hand=2, floor=0.5, currency="EUR")) == [
        "Prices in EUR: 1 per wrong prediction, 5 per retraining, 2 per retraining by hand.",
        "No strategy with a score below 0.5 may be chosen.",
        "The first model is trained on a log of 500 rows, and is free.",
        "Decisions are taken every day, which is one tick.",
    ]


def test_lengths_are_read_as_a_replay_notes_them():
    given = replace(three(), config={"tick": "100", "warmup": "1500"})  # of clsim.replay
    said = assumptions(given, PRICES)
    assert "The first model is trained on a log of 1,500 rows, and is free." in said
    assert "Decisions are taken every 100 rows, which is one tick." in said


def test_a_short_replay_is_no_year():
    said = " ".join(cannot_say(dated(three())))
    assert "covers 10 days" in said
    assert "a year is taken as 36.52 times these days" in said  # 365.25 / 10
    assert "whether some group of events loses is not known" in said
    long = replace(three(), runs={"a": {1: daily(run([1] * 10), days=100)}})
    assert "times these days" not in " ".join(cannot_say(long))


def test_the_numbers_are_a_table():
    table = answers(dated(three()), PRICES).table().set_index(["quantity", "against"])
    assert table["mean"].tolist() == [30, 5, 20, 5]
    assert set(table["unit"]) == {"a year"}
    assert table.loc[("saving", "never"), "factor"] == pytest.approx(36.525)


# sentences that are left, by hand -------------------------------------------------------------


def test_what_a_floor_does_by_hand():
    # never scores 0.5, twice 0.8, often 0.9: above 0.85 often alone, at 35
    said = sentences(answers(three(), PRICES, floor=0.85))
    assert said[OFTEN].startswith(
        "When 'often' calls for it (5 retrainings in the replay): of the strategies whose score "
        "reaches 0.85 it costs the least, 350 units per 1,000 events (35 for the whole replay)."
    )
    # 0.9 / 0.85 is nearer than 0.85 / 0.8
    assert said[CHANGE] == (
        "If the least score allowed were above 0.9 (now 0.85), no strategy would meet it."
    )
    lower = sentences(answers(three(), PRICES, floor=0.81))[CHANGE]
    assert lower == (
        "If the least score allowed were below 0.8 (now 0.81), 'twice' would be the choice."
    )
    assert sentences(answers(three(), PRICES, floor=0.95)) == {
        OFTEN: "No strategy reaches a mean score of 0.95. The nearest is 'often', 0.05 below it."
    }


def test_no_model_at_all_is_a_choice():
    rule = run([1] * 10)
    rule.info = replace(rule.info, source="rule")
    said = sentences(answers(setting(constant=rule, never=run([5] * 10)), PRICES))
    assert said[OFTEN].startswith(
        "No model at all ('constant'): of 2 strategies it costs the least"
    )
    assert "100 units per 1,000 events (10 for the whole replay)" in said[OFTEN]


def test_savings_that_are_not_certain_are_called_so():
    late = [run([2] * 9 + [7], seed=1, trained=[1]), run([2] * 10, seed=2, trained=[1]),
            run([1] * 10, seed=3, trained=[1])]  # fmt: skip
    given = setting(a=[run([2] * 10, seed=s) for s in (1, 2, 3)], b=late)
    # a costs 20 in each seed; b 25 + 5, 20 + 5 and 10 + 5: 10, 5 and -5 more, 10 / 3 on average
    said = sentences(answers(given, PRICES, reference="b"))[SURE]
    half = 4.302653 * np.std([10, 5, -5], ddof=1) / math.sqrt(3)
    assert said.startswith(
        f"The saving against 'b' lies between {MINUS}{(half - 10 / 3) * 10:.4g} and "
        f"{(10 / 3 + half) * 10:.4g} units per 1,000 events (95% interval over 3 seeds; "
        f"{MINUS}{half - 10 / 3:.4g} and {10 / 3 + half:.4g} for the whole replay): it is not "
        "certain to save anything."
    )


def test_what_is_taken_for_granted_of_errors_by_class_and_of_missing_answers():
    made = run([1] * 4, unanswered="wrong")
    said = assumptions(setting(a=made), Prices(error=[[0, 1], [10, 0]], retraining=0))
    assert said == [
        "Prices in units: 1 for 0 taken for 1, 10 for 1 taken for 0.",
        "The first training is free for every strategy.",
        "An event without a prediction counts as an error.",
    ]


def test_what_the_past_cannot_say_by_hand():
    said = cannot_say(three())
    assert said[0] == (
        "The replay covers 100 events without time, so there is no money a year; a drift that is "
        "not in them is not in any number here."
    )
    assert (
        said[1] == "There is one stream; what another one would have cost, no interval here says."
    )
    seeds = setting(a=[run([1, 2]), run([1, 2], seed=2)])
    assert cannot_say(seeds)[1].startswith("Intervals are of worlds that are drawn as this one")
    assert cannot_say(replace(seeds, one_draw=True))[1].startswith("There is one stream")
