"""Tables for papers, in LaTeX with booktabs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clsim.report.section import Section
from clsim.rounding import MINUS, amount

NEEDS = "% needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs,graphicx,textcomp}\n"

FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
"""What begins a box that is no wider than the text."""

BETTER = {"score": 1, "total": -1, "upkeep": -1, "loss": -1, "opportunity": -1}
"""Quantities of which one direction is better: 1 for higher, -1 for lower."""

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "\N{EN DASH}": "--", "\N{MINUS SIGN}": "$-$",
    "\N{EURO SIGN}": r"\texteuro{}", "\N{MULTIPLICATION SIGN}": r"$\times$",
    # else a row that begins with these gives them to the command that ended the one before
    "[": "{[}", "]": "{]}", "*": "{*}",
}  # fmt: skip


class Latex(str):
    """LaTeX, where any other text is escaped."""


def escape(text: str) -> Latex:
    r"""Text as LaTeX writes it, in one line; what is LaTeX stays as it is.

    >>> escape("50% of a_b")
    '50\\% of a\\_b'
    """
    if isinstance(text, Latex):
        return text
    return Latex("".join(SPECIAL.get(c, c if c.isprintable() else " ") for c in text))


def number(mean: float, half: float = math.nan) -> Latex:
    r"""A mean and the half-width of its interval, rounded to two digits of the half-width.

    >>> number(0.84321, 0.0123), number(3467.8, 191.6), number(12.0)
    ('$0.843 \\pm 0.012$', '$3{,}470 \\pm 190$', '$12$')
    """
    if math.isnan(mean):
        return Latex("--")
    if math.isnan(half) or half == 0:
        text = amount(mean).replace(MINUS, "-").replace(",", "{,}")
        return Latex(f"${text}$")
    half = float(f"{half:.1e}")
    digits = 1 - math.floor(math.log10(half))
    values = [f"{round(x, digits):,.{max(digits, 0)}f}" for x in (mean, half)]
    shown = " ".join([values[0], chr(92) + "pm", values[1]]).replace(",", "{,}")
    return Latex(f"${shown}$")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], caption: str, label: str) -> str:
    """A table with rules of booktabs; text that is not `Latex` is escaped here.

    Parameters
    ----------
    headings : sequence of str
    rows : sequence of sequence of str
    caption : str
    label : str
        As in ``\\ref{tab:label}``; a constant.
    """
    columns = "l" + "r" * (len(headings) - 1)
    body = "\n".join(f"    {' & '.join(map(escape, row))} \\\\" for row in rows)
    head = " & ".join(map(escape, headings))
    return (
        f"{NEEDS}\\begin{{table}}\n  \\centering\n  \\caption{{{escape(caption)}}}\n"
        f"  \\label{{tab:{label}}}\n  {FITTED}\n  \\begin{{tabular}}{{{columns}}}\n    \\toprule\n"
        f"    {head} \\\\\n    \\midrule\n{body}\n    \\bottomrule\n  \\end{{tabular}}}}\n"
        "\\end{table}\n"
    )


def strategies(section: Section, headings: Sequence[tuple[str, str]]) -> str:
    """The table of strategies: means and half-widths of 95% intervals, best in bold.

    Bold too is what the runs do not tell apart from the best: the interval of the difference,
    seed by seed, holds 0. With one seed the best alone is bold.

    Parameters
    ----------
    section : Section
    headings : sequence of (quantity, heading)
    """
    intervals = {quantity: section.interval(quantity) for quantity, _ in headings}
    bold = {quantity: best(section, quantity) for quantity, _ in headings}
    rows = []
    for name in section.order:
        row = [name]
        for quantity, _ in headings:
            mean, low, _ = map(float, intervals[quantity].loc[name])
            cell = number(mean, mean - low)
            row.append(Latex(f"$\\mathbf{{{cell[1:-1]}}}$") if name in bold[quantity] else cell)
        rows.append(row)
    n = section.words.seeds
    caption = f"Means over {n} seeds with 95% intervals (Student's t)." if n > 1 else "One seed."
    if n > 1:
        caption += " Bold: best, and what paired differences do not tell apart from it."
    where = f" {section.setting.name}." if section.setting.name else ""
    return table(["strategy", *(h for _, h in headings)], rows, caption + where,
                 f"strategies{section.suffix}")  # fmt: skip


def best(section: Section, quantity: str) -> list[str]:
    """The best strategy in a quantity, and those that paired differences do not tell apart."""
    direction = BETTER.get(quantity)
    if direction is None or quantity not in section.means:
        return []
    means = section.means[quantity].dropna()
    if len(means) < 2:
        return []
    first = str((means * direction).idxmax())
    names = [first]
    for name in map(str, means.index):
        gap = section.difference(quantity, name, first)
        if name != first and (gap.low <= 0 <= gap.high or gap.mean == 0):
            names.append(name)
    return names
