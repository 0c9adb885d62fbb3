"""What strategies cost: against their score, in parts, and against each other over time."""

from __future__ import annotations

import math
from functools import partial

import pandas as pd

from clsim.analysis.cost.opportunity import mean_curve, same_events
from clsim.report.figures.comparing import intervals
from clsim.report.figures.cost import NAMED, accuracy_cost, total_cost
from clsim.report.figures.opportunity import opportunity
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section, capital, seeds_text, terms
from clsim.rounding import with_interval
from clsim.statistics.intervals import mean_interval

WAITS = {"delay": "late labels", "duration": "training time"}


def against_cost(section: Section, hindsight: pd.DataFrame | None = None) -> Part:
    """Score against the cost of upkeep.

    Parameters
    ----------
    section : Section
    hindsight : pandas.DataFrame or None, default=None
        cost and score of the best schedule for each number of retrainings.
    """
    words = section.words
    caption = (
        f"{capital(words.score)} against the cost of upkeep, all that is paid for but errors; up "
        "and left is better. Bold: chosen. Filled: on the Pareto frontier, so no other strategy "
        "is as cheap and as good."
    )
    worth = slope(section)
    if math.isfinite(worth):
        caption += " Strategies under the dotted line cost more in total than the chosen one."
    if hindsight is not None:
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
        accuracy_cost, points(section), section.looks, words, worth, hindsight
    )  # fmt: skip
    title = f"{capital(words.score)} against cost"
    return Part(title, drawings=[Drawing("accuracy_cost", draw, caption)], cites=("okabe2008",))


def points(section: Section) -> pd.DataFrame:
    """Cost of upkeep and score of each strategy, chosen first."""
    cost, score = section.interval("upkeep"), section.interval("score")
    table = pd.DataFrame(
        {
            "cost": cost["mean"], "cost_low": cost["low"], "cost_high": cost["high"],
            "score": score["mean"], "score_low": score["low"], "score_high": score["high"],
        }
    )  # fmt: skip
    table["pareto"] = table.index.isin(section.pareto)
    table["cheapest"] = (table.index == section.chosen) & (not section.advice.refused)
    first = [section.chosen, *(name for name in section.order if name != section.chosen)]
    return table.loc[first].dropna(subset=["cost", "score"])


def slope(section: Section) -> float:
    """Score worth one unit of money: one unit of loss spread over the events that count."""
    if section.prices.by_class:
        return math.nan
    run = section.first(section.chosen)
    counted = section.interval(run.counted)["mean"]
    worth = section.prices.error * float(counted.to_dict()[section.chosen])
    return 1.0 / worth if worth > 0 else math.nan


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
    """Money for each kind of cost; index: strategy, cheapest first."""
    names = section.table["strategy"]
    kinds = {
        term.label: (term.price * term.counts).groupby(names).mean() for term in terms(section)
    }
    money = pd.DataFrame(kinds).loc[section.order]
    keep = (money != 0).any()
    keep.iloc[0] = True
    return money.loc[:, keep]


def opportunity_cost(section: Section) -> Part | None:
    """The area between two loss curves, and every strategy against the reference."""
    if len(section.order) < 2:
        return None
    a, b = section.pair
    of_a, of_b = section.setting.runs[a], section.setting.runs[b]
    pairs = [
        (of_a[seed].ticks, of_b[seed].ticks)
        for seed in of_a
        if seed in of_b and same_events(of_a[seed].ticks, of_b[seed].ticks)
    ]
    bars = section.interval("opportunity")
    bars["money"] = section.interval("opportunity_money")["mean"]
    bars = bars.drop(section.reference).dropna(subset=["mean"]).sort_values("mean")
    if not pairs or len(bars) == 0:
        return None
    bars = bars.loc[[name for name in bars.index if name in section.few]]
    curve = mean_curve(pairs, section.bin)
    total = mean_interval(
        [(x["loss"] - y["loss"])[x["slice"].eq("all")].sum() for x, y in pairs]
    )  # fmt: skip
    events = float(curve["events_end"].iloc[-1])
    words = section.words
    draw = partial(
        opportunity, curve, (a, b), total, bars, section.reference, words, 1.0 / events,
        words.point,
    )  # fmt: skip
    caption = (
        f"Opportunity cost. Curves: mean loss per event of {a} (A) and {b} (B), mean over "
        f"{seeds_text(len(pairs))}; the area where A is worse minus the area where it is better is "
        f"the opportunity cost OC(A|B) = {with_interval(total)} {words.loss}. It is exact: the "
        "axis counts events, and the curves are means over whole ticks, not smoothed. (Each of "
        "the two areas by itself depends on how many ticks a step spans.) "
        f"Bars: strategies against {section.reference}, in {words.loss}, per event "
        f"(upper axis) and in {words.currency}"
        + (f"; whiskers: {words.spread}, paired." if words.spread else ".")
        + section.left_out
    )
    drawing = Drawing("opportunity_cost", draw, caption)
    return Part("Opportunity cost", drawings=[drawing], tables={"opportunity": curve})


def waiting(section: Section) -> Part | None:
    """What late labels and long trainings cost, where the sweep has the same jobs without."""
    waits = section.waiting
    if waits.empty:
        return None
    words = section.words
    rows = {}
    for (strategy, without), group in waits.groupby(["strategy", "without"], sort=False):
        rows[f"{strategy}: {WAITS[str(without)]}"] = mean_interval(group["difference"])
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])
    table = table.sort_values("estimate", ascending=False)
    label = f"cost more than without the wait ({words.currency})"
    caption = (
        "What waiting costs: the total of each strategy minus that of the same job with every "
        "label known at once, or with trainings that take no time. It holds what the strategy "
        "did with its sooner labels, so it can be negative."
        + (f" Whiskers: {words.spread}." if words.spread else "")
    )
    drawing = Drawing("waiting", partial(intervals, table, label, None, ""), caption)
    return Part("What waiting costs", drawings=[drawing], tables={"waiting": waits})
