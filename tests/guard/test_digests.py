"""Not a bit is lost: every table of some thirty replays is what it was when it was first written.

The digests were made before the inside of the engine was moved, and are never written again: one
that changes is a fault, or is named with its reason in the commit that changes it.

Last bits depend on how wide a processor's registers are. So the replays run in a process of their
own, which is told to use no wider ones than those with which the digests were made.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.worlds import WORLDS

FILE = Path(__file__).parent / "digests.json"
STORED = json.loads(FILE.read_text(encoding="utf-8"))

pytestmark = pytest.mark.xdist_group("guard")  # one process for all


@pytest.fixture(scope="module")
def ask():
    """What gives the digests of a world's runs."""
    there = set(np.show_config(mode="dicts")["SIMD Extensions"]["found"])
    wider = there - set(STORED["here"]["simd"].split())
    narrow = {"NPY_DISABLE_CPU_FEATURES": " ".join(sorted(wider))} if wider else {}
    with subprocess.Popen(
        [sys.executable, "-c", "from helpers.worlds import serve; serve()"],
        cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **narrow, "OPENBLAS_CORETYPE": STORED["here"]["blas"]},
    ) as process:  # fmt: skip
        here = json.loads(process.stdout.readline())
        differ = {k: (v, here.get(k)) for k, v in STORED["here"].items() if here.get(k) != v}
        if differ:
            pytest.skip(f"the digests were made elsewhere (then, here): {differ}")

        def ask(world):
            process.stdin.write(f"{world}\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask


def test_every_world_has_its_digests():
    assert set(STORED["runs"]) == set(WORLDS)


@pytest.mark.parametrize("world", WORLDS)
def test_every_table_is_what_it_was(world, ask):
    found = ask(world)
    changed = {
        f"{name}: {table}"
        for name, tables in STORED["runs"][world].items()
        for table, digest in tables.items()
        if found[name].get(table) != digest
    }
    assert changed == set()
    assert {n: set(t) for n, t in found.items()} == {
        n: set(t) for n, t in STORED["runs"][world].items()
    }
