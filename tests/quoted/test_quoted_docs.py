"""Numbers that pages of the documentation quote from experiments are those of their files.

Most numbers of these pages are settings, definitions and arithmetic that other tests hold; so here
what is quoted is compared, and what is left is not asked about.
"""

import json
import math
import re

import pytest

from helpers.quoted import NUMBER, ROOT, Page, read

DIGESTS = ROOT / "tests" / "guard" / "digests.json"


def leaves(tree):
    """How many values a tree of dictionaries has."""
    return sum(map(leaves, tree.values())) if isinstance(tree, dict) else 1


def ends(values):
    """Lowest and highest."""
    return [values.min(), values.max()]


def answers(page):
    """The choice of the tour, as its memo words it: money a year, and of the whole replay."""
    found = read("churn/answers.csv").set_index(["quantity", "against"])
    saving = found.xs("saving", level="quantity")
    known = {"mean": "in_unit_mean", "low": "in_unit_low", "high": "in_unit_high"}
    return {
        name: [row[key] for key in known.values()] + [row["mean"]]
        for name, row in saving.iterrows()
    }, found


def home(page):
    saving, _ = answers(page)
    today, low, high, _ = saving["as_served"]
    prices = read("churn/break_even.csv").set_index(["price", "a", "b"])["at"]
    page.says("**What does it save?** # EUR a year against what you > do today.", today)
    page.says("The saving lies between # and # EUR a year: it is not > certain", low, high)
    page.says("If a retraining by hand cost more than # EUR > (now #), retraining every 56 days",
              prices["by_hand", "every 14d", "every 56d"], 300)  # fmt: skip


def tour(page):
    saving, found = answers(page)
    cost = found.xs("cost", level="quantity").iloc[0]
    more = found.xs("more", level="quantity").loc["every 14d"]
    prices = read("churn/break_even.csv").set_index(["price", "a", "b"])["at"]
    page.says("of 6 strategies it costs the least, # > EUR a year (# for the whole replay)",
              cost["in_unit_mean"], cost["mean"])  # fmt: skip
    assert [cost["of"], more["of"]] == ["every 14d", "every 21 days"]
    page.says("it would > cost # EUR a year less than 'every 14d' (# for the whole replay). That "
              "difference lies > between # and # EUR a year", -more["in_unit_mean"], -more["mean"],
              -more["in_unit_high"], -more["in_unit_low"])  # fmt: skip
    [blocks, together] = re.findall(r"\d+", more["over"].split("blocks of ")[1])
    page.says("over moving blocks of # ticks of this one > stream, wide enough for all # together",
              int(blocks), int(together))  # fmt: skip
    today, low, high, whole = saving["as_served"]
    page.says("It saves # EUR a year (# for > the whole replay) against what you do today", today,
              whole)  # fmt: skip
    never = saving["never"]
    page.says(
        "It saves # EUR a year (# for the whole > replay) against 'never'", never[0], never[3]
    )
    page.says("The saving against what you do today lies between > # and # EUR a year", low, high)
    page.says(
        "The > next best, 'every 56d', costs # EUR a year more > (# to #)".replace(
            "The > next", "The next"
        ),
        *saving["every 56d"][:3],
    )
    page.says("If a wrong prediction > cost less than # EUR (now 40)",
              prices["error", "every 56d", "every 14d"])  # fmt: skip
    page.says("If a retraining by hand cost > more than # EUR (now 300)",
              prices["by_hand", "every 14d", "every 56d"])  # fmt: skip
    least, most = (today - saving["every 56d"][0], today)
    page.says("saves between # and # a year here", round(least, -3), round(most, -3))
    said = (ROOT / "results" / "churn" / "described.txt").read_text("utf-8")
    [days] = re.findall(r"half of the labels are known after (\d+) days", said)
    [late] = re.findall(r"; ([\d,]+) had not come by the end", said)
    page.says("known after # days, and # have > not come".replace(" >", ""), int(days),
              int(late.replace(",", "")))  # fmt: skip


def rollouts(page):
    ways = read("rollout/ways.csv").set_index(["drift", "way"])
    names = {
        "at once": "at once",
        "`Shadow(1_000)`": "shadow",
        "`Canary(500, min_labels=10)`": "canary",
        "`ABTest(1_000)`": "A/B",
        "the same by `GroupSequential(800)`": "A/B, group-sequential",
        "`Interleaving(1_000)`": "interleaving",
        "`Bandit(1_000, ThompsonSampling(...))`": "Thompson",
    }
    way, lines = "", page.rows("| | it has learned what has just ended")
    assert len(lines) == 9
    for name, cells in lines:
        way = names.get(name) or f"{way.partition(',')[0]}, Wald"
        bad, good = (ways.loc[(drift, way)] for drift in ("passing", "for good"))
        assert ("never promoted" in cells) <= (bad["promoted"] == 0)
        page.compare(name, re.findall(NUMBER, cells), [bad["wrong"], good["wrong"], good["after"]])
    rules = read("rollout/rules.csv").set_index("Unnamed: 0")
    rows = page.rows("| `clsim.strategy.online.rules` | waits for |", cells=2)
    keys = ["better, of equals", "worse, of equals", "labels, of equals", "better, of better",
            "labels, of better"]  # fmt: skip
    known = [
        "AtTheEnd()", "AtTheEnd(), looked at in every tick", "GroupSequential(1000)",
        "GroupSequential(1000, spending='pocock')", None, "SPRT(0.06)",
        "ConfidenceSequence(1000, by_arm=False)", "ConfidenceSequence(1000)", "Kayenta()",
    ]  # fmt: skip
    for (name, cells), rule in zip(rows, known, strict=True):
        if rule is None:  # two in one row
            both = rules.loc[
                [
                    "GroupSequential(1000, equal=True)",
                    "GroupSequential(1000, spending='pocock', equal=True)",
                ],
                keys,
            ]
            values = [
                *both[keys[:2]].to_numpy().ravel(),
                *(x for key in keys[2:] for x in both[key]),
            ]
        else:
            values = rules.loc[rule, keys]
        page.compare(name, re.findall(NUMBER, cells), values)
    crossings = read("rollout/staleness_crossings.csv").set_index(["world", "strategy", "than"])
    at = {
        (world, how): crossings.loc[(world, f"daily, {how}", "daily, at once")]
        for world in ("sound", "poisoned")
        for how in ("A/B", "A/B, sequential", "shadow")
    }
    ends = ["from", "low", "high"]
    page.says(
        '"retrain daily" a loss from # points per day of age on (# to #); with a poisoned '
        "batch a month from # on (# to #), a sequential one from #, a shadow from #",
        *at["sound", "A/B"][ends],
        *at["poisoned", "A/B"][ends],
        at["poisoned", "A/B, sequential"]["from"],
        at["poisoned", "shadow"]["from"],
    )
    late = read("rollout/late_by_class.csv").set_index("Unnamed: 0")
    page.says("calls it better in # of 100 trials, and on mature rows one of the two better in #",
              100 * late.loc["as they come"].sum(), 100 * late.loc["mature"].sum())  # fmt: skip
    users = read("rollout/users.csv").iloc[0]
    page.says("one look errs in # by rows, # by users", users["by rows"], users["by users"])


def logging(page):
    found = read("signals/tails.csv").set_index(["keeps", "when"])
    p, q, none = 0.003, 0.5 / 20_000, 0.997**27
    rows = page.rows("| keeps | limit |")
    facts = {
        "profiles": [(p - q) * math.log(p / q), 3 / 1_000, 20_000],
        "sample": [100 * none, 100, 0.997],
    }
    for (name, cells), keeps in zip(rows, facts, strict=True):
        before, after = found.loc[(keeps, "before")], found.loc[(keeps, "after")]
        cells = cells.replace("40 of 40 ticks", "40 of 40").replace("in none of 40", "in 0 of 40")
        page.compare(name, re.findall(NUMBER, cells), [
            before["limit"], *facts[keeps], before["least"], before["most"], after["least"],
            after["most"], after["above"], after["ticks"],
        ])  # fmt: skip


def adaptation(page):
    errors = read("repair/repair.csv").set_index(["world", "strategy"])["errors"]
    by = errors["other class shares"].round()
    page.says(
        "the correction spares # of # wrong answers, and weekly retraining #",
        by["nothing"] - by["adapt"],
        by["nothing"],
        by["nothing"] - by["retrain"],
    )


def labels(page):
    table = read("labels/curves.csv").query("labels == 'at once' and pick == 'random'")
    lost = -100 * table.query("share == .1")["to_all"]
    page.holds("a tenth of the labels at random costs one to two points of accuracy",
               [*lost.round().agg(["min", "max"])] == [1, 2])  # fmt: skip


def monitors(page):
    table = read("speed/distances.csv").groupby(["values", "asked"]).median().loc["distinct"]
    page.says("twelve together take # times as long as a bare `numpy.histogram` of the same values",
              table["ratio"]["all"])  # fmt: skip
    page.holds("less than a tenth of what scipy takes for four",
               table["us"]["all"] < 0.1 * table["us"]["four by scipy"])  # fmt: skip
    took = read("speed/whole_rows.csv").groupby(["of", "what"])["ms"].median()
    rows = {
        "making numbers of the present rows": [
            took["encoding", "value"],
            took["encoding with text", "value"],
        ]
    }
    for name in ("energy", "mmd", "sliced_earth_mover", "classifier"):
        rows[f"`{name}`"] = took[name][["value", "p-value"][: len(took[name])]]
    page.table("| a tick, twice 500 rows of 20 features |", rows)
    for name, cells in page.rows("| projection | columns |"):
        [fit] = re.findall(rf"({NUMBER}) ms", cells) or [None]
        of = re.match(r"`(\w+)\(", name)[1]
        if of in took.index.levels[0]:
            page.compare(name, [fit], [took[of, "fit"]])
    seen = took.xs("columns", level="what")
    page.says("Seeing 500 rows takes # to # ms, a likelihood #", *ends(seen.drop("Density")),
              seen["Density"])  # fmt: skip


def hindsight(page):
    looked = read("speed/signal_tables.csv").query("what == 'look-up'")["seconds"]
    page.says("1,000 for each of 20 signals over 200 ticks take # s", looked.median())
    luck = read("worlds/lucky_optimum.csv").set_index(["drift", "price"]).sort_index()
    trained = luck.loc[("none", 5), "trainings"]
    mean = 100 * luck.groupby(level=[0, 1])[["realised", "expected"]].mean()
    page.says('it retrains # to # times and "gains" # %', trained.min(), trained.max(),
              mean.loc[("none", 5), "realised"])  # fmt: skip
    page.says("its gain is # %, and # % at 20 errors a retraining; with one sudden drift both gain "
              "# %", mean.loc[("none", 5), "expected"], mean.loc[("none", 20), "expected"],
              mean.loc[("sudden", 5), "expected"])  # fmt: skip
    both = mean.loc["sudden"].to_numpy()
    assert both.max() - both.min() < 1


def reliability(page):
    table = read("speed/sweeps.csv").set_index("what")["clsim"]
    page.says("the last 300 left # KB each and no open file", table["KB that a job leaves"])
    assert table["open files that 300 jobs leave"] == 0
    known = json.loads(DIGESTS.read_text("utf-8"))
    page.says("replays the worlds of `tests/guard`, # tables", leaves(known["runs"]))


def guards(page):
    mean = read("worth/told.csv", "demonstration", "strategy").groupby(level=[0, 1]).mean()
    names = {"never retrain": "never", "train when the score falls": "train",
             "likewise, with `BestFit`": "re-use"}  # fmt: skip
    rows = {}
    for said, name in names.items():
        row = mean.loc[("re-use", name)]
        cost = row["errors"] + 20 * row["retrainings"]
        rows[said] = [*row[["accuracy", "errors", "retrainings", "reuses"]], cost]
    page.table("| strategy | accuracy | errors | trainings |", rows)


def gates(page):
    rates = read("worlds/gate_rates.csv").set_index(["of", "by", "where"]).sort_index()
    known = [("right or wrong", by) for by in (
        "mcnemar", "paired_t", "paired_bootstrap", "two_proportions")]  # fmt: skip
    known += [("area", "paired_t"), ("area", "paired_bootstrap")]
    rows = page.rows("| `by` | of |", cells=2)
    for (name, cells), (of, by) in zip(rows, known, strict=True):
        assert name.startswith(f"`{by}`")
        some = rates.loc[(of, by)]
        page.compare(name, re.findall(NUMBER, cells), some["wrong"])
        many = 2_000 if (of, by) != ("area", "paired_bootstrap") else 1_000
        assert (some["trials"] == many).all()


def exploration(page):
    table = read("worth/told.csv").set_index(["demonstration", "strategy"])["errors"].sort_index()

    def errors(which, strategy):
        return table.loc[(f"exploration, {which}", strategy)].to_numpy()

    without, some = (errors("selective labels", name) for name in ("as ever", "explores"))
    page.says(
        "#, #, # and # answers of 5,000 are wrong without exploration, and #, #, # and # with "
        "a tenth of it",
        *without,
        *some,
    )
    without, some = (errors("all labels", name) for name in ("explores", "as ever"))
    page.says("it costs: # wrong answers for # at seed 0, and # to # more at all four", without[0],
              some[0], (without - some).min(), (without - some).max())  # fmt: skip
    seen = "selective labels, drift that is seen"
    page.says("`[[0, -1], [0, 1]]`, # for #, since", errors(seen, "explores")[0],
              errors(seen, "as ever")[0])  # fmt: skip
    page.says("(# without it at seed 0 of the first world)",
              errors("selective labels", "without weights")[0])  # fmt: skip


def scale(page):
    table = read("speed/sweeps.csv").set_index(["question", "what"]).sort_index()

    def ends(question, what, who="clsim"):
        some = table.loc[[(question, what)], who].dropna()
        return [*dict.fromkeys([some.min(), some.max()])]

    new, done = "198 new jobs", "198 jobs that are done"
    many = "1998 jobs that are done"
    [each] = ends("launchers", many, "fused")
    composed = ends("compose", "a job")
    wanted = [
        [*ends("compose", "a job", "hydra"), *composed, 10],
        [ends("job", "a job", "hydra")[0], ends("job", "a job")[1], 4],
        [*ends("hand_over", "a piece"), 3],
        [*ends("leaks", "KB that a job leaves")],
        [*ends("launchers", new, "basic"), *ends("launchers", new, "fused"),
         *ends("launchers", new, "one"), *ends("launchers", new, "dask")],
        [*ends("launchers", done, "basic"), *ends("launchers", done, "fused")],
        [each, 10, 10 * each],
    ]  # fmt: skip
    rows = page.rows("| step | by Hydra alone |")
    for (name, cells), values in zip(rows, wanted, strict=True):
        page.compare(name, re.findall(NUMBER, cells), values)
    assert 10_000 * max(composed) / 1_000 == pytest.approx(10, abs=1)
    grows = table.loc["growth", "clsim"]
    page.says(
        "16 times the rows # times the time, 16 times the ticks #, 16 times the strategies #",
        *(
            grows[f"{key}={many}"] / grows[f"{key}={few}"]
            for key, few, many in (
                ("rows", 10_000, 160_000),
                ("ticks", 50, 800),
                ("strategies", 2, 32),
            )
        ),
    )
    page.holds("with 16 slices, or labels 2,000 rows late, it took no longer",
               grows["slices=16"] < grows["slices=1"]
               and grows["delay=2000"] < grows["delay=10"])  # fmt: skip


PAGES = {
    "README.md": home,
    "docs/tour.md": tour,
    "docs/rollouts.md": rollouts,
    "docs/logging.md": logging,
    "docs/adaptation.md": adaptation,
    "docs/labels.md": labels,
    "docs/monitors.md": monitors,
    "docs/hindsight.md": hindsight,
    "docs/reliability.md": reliability,
    "docs/scale.md": scale,
    "docs/guards.md": guards,
    "docs/gates.md": gates,
    "docs/exploration.md": exploration,
}


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_quotes_is_in_the_file(path):
    page = Page((ROOT / path).read_text("utf-8"))
    PAGES[path](page)
    assert not page.wrong
