"""Metrics on the page, and what it says of a matrix of prices without a threshold."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis import metric_means, metric_over_time, metric_values, settings
from clsim.report.parts.reported import metrics
from clsim.report.parts.verdict import notes
from clsim.report.section import make_section
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic

COSTS = [[0, 1], [5, 0]]
NAMES = ["auc", "calibration_error"]


def sweep(threshold=None, **given):
    every = {}
    strategies = {
        "never": clsim.Strategy(Never(), threshold=threshold),
        "<often>": clsim.Strategy(Periodic(2), SlidingWindow(90), threshold=threshold),
    }
    for seed in (1, 2):
        runs = clsim.replay(Synthetic(Logistic(3), n=400), strategies, learner=GaussianNB(),
                            tick=50, warmup=100, seed=seed, **given)  # fmt: skip
        every |= {f"{name} {seed}": run for name, run in runs.items()}
    return Runs(every, [])


@pytest.fixture(scope="module")
def runs():
    return sweep(metrics=NAMES)


def section(runs, **prices):
    return make_section(settings(runs)[0], Prices(**prices), None, None, "")


def test_means_over_seeds_are_those_of_the_runs(runs):
    means = metric_means(metric_values(settings(runs)[0])).set_index(["strategy", "metric"])
    both = [runs.runs[f"never {seed}"].metrics for seed in (1, 2)]
    value = [frame["value"][frame["tick"].isna()].iloc[0] for frame in both]
    assert means.loc[("never", "auc"), "mean"] == pytest.approx(np.mean(value))
    assert (means["seeds"] == 2).all()
    assert ((means["low"] >= 0) & (means["high"] <= 1)).all(), "no share lies beyond 1"
    by_seed = dict(zip((1, 2), (runs.runs["never 1"], runs.runs["never 2"]), strict=True))
    curve = metric_over_time(by_seed, "auc", per_bin=2)
    assert curve.index.tolist() == [0, 2, 4]
    first = [frame[(frame["metric"] == "auc") & (frame["tick"] < 2)]["value"] for frame in both]
    assert curve[0] == pytest.approx(np.mean([values.mean() for values in first]))


def test_the_page_has_a_row_for_each_strategy_and_a_panel_for_each_metric(runs):
    part = metrics(section(runs))
    assert part.html.count("<tr>") == 1 + 2
    assert "&lt;often&gt;" in part.html
    table = part.tables["metrics"]
    assert len(table) == 2 * 2 * len(NAMES)
    assert set(table["metric"]) == set(NAMES)
    for width in (7.0, 3.35):
        figure = part.drawings[0].draw(width)
        assert [a.get_title("left") for a in figure.axes if a.axison] == NAMES
    assert part.cites == ("naeini2015",)


def test_without_metrics_there_is_no_part(runs):
    bare = sweep()
    assert metrics(section(bare)) is None
    assert isinstance(metric_values(settings(bare)[0]), pd.DataFrame)


def test_the_page_warns_of_a_matrix_of_prices_that_meets_a_cut_of_one_half(runs):
    assert "from a chance of 0.1667" in notes(section(runs, error=COSTS))
    assert "threshold" not in notes(section(runs, error=[[0, 2], [2, 0]]))
    assert "threshold" not in notes(section(runs))
    cut = sweep(loss=COSTS, threshold="by_price")
    assert "threshold" not in notes(section(cut, error=COSTS))
