"""The page and memo of a table that was made elsewhere: its numbers, and what it leaves out."""

import html
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clsim import Counterfactual, Prices
from clsim.analysis.choice.slices import by_slice
from clsim.report import page
from clsim.report.parts import of_section
from clsim.report.parts.own_table import left_out
from clsim.report.parts.verdict import notes
from clsim.sweep.commands import main

pytestmark = pytest.mark.slow  # whole pages

PRICES = Prices(retraining=60, currency="EUR")

TICKS = 12
WEEKS = pd.date_range("2024-01-01", periods=TICKS, freq="7D")


def lost(seed=0, last=TICKS, times=True):
    """A version a week; each loses 20 of 1,000 events, and 10 more with every week of age."""
    rows = []
    for trained in range(-1, TICKS):
        for tick in range(max(trained, 0), last):
            loss = 20 + 10 * (tick - trained) + seed * ((tick * 7) % 3)
            rows.append((f"v{trained + 1}", trained, tick, loss, 1000 + seed))
    frame = pd.DataFrame(rows, columns=["version", "trained_at", "tick", "loss", "n"])
    if times:
        frame["trained_at"] = WEEKS[0] + pd.to_timedelta(7 * frame["trained_at"], unit="D")
        frame["tick"] = WEEKS[frame["tick"]]
    return frame


def plain(text):
    """What a page says, without its script, styles and figures."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", "", str(text), flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a table, its report without figures (which take the time), and its memo."""
    folder = tmp_path_factory.mktemp("own")
    lost().to_csv(folder / "weekly.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "clsim.report.body.of_section",
            lambda section: [replace(p, drawings=[]) for p in of_section(section)],
        )
        memo = page.write_report(folder / "weekly.csv", PRICES, memo=True)
    assert memo == folder / "weekly" / "memo.html"
    return folder


def test_the_page_says_what_the_table_says(written):
    table = Counterfactual.from_frame(written / "weekly.csv")
    # the first model loses 30, 40, ...; a new one 20, 30, ...
    costs = {
        "never": sum(range(30, 150, 10)), 1: 30 + 11 * (20 + 60), 2: 70 + 5 * (20 + 30 + 60),
        3: 120 + 3 * (20 + 30 + 40 + 60), 4: 180 + 2 * (20 + 30 + 40 + 50 + 60),
    }  # fmt: skip
    assert costs == {"never": 1020, 1: 910, 2: 620, 3: 570, 4: 580}
    for every, cost in costs.items():
        ticks = [] if every == "never" else range(every, TICKS, every)
        assert table.cost_of(ticks, PRICES) == cost
    # over phases, every 3 costs 570, 590, 600, and every 4 thrice 580 and 600: on average less
    said = plain((written / "weekly" / "memo.html").read_text())
    year = 365.25 / 84
    for text in (said, plain((written / "weekly" / "report.html").read_text())):
        assert "Every 28 days ('every 4 ticks')" in text
        assert f"{580 * year:,.0f} EUR a year (580 for the whole replay)" in text
        assert (
            f"saves {440 * year:,.0f} EUR a year (440 for the whole replay) against 'never'" in text
        )
        assert "what you do today is known only if" in text
    assert "Nothing was replayed" in said
    assert "Looked up with clsim" in said


def test_what_needs_runs_is_left_out_with_a_reason(written):
    made = written / "weekly"
    text = plain((made / "report.html").read_text())
    for left in ("late labels", "triggers, gates", "judged on the future", "slices"):
        assert left in text
    for column in ("labels arrived", "rows trained", "rejected", "Monitors", "no label had"):
        assert column not in text
    assert not (made / "runs.parquet").exists()
    known = pd.read_csv(made / "tables" / "strategies.csv")["quantity"]
    assert not {*known} & {"labels", "waited", "rows_trained", "initial_rows", "logged"}
    frontier = pd.read_csv(made / "tables" / "frontier.csv")
    best = Counterfactual.from_frame(written / "weekly.csv").frontier()
    assert frontier["loss"].tolist() == best["loss"].tolist()
    # 1 training: 6 ticks of the first lose 330, and 6 of a new one 270
    assert frontier.loc[1, ["loss", "versions"]].tolist() == [600, "v7"]


def test_the_schedules_of_a_table_are_looked_up(tmp_path):
    lost(times=False).to_parquet(tmp_path / "t.parquet")
    runs, [section], _ = page.read(tmp_path / "t.parquet", {"retraining": 60})
    table = section.counterfactuals[0]
    assert {"never", "every tick", "every 2 ticks", "every 4 ticks"} <= {*section.setting.runs}
    for name, by_seed in section.setting.runs.items():
        trained = by_seed[0].events.query("kind == 'train'")["tick"].tolist()
        own = section.table.set_index("strategy").loc[name]
        assert own["total"] == table.cost_of(trained, Prices(retraining=60))
    assert len(runs.runs) == len(section.setting.runs)
    assert all(
        regret[0].gate == regret[0].path == 0 for regret in section.hindsight.regrets.values()
    )


def test_several_seeds_and_saved_tables(tmp_path):
    frame = pd.concat([lost(seed, times=False).assign(seed=seed) for seed in (1, 2, 3)])
    frame.to_csv(tmp_path / "seeds.csv", index=False)
    _, [section], _ = page.read(tmp_path / "seeds.csv")
    assert section.seeds == [1, 2, 3]
    assert not section.setting.one_draw
    assert section.answers.calendar.more.count == 3
    table = Counterfactual.from_frame(frame, seed=2)
    _, [saved], _ = page.read(table.save(tmp_path / "saved.parquet"))
    assert saved.seeds == [2]
    assert saved.table["total"].tolist() == section.table.query("seed == 2")["total"].tolist()
    learners = pd.concat([lost(times=False).assign(seed=seed) for seed in (1, 2)])
    learners.to_csv(tmp_path / "learners.csv", index=False)
    _, [section], _ = page.read(tmp_path / "learners.csv")
    assert section.setting.one_draw  # the same events: no interval over seeds


def test_what_served_and_slices_are_on_the_page(tmp_path):
    """A version every fourth week, a week late; west has a fifth of the events, and all errors."""
    frame = lost(times=False)
    tick = frame["tick"]
    now = np.maximum((tick - 1) // 4 * 4, -1)
    frame["served"] = frame["trained_at"] == np.where(tick < 5, -1, now)
    west = frame.assign(slice="region=west", n=frame["n"] // 5)
    east = frame.assign(slice="region=east", n=frame["n"] - west["n"], loss=0)
    pd.concat([west, east]).to_csv(tmp_path / "t.csv", index=False)
    _, [section], _ = page.read(tmp_path / "t.csv", {"retraining": 60})
    table = section.counterfactuals[0]
    # the first for 5 ticks: 30 + ... + 70; then v5, a tick old at first, for 4, and v9 for 3
    loss = sum(range(30, 80, 10)) + (30 + 40 + 50 + 60) + (30 + 40 + 50)
    own = section.table.set_index("strategy").loc["as served"]
    assert (own["loss"], own["retrainings"], own["total"]) == (loss, 2, loss + 2 * 60)
    assert section.reference == "as served" == section.answers.today
    assert section.hindsight.regrets["as served"][0].total == pytest.approx(
        own["total"] - table.best_schedule(Prices(retraining=60)).cost
    )
    best = section.answers.calendar
    assert best.every == 4 or best.more.mean < 0
    text = plain(notes(section)) + plain(left_out(section).html)
    assert "as served is what really served, by the table. It pays for the trainings" in text
    assert "what you do today" not in text
    assert "slices" not in plain(left_out(section).html)
    slices = by_slice(section.setting, section.prices, section.chosen)
    west = slices.query("slice == 'region=west' and strategy == 'as served'").iloc[0]
    assert (west["n"], west["errors"]) == (200 * TICKS, loss)
    assert (slices.query("slice == 'region=east'")["errors"] == 0).all()


@pytest.mark.parametrize(("words", "said"), [
    (["t.csv", "--prices", "label=1"], "prices.label=1: a table of losses does not say how many"),
    (["t.csv", "--prices", "alarm=1"], "prices.alarm=1: a table of losses does not say how many"),
    (["t.csv", "--prices", "row=1"], "prices.row=1: the table does not say how many rows"),
    (["t.csv", "--prices", "error=[[0,1],[5,0]]"], "prices.error: a table counts units of loss"),
    (["t.csv", "--tick", "7d"], "t.csv: tick='7d': the column 'tick' says"),
    (["t.csv", "--unanswered", "wrong", "--loss", "log"], "needs the zero-one loss, not log"),
    (["t.csv", "--loss", "sqared"], "did you mean 'squared'"),
    (["t.csv", "--counterfactual", "x"], "t.csv is a table itself"),
    (["saved.parquet", "--loss", "log"], "a saved table says its loss itself"),
    ([".", "--tick", "7d"], "tick: is said of a table, and '.' is none"),
    (["bad.csv"], "bad.csv: column 'n', row 3: -1; expected a whole number, at least 0"),
])  # fmt: skip
def test_what_makes_no_page_is_refused(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    lost().to_csv("t.csv", index=False)
    bad = lost()
    bad.loc[3, "n"] = -1
    bad.to_csv("bad.csv", index=False)
    Counterfactual.from_frame(lost()).save("saved.parquet")
    before = sorted(tmp_path.iterdir())
    assert main(words) == 2
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
