"""Files of a results folder: written whole, and read as if somebody else had made them.

What cannot be read raises ``ValueError`` that begins with the file. No file is opened that is a
link, a folder, a pipe or a device, and nothing is unpacked before it is known to fit into memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from clsim.runs.footer import packings

JSON_FACTOR, YAML_FACTOR = 32, 1024
"""Bytes of memory that a byte of JSON or YAML may take while it is read, at the worst."""

SNAPPY, ENCODINGS = 1, {0, 2, 3, 4, 8}
"""Parquet's codes of what Arrow writes by default: plain, by dictionary, runs and packed bits.

Others can unpack to far more than their size.
"""


# writing ---------------------------------------------------------------------------------------


LEFTOVER = re.compile(r"\..+\.[0-9a-f]{16}\.new")
"""Names of files that are being written, or whose writer was killed."""


def write(path: Path, fill: Callable[[Path], Any]) -> str:
    """Let ``fill`` write a file under a temporary name, rename it, and give its SHA-256.

    It is on the disk when it has its name, which no other writer's temporary name is, on whatever
    machine.

    Raises
    ------
    ValueError
        If a folder has that name.
    """
    if path.is_dir() and not path.is_symlink():
        raise ValueError(f"{path}: a folder is where a file belongs; remove it")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        fill(temporary)
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)  # what failed leaves nothing
    return digest


def sync(folder: Path) -> None:
    """Let the names of a folder's files be on the disk."""
    there = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(there)
    finally:
        os.close(there)


def clear_leftovers(folder: Path) -> None:
    """Remove files that killed writers left in a folder in which nobody else writes now."""
    for path in folder.iterdir():
        if LEFTOVER.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> str:
    """As `write`, in UTF-8."""
    return write(path, lambda p: p.write_text(text, encoding="utf-8"))


def write_parquet(path: Path, schema: Any, tables: Iterable[Any]) -> str:
    """As `write`, as `parse_parquet` wants it: tables that are appended as they come."""
    import pyarrow.parquet as pq

    def fill(temporary: Path) -> None:
        how = {"compression": "snappy", "write_page_checksum": True}
        with pq.ParquetWriter(temporary, schema, **how) as file:
            for table in tables:
                file.write_table(table)

    return write(path, fill)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def to_yaml(value: Any) -> str:
    """YAML without anchors and aliases, which `parse_yaml` refuses."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False)


# reading ---------------------------------------------------------------------------------------


def memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def size_of(path: Path) -> int:
    """Bytes of a regular file.

    Raises
    ------
    ValueError
        If it is something else, or missing.
    """
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"{path}: missing") from None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe"}
        kind = kinds.get(stat.S_IFMT(status.st_mode), "a device")
        raise ValueError(f"{path}: {kind}, and not a file")
    return status.st_size


def _check_memory(path: Path, size: int) -> None:
    if size > memory():
        raise ValueError(f"{path}: does not fit into memory when it is read")


def read_bytes(path: Path) -> bytes:
    """All bytes of a regular file.

    Raises
    ------
    ValueError
        If it is not a regular file, or would not fit into memory.
    """
    _check_memory(path, size_of(path))
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error


def parse_json(data: bytes, path: Path) -> dict[str, Any]:
    """A mapping from JSON.

    Raises
    ------
    ValueError
    """
    _check_memory(path, len(data) * JSON_FACTOR)
    try:
        parsed = json.loads(data)
    except RecursionError:
        raise ValueError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise ValueError(f"{path}: not a mapping")
    return parsed


DEEPEST = 100
"""Levels of a YAML file that are read; a configuration has a dozen."""

_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def _check_events(data: bytes) -> None:
    """Refuse anchors, nine lines of which can stand for a billion values, and deep nesting."""
    depth = 0
    for event in yaml.parse(data, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise ValueError("anchors and aliases are refused")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise RecursionError


def parse_yaml(data: bytes, path: Path) -> dict[str, Any]:
    """A mapping from YAML that has plain values alone, without anchors and aliases.

    Raises
    ------
    ValueError
    """
    _check_memory(path, len(data) * YAML_FACTOR)
    try:
        _check_events(data)
        parsed = yaml.load(data, Loader=_LOADER)
    except RecursionError:
        raise ValueError(f"{path}: nested too deeply") from None
    except Exception as error:  # PyYAML raises many kinds where a tag does not fit its value
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: not YAML that is read here: {reason}") from error
    if not isinstance(parsed, dict):
        raise ValueError(f"{path}: not a mapping")
    return parsed


def read_yaml(path: Path) -> dict[str, Any]:
    """A mapping from a file, as `parse_yaml` reads it."""
    return parse_yaml(read_bytes(path), path)


def most_bytes(nbytes: int) -> int:
    """Bytes that a Parquet file of a table may have, packed or not, by those in memory.

    Columns may be stored twice, as a dictionary and plain, and there is a footer.
    """
    return 2 * nbytes + 65_536


def parquet_footer(data: bytes, path: Path) -> Any:
    """What a Parquet file says of itself.

    Raises
    ------
    ValueError
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(pa.BufferReader(data))
    except Exception as error:  # Arrow has a kind for each way to be broken
        raise ValueError(f"{path}: not a Parquet file: {_line(error)}") from error


def parse_parquet(data: bytes, path: Path, schema: Any, rows: int, nbytes: int) -> Any:
    """A table from a Parquet file, if it is what it is said to be.

    Text stays encoded as dictionaries until its size is known.

    Parameters
    ----------
    data : bytes
    path : Path
        For messages.
    schema : pyarrow.Schema
        Exact names and types of its columns; flat, or lists of fixed size.
    rows, nbytes : int
        Its rows, and the bytes that it takes in memory.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    ValueError
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    footer = parquet_footer(data, path)
    try:
        _check_footer(footer, schema, rows, nbytes)
        _check_packing(footer, packings(data), schema, nbytes)
        text = [field.name for field in schema if pa.types.is_string(field.type)]
        file = pq.ParquetFile(
            pa.BufferReader(data), metadata=footer, read_dictionary=text,
            page_checksum_verification=True,
        )  # fmt: skip
        table = file.read(use_threads=False)
        table.validate(full=True)
        if sum(_decoded(table[name]) for name in text) > nbytes:
            raise ValueError("its text takes more memory than it is said to")
        columns = [
            column if column.type == field.type else column.cast(field.type)
            for column, field in zip(table.columns, schema, strict=True)
        ]
        return pa.table(columns, schema=schema)
    except Exception as error:  # as above
        raise ValueError(f"{path}: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _check_footer(footer: Any, schema: Any, rows: int, nbytes: int) -> None:
    """Raise unless a footer says what is expected, before any page is read."""
    stated = footer.schema.to_arrow_schema().remove_metadata()
    if stated != schema:
        expected = {field.name: str(field) for field in schema}
        there = {field.name: str(field) for field in stated}
        wrong = [n for n in {**expected, **there} if expected.get(n) != there.get(n)]
        listed = ", ".join(map(repr, wrong)) or "their order"
        raise ValueError(f"other columns than expected: {listed}")
    if footer.num_rows != rows:
        raise ValueError(f"{footer.num_rows} rows, and it is said to have {rows}")
    if not rows * sum(map(_width, schema)) // 8 <= nbytes <= memory():
        raise ValueError(f"{rows} rows cannot be {nbytes} bytes, or they do not fit into memory")
    groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
    if sum(group.num_rows for group in groups) != rows:
        raise ValueError(f"its parts do not have {rows} rows together")


def _check_packing(footer: Any, packed: Any, schema: Any, nbytes: int) -> None:
    """Raise unless all columns are packed as clsim packs them, and unpack to what is expected."""
    if len(packed) != footer.num_row_groups:
        raise ValueError("its footer is broken")
    unpacked = 0
    for number, columns in enumerate(packed):
        rows = footer.row_group(number).num_rows
        for field, column in zip(schema, columns, strict=True):
            values = rows * getattr(field.type, "list_size", 1)
            if column.values != values:
                raise ValueError(f"{field.name!r}: {column.values} values, and not {values}")
            if column.codec != SNAPPY or not ENCODINGS.issuperset(column.encodings):
                raise ValueError(f"{field.name!r}: packed in a way that clsim does not use")
            unpacked += column.size
    if unpacked > most_bytes(nbytes):
        raise ValueError(f"unpacks to {unpacked} bytes, and it is said to have {nbytes}")


def _width(field: Any) -> int:
    """Least bits of a value in memory."""
    kind = field.type
    if hasattr(kind, "list_size"):
        return kind.list_size * kind.value_type.bit_width
    return 32 if kind == "string" else kind.bit_width


def _decoded(column: Any) -> int:
    """Bytes that the text of a column takes without its dictionary."""
    import pyarrow.compute as pc

    sizes = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary)
        sizes += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    return sizes
