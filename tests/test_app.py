"""The command: what it runs, what it refuses, and what it must not import."""

import re
import signal
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import MissingConfigException

import clsim
from clsim.report.folder import FOLDERS, MANIFEST, MEMO, PAGE
from clsim.runs.reading import is_done
from clsim.sweep import app
from clsim.sweep.app import CONF, KNOWN, complete, resolved
from clsim.sweep.remedies import remedy
from helpers.commands import MAIN, command, start
from helpers.in_frames import missing
from helpers.processes import children, left

HEAVY = ("numpy", "pandas", "pyarrow", "sklearn", "river", "scipy", "matplotlib", "joblib", "tqdm")


def config(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return resolved(compose("config", list(overrides), return_hydra_config=False))


@pytest.mark.slow
def test_help_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; sys.argv = ['clsim', '--help']\n"
        "from clsim.sweep.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "strategy: " in done.stdout
    assert "LOADED []" in done.stdout


@pytest.mark.slow
def test_a_single_job_and_its_folder(tmp_path):
    first = start("strategy=periodic", "strategy.trigger.every=14d", "delay=constant", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "every 14d: score 0." in first.stdout
    (folder,) = (tmp_path / "clsim-runs" / "unnamed").iterdir()
    assert {p.name for p in folder.glob("[!.]*")} >= {
        "config.yaml", "run.json", "ticks.parquet", "confusion.parquet", "events.parquet", "done",
    }  # fmt: skip
    run = clsim.load(folder)
    assert run.config["strategy"]["trigger"]["every"] == "14d"
    written = (folder / "ticks.parquet").stat().st_mtime_ns
    again = command(
        "strategy=periodic", "strategy.trigger.every=14d", "delay=constant",
        "prices.retraining=7", cwd=tmp_path,
    )  # fmt: skip
    assert again.returncode == 0
    assert (folder / "ticks.parquet").stat().st_mtime_ns == written  # done, so not replayed
    cost = run.totals["loss"] + 7 * run.totals["retrainings"]
    assert f"total cost {cost:,.0f}" in again.stdout


def assert_a_quickstart(done, folder, seeds):
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(folder / "runs.parquet")
    assert table["strategy.name"].nunique() == 9
    assert set(table.groupby("strategy.name").size()) == {seeds}
    assert (folder / "report.html").exists()
    figures = list((folder / "figures").glob("*.pdf"))
    assert figures
    assert all(figure.read_bytes().startswith(b"%PDF") for figure in figures)
    assert list((folder / "tables").glob("*.csv"))
    assert f"{9 * seeds} of {9 * seeds} runs" in done.stderr
    assert str(folder / "report.html") in done.stdout
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert missing(page, clsim.findings(folder)) == []
    means = table.groupby("strategy.name")["score"].mean()
    assert means["every 1d"] > means["never"] + 0.1


def test_no_arguments_mean_the_quickstart(monkeypatch):
    ran = []
    monkeypatch.setattr(sys, "argv", ["clsim"])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(app, "run", lambda: ran.append(sys.argv[1:]))
    app.main()
    assert ran == [["+experiment=quickstart"]]


@pytest.mark.slow
def test_the_quickstart_makes_its_runs_and_its_report(tmp_path):
    """With a quarter of its events, fewer seeds, and no tables of hindsight."""
    words = ("+experiment=quickstart", "seed=0,1", "stream.n=4380", "stream.rate=12/d",
             "hindsight=false", "hydra.launcher.n_jobs=1")  # fmt: skip
    done = command(*words, cwd=tmp_path, drawn=True)
    assert_a_quickstart(done, tmp_path / "clsim-runs" / "quickstart", 2)


@pytest.mark.long
def test_no_arguments_run_the_quickstart_and_write_its_report(tmp_path):
    folder = tmp_path / "clsim-runs" / "quickstart"
    assert_a_quickstart(start(cwd=tmp_path), folder, 5)
    assert list((folder / "counterfactual").iterdir())


@pytest.mark.slow
def test_a_failure_in_one_job_loses_no_other_and_the_report_is_written(tmp_path):
    (tmp_path / "mine.py").write_text(
        "class Breaks:\n    def fires(self, view):\n        raise OSError('the line is down')\n"
    )
    broken = "strategy.trigger._target_=mine.Breaks,clsim.strategy.triggers.Never"
    done = command("-m", "strategy=never", broken, "learner=logistic", "out=r", cwd=tmp_path)
    assert done.returncode == 1
    assert "the line is down" in done.stderr
    runs = clsim.load(tmp_path / "r")
    targets = [r.config["strategy"]["trigger"]["_target_"] for r in runs.runs.values()]
    assert targets == ["clsim.strategy.triggers.Never"]
    assert len(runs.unfinished) == 1
    assert (tmp_path / "r" / "report.html").exists()
    assert "some jobs failed; report: " in done.stdout


@pytest.mark.slow
def test_a_sweep_that_was_interrupted_goes_on(tmp_path):
    arguments = ("-m", "strategy=never,weekly", "out=r")
    assert command(*arguments, cwd=tmp_path).returncode == 0
    kept, lost = sorted(p.parent for p in (tmp_path / "r").glob("*/done"))
    (lost / "done").unlink()
    before = {p: (p / "ticks.parquet").read_bytes() for p in (kept, lost)}
    stamp = (kept / "ticks.parquet").stat().st_mtime_ns
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 0
    assert "1 of 1 runs" in done.stderr
    assert (kept / "ticks.parquet").stat().st_mtime_ns == stamp
    assert {p: (p / "ticks.parquet").read_bytes() for p in (kept, lost)} == before


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(("number", "code", "why"), [
    pytest.param(
        signal.SIGINT, 130, "interrupted; the same command goes on", marks=pytest.mark.long
    ),
    (signal.SIGTERM, 143, "asked to end (SIGTERM); the same command goes on"),
])  # fmt: skip
def test_a_signal_ends_the_sweep_and_its_workers_at_once(number, code, why, tmp_path):
    # a shell's background jobs ignore interrupts, and their children with them
    ready = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {MAIN}"
    sweep = [sys.executable, "-c", ready, "-m", "strategy=never,daily", "seed=range(12)", "out=r"]
    with subprocess.Popen(sweep, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if re.search(r"[1-9]\d* of 24 runs", line):
                workers = children(process.pid)
                process.send_signal(number)
                break
        rest = process.stderr.read()
        assert process.wait(timeout=60) == code
    assert len(workers) >= 2
    assert not left(workers)
    assert why in rest
    done = [path.parent for path in tmp_path.glob("r/*/done")]
    assert 2 <= len(done) < 24
    assert all(is_done(folder) for folder in done)
    assert not (tmp_path / "r" / "report.html").exists()


@pytest.mark.slow
def test_private_configurations(tmp_path):
    (tmp_path / "mine" / "strategy").mkdir(parents=True)
    (tmp_path / "mine" / "strategy" / "fortnightly.yaml").write_text(
        "defaults: [periodic]\ntrigger: {every: 14d}\n"
    )
    done = command("-cd", "mine", "strategy=fortnightly", "--cfg", "job", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "every: 14d" in done.stdout
    own = initialize_config_dir(str(tmp_path / "mine"), version_base="1.3")
    with own, pytest.raises(MissingConfigException) as refused:
        compose(overrides=["+strategy=fortnigtly"])
    assert remedy(refused.value, [], CONF) == "Did you mean 'fortnightly'?"
    given = ["-cd", str(tmp_path / "mine"), "strategy=fortnightly", "strategy.trigger.evry=3d"]
    told = ValueError("Could not override 'strategy.trigger.evry'.")
    assert remedy(told, given, CONF) == "Did you mean 'every'?"


def test_a_sweep_goes_on_beside_what_reports_wrote():
    assert all(KNOWN.fullmatch(name) for name in (PAGE, MEMO, MANIFEST, *FOLDERS))


@pytest.mark.slow
def test_completion(tmp_path):
    line = "clsim strategy=per"
    done = command("-sc", "query=bash", cwd=tmp_path, COMP_LINE=line, COMP_POINT=str(len(line)))
    assert done.stdout.split() == ["strategy=performance", "strategy=periodic"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["strategy=periodc"], "Did you mean 'periodic'?"),
        (["stream=driftin"], "Did you mean 'drifting'?"),
        (["strategy.trigger.evry=3d"], "Did you mean 'every'?"),
        (["strategy.trigger.every=7x"], "every='7x': not a duration"),
        (["-m", "strategy=never,weekly", "seed=a"], "seed='a': expected a whole number"),
        (["strategy.name=a $x_{$ b"], """quote the value, twice: 'strategy.name="a $x_{$ b"'"""),
        (["delay=5"], "delay=5: delay is a group; name one of its options: annotators, "),
        (["-m", "seed=range(0)"], "nothing was run: the sweep has no job"),
        (["-m", "hydra.launcher.n_jobs=0"], "n_jobs=0: expected a number of processes, or -1"),
    ],
)
def test_the_command_names_what_is_wrong(tmp_path, arguments, message):
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert message in done.stderr
    assert not list(tmp_path.glob("clsim-runs/*/*/done"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["+strategy.trigger.evry=3d"], r"strategy.trigger.evry.*did you mean 'every'"),
        (["strategy.trigger.every=-3d"], r"strategy.trigger: every='-3d'.*negative"),
        (["+foo=3"], r"unknown key 'foo'"),
        (["tick=0"], r"tick=0: must be above 0"),
        (["warmup=2y"], r"warmup='2y': not a duration"),
        (["seed=1.5"], r"seed=1.5: expected a whole number"),
        (["unanswered=skp"], r"unanswered: .*did you mean 'skip'"),
        (["warmup_labels=as_record"], r"warmup_labels: .*did you mean 'as_recorded'"),
        (["strategy=as_served"], r"AsServed: the stream does not say what production answered"),
        (["strategy=no_model", "+strategy.offline=x"], r"strategy.offline: NoModel trains nothing"),
        (["prices.error=-1"], r"prices.error=-1: must be at least 0"),
        (["+prices.retrainin=1"], r"did you mean 'retraining'"),
        (["stream=recorded"], r"stream.data: no value"),
        (["strategy.trigger._target_=clsim.strategy.triggers.Periodik"], r"'Periodic'"),
        (["strategy.trigger._target_=clsm.Periodic"], r"no such module"),
        (["~strategy.dataset.window"], r"strategy.dataset.window: missing"),
        (["strategy.name=[]"], r"strategy: name=\[\]: expected text"),
        (["prices.currency=null"], r"prices.currency=None: expected text"),
        (["prices.retraining=1e308"], r"prices.retraining=1e\+308: must be at most"),
        (["scratch=nowhere"], r"scratch='nowhere': there is no such folder"),
        (["scratch=1"], r"scratch=1: expected the path of a folder"),
        (["also=null"], r"also=None: write a list"),
        (["learner._target_=5"], r"learner._target_=5: expected the name of a class"),
        (["strategy/online=holdback", "strategy.online.share=0.6"],
         r"^strategy.online: share=0.6: the test asks for up to 0.5 of the events"),
        (["strategy/offline=significance", "strategy.offline.slices=[country]"],
         r"offline: slices: the stream has no slices, so there is no 'country'"),
        (["strategy/offline=significance", "strategy.offline.metrics=[rmse]"],
         r"offline: metrics: 'rmse' is for regression, and the task of the stream is classif"),
        (["strategy/offline=significance", "strategy.offline.metrics=[money]"],
         r"offline: the metric 'money' needs prices; give costs="),
        (["strategy/offline=suitable", "~learner", "+learner._target_=sklearn.svm.LinearSVC"],
         r"offline: Suitable needs probabilities, and the learner \(LinearSVC\) has none"),
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_run_is_refused(overrides, message):
    with pytest.raises((TypeError, ValueError), match=message):
        complete(config(*overrides))


def test_an_error_of_a_replay_names_the_strategy_as_its_user_does(tmp_path):
    """By its name, and by its folder too where another is called alike."""
    from clsim.sweep.jobs import replay_jobs

    words = ["strategy=weekly", "strategy/online=ab_test"]
    long, short = (
        config(*words, f"strategy.online.length={length}") for length in ("2000d", "14d")
    )
    for configs, name in (([long], "every 7d"), ([long, short], r"every 7d \(a\)")):
        folders = [tmp_path / folder for folder in ("a", "b")[: len(configs)]]
        with pytest.raises(
            ValueError, match=rf"^strategies\['{name}'\]: online: a trial of 2,000 "
        ):
            replay_jobs(configs, folders)


def test_names_of_other_classes_come_with_the_overrides_that_work(tmp_path):
    """As they stand in the message, they put the configuration right."""
    rows = [f"2024-01-01 {hour:02}:00,{hour},{['no', 'yes'][hour % 2]}" for hour in range(24)]
    (tmp_path / "log.csv").write_text("at,x,y\n" + "\n".join(rows))
    words = ["stream=recorded", f"stream.data={tmp_path / 'log.csv'}", "stream.label=y",
             "stream.time=at", "tick=1h", "warmup=4h", "strategy=never",
             "delay=by_class"]  # fmt: skip
    for given in ([], ["+delay.delays={no:2h,yes:1h}"]):
        with pytest.raises(ValueError, match=r"unknown class '0'; .*on the command line: ") as said:
            complete(config(*words, *given))
        instead = [word.strip("'") for word in str(said.value).rpartition("line: ")[2].split()]
        complete(config(*words, *given, *instead))


def test_links_and_names_that_lead_nowhere_are_refused(tmp_path, capsys):
    from clsim.sweep.app import _check_folder

    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for folder in (tmp_path / "link", tmp_path / ("x" * 300)):
        with pytest.raises(SystemExit):
            _check_folder(folder)
        assert "cannot write there" in capsys.readouterr().err


@pytest.mark.slow
def test_a_data_file_is_named_from_where_one_is(tmp_path):
    rows = [f"2024-01-{day:02},{day % 5},{day % 2}" for day in range(1, 29)]
    (tmp_path / "log.csv").write_text("at,x,y\n" + "\n".join(rows))
    done = command(
        "stream=recorded", "stream.data=log.csv", "stream.label=y", "stream.time=at", "warmup=7d",
        "strategy=never", "hydra.job.chdir=true", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "never: score " in done.stdout


@pytest.mark.slow
def test_a_folder_that_is_not_clsims_is_refused(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("")
    for arguments in (["out=thesis"], ["-m", "strategy=never,weekly", "out=thesis"]):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "chapter.tex" in done.stderr
        assert "out=" in done.stderr
    assert [p.name for p in (tmp_path / "thesis").iterdir()] == ["chapter.tex"]


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    done = command("out=file/results", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot write" in done.stderr


def every_option():
    """Options to compose, by group; of those that do not meet, several at once."""

    def options(group):
        return sorted(path.stem for path in (CONF / group).glob("*.yaml"))

    free = [[(g, option) for option in options(g)] for g in ("stream", "delay", "learner")]
    yield from (dict(filter(None, some)) for some in zip_longest(*free))
    stages = ("strategy/trigger", "strategy/dataset", "strategy/curation", "strategy/guard",
              "strategy/reuse")  # fmt: skip
    free = [[(g, option) for option in options(g)] for g in stages]
    yield from (dict(filter(None, some)) for some in zip_longest(*free))
    for group in ("strategy", "strategy/training", "strategy/offline"):
        yield from ({group: option} for option in options(group))


@pytest.mark.slow
def test_every_option_of_every_group_composes_and_builds(tmp_path):
    from clsim.sweep import calibrated
    from clsim.sweep import config as build

    alerts = tmp_path / "alerts.csv"
    alerts.write_text("time\n2024-05-01\n")
    for chosen in every_option():
        stream = CONF / "stream" / f"{chosen.get('stream', 'drifting')}.yaml"
        wants_file = "data: ???" in stream.read_text()
        extra = ["stream.data=x.csv"] if wants_file else []
        extra += ["stream.label=y"] if "label: ???" in stream.read_text() else []
        if chosen.get("strategy/trigger") == "alerts":
            extra.append(f"strategy.trigger.data={alerts}")
        if chosen.get("strategy/training") == "iterated":
            extra.append("strategy.training.at=2025-04-01")
        if chosen.get("strategy/guard") == "per_slice":
            extra.append("strategy.guard.slices=[region]")
        if chosen.get("strategy/dataset") == "since_alarm":
            chosen["strategy/trigger"] = "drift"  # which raises some
        made = config(*(f"{group}={option}" for group, option in chosen.items()), *extra)
        made["strategy"] = calibrated.at(made["strategy"])  # which a job does with it
        build.check(made)
        for group, option in chosen.items():
            if group != "stream" or not (wants_file or "openml" in option):
                part = group.partition("/")[0]
                assert build.instance(made[part], part) is not None or option == "recorded"
    monitors = [path.stem for path in (CONF / "strategy" / "monitor").glob("*.yaml")]
    scores = tmp_path / "scores.csv"
    scores.write_text("time,value\n2024-05-01,0.5\n")
    said = ("from_file.data=" + str(scores), "prevalence.slices=[region]")
    made = config(
        *(f"+strategy/monitor@strategy.monitors.{name}={name}" for name in monitors),
        *(f"strategy.monitors.{given}" for given in said),
    )
    build.check(made)
    assert set(build.instance(made["strategy"], "strategy").monitors) >= set(monitors)
    for path in (CONF / "prices").glob("*.yaml"):
        complete(config(f"prices={path.stem}"))


def test_the_run_id_is_of_what_decides_the_numbers(tmp_path):
    from clsim.sweep.config import run_id

    base = config()
    assert run_id(base) == run_id(config("prices.error=3", "name=other", "out=elsewhere"))
    assert run_id(base) != run_id(config("seed=1"))
    assert run_id(base) != run_id(config("strategy.name=other"))
    tables = [{"stream": {"data": {"_target_": "t", "name": name}}} for name in ("wine", "digits")]
    assert run_id(tables[0]) != run_id(tables[1])
    data = tmp_path / "log.csv"
    data.write_text("x,y\n1,0\n")
    of_file = ["stream=recorded", f"stream.data={data}", "stream.label=y"]
    before = run_id(config(*of_file))
    data.write_text("x,y\n1,0\n2,1\n")
    assert run_id(config(*of_file)) != before


def test_classes_say_which_of_their_parameters_name_files(tmp_path, monkeypatch):
    from clsim.sweep.config import data_files, run_id

    (tmp_path / "my_log.py").write_text(
        "class Log:\n    FILE_PARAMETERS = ('path', 'more')\n"
        "    @classmethod\n    def of(cls, path):\n        return cls()\n"
        "class Longer(Log):\n    pass\n"
        "class Other:\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "log.csv"
    file.write_text("x,y\n1,0\n")

    def stream(target, **given):
        return {"stream": {"_target_": target, **given}, "seed": 0}

    stated = {str(file): [file.stat().st_size, file.stat().st_mtime_ns]}
    for target in ("my_log.Log", "my_log.Longer", "my_log.Log.of"):
        assert data_files(stream(target, path=str(file))) == stated
    assert data_files(stream("my_log.Log", path="no", more=[str(file)])) == {
        **stated, str(Path("no").resolve()): None,
    }  # fmt: skip
    assert data_files({"delay": {"_target_": "clsim.streams.delays.Empirical.of",
                                 "data": str(file)}}) == stated  # fmt: skip
    for target in (
        "my_log.Other",
        "my_log.None",
        "no_such.Log",
        "my_log",
        "clsim.streams.openml",
        5,
    ):
        assert data_files(stream(target, path=str(file), data=str(file))) == {}
        assert run_id(stream(target, data="a")) != run_id(stream(target, data="b"))
    mine = stream("my_log.Log", path=str(file))
    before = run_id(mine)
    monkeypatch.chdir(tmp_path)
    assert run_id(stream("my_log.Log", path="log.csv")) == before
    file.write_text("x,y\n1,0\n2,1\n")
    assert run_id(mine) != before
    swapped = [stream("my_log.Log", path=a, more=[b]) for a, b in ("xy", "yx")]
    assert run_id(swapped[0]) != run_id(swapped[1])


@pytest.mark.slow
def test_a_class_in_the_working_directory(tmp_path):
    (tmp_path / "mine.py").write_text(
        "class Thirds:\n    def fires(self, view):\n"
        "        return 'third' if view.tick % 3 == 2 else None\n"
    )
    (tmp_path / "conf" / "strategy" / "trigger").mkdir(parents=True)
    (tmp_path / "conf" / "strategy" / "trigger" / "thirds.yaml").write_text(
        "_target_: mine.Thirds\n"
    )
    done = command("-cd", "conf", "strategy/trigger=thirds", "strategy.name=thirds", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "thirds: score" in done.stdout
    assert ", 111 retrainings" in done.stdout


@pytest.mark.slow
def test_runs_of_an_older_data_file_are_another_setting(tmp_path):
    rng = np.random.default_rng(0)
    log = pd.DataFrame({"x": rng.normal(size=400), "y": rng.integers(0, 2, 400)})
    sweep = [
        "-m", "stream=recorded", "stream.data=log.csv", "stream.label=y", "tick=20", "warmup=100",
        "strategy=never,volume", "strategy.dataset.window=100", "out=r",
    ]  # fmt: skip
    for _ in range(2):
        log.to_csv(tmp_path / "log.csv", index=False)
        assert command(*sweep, cwd=tmp_path).returncode == 0
        log["y"] = log["y"].sample(frac=1, random_state=1).to_numpy()
    assert len(clsim.load(tmp_path / "r").runs) == 4
    tables = [pd.read_csv(p) for p in (tmp_path / "r" / "tables").glob("strategies-log-csv-*.csv")]
    assert [set(table["strategy"]) for table in tables] == [{"never", "volume"}] * 2


@pytest.mark.slow
def test_the_report_of_a_sweep_repeated_at_other_prices_has_those(tmp_path):
    words = ["-m", "stream=drifting", "tick=7d", "learner=naive_bayes", "out=sweep"]
    for price in (50, 500):
        done = command(*words, "strategy=never,weekly", f"prices.retraining={price}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    page = (tmp_path / "sweep" / "report.html").read_text()
    assert "retraining 500" in page
    assert "Prices were changed after the replay" in page
    # one more strategy, at prices with which the others were not made
    done = command(*words, "strategy=volume", "prices.retraining=70", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "retraining 70" in (tmp_path / "sweep" / "report.html").read_text()


def test_a_threshold_is_that_of_every_strategy_that_trains():
    from clsim.sweep.config import run_id

    words = [(), ("threshold=0.3",), ("strategy.threshold=0.3",), ("threshold=0.2",)]
    ids = [run_id(config("strategy=weekly", *more)) for more in words]
    assert len({*ids}) == 3
    assert ids[1] == ids[2]
    assert len({run_id(config("strategy=no_model", *words[k])) for k in (0, 1, 3)}) == 1
    own = config("strategy=weekly", "threshold=0.3")
    del own["strategy"]["threshold"]
    with pytest.raises(ValueError, match=r"threshold=0.3: the strategy does not take it up"):
        complete(own)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["stream=sea", "stream.noise=5"], r"stream: noise=5: must be at most 1"),
        (["strategy.trigger.every=30d", "tick=7d"], r"trigger.every='30d': not a whole number of"),
        (["stream=sea"], r"tick='1d': this stream has no time; give a number of rows"),
        (["loss=squared"], r"loss='squared': the stream's task is classification"),
        (["loss=[[0,1,2],[1,0,1],[2,1,0]]"], r"loss: a cost matrix needs the shape \(2, 2\)"),
        (["metrics=[auk]"], r"metrics: unknown metric 'auk'; did you mean 'auc'"),
        (["metrics=[rmse]"], r"metrics: 'rmse' is for regression"),
        (["threshold=by_price"], r"threshold='by_price': needs a loss that is a matrix of costs"),
        (["loss=amount"], r"loss='amount': the stream does not say what an error on an event"),
        (["loss=log", "unanswered=wrong"], r"unanswered='wrong': needs the zero-one loss"),
        (["learner=boosting_regression"], r"HistGradientBoostingRegressor is a regressor"),
        (["strategy=row_by_row"], r"training: learning row by row needs a river model"),
        (["strategy=stateful", "learner=boosting"], r"has no partial_fit"),
        (["strategy.dataset.window=3h"], r"dataset.window='3h': shorter than a tick"),
        (["prices.error=[[0,1,2],[1,0,1],[2,1,0]]"], r"prices.error: a matrix of 3 .*has 2"),
        (["stream=led", "tick=500", "warmup=500", "learner=river_logistic",
          "strategy.dataset.window=2000", "strategy.trigger.every=3"], r"OneVsRestClassifier"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_each_other_are_refused_before_any_work(overrides, message):
    with pytest.raises((TypeError, ValueError), match=message):
        complete(config(*overrides))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        (["stream=sea", "tick=500", "warmup=500", "strategy.trigger.every=3",
          "strategy.dataset.window=2000", "stream.noise=0.1,0.2,5,0.3"],
         ("job 2, ", "stream.noise=5 out=r: stream: noise=5: must be at most 1")),
        (["strategy.trigger.every=7d,30d", "tick=7d"],
         ("job 1, ", "trigger.every='30d': not a whole number of ticks of 7 days")),
        (["stream=sea", "seed=range(20)"], ("job 0, ", "tick='1d': this stream has no time")),
    ],
)  # fmt: skip
def test_a_sweep_is_refused_before_its_first_run_and_says_so_once(tmp_path, sweep, message):
    done = command("-m", *sweep, "out=r", cwd=tmp_path)
    assert done.returncode != 0
    assert done.stderr.startswith(message[0]), done.stderr
    assert done.stderr.count(message[1]) == 1, done.stderr
    assert not list(tmp_path.glob("r/*/done"))


def test_a_sweep_builds_and_binds_each_distinct_part_once(monkeypatch):
    from clsim.sweep import config as build

    built, instance = [], build.instance
    monkeypatch.setattr(
        build, "instance", lambda node, key: built.append(key) or instance(node, key)
    )
    known = {}
    for seed in range(3):
        for strategy in ("never", "weekly"):
            complete(config(f"strategy={strategy}", f"seed={seed}"), known)
    assert sorted(built) == ["delay", "learner", "strategy", "strategy", "stream"]
