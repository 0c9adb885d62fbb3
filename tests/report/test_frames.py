"""Everything that the page says is in a frame, which Python can have too."""

import re
from pathlib import Path

import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.findings.gather import BESIDE, FRAMES, TOGETHER, findings
from clsim.analysis.findings.suite import NAMES as SUITE
from clsim.report.markup import asset
from clsim.report.page import read
from clsim.rounding import amount
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from helpers.in_frames import MINUS, TOKEN, missing, parts
from helpers.undrawn import write_undrawn

DOCS = Path(__file__).parents[2] / "docs" / "findings.md"


@pytest.fixture(scope="module")
def frames(known):
    return findings(known)


@pytest.fixture(scope="module")
def page(known):
    return (known / "report.html").read_text(encoding="utf-8")


def test_every_number_of_a_page_stands_in_a_frame(page, frames):
    assert missing(page, frames) == []


@pytest.mark.parametrize("heading", ["", "Harm", "All strategies", "The choice, judged elsewhere"])
def test_a_changed_digit_is_noticed(page, frames, heading):
    """The last number of four digits in a part, with another last digit."""
    numbers = TOKEN.findall(parts(page)[heading])
    number = next(
        n for n in reversed(numbers) if re.fullmatch(rf"{MINUS}?0\.\d{{4}}|\d,\d{{3}}", n)
    )
    other = number[:-1] + str((int(number[-1]) + 5) % 10)
    at = page.index(f"<h2>{heading}</h2>") if heading else 0
    end = page.find("<h2>", at + 4)
    changed = page[:at] + page[at:end].replace(number, other) + page[end:]
    assert (heading, other) in [lost[:2] for lost in missing(changed, frames)]


def test_frames_are_those_of_the_page(known, frames):
    _, (section,), _ = read(known)
    for name in ("choice", "answers", "regret", "harm", "strategies", "seeds_needed"):
        mine = frames[name].drop(columns="setting")
        pd.testing.assert_frame_equal(mine, FRAMES[name](section).reset_index(drop=True))


@pytest.fixture(scope="module")
def beside(fill, tmp_path_factory):
    """A sweep of three seeds and another with a later delay that shares two, and both together."""
    folder = tmp_path_factory.mktemp("beside")
    own, other = folder / "own", folder / "other"
    for place, seeds, delay, only in (
        (own, (1, 2, 3), "0d", ["never", "every 5d"]), (other, (2, 3, 4), "5d", ["every 5d"]),
    ):  # fmt: skip
        place.mkdir()
        fill(place, seeds=seeds, delays=(delay,), only=only)
    page = write_undrawn(own, beside=[other], to=folder / "page").read_text(encoding="utf-8")
    return page, findings(own, beside=[other])


@pytest.mark.slow
def test_every_number_of_two_sweeps_beside_each_other_stands_in_a_frame(beside):
    page, frames = beside
    assert missing(page, frames) == []
    text = parts(page)["Beside other"]
    assert "2 runs have a partner in other" in text
    assert "Without one: 4 here, 1 in other." in text
    assert "here 0d, in other 5d" in text
    mean = frames["beside"].query("value == 'total'").iloc[0]
    gap = amount(mean["difference"])
    assert mean["difference"] > 0  # later labels cost more
    changed = page.replace(f">{gap}<", f">{gap[:-1]}{(int(gap[-1]) + 5) % 10}<")
    assert [lost[0] for lost in missing(changed, frames)] == ["Beside other"]


def test_the_docs_name_every_frame_and_every_column(frames, beside):
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert list(rows) == [*FRAMES, *TOGETHER, *SUITE, *BESIDE]
    for name, said in rows.items():
        found = beside[1] if name in BESIDE else frames
        columns = set(map(str, found[name].columns)) - {"setting"}
        named = set(re.findall(r"`(\w+)`", said))
        assert columns - named == set(), name


def test_going_back_is_a_bound_and_more_models_are_worth_more(frames):
    best, luck = frames["back_or_train"], frames["luck"].set_index("schedule")
    assert (best["bound"] <= best["with_back"]).all()
    assert (best["with_back"] <= best["without"]).all()
    # without a row of a training's price: whole numbers of errors, and trainings at 20
    assert ((best["with_back"] - 20 * best["trainings_with"]) % 1 == 0).all()
    assert ((best["with_back"] - best["bound"]) == best["gap"]).all()
    never = frames["runs"].query("strategy == 'never'")["total"].mean()
    saved = luck.loc["best in hindsight", "mean"]
    assert best["without"].mean() == pytest.approx(never - saved)
    worth = frames["going_back"].assign(kept=lambda f: f["kept"].fillna(99))
    for _, each in worth.groupby("strategy"):
        assert each.sort_values("kept")["mean"].is_monotonic_increasing
    assert (worth.query("strategy == 'never'")["mean"] == 0).all()


def test_runs_from_python_have_the_same_frames():
    """One error costs 1 and a training 20, so what is saved can be counted."""
    stream = Synthetic(Sine(0), n=600)
    ways = {"never": clsim.Strategy(Never()), "often": clsim.Strategy(Periodic(every=2))}
    runs = clsim.replay(stream, ways, learner=GaussianNB(), tick=100, warmup=100)
    found = clsim.findings(runs, {"retraining": 20.0})
    totals = {name: run.totals["loss"] + 20 * run.totals["retrainings"]
              for name, run in runs.items()}  # fmt: skip
    assert found["runs"].set_index("strategy")["total"].to_dict() == totals
    parts_of = found["cost_parts"].groupby("strategy")["cost"].sum().to_dict()
    assert parts_of == pytest.approx(totals)
    assert found["regret"].empty  # there are no tables of hindsight
    with pytest.raises(KeyError, match="regret"):
        found["regrets"]
    with pytest.raises(ValueError, match="reference"):
        clsim.findings(runs, reference="always")


def test_the_script_writes_numbers_as_python_does(engine):
    values = [0.0, 1.0, -1.5, 12.345, 12.355, 999.95, 999.949, 1000.5, 1001.5, 123456.0, 1e-5,
              -3e-7, 0.00012345, 0.5 + 2**-20, 1e-13, 2.5, 99.995]  # fmt: skip
    said = engine(asset("numbers.js"), f"{values}.map(amount)")
    assert said == [amount(value) for value in values]
