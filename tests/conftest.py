"""What the tests share: their settings, which of them are quick, and where published data lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Tests run in as many processes as there are cores: threads of theirs would wait for each other, at
# full speed. Set before numpy is imported; processes that tests start take it on.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

pytest.register_assert_rewrite("helpers")  # before any of them is imported

from helpers.skips import pytest_sessionfinish, pytest_terminal_summary  # noqa: E402, F401

# The same examples everywhere, unless a profile is asked for: --hypothesis-profile=dev, or long.
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("dev", max_examples=10, deadline=None)
settings.register_profile("long", max_examples=400, deadline=None, print_blob=True)
settings.load_profile("ci")

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def pytest_addoption(parser):
    parser.addoption(
        "--quick", action="store_true",
        help="nothing that is marked slow, and of a test with many cases the first",
    )  # fmt: skip


@pytest.hookimpl(trylast=True)  # when others have marked what is slow
def pytest_collection_modifyitems(config, items):
    if not config.getoption("quick"):
        return
    kept, left, seen = [], [], set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        chosen = test not in seen and item.get_closest_marker("slow") is None
        seen.add(test)
        (kept if chosen else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(scope="session")
def shared():
    """Finds a file of published data, beside the checkout; skips where it is absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"needs {path}, which is not here")
        return path

    return find
