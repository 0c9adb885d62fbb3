"""Whether tests were right, on the page: numbers are those of the frames, the figure is clean."""

import re
from pathlib import Path

import pytest
from sklearn.naive_bayes import GaussianNB
from test_figures import check

import clsim
from clsim.report.figures.judged import errors_and_exposure
from clsim.report.figures.style import COLUMN, FULL, PLAIN_WORDS
from clsim.report.page import read
from clsim.report.parts import of_section
from clsim.report.parts.judged import right_or_wrong
from clsim.runs.gathered import gathered
from clsim.strategy import Strategy
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import ABTest
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Sudden
from helpers.in_frames import MINUS, TOKEN, written

DOCS = Path(__file__).parents[2] / "docs" / "findings.md"
WAYS = {
    "gated": Strategy(Periodic(2), offline=ChampionChallenger(60)),
    "tried": Strategy(Periodic(2), online=ABTest(120, min_labels=20)),
}


@pytest.fixture(scope="module")
def runs():
    stream = Synthetic(Sine(0), [Sudden(Sine(1), at=900)], n=1_500, noise=0.1)
    return [
        clsim.replay(stream, WAYS, learner=GaussianNB(), tick=60, warmup=300, seed=k, ghosts=300)
        for k in (1, 2)
    ]


@pytest.mark.slow
def test_the_page_says_what_the_frames_say(runs):
    _, (section,), _ = read(gathered(runs), {"retraining": 5.0})
    part = right_or_wrong(section)
    assert any(each.title == part.title for each in of_section(section))
    found = clsim.findings(runs, {"retraining": 5.0})
    text = re.sub(r"<[^>]+>", " ", f"{part.lead} {part.html}")
    numbers = {token.lstrip(MINUS) for token in TOKEN.findall(text)}
    assert len(numbers) > 8
    assert numbers <= written(found["error_rates"])
    rates = found["error_rates"].set_index(["strategy", "test"])
    assert set(rates.index) == {
        ("gated", "offline"), ("gated", "together"), ("tried", "online"), ("tried", "together"),
    }  # fmt: skip
    assert set(part.tables) == {"tests_judged", "error_rates"}
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCS.read_text(), re.MULTILINE))
    for name in ("tests_judged", "error_rates"):
        columns = set(found[name].columns) - {"setting"}
        assert columns == set(re.findall(r"`(\w+)`", rows[name])), name


@pytest.mark.slow
def test_the_figure_is_clean_at_both_widths(runs):
    rates = clsim.findings(runs)["error_rates"].query("test == 'together'").set_index("strategy")
    for width in (FULL, COLUMN):
        check(errors_and_exposure(rates, PLAIN_WORDS, width))
