"""Two sweeps beside each other, paired by seed, by hand."""

import pytest

from clsim.analysis.compare.beside import beside, beside_means
from clsim.analysis.compare.comparison import settings
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from helpers.handmade import run


def one(loss, strategy, seed, delay, learner):
    made = run([loss / 10] * 10, seed=seed)
    made.config = {
        "seed": seed, "strategy": {"name": strategy}, "delay": {"delay": delay},
        "learner": {"_target_": f"x.{learner}"},
    }  # fmt: skip
    return made


def sweep(learner, more, without=()):
    """Losses of 20 + seed, and what another learner adds: ``more`` and the seed again."""
    runs = [
        one(20 + seed + more * (1 + seed), name, seed, delay, learner)
        for name in ("never", "weekly")
        for delay in ("1d", "3d")
        for seed in (1, 2, 3)
        if (name, delay, seed) not in without
    ]
    return settings(Runs({f"{i:012d}": made for i, made in enumerate(runs)}))


def test_differences_are_of_partners_setting_by_setting():
    found = beside(sweep("sgd", 0), sweep("trees", 1), Prices(error=2))
    assert len(found.pairs) == 12
    assert found.unpaired.empty
    table = beside_means(found)
    assert table["setting"].tolist() == ["1d", "1d", "3d", "3d"]
    # 2 a loss; seeds add 2, 3 and 4: 6 and t(.975, 2) * 2 / sqrt(3) = 4.968
    assert table["a"].tolist() == pytest.approx([44] * 4)
    assert table["difference"].tolist() == pytest.approx([6] * 4)
    assert (table["high"] - table["difference"]).tolist() == pytest.approx([4.968] * 4, abs=1e-3)
    assert found.differences[["a", "b"]].to_numpy().tolist() == [["sgd", "trees"]] * 2
    scores = beside_means(found, "score")  # of 100 events, a loss of 3 more
    assert scores["difference"].tolist() == pytest.approx([-0.03] * 4)


def test_what_has_no_partner_is_said():
    few = sweep("trees", 1, [("weekly", "1d", 2), *(("never", "3d", s) for s in (1, 2, 3))])
    found = beside(sweep("sgd", 0), few)
    assert len(found.pairs) == 8
    said = found.unpaired.groupby(["sweep", "strategy", "reason"]).size().to_dict()
    assert said == {
        ("a", "weekly", "the other has not this seed"): 1,
        ("a", "never", "the other has no such strategy in this setting"): 3,
    }
    back = beside(few, sweep("sgd", 0)).unpaired
    assert set(back["sweep"]) == {"b"}
    assert len(back) == 4


def test_single_settings_are_partners_whatever_they_are_called():
    def of(delay):
        runs = {f"{s:012d}": one(10, "never", s, delay, "sgd") for s in (1, 2)}
        return settings(Runs(runs))

    found = beside(of("1d"), of("7d"))
    assert len(found.pairs) == 2
    assert found.differences[["a", "b"]].to_numpy().tolist() == [["1d", "7d"]]
    assert beside_means(found)[["difference", "low"]].to_numpy().tolist() == [[0.0, 0.0]]
