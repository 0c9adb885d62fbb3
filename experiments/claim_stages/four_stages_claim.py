"""The four stages of continual learning: which step pays, and are the week and the month right?

``python experiments/claim_stages/four_stages_claim.py --logs FOLDER`` writes
``results/claim_stages/*.csv`` and the figure; without a folder the log is left out.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from hydra import compose, initialize_config_dir
from matplotlib.figure import Figure
from sklearn.linear_model import SGDClassifier

import clsim
from clsim import Prices, Strategy
from clsim.analysis.choice.choose import common_seeds
from clsim.analysis.choice.difference import all_costs, difference
from clsim.analysis.choice.honesty import across
from clsim.analysis.choice.pace import YEAR, pace
from clsim.analysis.compare.comparison import Setting, costed, settings
from clsim.report.figures.style import FULL, GREEN, GREY, VERMILLION, in_style, new_figure, save
from clsim.rounding import amount
from clsim.runs.gathered import gathered
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import Stateful, Stateless
from clsim.strategy.triggers import Never, Periodic, Volume
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Constant
from clsim.streams.drift import Gradual, Incremental, RandomWalk, Recurring, Sudden
from clsim.sweep.app import resolved
from clsim.sweep.config import instance

CONF = Path(__file__).resolve().parents[2] / "conf"
RESULTS = Path("results/claim_stages")

SEEDS, RATE, WARMUP, DAYS = 6, 100, 56, 280

PRICES = Prices(retraining=5, row=0.01, by_hand=0)
"""In wrong answers: 33 for a training from scratch on four weeks, 12 on a week's new rows."""

FREE = replace(PRICES, row=0.0)
"""The same where rows cost nothing; looked at after the run, since rows turned out to decide."""

HAND = 100.0
"""What a person costs who trains by hand and puts the model in place, in wrong answers."""

PERIODS, WINDOWS = ("2d", "7d", "14d", "28d", "84d"), ("7d", "14d", "28d", "84d", "all")
LECTURE = "7d on 28d"

STAGES = ("stage 1", "stage 2", "stage 3", "stage 4")
STEPS = [
    ("stage 1", "stage 2"),
    ("stage 2", "stage 3"),
    ("stage 3", "stage 4"),
    ("stage 1", "84 days by the clock"),
    ("84 days by the clock", "weekly on all"),
    ("weekly on all", LECTURE),
    (LECTURE, "stage 2"),
    ("stage 2", "stage 3 without a test"),
    ("stage 3 without a test", "stage 4 without a test"),
    ("stage 1", "four stages"),
    (LECTURE, "weekly baseline"),
]
"""Each from what to what; the first three are the claim, and the rest takes them apart."""

LEARNER = SGDClassifier(
    loss="log_loss", learning_rate="constant", eta0=0.05, alpha=1e-5, max_iter=5, tol=None
)


def turned(variant: int) -> Logistic:
    """A concept that has nothing to do with that of another number."""
    return Logistic(5, variant, scale=2)


WORLDS: dict[str, list[Any]] = {
    "still": [],
    "sudden": [Sudden(turned(1), "140d"), Sudden(turned(2), "250d")],
    "gradual": [Gradual(turned(1), "196d", "84d")],
    "turning": [
        Incremental(turned(1), "126d", "140d"),
        Incremental(turned(2), "266d", "140d"),
    ],
    "recurring": [Recurring([turned(1)], "56d")],
    "wandering": [RandomWalk(turned(1), "1d", 0.08)],
}


def world(name: str) -> Synthetic:
    """100 events a day for 336 days, of which 56 are the warm-up."""
    return Synthetic(
        turned(0), WORLDS[name], n=(WARMUP + DAYS) * RATE, rate=f"{RATE}/d", start="2025-01-06"
    )


def shipped(name: str) -> Strategy:
    """A strategy of conf/strategy, as it is there."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        found = compose("config", [f"strategy={name}"])
        made: Strategy = instance(resolved(found)["strategy"], "strategy")
    return made


def strategies() -> dict[str, Strategy]:
    """The stages and the baseline as they ship, what takes them apart, and all calendars."""
    week, quarter, test = Periodic("7d"), Periodic("84d"), ChampionChallenger(500)
    stateful = Stateful(full_every=8)
    found = {name: shipped(name.replace(" ", "_")) for name in (*STAGES, "four stages")}
    found |= {
        "weekly baseline": shipped("weekly_baseline"),
        "never": Strategy(Never()),
        "84 days by the clock": Strategy(quarter, All(), Stateless(duration="5d")),
        "weekly on all": Strategy(week, All()),
        "stage 3 without a test": Strategy(week, NewSinceLast(), stateful),
        "stage 4 without a test": Strategy(Volume(500), NewSinceLast(), Stateful(full_every=20)),
        "stage 4 without an alarm": Strategy(
            Volume(500), NewSinceLast(), Stateful(full_every=20), test
        ),
    }
    for period in PERIODS:
        for window in WINDOWS:
            rows = All() if window == "all" else SlidingWindow(window)
            found[f"{period} on {window}"] = Strategy(Periodic(period), rows)
    return found


def replayed(stream: Any, seed: int, warmup: str = f"{WARMUP}d") -> dict[str, Run]:
    """A stream through all strategies; labels come after a day."""
    return clsim.replay(
        stream, strategies(), learner=LEARNER, tick="1d", warmup=warmup, delay=Constant("1d"),
        seed=seed,
    )  # fmt: skip


def elec2(folder: Path) -> Recorded:
    """The price of electricity, up or down, of every half-hour."""
    return Recorded(folder / "elec2.csv.zip", label="class", start="1996-05-07", every="30min")


def all_settings(seeds: int, logs: Path | None) -> list[Setting]:
    """All worlds, and the log where it is there."""
    runs = {name: [replayed(world(name), seed) for seed in range(seeds)] for name in WORLDS}
    if logs is None or not (logs / "elec2.csv.zip").exists():
        print("no --logs FOLDER with elec2.csv.zip: the log is left out")
    else:
        runs["elec2"] = [replayed(elec2(logs), 0)]
    order = list(runs)
    return sorted(settings(gathered(runs)), key=lambda case: order.index(case.name))


def per_strategy(cases: list[Setting]) -> pd.DataFrame:
    """Means over seeds of what each strategy came to: a row for each world and strategy."""
    frames = []
    for case in cases:
        table = costed(case, PRICES)
        columns = ["n", "errors", "retrainings", "rejected", "rows_trained", "total"]
        mean = table.groupby("strategy", sort=False)[columns].mean().reset_index()
        frames.append(mean.assign(world=case.name))
    return pd.concat(frames, ignore_index=True)


def steps(cases: list[Setting]) -> pd.DataFrame:
    """What each step saves a year, in wrong answers, with an interval: over seeds, or blocks.

    The work by hand is left out: it is what automation is held against.
    """
    rows = []
    for case in cases:
        found = all_costs(case, common_seeds(case), PRICES)
        factor = pace(run for by_seed in case.runs.values() for run in by_seed.values()).factor
        for before, after in STEPS:
            apart = difference(
                found[before]["all"], found[after]["all"], one_draw=len(common_seeds(case)) == 1
            )
            rows.append(
                {
                    "world": case.name, "from": before, "to": after, "saves": apart.mean * factor,
                    "low": apart.low * factor, "high": apart.high * factor, "by": apart.by,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def over_worlds(cases: list[Setting], prices: Prices = PRICES) -> pd.DataFrame:
    """The same, mean over the six worlds of each seed; the interval is over seeds."""
    drawn = [case for case in cases if case.name in WORLDS]
    totals = [costed(case, prices).pivot_table("total", "seed", "strategy")
              for case in drawn]  # fmt: skip
    mean = sum(totals) / len(totals) * YEAR / DAYS
    rows = [
        {"from": a, "to": b, **dict(zip(("saves", "low", "high"), mean_interval(mean[a] - mean[b]),
                                        strict=True))}
        for a, b in STEPS
    ]  # fmt: skip
    return pd.DataFrame(rows)


def only(case: Setting, names: list[str]) -> Setting:
    """A setting with some of its strategies."""
    return replace(case, runs={name: case.runs[name] for name in names})


def calendars(cases: list[Setting], prices: Prices = PRICES) -> pd.DataFrame:
    """What the tuned calendar and window save against the lecture's, on seeds that did not tune.

    For each world, tuned on its other seeds; and for each world, tuned on the other worlds. Money
    a year.
    """
    grid = [f"{period} on {window}" for period in PERIODS for window in WINDOWS]
    drawn = [only(case, ["never", *grid]) for case in cases if case.name in WORLDS]
    found = across(drawn, prices, reference=LECTURE)
    per_year = RATE * YEAR
    rows = []
    for name, group in found.seeds.groupby("setting", sort=False):
        picked = group["strategy"].value_counts()
        saving = mean_interval(group["saving"] * per_year)
        elsewhere = found.settings.set_index("left_out").loc[name]
        rows.append(
            {
                "world": name, "tuned": picked.index[0], "of seeds": int(picked.iloc[0]),
                "saves": saving.mean, "low": saving.low, "high": saving.high,
                "costs": group["judged"].mean() * per_year,
                "tuned elsewhere": elsewhere["strategy"],
                "saves elsewhere": elsewhere["saving"] * per_year,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def automation(cases: list[Setting]) -> pd.DataFrame:
    """What machinery may cost: the best calendar by hand against the best without that work.

    Both are chosen on other seeds than the one that prices them. ``worth`` is in trainings by hand
    a year: machinery that costs less than the work of so many pays; ``by hand`` is how many there
    would have been.
    """
    names = ["never", *(f"{period} on 28d" for period in PERIODS)]
    drawn = [only(case, names) for case in cases if case.name in WORLDS]
    hand = across(drawn, replace(PRICES, by_hand=HAND)).seeds
    machine = across(drawn, PRICES).seeds
    rows = []
    for case in drawn:
        name, trained = case.name, costed(case, PRICES).set_index(["strategy", "seed"])
        mine, other = (x[x["setting"] == name].set_index("left_out") for x in (hand, machine))
        apart = (mine["judged"] - other["judged"]) * RATE * YEAR / HAND
        done = {
            key: sum(trained.loc[(s, seed), "retrainings"] for seed, s in x["strategy"].items())
            / len(x) * YEAR / DAYS
            for key, x in (("by hand", mine), ("by machine", other))
        }  # fmt: skip
        worth = mean_interval(apart)
        rows.append(
            {"world": name, "worth": worth.mean, "low": worth.low, "high": worth.high, **done,
             "best by hand": mine["strategy"].mode()[0], "best": other["strategy"].mode()[0]}
        )  # fmt: skip
    return pd.DataFrame(rows)


def draw(found: pd.DataFrame) -> Figure:
    """The three steps: a panel for each, worlds below each other."""
    with in_style():
        figure = new_figure(FULL, 2.6)
        panels = figure.subplots(1, 3, sharey=True)
        worlds = list(dict.fromkeys(found["world"]))[::-1]
        for axes, (before, after) in zip(panels, STEPS, strict=False):
            own = found[(found["from"] == before) & (found["to"] == after)].set_index("world")
            for place, name in enumerate(worlds):
                row = own.loc[name]
                color = GREEN if row["low"] > 0 else VERMILLION if row["high"] < 0 else GREY
                axes.plot([row["low"], row["high"]], [place, place], color=color)
                axes.plot(row["saves"], place, "o", ms=3.5, color=color)
            axes.axvline(0, color="#999999", lw=0.6)
            axes.set_yticks(range(len(worlds)), worlds)
            axes.set_title(f"from {before} to {after}")
        panels[1].set_xlabel("saves a year (in wrong answers, with 95 % intervals)")
    return figure


def cell(row: pd.Series, mean: str = "saves") -> str:
    """A number and its interval, bold where the interval is above 0."""
    if not row["low"] <= row["high"]:
        return whole(row[mean])
    text = f"{whole(row[mean])} [{whole(row['low'])}, {whole(row['high'])}]"
    return f"**{text}**" if row["low"] > 0 else text


def whole(value: float) -> str:
    """A number without decimals."""
    return amount(float(round(value)))


def of_calendars(found: pd.DataFrame, prices: Prices) -> str:
    """The tuned calendars against the week and the month, as a table of Markdown."""
    tuned = ["tuned on other seeds", "saves a year against 7d on 28d", "of a cost of"]
    heads = [f"world, a row at {prices.row:g}", *tuned, "tuned on other worlds", "saves"]
    lines = [f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads))]
    lines += [
        f"| {r['world']} | {r['tuned']} | {cell(r)} | {whole(r['costs'])} | "
        f"{r['tuned elsewhere']} | {whole(r['saves elsewhere'])} |"
        for _, r in found.iterrows()
    ]
    return "\n".join(lines)


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, of the files in a folder."""
    found = pd.read_csv(folder / "steps.csv")
    names = {f"{a} → {b}": (a, b) for a, b in STEPS}
    worlds = list(dict.fromkeys(found["world"]))
    every = found.set_index(["from", "to", "world"]).sort_index()
    mean = pd.read_csv(folder / "over_worlds.csv").set_index(["from", "to"])
    lines = ["| step | " + " | ".join(worlds) + " | mean of the six |"]
    lines.append("|" + " --- |" * (len(worlds) + 2))
    for name, (a, b) in names.items():
        cells = [cell(every.loc[(a, b, world)]) for world in worlds]
        lines.append("| " + " | ".join([name, *cells, cell(mean.loc[(a, b)])]) + " |")
    other, free = (
        of_calendars(pd.read_csv(folder / f"{name}.csv"), price)
        for name, price in (("calendars", PRICES), ("calendars_free", FREE))
    )
    auto = ["| world | best by hand | trainings a year | best by machine | trainings a year "
            "| worth, in trainings by hand a year |", "|" + " --- |" * 6]  # fmt: skip
    auto += [
        f"| {r['world']} | {r['best by hand']} | {r['by hand']:.1f} | {r['best']} | "
        f"{r['by machine']:.1f} | {r['worth']:.1f} [{r['low']:.1f}, {r['high']:.1f}] |"
        for _, r in pd.read_csv(folder / "automation.csv").iterrows()
    ]
    return {
        "steps": "\n".join(lines), "calendars": other, "free": free,
        "automation": "\n".join(auto),
    }  # fmt: skip


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table."""
    free = pd.read_csv(folder / "over_worlds_free.csv").set_index(["from", "to"])
    return [cell(free.loc[step]) for step in STEPS]


def main() -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    cases = all_settings(given.seeds, given.logs)
    made = {
        "strategies": per_strategy(cases), "steps": steps(cases), "over_worlds": over_worlds(cases),
        "calendars": calendars(cases), "automation": automation(cases),
        "over_worlds_free": over_worlds(cases, FREE), "calendars_free": calendars(cases, FREE),
    }  # fmt: skip
    for name, frame in made.items():
        frame.round(2).to_csv(given.out / f"{name}.csv", index=False)
    save(draw(made["steps"]), given.out, "stages")
    for text in tables(given.out).values():
        print(text, end="\n\n")


if __name__ == "__main__":
    main()
