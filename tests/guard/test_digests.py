"""Not a bit is lost: every table of some thirty replays is what it was when it was first written.

The digests were made before the inside of the engine was moved, and are never written again: one
that changes is a fault, or is named with its reason in the commit that changes it.
"""

import json
import warnings
from pathlib import Path

import pytest

from helpers.worlds import WORLDS, digests, here

FILE = Path(__file__).parent / "digests.json"
STORED = json.loads(FILE.read_text(encoding="utf-8"))


def test_every_world_has_its_digests():
    assert set(STORED["runs"]) == set(WORLDS)


@pytest.mark.parametrize("world", WORLDS)
def test_every_table_is_what_it_was(world):
    differ = {k: (v, here().get(k)) for k, v in STORED["here"].items() if here().get(k) != v}
    if differ:
        pytest.skip(f"the digests were made elsewhere (then, here): {differ}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs = WORLDS[world]()
    found = {name: digests(run) for name, run in runs.items()}
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
