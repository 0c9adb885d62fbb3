"""How a command ends that somebody asks to end: SIGTERM as an interrupt of the keyboard."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


class TerminatedError(KeyboardInterrupt):
    """Somebody asked this process to end (SIGTERM): a batch system, a container, ``kill``."""


@contextmanager
def sigterm_heeded() -> Iterator[None]:
    """Let SIGTERM raise `TerminatedError` where the program is; sent once more, it is ignored."""
    if threading.current_thread() is not threading.main_thread():  # where Python hears no signals
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminated(number: int, frame: Any) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # else it strikes what clears up
    raise TerminatedError("asked to end (SIGTERM)")


def why(error: KeyboardInterrupt) -> str:
    """What is said of it."""
    return str(error) or "interrupted"


def exit_code(error: KeyboardInterrupt) -> int:
    """The code with which the process ends, as shells give it: 130, or 143 for SIGTERM.

    >>> exit_code(KeyboardInterrupt()), exit_code(TerminatedError())
    (130, 143)
    """
    return 128 + (signal.SIGTERM if isinstance(error, TerminatedError) else signal.SIGINT)
