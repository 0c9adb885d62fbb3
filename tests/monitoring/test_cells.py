"""Which bins and categories make a distance, by hand and for every distance."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import clsim
from clsim.analysis import cells_behind, rows_in_cells
from clsim.monitoring.cells import PARTS, cells
from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.samples import Categories, Numbers

SAMPLE = {"numbers": Numbers, "categories": Categories.of}


def cells_of(distance, then, now, unit=None):
    kind = SAMPLE["numbers" if now.dtype.kind == "f" else "categories"]
    return cells(distance, kind(then), kind(now), now, np.arange(len(now)), unit)


def test_two_categories_by_hand():
    # shares .5 and .5, then .25 and .75
    then, now = np.array(list("ab")), np.array(list("abbb"))
    a, b = cells_of("psi", then, now)
    assert (a.name, a.reference, a.current, a.rows) == ("a", 0.5, 0.25, ())
    assert (b.name, b.reference, b.current, b.rows) == ("b", 0.5, 0.75, (1, 2, 3))
    assert a.part == pytest.approx((0.5 - 0.25) * math.log(0.5 / 0.25))
    assert b.part == pytest.approx((0.5 - 0.75) * math.log(0.5 / 0.75))


def test_two_bins_by_hand():
    # eleven values of which ten are 0: bins up to below 0, up to 0 and above; then all are 2
    then, now = np.array([0.0] * 10 + [1]), np.full(4, 2.0)
    found = cells_of("earth_mover", then, now)
    assert found[-1].name == "above 0"
    assert [cell.current for cell in found] == [0, 0, 1]
    # above 0: from 0 to 1 ten of eleven values are ahead, from 1 to 2 all are
    assert [cell.part for cell in found] == pytest.approx([0, 0, 10 / 11 + 1])
    assert [cell.part for cell in cells_of("l1", then, now)] == pytest.approx([0, 10 / 11, 10 / 11])


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("kind", ["numbers", "ties", "categories"])
def test_what_cells_give_is_the_distance(distance, kind):
    if kind == "categories" and DISTANCES[distance].numbers_only:
        return
    rng = np.random.default_rng(3)
    then, now = rng.normal(size=230), rng.normal(0.4, 2, size=170)
    if kind != "numbers":
        then, now = np.round(then), np.round(now)
    if kind == "categories":
        then, now = then.astype(str), now.astype(str)
    adds, _ = PARTS[distance]
    value = DISTANCES[distance](then, now)
    for unit in (None, 2.0):
        found = [cell.part for cell in cells_of(distance, then, now, unit)]
        whole = {"value": sum(found), "square": sum(found) ** 0.5, "largest": max(found)}[adds]
        assert whole == pytest.approx(value / (unit or 1), abs=1e-12)
    assert sum(cell.current for cell in cells_of(distance, then, now)) == pytest.approx(1)


def test_an_alarm_goes_down_to_rows_that_were_logged_by_then(tmp_path):
    from sklearn.naive_bayes import GaussianNB

    from clsim.monitoring import FeatureDistribution
    from clsim.randomness import uniform
    from clsim.strategy import Strategy
    from clsim.strategy.logging import Sample
    from clsim.strategy.triggers import Threshold
    from helpers.tables import Table

    n, row = 400, np.arange(400)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    X = y[:, None] + rng.normal(size=(n, 2))
    X[300:350, 0] += 20
    lost = (row >= 100) & (uniform(0, "strategy.logging", row) >= 0.5)

    def run_of(X):
        stream = Table(X, y, group=row % 2)
        monitor = FeatureDistribution("psi", reference="warmup", window=60, min_rows=20)
        strategy = Strategy(Threshold(monitor, above=0.8, of="a", name="in"), logging=Sample(0.5))
        setting = {"learner": GaussianNB(), "tick": 50, "warmup": 100, "record": "events"}
        return stream, clsim.replay(stream, {"it": strategy}, **setting)["it"]

    stream, run = run_of(X)
    tick = 5  # its window holds what was kept of rows 300 to 349 and before
    found = cells_behind(run, "in", tick)
    assert set(found["of"]) == {"a"}
    signals = run.signals[(run.signals["tick"] == tick) & (run.signals["of"] == "a")]
    assert found["contribution"].sum() == pytest.approx(signals["value"].item())
    assert found["share"].sum() == pytest.approx(1)
    top = found.iloc[0]
    assert top["cell"].startswith("above")
    assert top["rows"] == row[300:350][~lost[300:350]][-5:].tolist()
    rows = rows_in_cells(run, "in", tick, stream)
    assert rows["id"][:5].tolist() == top["rows"]
    assert (rows["a"][:5] > 15).all()
    run.save(tmp_path / "run")
    read = clsim.load(tmp_path / "run")
    other_stream, other = run_of(np.where((lost | (row >= 350))[:, None], 99.0, X))
    for again, world in ((read, stream), (other, other_stream)):
        pd.testing.assert_frame_equal(found, cells_behind(again, "in", tick), check_dtype=False)
        pd.testing.assert_frame_equal(
            rows, rows_in_cells(again, "in", tick, world), check_dtype=False
        )
    assert cells_behind(run, "in", 1).empty
    with pytest.raises(ValueError, match="unknown signal 'im'"):
        cells_behind(run, "im", tick)
