"""Every metric of runs by slice, model version and time, as one frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import mean_score
from clsim.errors import check_choice, unknown
from clsim.runs.gathered import gathered
from clsim.runs.names import Called, natural
from clsim.runs.run import Run, Runs

ADDITIVE = ("score", "loss", "observed_score")
"""Metrics that are means over events, so that those of several ticks give that of all of them."""

WHAT = ["setting", "strategy", "seed"]
KEYS = [*WHAT, "tick", "start", "slice", "role", "model"]


def query(
    runs: Any,
    *,
    metric: str | Sequence[str] | None = None,
    slice: str | Sequence[str] | None = None,
    model: int | Sequence[int] | None = None,
    since: Any = None,
    over: str = "tick",
) -> pd.DataFrame:
    """Every metric of runs by slice, model version and time.

    Parameters
    ----------
    runs : Run, Runs, mapping or sequence
        As `clsim.runs.gathered.gathered` takes them: a run, a sweep, or what `clsim.replay` gives.
    metric : str or sequence of str, default=None
        ``'score'`` (declared, higher is better), ``'loss'`` (mean per event that counts),
        ``'observed_score'`` (by the labels that arrived in the tick), or what the replay was asked
        for as ``metrics``. None: all.
    slice : str or sequence of str, default=None
        Names of slices; ``'all'`` is every event. None: all of them.
    model : int or sequence of int, default=None
        Numbers of model versions; 0 is the first. None: all.
    since : int, str or timestamp, default=None
        The first tick, by its number; or, of streams with time, a time: ticks that start then or
        later. None: all.
    over : {'tick', 'model', 'run'}, default='tick'
        One row for each tick; or the mean over the events of all these ticks, for each model
        version or for all together. Metrics that are no means over events, such as ``auc``, are
        known for ticks, and for a whole run where ``since`` and ``model`` are None.

    Returns
    -------
    pandas.DataFrame
        setting, strategy, seed; tick and start (the clock's time or row) where they are ticks;
        slice; role (``'served'``: whoever answered; else champion, challenger, holdback or shadow,
        of runs that asked others than one champion); model (missing where several answered);
        metric; value; n (events that it was computed from).

    Raises
    ------
    ValueError
        For a metric, slice or model that no run has, a time where there is none, or a metric that
        is not known over what was asked.

    Examples
    --------
    Two ticks of ten events, of which model 0 gets two wrong and model 1 gets one wrong.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": [0, 1], "start": [0, 10], "slice": "all", "n": 10,
    ...     "answered": 10, "loss": [2.0, 1.0], "observed_n": 0, "observed_score": np.nan,
    ...     "model": [0, 1]})
    >>> run = Run({"ticks": ticks}, RunInfo())
    >>> query({"weekly": run}, metric="score", over="model")["value"].tolist()
    [0.8, 0.9]
    >>> query({"weekly": run}, metric="score", over="run")["value"].tolist()
    [0.85]
    """
    check_choice("over", over, ("tick", "model", "run"))
    every = gathered(runs)
    parts = [
        part.assign(**called._asdict(), seed=run.info.seed)
        for key, called in sorted(every.called.items(), key=lambda item: _place(every, *item))
        for run in [every.runs[key]]
        for part in _values(run, since)
    ]
    frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    for column, wanted in (("metric", metric), ("slice", slice), ("model", model)):
        frame = _only(frame, column, wanted)
    if over == "tick":
        frame = frame[frame["tick"].notna()].astype({"tick": int})
        return frame[[*KEYS, "metric", "value", "n"]].reset_index(drop=True)
    return _over(frame, over, None if metric is None else np.atleast_1d(metric).tolist(),
                 whole=since is None and model is None and over == "run")  # fmt: skip


def _place(runs: Runs, key: str, called: Called) -> tuple[Any, Any, int]:
    return natural(called.setting), natural(called.strategy), runs.runs[key].info.seed


def _values(run: Run, since: Any) -> Iterator[pd.DataFrame]:
    """What the tables of a run say of metrics, one row per tick, slice, role, model and metric."""
    ticks = run.ticks
    starts = ticks.drop_duplicates("tick").set_index("tick")["start"]
    kept = set(starts.index[_since(starts, since, run.info.timed)])
    ticks = ticks[ticks["tick"].isin(kept)].assign(role="served")
    if run.served is not None:  # then ticks name the champion, and others answered too
        ticks = ticks.assign(model=pd.array([None] * len(ticks), dtype="Int64"))
    tables = [ticks]
    if run.served is not None:
        served = run.served[run.served["tick"].isin(kept)]
        served = served.assign(start=served["tick"].map(starts))
        seen = served["observed_loss"], served["observed_n"]
        tables.append(
            served.assign(observed_score=mean_score(*seen, run.info.loss))
        )  # fmt: skip
    for table in tables:
        counted = table[run.counted].astype(float)
        declared = mean_score(table["loss"], counted, run.info.loss)
        with np.errstate(invalid="ignore", divide="ignore"):
            loss = table["loss"].to_numpy(float) / counted.to_numpy()
        for name, value, n in (
            ("score", declared, counted), ("loss", loss, counted),
            ("observed_score", table["observed_score"], table["observed_n"]),
        ):  # fmt: skip
            yield _tidy(table, metric=name, value=np.asarray(value, float), n=n.astype(int))
    if run.metrics is not None:
        asked = run.metrics[run.metrics["tick"].isna() | run.metrics["tick"].isin(kept)]
        asked = asked.assign(start=asked["tick"].map(starts), role="served")
        yield _tidy(asked)


def _tidy(table: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    made = table.assign(**columns)[["tick", "start", "slice", "role", "model", "metric", "value",
                                    "n"]]  # fmt: skip
    return made.astype({"model": "Int64", "slice": object, "role": object, "tick": "Int64"})


def _since(starts: pd.Series, since: Any, timed: bool) -> Any:
    """Which ticks start then or later."""
    if since is None:
        return np.ones(len(starts), dtype=bool)
    if isinstance(since, (int, np.integer)) and not isinstance(since, bool):
        return starts.index >= since
    if not timed:
        raise ValueError(f"since={since!r}: the stream has no time; give the number of a tick")
    try:
        moment = pd.Timestamp(since)
        return (starts >= moment).to_numpy()
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"since={since!r}: give the number of a tick, or a time such as '2025-06-01' without "
            "a zone, as the clock of the stream"
        ) from error


def _only(frame: pd.DataFrame, column: str, wanted: Any) -> pd.DataFrame:
    """The rows in which a column has one of the values that are wanted."""
    if wanted is None:
        return frame
    known = list(frame[column].dropna().unique())
    names = np.atleast_1d(wanted).tolist()
    for name in names:
        if name not in known:
            raise ValueError(f"{column}: {unknown(column, name, known)}")
    return frame[frame[column].isin(names)]


def _over(frame: pd.DataFrame, over: str, asked: Any, whole: bool) -> pd.DataFrame:
    """Means over the events of all ticks; what is no such mean as it is known of the whole."""
    others = [m for m in asked or [] if m not in ADDITIVE]
    if others and not whole:
        raise ValueError(
            f"metric={others[0]!r}: is no mean over events, so it is known for each tick and for "
            "whole runs alone; leave out since and model, or say over='tick'"
        )
    keys = [key for key in KEYS if key not in ("tick", "start", *(["model"] * (over == "run")))]
    means = frame[frame["metric"].isin(ADDITIVE) & frame["tick"].notna() & (frame["n"] > 0)]
    means = means.assign(value=means["value"] * means["n"])
    sums = means.groupby([*keys, "metric"], sort=False, dropna=False)[["value", "n"]].sum()
    sums["value"] = sums["value"] / sums["n"]
    found = sums.reset_index()
    if whole:
        rest = frame[frame["tick"].isna()]
        found = pd.concat([found, rest[[*keys, "metric", "value", "n"]]], ignore_index=True)
    return found[[*keys, "metric", "value", "n"]]
