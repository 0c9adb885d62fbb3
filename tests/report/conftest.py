"""A small sweep as the app leaves it, its report, and a browser to look at it."""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import re
import shutil
import subprocess

import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.hindsight.make import counterfactual
from clsim.report import write_report
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Gradual, Sudden
from helpers.undrawn import write_undrawn


def pytest_collection_modifyitems(items):
    """One worker makes the sweeps that these tests share, and has all of them."""
    for item in items:
        if {"original", "known"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("report"))
            item.add_marker(pytest.mark.slow)


PRICES = {"error": 1.0, "retraining": 20.0, "row": 0.0, "label": 0.0, "currency": "EUR"}


def strategies():
    window = SlidingWindow("10d")
    return {
        "never": Strategy(Never(), window),
        "every 1d": Strategy(Periodic("1d"), window),
        "gated <weekly>": Strategy(Periodic("5d"), window, offline=ChampionChallenger(100)),
        "every 5d": Strategy(Periodic("5d"), window),
    }


def world():
    drifts = [Sudden(Sine(1), at="25d"), Gradual(Sine(0), at="40d", width="10d")]
    return Synthetic(Sine(0), drifts, n=2400, rate="48/d", noise=0.05)


def fill_folder(
    folder,
    *,
    seeds=(1, 2),
    delays=("1d",),
    prices=PRICES,
    only=None,
    chosen=None,
    also=None,
    warmup_labels="history",
):
    """Fill a sweep folder, as the app leaves it; ``also`` is added to the configurations."""
    chosen = strategies() if chosen is None else chosen
    chosen = {k: v for k, v in chosen.items() if only is None or k in only}
    for delay in delays:
        for seed in seeds:
            runs = clsim.replay(
                world(), chosen, learner=GaussianNB(), tick="1d", warmup="10d",
                seed=seed, delay=Constant(delay), warmup_labels=warmup_labels,
            )  # fmt: skip
            for name, run in runs.items():
                trigger = {"every": name.split()[-1]} if name.startswith("every") else {}
                run.config = {
                    "name": "small", "seed": seed, "tick": "1d", "delay": {"delay": delay},
                    "strategy": {"_target_": "clsim.Strategy", "name": name, "trigger": trigger},
                    "prices": prices, **(also or {}),
                }  # fmt: skip
                key = hashlib.sha256(json.dumps(run.config).encode()).hexdigest()[:12]
                run.save(folder / key)
    return folder


@pytest.fixture(scope="session")
def fill():
    return fill_folder


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """A sweep with its report; for tests that read."""
    folder = fill_folder(tmp_path_factory.mktemp("sweep"))
    write_report(folder, n_jobs=1)
    return folder


def add_tables(folder, seeds=(1, 2)):
    """Put the counterfactual tables of a sweep into its folder."""
    (folder / "counterfactual").mkdir()
    for seed in seeds:
        table = counterfactual(
            world(), learner=GaussianNB(), dataset=SlidingWindow("10d"), tick="1d", warmup="10d",
            seed=seed, delay=Constant("1d"),
        )  # fmt: skip
        table.save(folder / "counterfactual" / f"seed {seed}.parquet")
    return folder


@pytest.fixture(scope="session")
def tables_of():
    return add_tables


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """A sweep with its counterfactual tables and an undrawn report; for tests that read."""
    folder = add_tables(fill_folder(tmp_path_factory.mktemp("known")))
    write_undrawn(folder)
    return folder


@pytest.fixture
def sweep(original, tmp_path):
    """A copy without its report, for tests that write."""
    return shutil.copytree(
        original, tmp_path / "sweep", ignore=shutil.ignore_patterns("report.html", "figures")
    )


@pytest.fixture(scope="session")
def engine():
    """Runs a script in a JavaScript engine without a page, and gives the value of an expression."""
    with contextlib.suppress(ImportError):
        from py_mini_racer import MiniRacer

        return lambda script, value: json.loads(
            MiniRacer().eval(f"{script}\nJSON.stringify({value})")
        )
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs a JavaScript engine: mini-racer, or node")

    def run(script, value):
        text = f"{script}\nconsole.log(JSON.stringify({value}))"
        done = subprocess.run([node, "-"], input=text, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Opens a page in headless Chromium, runs a script in it, and gives what it returns."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        pytest.skip(f"needs a browser, one of {', '.join(names)}")
    folder = tmp_path_factory.mktemp("browser")

    def run(page, script, width=1000, dark=False, errors=False):
        """``script`` is the body of an async function whose value is returned, by way of JSON.

        Errors of the page fail the test, unless it expects ``errors``.
        """
        # the page stands in a frame, since a window cannot be as narrow as a phone
        told = (
            f"(async () => {{{script}}})().then(JSON.stringify, error => `failed: ${{error}}`)"
            ".then(told => parent.postMessage(told, '*'))"
        )
        failed = "addEventListener('error', e => parent.postMessage('failed: ' + e.message, '*'))"
        inner, outer = folder / "page.html", folder / "frame.html"
        text = page.read_text(encoding="utf-8")
        if not errors:
            text = text.replace("<body>", f"<body><script>{failed}</script>", 1)
        inner.write_text(text.replace("</body>", f"<script>{told}</script></body>"), "utf-8")
        outer.write_text(
            "<!doctype html><pre id=told></pre><script>addEventListener('message', e => {"
            "document.getElementById('told').textContent ||= e.data})</script>"
            f'<iframe src="page.html" width="{width}" height="844" style="border:0"></iframe>',
            "utf-8",
        )
        options = ["--blink-settings=preferredColorScheme=0"] if dark else []
        command = [
            found, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--virtual-time-budget=5000", *options, "--dump-dom", outer.as_uri(),
        ]  # fmt: skip
        dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
        answer = re.search(r'<pre id="told">(.*?)</pre>', dom, re.DOTALL)
        assert answer is not None, dom[-2000:]
        answer = html.unescape(answer[1])
        assert answer, "the page did not answer"
        assert not answer.startswith("failed"), answer
        return json.loads(answer)

    return run
