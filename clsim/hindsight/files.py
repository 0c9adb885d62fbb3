"""Tables on disk, in parts, and what tells whether two of them are of the same setting."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.engine.knowledge import Knowledge
from clsim.hindsight.setting import TableSetting
from clsim.hindsight.signals import PREFIX
from clsim.runs.files import parquet_footer, parse_json, parse_parquet, read_bytes, write_parquet
from clsim.types import Columns

FORMAT = 2
"""Version of the files."""

INITIAL = -1
"""The tick that stands for the initial model."""


def piece_file(folder: Path, piece: list[int]) -> Path:
    """The file of the models of a piece."""
    return folder / f"part-{piece[0] + 1:08d}.parquet"


def write_columns(path: Path, columns: Columns, about: dict[str, Any]) -> Path:
    """A Parquet file under a temporary name, renamed when it is whole.

    Its metadata holds ``about``, the bytes that the columns take, and a digest of both.
    """
    import pyarrow as pa

    arrays = {}
    for name, values in columns.items():
        if values.ndim == 2:
            arrays[name] = pa.FixedSizeListArray.from_arrays(values.ravel(), values.shape[1])
        else:
            arrays[name] = pa.array(values, type=pa.string() if name == "failure" else None)
    table = pa.table(arrays)
    said = {"format": FORMAT, "bytes": table.nbytes, **json.loads(json.dumps(about))}
    said["digest"] = _digest(said, columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = table.replace_schema_metadata({"clsim": json.dumps(said)})
    write_parquet(path, table.schema, [table])
    return path


def _digest(about: dict[str, Any], columns: Columns) -> str:
    """A hash of what a file says of itself, and of every value in it."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name, values in columns.items():
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        plain = json.dumps(values.tolist()).encode() if values.dtype == object else values.tobytes()
        digest.update(plain)
    return digest.hexdigest()


def _about(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file of ours, and what it says of itself.

    Raises
    ------
    ValueError
        That begins with the file.
    """
    data = read_bytes(path)
    meta = parquet_footer(data, path).metadata or {}
    if b"clsim" not in meta:
        raise ValueError(f"{path}: not a table of clsim")
    about = parse_json(meta[b"clsim"], path)
    if about.get("format") != FORMAT:
        raise ValueError(
            f"{path}: format {str(about.get('format'))[:20]}, this clsim reads {FORMAT}; make it "
            "again"
        )
    n, slice_n = about.get("n"), about.get("slice_n")
    if not (_counts(n) and isinstance(slice_n, dict) and all(map(_counts, slice_n.values()))):
        raise ValueError(f"{path}: does not say how many events the ticks have")
    if not n or any(len(counts) != len(n) for counts in slice_n.values()):
        raise ValueError(f"{path}: does not say how many events each slice has in each tick")
    try:
        TableSetting.from_json(about.get("setting"), len(n))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if not (_counts([about.get("bytes")]) and isinstance(about.get("info", {}), dict)):
        raise ValueError(f"{path}: does not say how large it is")
    return data, about


def _counts(values: Any) -> bool:
    """Whether these are whole numbers, none below 0."""
    return isinstance(values, list) and all(
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
        for value in values
    )


def read_columns(path: Path, ticks: Sequence[int] | None = None) -> tuple[Columns, dict[str, Any]]:
    """The columns of a file, and what it says of itself.

    Parameters
    ----------
    path : Path
    ticks : sequence of int or None, default=None
        The training ticks of its rows. None: all that its setting has, and the initial one last.

    Raises
    ------
    ValueError
        That begins with the file: if it is not a table of clsim, if another format wrote it, or
        if it is damaged.
    """
    import pyarrow as pa

    data, about = _about(path)
    expected = [*about["setting"]["candidates"], INITIAL] if ticks is None else list(ticks)
    there = parquet_footer(data, path).schema.to_arrow_schema().names
    schema = _schema(len(about["n"]), about["slice_n"], there)
    table = parse_parquet(data, path, schema, len(expected), about["bytes"])
    columns: Columns = {}
    for name in table.column_names:
        array = table[name].combine_chunks()
        if pa.types.is_fixed_size_list(array.type):
            flat = array.flatten().to_numpy(zero_copy_only=False)
            columns[name] = flat.reshape(len(array), -1)
        else:
            columns[name] = array.to_numpy(zero_copy_only=False)
    digest = about.pop("digest", None)
    if digest != _digest(about, columns):
        raise ValueError(f"{path}: its columns or its setting are not as they were written")
    if columns["tick"].tolist() != expected:
        raise ValueError(f"{path}: its rows are not those of the trainings that belong there")
    return columns, about


OPTIONAL = ("unanswered", "variance")
"""Columns that a table may lack."""


def _schema(n_ticks: int, slices: Iterable[str], there: Sequence[str]) -> Any:
    """Columns of a table of so many ticks; of those that it may lack, those that are there."""
    import pyarrow as pa

    lists = pa.list_(pa.float64(), n_ticks)
    columns = {name: pa.int64() for name in ("tick", "serves", "rows", "held_out")}
    columns |= {"seconds": pa.float64(), "failure": pa.string()}
    optional = [*OPTIONAL, *(f"unanswered {name}" for name in slices)]
    named = ("loss", *OPTIONAL, *(f"loss {name}" for name in slices), *optional[len(OPTIONAL) :])
    columns |= {name: lists for name in named if name not in optional or name in there}
    columns |= {"ends": pa.int64()} if "ends" in there else {}
    columns |= {name: lists for name in there if name.startswith(PREFIX)}
    return pa.schema(columns)


def read_setting(path: Path) -> TableSetting:
    """The setting of which a file says that it is; whether that is true, `read_columns` knows.

    Raises
    ------
    ValueError
    """
    about = _about(path)[1]
    return TableSetting.from_json(about["setting"], len(about["n"]))


def check_same_setting(folder: Path, setting: TableSetting) -> None:
    """Refuse a folder that was begun with another setting, naming what differs.

    Parts that cannot be read do not count; they are made again.

    Raises
    ------
    ValueError
    """
    here = setting.to_json()
    for file in sorted(folder.glob("part-*.parquet")):
        try:
            there = read_setting(file).to_json()
        except ValueError:
            continue
        for key in [*here, *there]:
            old, new = (json.dumps(s.get(key), sort_keys=True) for s in (there, here))
            if old != new:
                raise ValueError(
                    f"path={str(folder)!r}: holds a table with another {key}: {_short(old)}, and "
                    f"not {_short(new)}; give another folder"
                )
        return


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."


def plain(value: Any) -> Any:
    """A part and its parameters as plain values, equal for equal parts."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype != object:
        return f"{value.dtype}{value.shape} {hashlib.blake2b(value.tobytes()).hexdigest()[:16]}"
    if isinstance(value, (pd.DataFrame, pd.Series)):
        hashed = pd.util.hash_pandas_object(value).to_numpy().tobytes()
        return f"table{value.shape} {hashlib.blake2b(hashed).hexdigest()[:16]}"
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "get_params"):  # scikit-learn
        parameters = value.get_params(deep=False)
    elif hasattr(value, "_get_params"):  # river
        parameters = value._get_params()
    else:
        parameters = getattr(value, "__dict__", None) or {}
    return {"class": plain(type(value)), **plain(parameters)}


def fingerprint(world: Knowledge) -> str:
    """A hash of all that a world holds: events, truth and when labels come."""
    digest = hashlib.blake2b(digest_size=16)
    X: Any = world.timeline.X
    if not isinstance(X, np.ndarray):
        digest.update(repr(X.dtypes.to_dict()).encode())
        X = pd.util.hash_pandas_object(X, index=False).to_numpy()
    labels, slices = world.labels, world.timeline.slices.values()
    arrays = [X, labels.y[:], world.timeline.time, *(codes.astype(np.int64) for codes in slices)]
    arrays += [world.known.arrives, world.training.arrives]
    arrays += [None if labels.told is None else labels.told[:], labels.final]
    arrays += [] if world.timeline.events.amount is None else [world.timeline.events.amount]
    arrays += [] if world.known.ends.last is None else [world.known.ends.last]
    for given in arrays:
        array = np.zeros(0) if given is None else np.asarray(given)
        if array.dtype == object:
            array = pd.util.hash_array(array)
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
