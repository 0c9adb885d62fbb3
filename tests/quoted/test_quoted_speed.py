"""Times that pages quote are those of their files, medians and extremes of repeats."""

import re
from itertools import chain

import pytest

from helpers.quoted import NUMBER, agrees, read, unaccounted


def spread(values):
    """Median, lowest and highest."""
    return [values.median(), values.min(), values.max()]


def ends(values):
    """Lowest and highest."""
    return [values.min(), values.max()]


def by_hand(section):
    """What was timed by hand, by name: its ends, or one number."""
    found = read("speed/by_hand.csv").query(f"section == '{section}'").set_index("what")
    assert not found.index.duplicated().any()
    return {what: [*dict.fromkeys(row[["low", "high"]])] for what, row in found.iterrows()}


def speed(page):
    hindsight = read("speed/hindsight.csv").set_index(["question", "ticks"])["seconds"]
    page.says("the optimum of T = 1,000 for one price takes # ms",
              1_000 * hindsight["optimum, one price", 1_000].median())  # fmt: skip
    page.starts("## What came out")
    against_hand_written_loops(page)
    the_seams(page)
    distances_and_picks(page)
    batches_and_routes(page)
    memory(page)
    signals(page)
    tables_of_signals(page)
    reports(page)


def against_hand_written_loops(page):
    table = read("speed/replay.csv").set_index(["question", "learner"])
    names = {
        ("schedules", "LogisticRegression"): [3.4, 8], ("schedules", "GaussianNB"): [2.5],
        ("schedules", "HistGradientBoosting"): [3.2],
        ("online", "river scaler | regression"): [1.0], ("online", "river regression"): [1.0],
        ("mixed", "GaussianNB"): [],
    }  # fmt: skip
    rows = {}
    for (question, learner), wanted in names.items():
        some = table.loc[(question, learner)]
        rows[f"{question} | {learner.replace(' |', ',')}"] = [
            len(some), *spread(some["hand"]), *spread(some["clsim"]), *spread(some["ratio"]),
            100 * some["outside"].median(), *wanted,
        ]  # fmt: skip
    page.table("| question | learner | repeats |", rows, cells=2)
    page.sets("default of 100 iterations")


def the_seams(page):
    took = by_hand("seams")
    page.table("| question | before | after |", {
        "five triggers that look at the losses in each of 19,000 ticks, µs a strategy and tick": [
            *took["five triggers, before"], *took["five triggers, after"]
        ],
        "schedules, GaussianNB, in step": [
            *took["schedules, GaussianNB, before"], *took["schedules, GaussianNB, after"]
        ],
        "mixed, together: fits and predictions / the rest, wall": [
            number
            for when in ("before", "after")
            for what in ("fits and predictions", "the rest")
            for number in took[f"mixed, {what}, {when}"]
        ],
        "mixed, alone over together, wall": [
            *took["mixed, alone over together, before"], *took["mixed, alone over together, after"]
        ],
    })  # fmt: skip
    [one], [together] = (
        took[f"mixed, fits and predictions {how}"] for how in ("one by one", "together")
    )
    page.says("take # s one by one and # s together, so # is the most that sharing can give", one,
              together, one / together)  # fmt: skip


def distances_and_picks(page):
    table = read("speed/distances.csv").set_index(["asked", "values"])
    rows = {}
    for name in ("histogram", "all", "four", "four by scipy"):
        rows[name] = []
        for values in ("distinct", "repeated"):
            some = table.loc[(name, values)]
            rows[name].append(some["us"].median())
            rows[name] += (spread if name == "all" else lambda s: [s.median()])(some["ratio"])
    page.table("| asked | distinct values |", rows)
    page.sets("a window of 5,000 rows over 1,000 ticks", "reference of 5,000 rows", "less than 10")
    table = read("speed/curation.csv").groupby("pick").median()
    assert set(read("speed/curation.csv").groupby("pick").size()) == {60}
    page.table(
        "| pick | clsim | bare |",
        {
            said: [1_000 * table.loc[pick, who] for who in ("clsim", "bare")]
            + [table.loc[pick, "ratio"]]
            for said, pick in {
                "margin, boosted trees (50 iterations)": "margin, boosted trees",
                "margin, logistic regression": "margin, regression",
                "k-centre, 1,000 labelled rows": "k-centre",
                "discriminator (logistic regression)": "discriminator",
            }.items()
        },
    )
    took = by_hand("curation")
    page.says("in five runs its ratio lay between # and #",
              *took["margin, regression: ratio in five runs"])  # fmt: skip
    page.says("takes about # ms more", *took["a part of a user's own, more"])
    page.sets("100 of 10,000 candidates", "at most 1.3 times", "blocks of 64 rows that others")


def batches_and_routes(page):
    """Of micro-batches `test_micro_batches` has the table."""
    page.rows("| learner | batches a tick |")
    took = by_hand("micro-batches")
    page.says("(# and # in two other runs, in which that of naive Bayes was # and #)",
              *took["SGDClassifier, ten: ratio in two other runs"],
              *took["GaussianNB, ten: ratio in these"])  # fmt: skip
    page.says("takes some # ms whatever", *took["a tick with a training"])
    page.says(
        "it takes # ms, and rows, labels and tables # ms for each 512 events: rows that are "
        "new to the lineage are looked up twice (# µs), the training is checked, named and "
        "noted (#), the estimator is copied, what is random is seeded for each call (#), the "
        "answers that are owed are made and written (#)",
        *took["the same, of a learner that does nothing"],
        *took["rows, labels and tables for 512 events"],
        *took["rows that are looked up twice"],
        *took["a training is checked, named and noted"],
        *took["what is random is seeded"],
        *took["answers that are owed"],
    )
    page.sets("97,000 rows", "batches of 512", "(a load of 6 on two cores", "at most 1.15 times",
              "a tick of 512 rows")  # fmt: skip
    least = read("speed/routes.csv").groupby(["learner", "way"]).min()
    rows = {}
    for said, way in {
        "a canary with 5 %": "canary", "an A/B test with half": "half",
        "interleaving: half, and asked about all": "both",
    }.items():  # fmt: skip
        rows[said] = [
            least.loc[(learner, way), key] / least.loc[(learner, "one"), key]
            for learner in ("regression", "boosted trees")
            for key in ("rows", "predictions", "replay")
        ]
    page.table("| on trial | regression: rows |", rows)
    page.sets("1,500 ticks", "ticks of 1,000 rows, so that", "(50 iterations, ticks of 100 rows)",
              "at most 2.2 times", "whole blocks of 64 rows")  # fmt: skip


def memory(page):
    table = read("speed/memory.csv")
    plain = table.query(
        "strategies == 1 and delay == 'constant' and holdout == 0 and reference == 0"
    )
    alone = plain.sort_values("limit").drop_duplicates(["rows", "features"])
    by = alone.set_index(["features", "rows"])
    rows = {}
    for n in (100_000, 1_000_000, 4_000_000, 20_000_000, 100_000_000):
        disk = by.loc[("disk", n)]
        held = [by.loc[("memory", n), "peak_mib"]] if n < 100_000_000 else []
        rows[f"{n:,}"] = [*held, *disk[["peak_mib", "allocated_mib", "processor"]]]
    page.table("| rows | in memory, MiB |", rows)
    limits = plain.query("features == 'disk' and rows >= 20_000_000 and limit > 0")
    page.says("100 million rows ran with a limit of # GB, 20 million with one of # GB",
              *limits.sort_values("rows", ascending=False)["limit"] / 1e9)  # fmt: skip
    page.holds("the whole resident set is less than 1.5 GB too",
               limits["peak_mib"].max() * 2**20 < 1.5e9)  # fmt: skip
    of = table.query("rows == 1_000_000 and limit == 0")

    def peaks(query):
        some = of.query(query).set_index("features")["peak_mib"]
        return some.loc["memory"], some.loc["disk"]

    page.says("30 strategies # and # MiB; labels that take 1 to 9 days in the mean, drawn, # to # "
              "and # to #; holdouts of 500 to 50,000 rows # and #; references of 5,000, 50,000 and "
              "500,000 rows #, #, # and #, #, #.",
              *peaks("strategies == 30"), *ends(peaks("delay == 'drawn'")[0]),
              *ends(peaks("delay == 'drawn'")[1]),
              *(some.median() for some in peaks("holdout > 0")),
              *(peaks(f"reference == {rows}")[where] for where in (0, 1)
                for rows in (5_000, 50_000, 500_000)))  # fmt: skip
    log = read("speed/log_memory.csv").set_index("columns")
    kept = log.loc["disk"]
    page.says("# million rows of # features of 4 bytes, # MiB, ran with a limit of # GB (# MiB): "
              "# MiB at the peak, # seconds of the processor", kept["rows"] / 1e6,
              kept["features"], kept["file_mib"], kept["limit_mib"] * 2**20 / 1e9,
              kept["limit_mib"], kept["peak_mib"], kept["processor"])  # fmt: skip
    page.holds("In memory they did not", "MemoryError" in log["ended"]["memory"])
    seen = by_hand("memory")
    page.says("imports included: # MiB before", *seen["imports, before the stream begins"])
    page.says("some # bytes of each while it is read (# of them Arrow's)",
              *seen["a row of a log while it is read"], *seen["of these Arrow's"])  # fmt: skip
    page.sets("a sliding window of 50,000 rows", "ticks of 100,000 rows", "a folder of 24 Parquet")


def signals(page):
    table = read("speed/signals.csv").set_index(["question", "what"])
    medians = table.drop(columns="record").groupby(level=[0, 1]).median().loc["monitor"]
    names = {
        "`FeatureDistribution`, PSI": ["FeatureDistribution"],
        "`Combined`, of the same": ["Combined"],
        "`Quality`": ["Quality"],
        "`AnswerDistribution`, PSI": ["AnswerDistribution"],
        "`ExpectedScore`; `ConfidenceScore`": ["ExpectedScore", "ConfidenceScore"],
        "`ArrivalBias`, by class": ["ArrivalBias"],
        "`Complaints`": ["Complaints"],
        "`Score`; mature": ["Score", "Score, mature"],
        "`AnswerShare`; `Prevalence`": ["AnswerShare", "Prevalence"],
        "all of them": ["all"],
    }
    page.table("| monitor | `measure` |", {
        said: [
            unit * medians.loc[name, key]
            for key, unit in (("measure", 1), ("another", 1), ("share", 100))
            for name in some
        ]
        for said, some in names.items()
    })  # fmt: skip
    recorded = table.loc["recording"]["record"].groupby(level=0).median()
    page.says("in # µs a tick for one value and # for twenty", *recorded[["1 values", "20 values"]])
    page.holds("Wanted: less than 100, which holds", recorded.max() < 100)
    dear = medians[medians["measure"] > 500]
    page.holds("That holds for all of them together, and for each kind that takes more than half a "
               "millisecond", (dear["share"] < 0.05).all())  # fmt: skip
    cheap = medians[medians["measure"] < 500]
    page.holds(
        "the 20 to 35 µs which recording any one signal takes are 8 to 14 % of it",
        cheap["another"].between(20, 35).all()
        and [*(100 * cheap["share"]).round().agg(["min", "max"])] == [8, 14],
    )
    past = table.loc["history"]["measure"].groupby(level=0).median() / 1_000
    page.says("nothing: #, # and # ms after 10,000, 100,000 and 500,000 labels",
              *past[["10,000 labels", "100,000 labels", "500,000 labels"]])  # fmt: skip
    page.sets("400 ticks of 100 rows, windows of 5,000 rows", "less than 5 % of what")


def tables_of_signals(page):
    table = read("speed/signal_tables.csv").set_index("what")
    before = by_hand("signal tables")
    rows = {}
    for name in dict.fromkeys(table.index.drop(["table", "look-up"])):
        monitor, window = name.rsplit(", window ", 1)
        said = f"`{monitor}`".replace(" from the warm-up`", "` from the warm-up")
        said += " (the default)" * (name == "l_infinity, window 500") + f", window {int(window):,}"
        rows[said] = [
            *table["times the table"][name], *before.get(name, []),
            *before.get(f"{name}, before that", []), 1.5,
        ]  # fmt: skip
    look_up = "look-up: 1,000 thresholds of 20 signals of ten features, 200 ticks"
    rows[look_up] = [*table["seconds"]["look-up"], 1]
    told = dict(page.rows("| monitor | times the table |"))
    assert told.keys() == rows.keys()
    for name, cells in told.items():
        page.compare(name, re.findall(NUMBER, cells), rows[name])
    page.says("of the table alone (# to # s)", *ends(table["seconds"]["table"]))
    said = (table["said before"] / table["seconds"]).dropna().sort_values()
    page.says(
        "a few values that are tried: # to # times what followed", said.iloc[0], said.iloc[-2]
    )
    page.holds("and once five times as much", round(said.iloc[-1]) == 5)
    quick = table.drop(
        [
            "table",
            "look-up",
            "kolmogorov_smirnov, window 500",
            "earth_mover, window 500",
            "cramer_von_mises, window 500",
            "energy, window 500",
        ]
    )
    page.holds("met for distances of shares and counts, for long windows of the default too",
               (quick["times the table"] <= 1.5).all())  # fmt: skip
    page.sets("200 ticks of 1,000 rows (201 models, ten features, window of 5,000", "20,000 cells",
              "(a load of some 5 on", "Wanted: 1.5 at the most", "up to 256 MiB of them",
              "a piece of 16 models")  # fmt: skip


def reports(page):
    seen, took = read("speed/report.csv").set_index(["sweep", "checkout"]), by_hand("reports")
    once = seen.xs("before", level="checkout")
    first = ["wall", "cpu", "page_mb", "first_paint"]
    here = {sweep: seen.loc[(sweep, "here")] for sweep in ("quickstart", "nine")}
    shown = {
        sweep: [
            *dict.fromkeys(round(size, 1) for size in ends(some["page_mb"])),
            *ends(some["first_paint"]),
        ]
        for sweep, some in here.items()
    }
    now = {sweep: [took[f"{sweep}, now: {what}"] for what in ("wall", "CPU")] for sweep in here}
    then = {sweep: [took[f"{sweep}, then: {what}"] for what in ("wall", "CPU")] for sweep in here}
    rows = {}
    for sweep in here:
        rows[f"{sweep} | at first"] = [*once.loc[sweep, first].dropna()]
        rows[f"{sweep} | then"] = [*chain(*then[sweep]), *shown[sweep]]
        rows[f"{sweep} | now"] = [*chain(*now[sweep]), here[sweep]["page_mb"].iloc[0]]
    page.table("| sweep | | wall (s) |", rows, cells=2)
    page.says(
        "imports take # s in each process, reading # s, what is said # s, thirteen figures in "
        "three formats # s",
        *chain(
            *(
                took[f"quickstart: {what}"]
                for what in ("imports", "reading", "what is said", "thirteen figures")
            )
        ),
    )
    parts = [what.removesuffix(", before") for what in took if what.endswith(", before")]
    page.table("| | before | now |", {
        part: [*took[f"{part}, before"], *took[f"{part}, now"]] for part in parts
    })  # fmt: skip
    for when in ("before", "now"):
        whole = sum(took[f"{part}, {when}"][0] for part in parts[:6])
        assert agrees(f"{took[f'together, {when}'][0]:.0f}", whole)
    page.sets("(45 runs of one", "(270 runs in nine", "1,280 by 900",
              "are 6 s for 45 runs and 20 s for 270", "Of 45 runs")  # fmt: skip


def counterfactual(page):
    page.starts("## What came out")
    table = (
        read("speed/counterfactual.csv").set_index(["learner", "what", "processes"]).sort_index()
    )
    learner, lines = "", page.rows("| learner | what | processes |", cells=3)
    assert len(lines) == 8
    wanted = {"LogisticRegression": 300, "HistGradientBoosting": 100}
    for name, cells in lines:
        first, what, processes = name.split(" | ")
        learner = first or learner
        some, hand = (table.loc[[(learner, kind, int(processes))]] for kind in (what, "hand"))
        told = (lambda values: values.to_list()) if len(some) == 1 else spread
        values = [len(some), *told(some["wall"]), *told(some["cpu"])]
        if what != "hand":
            values += [
                5_050 / 24 * hand[key].median() / some[key].median() for key in ("wall", "cpu")
            ]
            values.append(wanted[learner])
        page.compare(f"{learner}, {what}", re.findall(NUMBER, cells), values)
    pairs = {}
    for learner, what in (("HistGradientBoosting", "young"), ("LogisticRegression", "whole")):
        one, two = (table.loc[(learner, f"{what}, pair", processes)] for processes in (1, 2))
        pairs[f"{learner} | {what}"] = [
            len(one), *spread(one["wall"]), *spread(two["wall"]), *spread(two["times"]), 1.8
        ]  # fmt: skip
    page.table("| learner | what | pairs |", pairs, cells=2)
    whole = table.loc[("LogisticRegression", "whole", 1)]
    apart = table.loc[("LogisticRegression", "whole, pair", 2), "wall"].median() - (
        table.loc[("LogisticRegression", "whole, pair", 1), "wall"].median() / 2
    )
    page.says(
        "A table of # s is too short for a second process: sharing the data, sending the parts "
        "back and putting them together take about # s, and starting the processes # s once",
        whole["wall"].median(),
        apart,
        table.loc[("LogisticRegression", "whole, starting", 2), "wall"],
    )
    page.says("# s are the 195 fits; looking up all 5,050 schedules takes # s",
              whole["fit"].median(), whole["look_up"].median())  # fmt: skip
    ticks = range(1, 196)
    asked = {"whole": sum(ticks), "young": sum(min(tick, 99) for tick in ticks)}
    asked["sample"] = asked["young"] / 4
    trees = table.loc["HistGradientBoosting"]
    for kind, models in asked.items():
        [took] = trees.loc[[(kind, 1)]].to_dict("records")
        assert (took["cpu"] - took["fit"]) / models * 1_000 == pytest.approx(3.2, abs=0.1), kind
    page.says("need some # µs a row and model", 3.2)
    page.holds("The largest age leaves out a quarter of them",
               round(1 - asked["young"] / asked["whole"], 1) == 0.2)  # fmt: skip
    page.sets("through 100 trees")
    off = read("speed/sample.csv", "what")["value"]
    page.says(
        "has a standard error of # errors, of #, and the losses of the 5,050 schedules are off "
        "by # % in the mean and # % at most. The period that it would choose (# ticks) costs # "
        "instead of #.",
        off["their standard error"],
        off["errors of never"],
        100 * off["schedules off, mean"],
        100 * off["schedules off, most"],
        off["period chosen"],
        off["its cost"],
        off["cheapest period costs"],
    )
    page.says("table seems to cost # and costs #, where the true optimum is #",
              off["best schedule of the sample, by it"], off["the same, by all rows"],
              off["best schedule"])  # fmt: skip


def streams(page):
    page.starts("## What came out")
    table = read("speed/streams.csv").set_index("concept")
    printed = re.findall(r"^([A-Z]\w+) +(\d.*)$", page.text, re.M)
    assert [name for name, _ in printed] == [*table.sort_index().index] or len(printed) == len(
        table
    )
    for name, line in printed:
        row = table.loc[name]
        speeds = [row[f"{who}_{part}"] / 1e6 for who in ("clsim", "numpy", "river")
                  for part in ("rows_per_s", "low", "high")]  # fmt: skip
        ratios = [row[key] for key in ("times_river", "times_numpy", "concept_times_numpy")]
        known = [value for value in (*speeds, *ratios) if value == value]
        page.compare(name, re.findall(NUMBER, line), known)
    river = table["times_river"]
    page.says("median of times river: #", river.median())
    page.says("at least # times as fast as river, # times in the median", int(river.min()),
              river.median())  # fmt: skip
    page.holds("All are within 1.5 times bare NumPy but RandomTree",
               [*table.index[table["times_numpy"] > 1.5]] == ["RandomTree"])  # fmt: skip
    peaks = read("speed/stream_memory.csv")
    small, large = peaks["peak_mib"]
    page.says(
        "# MiB for # million rows and # MiB for # million (+# %;",
        small,
        peaks["rows"][0] / 1e6,
        large,
        peaks["rows"][1] / 1e6,
        100 * (large / small - 1),
    )
    page.sets("1 MB of L2", "NumPy 2.4.6, river 0.26.1, Python 3.11; 7 repeats")


PAGES = {
    "experiments/speed/README.md": speed,
    "experiments/speed/counterfactual.md": counterfactual,
    "experiments/speed/streams.md": streams,
}


@pytest.mark.parametrize("path", PAGES)
def test_each_time_on_a_page_is_that_of_its_file(path):
    assert not unaccounted(path, PAGES[path])
