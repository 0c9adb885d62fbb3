"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("helpers")  # before any of them is imported

# Tests run in as many processes as there are cores: threads of theirs would wait for each other, at
# full speed. Set before numpy is imported; processes that tests start take it on.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared():
    """Finds a file of published data, beside the checkout; skips where it is absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"needs {path}, which is not here")
        return path

    return find
