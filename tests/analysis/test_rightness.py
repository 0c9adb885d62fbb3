"""Whether tests were right: worlds in which every answer is known, and a gate against theory."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

import clsim
from clsim.analysis import verdict_rates
from clsim.analysis.behaviour.rightness import judged
from clsim.runs.ledger import Prices
from clsim.statistics.intervals import ratio_interval
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.deployment import MayFail
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import ABTest, Shadow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Gaussians, Logistic, Sine
from clsim.streams.drift import Sudden
from clsim.streams.targets import Prior
from helpers.fixed import Counting, labels
from helpers.tables import Table

# what was learned last: 0 in the warm-up, then 1 in the first challenger (tick 4, row 60)
AGAIN = labels((40, 0), (100, 10))  # ... and 1 is right from then on
ENDED = labels((40, 0), (20, 10), (80, 0))  # ... and 0 is right from then on
GATES = {
    "at once": {},
    "passes": {"offline": ChampionChallenger(10, margin=-2, min_rows=1)},
    "rejects": {"offline": ChampionChallenger(10, margin=2, min_rows=1)},
    "shadow": {"online": Shadow(20, min_labels=10)},
    "few labels": {"online": ABTest(40, min_labels=39)},
    "A/B": {"online": ABTest(40, min_labels=2)},
    "fails": {"deployment": MayFail(1.0)},
}


def replayed(stream, **setting):
    ways = {
        name: Strategy(Periodic(4, phase=0), SlidingWindow(20), **gate)
        for name, gate in GATES.items()
    }
    return clsim.replay(
        stream, ways, learner=Counting(), tick=10, warmup=20, ghosts=20, **setting
    )  # fmt: skip


def first_of(runs, **options):
    """By strategy, what is said of all tests of the first challenger."""
    found = clsim.verdicts(runs, Prices(error=2, retraining=5), horizon=20, **options)
    return found[(found["tick"] == 4) & (found["test"] == "together")].set_index("strategy")


def test_every_verdict_by_hand():
    # 20 events, on each of which one of the two is wrong, at 2 of money an error
    runs = replayed(AGAIN)
    found = first_of(runs)
    for name, value in {"delta": 40, "error": 0, "n": 20, "differ": 1}.items():
        assert (found[name] == value).all()
    assert found["verdict"].to_dict() == {
        "at once": "promoted", "passes": "promoted", "rejects": "rejected",
        "shadow": "promoted", "few labels": "undecided",
        "A/B": "promoted", "fails": "left out",
    }  # fmt: skip
    assert found["judged"].to_dict() == {
        "at once": "right", "passes": "right", "rejects": "wrong rejection",
        "shadow": "right", "few labels": "undecided", "A/B": "right",
        "fails": "left out",
    }  # fmt: skip
    assert found["regret"].to_dict() == {
        "at once": 0, "passes": 0, "rejects": 40, "shadow": 0,
        "few labels": 40, "A/B": 0, "fails": 0,
    }  # fmt: skip
    assert found["waited"].loc[["at once", "rejects", "shadow", "A/B"]].tolist() == [0, 0, 20, 40]
    # a shadow answers nothing, so all 20 errors of the champion count; of an A/B test, its share
    served = runs["A/B"].served.query("role == 'challenger' and 4 <= tick < 6")
    exposure = found["exposure"]
    assert (exposure["at once"], exposure["rejects"], exposure["shadow"]) == (0, 0, 40)
    assert exposure["A/B"] == 40 - 2 * served["n"].sum()
    assert 0 < exposure["A/B"] < 40


def test_the_same_where_the_champion_is_right():
    found = first_of(replayed(ENDED))
    assert (found["delta"] == -40).all()
    wrong = {"at once": 40, "passes": 40, "rejects": 0, "few labels": 0}
    assert found["regret"].loc[list(wrong)].to_dict() == wrong
    assert found["judged"].loc[["at once", "passes", "rejects", "shadow"]].tolist() == [
        "wrong promotion", "wrong promotion", "right", "right",
    ]  # fmt: skip
    assert (found["exposure"].drop(["A/B", "few labels", "fails"]) == 0).all()
    few = first_of(replayed(ENDED), indifference=40)
    assert few["judged"].loc[["at once", "rejects"]].tolist() == ["no matter", "no matter"]


def test_each_test_is_judged_by_itself():
    both = Strategy(
        Periodic(4, phase=0), SlidingWindow(20),
        offline=ChampionChallenger(10, margin=-2, min_rows=1), online=Shadow(20, min_labels=10),
    )  # fmt: skip
    runs = clsim.replay(
        ENDED, {"both": both}, learner=Counting(), tick=10, warmup=20, ghosts=20
    )  # fmt: skip
    found = clsim.verdicts(runs, Prices(retraining=5), horizon=20)
    found = found[found["tick"] == 4].set_index("test")["judged"]
    assert found.to_dict() == {"offline": "wrong promotion", "online": "right", "together": "right"}


class Parity(BaseEstimator):
    """Answers the first feature of its latest row."""

    def fit(self, X, y):
        self.answer_ = int(X[-1, 0])
        return self

    def predict(self, X):
        return np.full(len(X), self.answer_)


class Coins(Table):
    """Labels that are 1 with the chance .45; a feature that says which model is trained next."""

    def chances(self, seed):
        yield np.tile([0.55, 0.45], (len(self.y), 1))


@pytest.mark.slow
def test_a_gate_errs_as_often_as_theory_says():
    # of two models that answer 0 and 1, the one that answers 1 loses .45 of its 60 events less
    # .55: 6 units; a gate on 25 rows prefers it if 13 or more are 1
    ticks, each, rows = 400, 60, 25
    y = np.random.default_rng(5).random(ticks * each) < 0.45
    parity = np.arange(ticks * each) // each % 2
    stream = Coins(parity[:, None], y.astype(int))
    gate = ChampionChallenger(rows, min_rows=rows)
    runs = clsim.replay(
        stream, {"gate": Strategy(Periodic(1), SlidingWindow(60), offline=gate)},
        learner=Parity(), tick=each, warmup=each, ghosts=each,
    )  # fmt: skip
    found = clsim.verdicts(runs, Prices(retraining=1)).query("test == 'offline'")
    other = found[found["differ"] == 1]
    assert len(other) > 200
    assert (found["by"] == "expected").all()
    np.testing.assert_allclose(other["delta"].abs(), 6)
    errs = stats.binom.sf(12, rows, 0.45)
    worse, better = other[other["delta"] < 0], other[other["delta"] > 0]
    for some, wrong in ((worse, "wrong promotion"), (better, "wrong rejection")):
        times = int((some["judged"] == wrong).sum())
        assert stats.binomtest(times, len(some), errs).pvalue > 0.001
        assert len(some) > 50
    rates = verdict_rates(found[found["differ"] == 1]).iloc[0]
    assert rates["wrong_promotions"] == (worse["judged"] == "wrong promotion").mean()
    assert rates["regret"] == pytest.approx(other["regret"].mean())


def test_what_was_realised_has_a_standard_error():
    y = np.random.default_rng(0).random(40_000) < 0.499
    stream = Coins((np.arange(40_000) // 1_000 % 2)[:, None], y.astype(int))
    run = clsim.replay(
        stream, {"gate": Strategy(Periodic(1), SlidingWindow(1_000))}, learner=Parity(), tick=1_000,
        warmup=1_000, ghosts=1_000,
    )["gate"]  # fmt: skip
    realised = run.ghosts.assign(champion_expected=np.nan, model_expected=np.nan)
    other = clsim.Run({**run._tables, "ghosts": realised}, run.info)
    found = judged(other, Prices(retraining=1), indifference=0)
    found = found[(found["test"] == "together") & (found["differ"] == 1)]
    assert set(found["by"]) == {"realised"}
    # of differences of 1 or -1: the root of n n/(n - 1) (1 - mean²)
    mean = found["delta"] / 1_000
    np.testing.assert_allclose(found["error"], np.sqrt(1_000 * 1_000 / 999 * (1 - mean**2)))


def test_how_likely_each_class_is():
    calm = Synthetic(Sine(0), [Sudden(Sine(1), at=400)], n=600, noise=0.1)
    likely = np.concatenate(list(calm.chances(3)))
    clean = np.concatenate([b.y for b in Synthetic(
        Sine(0), [Sudden(Sine(1), at=400)], n=600
    ).blocks(3)])  # fmt: skip
    np.testing.assert_allclose(likely[np.arange(600), clean], 0.9)
    drawn = Synthetic(Logistic(3), n=40_000)
    likely = np.concatenate(list(drawn.chances(1)))[:, 1]
    y = np.concatenate([b.y for b in drawn.blocks(1)])
    error = np.sqrt((likely * (1 - likely)).sum())
    assert abs(y.sum() - likely.sum()) < 3.3 * error + len(y) / 128
    assert likely.min() < 0.2
    assert likely.max() > 0.8
    for unknown in (
        Synthetic(Gaussians(), n=100), Synthetic(Sine(0), n=100, balance=[0.5, 0.5]),
        Synthetic(Sine(0), [Sudden(Prior([0.9, 0.1]), at=50)], n=100),
    ):  # fmt: skip
        assert unknown.chances(1) is None


def test_ghosts_decide_nothing_and_are_read_back(tmp_path):
    stream = Synthetic(Sine(0), [Sudden(Sine(1), at=900)], n=1_800, noise=0.1)
    ways = {"gate": Strategy(Periodic(2), offline=ChampionChallenger(60))}
    setting = {"learner": LogisticRegression(), "tick": 60, "warmup": 300, "seed": 2}
    run = clsim.replay(stream, ways, **setting, ghosts=300)["gate"]
    alone = clsim.replay(stream, ways, **setting)["gate"]
    pd.testing.assert_frame_equal(run.ticks, alone.ticks)
    assert alone.ghosts is None
    others = {**ways, "at once": Strategy(Periodic(2)), "tried": Strategy(
        Periodic(2), online=ABTest(120, min_labels=20)
    )}  # fmt: skip
    shared = clsim.replay(stream, others, **setting, ghosts=300, churn=60)["gate"]
    pd.testing.assert_frame_equal(shared.ghosts, run.ghosts)
    # both models are kept: what the champion that stays would have lost is what it lost
    ghosts = run.ghosts.merge(run.ticks, on="tick", suffixes=("", "_served"))
    served = ghosts[ghosts["champion"] == ghosts["model_served"]]
    assert len(served) > 10
    np.testing.assert_array_equal(served["champion_loss"], served["loss"])
    taken = ghosts[ghosts["model"] == ghosts["model_served"]]
    np.testing.assert_array_equal(taken["model_loss"], taken["loss"])
    run.save(tmp_path / "run")
    again = clsim.load(tmp_path / "run")
    pd.testing.assert_frame_equal(again.ghosts, run.ghosts, check_dtype=False)
    pd.testing.assert_frame_equal(clsim.verdicts(again), clsim.verdicts(run))


def test_refused():
    stream, one = AGAIN, {"often": Strategy(Periodic(4, phase=0))}
    setting = {"learner": Counting(), "tick": 10, "warmup": 20}
    with pytest.raises(ValueError, match="ghosts='7d': this stream has no time"):
        clsim.replay(stream, one, **setting, ghosts="7d")
    with pytest.raises(ValueError, match="ghosts=0: must be above 0"):
        clsim.replay(stream, one, **setting, ghosts=0)
    with pytest.raises(ValueError, match="no run has any; replay with ghosts"):
        clsim.verdicts(clsim.replay(stream, one, **setting))
    with pytest.raises(ValueError, match="horizon=30: ghosts were asked for 20 events alone"):
        clsim.verdicts(clsim.replay(stream, one, **setting, ghosts=20), horizon=30)


def test_a_ratio_of_means_by_hand():
    # 4 of 8: residuals 1, -1, 0; sqrt(2 / 6) / (8 / 3) = .2165, times 4.3027
    found = ratio_interval([2, 0, 2], [2, 2, 4])
    assert found.mean == 0.5
    assert found.high - found.mean == pytest.approx(4.30265 * 0.216506, rel=1e-5)
    assert np.isnan(ratio_interval([1], [2]).low)
    assert np.isnan(ratio_interval([1, 1], [0, 0]).mean)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"differ": 61}, "ghosts differ on more events than there are"),
        ({"n": 61, "differ": 0}, "ghosts are asked for more events than were served"),
        ({"tick": 99}, "ghosts in ticks that are not there"),
        ({"met": 0}, "a ghost is not asked tick after tick"),
        ({"squares": np.inf}, "losses that are no numbers"),
    ],
)
def test_ghosts_that_contradict_the_run_are_not_read(columns, message, tmp_path):
    run = clsim.replay(
        labels((40, 0), (560, 10)), {"often": Strategy(Periodic(2))}, learner=Counting(), tick=60,
        warmup=120, ghosts=60,
    )["often"]  # fmt: skip
    wrong = clsim.Run({**run._tables, "ghosts": run.ghosts.assign(**columns)}, run.info)
    wrong.save(tmp_path / "run")
    with pytest.raises(ValueError, match=message):
        clsim.load(tmp_path / "run")
