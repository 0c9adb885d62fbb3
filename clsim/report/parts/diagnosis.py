"""Freshness, harm and monitors: why the strategies cost what they cost."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.behaviour.forgetting import transfer
from clsim.analysis.behaviour.freshness import freshness
from clsim.analysis.behaviour.harm import changes, harm, recovery, worst_window
from clsim.analysis.behaviour.monitors import monitors
from clsim.analysis.cost.payback import horizon
from clsim.analysis.cost.schedule_cost import value_of_frequency
from clsim.clock import UNITS
from clsim.report.figures.diagnosis import freshness as draw_freshness
from clsim.report.figures.diagnosis import harm as draw_harm
from clsim.report.figures.diagnosis import value_feasibility
from clsim.report.markup import lead
from clsim.report.parts.hindsight import Hindsight
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.schedule import tick_text
from clsim.report.section import Section, clock, seeds_text
from clsim.report.tables import plain_table
from clsim.rounding import amount, percent

WINDOW, ACCEPTANCE = 5, 20
"""Ticks of a worst stretch, and ticks within which an alarm counts for a drift."""

TOLERANCE = 0.05
"""How near to its level before a drift a score has to come back: of the span of scores."""

CITED = {"shaker2015": "recovery", "lopezpaz2017": "transfer"}
"""Methods, and the column of the table of harm that uses them."""

PERIODS = {"monthly": 30 * 24.0, "weekly": 7 * 24.0, "daily": 24.0, "hourly": 1.0}
"""Hours."""


def fresh(section: Section, hindsight: Hindsight | None) -> Part | None:
    """Loss by the age of the model, and what it is worth to train more often."""
    if hindsight is None:
        return None
    words = section.words
    seed, tables = next(iter(sorted(hindsight.tables.items())))
    try:
        fitted = freshness(tables[0])
    except ValueError:  # too few ticks to tell age from season
        return None
    tick = tick_text(section)
    half = f"; half of it is reached at {amount(fitted.half_life)} ticks" if fitted.rises else ""
    caption = (
        f"Freshness (seed {seed}). By age: what a model loses more per event as it ages, within "
        f"the same ticks, so that the season is taken out{half}. By calendar time: what the "
        "youngest models lose. Dotted: plain means, in which age and season are mixed."
    )
    half_life = fitted.half_life if fitted.rises else math.nan
    draw = partial(draw_freshness, fitted.age, fitted.season, half_life, tick, words)
    steps = _steps(section, hindsight)
    html = Markup()
    result = {"freshness_age": fitted.age, "freshness_season": fitted.season}
    if steps is not None:
        table = plain_table(
            ["step", f"loss averted ({words.currency})", f"paid ({words.currency})",
             f"gain ({words.currency})", "more retrainings"],
            [[f"{r['from']} to {r['to']}", r["averted"], r["paid"], r["gain"], r["retrainings"]]
             for r in steps.to_dict("records")],
        )  # fmt: skip
        said = lead(
            "What each step towards more frequent training is worth, averaged over "
            f"phases and {seeds_text(len(hindsight.tables))}:"
        )
        html = said + table
        result["freshness_steps"] = steps
    return Part("Freshness", drawings=[Drawing("freshness", draw, caption)], html=html,
                tables=result, cites=("kunsch1989",))  # fmt: skip


def _steps(section: Section, hindsight: Hindsight) -> pd.DataFrame | None:
    """Value of monthly, weekly, daily and hourly training, where ticks allow it."""
    if not section.words.timed:
        return None
    run = section.first(section.reference)
    ticks = run.ticks[run.ticks["slice"] == "all"]
    hours = float(np.median(clock(ticks["end"], True) - clock(ticks["start"], True))) / UNITS["h"]
    periods = {name: length / hours for name, length in PERIODS.items()}
    whole = {name: round(k) for name, k in periods.items()
             if k >= 1 and abs(k - round(k)) < 1e-9 and k < len(ticks)}  # fmt: skip
    if len(whole) < 2:
        return None
    frames = [value_of_frequency(t[0], section.prices, whole) for t in hindsight.tables.values()]
    keys = ["from", "to"]
    return pd.concat(frames).groupby(keys, sort=False).mean().reset_index()


def harmful(section: Section, hindsight: Hindsight | None) -> Part | None:
    """Retrainings that made it worse, recovery after drifts, worst stretches, late trainings."""
    rows: list[dict[str, Any]] = []
    sources = set()
    for name in section.order:
        runs = section.setting.runs[name]
        by_seed = [_of_run(section, name, seed, hindsight) for seed in runs]
        sources |= {source for one in by_seed for source in one.pop("sources")}
        means: dict[Any, Any] = pd.DataFrame(by_seed).mean().to_dict()
        rows.append({"strategy": name, **means})
    table = pd.DataFrame(rows)
    words = section.words
    drawn = table.set_index("strategy")
    drawn = drawn[drawn["models"] > 0]
    if drawn.empty:
        return None
    exact = "table" in sources
    how = (
        "exact where the counterfactual table covers the models, else before against after"
        if exact and len(sources) > 1
        else "exact, from the counterfactual table"
        if exact
        else "the ticks before a deployment against those after it, which mixes it with drift"
    )
    few = [name for name in section.few if name in drawn.index]
    bars = drawn.loc[few, ["worse", "better", "share"]]
    drawing = Drawing(
        "harm", partial(draw_harm, bars, words),
        f"What new models lost and saved against those that they replaced: {how}."
        f"{_over_seeds(section)}{section.left_out}",
    )  # fmt: skip
    headings = {
        "models": "models that replaced one", "share": "share that made it worse",
        "worse": f"{words.loss} added by them", "recovery": "mean ticks to recover from a drift",
        "censored": "drifts without recovery", "worst": f"worst {words.score} over {WINDOW} ticks",
        "late": "trainings too late to pay back",
        "transfer": f"backward transfer ({words.score})",
    }  # fmt: skip
    shown = [key for key in headings if key in table and table[key].notna().any()]
    html = plain_table(
        ["strategy", *(headings[key] for key in shown)],
        [[row["strategy"], *(row[key] for key in shown)] for row in table.to_dict("records")],
    )
    said = lead(
        "Recovery: ticks from a drift until the score is back within "
        f"{percent(TOLERANCE)} of the span of scores of what it was; where the next drift or the "
        "end comes first, the time so far counts."
    )
    if "transfer" in shown:
        said += lead(
            "Backward transfer: score when a concept comes back minus that when it "
            "was last left; below 0, it was forgotten."
        )
    cites = [key for key, column in CITED.items() if column in shown]
    return Part("Harm", drawings=[drawing], html=said + html, tables={"harm": table},
                cites=tuple(cites))  # fmt: skip


def _over_seeds(section: Section) -> str:
    return " Means over seeds." if section.words.seeds > 1 else ""


def _of_run(section: Section, name: str, seed: int, hindsight: Hindsight | None) -> dict[str, Any]:
    run = section.setting.runs[name][seed]
    table = hindsight.covering.get(name, {}).get(seed) if hindsight is not None else None
    harms = harm(run, table)
    added = harms["harm"].to_numpy(float)
    every = run.ticks[run.ticks["slice"] == "all"]
    counted = every[run.counted]
    enough = bool((counted > 0).sum() >= WINDOW)
    result: dict[str, Any] = {
        "sources": set(harms["source"]), "models": len(harms),
        "share": float(np.mean(added > 0)) if len(added) else math.nan,
        "worse": float(added[added > 0].sum()), "better": float(-added[added < 0].sum()),
        "worst": worst_window(run, ticks=WINDOW).score if enough else math.nan,
    }  # fmt: skip
    scores = every["score"].astype(float)
    span = float(scores.quantile(0.95) - scores.quantile(0.05))
    if len(changes(run)) and span > 0:
        back = recovery(run, TOLERANCE * span, hold=2)
        result["recovery"] = float(back["ticks"].mean())
        result["censored"] = float(back["censored"].fillna(False).sum())
    with suppress(ValueError):  # raised where no concept comes back
        result["transfer"] = transfer(run).backward_transfer
    if table is not None and hindsight is not None:
        late = horizon(table, section.prices, hindsight.started[name][seed])
        result["late"] = float(late.trainings["late"].sum())
    return result


def watched(section: Section) -> Part | None:
    """What each signal foretold of the true loss, and what it needed."""
    frames = []
    for name, runs in section.setting.runs.items():
        for seed, run in runs.items():
            try:
                signals = monitors(run, ACCEPTANCE)
            except ValueError:  # too few ticks for a reference
                continue
            frames.append(signals.assign(strategy=name, seed=seed))
    if not frames:
        return None
    every = pd.concat(frames, ignore_index=True)
    alarms = every[every["kind"] == "alarm"].assign(
        signal=lambda t: t["strategy"] + ": " + t["signal"]
    )
    # the observed score is a signal of every run; that of the reference stands for it
    numbers = every[(every["kind"] == "number") & (every["strategy"] == section.reference)]
    every = pd.concat([alarms, numbers], ignore_index=True)
    if every.empty:
        return None
    columns = ["correlation", "alarms", "precision", "recall", "f1", "delay", "false_per_1000",
               "labels", "label_delay"]  # fmt: skip
    mean = every.groupby(["signal", "kind"], sort=False)[columns].mean().reset_index()
    truth = sorted(set(every["truth"]))
    repeated = sorted(set(every["repeated"]))
    value = "F1 of alarms"
    points = mean.assign(value=mean["f1"], wait=mean[["label_delay", "delay"]].sum(axis=1))
    points = points.set_index("signal")[["value", "wait", "kind"]].dropna()
    caption = (
        "What each signal foretold, against how soon it can be known. What is to be found: "
        f"{', '.join('drifts' if t == 'drifts' else 'episodes of high true loss' for t in truth)}; "
        f"an alarm counts within {ACCEPTANCE} ticks; repeated alarms of one count as "
        f"{', '.join(repeated)}.{_over_seeds(section)}"
    )
    drawings = []
    if len(points):
        draw = partial(value_feasibility, points, value)
        drawings.append(Drawing("monitors", draw, caption))
    html = plain_table(
        ["signal", "rank correlation with the loss", "alarms", "precision", "recall", "F1",
         "delay (ticks)", "false alarms per 1,000 ticks", "labels needed", "their delay (ticks)"],
        [[row["signal"], *(row[c] for c in columns)] for row in mean.to_dict("records")],
    )  # fmt: skip
    return Part("Monitors", drawings=drawings, html=html if drawings else
                lead(caption) + html, tables={"monitors": mean})  # fmt: skip
