"""Numbers that the page of rolling out quotes are those of its files."""

import re
from statistics import NormalDist

import pandas as pd
import pytest

from helpers.quoted import NUMBER, agrees, read, unaccounted


def rollout(page):
    page.starts("## By how much bounds break")
    bounds_that_break(page)
    waiting_for_a_test(page)
    chances_to_fail(page)


def bounds_that_break(page):
    """Half of the labels that came are positive; each class has its shares of wrong answers."""
    normal = NormalDist()
    users = read("rollout/users.csv").iloc[0]
    late = read("rollout/late_by_class.csv").set_index("Unnamed: 0")
    says = late.sum(axis=1)
    champion, challenger, positive, come = (0.5, 0.05), (0.3, 0.08), 3 / 23, 3 / 20
    labels = 2_000 * (positive + (1 - positive) * come)
    gap = sum(a - b for a, b in zip(champion, challenger, strict=True)) / 2
    pairs = zip(champion, challenger, strict=True)
    spread = sum(0.5 * (a * (1 - b) + b * (1 - a)) for a, b in pairs) - gap**2
    z = gap / (spread / labels) ** 0.5
    by_events = 2 * normal.cdf(-1.96 / 2.9**0.5)
    page.table("| | rejects equality", {
        "100 users of 20 events, intra-class correlation .1, halves of the users: by events": [
            users["by rows"], 1, 19, 0.1, 1 + 19 * 0.1, 1.96, 2.9, by_events
        ],
        "the same by users (`unit`)": [users["by users"], 0.05],
        "labels late by class, a shadow over 2,000 events": [
            says["as they come"], labels, gap, spread, labels, z, 1.96, z, 1 - normal.cdf(1.96 - z)
        ],
        "the same, mature rows": [says["mature"], 0.05],
    })  # fmt: skip
    page.holds("always for the challenger", late["worse"]["as they come"] == 0)
    page.says("3 of 23 events are positive (# %)", 100 * positive)
    for wrong in (champion, challenger):
        assert agrees(".1087", positive * wrong[0] + (1 - positive) * wrong[1])
    variance = sum(sum(one) / 2 * (1 - sum(one) / 2) for one in (champion, challenger))
    page.says("of an A/B test, the chance is higher still (#)",
              1 - normal.cdf(1.96 - gap / (variance / 1_000) ** 0.5))  # fmt: skip
    page.sets(
        "Level .05, 2,000 trials", "wrong on .50 of them and on .05 of the others", "3 of 23",
        "on .30 and .08: both on .1087", "3 in 20", "all 2,000 *labels* half positive, 1,000 for",
    )  # fmt: skip


def waiting_for_a_test(page):
    page.sets(
        "300 events a day", "per 100 events", "252 days", "first 28 do not", "every 28 days",
        "after an A/B test of 14 days", "at .05)", "a shadow of 14 days", "a chance of 1/30",
        "max(period, 14)", "(L - 1)/2 days", "+ 7 with", "challenger for 14 days", "+ 14 with",
        "+ 2.5 for data", "95 % intervals over eight seeds", "of two weeks",
    )  # fmt: skip
    page.says("as stale as \"monthly\" at once: # days, for # of daily at once**; with a shadow it "
              "is #. A trial", *(ages := [13 / 2 + 7 + 2.5, 2.5, 13 / 2 + 14 + 2.5]))  # fmt: skip
    page.says("more than speed \u00d7 these # or # days", ages[0] - ages[1], ages[2] - ages[1])
    crossings = read("rollout/staleness_crossings.csv").set_index(["world", "strategy", "than"])
    rows = {}
    for name in ("daily, A/B", "daily, A/B, sequential", "daily, shadow", "weekly, A/B",
                 "monthly, A/B"):  # fmt: skip
        same = f"{name.split(',')[0]}, at once"
        rows[name] = [
            value
            for world in ("sound", "poisoned")
            for value in crossings.loc[(world, name, same), ["from", "low", "high", "by age"]]
            if not pd.isna(value)
        ]
    page.table("| | no poisoned days |", rows)
    more = read("rollout/staleness_differences.csv", "world", "strategy", "than", "speed")
    ab = more.loc["sound", "daily, A/B", "daily, at once"]
    page.says(
        "at .02 points a day it loses # points more (# to #), at .1 # (# to #), at .4 # (# to "
        "#). By arithmetic the last is #;",
        *ab.loc[0.02],
        *ab.loc[0.1],
        *ab.loc[0.4],
        0.4 * 13.5,
    )
    ab, shadow = (crossings.loc["poisoned", f"daily, {how}", "daily, at once"]
                  for how in ("A/B", "shadow"))  # fmt: skip
    page.says("it pays up to about # points a day**", ab["from"])
    page.says("it spares only # of the # points that a shadow spares", -ab["at no drift"],
              -shadow["at no drift"])  # fmt: skip
    page.says("# · ½ · # = # points", bad := 1 - (29 / 30) ** 2, 40, bad / 2 * 40)
    late = crossings.loc["poisoned", "daily, A/B, sequential", "daily, at once"]
    page.says("stops those early, and pays up to #", late["from"])
    curves = read("rollout/staleness_curves.csv", "world", "strategy", "speed")
    lost = curves["excess"]
    page.says("# points lost for # at no drift", lost["sound", "daily, shadow", 0],
              lost["sound", "daily, at once", 0])  # fmt: skip
    page.says(
        "at .4 points a day # and # in the sound world, # and # in the other, as the ages say, "
        "with # trainings for #.",
        *(
            lost[world, name, 0.4]
            for world in ("sound", "poisoned")
            for name in ("daily, A/B", "monthly, at once")
        ),
        curves["trainings"]["sound", "daily, A/B", 0.4],
        curves["trainings"]["sound", "monthly, at once", 0.4],
    )
    other = more.loc["sound", "daily, A/B", "monthly, at once"].loc[0.1]
    page.says("worse by # points at .1 a day (# to #)", *other)
    page.says("Daily at once trains # times and daily with a trial # times",
              curves["trainings"]["sound", "daily, at once", 0],
              curves["trainings"]["sound", "daily, A/B", 0])  # fmt: skip
    page.sets("one training in 15 has learned", "some 40 points more")


def chances_to_fail(page):
    page.sets(
        "at .1 points a day, the same", "the newest 300 labels", "20,000 inputs",
        "with .9 confidence less", "a shadow of 14 days", "A gate of 300 labels",
        "By arithmetic one training in 15",
    )  # fmt: skip
    rates = read("rollout/failures.csv", "world", "gate", "every")
    bad = rates.loc["poisoned"]
    daily = bad.xs(1, level="every")
    spreads = daily["spread"].dropna()
    page.says("(variance # to # times the mean)", spreads.min(), spreads.max())
    names = {
        "no test, daily": ("no test", 1), "every 7 days": ("no test", 7),
        "every 28 days": ("no test", 28), "better as measured, daily": ("as measured", 1),
        "bounds, daily": ("bounds", 1), "significance, daily": ("significance", 1),
        'shadow, "daily"': ("shadow", 1),
    }  # fmt: skip
    gate, lines = "", page.rows("| one day in thirty poisoned | promotions")
    assert len(lines) == 9
    for name, cells in lines:
        gate, every = names[name] if "every" not in name else (gate, int(name.split()[1]))
        row = bad.loc[(gate, every)]
        page.compare(f"{gate}, {every}", re.findall(NUMBER, cells), [row[key] for key in (
            "promotions per year", "per promotion", "per promotion, low", "per promotion, high",
            "per year", "per year, low", "per year, high", "failed days per year", "excess"
        )])  # fmt: skip
    without = bad["per promotion"]["no test"]
    page.says("without a test # to # at every period", without.min(), without.max())
    sound = rates.loc["sound"]["per promotion"]["no test"]
    page.says("(1 - (29/30)² = #)", 1 - (29 / 30) ** 2)
    page.says("without poison # to # do", sound.min(), sound.max())
    days = bad["failed days per year"]["no test"]
    page.says("daily or monthly (# to # a year)", days.min(), days.max())
    gates = bad["per year"].drop(["no test", "shadow"]).xs(1, level="every")
    page.holds("takes away nine of ten failures a year",
               (gates / bad["per year"]["no test", 1] < 0.1).all())  # fmt: skip
    page.holds("daily with a gate loses least of all",
               rates["excess"].loc["poisoned"].idxmin() == ("as measured", 1))  # fmt: skip
    runs = read("rollout/failures_runs.csv").query("world == 'poisoned' and every == 1")
    sums = runs.groupby("gate")[["failures", "on_poison"]].sum()
    page.says("all # (as measured), all # (significance) and # of # (bounds) were judged",
              sums.loc["as measured", "on_poison"], sums.loc["significance", "on_poison"],
              *sums.loc["bounds", ["on_poison", "failures"]])  # fmt: skip
    assert (sums["failures"] == sums["on_poison"])[["as measured", "significance"]].all()
    worse = rates["worse per promotion"]
    page.says("# of 100 daily promotions without a test are for the worse",
              100 * worse["sound", "no test", 1])  # fmt: skip
    every = read("rollout/failures_runs.csv").query("gate == 'shadow' and world == 'poisoned'")
    page.says("The shadow had no failure** in # promotions", every["promotions"].sum())
    assert every["failures"].sum() == 0
    page.says("# points lost at this speed for # of the gate", bad["excess"]["shadow", 1],
              bad["excess"]["as measured", 1])  # fmt: skip


PAGES = {
    "experiments/rollout/README.md": rollout,
}


@pytest.mark.parametrize("path", PAGES)
def test_each_number_on_a_page_is_that_of_its_file(path):
    assert not unaccounted(path, PAGES[path])
