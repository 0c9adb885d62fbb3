"""The replays of a sweep: spread over workers; what fails is found, and loses no other.

A group of jobs is replayed together. If that raises, its jobs are replayed one by one; if its
worker dies, it is tried once more while nothing else runs, and then its jobs, one by one. A job
that fails by itself has failed, with its reason.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from clsim.parallel import Ended, Piece, Workers, spread
from clsim.rounding import counted
from clsim.runs.files import write
from clsim.runs.locks import Claims, locked
from clsim.runs.reading import is_done
from clsim.sweep.jobs import Group, replay_jobs

log = logging.getLogger(__name__)

SILENT = 30
"""Seconds without a word after which it is said what is under way."""


@dataclass(frozen=True)
class Failure:
    """Why there is no run.

    Attributes
    ----------
    reason : str
    trace : str or None
        Where an error was raised that no check foresees.
    """

    reason: str
    trace: str | None = None


Files = dict[str, dict[str, bytes]]
"""By the name of a run's folder: the content of its files by name."""


def replay_missing(work: Sequence[Group], workers: Workers, shared: bool) -> dict[Path, Failure]:
    """Make the runs that are missing, beside other sweeps in the same folder.

    Parameters
    ----------
    work : sequence of Group
    workers : Workers
    shared : bool
        Whether workers write into these folders; else runs come back as bytes.

    Returns
    -------
    dict of Path to Failure
        Of jobs that have failed.
    """
    failures: dict[Path, Failure] = {}
    if not work:
        return failures
    with closing(Claims(work[0].folders[0].parent)) as claims:
        busy = _replay(work, workers, claims, shared, failures)
        if busy:
            print(f"clsim: waiting for {len(busy)} runs of another process", file=sys.stderr)
            claims.take([folder.name for folder in busy], wait=True)
            given_up = [folder for folder in busy if not is_done(folder)]
            left = [group for one in work if (group := one.only(given_up)).folders]
            if left:
                _replay(left, workers, claims, shared, failures)
    return failures


def _replay(
    work: Sequence[Group],
    workers: Workers,
    claims: Claims,
    shared: bool,
    failures: dict[Path, Failure],
) -> list[Path]:
    """Make runs, and note what fails; the folders of those that another process makes."""
    busy: list[Path] = []

    def pieces() -> Iterator[Piece]:
        for group in work:
            taken = set(claims.take([folder.name for folder in group.folders]))
            busy.extend(folder for folder in group.folders if folder.name not in taken)
            mine = group.only([f for f in group.folders if f.name in taken and not is_done(f)])
            claims.release(taken - {folder.name for folder in mine.folders})
            if mine.folders:
                yield _piece(mine, shared)
            else:
                progress.made(len(taken))

    with closing(_Progress(sum(len(group.folders) for group in work))) as progress:
        for piece, ended in spread(workers, pieces(), _again, progress.watch):
            group = piece.of
            failure = Failure(ended.died) if ended.died is not None else ended.value
            if isinstance(failure, Failure):
                failures.update(dict.fromkeys(group.folders, failure))
                log.warning(f"{group.named()}: {failure.reason}")
            elif not shared:
                _put(ended.value, group.folders)
            claims.release([folder.name for folder in group.folders])
            progress.made(len(group.folders))
    return busy


def _piece(group: Group, shared: bool, alone: bool = False) -> Piece:
    do = replay_group if shared else replay_away
    return Piece(do, (group.configs, [str(f) for f in group.folders]), alone, group)


def _again(piece: Piece, ended: Ended) -> list[Piece]:
    """What is tried instead of a group that failed."""
    group: Group = piece.of
    shared = piece.do is replay_group
    if ended.died is None:
        return [
            _piece(one, shared, piece.alone)
            for one in (group.single() if isinstance(ended.value, Failure) else [])
        ]
    if not piece.alone:
        log.warning(f"{group.named()}: {ended.died}; once more, alone")
        return [_piece(group, shared, alone=True)]
    return [_piece(one, shared, alone=True) for one in group.single()]


def replay_group(configs: list[dict[str, Any]], folders: list[str]) -> Failure | None:
    """Replay jobs together and write their folders; why not, if they cannot be.

    Working directory and environment are as before for the jobs that follow, whatever a part of
    the user's own does to them; and a process that such a part forks ends here.
    """
    begun, here, environment = os.getpid(), os.getcwd(), dict(os.environ)
    try:
        return _replayed(configs, folders)
    finally:
        if os.getpid() != begun:
            os._exit(0)
        os.chdir(here)
        if os.environ != environment:
            os.environ.clear()
            os.environ.update(environment)


def _replayed(configs: list[dict[str, Any]], folders: list[str]) -> Failure | None:
    try:
        replay_jobs(configs, folders)
    except (TypeError, ValueError, OSError) as error:
        return Failure(_said(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, too: a part of the user's own must end no worker
        return Failure(f"{type(error).__name__}: {_said(error)}", traceback.format_exc())
    return None


def _said(error: BaseException) -> str:
    """What an error says, as text that can be written."""
    try:
        said = str(error)
    except Exception:  # a part of the user's own may raise what cannot be printed
        said = type(error).__name__
    return said.encode(errors="backslashreplace").decode()


def replay_away(configs: list[dict[str, Any]], folders: list[str]) -> Failure | Files:
    """As `replay_group`, where the folders are elsewhere: the files of the runs."""
    with tempfile.TemporaryDirectory(prefix="clsim-") as here:
        homes = [Path(here, Path(folder).name) for folder in folders]
        failure = replay_group(configs, [str(home) for home in homes])
        if failure is not None:
            return failure
        return {
            home.name: {file.name: file.read_bytes() for file in sorted(home.iterdir())}
            for home in homes
        }


def _put(files: Files, folders: Sequence[Path]) -> None:
    """Write runs that came as bytes, what says that they are done last."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        own = files[folder.name]
        with locked(folder / ".lock"):
            for name in sorted(own, key=lambda name: name == "done"):
                write(folder / name, partial(Path.write_bytes, data=own[name]))


class _Progress:
    """A bar on stderr where it is a terminal, else a line for every tenth of the runs.

    Where nothing has ended for long, it names what is under way.
    """

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self._total, self._made, self._printed = total, 0, 0
        self._begin = self._spoke = time.perf_counter()
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total, unit="run", desc="clsim", file=sys.stderr, disable=not self._terminal
        )
        if not self._terminal:
            print(f"clsim: {counted(total, 'run')} to make", file=sys.stderr)

    def made(self, runs: int) -> None:
        self._made += runs
        self._bar.update(runs)
        tenth = self._made * 10 // self._total
        if tenth > self._printed or self._made == self._total:
            self._printed = tenth
            self._say("")

    def watch(self, under_way: Collection[Piece]) -> None:
        if under_way and time.perf_counter() - self._spoke > SILENT:
            names = "; ".join(piece.of.named() for piece in under_way)
            self._say(f"; under way: {names}")

    def _say(self, more: str) -> None:
        self._spoke = time.perf_counter()
        said = f"{self._made} of {self._total} runs, {self._spoke - self._begin:.0f} s{more}"
        if not self._terminal:
            print(f"clsim: {said}", file=sys.stderr)
        elif more:
            self._bar.write(f"clsim: {said}", file=sys.stderr)

    def close(self) -> None:
        self._bar.close()
