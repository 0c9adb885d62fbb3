"""Every command and all Python of the pages run as they stand there, or are composed and bound."""

import re
import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import open_dict

from clsim.runs.ledger import Prices
from clsim.sweep.app import CONF, complete, resolved
from clsim.sweep.commands import main as reports
from clsim.sweep.config import check
from clsim.sweep.describe import main as describes
from helpers.commands import command
from helpers.pages import ALL, blocks, commands, named, overrides
from helpers.undrawn import nothing_drawn

ELSEWHERE = {"docs/scale.md"}  # needs Slurm


def a_log():
    x, noise = np.random.default_rng(0).normal(size=(2, 2400))
    at = pd.date_range("2024-01-01", periods=2400, freq="90min")
    return pd.DataFrame({"at": at, "x": x, "bought": x + noise > 0})


def losses():
    """A row for each version and tick: what it lost, a little more with age."""
    rows = [(v, v - 1, t, 5 + t - v, 50) for v in range(8) for t in range(8) if t >= v - 1]
    return pd.DataFrame(rows, columns=["version", "trained_at", "tick", "loss", "n"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with what pages take for granted: a log, a table of losses, three small sweeps."""
    folder = tmp_path_factory.mktemp("desk")
    a_log().to_parquet(folder / "log.parquet")
    losses().to_csv(folder / "losses.csv", index=False)
    groups = "{_target_: clsim.streams.groups.Groups, shares: {north: 1, south: 2}}"
    mine = ("-m", "strategy=never,weekly", "delay=constant", "delay.delay=0,3d", "seed=0,1",
            "stream.n=1600", "stream.rate=8/d", "tick=7d", "metrics=[auc]", "learner=naive_bayes",
            f"+stream.groups.region={groups}", "stream.drifts=[]",
            "~hydra.callbacks.results_folder", "hydra.launcher.backend=threading",
            "out=clsim-runs/mine")  # fmt: skip
    done = command(*mine, cwd=folder)
    assert done.returncode == 0, done.stderr
    shutil.copytree(folder / "clsim-runs/mine", folder / "clsim-runs/other")
    for run in (folder / "clsim-runs/mine").glob("*/config.yaml"):
        if yaml.safe_load(run.read_text("utf-8"))["delay"]["delay"] == 0:  # of one setting
            shutil.copytree(run.parent, folder / "clsim-runs/quickstart" / run.parent.name)
    return folder


GIVEN = {  # what a page takes for granted
    "docs/monitors.md": """
import numpy as np
import pandas as pd
from sklearn.naive_bayes import GaussianNB
import clsim
from clsim.strategy.triggers import Threshold
stream = clsim.streams.Synthetic(clsim.streams.concepts.SEA(), n=1_500, rate="10/d")
learner = GaussianNB()
last_month, today = (
    pd.DataFrame({"amount": np.arange(50.0) + i, "country": ["at", "de"] * 25}) for i in (0, 3)
)
""",
}


def with_python():
    return [page for page in ALL if blocks(page, "python") and named(page) not in ELSEWHERE]


@pytest.mark.slow
@pytest.mark.parametrize("page", with_python(), ids=named)
def test_the_python_of_a_page_runs(page, desk, monkeypatch, capsys):
    monkeypatch.chdir(desk)
    names = {"__name__": "page"}
    with nothing_drawn():
        for code in [GIVEN.get(named(page), ""), *blocks(page, "python")]:
            exec(compile(code, named(page), "exec"), names)


def said(which):
    """Commands that differ, in the order of the pages."""
    found = {}
    for page in ALL:
        for words in [*commands(page), *(["clsim", *some] for some in overrides(page))]:
            if words[0] == which and not {"--help", "install=bash"} & {*words}:
                found.setdefault(tuple(words[1:]), named(page))
    return found


def job(words):
    """The options of a command, of a sweep its first job; options of groups are there, too."""
    loader = GlobalHydra.instance().config_loader()  # which knows the options of a pattern
    parsed = OverridesParser.create(loader).parse_overrides(list(words))
    for it in parsed:
        if not it.is_sweep_override():
            yield it.input_line
            continue
        key, values = it.get_key_element(), list(it.sweep_string_iterator())
        yield f"{key}={values[0]}"
        if (CONF / key).is_dir():
            assert all((CONF / key / f"{value}.yaml").is_file() for value in values), values


def needs_a_file(config):
    return re.search(r"\.(csv|parquet)'|openml", str([config["stream"], config["strategy"]]))


@pytest.mark.slow
def test_commands_of_the_pages_compose_and_fit():
    known = {}
    with initialize_config_dir(str(CONF), version_base="1.3"):
        for words, page in said("clsim").items():
            if "-cd" in words or "mine" in str(words):  # configurations and classes of the reader's
                continue
            wanted = list(job(word for word in words if word not in ("-m", "--cfg", "job")))
            if all((CONF / word.partition("=")[0]).is_dir() for word in wanted):
                continue  # options alone, which compose as another test shows
            made = compose("config", wanted, return_hydra_config=True)
            with open_dict(made):
                made.pop("hydra")
            config = {**resolved(made), "choices": None}
            try:
                fits = check if needs_a_file(config) else partial(complete, known=known)
                fits(config)
            except (TypeError, ValueError) as error:
                pytest.fail(f"{page}: {' '.join(words)}: {error}")


def test_reports_of_the_pages_are_asked_for_rightly(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "clsim.report.page.write_report", lambda *some, **given: asked.append(given)
    )
    for words in said("clsim-report"):
        if words and not words[0].startswith("--") and "--cite" not in words:
            assert reports(words) == 0, words
            Prices.from_dict(asked[-1]["prices"] or {})
    assert any(given["memo"] for given in asked)


def test_descriptions_of_the_pages_are_asked_for_rightly(monkeypatch, capsys):
    monkeypatch.setattr("clsim.sweep.describe.describe_stream", lambda *some: 0)
    for words in said("clsim-describe"):
        if words and words[0] != "RUN":
            given = describes(words)
            assert given == 0 or "no such file" in capsys.readouterr().err, words


NEEDS = {  # what a stream needs beside its option, and what is said of it before anything runs
    "bank_marketing": "stream.data: no value; give stream.data=...",
    "elec2": "stream.data: no value; give stream.data=...",
    "recorded": "stream.data: no value; give stream.data=...",
    "friedman": "SGDClassifier is a classifier, and the task of the stream is regression",
    "sea": "this stream has no time; give a number of rows",
}


@pytest.mark.slow
def test_every_stream_runs_at_the_defaults_or_says_first_what_it_needs():
    refused, known = {}, {}
    with initialize_config_dir(str(CONF), version_base="1.3"):
        usual = resolved(compose("config", ["delay=constant"]))
        for path in sorted((CONF / "stream").glob("*.yaml")):
            stream = yaml.safe_load(path.read_text("utf-8"))
            if "openml" in str(stream):
                continue  # needs the network
            if "defaults" in stream:
                stream = resolved(compose("config", [f"stream={path.stem}"]))["stream"]
            try:
                complete({**usual, "stream": stream}, known)
            except (TypeError, ValueError) as error:
                refused[path.stem] = str(error)
    assert set(refused) == set(NEEDS)
    assert all(words in refused[name] for name, words in NEEDS.items())
