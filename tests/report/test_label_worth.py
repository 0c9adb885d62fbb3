"""What one more label is worth, on the page: the words are those of the numbers of analysis."""

import re

import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis import labels_worth, settings
from clsim.report.parts.labels import worth
from clsim.report.section import make_section
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.triggers import Periodic
from helpers.tables import two_clouds

BUDGETS = {"few": (5, 0.0), "many <b>": (20, 0.0), "tested": (20, 0.4)}


def configured(name, labels, evaluation):
    """As a sweep says what the strategy is."""
    budget = {"_target_": "clsim.strategy.curation.Fixed", "labels": labels, "per": 1}
    curation = {"_target_": "clsim.strategy.curation.Buying", "budget": budget}
    return {"name": name, "curation": {**curation, "evaluation": evaluation}}


@pytest.fixture(scope="module")
def runs():
    strategies = {
        name: Strategy(
            Periodic(1),
            curation=Buying(Random(), Fixed(labels), natural=False, evaluation=evaluation),
        )
        for name, (labels, evaluation) in BUDGETS.items()
    }
    found = {}
    for seed in (1, 2):
        every = clsim.replay(two_clouds(400, seed=seed), strategies, learner=GaussianNB(),
                             tick=50, warmup=50, seed=seed)  # fmt: skip
        for name, run in every.items():
            run.config = {"strategy": configured(name, *BUDGETS[name])}
            found[f"{name} {seed}"] = run
    return found


def part_of(runs, names=tuple(BUDGETS), seeds=(1, 2), **prices):
    chosen = {key: run for key, run in runs.items()
              if key[:-2] in names and int(key[-1]) in seeds}  # fmt: skip
    (setting,) = settings(Runs(chosen, []))
    section = make_section(setting, Prices(currency="EUR", **prices), None, None, "")
    return worth(section), labels_worth(setting).set_index("use")


def said(part, use):
    """The sentence for a use, without tags."""
    line = next(line for line in part.html.split("<li>") if line.startswith(f"<b>For {use}"))
    return re.sub("<[^>]+>", "", line.split("</li>")[0])


def test_the_words_are_those_of_the_numbers(runs):
    part, worths = part_of(runs)
    for use, row in worths.iterrows():
        verb, sign = ("add", -1) if row["avoided"] < 0 else ("avoid", 1)
        text = said(part, use)
        number = re.search(rf"labels {verb} ([\d.,]+) wrong predictions", text).group(1)
        assert float(number.replace(",", "")) == pytest.approx(
            100 * sign * row["avoided"], rel=0.01
        )
        assert "95% interval" in text
        holds = row["avoided_low"] <= 0 <= row["avoided_high"]
        assert ("The interval holds 0" in text) == holds
        assert row["avoided"] == pytest.approx(350 * row["value"]), "of 350 events"
    assert "many &lt;b&gt;" in part.html
    assert part.tables["label_worth"]["use"].tolist() == ["training", "evaluation"]
    assert part.latex["label_worth"].count("\\\\\n") == 3


@pytest.mark.parametrize(("price", "verdict"), [(1e9, "so they do not pay"), (0.0, "has none")])
def test_what_they_cost_is_held_against_what_they_save(runs, price, verdict):
    assert verdict in said(part_of(runs, bought=price)[0], "training")


def test_where_there_is_no_number_there_is_a_reason(runs):
    part, worths = part_of(runs, names=("few", "many <b>"))
    assert said(part, "evaluation") == (
        "For evaluation: no number, since each of them bought as many labels for it."
    )
    assert "labels a" in said(part, "training")
    assert worths.loc["evaluation", "strategies"] == "few; many <b>"
    one, _ = part_of(runs, seeds=(1,))
    assert "One seed alone says nothing of chance." in said(one, "training")
    alone, _ = part_of(runs, names=("few",))
    assert "no two strategies do, so there is no number" in alone.lead


def test_strategies_that_differ_in_more_are_not_held_together(runs):
    few = runs["few 1"]
    few.config = {"strategy": {**few.config["strategy"], "trigger": {"every": 2}}}
    try:
        part, _ = part_of(runs, names=("few", "many <b>"), seeds=(1,))
    finally:
        few.config = {"strategy": configured("few", *BUDGETS["few"])}
    assert "no two strategies do" in part.lead


def test_nothing_is_said_where_nothing_is_bought(runs):
    chosen = clsim.replay(two_clouds(150), {"it": Strategy(Periodic(1))}, learner=GaussianNB(),
                          tick=50, warmup=50)  # fmt: skip
    (setting,) = settings(Runs(dict(chosen), []))
    assert worth(make_section(setting, Prices(), None, None, "")) is None
