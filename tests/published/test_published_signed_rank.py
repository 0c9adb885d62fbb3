"""The Bayesian signed-rank test that baycomp publishes: naive Bayes against J48 on 54 data sets.

``nbc_j48.csv`` has the means of the 100 accuracies (10 times 10 folds, in %) of each line of
``docs/code/accuracies.txt`` of https://github.com/janezd/baycomp (MIT licence), under the names
that stand there, 'credit' twice. The probabilities are printed in its README and in its
``docs/functions.rst``, each from 50,000 draws without a fixed seed.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.compare.significance import SignedRank, bayesian_signed_rank

DRAWS = 50_000


@pytest.fixture(scope="module")
def accuracies() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).with_name("nbc_j48.csv"), index_col="dataset")


@pytest.fixture(scope="module")
def found(accuracies) -> SignedRank:
    pytest.importorskip("baycomp")
    return bayesian_signed_rank(accuracies["nbc"], accuracies["j48"], rope=1, samples=DRAWS)


def test_accuracies_of_baycomp(accuracies):
    assert accuracies.shape == (54, 2)
    # printed in 'A Quick Guide to Bayesian Comparison of Classifiers', in the same repository
    assert accuracies.loc["sonar", "nbc"] == 92.19582


@pytest.mark.parametrize("published", [
    pytest.param((0.23124, 0.00666, 0.7621), id="README"),
    pytest.param((0.23014, 0.00674, 0.76312), id="functions.rst"),
])  # fmt: skip
def test_signed_rank_of_baycomp(found, published):
    # both are shares of draws, so their difference has a variance of 2 p (1 - p) / draws;
    # four standard deviations are 0.011, 0.002 and 0.011
    p = np.array(published)
    tolerance = 4 * np.sqrt(2 * p * (1 - p) / DRAWS)
    assert (np.abs([found.a, found.rope, found.b] - p) <= tolerance).all()
    assert (found.streams, found.reason) == (54, None)
