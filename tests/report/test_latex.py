"""Tables in LaTeX: rounding by hand, escapes, and bold for the best and its ties."""

import re
import shutil
import subprocess

import pytest

from clsim.report import latex
from clsim.report.page import read


@pytest.mark.parametrize(
    ("mean", "half", "text"),
    [
        (0.84321, 0.0123, r"$0.843 \pm 0.012$"),
        (3467.8, 191.6, r"$3{,}470 \pm 190$"),
        (12.0, 0.0, "$12$"),
        (-0.5, 0.25, r"$-0.50 \pm 0.25$"),
        (1234567.0, float("nan"), "$1{,}234{,}567$"),
        (float("nan"), float("nan"), "--"),
        (0.0996, 0.0996, r"$0.10 \pm 0.10$"),
    ],
)
def test_numbers_keep_two_digits_of_their_interval(mean, half, text):
    assert latex.number(mean, half) == text


def test_special_characters_are_escaped():
    assert latex.escape("50% of a_b & <c> {d} #1") == (
        r"50\% of a\_b \& \textless{}c\textgreater{} \{d\} \#1"
    )


def test_the_table_is_well_formed(original):
    text = (original / "tables" / "strategies.tex").read_text()
    assert text.count("\\begin{table}") == text.count("\\end{table}") == 1
    assert text.count("{") == text.count("}")
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == 1
    body = text[text.index("\\midrule") : text.index("\\bottomrule")]
    rows = [line for line in body.splitlines() if line.endswith("\\\\")]
    assert len(rows) == 4
    columns = re.search(r"\\begin\{tabular\}\{(\w+)\}", text)[1]
    assert all(row.count("&") == len(columns) - 1 for row in rows)
    assert text.isascii()


def test_bold_is_the_best_and_what_is_not_told_apart_from_it(original):
    _, (section,), _ = read(original)
    for quantity, better in (("score", max), ("total", min), ("upkeep", min)):
        means = section.means[quantity]
        bold = latex.best(section, quantity)
        assert means[bold[0]] == better(means)
        for name in set(means.index) - {bold[0]}:
            gap = section.difference(quantity, name, bold[0])
            assert (name in bold) == (gap.low <= 0 <= gap.high or gap.mean == 0)
    assert latex.best(section, "retrainings") == []  # neither more nor fewer are better


def test_with_one_seed_only_the_best_is_bold(tmp_path, fill):
    _, (section,), _ = read(fill(tmp_path, seeds=[1]))
    assert len(latex.best(section, "total")) == 1
    headings = [("score", "accuracy"), ("total", "cost")]
    assert "One seed." in latex.strategies(section, headings)
    assert "\\pm" not in latex.strategies(section, headings)


STRANGE = [
    r"50% of a_b & <c> {d} #1 $x^2~ \y",
    "[0] *",
    "-3.5 \N{EN DASH} 4 \N{EURO SIGN}",
    "Zürich",
    "",
]


def test_latex_takes_every_table_and_none_is_wider_than_the_text(original, tmp_path):
    found, look = map(shutil.which, ("pdflatex", "kpsewhich"))
    there = found and look and subprocess.run([look, "booktabs.sty"], capture_output=True).stdout
    if not there:
        pytest.skip("needs LaTeX: pdflatex with booktabs")
    files = sorted((original / "tables").glob("*.tex"))
    assert len(files) >= 2
    for k, headings in enumerate((STRANGE, [*STRANGE] * 6)):
        rows = [headings, headings[::-1]]
        text = latex.table(headings, rows, " ".join(STRANGE), f"strange-{k}")
        files.append(tmp_path / f"strange{k}.tex")
        files[-1].write_text(text, encoding="utf-8")
    inputs = "\\clearpage\n".join(f"\\input{{{file.as_posix()}}}" for file in files)
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n"
        "\\usepackage{booktabs,graphicx,textcomp}\n\\begin{document}\n"
        f"{inputs}\n\\end{{document}}\n"
    )
    done = subprocess.run(
        [found, "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Overfull" not in said
    assert f"({len(files)} page" in said
