"""What a run leaves on disk, and reading it back."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import SGDRegressor
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.by_event import Predictions
from clsim.runs.files import parse_yaml
from clsim.runs.run import Runs
from clsim.runs.schema import KINDS
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.logging import Sample
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded
from helpers.tables import Table, two_clouds

TICKS = ["tick", "start", "end", "slice", "n", "answered", "errors", "loss", "score", "observed_n",
         "observed_score", "model"]  # fmt: skip
EVENTS = ["tick", "time", "kind", "reason", "model", "parent", "rows", "labels", "duration",
          "seconds", "accepted", "detail"]  # fmt: skip
CONFUSION = ["tick", "slice", "y_true", "y_pred", "n"]
PREDICTIONS = ["id", "tick", "time", "label_time", "slice", "y_true", "y_pred", "model"]


class Shy(BaseEstimator):
    """Answers with the mean target, and with nothing where the first feature is negative."""

    def fit(self, X, y):
        self.mean_ = y.mean()
        return self

    def predict(self, X):
        return np.where(X[:, 0] < 0, np.nan, self.mean_)


def words():
    rng = np.random.default_rng(1)
    return pd.DataFrame({
        "at": pd.date_range("2024-01-01", periods=300, freq="6h"),
        "x": rng.normal(size=300), "size": rng.choice(["big", "small"], 300),
        "bought": rng.choice(["no", "yes"], 300),
        "known": pd.date_range("2024-01-02", periods=300, freq="6h").where(rng.random(300) < 0.8),
    })  # fmt: skip


class OfFrame(GaussianNB):
    def _only(self, X):
        return X[["x"]].to_numpy()

    def fit(self, X, y):
        return super().fit(self._only(X), y)

    def predict(self, X):
        return super().predict(self._only(X))

    def predict_proba(self, X):
        return super().predict_proba(self._only(X))


def a_run(kind):
    gate = ChampionChallenger(20, min_rows=10)
    strategy = Strategy(Periodic(2), SlidingWindow(60), None, gate)
    setting = {"tick": 10, "warmup": 50, "record": "events", "learner": GaussianNB()}
    if kind == "words in time, with slices":
        strategy = Strategy(Periodic("4d"), SlidingWindow("20d"), Stateless("1d"), gate)
        stream = Recorded(words(), "bought", time="at", label_time="known", slices="size")
        setting |= {"tick": "2d", "warmup": "10d", "learner": OfFrame()}
    elif kind == "rows":
        stream = two_clouds(200)
    elif kind == "rows, no warm-up, labels missing":
        stream = two_clouds(200, label_time=[t + 7 if t % 3 else None for t in range(200)])
        setting["warmup"] = 0
    elif kind == "regression":
        X = np.random.default_rng(0).normal(size=(200, 2))
        stream = Table(X, X[:, 0], classes=())
        setting["learner"] = SGDRegressor()
    elif kind == "regression, unanswered":
        X = np.random.default_rng(0).normal(size=(200, 2))
        stream = Table(X, X[:, 0], classes=())
        setting["learner"] = Shy()
    elif kind == "truth of two kinds":
        stream = Table(np.zeros((90, 2)), [False, True] * 45, classes=(False, True))
    elif kind == "few events are kept":
        strategy = Strategy(Periodic(2), SlidingWindow(60), logging=Sample(0.1))
        stream = two_clouds(200)
    return clsim.replay(stream, {"it": strategy}, **setting)["it"]


KINDS_OF_RUNS = [
    "words in time, with slices", "rows", "rows, no warm-up, labels missing", "regression",
    "regression, unanswered", "truth of two kinds", "few events are kept",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS_OF_RUNS)
def test_round_trip(kind, tmp_path, monkeypatch):
    """Tables of all events are written in pieces of seven events, and compared as a whole."""
    monkeypatch.setattr("clsim.runs.pieces.ROWS", 7)
    run = a_run(kind)
    run.config = {"seed": 3, "strategy": {"name": "it"}}
    again = clsim.load(run.save(tmp_path / "run"))
    kept = ["logged"] if run.info.sampled else []
    assert list(run.ticks) == list(again.ticks) == [*TICKS, *kept]
    assert list(run.events) == list(again.events) == EVENTS
    chances = [f"p_{label}" for label in run.info.classes if run.info.probabilities]
    assert list(run.predictions) == list(again.predictions) == [*PREDICTIONS, *chances]
    assert (run.confusion is None) == (again.confusion is None) == kind.startswith("regression")
    for name in ("ticks", "events", "confusion", "predictions", "seen"):
        left, right = getattr(run, name), getattr(again, name)
        if left is None:
            continue
        assert len(left) == len(right)
        for column in left:
            missing = left[column].isna()
            assert missing.tolist() == right[column].isna().tolist(), column
            values = (frame.loc[~missing, column].tolist() for frame in (left, right))
            assert next(values) == next(values), column
    assert again.config == run.config
    assert again.totals == pytest.approx(run.totals, nan_ok=True)
    assert again.score == run.score
    assert not list((tmp_path / "run").glob(".*")), "temporary files are renamed"
    groups = pq.read_metadata(tmp_path / "run" / "predictions.parquet").num_row_groups
    assert groups == -(-len(run.predictions) // 7)


def test_what_cannot_be_written_to_its_end_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("clsim.runs.pieces.ROWS", 50)
    run, made = a_run("rows"), Predictions.__call__

    def full(self, places):
        if places.start == 100:
            raise OSError("No space left on device")
        return made(self, places)

    monkeypatch.setattr(Predictions, "__call__", full)
    with pytest.raises(OSError, match="No space left"):
        run.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"ticks.parquet", "events.parquet"}
    monkeypatch.undo()
    assert len(clsim.load(run.save(tmp_path)).predictions) == 150


def test_a_run_that_is_sent_to_another_process_has_all_its_tables():
    run = a_run("rows")
    other = pickle.loads(pickle.dumps(run))
    for name in ("predictions", "seen"):
        pd.testing.assert_frame_equal(getattr(other, name), getattr(run, name))


@pytest.mark.parametrize("kind", KINDS_OF_RUNS)
def test_what_is_in_the_tables(kind):
    run = a_run(kind)
    assert set(run.events["kind"]) <= set(KINDS)
    assert (run.ticks["slice"] == "all").sum() == run.ticks["tick"].nunique()
    assert run.ticks["tick"].is_monotonic_increasing
    assert run.events["tick"].is_monotonic_increasing
    whole = run.ticks[run.ticks["slice"] == "all"]
    assert (whole["start"][1:].to_numpy() == whole["end"][:-1].to_numpy()).all()
    starts = dict(zip(whole["tick"], whole["start"], strict=True))
    later = run.events[run.events["tick"] >= 0]
    assert [starts[t] for t in later["tick"]] == later["time"].tolist()


def test_types_on_disk(tmp_path):
    folder = a_run("words in time, with slices").save(tmp_path / "timed")
    types = {f.name: str(f.type) for f in pq.read_schema(folder / "ticks.parquet")}
    assert types["start"] == types["end"] == "timestamp[us]"
    assert (types["n"], types["errors"], types["model"]) == ("int64", "int64", "int32")
    types = {f.name: str(f.type) for f in pq.read_schema(folder / "events.parquet")}
    assert (types["time"], types["duration"]) == ("timestamp[us]", "duration[us]")
    assert (types["accepted"], types["detail"]) == ("bool", "string")
    types = {f.name: str(f.type) for f in pq.read_schema(folder / "confusion.parquet")}
    assert types["y_true"] == types["y_pred"] == "string"
    folder = a_run("rows").save(tmp_path / "rows")
    types = {f.name: str(f.type) for f in pq.read_schema(folder / "ticks.parquet")}
    assert types["start"] == types["end"] == "int64"
    info = json.loads((folder / "run.json").read_text())
    assert info["schema_version"] == 7
    assert info["seed"] == 0
    assert info["totals"]["n"] == 150
    assert {"clsim", "numpy", "scikit-learn"} <= set(info["versions"])
    assert info["made"]["wall_seconds"] > 0


def test_ticks_alone_leave_no_predictions(tmp_path):
    run = clsim.replay(two_clouds(90), {"it": Strategy(Periodic(2))}, learner=GaussianNB(), tick=10,
                       warmup=20)["it"]  # fmt: skip
    assert run.predictions is None
    folder = run.save(tmp_path)
    assert not (folder / "predictions.parquet").exists()
    assert clsim.load(folder).predictions is None


def test_a_file_in_the_way_of_a_run_or_a_report_is_refused(tmp_path):
    run = clsim.replay(two_clouds(200), {"two": Strategy(Periodic(2))}, tick=10, warmup=50,
                       learner=GaussianNB())["two"]  # fmt: skip
    place = run.save(tmp_path / "it")
    with pytest.raises(FileExistsError, match="done"):
        run.save(place / "done")
    with pytest.raises(ValueError, match=r"to='.*done': a file, where the folder of a report"):
        clsim.write_report({"two": run}, to=place / "done", n_jobs=1)


def test_done_is_written_last_and_a_run_without_it_does_not_count(tmp_path):
    run = a_run("rows")
    folder = run.save(tmp_path / "one")
    (folder / "done").unlink()
    with pytest.raises(ValueError, match=r"one': a run without its 'done' file: .*run it again"):
        clsim.load(folder)
    with pytest.raises(ValueError, match=r"no finished run of clsim in it \(1 unfinished\)"):
        clsim.load(tmp_path)
    run.config = {"name": "two", "trigger": {"every": 2}, "list": [1, None]}
    run.save(tmp_path / "two")
    runs = clsim.load(tmp_path)
    assert isinstance(runs, Runs)
    assert (list(runs.runs), runs.unfinished) == (["two"], ["one"])
    assert set(runs.ticks["run"]) == set(runs.events["run"]) == {"two"}
    (row,) = runs.table.to_dict("records")
    assert (row["name"], row["trigger.every"], row["list.0"], row["n"]) == ("two", 2, 1, 150)
    runs.save_table(tmp_path)
    assert pd.read_parquet(tmp_path / "runs.parquet")["run"].tolist() == ["two"]


@pytest.mark.parametrize(("break_it", "message"), [
    (lambda f: None, r"no finished run of clsim in it"),
    (lambda f: f.rmdir(), r"no such folder"),
])  # fmt: skip
def test_folders_without_runs_are_refused(tmp_path, break_it, message):
    folder = tmp_path / "nothing"
    folder.mkdir()
    break_it(folder)
    with pytest.raises(ValueError, match=message):
        clsim.load(folder)


def test_runs_of_another_schema_or_with_lost_files_are_refused(tmp_path):
    folder = a_run("rows").save(tmp_path)
    (folder / "events.parquet").unlink()
    with pytest.raises(ValueError, match=r"events\.parquet: missing; run it again"):
        clsim.load(folder)
    info = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**info, "schema_version": 99}))
    with pytest.raises(ValueError, match=r"schema version 99, this clsim reads 7; run it again"):
        clsim.load(folder)


def test_loading_imports_no_class_that_a_configuration_names(tmp_path):
    (tmp_path / "evil_module.py").write_text("raise SystemExit('imported')")
    run = a_run("rows")
    run.config = {"learner": {"_target_": "evil_module.Learner"}}
    folder = run.save(tmp_path / "run")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import clsim; "
        f"run = clsim.load({str(folder)!r}); assert run.config['learner']['_target_']; "
        "print(*sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"evil_module", "sklearn", "river", "hydra"} & set(out.stdout.split())


def test_loading_constructs_no_objects_from_yaml(tmp_path):
    text = "a: !!python/object/apply:os.getcwd []\n"
    with pytest.raises(ValueError, match=r"config\.yaml: .*could not determine a constructor"):
        parse_yaml(text.encode(), tmp_path / "config.yaml")
