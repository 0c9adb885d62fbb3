"""Are KS and KL bad alarms, and is drift of inputs a poor proxy for loss? Priced.

``python experiments/claim_alarms/alarms_claim.py --logs FOLDER`` writes
``results/claim_alarms/*.csv`` and the figure; without a folder the logs are left out.
The worlds and logs are those of ``experiments/signals``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "signals"))

from worth import (
    BEFORE,
    DELAY,
    FALSE,
    PRICES,
    START,
    TICK,
    TICKS,
    WARMUP,
    WINDOW,
    WORLDS,
    Drifts,
    clouds,
)
from worth_logs import LOGS, Log

import clsim
from clsim import Counterfactual
from clsim.analysis.behaviour.monitors import rank_correlation
from clsim.analysis.cost.signal_worth import by_quantiles, signal_worth
from clsim.hindsight.cuts import stretch
from clsim.hindsight.grids import Levels
from clsim.monitoring import ConfidenceScore, FeatureDistribution, Score
from clsim.protocols import Monitor
from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    in_style,
    new_figure,
    save,
)
from clsim.rounding import MINUS
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import SlidingWindow
from clsim.streams import Synthetic
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from clsim.streams.groups import Groups

RESULTS = Path("results/claim_alarms")
DRAWS, TWINS = 6, 3

FINE = 400
"""Levels of a finer grid, looked at after the run, since 40 left KS far below the rate."""

WAITS = (1, 2, 4, 8, 100)
"""Ticks of cooldown that are tried on logs; with the last, a rule fires once."""

GOOD, BAD = ("l_infinity", "earth_mover"), ("kolmogorov_smirnov", "kl")
DISTANCES = (*GOOD, *BAD, "psi")
SHORT = {
    "l_infinity": "L∞", "earth_mover": "earth mover's", "kolmogorov_smirnov": "KS", "kl": "KL",
    "psi": "PSI", "estimate": "estimate", "labels": "labels",
}  # fmt: skip

CUSTOMARY = {
    "kolmogorov_smirnov": 0.096, "kl": 0.1, "psi": 0.2, "earth_mover": 0.1, "l_infinity": 0.1,
}  # fmt: skip
"""Thresholds that are in use, for any one feature. Of KS it is p < .05 (600 and 300 rows): the
root of -ln(.025) / 2 · (1/600 + 1/300). That of L∞ is ten times the .01 of examples, which chance
alone exceeds with 300 rows."""

SWAPPED = "sudden: the classes swap places"
USED = {
    **{
        name: WORLDS[name]
        for name in (
            "quiet", "harmless: an input that says nothing moves", "sudden: classes lie elsewhere",
            "sudden: both classes move", "gradual: classes lie elsewhere",
            "incremental: both classes move", "random walk towards elsewhere",
            "labels: one class from half to a tenth", "one slice of two: classes lie elsewhere",
        )
    },
    SWAPPED: lambda: [Sudden(clouds((1, 0, 0), (-1, 0, 0)), at=START)],
}  # fmt: skip
"""Worlds of experiments/signals, and one in which inputs do not move at all."""


def watching(window: int | str, every: bool, features: Any = None) -> dict[str, Monitor]:
    """Distances of the inputs, and beside them the labels; every: PSI and an estimate, too."""
    found: dict[str, Monitor] = {
        name: FeatureDistribution(name, window=window, features=features) for name in (*GOOD, *BAD)
    }
    found["labels"] = Score(window=300, min_labels=100, of="champion")
    if every:
        found["psi"] = FeatureDistribution("psi", window=window)
        found["estimate"] = ConfidenceScore(window=window)
    return found


def sides(tables: Sequence[Counterfactual]) -> dict[str, str]:
    """On which side of a level each signal fires."""
    below = ("labels", "estimate")
    return {name: "below" if name in below else "above" for name in tables[0].signals.values}


def drawn(drifts: Drifts, seed: int) -> Counterfactual:
    """The table of one draw of a world, as in experiments/signals, with all distances."""
    groups = {"user": Groups({"old": 1, "new": 1})}
    stream = Synthetic(BEFORE, drifts(), n=WARMUP + TICK * TICKS, groups=groups)
    return clsim.counterfactual(
        stream, learner=LogisticRegression(), dataset=SlidingWindow(WINDOW), tick=TICK,
        warmup=WARMUP, delay=Constant(DELAY), seed=seed, monitors=watching(300, True),
    )  # fmt: skip


def log_table(log: Log, frame: pd.DataFrame, twin: int | None) -> Counterfactual:
    """The table of a log, or of a quiet twin of its warm-up; of its numbers alone."""
    stream = clsim.streams.Recorded(frame, label="label", time="time" if log.timed else None)
    numbers = [*frame.drop(columns="label").select_dtypes("number")]
    return clsim.counterfactual(
        stream, learner=log.learner, dataset=SlidingWindow(log.dataset), tick=log.tick,
        warmup=log.warmup, delay=Constant(log.delay), seed=twin or 0,
        monitors=watching(log.window, False, numbers),
        quiet=False if twin is None else log.blocks,
    )  # fmt: skip


def priced(
    tuning: Sequence[Counterfactual],
    scored: Sequence[Counterfactual],
    quiet: Sequence[Counterfactual],
    rate: float,
    prices: clsim.Prices = PRICES,
    waits: Sequence[int] = (1, 3, 8),
) -> pd.DataFrame:
    """What each signal saves, at an equal rate, as the cheapest rule, and as it is customary.

    ``over_ks`` and ``over_kl`` are what it saves beyond Kolmogorov and Smirnov's, and beyond KL.
    """
    rules = by_quantiles([*tuning, *quiet], sides(tuning), 40, waits)
    found = []
    fine = by_quantiles([*tuning, *quiet], sides(tuning), FINE, waits)
    for how, kept, tried in (
        ("equal rate", rate, rules),
        ("cheapest", None, rules),
        ("equal rate, fine", rate, fine),
    ):
        beside = [
            signal_worth(
                tuning, scored, tried, prices, quiet=quiet, false_alarms=kept, labels=base, draws=1
            )
            .set_index("signal")
            .rename(columns=lambda name, short=short: name.replace("over_labels", f"over_{short}"))
            for base, short in (("kolmogorov_smirnov", "ks"), ("kl", "kl"))
        ]
        own = beside[0].join(beside[1].filter(like="over_kl"))
        found.append(own.reset_index().assign(how=how))
    there = [name for name in CUSTOMARY if name in rules]
    usual = {name: [Levels(name, (CUSTOMARY[name],), "above", 3)] for name in there}
    found.append(
        signal_worth(tuning, scored, usual, prices, quiet=quiet, draws=1).assign(how="customary")
    )
    return pd.concat(found, ignore_index=True)


def proxies(tables: Sequence[Counterfactual]) -> pd.DataFrame:
    """How well each signal of the first model, never replaced, ranks the ticks by their loss."""
    rows = []
    for name, side in sides(tables).items():
        each = []
        for table in tables:
            of = np.stack([values[-1] for values in table.signals.values[name].values()])
            signal = -of.min(axis=0) if side == "below" else of.max(axis=0)
            loss = table.loss[-1] / table.n
            each.append(rank_correlation(signal, loss)["correlation"].item())
        mean = mean_interval(each)
        rows.append({"signal": name, "correlation": mean.mean, "low": mean.low, "high": mean.high})
    return pd.DataFrame(rows)


def of_worlds(draws: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All worlds: what signals are worth, and how well they foretell the loss."""
    quiet = [drawn(list, seed) for seed in range(1000, 1000 + draws)]
    worth, ranks = [], []
    for name, drifts in USED.items():
        tuning = [drawn(drifts, seed) for seed in range(draws)]
        scored = [drawn(drifts, seed) for seed in range(100, 100 + draws)]
        worth.append(priced(tuning, scored, quiet, FALSE).assign(world=name))
        ranks.append(proxies([*tuning, *scored]).assign(world=name))
    return pd.concat(worth, ignore_index=True), pd.concat(ranks, ignore_index=True)


def of_logs(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three logs: the first half of what is replayed chooses, the second prices."""
    worth, ranks = [], []
    for name, log in LOGS.items():
        frame = log.read(folder / log.file)
        table = log_table(log, frame, None)
        half = table.loss.shape[1] // 2
        quiet = [log_table(log, frame, twin) for twin in range(TWINS)]
        parts = [stretch(table, 0, half)], [stretch(table, half)]
        worth.append(priced(*parts, quiet, 1.0, log.prices, WAITS).assign(world=name))
        ranks.append(proxies([table]).assign(world=name))
    return pd.concat(worth, ignore_index=True), pd.concat(ranks, ignore_index=True)


# what is written ------------------------------------------------------------------------------

COLORS = {
    "l_infinity": GREEN, "earth_mover": BLUE, "kolmogorov_smirnov": VERMILLION, "kl": ORANGE,
    "psi": GREY,
}  # fmt: skip

MARKS = "os^Dv"
"""By which they are told apart in grey."""


def draw(worth: pd.DataFrame, ranks: pd.DataFrame) -> Figure:
    """What each distance saves at one rate of false alarms; and how well it ranks the loss."""
    worlds = list(USED)[::-1]
    with in_style():
        figure = new_figure(FULL, 4.2)
        left, right = figure.subplots(1, 2, sharey=True)
        for place, ((name, color), mark) in enumerate(zip(COLORS.items(), MARKS, strict=True)):
            own = worth[(worth["how"] == "equal rate, fine") & (worth["signal"] == name)]
            own = own.set_index("world").loc[worlds]
            at = np.arange(len(worlds)) + 0.14 * (2 - place)
            left.hlines(at, own["worth_low"], own["worth_high"], color=color, lw=0.9)
            left.plot(own["worth"], at, mark, ms=2.8, color=color, label=SHORT[name])
            rank = ranks[ranks["signal"] == name].set_index("world").loc[worlds]
            right.hlines(at, rank["low"], rank["high"], color=color, lw=0.9)
            right.plot(rank["correlation"], at, mark, ms=2.8, color=color)
        left.set_xscale("symlog", linthresh=100)
        left.set_xticks([-1000, -100, 0, 100], [whole(value) for value in (-1000, -100, 0, 100)])
        for axes in (left, right):
            axes.axvline(0, color="#999999", lw=0.6)
        left.set_yticks(range(len(worlds)), worlds)
        left.set_xlabel("saved against the calendar")
        left.set_title("Equal false alarms (400 levels)")
        right.set_xlabel("rank correlation")
        right.set_title("With the loss of one model")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


def whole(value: float) -> str:
    """A number without decimals, and without a minus of nothing."""
    return f"{round(value):,}".replace("-", MINUS) if round(value) else "0"


def cell(row: pd.Series, mean: str = "worth") -> str:
    """A number and its interval, bold where the interval is above 0."""
    low, high = row[f"{mean}_low"], row[f"{mean}_high"]
    if not low < high:
        return whole(row[mean])
    text = f"{whole(row[mean])} [{whole(low)}, {whole(high)}]"
    return f"**{text}**" if low > 0 else text


def rank(row: pd.Series) -> str:
    """A correlation and its interval."""
    if np.isnan(row["correlation"]):
        return ""
    text = f"{row['correlation']:.2f}"
    if row["low"] < row["high"]:
        text += f" [{row['low']:.2f}, {row['high']:.2f}]"
    return text.replace("-", MINUS)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, ["---"] * len(heads), *rows])


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, of the files in a folder."""
    worth, ranks = (pd.read_csv(folder / f"{name}.csv") for name in ("worth", "ranks"))
    by = worth.set_index(["how", "world", "signal"]).sort_index()
    worlds = list(dict.fromkeys(worth["world"]))
    found = {}
    for how in ("equal rate", "cheapest"):
        rows = []
        for world in worlds:
            of = by.loc[(how, world)]
            there = (*DISTANCES, "estimate", "labels")
            rows.append([world, *(cell(of.loc[n]) if n in of.index else "" for n in there),
                         whole(of["hindsight"].iloc[0])])  # fmt: skip
        heads = [
            "world",
            *(SHORT[name] for name in (*DISTANCES, "estimate", "labels")),
            "hindsight",
        ]
        found[how] = table(heads, rows)
    pairs = [(bad, name) for bad in ("ks", "kl") for name in GOOD]
    heads = ["world", *(f"{SHORT[name]} over {bad.upper()}" for bad, name in pairs)]
    for how, called in (("equal rate", "beside"), ("equal rate, fine", "fine")):
        rows = [
            [world, *(cell(by.loc[(how, world, name)], f"over_{bad}") for bad, name in pairs)]
            for world in worlds
        ]
        found[called] = table(heads, rows)
    harmful = list(USED)[2:]
    rates = worth[worth["world"].isin(harmful)].groupby(["how", "signal"])["false"].mean()
    heads = ["false trainings a run, mean of the eight", *(SHORT[name] for name in DISTANCES)]
    found["false"] = table(
        heads,
        [[how, *(f"{rates[how, name]:.2f}" for name in DISTANCES)]
         for how in ("equal rate", "equal rate, fine", "cheapest")],
    )  # fmt: skip
    rows = []
    for name in CUSTOMARY:
        of = worth[(worth["how"] == "customary") & (worth["signal"] == name)].set_index("world")
        rows.append(
            [SHORT[name], f"above {CUSTOMARY[name]:g}", f"{of.loc['quiet', 'false']:.1f}",
             *(cell(of.loc[world]) for world in list(USED)[:4])]
        )  # fmt: skip
    heads = ["alarm", "if any feature is", "false trainings a run", *list(USED)[:4]]
    found["customary"] = table(heads, rows)
    of = ranks.set_index(["world", "signal"])
    names = (*DISTANCES, "estimate", "labels")
    found["ranks"] = table(
        ["world", *(SHORT[name] for name in names)],
        [[world, *(rank(of.loc[(world, n)]) if (world, n) in of.index else "" for n in names)]
         for world in worlds],
    )  # fmt: skip
    return found


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table: beside KS and KL, as the cheapest rules."""
    found = pd.read_csv(folder / "worth.csv")
    own = found[(found["how"] == "cheapest") & found["signal"].isin(GOOD)]
    return [cell(row, f"over_{bad}") for _, row in own.iterrows() for bad in ("ks", "kl")]


def main() -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    worth, ranks = of_worlds(given.draws)
    save(draw(worth, ranks), given.out, "alarms")
    if given.logs is None or not (given.logs / "elec2.csv.zip").exists():
        print("no --logs FOLDER with elec2.csv.zip and the others: the logs are left out")
    else:
        more = of_logs(given.logs)
        worth, ranks = (pd.concat(both) for both in zip((worth, ranks), more, strict=True))
    keep = [
        name for name in worth if not name.startswith(("same_", "shuffled", "random", "seconds"))
    ]
    worth[keep].round(3).to_csv(given.out / "worth.csv", index=False)
    ranks.round(4).to_csv(given.out / "ranks.csv", index=False)
    for text in tables(given.out).values():
        print(text, end="\n\n")


if __name__ == "__main__":
    main()
