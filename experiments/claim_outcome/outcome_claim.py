"""The metric and the outcome part ways: by which number to watch a model, and to gate it.

``python experiments/claim_outcome/outcome_claim.py --logs FOLDER`` writes
``results/claim_outcome/*.csv`` and the figure; without a folder the logs are left out.
"""

from __future__ import annotations

import argparse
import textwrap
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clsim
from clsim import Counterfactual, Prices, Strategy
from clsim.analysis.choice.choose import common_seeds
from clsim.analysis.choice.difference import all_costs, difference
from clsim.analysis.compare.comparison import Setting, settings
from clsim.analysis.cost.signal_worth import by_quantiles, signal_worth
from clsim.hindsight.cuts import stretch
from clsim.monitoring import Score
from clsim.report.figures.style import FULL, LOOKS, in_style, new_figure, save
from clsim.rounding import amount
from clsim.runs.gathered import gathered
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import Bound, Bounds
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded
from clsim.streams.delays import Constant

RESULTS = Path("results/claim_outcome")

SEEDS, DRAWS = 8, 6
TICK, TICKS, WARMUP, WINDOW, DELAY = 150, 60, 1_200, 1_200, 150
CHANGE = WARMUP + 20 * TICK

PRICES = Prices(error=1, retraining=20)
"""An amount is 1 in the mean."""

BY = ("accuracy", "log_loss", "auc", "money")
"""What gates go by."""

HOLDOUTS = (100, 300, 900)
HOLDOUT = 300
"""The holdout that is judged; the others show what depends on it."""

SPREAD = 1.5
"""Standard deviation of the logarithm of amounts: the largest tenth holds 59 % of the money."""

WORLDS = {
    "nothing changes": lambda z: np.zeros(len(z), bool),
    "all change": lambda z: np.ones(len(z), bool),
    "the largest tenth changes": lambda z: z > 1.2816,
    "all but the largest tenth change": lambda z: z <= 1.2816,
    "the smaller half changes": lambda z: z < 0,
    "amounts triple": lambda z: np.zeros(len(z), bool),
}
"""Whose labels follow another rule from tick 20 on; in the last, amounts grow threefold."""


def stream(name: str, seed: int) -> Recorded:
    """150 events a tick, whose amounts are lognormal and 1 in the mean, in one of the worlds."""
    rng, n = np.random.default_rng([seed, 2026]), WARMUP + TICK * TICKS
    x, z = rng.standard_normal((n, 3)), rng.standard_normal(n)
    after = np.arange(n) >= CHANGE
    logit = 3 * np.where(after & WORLDS[name](z), x[:, 1], x[:, 0])
    money = np.exp(SPREAD * z - SPREAD**2 / 2)
    if name == "amounts triple":
        money = np.where(after, 3 * money, money)
    frame = pd.DataFrame({"x0": x[:, 0], "x1": x[:, 1], "x2": x[:, 2], "z": z, "amount": money})
    frame["y"] = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int)
    return Recorded(frame, label="y", amount="amount")


def gates(every: Any, window: Any, **how: Any) -> dict[str, Strategy]:
    """A schedule behind every gate: the challenger may be no worse by the metric."""
    rows = SlidingWindow(window)
    found = {"never": Strategy(Never(), **how), "no gate": Strategy(Periodic(every), rows, **how)}
    for metric in BY:
        for holdout in HOLDOUTS:
            gate = Bounds([Bound(metric, absolute=0.0)], holdout=holdout)
            found[f"{metric}, {holdout}"] = Strategy(Periodic(every), rows, offline=gate, **how)
    return found


def gated(name: str, seeds: int) -> Setting:
    """A world through all gates, a training every two ticks."""
    runs = [
        clsim.replay(
            stream(name, seed), gates(2, WINDOW), learner=LogisticRegression(), tick=TICK,
            warmup=WARMUP, delay=Constant(DELAY), loss="amount", seed=seed,
        )
        for seed in range(seeds)
    ]  # fmt: skip
    return settings(gathered(runs))[0]


# logs -----------------------------------------------------------------------------------------

SCALED = make_pipeline(StandardScaler(), LogisticRegression())
TREES = HistGradientBoostingClassifier(
    max_iter=20, max_leaf_nodes=15, random_state=0, categorical_features="from_dtype"
)


def elec2(folder: Path) -> Recorded:
    """Does the price go up or down? An error costs the price of that half-hour, 1 in the mean."""
    frame = pd.read_csv(folder / "elec2.csv.zip")
    frame["amount"] = frame["nswprice"].clip(lower=0) / frame["nswprice"].clip(lower=0).mean()
    return Recorded(frame, label="class", amount="amount", start="1996-05-07", every="30min")


def bank(folder: Path) -> Recorded:
    """Whether a client of a bank agrees on the phone, every second call; they have no times."""
    with zipfile.ZipFile(folder / "bank_marketing.zip") as inside:
        name = "bank-additional/bank-additional-full.csv"
        frame = pd.read_csv(inside.open(name), sep=";", keep_default_na=False)
    frame = frame.drop(columns="duration")
    words = [key for key in frame.select_dtypes(exclude="number") if key != "y"]
    frame = frame.astype(dict.fromkeys(words, "category"))[::2].reset_index(drop=True)
    return Recorded(frame, label="y")


def of_logs(folder: Path) -> dict[str, Setting]:
    """Both logs through all gates: of the calls one in vain costs 1, a client not called 5."""
    power = clsim.replay(
        elec2(folder), gates("14d", "56d"), learner=SCALED, tick="7d", warmup="56d",
        delay=Constant("1d"), loss="amount",
    )  # fmt: skip
    calls = clsim.replay(
        bank(folder), gates(2, 4_000, threshold="by_price"), learner=TREES, tick=250,
        warmup=7_000, delay=Constant(200), loss=[[0, 1], [5, 0]],
    )  # fmt: skip
    return {
        name: settings(gathered([runs]))[0]
        for name, runs in {"elec2": power, "bank": calls}.items()
    }


def saved(cases: dict[str, Setting]) -> pd.DataFrame:
    """What each gate saves against none, and against that by accuracy with as many rows."""
    rows = []
    for name, case in cases.items():
        seeds = common_seeds(case)
        found = all_costs(case, seeds, PRICES)
        for metric in BY:
            for holdout in HOLDOUTS:
                mine = found[f"{metric}, {holdout}"]["all"]
                row: dict[str, Any] = {"world": name, "by": metric, "holdout": holdout}
                row["rejected"] = np.mean(
                    [run.totals["rejected"] for run in case.runs[f"{metric}, {holdout}"].values()]
                )
                for key, other in (("saves", "no gate"), ("over", f"accuracy, {holdout}")):
                    apart = difference(found[other]["all"], mine, one_draw=len(seeds) == 1)
                    row |= {key: apart.mean, f"{key}_low": apart.low, f"{key}_high": apart.high}
                rows.append(row)
    return pd.DataFrame(rows)


# what is watched ------------------------------------------------------------------------------

LOSSES = {"accuracy": "zero_one", "log loss": "log", "money": "amount"}


def tables_of(world: Any, seed: int, **how: Any) -> dict[str, Counterfactual]:
    """The same models, scored by each loss, with the score of the champion as a signal."""
    return {
        name: clsim.counterfactual(
            world, loss=loss, seed=seed, **how,
            monitors={name: Score(window=300, min_labels=100, of="champion")},
        )
        for name, loss in LOSSES.items()
    }  # fmt: skip


def together(tables: dict[str, Counterfactual]) -> Counterfactual:
    """The table of money, with the signals of all."""
    money = tables["money"]
    signals = [table.signals for table in tables.values()]
    values = {name: own for one in signals for name, own in one.values.items()}
    decides = {name: own for one in signals for name, own in one.decides.items()}
    return replace(money, signals=replace(money.signals, values=values, decides=decides))


def worth(tuning: Sequence[Counterfactual], scored: Sequence[Counterfactual]) -> pd.DataFrame:
    """What a rule over each score saves, in money, chosen on some draws and priced on others."""
    rules = by_quantiles(tuning, dict.fromkeys(LOSSES, "below"), 40, (1, 3, 8))
    return signal_worth(tuning, scored, rules, PRICES, labels="accuracy")


AHEAD = 2
"""Ticks between trainings, and over which a new model is compared with the one before."""


def parted(tables: dict[str, Counterfactual]) -> tuple[int, int]:
    """Of new models that err less than the one before, how many lose more money; and of how many.

    Until the next is trained, both look-ups in the tables; trainings every two ticks.
    """
    errors, money = (tables[name].loss for name in ("accuracy", "money"))
    ticks = errors.shape[1]
    fewer, dearer = 0, 0
    for tick in range(2 * AHEAD, ticks - AHEAD, AHEAD):
        new, old, ahead = tick, tick - AHEAD, slice(tick, tick + AHEAD)
        if errors[new, ahead].sum() < errors[old, ahead].sum():
            fewer += 1
            dearer += bool(money[new, ahead].sum() > money[old, ahead].sum())
    return dearer, fewer


def watched(draws: int, folder: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What it is worth to watch each score, and how often errors fall and money is lost."""
    how = {
        "learner": LogisticRegression(), "dataset": SlidingWindow(WINDOW), "tick": TICK,
        "warmup": WARMUP, "delay": Constant(DELAY),
    }  # fmt: skip
    found, ways = [], []
    for name in WORLDS:
        made = [
            tables_of(stream(name, seed), seed, **how)
            for seed in (*range(draws), *range(100, 100 + draws))
        ]
        tables = [together(one) for one in made]
        found.append(worth(tables[:draws], tables[draws:]).assign(world=name))
        counts = [parted(one) for one in made]
        share = mean_interval([dearer / fewer for dearer, fewer in counts])
        ways.append({"world": name, "share": share.mean, "low": share.low, "high": share.high,
                     "fewer": sum(fewer for _, fewer in counts)})  # fmt: skip
    if folder is not None and (folder / "elec2.csv.zip").exists():
        one = tables_of(
            elec2(folder), 0, learner=SCALED, dataset=SlidingWindow("56d"), tick="7d",
            warmup="56d", delay=Constant("1d"),
        )  # fmt: skip
        table = together(one)
        half = table.loss.shape[1] // 2
        parts = [stretch(table, 0, half)], [stretch(table, half)]
        found.append(worth(*parts).assign(world="elec2"))
        dearer, fewer = parted(one)
        ways.append({"world": "elec2", "share": dearer / fewer, "fewer": fewer})
    return pd.concat(found, ignore_index=True), pd.DataFrame(ways)


# what is written ------------------------------------------------------------------------------


def draw(found: pd.DataFrame) -> Figure:
    """What gates save against none, by the rows that they hold out: a panel for each world."""
    worlds = list(dict.fromkeys(found["world"]))
    with in_style():
        figure = new_figure(FULL, 4.0)
        panels = figure.subplots(2, 4).ravel()
        for axes, name in zip(panels, worlds, strict=False):
            for place, (metric, look) in enumerate(zip(BY, LOOKS, strict=True)):
                own = found[(found["world"] == name) & (found["by"] == metric)]
                at = np.arange(len(HOLDOUTS)) + 0.12 * (place - 1.5)
                axes.vlines(at, own["saves_low"], own["saves_high"], color=look.color, lw=0.8)
                axes.plot(at, own["saves"], color=look.color, ls=look.line, marker=look.marker,
                          ms=3, label=metric.replace("_", " "))  # fmt: skip
            axes.axhline(0, color="#999999", lw=0.6)
            axes.set_xticks(range(len(HOLDOUTS)), HOLDOUTS)
            axes.set_title(textwrap.fill(name, 22))
        for axes in panels[len(worlds) :]:
            axes.set_visible(False)
        panels[0].set_ylabel("saves against no gate")
        panels[4].set_ylabel("saves against no gate")
        panels[4].set_xlabel("rows held out")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def cell(row: pd.Series, mean: str, low: str, high: str) -> str:
    """A number and its interval, bold where the interval is above 0."""
    if not row[low] < row[high]:
        return whole(row[mean])
    text = f"{whole(row[mean])} [{whole(row[low])}, {whole(row[high])}]"
    return f"**{text}**" if row[low] > 0 else text


def whole(value: float) -> str:
    """A number without decimals."""
    return amount(float(round(value)))


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, of the files in a folder."""
    found = pd.read_csv(folder / "gates.csv")
    ways = pd.read_csv(folder / "parted.csv").set_index("world")
    worlds = list(dict.fromkeys(found["world"]))
    some = found.set_index(["world", "by", "holdout"])
    lines = ["| world | errors fall and money is lost | "
             + " | ".join(f"by {metric.replace('_', ' ')}" for metric in BY)
             + " | money over accuracy |", "|" + " --- |" * (len(BY) + 3)]  # fmt: skip
    for name in worlds:
        share = ""
        if name in ways.index:
            row = ways.loc[name]
            share = f"{100 * row['share']:.0f} %"
            if row["low"] < row["high"]:
                share += f" [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
        cells = [
            cell(some.loc[(name, metric, HOLDOUT)], "saves", "saves_low", "saves_high")
            for metric in BY
        ]
        over = cell(some.loc[(name, "money", HOLDOUT)], "over", "over_low", "over_high")
        lines.append(f"| {name} | {share} | " + " | ".join(cells) + f" | {over} |")
    sizes = ["| world | " + " | ".join(f"{holdout} rows" for holdout in HOLDOUTS) + " |",
             "|" + " --- |" * (len(HOLDOUTS) + 1)]  # fmt: skip
    for name in worlds:
        cells = [cell(some.loc[(name, "money", holdout)], "over", "over_low", "over_high")
                 for holdout in HOLDOUTS]  # fmt: skip
        sizes.append(f"| {name} | " + " | ".join(cells) + " |")
    seen = pd.read_csv(folder / "watched.csv").set_index(["world", "signal"])
    heads = [f"by {name}" for name in LOSSES]
    watch = [f"| world | {' | '.join(heads)} | money over accuracy | hindsight |"]
    watch.append("|" + " --- |" * (len(LOSSES) + 3))
    for name in dict.fromkeys(seen.index.get_level_values("world")):
        cells = [cell(seen.loc[(name, by)], "worth", "worth_low", "worth_high") for by in LOSSES]
        own = seen.loc[(name, "money")]
        over = cell(own, "over_labels", "over_labels_low", "over_labels_high")
        watch.append(
            f"| {name} | " + " | ".join(cells) + f" | {over} | {whole(own['hindsight'])} |"
        )
    return {"gates": "\n".join(lines), "sizes": "\n".join(sizes), "watched": "\n".join(watch)}


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table: there is none."""
    return []


def main() -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    cases = {name: gated(name, given.seeds) for name in WORLDS}
    if given.logs is None or not (given.logs / "elec2.csv.zip").exists():
        print("no --logs FOLDER with elec2.csv.zip and bank_marketing.zip: the logs are left out")
    else:
        cases |= of_logs(given.logs)
    found = saved(cases)
    seen, ways = watched(given.draws, given.logs)
    for name, frame in {"gates": found, "watched": seen, "parted": ways}.items():
        frame.round(3).to_csv(given.out / f"{name}.csv", index=False)
    save(draw(found), given.out, "outcome")
    for text in tables(given.out).values():
        print(text, end="\n\n")


if __name__ == "__main__":
    main()
