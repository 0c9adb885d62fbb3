"""What is skipped is said, and fails a run in CI where the reason is not on the list."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.skips import told


def test_reasons_are_counted():
    reasons = ["needs a browser, one of chromium", "reads /proc", "needs a browser, one of edge"]
    line = "skipped: 2 for want of a browser, 1 for want of Linux"
    assert told(reasons) == (line, [])
    assert told(["tired", *reasons]) == (f"{line}, 1 because of 'tired'", ["tired"])
    assert told([]) == ("skipped: nothing", [])


@pytest.mark.parametrize(("reason", "ci", "code"), [
    ("tired", "", 0), ("tired", "1", 1), ("reads /proc", "1", 0),
])  # fmt: skip
def test_in_ci_only_the_reasons_on_the_list_are_good(tmp_path, reason, ci, code):
    hooks = "from helpers.skips import pytest_sessionfinish, pytest_terminal_summary"
    (tmp_path / "conftest.py").write_text(hooks)
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_a(): pass\n"
        f"def test_b(): pytest.skip({reason!r})\n"
        f"@pytest.mark.skip(reason={reason!r})\n"
        "def test_c(): pass\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(Path(__file__).parent)},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert "skipped: 2 " in done.stdout
    assert ("not allowed" in done.stdout) == bool(code)
