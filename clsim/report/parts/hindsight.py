"""Against the best schedule in hindsight: regret in parts, controls, and what is luck."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from markupsafe import Markup

from clsim.analysis.findings.hindsight import controls_beside, luck, no_regret, regret_parts
from clsim.report.figures.hindsight import against_controls, regret_causes
from clsim.report.markup import lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import with_interval
from clsim.statistics.intervals import Interval

CAUSES = {
    "path": "path (deferral)", "gate": "gate", "late": "too late", "early": "too early",
    "spend": "too often", "data": "data",
}  # fmt: skip
"""Parts of a regret, and what the figure calls them."""


def against_hindsight(section: Section) -> Part | None:
    """Regret in its parts, the controls, and what can be expected of the optimum."""
    table = regret_parts(section).set_index("strategy") if len(regret_parts(section)) else None
    if table is None:
        return None
    words = replace(section.words, seeds=len(section.tables))
    causes = table[list(CAUSES)]
    totals = table[["regret_mean", "regret_low", "regret_high"]].set_axis(
        ["mean", "low", "high"], axis=1
    )
    shown = causes.loc[:, (causes.abs() > 1e-9).any()].rename(columns=CAUSES)
    rows, names = controls_beside(section).set_index("strategy"), list(table.index)
    few = [name for name in section.few if name in names]
    drawings = [
        Drawing(
            "regret", partial(regret_causes, shown.loc[few], totals.loc[few], words),
            "Regret: what each strategy cost above the best schedule in hindsight, in parts that "
            "add up exactly. Too late, too early: loss served by an older, or newer, model than "
            "the best schedule had; too often: more paid for trainings; gate: what rejecting did "
            "(below 0 it paid); path: what deferral did; data: another way to choose the rows "
            f"would have been cheaper.{section.left_out}",
        ),
        Drawing(
            "controls", partial(against_controls, rows.loc[few], words),
            "Each strategy beside schedules of as many retrainings that need no idea. What does "
            "not beat evenly spaced trainings owes nothing to its trigger. Best in hindsight: the "
            "cheapest schedule of at most as many. Never retraining and retraining at every tick "
            "stand beside them.",
        ),
    ]  # fmt: skip
    missing = Markup()
    without = no_regret(section)
    if len(without):
        missing = plain_table(
            "Strategies that have no regret", ["strategy", "why"],
            without.to_numpy(object).tolist(),
        )  # fmt: skip
    return Part(
        "Against the best schedule in hindsight",
        lead=lead(_expected(section) + _seeds_said(section)),
        drawings=drawings, html=missing,
        tables={
            "regret": regret_parts(section), "controls": controls_beside(section),
            **({"luck": luck(section)} if len(luck(section)) else {}),
        },
    )  # fmt: skip


def _seeds_said(section: Section) -> str:
    """Which seeds count here, where not all have a table."""
    if len(section.tables) == len(section.seeds):
        return ""
    return f" Of all seeds, these have a table: {', '.join(map(str, sorted(section.tables)))}."


def _expected(section: Section) -> str:
    """What the optimum promises, and what it keeps on a draw that it was not chosen on."""
    currency, found = section.words.currency, luck(section)
    if found.empty:  # one draw, or other candidates
        return (
            "The best schedule in hindsight also fits luck: on a stream without drift, too, it "
            "would seem to gain something by retraining. "
            + (
                "There is one draw of this stream, so nothing tells how much."
                if len(section.tables) > 1 or section.setting.one_draw
                else "Where a stream can be drawn again, tables of other seeds tell how much."
            )
        )
    rows = found[["mean", "low", "high"]].itertuples(index=False)
    realised, gain = (with_interval(Interval(*row)) for row in rows)
    return (
        f"Against never retraining, the best schedule in hindsight saves {realised} "
        f"{currency}; but it also fits luck. The schedule that is best on the other seeds saves "
        f"{gain} {currency} on a seed that it was not chosen on: that is what can "
        "be expected of it."
    )
