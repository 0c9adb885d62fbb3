"""Comparison over seeds and streams, for papers; where a test would mean nothing, why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.scores import stream_means
from clsim.analysis.compare.significance import friedman, nemenyi
from clsim.analysis.compare.worlds import worlds
from clsim.analysis.findings.compared import (
    ROPE,
    WORTH,
    bayesian,
    blocks_of_one_stream,
    interquartile_means,
    nemenyi_pairs,
    pairs,
    part_effects,
    scores_of,
    seeds_for_the_choice,
    what_is_independent,
    worlds_to_tell,
)
from clsim.report import latex
from clsim.report.figures.comparing import critical_difference, intervals
from clsim.report.markup import joined, lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import ROWS, Section
from clsim.report.tables import plain_table
from clsim.rounding import MINUS, MISSING, amount, counted, percent, with_interval
from clsim.statistics.intervals import Interval

TITLE = "Comparison over seeds and streams"

POWER = Markup(
    "The least n for which P(|T| &gt; t) is 80% or more. T has the noncentral t distribution with "
    "n {} 1 degrees of freedom and noncentrality d sqrt(n) / s: d is the difference to be found, "
    "s the deviation of the paired differences. t is the quantile at 97.5% of Student's t. A plan "
    "for another sweep; of this one the intervals say all."
).format(MINUS)
"""How the number of seeds is worked out."""


@dataclass
class _Look:
    """What one look at the runs adds to the part of a page."""

    drawings: list[Drawing] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    html: Markup = field(default_factory=Markup)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    tex: dict[str, str] = field(default_factory=dict)
    cites: list[str] = field(default_factory=list)


def compared(sections: Sequence[Section]) -> Part | None:
    """Interquartile means, ranks and tests over all settings of a sweep."""
    if max(len(section.order) for section in sections) < 2:
        return None
    if len({section.words.score for section in sections}) > 1:
        return None
    table = scores_of(sections)
    try:
        means = _means(table, sections[0])
    except ValueError as error:  # strategies share no run
        return Part(TITLE, lead=lead(f"{error}."))
    scores = stream_means(table)
    looks = [_independent(sections), means, _ranks(scores), _pairs(scores, sections[0])]
    if len(sections) == 1:
        looks.append(_one_stream(sections[0]))
    looks += [_power(sections), _more_worlds(scores, sections), _effects(table)]
    sentences = dict.fromkeys(sentence for look in looks for sentence in look.sentences)
    listed = joined(Markup("<li>{}</li>").format(sentence) for sentence in sentences)
    return Part(
        TITLE,
        drawings=[drawing for look in looks for drawing in look.drawings],
        html=Markup("<ul class=lead>{}</ul>{}").format(listed, joined(k.html for k in looks)),
        tables={name: frame for look in looks for name, frame in look.tables.items()},
        latex={name: text for look in looks for name, text in look.tex.items()},
        cites=tuple(key for look in looks for key in look.cites),
    )


def _independent(sections: Sequence[Section]) -> _Look:
    """What was taken for independent."""
    found = worlds([section.setting for section in sections])
    kinds = len({world.kind for world in found})
    logs = sum(world.one_draw for world in found)
    sentences = [
        f"Taken for independent: {counted(len(found), 'world')} of {counted(kinds, 'kind')}. A "
        "world is a stream with its parameters; a kind, streams made of the same classes."
    ]
    if len(sections) > len(found):
        sentences.append(
            f"The {len(sections)} settings are of {counted(len(found), 'world')}: other delays, "
            "learners, ticks or prices of a world are no further evidence, so tests see their mean "
            "in each draw of it."
        )
    if logs < len(found):
        counts = sorted({world.draws for world in found if not world.one_draw})
        few = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        sentences.append(f"Seeds are draws of a world, within it: {few} of each.")
    seeds = [seed for world in found if not world.one_draw for seed in world.seeds]
    if len(set(seeds)) < len(seeds):
        sentences.append(
            "Worlds share seeds, and so random numbers: intervals allow for it, tests over worlds "
            "do not. Draw each world with seeds of its own to have what they promise."
        )
    if logs:
        sentences.append(
            "A recorded log is one world and one draw of it, whatever the seed of the learner."
        )
    table = what_is_independent(sections)
    html = Markup()
    if len(found) > 1:
        rows = [[w or MISSING, kind or MISSING, *map(int, counts)]
                for kind, w, *counts in table.itertuples(index=False)]  # fmt: skip
        headings = ["world", "kind", "settings", "seeds", "independent draws"]
        html = plain_table("What was taken for independent", headings, rows, folded=True)
    return _Look(sentences=sentences, html=html, tables={"worlds": table}, cites=["hurlbert1984"])


def _means(table: pd.DataFrame, section: Section) -> _Look:
    """Interquartile means with their intervals, and who is on the Pareto frontier.

    Raises
    ------
    ValueError
        If strategies share no run.
    """
    score = section.words.score
    estimates = interquartile_means(table, section.first(section.reference).info.loss)
    over = str(estimates["over"].iloc[0]) if "over" in estimates else "seeds"
    chances = estimates.set_index("strategy")["on_frontier"]
    means = estimates.set_index("strategy").sort_values("estimate", ascending=False)
    beside = chances.map(amount)
    runs, streams = int(estimates["runs"].max()), int(estimates["streams"].max())
    known = chances.notna().any()
    caption = (
        f"Interquartile mean of {score} over {counted(runs, 'draw')} of "
        f"{counted(streams, 'world')}: the mean of the middle half."
    )
    these = "this world" if streams == 1 else "these worlds"
    if over != "seeds":
        others = "worlds of these kinds" if over == "worlds" else "kinds of worlds"
        caption += f" Thin: 95% intervals for other {others}, by a bootstrap of whole {over}" + (
            f"; thick: for other seeds of {these}." if known else "."
        )
    elif known:
        caption += (
            f" Whiskers: 95% intervals for other seeds of {these}, by a bootstrap of seeds within "
            "each world."
        )
    if known:
        caption += (
            " The same draws for all strategies. Beside: the probability of being on the Pareto "
            f"frontier of upkeep and {score}."
        )
    if len(means) > ROWS:
        caption += f" The {ROWS} best; the others are in the table."
    draw = partial(
        intervals, means.head(ROWS), f"interquartile mean of {score}", beside if known else None,
        "on frontier",
    )  # fmt: skip
    at = means["estimate"]
    half = np.maximum(at - means["low"], means["high"] - at)  # one end of it may be cut
    tex = latex.table(
        ["strategy", "interquartile mean", "on frontier"],
        [[str(name), latex.number(at[name], half[name]), beside[str(name)]] for name in at.index],
        f"Interquartile mean of {score} over {counted(runs, 'draw')} of "
        f"{counted(streams, 'world')}"
        + (f", with 95% intervals for other seeds of {these}." if known else "."),
        "interquartile-mean",
    )  # fmt: skip
    name = "interquartile_mean"
    reasons = {str(reason) for reason in estimates["reason"] if isinstance(reason, str)}
    return _Look(
        [Drawing(name, draw, caption)],
        [f"No interval of these means ({reason})." for reason in sorted(reasons)],
        tables={name: estimates},
        tex={name: tex},
        cites=["agarwal2021", *(["field2007"] if over != "seeds" else [])],
    )


def _ranks(scores: pd.DataFrame) -> _Look:
    """Friedman's and Nemenyi's tests, or why there are none."""
    test = friedman(scores)
    if test.reason:
        return _Look(sentences=[f"No Friedman test: {test.reason}."])
    p = "below 0.001" if test.p < 0.001 else amount(test.p)
    sentence = (
        f"Friedman's test over {test.streams} worlds: chi-squared {amount(test.chi2)}, "
        f"F {amount(test.f)}, p {p}."
    )
    used = ["demsar2006", "friedman1937"]
    after = _optional(lambda: nemenyi(scores))
    if isinstance(after, str):
        return _Look(sentences=[sentence, after], cites=used)
    if after.reason:
        none = f"No Nemenyi test: {after.reason}."
        return _Look(sentences=[sentence, none], cites=used)
    draw = partial(critical_difference, after.ranks, after.critical_difference, after.cliques)
    caption = (
        f"Mean ranks over {after.streams} worlds; 1 is best. Strategies under one bar do not "
        "differ significantly by Nemenyi's test (level 0.05)."
    )
    drawing = Drawing("critical_difference", draw, caption)
    return _Look(
        [drawing], [sentence], tables={"nemenyi": nemenyi_pairs(after)},
        cites=[*used, "nemenyi1963"],
    )  # fmt: skip


def _pairs(scores: pd.DataFrame, section: Section) -> _Look:
    """Every strategy against the reference: Wilcoxon with Holm, and the Bayesian test."""
    reference = section.reference
    if reference not in scores.index or len(scores) < 2:
        return _Look()
    if scores.shape[1] < 2:
        return _Look(sentences=["No Wilcoxon test: it takes several worlds, and there is one."])
    tests = pairs(scores, reference)
    if tests["p"].isna().all():
        reasons = sorted(set(tests["reason"]))
        return _Look(sentences=[f"No Wilcoxon test: {reason}." for reason in reasons])
    other = np.where(tests["a"] == reference, tests["b"], tests["a"])
    posterior = _optional(lambda: bayesian(scores, tests, reference))
    cites = ["wilcoxon1945", "holm1979", "demsar2006"]
    headings = [
        "strategy",
        f"difference from {reference} (Hodges-Lehmann)",
        "p (Wilcoxon)",
        "p (Holm)",
    ]
    rows: list[list[Any]] = [
        [name, -d if a == reference else d, p, holm]
        for name, a, d, p, holm in zip(
            other, tests["a"], tests["difference"], tests["p"], tests["p_holm"], strict=True
        )
    ]
    sentences, tables = [], {"pairs": tests}
    if isinstance(posterior, str):
        sentences.append(posterior)
    else:
        tables["bayesian"] = posterior
        cites += ["benavoli2014", "benavoli2017"]
        headings += ["P(better)", f"P(within {ROPE})", "P(worse)"]
        for row, one in zip(rows, posterior.itertuples(), strict=True):
            row += [one.better, one.within, one.worse]
    return _Look(
        html=plain_table("Pairs of strategies", headings, rows),
        sentences=sentences,
        tables=tables,
        cites=cites,
    )


def _optional(test: Callable[[], Any]) -> Any:
    """What a test of an optional library finds, or the sentence that says what is missing."""
    try:
        return test()
    except ImportError as error:
        return f"{error}."


def _one_stream(section: Section) -> _Look:
    """For one draw of a stream: the difference over its ticks, by blocks."""
    sentences = []
    for row in blocks_of_one_stream(section).itertuples():
        what = f"{section.words.loss} per event of {row.strategy} minus that of {row.reference}"
        if isinstance(row.reason, str):
            sentences.append(f"{what}: {amount(row.difference)}; no interval: {row.reason}.")
        else:
            sentences.append(
                f"{what}: {amount(row.difference)} (95% interval {amount(row.low)} to "
                f"{amount(row.high)}, by blocks of {row.block} ticks of this one stream)."
            )
    cites = ["kunsch1989", "politis2004"] if sentences else []
    return _Look(sentences=sentences, cites=cites)


def _power(sections: Sequence[Section]) -> _Look:
    """How many seeds would tell the choice from others: of one setting all, else the next."""
    rows, tables, said = [], [], []
    for section in sections:
        found = seeds_for_the_choice(section)
        if found.empty:
            continue
        tables.append(found.assign(setting=section.setting.name))
        if len(sections) > 1:
            rival = str(section.advice.runners_up.iloc[0]["strategy"])
            found = found[found["strategy"] == rival]
        rows += [
            _seeds_row(section, row, len(sections) > 1) for row in found.head(ROWS).itertuples()
        ]
    if not rows:
        if all(section.setting.one_draw for section in sections):
            said = ["No number of seeds is said: more seeds of a recorded log replay the same log."]
        return _Look(sentences=said)
    currency = sections[0].words.currency
    headings = [
        *(["setting"] if len(sections) > 1 else []), "strategy",
        f"costs more than the choice by ({currency})", f"deviation over seeds ({currency})",
        "seeds there are", "seeds needed if they differ so",
        f"seeds needed for {percent(WORTH)} of the total",
    ]  # fmt: skip
    html = Markup("<h3>{}</h3><p>{}</p>{}").format(
        "How many seeds would tell them apart",
        POWER,
        plain_table("Seeds that would tell strategies apart", headings, rows),
    )
    return _Look(html=html, tables={"seeds_needed": pd.concat(tables)}, cites=["cohen1988"])


def _seeds_row(section: Section, row: Any, several: bool) -> list[Any]:
    name = f"{row.strategy} (choice: {section.chosen})" if several else row.strategy
    count, for_worth = (
        MISSING if pd.isna(n) else int(n) for n in (row.needed, row.seeds_for_worth)
    )
    if isinstance(row.reason, str):
        count = row.reason
    first = [section.setting.name] if several else []
    gap = (row.difference, row.low, row.high)
    return [*first, name, gap, row.deviation, row.seeds, count, for_worth]


def _more_worlds(scores: pd.DataFrame, sections: Sequence[Section]) -> _Look:
    """How many worlds would tell the best score from the next."""
    for row in worlds_to_tell(scores).to_dict("records"):
        gap = with_interval(Interval(row["mean"], row["low"], row["high"]))
        start = (
            f"Over {counted(row['worlds'], 'world')}, the {sections[0].words.score} of "
            f"{row['best']} is higher than that of {row['rival']} by {gap}"
        )
        if isinstance(row["reason"], str):
            return _Look(sentences=[f"{start}; no number of worlds is said: {row['reason']}."])
        return _Look(
            sentences=[f"{start}; if they differ so, {row['needed']} worlds tell them apart."],
            cites=["cohen1988", "student1908"],
        )
    return _Look()


def _effects(table: pd.DataFrame) -> _Look:
    """Main effects of the parts of the strategies, where several vary in a full sweep."""
    each = part_effects(table)
    if each.empty:
        return _Look()
    rows = [
        [f"{r['term']}: {r['cell']}", r["mean"], (r["effect"], r["low"], r["high"])]
        for r in each.to_dict("records")
    ]  # fmt: skip
    html = plain_table("What each part does", ["part", "mean", "effect"], rows)
    return _Look(html=html, tables={"effects": each})
