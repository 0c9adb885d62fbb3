"""Published values of the statistics with which papers compare methods."""

import sys
from pathlib import Path

import numpy as np
import pytest

from clsim.analysis.compare.significance import (
    critical_difference,
    friedman,
    nemenyi,
    wilcoxon_holm,
)
from clsim.analysis.findings.compared import nemenyi_pairs
from clsim.statistics.intervals import iqm
from clsim.statistics.multiplicity import holm

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "published"))

from comparisons import AUC, accuracies


def test_friedman_of_demsar_2006():
    found = friedman(AUC)
    assert found.ranks.round(3).tolist() == [3.143, 2.000, 2.893, 1.964]
    assert (round(found.chi2, 2), round(found.f, 2)) == (9.28, 3.69)
    assert found.p < 0.05  # the critical value of F(3, 39) is 2.85
    assert (found.streams, found.reason) == (14, None)


def test_nemenyi_of_demsar_2006():
    found = nemenyi(AUC, level=0.05)
    assert round(found.critical_difference, 2) == 1.25
    assert found.cliques == (("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"),)
    assert (found.p.to_numpy() > 0.05).all()
    pairs = nemenyi_pairs(found)
    assert pairs["apart"].tolist() == [False] * 6
    assert pairs["difference"].abs().max().round(3) == 1.179  # 3.143 less 1.964


def test_groups_of_demsar_2006_figure_1():
    found = nemenyi(AUC, level=0.10)
    assert round(found.critical_difference, 2) == 1.12
    assert found.cliques == (("C4.5+m+cf", "C4.5+m", "C4.5+cf"), ("C4.5+cf", "C4.5"))
    worse = found.p.loc["C4.5"] < 0.10
    assert worse[worse].index.tolist() == ["C4.5+m", "C4.5+m+cf"]


@pytest.mark.parametrize(("level", "quantiles"), [
    (0.05, [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
    (0.10, [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]),
])  # fmt: skip
def test_critical_values_of_demsar_2006_table_5(level, quantiles):
    k = np.arange(2, 11)
    found = [critical_difference(int(j), 1, level) for j in k] / np.sqrt(k * (k + 1) / 6)
    assert found == pytest.approx(quantiles, abs=0.0015)  # the table is not rounded evenly


def test_holm_of_demsar_2006():
    # against .05 / 3, .05 / 2 and .05 the paper rejects the first two
    assert holm([0.016, 0.019, 0.607]).tolist() == pytest.approx([0.048, 0.048, 0.607])


def test_wilcoxon_of_demsar_2006():
    # table 2: C4.5 and C4.5+m have rank sums of 12 and 93; T = 12 rejects at 0.05 for 14 data sets
    row = wilcoxon_holm(AUC.loc[["C4.5", "C4.5+m"]]).iloc[0]
    assert (row["rank_sum_a"], row["rank_sum_b"]) == (12, 93)
    assert row["differing"] == 12
    assert row["p"] < 0.05


def test_iqm_of_rliable():
    # the values of its tests/rliable/metrics_test.py: runs by tasks
    assert iqm([[1, 2], [2, 2], [1, 1], [2, 1]]) == 1.5
    assert iqm([[1, 1], [2, 2], [3, 3]]) == 2


def test_iqm_of_wikipedia():
    assert iqm([5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6]) == 6.5


def test_accuracies_of_baycomp():
    assert accuracies().shape == (54, 2)
    # printed in 'A Quick Guide to Bayesian Comparison of Classifiers', in the same repository
    assert accuracies().loc["sonar", "nbc"] == 92.19582
