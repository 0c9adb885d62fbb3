"""Comparison over seeds and streams, for papers; where a test would mean nothing, why."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.effects import effects
from clsim.analysis.compare.intervals import (
    frontier_probability,
    moving_block_bootstrap,
    stratified_bootstrap,
)
from clsim.analysis.compare.power import seeds_needed
from clsim.analysis.compare.scores import scores_table, stream_means
from clsim.analysis.compare.significance import (
    bayesian_signed_rank,
    friedman,
    nemenyi,
    wilcoxon_holm,
)
from clsim.analysis.cost.opportunity import same_events
from clsim.report import latex
from clsim.report.figures.comparing import critical_difference, intervals
from clsim.report.markup import joined, lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import ROWS, Section
from clsim.report.tables import MISSING, amount, plain_table, score_text

TITLE = "Comparison over seeds and streams"

FACTORS = ("trigger", "dataset", "training", "offline")
"""Parts of a strategy whose effects are looked for."""

ROPE = 0.01
"""Differences of score up to this count as none."""

WORTH = 0.01
"""Share of the chosen strategy's total cost that is worth finding, for the number of seeds."""


def compared(sections: Sequence[Section]) -> Part | None:
    """Interquartile means, ranks and tests over all settings of a sweep."""
    if max(len(section.order) for section in sections) < 2:
        return None
    words = sections[0].words
    if len({section.words.score for section in sections}) > 1:
        return None
    table = scores_table([section.setting for section in sections], sections[0].prices)
    streams = table["stream"].nunique()
    drawings: list[Drawing] = []
    sentences: list[str] = []
    tables: dict[str, pd.DataFrame] = {}
    tex: dict[str, str] = {}
    cites = ["agarwal2021"]
    try:
        found = stratified_bootstrap(table)
    except ValueError as error:  # strategies share no run
        return Part(TITLE, lead=lead(f"{error}."))
    chances = frontier_probability(table).set_index("strategy")
    means = found.set_index("strategy").sort_values("estimate", ascending=False)
    beside = chances["probability"].map(lambda p: MISSING if np.isnan(p) else f"{p:.2f}")
    runs = int(found["runs"].max())
    known = chances["probability"].notna().any()
    few = means.head(ROWS)
    drawings.append(
        Drawing(
            "interquartile_mean",
            partial(
                intervals, few, f"interquartile mean of {words.score}",
                beside if known else None, "on frontier",
            ),
            f"Interquartile mean of {words.score} over {_counted(runs, 'run')} of "
            f"{_counted(streams, 'stream')}: the mean of the middle half."
            + (" Whiskers: 95% intervals by a bootstrap of seeds within each stream, the same "
               "seeds for all strategies. Beside: the probability of being on the Pareto frontier "
               f"of upkeep and {words.score}." if known else "")
            + (f" The {ROWS} best; the others are in the table." if len(means) > ROWS else ""),
        )
    )  # fmt: skip
    tables["interquartile_mean"] = found.merge(
        chances["probability"].rename("on_frontier"), left_on="strategy", right_index=True
    )
    tex["interquartile_mean"] = latex.table(
        ["strategy", "interquartile mean", "on frontier"],
        [[str(name), latex.number(row["estimate"], row["estimate"] - row["low"]),
          beside[str(name)]] for name, row in means.iterrows()],
        f"Interquartile mean of {words.score} over {_counted(runs, 'run')}"
        + (", with 95% intervals." if known else "."),
        "interquartile-mean",
    )  # fmt: skip
    reasons = {str(reason) for reason in found["reason"] if isinstance(reason, str)}
    sentences += [f"No interval of these means ({reason})." for reason in sorted(reasons)]

    scores = stream_means(table)
    drawing, told, used = _ranks(scores)
    drawings += [drawing] if drawing else []
    sentences += told
    cites += used
    html, more, told, used = _pairs(scores, sections[0])
    tables |= more
    sentences += told
    cites += used
    if len(sections) == 1:
        told = _one_stream(sections[0])
        sentences += told
        cites += ["kunsch1989", "politis2004"] if told else []
    told = _power(sections)
    sentences += told
    cites += ["cohen1988"] if told else []
    part_html, more = _effects(table)
    tables |= more
    listed = joined(Markup("<li>{}</li>").format(sentence) for sentence in dict.fromkeys(sentences))
    return Part(
        TITLE, drawings=drawings,
        html=Markup("<ul class=lead>{}</ul>{}{}").format(listed, html, part_html),
        tables=tables, latex=tex, cites=tuple(cites),
    )  # fmt: skip


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _ranks(scores: pd.DataFrame) -> tuple[Drawing | None, list[str], list[str]]:
    """Friedman's and Nemenyi's tests, or why there are none."""
    told = friedman(scores)
    if told.reason:
        return None, [f"No Friedman test: {told.reason}."], []
    p = "below 0.001" if told.p < 0.001 else f"{told.p:.3f}"
    sentence = (
        f"Friedman's test over {told.streams} streams: chi-squared {told.chi2:.2f}, "
        f"F {told.f:.2f}, p {p}."
    )
    used = ["demsar2006", "friedman1937"]
    after = _optional(lambda: nemenyi(scores))
    if isinstance(after, str):
        return None, [sentence, after], used
    if after.reason:
        return None, [sentence, f"No Nemenyi test: {after.reason}."], used
    draw = partial(critical_difference, after.ranks, after.critical_difference, after.cliques)
    caption = (
        f"Mean ranks over {after.streams} streams; 1 is best. Strategies under one bar do not "
        "differ significantly by Nemenyi's test (level 0.05)."
    )
    return Drawing("critical_difference", draw, caption), [sentence], [*used, "nemenyi1963"]


def _pairs(
    scores: pd.DataFrame, section: Section
) -> tuple[Markup, dict[str, pd.DataFrame], list[str], list[str]]:
    """Every strategy against the reference: Wilcoxon with Holm, and the Bayesian test."""
    reference = section.reference
    if reference not in scores.index or len(scores) < 2:
        return Markup(), {}, [], []
    if scores.shape[1] < 2:
        return Markup(), {}, ["No Wilcoxon test: it takes several streams, and there is one."], []
    found = wilcoxon_holm(scores, against=reference)
    if found["p"].isna().all():
        reasons = sorted(set(found["reason"]))
        return Markup(), {}, [f"No Wilcoxon test: {reason}." for reason in reasons], []
    other = np.where(found["a"] == reference, found["b"], found["a"])
    posterior = _optional(
        lambda: [bayesian_signed_rank(scores.loc[n], scores.loc[reference], ROPE) for n in other]
    )
    cites = ["wilcoxon1945", "holm1979", "demsar2006"]
    headings = ["strategy", f"median difference from {reference}", "p (Wilcoxon)", "p (Holm)"]
    rows: list[list[Any]] = [
        [name, -d if a == reference else d, p, holm]
        for name, a, d, p, holm in zip(
            other, found["a"], found["difference"], found["p"], found["p_holm"], strict=True
        )
    ]
    sentences = []
    if isinstance(posterior, str):
        sentences.append(posterior)
    else:
        cites += ["benavoli2014", "benavoli2017"]
        headings += ["P(better)", f"P(within {ROPE})", "P(worse)"]
        for row, one in zip(rows, posterior, strict=True):
            row += [one.a, one.rope, one.b]
    return plain_table(headings, rows), {"pairs": found}, sentences, cites


def _optional(test: Callable[[], Any]) -> Any:
    """What a test of an optional library finds, or the sentence that says what is missing."""
    try:
        return test()
    except ImportError as error:
        return f"{error}."


def _one_stream(section: Section) -> list[str]:
    """For one draw of a stream: the difference over its ticks, by blocks."""
    if section.words.seeds > 1 and not section.setting.one_draw:
        return []
    sentences = []
    chosen, reference = section.chosen, section.reference
    for name in dict.fromkeys([chosen, *section.order[:3]]):
        a, b = section.first(name), section.first(reference)
        if name == reference or not same_events(a.ticks, b.ticks):
            continue
        x, y = (run.ticks[run.ticks["slice"] == "all"] for run in (a, b))
        told = moving_block_bootstrap(x["loss"], y["loss"], x["n"])
        what = f"{section.words.loss} per event of {name} minus that of {reference}"
        if told.reason:
            sentences.append(f"{what}: {told.difference:.4g}; no interval: {told.reason}.")
        else:
            sentences.append(
                f"{what}: {told.difference:.4g} (95% interval {told.low:.4g} to {told.high:.4g}, "
                f"by blocks of {told.block} ticks of this one stream)."
            )
    return sentences


def _power(sections: Sequence[Section]) -> list[str]:
    """How many seeds would tell the choice from the next."""
    sentences = []
    for section in sections:
        ups = section.advice.runners_up
        if section.advice.strategy is None or ups.empty:
            continue
        rival = str(ups.iloc[0]["strategy"])
        wide = section.table.pivot_table(index="seed", columns="strategy", values="total")
        differences = (wide[rival] - wide[section.chosen]).dropna()
        worth = WORTH * abs(section.advice.cost.mean)
        where = f"{section.setting.name}: " if len(sections) > 1 else ""
        if worth == 0 or len(differences) < 2:
            continue
        told = seeds_needed(differences, worth)
        if told.reason is None:
            sentences.append(
                f"{where}to find a difference of {amount(worth)} {section.words.currency} "
                f"({WORTH:.0%} of the total) between {section.chosen} and {rival} with a power "
                f"of 80%, {told.seeds} seeds are needed; there are {len(differences)}."
            )
    return sentences


def _effects(table: pd.DataFrame) -> tuple[Markup, dict[str, pd.DataFrame]]:
    """Main effects of the parts of the strategies, where several vary in a full sweep."""
    varying = [f for f in FACTORS if f in table and len(set(table[f])) > 1]
    if len(varying) < 2:
        return Markup(), {}
    for count in range(len(varying), 1, -1):
        for chosen in itertools.combinations(varying, count):
            try:
                found = effects(table, list(chosen))
            except ValueError:  # some pair of levels has no run
                continue
            rows = [
                [f"{r['term']}: {r['cell']}", score_text(r["mean"]),
                 (r["effect"], r["low"], r["high"])]
                for r in found.to_dict("records")
            ]  # fmt: skip
            html = plain_table(["part", "mean", "effect"], rows)
            return Markup("<h3>What each part does</h3>") + html, {"effects": found}
    return Markup(), {}
