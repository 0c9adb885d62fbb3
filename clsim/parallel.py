"""Where pieces of work are done: in processes here, in this one, or by workers of a Dask cluster.

A piece is done by one worker, from what it is told to its end. A worker that dies takes its piece
with it and nothing else; another takes its place.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from clsim.errors import check_choice
from clsim.processes import check_processes, process_count

BACKENDS = ("loky", "dask", "threading")
"""Processes of this machine; workers of a cluster; this process, one piece after the other."""

INNER = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Piece:
    """A piece of work.

    Attributes
    ----------
    do : callable
        Found by its name where it is done; it raises nothing, and gives what can be pickled.
    arguments : tuple
        Which can be pickled.
    alone : bool, default=False
        Whether nothing else is done meanwhile, as where memory did not suffice.
    of : object
        What the work is about, for whoever asked for it.
    """

    do: Callable[..., Any]
    arguments: tuple[Any, ...]
    alone: bool = False
    of: Any = None


@dataclass(frozen=True)
class Ended:
    """How a piece of work ended.

    Attributes
    ----------
    value : object
        What it gave.
    died : str or None
        How the worker ended that did it; None: it did not.
    late : bool
        Whether it was ended since it took too long.
    """

    value: Any = None
    died: str | None = None
    late: bool = False


class Workers(ABC):
    """Who does pieces of work."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many pieces are done at a time."""

    @abstractmethod
    def begin(self, piece: Piece) -> Future[Any]:
        """Hand over a piece; there are never more of them under way than `size` says."""

    @abstractmethod
    def ended(self, done: Future[Any]) -> Ended:
        """How a piece ended."""

    def finished(self, under_way: Collection[Future[Any]], seconds: float) -> set[Future[Any]]:
        """Those that have ended, after so many seconds at the latest."""
        return wait(under_way, timeout=seconds, return_when=FIRST_COMPLETED).done

    @abstractmethod
    def close(self, at_once: bool) -> None:
        """Let the workers go; at once: whatever they do."""


class Here(Workers):
    """This process, which does one piece after the other.

    Threads beside each other would mix up what belongs to a process: its random state, its
    warnings and its number of inner threads.
    """

    size = 1

    def begin(self, piece: Piece) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(piece.do(*piece.arguments))
        return done

    def ended(self, done: Future[Any]) -> Ended:
        return Ended(done.result())

    def close(self, at_once: bool) -> None:
        pass


class Processes(Workers):
    """Processes of this machine, each with an executor of its own, so that one may die alone.

    Parameters
    ----------
    n : int
    """

    def __init__(self, n: int) -> None:
        from joblib import cpu_count

        inner = str(max(1, cpu_count() // n))
        self._env = {name: os.environ.get(name, inner) for name in INNER}
        self._free: list[Any] = [None] * n
        self._of: dict[Future[Any], Any] = {}
        self._n = n

    @property
    def size(self) -> int:
        return self._n

    def begin(self, piece: Piece) -> Future[Any]:
        executor = self._free.pop() or self._executor()
        begun: Future[Any] = executor.submit(piece.do, *piece.arguments)
        self._of[begun] = executor
        return begun

    def _executor(self) -> Any:
        from joblib.externals.loky.process_executor import ProcessPoolExecutor

        return ProcessPoolExecutor(
            1, env=self._env, initializer=end_with_parent, initargs=(os.getpid(),)
        )

    def ended(self, done: Future[Any]) -> Ended:
        from concurrent.futures.process import BrokenProcessPool

        executor = self._of.pop(done)
        try:
            ended = Ended(done.result())
        except BrokenProcessPool as error:
            executor.shutdown(wait=False, kill_workers=True)
            self._free.append(None)
            return Ended(died=how_it_died(str(error)))
        except Exception as error:  # what is asked, or what comes of it, cannot be pickled
            ended = Ended(died=f"{type(error).__name__}: {error}")
        self._free.append(executor)
        return ended

    def close(self, at_once: bool) -> None:
        for executor in [*filter(None, self._free), *self._of.values()]:
            executor.shutdown(wait=at_once, kill_workers=at_once)


class Apart:
    """One process in which calls are made that can be ended, whatever they do.

    Parameters
    ----------
    ready : object
        What it unpickles first, so that what that imports takes no call's time.
    memory : int or None
        Bytes that it may take beyond what it has then.
    """

    EVERY = 10
    """Seconds after which it is said again that a call is waited for."""

    def __init__(self, ready: Any, memory: int | None) -> None:
        self._ready, self._memory = ready, memory
        self._executor: Any = None

    def _begun(self) -> Any:
        from joblib.externals.loky.process_executor import ProcessPoolExecutor

        if self._executor is None:
            one = dict.fromkeys(INNER, "1")
            self._executor = ProcessPoolExecutor(
                1, env=one, initializer=end_with_parent, initargs=(os.getpid(),)
            )
            self._executor.submit(take_no_more, self._memory, self._ready).result()
        return self._executor

    def call(
        self,
        do: Callable[..., Any],
        arguments: tuple[Any, ...],
        seconds: float | None,
        waits: Callable[[float], None],
    ) -> Ended:
        """Make a call; after so many seconds end it.

        Parameters
        ----------
        do : callable
        arguments : tuple
        seconds : float or None
        waits : callable
            Told now and then for how many seconds it has been waited for.

        Raises
        ------
        Exception
            Whatever the call raises.
        """
        from concurrent.futures.process import BrokenProcessPool

        begun, begin = self._begun().submit(do, *arguments), time.monotonic()
        left = float("inf") if seconds is None else seconds
        while not wait([begun], timeout=min(self.EVERY, max(0, left))).done:
            took = time.monotonic() - begin
            left = float("inf") if seconds is None else seconds - took
            if left <= 0:
                self.close(at_once=True)
                return Ended(late=True)
            waits(took)
        try:
            return Ended(begun.result())
        except BrokenProcessPool as error:
            self.close(at_once=True)
            return Ended(died=how_it_died(str(error)))

    def close(self, at_once: bool) -> None:
        """End the process; the next call begins another."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=at_once)
            self._executor = None


def take_no_more(memory: int | None, ready: Any) -> None:
    """Let this process take so many bytes more than it has taken by now."""
    import resource

    if memory is not None:
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, resource.RLIM_INFINITY))


class Cluster(Workers):
    """The workers of a Dask cluster; the scheduler replaces and retries on its own, too.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Any) -> None:
        self.client, self._home = client, os.getcwd()

    @property
    def size(self) -> int:
        return max(1, sum(self.client.nthreads().values()))

    def begin(self, piece: Piece) -> Future[Any]:
        return self.client.submit(do_at, self._home, piece.do, *piece.arguments, pure=False)

    def everywhere(self, do: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        """What each worker that is there gives, by its address.

        Raises
        ------
        ValueError
            If one cannot do it.
        """
        try:
            return self.client.run(do_at, self._home, do, *arguments)
        except Exception as error:  # such as a worker without clsim
            raise ValueError(
                f"hydra.launcher.address: a worker cannot do its work: {type(error).__name__}: "
                f"{error}"
            ) from error

    def finished(self, under_way: Collection[Future[Any]], seconds: float) -> set[Future[Any]]:
        from distributed import wait

        try:
            return set(wait(list(under_way), seconds, "FIRST_COMPLETED").done)
        except TimeoutError:
            return set()

    def ended(self, done: Future[Any]) -> Ended:
        from distributed.scheduler import KilledWorker

        try:
            return Ended(done.result())
        except KilledWorker as error:
            return Ended(died=f"workers that did it died, the last of them {error.last_worker}")
        except Exception as error:  # as above
            return Ended(died=f"{type(error).__name__}: {error}")

    def close(self, at_once: bool) -> None:
        if at_once:
            self.client.cancel(list(self.client.futures))
        self.client.close()


def how_it_died(said: str) -> str:
    """How a process ended, out of what its executor says of it.

    >>> how_it_died("The exit codes of the workers are {SIGKILL(-9)}")
    'its process was ended by SIGKILL, which is what happens where memory runs out'
    >>> how_it_died("The exit codes of the workers are {EXIT(3)}")
    'its process ended with code 3'
    """
    found = re.search(r"\{(\w+)\((-?\d+)\)", said)
    if found is None:
        return "its process ended: " + " ".join(said.split())
    if found[1] == "EXIT":
        return f"its process ended with code {found[2]}"
    often = {"SIGKILL": ", which is what happens where memory runs out"}
    return f"its process was ended by {found[1]}{often.get(found[1], '')}"


def do_at(home: str, do: Callable[..., Any], *arguments: Any) -> Any:
    """Do something where files and modules are found as in another process, if it shares a disk."""
    if os.path.isdir(home):
        os.chdir(home)
        if home not in sys.path:
            sys.path.append(home)
    return do(*arguments)


def end_with_parent(parent: int) -> None:
    """Let this process end soon after its parent, which may be killed and say nothing."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def spread(
    workers: Workers,
    pieces: Iterable[Piece],
    again: Callable[[Piece, Ended], Sequence[Piece]],
    watch: Callable[[Collection[Piece]], None],
) -> Iterator[tuple[Piece, Ended]]:
    """Have all pieces done; each with how it ended, in the order in which they do.

    Parameters
    ----------
    workers : Workers
    pieces : iterable of Piece
        None of them alone. Each is asked for when there is a worker for it.
    again : callable
        What is to be done instead of a piece that ended so, at the end if it is alone; nothing: it
        has ended.
    watch : callable
        Told what is under way, about every second.
    """
    to_come, queue, alone = iter(pieces), deque[Piece](), deque[Piece]()
    under_way: dict[Future[Any], Piece] = {}
    while True:
        while len(under_way) < workers.size:
            following = queue.popleft() if queue else next(to_come, None)
            if following is None and alone and not under_way:
                following = alone.popleft()
            if following is None:
                break
            under_way[workers.begin(following)] = following
            if following.alone:
                break
        if not under_way:
            return
        for done in workers.finished(under_way, seconds=1):
            piece, ended = under_way.pop(done), workers.ended(done)
            more = again(piece, ended)
            for one in more:
                (alone if one.alone else queue).append(one)
            if not more:
                yield piece, ended
        watch(under_way.values())


def check_workers(backend: str, n_jobs: Any, address: Any) -> None:
    """Refuse a choice of workers that cannot be.

    Raises
    ------
    TypeError, ValueError
    """
    check_choice("hydra.launcher.backend", backend, BACKENDS)
    check_processes(n_jobs, "hydra.launcher.n_jobs")
    if address is not None and backend != "dask":
        raise ValueError(
            f"hydra.launcher.address={address!r}: only for hydra.launcher.backend=dask"
        )


@contextmanager
def workers_of(backend: str, n_jobs: int, address: str | None, most: int) -> Iterator[Workers]:
    """Workers, until the block ends; where it is left by an exception, they end at once.

    Parameters
    ----------
    backend : {'loky', 'dask', 'threading'}
    n_jobs : int
        Processes of this machine; -1: one per core. A cluster elsewhere has its own number.
    address : str or None
        Of a Dask scheduler, or the path of its file; None: a cluster on this machine.
    most : int
        How many pieces there are: more processes are of no use.

    Raises
    ------
    ValueError
        If nobody answers at the address, or Dask is not installed.
    """
    n = min(process_count(n_jobs), max(1, most))
    if backend == "dask":
        workers: Workers = Cluster(client_of(address, n))
    else:
        workers = Here() if backend == "threading" or n == 1 else Processes(n)
    try:
        yield workers
    except BaseException:  # nobody waits for what is interrupted
        workers.close(at_once=True)
        raise
    workers.close(at_once=False)


def client_of(address: str | None, n: int) -> Any:
    """Who speaks to a Dask cluster.

    Raises
    ------
    ValueError
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError(
            "hydra.launcher.backend=dask: Dask is not installed; pip install 'clsim[dask]'"
        ) from error
    logging.getLogger("distributed").setLevel(logging.WARNING)
    if address is None:
        return Client(n_workers=n, threads_per_worker=1, dashboard_address=None)
    where = {"scheduler_file": address} if os.path.exists(address) else {"address": address}
    try:
        client = Client(**where, timeout=10)
        client.wait_for_workers(1, timeout=60)
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(
            f"hydra.launcher.address={address!r}: no scheduler with a worker answers there "
            f"({type(error).__name__}: {' '.join(str(error).split())})"
        ) from error
    return client
