"""Pieces of work, for workers that import nothing else."""

import os
import signal
import time
from pathlib import Path


def once(value, marker):
    """A value; the first time, its worker is killed."""
    if not os.path.exists(marker):
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def told(value):
    return value, os.getpid()


def leave(code):
    os._exit(code)


def wait():
    time.sleep(600)
