"""The shelf of published numbers: each that takes seconds agrees in every test run."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from river import dummy

import clsim

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "published"))

import prequential
import shelf
from claim import Claim

TABLE = Path(__file__).parents[2] / "results" / "published" / "shelf.csv"


def marks(claim):
    """Claims of one entry share replays, so they are tried in one process."""
    entry = claim.name.partition("/")[0]
    late = [pytest.mark.long] if claim.slow else []
    replayed = entry in (
        "elec2",
        "blind resets",
        "electricity_tiny",
        "phishing",
        "dasari",
        "amekoe",
    )
    slow = [pytest.mark.slow] if replayed else []
    return [*late, *slow, pytest.mark.xdist_group(f"shelf {entry}")]


@pytest.mark.parametrize("claim", [
    pytest.param(claim, id=claim.name, marks=marks(claim))
    for claim in shelf.every()
    if claim.compute is not None
])  # fmt: skip
def test_a_published_number_comes_out(claim):
    if claim.lacks is not None and "." in claim.lacks:
        pytest.skip(f"needs {claim.lacks}, which is not here")
    if claim.lacks is not None:
        pytest.importorskip(claim.lacks)
    row = shelf.tried(claim, slow=True)
    assert row["verdict"] == shelf.GREEN, row


def test_a_number_that_differs_is_red_and_what_is_missing_is_named():
    def claimed(compute, **more):
        return shelf.tried(Claim("x/y", "nobody", 2.178, compute, 5e-4, **more), slow=False)

    assert claimed(lambda: 2.1784)["verdict"] == shelf.GREEN
    assert claimed(lambda: 2.1786)["verdict"] == shelf.RED
    assert claimed(lambda: float("nan"))["verdict"] == shelf.RED
    assert claimed(lambda: 0, needs=("nowhere.csv",))["verdict"] == "needs nowhere.csv"
    assert claimed(lambda: 0, needs=("no_such_module",))["verdict"] == "needs no_such_module"
    assert claimed(lambda: 0, slow=True)["verdict"] == shelf.LEFT
    assert claimed(None)["verdict"] == shelf.CANNOT
    with pytest.raises(ValueError, match="unknown entry 'pocok'; did you mean 'pocock'"):
        shelf.chosen(shelf.every(), ["pocok"])


def test_the_table_is_of_the_claims_that_there_are():
    """Who adds a claim, or changes one, writes the table anew: ``make published-slow``."""
    table = pd.read_csv(TABLE)
    claims = {claim.name: claim for claim in shelf.every()}
    if any(claim.lacks is not None for claim in claims.values()):
        pytest.skip("needs elec2.csv.zip and others, which are not here")
    assert table["claim"].tolist() == list(claims)
    for row in table.itertuples():
        assert row.published == pytest.approx(claims[row.claim].published, rel=1e-9)
        cannot = claims[row.claim].compute is None
        assert row.verdict == (shelf.CANNOT if cannot else shelf.GREEN)
        assert not cannot or row.note  # why


@pytest.mark.slow
def test_rows_without_an_answer_can_be_left_out():
    if not (prequential.SHARED / prequential.TINY).exists():
        pytest.skip(f"needs {prequential.TINY}, which is not here")
    run = clsim.replay(
        prequential.tiny(),
        {"it": prequential.ROW_BY_ROW},
        learner=dummy.NoChangeClassifier(),
        tick=1,
    )["it"]
    assert run.score == pytest.approx(0.8599, abs=5e-5)
    assert run.totals["answered"] == 1999


def test_the_page_names_every_entry_and_quotes_its_table():
    text = (TABLE.parents[2] / "experiments" / "published" / "README.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = re.findall("`(.+?)`", " ".join(rows))
    table = pd.read_csv(TABLE)
    entries = table["claim"].str.partition("/")[0]
    assert all(entries.str.startswith(name).any() for name in named)
    assert all(entry.startswith(tuple(named)) for entry in entries)
    odd = table[table["claim"].str.contains("seed 1819")]["difference"].abs().max()
    assert odd < 0.0025
    assert "seed 1819, the model that learns every row is within .0025" in text
    agree, every = (table["verdict"] == shelf.GREEN).sum(), len(table)
    assert f"{agree} of {every} numbers agree" in text
    rule = table[table["claim"].str.startswith("dasari/error_threshold, frozen, latency")]
    means = [f"{mean:.3f}"[1:] for mean in rule["published"]]
    assert f"({means[0]}, {means[1]} and {means[2]} at 10, 100 and 500 rows)" in text
    shape = table[entries == "amekoe"]
    assert f"{(shape['verdict'] == shelf.GREEN).sum()} of {len(shape)} numbers are" in text
