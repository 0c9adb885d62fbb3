"""What to do when an alarm goes off: retrain, go back, adapt, have it repaired, or nothing.

``python experiments/repair/repair.py`` writes ``results/repair/*.csv`` and the figure.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from matplotlib import rc_context
from sklearn.linear_model import LogisticRegression

import clsim
from clsim import Prices, Strategy
from clsim.monitoring import FeatureDistribution
from clsim.report.figures.style import FULL, RC, new_figure, save
from clsim.runs.ledger import cost
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval
from clsim.strategy.adaptation import PriorCorrection
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import Floor, LastFine
from clsim.strategy.repair import OnCall
from clsim.strategy.rules import Level
from clsim.strategy.triggers import AnyOf, Cooldown, OnSignal, Performance, Periodic
from clsim.streams import Synthetic, faults
from clsim.streams.concepts import Gaussians
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from clsim.streams.targets import Prior

SEEDS, DAYS, RATE = 20, 120, 150
CHANGE = 60
"""The day of the change: four days after a training of the schedule."""

PRICES = Prices(retraining=50, repair=100)
"""In wrong answers."""

USUAL = Gaussians(n_features=3, means=[[-1.0, -0.6, 0.0], [1.0, 0.6, 0.0]])
"""Of three inputs the first says most, the second less, the third nothing."""

TURNED = Gaussians(n_features=3, means=[[0.6, -1.0, 0.0], [-0.6, 1.0, 0.0]])

MOVED = Gaussians(n_features=3, means=[[-1.0, -0.6, 1.5], [1.0, 0.6, 1.5]])
"""The input that says nothing moves, so that P(y|x) stays."""


def world(*drifts: Sudden) -> Synthetic:
    """150 events a day of equal classes, until something changes."""
    return Synthetic(USUAL, list(drifts), n=DAYS * RATE, rate=f"{RATE}/d", balance=[0.5, 0.5])


def at(day: int, target: object) -> Sudden:
    """A change for good."""
    return Sudden(target, at=f"{day}d")


WORLDS = {
    "nothing happens": lambda: world(),
    "broken feature": lambda: faults.ConstantFeature(world(), "x0", 0.0, start=f"{CHANGE}d"),
    "poisoned batch": lambda: faults.PoisonedLabels(
        world(), "x1", 1, above=0.0, start="50d", end="56d"
    ),
    "concept drift": lambda: world(at(CHANGE, TURNED)),
    "other class shares": lambda: world(at(CHANGE, Prior([0.9, 0.1]))),
    "harmless shift": lambda: world(at(CHANGE, MOVED)),
}
"""What happens, and to whom it is harmful: to no model in the last."""


def alarm() -> AnyOf:
    """Inputs that look other than in the warm-up, or a score that is low."""
    inputs = FeatureDistribution("kolmogorov_smirnov", window="3d", reference="warmup")
    return AnyOf(
        [
            OnSignal(inputs, Level(above=0.25), name="inputs"),
            Performance(below=0.8, window=200, min_labels=100),
        ]
    )


def strategies() -> dict[str, Strategy]:
    """A training every four weeks, and what is done beside it."""
    schedule, week = Periodic("28d"), SlidingWindow("7d")
    return {
        "nothing": Strategy(schedule, week),
        "retrain": Strategy(AnyOf([schedule, Cooldown(alarm(), "7d")]), week),
        "go back": Strategy(
            schedule, week, guard=Floor(0.8, window=200, min_labels=100, to=LastFine(margin=0.02))
        ),
        "adapt": Strategy(schedule, week, adaptation=PriorCorrection(450)),
        "repair": Strategy(schedule, week, repair=OnCall(alarm(), "2d", 0.9, wait="7d")),
    }


def replayed(name: str, seed: int) -> dict[str, Run]:
    """One world of a seed through all strategies; labels come after a day."""
    return clsim.replay(
        WORLDS[name](), strategies(), learner=LogisticRegression(), tick="1d", warmup="28d",
        delay=Constant("1d"), seed=seed,
    )  # fmt: skip


def compared(seeds: int) -> pd.DataFrame:
    """For each world and strategy, costs against doing nothing, with intervals over seeds."""
    rows = []
    for name in WORLDS:
        runs = [replayed(name, seed) for seed in range(seeds)]
        for strategy in runs[0]:
            of = [run[strategy] for run in runs]
            costs = [cost(run.totals, PRICES) for run in of]
            usual = [cost(run["nothing"].totals, PRICES) for run in runs]
            more = mean_interval([a - b for a, b in zip(costs, usual, strict=True)])
            mean = {
                key: sum(run.totals[key] for run in of) / seeds
                for key in ("errors", "retrainings", "rollbacks", "adaptations", "repairs")
            }
            rows.append(
                {
                    "world": name, "strategy": strategy, "cost": sum(costs) / seeds,
                    "more": more.mean, "low": more.low, "high": more.high, **mean,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def draw(found: pd.DataFrame) -> object:
    """What each costs more than doing nothing: a panel for each world."""
    names = [name for name in strategies() if name != "nothing"]
    with rc_context(RC):
        figure = new_figure(FULL, 3.6)
        panels = figure.subplots(2, 3, sharey=True).ravel()
        for axes, world_name in zip(panels, WORLDS, strict=True):
            own = found[found["world"] == world_name].set_index("strategy")
            for place, name in enumerate(names):
                row = own.loc[name]
                color = "#009E73" if row["high"] < 0 else "#D55E00" if row["low"] > 0 else "#666666"
                axes.plot([row["low"], row["high"]], [place, place], color=color, lw=1)
                axes.plot(row["more"], place, "o", ms=3.5, color=color)
            axes.axvline(0, color="#999999", lw=0.6)
            axes.set_yticks(range(len(names)), names)
            axes.set_title(world_name, fontsize=8)
        panels[4].set_xlabel("cost above doing nothing (in wrong answers)")
    return figure


def main() -> None:
    """Write the table and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path, default=Path("results/repair"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    found = compared(given.seeds)
    found.round(2).to_csv(given.out / "repair.csv", index=False)
    save(draw(found), given.out, "repair")
    print(found.round(1).to_string(index=False))


if __name__ == "__main__":
    main()
