"""What the page's script says at any price is what Python says, sentence by sentence."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.choice import redrawing
from clsim.analysis.choice.aloud import sentences, warning
from clsim.analysis.choice.answers import answers
from clsim.analysis.choice.repricing import repricing
from clsim.analysis.compare.comparison import Setting
from clsim.analysis.cost import calendars
from clsim.hindsight.losses import Table
from clsim.report.document import SCRIPTS
from clsim.report.markup import asset, joined, script_data
from clsim.report.parts.numbers import block
from clsim.report.parts.prices import most_of, paid_terms
from clsim.report.section import make_section
from clsim.runs.ledger import Prices
from clsim.runs.run import Run
from helpers.handmade import run, setting, with_confusion

pytestmark = pytest.mark.slow  # makes pages for many prices

TICKS = 40
SEEDS = (1, 2, 3)


class Known:
    """Tables of hindsight as a section holds them."""

    def __init__(self, tables):
        self.tables = {seed: [table] for seed, table in tables.items()}


def dated(made, every=None, source="learner"):
    """The run with ticks of a day, training every so often, of learners or of production."""
    ticks = made.ticks.copy()
    for name in ("start", "end"):
        days = ticks[name].to_numpy() * np.timedelta64(1, "D")
        ticks[name] = np.datetime64("2024-01-01", "us") + days
    trigger = {} if every is None else {"trigger": {"every": every}}
    config = {**made.config, "tick": "1d", "strategy": trigger}
    tables = {**made._tables, "ticks": ticks}
    return Run(tables, replace(made.info, timed=True, source=source), config)


def cut(made, share):
    """Of ten events a tick four are of the north, with a share of the errors of each tick."""
    ticks = made.ticks
    lost = np.floor(ticks["loss"] * share)
    parts = [
        ticks.assign(slice="region=north", n=4, answered=4, loss=lost),
        ticks.assign(slice="region=south", n=6, answered=6, loss=ticks["loss"] - lost),
    ]
    tables = {**made._tables, "ticks": pd.concat([ticks, *parts], ignore_index=True)}
    return Run(tables, made.info, made.config)


def losses(seed, mean):
    return np.random.default_rng(seed).integers(0, 2 * mean + 1, TICKS)


@cache
def ways(seed):
    """Five strategies on one stream: what runs today, a rule, and three that learn."""
    drawn = {name: losses(100 * seed + k, mean) for k, (name, mean) in enumerate(
        {"today": 3, "rule": 5, "never": 4, "weekly": 2, "trigger": 2}.items())}  # fmt: skip
    return {
        "as_served": cut(dated(run(drawn["today"], seed=seed), source="production"), 0.4),
        "constant": cut(dated(run(drawn["rule"], seed=seed), source="rule"), 0.6),
        "never": cut(dated(run(drawn["never"], seed=seed)), 0.5),
        "every 8d": cut(dated(run(drawn["weekly"], seed=seed, trained=range(8, 40, 8)), 8), 0.3),
        "trigger": cut(dated(run(drawn["trigger"], seed=seed, trained=[4, 9, 20 + seed])), 0.7),
    }


def table(seed):
    """A table in which models lose more with age, and none is known at tick 13."""
    rng = np.random.default_rng(seed)
    age = np.arange(TICKS) - np.arange(-1, TICKS)[:, None]
    loss = np.where(age >= 0, 0.2 * age + rng.integers(0, 4, age.shape), np.nan)
    loss = np.vstack([loss[2:], loss[:1]])
    trained = np.array([*range(1, TICKS), -1])
    rows = 100 + np.maximum(trained, 0)
    return Table(loss, trained, np.maximum(trained, 0), rows, np.full(TICKS, 10))


def over_seeds():
    runs = {name: {seed: ways(seed)[name] for seed in SEEDS} for name in ways(1)}
    return Setting("", {}, runs), {seed: table(seed) for seed in SEEDS}


def one_stream():
    return Setting("", {}, {name: {1: made} for name, made in ways(1).items()}), {1: table(1)}


def seeds_of_the_learner():
    given, tables = over_seeds()
    return replace(given, one_draw=True), {1: tables[1]}


def lacking():
    """One strategy lacks a seed, and one has a seed more than all."""
    given, tables = over_seeds()
    runs = {name: dict(by_seed) for name, by_seed in given.runs.items()}
    runs["constant"] = {seed: dated(run([1] * TICKS, seed=seed), source="rule") for seed in SEEDS}
    del runs["trigger"][3], runs["as_served"][3]
    return replace(given, runs=runs), tables


def without_time():
    """Ten ticks of rows, too few for blocks; nobody knows what runs today."""
    return setting(
        never=run([5] * 10), twice=run([2] * 10, trained=[3, 6]),
        often=run([1] * 10, trained=range(5)),
    ), {}  # fmt: skip


def by_class():
    made = {
        "cheap": [with_confusion(run([3, 4, 3, 2 + s], seed=s), [0, 1, 0, s]) for s in SEEDS],
        "dear": [with_confusion(run([1, 2, 1, s], seed=s, trained=[1]), [1, 1, 0, 0])
                 for s in SEEDS],
    }  # fmt: skip
    return setting(**made), {}


WORLDS = {
    one.__name__: one
    for one in (over_seeds, one_stream, seeds_of_the_learner, lacking, without_time)
}

FEW = [
    ({}, None), ({"error": 0.0}, None), ({"error": 3.75, "retraining": 2.5}, 0.8),
    ({"error": 0.125, "retraining": 640.0}, 0.999),
]  # fmt: skip
"""Prices and floors at which every world is asked."""

MANY = [
    *FEW,
    ({"by_hand": 0.0, "retraining": 0.0}, None),
    ({"by_hand": 50.0, "row": 0.25}, 0.75),
    ({"retraining": 2.0}, None),
    ({"error": 3.75, "retraining": 14.0}, None),
]
"""Those at which seeds and the one stream are asked."""


def section_of(given, tables, prices):
    section = make_section(given, prices, None, None, "")
    section.hindsight = Known(tables) if tables else None
    return section


def by_script(engine, worlds):
    """What the script says: for each section, at each of some prices and floors."""
    data = []
    for section, grid in worlds:
        paid = paid_terms(section)
        keys = [term.key for term in paid]
        points = [[[of.get(key, term.price) for key, term in zip(keys, paid, strict=True)], floor]
                  for of, floor in grid]  # fmt: skip
        data.append([block(section, paid, most_of(paid, section)), points])
    words = joined(
        asset(name) for name in SCRIPTS if name not in ("tables.js", "folds.js", "sliders.js")
    )
    return engine(
        f"{words}\nconst WORLDS = {script_data(data)};",
        "WORLDS.map(([data, points]) => "
        "points.map(([prices, floor]) => answered(data, prices, floor)))",
    )


def told(given, tables, prices, floor, reference):
    found = answers(given, prices, floor=floor, tables=tables, reference=reference)
    return {"said": [list(pair) for pair in sentences(found).items()], "warning": warning(found)}


@pytest.fixture(scope="module")
def grid(engine):
    """For each world, what Python and the script say at all prices."""
    base = Prices(error=1.0, retraining=20.0, by_hand=3.0, row=0.001, automation=0.5,
                  currency="EUR")  # fmt: skip
    made = {name: world() for name, world in WORLDS.items()}
    # runs by hand have no models that could be compared with those of a table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendars, "outside", lambda *given, **options: None)
        return _grid(engine, made, base)


def _grid(engine, made, base):
    sections = {name: section_of(*world, base) for name, world in made.items()}
    points = {name: MANY if name in ("over_seeds", "one_stream") else FEW for name in made}
    scripts = by_script(engine, [(one, points[name]) for name, one in sections.items()])
    return {
        name: [
            (point, told(*made[name], replace(base, **point[0]), point[1], one.reference), said)
            for point, said in zip(points[name], script, strict=True)
        ]
        for (name, one), script in zip(sections.items(), scripts, strict=True)
    }


@pytest.mark.parametrize("name", WORLDS)
def test_the_script_says_what_python_says(grid, name):
    for point, python, script in grid[name]:
        assert script == python, point


def test_the_grid_has_every_sentence(grid):
    said = "\n".join(
        " ".join([*itertools.chain(*python["said"]), python["warning"]])
        for world in grid.values() for _, python, _ in world
    )  # fmt: skip
    assert [sentence for sentence in SENTENCES if sentence not in said] == []


SENTENCES = (
    "Keep what you do today ('as_served')", "No model at all ('constant')", "Every 8 days (",
    "When 'trigger' calls for it (3 retrainings in the replay)", "Never ('never')",
    "No strategy reaches a mean score of 0.999", "of the strategies whose score reaches 0.75",
    "calendars that hindsight knows, every", "would be cheaper: the closest, every",
    "which you did not list", "which is 'every 8d'",
    "Of the 20 calendars that hindsight knows, every",
    "Whether another calendar would be cheaper is not known: there is no table of hindsight",
    "(95% interval over 3 seeds, wide enough for all 20 together",
    "ticks of this one stream, wide enough for all 20 together",
    "How sure that is cannot be said: there is no interval over blocks of this one stream (equal",
    "It saves", "It costs", "against what you do today", "more than what you do today",
    "Nothing against what you do today: it is what you do today.",
    "Nothing against 'often', the reference: it is the choice.",
    "is known only if that is one of these strategies", "per 1,000 events", "EUR a year",
    "(95% interval over 3 seeds;", "; the seeds are the learner's alone)",
    ": it is not certain to save anything.", "needs at least 20 ticks, has 10",
    "There is no other strategy that could be chosen.", "nothing says how sure that is.",
    "the two are told apart", "the two are not told apart", "The next best is", "The next best, '",
    "If a wrong prediction cost more than", "If a retraining cost less than",
    "If the least score allowed were", "no strategy would meet it", "would be the choice.",
    "Automation costs", "and by hand stays the cheaper.", "does by hand.",
    "there is no price of a retraining by hand",
    "Whether automation pays is not known: automation has a price per day",
    "The whole hides who loses: on region=",
)  # fmt: skip
"""What the sentences are made of, each of which must have been said somewhere."""


def test_all_calendars_are_looked_up_once_for_answers_and_sliders(monkeypatch):
    looked_up, of = [], calendars.Calendars.of
    monkeypatch.setattr(calendars, "outside", lambda *given, **options: None)
    monkeypatch.setattr(
        calendars.Calendars, "of", lambda tables: looked_up.append(list(tables)) or of(tables)
    )
    section = section_of(*one_stream(), Prices())
    paid = paid_terms(section)
    assert len(block(section, paid, most_of(paid, section))["calendars"]["rows"]) == 20
    assert section.answers.calendar.looked_up == 20
    assert looked_up == [[1]]


def test_errors_by_class(engine):
    prices = Prices(error=[[0, 1], [10, 0]], retraining=5)
    given, tables = by_class()
    section = section_of(given, tables, prices)
    grid = [({"error[0][1]": a, "error[1][0]": b, "retraining": c}, None)
            for a, b, c in itertools.product((0.0, 6.5), (2.0,), (5.0, 40.0))]  # fmt: skip
    [script] = by_script(engine, [(section, grid)])
    for (of, _), said in zip(grid, script, strict=True):
        error = [[0, of["error[0][1]"]], [of["error[1][0]"], 0]]
        at = replace(prices, error=error, retraining=of["retraining"])
        assert said == told(given, tables, at, None, section.reference), of


def confused(name, seed, ticks=60):
    """A run of three classes in two slices; errors of some cells come in long waves."""
    rng = np.random.default_rng([seed, *name.encode()])
    rows = []
    for tick in range(ticks):
        wave = 2.5 + 2.4 * np.sin(tick / 8 + seed + len(name))
        for part in ("region=north", "region=south"):
            for true in range(3):
                n = 12 + 3 * (seed - 1) * (tick % 2)
                lean = 1.0 if name != "often" else 0.2 if part == "region=north" else 1.7
                wrong = [min(rng.poisson(lean * mean), 7) for mean in (wave, 1.5)]
                cells = {(true + 1) % 3: wrong[0], (true + 2) % 3: wrong[1], true: n - sum(wrong)}
                if name == "twin":  # errs as often as its sibling, in other ways
                    cells = {1: 4, 2: 2, 0: n - 6} if true == 0 else {0: 3, true: n - 3}
                if name == "sibling":
                    cells = {1: 2, 2: 4, 0: n - 6} if true == 0 else {0: 3, true: n - 3}
                rows += [(tick, part, true, given, count) for given, count in cells.items()]
    told = pd.DataFrame(rows, columns=["tick", "slice", "y_true", "y_pred", "n"])
    whole = told.groupby(["tick", "y_true", "y_pred"], as_index=False)["n"].sum()
    told = pd.concat([whole.assign(slice="all"), told], ignore_index=True)
    lost = told.assign(loss=told["n"] * (told["y_true"] != told["y_pred"]))
    sums = lost.groupby(["slice", "tick"])[["n", "loss"]].sum()
    made = run(
        sums["loss"]["all"], trained=[] if name == "never" else range(4, ticks, 10), seed=seed
    )
    parts = [
        made.ticks.assign(slice=part, n=of["n"].to_numpy(), answered=of["n"].to_numpy(),
                          errors=of["loss"].to_numpy(), loss=of["loss"].to_numpy(float))
        for part, of in sums.groupby("slice")
    ]  # fmt: skip
    tables = {**made._tables, "ticks": pd.concat(parts, ignore_index=True), "confusion": told}
    return Run(tables, replace(made.info, classes=[0, 1, 2]), made.config)


WAYS = ("never", "often", "twin", "sibling")

CELLS = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]


def at_prices(values):
    matrix = [[0.0] * 3 for _ in range(3)]
    for (i, j), value in zip(CELLS, values, strict=True):
        matrix[i][j] = value
    return matrix


GRID = [
    (1, 1, 1, 1, 1, 1), (0, 0, 0, 0, 0, 0), (9, 0, 0, 0, 0, 0), (0, 9, 0, 0, 0, 0.25),
    (0, 0, 2, 0.5, 7, 0), (0, 0, 0, 3, 0, 3), (0.1, 0.1, 0.3, 0, 0, 0), (40, 2, 1, 0.5, 3, 6),
    (0, 0, 0, 0, 1, 0), (0, 0, 0, 0, 0, 1), (2, 6, 1, 5, 0, 0),
]  # fmt: skip


SAID = ("equal losses", "the two are told apart", "The whole hides who loses: on region=")


@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_intervals_of_errors_by_class_on_one_stream(engine, seeds):
    given = Setting("", {}, {k: {s: confused(k, s) for s in seeds} for k in WAYS}, one_draw=True)
    prices = Prices(error=at_prices([1, 2, 3, 4, 5, 6]), retraining=5)
    section = section_of(given, {}, prices)
    points = [({f"error[{i}][{j}]": v for (i, j), v in zip(CELLS, of, strict=True)}, None)
              for of in GRID]  # fmt: skip
    [script] = by_script(engine, [(section, points)])
    everything = ""
    for of, said in zip(GRID, script, strict=True):
        at = replace(prices, error=at_prices(of))
        assert said == told(given, {}, at, None, section.reference), of
        everything += str(said)
    lengths = {part.split(" ")[0] for part in everything.split("moving blocks of ")[1:]}
    assert len(lengths) > 2
    same = "the difference per event is the same in every tick"
    assert [words for words in SAID if words not in everything] == []
    assert (same in everything) is (seeds == (1,))  # where all ticks have as many events


def test_a_page_does_not_grow_for_intervals_of_errors_by_class(engine, monkeypatch):
    given = Setting("", {}, {name: {1: confused(name, 1)} for name in WAYS[:2]})
    prices = Prices(error=at_prices([1] * 6), retraining=5)
    numbers = 3 * (60 * 13 + 1 * 9 * 21)  # counts and events by tick; pairs, lengths, covariances
    monkeypatch.setattr(redrawing, "MOST", numbers)
    assert repricing(given, prices, "").redrawn.lengths == range(4, 13)
    monkeypatch.setattr(redrawing, "MOST", numbers - 1)
    section = section_of(given, {}, prices)
    [[said]] = by_script(engine, [(section, [({"error[1][0]": 2.0}, None)])])
    why = f"the page would need {numbers:,} numbers for it, more than {numbers - 1:,}"
    assert why in said["said"][2][1]
