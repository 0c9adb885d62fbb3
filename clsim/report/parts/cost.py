"""What strategies cost: against their score, in parts, and against each other over time."""

from __future__ import annotations

import math
from functools import partial

import pandas as pd

from clsim.analysis.findings.costs import (
    opportunities,
    opportunity_curve,
    opportunity_total,
    points,
    slope,
    waits_by_strategy,
)
from clsim.analysis.findings.hindsight import best_frontier
from clsim.analysis.findings.paid import cost_parts
from clsim.report.figures.comparing import intervals
from clsim.report.figures.cost import NAMED, accuracy_cost, total_cost
from clsim.report.figures.opportunity import opportunity_curves
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section, capital
from clsim.rounding import counted, with_interval
from clsim.statistics.intervals import Interval

WAITS = {"delay": "late labels", "duration": "training time"}


def against_cost(section: Section) -> Part:
    """Score against the cost of upkeep."""
    words, hindsight = section.words, best_frontier(section)
    caption = (
        f"{capital(words.score)} against the cost of upkeep, all that is paid for but errors; up "
        "and left is better. Bold: chosen. Filled: on the Pareto frontier, so no other strategy "
        "is as cheap and as good."
    )
    worth = slope(section)
    if math.isfinite(worth):
        caption += " Strategies under the dotted line cost more in total than the chosen one."
    if len(hindsight):
        caption += (
            " Dash-dotted: the best schedule for each number of retrainings, known only in "
            "hindsight, mean over the seeds that have a table; it also fits luck."
        )
    if words.spread:
        caption += (
            f" Whiskers: {words.spread}, wide ones cut off; they hold what differs between seeds "
            "and is common to all strategies, so paired differences are surer."
        )
    if len(section.order) > NAMED // 2:
        caption += " Names that found no place are in the table."
    draw = partial(
        accuracy_cost, _arranged(section), section.looks, words, worth,
        hindsight if len(hindsight) else None,
    )  # fmt: skip
    title = f"{capital(words.score)} against cost"
    return Part(title, drawings=[Drawing("accuracy_cost", draw, caption)], cites=("okabe2008",))


def _arranged(section: Section) -> pd.DataFrame:
    """Cost and score of each strategy that figures show, chosen first."""
    table = points(section).set_index("strategy")
    names = sorted(section.arranged, key=lambda name: name != section.chosen)
    return table.loc[[name for name in names if name in table.index]]


def by_kind(section: Section) -> Drawing:
    """Total cost of each strategy, split into what is paid for."""
    few = section.few
    bounds = section.interval("total").loc[few]
    draw = partial(total_cost, cost_kinds(section).loc[few], bounds, section.words)
    caption = (
        "Total cost of the replay, split into what is paid for "
        f"({section.words.currency}), at the prices of this report.{section.left_out}"
    )
    return Drawing("total_cost", draw, caption)


def cost_kinds(section: Section) -> pd.DataFrame:
    """Money for each kind of cost that somebody paid; index: strategy, cheapest first."""
    parts = cost_parts(section)
    money = parts.pivot_table(index="strategy", columns="paid_for", values="cost", sort=False)
    money = money.loc[section.order, list(dict.fromkeys(parts["paid_for"]))]
    keep = (money != 0).any()
    keep.iloc[0] = True
    return money.loc[:, keep]


def opportunity_cost(section: Section) -> Part | None:
    """The area between two loss curves, and every strategy against the reference."""
    if len(section.order) < 2:
        return None
    a, b = section.pair
    bars, found = opportunities(section), opportunity_total(section)
    if found.empty or bars.empty:
        return None
    bars = bars.set_index("strategy")
    bars = bars.loc[section.style.arranged(n for n in bars.index if n in section.few)]
    curve, seeds = opportunity_curve(section), int(found["seeds"].iloc[0])
    total = Interval(*found[["mean", "low", "high"]].iloc[0])
    events = float(curve["events_end"].iloc[-1])
    words = section.words
    draw = partial(
        opportunity_curves, curve, (a, b), total, bars, section.reference, words, 1.0 / events,
        words.point,
    )  # fmt: skip
    caption = (
        f"Opportunity cost. Curves: mean loss per event of {a} (A) and {b} (B), mean over "
        f"{counted(seeds, 'seed')}; the area where A is worse minus the area where it is better is "
        f"the opportunity cost OC(A|B) = {with_interval(total)} {words.loss}. It is exact: the "
        "axis counts events, and the curves are means over whole ticks, not smoothed. (Each of "
        "the two areas by itself depends on how many ticks a step spans.) "
        f"Bars: strategies against {section.reference}, in {words.loss}, per event "
        f"(upper axis) and in {words.currency}"
        + (f"; whiskers: {words.spread}, paired." if words.spread else ".")
        + section.left_out
    )
    drawing = Drawing("opportunity_cost", draw, caption)
    return Part(
        "Opportunity cost",
        drawings=[drawing],
        tables={"opportunity": curve, "opportunity_total": found},
    )


def waiting(section: Section) -> Part | None:
    """What late labels and long trainings cost, where the sweep has the same jobs without."""
    waits = section.waiting
    if waits.empty:
        return None
    words = section.words
    table = waits_by_strategy(section)
    names = [f"{row.strategy}: {WAITS[row.without]}" for row in table.itertuples()]
    table = table.set_axis(names)[["mean", "low", "high"]].rename(columns={"mean": "estimate"})
    label = f"cost more than without the wait ({words.currency})"
    caption = (
        "What waiting costs: the total of each strategy minus that of the same job with every "
        "label known at once, or with trainings that take no time. It holds what the strategy "
        "did with its sooner labels, so it can be negative."
        + (f" Whiskers: {words.spread}." if words.spread else "")
    )
    drawing = Drawing("waiting", partial(intervals, table, label, None, ""), caption)
    return Part(
        "What waiting costs",
        drawings=[drawing],
        tables={"waiting": waits, "waiting_means": waits_by_strategy(section)},
    )
