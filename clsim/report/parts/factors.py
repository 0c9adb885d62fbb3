"""Strategy by factor: lines, who wins and by how much, and whether it depends on the level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.factors import (
    Crossed,
    by_level,
    crossed,
    crossed_prices,
    factors,
    interactions,
    winners,
)
from clsim.report import latex
from clsim.report.figures.factors import LINES, by_factor, differences_of, who_wins
from clsim.report.markup import lead, note
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import ROWS, Section
from clsim.report.tables import plain_table
from clsim.runs.names import slugs

BY = "By "
"""How the title of a part begins, before the factor."""

MOST_LEVELS = 12
"""Largest number of levels of a factor that is shown."""


def by_factors(sections: Sequence[Section]) -> list[Part]:
    """A part for each factor of a sweep, and for each price that it varies."""
    if len({(s.words.score, s.words.currency) for s in sections}) > 1:
        return []
    compared = [section.setting for section in sections]
    every = [factor for factor in factors(compared) if factor.name != "setting"]
    swept = sections[0].swept
    names = [factor.name for factor in every] + list(swept)
    parts = []
    for number, (name, slug) in enumerate(zip(names, slugs(names), strict=True)):
        try:
            both = [
                crossed(compared, every[number], sections[0].prices, value)
                if number < len(every)
                else crossed_prices(compared, swept[name], name, value)
                for value in ("total", "score")
            ]
        except ValueError as error:  # no draw has all levels
            parts.append(Part(f"{BY}{name}", lead=lead(f"{error}.")))
            continue
        if len(both[0].factor.levels) <= MOST_LEVELS:
            others = [one for one in names if one != name and one not in swept]
            parts.append(_part(both, slug.replace("-", "_"), others, sections[0]))
    return parts


def _part(both: Sequence[Crossed], slug: str, others: Sequence[str], section: Section) -> Part:
    total = both[0]
    levels, wins = by_level(total), winners(total)
    reference = section.reference if section.reference in total.strategies else total.strategies[-1]
    depends = interactions(total, reference)
    currency, factor = section.words.currency, total.factor
    order = _cheapest_first(levels)
    shown = section.style.arranged(dict.fromkeys([*order[: len(LINES) - 1], reference]))
    looks = section.style.looks(shown)
    spread = _spread(total)
    said = [_who(wins, factor.name), _averaged(total, others)]
    few = levels[levels["strategy"].isin(shown)]
    drawings = [
        Drawing(
            f"factor_{slug}",
            partial(
                by_factor, _in_order(few, shown), factor, looks, f"total cost ({currency})", spread
            ),
            f"Total cost of strategies by {factor.name}, mean of each{_whiskers(spread)}."
            + (f" The {len(shown)} cheapest and {reference}." if len(shown) < len(order) else ""),
        ),
        Drawing(
            f"winners_{slug}",
            partial(
                who_wins, _in_order(wins, section.style.arranged(order)[:ROWS]), factor, currency
            ),
            f"Who is cheapest at each {factor.name}, and how much more the others cost "
            f"({currency}). Shades go by the square root.",
        ),
    ]
    if len(depends) and spread:
        drawings.append(_interactions(depends, shown, slug, currency, spread))
    return Part(
        f"{BY}{factor.name}",
        lead=Markup("<p class=lead>{}</p>").format(" ".join(filter(None, said))),
        drawings=drawings,
        html=_table(levels, order, factor.name, f"total cost ({currency})") + _left_out(total),
        tables={
            f"factor_{slug}": pd.concat(map(by_level, both)),
            f"winners_{slug}": pd.concat(map(winners, both)),
            f"interactions_{slug}": pd.concat(interactions(one, reference) for one in both),
        },
        latex={
            f"factor_{slug}": _latex(levels, wins, order, slug, f"total cost ({currency})", total),
            f"interactions_{slug}": _latex_interactions(depends, order, slug, currency, total),
        },
        cites=("student1908",) if spread else (),
    )  # fmt: skip


def _interactions(
    depends: pd.DataFrame, shown: Sequence[str], slug: str, currency: str, spread: str
) -> Drawing:
    base, reference = depends["base"].iloc[0], depends["reference"].iloc[0]
    name = depends["factor"].iloc[0]
    some = _in_order(depends, [one for one in shown if one != reference])
    rows = some.rename(columns={"interaction": "estimate", "level": "group"})
    rows = rows.set_index("strategy")[["estimate", "low", "high", "group"]]
    label = f"change of the difference from {reference} ({currency})"
    return Drawing(
        f"interactions_{slug}",
        partial(differences_of, rows.head(2 * ROWS), label, spread),
        f"Whether it depends on {name}: by how much the difference of cost from {reference} is "
        f"larger at each level than at {base} (difference of differences, paired). Left of 0: the "
        f"strategy gains on {reference}.",
    )


def _who(wins: pd.DataFrame, name: str) -> str:
    """Who wins at which level, in a sentence."""
    best = wins[wins["best"]]
    if len(set(best["strategy"])) == 1:
        start = f"At every {name} '{best['strategy'].iloc[0]}' costs least."
    else:
        said = [
            f"'{own}' at {_listed(levels)}"
            for own, levels in best.groupby("strategy", sort=False)["level"]
        ]
        start = f"By {name}, what costs least is {'; '.join(said)}."
    tied = wins.loc[wins["tied"], "level"]
    if tied.empty:
        return start
    at = [level for level in best["level"] if level in set(tied)]
    if len(at) == len(best):
        return f"{start} At none is it told apart from all others."
    return f"{start} At {_listed(at)} it is not told apart from all others."


def _listed(levels: Iterable[Any]) -> str:
    """Levels in a sentence."""
    *first, last = map(str, levels)
    return f"{', '.join(first)} and {last}" if first else last


def _averaged(of: Crossed, others: Sequence[str]) -> str:
    worlds, draws = int(of.world.max()) + 1, of.independent
    if of.over == "worlds":
        text = f"Means are of {worlds} worlds, each drawn once"
    else:
        some = f"{draws} seeds" if of.over else "one draw"
        text = f"Means are of {some} of {'one world' if worlds == 1 else f'{worlds} worlds'}"
    if of.factor.of_stream:
        text += " at each level, and the seeds are the same at all of them"
    rest = f"; within each draw they are over {' and '.join(others)}" if others else ""
    return f"{text}{rest}."


def _spread(of: Crossed) -> str:
    """What whiskers are."""
    return "" if of.over is None else f"95% interval over {of.independent} {of.over}"


def _whiskers(spread: str) -> str:
    return f"; whiskers: {spread}" if spread else ""


def _cheapest_first(levels: pd.DataFrame) -> list[str]:
    means = levels.groupby("strategy", sort=False)["mean"].mean()
    return [str(name) for name in means.sort_values(kind="stable").index]


def _in_order(rows: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Rows of some strategies, in their order."""
    place = {name: at for at, name in enumerate(order)}
    kept = rows[rows["strategy"].isin(list(order))]
    return kept.sort_values("strategy", key=lambda names: names.map(place), kind="stable")


def _table(levels: pd.DataFrame, order: Sequence[str], name: str, value: str) -> Markup:
    every = list(dict.fromkeys(levels["level"]))
    cells = levels.set_index(["strategy", "level"])[["mean", "low", "high"]]
    rows: list[list[Any]] = [
        [one, *(tuple(cells.loc[(one, level)].tolist()) for level in every)] for one in order
    ]
    title = f"{value[:1].upper()}{value[1:]}, by {name}"
    return plain_table(title, ["strategy", *every], rows)


def _left_out(of: Crossed) -> Markup:
    if not of.left_out:
        return Markup()
    return note(f"Left out, since not at every level: {', '.join(of.left_out)}.")


def _latex(
    levels: pd.DataFrame, wins: pd.DataFrame, order: Sequence[str], slug: str, value: str,
    of: Crossed,
) -> str:  # fmt: skip
    every = list(of.factor.levels)
    keys = ["strategy", "level"]
    cells = {(row["strategy"], row["level"]): row for row in levels.to_dict("records")}
    dark = wins[wins["best"] | wins["tied"]].set_index(keys).index
    rows = []
    for name in order:
        row = [name]
        for level in every:
            mean, low = cells[name, level]["mean"], cells[name, level]["low"]
            cell = latex.number(mean, mean - low)
            bold = (name, level) in dark
            row.append(latex.Latex(f"$\\mathbf{{{cell[1:-1]}}}$") if bold else cell)
        rows.append(row)
    caption = f"Mean {value} by {of.factor.name}{_with(of)}. Bold: least"
    caption += ", and what paired differences do not tell apart from it." if of.over else "."
    return latex.table(["strategy", *every], rows, caption, f"factor-{slug.replace('_', '-')}")


def _with(of: Crossed) -> str:
    """What captions say of intervals."""
    spread = _spread(of)
    return f", with {spread.replace('interval', 'intervals')}" if spread else ""


def _latex_interactions(
    depends: pd.DataFrame, order: Sequence[str], slug: str, currency: str, of: Crossed
) -> str:
    every = list(dict.fromkeys(depends["level"]))
    base, reference = depends["base"].iloc[0], depends["reference"].iloc[0]
    cells = {(row["strategy"], row["level"]): row for row in depends.to_dict("records")}
    rows = []
    for name in order:
        if name == reference:
            continue
        row = [name]
        for level in every:
            mean, low = cells[name, level]["interaction"], cells[name, level]["low"]
            row.append(latex.number(mean, mean - low))
        rows.append(row)
    caption = (
        f"By how much the difference of total cost ({currency}) from {reference} is larger than at "
        f"{of.factor.name} {base}{_with(of)}."
    )
    return latex.table(
        ["strategy", *every], rows, caption, f"interactions-{slug.replace('_', '-')}"
    )
