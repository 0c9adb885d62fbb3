"""Against the best schedule in hindsight: what tables say of the runs of a case."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting, mean_score
from clsim.analysis.findings.case import Case, once
from clsim.hindsight.optimum import expected_optimum, frontier, optimum, until
from clsim.hindsight.regret import Regret, of_class, outside
from clsim.hindsight.schedules import controls
from clsim.hindsight.table import Counterfactual
from clsim.runs.ledger import upkeep
from clsim.runs.run import Runs
from clsim.statistics.intervals import mean_interval

CAUSES = ("path", "gate", "late", "early", "spend", "data")
"""Parts of a regret."""

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


def outside_of(case: Case, name: str, seed: int, table: Counterfactual) -> str | None:
    """Why a table says nothing of a run of a case; None if it does."""
    key = ("outside", name, seed, table)
    if key not in case.made:
        case.made[key] = outside(case.setting.runs[name][seed], table, exact=exact(table))
    said: str | None = case.made[key]
    return said


def covered(table: Counterfactual, case: Case) -> int:
    """Of how many runs of a case a table says what they served.

    A run that never retrains is the same under every delay, so one alone proves little.
    """
    seed = table.setting.seed
    names = [name for name, by_seed in case.setting.runs.items() if seed in by_seed]
    return sum(outside_of(case, name, seed, table) is None for name in names)


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


def hindsight_of(case: Case) -> Hindsight | None:
    """Regrets of all runs that a table covers; None without tables."""
    if not case.counterfactuals or case.prices.by_class:
        return None
    best_of = functools.cache(functools.partial(optimum, prices=case.prices))
    ranks: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    tables: dict[int, list[Counterfactual]] = {}
    for table in case.counterfactuals:
        rank = -covered(table, case), best_of(table).cost
        ranks.setdefault(table.setting.family, []).append(rank)
        tables.setdefault(table.setting.seed, []).append(table)
    for of_seed in tables.values():
        of_seed.sort(key=lambda table: tuple(np.mean(ranks[table.setting.family], axis=0)))
    hindsight = Hindsight(tables)
    for name, by_seed in case.setting.runs.items():
        for seed, run in by_seed.items():
            families = {str(k): table for k, table in enumerate(tables.get(seed, []))}
            for table in families.values():
                reason = outside_of(case, name, seed, table)
                if reason is not None:
                    hindsight.reasons.setdefault(name, reason)
                    continue
                found = of_class(run, table, case.prices, families=families, best_of=best_of)
                assert found.regret is not None  # it is of the class
                hindsight.covering.setdefault(name, {})[seed] = table
                hindsight.regrets.setdefault(name, {})[seed] = found.regret
                hindsight.started.setdefault(name, {})[seed] = found.started
                break
    hindsight.reasons = {k: v for k, v in hindsight.reasons.items() if k not in hindsight.regrets}
    return hindsight


@once
def best_frontier(case: Case) -> pd.DataFrame:
    """The best schedule for each number of retrainings, mean over seeds; empty without tables.

    Returns
    -------
    pandas.DataFrame
        retrainings, score, cost (money, of upkeep).
    """
    hindsight = case.hindsight
    if hindsight is None or not hindsight.regrets:
        return pd.DataFrame()
    name = next(iter(hindsight.regrets))
    frames = []
    for seed, tables in hindsight.tables.items():
        run = case.setting.runs[name].get(seed)
        if run is None:
            continue
        prices, totals = case.prices, run.totals
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
    return (
        pd.concat(frame.head(shortest) for frame in frames)
        .groupby("retrainings")
        .mean()
        .reset_index()
    )


@once
def regret_parts(case: Case) -> pd.DataFrame:
    """Why each strategy cost more than the best schedule in hindsight, mean over seeds.

    Returns
    -------
    pandas.DataFrame
        strategy, cheapest in total first; path, gate, late, early, spend and data (money), which
        add up to regret_mean; regret_low, regret_high (95% interval over seeds). Empty where no
        table covers a run.
    """
    rows = []
    for name in _judged(case):
        regrets = list(case.hindsight.regrets[name].values())
        total = mean_interval([regret.total for regret in regrets])
        rows.append({
            "strategy": name,
            **{cause: np.mean([getattr(regret, cause) for regret in regrets]) for cause in CAUSES},
            "regret_mean": total.mean, "regret_low": total.low, "regret_high": total.high,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _judged(case: Case) -> list[str]:
    """Strategies that have a regret, cheapest first."""
    known = {} if case.hindsight is None else case.hindsight.regrets
    return [name for name in case.order if name in known]


@once
def no_regret(case: Case) -> pd.DataFrame:
    """Strategies that have no regret: strategy, reason."""
    known = {} if case.hindsight is None else case.hindsight.reasons
    return pd.DataFrame(known.items(), columns=["strategy", "reason"])


@once
def controls_beside(case: Case) -> pd.DataFrame:
    """Each strategy beside schedules of as many trainings that need no idea, means over seeds.

    Returns
    -------
    pandas.DataFrame
        strategy; retrainings; in money cost (of the strategy), optimum (the best schedule of at
        most as many), never, every_tick, even, periodic, random, random_low and random_high.
    """
    rows, best = [], _best_of_most(case)
    for name in _judged(case):
        each = [_beside(case, name, seed, best) for seed in case.hindsight.regrets[name]]
        means: dict[Any, Any] = pd.DataFrame(each).mean().to_dict()
        rows.append({"strategy": name, **means})
    return pd.DataFrame(rows)


def _best_of_most(case: Case) -> dict[tuple[Counterfactual, int], float]:
    """What the best schedule of at most so many trainings costs, for all that runs had."""
    known = case.hindsight
    counts: dict[Counterfactual, set[int]] = {}
    for name in _judged(case):
        for seed, table in known.covering[name].items():
            counts.setdefault(table, set()).add(len(known.started[name][seed]))
    best = {}
    for table, numbers in counts.items():
        least = frontier(table, case.prices, max(numbers)).set_index("retrainings")["cost"].cummin()
        best.update({(table, count): float(least.loc[:count].iloc[-1]) for count in numbers})
    return best


def _beside(
    case: Case, name: str, seed: int, best: Mapping[tuple[Counterfactual, int], float]
) -> dict[str, float]:
    """One run beside its controls."""
    known = case.hindsight
    regret, table = known.regrets[name][seed], known.covering[name][seed]
    count = len(known.started[name][seed])
    rows = controls(table, count, case.prices).set_index("control")

    def cost(control: str, column: str = "cost") -> float:
        return float(rows[column].get(control, np.nan))

    return {
        "retrainings": count, "cost": regret.cost - regret.charges,
        "optimum": best[table, count], "never": cost("never"),
        "every_tick": cost("every tick"), "even": cost("evenly spaced"),
        "periodic": cost("periodic"), "random": cost("random"),
        "random_low": cost("random", "low"), "random_high": cost("random", "high"),
    }  # fmt: skip


@once
def luck(case: Case) -> pd.DataFrame:
    """What the best schedule saves against never retraining, and what can be expected of it.

    Returns
    -------
    pandas.DataFrame
        schedule ('best in hindsight', or 'best on the other seeds': on a seed that it was not
        chosen on), mean, low, high (money; 95% interval over seeds), seeds. Empty without tables,
        or where they are of one draw.
    """
    if case.hindsight is None or not case.hindsight.regrets:
        return pd.DataFrame()
    firsts = [tables[0] for _, tables in sorted(case.hindsight.tables.items())]
    shortest = min(len(table.n) for table in firsts)  # events that come at random end anywhere
    try:
        twins = [table if len(table.n) == shortest else until(table, shortest) for table in firsts]
        expected = expected_optimum(twins, case.prices)
    except ValueError:  # one draw, or other candidates
        return pd.DataFrame()
    saved = {"best in hindsight": expected.realised_gain, "best on the other seeds": expected.gain}
    return pd.DataFrame([
        {"schedule": name, **mean_interval(gain)._asdict(), "seeds": len(firsts)}
        for name, gain in saved.items()
    ])  # fmt: skip


# which tables belong to which case --------------------------------------------------------------


def attach(
    cases: Sequence[Case], of: Path | Runs, given: str | Path | Sequence[Counterfactual] | None
) -> list[str]:
    """Give each case the counterfactual tables that say what its runs served.

    Of tables that lie in the sweep folder, those that cannot be used are left out, with a note. The
    table of a quiet twin goes where that of its world does.
    """
    if given is None and (isinstance(of, Runs) or not (of / "counterfactual").exists()):
        return []
    inside = given is None
    given = Path(of) / "counterfactual" if given is None else given  # type: ignore[arg-type]
    paths = table_paths(Path(given)) if isinstance(given, str | Path) else list(given)
    left_out, twins = list[str](), list[Counterfactual]()
    attached: list[tuple[int, Any]] = []
    for one in paths:
        try:
            table = one if isinstance(one, Counterfactual) else Counterfactual.load(one)
            if table.setting.quiet is not None:
                twins.append(table)
            else:
                _attach(cases, table, "" if table is one else f"{str(one)!r}: ", attached)
        except ValueError as error:
            if not inside:
                raise ValueError(f"counterfactual {error}") from error
            left_out.append(str(error))
    for table in twins:
        for case in cases:
            if any(_is_twin(table, other) for other in case.counterfactuals):
                case.twins.append(table)
    return left_out


def _is_twin(table: Counterfactual, of: Counterfactual) -> bool:
    """Whether a table is of a quiet twin of the world of another, and of the same family."""
    here, there = table.setting, of.setting
    return (here.quiet, here.family, here.monitors) == (there.events, there.family, there.monitors)


def _attach(
    cases: Sequence[Case], table: Counterfactual, of: str, attached: list[tuple[int, Any]]
) -> None:
    """Give a table to the case of whose runs it says most.

    Raises
    ------
    ValueError
        If it says nothing of any.
    """
    counts = [covered(table, case) for case in cases]
    if not any(counts):
        raise ValueError(
            f"{of}this table of seed {table.setting.seed} says of no run "
            "what it served; make it with a run's stream, seed, delay, learner, dataset, "
            "tick and warmup"
        )
    kind = (table.setting.seed, table.setting.family)  # a setting needs one of each
    ranks = [
        (count, _agreement(table, cases[k].setting), -attached.count((k, kind)))
        for k, count in enumerate(counts)
    ]
    best = ranks.index(max(ranks))
    cases[best].counterfactuals.append(table)
    attached.append((best, kind))


def _agreement(table: Counterfactual, setting: Setting) -> int:
    """In how many keys a table was made as the runs of a setting: some change no number of it."""
    run = next(iter(next(iter(setting.runs.values())).values()))
    made = {
        "unanswered": run.info.unanswered, "loss": run.info.loss,
        "tick": run.config.get("tick"), "warmup": run.config.get("warmup"),
        "warmup_labels": run.info.warmup_labels,
    }  # fmt: skip
    return sum(str(getattr(table.setting, key)) == str(value) for key, value in made.items())
