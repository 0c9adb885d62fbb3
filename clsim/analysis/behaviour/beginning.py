"""What the first models of a setting were made of."""

from __future__ import annotations

import pandas as pd

from clsim.analysis.compare.comparison import Setting

COLUMNS = ["strategy", "seed", "events", "labels", "rows"]


def first_models(setting: Setting) -> pd.DataFrame:
    """The events and labels of the warm-up that each run's first model had.

    Parameters
    ----------
    setting : Setting

    Returns
    -------
    pandas.DataFrame
        One row per run that had a first model: strategy, seed, events (of the warm-up), labels
        (of these, known when it ended), rows (that the model was trained on, by the strategy's
        rule).

    Examples
    --------
    A warm-up of 100 events, of which 80 labels were known when it ended and the latest 50 learned.

    >>> from clsim.runs.info import RunInfo
    >>> from clsim.runs.run import Run
    >>> first = pd.DataFrame({"kind": ["initial", "train"], "labels": [80, 0], "rows": [50, 30]})
    >>> run = Run({"events": first}, RunInfo(warmup_events=100))
    >>> first_models(Setting("", {}, {"weekly": {0: run}})).values.tolist()
    [['weekly', 0, 100, 80, 50]]
    """
    found = []
    for strategy, by_seed in setting.runs.items():
        for seed, run in by_seed.items():
            first = run.events[run.events["kind"] == "initial"]
            for labels, rows in zip(first["labels"], first["rows"], strict=True):
                found.append((strategy, seed, run.info.warmup_events, int(labels), int(rows)))
    return pd.DataFrame(found, columns=COLUMNS)
