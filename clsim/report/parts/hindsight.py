"""Against the best schedule in hindsight: frontier, regret in parts, controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.comparison import Setting, mean_score
from clsim.hindsight.optimum import expected_optimum, frontier, optimum, until
from clsim.hindsight.regret import Regret, of_run, outside
from clsim.hindsight.schedules import controls
from clsim.hindsight.table import Counterfactual
from clsim.report.figures.hindsight import against_controls, regret_causes
from clsim.report.markup import lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import with_interval
from clsim.runs.ledger import upkeep
from clsim.statistics.intervals import Interval, mean_interval

CAUSES = {
    "path": "path (deferral)", "gate": "gate", "late": "too late", "early": "too early",
    "spend": "too often", "data": "data",
}  # fmt: skip
"""Parts of a regret, and what the figure calls them."""

MOST = 200
"""Largest number of retrainings on the frontier in hindsight."""


def table_paths(place: Path) -> list[Path]:
    """Where the counterfactual tables of a folder lie; or the one place of a single table."""
    if place.is_dir() and not any(place.glob("part-*.parquet")):
        inside = sorted(
            p for p in place.iterdir()
            if p.suffix == ".parquet" or (p.is_dir() and any(p.glob("part-*.parquet")))
        )  # fmt: skip
        if inside:
            return inside
    return [place]


def exact(table: Counterfactual) -> bool:
    """Whether all events of the table were scored."""
    return table.setting.sample is None


def covered(table: Counterfactual, setting: Setting) -> int:
    """Of how many runs of a setting a table says what they served.

    A run that never retrains is the same under every delay, so one alone proves little.
    """
    seed = table.setting.seed
    runs = [by_seed[seed] for by_seed in setting.runs.values() if seed in by_seed]
    return sum(outside(run, table, exact=exact(table)) is None for run in runs)


@dataclass
class Hindsight:
    """What the tables say of a setting.

    Attributes
    ----------
    tables : dict of int to list of Counterfactual
        By seed, the family that covers most runs first, and of equals that with the cheapest
        optimum (mean over seeds).
    covering : dict of str to dict of int to Counterfactual
        The table that holds the models of each strategy and seed.
    regrets : dict of str to dict of int to Regret
        By strategy and seed, where there is one.
    started : dict of str to dict of int to tuple of int
        Ticks at which trainings started, likewise.
    reasons : dict of str to str
        Why a strategy has none.
    """

    tables: dict[int, list[Counterfactual]]
    covering: dict[str, dict[int, Counterfactual]] = field(default_factory=dict)
    regrets: dict[str, dict[int, Regret]] = field(default_factory=dict)
    started: dict[str, dict[int, tuple[int, ...]]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def hindsight_of(section: Section) -> Hindsight | None:
    """Regrets of all runs that a table covers; None without tables."""
    if not section.counterfactuals or section.prices.by_class:
        return None
    ranks: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    tables: dict[int, list[Counterfactual]] = {}
    for table in section.counterfactuals:
        rank = -covered(table, section.setting), optimum(table, section.prices).cost
        ranks.setdefault(table.setting.family, []).append(rank)
        tables.setdefault(table.setting.seed, []).append(table)
    for of_seed in tables.values():
        of_seed.sort(key=lambda table: tuple(np.mean(ranks[table.setting.family], axis=0)))
    hindsight = Hindsight(tables)
    for name, by_seed in section.setting.runs.items():
        for seed, run in by_seed.items():
            for table in tables.get(seed, []):
                families = {str(k): t for k, t in enumerate(tables[seed])}
                judged = of_run(run, table, section.prices, families=families, exact=exact(table))
                if judged.regret is not None:
                    hindsight.covering.setdefault(name, {})[seed] = table
                    hindsight.regrets.setdefault(name, {})[seed] = judged.regret
                    hindsight.started.setdefault(name, {})[seed] = judged.started
                    break
                hindsight.reasons.setdefault(name, str(judged.reason))
    hindsight.reasons = {k: v for k, v in hindsight.reasons.items() if k not in hindsight.regrets}
    return hindsight


def best_frontier(section: Section, hindsight: Hindsight | None) -> pd.DataFrame | None:
    """Upkeep and score of the best schedule for each number of retrainings, mean over seeds."""
    if hindsight is None or not hindsight.regrets:
        return None
    name = next(iter(hindsight.regrets))
    frames = []
    for seed, tables in hindsight.tables.items():
        run = section.setting.runs[name].get(seed)
        if run is None:
            continue
        prices, totals = section.prices, run.totals
        training = {**totals, "retrainings": 0, "rows_trained": 0, "looked_at": 0}
        best = frontier(tables[0], prices, MOST, kind=tables[0].setting.loss)
        score = mean_score(best["loss"], float(tables[0].n.sum()), run.info.loss)
        frames.append(
            pd.DataFrame(
                {"retrainings": best["retrainings"], "score": score,
                 "cost": best["spend"] + upkeep(training, prices)}
            )
        )  # fmt: skip
    shortest = min(len(frame) for frame in frames)
    return pd.concat(frame.head(shortest) for frame in frames).groupby("retrainings").mean()


def against_hindsight(section: Section, hindsight: Hindsight | None) -> Part | None:
    """Regret in its parts, the controls, and what can be expected of the optimum."""
    if hindsight is None or not hindsight.regrets:
        return None
    seeds = len(hindsight.tables)
    words = replace(section.words, seeds=seeds)
    names = [name for name in section.order if name in hindsight.regrets]
    means = {
        name: {cause: np.mean([getattr(r, cause) for r in regrets.values()]) for cause in CAUSES}
        for name, regrets in hindsight.regrets.items()
    }
    causes = pd.DataFrame(means).T.loc[names]
    totals = _intervals(hindsight.regrets, names, "total")
    shown = causes.loc[:, (causes.abs() > 1e-9).any()].rename(columns=CAUSES)
    table = causes.assign(**{f"regret_{k}": totals[k] for k in totals}).rename_axis("strategy")
    rows = _controls(section, hindsight, names)
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
    if hindsight.reasons:
        missing = lead("No regret is shown for:") + plain_table(
            ["strategy", "why"], [[name, reason] for name, reason in hindsight.reasons.items()]
        )
    return Part(
        "Against the best schedule in hindsight",
        lead=lead(_expected(section, hindsight) + _seeds_said(section, hindsight)),
        drawings=drawings, html=missing,
        tables={
            "regret": table.reset_index(), "controls": rows.rename_axis("strategy").reset_index(),
        },
    )  # fmt: skip


def _seeds_said(section: Section, hindsight: Hindsight) -> str:
    """Which seeds count here, where not all have a table."""
    if len(hindsight.tables) == len(section.seeds):
        return ""
    return f" Of all seeds, these have a table: {', '.join(map(str, sorted(hindsight.tables)))}."


def _intervals(
    regrets: Mapping[str, Mapping[int, Regret]], names: Sequence[str], quantity: str
) -> pd.DataFrame:
    by_strategy: dict[str, Interval] = {
        name: mean_interval([getattr(r, quantity) for r in regrets[name].values()])
        for name in names
    }
    return pd.DataFrame.from_dict(by_strategy, orient="index", columns=["mean", "low", "high"])


def _controls(section: Section, hindsight: Hindsight, names: Sequence[str]) -> pd.DataFrame:
    """Costs of schedules of as many trainings, means over seeds."""
    rows: dict[str, dict[Any, Any]] = {}
    for name in names:
        each: list[dict[str, Any]] = []
        for seed, regret in hindsight.regrets[name].items():
            table = hindsight.covering[name][seed]
            count = len(hindsight.started[name][seed])
            control_rows = controls(table, count, section.prices).set_index("control")
            best = optimum(table, section.prices, most=count)

            def cost(
                control: str, column: str = "cost", control_rows: pd.DataFrame = control_rows
            ) -> float:
                return float(control_rows[column].get(control, np.nan))

            each.append(
                {
                    "retrainings": count, "cost": regret.cost - regret.charges,
                    "optimum": best.cost, "never": cost("never"),
                    "every_tick": cost("every tick"), "even": cost("evenly spaced"),
                    "periodic": cost("periodic"), "random": cost("random"),
                    "random_low": cost("random", "low"), "random_high": cost("random", "high"),
                }
            )  # fmt: skip
        rows[name] = pd.DataFrame(each).mean().to_dict()
    return pd.DataFrame(rows).T


def _expected(section: Section, hindsight: Hindsight) -> str:
    """What the optimum promises, and what it keeps on a draw that it was not chosen on."""
    currency = section.words.currency
    firsts = [tables[0] for _, tables in sorted(hindsight.tables.items())]
    shortest = min(len(table.n) for table in firsts)  # events that come at random end anywhere
    try:
        twins = [table if len(table.n) == shortest else until(table, shortest) for table in firsts]
        expected = expected_optimum(twins, section.prices)
    except ValueError:  # one draw, or other candidates
        return (
            "The best schedule in hindsight also fits luck: on a stream without drift, too, it "
            "would seem to gain something by retraining. "
            + (
                "There is one draw of this stream, so nothing tells how much."
                if len(firsts) > 1 or section.setting.one_draw
                else "Where a stream can be drawn again, tables of other seeds tell how much."
            )
        )
    gain, realised = mean_interval(expected.gain), mean_interval(expected.realised_gain)
    return (
        f"Against never retraining, the best schedule in hindsight saves {with_interval(realised)} "
        f"{currency}; but it also fits luck. The schedule that is best on the other seeds saves "
        f"{with_interval(gain)} {currency} on a seed that it was not chosen on: that is what can "
        "be expected of it."
    )
