"""A person is called, and what is broken ends, by hand."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

import clsim
from clsim.randomness import chance
from clsim.runs.ledger import Prices, upkeep
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.repair import OnCall
from clsim.strategy.triggers import At, Never, Performance, Periodic
from clsim.streams import Synthetic, faults
from clsim.streams.concepts import Sine
from clsim.streams.feedback import Selective
from helpers.tables import Table, happened


class IsPositive(ClassifierMixin, BaseEstimator):
    """Answers 1 where the feature is positive, whatever it learns."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        return (np.asarray(X)[:, 0] > 0).astype(int)


def table(n=120):
    y = np.arange(n) % 2
    return Table(np.where(y == 1, 1.0, -1.0)[:, None], y)


def broken(n=120, start=40, **more):
    """Rows whose feature is turned around, so that every answer is wrong."""
    return faults.RescaledFeature(table(n), feature="a", factor=-1.0, start=start, **more)


def replay(stream, *repairs, **more):
    ways = {f"way {k}": Strategy(Never(), repair=repair) for k, repair in enumerate(repairs)}
    ways |= more.pop("beside", {})
    setting = {"learner": IsPositive(), "tick": 10, "warmup": 20, **more}
    return clsim.replay(stream, ways, record="events", **setting)


def calls(run):
    return [(e["tick"], e["accepted"]) for e in happened(run, ["repair"])]


def wrong(run):
    """Rows that were answered wrongly."""
    said = run.predictions
    return said.loc[said["y_true"] != said["y_pred"], "id"].tolist()


LOW = Performance(below=0.5, window=10, min_labels=10)


def test_from_the_end_of_the_work_on_the_fault_is_gone():
    # the tick of rows 40 to 49 is the third; its losses are seen in tick 3 (row 50), and the work
    # of 25 rows ends at row 75
    runs = replay(broken(), OnCall(LOW, after=25, wait=10), beside={"none": Strategy(Never())})
    assert calls(runs["way 0"]) == [(3, True)]
    assert wrong(runs["way 0"]) == list(range(40, 75))
    assert wrong(runs["none"]) == list(range(40, 120)), "nobody was called in its world"
    [event] = happened(runs["way 0"], ["repair"])
    assert event["duration"] == 25
    assert [(e.start, e.end) for e in runs["way 0"].info.drifts] == [(40, 75)]
    assert runs["way 0"].totals["repairs"] == 1
    assert upkeep(runs["way 0"].totals, Prices(repair=7.5, retraining=0)) == 7.5


def test_nobody_else_is_called_while_somebody_is_at_work_nor_for_a_while():
    # at row 80 eight of the last ten labels are of before the end of the work, at row 90 none
    assert calls(replay(broken(), OnCall(LOW, after=28))["way 0"]) == [(3, True), (6, False)]
    assert calls(replay(broken(), OnCall(LOW, after=28, wait=3))["way 0"]) == [(3, True)]
    assert calls(replay(broken(), OnCall(LOW, after=0))["way 0"]) == [(3, True)]
    assert wrong(replay(broken(), OnCall(LOW, after=0))["way 0"]) == list(range(40, 50))


def test_where_nothing_is_broken_a_call_ends_nothing():
    run = replay(broken(start=60, end=80), OnCall(At([0, 2, 4, 6]), after=5))["way 0"]
    # called at rows 20, 40, 60 and 80: the third has it over at row 65
    assert calls(run) == [(0, False), (2, False), (4, True), (6, False)]
    assert wrong(run) == list(range(60, 65))
    late = replay(broken(start=60, end=80), OnCall(At([4]), after=20))["way 0"]
    assert calls(late) == [(4, False)], "it was over by itself"
    assert wrong(late) == list(range(60, 80))


def test_work_fails_by_the_seed_and_the_tick():
    when = [3, 5, 7, 9]
    run = replay(broken(), OnCall(At(when), after=5, chance=0.5))["way 0"]
    works = [chance(0, "repair", tick) < 0.5 for tick in when]
    first = works.index(True)
    assert calls(run) == [(t, k == first) for k, t in enumerate(when)]
    assert wrong(run) == list(range(40, 20 + 10 * when[first] + 5))
    failed = [e["detail"] == {"failed": True} for e in happened(run, ["repair"]) if "detail" in e]
    assert failed == [True] * works.count(False)


def test_each_repair_is_a_world_and_equal_ones_share_it():
    inner = broken(start=40)
    twice = faults.RescaledFeature(inner, feature="a", factor=-1.0, start=80)  # undoes it
    first, both = OnCall(At([4]), after=0), OnCall(At([4, 9]), after=0)
    runs = replay(twice, first, first, both, beside={"none": Strategy(Never())})
    assert wrong(runs["none"]) == list(range(40, 80))
    assert wrong(runs["way 0"]) == [*range(40, 60), *range(80, 120)] == wrong(runs["way 1"])
    assert wrong(runs["way 2"]) == [*range(40, 60), *range(80, 110)]
    assert list(runs) == ["way 0", "way 1", "way 2", "none"]
    assert runs["none"].info.made.unique_fits == 3, "one in each of three worlds"


def test_together_is_as_alone_and_the_past_stays():
    stream = faults.NullFeature(Synthetic(Sine(0), n=1_500), feature="x0", start=700)
    call = OnCall(Performance(below=0.8, window=80, min_labels=40), after=100, wait=100)
    ways = {
        "calls": Strategy(Periodic(4), SlidingWindow(300), repair=call),
        "retrains": Strategy(Periodic(4), SlidingWindow(300)),
    }
    learner = __import__("sklearn.ensemble").ensemble.HistGradientBoostingClassifier(max_iter=5)
    setting = {"learner": learner, "tick": 50, "warmup": 300}
    runs = clsim.replay(stream, ways, **setting)
    [tick] = [tick for tick, ended in calls(runs["calls"]) if ended]
    assert 8 <= tick <= 12
    for name, way in ways.items():
        alone = clsim.replay(stream, {name: way}, **setting)[name]
        assert alone.ticks.equals(runs[name].ticks)
    both = [run.ticks.iloc[: tick + 2].drop(columns="model") for run in runs.values()]
    assert both[0].equals(both[1])
    assert runs["calls"].totals["errors"] < runs["retrains"].totals["errors"]


@pytest.mark.parametrize("fault", [
    lambda s: faults.DroppedRows(s, share=0.5, start=30),
    lambda s: faults.DuplicatedRows(s, share=0.5, start=30),
    lambda s: faults.LabelNoise(s, rate=0.5, start=30),
    lambda s: faults.LabelNoise(s, rate=0.9, growing=True, start=30, end=100),
    lambda s: Selective(faults.LabelNoise(s, rate=0.5, start=30)),
])  # fmt: skip
def test_what_is_mended_is_the_world_without_it_from_there_on(fault):
    def batches(stream):
        parts = list(stream.blocks(0))
        return np.concatenate([p.X for p in parts]), np.concatenate([p.y for p in parts])

    whole, never = fault(table()), table()
    mended = whole.mended(50, 60, 0)
    (X, y), (_, before), (_, sound) = batches(mended), batches(whole), batches(never)
    assert y[:60].tolist() == before[:60].tolist(), "nothing is other before"
    assert y[60:].tolist() == sound[len(sound) - len(y[60:]) :].tolist()
    assert y.tolist() != before.tolist()
    assert whole.mended(20, 25, 0) is whole, "it had not begun"
    assert len(X) == len(y)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: OnCall(LOW, after=-1), "^after"),
    (lambda: OnCall(LOW, after=1, chance=2.0), "^chance=2.0: must be at most 1"),
    (lambda: OnCall("often", after=1), "^when"),
    (lambda: OnCall(Performance, after=1), "^when"),
    (lambda: Strategy(Never(), repair=LOW), "^repair"),
    (lambda: replay(broken(), OnCall(LOW, after="1d")), r"^repair.after|strategies.*repair.after"),
])  # fmt: skip
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()
