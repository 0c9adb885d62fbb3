"""What one more bought label is worth: for training, and for the evaluation set."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval

USES = ("training", "evaluation")
"""What a bought label can be for."""


def labels_by_use(run: Run) -> dict[str, int]:
    """Labels that a run bought, by what they are for.

    Returns
    -------
    dict of str to int
        Keys 'training' and 'evaluation'.
    """
    orders = run.events[run.events["kind"] == "buy"]
    evaluation = orders["detail"].fillna("").str.contains('"evaluation": true', regex=False)
    return {
        "training": int(orders.loc[~evaluation, "labels"].sum()),
        "evaluation": int(orders.loc[evaluation, "labels"].sum()),
    }


def marginal_labels(
    base: Mapping[int, Run],
    more: Mapping[int, Run],
    moved: Mapping[int, Run],
    level: float = 0.95,
) -> pd.DataFrame:
    """The score that one more label gains, by its use, between three strategies.

    They must differ in nothing but how many labels they buy, and for what. If one label for
    training gains a and one for evaluation b, and both are the same all the way from the first
    strategy to the others, then of each of these: its gain = a (its labels for training - those of
    the first) + b (its labels for evaluation - those of the first). Two equations, two unknowns,
    for each seed. A label for evaluation gains by what it lets serve alone; what it is worth to
    know a score is not in it.

    Parameters
    ----------
    base, more, moved : mapping of int to Run
        By seed: a strategy, the same with another budget, and the same with another share for
        evaluation.
    level : float, default=0.95
        Of the intervals, over seeds, by Student's t.

    Returns
    -------
    pandas.DataFrame
        By use ('training', 'evaluation'): value (score per label), low, high, seeds, and reason
        (why there is no value, or no interval; missing where there are both).
    """
    seeds = sorted(set(base) & set(more) & set(moved))
    found, reason = np.full((len(seeds), 2), np.nan), None
    for place, seed in enumerate(seeds):
        mine = labels_by_use(base[seed])
        others = more[seed], moved[seed]
        apart = np.array(
            [[labels_by_use(run)[use] - mine[use] for use in USES] for run in others], dtype=float
        )
        if apart[0, 0] * apart[1, 1] == apart[0, 1] * apart[1, 0]:
            reason = "the two uses change in proportion, so their values cannot be told apart"
            break
        gains = np.array([_score(run) for run in others]) - _score(base[seed])
        found[place] = np.linalg.solve(apart, gains)
    if not seeds:
        reason = "no seed that all three have"
    elif reason is None and np.isnan(found).any():
        reason = "a run has no score"
    rows = []
    for use, values in zip(USES, found.T, strict=True):
        why = reason or ("one seed, so no interval" if len(seeds) == 1 else None)
        value = mean_interval(values, level) if reason is None else (np.nan,) * 3
        rows.append((use, *value, len(seeds), why))
    columns = ["use", "value", "low", "high", "seeds", "reason"]
    return pd.DataFrame(rows, columns=columns).set_index("use")


def _score(run: Run) -> float:
    return np.nan if run.score is None else run.score
