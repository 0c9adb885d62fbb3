"""Which tests may be skipped: the reasons that are allowed, and a line at the end that counts them.

Where the variable ``CI`` is set, a run in which anything else was skipped fails.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable

import pytest

ALLOWED = {  # what is missing: how a test says so
    "published data": r"needs .*(looked for in|which (is|are) not here)",
    "a browser": r"needs a browser",
    "LaTeX": r"needs LaTeX",
    "Linux": r"reads /proc",
    "Dask": r"needs Dask",
    "scikit-activeml": r"scikit-activeml is not installed",
    "the libraries that the digests were made with": r"the digests were made elsewhere",
}


def told(reasons: Iterable[str]) -> tuple[str, list[str]]:
    """One line that says how many tests were skipped for want of what, and all other reasons."""
    found: Counter[str] = Counter()
    others = []
    for reason in reasons:
        missing = next((k for k, words in ALLOWED.items() if re.match(words, reason)), None)
        found[missing or reason] += 1
        if missing is None:
            others.append(reason)
    words = [f"{count} for want of {it}" for it, count in found.most_common() if it in ALLOWED]
    words += [
        f"{count} because of {it!r}" for it, count in found.most_common() if it not in ALLOWED
    ]
    return f"skipped: {', '.join(words) or 'nothing'}", others


def _reasons(reporter: pytest.TerminalReporter) -> list[str]:
    said = [report.longrepr[2] for report in reporter.stats.get("skipped", [])]
    return [reason.removeprefix("Skipped: ") for reason in said]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    line, others = told(_reasons(terminalreporter))
    terminalreporter.write_line(line, red=bool(others))
    if others and os.environ.get("CI"):
        allowed = "tests/helpers/skips.py lists the reasons that are"
        terminalreporter.write_line(f"not allowed: {sorted(set(others))}; {allowed}", red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI"):  # a worker has none
        return
    if told(_reasons(reporter))[1] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
