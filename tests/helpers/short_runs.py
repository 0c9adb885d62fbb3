"""Runs of a few ticks, with drifts, models and events as they are given."""

import numpy as np
import pandas as pd

from clsim.runs.info import RunInfo
from clsim.runs.run import Run
from clsim.types import DriftEvent

DAY = 86_400_000_000


def drift(start, end=None, kind="sudden", slice=None):
    end = start if end is None else end
    return DriftEvent(kind, start, end, "concept", slice)


def run(
    loss, *, n=10, model=None, events=(), drifts=(), timed=False, answered=None, kind="zero_one"
):
    """A run of ticks of ten rows, or of a day."""
    count = len(loss)
    n = np.broadcast_to(n, count).astype(np.int64)
    edge = np.arange(count + 1) * (DAY if timed else 10)
    edge = edge.astype("datetime64[us]") if timed else edge
    model = np.zeros(count, dtype=np.int64) if model is None else np.array(model)
    ticks = pd.DataFrame(
        {"tick": range(count), "start": edge[:-1], "end": edge[1:], "slice": "all", "n": n,
         "answered": n if answered is None else answered, "loss": np.array(loss, dtype=float),
         "model": pd.array(model, dtype="Int32")}
    )  # fmt: skip
    ticks.loc[model < 0, "model"] = pd.NA
    # slices overlap, and are not to be mixed up with all
    ticks = pd.concat([ticks, ticks.assign(slice="group=a", loss=0.0)], ignore_index=True)
    columns = ["tick", "kind", "reason", "model"]
    info = RunInfo(drifts=tuple(drifts), timed=timed, loss=kind)
    return Run({"ticks": ticks, "events": pd.DataFrame(events, columns=columns)}, info)
