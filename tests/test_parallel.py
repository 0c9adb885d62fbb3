"""Work goes on when a worker dies, and who wants the same waits or does something else."""

import os
import subprocess
import sys

import pytest

from clsim.parallel import Here, Piece, Processes, check_workers, spread, workers_of
from clsim.runs.files import LEFTOVER, clear_leftovers, write_text
from clsim.runs.locks import Claims, locked
from clsim.sweep.replays import Failure, replay_group
from helpers.processes import alive, left, with_helpers
from helpers.tasks import leave, once, told


def no_more(piece, ended):
    return []


def again(piece, ended):
    once_more = ended.died is not None and not piece.alone
    return [Piece(piece.do, piece.arguments, alone=True)] if once_more else []


def silent(under_way):
    pass


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_the_others_go_on(tmp_path):
    pieces = [Piece(told, (i,)) for i in range(6)]
    pieces[1:1] = [Piece(once, ("late", str(tmp_path / "marker"))), Piece(leave, (3,))]
    workers = Processes(2)
    try:
        done = list(spread(workers, pieces, again, silent))
    finally:
        workers.close(at_once=True)
    died = [ended.died for _, ended in done if ended.died]
    values = [ended.value for _, ended in done if not ended.died]
    assert died == ["its process ended with code 3"]
    assert values[-1] == "late"  # the second time, when nothing else is under way
    told_of, pids = zip(*values[:-1], strict=True)
    assert sorted(told_of) == list(range(6))
    assert not left(set(pids))


ENDLESS = """
import os, threading, time
from clsim.parallel import Piece, Processes, spread
from helpers.tasks import told, wait
workers = Processes(2)
said = spread(workers, [Piece(told, (i,)) for i in range(4)], lambda *_: [], lambda _: None)
print(*{ended.value[1] for _, ended in said}, flush=True)
list(spread(workers, [Piece(wait, ())] * 2, lambda *_: [], lambda _: print("on", flush=True)))
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_workers_end_when_their_parent_is_killed():
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=with_helpers(),
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert parent.stdout.readline() == b"on\n"
        assert alive(pids) == pids
        parent.kill()
    assert len(pids) == 2
    assert not left(pids, seconds=20)


class Two(Here):
    """Two at a time, of which the one that began first ends first; notes who is beside whom."""

    size = 2

    def __init__(self):
        self.now, self.beside = {}, []

    def begin(self, piece):
        begun = super().begin(piece)
        self.now[begun] = piece.of
        self.beside.append(list(self.now.values()))
        return begun

    def finished(self, under_way, seconds):
        return {next(iter(under_way))}

    def ended(self, done):
        del self.now[done]
        return super().ended(done)


def test_what_is_alone_begins_when_nothing_else_is_under_way():
    def tried_again(piece, ended):
        return [Piece(len, ("",), alone=True, of=-piece.of)] if piece.of in (1, 4) else []

    workers, pieces = Two(), [Piece(len, ("",), of=n) for n in range(1, 6)]
    done = [piece.of for piece, _ in spread(workers, pieces, tried_again, silent)]
    assert done == [2, 3, 5, -1, -4]
    assert workers.beside == [[1], [1, 2], [2, 3], [3, 4], [4, 5], [-1], [-4]]


@pytest.mark.parametrize(("given", "why"), [
    (("locky", 1, None), "did you mean 'loky'"),
    (("loky", 0, None), "n_jobs=0: expected a number of processes"),
    (("loky", 1.5, None), "n_jobs"),
    (("loky", 1, "tcp://1.2.3.4:5"), "only for hydra.launcher.backend=dask"),
])  # fmt: skip
def test_workers_that_cannot_be_are_refused(given, why):
    with pytest.raises((TypeError, ValueError), match=why):
        check_workers(*given)


def test_one_piece_needs_no_process():
    for backend, n_jobs, most in (("loky", 2, 1), ("loky", 1, 9), ("threading", 2, 9)):
        with workers_of(backend, n_jobs, None, most) as workers:
            ((_, ended),) = spread(workers, [Piece(told, (1,))], no_more, silent)
            assert ended.value == (1, os.getpid())


class Odd(Exception):
    def __str__(self):
        raise RuntimeError("what is raised cannot be printed")


@pytest.mark.parametrize(("error", "reason", "traced"), [
    (ValueError("seed=x"), "seed=x", False),
    (SystemExit(4), "SystemExit: 4", True),
    (Odd(), "Odd: Odd", True),
    (OSError("\ud800"), "\\ud800", False),
])  # fmt: skip
def test_whatever_a_part_raises_is_told_as_text(error, reason, traced, monkeypatch, tmp_path):
    def breaks(configs, folders):
        raise error

    monkeypatch.setattr("clsim.sweep.replays.replay_jobs", breaks)
    failure = replay_group([{}], [str(tmp_path)])
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.trace is not None) == (reason, traced)


# files and locks -------------------------------------------------------------------------------


def test_leftovers_are_removed_and_nothing_else(tmp_path):
    kept = [".hydra", "run.json", ".notes.new", ".a.0123456789abcdeg.new", "a.0123456789abcdef.new"]
    for name in [*kept, ".run.json.0123456789abcdef.new"]:
        (tmp_path / name).write_text("")
    (tmp_path / ".link.0123456789abcdef.new").symlink_to(tmp_path / "run.json")
    clear_leftovers(tmp_path)
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {*kept, ".link.0123456789abcdef.new"}


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    write_text(tmp_path / "a", "before")

    def full(number):
        assert any(LEFTOVER.fullmatch(path.name) for path in tmp_path.iterdir())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(tmp_path / "a", "after")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "before")]


WAITS = """
import sys
from pathlib import Path
from clsim.runs.locks import Claims, locked
folder = Path(sys.argv[1])
print("begun", flush=True)
with locked(folder / ".lock", "waiting"):
    print((folder / "written").read_text(), flush=True)
claims = Claims(folder)
print(*claims.take(["a", "b", "c"]), flush=True)
print(*claims.take(["b"], wait=True), flush=True)
"""


def test_another_process_waits_for_a_lock_and_leaves_what_is_claimed(tmp_path):
    (claims := Claims(tmp_path)).take(["b"])
    with locked(tmp_path / ".lock"):
        other = subprocess.Popen(
            [sys.executable, "-c", WAITS, str(tmp_path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert other.stderr.readline() == "clsim: waiting\n"
        (tmp_path / "written").write_text("by the first")
    said = [other.stdout.readline().strip() for _ in range(3)]
    claims.release(["b"])
    assert [*said, other.stdout.read().strip()] == ["begun", "by the first", "a c", "b"]
    assert other.wait() == 0
    assert claims.take(["a", "b", "c"]) == ["a", "b", "c"]  # who ended holds nothing
    claims.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".claims", "written"]
