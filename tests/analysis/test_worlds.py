"""What counts as independent: worlds, not their delays, learners or repeated logs."""

import pandas as pd
import pytest

from clsim.analysis.compare.comparison import settings
from clsim.analysis.compare.scores import paired, scores_table, stream_means
from clsim.analysis.compare.significance import friedman, wilcoxon_holm
from clsim.analysis.compare.worlds import worlds, worlds_table
from clsim.runs.info import RunInfo
from clsim.runs.ledger import Prices
from clsim.runs.run import Run, Runs

CONCEPT = "clsim.streams.concepts."


def synthetic(variant, concept="SEA"):
    return {
        "_target_": "clsim.streams.Synthetic",
        "concept": {"_target_": f"{CONCEPT}{concept}", "variant": variant},
    }


def run(score, strategy, seed, stream, draw=None, **config):
    totals = dict.fromkeys(
        ("loss", "retrainings", "rows_trained", "labels", "n", "answered", "rejected"), 0.0
    )
    ticks = pd.DataFrame({"slice": "all", "loss": [1 - score]})
    info = RunInfo(totals=totals, score=score, seed=seed, classes=(0, 1), draw=draw)
    config = {"strategy": {"name": strategy}, "stream": stream, **config}
    return Run({"ticks": ticks}, info, config)


def sweep(*runs):
    return settings(Runs({f"{i:012d}": one for i, one in enumerate(runs)}, []))


def three_strategies(streams, delays):
    return sweep(
        *(
            run(0.5 + 0.1 * better + 0.01 * world + 0.001 * late + 0.002 * seed, name, seed,
                stream, draw=f"{world} {seed}", delay={"delay": f"{late}d"})
            for world, stream in enumerate(streams)
            for late in delays
            for seed in (1, 2)
            for better, name in enumerate(("never", "weekly", "daily"))
        )
    )  # fmt: skip


@pytest.mark.parametrize(("streams", "delays"), [(3, (1, 3, 7)), (6, (1, 3, 7)), (6, (1,))])
def test_friedman_counts_worlds_and_not_their_delays(streams, delays):
    compared = three_strategies([synthetic(v) for v in range(streams)], delays)
    assert len(compared) == streams * len(delays)
    means = stream_means(table := scores_table(compared, Prices()))
    test = friedman(means)
    assert test.streams == streams
    assert len(table) == 3 * 2 * streams * len(delays)
    if streams == 3:
        assert test.reason == "needs at least 5 streams, has 3"
    else:
        # all worlds agree: 12 N / (k (k + 1)) (1 + 4 + 9 - k (k + 1)^2 / 4) = 2 N
        assert test.chi2 == pytest.approx(2 * streams)
        assert wilcoxon_holm(means)["p"].isna().all()  # three pairs of six streams: 3 * 2 / 2^6


def test_a_world_is_its_mean_over_delays_in_each_draw():
    compared = three_strategies([synthetic(0), synthetic(1)], (1, 3))
    found = paired(scores_table(compared, Prices()))
    assert found.streams == ("Synthetic variant 0", "Synthetic variant 1")
    assert found.kinds == ("Synthetic SEA",) * 2
    assert found.seeds.tolist() == [2, 2]
    # of variant 0 and never: .5 + .002 (mean of the delays) + .002 seed
    row = found.values[found.strategies.index("never")]
    assert row == pytest.approx([0.504, 0.506, 0.514, 0.516])


def test_a_draw_that_lacks_a_delay_is_left_out():
    table = scores_table(three_strategies([synthetic(0)], (1, 3)), Prices())
    lacks = (table["seed"] == 2) & (table["strategy"] == "daily")
    lacks &= table["setting"] == table["setting"].iloc[0]
    assert paired(table[~lacks]).values.shape == (3, 1)
    with pytest.raises(ValueError, match="score: no stream and seed has a value for each"):
        paired(table[(table["setting"] == table["setting"].iloc[0]) == (table["seed"] == 1)])


def test_a_recorded_log_is_one_world_and_one_draw_whatever_the_seed():
    log = {"_target_": "clsim.streams.Recorded", "data": "elec2.csv"}
    scores = {("never", 1): 0.5, ("never", 2): 0.7, ("daily", 1): 0.8, ("daily", 2): 0.9}
    compared = sweep(
        *(run(score, name, seed, log, draw="log", learner=learner)
          for (name, seed), score in scores.items() for learner in ("sgd", "trees"))
    )  # fmt: skip
    assert len(compared) == 2
    (world,) = worlds(compared)
    assert (world.one_draw, world.seeds, world.draws) == (True, (1, 2), 1)
    found = paired(scores_table(compared, Prices()))
    assert found.seeds.tolist() == [1]
    assert dict(zip(found.strategies, found.values[:, 0], strict=True)) == pytest.approx(
        {"never": 0.6, "daily": 0.85}
    )


def test_worlds_with_the_same_labels_are_one_and_kinds_are_made_of_the_same_classes():
    faulty = {"_target_": "clsim.streams.Faulty", "of": synthetic(0)}
    compared = sweep(
        run(0.5, "never", 1, synthetic(0), draw="a"), run(0.5, "never", 1, faulty, draw="a"),
        run(0.5, "never", 1, synthetic(1), draw="b"),
        run(0.5, "never", 1, synthetic(0, "Sine"), draw="c"),
    )  # fmt: skip
    table = worlds_table(worlds(compared))
    assert sorted(table["settings"]) == [1, 1, 2]
    assert sorted(table["kind"]) == ["Synthetic SEA", "Synthetic SEA", "Synthetic Sine"]
