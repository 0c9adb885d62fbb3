"""Score against labels bought, for every pick, with random beside them; and with labels late.

``python experiments/labels/labels.py`` writes the tables and the figure of the README to
``results/labels``. With ``--data FOLDER``, where ``elec2.csv.zip`` lies, Elec2 takes the place of
the last stream.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from labels_drawing import draw
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import clsim
from clsim import Strategy
from clsim.monitoring.projections import KMeans
from clsim.report.figures.style import save
from clsim.statistics.intervals import mean_interval
from clsim.strategy.curation import (
    Buying,
    Committee,
    Complained,
    ExpectedChange,
    Fixed,
    FormerModels,
    InProportion,
    KCentre,
    Pick,
    PredictedLoss,
    Random,
    Refitted,
    Stratified,
    Uncertainty,
    Unlike,
    Unlimited,
)
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.complaints import Complaining
from clsim.streams.concepts import SEA, RandomRBF, Sine
from clsim.streams.drift import Sudden

SEEDS = 5
N, WARMUP, TICK = 6_000, 500, 250
"""Events, those of the warm-up, and of a tick; there is one in every minute."""

SHARES = (0.02, 0.05, 0.1, 0.25)
"""Of the events whose labels are bought."""

DOUBT = Uncertainty("margin")
TREE = DecisionTreeClassifier(min_samples_leaf=5)
SHALLOW = DecisionTreeClassifier(max_depth=5)

PICKS = {
    "random": Random(),
    "stratified": Stratified("answer"),
    "per cluster": Stratified(KMeans(8)),
    "uncertainty": DOUBT,
    "in proportion": InProportion(DOUBT),
    "refitted": Refitted(TREE, recent=500),
    "expected change": ExpectedChange(recent=500),
    "committee": Committee(SHALLOW, members=3, recent=500),
    "former models": FormerModels(3),
    "complained": Complained(),
    "predicted loss": PredictedLoss(DecisionTreeRegressor(max_depth=4), recent=500),
    "unlike": Unlike(LogisticRegression(), recent=500),
    "k-centre": KCentre(recent=500),
}

LATE, LEFT = "500min", "1500min"
"""How long labels take in the second setting, two ticks; and what that leaves of the window."""

PENDING = {
    "random": Random(),
    "committee, forget": Committee(SHALLOW, members=3, recent=500),
    "committee, fuzzy": Committee(SHALLOW, members=3, recent=500, pending="fuzzy"),
    "refitted, forget": Refitted(TREE, recent=500),
    "refitted, bagged": Refitted(TREE, recent=500, pending="bagged"),
    "refitted, bagged, since": Refitted(TREE, recent=500, pending="bagged", since=LEFT),
    "k-centre, forget": KCentre(recent=500, pending="forget"),
    "k-centre, count": KCentre(recent=500),
}
"""What becomes of labels on order, where they are late."""


def streams(data: Path | None, seed: int) -> dict[str, Any]:
    """The three streams; of Elec2 each seed has a stretch of its own.

    Users complain at once of a fifth of the wrong answers, and of a hundredth of the right ones.
    """
    made: dict[str, Any] = {
        "Sine, the classes change places": Synthetic(
            Sine(0), [Sudden(Sine(1), at="3000min")], n=N, rate="1/min"
        ),
        "SEA, a fifth of the labels wrong": Synthetic(
            SEA(0), [Sudden(SEA(2), at="3000min")], n=N, rate="1/min", noise=0.2
        ),
    }
    if data is None:
        made["RBF, clouds that move"] = Synthetic(
            RandomRBF(variant=seed),
            [Sudden(RandomRBF(variant=seed + 100), at="3000min")],
            n=N,
            rate="1/min",
        )
    else:
        log = pd.read_csv(data / "elec2.csv.zip").drop(columns="date")
        stretch = log.iloc[seed * 9_000 :].head(N).reset_index(drop=True)
        made["Elec2"] = Recorded(stretch, label="class", start="2024-01-01", every="1min")
    return {name: Complaining(stream) for name, stream in made.items()}


Choice = tuple[str, str, float]
"""When labels come, the pick, and the share of the events whose labels are bought."""


def strategies() -> dict[Choice, Strategy]:
    """Every pick at every share, and all labels; and those that differ by what is on order."""
    made = {("at once", "all", 1.0): strategy(Buying(Random(), Unlimited(), natural=False))}
    for name, pick in PICKS.items():
        for share in SHARES:
            made["at once", name, share] = strategy(bought(pick, share))
    late = Buying(Random(), Unlimited(), natural=False, delay=LATE)
    made["late", "all", 1.0] = strategy(late)
    for name, pick in PENDING.items():
        made["late", name, 0.1] = strategy(bought(pick, 0.1, LATE))
    return made


def bought(pick: Pick, share: float, delay: str | None = None) -> Buying:
    """A share of the labels."""
    return Buying(pick, Fixed(round(share * TICK * 4), per=4), natural=False, delay=delay)


def strategy(buying: Buying) -> Strategy:
    """Trains anew every second tick, on the labels that were bought in the last 2,000 events."""
    return Strategy(Periodic(2), SlidingWindow("2000min"), curation=buying)


def replayed(data: Path | None, seeds: Iterable[int], made: dict[Choice, Strategy]) -> pd.DataFrame:
    """Score and labels bought of each run."""
    found = []
    for seed in seeds:
        for stream, it in streams(data, seed).items():
            named = {" ".join(map(str, choice)): one for choice, one in made.items()}
            runs = clsim.replay(
                it, named, learner=TREE, seed=seed, tick=f"{TICK}min", warmup=WARMUP
            )  # fmt: skip
            for (labels, pick, share), run in zip(made, runs.values(), strict=True):
                found.append(
                    {"stream": stream, "labels": labels, "pick": pick, "share": share, "seed": seed,
                     "bought": run.totals["bought"], "accuracy": run.score}
                )  # fmt: skip
    return pd.DataFrame(found)


def curves(runs: pd.DataFrame) -> pd.DataFrame:
    """Mean accuracy of each pick and share, and its differences to random and to all labels.

    Differences are of the same seeds; intervals of 95 % by Student's t. Where labels are late, also
    to the pick of the same name that forgets what is on order.
    """
    keys = ["stream", "labels", "pick", "share"]
    by = runs.set_index([*keys, "seed"])["accuracy"].sort_index()
    rows = []
    for (stream, labels, pick, share), mine in runs.groupby(keys, sort=False):
        score = mine.set_index("seed")["accuracy"]
        row = dict(zip(keys, (stream, labels, pick, share), strict=True))
        row["bought"] = mine["bought"].mean()
        beside = {"accuracy": score, "to_all": score - by[stream, labels, "all", 1.0]}
        if share < 1:
            beside["to_random"] = score - by[stream, labels, "random", share]
        if "," in pick and not pick.endswith("forget"):
            forgets = f"{pick.split(',')[0]}, forget"
            beside["to_forget"] = score - by[stream, labels, forgets, share]
        for name, values in beside.items():
            row |= dict(zip((name, f"{name}_low", f"{name}_high"),
                            mean_interval(values.to_numpy())[:3], strict=True))  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("results/labels"))
    given = parser.parse_args()
    runs = replayed(given.data, range(given.seeds), strategies())
    found = curves(runs)
    tenth = found[found["share"].isin([0.1, 1.0])]
    sys.stdout.write(tenth.round(3).to_string(index=False) + "\n")
    given.out.mkdir(parents=True, exist_ok=True)
    runs.to_csv(given.out / "runs.csv", index=False)
    found.round(6).to_csv(given.out / "curves.csv", index=False)
    save(draw(found[found["labels"] == "at once"]), given.out, "labels")


if __name__ == "__main__":
    main()
