"""Freshness, harm and monitors: why the strategies cost what they cost."""

from __future__ import annotations

from functools import partial

from markupsafe import Markup

from clsim.analysis.findings.behaviour import (
    ACCEPTANCE,
    SIGNALS,
    TOLERANCE,
    WINDOW,
    every_signal,
    fitted_freshness,
    foretold,
    freshness_steps,
    half_life,
    harms,
)
from clsim.report.figures.diagnosis import freshness as draw_freshness
from clsim.report.figures.diagnosis import harm as draw_harm
from clsim.report.figures.diagnosis import value_feasibility
from clsim.report.markup import lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.schedule import tick_text
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount, counted, percent

FEWEST_POINTS = 4
"""Signals below which a table says more than a figure."""

CITED = {"shaker2015": "recovery", "lopezpaz2017": "transfer"}
"""Methods, and the column of the table of harm that uses them."""


def fresh(section: Section) -> Part | None:
    """Loss by the age of the model, and what it is worth to train more often."""
    fitted = fitted_freshness(section)
    if fitted is None:
        return None
    words, tick = section.words, tick_text(section)
    seed, half_life_ticks = half_life(section).iloc[0]
    half = f"; half of it is reached at {amount(half_life_ticks)} ticks" if fitted.rises else ""
    caption = (
        f"Freshness (seed {int(seed)}). By age: what a model loses more per event as it ages, "
        f"within the same ticks, so that the season is taken out{half}. By calendar time: what the "
        "youngest models lose. Dotted: plain means, in which age and season are mixed."
    )
    draw = partial(draw_freshness, fitted.age, fitted.season, half_life_ticks, tick, words)
    steps = freshness_steps(section)
    html = Markup()
    result = {"freshness_age": fitted.age, "freshness_season": fitted.season,
              "half_life": half_life(section)}  # fmt: skip
    if len(steps):
        table = plain_table(
            "Steps towards more frequent training",
            ["step", f"loss averted ({words.currency})", f"paid ({words.currency})",
             f"gain ({words.currency})", "more retrainings"],
            [[f"{r['from']} to {r['to']}", r["averted"], r["paid"], r["gain"], r["retrainings"]]
             for r in steps.to_dict("records")],
        )  # fmt: skip
        said = lead(
            "What each step towards more frequent training is worth, averaged over "
            f"phases and {counted(len(section.tables), 'seed')}:"
        )
        html = said + table
        result["freshness_steps"] = steps
    return Part("Freshness", drawings=[Drawing("freshness", draw, caption)], html=html,
                tables=result, cites=("kunsch1989",))  # fmt: skip


def harmful(section: Section) -> Part | None:
    """Retrainings that made it worse, recovery after drifts, worst stretches, late trainings."""
    table = harms(section)
    sources = {source for said in table["exact"] for source in said.split(", ") if source}
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
    told = {"recovery": "recovery", "late": "late trainings"}
    of = ["New models", *(said for key, said in told.items() if key in shown)]
    html = plain_table(
        f"{', '.join(of[:-1])} and {of[-1]}" if len(of) > 1 else of[0],
        ["strategy", *(headings[key] for key in shown)],
        [[row["strategy"], *(row[key] for key in shown)] for row in table.to_dict("records")],
    )
    said = Markup()
    if "recovery" in shown:
        said += lead(
            "Recovery: ticks from a drift until the score is back within "
            f"{percent(TOLERANCE)} of the span of scores of what it was; where the next drift or "
            "the end comes first, the time so far counts."
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


def watched(section: Section) -> Part | None:
    """What each signal foretold of the true loss, and what it needed."""
    every, mean = every_signal(section), foretold(section)
    if every.empty:
        return None
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
    if len(points) >= FEWEST_POINTS:
        draw = partial(value_feasibility, points, value)
        drawings.append(Drawing("monitors", draw, caption))
    html = plain_table(
        "How well each signal foretold the loss",
        ["signal", "rank correlation with the loss", "alarms", "precision", "recall", "F1",
         "delay (ticks)", "false alarms per 1,000 ticks", "labels needed", "their delay (ticks)"],
        [[row["signal"], *(row[c] for c in SIGNALS)] for row in mean.to_dict("records")],
    )  # fmt: skip
    return Part("Monitors", drawings=drawings, html=html if drawings else
                lead(caption) + html, tables={"monitors": mean})  # fmt: skip
