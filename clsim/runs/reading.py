"""Reading runs back, as if somebody else had written them.

Every file is compared with what the run says of it, and the run with its own tables. What is wrong
raises ``ValueError`` that begins with the file; in a sweep such a run is left out.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clsim.processes import Call, Submit, check_processes, processes
from clsim.runs.calibrated import placed
from clsim.runs.files import (
    memory,
    most_bytes,
    parse_json,
    parse_parquet,
    parse_yaml,
    read_bytes,
    size_of,
)
from clsim.runs.info import RunInfo, short

if TYPE_CHECKING:
    import pandas as pd

    from clsim.runs.run import Run, Runs

FILES = ("run.json", "config.yaml", "ticks.parquet", "events.parquet", "done")
"""Files that every run has."""

FEW = 3
"""Damaged runs that a message names, where all are."""

TOGETHER = 8
"""Runs that one call reads."""

RUN_ID = re.compile(r"[0-9a-f]{12}")


# folders ---------------------------------------------------------------------------------------


def load(directory: str | Path, *, n_jobs: int = 1) -> Run | Runs:
    """Read a run, or all runs of a sweep folder, into tidy frames.

    Nothing is unpickled, and no class that a configuration names is imported. Every file must be
    what the run says of it, and its totals what its tables add up to. Files that the run does not
    list are ignored.

    Parameters
    ----------
    directory : path
        A run folder, or a folder of run folders.
    n_jobs : int, default=1
        Processes that read a folder of many runs; -1: as many as there are cores.

    Returns
    -------
    Run or Runs
        Of a sweep, damaged runs are left out and named in ``Runs.damaged``.

    Raises
    ------
    ValueError
        If the folder holds no finished run; or, of a single run, if a file is damaged.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import clsim
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import SEA
    >>> from clsim.strategy.triggers import Periodic
    >>> runs = clsim.replay(
    ...     Synthetic(SEA(), n=400), {"often": clsim.Strategy(Periodic(2))},
    ...     learner=GaussianNB(), tick=50, warmup=100,
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     saved = runs["often"].save(f"{folder}/often")
    ...     clsim.load(saved).totals["retrainings"]
    2
    """
    check_processes(n_jobs)
    with processes(n_jobs) as submit:
        return load_by(submit, directory)


def load_by(submit: Submit | None, directory: str | Path) -> Run | Runs:
    """As `load`, where ``submit`` hands calls to other processes; None: there is none."""
    from clsim.runs.run import Runs

    folder = Path(directory)
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r}: no such folder")
    if _is_run(folder):
        if not _there(folder / "done"):
            raise ValueError(
                f"{str(folder)!r}: a run without its 'done' file: it was not finished; run it again"
            )
        try:
            return read_run(folder)
        except ValueError as error:
            raise ValueError(f"{error}; run it again") from error
    runs = Runs({}, [])
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    finished = [path for path in folders if _there(path / "done")]
    for path, run in zip(finished, _read_each(submit, finished), strict=True):
        if isinstance(run, str):
            runs.damaged[path.name] = f"{run}; the run is left out"
        else:
            runs.runs[path.name] = run
    for path in folders:
        if not _there(path / "done") and (_is_run(path) or (path / ".hydra").exists()):
            runs.unfinished.append(path.name)
    known = {*runs.runs, *runs.damaged, *runs.unfinished}
    runs.unfinished += [name for name in _planned(folder) if name not in known]
    if not runs.runs:
        unfinished = f" ({len(runs.unfinished)} unfinished)" if runs.unfinished else ""
        reason = f"{str(folder)!r}: no finished run of clsim in it{unfinished}"
        said = list(runs.damaged.values())
        more = [f"and {len(said) - FEW} more"] if len(said) > FEW else []
        raise ValueError("; ".join([reason, *said[:FEW], *more]))
    return runs


def is_done(directory: str | Path) -> bool:
    """Whether a folder holds a finished run, all of whose files are as they were written."""
    folder = Path(directory)
    try:
        for name, known in _stated(folder)[1].items():
            _content(folder / name, known)
    except ValueError:
        return False
    return True


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _is_run(folder: Path) -> bool:
    return any(_there(folder / name) for name in FILES)


def _planned(folder: Path) -> list[str]:
    """Ids of the runs that the last sweep was to have; none if that cannot be read."""
    from clsim.runs.run import PLANNED

    try:
        words = read_bytes(folder / PLANNED).decode().split()
    except ValueError:
        return []
    return [word for word in words if RUN_ID.fullmatch(word)]


def _read_each(submit: Submit | None, folders: Sequence[Path]) -> list[Run | str]:
    """The runs of many folders; of one that is damaged, why it is."""
    pieces = [folders[k : k + TOGETHER] for k in range(0, len(folders), TOGETHER)]
    calls = [Call(submit, _read_some, piece) for piece in pieces]
    for call in reversed(calls):  # others began with the first
        call.answer  # noqa: B018
    return [one for call in calls for one in call.answer]


def _read_some(folders: Sequence[Path]) -> list[Run | str]:
    read: list[Run | str] = []
    for folder in folders:
        try:
            read.append(read_run(folder))
        except ValueError as error:
            read.append(str(error))
    return read


# one run ---------------------------------------------------------------------------------------


def read_run(folder: Path) -> Run:
    """A finished run.

    Raises
    ------
    ValueError
        That begins with the file that is damaged.
    """
    from clsim.runs.run import Run, schemas_of

    info, contents = _stated(folder)
    path = folder / "config.yaml"
    config = parse_yaml(_content(path, contents["config.yaml"]), path)
    _check_config(config, path)
    _check_found(config, info, path)
    tables: dict[str, Any] = {}
    for name, schema in schemas_of(info).items():
        path, known = folder / f"{name}.parquet", contents.get(f"{name}.parquet")
        tables[name] = None
        if known is not None:
            data = _content(path, known)
            table = parse_parquet(data, path, schema, known["rows"], known["bytes"])
            tables[name] = table.to_pandas(types_mapper=_nullable, use_threads=False)
    for name, check in AGREE.items():
        if tables.get(name) is not None:
            try:
                reason = check(tables, info)
            except (TypeError, ValueError, ArithmeticError) as error:
                reason = str(error)
            if reason is not None:
                raise ValueError(f"{folder / name}.parquet: {reason}")
    return Run(tables, info, config)


def _check_found(config: Mapping[str, Any], info: RunInfo, path: Path) -> None:
    """Refuse a threshold that was found for a parameter that the strategy does not have."""
    found = info.calibrated
    if found is None:
        return
    try:
        placed(config.get("strategy"), found.parameter, found.value)
    except LookupError as error:
        raise ValueError(f"{path}: the strategy has no {found.parameter!r}") from error


def read_info(folder: Path) -> RunInfo:
    """What a finished run says of itself in ``run.json``; tables are not read.

    Raises
    ------
    ValueError
        That begins with the file that is damaged.
    """
    return _stated(folder)[0]


def _stated(folder: Path) -> tuple[RunInfo, dict[str, dict[str, Any]]]:
    """What ``run.json`` says of the run, and of each of its files."""
    stated = _attested(folder)
    try:
        contents = _contents(stated)
        return RunInfo.from_json(stated), contents
    except ValueError as error:
        raise ValueError(f"{folder / 'run.json'}: {error}") from error


def _contents(stated: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The digest of each file that a run has, and the size of each table."""
    if "contents" not in stated:
        raise ValueError("has no 'contents'")
    contents = stated["contents"]
    fits = isinstance(contents, dict) and all(
        _of_file(known, name.endswith(".parquet")) for name, known in contents.items()
    )
    if not fits:
        raise ValueError(
            f"contents={short(contents)}: expected the digest of each file, and the size of each "
            "table"
        )
    needed = {"ticks", "events"}
    allowed = needed | {"served", "signals", "metrics", "predictions", "bought", "seen", "cells"}
    allowed |= {"ghosts"} if stated.get("ghosts") is not None else set()
    allowed |= {"models", "lessons"}
    if stated.get("task") != "regression":
        needed, allowed = needed | {"confusion"}, allowed | {"confusion"}
    tables = {name.removesuffix(".parquet") for name in contents} - {"config.yaml"}
    if not needed <= tables <= allowed or "config.yaml" not in contents:
        raise ValueError(f"contents: other files than a run has: {sorted(tables)}")
    return contents


def _of_file(known: Any, table: bool) -> bool:
    """Whether this says what must be known of a file."""
    keys = ["sha256", "rows", "bytes"] if table else ["sha256"]
    if not isinstance(known, dict) or list(known) != keys or not isinstance(known["sha256"], str):
        return False
    sizes = [known[key] for key in keys[1:]]
    whole = all(isinstance(size, int) and not isinstance(size, bool) for size in sizes)
    return not table or (whole and known["rows"] >= 0 and 0 <= known["bytes"] <= memory())


def _attested(folder: Path) -> dict[str, Any]:
    """The mapping in ``run.json``, if ``done`` says that it is as it was written."""
    from clsim.runs.schema import SCHEMA_VERSION

    path = folder / "run.json"
    data = read_bytes(path)
    stated = parse_json(data, path)
    version = stated.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ValueError(
            f"{path}: schema version {short(version)}, this clsim reads {SCHEMA_VERSION}"
        )
    digest = hashlib.sha256(data).hexdigest()
    done = folder / "done"
    if size_of(done) > len(digest) + 2 or read_bytes(done).strip() != digest.encode():
        raise ValueError(f"{path}: is not what 'done' says of it")
    return stated


def _content(path: Path, known: Mapping[str, Any]) -> bytes:
    """The bytes of a file, if they are those that ``run.json`` lists."""
    if "bytes" in known and size_of(path) > most_bytes(known["bytes"]):
        raise ValueError(f"{path}: is larger than run.json says that it can be")
    data = read_bytes(path)
    if hashlib.sha256(data).hexdigest() != known["sha256"]:
        raise ValueError(f"{path}: is not what run.json says of it")
    return data


def _nullable(kind: Any) -> Any:
    """Keep whole numbers whole where some are missing."""
    import pandas as pd
    import pyarrow as pa

    return {pa.int32(): pd.Int32Dtype(), pa.bool_(): pd.BooleanDtype()}.get(kind)


# what config.yaml may say ---------------------------------------------------------------------


def _check_config(config: dict[str, Any], path: Path) -> None:
    """Refuse a configuration in which what is read of it later is not of its type."""
    from clsim.runs.ledger import Prices

    prices, beside = config.get("prices") or {}, config.get("counterpart") or {"of": "", "as": ""}
    for key, value in {"prices": prices, "strategy": config.get("strategy", {})}.items():
        if not isinstance(value, dict):
            raise ValueError(f"{path}: {key}={short(value)}: expected a mapping")
    choices = config.get("choices") or {}
    if not (isinstance(choices, dict) and all(isinstance(v, str) for v in choices.values())):
        raise ValueError(f"{path}: choices={short(choices)}: expected an option of each group")
    if not (isinstance(beside, dict) and {"of", "as"} <= set(beside)):
        raise ValueError(f"{path}: counterpart={short(beside)}: expected a mapping of 'of', 'as'")
    try:
        json.dumps(config, sort_keys=True, default=str)
        Prices.from_dict({k: v for k, v in prices.items() if k != "_target_"})
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from error


# whether tables agree --------------------------------------------------------------------------


def _equal(one: Any, other: Any) -> bool:
    """Sums are compared up to rounding, which differs between machines."""
    if one is None or other is None:
        return one is other
    return (one != one and other != other) or math.isclose(one, other, rel_tol=1e-9)


def _ticks_agree(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's ticks do not add up to its totals and score, if they do not."""
    import numpy as np

    from clsim.runs.ledger import score_of, served

    ticks = tables["ticks"]
    whole = (ticks["slice"] == "all").to_numpy(dtype=bool)
    every = ticks[whole]
    if len(every) == 0 or not np.array_equal(every["tick"], np.arange(len(every))):
        return "its ticks are not 0, 1, 2, ..."
    if not whole.all() and ticks.duplicated(["tick", "slice"]).any():
        return "has a tick and slice twice"
    answered = ticks["answered"].to_numpy()
    if ((answered < 0) | (answered > ticks["n"].to_numpy())).any():
        return "more events are answered than there are"
    totals = served(ticks, whole)
    if not totals.keys() <= info.totals.keys():
        return "run.json has other totals than a run"
    for name in totals:
        if not _equal(totals[name], info.totals[name]):
            return f"{name} adds up to {totals[name]}, and run.json says {info.totals[name]}"
    score = score_of(totals, info.loss, info.unanswered)
    if not _equal(score, info.score):
        return f"the score is {score}, and run.json says {info.score}"
    return None


def _events_agree(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's events do not add up to its totals, or are none of clsim, if so."""
    import pandas as pd

    from clsim.runs.ledger import quantities
    from clsim.runs.schema import KINDS

    events = tables["events"]
    strange = set(events["kind"].unique()) - set(KINDS)
    if strange:
        return f"unknown kind {sorted(strange)[0]!r}"
    for detail in pd.unique(events["detail"].dropna().to_numpy(dtype=object)):
        try:
            if not isinstance(json.loads(detail), dict):
                return "a detail is not a mapping"
        except (ValueError, RecursionError):
            return "a detail is not JSON"
    totals = quantities(tables["ticks"], events, info.timed, info.row_bytes)
    if list(totals) != list(info.totals):
        return "run.json has other totals than a run"
    for name, value in totals.items():
        if not _equal(value, info.totals[name]):
            return f"{name} adds up to {value}, and run.json says {info.totals[name]}"
    return None


def _served_agrees(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why those who answered, together, did not answer what ticks say, if so."""
    from clsim.runs.schema import ROLES

    ticks, served = tables["ticks"], tables["served"]
    strange = set(served["role"]) - set(ROLES)
    if strange:
        return f"unknown role {sorted(strange)[0]!r}"
    if ((served["answered"] < 0) | (served["answered"] > served["n"])).any():
        return "more events are answered than there are"
    answers, add_up = served["role"] != "shadow", _adding_up(served, ticks)
    for name in ("n", "answered"):
        if not add_up(served[name].where(answers, 0), ticks[name]):
            return f"{name} does not add up to that of ticks.parquet"
    return None


def _signals_agree(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's signals are of no tick of it, if so."""
    signals, ticks = tables["signals"], tables["ticks"]
    if not signals["tick"].isin(ticks["tick"]).all():
        return "has signals of ticks that are not there"
    return None


def _metrics_agree(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why metrics are of no tick and slice of the run, or of more events than answered, if so."""
    import pandas as pd

    metrics, ticks = tables["metrics"], tables["ticks"]
    if metrics.duplicated(["tick", "slice", "metric"]).any():
        return "has a metric of a tick and slice twice"
    if (metrics["value"].isna() != metrics["reason"].notna()).any():
        return "a value is missing without a reason, or has one"
    each = dict(
        zip(zip(ticks["tick"], ticks["slice"], strict=True), ticks["answered"], strict=True)
    )
    whole = ticks.groupby("slice")["answered"].sum().to_dict()
    for tick, name, n in zip(metrics["tick"], metrics["slice"], metrics["n"], strict=True):
        answered = whole.get(name) if pd.isna(tick) else each.get((tick, name))
        if answered is None:
            return f"has metrics of {name!r} in a tick that is not there"
        if not 0 <= n <= answered:
            return f"a metric of {name!r} takes {n} events, and {answered} were answered"
    return None


def _confusion_agrees(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's confusion table does not add up to its ticks, if it does not."""
    ticks, confusion = tables["ticks"], tables["confusion"]
    true, given = confusion["y_true"], confusion["y_pred"]
    if not {*true.unique(), *given.unique()} <= set(info.classes):
        return "has labels that are no classes of run.json"
    errors = ticks["errors"]
    if info.loss == "zero_one" and info.unanswered == "wrong":
        errors = errors - (ticks["n"] - ticks["answered"])
    add_up = _adding_up(confusion, ticks)
    if not add_up(confusion["n"], _named(ticks)):
        return "its events are not those answered in ticks.parquet"
    if not add_up(confusion["n"].where(true != given, 0), errors):
        return "its errors are not those of ticks.parquet"
    return None


def _named(ticks: pd.DataFrame) -> pd.Series:
    """How many events of each tick and slice were answered, but for those left to others."""
    return ticks["answered"] - ticks.get("abstained", 0)


def _predictions_agree(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's predictions are not those that its ticks count, if they are not."""
    predictions, ticks = tables["predictions"].assign(slice="all"), tables["ticks"]
    every = ticks[ticks["slice"] == "all"]
    one = predictions["id"] * 0 + 1
    answered = predictions["y_pred"].notna()
    add_up = _adding_up(predictions, every)
    if not add_up(one, every["n"]):
        return "its events are not those served in ticks.parquet"
    if not add_up(one.where(answered, 0), _named(every)):
        return "its answers are not those of ticks.parquet"
    if info.task == "classification":
        confusion = tables["confusion"]
        pairs = ["y_true", "y_pred"]
        there = predictions[answered].groupby(pairs).size()
        counted = confusion[confusion["slice"] == "all"].groupby(pairs)["n"].sum()
        if there.to_dict() != counted[counted > 0].to_dict():
            return "its answers are not those of confusion.parquet"
    return None


def _bought_agrees(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's orders are not those of its events, if they are not."""
    bought, events = tables["bought"], tables["events"]
    orders = events[events["kind"] == "buy"].groupby("tick")["labels"].sum()
    if bought.groupby("tick").size().to_dict() != orders.to_dict():
        return "its orders are not those of events.parquet"
    if bought["id"].duplicated().any():
        return "has a row twice"
    if (bought["chance"].isna() != bought["kind"].isna()).any():
        return "a chance is missing where there is a kind, or has none"
    return None


def _seen_agrees(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's logged events are not those of its ticks, or their labels, if so."""
    seen, ticks = tables["seen"], tables["ticks"]
    if seen["id"].duplicated().any():
        return "has a row twice"
    every = ticks[ticks["slice"] == "all"]
    if len(seen) != every["logged" if info.sampled else "n"].sum():
        return "its events are not those logged in ticks.parquet"
    losses = seen.dropna(subset=["known"]).groupby("known")["loss"].count()
    observed = every.set_index("tick")["observed_n"]
    if losses[losses > 0].to_dict() != observed[observed > 0].to_dict():
        return "its labels are not those observed in ticks.parquet"
    return None


def _cells_agree(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's cells are of no signal on which a rule fired, or hold no rows, if so."""
    if "signals" not in tables:
        return "there are no signals that it could be of"
    cells, signals = tables["cells"], tables["signals"]
    keys = ["tick", "signal", "of", "slice"]
    fired = set(signals[signals["alarm"]][keys].fillna("").itertuples(index=False, name=None))
    if not set(cells[keys].fillna("").itertuples(index=False, name=None)) <= fired:
        return "has cells of a value on which no rule fired"
    if not cells["adds_to"].isin(["value", "square", "largest"]).all():
        return "says of a cell that it adds to something else"
    if not cells["rows"].str.fullmatch(r"\[(\d{1,18}(, \d{1,18})*)?\]").all():
        return "has rows that are no numbers"
    return None


def _ghosts_agree(tables: Mapping[str, Any], info: RunInfo) -> str | None:
    """Why a run's ghosts were asked for more than its ticks served, or of no stretch, if so."""
    import numpy as np

    ghosts, ticks = tables["ghosts"], tables["ticks"]
    served = ticks[ticks["slice"] == "all"].set_index("tick")["n"]
    if not ghosts["tick"].isin(served.index).all():
        return "has ghosts in ticks that are not there"
    place = ghosts.groupby(["model", "champion", "met"]).cumcount()
    if (
        ghosts["model"].nunique() != (place == 0).sum()
        or (ghosts["tick"] != ghosts["met"] + place).any()
    ):
        return "a ghost is not asked tick after tick"
    counts = ghosts[["differ", "n", "observed_n"]].to_numpy()
    if (counts < 0).any() or (counts[:, 0] > counts[:, 1]).any():
        return "ghosts differ on more events than there are"
    if (counts[:, 1] > served.loc[ghosts["tick"]].to_numpy()).any():
        return "ghosts are asked for more events than were served"
    if not np.isfinite(ghosts[["champion_loss", "model_loss", "squares"]].to_numpy()).all():
        return "has losses that are no numbers"
    return None


def _adding_up(table: pd.DataFrame, ticks: pd.DataFrame) -> Callable[[pd.Series, pd.Series], bool]:
    """What says whether counts of a table, summed by tick and slice, are those of ticks."""
    import numpy as np
    import pandas as pd

    names = pd.Index(ticks["slice"].unique())
    places = [
        of["tick"].to_numpy(np.int64) * (len(names) + 1) + names.get_indexer(of["slice"])
        for of in (ticks, table)
    ]
    every, at = np.unique(np.concatenate(places), return_inverse=True)

    def add_up(counts: pd.Series, expected: pd.Series) -> bool:
        there, counted = (
            np.bincount(at[rows], of.to_numpy(dtype=float, na_value=np.nan), len(every))
            for rows, of in ((slice(len(ticks)), expected), (slice(len(ticks), None), counts))
        )
        return np.array_equal(there, counted)

    return add_up


AGREE: dict[str, Callable[[Mapping[str, Any], RunInfo], str | None]] = {
    "ticks": _ticks_agree,
    "events": _events_agree,
    "served": _served_agrees,
    "signals": _signals_agree,
    "metrics": _metrics_agree,
    "confusion": _confusion_agrees,
    "predictions": _predictions_agree,
    "bought": _bought_agrees,
    "seen": _seen_agrees,
    "cells": _cells_agree,
    "ghosts": _ghosts_agree,
}
"""How each table is checked against the others."""
