"""The table of strategies, for the page and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.report.markup import fold, joined
from clsim.rounding import MISSING, amount

FORMULA = ("=", "+", "-", "@", "\t", "\n")
"""How text begins that a spreadsheet takes for a formula."""

LONG = 24
"""Rows above which a table is folded."""


def columns(score: str, loss: str, currency: str) -> list[tuple[str, str]]:
    """Quantities of the table and their headings.

    Parameters
    ----------
    score, loss, currency : str
        Names of the score, of a unit of loss, and of the currency.
    """
    return [
        ("score", score),
        ("total", f"total cost ({currency})"),
        ("total_difference", f"total cost minus the reference's ({currency})"),
        ("upkeep", f"upkeep ({currency})"),
        ("retrainings", "retrainings"),
        ("rejected", "rejected"),
        ("failed", "failed"),
        ("rows_trained", "rows trained"),
        ("labels", "labels arrived"),
        ("loss", loss),
        ("opportunity", f"opportunity cost ({loss})"),
        ("opportunity_money", f"opportunity cost ({currency})"),
        ("initial_rows", "rows of the initial training"),
    ]


def html_table(
    summary: pd.DataFrame,
    order: Sequence[str],
    headings: Sequence[tuple[str, str]],
    pareto: Sequence[str],
    badges: dict[str, str],
    section: str = "",
) -> Markup:
    """The table of strategies as an HTML element; a click on a heading sorts it.

    Parameters
    ----------
    summary : pandas.DataFrame
        Tidy: strategy, quantity, mean, low, high, seeds.
    order : sequence of str
        Strategies, first to last.
    headings : sequence of (quantity, heading)
    pareto : sequence of str
        Strategies on the Pareto frontier.
    badges : dict of str to str
        What is written beside a strategy's name, such as ``'reference'``.
    section : str, default=''
        Which sliders change its money.
    """
    cells = {
        (row["strategy"], row["quantity"]): row for row in summary.to_dict(orient="records")
    }  # fmt: skip
    head = joined(
        Markup('<th scope="col"><button type="button">{}</button></th>').format(text)
        for text in ["strategy", "Pareto", *(h for _, h in headings), "seeds"]
    )
    body = []
    for name in order:
        badge = Markup(" <small>{}</small>").format(badges[name]) if name in badges else ""
        row = [Markup('<th scope="row" data-v="{0}">{0}{1}</th>').format(name, badge)]
        row.append(
            Markup('<td data-q="pareto" data-v="{}">{}</td>').format(
                *((1, "yes") if name in pareto else (0, MISSING))
            )
        )
        for quantity, _ in headings:
            row.append(_cell(cells[name, quantity], quantity))
        row.append(Markup('<td data-v="{0}">{0}</td>').format(cells[name, "total"]["seeds"]))
        body.append(Markup("<tr>{}</tr>").format(joined(row)))
    return _scrolled(
        "All strategies",
        Markup(
            '<table class="sortable" data-section="{}"><caption>All strategies</caption>'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
        ).format(section, head, joined(body)),
    )


def plain_table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]], *, folded: bool = False
) -> Markup:
    """Any table as a sortable HTML element; a long one is folded.

    Parameters
    ----------
    title : str
        What stands above it.
    headings : sequence of str
    rows : sequence of sequence
        Cells: text, numbers, intervals (mean, low, high), or elements of HTML. The first cell
        names its row.
    folded : bool, default=False
        Whether it is folded however short it is.
    """
    first = rows[0] if rows else [""] * len(headings)
    head = joined(
        Markup('<th scope="col"{}><button type="button">{}</button></th>').format(
            " class=text" if isinstance(cell, str) else "", text
        )
        for text, cell in zip(headings, first, strict=True)
    )
    body = joined(
        Markup('<tr><th scope="row" data-v="{}">{}</th>{}</tr>').format(
            row[0].striptags() if isinstance(row[0], Markup) else row[0],
            row[0],
            joined(map(_plain_cell, row[1:])),
        )
        for row in rows
    )
    folded = folded or len(rows) > LONG
    caption = Markup() if folded else Markup("<caption>{}</caption>").format(title)
    table = _scrolled(
        title,
        Markup(
            '<table class="sortable"{}>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        ).format(Markup(' aria-label="{}"').format(title) if folded else "", caption, head, body),
    )
    if not folded:
        return table
    count = f" ({len(rows)} rows)" if len(rows) > LONG else ""
    return fold(f"{title}{count}", table)


def _scrolled(title: str, table: Markup) -> Markup:
    """A table that is scrolled sideways where it is wider than the page, by keys too."""
    return Markup('<div class="scroll" tabindex="0" role="group" aria-label="{}">{}</div>').format(
        title, table
    )


def _plain_cell(cell: Any) -> Markup:
    if isinstance(cell, Markup):
        return cell
    if isinstance(cell, str):
        return Markup('<td class="text" data-v="{0}">{0}</td>').format(cell)
    if isinstance(cell, tuple):
        return _cell(dict(zip(("mean", "low", "high"), cell, strict=True)), "")
    value = math.nan if cell is None or pd.isna(cell) else float(cell)
    sort = "" if math.isnan(value) else repr(value)
    return Markup('<td data-v="{}">{}</td>').format(sort, amount(value))


def _cell(cell: Mapping[Any, Any], quantity: str) -> Markup:
    mean, low, high = float(cell["mean"]), float(cell["low"]), float(cell["high"])
    bounds = Markup()
    if not math.isnan(low) and low < high:
        bounds = Markup("<br><small>{} to {}</small>").format(amount(low), amount(high))
    value = "" if math.isnan(mean) else repr(mean)
    return Markup('<td data-q="{}" data-v="{}">{}{}</td>').format(
        quantity, value, amount(mean), bounds
    )


def tidy(
    summary: pd.DataFrame, pareto: Sequence[str], reference: str, setting: str
) -> pd.DataFrame:
    """The table as CSV wants it: one row per strategy and quantity.

    Returns
    -------
    pandas.DataFrame
        setting, strategy, reference, pareto, quantity, mean, low, high (95% interval over
        seeds), seeds.
    """
    table = summary.copy()
    table["setting"] = setting
    table["reference"] = reference
    table["pareto"] = table["strategy"].isin(list(pareto))
    first = ["setting", "strategy", "reference", "pareto", "quantity"]
    return table[[*first, "mean", "low", "high", "seeds"]]


def csv(frame: pd.DataFrame) -> str:
    """A table as CSV; what a spreadsheet would take for a formula begins with an apostrophe.

    >>> csv(pd.DataFrame({"@name": ["=1+1", "never"], "cost": [-1.5, 2.0]}))
    "'@name,cost\\n'=1+1,-1.5\\nnever,2.0\\n"
    """
    columns = [
        values if pd.api.types.is_numeric_dtype(values) else values.map(_no_formula)
        for _, values in frame.items()
    ]
    safe = pd.concat(columns, axis=1) if columns else frame
    return safe.to_csv(index=False, header=list(map(_no_formula, frame)), lineterminator="\n")


def _no_formula(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace("\r", "\n")  # which `to_csv` quotes, so that no row begins within a cell
    return f"'{text}" if text.startswith(FORMULA) else text
