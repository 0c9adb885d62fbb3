"""Calls that other processes of this machine answer, while this one thinks of the next."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from clsim.errors import check_number

Submit = Callable[..., Future[Any]]


class Call:
    """A call that is handed to another process, and done in this one where nobody has begun it.

    Parameters
    ----------
    submit : callable or None
        What hands it over, as that of an executor; None: there is no other process.
    job : callable
        Found by its name where it is done.
    *arguments
        Which can be pickled.

    Examples
    --------
    >>> Call(None, max, 2, 3).answer
    3
    """

    def __init__(self, submit: Submit | None, job: Callable[..., Any], *arguments: Any) -> None:
        self._job, self._arguments = job, arguments
        self._elsewhere = None if submit is None else submit(job, *arguments)

    @functools.cached_property
    def answer(self) -> Any:
        """What it gives, or the exception that it raises."""
        if self._elsewhere is None or self._elsewhere.cancel():
            return self._job(*self._arguments)
        return self._elsewhere.result()


def check_processes(n_jobs: Any, key: str = "n_jobs") -> None:
    """Refuse what is no number of processes.

    Raises
    ------
    TypeError, ValueError
    """
    check_number(key, n_jobs, whole=True)
    if n_jobs == 0 or n_jobs < -1:
        raise ValueError(f"{key}={n_jobs}: expected a number of processes, or -1 for all cores")


def process_count(n_jobs: int) -> int:
    """How many processes so many are: -1 stands for one per core."""
    from joblib import cpu_count

    return cpu_count() if n_jobs == -1 else n_jobs


@contextmanager
def processes(n_jobs: int, module: str = __name__) -> Iterator[Submit | None]:
    """What hands calls to others of so many processes, -1 for all cores; None where this is all.

    Parameters
    ----------
    n_jobs : int
        This process among them.
    module : str, default='clsim.processes'
        What each loads at once, so that it has what it will need by the time that it is asked.
    """
    others = process_count(n_jobs) - 1
    if others < 1:
        yield None
        return
    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor(max_workers=others, timeout=60)
    for _ in range(others):
        executor.submit(_load, module)
    try:
        yield executor.submit
    except BaseException:  # nobody waits for them, and nobody writes where others clear up
        executor.shutdown(wait=True, kill_workers=True)
        raise


def _load(module: str) -> None:
    importlib.import_module(module)


def end_processes() -> None:
    """End the processes that wait for more, for which the interpreter would wait at its end."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)
