from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.compare.comparison import Setting
from clsim.analysis.compare.scores import paired, scores_table, stream_means
from clsim.runs.info import RunInfo
from clsim.runs.ledger import Prices
from clsim.runs.run import Run


def tidy(rows):
    return pd.DataFrame(rows, columns=["strategy", "stream", "seed", "score"])


def run(loss, retrainings, strategy=None):
    totals = defaultdict(int, loss=loss, retrainings=retrainings, rows_trained=50, labels=10)
    config = {} if strategy is None else {"strategy": strategy}
    info = RunInfo(totals=totals, score=1 - loss / 20, seed=1, classes=(0, 1))
    return Run({}, info, config)


def test_scores_table_has_a_row_per_run_priced_by_hand():
    strategy = {
        "trigger": {"_target_": "clsim.strategy.triggers.Periodic", "every": "7d", "phase": None},
        "dataset": {"_target_": "clsim.strategy.datasets.All"},
        "offline": None,
    }
    compared = [Setting("x=1", {}, {"a": {1: run(4, 2, strategy), 2: run(6, 2)}}),
                Setting("x=2", {}, {"a": {1: run(8, 0)}})]  # fmt: skip
    table = scores_table(compared, Prices(error=10, retraining=5, row=0.1, label=1))
    assert table["stream"].tolist() == ["x=1", "x=1", "x=2"]
    assert table["seed"].tolist() == [1, 2, 1]
    assert table["score"].tolist() == [0.8, 0.7, 0.6]
    assert table["upkeep"].tolist() == [10 + 5 + 10, 10 + 5 + 10, 0 + 5 + 10]
    assert table["cost"].tolist() == [40 + 25, 60 + 25, 80 + 15]
    parts = table[["trigger", "dataset", "training", "offline"]].iloc[0].tolist()
    assert parts == ["Periodic(every=7d)", "All", "", ""]


def test_nested_parts_are_written_as_one_would():
    inner = [{"_target_": "x.Drift", "delta": 0.1}, {"_target_": "x.Volume"}]
    strategy = {"trigger": {"_target_": "x.Any", "triggers": inner}}
    table = scores_table([Setting("", {}, {"a": {1: run(1, 0, strategy)}})], Prices())
    assert table["trigger"].tolist() == ["Any(triggers=[Drift(delta=0.1), Volume])"]


def test_no_settings_give_an_empty_table_with_columns():
    assert {"strategy", "stream", "seed", "score"} <= set(scores_table([], Prices()).columns)


def test_runs_are_paired_by_stream_and_seed_whatever_the_order():
    table = tidy([("b", "s", 2, 4.0), ("a", "s", 1, 1.0), ("b", "s", 1, 3.0), ("a", "s", 2, 2.0),
                  ("a", "r", 7, 5.0), ("b", "r", 7, 6.0)])  # fmt: skip
    found = paired(table)
    assert found.strategies == ("b", "a")
    assert found.streams == ("r", "s")
    assert found.values.tolist() == [[6.0, 3.0, 4.0], [5.0, 1.0, 2.0]]
    assert found.seeds.tolist() == [1, 2]


def test_a_run_that_one_strategy_lacks_counts_for_none():
    table = tidy([("a", "s", 1, 1.0), ("a", "s", 2, 2.0), ("a", "s", 3, 9.0),
                  ("b", "s", 1, 3.0), ("b", "s", 2, np.nan), ("b", "r", 1, 1.0)])  # fmt: skip
    found = paired(table)
    assert found.streams == ("s",)
    assert found.values.tolist() == [[1.0], [3.0]]


def test_each_stream_has_one_mean():
    table = tidy([("a", "s", 1, 1.0), ("a", "s", 2, 2.0), ("a", "r", 1, 5.0),
                  ("b", "s", 1, 3.0), ("b", "s", 2, 5.0), ("b", "r", 1, 7.0)])  # fmt: skip
    means = stream_means(table)
    assert means.loc["a"].to_dict() == {"r": 5.0, "s": 1.5}
    assert means.loc["b"].to_dict() == {"r": 7.0, "s": 4.0}


def test_bad_tables_are_refused_by_name():
    table = tidy([("a", "s", 1, 1.0), ("a", "s", 1, 2.0)])
    with pytest.raises(ValueError, match=r"strategy 'a', stream 's', seed .*1.*: given twice"):
        paired(table)
    with pytest.raises(ValueError, match="unknown column 'scoer'; did you mean 'score'"):
        paired(table, "scoer")
    with pytest.raises(ValueError, match="score: no stream and seed has a value for each of"):
        paired(tidy([("a", "s", 1, 1.0), ("b", "s", 2, 2.0)]))
