"""What a run leaves on disk, and reading it back."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from clsim.errors import check_choice
from clsim.types import Columns

SCHEMA_VERSION = 1

PLANNED = ".planned"
"""File of a sweep folder: the ids of the runs that its last sweep is to have."""

KINDS = (
    "initial", "alarm", "trigger", "train", "train_failed", "offline_test", "online_test",
    "deploy", "superseded", "rollback", "label",
)  # fmt: skip


def _schemas(timed: bool, task: str, labels: Any) -> dict[str, Any]:
    """One pyarrow schema for each table; times are timestamps, or rows without time."""
    import pyarrow as pa

    time = pa.timestamp("us") if timed else pa.int64()
    length = pa.duration("us") if timed else pa.int64()
    i32, i64, f64, text = pa.int32(), pa.int64(), pa.float64(), pa.string()
    label = pa.from_numpy_dtype(labels) if labels.kind in "iufb" else text
    ticks = [
        ("tick", i32), ("start", time), ("end", time), ("slice", text), ("n", i64),
        ("answered", i64), ("errors", i64), ("loss", f64), ("score", f64), ("observed_n", i64),
        ("observed_score", f64), ("model", i32),
    ]  # fmt: skip
    events = [
        ("tick", i32), ("time", time), ("kind", text), ("reason", text), ("model", i32),
        ("parent", i32), ("rows", i64), ("labels", i64), ("duration", length), ("seconds", f64),
        ("accepted", pa.bool_()), ("detail", text),
    ]  # fmt: skip
    confusion = [("tick", i32), ("slice", text), ("y_true", label), ("y_pred", label), ("n", i64)]
    predictions = [
        ("id", i64), ("tick", i32), ("time", time), ("label_time", time), ("slice", text),
        ("y_true", label), ("y_pred", label), ("model", i32),
    ]  # fmt: skip
    tables = {"ticks": ticks, "events": events, "predictions": predictions}
    if task == "classification":
        tables["confusion"] = confusion
    return {name: pa.schema(columns) for name, columns in tables.items()}


class Run:
    """One strategy on one stream.

    Attributes
    ----------
    ticks : pandas.DataFrame
        One row per tick and slice: tick, start, end, slice, n, answered, errors, loss, score,
        observed_n, observed_score, model.
    events : pandas.DataFrame
        One row per thing that happened: tick, time, kind, reason, model, parent, rows, labels,
        duration (simulated), seconds (measured), accepted, detail (JSON). ``labels`` are those that
        arrived (kind label), were known (initial), or were held out (train). For labels that
        arrived, ``duration`` is the sum of their waits, and ``rows`` the number of votes.
    confusion : pandas.DataFrame or None
        Answered events by tick, slice, true and predicted class; None for regression.
    predictions : pandas.DataFrame or None
        One row per served event, if recorded.
    info : dict
        Seed, task, loss, whether the stream has time, drifts, totals, versions.
    config : dict
        The resolved configuration, where the run came from one.

    Notes
    -----
    Tables may be given as columns; they become frames when somebody looks at them.
    """

    def __init__(
        self,
        tables: dict[str, pd.DataFrame | Columns | None],
        info: dict[str, Any],
        config: dict[str, Any] | None = None,
    ) -> None:
        self._tables = tables
        self.info = info
        self.config = {} if config is None else config

    def _frame(self, name: str) -> Any:
        table = self._tables.get(name)
        if isinstance(table, dict):
            table = self._tables[name] = _to_frame(table, self.info["timed"])
        return table

    @property
    def ticks(self) -> pd.DataFrame:
        return self._frame("ticks")

    @property
    def events(self) -> pd.DataFrame:
        return self._frame("events")

    @property
    def confusion(self) -> pd.DataFrame | None:
        return self._frame("confusion")

    @property
    def predictions(self) -> pd.DataFrame | None:
        return self._frame("predictions")

    @property
    def totals(self) -> dict[str, float]:
        """Physical totals, as `clsim.ledger.quantities` gives them."""
        return self.info["totals"]

    @property
    def counted(self) -> str:
        """The column of ``ticks``, and the total, of the events that count for the score."""
        return "n" if self.info["unanswered"] == "wrong" else "answered"

    @property
    def score(self) -> float:
        """The declared score over all events that count."""
        return self.info["score"]

    def save(self, directory: str | Path) -> Path:
        """Write the run into a folder; ``done`` is written last.

        Every file is written under a temporary name and renamed. Measured seconds are the only
        values in it that differ between two runs of the same configuration.
        """
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq
        import yaml

        schemas = _schemas(self.info["timed"], self.info["task"], np.dtype(self.info["labels"]))
        for name, schema in schemas.items():
            frame = getattr(self, name)
            if frame is not None:
                table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
                table = table.replace_schema_metadata(None)
                _write(folder / f"{name}.parquet", lambda p, t=table: pq.write_table(t, p))
        meta = {"schema_version": SCHEMA_VERSION, **self.info}
        _write_text(folder / "run.json", json.dumps(meta, indent=1) + "\n")
        _write_text(folder / "config.yaml", yaml.safe_dump(self.config, sort_keys=False))
        _write_text(folder / "done", "")
        return folder


MISSING = ("errors", "model", "parent", "accepted")
"""Columns of whole numbers in which -1 stands for a missing value."""


def _to_frame(columns: Columns, timed: bool) -> pd.DataFrame:
    made: dict[str, Any] = {}
    for name, values in columns.items():
        if name == "accepted":
            made[name] = pd.arrays.BooleanArray(values > 0, values < 0)
        elif name in MISSING:
            made[name] = pd.arrays.IntegerArray(values, values < 0)
        elif timed and name in ("start", "end", "time"):
            made[name] = values.astype("datetime64[us]")
        elif timed and name == "duration":
            made[name] = values.astype("timedelta64[us]")
        elif name in ("reason", "detail"):
            made[name] = pd.Series(values, dtype=object)
        else:
            made[name] = values
    return pd.DataFrame(made)


def _write(path: Path, write: Any) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    write(temporary)
    os.replace(temporary, path)


def _write_text(path: Path, text: str) -> None:
    _write(path, lambda p: p.write_text(text, encoding="utf-8"))


def is_done(directory: str | Path) -> bool:
    """Whether a folder holds a finished run."""
    return (Path(directory) / "done").exists()


def load(directory: str | Path) -> Run | Runs:
    """Read a run, or all runs of a sweep folder, into tidy frames.

    Nothing is unpickled, and no class that a configuration names is imported.

    Parameters
    ----------
    directory : path
        A run folder, or a folder of run folders.

    Returns
    -------
    Run or Runs

    Raises
    ------
    ValueError
        If the folder holds no finished run.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r}: no such folder")
    if (folder / "run.json").exists() or (folder / "ticks.parquet").exists():
        if not is_done(folder):
            raise ValueError(
                f"{str(folder)!r}: a run without its 'done' file: it was not finished; run it again"
            )
        return _load_run(folder)
    finished: list[Path] = []
    unfinished: list[Path] = []
    for path in sorted(p for p in folder.iterdir() if (p / "config.yaml").exists()):
        (finished if is_done(path) else unfinished).append(path)
    unfinished += [
        p for p in sorted(folder.iterdir())
        if p.is_dir() and (p / ".hydra").exists() and not is_done(p) and p not in unfinished
    ]  # fmt: skip
    if (folder / PLANNED).exists():
        there = {path.name for path in (*finished, *unfinished)}
        ids = (folder / PLANNED).read_text(encoding="utf-8").split()
        unfinished += [folder / name for name in ids if name not in there]
    if not finished:
        raise ValueError(
            f"{str(folder)!r}: no finished run of clsim in it"
            + (f" ({len(unfinished)} unfinished)" if unfinished else "")
        )
    return Runs({p.name: _load_run(p) for p in finished}, [p.name for p in unfinished])


def _load_run(folder: Path) -> Run:
    import yaml

    def table(name: str) -> pd.DataFrame | None:
        path = folder / f"{name}.parquet"
        if not path.exists():
            return None
        import pyarrow.parquet as pq

        return pq.read_table(path).to_pandas(types_mapper=_nullable)

    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if info.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(
            f"{str(folder)!r}: schema version {info.get('schema_version')}, this clsim reads "
            f"{SCHEMA_VERSION}; run it again"
        )
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    ticks, events = table("ticks"), table("events")
    if ticks is None or events is None:
        raise ValueError(f"{str(folder)!r}: ticks.parquet or events.parquet is missing")
    tables: dict[str, Any] = {name: table(name) for name in ("confusion", "predictions")}
    return Run({"ticks": ticks, "events": events, **tables}, info, config)


def _nullable(kind: Any) -> Any:
    """Keep whole numbers whole where some are missing."""
    import pyarrow as pa

    return {pa.int32(): pd.Int32Dtype(), pa.bool_(): pd.BooleanDtype()}.get(kind)


@dataclass
class Runs:
    """The finished runs of a sweep, by run id, and the ids of those left out."""

    runs: dict[str, Run]
    unfinished: list[str]

    def _tidy(self, name: str) -> pd.DataFrame:
        frames = {k: getattr(r, name) for k, r in self.runs.items()}
        return pd.concat(
            {k: f for k, f in frames.items() if f is not None}, names=["run", None]
        ).reset_index(level=0).reset_index(drop=True)  # fmt: skip

    @property
    def ticks(self) -> pd.DataFrame:
        """All ticks tables under each other, with a column ``run``."""
        return self._tidy("ticks")

    @property
    def events(self) -> pd.DataFrame:
        """All events tables under each other, with a column ``run``."""
        return self._tidy("events")

    @property
    def table(self) -> pd.DataFrame:
        """One row per run: flattened configuration, totals and score.

        The configuration's ``loss`` is called ``loss_function``, since ``loss`` is the total.
        """
        rows = []
        for key, run in self.runs.items():
            config = {k: v for k, v in run.config.items() if k != "loss"}
            declared = run.info["loss"]
            rows.append(
                {"run": key, **flat(config), "loss_function": declared, **run.totals,
                 "score": run.score}
            )  # fmt: skip
        return pd.DataFrame(rows)

    def save_table(self, directory: str | Path) -> None:
        """Write ``runs.parquet`` into the sweep folder."""
        frame = self.table
        for column in [c for c in frame.columns if frame[c].dtype == object]:
            frame[column] = [None if v is None else str(v) for v in frame[column]]
        _write(Path(directory) / "runs.parquet", lambda p: frame.to_parquet(p, index=False))


def flat(config: Any, prefix: str = "") -> dict[str, Any]:
    """A nested configuration with one key, dotted, for each leaf."""
    if isinstance(config, dict):
        items: Any = config.items()
    elif isinstance(config, list):
        items = enumerate(config)
    else:
        return {prefix: config}
    leaves: dict[str, Any] = {}
    for key, value in items:
        leaves.update(flat(value, f"{prefix}.{key}" if prefix else str(key)))
    return leaves


@lru_cache
def versions() -> dict[str, str]:
    """Versions of clsim and of the libraries that numbers depend on."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("clsim", "numpy", "scipy", "scikit-learn", "river", "pandas", "pyarrow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def check_record(record: str) -> None:
    """Raise unless ``record`` says how much a run keeps."""
    check_choice("record", record, ("ticks", "events"))
