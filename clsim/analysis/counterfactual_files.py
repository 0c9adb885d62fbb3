"""Tables on disk, in parts, and what tells whether two of them are of the same setting."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.types import Columns
from clsim.world import World

FORMAT = 1
"""Version of the files."""


def part_file(folder: Path, piece: list[int]) -> Path:
    """The file of the models of a piece."""
    return folder / f"part-{piece[0] + 1:08d}.parquet"


def write_columns(path: Path, columns: Columns, about: dict[str, Any]) -> Path:
    """A Parquet file under a temporary name, renamed when it is whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for name, values in columns.items():
        if values.ndim == 2:
            arrays[name] = pa.FixedSizeListArray.from_arrays(values.ravel(), values.shape[1])
        else:
            arrays[name] = pa.array(values, type=pa.string() if name == "failure" else None)
    meta = {"clsim": json.dumps({"format": FORMAT, **about})}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(pa.table(arrays, metadata=meta), temporary)
    os.replace(temporary, path)
    return path


def _about(path: Path) -> dict[str, Any]:
    """What a file of ours says of itself."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_schema(path).metadata or {}
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{str(path)!r}: not a Parquet file: {error}") from error
    if b"clsim" not in meta:
        raise ValueError(f"{str(path)!r}: not a table of clsim")
    about = json.loads(meta[b"clsim"])
    if about.get("format") != FORMAT:
        raise ValueError(
            f"{str(path)!r}: format {about.get('format')}, this clsim reads {FORMAT}; make it again"
        )
    return about


def read_columns(path: Path) -> tuple[Columns, dict[str, Any]]:
    """The columns of a file, and what it says of itself.

    Raises
    ------
    ValueError
        If it is not a table of clsim, or another format wrote it.
    """
    import pyarrow.parquet as pq

    about, table = _about(path), pq.read_table(path)
    columns: Columns = {}
    for name in table.column_names:
        array = table[name].combine_chunks()
        if hasattr(array.type, "list_size"):
            flat = array.flatten().to_numpy(zero_copy_only=False)
            columns[name] = flat.reshape(len(array), -1)
        else:
            columns[name] = array.to_numpy(zero_copy_only=False)
    return columns, about


def check_same_setting(folder: Path, setting: dict[str, Any]) -> None:
    """Refuse a folder that was begun with another setting, naming what differs.

    Raises
    ------
    ValueError
    """
    for file in sorted(folder.glob("part-*.parquet"))[:1]:
        there = _about(file)["setting"]
        here = json.loads(json.dumps(setting))
        for key in [*here, *there]:
            old, new = (json.dumps(s.get(key), sort_keys=True) for s in (there, here))
            if old != new:
                raise ValueError(
                    f"path={str(folder)!r}: holds a table with another {key}: {_short(old)}, and "
                    f"not {_short(new)}; give another folder"
                )


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


def fingerprint(world: World) -> str:
    """A hash of all that a world holds: events, truth and when labels come."""
    digest = hashlib.blake2b(digest_size=16)
    X: Any = world.X
    if not isinstance(X, np.ndarray):
        digest.update(repr(X.dtypes.to_dict()).encode())
        X = pd.util.hash_pandas_object(X, index=False).to_numpy()
    arrays = [X, world.y, world.time, *world.slices.values()]
    arrays += [world.labels.arrives, world.training.arrives, world.told, world.final]
    for given in arrays:
        array = np.zeros(0) if given is None else np.asarray(given)
        if array.dtype == object:
            array = pd.util.hash_array(array)
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
