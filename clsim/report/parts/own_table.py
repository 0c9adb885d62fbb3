"""What a table of losses cannot say, since that needs runs."""

from __future__ import annotations

import pandas as pd

from clsim.hindsight.table import Counterfactual
from clsim.report.markup import lead
from clsim.report.parts.part import Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount
from clsim.runs.ledger import Prices

LEFT_OUT = {
    "triggers, gates, roll-outs and rollbacks": "they decide by what they see, and a table holds "
    "only what each version would have lost",
    "what late labels cost, and labels that are bought": "a table knows of no labels",
    "the choice judged on the future": "it is chosen on the labels known by then, and a table "
    "knows of no labels",
    "slices": "losses are sums over all events of a tick; a column slice would tell",
    "errors by class": "a table counts units of loss, and not which classes were confused",
    "what you do today": "the versions say what was trained, and not which of them served when; a "
    "column served would tell",
}
"""What a page of a sweep has, and this one not, and why."""


def is_looked_up(section: Section) -> bool:
    """Whether the strategies of a section are look-ups in a table, and nothing was replayed."""
    return "looked_up" in section.setting.config


def unknown_of(section: Section) -> set[str]:
    """Quantities of which a table says nothing; none of runs."""
    if not is_looked_up(section):
        return set()
    known = all((table.rows >= 0).all() for table in section.counterfactuals)
    return {*UNKNOWN, *(() if known else ("rows_trained",))}


UNKNOWN = (
    "labels", "bought", "logged", "profiles", "megabytes", "votes", "waited",
    "revisions", "rejected", "superseded", "trials", "rollbacks", "reuses",
    "alarms", "looked_at", "reviews", "adaptations", "repairs", "updates", "initial_rows",
)  # fmt: skip
"""Quantities that need runs."""


def left_out(section: Section) -> Part | None:
    """The best schedules by version, and what needs runs; None for a section of runs."""
    if not is_looked_up(section):
        return None
    said = lead(
        "Nothing was trained or replayed for this page. Each strategy is a schedule, looked up in "
        "the table of what every version would have lost: a new version serves as soon as it is "
        "ready. These need runs, and are left out:"
    )
    frontier = pd.concat([_frontier(table, section.prices) for table in section.counterfactuals])
    best = frontier[frontier["best"]].to_dict("records")
    chosen = lead(
        "The best schedule in hindsight, the least cost of all: "
        + "; ".join(
            f"{row['versions'] or 'no version but the first'}"
            + (f" (seed {row['seed']})" if len(best) > 1 else "")
            for row in best
        )
        + ". For each number of retrainings it is in tables/frontier.csv."
    )
    there = {
        "slices": all(table.slices for table in section.counterfactuals),
        "what you do today": all(t.served is not None for t in section.counterfactuals),
    }
    rows = [[*row] for row in LEFT_OUT.items() if not there.get(row[0])]
    return Part(
        "What this table says, and what not",
        lead=chosen + said, html=plain_table("What is left out", ["left out", "why"], rows),
        tables={"frontier": frontier.drop(columns="best")},
    )  # fmt: skip


def _frontier(table: Counterfactual, prices: Prices) -> pd.DataFrame:
    """The best schedule for each number of retrainings, with the versions that it trains."""
    found = table.frontier(prices)
    names = dict(zip(table.ticks.tolist(), table.versions, strict=True))
    return pd.DataFrame(
        {
            "seed": table.setting.seed, **found.drop(columns="ticks"),
            "versions": [", ".join(names[tick] for tick in ticks) for ticks in found["ticks"]],
            "best": found.index == found["cost"].idxmin(),
        }
    )  # fmt: skip


def source(section: Section) -> str:
    """What the tables of a section hold, for how to reproduce the page."""
    tables = section.counterfactuals
    models, ticks = tables[0].loss.shape
    late = [name for table in tables for name in table.info.get("too_late", [])]
    more = f"; left out, since trained after the last tick began: {', '.join(late)}" if late else ""
    return (
        f"{models} versions, {ticks} ticks, {amount(tables[0].n.sum())} events; "
        f"{tables[0].setting.loss} loss{more}"
    )
