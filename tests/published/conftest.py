"""Published data beside the repository: used where it is there, and skipped by name where not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def published_data() -> Callable[[str], Path]:
    """The path of a file in ``../shared/data``; skips the test if it is missing."""

    def path(name: str) -> Path:
        if not (DATA / name).exists():
            pytest.skip(f"needs {name}, looked for in {DATA}")
        return DATA / name

    return path
