"""What one strategy leaves: its answers scored, and what happened laid out in tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from clsim.engine.by_event import Predictions, SeenEvents, bought
from clsim.engine.deletions import counted_column
from clsim.engine.journal import in_every_tick
from clsim.engine.lane import Lane
from clsim.engine.lessons import lessons
from clsim.engine.limits import SAID
from clsim.engine.models import RowByRowModel
from clsim.engine.profiling import bytes_of_row, profile_columns
from clsim.engine.reported import metrics_frame
from clsim.engine.scoring import Scored, confusion_columns, served_columns, ticks_columns
from clsim.engine.served import Served
from clsim.metrics import Metric
from clsim.runs.info import Made, RunInfo
from clsim.runs.ledger import BOUGHT, REVISION, ROW_BY_ROW, quantities, score_of, training_seconds
from clsim.runs.pieces import Pieces
from clsim.runs.run import Run
from clsim.types import Columns


def outcome(
    lane: Lane, scored: Scored, *, record: str, metrics: Sequence[Metric], info: RunInfo,
    likely: np.ndarray | None = None,
) -> Run:  # fmt: skip
    """Score what a strategy served, and lay out what happened.

    ``likely``: how likely each class is for each row of the stream, for ghosts.
    """
    serving, loss, timeline = lane.serving, lane.models.loss, scored.timeline
    model = _model_by_tick(lane)
    served = Served(serving, lane.knowledge, timeline, model)
    ticks = ticks_columns(scored, loss, served, model, serving.unanswered)
    profiled = lane.strategy.logging.profiled
    if profiled is not None:
        ticks |= profile_columns(ticks["slice"], lane.knowledge, profiled)
    if scored.deleted is not None:
        ticks["deleted"] = counted_column(timeline, *scored.deleted)
    churn = lane.promotions.churn
    if churn is not None:
        ticks["changed"] = churn.column(timeline, serving)
    events = _events(lane, scored, model)
    row_bytes = bytes_of_row(timeline, np.dtype(loss.answer_dtype))
    totals = quantities(ticks, events, timeline.clock.timed, row_bytes)
    score = score_of(totals, loss.kind, serving.unanswered)
    tables: dict[str, Any] = {"ticks": ticks, "events": events}
    routing = lane.promotions.routing
    shadows, roles = routing.shadows.asked, routing.roles
    if shadows or roles:
        tables["served"] = served_columns(scored, served, model, shadows, roles)
    tables["signals"] = lane.signals.columns()
    tables["cells"] = lane.signals.cells()
    if loss.n_classes:
        tables["confusion"] = confusion_columns(scored, loss, served)
    tables["models"] = lane.lineage.register.models()
    has_chances = served.chances is not None
    if record == "lineage":
        tables["lessons"] = _lessons(lane, scored, has_chances)
    if record != "ticks":
        count, telling = timeline.n - timeline.n_warm, lane.knowledge.telling
        seen = SeenEvents(telling, scored, served, serving.unanswered == "wrong")
        tables["predictions"] = Pieces(count, Predictions(scored, served, loss))
        tables["seen"] = Pieces(count, seen)
        if telling.orders is not None:
            tables["bought"] = bought(telling.orders, timeline.clock.timed)
    if lane.promotions.ghosts is not None:
        tables["ghosts"] = lane.promotions.ghosts.columns(lane.knowledge, serving, likely)
    if metrics:
        tables["metrics"] = metrics_frame(scored, metrics, served, model)
    failed = np.flatnonzero(np.asarray(events["kind"], dtype=object) == "train_failed")
    struck = any(str(events["reason"][place]).startswith(SAID) for place in failed)
    initial, train = training_seconds(events)
    made = Made(initial_seconds=initial, train_seconds=train)
    sampled = scored.knowledge.seen.logged is not None
    info = replace(info, sampled=sampled, probabilities=has_chances and record != "ticks")
    info = replace(info, profiled=profiled is not None, row_bytes=row_bytes)
    info = replace(info, deletes=scored.deleted is not None, churn=churn is not None,
                   deterministic=not struck, explores=serving.said.explores)  # fmt: skip
    info = replace(
        info, source=lane.strategy.source, threshold=lane.strategy.threshold, score=score,
        totals=totals, signals=lane.signals.kinds(), made=made,
    )  # fmt: skip
    return Run(tables, info)


def _lessons(lane: Lane, scored: Scored, likely: bool) -> pd.DataFrame | None:
    """Every row that each model learned, up to the last tick that it answered."""
    services = lane.lineage.services
    ends = [*(service.tick for service in services[1:]), scored.timeline.n_ticks]
    last = {service.number: end - 1 for service, end in zip(services, ends, strict=True)}
    classes = scored.timeline.schema.classes.tolist() if likely else None
    return lane.lineage.register.lessons(last, classes)


def _model_by_tick(lane: Lane) -> np.ndarray:
    """Number of the model that serves each tick; -1: none."""
    services = lane.lineage.services
    ticks = [0, *(service.tick for service in services), lane.knowledge.timeline.n_ticks]
    numbers = np.array([-1, *(service.number for service in services)], dtype=np.int32)
    return np.repeat(numbers, np.diff(ticks))


def _events(lane: Lane, scored: Scored, model: np.ndarray) -> Columns:
    repeated = _label_events(scored)
    champion = lane.lineage.champion
    if champion is not None and isinstance(champion.serving, RowByRowModel):
        updates = _updates(lane, scored, model)
        repeated.append(in_every_tick("train", reason=ROW_BY_ROW, rows=updates, model=model))
    column = lane.journal.columns(repeated)  # labels arrive first in a tick
    time = scored.timeline.starts[np.maximum(column["tick"], 0)]
    return {"tick": column.pop("tick"), "time": time, **column}


def _label_events(scored: Scored) -> list[dict[str, np.ndarray]]:
    """Labels that arrived in each tick, the sum of their waits, and their votes.

    Natural ones, bought ones, and those that are revised.
    """
    count, wait, votes = scored.waits
    events = [in_every_tick("label", labels=count, duration=wait, rows=votes)]
    knowledge, ticks = scored.knowledge, len(count)
    orders = knowledge.orders
    if orders is not None:
        came = orders.due < knowledge.telling.natural.ticks_of(orders.rows)
        came &= orders.due == scored.known.ticks_of(orders.rows)  # the row is still kept then
        due = orders.due[came]
        waits = orders.time[came] - scored.timeline.time[orders.rows[came]]
        events.append(
            in_every_tick(
                "label", reason=BOUGHT, labels=np.bincount(due, minlength=ticks),
                duration=np.bincount(due, waits, ticks).astype(np.int64),
                rows=np.bincount(due, orders.votes[came], ticks).astype(np.int64),
            )
        )  # fmt: skip
    if knowledge.telling.revises:
        _, revised = knowledge.telling.revised(0, ticks - 1)
        count = np.bincount(revised, minlength=ticks)
        events.append(in_every_tick("label", reason=REVISION, labels=count))
    return events


def _updates(lane: Lane, scored: Scored, model: np.ndarray) -> np.ndarray:
    """Number of row-by-row updates in each tick of the model that serves it."""
    n_ticks = scored.timeline.n_ticks
    assert lane.lineage.champion is not None
    serving = lane.lineage.champion.serving
    assert isinstance(serving, RowByRowModel)
    ticks = lessons(scored.knowledge, -1, n_ticks - 1)[2]
    ticks = ticks[ticks < serving.until]
    learned = np.cumsum(np.bincount(ticks, minlength=n_ticks))
    updates = np.where(model < 0, 0, np.diff(learned, prepend=learned[:1]))
    for service in lane.lineage.services:
        updates[service.tick] = learned[service.tick] - learned[max(service.trained, 0)]
    return updates
