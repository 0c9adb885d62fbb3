"""When labels of the warm-up come: all by its end, or when the log says; by hand.

Twelve rows, six of them the warm-up, in ticks of two; the label of each comes three rows later.
Tick 0 starts at row 6, and has the labels of rows 0 to 3; tick 1 at row 8, tick 2 at row 10.
"""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis import first_models
from clsim.analysis.compare.comparison import Setting
from clsim.hindsight.make import counterfactual
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import All
from clsim.strategy.triggers import Never, Periodic
from helpers.tables import Table, happened

GIVEN = {"learner": GaussianNB(), "tick": 2, "warmup": 6}


def log(late=3, **columns):
    return Table(np.arange(12)[:, None], [0, 1] * 6, label_time=np.arange(12) + late, **columns)


def run(how, strategy=None, stream=None):
    strategy = strategy or Strategy(Periodic(1))
    stream = stream or log()
    return clsim.replay(stream, {"it": strategy}, warmup_labels=how, **GIVEN)["it"]


def of(run, kind, *names):
    return [tuple(event[name] for name in ("tick", *names)) for event in happened(run, [kind])]


def labels(run):
    """Ticks in which labels came, and how many."""
    return [event for event in of(run, "label", "labels") if event[1]]


def test_labels_of_the_warm_up_come_as_recorded():
    found = run("as_recorded")
    assert of(found, "initial", "rows", "labels") == [(-1, 4, 4)]
    # rows 4 and 5 in tick 1, and rows 6 and 7, which were served, in tick 2
    assert labels(found) == [(1, 2), (2, 2)]
    assert of(found, "train", "rows") == [(1, 6), (2, 8)]
    assert found.totals["labels"] == 4
    assert found.ticks["observed_n"].tolist() == [0, 0, 2]


def test_or_are_all_there_when_it_ends():
    found = run("history")
    assert of(found, "initial", "rows", "labels") == [(-1, 6, 6)]
    assert labels(found) == [(2, 2)]
    assert of(found, "train", "rows") == [(1, 6), (2, 8)]
    assert found.ticks["observed_n"].tolist() == [0, 0, 2]


def test_rows_of_the_warm_up_load_as_recorded():
    there = [0, 0, 0, 9, 0, 0, *range(6, 12)]
    there = [max(time, row) for row, time in enumerate(there)]
    for how, first, then in (("history", 6, [6, 8]), ("as_recorded", 3, [5, 8])):
        found = run(how, stream=log(available=there))
        assert of(found, "initial", "rows") == [(-1, first)]
        assert of(found, "train", "rows") == [(1, then[0]), (2, then[1])]


def test_no_label_of_the_warm_up_comes_by_itself_where_none_comes_after_it():
    bought = Strategy(Never(), curation=Buying(Random(), Fixed(1), natural=False))
    found = run("as_recorded", bought)
    assert of(found, "initial", "labels") == [(-1, 4)]
    # tick 0 has rows 4 and 5 to buy of, and the label comes in tick 1
    assert labels(found) == [(1, 1), (2, 1)]
    assert found.totals["labels"] == 0


def test_without_a_label_by_its_end_there_is_no_first_model():
    found = run("as_recorded", stream=log(late=7))
    assert of(found, "initial") == []
    assert found.ticks["answered"].tolist() == [0, 2, 2]  # after a training in tick 1, on two rows
    with pytest.raises(ValueError, match=r"^warmup: .*\(warmup_labels=as_recorded\)"):
        counterfactual(log(late=7), dataset=All(), warmup_labels="as_recorded", **GIVEN)


def test_what_the_first_models_had_is_a_table():
    runs = {how: {0: run(how)} for how in ("history", "as_recorded")}
    frame = first_models(Setting("", {}, runs))
    assert frame.to_numpy().tolist() == [["history", 0, 6, 6, 6], ["as_recorded", 0, 6, 4, 4]]


@pytest.mark.parametrize("call", [
    run, lambda how: counterfactual(log(), dataset=All(), warmup_labels=how,
                                                     **GIVEN),
])  # fmt: skip
def test_another_word_is_refused(call):
    with pytest.raises(ValueError, match=r"^warmup_labels: .*'as_recorded'"):
        call("as_record")
