"""Tables of quiet twins: drawn from the world that they belong to, and kept apart from its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Strategy, counterfactual
from clsim.monitoring import FeatureDistribution, Score
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Threshold
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Gaussians
from clsim.streams.drift import Sudden

INPUTS, DATASET = FeatureDistribution(window=100), SlidingWindow(200)
SETTING = {"learner": GaussianNB(), "tick": 50, "warmup": 250}
SIGNALS = {"inputs": INPUTS, "labels": Score(window=80, min_labels=20, of="champion")}


def world(change, at=600):
    before, after = (Gaussians(means=[[x - 1.5, 0], [x + 1.5, 0]]) for x in (0, change))
    return Synthetic(before, [Sudden(after, at=at)], n=1_200)


def made(stream, **more):
    return counterfactual(stream, dataset=DATASET, monitors=SIGNALS, **SETTING, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of four draws, in a folder each, and of their twins; of another world too."""
    place = tmp_path_factory.mktemp("tables")
    for seed in range(4):
        made(world(3), seed=seed, path=place / str(seed))
        made(world(3), seed=seed, quiet=True, path=place / f"{seed}-quiet")
    made(world(1.5), seed=0, quiet=True, path=place / "other-quiet")
    return place


@pytest.fixture(scope="module")
def runs():
    strategy = Strategy(Threshold(INPUTS, above=0.2, name="inputs"), DATASET)
    return [clsim.replay(world(3), {"inputs": strategy}, seed=seed, **SETTING)
            for seed in range(4)]  # fmt: skip


def test_a_twin_is_what_stands_still_and_says_of_which_world(folder):
    own, twin, other = (
        clsim.Counterfactual.load(folder / name) for name in ("0", "0-quiet", "other-quiet")
    )
    assert twin.setting.quiet == own.setting.events not in (None, twin.setting.events)
    assert (own.setting.quiet, other.setting.quiet == own.setting.events) == (None, False)
    # the model of the warm-up is as good to the end where nothing changes, and guesses where it did
    late = slice(-6, None)
    assert own.loss[-1, late].sum() > 4 * twin.loss[-1, late].sum()
    # what signals need was measured when the tables were made, and lies beside them
    assert {*own.info["signals"]} == {"inputs", "labels"}
    assert "labels" in own.info["signals"]["labels"]["reads"]
    assert own.info["signals"]["inputs"]["seconds"] > 0


def test_false_alarms_are_counted_on_twins_of_the_same_world_alone(folder, runs):
    found = clsim.findings(runs, counterfactual=folder)
    worth, ranking = found["signal_worth"], found["signal_ranking"]
    assert (worth[["choosing", "pricing"]] == 2).to_numpy().all()  # four draws, and no twin
    assert set(ranking["twins"]) == {4}  # and not that of another world
    labels = worth.set_index("signal").loc["labels"]
    assert labels["labels"] == 900  # those of 18 ticks, since nobody waits for those of the last
    assert worth.set_index("signal").loc["inputs", "labels"] == 0
    assert (worth["seconds"] > 0).all()
    assert (ranking["false"] <= ranking["wanted"]).all()
    assert ranking.groupby("wanted")["rank"].apply(list).map(sorted).tolist() == [[1, 2]] * 3


def test_the_figure_of_worth_is_drawn_of_tables(folder, runs):
    tables = [clsim.Counterfactual.load(path) for path in sorted(folder.iterdir())]
    figure = clsim.plot(runs, "signal_worth", counterfactual=tables, width=7.0)
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "labels that it needs a replay", "seconds that it needs a replay",
    ]  # fmt: skip
    found = clsim.findings(runs, counterfactual=folder)["signal_worth"]
    dots = next(line for line in figure.axes[0].lines if line.get_marker() == "o")
    assert dots.get_ydata() == pytest.approx(found["worth"].to_numpy())
    with pytest.raises(ValueError, match="kind='signal_worth': these runs do not have"):
        clsim.plot(runs, "signal_worth")


def test_the_twin_of_a_log_is_of_its_warm_up():
    n = 2_000
    x = np.random.default_rng(0).normal(size=n) + 5 * (np.arange(n) >= 1_500)
    log = Recorded(pd.DataFrame({"x": x, "y": (x > 0).astype(int)}), label="y")
    setting = {"learner": GaussianNB(), "tick": 50, "warmup": 1_250}
    blocks = clsim.Blocks(season=50, trained=200)
    tables = [
        counterfactual(log, dataset=DATASET, monitors={"inputs": INPUTS}, quiet=quiet, **setting)
        for quiet in (False, blocks)
    ]
    own, twin = (table.signals.values["inputs"]["x"][-1] for table in tables)
    assert np.nanmax(own) > 0.8 > 0.4 > np.nanmax(twin)
    assert tables[0].loss.shape == tables[1].loss.shape
    with pytest.raises(ValueError, match="Recorded has no quiet version"):
        counterfactual(log, dataset=DATASET, monitors={"inputs": INPUTS}, quiet=True, **setting)
