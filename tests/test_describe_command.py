"""``clsim-describe``: a log or a stream in words, a page, and configurations that run."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest
import yaml

import clsim
from clsim.analysis.describe.proposal import propose
from clsim.analysis.describe.table import describe_table
from clsim.report import description
from clsim.streams import Recorded
from clsim.sweep.app import CONF, complete, resolved
from clsim.sweep.describe import compose_stream, main
from clsim.sweep.jobs import replay_jobs
from clsim.sweep.written import configurations, write_configurations
from helpers.commands import command


def small(rows=400):
    draw = np.random.default_rng(3)
    at = pd.date_range("2024-01-01", periods=rows, freq="6h")
    x = draw.normal(size=rows)
    y = (x + draw.normal(size=rows) > 0).astype(int)
    return pd.DataFrame({"at": at, "x": x, "plan": draw.choice(["a", "b"], rows), "y": y,
                         "known": at + pd.Timedelta(days=2)})  # fmt: skip


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def unwritten(monkeypatch):
    """No page, where it is not what is tested."""
    monkeypatch.setattr(description, "write_description", lambda folder, *said: folder / "page")


@pytest.mark.slow
def test_a_log_becomes_a_page_and_an_experiment_that_runs(here, capsys):
    small().to_csv("log.csv", index=False)
    assert main(["log.csv", "--write", "mine", "slices=[plan]"]) == 0
    said = capsys.readouterr().out
    assert "- label time: known (by its name)" in said
    assert "half of the labels are known after 2 days" in said
    page = (here / "clsim-described" / "log" / "report.html").read_text(encoding="utf-8")
    assert "How late labels are" in page
    assert page.count('<svg class="') == 3  # two figures, and the signs of their font
    assert (here / "clsim-described" / "log" / "figures" / "delays.pdf").stat().st_size > 1000
    words = said.strip().splitlines()[-1].removeprefix("run it: ").split()
    assert words == ["clsim", "-cd", "conf", "+experiment=mine"]
    written = yaml.safe_load((here / "conf" / "stream" / "mine.yaml").read_text(encoding="utf-8"))
    assert written == {"_target_": "clsim.streams.Recorded", "data": "log.csv", "label": "y",
                       "time": "at", "label_time": "known", "slices": ["plan"]}  # fmt: skip
    one = ["hydra.mode=RUN", "strategy=mine_every_14d"]
    done = command(*words[1:], *one, cwd=here)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("every 14d: score ")
    (run,) = (here / "clsim-runs" / "mine").glob("*/run.json")
    assert clsim.load(run.parent).totals["n"] == 320


@pytest.mark.slow
def test_all_jobs_of_the_experiment_fit_together(here, unwritten, capsys):
    """What a sweep does before any work starts."""
    from hydra import compose, initialize_config_dir

    log = small().drop(columns="plan").assign(y=small()["x"] * 3, predicted=1.5)
    log["predicted"] += np.arange(len(log)) % 2
    log.to_csv("log.csv", index=False)
    assert main(["log.csv", "--write", "mine", "label=y"]) == 0
    assert "known, at once" not in capsys.readouterr().out
    with initialize_config_dir(str(CONF), version_base="1.3"):
        search = f"hydra.searchpath=[file://{here / 'conf'}]"
        job = compose("config", ["+experiment=mine", search], return_hydra_config=True)
        params = job.hydra.sweeper.params.strategy.split(",")
        assert params == [
            "as_served",
            "never",
            "mine_every_2d",
            "mine_every_7d",
            "mine_every_14d",
            "mine_performance",
        ]
        for strategy in params:
            given = ["+experiment=mine", f"strategy={strategy}", search]
            complete(resolved(compose("config", given)))
    assert main(["stream=mine", "-cd", "conf", "tick=1d", "warmup=10d"]) == 0
    assert "Recorded: 400 events" in capsys.readouterr().out


def test_how_a_file_is_written_is_passed_on_and_written_down(here, unwritten, capsys):
    log = small().rename(columns={"plan": "größe"})
    log["x"] = (log["x"] * 1000).map("{:,.2f}".format).str.translate(str.maketrans(",.", ".,"))
    log["at"] = log["at"].dt.strftime("%d.%m.%y %H:%M")
    log.to_csv("log.csv", index=False, sep=";", encoding="latin-1")
    # what the messages say one after the other
    told, asked = [], ["encoding='latin-1'", "separator=';'", "decimal=','", None]
    for remedy in asked:
        code = main(["log.csv", "label=y", "date_format=%d.%m.%y %H:%M", "--write", "mine", *told])
        said = "".join(capsys.readouterr())
        if remedy is None:
            assert code == 0
        else:
            assert code > 0
            assert remedy in said
            told.append(remedy.replace("'", ""))
            if remedy.startswith("decimal"):
                told.append("thousands=.")
    read = yaml.safe_load((here / "conf" / "stream" / "mine.yaml").read_text(encoding="utf-8"))
    assert read == {
        "_target_": "clsim.streams.Recorded", "data": "log.csv", "label": "y", "time": "at",
        "label_time": "known", "slices": ["größe"], "encoding": "latin-1", "separator": ";",
        "decimal": ",", "thousands": ".", "date_format": {"at": "%d.%m.%y %H:%M"},
    }  # fmt: skip
    assert main(["stream=mine", "-cd", "conf", "tick=1d", "warmup=10d"]) == 0
    assert "Recorded: 400 events" in capsys.readouterr().out


def test_a_folder_of_csv_files_is_described_as_one_log(here, unwritten, capsys):
    (here / "log").mkdir()
    for part in range(4):
        rows = small().iloc[100 * part : 100 * part + 100]
        rows.to_csv(here / "log" / f"part-{part}.csv", index=False)
    assert main(["log", "--write", "mine"]) == 0
    assert "400 rows, 5 columns, from 2024-01-01 to 2024-04-09 18:00" in capsys.readouterr().out
    small().drop(columns="x").to_csv(here / "log" / "part-4.csv", index=False)
    assert main(["log"]) == 2
    assert "column 'x' is in part-0.csv and not in part-4.csv" in capsys.readouterr().err


def test_a_gap_is_told_once(here, unwritten, capsys):
    """A job builds its stream when it is checked, and again when it runs."""
    from hydra import compose, initialize_config_dir

    log = small(60)
    log.loc[40:, "at"] += pd.Timedelta(days=400)
    log.drop(columns=["plan", "known"]).to_csv("log.csv", index=False)
    words = ["stream=recorded", "stream.data=log.csv", "stream.label=y", "stream.time=at",
             "strategy=never", "learner=logistic", "tick=7d", "warmup=9d"]  # fmt: skip
    with initialize_config_dir(str(CONF), version_base="1.3"):
        job = resolved(compose("config", words))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        complete(job)
        replay_jobs([job], [here / "run"])
    told = [str(warning.message) for warning in said]
    assert len([text for text in told if "no event from 2024-01-10 to 2025-02-14" in text]) == 1
    assert main(["log.csv", "label=y"]) == 0
    assert "".join(capsys.readouterr()).count("no event from") == 1


def test_what_is_there_is_not_replaced_unless_asked(here):
    found = describe_table(small())
    files = configurations("mine", "log.csv", found, propose(found))
    assert len(write_configurations(here, files)) == len(files)
    write_configurations(here, files)
    (here / "stream" / "mine.yaml").write_text("mine")
    with pytest.raises(ValueError, match=r"mine.yaml: is there already; say --replace"):
        write_configurations(here, files)
    write_configurations(here, files, replace=True)
    assert (here / "stream" / "mine.yaml").read_text() == files["stream/mine.yaml"]


@pytest.mark.parametrize(("name", "message"), [
    ("churn", "clsim has the stream churn itself"),
    ("quickstart", "clsim has the experiment quickstart itself"),
    ("a b", "write a name of letters"), ("../x", "write a name of letters"),
])  # fmt: skip
def test_names_that_hide_or_leave_the_folder_are_refused(name, message):
    found = describe_table(small())
    with pytest.raises(ValueError, match=message):
        configurations(name, "log.csv", found, propose(found))


def test_what_must_be_said_or_mended_writes_nothing(here, unwritten, capsys):
    log = small(60)
    log.assign(at=log["at"].dt.strftime("%d/%m/%Y")).iloc[:40].drop(columns="known").to_csv(
        "log.csv", index=False
    )
    assert main(["log.csv", "--write", "mine", "label=y"]) == 1
    told = capsys.readouterr()
    assert "must be said:\n- at: dates such as '01/01/2024' can be read in two ways" in told.out
    assert "nothing is written before what is listed above is answered" in told.err
    assert not (here / "conf").exists()
    assert main(["log.csv", "--write", "mine", "label=y", "day_first=true"]) == 0
    stream = yaml.safe_load((here / "conf" / "stream" / "mine.yaml").read_text())
    assert stream["day_first"] is True
    read = Recorded(**{key: value for key, value in stream.items() if key != "_target_"})
    assert pd.Timestamp(int(next(read.blocks(0)).time[-1]), unit="us") == pd.Timestamp("2024-01-10")


@pytest.mark.parametrize(("rows", "free", "expected"), [
    # a year of days: ticks of a day, a fifth is warm-up
    (1460, {}, ("1d", "73d", ("7d", "30d", "60d"))),
    # ten days: ticks of an hour
    (40, {}, ("1h", "47h", ("6h", "12h", "2d"))),
    (1000, {"time": None}, (5, 200, (5, 10, 50))),
])  # fmt: skip
def test_tick_warm_up_and_schedules_fit_the_length(rows, free, expected):
    log = small(rows).drop(columns="known")
    log = log.drop(columns="at") if free else log
    proposal = propose(describe_table(log, {"label": "y"}))
    assert (proposal.tick, proposal.warmup, proposal.periods) == expected
    assert proposal.window == proposal.warmup


def test_late_labels_lengthen_the_warm_up():
    log = small(1460)
    log["known"] = log["at"] + pd.Timedelta(days=60)
    assert propose(describe_table(log, {"label": "y"})).warmup == "120d"
    log["known"] = log["at"] + pd.Timedelta(days=300)
    assert propose(describe_table(log, {"label": "y"})).warmup == "183d"


# streams --------------------------------------------------------------------------------------


def test_a_stream_is_described(here, unwritten, capsys):
    assert main(["stream=labels", "delay=exponential", "seed=3", "--out", "there"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Gaussians: 17,520 events")
    assert said.endswith(f"page: {os.path.join('there', 'page')}\n")


def test_the_stream_of_a_run(here, unwritten, capsys):
    run = here / "0123456789ab"
    run.mkdir()
    (run / "config.yaml").write_text(yaml.safe_dump(compose_stream("stagger", ["seed=5"])))
    for given in (run, run / "config.yaml"):
        assert main([str(given)]) == 0
        told = capsys.readouterr().out.strip()
        assert told.endswith(f"page: {os.path.join('clsim-described', '0123456789ab', 'page')}")
    assert main([str(run), "seed=3"]) == 2
    assert "leave out seed=3" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "message"), [
    (["stream=driftin"], "did you mean 'drifting'"),
    (["drifting"], "no such file; a stream is named as stream=drifting"),
    (["stream=drifting", "delay=exponentia"], "exponentia"),
    (["stream=drifting", "stream.noize=3"], "noize"),
    (["stream=drifting", "tick=3x"], "tick='3x'"),
    (["stream=elec2"], "stream.data: no value"),
    (["stream=sea"], "this stream has no time; give a number of rows"),
    (["stream=sea", "--write", "mine"], "is configured already"),
    (["strem=sea"], "say what is described first"),
    (["nowhere.yaml"], "nowhere.yaml"),
    (["nowhere.csv"], "no such file"),
    (["log.csv", "lable=y"], "unknown key 'lable'; did you mean 'label'?"),
    (["log.csv", "label=z"], "label: unknown column 'z'"),
    (["log.csv", "label"], "write key=value"),
    (["log.csv", "label="], "for none say label=null"),
    (["log.csv", "slices=[a"], "not a list"),
    (["log.csv", "label=[x,y]"], "give the name of a column"),
    (["log.csv", "day_first=yes"], "day_first='yes': must be true or false"),
    (["log.csv", "label=x", "time=x"], "the column is already"),
])  # fmt: skip
def test_the_command_names_what_is_wrong(words, message, here, capsys):
    small(30).to_csv("log.csv", index=False)
    assert main(words) == 2
    assert message in capsys.readouterr().err
