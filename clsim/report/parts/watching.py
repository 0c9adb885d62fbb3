"""What was watched, what was kept, and which labels were bought."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.behaviour.watching import rules, signal_over_time
from clsim.analysis.cost.keeping import holdings
from clsim.analysis.findings import models
from clsim.analysis.findings.alarms import DRAWN, runs_with_signals
from clsim.analysis.findings.models import estimates_off
from clsim.clock import to_minute
from clsim.report.figures.life import PANELS, kept_and_bought, signal
from clsim.report.markup import lead
from clsim.report.parts.alarms import made_alarms
from clsim.report.parts.life import FIGURES, numbered, one_seed
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.schedule import tick_text
from clsim.report.parts.time import drifts_of
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount
from clsim.runs.info import Signal
from clsim.runs.run import Run

POINTS = 400
"""Largest number of points of a signal's curve."""

LINES = 1_000
"""Largest number of lines of a signal of which anything is said."""

LISTED = 12
"""Largest number of lines that are named though they are not drawn."""

MEASURES = {
    "l1": "sum of differences of shares",
    "l_infinity": "largest difference of shares",
    "jensen_shannon": "Jensen-Shannon distance",
    "kl": "KL divergence, reference from current",
    "kl_reverse": "KL divergence, current from reference",
    "hellinger": "Hellinger distance",
    "psi": "population stability index",
    "chi_squared": "chi-squared distance",
    "earth_mover": "distance in standard deviations",
    "energy": "energy distance",
    "kolmogorov_smirnov": "largest difference of distribution functions",
    "cramer_von_mises": "mean squared difference of distribution functions",
    "mmd": "squared maximum mean discrepancy",
    "sliced_earth_mover": "earth mover's distance along random directions",
    "classifier": "AUC of a classifier of then and now",
    "p_value": "p-value",
}
"""What a distance is, or its p-value, in words, by its name in a configuration."""


def signals(section: Section) -> Part | None:
    """Signals over time, with the thresholds of rules, and where these fired."""
    seed, every = runs_with_signals(section)
    if not every:
        return None
    drawings = [
        _signal(section, name, run, of, seed, k) for k, (name, run, of) in enumerate(every[:DRAWN])
    ]
    drawn = f" Of {len(every)} signals {DRAWN} are drawn." if len(every) > DRAWN else ""
    said = lead(
        "What the strategies measured at the start of each tick, of the model that then answered. "
        "A rule fires where a value passes its threshold, or is otherwise not what it was; whether "
        f"a training follows is up to the rest of the strategy.{drawn}"
    )
    off, every_off = _off(section, seed)
    made, taken_apart = made_alarms(section)
    tables = {"estimates_off": every_off, **taken_apart}
    return Part("Signals", lead=said, drawings=drawings, html=off + made,
                tables={name: table for name, table in tables.items() if len(table)})  # fmt: skip


def _off(section: Section, seed: int) -> tuple[Markup, pd.DataFrame]:
    """By how much estimates were off, in words of one seed, and as a table of all."""
    every = estimates_off(section)
    if not len(every):
        return Markup(), every
    words = [_said_off(row, section) for row in every[every["seed"] == seed].to_dict("records")]
    said = Markup("<p>{}{}</p>").format(
        "Estimates were made before the labels were there; what labels of the same events said "
        "later shows by how much they were off. ",
        " ".join(words),
    )
    return said, every


def _said_off(row: dict[Any, Any], section: Section) -> str:
    """When an estimate was furthest off, in a sentence."""
    start, end = (_when(row[side], section) for side in ("start", "end"))
    off = row["off"]
    way = "too good" if off > 0 else "too bad"
    return (
        f"The estimate {row['signal']} of {row['strategy']}, seed {row['seed']}, was furthest off "
        f"from {start} to {end}: it said {amount(row['said'])} on average, and the labels that "
        f"came later say {amount(row['labels'])}, so it was {amount(abs(off))} {way}; over "
        f"the whole replay it was off by {amount(row['overall'])} on average."
    )


def _when(time: Any, section: Section) -> str:
    return to_minute(time) if section.words.timed else f"row {time:,}"


def _signal(section: Section, name: str, run: Run, of: str, seed: int, k: int) -> Drawing:
    config = run.strategy
    limits = [rule for rule in rules(config) if rule.signal == of]
    width = math.ceil(section.n_ticks / POINTS)
    least = bool(limits) and not any(rule.above for rule in limits)
    values, alarms = signal_over_time(run, of, width, least, PANELS)
    measure = MEASURES.get(run.info.signals.get(of, Signal()).measures or "")
    ticks = run.whole
    draw = partial(
        signal, values, alarms, ticks["start"].to_numpy()[::width],
        f"{of} ({measure})" if measure else of,
        [rule.at for rule in limits], drifts_of(section), section.words, tick_text(section),
    )  # fmt: skip
    which = "smallest" if least else "largest"
    binned = f" One point: the {which} value in {width} ticks." if width > 1 else ""
    return Drawing(
        numbered("signals", k), draw,
        f"Signal {of} of {name}, seed {seed}.{not_drawn(run, of)}{binned}",
    )  # fmt: skip


def not_drawn(run: Run, of: str) -> str:
    """What is to be said of the lines that are not drawn."""
    every, alarms = signal_over_time(run, of, most=LINES)
    others = every.iloc[:, PANELS:]
    if others.shape[1] == 0:
        return ""
    fired = int(alarms[others.columns].any().sum())
    rule = f"a rule fired on {fired} of them" if fired else "no rule fired on them"
    low, high = others.min().min(), others.max().max()
    names = [str(name) or "the whole" for name in others]
    listed = ", ".join(names[:LISTED]) + (" ..." if len(names) > LISTED else "")
    return (
        f" Drawn are the {PANELS} of {every.shape[1]} lines on which a rule fired most often, or "
        f"that moved most. The others ({listed}) lay between {amount(low)} and {amount(high)}, and "
        f"{rule}."
    )


def kept(section: Section) -> Part | None:
    """Events kept of those served, labels that came and that were bought, and their cost."""
    every, means = models.kept_and_bought(section), models.mean_kept_and_bought(section)
    if every.empty:
        return None
    seed, runs = one_seed(
        section, lambda run: run.totals["bought"] > 0 or run.totals["logged"] < run.totals["n"]
    )
    drawings = [
        _held(section, name, run, seed, k)
        for k, (name, run) in enumerate(list(runs.items())[:FIGURES])
    ]
    currency = section.words.currency
    headings = {
        "served": "events served", "kept": "events kept", "kept_cost": f"their cost ({currency})",
        "natural": "labels that came", "natural_cost": f"their cost ({currency})",
        "ordered": "labels ordered", "bought": "of these arrived",
        "bought_cost": f"cost of the orders ({currency})",
    }  # fmt: skip
    html = plain_table(
        "Events kept, labels that came and that were bought",
        ["strategy", *headings.values()],
        means[["strategy", *headings]].to_numpy(object).tolist(),
    )
    over = " The table gives means over seeds." if section.words.seeds > 1 else ""
    said = lead(
        Markup(
            "What is not kept can be neither labelled nor trained on. Labels come by themselves, "
            "late or never, or are bought; an order is paid when it is given.{}"
        ).format(over)
    )
    return Part("Events kept and labels bought", lead=said, drawings=drawings, html=html,
                tables={"kept_and_bought": every})  # fmt: skip


def _held(section: Section, name: str, run: Run, seed: int, k: int) -> Drawing:
    held = holdings(run, section.prices)
    last, currency = held.iloc[-1], section.words.currency
    costs = {
        what: f"{amount(float(last[f'{what}_cost']))} {currency}"
        for what in ("kept", "natural", "bought") if last[f"{what}_cost"] > 0
    }  # fmt: skip
    return Drawing(
        numbered("kept_and_bought", k), partial(kept_and_bought, held, costs, section.words),
        f"Events kept and labels known of {name}, seed {seed}, the warm-up's apart. In brackets: "
        "what they cost.",
    )  # fmt: skip
