"""What a run is, and what it leaves on disk; `clsim.runs.reading` reads it back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from clsim.errors import check_choice
from clsim.runs.calibrated import placed
from clsim.runs.files import sync, to_yaml, write, write_parquet, write_text
from clsim.runs.info import RunInfo
from clsim.runs.names import Called, called, flat
from clsim.runs.pieces import Pieces
from clsim.runs.schema import SCHEMA_VERSION, chance_columns, schemas
from clsim.types import Columns

APART = (
    "strategy", "seed", "name", "out", "prices", "record", "metrics", "also", "hindsight", "ghosts",
    "threshold", "blocks", "choices", "limits", "window", "beside",
)  # fmt: skip
"""Keys of a configuration in which runs of one setting may differ."""

RECORDS = ("ticks", "events", "lineage")
"""How much a run keeps: sums by tick, every event too, and all that each model learned too."""

PLANNED = ".planned"
"""File of a sweep folder: the ids of the runs that its last sweep is to have."""


class Run:
    """One strategy on one stream.

    Attributes
    ----------
    ticks : pandas.DataFrame
        One row per tick and slice: tick, start, end, slice, n, answered, errors, loss, score,
        observed_n, observed_score, model; also logged, where a part of the events is kept alone;
        and profiles and profile_bytes (of all slices, where the slice is 'all'), where profiles
        are kept.
    events : pandas.DataFrame
        One row per thing that happened: tick, time, kind, reason, model, parent, rows, labels,
        duration (simulated), seconds (measured), accepted, detail (JSON). ``labels`` are those that
        arrived (kind label), were known (initial), or were held out (train). For labels that
        arrived, ``duration`` is the sum of their waits, and ``rows`` the number of votes. Of an
        alarm ``accepted`` says whether somebody with limited attention looked at it; missing where
        nobody's is limited.
    served : pandas.DataFrame or None
        Where anything else than one champion was asked, one row per tick, slice and model: tick,
        slice, model, role, n, answered, loss, observed_n, observed_loss.
    signals : pandas.DataFrame or None
        One row per value that a monitor gave: tick, signal, of (a feature, or missing), slice,
        model, value, alarm (whether a rule of the strategy fired on it).
    confusion : pandas.DataFrame or None
        Answered events by tick, slice, true and predicted class; None for regression.
    metrics : pandas.DataFrame or None
        Where metrics were asked for, one row per tick (missing: the whole), slice and metric: tick,
        slice, model, metric, value, n (events that it was computed from), reason (why there is no
        value). They take answered events alone, and their final labels.
    predictions : pandas.DataFrame or None
        One row per served event, if recorded; with a column ``p_<class>`` for the probability of
        each class, where the learner has them.
    bought : pandas.DataFrame or None
        If events are recorded and labels were bought, one row per order: id (the row), tick,
        label_time (missing: never), y_told, chance, kind (inclusion or sequence) and stands_for
        (how many candidates it stands for, by the chance; `clsim.statistics.picked`), missing where
        rows were not picked by chance; evaluation (whether it was never trained on).
    seen : pandas.DataFrame or None
        If events are recorded, one row per served event that was logged: id, known (the tick from
        which the strategy knew its label; missing: never), y_told (the label as it was first told)
        and loss (by that label; missing where it does not count: no label, or no answer).
    ghosts : pandas.DataFrame or None
        If ghosts were asked, one row per challenger and tick from the one on in which it was ready
        for its tests: tick, met (that tick), model, champion (whom it met), n (events that both
        answered, or all where unanswered ones are wrong), champion_loss, model_loss, squares (of
        the differences by event), differ (events that they answer otherwise), champion_expected,
        model_expected (losses in the mean over the labels that an event may have; missing where
        the stream does not say); and of events whose labels arrived in the tick, as they were
        told: observed_n, champion_observed, model_observed, observed_squares.
    cells : pandas.DataFrame or None
        If events are recorded, what made the values on which a rule fired, one row per bin or
        category: tick, signal, of, slice, cell, reference and current (its shares), contribution,
        adds_to ('value': contributions add up to the signal's value; 'square': to its square;
        'largest': the largest is the value) and rows (JSON, the latest of a cell that has grown).
    models : pandas.DataFrame or None
        One row per model that was trained: model, parent, tick (-1: the first), recipe (JSON: how,
        from which model it goes on, and what is not as usual), learner (and its settings), rows
        (how many), first, last and digest (of them), weights (a digest; missing: all the same),
        holdout (rows held out), data (a digest of features and labels, if lineage is recorded).
    lessons : pandas.DataFrame or None
        If lineage is recorded, one row per row that each model learned: model, id (the row),
        learned (the tick in which it learned it while it served; missing: in its training), y (as
        it was learned), weight, times (how often it was given), and where chances of classes were
        learned, ``p_<class>``.
    info : RunInfo
        Seed, task, loss, drifts, totals, versions, and how it was made.
    config : dict
        The resolved configuration, where the run came from one.

    Notes
    -----
    Tables may be given as columns, or in pieces; they become frames when somebody looks at them.
    What nobody has looked at is saved a piece at a time.

    Examples
    --------
    >>> run = Run({}, RunInfo(seed=1, totals={"n": 20, "answered": 20}, score=0.8))
    >>> run, run.signals is None
    (Run(seed 1; accuracy 0.8 over 20 events; 0 retrainings), True)
    """

    def __init__(
        self,
        tables: dict[str, pd.DataFrame | Columns | Pieces | None],
        info: RunInfo,
        config: dict[str, Any] | None = None,
    ) -> None:
        self._tables = tables
        self._whole: tuple[pd.DataFrame, pd.DataFrame] | None = None
        self.info = info
        self.config = {} if config is None else config

    @property
    def label(self) -> str:
        """The option or the name of its strategy, where its configuration says one."""
        strategy, choices = self.config.get("strategy"), self.config.get("choices") or {}
        if "strategy" in choices:
            return str(choices["strategy"])
        return str(strategy.get("name") or "") if isinstance(strategy, dict) else ""

    def __repr__(self) -> str:
        totals, score = self.totals, self.score
        score_name = "accuracy" if self.info.loss == "zero_one" else f"score ({self.info.loss})"
        counted = totals.get(self.counted, 0)
        scored = "no score" if score is None else f"{score_name} {score:.4g}"
        trained = int(totals.get("retrainings", 0))
        who = f"{self.label}, seed {self.info.seed}" if self.label else f"seed {self.info.seed}"
        times = "1 retraining" if trained == 1 else f"{trained:,} retrainings"
        return f"Run({who}; {scored} over {counted:,.0f} events; {times})"

    def _frame(self, name: str) -> Any:
        table = self._tables.get(name)
        if isinstance(table, dict):
            table = self._tables[name] = _to_frame(table, self.info.timed)
        elif isinstance(table, Pieces):
            table = self._tables[name] = table.whole()
        return table

    def __getstate__(self) -> dict[str, Any]:
        """Of a copy, and of what is sent to another process: pieces as frames."""
        for name, table in self._tables.items():
            if isinstance(table, Pieces):
                self._frame(name)
        return vars(self)

    @property
    def ticks(self) -> pd.DataFrame:
        return self._frame("ticks")

    @property
    def whole(self) -> pd.DataFrame:
        """The rows of ``ticks`` that are of all events, told apart once."""
        ticks = self.ticks
        if self._whole is None or self._whole[0] is not ticks:
            self._whole = ticks, ticks[ticks["slice"] == "all"]
        return self._whole[1].copy(deep=False)

    @property
    def events(self) -> pd.DataFrame:
        return self._frame("events")

    @property
    def served(self) -> pd.DataFrame | None:
        return self._frame("served")

    @property
    def signals(self) -> pd.DataFrame | None:
        return self._frame("signals")

    @property
    def confusion(self) -> pd.DataFrame | None:
        return self._frame("confusion")

    @property
    def metrics(self) -> pd.DataFrame | None:
        return self._frame("metrics")

    @property
    def predictions(self) -> pd.DataFrame | None:
        return self._frame("predictions")

    @property
    def bought(self) -> pd.DataFrame | None:
        return self._frame("bought")

    @property
    def seen(self) -> pd.DataFrame | None:
        return self._frame("seen")

    @property
    def ghosts(self) -> pd.DataFrame | None:
        return self._frame("ghosts")

    @property
    def cells(self) -> pd.DataFrame | None:
        return self._frame("cells")

    @property
    def models(self) -> pd.DataFrame | None:
        return self._frame("models")

    @property
    def lessons(self) -> pd.DataFrame | None:
        return self._frame("lessons")

    @property
    def totals(self) -> dict[str, float]:
        """Physical totals, as `clsim.runs.ledger.quantities` gives them."""
        return self.info.totals

    @property
    def strategy(self) -> Any:
        """Configuration of its strategy, with the threshold that was found for it in its place.

        None where there is none.
        """
        given, found = self.config.get("strategy"), self.info.calibrated
        return given if found is None else placed(given, found.parameter, found.value)

    @property
    def common(self) -> dict[str, Any]:
        """What all runs of its setting share: configuration, data files and clsim's version.

        What the strategy alone reads, such as a vendor's alerts, is its own.
        """
        config = {key: value for key, value in self.config.items() if key not in APART}
        version = self.info.versions.get("clsim")
        return {**config, "clsim": version, "files": self.info.files}

    @property
    def says_trainings(self) -> bool:
        """Whether it says which trainings its models came from, as a log of answers does not."""
        return bool(self.events["kind"].isin(["initial", "train"]).any())

    @property
    def counted(self) -> str:
        """The column of ``ticks``, and the total, of the events that count for the score."""
        return "n" if self.info.unanswered == "wrong" else "answered"

    @property
    def score(self) -> float | None:
        """The declared score over all events that count."""
        return self.info.score

    def save(self, directory: str | Path) -> Path:
        """Write the run into a folder; ``done``, written last, makes it count.

        All else is on the disk by then, so that a loss of power leaves a run whole or unfinished.
        ``run.json`` holds the SHA-256 of every other file and the size of every table, and
        ``done`` that of ``run.json``. Every file is written under a temporary name and renamed.
        Measured seconds are the only values in it that differ between two runs of the same
        configuration. A run that is there is written over.
        """
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "done").unlink(missing_ok=True)
        contents: dict[str, dict[str, Any]] = {}
        for name, schema in schemas_of(self.info).items():
            table = self._tables.get(name)
            if table is not None:
                pieces = table if isinstance(table, Pieces) else [self._frame(name)]
                said = _write_table(folder / f"{name}.parquet", schema, pieces)
                contents[f"{name}.parquet"] = said
        digest = write_text(folder / "config.yaml", to_yaml(self.config))
        contents["config.yaml"] = {"sha256": digest}
        meta = {"schema_version": SCHEMA_VERSION, **self.info.to_json(), "contents": contents}
        digest = write_text(folder / "run.json", json.dumps(meta, indent=1) + "\n")
        sync(folder)
        write_text(folder / "done", digest + "\n")
        return folder


def _write_table(path: Path, schema: Any, pieces: Iterable[pd.DataFrame]) -> dict[str, Any]:
    """Append frames to a file as they come, and say its digest, rows, and bytes in memory."""
    import pyarrow as pa

    sizes = {"rows": 0, "bytes": 0}

    def tables() -> Iterator[Any]:
        for piece in pieces:
            table = pa.Table.from_pandas(piece, schema=schema, preserve_index=False)
            sizes["rows"] += table.num_rows
            sizes["bytes"] += table.nbytes
            yield table.replace_schema_metadata(None)

    return {"sha256": write_parquet(path, schema, tables()), **sizes}


def _own(key: str, run: Run) -> Any:
    """What sets a strategy apart: its parameters, and the versions of the files that it reads."""
    strategy, files = run.config.get("strategy", key), run.info.strategy_files
    return {**strategy, "files": files} if files and isinstance(strategy, dict) else strategy


def schemas_of(info: RunInfo) -> dict[str, Any]:
    """One pyarrow schema for each table that a run which says this of itself may have."""
    import numpy as np

    chances = chance_columns(info.classes) if info.probabilities else ()
    return schemas(
        info.timed, info.task, np.dtype(info.labels), info.sampled, info.profiled, info.deletes,
        info.churn, info.abstention is not None, info.explores, chances,
    )  # fmt: skip


@dataclass(repr=False)
class Runs:
    """The runs of a sweep.

    Attributes
    ----------
    runs : dict of str to Run
        Those that are finished, by run id.
    unfinished : list of str
        Ids of those that are not.
    damaged : dict of str to str
        Ids of those whose files are not what clsim wrote, and which file, and why.
    given : dict of str to Called
        Names of settings and strategies of those that came from no configuration, by run id.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> Runs({"a": Run({}, RunInfo(seed=3))}).runs["a"].info.seed
    3
    """

    runs: dict[str, Run]
    unfinished: list[str] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)
    given: dict[str, Called] = field(default_factory=dict)

    @property
    def called(self) -> dict[str, Called]:
        """The names of each run's setting and strategy, by run id (`clsim.runs.names`).

        A run with no delay or duration, beside another, is called as that one is.
        """
        if self.given:
            return {key: self.given[key] for key in self.runs}
        beside = {key: run.config.get("counterpart") for key, run in self.runs.items()}
        main = {key: run for key, run in self.runs.items() if not beside[key]}
        names = called(
            {key: run.common for key, run in main.items()},
            {key: _own(key, run) for key, run in main.items()},
            {key: run.config.get("choices") or {} for key, run in main.items()},
        )
        alone = Called("", "")
        return {key: names[of["of"] if of else key] if not of or of["of"] in names else alone
                for key, of in beside.items()}  # fmt: skip

    def __repr__(self) -> str:
        return f"{self._said()}\n{self.overview.to_string(max_rows=20)}"

    def _repr_html_(self) -> str:
        return f"<p>{self._said()}</p>{self.overview.to_html(max_rows=40)}"

    def _said(self) -> str:
        said = f"Runs: {len(self.runs)} finished"
        said += f", {len(self.unfinished)} unfinished" if self.unfinished else ""
        return said + (f", {len(self.damaged)} damaged" if self.damaged else "")

    @property
    def overview(self) -> pd.DataFrame:
        """Number of seeds and means over them: score, loss and retrainings; by setting, strategy.

        Of one seed, they are its values.
        """
        names = self.called
        rows = pd.DataFrame(
            [
                {**names[key]._asdict(), "seeds": run.info.seed, "score": run.score,
                 "loss": run.totals.get("loss"), "retrainings": run.totals.get("retrainings")}
                for key, run in self.runs.items()
                if not run.config.get("counterpart")
            ],
            columns=["setting", "strategy", "seeds", "score", "loss", "retrainings"],
        )  # fmt: skip
        keys = ["strategy"] if (rows["setting"] == "").all() else ["setting", "strategy"]
        means = {"score": "mean", "loss": "mean", "retrainings": "mean"}
        return rows.groupby(keys).agg({"seeds": "nunique", **means})

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
        """One row per run: flattened configuration, totals, score, and how it was made.

        The configuration's ``loss`` is called ``loss_function``, since ``loss`` is the total.
        """
        rows, names = [], self.called
        for key, run in self.runs.items():
            config = {k: v for k, v in run.config.items() if k != "loss"}
            if run.info.calibrated is not None:
                config["strategy"] = run.strategy
            declared = run.info.loss
            rows.append(
                {"run": key, **names[key]._asdict(), **flat(config), "loss_function": declared,
                 **run.totals, "score": run.score, **run.info.made.to_json()}
            )  # fmt: skip
        return pd.DataFrame(rows)

    def save_table(self, directory: str | Path) -> None:
        """Write ``runs.parquet`` into the sweep folder."""
        frame = self.table
        for column in [c for c in frame.columns if frame[c].dtype == object]:
            frame[column] = [None if v is None else str(v) for v in frame[column]]
        write(Path(directory) / "runs.parquet", lambda p: frame.to_parquet(p, index=False))


@lru_cache
def versions() -> dict[str, str]:
    """Versions of clsim and of the libraries that numbers depend on."""
    from importlib.metadata import PackageNotFoundError, version

    installed = {}
    for name in ("clsim", "numpy", "scipy", "scikit-learn", "river", "pandas", "pyarrow"):
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def check_record(record: str) -> None:
    """Raise unless ``record`` says how much a run keeps."""
    check_choice("record", record, RECORDS)


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
