"""What becomes of a sweep's replays where some fail, kill their worker, or are another's."""

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import clsim
from clsim.parallel import Ended, Here
from clsim.protocols import Trigger
from clsim.runs.reading import is_done
from clsim.sweep.afar import check_cluster
from clsim.sweep.dry import dry
from clsim.sweep.jobs import Group, groups, split
from clsim.sweep.replays import Failure, replay_group, replay_missing
from test_app import config

WORLD = ("learner=naive_bayes", "stream.n=1460", "stream.rate=4/d")


class Deadly(Here):
    """Workers that die of a job, as long as they have it."""

    def __init__(self, deadly):
        self.deadly, self.begun = str(deadly), []

    def begin(self, piece):
        self.begun.append([folder[-1] for folder in piece.arguments[1]])
        dies = self.deadly in piece.arguments[1]
        return super().begin(piece if not dies else type(piece)(lambda: None, (), piece.alone))

    def ended(self, done):
        ended = super().ended(done)
        return Ended(died="it was killed") if self.deadly[-1] in self.begun[-1] else ended


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.slow
def test_a_job_that_kills_its_workers_takes_no_other_with_it(tmp_path, shared):
    configs = [config(f"strategy={name}", *WORLD) for name in ("never", "weekly", "daily")]
    configs.append(config("strategy=never", "seed=1", *WORLD))
    folders = [tmp_path / str(i) for i in range(4)]
    workers = Deadly(folders[1])
    failures = replay_missing(groups(configs, folders), workers, shared)
    assert workers.begun == [["0", "1", "2"], ["3"], ["0", "1", "2"], ["0"], ["1"], ["2"]]
    assert failures == {folders[1]: Failure("it was killed")}
    assert [is_done(folder) for folder in folders] == [True, False, True, True]
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {".claims"}
    assert clsim.load(folders[2]).totals["retrainings"] > 0


class Rude(Trigger):
    """Does to its process what a part may not."""

    def fires(self, view):
        os.chdir("/")
        os.environ["LEFT_BEHIND"] = "by a trigger"
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        print("a word")
        if view.tick == 3 and os.fork() == 0:
            raise SystemExit  # the child would go on as its parent does
        return None


def test_what_a_part_does_to_its_process_is_undone(tmp_path):
    plain = [config(f"strategy={name}", *WORLD) for name in ("never", "weekly", "never")]
    rude = {**plain[2]["strategy"], "trigger": {"_target_": "test_replays.Rude"}, "name": "rude"}
    configs = [plain[0], {**plain[2], "strategy": rude}, plain[1]]
    folders = [tmp_path / name for name in ("never", "rude", "weekly")]
    before = os.getcwd(), dict(os.environ), random.getstate()
    assert replay_group(configs, [str(folder) for folder in folders]) is None
    assert (os.getcwd(), dict(os.environ), random.getstate()) == before
    assert os.wait()[1] == 0
    assert all(map(is_done, folders))
    alone = tmp_path / "alone"
    assert replay_group([plain[1]], [str(alone)]) is None
    assert (alone / "ticks.parquet").read_bytes() == (folders[2] / "ticks.parquet").read_bytes()


def group_of(*strategies):
    """A group of jobs: (trigger, its parameters, dataset) of each."""
    configs = [
        {"strategy": {"trigger": {"_target_": f"clsim.strategy.triggers.{name}", **given},
                      "dataset": dataset}, "seed": 0}
        for name, given, dataset in strategies
    ]  # fmt: skip
    return Group(configs, [Path(str(i)) for i in range(len(configs))])


def test_large_groups_are_split_between_jobs_that_share_no_training():
    calendars = [("Periodic", {"every": k}, "all") for k in range(1, 13)]
    of_window = [("Periodic", {"every": k}, "window") for k in range(1, 9)]
    looking = [("Drift", {"delta": k}, "all") for k in range(1, 9)]
    mixed, alike = group_of(*calendars, *looking, *of_window), group_of(*calendars * 3)
    assert [len(part.folders) for part in split([mixed], 2)] == [14, 14]
    for part in split([mixed], 2):
        datasets = [c["strategy"]["dataset"] for c in part.configs
                    if "Periodic" in c["strategy"]["trigger"]["_target_"]]  # fmt: skip
        assert datasets.count("all") in (0, 12)
        assert datasets.count("window") in (0, 8)
    assert split([mixed], 1) == [mixed]
    assert split([mixed, alike], 2) == [mixed, alike]
    assert split([alike], 4) == [alike]  # the same trainings
    assert len(split([group_of(*looking, *of_window[:4])], 4)) == 1  # too small
    folders = [folder for part in split([mixed], 9) for folder in part.folders]
    assert sorted(folders, key=lambda f: int(f.name)) == mixed.folders


def test_what_a_sweep_would_do_is_said_and_nothing_is_written(tmp_path):
    configs = [config(f"strategy={name}", *WORLD) for name in ("never", "weekly")]
    folders = [tmp_path / name for name in ("0", "1")]
    assert "would say how long it may take" in dry(configs, folders, tmp_path)
    assert list(tmp_path.iterdir()) == []
    replay_group(configs[:1], [str(folders[0])])
    before = sorted(tmp_path.rglob("*"))
    said = dry(configs, folders, tmp_path)
    assert said.startswith("2 runs, of which 1 are done and 1 would be made\n  together: every 7d")
    assert "s each that 1 runs took" in said
    assert sorted(tmp_path.rglob("*")) == before


HOLDS = """
import sys
from pathlib import Path
from clsim.runs.locks import Claims
claims = Claims(Path(sys.argv[1]))
print(*claims.take(["1"]), flush=True)
sys.stdin.read()
"""


def test_what_another_process_makes_is_left_to_it_and_made_if_it_gives_up(tmp_path, capsys):
    configs = [config(f"strategy={name}", *WORLD) for name in ("never", "weekly")]
    folders = [tmp_path / str(i) for i in range(2)]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"1\n"
        workers = Deadly("")

        class GivesUp(Here):
            def begin(self, piece):
                workers.begun.append([folder[-1] for folder in piece.arguments[1]])
                if not other.stdin.closed:
                    other.stdin.close()
                    other.wait()
                return super().begin(piece)

        assert replay_missing(groups(configs, folders), GivesUp(), True) == {}
    assert workers.begun == [["0"], ["1"]]
    assert "waiting for 1 runs of another process" in capsys.readouterr().err
    assert all(map(is_done, folders))


@pytest.mark.parametrize(("said", "why"), [
    ({"versions": {"numpy": "1.0"}}, "worker w has numpy 1.0, and here it is"),
    ({"files": [{}]}, "worker w does not see .*own.csv as it is here"),
])  # fmt: skip
def test_workers_elsewhere_have_the_same_libraries_and_files(tmp_path, said, why):
    (tmp_path / "own.csv").write_text("a,y\n")
    own = {"stream": {"_target_": "clsim.streams.Recorded",
                      "data": str(tmp_path / "own.csv")}}  # fmt: skip

    class Other:
        def __init__(self, said):
            self.said = said

        def everywhere(self, do, *arguments):
            here = do(*arguments)
            there = {key: {**here[key], **v} if key == "versions" else v
                     for key, v in self.said.items()}  # fmt: skip
            return {"w": {**here, **there}}

    with pytest.raises(ValueError, match=why):
        check_cluster(Other(said), tmp_path, [own])
    assert check_cluster(Other({}), tmp_path, [own]) is True
    assert check_cluster(Other({"sees": False}), tmp_path, [own]) is False
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]
