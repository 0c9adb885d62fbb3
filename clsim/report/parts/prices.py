"""Price sliders: the page's script prices the same quantities again, by linear sums alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from clsim.analysis.findings.paid import Term, terms
from clsim.report.markup import joined, lead, script_data
from clsim.report.parts.numbers import block
from clsim.report.section import Section

MOST_NUMBERS = 200_000
"""Quantities (strategies, seeds and prices) above which the page has no sliders."""

MOST_PAIRS = 20_000
"""Pairs of strategies, on the whole and on each slice, above which it has none either."""

MOST_SLIDERS = 10
"""Largest number of sliders: of a large matrix of errors, the cells that cost most."""


def sliders(section: Section) -> Markup:
    """HTML with a slider for each price, and the numbers that the page's script needs.

    Empty where there is nothing to choose from, or too much to put into a page.
    """
    paid = paid_terms(section)
    if len(section.order) < 2 or section.advice.refused:
        return Markup()
    slices = section.answers.slices["slice"].nunique()
    pairs = len(section.order) * (len(section.order) - 1) // 2 * (1 + slices)
    if len(paid) * len(section.table) > MOST_NUMBERS or pairs > MOST_PAIRS:
        return Markup()
    currency = section.words.currency
    weight = [float((term.price * term.counts).sum()) for term in paid]
    free = [k for k, term in enumerate(paid) if not term.fixed]
    most = most_of(paid, section)
    shown = sorted(free, key=lambda k: -weight[k])[:MOST_SLIDERS]
    rows = joined(_slider(term, k, currency, most[k]) for k, term in enumerate(paid) if k in shown)
    scores = section.means["score"]
    if scores.notna().all() and scores.min() < scores.max():
        rows += _floor(section)
    options = joined(
        Markup('<option value="{}"{}>per {}</option>').format(
            k, " selected" if term.key == "retraining" else "", term.unit
        )
        for k, term in enumerate(paid)
        if k in shown
    )
    said = lead(
        "Move a price: the choice at the top, these costs and the table of all strategies follow. "
        "Nothing is replayed; the figures keep the prices of the report. A strategy that "
        "decides by prices keeps the decisions that it took."
    )
    return Markup(
        '<div class="pricing" data-section="{}">{}<div class="sliders">{}</div>'
        '<p><button type="button" class="reset">Prices of the report</button></p>'
        '<div class="bars" role="group" aria-label="total cost of each strategy"></div>'
        "<p><label>Total cost at every price <select>{}</select></label></p>"
        '<div class="curve"></div><p class="switches"></p>'
        '<script type="application/json">{}</script></div>'
    ).format(section.suffix, said, rows, options, script_data(block(section, paid, most)))


def paid_terms(section: Section) -> list[Term]:
    """The terms of the total cost that are not 0 everywhere."""
    return [term for term in terms(section) if (term.counts != 0).any()]


def most_of(paid: Sequence[Term], section: Section) -> list[float]:
    """Right end of the slider of each term."""
    return [_most(term, section) for term in paid]


def _most(term: Term, section: Section) -> float:
    """Right end of a slider: ten times the price, or where it outweighs all other costs."""
    if term.price > 0:
        return 10 * term.price
    largest = float(np.nanmax(term.counts))
    raw = float(section.table["total"].max()) / largest if largest > 0 else 0.0
    return float(f"{raw:.0e}") if raw > 0 else 1.0


def _slider(term: Term, number: int, currency: str, most: float) -> Markup:
    return Markup(
        '<label data-key="{key}" data-term="{}"><span>{} per {}</span>'
        '<input type="range" min="0" max="1" step="any" aria-label="price of one {unit}">'
        '<input type="number" min="0" step="any" value="{!r}" max="{!r}"'
        ' aria-label="price of one {unit}, as a number"></label>'
    ).format(number, currency, term.unit, term.price, most * 100, key=term.key, unit=term.unit)


def _floor(section: Section) -> Markup:
    value = "" if section.advice.floor is None else repr(section.advice.floor)
    return Markup(
        '<label data-key="floor"><span>floor: least {}</span>'
        '<input type="number" step="any" value="{}" aria-label="floor"></label>'
    ).format(section.words.score, value)
