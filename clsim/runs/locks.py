"""Who may write in a folder: several processes, and machines that share it, take turns.

The locks are the kernel's, so a process that is killed leaves none behind.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NOT_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
"""What file systems say that have no locks; on these, nobody waits."""


@contextmanager
def locked(path: Path, waits: str | None = None) -> Iterator[None]:
    """Hold a lock file, which is there as long as somebody holds it; whoever else wants it waits.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    waits : str or None, default=None
        What is said on stderr where there is somebody to be waited for.
    """
    file = _held(path, waits)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: who waits for it sees that it is gone
        file.close()


def _held(path: Path, waits: str | None) -> Any:
    while True:
        file = path.open("ab")
        try:
            _lock(file, waits)
            with suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                    return file
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: Any, waits: str | None) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if waits is not None:
            print(f"clsim: {waits}", file=sys.stderr)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NOT_HERE:
            raise


class Claims:
    """Which runs of a sweep's folder this process makes; others leave these to it.

    Each run is a byte of one empty file, and the process locks those of its runs. All are let go
    when the file is closed, or the process ends.

    Parameters
    ----------
    folder : Path
        Of the sweep; it exists.
    """

    def __init__(self, folder: Path) -> None:
        self._file = (folder / ".claims").open("ab")

    def take(self, runs: Iterable[str], wait: bool = False) -> list[str]:
        """Those of the runs that nobody else makes, or, if this waits for the others, all."""
        return [run for run in runs if self._take(run, wait)]

    def _take(self, run: str, wait: bool) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, place(run))
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            if error.errno not in NOT_HERE:
                raise
        return True

    def release(self, runs: Iterable[str]) -> None:
        """Let others make runs that this process took."""
        for run in runs:
            with suppress(OSError):  # a file system without locks
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place(run))

    def close(self) -> None:
        """Let go of all."""
        self._file.close()


def place(run: str) -> int:
    """The byte that stands for a run."""
    return int(hashlib.blake2b(run.encode(), digest_size=7).hexdigest(), 16)
