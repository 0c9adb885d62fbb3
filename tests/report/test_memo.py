"""The memo is one page, says what analysis says, and comes and goes with the report."""

import html
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from clsim.analysis.choice.aloud import QUESTIONS, sentences
from clsim.analysis.choice.answers import answers
from clsim.analysis.choice.limits import ANSWERED_ALONE, assumptions, cannot_say
from clsim.report import page as page_module
from clsim.report.folder import read_manifest
from clsim.report.memo import memo_page
from clsim.report.page import read
from clsim.report.parts import Part
from clsim.report.parts.slices import by_slice
from clsim.report.parts.stakeholders import by_stakeholder
from clsim.report.priced import price_files
from clsim.sweep.commands import main

pytestmark = pytest.mark.slow  # whole pages

FILES = {"finance.yaml": "retraining: 20\n", "risk.yaml": "retraining: 0.5\nerror: 2\n"}


@pytest.fixture(scope="module")
def section(original):
    _, (one,), _ = read(original)
    return one


@pytest.fixture(scope="module")
def memo(section, tmp_path_factory):
    """The memo of a small sweep, as a file."""
    path = tmp_path_factory.mktemp("memo") / "memo.html"
    path.write_text(memo_page("Weekly or monthly?", [section], "clsim-report x"), "utf-8")
    return path


@pytest.fixture
def prices(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in FILES]


def test_the_memo_says_what_analysis_says(section, memo):
    page = memo.read_text("utf-8")
    said = sentences(answers(section.setting, section.prices))
    dd = [html.unescape(text) for text in re.findall("<dd>(.*?)</dd>", page)]
    assert dd == list(said.values())
    listed = [html.unescape(text) for text in re.findall("<li>(.*?)</li>", page)]
    assert listed == [
        *assumptions(section.setting, section.prices), *cannot_say(section.setting),
    ]  # fmt: skip
    assert page.count("<main>") == 1
    assert "Bold: chosen." in page
    assert set(re.findall(r"https?://[^\s\"'<>]*", page)) <= {"http://www.w3.org/2000/svg"}


def test_the_answers_are_sums_of_what_lies_on_disk(original, section):
    """Each number from ticks and events, by prices: 1 an error, 20 a training."""
    errors, trained, days = {}, {}, set()
    for place in sorted(original.iterdir()):
        if not (place / "done").exists():
            continue
        config = yaml.safe_load((place / "config.yaml").read_text())
        name, seed = config["strategy"]["name"], config["seed"]
        ticks, events = (pd.read_parquet(place / f"{kind}.parquet") for kind in ("ticks", "events"))
        ticks = ticks[ticks["slice"] == "all"]
        errors.setdefault(name, {})[seed] = ticks["loss"].sum()
        trained.setdefault(name, {})[seed] = (events["kind"] == "train").sum()
        days.add((ticks["end"].max() - ticks["start"].min()) / pd.Timedelta("1D"))
    errors, trained = ({name: np.array([of[name][seed] for seed in (1, 2)]) for name in of}
                       for of in (errors, trained))  # fmt: skip
    cost = {name: errors[name] + 20 * trained[name] for name in errors}
    order = sorted(cost, key=lambda name: cost[name].mean())
    best, [length] = order[0], days
    often = max(cost, key=lambda name: sum(trained[name]))
    year = 365.25 / length
    said = sentences(section.answers)
    assert best == "never"
    assert (
        f"of 4 strategies it costs the least, {_four(cost[best].mean() * year)} EUR a year"
        in (said[QUESTIONS[0]])
    )
    more = cost[often] - cost[best]
    assert said[QUESTIONS[1]].startswith(
        f"It saves {_four(more.mean() * year)} EUR a year ({_four(more.mean())} for the whole "
        f"replay) against '{often}'."
    )
    half = 12.7062047 * more.std(ddof=1) / 2**0.5  # Student's t with one degree of freedom
    low, high = more.mean() - half, more.mean() + half
    assert said[QUESTIONS[2]].startswith(
        f"The saving against '{often}' lies between {_four(low * year)} and {_four(high * year)} "
        f"EUR a year (95% interval over 2 seeds; {_four(low)} and {_four(high)} for the whole "
        "replay)"
    )
    following = (cost[order[1]] - cost[best]).mean()
    assert f"'{order[1]}', costs {_four(following * year)} EUR a year more" in said[QUESTIONS[2]]
    # a training at which another costs what never does: what never loses more by its trainings
    turns = {
        (np.mean(errors[best]) - np.mean(errors[name])) / np.mean(trained[name]): name
        for name in order[1:]
    }
    assert (
        f"If a retraining cost less than {_four(max(turns))} EUR (now 20), '{turns[max(turns)]}' "
        "would be the cheapest."
    ) in said[QUESTIONS[3]]


def _four(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def test_where_answers_decided_which_labels_exist_the_memo_says_so(section):
    stream = {"_target_": "clsim.streams.feedback.Selective"}
    setting = replace(section.setting, config={**section.setting.config, "stream": stream})
    both = [section, replace(section, setting=setting, suffix="-2")]
    page = memo_page("x", both, "clsim-report x")
    first, second = page.split("</main>")[:2]  # one sheet for each setting
    assert ANSWERED_ALONE not in first
    assert second.index(ANSWERED_ALONE) > second.index("What the past cannot say")


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_the_memo_prints_on_one_page(memo, browser, tmp_path, size):
    page = tmp_path / f"{size}.html"
    full = f"</dl><p>{'Who loses by it, and where the stakeholders part. ' * 22}</p>"
    text = memo.read_text("utf-8").replace("@page {", f"@page {{ size: {size};")
    page.write_text(text.replace("</dl>", full), "utf-8")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)))
    pdf = tmp_path / "memo.pdf"
    subprocess.run(
        [found, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--print-to-pdf={pdf}", page.as_uri()], capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf.read_bytes())) == 1


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1600, False)])
def test_the_memo_is_read_on_a_phone_and_in_the_dark(memo, browser, width, dark):
    wide, kinds, paper, ink = browser(memo, """
      const seen = svg => getComputedStyle(svg).display !== "none";
      const style = getComputedStyle(document.body);
      return [document.documentElement.scrollWidth,
        [...document.querySelectorAll("figure svg.wide, figure svg.narrow")].filter(seen)
          .map(svg => svg.getAttribute("class")), style.backgroundColor, style.color];
    """, width=width, dark=dark)  # fmt: skip
    assert wide <= width
    assert kinds == (["narrow"] if width == 390 else ["wide"])
    level = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (paper, ink)]
    assert (level[0] < level[1]) == dark


def test_it_is_written_beside_the_report_and_goes_with_it(sweep, prices, monkeypatch, capsys):
    monkeypatch.setattr("clsim.report.body.of_section", lambda section: [Part("nothing")])
    monkeypatch.setattr(page_module, "of_all", lambda sections: [])
    assert main([str(sweep), "--memo", "--prices", *map(str, prices), "row=0"]) == 0
    assert capsys.readouterr().out.strip() == str(sweep / "memo.html")
    page = html.unescape((sweep / "memo.html").read_text("utf-8"))
    assert "The choice is for finance, 'never'; for risk, 'every 1d'." in page
    assert "finance.yaml" in page[page.index("the whole report") :]
    assert (sweep / "report.html").exists()
    assert "memo.html" in read_manifest(sweep)  # the next report without a memo removes it


def test_each_stakeholder_has_a_column(original, prices):
    _, (section,), _ = read(original, stakeholders=prices)
    part = by_stakeholder(section)
    table = part.tables["stakeholders"].set_index("stakeholder")
    assert table["choice"].to_dict() == {"finance": "never", "risk": "every 1d"}
    assert [name in part.html for name in ("finance", "risk")] == [True, True]
    assert section.prices.retraining == 20
    _, (alone,), _ = read(original, stakeholders=prices[1:])
    assert by_stakeholder(alone) is None
    assert (alone.prices.retraining, alone.prices.currency) == (0.5, "EUR")
    assert by_slice(alone) is None  # the stream names none


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("retrainin: 3", "prices: unknown price 'retrainin'; did you mean 'retraining'?"),
        ("- 3", "not a mapping"),
        ("retraining: -1", "prices.retraining"),
    ],
)
def test_a_price_file_that_is_none_is_refused_by_name(tmp_path, text, told):
    (tmp_path / "wrong.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"wrong\.yaml: ") as error:
        price_files([tmp_path / "wrong.yaml"])
    assert told in str(error.value)


def test_files_of_one_name_are_told_apart(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "prices.yaml").write_text("retraining: 3")
    paths = [tmp_path / folder / "prices.yaml" for folder in ("a", "b")]
    assert list(price_files(paths)) == list(map(str, paths))
    with pytest.raises(ValueError, match="is given twice"):
        price_files([paths[0], paths[0]])
