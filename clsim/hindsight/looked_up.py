"""What a schedule would have served, as a run: looked up in a table, and not replayed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from clsim.hindsight.files import INITIAL
from clsim.hindsight.losses import ALL
from clsim.hindsight.optimum import evaluate, rows_of
from clsim.hindsight.table import Counterfactual
from clsim.losses import OF_NUMBERS
from clsim.runs.info import RunInfo
from clsim.runs.ledger import Prices, quantities, score_of
from clsim.runs.run import Run
from clsim.types import NEVER, Columns


def run_of(table: Counterfactual, ticks: Iterable[int], config: dict[str, Any]) -> Run:
    """The run of a schedule without gate and trial, as `clsim.replay` would have recorded it.

    Parameters
    ----------
    table : Counterfactual
    ticks : iterable of int
        At which trainings start, the initial one apart.
    config : dict
        The run's configuration.

    Returns
    -------
    Run
        Its clock is that of the table if that has times, else it counts events. A table knows of
        no labels: none arrive, and nothing is observed.

    Raises
    ------
    ValueError
        For a tick that is given twice or is no candidate, or a schedule that needs a loss that the
        table lacks.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "version": ["a", "a", "b"], "trained_at": [-1, -1, 1], "tick": [0, 1, 1],
    ...     "loss": [2, 5, 1], "n": [10, 10, 10],
    ... })
    >>> run = run_of(Counterfactual.from_frame(frame), [1], {})
    >>> run.ticks["loss"].tolist(), run.ticks["model"].tolist(), run.totals["retrainings"]
    ([2.0, 1.0], [0, 1], 1)
    """
    started = rows_of(table, ticks)
    schedule = evaluate(table, table.ticks[started], Prices())
    if not np.isfinite(schedule.loss):
        raise ValueError(
            f"ticks={list(schedule.ticks)}: the schedule needs a loss that the table lacks (a "
            "largest age?)"
        )
    first = len(table.ticks) - 1
    serving = np.where(schedule.serving < 0, first, schedule.serving)
    edges, timed = _clock(table)
    events = _events(table, started, schedule.promotions, edges)
    return _run(table, started, serving, events, edges, timed, config)


def run_served(table: Counterfactual, config: dict[str, Any]) -> Run:
    """The run of the versions that really served, as the table says.

    It pays for the trainings of those versions, the first apart. Where a version takes over that
    was trained before the one that it replaces, that is a rollback.

    Parameters
    ----------
    table : Counterfactual
        One that says what ``served``.
    config : dict
        The run's configuration.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "version": ["a", "a", "b"], "trained_at": [-1, -1, 1], "tick": [0, 1, 1],
    ...     "loss": [2, 5, 1], "n": [10, 10, 10],
    ... })
    >>> table = Counterfactual.from_frame(frame, served={0: "a"})
    >>> run = run_served(table, {})
    >>> run.ticks["loss"].tolist(), run.totals["retrainings"], run.info.source
    ([2.0, 5.0], 0, 'production')
    """
    assert table.served is not None
    serving, first = table.served, len(table.ticks) - 1
    started = np.setdiff1d(serving, [first])
    edges, timed = _clock(table)
    promotions = [int(np.argmax(serving == row)) for row in started]
    changes = np.flatnonzero(np.diff(serving) != 0) + 1
    back = [tick for tick in changes.tolist() if tick not in promotions]
    number = _number(started, serving, first)
    returns = [(tick, int(number[tick]), int(number[tick - 1])) for tick in back]
    events = _events(table, started, promotions, edges, returns)
    return _run(table, started, serving, events, edges, timed, config, source="production")


def _number(started: np.ndarray, serving: np.ndarray, first: int) -> np.ndarray:
    """Numbers of the models that serve: 0 for the first, the others in order of their training."""
    return np.where(serving == first, 0, np.searchsorted(started, serving, "left") + 1)


def _run(
    table: Counterfactual, started: np.ndarray, serving: np.ndarray, events: Columns,
    edges: np.ndarray, timed: bool, config: dict[str, Any], source: str = "learner",
) -> Run:  # fmt: skip
    """The run of what the rows of a table that serve lost."""
    setting = table.setting
    model = _number(started, serving, len(table.ticks) - 1)
    parts = [_ticks(table, name, serving, model, edges) for name in (ALL, *table.slices)]
    order = np.argsort(np.concatenate([part["tick"] for part in parts]), kind="stable")
    columns = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
    totals = quantities(columns, events, timed, row_bytes=0)  # not known
    info = RunInfo(
        versions=setting.versions, seed=setting.seed, source=source, timed=timed,
        loss=setting.loss,
        task="regression" if setting.loss in OF_NUMBERS else "classification",
        unanswered=setting.unanswered,
        draw=_draw(table, edges), totals=totals,
        score=score_of(totals, setting.loss, setting.unanswered),
    )  # fmt: skip
    return Run({"ticks": columns, "events": events}, info, config)


def _ticks(
    table: Counterfactual, name: str, serving: np.ndarray, model: np.ndarray, edges: np.ndarray
) -> Columns:
    """What the rows that serve lost in each tick, of all events or of a slice."""
    losses, n, unanswered = table.arrays(name)
    at, setting = np.arange(len(n)), table.setting
    loss = losses[serving, at]
    answered = (n - unanswered[serving, at]).astype(np.int64)
    counted = n if setting.unanswered == "wrong" else answered
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = loss / counted
    whole = setting.loss == "zero_one" and table.variance is None
    return {
        "tick": at, "start": edges[:-1], "end": edges[1:],
        "slice": np.full(len(at), name, dtype=object), "n": n, "answered": answered,
        "errors": loss.astype(np.int64) if whole else np.full(len(at), -1), "loss": loss,
        "score": 1 - mean if setting.loss == "zero_one" else -mean,
        "observed_n": np.zeros(len(at), np.int64), "observed_score": np.full(len(at), np.nan),
        "model": model,
    }  # fmt: skip


def _clock(table: Counterfactual) -> tuple[np.ndarray, bool]:
    """Starts of the ticks and the end of the last: times if there are any, else events."""
    edges = table.info.get("edges")
    if edges is not None:
        return np.array(edges, dtype=np.int64), True
    return np.append(0, np.cumsum(table.n)), False


def _draw(table: Counterfactual, edges: np.ndarray) -> str:
    """A hash of what tells draws of a stream apart: equal events in every tick are one draw."""
    if table.setting.events is not None:
        return table.setting.events
    digest = hashlib.blake2b(edges.tobytes(), digest_size=16)
    digest.update(table.n.tobytes())
    return digest.hexdigest()


def _events(
    table: Counterfactual, started: np.ndarray, promotions: Iterable[int], edges: np.ndarray,
    returns: Iterable[tuple[int, int, int]] = (),
) -> Columns:  # fmt: skip
    """The first training, every other with what came of it, and models that serve again.

    ``returns`` has the tick, the model that comes back, and the one that it replaces.
    """
    rows: list[tuple[int, int, str, int, int, int]] = [(INITIAL, 0, "initial", 0, 0, 0)]
    rows += [(tick, 0, "rollback", number, 0, 0) for tick, number, _ in returns]
    withdrawn = {tick: number for tick, _, number in returns}
    pairs = zip(started.tolist(), promotions, strict=True)
    for number, (row, promoted) in enumerate(pairs, start=1):
        tick, serves = int(table.ticks[row]), int(table.serves[row])
        length = 0 if serves >= len(table.n) else int(edges[serves] - edges[tick])
        trained = max(int(table.rows[row]), 0)
        rows.append((tick, 1, "train", number, trained, length))
        if tick in table.failures:
            rows.append((tick, 2, "train_failed", number, 0, 0))
        elif promoted != NEVER:
            rows.append((promoted, 3 if promoted == tick else 0, "deploy", number, 0, 0))
    rows.sort(key=lambda row: row[:2])
    at, _, kind, model, used, lasted = (list(column) for column in zip(*rows, strict=True))
    count = len(rows)
    how = ['{"how": "fit"}' if one == "train" else "{}" for one in kind]
    parent = [withdrawn[t] if k == "rollback" else -1 for t, k in zip(at, kind, strict=True)]
    return {
        "tick": np.array(at), "time": edges[np.maximum(at, 0)],
        "kind": np.array(kind, dtype=object), "reason": np.full(count, None, dtype=object),
        "model": np.array(model), "parent": np.array(parent), "rows": np.array(used),
        "labels": np.zeros(count, np.int64), "duration": np.array(lasted, dtype=np.int64),
        "seconds": np.full(count, np.nan), "accepted": np.full(count, -1),
        "detail": np.array(how, dtype=object),
    }  # fmt: skip
