"""The way in: runs, or a sweep folder, into named frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from clsim.analysis.compare.comparison import Setting, settings
from clsim.analysis.cost.waiting import cost_of_waiting
from clsim.analysis.findings import (
    adapted,
    alarms,
    behaviour,
    choice,
    compared,
    costs,
    gone_back,
    judged,
    models,
    paid,
    schedules,
    signals,
)
from clsim.analysis.findings import hindsight as against
from clsim.analysis.findings.beside import beside_others, other_sweeps
from clsim.analysis.findings.case import Case, priced_case
from clsim.analysis.findings.stated import prices_each, swept
from clsim.analysis.findings.suite import NAMES as SUITE
from clsim.analysis.findings.suite import is_suite, suite_frames
from clsim.errors import unknown
from clsim.runs.gathered import gathered
from clsim.runs.ledger import Prices
from clsim.runs.reading import load
from clsim.runs.run import Runs

FRAMES: dict[str, Callable[[Case], pd.DataFrame]] = {
    "choice": choice.choice,
    "answers": choice.answers_frame,
    "runners_up": choice.runners_up,
    "overturns": choice.overturns,
    "break_even": schedules.price_switches,
    "stakeholders": choice.by_stakeholder,
    "partings": choice.partings,
    "slices": choice.slices,
    "strategies": costs.strategies,
    "runs": costs.every_run,
    "cost_parts": paid.cost_parts,
    "accuracy_cost": costs.points,
    "opportunity": costs.opportunity_curve,
    "opportunity_total": costs.opportunity_total,
    "opportunities": costs.opportunities,
    "waiting": costs.waits,
    "waiting_means": costs.waits_by_strategy,
    "first_models": choice.beginnings,
    "over_time": models.over_time,
    "metrics": models.metrics,
    "metric_means": models.mean_metrics,
    "services": models.services,
    "trials": models.trials,
    "rollbacks": models.rollbacks,
    "reuses": models.reuses,
    "waits": models.waits,
    "lives": models.lives,
    "lineage": models.lineage,
    "policy_rates": adapted.rates,
    "adaptations": adapted.adaptations,
    "adapted_numbers": adapted.numbers,
    "report_cards": models.cards,
    "verdicts": models.verdicts,
    "tests_judged": judged.tests_judged,
    "error_rates": judged.error_rates,
    "estimates_off": models.estimates_off,
    "alarms": alarms.alarms,
    "what_made_it": alarms.what_made_it,
    "cells_behind": alarms.cells_of_alarms,
    "rows_behind": alarms.rows_of_alarms,
    "classes_behind": alarms.classes_of_alarms,
    "calibrated": models.calibrated,
    "calibrated_ranges": models.calibrated_ranges,
    "kept_and_bought": models.kept_and_bought,
    "kept_and_bought_means": models.mean_kept_and_bought,
    "label_worth": models.label_worth,
    "labels_by_use": models.labels_for_use,
    "labels_by_use_means": models.mean_labels_for_use,
    "half_life": behaviour.half_life,
    "freshness_age": behaviour.freshness_age,
    "freshness_season": behaviour.freshness_season,
    "freshness_steps": behaviour.freshness_steps,
    "schedule_cost": schedules.cost_of_intervals,
    "schedule_cost_table": schedules.cost_of_every_period,
    "best_schedules": against.best_frontier,
    "regret": against.regret_parts,
    "no_regret": against.no_regret,
    "going_back": gone_back.going_back,
    "back_or_train": gone_back.back_or_train,
    "controls": against.controls_beside,
    "luck": against.luck,
    "harm": behaviour.harms,
    "signals": behaviour.every_signal,
    "monitors": behaviour.foretold,
    "signal_worth": signals.signal_worth,
    "signal_ranking": signals.signal_ranking,
    "walk_forward": choice.walk_folds,
    "walk_means": choice.walk_means,
    "walk_summary": choice.walk_summary,
    "one_stream": compared.blocks_of_one_stream,
    "seeds_needed": compared.seeds_for_the_choice,
}
"""Frames of each setting."""

TOGETHER = (
    "settings", "befallen", "left_out", "left_out_summary", "worlds", "interquartile_mean", "ranks",
    "nemenyi", "pairs", "bayesian", "worlds_to_tell", "effects", "factor_levels", "factor_winners",
)  # fmt: skip
"""Frames of all settings together."""

BESIDE = (
    "beside", "beside_counts", "beside_pairs", "beside_unpaired", "beside_settings",
)  # fmt: skip
"""Frames of other sweeps beside this one."""


class Findings(Mapping[str, pd.DataFrame]):
    """All numbers of a report, as named frames, each made when somebody asks for it.

    Frames of single settings have the setting's name as their first column. A frame is empty
    where the runs have nothing of what it is about. `docs/findings.md` says what is in each.

    Parameters
    ----------
    cases : sequence of Case
        The settings of a sweep at given prices.
    others : dict of str to sequence of Setting, default={}
        Those of other sweeps that stand beside it, by their names.
    """

    def __init__(
        self, cases: Sequence[Case], others: Mapping[str, Sequence[Setting]] | None = None
    ) -> None:
        self.cases, self.others = list(cases), dict(others or {})
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            if name in TOGETHER:
                self._made |= self._of_all()
            elif name in SUITE:
                self._made |= suite_frames(self.cases)
            elif name in BESIDE:
                self._made |= beside_others(self.cases, self.others)
            elif name in FRAMES:
                self._made[name] = self._of_each(FRAMES[name])
            else:
                raise KeyError(unknown("frame", name, list(self)))
        return self._made[name]

    def _of_all(self) -> dict[str, pd.DataFrame]:
        made = {name: pd.DataFrame() for name in TOGETHER}
        made |= {
            "settings": choice.at_a_glance(self.cases),
            "befallen": choice.befallen(self.cases),
        }
        several = [case.setting for case in self.cases] if len(self.cases) > 1 else []
        if is_suite(several):  # whose worlds have prices of their own: the suite compares them
            return made
        found = choice.elsewhere(self.cases)
        made |= {"left_out": choice.tuned_elsewhere(found), "left_out_summary": found.summary}
        return made | compared.compared(self.cases)

    def _of_each(self, of: Callable[[Case], pd.DataFrame]) -> pd.DataFrame:
        frames = [(case.setting.name, of(case)) for case in self.cases]
        some = [frame.assign(setting=name) for name, frame in frames if len(frame)]
        if not some:
            return pd.DataFrame()
        table = pd.concat(some, ignore_index=True)
        return table[["setting", *table.columns.drop("setting")]]

    def __iter__(self) -> Iterator[str]:
        return iter([*FRAMES, *TOGETHER, *SUITE, *BESIDE])

    def __len__(self) -> int:
        return len(FRAMES) + len(TOGETHER) + len(SUITE) + len(BESIDE)

    def __repr__(self) -> str:
        return f"Findings of {len(self.cases)} settings: {', '.join(self)}"


def findings(
    runs: Any,
    prices: Prices | Mapping[str, Any] | None = None,
    *,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
    counterfactual: str | Path | None = None,
    beside: Sequence[str | Path] = (),
) -> Findings:
    """The numbers of a report, as named frames.

    Parameters
    ----------
    runs : path, Run, Runs, mapping or sequence
        A sweep folder, with the tables of hindsight in it; or runs as one has them in Python, as
        `clsim.runs.gathered.gathered` takes them.
    prices : Prices, mapping or None, default=None
        None: those in the runs' configurations (of a suite, each world's own). A mapping overrides
        some of them.
    reference : str or None, default=None
        Strategy against which the others are measured. None: what runs today, if it is there; else
        the one with the most retrainings.
    pair : (str, str) or None, default=None
        Strategies A and B whose loss curves are compared. None: the chosen one and the reference.
    counterfactual : path or None, default=None
        A saved table of hindsight, or a folder of them. None: those in the sweep folder.
    beside : sequence of path, default=()
        Folders of other sweeps, whose differences from this one are frames too.

    Returns
    -------
    Findings
        A mapping of names to `pandas.DataFrame`.

    Raises
    ------
    ValueError
        If there are no runs, a price or strategy does not exist, the runs disagree on prices, or a
        folder beside holds no sweep or is given twice.

    Examples
    --------
    >>> import clsim
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> stream = Synthetic(Sine(0), n=2000, rate="10/d")
    >>> ways = {"never": clsim.Strategy(Never()), "monthly": clsim.Strategy(Periodic("30d"))}
    >>> runs = clsim.replay(stream, ways, learner=GaussianNB(), tick="1d", warmup="50d")
    >>> found = clsim.findings(runs, {"retraining": 20, "currency": "EUR"})
    >>> found["runners_up"][["strategy", "mean"]].round(2).to_dict("records")
    [{'strategy': 'monthly', 'mean': 109.0}]
    """
    others = other_sweeps(beside)
    place = Path(runs) if isinstance(runs, str | Path) else gathered(runs)
    every = place if isinstance(place, Runs) else _of_sweep(place)
    known = settings(every)
    used = prices_each(known, every, prices)
    check_strategies(known, "reference", [reference] if reference else [])
    check_strategies(known, "pair", list(pair) if pair else [])
    cases = [
        Case(**priced_case(setting, own, reference, pair))
        for setting, own in zip(known, used, strict=True)
    ]
    against.attach(cases, place, counterfactual)
    complete(cases, cost_of_waiting(every, used[0]))
    for case in cases:
        case.swept = {} if is_suite(known) else swept(every, case.prices)
    return Findings(cases, others)


def _of_sweep(folder: Path) -> Runs:
    found = load(folder)
    if not isinstance(found, Runs):
        raise ValueError(f"{str(folder)!r}: this is one run; give the sweep folder that holds it")
    return found


def complete(cases: Sequence[Case], waits: pd.DataFrame) -> None:
    """Give each case what waiting cost, and what its tables of hindsight say."""
    for case in cases:
        case.waiting = waits[waits["setting"] == case.setting.name]
        case.hindsight = against.hindsight_of(case)


def check_strategies(among: Sequence[Any], key: str, names: Sequence[str]) -> None:
    """Raise ``ValueError`` for a strategy that no setting has."""
    known = list(dict.fromkeys(name for setting in among for name in setting.runs))
    for name in names:
        if name not in known:
            raise ValueError(f"{key}: {unknown('strategy', name, known)}")
