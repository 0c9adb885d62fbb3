"""Which processes there are, from /proc: tests kill, stop and count them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path


def with_helpers() -> dict[str, str]:
    """The environment of a process that can import what helps the tests."""
    folders = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}


def _stat(pid: int) -> tuple[str, int] | None:
    """State and parent of a process; None where there is none."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return state, int(parent)


def alive(pids: Iterable[int]) -> list[int]:
    """Those that have not ended; a zombie has."""
    stats = {pid: _stat(pid) for pid in pids}
    return [pid for pid, stat in stats.items() if stat is not None and stat[0] != "Z"]


def children(pid: int) -> list[int]:
    """The processes that a process has begun and that have not ended."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    stats = {other: _stat(other) for other in pids}
    return alive(other for other, stat in stats.items() if stat is not None and stat[1] == pid)


def left(pids: Iterable[int], seconds: float = 5) -> list[int]:
    """Those that have not ended after so many seconds."""
    end = time.monotonic() + seconds
    pids = list(pids)
    while alive(pids) and time.monotonic() < end:
        time.sleep(0.05)
    return alive(pids)
