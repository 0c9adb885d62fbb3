"""What adaptations did: by hand, and on the page, whose numbers are those of the frames."""

import html
import re
from pathlib import Path

import pytest
from river.bandit import EpsilonGreedy
from sklearn.naive_bayes import GaussianNB
from test_figures import check

import clsim
from clsim.analysis import adaptations, adapted_numbers, policy_rates
from clsim.report.figures.style import COLUMN, FULL
from clsim.report.page import read
from clsim.report.parts import of_section
from clsim.report.parts.adapted import learned_meanwhile
from clsim.runs.gathered import gathered
from clsim.strategy import Strategy
from clsim.strategy.adaptation import (
    BanditOver,
    BestCut,
    Calibration,
    InTurn,
    NoAdaptation,
    PriorCorrection,
)
from clsim.strategy.online import ABTest
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Gaussians
from clsim.streams.drift import Sudden
from clsim.streams.targets import Prior
from helpers.in_frames import ELSEWHERE, MINUS, TOKEN, written

DOCS = Path(__file__).parents[2] / "docs" / "findings.md"
ARMS = {"as it is": NoAdaptation(), "corrected": PriorCorrection(200)}
WAYS = {
    "never": Strategy(Never()),
    "corrected": Strategy(Never(), adaptation=PriorCorrection(200, every=2)),
    "in turn": Strategy(
        Periodic(5), online=ABTest(150, min_labels=20),
        adaptation=InTurn([Calibration(window=200), BestCut(window=200)]),
    ),
    "bandit": Strategy(Never(), adaptation=BanditOver(EpsilonGreedy(epsilon=0.3), ARMS)),
}  # fmt: skip


@pytest.fixture(scope="module")
def runs():
    clouds = Gaussians(means=[[-1.0, 0.0], [1.0, 0.0]])
    drift = Sudden(Prior([0.9, 0.1]), at=700)
    stream = Synthetic(clouds, [drift], n=1_500, balance=[0.5, 0.5])
    return [
        clsim.replay(stream, WAYS, learner=GaussianNB(), tick=50, warmup=300, seed=k)
        for k in (1, 2)
    ]


@pytest.mark.parametrize("name", ["corrected", "in turn", "bandit"])
def test_every_event_was_answered_by_one_policy(runs, name):
    for each in runs:
        run = each[name]
        every, rates = adaptations(run), policy_rates(run)
        assert len(every) == run.totals["adaptations"] > 3
        assert rates["n"].sum() == run.totals["answered"]
        assert rates["loss"].sum() == run.totals["loss"]
        assert rates["share"].sum() == pytest.approx(1)
        assert (every["until"] - every["tick"]).min() >= 0
        for _, of in every.groupby("model"):
            assert of["until"].tolist()[:-1] == of["tick"].tolist()[1:]
        numbers = adapted_numbers(run)
        told = numbers.groupby(["model", "tick"]).size()
        assert set(told.index) <= set(zip(every["model"], every["tick"], strict=True))
    assert policy_rates(runs[0]["never"]).empty


def test_a_bandit_says_what_each_arm_has_earned(runs):
    """Rewards come from all labels known when it last changed: those of events of earlier ticks."""
    run = runs[0]["bandit"]
    rates, last = policy_rates(run).set_index("policy"), adaptations(run).iloc[-1]
    assert set(rates.index) <= {"nothing learned yet", *ARMS}
    assert rates["labels"].sum() == 50 * last["tick"]
    before = run.ticks[run.ticks["tick"] < last["tick"]]
    earned = (rates["labels"] * rates["reward"]).sum()
    assert earned == pytest.approx(50 * last["tick"] - before["loss"].sum())


@pytest.mark.slow
def test_the_page_says_of_adaptations_what_the_frames_say(runs):
    _, (section,), _ = read(gathered(runs), {"retraining": 5.0})
    [part] = [each for each in of_section(section) if each.title == "Adaptation"]
    found = clsim.findings(runs, {"retraining": 5.0})
    text = html.unescape(re.sub(r"<[^>]+>", " ", f"{part.lead} {part.html}"))
    for name in sorted(WAYS, key=len, reverse=True):
        text = text.replace(name, " ")
    for pattern in ELSEWHERE:
        text = re.sub(pattern, " ", text)
    numbers = {token.lstrip(MINUS).rstrip(",") for token in TOKEN.findall(text)}
    names = ("policy_rates", "adaptations", "adapted_numbers")
    assert len(numbers) > 60
    assert numbers <= set().union(*(written(found[name]) for name in names))
    assert set(part.tables) == set(names)
    assert "never" not in set(found["policy_rates"]["strategy"])
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCS.read_text(), re.MULTILINE))
    for name in names:
        assert set(found[name].columns) - {"setting"} <= set(re.findall(r"`(\w+)`", rows[name]))


def test_a_page_without_adaptation_says_nothing_of_it(runs):
    _, (section,), _ = read(gathered({"never": runs[0]["never"]}), None)
    assert all(part.title != "Adaptation" for part in of_section(section))


@pytest.mark.slow
@pytest.mark.parametrize("width", [COLUMN, FULL])
def test_figures_of_what_was_learned_are_clean(runs, width):
    _, (section,), _ = read(gathered(runs), None)
    drawings = learned_meanwhile(section).drawings
    assert [each.name for each in drawings] == ["adaptation", "adaptation_2", "adaptation_3"]
    for each in drawings:
        check(each.draw(width))


def test_a_line_is_level_while_a_value_is_in_force(runs):
    run = runs[0]["corrected"]
    axes = clsim.plot({"it": run}, "adaptation").axes[0]
    told = adapted_numbers(run)
    [shares] = [line for line in axes.lines if len(line.get_xdata()) > 2][:1]
    every = adaptations(run)
    assert sorted(set(shares.get_xdata())) == sorted({*every["start"], *every["end"]})
    own = told[told["quantity"] == "share of 0"]["value"]
    assert shares.get_ydata()[::3].tolist() == own.tolist()
