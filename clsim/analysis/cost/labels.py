"""What one more bought label is worth: for training, and for the evaluation set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval

USES = ("training", "evaluation")
"""What a bought label can be for."""

SIZES = ("labels", "per", "amount", "price", "share")
"""Parameters of a budget that say how many labels it buys, and not by which rule."""

TOGETHER = 0.99
"""From this correlation on, the labels for the two uses count as changing in proportion: what they
are worth would then be guessed from how shares of a label were rounded."""


def labels_by_use(run: Run) -> dict[str, int]:
    """Labels that a run bought, by what they are for.

    Parameters
    ----------
    run : Run
        Uses its ``events`` of the kind buy.

    Returns
    -------
    dict of str to int
        Keys 'training' and 'evaluation'.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> orders = pd.DataFrame({"kind": ["buy", "buy", "label"], "labels": [80, 20, 100],
    ...                        "detail": [None, '{"evaluation": true}', None]})
    >>> labels_by_use(Run({"events": orders}, RunInfo()))
    {'training': 80, 'evaluation': 20}
    """
    orders = run.events[run.events["kind"] == "buy"]
    evaluation = orders["detail"].fillna("").str.contains('"evaluation": true', regex=False)
    return {
        "training": int(orders.loc[~evaluation, "labels"].sum()),
        "evaluation": int(orders.loc[evaluation, "labels"].sum()),
    }


def alike_but_for_labels(setting: Setting) -> list[list[str]]:
    """Strategies that differ in nothing but how many labels they buy, and for what.

    Parameters
    ----------
    setting : clsim.analysis.Setting
        Of runs that came from configurations; of others nobody knows in what they differ.

    Returns
    -------
    list of list of str
        Groups of at least two, in the order of the setting.
    """
    groups: dict[str, list[str]] = {}
    for name, by_seed in setting.runs.items():
        run = next(iter(by_seed.values()))
        strategy = run.config.get("strategy")
        if not isinstance(strategy, dict):
            continue
        curation = strategy.get("curation")
        if isinstance(curation, dict) and isinstance(curation.get("budget"), dict):
            groups.setdefault(_without_sizes(strategy, run), []).append(name)
    return [names for names in groups.values() if len(names) > 1]


def _without_sizes(strategy: dict[str, Any], run: Run) -> str:
    """What a strategy is, but for its name and how many labels it buys for what."""
    curation = {k: v for k, v in strategy["curation"].items() if k != "evaluation"}
    curation["budget"] = {k: v for k, v in curation["budget"].items() if k not in SIZES}
    rest = {**strategy, "name": None, "curation": curation}
    return json.dumps([rest, run.info.strategy_files], sort_keys=True, default=str)


def marginal_labels(runs: Mapping[str, Mapping[int, Run]], level: float = 0.95) -> pd.DataFrame:
    """What one more label gains, by its use, between strategies that buy more and fewer.

    They must differ in nothing but how many labels they buy, and for what. If one label for
    training gains a and one for evaluation b, and both are the same for all of the strategies, then
    for each seed score = c + a (labels for training) + b (labels for evaluation), by least squares
    where there are more than three. A label for evaluation gains by what it lets serve alone; what
    it is worth to know a score is not in it.

    Parameters
    ----------
    runs : mapping of str to mapping of int to Run
        By strategy and seed. Two strategies are enough where they differ in one of the uses alone;
        three for both.
    level : float, default=0.95
        Of the intervals, over seeds, by Student's t.

    Returns
    -------
    pandas.DataFrame
        By use ('training', 'evaluation'): value, low, high (score per label); avoided, avoided_low,
        avoided_high (units of loss per label, over the whole replay); seeds, and reason (why there
        is no value, or no interval; missing where there are both).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> def run(labels, score):
    ...     orders = {"kind": ["buy"], "labels": [labels], "detail": [None]}
    ...     loss = 1000 * (1 - score)
    ...     return SimpleNamespace(
    ...         events=pd.DataFrame(orders), score=score, totals={"loss": loss}
    ...     )
    >>> found = marginal_labels({"few": {0: run(100, 0.8)}, "many": {0: run(200, 0.9)}})
    >>> found[["value", "avoided"]].round(6).to_dict("index")["training"]
    {'value': 0.001, 'avoided': 1.0}
    """
    seeds = sorted(set.intersection(*map(set, runs.values()))) if runs else []
    labels = [pd.DataFrame([labels_by_use(r[seed]) for r in runs.values()]) for seed in seeds]
    reasons = _reasons(runs, seeds, labels)
    told = [use for use in USES if reasons[use] is None]
    gains: dict[str, list[np.ndarray]] = {use: [] for use in told}
    for bought, seed in zip(labels, seeds, strict=True) if told else ():
        each = [(_score(by_seed[seed]), -by_seed[seed].totals["loss"]) for by_seed in runs.values()]
        asked = np.column_stack([np.ones(len(bought)), bought[told]])
        found = np.linalg.lstsq(asked, np.array(each, dtype=float))[0][1:]
        for use, gain in zip(told, found, strict=True):
            gains[use].append(gain)
    rows = []
    for use in USES:
        values = np.array(gains[use]).T if use in gains else np.empty((2, 0))
        value, avoided = (mean_interval(of, level) for of in values)
        why = reasons[use] or ("one seed, so no interval" if len(seeds) == 1 else None)
        rows.append((use, *value, *avoided, len(seeds), why))
    columns = ["use", "value", "low", "high", "avoided", "avoided_low", "avoided_high",
               "seeds", "reason"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).set_index("use")


def _reasons(
    runs: Mapping[str, Mapping[int, Run]], seeds: Sequence[int], labels: Sequence[pd.DataFrame]
) -> dict[str, str | None]:
    """For each use, why nobody can say what a label is worth; None: one can."""
    if not seeds:
        return dict.fromkeys(USES, "no seed that all of them have")
    if np.isnan([_score(by_seed[seed]) for by_seed in runs.values() for seed in seeds]).any():
        return dict.fromkeys(USES, "a run has no score")
    moves = {use: [np.ptp(bought[use]) > 0 for bought in labels] for use in USES}
    if any(any(of) != all(of) for of in moves.values()):
        return dict.fromkeys(USES, "in some seeds alone they bought as many labels for a use")
    both = all(all(of) for of in moves.values())
    if both and any(abs(bought.corr().to_numpy()[0, 1]) > TOGETHER for bought in labels):
        why = "the two uses change in proportion, so their values cannot be told apart"
        return dict.fromkeys(USES, why)
    same = "each of them bought as many labels for it"
    return {use: None if all(of) else same for use, of in moves.items()}


def labels_worth(setting: Setting, level: float = 0.95) -> pd.DataFrame:
    """What one more label is worth in a setting, wherever strategies differ in nothing but labels.

    Parameters
    ----------
    setting : clsim.analysis.Setting
    level : float, default=0.95

    Returns
    -------
    pandas.DataFrame
        One row for each group of `alike_but_for_labels` and use: group (from 1), strategies, use,
        and the columns of `marginal_labels`.

    Examples
    --------
    Two strategies that differ in their budget alone: 100 labels more, and a score that is higher by
    0.1, which is 0.001 a label.

    >>> from clsim.runs.info import RunInfo
    >>> def run(labels, score):
    ...     orders = pd.DataFrame({"kind": ["buy"], "labels": labels, "detail": None})
    ...     budget = {"_target_": "PerTick", "labels": labels}
    ...     info = RunInfo(score=score, totals={"loss": 1000 * (1 - score)})
    ...     return Run({"events": orders}, info, {"strategy": {"curation": {"budget": budget}}})
    >>> runs = {"few": {0: run(100, 0.8)}, "many": {0: run(200, 0.9)}}
    >>> found = labels_worth(Setting("", {}, runs))
    >>> found[["strategies", "use", "value", "reason"]].round(6).values.tolist()[0]
    ['few; many', 'training', 0.001, 'one seed, so no interval']
    """
    frames = [
        marginal_labels({name: setting.runs[name] for name in names}, level)
        .reset_index()
        .assign(group=number, strategies="; ".join(names))
        for number, names in enumerate(alike_but_for_labels(setting), start=1)
    ]
    if not frames:
        return pd.DataFrame(columns=["group", "strategies", "use"])
    every = pd.concat(frames, ignore_index=True)
    first = ["group", "strategies", "use"]
    return every[[*first, *every.columns.drop(first)]]


def _score(run: Run) -> float:
    return np.nan if run.score is None else run.score
