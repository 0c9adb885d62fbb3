import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from clsim import replay
from clsim.analysis.behaviour.forgetting import transfer
from clsim.analysis.behaviour.harm import changes
from clsim.strategy import Strategy
from clsim.strategy.triggers import Never
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Recurring
from helpers.short_runs import drift, run

GIVEN = {"learner": LogisticRegression(), "tick": 100, "warmup": 200, "seed": 1}


def test_transfer_by_hand():
    # concepts 0 0 0 1 1 0 0 1: opens at .5, closes at .9; comes back at .6 after .9
    one = run([5, 2, 1, 6, 3, 4, 2, 2])
    found = transfer(one, [0, 0, 0, 1, 1, 0, 0, 1])
    turns = found.occurrences
    assert turns[["concept", "occurrence", "first", "last"]].values.tolist() == [
        [0, 0, 0, 2], [1, 0, 3, 4], [0, 1, 5, 6], [1, 1, 7, 7]]  # fmt: skip
    assert turns["opening"].tolist() == pytest.approx([0.5, 0.4, 0.6, 0.8])
    assert turns["closing"].tolist() == pytest.approx([0.9, 0.7, 0.8, 0.8])
    assert turns["transfer"].iloc[2:].tolist() == pytest.approx([0.6 - 0.9, 0.8 - 0.7])
    assert found.backward_transfer == pytest.approx((-0.3 + 0.1) / 2)
    assert found.forgetting == pytest.approx((0.3 - 0.1) / 2)


def test_forgetting_counts_from_the_best_closing_and_transfer_from_the_last():
    found = transfer(run([1, 5, 3, 5, 4]), [0, 1, 0, 1, 0])
    turns = found.occurrences
    assert turns["transfer"].iloc[4] == pytest.approx(0.6 - 0.7)
    assert turns["forgetting"].iloc[4] == pytest.approx(0.9 - 0.6)


def test_edges_wider_than_a_turn_are_the_turn():
    one = run([5, 2, 1, 6, 3, 4, 2, 2])
    turns = transfer(one, [0, 0, 0, 1, 1, 0, 0, 1], edge=9).occurrences
    assert turns["opening"].tolist() == turns["closing"].tolist() == turns["score"].tolist()


def test_the_recurring_drift_of_a_stream_tells_the_concepts():
    stream = Synthetic(Sine(0), [Recurring([Sine(1), Sine(2)], every=300)], n=2400)
    runs = replay(stream, {"never": Strategy(Never())}, **GIVEN)
    found = transfer(runs["never"])
    starts = np.arange(200, 2400, 100)
    truth = stream.truth(starts, 1).filter(like="concept").to_numpy().argmax(axis=1)
    again = transfer(runs["never"], truth)
    pd.testing.assert_frame_equal(found.occurrences, again.occurrences)
    assert found.occurrences["concept"].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert changes(runs["never"])["tick"].tolist() == [1, 4, 7, 10, 13, 16, 19]


def test_concepts_must_be_known():
    with pytest.raises(ValueError, match="no recurring drift"):
        transfer(run([1, 2], drifts=[drift(10)]))
    with pytest.raises(ValueError, match="one for each of 2"):
        transfer(run([1, 2]), [0, 1, 0])
    assert np.isnan(transfer(run([1, 2]), [0, 1]).backward_transfer)
