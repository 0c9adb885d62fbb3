import re
from dataclasses import fields
from html.parser import HTMLParser

import matplotlib as mpl
import pandas as pd
import pytest
from markupsafe import escape

import clsim
from clsim.analysis.choice.aloud import sentences
from clsim.analysis.choice.answers import answers
from clsim.analysis.choice.choose import recommend
from clsim.analysis.compare.comparison import settings
from clsim.report import write_report
from clsim.runs.ledger import Prices
from clsim.sweep.commands import main
from helpers.undrawn import nothing_drawn, write_undrawn

pytestmark = pytest.mark.slow  # whole pages

FIGURES = ("accuracy_over_time", "accuracy_cost", "opportunity_cost", "total_cost")


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
    assert len(pd.read_parquet(original / "runs.parquet")) == 8
    for name in FIGURES:
        file = original / "figures" / name
        assert file.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
        assert file.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert {p.name for p in (original / "tables").iterdir()} >= {
        "strategies.csv", "strategies.tex", "over_time.csv", "opportunity.csv", "methods.bib",
    }  # fmt: skip


def inches(file):
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) [\d.]+ \]", file.read_bytes())
    return float(box[1]) / 72


def test_figures_are_as_wide_as_a_page_and_on_request_as_a_column(original, sweep):
    files = list((original / "figures").glob("*.pdf"))
    assert len(files) >= len(FIGURES)
    for file in files:
        assert inches(file) == pytest.approx(7.0, abs=0.001), file.name
    page = write_report(sweep, style={"width": 3.3, "figures": ["total_cost"]}, n_jobs=1)
    found = {file.stem: inches(file) for file in (sweep / "figures").glob("*.pdf")}
    assert found == {
        "total_cost": pytest.approx(7.0, abs=0.001),
        "total_cost-column": pytest.approx(3.3, abs=0.001),
    }
    assert "<code>figures/total_cost-column.pdf</code>" in page.read_text()


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


def test_the_page_begins_with_the_four_answers(original):
    page = (original / "report.html").read_text()
    setting = settings(clsim.load(original))[0]
    advice = recommend(setting, Prices(currency="EUR"))
    for answer in sentences(answers(setting, Prices(currency="EUR"))).values():
        assert page.index(f"<dd>{escape(answer)}</dd>") < page.index("<figure>")
    totals = column(original, "total")["mean"]
    assert advice.strategy == totals.idxmin()
    assert advice.saving.mean == pytest.approx(totals["every 1d"] - totals.min())


def test_numbers_are_those_of_the_runs(original):
    runs = clsim.load(original).table
    means = runs.groupby("strategy")[["loss", "retrainings", "score"]].mean()
    total = means["loss"] + 20 * means["retrainings"]
    opportunity = means["loss"] - means.loc["every 1d", "loss"]
    assert column(original, "total")["mean"].to_dict() == pytest.approx(total.to_dict())
    assert column(original, "opportunity")["mean"].to_dict() == pytest.approx(opportunity.to_dict())
    assert column(original, "score")["mean"].to_dict() == pytest.approx(means["score"].to_dict())
    assert (column(original, "rejected")["mean"] > 0).to_dict() == {
        "every 1d": False, "every 5d": False, "gated <weekly>": True, "never": False,
    }  # fmt: skip
    assert (column(original, "initial_rows")["mean"] > 0).all()


def test_the_same_runs_give_the_same_bytes(original, sweep):
    settings = dict(mpl.rcParams)
    write_report(sweep, n_jobs=2)  # and who draws them changes nothing
    assert dict(mpl.rcParams) == settings  # figures leave matplotlib as it was
    for name in FIGURES:
        for end in ("pdf", "png"):
            path = f"figures/{name}.{end}"
            assert (sweep / path).read_bytes() == (original / path).read_bytes()
    here, there = ((f / "report.html").read_text() for f in (sweep, original))
    assert here.replace(str(sweep), "") == there.replace(str(original), "").replace(
        original.name, sweep.name
    )


def test_other_prices_without_replaying(sweep):
    before = {p: p.stat().st_mtime_ns for p in sweep.glob("*/ticks.parquet")}
    write_undrawn(sweep, prices=Prices(retraining=0, error=2))
    totals, losses = column(sweep, "total")["mean"], column(sweep, "loss")["mean"]
    assert totals.to_dict() == pytest.approx((2 * losses).to_dict())
    assert "Prices were changed after the replay" in (sweep / "report.html").read_text()
    assert {p: p.stat().st_mtime_ns for p in sweep.glob("*/ticks.parquet")} == before


def test_reference_and_pair_can_be_chosen(sweep):
    write_undrawn(sweep, reference="never", pair=("every 1d", "gated <weekly>"))
    assert column(sweep, "opportunity")["mean"]["never"] == 0
    steps = pd.read_csv(sweep / "tables" / "opportunity.csv")
    area = ((steps["a"] - steps["b"]) * (steps["events_end"] - steps["events_start"])).sum()
    losses = column(sweep, "loss")["mean"]
    assert area == pytest.approx(losses["every 1d"] - losses["gated <weekly>"])


def test_unfinished_runs_are_listed_and_left_out(sweep):
    run = next(sweep.glob("*/done")).parent
    (run / "done").unlink()
    page = write_undrawn(sweep).read_text()
    assert f"not finished: <code>{run.name}</code>" in page
    assert "Not every strategy has every seed" in page
    assert len(pd.read_parquet(sweep / "runs.parquet")) == 7


def test_one_seed_gives_no_interval(tmp_path, fill):
    fill(tmp_path, seeds=[1])
    page = write_undrawn(tmp_path).read_text()
    table = pd.read_csv(tmp_path / "tables" / "strategies.csv")
    assert table[["low", "high"]].isna().all(axis=None)
    shown = re.sub(r"\([^)]*(by|over moving) blocks of \d+ ticks of this one stream", "", page)
    assert "95% interval" not in shown[: shown.index("<script>")]
    assert "There is one seed" in page
    assert "ticks of this one stream" in page[: page.index("<script>")]


def test_each_setting_has_its_section_and_files(tmp_path, fill):
    fill(tmp_path, seeds=[1], delays=["1d", "5d"])
    page = write_undrawn(tmp_path).read_text()
    for delay in ("1d", "5d"):
        assert f'id="setting-{delay}"><summary><h3>{delay}</h3>' in page
        assert f'data-section="-{delay}"' in page
        assert (tmp_path / "figures" / f"accuracy_cost-{delay}.pdf").exists()
        assert set(column(tmp_path, "loss", f"strategies-{delay}")["setting"]) == {delay}
    assert "The runs are of 2 settings" in page
    references = References()
    references.feed(page)
    assert len(references.ids) == len(set(references.ids))


def test_runs_that_disagree_on_prices_are_an_error_that_names_the_price(tmp_path, fill):
    fill(tmp_path, seeds=[1])
    fill(tmp_path, seeds=[2], prices={"retraining": 50.0, "currency": "EUR"})
    with pytest.raises(ValueError, match=r"prices.retraining: the runs disagree \(20.0, 50.0\)"):
        write_undrawn(tmp_path)
    write_undrawn(tmp_path, prices={"retraining": 30})
    assert "retraining 30, by_hand 0.0, row 0.0" in (tmp_path / "report.html").read_text()


def test_the_command(sweep, capsys):
    (sweep / "multirun.yaml").write_text(
        "hydra: {overrides: {task: [+experiment=small, a=b c]}, runtime: {config_sources: "
        "[{path: /clsim/conf, provider: main}, {path: /my conf, provider: command-line}]}}"
    )
    with nothing_drawn():
        assert main([str(sweep), "--prices", "retraining=1", "currency=USD"]) == 0
    assert capsys.readouterr().out.strip() == str(sweep / "report.html")
    page = (sweep / "report.html").read_text()
    assert f"clsim-report {sweep} --prices retraining=1.0 currency=USD" in page
    assert "(USD)" in page
    said = "clsim -m -cd &#39;/my conf&#39; +experiment=small &#39;a=b c&#39;"
    assert said in page  # without the folder the experiment would not be found


def test_help_names_every_price(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = re.findall(r"\w+", capsys.readouterr().out)
    assert {field.name for field in fields(Prices)} <= set(said)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--prices", "retrainin=20"], "unknown price 'retrainin'; did you mean 'retraining'?"),
        (["--prices", "retraining=dear"], "'dear' is not a number"),
        (["--prices", "retraining"], "write name=value"),
        (["--prices", "retraining="], "a value is missing"),
        (["--prices", "retraining=20EUR"], "prices are plain numbers, all of one currency"),
        (["--prices", "error=[[0,1],[5]]"], "a matrix with a row for each true"),
        (["--prices", "error=[[0,1,1],[5,0,1],[1,1,0]]"], "of 3 classes, and the run has 2"),
        (["--prices", "error=[[0,-1],[5,0]]"], "prices.error[0][1]=-1: must be at least 0"),
        (["--prices", "error=-1"], "prices.error=-1.0: must be at least 0"),
        (["--reference", "nevr"], "reference: unknown strategy 'nevr'; did you mean 'never'?"),
        (["--pair", "never", "x"], "pair: unknown strategy 'x'"),
        (["--counterfactual", "nowhere"], "nowhere"),
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
