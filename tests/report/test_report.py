import hashlib
import json
import re
import shutil
from html.parser import HTMLParser

import matplotlib as mpl
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.ledger import Prices
from clsim.report import write_report
from clsim.report.cli import main
from clsim.report.tables import amount
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Gradual, Sudden

PRICES = {"error": 1.0, "retraining": 20.0, "row": 0.0, "label": 0.0, "currency": "EUR"}
FIGURES = ("accuracy_over_time", "accuracy_cost", "opportunity_cost", "total_cost")


def strategies():
    window = SlidingWindow("10d")
    return {
        "never": Strategy(Never(), window),
        "every 1d": Strategy(Periodic("1d"), window),
        "gated <weekly>": Strategy(Periodic("5d"), window, offline=ChampionChallenger(100)),
    }


def fill(folder, *, seeds=(1, 2), delays=("1d",), prices=PRICES):
    """A sweep folder, as the app leaves it."""
    drifts = [Sudden(Sine(1), at="25d"), Gradual(Sine(0), at="40d", width="10d")]
    stream = Synthetic(Sine(0), drifts, n=2400, rate="48/d", noise=0.05)
    for delay in delays:
        for seed in seeds:
            runs = clsim.replay(
                stream, strategies(), learner=GaussianNB(), tick="1d", warmup="10d", seed=seed,
                delay=Constant(delay),
            )  # fmt: skip
            for name, run in runs.items():
                run.config = {
                    "name": "small", "seed": seed, "delay": {"delay": delay},
                    "strategy": {"_target_": "clsim.Strategy", "name": name}, "prices": prices,
                }  # fmt: skip
                key = hashlib.sha256(json.dumps(run.config).encode()).hexdigest()[:12]
                run.save(folder / key)
    return folder


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = fill(tmp_path_factory.mktemp("sweep"))
    write_report(folder)
    return folder


@pytest.fixture
def sweep(original, tmp_path):
    """A copy without its report, for tests that write."""
    return shutil.copytree(
        original, tmp_path / "sweep", ignore=shutil.ignore_patterns("report.html", "figures")
    )


def column(folder, quantity, name="strategies"):
    table = pd.read_csv(folder / "tables" / f"{name}.csv")
    return table[table["quantity"] == quantity].set_index("strategy")


class References(HTMLParser):
    """Collects what a page would load or link to."""

    def __init__(self):
        super().__init__()
        self.found, self.ids = [], []

    def handle_starttag(self, tag, attrs):
        for key, value in attrs:
            if key in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
                self.found.append(value)
            if key == "id":
                self.ids.append(value)


def test_everything_is_written(original):
    assert (original / "report.html").stat().st_size > 10_000
    assert len(pd.read_parquet(original / "runs.parquet")) == 6
    for name in FIGURES:
        assert (original / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (original / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert {p.name for p in (original / "tables").iterdir()} == {
        "strategies.csv", "over_time.csv", "opportunity.csv",
    }  # fmt: skip


def test_the_page_needs_nothing_else(original):
    page = (original / "report.html").read_text()
    references = References()
    references.feed(page)
    assert all(value.startswith("#") for value in references.found)
    assert {value[1:] for value in references.found} <= set(references.ids)
    assert len(references.ids) == len(set(references.ids))
    assert "@import" not in page
    assert all(inside.startswith("#") for inside in re.findall(r"url\(([^)]*)\)", page))
    assert set(re.findall(r"https?://[^\s\"'<>]*", page)) <= {"http://www.w3.org/2000/svg"}
    assert "prefers-color-scheme: dark" in page


def test_names_are_escaped(original):
    page = (original / "report.html").read_text()
    assert "gated &lt;weekly&gt;" in page
    assert "<weekly>" not in page


def test_pdf_fonts_are_embedded_as_truetype(original):
    pdf = (original / "figures" / "total_cost.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def test_the_page_begins_with_the_cheapest_and_what_it_saves(original):
    page = (original / "report.html").read_text()
    totals = column(original, "total")["mean"]
    cheapest = totals.idxmin().replace("<", "&lt;").replace(">", "&gt;")
    first = page[page.index("<p class=verdict>") :]
    assert first.startswith(f"<p class=verdict>At these prices <strong>{cheapest}</strong>")
    assert "<strong>every 1d</strong>, it saves" in first
    assert f"it saves {amount(totals['every 1d'] - totals.min())} (95% interval" in first


def test_numbers_are_those_of_the_runs(original):
    runs = clsim.load(original).table.rename(columns={"strategy.name": "strategy"})
    means = runs.groupby("strategy")[["loss", "retrainings", "score"]].mean()
    total = means["loss"] + 20 * means["retrainings"]
    opportunity = means["loss"] - means.loc["every 1d", "loss"]
    assert column(original, "total")["mean"].to_dict() == pytest.approx(total.to_dict())
    assert column(original, "opportunity")["mean"].to_dict() == pytest.approx(opportunity.to_dict())
    assert column(original, "score")["mean"].to_dict() == pytest.approx(means["score"].to_dict())
    assert (column(original, "rejected")["mean"] > 0).to_dict() == {
        "every 1d": False, "gated <weekly>": True, "never": False,
    }  # fmt: skip
    assert (column(original, "initial_rows")["mean"] > 0).all()


def test_the_same_runs_give_the_same_bytes(original, sweep):
    write_report(sweep)
    for name in FIGURES:
        for end in ("pdf", "png"):
            path = f"figures/{name}.{end}"
            assert (sweep / path).read_bytes() == (original / path).read_bytes()
    here, there = ((f / "report.html").read_text() for f in (sweep, original))
    assert here.replace(str(sweep), "") == there.replace(str(original), "").replace(
        original.name, sweep.name
    )


def test_other_prices_without_replaying(sweep):
    settings = dict(mpl.rcParams)
    before = {p: p.stat().st_mtime_ns for p in sweep.glob("*/ticks.parquet")}
    write_report(sweep, prices=Prices(retraining=0, error=2))
    totals, losses = column(sweep, "total")["mean"], column(sweep, "loss")["mean"]
    assert totals.to_dict() == pytest.approx((2 * losses).to_dict())
    assert "Prices were changed after the replay" in (sweep / "report.html").read_text()
    assert {p: p.stat().st_mtime_ns for p in sweep.glob("*/ticks.parquet")} == before
    assert dict(mpl.rcParams) == settings  # figures leave matplotlib as it was


def test_reference_and_pair_can_be_chosen(sweep):
    write_report(sweep, reference="never", pair=("every 1d", "gated <weekly>"))
    assert column(sweep, "opportunity")["mean"]["never"] == 0
    steps = pd.read_csv(sweep / "tables" / "opportunity.csv")
    area = ((steps["a"] - steps["b"]) * (steps["events_end"] - steps["events_start"])).sum()
    losses = column(sweep, "loss")["mean"]
    assert area == pytest.approx(losses["every 1d"] - losses["gated <weekly>"])


def test_unfinished_runs_are_listed_and_left_out(sweep):
    run = next(sweep.glob("*/done")).parent
    (run / "done").unlink()
    page = write_report(sweep).read_text()
    assert f"not finished: <code>{run.name}</code>" in page
    assert "Not every strategy has every seed" in page
    assert len(pd.read_parquet(sweep / "runs.parquet")) == 5


def test_one_seed_gives_no_interval(tmp_path):
    fill(tmp_path, seeds=[1])
    page = write_report(tmp_path).read_text()
    table = pd.read_csv(tmp_path / "tables" / "strategies.csv")
    assert table[["low", "high"]].isna().all(axis=None)
    assert "95% interval" not in page
    assert "There is one seed" in page


def test_each_setting_has_its_section_and_files(tmp_path):
    fill(tmp_path, seeds=[1], delays=["1d", "5d"])
    page = write_report(tmp_path).read_text()
    for number, delay in ((1, "1d"), (2, "5d")):
        assert f"<section><h2>delay.delay={delay}</h2>" in page
        assert (tmp_path / "figures" / f"accuracy_cost-{number}.pdf").exists()
        assert set(column(tmp_path, "loss", f"strategies-{number}")["setting"]) == {
            f"delay.delay={delay}"
        }
    references = References()
    references.feed(page)
    assert len(references.ids) == len(set(references.ids))


def test_runs_that_disagree_on_prices_are_an_error_that_names_the_price(tmp_path):
    fill(tmp_path, seeds=[1])
    fill(tmp_path, seeds=[2], prices={**PRICES, "retraining": 50.0})
    with pytest.raises(ValueError, match=r"prices.retraining: the runs disagree \(20.0, 50.0\)"):
        write_report(tmp_path)
    write_report(tmp_path, prices={"retraining": 30})
    assert "retraining 30, row 0.0" in (tmp_path / "report.html").read_text()


def test_the_command(sweep, capsys):
    (sweep / "multirun.yaml").write_text("hydra: {overrides: {task: [+experiment=small, a=b c]}}")
    assert main([str(sweep), "--prices", "retraining=1", "currency=USD"]) == 0
    assert capsys.readouterr().out.strip() == str(sweep / "report.html")
    page = (sweep / "report.html").read_text()
    assert f"clsim-report {sweep} --prices retraining=1.0 currency=USD" in page
    assert "(USD)" in page
    assert "clsim -m +experiment=small &#x27;a=b c&#x27;" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--prices", "retrainin=20"], "unknown price 'retrainin'; did you mean 'retraining'?"),
        (["--prices", "retraining=dear"], "'dear' is not a number"),
        (["--prices", "retraining"], "write name=value"),
        (["--prices", "error=-1"], "prices.error=-1.0: must be at least 0"),
        (["--reference", "nevr"], "reference: unknown strategy 'nevr'; did you mean 'never'?"),
        (["--pair", "never", "x"], "pair: unknown strategy 'x'"),
    ],
)
def test_wrong_options_are_explained(original, capsys, options, message):
    assert main([str(original), *options]) == 2
    assert message in capsys.readouterr().err


def test_wrong_folders_are_explained(original, tmp_path, capsys):
    assert main([str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 2
    assert "no finished run of clsim" in capsys.readouterr().err
    assert main([str(next(original.glob("*/done")).parent)]) == 2
    assert "this is one run; give the sweep folder" in capsys.readouterr().err


def test_changes_that_come_often_are_not_marked():
    from matplotlib.figure import Figure

    from clsim.report.figures import _drifts

    axes = Figure().subplots()
    daily = [{"kind": "periodic", "start": 10 * k, "end": 10 * k + 5} for k in range(50)]
    walk = {"kind": "random walk", "start": 0, "end": 500}
    sudden = {"kind": "sudden", "start": 90, "end": 90}
    assert [h.get_label() for h in _drifts([axes], [*daily, walk, sudden], False)] == [
        "sudden drift"
    ]
    assert len(axes.lines) == 1
    assert len(axes.patches) == 0
