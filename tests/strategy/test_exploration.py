"""A share of the events is answered by chance, and the chances are kept."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import clsim
from clsim.randomness import uniform
from clsim.strategy import Strategy
from clsim.strategy.datasets import ByPropensity, SlidingWindow
from clsim.strategy.exploration import Explore
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Friedman, Gaussians
from clsim.streams.drift import Sudden
from clsim.streams.feedback import Selective
from helpers.fixed import Counting, labels


def replay(exploration, learner=None, table=None, **more):
    table = labels((120, 0), (120, 1)) if table is None else table
    ways = {"it": Strategy(Never(), exploration=exploration), "as ever": Strategy(Never())}
    setting = {"learner": learner or Counting(), "tick": 20, "warmup": 20, **more}
    return clsim.replay(table, ways, record="events", **setting)


def test_which_events_are_answered_by_chance_and_with_which():
    # trained on zeros, the model answers 0; a quarter is to be answered 1
    runs = replay(Explore(0.25, to=1))
    said = runs["it"].predictions.set_index("id")
    rows = said.index.to_numpy()
    chosen = uniform(0, "explore", rows) < 0.25
    assert 40 < chosen.sum() < 70
    assert said["y_pred"].tolist() == chosen.astype(int).tolist()
    assert said["propensity"].tolist() == np.where(chosen, 0.25, 0.75).tolist()
    assert set(runs["as ever"].predictions["y_pred"]) == {0}
    assert "propensity" not in runs["as ever"].predictions
    # what is answered so by chance that would have been all the same is sure
    sure = replay(Explore(0.25, to=0))["it"].predictions
    assert set(sure["propensity"]) == {1.0}
    assert set(sure["y_pred"]) == {0}


def test_without_a_class_all_are_as_likely():
    said = replay(Explore(0.5))["it"].predictions
    rows = said["id"].to_numpy()
    other = (uniform(0, "explore", rows) < 0.5) & (uniform(0, "explored as", rows) >= 0.5)
    assert said["y_pred"].tolist() == other.astype(int).tolist()
    assert said["propensity"].tolist() == np.where(other, 0.25, 0.75).tolist()


def test_runs_with_chances_are_saved(tmp_path):
    run = replay(Explore(0.25, to=1))["it"]
    run.save(tmp_path / "run")
    again = clsim.load(tmp_path / "run").predictions
    assert again["propensity"].tolist() == run.predictions["propensity"].tolist()


def test_rows_are_weighed_by_the_chance_of_their_answer():
    weights = {}

    class Noting(ByPropensity):
        def sample(self, view, rows):
            sample = super().sample(view, rows)
            weights[view.tick] = dict(zip(sample.rows.tolist(), sample.weights, strict=True))
            return sample

    way = Strategy(Periodic(2), Noting(SlidingWindow(40)), exploration=Explore(0.25, to=1))
    setting = {"learner": LogisticRegression(), "tick": 20, "warmup": 40, "record": "events"}
    stream = Synthetic(Gaussians(means=[[-3.0, 0.0], [3.0, 0.0]]), n=160)
    said = clsim.replay(stream, {"it": way}, **setting)["it"].predictions.set_index("id")
    assert set(weights[0].values()) == {1.0}, "rows of the warm-up"
    assert weights[4] == {r: 1 / said["propensity"][r] for r in range(80, 120)}
    assert set(weights[4].values()) == {1.0, 4.0, 1 / 0.75}


MEANS, MOVED = [[-1.0, 0.0], [1.0, 0.0]], [[-3.0, 0.0], [-1.0, 0.0]]


def lost(selective):
    """Errors where a drift brings good events to where all are refused, with exploration or not."""
    stream = Synthetic(Gaussians(means=MEANS), [Sudden(Gaussians(means=MOVED), at=2000)], n=6000)
    window = SlidingWindow(1000)
    ways = {
        "as ever": Strategy(Periodic(1), window),
        "explores": Strategy(Periodic(1), ByPropensity(window), exploration=Explore(0.1, to=1)),
    }
    runs = clsim.replay(
        Selective(stream) if selective else stream, ways, learner=LogisticRegression(),
        tick=100, warmup=1000, seed=0,
    )  # fmt: skip
    return {name: run.ticks["errors"].iloc[25:].sum() for name, run in runs.items()}


def test_it_pays_where_labels_are_seen_after_one_answer_alone():
    found = lost(selective=True)
    assert found["explores"] < 0.7 * found["as ever"]


def test_and_costs_where_they_come_anyway():
    # of 2,500 events a tenth is answered 1, of which half were right to be answered 0
    found = lost(selective=False)
    assert 60 < found["explores"] - found["as ever"] < 130


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Explore(0.0), "^share=0.0: must be above 0"),
    (lambda: replay(Explore(0.1, to=7)), "exploration.to: .*7"),
    (lambda: replay(
        Explore(0.1), LogisticRegression(), Synthetic(Gaussians(), n=99), loss="log"),
     "exploration: it changes which class"),
    (lambda: replay(Explore(0.1), table=Synthetic(Friedman(), n=99), learner=LogisticRegression()),
     "classif|regression"),
    (lambda: ByPropensity(SlidingWindow(9), most=0.5), "^most=0.5: must be at least 1"),
    (lambda: Strategy(Never(), exploration=0.1), "^exploration"),
])  # fmt: skip
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()
