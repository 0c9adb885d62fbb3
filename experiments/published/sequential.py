"""Bounds and statistics of tests that look more than once, from Pocock to Kayenta, and of gates."""

from __future__ import annotations

import math

from claim import Claim, numbers

from clsim.statistics.boundaries import error_of_looking, lan_demets, obrien_fleming, pocock
from clsim.statistics.charts import CusumChart, EwmaChart, ShewhartChart
from clsim.statistics.multiplicity import benjamini_hochberg, holm
from clsim.statistics.paired import mcnemar
from clsim.statistics.proportions import beta_above, equivalence
from clsim.statistics.sample_sizes import paired_rows, split_rows
from clsim.statistics.sequences import Sums, always_valid_p, lift_band, log_msprt
from clsim.statistics.sequential import wald_bounds
from clsim.statistics.shifts import hodges_lehmann

TURNBULL = "Jennison and Turnbull, Group Sequential Methods (2000)"
GROWTHBOOK = (Sums(3000, 1396.87, 52377.9767), Sums(3461, 2422.7, 134698.29))
P = [0.01, 0.04, 0.03, 0.005]


def claims() -> list[Claim]:
    looks = {1: 0.0500, 2: 0.0831, 3: 0.1073, 4: 0.1262, 5: 0.1417, 30: 0.2802}
    found = numbers(
        "looking/error of", "Armitage, McPherson and Rowe, JRSS A 132 (1969), by their definition",
        {f"{k} looks": (value, lambda k=k: error_of_looking(k)) for k, value in looks.items()}, 4,
    )  # fmt: skip
    found += numbers(
        "pocock", TURNBULL + ", table 2.1",
        {f"{k} looks": (value, lambda k=k: float(pocock(k)[0]))
         for k, value in {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413}.items()}, 3,
    )  # fmt: skip
    found += numbers(
        "obrien-fleming", TURNBULL + ", table 2.3",
        {f"{k} looks": (value, lambda k=k: float(obrien_fleming(k)[-1]))
         for k, value in {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040}.items()}, 3,
    )  # fmt: skip
    times = (0.2, 0.4, 0.6, 0.8, 1.0)
    for each_side, said, bounds in (
        (True, "twice .025", (4.877, 3.357, 2.680, 2.290, 2.031)),
        (False, "formula of 1983", (4.383, 3.100, 2.553, 2.254, 2.064)),
    ):
        found += numbers(
            f"lan-demets ({said})", "Lan and DeMets, Biometrika 70 (1983)",
            {f"t = {t}": (bound, lambda i=i, each=each_side: float(
                lan_demets(times, each_side=each)[i]))
             for i, (t, bound) in enumerate(zip(times, bounds, strict=True))}, 3,
        )  # fmt: skip
    found += numbers("wald", "Wald, Annals of Mathematical Statistics 16 (1945), by his formulas", {
        "ln A": (2.772589, lambda: wald_bounds(0.05, 0.2)[1]),
        "ln B": (-1.558145, lambda: wald_bounds(0.05, 0.2)[0]),
    }, 6)  # fmt: skip
    found += numbers("msprt", "Robbins (1970), as Johari et al. (2022) use it, by its formula", {
        "likelihood ratio": (64.1702, lambda: math.exp(log_msprt(100, 0.5, 2, 1))),
    }, 4)  # fmt: skip
    found += numbers("msprt", "Robbins (1970), as Johari et al. (2022) use it, by its formula", {
        "p": (0.015584, lambda: float(always_valid_p([log_msprt(100, 0.5, 2, 1)])[0])),
    }, 6)  # fmt: skip
    found += numbers("growthbook", "GrowthBook, sequential tests: as its engine prints them", {
        name: (value, lambda i=i: float(lift_band(*GROWTHBOOK, tuned_for=1000)[i]))
        for i, (name, value) in enumerate(
            {"lift": 0.50336, "low": -0.55844, "high": 1.56516}.items())
    }, 5)  # fmt: skip
    found += numbers("kayenta", "Netflix and Google, Kayenta: Mann-Whitney classifier", {
        name: (value, lambda i=i: float(hodges_lehmann([10, 20, 30, 40], [1, 2, 3, 4])[i]))
        for i, (name, value) in enumerate({"shift": 22.5, "low": 6.0, "high": 39.0}.items())
    }, 6)  # fmt: skip
    return found + gates() + charts()


def gates() -> list[Claim]:
    """What one look at both models says."""
    agresti = "Agresti, Categorical Data Analysis: approval ratings"
    found = numbers("mcnemar", agresti, {
        "chi-squared": (17.355932, lambda: mcnemar(86, 150, "chi2").statistic),
        "corrected": (16.817797, lambda: mcnemar(86, 150, "corrected").statistic),
    }, 6)  # fmt: skip
    found += numbers("mcnemar", agresti, {"p": (3.716e-5, lambda: mcnemar(86, 150).p)}, 8)
    for name, corrected, values in (
        ("holm", holm, (0.03, 0.06, 0.06, 0.02)),
        ("benjamini-hochberg", benjamini_hochberg, (0.02, 0.04, 0.04, 0.02)),
    ):
        found += numbers(name, "by its definition", {
            f"p = {p}": (value, lambda i=i, corrected=corrected: float(corrected(P)[i]))
            for i, (p, value) in enumerate(zip(P, values, strict=True))
        }, 9)  # fmt: skip
    fleiss = "normal approximation: Fleiss, Levin and Paik (2003), by their formulas"
    found += numbers("rows", fleiss, {
        "paired, 5 % disagree": (979, lambda: round(paired_rows(0.02, 0.05))),
        "paired, 10 % disagree": (1960, lambda: round(paired_rows(0.02, 0.1))),
        "two halves": (3210, lambda: round(split_rows(0.90, 0.92, pooled=False))),
    }, 0)  # fmt: skip
    found += numbers("rows", fleiss, {
        "pooled": (3840.8, lambda: split_rows(0.10, 0.12)),
        "unpooled": (3838.1, lambda: split_rows(0.10, 0.12, pooled=False)),
    }, 1)  # fmt: skip
    found += numbers("tost", "two one-sided tests by Wald (Schuirmann 1987)", {
        "z above": (3.837177, lambda: equivalence(180, 200, 176, 200, margin=0.1)[0].statistic),
        "z below": (-2.558118, lambda: equivalence(180, 200, 176, 200, margin=0.1)[1].statistic),
        "p": (0.005262, lambda: max(it.p for it in equivalence(180, 200, 176, 200, margin=0.1))),
    }, 6)  # fmt: skip
    return found + numbers("beta", "exact, by integration", {
        "Beta(15, 85) above Beta(10, 90)": (0.861942, lambda: beta_above(15, 85, 10, 90)),
    }, 6)  # fmt: skip


def charts() -> list[Claim]:
    """Run lengths of charts, from a mean that is known."""
    found: list[Claim] = []
    for name, source, chart, quiet, shifted, note in (
        ("cusum h = 4", "Hawkins and Olwell (1998)", CusumChart(4), 335.4, 8.38, ""),
        ("cusum h = 5", "Hawkins and Olwell (1998)", CusumChart(5), 930.9, 10.38, ""),
        ("shewhart 3", "by its definition", ShewhartChart(3), 370.40, 43.89, ""),
        ("ewma .1, 2.814", "Lucas and Saccucci, Technometrics 32 (1990)", EwmaChart(2.814), 499.5,
         10.33, "of a chain of some 500 cells; with ever more of them it is 499.58"),
    ):  # fmt: skip
        found.append(Claim(f"{name}/in control", source, quiet, chart.run_length, 0.1, note=note))
        found.append(Claim(f"{name}/shift of 1", source, shifted,
                           lambda chart=chart: chart.run_length(shift=1), 0.006))  # fmt: skip
    return found
