"""What a sweep varies has a part of the page; so has another sweep beside it."""

import pandas as pd
import pytest

from clsim.analysis.findings.beside import other_sweeps
from clsim.report.figures.style import COLUMN
from clsim.report.page import read
from clsim.report.parts import besides
from clsim.report.parts.factors import by_factors
from clsim.sweep.commands import main

ONLY = ["never", "every 5d"]


@pytest.fixture(scope="module")
def two(fill, tmp_path_factory):
    """Two sweeps: two delays by two seeds, and one delay by two other seeds, one of them shared."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    fill(folder / "a", seeds=(1, 2), delays=("0d", "5d"), only=ONLY)
    fill(folder / "b", seeds=(2, 3), delays=("0d", "5d"), only=ONLY[:1])
    return folder


def test_a_factor_has_lines_winners_interactions_and_tables_in_latex(two):
    _, sections, _ = read(two / "a")
    (part,) = by_factors(sections)
    assert part.title == "By delay"
    assert [one.name for one in part.drawings] == [
        "factor_delay", "winners_delay", "interactions_delay",
    ]  # fmt: skip
    assert "Of 2 seeds of one world." in part.lead
    table = part.tables["factor_delay"].query("value == 'total'").set_index(["level", "strategy"])
    for section, level in zip(sections, ("0d", "5d"), strict=True):
        totals = section.means["total"]
        assert table.loc[level]["mean"].to_dict() == pytest.approx(totals.to_dict())
    depends = part.tables["interactions_delay"].query("value == 'total'").iloc[0]
    gaps = [section.difference("total", "never", "every 5d").mean for section in sections]
    assert depends["interaction"] == pytest.approx(gaps[1] - gaps[0])
    assert part.latex["factor_delay"].count(r"\\") == 3
    assert r"\mathbf" in part.latex["factor_delay"]
    for drawing in part.drawings:
        figure = drawing.draw(COLUMN)
        assert figure.get_figwidth() == COLUMN
        words = [text.get_text() for axes in figure.axes for text in axes.texts]
        if drawing.name == "winners_delay":
            assert words.count("best") == 2  # one at each level
            assert sum(word.startswith("+") for word in words) == 2


def test_prices_that_a_sweep_varies_are_a_factor(two, fill, tmp_path):
    dear = {"error": 1.0, "retraining": 90.0, "row": 0.0, "label": 0.0, "currency": "EUR"}
    fill(tmp_path, seeds=(1,), only=ONLY)
    fill(tmp_path, seeds=(2,), only=ONLY, prices=dear)
    _, sections, _ = read(tmp_path, {"retraining": 20})
    (part,) = by_factors(sections)
    assert part.title == "By price of retraining"
    table = part.tables["factor_price_of_retraining"].query("value == 'total'")
    means = table.set_index(["strategy", "level"])["mean"]
    trained = sections[0].means["retrainings"]["every 5d"]
    assert means["every 5d", "90"] - means["every 5d", "20"] == pytest.approx(70 * trained)
    assert means["never", "90"] == means["never", "20"]


def test_another_sweep_is_paired_by_seed_and_what_has_no_partner_is_named(two):
    _, sections, _ = read(two / "a")
    (part,) = besides(sections, other_sweeps([two / "b"]))
    assert "2 runs have a partner in b" in part.lead
    assert "Without one: 6 here, 2 in b." in part.lead
    assert part.tables["beside_b_pairs"]["same_labels"].all()
    assert part.tables["beside_b"].query("value == 'total'")["difference"].tolist() == [0, 0]
    assert "the other has not this seed" in part.html
    assert "the other has no such strategy in this setting" in part.html
    assert part.drawings[0].draw(COLUMN).axes[0].get_xlabel().startswith("total cost in b")
    assert "beside_b" in part.latex


@pytest.mark.slow
def test_the_command_takes_several_folders(two, monkeypatch, capsys):
    seen = {}

    def write(first, beside=(), **options):
        seen.update(first=first, beside=beside)
        return "page"

    monkeypatch.setattr("clsim.report.page.write_report", write)
    assert main([str(two / "a"), str(two / "b")]) == 0
    assert seen == {"first": str(two / "a"), "beside": [str(two / "b")]}
    monkeypatch.undo()
    assert main([str(two / "a"), str(two / "b"), str(two / "b")]) == 2
    assert "this folder is given twice" in capsys.readouterr().err
    assert not (two / "a" / "report.html").exists()
    assert isinstance(read(two / "a")[1][0].table, pd.DataFrame)
