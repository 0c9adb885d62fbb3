"""Files of a report in a results folder: all or none, and nobody else's are touched."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from clsim.runs.locks import locked

PAGE, MEMO, MANIFEST = "report.html", "memo.html", ".report.json"
"""The page, put in place last; the memo, where it was asked for; and what the reports so far have
written, with SHA-256."""

DRAFT = ".report-"
"""How the names of temporary folders begin."""

FOLDERS = ("figures", "tables")

OWN = re.compile(
    r"report\.html|memo\.html|runs\.parquet|figures/[^./\\][^/\\]*\.(pdf|png)"
    r"|tables/[^./\\][^/\\]*\.(csv|tex|md|bib)"
)
"""Names that a report may write, and remove when it no longer needs them."""

IN_THE_WAY = "this is in the way of the report; move it"


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files take their places in ``folder`` when the block ends.

    If the block raises, ``folder`` is as it was. Files that an earlier report wrote, that are as it
    wrote them, and that this one does not write are removed. A report that is stopped while files
    take their places leaves some of each; the next one then mends it.

    Parameters
    ----------
    folder : path
        A results folder.

    Raises
    ------
    ValueError
        If a file that clsim did not write, or a link, has a name that is needed; then nothing has
        changed.
    """
    with locked(folder / ".report.lock", f"{folder}: another report is being written; waiting"):
        _clear_leftovers(folder)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder))
        try:
            yield draft
            _put(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _clear_leftovers(folder: Path) -> None:
    """Remove the temporary folders of reports that were killed; no other is being written now."""
    for path in folder.glob(f"{DRAFT}????????"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)


def _put(draft: Path, folder: Path) -> None:
    made = sorted(p for p in draft.rglob("*") if p.is_file())
    new = {path.relative_to(draft).as_posix(): _digest(path) for path in made}
    strange = [name for name in new if not OWN.fullmatch(name)]
    if strange:
        raise ValueError(f"{strange[0]!r}: no name of a file of a report")
    for place in (folder / name for name in FOLDERS):
        _refuse_link(place)
        if place.exists() and not place.is_dir():
            raise ValueError(f"{str(place)!r}: {IN_THE_WAY}")
    _refuse_other(folder / MANIFEST)
    old = read_manifest(folder)
    for name, digest in new.items():
        _check_file(folder / name, [*old.get(name, []), digest])

    # whatever stops it from here on, the next report knows what is whose
    both = {name: [*old.get(name, []), digest] for name, digest in new.items()}
    _write_manifest(draft, folder, {**old, **both})
    for name in sorted(new, key=lambda name: name == PAGE):
        (folder / name).parent.mkdir(exist_ok=True)
        os.replace(draft / name, folder / name)
    for name in old.keys() - new.keys():
        if _is_as_written(folder / name, old[name]):
            (folder / name).unlink()
    _write_manifest(draft, folder, {name: [digest] for name, digest in new.items()})


def read_manifest(folder: Path) -> dict[str, list[str]]:
    """Digests of what reports wrote into a folder, by name; what no report says is left out.

    Several digests of a file are of a report that was stopped: it has one of them.
    """
    path = folder / MANIFEST
    try:
        written = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (ValueError, RecursionError):
        written = {}
    if not isinstance(written, dict):
        return {}
    return {
        name: [digest for digest in digests if isinstance(digest, str)]
        for name, digests in written.items()
        if OWN.fullmatch(name) and isinstance(digests, list)
    }


def _write_manifest(draft: Path, folder: Path, written: Mapping[str, Sequence[str]]) -> None:
    text = json.dumps({name: sorted(set(written[name])) for name in sorted(written)}, indent=1)
    (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")
    os.replace(draft / MANIFEST, folder / MANIFEST)


def _check_file(path: Path, digests: Sequence[str]) -> None:
    """Raise unless nothing has a file's name, or what a report wrote."""
    _refuse_other(path)
    if path.exists() and _digest(path) not in digests:
        raise ValueError(
            f"{str(path)!r}: this file is not, or no longer, as a report of clsim left it; move or "
            "remove it, and write the report again"
        )


def _refuse_other(path: Path) -> None:
    """Raise for what is neither absent nor a plain file."""
    _refuse_link(path)
    if path.exists() and not path.is_file():
        raise ValueError(f"{str(path)!r}: {IN_THE_WAY}")


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise ValueError(
            f"{str(path)!r}: a report follows no links; move it, or put there what it leads to"
        )


def _is_as_written(path: Path, digests: Sequence[str]) -> bool:
    """Whether a file is there, is no link and does not lie behind one, and nobody changed it."""
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        return False
    return _digest(path) in digests


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
