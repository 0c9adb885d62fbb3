"""What a run keeps of every event, made a piece at a time of what the replay has left.

Neither features nor models are held for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clsim.engine.orders import Orders
from clsim.engine.scoring import Scored
from clsim.engine.served import Served
from clsim.engine.telling import Telling
from clsim.runs.schema import chance_columns
from clsim.types import NEVER, NEVER_TIME


class Predictions:
    """What was answered to each served event, and what is true.

    Parameters
    ----------
    scored : Scored
    served : Served
    """

    def __init__(self, scored: Scored, served: Served) -> None:
        timeline = scored.timeline
        self._served, self._labels, self._hidden = served, scored.labels, scored.knowledge.hidden
        self._warm, self._timed = timeline.n_warm, timeline.clock.timed
        self._time, self._slices = timeline.time, timeline.slices
        self._names, self._classes = timeline.schema.slices, timeline.schema.classes

    def __call__(self, places: slice) -> pd.DataFrame:
        """The rows of some of the served events."""
        served, classes, timed = self._served, self._classes, self._timed
        rows = slice(self._warm + places.start, self._warm + places.stop)
        answers, answered, by = served.answers(places), served.answered(places), served.by(places)
        if len(classes):
            y_pred = pd.Series(classes[np.where(answered, answers, 0)])
        else:
            y_pred = pd.Series(answers)
        due = self._labels.times_of(rows)
        known = due != NEVER_TIME
        if self._hidden is not None:
            known &= ~self._hidden[rows]
        label_time = pd.Series(_times(np.where(known, due, 0), timed)).where(known)
        if not timed:
            label_time = label_time.astype("Int64")
        names = [np.array(self._names[column], dtype=object)[codes[rows]]
                 for column, codes in self._slices.items()]  # fmt: skip
        joined = [";".join(each) for each in zip(*names, strict=True)] if names else None
        frame = pd.DataFrame(
            {
                "id": served.rows(places),
                "tick": served.ticks(places).astype(np.int32),
                "time": _times(self._time[rows], timed),
                "label_time": label_time,
                "slice": joined,
                "y_true": self._labels.y[rows],
                "y_pred": y_pred.where(answered, None) if not answered.all() else y_pred,
                "model": pd.Series(by, dtype="Int32").where(by >= 0),
            }
        )
        if served.chances is not None:
            frame[list(chance_columns(classes.tolist()))] = served.chances(places)
        return frame


class SeenEvents:
    """From which tick on the label of each logged event was known, as what, and what it cost.

    Parameters
    ----------
    telling : Telling
        Of the strategy, by rows of the stream.
    scored : Scored
    served : Served
    wrong : bool
        Whether what was not answered counts.
    """

    def __init__(self, telling: Telling, scored: Scored, served: Served, wrong: bool) -> None:
        self._telling, self._served, self._wrong = telling, served, wrong
        self._known, self._logged = scored.known, scored.knowledge.seen.logged
        self._warm = scored.timeline.n_warm

    def __call__(self, places: slice) -> pd.DataFrame:
        """The rows of those served events that were logged."""
        at = np.arange(places.start, places.stop)
        if self._logged is not None:
            at = at[self._logged[self._warm + at]]
        served, ids = self._served, self._served.rows(at)
        ticks = self._known.ticks_of(self._warm + at)
        came = ticks != NEVER
        told = np.full(len(at), None, dtype=object)
        told[came] = self._telling.y_at(ids[came], ticks[came]).tolist()
        counts = came if self._wrong else came & served.answered(at)
        return pd.DataFrame(
            {
                "id": ids,
                "known": pd.Series(np.where(came, ticks, -1), dtype="Int32").where(came),
                "y_told": told,
                "loss": np.where(counts, served.observed(at), np.nan),
            }
        )


def bought(orders: Orders, timed: bool) -> pd.DataFrame:
    """What was ordered, by tick and row, and the chances by which it was picked."""
    order = np.lexsort([orders.rows, orders.tick])
    comes = orders.time[order] != NEVER_TIME
    label_time = pd.Series(_times(np.where(comes, orders.time[order], 0), timed)).where(comes)
    chance = orders.chance[order]
    kind = pd.Series(np.where(orders.sequence[order], "sequence", "inclusion"), dtype=object)
    return pd.DataFrame(
        {
            "id": orders.rows[order],
            "tick": orders.tick[order].astype(np.int32),
            "label_time": label_time if timed else label_time.astype("Int64"),
            "y_told": orders.y[order],
            "chance": chance,
            "kind": kind.where(~np.isnan(chance), None),
            "stands_for": orders.stands[order],
            "evaluation": orders.evaluation[order],
        }
    )


def _times(units: np.ndarray, timed: bool) -> Any:
    return units.astype("datetime64[us]") if timed else units
