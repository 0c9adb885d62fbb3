"""What do the drifts of clsim look like? One figure of all kinds, for a paper's appendix.

python experiments/gallery/gallery.py [--out results/gallery] [--seed 1]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clsim.engine.knowledge import Knowledge
from clsim.report.figures.style import BLUE, FULL, INK, VERMILLION, in_style, save
from clsim.streams import Synthetic
from clsim.streams.drift import (
    Between,
    Drift,
    Gradual,
    Incremental,
    Periodic,
    RandomWalk,
    Recurring,
    Sudden,
    Sum,
    Temporary,
)
from clsim.streams.groups import Groups
from clsim.streams.targets import Prior, Shift

DAY = 86_400_000_000
DAYS, DOTS, PER_DOT = 120, 24, 300
"""Length of a stream, number of dots in a panel, and mean number of events behind each."""


class Flag:
    """A concept whose label is its own number, so that a draw tells which concept each event had.

    The input is uniform in [0, 1].
    """

    features: tuple[str, ...] = ("x",)
    n_classes = 4
    categories: dict[str, int] = {}
    movable = True
    moves_inputs = False
    inputs: tuple[Any, ...] = ("flag",)

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        return rng.random((n, 1))

    def label(self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Any = None) -> np.ndarray:
        return np.full(len(X), self.number)


class Half(Flag):
    """A concept whose two classes are the halves of the input."""

    n_classes = 2

    def label(self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Any = None) -> np.ndarray:
        return (X[:, 0] > 0.5).astype(np.int64)


@dataclass
class Panel:
    """One kind of drift.

    Attributes
    ----------
    title : str
    drifts : sequence of Drift
    concept : Concept
    seen : {'concept', 'inputs', 'labels', 'nothing'}
        In what the new kind shows: the label is the number of the concept; the input lies
        outside [0, 1]; the share of class 1 goes from .1 to .9; or, where all events move, in none.
    days : int
    seeds : sequence of int
        A line for each; the first one is drawn from.
    options : dict
        More for the stream.
    names : sequence of str
        Of the upper line and the lower.
    """

    title: str
    drifts: Sequence[Drift]
    concept: Any = field(default_factory=Flag)
    seen: str = "concept"
    days: int = DAYS
    seeds: Sequence[int] = ()
    options: dict[str, Any] = field(default_factory=dict)
    names: Sequence[str] = ()


def panels() -> list[Panel]:
    """All kinds, in the order of the figure."""
    new, third, fourth = Flag(1), Flag(2), Flag(3)
    shapes = [Periodic(None, "1d", amplitude=0.35), Periodic(None, "7d", amplitude=0.65)]
    users = {"user": Groups({"old": 1, "new": 1})}
    return [
        Panel("sudden", [Sudden(new, "60d")]),
        Panel("gradual, sigmoid", [Gradual(new, "60d", "40d")]),
        Panel("gradual, linear", [Gradual(new, "60d", "60d", "linear")]),
        Panel("incremental: all move", [Incremental(new, "60d", "60d")], seen="nothing"),
        Panel("temporary, with ramps", [Temporary(new, "30d", "60d", "15d")]),
        Panel("periodic, sine", [Periodic(new, "40d")]),
        Panel("periodic, square", [Periodic(new, "40d", shape="square")]),
        Panel("sum: daily and weekly", [Sum(new, shapes)], days=14),
        Panel("recurring: two others", [Recurring([new, third], "20d")]),
        Panel(
            "random walk: 3 seeds", [RandomWalk(new, "1d", 0.08)], seen="nothing",
            seeds=(1, 2, 3),
        ),
        Panel("random position: 3 seeds", [Sudden(new, Between("20d", "100d"))],
              seeds=(1, 3, 4)),
        Panel("three in succession", [
            Sudden(new, "30d"), Gradual(third, "65d", "20d"), Temporary(fourth, "90d", "20d"),
        ]),
        Panel("inputs: a shift", [Temporary(Shift({"x": 2.0}), "20d", "80d", "30d")],
              seen="inputs"),
        Panel("labels: class shares", [Gradual(Prior([0.1, 0.9]), "60d", "40d")], Half(), "labels",
              options={"balance": [0.9, 0.1]}),
        Panel("one slice of two", [Gradual(new, "60d", "40d", slice="user=new")],
              options={"groups": users}, names=("user=new", "user=old")),
    ]  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """A line of a panel, and the dots that a draw gives for it (empty: none)."""

    days: np.ndarray
    weight: np.ndarray
    dots: np.ndarray
    shares: np.ndarray


def curves(panel: Panel, seed: int) -> list[Curve]:
    """Expected weights of what is new, and its shares in a draw."""
    dots = 4 * panel.days if panel.days < 30 else DOTS
    seeds = panel.seeds or (seed,)
    stream = Synthetic(
        panel.concept, panel.drifts, n=dots * PER_DOT, rate=f"{dots * PER_DOT / panel.days}/d",
        start="1970-01-01", **panel.options,
    )  # fmt: skip
    time = np.linspace(0, panel.days * DAY, 1_200, endpoint=False).astype(np.int64)
    days, nothing = time / DAY, np.empty(0)
    found = []
    for one in seeds:
        truth = stream.truth(time, one)
        kind = "concept" if panel.seen == "nothing" else panel.seen
        names = [c for c in map(str, truth) if c.startswith(kind) and c != "concept 0"]
        found += [Curve(days, truth[name].to_numpy(), nothing, nothing) for name in names]
    if panel.seen == "nothing":
        return found

    world = Knowledge.of(stream, seed=seeds[0], tick=PER_DOT)
    new = {
        "concept": [
            world.labels.y[:] == number for number in range(1, len(found) // len(seeds) + 1)
        ],
        "inputs": [world.timeline.X[:, 0] > 1.0],
        "labels": [(world.labels.y[:] - 0.1) / 0.8],
    }[panel.seen]
    slices = [np.ones(world.timeline.n, dtype=bool)]
    if world.timeline.slices:  # the slice that drifts, and the other, which does not
        slices = [world.timeline.slices["user"] == code for code in (1, 0)]
        found.append(Curve(days, np.zeros(len(days)), nothing, nothing))
        new *= 2
    bins = (world.timeline.time * dots // (panel.days * DAY)).astype(np.int64)
    middles = (np.arange(dots) + 0.5) * panel.days / dots
    for number, values in enumerate(new):
        rows = slices[number % len(slices)]
        count = np.bincount(bins[rows], minlength=dots)
        shares = np.bincount(bins[rows], weights=values[rows], minlength=dots) / count
        curve = found[number]
        found[number] = Curve(curve.days, curve.weight, middles, shares)
    return found


LOOKS: Any = ((BLUE, "-", "o"), (VERMILLION, (0, (4, 1.2)), "^"), (INK, (0, (1.2, 0.9)), "s"))


ORDER = ("first concept, seed or slice", "second", "third")


def _panel(axes: Axes, panel: Panel, seed: int) -> None:
    for (color, line, marker), curve in zip(LOOKS, curves(panel, seed), strict=False):
        axes.plot(curve.days, curve.weight, color=color, ls=line, lw=0.9)
        if len(curve.dots) == 0:
            continue
        small = len(curve.dots) > DOTS
        axes.plot(curve.dots, curve.shares, ls="", marker=marker, ms=1.4 if small else 2.2,
                  mfc="white", mec=color, mew=0.4 if small else 0.5, clip_on=False)  # fmt: skip
    places = ((0.03, 0.84, "left"), (0.97, 0.12, "right"))
    for name, (x, y, side) in zip(panel.names, places, strict=False):
        axes.text(x, y, name, fontsize=7, ha=side, transform=axes.transAxes)
    axes.set_title(panel.title, fontsize=7.5, pad=3)
    axes.set_xlim(0, panel.days)
    axes.set_xticks(np.linspace(0, panel.days, 3 if panel.days < 30 else 4))
    axes.set_ylim(-0.05, 1.05)
    axes.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.tick_params(labelsize=7, length=2.5)


def draw(seed: int = 1) -> Figure:
    """The figure: weights against time, a panel for each kind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    every = panels()
    with in_style():
        figure = Figure((FULL, 5.2), layout="constrained")
        FigureCanvasAgg(figure)
        *grid, last = figure.subplots(4, 4, sharey=True).flat
        for axes, panel in zip(grid, every, strict=True):
            _panel(axes, panel, seed)
        figure.supxlabel("days since the stream's start", fontsize=8)
        figure.supylabel("weight of what is new", fontsize=8)
        marks = [
            Line2D([], [], color=color, ls=line, lw=0.9, marker=marker, ms=2.8, mfc="white",
                   mew=0.5, label=label)
            for (color, line, marker), label in zip(LOOKS, ORDER, strict=True)
        ]  # fmt: skip
        handles = [
            Line2D([], [], color=INK, lw=0.9, label="expected weight"),
            Line2D([], [], color=INK, ls="", marker="o", ms=2.8, mfc="white", mew=0.5,
                   label=f"share of {PER_DOT} events drawn"),
        ]  # fmt: skip
        last.set_axis_off()
        last.legend(handles=[*handles, *marks], loc="center left", borderaxespad=0, fontsize=7,
                    handlelength=2.6, labelspacing=0.6)  # fmt: skip
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/gallery"))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    save(draw(arguments.seed), arguments.out, "drifts")
    print(arguments.out / "drifts.pdf")


if __name__ == "__main__":
    main()
