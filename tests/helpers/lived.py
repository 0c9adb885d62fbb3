"""A run of eight ticks of ten events in which models are tried, promoted and taken back."""

import json

import pandas as pd

from clsim.runs.info import RunInfo
from clsim.runs.run import Run

MODEL = [0, 0, 1, 1, 0, 0, 0, 3]
LOSS = [2, 2, 4, 6, 3, 1, 2, 1]

EVENTS = [  # tick, kind, reason, model, parent, rows, labels, accepted, detail
    (-1, "initial", "warm-up", 0, None, 50, 50, None, None),
    (0, "online_test", "begins as a shadow", 1, 0, 0, 0, None, None),
    (1, "label", None, None, None, 0, 4, None, None),
    (1, "buy", "at random", None, None, 0, 3, None, None),
    (2, "online_test", "challenger is better", 1, 0, 16, 0, True,
     {"challenger": 0.9, "champion": 0.8, "unlabelled": 4.0}),
    (2, "deploy", "trained at tick 0", 1, None, 0, 0, None, None),
    (2, "label", "bought", None, None, 0, 2, None, None),
    (3, "online_test", "begins as a shadow", 2, 1, 0, 0, None, None),
    (4, "rollback", "score fell", 0, 1, 0, 0, None, {"before": 0.8, "after": 0.5, "labels": 12.0}),
    (4, "label", "revision", None, None, 0, 9, None, None),
    (4, "online_test", "begins afresh against another champion", 2, 0, 0, 0, None, None),
    (5, "online_test", "undecided: 3 labels, needs 9", 2, 0, 3, 0, False, {"unlabelled": 17.0}),
    (5, "online_test", "begins as a shadow", 3, 0, 0, 0, None, None),
    (5, "online_test", "begins as a shadow", 4, 0, 0, 0, None, None),
    (6, "superseded", "model 1 was withdrawn", 4, None, 0, 0, None, None),
    (7, "online_test", "challenger is better", 3, 0, 12, 0, True,
     {"challenger": 0.95, "champion": 0.85}),
    (7, "deploy", "trained at tick 5", 3, None, 0, 0, None, None),
    (7, "online_test", "begins as a shadow", 5, 3, 0, 0, None, None),
]  # fmt: skip

SHADOWS = {(0, 1): 1, (1, 1): 1, (3, 2): 5, (4, 2): 2, (5, 3): 0, (6, 3): 1, (5, 4): 4, (7, 5): 3}
"""Loss of each shadow in each tick."""


def lived(*, kept=None, asked=True, signals=None, config=None):
    """The run; ``kept`` events in each tick, or all; ``asked``: whether it says who was asked."""
    count = len(MODEL)
    ticks = pd.DataFrame({
        "tick": range(count), "start": range(0, 10 * count, 10),
        "end": range(10, 10 * count + 10, 10), "slice": "all", "n": 10, "answered": 10,
        "loss": [float(x) for x in LOSS], "model": pd.array(MODEL, "Int32"),
    })  # fmt: skip
    if kept is not None:
        ticks["logged"] = kept
    ticks = pd.concat([ticks, ticks.assign(slice="group=a", loss=0.0)], ignore_index=True)
    columns = ["tick", "kind", "reason", "model", "parent", "rows", "labels", "accepted", "detail"]
    events = pd.DataFrame(EVENTS, columns=columns)
    events["accepted"] = events["accepted"].astype("boolean")
    events["detail"] = [None if d is None else json.dumps(d) for d in events["detail"]]
    for name in ("model", "parent"):
        events[name] = events[name].astype("Int32")
    served = None
    if asked:
        rows = [
            (t, m, "champion", loss) for t, (m, loss) in enumerate(zip(MODEL, LOSS, strict=True))
        ]
        rows += [(t, m, "shadow", loss) for (t, m), loss in SHADOWS.items()]
        served = pd.DataFrame(rows, columns=["tick", "model", "role", "loss"])
        served = served.assign(slice="all", n=10, answered=10)
        served = pd.concat([served, served.assign(slice="group=a", loss=99.0)])
    tables = {"ticks": ticks, "events": events, "served": served, "signals": signals}
    return Run(tables, RunInfo(timed=False, loss="zero_one"), config)
