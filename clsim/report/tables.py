"""The table of strategies, for the page and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

MINUS, MISSING = "\N{MINUS SIGN}", "\N{EN DASH}"


def amount(value: float) -> str:
    """A number as a reader wants it: three figures or more, thousands apart.

    >>> amount(12345.678), amount(0.01234), amount(7.0)
    ('12,346', '0.0123', '7')
    """
    if math.isnan(value):
        return MISSING
    size = abs(value)
    text = f"{size:,.0f}" if size >= 100 or value == round(value) else f"{size:.3g}"
    return f"{MINUS}{text}" if value < 0 and text != "0" else text


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
) -> str:
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
    head = "".join(
        f'<th scope="col"><button type="button">{escape(text)}</button></th>'
        for text in ["strategy", "Pareto", *(h for _, h in headings), "seeds"]
    )
    body = []
    for name in order:
        badge = f" <small>{escape(badges[name])}</small>" if name in badges else ""
        row = [f'<th scope="row" data-v="{escape(name)}">{escape(name)}{badge}</th>']
        row.append(
            '<td data-q="pareto" data-v="1">yes</td>'
            if name in pareto
            else f'<td data-q="pareto" data-v="0">{MISSING}</td>'
        )
        for quantity, _ in headings:
            row.append(_cell(cells[name, quantity], quantity))
        seeds = cells[name, "total"]["seeds"]
        row.append(f'<td data-v="{seeds}">{seeds}</td>')
        body.append(f"<tr>{''.join(row)}</tr>")
    return (
        f'<div class="scroll"><table class="sortable" data-section="{escape(section)}">'
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def plain_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Any table as a sortable HTML element.

    Parameters
    ----------
    headings : sequence of str
    rows : sequence of sequence
        Cells: text, numbers, or intervals (mean, low, high). The first cell names its row.
    """
    first = rows[0] if rows else [""] * len(headings)
    head = "".join(
        f'<th scope="col"{" class=text" if isinstance(cell, str) else ""}>'
        f'<button type="button">{escape(text)}</button></th>'
        for text, cell in zip(headings, first, strict=True)
    )
    body = "".join(
        f'<tr><th scope="row" data-v="{escape(str(row[0]))}">{escape(str(row[0]))}</th>'
        + "".join(map(_plain_cell, row[1:]))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table class="sortable"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _plain_cell(cell: Any) -> str:
    if isinstance(cell, str):
        return f'<td class="text" data-v="{escape(cell)}">{escape(cell)}</td>'
    if isinstance(cell, tuple):
        return _cell(dict(zip(("mean", "low", "high"), cell, strict=True)), "")
    value = math.nan if cell is None or pd.isna(cell) else float(cell)
    sort = "" if math.isnan(value) else repr(value)
    return f'<td data-v="{sort}">{amount(value)}</td>'


def _cell(cell: Mapping[Any, Any], quantity: str) -> str:
    mean, low, high = float(cell["mean"]), float(cell["low"]), float(cell["high"])
    write = score_text if quantity == "score" else amount
    text = write(mean)
    if not math.isnan(low) and low < high:
        text += f"<br><small>{write(low)} to {write(high)}</small>"
    value = "" if math.isnan(mean) else repr(mean)
    return f'<td data-q="{quantity}" data-v="{value}">{text}</td>'


def score_text(value: float) -> str:
    """A score with four decimals, large ones as amounts.

    >>> score_text(0.84321), score_text(1234.5)
    ('0.8432', '1,234')
    """
    if math.isnan(value):
        return MISSING
    return f"{value:.4f}".replace("-", MINUS) if abs(value) < 10 else amount(value)


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
