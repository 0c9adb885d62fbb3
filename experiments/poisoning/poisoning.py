"""Who is turned by attackers who watch the model, and after how long.

``python experiments/poisoning/poisoning.py`` writes ``results/poisoning/*.csv`` and the figure.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import rc_context
from sklearn.linear_model import SGDClassifier

import clsim
from clsim import Strategy
from clsim.protocols import Stream
from clsim.report.figures.style import FULL, GREY, LOOKS, RC, Look, new_figure, save, tint
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.evaluation import Fixed
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import Stateful
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Gaussians
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from clsim.streams.poisoning import PEOPLE, Poisoning

SEEDS, DAYS, RATE, WARMUP = 10, 120, 100, 28

START = 40
"""The day on which the attack, or the drift, begins."""

WEEK, LATE, BOUND = 7, 28, 0.8
"""A model is turned when its clean score of a week is below the bound; the last days of a run."""

USUAL = Gaussians(n_features=3, means=[[-1.0, -0.6, 0.0], [1.0, 0.6, 0.0]])

TURNED = Gaussians(n_features=3, means=[[0.6, -1.0, 0.0], [-0.6, 1.0, 0.0]])


def world(*drifts: Sudden) -> Synthetic:
    """100 events a day of equal classes."""
    return Synthetic(USUAL, list(drifts), n=DAYS * RATE, rate=f"{RATE}/d", balance=[0.5, 0.5])


def attacked(share: float, choices: int) -> Poisoning:
    """The same with attackers who want the answer 0."""
    return Poisoning(world(), share, start=f"{START}d", label=0, choices=choices)


WORLDS: dict[str, Callable[[], Stream]] = {
    "blind, 20": lambda: attacked(0.2, 1),
    "adaptive, 20": lambda: attacked(0.2, 10),
    "adaptive, 40": lambda: attacked(0.4, 10),
    "a drift": lambda: world(Sudden(TURNED, at=f"{START}d")),
}
"""Attackers' events for a hundred of the others, and a world in which a gate should let pass."""

GATES: dict[str, Callable[[], ChampionChallenger] | None] = {
    "none": None,
    "newest": lambda: ChampionChallenger(200),
    "trusted": lambda: ChampionChallenger(Fixed(300)),
}
"""On what a challenger has to be as good as the champion: nothing, the newest labelled rows, or 300
of the warm-up, which nobody had poisoned."""

SCHEDULES = ("daily", "weekly", "monthly", "stateful")


def strategies() -> dict[str, Strategy]:
    """Each schedule with each gate, and a model that stays."""
    of = {"daily": "1d", "weekly": "7d", "monthly": "28d"}
    found = {"never, none": Strategy(Never())}
    for gate, make in GATES.items():
        test = {} if make is None else {"offline": make()}
        for name in SCHEDULES:
            parts = (SlidingWindow("14d"), None) if name in of else (NewSinceLast(), Stateful())
            trigger = Periodic(of.get(name, "1d"))
            found[f"{name}, {gate}"] = Strategy(trigger, *parts, **test)
    return found


def replayed(name: str, seed: int) -> dict[str, Run]:
    """One world of a seed through all strategies; labels come after a day."""
    return clsim.replay(
        WORLDS[name](), strategies(), learner=SGDClassifier(loss="log_loss", alpha=0.01),
        tick="1d", warmup=f"{WARMUP}d", delay=Constant("1d"), seed=seed,
    )  # fmt: skip


def clean(run: Run) -> np.ndarray:
    """The score of each day on what people sent."""
    ticks = run.ticks
    name = PEOPLE if (ticks["slice"] == PEOPLE).any() else "all"
    own = ticks[ticks["slice"] == name]
    return 1 - own["errors"].to_numpy() / own["n"].to_numpy()


def turned_after(scores: np.ndarray) -> int | None:
    """Days from the start of the attack to the end of the first week below the bound."""
    weeks = np.convolve(scores, np.ones(WEEK) / WEEK, "valid")
    below = np.flatnonzero(weeks < BOUND) + WEEK - (START - WARMUP)
    later = below[below > 0]
    return int(later[0]) if len(later) else None


def compared(scores: dict[str, dict[str, np.ndarray]]) -> pd.DataFrame:
    """For each world and strategy how many seeds are turned, when, and what is left at the end."""
    rows = []
    for name, by_strategy in scores.items():
        for strategy, of in by_strategy.items():
            schedule, gate = strategy.split(", ")
            when = [turned_after(one) for one in of]
            days = mean_interval([DAYS - START if day is None else day for day in when])
            late = mean_interval(of[:, -LATE:].mean(axis=1).tolist())
            rows.append(
                {
                    "world": name, "schedule": schedule, "gate": gate, "seeds": len(of),
                    "turned": sum(day is not None for day in when),
                    "days": days.mean, "days_low": days.low, "days_high": days.high,
                    "late": late.mean, "late_low": late.low, "late_high": late.high,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def measured(seeds: int) -> dict[str, dict[str, np.ndarray]]:
    """The clean score of each day, by world and strategy: an array of seeds and days."""
    found = {}
    for name in WORLDS:
        runs = [replayed(name, seed) for seed in range(seeds)]
        found[name] = {key: np.array([clean(run[key]) for run in runs]) for key in runs[0]}
    return found


def draw(scores: dict[str, np.ndarray]) -> object:
    """The clean score of the last week by day: a panel for each gate."""
    looks = dict(zip(SCHEDULES, LOOKS, strict=True)) | {"never": Look(GREY, "-", "")}
    titles = {
        "none": "no gate", "newest": "gate on the newest rows", "trusted": "gate on trusted rows"
    }  # fmt: skip
    with rc_context(RC):
        figure = new_figure(FULL, 2.3)
        panels = figure.subplots(1, 3, sharey=True)
        for axes, gate in zip(panels, GATES, strict=True):
            for name, look in looks.items():
                own = scores.get(f"{name}, {gate}")
                if own is None:
                    continue
                weeks = [np.convolve(seed, np.ones(WEEK) / WEEK, "valid") for seed in own]
                mean, low, high = np.transpose([mean_interval(day) for day in np.transpose(weeks)])
                days = np.arange(len(mean)) + WARMUP + WEEK
                axes.plot(days, mean, color=look.color, ls=look.line, lw=1, label=name)
                axes.fill_between(days, low, high, color=tint(look.color, 0.2), lw=0, zorder=0)
            axes.axvline(START, color="#999999", lw=0.6)
            axes.axhline(BOUND, color="#999999", lw=0.6, ls=":")
            axes.set_title(titles[gate], fontsize=8)
        panels[0].set_ylabel("clean score of a week")
        panels[1].set_xlabel("day (attackers begin on day 40; below the dots a model is turned)")
        panels[2].legend(*panels[0].get_legend_handles_labels(), fontsize=6, loc="lower right")
    return figure


def main() -> None:
    """Write the table and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path, default=Path("results/poisoning"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    scores = measured(given.seeds)
    found = compared(scores)
    found.round(3).to_csv(given.out / "poisoning.csv", index=False)
    save(draw(scores["adaptive, 20"]), given.out, "poisoning")
    print(found.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
