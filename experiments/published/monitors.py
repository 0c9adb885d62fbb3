"""Distances between samples, and performance that is estimated without labels."""

from __future__ import annotations

import numpy as np
from claim import Claim, numbers

from clsim.monitoring import expected
from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.multivariate import mmd

LETTERS, UNIFORM = np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))
WAS, NOW = np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5])
CHANCE = np.array([0.9, 0.8, 0.3, 0.6])
BOTH, ANSWERS = np.column_stack([1 - CHANCE, CHANCE]), CHANCE >= 0.5
GRETTON = "Gretton et al., JMLR 13 (2012), unbiased, by its definition"


def claims() -> list[Claim]:
    shares = {
        "psi": 0.228217, "kl": 0.106440, "kl_reverse": 0.121777, "jensen_shannon": 0.166930,
        "l_infinity": 0.15, "l1": 0.4,
    }  # fmt: skip
    found = numbers("distance of shares .1 .2 .3 .4 and .25 each", "by their definitions, scipy", {
        name: (value, lambda name=name: float(DISTANCES[name](LETTERS, UNIFORM)))
        for name, value in shares.items()
    }, 6, note="the distance of Jensen and Shannon is the root")  # fmt: skip
    found += numbers("distance of {1, 2, 3, 4} and {2.5, 3.5, 4.5, 5.5}", "scipy", {
        "kolmogorov_smirnov": (0.5, lambda: float(DISTANCES["kolmogorov_smirnov"](WAS, NOW))),
        "earth_mover": (1.5, lambda: float(DISTANCES["earth_mover"](WAS, NOW))),
    }, 9)  # fmt: skip
    samples = {"the same": (0, 100, 0.00052755), "two apart": (2, 100, 0.43377622),
               "ten against a hundred": (0, 10, -0.03200193)}  # fmt: skip
    found += numbers("mmd", GRETTON, {
        name: (value, lambda mean=mean, size=size: discrepancy(mean, size))
        for name, (mean, size, value) in samples.items()
    }, 8)  # fmt: skip
    return found + numbers("without labels", "Kivimäki et al., JAIR (2025), by its definition", {
        "accuracy": (0.75, lambda: rate("accuracy")),
        "its standard deviation": (0.209165, lambda: expected.accuracy_distribution(
            BOTH, ANSWERS).deviation),
        "precision": (0.766667, lambda: rate("precision")),
        "recall, ratio of expectations": (0.884615, lambda: rate("recall")),
        "recall, exactly": (0.897800, lambda: expected.distribution(
            "recall", BOTH, ANSWERS).mean),
    }, 6)  # fmt: skip


def rate(name: str) -> float:
    """A rate of four answers whose chances are calibrated."""
    return float(expected.rate(name, expected.expected_confusion(BOTH, ANSWERS)))


def discrepancy(mean: float, size: int) -> float:
    """Of a hundred normal values around a mean, and so many around 0."""
    random = np.random.RandomState(31)
    reference, current = random.normal(mean, 1, (100, 1)), random.normal(0, 1, (size, 1))
    return float(mmd(reference, current, width=0.5))
